/**
 * Sorted sets in an RDB: members and scores in a listpack while it is small, else a row of both from the
 * last to the first, which is the order in which a skip list is filled fastest.
 */
import { Ordered } from '../structs/ordered.ts'
import { Pairs, ZSet } from '../types/zset.ts'
import { formatDouble, formatG17, parseDouble } from '../util/float.ts'
import {
  type Decoder,
  type Encoder,
  type Limits,
  piece,
  pieces,
  STEP,
  type Steps,
} from './codec.ts'
import { EmptyValue, MalformedRdb } from './errors.ts'
import { SINCE_SHORT_SCORES, ZSET_2, ZSET_LISTPACK, ZSET_ZIPLIST } from './format.ts'
import { ListpackWriter, readListpack } from './listpack.ts'
import type { RdbReader } from './reader.ts'
import type { RdbWriter } from './writer.ts'
import { readZiplist } from './ziplist.ts'

/** Instead of the length of a decimal score. */
const NEGATIVE_INFINITE = 255
const INFINITE = 254
const NOT_A_NUMBER = 253

// ---- Writing ----------------------------------------------------------------------------------

export const zsetEncoder: Encoder<ZSet> = {
  form: (zset) => (zset.encoding === 'listpack' ? ZSET_LISTPACK : ZSET_2),
  write(to, zset, form) {
    if (form === ZSET_2) return writePairs(to, zset)
    const pairs = new ListpackWriter()
    // Redis 7.0 did not look for the shortest digits.
    const format = to.version < SINCE_SHORT_SCORES ? formatG17 : formatDouble
    zset.forEach((member, score) => {
      pairs.add(member)
      pairs.add(format(score))
    })
    to.blob(pairs.bytes, 0, pairs.finish())
    return null
  },
}

function* writePairs(to: RdbWriter, zset: ZSet): Steps {
  const { size } = zset
  to.length(size)
  for (let end = size; end > 0; end -= STEP) {
    zset.walkBack(Math.max(0, end - STEP), end, (member, score) => {
      to.string(member)
      to.double(score)
    })
    yield
  }
}

// ---- Reading ----------------------------------------------------------------------------------

/** A row of members and scores, these in decimal (before Redis 4) or in binary. */
export const plainZSetDecoder: Decoder = {
  *steps(from, limits, form) {
    const count = yield* piece(from, () => from.length(form === ZSET_2 ? 9 : 2))
    const pairs = new Pairs()
    yield* pieces(from, count, () => {
      const member = from.string()
      pairs.add(member, form === ZSET_2 ? from.double() : decimal(from))
    })
    const { entries, value } = limits.zsetLimits
    const compact = count <= entries && pairs.members.every((member) => member.length <= value)
    return build(pairs, limits, compact)
  },
}

export const packedZSetDecoder: Decoder = {
  read(from, limits, form) {
    const blob = from.blob()
    const items = form === ZSET_ZIPLIST ? readZiplist(blob) : readListpack(blob)
    if (items.length % 2 !== 0) from.fail('a member has no score')
    const pairs = new Pairs()
    for (let i = 0; i < items.length; i += 2) {
      const score = parseDouble(items[i + 1] as string)
      pairs.add(items[i] as string, score ?? from.fail('a score is no number'))
    }
    return build(pairs, limits, pairs.members.length <= limits.zsetLimits.entries)
  },
}

function decimal(from: RdbReader): number {
  const length = from.byte()
  if (length === NEGATIVE_INFINITE) return Number.NEGATIVE_INFINITY
  if (length === INFINITE) return Number.POSITIVE_INFINITY
  if (length === NOT_A_NUMBER) return Number.NaN
  const text = String.fromCharCode(...from.raw(length))
  return parseDouble(text) ?? from.fail('a score is no number')
}

function build(pairs: Pairs, { zsetLimits }: Limits, compact: boolean): ZSet {
  const { members, scores } = pairs
  if (members.length === 0) throw new EmptyValue('a sorted set without members')
  if (scores.some(Number.isNaN)) throw new MalformedRdb('a score is not a number')
  if (new Set(members).size < members.length) {
    throw new MalformedRdb('a sorted set has a member twice')
  }
  // A listpack has no negative zero.
  if (compact) for (let i = 0; i < scores.length; i++) if (scores[i] === 0) scores[i] = 0
  if (!inOrder(pairs)) {
    members.reverse()
    scores.reverse()
    if (!inOrder(pairs)) pairs.sorted()
  }
  return new ZSet(zsetLimits, compact, Ordered.of(pairs.members, pairs.scores))
}

function inOrder({ members, scores }: Pairs): boolean {
  for (let i = 1; i < members.length; i++) {
    const [before, score] = [scores[i - 1] as number, scores[i] as number]
    if (before > score) return false
    if (before === score && (members[i - 1] as string) > (members[i] as string)) return false
  }
  return true
}
