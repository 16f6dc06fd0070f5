/** `threads worker|local BATCHES`: calls through a worker thread, and to an engine in this one. */
import { Worker } from 'node:worker_threads'
import { RedisClient } from '../../../src/client/redis.ts'
import { Redis } from '../../../src/index.ts'
import { after } from '../../../src/runtimes/web.ts'
import { PortLink } from '../../../src/worker/client.ts'
import { channelOf } from '../../../src/worker/port.ts'
import { callRates } from '../calls.ts'
import { say } from './common.ts'

const [variant, batches] = process.argv.slice(2) as [string, string]

async function open(): Promise<RedisClient> {
  if (variant === 'local') return Redis.create()
  const worker = new Worker(new URL('./thread-engine.mjs', import.meta.url))
  return RedisClient.over(await PortLink.connect(channelOf(worker as never), { after }))
}

say(await callRates(await open(), Number(batches)))
process.exit(0)
