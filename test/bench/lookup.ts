/** In the same thread: a typed GET beside `Map.get`, which is as fast as a lookup can be. */
import { GOALS } from './goals.ts'
import type { Promised, Row } from './report.ts'
import { child, type Effort, interleave, of } from './run.ts'

const SECTION = 'In process, beside Map.get'

export async function measureLookup(effort: Effort): Promise<Row[]> {
  const rows: Row[] = []
  const cases: [string, number, Promised | null][] = [
    ['same', 1_000_000, GOALS.getSame],
    ['fresh', 1_000_000, GOALS.getFresh],
    ...effort.pick<[string, number, null][]>(
      [
        ['same', 10_000, null],
        ['fresh', 10_000, null],
      ],
      [],
    ),
  ]
  for (const [mode, count, promised] of cases) {
    const run = (variant: string) => () => child('lookup', [variant, mode, count])
    const seen = await interleave(
      { map: run('map'), sync: run('sync'), execute: run('execute') },
      effort.repetitions,
    )
    const what = `${mode === 'same' ? 'the same instances' : 'fresh strings'}, ${count / 1000} k keys`
    const peer = { name: 'Map.get', figure: of(seen, 'map', 'mops') }
    const shared = { section: SECTION, unit: 'M/s', peer }
    rows.push(
      { ...shared, what: `sync.get, ${what}`, ours: of(seen, 'sync', 'mops'), promised },
      { ...shared, what: `execute, ${what}`, ours: of(seen, 'execute', 'mops'), promised: null },
    )
  }
  return rows
}
