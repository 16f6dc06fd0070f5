/**
 * Lists: pushing and popping at both ends, reading, and waiting for an element.
 *
 * What changes them elsewhere is in `list-edit.ts`, what takes from one of several lists or moves
 * from one to another in `list-move.ts`.
 */
import type { Args } from '../core/args.ts'
import { command, key, keys } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { mustBePositive, notAnInteger, wrongArity } from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import { NIL_ARRAY, type Reply } from '../core/reply.ts'
import { List } from '../types/list.ts'
import { LIST } from '../types/value.ts'
import { parseInteger } from '../util/integer.ts'
import { type End, listLimit, popFrom } from './list-ends.ts'

// ---- Pushing ----------------------------------------------------------------------------------

const pushing = {
  group: 'list',
  complexity: 'O(N), N being the number of elements pushed',
  syntax: 'key element...',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['list'],
  keys: key(1, 'RW', 'insert'),
  reply: 'number',
} as const

export const LPUSH = command('lpush', {
  ...pushing,
  since: '1.0.0',
  summary: 'Put elements before the first of a list, one after the other.',
  history: [['2.4.0', 'More than one `element`.']],
  run: (c, args) => push(c, args, 'head', false),
})

export const RPUSH = command('rpush', {
  ...pushing,
  since: '1.0.0',
  summary: 'Put elements behind the last of a list.',
  history: [['2.4.0', 'More than one `element`.']],
  run: (c, args) => push(c, args, 'tail', false),
})

export const LPUSHX = command('lpushx', {
  ...pushing,
  since: '2.2.0',
  summary: 'Put elements before the first of a list that exists.',
  history: [['4.0.0', 'More than one `element`.']],
  run: (c, args) => push(c, args, 'head', true),
})

export const RPUSHX = command('rpushx', {
  ...pushing,
  since: '2.2.0',
  summary: 'Put elements behind the last of a list that exists.',
  history: [['4.0.0', 'More than one `element`.']],
  run: (c, args) => push(c, args, 'tail', true),
})

function push(c: Context, args: Args, end: End, mustExist: boolean): Reply {
  const key = args.next()
  let list = c.write(key, LIST)
  if (list === undefined) {
    if (mustExist) return 0
    list = new List()
    c.insert(key, list)
  }
  c.dirty += args.left - 1
  list.grow(listLimit(c), args.left, bytesOf(args))
  while (args.more) {
    if (end === 'head') list.pushHead(args.next())
    else list.pushTail(args.next())
  }
  c.changed(EVENTS.list, end === 'head' ? 'lpush' : 'rpush', key)
  c.engine.blocking.signalMore(c.db.index, key)
  return list.length
}

/** The bytes of all elements that are about to be pushed. */
function bytesOf({ argv }: Args): number {
  let bytes = 0
  for (let i = 2; i < argv.length; i++) bytes += (argv[i] as string).length
  return bytes
}

// ---- Popping ----------------------------------------------------------------------------------

const popping = {
  group: 'list',
  since: '1.0.0',
  complexity: 'O(N), N being the number of elements returned',
  syntax: 'key [count:integer]@6.2.0',
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['list'],
  keys: key(1, 'RW', 'access', 'delete'),
  history: [['6.2.0', 'The argument `count`.']],
  reply: 'string | string[] | null',
} as const

export const LPOP = command('lpop', {
  ...popping,
  summary: 'Take the first element of a list, or several.',
  run: (c, args) => popSome(c, args, 'head'),
})

export const RPOP = command('rpop', {
  ...popping,
  summary: 'Take the last element of a list, or several.',
  run: (c, args) => popSome(c, args, 'tail'),
})

function popSome(c: Context, args: Args, end: End): Reply {
  const key = args.next()
  if (args.left > 1) throw wrongArity(end === 'head' ? 'lpop' : 'rpop')
  if (!args.more) {
    const list = c.write(key, LIST)
    return list === undefined ? null : (popFrom(c, key, list, end, 1)[0] as string)
  }
  const count = args.integer(mustBePositive)
  if (count < 0) throw mustBePositive
  const list = c.write(key, LIST)
  if (list === undefined) return NIL_ARRAY
  return count === 0 ? [] : popFrom(c, key, list, end, Number(count))
}

const waiting = {
  group: 'list',
  since: '2.0.0',
  complexity: 'O(N), N being the number of keys',
  syntax: 'key... timeout:double',
  arity: -3,
  flags: ['write', 'blocking'],
  categories: ['list'],
  keys: keys(1, -2, 1, 'RW', 'access', 'delete'),
  history: [['6.0.0', 'The `timeout` may have a fraction.']],
  propagates: 'rewritten',
  reply: '[key: string, element: string] | null',
} as const

export const BLPOP = command('blpop', {
  ...waiting,
  summary: 'Take the first element of the first list that has one, waiting for it if need be.',
  run: (c, args) => popOrWait(c, args, 'head'),
})

export const BRPOP = command('brpop', {
  ...waiting,
  summary: 'Take the last element of the first list that has one, waiting for it if need be.',
  run: (c, args) => popOrWait(c, args, 'tail'),
})

/**
 * A client that is woken up takes no path of its own: when one of its keys is ready, this function
 * runs again from the top and finds the element. The engine keeps the first deadline.
 */
function popOrWait(c: Context, args: Args, end: End): Reply {
  const names = args.rest(1)
  const timeout = args.timeout()
  for (const name of names) {
    const list = c.write(name, LIST)
    if (list === undefined) continue
    const element = popFrom(c, name, list, end, 1)[0] as string
    c.propagateAs(end === 'head' ? 'LPOP' : 'RPOP', name)
    return [name, element]
  }
  return c.block({ on: names, type: LIST, timeout, otherwise: NIL_ARRAY })
}

// ---- Reading ----------------------------------------------------------------------------------

export const LLEN = command('llen', {
  group: 'list',
  since: '1.0.0',
  summary: 'Count the elements of a list.',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['list'],
  keys: key(1, 'RO'),
  reply: 'number',
  run: (c, args) => c.read(args.next(), LIST)?.length ?? 0,
})

export const LINDEX = command('lindex', {
  group: 'list',
  since: '1.0.0',
  summary: 'Read one element of a list; -1 is the last.',
  complexity: 'O(N), N being the number of chunks to walk over; O(1) at both ends',
  syntax: 'key index:integer',
  arity: 3,
  flags: ['readonly'],
  categories: ['list'],
  keys: key(1, 'RO', 'access'),
  reply: 'string | null',
  run(c, args) {
    const list = c.read(args.next(), LIST)
    // Redis reads the index only now: for a missing key a bad one is no error.
    if (list === undefined) return null
    const n = parseInteger(args.next())
    if (n === undefined) throw notAnInteger
    const index = Number(n)
    return list.items.at(index < 0 ? index + list.length : index) ?? null
  },
})

export const LRANGE = command('lrange', {
  group: 'list',
  since: '1.0.0',
  summary: 'Read the elements of a list from one index to another, both included.',
  complexity: 'O(S+N), S being the distance from the nearer end, N the number of elements returned',
  syntax: 'key start:integer stop:integer',
  arity: 4,
  flags: ['readonly'],
  categories: ['list'],
  keys: key(1, 'RO', 'access'),
  reply: 'string[]',
  run(c, args) {
    const key = args.next()
    let start = Number(args.integer())
    let stop = Number(args.integer())
    const list = c.read(key, LIST)
    if (list === undefined) return []
    if (start < 0) start += list.length
    if (stop < 0) stop += list.length
    return list.items.range(start, stop + 1)
  },
})
