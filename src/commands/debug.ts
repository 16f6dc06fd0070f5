/**
 * DEBUG: helpers of test suites, ours and Redis's own. What would crash a server is refused.
 * https://redis.io/docs/latest/commands/debug/
 */
import type { Args } from '../core/args.ts'
import { command } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { CommandError, mustBePositive, noSuchKey, wrongSubcommand } from '../core/errors.ts'
import {
  Attributed,
  BigNumber,
  Bool,
  Double,
  MapReply,
  OK,
  Push,
  type Reply,
  SetReply,
  Status,
  Verbatim,
} from '../core/reply.ts'
import type { Database } from '../keyspace/database.ts'
import { ArrayValue, MAX_INDEX } from '../types/array.ts'
import { Hash, hashEncoding, listpackBytes } from '../types/hash.ts'
import { List, nodeBytes } from '../types/list.ts'
import { SetValue } from '../types/set.ts'
import { Stream } from '../types/stream.ts'
import { stringEncoding, textOf } from '../types/string.ts'
import { STRING, typeOf, type Value, type ValueOf } from '../types/value.ts'
import { VectorSet } from '../types/vector-set.ts'
import { ZSet } from '../types/zset.ts'
import { parseDouble } from '../util/float.ts'
import { digestOfAll, digestOfValue, NO_DIGEST } from './digest.ts'
import { helpOf } from './help.ts'
import { reload, reloadStore } from './reload.ts'

type Helper = (c: Context, args: Args) => Reply

/** Exact number of words behind the name, or the least and the most. */
interface Entry {
  readonly words: readonly [least: number, most: number]
  readonly usage: string
  readonly text: string
  readonly run: Helper
}

const entry = (least: number, most: number, usage: string, text: string, run: Helper): Entry => ({
  words: [least, most],
  usage,
  text,
  run,
})

const accepted: Helper = (_, args) => {
  args.rest()
  return OK
}

const refused: Helper = () => {
  throw new CommandError('this engine shares its process with others and does not crash on demand')
}

// ---- Time -------------------------------------------------------------------------------------

/** How often a clock may be read without moving before it is taken for one that stands still. */
const PATIENCE = 2_000_000

/**
 * Nothing is served for a while, but the thread is not held: everybody is paused, as by CLIENT
 * PAUSE. Where a reply cannot come later, in a transaction, there is no other way than to spin.
 */
function sleep(c: Context, args: Args): Reply {
  const seconds = parseDouble(args.next()) ?? 0
  const ms = Math.ceil(seconds * 1000)
  if (!(ms > 0)) return OK
  const { engine } = c
  const { platform } = engine
  if (c.denyBlocking) {
    let now = platform.micros()
    const end = now + ms * 1000
    for (let i = 0; i < PATIENCE && now < end; i++) {
      const then = now
      now = platform.micros()
      if (now !== then) i = 0
    }
    return OK
  }
  const { client } = c
  const { argv } = args
  return c.later((done) => {
    engine.pause.begin(engine.now() + ms, false)
    platform.after(ms, () => {
      // To everybody else this was a command that took so long.
      engine.latency.record(client, DEBUG, argv, ms * 1000, { now: engine.now() })
      done(OK)
    })
  })
}

function setActiveExpiry(c: Context, args: Args): Reply {
  c.engine.activeExpiry.enabled = args.next() !== '0'
  return OK
}

function showExpired(c: Context, args: Args): Reply {
  c.engine.showsExpired = args.next() !== '0'
  return OK
}

// ---- Keys -------------------------------------------------------------------------------------

function place(c: Context, args: Args): number {
  const index = c.at(args.next())
  if (index < 0) throw noSuchKey
  return index
}

function encodingOf(c: Context, value: Value): string {
  if (value instanceof List) {
    return value.encoding(c.engine.config.int('list-max-listpack-size'))
  }
  if (value instanceof SetValue) return value.encoding
  if (value instanceof Hash) return hashEncoding(value)
  if (value instanceof ZSet) return value.encoding
  if (value instanceof ArrayValue) return 'sliced-array'
  if (value instanceof Stream) return 'stream'
  if (value instanceof VectorSet) return 'raw'
  return stringEncoding(value)
}

/** About what a snapshot spends on it. */
function serializedLength(value: Exclude<Value, List>): number {
  if (value instanceof Hash) return listpackBytes(value)
  if (value instanceof ZSet) return serializedPairs(value)
  if (value instanceof ArrayValue) return serializedArray(value)
  if (value instanceof Stream) return serializedChunks(value)
  if (value instanceof VectorSet) return value.bytes
  if (!(value instanceof SetValue)) return textOf(value).length + 1
  let bytes = 1
  value.forEach((member) => {
    bytes += member.length + 1
  })
  return bytes
}

function serializedChunks({ log }: Stream): number {
  let bytes = 1
  for (let i = 0; i < log.size; i++) bytes += log.chunkAt(i).packedBytes + 16
  return bytes
}

function serializedPairs(zset: ZSet): number {
  let bytes = 1
  zset.forEach((member) => {
    bytes += member.length + 9
  })
  return bytes
}

function serializedArray(array: ArrayValue): number {
  let bytes = 2
  array.scan(0, MAX_INDEX, (text) => {
    bytes += text.length + 3
    return true
  })
  return bytes
}

function object(c: Context, args: Args): Reply {
  // What has expired and nobody has asked for is still there.
  const index = c.db.find(args.next())
  if (index < 0) throw noSuchKey
  const value = c.db.valueAt(index)
  const length = value instanceof List ? value.packed : serializedLength(value)
  const idle = c.engine.access.idleSeconds(c.db, index)
  const clock = Math.floor(c.now / 1000 - idle) % (1 << 24)
  return new Status(
    `Value at:0x${(index + 1).toString(16).padStart(12, '0')} refcount:1 ` +
      `encoding:${encodingOf(c, value)} serializedlength:${length} lru:${clock} ` +
      `lru_seconds_idle:${idle}${value instanceof List ? nodesOf(c, value) : ''}`,
  )
}

/** About the nodes that a quicklist would have. */
function nodesOf(c: Context, list: List): string {
  if (encodingOf(c, list) !== 'quicklist') return ''
  const limit = c.engine.config.int('list-max-listpack-size')
  const share = limit > 0 ? list.length / limit : list.packed / nodeBytes(limit)
  const nodes = Math.max(1, Math.ceil(share))
  const compressed = c.engine.config.int('list-compress-depth') > 0 ? 1 : 0
  return (
    ` ql_nodes:${nodes} ql_avg_node:${(list.length / nodes).toFixed(2)}` +
    ` ql_listpack_max:${limit} ql_compressed:${compressed} ql_uncompressed_size:${list.packed}`
  )
}

function sdslen(c: Context, args: Args): Reply {
  const key = args.next()
  const index = c.at(key)
  if (index < 0) throw noSuchKey
  const value = c.db.valueAt(index)
  if (typeOf(value) !== STRING || encodingOf(c, value) === 'int') {
    throw new CommandError('Not an sds encoded string.')
  }
  const { length } = textOf(value as ValueOf[typeof STRING])
  return new Status(
    `key_sds_len:${key.length}, key_sds_avail:0, key_zmalloc: ${key.length + 3}, ` +
      `val_sds_len:${length}, val_sds_avail:0, val_zmalloc: ${length + 3}`,
  )
}

const encodedAs =
  (encoding: string, name: string): Helper =>
  (c, args) => {
    const value = c.db.valueAt(place(c, args))
    args.rest()
    // A listpack of fields with deadlines is one, too.
    if (encodingOf(c, value).replace(/ex$/, '') !== encoding) {
      throw new CommandError(`Not a ${encoding} encoded object.`)
    }
    return new Status(`${name} structure printed on stdout`)
  }

function tableStats(db: Database): string {
  const lines = (title: string, size: number) =>
    size === 0
      ? `[${title} HT]\nHash table 0 stats (main hash table):\nNo stats available for empty dictionaries\n`
      : `[${title} HT]\nHash table 0 stats (main hash table):\n number of elements: ${size}\n`
  return lines('Dictionary', db.size) + lines('Expires', db.volatile)
}

function htstats(c: Context, args: Args): Reply {
  const index = args.int()
  args.rest()
  const { keyspace } = c.engine
  if (!keyspace.has(index)) throw new CommandError('Out of range database')
  return new Verbatim(tableStats(keyspace.at(index)))
}

function htstatsKey(c: Context, args: Args): Reply {
  const value = c.db.valueAt(place(c, args))
  args.rest()
  if (value instanceof SetValue && value.encoding === 'hashtable') {
    return new Verbatim(
      `Hash table 0 stats (main hash table):\n number of elements: ${value.size}\n`,
    )
  }
  throw new CommandError(
    'The value stored at the specified key is not represented using an hash table',
  )
}

/** Keys `prefix:0` and on, as far as they are not there yet. */
function populate(c: Context, args: Args): Reply {
  const positive = (): number => {
    const n = args.int(mustBePositive)
    if (n < 0) throw mustBePositive
    return n
  }
  const count = positive()
  const prefix = args.more ? args.next() : 'key'
  const size = args.more ? positive() : 0
  for (let i = 0; i < count; i++) {
    const key = `${prefix}:${i}`
    if (c.exists(key)) continue
    const value = `value:${i}`
    c.put(key, size === 0 ? value : value.slice(0, size).padEnd(size, '\0'))
    c.engine.keyChanged(c.db, key, c.client)
    // Nobody is told of it, but what is saved at the end has it.
    c.engine.dirty++
  }
  return OK
}

function digestValue(c: Context, args: Args): Reply {
  return args.rest().map((key) => {
    const index = c.at(key)
    return new Status(index < 0 ? NO_DIGEST : digestOfValue(c.db, index))
  })
}

// ---- Replies ----------------------------------------------------------------------------------

const NUMBERS = [0, 1, 2]

/** One reply of each type; the texts are what clients' test suites compare with. */
const SAMPLES: Readonly<Record<string, () => Reply>> = {
  string: () => 'Hello World',
  integer: () => 12345,
  // biome-ignore lint/suspicious/noApproximativeNumericConstant: the text that clients compare with
  double: () => new Double(3.141),
  bignum: () => new BigNumber('1234567999999999999999999999999999999'),
  null: () => null,
  array: () => [...NUMBERS],
  set: () => new SetReply(NUMBERS),
  map: () => new MapReply(NUMBERS.flatMap((n) => [n, new Bool(n === 1)])),
  attrib: () =>
    new Attributed(['key-popularity', ['key:123', 90]], 'Some real reply following the attribute'),
  push: () => 'Some real reply following the push reply',
  verbatim: () => new Verbatim('This is a verbatim\nstring'),
  true: () => new Bool(true),
  false: () => new Bool(false),
}

function protocol(c: Context, args: Args): Reply {
  const name = args.next().toLowerCase()
  const sample = Object.hasOwn(SAMPLES, name) ? SAMPLES[name] : undefined
  if (sample === undefined) {
    throw new CommandError(
      'Wrong protocol type name. Please use one of the following: ' +
        'string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false',
    )
  }
  if (name === 'push' && c.client.resp === 2) {
    throw new CommandError('RESP2 is not supported by this command')
  }
  // As any push that a command causes it follows the reply.
  if (name === 'push') c.client.push(new Push(['server-cpu-usage', 42]))
  return sample()
}

/** Any error: the first word is its code. */
function error(_: Context, args: Args): Reply {
  const text = args.next().replace(/[\r\n]/g, ' ')
  const space = text.indexOf(' ')
  return space < 0
    ? new CommandError('', text)
    : new CommandError(text.slice(space + 1), text.slice(0, space))
}

function log(c: Context, args: Args): Reply {
  c.engine.platform.log('warning', `DEBUG LOG: ${args.next()}`)
  return OK
}

function changeReplicationId(c: Context): Reply {
  c.engine.replicationId = c.engine.random.hex(40)
  return OK
}

// ---- The table --------------------------------------------------------------------------------

const MANY = Number.POSITIVE_INFINITY

const HELPERS: Readonly<Record<string, Entry>> = {
  ASSERT: entry(0, MANY, 'ASSERT', 'Refused: it would crash the process.', refused),
  'CHANGE-REPL-ID': entry(
    0,
    0,
    'CHANGE-REPL-ID',
    'Take a new name for the history of the data.',
    changeReplicationId,
  ),
  'CONFIG-REWRITE-FORCE-ALL': entry(
    0,
    0,
    'CONFIG-REWRITE-FORCE-ALL',
    'Write all options into the configuration file.',
    (c) => {
      c.engine.rewriteConfig(true)
      return OK
    },
  ),
  'CRASH-AND-RECOVER': entry(0, MANY, 'CRASH-AND-RECOVER', 'Refused.', refused),
  'DICT-RESIZING': entry(
    1,
    1,
    'DICT-RESIZING <0|1>',
    'Accepted: dictionaries grow as they must.',
    accepted,
  ),
  DIGEST: entry(
    0,
    0,
    'DIGEST',
    'One number for all data.',
    (c) => new Status(digestOfAll(c.engine.keyspace)),
  ),
  'DIGEST-VALUE': entry(
    0,
    MANY,
    'DIGEST-VALUE <key> [<key> ...]',
    'One number for the value of each key.',
    digestValue,
  ),
  ERROR: entry(1, 1, 'ERROR <text>', 'Answer with this error.', error),
  HTSTATS: entry(1, MANY, 'HTSTATS <dbid>', 'How full the dictionary of a database is.', htstats),
  'HTSTATS-KEY': entry(1, MANY, 'HTSTATS-KEY <key>', 'The same for a value.', htstatsKey),
  LEAK: entry(
    1,
    1,
    'LEAK <string>',
    'Accepted: the garbage collector frees it all the same.',
    accepted,
  ),
  LISTPACK: entry(
    1,
    1,
    'LISTPACK <key>',
    'Whether the value is a listpack.',
    encodedAs('listpack', 'Listpack'),
  ),
  LOADAOF: entry(0, MANY, 'LOADAOF', 'Read everything back from the store.', (c, args) => {
    args.rest()
    return reloadStore(c)
  }),
  LOG: entry(1, 1, 'LOG <message>', 'Write this to the log.', log),
  OBJECT: entry(1, 1, 'OBJECT <key>', 'Encoding, size and age of a value.', object),
  OOM: entry(0, MANY, 'OOM', 'Refused: it would crash the process.', refused),
  PANIC: entry(0, MANY, 'PANIC', 'Refused: it would crash the process.', refused),
  'PAUSE-CRON': entry(1, 1, 'PAUSE-CRON <0|1>', 'Whether the periodic work rests.', (c, args) => {
    c.engine.resting = args.next() !== '0'
    return OK
  }),
  POPULATE: entry(
    1,
    3,
    'POPULATE <count> [<prefix>] [<size>]',
    'Make strings under <prefix>:0 and on.\nThey are not propagated.',
    populate,
  ),
  PROTOCOL: entry(
    1,
    1,
    'PROTOCOL <type>',
    'Answer with a sample of a type: string, integer, double, bignum, null, array,\n' +
      'set, map, attrib, push, verbatim, true, false.',
    protocol,
  ),
  QUICKLIST: entry(
    1,
    2,
    'QUICKLIST <key> [<0|1>]',
    'Whether the value is a quicklist.',
    encodedAs('quicklist', 'Quicklist'),
  ),
  'QUICKLIST-PACKED-THRESHOLD': entry(
    1,
    1,
    'QUICKLIST-PACKED-THRESHOLD <size>',
    'Accepted, without effect.',
    accepted,
  ),
  RELOAD: entry(
    0,
    MANY,
    'RELOAD [NOSAVE] [NOFLUSH] [MERGE]',
    'Save as RDB, and read everything back. NOSAVE reads what the store has; NOFLUSH keeps\n' +
      'what is there, and MERGE lets it be replaced.',
    reload,
  ),
  'REPLY-COPY-AVOIDANCE': entry(
    1,
    1,
    'REPLY-COPY-AVOIDANCE <0|1>',
    'Accepted: replies never copy values.',
    accepted,
  ),
  REPLYBUFFER: entry(2, 2, 'REPLYBUFFER <option> <value>', 'Accepted, without effect.', accepted),
  RESTART: entry(0, MANY, 'RESTART', 'Refused.', refused),
  SDSLEN: entry(1, 1, 'SDSLEN <key>', 'Lengths of a key and of its string.', sdslen),
  SEGFAULT: entry(0, MANY, 'SEGFAULT', 'Refused: it would crash the process.', refused),
  'SET-ACTIVE-EXPIRE': entry(
    1,
    1,
    'SET-ACTIVE-EXPIRE <0|1>',
    'Whether keys expire that nobody asks for.',
    setActiveExpiry,
  ),
  'SET-ALLOW-ACCESS-EXPIRED': entry(
    1,
    1,
    'SET-ALLOW-ACCESS-EXPIRED <0|1>',
    'Whether keys and fields whose time is up can still be read.',
    showExpired,
  ),
  'SET-DISABLE-DENY-SCRIPTS': entry(
    1,
    1,
    'SET-DISABLE-DENY-SCRIPTS <0|1>',
    'Whether scripts may call what they may not.',
    (c, args) => {
      if (c.engine.scripting !== null) c.engine.scripting.denies = args.next() === '0'
      return OK
    },
  ),
  'SET-SKIP-CHECKSUM-VALIDATION': entry(
    1,
    1,
    'SET-SKIP-CHECKSUM-VALIDATION <0|1>',
    'Whether RDB is taken whatever its checksum.',
    (c, args) => {
      c.engine.rdb.unsealed = args.next() !== '0'
      return OK
    },
  ),
  SLEEP: entry(1, 1, 'SLEEP <seconds>', 'Serve nobody for a while.', sleep),
}

function help(): Reply {
  return helpOf(
    'DEBUG',
    Object.values(HELPERS).map(({ usage, text }) => [usage, text]),
  )
}

export const DEBUG = command('debug', {
  group: 'server',
  since: '1.0.0',
  summary: 'Helpers of test suites.',
  complexity: 'Depends on the subcommand.',
  syntax: '',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale', 'protected'],
  syscmd: true,
  reply: 'unknown',
  run(c, args) {
    const given = args.next()
    const name = given.toUpperCase()
    if (name === 'HELP' && args.left === 0) return help()
    const helper = Object.hasOwn(HELPERS, name) ? HELPERS[name] : undefined
    if (helper === undefined || args.left < helper.words[0] || args.left > helper.words[1]) {
      throw wrongSubcommand('DEBUG', given)
    }
    return helper.run(c, args)
  },
})
