import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Regex, RegexError } from '../../../src/util/regex.ts'

/** The texts in which it finds something. */
const among = (pattern: string, texts: readonly string[], ignoreCase = false): string[] => {
  const regex = new Regex(pattern, ignoreCase)
  return texts.filter((text) => regex.test(text))
}

function refusal(pattern: string): string {
  try {
    new Regex(pattern)
  } catch (error) {
    if (error instanceof RegexError) return error.message
    throw error
  }
  return 'accepted'
}

describe('a regular expression', () => {
  it('is found anywhere in a text', () => {
    expect(among('b', ['abc', 'b', '', 'ac'])).toEqual(['abc', 'b'])
    expect(among('b+c?$', ['abbc', 'bcd', 'xb'])).toEqual(['abbc', 'xb'])
    expect(among('^a', ['ab', 'ba'])).toEqual(['ab'])
    expect(among('^$', ['', 'a'])).toEqual([''])
  })

  it.each([
    ['ab|cd', ['ab', 'xcd', 'ad'], ['ab', 'xcd']],
    ['^(ab|c)+$', ['abc', 'cab', 'abca'], ['abc', 'cab']],
    ['a{2}', ['a', 'aa', 'aaa'], ['aa', 'aaa']],
    ['^a{2,3}$', ['a', 'aa', 'aaa', 'aaaa'], ['aa', 'aaa']],
    ['^a{2,}$', ['a', 'aa', 'aaaa'], ['aa', 'aaaa']],
    ['^a{,2}$', ['', 'aa', 'aaa'], ['', 'aa']],
    ['^a{0}b$', ['b', 'ab'], ['b']],
    ['^a*?b$', ['b', 'aab', 'ba'], ['b', 'aab']],
    ['[b-d]', ['a', 'b', 'd', 'e'], ['b', 'd']],
    ['^[^b-d]$', ['a', 'b', 'e', '\n'], ['a', 'e', '\n']],
    ['^[]x]$', [']', 'x', '['], [']', 'x']],
    ['^[^]x]$', [']', 'x', '['], ['[']],
    ['^[a-]$', ['a', '-', 'b'], ['a', '-']],
    ['^[-a]$', ['a', '-', 'b'], ['a', '-']],
    ['^[\\d]$', ['\\', 'd', '1'], ['\\', 'd']],
    ['^[[:alpha:]_]+$', ['aZ_', 'a1'], ['aZ_']],
    ['^[^[:space:]]$', [' ', '\t', 'x'], ['x']],
    ['^[^a-cb-f]$', ['a', 'd', 'f', 'g'], ['g']],
    ['^\\w+\\s\\d$', ['a_1 2', 'a-1 2', 'a\t9'], ['a_1 2', 'a\t9']],
    ['^\\W\\S\\D$', ['-xx', 'axx', '- x', '-x1'], ['-xx']],
    ['a.c', ['abc', 'a\nc', 'ac', 'a\u0000c'], ['abc', 'a\nc', 'a\u0000c']],
    ['(?n)a.c', ['abc', 'a\nc'], ['abc']],
    ['\\x41\\x{42}', ['AB', 'ab'], ['AB']],
    ['\\x{141}', ['A', '\u0041'], []],
    ['\\t\\n\\r\\f\\a\\e', ['\t\n\r\f\u0007\u001b'], ['\t\n\r\f\u0007\u001b']],
    ['\\.\\*\\(', ['.*(', 'xxx'], ['.*(']],
    ['\\Qa.b*\\E+', ['a.b*', 'axb'], ['a.b*']],
    ['^\\Q(|', ['(|', 'x'], ['(|']],
    ['\u00e9', ['caf\u00e9', 'cafe'], ['caf\u00e9']],
    ['a(?#not b)c', ['ac', 'abc'], ['ac']],
  ])('%s', (pattern, texts, found) => {
    expect(among(pattern, texts)).toEqual(found)
  })

  it('has empty parts where others have mistakes', () => {
    expect(among('^()*a||b$', ['a', '', 'xb', 'xc'])).toEqual(['a', '', 'xb', 'xc'])
    expect(among('*a$', ['a', '*', 'ba'])).toEqual(['a', 'ba'])
    expect(among('^a)$', ['a)', 'a'])).toEqual(['a)'])
    expect(among('^(|a)$', ['', 'a', 'b'])).toEqual(['', 'a'])
    expect(among('^(+)$', ['', '+'])).toEqual([''])
  })

  it('knows borders of words', () => {
    const texts = ['cat', 'a cat', 'cats', 'concat', 'con-cat']
    expect(among('\\<cat', texts)).toEqual(['cat', 'a cat', 'cats', 'con-cat'])
    expect(among('cat\\>', texts)).toEqual(['cat', 'a cat', 'concat', 'con-cat'])
    expect(among('\\bcat\\b', texts)).toEqual(['cat', 'a cat', 'con-cat'])
    expect(among('\\Bcat', texts)).toEqual(['concat'])
  })

  it('takes a zero byte for an end, as the library does that Redis uses', () => {
    expect(among('a$', ['a\u0000b', 'ab'])).toEqual(['a\u0000b'])
    expect(among('^a.b$', ['a\u0000b'])).toEqual(['a\u0000b'])
  })

  it('has no regard to the case of letters if told so, nor where a group says it', () => {
    expect(among('^fo[o-q]\\d$', ['FOO1', 'foP2', 'fon3'], true)).toEqual(['FOO1', 'foP2'])
    expect(among('^[[:lower:]]+$', ['aB', 'a1'], true)).toEqual(['aB'])
    expect(among('^[^a]$', ['A', 'a', 'b'], true)).toEqual(['b'])
    expect(among('^(?i:ab)c$', ['ABc', 'abC', 'abc'])).toEqual(['ABc', 'abc'])
    expect(among('^a(?i)b$', ['aB', 'AB'])).toEqual(['aB'])
    expect(among('^(?-i:a)b$', ['aB', 'AB'], true)).toEqual(['aB'])
    // Letters outside of ASCII have one case only.
    expect(among('^\u00e9$', ['\u00c9', '\u00e9'], true)).toEqual(['\u00e9'])
  })

  it('reads what approximate matching would cost, and matches exactly', () => {
    expect(among('^(abc){~1}$', ['abc', 'abx'])).toEqual(['abc'])
    expect(among('^a{2,3 +1, 2i + 1d < 4}$', ['aa', 'a'])).toEqual(['aa'])
  })

  it.each([
    ['(', "Missing ')'"],
    ['(a', "Missing ')'"],
    ['[', "Missing ']'"],
    ['[a', "Missing ']'"],
    ['[]', "Missing ']'"],
    ['a{', "Missing '}'"],
    ['a{1', "Missing '}'"],
    ['\\x{41', "Missing '}'"],
    ['\\x{1', "Missing '}'"],
    ['\\x{4z}', "Missing '}'"],
    ['a{}', 'Invalid contents of {}'],
    ['a{x}', 'Invalid contents of {}'],
    ['a{3,2}', 'Invalid contents of {}'],
    ['a{256}', 'Maximum repetition in {} larger than 255'],
    ['a{1,99999999999999999999}', 'Maximum repetition in {} larger than 255'],
    ['a**', 'Invalid use of repetition operators'],
    ['a+*', 'Invalid use of repetition operators'],
    ['a{2}+', 'Invalid use of repetition operators'],
    ['[b-a]', 'Invalid character range'],
    ['[a-c-e]', 'Invalid character range'],
    ['[[:nothing:]]', 'Unknown character class name'],
    ['[[:alpha', 'Unknown character class name'],
    ['[[.a.]]', 'Unknown collating element'],
    ['[[=a=]]', 'Unknown collating element'],
    ['a\\', 'Trailing backslash'],
    ['(?x)', 'Invalid regexp'],
    ['(?i', 'Invalid regexp'],
    ['(?#', 'Invalid regexp'],
    ['\\1', 'Invalid back reference'],
    ['(a)\\2', 'Invalid back reference'],
    ['((a{255}){255}){255}', 'Out of memory'],
  ])('%s is refused', (pattern, message) => {
    expect(refusal(pattern)).toBe(message)
  })

  it('refuses references to groups, which are not regular', () => {
    for (const pattern of ['(a)\\1', '(a)(b)\\2', '\\0']) {
      expect(() => new Regex(pattern)).toThrow(expect.objectContaining({ backreference: true }))
    }
  })

  it('stands nesting as deep as a pattern can be long', () => {
    expect(among(`${'('.repeat(1000)}a${')'.repeat(1000)}`, ['a', 'b'])).toEqual(['a'])
    expect(refusal('('.repeat(2048))).toBe("Missing ')'")
    expect(among('(?i)'.repeat(512), ['a'])).toEqual(['a'])
    expect(refusal(`a${'{1}'.repeat(680)}`)).toBe('accepted')
  })

  it('is done with texts on which others try all ways', () => {
    const text = 'a'.repeat(50_000)
    expect(new Regex('^(a|a)*b').test(text)).toBe(false)
    expect(new Regex('(a*)*(a*)*$b').test(text)).toBe(false)
    expect(new Regex('(.*)(.*)(.*)(.*)(.*)x').test(text)).toBe(false)
    expect(new Regex(`${'a?'.repeat(500)}${'a'.repeat(500)}$`).test(text)).toBe(true)
    expect(refusal(`a?${'(){255}'.repeat(100)}`)).toBe('accepted')
    expect(refusal(`${'('.repeat(200)}${'){255}'.repeat(200)}`)).toBe('accepted')
  })

  it('counts bytes as before when it goes on without what it remembers', () => {
    // A thousand to two thousand, with as many ways to get there as one likes.
    const regex = new Regex(`^${'a?'.repeat(1000)}${'a'.repeat(1000)}$`)
    const found = [999, 1000, 1500, 2000, 2001].map((length) => regex.test('a'.repeat(length)))
    expect(found).toEqual([false, true, true, true, false])
    expect(new Regex('(a{175}){4}\\>').test(`${'a'.repeat(900)} b`)).toBe(true)
    expect(new Regex('(a{175}){4}\\>').test(`${'a'.repeat(900)}b`)).toBe(false)
  })

  it('forgets what it remembers before that is too much, and goes on', () => {
    // Each text reaches other sets of places.
    const regex = new Regex('a.{60}b.{60}c')
    let seed = 7
    const random = (): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return seed
    }
    const text = Array.from({ length: 20_000 }, () => 'abx'[random() % 3]).join('')
    expect(regex.test(text)).toBe(false)
    expect(regex.test(`${text}a${'x'.repeat(60)}b${'x'.repeat(60)}c`)).toBe(true)
  })
})

// ---- Against JavaScript -----------------------------------------------------------------------

/** Expressions that mean the same to JavaScript, and are small enough for it to try all ways. */
const atoms = fc.constantFrom(
  'a',
  'b',
  'c',
  '.',
  '[ab]',
  '[^a]',
  '[a-c]',
  '\\w',
  '\\d',
  '\\.',
  '^',
  '$',
)
const { expression } = fc.letrec<{ expression: string; part: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('part'),
    fc.tuple(tie('part'), tie('expression')).map(([a, b]) => `${a}${b}`),
    fc.tuple(tie('part'), tie('expression')).map(([a, b]) => `${a}|${b}`),
  ),
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    atoms,
    fc
      .tuple(tie('expression'), fc.constantFrom('', '*', '+', '?', '{2}', '{0,2}', '{1,}', '*?'))
      .map(([inner, repeated]) => `(${inner})${repeated}`),
  ),
}))

describe('a regular expression of the kind that JavaScript has too', () => {
  it('finds what JavaScript finds', () => {
    const texts = fc.array(
      fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', '.', '1', '\n'), maxLength: 7 }),
      {
        minLength: 1,
        maxLength: 8,
      },
    )
    fc.assert(
      fc.property(expression, texts, fc.boolean(), (pattern, given, ignoreCase) => {
        const theirs = new RegExp(pattern, ignoreCase ? 'si' : 's')
        const ours = new Regex(pattern, ignoreCase)
        for (const text of given) expect([text, ours.test(text)]).toEqual([text, theirs.test(text)])
      }),
      { numRuns: 1500 },
    )
  })
})
