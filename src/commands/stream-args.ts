/**
 * What the commands of streams have in common: IDs, ranges of them, and how to find a group.
 */
import type { Args } from '../core/args.ts'
import type { Context } from '../core/context.ts'
import {
  idsMissing,
  invalidEndId,
  invalidStartId,
  invalidStreamId,
  noKeyOrGroup,
  numidsMismatch,
  numidsNotPositive,
  syntaxError,
} from '../core/errors.ts'
import { NIL_ARRAY, type Reply } from '../core/reply.ts'
import type { LogCursor } from '../structs/packed-log.ts'
import {
  ACKNOWLEDGED_ONLY,
  DELETE_REFERENCES,
  KEEP_REFERENCES,
  type References,
  type Stream,
} from '../types/stream.ts'
import type { Group } from '../types/stream-group.ts'
import {
  formatId,
  MAX_ID,
  MAX_PART,
  MIN_ID,
  nextId,
  parseId,
  previousId,
  type StreamId,
} from '../types/stream-id.ts'
import { STREAM } from '../types/value.ts'
import type { Integer } from '../util/integer.ts'

// ---- IDs --------------------------------------------------------------------------------------

/** An ID; one of milliseconds alone is the first of them. */
export function idOf(text: string): StreamId {
  const id = parseId(text, 0)
  if (id === undefined) throw invalidStreamId
  return id
}

export const idsOf = (texts: readonly string[]): StreamId[] => texts.map(idOf)

/** As `idOf`, and `-` and `+` are the first and the last of all. */
export function anyIdOf(text: string, missing: Integer = 0): StreamId {
  if (text === '-') return MIN_ID
  if (text === '+') return MAX_ID
  const id = parseId(text, missing)
  if (id === undefined) throw invalidStreamId
  return id
}

const isOpen = (text: string): boolean => text.length > 1 && text[0] === '('

/** The first ID of a range; `(` leaves it out. */
export function startOf(text: string): StreamId {
  if (!isOpen(text)) return anyIdOf(text)
  const id = nextId(idOf(text.slice(1)))
  if (id === undefined) throw invalidStartId
  return id
}

/** The last ID of a range; `(` leaves it out. */
export function endOf(text: string): StreamId {
  if (!isOpen(text)) return anyIdOf(text, MAX_PART)
  const given = parseId(text.slice(1), MAX_PART)
  if (given === undefined) throw invalidStreamId
  const id = previousId(given)
  if (id === undefined) throw invalidEndId
  return id
}

// ---- What becomes of references ---------------------------------------------------------------

/** KEEPREF, DELREF or ACKED, if it stands next. */
export function takeReferences(args: Args): References | undefined {
  if (args.take('KEEPREF')) return KEEP_REFERENCES
  if (args.take('DELREF')) return DELETE_REFERENCES
  if (args.take('ACKED')) return ACKNOWLEDGED_ONLY
  return undefined
}

/** `[KEEPREF | DELREF | ACKED] IDS numids id [id ...]`, in any order. The IDs are not read yet. */
export function parseDeletion(args: Args): { references: References; ids: readonly string[] } {
  let references: References | undefined
  let ids: readonly string[] | undefined
  while (args.more) {
    const option = references === undefined ? takeReferences(args) : undefined
    if (option !== undefined) references = option
    else if (args.left > 1 && args.take('IDS')) {
      const count = Number(args.integer(numidsNotPositive))
      if (count < 1) throw numidsNotPositive
      if (count > args.left) throw numidsMismatch
      ids = args.rest(args.left - count)
    } else throw syntaxError
  }
  if (ids === undefined) throw idsMissing
  return { references: references ?? KEEP_REFERENCES, ids }
}

// ---- Streams and groups -----------------------------------------------------------------------

/** A stream that is looked up as for reading and may then be changed: so Redis counts its use. */
export function readToEdit(c: Context, key: string): Stream | undefined {
  const stream = c.read(key, STREAM)
  if (stream !== undefined) c.db.beforeEdit(c.db.find(key))
  return stream
}

/** A group that must exist. */
export function groupOf(stream: Stream | undefined, key: string, name: string): Group {
  const group = stream?.groups.get(name)
  if (group === undefined) throw noKeyOrGroup(key, name)
  return group
}

// ---- Replies ----------------------------------------------------------------------------------

/** The entry at which a cursor stands: its ID, and fields and values in turn. */
export const entryReply = (cursor: LogCursor): Reply[] => [
  formatId(cursor.ms, cursor.seq),
  cursor.words(),
]

/** Entries between two IDs, no more than `count`; 0: all. */
export function rangeReply(
  stream: Stream,
  first: StreamId,
  last: StreamId,
  count: number,
  backwards = false,
): Reply[] {
  const entries: Reply[] = []
  const cursor = stream.range(first, last, backwards)
  while (cursor.next()) {
    entries.push(entryReply(cursor))
    if (entries.length === count) break
  }
  return entries
}

/** The entry with this ID, or undefined. */
export function entryAt(stream: Stream, id: StreamId): Reply | undefined {
  const cursor = stream.range(id, id)
  return cursor.next() ? entryReply(cursor) : undefined
}

/** What is left of an entry that is pending and was removed from the stream. */
export const removedReply = (id: string): Reply => [id, NIL_ARRAY]
