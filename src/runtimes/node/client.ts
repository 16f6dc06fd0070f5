/**
 * The client in Node: an engine in this thread or in a worker thread, in memory or with its data in a
 * folder.
 *
 *     const redis = await Redis.create('file:./data')
 *
 * The folder is what `respite-server --dir` takes; one of them can have it at a time.
 */
import { resolve } from 'node:path'
import type { Link } from '../../client/link.ts'
import { type Keeper, LocalLink, MemoryKeeper } from '../../client/local.ts'
import { type ClientOptions, openCore, RedisClient } from '../../client/redis.ts'
import type { Engine } from '../../engine/engine.ts'
import { PortLink } from '../../worker/client.ts'
import { Host, type Hosted } from '../../worker/host.ts'
import { channelOf, type PortLike } from '../../worker/port.ts'
import { type Openers, openAddress, parseAddress } from '../address.ts'
import { type EngineChoices, startEngine } from '../engine.ts'
import { StoreKeeper } from '../keeper.ts'
import { transfers } from '../transfers.ts'
import { journalOf, snapshotsOf } from './places.ts'
import { nodePlatform } from './platform.ts'

/** A `Worker` or a `MessagePort` of `node:worker_threads`; this asks for none of Node's types. */
export interface Thread {
  postMessage(value: unknown, transfer?: never): void
  on(event: 'message', listener: (value: unknown) => void): unknown
  terminate?(): unknown
}

export interface DataOptions {
  /** When another process owns the folder: `take` puts it out. Default: `create` rejects. */
  ownership?: 'reject' | 'take'
  /** Keep what comes before damaged data instead of refusing to open it. It is a loss. */
  repair?: 'truncate'
}

export interface NodeOptions extends ClientOptions, EngineChoices, DataOptions {
  /**
   * A worker thread that calls `serveThread()`. One that was made here, by a function, is terminated
   * at the end. `commands` and `platform` are the worker's own then.
   */
  worker?: Thread | (() => Thread)
  /** Milliseconds for the worker to say its first word. Default: 10 s. */
  connectTimeout?: number
  /** Milliseconds of silence after which the worker counts as dead. Default: 30 s; 0: never. */
  deadline?: number
}

/** What the worker is told in the handshake. */
interface ThreadRequest extends DataOptions {
  readonly address: string
  readonly config: Readonly<Record<string, string>>
}

const openers: Openers<NodeOptions> = {
  memory: (name, options) => open(`memory:${name}`, options),
  file: (name, options) => open(`file:${name}`, options),
  worker(name, options) {
    if (options.worker === undefined) throw new TypeError('"worker:" needs the option `worker`')
    return open(name === '' ? 'memory:' : name, options)
  },
}

async function open(address: string, options: NodeOptions): Promise<Link> {
  if (options.worker === undefined) {
    const { engine, keeper } = startNodeEngine(address, options)
    return new LocalLink(engine, { keeper, transfers })
  }
  const made = typeof options.worker === 'function'
  const worker = typeof options.worker === 'function' ? options.worker() : options.worker
  const { config = {}, ownership, repair, connectTimeout, deadline } = options
  const request: ThreadRequest = {
    address,
    config,
    ...(ownership === undefined ? {} : { ownership }),
    ...(repair === undefined ? {} : { repair }),
  }
  return PortLink.connect(channelOf(worker as unknown as PortLike), {
    after: nodePlatform().after,
    options: request,
    ...(connectTimeout === undefined ? {} : { connectTimeout }),
    ...(deadline === undefined ? {} : { deadline }),
    onClose: () => {
      if (made) void worker.terminate?.()
    },
  })
}

/** Start the engine that an address names. It is not loaded yet: the keeper knows when it is. */
export function startNodeEngine(
  address: string,
  options: EngineChoices & DataOptions = {},
): { engine: Engine; keeper: Keeper } {
  const { scheme, name } = parseAddress(address)
  const platform = options.platform ?? nodePlatform()
  if (scheme === 'memory') {
    return { engine: startEngine({ ...options, platform }), keeper: new MemoryKeeper() }
  }
  if (scheme !== 'file') throw new TypeError(`An engine cannot keep its data in "${scheme}:"`)
  if (name === '') throw new TypeError('"file:" needs a folder: "file:./data"')
  const dir = resolve(name)
  const config = { appendonly: 'yes', ...options.config, dir }
  const engine = startEngine({ ...options, platform, config })
  const keeper = new StoreKeeper(engine, {
    store: (takeOver) => journalOf(engine, takeOver),
    ...(options.ownership === undefined ? {} : { ownership: options.ownership }),
    persistence: {
      ...snapshotsOf(engine),
      ...(options.repair === undefined ? {} : { repair: options.repair }),
    },
  })
  return { engine, keeper }
}

/** The script of a worker thread: serve one engine to whoever made the thread. */
export function serveThread(port: Thread | null, choices: EngineChoices = {}): Host {
  if (port === null) throw new TypeError('This is not a worker thread: it has no parent port')
  let hosted: Hosted | null = null
  return new Host(
    channelOf(port as unknown as PortLike),
    (request) => {
      const { address = 'memory:', ...rest } = (request ?? {}) as Partial<ThreadRequest>
      hosted = startNodeEngine(address, { ...rest, ...choices })
      return hosted
    },
    { address: 'thread:0', owns: true, transfers, onClose: () => hosted?.engine.stop() },
  )
}

/** The client of this entry point. */
export class Redis extends RedisClient {
  /** Open `memory:`, `file:./folder` or `worker:`; `worker:file:./folder` is both. */
  static async create(address = 'memory:', options: NodeOptions = {}): Promise<Redis> {
    const link = await openAddress(address, options, openers)
    return new Redis(await openCore(link, options))
  }

  /** A client of an engine that the program runs itself, such as a server's. */
  static async of(engine: Engine, options: ClientOptions = {}): Promise<Redis> {
    return new Redis(await openCore(new LocalLink(engine, { owns: false, transfers }), options))
  }
}
