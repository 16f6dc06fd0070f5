/**
 * Programs in files: `test/lua/programs/*.lua` hold one a section. A line `--== title` begins one,
 * and its title is what the program shows. Its own first line is line 1.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Program {
  readonly title: string
  readonly source: string
}

const FOLDER = fileURLToPath(new URL('programs/', import.meta.url))

/** The topics: names of the files, without their ending. */
export const topics: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.lua'))
  .map((name) => name.slice(0, -4))
  .sort()

export function programsOf(topic: string): Program[] {
  const text = readFileSync(`${FOLDER}${topic}.lua`, 'latin1')
  return text
    .split(/^--== /m)
    .slice(1)
    .map((section) => {
      const end = section.indexOf('\n')
      return { title: section.slice(0, end), source: section.slice(end + 1) }
    })
}
