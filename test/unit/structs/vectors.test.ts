import { describe, expect, it } from 'vitest'
import { AIMS, vectorsOf } from '../../../src/structs/vectors.ts'
import { Random } from '../../../src/util/random.ts'

const DIMENSIONS = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 128, 300]
const random = new Random(1)

function vector(dimension: number): Float32Array {
  const components = Float32Array.from({ length: dimension }, () => random.float() - 0.5)
  const length = Math.hypot(...components)
  return components.map((component) => component / length)
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, x, i) => sum + x * (b[i] as number), 0)

describe('a column of vectors', () => {
  it.each(DIMENSIONS)('in full precision has the distance of plain arithmetic: %i', (dimension) => {
    const column = vectorsOf('f32', dimension)
    const [a, b] = [vector(dimension), vector(dimension)]
    column.put(1, a)
    column.put(2, b)
    column.aim(5, 1)
    expect(column.distance(5, 2)).toBeCloseTo(1 - dot(a, b), 5)
    expect(column.distance(5, 1)).toBeCloseTo(0, 5)
  })

  it.each(DIMENSIONS)('of bytes has exactly the inner product of the bytes: %i', (dimension) => {
    const column = vectorsOf('int8', dimension)
    const [a, b] = [vector(dimension), vector(dimension)]
    column.put(1, a)
    column.put(2, b)
    const bytes = [1, 2].map((slot) => {
      const into = new Uint8Array(dimension)
      column.read(slot, into, 0)
      return new Int8Array(into.buffer)
    })
    const scale = (column.rangeOf(1) / 127) * (column.rangeOf(2) / 127)
    const expected = 1 - dot(bytes[0] as Int8Array, bytes[1] as Int8Array) * scale
    column.aim(AIMS - 1, 1)
    expect(column.distance(AIMS - 1, 2)).toBeCloseTo(expected, 6)
    column.aimAt(0, b)
    expect(column.distance(0, 1)).toBeCloseTo(expected, 6)
  })

  it('of bytes is exact where all products are as large as they can be', () => {
    for (const dimension of [8, 40, 1000]) {
      const column = vectorsOf('int8', dimension)
      for (const sign of [1, -1]) {
        column.write(1, new Uint8Array(dimension).fill(127), 0, 1)
        column.write(2, new Uint8Array(dimension).fill(127 * sign), 0, 1 / dimension)
        column.aim(0, 1)
        expect(column.distance(0, 2)).toBeCloseTo(1 - sign, 5)
      }
    }
  })

  it.each(DIMENSIONS)('of bits counts the signs that differ: %i', (dimension) => {
    const column = vectorsOf('bin', dimension)
    const [a, b] = [vector(dimension), vector(dimension)]
    column.put(1, a)
    column.put(2, b)
    const differ = a.filter((x, i) => x > 0 !== (b[i] as number) > 0).length
    column.aim(0, 1)
    expect(column.distance(0, 2)).toBe(Math.fround((2 * differ) / dimension))
    column.aimAt(1, b)
    expect(column.distance(1, 1)).toBe(column.distance(0, 2))
  })

  it('rounds halves away from zero, as C does', () => {
    const column = vectorsOf('int8', 5)
    column.put(1, Float32Array.of(127, 0.5, -0.5, 1.5, -2.5))
    const into = new Uint8Array(5)
    column.read(1, into, 0)
    expect([...new Int8Array(into.buffer)]).toEqual([127, 1, -1, 2, -3])
    expect(column.rangeOf(1)).toBe(127)
  })

  it.each(['f32', 'int8', 'bin'] as const)('reads what it has written, in any slot: %s', (kind) => {
    const dimension = 67
    const from = vectorsOf(kind, dimension)
    const to = vectorsOf(kind, dimension)
    const bytes = new Uint8Array(from.bytes + 3)
    const again = new Uint8Array(from.bytes)
    for (const slot of [1, 2, 9, 40, 5000, 70000]) {
      from.put(slot, vector(dimension))
      from.read(slot, bytes, 3)
      to.write(slot, bytes, 3, from.rangeOf(slot))
      to.read(slot, again, 0)
      expect(again).toEqual(bytes.subarray(3))
      const [x, y] = [new Float32Array(dimension), new Float32Array(dimension)]
      from.get(slot, x)
      to.get(slot, y)
      expect(y).toEqual(x)
    }
  })

  it('of zeros is as far from everything as what has nothing in common', () => {
    const column = vectorsOf('int8', 4)
    column.put(1, new Float32Array(4))
    column.put(2, vector(4))
    column.aim(0, 1)
    expect(column.distance(0, 2)).toBe(1)
    expect(column.distance(0, 1)).toBe(1)
  })
})
