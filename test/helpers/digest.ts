/** All data of an engine in a form that can be compared: one line a key, in order. */
import type { Engine } from '../../src/engine/engine.ts'
import type { Database } from '../../src/keyspace/database.ts'
import { type ArrayValue, MAX_INDEX } from '../../src/types/array.ts'
import { Hash } from '../../src/types/hash.ts'
import { Stream } from '../../src/types/stream.ts'
import type { Pending } from '../../src/types/stream-group.ts'
import { typeName, type Value } from '../../src/types/value.ts'
import { VectorSet } from '../../src/types/vector-set.ts'
import { formatDouble } from '../../src/util/float.ts'

/** `database key type value deadline` of every key (and every library), whether its deadline has passed or not. */
export function digest(engine: Engine): string[] {
  const libraries = Array.from(
    engine.rdb.libraries.sources(),
    (code) => `library ${JSON.stringify(code)}`,
  )
  return [...libraries, ...engine.keyspace.databases.flatMap(lines)].sort()
}

function lines(db: Database): string[] {
  return Array.from({ length: db.size }, (_, i) =>
    [
      db.index,
      JSON.stringify(db.keyAt(i)),
      typeName(db.valueAt(i)),
      JSON.stringify(contentOf(db.valueAt(i))),
      db.deadlineAt(i),
    ].join(' '),
  )
}

function contentOf(value: Value): unknown {
  if (typeof value !== 'object' || value.type === 0) return String(value)
  if (value.type === 2) return value.members().sort()
  if (value instanceof Hash) return hashContent(value)
  if (value instanceof Stream) return streamContent(value)
  if (value.type === 3) {
    const pairs: unknown[] = []
    value.forEach((member, score) => {
      pairs.push([member, formatDouble(score)])
    })
    return pairs
  }
  if (value.type === 8) return arrayContent(value)
  if (value instanceof VectorSet) return vectorSetContent(value)
  return value.items.range(0, value.length)
}

/** Where the next value goes, and what there is. */
function arrayContent(array: ArrayValue): unknown[] {
  const content: unknown[] = [`${array.next}`]
  array.scan(0, MAX_INDEX, (text, index) => content.push([`${index}`, text]) > 0)
  return content
}

/** Elements in order, with what is stored of them. Their links may be others after a replay. */
function vectorSetContent(set: VectorSet): unknown[] {
  const elements = Array.from({ length: set.size }, (_, i) => set.elementAt(i)).sort()
  return [
    { ...set.shape, matrix: set.shape.matrix === null ? null : [...set.shape.matrix] },
    ...elements.map((element) => {
      const slot = set.find(element)
      const numbers = [set.lengthOf(slot), set.vectors.rangeOf(slot)].map(String)
      return [element, [...set.stored(slot)], ...numbers, set.attributeOf(slot)]
    }),
  ]
}

/** Fields in order, because that of the structure is nobody's business. */
function hashContent(hash: Hash): unknown[] {
  return Array.from({ length: hash.size }, (_, i) => [
    hash.keyAt(i),
    hash.valueAt(i),
    hash.timeAt(i),
  ]).sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1))
}

/** All but the times of consumers and the counts of messages, which only the clients of one engine see. */
function streamContent(stream: Stream): unknown[] {
  const entries: unknown[] = []
  const cursor = stream.range()
  while (cursor.next()) entries.push([`${cursor.ms}-${cursor.seq}`, cursor.words()])
  const groups = stream.sortedGroups().map((group) => {
    const pending: unknown[] = []
    for (let entry = group.earliest; entry !== null; entry = entry.later) pending.push(owned(entry))
    const consumers = group.sorted().map(({ name, pending: own }) => {
      const ids: string[] = []
      own.walk(0, 0, (entry) => {
        ids.push(entry.id)
        return true
      })
      return [name, ids]
    })
    return [group.name, `${group.lastId}`, `${group.entriesRead}`, pending, consumers]
  })
  const { lastId, firstId, maxDeletedId, entriesAdded, idmpSeconds, idmpMessages } = stream
  const counts = [lastId, firstId, maxDeletedId, entriesAdded].map(String)
  return [entries, groups, counts, idmpSeconds, idmpMessages]
}

const owned = ({ id, consumer, deliveredAt, deliveries }: Pending): unknown => [
  id,
  consumer?.name ?? null,
  deliveredAt,
  `${deliveries}`,
]
