/** Our side of the comparison: programs run in a machine of their own, in one go or in slices. */
import { LuaError } from '../../src/lua/errors.ts'
import { openBase } from '../../src/lua/lib/base.ts'
import { openCoroutine } from '../../src/lua/lib/coroutine.ts'
import { openMath } from '../../src/lua/lib/math.ts'
import { openString } from '../../src/lua/lib/string.ts'
import { openTable } from '../../src/lua/lib/table.ts'
import { type LuaValue, typeName } from '../../src/lua/value.ts'
import { createLua, type Lua } from '../../src/lua/vm.ts'
import { comparable, LOST, type Outcome } from './puc.ts'

/** Loops and calls after which a program is given up. */
const PATIENCE = 20_000_000

/** A machine with PUC's libraries, and a `print` that writes to `out`. */
export function machine(out: (text: string) => void, interval = 10_000): Lua {
  const lua = createLua({ interval })
  for (const open of [openBase, openCoroutine, openString, openTable, openMath]) open(lua)
  lua.global('print', (...args) => {
    // As PUC does it: the function that the global of that name is now.
    const tostring = lua.globals.get('tostring')
    for (const [i, value] of args.entries()) {
      const result = lua.call(tostring, [value])[0]
      const text = typeof result === 'number' ? lua.tostring(result) : result
      if (typeof text !== 'string') return lua.error("'tostring' must return a string to 'print'")
      // C prints it up to its first zero.
      const end = text.indexOf('\0')
      out((i > 0 ? '\t' : '') + (end < 0 ? text : text.slice(0, end)))
    }
    out('\n')
    return []
  })
  return lua
}

const show = (lua: Lua, value: LuaValue): string =>
  typeof value === 'string' || typeof value === 'number'
    ? lua.tostring(value)
    : `(${typeName(value)})`

/** What a program does here. With `slice`, it is suspended after every so many loops and calls. */
export function askOurs(source: string, slice = 0): Outcome {
  let output = ''
  const interval = slice > 0 ? slice : 10_000
  const lua = machine((text) => {
    output += text
  }, interval)
  let left = PATIENCE / interval
  lua.hook = () => {
    if (--left < 0) throw new LuaError(LOST, true)
    return slice > 0 ? 'pause' : 'go'
  }
  // The driver of the oracle stands two C levels deep.
  lua.levels = 2
  let chunk: ReturnType<Lua['load']>
  try {
    chunk = lua.load(source, '=t')
  } catch (thrown) {
    if (!(thrown instanceof LuaError)) throw thrown
    return comparable(`syntax: ${show(lua, thrown.value)}\n`)
  }
  try {
    const run = lua.start(chunk, [])
    while (run.step() === 'paused');
  } catch (thrown) {
    if (!(thrown instanceof LuaError)) throw thrown
    if (thrown.fatal) return LOST
    output += `error: ${show(lua, thrown.value)}\n`
  }
  return comparable(output)
}
