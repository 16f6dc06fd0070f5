/**
 * OBJECT: what is behind a value. None of its subcommands counts as a use of the key.
 */
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { CommandError } from '../core/errors.ts'
import type { Reply } from '../core/reply.ts'
import { encodingOf } from '../types/encoding.ts'
import { integerOf, type StringValue, stringEncoding } from '../types/string.ts'
import { STRING, typeOf, type Value } from '../types/value.ts'
import { helpOf } from './help.ts'

/** Redis keeps one object for each of the numbers below this, and counts no references to them. */
const SHARED_INTEGERS = 10000
const UNCOUNTED = 2147483647

const inspecting = {
  group: 'generic',
  since: '2.2.3',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 3,
  flags: ['readonly'],
  categories: ['keyspace'],
  keys: key(2, 'RO'),
  tips: ['nondeterministic_output'],
} as const

const encoding = command('encoding', {
  ...inspecting,
  summary: 'Name the way in which a value is laid out.',
  reply: 'string | null',
  run(c, args) {
    const index = c.at(args.next())
    if (index < 0) return null
    return encodingOf(c.db.valueAt(index), c.engine.config.int('list-max-listpack-size'))
  },
})

const refcount = command('refcount', {
  ...inspecting,
  summary: 'Count the references to a value: 1, or the greatest number for a small shared integer.',
  reply: 'number | null',
  run(c, args) {
    const index = c.at(args.next())
    return index < 0 ? null : referencesTo(c, c.db.valueAt(index))
  },
})

function referencesTo(c: Context, value: Value): number {
  if (typeOf(value) !== STRING || stringEncoding(value as StringValue) !== 'int') return 1
  const n = integerOf(value as StringValue)
  if (typeof n !== 'number' || n < 0 || n >= SHARED_INTEGERS) return 1
  // Eviction by access needs a mark for every key, so nothing is shared then.
  const { config } = c.engine
  const evicts = config.int('maxmemory') > 0 && /-l[rf]u$/.test(config.get('maxmemory-policy'))
  return evicts ? 1 : UNCOUNTED
}

const idletime = command('idletime', {
  ...inspecting,
  summary: 'Tell for how many seconds a key has not been used.',
  reply: 'number | null',
  run: (c, args) => usage(c, args.next(), false),
})

const freq = command('freq', {
  ...inspecting,
  since: '4.0.0',
  summary: 'Tell how often a key is used, on a logarithmic scale up to 255.',
  reply: 'number | null',
  run: (c, args) => usage(c, args.next(), true),
})

const switching =
  'Please note that when switching between policies at runtime LRU and LFU data will take some ' +
  'time to adjust.'
const notLfu = new CommandError(
  `An LFU maxmemory policy is not selected, access frequency not tracked. ${switching}`,
)
const lfu = new CommandError(
  `An LFU maxmemory policy is selected, idle time not tracked. ${switching}`,
)

/** How often or how long ago the key was used, whichever the eviction policy lets the engine note. */
function usage(c: Context, key: string, frequency: boolean): Reply {
  const index = c.at(key)
  if (index < 0) return null
  const { access } = c.engine
  if (access.lfu !== frequency) throw frequency ? notLfu : lfu
  return frequency ? access.frequencyOf(c.db, index) : access.idleSeconds(c.db, index)
}

const help = command('help', {
  group: 'generic',
  since: '6.2.0',
  summary: 'Explain the subcommands of OBJECT.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['keyspace'],
  reply: 'string[]',
  run: () =>
    helpOf('OBJECT', [
      ['ENCODING <key>', 'The layout in memory: int, embstr, raw, listpack, quicklist and so on.'],
      ['FREQ <key>', 'The counter of uses, under an LFU policy only.'],
      ['IDLETIME <key>', 'Seconds since the last use, under any other policy.'],
      ['REFCOUNT <key>', 'References to the value.'],
    ]),
})

export const OBJECT = command('object', {
  group: 'generic',
  since: '2.2.3',
  summary: 'Look behind the value of a key.',
  complexity: 'See the subcommands.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [encoding, freq, help, idletime, refcount],
  reply: 'unknown',
})
