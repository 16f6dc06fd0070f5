/**
 * Streams in a snapshot: the commands that make them, as Redis rewrites its append-only file.
 *
 * An entry is an XADD with its ID; what the stream has counted is an XSETID; groups, consumers and
 * what is pending follow. What was given back, and what producers have sent, is there in the words of
 * the versions that have it, so a stream without such is read by Redis 7.
 */
import type { Database } from '../keyspace/database.ts'
import { NO_EXPIRY } from '../keyspace/database.ts'
import { Stream, StreamLimits } from '../types/stream.ts'
import { type Group, Pending, UNSEEN } from '../types/stream-group.ts'
import { compareIds, parseId, type StreamId } from '../types/stream-id.ts'
import { type Integer, parseInteger } from '../util/integer.ts'
import { type EffectWriter, MalformedPayload } from './effects.ts'

/** Entries between two chances to stop. */
const STEP = 128

/** What a stream has that does not say otherwise, whatever the configuration is by now. */
const DEFAULTS = new StreamLimits()

// ---- Writing ----------------------------------------------------------------------------------

export function* encodeStream(
  to: EffectWriter,
  key: string,
  stream: Stream,
  deadline: number,
): Generator<void> {
  let steps = 0
  const cursor = stream.range()
  while (cursor.next()) {
    to.command(['XADD', key, `${cursor.ms}-${cursor.seq}`, ...cursor.words()])
    if (++steps % STEP === 0) yield
  }
  if (stream.length === 0) to.command(['XADD', key, 'MAXLEN', '0', '0-1', 'x', 'y'])
  to.command([
    ...['XSETID', key, String(stream.lastId)],
    ...['ENTRIESADDED', String(stream.entriesAdded)],
    ...['MAXDELETEDID', String(stream.maxDeletedId)],
  ])
  for (const group of stream.sortedGroups()) {
    const { name, lastId, entriesRead } = group
    to.command([
      ...['XGROUP', 'CREATE', key, name, String(lastId)],
      ...['ENTRIESREAD', String(entriesRead)],
    ])
    for (const consumer of group.sorted()) {
      if (consumer.pending.size > 0) continue
      to.command(['XGROUP', 'CREATECONSUMER', key, name, consumer.name])
    }
    // In the order of delivery, which is then kept for those that were delivered at the same time.
    for (let entry = group.earliest; entry !== null; entry = entry.later) {
      to.command(pendingCommand(key, name, entry))
      if (++steps % STEP === 0) yield
    }
  }
  const { idmpSeconds, idmpMessages } = stream
  if (idmpSeconds !== DEFAULTS.idmpSeconds || idmpMessages !== DEFAULTS.idmpMessages) {
    to.command([
      ...['XCFGSET', key, 'IDMP-DURATION', String(idmpSeconds)],
      ...['IDMP-MAXSIZE', String(idmpMessages)],
    ])
  }
  for (const [producer, messages] of stream.producers?.all ?? []) {
    for (const [message, id] of messages) {
      to.command(['XIDMPRECORD', key, producer, message, String(id)])
      if (++steps % STEP === 0) yield
    }
  }
  if (deadline !== NO_EXPIRY) to.command(['PEXPIREAT', key, String(deadline)])
}

function pendingCommand(key: string, group: string, entry: Pending): string[] {
  const count = String(entry.deliveries)
  if (entry.consumer === null) {
    return [
      ...['XNACK', key, group, 'FAIL', 'IDS', '1', entry.id],
      ...['RETRYCOUNT', count, 'FORCE'],
    ]
  }
  return [
    ...['XCLAIM', key, group, entry.consumer.name, '0', entry.id],
    ...['TIME', String(entry.deliveredAt), 'RETRYCOUNT', count, 'JUSTID', 'FORCE'],
  ]
}

// ---- Reading ----------------------------------------------------------------------------------

type Decoder = (db: Database, argv: readonly string[]) => boolean

function bad(argv: readonly string[]): never {
  throw new MalformedPayload(`a snapshot cannot contain this ${argv[0]}`)
}

function streamOf(db: Database, argv: readonly string[], at = 1): Stream {
  const index = db.find(argv[at] ?? '')
  const value = index < 0 ? undefined : db.valueAt(index)
  return value instanceof Stream ? value : bad(argv)
}

function groupOf(db: Database, argv: readonly string[], at = 1): Group {
  return streamOf(db, argv, at).groups.get(argv[at + 1] ?? '') ?? bad(argv)
}

function idAt(argv: readonly string[], at: number): StreamId {
  return parseId(argv[at] ?? '', 0) ?? bad(argv)
}

function integerAt(argv: readonly string[], at: number): Integer {
  return parseInteger(argv[at] ?? '') ?? bad(argv)
}

function numberAt(argv: readonly string[], at: number): number {
  const n = integerAt(argv, at)
  return typeof n === 'number' ? n : bad(argv)
}

/** True if a key was added. */
export const STREAM_DECODERS: Readonly<Record<string, Decoder>> = {
  XADD: (db, argv) => {
    const key = argv[1] ?? bad(argv)
    const index = db.find(key)
    const empty = argv[2] === 'MAXLEN'
    if (argv.length < 5 || argv.length % 2 === 0 || (empty && index >= 0)) return bad(argv)
    const stream = index < 0 ? new Stream(DEFAULTS) : streamOf(db, argv)
    if (!empty) {
      const id = idAt(argv, 2)
      if (compareIds(id, stream.lastId) <= 0) return bad(argv)
      stream.append(id, argv, 3, db.streamLimits)
    }
    if (index < 0) db.insert(key, stream)
    return index < 0
  },
  XSETID: (db, argv) => {
    const stream = streamOf(db, argv)
    stream.lastId = idAt(argv, 2)
    stream.entriesAdded = integerAt(argv, 4)
    stream.maxDeletedId = idAt(argv, 6)
    return false
  },
  XGROUP: (db, argv) => {
    const [, subcommand, , name, consumer] = argv
    if (name === undefined) return bad(argv)
    if (subcommand === 'CREATE') {
      streamOf(db, argv, 2).addGroup(name, idAt(argv, 4), integerAt(argv, 6))
    } else if (subcommand === 'CREATECONSUMER' && consumer !== undefined) {
      groupOf(db, argv, 2).addConsumer(consumer, UNSEEN)
    } else return bad(argv)
    return false
  },
  XCLAIM: (db, argv) => {
    const group = groupOf(db, argv)
    const name = argv[3] ?? bad(argv)
    const at = numberAt(argv, 7)
    const consumer = group.consumers.get(name) ?? group.addConsumer(name, UNSEEN)
    const { ms, seq } = idAt(argv, 5)
    if (group.pending.get(ms, seq) !== undefined) return bad(argv)
    group.add(new Pending(ms, seq, consumer, at, integerAt(argv, 9)))
    consumer.activeAt = Math.max(consumer.activeAt, at)
    return false
  },
  XNACK: (db, argv) => {
    const group = groupOf(db, argv)
    const { ms, seq } = idAt(argv, 6)
    if (group.pending.get(ms, seq) !== undefined) return bad(argv)
    group.add(new Pending(ms, seq, null, 0, integerAt(argv, 8)))
    return false
  },
  XCFGSET: (db, argv) => {
    const stream = streamOf(db, argv)
    stream.idmpSeconds = numberAt(argv, 3)
    stream.idmpMessages = numberAt(argv, 5)
    return false
  },
  XIDMPRECORD: (db, argv) => {
    const stream = streamOf(db, argv)
    const [, key, producer, message] = argv
    if (key === undefined || producer === undefined || message === undefined) return bad(argv)
    stream.recordMessage(producer, message, idAt(argv, 4))
    db.noteProducers(key, stream)
    return false
  },
}
