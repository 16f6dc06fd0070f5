/** What a page of WebKit keeps: the contract of stores over its IndexedDB, and a data set that outlives its page. */
import { expect, test } from '@playwright/test'
import { ORIGIN } from './place.ts'
import { startWebKit, type WebKit } from './webkit.ts'

let webkit: WebKit

test.beforeAll(async () => {
  webkit = await startWebKit()
})

test.afterAll(() => webkit.close())

async function open(page: 'index' | 'contract', name: string): Promise<void> {
  await webkit.open(`${ORIGIN}/lab/${page}.html`)
  await expect.poll(() => webkit.evaluate<boolean>(`return '${name}' in globalThis`)).toBe(true)
}

test('keeps the contract of stores in the IndexedDB of WebKit', async () => {
  test.setTimeout(120_000)
  await open('contract', 'contracts')
  const titles = await webkit.evaluate<string[]>(
    'return contracts.indexeddb.map(({ title }) => title)',
  )
  expect(titles.length).toBeGreaterThan(15)
  for (const [i, title] of titles.entries()) {
    const problem = await webkit.evaluate<string>(
      "return contracts.indexeddb[args[0]].run().then(() => '', String)",
      i,
    )
    expect.soft(problem, title).toBe('')
  }
})

for (const host of ['page', 'worker'] as const) {
  test(`works in a ${host} of WebKit, and is there in the next page`, async () => {
    const create = `const redis = await lab.Redis.create('idb://webkit-${host}', {
      config: { appendfsync: 'always' }, ${host === 'worker' ? 'worker: lab.worker,' : ''} })`
    await open('index', 'lab')
    const written = await webkit.evaluate<unknown>(`${create}
      await redis.rpush('list', 'a', 'b')
      await redis.call('BGREWRITEAOF')
      await redis.rpush('list', 'c')
      return redis.call('EVAL', "return { redis.call('llen', KEYS[1]), cjson.encode({ 1 }) }", 1, 'list')`)
    expect(written).toEqual([3, '[1]'])
    await open('index', 'lab')
    expect(await webkit.evaluate(`${create}; return redis.lrange('list', 0, -1)`)).toEqual([
      'a',
      'b',
      'c',
    ])
  })
}
