/** Calls through a worker thread, beside the same client with the engine in its own thread. */
import { GOALS } from './goals.ts'
import type { Row } from './report.ts'
import { child, type Effort, interleave, of } from './run.ts'

export async function measureThreads(effort: Effort): Promise<Row[]> {
  const run = (variant: string) => () => child('threads', [variant, effort.pick(300, 100)])
  const seen = await interleave({ worker: run('worker'), local: run('local') }, effort.repetitions)
  return (
    [
      ['pipelined', 'pipelines of 1000'],
      ['promises', '1000 promises at a time'],
      ['awaited', 'one after the other'],
    ] as const
  ).map(([figure, what]) => ({
    section: 'GET through a worker thread, Node',
    what,
    unit: 'calls/s',
    ours: of(seen, 'worker', figure),
    peer: { name: 'same thread', figure: of(seen, 'local', figure) },
    promised: figure === 'pipelined' ? GOALS.workerCalls : null,
  }))
}
