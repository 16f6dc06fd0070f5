/** A worker thread with an engine, as an application would write it. */
import { parentPort } from 'node:worker_threads'
import { MemoryKeeper } from '../../src/client/local.ts'
import { startEngine } from '../../src/index.ts'
import { transfers } from '../../src/runtimes/transfers.ts'
import { Host } from '../../src/worker/host.ts'
import { channelOf } from '../../src/worker/port.ts'

new Host(
  channelOf(parentPort as never),
  (options) => ({
    engine: startEngine({ config: (options as { config?: Record<string, string> }).config ?? {} }),
    keeper: new MemoryKeeper(),
  }),
  { transfers },
)
