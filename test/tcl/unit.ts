/**
 * One unit of the suite, in a process of its own, against one server or one program.
 *
 * Each worker has a copy of the suite's tree, because the suite empties its folder of temporary files
 * when it begins. In that copy `src/redis-server` is the program under test.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { find } from '../provide.ts'
import { type Outcome, readOutcome } from './outcome.ts'
import type { Mode } from './record.ts'

/** A server under test: how it is called, and under which name it goes in tables. */
export interface Subject {
  readonly name: string
  /** Program and leading arguments. */
  readonly command: readonly string[]
}

export interface UnitOptions {
  readonly mode: Mode
  /** Seconds without progress in one test, and for the unit as a whole. */
  readonly patience: number
  readonly limit: number
  readonly tags: string
  readonly only: readonly string[]
  /** Option and value, as in redis.conf, for every server. */
  readonly config: readonly string[]
  /** Tests of a unit that are left out. */
  without(unit: string): readonly string[]
  /** Further arguments for the suite. */
  extra(unit: string): readonly string[]
}

export interface UnitResult extends Outcome {
  readonly unit: string
  readonly seconds: number
  /** The whole output, of all attempts. */
  readonly log: string
}

/** Ports of one attempt, and attempts until the same ports are used again. */
const PORTS = 80
const PORT_TURNS = 4
/** What one tree needs. */
export const TREE_PORTS: number = PORTS * PORT_TURNS
/** Tests that hang are left out and the unit begins again, but not for ever. */
const MOST_HANGS = 6
const TCLSH = process.env.TCLSH ?? 'tclsh'
/** Where Redis listens unless told otherwise; ours wants to be asked (SECURITY.md). */
const EVERYWHERE = `case "$1" in *.conf*) grep -q '^bind ' "$1" || set -- "$@" --bind '*' '-::*';; esac
`
const HELPERS = ['redis-cli', 'redis-benchmark', 'redis-check-aof', 'redis-check-rdb']

/** A copy of the suite with our program in it. */
export class Tree {
  readonly folder: string
  private readonly subject: Subject
  private readonly basePort: number
  private turn = 0
  private readonly selectsInside: boolean

  constructor(suite: string, subject: Subject, basePort: number) {
    this.subject = subject
    this.basePort = basePort
    this.folder = mkdtempSync(join(tmpdir(), 'respite-tcl-'))
    process.once('exit', () => rmSync(this.folder, { recursive: true, force: true }))
    // Runs of the suite in the tree itself may have left gigabytes there.
    cpSync(join(suite, 'tests'), join(this.folder, 'tests'), {
      recursive: true,
      filter: (path) => !path.startsWith(join(suite, 'tests/tmp/')),
    })
    mkdirSync(join(this.folder, 'tests/tmp'), { recursive: true })
    for (const name of ['redis.conf', 'sentinel.conf', 'utils']) {
      if (existsSync(join(suite, name))) symlinkSync(join(suite, name), join(this.folder, name))
    }
    // Since 7.2 a database is selected inside of a transaction.
    const header = readFileSync(join(suite, 'src/version.h'), 'utf8')
    this.selectsInside = !/REDIS_VERSION "[0-6]\.|"7\.[01]\./.test(header)
    this.spare()
    if (subject.name === 'respite') this.adapt()
    mkdirSync(join(this.folder, 'src'))
    const launcher = join(this.folder, 'src/redis-server')
    const words = subject.command.map((word) => `'${word}'`).join(' ')
    const asks = subject.name === 'respite' ? EVERYWHERE : ''
    writeFileSync(launcher, `#!/bin/sh\n${asks}exec ${words} "$@"\n`)
    chmodSync(launcher, 0o755)
    const own = resolve(subject.command[0] as string, '..')
    for (const name of HELPERS) {
      const file = existsSync(join(own, name)) ? join(own, name) : find(name)
      if (file !== undefined) symlinkSync(file, join(this.folder, 'src', name))
    }
  }

  /**
   * Before each block the suite empties the server of functions and scripts, and gives up where that
   * is refused: as long as there are none that would be all of it. And where a block with a server of
   * its own fails outside of a test, it takes two servers off its list, not one.
   */
  private spare(): void {
    const file = join(this.folder, 'tests/support/server.tcl')
    const text = readFileSync(file, 'latin1')
    const line = /^( *)r (function|script) flush$/gm
    const failed = /^( {16})send_data_packet \$::test_server_fd err \[join \$details "\\n"\]$/gm
    const spared = text
      .replaceAll(line, '$1catch {r $2 flush}')
      .replaceAll(failed, '$&\n$1set ::tags [lrange $::tags 0 end-[llength $tags]]\n$1return')
    writeFileSync(file, spared, 'latin1')
  }

  /** Our journal has other names, and says more. */
  private adapt(): void {
    const first = this.selectsInside ? 1 : 0
    const source = readFileSync(join(import.meta.dirname, 'journal.tcl'), 'utf8')
    const procedures = `${source}\nset ::journal_multi_first ${first}\n`
    appendFileSync(join(this.folder, 'tests/support/aofmanifest.tcl'), procedures)
    appendFileSync(join(this.folder, 'tests/support/util.tcl'), procedures)
  }

  /** All units of the suite. */
  list(): string[] {
    const { stdout } = spawnSync(TCLSH, ['tests/test_helper.tcl', '--list-tests'], {
      cwd: this.folder,
      encoding: 'utf8',
    })
    return stdout.split('\n').filter((line) => line !== '')
  }

  /** Run a unit; when a test hangs, again without it. */
  async run(unit: string, options: UnitOptions): Promise<UnitResult> {
    const started = Date.now()
    const hung: string[] = []
    let log = ''
    let outcome: Outcome
    for (;;) {
      const left = options.limit - (Date.now() - started) / 1000
      const output = await this.attempt(unit, options, hung, Math.max(left, 10))
      log += output
      outcome = readOutcome(output)
      if (outcome.hung === null || hung.includes(outcome.hung) || hung.length >= MOST_HANGS) break
      hung.push(outcome.hung)
      if ((Date.now() - started) / 1000 > options.limit) break
    }
    for (const name of hung) outcome.failed.push({ name, text: 'no progress: left out' })
    if (!outcome.finished && outcome.aborted.length === 0 && outcome.hung === null) {
      const name = `after ${outcome.passed.at(-1) ?? 'the beginning'}`
      outcome.aborted.push({ name, text: `the unit did not end within ${options.limit} seconds` })
    }
    return { ...outcome, unit, seconds: (Date.now() - started) / 1000, log }
  }

  private async attempt(
    unit: string,
    options: UnitOptions,
    without: readonly string[],
    limit: number,
  ): Promise<string> {
    const port = this.basePort + (this.turn++ % PORT_TURNS) * PORTS
    const server = options.mode === 'external' ? await this.serve(port, options.config) : null
    // The suite takes 32 ports below its base for itself.
    const ports = ['--baseport', `${port + 40}`, '--portcount', `${PORTS - 40}`]
    const args = [
      ...['tests/test_helper.tcl', '--single', unit, '--durable', '--clients', '1'],
      ...['--timeout', `${options.patience}`, '--tags', options.tags],
      ...[...ports, ...(server?.flags ?? [])],
      ...options.extra(unit),
      ...(server === null ? configFlags(options.config) : []),
      ...[...options.without(unit), ...without].flatMap((name) => ['--skiptest', name]),
      ...options.only.flatMap((name) => ['--only', name]),
    ]
    const suite = spawn(TCLSH, args, { cwd: this.folder, detached: true })
    const end = () => killGroup(suite)
    process.once('exit', end)
    const chunks: Buffer[] = []
    suite.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
    suite.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk))
    const timer = setTimeout(end, limit * 1000)
    await new Promise((done) => suite.once('exit', done))
    clearTimeout(timer)
    // Servers that it started and could not end.
    end()
    process.off('exit', end)
    let output = Buffer.concat(chunks).toString('utf8')
    if (server !== null) output += server.end()
    return `${output}\n`
  }

  /** A server for the suite to talk to. */
  private async serve(
    port: number,
    config: readonly string[],
  ): Promise<{ flags: string[]; end(): string }> {
    const [program, ...rest] = this.subject.command as [string, ...string[]]
    const dir = mkdtempSync(join(this.folder, 'data-'))
    // biome-ignore format: flag and value
    const child = spawn(program, [
      ...rest, '--port', `${port}`, '--dir', dir, '--save', '', '--logfile', join(dir, 'log'),
      '--enable-debug-command', 'yes', '--enable-protected-configs', 'yes',
      '--enable-module-command', 'yes', ...config.map((word, i) => (i % 2 === 0 ? `--${word}` : word)),
    ], { stdio: 'ignore' })
    let exit: number | string | null = null
    child.once('exit', (code, signal) => {
      exit = code ?? signal ?? 'unknown'
    })
    const kill = () => child.kill('SIGKILL')
    process.once('exit', kill)
    while (exit === null && !(await answers(port))) await pause(50)
    return {
      flags: ['--host', '127.0.0.1', '--port', `${port}`],
      end() {
        const died = exit
        kill()
        process.off('exit', kill)
        const log = existsSync(join(dir, 'log')) ? readFileSync(join(dir, 'log'), 'latin1') : ''
        rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
        return died === null ? '' : `\nThe server ended by itself: ${died}\n${log.slice(-4000)}\n`
      },
    }
  }
}

/** `--config NAME VALUE`, once for each. */
const configFlags = (config: readonly string[]): string[] =>
  config.flatMap((word, i) => (i % 2 === 0 ? ['--config', word] : [word]))

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Nobody of it is left.
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createConnection(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })
}
