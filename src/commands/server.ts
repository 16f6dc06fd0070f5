/**
 * The server as a whole: emptying and swapping databases, snapshots, the end.
 * https://redis.io/docs/latest/commands/?group=server
 */
import type { Args } from '../core/args.ts'
import { command } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { CommandError, dbIndexOutOfRange, syntaxError } from '../core/errors.ts'
import { NO_REPLY, OK, type Reply, Status } from '../core/reply.ts'
import type { PersistenceHooks } from '../engine/persistence-hooks.ts'

const noStore = new CommandError('no store is attached: the data is kept in memory only')
const saveInProgress = new CommandError('Background save already in progress')
const rewriteInProgress = new CommandError(
  'Background append only file rewriting already in progress',
)
const otherChild = new CommandError(
  "Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order " +
    'to schedule a BGSAVE whenever possible.',
)
const noShutdown = new CommandError('No shutdown in progress.')
const shutdownFailed = new CommandError('Errors trying to SHUTDOWN. Check logs.')

// ---- Databases --------------------------------------------------------------------------------

export const DBSIZE = command('dbsize', {
  group: 'server',
  since: '1.0.0',
  summary: 'How many keys the database has.',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  tips: ['request_policy:all_shards', 'response_policy:agg_sum'],
  reply: 'number',
  run: (c) => c.db.size,
})

export const FLUSHALL = command('flushall', {
  group: 'server',
  since: '1.0.0',
  summary: 'Remove every key of every database.',
  complexity: 'O(N) where N is the number of keys in all databases',
  syntax: '[flush-type: ASYNC@4.0.0 | SYNC@6.2.0]',
  arity: -1,
  flags: ['write'],
  categories: ['keyspace', 'dangerous'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  history: [
    ['4.0.0', 'Has the option ASYNC.'],
    ['6.2.0', 'Has the option SYNC.'],
  ],
  reply: "'OK'",
  run(c, args) {
    const waits = parseFlush(args)
    const { engine } = c
    for (const db of engine.keyspace.databases) c.dirty += engine.emptyDatabase(db)
    const gone = c.dirty
    if (engine.persistence?.emptied?.(c.dirty)) c.dirty = 0
    return flushed(c, args, waits, gone)
  },
})

export const FLUSHDB = command('flushdb', {
  group: 'server',
  since: '1.0.0',
  summary: 'Remove every key of the database.',
  complexity: 'O(N) where N is the number of keys in the database',
  syntax: '[flush-type: ASYNC@4.0.0 | SYNC@6.2.0]',
  arity: -1,
  flags: ['write'],
  categories: ['keyspace', 'dangerous'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  history: [
    ['4.0.0', 'Has the option ASYNC.'],
    ['6.2.0', 'Has the option SYNC.'],
  ],
  reply: "'OK'",
  run(c, args) {
    const waits = parseFlush(args)
    c.dirty += c.engine.emptyDatabase(c.db)
    return flushed(c, args, waits, c.dirty)
  },
})

/**
 * Whether the caller waits until memory is free. For us both ways are the same: the garbage collector
 * frees behind our back.
 */
function parseFlush(args: Args): boolean {
  const waits = !args.take('ASYNC')
  if (waits) args.take('SYNC')
  if (args.more) throw syntaxError
  return waits
}

function flushed(c: Context, args: Args, waits: boolean, gone: number): Reply {
  // Redis frees on another thread, whatever was asked for, unless nobody may wait for it.
  if (!waits || !c.denyBlocking) c.engine.stats.lazyFreed += gone
  // Propagated even when nothing was there: a replica that has drifted is put right by it.
  c.propagateAs(...args.argv)
  c.engine.tracking.invalidateAll()
  // Who waits hears that its copies are void before it hears that all is done.
  if (waits && !c.denyBlocking) c.client.letGo()
  return OK
}

export const SWAPDB = command('swapdb', {
  group: 'server',
  since: '4.0.0',
  summary: 'Let two databases change places, under the eyes of their clients.',
  complexity: 'O(N) where N is the number of clients that watch or wait for keys of the two',
  syntax: 'index1:integer index2:integer',
  arity: 3,
  flags: ['write', 'fast'],
  categories: ['keyspace', 'dangerous'],
  reply: "'OK'",
  run(c, args) {
    const { engine } = c
    const first = databaseOf(args, 'invalid first DB index')
    const second = databaseOf(args, 'invalid second DB index')
    const { keyspace } = engine
    if (!keyspace.has(first) || !keyspace.has(second)) throw dbIndexOutOfRange
    c.dirty++
    engine.oneSlot.count()
    if (first === second) return OK
    engine.watchers.replaced(keyspace.at(first), keyspace.at(second), c.now)
    engine.watchers.replaced(keyspace.at(second), keyspace.at(first), c.now)
    keyspace.swap(first, second)
    engine.blocking.signalAll(first)
    engine.blocking.signalAll(second)
    return OK
  },
})

/** What does not fit into 32 bits is no number of a database. */
function databaseOf(args: Args, error: string): number {
  const refusal = new CommandError(error)
  const n = args.int(refusal)
  if (n !== (n | 0)) throw refusal
  return n
}

// ---- Time and role ----------------------------------------------------------------------------

export const TIME = command('time', {
  group: 'server',
  since: '2.6.0',
  summary: 'The time of the server.',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  tips: ['nondeterministic_output'],
  reply: '[seconds: string, micros: string]',
  run(c) {
    const { now } = c
    return [`${Math.floor(now / 1000)}`, `${(now % 1000) * 1000}`]
  },
})

export const ROLE = command('role', {
  group: 'server',
  since: '2.8.12',
  summary: 'Whether this is a primary or a replica, and of whom.',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast'],
  categories: ['admin', 'dangerous'],
  reply: 'unknown[]',
  run: ({ engine }) => [
    'master',
    engine.replicas.offset,
    [...engine.replicas].map(([client, { port, acknowledged, address }]) => [
      address === '' ? client.address.replace(/:\d+$/, '') : address,
      String(port),
      String(acknowledged),
    ]),
  ],
})

// ---- Snapshots --------------------------------------------------------------------------------

export const LASTSAVE = command('lastsave', {
  group: 'server',
  since: '1.0.0',
  summary: 'When the last snapshot was finished, in seconds since the epoch.',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  categories: ['admin', 'dangerous'],
  tips: ['nondeterministic_output'],
  reply: 'number',
  run: ({ engine }) => engine.persistence?.lastSave ?? Math.floor(engine.startedAt / 1000),
})

function hooks(c: Context): PersistenceHooks {
  const { persistence } = c.engine
  if (persistence === null) throw noStore
  return persistence
}

export const SAVE = command('save', {
  group: 'server',
  since: '1.0.0',
  summary: 'Write a snapshot, and answer when it is there.',
  complexity: 'O(N) where N is the number of keys in all databases',
  syntax: '',
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
  reply: "'OK'",
  run(c) {
    const persistence = hooks(c)
    if (persistence.saving) throw saveInProgress
    return c.later((done) => {
      persistence.save(false).then(
        () => done(OK),
        (error) => done(new CommandError(`${(error as Error).message ?? error}`)),
      )
    })
  },
})

export const BGSAVE = command('bgsave', {
  group: 'server',
  since: '1.0.0',
  summary: 'Write a snapshot between other commands.',
  complexity: 'O(1)',
  syntax: '[SCHEDULE]@3.2.2',
  arity: -1,
  flags: ['admin', 'noscript', 'no_async_loading'],
  history: [['3.2.2', 'Has the option SCHEDULE.']],
  reply: 'string',
  run(c, args) {
    const schedule = args.take('SCHEDULE')
    args.end()
    const persistence = hooks(c)
    if (persistence.saving) throw saveInProgress
    // In a transaction it would begin in the middle of a unit.
    if (persistence.rewriting === true || c.denyBlocking) {
      if (!schedule && !c.denyBlocking) throw otherChild
      const save = () => void persistence.save(true).then(ignore, ignore)
      whenIdle(c, persistence, save)
      return new Status('Background saving scheduled')
    }
    // How it went stands in INFO.
    persistence.save(true).then(ignore, ignore)
    return new Status('Background saving started')
  },
})

export const BGREWRITEAOF = command('bgrewriteaof', {
  group: 'server',
  since: '1.0.0',
  summary: 'Put a short journal in place of the long one, between other commands.',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading'],
  reply: 'string',
  run(c) {
    const persistence = hooks(c)
    if (persistence.rewriting === true) throw rewriteInProgress
    const rewrite = () => void persistence.rewrite().then(ignore, ignore)
    if (persistence.saving || c.denyBlocking) {
      persistence.rewriteScheduled = true
      whenIdle(c, persistence, rewrite)
      return new Status('Background append only file rewriting scheduled')
    }
    rewrite()
    return new Status('Background append only file rewriting started')
  },
})

const ignore = (): void => {}
const RETRY_MS = 100

/** Run it as soon as neither a snapshot nor a rewrite is under way. */
function whenIdle(c: Context, persistence: PersistenceHooks, run: () => void): void {
  const { platform } = c.engine
  const look = () => {
    if (persistence.saving || persistence.rewriting === true) platform.after(RETRY_MS, look)
    else run()
  }
  platform.after(RETRY_MS, look)
}

export const SHUTDOWN = command('shutdown', {
  group: 'server',
  since: '1.0.0',
  summary: 'Save if asked for or usual, and stop the server.',
  complexity: 'O(N) where N is the number of keys in all databases, when saving',
  syntax: '[save-selector: NOSAVE | SAVE] [NOW]@7.0.0 [FORCE]@7.0.0 [ABORT]@7.0.0',
  arity: -1,
  flags: ['admin', 'noscript', 'loading', 'stale', 'no_multi', 'allow_busy'],
  history: [['7.0.0', 'Has the options NOW, FORCE and ABORT.']],
  reply: "'OK'",
  run(c, args) {
    const { engine } = c
    const given = new Set<string>()
    while (args.more) {
      const option = args.keyword()
      if (!['NOSAVE', 'SAVE', 'NOW', 'FORCE', 'ABORT'].includes(option)) throw syntaxError
      given.add(option)
    }
    if (given.has('SAVE') && given.has('NOSAVE')) throw syntaxError
    if (given.has('ABORT')) throw given.size > 1 ? syntaxError : noShutdown
    if (engine.onShutdown === null) throw shutdownFailed
    const save =
      given.has('SAVE') ||
      (!given.has('NOSAVE') && engine.persistence !== null && engine.config.get('save') !== '')
    engine.onShutdown(save)
    return NO_REPLY
  },
})
