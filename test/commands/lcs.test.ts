import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  lcsLenAndIdx,
  lcsNeedsStrings,
  lcsTooLarge,
  notAnInteger,
  syntaxError,
} from '../../src/core/errors.ts'
import { MapReply } from '../../src/core/reply.ts'
import { run } from '../helpers/run.ts'

/** The textbook's table, walked back as Redis does: left on a tie. */
function textbook(a: string, b: string): { text: string; matches: number[][] } {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  const at = (i: number, j: number) => table[i]?.[j] as number
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const row = table[i] as number[]
      row[j] = a[i - 1] === b[j - 1] ? at(i - 1, j - 1) + 1 : Math.max(at(i - 1, j), at(i, j - 1))
    }
  }
  const matches: number[][] = []
  let text = ''
  let i = a.length
  let j = b.length
  while (i > 0 && j > 0) {
    if (a[i - 1] === b[j - 1]) {
      i--
      j--
      text = a[i] + text
      const last = matches.at(-1)
      if (last !== undefined && last[0] === i + 1 && last[2] === j + 1) {
        last[0] = i
        last[2] = j
      } else matches.push([i, i, j, j])
    } else if (at(i - 1, j) > at(i, j - 1)) i--
    else j--
  }
  return { text, matches }
}

describe('LCS', () => {
  it('answers the subsequence, or its length', () => {
    const r = run()
    r('MSET a ohmytext b mynewtext')
    expect(r('LCS a b')).toBe('mytext')
    expect(r('LCS a b LEN')).toBe(6)
    expect(r('LCS a missing')).toBe('')
    expect(r('LCS missing a LEN')).toBe(0)
  })

  it('IDX answers the matches from the last to the first', () => {
    const r = run()
    r('MSET a ohmytext b mynewtext')
    expect(r('LCS a b IDX')).toEqual(
      new MapReply([
        'matches',
        [
          [
            [4, 7],
            [5, 8],
          ],
          [
            [2, 3],
            [0, 1],
          ],
        ],
        'len',
        6,
      ]),
    )
    expect(r('LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN')).toEqual(
      new MapReply(['matches', [[[4, 7], [5, 8], 4]], 'len', 6]),
    )
  })

  it('finds what the textbook finds, for any two strings', () => {
    const text = fc.oneof(
      fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 150 }).map((all) => all.join('')),
      fc
        .array(fc.constantFrom('a', 'b', '\xff', '\x00'), { maxLength: 40 })
        .map((all) => all.join('')),
      fc.constantFrom('a'.repeat(30), 'a'.repeat(31), 'ab'.repeat(30), 'a'.repeat(60)),
    )
    const r = run()
    fc.assert(
      fc.property(text, text, (a, b) => {
        r(['SET', 'a', a])
        r(['SET', 'b', b])
        const { text, matches } = textbook(a, b)
        expect(r('LCS a b')).toBe(text)
        expect(r('LCS a b LEN')).toBe(text.length)
        expect(r('LCS a b IDX')).toEqual(
          new MapReply([
            'matches',
            matches.map(([a0, a1, b0, b1]) => [
              [a0, a1],
              [b0, b1],
            ]),
            'len',
            text.length,
          ] as never),
        )
      }),
      { numRuns: 300 },
    )
  })

  it('checks keys, then options, then sizes', () => {
    const r = run({ config: { 'proto-max-bulk-len': '1048576' } })
    r('RPUSH l x')
    r('SETRANGE a 511 x')
    expect(r('LCS a l FOO')).toBe(lcsNeedsStrings)
    expect(r('LCS a a LEN IDX FOO')).toBe(syntaxError)
    expect(r('LCS a a IDX MINMATCHLEN x')).toBe(notAnInteger)
    expect(r('LCS a a IDX LEN')).toBe(lcsLenAndIdx)
    expect(r('LCS a a')).toBe(lcsTooLarge)
    r('SET a x')
    r('SETRANGE a 510 x')
    expect(r('LCS a a LEN')).toBe(511)
  })
})
