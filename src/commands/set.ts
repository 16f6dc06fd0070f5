/**
 * Sets: adding, removing, asking, drawing at random and walking. What is made of several sets stands in
 * `set-algebra.ts`.
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  mustBePositive,
  notAnInteger,
  notNegatable,
  noValuesOutsideHscan,
  syntaxError,
} from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import { type Reply, SetReply } from '../core/reply.ts'
import { SetValue } from '../types/set.ts'
import { SET } from '../types/value.ts'
import { MIN_INT64 } from '../util/integer.ts'
import { cursorOf, matches } from './cursor.ts'
import { distinct, MOST_DRAWS, tooManyDraws } from './draw.ts'

// ---- Adding and removing ----------------------------------------------------------------------

export const SADD = command('sadd', {
  group: 'set',
  since: '1.0.0',
  summary: 'Add members to a set, which is created if there is none.',
  complexity: 'O(N), N being the number of members given',
  syntax: 'key member...',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['set'],
  keys: key(1, 'RW', 'insert'),
  history: [['2.4.0', 'More than one `member`.']],
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const count = args.left
    let set = c.write(key, SET)
    if (set === undefined) {
      set = SetValue.for(c.db.setLimits, args.peek() as string, count)
      c.insert(key, set)
    } else set.expect(count)
    let added = 0
    while (args.more) if (set.add(args.next())) added++
    if (added === 0) return 0
    c.dirty += added - 1
    c.changed(EVENTS.set, 'sadd', key)
    return added
  },
})

export const SREM = command('srem', {
  group: 'set',
  since: '1.0.0',
  summary: 'Remove members from a set, and the key with the last of them.',
  complexity: 'O(N), N being the number of members given',
  syntax: 'key member...',
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['set'],
  keys: key(1, 'RW', 'delete'),
  history: [['2.4.0', 'More than one `member`.']],
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const set = c.write(key, SET)
    if (set === undefined) return 0
    let removed = 0
    while (args.more && set.size > 0) if (set.delete(args.next())) removed++
    if (removed === 0) return 0
    c.dirty += removed - 1
    c.changed(EVENTS.set, 'srem', key)
    dropIfEmpty(c, key, set)
    return removed
  },
})

/** No key holds an empty set. */
function dropIfEmpty(c: Context, key: string, set: SetValue): void {
  if (set.size > 0) return
  c.remove(key)
  c.notify(EVENTS.generic, 'del', key)
}

export const SMOVE = command('smove', {
  group: 'set',
  since: '1.0.0',
  summary: 'Take a member out of one set and put it into another.',
  complexity: 'O(1)',
  syntax: 'source:key destination:key member',
  arity: 4,
  flags: ['write', 'fast'],
  categories: ['set'],
  keys: [key(1, 'RW', 'access', 'delete'), key(2, 'RW', 'insert')],
  reply: 'number',
  run(c, args) {
    const source = args.next()
    const destination = args.next()
    const member = args.next()
    const from = c.write(source, SET)
    if (from === undefined) {
      // Looked up all the same: its time may be over.
      c.exists(destination)
      return 0
    }
    let to = c.write(destination, SET)
    if (to === from) return from.has(member) ? 1 : 0
    if (!from.delete(member)) return 0
    c.changed(EVENTS.set, 'srem', source)
    dropIfEmpty(c, source, from)
    if (to === undefined) {
      to = SetValue.for(c.db.setLimits, member, 1)
      c.insert(destination, to)
    }
    if (to.add(member)) c.changed(EVENTS.set, 'sadd', destination)
    return 1
  },
})

// ---- Asking -----------------------------------------------------------------------------------

export const SCARD = command('scard', {
  group: 'set',
  since: '1.0.0',
  summary: 'Count the members of a set.',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['set'],
  keys: key(1, 'RO'),
  reply: 'number',
  run: (c, args) => c.read(args.next(), SET)?.size ?? 0,
})

export const SISMEMBER = command('sismember', {
  group: 'set',
  since: '1.0.0',
  summary: 'Tell whether something is a member of a set.',
  complexity: 'O(1)',
  syntax: 'key member',
  arity: 3,
  flags: ['readonly', 'fast'],
  categories: ['set'],
  keys: key(1, 'RO'),
  reply: 'number',
  run: (c, args) => (c.read(args.next(), SET)?.has(args.next()) ? 1 : 0),
})

export const SMISMEMBER = command('smismember', {
  group: 'set',
  since: '6.2.0',
  summary: 'Tell of several things whether they are members of a set.',
  complexity: 'O(N), N being the number of members asked about',
  syntax: 'key member...',
  arity: -3,
  flags: ['readonly', 'fast'],
  categories: ['set'],
  keys: key(1, 'RO', 'access'),
  reply: 'number[]',
  run(c, args) {
    const set = c.read(args.next(), SET)
    return args.rest().map((member) => (set?.has(member) ? 1 : 0))
  },
})

export const SMEMBERS = command('smembers', {
  group: 'set',
  since: '1.0.0',
  summary: 'Read all members of a set.',
  complexity: 'O(N), N being the size of the set',
  syntax: 'key',
  arity: 2,
  flags: ['readonly'],
  categories: ['set'],
  keys: key(1, 'RO', 'access'),
  tips: ['nondeterministic_output_order'],
  reply: 'string[]',
  run: (c, args) => new SetReply(c.read(args.next(), SET)?.members() ?? []),
})

// ---- Drawing ----------------------------------------------------------------------------------

/** Members in one SREM, where many are propagated. */
const BATCH = 1024
/** When so many times what is to stay is less than what is to go, what stays is drawn instead. */
const STAY = 5

export const SPOP = command('spop', {
  group: 'set',
  since: '1.0.0',
  summary: 'Take members out of a set, drawn at random.',
  complexity: 'O(N), N being the number of members returned',
  syntax: 'key [count:integer]@3.2.0',
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['set'],
  keys: key(1, 'RW', 'access', 'delete'),
  tips: ['nondeterministic_output'],
  history: [['3.2.0', 'The argument `count`.']],
  propagates: 'rewritten',
  reply: 'string | string[] | null',
  run(c, args) {
    const key = args.next()
    if (args.left > 1) throw syntaxError
    if (args.more) return popSeveral(c, key, args)
    const set = c.write(key, SET)
    if (set === undefined) return null
    const member = set.take(c.random(set.size))
    c.changed(EVENTS.set, 'spop', key)
    // The draw was random; the replicas are told what it came to.
    c.propagateAs('SREM', key, member)
    dropIfEmpty(c, key, set)
    return member
  },
})

function popSeveral(c: Context, key: string, args: Args): Reply {
  const count = Number(args.integer(mustBePositive))
  if (count < 0) throw mustBePositive
  const set = c.write(key, SET)
  if (set === undefined || count === 0) return new SetReply([])
  if (count >= set.size) {
    const members = set.members()
    c.dirty += members.length - 1
    c.changed(EVENTS.set, 'spop', key)
    c.remove(key)
    c.notify(EVENTS.generic, 'del', key)
    c.propagateDeletion(key, 'lazyfree-lazy-server-del')
    return new SetReply(members)
  }
  const members =
    (set.size - count) * STAY > count ? drawOut(c, set, count) : leave(c, key, set, count)
  c.dirty += count - 1
  c.changed(EVENTS.set, 'spop', key)
  if (c.propagating) {
    for (let i = 0; i < count; i += BATCH) {
      c.propagateAs('SREM', key, ...members.slice(i, i + BATCH))
    }
  }
  return new SetReply(members)
}

function drawOut(c: Context, set: SetValue, count: number): string[] {
  const members: string[] = []
  while (members.length < count) members.push(set.take(c.random(set.size)))
  return members
}

/**
 * Nearly all go: draw those that stay and put them into a set of their own. What is left of the old
 * one is the reply. This is the one way in which a set comes back to a small layout.
 */
function leave(c: Context, key: string, set: SetValue, count: number): string[] {
  const rest = new SetValue(c.db.setLimits, set.encoding === 'intset' ? 'intset' : 'listpack')
  while (set.size > count) rest.adopt(set.take(c.random(set.size)))
  c.replace(key, rest)
  return set.members()
}

export const SRANDMEMBER = command('srandmember', {
  group: 'set',
  since: '1.0.0',
  summary: 'Read members of a set, drawn at random; a negative count lets them come again.',
  complexity: 'O(N), N being the absolute value of the count',
  syntax: 'key [count:integer]@2.6.0',
  arity: -2,
  flags: ['readonly'],
  categories: ['set'],
  keys: key(1, 'RO', 'access'),
  tips: ['nondeterministic_output'],
  history: [['2.6.0', 'The argument `count`.']],
  reply: 'string | string[] | null',
  run(c, args) {
    const key = args.next()
    if (args.left > 1) throw syntaxError
    if (!args.more) {
      const set = c.read(key, SET)
      return set === undefined ? null : set.at(c.random(set.size))
    }
    const given = args.integer()
    if (given === MIN_INT64) throw notNegatable
    const set = c.read(key, SET)
    if (set === undefined) return []
    const count = Number(given)
    return count < 0 ? drawAgain(c, set, -count) : drawDistinct(c, set, count)
  },
})

function drawAgain(c: Context, set: SetValue, count: number): string[] {
  if (count > MOST_DRAWS) throw tooManyDraws(c)
  const members: string[] = []
  for (let i = 0; i < count; i++) members.push(set.at(c.random(set.size)))
  return members
}

function drawDistinct(c: Context, set: SetValue, count: number): string[] {
  const { size } = set
  if (count >= size) return set.members()
  const places = distinct(c, count, size)
  return places.map((place) => set.at(place))
}

// ---- Walking ----------------------------------------------------------------------------------

export const SSCAN = command('sscan', {
  group: 'set',
  since: '2.8.0',
  summary: 'Walk through the members of a set, some at each call.',
  complexity: 'O(1) a call; a whole walk is O(N) in the size of the set',
  syntax: 'key cursor:integer [MATCH pattern] [COUNT count:integer]',
  arity: -3,
  flags: ['readonly'],
  categories: ['set'],
  keys: key(1, 'RO', 'access'),
  tips: ['nondeterministic_output'],
  reply: '[cursor: string, members: string[]]',
  run(c, args) {
    const key = args.next()
    const cursor = cursorOf(args.next())
    const set = c.read(key, SET)
    // Redis reads the options only now: for a missing key bad ones are no error.
    if (set === undefined) return ['0', []]
    let pattern = '*'
    let count = 10
    while (args.more) {
      if (args.left > 1 && args.take('MATCH')) pattern = args.next()
      else if (args.left > 1 && args.take('COUNT')) {
        const n = args.integer(notAnInteger)
        if (n < 1) throw syntaxError
        count = Number(n)
      } else throw args.take('NOVALUES') ? noValuesOutsideHscan : syntaxError
    }
    const found: string[] = []
    const next = set.scan(cursor, count, (member) => {
      if (matches(pattern, member)) found.push(member)
    })
    return [String(next), found]
  },
})
