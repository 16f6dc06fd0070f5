/**
 * Fields of hashes whose time is up.
 *
 * As with keys there are two ways: whoever asks for a field finds it expired (`expire`), and the cron
 * removes what nobody asks for (`expireDue`). A field that goes is told to journal and replicas as
 * HDEL; a hash without fields goes with its last one.
 */
import { EVENTS } from '../core/events.ts'
import type { Database } from '../keyspace/database.ts'
import { Hash } from '../types/hash.ts'
import type { Engine } from './engine.ts'

/** Milliseconds ago that are in the past however roughly one looks. */
const PAST = 1000

export class FieldExpiry {
  private readonly engine: Engine

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** Whether fields may be removed now: the data does not stand still. */
  get allowed(): boolean {
    const { engine } = this
    if (engine.showsExpired) return false
    return !engine.loading && !(engine.pause.active && !engine.dispatcher.writing)
  }

  /** Take one field out of a hash that is about to be told of; the caller says the rest. */
  remove(db: Database, key: string, hash: Hash, place: number, active = false): void {
    const { stats, propagation } = this.engine
    db.beforeEdit(db.find(key))
    const field = hash.keyAt(place)
    hash.deleteAt(place)
    stats.expiredSubkeys++
    if (active) stats.expiredSubkeysActive++
    if (propagation.active) propagation.add(db.index, ['HDEL', key, field])
  }

  /** Fields have expired: tell, and let an empty hash go. */
  told(db: Database, key: string, hash: Hash, fields: readonly string[] | null): void {
    const { engine } = this
    engine.notify(EVENTS.hash, 'hexpired', key, db, fields)
    if (hash.size === 0) {
      db.removeAt(db.find(key))
      engine.notify(EVENTS.generic, 'del', key, db)
    }
    engine.keyChanged(db, key, null)
  }

  /** All fields that are due, or about `limit` of them; how many went. */
  expire(
    db: Database,
    key: string,
    hash: Hash,
    now: number,
    limit: number,
    active = false,
  ): number {
    const fields: string[] | null = this.engine.tellsFields ? [] : null
    const expired = hash.expire(now, limit, (place) => {
      if (fields !== null) fields.push(hash.keyAt(place))
      this.remove(db, key, hash, place, active)
    })
    if (expired > 0) this.told(db, key, hash, fields)
    return expired
  }

  /** Active expiry in one database. */
  expireDue(db: Database, now: number, limit: number): void {
    let left = limit
    db.fieldDeadlines.drain(now, limit, (key) => {
      const index = db.find(key)
      const hash = index < 0 ? undefined : db.valueAt(index)
      if (!(hash instanceof Hash) || hash.expiry === null || hash.expiry.noted > now) return
      if (left > 0) left -= this.expire(db, key, hash, now, left, true)
      if (hash.expiry === null) return
      // What was due to be looked at only roughly waits; what is left of this turn is due at once.
      hash.expiry.noted = Number.POSITIVE_INFINITY
      db.noteFields(key, hash, left > 0 ? now + 1 : now - PAST)
    })
  }
}
