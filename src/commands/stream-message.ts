/**
 * Messages that are added once: what XADD takes for the same message.
 */
import type { Args } from '../core/args.ts'
import type { CommandError } from '../core/errors.ts'
import { idmpAutoNeedsProducer, idmpNeedsId, idmpNeedsProducer, idmpTwice } from '../core/errors.ts'
import { xxh3Wide } from '../util/xxh3.ts'

/** Who sends a message, and what it calls it; null: it is known by its content. */
export interface Message {
  readonly producer: string
  readonly id: string | null
}

function notEmpty(text: string, error: CommandError): string {
  if (text === '') throw error
  return text
}

/** IDMP or IDMPAUTO, if it stands next. */
export function takeMessage(args: Args, earlier: Message | null): Message | null {
  if (args.left > 1 && args.take('IDMPAUTO')) {
    if (earlier !== null) throw idmpTwice
    return { producer: notEmpty(args.next(), idmpAutoNeedsProducer), id: null }
  }
  if (args.left > 2 && args.take('IDMP')) {
    if (earlier !== null) throw idmpTwice
    const producer = notEmpty(args.next(), idmpNeedsProducer)
    return { producer, id: notEmpty(args.next(), idmpNeedsId) }
  }
  return null
}

/** What a message is remembered by; fields and values stand in `words` from `from` on. */
export function messageOf(message: Message, words: readonly string[], from: number): string {
  return message.id ?? contentHash(words, from)
}

const MASK = 0xffffffffffffffffn
const scratch = new DataView(new ArrayBuffer(16))

function bytesOf(low: bigint, high: bigint, length: number): string {
  scratch.setBigUint64(0, low, true)
  scratch.setBigUint64(8, high, true)
  let text = ''
  for (let i = 0; i < length; i++) text += String.fromCharCode(scratch.getUint8(i))
  return text
}

/**
 * A hash of fields and values in which the order of the fields does not matter. It is Redis's, so that
 * what one of both remembers the other knows as well.
 */
function contentHash(words: readonly string[], from: number): string {
  let sumLow = 0n
  let sumHigh = 0n
  let mixLow = 0n
  let mixHigh = 0n
  for (let i = from; i < words.length; i += 2) {
    const field = words[i] as string
    const length = bytesOf(BigInt(field.length), 0n, 8)
    const [low, high] = xxh3Wide(field + length + (words[i + 1] as string))
    sumLow += low
    sumHigh += high
    mixLow ^= low
    mixHigh ^= high
  }
  const turn = (x: bigint): bigint => ((x << 1n) | (x >> 63n)) & MASK
  return bytesOf((sumLow & MASK) ^ turn(mixHigh), (sumHigh & MASK) ^ turn(mixLow), 16)
}
