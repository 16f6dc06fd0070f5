/**
 * How a builtin reads its arguments. `args` are all of them, `n` counts from 1, and what is missing or
 * wrong is an error with PUC's words.
 */
import { formatNumber, parseNumber, toInt } from './number.ts'
import { LuaTable } from './table.ts'
import { LuaFunction, type LuaValue, typeName } from './value.ts'

export abstract class LuaArguments {
  /** Throws `text` with the position of whoever called the running builtin in front. */
  abstract error(text: string, level?: number): never
  /** Throws "bad argument #n to 'name' (text)"; the name is the one at the call. */
  abstract argumentError(n: number, text: string): never

  /** What an argument is, for messages: `no value` if it is missing. */
  describe(args: readonly LuaValue[], n: number): string {
    return n > args.length ? 'no value' : typeName(args[n - 1])
  }

  typeError(args: readonly LuaValue[], n: number, expected: string): never {
    return this.argumentError(n, `${expected} expected, got ${this.describe(args, n)}`)
  }

  /** There must be an argument, even if it is nil. */
  checkAny(args: readonly LuaValue[], n: number): LuaValue {
    if (n > args.length) this.argumentError(n, 'value expected')
    return args[n - 1]
  }

  checkNumber(args: readonly LuaValue[], n: number): number {
    const value = args[n - 1]
    if (typeof value === 'number') return value
    const number = typeof value === 'string' ? parseNumber(value) : undefined
    return number === undefined ? this.typeError(args, n, 'number') : number
  }

  /** A number cut to a whole one, as a C cast does it: NaN and what is too large become -2^63. */
  checkInteger(args: readonly LuaValue[], n: number): number {
    return toInteger(this.checkNumber(args, n))
  }

  /** A C int: the low 32 bits of that. */
  checkInt(args: readonly LuaValue[], n: number): number {
    return toInt(this.checkNumber(args, n))
  }

  optInt(args: readonly LuaValue[], n: number, otherwise: number): number {
    return args[n - 1] === undefined ? otherwise : this.checkInt(args, n)
  }

  checkString(args: readonly LuaValue[], n: number): string {
    const value = args[n - 1]
    if (typeof value === 'string') return value
    if (typeof value === 'number') return formatNumber(value)
    return this.typeError(args, n, 'string')
  }

  checkTable(args: readonly LuaValue[], n: number): LuaTable {
    const value = args[n - 1]
    return value instanceof LuaTable ? value : this.typeError(args, n, 'table')
  }

  checkFunction(args: readonly LuaValue[], n: number): LuaFunction {
    const value = args[n - 1]
    return value instanceof LuaFunction ? value : this.typeError(args, n, 'function')
  }

  optNumber(args: readonly LuaValue[], n: number, otherwise: number): number {
    return args[n - 1] === undefined ? otherwise : this.checkNumber(args, n)
  }

  optInteger(args: readonly LuaValue[], n: number, otherwise: number): number {
    return args[n - 1] === undefined ? otherwise : this.checkInteger(args, n)
  }

  optString(args: readonly LuaValue[], n: number, otherwise: string): string
  optString(args: readonly LuaValue[], n: number, otherwise?: string): string | undefined
  optString(args: readonly LuaValue[], n: number, otherwise?: string): string | undefined {
    return args[n - 1] === undefined ? otherwise : this.checkString(args, n)
  }

  /** One of some words. */
  checkOption<T extends string>(
    args: readonly LuaValue[],
    n: number,
    options: readonly T[],
    otherwise?: T,
  ): T {
    const word =
      otherwise === undefined ? this.checkString(args, n) : this.optString(args, n, otherwise)
    const found = options.find((option) => option === word)
    return found === undefined ? this.argumentError(n, `invalid option '${word}'`) : found
  }
}

/** A double cast to a 64-bit integer. */
export function toInteger(n: number): number {
  if ((n | 0) === n) return n
  return n >= -(2 ** 63) && n < 2 ** 63 ? Math.trunc(n) : -(2 ** 63)
}
