/** Over loopback: redis-benchmark, and a client that programs use, against both servers in turn. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Redis } from 'ioredis'
import { GOALS } from './goals.ts'
import type { Row } from './report.ts'
import { type Effort, type Figures, interleave, of } from './run.ts'
import { type Listening, startOurs, startRedis } from './servers.ts'

const TESTS = ['ping_mbulk', 'get', 'set', 'incr', 'lpush'] as const

/** Requests a second by redis-benchmark, and microseconds of the server's processor for each. */
async function benchmark(
  { port, pid }: Listening,
  test: string,
  pipeline: number,
  n: number,
): Promise<Figures> {
  const before = processorOf(pid)
  const child = spawn(
    'redis-benchmark',
    // biome-ignore format: flag and value
    ['-h', '127.0.0.1', '-p', `${port}`, '-c', '50', '-P', `${pipeline}`, '-n', `${n}`, '-r', '10000', '-t', test, '--csv'],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  await once(child, 'close')
  const rate = Number(output.trim().split('\n').at(-1)?.split('","')[1])
  if (!(rate > 0)) throw new Error(`redis-benchmark ${test} said ${output}`)
  return { rate, micros: (processorOf(pid) - before) / n }
}

/** Microseconds that a process has run, all its threads together, to a hundredth of a second. */
function processorOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/** Calls a second by ioredis: one after the other on one connection, and by pipelines of 100. */
async function ioredis(port: number, calls: number): Promise<Figures> {
  const redis = new Redis({ port, host: '127.0.0.1' })
  await redis.set('key', 'value')
  const each = async (count: number, call: () => Promise<unknown>): Promise<number> => {
    const from = performance.now()
    for (let i = 0; i < count; i++) await call()
    return (count / (performance.now() - from)) * 1000
  }
  await each(calls / 10, () => redis.get('key'))
  const awaited = await each(calls, () => redis.get('key'))
  const batch = () => {
    const pipeline = redis.pipeline()
    for (let i = 0; i < 100; i++) pipeline.get('key')
    return pipeline.exec()
  }
  await each(calls / 100, batch)
  const pipelined = 100 * (await each(calls / 50, batch))
  redis.disconnect()
  return { awaited, pipelined }
}

export async function measureTcp(effort: Effort): Promise<Row[]> {
  const ours = await startOurs()
  const real = await startRedis()
  const rates: Row[] = []
  const costs: Row[] = []
  const peer = 'redis-server'
  try {
    for (const pipeline of [1, 16]) {
      const n = pipeline === 1 ? effort.pick(80_000, 40_000) : effort.pick(400_000, 200_000)
      for (const test of TESTS) {
        // Warm code, and the same data, on both sides.
        await benchmark(ours, test, pipeline, n / 2)
        await benchmark(real, test, pipeline, n / 4)
        const run = (server: Listening) => () => benchmark(server, test, pipeline, n)
        const seen = await interleave({ ours: run(ours), real: run(real) }, 3)
        const what = `${test.replace('_mbulk', '')} P=${pipeline}`
        rates.push({
          section: 'TCP, redis-benchmark, 50 connections',
          what,
          unit: 'requests/s',
          ours: of(seen, 'ours', 'rate'),
          peer: { name: peer, figure: of(seen, 'real', 'rate') },
          promised: pipeline === 1 ? GOALS.tcp : GOALS.tcpPipelined,
        })
        costs.push({
          section: "The same, on the server's processor, all threads",
          what,
          unit: 'us a request',
          ours: of(seen, 'ours', 'micros'),
          peer: { name: peer, figure: of(seen, 'real', 'micros') },
          promised: null,
        })
      }
    }
    const rows = [...rates, ...costs]
    const calls = effort.pick(20_000, 5000)
    const seen = await interleave(
      { ours: () => ioredis(ours.port, calls), real: () => ioredis(real.port, calls) },
      effort.repetitions,
    )
    for (const [figure, what] of [
      ['awaited', 'GET, one after the other'],
      ['pipelined', 'GET, pipelines of 100'],
    ] as const) {
      rows.push({
        section: 'TCP, ioredis, 1 connection',
        what,
        unit: 'calls/s',
        ours: of(seen, 'ours', figure),
        peer: { name: peer, figure: of(seen, 'real', figure) },
        promised: null,
      })
    }
    return rows
  } finally {
    await ours.stop()
    await real.stop()
  }
}
