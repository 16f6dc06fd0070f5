/**
 * SORT: the elements of a list, a set or a sorted set in another order, or what other keys hold for them.
 *
 * By itself it sorts elements as numbers. BY sorts by the values of keys whose names are made of the
 * elements; a pattern without an asterisk makes the same name of all, so nothing is sorted at all. GET
 * answers values of such keys in place of the elements.
 */
import type { Args } from '../core/args.ts'
import { command, type KeyPlace, key, unknownKeys } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { CommandError, scoreNotConvertible, syntaxError, wrongType } from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import type { Reply } from '../core/reply.ts'
import { Hash } from '../types/hash.ts'
import { List } from '../types/list.ts'
import { SetValue } from '../types/set.ts'
import { textOf } from '../types/string.ts'
import { STRING, typeOf, type ValueOf } from '../types/value.ts'
import { ZSet } from '../types/zset.ts'
import { parseNumeral } from '../util/float.ts'
import { sortPart } from '../util/partial-sort.ts'
import { readField } from './hash-field.ts'

// ---- Patterns ---------------------------------------------------------------------------------

/** What a pattern finds for an element; null if there is nothing. */
type Finder = (element: string) => string | null

/** The part of a word that C sees: up to a zero byte. */
function visible(text: string): string {
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}

const namesOneKey = (pattern: string): boolean => !visible(pattern).includes('*')

/**
 * `weight_*` is a string, `object_*->name` the field of a hash, `#` the element itself. Without an
 * asterisk there is nothing to be found.
 */
function finderOf(c: Context, pattern: string): Finder {
  const seen = visible(pattern)
  if (seen === '#') return (element) => element
  const star = seen.indexOf('*')
  if (star < 0) return () => null
  const before = pattern.slice(0, star)
  const arrow = seen.indexOf('->', star + 1)
  if (arrow < 0 || arrow + 2 === seen.length) {
    const after = pattern.slice(star + 1)
    return (element) => {
      const value = c.find(before + element + after)
      if (value === undefined || typeOf(value) !== STRING) return null
      return textOf(value as ValueOf[typeof STRING])
    }
  }
  const after = pattern.slice(star + 1, arrow)
  const field = pattern.slice(arrow + 2)
  return (element) => {
    const name = before + element + after
    const value = c.find(name)
    return value instanceof Hash ? readField(c, name, value, field) : null
  }
}

// ---- Arguments --------------------------------------------------------------------------------

interface Query {
  readonly key: string
  readonly by: string | null
  /** Nothing is sorted: a BY pattern was the same for all. */
  readonly unsorted: boolean
  readonly get: readonly string[]
  readonly alpha: boolean
  readonly descending: boolean
  readonly offset: number
  /** Negative for all. */
  readonly count: number
  readonly destination: string | null
}

/** BY and GET read keys that nobody can know beforehand: they are for those who may read every key. */
function checkReach(c: Context, args: Args, option: 'BY' | 'GET'): void {
  const { user } = c.client
  if (c.client.internal || user.unrestricted) return
  const sorting = c.engine.dispatcher.lookup(args.argv)
  if (sorting !== undefined && user.readsEverything(sorting, args.argv)) return
  throw new CommandError(`${option} option of SORT denied due to insufficient ACL permissions.`)
}

function parse(c: Context, args: Args, stores: boolean): Query {
  const key = args.next()
  const get: string[] = []
  let by: string | null = null
  let unsorted = false
  let alpha = false
  let descending = false
  let offset = 0
  let count = -1
  let destination: string | null = null
  while (args.more) {
    const { left } = args
    if (args.take('ASC')) descending = false
    else if (args.take('DESC')) descending = true
    else if (args.take('ALPHA')) alpha = true
    else if (left > 2 && args.take('LIMIT')) {
      offset = Number(args.integer())
      count = Number(args.integer())
    } else if (stores && left > 1 && args.take('STORE')) destination = args.next()
    else if (left > 1 && args.take('BY')) {
      by = args.next()
      if (namesOneKey(by)) unsorted = true
      else {
        c.engine.oneSlot.lookAtPattern(key, by)
        checkReach(c, args, 'BY')
      }
    } else if (left > 1 && args.take('GET')) {
      checkReach(c, args, 'GET')
      const pattern = args.next()
      if (pattern !== '#') c.engine.oneSlot.lookAtPattern(key, pattern)
      get.push(pattern)
    } else throw syntaxError
  }
  return { key, by, unsorted, get, alpha, descending, offset, count, destination }
}

// ---- Elements ---------------------------------------------------------------------------------

type Source = List | SetValue | ZSet

const sizeOf = (source: Source): number => (source instanceof List ? source.length : source.size)

/** Some elements as they stand, or from the last back. */
function slice(source: List | ZSet, from: number, to: number, backwards: boolean): string[] {
  const size = sizeOf(source)
  const [first, end] = backwards ? [size - to, size - from] : [from, to]
  if (source instanceof List) {
    const elements = source.items.range(first, end)
    return backwards ? elements.reverse() : elements
  }
  const elements: string[] = []
  const visit = (member: string): void => {
    elements.push(member)
  }
  if (backwards) source.walkBack(first, end, visit)
  else source.walk(first, end, visit)
  return elements
}

const all = (source: Source): string[] =>
  source instanceof SetValue ? source.members() : slice(source, 0, sizeOf(source), false)

/** An element and what it is sorted by. */
interface Item {
  readonly element: string
  readonly score: number
  /** Null for an element that the BY pattern finds nothing for: those come first. */
  readonly text: string | null
}

type Compare = (a: Item, b: Item) => number

const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const byScore: Compare = (a, b) => {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1
  return byBytes(a.element, b.element)
}

const byText: Compare = (a, b) => {
  if (a.text === null || b.text === null) return a.text === b.text ? 0 : a.text === null ? -1 : 1
  return byBytes(a.text, b.text)
}

/**
 * What the elements are sorted by. Words are compared as C compares them in its own locale, by their
 * bytes up to a zero; with STORE, whose outcome may not depend on a locale, by all their bytes.
 */
function weigh(elements: readonly string[], find: Finder | null, query: Query): Item[] {
  let failed = false
  const items = elements.map((element) => {
    const found = find === null ? element : find(element)
    if (query.alpha) {
      const text = found === null || query.destination !== null ? found : visible(found)
      return { element, score: 0, text }
    }
    const score = found === null ? 0 : parseNumeral(found)
    if (score === undefined) failed = true
    return { element, score: score ?? 0, text: null }
  })
  // Redis has asked for all of them by then, which can be seen in what has expired.
  if (failed) throw scoreNotConvertible
  return items
}

/** The elements from one place to below another in the order that was asked for. */
function select(c: Context, source: Source, query: Query, from: number, to: number): string[] {
  const { alpha, descending } = query
  const isSet = source instanceof SetValue
  if (query.unsorted && !isSet) return slice(source, from, to, descending)
  // The order of a set is nobody's business; what is stored, or what a script sees, must not depend on it.
  const forced = query.unsorted && (query.destination !== null || c.engine.dispatcher.script)
  if (query.unsorted && !forced) return all(source).slice(from, to)
  const by = forced ? null : query.by
  const find = by === null ? null : finderOf(c, by)
  const words = alpha || forced
  const items = weigh(all(source), find, { ...query, alpha: words })
  const ascending = words ? byText : byScore
  const compare: Compare = descending ? (a, b) => -ascending(a, b) : ascending
  // Equal ones are told apart only by this: which algorithm Redis takes.
  if (by !== null && (from !== 0 || to !== items.length)) sortPart(items, from, to - 1, compare)
  else items.sort(compare)
  return items.slice(from, to).map(({ element }) => element)
}

// ---- Commands ---------------------------------------------------------------------------------

const clamp = (n: number, least: number, most: number): number => Math.min(Math.max(n, least), most)

function sort(c: Context, args: Args, stores: boolean): Reply {
  const query = parse(c, args, stores)
  const source = c.find(query.key)
  if (
    source !== undefined &&
    !(source instanceof List || source instanceof SetValue || source instanceof ZSet)
  ) {
    throw wrongType
  }
  // In Redis sorting needs the dictionary of a large one, and OBJECT ENCODING tells.
  if (source instanceof ZSet) source.unpack()
  const size = source === undefined ? 0 : sizeOf(source)
  const from = clamp(query.offset, 0, size)
  const to = query.count < 0 ? size : Math.min(from + clamp(query.count, 0, size), size)
  const elements = source === undefined ? [] : select(c, source, query, from, to)
  const { get, destination } = query
  if (get.length === 0) return destination === null ? elements : store(c, destination, elements)
  const finders = get.map((pattern) => finderOf(c, pattern))
  const values = elements.flatMap((element) => finders.map((find) => find(element)))
  if (destination === null) return values
  return store(
    c,
    destination,
    values.map((value) => value ?? ''),
  )
}

function store(c: Context, destination: string, elements: readonly string[]): number {
  if (elements.length > 0) {
    const list = List.loaded()
    for (const element of elements) list.pushTail(element)
    c.put(destination, list)
    c.dirty += elements.length - 1
    c.changed(EVENTS.list, 'sortstore', destination)
  } else c.discard(destination)
  return elements.length
}

/** The key, and the last destination. */
function findKeys(argv: readonly string[]): KeyPlace[] {
  const found: KeyPlace[] = [[1, 'RO', 'access']]
  for (let i = 2; i < argv.length; i++) {
    const word = (argv[i] as string).toUpperCase()
    if (word === 'LIMIT') i += 2
    else if (word === 'GET' || word === 'BY') i++
    else if (word === 'STORE' && i + 1 < argv.length) found[1] = [i + 1, 'OW', 'update']
  }
  return found
}

const sorting = {
  group: 'generic',
  arity: -2,
  categories: ['set', 'sortedset', 'list', 'dangerous'],
  complexity:
    'O(N+M*log(M)), N being the elements and M those returned; O(N) where nothing is sorted',
} as const

const OPTIONS =
  'key [BY by-pattern:pattern#1] [LIMIT {limit: offset:integer count:integer}] ' +
  '[GET get-pattern:pattern#1...!] [order: ASC | DESC] [sorting=ALPHA]'

const VALUES = '(string | null)[]'

export const SORT = command('sort', {
  ...sorting,
  since: '1.0.0',
  summary: 'Read the elements of a list, a set or a sorted set in order, or store them in a list.',
  syntax: `${OPTIONS} [STORE destination:key#2]`,
  flags: ['write', 'denyoom'],
  keys: [key(1, 'RO', 'access'), unknownKeys('RO', 'access'), unknownKeys('OW', 'update')],
  findKeys,
  reply: `${VALUES} | number`,
  run: (c, args) => sort(c, args, true),
})

export const SORT_RO = command('sort_ro', {
  ...sorting,
  since: '7.0.0',
  summary: 'Read the elements of a list, a set or a sorted set in order.',
  syntax: OPTIONS,
  flags: ['readonly'],
  keys: [key(1, 'RO', 'access'), unknownKeys('RO', 'access')],
  findKeys: () => [1],
  reply: VALUES,
  run: (c, args) => sort(c, args, false),
})
