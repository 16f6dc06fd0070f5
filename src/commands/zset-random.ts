/** Sorted sets by chance, and in steps. */
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { notNegatable, noValuesOutsideHscan, outOfRange, syntaxError } from '../core/errors.ts'
import { ZSET } from '../types/value.ts'
import { formatDouble, formatG17 } from '../util/float.ts'
import { MAX_INT64, MIN_INT64 } from '../util/integer.ts'
import { cursorOf, matches } from './cursor.ts'
import { tooManyDraws } from './draw.ts'
import { replyOf } from './zset-reply.ts'

export const ZRANDMEMBER = command('zrandmember', {
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Read members that are drawn at random.',
  complexity: 'O(N), N being the number of members returned',
  syntax: 'key [options: count:integer [WITHSCORES]]',
  arity: -2,
  flags: ['readonly'],
  categories: ['sortedset'],
  keys: key(1, 'RO', 'access'),
  tips: ['nondeterministic_output'],
  reply: 'string | string[] | [member: string, score: number][] | null',
  run(c, args) {
    const key = args.next()
    if (!args.more) {
      const zset = c.read(key, ZSET)
      return zset === undefined ? null : zset.pick(c.random(zset.size))
    }
    const count = args.integer()
    if (count === MIN_INT64) throw notNegatable
    const withScores = args.take('WITHSCORES')
    args.end()
    // Twice as many replies must still be a number that fits.
    const most = MAX_INT64 / 2n
    if (withScores && (count < -most || count > most)) throw outOfRange
    const zset = c.read(key, ZSET)
    if (zset === undefined) return []
    return replyOf(withScores, (visit) => {
      // All of them come in order, the last first as in Redis.
      if (count >= zset.size) {
        zset.walkBack(0, zset.size, visit)
        return
      }
      for (const n of draw(c, zset.size, Number(count))) {
        const member = zset.pick(n)
        visit(member, withScores ? (zset.scoreOf(member) as number) : 0)
      }
    })
  },
})

/** More than this would end the process before it ends the reply. */
const MOST_DRAWN = 1 << 24

/** Numbers below `size`: `count` different ones, or, if negative, drawn again and again. */
function* draw(c: Context, size: number, count: number): Generator<number> {
  if (count < 0) {
    if (-count > MOST_DRAWN) throw tooManyDraws(c)
    for (let i = count; i < 0; i++) yield c.random(size)
    return
  }
  if (count * 3 > size) {
    // Most of them: shuffle as far as needed.
    const numbers = Array.from({ length: size }, (_, n) => n)
    for (let i = 0; i < count; i++) {
      const j = i + c.random(size - i)
      const drawn = numbers[j] as number
      numbers[j] = numbers[i] as number
      yield drawn
    }
    return
  }
  const drawn = new Set<number>()
  while (drawn.size < count) {
    const n = c.random(size)
    if (drawn.has(n)) continue
    drawn.add(n)
    yield n
  }
}

export const ZSCAN = command('zscan', {
  group: 'sorted-set',
  since: '2.8.0',
  summary: 'Walk through the members of a sorted set and their scores, some at each call.',
  complexity: 'O(1) a call; a whole walk is O(N) in the number of members.',
  syntax: 'key cursor:integer [MATCH pattern] [COUNT count:integer]',
  arity: -3,
  flags: ['readonly'],
  categories: ['sortedset'],
  keys: key(1, 'RO', 'access'),
  tips: ['nondeterministic_output'],
  reply: '[cursor: string, membersAndScores: string[]]',
  run(c, args) {
    const key = args.next()
    const cursor = cursorOf(args.next())
    const zset = c.read(key, ZSET)
    // Redis reads the options only now: for a missing key bad ones are no error.
    if (zset === undefined) return ['0', []]
    let pattern = '*'
    let count = 10
    while (args.more) {
      if (args.left > 1 && args.take('MATCH')) pattern = args.next()
      else if (args.left > 1 && args.take('COUNT')) {
        const n = args.integer()
        if (n < 1) throw syntaxError
        count = Number(n)
      } else throw args.take('NOVALUES') ? noValuesOutsideHscan : syntaxError
    }
    const found: string[] = []
    const { places } = zset
    if (zset.encoding === 'listpack' || places === null) {
      const format = zset.encoding === 'listpack' ? formatDouble : formatG17
      zset.forEach((member, score) => {
        if (matches(pattern, member)) found.push(member, format(score))
      })
      return ['0', found]
    }
    const from = places.resume(cursor)
    const to = Math.max(0, from - count)
    for (let i = from - 1; i >= to; i--) {
      const member = places.keyAt(i)
      if (matches(pattern, member)) found.push(member, formatG17(places.numberAt(i)))
    }
    return [String(places.pause(to)), found]
  },
})
