/**
 * What counts in a folder of append-only files: Redis's manifest, with notes of ours on its lines.
 *
 *     file appendonly.aof.2.base.rdb seq 2 type b respite 2 epoch 7 upto 4711 check 1a2b3c4d
 *     file appendonly.aof.2.incr.aof seq 2 type i after 4711
 *
 * A real server passes over the notes and leaves them out when it writes the manifest anew: then what it
 * says is all there is. Notes that are there are checked, so that a changed byte is found.
 */
import { crc32 } from '../../util/crc.ts'
import { type AofFile, formatManifest, MalformedManifest, parseManifest } from '../aof-manifest.ts'
import { StoreError } from '../errors.ts'

/** 1 was a folder of another layout (`old-folder.ts`). */
const FORMAT = 2
/** No record of ours is in it, or nobody knows which. */
export const UNKNOWN = -1

export interface JournalFile {
  readonly name: string
  readonly number: number
  /** Every record in it comes after this sequence. */
  readonly after: number
  /** How much of it counts, once it is no longer appended to. */
  readonly bytes?: number
}

export interface Manifest {
  readonly epoch: number
  readonly upTo: number
  readonly base: { readonly name: string; readonly number: number } | null
  readonly journals: readonly JournalFile[]
  /** Files that are not needed any more. */
  readonly history?: readonly string[]
}

export const EMPTY: Manifest = { epoch: 0, upTo: 0, base: null, journals: [] }

const NOTES: readonly string[] = ['respite', 'epoch', 'upto', 'check', 'after', 'bytes']
const CHECK = / check ([0-9a-f]{8})(?=[ \n])/

const checksumOf = (text: string): string =>
  crc32(new TextEncoder().encode(text)).toString(16).padStart(8, '0')

export function printManifest({ epoch, upTo, base, journals }: Manifest): string {
  const about: [string, string][] = [
    ['respite', `${FORMAT}`],
    ['epoch', `${epoch}`],
    ['upto', `${upTo}`],
  ]
  const files: AofFile[] = []
  if (base !== null) {
    files.push({ name: base.name, sequence: base.number, kind: 'b', notes: new Map(about) })
  }
  for (const { name, number, after, bytes } of journals) {
    const notes = new Map(files.length === 0 ? about : [])
    notes.set('after', `${after}`)
    if (bytes !== undefined) notes.set('bytes', `${bytes}`)
    files.push({ name, sequence: number, kind: 'i', notes })
  }
  const text = formatManifest(files)
  const end = text.indexOf('\n')
  return `${text.slice(0, end)} check ${checksumOf(text)}${text.slice(end)}`
}

/** Throws `StoreError`. `place` names the file, for people. */
export function readManifest(text: string, place: string): Manifest {
  const damaged = (reason: string, cause?: unknown): never => {
    const record = { area: 'journal', name: place, offset: 0, sequence: 0 } as const
    throw new StoreError('corrupt', `the manifest ${place} is damaged: ${reason}`, {
      record,
      cause,
    })
  }
  let files: AofFile[]
  try {
    files = parseManifest(text)
  } catch (error) {
    if (!(error instanceof MalformedManifest)) throw error
    return damaged(error.message, error)
  }
  const about = files[0]?.notes ?? new Map<string, string>()
  const ours = files.some(({ notes }) => NOTES.some((name) => notes?.has(name)))
  if (ours) {
    const check = CHECK.exec(text)
    if (check === null || checksumOf(text.replace(CHECK, '')) !== check[1]) {
      damaged('the checksum does not match')
    }
    const format = Number(about.get('respite'))
    if (format > FORMAT) {
      throw new StoreError(
        'newer-format',
        `${place} has format ${format}; this version reads up to ${FORMAT}`,
      )
    }
  }
  const base = files.find(({ kind }) => kind === 'b')
  return {
    epoch: Number(about.get('epoch') ?? 0),
    upTo: Number(about.get('upto') ?? 0),
    base: base === undefined ? null : { name: base.name, number: base.sequence },
    journals: files
      .filter(({ kind }) => kind === 'i')
      .map(({ name, sequence, notes }) => {
        const bytes = notes?.get('bytes')
        return {
          name,
          number: sequence,
          after: Number(notes?.get('after') ?? UNKNOWN),
          ...(bytes === undefined ? {} : { bytes: Number(bytes) }),
        }
      }),
    history: files.filter(({ kind }) => kind === 'h').map(({ name }) => name),
  }
}
