/**
 * Union, intersection and difference of sorted sets. Plain sets may take part: all their members have
 * the score 1.
 */
import type { Args } from '../core/args.ts'
import { command, countedKeys, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  limitNegative,
  needsInputKey,
  syntaxError,
  weightNotAFloat,
  wrongType,
} from '../core/errors.ts'
import type { Reply } from '../core/reply.ts'
import { Dict } from '../structs/dict.ts'
import { SetValue } from '../types/set.ts'
import { Pairs, ZSet } from '../types/zset.ts'
import { storeResult } from './zset-change.ts'
import { replyOf } from './zset-reply.ts'

// ---- Sources ----------------------------------------------------------------------------------

/** What is combined: a sorted set, a set, or nothing. */
interface Source {
  readonly size: number
  scoreOf(member: string): number | undefined
  forEach(visit: Visit): void
  /** Some of them: places `from` to below `to`. */
  walk(from: number, to: number, visit: Visit): void
}

type Visit = (member: string, score: number) => void

const NOTHING: Source = { size: 0, scoreOf: () => undefined, forEach: () => {}, walk: () => {} }

/** Members that are looked at before the count is compared with LIMIT. */
const STEP = 64

function sourceOf(c: Context, key: string): Source {
  const value = c.find(key)
  if (value === undefined) return NOTHING
  if (value instanceof ZSet) return value
  if (value instanceof SetValue) return new PlainSet(value)
  throw wrongType
}

/** A set as a source: every member has the score 1. */
class PlainSet implements Source {
  private readonly set: SetValue

  constructor(set: SetValue) {
    this.set = set
  }

  get size(): number {
    return this.set.size
  }

  scoreOf(member: string): number | undefined {
    return this.set.has(member) ? 1 : undefined
  }

  forEach(visit: Visit): void {
    this.set.forEach((member) => {
      visit(member, 1)
    })
  }

  walk(from: number, to: number, visit: Visit): void {
    for (let place = from; place < to; place++) visit(this.set.at(place), 1)
  }
}

// ---- Arguments --------------------------------------------------------------------------------

type Operation = 'union' | 'inter' | 'diff' | 'intercard'
type Aggregate = (a: number, b: number) => number

/** Infinities that cancel out make zero, and so does infinity times zero. */
const orZero = (n: number): number => (Number.isNaN(n) ? 0 : n)
const add: Aggregate = (a, b) => orZero(a + b)
const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  SUM: add,
  MIN: (a, b) => (b < a ? b : a),
  MAX: (a, b) => (b > a ? b : a),
  COUNT: add,
}

interface Input {
  readonly source: Source
  readonly weight: number
}

interface Query {
  readonly inputs: readonly Input[]
  readonly aggregate: Aggregate
  /** Only where a member is counts, not with which score. */
  readonly counts: boolean
  readonly withScores: boolean
  /** 0 for none. */
  readonly limit: number
}

/** From the number of keys on. */
function parse(c: Context, args: Args, operation: Operation, name: string): Query {
  const numkeys = args.integer()
  if (numkeys < 1) throw needsInputKey(name)
  if (numkeys > args.left) throw syntaxError
  const sources: Source[] = []
  for (let i = 0; i < numkeys; i++) sources.push(sourceOf(c, args.next()))
  const combines = operation === 'union' || operation === 'inter'
  const stores = name.endsWith('store')
  let weights: number[] = []
  let aggregate = 'SUM'
  let withScores = false
  let limit = 0
  while (args.more) {
    if (combines && args.left > numkeys && args.take('WEIGHTS')) {
      weights = sources.map(() => args.float(weightNotAFloat))
    } else if (combines && args.left > 1 && args.take('AGGREGATE')) {
      aggregate = args.keyword()
      if (!Object.hasOwn(AGGREGATES, aggregate)) throw syntaxError
    } else if (!stores && operation !== 'intercard' && args.take('WITHSCORES')) withScores = true
    else if (operation === 'intercard' && args.left > 1 && args.take('LIMIT')) {
      limit = Number(args.integer(limitNegative))
      if (limit < 0) throw limitNegative
    } else throw syntaxError
  }
  return {
    inputs: sources.map((source, i) => ({ source, weight: weights[i] ?? 1 })),
    aggregate: AGGREGATES[aggregate] as Aggregate,
    counts: aggregate === 'COUNT',
    withScores,
    limit,
  }
}

// ---- Combining --------------------------------------------------------------------------------

/** Sums of doubles depend on their order: from the smallest source to the largest, as in Redis. */
const bySize = ({ inputs }: Query): Input[] =>
  [...inputs].sort((a, b) => a.source.size - b.source.size)

/** What a member's score in one source contributes. */
const weigh = ({ counts }: Query, weight: number, score: number): number =>
  counts ? weight : orZero(weight * score)

function union(c: Context, query: Query, result: Pairs): void {
  const { aggregate } = query
  const found = new Dict<number>(c.db.zsetLimits.seed)
  for (const { source, weight } of bySize(query)) {
    source.forEach((member, score) => {
      const value = weigh(query, weight, score)
      const at = found.find(member)
      if (at < 0) found.insert(member, value)
      else found.setValueAt(at, aggregate(found.valueAt(at), value))
    })
  }
  for (let i = 0; i < found.size; i++) result.add(found.keyAt(i), found.valueAt(i))
}

/** Members of all sources. */
function intersection(query: Query, result: Pairs): void {
  const { aggregate } = query
  const [first, ...others] = bySize(query) as [Input, ...Input[]]
  first.source.forEach((member, score) => {
    let sum = weigh(query, first.weight, score)
    for (const { source, weight } of others) {
      const other = source === first.source ? score : source.scoreOf(member)
      if (other === undefined) return
      // Only the first product is looked at for NaN; the sum then is.
      sum = aggregate(sum, query.counts ? weight : weight * other)
    }
    result.add(member, sum)
  })
}

function intersectionSize(query: Query): number {
  const [first, ...others] = bySize(query).map((input) => input.source) as [Source, ...Source[]]
  let size = 0
  const most = query.limit === 0 ? first.size : Math.min(query.limit, first.size)
  // No more than a step of members is looked at beyond what was asked for.
  for (let from = 0; from < first.size && size < most; from += STEP) {
    first.walk(from, Math.min(first.size, from + STEP), (member) => {
      if (others.every((source) => source.scoreOf(member) !== undefined)) size++
    })
  }
  return Math.min(size, most)
}

/** Members of the first source that are in no other. */
function difference(c: Context, { inputs }: Query, result: Pairs): void {
  const [first, ...others] = inputs.map((input) => input.source) as [Source, ...Source[]]
  if (first.size === 0 || others.includes(first)) return
  const all = others.reduce((sum, source) => sum + source.size, first.size)
  if ((first.size * inputs.length) / 2 <= all) {
    // The largest first: it is the likeliest to have a member.
    others.sort((a, b) => b.size - a.size)
    first.forEach((member, score) => {
      if (others.every((source) => source.scoreOf(member) === undefined)) result.add(member, score)
    })
    return
  }
  // Many small sources: a look into each for every member would cost more than reading them.
  const left = new Dict<number>(c.db.zsetLimits.seed)
  first.forEach((member, score) => {
    left.insert(member, score)
  })
  for (const source of others) {
    source.forEach((member) => {
      left.delete(member)
    })
  }
  for (let i = 0; i < left.size; i++) result.add(left.keyAt(i), left.valueAt(i))
}

/** The result, in order. */
function combine(c: Context, query: Query, operation: Operation): Pairs {
  const result = new Pairs()
  if (operation === 'union') union(c, query, result)
  else if (operation === 'inter') intersection(query, result)
  else difference(c, query, result)
  return result.sorted()
}

// ---- Replies ----------------------------------------------------------------------------------

function read(c: Context, args: Args, operation: Operation, name: string): Reply {
  const query = parse(c, args, operation, name)
  const { members, scores } = combine(c, query, operation)
  return replyOf(query.withScores, (visit) => {
    for (const [i, member] of members.entries()) visit(member, scores[i] as number)
  })
}

function store(c: Context, args: Args, operation: Operation, name: string): Reply {
  const destination = args.next()
  const pairs = combine(c, parse(c, args, operation, name), operation)
  return storeResult(c, destination, ZSet.of(pairs, c.db.zsetLimits), name)
}

// ---- Commands ---------------------------------------------------------------------------------

const MEMBERS = 'string[] | [member: string, score: number][]'
const AGGREGATE = '[WEIGHTS weight:integer...] [AGGREGATE {aggregate: SUM | MIN | MAX | COUNT}]'
const COUNT_SINCE = [['8.8.0', 'The aggregate `COUNT`.']] as const

const reading = {
  group: 'sorted-set',
  since: '6.2.0',
  arity: -3,
  flags: ['readonly'],
  categories: ['sortedset'],
  keys: countedKeys(1, 1, 'RO', 'access'),
  reply: MEMBERS,
} as const

const storing = {
  group: 'sorted-set',
  arity: -4,
  flags: ['write', 'denyoom'],
  categories: ['sortedset'],
  keys: [key(1, 'OW', 'update'), countedKeys(2, 1, 'RO', 'access')],
  reply: 'number',
} as const

const OF_UNION = 'O(N)+O(M*log(M)), N being the members of all sources and M those of the result'
const OF_INTERSECTION =
  'O(N*K)+O(M*log(M)), N being the members of the smallest source, K the number of sources and M ' +
  'the members of the result'
const OF_DIFFERENCE =
  'O(L+(N-K)*log(N)), L being the members of all sources, N those of the first and K those of the result'

export const ZUNION = command('zunion', {
  ...reading,
  summary: 'Combine sorted sets: the members of any of them.',
  complexity: OF_UNION,
  syntax: `numkeys:integer key... ${AGGREGATE} [WITHSCORES]`,
  history: COUNT_SINCE,
  run: (c, args) => read(c, args, 'union', 'zunion'),
})

export const ZINTER = command('zinter', {
  ...reading,
  summary: 'Combine sorted sets: the members that are in all of them.',
  complexity: OF_INTERSECTION,
  syntax: `numkeys:integer key... ${AGGREGATE} [WITHSCORES]`,
  history: COUNT_SINCE,
  run: (c, args) => read(c, args, 'inter', 'zinter'),
})

export const ZDIFF = command('zdiff', {
  ...reading,
  summary: 'The members of the first sorted set that are in none of the others.',
  complexity: OF_DIFFERENCE,
  syntax: 'numkeys:integer key... [WITHSCORES]',
  run: (c, args) => read(c, args, 'diff', 'zdiff'),
})

export const ZINTERCARD = command('zintercard', {
  ...reading,
  since: '7.0.0',
  summary: 'Count the members that are in all of several sorted sets.',
  complexity: 'O(N*K), N being the members of the smallest source and K the number of sources',
  syntax: 'numkeys:integer key... [LIMIT limit:integer]',
  reply: 'number',
  run: (c, args) => intersectionSize(parse(c, args, 'intercard', 'zintercard')),
})

export const ZUNIONSTORE = command('zunionstore', {
  ...storing,
  since: '2.0.0',
  summary: 'Store the members of any of several sorted sets.',
  complexity: OF_UNION,
  syntax: `destination:key numkeys:integer key... ${AGGREGATE}`,
  history: COUNT_SINCE,
  run: (c, args) => store(c, args, 'union', 'zunionstore'),
})

export const ZINTERSTORE = command('zinterstore', {
  ...storing,
  since: '2.0.0',
  summary: 'Store the members that are in all of several sorted sets.',
  complexity: OF_INTERSECTION,
  syntax: `destination:key numkeys:integer key... ${AGGREGATE}`,
  history: COUNT_SINCE,
  run: (c, args) => store(c, args, 'inter', 'zinterstore'),
})

export const ZDIFFSTORE = command('zdiffstore', {
  ...storing,
  since: '6.2.0',
  summary: 'Store the members of the first sorted set that are in none of the others.',
  complexity: OF_DIFFERENCE,
  syntax: 'destination:key numkeys:integer key...',
  run: (c, args) => store(c, args, 'diff', 'zdiffstore'),
})
