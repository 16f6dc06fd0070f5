import { MessageChannel } from 'node:worker_threads'
import { RedisClient } from '../../src/client/redis.ts'
import { startEngine } from '../../src/index.ts'
import { transfers } from '../../src/runtimes/transfers.ts'
import { after } from '../../src/runtimes/web.ts'
import { PortLink } from '../../src/worker/client.ts'
import { hostPort } from '../../src/worker/host.ts'
import { channelOf } from '../../src/worker/port.ts'
import { clientContract } from './contract.ts'
import { liveContract } from './live-contract.ts'

clientContract('at the other end of a port', async ({ config = {}, ...options } = {}) => {
  const { port1, port2 } = new MessageChannel()
  const engine = startEngine({ config })
  hostPort(engine, port1 as never, { transfers, onClose: () => engine.stop() })
  const link = await PortLink.connect(channelOf(port2 as never), { after, window: 64 * 1024 })
  return RedisClient.over(link, options)
})
liveContract('at the other end of a port', async ({ config = {}, ...options } = {}) => {
  const { port1, port2 } = new MessageChannel()
  const engine = startEngine({ config })
  hostPort(engine, port1 as never, { transfers, onClose: () => engine.stop() })
  const link = await PortLink.connect(channelOf(port2 as never), { after, window: 64 * 1024 })
  return RedisClient.over(link, options)
})
