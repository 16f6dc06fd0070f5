/**
 * `limits POLICY COUNT`: an engine with `maxmemory` at 64 MB takes COUNT values of varied size. What the heap
 * really holds, beside what it may hold, looked at all along the way.
 */
import { startEngine } from '../../../src/index.ts'
import { Connection } from '../../../src/protocol/connection.ts'
import { request, say } from './common.ts'

const LIMIT = 64 * 2 ** 20
/** Looks at the heap; each collects garbage first. */
const LOOKS = 20

const [policy, countWord] = process.argv.slice(2) as [string, string]
const count = Number(countWord)
const collect = globalThis.gc as () => void

function held(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

let seed = 1
/** A number below one, the same in every run. */
function draw(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 2 ** 32
}

const engine = startEngine({ config: { maxmemory: String(LIMIT), 'maxmemory-policy': policy } })
const connection = new Connection(engine, { write() {}, end() {} })
connection.receive(Buffer.from('PING\r\n'))
const empty = held()
const volatile = policy.startsWith('volatile')
let most = 0
let least = Number.POSITIVE_INFINITY
let longest = 0
const from = performance.now()
for (let i = 1; i <= count; i++) {
  const value = 'v'.repeat(8 + Math.floor(draw() ** 4 * 1000))
  const words = ['SET', `key:${Math.floor(draw() * 1e9)}`, value]
  if (volatile) words.push('EX', String(1000 + Math.floor(draw() * 1e6)))
  const bytes = Buffer.from(request(...words), 'latin1')
  const before = performance.now()
  connection.receive(bytes)
  longest = Math.max(longest, performance.now() - before)
  if (i % Math.ceil(count / LOOKS) !== 0) continue
  const share = (held() - empty) / LIMIT
  most = Math.max(most, share)
  // Until it is full it holds less.
  if (engine.stats.evictedKeys > 0) least = Math.min(least, share)
  // Timers, as in a server that has a breath now and then.
  await new Promise((done) => setTimeout(done))
}
const seconds = (performance.now() - from) / 1000
// Nothing is evicted where writes are refused instead.
say({
  most,
  least: Math.min(least, most),
  longest,
  rate: count / seconds,
  evicted: engine.stats.evictedKeys,
})
process.exit(0)
