/**
 * The engine: everything that one Redis server is, without a socket, a timer or a disk.
 *
 * A runtime constructs it with a platform and a preset of commands, opens clients on it and submits
 * their requests. Whoever enters from outside calls `flush` before leaving, so that hosts write
 * once for everything that has come together.
 */
import type { Command, Groups } from '../core/command.ts'
import { CommandError, kmaxNotGreater, kminNotLess } from '../core/errors.ts'
import { EVENTS, type EventClass } from '../core/events.ts'
import type { Reply } from '../core/reply.ts'
import type { Database } from '../keyspace/database.ts'
import { Keyspace } from '../keyspace/keyspace.ts'
import type { HostFunction, HostFunctionOptions } from '../scripting/host.ts'
import type { Scripting } from '../scripting/scripting.ts'
import { LIST, STREAM, typeOf, type Value, ZSET } from '../types/value.ts'
import { Random } from '../util/random.ts'
import { sha1 } from '../util/sha1.ts'
import { Access } from './access.ts'
import { Acl } from './acl.ts'
import { ActiveExpiry } from './active-expiry.ts'
import { Blocking, type Parked } from './blocking.ts'
import { Client, type Peer, type Sink } from './client.ts'
import { ClientLimits } from './client-limits.ts'
import { Config } from './config.ts'
import { Dispatcher } from './dispatcher.ts'
import { Eviction } from './eviction.ts'
import { FieldExpiry } from './field-expiry.ts'
import { HotKeys } from './hot-keys.ts'
import { Latency } from './latency.ts'
import { Monitors } from './monitors.ts'
import { Transactions, Watchers } from './multi.ts'
import { OneSlot } from './one-slot.ts'
import { parseEvents } from './option-kinds.ts'
import { OPTIONS } from './options.ts'
import { Pause } from './pause.ts'
import type { PersistenceHooks } from './persistence-hooks.ts'
import type { Platform } from './platform.ts'
import { Propagation } from './propagation.ts'
import { PubSub } from './pubsub.ts'
import { RdbFile } from './rdb.ts'
import { Replicas } from './replicas.ts'
import { Slices } from './slices.ts'
import { Stats } from './stats.ts'
import { publishSubkeys, SUBKEYS } from './subkeys.ts'
import { Tracking } from './tracking.ts'

/** Codes of errors that are counted each by itself. */
const MOST_ERRORS = 128
/** The pause between two runs of the cron. */
const CRON_PERIOD_MS = 100

/** Everything an engine is made of. */
export interface EngineOptions {
  platform: Platform
  commands: Groups
  /** Options as in `redis.conf`, set before anything else happens. */
  config?: Readonly<Record<string, string>>
  /**
   * An engine whose data this one's are going to be: it has the same options, and what its values are made
   * with is the same, so that they can be handed over.
   */
  beside?: Engine
}

/** When keys go without being deleted by name. */
export type LazyFree = 'lazyfree-lazy-expire' | 'lazyfree-lazy-server-del'

export class Engine {
  readonly platform: Platform
  readonly commands: Groups
  readonly config: Config
  readonly random: Random
  readonly keyspace: Keyspace
  readonly dispatcher: Dispatcher
  readonly clients: Map<number, Client> = new Map()
  readonly pubsub: PubSub = new PubSub()
  readonly watchers: Watchers = new Watchers()
  readonly transactions: Transactions
  readonly blocking: Blocking
  readonly pause: Pause
  /** Long scripts. */
  readonly slices: Slices = new Slices(this)
  /** Scripts and functions; null: there are no commands for them. */
  scripting: Scripting | null = null
  /** The call that runs now cannot wait for its reply: a script runs to its end in one go. */
  synchronous = false
  readonly acl: Acl
  readonly latency: Latency
  readonly hotKeys: HotKeys
  readonly oneSlot: OneSlot
  readonly eviction: Eviction
  readonly clientLimits: ClientLimits
  readonly monitors: Monitors = new Monitors()
  readonly access: Access
  readonly fieldExpiry: FieldExpiry = new FieldExpiry(this)
  readonly tracking: Tracking
  /** All data as an RDB file. */
  readonly rdb: RdbFile = new RdbFile(this)
  readonly propagation: Propagation = new Propagation()
  readonly replicas: Replicas
  /** 40 hexadecimal digits, new with every start. */
  readonly runId: string
  /** 40 hexadecimal digits that name the history of the data. */
  replicationId: string
  readonly startedAt: number
  stats: Stats = new Stats()
  /** Snapshots and the journal; null: in memory only. */
  persistence: PersistenceHooks | null = null
  /** What SHUTDOWN does once the engine has done its part; null: it cannot be shut down from inside. */
  onShutdown: ((save: boolean) => void) | null = null
  /** Writes the options into the configuration file, all or what is not as at first; null: there is none. */
  onRewriteConfig: ((all: boolean) => void) | null = null
  /**
   * Listen where `port` and `bind` say now, and nowhere else; calls back with the option that cannot be,
   * and then listens where it did before. Null: whoever connects us decides where.
   */
  onListen: ((done: (failed: 'port' | 'bind' | null) => void) => void) | null = null
  readonly activeExpiry: ActiveExpiry
  /** Whether keys and fields whose time is up are there like others (DEBUG SET-ALLOW-ACCESS-EXPIRED). */
  showsExpired = false
  /** Whether the periodic work rests (DEBUG PAUSE-CRON). */
  resting = false
  /** Changes since the last snapshot. */
  dirty = 0
  /** The snapshot and journal are being read: most commands are refused. */
  loading = false
  /** Files of others are being read: clients are told that it is loading. */
  importing = false
  /** Why writes are refused although nobody asked for it: the store failed. */
  refusal: CommandError | null = null
  /** Bits of `notify-keyspace-events`. */
  events = 0
  /** Whether reads leave a mark on the key, for OBJECT IDLETIME and eviction. */
  tracksAccess = true
  /** Units committed so far. */
  offset = 0
  /** Up to which unit the journal is durable. Infinity: nobody need wait. */
  durableOffset: number = Number.POSITIVE_INFINITY
  /** Clients that hold replies back. */
  readonly holding: Set<Client> = new Set()
  /** Clients whose sink has something to send. */
  unflushed: Client[] = []
  private closing: Client[] = []
  private nextClientId = 1
  private cancelCron: (() => void) | null = null
  private cancelWake: (() => void) | null = null
  private wakeTime: number = Number.POSITIVE_INFINITY

  constructor(options: EngineOptions) {
    const { beside } = options
    this.platform = options.platform
    this.commands = options.commands
    this.config = new Config(OPTIONS)
    for (const name of beside?.config.changed() ?? []) {
      this.config.set(name, beside?.config.get(name) as string)
    }
    for (const [name, value] of Object.entries(options.config ?? {})) this.config.set(name, value)
    this.random = new Random(options.platform.entropy(16))
    this.runId = this.random.hex(40)
    this.replicationId = sha1(this.runId)
    this.keyspace = new Keyspace(
      this.config.int('databases'),
      () => this.random.next32(),
      beside?.keyspace,
    )
    this.acl = new Acl(this)
    this.latency = new Latency(this.config)
    this.hotKeys = new HotKeys(this.platform)
    this.oneSlot = new OneSlot(this)
    this.clientLimits = new ClientLimits(this)
    this.eviction = new Eviction(this)
    this.replicas = new Replicas(this)
    this.activeExpiry = new ActiveExpiry(this)
    this.access = new Access(this.config, this.keyspace, this.random)
    this.tracking = new Tracking(this)
    this.startedAt = this.now()
    this.blocking = new Blocking(this)
    this.transactions = new Transactions(this)
    this.pause = new Pause(this)
    this.dispatcher = new Dispatcher(this, options.commands)
    const { setLimits } = this.keyspace
    this.config.follow('set-max-intset-entries', (n) => {
      // More than that no sorted array can take.
      setLimits.intsetEntries = Math.min(Number(n), 1 << 30)
    })
    this.config.follow('set-max-listpack-entries', (n) => {
      setLimits.listpackEntries = Number(n)
    })
    this.config.follow('set-max-listpack-value', (n) => {
      setLimits.listpackValue = Number(n)
    })
    const { zsetLimits } = this.keyspace
    this.config.follow('zset-max-listpack-entries', (n) => {
      zsetLimits.entries = Number(n)
    })
    this.config.follow('zset-max-listpack-value', (n) => {
      zsetLimits.value = Number(n)
    })
    this.followArrayLimits()
    const { streamLimits } = this.keyspace
    this.config.follow('stream-node-max-entries', (n) => {
      streamLimits.entries = Number(n)
    })
    this.config.follow('stream-node-max-bytes', (n) => {
      streamLimits.bytes = Number(n)
    })
    this.config.follow('stream-idmp-duration', (n) => {
      streamLimits.idmpSeconds = Number(n)
    })
    this.config.follow('stream-idmp-maxsize', (n) => {
      streamLimits.idmpMessages = Number(n)
    })
    this.config.follow('notify-keyspace-events', (letters) => {
      this.events = parseEvents(letters) ?? 0
    })
    const { hashLimits } = this.keyspace
    this.config.follow('hash-max-listpack-entries', (n) => {
      hashLimits.entries = Number(n)
    })
    this.config.follow('hash-max-listpack-value', (n) => {
      hashLimits.length = Number(n)
    })
    this.config.follow('hash-min-template-entries', (n) => {
      hashLimits.templateLeast = Number(n)
    })
    this.config.follow('hash-max-template-entries', (n) => {
      hashLimits.templateMost = Number(n)
    })
  }

  /** A slice that turns dense may not be one that turns sparse again at once. */
  private followArrayLimits(): void {
    const { config } = this
    const limits = this.keyspace.arrayLimits
    limits.most = config.int('array-sparse-kmax')
    limits.least = config.int('array-sparse-kmin')
    config.follow('array-slice-size', (n) => {
      limits.size = Number(n)
    })
    config.follow('array-sparse-kmax', (n) => {
      if (Number(n) > 0 && Number(n) <= limits.least) throw kmaxNotGreater
      limits.most = Number(n)
    })
    config.follow('array-sparse-kmin', (n) => {
      if (limits.most > 0 && Number(n) >= limits.most) throw kminNotLess
      limits.least = Number(n)
    })
  }

  /** Whether clients need not authenticate. */
  get passwordless(): boolean {
    return this.acl.passwordless
  }

  // ---- Time -------------------------------------------------------------------------------------

  /** Milliseconds since the epoch. */
  now(): number {
    const now = this.platform.now()
    // Whoever asks for the time sets the clock of the access marks on the way.
    this.access.setTime(now)
    return now
  }

  /** Begin the periodic work. An engine that was not started still expires keys on access. */
  start(): void {
    if (this.cancelCron !== null) return
    const tick = () => {
      this.cancelCron = this.platform.after(CRON_PERIOD_MS, tick)
      this.cron()
      this.flush()
    }
    this.cancelCron = this.platform.after(CRON_PERIOD_MS, tick)
  }

  stop(): void {
    this.cancelCron?.()
    this.cancelWake?.()
    this.slices.stop()
    this.cancelCron = null
    this.cancelWake = null
  }

  /** Periodic work, in small slices. Hosts with their own loop may call it; tests do. */
  cron(): void {
    if (this.resting) return
    const started = this.platform.micros()
    const now = this.now()
    if (this.slices.active) {
      this.clientLimits.cron(now)
      this.stats.sample(now)
      return
    }
    this.activeExpiry.cron()
    for (const db of this.keyspace.databases) {
      if (db.producing.size > 0 && !this.loading) db.forgetMessages(now)
    }
    if (this.tracking.clients !== 0) this.tracking.limit()
    if (this.replicas.size > 0) this.replicas.cron(now)
    this.clientLimits.cron(now)
    this.stats.sample(now)
    this.wake(now)
    this.stats.cronMicros += this.platform.micros() - started
  }

  /** Make sure that `wake` is called at this time at the latest. */
  wakeAt(at: number): void {
    if (at >= this.wakeTime) return
    this.wakeTime = at
    this.cancelWake?.()
    // A timer of more than 31 bits would fire at once. When this one fires, `wake` asks again.
    const delay = Math.min(Math.max(0, at - this.now()), 0x7fffffff)
    this.cancelWake = this.platform.after(delay, () => {
      this.wakeTime = Number.POSITIVE_INFINITY
      this.wake(this.now())
      this.flush()
    })
  }

  /** Answer blocked clients whose time is up, and end a pause that is over. */
  wake(now: number): void {
    // It is called again when the script is over.
    if (this.slices.active) return
    if (this.pause.until !== 0 && this.pause.until <= now) this.pause.end()
    this.blocking.expire(now)
    const next = Math.min(
      this.blocking.nextDeadline,
      this.pause.until !== 0 ? this.pause.until : Number.POSITIVE_INFINITY,
    )
    if (next !== Number.POSITIVE_INFINITY) this.wakeAt(next)
  }

  // ---- Clients ----------------------------------------------------------------------------------

  /** A new connection. */
  connect(sink: Sink, peer: Peer = { address: '', local: '' }): Client {
    const client = new Client(this.nextClientId++, this, sink, peer)
    this.clients.set(client.id, client)
    this.stats.connectionsReceived++
    return client
  }

  /** The connection is gone: forget everything about it. */
  disconnect(client: Client): void {
    if (!this.clients.delete(client.id)) return
    client.closing = true
    this.clientLimits.forget(client)
    this.pause.drop(client)
    this.slices.drop(client)
    this.blocking.drop(client)
    this.tracking.disable(client)
    this.replicas.drop(client)
    this.pubsub.drop(client)
    this.monitors.drop(client)
    this.watchers.unwatch(client)
    this.holding.delete(client)
  }

  /** Run one request to its end. `BLOCKED` means that the reply comes later, through the sink. */
  execute(client: Client, argv: readonly string[]): Reply {
    return this.dispatcher.execute(client, argv)
  }

  nested(client: Client, command: Command, argv: readonly string[]): Reply {
    return this.dispatcher.nested(client, command, argv)
  }

  rerun(parked: Parked): { reply: Reply; wrote: boolean } | null {
    return this.dispatcher.rerun(parked)
  }

  /** Hosts call this when they leave the engine: everything that has collected is sent. */
  flush(): void {
    this.stats.endCycle()
    this.pause.resume()
    this.blocking.drain()
    if (this.clientLimits.evicting) this.clientLimits.evict()
    for (;;) {
      // Who is no longer parked goes on with its requests; then all are told what all have changed.
      for (let i = 0; i < this.unflushed.length; i++) this.unflushed[i]?.sink.resume?.()
      this.tracking.broadcast()
      if (this.unflushed.length === 0) break
      const clients = this.unflushed
      this.unflushed = []
      for (const client of clients) client.flush()
    }
    if (this.closing.length > 0) {
      const closing = this.closing
      this.closing = []
      for (const client of closing) {
        if (client.unsent > 0) this.closing.push(client)
        else client.sink.close()
      }
    }
  }

  closeSoon(client: Client): void {
    this.closing.push(client)
  }

  // ---- Keys -------------------------------------------------------------------------------------

  /** A key was changed: tell those who watch it or hold a copy of it. */
  keyChanged(db: Database, key: string, by: Client | null): void {
    if (this.tracking.alive) this.tracking.invalidate(key, by)
    if (this.watchers.size > 0) this.watchers.touch(db, key)
    this.access.changed(db, key)
  }

  /** A key has come into being: tell those who wait for it. */
  keyAdded(db: Database, key: string, value: Value): void {
    if (this.blocking.count > 0) {
      const type = typeOf(value)
      // A key that begins as something else wakes nobody, even if it becomes one of these at once.
      if (type === LIST || type === ZSET || type === STREAM) this.blocking.signal(db.index, key)
    }
    this.notify(EVENTS.fresh, 'new', key, db)
  }

  /** A key was removed, or its value has made room for another one: tell those who wait for it. */
  keyGone(db: Database, key: string): void {
    this.blocking.signalGone(db.index, key)
  }

  /** Remove every key of a database; how many there were. Tracking is told by who calls this. */
  emptyDatabase(db: Database): number {
    const { size } = db
    if (this.watchers.size > 0) this.watchers.replaced(db, null, this.now())
    db.clear()
    this.blocking.signalAll(db.index, true)
    return size
  }

  /** Whether it matters which fields of a hash are changed. */
  get tellsFields(): boolean {
    return (this.events & EVENTS.hash) !== 0 && (this.events & SUBKEYS) !== 0
  }

  /** Fire a keyspace event, if anybody wants this class; for some events also of which fields. */
  notify(
    kind: EventClass,
    event: string,
    key: string,
    db: Database,
    fields: readonly string[] | null = null,
  ): void {
    if ((this.events & kind) === 0) return
    if (this.events & EVENTS.keyspace) {
      this.pubsub.publish(`__keyspace@${db.index}__:${key}`, event)
    }
    if (this.events & EVENTS.keyevent) {
      this.pubsub.publish(`__keyevent@${db.index}__:${event}`, key)
    }
    if (fields !== null && fields.length > 0 && this.events & SUBKEYS) {
      publishSubkeys(this.pubsub, this.events, db.index, event, key, fields)
    }
  }

  /** CONFIG REWRITE; `all` writes what is as it was at first, too. */
  rewriteConfig(all: boolean): void {
    if (this.onRewriteConfig === null) {
      throw new CommandError('The server is running without a config file')
    }
    this.onRewriteConfig(all)
  }

  /** Remove a key whose time is up. False while loading: the journal says itself what expired. */
  expire(db: Database, index: number): boolean {
    if (this.loading || this.showsExpired) return false
    // During CLIENT PAUSE the data stands still, but for a transaction that began it.
    if (this.pause.active && !this.dispatcher.writing) return true
    if (this.dispatcher.leavesExpired) return true
    const key = db.keyAt(index)
    db.removeAt(index)
    this.stats.expiredKeys++
    this.keyChanged(db, key, null)
    this.keyGone(db, key)
    if (this.propagation.active) {
      this.propagation.add(db.index, [this.deletion('lazyfree-lazy-expire'), key])
    }
    this.notify(EVENTS.expired, 'expired', key, db)
    return true
  }

  /** What replicas and journal are told when a key goes that nobody deletes by name. */
  deletion(option: LazyFree): 'DEL' | 'UNLINK' {
    return this.config.yes(option) ? 'UNLINK' : 'DEL'
  }

  /**
   * Add a function in JavaScript, for FCALL: it is called with an object like the `redis` of scripts, the
   * keys and the other arguments, and its result is the reply. It must be synchronous; what it changes is
   * one unit. FUNCTION LIST shows it under the library `host`; nobody can replace or delete it. Throws a
   * TypeError for a name that is taken or none.
   */
  registerFunction(name: string, options: HostFunctionOptions, fn: HostFunction): void {
    if (this.scripting === null) throw new TypeError('this engine has no command FCALL')
    this.scripting.register(name, options, fn)
  }

  /** Remove keys as DEL does, for a client whose request was answered elsewhere. */
  remove(client: Client, keys: readonly string[]): void {
    const del = this.dispatcher.commands.get('del') as Command
    this.slices.whenIdle(() => {
      this.dispatcher.nested(client, del, ['DEL', ...keys])
      this.commit()
      this.blocking.serve()
    })
  }

  /** A key was read or written: remember when. */
  touch(db: Database, index: number, client: Client): void {
    this.access.touch(db, index, client)
  }

  /** CONFIG RESETSTAT: count from zero. */
  resetStats(): void {
    if (this.scripting !== null) this.scripting.scripts.evicted = 0
    this.stats = new Stats()
  }

  countError(error: CommandError): void {
    const { stats } = this
    const { errors } = stats
    stats.errorReplies++
    if (stats.errorsUnnamed) return
    // A script may make an error of a word and a blank.
    const code = error.code.trimEnd()
    const count = errors.get(code)
    if (count !== undefined || errors.size < MOST_ERRORS) errors.set(code, (count ?? 0) + 1)
    else {
      // Codes that scripts make up would fill the memory.
      const codes = [...errors.keys()].join(', ')
      this.platform.log(
        'warning',
        `Errorstats stopped adding new errors: there are ${MOST_ERRORS}.`,
      )
      this.platform.log('warning', `Current errors code list: ${codes}`)
      stats.forgetErrors()
    }
  }

  // ---- Effects ----------------------------------------------------------------------------------

  /** A unit is over: hand its effects to journal and replicas. */
  commit(): void {
    if (this.propagation.commit()) this.offset++
  }

  /** Effects that need not be atomic, as of keys that have expired: each is a unit. */
  commitEach(): void {
    this.propagation.commitEach(() => {
      this.offset++
    })
  }

  /** The journal has stored everything up to this unit. */
  durableUpTo(offset: number): void {
    this.durableOffset = offset
    for (const client of this.holding) {
      client.release(offset)
      if (client.unsent === 0) this.holding.delete(client)
    }
    this.flush()
  }

  /** The journal could not store what was changed: those who wait are told. */
  journalFailed(reason: string): void {
    for (const client of this.holding) client.fail(reason)
    this.holding.clear()
    this.flush()
  }
}
