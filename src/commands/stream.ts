/**
 * Streams: adding entries, reading ranges of them, removing them.
 * https://redis.io/docs/latest/develop/data-types/streams/
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  elementsTooLarge,
  entriesAddedBelowLength,
  entriesAddedNegative,
  idIsZero,
  idmpNeedsAutoId,
  idNotGreater,
  invalidStreamId,
  noSuchKey,
  setIdBelowDeleted,
  setIdBelowGivenDeleted,
  setIdBelowTop,
  streamExhausted,
  syntaxError,
  wrongArity,
} from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import { NIL_ARRAY, OK, type Reply } from '../core/reply.ts'
import { MOST_CONTENT } from '../structs/packed-log.ts'
import { Stream } from '../types/stream.ts'
import {
  compareIds,
  isZero,
  MAX_ID,
  MAX_PART,
  MIN_ID,
  nextId,
  parseId,
  parseOpenId,
  StreamId,
} from '../types/stream-id.ts'
import { STREAM } from '../types/value.ts'
import type { Integer } from '../util/integer.ts'
import { endOf, idOf, idsOf, parseDeletion, rangeReply, startOf } from './stream-args.ts'
import { announceDeletion } from './stream-change.ts'
import { type Message, messageOf, takeMessage } from './stream-message.ts'
import { TrimOptions } from './stream-trim.ts'

// ---- XADD -------------------------------------------------------------------------------------

/** The options of XADD, and where in argv the ID stands. */
class AddOptions {
  readonly trim: TrimOptions = new TrimOptions()
  create = true
  message: Message | null = null
  /** `*`: null. */
  id: StreamId | null = null
  /** `ms-*`: its milliseconds. */
  openMs: Integer | null = null
  at = 0

  /** Whether the ID is for the stream to choose, all of it or its second part. */
  get generated(): boolean {
    return this.id === null
  }
}

function parseAdd(c: Context, args: Args): AddOptions {
  const options = new AddOptions()
  const { internal } = c.client
  while (args.more) {
    const word = args.peek() as string
    if (word === '*') break
    if (options.trim.take(args)) continue
    if (args.take('NOMKSTREAM')) {
      options.create = false
      continue
    }
    const message = takeMessage(args, options.message)
    if (message !== null) {
      options.message = message
      continue
    }
    const openMs = parseOpenId(word)
    const id = openMs === undefined ? parseId(word, 0) : undefined
    if (openMs === undefined && id === undefined) throw invalidStreamId
    if (options.message !== null && !internal) throw idmpNeedsAutoId
    options.openMs = openMs ?? null
    options.id = id ?? null
    break
  }
  options.at = args.argv.length - args.left
  args.skip(1)
  options.trim.check(internal, false)
  if (args.left < 2 || args.left % 2 === 1) throw wrongArity('xadd')
  if (options.id !== null && isZero(options.id)) throw idIsZero
  return options
}

/** The ID of a new entry. Throws if it would not be behind all others. */
function nextIdOf(c: Context, lastId: StreamId, { id, openMs }: AddOptions): StreamId {
  let next: StreamId | undefined
  if (id !== null) next = id
  else if (openMs === null) next = c.now > lastId.ms ? new StreamId(c.now, 0) : nextId(lastId)
  else if (openMs !== lastId.ms) next = new StreamId(openMs, 0)
  else next = lastId.seq === MAX_PART ? undefined : nextId(lastId)
  if (next === undefined || compareIds(next, lastId) <= 0) throw idNotGreater
  return next
}

function contentOf(words: readonly string[], from: number): number {
  let length = 0
  for (let i = from; i < words.length; i++) length += (words[i] as string).length
  return length
}

export const XADD = command('xadd', {
  group: 'stream',
  since: '5.0.0',
  summary: 'Add an entry at the end of a stream, which is made if there is none.',
  complexity: 'O(1) to add; O(N) to trim, N being the number of entries that are removed.',
  syntax:
    'key [NOMKSTREAM]@6.2.0 [condition: KEEPREF | DELREF | ACKED] ' +
    '[idmp: IDMPAUTO pid | IDMP {idmp: pid iid}]@8.6.0 ' +
    '[trim: {strategy: MAXLEN | MINID@6.2.0} [operator: equal== | approximately=~] threshold ' +
    '[LIMIT count:integer]@6.2.0] {id-selector: auto-id=* | id} {data: field value}...',
  arity: -5,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['stream'],
  keys: key(1, 'RW', 'update'),
  tips: ['nondeterministic_output'],
  history: [
    ['6.2.0', 'NOMKSTREAM, MINID and LIMIT.'],
    ['7.0.0', 'An ID of `ms-*` has its second part generated.'],
    ['8.2.0', 'KEEPREF, DELREF and ACKED say what becomes of entries that are pending.'],
    ['8.6.0', 'IDMP and IDMPAUTO add what a producer sends again only once.'],
  ],
  reply: 'string | null',
  run(c, args) {
    const key = args.next()
    const options = parseAdd(c, args)
    const from = options.at + 1
    let stream = c.write(key, STREAM)
    if (stream === undefined && !options.create) return null
    const { streamLimits } = c.engine.keyspace
    const { argv } = args
    const { message } = options
    const sent = message === null ? '' : messageOf(message, argv, from)
    if (message !== null && stream !== undefined) {
      const known = findSent(c, stream, message.producer, sent, options.id)
      if (known !== undefined) {
        stream.messagesAgain++
        c.dirty++
        tellAgain(c, argv, options, known)
        return known.toString()
      }
    }
    const lastId = stream === undefined ? MIN_ID : stream.lastId
    if (compareIds(lastId, MAX_ID) === 0) throw streamExhausted
    const id = nextIdOf(c, lastId, options)
    if (contentOf(argv, from) > MOST_CONTENT) throw elementsTooLarge
    if (stream === undefined) {
      stream = new Stream(streamLimits)
      c.insert(key, stream)
    }
    stream.append(id, argv, from, streamLimits)
    if (message !== null) {
      stream.recordMessage(message.producer, sent, id)
      c.db.noteProducers(key, stream)
    }
    c.changed(EVENTS.stream, 'xadd', key)
    c.engine.blocking.signal(c.db.index, key)
    const { trim } = options
    if (trim.strategy !== null && trim.apply(c, stream) > 0) {
      c.notify(EVENTS.stream, 'xtrim', key)
    }
    const text = id.toString()
    if (c.propagating && (options.generated || trim.approximate)) {
      const words = [...argv]
      words[options.at] = text
      trim.settle(words, stream)
      c.propagateAs(...words)
    }
    return text
  },
})

/**
 * The entry that a message has become already. What the journal repeats says which ID it got: by that
 * it is told apart whether the message was known when it was sent, whatever the clock says now.
 */
function findSent(
  c: Context,
  stream: Stream,
  producer: string,
  message: string,
  given: StreamId | null,
): StreamId | undefined {
  if (c.client.internal && given !== null) {
    return compareIds(given, stream.lastId) <= 0 ? given : undefined
  }
  stream.forgetMessages(c.now)
  return stream.producers?.find(producer, message)
}

/** A message that was known is counted, which the journal has to know. */
function tellAgain(
  c: Context,
  argv: readonly string[],
  options: AddOptions,
  known: StreamId,
): void {
  if (!c.propagating) return
  const words = [...argv]
  words[options.at] = known.toString()
  c.propagateAs(...words)
}

// ---- Reading ----------------------------------------------------------------------------------

export const XLEN = command('xlen', {
  group: 'stream',
  since: '5.0.0',
  summary: 'Count the entries of a stream.',
  complexity: 'O(1)',
  syntax: 'key',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['stream'],
  keys: key(1, 'RO'),
  reply: 'number',
  run: (c, args) => c.read(args.next(), STREAM)?.length ?? 0,
})

const ranging = {
  group: 'stream',
  since: '5.0.0',
  complexity: 'O(N), N being the number of entries that are returned.',
  arity: -4,
  flags: ['readonly'],
  categories: ['stream'],
  keys: key(1, 'RO', 'access'),
  history: [['6.2.0', 'An ID behind `(` is left out of the range.']],
  reply: '[id: string, fields: string[]][] | null',
} as const

export const XRANGE = command('xrange', {
  ...ranging,
  summary: 'Read the entries of a stream between two IDs.',
  syntax: 'key start end [COUNT count:integer]',
  run: (c, args) => readRange(c, args, false),
})

export const XREVRANGE = command('xrevrange', {
  ...ranging,
  summary: 'Read the entries of a stream between two IDs, the last one first.',
  syntax: 'key end start [COUNT count:integer]',
  run: (c, args) => readRange(c, args, true),
})

function readRange(c: Context, args: Args, backwards: boolean): Reply {
  const key = args.next()
  const one = args.next()
  const other = args.next()
  const first = startOf(backwards ? other : one)
  const last = endOf(backwards ? one : other)
  let count = -1
  while (args.more) {
    if (args.left < 2 || !args.take('COUNT')) throw syntaxError
    count = Math.max(0, Number(args.integer()))
  }
  const stream = c.read(key, STREAM)
  if (stream === undefined) return []
  if (count === 0) return NIL_ARRAY
  return rangeReply(stream, first, last, Math.max(0, count), backwards)
}

// ---- Removing ---------------------------------------------------------------------------------

export const XDEL = command('xdel', {
  group: 'stream',
  since: '5.0.0',
  summary: 'Remove entries from a stream.',
  complexity: 'O(1) for each entry, whatever the size of the stream.',
  syntax: 'key id...',
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['stream'],
  keys: key(1, 'RW', 'delete'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const stream = c.write(key, STREAM)
    if (stream === undefined) return 0
    let deleted = 0
    for (const id of idsOf(args.rest())) if (stream.delete(id)) deleted++
    announceDeletion(c, key, stream, deleted)
    if (deleted > 0) c.dirty += deleted - 1
    return deleted
  },
})

/** There is no such entry. */
const MISSING = -1
const DELETED = 1
/** Some group has not read the entry yet, or waits for its acknowledgement. */
const REFERENCED = 2

export const XDELEX = command('xdelex', {
  group: 'stream',
  since: '8.2.0',
  summary: 'Remove entries from a stream, with regard to the groups that read it.',
  complexity: 'O(1) for each entry, whatever the size of the stream.',
  syntax: 'key [condition: KEEPREF | DELREF | ACKED] IDS {ids: numids:integer id...}',
  arity: -5,
  flags: ['write', 'fast'],
  categories: ['stream'],
  keys: key(1, 'RW', 'delete'),
  reply: 'number[]',
  run(c, args) {
    const key = args.next()
    const stream = c.write(key, STREAM)
    const { references, ids } = parseDeletion(args)
    if (stream === undefined) return ids.map(() => MISSING)
    let deleted = 0
    const outcome = idsOf(ids).map((id) => {
      if (!stream.mayGo(id, references)) return REFERENCED
      if (!stream.delete(id)) return MISSING
      deleted++
      return DELETED
    })
    announceDeletion(c, key, stream, deleted)
    if (deleted > 0) c.dirty += deleted - 1
    return outcome
  },
})

export const XTRIM = command('xtrim', {
  group: 'stream',
  since: '5.0.0',
  summary: 'Remove the oldest entries of a stream.',
  complexity: 'O(N), N being the number of entries that are removed.',
  syntax:
    'key {trim: {strategy: MAXLEN | MINID@6.2.0} [operator: equal== | approximately=~] ' +
    'threshold [LIMIT count:integer]@6.2.0 [condition: KEEPREF | DELREF | ACKED]}',
  arity: -4,
  flags: ['write'],
  categories: ['stream'],
  keys: key(1, 'RW', 'delete'),
  tips: ['nondeterministic_output'],
  history: [
    ['6.2.0', 'MINID trims by ID, LIMIT bounds the work.'],
    ['8.2.0', 'KEEPREF, DELREF and ACKED say what becomes of entries that are pending.'],
  ],
  reply: 'number',
  run(c, args) {
    const key = args.next()
    const options = new TrimOptions()
    while (args.more) if (!options.take(args)) throw syntaxError
    options.check(c.client.internal, true)
    const stream = c.write(key, STREAM)
    if (stream === undefined) return 0
    const removed = options.apply(c, stream)
    if (removed === 0) return 0
    c.changed(EVENTS.stream, 'xtrim', key)
    c.dirty += removed - 1
    if (c.propagating && options.approximate) {
      const words = [...args.argv]
      options.settle(words, stream)
      c.propagateAs(...words)
    }
    return removed
  },
})

// ---- XSETID -----------------------------------------------------------------------------------

export const XSETID = command('xsetid', {
  group: 'stream',
  since: '5.0.0',
  summary: 'Set the last ID of a stream and what it counts: for snapshots and replicas.',
  complexity: 'O(1)',
  syntax:
    'key last-id [ENTRIESADDED entries-added:integer]@7.0.0 [MAXDELETEDID max-deleted-id]@7.0.0',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['stream'],
  keys: key(1, 'RW', 'update'),
  history: [['7.0.0', 'ENTRIESADDED and MAXDELETEDID.']],
  reply: "'OK'",
  run(c, args) {
    const key = args.next()
    const id = idOf(args.next())
    let entriesAdded: Integer = -1
    let maxDeletedId = MIN_ID
    while (args.more) {
      if (args.left < 2) throw syntaxError
      if (args.take('ENTRIESADDED')) {
        entriesAdded = args.integer()
        if (entriesAdded < 0) throw entriesAddedNegative
      } else if (args.take('MAXDELETEDID')) {
        maxDeletedId = idOf(args.next())
        if (compareIds(id, maxDeletedId) < 0) throw setIdBelowGivenDeleted
      } else throw syntaxError
    }
    const stream = c.write(key, STREAM)
    if (stream === undefined) throw noSuchKey
    if (compareIds(id, stream.maxDeletedId) < 0) throw setIdBelowDeleted
    const top = stream.lastEntryId
    if (top !== undefined) {
      if (compareIds(id, top) < 0) throw setIdBelowTop
      if (entriesAdded !== -1 && entriesAdded < stream.length) throw entriesAddedBelowLength
    }
    stream.lastId = id
    if (entriesAdded !== -1) stream.entriesAdded = entriesAdded
    if (!isZero(maxDeletedId)) stream.maxDeletedId = maxDeletedId
    // Redis does not tell those who watch the key.
    c.dirty++
    c.notify(EVENTS.stream, 'xsetid', key)
    return OK
  },
})
