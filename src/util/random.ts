/**
 * Random numbers that a seed determines.
 *
 * The engine is a state machine: the same seed and the same calls must give the same bytes, so
 * nothing here asks the outside for entropy. The generator is sfc32 (Chris Doty-Humphrey's Small
 * Fast Counting generator with 32-bit words): four words of state, a counter that guarantees a
 * period of at least 2^32, and it passes PractRand. Not for secrets: its state can be computed from
 * its output.
 */
import { fromBytes } from './bytes.ts'

export class Random {
  private a: number
  private b: number
  private c: number
  private counter: number

  /** A number, or bytes of any length; all of them count. */
  constructor(seed: Uint8Array | number) {
    this.a = 0
    this.b = 0
    this.c = 0
    this.counter = 1
    if (typeof seed === 'number') {
      this.absorb(seed | 0)
      this.absorb(Math.floor(seed / 0x100000000) | 0)
    } else {
      this.absorb(seed.length)
      for (let i = 0; i < seed.length; i += 4) {
        const word =
          (seed[i] ?? 0) |
          ((seed[i + 1] ?? 0) << 8) |
          ((seed[i + 2] ?? 0) << 16) |
          ((seed[i + 3] ?? 0) << 24)
        this.absorb(word)
      }
    }
    // The author's number of rounds after seeding with three words.
    for (let i = 0; i < 12; i++) this.next32()
  }

  private absorb(word: number): void {
    this.a ^= word
    this.next32()
    this.b ^= Math.imul(word, 0x9e3779b1)
    this.next32()
  }

  /** An unsigned 32-bit integer. */
  next32(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0
    this.counter = (this.counter + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** An unbiased integer from 0 to n - 1, for n up to 2^53. */
  below(n: number): number {
    if (n <= 1) return 0
    if (n <= 0x100000000) {
      // What is left over at the top would make the first remainders more likely: draw again.
      const limit = 0x100000000 - (0x100000000 % n)
      let draw = this.next32()
      while (draw >= limit) draw = this.next32()
      return draw % n
    }
    const limit = 0x20000000000000 - (0x20000000000000 % n)
    let draw = this.next53()
    while (draw >= limit) draw = this.next53()
    return draw % n
  }

  private next53(): number {
    const high = this.next32() >>> 11
    return high * 0x100000000 + this.next32()
  }

  /** From 0 up to, but not including, 1, with 53 random bits. */
  float(): number {
    return this.next53() / 0x20000000000000
  }

  /** A byte string of n random bytes. */
  bytes(n: number): string {
    const into = new Uint8Array(n)
    let word = 0
    for (let i = 0; i < n; i++) {
      word = (i & 3) === 0 ? this.next32() : word >>> 8
      into[i] = word & 0xff
    }
    return fromBytes(into)
  }

  /** n random hexadecimal digits in lower case. */
  hex(n: number): string {
    let digits = ''
    while (digits.length < n) digits += this.next32().toString(16).padStart(8, '0')
    return digits.slice(0, n)
  }
}
