/**
 * Expressions as closures over a frame. An operand is a constant, a place in the frame, or a closure;
 * the common pairs of operands have nodes of their own, because each closure that is called costs
 * about as much as what it does. No node can be suspended: the compiler has lifted every call.
 */
import { type Evaluate, FUNCTION, type Run, type Site, type Status, type Test } from './code.ts'
import {
  type Arithmetic,
  arithmetic,
  concat,
  equals,
  index,
  join,
  lengthOf,
  lessEqual,
  lessThan,
  modulo,
  negate,
  truthy,
} from './operators.ts'
import { power } from './power.ts'
import { LuaTable } from './table.ts'
import type { Cell, LuaFunction, LuaValue } from './value.ts'
import type { Lua } from './vm.ts'

export type Operand =
  | { readonly kind: 'constant'; readonly value: LuaValue }
  | { readonly kind: 'slot'; readonly slot: number }
  | {
      readonly kind: 'exp'
      readonly run: Evaluate
      /** How deep closures nest below. */
      readonly depth: number
      /** A local in a cell: PUC reads it late, like any local. */
      readonly local: boolean
      /** The same as a statement: the value into a place. One closure less than a store of `run`. */
      readonly into: ((slot: number, status: Status) => Run) | undefined
      /** The upvalue that it is, if that is no cell; or -1. */
      readonly up: number
    }

export const expOf = (
  run: Evaluate,
  depth = 1,
  local = false,
  into?: (slot: number, status: Status) => Run,
  up = -1,
): Operand => ({ kind: 'exp', run, depth, local, into, up })

// How a node reads an operand: from a place, if this is not below zero, or from a closure. A branch
// that always goes the same way is cheaper than a call.
const NO_SLOT = -1
const NUMBER = -2

export const slotOf = (operand: Operand): number =>
  operand.kind === 'slot' ? operand.slot : NO_SLOT

export function evaluator(operand: Operand): Evaluate {
  if (operand.kind === 'exp') return operand.run
  if (operand.kind === 'slot') {
    const { slot } = operand
    return (R) => R[slot]
  }
  const { value } = operand
  return () => value
}

export const cellAt =
  (slot: number): Evaluate =>
  (R) =>
    (R[slot] as unknown as Cell).v

export function upvalueAt(place: number, boxed: boolean): Operand {
  if (boxed) return expOf((R) => ((R[FUNCTION] as LuaFunction).up[place] as Cell).v)
  const run: Evaluate = (R) => (R[FUNCTION] as LuaFunction).up[place] as LuaValue
  return expOf(run, 1, false, undefined, place)
}

// ---- fields ----

export function global(lua: Lua, site: Site, name: string): Evaluate {
  let hint = 0
  return (R) => {
    const env = (R[FUNCTION] as LuaFunction).env
    const hash = env.hash
    if (hint < hash.length && hash[hint] === name) {
      const value = hash[hint + 1]
      if (value !== undefined) return value
    } else {
      const at = env.find(name)
      if (at >= 0) {
        hint = at
        const value = hash[at + 1]
        if (value !== undefined) return value
      }
    }
    return env.meta === undefined ? undefined : index(lua, R, site, env, name)
  }
}

export function field(lua: Lua, site: Site, object: Operand, name: string): Operand {
  const os = slotOf(object)
  const o = evaluator(object)
  let hint = 0
  const run: Evaluate = (R) => {
    const t = os < 0 ? o(R) : R[os]
    if (t instanceof LuaTable) {
      const hash = t.hash
      if (hint < hash.length && hash[hint] === name) {
        const value = hash[hint + 1]
        if (value !== undefined) return value
      } else {
        const at = t.find(name)
        if (at >= 0) {
          hint = at
          const value = hash[at + 1]
          if (value !== undefined) return value
        }
      }
      if (t.meta === undefined) return undefined
    }
    return index(lua, R, site, t, name)
  }
  const into = (slot: number, status: Status): Run => {
    let hint = 0
    return (R) => {
      const t = os < 0 ? o(R) : R[os]
      if (t instanceof LuaTable) {
        const hash = t.hash
        if (hint < hash.length && hash[hint] === name) {
          const value = hash[hint + 1]
          if (value !== undefined) {
            R[slot] = value
            return status
          }
        } else {
          const at = t.find(name)
          if (at >= 0) {
            hint = at
            const value = hash[at + 1]
            if (value !== undefined) {
              R[slot] = value
              return status
            }
          }
        }
        if (t.meta === undefined) {
          R[slot] = undefined
          return status
        }
      }
      R[slot] = index(lua, R, site, t, name)
      return status
    }
  }
  return expOf(run, 1, false, into)
}

export function element(lua: Lua, site: Site, object: Operand, key: Operand): Operand {
  if (key.kind === 'constant' && typeof key.value === 'string')
    return field(lua, site, object, key.value)
  const os = slotOf(object)
  const o = evaluator(object)
  if (key.kind === 'constant' && typeof key.value === 'number') {
    const i = key.value
    const at = i - 1
    if (at >>> 0 === at)
      return expOf((R) => {
        const t = os < 0 ? o(R) : R[os]
        if (t instanceof LuaTable) {
          const arr = t.arr
          if (at < arr.length) {
            const value = arr[at]
            if (value !== undefined) return value
          }
          if (t.meta === undefined) return t.getInt(i)
        }
        return index(lua, R, site, t, i)
      })
  }
  const ks = slotOf(key)
  const k = evaluator(key)
  const run: Evaluate = (R) => {
    const t = os < 0 ? o(R) : R[os]
    const i = ks < 0 ? k(R) : R[ks]
    if (t instanceof LuaTable) {
      if (typeof i === 'number') {
        const at = i - 1
        const arr = t.arr
        if (at >>> 0 === at && at < arr.length) {
          const value = arr[at]
          if (value !== undefined) return value
        }
      }
      if (t.meta === undefined) return t.get(i)
    }
    return index(lua, R, site, t, i)
  }
  return expOf(run)
}

// ---- arithmetic ----

export function arith(
  lua: Lua,
  site: Site,
  op: Arithmetic,
  left: Operand,
  right: Operand,
): Operand {
  const ls = slotOf(left)
  const l = evaluator(left)
  const number = right.kind === 'constant' && typeof right.value === 'number'
  const k = number ? (right.value as number) : 0
  const rs = number ? NUMBER : slotOf(right)
  const r = evaluator(right)
  switch (op) {
    case '+':
      return expOf(
        (R) => {
          const a = ls < 0 ? l(R) : R[ls]
          const b = rs >= 0 ? R[rs] : rs === NUMBER ? k : r(R)
          return typeof a === 'number' && typeof b === 'number'
            ? a + b
            : arithmetic(lua, R, site, op, a, b)
        },
        1,
        false,
        (slot, status) => (R) => {
          const a = ls < 0 ? l(R) : R[ls]
          const b = rs >= 0 ? R[rs] : rs === NUMBER ? k : r(R)
          R[slot] =
            typeof a === 'number' && typeof b === 'number'
              ? a + b
              : arithmetic(lua, R, site, op, a, b)
          return status
        },
      )
    case '-':
      return expOf(
        (R) => {
          const a = ls < 0 ? l(R) : R[ls]
          const b = rs >= 0 ? R[rs] : rs === NUMBER ? k : r(R)
          return typeof a === 'number' && typeof b === 'number'
            ? a - b
            : arithmetic(lua, R, site, op, a, b)
        },
        1,
        false,
        (slot, status) => (R) => {
          const a = ls < 0 ? l(R) : R[ls]
          const b = rs >= 0 ? R[rs] : rs === NUMBER ? k : r(R)
          R[slot] =
            typeof a === 'number' && typeof b === 'number'
              ? a - b
              : arithmetic(lua, R, site, op, a, b)
          return status
        },
      )
    case '*':
      return expOf(
        (R) => {
          const a = ls < 0 ? l(R) : R[ls]
          const b = rs >= 0 ? R[rs] : rs === NUMBER ? k : r(R)
          return typeof a === 'number' && typeof b === 'number'
            ? a * b
            : arithmetic(lua, R, site, op, a, b)
        },
        1,
        false,
        (slot, status) => (R) => {
          const a = ls < 0 ? l(R) : R[ls]
          const b = rs >= 0 ? R[rs] : rs === NUMBER ? k : r(R)
          R[slot] =
            typeof a === 'number' && typeof b === 'number'
              ? a * b
              : arithmetic(lua, R, site, op, a, b)
          return status
        },
      )
    case '/':
      return expOf((R) => {
        const a = ls < 0 ? l(R) : R[ls]
        const b = rs >= 0 ? R[rs] : rs === NUMBER ? k : r(R)
        return typeof a === 'number' && typeof b === 'number'
          ? a / b
          : arithmetic(lua, R, site, op, a, b)
      })
    case '%':
      return expOf((R) => {
        const a = ls < 0 ? l(R) : R[ls]
        const b = rs >= 0 ? R[rs] : rs === NUMBER ? k : r(R)
        return typeof a === 'number' && typeof b === 'number'
          ? remainder(a, b)
          : arithmetic(lua, R, site, op, a, b)
      })
    default:
      return expOf((R) => {
        const a = ls < 0 ? l(R) : R[ls]
        const b = rs >= 0 ? R[rs] : rs === NUMBER ? k : r(R)
        return typeof a === 'number' && typeof b === 'number'
          ? power(a, b)
          : arithmetic(lua, R, site, op, a, b)
      })
  }
}

/** `a % b`; small whole numbers have an instruction for it, and the cast makes sure of that. */
function remainder(a: number, b: number): number {
  const x = a | 0
  const y = b | 0
  return x === a && y === b && x >= 0 && y > 0 ? x % y : modulo(a, b)
}

export function minus(lua: Lua, site: Site, operand: Operand): Evaluate {
  const run = evaluator(operand)
  return (R) => {
    const a = run(R)
    return typeof a === 'number' ? -a : negate(lua, R, site, a)
  }
}

export function length(lua: Lua, site: Site, operand: Operand): Evaluate {
  const run = evaluator(operand)
  return (R) => {
    const a = run(R)
    return a instanceof LuaTable ? a.length() : lengthOf(lua, R, site, a)
  }
}

/** `a .. b .. c`: all operands first, then joined from the right. `sites[i]` is of operands i, i + 1. */
export function concatenation(
  lua: Lua,
  sites: readonly Site[],
  operands: readonly Operand[],
): Evaluate {
  if (operands.length === 2) {
    const site = sites[0] as Site
    const [left, right] = operands as [Operand, Operand]
    const ls = slotOf(left)
    const l = evaluator(left)
    const rs = slotOf(right)
    const r = evaluator(right)
    return (R) => {
      const a = ls < 0 ? l(R) : R[ls]
      const b = rs < 0 ? r(R) : R[rs]
      if (typeof a === 'string' && typeof b === 'string') return join(lua, a, b)
      return concat(lua, R, site, a, b)
    }
  }
  const runs = operands.map(evaluator)
  const last = runs.length - 1
  return (R) => {
    const values: LuaValue[] = []
    for (let i = 0; i <= last; i++) values.push((runs[i] as Evaluate)(R))
    let result = values[last]
    for (let i = last - 1; i >= 0; i--) result = concat(lua, R, sites[i] as Site, values[i], result)
    return result
  }
}

// ---- tests ----

export function truth(operand: Operand): Test {
  if (operand.kind === 'slot') {
    const { slot } = operand
    return (R) => {
      const value = R[slot]
      return value !== undefined && value !== false
    }
  }
  if (operand.kind === 'constant') {
    const always = truthy(operand.value)
    return () => always
  }
  const { run } = operand
  return (R) => {
    const value = run(R)
    return value !== undefined && value !== false
  }
}

export const negated =
  (test: Test): Test =>
  (R) =>
    !test(R)

/** `==`, or `~=` when `wanted` is false. */
export function equality(
  lua: Lua,
  site: Site,
  left: Operand,
  right: Operand,
  wanted: boolean,
): Test {
  const ls = slotOf(left)
  const l = evaluator(left)
  if (right.kind === 'constant') {
    const b = right.value
    return wanted ? (R) => (ls < 0 ? l(R) : R[ls]) === b : (R) => (ls < 0 ? l(R) : R[ls]) !== b
  }
  const rs = slotOf(right)
  const r = evaluator(right)
  return (R) => {
    const a = ls < 0 ? l(R) : R[ls]
    const b = rs < 0 ? r(R) : R[rs]
    if (a === b) return wanted
    if (typeof a !== 'object' || typeof b !== 'object') return !wanted
    return equals(lua, R, site, a, b) === wanted
  }
}

export type Order = '<' | '<=' | '>' | '>='

/** `a > b` is `b < a` to metamethods and in messages, but `a` is evaluated first. */
export function ordering(lua: Lua, site: Site, op: Order, left: Operand, right: Operand): Test {
  const ls = slotOf(left)
  const l = evaluator(left)
  const number = right.kind === 'constant' && typeof right.value === 'number'
  const k = number ? (right.value as number) : 0
  const rs = number ? NUMBER : slotOf(right)
  const r = evaluator(right)
  if (op === '<')
    return (R) => {
      const a = ls < 0 ? l(R) : R[ls]
      const b = rs >= 0 ? R[rs] : rs === NUMBER ? k : r(R)
      return typeof a === 'number' && typeof b === 'number' ? a < b : lessThan(lua, R, site, a, b)
    }
  if (op === '<=')
    return (R) => {
      const a = ls < 0 ? l(R) : R[ls]
      const b = rs >= 0 ? R[rs] : rs === NUMBER ? k : r(R)
      return typeof a === 'number' && typeof b === 'number' ? a <= b : lessEqual(lua, R, site, a, b)
    }
  if (op === '>')
    return (R) => {
      const a = ls < 0 ? l(R) : R[ls]
      const b = rs >= 0 ? R[rs] : rs === NUMBER ? k : r(R)
      return typeof a === 'number' && typeof b === 'number' ? a > b : lessThan(lua, R, site, b, a)
    }
  return (R) => {
    const a = ls < 0 ? l(R) : R[ls]
    const b = rs >= 0 ? R[rs] : rs === NUMBER ? k : r(R)
    return typeof a === 'number' && typeof b === 'number' ? a >= b : lessEqual(lua, R, site, b, a)
  }
}

// ---- and, or ----

export function both(left: Operand, right: Operand): Evaluate {
  const ls = slotOf(left)
  const l = evaluator(left)
  const rs = slotOf(right)
  const r = evaluator(right)
  return (R) => {
    const a = ls < 0 ? l(R) : R[ls]
    if (a === undefined || a === false) return a
    return rs < 0 ? r(R) : R[rs]
  }
}

export function either(left: Operand, right: Operand): Evaluate {
  const ls = slotOf(left)
  const l = evaluator(left)
  const rs = slotOf(right)
  const r = evaluator(right)
  return (R) => {
    const a = ls < 0 ? l(R) : R[ls]
    if (a !== undefined && a !== false) return a
    return rs < 0 ? r(R) : R[rs]
  }
}

// ---- lists ----

/** The values of operands as an array, with those of an open list behind. */
export function list(operands: readonly Operand[], open: Evaluate | undefined): Evaluate {
  const runs = operands.map(evaluator)
  const count = runs.length
  if (open === undefined && count === 2) {
    const [left, right] = operands as [Operand, Operand]
    const ls = slotOf(left)
    const l = evaluator(left)
    const rs = slotOf(right)
    const r = evaluator(right)
    return (R) => [ls < 0 ? l(R) : R[ls], rs < 0 ? r(R) : R[rs]] as unknown as LuaValue
  }
  const build = (R: LuaValue[]): LuaValue[] => {
    const values: LuaValue[] = []
    for (let i = 0; i < count; i++) values.push((runs[i] as Evaluate)(R))
    if (open !== undefined) {
      const rest = open(R) as unknown as LuaValue[]
      for (let i = 0; i < rest.length; i++) values.push(rest[i])
    }
    return values
  }
  return build as unknown as Evaluate
}
