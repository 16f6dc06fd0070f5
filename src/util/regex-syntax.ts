/**
 * Regular expressions of POSIX's extended kind, as a tree: the language of ARGREP's RE.
 *
 * Redis matches with TRE, so its additions to POSIX are part of the language: `\w \W \s \S \d \D`,
 * `\t \n \r \f \a \e`, `\x41` and `\x{41}`, `\b \B \< \>`, `\Q…\E`, `(?i)` and `(?i:…)` with the flags
 * i, n, r and U, comments `(?#…)`, and `*?` and its like, whose preference for less does not change
 * whether a text matches. Bytes are bytes: classes are those of ASCII.
 *
 * What looks malformed often is not: `*a`, `a||b` and `()` have empty parts, a `)` too many stands for
 * itself, and an option group without a colon reaches as far as the group around it. Costs in braces
 * (`{~1}`, for approximate matching) are read and have no effect, as in Redis, which leaves that out.
 */

export type Node =
  | { readonly kind: 'empty' }
  | { readonly kind: 'set'; readonly bytes: Uint8Array }
  | { readonly kind: 'assertion'; readonly assertion: Assertion }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'choice'; readonly items: readonly Node[] }
  /** `most` is -1 for "any number". */
  | { readonly kind: 'repeat'; readonly item: Node; readonly least: number; readonly most: number }

/** What must hold between two bytes. */
export type Assertion = 'begin' | 'end' | 'word' | 'not-word' | 'word-begin' | 'word-end'

/** The text is what TRE says of such an expression. */
export class RegexError {
  readonly message: string
  /** A reference to a group: well formed, but no regular language. */
  readonly backreference: boolean

  constructor(message: string, backreference = false) {
    this.message = message
    this.backreference = backreference
  }
}

export const tooLarge: RegexError = new RegexError('Out of memory')
const malformed = new RegexError('Invalid regexp')
const collating = new RegexError('Unknown collating element')
const unknownClass = new RegexError('Unknown character class name')
const trailingBackslash = new RegexError('Trailing backslash')
const noSuchGroup = new RegexError('Invalid back reference')
const missingBracket = new RegexError("Missing ']'")
const missingParenthesis = new RegexError("Missing ')'")
const missingBrace = new RegexError("Missing '}'")
const badBraces = new RegexError('Invalid contents of {}')
const badRange = new RegexError('Invalid character range')
const badRepetition = new RegexError('Invalid use of repetition operators')
const tooOften = new RegexError('Maximum repetition in {} larger than 255')
const backreference = new RegexError('back references are not supported', true)

const MOST_REPEATED = 255
const EMPTY: Node = { kind: 'empty' }

const IGNORE_CASE = 1
const LITERAL = 2
const NEWLINE = 4

// ---- Bytes ------------------------------------------------------------------------------------

const isUpper = (byte: number): boolean => byte >= 65 && byte <= 90
const isLower = (byte: number): boolean => byte >= 97 && byte <= 122
const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57
const isHex = (byte: number): boolean =>
  isDigit(byte) || (byte >= 65 && byte <= 70) || (byte >= 97 && byte <= 102)
const isAlpha = (byte: number): boolean => isUpper(byte) || isLower(byte)
const isAlnum = (byte: number): boolean => isAlpha(byte) || isDigit(byte)
const isGraph = (byte: number): boolean => byte > 32 && byte < 127
const isSpace = (byte: number): boolean => byte === 32 || (byte >= 9 && byte <= 13)
const otherCase = (byte: number): number =>
  isUpper(byte) ? byte + 32 : isLower(byte) ? byte - 32 : byte

export const isWord = (byte: number): boolean => byte === 95 || isAlnum(byte)

type Test = (byte: number) => boolean

const CLASSES: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['alnum', isAlnum],
  ['alpha', isAlpha],
  ['ascii', (byte) => byte < 128],
  ['blank', (byte) => byte === 32 || byte === 9],
  ['cntrl', (byte) => byte < 32 || byte === 127],
  ['digit', isDigit],
  ['graph', isGraph],
  ['lower', isLower],
  ['print', (byte) => byte === 32 || isGraph(byte)],
  ['punct', (byte) => isGraph(byte) && !isAlnum(byte)],
  ['space', isSpace],
  ['upper', isUpper],
  ['xdigit', isHex],
])

/** One-letter escapes that stand for sets of bytes. */
const SHORTHANDS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['t', (byte) => byte === 9],
  ['n', (byte) => byte === 10],
  ['r', (byte) => byte === 13],
  ['f', (byte) => byte === 12],
  ['a', (byte) => byte === 7],
  ['e', (byte) => byte === 27],
  ['w', isWord],
  ['W', (byte) => !isWord(byte)],
  ['s', isSpace],
  ['S', (byte) => !isSpace(byte)],
  ['d', isDigit],
  ['D', (byte) => !isDigit(byte)],
])

const ASSERTIONS: ReadonlyMap<string, Assertion> = new Map<string, Assertion>([
  ['b', 'word'],
  ['B', 'not-word'],
  ['<', 'word-begin'],
  ['>', 'word-end'],
])

/** The bytes that a test holds for. */
export function bytesOf(test: Test): Uint8Array {
  const bytes = new Uint8Array(256)
  for (let byte = 0; byte < 256; byte++) if (test(byte)) bytes[byte] = 1
  return bytes
}

const setOf = (test: Test): Node => ({ kind: 'set', bytes: bytesOf(test) })

/** Add the bytes of a class; without regard to case, those whose other case is in it as well. */
function addClass(bytes: Uint8Array, test: Test, ignoreCase: boolean): void {
  for (let byte = 0; byte < 256; byte++) {
    if (test(byte) || (ignoreCase && test(otherCase(byte)))) bytes[byte] = 1
  }
}

// ---- The parser -------------------------------------------------------------------------------

/** The tree of an expression. Throws a `RegexError`. */
export function parseRegex(pattern: string, ignoreCase: boolean): Node {
  return new Parser(pattern, ignoreCase).parse()
}

class Parser {
  private readonly pattern: string
  private at = 0
  private flags: number
  /** Parentheses that are open. */
  private depth = 0
  private groups = 0
  private reference = -1

  constructor(pattern: string, ignoreCase: boolean) {
    this.pattern = pattern
    this.flags = ignoreCase ? IGNORE_CASE : 0
  }

  parse(): Node {
    const node = this.expression()
    if (this.depth > 0) throw missingParenthesis
    if (this.reference > this.groups) throw noSuchGroup
    if (this.reference >= 0) throw backreference
    return node
  }

  private get done(): boolean {
    return this.at >= this.pattern.length
  }

  private get literally(): boolean {
    return (this.flags & LITERAL) !== 0
  }

  private get ignoringCase(): boolean {
    return (this.flags & IGNORE_CASE) !== 0
  }

  private peek(ahead = 0): string {
    return this.pattern.charAt(this.at + ahead)
  }

  private code(ahead = 0): number {
    return this.pattern.charCodeAt(this.at + ahead)
  }

  /** Branches between bars, and the parenthesis behind the last of them. */
  private expression(): Node {
    const branches: Node[] = []
    for (;;) {
      branches.push(this.branch())
      if (this.done || this.literally) break
      if (this.peek() === '|') this.at++
      else {
        if (this.peek() === ')') this.at++
        break
      }
    }
    return branches.length === 1 ? (branches[0] as Node) : { kind: 'choice', items: branches }
  }

  private branch(): Node {
    const items = [this.piece()]
    while (!this.done) {
      if (!this.literally) {
        const next = this.peek()
        if (next === '|') break
        if (next === ')' && this.depth > 0) {
          this.depth--
          break
        }
      }
      items.push(this.piece())
    }
    return items.length === 1 ? (items[0] as Node) : { kind: 'sequence', items }
  }

  /** An atom and what says how often. */
  private piece(): Node {
    const repeatable = !this.literally
    let node = this.atom()
    while (repeatable && !this.done && !this.literally) {
      const next = this.peek()
      if (next === '{') {
        this.at++
        node = this.bound(node)
      } else if (next === '*' || next === '+' || next === '?') {
        this.at++
        this.preference()
        node = {
          kind: 'repeat',
          item: node,
          least: next === '+' ? 1 : 0,
          most: next === '?' ? 1 : -1,
        }
      } else break
    }
    return node
  }

  /** A question mark that asks for as little as possible; two repetitions in a row are refused. */
  private preference(): void {
    const next = this.peek()
    if (next === '?') this.at++
    else if (next === '*' || next === '+') throw badRepetition
  }

  private atom(): Node {
    if (this.done || this.literally) return this.literal()
    switch (this.peek()) {
      case '(':
        return this.peek(1) === '?' ? this.options() : this.group()
      case ')':
        return this.depth > 0 ? EMPTY : this.literal()
      case '[':
        this.at++
        return this.bracket()
      case '\\':
        return this.escape()
      case '.':
        this.at++
        return setOf(this.flags & NEWLINE ? (byte) => byte !== 10 : () => true)
      case '^':
        this.at++
        return { kind: 'assertion', assertion: 'begin' }
      case '$':
        this.at++
        return { kind: 'assertion', assertion: 'end' }
      default:
        return this.literal()
    }
  }

  private group(): Node {
    this.at++
    this.depth++
    this.groups++
    return this.expression()
  }

  /** `(?i:…)`, or `(?i)` for the rest of the group around it, or a comment. */
  private options(): Node {
    const before = this.flags
    let flags = before
    let on = true
    this.at += 2
    for (;;) {
      if (this.done) throw malformed
      const letter = this.pattern.charAt(this.at++)
      if (letter === 'i') flags = on ? flags | IGNORE_CASE : flags & ~IGNORE_CASE
      else if (letter === 'n') flags = on ? flags | NEWLINE : flags & ~NEWLINE
      else if (letter === '-') on = false
      else if (letter === ':') {
        this.depth++
        break
      } else if (letter === '#') {
        const end = this.pattern.indexOf(')', this.at)
        if (end < 0) throw malformed
        this.at = end + 1
        break
      } else if (letter === ')') break
      else if (letter !== 'r' && letter !== 'U') throw malformed
    }
    this.flags = flags
    const node = this.expression()
    this.flags = before
    return node
  }

  private literal(): Node {
    if (this.literally && this.pattern.startsWith('\\E', this.at)) {
      this.flags &= ~LITERAL
      this.at += 2
      return this.piece()
    }
    if (this.done) return EMPTY
    if (!this.literally && '*|{+?'.includes(this.peek())) return EMPTY
    const byte = this.code()
    this.at++
    const other = this.ignoringCase ? otherCase(byte) : byte
    return setOf((one) => one === byte || one === other)
  }

  private escape(): Node {
    const letter = this.peek(1)
    const shorthand = SHORTHANDS.get(letter)
    if (shorthand !== undefined) {
      this.at += 2
      return setOf(shorthand)
    }
    if (letter === '') throw trailingBackslash
    if (letter === 'Q') {
      this.at += 2
      this.flags |= LITERAL
      return this.literal()
    }
    this.at += 2
    const assertion = ASSERTIONS.get(letter)
    if (assertion !== undefined) return { kind: 'assertion', assertion }
    if (letter === 'x') return this.hex()
    const code = letter.charCodeAt(0)
    if (isDigit(code)) {
      this.reference = Math.max(this.reference, code - 48)
      return EMPTY
    }
    return setOf((byte) => byte === code)
  }

  /** Up to two digits, or up to eight in braces. What is beyond a byte matches nothing. */
  private hex(): Node {
    const braces = this.peek() === '{'
    if (braces) this.at++
    const start = this.at
    const most = start + (braces ? 8 : 2)
    while (!this.done && this.at < most && isHex(this.code())) this.at++
    const code = Number.parseInt(this.pattern.slice(start, this.at) || '0', 16)
    if (braces) {
      if (this.peek() !== '}') throw missingBrace
      this.at++
    }
    return setOf((byte) => byte === code)
  }

  // ---- Braces -----------------------------------------------------------------------------------

  private bound(item: Node): Node {
    const start = this.at
    let least = this.number()
    let most = least
    if (this.peek() === ',') {
      least = Math.max(0, least)
      this.at++
      most = this.number()
    }
    if (most >= 0 && least > most) throw badBraces
    if (least > MOST_REPEATED || most > MOST_REPEATED) throw tooOften
    this.costs()
    if (this.done) throw missingBrace
    if (this.at === start || this.peek() !== '}') throw badBraces
    this.at++
    this.preference()
    if (least === 0 && most === 0) return EMPTY
    // Only costs were given.
    if (least < 0) return item
    return { kind: 'repeat', item, least, most }
  }

  /** A number without sign, -1 if there is none. */
  private number(): number {
    const start = this.at
    while (isDigit(this.code())) this.at++
    return this.at === start ? -1 : Number(this.pattern.slice(start, this.at))
  }

  /** Limits (`+2`, `-`, `#1`, `~3`) and an equation (`2i + 1d < 4`) of approximate matching. */
  private costs(): void {
    const end = this.pattern.length - 1
    while (this.at < end) {
      const next = this.peek()
      if ('+-#~<'.includes(next)) {
        this.at++
        while (next === '<' && this.peek() === ' ') this.at++
        this.number()
      } else if (next === ',' || next === ' ') this.at++
      else if (isDigit(this.code())) {
        this.number()
        if (this.done || !'ids'.includes(this.peek())) throw badBraces
        this.at++
      } else return
    }
  }

  // ---- Brackets ---------------------------------------------------------------------------------

  private bracket(): Node {
    const bytes = new Uint8Array(256)
    const negated = this.peek() === '^'
    if (negated) this.at++
    const start = this.at
    for (;;) {
      if (this.done) throw missingBracket
      if (this.peek() === ']' && this.at > start) break
      this.bracketItem(bytes, start)
    }
    this.at++
    return negated ? setOf((byte) => bytes[byte] === 0) : { kind: 'set', bytes }
  }

  private bracketItem(bytes: Uint8Array, start: number): void {
    const { length } = this.pattern
    const next = this.peek()
    const second = this.peek(1)
    if (this.at + 2 < length && second === '-' && this.peek(2) !== ']') {
      const [low, high] = [this.code(), this.code(2)]
      if (low > high) throw badRange
      this.at += 3
      addClass(bytes, (byte) => byte >= low && byte <= high, this.ignoringCase)
    } else if (next === '[' && (second === '.' || second === '=')) {
      throw collating
    } else if (next === '[' && second === ':') {
      const end = this.pattern.indexOf(':', this.at + 2)
      const test = end < 0 ? undefined : CLASSES.get(this.pattern.slice(this.at + 2, end))
      if (test === undefined) throw unknownClass
      // The bracket behind the colon is taken for granted.
      this.at = end + 2
      addClass(bytes, test, this.ignoringCase)
    } else {
      const dash = next === '-' && this.at !== start && second !== '' && second !== ']'
      // Two ranges may not share an end.
      if (dash) throw badRange
      const code = this.code()
      this.at++
      addClass(bytes, (byte) => byte === code, this.ignoringCase)
    }
  }
}
