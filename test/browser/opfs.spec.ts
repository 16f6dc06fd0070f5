/** Data in the origin private file system, under real pages and workers: who has it, and who gets it next. */
import type { Page } from '@playwright/test'
import type {} from './lab/main.ts'
import { ORIGIN } from './place.ts'
import { expect, freshName, openLab, test } from './playground.ts'
import { makeProfile } from './processes.ts'

interface Wishes {
  ownership?: 'wait' | 'take'
  appendfsync?: string
}

/** A client in a worker, as `lab.redis`; how that ended. */
async function create(page: Page, address: string, wishes: Wishes = {}) {
  await openLab(page)
  return page.evaluate(
    async ([address, { ownership, appendfsync = 'always' }]) => {
      const creating = lab.Redis.create(address, {
        worker: lab.worker,
        config: { appendfsync },
        ...(ownership === undefined ? {} : { ownership }),
      })
      return lab.outcome(
        creating.then((redis) => {
          lab.redis = redis
          return redis.status.state
        }),
      )
    },
    [address, wishes] as const,
  )
}

const ready = { value: 'ready' }

test('it is there when the page comes back, and the store says what it is', async ({ page }) => {
  const address = `opfs://${freshName()}/of the app`
  expect(await create(page, address)).toEqual(ready)
  const status = await page.evaluate(async () => {
    await lab.redis.multi().set('a', 1).rpush('list', 'x', 'y').exec()
    const { store, durable, saved } = lab.redis.status
    return { store, durable, saved }
  })
  expect(status).toEqual({ store: 'opfs', durable: true, saved: true })
  await page.reload()
  expect(await create(page, `worker:${address}`)).toEqual(ready)
  const found = await page.evaluate(async () => {
    await lab.redis.call('BGREWRITEAOF')
    return [await lab.redis.get('a'), await lab.redis.lrange('list', 0, -1)]
  })
  expect(found).toEqual(['1', ['x', 'y']])
})

test('a page without a worker is told what to do', async ({ page }) => {
  await openLab(page)
  const told = await page.evaluate(() => lab.outcome(lab.Redis.create('opfs://app')))
  expect(told).toEqual({
    name: 'TypeError',
    message:
      'OPFS can only be used in a dedicated worker: run the engine in one, with the option `worker` of ' +
      'Redis.create, or keep the data in "idb:"',
  })
})

test('a second page is refused, waits, or takes it over with all that the first one did', async ({
  page,
  context,
}) => {
  const address = `opfs://${freshName()}`
  await create(page, address, { appendfsync: 'no' })
  await page.evaluate(() => lab.redis.set('by', 'first'))
  const second = await context.newPage()
  expect(await create(second, address)).toMatchObject({
    name: 'OwnershipError',
    code: 'OWNED_ELSEWHERE',
  })
  expect(await page.evaluate(() => lab.redis.incr('n'))).toBe(1)
  expect(await create(second, address, { ownership: 'take' })).toEqual(ready)
  expect(await second.evaluate(() => lab.redis.get('by'))).toBe('first')
  expect(await second.evaluate(() => lab.redis.incr('n'))).toBe(2)
  const first = await page.evaluate(async () => {
    await lab.reaches(lab.redis, 'fenced')
    return lab.outcome(lab.redis.incr('n'))
  })
  expect(first).toMatchObject({ name: 'ReplyError', code: 'READONLY' })
  // And back again; whoever waits gets it after that.
  await page.evaluate(() => lab.redis.takeOver())
  expect(await page.evaluate(() => lab.redis.incr('n'))).toBe(3)
  const third = await context.newPage()
  const waiting = create(third, address, { ownership: 'wait' })
  await page.evaluate(() => lab.redis.close())
  expect(await waiting).toEqual(ready)
  expect(await third.evaluate(() => lab.redis.get('n'))).toBe('3')
})

for (const end of ['is closed', 'crashes', 'loses its worker'] as const) {
  test(`a page that ${end} leaves it to the next, at once`, {
    tag: end === 'crashes' ? '@chromium' : [],
  }, async ({ page, context, complaints }) => {
    complaints.allow(/crash/)
    const address = `opfs://${freshName()}`
    await create(page, address)
    await page.evaluate(() => lab.redis.set('a', 1))
    const next = await context.newPage()
    if (end === 'is closed') await page.close()
    else if (end === 'loses its worker') await page.evaluate(() => lab.workers[0]?.terminate())
    else {
      const crashed = page.waitForEvent('crash')
      void page.goto('chrome://crash').catch(() => {})
      await crashed
    }
    expect(await create(next, address)).toEqual(ready)
    expect(await next.evaluate(() => lab.redis.get('a'))).toBe('1')
  })
}

test('data that the user clears are gone for the owner as well, and the browser lives on', {
  tag: '@chromium',
}, async ({ page, context }) => {
  const address = `opfs://${freshName()}`
  await create(page, address, { appendfsync: 'everysec' })
  await page.evaluate(() => lab.redis.set('a', 1))
  const other = await context.newPage()
  const session = await context.newCDPSession(other)
  await session.send('Storage.clearDataForOrigin', { origin: ORIGIN, storageTypes: 'all' })
  const outcome = await page.evaluate(async () => {
    await lab.redis.set('a', 2)
    const flushed = await lab.outcome(lab.redis.flush())
    await lab.reaches(lab.redis, 'fenced')
    return {
      flushed,
      error: lab.redis.status.error,
      next: await lab.outcome(lab.redis.set('a', 3)),
    }
  })
  expect(outcome).toMatchObject({
    flushed: { name: 'OwnershipError', code: 'FENCED' },
    error: { code: 'FENCED', message: 'the data set was deleted under its owner (epoch 1)' },
    next: { name: 'ReplyError', code: 'READONLY' },
  })
  const again = await page.evaluate(async () => {
    await lab.redis.takeOver()
    const state = [lab.redis.status.state, await lab.redis.get('a'), await lab.redis.set('b', 1)]
    await lab.redis.close()
    return state
  })
  expect(again).toEqual(['ready', null, 'OK'])
  expect(await create(other, address)).toEqual(ready)
  expect(await other.evaluate(() => lab.redis.get('b'))).toBe('1')
})

test('without room it refuses writes, answers reads, loses nothing, and recovers when there is some', {
  tag: '@chromium',
}, async () => {
  // Without a profile on the disk Chromium does not count what handles write.
  const profile = makeProfile()
  const { context, page } = await profile.launch()
  try {
    const session = await context.newCDPSession(page)
    const limit = (quota?: number) =>
      session.send('Storage.overrideQuotaForOrigin', {
        origin: ORIGIN,
        ...(quota === undefined ? {} : { quotaSize: quota }),
      })
    // A handle that begins to write gets some megabytes at once, whether it needs them or not.
    await limit(12 * 1024 * 1024)
    const address = `opfs://${freshName()}`
    expect(await create(page, address)).toEqual(ready)
    const filled = await page.evaluate(async () => {
      for (let i = 1; i <= 400; i++) {
        const noise = crypto.getRandomValues(new Uint8Array(60_000))
        const outcome = await lab.outcome(
          lab.redis.multi().set(`big:${i}`, noise).set('last', i).exec(),
        )
        if (outcome.name !== undefined) return { acked: i - 1, message: outcome.message }
      }
      return { acked: 400, message: '' }
    })
    expect(filled.acked).toBeGreaterThan(3)
    expect(filled.acked).toBeLessThan(300)
    expect(filled.message).toMatch(/^MISCONF Errors writing to the AOF file: /)
    const state = await page.evaluate(async () => ({
      code: lab.redis.status.error?.code,
      write: await lab.outcome(lab.redis.set('a', 1)),
      read: (await lab.redis.getBuffer('big:1'))?.length,
      flush: await lab.outcome(lab.redis.flush()),
    }))
    expect(state).toMatchObject({
      code: 'quota-exceeded',
      write: { name: 'ReplyError', code: 'MISCONF' },
      read: 60_000,
      flush: { name: 'StorageError', code: 'quota-exceeded' },
    })
    await limit()
    await page.evaluate(async () => {
      await lab.redis.retry()
      await lab.redis.set('a', 2)
    })
    const next = await context.newPage()
    await page.close()
    expect(await create(next, address)).toEqual(ready)
    const found = await next.evaluate(async () => ({
      a: await lab.redis.get('a'),
      last: Number(await lab.redis.get('last')),
      keys: (await lab.redis.keys('big:*')).length,
    }))
    expect(found).toMatchObject({ a: '2', keys: found.last })
    expect(found.last).toBeGreaterThanOrEqual(filled.acked)
  } finally {
    await context.close()
    profile.remove()
  }
})
