/** How soon something answers: a server process, a script with an engine, one more engine. */
import type { Row } from './report.ts'
import { child, type Effort, interleave, of } from './run.ts'
import { type Listening, startOurs, startRedis } from './servers.ts'

export async function measureStart(effort: Effort): Promise<Row[]> {
  const server = (start: () => Promise<Listening>) => async () => {
    const running = await start()
    await running.stop()
    return { ms: running.startMs }
  }
  const seen = await interleave(
    {
      ours: server(startOurs),
      redis: server(startRedis),
      engine: () => child('start', ['engine']),
      mock: () => child('start', ['mock']),
    },
    effort.pick(5, 3),
  )
  const shared = { section: 'Start', unit: 'ms', promised: null }
  const mock = (figure: string) => ({ name: 'ioredis-mock', figure: of(seen, 'mock', figure) })
  return [
    {
      ...shared,
      what: 'server process until it answers',
      ours: of(seen, 'ours', 'ms'),
      peer: { name: 'redis-server', figure: of(seen, 'redis', 'ms') },
    },
    {
      ...shared,
      what: 'Node process to the first reply',
      ours: of(seen, 'engine', 'process'),
      peer: mock('process'),
    },
    {
      ...shared,
      what: 'one more engine, warm',
      ours: of(seen, 'engine', 'warm'),
      peer: mock('warm'),
    },
  ]
}
