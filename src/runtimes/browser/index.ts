/**
 * `respite/browser`: data in IndexedDB or OPFS, the engine in this thread or in a worker.
 *
 *     const redis = await Redis.create('idb://app', {
 *       worker: () => new Worker(new URL('respite/worker', import.meta.url), { type: 'module' }),
 *     })
 */

import type { Link } from '../../client/link.ts'
import { LocalLink } from '../../client/local.ts'
import { type ClientOptions, openCore, RedisClient } from '../../client/redis.ts'
import { useNativeBytes } from '../../util/bytes.ts'
import { PortLink } from '../../worker/client.ts'
import { channelOf } from '../../worker/port.ts'
import { type Openers, openAddress } from '../address.ts'
import type { EngineChoices } from '../engine.ts'
import { transfers } from '../transfers.ts'
import { after } from '../web.ts'
import { webBytes } from '../web-bytes.ts'
import type { DataOptions } from './engine.ts'
import { followPage } from './lifecycle.ts'

export interface BrowserOptions extends ClientOptions, EngineChoices, DataOptions {
  /**
   * The worker that runs the engine, made by the application so that its bundler sees it; its script
   * is `respite/worker`. A worker that was made here, by a function, is terminated at the end.
   * `commands` and `platform` are the worker's own then. Without it the engine is in this thread.
   */
  worker?: Worker | MessagePort | (() => Worker)
  /** Milliseconds for the worker to say its first word. Default: 10 s. */
  connectTimeout?: number
  /** Milliseconds of silence after which the worker counts as dead. Default: 30 s; 0: never. */
  deadline?: number
}

/** What the worker is told in the handshake; it has to survive the way there. */
export interface WorkerRequest extends DataOptions {
  readonly address: string
  readonly config: Readonly<Record<string, string>>
}

const openers: Openers<BrowserOptions> = {
  memory: (name, options) => open(`memory:${name}`, options),
  idb: (name, options) => open(`idb:${name}`, options),
  // Its files can only be had in a dedicated worker.
  opfs: (name, options) => open(`opfs:${name}`, options),
  // `worker:` is memory in a worker, `worker:idb://app` the same as `idb://app` with a worker.
  worker(name, options) {
    if (options.worker === undefined) throw new TypeError('"worker:" needs the option `worker`')
    return open(name === '' ? 'memory:' : name, options)
  },
}

async function open(address: string, options: BrowserOptions): Promise<Link> {
  if (options.worker !== undefined) return openWorker(address, options.worker, options)
  // A page whose engine is in a worker need not load one.
  const { startBrowserEngine } = await import('./engine.ts')
  const { engine, keeper } = startBrowserEngine(address, options)
  return new LocalLink(engine, { keeper, transfers })
}

function openWorker(
  address: string,
  given: NonNullable<BrowserOptions['worker']>,
  options: BrowserOptions,
): Promise<Link> {
  // The engine's own platform does this where the engine is.
  useNativeBytes(webBytes)
  const made = typeof given === 'function'
  const worker = made ? given() : given
  const { config = {}, ownership, fallback, repair, connectTimeout, deadline } = options
  const request: WorkerRequest = {
    address,
    config,
    ...(ownership === undefined ? {} : { ownership }),
    ...(fallback === undefined ? {} : { fallback }),
    ...(repair === undefined ? {} : { repair }),
  }
  return PortLink.connect(channelOf(worker as never), {
    after,
    options: request,
    ...(connectTimeout === undefined ? {} : { connectTimeout }),
    ...(deadline === undefined ? {} : { deadline }),
    onClose: () => {
      if (made) (worker as Worker).terminate()
    },
  })
}

/**
 * Open an address for a client of one's own: requests as argv, replies as values. It resolves before
 * the data is loaded; `status` and `listen` tell how that goes.
 */
export async function openLink(address: string, options: BrowserOptions = {}): Promise<Link> {
  const link = await openAddress(address, options, openers)
  const stop = followPage(link)
  link.listen((event) => {
    if (event.type === 'status' && event.status.state === 'closed') stop()
  })
  return link
}

/** The client of this entry point. */
export class Redis extends RedisClient {
  /**
   * Open `memory:`, `idb://name`, `opfs://name` or `worker:`. Rejects with `OwnershipError` if another page owns
   * the data set, with `StorageError` if it cannot be used; with `lazy` it resolves at once and
   * `status` says how it went.
   */
  static async create(address = 'memory:', options: BrowserOptions = {}): Promise<Redis> {
    const link = await openLink(address, options)
    try {
      return new Redis(await openCore(link, options))
    } catch (error) {
      await link.close().catch(() => {})
      throw error
    }
  }
}

/**
 * Ask the browser not to evict this origin's data when it needs room. Browsers may ask the user: call
 * it from a page, after something the user did. Null where there is no such thing.
 */
export async function persistStorage(): Promise<boolean | null> {
  return (await storage()?.persist?.()) ?? null
}

/** Bytes used and allowed, as far as the browser tells; often far from the truth. */
export async function estimateStorage(): Promise<StorageEstimate | null> {
  return (await storage()?.estimate?.()) ?? null
}

const storage = (): StorageManager | undefined =>
  typeof navigator === 'undefined' ? undefined : (navigator.storage as StorageManager | undefined)

export * from '../../index.ts'
