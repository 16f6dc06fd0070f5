/**
 * The part of the protocol that both sides share: what is sent in a turn leaves as one message with
 * one transferred buffer, order is kept, and nobody sends more than the other has room for.
 *
 * A port may be a MessagePort, a Worker, a worker's own scope, or Node's kind of either; `channelOf`
 * makes one interface of them. Nothing here knows RESP, an engine or a client.
 */
import { type Data, type Message, ProtocolError, readMessage, WINDOW } from './messages.ts'

// ---- Channels ---------------------------------------------------------------------------------

/** What carries messages, in order, or tells that it cannot. */
export interface Channel {
  post(message: Message, transfer: readonly ArrayBuffer[]): void
  /** Called once; messages that came before are delivered then. */
  listen(ears: { message(data: unknown): void; broken(reason: string): void }): void
  close(): void
}

/** Anything with `postMessage` and events, in the web's or in Node's way. */
export interface PortLike {
  postMessage(message: never, transfer: never): void
  addEventListener?(type: string, listener: never): void
  on?(type: string, listener: never): unknown
  start?(): void
  close?(): void
}

type Post = (message: Message, transfer: readonly ArrayBuffer[]) => void
type On = (type: string, listener: (event: unknown) => void) => void

export function channelOf(port: PortLike): Channel {
  return {
    post: (message, transfer) => (port.postMessage as Post).call(port, message, transfer),
    listen({ message, broken }) {
      const why = (event: unknown) => {
        const text = (event as { message?: unknown } | undefined)?.message
        broken(typeof text === 'string' && text !== '' ? text : 'The other side failed')
      }
      const gone = () => broken('The other side is gone')
      const garbled = () => broken('A message could not be read')
      // Node's MessagePort knows both ways; its own one hands over data without an event around it.
      if (port.on !== undefined) {
        const on: On = (port.on as unknown as On).bind(port)
        on('message', message)
        on('messageerror', garbled)
        on('error', why)
        on('exit', gone)
        on('close', gone)
      } else {
        const on: On = (port.addEventListener as unknown as On).bind(port)
        on('message', (event) => message((event as { data: unknown }).data))
        on('messageerror', garbled)
        on('error', why)
        on('close', gone)
        port.start?.()
      }
    },
    close: () => port.close?.(),
  }
}

// ---- Ports ------------------------------------------------------------------------------------

export interface PortEvents {
  /** Bytes of a session. They are the receiver's; `consumed` must be called for them in time. */
  data(session: number, bytes: Uint8Array): void
  /** Everything that was written for this session has left. */
  drained(session: number): void
  /** Any message that is not about bytes. */
  message(message: Exclude<Message, { kind: 'data' | 'credit' }>): void
  /** The port is dead: the other side left, died, or does not follow the protocol. */
  lost(error: ProtocolError): void
}

/** The bytes of one session on their way. */
interface Flow {
  /** How much may still be sent. */
  credit: number
  /** What waits for credit. */
  readonly queue: Uint8Array[]
  queued: number
  /** How much the other side may still send. */
  allowance: number
  /** Consumed since credit was last given. */
  consumed: number
}

export class Port {
  private readonly channel: Channel
  private readonly events: PortEvents
  private readonly flows = new Map<number, Flow>()
  /** What this side takes of a session before it gives credit, and what the other side takes. */
  private readonly window: number
  private peerWindow: number = WINDOW
  private outbox: Uint8Array[] = []
  private frames: number[] = []
  private size = 0
  private grants: number[] = []
  private scheduled = false
  private dead = false
  /** Messages that have arrived, for whoever watches whether the other side lives. */
  arrived = 0

  constructor(channel: Channel, events: PortEvents, window: number = WINDOW) {
    this.channel = channel
    this.events = events
    this.window = window
    channel.listen({
      message: (data) => this.receive(data),
      broken: (reason) => this.fail(new ProtocolError('dead', reason)),
    })
  }

  get closed(): boolean {
    return this.dead
  }

  /** What the other side said in the handshake. */
  setPeerWindow(window: number): void {
    this.peerWindow = window
  }

  open(session: number): void {
    this.flows.set(session, {
      credit: this.peerWindow,
      queue: [],
      queued: 0,
      allowance: this.window,
      consumed: 0,
    })
  }

  /** Forget a session; bytes of it that still arrive are dropped. */
  forget(session: number): void {
    this.flows.delete(session)
  }

  /** Bytes that wait until the other side has room for them. */
  queued(session: number): number {
    return this.flows.get(session)?.queued ?? 0
  }

  /** Send bytes of a session, at the end of this turn. False: some have to wait for room. */
  write(session: number, bytes: Uint8Array): boolean {
    const flow = this.flows.get(session)
    if (flow === undefined || this.dead) return true
    if (flow.queued > 0) {
      flow.queue.push(bytes)
      flow.queued += bytes.length
      return false
    }
    const now = Math.min(flow.credit, bytes.length)
    if (now > 0) this.put(session, flow, bytes.subarray(0, now))
    if (now === bytes.length) return true
    flow.queue.push(bytes.subarray(now))
    flow.queued += bytes.length - now
    return false
  }

  /** Bytes that arrived have been dealt with: there is room for as many more. */
  consumed(session: number, count: number): void {
    const flow = this.flows.get(session)
    if (flow === undefined) return
    flow.consumed += count
    // In large portions, so that it costs a message only every now and then.
    if (flow.consumed * 2 < this.window) return
    flow.allowance += flow.consumed
    this.grants.push(session, flow.consumed)
    flow.consumed = 0
    this.schedule()
  }

  /** Send a message, after everything that was written before. */
  post(message: Message): void {
    if (this.dead) return
    this.flush()
    this.channel.post(message, [])
  }

  /** Send what has collected. Happens by itself at the end of the turn. */
  flush(): void {
    this.scheduled = false
    if (this.dead) return
    if (this.size > 0) {
      const bytes = new Uint8Array(this.size)
      let at = 0
      for (const piece of this.outbox) {
        bytes.set(piece, at)
        at += piece.length
      }
      const message: Data = { kind: 'data', frames: this.frames, bytes }
      this.outbox = []
      this.frames = []
      this.size = 0
      this.channel.post(message, [bytes.buffer])
    }
    if (this.grants.length > 0) {
      const { grants } = this
      this.grants = []
      this.channel.post({ kind: 'credit', grants }, [])
    }
  }

  /** Leave. Nothing is reported any more. */
  close(): void {
    if (this.dead) return
    this.flush()
    this.dead = true
    this.flows.clear()
    this.channel.close()
  }

  /** Give the port up for this reason. */
  fail(error: ProtocolError): void {
    if (this.dead) return
    this.dead = true
    this.flows.clear()
    this.channel.close()
    this.events.lost(error)
  }

  private schedule(): void {
    if (this.scheduled) return
    this.scheduled = true
    void Promise.resolve().then(() => this.flush())
  }

  private put(session: number, flow: Flow, bytes: Uint8Array): void {
    flow.credit -= bytes.length
    this.outbox.push(bytes)
    this.size += bytes.length
    const { frames } = this
    const last = frames.length - 2
    if (last >= 0 && frames[last] === session) {
      frames[last + 1] = (frames[last + 1] as number) + bytes.length
    } else frames.push(session, bytes.length)
    this.schedule()
  }

  private receive(data: unknown): void {
    if (this.dead) return
    this.arrived++
    try {
      const message = readMessage(data)
      if (message.kind === 'data') this.take(message)
      else if (message.kind === 'credit') this.granted(message.grants)
      else this.events.message(message)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.fail(error)
    }
  }

  private take({ frames, bytes }: Data): void {
    let at = 0
    for (let i = 0; i < frames.length; i += 2) {
      const session = frames[i] as number
      const count = frames[i + 1] as number
      const piece = bytes.subarray(at, at + count)
      at += count
      const flow = this.flows.get(session)
      // The session may have been closed here while these bytes were on their way.
      if (flow === undefined) continue
      if (count > flow.allowance) {
        throw new ProtocolError('overrun', `Session ${session} sent more than there was room for`)
      }
      flow.allowance -= count
      this.events.data(session, piece)
      if (this.dead) return
    }
  }

  private granted(grants: readonly number[]): void {
    for (let i = 0; i < grants.length; i += 2) {
      const session = grants[i] as number
      const flow = this.flows.get(session)
      if (flow === undefined) continue
      flow.credit += grants[i + 1] as number
      if (flow.queued === 0) continue
      while (flow.credit > 0 && flow.queue.length > 0) {
        const head = flow.queue[0] as Uint8Array
        const now = Math.min(flow.credit, head.length)
        if (now === head.length) flow.queue.shift()
        else flow.queue[0] = head.subarray(now)
        flow.queued -= now
        this.put(session, flow, head.subarray(0, now))
      }
      if (flow.queued === 0) this.events.drained(session)
    }
  }
}
