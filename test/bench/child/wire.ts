/**
 * `wire PORT PID STRUCTURE COUNT`: a server measured over loopback, by the name of the workload. Requests go out
 * by the hundred in one write, and the next ones when all replies are here. What counts is how long the
 * server's main thread was on a processor for each request: neighbours and this client are not in it.
 */
import { readFileSync } from 'node:fs'
import { clientOf } from '../client.ts'
import { structureOf, type Words, type Workload } from '../workloads.ts'
import { median, request, say } from './common.ts'

const REQUESTS = 100
const WINDOW_MS = 25
const WINDOWS = 8
/** Who needs longer for a batch is out. */
const PATIENCE_MS = 20_000

const [port, pid, name, countWord] = process.argv.slice(2) as [string, string, string, string]
const count = Number(countWord)
const structure = structureOf(name)

const { exchange } = await clientOf(Number(port))

/** Nanoseconds that the main thread of the server was on a processor. */
const onProcessor = (): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'latin1').split(' ')[0])

let seed = 1
const pick = (): number => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
  return seed % count
}
let turns = 0

function batchOf(workload: Workload, most: number): { text: string; size: number } {
  let text = ''
  let size = 0
  while (size < most) {
    for (const words of workload.calls(turns++, pick)) {
      text += request(...words)
      size++
    }
  }
  return { text, size }
}

async function measure(workload: Workload): Promise<number | undefined> {
  // What is asked of it first is not measured, but shows how many make a batch.
  const from = performance.now()
  await exchange(batchOf(workload, 1).text)
  const first = performance.now() - from
  if (first > PATIENCE_MS) return undefined
  const most = first > 5 ? Math.max(1, Math.floor(500 / first)) : REQUESTS
  const until = performance.now() + WINDOW_MS * WINDOWS
  while (performance.now() < until) await exchange(batchOf(workload, Math.min(most, REQUESTS)).text)
  const costs: number[] = []
  for (let window = 0; window < WINDOWS; window++) {
    const end = performance.now() + WINDOW_MS
    const before = onProcessor()
    let done = 0
    do {
      const { text, size } = batchOf(workload, Math.min(most, REQUESTS))
      await exchange(text)
      done += size
    } while (performance.now() < end)
    costs.push((onProcessor() - before) / done)
  }
  return median(costs)
}

await exchange(request('FLUSHALL'))
let text = ''
for (const words of structure.fill(count) as Iterable<Words>) {
  text += request(...words)
  if (text.length < 100_000) continue
  await exchange(text)
  text = ''
}
await exchange(text)
const figures: Record<string, number> = {}
for (const workload of structure.workloads) {
  const ns = await measure(workload)
  if (ns !== undefined) figures[workload.name] = ns
}
say(figures)
process.exit(0)
