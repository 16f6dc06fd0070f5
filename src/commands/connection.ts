/** Connections: who speaks, in which protocol, to which database. CLIENT has a file of its own. */
import type { Args } from '../core/args.ts'
import { command } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  CommandError,
  dbIndexOutOfRange,
  helloNeedsAuth,
  helloSyntax,
  noPasswordSet,
  notAnInteger,
  protocolNotAnInteger,
  syntaxError,
  unsupportedProtocol,
  wrongArity,
  wrongPassword,
} from '../core/errors.ts'
import { MapReply, OK, PONG, type Reply, Status } from '../core/reply.ts'
import type { Client, Resp } from '../engine/client.ts'
import { REDIS_VERSION } from '../version.ts'
import { checkClientName } from './client-name.ts'

const INT_MAX = 2 ** 31 - 1
const RESET_DONE = new Status('RESET')

// ---- Coming and going -------------------------------------------------------------------------

export const AUTH = command('auth', {
  group: 'connection',
  since: '1.0.0',
  summary: 'Prove who you are with a password.',
  complexity: 'O(N) where N is the number of passwords of the user',
  syntax: '[username]@6.0.0 password',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  categories: ['connection'],
  history: [['6.0.0', 'A user name before the password, for ACL.']],
  reply: "'OK'",
  secrets: (argv) => argv.map((_, i) => i).slice(1),
  run(c, args) {
    if (args.left > 2) throw syntaxError
    const { acl } = c.engine
    if (args.left === 1 && acl.defaultUser.nopass) throw noPasswordSet
    const user = args.left === 2 ? args.next() : acl.defaultUser.name
    return logIn(c, args, [user, args.next()], () => OK)
  },
})

export const HELLO = command('hello', {
  group: 'connection',
  since: '6.0.0',
  summary: 'Choose the protocol, and learn who answers.',
  complexity: 'O(1)',
  syntax: '[arguments: protover:integer [AUTH {auth: username password}] [SETNAME clientname]]',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  categories: ['connection'],
  history: [['6.2.0', 'Without `protover` it only describes the connection.']],
  reply: 'HelloReply',
  secrets(argv) {
    const at = argv.findIndex((word, i) => i > 1 && word.toUpperCase() === 'AUTH')
    return at < 0 ? [] : [at + 1, at + 2]
  },

  // HELLO [protover [AUTH username password] [SETNAME clientname]]
  run(c, args) {
    const { client } = c
    let protocol: Resp = client.resp
    if (args.more) {
      const version = args.integer(protocolNotAnInteger)
      if (version !== 2 && version !== 3) throw unsupportedProtocol
      protocol = version
    }
    let credentials: readonly [user: string, password: string] | null = null
    let name: string | null = null
    while (args.more) {
      const option = args.next()
      const word = option.toUpperCase()
      if (word === 'AUTH' && args.left >= 2) credentials = [args.next(), args.next()]
      else if (word === 'SETNAME' && args.more) name = checkClientName(args.next())
      else throw helloSyntax(option)
    }
    const introduce = (): Reply => {
      if (name !== null) client.name = name
      client.resp = protocol
      return introduction(client)
    }
    if (credentials !== null) return logIn(c, args, credentials, introduce)
    // Unlike other commands this one runs before authentication, which it may bring itself.
    if (!client.authenticated && !c.engine.acl.passwordless) throw helloNeedsAuth
    return introduce()
  },
})

/**
 * Let the client in: by ACL, or else by the host's authenticator, which may take its time. `then`
 * makes the reply to a client that is in.
 */
function logIn(
  c: Context,
  args: Args,
  [user, password]: readonly [user: string, password: string],
  then: () => Reply,
): Reply {
  const { client, engine } = c
  const object = args.argv[0] as string
  const context = c.denyBlocking ? 'multi' : 'toplevel'
  const { acl } = engine
  if (acl.authenticate(client, user, password)) return then()
  const refuse = (): CommandError => {
    acl.refused(client, { reason: 'auth', context, object, user })
    return wrongPassword
  }
  if (acl.authenticator === null) throw refuse()
  const asked = { user, password, address: client.address }
  return c.later((done) => {
    acl.authenticator?.(asked, (name) => {
      const known = name === null ? undefined : acl.user(name)
      if (known?.enabled !== true) return done(refuse())
      acl.admit(client, known)
      done(then())
    })
  })
}

const introduction = (client: Client): Reply =>
  new MapReply([
    'server',
    'redis',
    'version',
    REDIS_VERSION,
    'proto',
    client.resp,
    'id',
    client.id,
    'mode',
    'standalone',
    'role',
    'master',
    'modules',
    [],
  ])

export const QUIT = command('quit', {
  group: 'connection',
  since: '1.0.0',
  summary: 'End the connection.',
  complexity: 'O(1)',
  syntax: '',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  categories: ['connection'],
  deprecated: { since: '7.2.0', replacedBy: 'just closing the connection' },
  reply: "'OK'",
  run(c) {
    c.client.close()
    return OK
  },
})

export const RESET = command('reset', {
  group: 'connection',
  since: '6.2.0',
  summary: 'Make the connection as new.',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  categories: ['connection'],
  reply: "'RESET'",
  run(c) {
    const { client, engine } = c
    engine.tracking.disable(client)
    engine.transactions.discard(client)
    engine.pubsub.drop(client)
    engine.monitors.drop(client)
    engine.acl.welcome(client)
    client.dbIndex = 0
    client.resp = 2
    // Name and version of the library stay: the same library goes on using the connection.
    client.name = ''
    client.noEvict = false
    client.noTouch = false
    client.fieldsets = null
    client.resetReplies()
    return RESET_DONE
  },
})

export const SELECT = command('select', {
  group: 'connection',
  since: '1.0.0',
  summary: 'Use another database from here on.',
  complexity: 'O(1)',
  syntax: 'index:integer',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  categories: ['connection'],
  reply: "'OK'",
  run(c, args) {
    const index = args.integer(notAnInteger)
    if (index < -INT_MAX - 1 || index > INT_MAX) throw notAnInt
    if (!c.engine.keyspace.has(Number(index))) throw dbIndexOutOfRange
    c.client.dbIndex = Number(index)
    if (c.client.dbIndex !== 0) c.engine.oneSlot.count()
    return OK
  },
})

const notAnInt = new CommandError(
  `value is out of range, value must between ${-INT_MAX - 1} and ${INT_MAX}`,
)

// ---- Saying something -------------------------------------------------------------------------

export const ECHO = command('echo', {
  group: 'connection',
  since: '1.0.0',
  summary: 'Say the same thing back.',
  complexity: 'O(1)',
  syntax: 'message',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  categories: ['connection'],
  reply: 'string',
  run: (_c, args) => args.next(),
})

export const PING = command('ping', {
  group: 'connection',
  since: '1.0.0',
  summary: 'Find out whether the server answers.',
  complexity: 'O(1)',
  syntax: '[message]',
  arity: -1,
  flags: ['fast'],
  categories: ['connection'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  reply: 'string',
  run(c, args) {
    if (args.left > 1) throw wrongArity('ping')
    // A subscriber in RESP2 can take nothing but arrays.
    if (c.client.resp === 2 && c.client.subscribed) return ['pong', args.more ? args.next() : '']
    return args.more ? args.next() : PONG
  },
})
