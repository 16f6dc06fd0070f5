/** What removing from a sorted set and storing one have in common. */
import type { Context } from '../core/context.ts'
import { EVENTS } from '../core/events.ts'
import type { ZSet } from '../types/zset.ts'

/** Members have been removed; an empty set goes away. */
export function announceRemoval(
  c: Context,
  key: string,
  zset: ZSet,
  event: string,
  removed: number,
): void {
  c.dirty += removed - 1
  c.changed(EVENTS.zset, event, key)
  if (zset.size > 0) return
  c.remove(key)
  c.notify(EVENTS.generic, 'del', key)
}

/** Put a result under a key; nothing at all removes what was there. */
export function storeResult(c: Context, key: string, zset: ZSet, event: string): number {
  if (zset.size > 0) {
    c.put(key, zset)
    c.changed(EVENTS.zset, event, key)
  } else if (c.remove(key)) c.changed(EVENTS.generic, 'del', key)
  return zset.size
}
