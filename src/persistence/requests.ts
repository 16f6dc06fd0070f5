/**
 * Requests as a real server appends them, one after the other, with no records around them: how far they
 * are whole. A unit is a request, or everything from a MULTI to its EXEC.
 *
 * Lines that begin with `#T` are notes, of which real servers have one kind (`#TS:1700000000`, when what
 * follows was done). What begins with `#R` is a record of ours, or what is left of one. There are no others: a
 * line without an end that is known would take a record's header along, and run what is in it unchecked.
 */
import { ARRAY, BULK, CR, LF } from '../protocol/signs.ts'
import { toBytes } from '../util/bytes.ts'

export const NOTE = 0x23
/** The second byte of a record, and of a note of time. */
export const RECORD = 0x52
export const TIME = 0x54

/**
 * How records select a database: in small letters. A real server says it in capitals, and says it first
 * when it goes on with a file, so that what it has appended behind a torn record can be told from the record.
 */
export const OWN_SELECT = 'select'
const SELECT = toBytes('*2\r\n$6\r\nSELECT\r\n')

/** Whether a real server may have appended to these bytes. */
export function hasSelect(bytes: Uint8Array): boolean {
  for (let at = bytes.indexOf(ARRAY); at >= 0; at = bytes.indexOf(ARRAY, at + 1)) {
    if (startsWith(bytes, at, SELECT)) return true
  }
  return false
}

const startsWith = (bytes: Uint8Array, at: number, what: Uint8Array): boolean =>
  what.every((byte, i) => bytes[at + i] === byte)

export interface Scan {
  /** Where the last whole unit ends. */
  readonly end: number
  /** What comes there: the end of the bytes, a record, or nothing that can be read. */
  readonly stop: 'short' | 'record' | 'bad'
  /** One of the requests is a real server's. */
  readonly foreign: boolean
}

const NOTE_MOST = 1024
const DIGITS_MOST = 10
/** Read as a number: there are not all of its bytes, or it is none. */
const SHORT = -1
const BAD = -2

/** The words that bracket a unit, in any case. */
const bracket = (bytes: Uint8Array, at: number, word: string): boolean => {
  for (let i = 0; i < word.length; i++) {
    if (((bytes[at + i] as number) | 0x20) !== word.charCodeAt(i)) return false
  }
  return true
}

export class RequestScanner {
  private readonly bytes: Uint8Array
  private at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  scan(): Scan {
    const { bytes } = this
    let end = 0
    let open = false
    let foreign = false
    while (this.at < bytes.length) {
      const mark = bytes[this.at]
      if (mark === NOTE) {
        if (this.at + 1 === bytes.length) return { end, foreign, stop: 'short' }
        if (bytes[this.at + 1] === RECORD) return { end, foreign, stop: open ? 'bad' : 'record' }
        if (bytes[this.at + 1] !== TIME) return { end, foreign, stop: 'bad' }
        const line = bytes.indexOf(LF, this.at)
        const length = (line < 0 ? bytes.length : line) - this.at
        if (length > NOTE_MOST) return { end, foreign, stop: 'bad' }
        if (line < 0) return { end, foreign, stop: 'short' }
        this.at = line + 1
      } else {
        const from = this.at
        const first = this.request()
        if (first < 0) return { end, foreign, stop: first === SHORT ? 'short' : 'bad' }
        if (first === 6) foreign ||= startsWith(bytes, from, SELECT)
        if (!open) open = first === 5 && bracket(bytes, this.word, 'multi')
        else if (first === 4 && bracket(bytes, this.word, 'exec')) open = false
      }
      if (!open) end = this.at
    }
    return { end, foreign, stop: 'short' }
  }

  /** Where the first word of the last request begins. */
  private word = 0

  /** Pass over a request: the length of its first word, `SHORT` or `BAD`. */
  private request(): number {
    const { bytes } = this
    const count = this.number(ARRAY)
    if (count <= 0) return count === 0 ? BAD : count
    let first = 0
    for (let i = 0; i < count; i++) {
      const length = this.number(BULK)
      if (length < 0) return length
      if (i === 0) {
        first = length
        this.word = this.at
      }
      this.at += length
      if (this.at + 2 > bytes.length) return SHORT
      if (bytes[this.at] !== CR || bytes[this.at + 1] !== LF) return BAD
      this.at += 2
    }
    return first
  }

  private number(mark: number): number {
    const { bytes } = this
    if (this.at >= bytes.length) return SHORT
    if (bytes[this.at++] !== mark) return BAD
    let n = 0
    for (let digits = 0; ; digits++) {
      if (this.at >= bytes.length) return SHORT
      const code = bytes[this.at++] as number
      if (code >= 48 && code <= 57 && digits < DIGITS_MOST) n = n * 10 + code - 48
      else if (code !== CR || digits === 0) return BAD
      else if (this.at >= bytes.length) return SHORT
      else return bytes[this.at++] === LF ? n : BAD
    }
  }
}
