/**
 * Random programs here and in PUC's Lua 5.1: many at a time, and what differs is made short.
 */
import { LuaError } from '../../src/lua/errors.ts'
import { notANumber } from '../../src/lua/number.ts'
import { ProgramGenerator } from './generator.ts'
import { askOurs } from './ours.ts'
import { askReal, LOST, type Outcome } from './puc.ts'
import { type Block, shorter, smaller, textOf } from './tree.ts'

export interface Difference {
  readonly seed: number
  /** The program, as short as it got. */
  readonly source: string
  readonly theirs: Outcome
  readonly ours: Outcome
  /** Loops and calls between suspensions; 0: none. */
  readonly slice: number
}

export interface Comparison {
  readonly programs: number
  /** Could not be compared: PUC itself did not come to an end. */
  readonly lost: number
  /** Differ where NaN was turned to text, which has a sign in C and none in JavaScript. */
  readonly unsigned: number
  readonly differences: readonly Difference[]
}

/** What a program does here; something that JavaScript throws is a result too, and a bad one. */
function ours(source: string, slice: number): Outcome {
  try {
    return askOurs(source, slice)
  } catch (thrown) {
    if (thrown instanceof LuaError) throw thrown
    return `JavaScript: ${(thrown as Error).message}`
  }
}

const withPrelude = (source: string): string => ProgramGenerator.prelude + source

/** A program's seed, from that of the run. */
export const seedOf = (seed: number, n: number): number => seed * 1_000_003 + n

/** How a program is run: in one go (0), suspended after every so many loops and calls, or both. */
const slicesOf = (seed: number): number[] =>
  seed % 4 === 0 ? [0, 1] : [seed % 4 === 1 ? 0 : 1 + (seed % 13)]

/** Compares the programs `from` to `to` of a run. */
export function compare(seed: number, from: number, to: number, most = 5): Comparison {
  const seeds = Array.from({ length: to - from }, (_, i) => seedOf(seed, from + i))
  const programs = seeds.map((each) => new ProgramGenerator(each).program())
  const sources = programs.map((program) => withPrelude(textOf(program)))
  const real = askReal(sources, 20_000)
  const differences: Difference[] = []
  let lost = 0
  let unsigned = 0
  sources.forEach((source, i) => {
    const theirs = real[i] as Outcome
    if (theirs === LOST) {
      lost++
      return
    }
    for (const slice of slicesOf(seeds[i] as number)) {
      const mine = ours(source, slice)
      if (mine === theirs || equalButGuess(theirs, mine, source)) continue
      if (showsSign(source, slice, mine)) {
        unsigned++
        break
      }
      if (differences.length < most)
        differences.push(shrink(seeds[i] as number, programs[i] as Block, slice))
      break
    }
  })
  return { programs: sources.length, lost, unsigned, differences }
}

/** Whether a program shows the sign of NaN: it ends otherwise where NaN is written without it. */
function showsSign(source: string, slice: number, mine: Outcome): boolean {
  const { text } = notANumber
  notANumber.text = 'nan'
  try {
    return ours(source, slice) !== mine
  } finally {
    notANumber.text = text
  }
}

const NAMED =
  /(t:(\d+): attempt to (?:call|index|concatenate|perform arithmetic on|get length of) )(?:local|upvalue|global|field|method) '[^']*' \((a \w+ value)\)/

/**
 * Whether all lines are equal but for a name that PUC made up. Where `for … in` calls what is no
 * function, it names what was in that register before; and what comes out of `and` or `or` it names after
 * the instruction that stands last before it, whether or not that one has run.
 */
function equalButGuess(theirs: Outcome, mine: Outcome, source: string): boolean {
  const lines = source.split('\n')
  const own = mine.split('\n')
  const all = theirs.split('\n')
  if (own.length !== all.length) return false
  return all.every((line, i) => {
    if (line === own[i]) return true
    const found = NAMED.exec(line)
    if (found === null) return false
    const [whole, before, number, value] = found
    const guessed = /\bfor\b.*\bin\b|\band\b|\bor\b/.test(lines[Number(number) - 1] ?? '')
    return guessed && line.replace(whole, `${before}${value}`) === own[i]
  })
}

/** The first line that differs, without its details: what kind of difference it is. */
function kindOf(theirs: Outcome, mine: Outcome): string {
  const a = theirs.split('\n')
  const b = mine.split('\n')
  const at = a.findIndex((line, i) => line !== b[i])
  const plain = (line = '') => line.replace(/'[^']*'|\d+|\w+:\d+:/g, '_').slice(0, 60)
  return `${plain(a[at])} | ${plain(b[at])}`
}

const WIDTH = 48
const ROUNDS = 400

/** Makes a program shorter as long as it differs in the same way. */
function shrink(seed: number, program: Block, slice: number): Difference {
  const [theirs] = askReal([withPrelude(textOf(program))])
  let best = textOf(program)
  let result = { theirs: theirs as Outcome, ours: ours(withPrelude(best), slice) }
  const kind = kindOf(result.theirs, result.ours)
  let rounds = ROUNDS
  /** The first of some candidates that still differs. */
  const search = <T>(candidates: Iterator<T>, text: (one: T) => string): T | undefined => {
    for (; rounds > 0; rounds--) {
      const batch: T[] = []
      while (batch.length < WIDTH) {
        const next = candidates.next()
        if (next.done === true) break
        batch.push(next.value)
      }
      if (batch.length === 0) return undefined
      const real = askReal(
        batch.map((one) => withPrelude(text(one))),
        10_000,
      )
      for (const [i, one] of batch.entries()) {
        const theirs = real[i] as Outcome
        if (theirs === LOST) continue
        const short = withPrelude(text(one))
        const mine = ours(short, slice)
        const same = mine === theirs || equalButGuess(theirs, mine, short)
        if (same || kindOf(theirs, mine) !== kind) continue
        result = { theirs, ours: mine }
        return one
      }
    }
    return undefined
  }
  let tree = program
  for (;;) {
    const found = search(smaller(tree), textOf)
    if (found === undefined) break
    tree = found
    best = textOf(tree)
  }
  for (;;) {
    const found = search(shorter(best), (text) => text)
    if (found === undefined) break
    best = found
  }
  return { seed, source: best, ...result, slice }
}
