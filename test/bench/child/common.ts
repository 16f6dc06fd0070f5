/** What children share: keys that are fresh, times that are fair, an answer that is found. */
import { readFileSync } from 'node:fs'

export const say = (figures: Readonly<Record<string, number>>): void =>
  console.log(JSON.stringify(figures))

/** Node has these, its types do not. */
export interface Latin1 {
  latin1Slice(from: number, to: number): string
  latin1Write(text: string, at: number): number
}

export const latin1 = (bytes: Buffer): Latin1 => bytes as unknown as Latin1

/** Sixteen bytes, nearly all digits, in the order of `n` or scattered. */
export const keyOf = (n: number): string => `key:${String(n).padStart(12, '0')}`

/** A permutation of 0 to count - 1, the same in every process: a full-cycle generator. */
export function* scattered(count: number): Generator<number> {
  let size = 2
  while (size < count) size *= 2
  for (let i = 0, n = 1; i < size; i++) {
    n = (Math.imul(n, 1664525) + 1013904223) & (size - 1)
    if (n < count) yield n
  }
}

/** Many keys as bytes, from which fresh strings are cut as a parser does it. */
export class KeyBytes {
  private readonly bytes: Latin1
  readonly count: number

  constructor(numbers: Iterable<number>, count: number) {
    this.bytes = latin1(Buffer.allocUnsafe(count * 16))
    this.count = count
    let at = 0
    for (const n of numbers) at += this.bytes.latin1Write(keyOf(n), at)
  }

  at(i: number): string {
    return this.bytes.latin1Slice(i * 16, i * 16 + 16)
  }
}

export function median(values: number[]): number {
  values.sort((a, b) => a - b)
  return values[values.length >> 1] as number
}

export function quantile(values: number[], q: number): number {
  values.sort((a, b) => a - b)
  return values[Math.min(values.length - 1, Math.floor(q * values.length))] ?? 0
}

/** A request of words as RESP. */
export const request = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`

/**
 * Milliseconds that the main thread was on a processor, where Linux tells: what neighbours take is not in
 * it. Asking for the process's times brings this thread's up to date, which else lag by a tick.
 */
export function onProcessor(): number {
  try {
    process.cpuUsage()
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6
  } catch {
    return performance.now()
  }
}

/** Let the event loop turn. */
export const turn = (): Promise<void> => new Promise((done) => setImmediate(done))
