/**
 * Hashes: setting, counting, reading and deleting fields. What chooses among the fields, HSCAN and
 * HRANDFIELD, stands in `hash-pick.ts`.
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  hashNotAFloat,
  hashNotAnInteger,
  incrementNotFinite,
  nanOrInfinity,
  notAFloat,
  overflow,
  wrongArity,
} from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import { MapReply, OK, type Reply } from '../core/reply.ts'
import type { Hash } from '../types/hash.ts'
import { HASH } from '../types/value.ts'
import { addIntegers, parseInteger } from '../util/integer.ts'
import {
  addLongDouble,
  formatLongDouble,
  isFiniteLongDouble,
  parseLongDouble,
} from '../util/long-double.ts'
import {
  create,
  EXPIRED,
  findField,
  isOver,
  MISSING,
  readField,
  set,
  setOne,
  takeField,
} from './hash-field.ts'

// ---- Setting ----------------------------------------------------------------------------------

const setting = {
  group: 'hash',
  since: '2.0.0',
  flags: ['write', 'denyoom', 'fast'],
  categories: ['hash'],
} as const

export const HSET = command('hset', {
  ...setting,
  summary: 'Store values in fields of a hash, which is made if need be.',
  complexity: 'O(N), N being the number of fields that are set',
  syntax: 'key {data: field value}...',
  arity: -4,
  keys: key(1, 'RW', 'update'),
  history: [['4.0.0', 'More than one `field` and `value`.']],
  reply: 'number',
  run: (c, args) => setFields(c, args, 'hset'),
})

export const HMSET = command('hmset', {
  ...setting,
  summary: 'Store values in fields of a hash, which is made if need be.',
  complexity: 'O(N), N being the number of fields that are set',
  syntax: 'key {data: field value}...',
  arity: -4,
  keys: key(1, 'RW', 'update'),
  deprecated: { since: '4.0.0', replacedBy: '`HSET` with several fields and values' },
  reply: "'OK'",
  run(c, args) {
    setFields(c, args, 'hmset')
    return OK
  },
})

function setFields(c: Context, args: Args, name: string): number {
  if (args.left % 2 === 0) throw wrongArity(name)
  const key = args.next()
  const hash = c.write(key, HASH) ?? create(c, key)
  const pairs = args.left >>> 1
  // As in Redis, so many fields make it large even if some of them are the same.
  if (pairs > c.db.hashLimits.entries) hash.unpack()
  let created = 0
  const told = c.fieldsToTell()
  while (args.more) {
    const field = args.next()
    if (set(c, hash, field, args.next())) created++
    if (told !== null) told.push(field)
  }
  hash.fitTemplate(c.db.hashLimits)
  c.dirty += pairs - 1
  c.changedFields('hset', key, told)
  return created
}

export const HSETNX = command('hsetnx', {
  ...setting,
  summary: 'Store a value in a field of a hash that does not exist yet.',
  complexity: 'O(1)',
  syntax: 'key field value',
  arity: 4,
  keys: key(1, 'RW', 'insert'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const field = args.next()
    const old = c.write(key, HASH)
    if (old !== undefined && findField(c, key, old, field) >= 0) return 0
    setOne(c, usable(old) ?? create(c, key), field, args.next())
    c.changedFields('hset', key, [field])
    return 1
  },
})

const counting = {
  ...setting,
  complexity: 'O(1)',
  arity: 4,
  keys: key(1, 'RW', 'access', 'update'),
} as const

export const HINCRBY = command('hincrby', {
  ...counting,
  summary: 'Add to the integer stored in a field of a hash; a missing one counts as 0.',
  syntax: 'key field increment:integer',
  reply: 'number | bigint',
  run(c, args) {
    const key = args.next()
    const field = args.next()
    const amount = args.integer()
    const hash = c.write(key, HASH)
    const text = readField(c, key, hash, field)
    const value = text === null ? 0 : parseInteger(text)
    if (value === undefined) throw hashNotAnInteger
    const sum = addIntegers(value, amount)
    if (sum === undefined) throw overflow
    setOne(c, usable(hash) ?? create(c, key), field, String(sum), true)
    c.changedFields('hincrby', key, [field])
    return sum
  },
})

export const HINCRBYFLOAT = command('hincrbyfloat', {
  ...counting,
  since: '2.6.0',
  summary: 'Add to the number stored in a field of a hash, which may have a fraction.',
  syntax: 'key field increment:double',
  propagates: 'rewritten',
  reply: 'string',
  run(c, args) {
    const key = args.next()
    const field = args.next()
    const amount = parseLongDouble(args.next())
    if (amount === undefined) throw notAFloat
    if (!isFiniteLongDouble(amount)) throw incrementNotFinite
    const hash = c.write(key, HASH)
    const old = readField(c, key, hash, field)
    const value = old === null ? 0 : parseLongDouble(old)
    if (value === undefined) throw hashNotAFloat
    const sum = addLongDouble(value, amount)
    if (!isFiniteLongDouble(sum)) throw nanOrInfinity
    const text = formatLongDouble(sum)
    setOne(c, usable(hash) ?? create(c, key), field, text, true)
    c.changedFields('hincrbyfloat', key, [field])
    c.propagateAs('HSETEX', key, 'KEEPTTL', 'FIELDS', '1', field, text)
    return text
  },
})

/** A hash whose last field has expired just now is not under its key any more. */
const usable = (hash: Hash | undefined): Hash | undefined => (hash?.size === 0 ? undefined : hash)

// ---- Deleting ---------------------------------------------------------------------------------

export const HDEL = command('hdel', {
  group: 'hash',
  since: '2.0.0',
  summary: 'Delete fields of a hash; without any the hash goes away.',
  complexity: 'O(N), N being the number of fields named',
  syntax: 'key field...',
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['hash'],
  keys: key(1, 'RW', 'delete'),
  history: [['2.4.0', 'More than one `field`.']],
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const hash = c.write(key, HASH)
    if (hash === undefined) return 0
    let deleted = 0
    const told = c.fieldsToTell()
    while (args.more && hash.size > 0) {
      const field = args.next()
      const place = hash.find(field)
      if (place < 0) continue
      hash.deleteAt(place)
      deleted++
      if (told !== null) told.push(field)
    }
    if (deleted === 0) return 0
    c.dirty += deleted - 1
    const empty = hash.size === 0
    if (empty) c.remove(key)
    c.changedFields('hdel', key, told)
    if (empty) c.notify(EVENTS.generic, 'del', key)
    return deleted
  },
})

// ---- Reading ----------------------------------------------------------------------------------

const reading = {
  group: 'hash',
  since: '2.0.0',
  complexity: 'O(1)',
  categories: ['hash'],
} as const

export const HGET = command('hget', {
  ...reading,
  summary: 'Read a field of a hash.',
  syntax: 'key field',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: key(1, 'RO', 'access'),
  reply: 'string | null',
  run(c, args) {
    const key = args.next()
    return readField(c, key, c.read(key, HASH), args.next())
  },
})

export const HMGET = command('hmget', {
  ...reading,
  summary: 'Read several fields of a hash.',
  complexity: 'O(N), N being the number of fields named',
  syntax: 'key field...',
  arity: -3,
  flags: ['readonly', 'fast'],
  keys: key(1, 'RO', 'access'),
  reply: '(string | null)[]',
  run(c, args) {
    const key = args.next()
    const hash = c.read(key, HASH)
    const values: Reply[] = []
    let expired: string[] | null = null
    while (args.more) {
      const field = args.next()
      const place = hash === undefined ? MISSING : takeField(c, key, hash, field)
      if (place === EXPIRED) {
        expired ??= []
        expired.push(field)
      }
      values.push(place < 0 ? null : (hash as Hash).valueAt(place))
    }
    if (expired !== null) c.engine.fieldExpiry.told(c.db, key, hash as Hash, expired)
    return values
  },
})

export const HEXISTS = command('hexists', {
  ...reading,
  summary: 'Tell whether a hash has a field.',
  syntax: 'key field',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: key(1, 'RO'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    return readField(c, key, c.read(key, HASH), args.next()) === null ? 0 : 1
  },
})

export const HSTRLEN = command('hstrlen', {
  ...reading,
  since: '3.2.0',
  summary: 'Tell how long the value in a field of a hash is.',
  syntax: 'key field',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: key(1, 'RO'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    return readField(c, key, c.read(key, HASH), args.next())?.length ?? 0
  },
})

export const HLEN = command('hlen', {
  ...reading,
  // As in Redis, with the fields that have expired and that nobody has asked for since.
  summary: 'Count the fields of a hash.',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: key(1, 'RO'),
  reply: 'number',
  run: (c, args) => c.read(args.next(), HASH)?.size ?? 0,
})

const listing = {
  ...reading,
  complexity: 'O(N), N being the number of fields',
  syntax: 'key',
  arity: 2,
  flags: ['readonly'],
  keys: key(1, 'RO', 'access'),
  tips: ['nondeterministic_output_order'],
} as const

export const HGETALL = command('hgetall', {
  ...listing,
  summary: 'Read all fields of a hash with their values.',
  reply: 'Record<string, string>',
  run: (c, args) => new MapReply(list(c, args.next(), true, true)),
})

export const HKEYS = command('hkeys', {
  ...listing,
  summary: 'List the fields of a hash.',
  reply: 'string[]',
  run: (c, args) => list(c, args.next(), true, false),
})

export const HVALS = command('hvals', {
  ...listing,
  summary: 'List the values of a hash.',
  reply: 'string[]',
  run: (c, args) => list(c, args.next(), false, true),
})

function list(c: Context, key: string, fields: boolean, values: boolean): string[] {
  const hash = c.read(key, HASH)
  const items: string[] = []
  if (hash === undefined) return items
  for (let i = 0; i < hash.size; i++) {
    if (hash.expiry !== null && isOver(c, hash, i)) continue
    if (fields) items.push(hash.keyAt(i))
    if (values) items.push(hash.valueAt(i))
  }
  return items
}
