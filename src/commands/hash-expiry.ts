/**
 * Deadlines of the fields of a hash: HEXPIRE and its relatives set them, HTTL and its relatives read
 * them, HPERSIST clears them. HGETEX, HSETEX and HGETDEL stand in `hash-timed.ts`.
 *
 * What is relative becomes absolute before it is propagated, and a deadline that has passed already
 * deletes the field at once.
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  fieldsIncomplete,
  fieldsMissing,
  fieldsTwice,
  manyConditions,
  numFieldsZero,
  tooFewArguments,
  unknownArgument,
} from '../core/errors.ts'
import type { Reply } from '../core/reply.ts'
import type { Hash } from '../types/hash.ts'
import { HASH } from '../types/value.ts'
import { elapsed } from './expiration.ts'
import {
  EXPIRED,
  fieldDeadline,
  isOver,
  namedFields,
  numFields,
  setDeadlineAt,
  settle,
  takeField,
} from './hash-field.ts'

const SECONDS = 1000
const MILLISECONDS = 1

const INT_MAX = 2147483647

// ---- Replies ----------------------------------------------------------------------------------

const NO_FIELD = -2
const NO_DEADLINE = -1
const REFUSED = 0
const DONE = 1
const DELETED = 2

// ---- Setting ----------------------------------------------------------------------------------

const NX = 1 << 0
const XX = 1 << 1
const GT = 1 << 2
const LT = 1 << 3
const CONDITIONS: Readonly<Record<string, number>> = { NX, XX, GT, LT }
const WORDS = ['NX', 'XX', 'GT', 'LT'] as const

const setting = {
  group: 'hash',
  since: '7.4.0',
  complexity: 'O(N), N being the number of fields named',
  arity: -6,
  flags: ['write', 'fast'],
  categories: ['hash'],
  keys: key(1, 'RW', 'update'),
  propagates: 'rewritten',
  reply: 'number[]',
} as const

const rest = '[condition: NX | XX | GT | LT] FIELDS {fields: numfields:integer field...}'

export const HEXPIRE = command('hexpire', {
  ...setting,
  summary: 'Let fields of a hash expire after a number of seconds.',
  syntax: `key seconds:integer ${rest}`,
  run: (c, args) => expire(c, args, 'hexpire', SECONDS, c.now),
})

export const HPEXPIRE = command('hpexpire', {
  ...setting,
  summary: 'Let fields of a hash expire after a number of milliseconds.',
  syntax: `key milliseconds:integer ${rest}`,
  run: (c, args) => expire(c, args, 'hpexpire', MILLISECONDS, c.now),
})

export const HEXPIREAT = command('hexpireat', {
  ...setting,
  summary: 'Let fields of a hash expire at a point in time, in seconds since the epoch.',
  syntax: `key unix-time-seconds:unix-time ${rest}`,
  run: (c, args) => expire(c, args, 'hexpireat', SECONDS, 0),
})

export const HPEXPIREAT = command('hpexpireat', {
  ...setting,
  summary: 'Let fields of a hash expire at a point in time, in milliseconds since the epoch.',
  syntax: `key unix-time-milliseconds:unix-time ${rest}`,
  run: (c, args) => expire(c, args, 'hpexpireat', MILLISECONDS, 0),
})

function expire(c: Context, args: Args, name: string, unit: number, base: number): Reply {
  const key = args.next()
  // The type comes before everything else on the line.
  const hash = c.write(key, HASH)
  const at = fieldDeadline(name, args.next(), unit, base)
  const { fields, condition } = parseExpire(args)
  if (hash === undefined) return fields.map(() => NO_FIELD)
  hash.makeVolatile(c.db.hashLimits)

  const expired: string[] = []
  const updated: string[] = []
  const deleted: string[] = []
  const replies = fields.map((field) => {
    const place = takeField(c, key, hash, field)
    if (place === EXPIRED) expired.push(field)
    if (place < 0) return NO_FIELD
    if (!allowed(condition, hash.timeAt(place), at)) return REFUSED
    if (setDeadlineAt(c, key, hash, place, at)) updated.push(field)
    else deleted.push(field)
    return elapsed(c, at) ? DELETED : DONE
  })
  c.db.noteFields(key, hash)
  settle(c, key, hash, expired, updated, 'hexpire', deleted)
  if (updated.length > 0) {
    const words = WORDS.filter((word) => condition & (CONDITIONS[word] as number))
    const count = String(updated.length)
    c.propagateAs('HPEXPIREAT', key, String(at), ...words, 'FIELDS', count, ...updated)
  }
  return replies
}

interface Expire {
  fields: readonly string[]
  condition: number
}

/** The condition and the fields, in any order. */
function parseExpire(args: Args): Expire {
  let fields: readonly string[] | null = null
  let condition = 0
  while (args.more) {
    const word = args.next()
    const name = word.toUpperCase()
    if (name === 'FIELDS') {
      if (fields !== null) throw fieldsTwice
      if (args.left < 2) throw fieldsIncomplete
      const count = numFields(args, INT_MAX)
      if (count === 0) throw numFieldsZero
      if (count > args.left) throw tooFewArguments
      fields = args.rest(args.left - count)
    } else if (Object.hasOwn(CONDITIONS, name)) condition |= CONDITIONS[name] as number
    else throw unknownArgument(word)
  }
  if (fields === null) throw fieldsMissing
  if (condition & (condition - 1)) throw manyConditions
  return { fields, condition }
}

/** A field without a deadline counts as living for ever. */
function allowed(condition: number, old: number, at: number): boolean {
  if (condition === 0) return true
  if (old === 0) return (condition & (XX | GT)) === 0
  if (condition === NX) return false
  return condition === XX || (condition === GT ? at > old : at < old)
}

// ---- Reading ----------------------------------------------------------------------------------

const naming = {
  group: 'hash',
  since: '7.4.0',
  complexity: 'O(N), N being the number of fields named',
  syntax: 'key FIELDS {fields: numfields:integer field...}',
  arity: -5,
  categories: ['hash'],
  reply: 'number[]',
} as const

const reading = {
  ...naming,
  flags: ['readonly', 'fast'],
  keys: key(1, 'RO', 'access'),
} as const

const remaining = { ...reading, tips: ['nondeterministic_output'] } as const

export const HTTL = command('httl', {
  ...remaining,
  summary: 'Tell how many seconds fields of a hash have left.',
  run: (c, args) => deadlines(c, args, SECONDS, true),
})

export const HPTTL = command('hpttl', {
  ...remaining,
  summary: 'Tell how many milliseconds fields of a hash have left.',
  run: (c, args) => deadlines(c, args, MILLISECONDS, true),
})

export const HEXPIRETIME = command('hexpiretime', {
  ...reading,
  summary: 'Tell when fields of a hash expire, in seconds since the epoch.',
  run: (c, args) => deadlines(c, args, SECONDS, false),
})

export const HPEXPIRETIME = command('hpexpiretime', {
  ...reading,
  summary: 'Tell when fields of a hash expire, in milliseconds since the epoch.',
  run: (c, args) => deadlines(c, args, MILLISECONDS, false),
})

function deadlines(c: Context, args: Args, unit: number, relative: boolean): Reply {
  const hash = c.read(args.next(), HASH)
  return namedFields(args).map((field) => {
    const place = hash === undefined ? -1 : hash.find(field)
    if (place < 0) return NO_FIELD
    const at = (hash as Hash).timeAt(place)
    if (at === 0) return NO_DEADLINE
    if (isOver(c, hash as Hash, place)) return NO_FIELD
    return Math.ceil((relative ? at - c.now : at) / unit)
  })
}

export const HPERSIST = command('hpersist', {
  ...naming,
  summary: 'Let fields of a hash live for ever again.',
  flags: ['write', 'fast'],
  keys: key(1, 'RW', 'update'),
  run(c, args) {
    const key = args.next()
    const hash = c.write(key, HASH)
    const persisted: string[] = []
    const replies = namedFields(args).map((field) => {
      const place = hash === undefined ? -1 : hash.find(field)
      if (place < 0 || isOver(c, hash as Hash, place)) return NO_FIELD
      if ((hash as Hash).timeAt(place) === 0) return NO_DEADLINE
      ;(hash as Hash).setExpiryAt(place, 0)
      persisted.push(field)
      return DONE
    })
    if (persisted.length > 0) c.changedFields('hpersist', key, persisted)
    return replies
  },
})
