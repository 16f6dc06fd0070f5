/** Method calls and tail calls. */

import { listBuilder } from './calls.ts'
import {
  DEPTH,
  DEPTH_MASK,
  type Evaluate,
  frame1,
  frame2,
  frame3,
  frameList,
  listOf,
  listValue,
  NORMAL,
  parentOf,
  RESULT,
  RETURN,
  RETURN_LIST,
  type Run,
  SITE,
  type Site,
  type Status,
  type Step,
  SUSPEND,
  SUSPENDED,
  TAIL,
  tailDepth,
} from './code.ts'
import { evaluator, type Operand, slotOf } from './expressions.ts'
import { index } from './operators.ts'
import { deliver, invoke, resumption, take, type Want } from './results.ts'
import { LuaTable } from './table.ts'
import {
  callNative,
  type Frame,
  LuaFunction,
  type LuaResult,
  type LuaValue,
  type Native,
} from './value.ts'
import type { Lua } from './vm.ts'

const asValue = (site: Site): LuaValue => site as unknown as LuaValue

/** The method of an object, as `object:name` finds it. */
export function methodOf(
  lua: Lua,
  site: Site,
  name: string,
): (R: Frame, object: LuaValue) => LuaValue {
  let hint = 0
  let metaHint = 0
  let indexHint = 0
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
    const classes = table.hash
    const known = indexHint < classes.length && classes[indexHint] === '__index'
    const place = known ? indexHint : table.find('__index')
    if (place >= 0) indexHint = place
    const up = place < 0 ? undefined : classes[place + 1]
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

/** `receiver:name(args)`. */
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
  const resume = resumption(lua, want, slot)
  switch (args.length) {
    case 0:
      return {
        run: (R) => {
          const self = os < 0 ? object(R) : R[os]
          const f = find(R, self)
          if (!(f instanceof LuaFunction))
            return invoke(lua, R, site, f as LuaValue, [self], want, slot)
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
          if (status === RETURN && want === 1) {
            R[slot] = F[RESULT]
            return NORMAL
          }
          return deliver(lua, status, F, R, want, slot)
        },
        resume,
      }
    case 1:
      return {
        run: (R) => {
          const self = os < 0 ? object(R) : R[os]
          const f = find(R, self)
          const a = as < 0 ? first(R) : R[as]
          if (!(f instanceof LuaFunction))
            return invoke(lua, R, site, f as LuaValue, [self, a], want, slot)
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
          if (status === RETURN && want === 1) {
            R[slot] = F[RESULT]
            return NORMAL
          }
          return deliver(lua, status, F, R, want, slot)
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
          if (!(f instanceof LuaFunction))
            return invoke(lua, R, site, f as LuaValue, [self, a, b], want, slot)
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
          if (status === RETURN && want === 1) {
            R[slot] = F[RESULT]
            return NORMAL
          }
          return deliver(lua, status, F, R, want, slot)
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
          return invoke(lua, R, site, f, all, want, slot)
        },
        resume,
      }
    }
  }
}

// ---- tail calls ----

/** What a builtin in place of the successor answered. */
function answer(R: Frame, result: LuaResult): Status {
  if (!Array.isArray(result)) {
    R[RESULT] = result
    return RETURN
  }
  if (result === SUSPENDED) return SUSPEND
  R[RESULT] = listValue(result)
  return RETURN_LIST
}

function replace(R: Frame, successor: Frame): Status {
  R[RESULT] = successor as unknown as LuaValue
  return TAIL
}

function tailInvoke(lua: Lua, R: Frame, site: Site, fn: LuaValue, args: LuaValue[]): Status {
  R[SITE] = asValue(site)
  let f: LuaFunction
  let list = args
  if (fn instanceof LuaFunction) f = fn
  else [f, list] = lua.callable(fn, args, site)
  const { code } = f
  if (code === undefined) {
    lua.frame = R
    return answer(R, callNative(f, list))
  }
  return replace(R, frameList(code, f, parentOf(R), tailDepth(R), list))
}

/**
 * `return f(…)`: the frame is replaced. Its successor goes to the caller, which runs it; a builtin is
 * called at once.
 */
export function tailListStep(lua: Lua, site: Site, fn: Evaluate, args: Evaluate): Step {
  return {
    run: (R) => {
      const f = fn(R)
      return tailInvoke(lua, R, site, f, listOf(args(R)))
    },
    resume: tailResumption(lua),
  }
}

/** The same with so many arguments, none of which calls. */
export function tailStep(lua: Lua, site: Site, callee: Operand, args: readonly Operand[]): Step {
  return { run: tailRun(lua, site, callee, args), resume: tailResumption(lua) }
}

function tailResumption(lua: Lua): Run {
  return (R) => {
    R[RESULT] = listValue(lua.delivered)
    return RETURN_LIST
  }
}

function tailRun(lua: Lua, site: Site, callee: Operand, args: readonly Operand[]): Run {
  const fn = evaluator(callee)
  const [as, bs, cs] = args.map(slotOf) as [number, number, number]
  const [first, second, third] = args.map(evaluator) as [Evaluate, Evaluate, Evaluate]
  switch (args.length) {
    case 1:
      return (R) => {
        const f = fn(R)
        const a = as < 0 ? first(R) : R[as]
        if (!(f instanceof LuaFunction)) return tailInvoke(lua, R, site, f, [a])
        R[SITE] = asValue(site)
        const { code } = f
        if (code === undefined) {
          lua.frame = R
          return answer(R, (f.native as Native)(a))
        }
        return replace(R, frame1(code, f, parentOf(R) as Frame, tailDepth(R), a))
      }
    case 2:
      return (R) => {
        const f = fn(R)
        const a = as < 0 ? first(R) : R[as]
        const b = bs < 0 ? second(R) : R[bs]
        if (!(f instanceof LuaFunction)) return tailInvoke(lua, R, site, f, [a, b])
        R[SITE] = asValue(site)
        const { code } = f
        if (code === undefined) {
          lua.frame = R
          return answer(R, (f.native as Native)(a, b))
        }
        return replace(R, frame2(code, f, parentOf(R) as Frame, tailDepth(R), a, b))
      }
    case 3:
      return (R) => {
        const f = fn(R)
        const a = as < 0 ? first(R) : R[as]
        const b = bs < 0 ? second(R) : R[bs]
        const c = cs < 0 ? third(R) : R[cs]
        if (!(f instanceof LuaFunction)) return tailInvoke(lua, R, site, f, [a, b, c])
        R[SITE] = asValue(site)
        const { code } = f
        if (code === undefined) {
          lua.frame = R
          return answer(R, (f.native as Native)(a, b, c))
        }
        return replace(R, frame3(code, f, parentOf(R) as Frame, tailDepth(R), a, b, c))
      }
    default: {
      const values = listBuilder(args.map(evaluator))
      return (R) => {
        const f = fn(R)
        return tailInvoke(lua, R, site, f, values(R))
      }
    }
  }
}
