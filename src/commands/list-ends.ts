/** What the families of list commands share: the ends of a list, and taking from them. */
import type { Args } from '../core/args.ts'
import type { Context } from '../core/context.ts'
import { syntaxError } from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import type { List } from '../types/list.ts'

export type End = 'head' | 'tail'

/** `list-max-listpack-size`: elements, or a negative class of bytes. */
export const listLimit = (c: Context): number => c.engine.config.int('list-max-listpack-size')

/** LEFT or RIGHT. */
export function endOf(args: Args): End {
  const word = args.keyword()
  if (word === 'LEFT') return 'head'
  if (word === 'RIGHT') return 'tail'
  throw syntaxError
}

/** Take elements, at least one, the outermost first; a list that is empty then goes away. */
export function popFrom(c: Context, key: string, list: List, end: End, count: number): string[] {
  const elements = take(list, end, count)
  c.dirty += elements.length - 1
  c.changed(EVENTS.list, end === 'head' ? 'lpop' : 'rpop', key)
  settle(c, key, list)
  return elements
}

/** The elements only, without telling anybody. */
export function take(list: List, end: End, count: number): string[] {
  const elements: string[] = []
  while (elements.length < count && list.length > 0) {
    elements.push((end === 'head' ? list.popHead() : list.popTail()) as string)
  }
  return elements
}

/** After elements were removed: the last of them takes the key along. */
export function settle(c: Context, key: string, list: List): void {
  if (list.length > 0) {
    list.shrunk(listLimit(c))
    return
  }
  c.remove(key)
  c.notify(EVENTS.generic, 'del', key)
}
