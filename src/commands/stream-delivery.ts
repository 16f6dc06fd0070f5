/**
 * What becomes of pending entries when they are delivered or claimed, and how that is propagated.
 */
import type { Context } from '../core/context.ts'
import type { Consumer, Group, Pending } from '../types/stream-group.ts'
import type { StreamId } from '../types/stream-id.ts'
import { addIntegers, type Integer, MAX_INT64 } from '../util/integer.ts'
import { announceConsumer } from './stream-change.ts'

/** One more delivery; there is no number beyond the greatest. */
export const oneMore = (deliveries: Integer): Integer => addIntegers(deliveries, 1) ?? MAX_INT64

/** Who claims, for whom it is propagated. */
export class Claim {
  readonly consumer: Consumer
  private readonly c: Context
  private readonly key: string
  private readonly group: Group
  /** Whether something that was propagated says up to where the group has read. */
  saidLastId = false
  /** Whether the consumer is new, and nothing that was propagated has made it yet. */
  private untold = false

  constructor(c: Context, key: string, group: Group, consumer: string) {
    this.c = c
    this.key = key
    this.group = group
    this.consumer = group.consumer(consumer, c.now, () => {
      this.untold = true
      announceConsumer(c, key)
    })
  }

  /** Propagate what an entry is now. */
  tell(entry: Pending, lastId: StreamId = this.group.lastId): void {
    const { c, group, key } = this
    if (!c.propagating) return
    if (entry.consumer === null) {
      // It is no longer pending, and belonged to nobody in whose name that could be said.
      c.propagateAs('XACK', key, group.name, entry.id)
      return
    }
    if (entry.consumer === this.consumer) this.untold = false
    this.saidLastId = true
    c.propagateAs(
      ...['XCLAIM', key, group.name, entry.consumer.name, '0', entry.id],
      ...['TIME', String(entry.deliveredAt), 'RETRYCOUNT', String(entry.deliveries)],
      ...['FORCE', 'JUSTID', 'LASTID', String(lastId)],
    )
  }

  /** Propagate up to where the group has read. */
  tellGroup(): void {
    const { c, group, key } = this
    const id = String(group.lastId)
    if (!c.propagating) return
    c.propagateAs('XGROUP', 'SETID', key, group.name, id, 'ENTRIESREAD', String(group.entriesRead))
  }

  /** A consumer that has got nothing has to be told of as well. */
  tellConsumer(): void {
    if (!this.untold) return
    this.untold = false
    this.c.propagateAs('XGROUP', 'CREATECONSUMER', this.key, this.group.name, this.consumer.name)
  }

  /** An entry that is pending, but was removed from the stream, is forgotten. */
  forget(entry: Pending): void {
    this.tell(entry)
    this.c.dirty++
    this.group.remove(entry)
  }

  /** An entry was claimed. */
  claimed(entry: Pending): void {
    this.consumer.activeAt = this.c.now
    this.tell(entry)
    this.c.dirty++
  }

  /** The last thing to do: claimed entries can be claimed again by those who wait for it. */
  end(): void {
    this.tellConsumer()
    this.c.engine.blocking.signalMore(this.c.db.index, this.key)
  }
}
