/**
 * How much memory the engine uses, as `maxmemory` sees it: exactly added up where there is a limit, else
 * estimated from samples. What the runtime knows of its heap is reported beside it.
 */
import { memoryOf } from '../core/client-memory.ts'
import type { Engine } from '../engine/engine.ts'
import type { Database } from '../keyspace/database.ts'
import { EMPTY_BYTES, ENTRY_BYTES, entryBytes } from '../types/size.ts'

const SAMPLES = 64

/** Keys and values of all databases, from the mean of some that stand apart from each other. */
export function dataBytes(engine: Engine): number {
  return engine.keyspace.databases.reduce((sum, db) => sum + databaseBytes(db), 0)
}

function databaseBytes(db: Database): number {
  const { size } = db
  if (size === 0) return 0
  const step = Math.max(1, Math.floor(size / SAMPLES))
  let sum = 0
  let count = 0
  for (let i = 0; i < size; i += step) {
    sum += entryBytes(db.keyAt(i), db.valueAt(i))
    count++
  }
  return Math.round((sum / count) * size)
}

/** What the dictionaries take beside keys and values. */
export const overheadBytes = (engine: Engine): number =>
  engine.keyspace.databases.reduce((sum, db) => sum + db.size * ENTRY_BYTES + db.volatile * 16, 0)

/** What clients hold: those that are replicas, or all others. */
export function clientBytes(engine: Engine, replicas: boolean): number {
  let bytes = 0
  for (const client of engine.clients.values()) {
    if (!client.internal && (client.replica !== null) === replicas) bytes += memoryOf(client).total
  }
  return bytes
}

/** All that is in use. Remembers the most that was seen. */
export function usedBytes(engine: Engine): number {
  const { eviction } = engine
  const used = eviction.active
    ? eviction.used
    : EMPTY_BYTES + dataBytes(engine) + clientBytes(engine, false)
  const { stats } = engine
  if (used > stats.peakMemory) {
    stats.peakMemory = used
    stats.peakAt = engine.now()
  }
  return used
}

/** `967.21K`, as Redis shortens bytes. */
export function human(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`
  let amount = bytes
  let unit = ''
  for (const letter of 'KMGTP') {
    if (amount < 1024) break
    amount /= 1024
    unit = letter
  }
  return `${amount.toFixed(2)}${unit}`
}
