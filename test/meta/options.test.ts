/**
 * Whether the scripts in test/compat use every command and every word that a real server's COMMAND DOCS
 * names among its arguments: options, units, directions. What cannot stand in a script stands below
 * with the test that has it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Facts, ourNames, theirFacts } from '../helpers/command-facts.ts'
import { compareVersions, oracleVersion, type Real, startReal } from '../helpers/real.ts'
import { parseScript } from '../helpers/script.ts'

/** `command WORD`, or a command alone for all of it: where else it is tested. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  // Its lines are our own words.
  'acl|help': 'test/commands/acl.test.ts',
  'latency|help': 'test/commands/latency.test.ts',
  'script|help': 'test/commands/scripting.test.ts',
  'function|help': 'test/commands/scripting.test.ts',
  // There is no debugger here.
  'script|debug YES': 'test/commands/scripting.test.ts',
  'script|debug SYNC': 'test/commands/scripting.test.ts',
  'memory|help': 'test/commands/memory.test.ts',
  'slowlog|help': 'test/commands/latency.test.ts',
  // The real server would be gone.
  'shutdown NOW': 'test/commands/server.test.ts',
  'shutdown FORCE': 'test/commands/server.test.ts',
  // It goes on beside what comes then.
  'bgsave SCHEDULE': 'test/runtimes/clients.test.ts',
  // What follows is a stream without end.
  sync: 'test/compat/replication.test.ts',
  psync: 'test/compat/replication.test.ts',
}

const version = oracleVersion()
const folder = new URL('../compat/', import.meta.url)

/** The words of every request, in capitals, by command or by command and subcommand. */
const used = new Map<string, Set<string>>()
for (const name of readdirSync(folder).filter((name) => name.endsWith('.redis'))) {
  for (const { steps, since, until } of parseScript(
    name,
    readFileSync(new URL(name, folder), 'utf8'),
  )) {
    if (since !== null && compareVersions(version, since) < 0) continue
    if (until !== null && compareVersions(version, until) > 0) continue
    for (const { argv } of steps) {
      const words = (argv ?? []).map((word) => word.toUpperCase())
      for (const name of [words[0], words.slice(0, 2).join('|')]) {
        if (name === undefined) continue
        const known = used.get(name) ?? new Set()
        for (const word of words) known.add(word)
        used.set(name, known)
      }
    }
  }
}

let real: Real
let theirs: Map<string, Facts>

beforeAll(async () => {
  real = await startReal()
  theirs = await theirFacts(real)
})

afterAll(() => real?.stop())

/** The tokens of a command, from lines like `name type=… token=… flags=…`. */
const tokensOf = (facts: Facts): string[] => [
  ...new Set(
    (facts.get('arguments') ?? []).flatMap((line) => / token=(\S+)/.exec(line)?.[1] ?? []),
  ),
]

it('every command and option of the real server that we have is in a script', () => {
  const ours = new Set(ourNames())
  const missing: string[] = []
  for (const [name, facts] of theirs) {
    if (!ours.has(name) || Object.hasOwn(ELSEWHERE, name)) continue
    const container = [...theirs.keys()].some((other) => other.startsWith(`${name}|`))
    const words = used.get(name.toUpperCase())
    if (words === undefined) {
      if (!container) missing.push(name)
      continue
    }
    for (const token of tokensOf(facts)) {
      const entry = `${name} ${token}`
      if (!words.has(token.toUpperCase()) && !Object.hasOwn(ELSEWHERE, entry)) missing.push(entry)
    }
  }
  expect(missing).toEqual([])
})

it('what is tested elsewhere is there, and in no script', () => {
  for (const [entry, file] of Object.entries(ELSEWHERE)) {
    const [name = '', token] = entry.split(' ')
    const words = used.get(name.toUpperCase())
    const inScript = token === undefined ? words !== undefined : words?.has(token)
    expect(inScript ?? false, `${entry} is in a script now`).toBe(false)
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').toUpperCase()
    for (const word of token === undefined ? name.split('|') : [token]) {
      expect(source, `${file} does not mention ${word}`).toContain(word.toUpperCase())
    }
  }
})
