/**
 * Transactions: the queue of MULTI, the keys of WATCH, and EXEC.
 * https://redis.io/docs/latest/develop/interact/transactions/
 */
import { type Command, NO_MULTI } from '../core/command.ts'
import { CommandError, execAborted } from '../core/errors.ts'
import { NIL_ARRAY, QUEUED, type Reply } from '../core/reply.ts'
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

  add(command: Command, argv: readonly string[]): Reply {
    if (command.flags & NO_MULTI) {
      this.failed = true
      return new CommandError('Command not allowed inside a transaction')
    }
    this.queue.push({ command, argv })
    return QUEUED
  }
}

/** One key that a client watches. The database is named by number, as SWAPDB moves data under it. */
export interface Watch {
  dbIndex: number
  key: string
  /** The key was past its deadline already, though still there. */
  expired: boolean
}

/** Who watches which key, for every database. */
export class Watchers {
  private readonly clients = new Map<string, Set<Client>>()

  get size(): number {
    return this.clients.size
  }

  watch(client: Client, dbIndex: number, key: string, expired: boolean): void {
    if (client.watched.some((w) => w.dbIndex === dbIndex && w.key === key)) return
    client.watched.push({ dbIndex, key, expired })
    const id = identify(dbIndex, key)
    const clients = this.clients.get(id)
    if (clients === undefined) this.clients.set(id, new Set([client]))
    else clients.add(client)
  }

  unwatch(client: Client): void {
    for (const { dbIndex, key } of client.watched) {
      const id = identify(dbIndex, key)
      const clients = this.clients.get(id)
      clients?.delete(client)
      if (clients?.size === 0) this.clients.delete(id)
    }
    if (client.watched.length > 0) client.watched.length = 0
    client.watchBroken = false
  }

  /** A key was changed. */
  touch(dbIndex: number, key: string): void {
    const clients = this.clients.get(identify(dbIndex, key))
    if (clients !== undefined) for (const client of clients) client.watchBroken = true
  }

  /** Every key of a database goes (FLUSHDB) or is replaced by those of another (SWAPDB). */
  touchAll(dbIndex: number, changed: (key: string) => boolean): void {
    for (const clients of this.clients.values()) {
      for (const client of clients) {
        for (const { dbIndex: index, key } of client.watched) {
          if (index === dbIndex && changed(key)) client.watchBroken = true
        }
      }
    }
  }
}

const identify = (dbIndex: number, key: string): string => `${dbIndex}:${key}`

/** Run what MULTI queued. The caller has checked that there is a transaction. */
export function exec(engine: Engine, client: Client): Reply {
  const transaction = client.transaction as Transaction
  // A watched key that expired since counts as changed, even if nobody has looked at it yet.
  const broken = client.watchBroken || client.watched.some((w) => engine.watchedExpired(w))
  client.transaction = null
  engine.watchers.unwatch(client)
  if (transaction.failed) return execAborted
  if (broken) return NIL_ARRAY
  const replies: Reply[] = []
  for (const { command, argv } of transaction.queue)
    replies.push(engine.nested(client, command, argv))
  return replies
}

export function discard(engine: Engine, client: Client): void {
  client.transaction = null
  engine.watchers.unwatch(client)
}
