/** The other side of `threads.ts`: an engine in a worker thread. */
import { parentPort } from 'node:worker_threads'
import { MemoryKeeper } from '../../../src/client/local.ts'
import { startEngine } from '../../../src/index.ts'
import { Host } from '../../../src/worker/host.ts'
import { channelOf } from '../../../src/worker/port.ts'

if (parentPort !== null) {
  new Host(channelOf(parentPort as never), () => ({
    engine: startEngine(),
    keeper: new MemoryKeeper(),
  }))
}
