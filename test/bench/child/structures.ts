/**
 * `structures VARIANT STRUCTURE COUNT BUDGET_MS MOST`: nanoseconds a command on the processor, by the name of
 * the workload, of so many workloads at most; the median of many short batches. Requests are made before
 * the clock runs, of fresh strings as from a parser.
 */
import { CommandError, startEngine } from '../../../src/index.ts'
import { NAIVE } from '../naive.ts'
import { structureOf, type Words, type Workload } from '../workloads.ts'
import { latin1, median, onProcessor, say } from './common.ts'

/** So many requests are made before the clock runs. */
const MOST_BATCH = 512
const LEAST_BATCHES = 3

const [variant, name, countWord, budgetWord, mostWord] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
]
const count = Number(countWord)
/** So long each workload is measured, and as long it runs before, on the processor. */
const budget = Number(budgetWord)
/** Who needs longer to be filled, or for one request, is out. */
const FILL_PATIENCE_MS = 60 * budget
const PATIENCE_MS = 20 * budget
const structure = structureOf(name)

type Run = (words: Words) => unknown

interface Subject {
  readonly fill: Run
  /** Called when it is full. */
  ready(): void
  /** What runs the requests of a turn, one each; null if it knows one of them not. */
  runs(workload: Workload): Run[] | null
}

const subjects: Readonly<Record<string, () => Promise<Subject>>> = {
  async execute() {
    const engine = startEngine()
    const client = engine.connect({ reply() {}, push() {}, flush() {}, close() {} })
    return {
      fill: (words) => engine.execute(client, words),
      ready() {},
      runs: (workload) => namesOf(workload).map(() => (words) => engine.execute(client, words)),
    }
  },
  async naive() {
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
  async mock() {
    const { default: IoredisMock } = await import('ioredis-mock')
    const mock = new IoredisMock() as unknown as Record<string, (...args: string[]) => unknown>
    // It has a method for what it does not support, which throws.
    const known = (command: string): boolean =>
      typeof mock[command] === 'function' && !/Unsupported/.test(String(mock[command]))
    return {
      async fill(words) {
        const command = (words[0] as string).toLowerCase()
        if (!known(command)) return
        await mock[command]?.(...words.slice(1))
      },
      ready() {},
      runs(workload) {
        const commands = namesOf(workload).map((command) => command.toLowerCase())
        if (!commands.every(known)) return null
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
    const from = onProcessor()
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
    return (onProcessor() - from) / requests.length
  }
  // What is refused is fast, and no measure of anything.
  for (const [i, words] of workload.calls(turns++, pick).entries()) {
    const reply = (runs[i] as Run)(words)
    if (reply instanceof CommandError) throw new Error(`${words[0]}: ${reply.message}`)
    await reply
  }
  // One, then a few, then as many as take a millisecond or so.
  let each = await batch(1)
  if (each > PATIENCE_MS) return undefined
  each = Math.min(each, await batch(2))
  const size = Math.max(1, Math.min(MOST_BATCH, Math.floor(2 / each / runs.length)))
  const times: number[] = []
  const begin = onProcessor() + budget
  while (onProcessor() < begin) await batch(size)
  const end = onProcessor() + budget
  while (onProcessor() < end || times.length < LEAST_BATCHES) times.push(await batch(size))
  return median(times) * 1e6
}

const subject = await (subjects[variant] as () => Promise<Subject>)()
const figures: Record<string, number> = {}
const begun = performance.now()
let full = true
for (const words of structure.fill(count)) {
  await subject.fill(fresh(words))
  if (variant === 'execute' || performance.now() - begun < FILL_PATIENCE_MS) continue
  full = false
  break
}
if (full) {
  subject.ready()
  for (const workload of structure.workloads.slice(0, Number(mostWord))) {
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
