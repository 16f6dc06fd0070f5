import { createHash } from 'node:crypto'
import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromBytes, toBytes } from '../../../src/util/bytes.ts'
import { crc16, crc32, crc64, keySlot } from '../../../src/util/crc.ts'
import { sha1 } from '../../../src/util/sha1.ts'
import { sha256 } from '../../../src/util/sha256.ts'
import { xxh3 } from '../../../src/util/xxh3.ts'

/** Length of `sample` and what `xxhsum -H3` 0.8.1 says of it. */
const XXH3: [number, string][] = [
  [0, '2d06800538d394c2'],
  [1, '74d3766ca02423f3'],
  [2, 'f8763307c4199846'],
  [3, 'e9fc7181be8407d8'],
  [4, '345aed7f136a4c9c'],
  [5, '2bedb248c5c81c70'],
  [8, 'b4d5dc4f534535a8'],
  [9, 'e4b7d9a2e29be5e3'],
  [12, '0a20a5f45998f92e'],
  [16, 'a9344b43dd4d986b'],
  [17, 'ec59db000a59d518'],
  [32, 'd12bfc752e9a927c'],
  [33, '832330b40252030a'],
  [64, '04d3e924d6a2b516'],
  [65, '35082a0e75d1d15d'],
  [96, 'fdcf57aadf76be1e'],
  [97, '93293354f6b45ee1'],
  [128, '7e357efa881756fa'],
  [129, '5f6f2c153191da3f'],
  [144, 'bd0a2221b739d0ad'],
  [200, '9365dd4b776c9f25'],
  [240, '2e645881a04d1cb9'],
  [241, '37044131df2d412e'],
  [256, '1911a8994a1c5026'],
  [512, '8e72598b4eb2d69f'],
  [1023, 'a0cad219e4c68ba5'],
  [1024, '90224effb7ed70fb'],
  [1025, '6c03fd4aa38db14e'],
  [1088, '58c655bec583d24a'],
  [2048, 'c84967280c0f72ba'],
  [2049, '492a8b1ff40aa0a2'],
  [10000, '32792d87302a5b40'],
]

/** Bytes that look random and depend on their number. */
function sample(length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let x = Math.imul(length, 2654435761) >>> 0
  for (let i = 0; i < length; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    bytes[i] = x >>> 24
  }
  return bytes
}

describe('digests', () => {
  test('SHA-1 and SHA-256 agree with node:crypto around every block border', () => {
    for (let length = 0; length < 300; length++) {
      const bytes = sample(length)
      const text = fromBytes(bytes)
      expect(sha1(text)).toBe(createHash('sha1').update(bytes).digest('hex'))
      expect(sha256(text)).toBe(createHash('sha256').update(bytes).digest('hex'))
    }
    const long = sample(100_000)
    expect(sha1(fromBytes(long))).toBe(createHash('sha1').update(long).digest('hex'))
    expect(sha256(fromBytes(long))).toBe(createHash('sha256').update(long).digest('hex'))
  })

  test('XXH3 agrees with xxhsum in all classes of length', () => {
    for (const [length, hash] of XXH3) {
      expect([length, xxh3(fromBytes(sample(length)))]).toEqual([length, hash])
    }
  })
})

describe('checksums', () => {
  test('have their published check values', () => {
    const digits = toBytes('123456789')
    expect(crc64(digits)).toEqual({ high: 0xe9c6d914, low: 0xc4b8d9ca })
    expect(crc32(digits)).toBe(0xcbf43926)
    expect(crc16('123456789')).toBe(0x31c3)
  })

  test('can be continued from any point', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), (bytes, n) => {
        const at = n % (bytes.length + 1)
        expect(crc64(bytes, at, bytes.length, crc64(bytes, 0, at))).toEqual(crc64(bytes))
        expect(crc32(bytes, at, bytes.length, crc32(bytes, 0, at))).toBe(crc32(bytes))
      }),
    )
  })

  test('crc64 and crc32 take eight bytes a step as one at a time', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        let slow64 = crc64(bytes, 0, 0)
        let slow32 = 0
        for (let i = 0; i < bytes.length; i++) {
          slow64 = crc64(bytes, i, i + 1, slow64)
          slow32 = crc32(bytes, i, i + 1, slow32)
        }
        expect(crc64(bytes)).toEqual(slow64)
        expect(crc32(bytes)).toBe(slow32)
        // Node has had it since 20.15.
        if (zlibCrc32 !== undefined) expect(crc32(bytes)).toBe(zlibCrc32(bytes))
      }),
    )
  })
})

test('slots are those of the cluster specification, hash tags included', () => {
  expect(keySlot('foo')).toBe(12182)
  expect(keySlot('')).toBe(0)
  expect(keySlot('{user1000}.following')).toBe(keySlot('user1000'))
  expect(keySlot('foo{}{bar}')).toBe(crc16('foo{}{bar}') & 16383)
  expect(keySlot('foo{{bar}}zap')).toBe(keySlot('{bar'))
  expect(keySlot('foo{bar}{zap}')).toBe(keySlot('bar'))
  expect(keySlot('foo{bar')).toBe(crc16('foo{bar') & 16383)
  expect(keySlot('}foo{bar}')).toBe(keySlot('bar'))
})
