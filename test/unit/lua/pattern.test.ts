import { describe, expect, it } from 'vitest'
import { Matcher } from '../../../src/lua/pattern.ts'

class Failed {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

function matcher(spend: (steps: number) => void = () => {}): Matcher {
  return new Matcher({
    error(text) {
      throw new Failed(text)
    },
    spend,
    allocate: () => {},
  })
}

/** Begin, end and captures of the first match, or what went wrong. */
function find(subject: string, pattern: string): unknown {
  const m = matcher()
  try {
    const program = m.compile(pattern)
    const end = m.search(program, subject, 0)
    if (end < 0) return null
    const { begin } = m
    const found: unknown[] = [begin + 1, end]
    for (let n = 0; n < program.captures; n++)
      found.push(m.capture(program, subject, n, begin, end))
    return found
  } catch (error) {
    if (error instanceof Failed) return error.text
    throw error
  }
}

describe('patterns', () => {
  it.each([
    ['hello', 'l+', [3, 4]],
    ['hello', '^h', [1, 1]],
    ['hello', '^e', null],
    ['hello', 'o$', [5, 5]],
    ['a$b', 'a$b', [1, 3]],
    ['hello', '', [1, 0]],
    ['key = value', '(%w+)%s*=%s*(%w+)', [1, 11, 'key', 'value']],
    ['abc', '()b()', [2, 2, 2, 3]],
    ['f(a(b)c)d', '%b()', [2, 8]],
    ['f(a(b)c', '%b()', [4, 6]],
    ['THE (quick) fox', '%f[%a]%a+%f[%A]', [1, 3]],
    ['xx "it" yy', '(["\'])(.-)%1', [4, 7, '"', 'it']],
    ['aXb', '%u', [2, 2]],
    ['a]b', '[]]', [2, 2]],
    ['a^b', '[b^]', [2, 2]],
    ['a-b', '[a%-]+', [1, 2]],
    ['a-z', '[+--]', [2, 2]],
    ['abc123', '[^%d]+', [1, 3]],
    ['aaa', 'a-b', null],
    ['aaab', 'a-b', [1, 4]],
    ['aaa', 'a?a?a?a', [1, 3]],
    ['a\0b', '%z', [2, 2]],
    ['abc', 'b\0rest', [2, 2]],
    ['%d', '%%d', [1, 2]],
    ['x(y', '%(', [2, 2]],
    ['12ab', '%x+', [1, 4]],
    ['é', '%a', null],
  ])('in %j %j finds %j', (subject, pattern, found) => {
    expect(find(subject, pattern)).toEqual(found)
  })

  it.each([
    ['a', '[a', "malformed pattern (missing ']')"],
    ['a', '[]', "malformed pattern (missing ']')"],
    ['a', '[a%', "malformed pattern (missing ']')"],
    ['a', 'a%', "malformed pattern (ends with '%')"],
    ['a', 'a%f', "missing '[' after '%f' in pattern"],
    ['a', '%b', 'unbalanced pattern'],
    ['a', '%bx', 'unbalanced pattern'],
    ['a', 'a)', 'invalid pattern capture'],
    ['a', '(a', 'unfinished capture'],
    ['a', '%1', 'invalid capture index'],
    ['a', '(a%1)', 'invalid capture index'],
    ['a', '()'.repeat(33), 'too many captures'],
  ])('in %j %j is an error', (subject, pattern, text) => {
    expect(find(subject, pattern)).toBe(text)
  })

  it('shows an error only if matching gets there', () => {
    expect(find('abc', 'x[')).toBe(null)
    expect(find('abc', 'c[')).toBe("malformed pattern (missing ']')")
  })

  it('takes thirty-two captures', () => {
    expect(find('', '()'.repeat(32))).toEqual([1, 0, ...Array.from({ length: 32 }, () => 1)])
  })

  it('does not recurse, however long the subject', () => {
    const long = 'a'.repeat(1_000_000)
    expect(find(long, '^(.-)b')).toBe(null)
    expect(find(long.slice(0, 3000), '^(.-)%1b')).toBe(null)
    expect(find(long, 'a*$')).toEqual([1, 1_000_000])
    expect(find(long.slice(0, 3000), '(a-)(a-)$')).toEqual([1, 3000, '', long.slice(0, 3000)])
    expect(find(`${'('.repeat(100_000)}${')'.repeat(100_000)}`, '%b()')).toEqual([1, 200_000])
    expect(find(long.slice(0, 50_000), 'a?'.repeat(50_000))).toEqual([1, 50_000])
  })

  it('is linear where no match can begin in the rest of a run', () => {
    let steps = 0
    const m = matcher((more) => {
      steps += more
    })
    expect(m.search(m.compile('%w+='), 'a'.repeat(100_000), 0)).toBe(-1)
    expect(steps).toBeLessThan(1_000_000)
  })

  it('reports its steps, so that a pattern without end can be ended', () => {
    let steps = 0
    const m = matcher((more) => {
      steps += more
      if (steps > 2_000_000) throw new Failed('killed')
    })
    const endless = m.compile(`${'(a*)'.repeat(20)}b`)
    expect(() => m.search(endless, 'a'.repeat(60), 0)).toThrow(Failed)
    expect(steps).toBeLessThan(2_100_000)
    // And it can be used again.
    expect(m.search(m.compile('b'), 'abc', 0)).toBe(2)
  })

  it('keeps the programs of two meanings of ^ apart', () => {
    const m = matcher()
    expect(m.search(m.compileUnanchored('^a'), 'x^a', 0)).toBe(3)
    expect(m.search(m.compile('^a'), 'x^a', 0)).toBe(-1)
    expect(m.search(m.compileUnanchored('^a'), 'x^a', 0)).toBe(3)
  })
})
