/**
 * Transactions: the queue of MULTI, the keys of WATCH, and EXEC.
 * https://redis.io/docs/latest/develop/using-commands/transactions/
 */

import { bytesOfWords } from '../core/client-memory.ts'
import type { Command } from '../core/command.ts'
import { execAborted } from '../core/errors.ts'
import { NIL_ARRAY, PAUSED, QUEUED, type Reply } from '../core/reply.ts'
import { type Database, NO_EXPIRY } from '../keyspace/database.ts'
import type { Client } from './client.ts'
import type { Engine } from './engine.ts'

interface Queued {
  command: Command
  argv: readonly string[]
}

export class Transaction {
  readonly queue: Queued[] = []
  /** A command was refused while queueing: EXEC must refuse as well. */
  failed = false
  /** Flags of all queued commands together: what EXEC has to be checked for. */
  flags = 0
  /** What the queue takes. */
  bytes = 0

  /**
   * `flags`: what the call is checked for, of a script more than its command says. `lost`: EXEC will not
   * run it anyway, so it is neither kept nor counts.
   */
  add(command: Command, argv: readonly string[], flags: number, lost: boolean): Reply {
    if (lost) return QUEUED
    this.flags |= flags
    this.bytes += bytesOfWords(argv)
    this.queue.push({ command, argv })
    return QUEUED
  }
}

/** What EXEC, DISCARD and RESET do. */
export class Transactions {
  private readonly engine: Engine
  /** An EXEC that waits for the next slice of a script. */
  paused: { readonly queue: readonly Queued[]; readonly replies: Reply[] } | null = null

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** Queue from now on. The caller has checked that there is no transaction yet. */
  begin(client: Client): void {
    client.transaction = new Transaction()
  }

  /** Run what MULTI queued. The caller has checked that there is a transaction. */
  exec(client: Client): Reply {
    const transaction = client.transaction as Transaction
    // A watched key that expired since counts as changed, even if nobody has looked at it yet.
    const broken = client.watchBroken || client.watched.some((watch) => this.hasExpired(watch))
    this.discard(client)
    if (transaction.failed) throw execAborted
    if (broken) return NIL_ARRAY
    return this.run(client, transaction.queue, [])
  }

  private run(client: Client, queue: readonly Queued[], replies: Reply[], paused = false): Reply {
    const { engine } = this
    let again = paused
    for (let i = replies.length; i < queue.length; i++) {
      const { command, argv } = queue[i] as Queued
      // The rules may have changed since the command was queued, or by one before it.
      const { unrestricted } = client.user
      const refusal = unrestricted || again ? null : engine.acl.refusalAtExec(client, command, argv)
      let reply: Reply
      if (refusal !== null) {
        engine.countError(refusal)
        reply = refusal
      } else if (again) reply = engine.dispatcher.again(client, command, argv)
      else reply = engine.nested(client, command, argv)
      again = false
      if (reply === PAUSED) {
        this.paused = { queue, replies }
        return PAUSED
      }
      replies.push(reply)
    }
    return replies
  }

  /** Go on with what a script in the queue has interrupted. */
  resume(client: Client): Reply {
    const { queue, replies } = this.paused as NonNullable<typeof this.paused>
    this.paused = null
    return this.run(client, queue, replies, true)
  }

  /** Forget the queue and what is watched. */
  discard(client: Client): void {
    client.transaction = null
    this.engine.watchers.unwatch(client)
  }

  /** Whether a key is past its deadline, so that it does not count although it is still there. */
  isExpired(dbIndex: number, key: string): boolean {
    return isPast(this.engine.keyspace.at(dbIndex), key, this.engine.now())
  }

  private hasExpired(watch: Watch): boolean {
    return !watch.expired && this.isExpired(watch.dbIndex, watch.key)
  }
}

/** One key that a client watches. The database is named by number, as SWAPDB moves data under it. */
export interface Watch {
  readonly dbIndex: number
  readonly key: string
  /** The key was past its deadline already, though still there: its removal is no change. */
  expired: boolean
}

/** Who watches which key, for every database. */
export class Watchers {
  /** By database and key. */
  private readonly watches = new Map<string, Map<Client, Watch>>()

  /** How many keys are watched. */
  get size(): number {
    return this.watches.size
  }

  watch(client: Client, dbIndex: number, key: string, expired: boolean): void {
    const id = identify(dbIndex, key)
    let clients = this.watches.get(id)
    if (clients === undefined) {
      clients = new Map()
      this.watches.set(id, clients)
    } else if (clients.has(client)) return
    const watch = { dbIndex, key, expired }
    clients.set(client, watch)
    client.watched.push(watch)
    client.bytesOfInterests += key.length
  }

  unwatch(client: Client): void {
    for (const { dbIndex, key } of client.watched) {
      const id = identify(dbIndex, key)
      const clients = this.watches.get(id)
      clients?.delete(client)
      if (clients?.size === 0) this.watches.delete(id)
      client.bytesOfInterests -= key.length
    }
    if (client.watched.length > 0) client.watched.length = 0
    client.watchBroken = false
  }

  /** A key was changed or removed. */
  touch(db: Database, key: string): void {
    const clients = this.watches.get(identify(db.index, key))
    if (clients === undefined) return
    for (const [client, watch] of clients) {
      if (watch.expired && db.find(key) < 0) watch.expired = false
      else client.watchBroken = true
    }
  }

  /**
   * Every key of a database is about to go (FLUSHALL), or to make room for those of another (SWAPDB,
   * which calls this for both of them).
   */
  replaced(db: Database, by: Database | null, now: number): void {
    for (const clients of this.watches.values()) {
      for (const [client, watch] of clients) {
        if (watch.dbIndex !== db.index) continue
        const { key } = watch
        const was = db.find(key) >= 0
        const will = by !== null && by.find(key) >= 0
        if (!was && !will) continue
        const dead = will && isPast(by, key, now)
        // A key that was not there in effect, and is not there afterwards, has not changed.
        if (watch.expired ? !will || dead : !was && dead) watch.expired = will
        else client.watchBroken = true
      }
    }
  }
}

const identify = (dbIndex: number, key: string): string => `${dbIndex}:${key}`

function isPast(db: Database, key: string, now: number): boolean {
  const index = db.find(key)
  if (index < 0) return false
  const deadline = db.deadlineAt(index)
  return deadline !== NO_EXPIRY && deadline <= now
}
