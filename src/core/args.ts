import { parseDouble } from '../util/float.ts'
import { type Integer, parseInteger } from '../util/integer.ts'
import { parseLongDouble } from '../util/long-double.ts'
import {
  CommandError,
  mustBePositive,
  negativeTimeout,
  notAFloat,
  notAnInteger,
  syntaxError,
  timeoutNotAFloat,
  timeoutOutOfRange,
} from './errors.ts'

/** Together with the time of day it must stay below 2^63. */
const MAX_TIMEOUT = 9_223_370_000_000_000_000

/**
 * A cursor over the arguments of one call. The dispatcher owns one per nesting level and resets it
 * for every call, so parsing allocates nothing; a command must not keep it.
 *
 * The dispatcher has checked the arity already. Running out of arguments can therefore only happen
 * in the options, where it is a syntax error.
 */
export class Args {
  argv: readonly string[] = []
  private at = 1

  /** `at` is the place of the first argument: 1, or 2 behind a subcommand. */
  reset(argv: readonly string[], at: number): this {
    this.argv = argv
    this.at = at
    return this
  }

  get more(): boolean {
    return this.at < this.argv.length
  }

  /** How many arguments are left. */
  get left(): number {
    return this.argv.length - this.at
  }

  next(): string {
    const arg = this.argv[this.at++]
    if (arg === undefined) throw syntaxError
    return arg
  }

  /** The next argument without taking it. */
  peek(): string | undefined {
    return this.argv[this.at]
  }

  skip(count: number): void {
    this.at += count
  }

  /** The next argument, as an option name in capitals. */
  keyword(): string {
    return upper(this.next())
  }

  /** Take the next argument if it is this option name (given in capitals), in any case. */
  take(option: string): boolean {
    const arg = this.argv[this.at]
    if (arg === undefined || arg.length !== option.length) return false
    if (arg !== option && upper(arg) !== option) return false
    this.at++
    return true
  }

  /** A signed 64-bit integer. */
  integer(error: CommandError = notAnInteger): Integer {
    const n = parseInteger(this.next())
    if (n === undefined) throw error
    return n
  }

  /** An integer that fits a JavaScript number without loss; what is beyond is out of range. */
  int(error: CommandError = notAnInteger): number {
    const n = this.integer(error)
    if (typeof n !== 'number') throw error
    return n
  }

  /** An integer that may not be negative. */
  count(error: CommandError = mustBePositive): number {
    const n = this.int()
    if (n < 0) throw error
    return n
  }

  /** An integer between two bounds, with Redis's two errors. */
  intBetween(low: number, high: number): number {
    const n = this.int()
    if (n < low || n > high) {
      throw new CommandError(`value is out of range, value must between ${low} and ${high}`)
    }
    return n
  }

  float(error: CommandError = notAFloat): number {
    const n = parseDouble(this.next())
    if (n === undefined) throw error
    return n
  }

  /** A blocking timeout: seconds on the wire, milliseconds here, zero for "for ever". */
  timeout(): number {
    const text = this.next()
    // Redis reads a wider number here than elsewhere: what no double holds is too large, or very small.
    const seconds = parseDouble(text) ?? nearestDouble(text)
    if (seconds === undefined) throw timeoutNotAFloat
    const ms = Math.ceil(seconds * 1000)
    if (ms > MAX_TIMEOUT) throw timeoutOutOfRange
    if (ms < 0) throw negativeTimeout
    return ms
  }

  /** Everything up to, not including, the last `keep` arguments. */
  rest(keep = 0): readonly string[] {
    const end = this.argv.length - keep
    const rest = this.argv.slice(this.at, end)
    this.at = end
    return rest
  }

  /** Call after the last option: anything left over is a syntax error. */
  end(): void {
    if (this.more) throw syntaxError
  }
}

/** A long double beyond the range of doubles: infinite, or next to zero. */
function nearestDouble(text: string): number | undefined {
  const n = parseLongDouble(text)
  if (n === undefined || typeof n === 'number') return n
  const size = n.exponent > 0 ? Number.POSITIVE_INFINITY : Number.MIN_VALUE
  return n.negative ? -size : size
}

/** In capitals. `toUpperCase` makes two letters of one byte (0xDF): such a word is left as it is. */
function upper(word: string): string {
  const capitals = word.toUpperCase()
  return capitals.length === word.length ? capitals : word
}
