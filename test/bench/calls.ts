/** Calls a second through a client, in Node and in the page alike. */
import type { RedisClient } from '../../src/client/redis.ts'

const BATCH = 1000

export interface Rates {
  [figure: string]: number
  /** `redis.pipeline()` of a thousand calls. */
  pipelined: number
  /** A thousand promises at a time. */
  promises: number
  /** One after the other. */
  awaited: number
}

export async function callRates(redis: RedisClient, batches: number): Promise<Rates> {
  for (let i = 0; i < BATCH; i++) await redis.set(`key:${i}`, `value:${i}`)
  const rate = async (count: number, run: () => Promise<unknown>): Promise<number> => {
    for (let i = 0; i < count / 5; i++) await run()
    const from = performance.now()
    for (let i = 0; i < count; i++) await run()
    return (count / (performance.now() - from)) * 1000
  }
  const pipelined = await rate(batches, () => {
    const pipeline = redis.pipeline()
    for (let i = 0; i < BATCH; i++) pipeline.get(`key:${i}`)
    return pipeline.exec()
  })
  const promises = await rate(batches, () =>
    Promise.all(Array.from({ length: BATCH }, (_, i) => redis.get(`key:${i}`))),
  )
  const awaited = await rate(batches * 20, () => redis.get('key:1'))
  return { pipelined: pipelined * BATCH, promises: promises * BATCH, awaited }
}
