/**
 * DUMP and RESTORE: a value as bytes that another server understands.
 *
 * RESTORE takes bytes from anyone, so the payload is read to its end, and all of it checked, before
 * anything changes. `sanitize-dump-payload` can be set, but it has nothing to turn off: a payload that is
 * taken apart into strings is checked by that, and the rest is cheap.
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  badDataFormat,
  busyKey,
  invalidFrequency,
  invalidIdleTime,
  invalidTtl,
  notAnInteger,
  syntaxError,
  wrongPayload,
} from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import { OK, type Reply } from '../core/reply.ts'
import { NO_EXPIRY } from '../keyspace/database.ts'
import { describeDamage } from '../rdb/damage.ts'
import { MalformedRdb, WrongFooter } from '../rdb/errors.ts'
import { dumpValue, restoreValue } from '../rdb/payload.ts'
import { typeOf, type Value } from '../types/value.ts'
import { fromBytes, toBytes } from '../util/bytes.ts'
import { type Integer, parseInteger } from '../util/integer.ts'

/** From this length on the bytes make a better reply than a string made of them. */
const LARGE = 16384

export const DUMP = command('dump', {
  group: 'generic',
  since: '2.6.0',
  summary: 'Serialize the value of a key.',
  complexity: 'O(1) to find the key, and O(N) in the size of its value.',
  syntax: 'key',
  arity: 2,
  flags: ['readonly'],
  categories: ['keyspace'],
  keys: key(1, 'RO', 'access'),
  tips: ['nondeterministic_output'],
  reply: 'string | null',
  run(c, args) {
    const value = c.find(args.next())
    if (value === undefined) return null
    const { config } = c.engine
    const payload = dumpValue(value, {
      compress: config.yes('rdbcompression'),
      listLimit: config.int('list-max-listpack-size'),
    })
    return payload.length < LARGE ? fromBytes(payload) : payload
  },
})

const restoring = {
  since: '2.6.0',
  complexity:
    'O(1) to create the key, and O(N) in the size of its value; O(N*log(N)) for a sorted set.',
  syntax:
    'key ttl:integer serialized-value [REPLACE@3.0.0] [ABSTTL@5.0.0] ' +
    '[IDLETIME@5.0.0 seconds:integer] [FREQ@5.0.0 frequency:integer]',
  arity: -4,
  categories: ['keyspace', 'dangerous'],
  keys: key(1, 'OW', 'update'),
  history: [
    ['3.0.0', 'The option `REPLACE`.'],
    ['5.0.0', 'The option `ABSTTL`.'],
    ['5.0.0', 'The options `IDLETIME` and `FREQ`.'],
  ],
  reply: "'OK'",
  run: restore,
} as const

export const RESTORE = command('restore', {
  ...restoring,
  group: 'generic',
  summary: 'Make a key of a value that DUMP has serialized.',
  flags: ['write', 'denyoom'],
})

export const RESTORE_ASKING = command('restore-asking', {
  ...restoring,
  group: 'server',
  since: '3.0.0',
  summary: 'Receive a key that another node of a cluster is about to give away.',
  flags: ['write', 'denyoom', 'asking'],
  syscmd: true,
})

interface Options {
  replace: boolean
  /** Whether the deadline is a point in time. */
  absolute: boolean
  /** Seconds since the key was used, or -1. */
  idle: number
  /** How often it was used, or -1. */
  frequency: number
}

function restore(c: Context, args: Args): Reply {
  const key = args.next()
  const time = args.next()
  const payload = args.next()
  const options = parse(args)

  const place = c.use(key)
  if (place >= 0 && !options.replace) throw busyKey
  const ttl = parseInteger(time)
  if (ttl === undefined) throw notAnInteger
  if (ttl < 0) throw invalidTtl
  const value = decode(c, payload)
  const old = place < 0 ? null : typeOf(c.db.valueAt(place))
  const deadline = ttl === 0 ? NO_EXPIRY : deadlineOf(c, ttl, options.absolute)

  if (old !== null) c.remove(key)
  // The journal is replayed with the deadlines that were set, and says itself what expired.
  if (deadline !== NO_EXPIRY && deadline <= c.now && !c.engine.loading) {
    c.engine.stats.expiredKeys++
    if (old !== null) {
      c.changed(EVENTS.generic, 'del', key)
      c.propagateDeletion(key, 'lazyfree-lazy-server-del')
    }
    return OK
  }
  const index = c.insert(key, value)
  if (deadline !== NO_EXPIRY) c.db.setDeadlineAt(index, deadline)
  c.engine.access.restore(c.db, index, options.frequency, options.idle)
  c.changed(EVENTS.generic, 'restore', key)
  if (old !== null) {
    c.notify(EVENTS.overwritten, 'overwritten', key)
    if (old !== typeOf(value)) c.notify(EVENTS.typeChanged, 'type_changed', key)
  }
  if (ttl !== 0 && !options.absolute && c.propagating) {
    const words = args.argv.slice()
    words[2] = String(deadline)
    c.propagateAs(...words, 'ABSTTL')
  }
  return OK
}

function parse(args: Args): Options {
  const options: Options = { replace: false, absolute: false, idle: -1, frequency: -1 }
  while (args.more) {
    if (args.take('REPLACE')) options.replace = true
    else if (args.take('ABSTTL')) options.absolute = true
    else if (args.left > 1 && options.frequency < 0 && args.take('IDLETIME')) {
      options.idle = bounded(args.integer())
      if (options.idle < 0) throw invalidIdleTime
    } else if (args.left > 1 && options.idle < 0 && args.take('FREQ')) {
      options.frequency = bounded(args.integer())
      if (options.frequency < 0 || options.frequency > 255) throw invalidFrequency
    } else throw syntaxError
  }
  return options
}

/** As exact as a number can be. */
const bounded = (n: Integer): number => Number(n)

/** Milliseconds since the epoch. As in Redis, what overflows int64 lies in the past. */
function deadlineOf(c: Context, ttl: Integer, absolute: boolean): number {
  if (absolute) return typeof ttl === 'number' ? ttl : Number.MAX_SAFE_INTEGER
  const at = BigInt.asIntN(64, BigInt(ttl) + BigInt(c.now))
  if (at < 0n) return Number.MIN_SAFE_INTEGER
  return Number(at < BigInt(Number.MAX_SAFE_INTEGER) ? at : Number.MAX_SAFE_INTEGER)
}

function decode(c: Context, payload: string): Value {
  try {
    return restoreValue(toBytes(payload), c.db, c.engine.rdb.unsealed)
  } catch (error) {
    if (error instanceof WrongFooter) throw wrongPayload
    if (error instanceof MalformedRdb) {
      c.engine.platform.log('warning', describeDamage(error))
      throw badDataFormat
    }
    throw error
  }
}
