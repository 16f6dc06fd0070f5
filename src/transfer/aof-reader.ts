// biome-ignore-all lint/style/noNonNullAssertion: every index is checked against the end, in hot code.
/**
 * Requests out of an append-only file, one by one, as their bytes come.
 *
 *     *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n
 *     #TS:1700000000\r\n
 *
 * A line that begins with `#` is a note. Those of the form `#TS:` say when, in seconds, what follows
 * was done.
 */
import type { RdbReader } from '../rdb/reader.ts'
import { fromBytes } from '../util/bytes.ts'

const CR = 13
const LF = 10
const ARRAY = 42
const BULK = 36
const NOTE = 35
const DIGITS_MOST = 10
const NOTE_MOST = 1024

/** A line between requests. */
export class Note {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** Milliseconds since the epoch, if it says when. */
  get time(): number | null {
    const match = /^TS:(\d{1,15})$/.exec(this.text)
    return match === null ? null : Number(match[1]) * 1000
  }
}

/**
 * The next request or note, or null at the end. To be called as a `piece`: throws `SHORTAGE` when not all
 * of it has come, and `MalformedRdb`, of which `EndsEarly` says that the file was cut off.
 */
export function readRequest(from: RdbReader): string[] | Note | null {
  if (from.left === 0 && from.beyond === 0) return null
  const mark = from.byte()
  if (mark === NOTE) return readNote(from)
  if (mark !== ARRAY) {
    from.at--
    return from.fail('this is no request')
  }
  const count = number(from)
  if (count === 0) return from.fail('a request without words')
  const argv: string[] = []
  for (let i = 0; i < count; i++) {
    if (from.byte() !== BULK) return from.fail('this is no word of a request')
    const length = number(from)
    const at = from.skip(length)
    argv.push(fromBytes(from.bytes, at, at + length))
    if (from.byte() !== CR || from.byte() !== LF) return from.fail('a word without an end')
  }
  return argv
}

function number(from: RdbReader): number {
  let n = 0
  for (let digits = 0; ; digits++) {
    const code = from.byte()
    if (code >= 48 && code <= 57 && digits < DIGITS_MOST) n = n * 10 + code - 48
    else if (code === CR && digits > 0 && from.byte() === LF) return n
    else return from.fail('this is no number')
  }
}

function readNote(from: RdbReader): Note {
  const start = from.offset
  let text = ''
  for (;;) {
    const code = from.byte()
    if (code === LF) return new Note(text.endsWith('\r') ? text.slice(0, -1) : text)
    if (from.offset - start > NOTE_MOST) from.fail('a note without an end')
    text += String.fromCharCode(code)
  }
}
