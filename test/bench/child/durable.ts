/**
 * `durable VARIANT POLICY CALLERS MS`: writes a second of so many callers, each of which waits for its
 * reply before it writes again. `ours` calls the client in this process, `tcp` and `real` servers of their own.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis, startServer } from '../../../src/runtimes/node/index.ts'
import { keyOf, request, say } from './common.ts'

const [variant, policy, callerWords, msWords] = process.argv.slice(2) as string[]
const callers = Number(callerWords)
const ms = Number(msWords)
const dir = mkdtempSync(join(tmpdir(), 'respite-bench-'))
process.once('exit', () => rmSync(dir, { recursive: true, force: true }))

/** So many callers, until the time is over; `write` resolves when its write is acknowledged. */
async function rate(write: (caller: number, n: number) => Promise<unknown>): Promise<number> {
  let count = 0
  let n = 0
  let end = Number.POSITIVE_INFINITY
  const run = async (caller: number): Promise<void> => {
    while (performance.now() < end) {
      await write(caller, n++)
      count++
    }
  }
  const all = Array.from({ length: callers }, (_, i) => run(i))
  await new Promise((done) => setTimeout(done, ms / 4))
  count = 0
  const from = performance.now()
  end = from + ms
  await Promise.all(all)
  return (count / (performance.now() - from)) * 1000
}

/** A connection for each caller; a reply is one line. */
async function overTcp(port: number): Promise<number> {
  const sockets = await Promise.all(
    Array.from({ length: callers }, async () => {
      const socket = connect(port, '127.0.0.1').setNoDelay(true)
      await once(socket, 'connect')
      return socket
    }),
  )
  const figure = await rate((caller, n) => {
    const socket = sockets[caller] as (typeof sockets)[number]
    return new Promise<void>((done) => {
      socket.once('data', () => done())
      socket.write(request('SET', keyOf(n % 100_000), `value:${n}`))
    })
  })
  for (const socket of sockets) socket.destroy()
  return figure
}

async function reachable(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const fine = await new Promise<boolean>((done) => {
      socket.once('connect', () => done(true))
      socket.once('error', () => done(false))
    })
    socket.destroy()
    if (fine) return
    await new Promise((done) => setTimeout(done, 20))
  }
}

async function serverRate(child: ChildProcess, port: number): Promise<number> {
  process.once('exit', () => child.kill('SIGKILL'))
  await reachable(port)
  return overTcp(port)
}

const port = 21000 + (process.pid % 20000)
if (variant === 'serve') {
  const [, , folder, number] = process.argv.slice(2) as string[]
  await startServer({
    settings: [
      ['port', [number as string]],
      ['dir', [folder as string]],
      ['appendonly', ['yes']],
      ['appendfsync', [policy as string]],
      ['save', ['']],
    ],
  })
} else if (variant === 'ours') {
  const config = { appendfsync: policy as string }
  const redis = await Redis.create(`file:${dir}`, { config })
  say({ rate: await rate((_, n) => redis.set(keyOf(n % 100_000), `value:${n}`)) })
  process.exit(0)
} else {
  const own = [process.execPath, process.argv[1], 'serve', policy, dir, `${port}`]
  const flags = ['--port', port, '--dir', dir, '--save', '', '--appendonly', 'yes']
  const real = ['redis-server', ...flags, '--appendfsync', policy]
  const [program, ...args] = (variant === 'tcp' ? own : real).map(String) as [string, ...string[]]
  say({ rate: await serverRate(spawn(program, args, { stdio: 'ignore' }), port) })
  process.exit(0)
}
