/**
 * How much memory the values that can still be reached take, roughly. A run counts what it allocates;
 * when that passes a bound, this walk tells garbage from growth.
 */
import { LuaTable } from './table.ts'
import { Cell, LuaFunction, LuaThread, LuaUserdata, type LuaValue } from './value.ts'

const LONG = 64

/** Bytes of what hangs on `roots`; stops early beyond `enough`. */
export function survey(roots: readonly LuaValue[], enough: number): number {
  const seen = new Set<unknown>()
  const open: unknown[] = [...roots]
  let bytes = 0
  while (open.length > 0 && bytes <= enough) {
    const value = open.pop()
    if (typeof value === 'string') {
      // Nobody can tell whether two strings are one. Long ones are compared by content.
      if (value.length < LONG) {
        bytes += 32
        continue
      }
      if (seen.has(value)) continue
      seen.add(value)
      bytes += value.length
      continue
    }
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    seen.add(value)
    if (value instanceof LuaTable) {
      bytes += 160 + 8 * (value.arr.length + value.hash.length)
      if (value.map !== undefined) bytes += 64 * value.map.size
      open.push(value.meta)
      for (const element of value.arr) if (typeof element !== 'number') open.push(element)
      for (const element of value.hash) if (typeof element !== 'number') open.push(element)
    } else if (value instanceof LuaFunction) {
      bytes += 160 + 8 * value.up.length
      open.push(value.env, ...value.up)
    } else if (value instanceof Cell) {
      bytes += 40
      open.push(value.v)
    } else if (value instanceof LuaThread) {
      bytes += 800
      open.push(value.body, ...value.frames)
    } else if (value instanceof LuaUserdata) {
      open.push(value.meta)
    } else if (Array.isArray(value)) {
      bytes += 32 + 8 * value.length
      for (const element of value) if (typeof element !== 'number') open.push(element)
    }
  }
  return bytes
}
