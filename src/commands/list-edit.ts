/** Lists: what changes or looks for elements anywhere in them. */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import {
  indexOutOfRange,
  noSuchKey,
  notNegatable,
  notNegative,
  rankIsZero,
  syntaxError,
} from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import { OK } from '../core/reply.ts'
import type { List } from '../types/list.ts'
import { LIST } from '../types/value.ts'
import { MIN_INT64 } from '../util/integer.ts'
import { listLimit, settle } from './list-ends.ts'

/** A number that has an opposite: the least int64 is refused. */
function negatableInteger(args: Args): number {
  const n = args.integer()
  if (n === MIN_INT64) throw notNegatable
  return Number(n)
}

export const LINSERT = command('linsert', {
  group: 'list',
  since: '2.2.0',
  summary: 'Put an element before or behind the first one that equals the pivot.',
  complexity: 'O(N), N being the elements up to the pivot',
  syntax: 'key {where: BEFORE | AFTER} pivot element',
  arity: 5,
  flags: ['write', 'denyoom'],
  categories: ['list'],
  keys: key(1, 'RW', 'insert'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const where = args.keyword()
    if (where !== 'BEFORE' && where !== 'AFTER') throw syntaxError
    const pivot = args.next()
    const element = args.next()
    const list = c.write(key, LIST)
    if (list === undefined) return 0
    // Redis makes room before it looks for the pivot, so the layout changes even if there is none.
    list.grow(listLimit(c), 1, element.length)
    const index = list.items.indexOf(pivot)
    if (index < 0) return -1
    list.insert(where === 'BEFORE' ? index : index + 1, element)
    c.changed(EVENTS.list, 'linsert', key)
    c.engine.blocking.signalMore(c.db.index, key)
    return list.length
  },
})

export const LSET = command('lset', {
  group: 'list',
  since: '1.0.0',
  summary: 'Replace one element of a list; -1 is the last.',
  complexity: 'O(N), N being the number of chunks to walk over; O(1) at both ends',
  syntax: 'key index:integer element',
  arity: 4,
  flags: ['write', 'denyoom'],
  categories: ['list'],
  keys: key(1, 'RW', 'update'),
  reply: "'OK'",
  run(c, args) {
    const key = args.next()
    const list = c.write(key, LIST)
    if (list === undefined) throw noSuchKey
    // Redis has 32 bits for it, so that 2^32 is the first element.
    const n = args.integer()
    const index = typeof n === 'number' ? n | 0 : Number(BigInt.asIntN(32, n))
    const element = args.next()
    list.grow(listLimit(c), 1, element.length)
    if (!list.set(index < 0 ? index + list.length : index, element)) throw indexOutOfRange
    list.shrunk(listLimit(c))
    c.changed(EVENTS.list, 'lset', key)
    return OK
  },
})

export const LREM = command('lrem', {
  group: 'list',
  since: '1.0.0',
  summary: 'Remove elements that equal a given one: all, or some from the head or the tail.',
  complexity: 'O(N), N being the length of the list',
  syntax: 'key count:integer element',
  arity: 4,
  flags: ['write'],
  categories: ['list'],
  keys: key(1, 'RW', 'delete'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const count = negatableInteger(args)
    const element = args.next()
    const list = c.write(key, LIST)
    if (list === undefined) return 0
    const most = count === 0 ? Number.POSITIVE_INFINITY : Math.abs(count)
    const removed = list.removeEqual(element, most, count < 0 ? -1 : 1)
    if (removed === 0) return 0
    c.dirty += removed - 1
    c.changed(EVENTS.list, 'lrem', key)
    settle(c, key, list)
    return removed
  },
})

export const LTRIM = command('ltrim', {
  group: 'list',
  since: '1.0.0',
  summary: 'Keep the elements from one index to another, both included, and remove the others.',
  complexity: 'O(N), N being the number of elements removed',
  syntax: 'key start:integer stop:integer',
  arity: 4,
  flags: ['write'],
  categories: ['list'],
  keys: key(1, 'RW', 'delete'),
  reply: "'OK'",
  run(c, args) {
    const key = args.next()
    let start = Number(args.integer())
    let stop = Number(args.integer())
    const list = c.write(key, LIST)
    if (list === undefined) return OK
    const { length } = list
    if (start < 0) start = Math.max(0, start + length)
    if (stop < 0) stop += length
    if (start > stop || start >= length) list.removeRange(0, length)
    else {
      list.removeRange(stop + 1, length - stop - 1)
      list.removeRange(0, start)
    }
    // The event is fired, but nothing is propagated, if all elements stay.
    c.dirty += length - list.length - 1
    c.changed(EVENTS.list, 'ltrim', key)
    settle(c, key, list)
    return OK
  },
})

export const LPOS = command('lpos', {
  group: 'list',
  since: '6.0.6',
  summary: 'Look for an element in a list, and answer its index or those of several matches.',
  complexity: 'O(N), N being the number of elements looked at',
  syntax: 'key element [RANK rank:integer] [COUNT num-matches:integer] [MAXLEN len:integer]',
  arity: -3,
  flags: ['readonly'],
  categories: ['list'],
  keys: key(1, 'RO', 'access'),
  reply: 'number | number[] | null',
  run(c, args) {
    const key = args.next()
    const element = args.next()
    let rank = 1
    let count = -1
    let most = 0
    while (args.more) {
      const option = args.left > 1 ? args.keyword() : ''
      if (option === 'RANK') {
        rank = negatableInteger(args)
        if (rank === 0) throw rankIsZero
      } else if (option === 'COUNT') count = positive(args, 'COUNT')
      else if (option === 'MAXLEN') most = positive(args, 'MAXLEN')
      else throw syntaxError
    }
    const list = c.read(key, LIST)
    if (list === undefined) return count < 0 ? null : []
    const wanted = count < 0 ? 1 : count === 0 ? Number.POSITIVE_INFINITY : count
    const found = positions(list, element, rank, wanted, most === 0 ? list.length : most)
    return count < 0 ? (found[0] ?? null) : found
  },
})

function positive(args: Args, what: string): number {
  const n = args.integer(notNegative(what))
  if (n < 0) throw notNegative(what)
  return Number(n)
}

/** The indexes of `wanted` matches from the one with this rank on, among the first `most` elements. */
function positions(
  { items }: List,
  element: string,
  rank: number,
  wanted: number,
  most: number,
): number[] {
  const direction = rank > 0 ? 1 : -1
  const found: number[] = []
  const { length } = items
  const start = direction === 1 ? 0 : length - 1
  const matches = items.matches(element, start, direction, most)
  let skip = Math.abs(rank) - 1
  for (const index of matches) {
    if (skip-- > 0) continue
    found.push(index)
    if (found.length >= wanted) break
  }
  return found
}
