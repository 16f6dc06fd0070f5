import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isLiteralGlob, matchGlob } from '../../../src/util/glob.ts'

/** Pattern, texts that match, texts that do not. */
const cases: [string, string[], string[]][] = [
  ['', [''], ['a']],
  ['*', ['a', 'abc'], ['']],
  ['h?llo', ['hello', 'h\xffllo'], ['hllo', 'heello']],
  ['h*llo', ['hllo', 'heeello'], ['hell']],
  ['a*', ['a', 'ab'], ['ba', '']],
  ['*a*b*', ['ab', 'xaxbx', 'aab'], ['ba']],
  ['h[ae]llo', ['hello', 'hallo'], ['hillo']],
  ['h[^e]llo', ['hallo'], ['hello', 'hllo']],
  ['h[a-b]llo', ['hallo', 'hbllo'], ['hcllo']],
  ['[c-a]', ['a', 'b', 'c'], ['d', '-']],
  ['[a-]', ['a', ']', '_'], ['-', 'b']],
  ['[]a]', [], ['a]', ']', 'a']],
  ['[^]a', ['xa'], ['a']],
  ['[a', ['a'], ['b', '[a']],
  ['[^', ['x'], ['']],
  ['[', [], ['[', 'a']],
  ['[\\]]', [']'], ['\\']],
  ['[a\\-c]', ['a', '-', 'c'], ['b']],
  ['\\*', ['*'], ['a', '\\*']],
  ['a\\', ['a\\'], ['a']],
  ['a**', ['a', 'ab'], ['b']],
  ['[a-\xff]', ['A', '\xff', 'a'], ['b', '\xfe']],
]

describe('matchGlob', () => {
  test('answers as Redis does', () => {
    for (const [pattern, yes, no] of cases) {
      for (const text of yes) expect([pattern, text, matchGlob(pattern, text)]).toContain(true)
      for (const text of no) expect([pattern, text, matchGlob(pattern, text)]).toContain(false)
    }
  })

  test('ignores case when asked to, in ranges after ordering their ends', () => {
    expect(matchGlob('HeL*', 'hello', true)).toBe(true)
    expect(matchGlob('HeL*', 'hello')).toBe(false)
    expect(matchGlob('[A-C]', 'b', true)).toBe(true)
    expect(matchGlob('[Z-a]', 'z', true)).toBe(false)
    expect(matchGlob('[\\A]', 'a', true)).toBe(false)
    expect(matchGlob('\\A', 'a', true)).toBe(true)
    expect(matchGlob('\xc0', '\xe0', true)).toBe(false)
  })

  test('hostile patterns do not take exponential time', () => {
    const text = 'a'.repeat(20_000)
    const start = Date.now()
    expect(matchGlob(`${'a*'.repeat(900)}b`, text)).toBe(false)
    expect(matchGlob(`${'*a'.repeat(900)}*b`, text)).toBe(false)
    expect(Date.now() - start).toBeLessThan(5000)
  })

  test('more than a thousand stars match nothing', () => {
    expect(matchGlob(`${'*a'.repeat(1000)}*`, 'a'.repeat(1000))).toBe(true)
    expect(matchGlob(`${'*a'.repeat(1001)}*`, 'a'.repeat(1001))).toBe(false)
  })

  test('agrees with a recursive matcher', () => {
    const pattern = fc.array(fc.constantFrom('a', 'b', '*', '?', '[ab]', '[^a]', '\\a'))
    const text = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 10 })
    fc.assert(
      fc.property(pattern, text, (elements, letters) => {
        expect(matchGlob(elements.join(''), letters.join(''))).toBe(recursive(elements, letters))
      }),
      { numRuns: 3000 },
    )
  })
})

test('a literal pattern matches only itself', () => {
  for (const pattern of ['abc', '', ']', '-^']) expect(isLiteralGlob(pattern)).toBe(true)
  for (const pattern of ['a*', '?', '[a]', '\\a']) expect(isLiteralGlob(pattern)).toBe(false)
})

function recursive(pattern: string[], text: string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return text.length === 0
  if (first === '*') {
    return recursive(rest, text) || (text.length > 0 && recursive(pattern, text.slice(1)))
  }
  const letter = text[0]
  if (letter === undefined) return false
  const takes =
    first === '?' ||
    first === letter ||
    first === `\\${letter}` ||
    (first === '[ab]' && letter !== 'c') ||
    (first === '[^a]' && letter !== 'a')
  return takes && recursive(rest, text.slice(1))
}
