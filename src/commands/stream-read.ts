/**
 * XREAD and XREADGROUP: reading several streams from some ID on, waiting for entries if need be.
 *
 * XREADGROUP changes the group: what it delivers is pending. Journal and replicas get an XCLAIM for
 * each entry and an XGROUP SETID for how far the group has read, never the command itself.
 */
import type { Args } from '../core/args.ts'
import { command, type KeySpec, keysAfter } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  groupMissing,
  maxcountBelowCount,
  meaninglessId,
  minIdleNegative,
  minIdleNotAnInteger,
  mustBePositiveInteger,
  negativeTimeout,
  newNeedsGroup,
  noGroupToRead,
  onlyForGroups,
  syntaxError,
  timeoutNotAnInteger,
  timeoutOutOfRange,
  unbalancedStreams,
} from '../core/errors.ts'
import { MapReply, NIL_ARRAY, type Reply } from '../core/reply.ts'
import type { Stream } from '../types/stream.ts'
import { type Consumer, type Group, Pending } from '../types/stream-group.ts'
import { compareIds, MAX_ID, MIN_ID, nextId, previousId, StreamId } from '../types/stream-id.ts'
import { STREAM } from '../types/value.ts'
import { entryAt, entryReply, idOf, readToEdit, removedReply } from './stream-args.ts'
import { Claim, oneMore } from './stream-delivery.ts'

// ---- The request ------------------------------------------------------------------------------

/** Together with the time of day it must stay below 2^63. */
const MAX_TIMEOUT = 9_223_370_000_000_000_000

class ReadOptions {
  /** Entries a stream; 0: all. */
  count = 0
  /** Milliseconds; 0: for ever, -1: not at all. */
  block = -1
  /** CLAIM; -1: not given. */
  minIdle = -1
  noack = false
  group = ''
  consumer = ''
  readonly budget: Budget = new Budget()
  keys: readonly string[] = []
  /** As they were given; the first of them stands at `idsAt` in argv. */
  ids: readonly string[] = []
  idsAt = 0
}

function parseTimeout(args: Args): number {
  const ms = args.integer(timeoutNotAnInteger)
  if (ms < 0) throw negativeTimeout
  if (ms > MAX_TIMEOUT) throw timeoutOutOfRange
  return Number(ms)
}

function parsePositive(args: Args, option: string): number {
  const n = Number(args.integer(mustBePositiveInteger(option)))
  if (n < 1) throw mustBePositiveInteger(option)
  return n
}

function parseRead(args: Args, group: boolean): ReadOptions {
  const options = new ReadOptions()
  let grouped = false
  let maxcount = 0
  while (args.more) {
    const more = args.left - 1
    if (more > 0 && args.take('CLAIM')) {
      if (!group) throw onlyForGroups('CLAIM')
      options.minIdle = Number(args.integer(minIdleNotAnInteger))
      if (options.minIdle < 0) throw minIdleNegative
    } else if (more > 0 && args.take('BLOCK')) options.block = parseTimeout(args)
    else if (more > 0 && args.take('COUNT')) {
      options.count = Math.max(0, Number(args.integer()))
    } else if (more > 0 && args.take('MAXCOUNT')) {
      maxcount = parsePositive(args, 'MAXCOUNT')
      options.budget.entries = maxcount
    } else if (more > 0 && args.take('MAXSIZE')) {
      options.budget.bytes = parsePositive(args, 'MAXSIZE')
    } else if (more > 0 && args.take('STREAMS')) {
      takeStreams(args, group, options)
      break
    } else if (more > 1 && args.take('GROUP')) {
      if (!group) throw onlyForGroups('GROUP')
      options.group = args.next()
      options.consumer = args.next()
      grouped = true
    } else if (args.take('NOACK')) {
      if (!group) throw onlyForGroups('NOACK')
      options.noack = true
    } else throw syntaxError
  }
  if (options.keys.length === 0) throw syntaxError
  if (group && !grouped) throw groupMissing
  if (maxcount > 0 && maxcount < options.count) throw maxcountBelowCount
  return options
}

function takeStreams(args: Args, group: boolean, options: ReadOptions): void {
  if (args.left % 2 !== 0) {
    throw group
      ? unbalancedStreams('xreadgroup', "ID or '>'")
      : unbalancedStreams('xread', "ID, '+', or '$'")
  }
  options.keys = args.rest(args.left / 2)
  options.idsAt = args.argv.length - args.left
  options.ids = args.rest()
}

// ---- How much may be returned -----------------------------------------------------------------

/** MAXCOUNT and MAXSIZE: what the reply may have in all streams together. */
class Budget {
  entries = Number.POSITIVE_INFINITY
  bytes = Number.POSITIVE_INFINITY
  private any = false

  /** Whether one entry more may be returned. The first one always may. */
  get left(): boolean {
    return this.entries > 0 && (this.bytes > 0 || !this.any)
  }

  spend(entry: Reply): void {
    this.any = true
    this.entries--
    if (this.bytes !== Number.POSITIVE_INFINITY) this.bytes -= replyBytes(entry)
  }

  /** What stands in front of the entries of a stream. */
  begin(key: string): void {
    if (this.bytes !== Number.POSITIVE_INFINITY) this.bytes -= replyBytes([key, []])
  }
}

const digits = (n: number): number => String(n).length

/** What a reply takes on the wire. */
function replyBytes(reply: Reply): number {
  if (typeof reply === 'string') return 5 + digits(reply.length) + reply.length
  if (typeof reply === 'number' || typeof reply === 'bigint') return 3 + String(reply).length
  if (!Array.isArray(reply)) return 5
  let bytes = 3 + digits(reply.length)
  for (const item of reply) bytes += replyBytes(item)
  return bytes
}

/** The entries of one stream in a reply. */
class Taken {
  readonly entries: Reply[] = []
  private readonly count: number
  private readonly budget: Budget

  constructor(count: number, budget: Budget) {
    this.count = count
    this.budget = budget
  }

  get more(): boolean {
    return (this.count === 0 || this.entries.length < this.count) && this.budget.left
  }

  add(entry: Reply): void {
    this.entries.push(entry)
    this.budget.spend(entry)
  }
}

/** Streams and what was read of them, as the protocol wants it. */
function repliesOf(c: Context, served: readonly Reply[]): Reply {
  if (c.resp > 2) return new MapReply(served)
  const pairs: Reply[] = []
  for (let i = 0; i < served.length; i += 2) {
    pairs.push([served[i] as Reply, served[i + 1] as Reply])
  }
  return pairs
}

// ---- XREAD ------------------------------------------------------------------------------------

const reading = {
  group: 'stream',
  since: '5.0.0',
  complexity:
    'O(M) for each stream, M being the number of entries that are returned. For a stream on which ' +
    'others wait, XADD takes O(N), N being their number.',
  categories: ['stream'],
  reply: '[key: string, entries: [id: string, fields: string[] | null][]][] | null',
} as const

const CAPS =
  '[COUNT count:integer] [MAXCOUNT maxcount:integer]@8.10.0 [MAXSIZE maxsize:integer]@8.10.0'
const STREAMS = 'STREAMS {streams: key... id...}'
const CAPPED = ['8.10.0', 'MAXCOUNT and MAXSIZE bound the reply as a whole.'] as const

/** The first half of what stands behind STREAMS. */
function streamKeys(from: number): KeySpec {
  return {
    ...keysAfter('STREAMS', from, -1, 1, 'RO', 'access', 'incomplete'),
    find: { kind: 'range', last: -1, step: 1, limit: 2 },
  }
}

/** Words behind an option. */
const OPTION_WORDS: Readonly<Record<string, number>> = {
  BLOCK: 1,
  COUNT: 1,
  MAXCOUNT: 1,
  MAXSIZE: 1,
  CLAIM: 1,
  GROUP: 2,
  NOACK: 0,
}

/** The keys, also where a group or a consumer is called STREAMS. */
function findStreams(argv: readonly string[]): number[] {
  let at = 1
  while (at < argv.length) {
    const word = (argv[at] as string).toUpperCase()
    if (word === 'STREAMS') break
    const words = OPTION_WORDS[word]
    if (words === undefined) return []
    at += 1 + words
  }
  const count = argv.length - at - 1
  if (count < 2 || count % 2 !== 0) return []
  return Array.from({ length: count / 2 }, (_, i) => at + 1 + i)
}

export const XREAD = command('xread', {
  ...reading,
  summary: 'Read the entries of streams behind some IDs, waiting for one if there is none.',
  syntax: `${CAPS} [BLOCK milliseconds:integer] ${STREAMS}`,
  arity: -4,
  flags: ['readonly', 'blocking'],
  keys: streamKeys(1),
  findKeys: findStreams,
  history: [CAPPED],
  run(c, args) {
    const options = parseRead(args, false)
    const { keys, budget } = options
    const after = keys.map((key, i) => lastSeen(c, key, options.ids[i] as string))
    const served: Reply[] = []
    for (const [i, key] of keys.entries()) {
      if (!budget.left) break
      const stream = c.read(key, STREAM)
      const last = stream?.lastEntryId
      const seen = after[i] as StreamId
      if (stream === undefined || last === undefined || compareIds(last, seen) <= 0) continue
      budget.begin(key)
      const taken = new Taken(options.count, budget)
      const cursor = stream.range(nextId(seen))
      while (taken.more && cursor.next()) taken.add(entryReply(cursor))
      served.push(key, taken.entries)
    }
    if (served.length > 0) return repliesOf(c, served)
    if (options.block < 0) return NIL_ARRAY
    return c.block({
      on: keys,
      type: STREAM,
      timeout: options.block,
      otherwise: NIL_ARRAY,
      words: settled(args.argv, options, after),
    })
  },
})

/** The ID behind which a stream is to be read. */
function lastSeen(c: Context, key: string, text: string): StreamId {
  const stream = c.read(key, STREAM)
  if (text === '$') return stream?.lastId ?? MIN_ID
  if (text === '+') {
    const last = stream?.lastEntryId
    return last === undefined ? MIN_ID : (previousId(last) ?? MIN_ID)
  }
  if (text === '>') throw newNeedsGroup
  return idOf(text)
}

/** `$` is the last ID of now, not of the time when the command runs again. */
function settled(
  argv: readonly string[],
  { ids, idsAt }: ReadOptions,
  after: readonly StreamId[],
): readonly string[] {
  if (!ids.includes('$')) return argv
  return argv.map((word, at) => (at >= idsAt && word === '$' ? String(after[at - idsAt]) : word))
}

// ---- XREADGROUP -------------------------------------------------------------------------------

/** One stream of the request, and from where it is read; null: what is new. */
interface Source {
  readonly key: string
  readonly group: Group
  readonly after: StreamId | null
}

function sourceOf(c: Context, key: string, name: string, text: string): Source {
  const group = c.read(key, STREAM)?.groups.get(name)
  if (group === undefined) throw noGroupToRead(key, name)
  if (text === '$' || text === '+') throw meaninglessId(text)
  if (text === '>') return { key, group, after: null }
  const after = idOf(text)
  // Behind the last ID there can be comes what is new.
  return { key, group, after: compareIds(after, MAX_ID) === 0 ? null : after }
}

export const XREADGROUP = command('xreadgroup', {
  ...reading,
  summary:
    'Read entries that no consumer of the group was delivered yet, or those that are pending.',
  syntax:
    `GROUP {group-block: group consumer} ${CAPS} [BLOCK milliseconds:integer] ` +
    `[CLAIM min-idle-time:integer]@8.4.0 [NOACK] ${STREAMS}`,
  arity: -7,
  flags: ['write', 'blocking'],
  keys: streamKeys(4),
  findKeys: findStreams,
  propagates: 'rewritten',
  history: [['8.4.0', 'CLAIM delivers what has been pending for long as well.'], CAPPED],
  run(c, args) {
    const options = parseRead(args, true)
    const { keys, ids, budget } = options
    const sources = keys.map((key, i) => sourceOf(c, key, options.group, ids[i] as string))
    const served: Reply[] = []
    // When the first pending entry is old enough to be claimed.
    let claimable = Number.POSITIVE_INFINITY
    let { minIdle } = options
    for (const { key, group, after } of sources) {
      if (!budget.left) break
      const stream = readToEdit(c, key)
      if (stream === undefined) continue
      const oldest = minIdle < 0 ? null : oldestOf(stream, group)
      if (oldest !== null) claimable = Math.min(claimable, oldest.deliveredAt + minIdle)
      const toClaim = oldest !== null && c.now - oldest.deliveredAt >= minIdle
      const fresh = after === null && hasFresh(stream, group)
      const claim = new Claim(c, key, group, options.consumer)
      if (options.noack) claim.tellConsumer()
      // As in Redis, reading what is pending puts an end to claiming, also from streams that follow.
      if (after !== null) minIdle = -1
      if (after !== null || fresh || toClaim) {
        budget.begin(key)
        const taken = new Taken(options.count, budget)
        const delivery = new Delivery(c, stream, group, claim, taken)
        if (after !== null) delivery.repeat(after)
        else {
          if (toClaim) delivery.takeOver(minIdle)
          if (fresh) delivery.next(options.noack, minIdle >= 0)
        }
        delivery.end()
        served.push(key, taken.entries)
      } else claim.tellConsumer()
    }
    if (served.length > 0) return repliesOf(c, served)
    if (options.block < 0) return NIL_ARRAY
    const waiting = {
      on: keys,
      type: STREAM,
      timeout: options.block,
      otherwise: NIL_ARRAY,
      orGone: true,
      orMore: options.minIdle >= 0,
    } as const
    if (claimable === Number.POSITIVE_INFINITY) return c.block(waiting)
    return c.block({ ...waiting, again: Math.max(claimable, c.now + 1) })
  },
})

/** The pending entry that was delivered first, of those that are in the stream still. */
function oldestOf(stream: Stream, group: Group): Pending | null {
  let entry = group.earliest
  while (entry !== null && !stream.has(entry)) entry = entry.later
  return entry
}

/** Whether there are entries that the group has not read. */
function hasFresh(stream: Stream, group: Group): boolean {
  const last = stream.lastEntryId
  return last !== undefined && compareIds(last, group.lastId) > 0
}

/** Delivers entries of one stream to a consumer. */
class Delivery {
  private readonly c: Context
  private readonly stream: Stream
  private readonly group: Group
  private readonly consumer: Consumer
  private readonly claim: Claim
  private readonly taken: Taken
  /** Up to where the group had read before. */
  private readonly lastId: StreamId
  private changed = false

  constructor(c: Context, stream: Stream, group: Group, claim: Claim, taken: Taken) {
    this.c = c
    this.stream = stream
    this.group = group
    this.consumer = claim.consumer
    this.claim = claim
    this.taken = taken
    this.lastId = group.lastId
  }

  /** What is pending with this consumer, once more. Redis does not propagate that it was delivered. */
  repeat(after: StreamId): void {
    const { c, consumer, group, stream, taken } = this
    const first = nextId(after) as StreamId // There is one: the last ID there can be means `>`.
    const again: Pending[] = []
    consumer.pending.walk(first.ms, first.seq, (entry) => {
      if (!taken.more) return false
      const content = entryAt(stream, entry)
      taken.add(content ?? removedReply(entry.id))
      if (content !== undefined) again.push(entry)
      return true
    })
    for (const entry of again) {
      entry.deliveries = oneMore(entry.deliveries)
      group.deliver(entry, consumer, c.now)
    }
  }

  /** What has been pending for so long, whoever has it, the oldest first. */
  takeOver(minIdle: number): void {
    const { c, consumer, group, stream, taken } = this
    const last = group.latest
    let entry = group.earliest
    while (entry !== null && taken.more) {
      const { later } = entry
      const idle = c.now - entry.deliveredAt
      if (idle < minIdle) break
      const content = entryAt(stream, entry)
      if (content !== undefined) {
        taken.add([...(content as Reply[]), idle, entry.deliveries])
        entry.deliveries = oneMore(entry.deliveries)
        group.deliver(entry, consumer, c.now)
        this.delivered(entry)
      }
      // What was claimed is the last one now: the walk ends where the end was before.
      if (entry === last) break
      entry = later
    }
  }

  /** What nobody in the group was delivered yet. */
  next(noack: boolean, claiming: boolean): void {
    const { c, consumer, group, stream, taken } = this
    const cursor = stream.range(nextId(group.lastId))
    let any = false
    while (taken.more && cursor.next()) {
      const id = new StreamId(cursor.ms, cursor.seq)
      stream.advance(group, id)
      any = true
      const entry = entryReply(cursor)
      // So many milliseconds ago, and so often: what is new was never delivered.
      if (claiming) entry.push(0, 0)
      taken.add(entry)
      if (noack) continue
      let pending = group.pending.get(id.ms, id.seq)
      if (pending === undefined) {
        pending = new Pending(id.ms, id.seq, consumer, c.now, 1)
        group.add(pending)
      } else {
        // XGROUP SETID went back: the entry was delivered before, maybe to another one.
        group.deliver(pending, consumer, c.now)
        pending.deliveries = 1
      }
      this.delivered(pending)
    }
    if (!any) return
    this.claim.tellGroup()
    this.changed = true
  }

  private delivered(entry: Pending): void {
    this.consumer.activeAt = this.c.now
    this.claim.tell(entry, this.lastId)
    this.changed = true
  }

  end(): void {
    if (this.changed) this.c.dirty++
    this.claim.end()
  }
}
