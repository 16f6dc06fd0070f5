/**
 * Where the results of a call go, and calls in general: with any number of arguments, of anything.
 */
import {
  DEPTH,
  DEPTH_MASK,
  frameList,
  listOf,
  listValue,
  NORMAL,
  RESULT,
  RETURN,
  RETURN_LIST,
  type Run,
  SITE,
  type Site,
  type Status,
  SUSPEND,
  SUSPENDED,
} from './code.ts'
import { callNative, type Frame, LuaFunction, type LuaResult, type LuaValue } from './value.ts'
import type { Lua } from './vm.ts'

/** How many results are wanted, in places that follow each other; LIST: all, as a list in one place. */
export type Want = number
export const LIST = -1

/** Results into their places. */
function spread(R: Frame, results: LuaValue[], want: Want, slot: number): Status {
  if (want === 1) R[slot] = results[0]
  else if (want === LIST) R[slot] = listValue(results)
  else for (let i = 0; i < want; i++) R[slot + i] = results[i]
  return NORMAL
}

/** One result into its place. */
function single(R: Frame, result: LuaValue, want: Want, slot: number): Status {
  if (want === 1) R[slot] = result
  else if (want === LIST) R[slot] = listValue([result])
  else if (want > 1) {
    R[slot] = result
    for (let i = 1; i < want; i++) R[slot + i] = undefined
  }
  return NORMAL
}

/** What a function of Lua left in its frame `F`, which ended with `status`. */
export function deliver(
  lua: Lua,
  status: Status,
  F: Frame,
  R: Frame,
  want: Want,
  slot: number,
): Status {
  if (status === RETURN) return single(R, F[RESULT], want, slot)
  if (status === RETURN_LIST) return spread(R, listOf(F[RESULT]), want, slot)
  if (status === NORMAL) return want === 0 ? NORMAL : spread(R, [], want, slot)
  const last = lua.followTo(status, F)
  return last === undefined ? SUSPEND : deliver(lua, lua.lastStatus, last, R, want, slot)
}

/** What a builtin answered. */
export function take(R: Frame, result: LuaResult, want: Want, slot: number): Status {
  if (!Array.isArray(result)) return single(R, result, want, slot)
  return result === SUSPENDED ? SUSPEND : spread(R, result, want, slot)
}

/** A suspended call goes on when its results are there. */
export function resumption(lua: Lua, want: Want, slot: number): Run {
  return (R) => spread(R, lua.delivered, want, slot)
}

/** A call with a list of arguments that nobody else has, or of something that is not a function. */
export function invoke(
  lua: Lua,
  frame: Frame,
  site: Site,
  fn: LuaValue,
  args: LuaValue[],
  want: Want,
  slot: number,
): Status {
  frame[SITE] = site as unknown as LuaValue
  let callee: LuaFunction
  let list = args
  if (fn instanceof LuaFunction) callee = fn
  else [callee, list] = lua.callable(fn, args, site)
  const { code } = callee
  if (code === undefined) {
    lua.frame = frame
    return take(frame, callNative(callee, list), want, slot)
  }
  const depth = ((frame[DEPTH] as number) & DEPTH_MASK) + 1
  const inner = frameList(code, callee, frame, depth, list)
  if ((depth > lua.spill || --lua.ticks < 0) && lua.enter(inner)) return SUSPEND
  return deliver(lua, code.run(inner), inner, frame, want, slot)
}
