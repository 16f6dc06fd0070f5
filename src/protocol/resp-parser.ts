/**
 * Bytes from a client to requests, resumable at any byte.
 *
 * A request is an array of bulk strings or an inline command. The parser is pulled: `feed` hands it
 * bytes, `next` takes one request out, so that a connection whose client is parked can stop in the
 * middle of a chunk. As long as whole requests arrive, words are decoded straight out of the chunk;
 * only what is left at its end is copied, to `store`, where the next chunk is appended. The store
 * doubles as bytes arrive, so a large word costs linear time, and a length that was merely announced
 * costs nothing.
 *
 * Limits, and what is let through, follow redis-server 7.0.15 to the byte: the two bytes behind a
 * word are skipped unseen, and so is the one behind the carriage return of a length; a line that has a
 * NUL in it does not end (Redis searches it as a C string).
 */
import { fromBytes } from '../util/bytes.ts'
import { parseInteger } from '../util/integer.ts'
import { splitInline } from '../util/words.ts'
import { ARRAY, BULK, CR, LF, ZERO } from './signs.ts'

/** The longest line: an inline command, or a length. */
const MOST_LINE = 64 * 1024
const MOST_WORDS = 0x7fffffff
const MOST_WORDS_UNAUTHENTICATED = 10
const MOST_BULK_UNAUTHENTICATED = 16384
/** Strings of V8 end here, 24 bytes short of the 512 MB that Redis allows. */
const MOST_STRING = 0x1fffffe8
/** `proto-max-bulk-len` cannot be set lower than this, so what is shorter needs no look at it. */
const LEAST_MOST_BULK = 1024 * 1024
/** A store for the beginning of a request has room for what usually comes at once. */
const LEAST_STORE = 16 * 1024
/** An empty store that is larger is given back. */
const MOST_IDLE_STORE = 64 * 1024
/** No store grows by more at once. */
const MOST_GROWTH = 64 * 1024 * 1024
/** Command names that are remembered, by a sum of a few of their bytes. */
const NAMES = 64

const fromCharCode = String.fromCharCode
const NOTHING = new Uint8Array(0)
const NO_WORD = ''

/** What the parser asks about its client, when a length is such that it matters. */
export interface ParserLimits {
  /** Whether the client may send long requests: it has authenticated, or need not. */
  readonly trusted: boolean
  /** `proto-max-bulk-len`. */
  readonly maxBulk: number
}

const LIBERAL: ParserLimits = { trusted: true, maxBulk: 512 * 1024 * 1024 }

export class RespParser {
  /**
   * Why parsing has ended, as Redis words it behind `-ERR Protocol error: `. The connection is to be
   * closed; `next` answers null from now on.
   */
  error: string | null = null
  /** Whether the last request was an inline command. */
  inline = false
  private readonly limits: ParserLimits
  /** Unread bytes stand in `bytes` from `at` to `end`. */
  private bytes: Uint8Array = NOTHING
  private at = 0
  private end = 0
  /** Ours to append to; `bytes` is either this or the host's chunk. */
  private store: Uint8Array = NOTHING
  /** How far a line that has not ended yet was searched. */
  private searched = 0
  /** The request so far, how many words of it are there and how many are still to come. */
  private argv: string[] = []
  private taken = 0
  private missing = 0
  /** Bytes of the words that were there when the bytes ran out, and how many those were. */
  private begunBytes = 0
  private begunWords = 0
  /** Length of the word that comes next, or -1 if that is still to be read. */
  private bulk = -1
  private readonly names: string[] = new Array<string>(NAMES).fill('')

  constructor(limits: ParserLimits = LIBERAL) {
    this.limits = limits
  }

  /** Bytes that wait to be parsed. */
  get pending(): number {
    return this.end - this.at
  }

  /** Bytes of the words of a request that is not all there yet. */
  get begun(): number {
    return this.missing > 0 ? this.begunBytes : 0
  }

  /** Bytes of the word that is being read, as far as they are here: with the line end behind it. */
  get wordSoFar(): number {
    return this.missing > 0 && this.bulk >= 0 ? Math.min(this.pending, this.bulk + 2) : 0
  }

  /** Bytes that have been announced and not come, and that there is no room for yet. */
  get announced(): number {
    if (this.missing === 0 || this.bulk < 0) return 0
    return Math.max(0, this.bulk + 2 - this.pending - this.room)
  }

  /** Bytes that could be appended to those that wait. */
  get room(): number {
    return this.store.length - (this.bytes === this.store ? this.pending : 0)
  }

  /** Give back the room that nothing waits in. */
  shrink(): void {
    if (this.store.length === 0 || (this.bytes !== this.store && this.pending > 0)) return
    this.store = this.pending === 0 ? NOTHING : this.store.slice(this.at, this.end)
    this.end -= this.at
    this.searched -= this.at
    this.at = 0
    this.bytes = this.store
  }

  /**
   * More bytes. They are read in place: call `next` until it answers null, or else `keep`, before
   * the chunk is changed.
   */
  feed(chunk: Uint8Array): void {
    if (this.error !== null || chunk.length === 0) return
    if (this.at === this.end) {
      this.bytes = chunk
      this.at = 0
      this.end = chunk.length
      this.searched = 0
      return
    }
    this.keep(chunk.length)
    this.store.set(chunk, this.end)
    this.end += chunk.length
  }

  /** Copy what has not been read yet, and make room for `more` bytes behind it. */
  keep(more = 0): void {
    const { at } = this
    const left = this.end - at
    if (left === 0) {
      this.bytes = NOTHING
      this.at = 0
      this.end = 0
      if (this.store.length > MOST_IDLE_STORE) this.store = NOTHING
      return
    }
    const inStore = this.bytes === this.store
    const need = left + more
    if (inStore && this.end + more <= this.store.length) return
    if (need <= this.store.length && (!inStore || at >= left)) {
      // Moving within the store is paid for by what was read from it since.
      if (inStore) this.store.copyWithin(0, at, this.end)
      else this.store.set(this.bytes.subarray(at, this.end))
    } else {
      const grown = new Uint8Array(Math.max(LEAST_STORE, this.roomFor(need)))
      grown.set(this.bytes.subarray(at, this.end))
      this.store = grown
    }
    this.bytes = this.store
    this.searched = Math.max(0, this.searched - at)
    this.at = 0
    this.end = left
  }

  /** Twice as much as is there, but no more than a word needs that has been announced. */
  private roomFor(need: number): number {
    const doubled = need + Math.min(need, MOST_GROWTH)
    const word = this.missing > 0 ? this.bulk + 2 : 0
    return word > need ? Math.min(doubled, word) : doubled
  }

  /** One request as byte strings, or null if none is complete, or none ever will be (see `error`). */
  next(): string[] | null {
    if (this.error !== null) return null
    while (this.missing === 0) {
      if (this.at >= this.end) {
        this.keep()
        return null
      }
      if (this.bytes[this.at] !== ARRAY) {
        const argv = this.readInline()
        if (argv === null) {
          if (this.error === null) this.keep()
          return null
        }
        if (argv.length === 0) continue
        this.inline = true
        return argv
      }
      if (!this.readCount()) return null
    }
    if (!this.readWords()) return null
    const { argv } = this
    this.inline = false
    return argv
  }

  /** `*3\r\n`. False if it is not all there, or wrong. Zero and less stand for no request at all. */
  private readCount(): boolean {
    const { bytes, at } = this
    // One digit is what nearly every request has. A digit also rules out every special case.
    if (at + 3 < this.end && bytes[at + 2] === CR) {
      const digit = (bytes[at + 1] as number) - ZERO
      if (digit > 0 && digit <= 9) {
        this.begin(digit)
        this.at = at + 4
        return true
      }
    }
    const line = this.findEnd(CR)
    if (line < 0) return this.wait('too big mbulk count string')
    const count = parseInteger(this.text(at + 1, line))
    if (count === undefined || count > MOST_WORDS) return this.fail('invalid multibulk length')
    if (count > MOST_WORDS_UNAUTHENTICATED && !this.limits.trusted) {
      return this.fail('unauthenticated multibulk length')
    }
    this.skipTo(line + 2)
    if (count > 0) this.begin(Number(count))
    return true
  }

  private begin(count: number): void {
    this.argv = placesFor(count)
    this.taken = 0
    this.missing = count
    this.begunBytes = 0
    this.begunWords = 0
  }

  /** Words until there are enough of them. False if they are not all there, or wrong. */
  private readWords(): boolean {
    const { bytes, argv, end } = this
    let { at, taken, missing, bulk } = this
    while (missing > 0) {
      if (bulk < 0) {
        // `$3\r\n` and `$12\r\n`, if they are all there.
        if (at + 4 < end && bytes[at] === BULK) {
          const first = (bytes[at + 1] as number) - ZERO
          const second = bytes[at + 2] as number
          if (first < 0 || first > 9) bulk = -1
          else if (second === CR) {
            bulk = first
            at += 4
          } else if (first > 0 && second >= ZERO && second <= ZERO + 9 && bytes[at + 3] === CR) {
            bulk = first * 10 + second - ZERO
            at += 5
          }
        }
        if (bulk < 0) {
          this.at = at
          this.taken = taken
          this.missing = missing
          this.bulk = -1
          bulk = this.readLength()
          if (bulk < 0) return false
          at = this.at
        }
      }
      if (end - at < bulk + 2) {
        this.at = at
        this.taken = taken
        this.missing = missing
        this.bulk = bulk
        this.pause()
        return false
      }
      argv[taken] = taken === 0 ? this.name(at, bulk) : decode(bytes, at, bulk)
      at += bulk + 2
      bulk = -1
      taken++
      missing--
    }
    this.skipTo(at)
    this.missing = 0
    this.bulk = -1
    return true
  }

  /** The bytes have run out: keep what is left of them, and count what has come. */
  private pause(): void {
    for (; this.begunWords < this.taken; this.begunWords++) {
      this.begunBytes += (this.argv[this.begunWords] as string).length
    }
    this.keep()
  }

  /** `$5\r\n`; -1 if it is not all there, or wrong. */
  private readLength(): number {
    const { at } = this
    const line = this.findEnd(CR)
    if (line < 0) {
      this.wait('too big bulk count string')
      return -1
    }
    const kind = this.bytes[at] as number
    if (kind !== BULK) {
      this.fail(`expected '$', got '${fromCharCode(kind)}'`)
      return -1
    }
    const length = parseInteger(this.text(at + 1, line))
    if (
      length === undefined ||
      length < 0 ||
      length > MOST_STRING ||
      (length > LEAST_MOST_BULK && length > this.limits.maxBulk)
    ) {
      this.fail('invalid bulk length')
      return -1
    }
    if (length > MOST_BULK_UNAUTHENTICATED && !this.limits.trusted) {
      this.fail('unauthenticated bulk length')
      return -1
    }
    this.skipTo(line + 2)
    return Number(length)
  }

  /** A line and its words; null if it is not all there, or wrong. */
  private readInline(): string[] | null {
    const line = this.findEnd(LF)
    if (line < 0) {
      if (this.end - this.at > MOST_LINE) this.fail('too big inline request')
      return null
    }
    const { bytes, at } = this
    const last = line > at && bytes[line - 1] === CR ? line - 1 : line
    const argv = splitInline(fromBytes(bytes, at, last))
    if (argv === undefined) {
      this.fail('unbalanced quotes in request')
      return null
    }
    this.skipTo(line + 1)
    return argv
  }

  /**
   * Where the line that begins at `at` has its CR (with room for the LF) or its LF; -1 if it does
   * not end yet. Nothing is searched twice, however small the chunks.
   */
  private findEnd(stop: number): number {
    const { bytes } = this
    const end = stop === CR ? this.end - 1 : this.end
    let i = this.searched > this.at ? this.searched : this.at
    while (i < end) {
      const byte = bytes[i]
      if (byte === stop) return i
      if (byte === 0) break
      i++
    }
    this.searched = i
    return -1
  }

  private skipTo(at: number): void {
    this.at = at
    this.searched = at
  }

  /** A line has not ended: too long, or wait. */
  private wait(error: string): boolean {
    if (this.end - this.at > MOST_LINE) return this.fail(error)
    this.pause()
    return false
  }

  private fail(error: string): boolean {
    this.error = error
    this.bytes = NOTHING
    this.store = NOTHING
    this.at = 0
    this.end = 0
    this.argv = []
    return false
  }

  /** A short text: no number that is accepted is longer than 20 bytes. */
  private text(start: number, end: number): string {
    return end - start > 20 ? '' : fromBytes(this.bytes, start, end)
  }

  /**
   * The first word. Clients send the same few over and over, so the last ones are remembered: the
   * same string again has its hash already, which makes finding the command twice as fast.
   */
  private name(at: number, length: number): string {
    if (length === 0 || length > 16) return decode(this.bytes, at, length)
    const { bytes, names } = this
    const slot =
      ((bytes[at] as number) * 7 + (bytes[at + length - 1] as number) * 3 + length) & (NAMES - 1)
    const known = names[slot] as string
    if (known.length === length) {
      let i = 0
      while (i < length && known.charCodeAt(i) === bytes[at + i]) i++
      if (i === length) return known
    }
    const name = decode(bytes, at, length)
    names[slot] = name
    return name
  }
}

/**
 * Room for the words of a request. An array that grows from nothing takes room for seventeen, which is far
 * too much for most. (Of variables: an array of constants would be copied when it is first written to.)
 */
function placesFor(count: number): string[] {
  const w = NO_WORD
  if (count === 2) return [w, w]
  if (count === 3) return [w, w, w]
  if (count === 1) return [w]
  return count === 4 ? [w, w, w, w] : []
}

/** A word as a flat byte string of its own. Up to twelve bytes it is one call, without a branch. */
function decode(b: Uint8Array, i: number, length: number): string {
  const c = b as unknown as number[]
  // biome-ignore format: one line a length
  switch (length) {
    case 0: return ''
    case 1: return fromCharCode(c[i] as number)
    case 2: return fromCharCode(c[i] as number, c[i + 1] as number)
    case 3: return fromCharCode(c[i] as number, c[i + 1] as number, c[i + 2] as number)
    default: return fromBytes(b, i, i + length)
  }
}
