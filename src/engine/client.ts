/**
 * One connection: database, protocol, name, flags, subscriptions, and the order of its replies.
 *
 * A host opens a client with a sink, submits requests and is handed replies. Two things can keep a
 * reply back: the client is parked (a blocking command, CLIENT PAUSE), so that later requests wait
 * in its inbox; or the journal has not stored yet what was changed before (`appendfsync always`), so
 * that replies wait, in order, until it has.
 */

import type { Command } from '../core/command.ts'
import { journalFailed } from '../core/errors.ts'
import { BLOCKED, Many, NO_REPLY, Push, type Reply } from '../core/reply.ts'
import type { User } from './acl-user.ts'
import type { Parked } from './blocking.ts'
import type { Engine } from './engine.ts'
import type { Transaction, Watch } from './multi.ts'
import type { Replica } from './replicas.ts'
import type { ClientTracking } from './tracking.ts'

export type Resp = 2 | 3

/** Where a host wants replies and pushes to go. Calls come in order. */
export interface Sink {
  /** The reply to the oldest request that has none yet; `NO_REPLY` if CLIENT REPLY suppresses it. */
  reply(reply: Reply, resp: Resp): void
  /** A message that answers no request. In RESP2 it looks like an array. */
  push(reply: Reply, resp: Resp): void
  /** Nothing more comes for now: send what has been collected. */
  flush(): void
  /** End the connection once everything has been sent. */
  close(): void
  /** Bytes that have been sent and that the other side has not taken yet, where that is known. */
  readonly untaken?: number
  /** Bytes of requests that have not been run. */
  readonly unread?: number
  /** Bytes of a request that is not all there. */
  readonly begun?: number
  /** Bytes that the other side has announced, and that no room is kept for yet. */
  readonly announced?: number
  /** Room kept for more of those. */
  readonly room?: number
  /** The client is no longer parked: go on with what has come in meanwhile, if that is kept here. */
  resume?(): void
  /** Forget what was not sent yet. */
  discard?(): void
  /** Nothing has come for a while: give back room that is not needed. */
  shrink?(): void
}

interface Held {
  reply: Reply
  resp: Resp
  push: boolean
  /** May leave when everything up to this effect is durable. */
  offset: number
  /** Whether the request changed data: its reply becomes an error if the journal fails. */
  wrote: boolean
}

/** What a host knows of the other side. */
export interface Peer {
  /** `ip:port`, or a name that says where the connection comes from. */
  address: string
  /** Our own side. */
  local: string
  /** Whether it comes through a Unix socket, by default not. */
  unix?: boolean
}

/** Bits of `silence`: CLIENT REPLY OFF; SKIP, for the request that runs and for the next. */
const MUTED = 1
const SKIPPING = 2
const SKIP_NEXT = 4

export class Client {
  readonly id: number
  readonly engine: Engine
  readonly sink: Sink
  readonly address: string
  readonly local: string
  readonly unix: boolean
  readonly createdAt: number
  dbIndex = 0
  resp: Resp = 2
  name = ''
  libraryName = ''
  libraryVersion = ''
  user: User
  authenticated: boolean
  /** Inside the engine's own hands: replaying the journal. Everything is allowed and nothing answered. */
  internal = false
  /** Internal, but able to wait: its scripts run in slices as well. */
  patient = false
  /** Why replies are not sent, in bits; see `MUTED`. */
  private silence = 0
  /** Is shown every request: MONITOR. */
  monitoring = false
  noEvict = false
  noTouch = false
  closing = false
  /** It has been ended at once: not even the request that runs is answered. */
  private killed = false
  /** Queue of MULTI, or null. */
  transaction: Transaction | null = null
  readonly watched: Watch[] = []
  /** A watched key was changed. */
  watchBroken = false
  readonly channels: Set<string> = new Set()
  readonly patterns: Set<string> = new Set()
  readonly shardChannels: Set<string> = new Set()
  /** How many of all three. */
  listening = 0
  parked: Parked | null = null
  lastCommand: Command | null = null
  lastActiveAt: number
  commandsProcessed = 0
  /** Lists of fields that HIMPORT PREPARE has named, or null. */
  fieldsets: Map<string, readonly string[]> | null = null
  /** Bytes, as far as the host counts them. */
  bytesIn = 0
  bytesOut = 0
  /** Names of what is watched and subscribed to. */
  bytesOfInterests = 0
  /** What it took when `maxmemory-clients` was looked at last. */
  bytesHeld = 0
  /** The same, as far as `maxmemory` counts it. */
  bytesCounted = 0
  private heldMuch = false
  /** Since when there has been more output than the soft limit allows; 0 if there is not. */
  crowdedAt = 0
  /** What is known of a replica that hears of every change; null: this is none. */
  replica: Replica | null = null
  /** What it has said of itself before. */
  readonly replicaFacts: { port: number; address: string } = { port: 0, address: '' }
  /** What CLIENT TRACKING has switched on. */
  tracking: ClientTracking | null = null
  /** Requests that wait behind a parked one. */
  readonly inbox: (readonly string[])[] = []
  private readonly held: Held[] = []
  /** Whether a request of this client is being run right now. */
  running = false
  private readonly postponed: Reply[] = []
  private flushing = false

  constructor(id: number, engine: Engine, sink: Sink, peer: Peer) {
    this.id = id
    this.engine = engine
    this.sink = sink
    this.address = peer.address
    this.local = peer.local
    this.unix = peer.unix === true
    this.createdAt = engine.now()
    this.lastActiveAt = this.createdAt
    this.user = engine.acl.defaultUser
    this.authenticated = engine.acl.passwordless
  }

  get subscriptions(): number {
    return this.channels.size + this.patterns.size
  }

  /** In RESP2 a subscriber may only talk about subscriptions. */
  get subscribed(): boolean {
    return this.listening > 0
  }

  /** Whether the engine remembers what it wants or has queued, or did so before this request. */
  private get mayHoldMuch(): boolean {
    const before = this.heldMuch
    this.heldMuch = this.bytesOfInterests > 0 || this.transaction !== null
    return before || this.heldMuch
  }

  /** How many requests wait behind a parked one. */
  get waiting(): number {
    return this.inbox.length
  }

  /** Replies that wait for the journal. */
  get unsent(): number {
    return this.held.length
  }

  /** Run a request, now or when the one before it is done. */
  submit(argv: readonly string[]): void {
    if (this.closing) return
    // Also when the client is not parked any more but what it sent meanwhile has not run yet.
    if (this.parked !== null || this.inbox.length > 0) this.inbox.push(argv)
    else this.run(argv)
  }

  private run(argv: readonly string[]): void {
    const before = this.engine.offset
    this.running = true
    const reply = this.engine.execute(this, argv)
    if (reply !== BLOCKED) this.answer(reply, this.engine.offset !== before)
    else this.settle()
    const { clientLimits } = this.engine
    if (clientLimits.evicting || (clientLimits.counting && this.mayHoldMuch))
      clientLimits.note(this)
  }

  /** The reply to the oldest request. `wrote`: whether the request changed data. */
  answer(reply: Reply, wrote: boolean): void {
    if (this.silence === 0) this.send(reply, false, wrote)
    else {
      const silent = this.muted
      this.silence = (this.silence & MUTED) | (this.silence & SKIP_NEXT ? SKIPPING : 0)
      this.send(silent && !isMessage(reply) ? NO_REPLY : reply, false, wrote)
    }
    if (this.tracking !== null) this.engine.tracking.requestDone(this)
    this.settle()
  }

  /** CLIENT REPLY: send replies, send none, or leave out the one to the next request. */
  setReplies(mode: 'on' | 'off' | 'skip'): void {
    if (mode === 'on') this.silence &= ~(MUTED | SKIPPING)
    else if (mode === 'off') this.silence |= MUTED
    else if ((this.silence & MUTED) === 0) this.silence |= SKIP_NEXT
  }

  /** Whether CLIENT REPLY has switched replies off, for good or for the request that runs. */
  get muted(): boolean {
    return (this.silence & (MUTED | SKIPPING)) !== 0
  }

  /** RESET: as CLIENT REPLY ON, but for a SKIP that is about RESET itself. */
  resetReplies(): void {
    this.silence &= SKIPPING
  }

  /** A message; one that the client's own request causes follows the reply to that request. */
  push(reply: Reply): void {
    if (this.closing) return
    if (this.running) this.postponed.push(reply)
    else this.send(reply, true, false)
  }

  /** The request is done for now: let go of the messages that it caused. */
  settle(): void {
    this.running = false
    this.letGo()
  }

  /** Send the messages that were held back so far: they come before the reply, not after it. */
  letGo(): void {
    if (this.postponed.length === 0) return
    for (const reply of this.postponed.splice(0)) this.send(reply, true, false)
  }

  /** A parked request has its reply: hand it over and go on with the inbox. */
  resume(reply: Reply, wrote: boolean): void {
    this.parked = null
    this.answer(reply, wrote)
    this.drain()
  }

  /** Run the request that the client is parked with once more from the start, then what follows. */
  restart(): void {
    const { parked } = this
    if (parked === null || this.closing) return
    this.parked = null
    this.run(parked.argv)
    this.drain()
  }

  /** Run what has collected while the client was parked. */
  drain(): void {
    while (this.parked === null && this.inbox.length > 0 && !this.closing) {
      this.run(this.inbox.shift() as readonly string[])
    }
  }

  /** Let go of the replies that depend on nothing beyond this effect. */
  release(durable: number): void {
    let count = 0
    for (const item of this.held) {
      if (item.offset > durable) break
      this.emit(item.reply, item.push, item.resp)
      count++
    }
    if (count > 0) this.held.splice(0, count)
  }

  /** The journal gave up: what was not stored is not acknowledged. */
  fail(reason: string): void {
    for (const item of this.held) {
      this.emit(item.wrote ? journalFailed(reason) : item.reply, item.push, item.resp)
    }
    if (this.held.length > 0) this.held.length = 0
  }

  /** Ask the host to close the connection once all replies have left. */
  close(): void {
    if (this.closing) return
    this.closing = true
    this.inbox.length = 0
    this.engine.closeSoon(this)
  }

  /** End the connection at once: what has not left yet never will. */
  kill(): void {
    if (this.held.length > 0) this.held.length = 0
    this.sink.discard?.()
    this.killed = true
    this.close()
    this.engine.disconnect(this)
  }

  /** Called by the engine when the host has entered it and leaves again. */
  flush(): void {
    this.flushing = false
    this.sink.flush()
  }

  private send(reply: Reply, push: boolean, wrote: boolean): void {
    const { engine } = this
    if (engine.offset > engine.durableOffset || this.held.length > 0) {
      if (this.held.length === 0) engine.holding.add(this)
      this.held.push({ reply, resp: this.resp, push, offset: engine.offset, wrote })
      return
    }
    this.emit(reply, push, this.resp)
  }

  private emit(reply: Reply, push: boolean, resp: Resp): void {
    if (this.killed) return
    if (push) this.sink.push(reply, resp)
    else this.sink.reply(reply, resp)
    if (!this.flushing) {
      this.flushing = true
      this.engine.unflushed.push(this)
    }
  }
}

/** What SUBSCRIBE answers are messages, and those CLIENT REPLY does not suppress. */
const isMessage = (reply: Reply): boolean =>
  reply instanceof Push || (reply instanceof Many && reply.replies[0] instanceof Push)
