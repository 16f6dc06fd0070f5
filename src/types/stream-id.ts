/**
 * IDs of stream entries: two numbers of 64 bits without a sign, `ms-seq`.
 *
 * Each part is a number while that is exact, and a bigint beyond 2^53 (`util/integer.ts`): `<` and
 * `===` then compare any two parts, and the common ones cost no object.
 */
import { isBefore } from '../structs/packed-log.ts'
import { type Integer, normalize, parseInteger, parseUnsigned } from '../util/integer.ts'

export class StreamId {
  readonly ms: Integer
  readonly seq: Integer

  constructor(ms: Integer, seq: Integer) {
    this.ms = ms
    this.seq = seq
  }

  toString(): string {
    return formatId(this.ms, this.seq)
  }
}

/** The greatest value of a part. */
export const MAX_PART = 18446744073709551615n

export const MIN_ID: StreamId = new StreamId(0, 0)
export const MAX_ID: StreamId = new StreamId(MAX_PART, MAX_PART)

let lastMs: Integer = 0
let lastMsText = '0'

/** Digits of both parts. Entries that are read together often share the first. */
export function formatId(ms: Integer, seq: Integer): string {
  if (ms !== lastMs) {
    lastMs = ms
    lastMsText = `${ms}`
  }
  return `${lastMsText}-${seq}`
}

/** Negative, zero or positive, as `a` comes before, equals or comes after `b`. */
export function compareIds(a: StreamId, b: StreamId): number {
  if (a.ms === b.ms && a.seq === b.seq) return 0
  return isBefore(a.ms, a.seq, b.ms, b.seq) ? -1 : 1
}

export const isZero = (id: StreamId): boolean => id.ms === 0 && id.seq === 0

/** A part plus or minus one. */
function step(part: Integer, by: 1 | -1): Integer {
  if (typeof part === 'number' && part < Number.MAX_SAFE_INTEGER) return part + by
  return normalize(BigInt(part) + BigInt(by))
}

/** The ID right behind; undefined behind the last one. */
export function nextId(id: StreamId): StreamId | undefined {
  if (id.seq !== MAX_PART) return new StreamId(id.ms, step(id.seq, 1))
  return id.ms === MAX_PART ? undefined : new StreamId(step(id.ms, 1), 0)
}

/** The ID right before; undefined before the first one. */
export function previousId(id: StreamId): StreamId | undefined {
  if (id.seq !== 0) return new StreamId(id.ms, step(id.seq, -1))
  return id.ms === 0 ? undefined : new StreamId(step(id.ms, -1), MAX_PART)
}

/** Redis looks at no more characters than this. */
const MOST_CHARACTERS = 127

/** What Redis sees of it: C ends a string at a NUL. Undefined if it is too long. */
function visible(text: string): string | undefined {
  if (text.length > MOST_CHARACTERS) return undefined
  const nul = text.indexOf('\0')
  return nul < 0 ? text : text.slice(0, nul)
}

/** `ms` or `ms-seq`; what is left out is `missing`. Undefined if it is neither. */
export function parseId(text: string, missing: Integer): StreamId | undefined {
  const whole = visible(text)
  if (whole === undefined) return undefined
  const dash = whole.indexOf('-')
  const ms = parsePart(dash < 0 ? whole : whole.slice(0, dash))
  if (ms === undefined) return undefined
  if (dash < 0) return new StreamId(ms, missing)
  const seq = parsePart(whole.slice(dash + 1))
  return seq === undefined ? undefined : new StreamId(ms, seq)
}

/** `ms-*`: the first part, or undefined. */
export function parseOpenId(text: string): Integer | undefined {
  const whole = visible(text)
  if (whole === undefined || !whole.endsWith('-*')) return undefined
  return whole.indexOf('-') === whole.length - 2 ? parsePart(whole.slice(0, -2)) : undefined
}

/** What C's `strtoull` takes to its end. */
const LOOSE = /^[ \t-\r]*([-+]?)(\d+)$/

/**
 * Redis reads a part by its strict rules, and what they do not take as a number at all by those of
 * C's `strtoull`: spaces in front, a sign and zeros. A minus there counts down from 2^64.
 */
function parsePart(text: string): Integer | undefined {
  const strict = parseUnsigned(text)
  if (strict !== undefined) return strict
  const [, sign, digits] = LOOSE.exec(text) ?? []
  if (digits === undefined || parseInteger(text) !== undefined) return undefined
  const n = BigInt(digits)
  if (n > MAX_PART) return undefined
  return normalize(sign === '-' ? BigInt.asUintN(64, -n) : n)
}
