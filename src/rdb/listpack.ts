/** Whole listpacks, to and from rows of strings; `structs/listpack.ts` says what they are made of. */
import {
  END,
  HEAD,
  isListpack,
  readString,
  writeInteger,
  writeString,
} from '../structs/listpack.ts'
import type { Integer } from '../util/integer.ts'
import { MalformedRdb } from './errors.ts'

/** Where the number of elements cannot be told in two bytes. */
const UNCOUNTED = 0xffff
/** More than an element takes beside its bytes, and an integer at all. */
const ROOM = 16

/** Makes listpacks, one after the other in the same memory. */
export class ListpackWriter {
  bytes: Uint8Array = new Uint8Array(1024)
  /** Where the next element goes. */
  private at = HEAD
  private count = 0

  begin(): this {
    this.at = HEAD
    this.count = 0
    return this
  }

  /** What it would measure if it ended here. */
  get length(): number {
    return this.at + 1
  }

  /** What reads as an integer in its canonical form is stored as one. */
  add(text: string): void {
    this.reserve(text.length)
    this.at = writeString(this.bytes, this.at, text)
    this.count++
  }

  addInteger(n: Integer): void {
    this.reserve(0)
    this.at = writeInteger(this.bytes, this.at, n)
    this.count++
  }

  /** Write the head and the end; the listpack is then `bytes` from 0 to the number returned. */
  finish(): number {
    const { bytes, at } = this
    bytes[at] = END
    const view = new DataView(bytes.buffer)
    view.setUint32(0, at + 1, true)
    view.setUint16(4, Math.min(this.count, UNCOUNTED), true)
    return at + 1
  }

  private reserve(length: number): void {
    const needed = this.at + length + ROOM
    if (needed <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(needed, 2 * this.bytes.length))
    grown.set(this.bytes.subarray(0, this.at))
    this.bytes = grown
  }
}

/** The elements of a listpack, integers in decimal. All of it is checked. */
export function readListpack(bytes: Uint8Array): string[] {
  const places: number[] = []
  if (!isListpack(bytes, places)) throw new MalformedRdb('this is no listpack')
  return places.map((place) => readString(bytes, place))
}
