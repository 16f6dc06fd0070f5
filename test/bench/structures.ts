/**
 * Every structure, command by command, at ten, ten thousand and a million elements: in process beside
 * ioredis-mock and plain JavaScript, and over loopback beside redis-server; and how the cost grows.
 */
import { startEngine } from '../../src/index.ts'
import { columns, short } from './report.ts'
import { child, type Effort, interleave, type Spreads } from './run.ts'
import { startOurs, startRedis } from './servers.ts'
import { type Complexity, STRUCTURES, type Structure } from './workloads.ts'

const SIZES = [10, 10_000, 1_000_000] as const
const [LEAST, MIDDLE, MOST] = SIZES

/**
 * How much more a command may cost at a million elements than at ten. What is reached in one step costs
 * more where it is not in the processor's cache any more; a logarithm is six times as large on top.
 */
const GROWTH: Readonly<Record<Complexity, number>> = { 'O(1)': 12, 'O(log N)': 24, 'O(N)': 1e5 }

export interface StructureReport {
  readonly text: string
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
  const texts: string[] = []
  for (const structure of wanted) {
    process.stderr.write(`${structure.name} … `)
    const seen = await measure(structure, effort)
    for (const [variant, found] of Object.entries(seen)) {
      for (const [workload, spread] of Object.entries(found)) {
        const of = `${structure.name} ${workload}`
        figures[of] ??= {}
        ;(figures[of] as Record<string, number>)[variant] = spread.median
      }
    }
    texts.push(tableOf(structure, seen))
  }
  return { text: texts.join('\n\n'), figures }
}

/** By `variant@count`, nanoseconds of each workload. */
async function measure(structure: Structure, effort: Effort): Promise<Spreads> {
  const { name } = structure
  const ours = await startOurs()
  const redis = await startRedis()
  try {
    const wire = (server: { port: number; pid: number }, count: number) => () =>
      child('wire', [server.port, server.pid, name, count])
    const all = SIZES.flatMap((count) => [
      ...['execute', 'mock', 'naive'].map(
        (variant) =>
          [
            `${variant}@${count}`,
            () => child('structures', [variant, name, count], { timeoutMs: 600_000 }),
          ] as const,
      ),
      [`ours@${count}`, wire(ours, count)] as const,
      [`redis@${count}`, wire(redis, count)] as const,
    ])
    return await interleave(Object.fromEntries(all), effort.pick(2, 1))
  } finally {
    await ours.stop()
    await redis.stop()
  }
}

const HEAD = [
  'execute ns',
  'beside mock',
  'beside naive',
  'TCP ns',
  'redis ns',
  'beside redis',
  'growth: documented',
  'ours',
  'redis',
]

function tableOf({ name, workloads }: Structure, seen: Spreads): string {
  const cost = (variant: string, count: number, workload: string): number | null =>
    seen[`${variant}@${count}`]?.[workload]?.median ?? null
  const lines: string[][] = [[name, ...HEAD]]
  for (const workload of workloads) {
    const at = (variant: string) => SIZES.map((count) => cost(variant, count, workload.name))
    const execute = at('execute')
    const ours = at('ours')
    const redis = at('redis')
    const grown = growthOf(execute)
    const tooMuch = grown !== null && grown > GROWTH[workload.complexity]
    lines.push([
      `  ${workload.name}`,
      list(execute, nanoseconds),
      list(over(at('mock'), execute), times),
      list(over(at('naive'), execute), times),
      list(ours, nanoseconds),
      list(redis, nanoseconds),
      list(over(redis, ours), times),
      workload.complexity,
      `${grown === null ? '-' : times(grown)}${tooMuch ? ' !' : ''}`,
      growthOf(redis) === null ? '-' : times(growthOf(redis) as number),
    ])
  }
  return columns(lines)
}

/** What a command costs at a million elements, in what it costs at ten. */
const growthOf = (costs: readonly (number | null)[]): number | null =>
  costs[0] == null || costs[2] == null ? null : costs[2] / costs[0]

/** How many times as fast ours is. */
const over = (theirs: readonly (number | null)[], ours: readonly (number | null)[]) =>
  theirs.map((cost, i) => (cost === null || ours[i] == null ? null : cost / (ours[i] as number)))

const nanoseconds = (value: number): string => short(Math.round(value))
const times = (value: number): string => `${value >= 100 ? short(value) : value.toPrecision(2)}x`
const list = (values: readonly (number | null)[], show: (value: number) => string): string =>
  values.map((value) => (value === null ? '-' : show(value))).join(' / ')

export const STRUCTURES_NOTE: string = [
  `Three figures are for ${short(LEAST)}, ${short(MIDDLE)} and ${short(MOST)} elements. "beside": how many times as fast as the`,
  'peer (above 1 is good). execute: in process, ns a command (mean of the commands of a line), fresh strings.',
  'TCP and redis: ns on the processor of the main thread of the server, a request, 100 in a write over loopback.',
  'growth: cost at a million divided by cost at ten; ! where it is more than the documented complexity and caches explain.',
].join('\n')
