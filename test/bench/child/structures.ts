/**
 * `structures VARIANT STRUCTURE COUNT`: nanoseconds a command, by the name of the workload; the median of
 * many short batches. Requests are made before the clock runs, of fresh strings as from a parser.
 */
import IoredisMock from 'ioredis-mock'
import { CommandError, startEngine } from '../../../src/index.ts'
import { NAIVE } from '../naive.ts'
import { structureOf, type Words, type Workload } from '../workloads.ts'
import { latin1, median, say } from './common.ts'

/** So long each workload is measured, and so many requests are made before the clock runs. */
const BUDGET_MS = 150
const MOST_BATCH = 512
const LEAST_BATCHES = 5
/** Who needs longer to be filled, or for one batch, is out. */
const PATIENCE_MS = 20_000

const [variant, name, countWord] = process.argv.slice(2) as [string, string, string]
const count = Number(countWord)
const structure = structureOf(name)

type Run = (words: Words) => unknown

interface Subject {
  readonly fill: Run
  /** Called when it is full. */
  ready(): void
  /** What runs the requests of a turn, one each; null if it knows one of them not. */
  runs(workload: Workload): Run[] | null
}

const subjects: Readonly<Record<string, () => Subject>> = {
  execute() {
    const engine = startEngine()
    const client = engine.connect({ reply() {}, push() {}, flush() {}, close() {} })
    return {
      fill: (words) => engine.execute(client, words),
      ready() {},
      runs: (workload) => namesOf(workload).map(() => (words) => engine.execute(client, words)),
    }
  },
  naive() {
    const naive = (NAIVE[name] as () => Readonly<Record<string, Run>>)()
    return {
      fill: (words) => (naive[words[0] as string] as Run)(words),
      ready: () => naive.ready?.([]),
      runs(workload) {
        const found = namesOf(workload).map((command) => naive[command])
        return found.includes(undefined) ? null : (found as Run[])
      },
    }
  },
  mock() {
    const mock = new IoredisMock() as unknown as Record<string, (...args: string[]) => unknown>
    return {
      fill: (words) => mock[(words[0] as string).toLowerCase()]?.(...words.slice(1)),
      ready() {},
      runs(workload) {
        const commands = namesOf(workload).map((command) => command.toLowerCase())
        if (!commands.every((command) => typeof mock[command] === 'function')) return null
        return commands.map((command) => (words: Words) => mock[command]?.(...words.slice(1)))
      },
    }
  },
}

function namesOf(workload: Workload): string[] {
  return workload.calls(0, () => 0).map((words) => words[0] as string)
}

/** As a parser cuts them: flat, and with no hash computed yet. */
function fresh(words: Words): string[] {
  return words.map((word) => latin1(Buffer.from(word, 'latin1')).latin1Slice(0, word.length))
}

let seed = 1
const pick = (): number => {
  seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
  return seed % count
}
let turns = 0

/** Nanoseconds a request; undefined if it fails or takes for ever. */
async function measure(workload: Workload, runs: Run[]): Promise<number | undefined> {
  const waits = variant === 'mock'
  const batch = async (size: number): Promise<number> => {
    const requests: string[][] = []
    for (let i = 0; i < size; i++) {
      for (const words of workload.calls(turns++, pick)) requests.push(fresh(words))
    }
    const from = performance.now()
    if (waits)
      for (let i = 0; i < requests.length; i++)
        await (runs[i % runs.length] as Run)(requests[i] as string[])
    else if (runs.length === 1) {
      const run = runs[0] as Run
      for (let i = 0; i < requests.length; i++) run(requests[i] as string[])
    } else {
      for (let i = 0; i < requests.length; i++)
        (runs[i % runs.length] as Run)(requests[i] as string[])
    }
    return (performance.now() - from) / requests.length
  }
  // What is refused is fast, and no measure of anything.
  for (const [i, words] of workload.calls(turns++, pick).entries()) {
    const reply = (runs[i] as Run)(words)
    if (reply instanceof CommandError) throw new Error(`${words[0]}: ${reply.message}`)
    await reply
  }
  // One, then a few, then as many as take a millisecond or so.
  let each = await batch(1)
  if (each * LEAST_BATCHES > PATIENCE_MS) return undefined
  each = Math.min(each, await batch(2))
  const size = Math.max(1, Math.min(MOST_BATCH, Math.floor(2 / each / runs.length)))
  const times: number[] = []
  const end = performance.now() + 2 * BUDGET_MS
  while (performance.now() < end - BUDGET_MS) await batch(size)
  while (performance.now() < end || times.length < LEAST_BATCHES) times.push(await batch(size))
  return median(times) * 1e6
}

const subject = (subjects[variant] as () => Subject)()
const figures: Record<string, number> = {}
const begun = performance.now()
let full = true
for (const words of structure.fill(count)) {
  await subject.fill(fresh(words))
  if (performance.now() - begun < PATIENCE_MS) continue
  full = false
  break
}
if (full) {
  subject.ready()
  for (const workload of structure.workloads) {
    const runs = subject.runs(workload)
    if (runs === null) continue
    try {
      const ns = await measure(workload, runs)
      if (ns !== undefined) figures[workload.name] = ns
    } catch (error) {
      // The mock has options that it does not know; ours must know them all.
      if (variant !== 'mock') throw error
    }
  }
}
say(figures)
process.exit(0)
