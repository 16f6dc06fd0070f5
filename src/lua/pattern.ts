// biome-ignore-all lint/style/noNonNullAssertion: every index is computed to be in range, in hot code.
/**
 * Lua patterns.
 *
 * A pattern is a line of items without alternatives, so it compiles to a flat list of numbers; sets and
 * classes become tables of 256 flags. Matching is one loop with a stack of the items that may
 * still try something else: it never recurses, so that neither a long subject nor a long
 * pattern can overflow. Since there are no alternatives, what a capture holds depends on nothing but
 * the way from the first item to the last one tried: whoever resumes at an item passes all later
 * brackets again, and no capture needs to be taken back.
 *
 * Lua reads a pattern while it matches, so an error in it shows only if the matcher gets there. An error
 * is therefore an item like any other. A pattern ends at its first zero byte.
 *
 * Steps are counted and reported, for a pattern with several greedy items takes time that is a
 * power of the subject's length, and somebody must be able to put an end to it.
 */
import { owned } from '../util/bytes.ts'

/** Where a matcher takes its errors and its time. */
export interface PatternHost {
  /** Throws as `error(text)` of the function that matches. */
  error(text: string): never
  /** Takes note of so many steps; may throw. */
  spend(steps: number): void
  /** A capture is so long; may throw. */
  allocate(bytes: number): void
}

/** Captures from here on are counted. */
const COUNTED = 256

/** A compiled pattern. */
export interface Program {
  readonly code: Int32Array
  readonly sets: readonly Uint8Array[]
  readonly errors: readonly string[]
  /** How many brackets open. */
  readonly captures: number
  readonly anchored: boolean
  /** Whether it stands for itself. */
  readonly plain: boolean
  /** What a match may begin with, if it must begin with something. */
  readonly first: Uint8Array | undefined
  /** The text a match begins with. */
  readonly prefix: string
  /**
   * The set of a repeated item in front: where no match begins, none begins at the rest of the run either,
   * for it could end the item at no other places.
   */
  readonly run: Uint8Array | undefined
}

const MAX_CAPTURES = 32
/** Lengths of captures that are none: a bracket that was never closed, and `()`. */
const UNFINISHED = -1
const POSITION = -2

const END = 0
const CHAR = 1
const ANY = 2
const SET = 3
const OPEN = 4
const OPEN_POSITION = 5
const CLOSE = 6
const AT_END = 7
const BALANCE = 8
const FRONTIER = 9
const REFERENCE = 10
const ERROR = 11
/**
 * Of a set: none or one, any number, at least one, as few as possible. They have four numbers: beside
 * the set the character that must follow, if that is known (else -1), and whether the set is without it.
 */
const MAYBE = 12
const STAR = 13
const PLUS = 14
const FEW = 15

const ESCAPE = 37
const SPECIAL = /[\^$*+?.([%-]/
/** Steps between two reports. */
const REPORT = 5000
const CACHED = 300

/** The 256 flags of each class, by its lower-case letter. */
const CLASSES = makeClasses()

function makeClasses(): Readonly<Record<string, Uint8Array>> {
  const of = (test: (c: number) => boolean): Uint8Array =>
    Uint8Array.from({ length: 256 }, (_, c) => (test(c) ? 1 : 0))
  const lower = (c: number) => c >= 97 && c <= 122
  const upper = (c: number) => c >= 65 && c <= 90
  const digit = (c: number) => c >= 48 && c <= 57
  const alpha = (c: number) => lower(c) || upper(c)
  const graph = (c: number) => c > 32 && c < 127
  return {
    a: of(alpha),
    c: of((c) => c < 32 || c === 127),
    d: of(digit),
    l: of(lower),
    p: of((c) => graph(c) && !alpha(c) && !digit(c)),
    s: of((c) => c === 32 || (c >= 9 && c <= 13)),
    u: of(upper),
    w: of((c) => alpha(c) || digit(c)),
    x: of((c) => digit(c) || (c >= 97 && c <= 102) || (c >= 65 && c <= 70)),
    z: of((c) => c === 0),
  }
}

const ALL = new Uint8Array(256).fill(1)
const lone: (Uint8Array | undefined)[] = []

/** Only one byte. */
function only(c: number): Uint8Array {
  const known = lone[c]
  if (known !== undefined) return known
  const made = new Uint8Array(256)
  made[c] = 1
  lone[c] = made
  return made
}

/** What `%x` stands for: a class, its complement for a capital, else the character itself. */
function classOf(c: number): Uint8Array {
  const letter = c | 32
  const table = letter >= 97 && letter <= 122 ? CLASSES[String.fromCharCode(letter)] : undefined
  if (table === undefined) return only(c)
  return c === letter ? table : complement(table)
}

function complement(table: Uint8Array): Uint8Array {
  return table.map((flag) => 1 - flag)
}

/** Writes the items of one pattern. */
class Compiler {
  private readonly pattern: string
  private readonly anchored: boolean
  private readonly end: number
  private readonly code: number[]
  private readonly sets: Uint8Array[]
  private readonly errors: string[]
  /** Brackets still open, innermost last. */
  private readonly open: number[]
  private captures: number
  /** Whether there is a reference to a capture. */
  private referring: boolean

  constructor(pattern: string, anchored: boolean) {
    this.pattern = pattern
    this.anchored = anchored
    const zero = pattern.indexOf('\0')
    this.end = zero < 0 ? pattern.length : zero
    this.code = []
    this.sets = []
    this.errors = []
    this.open = []
    this.captures = 0
    this.referring = false
  }

  compile(): Program {
    let at = this.anchored ? 1 : 0
    while (at < this.end) at = this.item(at)
    this.code.push(END)
    const code = Int32Array.from(this.code)
    const { first, prefix, run } = this.beginning()
    this.lookAhead(code)
    return {
      code,
      sets: this.sets,
      errors: this.errors,
      captures: this.captures,
      anchored: this.anchored,
      plain: !SPECIAL.test(this.pattern.slice(0, this.end)),
      first,
      prefix,
      run,
    }
  }

  /** Writes down what must follow each repeated item. */
  private lookAhead(code: Int32Array): void {
    for (let pc = 0; code[pc] !== END; pc += size(code[pc]!)) {
      if (code[pc]! < MAYBE) continue
      let next = pc + 4
      while (code[next] === OPEN || code[next] === OPEN_POSITION || code[next] === CLOSE) next += 2
      if (code[next] !== CHAR) continue
      const c = code[next + 1]!
      code[pc + 2] = c
      code[pc + 3] = this.sets[code[pc + 1]!]![c] === 0 ? 1 : 0
    }
  }

  /** Compiles the item at `at`; where the next one is. */
  private item(at: number): number {
    const { pattern, end } = this
    const c = pattern.charCodeAt(at)
    if (c === 40) return this.bracket(at)
    if (c === 41) {
      const index = this.open.pop()
      if (index === undefined) return this.error('invalid pattern capture')
      this.code.push(CLOSE, index)
      return at + 1
    }
    if (c === 36 && at + 1 === end) {
      this.code.push(AT_END)
      return end
    }
    if (c === ESCAPE && at + 1 < end) {
      const next = pattern.charCodeAt(at + 1)
      if (next === 98) return this.balance(at + 2)
      if (next === 102) return this.frontier(at + 2)
      if (next >= 48 && next <= 57) return this.reference(next - 49, at + 2)
    }
    return this.single(at)
  }

  private bracket(at: number): number {
    const index = this.captures
    if (index >= MAX_CAPTURES) return this.error('too many captures')
    const position = this.pattern.charCodeAt(at + 1) === 41 && at + 1 < this.end
    this.captures++
    if (position) {
      this.code.push(OPEN_POSITION, index)
      return at + 2
    }
    this.open.push(index)
    this.code.push(OPEN, index)
    return at + 1
  }

  private balance(at: number): number {
    if (at + 1 >= this.end) return this.error('unbalanced pattern')
    this.code.push(BALANCE, this.pattern.charCodeAt(at), this.pattern.charCodeAt(at + 1))
    return at + 2
  }

  private frontier(at: number): number {
    if (at >= this.end || this.pattern.charCodeAt(at) !== 91) {
      return this.error("missing '[' after '%f' in pattern")
    }
    const close = this.closing(at)
    if (close < 0) return this.error("malformed pattern (missing ']')")
    this.code.push(FRONTIER, this.set(this.members(at, close)))
    return close + 1
  }

  private reference(index: number, next: number): number {
    if (index < 0 || index >= this.captures || this.open.includes(index)) {
      return this.error('invalid capture index')
    }
    this.code.push(REFERENCE, index)
    this.referring = true
    return next
  }

  /** What stands for one character, with the sign behind it. */
  private single(at: number): number {
    const { pattern, end, code } = this
    const c = pattern.charCodeAt(at)
    let next = at + 1
    let table: Uint8Array | undefined
    if (c === ESCAPE) {
      if (next >= end) return this.error("malformed pattern (ends with '%')")
      table = classOf(pattern.charCodeAt(next++))
    } else if (c === 91) {
      const close = this.closing(at)
      if (close < 0) return this.error("malformed pattern (missing ']')")
      table = this.members(at, close)
      next = close + 1
    } else if (c === 46) table = ALL
    const sign = next < end ? pattern.charCodeAt(next) : 0
    const op = sign === 42 ? STAR : sign === 43 ? PLUS : sign === 45 ? FEW : sign === 63 ? MAYBE : 0
    if (op !== 0) {
      code.push(op, this.set(table ?? only(c)), -1, 0)
      return next + 1
    }
    if (table === undefined) code.push(CHAR, c)
    else if (table === ALL) code.push(ANY)
    else code.push(SET, this.set(table))
    return next
  }

  /** Where the set that opens at `at` closes; -1 if nowhere. The first character is never the end. */
  private closing(at: number): number {
    const { pattern, end } = this
    let i = at + 1
    if (pattern.charCodeAt(i) === 94) i++
    do {
      if (i >= end) return -1
      if (pattern.charCodeAt(i++) === ESCAPE && i < end) i++
    } while (i >= end || pattern.charCodeAt(i) !== 93)
    return i
  }

  /** The members of the set from `[` to `]`. */
  private members(at: number, close: number): Uint8Array {
    const { pattern } = this
    const negated = pattern.charCodeAt(at + 1) === 94
    const table = new Uint8Array(256)
    for (let i = negated ? at + 2 : at + 1; i < close; i++) {
      const c = pattern.charCodeAt(i)
      if (c === ESCAPE) {
        const members = classOf(pattern.charCodeAt(++i))
        for (let k = 0; k < 256; k++) table[k]! |= members[k]!
      } else if (pattern.charCodeAt(i + 1) === 45 && i + 2 < close) {
        i += 2
        const last = pattern.charCodeAt(i)
        for (let k = c; k <= last; k++) table[k] = 1
      } else table[c] = 1
    }
    return negated ? complement(table) : table
  }

  private set(table: Uint8Array): number {
    return this.sets.push(table) - 1
  }

  private error(text: string): number {
    this.code.push(ERROR, this.errors.push(text) - 1)
    return this.end
  }

  /** What every match must begin with. */
  private beginning(): {
    first: Uint8Array | undefined
    prefix: string
    run: Uint8Array | undefined
  } {
    const { code } = this
    let pc = 0
    let prefix = ''
    while (code[pc] === CHAR) {
      prefix += String.fromCharCode(code[pc + 1]!)
      pc += 2
    }
    if (prefix !== '') return { first: undefined, prefix, run: undefined }
    while (code[pc] === OPEN || code[pc] === OPEN_POSITION) pc += 2
    const op = code[pc]!
    if (op === CHAR) return { first: only(code[pc + 1]!), prefix, run: undefined }
    const set = this.sets[code[pc + 1]!]
    const repeated = op === STAR || op === PLUS || op === FEW
    return {
      first: op === SET || op === PLUS ? set : undefined,
      prefix,
      // What was captured would be another text, which a reference could tell.
      run: repeated && !this.referring ? set : undefined,
    }
  }
}

/** How many numbers an item has. */
function size(op: number): number {
  if (op >= MAYBE) return 4
  if (op === BALANCE) return 3
  return op === ANY || op === AT_END || op === END ? 1 : 2
}

function keep(programs: Map<string, Program>, pattern: string, program: Program): Program {
  if (programs.size >= CACHED) programs.clear()
  programs.set(pattern, program)
  return program
}

/** Matches patterns; one for each machine. What it found stands in its fields until the next match. */
export class Matcher {
  /** Where the last match of `search` began. */
  begin: number
  /** Where the captures begin, and how long they are. */
  readonly starts: Int32Array
  readonly lengths: Int32Array
  private readonly host: PatternHost
  /** Items to go back to: which one, where it is, and its least place. */
  private stack: Int32Array
  private fuel: number
  private readonly programs: Map<string, Program>
  /** Patterns in which a `^` in front is a character like others. */
  private readonly unanchored: Map<string, Program>

  constructor(host: PatternHost) {
    this.begin = 0
    this.starts = new Int32Array(MAX_CAPTURES)
    this.lengths = new Int32Array(MAX_CAPTURES)
    this.host = host
    this.stack = new Int32Array(96)
    this.fuel = REPORT
    this.programs = new Map()
    this.unanchored = new Map()
  }

  /** A pattern as a program. */
  compile(pattern: string): Program {
    const program = this.programs.get(pattern)
    if (program !== undefined) return program
    const anchored = pattern.charCodeAt(0) === 94
    return keep(this.programs, pattern, new Compiler(pattern, anchored).compile())
  }

  /** A pattern where a `^` in front of it has no meaning, as in gmatch. */
  compileUnanchored(pattern: string): Program {
    if (pattern.charCodeAt(0) !== 94) return this.compile(pattern)
    const program = this.unanchored.get(pattern)
    if (program !== undefined) return program
    return keep(this.unanchored, pattern, new Compiler(pattern, false).compile())
  }

  /** The first match at or behind `from`: its end, with its beginning in `begin`, or -1. */
  search(program: Program, subject: string, from: number): number {
    const { first, prefix, run } = program
    const { length } = subject
    if (program.anchored) {
      this.begin = from
      return this.match(program, subject, from)
    }
    for (let at = from; at <= length; at++) {
      if (first !== undefined) {
        const before = at
        while (at < length && first[subject.charCodeAt(at)] === 0) at++
        if (at > before) this.spend(at - before)
        if (at >= length) return -1
      } else if (prefix !== '') {
        const before = at
        at = subject.indexOf(prefix, at)
        if (at < 0) return -1
        if (at > before) this.spend(at - before)
      }
      const end = this.match(program, subject, at)
      if (end >= 0) {
        this.begin = at
        return end
      }
      if (run !== undefined) while (at < length && run[subject.charCodeAt(at)] === 1) at++
    }
    return -1
  }

  /** The end of the match that begins at `at`, or -1. */
  match(program: Program, subject: string, at: number): number {
    const { code, sets } = program
    const { starts, lengths } = this
    const { length } = subject
    let stack = this.stack
    let top = 0
    let pc = 0
    let s = at
    this.spend(1)
    for (;;) {
      let matched = false
      switch (code[pc]) {
        case END:
          return s
        case CHAR:
          if (s < length && subject.charCodeAt(s) === code[pc + 1]) {
            s++
            pc += 2
            matched = true
          }
          break
        case ANY:
          if (s < length) {
            s++
            pc++
            matched = true
          }
          break
        case SET:
          if (s < length && sets[code[pc + 1]!]![subject.charCodeAt(s)] === 1) {
            s++
            pc += 2
            matched = true
          }
          break
        case STAR:
        case PLUS:
        case MAYBE: {
          const set = sets[code[pc + 1]!]!
          const next = code[pc + 2]!
          let end = s
          if (code[pc] === MAYBE) {
            if (s < length && set[subject.charCodeAt(s)] === 1) end++
          } else if (set === ALL) end = length
          else {
            while (end < length && set[subject.charCodeAt(end)] === 1) end++
            if (end - s > 64) this.spend(end - s)
          }
          const least = code[pc] === PLUS ? s + 1 : s
          if (next >= 0 && end >= least) {
            // The last place that has what must follow; it is the only one if the set is without it.
            if (code[pc + 3] === 0) {
              const from = end
              while (end >= least && (end === length || subject.charCodeAt(end) !== next)) end--
              if (from - end > 64) this.spend(from - end)
            } else if (end === length || subject.charCodeAt(end) !== next) break
          }
          if (end < least) break
          if (end > least && code[pc + 3] === 0) {
            if (top + 3 > stack.length) stack = this.grow()
            stack[top] = pc
            stack[top + 1] = end
            stack[top + 2] = least
            top += 3
          }
          s = end
          pc += 4
          matched = true
          break
        }
        case FEW: {
          const next = code[pc + 2]!
          if (next >= 0) {
            s = this.until(subject, s, sets[code[pc + 1]!]!, next)
            if (s < 0) break
          }
          if (code[pc + 3] === 0) {
            if (top + 3 > stack.length) stack = this.grow()
            stack[top] = pc
            stack[top + 1] = s
            top += 3
          }
          pc += 4
          matched = true
          break
        }
        case OPEN:
          starts[code[pc + 1]!] = s
          lengths[code[pc + 1]!] = UNFINISHED
          pc += 2
          matched = true
          break
        case OPEN_POSITION:
          starts[code[pc + 1]!] = s
          lengths[code[pc + 1]!] = POSITION
          pc += 2
          matched = true
          break
        case CLOSE:
          lengths[code[pc + 1]!] = s - starts[code[pc + 1]!]!
          pc += 2
          matched = true
          break
        case AT_END:
          matched = s === length
          pc++
          break
        case BALANCE: {
          const end = this.balanced(subject, s, code[pc + 1]!, code[pc + 2]!)
          if (end < 0) break
          s = end
          pc += 3
          matched = true
          break
        }
        case FRONTIER: {
          const set = sets[code[pc + 1]!]!
          const before = s === 0 ? 0 : subject.charCodeAt(s - 1)
          const here = s === length ? 0 : subject.charCodeAt(s)
          matched = set[before] === 0 && set[here] === 1
          pc += 2
          break
        }
        case REFERENCE: {
          const size = lengths[code[pc + 1]!]!
          if (size < 0 || !this.same(subject, starts[code[pc + 1]!]!, s, size)) break
          s += size
          pc += 2
          matched = true
          break
        }
        default:
          this.host.error(program.errors[code[pc + 1]!]!)
      }
      if (matched) continue
      // Back to the last item that can do otherwise.
      for (;;) {
        if (top === 0) return -1
        if (--this.fuel < 0) this.refuel()
        pc = stack[top - 3]!
        s = stack[top - 2]!
        if (code[pc] === FEW) {
          const set = sets[code[pc + 1]!]!
          if (s < length && set[subject.charCodeAt(s)] === 1) {
            s++
            const next = code[pc + 2]!
            if (next >= 0) s = this.until(subject, s, set, next)
            if (s >= 0) {
              stack[top - 2] = s
              break
            }
          }
          top -= 3
        } else {
          s--
          const least = stack[top - 1]!
          const next = code[pc + 2]!
          if (next >= 0) {
            const from = s
            while (s >= least && subject.charCodeAt(s) !== next) s--
            if (from - s > 64) this.spend(from - s)
            if (s < least) {
              top -= 3
              continue
            }
          }
          if (s === least) top -= 3
          else stack[top - 2] = s
          break
        }
      }
      pc += 4
    }
  }

  /** The first `wanted` from `at` on, with nothing but members of the set before it; -1 for none. */
  private until(subject: string, at: number, set: Uint8Array, wanted: number): number {
    const { length } = subject
    let s = at
    for (; s < length; s++) {
      const c = subject.charCodeAt(s)
      if (c === wanted) break
      if (set[c] === 0) {
        s = length
        break
      }
    }
    if (s - at > 64) this.spend(s - at)
    return s < length ? s : -1
  }

  /** Behind the closing bracket that belongs to the opening one at `at`, or -1. */
  private balanced(subject: string, at: number, open: number, close: number): number {
    if (subject.charCodeAt(at) !== open) return -1
    let depth = 1
    for (let i = at + 1; i < subject.length; i++) {
      const c = subject.charCodeAt(i)
      if (c === close) {
        if (--depth === 0) {
          this.spend(i - at)
          return i + 1
        }
      } else if (c === open) depth++
    }
    this.spend(subject.length - at)
    return -1
  }

  private same(subject: string, one: number, other: number, size: number): boolean {
    if (other + size > subject.length) return false
    for (let i = 0; i < size; i++) {
      if (subject.charCodeAt(one + i) !== subject.charCodeAt(other + i)) {
        this.spend(i)
        return false
      }
    }
    this.spend(size)
    return true
  }

  private grow(): Int32Array {
    const larger = new Int32Array(this.stack.length * 2)
    larger.set(this.stack)
    this.stack = larger
    return larger
  }

  private spend(steps: number): void {
    this.fuel -= steps
    if (this.fuel < 0) this.refuel()
  }

  private refuel(): void {
    const spent = REPORT - this.fuel
    this.fuel = REPORT
    this.host.spend(spent)
  }

  /** Capture `index` of the last match, which ran from `begin` to `end`. */
  capture(
    program: Program,
    subject: string,
    index: number,
    begin: number,
    end: number,
  ): string | number {
    if (index >= program.captures) {
      if (index !== 0) this.host.error('invalid capture index')
      if (end - begin >= COUNTED) this.host.allocate(end - begin)
      return owned(subject, begin, end)
    }
    const start = this.starts[index]!
    const size = this.lengths[index]!
    if (size === POSITION) return start + 1
    if (size === UNFINISHED) this.host.error('unfinished capture')
    if (size >= COUNTED) this.host.allocate(size)
    return owned(subject, start, start + size)
  }
}
