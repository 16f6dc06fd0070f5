/**
 * Sorted sets: adding, removing, asking about single members. Ranges, set operations and popping have
 * files of their own.
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  syntaxError,
  wrongArity,
  zsetComparisons,
  zsetNxAndXx,
  zsetOneIncrement,
} from '../core/errors.ts'
import { Double, NIL_ARRAY, type Reply } from '../core/reply.ts'
import { ZSET } from '../types/value.ts'
import type { ZSet } from '../types/zset.ts'
import { addScores, announceRemoval, CH, GT, INCR, LT, NX, XX } from './zset-change.ts'

// ---- Adding -----------------------------------------------------------------------------------

const BITS: Readonly<Record<string, number>> = { NX, XX, GT, LT, CH, INCR }

export const ZADD = command('zadd', {
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Put members into a sorted set, or give those that are there new scores.',
  complexity: 'O(log(N)) for each member added, N being the number of members',
  syntax:
    'key [condition: NX | XX]@3.0.2 [comparison: GT | LT]@6.2.0 [change=CH]@3.0.2 ' +
    '[increment=INCR]@3.0.2 {data: score:double member}...',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['sortedset'],
  keys: key(1, 'RW', 'update'),
  history: [
    ['2.4.0', 'More than one member.'],
    ['3.0.2', 'The options `XX`, `NX`, `CH` and `INCR`.'],
    ['6.2.0', 'The options `GT` and `LT`.'],
  ],
  reply: 'number | null',
  run: (c, args) => add(c, args, 0),
})

export const ZINCRBY = command('zincrby', {
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Add to the score of a member, which is put there with this score if it is not.',
  complexity: 'O(log(N)), N being the number of members',
  syntax: 'key increment:integer member',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['sortedset'],
  keys: key(1, 'RW', 'access', 'update'),
  reply: 'number',
  run: (c, args) => add(c, args, INCR),
})

function add(c: Context, args: Args, given: number): Reply {
  const key = args.next()
  const options = parseOptions(args, given)
  const pairs = args.left / 2
  if (!Number.isInteger(pairs) || pairs === 0) throw syntaxError
  if (options & NX && options & XX) throw zsetNxAndXx
  const comparisons = options & (GT | LT)
  if (comparisons !== 0 && (options & NX || comparisons === (GT | LT))) throw zsetComparisons
  if (options & INCR && pairs > 1) throw zsetOneIncrement
  const scores: number[] = []
  const members: string[] = []
  while (args.more) {
    scores.push(args.float())
    members.push(args.next())
  }

  return addScores(c, key, members, scores, options)
}

/** Options come first; the first other word is a score. ZINCRBY has none, but reads them all the same. */
function parseOptions(args: Args, given: number): number {
  let options = given
  for (;;) {
    const word = args.peek()
    if (word === undefined || word.length > 4) return options
    const bit = BITS[word] ?? BITS[word.toUpperCase()]
    if (bit === undefined) return options
    options |= bit
    args.skip(1)
  }
}

// ---- Removing ---------------------------------------------------------------------------------

export const ZREM = command('zrem', {
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Take members out of a sorted set.',
  complexity: 'O(M*log(N)), N being the number of members and M of those to be removed',
  syntax: 'key member...',
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['sortedset'],
  keys: key(1, 'RW', 'delete'),
  history: [['2.4.0', 'More than one member.']],
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const zset = c.write(key, ZSET)
    if (zset === undefined) return 0
    let removed = 0
    while (args.more && zset.size > 0) if (zset.delete(args.next())) removed++
    if (removed > 0) announceRemoval(c, key, zset, 'zrem', removed)
    return removed
  },
})

// ---- Asking -----------------------------------------------------------------------------------

export const ZCARD = command('zcard', {
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Count the members of a sorted set.',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['sortedset'],
  keys: key(1, 'RO'),
  reply: 'number',
  run: (c, args) => c.read(args.next(), ZSET)?.size ?? 0,
})

export const ZSCORE = command('zscore', {
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Read the score of a member.',
  complexity: 'O(1)',
  syntax: 'key member',
  arity: 3,
  flags: ['readonly', 'fast'],
  categories: ['sortedset'],
  keys: key(1, 'RO', 'access'),
  reply: 'number | null',
  run: (c, args) => scoreReply(c.read(args.next(), ZSET), args.next()),
})

export const ZMSCORE = command('zmscore', {
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Read the scores of several members.',
  complexity: 'O(N), N being the number of members asked for',
  syntax: 'key member...',
  arity: -3,
  flags: ['readonly', 'fast'],
  categories: ['sortedset'],
  keys: key(1, 'RO', 'access'),
  reply: '(number | null)[]',
  run(c, args) {
    const zset = c.read(args.next(), ZSET)
    return args.rest().map((member) => scoreReply(zset, member))
  },
})

function scoreReply(zset: ZSet | undefined, member: string): Reply {
  const score = zset?.scoreOf(member)
  return score === undefined ? null : new Double(score)
}

const ranking = {
  group: 'sorted-set',
  since: '2.0.0',
  complexity: 'O(log(N)), N being the number of members',
  syntax: 'key member [WITHSCORE]',
  arity: -3,
  flags: ['readonly', 'fast'],
  categories: ['sortedset'],
  keys: key(1, 'RO', 'access'),
  history: [['7.2.0', 'The option `WITHSCORE`.']],
  reply: 'number | [rank: number, score: number] | null',
} as const

export const ZRANK = command('zrank', {
  ...ranking,
  summary: 'Count the members that come before one.',
  run: (c, args) => rank(c, args, 'zrank'),
})

export const ZREVRANK = command('zrevrank', {
  ...ranking,
  summary: 'Count the members that come behind one.',
  run: (c, args) => rank(c, args, 'zrevrank'),
})

function rank(c: Context, args: Args, name: 'zrank' | 'zrevrank'): Reply {
  const key = args.next()
  const member = args.next()
  if (args.left > 1) throw wrongArity(name)
  const withScore = args.take('WITHSCORE')
  args.end()
  const zset = c.read(key, ZSET)
  const score = zset?.scoreOf(member)
  if (zset === undefined || score === undefined) return withScore ? NIL_ARRAY : null
  const before = zset.rankOf(member, score)
  const place = name === 'zrank' ? before : zset.size - 1 - before
  return withScore ? [place, new Double(score)] : place
}
