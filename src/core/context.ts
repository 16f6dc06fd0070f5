import type { Parked } from '../engine/blocking.ts'
import type { Client, Resp } from '../engine/client.ts'
import type { Engine, LazyFree } from '../engine/engine.ts'
import { type Database, NO_EXPIRY } from '../keyspace/database.ts'
import { STRING, type Type, typeOf, type Value, type ValueOf } from '../types/value.ts'
import type { Command } from './command.ts'
import { notInTransaction, wrongType } from './errors.ts'
import { EVENTS, type EventClass } from './events.ts'
import { BLOCKED, type Reply } from './reply.ts'

const OVERWRITES = EVENTS.overwritten | EVENTS.typeChanged

export interface Block {
  /** Keys to wait for. */
  on: readonly string[]
  /** Wake only when the key holds this type. */
  type: Type
  /** Milliseconds; 0 for ever. */
  timeout: number
  /** The reply when time runs out, or when this call may not block. */
  otherwise: Reply
  /** Wake also when the key is gone or holds another type, so that the command can say so. */
  orGone?: boolean
  /** Wake also when a key that is there, but has had too little, gets more. */
  orMore?: boolean
  /** The words to run again with, where those sent would mean something else by then. */
  words?: readonly string[]
  /** When to run again even if no key was written to: milliseconds since the epoch. */
  again?: number
}

/** A reply that comes from outside: when a store has saved, when a while has passed. */
export interface Awaited {
  parked: Parked | null
  settled: boolean
  reply: Reply
}

/**
 * All that a command may see and do. One instance serves every call at a nesting level, so a
 * command must neither keep it nor await while it holds it.
 *
 * Places: `at` and its relatives answer an index into the database's dictionary, good until the
 * next key is added or removed.
 */
export class Context {
  readonly engine: Engine
  client!: Client
  db!: Database
  /** Changes made to the data set by this call so far. */
  dirty = 0
  /** In MULTI, in a script and while the journal is replayed nothing may block. */
  denyBlocking = false
  /** Whether anyone listens: a journal, a replica. */
  propagating = false
  /** Words to propagate in place of those sent; empty for "as sent". */
  readonly effects: (readonly string[])[] = []
  blocked: Block | null = null
  awaited: Awaited | null = null
  /** The milliseconds of `now`, or 0 while nobody has asked. */
  private time = 0
  /** The call that this one is a part of: they have one time. */
  private outer: Context | null = null

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** The protocol for which a reply is made: a script has its own. */
  get resp(): Resp {
    const { dispatcher, scripting } = this.engine
    return dispatcher.script ? (scripting?.current?.resp ?? 2) : this.client.resp
  }

  begin(client: Client, db: Database, time: number, outer: Context | null): void {
    this.client = client
    this.db = db
    this.time = time
    this.outer = outer
    this.dirty = 0
    this.blocked = null
    this.awaited = null
    // Assigning to `length` is slow even when there is nothing to remove (about 50 ns, measured).
    if (this.effects.length > 0) this.effects.length = 0
  }

  /**
   * The time of this unit, ms since the epoch. It stands still for a whole command, transaction or
   * script. The clock is read when somebody asks: that costs 93 ns, more than a GET without expiry.
   */
  get now(): number {
    if (this.time === 0) this.time = this.outer === null ? this.engine.now() : this.outer.now
    return this.time
  }

  /** A random integer from 0 to below `below`. */
  random(below: number): number {
    return this.engine.random.below(below)
  }

  // ---- Looking ----------------------------------------------------------------------------------

  /** The place of a live key, or -1. An expired key is removed on the way, and that is propagated. */
  at(key: string): number {
    const index = this.db.find(key)
    if (index < 0 || this.db.volatile === 0) return index
    const deadline = this.db.deadlineAt(index)
    if (deadline === NO_EXPIRY || deadline > this.now) return index
    return this.engine.expire(this.db, index) ? -1 : index
  }

  /** As `at`, and leaves a mark of access: the key is about to be changed. */
  use(key: string): number {
    const index = this.at(key)
    if (index >= 0 && this.engine.tracksAccess) this.engine.touch(this.db, index, this.client)
    return index
  }

  exists(key: string): boolean {
    return this.at(key) >= 0
  }

  /** The value of any type, for reading; counts as a keyspace hit or miss. */
  find(key: string): Value | undefined {
    const index = this.lookUp(key)
    if (index < 0) return undefined
    if (this.engine.tracksAccess) this.engine.touch(this.db, index, this.client)
    return this.db.valueAt(index)
  }

  /** As `find`, but leaves no mark of access: for asking about a key without using it. */
  peek(key: string): Value | undefined {
    const index = this.lookUp(key)
    return index < 0 ? undefined : this.db.valueAt(index)
  }

  /** The place of a key that is read. */
  private lookUp(key: string): number {
    const { engine } = this
    const index = this.at(key)
    if (index >= 0) engine.stats.keyspaceHits++
    else {
      engine.stats.keyspaceMisses++
      if (engine.events & EVENTS.miss) engine.notify(EVENTS.miss, 'keymiss', key, this.db)
    }
    return index
  }

  /** The value if it has this type, for reading. WRONGTYPE if it has another. */
  read<T extends Type>(key: string, type: T): ValueOf[T] | undefined {
    const value = this.find(key)
    if (value === undefined) return undefined
    if (typeOf(value) !== type) throw wrongType
    return value as ValueOf[T]
  }

  /** As `read`, for a value that is about to be edited in place. */
  write<T extends Type>(key: string, type: T): ValueOf[T] | undefined {
    const index = this.place(key, type)
    if (index < 0) return undefined
    this.db.beforeEdit(index)
    return this.db.valueAt(index) as ValueOf[T]
  }

  /** The place of a live key of this type, or -1: for a value that is about to be replaced. */
  place(key: string, type: Type): number {
    const index = this.at(key)
    if (index < 0) return index
    if (typeOf(this.db.valueAt(index)) !== type) throw wrongType
    if (this.engine.tracksAccess) this.engine.touch(this.db, index, this.client)
    return index
  }

  /** The deadline of a live key, or `NO_EXPIRY`. */
  expiryOf(key: string): number {
    const index = this.at(key)
    return index < 0 ? NO_EXPIRY : this.db.deadlineAt(index)
  }

  // ---- Changing ---------------------------------------------------------------------------------

  /** Store a value under a key, whatever was there before, with this deadline or none. */
  put(key: string, value: Value, expireAt: number = NO_EXPIRY): void {
    let index = this.at(key)
    if (index < 0) index = this.insert(key, value)
    else {
      const { events } = this.engine
      const old = events & OVERWRITES ? typeOf(this.db.valueAt(index)) : STRING
      this.db.replaceAt(index, value)
      this.engine.keyGone(this.db, key)
      if (this.engine.tracksAccess) this.engine.touch(this.db, index, this.client)
      if (events & OVERWRITES) {
        this.notify(EVENTS.overwritten, 'overwritten', key)
        if (old !== typeOf(value)) this.notify(EVENTS.typeChanged, 'type_changed', key)
      }
    }
    if (this.db.volatile !== 0 || expireAt !== NO_EXPIRY) this.db.setDeadlineAt(index, expireAt)
  }

  /** Store a value and leave the deadline of the key as it is. */
  replace(key: string, value: Value): void {
    const index = this.at(key)
    if (index < 0) this.insert(key, value)
    else this.db.replaceAt(index, value)
  }

  /** Add a key that is known to be absent. */
  insert(key: string, value: Value): number {
    const index = this.db.insert(key, value)
    this.engine.keyAdded(this.db, key, value)
    return index
  }

  /** Remove a key; false if there was none. Fires nothing: call `changed` as well. */
  remove(key: string): boolean {
    const index = this.at(key)
    if (index < 0) return false
    this.db.removeAt(index)
    this.engine.keyGone(this.db, key)
    return true
  }

  /**
   * What a command has to store under a key is nothing: remove what is there. Nobody has looked at it,
   * so that its time may be over. Tells of it by itself.
   */
  discard(key: string): void {
    const index = this.db.find(key)
    if (index < 0) return
    this.db.removeAt(index)
    this.engine.keyGone(this.db, key)
    this.changed(EVENTS.generic, 'del', key)
  }

  /** Set or (`NO_EXPIRY`) clear the deadline of a key; false if there is no such key. */
  setExpiry(key: string, at: number): boolean {
    const index = this.at(key)
    if (index < 0) return false
    this.db.setDeadlineAt(index, at)
    return true
  }

  // ---- Telling ----------------------------------------------------------------------------------

  /**
   * Record one change to a key: counts it, tells watchers and tracking, and fires the keyspace event.
   */
  changed(kind: EventClass, event: string, key: string, db: Database = this.db): void {
    this.dirty++
    this.engine.keyChanged(db, key, this.client)
    this.engine.notify(kind, event, key, db)
  }

  /** As `changed`, of fields of a hash; null if nobody asks which (`fieldsToTell`). */
  changedFields(event: string, key: string, fields: readonly string[] | null): void {
    this.dirty++
    this.engine.keyChanged(this.db, key, this.client)
    this.engine.notify(EVENTS.hash, event, key, this.db, fields)
  }

  /** A list for the fields that a command is going to change, or null if nobody asks for them. */
  fieldsToTell(): string[] | null {
    return this.engine.tellsFields ? [] : null
  }

  /** As `changed` without an event of its own. */
  touched(key: string, db: Database = this.db): void {
    this.dirty++
    this.engine.keyChanged(db, key, this.client)
  }

  /** Fire an event that is not a change of its own. */
  notify(kind: EventClass, event: string, key: string, db: Database = this.db): void {
    this.engine.notify(kind, event, key, db)
  }

  /** Let journal and replicas see these words in place of the ones sent; may be called repeatedly. */
  propagateAs(...words: string[]): void {
    if (this.propagating) this.effects.push(words)
  }

  /**
   * Let journal and replicas see that a key is deleted, though the command says otherwise: as UNLINK
   * where this option is on, and their memory is to be freed lazily too.
   */
  propagateDeletion(key: string, option: LazyFree): void {
    if (this.propagating) this.effects.push([this.engine.deletion(option), key])
  }

  /** Park the client until one of the keys is written to. The command then runs again. */
  block(block: Block): Reply {
    if (this.denyBlocking) return block.otherwise
    this.blocked = block
    return BLOCKED
  }

  /**
   * Park the client until `start` has called back with the reply, which may happen at once. Where
   * nothing may wait, nothing is started and `otherwise` is the reply.
   */
  later(start: (done: (reply: Reply) => void) => void, otherwise: Reply = notInTransaction): Reply {
    if (this.denyBlocking) return otherwise
    const { client, engine } = this
    const awaited: Awaited = { parked: null, settled: false, reply: null }
    const { command } = engine.dispatcher
    const started = engine.platform.micros()
    start((reply) => {
      if (awaited.settled) return
      awaited.settled = true
      awaited.reply = reply
      if (awaited.parked === null || client.parked !== awaited.parked) return
      engine.dispatcher.answered(
        client,
        command as Command,
        reply,
        engine.platform.micros() - started,
      )
      client.resume(reply, false)
      engine.flush()
    })
    if (awaited.settled) return awaited.reply
    this.awaited = awaited
    return BLOCKED
  }

  /** A string for reading: `read(key, STRING)`, which is what most commands ask for. */
  string(key: string): ValueOf[typeof STRING] | undefined {
    return this.read(key, STRING)
  }
}
