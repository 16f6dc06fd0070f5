/**
 * Bytes from a server to replies, resumable at any byte: the client's half of the protocol.
 *
 * A reply is read in one go when all of it is there, and from its beginning otherwise; `need` says
 * how many bytes are wanted at least before it is worth another try, so that a large string arriving
 * in small pieces is not read over and over, and a long array is resumed at its last whole item.
 */
import { CommandError } from '../core/errors.ts'
import {
  BigNumber,
  Bool,
  Double,
  MapReply,
  NIL_ARRAY,
  OK,
  PONG,
  Push,
  QUEUED,
  type Reply,
  SetReply,
  Status,
  Verbatim,
} from '../core/reply.ts'
import { fromBytes } from '../util/bytes.ts'
import { parseInteger } from '../util/integer.ts'
import {
  ARRAY,
  ATTRIBUTE,
  BIG_NUMBER,
  BOOL,
  BULK,
  BULK_ERROR,
  CR,
  DOUBLE,
  ERROR,
  INTEGER,
  LF,
  MAP,
  NIL,
  PUSH,
  SET,
  STATUS,
  VERBATIM,
} from './signs.ts'

const MOST_DEPTH = 128
const NOTHING = new Uint8Array(0)

/** The bytes are not RESP. There is no way on. */
export class RespError extends Error {
  override readonly name = 'RespError'
}

/** An array, map, set, push or attribute whose items are still coming. */
interface Frame {
  readonly kind: number
  readonly items: Reply[]
  /** Items that are still to come. */
  missing: number
}

export class RespReader {
  private bytes: Uint8Array = NOTHING
  private at = 0
  private end = 0
  private need = 0
  private readonly stack: Frame[] = []

  /** Bytes that were fed but belong to no complete reply yet. */
  get pending(): number {
    return this.end - this.at
  }

  /** More bytes; they are copied if they cannot be read at once. Calls back with every whole reply. */
  feed(chunk: Uint8Array, onReply: (reply: Reply) => void): void {
    this.append(chunk)
    for (;;) {
      const reply = this.next()
      if (reply === undefined) break
      onReply(reply)
    }
    this.keep()
  }

  /** All whole replies in these bytes and those before. */
  read(chunk: Uint8Array): Reply[] {
    const replies: Reply[] = []
    this.feed(chunk, (reply) => replies.push(reply))
    return replies
  }

  private append(chunk: Uint8Array): void {
    const left = this.end - this.at
    if (left === 0) {
      this.bytes = chunk
      this.at = 0
      this.end = chunk.length
      return
    }
    // `keep` has copied: these bytes are ours.
    if (this.end + chunk.length > this.bytes.length) {
      const need = left + chunk.length
      if (need <= this.bytes.length && this.at >= left) this.bytes.copyWithin(0, this.at, this.end)
      else {
        const grown = new Uint8Array(2 * need)
        grown.set(this.bytes.subarray(this.at, this.end))
        this.bytes = grown
      }
      this.at = 0
      this.end = left
    }
    this.bytes.set(chunk, this.end)
    this.end += chunk.length
    this.ours = true
  }

  private ours = false

  /** The chunk is the caller's: what is left of it is copied. */
  private keep(): void {
    if (this.at === this.end) {
      this.bytes = NOTHING
      this.at = 0
      this.end = 0
      this.ours = false
    } else if (!this.ours) {
      this.bytes = this.bytes.slice(this.at, this.end)
      this.end -= this.at
      this.at = 0
      this.ours = true
    }
  }

  /** The next whole reply, or undefined. */
  private next(): Reply | undefined {
    for (;;) {
      if (this.end - this.at < this.need || this.at === this.end) return undefined
      let value = this.readItem()
      if (value === undefined) return undefined
      this.need = 0
      // File the item; it may complete the aggregate it belongs to, and that one the next.
      for (;;) {
        if (value === OPENED) break
        const frame = this.stack[this.stack.length - 1]
        if (frame === undefined) return value
        frame.items.push(value)
        frame.missing--
        if (frame.missing > 0) break
        this.stack.pop()
        const closed = close(frame)
        // An attribute is not a value: what it describes comes next.
        if (closed === undefined) break
        value = closed
      }
    }
  }

  /** One item; `OPENED` for the head of an aggregate with items; undefined if it is not all there. */
  private readItem(): Reply | typeof OPENED | undefined {
    const { bytes, at, end } = this
    const kind = bytes[at] as number
    let line = at + 1
    while (line < end && bytes[line] !== CR) line++
    if (line + 1 >= end) return undefined
    if (bytes[line + 1] !== LF) throw new RespError('a line does not end with CR LF')
    const after = line + 2
    switch (kind) {
      case BULK:
      case VERBATIM:
      case BULK_ERROR: {
        // !
        const length = this.length(at + 1, line)
        if (length < 0) {
          this.at = after
          return null
        }
        if (end - after < length + 2) {
          this.need = after - at + length + 2
          return undefined
        }
        if (bytes[after + length] !== CR || bytes[after + length + 1] !== LF) {
          throw new RespError('a bulk string does not end with CR LF')
        }
        this.at = after + length + 2
        const text = fromBytes(bytes, after, after + length)
        if (kind === BULK) return text
        if (kind === BULK_ERROR) return toError(text)
        return new Verbatim(text.slice(4), text.slice(0, 3))
      }
      case ARRAY:
      case MAP:
      case SET:
      case PUSH:
      case ATTRIBUTE: {
        // |
        const count = this.length(at + 1, line)
        this.at = after
        if (count < 0) return NIL_ARRAY
        const missing = kind === MAP || kind === ATTRIBUTE ? 2 * count : count
        const frame: Frame = { kind, items: [], missing }
        if (missing === 0) return close(frame) ?? OPENED
        if (this.stack.length >= MOST_DEPTH) throw new RespError('nested too deeply')
        this.stack.push(frame)
        return OPENED
      }
    }
    this.at = after
    return simple(kind, fromBytes(bytes, at + 1, line))
  }

  /** The number behind the letter of a bulk string or an aggregate; -1 for nil. */
  private length(start: number, end: number): number {
    const n = end - start > 20 ? undefined : parseInteger(fromBytes(this.bytes, start, end))
    if (typeof n !== 'number' || n < -1 || n > 0xffffffff) throw new RespError('invalid length')
    return n
  }
}

const OPENED = Symbol('opened')

/** What a complete frame stands for; undefined for an attribute. */
function close({ kind, items }: Frame): Reply | undefined {
  switch (kind) {
    case ARRAY:
      return items
    case MAP:
      return new MapReply(items)
    case SET:
      return new SetReply(items)
    case PUSH:
      return new Push(items)
    default:
      return undefined
  }
}

/** An item that is one line. */
function simple(kind: number, text: string): Reply {
  switch (kind) {
    case STATUS:
      if (text === 'OK') return OK
      if (text === 'QUEUED') return QUEUED
      return text === 'PONG' ? PONG : new Status(text)
    case ERROR:
      return toError(text)
    case INTEGER: {
      // :
      const n = parseInteger(text)
      if (n === undefined) throw new RespError(`'${text.slice(0, 40)}' is not an integer`)
      return n
    }
    case NIL:
      return null
    case DOUBLE:
      return new Double(toDouble(text))
    case BIG_NUMBER:
      return new BigNumber(text)
    case BOOL:
      if (text === 't' || text === 'f') return new Bool(text === 't')
      throw new RespError('invalid boolean')
    default:
      throw new RespError(`unknown type '${String.fromCharCode(kind)}'`)
  }
}

function toError(text: string): CommandError {
  const space = text.indexOf(' ')
  return space < 0
    ? new CommandError('', text)
    : new CommandError(text.slice(space + 1), text.slice(0, space))
}

function toDouble(text: string): number {
  if (text === 'inf') return Number.POSITIVE_INFINITY
  if (text === '-inf') return Number.NEGATIVE_INFINITY
  return Number(text)
}
