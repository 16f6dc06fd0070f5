/**
 * The engine's side of a port: a connection for each session, and the affairs that are not the
 * engine's own (where its data is, who owns it).
 */
import type { LinkStatus } from '../client/link.ts'
import { type Keeper, type LoadTransfers, MemoryKeeper } from '../client/local.ts'
import { Engine } from '../engine/engine.ts'
import { Connection } from '../protocol/connection.ts'
import type { Transfers } from '../transfer/types.ts'
import {
  type Ask,
  failureOf,
  type Hello,
  type Message,
  ProtocolError,
  VERSIONS,
  WINDOW,
} from './messages.ts'
import { type Channel, channelOf, Port, type PortLike } from './port.ts'
import { HostTransfers, isTransfer } from './transfers.ts'

/** Pushes that wait for a caller beyond this end its session, as Redis does with slow subscribers. */
const MOST_QUEUED = 32 * 1024 * 1024

/** How often the caller hears of progress. */
const STATUS_PERIOD_MS = 50

/** An engine and what surrounds it. */
export interface Hosted {
  readonly engine: Engine
  readonly keeper: Keeper
}

export interface HostOptions {
  /** What CLIENT LIST shows as address. Default: `port:0`. */
  address?: string
  window?: number
  /** The caller asked to close, or is gone. Default: nothing; the engine lives on. */
  onClose?: () => void
  /** Import and export; without it there is neither. */
  transfers?: LoadTransfers
  /** Let go of the data when the caller asks to close. Default: false, it is others' as well. */
  owns?: boolean
}

interface Guest {
  readonly connection: Connection
  /** Bytes handed to the connection that no credit was given for yet. */
  withheld: number
}

export class Host {
  private readonly port: Port
  private readonly start: (options: unknown) => Hosted
  private readonly options: HostOptions
  private readonly guests = new Map<number, Guest>()
  private hosted: Hosted | null = null
  private stopListening: () => void = () => {}
  private highest = -1
  /** The state that the caller knows of. */
  private shown = ''
  private cancelNews: (() => void) | null = null
  private readonly transfers: HostTransfers

  constructor(channel: Channel, start: (options: unknown) => Hosted, options: HostOptions = {}) {
    this.start = start
    this.options = options
    this.transfers = new HostTransfers(
      () => this.loadTransfers(),
      (message) => this.port.post(message),
    )
    this.port = new Port(
      channel,
      {
        data: (session, bytes) => this.data(session, bytes),
        drained: (session) => {
          this.guests.get(session)?.connection.drained()
          this.giveCredit(session)
        },
        message: (message) => this.message(message),
        lost: () => this.end(),
      },
      options.window,
    )
  }

  /** How many sessions there are. */
  get sessions(): number {
    return this.guests.size
  }

  /** Tell the caller that the host goes, and leave the port. */
  close(): void {
    this.port.post({ kind: 'bye', error: null })
    this.port.close()
    this.end()
  }

  private message(message: Exclude<Message, { kind: 'data' | 'credit' }>): void {
    if (this.hosted === null && message.kind !== 'hello' && message.kind !== 'ping') {
      throw new ProtocolError('unexpected', `The message "${message.kind}" came before "hello"`)
    }
    if (isTransfer(message)) {
      this.transfers.message(message)
      return
    }
    switch (message.kind) {
      case 'hello':
        this.hello(message)
        break
      case 'open':
        this.open(message.session)
        break
      case 'end':
        this.leave(message.session, null)
        break
      case 'ask':
        void this.answer(message)
        break
      case 'ping':
        this.port.post({ kind: 'pong' })
        break
      case 'pong':
        break
      case 'bye':
        this.port.close()
        this.end()
        break
      default:
        throw new ProtocolError('unexpected', `The message "${message.kind}" is for callers`)
    }
  }

  private loadTransfers(): Promise<Transfers> {
    const { transfers } = this.options
    if (transfers === undefined) throw new TypeError('This host has neither import nor export')
    return transfers((this.hosted as Hosted).engine)
  }

  private hello(hello: Hello): void {
    if (this.hosted !== null) throw new ProtocolError('unexpected', 'There was a "hello" before')
    const version = VERSIONS.find((one) => hello.versions.includes(one))
    if (version === undefined) {
      const theirs = hello.versions.join(', ')
      const message = `The engine speaks versions ${VERSIONS.join(', ')} of the protocol, not ${theirs}`
      this.refuse(new ProtocolError('version', message))
      return
    }
    try {
      this.hosted = this.start(hello.options)
    } catch (error) {
      this.refuse(error)
      return
    }
    const { keeper } = this.hosted
    this.port.setPeerWindow(hello.window)
    this.port.post({
      kind: 'welcome',
      version,
      window: this.options.window ?? WINDOW,
      status: keeper.status,
    })
    this.shown = keeper.status.state
    this.stopListening = keeper.listen((event) => {
      if (event.type === 'status') this.tell(event.status)
      else this.port.post({ kind: 'failed', error: failureOf(event.error) })
    })
  }

  /** Saved and saving change with every batch: such news may wait a little and be left out. */
  private tell(status: LinkStatus): void {
    if (status.state !== this.shown) {
      this.shown = status.state
      this.port.post({ kind: 'status', status })
      return
    }
    const { engine, keeper } = this.hosted as Hosted
    this.cancelNews ??= engine.platform.after(STATUS_PERIOD_MS, () => {
      this.cancelNews = null
      this.port.post({ kind: 'status', status: keeper.status })
    })
  }

  private refuse(error: unknown): void {
    this.port.post({ kind: 'refused', versions: VERSIONS, error: failureOf(error) })
    this.port.close()
    this.end()
  }

  private open(session: number): void {
    if (session <= this.highest) {
      throw new ProtocolError('unexpected', `Session ${session} was opened before`)
    }
    this.highest = session
    this.port.open(session)
    const connection = new Connection(
      (this.hosted as Hosted).engine,
      {
        write: (bytes) => this.write(session, bytes),
        end: () =>
          this.leave(session, { code: 'CLOSED', message: 'The engine closed the session' }),
      },
      { address: this.options.address ?? 'port:0', local: 'port:0' },
    )
    this.guests.set(session, { connection, withheld: 0 })
  }

  private write(session: number, bytes: Uint8Array): boolean {
    const open = this.port.write(session, bytes)
    if (!open && this.port.queued(session) > MOST_QUEUED) {
      const message = 'The session did not read what it was sent'
      void Promise.resolve().then(() => this.leave(session, { code: 'OVERFLOW', message }))
    }
    // Something may have been worked off that was held up before.
    if (open) this.giveCredit(session)
    return open
  }

  private data(session: number, bytes: Uint8Array): void {
    const guest = this.guests.get(session)
    if (guest === undefined) return
    guest.withheld += bytes.length
    guest.connection.receive(bytes)
    this.giveCredit(session)
  }

  /** A connection that is blocked or cannot get rid of its replies gets no more requests. */
  private giveCredit(session: number): void {
    const guest = this.guests.get(session)
    if (guest === undefined || guest.withheld === 0 || guest.connection.congested) return
    this.port.consumed(session, guest.withheld)
    guest.withheld = 0
  }

  private leave(session: number, error: { code: string; message: string } | null): void {
    const guest = this.guests.get(session)
    if (guest === undefined) {
      if (session > this.highest) {
        throw new ProtocolError('unknown-session', `Session ${session} was never opened`)
      }
      return
    }
    this.guests.delete(session)
    guest.connection.closed()
    this.port.post({ kind: 'closed', session, error })
    this.port.forget(session)
  }

  private async answer({ id, what }: Ask): Promise<void> {
    const { keeper } = this.hosted as Hosted
    try {
      if (what !== 'close') await keeper[what]()
      else if (this.options.owns === true) await keeper.close()
      else await keeper.flush()
      this.port.post({ kind: 'answer', id, error: null })
    } catch (error) {
      this.port.post({ kind: 'answer', id, error: failureOf(error) })
    }
  }

  private end(): void {
    this.stopListening()
    this.cancelNews?.()
    this.transfers.end()
    const guests = [...this.guests.values()]
    this.guests.clear()
    for (const { connection } of guests) connection.closed()
    // A caller that is gone without a word leaves its data set to the next one.
    if (this.options.owns === true) void this.hosted?.keeper.close().catch(() => {})
    this.options.onClose?.()
  }
}

/** Serve an engine that runs already to whoever is at the other end of a port. */
export function hostPort(served: Engine | Hosted, port: PortLike, options?: HostOptions): Host {
  const hosted = served instanceof Engine ? { engine: served, keeper: new MemoryKeeper() } : served
  return new Host(channelOf(port), () => hosted, options)
}
