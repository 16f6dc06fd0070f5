/**
 * XINFO: what is known of a stream, its groups and their consumers.
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { noGroupOfKey, noSuchKey, wrongSubcommand } from '../core/errors.ts'
import { MapReply, type Reply } from '../core/reply.ts'
import type { Chunk, PackedLog } from '../structs/packed-log.ts'
import type { PlaceMap } from '../structs/place-map.ts'
import type { Stream } from '../types/stream.ts'
import {
  type Consumer,
  type Group,
  NEVER,
  type Pending,
  UNKNOWN_READS,
  UNSEEN,
} from '../types/stream-group.ts'
import { MAX_ID, MIN_ID } from '../types/stream-id.ts'
import { STREAM } from '../types/value.ts'
import type { Integer } from '../util/integer.ts'
import { helpOf } from './help.ts'
import { rangeReply } from './stream-args.ts'

function streamOf(c: Context, args: Args): Stream {
  const stream = c.read(args.next(), STREAM)
  if (stream === undefined) throw noSuchKey
  return stream
}

const readsOf = (group: Group): Reply =>
  group.entriesRead === UNKNOWN_READS ? null : group.entriesRead

/** Of a consumer that was loaded nothing is known but that it is there. */
const seenAt = ({ seenAt }: Consumer, now: number): number => (seenAt === UNSEEN ? now : seenAt)

// ---- The tree that Redis would have -----------------------------------------------------------

/** A part of an ID as two numbers of 32 bits. */
function halves(part: Integer): [high: number, low: number] {
  if (typeof part === 'number') return [Math.floor(part / 2 ** 32), part >>> 0]
  return [Number(part >> 32n), Number(part & 0xffffffffn)]
}

/** Bytes that two IDs have in common, as 16 bytes each. */
function commonBytes(a: { ms: Integer; seq: Integer }, b: { ms: Integer; seq: Integer }): number {
  const left = [...halves(a.ms), ...halves(a.seq)]
  const right = [...halves(b.ms), ...halves(b.seq)]
  for (let i = 0; i < 4; i++) {
    const difference = ((left[i] as number) ^ (right[i] as number)) >>> 0
    if (difference !== 0) return 4 * i + (Math.clz32(difference) >> 3)
  }
  return 16
}

const ID_BYTES = 16

interface Counted {
  readonly size: number
  readonly first: Chunk
  readonly last: Chunk
  readonly nodes: number
}

/**
 * What was counted last. As long as there are as many chunks between the same two, they are the same: new
 * ones only come behind the last.
 */
const counted = new WeakMap<PackedLog, Counted>()

function treeNodes(log: PackedLog): number {
  const { size } = log
  if (size === 0) return 1
  const first = log.chunkAt(0)
  const last = log.chunkAt(size - 1)
  const known = counted.get(log)
  if (known?.size === size && known.first === first && known.last === last) return known.nodes
  const nodes = countNodes(log)
  counted.set(log, { size, first, last, nodes })
  return nodes
}

/**
 * Nodes of the radix tree in which Redis keeps the chunks by their first IDs: one for each chunk and
 * for each place where keys part, and one for each row of bytes in which they do not.
 */
function countNodes(log: PackedLog): number {
  const { size } = log
  let nodes = 0
  /** Depths of the places above where keys part, from the root down. */
  const forks: number[] = []
  /** A row of bytes between a fork (-1: the root) and what comes at a depth below it. */
  const row = (above: number, depth: number): number => (depth > above + 1 ? 1 : 0)
  const top = (): number => forks[forks.length - 1] ?? -1
  const close = (least: number): void => {
    while (top() > least) {
      const depth = forks.pop() as number
      const above = Math.max(top(), least)
      nodes += 1 + row(above, depth)
    }
  }
  let before = -1
  for (let i = 0; i < size; i++) {
    const after = i + 1 < size ? commonBytes(log.chunkAt(i), log.chunkAt(i + 1)) : -1
    nodes += 1 + row(Math.max(before, after), ID_BYTES)
    close(after)
    if (after >= 0 && top() !== after) forks.push(after)
    before = after
  }
  return nodes
}

// ---- XINFO STREAM -----------------------------------------------------------------------------

/** Entries, and pending entries, that FULL shows unless it is told to show more. */
const FEW = 10

/** FULL [COUNT count]: how many; null: not FULL. 0: all. */
function parseFull(args: Args): number | null {
  if (!args.more) return null
  const wrong = wrongSubcommand('xinfo', args.argv[1] as string)
  if ((args.left !== 1 && args.left !== 3) || !args.take('FULL')) throw wrong
  if (!args.more) return FEW
  if (!args.take('COUNT')) throw wrong
  const count = Number(args.integer())
  return count < 0 ? FEW : count
}

function describe(stream: Stream, now: number): Reply[] {
  const { log } = stream
  const remembered = stream.countMessages(now)
  return [
    ...['length', stream.length],
    ...['radix-tree-keys', log.size],
    ...['radix-tree-nodes', treeNodes(log)],
    ...['last-generated-id', String(stream.lastId)],
    ...['max-deleted-entry-id', String(stream.maxDeletedId)],
    ...['entries-added', stream.entriesAdded],
    ...['recorded-first-entry-id', String(stream.firstId)],
    ...['idmp-duration', stream.idmpSeconds],
    ...['idmp-maxsize', stream.idmpMessages],
    ...['pids-tracked', remembered.producers],
    ...['iids-tracked', remembered.messages],
    ...['iids-added', stream.messagesAdded],
    ...['iids-duplicates', stream.messagesAgain],
  ]
}

function describeGroup(stream: Stream, group: Group, count: number, now: number): Reply {
  return new MapReply([
    ...['name', group.name],
    ...['last-delivered-id', String(group.lastId)],
    ...['entries-read', readsOf(group)],
    ...['lag', stream.lag(group)],
    ...['pel-count', group.pending.size],
    ...['nacked-count', group.returned],
    'pending',
    some(group.pending, count, ({ id, consumer, deliveredAt, deliveries }) => [
      id,
      consumer?.name ?? '',
      deliveredAt,
      deliveries,
    ]),
    'consumers',
    group.sorted().map((consumer) => describeConsumer(consumer, count, now)),
  ])
}

function describeConsumer(consumer: Consumer, count: number, now: number): Reply {
  return new MapReply([
    ...['name', consumer.name],
    ...['seen-time', seenAt(consumer, now)],
    ...['active-time', consumer.activeAt],
    ...['pel-count', consumer.pending.size],
    'pending',
    some(consumer.pending, count, ({ id, deliveredAt, deliveries }) => [
      id,
      deliveredAt,
      deliveries,
    ]),
  ])
}

/** The first `count` pending entries; 0: all. */
function some(pending: PlaceMap<Pending>, count: number, show: (entry: Pending) => Reply): Reply {
  const shown: Reply[] = []
  pending.walk(0, 0, (entry) => {
    shown.push(show(entry))
    return shown.length !== count
  })
  return shown
}

const inspecting = {
  group: 'stream',
  since: '5.0.0',
  complexity: 'O(1)',
  flags: ['readonly'],
  categories: ['stream'],
  keys: key(2, 'RO', 'access'),
} as const

const stream = command('stream', {
  ...inspecting,
  summary: 'Tell about a stream.',
  syntax: 'key [full-block: FULL [COUNT count:integer]]',
  arity: -3,
  history: [
    ['6.0.0', 'FULL.'],
    [
      '7.0.0',
      '`max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `lag` and more.',
    ],
    ['7.2.0', '`active-time`; `seen-time` counts every attempt.'],
    ['8.6.0', 'What is known of messages that producers send: `idmp-…`, `pids-…`, `iids-…`.'],
    ['8.8.0', '`nacked-count` with FULL.'],
  ],
  reply: 'Record<string, unknown>',
  run(c, args) {
    const stream = streamOf(c, args)
    const full = parseFull(args)
    const facts = describe(stream, c.now)
    if (full === null) {
      const [first = null] = rangeReply(stream, MIN_ID, MAX_ID, 1)
      const [last = null] = rangeReply(stream, MIN_ID, MAX_ID, 1, true)
      facts.push('groups', stream.groups.size, 'first-entry', first, 'last-entry', last)
    } else {
      const groups = stream.sortedGroups().map((g) => describeGroup(stream, g, full, c.now))
      facts.push('entries', rangeReply(stream, MIN_ID, MAX_ID, full), 'groups', groups)
    }
    return new MapReply(facts)
  },
})

// ---- Groups and consumers ---------------------------------------------------------------------

const groups = command('groups', {
  ...inspecting,
  summary: 'List the consumer groups of a stream.',
  syntax: 'key',
  arity: 3,
  history: [['7.0.0', '`entries-read` and `lag`.']],
  reply: 'Record<string, unknown>[]',
  run(c, args) {
    const stream = streamOf(c, args)
    return stream
      .sortedGroups()
      .map(
        (group) =>
          new MapReply([
            ...['name', group.name],
            ...['consumers', group.consumers.size],
            ...['pending', group.pending.size],
            ...['last-delivered-id', String(group.lastId)],
            ...['entries-read', readsOf(group)],
            ...['lag', stream.lag(group)],
          ]),
      )
  },
})

const consumers = command('consumers', {
  ...inspecting,
  summary: 'List the consumers of a group.',
  syntax: 'key group',
  arity: 4,
  tips: ['nondeterministic_output'],
  history: [['7.2.0', '`inactive`; `idle` counts from every attempt.']],
  reply: 'Record<string, unknown>[]',
  run(c, args) {
    const key = args.peek() as string
    const stream = streamOf(c, args)
    const name = args.next()
    const group = stream.groups.get(name)
    if (group === undefined) throw noGroupOfKey(key, name)
    return group.sorted().map((consumer) => {
      const { activeAt } = consumer
      return new MapReply([
        ...['name', consumer.name],
        ...['pending', consumer.pending.size],
        ...['idle', Math.max(0, c.now - seenAt(consumer, c.now))],
        ...['inactive', activeAt === NEVER ? NEVER : c.now - activeAt],
      ])
    })
  },
})

const help = command('help', {
  group: 'stream',
  since: '5.0.0',
  summary: 'List the subcommands of XINFO.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['stream'],
  reply: 'string[]',
  run: () =>
    helpOf('XINFO', [
      ['CONSUMERS <key> <groupname>', 'List the consumers of a group.'],
      ['GROUPS <key>', 'List the groups of a stream.'],
      ['STREAM <key> [FULL [COUNT <count>]', 'Tell about a stream, with FULL in all detail.'],
    ]),
})

export const XINFO = command('xinfo', {
  group: 'stream',
  since: '5.0.0',
  summary: 'Tell about streams, groups and consumers.',
  complexity: 'Depends on the subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [consumers, groups, help, stream],
  reply: 'unknown',
})
