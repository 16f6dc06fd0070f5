/** Replies as JSON: what Upstash's REST clients expect to read. */
import { CommandError } from '../../core/errors.ts'
import {
  BigNumber,
  Bool,
  Double,
  type Many,
  MapReply,
  NIL_ARRAY,
  PairsReply,
  Push,
  type Reply,
  SetReply,
  Signal,
  Status,
  Verbatim,
} from '../../core/reply.ts'
import { decodeUtf8, fromBytes, toBytes } from '../../util/bytes.ts'
import { formatDouble } from '../../util/float.ts'

export type Json = string | number | boolean | null | Json[]

/**
 * Strings are decoded as UTF-8, or written in base64 if the caller asked for it (statuses are never);
 * maps and pairs come flat, as over RESP2; integers that JSON's readers would round come as text.
 */
export function toJson(reply: Reply, base64: boolean): Json {
  const text = (bytes: string): string =>
    base64 ? encodeBase64(toBytes(bytes)) : decodeUtf8(bytes)
  const each = (items: readonly Reply[]): Json[] => items.map((item) => toJson(item, base64))
  if (reply === null || reply === NIL_ARRAY || reply instanceof Signal) return null
  if (typeof reply === 'string') return text(reply)
  if (typeof reply === 'number') return reply
  if (typeof reply === 'bigint') return String(reply)
  if (Array.isArray(reply)) return each(reply)
  if (reply instanceof Uint8Array) return text(fromBytes(reply))
  if (reply instanceof Status) return decodeUtf8(reply.text)
  if (reply instanceof CommandError) return decodeUtf8(reply.toString())
  if (reply instanceof Double) return text(formatDouble(reply.value))
  if (reply instanceof BigNumber) return reply.digits
  if (reply instanceof Bool) return reply.value ? 1 : 0
  if (reply instanceof Verbatim) return text(reply.text)
  if (reply instanceof MapReply || reply instanceof PairsReply) return each(reply.items)
  if (reply instanceof SetReply || reply instanceof Push) return each(reply.items)
  return each((reply as Many).replies)
}

function encodeBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}
