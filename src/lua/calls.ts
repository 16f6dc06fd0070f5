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
  listOf,
  NORMAL,
  RESULT,
  RETURN,
  type Run,
  SITE,
  type Site,
  type Step,
  SUSPEND,
} from './code.ts'
import { evaluator, type Operand, slotOf } from './expressions.ts'
import { deliver, invoke, resumption, take, type Want } from './results.ts'
import { type Frame, LuaFunction, type LuaValue, type Native } from './value.ts'
import type { Lua } from './vm.ts'

const asValue = (site: Site): LuaValue => site as unknown as LuaValue

/** A call of a function; its results go to `slot` and the places behind it. */
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
      return invoke(lua, R, site, f, listOf(args(R)), want, slot)
    },
    resume: resumption(lua, want, slot),
  }
}

/** `select(n, ...)`, which need not copy what it selects from. */
export function selectStep(
  lua: Lua,
  site: Site,
  fn: Evaluate,
  which: Evaluate,
  dots: number,
  slot: number,
): Step {
  return {
    run: (R) => {
      const f = fn(R)
      const n = which(R)
      const list = listOf(R[dots])
      if (f === lua.selectFunction && f !== undefined) {
        if (n === '#') {
          R[slot] = list.length
          return NORMAL
        }
        if (typeof n === 'number' && n >= 1 && n % 1 === 0) {
          R[slot] = list[n - 1]
          return NORMAL
        }
      }
      return invoke(lua, R, site, f, [n, ...list], 1, slot)
    },
    resume: resumption(lua, 1, slot),
  }
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
  const fu = callee.kind === 'exp' ? callee.up : -1
  const fn = evaluator(callee)
  const [as, bs, cs] = args.map(slotOf) as [number, number, number]
  const [first, second, third] = args.map(evaluator) as [Evaluate, Evaluate, Evaluate]
  switch (args.length) {
    case 0:
      return (R) => {
        const f = fs >= 0 ? R[fs] : fu >= 0 ? (R[FUNCTION] as LuaFunction).up[fu] : fn(R)
        if (!(f instanceof LuaFunction)) return invoke(lua, R, site, f as LuaValue, [], want, slot)
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
        if (status === RETURN && want === 1) {
          R[slot] = F[RESULT]
          return NORMAL
        }
        return deliver(lua, status, F, R, want, slot)
      }
    case 1:
      return (R) => {
        const f = fs >= 0 ? R[fs] : fu >= 0 ? (R[FUNCTION] as LuaFunction).up[fu] : fn(R)
        const a = as < 0 ? first(R) : R[as]
        if (!(f instanceof LuaFunction)) return invoke(lua, R, site, f as LuaValue, [a], want, slot)
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
        if (status === RETURN && want === 1) {
          R[slot] = F[RESULT]
          return NORMAL
        }
        return deliver(lua, status, F, R, want, slot)
      }
    case 2:
      return (R) => {
        const f = fs >= 0 ? R[fs] : fu >= 0 ? (R[FUNCTION] as LuaFunction).up[fu] : fn(R)
        const a = as < 0 ? first(R) : R[as]
        const b = bs < 0 ? second(R) : R[bs]
        if (!(f instanceof LuaFunction))
          return invoke(lua, R, site, f as LuaValue, [a, b], want, slot)
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
        if (status === RETURN && want === 1) {
          R[slot] = F[RESULT]
          return NORMAL
        }
        return deliver(lua, status, F, R, want, slot)
      }
    case 3:
      return (R) => {
        const f = fs >= 0 ? R[fs] : fu >= 0 ? (R[FUNCTION] as LuaFunction).up[fu] : fn(R)
        const a = as < 0 ? first(R) : R[as]
        const b = bs < 0 ? second(R) : R[bs]
        const c = cs < 0 ? third(R) : R[cs]
        if (!(f instanceof LuaFunction))
          return invoke(lua, R, site, f as LuaValue, [a, b, c], want, slot)
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
        if (status === RETURN && want === 1) {
          R[slot] = F[RESULT]
          return NORMAL
        }
        return deliver(lua, status, F, R, want, slot)
      }
    default: {
      const values = listBuilder(args.map(evaluator))
      return (R) => {
        const f = fn(R)
        return invoke(lua, R, site, f, values(R), want, slot)
      }
    }
  }
}

export function listBuilder(runs: readonly Evaluate[]): (frame: Frame) => LuaValue[] {
  const count = runs.length
  const [a, b, c, d, e] = runs as [Evaluate, Evaluate, Evaluate, Evaluate, Evaluate]
  if (count === 4) return (R) => [a(R), b(R), c(R), d(R)]
  if (count === 5) return (R) => [a(R), b(R), c(R), d(R), e(R)]
  return (R) => {
    const values: LuaValue[] = []
    for (let i = 0; i < count; i++) values.push((runs[i] as Evaluate)(R))
    return values
  }
}
