/**
 * Arrays: what walks over the values of a range. Holes cost nothing, so a range may be of any width.
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import {
  arrayLimitNotPositive,
  emptyRegex,
  invalidRegex,
  matchNeedsValue,
  regexBackreference,
  regexTooLong,
  syntaxError,
  tooManyPredicates,
  unknownOperation,
  wrongArity,
} from '../core/errors.ts'
import type { Reply } from '../core/reply.ts'
import type { ArrayValue } from '../types/array.ts'
import { ARRAY } from '../types/value.ts'
import { matchGlob } from '../util/glob.ts'
import { type Integer, MAX_INT64, MIN_INT64, normalize } from '../util/integer.ts'
import {
  addLongDouble,
  compareLongDouble,
  formatLongDoubleG17,
  type LongDouble,
  longDoubleOf,
  truncateLongDouble,
} from '../util/long-double.ts'
import { Regex, RegexError } from '../util/regex.ts'
import { indexOf, parseIndex } from './array-index.ts'

const arrays = { group: 'array', since: '8.8.0', categories: ['array'] } as const

export const ARSCAN = command('arscan', {
  ...arrays,
  summary: 'Read the values of a range with their indexes.',
  complexity: 'O(N), N being the number of values in the range and of holes between near ones',
  syntax: 'key start:integer end:integer [LIMIT limit:integer]',
  arity: -4,
  flags: ['readonly'],
  keys: key(1, 'RO', 'access'),
  reply: '[index: number | bigint, value: string][]',
  run(c, args) {
    const key = args.next()
    const start = indexOf(args)
    const end = indexOf(args)
    let limit: Integer = Number.POSITIVE_INFINITY
    if (args.left === 2) {
      if (!args.take('LIMIT')) throw syntaxError
      limit = limitOf(args)
    } else if (args.more) throw wrongArity('arscan')
    const pairs: Reply[] = []
    c.read(key, ARRAY)?.scan(start, end, (text, index) => {
      pairs.push([index, text])
      return pairs.length < limit
    })
    return pairs
  },
})

function limitOf(args: Args): Integer {
  const limit = args.integer()
  if (limit <= 0) throw arrayLimitNotPositive
  return limit
}

// ---- Searching --------------------------------------------------------------------------------

const MOST_PREDICATES = 250
const LONGEST_REGEX = 2048

export const ARGREP = command('argrep', {
  ...arrays,
  summary: 'Find the values of a range that have a text or fit a pattern.',
  complexity:
    'O(N*C), N being the number of values in the range and of holes between near ones, C what the ' +
    'predicates cost for a value',
  syntax:
    'key start end {predicate: {exact: exact=EXACT string} | {match: match=MATCH string} | ' +
    '{glob: glob=GLOB pattern:string} | {re: re=RE pattern:string}}... ' +
    '[options: AND | OR | LIMIT limit:integer | WITHVALUES | NOCASE]...',
  arity: -6,
  flags: ['readonly'],
  keys: key(1, 'RO', 'access'),
  reply: '(number | bigint)[] | [index: number | bigint, value: string][]',
  run(c, args) {
    const key = args.next()
    const start = boundOf(args)
    const end = boundOf(args)
    const { matches, limit, withValues } = searchOf(args)
    const array = c.read(key, ARRAY)
    if (array === undefined) return []
    const found: Reply[] = []
    const last = normalize(BigInt(array.length) - 1n)
    array.scan(start ?? last, end ?? last, (text, index) => {
      if (!matches(text)) return true
      found.push(withValues ? [index, text] : index)
      return found.length < limit
    })
    return found
  },
})

/** An index, `-` for the first, or null: `+`, the last one that the array has. */
function boundOf(args: Args): Integer | null {
  const word = args.next()
  if (word === '-') return 0
  return word === '+' ? null : parseIndex(word)
}

type Predicate = (text: string) => boolean

interface Search {
  readonly matches: Predicate
  readonly limit: Integer
  readonly withValues: boolean
}

/** Predicates and options may stand in any order; of options that exclude each other the last counts. */
function searchOf(args: Args): Search {
  const predicates: [kind: string, pattern: string][] = []
  let limit: Integer = Number.POSITIVE_INFINITY
  let withValues = false
  let ignoreCase = false
  let all = false
  while (args.more) {
    const word = args.keyword()
    switch (word) {
      case 'EXACT':
      case 'MATCH':
      case 'GLOB':
      case 'RE': {
        const pattern = args.next()
        if (predicates.length === MOST_PREDICATES) throw tooManyPredicates(MOST_PREDICATES)
        if (word === 'RE' && pattern.length > LONGEST_REGEX) throw regexTooLong(LONGEST_REGEX)
        predicates.push([word, pattern])
        break
      }
      case 'LIMIT':
        limit = limitOf(args)
        break
      case 'WITHVALUES':
        withValues = true
        break
      case 'NOCASE':
        ignoreCase = true
        break
      case 'AND':
      case 'OR':
        all = word === 'AND'
        break
      default:
        throw syntaxError
    }
  }
  if (predicates.length === 0) throw syntaxError
  const tests = predicates.map(([kind, pattern]) => predicateOf(kind, pattern, ignoreCase))
  const [only] = tests as [Predicate]
  const matches: Predicate =
    tests.length === 1
      ? only
      : all
        ? (text) => tests.every((test) => test(text))
        : (text) => tests.some((test) => test(text))
  return { matches, limit, withValues }
}

function predicateOf(kind: string, pattern: string, ignoreCase: boolean): Predicate {
  if (kind === 'RE') {
    const regex = regexOf(pattern, ignoreCase)
    return (text) => regex.test(text)
  }
  if (kind === 'GLOB') return (text) => matchGlob(pattern, text, ignoreCase)
  const wanted = ignoreCase ? lowerAscii(pattern) : pattern
  const seen = ignoreCase ? lowerAscii : (text: string) => text
  if (kind === 'EXACT') {
    return (text) => text.length === wanted.length && seen(text) === wanted
  }
  return (text) => seen(text).includes(wanted)
}

function regexOf(pattern: string, ignoreCase: boolean): Regex {
  if (pattern === '') throw emptyRegex
  try {
    return new Regex(pattern, ignoreCase)
  } catch (error) {
    if (!(error instanceof RegexError)) throw error
    throw error.backreference ? regexBackreference : invalidRegex(error.message)
  }
}

/** JavaScript would also change letters outside of ASCII. */
const lowerAscii = (text: string): string =>
  /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (run) => run.toLowerCase()) : text

// ---- Reducing ---------------------------------------------------------------------------------

export const AROP = command('arop', {
  ...arrays,
  summary: 'Make one number of the values of a range.',
  complexity: 'O(N), N being the number of values in the range and of holes between near ones',
  syntax:
    'key start:integer end:integer {operation: SUM | MIN | MAX | AND | OR | XOR | ' +
    '{match: match=MATCH value} | USED}',
  arity: -5,
  flags: ['readonly'],
  keys: key(1, 'RO', 'access'),
  reply: 'string | number | bigint | null',
  run(c, args) {
    const key = args.next()
    const start = indexOf(args)
    const end = indexOf(args)
    const name = args.keyword()
    const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined
    if (operation === undefined) throw unknownOperation
    if (name === 'MATCH') {
      if (args.left !== 1) throw matchNeedsValue
    } else if (args.more) throw wrongArity('arop')
    const value = args.more ? args.next() : ''
    const array = c.read(key, ARRAY)
    if (array === undefined) return name === 'MATCH' || name === 'USED' ? 0 : null
    return operation(array, start, end, value)
  },
})

type Operation = (array: ArrayValue, start: Integer, end: Integer, value: string) => Reply

/** Of values that are numbers; null if there is none. */
const reduced =
  (next: (a: LongDouble, b: LongDouble) => LongDouble): Operation =>
  (array, start, end) => {
    let result: LongDouble | undefined
    array.scanNumbers(start, end, (n) => {
      result = result === undefined ? n : next(result, n)
    })
    return result === undefined ? null : formatLongDoubleG17(result)
  }

const MOST = longDoubleOf(MAX_INT64)
const LEAST = longDoubleOf(MIN_INT64)

const fits = (n: LongDouble): boolean =>
  compareLongDouble(n, LEAST) >= 0 && compareLongDouble(n, MOST) <= 0

/** Of values that are whole numbers of 64 bits, or become some when their fraction is cut off. */
const bitwise =
  (small: (a: number, b: number) => number, wide: (a: bigint, b: bigint) => bigint): Operation =>
  (array, start, end) => {
    let result: Integer | undefined
    array.scanNumbers(start, end, (decimal, whole) => {
      const n = whole ?? truncateLongDouble(decimal)
      if (n === undefined || (whole === null && !fits(decimal))) return
      if (result === undefined) result = n
      else if (isInt32(result) && isInt32(n)) result = small(result, n)
      else result = normalize(wide(BigInt(result), BigInt(n)))
    })
    return result ?? null
  }

const isInt32 = (n: Integer): n is number => typeof n === 'number' && (n | 0) === n

const counted: Operation = (array, start, end, value) => {
  let count = 0
  array.scan(start, end, (text) => {
    if (text === value) count++
    return true
  })
  return count
}

const used: Operation = (array, start, end) => {
  let count = 0
  array.scan(start, end, () => ++count > 0)
  return count
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  SUM: reduced(addLongDouble),
  MIN: reduced((a, b) => (compareLongDouble(b, a) < 0 ? b : a)),
  MAX: reduced((a, b) => (compareLongDouble(b, a) > 0 ? b : a)),
  AND: bitwise(
    (a, b) => a & b,
    (a, b) => a & b,
  ),
  OR: bitwise(
    (a, b) => a | b,
    (a, b) => a | b,
  ),
  XOR: bitwise(
    (a, b) => a ^ b,
    (a, b) => a ^ b,
  ),
  MATCH: counted,
  USED: used,
}
