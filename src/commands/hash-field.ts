/**
 * Looking for a field of a hash that may have expired; deadlines of fields.
 *
 * Whoever asks for a field finds out that its time is up: it is removed then, which is propagated, and
 * the last one takes the hash with it. So after such a look the hash may be empty, and is then no
 * longer under its key.
 */
import type { Args } from '../core/args.ts'
import type { Context } from '../core/context.ts'
import {
  fieldsMisplaced,
  fieldTimeNegative,
  invalidExpire,
  notAnInteger,
  numFieldsMismatch,
  numFieldsNotPositive,
} from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import { Hash } from '../types/hash.ts'
import { parseInteger } from '../util/integer.ts'
import { elapsed } from './expiration.ts'

/** There is no such field. */
export const MISSING = -1
/** It had expired and was removed just now; the caller must say so (`fieldExpiry.told`). */
export const EXPIRED = -2

/** Whether the time of the field at a place is up. Never so while the journal is read. */
export function isOver(c: Context, hash: Hash, place: number): boolean {
  const at = hash.timeAt(place)
  return at !== 0 && at <= c.now && !c.engine.loading && !c.engine.showsExpired
}

/** The place of a field, or `MISSING` or `EXPIRED`. For commands that tell once of several fields. */
export function takeField(c: Context, key: string, hash: Hash, field: string): number {
  const place = hash.find(field)
  if (place < 0 || hash.expiry === null || !isOver(c, hash, place)) return place
  const { fieldExpiry } = c.engine
  if (!fieldExpiry.allowed) return MISSING
  fieldExpiry.remove(c.db, key, hash, place)
  return EXPIRED
}

/** The place of a field, or `MISSING`. */
export function findField(c: Context, key: string, hash: Hash, field: string): number {
  const place = takeField(c, key, hash, field)
  if (place !== EXPIRED) return place
  c.engine.fieldExpiry.told(c.db, key, hash, [field])
  return MISSING
}

export function readField(
  c: Context,
  key: string,
  hash: Hash | undefined,
  field: string,
): string | null {
  if (hash === undefined) return null
  const place = findField(c, key, hash, field)
  return place < 0 ? null : hash.valueAt(place)
}

/** A new hash under a key that is free. */
export function create(c: Context, key: string): Hash {
  const hash = new Hash(c.db.seed)
  c.insert(key, hash)
  return hash
}

/** Set a field, which loses its deadline unless that is kept; true if it is new. */
export function set(
  c: Context,
  hash: Hash,
  field: string,
  value: string,
  keepTime = false,
): boolean {
  const created = hash.set(field, value, keepTime)
  hash.fit(c.db.hashLimits, field, value)
  return created
}

/** As `set`, for a command that sets nothing else. */
export function setOne(
  c: Context,
  hash: Hash,
  field: string,
  value: string,
  keepTime = false,
): void {
  set(c, hash, field, value, keepTime)
  hash.fitTemplate(c.db.hashLimits)
}

// ---- Arguments --------------------------------------------------------------------------------

/** Redis keeps deadlines of fields in 48 bits, and keeps two of them for itself. */
const LATEST = 2 ** 46 - 1

/** Milliseconds since the epoch. */
export function fieldDeadline(name: string, text: string, unit: number, base: number): number {
  const n = parseInteger(text)
  if (n === undefined) throw notAnInteger
  if (n < 0) throw fieldTimeNegative
  // A big integer is beyond what is allowed by far, so that its last digits do not matter.
  const at = Number(n) * unit + base
  if (at > LATEST) throw invalidExpire(name)
  return at
}

/** A number of fields from 1 up to a bound, or 0 for what is none. */
export function numFields(args: Args, most: number): number {
  const n = parseInteger(args.next())
  return n === undefined || n < 1 || n > most ? 0 : Number(n)
}

/** FIELDS, their number and the fields, and nothing else. */
export function namedFields(args: Args): readonly string[] {
  if (!args.take('FIELDS')) throw fieldsMisplaced
  const count = numFields(args, Number.POSITIVE_INFINITY)
  if (count === 0) throw numFieldsNotPositive
  if (count !== args.left) throw numFieldsMismatch
  return args.rest()
}

// ---- Deadlines --------------------------------------------------------------------------------

/**
 * Set a deadline; false if it has passed already, so that the field was deleted. That is propagated
 * here, as one HDEL a field.
 */
export function setDeadlineAt(
  c: Context,
  key: string,
  hash: Hash,
  place: number,
  at: number,
): boolean {
  if (!elapsed(c, at)) {
    hash.setExpiryAt(place, at)
    return true
  }
  c.engine.stats.expiredSubkeys++
  c.propagateAs('HDEL', key, hash.keyAt(place))
  hash.deleteAt(place)
  return false
}

/** Tell of fields that were found expired, if there are any. */
export function tellExpired(c: Context, key: string, fields: readonly string[]): void {
  if (fields.length > 0) c.engine.notify(EVENTS.hash, 'hexpired', key, c.db, fields)
}

/**
 * Tell of what was done to the fields of a hash: what expired, what was updated (`event`) or deleted, and that the hash went away. The effects are the caller's.
 */
export function settle(
  c: Context,
  key: string,
  hash: Hash,
  expired: readonly string[],
  updated: readonly string[],
  event: string,
  deleted: readonly string[],
): void {
  const changes = updated.length + deleted.length
  if (expired.length + changes === 0) return
  const empty = hash.size === 0
  if (empty) c.remove(key)
  tellExpired(c, key, expired)
  if (changes > 0) {
    c.dirty += changes - 1
    if (deleted.length > 0) c.changedFields('hdel', key, deleted)
    else c.changedFields(event, key, updated)
  } else c.engine.keyChanged(c.db, key, c.client)
  if (empty) c.notify(EVENTS.generic, 'del', key)
}
