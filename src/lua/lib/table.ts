// biome-ignore-all lint/complexity/noArguments: a rest parameter would allocate in the hottest functions.
/**
 * The table library.
 *
 * All of it works on raw values, as in PUC. Arrays without holes are handled where they stand. Scripts can
 * watch sorting: the order of comparisons decides where equal elements end up, and what an inconsistent
 * comparison leads to. So it is the quicksort that PUC uses too, of Sedgewick's book: the median of
 * three, the pivot parked beside the end, the smaller half first.
 */
import { formatNumber } from '../number.ts'
import { LuaTable } from '../table.ts'
import { builtin, type LuaResult, type LuaValue, typeName } from '../value.ts'
import type { Lua } from '../vm.ts'
import { checkFunction, checkInt, checkString, checkTable } from './check.ts'

/** Steps of a loop between two looks at the clock, less one. */
const PATIENCE = 0x3ffff
/** From so many on, joining is faster than concatenating and flattening later. */
const JOIN = 50

/** Installs `table`. */
export function openTable(lua: Lua): void {
  const library = new LuaTable()
  const define = (name: string, native: (...args: LuaValue[]) => LuaResult) =>
    library.setString(name, builtin(name, native))

  define('concat', function (t?: LuaValue, s?: LuaValue, i?: LuaValue, j?: LuaValue) {
    const given = arguments.length
    const separator = s === undefined ? '' : checkString(lua, s, 2, given)
    const table = checkTable(lua, t, 1, given)
    const first = i === undefined ? 1 : checkInt(lua, i, 3, given)
    const last = j === undefined ? table.length() : checkInt(lua, j, 4, given)
    const { arr } = table
    let result: string | undefined
    if (last > JOIN && first === 1 && last === arr.length && allStrings(arr))
      result = arr.join(separator)
    else result = concat(table, separator, first, last)
    lua.allocate(result.length)
    return result
  })

  function concat(table: LuaTable, separator: string, first: number, last: number): string {
    let result = ''
    for (let n = first; n <= last; n++) {
      const value = table.getInt(n)
      if ((n & PATIENCE) === 0) lua.hook?.()
      if (n > first) result += separator
      if (typeof value === 'string') result += value
      else if (typeof value === 'number') result += formatNumber(value)
      else lua.error(`invalid value (${typeName(value)}) at index ${n} in table for 'concat'`)
    }
    return result
  }

  define('insert', function (t?: LuaValue, p?: LuaValue, v?: LuaValue) {
    const given = arguments.length
    const table = t instanceof LuaTable ? t : checkTable(lua, t, 1, given)
    const end = table.length() + 1
    if (given === 2) {
      if (table.readonly) lua.checkWritable(table)
      table.setInt(end, p)
      return []
    }
    if (given !== 3) return lua.error("wrong number of arguments to 'insert'")
    const at = checkInt(lua, p, 2, given)
    lua.checkWritable(table)
    insert(lua, table, end, at, v)
    return []
  })

  define('remove', function (t?: LuaValue, p?: LuaValue) {
    const given = arguments.length
    const table = t instanceof LuaTable ? t : checkTable(lua, t, 1, given)
    const end = table.length()
    const at = p === undefined ? end : checkInt(lua, p, 2, given)
    if (at < 1 || at > end) return []
    lua.checkWritable(table)
    const value = table.getInt(at)
    const { arr } = table
    if (end === arr.length && table.holes === 0) {
      for (let n = at; n < end; n++) arr[n - 1] = arr[n]
    } else for (let n = at; n < end; n++) table.setInt(n, table.getInt(n + 1))
    table.setInt(end, undefined)
    return value
  })

  define('getn', function (t?: LuaValue) {
    return checkTable(lua, t, 1, arguments.length).length()
  })

  define('setn', function (t?: LuaValue) {
    checkTable(lua, t, 1, arguments.length)
    return lua.error("'setn' is obsolete")
  })

  define('maxn', function (t?: LuaValue) {
    const table = checkTable(lua, t, 1, arguments.length)
    const { arr, hash } = table
    let most = arr.length
    for (let at = 0; at < hash.length; at += 2) {
      const key = hash[at]
      if (typeof key === 'number' && key > most && hash[at + 1] !== undefined) most = key
    }
    return most
  })

  define('foreachi', function (t?: LuaValue, f?: LuaValue) {
    const given = arguments.length
    const table = checkTable(lua, t, 1, given)
    const end = table.length()
    const visit = checkFunction(lua, f, 2, given)
    for (let n = 1; n <= end; n++) {
      const result = lua.call(visit, [n, table.getInt(n)])[0]
      if (result !== undefined) return result
    }
    return []
  })

  define('foreach', function (t?: LuaValue, f?: LuaValue) {
    const given = arguments.length
    const table = checkTable(lua, t, 1, given)
    const visit = checkFunction(lua, f, 2, given)
    let entry = table.next(undefined)
    while (entry !== undefined) {
      const [key, value] = entry
      const result = lua.call(visit, [key, value])[0]
      if (result !== undefined) return result
      entry = table.next(key)
    }
    return []
  })

  define('sort', function (t?: LuaValue, f?: LuaValue) {
    const given = arguments.length
    const table = checkTable(lua, t, 1, given)
    const end = table.length()
    const order = f === undefined ? undefined : checkFunction(lua, f, 2, given)
    if (end < 2) return []
    lua.checkWritable(table)
    const { arr } = table
    if (order !== undefined || end !== arr.length || table.holes !== 0 || !sortAlike(arr)) {
      if (order === undefined) quicksort(lua, table, 1, end, (a, b) => lua.lessThan(a, b))
      else {
        lua.repeatedly((parent) => {
          const less = (a: LuaValue, b: LuaValue) => truth(lua.callFirst(parent, order, 2, a, b))
          quicksort(lua, table, 1, end, less)
        })
      }
    }
    return []
  })

  lua.globals.setString('table', library)
}

function allStrings(values: readonly LuaValue[]): boolean {
  for (let i = 0; i < values.length; i++) if (typeof values[i] !== 'string') return false
  return true
}

/** Puts `value` at `at`, and moves up what stands there and behind it; `end` is the first free place. */
function insert(lua: Lua, table: LuaTable, end: number, at: number, value: LuaValue): void {
  const { arr } = table
  if (at >= 1 && at < end && end === arr.length + 1 && table.holes === 0) {
    table.setInt(end, arr[end - 2])
    const grown = table.arr
    for (let n = end - 2; n >= at; n--) grown[n] = grown[n - 1]
  } else {
    for (let n = end; n > at; n--) {
      table.setInt(n, table.getInt(n - 1))
      // The place may be two billion below zero.
      if ((n & PATIENCE) === 0) lua.hook?.()
    }
  }
  table.setInt(at, value)
}

/**
 * Sorts numbers or strings by themselves: equal ones cannot be told apart, so any way of sorting
 * will do. False if there are others among them, or a NaN or -0.
 */
function sortAlike(values: LuaValue[]): boolean {
  const { length } = values
  if (typeof values[0] === 'string') {
    if (!allStrings(values)) return false
    values.sort()
    return true
  }
  for (let i = 0; i < length; i++) {
    const value = values[i]
    if (typeof value !== 'number' || Number.isNaN(value) || (value === 0 && 1 / value < 0))
      return false
  }
  const sorted = Float64Array.from(values as number[]).sort()
  for (let i = 0; i < length; i++) values[i] = sorted[i]
  return true
}

function quicksort(
  lua: Lua,
  table: LuaTable,
  from: number,
  to: number,
  less: (a: LuaValue, b: LuaValue) => boolean,
): void {
  let low = from
  let high = to
  while (low < high) {
    let a = table.getInt(low)
    let b = table.getInt(high)
    if (less(b, a)) {
      table.setInt(low, b)
      table.setInt(high, a)
    }
    if (high - low === 1) break
    const middle = (low + high) >> 1
    a = table.getInt(middle)
    b = table.getInt(low)
    if (less(a, b)) {
      table.setInt(middle, b)
      table.setInt(low, a)
    } else {
      b = table.getInt(high)
      if (less(b, a)) {
        table.setInt(middle, b)
        table.setInt(high, a)
      }
    }
    if (high - low === 2) break
    const pivot = table.getInt(middle)
    table.setInt(middle, table.getInt(high - 1))
    table.setInt(high - 1, pivot)
    let i = low
    let j = high - 1
    for (;;) {
      a = table.getInt(++i)
      while (less(a, pivot)) {
        if (i > high) lua.error('invalid order function for sorting')
        a = table.getInt(++i)
      }
      b = table.getInt(--j)
      while (less(pivot, b)) {
        if (j < low) lua.error('invalid order function for sorting')
        b = table.getInt(--j)
      }
      if (j < i) break
      table.setInt(i, b)
      table.setInt(j, a)
    }
    a = table.getInt(high - 1)
    table.setInt(high - 1, table.getInt(i))
    table.setInt(i, a)
    if (i - low < high - i) {
      quicksort(lua, table, low, i - 1, less)
      low = i + 1
    } else {
      quicksort(lua, table, i + 1, high, less)
      high = i - 1
    }
  }
}

const truth = (value: LuaValue): boolean => value !== undefined && value !== false
