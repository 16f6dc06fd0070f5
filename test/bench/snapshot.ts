/** Saving everything without anybody noticing; beside what one would write without a library. */
import { GOALS } from './goals.ts'
import type { Row } from './report.ts'
import { child, type Effort, interleave, of } from './run.ts'

export async function measureSnapshot(effort: Effort): Promise<Row[]> {
  const count = effort.pick(1_000_000, 300_000)
  const run = (variant: string) => () => child('snapshot', [variant, count])
  const seen = await interleave({ ours: run('ours'), json: run('json') }, effort.repetitions)
  const shared = { section: 'Snapshot to a file, Node', unit: 'ms' }
  const peer = 'JSON.stringify of a Map'
  return [
    {
      ...shared,
      what: `longest block, ${count / 1000} k keys`,
      ours: of(seen, 'ours', 'block'),
      peer: { name: peer, figure: of(seen, 'json', 'block') },
      promised: GOALS.snapshotBlockMs,
    },
    {
      ...shared,
      what: `whole time, ${count / 1000} k keys`,
      ours: of(seen, 'ours', 'total'),
      peer: { name: peer, figure: of(seen, 'json', 'total') },
      promised: null,
    },
  ]
}
