/**
 * From replies to JavaScript values.
 *
 * Bulk strings become text or bytes, as the client wants them; nothing is ever parsed as JSON.
 * Integers are numbers as long as a number holds them. Maps become objects without a prototype, so
 * that a field called `__proto__` is a field like any other.
 */
import { CommandError } from '../core/errors.ts'
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
} from '../core/reply.ts'

import { decodeUtf8, fromBytes, toBytes } from '../util/bytes.ts'
import { ReplyError } from './errors.ts'

export interface DecodeOptions {
  /** What bulk strings become. Default: `text`, from UTF-8. */
  readonly replies?: 'text' | 'bytes'
  /** What maps become. `entries`, pairs in an array, is the only one that keeps binary keys. */
  readonly maps?: 'object' | 'map' | 'entries'
  /** What an integer beyond 2^53 becomes. Default: `bigint`. */
  readonly bigints?: 'bigint' | 'string'
}

export class Decoder {
  readonly bytes: boolean
  private readonly maps: 'object' | 'map' | 'entries'
  private readonly bigints: 'bigint' | 'string'

  constructor(options: DecodeOptions) {
    this.bytes = options.replies === 'bytes'
    this.maps = options.maps ?? 'object'
    this.bigints = options.bigints ?? 'bigint'
  }

  /** The same, but for this kind of bulk strings. */
  with(replies: 'text' | 'bytes'): Decoder {
    return new Decoder({ replies, maps: this.maps, bigints: this.bigints })
  }

  /** The value of a reply. An error, here or deep inside, becomes a `ReplyError` value. */
  decode(reply: Reply, command: string): unknown {
    if (typeof reply === 'string') return this.bytes ? toBytes(reply) : decodeUtf8(reply)
    if (typeof reply === 'number' || reply === null) return reply
    if (Array.isArray(reply)) return this.list(reply, command)
    if (typeof reply === 'bigint') return this.bigint(reply)
    if (reply instanceof Status) return decodeUtf8(reply.text)
    if (reply instanceof CommandError) return new ReplyError(reply, command)
    if (reply instanceof Double || reply instanceof Bool) return reply.value
    // A copy: the engine may keep what it handed out.
    if (reply instanceof Uint8Array)
      return this.bytes ? reply.slice() : decodeUtf8(fromBytes(reply))
    if (reply instanceof MapReply) return this.map(reply.items, command)
    if (reply instanceof PairsReply) return this.pairs(reply.items, command)
    if (reply instanceof SetReply || reply instanceof Push) return this.list(reply.items, command)
    if (reply instanceof Verbatim) return this.decode(reply.text, command)
    if (reply instanceof BigNumber) return this.bigint(BigInt(reply.digits))
    if (reply instanceof Payload) return this.decode(reply.bytes, command)
    if (reply instanceof Attributed) return this.decode(reply.reply, command)
    if (reply instanceof Many) return this.list(reply.replies, command)
    if (reply instanceof Signal) return null
    throw new TypeError('Not a reply')
  }

  private bigint(n: bigint): bigint | string {
    return this.bigints === 'bigint' ? n : String(n)
  }

  private list(items: readonly Reply[], command: string): unknown[] {
    const values = new Array<unknown>(items.length)
    for (let i = 0; i < items.length; i++) values[i] = this.decode(items[i] as Reply, command)
    return values
  }

  private pairs(items: readonly Reply[], command: string): unknown[] {
    const pairs: unknown[] = []
    for (let i = 0; i < items.length; i += 2) {
      const first = this.decode(items[i] as Reply, command)
      pairs.push([first, this.decode(items[i + 1] as Reply, command)])
    }
    return pairs
  }

  private map(items: readonly Reply[], command: string): unknown {
    if (this.maps === 'entries') return this.pairs(items, command)
    const value = (i: number) => this.decode(items[i + 1] as Reply, command)
    if (this.maps === 'map') {
      const map = new Map<unknown, unknown>()
      for (let i = 0; i < items.length; i += 2)
        map.set(TEXT.decode(items[i] as Reply, ''), value(i))
      return map
    }
    const object: Record<string, unknown> = Object.create(null)
    for (let i = 0; i < items.length; i += 2) {
      object[String(TEXT.decode(items[i] as Reply, ''))] = value(i)
    }
    return object
  }
}

/** Keys of maps, names of channels: text whatever the client wants of values. */
export const TEXT: Decoder = new Decoder({})
