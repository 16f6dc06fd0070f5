/**
 * Reading and setting fields of a hash together with their deadlines: HGETEX, HSETEX, and HGETDEL,
 * which reads and deletes.
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  expirationTwice,
  expireTimeMissing,
  fieldConditionTwice,
  fieldsMissing,
  fieldsTwice,
  invalidNumberOfFields,
  tooFewArguments,
  unknownArgument,
  unknownOption,
  wrongArity,
} from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import type { Reply } from '../core/reply.ts'
import type { Hash } from '../types/hash.ts'
import { HASH } from '../types/value.ts'
import {
  create,
  EXPIRED,
  fieldDeadline,
  MISSING,
  namedFields,
  numFields,
  set,
  setDeadlineAt,
  settle,
  takeField,
  tellExpired,
} from './hash-field.ts'

const INT_MAX = 2147483647

const EX = 1 << 0
const PX = 1 << 1
const EXAT = 1 << 2
const PXAT = 1 << 3
const PERSIST = 1 << 4
const KEEPTTL = 1 << 5
const FXX = 1 << 6
const FNX = 1 << 7

const TIMED = EX | PX | EXAT | PXAT
const CONDITION = FXX | FNX
const BITS: Readonly<Record<string, number>> = { EX, PX, EXAT, PXAT, PERSIST, KEEPTTL, FXX, FNX }

interface Options {
  bits: number
  /** Deadline, where one of `TIMED` was given. */
  at: number
  /** Fields, or for HSETEX fields and values in turn. */
  fields: readonly string[]
}

/** The options of HGETEX (one word a field) or HSETEX (two), in any order. */
function parse(c: Context, args: Args, name: string, wordsPerField: 1 | 2): Options {
  let bits = 0
  let at = 0
  let fields: readonly string[] | null = null
  while (args.more) {
    const word = args.next()
    const upper = word.toUpperCase()
    if (upper === 'FIELDS') {
      if (fields !== null) throw fieldsTwice
      if (!args.more) throw wrongArity(name)
      const count = numFields(args, INT_MAX)
      if (count === 0) throw invalidNumberOfFields
      if (count * wordsPerField > args.left) throw tooFewArguments
      fields = args.rest(args.left - count * wordsPerField)
      continue
    }
    const bit = Object.hasOwn(BITS, upper) ? (BITS[upper] as number) : 0
    if (bit === 0) throw unknownArgument(word)
    if (bit & CONDITION) {
      if (bits & CONDITION) throw fieldConditionTwice
    } else if (bits & (TIMED | (bit & PERSIST ? 0 : KEEPTTL) | (bit & KEEPTTL ? 0 : PERSIST))) {
      throw expirationTwice(wordsPerField === 2 ? 'KEEPTTL' : 'PERSIST')
    }
    bits |= bit
    if (bit & TIMED) {
      if (!args.more) throw expireTimeMissing
      const unit = bit & (EX | EXAT) ? 1000 : 1
      at = fieldDeadline(name, args.next(), unit, bit & (EX | PX) ? c.now : 0)
    }
  }
  if (fields === null) throw fieldsMissing
  if (bits & (wordsPerField === 2 ? PERSIST : KEEPTTL | CONDITION)) throw unknownOption
  return { bits, at, fields }
}

const timed = {
  group: 'hash',
  since: '8.0.0',
  complexity: 'O(N), N being the number of fields named',
  categories: ['hash'],
  propagates: 'rewritten',
} as const

const times =
  'EX seconds:integer | PX milliseconds:integer | EXAT unix-time-seconds:unix-time | ' +
  'PXAT unix-time-milliseconds:unix-time'

// ---- HGETEX -----------------------------------------------------------------------------------

export const HGETEX = command('hgetex', {
  ...timed,
  summary: 'Read fields of a hash and set or clear their deadlines.',
  syntax: `key [expiration: ${times} | PERSIST] FIELDS {fields: numfields:integer field...}`,
  arity: -5,
  flags: ['write', 'fast'],
  keys: { ...key(1, 'RW', 'access', 'update'), notes: 'updated because deadlines change' },
  reply: '(string | null)[]',
  run(c, args) {
    const key = args.next()
    // The type comes before everything else on the line.
    const hash = c.write(key, HASH)
    const { bits, at, fields } = parse(c, args, 'hgetex', 1)
    if (hash === undefined) return fields.map(() => null)
    if (bits !== 0) hash.makeVolatile(c.db.hashLimits)

    const expired: string[] = []
    const updated: string[] = []
    const deleted: string[] = []
    const values: Reply[] = []
    for (const field of fields) {
      const place = takeField(c, key, hash, field)
      if (place === EXPIRED) expired.push(field)
      values.push(place < 0 ? null : hash.valueAt(place))
      if (place < 0 || bits === 0) continue
      if (bits & PERSIST) {
        if (hash.timeAt(place) === 0) continue
        hash.setExpiryAt(place, 0)
        updated.push(field)
      } else if (setDeadlineAt(c, key, hash, place, at)) updated.push(field)
      else deleted.push(field)
    }
    c.db.noteFields(key, hash)
    settle(c, key, hash, expired, updated, bits & PERSIST ? 'hpersist' : 'hexpire', deleted)
    if (updated.length > 0) {
      const count = String(fields.length)
      if (bits & PERSIST) c.propagateAs('HPERSIST', key, 'FIELDS', count, ...fields)
      else c.propagateAs('HPEXPIREAT', key, String(at), 'FIELDS', count, ...fields)
    }
    return values
  },
})

// ---- HGETDEL ----------------------------------------------------------------------------------

export const HGETDEL = command('hgetdel', {
  ...timed,
  summary: 'Read fields of a hash and delete them.',
  syntax: 'key FIELDS {fields: numfields:integer field...}',
  arity: -5,
  flags: ['write', 'fast'],
  keys: key(1, 'RW', 'access', 'delete'),
  reply: '(string | null)[]',
  run(c, args) {
    const key = args.next()
    const hash = c.write(key, HASH)
    const fields = namedFields(args)
    if (hash === undefined) return fields.map(() => null)
    const expired: string[] = []
    const deleted: string[] = []
    const values: Reply[] = []
    for (const field of fields) {
      const place = takeField(c, key, hash, field)
      if (place === EXPIRED) expired.push(field)
      values.push(place < 0 ? null : hash.valueAt(place))
      if (place < 0) continue
      hash.deleteAt(place)
      deleted.push(field)
    }
    settle(c, key, hash, expired, [], 'hdel', deleted)
    if (deleted.length > 0) c.propagateAs('HDEL', key, ...fields)
    return values
  },
})

// ---- HSETEX -----------------------------------------------------------------------------------

export const HSETEX = command('hsetex', {
  ...timed,
  summary: 'Store values in fields of a hash, with a deadline that they share.',
  syntax:
    `key [condition: FNX | FXX] [expiration: ${times} | KEEPTTL] ` +
    'FIELDS {fields: numfields:integer {data: field value}...}',
  arity: -6,
  flags: ['write', 'denyoom', 'fast'],
  keys: key(1, 'RW', 'update'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const { bits, at, fields: data } = parse(c, args, 'hsetex', 2)
    const old = c.write(key, HASH)
    if (old === undefined && bits & FXX) return 0
    const hash = old ?? create(c, key)

    const { holds, expired } = conditionHolds(c, key, hash, bits, data)
    if (!holds) {
      settle(c, key, hash, expired, [], '', [])
      return 0
    }
    if (data.length / 2 > c.db.hashLimits.entries) hash.unpack()
    if (bits & TIMED) hash.makeVolatile(c.db.hashLimits)
    const fields: string[] = []
    const deleted: string[] = []
    for (let i = 0; i < data.length; i += 2) {
      const field = data[i] as string
      fields.push(field)
      set(c, hash, field, data[i + 1] as string, (bits & (TIMED | KEEPTTL)) !== 0)
      if (bits & TIMED && !setDeadlineAt(c, key, hash, hash.find(field), at)) deleted.push(field)
    }
    if (bits & TIMED) c.db.noteFields(key, hash)
    hash.fitTemplate(c.db.hashLimits)
    tellSet(c, key, hash, expired, fields, bits, deleted)
    propagateSet(c, key, bits, at, data, deleted.length > 0)
    return 1
  },
})

/** Whether FXX (all fields exist) or FNX (none does) lets the fields be set; the first that does not decides. */
function conditionHolds(
  c: Context,
  key: string,
  hash: Hash,
  bits: number,
  data: readonly string[],
): { holds: boolean; expired: string[] } {
  const expired: string[] = []
  if (bits & CONDITION) {
    for (let i = 0; i < data.length; i += 2) {
      const field = data[i] as string
      const place = hash.size === 0 ? MISSING : takeField(c, key, hash, field)
      if (place === EXPIRED) expired.push(field)
      if (place >= 0 !== ((bits & FXX) !== 0)) return { holds: false, expired }
    }
  }
  return { holds: true, expired }
}

function tellSet(
  c: Context,
  key: string,
  hash: Hash,
  expired: readonly string[],
  fields: readonly string[],
  bits: number,
  deleted: readonly string[],
): void {
  const empty = hash.size === 0
  if (empty) c.remove(key)
  tellExpired(c, key, expired)
  c.dirty += fields.length - 1
  c.changedFields('hset', key, fields)
  if (bits & TIMED) {
    const gone = deleted.length > 0
    // With one deadline for all, they have all been given it or they are all gone.
    c.engine.notify(EVENTS.hash, gone ? 'hdel' : 'hexpire', key, c.db, gone ? deleted : fields)
  }
  if (empty) c.notify(EVENTS.generic, 'del', key)
}

/** The deadline as a point in time. Where it has passed already, HDELs have told all there is to tell. */
function propagateSet(
  c: Context,
  key: string,
  bits: number,
  at: number,
  data: readonly string[],
  gone: boolean,
): void {
  if (!c.propagating || gone) return
  const words = ['HSETEX', key]
  if (bits & FXX) words.push('FXX')
  if (bits & FNX) words.push('FNX')
  if (bits & KEEPTTL) words.push('KEEPTTL')
  if (bits & TIMED) words.push('PXAT', String(at))
  c.propagateAs(...words, 'FIELDS', String(data.length / 2), ...data)
}
