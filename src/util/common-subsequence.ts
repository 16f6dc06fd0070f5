/**
 * The longest common subsequence of two byte strings, thirty cells at a time.
 *
 * The textbook fills a table with the length for every pair of prefixes. Along a row that length
 * grows by zero or one from cell to cell, so a row is a bit vector: a bit is 0 where the length
 * grows. The next row follows from it with one addition, whose carries do what the maximum does in
 * the table (Hyyrö, "Bit-parallel LCS-length computation revisited", 2004). Words have thirty bits,
 * so that a sum with carry is still a small integer.
 *
 * The rows are also all that is needed to walk back: where the bytes differ, the length comes from
 * above if it grows in this row, else from the left.
 */
const WORD = 30
const FULL = (1 << WORD) - 1

export class CommonSubsequence {
  readonly length: number
  private readonly a: string
  private readonly b: string
  /** Row after row, `words` each; empty if nobody wants to walk back. */
  private readonly rows: Int32Array
  private readonly words: number

  /** `walk` keeps what `backwards` needs: a bit for every pair of bytes. */
  constructor(a: string, b: string, walk: boolean) {
    const words = Math.ceil(b.length / WORD)
    this.a = a
    this.b = b
    this.words = words
    this.rows = new Int32Array(walk ? a.length * words : 0)
    const masks = masksOf(a, b, words)
    const row = new Int32Array(words).fill(FULL)
    for (let i = 0; i < a.length; i++) {
      const mask = masks[a.charCodeAt(i)]
      if (mask !== undefined) {
        let carry = 0
        for (let w = 0; w < words; w++) {
          const bits = row[w] as number
          const hits = mask[w] as number
          const sum = bits + (bits & hits) + carry
          carry = sum >>> WORD
          row[w] = (sum & FULL) | (bits & ~hits)
        }
      }
      if (walk) this.rows.set(row, i * words)
    }
    let length = 0
    for (let j = 0; j < b.length; j++) if (grows(row, 0, j)) length++
    this.length = length
  }

  /** Visit the runs of bytes that both have, the last one first, as Redis walks. */
  backwards(visit: (startA: number, startB: number, length: number) => void): void {
    const { a, b, rows, words } = this
    let i = a.length
    let j = b.length
    while (i > 0 && j > 0) {
      let length = 0
      while (i > 0 && j > 0 && a.charCodeAt(i - 1) === b.charCodeAt(j - 1)) {
        i--
        j--
        length++
      }
      if (length > 0) visit(i, j, length)
      else if (grows(rows, (i - 1) * words, j - 1)) i--
      else j--
    }
  }
}

/** Whether the length grows at column `j` of the row that begins at `start`. */
function grows(rows: Int32Array, start: number, j: number): boolean {
  const word = Math.floor(j / WORD)
  return (((rows[start + word] as number) >>> (j - word * WORD)) & 1) === 0
}

/** For every byte that both strings have: where in `b` it stands. */
function masksOf(a: string, b: string, words: number): (Int32Array | undefined)[] {
  const masks = new Array<Int32Array | undefined>(256).fill(undefined)
  const wanted = new Uint8Array(256)
  for (let i = 0; i < a.length; i++) wanted[a.charCodeAt(i)] = 1
  for (let j = 0; j < b.length; j++) {
    const byte = b.charCodeAt(j)
    if (wanted[byte] === 0) continue
    let mask = masks[byte]
    if (mask === undefined) {
      mask = new Int32Array(words)
      masks[byte] = mask
    }
    const word = Math.floor(j / WORD)
    mask[word] = (mask[word] as number) | (1 << (j - word * WORD))
  }
  return masks
}
