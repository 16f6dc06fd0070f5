/**
 * `commands.md`: where COMMAND, COMMAND DOCS and COMMAND LIST differ from those of real servers, and
 * why. Read here, and written: the differences anew, with the reasons that were there.
 *
 *     npx tsx test/compat/commands-page.ts
 *     RESPITE_ORACLE=/path/to/redis-server npx tsx test/compat/commands-page.ts
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Deviation, deviations, ourFacts, theirFacts } from '../helpers/command-facts.ts'
import { startReal } from '../helpers/real.ts'

export interface Row extends Deviation {
  readonly reason: string
}

const page = new URL('commands.md', import.meta.url)
const heading = (version: string): string => `## Redis ${version}`
const titles = '| command | aspect | difference | reason |\n|---|---|---|---|\n'

const escaped = (text: string): string => text.replaceAll('|', '\\|')
const shown = (command: string): string => command.toUpperCase().replace('|', ' ')

function section(version: string): { text: string; from: number; to: number } {
  const text = readFileSync(page, 'utf8')
  const from = text.indexOf(`${heading(version)}\n`)
  const next = text.indexOf('\n## ', from + 1)
  return { text, from, to: next < 0 ? text.length : next + 1 }
}

/** The rows about a version, or undefined if the page does not compare with it. */
export function rowsOf(version: string): Row[] | undefined {
  const { text, from, to } = section(version)
  if (from < 0) return undefined
  return [...text.slice(from, to).matchAll(/^\| ([A-Z].*?) \| (\w+) \| (.*?) \| (.*?) \|$/gm)].map(
    ([, command = '', aspect = '', text = '', reason = '']) => ({
      command: command.toLowerCase().replace(' ', '|'),
      aspect,
      text: text.replaceAll('\\|', '|'),
      reason,
    }),
  )
}

async function write(): Promise<void> {
  const real = await startReal()
  const found = deviations(await theirFacts(real), ourFacts(), real.version)
  await real.stop()
  const { text, from, to } = section(real.version)
  if (from < 0) throw new Error(`the page has no '${heading(real.version)}'`)
  const rows = rowsOf(real.version) ?? []
  const lines = found.map(({ command, aspect, text }) => {
    const reason = rows.find((row) => row.command === command && row.aspect === aspect)?.reason
    return `| ${shown(command)} | ${aspect} | ${escaped(text)} | ${reason ?? '?'} |\n`
  })
  const table = `${heading(real.version)}\n\n${titles}${lines.join('')}`
  const rest = text.slice(to)
  writeFileSync(page, `${text.slice(0, from)}${table}${rest === '' ? '' : '\n'}${rest}`)
  console.log(`${found.length} differences from ${real.version}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await write()
