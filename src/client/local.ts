/**
 * The link to an engine in this thread: a request is a function call, a reply a value, and there is
 * no RESP between them. Requests run when they are sent; only durability is waited for.
 */
import { Many, Push, type Reply } from '../core/reply.ts'
import type { Parked } from '../engine/blocking.ts'
import type { Client, Peer, Sink } from '../engine/client.ts'
import type { Engine } from '../engine/engine.ts'
import type { Transfers } from '../transfer/types.ts'
import { ClosedError } from './errors.ts'
import {
  type Link,
  type LinkEvent,
  type LinkStatus,
  MEMORY_STATUS,
  type Receiver,
  type Session,
} from './link.ts'

/** What a runtime adds to an engine: where its data is, and how to let go of it. */
export interface Keeper {
  readonly status: LinkStatus
  listen(listener: (event: LinkEvent) => void): () => void
  ready(): Promise<void>
  flush(): Promise<void>
  takeOver(): Promise<void>
  retry(): Promise<void>
  suspend(): Promise<void>
  resume(): Promise<void>
  close(): Promise<void>
}

/** Keeps nothing: for engines that live and die in memory. */
export class MemoryKeeper implements Keeper {
  status: LinkStatus = MEMORY_STATUS
  listen(): () => void {
    return () => {}
  }
  async ready(): Promise<void> {}
  async flush(): Promise<void> {}
  async takeOver(): Promise<void> {}
  async retry(): Promise<void> {}
  async suspend(): Promise<void> {}
  async resume(): Promise<void> {}
  async close(): Promise<void> {}
}

export interface LocalLinkOptions {
  keeper?: Keeper
  /** Stop the engine when the link closes. Default: true. */
  owns?: boolean
  peer?: Peer
  /** Import and export. They are loaded when they are first asked for. */
  transfers?: LoadTransfers
}

/** Brings what knows files, which most pages never need. */
export type LoadTransfers = (engine: Engine) => Promise<Transfers>

export class LocalLink implements Link {
  readonly local = true
  readonly engine: Engine
  private readonly keeper: Keeper
  private readonly owns: boolean
  private readonly peer: Peer
  private readonly load: LoadTransfers | null
  private readonly sessions = new Set<LocalSession>()
  private closing: Promise<void> | null = null

  constructor(engine: Engine, options: LocalLinkOptions = {}) {
    this.engine = engine
    this.keeper = options.keeper ?? new MemoryKeeper()
    this.owns = options.owns ?? true
    this.peer = options.peer ?? { address: 'local:0', local: 'local:0' }
    this.load = options.transfers ?? null
  }

  get status(): LinkStatus {
    return this.keeper.status
  }

  open(receiver: Receiver): LocalSession {
    if (this.closing !== null) throw new ClosedError()
    const session = new LocalSession(this.engine, receiver, this.peer, () => {
      this.sessions.delete(session)
    })
    this.sessions.add(session)
    return session
  }

  listen(listener: (event: LinkEvent) => void): () => void {
    return this.keeper.listen(listener)
  }

  ready(): Promise<void> {
    return this.keeper.ready()
  }

  flush(): Promise<void> {
    return this.keeper.flush()
  }

  async transfers(): Promise<Transfers | null> {
    return this.load === null ? null : this.load(this.engine)
  }

  takeOver(): Promise<void> {
    return this.keeper.takeOver()
  }

  retry(): Promise<void> {
    return this.keeper.retry()
  }

  suspend(): Promise<void> {
    return this.keeper.suspend()
  }

  resume(): Promise<void> {
    return this.keeper.resume()
  }

  after(ms: number, run: () => void): () => void {
    return this.engine.platform.after(ms, run)
  }

  close(): Promise<void> {
    this.closing ??= this.shut()
    return this.closing
  }

  private async shut(): Promise<void> {
    try {
      if (this.owns) await this.keeper.close()
    } finally {
      this.abandon(new ClosedError())
      if (this.owns) this.engine.stop()
    }
  }

  abandon(reason: Error): void {
    for (const session of [...this.sessions]) session.end(reason)
  }
}

/** One connection to the engine, in RESP3 from the start. */
export class LocalSession implements Session {
  readonly client: Client
  private readonly engine: Engine
  private readonly receiver: Receiver
  private readonly forget: () => void
  private readonly pushes: Push[] = []
  private over = false
  /** Replies that nobody waits for any more; they come before all others. */
  private stray = 0

  constructor(engine: Engine, receiver: Receiver, peer: Peer, forget: () => void) {
    this.engine = engine
    this.receiver = receiver
    this.forget = forget
    const sink: Sink = {
      reply: (reply) => this.reply(reply),
      // A listener may call the engine, which is in the middle of something: messages wait until
      // it is left. Confirmations run no foreign code and keep their place among the replies.
      push: (reply) => {
        this.pushes.push(reply as Push)
      },
      flush: () => this.deliver(),
      close: () => this.end(new ClosedError('The engine closed the connection')),
    }
    this.client = engine.connect(sink, peer)
    this.client.resp = 3
  }

  send(argv: readonly string[]): void {
    this.client.submit(argv)
  }

  flush(): void {
    if (this.engine.unflushed.length > 0 || this.client.closing) this.engine.flush()
  }

  close(): void {
    this.end(new ClosedError())
  }

  /** Run one request to its end and return the reply, whatever the journal has to say. */
  callNow(argv: readonly string[]): Reply {
    const { client, engine } = this
    if (this.over) throw new ClosedError()
    if (client.parked !== null) throw new Error('The session is waiting for a reply')
    let reply: Reply
    engine.synchronous = true
    try {
      reply = engine.execute(client, argv)
    } finally {
      engine.synchronous = false
    }
    const parked = client.parked as Parked | null
    if (parked !== null) {
      if (parked.block === null) {
        // It will be run when the pause is over; then there is a reply that nobody reads.
        this.stray++
        throw new Error(`${argv[0]} has to wait, and a synchronous call cannot`)
      }
      // As in a transaction, nothing can be waited for: the time is up at once.
      engine.blocking.drop(client)
      reply = parked.block.otherwise
    }
    client.settle()
    engine.flush()
    return reply
  }

  end(reason: Error): void {
    if (this.over) return
    this.over = true
    this.forget()
    this.engine.disconnect(this.client)
    this.receiver.closed(reason)
  }

  private reply(reply: Reply): void {
    if (reply instanceof Push) this.receiver.push(reply)
    else if (reply instanceof Many) for (const one of reply.replies) this.reply(one)
    else if (this.stray > 0) this.stray--
    else this.receiver.reply(reply)
  }

  private deliver(): void {
    if (this.pushes.length === 0) return
    for (const push of this.pushes.splice(0)) if (!this.over) this.receiver.push(push)
  }
}
