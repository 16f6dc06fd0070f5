/**
 * Sets: three layouts of the same members.
 *
 * Integers in ascending order while all members are integers, a plain list in the order of arrival
 * while there are few and short ones, and a dictionary beyond that. The thresholds and the
 * moments of change are Redis's, so the layout is what OBJECT ENCODING reports, and the order of the
 * two small ones is the order in which Redis replies. A set never goes back to a smaller layout.
 *
 * In every layout members have places from 0 to size - 1, so that a random one is a place drawn at
 * random.
 */
import { Dict } from '../structs/dict.ts'
import { IntegerSet } from '../structs/integer-set.ts'
import { flatten } from '../util/bytes.ts'
import { formatInteger, type Integer, parseInteger } from '../util/integer.ts'

export type SetEncoding = 'intset' | 'listpack' | 'hashtable'

/** When sets change their layout: `set-max-…` of the configuration. One object for all sets. */
export class SetLimits {
  intsetEntries = 512
  listpackEntries = 128
  listpackValue = 64
  /** Of the dictionaries' hashes. */
  readonly seed: number

  constructor(seed: number) {
    this.seed = seed
  }
}

/** The members are all there is. */
const BARE = { values: false }

export class SetValue {
  readonly type = 2 as const // SET; `value.ts` cannot be imported for it without a cycle.
  readonly limits: SetLimits
  private content: IntegerSet | string[] | Dict<null>

  constructor(limits: SetLimits, encoding: SetEncoding = 'intset') {
    this.limits = limits
    if (encoding === 'intset') this.content = new IntegerSet()
    else this.content = encoding === 'listpack' ? [] : new Dict<null>(limits.seed, BARE)
  }

  /** An empty set in the layout that fits a member and about so many members. */
  static for(limits: SetLimits, member: string, count: number): SetValue {
    if (count <= limits.intsetEntries && parseInteger(member) !== undefined) {
      return new SetValue(limits)
    }
    return new SetValue(limits, count <= limits.listpackEntries ? 'listpack' : 'hashtable')
  }

  /** Of members that are known to be different (and, for an intset, ascend), as they were stored. */
  static of(limits: SetLimits, encoding: SetEncoding, members: readonly string[]): SetValue {
    const set = new SetValue(limits, encoding)
    for (const member of members) set.append(member)
    return set
  }

  get size(): number {
    const { content } = this
    return Array.isArray(content) ? content.length : content.size
  }

  /** As OBJECT ENCODING reports it. */
  get encoding(): SetEncoding {
    const { content } = this
    if (content instanceof Dict) return 'hashtable'
    return Array.isArray(content) ? 'listpack' : 'intset'
  }

  // ---- Looking ----------------------------------------------------------------------------------

  has(member: string): boolean {
    const { content } = this
    if (content instanceof Dict) return content.has(member)
    if (Array.isArray(content)) return content.includes(member)
    const n = parseInteger(member)
    return n !== undefined && content.has(n)
  }

  /** The member at a place; places are good until the next change. */
  at(place: number): string {
    const { content } = this
    if (content instanceof Dict) return content.keyAt(place)
    if (Array.isArray(content)) return content[place] as string
    return formatInteger(content.at(place))
  }

  forEach(visit: (member: string) => void): void {
    const { size } = this
    for (let i = 0; i < size; i++) visit(this.at(i))
  }

  /** All members, in an array of its own. */
  members(): string[] {
    const members: string[] = []
    const { size } = this
    for (let i = 0; i < size; i++) members.push(this.at(i))
    return members
  }

  /** Visit about `count` members and answer the cursor to go on from; a small set is visited whole. */
  scan(cursor: number, count: number, visit: (member: string) => void): number {
    if (this.content instanceof Dict) return this.content.scan(cursor, count, visit)
    this.forEach(visit)
    return 0
  }

  // ---- Changing ---------------------------------------------------------------------------------

  /** False if it was there already. */
  add(member: string): boolean {
    const { content } = this
    if (content instanceof Dict) {
      if (content.has(member)) return false
      // A member cut out of a request would keep the whole request alive.
      content.insert(flatten(member), null)
      return true
    }
    if (Array.isArray(content)) return this.addToList(content, member)
    return this.addToIntegers(content, member)
  }

  /** As `add`, for a member of another set: it keeps nothing else alive. */
  adopt(member: string): boolean {
    const { content } = this
    return content instanceof Dict ? content.set(member, null) : this.add(member)
  }

  private addToList(list: string[], member: string): boolean {
    if (list.includes(member)) return false
    const { limits } = this
    if (list.length < limits.listpackEntries && member.length <= limits.listpackValue) {
      list.push(flatten(member))
    } else this.tabulate().insert(flatten(member), null)
    return true
  }

  private addToIntegers(integers: IntegerSet, member: string): boolean {
    const { limits } = this
    const n = parseInteger(member)
    if (n !== undefined) {
      if (!integers.add(n)) return false
      if (integers.size > limits.intsetEntries) this.tabulate()
      return true
    }
    // The longest integer is the least or the greatest.
    const { size } = integers
    const longest = size === 0 ? 0 : Math.max(this.at(0).length, this.at(size - 1).length)
    const most = Math.max(longest, member.length)
    if (size < limits.listpackEntries && most <= limits.listpackValue) {
      const list = this.members()
      list.push(flatten(member))
      this.content = list
    } else this.tabulate().insert(flatten(member), null)
    return true
  }

  delete(member: string): boolean {
    const { content } = this
    if (content instanceof Dict) return content.delete(member)
    if (Array.isArray(content)) {
      const place = content.indexOf(member)
      if (place < 0) return false
      content.splice(place, 1)
      return true
    }
    const n = parseInteger(member)
    return n !== undefined && content.delete(n)
  }

  /** Take away the member at a place. Another one may get its place. */
  take(place: number): string {
    const { content } = this
    const member = this.at(place)
    if (Array.isArray(content)) content.splice(place, 1)
    else content.deleteAt(place)
    return member
  }

  /** So many members are about to come at once: if they are too many for this layout, leave it now. */
  expect(count: number): void {
    const { content, limits } = this
    if (content instanceof Dict) return
    const most = Array.isArray(content) ? limits.listpackEntries : limits.intsetEntries
    if (count > most) this.tabulate()
  }

  /** Integers again, for a result that turned out to have nothing else, unless they are too many. */
  compact(): void {
    const { content, limits } = this
    if (content instanceof IntegerSet || this.size > limits.intsetEntries) return
    const integers = new IntegerSet()
    const { size } = this
    for (let i = 0; i < size; i++) {
      const n = parseInteger(this.at(i))
      if (n === undefined) return
      integers.add(n)
    }
    this.content = integers
  }

  /** A set of its own with the same members in the same layout. */
  copy(): SetValue {
    const copy = new SetValue(this.limits, this.encoding)
    const { size } = this
    for (let i = 0; i < size; i++) copy.append(this.at(i))
    return copy
  }

  /** The members as they are now, at once, for walking through them: none can be found there. */
  share(): SetValue {
    const { content } = this
    if (!(content instanceof Dict)) return this.copy()
    const twin = new SetValue(this.limits)
    twin.content = content.share()
    return twin
  }

  /** Add a member that is known to be absent and to fit. */
  private append(member: string): void {
    const { content } = this
    if (content instanceof Dict) content.insert(member, null)
    else if (Array.isArray(content)) content.push(member)
    else content.add(parseInteger(member) as Integer)
  }

  /** Become a dictionary. */
  private tabulate(): Dict<null> {
    const table = new Dict<null>(this.limits.seed, BARE)
    const { size } = this
    for (let i = 0; i < size; i++) table.insert(this.at(i), null)
    this.content = table
    return table
  }
}
