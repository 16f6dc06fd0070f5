/**
 * Exporting: all data as they are at the moment at which it begins, while they go on changing.
 *
 * It is the snapshot's walk (`persistence/snapshot.ts`) with another writer at its end, so the same holds:
 * a key that is about to change is written before. Only FLUSHALL ends an export, as nothing is left then
 * to be written.
 */
import type { Engine } from '../engine/engine.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import { formatManifest } from '../persistence/aof-manifest.ts'
import type { RdbDataWriter } from '../persistence/rdb-writer.ts'
import { SnapshotWalk } from '../persistence/snapshot.ts'
import type { KeyWriter } from '../persistence/snapshot-format.ts'
import { rdbWriterOf } from '../persistence/snapshot-rdb.ts'
import { NotRepresentable } from '../rdb/errors.ts'
import { toBytes } from '../util/bytes.ts'
import { Pace } from './intake.ts'
import { JsonDataWriter } from './json-writer.ts'
import { RespDataWriter } from './resp-writer.ts'
import { type ExportOptions, TransferError } from './types.ts'

/** What writes the keys of an export. */
export interface DataWriter extends KeyWriter {
  /** Why it cannot go on. */
  readonly failure: { readonly error: unknown; readonly key: string } | null
  /** What was written since the last time. */
  drain(): Uint8Array
  end(): Uint8Array
}

/** Bytes that collect before they are handed on. */
const CHUNK = 1 << 16

/** Exports that are under way: one at a time reads along. */
const turns = new WeakMap<Keyspace, Promise<void>>()

/** All data, as bytes of a file. Errors are `TransferError`s. */
export async function* exportData(
  engine: Engine,
  options: ExportOptions = {},
): AsyncGenerator<Uint8Array, void> {
  const { keyspace } = engine
  const before = turns.get(keyspace) ?? Promise.resolve()
  let release = (): void => {}
  const turn = new Promise<void>((resolve) => {
    release = resolve
  })
  turns.set(keyspace, turn)
  await before
  try {
    yield* walk(engine, options)
  } finally {
    release()
  }
}

async function* walk(engine: Engine, options: ExportOptions): AsyncGenerator<Uint8Array, void> {
  const { keyspace } = engine
  const pace = new Pace(engine.platform, options)
  pace.check()
  // Half of what a script does must not be in a file.
  await new Promise<void>((idle) => engine.slices.whenIdle(idle))
  if (engine.loading) throw new TransferError('busy', 'the data are being loaded')
  const total = keyspace.size
  const writer = writerOf(engine, options)
  // The walk takes the first place among the barriers, which is a snapshot's; it gets the other one.
  const barriers = keyspace.databases.map(({ barrier }) => barrier)
  const steps = new SnapshotWalk(keyspace, writer)
  const databases = [...keyspace.databases]
  databases.forEach((db, i) => {
    db.barrier = barriers[i] ?? null
    db.reader = steps
  })
  let bytes = 0
  const count = (chunk: Uint8Array): Uint8Array => {
    bytes += chunk.length
    options.onProgress?.({ bytes, total: 0, items: total === 0 ? 0 : steps.keys })
    return chunk
  }
  try {
    for (;;) {
      const done = steps.advance(() => writer.size >= CHUNK || pace.late)
      if (writer.failure !== null) throw refused(writer.failure)
      if (steps.broken) {
        throw new TransferError('failed', 'the data were removed while they were being written')
      }
      if (done) break
      if (writer.size >= CHUNK) yield count(writer.drain())
      if (pace.late) await pace.rest()
      pace.check()
    }
    yield count(writer.end())
  } finally {
    steps.stop()
    for (const db of databases) if (db.reader === steps) db.reader = null
  }
}

function refused({ error, key }: { error: unknown; key: string }): TransferError {
  const reason = (error as Error).message
  const code = error instanceof NotRepresentable ? 'unsupported' : 'failed'
  return new TransferError(code, reason, { key, cause: error })
}

function writerOf(engine: Engine, options: ExportOptions): DataWriter {
  const { format = 'rdb', preamble = true } = options
  if (format === 'rdb' || (format === 'aof' && preamble)) {
    return rdbWriter(engine, options, format === 'aof')
  }
  if (format === 'json') {
    const { facts = {}, libraries = [] } = engine.rdb.options({})
    const writer = new JsonDataWriter(facts)
    for (const code of libraries) writer.library(code)
    return writer
  }
  return new RespDataWriter(engine.rdb.options({}).libraries ?? [], options.version)
}

function rdbWriter(engine: Engine, { version }: ExportOptions, base: boolean): RdbDataWriter {
  const { writer, libraries } = rdbWriterOf(engine, {
    base,
    ...(version === undefined ? {} : { version }),
  })
  for (const code of libraries) writer.library(code)
  return writer
}

export interface ExportedFile {
  readonly name: string
  readonly bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

/**
 * The files of an append-only folder (`appenddirname`), the manifest last, each to be read before the next
 * one is asked for. `name` is `appendfilename`.
 */
export async function* exportAofFolder(
  engine: Engine,
  options: ExportOptions & { name?: string } = {},
): AsyncGenerator<ExportedFile, void> {
  const { name = 'appendonly.aof', preamble = true } = options
  const base = `${name}.1.base.${preamble ? 'rdb' : 'aof'}`
  const increment = `${name}.1.incr.aof`
  yield { name: base, bytes: exportData(engine, { ...options, format: 'aof' }) }
  yield { name: increment, bytes: [] }
  const manifest = formatManifest([
    { name: base, sequence: 1, kind: 'b' },
    { name: increment, sequence: 1, kind: 'i' },
  ])
  yield { name: `${name}.manifest`, bytes: [toBytes(manifest)] }
}
