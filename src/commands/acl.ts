/**
 * ACL: users and their rights. `engine/acl.ts` keeps and asks them.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
import type { Args } from '../core/args.ts'
import {
  CATEGORIES,
  type Category,
  type Command,
  command,
  type Definition,
} from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { CommandError, subcommandSyntax, wrongArity } from '../core/errors.ts'
import { Double, MapReply, OK, type Reply, SetReply } from '../core/reply.ts'
import type { LogEntry } from '../engine/acl-log.ts'
import type { Selector } from '../engine/acl-selector.ts'
import { helpOf } from './help.ts'

const SHARED = {
  group: 'server',
  since: '6.0.0',
} satisfies Partial<Definition>
const ADMIN = ['admin', 'noscript', 'loading', 'stale'] as const
const OPEN = ['noscript', 'loading', 'stale'] as const

const GENPASS_BITS = 4096
const genpassBits = new CommandError(
  `ACL GENPASS argument must be the number of bits for the output password, a positive number up to ${GENPASS_BITS}`,
)
const defaultUserStays = new CommandError("The 'default' user cannot be removed")
const noAclFile = new CommandError(
  'This Redis instance is not configured to use an ACL file. You may want to specify users via the ' +
    'ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration ' +
    'file set) in order to store users in the Redis configuration.',
)

// ---- Users ------------------------------------------------------------------------------------

/** Who there is, and what is said of them. */
const behindName = (argv: readonly string[]): number[] => argv.map((_, i) => i).slice(2)

const SETUSER = command('setuser', {
  ...SHARED,
  summary: 'Make a user, or change what a user may do.',
  complexity: 'O(N) where N is the number of rules',
  syntax: 'username [rule...]',
  arity: -3,
  flags: ADMIN,
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  history: [
    ['6.2.0', 'Patterns of channels.'],
    ['7.0.0', 'Selectors, and patterns of keys that may only be read or only be written.'],
  ],
  reply: "'OK'",
  secrets: behindName,
  run(c, args) {
    c.engine.acl.setUser(args.next(), args.rest())
    return OK
  },
})

const GETUSER = command('getuser', {
  ...SHARED,
  summary: 'The rules of a user.',
  complexity: 'O(N) where N is the number of rules of the user',
  syntax: 'username',
  arity: 3,
  flags: ADMIN,
  history: [
    ['6.2.0', 'Patterns of channels.'],
    ['7.0.0', 'Selectors; patterns of keys and of channels as one string.'],
  ],
  reply: 'Record<string, unknown> | null',
  secrets: behindName,
  run(c, args) {
    const user = c.engine.acl.user(args.next())
    if (user === undefined) return null
    const [own, ...others] = user.selectors
    return new MapReply([
      'flags',
      new SetReply(user.flags),
      'passwords',
      [...user.digests],
      ...rulesOf(own),
      'selectors',
      others.map((selector) => new MapReply(rulesOf(selector))),
    ])
  },
})

const rulesOf = (selector: Selector): Reply[] => [
  'commands',
  selector.commandRules,
  'keys',
  selector.keyRules,
  'channels',
  selector.channelRules,
]

const DELUSER = command('deluser', {
  ...SHARED,
  summary: 'Remove users, and end their connections.',
  complexity: 'O(1) amortized time considering the typical user.',
  syntax: 'username...',
  arity: -3,
  flags: ADMIN,
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  reply: 'number',
  secrets: behindName,
  run(c, args) {
    const { acl } = c.engine
    const names = args.rest()
    if (names.includes(acl.defaultUser.name)) throw defaultUserStays
    return names.filter((name) => acl.deleteUser(name)).length
  },
})

const LIST = command('list', {
  ...SHARED,
  summary: 'All users with their rules, as an ACL file has them.',
  complexity: 'O(N) where N is the number of users',
  syntax: '',
  arity: 2,
  flags: ADMIN,
  reply: 'string[]',
  run: (c) => c.engine.acl.lines(),
})

const USERS = command('users', {
  ...SHARED,
  summary: 'The names of all users.',
  complexity: 'O(N) where N is the number of users',
  syntax: '',
  arity: 2,
  flags: ADMIN,
  reply: 'string[]',
  run: (c) => c.engine.acl.all().map(({ name }) => name),
})

const WHOAMI = command('whoami', {
  ...SHARED,
  summary: 'The name of the user of this connection.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: OPEN,
  reply: 'string',
  run: (c) => c.client.user.name,
})

// ---- Asking -----------------------------------------------------------------------------------

const CAT = command('cat', {
  ...SHARED,
  summary: 'The categories, or the commands of one.',
  complexity: 'O(1) since the categories and commands are a fixed set.',
  syntax: '[category]',
  arity: -2,
  flags: OPEN,
  reply: 'string[]',
  run(c, args) {
    if (args.left > 1) throw subcommandSyntax('acl', args.argv[1] as string)
    if (!args.more) return [...CATEGORIES]
    const name = args.next()
    const index = CATEGORIES.indexOf(name.toLowerCase() as Category)
    if (index < 0) throw new CommandError(`Unknown category '${name}'`)
    const found: string[] = []
    const collect = (one: Command): void => {
      if (one.categories & (1 << index)) found.push(one.fullName)
      for (const sub of one.subcommands?.values() ?? []) collect(sub)
    }
    for (const one of c.engine.dispatcher.commands.values()) collect(one)
    return found
  },
})

const DRYRUN = command('dryrun', {
  ...SHARED,
  since: '7.0.0',
  summary: 'Whether a user could run a command, without running it.',
  complexity: 'O(1).',
  syntax: 'username command [arg...]',
  arity: -4,
  flags: ADMIN,
  reply: 'string',
  run(c, args) {
    const name = args.next()
    const user = c.engine.acl.user(name)
    if (user === undefined) throw new CommandError(`User '${name}' not found`)
    const argv = args.rest()
    const tried = c.engine.dispatcher.lookup(argv)
    const unknown = tried?.subcommands && argv.length > 1 && !tried.runsAlone
    if (tried === undefined || unknown) throw new CommandError(`Command '${argv[0]}' not found`)
    if (!tried.accepts(argv.length)) throw wrongArity(tried.fullName)
    const denial = user.check(tried, argv)
    return denial === null ? OK : c.engine.acl.explain(user, tried, argv, denial)
  },
})

const GENPASS = command('genpass', {
  ...SHARED,
  summary: 'A random password that nobody can guess.',
  complexity: 'O(1)',
  syntax: '[bits:integer]',
  arity: -2,
  flags: OPEN,
  reply: 'string',
  run(c, args) {
    if (args.left > 1) throw subcommandSyntax('acl', args.argv[1] as string)
    const bits = args.more ? args.int() : 256
    if (bits <= 0 || bits > GENPASS_BITS) throw genpassBits
    const digits = Math.ceil(bits / 4)
    const bytes = c.engine.platform.entropy(Math.ceil(digits / 2))
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
      .join('')
      .slice(0, digits)
  },
})

const LOG = command('log', {
  ...SHARED,
  summary: 'Who was refused what, the newest first.',
  complexity: 'O(N) with N being the number of entries shown.',
  syntax: '[operation: count:integer | RESET]',
  arity: -2,
  flags: ADMIN,
  history: [['7.2.0', 'Number and times of an entry.']],
  reply: "'OK' | Record<string, unknown>[]",
  run(c, args) {
    const { log } = c.engine.acl
    if (args.left > 1) throw subcommandSyntax('acl', args.argv[1] as string)
    if (args.take('RESET')) {
      log.entries = []
      return OK
    }
    const count = args.more ? Math.max(0, logCount(args)) : 10
    return log.entries.slice(0, count).map((entry) => describeEntry(c, entry))
  },
})

const logCount = (args: Args): number => Number(args.integer())

const describeEntry = (c: Context, entry: LogEntry): Reply =>
  new MapReply([
    'count',
    entry.count,
    'reason',
    entry.reason,
    'context',
    entry.context,
    'object',
    entry.object,
    'username',
    entry.user,
    'age-seconds',
    new Double((c.now - entry.createdAt) / 1000),
    'client-info',
    entry.client,
    'entry-id',
    entry.id,
    'timestamp-created',
    entry.createdAt,
    'timestamp-last-updated',
    entry.updatedAt,
  ])

// ---- Files ------------------------------------------------------------------------------------

const LOAD = command('load', {
  ...SHARED,
  summary: 'Take the users from the ACL file again.',
  complexity: 'O(N) where N is the number of users',
  syntax: '',
  arity: 2,
  flags: ADMIN,
  reply: "'OK'",
  run(c) {
    const { acl } = c.engine
    if (acl.file === null) throw noAclFile
    acl.load(acl.file.read(), acl.file.path)
    return OK
  },
})

const SAVE = command('save', {
  ...SHARED,
  summary: 'Write the users into the ACL file.',
  complexity: 'O(N) where N is the number of users',
  syntax: '',
  arity: 2,
  flags: ADMIN,
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  reply: "'OK'",
  run(c) {
    const { acl } = c.engine
    if (acl.file === null) throw noAclFile
    acl.file.write(
      acl
        .lines()
        .map((line) => `${line}\n`)
        .join(''),
    )
    return OK
  },
})

const HELP = command('help', {
  ...SHARED,
  summary: 'What the subcommands of ACL do.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['loading', 'stale'],
  reply: 'string[]',
  run: () =>
    helpOf('ACL', [
      ['CAT [<category>]', 'Name the categories, or the commands of one.'],
      ['DELUSER <username> [<username> ...]', 'Remove users and end their connections.'],
      ['DRYRUN <username> <command> [<arg> ...]', 'Tell whether the user could run the command.'],
      ['GETUSER <username>', 'Show the rules of a user.'],
      ['GENPASS [<bits>]', 'Make a random password of 256 bits, or of so many.'],
      ['LIST', 'Show all users with their rules, as an ACL file has them.'],
      ['LOAD', 'Take the users from the ACL file again.'],
      ['LOG [<count> | RESET]', 'Show who was refused what, or forget it.'],
      ['SAVE', 'Write the users into the ACL file.'],
      ['SETUSER <username> <attribute> [<attribute> ...]', 'Make or change a user.'],
      ['USERS', 'Name all users.'],
      ['WHOAMI', 'Name the user of this connection.'],
    ]),
})

export const ACL = command('acl', {
  group: 'server',
  since: '6.0.0',
  summary: 'Users and their rights.',
  complexity: 'Depends on the subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [
    CAT,
    DELUSER,
    DRYRUN,
    GENPASS,
    GETUSER,
    HELP,
    LIST,
    LOAD,
    LOG,
    SAVE,
    SETUSER,
    USERS,
    WHOAMI,
  ],
  reply: 'unknown',
})
