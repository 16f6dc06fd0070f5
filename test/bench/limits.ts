/**
 * `maxmemory` and expiry: what the heap holds under every policy, which keys are the right ones to keep, and
 * whether commands wait while very many keys expire. Not in a run of everything: it takes a quarter of an hour.
 */
import { connect, type Socket } from 'node:net'
import { request } from './child/common.ts'
import type { Row } from './report.ts'
import { child, type Effort, type Figures, interleave, of, type Spreads } from './run.ts'
import { type Listening, startOurs, startRedis } from './servers.ts'

const POLICIES = [
  'noeviction',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-lrm',
  'allkeys-random',
  'volatile-lru',
  'volatile-lfu',
  'volatile-lrm',
  'volatile-random',
  'volatile-ttl',
]

export async function measureLimits(effort: Effort): Promise<Row[]> {
  const section = 'Limits'
  const count = effort.pick(10_000_000, 300_000)
  const rows: Row[] = []
  // Each as it comes: whoever stops the whole after ten minutes keeps what was measured.
  const tell = (row: Row) => {
    rows.push(row)
    console.log(`${row.what}: ${row.ours?.median.toFixed(3)}${row.note ? ` (${row.note})` : ''}`)
  }
  for (const policy of POLICIES) {
    const run = () =>
      child('limits', [policy, count], { flags: ['--expose-gc'], timeoutMs: 1_800_000 })
    const seen = await interleave({ ours: run }, 1)
    tell({
      section,
      what: `${policy}: most that the heap held of 64 MB`,
      unit: 'share',
      ours: of(seen, 'ours', 'most'),
      promised: { of: 'figure', better: 'lower', floor: 1.2, goal: 1.05 },
      note: `${policy}: least ${of(seen, 'ours', 'least').median.toFixed(3)}, longest SET ${of(seen, 'ours', 'longest').median.toFixed(1)} ms, ${Math.round(of(seen, 'ours', 'rate').median / 1000)} k SETs a second`,
    })
  }
  for (const policy of ['allkeys-lru', 'allkeys-lfu']) {
    const rate = (start: () => Promise<Listening>) => () =>
      using(start, (port) => hitRate(port, policy, effort.pick(1_000_000, 200_000)))
    const seen = await interleave({ ours: rate(startOurs), redis: rate(startRedis) }, 1)
    tell({
      section,
      what: `${policy}: hits of a Zipf load`,
      unit: 'share',
      ours: of(seen, 'ours', 'hits'),
      peer: { name: 'redis-server', figure: of(seen, 'redis', 'hits') },
      promised: { of: 'ratio', better: 'higher', floor: 0.98, goal: 1 },
    })
  }
  const expiry = (start: () => Promise<Listening>) => () =>
    using(start, (port) => whileExpiring(port, effort.pick(1_000_000, 100_000), effort.pick(60, 6)))
  const seen = await interleave({ ours: expiry(startOurs), redis: expiry(startRedis) }, 1)
  return [...rows, ...expiryRows(section, seen)]
}

function expiryRows(section: string, seen: Spreads): Row[] {
  const row = (what: string, unit: string, figure: string): Row => ({
    section,
    what,
    unit,
    ours: of(seen, 'ours', figure),
    peer: { name: 'redis-server', figure: of(seen, 'redis', figure) },
    promised: null,
  })
  return [
    row('a million keys expire in a minute: p99.9 of a round trip', 'ms', 'p999'),
    row('and commands answered a second', '', 'rate'),
    row('and share of the expired keys that are still held, at most', 'share', 'stale'),
  ]
}

async function using(
  start: () => Promise<Listening>,
  measure: (port: number) => Promise<Figures>,
): Promise<Figures> {
  const server = await start()
  try {
    return await measure(server.port)
  } finally {
    await server.stop()
  }
}

/** One connection, whose replies are counted and, where they are bulk strings, told apart from nil. */
class Talk {
  private readonly socket: Socket
  private input: Buffer = Buffer.alloc(0)
  private readonly replies: string[] = []
  private wanted = 0
  private done: (() => void) | null = null

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.setNoDelay(true)
    this.socket.on('data', (chunk) => this.take(chunk))
  }

  /** Send requests; resolves to what each answered: the text of a bulk string, or the line. */
  async ask(requests: readonly string[]): Promise<readonly string[]> {
    this.replies.length = 0
    this.wanted = requests.length
    const answered = new Promise<void>((done) => {
      this.done = done
    })
    this.socket.write(requests.join(''), 'latin1')
    await answered
    return this.replies
  }

  end(): void {
    this.socket.destroy()
  }

  private take(chunk: Buffer): void {
    this.input = this.input.length === 0 ? chunk : Buffer.concat([this.input, chunk])
    let at = 0
    for (;;) {
      const line = this.input.indexOf('\r\n', at)
      if (line < 0) break
      const head = this.input.toString('latin1', at, line)
      const length = head.startsWith('$') ? Number(head.slice(1)) : -1
      const end = line + 2 + (length < 0 ? 0 : length + 2)
      if (this.input.length < end) break
      this.replies.push(length < 0 ? head : this.input.toString('latin1', line + 2, end - 2))
      at = end
    }
    this.input = this.input.subarray(at)
    if (this.replies.length >= this.wanted) this.done?.()
  }
}

const KEYS = 100_000
const AT_ONCE = 50

/** A cache with room for a fifth of its keys: the share of hits, once it is full. */
async function hitRate(port: number, policy: string, count: number): Promise<Figures> {
  const talk = new Talk(port)
  const draw = zipf(KEYS, 0.99)
  const value = 'x'.repeat(100)
  await talk.ask([
    request('CONFIG', 'SET', 'maxmemory-policy', policy),
    request('CONFIG', 'SET', 'maxmemory', '5mb'),
  ])
  let hits = 0
  let asked = 0
  for (let i = 0; i < count; i += AT_ONCE) {
    const keys = Array.from({ length: AT_ONCE }, () => `key:${(draw() * 7919) % KEYS}`)
    const found = [...(await talk.ask(keys.map((key) => request('GET', key))))]
    const missing = keys.filter((_, j) => found[j] === '$-1')
    if (missing.length > 0) await talk.ask(missing.map((key) => request('SET', key, value)))
    if (i < count / 2) continue
    hits += AT_ONCE - missing.length
    asked += AT_ONCE
  }
  const [size = ''] = await talk.ask([request('DBSIZE')])
  talk.end()
  return { hits: hits / asked, keys: Number(size.slice(1)) }
}

/** Numbers below `count`, small ones more often; the same in every run. */
function zipf(count: number, exponent: number): () => number {
  const sums = new Float64Array(count)
  let sum = 0
  for (let i = 0; i < count; i++) {
    sum += 1 / (i + 1) ** exponent
    sums[i] = sum
  }
  let seed = 12345
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    const x = ((seed + 0.5) / 2 ** 32) * sum
    let low = 0
    let high = count - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] as number) < x) low = middle + 1
      else high = middle
    }
    return low
  }
}

const RATE = 20_000
const TURN_MS = 5

/** Keys expire evenly over some seconds while so many commands a second are asked for. */
async function whileExpiring(port: number, keys: number, seconds: number): Promise<Figures> {
  const [talk, watch] = [new Talk(port), new Talk(port)]
  const start = Date.now() + keys / 50
  for (let i = 0; i < keys; i += 1000) {
    const requests = Array.from({ length: 1000 }, (_, j) => {
      const at = start + Math.floor(((i + j) / keys) * seconds * 1000)
      return request('SET', `volatile:${i + j}`, 'v', 'PXAT', String(at))
    })
    await talk.ask(requests)
  }
  const trips: number[] = []
  let answered = 0
  let stale = 0
  const from = performance.now()
  const until = start + seconds * 1000
  let nextLook = Date.now() + 500
  while (Date.now() < until) {
    const turn = performance.now()
    const requests = Array.from({ length: (RATE * TURN_MS) / 1000 }, (_, i) =>
      i % 2 === 0 ? request('SET', `k${i}`, 'v') : request('GET', `k${i - 1}`),
    )
    await talk.ask(requests)
    trips.push(performance.now() - turn)
    answered += requests.length
    if (Date.now() >= nextLook) {
      const [size = ''] = await watch.ask([request('DBSIZE')])
      const due = Math.min(1, Math.max(0, (Date.now() - start) / (seconds * 1000)))
      const held = Number(size.slice(1)) - requests.length / 2
      const expired = keys * due
      // A share of few says little.
      if (due > 0.1) stale = Math.max(stale, (held - (keys - expired)) / expired)
      nextLook = Date.now() + 500
    }
    const rest = TURN_MS - (performance.now() - turn)
    if (rest > 1) await new Promise((done) => setTimeout(done, rest))
  }
  const rate = answered / ((performance.now() - from) / 1000)
  talk.end()
  watch.end()
  trips.sort((a, b) => a - b)
  const p999 = trips[Math.floor(trips.length * 0.999)] as number
  return { p999, rate, stale: Math.max(0, stale) }
}
