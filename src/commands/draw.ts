/** Drawing at random. */
import type { Context } from '../core/context.ts'

/** More draws than this with repetition would fill the memory with one reply. */
export const MOST_DRAWS: number = 1 << 24

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
