// biome-ignore-all lint/style/noNonNullAssertion: indices are compared with the length before, in hot code.
/**
 * FILTER expressions of vector sets: `.year > 1980 and .genre in ["drama", "noir"]`.
 *
 * An expression is split into tokens, and the tokens are put in the order in which a stack evaluates them
 * (operands first). That program runs once for each element that a search meets, against the
 * element's attribute: a JSON object, of which only the top-level fields that are asked for are read, in
 * place, without parsing the rest.
 *
 * Values are numbers (true and false are 1 and 0), strings, null and flat arrays. There are no errors when
 * it runs: what cannot be compared is compared as numbers, and an element that lacks a field, or has no
 * such value in it, does not match.
 */
import { scanHex } from '../util/float.ts'

type FilterValue = number | string | null | FilterValue[]

/** A field of the attribute. */
class Field {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** Compared by identity: an operator that is evaluated. */
class Operator {
  readonly sign: string
  /** Binds stronger than those with a lower number. */
  readonly rank: number
  readonly operands: number
  readonly evaluate: (a: FilterValue, b: FilterValue) => number

  constructor(
    sign: string,
    rank: number,
    operands: number,
    evaluate: (a: FilterValue, b: FilterValue) => number,
  ) {
    this.sign = sign
    this.rank = rank
    this.operands = operands
    this.evaluate = evaluate
  }
}

type Token = FilterValue | Field | Operator

// ---- Values -------------------------------------------------------------------------------------

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const INFINITE = /^([+-]?)inf(?:inity)?$/i
/** Longer strings are no numbers. */
const MOST_DIGITS = 255

/** What C's `strtod` makes of a whole string; undefined if it leaves something over. */
function numberIn(text: string): number | undefined {
  const end = text.indexOf('\0')
  const number = (end < 0 ? text : text.slice(0, end)).replace(/^[ \t\n\v\f\r]+/, '')
  if (DECIMAL.test(number)) return Number(number)
  const infinite = INFINITE.exec(number)
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity
  if (/^[+-]?nan(?:\(\w*\))?$/i.test(number)) return NaN
  const hex = scanHex(number)
  if (hex === undefined) return undefined
  const size = Number(hex.digits) * 2 ** hex.exponent
  return hex.negative ? -size : size
}

function toNumber(value: FilterValue): number {
  if (typeof value === 'number') return value
  return typeof value === 'string' && value.length <= MOST_DIGITS ? (numberIn(value) ?? 0) : 0
}

function isTrue(value: FilterValue): boolean {
  if (typeof value === 'number') return value !== 0
  return value !== null && value !== ''
}

function areEqual(a: FilterValue, b: FilterValue): boolean {
  if (typeof a === 'string' && typeof b === 'string') return a === b
  if (a === null || b === null) return a === b
  return toNumber(a) === toNumber(b)
}

/** In a list, or as a part of a string. */
function isIn(a: FilterValue, b: FilterValue): boolean {
  if (Array.isArray(b)) return b.some((item) => areEqual(a, item))
  return typeof a === 'string' && typeof b === 'string' && b.includes(a)
}

/** As C has it: one to any power is one. */
function power(base: number, exponent: number): number {
  if (base === 1) return 1
  if (base === -1 && Math.abs(exponent) === Infinity) return 1
  return base ** exponent
}

// ---- Operators ----------------------------------------------------------------------------------

const one = (truth: boolean): number => (truth ? 1 : 0)
const negate = (_: FilterValue, b: FilterValue): number => one(!isTrue(b))
const both = (a: FilterValue, b: FilterValue): number => one(isTrue(a) && isTrue(b))
const either = (a: FilterValue, b: FilterValue): number => one(isTrue(a) || isTrue(b))

const OPEN = new Operator('(', 7, 0, () => 0)
const CLOSE = new Operator(')', 7, 0, () => 0)
const POWER = new Operator('**', 5, 2, (a, b) => power(toNumber(a), toNumber(b)))

const OPERATORS: readonly Operator[] = [
  OPEN,
  CLOSE,
  new Operator('!', 6, 1, negate),
  new Operator('not', 6, 1, negate),
  POWER,
  new Operator('*', 4, 2, (a, b) => toNumber(a) * toNumber(b)),
  new Operator('/', 4, 2, (a, b) => toNumber(a) / toNumber(b)),
  new Operator('%', 4, 2, (a, b) => toNumber(a) % toNumber(b)),
  new Operator('+', 3, 2, (a, b) => toNumber(a) + toNumber(b)),
  new Operator('-', 3, 2, (a, b) => toNumber(a) - toNumber(b)),
  new Operator('>', 2, 2, (a, b) => one(toNumber(a) > toNumber(b))),
  new Operator('>=', 2, 2, (a, b) => one(toNumber(a) >= toNumber(b))),
  new Operator('<', 2, 2, (a, b) => one(toNumber(a) < toNumber(b))),
  new Operator('<=', 2, 2, (a, b) => one(toNumber(a) <= toNumber(b))),
  new Operator('==', 2, 2, (a, b) => one(areEqual(a, b))),
  new Operator('!=', 2, 2, (a, b) => one(!areEqual(a, b))),
  new Operator('in', 2, 2, (a, b) => one(isIn(a, b))),
  new Operator('and', 1, 2, both),
  new Operator('&&', 1, 2, both),
  new Operator('or', 0, 2, either),
  new Operator('||', 0, 2, either),
]

// ---- Reading ------------------------------------------------------------------------------------

const SPACE = /[ \t\n\v\f\r]/
const DIGIT = /[0-9]/
const NAME = /[A-Za-z0-9_-]/
const SIGNS = /[A-Za-z+\-*%/!()<>=|&]/

/** Where an expression could not be read. */
export class FilterError {
  /** A place in the text; the beginning, if the words are right but not their order. */
  readonly at: number
  constructor(at: number) {
    this.at = at
  }
}

class Reader {
  private readonly text: string
  private at = 0
  private readonly tokens: Token[] = []

  constructor(text: string) {
    this.text = text
  }

  read(): Token[] {
    for (;;) {
      this.skip(SPACE)
      if (this.at >= this.text.length) return this.tokens
      this.tokens.push(this.next())
    }
  }

  private get character(): string {
    return this.text[this.at] ?? ''
  }

  private is(kind: RegExp, ahead = 0): boolean {
    const character = this.text[this.at + ahead]
    return character !== undefined && kind.test(character)
  }

  private skip(kind: RegExp): void {
    while (this.is(kind)) this.at++
  }

  private fail(): never {
    throw new FilterError(this.at)
  }

  private next(): Token {
    const { character } = this
    if (this.is(DIGIT)) return this.number()
    if (character === '-' && this.is(DIGIT, 1) && this.startsOperand()) return this.number()
    if (character === '"' || character === "'") return this.string()
    // A dot at the very end names no field, and no element has that.
    if (character === '.' && (this.is(NAME, 1) || this.at + 1 === this.text.length)) {
      return this.field()
    }
    if (character === '[') return this.list()
    if (this.is(SIGNS)) return this.word()
    return this.fail()
  }

  /** Whether a minus sign here belongs to a number. */
  private startsOperand(): boolean {
    const last = this.tokens.at(-1)
    return last === undefined || (last instanceof Operator && last !== CLOSE)
  }

  private number(): number {
    const start = this.at
    if (this.character === '-') this.at++
    this.skip(/[0-9.eE]/)
    const text = this.text.slice(start, this.at)
    if (text.length > MOST_DIGITS || !DECIMAL.test(text)) this.fail()
    return Number(text)
  }

  /** A backslash keeps a quote from ending the string, and stays in it. */
  private string(): string {
    const quote = this.character
    const start = ++this.at
    while (this.at < this.text.length) {
      const { character } = this
      if (character === '\\' && this.at + 1 < this.text.length) this.at += 2
      else if (character === quote) return this.text.slice(start, this.at++)
      else this.at++
    }
    return this.fail()
  }

  private field(): Field {
    const start = ++this.at
    this.skip(NAME)
    return new Field(this.text.slice(start, this.at))
  }

  private list(): FilterValue[] {
    const items: FilterValue[] = []
    this.at++
    for (;;) {
      this.skip(SPACE)
      if (this.character === ']') break
      if (this.is(/[0-9-]/)) items.push(this.number())
      else if (this.is(/["']/)) items.push(this.string())
      else this.fail()
      this.skip(SPACE)
      if (this.character === ']') break
      if (this.character !== ',') this.fail()
      this.at++
    }
    this.at++
    return items
  }

  /** An operator, the longest that fits; or null, which must stand apart from what follows. */
  private word(): Operator | null {
    const start = this.at
    this.skip(SIGNS)
    const run = this.text.slice(start, this.at)
    if (run === 'null') return null
    let best: Operator | undefined
    for (const operator of OPERATORS) {
      if (!run.startsWith(operator.sign)) continue
      if (best === undefined || operator.sign.length > best.sign.length) best = operator
    }
    if (best === undefined) this.fail()
    this.at = start + best.sign.length
    return best
  }
}

// ---- Ordering -----------------------------------------------------------------------------------

/** Puts tokens in the order of evaluation (Dijkstra's shunting yard). */
class Compiler {
  readonly program: Token[] = []
  private readonly waiting: Operator[] = []
  /** Values on the stack when the program has come so far. */
  private depth = 0

  constructor(tokens: readonly Token[]) {
    for (const token of tokens) {
      if (!(token instanceof Operator)) {
        this.program.push(token)
        this.depth++
      } else if (token === CLOSE) this.close()
      else {
        if (token !== OPEN) this.release(token)
        this.waiting.push(token)
      }
    }
    for (let last = this.waiting.pop(); last !== undefined; last = this.waiting.pop()) {
      this.emit(last)
    }
    if (this.depth !== 1) throw new FilterError(0)
  }

  private close(): void {
    for (let last = this.waiting.pop(); last !== OPEN; last = this.waiting.pop()) {
      if (last === undefined) throw new FilterError(0)
      this.emit(last)
    }
  }

  /** What binds at least as strong as this operator comes before it; powers go from right to left. */
  private release(operator: Operator): void {
    for (;;) {
      const last = this.waiting.at(-1)
      if (last === undefined || last === OPEN || last.rank < operator.rank) return
      if (operator === POWER && last.rank === operator.rank) return
      this.waiting.pop()
      this.emit(last)
    }
  }

  private emit(operator: Operator): void {
    if (operator === OPEN || this.depth < operator.operands) throw new FilterError(0)
    this.program.push(operator)
    this.depth -= operator.operands - 1
  }
}

// ---- Running ------------------------------------------------------------------------------------

/** A compiled expression. */
export class VectorFilter {
  private readonly program: readonly Token[]
  private readonly stack: FilterValue[] = []

  /** Throws `FilterError`. What follows a zero byte is not seen. */
  constructor(text: string) {
    const end = text.indexOf('\0')
    const tokens = new Reader(end < 0 ? text : text.slice(0, end)).read()
    this.program = new Compiler(tokens).program
  }

  /** Whether the expression is true of an element with this attribute. */
  matches(attribute: string): boolean {
    const { program, stack } = this
    let depth = 0
    for (let i = 0; i < program.length; i++) {
      const token = program[i]!
      if (token instanceof Field) {
        const value = fieldOf(attribute, token.name)
        if (value === undefined) return false
        stack[depth++] = value
      } else if (token instanceof Operator) {
        const last = stack[--depth]!
        const first = token.operands === 2 ? stack[--depth]! : null
        stack[depth++] = token.evaluate(first, last)
      } else stack[depth++] = token
    }
    return isTrue(stack[0]!)
  }
}

// ---- Attributes ---------------------------------------------------------------------------------

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Lists in lists are read as deep as this. */
const MOST_DEPTH = 64

const isSpace = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d)
/** Digits, signs, the point and the letter of an exponent. */
const isNumeric = (code: number): boolean =>
  (code >= 0x30 && code <= 0x39) ||
  code === 0x2b ||
  code === 0x2d ||
  code === 0x2e ||
  code === 0x45 ||
  code === 0x65

/** A place in a JSON text. */
class Json {
  private readonly text: string
  private at = 0

  constructor(text: string) {
    this.text = text
  }

  /** The code at this place; NaN behind the end. */
  private code(): number {
    return this.text.charCodeAt(this.at)
  }

  private space(): void {
    while (isSpace(this.code())) this.at++
  }

  /** Go to the value of a top-level field. Names are compared as they are written, escapes and all. */
  seek(name: string): boolean {
    this.space()
    if (this.code() !== OPEN_OBJECT) return false
    do {
      this.at++
      this.space()
      const start = this.at + 1
      if (!this.skipString()) return false
      const found = this.at - 1 - start === name.length && this.text.startsWith(name, start)
      this.space()
      if (this.code() !== COLON) return false
      this.at++
      this.space()
      if (found) return this.at < this.text.length
      if (!this.skipValue()) return false
      this.space()
    } while (this.code() === COMMA)
    return false
  }

  /** Behind the string that begins here. */
  private skipString(): boolean {
    const { text } = this
    if (this.code() !== QUOTE) return false
    let at = this.at + 1
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === BACKSLASH) at++
      else if (code === QUOTE) {
        this.at = at + 1
        return true
      }
    }
    return false
  }

  private skipValue(): boolean {
    const code = this.code()
    if (code === QUOTE) return this.skipString()
    if (code === OPEN_OBJECT) return this.skipNested(OPEN_OBJECT, CLOSE_OBJECT)
    if (code === OPEN_LIST) return this.skipNested(OPEN_LIST, CLOSE_LIST)
    for (const word of ['true', 'false', 'null']) {
      if (!this.text.startsWith(word, this.at)) continue
      this.at += word.length
      return true
    }
    const start = this.at
    while (isNumeric(this.code())) this.at++
    return this.at > start
  }

  private skipNested(open: number, close: number): boolean {
    let depth = 0
    while (this.at < this.text.length) {
      const code = this.code()
      if (code === QUOTE) {
        if (!this.skipString()) return false
        continue
      }
      this.at++
      if (code === open) depth++
      else if (code === close && --depth === 0) return true
    }
    return false
  }

  /** The value that begins here; undefined for objects and what is no value. */
  value(depth = 0): FilterValue | undefined {
    this.space()
    const code = this.code()
    if (code === QUOTE) return this.string()
    if (code === OPEN_LIST) return depth < MOST_DEPTH ? this.list(depth) : undefined
    if (code === 0x74) return this.word('true') ? 1 : undefined
    if (code === 0x66) return this.word('false') ? 0 : undefined
    if (code === 0x6e) return this.word('null') ? null : undefined
    // A number begins with a digit or a sign.
    return isNumeric(code) && code !== 0x2e && code !== 0x45 && code !== 0x65
      ? this.number()
      : undefined
  }

  private string(): string | undefined {
    const start = this.at + 1
    if (!this.skipString()) return undefined
    const raw = this.text.slice(start, this.at - 1)
    return raw.includes('\\')
      ? raw.replace(/\\([\s\S])/g, (_, letter: string) => escaped(letter))
      : raw
  }

  private number(): number | undefined {
    const start = this.at
    while (isNumeric(this.code()) && this.at - start < MOST_DIGITS) this.at++
    return numberIn(this.text.slice(start, this.at))
  }

  private word(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false
    const after = this.text.charCodeAt(this.at + word.length)
    const ends = after === COMMA || after === CLOSE_LIST || after === CLOSE_OBJECT
    if (!ends && !isSpace(after) && !Number.isNaN(after)) return false
    this.at += word.length
    return true
  }

  private list(depth: number): FilterValue[] | undefined {
    const items: FilterValue[] = []
    this.at++
    this.space()
    if (this.code() === CLOSE_LIST) {
      this.at++
      return items
    }
    for (;;) {
      const item = this.value(depth + 1)
      if (item === undefined) return undefined
      items.push(item)
      this.space()
      const code = this.code()
      this.at++
      if (code === CLOSE_LIST) return items
      if (code !== COMMA) return undefined
    }
  }
}

/** Escapes that stand for something else; the others are the letter itself. */
const escaped = (letter: string): string =>
  letter === 'n' ? '\n' : letter === 'r' ? '\r' : letter === 't' ? '\t' : letter

/** The value of a top-level field of a JSON object, if it has one that can be compared. */
function fieldOf(json: string, name: string): FilterValue | undefined {
  if (name === '') return undefined
  const at = new Json(json)
  return at.seek(name) ? at.value() : undefined
}
