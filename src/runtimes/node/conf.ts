/**
 * Options as redis-server takes them: a `redis.conf`, then flags, which win.
 *
 *     respite-server [/path/to/redis.conf] [--option value ...] ...
 *
 * Flags are lines of a `redis.conf` in another spelling: they are turned into such lines, put below those
 * of the file, and read with them. So an error names a line and shows it, wherever it comes from.
 */
import { quote } from '../../util/quote.ts'
import { splitInline } from '../../util/words.ts'
import { ConfigError, type Place } from './errors.ts'

/** An option and its values, one or more: `save 3600 1 300 100`, and the line that it stands on. */
export type Setting = readonly [name: string, values: readonly string[], place?: Place]

/** Lines of a `redis.conf`. Quotes are those of redis-cli; `#` begins a comment line. */
export function parseConf(text: string): Setting[] {
  const settings: Setting[] = []
  text.split('\n').forEach((untrimmed, i) => {
    const line = untrimmed.trim()
    if (line === '' || line.startsWith('#')) return
    const place = { line: i + 1, text: line }
    const words = splitInline(line)
    if (words === undefined) {
      throw new ConfigError('Unbalanced quotes in configuration line', place)
    }
    const [name, ...values] = words as [string, ...string[]]
    settings.push([name.toLowerCase(), values, place])
  })
  return settings
}

/** Flags of the command line: `--port 7000`, `--save 60 1`, `--appendonly yes`. */
export const parseFlags = (argv: readonly string[]): Setting[] => parseConf(confOfFlags(argv))

/**
 * The same as lines of a `redis.conf`. A word with two dashes begins a line, but for the one behind an
 * option that has no value yet: that one is the value. An option may also have its value in the same
 * word (`'--port 7000'`, `--port=7000`), and `--save` alone means that nothing is saved.
 */
export function confOfFlags(argv: readonly string[]): string {
  const lines: string[] = []
  let wantsValue = false
  argv.forEach((word, i) => {
    if (wantsValue || !word.startsWith('--')) {
      lines.push(`${lines.pop() ?? ''}${quote(word)} `)
      wantsValue = false
      return
    }
    const option = word.slice(2).replace(/^([\w-]+)=(.*)$/s, (_, name, value) => {
      return `${name} ${quote(value)}`
    })
    const alone = splitInline(option)?.length === 1
    const last = i === argv.length - 1
    const saves = option.toLowerCase() === 'save' && (last || argv[i + 1]?.startsWith('--'))
    lines.push(saves ? 'save "" ' : `${option} `)
    wantsValue = alone && !saves
  })
  return lines.join('\n')
}
