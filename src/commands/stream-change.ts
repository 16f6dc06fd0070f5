/** Telling that a stream was changed. */
import type { Context } from '../core/context.ts'
import { EVENTS } from '../core/events.ts'
import type { Stream } from '../types/stream.ts'

/** Entries were removed one by one. */
export function announceDeletion(c: Context, key: string, stream: Stream, count: number): void {
  if (count === 0) return
  stream.removed()
  c.changed(EVENTS.stream, 'xdel', key)
}

/**
 * A change to a group. Redis fires the event, but does not tell those who watch the key: the entries
 * are what they were.
 */
export function announceGroup(c: Context, event: string, key: string): void {
  c.dirty++
  c.notify(EVENTS.stream, event, key)
}

export function announceConsumer(c: Context, key: string): void {
  announceGroup(c, 'xgroup-createconsumer', key)
}
