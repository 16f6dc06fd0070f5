import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { nodeBytes } from '../../../src/runtimes/node/bytes.ts'
import { webBytes } from '../../../src/runtimes/web-bytes.ts'
import {
  fromBytes,
  type NativeBytes,
  plainFromBytes,
  useNativeBytes,
  writeBytes,
} from '../../../src/util/bytes.ts'

afterEach(() => useNativeBytes(null))

/** Long enough for every threshold: ASCII, bytes of any kind, UTF-8, and what begins like it. */
const text = fc
  .oneof(
    fc.array(fc.nat(127), { maxLength: 400, size: 'max' }),
    fc.array(fc.nat(255), { maxLength: 400, size: 'max' }),
    fc
      .tuple(fc.array(fc.nat(127), { minLength: 200, maxLength: 300, size: 'max' }), fc.nat(255))
      .map(([codes, last]) => [...codes, last]),
    fc.string({ unit: 'grapheme', maxLength: 150, size: 'max' }).map((s) => [...Buffer.from(s)]),
    fc.constant([0xef, 0xbb, 0xbf, ...new Array<number>(300).fill(65)]),
    fc.constant([...new Array<number>(300).fill(65), 0xef, 0xbb, 0xbf]),
  )
  .map((codes) => Uint8Array.from(codes))

describe.each<[string, NativeBytes]>([
  ['Node', nodeBytes],
  ['the web', webBytes],
])('the functions of %s', (_, functions) => {
  it('decode and encode exactly as plain code does', () => {
    useNativeBytes(functions)
    fc.assert(
      fc.property(text, fc.nat(20), (bytes, start) => {
        const from = Math.min(start, bytes.length)
        const s = fromBytes(bytes, from)
        expect(s).toBe(plainFromBytes(bytes, from, bytes.length))
        const into = new Uint8Array(bytes.length + 4).fill(7)
        expect(writeBytes(s, into, from)).toBe(bytes.length)
        expect(into.subarray(from, bytes.length)).toEqual(bytes.subarray(from))
        expect([...into.subarray(bytes.length)]).toEqual([7, 7, 7, 7])
      }),
      { numRuns: 500 },
    )
  })

  it('keep nothing of the buffer', () => {
    useNativeBytes(functions)
    const bytes = new Uint8Array(1000).fill(65)
    const s = fromBytes(bytes)
    bytes.fill(66)
    expect(s).toBe('A'.repeat(1000))
  })
})

describe('of two sets of functions', () => {
  it('the one that pays sooner is used', () => {
    const used: string[] = []
    const named = (name: string, decodeFrom: number): NativeBytes => ({
      decodeFrom,
      encodeFrom: 1,
      decode: () => {
        used.push(name)
        return ''
      },
      encode: () => {},
    })
    useNativeBytes(named('fast', 10))
    useNativeBytes(named('slow', 20))
    fromBytes(new Uint8Array(100))
    useNativeBytes(named('faster', 5))
    fromBytes(new Uint8Array(7))
    fromBytes(new Uint8Array(4))
    expect(used).toEqual(['fast', 'faster'])
  })
})
