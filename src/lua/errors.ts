/**
 * A Lua error in flight. Not a JavaScript Error, because capturing a stack costs ten times the throw.
 */
import type { LuaValue } from './value.ts'

export class LuaError {
  /** What was thrown: any value, most often a string with a position in front. */
  readonly value: LuaValue
  /** No pcall catches it: the script is being ended. */
  readonly fatal: boolean
  /** Where it was thrown, if somebody wants to know ("chunk:line"). */
  traceback = ''
  constructor(value: LuaValue, fatal = false) {
    this.value = value
    this.fatal = fatal
  }
}

export const NOT_ENOUGH_MEMORY = 'not enough memory'

/**
 * The name of a chunk as messages show it: `=name` and `@file` as they are, text by its first line.
 * Messages of the parser have more room (80) than those of a run (60).
 */
export function displayName(chunkName: string, limit = 60): string {
  const first = chunkName[0]
  if (first === '=') return chunkName.slice(1, limit)
  if (first === '@') {
    const name = chunkName.slice(1)
    const room = limit - 8
    return name.length > room ? `...${name.slice(name.length - room)}` : name
  }
  const end = chunkName.search(/[\r\n]/)
  const line = end < 0 ? chunkName : chunkName.slice(0, end)
  const room = limit - 17
  if (end < 0 && line.length <= room) return `[string "${line}"]`
  return `[string "${line.slice(0, room)}..."]`
}
