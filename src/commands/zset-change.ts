/** What the commands that change a sorted set have in common: adding, removing, storing one. */
import type { Context } from '../core/context.ts'
import { scoreNotANumber } from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import { Double, type Reply } from '../core/reply.ts'
import { ZSET } from '../types/value.ts'
import { ZSet } from '../types/zset.ts'

// ---- Adding -----------------------------------------------------------------------------------

/** The options of ZADD. */
export const NX = 1 << 0
export const XX = 1 << 1
export const GT = 1 << 2
export const LT = 1 << 3
export const CH = 1 << 4
export const INCR = 1 << 5

/** Give members their scores as the options say, and answer what ZADD answers. */
export function addScores(
  c: Context,
  key: string,
  members: readonly string[],
  scores: readonly number[],
  options: number,
): Reply {
  const pairs = members.length
  let zset = c.write(key, ZSET)
  if (zset === undefined) {
    if (options & XX) return options & INCR ? null : 0
    zset = ZSet.for(c.db.zsetLimits, pairs, (members[0] as string).length)
    c.insert(key, zset)
  } else zset.expect(pairs)
  let added = 0
  let updated = 0
  let result: number | null = null
  for (let i = 0; i < pairs; i++) {
    const member = members[i] as string
    const old = zset.scoreOf(member)
    const score = next(options, old, scores[i] as number)
    if (score === null) continue
    result = score
    if (old === undefined) {
      zset.add(member, score)
      added++
    } else if (score !== old) {
      zset.move(member, old, score)
      updated++
    }
  }
  if (added + updated > 0) {
    c.dirty += added + updated - 1
    c.changed(EVENTS.zset, options & INCR ? 'zincr' : 'zadd', key)
  }
  if (options & INCR) return result === null ? null : new Double(result)
  return options & CH ? added + updated : added
}

/** The score that a member gets, or null if the options leave it as it is. */
function next(options: number, old: number | undefined, score: number): number | null {
  if (old === undefined) return options & XX ? null : score
  if (options & NX) return null
  const result = options & INCR ? old + score : score
  if (Number.isNaN(result)) throw scoreNotANumber
  if ((options & LT && result >= old) || (options & GT && result <= old)) return null
  return result
}

// ---- Removing and storing ---------------------------------------------------------------------

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
  } else c.discard(key)
  return zset.size
}
