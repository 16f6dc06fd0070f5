// biome-ignore-all lint/style/noNonNullAssertion: slots are those of elements that are there.
/**
 * Vector sets: elements with a vector each, and perhaps an attribute in JSON.
 *
 * An element has a slot: its node in the graph and its place in the columns here. The dictionary leads
 * from the name to the slot, the column of names back. Vectors are normalized before they are stored, in
 * the precision that the set was made with, and their length is kept beside them.
 *
 * Sets that reduce vectors multiply them with a matrix first. Its entries are signs by a rule, divided by a
 * constant, so there is no need to keep it; only a set from a file may have brought another one.
 *
 * VRANGE wants the names in order. The first one builds a tree of them, which is kept up to date from
 * then on; sets that are not asked never have it.
 */
import { Dict } from '../structs/dict.ts'
import { Hnsw, MOST_LEVEL } from '../structs/hnsw.ts'
import type { Nearest } from '../structs/nearest.ts'
import { Ordered } from '../structs/ordered.ts'
import { type Precision, type Vectors, vectorsOf } from '../structs/vectors.ts'
import { flatten } from '../util/bytes.ts'

/** Components of a vector. */
export const MOST_DIMENSIONS = 65536
/** What new sets have unless told otherwise. */
export const DEFAULT_LINKS = 16

/** What all vector sets of a keyspace share. */
export class VectorSets {
  /** Of the dictionaries' hashes. */
  readonly seed: number
  /** Sets that were made so far: VINFO numbers them. */
  made = 0

  constructor(seed: number) {
    this.seed = seed
  }
}

export interface VectorSetShape {
  readonly precision: Precision
  /** Of the vectors as they are stored. */
  readonly dimension: number
  readonly links: number
  /** Of the vectors as they are given, if they are reduced; else 0. */
  readonly inputDimension: number
  /** Rows of a matrix that is not ours; null for none or for ours. */
  readonly matrix: Float32Array | null
}

const { fround } = Math

export class VectorSet {
  readonly type = 5 as const // VECTOR_SET; `value.ts` cannot be imported for it without a cycle.
  readonly shape: VectorSetShape
  /** As VINFO shows it. */
  readonly uid: number
  readonly vectors: Vectors
  readonly graph: Hnsw
  /** Elements with an attribute. */
  attributed = 0
  /** The number of the element that came last: they are counted and never used again. */
  lastNumber = 0

  private readonly slots: Dict<number>
  private readonly names: string[] = ['']
  private readonly attributes: (string | null)[] = [null]
  private numbers = new Float64Array(8)
  private lengths = new Float32Array(8)
  private readonly free: number[] = []
  private order: Ordered | null = null

  constructor(sets: VectorSets, shape: VectorSetShape) {
    this.shape = shape
    this.uid = sets.made++
    this.vectors = vectorsOf(shape.precision, shape.dimension)
    this.graph = new Hnsw(this.vectors, shape.links)
    this.slots = new Dict<number>(sets.seed)
  }

  get size(): number {
    return this.slots.size
  }

  // ---- Elements ---------------------------------------------------------------------------------

  /** The slot of an element, or 0. */
  find(element: string): number {
    const place = this.slots.find(element)
    return place < 0 ? 0 : this.slots.valueAt(place)
  }

  nameOf(slot: number): string {
    return this.names[slot]!
  }

  /** The element with this number, in an order that means nothing: for drawing at random. */
  elementAt(place: number): string {
    return this.slots.keyAt(place)
  }

  attributeOf(slot: number): string | null {
    return this.attributes[slot]!
  }

  setAttribute(slot: number, attribute: string | null): void {
    if (this.attributes[slot] !== null) this.attributed--
    this.attributes[slot] = attribute === null ? null : flatten(attribute)
    if (attribute !== null) this.attributed++
  }

  numberOf(slot: number): number {
    return this.numbers[slot]!
  }

  /** Of the vector before it was normalized. */
  lengthOf(slot: number): number {
    return this.lengths[slot]!
  }

  /** The vector of an element about as it was given; reduced, if the set does that. */
  vectorOf(slot: number): Float32Array {
    const { dimension, precision } = this.shape
    const components = new Float32Array(dimension)
    this.vectors.get(slot, components)
    if (precision === 'bin') return components
    const length = this.lengths[slot]!
    for (let i = 0; i < dimension; i++) components[i] = components[i]! * length
    return components
  }

  /** The vector as it is stored. */
  stored(slot: number): Uint8Array {
    const bytes = new Uint8Array(this.vectors.bytes)
    this.vectors.read(slot, bytes, 0)
    return bytes
  }

  // ---- Changing ---------------------------------------------------------------------------------

  /**
   * Add an element, or give one that is there another vector. The components, reduced already, are
   * normalized in place. An attribute of null leaves what is there; of an element that is there,
   * an empty one takes it away. Returns whether the element is new.
   */
  put(
    element: string,
    components: Float32Array,
    attribute: string | null,
    effort: number,
    random: (below: number) => number,
  ): boolean {
    const old = this.find(element)
    const slot = old === 0 ? this.claim(element) : old
    if (old !== 0) this.graph.remove(old)
    this.numbers[slot] = ++this.lastNumber
    this.lengths[slot] = normalize(components)
    this.vectors.put(slot, components)
    this.graph.insert(slot, drawLevel(random), Math.max(1, Math.min(effort, this.size)))
    if (attribute !== null) {
      this.setAttribute(slot, attribute === '' && old !== 0 ? null : attribute)
    }
    return old === 0
  }

  remove(element: string): boolean {
    const slot = this.find(element)
    if (slot === 0) return false
    this.order?.delete(element, 0)
    this.slots.delete(element)
    this.setAttribute(slot, null)
    this.names[slot] = ''
    this.graph.remove(slot)
    this.free.push(slot)
    return true
  }

  /** A slot for an element that is not there. */
  private claim(element: string): number {
    // What was cut out of a request would keep the whole request alive.
    const name = flatten(element)
    const slot = this.free.pop() ?? this.names.length
    this.slots.insert(name, slot)
    this.order?.add(name, 0)
    this.names[slot] = name
    this.attributes[slot] = null
    if (slot >= this.numbers.length) {
      const numbers = new Float64Array(2 * this.numbers.length)
      const lengths = new Float32Array(2 * this.lengths.length)
      numbers.set(this.numbers)
      lengths.set(this.lengths)
      this.numbers = numbers
      this.lengths = lengths
    }
    return slot
  }

  /**
   * Take over an element from a file, with its vector as stored. Its links follow when all slots are
   * known. Returns the slot, or 0 if there is such an element.
   */
  load(
    element: string,
    attribute: string | null,
    number: number,
    stored: Uint8Array,
    length: number,
    range: number,
  ): number {
    if (this.find(element) !== 0) return 0
    const slot = this.claim(element)
    if (attribute !== null) this.setAttribute(slot, attribute)
    this.numbers[slot] = number
    if (number > this.lastNumber) this.lastNumber = number
    this.lengths[slot] = length
    this.vectors.write(slot, stored, 0, range)
    return slot
  }

  // ---- Looking ----------------------------------------------------------------------------------

  /** What this many components become in this set. */
  reduce(components: Float32Array): Float32Array {
    return reduce(components, this.shape)
  }

  /** Search for what is near these components, which are normalized in place. */
  aim(components: Float32Array): void {
    normalize(components)
    this.vectors.aimAt(0, components)
  }

  /** Elements near to what was aimed at; `search` and `scan` of the graph say the rest. */
  nearest(
    effort: number,
    accepts: ((slot: number) => boolean) | null,
    most: number,
    exact: boolean,
  ): Nearest {
    const count = Math.min(effort, this.size)
    return exact ? this.graph.scan(count, accepts) : this.graph.search(count, accepts, most)
  }

  /** The distance between two elements. */
  distance(a: number, b: number): number {
    this.vectors.aim(0, a)
    return this.vectors.distance(0, b)
  }

  /** The elements in the order of their bytes. */
  get ordered(): Ordered {
    if (this.order === null) {
      const names = this.names.filter((_, slot) => slot > 0 && this.isUsed(slot)).sort(compare)
      this.order = Ordered.of(names, new Array<number>(names.length).fill(0))
    }
    return this.order
  }

  /** An element may have an empty name, as a free slot has. */
  private isUsed(slot: number): boolean {
    return this.find(this.names[slot]!) === slot
  }

  /** Bytes in columns, and what the names and attributes of some elements let expect of all. */
  get bytes(): number {
    const { shape, size, vectors, graph } = this
    const perVector = shape.precision === 'int8' ? 4 + 2 * (shape.dimension + 7) : vectors.bytes
    return graph.bytes + this.numbers.length * 12 + this.names.length * (perVector + 16) + size * 40
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** One in four of a level is also in the next one. */
function drawLevel(random: (below: number) => number): number {
  let level = 0
  while (level < MOST_LEVEL && random(4) === 0) level++
  return level
}

/** Divide by the length, and return that; of a vector of zeros it is 1. */
function normalize(components: Float32Array): number {
  const { length } = components
  let sum = 0
  let i = 0
  for (; i + 3 < length; i += 4) {
    // In the order in which a C compiler adds floats.
    let four = fround(components[i]! * components[i]!)
    four = fround(four + fround(components[i + 1]! * components[i + 1]!))
    four = fround(four + fround(components[i + 2]! * components[i + 2]!))
    four = fround(four + fround(components[i + 3]! * components[i + 3]!))
    sum = fround(sum + four)
  }
  for (; i < length; i++) sum = fround(sum + fround(components[i]! * components[i]!))
  if (sum === 0) return 1
  const size = fround(Math.sqrt(sum))
  for (let j = 0; j < length; j++) components[j] = components[j]! / size
  return size
}

// ---- Reduction ----------------------------------------------------------------------------------

/** Each component is a sum of all that were given, some of them with the other sign. */
export function reduce(components: Float32Array, shape: VectorSetShape): Float32Array {
  const { dimension, inputDimension, matrix } = shape
  const reduced = new Float32Array(dimension)
  const scale = scaleOf(inputDimension)
  for (let row = 0; row < dimension; row++) {
    let sum = 0
    for (let i = 0; i < inputDimension; i++) {
      const factor = matrix === null ? signAt(row, i) * scale : matrix[row * inputDimension + i]!
      sum = fround(sum + fround(factor * components[i]!))
    }
    reduced[row] = sum
  }
  return reduced
}

const scaleOf = (inputDimension: number): number => fround(1 / Math.sqrt(inputDimension))

/** Positive where row and column have an even number of bits in common: a Hadamard matrix. */
function signAt(row: number, column: number): number {
  let common = row & column
  common ^= common >> 8
  common ^= common >> 4
  return (0x6996 >> (common & 15)) & 1 ? -1 : 1
}

/** The matrix of a set that reduces, as files have it: row after row, little endian. */
export function matrixBytes({ dimension, inputDimension, matrix }: VectorSetShape): Uint8Array {
  const bytes = new Uint8Array(4 * dimension * inputDimension)
  const view = new DataView(bytes.buffer)
  const scale = scaleOf(inputDimension)
  for (let i = 0; i < dimension * inputDimension; i++) {
    const own = signAt(Math.floor(i / inputDimension), i % inputDimension) * scale
    view.setFloat32(4 * i, matrix === null ? own : matrix[i]!, true)
  }
  return bytes
}

/** The matrix in these bytes, or null if it is the one that is not kept. */
export function matrixIn(
  bytes: Uint8Array,
  dimension: number,
  inputDimension: number,
): Float32Array | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const matrix = new Float32Array(dimension * inputDimension)
  const scale = scaleOf(inputDimension)
  let own = true
  for (let i = 0; i < matrix.length; i++) {
    matrix[i] = view.getFloat32(4 * i, true)
    if (matrix[i] !== signAt(Math.floor(i / inputDimension), i % inputDimension) * scale)
      own = false
  }
  return own ? null : matrix
}
