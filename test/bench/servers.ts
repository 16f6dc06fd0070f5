/** Our server from its bundle and the real one, each in a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { startReal } from '../helpers/real.ts'
import { freePort } from '../helpers/server.ts'
import { bundles } from './run.ts'

export interface Listening {
  readonly port: number
  readonly pid: number
  /** From starting the process until it answered. */
  readonly startMs: number
  stop(): Promise<void>
}

export async function startOurs(): Promise<Listening> {
  const port = await freePort()
  const file = join(await bundles(), 'server.mjs')
  const from = performance.now()
  const child = spawn(process.execPath, [file, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  await once(child.stdout, 'data')
  const startMs = performance.now() - from
  return {
    port,
    pid: child.pid as number,
    startMs,
    async stop() {
      process.off('exit', kill)
      const gone = once(child, 'close')
      kill()
      await gone
    },
  }
}

export async function startRedis(): Promise<Listening> {
  const from = performance.now()
  const real = await startReal()
  const { port, pid } = real
  return { port, pid, startMs: performance.now() - from, stop: () => real.stop() }
}
