/**
 * Source text into tokens. A token's kind is its own text for words and signs, else 'name', 'string',
 * 'number' or 'end of text'. What messages show as `near '…'` is kept the way PUC keeps it: for a
 * string, the quote and what was read so far.
 */
import { displayName, LuaError } from './errors.ts'
import { parseNumber } from './number.ts'

const KEYWORDS = new Set(
  (
    'and break do else elseif end false for function if in local nil not or repeat return then ' +
    'true until while'
  ).split(' '),
)

export const NAME = 'name'
export const STRING = 'string'
export const NUMBER = 'number'
export const END = 'end of text'

const LETTER = 1
const DIGIT = 2
const SPACE = 4
/** What kind of character each byte is. */
const KINDS = new Uint8Array(256)
for (let c = 0; c < 256; c++) {
  const char = String.fromCharCode(c)
  if (/[A-Za-z_]/.test(char)) KINDS[c] = LETTER
  else if (/[0-9]/.test(char)) KINDS[c] = DIGIT
  else if (/[ \t\v\f]/.test(char)) KINDS[c] = SPACE
}

const NEWLINE = 10
const RETURN = 13
const DASH = 45
const DOT = 46
const EQUALS = 61
const OPEN = 91
const CLOSE = 93
const BACKSLASH = 92

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

export class Lexer {
  readonly chunkName: string
  private readonly source: string
  private at = 0
  /** Line of the token that was read last, which is ahead of `kind` only after `peek`. */
  line = 1
  /** Line where the token before the current one ended. */
  lastLine = 1
  /** The current token. */
  kind = END
  text = ''
  number = 0
  private ahead: string | undefined
  private aheadText = ''
  private aheadNumber = 0
  /** What was read of the token, for messages. */
  private near = ''

  constructor(source: string, chunkName: string) {
    this.source = source
    this.chunkName = chunkName
  }

  /** To the next token. */
  next(): void {
    this.lastLine = this.line
    if (this.ahead !== undefined) {
      this.kind = this.ahead
      this.text = this.aheadText
      this.number = this.aheadNumber
      this.ahead = undefined
    } else this.kind = this.scan()
  }

  /** The kind of the token after the current one. */
  peek(): string {
    const { text, number } = this
    this.ahead = this.scan()
    this.aheadText = this.text
    this.aheadNumber = this.number
    this.text = text
    this.number = number
    return this.ahead
  }

  /** "chunk:line: text near 'token'". */
  fail(text: string, kind: string | undefined): never {
    const where = `${displayName(this.chunkName, 80)}:${this.line}: `
    // To PUC a zero byte is the token that is none.
    const near = kind === undefined || kind === '\0' ? '' : ` near '${this.shown(kind)}'`
    throw new LuaError(where + text + near)
  }

  private shown(kind: string): string {
    if (kind === END) return '<eof>'
    if (kind === NAME || kind === STRING || kind === NUMBER) {
      const zero = this.near.indexOf('\0')
      return zero < 0 ? this.near : this.near.slice(0, zero)
    }
    const code = kind.charCodeAt(0)
    return code < 32 || code === 127 ? `char(${code})` : kind
  }

  private scan(): string {
    const source = this.source
    for (;;) {
      const start = this.at
      if (start >= source.length) return END
      const c = source.charCodeAt(start)
      const kind = KINDS[c] as number
      if (kind === LETTER) return this.word(start)
      if (kind === DIGIT) return this.numeral(start)
      if (kind === SPACE) {
        this.at++
        continue
      }
      switch (c) {
        case NEWLINE:
        case RETURN:
          this.newline(c)
          continue
        case DASH:
          if (source.charCodeAt(start + 1) !== DASH) return this.sign('-')
          this.at += 2
          this.comment()
          continue
        case OPEN: {
          const level = this.bracket(start)
          if (level >= 0) {
            this.text = this.longString(level, 'string')
            return STRING
          }
          if (level === -1) return this.sign('[')
          this.near = source.slice(start, this.at)
          return this.fail('invalid long string delimiter', STRING)
        }
        case EQUALS:
          return this.maybe('=', '==')
        case 60:
          return this.maybe('<', '<=')
        case 62:
          return this.maybe('>', '>=')
        case 126:
          return this.maybe('~', '~=')
        case 34:
        case 39:
          return this.quoted(c)
        case DOT:
          if (source.charCodeAt(start + 1) === DOT)
            return this.sign(source.charCodeAt(start + 2) === DOT ? '...' : '..')
          if (KINDS[source.charCodeAt(start + 1)] === DIGIT) return this.numeral(start)
          return this.sign('.')
        default:
          return this.sign(source[start] as string)
      }
    }
  }

  private sign(text: string): string {
    this.at += text.length
    return text
  }

  private maybe(short: string, long: string): string {
    return this.sign(this.source.charCodeAt(this.at + 1) === EQUALS ? long : short)
  }

  private word(start: number): string {
    const source = this.source
    let end = start + 1
    while (((KINDS[source.charCodeAt(end)] as number) & (LETTER | DIGIT)) !== 0) end++
    this.at = end
    const text = source.slice(start, end)
    if (KEYWORDS.has(text)) return text
    this.text = text
    this.near = text
    return NAME
  }

  private numeral(start: number): string {
    const source = this.source
    const isDigit = (at: number) => KINDS[source.charCodeAt(at)] === DIGIT
    let end = start
    while (isDigit(end) || source.charCodeAt(end) === DOT) end++
    const exponent = source.charCodeAt(end) | 32
    if (exponent === 101) {
      end++
      const sign = source.charCodeAt(end)
      if (sign === 43 || sign === DASH) end++
    }
    while (((KINDS[source.charCodeAt(end)] as number) & (LETTER | DIGIT)) !== 0) end++
    this.at = end
    const text = source.slice(start, end)
    this.near = text
    const number = parseNumber(text)
    if (number === undefined) this.fail('malformed number', NUMBER)
    this.number = number
    return NUMBER
  }

  /** Past a line end of one or two characters. */
  private newline(c: number): void {
    const other = this.source.charCodeAt(this.at + 1)
    this.at += (other === NEWLINE || other === RETURN) && other !== c ? 2 : 1
    this.line++
  }

  private comment(): void {
    const source = this.source
    if (source.charCodeAt(this.at) === OPEN) {
      const level = this.bracket(this.at)
      if (level >= 0) {
        this.longString(level, 'comment')
        return
      }
    }
    let at = this.at
    while (at < source.length) {
      const c = source.charCodeAt(at)
      if (c === NEWLINE || c === RETURN) break
      at++
    }
    this.at = at
  }

  /** The level of `[==[` at a place, and moves past it; -1: a bracket alone, -2: `[=` and no more. */
  private bracket(start: number): number {
    const source = this.source
    let at = start + 1
    while (source.charCodeAt(at) === EQUALS) at++
    const level = at - start - 1
    if (source.charCodeAt(at) === OPEN) {
      this.at = at + 1
      return level
    }
    if (level === 0) return -1
    this.at = at
    return -2
  }

  private longString(level: number, what: 'string' | 'comment'): string {
    const source = this.source
    const parts: string[] = []
    const close = `]${'='.repeat(level)}]`
    const first = source.charCodeAt(this.at)
    if (first === NEWLINE || first === RETURN) this.newline(first)
    let from = this.at
    for (;;) {
      if (this.at >= source.length) {
        this.near = ''
        this.fail(`unfinished long ${what}`, END)
      }
      const c = source.charCodeAt(this.at)
      if (c === CLOSE && source.startsWith(close, this.at)) break
      if (c === NEWLINE || c === RETURN) {
        parts.push(source.slice(from, this.at), '\n')
        this.newline(c)
        from = this.at
      } else if (c === OPEN && level === 0 && source.charCodeAt(this.at + 1) === OPEN) {
        this.fail('nesting of [[...]] is deprecated', '[')
      } else this.at++
    }
    parts.push(source.slice(from, this.at))
    this.at += close.length
    const text = parts.join('')
    if (what === 'string') this.near = `[${'='.repeat(level)}[${text}${close}`
    return text
  }

  private quoted(quote: number): string {
    const source = this.source
    let at = this.at + 1
    let from = at
    let text = ''
    for (;;) {
      const c = source.charCodeAt(at)
      if (c === quote) break
      if (c === BACKSLASH) {
        text += source.slice(from, at)
        this.at = at
        text += this.escape(String.fromCharCode(quote) + text)
        at = this.at
        from = at
      } else if (c === NEWLINE || c === RETURN || at >= source.length) {
        this.near = String.fromCharCode(quote) + text + source.slice(from, at)
        this.at = at
        this.fail('unfinished string', at >= source.length ? END : STRING)
      } else at++
    }
    text += source.slice(from, at)
    this.at = at + 1
    this.text = text
    const mark = String.fromCharCode(quote)
    this.near = mark + text + mark
    return STRING
  }

  /** What a backslash stands for; `so far` is for the message. */
  private escape(soFar: string): string {
    const source = this.source
    const at = this.at + 1
    if (at >= source.length) {
      this.at = at
      return ''
    }
    const c = source.charCodeAt(at)
    if (c === NEWLINE || c === RETURN) {
      this.at = at
      this.newline(c)
      return '\n'
    }
    if (KINDS[c] !== DIGIT) {
      this.at = at + 1
      const char = source[at] as string
      return ESCAPES[char] ?? char
    }
    let code = 0
    let end = at
    while (end < at + 3 && KINDS[source.charCodeAt(end)] === DIGIT) {
      code = code * 10 + source.charCodeAt(end) - 48
      end++
    }
    this.at = end
    if (code > 255) {
      this.near = soFar
      this.fail('escape sequence too large', STRING)
    }
    return String.fromCharCode(code)
  }
}
