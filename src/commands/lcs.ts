/** LCS: the longest common subsequence of two strings. */
import { command, keys } from '../core/command.ts'
import { lcsLenAndIdx, lcsNeedsStrings, lcsTooLarge, syntaxError } from '../core/errors.ts'
import { MapReply, type Reply } from '../core/reply.ts'
import { type StringValue, textOf } from '../types/string.ts'
import { STRING, typeOf, type Value } from '../types/value.ts'
import { CommonSubsequence } from '../util/common-subsequence.ts'
import type { Integer } from '../util/integer.ts'

export const LCS = command('lcs', {
  group: 'string',
  since: '7.0.0',
  summary: 'Find the longest common subsequence of two strings.',
  complexity: 'O(N*M), N and M being the lengths of the strings',
  syntax: 'key1:key key2:key [LEN] [IDX] [MINMATCHLEN min-match-len:integer] [WITHMATCHLEN]',
  arity: -3,
  flags: ['readonly'],
  categories: ['string'],
  keys: keys(1, 2, 1, 'RO', 'access'),
  reply: 'string | number | Record<string, unknown>',
  run(c, args) {
    const first = c.find(args.next())
    const second = c.find(args.next())
    // Unlike elsewhere the keys are checked before the options, and with a text of their own.
    const a = bytes(first)
    const b = bytes(second)
    let len = false
    let idx = false
    let withLength = false
    let least: Integer = 0
    while (args.more) {
      switch (args.keyword()) {
        case 'LEN':
          len = true
          break
        case 'IDX':
          idx = true
          break
        case 'WITHMATCHLEN':
          withLength = true
          break
        case 'MINMATCHLEN':
          least = args.integer()
          break
        default:
          throw syntaxError
      }
    }
    if (len && idx) throw lcsLenAndIdx
    // What Redis allocates: four bytes a cell. We need an eighth of a byte, but the limit is the same.
    const cells = (a.length + 1) * (b.length + 1)
    if (cells * 4 > c.engine.config.int('proto-max-bulk-len')) throw lcsTooLarge

    const common = new CommonSubsequence(a, b, !len)
    if (len) return common.length
    let text = ''
    const matches: Reply[] = []
    common.backwards((startA, startB, length) => {
      if (idx && length >= least) {
        const match: Reply[] = [
          [startA, startA + length - 1],
          [startB, startB + length - 1],
        ]
        if (withLength) match.push(length)
        matches.push(match)
      } else if (!idx) text = a.slice(startA, startA + length) + text
    })
    return idx ? new MapReply(['matches', matches, 'len', common.length]) : text
  },
})

function bytes(value: Value | undefined): string {
  if (value === undefined) return ''
  if (typeOf(value) !== STRING) throw lcsNeedsStrings
  return textOf(value as StringValue)
}
