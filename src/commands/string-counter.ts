/**
 * Counters: strings that hold an integer of 64 bits, or a float of 80.
 *
 * Integers are kept as numbers as soon as a command has counted, beyond 2^53 as digits; both are
 * exact to the last digit. Floats are added as the hardware of a Redis server adds them, and always
 * propagated as the outcome, because another machine may print other digits.
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  appliedInfinity,
  appliedOverflow,
  argumentNotAFloat,
  argumentNotAnInteger,
  boundsCrossed,
  decrementOverflow,
  enxNeedsExpiration,
  infiniteIncrement,
  infiniteValue,
  nanOrInfinity,
  notAFloat,
  notAnInteger,
  overflow,
  syntaxError,
} from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import { Double, type Reply } from '../core/reply.ts'
import { NO_EXPIRY } from '../keyspace/database.ts'
import { Bytes, integerOf, type StringValue, textOf } from '../types/string.ts'
import { STRING } from '../types/value.ts'
import {
  addIntegers,
  type Integer,
  isInt64,
  MAX_INT64,
  MIN_INT64,
  negate,
  normalize,
  parseInteger,
} from '../util/integer.ts'
import {
  addLongDouble,
  compareLongDouble,
  formatLongDouble,
  isFiniteLongDouble,
  type LongDouble,
  MAX_LONG_DOUBLE,
  negateLongDouble,
  parseLongDouble,
} from '../util/long-double.ts'
import { deadlineOf, elapsed } from './expiration.ts'

const counter = {
  group: 'string',
  since: '1.0.0',
  complexity: 'O(1)',
  flags: ['write', 'denyoom', 'fast'],
  categories: ['string'],
  keys: key(1, 'RW', 'access', 'update'),
  reply: 'number | bigint',
} as const

export const INCR = command('incr', {
  ...counter,
  summary: 'Add one to the integer stored at a key; a missing key counts as 0.',
  syntax: 'key',
  arity: 2,
  run: (c, args) => add(c, args.next(), 1),
})

export const DECR = command('decr', {
  ...counter,
  summary: 'Subtract one from the integer stored at a key; a missing key counts as 0.',
  syntax: 'key',
  arity: 2,
  run: (c, args) => add(c, args.next(), -1),
})

export const INCRBY = command('incrby', {
  ...counter,
  summary: 'Add to the integer stored at a key; a missing key counts as 0.',
  syntax: 'key increment:integer',
  arity: 3,
  run: (c, args) => add(c, args.next(), args.integer()),
})

export const DECRBY = command('decrby', {
  ...counter,
  summary: 'Subtract from the integer stored at a key; a missing key counts as 0.',
  syntax: 'key decrement:integer',
  arity: 3,
  run(c, args) {
    const key = args.next()
    const amount = negate(args.integer())
    if (amount === undefined) throw decrementOverflow
    return add(c, key, amount)
  },
})

function add(c: Context, key: string, amount: Integer): Reply {
  const index = c.place(key, STRING)
  if (index < 0) {
    c.insert(key, stored(amount))
    c.changed(EVENTS.string, 'incrby', key)
    return amount
  }
  const value = integerOf(c.db.valueAt(index) as StringValue)
  if (value === undefined) throw notAnInteger
  const sum = addIntegers(value, amount)
  if (sum === undefined) throw overflow
  c.db.replaceAt(index, stored(sum))
  c.changed(EVENTS.string, 'incrby', key)
  return sum
}

/** An integer as a value: a number where that is exact. */
const stored = (n: Integer): StringValue => (typeof n === 'number' ? n : String(n))

export const INCRBYFLOAT = command('incrbyfloat', {
  ...counter,
  since: '2.6.0',
  summary: 'Add to the number stored at a key, which may have a fraction.',
  syntax: 'key increment:double',
  arity: 3,
  propagates: 'rewritten',
  reply: 'string',
  run(c, args) {
    const key = args.next()
    const index = c.place(key, STRING)
    const value = index < 0 ? 0 : parseLongDouble(textOf(c.db.valueAt(index) as StringValue))
    const amount = parseLongDouble(args.next())
    if (value === undefined || amount === undefined) throw notAFloat
    const sum = addLongDouble(value, amount)
    if (!isFiniteLongDouble(sum)) throw nanOrInfinity
    const text = formatLongDouble(sum)
    c.replace(key, floatValue(text))
    c.changed(EVENTS.string, 'incrbyfloat', key)
    c.propagateAs('SET', key, text, 'KEEPTTL')
    return text
  },
})

/** What a float counter leaves behind. Redis does not look for an integer in it: see `Bytes.edited`. */
function floatValue(text: string): StringValue {
  if (parseInteger(text) === undefined) return text
  const bytes = Bytes.from(text)
  bytes.edited = false
  return bytes
}

// ---- INCREX -----------------------------------------------------------------------------------

/** The options of INCREX as they stand on the line; undefined for what was not given. */
interface Increx {
  increment?: string
  float?: boolean
  lower?: string
  upper?: string
  saturate?: boolean
  unit?: string
  time?: string
  persist?: boolean
  enx?: boolean
}

/** What INCREX came to: the new value, the difference, and both as the reply. */
interface Outcome {
  value: StringValue
  reply: Reply
  /** Nothing is stored, because a bound would be crossed. */
  refused: boolean
}

export const INCREX = command('increx', {
  ...counter,
  since: '8.8.0',
  summary: 'Add to the number stored at a key, within bounds, and set or clear its deadline.',
  syntax:
    'key [increment: BYFLOAT float:double | BYINT integer:integer] [SATURATE] ' +
    '[LBOUND lowerbound] [UBOUND upperbound] [expiration: EX seconds:integer | ' +
    'PX milliseconds:integer | EXAT unix-time-seconds:unix-time | ' +
    'PXAT unix-time-milliseconds:unix-time | PERSIST] [ENX]',
  arity: -2,
  propagates: 'rewritten',
  reply: '[value: number | bigint | string, applied: number | bigint | string]',
  run(c, args) {
    const key = args.next()
    const options = parseIncrex(args)
    const count = options.float === true ? floatCount(options) : integerCount(options)
    const at =
      options.unit === undefined
        ? NO_EXPIRY
        : deadlineOf(c, 'increx', options.unit, options.time as string)
    const index = c.place(key, STRING)
    const { value, reply, refused } = count(
      index < 0 ? undefined : (c.db.valueAt(index) as StringValue),
    )
    if (refused) return reply
    const old = c.expiryOf(key)
    const expires = at !== NO_EXPIRY && !(options.enx === true && old !== NO_EXPIRY)
    if (expires && elapsed(c, at)) {
      if (c.remove(key)) {
        c.changed(EVENTS.generic, 'del', key)
        c.propagateDeletion(key, 'lazyfree-lazy-expire')
      }
      return reply
    }
    c.replace(key, value)
    c.changed(EVENTS.string, options.float === true ? 'incrbyfloat' : 'incrby', key)
    if (expires) {
      c.setExpiry(key, at)
      c.notify(EVENTS.generic, 'expire', key)
      c.propagateAs('SET', key, textOf(value), 'PXAT', String(at))
    } else if (options.persist === true && old !== NO_EXPIRY) {
      c.setExpiry(key, NO_EXPIRY)
      c.notify(EVENTS.generic, 'persist', key)
      c.propagateAs('SET', key, textOf(value))
    } else c.propagateAs('SET', key, textOf(value), 'KEEPTTL')
    return reply
  },
})

/** Unlike those of SET, each option may be given once only. */
function parseIncrex(args: Args): Increx {
  const options: Increx = {}
  while (args.more) {
    const word = args.keyword()
    switch (word) {
      case 'BYINT':
      case 'BYFLOAT':
        if (options.increment !== undefined) throw syntaxError
        options.increment = args.next()
        options.float = word === 'BYFLOAT'
        break
      case 'LBOUND':
        if (options.lower !== undefined) throw syntaxError
        options.lower = args.next()
        break
      case 'UBOUND':
        if (options.upper !== undefined) throw syntaxError
        options.upper = args.next()
        break
      case 'SATURATE':
        if (options.saturate === true) throw syntaxError
        options.saturate = true
        break
      case 'ENX':
        if (options.enx === true || options.persist === true) throw syntaxError
        options.enx = true
        break
      case 'PERSIST':
        if (options.persist === true || options.enx === true || options.unit !== undefined) {
          throw syntaxError
        }
        options.persist = true
        break
      case 'EX':
      case 'PX':
      case 'EXAT':
      case 'PXAT':
        if (options.unit !== undefined || options.persist === true) throw syntaxError
        options.unit = word
        options.time = args.next()
        break
      default:
        throw syntaxError
    }
  }
  if (options.enx === true && options.unit === undefined) throw enxNeedsExpiration
  return options
}

/** Reads the integers of the line, and returns what is to be done with the value of the key. */
function integerCount(options: Increx): (value: StringValue | undefined) => Outcome {
  const amount = integerArgument(options.increment ?? '1', 'Increment')
  const lower = options.lower === undefined ? MIN_INT64 : integerArgument(options.lower, 'LBOUND')
  const upper = options.upper === undefined ? MAX_INT64 : integerArgument(options.upper, 'UBOUND')
  if (lower > upper) throw boundsCrossed
  return (value) => {
    const old = value === undefined ? 0 : integerOf(value)
    if (old === undefined) throw notAnInteger
    // The exact sum, which may lie beyond 64 bits and then lies beyond a bound as well.
    let sum = normalize(BigInt(old) + BigInt(amount))
    if (sum < lower || sum > upper) {
      if (options.saturate !== true) return { value: 0, reply: [old, 0], refused: true }
      sum = normalize(BigInt(sum < lower ? lower : upper))
    }
    const applied = normalize(BigInt(sum) - BigInt(old))
    if (!isInt64(applied)) throw appliedOverflow
    return { value: stored(sum), reply: [sum, applied], refused: false }
  }
}

function integerArgument(text: string, what: string): Integer {
  const n = parseInteger(text)
  if (n === undefined) throw argumentNotAnInteger(what)
  return n
}

/** The same for floats. */
function floatCount(options: Increx): (value: StringValue | undefined) => Outcome {
  const amount = floatArgument(options.increment as string, 'Increment')
  if (!isFiniteLongDouble(amount)) throw infiniteIncrement
  const lower =
    options.lower === undefined
      ? negateLongDouble(MAX_LONG_DOUBLE)
      : floatArgument(options.lower, 'LBOUND')
  const upper =
    options.upper === undefined ? MAX_LONG_DOUBLE : floatArgument(options.upper, 'UBOUND')
  if (compareLongDouble(lower, upper) > 0) throw boundsCrossed
  return (value) => {
    const old = value === undefined ? 0 : parseLongDouble(textOf(value))
    if (old === undefined) throw notAFloat
    if (!isFiniteLongDouble(old)) throw infiniteValue
    let sum = addLongDouble(old, amount)
    const below = compareLongDouble(sum, lower) < 0
    if (below || compareLongDouble(sum, upper) > 0 || !isFiniteLongDouble(sum)) {
      if (options.saturate !== true) return { value: 0, reply: doubles(old, 0), refused: true }
      sum = below ? lower : upper
    }
    const applied = addLongDouble(sum, negateLongDouble(old))
    if (!isFiniteLongDouble(applied)) throw appliedInfinity
    const text = formatLongDouble(sum)
    return { value: floatValue(text), reply: doubles(sum, applied), refused: false }
  }
}

function floatArgument(text: string, what: string): LongDouble {
  const n = parseLongDouble(text)
  if (n === undefined) throw argumentNotAFloat(what)
  return n
}

const doubles = (value: LongDouble, applied: LongDouble): Reply => [
  double(formatLongDouble(value)),
  double(formatLongDouble(applied)),
]

const double = (text: string): Double => new Double(Number(text), text)
