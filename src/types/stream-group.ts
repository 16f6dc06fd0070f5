/**
 * Consumer groups: what was delivered to whom and is not acknowledged yet.
 *
 * A pending entry stands in three orders: by ID in the group, by ID in its consumer, and by the time
 * of its last delivery in the group, which is a chain through the entries themselves. What was given
 * back (XNACK) has no consumer and the time 0; it stands in front of all others in that chain, in the
 * order in which it was given back.
 */
import { PlaceMap } from '../structs/place-map.ts'
import type { Integer } from '../util/integer.ts'
import { formatId, type StreamId } from './stream-id.ts'

/** The read counter of a group for which nobody can tell. */
export const UNKNOWN_READS = -1
/** A consumer that was loaded, of which nobody knows when it asked last. */
export const UNSEEN = -1
/** A consumer that has never got anything. */
export const NEVER = -1

/** An entry that waits for its acknowledgement. */
export class Pending {
  readonly ms: Integer
  readonly seq: Integer
  /** Milliseconds since the epoch; changes go through the group. */
  deliveredAt: number
  deliveries: Integer
  /** Null: given back. */
  consumer: Consumer | null
  earlier: Pending | null = null
  later: Pending | null = null

  constructor(
    ms: Integer,
    seq: Integer,
    consumer: Consumer | null,
    deliveredAt: number,
    deliveries: Integer,
  ) {
    this.ms = ms
    this.seq = seq
    this.consumer = consumer
    this.deliveredAt = deliveredAt
    this.deliveries = deliveries
  }

  get id(): string {
    return formatId(this.ms, this.seq)
  }
}

export class Consumer {
  readonly name: string
  /** When it last asked for something; `UNSEEN`. */
  seenAt: number
  /** When it last got something; `NEVER`. */
  activeAt: number = NEVER
  readonly pending: PlaceMap<Pending> = new PlaceMap()

  constructor(name: string, seenAt: number) {
    this.name = name
    this.seenAt = seenAt
  }
}

export class Group {
  readonly name: string
  /** Entries behind this one were not delivered yet. */
  lastId: StreamId
  /** How many entries up to `lastId` there ever were; `UNKNOWN_READS`. */
  entriesRead: Integer
  readonly pending: PlaceMap<Pending> = new PlaceMap()
  /** By name; `sorted` has them in order. */
  readonly consumers: Map<string, Consumer> = new Map()
  /** Who was delivered first. */
  earliest: Pending | null = null
  latest: Pending | null = null
  /** The last one that was given back. */
  private lastReturned: Pending | null = null
  /** Entries that were given back. */
  returned = 0

  constructor(name: string, lastId: StreamId, entriesRead: Integer) {
    this.name = name
    this.lastId = lastId
    this.entriesRead = entriesRead
  }

  /** Consumers in the order of their names. */
  sorted(): Consumer[] {
    return sortByName(this.consumers)
  }

  /** The consumer of this name, made if need be: then `fresh` is called. */
  consumer(name: string, now: number, fresh: () => void): Consumer {
    let consumer = this.consumers.get(name)
    if (consumer === undefined) {
      consumer = this.addConsumer(name, now)
      fresh()
    }
    consumer.seenAt = now
    return consumer
  }

  addConsumer(name: string, now: number): Consumer {
    const consumer = new Consumer(name, now)
    this.consumers.set(name, consumer)
    return consumer
  }

  /** Remove a consumer with what it has pending. */
  removeConsumer(consumer: Consumer): void {
    consumer.pending.walk(0, 0, (entry) => {
      this.unlink(entry)
      this.pending.delete(entry.ms, entry.seq)
      return true
    })
    this.consumers.delete(consumer.name)
  }

  // ---- Pending entries --------------------------------------------------------------------------

  /** Add an entry that is not pending yet. */
  add(entry: Pending): void {
    this.pending.add(entry)
    if (entry.consumer === null) this.linkReturned(entry)
    else {
      entry.consumer.pending.add(entry)
      this.link(entry)
    }
  }

  /** An entry was acknowledged, or there is nothing left to acknowledge. */
  remove(entry: Pending): void {
    this.unlink(entry)
    this.pending.delete(entry.ms, entry.seq)
    entry.consumer?.pending.delete(entry.ms, entry.seq)
  }

  /** An entry was delivered to a consumer, or once more to its own. */
  deliver(entry: Pending, consumer: Consumer, at: number): void {
    this.unlink(entry)
    if (entry.consumer !== consumer) {
      entry.consumer?.pending.delete(entry.ms, entry.seq)
      consumer.pending.add(entry)
      entry.consumer = consumer
    }
    entry.deliveredAt = at
    this.link(entry)
  }

  /** An entry was given back by its consumer. */
  giveBack(entry: Pending): void {
    this.unlink(entry)
    entry.consumer?.pending.delete(entry.ms, entry.seq)
    entry.consumer = null
    entry.deliveredAt = 0
    this.linkReturned(entry)
  }

  /** Put an entry into the chain, behind all that were delivered no later. */
  private link(entry: Pending): void {
    let after = this.latest
    // What was delivered just now comes last; only a time that was said by a client takes a search.
    while (after !== null && after.consumer !== null && after.deliveredAt > entry.deliveredAt) {
      after = after.earlier
    }
    this.insert(entry, after)
  }

  private linkReturned(entry: Pending): void {
    this.insert(entry, this.lastReturned)
    this.lastReturned = entry
    this.returned++
  }

  private insert(entry: Pending, after: Pending | null): void {
    entry.earlier = after
    entry.later = after === null ? this.earliest : after.later
    if (after === null) this.earliest = entry
    else after.later = entry
    if (entry.later === null) this.latest = entry
    else entry.later.earlier = entry
  }

  private unlink(entry: Pending): void {
    const { earlier, later } = entry
    if (entry.consumer === null) {
      this.returned--
      if (this.lastReturned === entry) this.lastReturned = earlier
    }
    if (earlier === null) this.earliest = later
    else earlier.later = later
    if (later === null) this.latest = earlier
    else later.earlier = earlier
    entry.earlier = null
    entry.later = null
  }

  copy(): Group {
    const copy = new Group(this.name, this.lastId, this.entriesRead)
    for (const { name, seenAt, activeAt } of this.consumers.values()) {
      copy.addConsumer(name, seenAt).activeAt = activeAt
    }
    // In the order of the chain, so that what was delivered at the same time stays in it.
    for (let entry = this.earliest; entry !== null; entry = entry.later) {
      const { ms, seq, deliveredAt, deliveries } = entry
      const owner =
        entry.consumer === null ? null : (copy.consumers.get(entry.consumer.name) ?? null)
      copy.add(new Pending(ms, seq, owner, deliveredAt, deliveries))
    }
    return copy
  }
}

/** Values in the order of their names, as bytes. */
export function sortByName<T>(byName: ReadonlyMap<string, T>): T[] {
  if (byName.size < 2) return [...byName.values()]
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value)
}
