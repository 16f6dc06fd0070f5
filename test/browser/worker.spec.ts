/** The client in a page, its engine in a worker: real messages, transfers and termination. */
import type { Page } from '@playwright/test'
import type {} from './lab/main.ts'
import { expect, openLab, test } from './playground.ts'

/** A client of an engine in memory in a worker, as `lab.redis`. */
async function create(page: Page): Promise<void> {
  await openLab(page)
  await page.evaluate(async () => {
    lab.redis = await lab.Redis.create('worker:', { worker: lab.worker })
  })
}

test('answers thousands of calls at once, each with its own reply and in order', async ({
  page,
}) => {
  await create(page)
  const { replies, order } = await page.evaluate(async () => {
    const order: number[] = []
    const calls = Array.from({ length: 5000 }, (_, i) =>
      lab.redis.incrby('n', 1).then((reply) => {
        order.push(i)
        return reply
      }),
    )
    return { replies: await Promise.all(calls), order }
  })
  expect(replies).toEqual(Array.from({ length: 5000 }, (_, i) => i + 1))
  expect(order).toEqual(Array.from({ length: 5000 }, (_, i) => i))
})

test('keeps the errors of a pipeline in their places', async ({ page }) => {
  await create(page)
  const results = await page.evaluate(async () => {
    const results = await lab.redis
      .pipeline()
      .set('text', 'abc')
      .incr('text')
      .get('text')
      .rpush('list', 'a', 'b')
      .lrange('list', 0, -1)
      .exec()
    return results.map(([error, result]) =>
      error === null ? result : `${error.name}: ${error.message}`,
    )
  })
  expect(results).toEqual([
    'OK',
    'ReplyError: ERR value is not an integer or out of range',
    'abc',
    2,
    ['a', 'b'],
  ])
})

test('carries a transaction out as a whole, and not at all when a watched key has changed', async ({
  page,
}) => {
  await create(page)
  const results = await page.evaluate(async () => {
    const { redis } = lab
    const other = await redis.duplicate()
    const first = await redis.multi().incr('n').incr('n').exec()
    await redis.watch('n')
    await other.incr('n')
    const second = await redis.multi().set('n', 'never').exec()
    return [first, second, await redis.get('n')]
  })
  expect(results).toEqual([
    [
      [null, 1],
      [null, 2],
    ],
    null,
    '3',
  ])
})

test('delivers messages to subscribers, in order, between replies', async ({ page }) => {
  await create(page)
  const heard = await page.evaluate(async () => {
    const { redis } = lab
    const publisher = await redis.duplicate()
    const heard: string[] = []
    const subscription = await redis.subscribe('news', (message) => heard.push(message))
    const counts = await Promise.all(
      Array.from({ length: 200 }, (_, i) => publisher.publish('news', `message ${i}`)),
    )
    // Its connection answers other commands meanwhile.
    const pong = await redis.ping()
    await subscription.unsubscribe()
    const after = await publisher.publish('news', 'nobody')
    return { heard, counts: [...new Set(counts)], pong, after }
  })
  expect(heard).toEqual({
    heard: Array.from({ length: 200 }, (_, i) => `message ${i}`),
    counts: [1],
    pong: 'PONG',
    after: 0,
  })
})

test('lets a blocking call wait without holding up others, until it is served', async ({
  page,
}) => {
  await create(page)
  const results = await page.evaluate(async () => {
    const { redis } = lab
    const popped = redis.blpop('jobs', 0)
    const meanwhile = await redis.set('other', 1)
    await redis.rpush('jobs', 'mail')
    return [meanwhile, await popped, await redis.llen('jobs')]
  })
  expect(results).toEqual(['OK', ['jobs', 'mail'], 0])
})

test('gives a blocking call up when it is aborted, and loses no element by that', async ({
  page,
}) => {
  await create(page)
  const results = await page.evaluate(async () => {
    const { redis } = lab
    const abort = new AbortController()
    const popped = redis.blpop('jobs', 0, { signal: abort.signal })
    await redis.ping()
    abort.abort(new Error('enough'))
    const outcome = await lab.outcome(popped)
    await redis.rpush('jobs', 'mail')
    return [outcome, await redis.lrange('jobs', 0, -1)]
  })
  expect(results).toEqual([
    { name: 'AbortError', code: 'ABORT_ERR', message: 'The call was aborted' },
    ['mail'],
  ])
})

test('carries values of 5 MB both ways, many times the window', async ({ page }) => {
  await create(page)
  const results = await page.evaluate(async () => {
    const { redis } = lab
    const big = 'x0123456789'.repeat(500_000).slice(0, 5 * 1024 * 1024)
    const set = await redis.set('big', big)
    const [one, two, length] = await Promise.all([
      redis.get('big'),
      redis.get('big'),
      redis.strlen('big'),
    ])
    return [set, one === big, two === big, length]
  })
  expect(results).toEqual(['OK', true, true, 5 * 1024 * 1024])
})

test('keeps every byte', async ({ page }) => {
  await create(page)
  const same = await page.evaluate(async () => {
    const { redis } = lab
    const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 7919) >> 3)
    await redis.set(bytes.subarray(0, 256), bytes)
    const back = await redis.getBuffer(bytes.subarray(0, 256))
    return back?.length === bytes.length && back.every((byte, i) => byte === bytes[i])
  })
  expect(same).toBe(true)
})

test('rejects what is pending when the worker is terminated, with an error to switch on', async ({
  page,
}) => {
  await create(page)
  const results = await page.evaluate(async () => {
    // Nobody tells when a worker is terminated: only its silence does.
    const redis = await lab.Redis.create('worker:', { worker: lab.worker, deadline: 300 })
    const closed = new Promise<string>((resolve) => redis.on('close', (why) => resolve(why.name)))
    const blocked = lab.outcome(redis.blpop('never', 0))
    await redis.ping()
    lab.workers.at(-1)?.terminate()
    const call = lab.outcome(redis.set('a', 1))
    return {
      blocked: await blocked,
      call: await call,
      closed: await closed,
      state: redis.status.state,
      later: await lab.outcome(redis.get('a')),
      // The other engine, in a worker of its own, does not notice.
      other: await lab.redis.ping(),
    }
  })
  const error = {
    name: 'ProtocolError',
    code: 'dead',
    message: 'The engine has not said a word for 300 ms',
  }
  expect(results).toMatchObject({
    blocked: error,
    call: error,
    state: 'closed',
    later: error,
    other: 'PONG',
  })
})

test('rejects at once when the script of the worker throws', async ({ page, complaints }) => {
  complaints.allow(/404|Failed to load|Loading Worker/)
  await openLab(page)
  const outcome = await page.evaluate(() =>
    lab.outcome(lab.Redis.create('worker:', { worker: () => new Worker('/nowhere.js') })),
  )
  expect(outcome.name).toBe('ProtocolError')
  expect(outcome.code).toBe('dead')
})

test('ends the worker with the client', async ({ page }) => {
  await create(page)
  expect(page.workers()).toHaveLength(1)
  await page.evaluate(() => lab.redis.close())
  await expect.poll(() => page.workers().length).toBe(0)
})
