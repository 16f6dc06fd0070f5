import { readFileSync } from 'node:fs'

/**
 * The test, or the group of tests, with this title: its text up to the next one. Empty: there is none.
 * `file` counts from the project's root.
 */
export function textOf(file: string, title: string): string {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  const quoted = [`'${title}'`, `"${title}"`, `\`${title}\``]
  const at = Math.max(...quoted.map((text) => source.indexOf(`(${text},`)))
  if (at < 0) return ''
  const group = source.slice(source.lastIndexOf('\n', at) + 1, at).startsWith('describe')
  const rest = source.slice(at + 1)
  const end = rest.search(group ? /^(describe|\/\/ ----)/m : /^ *(describe|it|test)[.(]/m)
  return end < 0 ? rest : rest.slice(0, end)
}
