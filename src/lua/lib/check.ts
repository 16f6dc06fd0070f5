/**
 * Arguments of library functions, as PUC's auxiliary library checks them.
 *
 * A function takes its parameters by name, tests for the usual type itself and comes here with what is
 * not of it: numbers for strings and the other way round, and the errors. `given` is the number of
 * arguments that the call had, which tells nil from nothing.
 */
import { formatNumber, parseNumber, toInt, toInteger } from '../number.ts'
import { LuaTable } from '../table.ts'
import { LuaFunction, type LuaValue, typeName } from '../value.ts'

/** What a library needs of its machine to complain. */
export interface Complaints {
  argumentError(n: number, text: string): never
  error(text: string): never
}

function wrongType(
  lua: Complaints,
  value: LuaValue,
  n: number,
  given: number,
  type: string,
): never {
  lua.argumentError(n, `${type} expected, got ${n > given ? 'no value' : typeName(value)}`)
}

export function checkString(lua: Complaints, value: LuaValue, n: number, given: number): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return formatNumber(value)
  wrongType(lua, value, n, given, 'string')
}

export function checkNumber(lua: Complaints, value: LuaValue, n: number, given: number): number {
  if (typeof value === 'number') return value
  const number = typeof value === 'string' ? parseNumber(value) : undefined
  if (number !== undefined) return number
  wrongType(lua, value, n, given, 'number')
}

/** A C long: truncated, and the least one for what does not fit. */
export function checkInteger(lua: Complaints, value: LuaValue, n: number, given: number): number {
  return toInteger(typeof value === 'number' ? value : checkNumber(lua, value, n, given))
}

/** A C int: the low 32 bits of a long. */
export function checkInt(lua: Complaints, value: LuaValue, n: number, given: number): number {
  return toInt(typeof value === 'number' ? value : checkNumber(lua, value, n, given))
}

export function checkTable(lua: Complaints, value: LuaValue, n: number, given: number): LuaTable {
  if (value instanceof LuaTable) return value
  wrongType(lua, value, n, given, 'table')
}

export function checkFunction(
  lua: Complaints,
  value: LuaValue,
  n: number,
  given: number,
): LuaFunction {
  if (value instanceof LuaFunction) return value
  wrongType(lua, value, n, given, 'function')
}
