/**
 * Client-side caching: who may hold a copy of which key, and telling them when it is stale.
 *
 * In the default mode the engine remembers, for every key that a tracking client has read, the ids
 * of those clients; a change takes the key out of that table and tells each of them once. In
 * broadcasting mode nothing is remembered but prefixes: keys that changed are collected for each of
 * them and sent together when the host leaves the engine, so that a pipeline of writes makes one
 * message.
 *
 * Tables are by key alone, whatever the database, as in Redis: a client caches by name. A message
 * to the client whose own request has caused it follows the reply to that request (`Client.push`).
 * https://redis.io/docs/latest/develop/reference/client-side-caching/
 */
import type { Command } from '../core/command.ts'
import { PUBSUB } from '../core/command.ts'
import { keysOf } from '../core/keys.ts'
import { Push, type Reply } from '../core/reply.ts'
import { compareBytes } from '../util/bytes.ts'
import type { Client } from './client.ts'
import type { Engine } from './engine.ts'

/** Where RESP2 clients listen that others redirect their messages to. */
const CHANNEL = '__redis__:invalidate'
/** Keys that leave an overfull table with one request; more if that was not enough before. */
const EVICTED_AT_ONCE = 100

export interface TrackingOptions {
  /** Id of the client that gets the messages; 0: the one that tracks. */
  redirect: number
  broadcast: boolean
  optIn: boolean
  optOut: boolean
  noLoop: boolean
  /** For broadcasting. None: all keys. */
  prefixes: readonly string[]
}

/** What a client that tracks has asked for. */
export interface ClientTracking extends TrackingOptions {
  /** CLIENT CACHING was given: the next request is the exception. */
  caching: boolean
  /** A message could not be delivered, as the other client is gone. */
  broken: boolean
  /** In order of bytes. */
  prefixes: string[]
}

interface Prefix {
  readonly clients: Set<Client>
  /** Keys that changed since the last message, and who changed them last. */
  changed: Map<string, Client | null>
}

export class Tracking {
  private readonly engine: Engine
  /** Ids of the clients that may hold a key. A client that is gone is found out when it is told. */
  private table = new Map<string, Set<number>>()
  private readonly prefixes = new Map<string, Prefix>()
  private mostKeys = 0
  /** How many requests in a row have met an overfull table. */
  private rounds = 0
  /** How many clients track: the only thing that reading looks at. */
  clients = 0
  /** Whether anybody tracks or is still in the table: the only thing that changing looks at. */
  alive = false
  /** Ids in the table, for INFO. */
  items = 0
  /** Some prefix has keys that changed. */
  private collected = false

  constructor(engine: Engine) {
    this.engine = engine
    engine.config.follow('tracking-table-max-keys', (most) => {
      this.mostKeys = Number(most)
    })
  }

  /** Keys in the table, for INFO. */
  get keys(): number {
    return this.table.size
  }

  /** Prefixes that are broadcast, for INFO. */
  get prefixCount(): number {
    return this.prefixes.size
  }

  // ---- Switching on and off ---------------------------------------------------------------------

  /** The caller has checked that the options go together. Prefixes add to those that are there. */
  enable(client: Client, options: TrackingOptions): void {
    const before = client.tracking
    if (before === null) this.clients++
    this.alive = true
    const prefixes = before?.prefixes ?? []
    if (options.broadcast) {
      for (const prefix of options.prefixes.length === 0 ? [''] : options.prefixes) {
        if (prefixes.includes(prefix)) continue
        prefixes.push(prefix)
        const known = this.prefixes.get(prefix)
        if (known === undefined) {
          this.prefixes.set(prefix, { clients: new Set([client]), changed: new Map() })
        } else known.clients.add(client)
      }
      prefixes.sort(compareBytes)
    }
    client.tracking = {
      ...options,
      prefixes,
      caching: before?.caching ?? false,
      broken: false,
    }
  }

  disable(client: Client): void {
    const state = client.tracking
    if (state === null) return
    for (const name of state.prefixes) {
      const prefix = this.prefixes.get(name)
      prefix?.clients.delete(client)
      if (prefix?.clients.size === 0) this.prefixes.delete(name)
    }
    client.tracking = null
    this.clients--
    this.settle()
  }

  /** Nobody tracks any more, but what is in the table stays until it changes, as in Redis. */
  private settle(): void {
    this.alive = this.clients > 0 || this.table.size > 0
  }

  // ---- Reading ----------------------------------------------------------------------------------

  /** A tracking client has run a command that reads: remember the keys it has seen. */
  remember(client: Client, command: Command, argv: readonly string[]): void {
    const state = client.tracking
    if (state === null || state.broadcast || command.flags & PUBSUB) return
    // What a script reads is told by the commands that it calls.
    if (command.group === 'scripting') return
    if (state.optIn ? !state.caching : state.optOut && state.caching) return
    for (const { at } of keysOf(command, argv) ?? []) {
      const key = argv[at] as string
      const ids = this.table.get(key)
      if (ids === undefined) this.table.set(key, new Set([client.id]))
      else if (ids.has(client.id)) continue
      else ids.add(client.id)
      this.items++
    }
  }

  /**
   * Before a request of this client, and now and then: keep the table within
   * `tracking-table-max-keys`. The request is not the cause: messages do not wait for its reply.
   */
  limit(client: Client | null = null): void {
    if (this.mostKeys === 0 || this.table.size <= this.mostKeys) {
      this.rounds = 0
      return
    }
    const running = client?.running ?? false
    if (client !== null) client.running = false
    let effort = EVICTED_AT_ONCE * ++this.rounds
    for (const key of this.table.keys()) {
      if (effort-- === 0 || this.table.size <= this.mostKeys) break
      this.tellHolders(key)
    }
    if (client !== null) client.running = running
  }

  /** A request of a tracking client is over. What CLIENT CACHING said was about this one only. */
  requestDone(client: Client): void {
    const state = client.tracking as ClientTracking
    if (!state.caching || client.transaction !== null) return
    if (!client.lastCommand?.fullName.startsWith('client|')) state.caching = false
  }

  // ---- Changing ---------------------------------------------------------------------------------

  /** A key has changed, by the hand of this client or by none (expiry). */
  invalidate(key: string, by: Client | null): void {
    for (const [prefix, { changed }] of this.prefixes) {
      if (!key.startsWith(prefix)) continue
      changed.set(key, by)
      this.collected = true
    }
    this.tellHolders(key)
  }

  private tellHolders(key: string): void {
    const ids = this.table.get(key)
    if (ids === undefined) return
    this.table.delete(key)
    this.items -= ids.size
    if (this.clients === 0) this.settle()
    for (const id of ids) {
      const client = this.engine.clients.get(id)
      const state = client?.tracking
      // Who has turned to broadcasting since then has forgotten what it asked for before.
      if (client === undefined || !state || state.broadcast) continue
      if (!(state.noLoop && client.running)) this.send(client, [key])
    }
  }

  /** All keys of one database or of all are gone: everybody is told at once to forget all. */
  invalidateAll(): void {
    if (!this.alive) return
    for (const client of this.engine.clients.values()) {
      if (client.tracking !== null) this.send(client, null)
    }
    this.table = new Map()
    this.items = 0
    this.settle()
  }

  // ---- Telling ----------------------------------------------------------------------------------

  /** Before the host leaves the engine: what has collected for those who listen to prefixes. */
  broadcast(): void {
    if (!this.collected) return
    this.collected = false
    for (const name of [...this.prefixes.keys()].sort(compareBytes)) {
      const prefix = this.prefixes.get(name) as Prefix
      if (prefix.changed.size === 0) continue
      const { changed } = prefix
      prefix.changed = new Map()
      const keys = [...changed.keys()].sort(compareBytes)
      for (const client of prefix.clients) {
        const theirs = client.tracking?.noLoop
          ? keys.filter((key) => changed.get(key) !== client)
          : keys
        if (theirs.length > 0) this.send(client, theirs)
      }
    }
  }

  private send(tracker: Client, keys: readonly string[] | null): void {
    const state = tracker.tracking as ClientTracking
    let target = tracker
    if (state.redirect !== 0) {
      const other = this.engine.clients.get(state.redirect)
      if (other === undefined) {
        state.broken = true
        if (tracker.resp === 3) {
          tracker.push(new Push(['tracking-redir-broken', state.redirect]))
        }
        return
      }
      target = other
    }
    const payload: Reply = keys === null ? null : [...keys]
    if (target.resp === 3) target.push(new Push(['invalidate', payload]))
    else if (state.redirect !== 0 && target.subscribed) {
      target.push(new Push(['message', CHANNEL, payload]))
    }
    // In RESP2 a connection cannot be told anything out of turn.
  }
}
