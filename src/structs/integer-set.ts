/**
 * A small set of 64-bit integers, in ascending order.
 *
 * A plain array and binary search: numbers that are small integers cost a word and no object, and
 * what lies beyond 2^53 is a bigint in the same array (`util/integer.ts` keeps the two apart, and
 * JavaScript compares them exactly). Adding and deleting move what lies behind, so this is for some
 * hundreds of members.
 */
import type { Integer } from '../util/integer.ts'

export class IntegerSet {
  private readonly members: Integer[] = []

  get size(): number {
    return this.members.length
  }

  /** The member with so many smaller ones. */
  at(index: number): Integer {
    return this.members[index] as Integer
  }

  /** How many members are smaller. */
  rank(n: Integer): number {
    const { members } = this
    let low = 0
    let high = members.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((members[middle] as Integer) < n) low = middle + 1
      else high = middle
    }
    return low
  }

  has(n: Integer): boolean {
    return this.members[this.rank(n)] === n
  }

  /** False if it was there already. */
  add(n: Integer): boolean {
    const { members } = this
    const { length } = members
    // In ascending order, as sets are often filled, nothing has to move.
    if (length === 0 || (members[length - 1] as Integer) < n) {
      members.push(n)
      return true
    }
    const rank = this.rank(n)
    if (members[rank] === n) return false
    members.splice(rank, 0, n)
    return true
  }

  delete(n: Integer): boolean {
    const rank = this.rank(n)
    if (this.members[rank] !== n) return false
    this.deleteAt(rank)
    return true
  }

  deleteAt(index: number): void {
    this.members.splice(index, 1)
  }
}
