/**
 * The values of the options, who follows them, and how several change together.
 *
 * `options.ts` has the table, `option-kinds.ts` the kinds. A value is kept as CONFIG GET prints it.
 */
import { CommandError, configSetFailed } from '../core/errors.ts'
import { matchGlob } from '../util/glob.ts'
import { quote } from '../util/quote.ts'
import type { Option } from './option-kinds.ts'

type Listener = (value: string) => void

export class Config {
  private readonly options = new Map<string, Option>()
  private readonly values = new Map<string, string>()
  /** Values that were asked for as numbers: hot commands ask on every call. */
  private readonly numbers = new Map<string, number>()
  private readonly listeners = new Map<string, Listener[]>()

  constructor(options: readonly Option[]) {
    for (const option of options) {
      this.options.set(option.name, option)
      if (option.alias !== '') this.options.set(option.alias, option)
      this.values.set(option.name, option.value)
    }
  }

  /** Every name a pattern can match, aliases included. */
  names(): Iterable<string> {
    return this.options.keys()
  }

  /** The option with this name or alias, in any case. */
  option(name: string): Option | undefined {
    return this.options.get(name) ?? this.options.get(name.toLowerCase())
  }

  has(name: string): boolean {
    return this.option(name) !== undefined
  }

  get(name: string): string {
    const value = this.values.get(this.known(name).name)
    return value as string
  }

  int(name: string): number {
    const known = this.numbers.get(name)
    if (known !== undefined) return known
    const n = Number(this.get(name))
    this.numbers.set(name, n)
    return n
  }

  yes(name: string): boolean {
    return this.get(name) === 'yes'
  }

  /** Check and set one option, the immutable ones as well: start-up, and the engine's own hands. */
  set(name: string, value: string): void {
    const option = this.known(name)
    this.change(option, option.parse(value, this.get(option.name)))
  }

  /** Call with the value now and after every change. What throws a CommandError undoes the change. */
  follow(name: string, listener: Listener): void {
    const option = this.known(name)
    const listeners = this.listeners.get(option.name)
    if (listeners === undefined) this.listeners.set(option.name, [listener])
    else listeners.push(listener)
    listener(this.get(name))
  }

  /**
   * Names that match the patterns, with their values, each once. A name that is no pattern is
   * answered as it was asked, in the case in which it was asked.
   */
  matching(patterns: readonly string[]): Map<string, string> {
    const found = new Map<string, string>()
    for (const pattern of patterns) {
      if (!/[*?[]/.test(pattern)) {
        const option = this.option(pattern)
        if (option !== undefined) found.set(pattern, this.get(option.name))
        continue
      }
      for (const [name, option] of this.options) {
        if (!option.hidden && matchGlob(pattern, name, true)) found.set(name, this.get(option.name))
      }
    }
    return found
  }

  /**
   * CONFIG SET: names and values in turn, all of them or none. Throws why not. What is returned takes all
   * of it back.
   */
  apply(pairs: readonly string[], local = true): () => void {
    const options = this.settable(pairs, local)
    const before = options.map(({ name }) => this.get(name))
    const changed: number[] = []
    const undo = (): void => {
      for (const i of changed.reverse()) this.change(options[i] as Option, before[i] as string)
    }
    let at = 0
    try {
      const values: string[] = []
      for (; at < options.length; at++) {
        const option = options[at] as Option
        // An alias beside its name is two settings of one option: the later sees the earlier.
        const earlier = options.lastIndexOf(option, at - 1)
        const current = at > 0 && earlier >= 0 ? values[earlier] : before[at]
        values.push(option.parse(pairs[2 * at + 1] as string, current as string))
      }
      for (at = 0; at < options.length; at++) {
        changed.push(at)
        this.change(options[at] as Option, values[at] as string)
      }
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      undo()
      throw configSetFailed(pairs[2 * at] as string, error.message)
    }
    return undo
  }

  /** Names of the options that are not as they were at first, or of all. */
  changed(all = false): string[] {
    return [...this.values.keys()].filter(
      (name) => all || this.values.get(name) !== this.known(name).value,
    )
  }

  /** An option in the form of a configuration file. */
  line(name: string): string {
    const option = this.known(name)
    const value = this.get(name)
    return `${option.name} ${option.words && value !== '' ? value : quote(value)}`
  }

  /** The options of these pairs; all names are checked before any value is looked at. */
  private settable(pairs: readonly string[], local: boolean): Option[] {
    const options: Option[] = []
    const seen = new Set<string>()
    for (let i = 0; i < pairs.length; i += 2) {
      const name = pairs[i] as string
      const option = this.option(name)
      if (option === undefined) {
        throw new CommandError(`Unknown option or number of arguments for CONFIG SET - '${name}'`)
      }
      if (option.immutable) throw configSetFailed(name, "can't set immutable config")
      const protection = this.get('enable-protected-configs')
      if (option.protected && (protection === 'no' || (protection === 'local' && !local))) {
        throw configSetFailed(name, "can't set protected config")
      }
      if (seen.has(name.toLowerCase())) throw configSetFailed(name, 'duplicate parameter')
      seen.add(name.toLowerCase())
      options.push(option)
    }
    return options
  }

  private change(option: Option, value: string): void {
    this.values.set(option.name, value)
    this.numbers.clear()
    for (const listener of this.listeners.get(option.name) ?? []) listener(value)
  }

  private known(name: string): Option {
    const option = this.option(name)
    if (option === undefined) throw new CommandError(`Unknown option '${name}'`)
    return option
  }
}
