/**
 * Arrays that grow: each insertion goes behind the one before, or round a ring of a given size.
 */
import { command, key } from '../core/command.ts'
import {
  insertIndexOverflow,
  invalidCount,
  invalidRingSize,
  ringSizeNotPositive,
  syntaxError,
  tooManyItems,
  wrongArity,
} from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import { MAX_INDEX } from '../types/array.ts'
import { ARRAY } from '../types/value.ts'
import { arrayFor, MOST_ITEMS, parseIndex } from './array-index.ts'

const arrays = { group: 'array', since: '8.8.0', categories: ['array'] } as const

export const ARINSERT = command('arinsert', {
  ...arrays,
  summary: 'Put values behind the one that was inserted last.',
  complexity: 'O(N), N being the number of values',
  syntax: 'key value...',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  keys: key(1, 'RW', 'update'),
  reply: 'number | bigint',
  run(c, args) {
    const key = args.next()
    const values = args.rest()
    const array = arrayFor(c, key)
    const last = array.insert(values)
    if (last === null) throw insertIndexOverflow
    c.dirty += values.length - 1
    c.changed(EVENTS.array, 'arinsert', key)
    return last
  },
})

export const ARRING = command('arring', {
  ...arrays,
  summary: 'Put values into a ring of a size, over the oldest ones when it is full.',
  complexity:
    'O(M), M being the number of values; O(N+M) when the size changes, N being the greater of the ' +
    'two sizes',
  syntax: 'key size:integer value...',
  arity: -4,
  flags: ['write', 'denyoom'],
  keys: key(1, 'RW', 'update'),
  reply: 'number | bigint',
  run(c, args) {
    const key = args.next()
    const size = args.integer(invalidRingSize)
    if (size <= 0) throw ringSizeNotPositive
    const values = args.rest()
    const last = arrayFor(c, key).insertInRing(size, values)
    c.dirty += values.length - 1
    c.changed(EVENTS.array, 'arring', key)
    return last
  },
})

export const ARNEXT = command('arnext', {
  ...arrays,
  summary: 'Tell where ARINSERT would put the next value.',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: key(1, 'RO', 'access'),
  reply: 'number | bigint | null',
  run(c, args) {
    const array = c.read(args.next(), ARRAY)
    return array === undefined ? 0 : array.next
  },
})

export const ARSEEK = command('arseek', {
  ...arrays,
  summary: 'Set where ARINSERT and ARRING put the next value.',
  complexity: 'O(1)',
  syntax: 'key index:integer',
  arity: 3,
  flags: ['write', 'fast'],
  keys: key(1, 'RW', 'update'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    // One beyond the last index says that nothing more can be inserted.
    const index = parseIndex(args.next(), MAX_INDEX + 1n)
    const array = c.write(key, ARRAY)
    if (array === undefined) return 0
    array.seek(index)
    c.changed(EVENTS.array, 'arseek', key)
    return 1
  },
})

export const ARLASTITEMS = command('arlastitems', {
  ...arrays,
  summary: 'Read the values that were inserted last.',
  complexity: 'O(N), N being the number of values that are read',
  syntax: 'key count:integer [REV]',
  arity: -3,
  flags: ['readonly'],
  keys: key(1, 'RO', 'access'),
  reply: '(string | null)[]',
  run(c, args) {
    const key = args.next()
    const count = args.integer(invalidCount)
    // Redis looks no further.
    if (count <= 0) return []
    if (args.left > 1) throw wrongArity('arlastitems')
    const newestFirst = args.more
    if (newestFirst && !args.take('REV')) throw syntaxError
    const array = c.read(key, ARRAY)
    if (array === undefined) return []
    const places = count < array.length ? count : array.length
    // Beyond that, a reply may be large only for what is really there.
    if (places > array.count && places > MOST_ITEMS) throw tooManyItems('count', MOST_ITEMS)
    const found = array.latest(Number(places))
    return newestFirst ? found : found.reverse()
  },
})
