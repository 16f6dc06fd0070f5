/** Bytes a key and an element: our heap beside what INFO of a real server calls `used_memory`. */
import { startEngine } from '../../src/index.ts'
import { startReal } from '../helpers/real.ts'
import { type Client, clientOf } from './client.ts'
import { elements } from './elements.ts'
import { GOALS } from './goals.ts'
import { type Promised, type Row, spread } from './report.ts'
import { child, type Effort, interleave, of } from './run.ts'
import { knows } from './structures.ts'

const STRUCTURES: readonly (readonly [name: string, needs: string, promised: Promised])[] = [
  ['hash', 'hset', GOALS.memory],
  ['set', 'sadd', GOALS.memory],
  ['zset', 'zadd', GOALS.memoryMember],
  ['list', 'rpush', GOALS.memory],
  ['stream', 'xadd', GOALS.memory],
  ['geo', 'geoadd', GOALS.memoryMember],
  ['array', 'arset', GOALS.memory],
]

/** Null: it does not know the command. */
async function redis(
  what: string,
  count: number,
  size: number,
  needs: string,
): Promise<number | null> {
  const real = await startReal()
  if (!(await knows(real.port, needs))) {
    await real.stop()
    return null
  }
  const client = await clientOf(real.port)
  const before = await settled(client)
  for (const chunk of elements(what, count, size)) await client.exchange(chunk)
  // Growing has ended when the table is no longer rehashed, which the server's cron does.
  const after = await settled(client)
  client.end()
  await real.stop()
  return (after - before) / count
}

async function settled(client: Client): Promise<number> {
  const used = async (): Promise<number> =>
    Number(/used_memory:(\d+)/.exec(await client.exchange('INFO memory\r\n'))?.[1])
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
  const count = effort.pick(1_000_000, 200_000)
  const row = async (
    name: string,
    size: number,
    what: string,
    promised: Promised,
    needs = 'set',
  ): Promise<Row> => {
    const flags = { flags: ['--expose-gc', '--max-old-space-size=4096'] }
    // It is the same every time.
    const seen = await interleave({ ours: () => child('memory', [name, count, size], flags) }, 1)
    const theirs = await redis(name, count, size, needs)
    return {
      section: `Memory, ${count / 1000} k of each`,
      what,
      unit: name === 'keys' ? 'B/key' : 'B/element',
      ours: of(seen, 'ours', 'bytes'),
      ...(theirs === null ? {} : { peer: { name: 'redis-server', figure: spread([theirs]) } }),
      promised,
    }
  }
  const rows: Row[] = []
  for (const size of [3, 100]) {
    rows.push(await row('keys', size, `16 B key, ${size} B value`, GOALS.memory))
  }
  const { commands } = startEngine().dispatcher
  for (const [name, needs, promised] of STRUCTURES) {
    if (commands.has(needs)) rows.push(await row(name, 0, `one ${name}`, promised, needs))
  }
  return rows
}
