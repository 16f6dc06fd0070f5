/**
 * Entries that are pending: acknowledging them, giving them back, asking about them.
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import {
  nackIdsMissing,
  nackModeInvalid,
  nackNumidsMismatch,
  nackNumidsNotPositive,
  nackRetriesNegative,
  syntaxError,
  unrecognizedNackOption,
} from '../core/errors.ts'
import { NIL_ARRAY, type Reply } from '../core/reply.ts'
import { type Group, Pending } from '../types/stream-group.ts'
import type { StreamId } from '../types/stream-id.ts'
import { STREAM } from '../types/value.ts'
import { type Integer, MAX_INT64 } from '../util/integer.ts'
import { endOf, groupOf, idsOf, parseDeletion, readToEdit, startOf } from './stream-args.ts'
import { announceDeletion } from './stream-change.ts'

const acknowledging = {
  group: 'stream',
  complexity: 'O(1) for each entry.',
  flags: ['write', 'fast'],
  categories: ['stream'],
} as const

export const XACK = command('xack', {
  ...acknowledging,
  since: '5.0.0',
  summary: 'Acknowledge entries: a group has done with them.',
  syntax: 'key group id...',
  arity: -4,
  keys: key(1, 'RW', 'update'),
  reply: 'number',
  run(c, args) {
    const group = readToEdit(c, args.next())?.groups.get(args.next())
    if (group === undefined) return 0
    let acknowledged = 0
    for (const { ms, seq } of idsOf(args.rest())) {
      const entry = group.pending.get(ms, seq)
      if (entry === undefined) continue
      group.remove(entry)
      acknowledged++
    }
    c.dirty += acknowledged
    return acknowledged
  },
})

const NOT_PENDING = -1
const DELETED = 1
/** Acknowledged, but some other group needs it still. */
const REFERENCED = 2

export const XACKDEL = command('xackdel', {
  ...acknowledging,
  since: '8.2.0',
  summary: 'Acknowledge entries, and remove them from the stream if that may be.',
  syntax: 'key group [condition: KEEPREF | DELREF | ACKED] IDS {ids: numids:integer id...}',
  arity: -6,
  keys: key(1, 'RW', 'update', 'delete'),
  reply: 'number[]',
  run(c, args) {
    const key = args.next()
    const stream = readToEdit(c, key)
    const name = args.next()
    const group = stream?.groups.get(name)
    const { references, ids } = parseDeletion(args)
    if (stream === undefined || group === undefined) return ids.map(() => NOT_PENDING)
    let deleted = 0
    let acknowledged = 0
    const outcome = idsOf(ids).map((id) => {
      const entry = group.pending.get(id.ms, id.seq)
      if (entry === undefined) return NOT_PENDING
      group.remove(entry)
      acknowledged++
      if (!stream.mayGo(id, references)) return REFERENCED
      if (stream.delete(id)) deleted++
      return DELETED
    })
    announceDeletion(c, key, stream, deleted)
    c.dirty += deleted > 0 ? acknowledged - 1 : acknowledged
    return outcome
  },
})

// ---- XNACK ------------------------------------------------------------------------------------

type Mode = 'SILENT' | 'FAIL' | 'FATAL'

function parseMode(args: Args): Mode {
  const mode = args.keyword()
  if (mode === 'SILENT' || mode === 'FAIL' || mode === 'FATAL') return mode
  throw nackModeInvalid
}

/** How often an entry counts as delivered once it was given back. */
function deliveriesAfter(deliveries: Integer, mode: Mode): Integer {
  if (mode === 'FATAL') return MAX_INT64
  if (mode === 'FAIL' || deliveries === 0) return deliveries
  return typeof deliveries === 'number' ? deliveries - 1 : deliveries - 1n
}

interface Return {
  readonly ids: readonly string[]
  readonly deliveries: Integer | null
  readonly force: boolean
}

function parseReturn(args: Args): Return {
  let ids: readonly string[] | undefined
  let deliveries: Integer | null = null
  let force = false
  while (args.more) {
    if (args.left > 1 && args.take('IDS')) {
      const count = Number(args.integer(nackNumidsNotPositive))
      if (count < 1 || count > 0x7fffffff) throw nackNumidsNotPositive
      if (count > args.left) throw nackNumidsMismatch
      ids = args.rest(args.left - count)
    } else if (args.left > 1 && args.take('RETRYCOUNT')) {
      deliveries = args.integer()
      if (deliveries < 0) throw nackRetriesNegative
    } else if (args.take('FORCE')) force = true
    else throw unrecognizedNackOption(args.next())
  }
  if (ids === undefined) throw nackIdsMissing
  return { ids, deliveries, force }
}

export const XNACK = command('xnack', {
  ...acknowledging,
  since: '8.8.0',
  summary: 'Give pending entries back to the group, which can deliver them again at once.',
  syntax:
    'key group {mode: SILENT | FAIL | FATAL} IDS {ids: numids:integer id...} ' +
    '[RETRYCOUNT count:integer] [FORCE]',
  arity: -7,
  keys: key(1, 'RW', 'update'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const stream = readToEdit(c, key)
    const group = groupOf(stream, key, args.next())
    const mode = parseMode(args)
    const { ids, deliveries, force } = parseReturn(args)
    let returned = 0
    for (const id of idsOf(ids)) {
      const entry = group.pending.get(id.ms, id.seq)
      if (entry !== undefined) {
        group.giveBack(entry)
        entry.deliveries = deliveries ?? deliveriesAfter(entry.deliveries, mode)
      } else if (force && stream?.has(id)) {
        const count = deliveries ?? deliveriesAfter(0, mode)
        group.add(new Pending(id.ms, id.seq, null, 0, count))
      } else continue
      returned++
    }
    c.dirty += returned
    // Who waits for entries to claim can have these now.
    if (returned > 0) c.engine.blocking.signalMore(c.db.index, key)
    return returned
  },
})

// ---- XPENDING ---------------------------------------------------------------------------------

interface Filter {
  readonly first: StreamId
  readonly last: StreamId
  readonly count: number
  readonly minIdle: number
  readonly consumer: string | undefined
}

function parseFilter(args: Args): Filter | null {
  const words = args.argv.length
  if (words === 3) return null
  if (words < 6 || words > 9) throw syntaxError
  let minIdle = 0
  if (args.take('IDLE')) {
    minIdle = Number(args.integer())
    if (args.left < 3) throw syntaxError
  }
  const first = args.next()
  const last = args.next()
  const count = Math.max(0, Number(args.integer()))
  const filter = { first: startOf(first), last: endOf(last), count, minIdle }
  return { ...filter, consumer: args.more ? args.next() : undefined }
}

export const XPENDING = command('xpending', {
  group: 'stream',
  since: '5.0.0',
  summary: 'Tell what a group has pending, in short or entry by entry.',
  complexity:
    'O(N), N being the number of entries that are returned, or looked at because of IDLE; in short: ' +
    'O(1) and the number of consumers.',
  syntax:
    'key group [filters: [IDLE min-idle-time:integer]@6.2.0 start end count:integer [consumer]]',
  arity: -3,
  flags: ['readonly'],
  categories: ['stream'],
  keys: key(1, 'RO', 'access'),
  tips: ['nondeterministic_output'],
  history: [['6.2.0', 'IDLE, and IDs behind `(` that are left out of the range.']],
  reply:
    '[count: number, first: string | null, last: string | null, consumers: [name: string, ' +
    'count: string][] | null] | [id: string, consumer: string, idle: number, deliveries: number][]',
  run(c, args) {
    const key = args.next()
    const name = args.next()
    const filter = parseFilter(args)
    const group = groupOf(c.read(key, STREAM), key, name)
    return filter === null ? summary(group) : details(group, filter, c.now)
  },
})

function summary(group: Group): Reply {
  const { first, last, size } = group.pending
  if (first === undefined || last === undefined) return [0, null, null, NIL_ARRAY]
  const consumers = group
    .sorted()
    .filter(({ pending }) => pending.size > 0)
    .map(({ name, pending }) => [name, String(pending.size)])
  return [size, first.id, last.id, consumers]
}

function details(group: Group, filter: Filter, now: number): Reply {
  const { first, last, count, minIdle } = filter
  let pending = group.pending
  if (filter.consumer !== undefined) {
    const consumer = group.consumers.get(filter.consumer)
    if (consumer === undefined) return []
    pending = consumer.pending
  }
  const entries: Reply[] = []
  if (count === 0) return entries
  pending.walk(first.ms, first.seq, (entry) => {
    if (entry.ms > last.ms || (entry.ms === last.ms && entry.seq > last.seq)) return false
    const idle = now - entry.deliveredAt
    if (minIdle !== 0 && idle < minIdle) return true
    // What was given back belongs to nobody, and nobody has let it lie.
    const owned = entry.consumer !== null
    const shown = owned ? Math.max(0, idle) : -1
    entries.push([entry.id, entry.consumer?.name ?? '', shown, entry.deliveries])
    return entries.length < count
  })
  return entries
}
