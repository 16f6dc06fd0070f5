/**
 * Deadlines of keys: the EXPIRE family sets them, the TTL family reads them, PERSIST clears them.
 *
 * A deadline is a point in time, in milliseconds since the epoch; what is relative becomes absolute
 * before it is propagated. Redis keeps deadlines as int64, we as whole numbers up to 2^53 - 1 (the
 * year 287396): a later one is accepted and kept as that.
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { CommandError, invalidExpire, notAnInteger } from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import type { Reply } from '../core/reply.ts'
import { NO_EXPIRY } from '../keyspace/database.ts'
import { type Integer, MAX_INT64, MIN_INT64, parseInteger } from '../util/integer.ts'

const SECONDS = 1000
const MILLISECONDS = 1

// ---- Setting ----------------------------------------------------------------------------------

const NX = 1 << 0
const XX = 1 << 1
const GT = 1 << 2
const LT = 1 << 3

const setting = {
  group: 'generic',
  complexity: 'O(1)',
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  keys: key(1, 'RW', 'update'),
  history: [['7.0.0', 'The options `NX`, `XX`, `GT` and `LT`.']],
  propagates: 'rewritten',
  reply: 'number',
} as const

export const EXPIRE = command('expire', {
  ...setting,
  since: '1.0.0',
  summary: 'Let a key expire after a number of seconds.',
  syntax: 'key seconds:integer [condition: NX | XX | GT | LT]@7.0.0',
  run: (c, args) => expire(c, args, 'expire', SECONDS, c.now),
})

export const EXPIREAT = command('expireat', {
  ...setting,
  since: '1.2.0',
  summary: 'Let a key expire at a point in time, given in seconds since the epoch.',
  syntax: 'key unix-time-seconds:unix-time [condition: NX | XX | GT | LT]@7.0.0',
  run: (c, args) => expire(c, args, 'expireat', SECONDS, 0),
})

export const PEXPIRE = command('pexpire', {
  ...setting,
  since: '2.6.0',
  summary: 'Let a key expire after a number of milliseconds.',
  syntax: 'key milliseconds:integer [condition: NX | XX | GT | LT]@7.0.0',
  run: (c, args) => expire(c, args, 'pexpire', MILLISECONDS, c.now),
})

export const PEXPIREAT = command('pexpireat', {
  ...setting,
  since: '2.6.0',
  summary: 'Let a key expire at a point in time, given in milliseconds since the epoch.',
  syntax: 'key unix-time-milliseconds:unix-time [condition: NX | XX | GT | LT]@7.0.0',
  run: (c, args) => expire(c, args, 'pexpireat', MILLISECONDS, 0),
})

function expire(c: Context, args: Args, name: string, unit: number, base: number): Reply {
  const key = args.next()
  const time = args.next()
  const options = args.rest()
  const conditions = conditionsOf(options)
  const n = parseInteger(time)
  if (n === undefined) throw notAnInteger
  const deadline = deadlineOf(n, name, unit, base)

  const index = c.use(key)
  if (index < 0 || !allowed(conditions, c.db.deadlineAt(index), deadline)) return 0

  // The journal is replayed with the deadlines that were set, and says itself what expired.
  if (deadline <= c.now && !c.engine.loading) {
    c.db.removeAt(index)
    c.engine.keyGone(c.db, key)
    c.changed(EVENTS.generic, 'del', key)
    c.propagateDeletion(key, 'lazyfree-lazy-expire')
    return 1
  }
  c.db.setDeadlineAt(index, deadline)
  c.changed(EVENTS.generic, 'expire', key)
  if (c.propagating) c.propagateAs('PEXPIREAT', key, String(deadline), ...options)
  return 1
}

function conditionsOf(options: readonly string[]): number {
  let conditions = 0
  for (const option of options) {
    // biome-ignore format: one line an option
    switch (option.toUpperCase()) {
      case 'NX': conditions |= NX; break
      case 'XX': conditions |= XX; break
      case 'GT': conditions |= GT; break
      case 'LT': conditions |= LT; break
      default: throw new CommandError(`Unsupported option ${option}`)
    }
  }
  if (conditions & NX && conditions & (XX | GT | LT)) throw nxWithOthers
  if (conditions & GT && conditions & LT) throw gtWithLt
  return conditions
}

const nxWithOthers = new CommandError(
  'NX and XX, GT or LT options at the same time are not compatible',
)
const gtWithLt = new CommandError('GT and LT options at the same time are not compatible')

/** A key without a deadline counts as living for ever. */
function allowed(conditions: number, old: number, deadline: number): boolean {
  if (conditions === 0) return true
  const volatile = old !== NO_EXPIRY
  if (conditions & NX && volatile) return false
  if (conditions & XX && !volatile) return false
  if (conditions & GT && (!volatile || deadline <= old)) return false
  return !(conditions & LT && volatile && deadline >= old)
}

/** Milliseconds since the epoch; what overflows int64 on the way is an error. */
function deadlineOf(time: Integer, name: string, unit: number, base: number): number {
  if (typeof time === 'number') {
    const at = time * unit + base
    if (Number.isSafeInteger(at)) return at
  }
  const ms = BigInt(time) * BigInt(unit)
  if (ms < MIN_INT64 || ms + BigInt(base) > MAX_INT64) throw invalidExpire(name)
  return ms < 0n ? Number.MIN_SAFE_INTEGER : Number.MAX_SAFE_INTEGER
}

// ---- Reading ----------------------------------------------------------------------------------

const reading = {
  group: 'generic',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  keys: key(1, 'RO', 'access'),
  reply: 'number',
} as const

const remaining = {
  ...reading,
  tips: ['nondeterministic_output'],
  history: [['2.8.0', 'A missing key is told from one without a deadline: -2.']],
} as const

export const TTL = command('ttl', {
  ...remaining,
  since: '1.0.0',
  summary: 'How many seconds a key has left to live.',
  run: (c, args) => timeOf(c, args.next(), SECONDS, c.now),
})

export const PTTL = command('pttl', {
  ...remaining,
  since: '2.6.0',
  summary: 'How many milliseconds a key has left to live.',
  run: (c, args) => timeOf(c, args.next(), MILLISECONDS, c.now),
})

export const EXPIRETIME = command('expiretime', {
  ...reading,
  since: '7.0.0',
  summary: 'When a key expires, in seconds since the epoch.',
  run: (c, args) => timeOf(c, args.next(), SECONDS, 0),
})

export const PEXPIRETIME = command('pexpiretime', {
  ...reading,
  since: '7.0.0',
  summary: 'When a key expires, in milliseconds since the epoch.',
  run: (c, args) => timeOf(c, args.next(), MILLISECONDS, 0),
})

/** -2 without the key, -1 without a deadline; else the time since `base`, rounded to the unit. */
function timeOf(c: Context, key: string, unit: number, base: number): number {
  if (c.peek(key) === undefined) return -2
  const deadline = c.expiryOf(key)
  if (deadline === NO_EXPIRY) return -1
  // While the journal is read a key can be past its deadline and still be there.
  const ms = Math.max(0, deadline - base)
  return unit === SECONDS ? Math.floor((ms + 500) / 1000) : ms
}

// ---- Clearing ---------------------------------------------------------------------------------

export const PERSIST = command('persist', {
  group: 'generic',
  since: '2.2.0',
  summary: 'Let a key live for ever again.',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  keys: key(1, 'RW', 'update'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const index = c.use(key)
    if (index < 0 || c.db.deadlineAt(index) === NO_EXPIRY) return 0
    c.db.setDeadlineAt(index, NO_EXPIRY)
    c.changed(EVENTS.generic, 'persist', key)
    return 1
  },
})
