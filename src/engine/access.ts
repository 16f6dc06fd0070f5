/**
 * When, or how often, a key was used: one 32-bit mark an entry, in the dictionary's `clock` column.
 *
 * Under an LFU policy the mark is minutes (16 bits) and a counter (8 bits) that grows with the
 * logarithm of the uses and decays with time; else it is the second of the last use. Time comes from
 * a clock that is set whenever somebody reads the real one, and by the cron at least every 100 ms:
 * a use costs a comparison and at most a store, but no call for the time.
 * https://redis.io/docs/latest/develop/reference/eviction/
 */
import type { Database } from '../keyspace/database.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import type { Random } from '../util/random.ts'
import type { Client } from './client.ts'
import type { Config } from './config.ts'

/** New keys start here, so that they are not the first to be evicted. */
const FRESH_COUNT = 5
const MOST = 255
const MINUTES = 0xffff

export class Access {
  /** Whether marks count uses (`maxmemory-policy …-lfu`) instead of telling the last one. */
  lfu = false
  /** Whether only changes count as uses (`…-lrm`). */
  private onlyChanges = false
  /** Whether keys are evicted by their last use. */
  private lru = false
  private seconds = 0
  private logFactor = 10
  private decayMinutes = 1
  private readonly keyspace: Keyspace
  private readonly random: Random

  constructor(config: Config, keyspace: Keyspace, random: Random) {
    this.keyspace = keyspace
    this.random = random
    config.follow('maxmemory-policy', (policy) => {
      this.lfu = policy.endsWith('-lfu')
      this.lru = policy.endsWith('-lru')
      this.onlyChanges = policy.endsWith('-lrm')
      this.setFreshMark()
    })
    config.follow('lfu-log-factor', (factor) => {
      this.logFactor = Number(factor)
    })
    config.follow('lfu-decay-time', (minutes) => {
      this.decayMinutes = Number(minutes)
    })
  }

  /** Set the clock. Cheap: called whenever the time happens to be known. */
  setTime(now: number): void {
    const seconds = Math.floor(now / 1000) >>> 0
    if (seconds === this.seconds) return
    this.seconds = seconds
    this.setFreshMark()
  }

  private setFreshMark(): void {
    this.keyspace.freshMark.value = this.lfu ? (this.minutes << 8) | FRESH_COUNT : this.seconds
  }

  private get minutes(): number {
    return Math.floor(this.seconds / 60) & MINUTES
  }

  /** The key was used by this client, which may have asked not to leave traces. */
  touch(db: Database, index: number, client: Client): void {
    if (this.onlyChanges) return
    // TOUCH is there to leave a trace.
    if (client.noTouch && client.engine.dispatcher.command?.name !== 'touch') return
    const { entries } = db
    const mark = entries.clockAt(index)
    if (!this.lfu) {
      if (mark !== this.seconds) entries.setClockAt(index, this.seconds)
      return
    }
    const count = this.decayed(mark)
    const grown = this.grows(count) ? count + 1 : count
    entries.setClockAt(index, (this.minutes << 8) | grown)
  }

  /** The key was changed, which is a use of its own only where changes are what counts. */
  changed(db: Database, key: string): void {
    if (!this.onlyChanges) return
    const index = db.find(key)
    if (index >= 0) db.entries.setClockAt(index, this.seconds)
  }

  /** Mark a key as one that was used so often (-1: unknown) or so long ago (-1), whichever counts now. */
  restore(db: Database, index: number, frequency: number, idleSeconds: number): void {
    if (this.lfu) {
      if (frequency >= 0) db.entries.setClockAt(index, (this.minutes << 8) | frequency)
    } else if (idleSeconds >= 0) {
      db.entries.setClockAt(index, Math.max(0, this.seconds - idleSeconds))
    }
  }

  /** What an RDB file tells of a key: under an LRU or LFU policy what that goes by, else nothing. */
  usageOf(db: Database, index: number): { idle: number; frequency: number } | null {
    if (this.lfu) return { idle: -1, frequency: this.frequencyOf(db, index) }
    return this.lru ? { idle: this.idleSeconds(db, index), frequency: -1 } : null
  }

  /** Seconds since the last use, for OBJECT IDLETIME and LRU eviction. */
  idleSeconds(db: Database, index: number): number {
    return Math.max(0, this.seconds - db.entries.clockAt(index))
  }

  /** The counter as it stands today, for OBJECT FREQ and LFU eviction. */
  frequencyOf(db: Database, index: number): number {
    return this.decayed(db.entries.clockAt(index))
  }

  private decayed(mark: number): number {
    const count = mark & MOST
    if (this.decayMinutes === 0) return count
    const elapsed = (this.minutes - (mark >>> 8)) & MINUTES
    return Math.max(0, count - Math.floor(elapsed / this.decayMinutes))
  }

  /** The more often a key was used, the less likely it is that one more use counts. */
  private grows(count: number): boolean {
    if (count >= MOST) return false
    const above = Math.max(0, count - FRESH_COUNT)
    return this.random.float() * (above * this.logFactor + 1) < 1
  }
}
