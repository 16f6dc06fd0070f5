/**
 * `maxmemory`: when the data takes more than it may, keys go, by the policy that is set.
 *
 * No order of all keys is kept: a few are drawn at random, and the best of those and of a small pool of
 * earlier candidates goes. That comes close to the true order and costs nothing between evictions. It is done
 * in small steps before commands; what is left over when the time is up is done when the host is idle.
 * https://redis.io/docs/latest/develop/reference/eviction/
 */
import { EVENTS } from '../core/events.ts'
import { Account } from '../keyspace/account.ts'
import { type Database, NO_EXPIRY } from '../keyspace/database.ts'
import { EMPTY_BYTES } from '../types/size.ts'
import type { Engine } from './engine.ts'

const POOL = 16
/** Evictions between two looks at the clock. */
const STRETCH = 16
/** Places looked at to find one key with a deadline, before that is given up for now. */
const SEARCH = 1000

interface Candidate {
  readonly dbIndex: number
  readonly key: string
  /** The higher, the sooner it goes. */
  readonly rank: number
}

export class Eviction {
  private readonly engine: Engine
  /** Bytes; 0: no limit. */
  private limit = 0
  private policy = 'noeviction'
  private samples = 5
  /** Microseconds that one step may take. */
  private patience = 0
  private account: Account | null = null
  /** The best at the end. */
  private pool: Candidate[] = []
  private nextDatabase = 0
  private cancel: (() => void) | null = null

  constructor(engine: Engine) {
    this.engine = engine
    const { config } = engine
    config.follow('maxmemory-policy', (policy) => {
      this.policy = policy
      this.pool = []
    })
    config.follow('maxmemory-samples', (samples) => {
      this.samples = Number(samples)
    })
    config.follow('maxmemory-eviction-tenacity', (tenacity) => {
      this.patience = patienceOf(Number(tenacity))
    })
    config.follow('maxmemory', (bytes) => {
      this.limit = Number(bytes)
      this.audit(this.limit > 0)
      if (this.active && this.used > this.limit && this.policy !== 'noeviction') this.goOnLater()
    })
  }

  /** There was no room left before the request that runs: scripts may not take more. */
  exhausted = false

  /** Whether there is a limit. */
  get active(): boolean {
    return this.limit > 0
  }

  /** Bytes in use, as the limit sees them. */
  get used(): number {
    const { account, engine } = this
    const data = (account ?? new Account(engine.keyspace.databases)).bytes
    return EMPTY_BYTES + data + engine.clientLimits.used
  }

  private audit(on: boolean): void {
    if (on === (this.account !== null)) return
    const { databases } = this.engine.keyspace
    this.account = on ? new Account(databases) : null
    for (const db of databases) db.account = this.account
  }

  /** Make room if more is used than may be. False if there is nothing left that may go. */
  makeRoom(): boolean {
    if (this.used <= this.limit) return true
    this.engine.clientLimits.refresh()
    if (this.used <= this.limit) return true
    if (this.policy === 'noeviction') return false
    const room = this.evict()
    // What went is a matter of its own, not of the command that comes next.
    if (this.engine.propagation.pending > 0) this.engine.commitEach()
    return room
  }

  /** Evict until there is room or the time is up. False if nothing is left that may go. */
  private evict(): boolean {
    const { platform } = this.engine
    const started = platform.micros()
    for (let evicted = 0; this.used > this.limit; evicted++) {
      if (evicted % STRETCH === STRETCH - 1 && platform.micros() - started > this.patience) {
        this.goOnLater()
        break
      }
      if (!this.evictOne()) return false
    }
    return true
  }

  private goOnLater(): void {
    if (this.cancel !== null) return
    this.cancel = this.engine.platform.after(0, () => {
      this.cancel = null
      const { loading, slices } = this.engine
      if (this.active && !loading && !slices.active) this.makeRoom()
      this.engine.flush()
    })
  }

  private evictOne(): boolean {
    const found = this.policy.endsWith('-random') ? this.drawOne() : this.best()
    if (found === null) return false
    const { engine } = this
    const db = engine.keyspace.at(found.dbIndex)
    const index = db.find(found.key)
    db.removeAt(index)
    engine.stats.evictedKeys++
    engine.keyChanged(db, found.key, null)
    engine.keyGone(db, found.key)
    if (engine.propagation.active) engine.propagation.add(db.index, ['DEL', found.key])
    engine.notify(EVENTS.evicted, 'evicted', found.key, db)
    return true
  }

  /** A key of the next database that has one. */
  private drawOne(): Candidate | null {
    const { databases } = this.engine.keyspace
    for (let tries = 0; tries < databases.length; tries++) {
      const db = databases[this.nextDatabase++ % databases.length] as Database
      const index = this.draw(db)
      if (index >= 0) return { dbIndex: db.index, key: db.keyAt(index), rank: 0 }
    }
    return null
  }

  /** The best of the pool, once some of every database have been held against it. */
  private best(): Candidate | null {
    for (;;) {
      let any = false
      for (const db of this.engine.keyspace.databases) {
        if (db.size === 0) continue
        // As many draws as there are keys would miss some of them.
        if (db.size <= this.samples) {
          for (let index = 0; index < db.size; index++) {
            if (!this.eligible(db, index)) continue
            any = true
            this.consider(db, index)
          }
          continue
        }
        for (let i = 0; i < this.samples; i++) {
          const index = this.draw(db)
          if (index < 0) break
          any = true
          this.consider(db, index)
        }
      }
      if (!any) return null
      for (;;) {
        const candidate = this.pool.pop()
        if (candidate === undefined) break
        // It may have gone since, or have lost its deadline.
        const db = this.engine.keyspace.at(candidate.dbIndex)
        const index = db.find(candidate.key)
        if (index >= 0 && this.eligible(db, index)) return candidate
      }
    }
  }

  /** Put a key into the pool if it is better than the worst in there. */
  private consider(db: Database, index: number): void {
    const rank = this.rankOf(db, index)
    const { pool } = this
    const worst = pool[0]
    if (pool.length === POOL && worst !== undefined && rank <= worst.rank) return
    const key = db.keyAt(index)
    // Drawn again, it is known better: an old rank is that of an earlier second.
    const known = pool.findIndex((other) => other.key === key && other.dbIndex === db.index)
    if (known >= 0) pool.splice(known, 1)
    let at = pool.length
    // Of two that rank the same, the one that has waited here is older by that.
    while (at > 0 && (pool[at - 1] as Candidate).rank >= rank) at--
    pool.splice(at, 0, { dbIndex: db.index, key, rank })
    if (pool.length > POOL) pool.shift()
  }

  private rankOf(db: Database, index: number): number {
    const { access } = this.engine
    if (this.policy.endsWith('-lfu')) return 255 - access.frequencyOf(db, index)
    if (this.policy === 'volatile-ttl') return -db.deadlineAt(index)
    return access.idleSeconds(db, index)
  }

  private get onlyVolatile(): boolean {
    return this.policy.startsWith('volatile-')
  }

  private eligible(db: Database, index: number): boolean {
    return !this.onlyVolatile || db.deadlineAt(index) !== NO_EXPIRY
  }

  /** The place of a random key that may go, or -1. */
  private draw(db: Database): number {
    const { size } = db
    if (size === 0) return -1
    const start = this.engine.random.below(size)
    if (!this.onlyVolatile) return start
    if (db.volatile === 0) return -1
    // Deadlines may be rare: go on from a random place to the next key that has one.
    const most = this.pool.length > 0 ? Math.min(size, SEARCH) : size
    for (let i = 0; i < most; i++) {
      const index = (start + i) % size
      if (db.deadlineAt(index) !== NO_EXPIRY) return index
    }
    return -1
  }
}

/** Half a millisecond at 10 and below (in proportion), then 15 % more with each step; for ever at 100. */
function patienceOf(tenacity: number): number {
  if (tenacity <= 10) return 50 * tenacity
  return tenacity < 100 ? 500 * 1.15 ** (tenacity - 10) : Number.POSITIVE_INFINITY
}
