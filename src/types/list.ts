/** Lists, in a first version: a deque, and the encoding that Redis would report for it. */
import { Deque } from '../structs/deque.ts'

export class List {
  readonly type = 1 as const // LIST; `value.ts` cannot be imported for it without a cycle.
  readonly items: Deque = new Deque()

  get length(): number {
    return this.items.length
  }
}

/**
 * As OBJECT ENCODING reports it. `limit` is `list-max-listpack-size`: a number of elements, or a
 * negative class of bytes (-1 is 4 KB, -2 is 8 KB, up to -5).
 */
export function listEncoding(list: List, limit: number): string {
  // A listpack spends about two bytes an element on its header.
  const bytes = list.items.bytes + list.length * 2 + 7
  const fits = limit >= 0 ? list.length <= limit : bytes <= 4096 << (-limit - 1)
  return fits ? 'listpack' : 'quicklist'
}
