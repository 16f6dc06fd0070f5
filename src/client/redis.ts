/**
 * The client: one method for each command, and what a program needs around them.
 *
 * The methods themselves are in `typed.ts`, as types, and on the prototype, made from the list of
 * commands; this class is the rest. It knows an engine only through a `Link`.
 */
/// <reference lib="esnext.disposable" preserve="true" />

import type { ExportOptions, ImportOptions, ImportReport, Transfers } from '../transfer/types.ts'
import { type CallOptions, encode, encodeOne, plainArgv } from './arguments.ts'
import { type ClientEvents, type ClientOptions, Core } from './core.ts'
import { Decoder } from './decode.ts'
import { ClosedError } from './errors.ts'
import type { Link, LinkStatus } from './link.ts'
import {
  keyQuery,
  type LiveValue,
  LiveView,
  patternQuery,
  type Query,
  readingQuery,
  sourceOf,
} from './live.ts'
import { LocalSession } from './local.ts'
import { addMethods, kindOf } from './methods.ts'
import { Pipeline } from './pipeline.ts'
import { type PairScanOptions, pages, type ScanOptions } from './scan.ts'
import { type BlobLike, filesOf, type ImportFile, type ImportSource } from './sources.ts'
import { type Message, Subscription, type SubscriptionKind } from './subscriptions.ts'
import { SyncFace } from './sync.ts'
import type { Commands } from './typed.ts'

/** A channel or pattern. */
export type Name = string | Uint8Array
export type Listener<B> = (message: B, channel: string, pattern: string | null) => void
/** Await it to know that it is confirmed, or iterate at once. */
export type Subscribing<B> = Promise<Subscription<B>> & AsyncIterable<Message<B>>

/** The twins that answer bytes, whatever the client is set to: `getBuffer`. */
export type Buffers = {
  [Name in keyof Commands<'promise', Uint8Array, []> as `${Name}Buffer`]: Commands<
    'promise',
    Uint8Array,
    []
  >[Name]
}

const BYTES = new Decoder({ replies: 'bytes' })

export interface RedisClient<B = string> extends Commands<'promise', B, []>, Buffers {
  /** As `close`. Under the registered symbol of the same name where the platform has no own. */
  [Symbol.asyncDispose](): Promise<void>
}

// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the methods are put on the prototype below
export class RedisClient<B = string> {
  /** What all views of this client share. */
  protected readonly core: Core
  private readonly decoder: Decoder
  private twin: RedisClient<Uint8Array> | null = null
  private syncFace: SyncFace<B> | null = null

  constructor(core: Core, decoder: Decoder = new Decoder(core.options)) {
    this.core = core
    this.decoder = decoder
  }

  /** A client on a link that is there already. `create` of an entry point makes the link as well. */
  static async over(link: Link, options: ClientOptions = {}): Promise<RedisClient> {
    return new RedisClient(await openCore(link, options))
  }

  // ---- Calling ----------------------------------------------------------------------------------

  /** Any command, by name: `call('OBJECT', 'ENCODING', key)`. Rejects with `ReplyError`. */
  call(name: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.callWith(this.decoder, name, args)
  }

  /** As `call`, with bulk strings as bytes. */
  callBytes(name: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.callWith(BYTES, name, args)
  }

  /** As ioredis calls it. */
  callBuffer(name: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.callWith(BYTES, name, args)
  }

  private callWith(decoder: Decoder, name: string, args: readonly unknown[]): Promise<unknown> {
    try {
      const argv = [encodeOne(name, [])]
      const signal = encode(argv, args, false)
      return this.core.request(argv, decoder, kindOf(name, args[0]), signal)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Commands sent together; `exec` resolves to `[error, result]` for each. */
  pipeline(): Pipeline<B, [], false> {
    return new Pipeline(this.core, this.decoder, false)
  }

  /**
   * A transaction; `exec` resolves to null if a key that was watched has changed. WATCH belongs to
   * the session: callers that run at the same time should each have a `duplicate`.
   */
  multi(): Pipeline<B, [], true> {
    return new Pipeline(this.core, this.decoder, true)
  }

  /** The same client with bulk strings as bytes. */
  get bytes(): RedisClient<Uint8Array> {
    this.twin ??= new RedisClient<Uint8Array>(this.core, this.decoder.with('bytes'))
    return this.twin
  }

  /** The same client with bulk strings as bytes. */
  withBytes(): RedisClient<Uint8Array> {
    return this.bytes
  }

  /** The same client with bulk strings as text. */
  withText(): RedisClient {
    return new RedisClient(this.core, this.decoder.with('text'))
  }

  /** Commands without promises and without waiting for durability; only in the engine's own thread. */
  get sync(): SyncFace<B> {
    if (this.syncFace === null) {
      const { raw } = this.core.main
      if (!(raw instanceof LocalSession)) {
        throw new TypeError('Only an engine in this thread can be called synchronously')
      }
      this.syncFace = new SyncFace<B>(this.core, raw, this.decoder)
    }
    return this.syncFace
  }

  /** Another client of the same engine, with a session, a database and subscriptions of its own. */
  async duplicate(options: ClientOptions = {}): Promise<RedisClient<B>> {
    const core = this.core.duplicate({ ...this.core.options, ...options })
    await started(core)
    return new RedisClient<B>(core)
  }

  // ---- Publish and subscribe --------------------------------------------------------------------

  /** Listen to channels. A function as the last argument gets the messages; else iterate. */
  subscribe(...names: [...Name[], Name | Listener<B>]): Subscribing<B> {
    return this.listen('subscribe', names)
  }

  /** Listen to every channel that matches. */
  psubscribe(...patterns: [...Name[], Name | Listener<B>]): Subscribing<B> {
    return this.listen('psubscribe', patterns)
  }

  /** Listen to shard channels. */
  ssubscribe(...names: [...Name[], Name | Listener<B>]): Subscribing<B> {
    return this.listen('ssubscribe', names)
  }

  /** Leave channels, or all of them, whoever listens. Resolves to how many are left. */
  unsubscribe(...names: readonly Name[]): Promise<number> {
    return this.leave('subscribe', 'UNSUBSCRIBE', names)
  }

  punsubscribe(...patterns: readonly Name[]): Promise<number> {
    return this.leave('psubscribe', 'PUNSUBSCRIBE', patterns)
  }

  sunsubscribe(...names: readonly Name[]): Promise<number> {
    return this.leave('ssubscribe', 'SUNSUBSCRIBE', names)
  }

  private listen(kind: SubscriptionKind, args: readonly (Name | Listener<B>)[]): Subscribing<B> {
    const last = args[args.length - 1]
    const listener = typeof last === 'function' ? last : null
    const names = args.filter((arg) => typeof arg !== 'function').map((arg) => encodeOne(arg, []))
    const { core } = this
    const { subscriptions } = core
    const subscription = new Subscription<B>(kind, names, listener, this.decoder, async (self) => {
      const free = subscriptions.remove(self as Subscription<unknown>)
      if (free.length === 0 || core.closed) return
      const word = {
        subscribe: 'UNSUBSCRIBE',
        psubscribe: 'PUNSUBSCRIBE',
        ssubscribe: 'SUNSUBSCRIBE',
      }
      await core.request([word[kind], ...free], this.decoder, 'subscribe')
    })
    if (names.length > 0) subscriptions.add(subscription as Subscription<unknown>)
    const confirmed = core.request([kind.toUpperCase(), ...names], this.decoder, 'subscribe').then(
      () => subscription,
      (error) => {
        subscriptions.remove(subscription as Subscription<unknown>)
        subscription.end(error)
        throw error
      },
    )
    return Object.assign(confirmed, {
      [Symbol.asyncIterator]: () => {
        // Whoever iterates learns of the refusal there.
        confirmed.catch(() => {})
        return subscription[Symbol.asyncIterator]()
      },
    })
  }

  private leave(kind: SubscriptionKind, word: string, args: readonly Name[]): Promise<number> {
    const names = args.map((name) => encodeOne(name, []))
    const left = this.core.request([word, ...names], this.decoder, 'subscribe')
    this.core.subscriptions.drop(kind, names)
    return left as Promise<number>
  }

  // ---- Live queries -----------------------------------------------------------------------------

  /**
   * A view that follows the data, wherever it is changed: a key, all keys that match a pattern, or whatever
   * a function reads. (`watch` is WATCH, as in ioredis.)
   *
   *     const board = redis.live((redis) => redis.zrange('board', 0, 9, { rev: true }))
   *     for await (const top of board) show(top)
   */
  live(key: Name): LiveView<LiveValue<B>>
  live(pattern: { readonly match: string }): LiveView<ReadonlyMap<string, LiveValue<B>>>
  live<T>(reading: (redis: RedisClient<B>) => Promise<T>): LiveView<T>
  live(what: Name | { readonly match: string } | ((redis: RedisClient<B>) => Promise<unknown>)) {
    if (typeof what === 'function') return this.view(readingQuery(what))
    if (typeof what === 'string' || what instanceof Uint8Array) return this.view(keyQuery<B>(what))
    return this.view(patternQuery<B>(what.match))
  }

  private view<T>(query: Query<B, T>): LiveView<T> {
    const { core, decoder } = this
    const source = sourceOf(core, query, (aside) => new RedisClient<B>(aside, decoder))
    return new LiveView(source, (ms, run) => core.link.after(ms, run))
  }

  // ---- Iterating --------------------------------------------------------------------------------

  /** Every key, one at a time: `for await (const key of redis.scanIterator({ match: 'user:*' }))`. */
  async *scanIterator(options: ScanOptions = {}): AsyncGenerator<B, void, void> {
    for await (const page of this.scanStream(options)) yield* page
  }

  /** Every key, in the batches that SCAN returns. */
  scanStream(options: ScanOptions = {}): AsyncGenerator<B[], void, void> {
    return pages<B>((cursor) => this.call('SCAN', cursor, options))
  }

  /** Fields and values of a hash. */
  async *hscanIterator(
    key: Name,
    options: PairScanOptions = {},
  ): AsyncGenerator<[field: B, value: B], void, void> {
    for await (const page of pages<B>((cursor) => this.call('HSCAN', key, cursor, options))) {
      for (let i = 0; i < page.length; i += 2) yield [page[i] as B, page[i + 1] as B]
    }
  }

  /** Members of a set. */
  async *sscanIterator(key: Name, options: PairScanOptions = {}): AsyncGenerator<B, void, void> {
    for await (const page of pages<B>((cursor) => this.call('SSCAN', key, cursor, options))) {
      yield* page
    }
  }

  /** Members and scores of a sorted set. */
  async *zscanIterator(
    key: Name,
    options: PairScanOptions = {},
  ): AsyncGenerator<[member: B, score: number], void, void> {
    for await (const page of pages<B>((cursor) => this.call('ZSCAN', key, cursor, options))) {
      for (let i = 0; i < page.length; i += 2) {
        const score = page[i + 1]
        const text = score instanceof Uint8Array ? String.fromCharCode(...score) : String(score)
        yield [page[i] as B, Number(text)]
      }
    }
  }

  // ---- State ------------------------------------------------------------------------------------

  /** Where the data is, whether it is durable, what is unsaved, what failed. */
  get status(): LinkStatus {
    const { status } = this.core.link
    return this.core.closed && status.state !== 'closed' ? { ...status, state: 'closed' } : status
  }

  on<Event extends keyof ClientEvents>(
    event: Event,
    listener: (...args: ClientEvents[Event]) => void,
  ): this {
    this.core.events.on(event, listener)
    return this
  }

  off<Event extends keyof ClientEvents>(
    event: Event,
    listener: (...args: ClientEvents[Event]) => void,
  ): this {
    this.core.events.off(event, listener)
    return this
  }

  once<Event extends keyof ClientEvents>(
    event: Event,
    listener: (...args: ClientEvents[Event]) => void,
  ): this {
    const once = (...args: ClientEvents[Event]) => {
      this.off(event, once)
      listener(...args)
    }
    return this.on(event, once)
  }

  /** Resolves when commands are answered: the data is loaded. */
  ready(): Promise<void> {
    return this.core.link.ready()
  }

  /** A barrier: resolves when everything acknowledged so far is durable. */
  flush(): Promise<void> {
    return this.core.link.flush()
  }

  /** Become the owner of a data set that another page or process owns; it is told, and fenced. */
  takeOver(): Promise<void> {
    return this.core.link.takeOver()
  }

  /** Try the store again after a failure, when the reason may be gone. */
  retry(): Promise<void> {
    return this.core.link.retry()
  }

  // ---- Files ------------------------------------------------------------------------------------

  /**
   * Take the data of a file: RDB, an append-only file, requests or JSON; or of several, of which one is the
   * manifest of an append-only folder. Rejects with `TransferError`; nothing has changed then.
   */
  async import(
    source: ImportSource | readonly (ImportFile | BlobLike)[],
    options: ImportOptions = {},
  ): Promise<ImportReport> {
    return (await this.transfers()).import(filesOf(source), options)
  }

  /** All data as bytes of a file, as they are when the first of them are asked for. */
  async *export(options: ExportOptions = {}): AsyncGenerator<Uint8Array, void> {
    yield* (await this.transfers()).export(options)
  }

  private async transfers(): Promise<Transfers> {
    if (this.core.closed) throw new ClosedError()
    const transfers = await this.core.link.transfers()
    if (transfers === null) throw new TypeError('This link has neither import nor export')
    return transfers
  }

  // ---- The end ----------------------------------------------------------------------------------

  /** Save what is not saved, then end. The last client of an engine closes the engine as well. */
  close(): Promise<void> {
    return this.core.close()
  }

  /** As `close`, with QUIT's answer. */
  async quit(): Promise<'OK'> {
    if (this.core.closed) throw new ClosedError()
    await this.close()
    return 'OK'
  }

  /** End at once: calls without a reply are rejected with `ClosedError`. Data is still saved. */
  disconnect(): void {
    this.core.disconnect()
  }
}

/** A started core on a link; the link is closed again if the other side refuses. */
export async function openCore(link: Link, options: ClientOptions): Promise<Core> {
  const core = new Core(link, options)
  await started(core)
  return core
}

async function started(core: Core): Promise<void> {
  try {
    await core.start()
  } catch (error) {
    await core.close().catch(() => {})
    throw error
  }
}

Object.defineProperty(
  RedisClient.prototype,
  // Not every platform has it yet; compilers that bring `await using` down look here as well.
  Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose'),
  {
    value(this: RedisClient) {
      return this.close()
    },
    writable: true,
    configurable: true,
  },
)

/** Not a method of the class, so that the hot path is one call shorter. */
interface Insides {
  readonly core: Core
  readonly decoder: Decoder
}

addMethods<Insides>(
  RedisClient.prototype,
  (self, method, args, bytes) => {
    try {
      const decoder = bytes ? BYTES : self.decoder
      const plain = plainArgv(method.words, args)
      if (plain !== null) return self.core.request(plain, decoder, method.kind)
      const argv = [...method.words]
      const signal = encode(argv, args, method.pairs)
      return self.core.request(argv, decoder, method.kind, signal)
    } catch (error) {
      return Promise.reject(error)
    }
  },
  true,
)

export type { CallOptions, ClientOptions }
