/** The programs in `programs/*.lua`: each begins with a line `-- == title`, which is a claim. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Program {
  readonly title: string
  readonly source: string
}

const folder = fileURLToPath(new URL('programs/', import.meta.url))

/** The programs of each file. */
export function programs(): Map<string, Program[]> {
  const found = new Map<string, Program[]>()
  for (const file of readdirSync(folder).sort()) {
    const parts = readFileSync(folder + file, 'latin1').split(/^-- == /m)
    found.set(
      file.replace('.lua', ''),
      parts.slice(1).map((part) => {
        const end = part.indexOf('\n')
        return { title: part.slice(0, end), source: part.slice(end + 1) }
      }),
    )
  }
  return found
}
