import fc from 'fast-check'
import { expect, it } from 'vitest'
import { murmur64 } from '../../../src/util/murmur.ts'

const M = 0xc6a4a7935bd1e995n
const mod = (n: bigint): bigint => BigInt.asUintN(64, n)

/** The definition, with whole numbers. */
function model(text: string, seed: number): bigint {
  let h = mod(BigInt(seed >>> 0) ^ mod(BigInt(text.length) * M))
  const whole = text.length - (text.length % 8)
  const little = (from: number, to: number): bigint => {
    let n = 0n
    for (let i = to - 1; i >= from; i--) n = (n << 8n) | BigInt(text.charCodeAt(i))
    return n
  }
  for (let at = 0; at < whole; at += 8) {
    let k = mod(little(at, at + 8) * M)
    k = mod((k ^ (k >> 47n)) * M)
    h = mod((h ^ k) * M)
  }
  if (whole < text.length) h = mod((h ^ little(whole, text.length)) * M)
  h = mod((h ^ (h >> 47n)) * M)
  return h ^ (h >> 47n)
}

it('MurmurHash64A is what its definition says', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer(), (bytes, seed) => {
      const text = String.fromCharCode(...bytes)
      const halves = new Int32Array(2)
      murmur64(text, seed, halves)
      const [low, high] = new Uint32Array(halves.buffer) as unknown as [number, number]
      const hash = (BigInt(high) << 32n) | BigInt(low)
      expect(hash).toBe(model(text, seed))
    }),
    { numRuns: 500 },
  )
})
