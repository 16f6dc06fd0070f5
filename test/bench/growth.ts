/** How long one command may take while the keyspace grows: no rehashing that everybody waits for. */
import { GOALS } from './goals.ts'
import type { Row } from './report.ts'
import { child, type Effort, interleave, of } from './run.ts'

export async function measureGrowth(effort: Effort): Promise<Row[]> {
  const count = effort.pick(8_000_000, 2_000_000)
  const run = (variant: string) => () =>
    child('growth', [variant, count], { flags: ['--max-old-space-size=8192'] })
  const seen = await interleave({ ours: run('ours'), map: run('map') }, effort.repetitions)
  const section = 'Growing'
  const what = `${count / 1e6} M keys`
  return [
    {
      section,
      what: `worst single SET up to ${what}`,
      unit: 'ms',
      ours: of(seen, 'ours', 'worst'),
      peer: { name: 'Map.set', figure: of(seen, 'map', 'worst') },
      promised: GOALS.growthMs,
      note: 'wall time with every collection in it; whatever preempts the process counts too',
    },
    {
      section,
      what: 'the same, on the processor (500 SETs)',
      unit: 'ms',
      ours: of(seen, 'ours', 'worstBlock'),
      peer: { name: 'Map.set', figure: of(seen, 'map', 'worstBlock') },
      promised: null,
    },
    {
      section,
      what: `SETs above 10 ms up to ${what}`,
      unit: '',
      ours: of(seen, 'ours', 'long'),
      peer: { name: 'Map.set', figure: of(seen, 'map', 'long') },
      promised: null,
    },
    {
      section,
      what: `time to ${what}`,
      unit: 's',
      ours: of(seen, 'ours', 'seconds'),
      peer: { name: 'Map.set', figure: of(seen, 'map', 'seconds') },
      promised: null,
    },
  ]
}
