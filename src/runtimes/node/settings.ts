/**
 * What the lines of a configuration mean: most are options; some name users, give commands other
 * names, or include more lines.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import { CommandError } from '../../core/errors.ts'
import { Config } from '../../engine/config.ts'
import type { Option } from '../../engine/option-kinds.ts'
import { OPTIONS } from '../../engine/options.ts'
import { matchGlob } from '../../util/glob.ts'
import { parseConf, type Setting } from './conf.ts'
import { ConfigError } from './errors.ts'

/** A configuration, read and checked. */
export interface Meaning {
  /** The last value of each option that was named. */
  readonly config: Record<string, string>
  /** The `user` lines. */
  readonly users: readonly string[]
  /** `rename-command`: in this order, an empty name takes a command away. */
  readonly renames: readonly Rename[]
}

export interface Rename {
  readonly from: string
  readonly to: string
  readonly setting: Setting
}

const BAD_DIRECTIVE = 'Bad directive or wrong number of arguments'
/** Options that Redis has no longer, and still takes from files. */
const GONE: ReadonlySet<string> = new Set([
  'io-threads-do-reads',
  'list-max-ziplist-entries',
  'list-max-ziplist-value',
  'lua-replicate-commands',
])
/** A file that includes itself would go on for ever. */
const DEEPEST = 16

/** Throws a ConfigError that says which line is wrong, and why. */
export function meaningOf(settings: readonly Setting[]): Meaning {
  const reader = new Reader()
  reader.read(settings, 0)
  const { config, users, renames } = reader
  return { config, users, renames }
}

class Reader {
  readonly config: Record<string, string> = {}
  readonly users: string[] = []
  readonly renames: Rename[] = []
  /** The values so far: what some options are given depends on what they are. */
  private readonly draft = new Config(OPTIONS)

  read(settings: readonly Setting[], depth: number): void {
    for (const setting of settings) {
      try {
        this.take(setting, depth)
      } catch (error) {
        if (!(error instanceof CommandError)) throw error
        const [name, , place] = setting
        const text = place === undefined ? `${name}: ${error.message}` : error.message
        throw new ConfigError(text, place)
      }
    }
  }

  private take(setting: Setting, depth: number): void {
    const [name, values] = setting
    const option = this.draft.option(name)
    if (option !== undefined) this.set(option, values)
    else if (name === 'include' && values.length === 1) this.include(values[0] as string, depth)
    else if (name === 'user' && values.length > 0) this.users.push(`user ${values.join(' ')}`)
    else if (name === 'rename-command' && values.length === 2) {
      const [from, to] = values as [string, string]
      this.renames.push({ from, to, setting })
    } else if (name === 'loadmodule' && values.length > 0) {
      throw new CommandError('Modules cannot be loaded')
    } else if (GONE.has(name)) return
    else if (name === 'sentinel') {
      throw new CommandError('sentinel directive while not in sentinel mode')
    } else throw new CommandError(BAD_DIRECTIVE)
  }

  private set(option: Option, values: readonly string[]): void {
    const { name } = option
    if (name === 'replicaof') {
      checkPrimary(values)
      return
    }
    if (!option.words && values.length !== 1) {
      throw new CommandError('wrong number of arguments')
    }
    let value = values.join(' ')
    // Save points add up; those that are there at first go when the first one is named.
    const before = this.config[name] ?? ''
    if (name === 'save' && before !== '' && value !== '') value = `${before} ${value}`
    this.draft.set(name, value)
    this.config[name] = this.draft.get(name)
  }

  /** Paths are seen from `dir`. Without one that matches a pattern nothing is included. */
  private include(path: string, depth: number): void {
    if (depth === DEEPEST) throw new CommandError('Files include each other too deeply')
    const cwd = resolve(this.draft.get('dir'))
    const full = resolve(cwd, path)
    const files = WILD.test(path) ? filesLike(full) : [full]
    for (const file of files) this.read(parseConf(readConf(file)), depth + 1)
  }
}

const WILD = /[*?[]/

/** The files that match a pattern, in the order of their names. */
function filesLike(pattern: string): string[] {
  let found: string[] = [sep]
  for (const part of pattern.split(sep).slice(1)) {
    if (!WILD.test(part)) found = found.map((folder) => join(folder, part))
    else {
      found = found.flatMap((folder) =>
        entriesOf(folder)
          .filter((name) => matchGlob(part, name) && (part.startsWith('.') || name[0] !== '.'))
          .map((name) => join(folder, name)),
      )
    }
  }
  return found
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

/** The text of a configuration file; 0: of standard input. */
export function readConf(file: string | 0): string {
  try {
    return readFileSync(file, 'latin1')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'No such file or directory' : message
    throw new ConfigError(`Fatal error, can't open config file '${file}': ${why}`)
  }
}

/** `replicaof HOST PORT`; CONFIG REWRITE writes an empty word where there is none. */
function checkPrimary(values: readonly string[]): void {
  if (values.length === 1 && values[0] === '') return
  if (values.length !== 2) throw new CommandError('wrong number of arguments')
  const [host, port] = values as [string, string]
  if (host.toLowerCase() === 'no' && port.toLowerCase() === 'one') return
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    throw new CommandError('Invalid master port')
  }
  throw new CommandError('This server cannot be a replica')
}
