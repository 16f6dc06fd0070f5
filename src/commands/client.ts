/** CLIENT: what is known of connections, and what one may do to them. */
import type { Args } from '../core/args.ts'
import {
  type ClientType,
  clientsOf,
  clientTypeNamed,
  describeClient,
  requestBytes,
  secondsSince,
  typeOfClient,
} from '../core/client-info.ts'
import { type Category, command, type Flag } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  clientIdNotPositive,
  invalidClientId,
  invalidPauseMode,
  invalidUnblockReason,
  maxAgeNotAnInteger,
  maxAgeNotPositive,
  negativeTimeout,
  noSuchClient,
  noSuchUser,
  notAnInteger,
  subcommandSyntax,
  syntaxError,
  timeoutNotAnInteger,
  timeoutOutOfRange,
  unknownClientType,
  unrecognizedOption,
} from '../core/errors.ts'
import { NO_REPLY, OK, type Reply, Verbatim } from '../core/reply.ts'
import type { Client } from '../engine/client.ts'
import { parseInteger } from '../util/integer.ts'
import { checkClientInfo, checkClientName } from './client-name.ts'
import { trackingSubcommands } from './client-tracking.ts'
import { helpOf } from './help.ts'

const INT64_MAX = 2n ** 63n - 1n

/** What every client may do with its own connection. */
const own = {
  group: 'connection',
  flags: ['noscript', 'loading', 'stale'] as readonly Flag[],
  categories: ['connection'] as readonly Category[],
} as const

/** What concerns others. */
const admin = { ...own, flags: ['admin', 'noscript', 'loading', 'stale'] as readonly Flag[] }

function onOff(args: Args): boolean {
  const word = args.keyword()
  if (word !== 'ON' && word !== 'OFF') throw syntaxError
  return word === 'ON'
}

// ---- About oneself ----------------------------------------------------------------------------

const GETNAME = command('getname', {
  ...own,
  since: '2.6.9',
  summary: 'The name of this connection.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  reply: 'string | null',
  run: (c) => (c.client.name === '' ? null : c.client.name),
})

const ID = command('id', {
  ...own,
  since: '5.0.0',
  summary: 'The number of this connection.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  reply: 'number',
  run: (c) => c.client.id,
})

const INFO = command('info', {
  ...own,
  since: '6.2.0',
  summary: 'This connection in one line.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  tips: ['nondeterministic_output'],
  reply: 'string',
  run: (c, args) => lines(c, args, [c.client]),
})

const lines = (c: Context, args: Args, clients: Iterable<Client>): Reply => {
  // While it runs a request stands in Redis's buffer still.
  const running = requestBytes(args.argv)
  let text = ''
  for (const client of clients) {
    text += `${describeClient(client, c.now, client === c.client ? running : 0)}\n`
  }
  return new Verbatim(text)
}

const SETINFO = command('setinfo', {
  ...own,
  since: '7.2.0',
  summary: 'Say which library speaks over this connection.',
  complexity: 'O(1)',
  syntax: '{attr: LIB-NAME libname | LIB-VER libver}',
  arity: 4,
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  reply: "'OK'",
  run(c, args) {
    const attribute = args.next()
    const value = args.next()
    switch (attribute.toUpperCase()) {
      case 'LIB-NAME':
        c.client.libraryName = checkClientInfo(attribute, value)
        return OK
      case 'LIB-VER':
        c.client.libraryVersion = checkClientInfo(attribute, value)
        return OK
      default:
        throw unrecognizedOption(attribute)
    }
  },
})

const SETNAME = command('setname', {
  ...own,
  since: '2.6.9',
  summary: 'Give this connection a name, or take it away with an empty one.',
  complexity: 'O(1)',
  syntax: 'connection-name',
  arity: 3,
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  reply: "'OK'",
  run(c, args) {
    c.client.name = checkClientName(args.next())
    return OK
  },
})

const REPLY = command('reply', {
  ...own,
  since: '3.2.0',
  summary: 'Have replies sent, not sent, or not sent once.',
  complexity: 'O(1)',
  syntax: '{action: ON | OFF | SKIP}',
  arity: 3,
  reply: "'OK'",
  run(c, args) {
    switch (args.keyword()) {
      case 'ON':
        c.client.setReplies('on')
        return OK
      case 'OFF':
        c.client.setReplies('off')
        return NO_REPLY
      case 'SKIP':
        c.client.setReplies('skip')
        return NO_REPLY
      default:
        throw syntaxError
    }
  },
})

const NO_EVICT = command('no-evict', {
  ...admin,
  since: '7.0.0',
  summary: 'Keep this connection when connections are closed for want of memory.',
  complexity: 'O(1)',
  syntax: '{enabled: ON | OFF}',
  arity: 3,
  reply: "'OK'",
  run(c, args) {
    c.client.noEvict = onOff(args)
    return OK
  },
})

const NO_TOUCH = command('no-touch', {
  ...own,
  since: '7.2.0',
  summary: 'Leave no marks of use on keys.',
  complexity: 'O(1)',
  syntax: '{enabled: ON | OFF}',
  arity: 3,
  reply: "'OK'",
  run(c, args) {
    c.client.noTouch = onOff(args)
    return OK
  },
})

// ---- About others -----------------------------------------------------------------------------

function typeNamed(word: string): ClientType {
  const type = clientTypeNamed(word)
  if (type === undefined) throw unknownClientType(word)
  return type
}

const LIST = command('list', {
  ...admin,
  since: '2.4.0',
  summary: 'All connections, a line for each.',
  complexity: 'O(N) where N is the number of connections',
  syntax:
    '[TYPE {client-type: NORMAL | MASTER | REPLICA | PUBSUB}]@5.0.0 ' +
    '[ID client-id:integer...]@6.2.0',
  arity: -2,
  tips: ['nondeterministic_output'],
  history: [
    ['2.8.12', 'Each line begins with the `id`.'],
    ['5.0.0', '`TYPE`.'],
    ['6.0.0', 'The field `user`.'],
    ['6.2.0', 'The fields `argv-mem`, `tot-mem`, `laddr` and `redir`, and the filter `ID`.'],
    ['7.0.0', 'The fields `resp`, `multi-mem`, `rbs` and `rbp`.'],
    ['7.0.3', 'The field `ssub`.'],
    ['7.2.0', 'The fields `lib-name` and `lib-ver`.'],
    ['7.4.0', 'The field `watch`.'],
    ['8.0.0', 'The field `io-thread`.'],
  ],
  reply: 'string',
  run(c, args) {
    const { clients } = c.engine
    if (!args.more) return lines(c, args, clientsOf(clients.values()))
    if (args.left === 2 && args.take('TYPE')) {
      const type = typeNamed(args.next())
      const all = [...clientsOf(clients.values())]
      return lines(
        c,
        args,
        all.filter((client) => typeOfClient(client) === type),
      )
    }
    if (args.left < 2 || !args.take('ID')) throw syntaxError
    const found: Client[] = []
    while (args.more) {
      const client = clients.get(Number(args.integer(invalidClientId)))
      if (client !== undefined) found.push(client)
    }
    return lines(c, args, found)
  },
})

interface Filter {
  id?: number
  type?: ClientType
  user?: string
  address?: string
  local?: string
  /** In seconds. */
  least?: number
  skipMe: boolean
}

const KILL = command('kill', {
  ...admin,
  since: '2.4.0',
  summary: 'End connections.',
  complexity: 'O(N) where N is the number of connections',
  syntax:
    '{filter: old-format@-2.8.12 | {new-format: [ID client-id:integer]@2.8.12 | ' +
    '[TYPE {client-type: NORMAL | MASTER@3.2.0 | SLAVE | REPLICA@5.0.0 | PUBSUB}]@2.8.12 | ' +
    '[USER username] | [ADDR addr] | [LADDR laddr]@6.2.0 | [SKIPME {skipme: YES | NO}] | ' +
    '[MAXAGE maxage:integer]@7.4.0}...}',
  arity: -3,
  history: [
    ['2.8.12', 'Filters.'],
    ['2.8.12', 'The filter `ID`.'],
    ['3.2.0', 'The type `master`.'],
    ['5.0.0', 'The type `replica`, which is also still called `slave`.'],
    ['6.2.0', 'The filter `LADDR`.'],
    ['7.4.0', 'The filter `MAXAGE`.'],
  ],
  reply: "'OK' | number",

  // CLIENT KILL ip:port, or CLIENT KILL filter value [filter value …]
  run(c, args) {
    const old = args.left === 1
    const filter = old ? { address: args.next(), skipMe: false } : killFilter(c, args)
    const doomed = [...clientsOf(c.engine.clients.values())].filter(
      (client) => !client.closing && matches(c, client, filter),
    )
    for (const client of doomed) {
      // Who ends itself is still told that it has.
      if (client === c.client) client.close()
      else client.kill()
    }
    if (!old) return doomed.length
    if (doomed.length === 0) throw noSuchClient
    return OK
  },
})

function killFilter(c: Context, args: Args): Filter {
  const filter: Filter = { skipMe: true }
  while (args.more) {
    const name = args.keyword()
    const value = args.next()
    switch (name) {
      case 'ID':
        filter.id = clientId(value)
        break
      case 'TYPE':
        filter.type = typeNamed(value)
        break
      case 'USER':
        if (!c.engine.acl.hasUser(value)) throw noSuchUser(value)
        filter.user = value
        break
      case 'ADDR':
        filter.address = value
        break
      case 'LADDR':
        filter.local = value
        break
      case 'MAXAGE':
        filter.least = maxAge(value)
        break
      case 'SKIPME':
        filter.skipMe = yesNo(value)
        break
      default:
        throw syntaxError
    }
  }
  return filter
}

function clientId(text: string): number {
  const id = parseInteger(text)
  if (id === undefined || id < 1) throw clientIdNotPositive
  return Number(id)
}

function maxAge(text: string): number {
  const seconds = parseInteger(text)
  if (seconds === undefined) throw maxAgeNotAnInteger
  if (seconds <= 0) throw maxAgeNotPositive
  return Number(seconds)
}

function yesNo(text: string): boolean {
  const word = text.toUpperCase()
  if (word !== 'YES' && word !== 'NO') throw syntaxError
  return word === 'YES'
}

function matches(c: Context, client: Client, filter: Filter): boolean {
  if (filter.skipMe && client === c.client) return false
  if (filter.id !== undefined && filter.id !== client.id) return false
  if (filter.type !== undefined && filter.type !== typeOfClient(client)) return false
  if (filter.user !== undefined && filter.user !== client.user.name) return false
  if (filter.address !== undefined && filter.address !== client.address) return false
  if (filter.local !== undefined && filter.local !== client.local) return false
  return filter.least === undefined || secondsSince(client.createdAt, c.now) >= filter.least
}

const UNBLOCK = command('unblock', {
  ...admin,
  since: '5.0.0',
  summary: 'Wake a client that waits in a blocking command.',
  complexity: 'O(log N) where N is the number of connections',
  syntax: 'client-id:integer [unblock-type: TIMEOUT | ERROR]',
  arity: -3,
  reply: 'number',
  run(c, args) {
    const text = args.next()
    const reason = args.more ? args.keyword() : 'TIMEOUT'
    if (args.more) throw subcommandSyntax('client', args.argv[1] as string)
    if (reason !== 'TIMEOUT' && reason !== 'ERROR') throw invalidUnblockReason
    const id = parseInteger(text)
    if (id === undefined) throw notAnInteger
    const client = c.engine.clients.get(Number(id))
    if (client === undefined) return 0
    return c.engine.blocking.unblock(client, reason === 'ERROR') ? 1 : 0
  },
})

const PAUSE = command('pause', {
  ...admin,
  since: '3.0.0',
  summary: 'Let the requests of all clients wait for a while.',
  complexity: 'O(1)',
  syntax: 'timeout:integer [mode: WRITE | ALL]@6.2.0',
  arity: -3,
  history: [['6.2.0', '`WRITE`: only those that change data.']],
  reply: "'OK'",
  run(c, args) {
    const text = args.next()
    const mode = args.more ? args.keyword() : 'ALL'
    if (args.more) throw subcommandSyntax('client', args.argv[1] as string)
    if (mode !== 'WRITE' && mode !== 'ALL') throw invalidPauseMode
    c.engine.pause.begin(pauseEnd(c, text), mode === 'WRITE')
    return OK
  },
})

/** When a pause of so many milliseconds is over; 0 for none. */
function pauseEnd(c: Context, text: string): number {
  const timeout = parseInteger(text)
  if (timeout === undefined) throw timeoutNotAnInteger
  if (timeout < 0) throw negativeTimeout
  if (BigInt(timeout) > INT64_MAX - BigInt(c.now)) throw timeoutOutOfRange
  return timeout === 0 ? 0 : c.now + Number(timeout)
}

const UNPAUSE = command('unpause', {
  ...admin,
  since: '6.2.0',
  summary: 'End a pause before its time.',
  complexity: 'O(N) where N is the number of clients whose requests wait',
  syntax: '',
  arity: 2,
  reply: "'OK'",
  run(c) {
    c.engine.pause.end()
    return OK
  },
})

// ---- The container ----------------------------------------------------------------------------

const HELP = command('help', {
  ...own,
  since: '5.0.0',
  summary: 'What the subcommands of CLIENT do.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['loading', 'stale'],
  reply: 'string[]',
  run: () =>
    helpOf('CLIENT', [
      ['CACHING (YES|NO)', 'Make the next request the exception from OPTIN or OPTOUT.'],
      ['GETNAME', 'Tell the name of this connection.'],
      ['GETREDIR', 'Tell which client gets the invalidations of this one.'],
      ['ID', 'Tell the number of this connection.'],
      ['INFO', 'Describe this connection in one line.'],
      ['KILL <ip:port>', 'End the connection from this address.'],
      [
        'KILL <filter> <value> [<filter> <value> [...]]',
        'End the connections that all filters let through:\n' +
          'ID <client-id>, ADDR <ip:port>, LADDR <ip:port>, USER <username>,\n' +
          'TYPE (NORMAL|MASTER|REPLICA|PUBSUB), MAXAGE <seconds>: at least so old,\n' +
          'SKIPME (YES|NO): whether this one is spared (YES unless said otherwise).',
      ],
      [
        'LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] [ID <client-id> [...]]',
        'Describe connections, a line for each.',
      ],
      ['NO-EVICT (ON|OFF)', 'Spare this connection when memory runs out.'],
      ['NO-TOUCH (ON|OFF)', 'Leave no marks of use on keys.'],
      ['PAUSE <milliseconds> [WRITE|ALL]', 'Let requests wait, all or those that write.'],
      ['REPLY (ON|OFF|SKIP)', 'Send replies, send none, or leave out the next one.'],
      ['SETINFO (LIB-NAME|LIB-VER) <value>', 'Say which library speaks here.'],
      ['SETNAME <name>', 'Name this connection.'],
      [
        'TRACKING (ON|OFF) [<option> ...]',
        'Be told when keys change that the client has read. Options are\n' +
          'REDIRECT <client-id>, BCAST, PREFIX <prefix> (more than once), OPTIN, OPTOUT, NOLOOP.',
      ],
      ['TRACKINGINFO', 'Tell what this client has asked to be told.'],
      ['UNBLOCK <client-id> [TIMEOUT|ERROR]', 'Wake a client from a blocking command.'],
      ['UNPAUSE', 'End a pause.'],
    ]),
})

export const CLIENT = command('client', {
  group: 'connection',
  since: '2.4.0',
  summary: 'Connections and what can be done with them.',
  complexity: 'Depends on the subcommand',
  syntax: '',
  arity: -2,
  flags: [],
  reply: 'unknown',
  subcommands: [
    ...trackingSubcommands,
    GETNAME,
    HELP,
    ID,
    INFO,
    KILL,
    LIST,
    NO_EVICT,
    NO_TOUCH,
    PAUSE,
    REPLY,
    SETINFO,
    SETNAME,
    UNBLOCK,
    UNPAUSE,
  ],
})
