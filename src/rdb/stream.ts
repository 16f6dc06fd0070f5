// biome-ignore-all lint/style/noNonNullAssertion: every index is computed to be in range, in hot code.
/**
 * Streams in an RDB: the chunks of the log as they are, what the stream has counted, and its groups.
 *
 * A group has its pending entries by ID, then its consumers, each with the IDs of those that are its
 * own. What was given back is nobody's; since Redis 8.8 such IDs follow the consumers. Since 8.6 what
 * producers have sent comes at the end. A reader of an older version is not told of what it does not
 * know; only what was given back it would take for damage.
 */
import { isListpack, readInteger, readString } from '../structs/listpack.ts'
import { Chunk, isBefore, PackedLog } from '../structs/packed-log.ts'
import { Stream } from '../types/stream.ts'
import { type Consumer, type Group, Pending } from '../types/stream-group.ts'
import { compareIds, MAX_PART, StreamId } from '../types/stream-id.ts'
import { Producers } from '../types/stream-producers.ts'
import { type Integer, normalize } from '../util/integer.ts'
import {
  type Decoder,
  type Encoder,
  piece,
  pieces,
  type Reading,
  STEP,
  type Steps,
} from './codec.ts'
import { NotRepresentable } from './errors.ts'
import {
  SINCE_ACTIVE_TIMES,
  SINCE_PRODUCERS,
  SINCE_RETURNED,
  STREAM_LISTPACKS_2,
  STREAM_LISTPACKS_3,
  STREAM_LISTPACKS_4,
  STREAM_LISTPACKS_5,
} from './format.ts'
import { RdbReader } from './reader.ts'
import type { RdbWriter } from './writer.ts'

/** Bytes of an ID: both parts, the highest byte first. */
const ID_BYTES = 16
/** Flags of an entry. */
const DELETED = 1
const SAME_FIELDS = 2
/** What can be configured for producers. */
const MOST_SECONDS = 86400
const MOST_MESSAGES = 10000

// ---- Writing ----------------------------------------------------------------------------------

export const streamEncoder: Encoder<Stream> = {
  form(stream, { version, newer }) {
    if (version >= SINCE_RETURNED) return STREAM_LISTPACKS_5
    for (const group of stream.groups.values()) {
      if (group.returned > 0) {
        if (newer) return STREAM_LISTPACKS_5
        throw new NotRepresentable(`RDB ${version} has no form for entries that were given back`)
      }
    }
    const remembers = newer && stream.producers !== null
    if (version >= SINCE_PRODUCERS || remembers) return STREAM_LISTPACKS_4
    return version >= SINCE_ACTIVE_TIMES ? STREAM_LISTPACKS_3 : STREAM_LISTPACKS_2
  },
  write: (to, stream, form) => writeStream(to, stream, form),
}

function* writeStream(to: RdbWriter, stream: Stream, form: number): Steps {
  const { log } = stream
  to.length(log.size)
  for (let i = 0; i < log.size; i++) {
    const chunk = log.chunkAt(i)
    to.length(ID_BYTES)
    writeRaw(to, chunk.ms, chunk.seq)
    to.blob(chunk.toListpack())
    yield
  }
  to.length(stream.length)
  writeId(to, stream.lastId)
  writeId(to, stream.firstId)
  writeId(to, stream.maxDeletedId)
  to.length(stream.entriesAdded)
  to.length(stream.groups.size)
  for (const group of stream.sortedGroups()) yield* writeGroup(to, group, form)
  if (form >= STREAM_LISTPACKS_4) yield* writeProducers(to, stream)
}

function* writeGroup(to: RdbWriter, group: Group, form: number): Steps {
  to.string(group.name)
  writeId(to, group.lastId)
  // -1, where nobody can tell.
  to.length(BigInt.asUintN(64, BigInt(group.entriesRead)))
  yield* writePending(to, group, (entry) => {
    to.millis(entry.deliveredAt)
    to.length(entry.deliveries)
  })
  to.length(group.consumers.size)
  for (const consumer of group.sorted()) {
    to.string(consumer.name)
    to.millis(consumer.seenAt)
    if (form >= STREAM_LISTPACKS_3) to.millis(consumer.activeAt)
    yield* writePending(to, consumer, () => {})
  }
  if (form < STREAM_LISTPACKS_5) return
  to.length(group.returned)
  // They stand in front of those that were delivered.
  for (let entry = group.earliest; entry?.consumer === null; entry = entry.later) {
    writeRaw(to, entry.ms, entry.seq)
  }
}

function* writePending(
  to: RdbWriter,
  { pending }: Group | Consumer,
  more: (entry: Pending) => void,
): Steps {
  to.length(pending.size)
  let last: Pending | undefined
  for (let left = pending.size; left > 0; left -= STEP) {
    let count = 0
    const from = last
    pending.walk(from?.ms ?? 0, from?.seq ?? 0, (entry) => {
      if (entry === from) return true
      writeRaw(to, entry.ms, entry.seq)
      more(entry)
      last = entry
      return ++count < STEP
    })
    yield
  }
}

function* writeProducers(to: RdbWriter, stream: Stream): Steps {
  to.length(stream.idmpSeconds)
  to.length(stream.idmpMessages)
  const producers = [...(stream.producers?.all ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
  to.length(producers.length)
  for (const [name, messages] of producers) {
    to.string(name)
    to.length(messages.size)
    for (const [message, id] of messages) {
      to.string(message)
      writeId(to, id)
    }
    yield
  }
  to.length(stream.messagesAdded)
  to.length(stream.messagesAgain)
}

function writeId(to: RdbWriter, { ms, seq }: StreamId): void {
  to.length(ms)
  to.length(seq)
}

function writeRaw(to: RdbWriter, ms: Integer, seq: Integer): void {
  to.uint64(ms)
  to.uint64(seq)
}

// ---- Reading ----------------------------------------------------------------------------------

export const streamDecoder: Decoder = {
  *steps(from, limits, form) {
    const stream = new Stream(limits.streamLimits, yield* readLog(from))
    const groups = yield* piece(from, () => {
      readCounts(from, stream, form)
      return from.length(3)
    })
    for (let left = groups; left > 0; left--) yield* readGroup(from, stream, form)
    if (form >= STREAM_LISTPACKS_4) yield* readProducers(from, stream)
    return stream
  },
}

function* readLog(from: RdbReader): Reading<PackedLog> {
  const log = new PackedLog()
  let last: Chunk | null = null
  const count = yield* piece(from, () => from.length(2))
  const next = (): void => {
    const raw = from.blob()
    if (raw.length !== ID_BYTES) from.fail('an ID has another length')
    const id = new RdbReader(raw)
    const chunk = readChunk(from, id.uint64(), id.uint64(), from.blob(), last)
    if (chunk.live > 0) log.push(chunk)
    last = chunk
  }
  yield* pieces(from, count, next, 1)
  return log
}

/** A chunk, in which everything is where it should be, and which lies behind the one before. */
function readChunk(
  from: RdbReader,
  ms: Integer,
  seq: Integer,
  bytes: Uint8Array,
  before: Chunk | null,
): Chunk {
  const places: number[] = []
  if (!isListpack(bytes, places) || places.length < 4) return from.fail('a chunk is no listpack')
  const walk = new ElementWalk(from, bytes, places)
  const live = walk.count()
  const dead = walk.count()
  const fields: string[] = []
  for (let left = walk.count(); left > 0; left--) fields.push(walk.string())
  if (walk.count() !== 0) return from.fail('a chunk has no end of its names')

  const start = walk.place
  const chunk = new Chunk(ms, seq, fields, bytes.slice(start, bytes.length - 1))
  chunk.used = bytes.length - 1 - start
  chunk.live = live
  chunk.dead = dead
  if (before !== null && !isBefore(before.lastMs, before.lastSeq, ms, seq)) {
    return from.fail('chunks that are not in order')
  }
  let marked = 0
  let count = 0
  for (; walk.more; count++) {
    const first = walk.at
    const flags = walk.count()
    const entryMs = moved(ms, walk.integer())
    const entrySeq = moved(seq, walk.integer())
    const same = (flags & SAME_FIELDS) !== 0
    walk.skip(same ? fields.length : 2 * walk.count())
    const elements = walk.at - first
    if (walk.count() !== elements) return from.fail('an entry of another size')
    // The first one has the ID of the chunk, or comes after it if that was removed.
    const behind =
      count === 0
        ? !isBefore(entryMs, entrySeq, ms, seq)
        : isBefore(chunk.lastMs, chunk.lastSeq, entryMs, entrySeq)
    if (!behind) return from.fail('entries that are not in order')
    chunk.lastMs = entryMs
    chunk.lastSeq = entrySeq
    if (flags & DELETED) marked++
  }
  if (count !== live + dead || marked !== dead) return from.fail('a chunk with a wrong count')
  return chunk
}

/** Walks over the elements of a listpack. */
class ElementWalk {
  /** The number of the next element. */
  at = 0
  private readonly from: RdbReader
  private readonly bytes: Uint8Array
  private readonly places: readonly number[]

  constructor(from: RdbReader, bytes: Uint8Array, places: readonly number[]) {
    this.from = from
    this.bytes = bytes
    this.places = places
  }

  get more(): boolean {
    return this.at < this.places.length
  }

  /** Where the next element begins, or the last one ends. */
  get place(): number {
    return this.more ? this.places[this.at]! : this.bytes.length - 1
  }

  private next(): number {
    return this.more ? this.places[this.at++]! : this.from.fail('a chunk ends too early')
  }

  string(): string {
    return readString(this.bytes, this.next())
  }

  integer(): Integer {
    const place = this.next()
    const head = this.bytes[place]!
    // Strings begin with 10 or 1110, or with the byte 1111 0000.
    const isString = (head >= 0x80 && head < 0xc0) || (head >= 0xe0 && head <= 0xf0)
    return isString ? this.from.fail('a number that is none') : readInteger(this.bytes, place)
  }

  /** A number of things that are here. */
  count(): number {
    const n = this.integer()
    return typeof n === 'number' && n >= 0 && n <= this.places.length
      ? n
      : this.from.fail('a number of things that are not there')
  }

  skip(count: number): void {
    if (count > this.places.length - this.at) this.from.fail('a chunk ends too early')
    this.at += count
  }
}

function readCounts(from: RdbReader, stream: Stream, form: number): void {
  // Trimming once counted wrong: as in Redis, what is here counts, if anything is.
  const length = from.integer()
  if (length !== 0 && stream.length === 0) from.fail('a stream of another length')
  stream.lastId = readId(from)
  if (form >= STREAM_LISTPACKS_2) {
    stream.firstId = readId(from)
    stream.maxDeletedId = readId(from)
    stream.entriesAdded = from.integer()
  } else {
    stream.removed()
    stream.entriesAdded = length
  }
  const last = stream.lastEntryId
  if (last !== undefined && compareIds(last, stream.lastId) > 0) {
    from.fail('an entry behind the last one')
  }
}

function* readGroup(from: RdbReader, stream: Stream, form: number): Reading<void> {
  const { group, count } = yield* piece(from, () => {
    const name = from.string()
    if (stream.groups.has(name)) from.fail('a group comes twice')
    const lastId = readId(from)
    const entriesRead =
      form >= STREAM_LISTPACKS_2
        ? normalize(BigInt.asIntN(64, BigInt(from.integer())))
        : stream.countUpTo(lastId)
    const least = from.length(ID_BYTES + 9)
    return { group: stream.addGroup(name, lastId, entriesRead), count: least }
  })

  const pending = new Map<string, Pending>()
  yield* pieces(from, count, () => {
    const ms = from.uint64()
    const seq = from.uint64()
    const entry = new Pending(ms, seq, null, time(from), from.integer())
    if (pending.has(entry.id)) from.fail('an entry is pending twice')
    pending.set(entry.id, entry)
  })

  const consumers = yield* piece(from, () => from.length(10))
  for (let left = consumers; left > 0; left--) {
    const { consumer, own } = yield* piece(from, () => readConsumer(from, group, form))
    yield* pieces(from, own, () => {
      const entry = pending.get(new StreamId(from.uint64(), from.uint64()).toString())
      if (entry === undefined || entry.consumer !== null) {
        return from.fail('a consumer with an entry that is not its own')
      }
      entry.consumer = consumer
    })
  }

  const returned = new Set<Pending>()
  if (form >= STREAM_LISTPACKS_5) {
    yield* pieces(from, yield* piece(from, () => from.length(ID_BYTES)), () => {
      const entry = pending.get(new StreamId(from.uint64(), from.uint64()).toString())
      if (entry === undefined || entry.consumer !== null || returned.has(entry)) {
        return from.fail('an entry was given back that was not')
      }
      entry.deliveredAt = 0
      returned.add(entry)
    })
  }
  for (const entry of returned) group.add(entry)
  const delivered = [...pending.values()].filter((entry) => !returned.has(entry))
  if (delivered.some(({ consumer }) => consumer === null)) from.fail('an entry without a consumer')
  yield 0
  // The group looks for their places from the end; what was delivered at the same time keeps its order.
  delivered.sort((a, b) => a.deliveredAt - b.deliveredAt)
  for (let i = 0; i < delivered.length; i++) {
    group.add(delivered[i]!)
    if (i % STEP === STEP - 1) yield 0
  }
}

/** A consumer, and how many entries are its own. */
function readConsumer(
  from: RdbReader,
  group: Group,
  form: number,
): { consumer: Consumer; own: number } {
  const name = from.string()
  if (group.consumers.has(name)) from.fail('a consumer comes twice')
  const seenAt = time(from)
  const activeAt = form >= STREAM_LISTPACKS_3 ? time(from) : seenAt
  const own = from.length(ID_BYTES)
  const consumer = group.addConsumer(name, seenAt)
  consumer.activeAt = activeAt
  return { consumer, own }
}

function* readProducers(from: RdbReader, stream: Stream): Reading<void> {
  const count = yield* piece(from, () => {
    stream.idmpSeconds = setting(from, MOST_SECONDS)
    stream.idmpMessages = setting(from, MOST_MESSAGES)
    return from.length(2)
  })
  const producers = new Producers()
  const next = (): void => {
    const name = from.string()
    if (producers.all.has(name)) from.fail('a producer comes twice')
    const messages = new Map<string, StreamId>()
    for (let more = from.length(3); more > 0; more--) {
      const message = from.string()
      const id = readId(from)
      // As in Redis, the first one counts.
      if (!messages.has(message)) messages.set(message, id)
    }
    if (messages.size > 0) producers.all.set(name, messages)
  }
  yield* pieces(from, count, next, 1)
  if (producers.all.size > 0) stream.producers = producers
  yield* piece(from, () => {
    stream.messagesAdded = Number(from.integer())
    stream.messagesAgain = Number(from.integer())
  })
}

function setting(from: RdbReader, most: number): number {
  const n = from.integer()
  return typeof n === 'number' && n >= 1 && n <= most ? n : from.fail('a setting out of range')
}

const readId = (from: RdbReader): StreamId => new StreamId(from.integer(), from.integer())

/** Milliseconds since the epoch, or -1 for never. */
function time(from: RdbReader): number {
  const at = from.int64()
  return typeof at === 'number' && at >= -1 ? at : from.fail('a time that is none')
}

/** A part of an ID and a distance from it, which may wrap around. */
function moved(base: Integer, by: Integer): Integer {
  if (typeof base === 'number' && typeof by === 'number') {
    const sum = base + by
    if (sum >= 0 && sum <= Number.MAX_SAFE_INTEGER) return sum
  }
  return normalize((BigInt(base) + BigInt(by)) & BigInt(MAX_PART))
}
