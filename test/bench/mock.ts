/** What tests use today: ioredis-mock; and the awaited client beside the least an await costs. */
import { GOALS } from './goals.ts'
import type { Row } from './report.ts'
import { child, type Effort, interleave, of } from './run.ts'

export async function measureMock(effort: Effort): Promise<Row[]> {
  const variants = ['execute', 'client', 'map', 'mock']
  const seen = await interleave(
    Object.fromEntries(variants.map((name) => [name, () => child('mock', [name])])),
    effort.repetitions,
  )
  const section = 'Calls, 10 k keys, or one sorted set of 10 k members'
  return ['get', 'set', 'zadd'].flatMap((name): Row[] => {
    const mock = { name: 'ioredis-mock', figure: of(seen, 'mock', name) }
    const ours = of(seen, 'client', name)
    const word = name.toUpperCase()
    const shared = { section, unit: 'calls/s' }
    return [
      {
        ...shared,
        what: `execute ${word}`,
        ours: of(seen, 'execute', name),
        peer: mock,
        promised: name === 'zadd' ? GOALS.mockZadd : GOALS.mock,
      },
      { ...shared, what: `await client ${word}`, ours, peer: mock, promised: null },
      ...(name === 'zadd'
        ? []
        : [
            {
              ...shared,
              what: `await client ${word}`,
              ours,
              peer: { name: 'async Map', figure: of(seen, 'map', name) },
              promised: null,
            },
          ]),
    ]
  })
}
