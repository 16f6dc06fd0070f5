/** Bytes a key: our heap beside what INFO of a real server calls `used_memory`. */
import { startReal } from '../helpers/real.ts'
import { GOALS } from './goals.ts'
import type { Row } from './report.ts'
import { child, type Effort, type Figures, interleave, of } from './run.ts'

async function redis(count: number, size: number): Promise<Figures> {
  const real = await startReal()
  const used = async (): Promise<number> => {
    const text = (await real.control.call(['INFO', 'memory'])).toString('latin1')
    return Number(/used_memory:(\d+)/.exec(text)?.[1])
  }
  const before = await used()
  // Growing has ended when the table is no longer rehashed, which the server's cron does.
  await real.control.call(['DEBUG', 'POPULATE', `${count}`, 'keykeykey', `${size}`])
  const after = await settled(used)
  await real.stop()
  return { bytes: (after - before) / count }
}

async function settled(used: () => Promise<number>): Promise<number> {
  let last = await used()
  for (let tries = 0; tries < 50; tries++) {
    await new Promise((done) => setTimeout(done, 100))
    const next = await used()
    if (Math.abs(next - last) < 1024) return next
    last = next
  }
  return last
}

export async function measureMemory(effort: Effort): Promise<Row[]> {
  const count = effort.pick(1_000_000, 500_000)
  const rows: Row[] = []
  for (const size of [3, 100]) {
    const seen = await interleave(
      {
        ours: () => child('memory', [count, size], { flags: ['--expose-gc'] }),
        redis: () => redis(count, size),
      },
      // It is the same every time.
      effort.pick(2, 1),
    )
    rows.push({
      section: 'Memory',
      what: `16 B key, ${size} B value, ${count / 1000} k keys`,
      unit: 'B/key',
      ours: of(seen, 'ours', 'bytes'),
      peer: { name: 'redis-server', figure: of(seen, 'redis', 'bytes') },
      promised: GOALS.memory,
    })
  }
  return rows
}
