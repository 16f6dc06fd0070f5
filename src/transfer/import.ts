/**
 * Importing: data of a file among the data of an engine.
 *
 * RDB, append-only files and JSON are read whole into a scratch engine before anything changes
 * (`scratch.ts`); requests run on the data as they are, one after the other, as those of a client do.
 */
import { CommandError } from '../core/errors.ts'
import type { Engine } from '../engine/engine.ts'
import { piece, type Reading } from '../rdb/codec.ts'
import { fromBytes } from '../util/bytes.ts'
import { AofLoader, PointReached, readCommand, readManifest, refuse } from './aof.ts'
import { Note } from './aof-reader.ts'
import { Intake, Pace } from './intake.ts'
import { readJson } from './json-reader.ts'
import { handOver, NOWHERE, scratchOf } from './scratch.ts'
import {
  type ByteSource,
  type ImportOptions,
  type ImportReport,
  newReport,
  TransferError,
  type TransferFile,
  type TransferFormat,
} from './types.ts'

/** Engines that are being imported into. */
const busy = new WeakSet<Engine>()

/** Bytes that tell what a file is. */
const HEAD = 64
/** No line of text has these: most characters below the space, and what begins no character of UTF-8. */
const NO_TEXT = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xf8-\xff]/

/**
 * What the first bytes of a file look like. Throws `TransferError`, which names the file, if they are of none of
 * the formats.
 */
export function formatOf(head: Uint8Array, file = ''): TransferFormat {
  const text = fromBytes(head)
  if (text.startsWith('REDIS')) return 'rdb'
  if (/^\s*\{/.test(text)) return 'json'
  if (/^[*#]/.test(text)) return 'aof'
  // Requests are run, so nothing is taken for some that only happens not to be anything else.
  if (NO_TEXT.test(text)) {
    const reason = 'it is no RDB, append-only file, JSON or file of requests'
    throw new TransferError('malformed', reason, { file, offset: 0 })
  }
  return 'resp'
}

/**
 * Take the data of a file. Rejects with `TransferError`; nothing has changed then, but by requests
 * (`resp`) that had run.
 */
export function importData(
  engine: Engine,
  source: ByteSource,
  options: ImportOptions = {},
): Promise<ImportReport> {
  return alone(engine, async () => {
    const pace = new Pace(engine.platform, options)
    const scratch = scratchOf(engine)
    const report = newReport(options.format ?? 'rdb')
    const intake = intakeOf(source, options.file ?? '', options.total ?? 0, pace, (bytes) => {
      report.bytes = bytes
      const items = report.format === 'resp' ? report.requests : scratch.keyspace.size
      options.onProgress?.({ bytes, total: options.total ?? 0, items })
    })
    try {
      report.format = options.format ?? formatOf(await intake.begin(HEAD), intake.file)
      if (report.format === 'resp') {
        await intake.run(runRequests(engine, intake, report))
        await engine.persistence?.flush?.()
        return report
      }
      if (report.format === 'aof') {
        await reach(report, () =>
          new AofLoader(scratch, options, report).load({ intake, last: true }),
        )
      } else if (report.format === 'rdb')
        await intake.run(loadRdb(scratch, intake, options, report))
      else await intake.run(readJson(scratch, intake, options, report))
    } finally {
      await intake.stop()
    }
    return finish(scratch, engine, options, report, pace)
  })
}

/** Take the data of a folder of append-only files. Which belong to it says the manifest. */
export function importAofFolder(
  engine: Engine,
  files: readonly TransferFile[],
  options: ImportOptions = {},
): Promise<ImportReport> {
  return alone(engine, async () => {
    const pace = new Pace(engine.platform, options)
    const scratch = scratchOf(engine)
    const report = newReport('aof')
    const manifest = files.find(({ name }) => name.endsWith('.manifest'))
    if (manifest === undefined) throw new TransferError('malformed', 'there is no manifest')
    const text = fromBytes(await wholeOf(manifest.open()))
    const parts = readManifest(text, manifest.name).map(
      ({ name }) => files.find((file) => file.name === name) ?? missing(name, manifest.name),
    )
    const total = parts.reduce((sum, { size }) => sum + size, 0)
    const loader = new AofLoader(scratch, options, report)
    let before = 0
    await reach(report, async () => {
      for (const [i, part] of parts.entries()) {
        const intake = intakeOf(part.open(), part.name, part.size, pace, (bytes) => {
          report.bytes = before + bytes
          options.onProgress?.({ bytes: before + bytes, total, items: scratch.keyspace.size })
        })
        try {
          await loader.load({ intake, last: i === parts.length - 1 })
        } finally {
          before += intake.reader.offset
          await intake.stop()
        }
      }
    })
    return finish(scratch, engine, options, report, pace)
  })
}

function missing(name: string, manifest: string): never {
  throw new TransferError('malformed', `the file ${name} is missing: No such file or directory`, {
    file: manifest,
  })
}

// ---- Around it ----------------------------------------------------------------------------------

async function alone<T>(engine: Engine, run: () => Promise<T>): Promise<T> {
  if (busy.has(engine)) throw new TransferError('busy', 'another import is under way')
  busy.add(engine)
  try {
    return await run()
  } finally {
    busy.delete(engine)
  }
}

const intakeOf = (
  source: ByteSource,
  file: string,
  total: number,
  pace: Pace,
  progress: (bytes: number) => void,
): Intake => new Intake(source, { file, total, pace, progress })

async function wholeOf(source: ByteSource): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const one of source) pieces.push(one)
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const one of pieces) {
    bytes.set(one, at)
    at += one.length
  }
  return bytes
}

/** Run it up to the point in time that was asked for. */
async function reach(report: ImportReport, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof PointReached)) throw error
    report.stoppedAt = error.time
  }
}

async function finish(
  scratch: Engine,
  engine: Engine,
  options: ImportOptions,
  report: ImportReport,
  pace: Pace,
): Promise<ImportReport> {
  report.keys = scratch.keyspace.size
  report.libraries = [...scratch.rdb.libraries.sources()].length
  await handOver(scratch, engine, options, report, pace)
  return report
}

// ---- The formats --------------------------------------------------------------------------------

function* loadRdb(
  scratch: Engine,
  { reader, file }: Intake,
  options: ImportOptions,
  report: ImportReport,
): Reading<void> {
  const loaded = yield* scratch.rdb.load(reader, {
    repair: options.repair === true,
    fact: (name, value) => {
      report.facts[name] = value
    },
    lost: ({ key, offset, reason }) => report.losses.push({ file, offset, key, reason }),
    empty: (key) => {
      if (report.emptyKeys.length < MOST_NAMED) report.emptyKeys.push(key)
    },
  })
  report.expired += loaded.expired
  report.empty += loaded.empty
}

const REQUESTS = 32
const MOST_NAMED = 100

/** Requests run as those of a client that nobody refuses anything. */
function* runRequests(
  engine: Engine,
  { reader, file }: Intake,
  report: ImportReport,
): Reading<void> {
  const client = engine.connect(NOWHERE, { address: 'import', local: '' })
  client.internal = true
  client.authenticated = true
  try {
    for (let count = 1; ; count++) {
      const { offset } = reader
      const argv = yield* piece(reader, () => readCommand(reader))
      if (argv === null) break
      if (!(argv instanceof Note) && argv.length > 0) {
        report.requests++
        let reply = engine.execute(client, argv)
        const { parked } = client
        if (parked !== null) {
          // As in a transaction nothing is waited for: the time is up at once.
          engine.blocking.drop(client)
          reply = parked.block === null ? reply : parked.block.otherwise
        }
        client.settle()
        engine.flush()
        if (reply instanceof CommandError) refuse(report, file, offset, argv, reply)
      }
      if (count % REQUESTS === 0) yield 0
    }
  } finally {
    engine.disconnect(client)
  }
}
