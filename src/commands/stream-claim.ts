/**
 * XCLAIM and XAUTOCLAIM: taking over what another consumer has not acknowledged.
 *
 * What was claimed depends on the clock, so journal and replicas are told entry by entry what each of
 * them is now: whose, since when, how often delivered.
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  claimCountNotPositive,
  invalidClaimOption,
  invalidMinIdle,
  syntaxError,
  unrecognizedClaimOption,
  wrongType,
} from '../core/errors.ts'
import type { Reply } from '../core/reply.ts'
import type { Stream } from '../types/stream.ts'
import { type Group, Pending } from '../types/stream-group.ts'
import { compareIds, MIN_ID, nextId, parseId, StreamId } from '../types/stream-id.ts'
import { STREAM, typeOf } from '../types/value.ts'
import type { Integer } from '../util/integer.ts'
import { entryAt, groupOf, idOf, readToEdit, startOf } from './stream-args.ts'
import { Claim, oneMore } from './stream-delivery.ts'

// ---- XCLAIM -----------------------------------------------------------------------------------

class ClaimOptions {
  /** When the entry counts as delivered; -1: now. */
  deliveredAt = -1
  deliveries: Integer = -1
  force = false
  justId = false
  lastId: StreamId = MIN_ID
}

function parseClaimOptions(args: Args, now: number): ClaimOptions {
  const options = new ClaimOptions()
  while (args.more) {
    if (args.take('FORCE')) options.force = true
    else if (args.take('JUSTID')) options.justId = true
    else if (args.left < 2) throw unrecognizedClaimOption(args.next())
    else if (args.take('IDLE')) {
      options.deliveredAt = now - Number(args.integer(invalidClaimOption('IDLE')))
    } else if (args.take('TIME')) {
      options.deliveredAt = Number(args.integer(invalidClaimOption('TIME')))
    } else if (args.take('RETRYCOUNT')) {
      options.deliveries = args.integer(invalidClaimOption('RETRYCOUNT'))
    } else if (args.take('LASTID')) options.lastId = idOf(args.next())
    else throw unrecognizedClaimOption(args.next())
  }
  return options
}

/** A time that cannot be is taken for now; but the journal knows better than this clock. */
function deliveryTime(c: Context, { deliveredAt }: ClaimOptions): number {
  if (deliveredAt === -1 || deliveredAt < 0) return c.now
  return deliveredAt > c.now && !c.client.internal ? c.now : deliveredAt
}

export const XCLAIM = command('xclaim', {
  group: 'stream',
  since: '5.0.0',
  summary: 'Take over entries that are pending with another consumer.',
  complexity: 'O(log N) for each entry, N being the number of those that are pending.',
  syntax:
    'key group consumer min-idle-time id... [IDLE ms:integer] ' +
    '[TIME unix-time-milliseconds:unix-time] [RETRYCOUNT count:integer] [FORCE] [JUSTID] ' +
    '[LASTID lastid]',
  arity: -6,
  flags: ['write', 'fast'],
  categories: ['stream'],
  keys: key(1, 'RW', 'update'),
  tips: ['nondeterministic_output'],
  propagates: 'rewritten',
  reply: '[id: string, fields: string[]][] | string[]',
  run(c, args) {
    const key = args.next()
    const stream = readToEdit(c, key)
    const group = groupOf(stream, key, args.next()) // There is none without a stream.
    const name = args.next()
    const minIdle = Math.max(0, Number(args.integer(invalidMinIdle('XCLAIM'))))
    const ids: StreamId[] = []
    while (args.more) {
      const id = parseId(args.peek() as string, 0)
      if (id === undefined) break
      ids.push(id)
      args.skip(1)
    }
    const options = parseClaimOptions(args, c.now)
    const advanced = compareIds(options.lastId, group.lastId) > 0
    if (advanced) group.lastId = options.lastId
    const claim = new Claim(c, key, group, name)
    const replies: Reply[] = []
    for (const id of ids) {
      const reply = claimOne(c, stream as Stream, group, claim, id, minIdle, options)
      if (reply !== null) replies.push(reply)
    }
    if (advanced && !claim.saidLastId) {
      claim.tellGroup()
      c.dirty++
    }
    claim.end()
    return replies
  },
})

function claimOne(
  c: Context,
  stream: Stream,
  group: Group,
  claim: Claim,
  id: StreamId,
  minIdle: number,
  options: ClaimOptions,
): Reply {
  let entry = group.pending.get(id.ms, id.seq)
  const content = stream.has(id)
  if (!content) {
    if (entry !== undefined) claim.forget(entry)
    return null
  }
  const at = deliveryTime(c, options)
  if (entry === undefined) {
    if (!options.force) return null
    entry = new Pending(id.ms, id.seq, claim.consumer, at, 1)
    group.add(entry)
  } else {
    if (entry.consumer !== null && minIdle > 0 && c.now - entry.deliveredAt < minIdle) return null
    group.deliver(entry, claim.consumer, at)
  }
  if (options.deliveries >= 0) entry.deliveries = options.deliveries
  else if (!options.justId) entry.deliveries = oneMore(entry.deliveries)
  claim.claimed(entry)
  return options.justId ? entry.id : (entryAt(stream, id) ?? null)
}

// ---- XAUTOCLAIM -------------------------------------------------------------------------------

/** Entries that are looked at for each one that may be claimed. */
const ATTEMPTS = 10
/** 2^63 bytes would not suffice to note more IDs that were removed. */
const MOST_CLAIMED = 2n ** 59n - 1n

export const XAUTOCLAIM = command('xautoclaim', {
  group: 'stream',
  since: '6.2.0',
  summary: 'Take over entries that have been pending for long, whoever has them.',
  complexity: 'O(1) if COUNT is small.',
  syntax: 'key group consumer min-idle-time start [COUNT count:integer] [JUSTID]',
  arity: -6,
  flags: ['write', 'fast'],
  categories: ['stream'],
  keys: key(1, 'RW', 'delete'),
  tips: ['nondeterministic_output'],
  propagates: 'rewritten',
  history: [['7.0.0', 'Entries that were removed are listed in the reply.']],
  reply: '[next: string, entries: [id: string, fields: string[]][] | string[], removed: string[]]',
  run(c, args) {
    const key = args.next()
    const groupName = args.next()
    const name = args.next()
    // Looked up before all else, which a miss tells.
    const value = c.find(key)
    const minIdle = Math.max(0, Number(args.integer(invalidMinIdle('XAUTOCLAIM'))))
    const start = startOf(args.next())
    let count = 100
    let justId = false
    while (args.more) {
      if (args.left > 1 && args.take('COUNT')) {
        const most = args.integer(claimCountNotPositive)
        if (most < 1 || most > MOST_CLAIMED) throw claimCountNotPositive
        count = Number(most)
      } else if (args.take('JUSTID')) justId = true
      else throw syntaxError
    }
    if (value !== undefined && typeOf(value) !== STREAM) throw wrongType
    const stream = value as Stream | undefined
    const group = groupOf(stream, key, groupName) // There is none without a stream.
    c.db.beforeEdit(c.db.find(key))
    const claim = new Claim(c, key, group, name)
    const claimed: Reply[] = []
    const removed: string[] = []
    let entry = group.pending.from(start.ms, start.seq)
    for (let left = count * ATTEMPTS; left > 0 && count > 0 && entry !== undefined; left--) {
      const id = new StreamId(entry.ms, entry.seq)
      if (!(stream as Stream).has(id)) {
        claim.forget(entry)
        removed.push(entry.id)
        count--
      } else if (minIdle === 0 || c.now - entry.deliveredAt >= minIdle) {
        group.deliver(entry, claim.consumer, c.now)
        if (!justId) entry.deliveries = oneMore(entry.deliveries)
        claim.claimed(entry)
        claimed.push(justId ? entry.id : (entryAt(stream as Stream, id) ?? null))
        count--
      }
      const next = nextId(id)
      entry = next === undefined ? undefined : group.pending.from(next.ms, next.seq)
    }
    claim.end()
    return [entry?.id ?? String(MIN_ID), claimed, removed]
  },
})
