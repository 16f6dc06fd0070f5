/** A `respite-server` in a process of its own, from source, on a free port. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface ServerProcess {
  readonly port: number
  readonly dir: string
  readonly pid: number
  /** Everything it has printed so far. */
  output(): string
  /** Send a signal and wait until it has ended; its exit code, or the signal's name. */
  end(signal?: NodeJS.Signals): Promise<number | string>
}

export interface CliResult {
  code: number | string
  stdout: string
  stderr: string
}

/** A folder that does not exist for anybody else, removed when the process ends. */
export function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'respite-test-'))
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  probe.close()
  await once(probe, 'close')
  return port
}

const launch = (flags: readonly string[]): ChildProcess =>
  spawn(process.execPath, ['--import', 'tsx', 'src/runtimes/node/cli.ts', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })

/** Run the program to its end, as for `--help` or a wrong flag. */
export async function cli(...flags: string[]): Promise<CliResult> {
  const child = launch(flags)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { code: code ?? signal ?? '', stdout, stderr }
}

/** Start a server and wait until it takes connections. `conf` is the path of a redis.conf. */
export async function startProcess(
  flags: readonly string[] = [],
  dir: string = scratch(),
  conf?: string,
): Promise<ServerProcess> {
  const port = await freePort()
  const child = launch([
    ...(conf === undefined ? [] : [conf]),
    ...['--port', String(port), '--dir', dir],
    ...flags,
  ])
  let output = ''
  const ended = once(child, 'close') as Promise<[number | null, string | null]>
  const ready = new Promise<void>((done) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
      if (output.includes('Ready to accept connections')) done()
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
  })
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', kill)
  await Promise.race([
    ready,
    ended.then(() => {
      throw new Error(`respite-server did not start:\n${output}`)
    }),
  ])
  return {
    port,
    dir,
    pid: child.pid as number,
    output: () => output,
    async end(signal = 'SIGTERM') {
      process.off('exit', kill)
      child.kill(signal)
      const [code, name] = await ended
      return code ?? name ?? ''
    },
  }
}
