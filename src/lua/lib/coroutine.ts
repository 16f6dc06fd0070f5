/** The library `coroutine`. */
import { builtin, LuaFunction, LuaThread, type LuaValue } from '../value.ts'
import type { Lua } from '../vm.ts'

export function openCoroutine(lua: Lua): void {
  const body = (args: LuaValue[]): LuaThread => {
    const fn = args[0]
    if (!(fn instanceof LuaFunction) || fn.code === undefined)
      lua.argumentError(1, 'Lua function expected')
    return new LuaThread(fn as LuaFunction)
  }
  const thread = (args: LuaValue[]): LuaThread => {
    const value = args[0]
    return value instanceof LuaThread ? value : lua.argumentError(1, 'coroutine expected')
  }
  lua.library('coroutine', {
    create: (...args) => body(args),
    resume: (...args) => lua.resume(thread(args), args.slice(1), false),
    yield: (...args) => lua.yield(args),
    wrap: (...args) => {
      const made = body(args)
      return builtin('wrap', (...values) => lua.resume(made, values, true))
    },
    status: (...args) => thread(args).status,
    running: () => lua.thread,
  })
}
