/**
 * Calls. They are statements of their own (the compiler lifts them out of expressions), with the
 * result in a slot, because a call is where a run can be suspended. The common numbers of arguments
 * have nodes of their own; the rest goes through a list.
 */
import {
  DEPTH,
  DEPTH_MASK,
  type Evaluate,
  FUNCTION,
  frame0,
  frame1,
  frame2,
  frame3,
  frameList,
  listOf,
  listValue,
  NORMAL,
  PARENT,
  RESULT,
  RETURN,
  RETURN_LIST,
  type Run,
  SITE,
  type Site,
  type Status,
  type Step,
  SUSPEND,
  TAIL,
  tailDepth,
} from './code.ts'
import { evaluator, type Operand, slotOf } from './expressions.ts'
import { index } from './operators.ts'
import { LuaTable } from './table.ts'
import { type Frame, LuaFunction, type LuaResult, type LuaValue, type Native } from './value.ts'
import { type Lua, SUSPENDED } from './vm.ts'

/** What becomes of the results: dropped, the first one, or all as a list. */
export type Want = 'none' | 'one' | 'list'

const asValue = (site: Site): LuaValue => site as unknown as LuaValue

/** A call of a function with so many arguments; `slot` takes what is wanted. */
export function callStep(
  lua: Lua,
  site: Site,
  fn: Operand,
  args: readonly Operand[],
  want: Want,
  slot: number,
): Step {
  return { run: callRun(lua, site, fn, args, want, slot), resume: resumption(lua, want, slot) }
}

/** The same with a list of arguments. */
export function callListStep(
  lua: Lua,
  site: Site,
  fn: Evaluate,
  args: Evaluate,
  want: Want,
  slot: number,
): Step {
  return {
    run: (R) => {
      const f = fn(R)
      return lua.invoke(R, site, f, listOf(args(R)), slot, want)
    },
    resume: resumption(lua, want, slot),
  }
}

/** A suspended call goes on when its results are there. */
function resumption(lua: Lua, want: Want, slot: number): Run {
  if (want === 'none') return () => NORMAL
  if (want === 'one')
    return (R) => {
      R[slot] = lua.delivered[0]
      return NORMAL
    }
  return (R) => {
    R[slot] = listValue(lua.delivered)
    return NORMAL
  }
}

/** What a function of Lua left, if it is not the one value that was wanted. */
function settle(lua: Lua, status: Status, F: Frame, R: Frame, want: Want, slot: number): Status {
  if (want === 'one') return lua.settleOne(status, F, R, slot)
  return want === 'none' ? lua.settleNone(status, F) : lua.settleList(status, F, R, slot)
}

/** What a builtin answered. */
function take(R: Frame, result: LuaResult, want: Want, slot: number): Status {
  if (result === SUSPENDED) return SUSPEND
  if (want === 'one') R[slot] = Array.isArray(result) ? result[0] : result
  else if (want === 'list') R[slot] = listValue(Array.isArray(result) ? result : [result])
  return NORMAL
}

function callRun(
  lua: Lua,
  site: Site,
  callee: Operand,
  args: readonly Operand[],
  want: Want,
  slot: number,
): Run {
  const fs = slotOf(callee)
  const fn = evaluator(callee)
  const [as, bs, cs] = args.map(slotOf) as [number, number, number]
  const [first, second, third] = args.map(evaluator) as [Evaluate, Evaluate, Evaluate]
  const one = want === 'one'
  switch (args.length) {
    case 0:
      return (R) => {
        const f = fs < 0 ? fn(R) : R[fs]
        if (!(f instanceof LuaFunction)) return lua.invoke(R, site, f, [], slot, want)
        R[SITE] = asValue(site)
        const { code } = f
        if (code === undefined) {
          lua.frame = R
          return take(R, (f.native as Native)(), want, slot)
        }
        const depth = ((R[DEPTH] as number) & DEPTH_MASK) + 1
        const F = frame0(code, f, R, depth)
        if ((depth > lua.spill || --lua.ticks < 0) && lua.enter(F)) return SUSPEND
        const status = code.run(F)
        if (status === RETURN && one) {
          R[slot] = F[RESULT]
          return NORMAL
        }
        return settle(lua, status, F, R, want, slot)
      }
    case 1:
      return (R) => {
        const f = fs < 0 ? fn(R) : R[fs]
        const a = as < 0 ? first(R) : R[as]
        if (!(f instanceof LuaFunction)) return lua.invoke(R, site, f, [a], slot, want)
        R[SITE] = asValue(site)
        const { code } = f
        if (code === undefined) {
          lua.frame = R
          return take(R, (f.native as Native)(a), want, slot)
        }
        const depth = ((R[DEPTH] as number) & DEPTH_MASK) + 1
        const F = frame1(code, f, R, depth, a)
        if ((depth > lua.spill || --lua.ticks < 0) && lua.enter(F)) return SUSPEND
        const status = code.run(F)
        if (status === RETURN && one) {
          R[slot] = F[RESULT]
          return NORMAL
        }
        return settle(lua, status, F, R, want, slot)
      }
    case 2:
      return (R) => {
        const f = fs < 0 ? fn(R) : R[fs]
        const a = as < 0 ? first(R) : R[as]
        const b = bs < 0 ? second(R) : R[bs]
        if (!(f instanceof LuaFunction)) return lua.invoke(R, site, f, [a, b], slot, want)
        R[SITE] = asValue(site)
        const { code } = f
        if (code === undefined) {
          lua.frame = R
          return take(R, (f.native as Native)(a, b), want, slot)
        }
        const depth = ((R[DEPTH] as number) & DEPTH_MASK) + 1
        const F = frame2(code, f, R, depth, a, b)
        if ((depth > lua.spill || --lua.ticks < 0) && lua.enter(F)) return SUSPEND
        const status = code.run(F)
        if (status === RETURN && one) {
          R[slot] = F[RESULT]
          return NORMAL
        }
        return settle(lua, status, F, R, want, slot)
      }
    case 3:
      return (R) => {
        const f = fs < 0 ? fn(R) : R[fs]
        const a = as < 0 ? first(R) : R[as]
        const b = bs < 0 ? second(R) : R[bs]
        const c = cs < 0 ? third(R) : R[cs]
        if (!(f instanceof LuaFunction)) return lua.invoke(R, site, f, [a, b, c], slot, want)
        R[SITE] = asValue(site)
        const { code } = f
        if (code === undefined) {
          lua.frame = R
          return take(R, (f.native as Native)(a, b, c), want, slot)
        }
        const depth = ((R[DEPTH] as number) & DEPTH_MASK) + 1
        const F = frame3(code, f, R, depth, a, b, c)
        if ((depth > lua.spill || --lua.ticks < 0) && lua.enter(F)) return SUSPEND
        const status = code.run(F)
        if (status === RETURN && one) {
          R[slot] = F[RESULT]
          return NORMAL
        }
        return settle(lua, status, F, R, want, slot)
      }
    default: {
      const values = listBuilder(args.map(evaluator))
      return (R) => {
        const f = fn(R)
        return lua.invoke(R, site, f, values(R), slot, want)
      }
    }
  }
}

export function listBuilder(runs: readonly Evaluate[]): (frame: Frame) => LuaValue[] {
  const count = runs.length
  return (R) => {
    const values: LuaValue[] = []
    for (let i = 0; i < count; i++) values.push((runs[i] as Evaluate)(R))
    return values
  }
}

// ---- methods ----

/** The method of an object, as `object:name` finds it. */
export function methodOf(
  lua: Lua,
  site: Site,
  name: string,
): (R: Frame, object: LuaValue) => LuaValue {
  let hint = 0
  let metaHint = 0
  return (R, object) => {
    let table: LuaTable
    if (object instanceof LuaTable) {
      const hash = object.hash
      if (hint < hash.length && hash[hint] === name) {
        const value = hash[hint + 1]
        if (value !== undefined) return value
      } else {
        const at = object.find(name)
        if (at >= 0) {
          hint = at
          const value = hash[at + 1]
          if (value !== undefined) return value
        }
      }
      if (object.meta === undefined) return undefined
      table = object.meta
    } else if (typeof object === 'string' && lua.stringMeta !== undefined) table = lua.stringMeta
    else return index(lua, R, site, object, name)
    // One step to the class is the rule.
    const up = table.getString('__index')
    if (up instanceof LuaTable) {
      const hash = up.hash
      if (metaHint < hash.length && hash[metaHint] === name) {
        const value = hash[metaHint + 1]
        if (value !== undefined) return value
      } else {
        const at = up.find(name)
        if (at >= 0) metaHint = at
      }
    }
    return index(lua, R, site, object, name)
  }
}

export function methodStep(
  lua: Lua,
  site: Site,
  name: string,
  lookup: Site,
  receiver: Operand,
  args: readonly Operand[],
  want: Want,
  slot: number,
): Step {
  const find = methodOf(lua, lookup, name)
  const os = slotOf(receiver)
  const object = evaluator(receiver)
  const [as, bs] = args.map(slotOf) as [number, number]
  const [first, second] = args.map(evaluator) as [Evaluate, Evaluate]
  const one = want === 'one'
  const resume = resumption(lua, want, slot)
  switch (args.length) {
    case 0:
      return {
        run: (R) => {
          const self = os < 0 ? object(R) : R[os]
          const f = find(R, self)
          if (!(f instanceof LuaFunction)) return lua.invoke(R, site, f, [self], slot, want)
          R[SITE] = asValue(site)
          const { code } = f
          if (code === undefined) {
            lua.frame = R
            return take(R, (f.native as Native)(self), want, slot)
          }
          const depth = ((R[DEPTH] as number) & DEPTH_MASK) + 1
          const F = frame1(code, f, R, depth, self)
          if ((depth > lua.spill || --lua.ticks < 0) && lua.enter(F)) return SUSPEND
          const status = code.run(F)
          if (status === RETURN && one) {
            R[slot] = F[RESULT]
            return NORMAL
          }
          return settle(lua, status, F, R, want, slot)
        },
        resume,
      }
    case 1:
      return {
        run: (R) => {
          const self = os < 0 ? object(R) : R[os]
          const f = find(R, self)
          const a = as < 0 ? first(R) : R[as]
          if (!(f instanceof LuaFunction)) return lua.invoke(R, site, f, [self, a], slot, want)
          R[SITE] = asValue(site)
          const { code } = f
          if (code === undefined) {
            lua.frame = R
            return take(R, (f.native as Native)(self, a), want, slot)
          }
          const depth = ((R[DEPTH] as number) & DEPTH_MASK) + 1
          const F = frame2(code, f, R, depth, self, a)
          if ((depth > lua.spill || --lua.ticks < 0) && lua.enter(F)) return SUSPEND
          const status = code.run(F)
          if (status === RETURN && one) {
            R[slot] = F[RESULT]
            return NORMAL
          }
          return settle(lua, status, F, R, want, slot)
        },
        resume,
      }
    case 2:
      return {
        run: (R) => {
          const self = os < 0 ? object(R) : R[os]
          const f = find(R, self)
          const a = as < 0 ? first(R) : R[as]
          const b = bs < 0 ? second(R) : R[bs]
          if (!(f instanceof LuaFunction)) return lua.invoke(R, site, f, [self, a, b], slot, want)
          R[SITE] = asValue(site)
          const { code } = f
          if (code === undefined) {
            lua.frame = R
            return take(R, (f.native as Native)(self, a, b), want, slot)
          }
          const depth = ((R[DEPTH] as number) & DEPTH_MASK) + 1
          const F = frame3(code, f, R, depth, self, a, b)
          if ((depth > lua.spill || --lua.ticks < 0) && lua.enter(F)) return SUSPEND
          const status = code.run(F)
          if (status === RETURN && one) {
            R[slot] = F[RESULT]
            return NORMAL
          }
          return settle(lua, status, F, R, want, slot)
        },
        resume,
      }
    default: {
      const values = listBuilder(args.map(evaluator))
      return {
        run: (R) => {
          const self = os < 0 ? object(R) : R[os]
          const f = find(R, self)
          const all = values(R)
          all.unshift(self)
          return lua.invoke(R, site, f, all, slot, want)
        },
        resume,
      }
    }
  }
}

// ---- tail calls ----

/**
 * `return f(…)`: the frame is replaced. Its successor goes to the caller, which runs it; a builtin is
 * called at once.
 */
export function tailStep(lua: Lua, site: Site, fn: Evaluate, args: Evaluate): Step {
  return {
    run: (R) => {
      const called = fn(R)
      const values = listOf(args(R))
      R[SITE] = asValue(site)
      const [f, list] =
        called instanceof LuaFunction ? [called, values] : lua.callable(called, values, site)
      const { code } = f
      if (code === undefined) {
        lua.frame = R
        const result = (f.native as Native)(...list)
        if (!Array.isArray(result)) {
          R[RESULT] = result
          return RETURN
        }
        if (result === SUSPENDED) return SUSPEND
        R[RESULT] = listValue(result)
        return RETURN_LIST
      }
      const parent = R[PARENT] as unknown as Frame | undefined
      R[RESULT] = frameList(code, f, parent, tailDepth(R), list) as unknown as LuaValue
      return TAIL
    },
    resume: (R) => {
      R[RESULT] = listValue(lua.delivered)
      return RETURN_LIST
    },
  }
}

/** The function of a frame; its environment is where globals are. */
export const environmentOf = (R: Frame): LuaTable => (R[FUNCTION] as LuaFunction).env
