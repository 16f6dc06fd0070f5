/** RDB files out and in, beside a real server. */
import type { Row } from './report.ts'
import { child, type Effort, interleave, of } from './run.ts'

export async function measureTransfer(effort: Effort): Promise<Row[]> {
  const count = effort.pick(1_000_000, 100_000)
  const run = (variant: string) => () => child('transfer', [variant, count])
  const seen = await interleave({ ours: run('ours'), real: run('real') }, effort.repetitions)
  const shared = { section: 'RDB files, Node', unit: 'MB/s', promised: null }
  return (['save', 'load'] as const).map((what) => ({
    ...shared,
    what: `${what}, ${count / 1000} k keys`,
    ours: of(seen, 'ours', what),
    peer: { name: 'redis-server', figure: of(seen, 'real', what) },
  }))
}
