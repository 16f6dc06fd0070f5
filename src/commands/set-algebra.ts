/**
 * What several sets have in common, together or apart: members, number, or stored under a key.
 *
 * A key that is not there is an empty set. All keys are read, and their types checked, before
 * anything is computed; a result that is stored is a new set, so the destination may be a source.
 */
import type { Args } from '../core/args.ts'
import { command, countedKeys, key, keys } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { CommandError, limitNegative, numkeysNotPositive, syntaxError } from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import { type Reply, SetReply } from '../core/reply.ts'
import { CardinalityEstimate } from '../structs/cardinality-estimate.ts'
import { SetValue } from '../types/set.ts'
import { SET } from '../types/value.ts'

type Sets = readonly (SetValue | undefined)[]
/** Called with each member of a result; true is enough of it. */
type Visit = (member: string) => boolean

/** An intersection's cost; the two others walk over everything. */
const INTERSECTION = 'O(N*M), N being the size of the smallest set and M the number of sets'
const EVERYTHING = 'O(N), N being the number of members of all sets together'

// ---- Members ----------------------------------------------------------------------------------

const reading = {
  group: 'set',
  since: '1.0.0',
  syntax: 'key...',
  arity: -2,
  flags: ['readonly'],
  categories: ['set'],
  keys: keys(1, -1, 1, 'RO', 'access'),
  tips: ['nondeterministic_output_order'],
  reply: 'string[]',
} as const

export const SINTER = command('sinter', {
  ...reading,
  summary: 'Read the members that all of some sets have in common.',
  complexity: INTERSECTION,
  run: (c, args) => membersOf(intersect, readSets(c, args.rest())),
})

export const SUNION = command('sunion', {
  ...reading,
  summary: 'Read the members that at least one of some sets has.',
  complexity: EVERYTHING,
  run(c, args) {
    const sets = readSets(c, args.rest())
    const only = alone(sets)
    if (only !== null) return new SetReply(only.members())
    return new SetReply(uniteInto(emptyUnion(c, sets), sets).members())
  },
})

export const SDIFF = command('sdiff', {
  ...reading,
  summary: 'Read the members that the first of some sets has and no other.',
  complexity: EVERYTHING,
  run: (c, args) => membersOf(subtract, readSets(c, args.rest())),
})

/** Every set in turn; the wrong type of any is an error, even behind one that is not there. */
const readSets = (c: Context, names: readonly string[]): Sets =>
  names.map((name) => c.read(name, SET))

function membersOf(visitAll: (sets: Sets, visit: Visit) => void, sets: Sets): Reply {
  const members: string[] = []
  visitAll(sets, (member) => {
    members.push(member)
    return false
  })
  return new SetReply(members)
}

// ---- The three operations ---------------------------------------------------------------------

/** Visit what all sets have: the members of the smallest that every other has. */
function intersect(sets: Sets, visit: Visit): void {
  const present = sets.filter((set) => set !== undefined)
  if (present.length < sets.length) return
  const [smallest, ...others] = present.sort((a, b) => a.size - b.size) as [SetValue, ...SetValue[]]
  const rest = others.filter((set) => set !== smallest)
  const { size } = smallest
  for (let i = 0; i < size; i++) {
    const member = smallest.at(i)
    if (rest.every((set) => set.has(member)) && visit(member)) return
  }
}

/**
 * Visit what only the first set has, in one of two ways: look each of its members up in all other
 * sets, or take the members of all others out of a copy. The first does less where members are shared.
 */
function subtract(sets: Sets, visit: Visit): void {
  const [first, ...rest] = sets
  if (first === undefined) return
  const others = rest.filter((set) => set !== undefined)
  if (others.includes(first)) return
  const { size } = first
  const lookups = (size * (1 + others.length)) / 2
  const removals = others.reduce((sum, set) => sum + set.size, size)
  if (Math.trunc(lookups) <= removals) {
    // The larger a set, the likelier it has the member.
    others.sort((a, b) => b.size - a.size)
    for (let i = 0; i < size; i++) {
      const member = first.at(i)
      if (!others.some((set) => set.has(member)) && visit(member)) return
    }
    return
  }
  const left = first.copy()
  for (const set of others) {
    for (let i = 0; i < set.size && left.size > 0; i++) left.delete(set.at(i))
  }
  for (let i = 0; i < left.size; i++) if (visit(left.at(i))) return
}

/** The set that is all there is to unite, or null. */
function alone(sets: Sets): SetValue | null {
  const [first, ...others] = sets.filter((set) => set !== undefined)
  return first !== undefined && others.every((set) => set === first) ? first : null
}

/** A set to unite others in: for reading, one that need not change its layout on the way. */
function emptyUnion(c: Context, sets: Sets): SetValue {
  const integers = sets.every((set) => set === undefined || set.encoding === 'intset')
  return new SetValue(c.db.setLimits, integers ? 'intset' : 'hashtable')
}

function uniteInto(union: SetValue, sets: Sets): SetValue {
  for (const set of sets) {
    if (set === undefined) continue
    const { size } = set
    for (let i = 0; i < size; i++) union.adopt(set.at(i))
  }
  return union
}

// ---- Stored -----------------------------------------------------------------------------------

const storing = {
  group: 'set',
  since: '1.0.0',
  syntax: 'destination:key key...',
  arity: -3,
  flags: ['write', 'denyoom'],
  categories: ['set'],
  keys: [key(1, 'OW', 'update'), keys(2, -1, 1, 'RO', 'access')],
  reply: 'number',
} as const

export const SINTERSTORE = command('sinterstore', {
  ...storing,
  summary: 'Store the members that all of some sets have in common.',
  complexity: INTERSECTION,
  run: (c, args) =>
    store(c, args, 'sinterstore', (sets) => {
      const smallest = smallestOf(sets)
      if (smallest === undefined) return null
      const layout = smallest.encoding === 'intset' ? 'intset' : 'listpack'
      const result = new SetValue(c.db.setLimits, layout)
      intersect(sets, (member) => {
        result.adopt(member)
        return false
      })
      result.compact()
      return result
    }),
})

export const SUNIONSTORE = command('sunionstore', {
  ...storing,
  summary: 'Store the members that at least one of some sets has.',
  complexity: EVERYTHING,
  run: (c, args) =>
    store(c, args, 'sunionstore', (sets) => uniteInto(new SetValue(c.db.setLimits), sets)),
})

export const SDIFFSTORE = command('sdiffstore', {
  ...storing,
  summary: 'Store the members that the first of some sets has and no other.',
  complexity: EVERYTHING,
  run: (c, args) =>
    store(c, args, 'sdiffstore', (sets) => {
      const result = new SetValue(c.db.setLimits)
      subtract(sets, (member) => {
        result.adopt(member)
        return false
      })
      return result
    }),
})

/** Of several of the same size the first; none if a set is not there. */
function smallestOf(sets: Sets): SetValue | undefined {
  return sets.reduce((least, set) =>
    least === undefined || set === undefined ? undefined : set.size < least.size ? set : least,
  )
}

/** Store a result under the first key; one without members removes the key instead. */
function store(
  c: Context,
  args: Args,
  event: string,
  compute: (sets: Sets) => SetValue | null,
): Reply {
  const destination = args.next()
  const result = compute(readSets(c, args.rest()))
  if (result === null || result.size === 0) {
    c.discard(destination)
    return 0
  }
  c.put(destination, result)
  c.changed(EVENTS.set, event, destination)
  return result.size
}

// ---- Counted ----------------------------------------------------------------------------------

const counting = {
  group: 'set',
  arity: -3,
  flags: ['readonly'],
  categories: ['set'],
  keys: countedKeys(1, 1, 'RO', 'access'),
  reply: 'number',
} as const

export const SINTERCARD = command('sintercard', {
  ...counting,
  since: '7.0.0',
  summary: 'Count the members that all of some sets have in common.',
  complexity: INTERSECTION,
  syntax: 'numkeys:integer key... [LIMIT limit:integer]',
  run(c, args) {
    const { names, limit } = countingOptions(args, false)
    return count(intersect, readSets(c, names), limit)
  },
})

export const SDIFFCARD = command('sdiffcard', {
  ...counting,
  since: '8.10.0',
  summary: 'Count the members that the first of some sets has and no other.',
  complexity: EVERYTHING,
  syntax: 'numkeys:integer key... [LIMIT limit:integer]',
  run(c, args) {
    const { names, limit } = countingOptions(args, false)
    return count(subtract, readSets(c, names), limit)
  },
})

export const SUNIONCARD = command('sunioncard', {
  ...counting,
  since: '8.10.0',
  summary: 'Count the members that at least one of some sets has, or estimate their number.',
  complexity: EVERYTHING,
  syntax: 'numkeys:integer key... [APPROX] [LIMIT limit:integer]',
  run(c, args) {
    const { names, limit, approximate } = countingOptions(args, true)
    const sets = readSets(c, names)
    const size = approximate ? estimateUnion(sets) : countUnion(c, sets, limit)
    return limit === 0 ? size : Math.min(size, limit)
  },
})

const tooManyKeys = new CommandError("Number of keys can't be greater than number of args")

interface CountingOptions {
  names: readonly string[]
  /** 0 is none. */
  limit: number
  approximate: boolean
}

function countingOptions(args: Args, canEstimate: boolean): CountingOptions {
  const numkeys = Number(args.integer(numkeysNotPositive))
  if (numkeys < 1) throw numkeysNotPositive
  if (numkeys > args.left) throw tooManyKeys
  const names = args.rest(args.left - numkeys)
  let limit = 0
  let approximate = false
  while (args.more) {
    if (args.left > 1 && args.take('LIMIT')) {
      limit = Number(args.integer(limitNegative))
      if (limit < 0) throw limitNegative
    } else if (canEstimate && args.take('APPROX')) approximate = true
    else throw syntaxError
  }
  return { names, limit, approximate }
}

function count(visitAll: (sets: Sets, visit: Visit) => void, sets: Sets, limit: number): number {
  let found = 0
  visitAll(sets, () => ++found === limit)
  return found
}

/** Only what the largest set does not have needs to be remembered. */
function countUnion(c: Context, sets: Sets, limit: number): number {
  const [largest, ...others] = [...new Set(sets)]
    .filter((set): set is SetValue => set !== undefined)
    .sort((a, b) => b.size - a.size)
  if (largest === undefined) return 0
  const most = limit === 0 ? Number.POSITIVE_INFINITY : limit
  const more = new SetValue(c.db.setLimits, 'hashtable')
  for (const set of others) {
    const { size } = set
    for (let i = 0; i < size; i++) {
      if (largest.size + more.size >= most) return most
      const member = set.at(i)
      if (!largest.has(member)) more.adopt(member)
    }
  }
  return largest.size + more.size
}

/** Without remembering members: 16 KB, whatever the size of the union. */
function estimateUnion(sets: Sets): number {
  const estimate = new CardinalityEstimate()
  for (const set of new Set(sets)) {
    set?.forEach((member) => {
      estimate.add(member)
    })
  }
  return estimate.count()
}
