/**
 * Arrays: values under numbers from 0 to 2^64 - 2. Reading, setting and deleting them.
 *
 * Inserting where a cursor stands, and rings, are in `array-ring.ts`; what walks over ranges in
 * `array-scan.ts`. The order in which a call is checked differs from command to command: so has it
 * Redis. https://redis.io/docs/latest/develop/data-types/arrays/
 */
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  arrayIndexOverflow,
  noSuchKey,
  syntaxError,
  tooManyItems,
  wrongArity,
} from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import { Double, MapReply, type Reply } from '../core/reply.ts'
import { type ArrayValue, MAX_INDEX } from '../types/array.ts'
import { ARRAY } from '../types/value.ts'
import { type Integer, normalize } from '../util/integer.ts'
import { arrayFor, indexesOf, indexOf, MOST_ITEMS } from './array-index.ts'

const arrays = { group: 'array', since: '8.8.0', categories: ['array'] } as const

// ---- Reading ----------------------------------------------------------------------------------

export const ARGET = command('arget', {
  ...arrays,
  summary: 'Read the value at an index.',
  complexity: 'O(1)',
  syntax: 'key index:integer',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: key(1, 'RO', 'access'),
  reply: 'string | null',
  run(c, args) {
    const array = c.read(args.next(), ARRAY)
    const index = indexOf(args)
    return array === undefined ? null : array.get(index)
  },
})

export const ARMGET = command('armget', {
  ...arrays,
  summary: 'Read the values at several indexes.',
  complexity: 'O(N), N being the number of indexes',
  syntax: 'key index:integer...',
  arity: -3,
  flags: ['readonly', 'fast'],
  keys: key(1, 'RO', 'access'),
  reply: '(string | null)[]',
  run(c, args) {
    const array = c.read(args.next(), ARRAY)
    return indexesOf(args).map((index) => array?.get(index) ?? null)
  },
})

export const ARGETRANGE = command('argetrange', {
  ...arrays,
  summary: 'Read all places from one index to another, the empty ones too.',
  complexity: 'O(N), N being the length of the range',
  syntax: 'key start:integer end:integer',
  arity: 4,
  flags: ['readonly'],
  keys: key(1, 'RO', 'access'),
  reply: '(string | null)[]',
  run(c, args) {
    const key = args.next()
    const start = indexOf(args)
    const end = indexOf(args)
    const array = c.read(key, ARRAY)
    const length = distance(start, end) + 1
    if (length > MOST_ITEMS) throw tooManyItems('range', MOST_ITEMS)
    const values = new Array<string | null>(length).fill(null)
    array?.scan(start, end, (text, index) => {
      values[distance(start, index)] = text
      return true
    })
    return values
  },
})

/** How far two indexes are from each other; exact where that matters here. */
function distance(a: Integer, b: Integer): number {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(b - a)
  return Math.abs(Number(BigInt(b) - BigInt(a)))
}

export const ARLEN = command('arlen', {
  ...arrays,
  summary: 'Tell the length of an array, which is its greatest index plus one.',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: key(1, 'RO', 'access'),
  reply: 'number | bigint',
  run: (c, args) => c.read(args.next(), ARRAY)?.length ?? 0,
})

export const ARCOUNT = command('arcount', {
  ...arrays,
  summary: 'Count the values of an array.',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: key(1, 'RO', 'access'),
  reply: 'number',
  run: (c, args) => c.read(args.next(), ARRAY)?.count ?? 0,
})

export const ARINFO = command('arinfo', {
  ...arrays,
  summary: 'Tell how an array is laid out.',
  complexity: 'O(1), with FULL O(N), N being the number of slices',
  syntax: 'key [FULL]',
  arity: -2,
  flags: ['readonly'],
  keys: key(1, 'RO', 'access'),
  reply: 'Record<string, number | bigint>',
  run(c, args) {
    const key = args.next()
    const full = args.more
    if (full && (!args.take('FULL') || args.more)) throw syntaxError
    const array = c.read(key, ARRAY)
    if (array === undefined) throw noSuchKey
    const layout = array.layout(full)
    const pairs: Reply[] = ['count', array.count, 'len', array.length]
    pairs.push('next-insert-index', array.next ?? 0)
    pairs.push('slices', layout.slices, 'directory-size', layout.directory)
    pairs.push('super-dir-entries', layout.blocks, 'slice-size', layout.sliceSize)
    if (full) {
      const { dense, denseSlots, denseCount, sparse, sparseSlots } = layout
      pairs.push('dense-slices', dense, 'sparse-slices', sparse)
      pairs.push('avg-dense-size', mean(denseSlots, dense))
      pairs.push('avg-dense-fill', mean(denseCount, denseSlots))
      pairs.push('avg-sparse-size', mean(sparseSlots, sparse))
    }
    return new MapReply(pairs)
  },
})

const mean = (sum: number, count: number): Double => new Double(count === 0 ? 0 : sum / count)

// ---- Setting ----------------------------------------------------------------------------------

export const ARSET = command('arset', {
  ...arrays,
  summary: 'Set the value at an index, and at the ones behind it.',
  complexity: 'O(N), N being the number of values',
  syntax: 'key index:integer value...',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  keys: key(1, 'RW', 'update'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const first = indexOf(args)
    const values = args.rest()
    const last = normalize(BigInt(first) + BigInt(values.length) - 1n)
    if (last > MAX_INDEX) throw arrayIndexOverflow
    const array = arrayFor(c, key)
    const before = array.count
    if (values.length > 1) array.prepare(first, last)
    if (typeof last === 'number') {
      for (let i = 0; i < values.length; i++) array.set(Number(first) + i, values[i] as string)
    } else {
      let index = BigInt(first)
      for (const value of values) array.set(normalize(index++), value)
    }
    c.dirty += values.length - 1
    c.changed(EVENTS.array, 'arset', key)
    return array.count - before
  },
})

export const ARMSET = command('armset', {
  ...arrays,
  summary: 'Set values at any indexes.',
  complexity: 'O(N), N being the number of values',
  syntax: 'key {data: index:integer value}...',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  keys: key(1, 'RW', 'update'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    if (args.left % 2 !== 0) throw wrongArity('armset')
    const indexes: Integer[] = []
    const values: string[] = []
    while (args.more) {
      indexes.push(indexOf(args))
      values.push(args.next())
    }
    const array = arrayFor(c, key)
    const before = array.count
    for (let i = 0; i < indexes.length; i++) {
      array.set(indexes[i] as Integer, values[i] as string)
    }
    c.dirty += indexes.length - 1
    c.changed(EVENTS.array, 'armset', key)
    return array.count - before
  },
})

// ---- Deleting ---------------------------------------------------------------------------------

export const ARDEL = command('ardel', {
  ...arrays,
  summary: 'Delete the values at some indexes.',
  complexity: 'O(N), N being the number of indexes',
  syntax: 'key index:integer...',
  arity: -3,
  flags: ['write', 'fast'],
  keys: key(1, 'RW', 'delete'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const indexes = indexesOf(args)
    const array = c.write(key, ARRAY)
    if (array === undefined) return 0
    let deleted = 0
    for (const index of indexes) if (array.delete(index)) deleted++
    return announce(c, key, array, deleted, 'ardel')
  },
})

export const ARDELRANGE = command('ardelrange', {
  ...arrays,
  summary: 'Delete the values between two indexes, or between several pairs of them.',
  complexity: 'O(N), N being the number of values and slices in the ranges, however wide they are',
  syntax: 'key {range: start:integer end:integer}...',
  arity: -4,
  flags: ['write'],
  keys: key(1, 'RW', 'delete'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    if (args.left % 2 !== 0) throw wrongArity('ardelrange')
    const bounds = indexesOf(args)
    const array = c.write(key, ARRAY)
    if (array === undefined) return 0
    let deleted = 0
    for (let i = 0; i < bounds.length; i += 2) {
      const [a, b] = [bounds[i] as Integer, bounds[i + 1] as Integer]
      deleted += a <= b ? array.deleteRange(a, b) : array.deleteRange(b, a)
    }
    return announce(c, key, array, deleted, 'ardelrange')
  },
})

/** After values were deleted: the last of them takes the key along. */
function announce(
  c: Context,
  key: string,
  array: ArrayValue,
  deleted: number,
  event: string,
): number {
  if (deleted === 0) return 0
  const empty = array.count === 0
  if (empty) c.remove(key)
  c.dirty += deleted - 1
  c.changed(EVENTS.array, event, key)
  if (empty) c.notify(EVENTS.generic, 'del', key)
  return deleted
}
