import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countBits, findBit, readBits, writeBits } from '../../../src/util/bits.ts'
import { normalize } from '../../../src/util/integer.ts'

/** The bits as a text of zeros and ones: the naive model of everything here. */
const textOf = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')

const bytes = fc.uint8Array({ minLength: 1, maxLength: 60 })
/** Runs of equal bytes too, and arrays that do not begin at a word in memory. */
const array = fc.tuple(bytes, fc.constantFrom(-1, 0, 255), fc.nat(3)).map(([data, fill, shift]) => {
  const room = new Uint8Array(data.length + shift)
  room.set(data, shift)
  return fill < 0 ? room.subarray(shift) : room.subarray(shift).fill(fill)
})

describe('bits', () => {
  it('are counted between any two', () => {
    fc.assert(
      fc.property(array, fc.nat(), fc.nat(), (data, a, b) => {
        const [start, end] = [a % (data.length * 8), b % (data.length * 8)].sort((x, y) => x - y)
        const part = textOf(data).slice(start, (end as number) + 1)
        expect(countBits(data, start as number, end as number)).toBe(part.split('1').length - 1)
      }),
    )
  })

  it('are found between any two', () => {
    fc.assert(
      fc.property(array, fc.nat(), fc.nat(), fc.constantFrom(0, 1), (data, a, b, bit) => {
        const [start, end] = [a % (data.length * 8), b % (data.length * 8)].sort((x, y) => x - y)
        const place = textOf(data).indexOf(String(bit), start)
        const expected = place > (end as number) ? -1 : place
        expect(findBit(data, start as number, end as number, bit as 0 | 1)).toBe(expected)
      }),
    )
  })

  it('are read in runs of any width, with zeros behind the end', () => {
    fc.assert(
      fc.property(array, fc.nat(600), fc.integer({ min: 1, max: 64 }), (data, offset, width) => {
        const part = textOf(data)
          .padEnd(2000, '0')
          .slice(offset, offset + width)
        const expected = normalize(BigInt(`0b${part}`))
        expect(readBits(data, data.length, offset, width)).toBe(expected)
      }),
    )
  })

  it('are written without touching others', () => {
    fc.assert(
      fc.property(
        fc.nat(200),
        fc.integer({ min: 1, max: 64 }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.constantFrom(0, 255),
        (offset, width, value, fill) => {
          const data = new Uint8Array(40).fill(fill)
          const before = textOf(data)
          writeBits(data, offset, width, normalize(value))
          const run = BigInt.asUintN(width, value).toString(2).padStart(width, '0')
          expect(textOf(data)).toBe(before.slice(0, offset) + run + before.slice(offset + width))
        },
      ),
    )
  })
})
