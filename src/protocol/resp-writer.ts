/**
 * Replies to bytes, in RESP2 or RESP3.
 *
 * Output is collected in a slab and handed over as a view of it, without a copy. A slab is never
 * written twice: a socket may hold on to a view for as long as it likes. The next slab is as large as
 * the output lately was, so an idle connection costs a kilobyte and a busy one allocates rarely.
 */
import { CommandError } from '../core/errors.ts'
import {
  Attributed,
  BigNumber,
  Bool,
  Double,
  Many,
  MapReply,
  NIL_ARRAY,
  OK,
  PairsReply,
  Payload,
  PONG,
  Push,
  QUEUED,
  type Reply,
  SetReply,
  Status,
  Verbatim,
} from '../core/reply.ts'
import { toBytes, writeBytes } from '../util/bytes.ts'
import { formatDouble } from '../util/float.ts'
import {
  ARRAY,
  ATTRIBUTE,
  BIG_NUMBER,
  BOOL,
  BULK,
  CR,
  DOUBLE,
  ERROR,
  INTEGER,
  LF,
  MAP,
  PUSH,
  SET,
  STATUS,
  VERBATIM,
  ZERO,
} from './signs.ts'

const LEAST_SLAB = 512
const MOST_SMALL_SLAB = 8 * 1024
const MOST_SLAB = 64 * 1024

const NOTHING = new Uint8Array(0)
const OK_BYTES = toBytes('+OK\r\n')
const PONG_BYTES = toBytes('+PONG\r\n')
const QUEUED_BYTES = toBytes('+QUEUED\r\n')
const NIL_BYTES = toBytes('$-1\r\n')
const NIL_ARRAY_BYTES = toBytes('*-1\r\n')
const NULL_BYTES = toBytes('_\r\n')

export class RespWriter {
  private slab: Uint8Array = NOTHING
  private start = 0
  private at = 0
  /** What the next slab should hold. */
  private usual = LEAST_SLAB

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.at - this.start
  }

  /**
   * Everything written since the last call. The view is the caller's for good, but the buffer under
   * it goes on: copy before transferring it to another thread.
   */
  take(): Uint8Array {
    const { start, at } = this
    this.start = at
    return this.slab.subarray(start, at)
  }

  write(reply: Reply, resp: 2 | 3): void {
    if (typeof reply === 'string') this.writeBulk(reply)
    else if (reply === OK) this.copy(OK_BYTES)
    else if (typeof reply === 'number') this.writeInteger(reply)
    else if (reply === null) this.copy(resp === 3 ? NULL_BYTES : NIL_BYTES)
    else if (Array.isArray(reply)) this.writeAll(ARRAY, reply.length, reply, resp)
    else this.writeTagged(reply, resp)
  }

  /** Bytes that are RESP already. */
  writeRaw(bytes: Uint8Array): void {
    this.copy(bytes)
  }

  private writeTagged(reply: Exclude<Reply, string | number | null | Reply[]>, resp: 2 | 3): void {
    if (reply instanceof Status) {
      if (reply === PONG) this.copy(PONG_BYTES)
      else if (reply === QUEUED) this.copy(QUEUED_BYTES)
      else this.writeLine(STATUS, reply.text)
    } else if (reply instanceof CommandError) {
      this.writeLine(ERROR, String(reply).replace(/[\r\n]/g, ' '))
    } else if (reply instanceof Uint8Array) {
      this.writeHead(BULK, reply.length)
      this.copy(reply)
      this.endLine()
    } else if (reply instanceof MapReply) {
      const { items } = reply
      if (resp === 3) this.writeAll(MAP, items.length >> 1, items, resp)
      else this.writeAll(ARRAY, items.length, items, resp)
    } else if (reply instanceof PairsReply) {
      const { items } = reply
      if (resp === 3) this.writePairs(items)
      else this.writeAll(ARRAY, items.length, items, resp)
    } else if (reply instanceof SetReply) {
      this.writeAll(resp === 3 ? SET : ARRAY, reply.items.length, reply.items, resp)
    } else if (reply instanceof Push) {
      this.writeAll(resp === 3 ? PUSH : ARRAY, reply.items.length, reply.items, resp)
    } else if (reply instanceof Attributed) {
      const { attributes } = reply
      if (resp === 3) this.writeAll(ATTRIBUTE, attributes.length >> 1, attributes, resp)
      this.write(reply.reply, resp)
    } else if (reply instanceof Many) {
      for (const one of reply.replies) this.write(one, resp)
    } else if (reply instanceof Double) {
      const text = reply.text ?? formatDouble(reply.value)
      if (resp === 3) this.writeLine(DOUBLE, text)
      else this.writeBulk(text)
    } else if (reply instanceof BigNumber) {
      if (resp === 3) this.writeLine(BIG_NUMBER, reply.digits)
      else this.writeBulk(reply.digits)
    } else if (reply instanceof Bool) {
      if (resp === 3) this.writeLine(BOOL, reply.value ? 't' : 'f')
      else this.writeInteger(reply.value ? 1 : 0)
    } else if (reply instanceof Verbatim) {
      if (resp === 3) {
        this.writeHead(VERBATIM, reply.text.length + 4)
        this.writeText(`${reply.format}:`)
        this.writeText(reply.text)
        this.endLine()
      } else this.writeBulk(reply.text)
    } else if (reply instanceof Payload) {
      this.writeHead(BULK, reply.bytes.length)
      this.copy(reply.bytes)
    } else if (typeof reply === 'bigint') this.writeLine(INTEGER, `${reply}`)
    else if (reply === NIL_ARRAY) this.copy(resp === 3 ? NULL_BYTES : NIL_ARRAY_BYTES)
    else throw new Error(`'${reply.name}' is not a reply`)
  }

  private writeAll(kind: number, count: number, items: readonly Reply[], resp: 2 | 3): void {
    this.writeHead(kind, count)
    for (const item of items) this.write(item, resp)
  }

  private writePairs(items: readonly Reply[]): void {
    this.writeHead(ARRAY, items.length >> 1)
    for (let i = 0; i < items.length; i += 2) {
      this.writeHead(ARRAY, 2)
      this.write(items[i] as Reply, 3)
      this.write(items[i + 1] as Reply, 3)
    }
  }

  private writeBulk(text: string): void {
    const { length } = text
    this.reserve(length + 32)
    this.writeHead(BULK, length)
    const { slab } = this
    const at = writeBytes(text, slab, this.at)
    slab[at] = CR
    slab[at + 1] = LF
    this.at = at + 2
  }

  private writeInteger(n: number): void {
    this.writeHead(INTEGER, n)
  }

  /** A letter, a whole number and the end of the line. */
  private writeHead(kind: number, n: number): void {
    this.reserve(32)
    const { slab } = this
    let { at } = this
    slab[at++] = kind
    if (n >= 0 && n < 10) slab[at++] = ZERO + n
    else if (n < 0 || n > 999_999_999) at = writeBytes(`${n}`, slab, at)
    else {
      // Digits from the back, by arithmetic: making a string of them takes ten times as long.
      let digits = 2
      for (let limit = 100; n >= limit; limit *= 10) digits++
      let rest = n | 0
      for (let i = at + digits - 1; i >= at; i--) {
        const next = (rest / 10) | 0
        slab[i] = ZERO + rest - next * 10
        rest = next
      }
      at += digits
    }
    slab[at] = CR
    slab[at + 1] = LF
    this.at = at + 2
  }

  private writeLine(kind: number, text: string): void {
    this.reserve(text.length + 3)
    this.slab[this.at++] = kind
    this.writeText(text)
    this.endLine()
  }

  private writeText(text: string): void {
    this.reserve(text.length + 2)
    this.at = writeBytes(text, this.slab, this.at)
  }

  private endLine(): void {
    this.reserve(2)
    this.slab[this.at++] = CR
    this.slab[this.at++] = LF
  }

  private copy(bytes: Uint8Array): void {
    const { length } = bytes
    this.reserve(length)
    const { slab, at } = this
    if (length < 16) for (let i = 0; i < length; i++) slab[at + i] = bytes[i] as number
    else slab.set(bytes, at)
    this.at = at + length
  }

  /** Make room. What has not been taken yet moves to a larger slab. */
  private reserve(room: number): void {
    if (this.at + room > this.slab.length) this.grow(room)
  }

  private grow(room: number): void {
    const { length } = this
    const need = length + room
    // A slab that many takes have used up is followed by a larger one, to a point; output that does
    // not fit doubles it, so that a large reply is copied a few times and not once an item.
    if (length > 0 || need > this.usual) this.usual = Math.min(MOST_SLAB, 2 * need)
    else if (this.usual < MOST_SMALL_SLAB) this.usual *= 2
    const slab = new Uint8Array(Math.max(this.usual, length > 0 ? 2 * need : need))
    if (length > 0) slab.set(this.slab.subarray(this.start, this.at))
    this.slab = slab
    this.start = 0
    this.at = length
  }
}
