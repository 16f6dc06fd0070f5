/**
 * OBJECT: what is behind a value. None of its subcommands counts as a use of the key.
 */
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { CommandError } from '../core/errors.ts'
import type { Reply } from '../core/reply.ts'
import { encodingOf } from '../types/encoding.ts'
import { helpOf } from './help.ts'

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
  summary: 'Count the references to a value, which is always one.',
  reply: 'number | null',
  run(c, args) {
    const index = c.at(args.next())
    // Since 8.2 no number is shared any more.
    return index < 0 ? null : 1
  },
})

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
