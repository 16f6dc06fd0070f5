/**
 * The os library, of which scripts see nothing but the clock.
 */
import { LuaTable } from '../table.ts'
import { builtin } from '../value.ts'
import type { Lua } from '../vm.ts'

/** Installs `os`; `clock` tells the seconds of work so far. */
export function openOs(lua: Lua, clock: () => number): void {
  const library = new LuaTable()
  library.setString(
    'clock',
    builtin('clock', () => clock()),
  )
  lua.globals.setString('os', library)
}
