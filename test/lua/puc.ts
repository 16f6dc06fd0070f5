/**
 * The oracle of the language: Debian's lua5.1. Many programs go through one process, each in an
 * environment of its own (driver.lua).
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The program that is the oracle. */
export const program: string = process.env.RESPITE_LUA ?? 'lua5.1'
const DRIVER = fileURLToPath(new URL('driver.lua', import.meta.url))
/** Bytes that the programs of one call may print: some print for ever. */
const MOST_OUTPUT = 1 << 28
const MARK = '\x01\x02END\x02\x01\n'

/** What a program prints, and its error behind that. Not comparable: it took too long, or crashed. */
export type Outcome = string
export const LOST = '(lost)'

/** What each of some programs does in PUC Lua. Strings have one byte a character. */
export function askReal(programs: readonly string[], timeoutMs = 60_000): Outcome[] {
  const outcomes: Outcome[] = []
  while (outcomes.length < programs.length) {
    const rest = programs.slice(outcomes.length)
    const input = Buffer.from(rest.map((one) => `${one.length}\n${one}`).join(''), 'latin1')
    const { stdout, error } = spawnSync(program, [DRIVER], {
      input,
      timeout: timeoutMs,
      maxBuffer: MOST_OUTPUT,
      killSignal: 'SIGKILL',
    })
    if (stdout === null) {
      throw new Error(
        `no oracle: '${program}' does not run (${error?.message}); install lua5.1 (apt-get install lua5.1), or name one in RESPITE_LUA`,
      )
    }
    let finished = 0
    let from = 0
    while (finished < rest.length) {
      const end = stdout.indexOf(MARK, from, 'latin1')
      if (end < 0) break
      outcomes.push(comparable(stdout.toString('latin1', from, end)))
      from = end + MARK.length
      finished++
    }
    // What stands behind the last mark is of a program that did not come to its end.
    if (finished < rest.length) outcomes.push(LOST)
  }
  return outcomes
}

/** Without what may differ: addresses, the driver's own lines, and the sign of NaN, which JavaScript does not tell. */
export function comparable(text: string): Outcome {
  // Looked for where a word begins only: a program may print megabytes without a space.
  return text
    .replace(/0x[0-9a-f]{12}/g, '0xADDRESS')
    .replace(/(?<!\S)\S*driver\.lua:\d+: /g, '')
    .replace(/-nan\b/g, 'nan')
}
