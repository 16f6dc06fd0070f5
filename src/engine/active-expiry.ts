/**
 * Active expiry: keys and fields of hashes that are due and that nobody asks for.
 *
 * It is done in short slices, so that no command waits for long, with pauses in between that are longer, so
 * that most of the time is left to commands; and slices follow each other as long as anything is due, so
 * that a million keys with the same deadline are gone within seconds. `active-expire-effort` makes slices longer.
 */
import { NO_EXPIRY } from '../keyspace/database.ts'
import type { Engine } from './engine.ts'

/** Microseconds of a slice, more for each step of the effort, and milliseconds between two slices. */
const SLICE_MICROS = 1000
const SLICE_PER_EFFORT = 250
const REST_MS = 3
/** Entries that are visited between two looks at the clock. */
const STRETCH = 50

export class ActiveExpiry {
  /** Whether keys expire that nobody asks for. DEBUG SET-ACTIVE-EXPIRE. */
  enabled = true
  private readonly engine: Engine
  private patience = SLICE_MICROS
  private cancel: (() => void) | null = null

  constructor(engine: Engine) {
    this.engine = engine
    engine.config.follow('active-expire-effort', (effort) => {
      this.patience = SLICE_MICROS + SLICE_PER_EFFORT * (Number(effort) - 1)
    })
  }

  /** Called every tenth of a second; more often only as long as much is due. */
  cron(): void {
    if (this.cancel === null) this.slice()
  }

  private get allowed(): boolean {
    const { engine } = this
    return this.enabled && !engine.loading && !engine.pause.active
  }

  private slice(): void {
    const { engine } = this
    if (!this.allowed) return
    const { platform, stats } = engine
    const started = platform.micros()
    let spent = 0
    while (this.stretch()) {
      spent = platform.micros() - started
      if (spent < this.patience) continue
      stats.expirySlicesCutOff++
      this.cancel = platform.after(REST_MS, () => {
        this.cancel = null
        this.slice()
        engine.flush()
      })
      break
    }
    stats.expiryMicros += spent
  }

  /** Visit a few entries of each database. False: nothing more is due. */
  private stretch(): boolean {
    const { engine } = this
    const now = engine.now()
    let more = false
    for (const db of engine.keyspace.databases) {
      if (db.fieldDeadlines.size > 0) {
        engine.fieldExpiry.expireDue(db, now, STRETCH)
        if (db.fieldDeadlines.next() <= now) more = true
      }
      if (db.volatile === 0) continue
      db.deadlines.drain(now, STRETCH, (key) => {
        const index = db.find(key)
        if (index < 0) return
        const at = db.deadlineAt(index)
        if (at === NO_EXPIRY) return
        if (at > now) db.deadlines.add(key, at)
        else if (engine.expire(db, index)) engine.stats.expiredKeysActive++
      })
      if (db.deadlines.next() <= now) more = true
    }
    if (engine.propagation.pending > 0) engine.commitEach()
    engine.blocking.serve()
    return more
  }
}
