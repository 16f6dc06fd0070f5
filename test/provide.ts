/**
 * What the tests need of the machine: browsers, a real Redis and PUC's Lua 5.1. What is missing is installed
 * through the system's package manager where we may, and else named in one line.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

interface Need {
  program: string
  /** An environment variable that names another place, if there is one. */
  variable?: string
  /** The package that has it, on Debian. */
  debian: string
}

const NEEDS: readonly Need[] = [
  { program: 'redis-server', variable: 'RESPITE_ORACLE', debian: 'redis-server' },
  { program: 'redis-cli', variable: 'RESPITE_REDIS_CLI', debian: 'redis-tools' },
  { program: 'chromium', variable: 'CHROMIUM', debian: 'chromium' },
  { program: 'firefox-esr', variable: 'FIREFOX', debian: 'firefox-esr' },
  { program: 'WebKitWebDriver', variable: 'WEBKIT_DRIVER', debian: 'webkit2gtk-driver' },
  { program: 'xvfb-run', debian: 'xvfb' },
  { program: 'xauth', debian: 'xauth' },
  { program: 'lua5.1', variable: 'RESPITE_LUA', debian: 'lua5.1' },
  { program: 'tclsh', variable: 'TCLSH', debian: 'tcl' },
]

/** Where a program is, or undefined. */
export function find(program: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const file = join(folder, program)
    if (existsSync(file)) return file
  }
  return undefined
}

const missing = (programs?: readonly string[]): Need[] =>
  NEEDS.filter(({ program, variable }) => {
    if (programs !== undefined && !programs.includes(program)) return false
    const named = variable === undefined ? undefined : process.env[variable]
    return named === undefined ? find(program) === undefined : !existsSync(named)
  })

function run(command: string, args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env })
  return status === 0
}

/**
 * Throws with one line that says what to install, if it cannot do it itself. `programs`: those alone
 * are needed.
 */
export function provide(programs?: readonly string[]): void {
  const needed = missing(programs)
  if (needed.length === 0) return
  const packages = needed.map(({ debian }) => debian)
  const advice = `install ${packages.join(', ')} (Debian: apt-get install ${packages.join(' ')}) and run the tests again`
  const root = process.getuid?.() === 0
  if (!root || find('apt-get') === undefined) throw new Error(`Missing programs: ${advice}`)
  console.log(`Installing ${packages.join(', ')} …`)
  // The package of redis-server starts a service on port 6379 where it can; the tests do not use it.
  const installed =
    run('apt-get', ['update', '-qq']) &&
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages])
  if (!installed || missing(programs).length > 0)
    throw new Error(`Could not install everything: ${advice}`)
}
