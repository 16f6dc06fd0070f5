/**
 * What counts in a folder of the OPFS store: one file with two places for the same manifest.
 *
 * Nothing can be renamed into place here, so a manifest is written twice, each time as a record
 * (`record.ts`) with a number and checksums. The place with the older one is written first: whoever is
 * interrupted there leaves the other as it was, and when the second place is written the first is on the medium. So the
 * one with the highest number that is whole counts, and a byte that goes bad in one of them does no harm.
 *
 *     #format:1
 *     #upto:4711                the snapshot contains every record up to this one
 *     #snapshot:1 52344         it is in `snapshot-1`, so many bytes
 *     #journal:0 0, 1 8192      the journal is `journal-0`, then `journal-1` from this byte on
 *
 * A write that failed may be on the medium all the same. Until another one has succeeded in its place
 * nobody knows which of the two counts, and nothing may be done that is right under one of them only.
 */
import { crc32 } from '../../util/crc.ts'
import { readNotes } from '../effects.ts'
import { StoreError } from '../errors.ts'
import { FORMAT_VERSION, HEADER_SIZE, makeRecord, readHeader } from '../record.ts'
import { readAt, type SyncHandle, writeAll } from './opfs-files.ts'

export const MANIFEST = 'manifest'
const FORMAT = 1
/** Room for one, in a block of the medium of its own. */
const PLACE = 4096

/** One of two files, or places, that take turns. */
export type Turn = 0 | 1
export const other = (turn: Turn): Turn => (turn === 0 ? 1 : 0)

/** A file of the journal, and where in it the journal begins. */
export interface Segment {
  readonly file: Turn
  readonly from: number
}

export interface Manifest {
  /** 0 where nobody has claimed the data yet, or they were destroyed: then nothing counts. */
  readonly epoch: number
  readonly upTo: number
  readonly snapshot: { readonly file: Turn; readonly bytes: number } | null
  /** In order; each file at most once. */
  readonly journal: readonly Segment[]
}

export const NOTHING: Manifest = {
  ...{ epoch: 0, upTo: 0, snapshot: null, journal: [{ file: 0, from: 0 }] },
}

export class ManifestFile {
  readonly handle: SyncHandle
  /** What was read last. */
  found: Manifest | null = null
  private newest: Turn = 1
  private number = 0
  /** A write has failed: nobody knows which of two manifests counts. */
  private doubtful = false

  /** Reads what is there. Throws `newer-format`. */
  constructor(handle: SyncHandle) {
    this.handle = handle
    for (const place of [0, 1] as const) {
      const read = readPlace(readAt(handle, place * PLACE, PLACE))
      if (read === null || read.number <= this.number) continue
      this.number = read.number
      this.newest = place
      this.found = read.manifest
    }
  }

  write(manifest: Manifest): void {
    const place = other(this.newest)
    this.doubtful = true
    const record = print(manifest, ++this.number)
    this.put(place, record)
    this.doubtful = false
    this.newest = place
    try {
      this.put(other(place), record)
    } catch {
      // One is enough; the next write begins with this place.
    }
  }

  /** To be called before anything else is written: that this manifest counts is beyond doubt. */
  settle(manifest: Manifest): void {
    if (this.doubtful) this.write(manifest)
  }

  private put(place: Turn, record: Uint8Array): void {
    writeAll(this.handle, record, place * PLACE)
    this.handle.flush()
  }
}

function print({ epoch, upTo, snapshot, journal }: Manifest, number: number): Uint8Array {
  const notes = [`#format:${FORMAT}`, `#upto:${upTo}`]
  if (snapshot !== null) notes.push(`#snapshot:${snapshot.file} ${snapshot.bytes}`)
  notes.push(`#journal:${journal.map(({ file, from }) => `${file} ${from}`).join(', ')}`)
  const record = makeRecord(
    'M',
    number,
    epoch,
    new TextEncoder().encode(`${notes.join('\r\n')}\r\n`),
  )
  // The whole place: full disks then fail at the first claim, and never again.
  const place = new Uint8Array(PLACE)
  place.set(record)
  return place
}

/** Null if there is none, or a part of one. */
function readPlace(bytes: Uint8Array): { number: number; manifest: Manifest } | null {
  const header = readHeader(bytes)
  if (header === null) return null
  if (header.version > FORMAT_VERSION) throw newer(header.version)
  const end = HEADER_SIZE + header.length
  if (end > bytes.length || crc32(bytes, HEADER_SIZE, end) !== header.checksum) return null
  const notes = readNotes(bytes.subarray(HEADER_SIZE, end))
  const format = Number(notes.get('format'))
  if (format > FORMAT) throw newer(format)
  const pairs = (notes.get('journal') ?? '').split(', ').map(pairOf)
  const snapshot = notes.get('snapshot')
  const [file, length] = pairOf(snapshot ?? '')
  return {
    number: header.sequence,
    manifest: {
      epoch: header.epoch,
      upTo: Number(notes.get('upto')),
      snapshot: snapshot === undefined ? null : { file, bytes: length },
      journal: pairs.map(([file, from]) => ({ file, from })),
    },
  }
}

function pairOf(text: string): [file: Turn, bytes: number] {
  const [file, bytes] = text.split(' ')
  return [file === '1' ? 1 : 0, Number(bytes)]
}

const newer = (format: number): StoreError =>
  new StoreError(
    'newer-format',
    `the ${MANIFEST} has format ${format}; this version reads up to ${FORMAT}`,
  )
