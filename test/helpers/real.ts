/**
 * The oracle: a real redis-server, started for the tests and ended by its process id.
 *
 * RESPITE_ORACLE names the program; without it, it is `redis-server` from the path.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TcpLink } from './link.ts'

/** The program that is the oracle. */
export const program: string = process.env.RESPITE_ORACLE ?? 'redis-server'

/** The version of the oracle, without starting a server. Throws one line if there is none. */
export function oracleVersion(): string {
  known ??= askVersion()
  return known
}

/** It is asked for with every reply that is compared. */
let known: string | undefined

function askVersion(): string {
  let text: string
  try {
    text = execFileSync(program, ['--version'], { encoding: 'utf8' })
  } catch {
    throw new Error(
      `no oracle: '${program}' does not run; install redis-server 7.0 or later (apt-get install redis-server), or name one in RESPITE_ORACLE`,
    )
  }
  return /v=(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? '0.0.0'
}

/** Negative, zero or positive, as the first version is older, the same or newer. */
export function compareVersions(a: string, b: string): number {
  const left = a.split('.').map(Number)
  const right = b.split('.').map(Number)
  for (let i = 0; i < right.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

const NO_ARGUMENTS = /^(-ERR unknown command '[^\r]*'), with args beginning with: (?=\r\n)/gm

/** What an oracle says, as it is worded since 8: of an unknown command no arguments, if it has none. */
export function asSince8(reply: Buffer, version: string = oracleVersion()): Buffer {
  if (compareVersions(version, '8') >= 0) return reply
  return Buffer.from(reply.toString('latin1').replace(NO_ARGUMENTS, '$1'), 'latin1')
}

export interface Real {
  readonly port: number
  readonly pid: number
  /** As INFO reports it. */
  readonly version: string
  /** A connection for the harness itself. */
  readonly control: TcpLink
  /** What CONFIG GET * says. */
  config(): Promise<Map<string, string>>
  stop(): Promise<void>
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        resolve(typeof address === 'object' && address !== null ? address.port : 0),
      )
    })
  })
}

async function open(port: number, child: ChildProcess): Promise<TcpLink> {
  for (let tries = 0; tries < 200 && child.exitCode === null; tries++) {
    try {
      return await TcpLink.open(port)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
  throw new Error(`'${program}' did not come up on port ${port}`)
}

/** Start a server with nothing in it and nothing saved. */
export async function startReal(flags: readonly string[] = []): Promise<Real> {
  oracleVersion()
  const dir = mkdtempSync(join(tmpdir(), 'respite-oracle-'))
  const port = await freePort()
  const child = spawn(
    program,
    // biome-ignore format: flag and value
    [
      '--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no',
      '--enable-debug-command', 'yes', '--enable-module-command', 'no', ...flags,
    ],
    { stdio: 'ignore' },
  )
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  // A test run that is cut short must not leave a server behind.
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  const control = await open(port, child)
  const info = (await control.call(['INFO', 'server'])).toString('latin1')
  return {
    port,
    pid: child.pid as number,
    version: /redis_version:([\d.]+)/.exec(info)?.[1] ?? '0.0.0',
    control,
    async config() {
      const words = bulks(await control.call(['CONFIG', 'GET', '*']))
      const values = new Map<string, string>()
      for (let i = 0; i + 1 < words.length; i += 2) {
        values.set(words[i] as string, words[i + 1] as string)
      }
      return values
    },
    async stop() {
      control.close()
      end()
      await exited
      process.removeListener('exit', end)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** The words of a flat array of bulk strings. */
function bulks(reply: Buffer): string[] {
  const words: string[] = []
  let at = reply.indexOf(0x0a) + 1
  while (at < reply.length) {
    const line = reply.indexOf(0x0a, at)
    const length = Number(reply.toString('latin1', at + 1, line - 1))
    words.push(reply.toString('latin1', line + 1, line + 1 + length))
    at = line + 1 + length + 2
  }
  return words
}
