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
  engine.replicas.attach(client, client.replicaFacts, bytes.length)
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
        case 'ack': {
          // There is no reply, not even to what is no number.
          const offset = parseInteger(args.next())
          if (typeof offset === 'number') engine.replicas.acknowledge(client, offset)
          return NO_REPLY
        }
        case 'capa':
        case 'version':
          args.next()
          break
        case 'getack':
          return NO_REPLY
        case 'rdb-only':
          args.intBetween(0, 1)
          break
        case 'rdb-filter-only':
          for (const part of args.next().split(' ')) {
            if (part !== '' && part.toLowerCase() !== 'functions') {
              throw new CommandError(`Unsupported rdb-filter-only option: ${part}`)
            }
          }
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
const noTime = new CommandError('FAILOVER timeout must be greater than 0')
const forcedAlone = new CommandError(
  'FAILOVER with force option requires both a timeout and target HOST and IP.',
)
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
    let target = false
    let forced = false
    let timeout = 0
    while (args.more) {
      if (args.take('TIMEOUT') && args.more && timeout === 0) {
        timeout = args.int(notAnInteger)
        if (timeout <= 0) throw noTime
      } else if (args.take('ABORT') && !args.more && args.argv.length === 2) throw noFailover
      else if (args.take('TO') && args.left > 1 && !target) {
        args.next()
        args.int(notAnInteger)
        target = true
      } else if (args.take('FORCE') && !forced) forced = true
      else throw syntaxError
    }
    if (engine.replicas.size === 0) throw noReplicas
    throw forced && (!target || timeout === 0) ? forcedAlone : noPeer
  },
})
