/**
 * The first few of many, in order: a quicksort that leaves alone what was not asked for.
 *
 * This is "Engineering a Sort Function" (Bentley and McIlroy, 1993) with one addition: a part of the
 * array in which nobody is interested is not sorted any further. It is written out here, not left to
 * `Array.sort`, because it is not stable: which of several equal elements are among the first depends
 * on the moves it makes, and Redis's SORT with LIMIT and GEOSEARCH with COUNT show them.
 */

export type Compare<T> = (a: T, b: T) => number

/** Below this size elements are inserted one by one. */
const SMALL = 7
/** Above this size the pivot is the median of three medians. */
const LARGE = 40

/** Put the elements at places `first` to `last` where sorting the whole array would put them. */
export function sortPart<T>(items: T[], first: number, last: number, compare: Compare<T>): void {
  // Parts still to be sorted, each from a place to below another; the last is the next.
  const parts = [0, items.length]
  while (parts.length > 0) {
    const to = parts.pop() as number
    const from = parts.pop() as number
    if (to - from < SMALL) {
      insertEach(items, from, to, compare)
      continue
    }
    const pivot = pivotOf(items, from, to, compare)
    swap(items, from, pivot)
    const { smaller, greater } = partition(items, from, to, compare)
    if (greater > 1 && last >= to - greater && first < to) parts.push(to - greater, to)
    if (smaller > 1 && last >= from && first < from + smaller) parts.push(from, from + smaller)
  }
}

function insertEach<T>(items: T[], from: number, to: number, compare: Compare<T>): void {
  for (let i = from + 1; i < to; i++) {
    for (let j = i; j > from && compare(items[j - 1] as T, items[j] as T) > 0; j--) {
      swap(items, j, j - 1)
    }
  }
}

function pivotOf<T>(items: T[], from: number, to: number, compare: Compare<T>): number {
  const size = to - from
  const middle = from + Math.floor(size / 2)
  if (size <= SMALL) return middle
  const end = to - 1
  if (size <= LARGE) return median(items, from, middle, end, compare)
  const step = Math.floor(size / 8)
  return median(
    items,
    median(items, from, from + step, from + 2 * step, compare),
    median(items, middle - step, middle, middle + step, compare),
    median(items, end - 2 * step, end - step, end, compare),
    compare,
  )
}

/** The place among three whose element is between the others. */
function median<T>(items: T[], a: number, b: number, c: number, compare: Compare<T>): number {
  const [x, y, z] = [items[a] as T, items[b] as T, items[c] as T]
  if (compare(x, y) < 0) {
    if (compare(y, z) < 0) return b
    return compare(x, z) < 0 ? c : a
  }
  if (compare(y, z) > 0) return b
  return compare(x, z) < 0 ? a : c
}

/**
 * Around the pivot, which stands at `from`: smaller ones to the left, greater ones to the right. Equals
 * are gathered at both ends and brought to the middle when all is done.
 */
function partition<T>(
  items: T[],
  from: number,
  to: number,
  compare: Compare<T>,
): { smaller: number; greater: number } {
  const pivot = items[from] as T
  let left = from + 1
  let right = to - 1
  let leftEquals = left
  let rightEquals = right
  for (;;) {
    for (; left <= right; left++) {
      const order = compare(items[left] as T, pivot)
      if (order > 0) break
      if (order === 0) swap(items, leftEquals++, left)
    }
    for (; left <= right; right--) {
      const order = compare(items[right] as T, pivot)
      if (order < 0) break
      if (order === 0) swap(items, right, rightEquals--)
    }
    if (left > right) break
    swap(items, left++, right--)
  }
  const smaller = left - leftEquals
  const greater = rightEquals - right
  exchange(items, from, left, Math.min(leftEquals - from, smaller))
  exchange(items, left, to, Math.min(greater, to - 1 - rightEquals))
  return { smaller, greater }
}

/** Swap the first `count` elements of a stretch with its last. */
function exchange<T>(items: T[], from: number, to: number, count: number): void {
  for (let i = 0; i < count; i++) swap(items, from + i, to - count + i)
}

function swap<T>(items: T[], a: number, b: number): void {
  const kept = items[a] as T
  items[a] = items[b] as T
  items[b] = kept
}
