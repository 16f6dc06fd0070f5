/**
 * What replicas say to their primary: hand me everything, and this is how far I am.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/replication/
 *
 * Every replica is handed all data, whatever it has already: nothing of the stream is kept for those who
 * come back.
 */
import type { Args } from '../core/args.ts'
import { command, type Definition } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { CommandError, notAnInteger, syntaxError } from '../core/errors.ts'
import { Many, NO_REPLY, OK, Payload, type Reply, Status } from '../core/reply.ts'
import { parseInteger } from '../util/integer.ts'

const internal = {
  group: 'server',
  flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
  reply: 'unknown',
} as const

/** All data as it is now; the client hears of every change from here on. */
function handOver(c: Context): Payload {
  const { client, engine } = c
  const bytes = engine.rdb.whole({
    facts: {
      'repl-stream-db': 0,
      'repl-id': engine.replicationId,
      'repl-offset': engine.replicas.offset,
    },
  })
  engine.replicas.attach(client, client.replicaFacts)
  return new Payload(bytes)
}

export const SYNC = command('sync', {
  ...internal,
  since: '1.0.0',
  summary: 'Hand over all data, and everything that changes from then on.',
  complexity: 'O(N) where N is the number of keys in all databases',
  syntax: '',
  arity: 1,
  run: (c) => (c.client.replica === null ? handOver(c) : NO_REPLY),
})

export const PSYNC = command('psync', {
  ...internal,
  since: '2.8.0',
  summary: 'As SYNC, and say where in which history that is.',
  complexity: 'O(N) where N is the number of keys in all databases',
  syntax: 'replicationid offset:integer',
  arity: -3,
  run(c, args) {
    args.next()
    args.integer(notAnInteger)
    args.rest()
    if (c.client.replica !== null) return NO_REPLY
    const { engine } = c
    const place = new Status(`FULLRESYNC ${engine.replicationId} ${engine.replicas.offset}`)
    return new Many([place, handOver(c)])
  },
})

export const REPLCONF = command('replconf', {
  group: 'server',
  since: '3.0.0',
  summary: 'Between replica and primary: what one is, and how far one is.',
  complexity: 'O(1)',
  syntax: '',
  arity: -1,
  flags: ['admin', 'noscript', 'loading', 'stale', 'allow_busy'],
  syscmd: true,
  reply: 'unknown',
  run(c, args): Reply {
    const { client, engine } = c
    if (args.left % 2 !== 0) throw syntaxError
    while (args.more) {
      const option = args.next()
      switch (option.toLowerCase()) {
        case 'listening-port':
          client.replicaFacts.port = args.int(notAnInteger)
          break
        case 'ip-address':
          client.replicaFacts.address = args.next()
          break
        case 'ack':
          engine.replicas.acknowledge(client, args.int(notAnInteger))
          return NO_REPLY
        case 'capa':
        case 'version':
          args.next()
          break
        case 'getack':
          return NO_REPLY
        case 'rdb-only':
        case 'rdb-filter-only':
          args.next()
          break
        default:
          throw new CommandError(`Unrecognized REPLCONF option: ${option}`)
      }
    }
    return OK
  },
})

// ---- Who is whose replica -------------------------------------------------------------------------

const badPort = new CommandError('Invalid master port')
const cannotFollow = new CommandError('This server cannot be a replica')
const noReplicas = new CommandError('FAILOVER requires connected replicas.')
const noFailover = new CommandError('No failover in progress.')
const noPeer = new CommandError('FAILOVER target HOST and PORT is not a replica.')

const ROLE = {
  group: 'server',
  complexity: 'O(1)',
  flags: ['admin', 'noscript', 'stale', 'no_async_loading'],
} satisfies Partial<Definition>

const FOLLOW = {
  ...ROLE,
  syntax: '{args: {host-port: host port:integer} | {no-one: NO ONE}}',
  arity: 3,
  reply: "'OK'",
  run(_: Context, args: Args): Reply {
    const [host, port] = [args.next(), args.next()]
    // It follows nobody already.
    if (host.toLowerCase() === 'no' && port.toLowerCase() === 'one') return OK
    const n = parseInteger(port)
    if (typeof n !== 'number' || n < 0 || n > 65535) throw badPort
    throw cannotFollow
  },
} satisfies Partial<Definition>

export const REPLICAOF = command('replicaof', {
  ...FOLLOW,
  since: '5.0.0',
  summary: 'Follow another server, or nobody.',
})

export const SLAVEOF = command('slaveof', {
  ...FOLLOW,
  since: '1.0.0',
  summary: 'Follow another server, or nobody.',
  deprecated: { since: '5.0.0', replacedBy: '`REPLICAOF`' },
})

export const FAILOVER = command('failover', {
  ...ROLE,
  flags: ['admin', 'noscript', 'stale'],
  since: '6.2.0',
  summary: 'Have a replica take the place of this server.',
  syntax: '[TO {target: host port:integer [FORCE]}] [ABORT] [TIMEOUT milliseconds:integer]',
  arity: -1,
  reply: "'OK'",
  run({ engine }, args) {
    const words = args.rest()
    if (words.length === 1 && words[0]?.toLowerCase() === 'abort') throw noFailover
    throw engine.replicas.size === 0 ? noReplicas : noPeer
  },
})
