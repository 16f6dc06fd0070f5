/** What no server here has, and where it is said and shown: `test/compat/newer.md` must be complete. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { families } from '../../src/commands/index.ts'
import type { Command } from '../../src/core/command.ts'
import { type Argument, argumentsOf } from '../../src/core/syntax.ts'
import { textOf } from '../helpers/titles.ts'

/** What has come with this version or later is not in the newest server that we can ask, 8.6.3. */
const FIRST = [8, 7]

interface Row {
  readonly command: string
  readonly option: string
  readonly source: string
  readonly test: string
}

const table = readFileSync(new URL('../compat/newer.md', import.meta.url), 'utf8')
const rows: Row[] = [...table.matchAll(/^\| ([A-Z ]+) \| ([A-Z]*) ?\| (.+?) \| (.+?) \|$/gm)].map(
  ([, command = '', option = '', source = '', test = '']) => ({ command, option, source, test }),
)

function isNewer(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > (FIRST[0] as number) || (major === FIRST[0] && minor >= (FIRST[1] as number))
}

const commands: Command[] = Object.values(families)
  .flatMap((family) => Object.values(family))
  .flatMap((command) => [command, ...(command.subcommands?.values() ?? [])])
const nameOf = ({ fullName }: Command): string => fullName.toUpperCase().replace('|', ' ')

/** Every token among arguments, with the version that brought it. */
function tokensOf(list: readonly Argument[], since = ''): [token: string, since: string][] {
  return list.flatMap((argument) => {
    const from = argument.since === '' ? since : argument.since
    const inner = tokensOf(argument.arguments, from)
    return argument.token === '' ? inner : [[argument.token, from], ...inner]
  })
}

/** Commands with the tokens that must stand in the table; an empty one for the command itself. */
const wanted: [command: string, option: string][] = commands.flatMap((command) => {
  const tokens = tokensOf(argumentsOf(command))
  const chosen = isNewer(command.since)
    ? [['', ''], ...tokens]
    : tokens.filter(([, since]) => since !== '' && isNewer(since))
  const options = new Set(chosen.map(([token = '']) => token.toUpperCase()))
  return [...options].map((option): [string, string] => [nameOf(command), option])
})

describe('the table of what is newer than the oracle', () => {
  it('has as many rows as lines', () => {
    expect(rows.length).toBe(table.split('\n').filter((line) => line.startsWith('| ')).length - 1)
    expect(rows.length).toBeGreaterThanOrEqual(80)
  })

  it.each(wanted)('has a row for %s %s', (command, option) => {
    const found = rows.some((row) => row.command === command && row.option === option)
    expect(found, `add a row for ${command} ${option} to test/compat/newer.md`).toBe(true)
  })

  it.each(
    commands
      .filter(({ history }) => history.some(([version]) => isNewer(version)))
      .map((command) => [nameOf(command)]),
  )('has a row for what came to %s later', (command) => {
    expect(rows.some((row) => row.command === command)).toBe(true)
  })

  it('names each option once for each source and test', () => {
    expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(rows.length)
  })

  it.each(rows)('tells the truth of $command $option', ({ command, option, source, test }) => {
    const block = commands.find((one) => nameOf(one) === command)
    expect(block).toBeDefined()
    const tokens = tokensOf(argumentsOf(block as Command)).map(([token]) => token.toUpperCase())
    if (option !== '') expect(tokens).toContain(option)
    expect(source).toMatch(/^(commands|develop\/[\w-]+)\/[\w-]+\.md: \S/)
    const [file = '', title = ''] = test.split(' › ')
    const text = textOf(file, title)
    expect(text, `there is no such test: ${test}`).not.toBe('')
    const word = option === '' ? (command.split(' ').at(-1) as string) : option
    expect(text).toMatch(new RegExp(`(?<![A-Za-z])${word}`, 'i'))
  })
})
