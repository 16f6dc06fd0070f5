/** Values that are fresh and kept make young collections long: how long, with a large keyspace. */
import { GOALS } from './goals.ts'
import type { Row } from './report.ts'
import { child, type Effort, interleave, of } from './run.ts'

export async function measureCollector(effort: Effort): Promise<Row[]> {
  const count = effort.pick(4_000_000, 1_000_000)
  const run = (variant: string) => () =>
    child('collector', [variant, count, effort.pick(12, 4)], {
      flags: ['--max-old-space-size=8192'],
    })
  const seen = await interleave({ ours: run('ours'), map: run('map') }, effort.pick(2, 1))
  return ['p99', 'p50', 'max'].map((figure) => ({
    section: `Young collections, ${count / 1e6} M values of 40 B under reads and writes`,
    what: `pause, ${figure}`,
    unit: 'ms',
    ours: of(seen, 'ours', figure),
    peer: { name: 'Map', figure: of(seen, 'map', figure) },
    promised: figure === 'p99' ? GOALS.pauseMs : null,
  }))
}
