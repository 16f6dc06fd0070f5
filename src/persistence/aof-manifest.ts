/**
 * The manifest of a folder of append-only files, as Redis has it since 7.0: a line for each file.
 *
 *     file appendonly.aof.1.base.rdb seq 1 type b
 *     file appendonly.aof.1.incr.aof seq 1 type i
 *
 * A line consists of names and values; those that a reader does not know it passes over, so there is room
 * for notes of our own. Lines that begin with `#` say nothing.
 */
import { quote } from '../util/quote.ts'
import { splitInline } from '../util/words.ts'

export interface AofFile {
  readonly name: string
  readonly sequence: number
  /** Base, increment, or history: what is not needed any more. */
  readonly kind: 'b' | 'i' | 'h'
  /** What else the line says. */
  readonly notes?: ReadonlyMap<string, string>
}

/** A manifest that is none. */
export class MalformedManifest extends Error {
  override readonly name: string = 'MalformedManifest'
  /** Where the line begins. */
  readonly offset: number

  constructor(reason: string, offset: number) {
    super(reason)
    this.offset = offset
  }
}

/** Longer lines are in no manifest. */
const MOST_LINE = 1024
const KNOWN: ReadonlySet<string> = new Set(['file', 'seq', 'type'])
const INVALID = 'Invalid AOF manifest file format'

/** The lines of a manifest, which is a byte string. Throws `MalformedManifest`. */
export function parseManifest(text: string): AofFile[] {
  const files: AofFile[] = []
  let offset = 0
  const wrong = (reason: string): never => {
    throw new MalformedManifest(reason, offset)
  }
  for (const line of text.replace(/\n$/, '').split('\n')) {
    if (text === '') wrong('Found an empty AOF manifest')
    if (line.length > MOST_LINE) wrong('The AOF manifest file contains too long line')
    if (!line.startsWith('#')) files.push(fileOf(splitInline(line.trim()) ?? [], wrong))
    offset += line.length + 1
  }
  if (files.filter(({ kind }) => kind === 'b').length > 1) {
    wrong('Found duplicate base file information')
  }
  const increments = files.filter(({ kind }) => kind === 'i')
  for (let i = 1; i < increments.length; i++) {
    const before = increments[i - 1] as AofFile
    if ((increments[i] as AofFile).sequence <= before.sequence)
      wrong('Found a non-monotonic sequence number')
  }
  return files
}

function fileOf(words: readonly string[], wrong: (reason: string) => never): AofFile {
  if (words.length === 0 || words.length % 2 !== 0) wrong(INVALID)
  const pairs = new Map<string, string>()
  for (let i = 0; i < words.length; i += 2) pairs.set(words[i] as string, words[i + 1] as string)
  const name = pairs.get('file') ?? wrong(INVALID)
  const sequence = Number(pairs.get('seq') ?? Number.NaN)
  const kind = pairs.get('type')
  if (!(sequence > 0) || kind === undefined) wrong(INVALID)
  if (name === '' || /[/\\]/.test(name)) wrong("File can't be a path, just a filename")
  if (kind !== 'b' && kind !== 'i' && kind !== 'h') return wrong('Unknown AOF file type')
  const notes = new Map([...pairs].filter(([word]) => !KNOWN.has(word)))
  return { name, sequence, kind, ...(notes.size === 0 ? {} : { notes }) }
}

/** A manifest with these files. */
export const formatManifest = (files: readonly AofFile[]): string =>
  files
    .map(({ name, sequence, kind, notes = [] }) => {
      const word = /^[\w.-]+$/.test(name) ? name : quote(name)
      const rest = [...notes].map(([key, value]) => ` ${key} ${value}`).join('')
      return `file ${word} seq ${sequence} type ${kind}${rest}\n`
    })
    .join('')
