/**
 * Streams: a log of entries, what was ever added and removed, and the groups that read from it.
 */
import { type ChunkLimits, LogCursor, PackedLog } from '../structs/packed-log.ts'
import { type Integer, normalize, signed } from '../util/integer.ts'
import { Group, sortByName, UNKNOWN_READS } from './stream-group.ts'
import { compareIds, isZero, MAX_ID, MIN_ID, StreamId } from './stream-id.ts'
import { Producers } from './stream-producers.ts'

/** What streams are made with; the keyspace has one for all databases. */
export class StreamLimits implements ChunkLimits {
  /** `stream-node-max-entries` */
  entries = 100
  /** `stream-node-max-bytes` */
  bytes = 4096
  /** `stream-idmp-duration`, in seconds */
  idmpSeconds = 100
  /** `stream-idmp-maxsize` */
  idmpMessages = 100
}

/** What becomes of pending entries whose entry is to be removed. */
export const KEEP_REFERENCES = 0
/** They are removed as well. */
export const DELETE_REFERENCES = 1
/** They keep the entry from being removed, and so do groups that have not read it. */
export const ACKNOWLEDGED_ONLY = 2

export type References =
  | typeof KEEP_REFERENCES
  | typeof DELETE_REFERENCES
  | typeof ACKNOWLEDGED_ONLY

/** Which entries are to be trimmed; the rest is as in `Trim`. */
export interface StreamTrim {
  /** Down to so many; -1: those before `minId`. */
  readonly length: number
  readonly minId: StreamId
  readonly wholeChunks: boolean
  readonly most: number
  readonly references: References
}

const add = (a: Integer, b: number): Integer =>
  typeof a === 'number' && a < Number.MAX_SAFE_INTEGER - b
    ? a + b
    : normalize(BigInt(a) + BigInt(b))

const subtract = (a: Integer, b: Integer): Integer =>
  typeof a === 'number' && typeof b === 'number' ? a - b : normalize(BigInt(a) - BigInt(b))

export class Stream {
  readonly type = 6 as const // STREAM; `value.ts` cannot be imported for it without a cycle.
  readonly log: PackedLog
  /** The ID that was given last. */
  lastId: StreamId = MIN_ID
  /** Of the first entry that is there; 0-0 if there is none. */
  firstId: StreamId = MIN_ID
  /** The greatest ID that was removed one by one. */
  maxDeletedId: StreamId = MIN_ID
  /** How many entries there ever were. */
  entriesAdded: Integer = 0
  /** By name; `sortedGroups` has them in order. */
  readonly groups: Map<string, Group> = new Map()
  /** Null as long as nobody sends messages that are added once. */
  producers: Producers | null = null
  /** How long messages of producers are remembered, and how many of each. */
  idmpSeconds: number
  idmpMessages: number
  /** How many were ever remembered, and how many came again. */
  messagesAdded = 0
  messagesAgain = 0

  constructor(
    limits: Pick<StreamLimits, 'idmpSeconds' | 'idmpMessages'>,
    log: PackedLog = new PackedLog(),
  ) {
    this.log = log
    this.idmpSeconds = limits.idmpSeconds
    this.idmpMessages = limits.idmpMessages
  }

  get length(): number {
    return this.log.length
  }

  sortedGroups(): Group[] {
    return sortByName(this.groups)
  }

  /** Walk through the entries between two IDs, both included. */
  range(first: StreamId = MIN_ID, last: StreamId = MAX_ID, backwards = false): LogCursor {
    return new LogCursor(this.log, first.ms, first.seq, last.ms, last.seq, backwards)
  }

  has(id: StreamId): boolean {
    return this.range(id, id).next()
  }

  /** The ID of the last entry that is there; undefined if there is none. */
  get lastEntryId(): StreamId | undefined {
    if (this.length === 0) return undefined
    const cursor = this.range(MIN_ID, MAX_ID, true)
    return cursor.next() ? new StreamId(cursor.ms, cursor.seq) : undefined
  }

  /** Add a group that there is not yet. */
  addGroup(name: string, lastId: StreamId, entriesRead: Integer): Group {
    const group = new Group(name, lastId, entriesRead)
    this.groups.set(name, group)
    return group
  }

  // ---- Changing ---------------------------------------------------------------------------------

  /** Add an entry behind all others: fields and values in turn, in `words` from `from` on. */
  append(id: StreamId, words: readonly string[], from: number, limits: ChunkLimits): void {
    this.log.append(id.ms, id.seq, words, from, limits)
    this.lastId = id
    if (this.log.length === 1) this.firstId = id
    // 64 bits that turn over, as in Redis.
    this.entriesAdded = signed(add(this.entriesAdded, 1))
  }

  /** Remove an entry; false if there is none with this ID. `firstId` is for `removed` to find. */
  delete(id: StreamId): boolean {
    if (!this.log.delete(id.ms, id.seq)) return false
    if (compareIds(id, this.maxDeletedId) > 0) this.maxDeletedId = id
    return true
  }

  /** Remove entries from the front; how many. */
  trim(trim: StreamTrim): number {
    const { references } = trim
    const removed = this.log.trim({
      length: trim.length,
      ms: trim.minId.ms,
      seq: trim.minId.seq,
      wholeChunks: trim.wholeChunks,
      most: trim.most,
      mayGo:
        references === KEEP_REFERENCES
          ? null
          : (ms, seq) => this.mayGo(new StreamId(ms, seq), references),
    })
    if (removed > 0) this.removed()
    return removed
  }

  /** Entries were removed: look for the first one that is left. */
  removed(): void {
    const cursor = this.range()
    this.firstId = cursor.next() ? new StreamId(cursor.ms, cursor.seq) : MIN_ID
  }

  /** Whether an entry may be removed; what refers to it is removed first, if that is wanted. */
  mayGo(id: StreamId, references: References): boolean {
    if (references === DELETE_REFERENCES) this.deleteReferences(id)
    return references !== ACKNOWLEDGED_ONLY || !this.isReferenced(id)
  }

  private deleteReferences(id: StreamId): void {
    for (const group of this.groups.values()) {
      const entry = group.pending.get(id.ms, id.seq)
      if (entry !== undefined) group.remove(entry)
    }
  }

  /** Whether a group has not read an entry yet, or is waiting for its acknowledgement. */
  private isReferenced(id: StreamId): boolean {
    for (const group of this.groups.values()) {
      if (compareIds(group.lastId, id) < 0) return true
      if (group.pending.get(id.ms, id.seq) !== undefined) return true
    }
    return false
  }

  // ---- Messages of producers --------------------------------------------------------------------

  /** Until when what producers have sent is forgotten. */
  private forgetUpTo(now: number): number {
    return now - this.idmpSeconds * 1000
  }

  /** Forget what producers have sent so long ago that it does not count any more. */
  forgetMessages(now: number): void {
    const { producers } = this
    if (producers === null) return
    producers.forget(this.forgetUpTo(now))
    if (producers.all.size === 0) this.producers = null
  }

  /** Producers, and messages of all of them, that are remembered at this time. */
  countMessages(now: number): { producers: number; messages: number } {
    return this.producers?.count(this.forgetUpTo(now)) ?? { producers: 0, messages: 0 }
  }

  recordMessage(producer: string, message: string, id: StreamId): void {
    this.producers ??= new Producers()
    this.producers.record(producer, message, id, this.idmpMessages)
    this.messagesAdded++
  }

  // ---- Counting ---------------------------------------------------------------------------------

  /** Whether something was removed one by one behind this ID. */
  hasGapsAfter(id: StreamId): boolean {
    if (this.length === 0 || isZero(this.maxDeletedId)) return false
    return compareIds(id, this.maxDeletedId) <= 0
  }

  /** How many entries there ever were up to this ID; `UNKNOWN_READS` where that cannot be told. */
  countUpTo(id: StreamId): Integer {
    if (this.entriesAdded === 0) return 0
    const toLast = compareIds(id, this.lastId)
    if (this.length === 0 && toLast <= 0) return this.entriesAdded
    if (!isZero(id) && compareIds(id, this.maxDeletedId) < 0) return UNKNOWN_READS
    if (toLast === 0) return this.entriesAdded
    if (toLast > 0) return UNKNOWN_READS
    if (!isZero(this.maxDeletedId) && compareIds(this.maxDeletedId, this.firstId) >= 0) {
      return UNKNOWN_READS
    }
    const toFirst = compareIds(id, this.firstId)
    if (toFirst > 0) return UNKNOWN_READS
    const before = subtract(this.entriesAdded, this.length)
    return toFirst < 0 ? before : add(before, 1)
  }

  /** How many entries a group has yet to read; null where that cannot be told. */
  lag(group: Group): Integer | null {
    if (this.entriesAdded === 0 || this.length === 0) return 0
    if (
      compareIds(group.lastId, this.firstId) < 0 &&
      compareIds(this.maxDeletedId, this.firstId) < 0
    ) {
      return this.length
    }
    if (group.entriesRead !== UNKNOWN_READS && !this.hasGapsAfter(group.lastId)) {
      return subtract(this.entriesAdded, group.entriesRead)
    }
    const read = this.countUpTo(group.lastId)
    return read === UNKNOWN_READS ? null : subtract(this.entriesAdded, read)
  }

  /** A group has read an entry: it is the last one now. */
  advance(group: Group, id: StreamId): void {
    if (
      group.entriesRead !== UNKNOWN_READS &&
      compareIds(group.lastId, this.firstId) >= 0 &&
      !this.hasGapsAfter(group.lastId)
    ) {
      group.entriesRead = add(group.entriesRead, 1)
    } else if (this.entriesAdded !== 0) group.entriesRead = this.countUpTo(id)
    group.lastId = id
  }

  /** A stream of its own with the same content. */
  copy(): Stream {
    return this.around(this.log.copy())
  }

  /** As `copy`, for reading: its entries are there at once, only what is pending is copied. */
  share(): Stream {
    return this.around(this.log.share())
  }

  private around(log: PackedLog): Stream {
    const copy = new Stream(this, log)
    copy.lastId = this.lastId
    copy.firstId = this.firstId
    copy.maxDeletedId = this.maxDeletedId
    copy.entriesAdded = this.entriesAdded
    for (const group of this.groups.values()) copy.groups.set(group.name, group.copy())
    copy.producers = this.producers?.copy() ?? null
    copy.messagesAdded = this.messagesAdded
    copy.messagesAgain = this.messagesAgain
    return copy
  }
}
