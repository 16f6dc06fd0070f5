/** How many bytes a reply is on the wire, without writing it. */
import { formatDouble } from '../util/float.ts'
import { CommandError } from './errors.ts'
import {
  Attributed,
  BigNumber,
  Bool,
  Double,
  Many,
  MapReply,
  PairsReply,
  Payload,
  Push,
  type Reply,
  SetReply,
  type Signal,
  Status,
  Verbatim,
} from './reply.ts'

/** A sign in front, and the end of a line. */
const LINE = 3

/** Bytes of a reply in RESP2 or RESP3; what is written without a frame, as several replies, adds up. */
export function sizeOfReply(reply: Reply, resp: 2 | 3): number {
  if (typeof reply === 'string') return bulk(reply.length)
  if (typeof reply === 'number' || typeof reply === 'bigint') return LINE + String(reply).length
  if (reply === null) return resp === 3 ? LINE : LINE + 2
  if (Array.isArray(reply)) return head(reply.length) + sum(reply, resp)
  if (reply instanceof Uint8Array) return bulk(reply.length)
  if (reply instanceof Status) return LINE + reply.text.length
  if (reply instanceof CommandError) return LINE + String(reply).length
  if (reply instanceof MapReply) {
    const { items } = reply
    return head(resp === 3 ? items.length >> 1 : items.length) + sum(items, resp)
  }
  if (reply instanceof PairsReply) {
    const { items } = reply
    if (resp === 2) return head(items.length) + sum(items, resp)
    return head(items.length >> 1) + (items.length >> 1) * head(2) + sum(items, resp)
  }
  if (reply instanceof SetReply || reply instanceof Push) {
    return head(reply.items.length) + sum(reply.items, resp)
  }
  if (reply instanceof Attributed) {
    const { attributes } = reply
    const said = resp === 3 ? head(attributes.length >> 1) + sum(attributes, resp) : 0
    return said + sizeOfReply(reply.reply, resp)
  }
  if (reply instanceof Many) return sum(reply.replies, resp)
  if (reply instanceof Double) return line((reply.text ?? formatDouble(reply.value)).length, resp)
  if (reply instanceof BigNumber) return line(reply.digits.length, resp)
  if (reply instanceof Bool) return LINE + 1
  if (reply instanceof Verbatim) return bulk(reply.text.length + (resp === 3 ? 4 : 0))
  if (reply instanceof Payload) return head(reply.bytes.length) + reply.bytes.length
  return sizeOfSignal(reply, resp)
}

/** Bytes of a request as an array of bulk strings. */
export function sizeOfRequest(argv: readonly string[]): number {
  let bytes = head(argv.length)
  for (const word of argv) bytes += bulk(word.length)
  return bytes
}

const head = (count: number): number => LINE + String(count).length

const bulk = (length: number): number => head(length) + length + 2

/** A line of its own in RESP3, a bulk string in RESP2. */
const line = (length: number, resp: 2 | 3): number => (resp === 3 ? LINE + length : bulk(length))

function sum(replies: readonly Reply[], resp: 2 | 3): number {
  let bytes = 0
  for (const reply of replies) bytes += sizeOfReply(reply, resp)
  return bytes
}

/** Only a nil array is ever written. */
const sizeOfSignal = ({ name }: Signal, resp: 2 | 3): number =>
  name !== 'nil array' ? 0 : resp === 3 ? LINE : LINE + 2
