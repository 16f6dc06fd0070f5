/**
 * Taking the members with the least or the greatest scores, waiting for one if need be.
 */
import type { Args } from '../core/args.ts'
import { command, countedKeys, key, keys } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  countNotPositive,
  mustBePositive,
  numkeysNotPositive,
  syntaxError,
} from '../core/errors.ts'
import { Double, NIL_ARRAY, PairsReply, type Reply } from '../core/reply.ts'
import { ZSET } from '../types/value.ts'
import type { ZSet } from '../types/zset.ts'
import { announceRemoval } from './zset-change.ts'

type End = 'min' | 'max'

/** A member and its score. */
type Taken = [member: string, score: Double]

/** Take members, at least one, the outermost first. */
function take(c: Context, key: string, zset: ZSet, end: End, count: number): Taken[] {
  const taken: Taken[] = []
  const add = (member: string, score: number): void => {
    taken.push([member, new Double(score)])
  }
  const { size } = zset
  const most = Math.min(count, size)
  if (end === 'min') {
    zset.walk(0, most, add)
    zset.deleteRange(0, most)
  } else {
    zset.walkBack(size - most, size, add)
    zset.deleteRange(size - most, size)
  }
  announceRemoval(c, key, zset, end === 'min' ? 'zpopmin' : 'zpopmax', most)
  return taken
}

// ---- From one key -----------------------------------------------------------------------------

const popping = {
  group: 'sorted-set',
  since: '5.0.0',
  complexity: 'O(log(N)*M), N being the number of members and M of those taken',
  syntax: 'key [count:integer]',
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['sortedset'],
  keys: key(1, 'RW', 'access', 'delete'),
  reply: '[] | [member: string, score: number] | [member: string, score: number][]',
} as const

export const ZPOPMIN = command('zpopmin', {
  ...popping,
  summary: 'Take the member with the least score, or several.',
  run: (c, args) => popFrom(c, args, 'min'),
})

export const ZPOPMAX = command('zpopmax', {
  ...popping,
  summary: 'Take the member with the greatest score, or several.',
  run: (c, args) => popFrom(c, args, 'max'),
})

function popFrom(c: Context, args: Args, end: End): Reply {
  const key = args.next()
  if (args.left > 1) throw syntaxError
  const single = !args.more
  const count = single ? 1 : Number(args.integer(mustBePositive))
  if (count < 0) throw mustBePositive
  const zset = c.write(key, ZSET)
  if (zset === undefined || count === 0) return []
  const taken = take(c, key, zset, end, count)
  // One in RESP3 is no list of one, unless a number was asked for.
  return single ? taken.flat() : new PairsReply(taken.flat())
}

// ---- From the first key that has any ------------------------------------------------------------

interface Request {
  readonly keys: readonly string[]
  readonly end: End
  readonly count: number
}

/** `numkeys key... MIN | MAX [COUNT count]` */
function parseRequest(args: Args): Request {
  const numkeys = args.integer(numkeysNotPositive)
  if (numkeys < 1) throw numkeysNotPositive
  if (numkeys >= args.left) throw syntaxError
  const keys = args.rest(args.left - Number(numkeys))
  const end = args.take('MIN') ? 'min' : args.take('MAX') ? 'max' : undefined
  if (end === undefined) throw syntaxError
  let count = 0
  while (args.more) {
    if (count !== 0 || args.left < 2 || !args.take('COUNT')) throw syntaxError
    count = Number(args.integer(countNotPositive))
    if (count < 1) throw countNotPositive
  }
  return { keys, end, count: count === 0 ? 1 : count }
}

/** Nested in both protocols; null if there is nothing to take. */
function popFirst(c: Context, { keys, end, count }: Request): Reply {
  for (const key of keys) {
    const zset = c.write(key, ZSET)
    if (zset === undefined) continue
    const taken = take(c, key, zset, end, count)
    c.propagateAs(end === 'min' ? 'ZPOPMIN' : 'ZPOPMAX', key, String(taken.length))
    return [key, taken]
  }
  return null
}

const first = {
  group: 'sorted-set',
  since: '7.0.0',
  complexity: 'O(K)+O(M*log(N)), K being the number of keys, N of members and M of those taken',
  categories: ['sortedset'],
  propagates: 'rewritten',
  reply: '[key: string, members: [member: string, score: number][]] | null',
} as const

const WHERE = 'numkeys:integer key... {where: MIN | MAX} [COUNT count:integer]'

export const ZMPOP = command('zmpop', {
  ...first,
  summary: 'Take members with the least or the greatest scores from the first set that has any.',
  syntax: WHERE,
  arity: -4,
  flags: ['write'],
  keys: countedKeys(1, 1, 'RW', 'access', 'delete'),
  run: (c, args) => popFirst(c, parseRequest(args)) ?? NIL_ARRAY,
})

export const BZMPOP = command('bzmpop', {
  ...first,
  summary: 'As ZMPOP, waiting for a member if there is none.',
  syntax: `timeout:double ${WHERE}`,
  arity: -5,
  flags: ['write', 'blocking'],
  keys: countedKeys(2, 1, 'RW', 'access', 'delete'),
  run(c, args) {
    // The timeout comes first and is read last: of several errors the first one in this order counts.
    args.skip(1)
    const request = parseRequest(args)
    args.skip(1 - args.argv.length)
    const timeout = args.timeout()
    const block = { on: request.keys, type: ZSET, timeout, otherwise: NIL_ARRAY } as const
    return popFirst(c, request) ?? c.block(block)
  },
})

const waiting = {
  group: 'sorted-set',
  since: '5.0.0',
  complexity: 'O(log(N)), N being the number of members',
  syntax: 'key... timeout:double',
  arity: -3,
  flags: ['write', 'fast', 'blocking'],
  categories: ['sortedset'],
  keys: keys(1, -2, 1, 'RW', 'access', 'delete'),
  history: [['6.0.0', 'The `timeout` may have a fraction.']],
  propagates: 'rewritten',
  reply: '[key: string, member: string, score: number] | null',
} as const

export const BZPOPMIN = command('bzpopmin', {
  ...waiting,
  summary:
    'Take the member with the least score from the first set that has one, waiting if need be.',
  run: (c, args) => popOrWait(c, args, 'min'),
})

export const BZPOPMAX = command('bzpopmax', {
  ...waiting,
  summary:
    'Take the member with the greatest score from the first set that has one, waiting if need be.',
  run: (c, args) => popOrWait(c, args, 'max'),
})

/** A client that is woken up runs this again from the top. */
function popOrWait(c: Context, args: Args, end: End): Reply {
  const names = args.rest(1)
  const timeout = args.timeout()
  for (const name of names) {
    const zset = c.write(name, ZSET)
    if (zset === undefined) continue
    const [taken] = take(c, name, zset, end, 1)
    c.propagateAs(end === 'min' ? 'ZPOPMIN' : 'ZPOPMAX', name)
    return [name, ...(taken as Taken)]
  }
  return c.block({ on: names, type: ZSET, timeout, otherwise: NIL_ARRAY })
}
