/**
 * Commands that work on keys of any type: is it there, what is it, take it away, give it another name
 * or another database.
 *
 * A value is moved, never copied, but by COPY; its deadline goes with it, and so does the news: those
 * who watch, wait for or track either key are told.
 */
import type { Args } from '../core/args.ts'
import { command, key, keys } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  CommandError,
  dbIndexOutOfRange,
  mustBePositive,
  negativeTimeout,
  noSuchKey,
  notForModuleKeys,
  sameObject,
  syntaxError,
  timeoutNotAnInteger,
  timeoutOutOfRange,
} from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import { OK, type Reply, Status } from '../core/reply.ts'
import { type Database, NO_EXPIRY } from '../keyspace/database.ts'
import { copyOf } from '../types/copy.ts'
import { Bytes } from '../types/string.ts'
import { STRING, type Type, typeName, typeOf, type Value } from '../types/value.ts'
import { VectorSet } from '../types/vector-set.ts'

// ---- Looking ----------------------------------------------------------------------------------

const perKey = ['request_policy:multi_shard', 'response_policy:agg_sum'] as const

export const EXISTS = command('exists', {
  group: 'generic',
  since: '1.0.0',
  summary: 'Count how many of the given keys there are.',
  complexity: 'O(N) in the number of keys given.',
  syntax: 'key...',
  arity: -2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  keys: keys(1, -1, 1, 'RO'),
  tips: perKey,
  history: [['3.0.3', 'More than one key.']],
  reply: 'number',
  run(c, args) {
    let count = 0
    while (args.more) if (c.peek(args.next()) !== undefined) count++
    return count
  },
})

export const TOUCH = command('touch', {
  group: 'generic',
  since: '3.2.1',
  summary: 'Mark keys as used just now, and count those there are.',
  complexity: 'O(N) in the number of keys given.',
  syntax: 'key...',
  arity: -2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  keys: keys(1, -1, 1, 'RO'),
  tips: perKey,
  reply: 'number',
  run(c, args) {
    let count = 0
    while (args.more) if (c.find(args.next()) !== undefined) count++
    return count
  },
})

const NONE = new Status('none')

export const TYPE = command('type', {
  group: 'generic',
  since: '1.0.0',
  summary: 'Name the type of the value that a key holds.',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  keys: key(1, 'RO'),
  reply: "'none' | 'string' | 'list' | 'set' | 'zset' | 'hash' | 'stream' | 'array'",
  run(c, args) {
    const value = c.peek(args.next())
    return value === undefined ? NONE : new Status(typeName(value))
  },
})

// ---- Removing ---------------------------------------------------------------------------------

export const DEL = command('del', {
  group: 'generic',
  since: '1.0.0',
  summary: 'Remove keys, and count those that were there.',
  complexity: 'O(N) in the number of keys, and in the number of elements of what they hold.',
  syntax: 'key...',
  arity: -2,
  flags: ['write'],
  categories: ['keyspace'],
  keys: keys(1, -1, 1, 'RM', 'delete'),
  tips: perKey,
  reply: 'number',
  run: (c, args) => remove(c, args, c.engine.config.yes('lazyfree-lazy-user-del')),
})

export const UNLINK = command('unlink', {
  group: 'generic',
  since: '4.0.0',
  summary: 'Remove keys as DEL does; what they held is left to the garbage collector.',
  complexity: 'O(1) for each key.',
  syntax: 'key...',
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  keys: keys(1, -1, 1, 'RM', 'delete'),
  tips: perKey,
  reply: 'number',
  run: (c, args) => remove(c, args, true),
})

function remove(c: Context, args: Args, lazily: boolean): number {
  let count = 0
  while (args.more) {
    const key = args.next()
    if (lazily && isLarge(c, key)) c.engine.stats.lazyFreed++
    if (!c.remove(key)) continue
    c.changed(EVENTS.generic, 'del', key)
    count++
  }
  return count
}

/** So many parts a value must have for it to be worth freeing beside the work, as Redis has it. */
const LARGE = 64

function isLarge(c: Context, key: string): boolean {
  const index = c.at(key)
  if (index < 0) return false
  const value = c.db.valueAt(index)
  if (typeof value === 'string' || typeof value === 'number' || value instanceof Bytes) return false
  return ('size' in value ? value.size : value.length) > LARGE
}

// ---- Renaming ---------------------------------------------------------------------------------

export const RENAME = command('rename', {
  group: 'generic',
  since: '1.0.0',
  summary: 'Give a key another name, in place of the key that has this name.',
  complexity: 'O(1), and the removal of what the other key held.',
  syntax: 'key newkey:key',
  arity: 3,
  flags: ['write'],
  categories: ['keyspace'],
  keys: [key(1, 'RW', 'access', 'delete'), key(2, 'OW', 'update')],
  reply: "'OK'",
  run(c, args) {
    const from = args.next()
    rename(c, from, args.next(), true)
    return OK
  },
})

export const RENAMENX = command('renamenx', {
  group: 'generic',
  since: '1.0.0',
  summary: 'Give a key another name, if no key has it.',
  complexity: 'O(1)',
  syntax: 'key newkey:key',
  arity: 3,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  keys: [key(1, 'RW', 'access', 'delete'), key(2, 'OW', 'insert')],
  history: [['3.2.0', 'Renaming a key to itself is no error any more.']],
  reply: 'number',
  run(c, args) {
    const from = args.next()
    return rename(c, from, args.next(), false) ? 1 : 0
  },
})

function rename(c: Context, from: string, to: string, overwrite: boolean): boolean {
  const index = c.use(from)
  if (index < 0) throw noSuchKey
  if (from === to) return false
  const value = c.db.valueAt(index)
  const deadline = c.db.deadlineAt(index)
  const place = c.at(to)
  if (place >= 0 && !overwrite) return false
  const old = place < 0 ? null : typeOf(c.db.valueAt(place))

  c.remove(from)
  // Not replaced: the key counts as a new one.
  c.remove(to)
  c.put(to, value, deadline)
  c.touched(from)
  c.engine.keyChanged(c.db, to, c.client)
  c.notify(EVENTS.generic, 'rename_from', from)
  c.notify(EVENTS.generic, 'rename_to', to)
  if (old !== null) overwritten(c, c.db, to, old, value)
  return true
}

// ---- Between databases ------------------------------------------------------------------------

export const MOVE = command('move', {
  group: 'generic',
  since: '1.0.0',
  summary: 'Move a key to another database, if that has no key of this name.',
  complexity: 'O(1)',
  syntax: 'key db:integer',
  arity: 3,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  keys: key(1, 'RW', 'access', 'update'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const from = c.db
    const to = database(c, args)
    if (from === to) throw sameObject
    c.engine.oneSlot.count()
    const index = c.use(key)
    if (index < 0) return 0
    const value = from.valueAt(index)
    const deadline = from.deadlineAt(index)
    if (find(c, to, key) >= 0) return 0

    c.remove(key)
    add(c, to, key, value, deadline)
    c.touched(key)
    c.engine.keyChanged(to, key, c.client)
    c.notify(EVENTS.generic, 'move_from', key, from)
    c.notify(EVENTS.generic, 'move_to', key, to)
    return 1
  },
})

export const COPY = command('copy', {
  group: 'generic',
  since: '6.2.0',
  summary: 'Copy the value of a key to another key or database.',
  complexity: 'O(1) for a string, else O(N) in the number of elements.',
  syntax: 'source:key destination:key [DB destination-db:integer] [REPLACE]',
  arity: -3,
  flags: ['write', 'denyoom'],
  categories: ['keyspace'],
  keys: [key(1, 'RO', 'access'), key(2, 'OW', 'update')],
  reply: 'number',
  run(c, args) {
    const source = args.next()
    const destination = args.next()
    let to = c.db
    let replace = false
    while (args.more) {
      if (args.take('REPLACE')) replace = true
      else if (args.left > 1 && args.take('DB')) to = database(c, args)
      else throw syntaxError
    }
    if (to === c.db && source === destination) throw sameObject
    if (to.index !== 0 || c.db.index !== 0) c.engine.oneSlot.count()
    const value = c.find(source)
    if (value === undefined) return 0
    const deadline = c.expiryOf(source)
    const place = find(c, to, destination)
    if (place >= 0 && !replace) return 0
    // Redis copies values of modules only if the module knows how, and this one does not.
    if (value instanceof VectorSet) throw notForModuleKeys
    const old = place < 0 ? null : typeOf(to.valueAt(place))
    if (place >= 0) {
      to.removeAt(place)
      c.engine.keyGone(to, destination)
    }
    add(c, to, destination, copyOf(value), deadline)
    c.changed(EVENTS.generic, 'copy_to', destination, to)
    if (old !== null) overwritten(c, to, destination, old, value)
    return 1
  },
})

/** A database by its number. */
function database(c: Context, args: Args): Database {
  const index = args.intBetween(-2147483648, 2147483647)
  if (!c.engine.keyspace.has(index)) throw dbIndexOutOfRange
  return c.engine.keyspace.at(index)
}

/** As `c.at`, in any database. */
function find(c: Context, db: Database, key: string): number {
  const index = db.find(key)
  if (index < 0) return -1
  const deadline = db.deadlineAt(index)
  if (deadline === NO_EXPIRY || deadline > c.now) return index
  return c.engine.expire(db, index) ? -1 : index
}

/** Tell that a key was replaced by a value of this or another type. */
function overwritten(c: Context, db: Database, key: string, old: Type, value: Value): void {
  c.notify(EVENTS.overwritten, 'overwritten', key, db)
  if (old !== typeOf(value)) c.notify(EVENTS.typeChanged, 'type_changed', key, db)
}

/** Add a key that is known to be absent, to any database. */
function add(c: Context, db: Database, key: string, value: Value, deadline: number): void {
  const index = db.insert(key, value)
  if (deadline !== NO_EXPIRY) db.setDeadlineAt(index, deadline)
  c.engine.keyAdded(db, key, value)
}

// ---- Waiting for others -----------------------------------------------------------------------

const waiting = {
  group: 'generic',
  complexity: 'O(1)',
  flags: ['blocking'],
  categories: ['connection'],
  tips: ['request_policy:all_shards', 'response_policy:agg_min'],
} as const

export const WAIT = command('wait', {
  ...waiting,
  since: '3.0.0',
  summary: 'Wait until so many replicas have what this client has written.',
  syntax: 'numreplicas:integer timeout:integer',
  arity: 3,
  reply: 'number',
  run(c, args) {
    const replicas = args.integer()
    const timeout = milliseconds(args)
    // There are no replicas, so all that can pass is time.
    return replicas <= 0 ? 0 : waitInVain(c, timeout, 0)
  },
})

const appendOnlyDisabled = new CommandError(
  'WAITAOF cannot be used when numlocal is set but appendonly is disabled.',
)

export const WAITAOF = command('waitaof', {
  ...waiting,
  since: '7.2.0',
  summary:
    'Wait until the journal, and that of so many replicas, holds what this client has written.',
  syntax: 'numlocal:integer numreplicas:integer timeout:integer',
  arity: 4,
  reply: '[number, number]',
  run(c, args) {
    const local = args.intBetween(0, 1)
    const replicas = args.int(mustBePositive)
    if (replicas < 0) throw mustBePositive
    const timeout = milliseconds(args)
    const { client, engine } = c
    if (local === 1 && !engine.config.yes('appendonly')) throw appendOnlyDisabled
    // Under `appendfsync always` no reply leaves before the journal has what came before it.
    const stored = Number.isFinite(engine.durableOffset) ? 1 : 0
    const reply = [stored, 0]
    if (stored >= local && replicas === 0) return reply
    if (stored < local && !c.denyBlocking) {
      void engine.persistence?.flush?.().then(
        () => {
          reply[0] = 1
          if (replicas > 0 || client.parked?.block?.otherwise !== reply) return
          engine.blocking.unblock(client, false)
          engine.flush()
        },
        // A store that fails answers nothing; the time runs out.
        () => {},
      )
    }
    return waitInVain(c, timeout, reply)
  },
})

const waitInVain = (c: Context, timeout: number, otherwise: Reply): Reply =>
  c.block({ on: [], type: STRING, timeout, otherwise })

/** A timeout in whole milliseconds, zero for "for ever". */
function milliseconds(args: Args): number {
  const n = args.integer(timeoutNotAnInteger)
  if (n < 0) throw negativeTimeout
  if (typeof n !== 'number') throw timeoutOutOfRange
  return n
}
