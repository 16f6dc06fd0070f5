/**
 * Places on Earth: putting them into a sorted set, and asking where single members are. Searching has a
 * file of its own.
 */
import { command, key } from '../core/command.ts'
import { syntaxError } from '../core/errors.ts'
import { Double, NIL_ARRAY } from '../core/reply.ts'
import { decode, distance, encode, geohash } from '../types/geohash.ts'
import { ZSET } from '../types/value.ts'
import { metresOf, pointOf, UNITS, writeDistance } from './geo-argument.ts'
import { addScores, CH, NX, XX } from './zset-change.ts'

const BITS: Readonly<Record<string, number>> = { NX, XX, CH }

export const GEOADD = command('geoadd', {
  group: 'geo',
  since: '3.2.0',
  summary: 'Put members with their longitudes and latitudes into a sorted set.',
  complexity: 'O(log(N)) for each member added, N being the number of members',
  syntax:
    'key [condition: NX | XX]@6.2.0 [change=CH]@6.2.0 ' +
    '{data: longitude:double latitude:double member}...',
  arity: -5,
  flags: ['write', 'denyoom'],
  categories: ['geo'],
  keys: key(1, 'RW', 'update'),
  history: [['6.2.0', 'The options `CH`, `NX` and `XX`.']],
  propagates: 'rewritten',
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const words = ['ZADD', key]
    let options = 0
    while (args.more) {
      const word = args.peek() as string
      const bit = BITS[word] ?? BITS[word.toUpperCase()]
      if (bit === undefined) break
      options |= bit
      words.push(args.next())
    }
    if (args.left % 3 !== 0 || (options & NX && options & XX)) throw syntaxError
    const members: string[] = []
    const scores: number[] = []
    while (args.more) {
      scores.push(encode(pointOf(args)))
      members.push(args.next())
    }
    if (members.length === 0) throw syntaxError
    const reply = addScores(c, key, members, scores, options)
    // Where a place is in its cell is forgotten: what follows sees the score.
    if (c.dirty > 0 && c.propagating) {
      for (const [i, member] of members.entries()) words.push(String(scores[i]), member)
      c.propagateAs(...words)
    }
    return reply
  },
})

const asking = {
  group: 'geo',
  since: '3.2.0',
  arity: -2,
  flags: ['readonly'],
  categories: ['geo'],
  keys: key(1, 'RO', 'access'),
} as const

export const GEOPOS = command('geopos', {
  ...asking,
  summary: 'Read the longitudes and latitudes of members.',
  complexity: 'O(1) for each member asked for',
  syntax: 'key [member...]',
  reply: '([longitude: number, latitude: number] | null)[]',
  run(c, args) {
    const zset = c.read(args.next(), ZSET)
    return args.rest().map((member) => {
      const score = zset?.scoreOf(member)
      if (score === undefined) return NIL_ARRAY
      const { longitude, latitude } = decode(score)
      return [new Double(longitude), new Double(latitude)]
    })
  },
})

export const GEOHASH = command('geohash', {
  ...asking,
  summary: 'Read where members are, as standard geohashes of 11 characters.',
  complexity: 'O(1) for each member asked for',
  syntax: 'key [member...]',
  reply: '(string | null)[]',
  run(c, args) {
    const zset = c.read(args.next(), ZSET)
    return args.rest().map((member) => {
      const score = zset?.scoreOf(member)
      return score === undefined ? null : geohash(score)
    })
  },
})

export const GEODIST = command('geodist', {
  ...asking,
  summary: 'Measure how far two members are from each other.',
  complexity: 'O(1)',
  syntax: `key member1 member2 [unit: ${UNITS}]`,
  arity: -4,
  reply: 'string | null',
  run(c, args) {
    const key = args.next()
    const from = args.next()
    const to = args.next()
    if (args.left > 1) throw syntaxError
    const metres = args.more ? metresOf(args.next()) : 1
    const zset = c.read(key, ZSET)
    const start = zset?.scoreOf(from)
    const end = zset?.scoreOf(to)
    if (start === undefined || end === undefined) return null
    return writeDistance(distance(decode(start), decode(end)) / metres)
  },
})
