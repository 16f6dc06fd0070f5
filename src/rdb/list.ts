/**
 * Lists in an RDB: a row of nodes, each a listpack, or one large element by itself.
 *
 * The nodes are cut as Redis fills them when elements are pushed to the tail one by one, so that such a
 * list is written as Redis would write it.
 */
import { List, nodeBytes } from '../types/list.ts'
import { toBytes } from '../util/bytes.ts'
import { type Decoder, type Encoder, piece, pieces, STEP, type Steps } from './codec.ts'
import { EmptyValue } from './errors.ts'
import { LIST_QUICKLIST, LIST_QUICKLIST_2, SINCE_LONE_ELEMENTS } from './format.ts'
import { ListpackWriter, readListpack } from './listpack.ts'
import type { RdbWriter } from './writer.ts'
import { readZiplist } from './ziplist.ts'

const PLAIN = 1
const PACKED = 2

/** What Redis adds to an element when it estimates whether that still fits into a node. */
const OVERHEAD = 8

// ---- Writing ----------------------------------------------------------------------------------

export const listEncoder: Encoder<List> = {
  form: () => LIST_QUICKLIST_2,
  write(to, list) {
    if (list.encoding(to.listLimit) === 'quicklist') return writeNodes(to, list)
    const node = new ListpackWriter()
    list.items.forEach((item) => {
      node.add(item)
    })
    to.length(1)
    writeNode(to, node)
    return null
  },
}

function* writeNodes(to: RdbWriter, list: List): Steps {
  const limit = to.listLimit
  const most = nodeBytes(limit)
  const mostItems = limit < 0 ? Number.POSITIVE_INFINITY : Math.max(1, limit)
  // Before Redis 7.2 there was no element that stood alone.
  const large = to.version < SINCE_LONE_ELEMENTS ? Number.POSITIVE_INFINITY : most

  // The number of nodes comes first, so they are cut before anything is written.
  const cuts: number[] = []
  const measure = new ListpackWriter()
  let count = 0
  let place = 0
  for (let start = 0; start < list.length; start += STEP) {
    for (const item of list.items.range(start, Math.min(list.length, start + STEP))) {
      const alone = item.length > large
      const full = measure.length + item.length + OVERHEAD > most || count === mostItems
      if (count > 0 && (alone || full)) {
        cuts.push(place)
        measure.begin()
        count = 0
      }
      place++
      if (alone) cuts.push(place)
      else {
        measure.add(item)
        count++
      }
    }
    yield
  }
  if (count > 0) cuts.push(place)

  to.length(cuts.length)
  let start = 0
  for (const end of cuts) {
    const items = list.items.range(start, end)
    if (items.length === 1 && (items[0] as string).length > large) {
      to.length(PLAIN)
      to.blob(toBytes(items[0] as string))
    } else {
      measure.begin()
      for (const item of items) measure.add(item)
      writeNode(to, measure)
    }
    start = end
    yield
  }
}

function writeNode(to: RdbWriter, node: ListpackWriter): void {
  const size = node.finish()
  to.length(PACKED)
  to.blob(node.bytes, 0, size)
}

// ---- Reading ----------------------------------------------------------------------------------

/** A row of strings, of Redis before 2.2 and of long lists until 3.2. */
export const plainListDecoder: Decoder = {
  *steps(from) {
    const count = yield* piece(from, () => from.length())
    const list = List.loaded()
    yield* pieces(from, count, () => list.pushTail(from.string()))
    return filled(list)
  },
}

/** One ziplist, which Redis takes apart and keeps as a quicklist. */
export const ziplistListDecoder: Decoder = {
  read(from) {
    const list = List.loaded()
    append(list, readZiplist(from.blob()))
    list.chain()
    return filled(list)
  },
}

export const quicklistDecoder: Decoder = {
  *steps(from, _, form) {
    const count = yield* piece(from, () => from.length())
    const list = List.loaded()
    let nodes = 0
    let alone = false
    const readNode = (): void => {
      const container = form === LIST_QUICKLIST ? PACKED : from.length(0)
      if (container === PLAIN) {
        const item = from.string()
        if (item === '') from.fail('an element that stands alone is empty')
        list.pushTail(item)
        alone = true
      } else if (container === PACKED) {
        const blob = from.blob()
        const items = form === LIST_QUICKLIST ? readZiplist(blob) : readListpack(blob)
        append(list, items)
        // Redis passes over empty nodes, and so do we.
        if (items.length === 0) return
      } else from.fail('a node of an unknown kind')
      nodes++
    }
    yield* pieces(from, count, readNode, 1)
    // What came in a single listpack may be one again, if the limit allows it.
    if (nodes > 1 || alone) list.chain()
    return filled(list)
  },
}

function append(list: List, items: readonly string[]): void {
  for (const item of items) list.pushTail(item)
}

function filled(list: List): List {
  if (list.length === 0) throw new EmptyValue('a list without elements')
  return list
}
