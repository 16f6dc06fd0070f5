import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromBytes, toBytes } from '../../../src/util/bytes.ts'
import { compress, decompress, MOST_EXPANSION } from '../../../src/util/lzf.ts'

/** Compressed, or null where it takes more room than that. */
function packed(bytes: Uint8Array, room = 2 * bytes.length + 16): Uint8Array | null {
  const into = new Uint8Array(room)
  const end = compress(bytes, 0, bytes.length, into, 0, room)
  return end < 0 ? null : into.slice(0, end)
}

/** Bytes with repetitions, near and far, in which there is something to find. */
const texts = fc
  .array(
    fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc
        .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 1, max: 600 }))
        .map(([byte, count]) => new Uint8Array(count).fill(byte)),
      fc.constantFrom('the same words again, ', 'and again', '{"name":"value"}').map(toBytes),
    ),
    { maxLength: 60 },
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])))

describe('LZF', () => {
  it('what is compressed comes back', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const small = packed(text) as Uint8Array
        const back = decompress(small, 0, small.length, text.length) as Uint8Array
        expect(fromBytes(back) === fromBytes(text)).toBe(true)
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  it('a part of an array is compressed as if it were alone', () => {
    const text = toBytes('abcabcabcabcabcabcabcabcabc')
    const around = new Uint8Array(100).fill(97)
    around.set(text, 50)
    const into = new Uint8Array(100)
    const end = compress(around, 50, 50 + text.length, into, 10, 100)
    expect(fromBytes(decompress(into, 10, end, text.length) as Uint8Array)).toBe(
      'abcabcabcabcabcabcabcabcabc',
    )
  })

  it('repetitions reach 8192 bytes back and no further', () => {
    const noise = Uint8Array.from(
      { length: 9000 },
      (_, i) => (Math.imul(i, 0x9e3779b1) >>> 23) & 255,
    )
    for (const distance of [8191, 8192, 8193]) {
      const text = new Uint8Array(distance + 100)
      text.set(noise.subarray(0, distance))
      text.set(noise.subarray(0, 100), distance)
      const small = packed(text) as Uint8Array
      expect(decompress(small, 0, small.length, text.length)).toEqual(text)
    }
  })

  it('it gives up where the room does not suffice, to the byte', () => {
    const text = toBytes(`${'x'.repeat(300)}no repetition 0123456789`)
    const { length } = packed(text) as Uint8Array
    expect(packed(text, length)?.length).toBe(length)
    for (let room = 0; room < length; room++) expect(packed(text, room)).toBe(null)
  })

  it('a stream made by hand is understood: literals, short and long repetitions that overlap', () => {
    // "ab", then 3 bytes from 2 back, then 265 - 1 from 1 back.
    const stream = Uint8Array.from([1, 97, 98, 0x20, 1, 0xe0, 255, 0])
    const text = decompress(stream, 0, stream.length, 2 + 3 + 264) as Uint8Array
    expect(fromBytes(text)).toBe(`ababa${'a'.repeat(264)}`)
  })

  it('what is no compressed text is null, whatever it is', () => {
    for (const stream of [
      [5, 97],
      [0x20, 0],
      [0, 97, 0xe0],
      [0, 97, 0xe0, 1],
      [0, 97, 0x20],
      [0, 97, 0x20, 1],
    ]) {
      expect(decompress(Uint8Array.from(stream), 0, stream.length, 3)).toBe(null)
    }
    expect(decompress(Uint8Array.from([0, 97]), 0, 2, 2)).toBe(null)
    expect(decompress(Uint8Array.from([1, 97, 98]), 0, 3, 1)).toBe(null)
  })

  it('a length that no such stream can have takes no memory', () => {
    const stream = Uint8Array.from([0, 97, 0xe0, 255, 0])
    expect(decompress(stream, 0, 5, 2 ** 40)).toBe(null)
    expect(MOST_EXPANSION).toBe(88)
  })

  it('random bytes neither throw nor come back wrong', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(300), (stream, length) => {
        const text = decompress(stream, 0, stream.length, length)
        expect(text === null || text.length === length).toBe(true)
      }),
      { seed: 2, numRuns: 3000 },
    )
  })
})
