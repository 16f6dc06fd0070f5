/**
 * Sorted sets: members in the order of their scores, and each member's score at once.
 *
 * Two structures share the members, as in Redis: a tree in the order of scores, and a dictionary from
 * member to score. As long as the tree is one small leaf there is no dictionary: a few strings are
 * compared as fast as one is hashed, and most sorted sets are small.
 *
 * What OBJECT ENCODING reports is another matter and Redis's: `listpack` until a limit of the
 * configuration is passed, and never again after that. It can be seen elsewhere too: a listpack
 * forgets the sign of zero, and ZSCAN returns it at once.
 */
import { Dict } from '../structs/dict.ts'
import { Ordered, type Visit } from '../structs/ordered.ts'
import { flatten } from '../util/bytes.ts'
import { parseNumeral } from '../util/float.ts'

/** `zset-max-listpack-…` of the configuration. One object for all sorted sets. */
export class ZSetLimits {
  entries = 128
  value = 64
  /** Of the dictionaries' hashes. */
  readonly seed: number

  constructor(seed: number) {
    this.seed = seed
  }
}

/** With more members than these there is a dictionary. */
const LINEAR = 32

export class ZSet {
  readonly type = 3 as const // ZSET; `value.ts` cannot be imported for it without a cycle.
  readonly limits: ZSetLimits
  private compact: boolean
  private tree: Ordered
  /** Scores are its numbers. */
  private index: Dict<null> | null = null

  constructor(limits: ZSetLimits, compact = true, tree: Ordered = new Ordered()) {
    this.limits = limits
    this.compact = compact
    this.tree = tree
    if (tree.size > LINEAR) this.index = this.buildIndex()
  }

  /** An empty set in the layout that fits a member of this length and about so many members. */
  static for(limits: ZSetLimits, count: number, length: number): ZSet {
    return new ZSet(limits, count <= limits.entries && length <= limits.value)
  }

  /** Of pairs that are in order. */
  static of({ members, scores }: Pairs, limits: ZSetLimits): ZSet {
    const compact =
      members.length <= limits.entries && members.every((member) => member.length <= limits.value)
    const kept = compact ? scores.map(unsigned) : scores
    return new ZSet(limits, compact, Ordered.of(members, kept))
  }

  copy(): ZSet {
    const pairs = new Pairs()
    this.forEach((member, score) => {
      pairs.add(member, score)
    })
    return new ZSet(this.limits, this.compact, Ordered.of(pairs.members, pairs.scores))
  }

  /** The members as they are now, at once, for walking through them in order: none can be found there. */
  share(): ZSet {
    const twin = new ZSet(this.limits, this.compact)
    twin.tree = this.tree.share()
    return twin
  }

  get size(): number {
    return this.tree.size
  }

  private buildIndex(): Dict<null> {
    const index = new Dict<null>(this.limits.seed, { values: false })
    this.forEach((member, score) => {
      index.setNumberAt(index.insert(member, null), score)
    })
    return index
  }

  /** As OBJECT ENCODING reports it. */
  get encoding(): 'listpack' | 'skiplist' {
    return this.compact ? 'listpack' : 'skiplist'
  }

  /** About so many members will be added: what does not fit is better laid out now. */
  expect(count: number): void {
    if (count > this.limits.entries) this.compact = false
  }

  /** From now on it is laid out as a large one. */
  unpack(): void {
    this.compact = false
  }

  // ---- Members ----------------------------------------------------------------------------------

  scoreOf(member: string): number | undefined {
    const { index } = this
    if (index !== null) {
      const place = index.find(member)
      return place < 0 ? undefined : index.numberAt(place)
    }
    const at = this.tree.search(member)
    return at < 0 ? undefined : this.tree.scoreAt(at)
  }

  /** Add a member that is known to be absent. */
  add(member: string, score: number): void {
    const { entries, value } = this.limits
    if (this.size >= entries || member.length > value) this.compact = false
    const kept = this.compact ? unsigned(score) : score
    // What was cut out of a request would keep the whole request alive.
    const own = flatten(member)
    this.tree.add(own, kept)
    const { index } = this
    if (index !== null) index.setNumberAt(index.insert(own, null), kept)
    else if (this.tree.size > LINEAR) this.index = this.buildIndex()
  }

  /** Give a member that is there another score. */
  move(member: string, from: number, to: number): void {
    const { index } = this
    const kept = this.compact ? unsigned(to) : to
    if (index === null) {
      this.tree.move(this.tree.memberAt(this.tree.search(member)), from, kept)
      return
    }
    // The tree goes on with the string that it has.
    const at = index.find(member)
    index.setNumberAt(at, kept)
    this.tree.move(index.keyAt(at), from, kept)
  }

  delete(member: string): boolean {
    const { index } = this
    const score = this.scoreOf(member)
    if (score === undefined) return false
    index?.delete(member)
    this.tree.delete(member, score)
    return true
  }

  /** Delete the members whose ranks are from `from` to below `to`. */
  deleteRange(from: number, to: number): void {
    const { index } = this
    if (index !== null) {
      this.tree.walk(from, to, (member) => {
        index.delete(member)
      })
    }
    this.tree.deleteRange(from, to)
  }

  // ---- Order ------------------------------------------------------------------------------------

  /** The rank of a member whose score is known. */
  rankOf(member: string, score: number): number {
    return this.tree.rank(member, score)
  }

  memberAt(rank: number): string {
    return this.tree.memberAt(rank)
  }

  scoreAt(rank: number): number {
    return this.tree.scoreAt(rank)
  }

  /** Visit ranks `from` to below `to`; the set must not change meanwhile. */
  walk(from: number, to: number, visit: Visit): void {
    this.tree.walk(from, to, visit)
  }

  /** The same from the last to the first. */
  walkBack(from: number, to: number, visit: Visit): void {
    this.tree.walkBack(from, to, visit)
  }

  /** Visit all, in order. */
  forEach(visit: Visit): void {
    this.tree.walk(0, this.tree.size, visit)
  }

  /** How many members have a smaller score; with `orEqual`, one that is not greater. */
  below(score: number, orEqual: boolean): number {
    return this.tree.below(score, orEqual)
  }

  /** How many members come before this one, or are it, where all scores are the same. */
  belowMember(member: string, orEqual: boolean): number {
    return this.tree.belowMember(member, orEqual)
  }

  // ---- Places -----------------------------------------------------------------------------------

  /**
   * Members in the dense order of the dictionary, in which the last one takes the place of one that is
   * deleted; null while there is no dictionary.
   */
  get places(): Dict<null> | null {
    return this.index
  }

  /** The member with this number, in an order that means nothing: for drawing at random. */
  pick(n: number): string {
    return this.index === null ? this.tree.memberAt(n) : this.index.keyAt(n)
  }
}

/** A listpack has no negative zero. */
const unsigned = (score: number): number => (score === 0 ? 0 : score)

/** Members and their scores, in two columns. */
export class Pairs {
  members: string[] = []
  scores: number[] = []

  add(member: string, score: number): void {
    this.members.push(member)
    this.scores.push(score)
  }

  /** In the order of a sorted set. */
  sorted(): this {
    const { members, scores } = this
    const order = Array.from(members.keys()).sort((a, b) => {
      const [left, right] = [scores[a] as number, scores[b] as number]
      if (left !== right) return left < right ? -1 : 1
      return (members[a] as string) < (members[b] as string) ? -1 : 1
    })
    this.members = order.map((i) => members[i] as string)
    this.scores = order.map((i) => scores[i] as number)
    return this
  }
}

// ---- Bounds -------------------------------------------------------------------------------------

/** Ranks from `from` to below `to`. */
export interface Ranks {
  readonly from: number
  readonly to: number
}

const NOTHING: Ranks = { from: 0, to: 0 }
const ranks = (from: number, to: number): Ranks => (from < to ? { from, to } : NOTHING)

export interface ScoreRange {
  readonly min: number
  readonly max: number
  readonly minOpen: boolean
  readonly maxOpen: boolean
}

/** `1.5`, `(1.5` for "greater than", `-inf`. Undefined for what is no number. */
export function parseScoreRange(min: string, max: string): ScoreRange | undefined {
  const minOpen = min.charCodeAt(0) === 40
  const maxOpen = max.charCodeAt(0) === 40
  const least = parseNumeral(minOpen ? min.slice(1) : min)
  const most = parseNumeral(maxOpen ? max.slice(1) : max)
  if (least === undefined || most === undefined) return undefined
  return { min: least, max: most, minOpen, maxOpen }
}

export function ranksOfScores(zset: ZSet, range: ScoreRange): Ranks {
  const { min, max, minOpen, maxOpen } = range
  if (min > max || (min === max && (minOpen || maxOpen))) return NOTHING
  return ranks(zset.below(min, minOpen), zset.below(max, !maxOpen))
}

/** One end of a range of members. */
export interface LexBound {
  /** -1 for before all, 1 for behind all, 0 for at `member`. */
  readonly side: -1 | 0 | 1
  readonly member: string
  readonly open: boolean
}

export interface LexRange {
  readonly min: LexBound
  readonly max: LexBound
}

const BEFORE_ALL: LexBound = { side: -1, member: '', open: true }
const BEHIND_ALL: LexBound = { side: 1, member: '', open: true }

/** `[a`, `(a` for "behind a", `-`, `+`. Undefined for anything else. */
export function parseLexRange(min: string, max: string): LexRange | undefined {
  const least = lexBoundOf(min)
  const most = lexBoundOf(max)
  return least === undefined || most === undefined ? undefined : { min: least, max: most }
}

function lexBoundOf(text: string): LexBound | undefined {
  const kind = text[0]
  if (kind === '[' || kind === '(') return { side: 0, member: text.slice(1), open: kind === '(' }
  // C sees the end of the string at a zero byte.
  if (text.length > 1 && text[1] !== '\0') return undefined
  if (kind === '-') return BEFORE_ALL
  return kind === '+' ? BEHIND_ALL : undefined
}

/** Exact where all scores are the same; of other sets Redis promises nothing either. */
export function ranksOfMembers(zset: ZSet, { min, max }: LexRange): Ranks {
  if (min.side > max.side) return NOTHING
  if (min.side === max.side) {
    if (min.side !== 0 || min.member > max.member) return NOTHING
    if (min.member === max.member && (min.open || max.open)) return NOTHING
  }
  const from = min.side < 0 ? 0 : min.side > 0 ? zset.size : zset.belowMember(min.member, min.open)
  const to = max.side > 0 ? zset.size : max.side < 0 ? 0 : zset.belowMember(max.member, !max.open)
  return ranks(from, to)
}

/** From one index to another, both included and counted from the end if negative. */
export function ranksOfIndices(size: number, start: number, stop: number): Ranks {
  const from = Math.max(0, start < 0 ? start + size : start)
  const last = stop < 0 ? stop + size : stop
  return ranks(from, Math.min(size, last + 1))
}
