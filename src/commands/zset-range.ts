/**
 * Ranges of a sorted set: by rank, by score, by the bytes of the members; reading, counting, removing
 * and storing them. One command, ZRANGE, can read them all; the older ones fix some of its options.
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  lexRangeNotValid,
  lexWithScores,
  limitNeedsRange,
  notAnInteger,
  scoreRangeNotAFloat,
  syntaxError,
} from '../core/errors.ts'
import type { Reply } from '../core/reply.ts'
import { ZSET } from '../types/value.ts'
import {
  Pairs,
  parseLexRange,
  parseScoreRange,
  type Ranks,
  ranksOfIndices,
  ranksOfMembers,
  ranksOfScores,
  ZSet,
} from '../types/zset.ts'
import { parseInteger } from '../util/integer.ts'
import { announceRemoval, storeResult } from './zset-change.ts'
import { replyOf } from './zset-reply.ts'

// ---- Bounds -----------------------------------------------------------------------------------

type By = 'rank' | 'score' | 'lex'

/** Ranks of what is in the range, once there is a set to look at. */
type Finder = (zset: ZSet) => Ranks

function finderOf(by: By, min: string, max: string, reverse: boolean): Finder {
  if (by === 'rank') {
    const start = indexOf(min)
    const stop = indexOf(max)
    return ({ size }) => {
      const { from, to } = ranksOfIndices(size, start, stop)
      return reverse ? { from: size - to, to: size - from } : { from, to }
    }
  }
  if (by === 'score') {
    const range = parseScoreRange(min, max)
    if (range === undefined) throw scoreRangeNotAFloat
    return (zset) => ranksOfScores(zset, range)
  }
  const range = parseLexRange(min, max)
  if (range === undefined) throw lexRangeNotValid
  return (zset) => ranksOfMembers(zset, range)
}

function indexOf(text: string): number {
  const n = parseInteger(text)
  if (n === undefined) throw notAnInteger
  return Number(n)
}

interface Query {
  readonly key: string
  readonly find: Finder
  readonly reverse: boolean
  readonly offset: number
  /** Negative: all. */
  readonly limit: number
  readonly withScores: boolean
}

/** What is behind the name, or behind the destination: the key, both ends, and the options. */
function parseQuery(
  args: Args,
  fixedBy: By | undefined,
  fixedReverse: boolean | undefined,
  stores: boolean,
): Query {
  const key = args.next()
  const start = args.next()
  const stop = args.next()
  let by = fixedBy
  let reverse = fixedReverse
  let offset = 0
  let limit = -1
  let withScores = false
  while (args.more) {
    if (!stores && args.take('WITHSCORES')) withScores = true
    else if (args.left > 2 && args.take('LIMIT')) {
      offset = Number(args.integer())
      limit = Number(args.integer())
    } else if (reverse === undefined && args.take('REV')) reverse = true
    else if (by === undefined && args.take('BYLEX')) by = 'lex'
    else if (by === undefined && args.take('BYSCORE')) by = 'score'
    else throw syntaxError
  }
  by ??= 'rank'
  reverse ??= false
  if (limit !== -1 && by === 'rank') throw limitNeedsRange
  if (withScores && by === 'lex') throw lexWithScores
  // LIMIT with a count of -1 is let through, and nothing comes of it.
  if (by === 'rank') offset = 0
  // What goes down begins with the greater end; only ranks are counted from where it begins.
  const down = reverse && by !== 'rank'
  const find = finderOf(by, down ? stop : start, down ? start : stop, reverse)
  return { key, find, reverse, offset, limit, withScores }
}

/** The ranks that are left when OFFSET and COUNT have been heeded. */
function window(zset: ZSet, { find, reverse, offset, limit }: Query): Ranks {
  const { from, to } = find(zset)
  if (offset < 0) return { from, to: from }
  const count = limit < 0 ? Number.POSITIVE_INFINITY : limit
  if (reverse) {
    const end = Math.max(from, to - offset)
    return { from: Math.max(from, end - count), to: end }
  }
  const start = Math.min(to, from + offset)
  return { from: start, to: Math.min(to, start + count) }
}

// ---- Reading ----------------------------------------------------------------------------------

function range(c: Context, args: Args, by?: By, reverse?: boolean): Reply {
  const query = parseQuery(args, by, reverse, false)
  const zset = c.read(query.key, ZSET)
  if (zset === undefined) return []
  const { from, to } = window(zset, query)
  return replyOf(query.withScores, (visit) => {
    if (query.reverse) zset.walkBack(from, to, visit)
    else zset.walk(from, to, visit)
  })
}

const reading = {
  group: 'sorted-set',
  complexity: 'O(log(N)+M), N being the number of members and M of those returned',
  arity: -4,
  flags: ['readonly'],
  categories: ['sortedset'],
  keys: key(1, 'RO', 'access'),
} as const

const MEMBERS = 'string[] | [member: string, score: number][]'
const LIMIT = '[LIMIT {limit: offset:integer count:integer}]'

export const ZRANGE = command('zrange', {
  ...reading,
  since: '1.2.0',
  summary: 'Read a range of members: by rank, by score or by the bytes of their names.',
  syntax: `key start stop [sortby: BYSCORE | BYLEX]@6.2.0 [REV]@6.2.0 ${LIMIT}@6.2.0 [WITHSCORES]`,
  history: [['6.2.0', 'The options `REV`, `BYSCORE`, `BYLEX` and `LIMIT`.']],
  reply: MEMBERS,
  run: (c, args) => range(c, args),
})

export const ZREVRANGE = command('zrevrange', {
  ...reading,
  since: '1.2.0',
  summary: 'Read members from the greatest score down, by rank.',
  syntax: 'key start:integer stop:integer [WITHSCORES]',
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` argument' },
  reply: MEMBERS,
  run: (c, args) => range(c, args, 'rank', true),
})

export const ZRANGEBYSCORE = command('zrangebyscore', {
  ...reading,
  since: '1.0.5',
  summary: 'Read the members whose scores are in a range.',
  syntax: `key min:double max:double [WITHSCORES]@2.0.0 ${LIMIT}`,
  history: [['2.0.0', 'The option `WITHSCORES`.']],
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `BYSCORE` argument' },
  reply: MEMBERS,
  run: (c, args) => range(c, args, 'score', false),
})

export const ZREVRANGEBYSCORE = command('zrevrangebyscore', {
  ...reading,
  since: '2.2.0',
  summary: 'Read the members whose scores are in a range, from the greatest down.',
  syntax: `key max:double min:double [WITHSCORES] ${LIMIT}`,
  history: [['2.1.6', 'The limits `min` and `max` may be exclusive.']],
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` and `BYSCORE` arguments' },
  reply: MEMBERS,
  run: (c, args) => range(c, args, 'score', true),
})

export const ZRANGEBYLEX = command('zrangebylex', {
  ...reading,
  since: '2.8.9',
  summary: 'Read the members whose names are in a range, where all scores are the same.',
  syntax: `key min max ${LIMIT}`,
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `BYLEX` argument' },
  reply: 'string[]',
  run: (c, args) => range(c, args, 'lex', false),
})

export const ZREVRANGEBYLEX = command('zrevrangebylex', {
  ...reading,
  since: '2.8.9',
  summary: 'Read the members whose names are in a range, from the last back.',
  syntax: `key max min ${LIMIT}`,
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` and `BYLEX` arguments' },
  reply: 'string[]',
  run: (c, args) => range(c, args, 'lex', true),
})

// ---- Storing ----------------------------------------------------------------------------------

export const ZRANGESTORE = command('zrangestore', {
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Store a range of members, with their scores, under another key.',
  complexity: 'O(log(N)+M), N being the number of members and M of those stored',
  syntax: `dst:key src:key min max [sortby: BYSCORE | BYLEX] [REV] ${LIMIT}`,
  arity: -5,
  flags: ['write', 'denyoom'],
  categories: ['sortedset'],
  keys: [key(1, 'OW', 'update'), key(2, 'RO', 'access')],
  reply: 'number',
  run(c, args) {
    const destination = args.next()
    const query = parseQuery(args, undefined, undefined, true)
    const zset = c.read(query.key, ZSET)
    const pairs = new Pairs()
    if (zset !== undefined) {
      const { from, to } = window(zset, query)
      zset.walk(from, to, (member, score) => pairs.add(member, score))
    }
    return storeResult(c, destination, ZSet.of(pairs, c.db.zsetLimits), 'zrangestore')
  },
})

// ---- Counting ---------------------------------------------------------------------------------

const counting = {
  group: 'sorted-set',
  complexity: 'O(log(N)), N being the number of members',
  arity: 4,
  flags: ['readonly', 'fast'],
  categories: ['sortedset'],
  keys: key(1, 'RO', 'access'),
  reply: 'number',
} as const

export const ZCOUNT = command('zcount', {
  ...counting,
  since: '2.0.0',
  summary: 'Count the members whose scores are in a range.',
  syntax: 'key min:double max:double',
  run: (c, args) => count(c, args, 'score'),
})

export const ZLEXCOUNT = command('zlexcount', {
  ...counting,
  since: '2.8.9',
  summary: 'Count the members whose names are in a range, where all scores are the same.',
  syntax: 'key min max',
  run: (c, args) => count(c, args, 'lex'),
})

function count(c: Context, args: Args, by: By): number {
  const key = args.next()
  const find = finderOf(by, args.next(), args.next(), false)
  const zset = c.read(key, ZSET)
  if (zset === undefined) return 0
  const { from, to } = find(zset)
  return to - from
}

// ---- Removing ---------------------------------------------------------------------------------

const removing = {
  group: 'sorted-set',
  complexity: 'O(log(N)+M), N being the number of members and M of those removed',
  arity: 4,
  flags: ['write'],
  categories: ['sortedset'],
  keys: key(1, 'RW', 'delete'),
  reply: 'number',
} as const

export const ZREMRANGEBYRANK = command('zremrangebyrank', {
  ...removing,
  since: '2.0.0',
  summary: 'Remove members by rank.',
  syntax: 'key start:integer stop:integer',
  run: (c, args) => removeRange(c, args, 'rank', 'zremrangebyrank'),
})

export const ZREMRANGEBYSCORE = command('zremrangebyscore', {
  ...removing,
  since: '1.2.0',
  summary: 'Remove the members whose scores are in a range.',
  syntax: 'key min:double max:double',
  run: (c, args) => removeRange(c, args, 'score', 'zremrangebyscore'),
})

export const ZREMRANGEBYLEX = command('zremrangebylex', {
  ...removing,
  since: '2.8.9',
  summary: 'Remove the members whose names are in a range, where all scores are the same.',
  syntax: 'key min max',
  run: (c, args) => removeRange(c, args, 'lex', 'zremrangebylex'),
})

function removeRange(c: Context, args: Args, by: By, event: string): number {
  const key = args.next()
  const find = finderOf(by, args.next(), args.next(), false)
  const zset = c.write(key, ZSET)
  if (zset === undefined) return 0
  const { from, to } = find(zset)
  if (from === to) return 0
  zset.deleteRange(from, to)
  announceRemoval(c, key, zset, event, to - from)
  return to - from
}
