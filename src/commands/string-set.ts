/**
 * Setting strings: SET with all its options, what came before it, and what does it to many keys.
 */
import type { Args } from '../core/args.ts'
import { command, countedKeys, key, keys } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  invalidNumkeys,
  syntaxError,
  wrongArity,
  wrongNumberOfPairs,
  wrongType,
} from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import { OK, type Reply } from '../core/reply.ts'
import { NO_EXPIRY } from '../keyspace/database.ts'
import { replyOf, type StringValue } from '../types/string.ts'
import { STRING, typeOf } from '../types/value.ts'
import { deadlineOf, elapsed } from './expiration.ts'
import { holds } from './string-condition.ts'

// ---- Options ----------------------------------------------------------------------------------

const NX = 1 << 0
const XX = 1 << 1
const IFEQ = 1 << 2
const IFNE = 1 << 3
const IFDEQ = 1 << 4
const IFDNE = 1 << 5
const WITH_GET = 1 << 6
const KEEPTTL = 1 << 7
const PERSIST = 1 << 8
const EX = 1 << 9
const PX = 1 << 10
const EXAT = 1 << 11
const PXAT = 1 << 12

const COMPARISON = IFEQ | IFNE | IFDEQ | IFDNE
const CONDITION = NX | XX | COMPARISON
const TIMED = EX | PX | EXAT | PXAT
const EXPIRATION = TIMED | KEEPTTL | PERSIST

/** Which options a command knows. */
const OF_SET = CONDITION | WITH_GET | TIMED | KEEPTTL
const OF_GETEX = TIMED | PERSIST
const OF_MSETEX = NX | XX | TIMED | KEEPTTL

const BITS: Readonly<Record<string, number>> = {
  NX,
  XX,
  IFEQ,
  IFNE,
  IFDEQ,
  IFDNE,
  GET: WITH_GET,
  KEEPTTL,
  PERSIST,
  EX,
  PX,
  EXAT,
  PXAT,
}

/** What the options said. One is enough: no command runs inside of another's parsing. */
const given = { bits: 0, condition: '', operand: '', unit: '', time: '' }

/** Read all options that are left. Saying the same twice is allowed, and the last one counts. */
function parseOptions(args: Args, known: number): number {
  let bits = 0
  while (args.more) {
    const word = args.keyword()
    const bit = (BITS[word] ?? 0) & known
    const group = bit & CONDITION ? CONDITION : bit & EXPIRATION ? EXPIRATION : bit
    if (bit === 0 || bits & group & ~bit) throw syntaxError
    bits |= bit
    if (bit & COMPARISON) {
      given.condition = word
      given.operand = args.next()
    } else if (bit & TIMED) {
      given.unit = word
      given.time = args.next()
    }
  }
  given.bits = bits
  return bits
}

// ---- SET and its relatives --------------------------------------------------------------------

export const SET = command('set', {
  group: 'string',
  since: '1.0.0',
  summary: 'Store a string under a key, whatever the key held before.',
  complexity: 'O(1)',
  syntax:
    'key value ' +
    '[condition: NX | XX | IFEQ ifeq-value@8.4.0 | IFNE ifne-value@8.4.0 | ' +
    'IFDEQ ifdeq-digest@8.4.0 | IFDNE ifdne-digest@8.4.0]@2.6.12 [GET]@6.2.0 ' +
    '[expiration: EX seconds:integer@2.6.12 | PX milliseconds:integer@2.6.12 | ' +
    'EXAT unix-time-seconds:unix-time@6.2.0 | PXAT unix-time-milliseconds:unix-time@6.2.0 | ' +
    'KEEPTTL@6.0.0]',
  arity: -3,
  flags: ['write', 'denyoom'],
  categories: ['string'],
  keys: {
    ...key(1, 'RW', 'access', 'update', 'variable_flags'),
    notes: 'read only if GET or a comparison is given',
  },
  keyFlags(argv) {
    const options = argv.slice(3)
    if (options.some((word) => /^get$/i.test(word))) return ['RW', 'access', 'update']
    return options.some((word) => /^if(eq|ne|deq|dne)$/i.test(word))
      ? ['RW', 'update']
      : ['OW', 'update']
  },
  history: [
    ['2.6.12', 'The options `EX`, `PX`, `NX` and `XX`.'],
    ['6.0.0', 'The option `KEEPTTL`.'],
    ['6.2.0', 'The options `GET`, `EXAT` and `PXAT`.'],
    ['7.0.0', '`NX` and `GET` may be given together.'],
    ['8.4.0', 'The options `IFEQ`, `IFNE`, `IFDEQ` and `IFDNE`.'],
  ],
  reply: "'OK' | string | null",
  run(c, args) {
    const key = args.next()
    const value = args.next()
    if (!args.more) {
      c.put(key, value)
      c.changed(EVENTS.string, 'set', key)
      return OK
    }
    const options = parseOptions(args, OF_SET)
    // All of the syntax is checked before a bad number, whichever comes first on the line.
    const expireAt = options & TIMED ? deadlineOf(c, 'set', given.unit, given.time) : NO_EXPIRY
    return set(c, key, value, options, expireAt)
  },
})

function set(c: Context, key: string, value: string, options: number, expireAt: number): Reply {
  let old: Reply = null
  if (options & WITH_GET) {
    const found = c.string(key)
    if (found !== undefined) old = replyOf(found)
  }
  if (options & CONDITION && !conditionHolds(c, key, options)) return old
  store(c, key, value, options, expireAt)
  if (c.propagating) propagateSet(c, key, value, options)
  return options & WITH_GET ? old : OK
}

function conditionHolds(c: Context, key: string, options: number): boolean {
  const index = c.at(key)
  if (options & (NX | XX)) return index >= 0 === ((options & XX) !== 0)
  if (index < 0) return (options & (IFNE | IFDNE)) !== 0
  const value = c.db.valueAt(index)
  if (typeOf(value) !== STRING) throw wrongType
  return holds(given.condition, value as StringValue, given.operand)
}

/** Store with a deadline, or with the one the key has, or without. */
function store(c: Context, key: string, value: string, options: number, expireAt: number): void {
  if (expireAt === NO_EXPIRY) {
    c.put(key, value, options & KEEPTTL ? c.expiryOf(key) : NO_EXPIRY)
    c.changed(EVENTS.string, 'set', key)
    return
  }
  // Also when that time is over: as in Redis, whoever looks next finds the key expired.
  c.put(key, value, expireAt)
  c.changed(EVENTS.string, 'set', key)
  c.notify(EVENTS.generic, 'expire', key)
  if (c.propagating) c.propagateAs('SET', key, value, 'PXAT', String(expireAt))
}

/** The outcome of a SET without a deadline: no read and no comparison that might come out otherwise. */
function propagateSet(c: Context, key: string, value: string, options: number): void {
  if (options & TIMED || (options & (WITH_GET | COMPARISON)) === 0) return
  const words = ['SET', key, value]
  if (options & NX) words.push('NX')
  if (options & XX) words.push('XX')
  if (options & KEEPTTL) words.push('KEEPTTL')
  c.propagateAs(...words)
}

export const SETNX = command('setnx', {
  group: 'string',
  since: '1.0.0',
  summary: 'Store a string under a key that does not exist yet.',
  complexity: 'O(1)',
  syntax: 'key value',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['string'],
  keys: key(1, 'OW', 'insert'),
  deprecated: { since: '2.6.12', replacedBy: '`SET` with the option `NX`' },
  reply: 'number',
  run(c, args) {
    const key = args.next()
    if (c.exists(key)) return 0
    c.insert(key, args.next())
    c.changed(EVENTS.string, 'set', key)
    return 1
  },
})

const timed = {
  group: 'string',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'denyoom'],
  categories: ['string'],
  keys: key(1, 'OW', 'update'),
  propagates: 'rewritten',
  reply: "'OK'",
} as const

export const SETEX = command('setex', {
  ...timed,
  since: '2.0.0',
  summary: 'Store a string under a key that expires after some seconds.',
  syntax: 'key seconds:integer value',
  deprecated: { since: '2.6.12', replacedBy: '`SET` with the option `EX`' },
  run: (c, args) => setTimed(c, args, 'setex', 'EX'),
})

export const PSETEX = command('psetex', {
  ...timed,
  since: '2.6.0',
  summary: 'Store a string under a key that expires after some milliseconds.',
  syntax: 'key milliseconds:integer value',
  deprecated: { since: '2.6.12', replacedBy: '`SET` with the option `PX`' },
  run: (c, args) => setTimed(c, args, 'psetex', 'PX'),
})

function setTimed(c: Context, args: Args, command: string, unit: string): Reply {
  const key = args.next()
  const expireAt = deadlineOf(c, command, unit, args.next())
  store(c, key, args.next(), 0, expireAt)
  return OK
}

export const GETSET = command('getset', {
  group: 'string',
  since: '1.0.0',
  summary: 'Store a string under a key and return the one that was there.',
  complexity: 'O(1)',
  syntax: 'key value',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['string'],
  keys: key(1, 'RW', 'access', 'update'),
  deprecated: { since: '6.2.0', replacedBy: '`SET` with the option `GET`' },
  propagates: 'rewritten',
  reply: 'string | null',
  run(c, args) {
    const key = args.next()
    const value = args.next()
    const found = c.string(key)
    const old = found === undefined ? null : replyOf(found)
    c.put(key, value)
    c.changed(EVENTS.string, 'set', key)
    c.propagateAs('SET', key, value)
    return old
  },
})

export const GETEX = command('getex', {
  group: 'string',
  since: '6.2.0',
  summary: 'Read the value of a string key and set or clear its deadline.',
  complexity: 'O(1)',
  syntax:
    'key [expiration: EX seconds:integer | PX milliseconds:integer | ' +
    'EXAT unix-time-seconds:unix-time | PXAT unix-time-milliseconds:unix-time | PERSIST]',
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['string'],
  keys: { ...key(1, 'RW', 'access', 'update'), notes: 'updated because its deadline changes' },
  propagates: 'rewritten',
  reply: 'string | null',
  run(c, args) {
    const key = args.next()
    const options = parseOptions(args, OF_GETEX)
    const value = c.string(key)
    if (value === undefined) return null
    // Redis looks at the time only now: for a missing key a bad one is no error.
    const reply = replyOf(value)
    if (options & TIMED) expireAs(c, key, deadlineOf(c, 'getex', given.unit, given.time), options)
    else if (options & PERSIST && c.expiryOf(key) !== NO_EXPIRY) {
      c.setExpiry(key, NO_EXPIRY)
      c.changed(EVENTS.generic, 'persist', key)
      c.propagateAs('PERSIST', key)
    }
    return reply
  },
})

function expireAs(c: Context, key: string, expireAt: number, options: number): void {
  if (options & (EXAT | PXAT) && elapsed(c, expireAt)) {
    c.remove(key)
    c.changed(EVENTS.generic, 'del', key)
    c.propagateDeletion(key, 'lazyfree-lazy-expire')
    return
  }
  c.setExpiry(key, expireAt)
  c.changed(EVENTS.generic, 'expire', key)
  if (c.propagating) c.propagateAs('PEXPIREAT', key, String(expireAt))
}

// ---- Many keys at once ------------------------------------------------------------------------

const many = {
  group: 'string',
  since: '1.0.1',
  complexity: 'O(N), N being the number of keys',
  syntax: '{data: key value}...',
  arity: -3,
  flags: ['write', 'denyoom'],
  categories: ['string'],
} as const

export const MSET = command('mset', {
  ...many,
  summary: 'Store strings under several keys at once.',
  keys: keys(1, -1, 2, 'OW', 'update'),
  tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'],
  reply: "'OK'",
  run(c, args) {
    if (args.left % 2 !== 0) throw wrongArity('mset')
    while (args.more) {
      const key = args.next()
      c.put(key, args.next())
      c.changed(EVENTS.string, 'set', key)
    }
    return OK
  },
})

export const MSETNX = command('msetnx', {
  ...many,
  summary: 'Store strings under several keys at once, if none of the keys exists.',
  keys: keys(1, -1, 2, 'OW', 'insert'),
  reply: 'number',
  run(c, args) {
    if (args.left % 2 !== 0) throw wrongArity('msetnx')
    const { argv } = args
    for (let i = 1; i < argv.length; i += 2) if (c.exists(argv[i] as string)) return 0
    while (args.more) {
      const key = args.next()
      // The same key may be named twice.
      c.put(key, args.next())
      c.changed(EVENTS.string, 'set', key)
    }
    return 1
  },
})

const MAX_NUMKEYS = 2147483647

export const MSETEX = command('msetex', {
  group: 'string',
  since: '8.4.0',
  summary: 'Store strings under several keys at once, with a deadline that they share.',
  complexity: 'O(N), N being the number of keys',
  syntax:
    'numkeys:integer {data: key value}... [condition: NX | XX] [expiration: EX seconds:integer | ' +
    'PX milliseconds:integer | EXAT unix-time-seconds:unix-time | ' +
    'PXAT unix-time-milliseconds:unix-time | KEEPTTL]',
  arity: -4,
  flags: ['write', 'denyoom', 'movablekeys'],
  categories: ['string'],
  keys: countedKeys(1, 2, 'OW', 'update'),
  tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'],
  reply: 'number',
  run(c, args) {
    const count = args.integer(invalidNumkeys)
    if (count < 1 || count > MAX_NUMKEYS) throw invalidNumkeys
    const pairs = Number(count)
    if (pairs * 2 > args.left) throw wrongNumberOfPairs
    args.skip(pairs * 2)
    const options = parseOptions(args, OF_MSETEX)
    const expireAt = options & TIMED ? deadlineOf(c, 'msetex', given.unit, given.time) : NO_EXPIRY
    const data = args.argv.slice(2, 2 + pairs * 2)
    if (options & CONDITION && !allExist(c, data, (options & XX) !== 0)) return 0
    for (let i = 0; i < data.length; i += 2) {
      const key = data[i] as string
      c.put(key, data[i + 1] as string, options & KEEPTTL ? c.expiryOf(key) : expireAt)
      // In this order, though SET fires them the other way round.
      if (expireAt !== NO_EXPIRY) c.notify(EVENTS.generic, 'expire', key)
      c.changed(EVENTS.string, 'set', key)
    }
    if (expireAt !== NO_EXPIRY && c.propagating) {
      c.propagateAs('MSETEX', String(pairs), ...data, 'PXAT', String(expireAt))
    }
    return 1
  },
})

/** Whether all keys exist, or (not `present`) none does. */
function allExist(c: Context, data: readonly string[], present: boolean): boolean {
  for (let i = 0; i < data.length; i += 2) {
    if (c.exists(data[i] as string) !== present) return false
  }
  return true
}
