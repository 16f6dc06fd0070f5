/** An engine in a dedicated worker, for whoever made the worker. */
import type { Groups } from '../../core/command.ts'
import type { Platform } from '../../engine/platform.ts'
import { Host, type Hosted } from '../../worker/host.ts'
import { channelOf, type PortLike } from '../../worker/port.ts'
import { startBrowserEngine } from '../browser/engine.ts'
import type { WorkerRequest } from '../browser/index.ts'
import { transfers } from '../transfers.ts'

export interface ServeOptions {
  /** The commands it has. Default: all of them. */
  commands?: Groups
  platform?: Platform
  /** Where the other side is. Default: this worker's own scope. */
  port?: PortLike
}

/**
 * Serve one engine: the caller says in the handshake which. The worker ends when the caller closes.
 * Call it while the script is evaluated: messages that come before nobody keeps.
 */
export function serveWorker(options: ServeOptions = {}): Host {
  const { port = globalThis as unknown as PortLike, ...choices } = options
  let hosted: Hosted | null = null
  return new Host(
    channelOf(port),
    (request) => {
      const { address = 'memory:', ...rest } = (request ?? {}) as Partial<WorkerRequest>
      hosted = startBrowserEngine(address, { ...rest, ...choices })
      return hosted
    },
    {
      address: 'worker:0',
      owns: true,
      transfers,
      onClose: () => hosted?.engine.stop(),
    },
  )
}
