/**
 * Matching regular expressions in time that is linear in the text, whatever the expression.
 *
 * JavaScript's own RegExp tries one way after the other, and `(a|a)*b` has exponentially many. Here all
 * ways go on together: the expression is a program for a machine that is in many places at once
 * (Thompson's construction), and each byte moves all of them. Which places follow from which, by
 * which byte, is found once and remembered: so most bytes cost one look into a table (a deterministic
 * automaton that is built while it is used). When the table has become large, the rest of the text is
 * done without it, at the price of the expression's length a byte, and the next text begins a new one.
 *
 * A place is kept from before the assertions behind it (`$`, `\b`) are looked at: whether they hold
 * depends on the next byte, and so they are followed when that byte is known.
 *
 * Whether a text contains a match is all that can be asked; where it is would need more.
 */
import { type Assertion, bytesOf, isWord, type Node, parseRegex, tooLarge } from './regex-syntax.ts'

export { RegexError } from './regex-syntax.ts'

/** Repetitions are written out, so a short expression can make a long program. */
const MOST_STEPS = 32_768
/** Places that all remembered states may hold together. */
const MOST_PLACES = 262_144

const TAKE = 0
const SPLIT = 1
const JUMP = 2
const ASSERT = 3
const MATCH = 4

/** Where a text is, as far as assertions ask: at its beginning, behind a part of a word, elsewhere. */
const AT_START = 0
const IN_WORD = 1
const ELSEWHERE = 2

/** A set of places of the program, and where the bytes lead from there. */
class State {
  readonly places: Uint16Array
  readonly behind: number
  /** By class of bytes; the last is the end of the text. */
  readonly next: (State | null)[]

  constructor(places: Uint16Array, behind: number, classes: number) {
    this.places = places
    this.behind = behind
    this.next = new Array<State | null>(classes + 1).fill(null)
  }
}

const FOUND = new State(new Uint16Array(0), ELSEWHERE, 0)

export class Regex {
  private readonly program: Program
  /** The class of each byte: bytes that no part of the program tells apart are of one class. */
  private readonly classOf = new Uint8Array(256)
  /** A byte of each class. */
  private readonly example: number[] = []
  private states = new Map<string, State>()
  private placesKept = 0
  private readonly start: State
  /** When each step was last reached, by the number of the round. */
  private readonly marks: Uint32Array
  private round = 0
  private readonly stack: number[] = []
  private readonly reached: number[] = []

  /** Throws a `RegexError`. */
  constructor(pattern: string, ignoreCase = false) {
    this.program = new Program(parseRegex(pattern, ignoreCase))
    this.classify()
    this.marks = new Uint32Array(this.program.length)
    this.start = this.stateOf(new Uint16Array(0), AT_START)
  }

  /** Whether the expression matches some part of the text, a byte string. */
  test(text: string): boolean {
    if (this.placesKept > MOST_PLACES) this.forget()
    const { classOf } = this
    let state = this.start
    for (let i = 0; i < text.length; i++) {
      const kind = classOf[text.charCodeAt(i)] as number
      const next = state.next[kind] ?? this.follow(state, kind)
      if (next === FOUND) return true
      if (this.placesKept > MOST_PLACES) return this.walk(text, i + 1, next)
      state = next
    }
    const end = this.example.length
    return (state.next[end] ?? this.follow(state, end)) === FOUND
  }

  /** As `test`, from some place on, without remembering anything. */
  private walk(text: string, from: number, state: State): boolean {
    let { places, behind } = state
    for (let i = from; i < text.length; i++) {
      const byte = text.charCodeAt(i)
      if (this.reach(places, behind, byte)) return true
      places = this.take(byte)
      behind = this.behind(byte)
    }
    return this.reach(places, behind, 0)
  }

  private forget(): void {
    this.states = new Map()
    this.start.next.fill(null)
    this.placesKept = 0
  }

  /** Split the bytes by every set of the program, and by what assertions ask. */
  private classify(): void {
    const { sets, looksAround } = this.program
    const tests = looksAround ? [...sets, bytesOf(isWord), bytesOf((byte) => byte === 0)] : sets
    let count = 1
    for (const bytes of tests) {
      const split = new Map<number, number>()
      count = 0
      for (let byte = 0; byte < 256; byte++) {
        const key = 2 * (this.classOf[byte] as number) + (bytes[byte] as number)
        let id = split.get(key)
        if (id === undefined) {
          id = count++
          split.set(key, id)
        }
        this.classOf[byte] = id
      }
    }
    for (let byte = 255; byte >= 0; byte--) this.example[this.classOf[byte] as number] = byte
  }

  /** Where a class of bytes, or the end, leads; remembered. */
  private follow(state: State, kind: number): State {
    const atEnd = kind === this.example.length
    const byte = atEnd ? 0 : (this.example[kind] as number)
    let next = FOUND
    if (!this.reach(state.places, state.behind, byte)) {
      next = atEnd ? this.start : this.stateOf(this.take(byte), this.behind(byte))
    }
    state.next[kind] = next
    return next
  }

  private behind(byte: number): number {
    return this.program.looksAround && isWord(byte) ? IN_WORD : ELSEWHERE
  }

  /** Follow all that takes no byte, with this one to come (0 for the end). True if that is a match. */
  private reach(places: Uint16Array, behind: number, byte: number): boolean {
    const { code, first, second } = this.program
    const { stack, reached, marks } = this
    const round = ++this.round
    reached.length = 0
    // A match may begin anywhere, so the first step is always among the places.
    for (let i = -1; i < places.length; i++) {
      stack.push(i < 0 ? 0 : (places[i] as number))
      for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
        if (marks[at] === round) continue
        marks[at] = round
        const step = code[at] as number
        if (step === TAKE) reached.push(at)
        else if (step === JUMP) stack.push(first[at] as number)
        else if (step === SPLIT) stack.push(first[at] as number, second[at] as number)
        else if (step === MATCH) {
          if (stack.length > 0) stack.length = 0
          return true
        } else if (holds(ORDER[first[at] as number] as Assertion, behind, byte)) stack.push(at + 1)
      }
    }
    return false
  }

  /** The places behind those that were reached and take this byte. */
  private take(byte: number): Uint16Array {
    const { first, sets } = this.program
    const { reached } = this
    let count = 0
    for (let i = 0; i < reached.length; i++) {
      const at = reached[i] as number
      if ((sets[first[at] as number] as Uint8Array)[byte] === 1) reached[count++] = at + 1
    }
    reached.length = count
    return Uint16Array.from(reached)
  }

  private stateOf(places: Uint16Array, behind: number): State {
    places.sort()
    let key = String.fromCharCode(behind)
    for (let i = 0; i < places.length; i += 4096) {
      key += String.fromCharCode(...places.subarray(i, i + 4096))
    }
    let state = this.states.get(key)
    if (state === undefined) {
      state = new State(places, behind, this.example.length)
      this.placesKept += places.length + this.example.length
      this.states.set(key, state)
    }
    return state
  }
}

const ORDER: readonly Assertion[] = ['begin', 'end', 'word', 'not-word', 'word-begin', 'word-end']

/** A byte 0 counts as an end, and an end stands for a byte 0: so TRE has it. */
function holds(assertion: Assertion, behind: number, byte: number): boolean {
  if (assertion === 'begin') return behind === AT_START
  if (assertion === 'end') return byte === 0
  const before = behind === IN_WORD
  const after = isWord(byte)
  if (assertion === 'word-begin') return !before && after
  if (assertion === 'word-end') return before && !after
  const border = behind === AT_START || byte === 0 || before !== after
  return border === (assertion === 'word')
}

// ---- The program ------------------------------------------------------------------------------

/** Steps in columns: what to do, and up to two numbers that say with what or where to go on. */
class Program {
  readonly code: number[] = []
  readonly first: number[] = []
  readonly second: number[] = []
  readonly sets: Uint8Array[] = []
  /** Whether some assertion asks for more than the beginning of the text. */
  looksAround = false
  private readonly setIds = new Map<Uint8Array, number>()

  constructor(tree: Node) {
    this.add(tree)
    this.step(MATCH, 0)
  }

  get length(): number {
    return this.code.length
  }

  private step(code: number, first: number): number {
    if (this.code.length >= MOST_STEPS) throw tooLarge
    this.code.push(code)
    this.first.push(first)
    this.second.push(0)
    return this.code.length - 1
  }

  private add(node: Node): void {
    switch (node.kind) {
      case 'empty':
        return
      case 'set':
        this.step(TAKE, this.setId(node.bytes))
        return
      case 'assertion':
        if (node.assertion !== 'begin') this.looksAround = true
        this.step(ASSERT, ORDER.indexOf(node.assertion))
        return
      case 'sequence':
        for (const item of node.items) this.add(item)
        return
      case 'choice':
        this.choice(node.items)
        return
      default:
        this.repeat(node.item, node.least, node.most)
    }
  }

  private setId(bytes: Uint8Array): number {
    let id = this.setIds.get(bytes)
    if (id === undefined) {
      id = this.sets.length
      this.sets.push(bytes)
      this.setIds.set(bytes, id)
    }
    return id
  }

  private choice(items: readonly Node[]): void {
    const ends: number[] = []
    items.forEach((item, i) => {
      if (i === items.length - 1) {
        this.add(item)
        return
      }
      const split = this.split()
      this.add(item)
      ends.push(this.step(JUMP, 0))
      this.second[split] = this.length
    })
    for (const end of ends) this.first[end] = this.length
  }

  /** Go on behind it, and also where its second number will lead. */
  private split(): number {
    const at = this.step(SPLIT, 0)
    this.first[at] = at + 1
    return at
  }

  private repeat(item: Node, least: number, most: number): void {
    for (let i = 0; i < least; i++) {
      const before = this.length
      this.add(item)
      // Nothing, however often: it would otherwise be 255 times 255 times ... nothing.
      if (this.length === before) break
    }
    if (most < 0) {
      const split = this.split()
      this.add(item)
      this.step(JUMP, split)
      this.second[split] = this.length
      return
    }
    const skips: number[] = []
    for (let i = least; i < most; i++) {
      skips.push(this.split())
      this.add(item)
    }
    for (const skip of skips) this.second[skip] = this.length
  }
}
