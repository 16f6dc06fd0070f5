/** Drawing at random. */
import type { Context } from '../core/context.ts'
import { type CommandError, outOfRange } from '../core/errors.ts'

/** More draws than this with repetition would fill the memory with one reply. */
export const MOST_DRAWS: number = 1 << 24

/**
 * Why so many are not drawn. Redis goes on with the reply until it is beyond what the client may be behind, and
 * cuts it off: so a client that has such a limit is cut off here as well.
 */
export function tooManyDraws({ client, engine }: Context): CommandError {
  if (engine.clientLimits.hasHardLimit(client)) engine.clientLimits.cutOff(client)
  return outOfRange
}

/** Different numbers below `size`. */
export function distinct(c: Context, count: number, size: number): number[] {
  if (count * 3 <= size) {
    // Few of many are rarely drawn twice.
    const drawn = new Set<number>()
    while (drawn.size < count) drawn.add(c.random(size))
    return [...drawn]
  }
  const places = Array.from({ length: size }, (_, i) => i)
  for (let i = 0; i < count; i++) {
    const other = i + c.random(size - i)
    const place = places[other] as number
    places[other] = places[i] as number
    places[i] = place
  }
  places.length = count
  return places
}
