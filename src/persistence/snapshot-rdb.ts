/**
 * Snapshots as RDB: files that Redis loads as they are, alone (`dump.rdb`) or as the base of its
 * append-only files. They are read by what reads any RDB (`recovery.ts`).
 */
import type { Engine } from '../engine/engine.ts'
import type { RdbFileOptions, Usage } from '../rdb/file.ts'
import { RdbFileWriter } from '../rdb/file.ts'
import { LEAST_VERSION } from '../rdb/format.ts'
import { RdbDataWriter } from './rdb-writer.ts'
import { UP_TO } from './snapshot-facts.ts'
import type { SnapshotFormat, SnapshotWriter } from './snapshot-format.ts'

export interface RdbSnapshotOptions {
  /** For the base of append-only files, or a file of its own. */
  readonly base: boolean
  /** The newest version that is to read it. Without it everything is written so that 7.0 reads what it can. */
  readonly version?: number
  /** Further facts in front. */
  readonly facts?: Readonly<Record<string, string | number>>
}

/** A writer whose file has its head already: the data are those of this moment. */
export function rdbWriterOf(
  engine: Engine,
  { base, version, facts: more = {} }: RdbSnapshotOptions,
): { writer: RdbDataWriter; libraries: Iterable<string> } {
  const asked = { 'aof-base': base ? 1 : 0, ...more }
  const { facts, libraries = [], marks, ...rest } = engine.rdb.options({ facts: asked })
  const form: RdbFileOptions =
    version === undefined ? { ...rest, version: LEAST_VERSION, newer: true } : { ...rest, version }
  const file = new RdbFileWriter(form)
  for (const [name, value] of Object.entries(facts ?? {})) file.fact(name, value)
  const sizes = engine.keyspace.databases.map((db) => [db.size, db.volatile] as const)
  const usageOf = (dbIndex: number, key: string): Usage | null => {
    const db = engine.keyspace.at(dbIndex)
    const index = db.find(key)
    return index < 0 ? null : (marks?.usageOf(db, index) ?? null)
  }
  const policy = engine.config.get('maxmemory-policy')
  const told = policy.endsWith('-lru') || policy.endsWith('-lfu')
  const writer = new RdbDataWriter(
    file,
    form,
    (dbIndex) => sizes[dbIndex] ?? [0, 0],
    told ? usageOf : () => null,
  )
  return { writer, libraries }
}

/** Snapshots of this engine as RDB. */
export const rdbFormat = (engine: Engine, base: boolean): SnapshotFormat => ({
  name: 'rdb',
  suffix: 'rdb',
  writer: (upTo = 0): SnapshotWriter => {
    const { writer } = rdbWriterOf(engine, { base, ...(base ? { facts: { [UP_TO]: upTo } } : {}) })
    return {
      get size() {
        return writer.size
      },
      get failure() {
        return writer.failure
      },
      entry: (dbIndex, key, value, deadline) => writer.entry(dbIndex, key, value, deadline),
      library: (code) => writer.library(code),
      take: () => writer.drain(),
      head: () => null,
      end: () => writer.end(),
    }
  },
})

/** A base of append-only files with nothing in it. */
export const emptyBase = (engine: Engine): Uint8Array =>
  rdbWriterOf(engine, { base: true, facts: { [UP_TO]: 0 } }).writer.end()
