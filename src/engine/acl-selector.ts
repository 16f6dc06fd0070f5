/**
 * One set of permissions: which commands, on which keys, on which channels.
 *
 * Commands are bits, one for each command and subcommand; beside them stand the rules as they were
 * given, with those left out that a later one makes void: that is what ACL LIST and ACL GETUSER show.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
import { CATEGORIES, type Command, KEY_FLAGS, type KeyFlag, NO_AUTH } from '../core/command.ts'
import type { FoundKey } from '../core/keys.ts'
import { keysOf, takesKeys } from '../core/keys.ts'
import { matchGlob } from '../util/glob.ts'
import {
  badRule,
  channelAfterAll,
  firstArgumentOfSubcommand,
  keyAfterAll,
  unknownRule,
} from './acl-errors.ts'

/** The commands of an engine by name, lower case. */
export type Commands = ReadonlyMap<string, Command>

export const READ = 1
export const WRITE = 2

interface KeyPattern {
  readonly pattern: string
  /** `READ`, `WRITE` or both. */
  access: number
}

/** Why a selector refuses a request, and which word of it; `at` is 0 for the command itself. */
export interface Denial {
  readonly reason: 'command' | 'key' | 'channel'
  readonly at: number
}

const bit = (flag: KeyFlag): number => 1 << KEY_FLAGS.indexOf(flag)
const READS = bit('access')
const WRITES = bit('insert') | bit('delete') | bit('update')
const accessOf = (flags: number): number =>
  (flags & READS ? READ : 0) | (flags & WRITES ? WRITE : 0)

export class Selector {
  allKeys = false
  allChannels: boolean
  /** Every command, with no exception. */
  allCommands = false
  private keyPatterns: KeyPattern[] = []
  private channelPatterns: string[] = []
  /** Where it differs from the beginning of the rules, by the number of the command. */
  private readonly decided = new Map<number, boolean>()
  /** Words that may follow a command which is not allowed as such: `+select|0`. */
  private readonly firstArguments = new Map<number, Set<string>>()
  /** Signs and lower-case names, behind `+@all` or `-@all`. */
  private rules: string[] = []
  private startsFull = false

  constructor(allChannels: boolean) {
    this.allChannels = allChannels
  }

  clone(): Selector {
    const copy = new Selector(this.allChannels)
    copy.allKeys = this.allKeys
    copy.allCommands = this.allCommands
    copy.keyPatterns = this.keyPatterns.map((pattern) => ({ ...pattern }))
    copy.channelPatterns = [...this.channelPatterns]
    copy.rules = [...this.rules]
    copy.startsFull = this.startsFull
    for (const [id, allow] of this.decided) copy.decided.set(id, allow)
    for (const [id, words] of this.firstArguments) copy.firstArguments.set(id, new Set(words))
    return copy
  }

  /** Nothing is forbidden, whatever the request. */
  get unrestricted(): boolean {
    return this.allKeys && this.allChannels && this.allCommands
  }

  // ---- Rules ------------------------------------------------------------------------------------

  /** Take in one rule. Throws a CommandError that says what is wrong with it. */
  apply(rule: string, commands: Commands): void {
    switch (rule.toLowerCase()) {
      case 'allkeys':
      case '~*':
        this.allKeys = true
        this.keyPatterns = []
        return
      case 'resetkeys':
        this.allKeys = false
        this.keyPatterns = []
        return
      case 'allchannels':
      case '&*':
        this.allChannels = true
        this.channelPatterns = []
        return
      case 'resetchannels':
        this.allChannels = false
        this.channelPatterns = []
        return
      case 'allcommands':
      case '+@all':
        this.begin(true)
        return
      case 'nocommands':
      case '-@all':
        this.begin(false)
        return
    }
    const sign = rule[0]
    if (sign === '~' || sign === '%') this.addKeys(rule)
    else if (sign === '&') this.addChannels(rule.slice(1))
    else if (sign !== '+' && sign !== '-') throw badRule
    else if (rule[1] === '@') this.setCategory(rule.slice(2), sign === '+', commands)
    else this.setCommand(rule.slice(1), sign === '+', commands)
  }

  private begin(all: boolean): void {
    this.allCommands = all
    this.decided.clear()
    this.firstArguments.clear()
    this.rules = []
    this.startsFull = all
  }

  private addKeys(rule: string): void {
    if (this.allKeys) throw keyAfterAll
    const found = rule.indexOf('~')
    // Without a tilde it is all letters, and the pattern is empty.
    const tilde = found < 0 ? rule.length : found
    let access = tilde === 0 ? READ | WRITE : 0
    for (const letter of rule.slice(1, Math.max(1, tilde)).toUpperCase()) {
      const one = letter === 'R' ? READ : letter === 'W' ? WRITE : 0
      if (one === 0 || access & one) throw badRule
      access |= one
    }
    const pattern = rule.slice(tilde + 1)
    if (access === 0 || hasSpaces(pattern)) throw badRule
    const known = this.keyPatterns.find((other) => other.pattern === pattern)
    if (known === undefined) this.keyPatterns.push({ pattern, access })
    else known.access |= access
  }

  private addChannels(pattern: string): void {
    if (this.allChannels) throw channelAfterAll
    if (hasSpaces(pattern)) throw badRule
    if (!this.channelPatterns.includes(pattern)) this.channelPatterns.push(pattern)
  }

  private setCategory(name: string, allow: boolean, commands: Commands): void {
    const index = CATEGORIES.indexOf(name.toLowerCase() as (typeof CATEGORIES)[number])
    if (index < 0) throw unknownRule
    for (const command of every(commands)) {
      if (command.categories & (1 << index)) this.set(command, allow)
    }
    this.remember(`@${name}`, allow)
  }

  private setCommand(name: string, allow: boolean, commands: Commands): void {
    const bar = name.lastIndexOf('|')
    if (allow && bar >= 0) {
      const parent = find(name.slice(0, bar), commands)
      if (parent === undefined) throw unknownRule
      if (parent.firstArgument === 2) throw firstArgumentOfSubcommand
      const word = name.slice(bar + 1).toLowerCase()
      if (word === '') throw badRule
      if (parent.subcommands === null) {
        const words = this.firstArguments.get(parent.id) ?? new Set()
        this.firstArguments.set(parent.id, words.add(word))
        this.remember(name, true)
        return
      }
    }
    const command = find(name, commands)
    if (command === undefined) throw unknownRule
    this.set(command, allow)
    for (const sub of command.subcommands?.values() ?? []) this.set(sub, allow)
    this.remember(name, allow)
  }

  private set(command: Command, allow: boolean): void {
    this.decided.set(command.id, allow)
    if (!allow) this.allCommands = false
    this.firstArguments.delete(command.id)
  }

  /** A rule makes void what was said before about the same thing, or about a part of it. */
  private remember(name: string, allow: boolean): void {
    const rule = name.toLowerCase()
    this.rules = this.rules.filter((old) => {
      const about = old.slice(1)
      return about !== rule && !about.startsWith(`${rule}|`)
    })
    this.rules.push((allow ? '+' : '-') + rule)
  }

  // ---- What it says -----------------------------------------------------------------------------

  get commandRules(): string {
    return [this.startsFull ? '+@all' : '-@all', ...this.rules].join(' ')
  }

  get keyRules(): string {
    if (this.allKeys) return '~*'
    return this.keyPatterns.map(({ pattern, access }) => `${SIGNS[access]}~${pattern}`).join(' ')
  }

  get channelRules(): string {
    if (this.allChannels) return '&*'
    return this.channelPatterns.map((pattern) => `&${pattern}`).join(' ')
  }

  /** All of it, as a configuration file has it. */
  toString(): string {
    const channels = this.allChannels ? '&*' : `resetchannels ${this.channelRules}`
    return [this.keyRules, channels.trimEnd(), this.commandRules]
      .filter((part) => part !== '')
      .join(' ')
  }

  // ---- Checking ---------------------------------------------------------------------------------

  /** Null: the request is allowed. */
  check(command: Command, argv: readonly string[]): Denial | null {
    if (!this.allowsCommand(command, argv)) return { reason: 'command', at: 0 }
    if (!this.allKeys && takesKeys(command)) {
      for (const key of keysOf(command, argv) ?? []) {
        if (!this.allowsKey(argv[key.at] as string, key)) return { reason: 'key', at: key.at }
      }
    }
    if (!this.allChannels && command.channels !== 'none') {
      const at = this.forbiddenChannel(command, argv)
      if (at > 0) return { reason: 'channel', at }
    }
    return null
  }

  /** Whether the request is allowed and any key may be read besides those that it names. */
  readsEverything(command: Command, argv: readonly string[]): boolean {
    if (this.check(command, argv) !== null) return false
    return this.allKeys || this.keyPatterns.some((key) => key.pattern === '*' && key.access & READ)
  }

  private allowsCommand(command: Command, argv: readonly string[]): boolean {
    if (this.allCommands || command.flags & NO_AUTH) return true
    if (this.decided.get(command.id) ?? this.startsFull) return true
    const words = this.firstArguments.get(command.id)
    const word = argv[command.firstArgument]
    return words !== undefined && word !== undefined && words.has(word.toLowerCase())
  }

  private allowsKey(key: string, { flags }: FoundKey): boolean {
    const access = accessOf(flags)
    return this.keyPatterns.some(
      (one) => (one.access & access) === access && matchGlob(one.pattern, key),
    )
  }

  private forbiddenChannel(command: Command, argv: readonly string[]): number {
    const end = command.channels === 'publishes' ? 2 : argv.length
    const literal = command.channels === 'patterns'
    for (let at = 1; at < end; at++) {
      if (!this.allowsChannel(argv[at] as string, literal)) return at
    }
    return 0
  }

  /** `literal`: it is a pattern itself, and must be one of ours. */
  allowsChannel(channel: string, literal: boolean): boolean {
    return (
      this.allChannels ||
      this.channelPatterns.some((pattern) =>
        literal ? pattern === channel : matchGlob(pattern, channel),
      )
    )
  }
}

const SIGNS = ['', '%R', '%W', '']

/** Space and NUL have a meaning of their own where rules are written down. */
export const hasSpaces = (text: string): boolean => /[\s\0]/.test(text)

/** The command or subcommand of this name: `get`, `config|get`. */
function find(name: string, commands: Commands): Command | undefined {
  const [first, second, ...more] = name.toLowerCase().split('|') as [string, ...string[]]
  const command = commands.get(first)
  if (second === undefined) return command
  return more.length === 0 ? command?.subcommands?.get(second) : undefined
}

/** Every command and subcommand. */
function* every(commands: Commands): Iterable<Command> {
  for (const command of commands.values()) {
    yield command
    if (command.subcommands !== null) yield* command.subcommands.values()
  }
}
