/**
 * Replies as redis-cli prints them on a terminal, in pieces that a page can colour.
 *
 * The text of all pieces together is what `redis-cli --no-raw` writes, to the byte; a test compares
 * the two.
 */
import { CommandError } from '../src/core/errors.ts'
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
  Signal,
  Status,
  Verbatim,
} from '../src/core/reply.ts'

import { decodeUtf8, fromBytes } from '../src/util/bytes.ts'
import { formatDouble } from '../src/util/float.ts'
import { quote } from '../src/util/quote.ts'

export type Kind = 'string' | 'number' | 'nil' | 'error' | 'status' | 'index' | 'plain'

/** A run of text of one kind. */
export interface Piece {
  readonly text: string
  readonly kind: Kind
}

/** Without a line break at the end. */
export function formatReply(reply: Reply): Piece[] {
  const pieces: Piece[] = []
  write(pieces, reply, '')
  return pieces
}

/** The same as one string. */
export const formatText = (reply: Reply): string =>
  formatReply(reply)
    .map((piece) => piece.text)
    .join('')

function write(out: Piece[], reply: Reply, prefix: string): void {
  const put = (kind: Kind, text: string): void => {
    out.push({ kind, text })
  }
  if (reply === null || reply instanceof Signal) put('nil', '(nil)')
  else if (typeof reply === 'string') put('string', quote(reply))
  else if (reply instanceof Uint8Array) put('string', quote(fromBytes(reply)))
  else if (typeof reply === 'number' || typeof reply === 'bigint')
    put('number', `(integer) ${reply}`)
  else if (reply instanceof Status) put('status', decodeUtf8(reply.text))
  else if (reply instanceof CommandError) put('error', `(error) ${errorText(reply)}`)
  else if (reply instanceof Double) put('number', `(double) ${formatDouble(reply.value)}`)
  else if (reply instanceof BigNumber) put('number', `(big number) ${reply.digits}`)
  else if (reply instanceof Bool) put('number', reply.value ? '(true)' : '(false)')
  else if (reply instanceof Verbatim) put('plain', decodeUtf8(reply.text))
  else if (reply instanceof MapReply) writeMap(out, reply.items, prefix)
  else if (reply instanceof PairsReply) write(out, nested(reply), prefix)
  else if (reply instanceof SetReply) writeList(out, reply.items, '~', '(empty set)', prefix)
  else if (reply instanceof Push) writeList(out, reply.items, ')', '(empty push)', prefix)
  else if (reply instanceof Many) writeMany(out, reply.replies)
  else if (reply instanceof Payload) put('string', quote(fromBytes(reply.bytes)))
  else if (reply instanceof Attributed) write(out, reply.reply, prefix)
  else writeList(out, reply, ')', '(empty array)', prefix)
}

/** As RESP3 has it. */
function nested({ items }: PairsReply): Reply[] {
  const pairs: Reply[] = []
  for (let i = 0; i < items.length; i += 2) pairs.push(items.slice(i, i + 2))
  return pairs
}

function writeList(
  out: Piece[],
  items: readonly Reply[],
  mark: string,
  empty: string,
  prefix: string,
): void {
  if (items.length === 0) {
    out.push({ kind: 'nil', text: empty })
    return
  }
  const width = String(items.length).length
  const inner = prefix + ' '.repeat(width + 2)
  items.forEach((item, i) => {
    if (i > 0) out.push({ kind: 'plain', text: `\n${prefix}` })
    out.push({ kind: 'index', text: `${String(i + 1).padStart(width)}${mark} ` })
    write(out, item, inner)
  })
}

function writeMap(out: Piece[], items: readonly Reply[], prefix: string): void {
  if (items.length === 0) {
    out.push({ kind: 'nil', text: '(empty hash)' })
    return
  }
  const count = items.length / 2
  const width = String(count).length
  const inner = prefix + ' '.repeat(width + 2)
  for (let i = 0; i < count; i++) {
    if (i > 0) out.push({ kind: 'plain', text: `\n${prefix}` })
    out.push({ kind: 'index', text: `${String(i + 1).padStart(width)}# ` })
    write(out, items[2 * i] as Reply, inner)
    out.push({ kind: 'index', text: ' => ' })
    const value = items[2 * i + 1] as Reply
    if (isBlock(value)) out.push({ kind: 'plain', text: `\n${inner}` })
    write(out, value, inner)
  }
}

/** Whether it takes more than one line; then it begins on one of its own behind a key. */
function isBlock(reply: Reply): boolean {
  if (reply instanceof PairsReply) return reply.items.length > 0
  if (reply instanceof MapReply) {
    return reply.items.length > 2 || (reply.items.length === 2 && isBlock(reply.items[1] as Reply))
  }
  const items = reply instanceof SetReply || reply instanceof Push ? reply.items : reply
  return Array.isArray(items) && (items.length > 1 || (items.length === 1 && isBlock(items[0])))
}

/** An error of one word has no message. */
function errorText(error: CommandError): string {
  return decodeUtf8(error.message === '' ? error.code : error.toString())
}

function writeMany(out: Piece[], replies: readonly Reply[]): void {
  replies.forEach((reply, i) => {
    if (i > 0) out.push({ kind: 'plain', text: '\n' })
    write(out, reply, '')
  })
}
