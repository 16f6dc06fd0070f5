/**
 * What all faces of one client share: its sessions, its events, and how a request becomes a promise.
 *
 * There is one main session. Commands that block get a session of their own from a small pool, so
 * that nothing waits behind them. A session starts with the database and the user that the main one
 * has at that moment.
 */
import { CommandError } from '../core/errors.ts'
import { MapReply, type Reply } from '../core/reply.ts'
import { encodeUtf8 } from '../util/bytes.ts'
import type { AbortSignalLike } from './arguments.ts'
import { type Call, Chore, Conversation, closedError } from './conversation.ts'
import type { DecodeOptions, Decoder } from './decode.ts'
import { Emitter } from './emitter.ts'
import { AbortError, ClosedError, ReplyError, TimeoutError } from './errors.ts'
import type { Link, LinkEvent, LinkStatus } from './link.ts'
import { LocalSession } from './local.ts'
import type { Kind } from './methods.ts'
import { Subscriptions } from './subscriptions.ts'

export interface ClientOptions extends DecodeOptions {
  /** Database to start with. Default: 0. */
  db?: number
  username?: string
  password?: string
  /** What CLIENT LIST shows. */
  name?: string
  /** Milliseconds after which a call that does not block is given up. Default: never. */
  commandTimeout?: number
  /**
   * Resolve `create` before the data is loaded. Commands are then refused with LOADING, as a real
   * server does, until the state is `ready`. Default: false.
   */
  lazy?: boolean
}

/** What a client tells, as `on` delivers it. */
export interface ClientEvents {
  /** The store or the connection has a problem; `status` says what is left. */
  error: [error: Error]
  /** Anything about the engine's data changed: state, progress, what is unsaved. */
  status: [status: LinkStatus]
  state: [state: LinkStatus['state'], status: LinkStatus]
  /** Bytes read and to be read while the data is loaded. */
  progress: [loaded: number, total: number]
  /** Another page or process took the data set over. */
  fenced: [error: Error]
  message: [channel: string, message: string]
  pmessage: [pattern: string, channel: string, message: string]
  smessage: [channel: string, message: string]
  messageBuffer: [channel: string, message: Uint8Array]
  pmessageBuffer: [pattern: string, channel: string, message: Uint8Array]
  smessageBuffer: [channel: string, message: Uint8Array]
  /** CLIENT TRACKING: forget these keys, or all of them. */
  invalidate: [keys: string[] | null]
  /** The main session is over. */
  close: [reason: Error]
}

/** Sessions kept for the next command that blocks. */
const POOL = 4
/** How long to wait until an unblocking that came too early is tried again. */
const UNBLOCK_RETRY_MS = 50

/** A call that a promise stands for. */
export class PromiseCall implements Call {
  readonly confirmed: string | null
  left: number
  private readonly resolve: (value: unknown) => void
  private readonly reject: (error: unknown) => void
  private readonly decoder: Decoder
  private readonly command: string

  constructor(
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
    decoder: Decoder,
    command: string,
    confirmed: string | null,
    left: number,
  ) {
    this.confirmed = confirmed
    this.left = left
    this.resolve = resolve
    this.reject = reject
    this.decoder = decoder
    this.command = command
  }

  settle(reply: Reply): void {
    if (reply instanceof CommandError) this.reject(new ReplyError(reply, this.command))
    else this.resolve(this.decoder.decode(reply, this.command))
  }

  fail(error: Error): void {
    this.reject(error)
  }
}

export class Core {
  readonly link: Link
  readonly options: ClientOptions
  readonly events: Emitter<ClientEvents> = new Emitter()
  readonly main: Conversation
  readonly subscriptions: Subscriptions
  /** How many clients share the link; the last one closes it. */
  private readonly shared: { users: number }
  private readonly idle: Conversation[] = []
  private readonly leased = new Set<Conversation>()
  private readonly asides = new Set<Core>()
  private readonly stopListening: () => void
  private lastState: string
  private username: string | null
  private password: string | null
  private closing: Promise<void> | null = null
  private over = false

  constructor(link: Link, options: ClientOptions, shared: { users: number } = { users: 0 }) {
    this.link = link
    this.options = options
    this.shared = shared
    this.username = options.username ?? null
    this.password = options.password ?? null
    this.lastState = link.status.state
    this.subscriptions = new Subscriptions(this.events)
    this.stopListening = link.listen((event) => this.heard(event))
    this.main = new Conversation(
      link,
      (push) => this.subscriptions.hear(push),
      (reason) => this.lost(reason),
    )
    shared.users++
  }

  /** Greet the other side. Rejects if it refuses: wrong password, no such database. */
  async start(): Promise<void> {
    if (this.options.lazy !== true) await this.link.ready()
    const dbIndex = this.options.db ?? 0
    await this.greet(this.main, dbIndex)
  }

  /** Another client on the same link. */
  duplicate(options: ClientOptions): Core {
    return new Core(this.link, options, this.shared)
  }

  /**
   * A client beside this one, with a session of its own but nothing that keeps the engine open: it ends
   * with this one.
   */
  aside(): Core {
    const { username, password } = this
    const options: ClientOptions = {
      ...this.options,
      db: this.main.dbIndex,
      ...(username === null ? {} : { username }),
      ...(password === null ? {} : { password }),
    }
    // Counted as if somebody else had the link as well.
    const core = new Core(this.link, options, { users: 1 })
    this.asides.add(core)
    core.events.on('close', () => this.asides.delete(core))
    return core
  }

  // ---- Requests ---------------------------------------------------------------------------------

  /** Send a request; what kind it is decides on which session, and what it changes for the client. */
  request(
    argv: readonly string[],
    decoder: Decoder,
    kind: Kind,
    signal?: AbortSignalLike,
  ): Promise<unknown> {
    if (kind !== 'plain' || signal !== undefined || this.options.commandTimeout !== undefined) {
      return this.special(argv, decoder, kind, signal)
    }
    return new Promise((resolve, reject) => {
      this.main.send(argv, new PromiseCall(resolve, reject, decoder, argv[0] as string, null, 0))
      this.main.flush()
    })
  }

  private special(
    argv: readonly string[],
    decoder: Decoder,
    kind: Kind,
    signal: AbortSignalLike | undefined,
  ): Promise<unknown> {
    if (signal?.aborted) return Promise.reject(aborted(signal))
    const { main } = this
    switch (kind) {
      case 'blocking':
        return this.blocking(argv, decoder, signal)
      case 'reading':
        // XREAD and XREADGROUP block only when they are asked to.
        return argv.some((word) => word.length === 5 && word.toUpperCase() === 'BLOCK')
          ? this.blocking(argv, decoder, signal)
          : this.on(main, argv, decoder, signal)
      case 'select':
        return this.on(main, argv, decoder, signal).then((reply) => {
          main.dbIndex = Number(argv[1])
          return reply
        })
      case 'auth':
        return this.on(main, argv, decoder, signal).then((reply) => {
          this.username = argv.length > 2 ? (argv[1] as string) : null
          this.password = argv[argv.length - 1] as string
          return reply
        })
      case 'reset': {
        // RESET also goes back to RESP2, in which pushes could not be told from replies.
        const reset = this.on(main, argv, decoder, signal)
        void this.on(main, ['HELLO', '3'], decoder).catch(() => {})
        main.dbIndex = 0
        return reset
      }
      case 'subscribe':
        return this.subscribing(argv, decoder)
      case 'refused':
        return Promise.reject(
          new TypeError(`${argv[0]} would break the order of replies; it needs its own connection`),
        )
      default:
        return this.on(main, argv, decoder, signal)
    }
  }

  /** Send on a session, with whatever may give the call up. */
  private on(
    conversation: Conversation,
    argv: readonly string[],
    decoder: Decoder,
    signal?: AbortSignalLike,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const command = argv[0] as string
      let call = new PromiseCall(resolve, reject, decoder, command, null, 0)
      const timeout = this.options.commandTimeout
      if (timeout !== undefined || signal !== undefined) {
        const cancel =
          timeout === undefined
            ? () => {}
            : this.link.after(timeout, () => {
                reject(new TimeoutError(`${command} was not answered within ${timeout} ms`))
              })
        const abort = () => reject(aborted(signal as AbortSignalLike))
        signal?.addEventListener('abort', abort)
        const end = () => {
          cancel()
          signal?.removeEventListener('abort', abort)
        }
        const settle = (settled: (value: unknown) => void) => (value: unknown) => {
          end()
          settled(value)
        }
        call = new PromiseCall(settle(resolve), settle(reject), decoder, command, null, 0)
      }
      conversation.send(argv, call)
      conversation.flush()
    })
  }

  private subscribing(argv: readonly string[], decoder: Decoder): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const kind = (argv[0] as string).toLowerCase()
      const left = argv.length > 1 ? argv.length - 1 : -1
      this.main.send(argv, new PromiseCall(resolve, reject, decoder, argv[0] as string, kind, left))
      this.main.flush()
    })
  }

  /** Several requests on one session, without anything in between, sent together. */
  batch(requests: readonly { argv: readonly string[]; call: Call }[], blocks: boolean): void {
    const conversation = blocks ? this.lease() : this.main
    let left = requests.length
    for (const { argv, call } of requests) {
      if (!blocks) conversation.send(argv, call)
      else {
        const done = () => {
          if (--left === 0) this.giveBack(conversation)
        }
        conversation.send(argv, after(call, done))
      }
    }
    conversation.flush()
  }

  // ---- Commands that block ----------------------------------------------------------------------

  private async blocking(
    argv: readonly string[],
    decoder: Decoder,
    signal: AbortSignalLike | undefined,
  ): Promise<unknown> {
    if (this.main.ended !== null) throw this.main.ended
    const conversation = this.lease()
    let retry: (() => void) | null = null
    let waiting = true
    // Closing the session would lose an element that was popped already; CLIENT UNBLOCK cannot.
    const unblock = () => {
      if (!waiting) return
      const again = () => {
        if (waiting) retry = this.link.after(UNBLOCK_RETRY_MS, unblock)
      }
      if (conversation.id < 0) again()
      else {
        const words = ['CLIENT', 'UNBLOCK', String(conversation.id), 'ERROR']
        this.main.send(words, new Chore((reply) => reply === 0 && again(), again))
        this.main.flush()
      }
    }
    try {
      const answer = new Promise((resolve, reject) => {
        const command = argv[0] as string
        conversation.send(argv, new PromiseCall(resolve, reject, decoder, command, null, 0))
        conversation.flush()
      })
      signal?.addEventListener('abort', unblock)
      return await answer
    } catch (error) {
      if (signal?.aborted && error instanceof ReplyError && error.code === 'UNBLOCKED') {
        throw aborted(signal)
      }
      throw error
    } finally {
      waiting = false
      ;(retry as (() => void) | null)?.()
      signal?.removeEventListener('abort', unblock)
      this.giveBack(conversation)
    }
  }

  private lease(): Conversation {
    let conversation = this.idle.pop()
    if (conversation === undefined) {
      const fresh = new Conversation(
        this.link,
        () => {},
        () => this.leased.delete(fresh),
      )
      conversation = fresh
      // If it fails, the command will say why.
      void this.greet(conversation, this.main.dbIndex).catch(() => {})
    } else if (conversation.dbIndex !== this.main.dbIndex) {
      conversation.dbIndex = this.main.dbIndex
      const words = ['SELECT', String(conversation.dbIndex)]
      conversation.send(words, new Chore(ignore, ignore))
    }
    this.leased.add(conversation)
    return conversation
  }

  private giveBack(conversation: Conversation): void {
    if (!this.leased.delete(conversation) || conversation.ended !== null) return
    if (this.over || conversation.pending > 0 || this.idle.length >= POOL) conversation.close()
    else this.idle.push(conversation)
  }

  /** Protocol, user, name and database of a new session, ahead of anything else on it. */
  private async greet(conversation: Conversation, dbIndex: number): Promise<void> {
    const said: Promise<unknown>[] = []
    const say = (argv: string[], heard: (reply: Reply) => void = ignore) => {
      said.push(
        new Promise<void>((resolve, reject) => {
          const settle = (reply: Reply) => {
            if (reply instanceof CommandError) reject(new ReplyError(reply, argv[0] as string))
            else {
              heard(reply)
              resolve()
            }
          }
          conversation.send(argv, { confirmed: null, left: 0, settle, fail: reject })
        }),
      )
    }
    const { raw } = conversation
    const user = encodeUtf8(this.username ?? 'default')
    const password = this.password === null ? null : encodeUtf8(this.password)
    if (raw instanceof LocalSession) {
      conversation.id = raw.client.id
      if (password !== null) say(['AUTH', user, password])
    } else {
      const auth = password === null ? [] : ['AUTH', user, password]
      say(['HELLO', '3', ...auth], (reply) => {
        const items = reply instanceof MapReply ? reply.items : []
        conversation.id = Number(items[items.indexOf('id') + 1] ?? -1)
      })
    }
    if (this.options.name !== undefined) say(['CLIENT', 'SETNAME', encodeUtf8(this.options.name)])
    if (dbIndex !== 0) {
      say(['SELECT', String(dbIndex)], () => {
        conversation.dbIndex = dbIndex
      })
    }
    conversation.flush()
    await Promise.all(said)
  }

  // ---- Events -----------------------------------------------------------------------------------

  private heard(event: LinkEvent): void {
    if (event.type === 'error') {
      this.events.emit('error', event.error)
      return
    }
    const { status } = event
    this.events.emit('status', status)
    if (status.state === 'loading') this.events.emit('progress', status.loaded, status.total)
    if (status.state === this.lastState) return
    this.lastState = status.state
    this.events.emit('state', status.state, status)
    if (status.state === 'fenced') {
      const message = status.error?.message ?? 'Another owner has taken the data set over'
      this.events.emit('fenced', new Error(message))
    }
  }

  private lost(reason: Error): void {
    this.subscriptions.end(reason)
    this.over = true
    for (const conversation of this.idle.splice(0)) conversation.close()
    this.events.emit('close', reason)
  }

  // ---- The end ----------------------------------------------------------------------------------

  get closed(): boolean {
    return this.over
  }

  /** End the sessions, orderly; the last client on a link saves and closes the engine behind it. */
  close(): Promise<void> {
    this.closing ??= this.shut()
    return this.closing
  }

  private async shut(): Promise<void> {
    this.shared.users--
    try {
      if (this.shared.users === 0) await this.link.close()
      else await this.link.flush().catch(() => {})
    } finally {
      this.abandon(new ClosedError())
    }
  }

  /** End the sessions at once: every call without a reply is rejected. */
  abandon(reason: Error): void {
    if (this.over && this.main.ended !== null && this.leased.size === 0) this.idle.length = 0
    this.over = true
    const error = closedError(reason)
    for (const one of [...this.leased, ...this.idle.splice(0), this.main]) {
      one.closed(error)
      one.close()
    }
    this.leased.clear()
    for (const core of this.asides) core.abandon(reason)
    this.stopListening()
  }

  disconnect(): void {
    this.abandon(new ClosedError())
    void this.close().catch(() => {})
  }
}

const ignore = (): void => {}

const aborted = (signal: AbortSignalLike): AbortError =>
  new AbortError('The call was aborted', { cause: signal.reason })

/** The same call, and something to do once it is over. */
function after(call: Call, done: () => void): Call {
  return {
    confirmed: call.confirmed,
    left: call.left,
    settle(reply) {
      call.settle(reply)
      done()
    },
    fail(error) {
      call.fail(error)
      done()
    },
  }
}
