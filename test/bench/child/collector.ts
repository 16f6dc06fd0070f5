/**
 * `collector VARIANT COUNT SECONDS`: pauses for the young generation while a large keyspace is read and
 * overwritten, half and half, with values of 40 bytes.
 */
import { constants, PerformanceObserver } from 'node:perf_hooks'
import { startEngine } from '../../../src/index.ts'
import { KeyBytes, latin1, quantile, say, turn } from './common.ts'

const [variant, countWord, secondsWord] = process.argv.slice(2) as [string, string, string]
const count = Number(countWord)

function* upTo(end: number): Generator<number> {
  for (let i = 0; i < end; i++) yield i
}
const cuts = new KeyBytes(upTo(count), count)
const text = latin1(Buffer.from('0123456789'.repeat(8)))
const fresh = (i: number): string => text.latin1Slice(i % 40, (i % 40) + 40)

let set: (key: string, value: string) => unknown
let get: (key: string) => unknown
if (variant === 'map') {
  const map = new Map<string, string>()
  set = (key, value) => map.set(key, value)
  get = (key) => map.get(key)
} else {
  const engine = startEngine()
  const client = engine.connect({ reply() {}, push() {}, flush() {}, close() {} })
  set = (key, value) => engine.execute(client, ['SET', key, value])
  get = (key) => engine.execute(client, ['GET', key])
}
for (let i = 0; i < count; i++) set(cuts.at(i), fresh(i))
await turn()

const pauses: number[] = []
const observer = new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const { kind } = (entry as unknown as { detail: { kind: number } }).detail
    if (kind === constants.NODE_PERFORMANCE_GC_MINOR) pauses.push(entry.duration)
  }
})
observer.observe({ entryTypes: ['gc'] })
const end = performance.now() + Number(secondsWord) * 1000
let n = 1
while (performance.now() < end) {
  for (let i = 0; i < 1000; i++) {
    n = (Math.imul(n, 1103515245) + 12345) & 0x7fffffff
    const key = cuts.at(n % count)
    if (i % 2 === 0) set(key, fresh(n))
    else get(key)
  }
  // The observer is told between turns.
  await turn()
}
await turn()
say({
  p50: quantile(pauses, 0.5),
  p99: quantile(pauses, 0.99),
  max: pauses.at(-1) ?? 0,
  pauses: pauses.length,
})
process.exit(0)
