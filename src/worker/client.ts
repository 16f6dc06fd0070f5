/**
 * The caller's side of a port: a link for the client. Requests leave as RESP, all of a turn in one
 * buffer; replies are read back into values.
 *
 * A peer that dies says nothing. So while anything is waited for and nothing arrives, the link asks
 * whether anybody is there, and gives up after a deadline: every call is then rejected and nobody
 * waits for ever.
 */
import { ClosedError, errorFrom, OverflowError } from '../client/errors.ts'
import type { Link, LinkEvent, LinkStatus, Receiver, Session } from '../client/link.ts'
import { Push, type Reply } from '../core/reply.ts'
import { RespReader } from '../protocol/resp-reader.ts'
import { RespWriter } from '../protocol/resp-writer.ts'
import type { Transfers } from '../transfer/types.ts'
import {
  type Message,
  ProtocolError,
  type Question,
  type Refused,
  VERSIONS,
  type Welcome,
  WINDOW,
} from './messages.ts'
import { type Channel, Port } from './port.ts'
import { isTransfer, PortTransfers } from './transfers.ts'

export interface PortLinkOptions {
  /** The platform's timers. */
  after(ms: number, run: () => void): () => void
  /** What the host needs to start the engine. */
  options?: unknown
  /** Milliseconds for the handshake. Default: 10 s. */
  connectTimeout?: number
  /**
   * Milliseconds without a word, while something is waited for, after which the other side counts
   * as dead; it is asked once in that time. 0: never. Default: 30 s.
   */
  deadline?: number
  window?: number
  /** The port is done with: the place to terminate a worker. */
  onClose?: () => void
}

const CONNECT_TIMEOUT_MS = 10_000
const DEADLINE_MS = 30_000

export class PortLink implements Link {
  readonly local = false
  status: LinkStatus
  private readonly port: Port
  private readonly options: PortLinkOptions
  private readonly sessions = new Map<number, PortSession>()
  private readonly listeners = new Set<(event: LinkEvent) => void>()
  private readonly questions = new Map<number, { resolve(): void; reject(error: Error): void }>()
  private nextSession = 0
  private nextQuestion = 0
  private welcome: ((message: Welcome | Refused | ProtocolError) => void) | null = null
  /** Sessions with requests that have not left. */
  private dirty: PortSession[] = []
  private ended: Error | null = null
  private closing: Promise<void> | null = null
  private cancelWatch: (() => void) | null = null
  private version = 0
  private readonly transferring = new PortTransfers((message) => {
    this.post(message)
    this.watch()
  })

  private constructor(channel: Channel, options: PortLinkOptions) {
    this.options = options
    this.status = { ...NO_STATUS }
    this.port = new Port(
      channel,
      {
        data: (session, bytes) => this.data(session, bytes),
        drained: () => {},
        message: (message) => this.message(message),
        lost: (error) => this.lost(error),
      },
      options.window,
    )
  }

  /** Greet whoever is at the other end. Rejects with a `ProtocolError`, or with the host's reason. */
  static async connect(channel: Channel, options: PortLinkOptions): Promise<PortLink> {
    const link = new PortLink(channel, options)
    await link.greet()
    return link
  }

  private async greet(): Promise<void> {
    const timeout = this.options.connectTimeout ?? CONNECT_TIMEOUT_MS
    const answer = await new Promise<Welcome | Refused | ProtocolError>((resolve) => {
      this.welcome = resolve
      const cancel = this.options.after(timeout, () => {
        const message = `The engine did not answer within ${timeout} ms`
        this.port.fail(new ProtocolError('timeout', message))
      })
      this.welcome = (message) => {
        cancel()
        this.welcome = null
        resolve(message)
      }
      this.port.post({
        kind: 'hello',
        protocol: 'respite',
        versions: VERSIONS,
        window: this.options.window ?? WINDOW,
        options: this.options.options ?? null,
      })
    })
    if (answer instanceof ProtocolError) throw answer
    if (answer.kind === 'refused') {
      const { code, message } = answer.error
      const error = new ProtocolError(code === 'version' ? 'version' : 'refused', message, {
        cause: errorFrom(answer.error),
      })
      this.port.close()
      this.finish(error)
      throw error
    }
    this.port.setPeerWindow(answer.window)
    this.status = answer.status
    this.version = answer.version
  }

  // ---- Sessions ---------------------------------------------------------------------------------

  open(receiver: Receiver): Session {
    if (this.ended !== null) throw this.ended
    const id = this.nextSession++
    const session = new PortSession(id, receiver, {
      flush: () => this.schedule(session),
      end: () => this.post({ kind: 'end', session: id }),
      forget: () => this.sessions.delete(id),
    })
    this.sessions.set(id, session)
    this.port.open(id)
    this.post({ kind: 'open', session: id })
    this.watch()
    return session
  }

  /** What is sent in this turn, by whomever, leaves together at its end. */
  private schedule(session: PortSession): void {
    if (this.dirty.length === 0) void Promise.resolve().then(() => this.leave())
    if (session.dirty) return
    session.dirty = true
    this.dirty.push(session)
  }

  private leave(): void {
    if (this.dirty.length === 0) return
    for (const session of this.dirty) {
      const { writer } = session
      session.dirty = false
      if (writer.length > 0) this.port.write(session.id, writer.take())
    }
    this.dirty = []
    this.port.flush()
  }

  /** A message, after all requests that were sent before it. */
  private post(message: Message): void {
    this.leave()
    this.port.post(message)
  }

  private data(session: number, bytes: Uint8Array): void {
    const { length } = bytes
    try {
      this.sessions.get(session)?.receive(bytes)
    } catch (error) {
      // What is not RESP has no next reply: the session cannot go on, the others can.
      this.post({ kind: 'end', session })
      const message = `The engine's reply cannot be read: ${(error as Error).message}`
      this.sessions.get(session)?.end(new ProtocolError('malformed', message))
    }
    this.port.consumed(session, length)
  }

  // ---- Messages ---------------------------------------------------------------------------------

  private message(message: Exclude<Message, { kind: 'data' | 'credit' }>): void {
    if (isTransfer(message)) {
      this.transferring.message(message)
      return
    }
    switch (message.kind) {
      case 'welcome':
      case 'refused':
        if (this.welcome === null)
          throw new ProtocolError('unexpected', 'There was a handshake before')
        this.welcome(message)
        break
      case 'closed': {
        const session = this.sessions.get(message.session)
        this.port.forget(message.session)
        session?.end(message.error === null ? new ClosedError() : sessionError(message.error))
        break
      }
      case 'answer': {
        const question = this.questions.get(message.id)
        this.questions.delete(message.id)
        if (message.error === null) question?.resolve()
        else question?.reject(errorFrom(message.error))
        break
      }
      case 'status':
        this.status = message.status
        this.tell({ type: 'status', status: message.status })
        break
      case 'failed':
        this.tell({ type: 'error', error: errorFrom(message.error) })
        break
      case 'ping':
        this.port.post({ kind: 'pong' })
        break
      case 'pong':
        break
      case 'bye':
        this.port.fail(
          new ProtocolError('left', message.error?.message ?? 'The engine has been shut down'),
        )
        break
      default:
        throw new ProtocolError('unexpected', `The message "${message.kind}" is for engines`)
    }
  }

  listen(listener: (event: LinkEvent) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private tell(event: LinkEvent): void {
    for (const listener of [...this.listeners]) listener(event)
  }

  // ---- Questions --------------------------------------------------------------------------------

  private ask(what: Question): Promise<void> {
    if (this.ended !== null) return Promise.reject(this.ended)
    return new Promise((resolve, reject) => {
      const id = this.nextQuestion++
      this.questions.set(id, { resolve, reject })
      this.post({ kind: 'ask', id, what })
      this.watch()
    })
  }

  ready(): Promise<void> {
    return this.ask('ready')
  }

  flush(): Promise<void> {
    return this.ask('flush')
  }

  async transfers(): Promise<Transfers | null> {
    return this.version >= 2 ? this.transferring : null
  }

  takeOver(): Promise<void> {
    return this.ask('takeOver')
  }

  retry(): Promise<void> {
    return this.ask('retry')
  }

  suspend(): Promise<void> {
    return this.ask('suspend')
  }

  resume(): Promise<void> {
    return this.ask('resume')
  }

  after(ms: number, run: () => void): () => void {
    return this.options.after(ms, run)
  }

  // ---- Is anybody there? ------------------------------------------------------------------------

  private get waiting(): boolean {
    if (this.questions.size > 0 || this.transferring.waiting) return true
    for (const session of this.sessions.values()) if (session.unanswered > 0) return true
    return false
  }

  /** Start the watch, unless it is on. It goes on as long as there are sessions. */
  private watch(): void {
    const deadline = this.options.deadline ?? DEADLINE_MS
    if (deadline <= 0 || this.cancelWatch !== null || this.ended !== null) return
    let asked = false
    let arrived = this.port.arrived
    const look = () => {
      this.cancelWatch = null
      const idle = this.sessions.size === 0 && !this.waiting
      if (this.ended !== null || idle) return
      if (this.port.arrived !== arrived || !this.waiting) asked = false
      else if (asked) {
        const message = `The engine has not said a word for ${deadline} ms`
        this.port.fail(new ProtocolError('dead', message))
        return
      } else {
        asked = true
        this.port.post({ kind: 'ping' })
      }
      arrived = this.port.arrived
      this.cancelWatch = this.options.after(deadline / 2, look)
    }
    this.cancelWatch = this.options.after(deadline / 2, look)
  }

  // ---- The end ----------------------------------------------------------------------------------

  close(): Promise<void> {
    this.closing ??= this.shut()
    return this.closing
  }

  private async shut(): Promise<void> {
    try {
      // In order behind all requests, so those are answered as far as they can be.
      if (this.ended === null) await this.ask('close')
    } finally {
      this.abandon(new ClosedError())
    }
  }

  abandon(reason: Error): void {
    if (this.ended !== null) return
    this.post({ kind: 'bye', error: null })
    this.port.close()
    this.finish(reason)
  }

  private lost(error: ProtocolError): void {
    if (this.welcome !== null) {
      this.welcome(error)
      this.ended = error
      return
    }
    this.tell({ type: 'error', error })
    this.finish(error)
  }

  private finish(reason: Error): void {
    if (this.ended !== null) return
    this.ended = reason
    this.cancelWatch?.()
    for (const session of [...this.sessions.values()]) session.end(reason)
    for (const { reject } of this.questions.values()) reject(reason)
    this.questions.clear()
    this.transferring.end(reason)
    this.status = { ...this.status, state: 'closed' }
    this.tell({ type: 'status', status: this.status })
    this.options.onClose?.()
  }
}

const NO_STATUS: LinkStatus = {
  state: 'opening',
  store: '',
  durable: false,
  fallback: false,
  loaded: 0,
  total: 0,
  saved: true,
  pendingBytes: 0,
  epoch: 0,
  error: null,
}

const sessionError = ({ code, message }: { code: string; message: string }): Error =>
  code === 'OVERFLOW' ? new OverflowError(message) : new ClosedError(message)

/** What a session needs of its link. */
interface Ties {
  flush(): void
  end(): void
  forget(): void
}

class PortSession implements Session {
  readonly id: number
  /** Requests that have not left. */
  readonly writer: RespWriter = new RespWriter()
  dirty = false
  /** Requests without a reply. Subscriptions are not counted off, so this may be a little high. */
  unanswered = 0
  private readonly receiver: Receiver
  private readonly ties: Ties
  private readonly reader = new RespReader()
  private readonly deliver = (reply: Reply): void => {
    if (reply instanceof Push) this.receiver.push(reply)
    else {
      this.unanswered--
      this.receiver.reply(reply)
    }
  }
  private over = false

  constructor(id: number, receiver: Receiver, ties: Ties) {
    this.id = id
    this.receiver = receiver
    this.ties = ties
  }

  send(argv: readonly string[]): void {
    this.unanswered++
    // A request looks like a reply that is an array of bulk strings.
    this.writer.write(argv as string[], 2)
  }

  flush(): void {
    this.ties.flush()
  }

  close(): void {
    if (!this.over) this.ties.end()
  }

  receive(bytes: Uint8Array): void {
    this.reader.feed(bytes, this.deliver)
  }

  end(reason: Error): void {
    if (this.over) return
    this.over = true
    this.ties.forget()
    this.receiver.closed(reason)
  }
}
