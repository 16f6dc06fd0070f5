/**
 * Append-only files: one old single file, with or without an RDB in front, or a folder with a manifest, a
 * base and increments.
 *
 * Requests are run on the scratch engine. A transaction is run when its EXEC has come; one that was cut
 * off was never done. The last file may end in the middle of a request, as a crash leaves it.
 */
import { CommandError } from '../core/errors.ts'
import type { Client } from '../engine/client.ts'
import type { Engine } from '../engine/engine.ts'
import { type AofFile, MalformedManifest, parseManifest } from '../persistence/aof-manifest.ts'
import { piece, type Reading } from '../rdb/codec.ts'
import { EndsEarly, MalformedRdb } from '../rdb/errors.ts'
import type { RdbReader } from '../rdb/reader.ts'
import { fromBytes } from '../util/bytes.ts'
import { quote } from '../util/quote.ts'
import { splitInline } from '../util/words.ts'
import { Note, readRequest } from './aof-reader.ts'
import type { Intake } from './intake.ts'
import { NOWHERE } from './scratch.ts'
import { type ImportOptions, type ImportReport, TransferError } from './types.ts'

/** Requests between two chances to stop. */
const REQUESTS = 32
const MOST_REFUSALS = 100
const MOST_SHOWN = 80

// ---- The manifest -------------------------------------------------------------------------------

/** The files of a manifest, in the order in which they are to be loaded. Throws `TransferError`. */
export function readManifest(text: string, file: string): AofFile[] {
  try {
    const files = parseManifest(text)
    return [
      ...files.filter(({ kind }) => kind === 'b'),
      ...files.filter(({ kind }) => kind === 'i'),
    ]
  } catch (error) {
    if (!(error instanceof MalformedManifest)) throw error
    throw new TransferError('malformed', error.message, { file, offset: error.offset })
  }
}

// ---- Running ------------------------------------------------------------------------------------

export interface AofPart {
  readonly intake: Intake
  /** Nothing comes after it: it may be cut off. */
  readonly last: boolean
}

/** Thrown to end the loading of all files: the point in time that was asked for has been reached. */
export class PointReached {
  readonly time: number

  constructor(time: number) {
    this.time = time
  }
}

export class AofLoader {
  private readonly engine: Engine
  private readonly options: ImportOptions
  private readonly report: ImportReport
  private readonly client: Client

  constructor(engine: Engine, options: ImportOptions, report: ImportReport) {
    this.engine = engine
    this.options = options
    this.report = report
    this.client = engine.connect(NOWHERE, { address: 'import', local: '' })
    this.client.internal = true
    this.client.authenticated = true
  }

  /** Run everything in a file. */
  async load({ intake, last }: AofPart): Promise<void> {
    const { reader } = intake
    // Each file begins in the first database.
    this.client.dbIndex = 0
    this.good.offset = -1
    try {
      const head = await intake.begin(5)
      if (fromBytes(head) === 'REDIS') await intake.run(this.preamble(intake))
      await intake.run(this.requests(intake))
    } catch (error) {
      if (!(error instanceof TransferError) || error.code !== 'malformed') throw error
      const { config } = this.engine
      // Damage in an RDB in front is no matter of how it ends.
      const inFront = this.good.offset < 0
      const offset = Math.max(0, this.good.offset)
      const bytes = reader.offset - offset + (await intake.rest())
      const early = error.cause instanceof EndsEarly && !inFront && last
      const cut = early && config.yes('aof-load-truncated')
      const allowed = cut
        ? 'aof-load-truncated'
        : !inFront && bytes <= config.int('aof-load-corrupt-tail-max-size')
          ? 'aof-load-corrupt-tail-max-size'
          : null
      if (allowed === null && this.options.repair !== true) throw error
      if (allowed !== null) this.report.truncated = { file: intake.file, offset, bytes, allowed }
      else this.report.losses.push({ file: intake.file, offset, key: null, reason: error.reason })
    }
  }

  /** Where the last request ended that was run. */
  private readonly good = { offset: 0 }

  private *preamble({ reader, file }: Intake): Reading<void> {
    const { report } = this
    const loaded = yield* this.engine.rdb.load(reader, {
      // The clock of the import is not that of the file: what expired since is told by requests.
      now: Number.NEGATIVE_INFINITY,
      repair: this.options.repair === true,
      fact: (name, value) => {
        report.facts[name] = value
      },
      lost: ({ key, offset, reason }) => report.losses.push({ file, offset, key, reason }),
    })
    report.empty += loaded.empty
  }

  private *requests({ reader, file }: Intake): Reading<void> {
    const { until } = this.options
    let queue: { argv: string[]; offset: number }[] | null = null
    this.good.offset = reader.offset
    for (let count = 1; ; count++) {
      const { offset } = reader
      const next = yield* piece(reader, () => readRequest(reader))
      if (next === null) break
      if (next instanceof Note) {
        const { time } = next
        if (time !== null && until !== undefined && time > until) throw new PointReached(time)
      } else if (queue !== null) {
        if (next[0]?.toUpperCase() === 'EXEC') {
          for (const one of queue) this.run(one.argv, file, one.offset)
          queue = null
        } else queue.push({ argv: next, offset })
      } else if (next[0]?.toUpperCase() === 'MULTI') queue = []
      else this.run(next, file, offset)
      if (queue === null) this.good.offset = reader.offset
      if (count % REQUESTS === 0) yield 0
    }
    if (queue !== null) throw new EndsEarly(reader.offset)
  }

  private run(argv: readonly string[], file: string, offset: number): void {
    const { engine, client, report } = this
    const name = (argv[0] as string).toUpperCase()
    report.requests++
    if (name === 'SELECT') {
      const index = Number(argv[1])
      if (!engine.keyspace.has(index)) {
        throw new MalformedRdb(`there is no database ${argv[1]}`, offset)
      }
      client.dbIndex = index
      return
    }
    if (engine.dispatcher.find(name) === undefined) {
      // As in Redis: what follows may rest on what it would have done.
      throw new MalformedRdb(`Unknown command '${argv[0]}' reading the append only file`, offset)
    }
    const reply = engine.execute(client, argv)
    if (reply instanceof CommandError) refuse(report, file, offset, argv, reply)
    engine.unflushed.length = 0
  }
}

/** Note a request that was answered with an error. */
export function refuse(
  report: ImportReport,
  file: string,
  offset: number,
  argv: readonly string[],
  error: CommandError,
): void {
  report.refused++
  if (report.refusals.length >= MOST_REFUSALS) return
  const request = argv.map((word) => (/^[\x21-\x7e]+$/.test(word) ? word : quote(word))).join(' ')
  const shown = request.length > MOST_SHOWN ? `${request.slice(0, MOST_SHOWN)}…` : request
  report.refusals.push({ file, offset, request: shown, error: error.toString() })
}

/** Requests of a file that are run on the data as they are: RESP, or lines. */
export function readCommand(from: RdbReader): string[] | Note | null {
  if (from.left === 0 && from.beyond === 0) return null
  const mark = from.byte()
  from.at--
  return mark === 42 ? readRequest(from) : readLine(from)
}

const LINE_MOST = 1 << 26

function readLine(from: RdbReader): string[] | Note | null {
  const start = from.at
  for (;;) {
    if (from.left === 0 && from.beyond === 0) break
    if (from.byte() === 10) break
    if (from.at - start > LINE_MOST) from.fail('a line without an end')
  }
  const line = fromBytes(from.bytes, start, from.at).replace(/\r?\n?$/, '')
  if (line.startsWith('#')) return new Note(line.slice(1))
  const words = splitInline(line)
  return words === undefined ? from.fail('a line with a quote that is not closed') : words
}
