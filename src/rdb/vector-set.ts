// biome-ignore-all lint/style/noNonNullAssertion: indices are those of lists that were just made.
/**
 * Vector sets in an RDB, as values of the module type `vectorset`.
 *
 *     dimension | elements | precision and links | what else there is
 *     [dimension before reduction | matrix]
 *     for each element, the newest first:
 *       name | [attribute] | vector as stored | how many numbers follow
 *       number | level and version
 *       for each level from 0 on: links | room | number of each neighbour … | longest link
 *       length and range of the vector
 *
 * The links are kept: to make a graph anew takes a thousand times as long as to read it. They come from
 * anyone, so they must lead to elements that are there, and back.
 */
import { MOST_LEVEL } from '../structs/hnsw.ts'
import type { Precision } from '../structs/vectors.ts'
import {
  DEFAULT_LINKS,
  MOST_DIMENSIONS,
  matrixBytes,
  matrixIn,
  VectorSet,
  type VectorSetShape,
} from '../types/vector-set.ts'
import { type Encoder, piece, pieces, type Reading, type Steps } from './codec.ts'
import { EmptyValue } from './errors.ts'
import { MODULE } from './format.ts'
import { type ModuleReader, type ModuleType, ModuleWriter } from './module.ts'

const NAME = 'vectorset'
/** Of the encoding as a whole. */
const VERSION = 0
/** Of the numbers of an element: since 1 they say which link is the longest. */
const ELEMENT_VERSION = 1
const PRECISIONS: readonly Precision[] = ['f32', 'int8', 'bin']

const HAS_MATRIX = 1
const HAS_ATTRIBUTES = 2

const MOST_LINKS = 4096
/** Redis reads no longer lists. */
const MOST_ROOM = 4 * MOST_LINKS
/** No element takes fewer bytes. */
const LEAST_ELEMENT = 16
/** Elements between two chances to stop. */
const STEP = 256

const floats = new Float32Array(1)
const words = new Uint32Array(floats.buffer)

function bitsOf(float: number): bigint {
  floats[0] = float
  return BigInt(words[0]!)
}

function floatOf(bits: bigint): number {
  words[0] = Number(bits & 0xffffffffn)
  return floats[0]!
}

// ---- Writing ----------------------------------------------------------------------------------

export const vectorSetEncoder: Encoder<VectorSet> = {
  form: () => MODULE,
  write: (to, set) => writeSet(new ModuleWriter(to, NAME, VERSION), set),
}

function* writeSet(to: ModuleWriter, set: VectorSet): Steps {
  const { shape, graph } = set
  to.unsigned(shape.dimension)
  to.unsigned(set.size)
  to.unsigned(PRECISIONS.indexOf(shape.precision) | (shape.links << 8))
  const reduces = shape.inputDimension !== 0
  to.unsigned((reduces ? HAS_MATRIX : 0) | (set.attributed > 0 ? HAS_ATTRIBUTES : 0))
  if (reduces) {
    to.unsigned(shape.inputDimension)
    to.blob(matrixBytes(shape))
  }
  let count = 0
  for (let slot = graph.newest; slot !== 0; slot = graph.older(slot)) {
    to.string(set.nameOf(slot))
    if (set.attributed > 0) to.string(set.attributeOf(slot) ?? '')
    to.blob(set.stored(slot))
    writeNumbers(to, set, slot)
    if (++count % STEP === 0) yield
  }
  to.end()
}

function writeNumbers(to: ModuleWriter, set: VectorSet, slot: number): void {
  const { graph } = set
  const level = graph.levelOf(slot)
  const lists = Array.from({ length: level + 1 }, (_, at) => graph.neighbours(slot, at))
  to.unsigned(3 + lists.reduce((sum, list) => sum + 3 + list.length, 0))
  to.unsigned(set.numberOf(slot))
  to.unsigned(level | (ELEMENT_VERSION << 24))
  lists.forEach((list, at) => {
    to.unsigned(list.length)
    to.unsigned(graph.capacity(slot, at))
    for (const other of list) to.unsigned(set.numberOf(other))
    const { index, distance } = graph.longest(slot, at)
    to.unsigned((bitsOf(distance) << 32n) | BigInt(index))
  })
  to.unsigned((bitsOf(set.vectors.rangeOf(slot)) << 32n) | bitsOf(set.lengthOf(slot)))
}

// ---- Reading ----------------------------------------------------------------------------------

/** An element whose neighbours are not known yet. */
interface Pending {
  readonly slot: number
  /** Their numbers, level by level. */
  readonly neighbours: readonly (readonly number[])[]
}

export const vectorSetType: ModuleType = {
  version: VERSION,
  *steps(from, _version, limits) {
    const { count, attributes, shape } = yield* piece(from.from, () => readShape(from))
    const set = new VectorSet(limits.vectorSets, shape)
    const pending: Pending[] = []
    const readNext = (): void => {
      pending.push(readElement(from, set, attributes))
    }
    yield* pieces(from.from, count, readNext, STEP)
    yield* link(from, set, pending)
    return set
  },
}

interface Head {
  readonly count: number
  readonly attributes: boolean
  readonly shape: VectorSetShape
}

function readShape(from: ModuleReader): Head {
  const dimension = whole(from, 1, MOST_DIMENSIONS)
  const count = from.length(LEAST_ELEMENT)
  if (count === 0) throw new EmptyValue('a vector set without elements')
  const config = whole(from, 0, 0xffffff)
  const flags = whole(from, 0, HAS_MATRIX | HAS_ATTRIBUTES)
  const precision = PRECISIONS[config & 255] ?? from.fail('a precision that is not known')
  const links = Math.min(config >> 8 || DEFAULT_LINKS, MOST_LINKS)
  const reduction = flags & HAS_MATRIX ? readMatrix(from, dimension) : NO_REDUCTION
  const attributes = (flags & HAS_ATTRIBUTES) !== 0
  return { count, attributes, shape: { precision, dimension, links, ...reduction } }
}

function whole(from: ModuleReader, least: number, most: number): number {
  const n = from.unsigned()
  return typeof n === 'number' && n >= least && n <= most ? n : from.fail('a number out of range')
}

const NO_REDUCTION = { inputDimension: 0, matrix: null }

function readMatrix(
  from: ModuleReader,
  dimension: number,
): Pick<VectorSetShape, 'inputDimension' | 'matrix'> {
  const inputDimension = whole(from, dimension, MOST_DIMENSIONS)
  const bytes = from.blob()
  if (bytes.length !== 4 * dimension * inputDimension) from.fail('a matrix of another size')
  return { inputDimension, matrix: matrixIn(bytes, dimension, inputDimension) }
}

function readElement(from: ModuleReader, set: VectorSet, attributes: boolean): Pending {
  const element = from.string()
  const attribute = attributes ? from.string() : ''
  const stored = from.blob()
  if (stored.length !== set.vectors.bytes) from.fail('a vector of another size')
  let left = from.length(2)
  const next = (most: number): number => {
    if (left-- <= 0) from.fail('an element with too few numbers')
    return whole(from, 0, most)
  }
  const wide = (): bigint => {
    if (left-- <= 0) from.fail('an element with too few numbers')
    return BigInt(from.unsigned())
  }
  const number = next(Number.MAX_SAFE_INTEGER)
  const kind = next(0xffffffff)
  const level = kind & 255
  const version = kind >>> 24
  if (level > MOST_LEVEL || version > ELEMENT_VERSION) from.fail('an element of an unknown kind')
  const neighbours: number[][] = []
  for (let at = 0; at <= level; at++) {
    const count = next(MOST_ROOM)
    const room = next(MOST_ROOM)
    if (count > room || count > left) from.fail('more links than there is room for')
    const list: number[] = []
    for (let i = 0; i < count; i++) list.push(next(Number.MAX_SAFE_INTEGER))
    neighbours.push(list)
    // The longest link is found out again when it matters.
    if (version > 0 && Number(wide() & 0xffffffffn) >= Math.max(1, count)) {
      from.fail('a longest link that is not there')
    }
  }
  const lengthAndRange = wide()
  while (left > 0) wide()
  const length = floatOf(lengthAndRange)
  const range = floatOf(lengthAndRange >> 32n)
  const kept = attribute === '' ? null : attribute
  const slot = set.load(element, kept, number, stored, length, range)
  if (slot === 0) from.fail('an element that is there twice')
  return { slot, neighbours }
}

/** Put the elements into the graph, the oldest first, with their links. */
function* link(from: ModuleReader, set: VectorSet, pending: readonly Pending[]): Reading<void> {
  const slots = new Map<number, number>()
  for (const { slot } of pending) slots.set(set.numberOf(slot), slot)
  if (slots.size !== pending.length) from.fail('two elements with the same number')
  for (let i = pending.length - 1; i >= 0; i--) {
    const { slot, neighbours } = pending[i]!
    const lists = neighbours.map((numbers) =>
      Int32Array.from(numbers, (number) => slots.get(number) ?? from.fail('a link to nowhere')),
    )
    set.graph.restore(slot, lists)
    if (i % STEP === 0) yield 0
  }
  if (!set.graph.check()) from.fail('links that do not fit together')
}
