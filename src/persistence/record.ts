/**
 * Records: how everything stored is framed.
 *
 * A record is a header line of 64 bytes and a payload. The header is text that begins with `#`,
 * because Redis (7.0 and later) skips such lines in an append-only file: a journal is then, byte for
 * byte, an AOF that a real server loads.
 *
 *     #RSPT01 J 000000000000002a 00000003 000000f1 7c9e66b1 5d0f2a3b\r\n
 *     |    |  | |                |        |        |        checksum of the header up to here
 *     |    |  | |                |        |        checksum of the payload
 *     |    |  | |                |        length of the payload
 *     |    |  | |                epoch of the owner that wrote it
 *     |    |  | sequence
 *     |    |  kind
 *     |    version of the format
 *     magic
 *
 * All numbers are hexadecimal in lower case and of fixed width. Two checksums instead of one, so
 * that the length is trusted before it is followed: a damaged header and a record that is cut short
 * can then be told apart. CRC-32 finds every error within 32 bits, so any changed byte is found.
 * Headers of later versions keep this layout, or at least the magic, the version and the line's
 * length and checksum, so that an older reader can say what it met.
 */

import { ARRAY, CR, LF } from '../protocol/signs.ts'
import { crc32 } from '../util/crc.ts'
import { corrupt, type RecordPlace, StoreError } from './errors.ts'
import { hasSelect, NOTE, RECORD, RequestScanner, TIME } from './requests.ts'
import type { Area, Piece } from './store.ts'

export const HEADER_SIZE = 64
export const FORMAT_VERSION = 1

/**
 * A note at the end of a journal record: the last record before it that was strictly stored when this
 * one was made. Those between the two may be missing although this one is there: systems write
 * in what order they like. A record without the note says it of the one before it.
 */
export const strictNote = (sequence: number): string => `strict:${sequence}`

/**
 * A batch of effects; the snapshot's first record, its chunks, and its last; a manifest. `R` is none:
 * requests that stand between records, as a real server has appended them.
 */
export type RecordKind = 'J' | 'H' | 'S' | 'E' | 'M' | 'R'

export interface Header {
  readonly version: number
  readonly kind: RecordKind
  readonly sequence: number
  readonly epoch: number
  readonly length: number
  readonly checksum: number
}

const NO_HEADER: Header = {
  ...{ version: FORMAT_VERSION, kind: 'R', sequence: -1, epoch: 0, length: 0, checksum: 0 },
}
const SPACE = 0x20
const MAGIC = [0x23, 0x52, 0x53, 0x50, 0x54] as const // #RSPT
const AT_VERSION = 5
const AT_KIND = 8
const AT_SEQUENCE = 10
const AT_EPOCH = 27
const AT_LENGTH = 36
const AT_CHECKSUM = 45
const AT_OWN_CHECKSUM = 54
const SPACES = [7, 9, 26, 35, 44, 53] as const

/**
 * Write the header in front of a payload that already stands behind it: `into[HEADER_SIZE …]`. The
 * array is the record afterwards.
 */
export function seal(into: Uint8Array, kind: RecordKind, sequence: number, epoch: number): void {
  const length = into.length - HEADER_SIZE
  for (let i = 0; i < MAGIC.length; i++) into[i] = MAGIC[i] as number
  writeHex(into, AT_VERSION, 2, FORMAT_VERSION)
  for (const at of SPACES) into[at] = SPACE
  into[AT_KIND] = kind.charCodeAt(0)
  writeHex(into, AT_SEQUENCE, 8, Math.floor(sequence / 0x100000000))
  writeHex(into, AT_SEQUENCE + 8, 8, sequence % 0x100000000)
  writeHex(into, AT_EPOCH, 8, epoch)
  writeHex(into, AT_LENGTH, 8, length)
  writeHex(into, AT_CHECKSUM, 8, crc32(into, HEADER_SIZE))
  writeHex(into, AT_OWN_CHECKSUM, 8, crc32(into, 0, AT_OWN_CHECKSUM))
  into[HEADER_SIZE - 2] = CR
  into[HEADER_SIZE - 1] = LF
}

/** A record around a copy of the payload. */
export function makeRecord(
  kind: RecordKind,
  sequence: number,
  epoch: number,
  payload: Uint8Array,
): Uint8Array {
  const record = new Uint8Array(HEADER_SIZE + payload.length)
  record.set(payload, HEADER_SIZE)
  seal(record, kind, sequence, epoch)
  return record
}

/** The header at a place, or null if there is none or it is damaged. Never reads beyond the array. */
export function readHeader(bytes: Uint8Array, at = 0): Header | null {
  if (bytes.length - at < HEADER_SIZE) return null
  for (let i = 0; i < MAGIC.length; i++) if (bytes[at + i] !== MAGIC[i]) return null
  if (bytes[at + HEADER_SIZE - 2] !== CR || bytes[at + HEADER_SIZE - 1] !== LF) return null
  const own = readHex(bytes, at + AT_OWN_CHECKSUM, 8)
  if (own < 0 || own !== crc32(bytes, at, at + AT_OWN_CHECKSUM)) return null
  return {
    version: readHex(bytes, at + AT_VERSION, 2),
    kind: String.fromCharCode(bytes[at + AT_KIND] as number) as RecordKind,
    sequence:
      readHex(bytes, at + AT_SEQUENCE, 8) * 0x100000000 + readHex(bytes, at + AT_SEQUENCE + 8, 8),
    epoch: readHex(bytes, at + AT_EPOCH, 8),
    length: readHex(bytes, at + AT_LENGTH, 8),
    checksum: readHex(bytes, at + AT_CHECKSUM, 8),
  }
}

const DIGITS = '0123456789abcdef'

function writeHex(into: Uint8Array, at: number, digits: number, value: number): void {
  let rest = value
  for (let i = at + digits - 1; i >= at; i--) {
    into[i] = DIGITS.charCodeAt(rest & 15)
    rest = rest >>> 4
  }
}

/** Lower case only: a changed byte must not read as the same number. -1 if it is none. */
function readHex(bytes: Uint8Array, at: number, digits: number): number {
  let value = 0
  for (let i = at; i < at + digits; i++) {
    const code = bytes[i] as number
    const digit =
      code >= 0x30 && code <= 0x39 ? code - 0x30 : code >= 0x61 && code <= 0x66 ? code - 87 : -1
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

// ---- Reading ----------------------------------------------------------------------------------

export interface StoredRecord {
  readonly header: Header
  readonly payload: Uint8Array
  readonly place: RecordPlace
}

/** The end of an area that could not be read. */
export interface Damage {
  readonly place: RecordPlace
  readonly reason: string
  /** From the place to the end of the area. */
  readonly bytes: number
  /**
   * No record comes after it that knows it to be stored. In a store that tears, this is what an
   * interrupted append, or the order in which a system wrote, leaves behind; everywhere else it is
   * corruption.
   */
  readonly atEnd: boolean
  /** It is not one of our records that is damaged, but what a real server has appended. */
  readonly requests?: boolean
}

/** What is done about requests that are none. */
export interface RequestRules {
  /** Whether an end of a file of so many bytes is to be passed over. */
  spares(bytes: number): boolean
}

const EARLY = 'the data ends too early'
/** Bytes in which requests are looked for at first. */
const REQUESTS = 64 * 1024

/**
 * The records of an area, one by one. Ends where the bytes end or where they cannot be read; `damage`
 * then says why, and how much was left.
 */
export class RecordReader {
  damage: Damage | null = null
  /** Bytes of whole records so far. */
  readBytes = 0
  private readonly area: Area
  private readonly pieces: AsyncIterator<Piece>
  private readonly buffered: Piece[] = []
  private total = 0
  private due: number
  private readonly requests: RequestRules | null
  /** Ends of files that were passed over. */
  readonly spared: Damage[] = []
  /** The last thing that was read was one. */
  private amongRequests = false

  /** `requests`: whether there may be some between the records, and what is done about bad ones. */
  constructor(
    area: Area,
    pieces: AsyncIterable<Piece>,
    firstSequence = 0,
    requests: RequestRules | null = null,
  ) {
    this.area = area
    this.requests = requests
    this.pieces = pieces[Symbol.asyncIterator]()
    this.due = firstSequence
  }

  /** The next record, or null at the end or at damage. Throws on a newer format. */
  async next(): Promise<StoredRecord | null> {
    if (this.damage !== null) return null
    await this.fill(HEADER_SIZE)
    if (this.total === 0) return null
    if (this.requests !== null && this.atRequest) return this.nextRequests()
    const place = this.place()
    const header = this.total < HEADER_SIZE ? null : readHeader(this.front(HEADER_SIZE))
    if (header === null) {
      if (await this.passTorn(this.endOfHeader)) return this.next()
      return this.total < HEADER_SIZE
        ? this.fail(place, 'the header is cut short', true)
        : this.fail(place, 'the header is damaged', false)
    }
    if (header.version > FORMAT_VERSION) {
      throw new StoreError(
        'newer-format',
        `${this.area} record in ${place.name} at byte ${place.offset} has format ${header.version}; ` +
          `this version reads up to ${FORMAT_VERSION}`,
        { record: place },
      )
    }
    const named = { ...place, sequence: header.sequence }
    const size = HEADER_SIZE + header.length
    await this.fill(size)
    const record = this.front(Math.min(size, this.total))
    if (record.length < size || crc32(record, HEADER_SIZE, size) !== header.checksum) {
      if (await this.passTorn(HEADER_SIZE)) return this.next()
      return record.length < size
        ? this.fail(named, 'the record is cut short', true)
        : this.fail(named, 'the checksum does not match', false, size)
    }
    this.drop(size)
    this.readBytes += size
    this.amongRequests = false
    this.due = header.sequence + 1
    return { header, payload: record.subarray(HEADER_SIZE, size), place: named }
  }

  // ---- Requests -----------------------------------------------------------------------------------

  private get atRequest(): boolean {
    const [first, second = RECORD] = this.front(Math.min(2, this.total))
    if (first === ARRAY || (first === NOTE && second === TIME)) return true
    // What is neither is damage of what it follows; but where nothing came to the disk, a record was torn.
    const nothing = first === 0 || (first === NOTE && second === 0)
    return this.amongRequests && !nothing && !(first === NOTE && second === RECORD)
  }

  /** Where a header that was torn ends, if requests follow: their first byte is in none. */
  private get endOfHeader(): number {
    const head = this.front(Math.min(HEADER_SIZE, this.total))
    return head.findIndex((byte, i) => i > 0 && (byte === ARRAY || byte === NOTE))
  }

  /**
   * A real server that finds a torn record runs what is whole of it, and goes on behind that. What it made of
   * it has been seen and built upon, so it counts, and only the header is passed over.
   */
  private async passTorn(header: number): Promise<boolean> {
    if (this.requests === null || header < 0) return false
    const { bytes } = await this.fileBytes(Number.POSITIVE_INFINITY)
    if (!new RequestScanner(bytes.subarray(header)).scan().foreign) return false
    this.drop(header)
    this.readBytes += header
    this.amongRequests = true
    return true
  }

  /** As many whole units as are at hand, at least one. They never go on in another file. */
  private async nextRequests(): Promise<StoredRecord | null> {
    const place = this.place()
    for (let wanted = REQUESTS; ; wanted *= 2) {
      const { bytes, whole } = await this.fileBytes(wanted)
      const { end, stop } = new RequestScanner(bytes).scan()
      if (end > 0) {
        this.drop(end)
        this.readBytes += end
        this.amongRequests = true
        const payload = bytes.subarray(0, end)
        return { header: { ...NO_HEADER, length: end }, payload, place }
      }
      if (stop !== 'short') return this.failRequests(place, 'this is no request')
      if (whole) return this.failRequests(place, EARLY)
    }
  }

  /** The rest of this file is no request; it may be passed over. */
  private async failRequests(place: RecordPlace, reason: string): Promise<StoredRecord | null> {
    const { bytes } = await this.fileBytes(Number.POSITIVE_INFINITY)
    const rest = bytes.length
    this.drop(rest)
    await this.fill(1)
    const atEnd = this.total === 0 && reason === EARLY
    const damage = { place, reason, bytes: rest, atEnd, requests: true }
    if (!atEnd && this.requests?.spares(rest) === true) {
      this.spared.push(damage)
      this.amongRequests = false
      return this.next()
    }
    await this.reject(place, reason)
    this.damage = { ...damage, bytes: rest + (this.damage?.bytes ?? 0) }
    return null
  }

  /** At least so many bytes of the file in which the next byte stands, if it has them. */
  private async fileBytes(wanted: number): Promise<{ bytes: Uint8Array; whole: boolean }> {
    const { name } = this.buffered[0] as Piece
    for (;;) {
      let bytes = 0
      let whole = false
      for (const piece of this.buffered) {
        if (piece.name !== name) {
          whole = true
          break
        }
        bytes += piece.bytes.length
      }
      if (whole || bytes >= wanted) return { bytes: this.front(bytes), whole }
      const { total } = this
      await this.fill(total + 1)
      if (this.total === total) return { bytes: this.front(bytes), whole: true }
    }
  }

  /** Give up at a record that can be read but makes no sense here. The rest is not looked at. */
  async reject(place: RecordPlace, reason: string): Promise<void> {
    let bytes = this.total
    for (;;) {
      const { value, done } = await this.pieces.next()
      if (done === true) break
      bytes += value.bytes.length
    }
    this.damage = { place, reason, bytes, atEnd: false }
  }

  /** The store's iterator may hold something open. */
  async stop(): Promise<void> {
    await this.pieces.return?.()
  }

  private place(): RecordPlace {
    const first = this.buffered[0] as Piece
    return { area: this.area, name: first.name, offset: first.offset, sequence: this.due }
  }

  /** Read on until this many bytes are there, or there are no more. */
  private async fill(bytes: number): Promise<void> {
    while (this.total < bytes) {
      const { value, done } = await this.pieces.next()
      if (done === true) return
      if (value.bytes.length === 0) continue
      this.buffered.push(value)
      this.total += value.bytes.length
    }
  }

  /** The first bytes in one array; without a copy when one piece has them all. */
  private front(bytes: number): Uint8Array {
    const first = (this.buffered[0] as Piece).bytes
    if (first.length >= bytes) return first.subarray(0, bytes)
    const joined = new Uint8Array(bytes)
    let at = 0
    for (const piece of this.buffered) {
      joined.set(piece.bytes.subarray(0, bytes - at), at)
      at += Math.min(piece.bytes.length, bytes - at)
      if (at === bytes) break
    }
    return joined
  }

  private drop(bytes: number): void {
    let left = bytes
    this.total -= bytes
    while (left > 0) {
      const first = this.buffered[0] as Piece
      if (first.bytes.length > left) {
        this.buffered[0] = {
          name: first.name,
          offset: first.offset + left,
          bytes: first.bytes.subarray(left),
        }
        return
      }
      left -= first.bytes.length
      this.buffered.shift()
    }
  }

  /**
   * Note the damage. Whether it is a torn tail depends on what follows: a later record that was made
   * when this one was surely stored says that something was changed. `skip` is what surely belongs to
   * the bad record, so that a payload which happens to contain a header is not taken for one.
   */
  private async fail(place: RecordPlace, reason: string, atEnd: boolean, skip = 1): Promise<null> {
    // Nor is it torn if a real server's requests may be in there, whatever became of them.
    const file = this.requests === null ? null : await this.fileBytes(Number.POSITIVE_INFINITY)
    let bytes = this.total
    let found = file !== null && hasSelect(file.bytes)
    if (!atEnd) {
      this.drop(skip)
      let rest = this.total === 0 ? new Uint8Array(0) : this.front(this.total)
      for (;;) {
        const from: number = found ? rest.length : this.search(rest, this.due)
        found ||= from < 0
        const { value, done } = await this.pieces.next()
        if (done === true) break
        bytes += value.bytes.length
        if (found) continue
        // A record may lie across the border between two pieces.
        const kept = rest.subarray(from)
        rest = new Uint8Array(kept.length + value.bytes.length)
        rest.set(kept)
        rest.set(value.bytes, kept.length)
      }
    }
    this.damage = { place, reason, bytes, atEnd: !found }
    return null
  }

  /**
   * Look for a whole record that says that this one was stored: -1 if there is one, else from where to
   * look on when there are more bytes.
   */
  private search(bytes: Uint8Array, sequence: number): number {
    for (let at = bytes.indexOf(MAGIC[0]); at >= 0; at = bytes.indexOf(MAGIC[0], at + 1)) {
      if (bytes.length - at < HEADER_SIZE) return at
      const header = readHeader(bytes, at)
      if (header === null || header.sequence < sequence) continue
      const end = at + HEADER_SIZE + header.length
      // Of another version nothing is known; but it is no torn tail of ours.
      if (header.version > FORMAT_VERSION) return -1
      if (end > bytes.length) return at
      if (crc32(bytes, at + HEADER_SIZE, end) !== header.checksum) continue
      if (surelyStored(bytes, at, end, header) >= sequence) return -1
      at = end - 1
    }
    return bytes.length
  }
}

/** The last record before this one that was strictly stored when it was made. */
function surelyStored(bytes: Uint8Array, at: number, end: number, header: Header): number {
  // The note is the last line, and short.
  const tail = String.fromCharCode(...bytes.subarray(Math.max(at + HEADER_SIZE, end - 32), end))
  const match = /#strict:(\d+)\r\n$/.exec(tail)
  return match === null ? header.sequence - 1 : Number(match[1])
}

/** Damage as the error that recovery reports. */
export const damageError = (damage: Damage): StoreError => corrupt(damage.place, damage.reason)
