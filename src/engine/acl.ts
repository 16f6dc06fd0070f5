/**
 * Who may come in, and what they may do: the users, and what is asked of them.
 *
 * Every connection has a user, at first `default`. Whether that one may do anything at all is one
 * flag, so that a server without rules asks no more than that.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */

import { describeClient } from '../core/client-info.ts'
import type { Command } from '../core/command.ts'
import { CommandError } from '../core/errors.ts'
import { badUserName } from './acl-errors.ts'
import { AclLog, type Refusal } from './acl-log.ts'
import { type Denial, hasSpaces } from './acl-selector.ts'
import { joinSelectors, User } from './acl-user.ts'
import type { Client } from './client.ts'
import type { Engine } from './engine.ts'

/** Where users are kept: `aclfile`, or whatever a host has in its place. */
export interface AclFile {
  readonly path: string
  read(): string
  write(text: string): void
}

/** What a client shows of itself. */
export interface Credential {
  readonly user: string
  readonly password: string
  readonly address: string
}

/**
 * A host's own way to tell who somebody is (a token, the name of a certificate), asked where ACL
 * says no. It calls back once, with the name of a user that ACL knows, or null.
 */
export type Authenticator = (credential: Credential, settle: (user: string | null) => void) => void

/** What was refused, counted since the start or CONFIG RESETSTAT; INFO shows it. */
export type Denials = Record<Refusal['reason'], number>

export class Acl {
  private readonly engine: Engine
  private users = new Map<string, User>()
  readonly log: AclLog = new AclLog()
  /** Null: there is no `aclfile`. */
  file: AclFile | null = null
  /** Null: only ACL itself knows users. */
  authenticator: Authenticator | null = null
  /** Whom a connection is until it says otherwise. It is never removed, only changed. */
  readonly defaultUser: User

  constructor(engine: Engine) {
    this.engine = engine
    this.defaultUser = openUser()
    this.users.set(this.defaultUser.name, this.defaultUser)
    engine.config.follow('requirepass', (password) => {
      this.defaultUser.apply(password === '' ? 'nopass' : 'resetpass', new Map())
      if (password !== '') this.defaultUser.apply(`>${password}`, new Map())
    })
  }

  // ---- Users ------------------------------------------------------------------------------------

  /** New connections need not authenticate. */
  get passwordless(): boolean {
    return this.defaultUser.nopass && this.defaultUser.enabled
  }

  user(name: string): User | undefined {
    return this.users.get(name)
  }

  hasUser(name: string): boolean {
    return this.users.has(name)
  }

  /** In the order of their names. */
  all(): User[] {
    return [...this.users.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** ACL SETUSER: all of the rules or none. Throws a CommandError. */
  setUser(name: string, rules: readonly string[]): void {
    if (hasSpaces(name)) throw badUserName
    const known = this.users.get(name)
    const draft = known?.clone() ?? this.newUser(name)
    for (const rule of joinSelectors(rules)) this.applyRule(draft, rule)
    if (known === undefined) this.users.set(name, draft)
    else this.update(known, draft)
  }

  /** ACL DELUSER: whoever is logged in as this user is thrown out. False if there is none. */
  deleteUser(name: string): boolean {
    const user = this.users.get(name)
    if (user === undefined) return false
    this.users.delete(name)
    this.killClients((client) => client.user === user)
    return true
  }

  private get allChannels(): boolean {
    return this.engine.config.get('acl-pubsub-default') === 'allchannels'
  }

  private newUser(name: string): User {
    return new User(name, this.allChannels)
  }

  private applyRule(user: User, rule: string): void {
    try {
      user.apply(rule, this.engine.dispatcher.commands, this.allChannels)
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      throw new CommandError(`Error in ACL SETUSER modifier '${rule}': ${error.message}`)
    }
  }

  private update(user: User, draft: User): void {
    user.become(draft)
    this.killClients((client) => client.user === user && !maySubscribe(client))
  }

  private killClients(doomed: (client: Client) => boolean): void {
    for (const client of [...this.engine.clients.values()]) {
      if (client.internal || !doomed(client)) continue
      // Who runs this very command is still told how it went.
      if (client.running) client.close()
      else client.kill()
    }
  }

  // ---- Coming in --------------------------------------------------------------------------------

  /** Let the client in as this user, if the password is right. */
  authenticate(client: Client, name: string, password: string): boolean {
    const user = this.users.get(name)
    // The digest is made even for a user who does not exist, so that time does not tell.
    const matches = (user ?? this.defaultUser).accepts(password)
    if (user === undefined || !matches || !user.enabled) return false
    this.admit(client, user)
    return true
  }

  admit(client: Client, user: User): void {
    client.user = user
    client.authenticated = true
  }

  /** What a connection is before it has said anything, and again after RESET. */
  welcome(client: Client): void {
    client.user = this.defaultUser
    client.authenticated = this.passwordless
  }

  // ---- Refusing ---------------------------------------------------------------------------------

  /** Null if the client may send this request; otherwise the error, which has been logged. */
  refusal(client: Client, command: Command, argv: readonly string[]): CommandError | null {
    const { user } = client
    const denial = user.check(command, argv)
    if (denial === null) return null
    const context = client.transaction === null ? 'toplevel' : 'multi'
    this.report(client, command, argv, denial, context)
    return new CommandError(this.reasonOf(user, command, argv, denial), 'NOPERM')
  }

  /** As `refusal`, for a command that was allowed when MULTI queued it. */
  refusalAtExec(client: Client, command: Command, argv: readonly string[]): CommandError | null {
    const denial = client.user.check(command, argv)
    if (denial === null) return null
    this.report(client, command, argv, denial, 'multi')
    return new CommandError(
      'ACLs rules changed between the moment the transaction was accumulated and the EXEC call. ' +
        `This command is no longer allowed for the following reason: ${REASONS[denial.reason]}`,
      'NOPERM',
    )
  }

  /** As `refusal`, for what a script calls in the name of the client. */
  refusalInScript(client: Client, command: Command, argv: readonly string[]): CommandError | null {
    const { user } = client
    const denial = user.check(command, argv)
    if (denial === null) return null
    this.report(client, command, argv, denial, 'lua')
    return new CommandError(`ACL failure in script: ${this.reasonOf(user, command, argv, denial)}`)
  }

  private reasonOf(user: User, command: Command, argv: readonly string[], denial: Denial): string {
    return denial.reason === 'command'
      ? this.explain(user, command, argv, denial)
      : `No permissions to access a ${denial.reason}`
  }

  private report(
    client: Client,
    command: Command,
    argv: readonly string[],
    { reason, at }: Denial,
    context: Refusal['context'],
  ): void {
    const object = reason === 'command' ? command.fullName : (argv[at] as string)
    this.refused(client, { reason, context, object, user: client.user.name })
  }

  /** Why a user may not, by name: for those who may know it. */
  explain(user: User, command: Command, argv: readonly string[], { reason, at }: Denial): string {
    const what =
      reason === 'command'
        ? `run the '${command.fullName}' command`
        : `access the '${argv[at]}' ${reason}`
    return `User ${user.name} has no permissions to ${what}`
  }

  refused(client: Client, what: Refusal): void {
    const { engine } = this
    engine.stats.denials[what.reason]++
    const now = engine.now()
    const most = engine.config.int('acllog-max-len')
    this.log.add(what, describeClient(client, now), now, most)
  }

  // ---- Files ------------------------------------------------------------------------------------

  /** The users as lines of an ACL file or a configuration file. */
  lines(): string[] {
    return this.all().map((user) => `user ${user.name} ${user}`)
  }

  /**
   * Take all users from the text of an ACL file, or none. Throws a CommandError that lists what is
   * wrong, line by line.
   */
  load(text: string, path: string): void {
    const { users, problems } = this.parse(text, path)
    if (problems !== '') {
      throw new CommandError(
        `${problems}WARNING: ACL errors detected, no change to the previously active ACL rules was performed`,
      )
    }
    const fresh = users.get(this.defaultUser.name) ?? openUser()
    users.set(this.defaultUser.name, this.defaultUser)
    const before = this.users
    this.users = users
    this.update(this.defaultUser, fresh)
    for (const [name, old] of before) {
      if (old === this.defaultUser) continue
      const now = users.get(name)
      const same = now !== undefined && String(now) === String(old)
      if (same) users.set(name, old)
      else this.killClients((client) => client.user === old)
    }
  }

  private parse(text: string, path: string): { users: Map<string, User>; problems: string } {
    const users = new Map<string, User>()
    let problems = ''
    text.split('\n').forEach((untrimmed, i) => {
      const line = untrimmed.trim()
      if (line === '') return
      const [keyword, name, ...words] = line.split(/ +/)
      if (keyword !== 'user' || name === undefined) {
        problems += `${path}:${i + 1} should start with user keyword followed by the username. `
      } else if (users.has(name)) {
        problems += `WARNING: Duplicate user '${name}' found on line ${i + 1}. `
      } else {
        const user = this.newUser(name)
        users.set(name, user)
        problems += this.parseRules(user, words, `${path}:${i + 1}`)
      }
    })
    return { users, problems }
  }

  private parseRules(user: User, words: readonly string[], place: string): string {
    let rules: string[]
    try {
      rules = joinSelectors(words)
    } catch {
      return `${place}: Unmatched parenthesis in selector definition.`
    }
    let problems = ''
    let told = false
    for (const rule of rules) {
      try {
        user.apply(rule, this.engine.dispatcher.commands, this.allChannels)
      } catch (error) {
        if (!(error instanceof CommandError)) throw error
        if (error.message.startsWith('Unknown')) {
          problems += `${place}: Error in applying operation '${rule}': ${error.message}. `
        } else if (!told) {
          problems += `${place}: ${error.message}. `
          told = true
        }
      }
    }
    return problems
  }
}

const REASONS = {
  command: 'no permission to execute the command or subcommand',
  key: 'no permission to touch the specified keys',
  channel: 'no permission to access one of the channels used as arguments',
} as const

/** As it is where nobody has made rules: everything, without a password. */
function openUser(): User {
  const user = new User('default', true)
  for (const rule of ['on', 'nopass', '~*', '&*', '+@all']) user.apply(rule, new Map())
  return user
}

/** Whether everything that the client is subscribed to is still allowed to its user. */
function maySubscribe(client: Client): boolean {
  const { user, channels, patterns, shardChannels } = client
  for (const pattern of patterns) if (!user.allowsChannel(pattern, true)) return false
  for (const channel of channels) if (!user.allowsChannel(channel, false)) return false
  for (const channel of shardChannels) if (!user.allowsChannel(channel, false)) return false
  return true
}
