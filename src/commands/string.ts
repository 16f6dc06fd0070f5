/**
 * Strings: reading, editing in place and removing them.
 *
 * Setting them is in `string-set.ts`, counting in `string-counter.ts`, LCS in `lcs.ts`.
 */
import { command, key, keys } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  conditionNeedsString,
  invalidCondition,
  offsetOutOfRange,
  stringTooLong,
  wrongArity,
} from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import type { Reply } from '../core/reply.ts'
import { Bytes, lengthOf, replyOf, type StringValue, sliceOf, textOf } from '../types/string.ts'
import { STRING, typeOf } from '../types/value.ts'
import type { Integer } from '../util/integer.ts'
import { xxh3 } from '../util/xxh3.ts'
import { holds } from './string-condition.ts'

// ---- Reading ----------------------------------------------------------------------------------

export const GET = command('get', {
  group: 'string',
  since: '1.0.0',
  summary: 'Read the value of a string key.',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['string'],
  keys: key(1, 'RO', 'access'),
  reply: 'string | null',
  run(c, args) {
    const value = c.string(args.next())
    return value === undefined ? null : replyOf(value)
  },
})

export const MGET = command('mget', {
  group: 'string',
  since: '1.0.0',
  summary: 'Read the values of several string keys at once.',
  complexity: 'O(N), N being the number of keys',
  syntax: 'key...',
  arity: -2,
  flags: ['readonly', 'fast'],
  categories: ['string'],
  keys: keys(1, -1, 1, 'RO', 'access'),
  tips: ['request_policy:multi_shard'],
  reply: '(string | null)[]',
  run(c, args) {
    const values: Reply[] = []
    while (args.more) {
      const value = c.find(args.next())
      // Unlike GET, a key of another type counts as missing.
      const missing = value === undefined || typeOf(value) !== STRING
      values.push(missing ? null : replyOf(value as StringValue))
    }
    return values
  },
})

export const STRLEN = command('strlen', {
  group: 'string',
  since: '2.2.0',
  summary: 'Tell how many bytes a string has.',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['string'],
  keys: key(1, 'RO'),
  reply: 'number',
  run(c, args) {
    const value = c.string(args.next())
    return value === undefined ? 0 : lengthOf(value)
  },
})

const range = {
  group: 'string',
  complexity: 'O(N), N being the length of the answer',
  syntax: 'key start:integer end:integer',
  arity: 4,
  flags: ['readonly'],
  categories: ['string'],
  keys: key(1, 'RO', 'access'),
  reply: 'string',
} as const

export const GETRANGE = command('getrange', {
  ...range,
  since: '2.4.0',
  summary: 'Read a part of a string, both ends included.',
  run: (c, args) => part(c, args.next(), args.integer(), args.integer()),
})

export const SUBSTR = command('substr', {
  ...range,
  since: '1.0.0',
  summary: 'Read a part of a string: the old name of GETRANGE.',
  deprecated: { since: '2.0.0', replacedBy: '`GETRANGE`' },
  run: (c, args) => part(c, args.next(), args.integer(), args.integer()),
})

function part(c: Context, key: string, from: Integer, to: Integer): Reply {
  const value = c.string(key)
  if (value === undefined) return ''
  const length = lengthOf(value)
  if (from < 0 && to < 0 && from > to) return ''
  // Beyond 2^53 an end is far outside, and when it is rounded it is as far outside.
  let start = Number(from)
  let end = Number(to)
  // An end before the beginning means the first byte, not nothing.
  if (start < 0) start = Math.max(0, start + length)
  if (end < 0) end = Math.max(0, end + length)
  end = Math.min(end, length - 1)
  return start > end ? '' : sliceOf(value, start, end + 1)
}

export const DIGEST = command('digest', {
  group: 'string',
  since: '8.4.0',
  summary: 'Compute the XXH3 digest of a string, as sixteen hexadecimal digits.',
  complexity: 'O(N), N being the length of the string',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['string'],
  keys: key(1, 'RO', 'access'),
  reply: 'string | null',
  run(c, args) {
    const value = c.string(args.next())
    return value === undefined ? null : xxh3(textOf(value))
  },
})

// ---- Editing in place -------------------------------------------------------------------------

/** The least that `proto-max-bulk-len` can be set to: what is shorter need not ask for it. */
const ALWAYS_ALLOWED = 1 << 20

/** Refuse to let a string grow beyond `proto-max-bulk-len`. */
function checkLength(c: Context, length: number): void {
  if (length <= ALWAYS_ALLOWED || c.client.internal) return
  if (length > c.engine.config.int('proto-max-bulk-len')) throw stringTooLong
}

export const APPEND = command('append', {
  group: 'string',
  since: '2.0.0',
  summary: 'Add bytes to the end of a string; a missing key counts as empty.',
  complexity: 'O(1) amortized, as the room for a string grows by doubling',
  syntax: 'key value',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['string'],
  keys: key(1, 'RW', 'insert'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const tail = args.next()
    const value = c.write(key, STRING)
    let { length } = tail
    if (value === undefined) c.insert(key, tail)
    else {
      length += lengthOf(value)
      checkLength(c, length)
      const bytes = Bytes.from(value, 2 * length)
      bytes.write(tail, bytes.length)
      if (bytes !== value) c.replace(key, bytes)
    }
    c.changed(EVENTS.string, 'append', key)
    return length
  },
})

export const SETRANGE = command('setrange', {
  group: 'string',
  since: '2.2.0',
  summary: 'Overwrite a part of a string from an offset on, filling a gap with zero bytes.',
  complexity: 'O(M), M being the length of the value; O(N) if the string must grow or be copied',
  syntax: 'key offset:integer value',
  arity: 4,
  flags: ['write', 'denyoom'],
  categories: ['string'],
  keys: key(1, 'RW', 'update'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const offset = args.integer()
    const patch = args.next()
    if (offset < 0) throw offsetOutOfRange
    const value = c.write(key, STRING)
    const length = value === undefined ? 0 : lengthOf(value)
    if (patch === '') return length
    const end = Number(offset) + patch.length
    checkLength(c, end)
    const bytes = Bytes.from(value ?? '', Math.max(length, end))
    bytes.write(patch, end - patch.length)
    if (bytes !== value) c.replace(key, bytes)
    c.changed(EVENTS.string, 'setrange', key)
    return bytes.length
  },
})

// ---- Removing ---------------------------------------------------------------------------------

export const GETDEL = command('getdel', {
  group: 'string',
  since: '6.2.0',
  summary: 'Read the value of a string key and delete the key.',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['write', 'fast'],
  categories: ['string'],
  keys: key(1, 'RW', 'access', 'delete'),
  propagates: 'rewritten',
  reply: 'string | null',
  run(c, args) {
    const key = args.next()
    const value = c.string(key)
    if (value === undefined) return null
    const reply = replyOf(value)
    remove(c, key)
    return reply
  },
})

export const DELEX = command('delex', {
  group: 'string',
  since: '8.4.0',
  summary:
    'Delete a key, on condition that its value or the digest of it is, or is not, a given one.',
  complexity: 'O(1) for IFEQ and IFNE; O(N) for the digests, N being the length of the string',
  syntax:
    'key [condition: IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | IFDNE ifdne-digest]',
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['string'],
  keys: key(1, 'RW', 'delete', 'variable_flags'),
  keyFlags: (argv) =>
    argv.some((word, i) => i > 1 && /^if(eq|ne|deq|dne)$/i.test(word))
      ? ['RW', 'delete']
      : ['RM', 'delete'],
  propagates: 'rewritten',
  reply: 'number',
  run(c, args) {
    const key = args.next()
    if (args.more && args.left !== 2) throw wrongArity('delex')
    if (args.more) {
      // The key is looked at first: a missing one hides even a condition that does not exist.
      const value = c.find(key)
      if (value === undefined) return 0
      if (typeOf(value) !== STRING) throw conditionNeedsString
      const condition = args.keyword()
      if (!COMPARISONS.has(condition)) throw invalidCondition
      if (!holds(condition, value as StringValue, args.next())) return 0
    }
    return remove(c, key) ? 1 : 0
  },
})

function remove(c: Context, key: string): boolean {
  if (!c.remove(key)) return false
  c.changed(EVENTS.generic, 'del', key)
  c.propagateAs('DEL', key)
  return true
}

const COMPARISONS = new Set(['IFEQ', 'IFNE', 'IFDEQ', 'IFDNE'])
