/**
 * PUC's Lua 5.1 as the oracle: programs run here and there, and what they print and how they end is
 * compared.
 *
 * RESPITE_LUA names the program; without it, it is `lua5.1` from the path. One process runs many
 * programs (oracle.lua), each with the globals and libraries as they were.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { LuaError } from '../../src/lua/errors.ts'
import { openBase, openCoroutine, openOs, standard } from '../../src/lua/lib/index.ts'
import { createLua, type Lua } from '../../src/lua/vm.ts'

export interface Outcome {
  /** What was printed, with the addresses taken out. */
  readonly output: string
  /** The text of the error that ended the program; '' if it ran to its end. */
  readonly error: string
}

export interface Options {
  /** Loops and calls after which a program is ended with the error "timeout". */
  readonly steps?: number
  /** Pause and go on after so many loops and calls; 0 is never. */
  readonly slice?: number
}

const STEPS = 20_000_000

/** Addresses differ from run to run. */
const plain = (text: string): string => text.replace(/0x[0-9a-f]{6,}/g, '0x?')

/** A machine with every library that PUC has too, and a `print` that writes to `out`. */
export function machine(out: (line: string) => void, interval?: number): Lua {
  const lua = createLua(interval === undefined ? {} : { interval })
  openBase(lua)
  openCoroutine(lua)
  for (const open of standard) open(lua)
  openOs(lua, () => performance.now() / 1000)
  lua.global('print', (...args) => {
    out(`${args.map((value) => lua.tostring(value)).join('\t')}\n`)
    return []
  })
  return lua
}

/** Runs a program here. */
export function runHere(source: string, options: Options = {}): Outcome {
  let output = ''
  const slice = options.slice ?? 0
  const interval = slice > 0 ? slice : 10_000
  const lua = machine((line) => {
    output += line
  }, interval)
  let left = options.steps ?? STEPS
  lua.hook = () => {
    left -= interval
    if (left < 0) throw new LuaError('timeout', true)
    return slice > 0 ? 'pause' : 'go'
  }
  let error = ''
  try {
    // The oracle's own calls are two C levels deep.
    lua.levels = 2
    const run = lua.start(lua.load(source, '=p'), [])
    while (run.step() === 'paused');
  } catch (thrown) {
    if (!(thrown instanceof LuaError)) throw thrown
    error = describe(lua, thrown)
  }
  return { output: plain(output), error: plain(error) }
}

function describe(lua: Lua, { value }: LuaError): string {
  if (typeof value === 'string' || typeof value === 'number') return lua.tostring(value)
  return `(error object is ${lua.tostring(value)})`
}

const script = fileURLToPath(new URL('oracle.lua', import.meta.url))

/** The program that is the oracle. */
export const program: string = process.env.RESPITE_LUA ?? 'lua5.1'

/** Runs programs in the oracle, in one process. */
export function runThere(sources: readonly string[], options: Options = {}): Outcome[] {
  const steps = String(options.steps ?? STEPS)
  const input = sources.map((source) => `${source.length}\n${source}`).join('')
  const { stdout, status, error, stderr } = spawnSync(program, [script, steps], {
    input: Buffer.from(input, 'latin1'),
    encoding: 'latin1',
    maxBuffer: 2 ** 30,
  })
  if (error !== undefined)
    throw new Error(
      `no oracle: '${program}' does not run; install it (apt-get install lua5.1), or name one in RESPITE_LUA`,
    )
  const outcomes: Outcome[] = []
  let at = 0
  const part = (): string => {
    const end = stdout.indexOf('\n', at)
    const length = Number(stdout.slice(at, end))
    at = end + 1 + length
    return stdout.slice(end + 1, at)
  }
  for (const source of sources) {
    if (at >= stdout.length)
      throw new Error(`the oracle ended (status ${status}) ${stderr} in:\n${source}`)
    outcomes.push({ output: plain(part()), error: plain(part()) })
  }
  return outcomes
}
