/**
 * Parked clients: filed under the keys they wait for, woken by writes, by time or by hand.
 *
 * A woken client takes no path of its own: its command runs again from the top. Keys that have come
 * into being, or got a new entry, are collected during a unit and served after it, in order; the
 * clients of a key are served first come first served, until the key has nothing left for them. As in
 * Redis a value that takes the place of another one wakes only those who want to know that theirs is
 * gone: who waits for a list waits on when SORT STORE makes one of a string.
 */

import type { Command } from '../core/command.ts'
import type { Block } from '../core/context.ts'
import { unblocked } from '../core/errors.ts'
import type { Reply } from '../core/reply.ts'
import { NO_EXPIRY } from '../keyspace/database.ts'
import { Heap } from '../structs/heap.ts'
import { typeOf } from '../types/value.ts'
import type { Client } from './client.ts'
import type { Engine } from './engine.ts'

/** A request that has no reply yet. */
export interface Parked {
  readonly client: Client
  readonly command: Command
  readonly argv: readonly string[]
  /** What it waits for; null: for the end of CLIENT PAUSE, or for a reply from outside (`later`). */
  readonly block: Block | null
  readonly dbIndex: number
  /** Milliseconds since the epoch; Infinity for ever. The first try sets it. */
  readonly deadline: number
}

export class Blocking {
  private readonly engine: Engine
  private readonly waiting = new Map<string, Set<Parked>>()
  private readonly timeouts = new Heap<Parked>()
  /** Those who run again at some time, whether a key was written to or not. */
  private readonly again = new Heap<Parked>()
  private readonly ready = new Map<string, { dbIndex: number; key: string }>()
  private serving = false
  /** Clients with a reply, whose further requests have not run yet. */
  private readonly resumed: Client[] = []
  /** How many of those who wait for a key want to know when it is gone. */
  private readonly orGone = new Counts()
  /** How many want to know when a key that is there gets more of what they wait for. */
  private readonly orMore = new Counts()
  /** Clients that are blocked on keys. */
  count = 0

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** Park a client on keys. One that is woken and blocks again keeps its place and its deadline. */
  park(client: Client, command: Command, argv: readonly string[], block: Block, now: number): void {
    const parked: Parked = {
      client,
      command,
      argv: block.words ?? argv,
      block,
      dbIndex: client.dbIndex,
      deadline: block.timeout === 0 ? Number.POSITIVE_INFINITY : now + block.timeout,
    }
    client.parked = parked
    this.count++
    for (const key of new Set(block.on)) {
      const id = identify(parked.dbIndex, key)
      const queue = this.waiting.get(id)
      if (queue === undefined) this.waiting.set(id, new Set([parked]))
      else queue.add(parked)
      if (block.orGone === true) this.orGone.add(id)
      if (block.orMore === true) this.orMore.add(id)
    }
    if (parked.deadline !== Number.POSITIVE_INFINITY) {
      this.timeouts.push(parked.deadline, parked)
      this.engine.wakeAt(parked.deadline)
    }
    this.reschedule(parked, block)
  }

  /** A client was parked, or has run again and is parked still: see when it wants to run again. */
  reschedule(parked: Parked, block: Block | null): void {
    this.again.remove(parked)
    const at = block?.again
    if (at === undefined) return
    this.again.push(at, parked)
    this.engine.wakeAt(at)
  }

  /** Park a client that waits for no key: whoever holds the result resumes it. */
  parkUntilTold(client: Client, command: Command, argv: readonly string[]): Parked {
    const { dbIndex } = client
    const deadline = Number.POSITIVE_INFINITY
    client.parked = { client, command, argv, block: null, dbIndex, deadline }
    return client.parked
  }

  /** Keys that clients wait for, in all databases. */
  get keys(): number {
    return this.waiting.size
  }

  /** Those of them where somebody also waits for the key to go. */
  get keysOrGone(): number {
    return this.orGone.size
  }

  /** A key is there, or has something new: remember it if somebody waits for it. */
  signal(dbIndex: number, key: string): void {
    if (this.waiting.size === 0) return
    const id = identify(dbIndex, key)
    if (this.waiting.has(id)) this.ready.set(id, { dbIndex, key })
  }

  /** There is more where there was something: remember it if somebody wants to know. */
  signalMore(dbIndex: number, key: string): void {
    if (this.orMore.size === 0) return
    const id = identify(dbIndex, key)
    if (this.orMore.has(id)) this.ready.set(id, { dbIndex, key })
  }

  /** A key was removed, or holds another value: remember it if somebody wants to know. */
  signalGone(dbIndex: number, key: string): void {
    if (this.orGone.size === 0) return
    const id = identify(dbIndex, key)
    if (this.orGone.has(id)) this.ready.set(id, { dbIndex, key })
  }

  /** Any key of this database may have become ready (SWAPDB), or is gone. */
  signalAll(dbIndex: number, gone = false): void {
    if (gone && this.orGone.size === 0) return
    for (const queue of this.waiting.values()) {
      for (const parked of queue) {
        if (parked.dbIndex !== dbIndex) continue
        for (const key of (parked.block as Block).on) {
          if (gone) this.signalGone(dbIndex, key)
          else this.signal(dbIndex, key)
        }
      }
    }
  }

  /**
   * After a unit: run the commands of those who wait for keys that are ready now. A script between two
   * slices is a unit that is not over, whatever others are allowed to do meanwhile.
   */
  serve(): void {
    if (this.ready.size === 0 || this.serving || this.engine.slices.active) return
    this.serving = true
    try {
      // Serving one key can make another ready: a BLMOVE feeds a BLPOP.
      for (;;) {
        const first = this.ready.entries().next()
        if (first.done === true) break
        const [id, { dbIndex, key }] = first.value
        this.ready.delete(id)
        this.serveKey(id, dbIndex, key)
      }
    } finally {
      this.serving = false
    }
  }

  private serveKey(id: string, dbIndex: number, key: string): void {
    const queue = this.waiting.get(id)
    if (queue === undefined) return
    // Nobody joins the queue meanwhile: what served clients have sent besides is run later.
    for (const parked of queue) {
      const db = this.engine.keyspace.at(dbIndex)
      const index = db.find(key)
      const { type, orGone } = parked.block as Block
      // What has expired wakes nobody, and goes when somebody asks for it.
      const there =
        index >= 0 && typeOf(db.valueAt(index)) === type && !this.isOver(db.deadlineAt(index))
      if (there || orGone === true) this.runAgain(parked)
    }
  }

  private isOver(deadline: number): boolean {
    return deadline !== NO_EXPIRY && deadline <= this.engine.now()
  }

  private runAgain(parked: Parked): void {
    const { client } = parked
    const { pause } = this.engine
    if (pause.active && pause.stops(client, parked.command.flags)) {
      this.forget(parked)
      pause.park(client, parked.command, parked.argv)
      return
    }
    client.running = true
    const outcome = this.engine.rerun(parked)
    if (outcome !== null) this.finish(parked, outcome.reply, outcome.wrote)
    else client.settle()
  }

  /**
   * Run what clients sent while they were blocked. That comes last, when everybody who can be served
   * has been: a client that sends much at once must not get in front of those who wait.
   */
  drain(): void {
    while (this.resumed.length > 0) (this.resumed.shift() as Client).drain()
  }

  /** Answer everybody whose time is up, and run again who wanted to at this time. */
  expire(now: number): void {
    while (this.again.peekAt() <= now) {
      const parked = this.again.pop() as Parked
      if (parked.client.parked === parked) this.runAgain(parked)
    }
    while (this.timeouts.peekAt() <= now) {
      const parked = this.timeouts.pop() as Parked
      if (parked.client.parked === parked) this.give(parked, (parked.block as Block).otherwise)
    }
  }

  /** When the next client's time is up; Infinity if there is none. */
  get nextDeadline(): number {
    return Math.min(this.timeouts.peekAt(), this.again.peekAt())
  }

  /** CLIENT UNBLOCK: as if the time were up, or with an error. False if the client is not blocked. */
  unblock(client: Client, withError: boolean): boolean {
    const { parked } = client
    if (parked === null || parked.block === null) return false
    this.give(parked, withError ? unblocked : parked.block.otherwise)
    return true
  }

  /** A reply that no command has made. */
  private give(parked: Parked, reply: Reply): void {
    this.engine.dispatcher.answered(parked.client, parked.command, reply)
    this.finish(parked, reply, false)
  }

  /** The client is gone. */
  drop(client: Client): void {
    if (client.parked !== null) this.forget(client.parked)
    client.parked = null
  }

  private finish(parked: Parked, reply: Reply, wrote: boolean): void {
    this.forget(parked)
    const { client } = parked
    client.parked = null
    client.answer(reply, wrote)
    if (client.waiting > 0) this.resumed.push(client)
  }

  private forget(parked: Parked): void {
    if (parked.block === null) return
    this.count--
    for (const key of new Set(parked.block.on)) {
      const id = identify(parked.dbIndex, key)
      const queue = this.waiting.get(id)
      queue?.delete(parked)
      if (queue?.size === 0) this.waiting.delete(id)
      if (parked.block.orGone === true) this.orGone.remove(id)
      if (parked.block.orMore === true) this.orMore.remove(id)
    }
    this.timeouts.remove(parked)
    this.again.remove(parked)
  }
}

/** How many there are of each. */
class Counts {
  private readonly counts = new Map<string, number>()

  get size(): number {
    return this.counts.size
  }

  has(id: string): boolean {
    return this.counts.has(id)
  }

  add(id: string): void {
    this.counts.set(id, (this.counts.get(id) ?? 0) + 1)
  }

  remove(id: string): void {
    const left = (this.counts.get(id) ?? 0) - 1
    if (left > 0) this.counts.set(id, left)
    else this.counts.delete(id)
  }
}

const identify = (dbIndex: number, key: string): string => `${dbIndex}:${key}`
