/**
 * Vector sets: adding and removing elements, and asking what is there. The search has a file of its own.
 *
 * In Redis these commands are those of a module. So they are in no ACL category, are listed in capitals,
 * say of their keys what modules say by default, and fire no events of their own.
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  countNotAnInteger,
  dimensionMismatch,
  invalidArgumentOf,
  invalidCountValue,
  invalidOption,
  invalidOptionAfterElement,
  invalidRangeEnd,
  invalidRangeStart,
  invalidVector,
  linksMismatch,
  misplacedRangeEnds,
  noProjection,
  noSuchKeyAtAll,
  outOfRange,
  quantizationMismatch,
  vectorSetResources,
  wrongArity,
} from '../core/errors.ts'
import { Bool, Double, MapReply, NIL_ARRAY, type Reply, Status } from '../core/reply.ts'
import type { Precision } from '../structs/vectors.ts'
import { VECTOR_SET } from '../types/value.ts'
import { DEFAULT_LINKS, VectorSet } from '../types/vector-set.ts'
import { fromBytes } from '../util/bytes.ts'
import { parseInteger } from '../util/integer.ts'
import { distinct, MOST_DRAWS } from './draw.ts'
import { integerFrom, parseReduction, parseVector, project } from './vector-argument.ts'

const ofModule = {
  group: 'module',
  module: 'vectorset',
  since: '8.0.0',
  keys: key(1, 'RW', 'access', 'update'),
} as const

const YES = new Bool(true)
const NO = new Bool(false)

// ---- Adding and removing ----------------------------------------------------------------------

const DEFAULT_EFFORT = 200
const MOST_EFFORT = 1_000_000
const LEAST_LINKS = 4
const MOST_LINKS = 4096
/** Entries of the matrix that reduces: files have all of them, half a gigabyte. */
const MOST_ENTRIES = 1 << 27

/** For editing. As in Redis, whoever watches the key hears of it, whatever comes of it. */
function open(c: Context, key: string): VectorSet | undefined {
  c.engine.keyChanged(c.db, key, c.client)
  return c.write(key, VECTOR_SET)
}

export const VADD = command('vadd', {
  ...ofModule,
  summary: 'Add an element with its vector to a vector set, or give an element another vector.',
  complexity: 'O(log(N)), N being the number of elements',
  syntax:
    'key [REDUCE {reduce: dim:integer}] {format: FP32 | VALUES} vector element [CAS] ' +
    '[quant_type: NOQUANT | BIN | Q8] [EF build-exploration-factor:integer] ' +
    '[SETATTR attributes] [M numlinks:integer]',
  arity: -5,
  flags: ['write', 'denyoom', 'module'],
  reply: 'boolean',
  run(c, args) {
    const key = args.next()
    const reduced = parseReduction(args)
    const components = parseVector(args)
    if (reduced > components.length) throw invalidVector
    if (!args.more) throw wrongArity(VADD.fullName)
    const element = args.next()
    const { precision, effort, links, attribute } = parseOptions(args)

    let set = open(c, key)
    const isNew = set === undefined
    if (set === undefined) set = create(c, components.length, reduced, precision, links)
    else check(set, components.length, reduced, precision, links)
    const vector = set.shape.inputDimension === 0 ? components : project(set, components)
    if (isNew) c.insert(key, set)
    const added = set.put(element, vector, attribute, effort, (below) => c.random(below))
    c.dirty++
    return added ? YES : NO
  },
})

interface AddOptions {
  readonly precision: Precision
  readonly effort: number
  readonly links: number
  readonly attribute: string | null
}

function parseOptions(args: Args): AddOptions {
  let precision: Precision = 'int8'
  let effort = DEFAULT_EFFORT
  let links = DEFAULT_LINKS
  let attribute: string | null = null
  while (args.more) {
    // It is a hint to search in the background, which is not the way of this engine.
    if (args.take('CAS')) continue
    if (args.take('NOQUANT')) precision = 'f32'
    else if (args.take('BIN')) precision = 'bin'
    else if (args.take('Q8')) precision = 'int8'
    else if (args.left > 1 && args.take('EF')) {
      effort = integerFrom(args, 1, MOST_EFFORT, invalidArgumentOf('EF'))
    } else if (args.left > 1 && args.take('M')) {
      links = integerFrom(args, LEAST_LINKS, MOST_LINKS, invalidArgumentOf('M'))
    } else if (args.left > 1 && args.take('SETATTR')) attribute = args.next()
    else throw invalidOptionAfterElement
  }
  return { precision, effort, links, attribute }
}

function create(
  c: Context,
  given: number,
  reduced: number,
  precision: Precision,
  links: number,
): VectorSet {
  if (reduced * given > MOST_ENTRIES) throw vectorSetResources
  const dimension = reduced === 0 ? given : reduced
  const inputDimension = reduced === 0 ? 0 : given
  return new VectorSet(c.db.vectorSets, {
    precision,
    dimension,
    links,
    inputDimension,
    matrix: null,
  })
}

/** Whether an element can be added to a set that is there. */
function check(
  { shape }: VectorSet,
  given: number,
  reduced: number,
  precision: Precision,
  links: number,
): void {
  if (shape.precision !== precision) throw quantizationMismatch
  if (shape.links !== links) throw linksMismatch
  const dimension = shape.inputDimension === 0 ? given : reduced
  if (shape.dimension !== dimension) throw dimensionMismatch(given, shape.dimension)
  if (reduced !== 0 && shape.inputDimension === 0) throw noProjection
}

export const VREM = command('vrem', {
  ...ofModule,
  summary: 'Remove an element from a vector set, and the key with the last of them.',
  complexity: 'O(log(N)), N being the number of elements',
  syntax: 'key element',
  arity: 3,
  flags: ['write', 'module'],
  reply: 'boolean',
  run(c, args) {
    const key = args.next()
    const set = open(c, key)
    if (set === undefined || !set.remove(args.next())) return NO
    if (set.size === 0) c.remove(key)
    c.dirty++
    return YES
  },
})

export const VSETATTR = command('vsetattr', {
  ...ofModule,
  summary: 'Set the attribute of an element, in JSON; an empty one is none.',
  complexity: 'O(1)',
  syntax: 'key element json',
  arity: 4,
  flags: ['write', 'module', 'fast'],
  reply: 'boolean',
  run(c, args) {
    const key = args.next()
    const set = open(c, key)
    const slot = set?.find(args.next()) ?? 0
    if (set === undefined || slot === 0) return NO
    const attribute = args.next()
    set.setAttribute(slot, attribute === '' ? null : attribute)
    c.dirty++
    return YES
  },
})

// ---- Asking -----------------------------------------------------------------------------------

export const VCARD = command('vcard', {
  ...ofModule,
  summary: 'Count the elements of a vector set.',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'module', 'fast'],
  reply: 'number',
  run: (c, args) => c.read(args.next(), VECTOR_SET)?.size ?? 0,
})

export const VDIM = command('vdim', {
  ...ofModule,
  summary: 'Tell how many components the vectors of a vector set have.',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'module', 'fast'],
  reply: 'number',
  run(c, args) {
    const set = c.read(args.next(), VECTOR_SET)
    if (set === undefined) throw noSuchKeyAtAll
    return set.shape.dimension
  },
})

export const VISMEMBER = command('vismember', {
  ...ofModule,
  since: '8.2.0',
  summary: 'Tell whether an element is in a vector set.',
  complexity: 'O(1)',
  syntax: 'key element',
  arity: 3,
  flags: ['readonly', 'module'],
  reply: 'boolean',
  run(c, args) {
    const set = c.read(args.next(), VECTOR_SET)
    return set !== undefined && set.find(args.next()) !== 0 ? YES : NO
  },
})

export const VGETATTR = command('vgetattr', {
  ...ofModule,
  summary: 'Read the attribute of an element.',
  complexity: 'O(1)',
  syntax: 'key element',
  arity: 3,
  flags: ['readonly', 'module', 'fast'],
  reply: 'string | null',
  run(c, args) {
    const set = c.read(args.next(), VECTOR_SET)
    const slot = set?.find(args.next()) ?? 0
    return set === undefined || slot === 0 ? null : set.attributeOf(slot)
  },
})

const PRECISION_NAMES: Readonly<Record<Precision, Status>> = {
  f32: new Status('f32'),
  int8: new Status('int8'),
  bin: new Status('bin'),
}

export const VEMB = command('vemb', {
  ...ofModule,
  summary: 'Read the vector of an element, about as it was given or as it is stored.',
  complexity: 'O(D), D being the number of components',
  syntax: 'key element [RAW]',
  arity: -3,
  flags: ['readonly', 'module', 'fast'],
  reply: 'unknown[] | null',
  run(c, args) {
    const key = args.next()
    const element = args.next()
    let raw = false
    while (args.more) {
      if (!args.take('RAW')) throw invalidOption
      raw = true
    }
    const set = c.read(key, VECTOR_SET)
    const slot = set?.find(element) ?? 0
    if (set === undefined || slot === 0) return null
    if (raw) return rawVector(set, slot)
    return Array.from(set.vectorOf(slot), (component) => new Double(component))
  },
})

function rawVector(set: VectorSet, slot: number): Reply[] {
  const { precision } = set.shape
  const length = new Double(set.lengthOf(slot))
  const reply: Reply[] = [PRECISION_NAMES[precision], fromBytes(set.stored(slot)), length]
  if (precision === 'int8') reply.push(new Double(set.vectors.rangeOf(slot)))
  return reply
}

export const VINFO = command('vinfo', {
  ...ofModule,
  summary: 'Describe a vector set and its graph.',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'module', 'fast'],
  reply: 'Record<string, string | number> | null',
  run(c, args) {
    const set = c.read(args.next(), VECTOR_SET)
    if (set === undefined) return NIL_ARRAY
    const { shape } = set
    const facts: readonly (readonly [name: string, value: Reply])[] = [
      ['quant-type', PRECISION_NAMES[shape.precision]],
      ['hnsw-m', shape.links],
      ['vector-dim', shape.dimension],
      ['projection-input-dim', shape.inputDimension],
      ['size', set.size],
      ['max-level', set.graph.top],
      ['attributes-count', set.attributed],
      ['vset-uid', set.uid],
      ['hnsw-max-node-uid', set.lastNumber],
    ]
    return new MapReply(facts.flatMap(([name, value]) => [new Status(name), value]))
  },
})

export const VLINKS = command('vlinks', {
  ...ofModule,
  summary: 'List the neighbours of an element in each level of the graph, the highest first.',
  complexity: 'O(1)',
  syntax: 'key element [WITHSCORES]',
  arity: -3,
  flags: ['readonly', 'module', 'fast'],
  reply: 'unknown[] | null',
  run(c, args) {
    const key = args.next()
    const element = args.next()
    const scores = args.take('WITHSCORES')
    if (args.more) throw wrongArity(VLINKS.fullName)
    const set = c.read(key, VECTOR_SET)
    const slot = set?.find(element) ?? 0
    if (set === undefined || slot === 0) return null
    const levels: Reply[] = []
    for (let level = set.graph.levelOf(slot); level >= 0; level--) {
      levels.push(neighbours(set, slot, level, scores))
    }
    return levels
  },
})

function neighbours(set: VectorSet, slot: number, level: number, scores: boolean): Reply {
  const items: Reply[] = []
  for (const other of set.graph.neighbours(slot, level)) {
    items.push(set.nameOf(other))
    if (scores) items.push(new Double(Math.fround(1 - set.distance(slot, other) / 2)))
  }
  return scores ? new MapReply(items) : items
}

// ---- Listing ----------------------------------------------------------------------------------

export const VRANDMEMBER = command('vrandmember', {
  ...ofModule,
  summary: 'Read elements, drawn at random; a negative count lets them come again.',
  complexity: 'O(N), N being the absolute value of the count',
  syntax: 'key [count:integer]',
  arity: -2,
  flags: ['readonly', 'module'],
  reply: 'string | string[] | null',
  run(c, args) {
    const key = args.next()
    if (args.left > 1) throw wrongArity(VRANDMEMBER.fullName)
    if (!args.more) {
      const set = c.read(key, VECTOR_SET)
      return set === undefined ? null : set.elementAt(c.random(set.size))
    }
    const given = parseInteger(args.next())
    if (given === undefined) throw countNotAnInteger
    const count = Number(given)
    if (count === 0) return []
    const set = c.read(key, VECTOR_SET)
    if (set === undefined) return []
    return count < 0 ? drawAgain(c, set, -count) : draw(c, set, count)
  },
})

function drawAgain(c: Context, set: VectorSet, count: number): string[] {
  if (count > MOST_DRAWS) throw outOfRange
  return Array.from({ length: count }, () => set.elementAt(c.random(set.size)))
}

const draw = (c: Context, set: VectorSet, count: number): string[] =>
  distinct(c, Math.min(count, set.size), set.size).map((place) => set.elementAt(place))

export const VRANGE = command('vrange', {
  ...ofModule,
  since: '8.4.0',
  summary: 'List elements in the order of their bytes, from one bound to another.',
  complexity: 'O(log(N)+M), N being the number of elements and M that of those listed',
  syntax: 'key start end [count:integer]',
  arity: -4,
  flags: ['readonly', 'module'],
  reply: 'string[]',
  run(c, args) {
    const key = args.next()
    const start = args.next()
    const end = args.next()
    if (args.left > 1) throw wrongArity(VRANGE.fullName)
    const count = args.more ? parseInteger(args.next()) : -1
    if (count === undefined) throw invalidCountValue
    if (!isBound(start)) throw invalidRangeStart
    if (!isBound(end)) throw invalidRangeEnd
    if (start === '+' || end === '-') throw misplacedRangeEnds
    const set = c.read(key, VECTOR_SET)
    if (set === undefined) return []
    const { ordered } = set
    const from = start === '-' ? 0 : ordered.belowMember(start.slice(1), start[0] === '(')
    const to = end === '+' ? set.size : ordered.belowMember(end.slice(1), end[0] === '[')
    const last = count < 0 ? to : Math.min(to, from + Number(count))
    const elements: string[] = []
    if (from < last) ordered.walk(from, last, (element) => elements.push(element))
    return elements
  },
})

/** `-`, `+`, `[a` or `(a`. */
const isBound = (text: string): boolean =>
  text === '-' || text === '+' || (text.length > 1 && (text[0] === '[' || text[0] === '('))
