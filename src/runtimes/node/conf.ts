/**
 * Options as redis-server takes them: a `redis.conf`, then flags, which win.
 *
 *     respite-server [/path/to/redis.conf] [--option value ...] ...
 */
import { splitInline } from '../../protocol/inline.ts'
import { ConfigError } from './errors.ts'

/** An option and its values, one or more: `save 3600 1 300 100`. */
export type Setting = readonly [name: string, values: readonly string[]]

/** Lines of a `redis.conf`. Quotes are those of redis-cli; `#` begins a comment line. */
export function parseConf(text: string): Setting[] {
  const settings: Setting[] = []
  text.split(/\r?\n/).forEach((line, i) => {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#')) return
    const words = splitInline(trimmed)
    if (words === undefined) throw new ConfigError(`line ${i + 1}: unbalanced quotes: ${trimmed}`)
    const [name, ...values] = words as [string, ...string[]]
    settings.push([name.toLowerCase(), values])
  })
  return settings
}

/** Flags of the command line: `--port 7000`, `--save 60 1`, `--appendonly yes`. */
export function parseFlags(argv: readonly string[]): Setting[] {
  const settings: [string, string[]][] = []
  for (const word of argv) {
    const current = settings[settings.length - 1]
    if (word.startsWith('--')) {
      const [name, value] = splitOnce(word.slice(2), '=')
      settings.push([name.toLowerCase(), value === undefined ? [] : [value]])
    } else if (current === undefined) throw new ConfigError(`unexpected argument '${word}'`)
    else current[1].push(word)
  }
  return settings
}

function splitOnce(text: string, at: string): [string, string | undefined] {
  const i = text.indexOf(at)
  return i < 0 ? [text, undefined] : [text.slice(0, i), text.slice(i + 1)]
}
