/** `mock VARIANT`: GET and SET of 10,000 keys, ZADD to a set of 10,000 members; calls a second. */
import IoredisMock from 'ioredis-mock'
import { Redis, startEngine } from '../../../src/index.ts'
import { KeyBytes, median, say, scattered } from './common.ts'

const KEYS = 10_000
const [variant] = process.argv.slice(2) as [string]
const cuts = new KeyBytes(scattered(KEYS), KEYS)

type Call = (key: string, value: string) => unknown

/** Keys and values as a parser would have cut them: made before the clock runs, but fresh. */
function* batches(count: number, size: number): Generator<{ keys: string[]; values: string[] }> {
  for (let batch = 0, n = 0; batch < count; batch++) {
    const keys: string[] = []
    const values: string[] = []
    for (let i = 0; i < size; i++, n++) {
      keys.push(cuts.at((n * 7919) % KEYS))
      values.push(cuts.at((n * 31) % KEYS))
    }
    yield { keys, values }
  }
}

/** A score: the digits of a key. */
const score = (text: string): string => text.slice(-6)

/** Calls a second, each awaited: the median of batches. */
async function rate(count: number, size: number, call: Call): Promise<number> {
  const times: number[] = []
  for (const { keys, values } of batches(count, size)) {
    const from = performance.now()
    for (let i = 0; i < size; i++) await call(keys[i] as string, values[i] as string)
    times.push(performance.now() - from)
  }
  return (size / median(times)) * 1000
}

/** The same without promises. */
function syncRate(count: number, size: number, call: Call): number {
  const times: number[] = []
  for (const { keys, values } of batches(count, size)) {
    const from = performance.now()
    for (let i = 0; i < size; i++) call(keys[i] as string, values[i] as string)
    times.push(performance.now() - from)
  }
  return (size / median(times)) * 1000
}

if (variant === 'execute') {
  const engine = startEngine()
  const client = engine.connect({ reply() {}, push() {}, flush() {}, close() {} })
  const set = syncRate(600, 2000, (k, v) => engine.execute(client, ['SET', k, v]))
  const get = syncRate(600, 2000, (k) => engine.execute(client, ['GET', k]))
  const add = (k: string, v: string) => engine.execute(client, ['ZADD', 'zset', score(v), k])
  syncRate(10, 1000, add)
  say({ get, set, zadd: syncRate(200, 2000, add) })
} else if (variant === 'client') {
  const redis = await Redis.create()
  const set = await rate(300, 1000, (k, v) => redis.set(k, v))
  const get = await rate(300, 1000, (k) => redis.get(k))
  const add = (k: string, v: string) => redis.zadd('zset', score(v), k)
  await rate(10, 1000, add)
  say({ get, set, zadd: await rate(100, 1000, add) })
} else if (variant === 'map') {
  // What awaiting alone costs.
  const map = new Map<string, string>()
  const set = await rate(300, 1000, async (k, v) => map.set(k, v))
  const get = await rate(300, 1000, async (k) => map.get(k))
  say({ get, set })
} else {
  const mock = new IoredisMock()
  const set = await rate(200, 250, (k, v) => mock.set(k, v))
  const get = await rate(200, 250, (k) => mock.get(k))
  const all: string[] = []
  for (const { keys, values } of batches(10, 1000)) {
    keys.forEach((key, i) => {
      all.push(score(values[i] as string), key)
    })
  }
  await mock.zadd('zset', ...all)
  say({ get, set, zadd: await rate(20, 5, (k, v) => mock.zadd('zset', score(v), k)) })
}
process.exit(0)
