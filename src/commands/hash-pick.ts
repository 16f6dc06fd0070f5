/**
 * Walking through a hash in steps, and fields by chance.
 *
 * While a hash is a listpack, HSCAN answers all of it at once, as Redis does; `StringMap.scan` says
 * why nothing is missed in a larger one.
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { notAnInteger, notNegatable, outOfRange, syntaxError } from '../core/errors.ts'
import { PairsReply, type Reply } from '../core/reply.ts'
import type { Hash } from '../types/hash.ts'
import { HASH } from '../types/value.ts'
import { matchGlob } from '../util/glob.ts'
import { MAX_INT64 } from '../util/integer.ts'
import { cursorOf } from './cursor.ts'
import { tooManyDraws } from './draw.ts'
import { isOver } from './hash-field.ts'

export const HSCAN = command('hscan', {
  group: 'hash',
  since: '2.8.0',
  summary: 'Walk through the fields of a hash, some at each call.',
  complexity: 'O(1) a call; a whole walk is O(N) in the number of fields.',
  syntax: 'key cursor:integer [MATCH pattern] [COUNT count:integer] [NOVALUES]',
  arity: -3,
  flags: ['readonly'],
  categories: ['hash'],
  keys: key(1, 'RO', 'access'),
  tips: ['nondeterministic_output'],
  reply: '[cursor: string, fields: string[]]',
  run(c, args) {
    const key = args.next()
    const cursor = cursorOf(args.next())
    const hash = c.read(key, HASH)
    // Redis reads the options only now: for a missing key bad ones are no error.
    if (hash === undefined) return ['0', []]
    let pattern = '*'
    let count = 10
    let values = true
    while (args.more) {
      if (args.take('NOVALUES')) values = false
      else if (args.left < 2) throw syntaxError
      else if (args.take('MATCH')) pattern = args.next()
      else if (args.take('COUNT')) {
        const n = args.integer(notAnInteger)
        if (n < 1) throw syntaxError
        count = Number(n)
      } else throw syntaxError
    }
    const items: string[] = []
    const next = hash.scan(cursor, hash.large ? count : hash.size, (place) => {
      if (hash.expiry !== null && isOver(c, hash, place)) return
      const field = hash.keyAt(place)
      if (pattern !== '*' && !matchGlob(pattern, field)) return
      items.push(field)
      if (values) items.push(hash.valueAt(place))
    })
    return [String(next), items]
  },
})

// ---- HRANDFIELD -------------------------------------------------------------------------------

/** Redis's bound for a count: one less than the least integer. */
const MOST = MAX_INT64

export const HRANDFIELD = command('hrandfield', {
  group: 'hash',
  since: '6.2.0',
  summary: 'Name fields of a hash, drawn at random.',
  complexity: 'O(N), N being the number of fields returned',
  syntax: 'key [options: count:integer [WITHVALUES]]',
  arity: -2,
  flags: ['readonly'],
  categories: ['hash'],
  keys: key(1, 'RO', 'access'),
  tips: ['nondeterministic_output'],
  reply: 'string | string[] | [field: string, value: string][] | null',
  run(c, args) {
    const key = args.next()
    if (args.more) return drawSome(c, key, args)
    const hash = readLive(c, key)
    if (hash === undefined) return null
    const place = distinct(c, hash, 1)[0]
    return place === undefined ? null : hash.keyAt(place)
  },
})

function drawSome(c: Context, key: string, args: Args): Reply {
  const count = args.integer(notAnInteger)
  if (count < -MOST) throw notNegatable
  const withValues = args.more
  if (withValues && (!args.take('WITHVALUES') || args.more)) throw syntaxError
  if (withValues && (count < -MOST / 2n || count > MOST / 2n)) throw outOfRange
  const hash = readLive(c, key)
  if (hash === undefined || count === 0) return []
  const places = count < 0 ? repeated(c, hash, -Number(count)) : distinct(c, hash, Number(count))
  if (!withValues) return places.map((place) => hash.keyAt(place))
  return new PairsReply(places.flatMap((place) => [hash.keyAt(place), hash.valueAt(place)]))
}

/** The hash at a key, from which what has expired was removed. */
function readLive(c: Context, key: string): Hash | undefined {
  const hash = c.read(key, HASH)
  if (hash === undefined || hash.nextExpiry > c.now) return hash
  const { fieldExpiry } = c.engine
  if (fieldExpiry.allowed) fieldExpiry.expire(c.db, key, hash, c.now, Number.POSITIVE_INFINITY)
  return hash.size === 0 ? undefined : hash
}

/** Places drawn one by one, the same ones again and again. */
function repeated(c: Context, hash: Hash, count: number): number[] {
  // More than any array can hold, which Redis would go on with until its memory is full.
  if (count > MOST_DRAWN) throw tooManyDraws(c)
  const places: number[] = []
  while (places.length < count) {
    const place = c.random(hash.size)
    // What has expired may still be there for a moment: then all that is live is listed first.
    if (hash.expiry !== null && isOver(c, hash, place)) return fromLive(c, hash, places, count)
    places.push(place)
  }
  return places
}

function fromLive(c: Context, hash: Hash, places: number[], count: number): number[] {
  const live = distinct(c, hash, hash.size)
  if (live.length === 0) return places
  while (places.length < count) places.push(live[c.random(live.length)] as number)
  return places
}

const MOST_DRAWN = 1 << 26

/** Different places: the first of a shuffle, of which only the entries that moved are kept. */
function distinct(c: Context, hash: Hash, count: number): number[] {
  const { size } = hash
  const places: number[] = []
  const add = (place: number): void => {
    if (hash.expiry === null || !isOver(c, hash, place)) places.push(place)
  }
  if (count >= size) for (let place = 0; place < size; place++) add(place)
  else {
    const moved = new Map<number, number>()
    for (let left = size; left > 0 && places.length < count; left--) {
      const at = c.random(left)
      add(moved.get(at) ?? at)
      moved.set(at, moved.get(left - 1) ?? left - 1)
    }
  }
  return places
}
