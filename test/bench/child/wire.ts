/**
 * `wire PORT PID STRUCTURE COUNT BUDGET_MS MOST`: a server measured over loopback, by the name of the workload. Requests go out
 * by the hundred in one write, and the next ones when all replies are here. What counts is how long the
 * server's main thread was on a processor for each request: neighbours and this client are not in it.
 */
import { readFileSync } from 'node:fs'
import { clientOf } from '../client.ts'
import { structureOf, type Words, type Workload } from '../workloads.ts'
import { median, request, say } from './common.ts'

const REQUESTS = 100
const WINDOWS = 6

const [port, pid, name, countWord, budgetWord, mostWord] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string,
]
const count = Number(countWord)
/** So long each workload is measured, and as long it runs before, on the server's processor. */
const budget = Number(budgetWord)
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

async function measure(workload: Workload): Promise<number> {
  // What is asked of it first is not measured, but shows how many make a batch.
  const from = performance.now()
  await exchange(batchOf(workload, 1).text)
  const first = performance.now() - from
  const most = first > 5 ? Math.max(1, Math.floor(budget / first)) : REQUESTS
  const until = onProcessor() + budget * 1e6
  while (onProcessor() < until) await exchange(batchOf(workload, Math.min(most, REQUESTS)).text)
  const costs: number[] = []
  for (let window = 0; window < WINDOWS; window++) {
    const before = onProcessor()
    const end = before + (budget * 1e6) / WINDOWS
    let done = 0
    do {
      const { text, size } = batchOf(workload, Math.min(most, REQUESTS))
      await exchange(text)
      done += size
    } while (onProcessor() < end)
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
for (const workload of structure.workloads.slice(0, Number(mostWord))) {
  try {
    figures[workload.name] = await measure(workload)
  } catch (error) {
    // A server that is older than a command refuses it, and what is refused is no measure of anything.
    if (!/unknown command/.test(String(error))) throw error
  }
}
say(figures)
process.exit(0)
