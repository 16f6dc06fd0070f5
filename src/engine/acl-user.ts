/**
 * A user: whether it may come in, with which passwords, and what it may do.
 *
 * The first selector is the user's own; further ones (in parentheses) each permit more by themselves.
 * A password is kept as its SHA-256 only.
 */
import type { Command } from '../core/command.ts'
import { equalsConstantTime } from '../util/bytes.ts'
import { sha256 } from '../util/sha256.ts'
import { badPasswordHash, noSuchPassword, unmatchedParenthesis } from './acl-errors.ts'
import { type Commands, type Denial, Selector } from './acl-selector.ts'

/** Which refusal tells most, when several selectors refuse. */
const WEIGHT = { command: 1, key: 2, channel: 3 } as const

export class User {
  readonly name: string
  enabled = false
  /** Any password will do. */
  nopass = false
  /** Whether DUMP payloads of this user are trusted. */
  skipsSanitizing = false
  /** Digests in hexadecimal, in the order in which they came. */
  private passwords: string[] = []
  private own: Selector
  private others: Selector[] = []
  /** Nothing is forbidden: what every request of an ordinary server asks first. */
  unrestricted = false

  constructor(name: string, allChannels: boolean) {
    this.name = name
    this.own = new Selector(allChannels)
  }

  clone(): User {
    const copy = new User(this.name, false)
    copy.become(this)
    return copy
  }

  /** Take over everything that the other one is, but its name. */
  become(other: User): void {
    this.enabled = other.enabled
    this.nopass = other.nopass
    this.skipsSanitizing = other.skipsSanitizing
    this.passwords = [...other.passwords]
    this.own = other.own.clone()
    this.others = other.others.map((selector) => selector.clone())
    this.unrestricted = other.unrestricted
  }

  // ---- Rules ------------------------------------------------------------------------------------

  /**
   * Take in one rule. Throws a CommandError that says what is wrong with it. `allChannels`: what
   * `acl-pubsub-default` gives to what begins anew.
   */
  apply(rule: string, commands: Commands, allChannels = false): void {
    switch (rule.toLowerCase()) {
      // Nothing changes nothing.
      case '':
        return
      case 'on':
        this.enabled = true
        return
      case 'off':
        this.enabled = false
        return
      case 'nopass':
        this.nopass = true
        this.passwords = []
        return
      case 'resetpass':
        this.nopass = false
        this.passwords = []
        return
      case 'skip-sanitize-payload':
        this.skipsSanitizing = true
        return
      case 'sanitize-payload':
        this.skipsSanitizing = false
        return
      case 'clearselectors':
        this.others = []
        break
      case 'reset':
        this.enabled = false
        this.nopass = false
        this.skipsSanitizing = false
        this.passwords = []
        this.own = new Selector(allChannels)
        this.others = []
        break
      default:
        this.applyOther(rule, commands, allChannels)
    }
    this.unrestricted = this.own.unrestricted || this.others.some((one) => one.unrestricted)
  }

  private applyOther(rule: string, commands: Commands, allChannels: boolean): void {
    const sign = rule[0]
    const text = rule.slice(1)
    if (sign === '>') this.addPassword(sha256(text))
    else if (sign === '#') this.addPassword(digest(text))
    else if (sign === '<') this.removePassword(sha256(text))
    else if (sign === '!') this.removePassword(digest(text))
    else if (sign === '(' && rule.endsWith(')')) {
      const selector = new Selector(allChannels)
      for (const word of text.slice(0, -1).split(/\s+/)) {
        if (word !== '') selector.apply(word, commands)
      }
      this.others.push(selector)
    } else this.own.apply(rule, commands)
  }

  private addPassword(password: string): void {
    if (!this.passwords.includes(password)) this.passwords.push(password)
    this.nopass = false
  }

  private removePassword(password: string): void {
    const at = this.passwords.indexOf(password)
    if (at < 0) throw noSuchPassword
    this.passwords.splice(at, 1)
  }

  // ---- What it says -----------------------------------------------------------------------------

  get flags(): string[] {
    const flags = [this.enabled ? 'on' : 'off']
    if (this.nopass) flags.push('nopass')
    flags.push(this.skipsSanitizing ? 'skip-sanitize-payload' : 'sanitize-payload')
    return flags
  }

  get digests(): readonly string[] {
    return this.passwords
  }

  /** The user's own first. */
  get selectors(): readonly [Selector, ...Selector[]] {
    return [this.own, ...this.others]
  }

  /** The rules that make this user, as a configuration file has them, without the name. */
  toString(): string {
    return [
      ...this.flags,
      ...this.passwords.map((password) => `#${password}`),
      String(this.own),
      ...this.others.map((selector) => `(${selector})`),
    ].join(' ')
  }

  // ---- Checking ---------------------------------------------------------------------------------

  /** Whether this password opens. Takes as long whether it does or not. */
  accepts(password: string): boolean {
    const given = sha256(password)
    let matches = this.nopass
    for (const one of this.passwords) if (equalsConstantTime(given, one)) matches = true
    return matches
  }

  /** Null: the request is allowed. Otherwise the refusal that tells most. */
  check(command: Command, argv: readonly string[]): Denial | null {
    let denial: Denial | null = null
    for (const selector of this.selectors) {
      const other = selector.check(command, argv)
      if (other === null) return null
      if (denial === null || outweighs(other, denial)) denial = other
    }
    return denial
  }

  /** Whether the request is allowed and may read any key besides those that it names: SORT's BY. */
  readsEverything(command: Command, argv: readonly string[]): boolean {
    return (
      this.unrestricted ||
      this.selectors.some((selector) => selector.readsEverything(command, argv))
    )
  }

  allowsChannel(channel: string, literal: boolean): boolean {
    return this.selectors.some((selector) => selector.allowsChannel(channel, literal))
  }
}

function outweighs(one: Denial, other: Denial): boolean {
  const difference = WEIGHT[one.reason] - WEIGHT[other.reason]
  return difference > 0 || (difference === 0 && one.at > other.at)
}

function digest(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw badPasswordHash
  return text
}

/** Join the words of a selector, which may stand in several arguments: `(+get` and `~a)`. */
export function joinSelectors(words: readonly string[]): string[] {
  const rules: string[] = []
  let open: string | null = null
  let selector = ''
  for (const word of words) {
    if (open === null && !word.startsWith('(')) rules.push(word)
    else {
      selector = open === null ? word : `${selector} ${word}`
      open ??= word
      if (!word.endsWith(')')) continue
      rules.push(selector)
      open = null
    }
  }
  if (open !== null) throw unmatchedParenthesis(open)
  return rules
}
