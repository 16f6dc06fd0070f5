/**
 * Every structure, command by command, at ten, ten thousand and a million elements: in process beside
 * ioredis-mock and plain JavaScript, and over loopback beside redis-server; and how the cost grows.
 */
import { startEngine } from '../../src/index.ts'
import { request } from './child/common.ts'
import { clientOf } from './client.ts'
import { short, type Table } from './report.ts'
import { child, type Effort, type Figures, interleave, type Spreads } from './run.ts'
import { startOurs, startRedis } from './servers.ts'
import { type Complexity, STRUCTURES, type Structure } from './workloads.ts'

const SIZES: readonly number[] = [10, 10_000, 1_000_000]
const QUICK_SIZES: readonly number[] = [10, 100_000]

/**
 * How much more a command may cost at a million elements than at ten. What is reached in one step costs
 * more where it is not in the processor's cache any more, eight times at most; a logarithm is six times as
 * large on top.
 */
const CACHES = 12
const GROWTH: Readonly<Record<Complexity, (from: number, to: number) => number>> = {
  'O(1)': () => CACHES,
  'O(log N)': (from, to) => (CACHES * Math.log(to)) / Math.log(from) / 3,
  // At ten, what is done once is most of it.
  'O(N)': (from, to) => (2 * to) / from,
}

export interface StructureReport {
  readonly tables: readonly Table[]
  /** Commands that grow faster than documented. */
  readonly steep: readonly string[]
  /** Processes that did not end well; what they were to measure is missing. */
  readonly failures: readonly string[]
  readonly figures: Readonly<Record<string, Readonly<Record<string, number>>>>
}

export async function measureStructures(
  effort: Effort,
  only: readonly string[],
): Promise<StructureReport> {
  const { commands } = startEngine().dispatcher
  const wanted = STRUCTURES.filter(
    ({ name, needs }) => commands.has(needs) && (only.length === 0 || only.includes(name)),
  )
  const figures: Record<string, Record<string, number>> = {}
  const tables: Table[] = []
  const steep: string[] = []
  const failures: string[] = []
  for (const structure of wanted) {
    process.stderr.write(`${structure.name} … `)
    const seen = await measure(structure, effort, failures)
    for (const [variant, found] of Object.entries(seen)) {
      for (const [workload, spread] of Object.entries(found)) {
        const of = `${structure.name} ${workload}`
        figures[of] ??= {}
        ;(figures[of] as Record<string, number>)[variant] = spread.median
      }
    }
    tables.push(tableOf(structure, sizesOf(structure, effort), seen, steep))
  }
  return { tables, steep, failures, figures }
}

const sizesOf = ({ sizes }: Structure, effort: Effort): readonly number[] =>
  effort.pick<readonly number[]>(sizes ?? SIZES, sizes?.slice(0, 2) ?? QUICK_SIZES)

/** By `variant@count`, nanoseconds of each workload. */
async function measure(structure: Structure, effort: Effort, failures: string[]): Promise<Spreads> {
  const { name } = structure
  const one = (...args: Parameters<typeof child>): Promise<Figures> =>
    child(...args).catch((error: Error) => {
      failures.push(error.message)
      return {}
    })
  const words = [effort.pick(70, 30), effort.pick(100, 8)]
  const ours = await startOurs()
  const redis = await startRedis()
  try {
    const wire = (server: { port: number; pid: number }, count: number) => () =>
      one('wire', [server.port, server.pid, name, count, ...words])
    const real = await knows(redis.port, structure.needs)
    const all = sizesOf(structure, effort).flatMap((count) => {
      const within = (variant: string) => () =>
        child('structures', [variant, name, count, ...words])
      const variants: [string, () => Promise<Figures>][] = [
        ['execute', within('execute')],
        ['ours', wire(ours, count)],
      ]
      if (!effort.quick) variants.push(['mock', within('mock')], ['naive', within('naive')])
      if (real) variants.push(['redis', wire(redis, count)])
      return variants.map(([variant, run]) => [`${variant}@${count}`, run] as const)
    })
    return await interleave(Object.fromEntries(all), 1)
  } finally {
    await ours.stop()
    await redis.stop()
  }
}

/** Whether a server has a command. */
export async function knows(port: number, command: string): Promise<boolean> {
  const client = await clientOf(port)
  const info = await client.exchange(request('COMMAND', 'INFO', command))
  client.end()
  return info.includes(`\r\n${command}\r\n`)
}

const HEAD = ['ns in process', 'x mock', 'x naive', 'us over TCP', 'x redis', 'growth', 'redis']

function tableOf(
  { name, workloads }: Structure,
  sizes: readonly number[],
  seen: Spreads,
  steep: string[],
): Table {
  const lines: string[][] = []
  for (const workload of workloads) {
    const at = (variant: string) =>
      sizes.map((count) => seen[`${variant}@${count}`]?.[workload.name]?.median ?? null)
    const execute = at('execute')
    const ours = at('ours')
    const redis = at('redis')
    if (execute.every((cost) => cost === null)) continue
    const grown = growthOf(execute)
    const allowed = GROWTH[workload.complexity](sizes[0] as number, sizes.at(-1) as number)
    const tooMuch = grown !== null && grown > allowed
    if (tooMuch) steep.push(`${name} ${workload.name}: ${times(grown)}, ${workload.complexity}`)
    lines.push([
      workload.name,
      list(execute, nanoseconds),
      list(over(at('mock'), execute), times),
      list(over(at('naive'), execute), times),
      list(ours, microseconds),
      list(over(redis, ours), times),
      `${grown === null ? '-' : times(grown)} ${workload.complexity}${tooMuch ? ' !' : ''}`,
      growthOf(redis) === null ? '-' : times(growthOf(redis) as number),
    ])
  }
  return { title: `${name} of ${sizes.map(count).join(' / ')}`, head: ['', ...HEAD], lines }
}

/** What a command costs at the most elements, in what it costs at the fewest. */
const growthOf = (costs: readonly (number | null)[]): number | null => {
  const [first, last] = [costs[0], costs.at(-1)]
  return first == null || last == null ? null : last / first
}

/** How many times as fast ours is. */
const over = (theirs: readonly (number | null)[], ours: readonly (number | null)[]) =>
  theirs.map((cost, i) => (cost === null || ours[i] == null ? null : cost / (ours[i] as number)))

const count = (n: number): string =>
  n >= 1e6 ? `${n / 1e6} M` : n >= 1000 ? `${n / 1000} k` : `${n}`
const nanoseconds = (value: number): string => short(Math.round(value))
const microseconds = (value: number): string => short(Number((value / 1000).toPrecision(3)))
const times = (value: number): string =>
  value >= 9.95 ? short(Math.round(value)) : value.toPrecision(2)
const list = (values: readonly (number | null)[], show: (value: number) => string): string =>
  values.every((value) => value === null)
    ? '-'
    : values.map((value) => (value === null ? '-' : show(value))).join(' / ')

export const STRUCTURES_NOTE: string = [
  'Three figures are for three numbers of elements. x: how many times as fast as the peer (above 1 is good).',
  'In process: ns a command (mean of the commands of a line), fresh strings, beside ioredis-mock and plain JavaScript.',
  "Over TCP: on the processor of the server's main thread, a request, 100 in a write, beside redis-server.",
  'Growth: cost at the most elements over cost at the fewest; ! where that is more than the documented complexity and caches explain.',
].join('\n')
