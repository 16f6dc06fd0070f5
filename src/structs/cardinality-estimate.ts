/**
 * How many different byte strings went by, to within 0.81 %, in 16 KB.
 *
 * HyperLogLog with 2^14 registers: 14 bits of a hash choose one, and it remembers the longest run of
 * zeros seen in the other 50. Hash and estimator (Otmar Ertl, "New cardinality estimation algorithms
 * for HyperLogLog sketches", 2017) are those of PFCOUNT, so the numbers are the same.
 */
import { murmur64 } from '../util/murmur.ts'

const BITS = 14
const REGISTERS = 1 << BITS
/** Bits of the hash beside those of the register. */
const REST = 64 - BITS
const SEED = 0xadc83b19
/** 1 / (2 ln 2) */
const ALPHA = 0.7213475204444817

export class CardinalityEstimate {
  private readonly registers = new Uint8Array(REGISTERS)
  private readonly hash = new Int32Array(2)

  add(text: string): void {
    murmur64(text, SEED, this.hash)
    const low = this.hash[0] as number
    const high = this.hash[1] as number
    const register = low & (REGISTERS - 1)
    const rest = low >>> BITS
    const run = rest !== 0 ? zeros(rest) : 32 - BITS + (high === 0 ? 32 : zeros(high))
    if (run + 1 > (this.registers[register] as number)) this.registers[register] = run + 1
  }

  count(): number {
    const histogram = new Array<number>(REST + 2).fill(0)
    for (const run of this.registers) (histogram[run] as number)++
    const at = (run: number): number => histogram[run] as number
    let z = REGISTERS * tau((REGISTERS - at(REST + 1)) / REGISTERS)
    for (let run = REST; run >= 1; run--) z = (z + at(run)) * 0.5
    z += REGISTERS * sigma(at(0) / REGISTERS)
    return Math.round((ALPHA * REGISTERS * REGISTERS) / z)
  }
}

/** How many zeros a word that is not zero ends in. */
const zeros = (word: number): number => 31 - Math.clz32(word & -word)

function sigma(start: number): number {
  if (start === 1) return Number.POSITIVE_INFINITY
  let x = start
  let y = 1
  let z = x
  let before: number
  do {
    x *= x
    before = z
    z += x * y
    y += y
  } while (before !== z)
  return z
}

function tau(start: number): number {
  if (start === 0 || start === 1) return 0
  let x = start
  let y = 1
  let z = 1 - x
  let before: number
  do {
    x = Math.sqrt(x)
    before = z
    y *= 0.5
    z -= (1 - x) ** 2 * y
  } while (before !== z)
  return z / 3
}
