/**
 * Expressions as closures over a frame. An operand is a constant, a place in the frame, or a closure;
 * the common pairs of operands have nodes of their own, because each closure that is called costs
 * about as much as what it does. No node can be suspended: the compiler has lifted every call.
 */
import { type Evaluate, FUNCTION, type Site, type Test } from './code.ts'
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
  power,
  truthy,
} from './operators.ts'
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
    }

export const expOf = (run: Evaluate, depth = 1, local = false): Operand => ({
  kind: 'exp',
  run,
  depth,
  local,
})

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

export const upvalueAt =
  (place: number, boxed: boolean): Evaluate =>
  (R) => {
    const up = (R[FUNCTION] as LuaFunction).up[place]
    return boxed ? (up as Cell).v : (up as LuaValue)
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

export function field(lua: Lua, site: Site, object: Operand, name: string): Evaluate {
  let hint = 0
  if (object.kind === 'slot') {
    const { slot } = object
    return (R) => {
      const t = R[slot]
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
  }
  const run = evaluator(object)
  return (R) => {
    const t = run(R)
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
}

export function element(lua: Lua, site: Site, object: Operand, key: Operand): Evaluate {
  if (key.kind === 'constant' && typeof key.value === 'string')
    return field(lua, site, object, key.value)
  if (object.kind === 'slot' && key.kind === 'slot') {
    const o = object.slot
    const k = key.slot
    return (R) => {
      const t = R[o]
      const i = R[k]
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
  }
  const object_ = evaluator(object)
  if (key.kind === 'constant' && typeof key.value === 'number') {
    const i = key.value
    const at = i - 1
    if (at >>> 0 === at) {
      return (R) => {
        const t = object_(R)
        if (t instanceof LuaTable) {
          const arr = t.arr
          if (at < arr.length) {
            const value = arr[at]
            if (value !== undefined) return value
          }
          if (t.meta === undefined) return t.getInt(i)
        }
        return index(lua, R, site, t, i)
      }
    }
  }
  const key_ = evaluator(key)
  return (R) => {
    const t = object_(R)
    const i = key_(R)
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
}

// ---- arithmetic ----

export function arith(
  lua: Lua,
  site: Site,
  op: Arithmetic,
  left: Operand,
  right: Operand,
): Evaluate {
  if (left.kind === 'slot') {
    if (right.kind === 'constant' && typeof right.value === 'number')
      return slotConstant(lua, site, op, left.slot, right.value)
    if (right.kind === 'slot') return slotSlot(lua, site, op, left.slot, right.slot)
  }
  const l = evaluator(left)
  if (right.kind === 'constant' && typeof right.value === 'number') {
    const b = right.value
    if (op === '+')
      return (R) => {
        const a = l(R)
        return typeof a === 'number' ? a + b : arithmetic(lua, R, site, '+', a, b)
      }
    if (op === '-')
      return (R) => {
        const a = l(R)
        return typeof a === 'number' ? a - b : arithmetic(lua, R, site, '-', a, b)
      }
    if (op === '*')
      return (R) => {
        const a = l(R)
        return typeof a === 'number' ? a * b : arithmetic(lua, R, site, '*', a, b)
      }
  }
  const r = evaluator(right)
  switch (op) {
    case '+':
      return (R) => {
        const a = l(R)
        const b = r(R)
        return typeof a === 'number' && typeof b === 'number'
          ? a + b
          : arithmetic(lua, R, site, '+', a, b)
      }
    case '-':
      return (R) => {
        const a = l(R)
        const b = r(R)
        return typeof a === 'number' && typeof b === 'number'
          ? a - b
          : arithmetic(lua, R, site, '-', a, b)
      }
    case '*':
      return (R) => {
        const a = l(R)
        const b = r(R)
        return typeof a === 'number' && typeof b === 'number'
          ? a * b
          : arithmetic(lua, R, site, '*', a, b)
      }
    case '/':
      return (R) => {
        const a = l(R)
        const b = r(R)
        return typeof a === 'number' && typeof b === 'number'
          ? a / b
          : arithmetic(lua, R, site, '/', a, b)
      }
    case '%':
      return (R) => {
        const a = l(R)
        const b = r(R)
        return typeof a === 'number' && typeof b === 'number'
          ? remainder(a, b)
          : arithmetic(lua, R, site, '%', a, b)
      }
    default:
      return (R) => {
        const a = l(R)
        const b = r(R)
        return typeof a === 'number' && typeof b === 'number'
          ? power(a, b)
          : arithmetic(lua, R, site, '^', a, b)
      }
  }
}

/** `a % b`; whole numbers of 31 bits have an instruction for it. */
function remainder(a: number, b: number): number {
  // Adding zero takes the sign off -0, as the subtraction in C does.
  if ((a | 0) === a && (b | 0) === b && a >= 0 && b > 0) return (a % b) + 0
  return modulo(a, b)
}

function slotConstant(lua: Lua, site: Site, op: Arithmetic, slot: number, b: number): Evaluate {
  switch (op) {
    case '+':
      return (R) => {
        const a = R[slot]
        return typeof a === 'number' ? a + b : arithmetic(lua, R, site, '+', a, b)
      }
    case '-':
      return (R) => {
        const a = R[slot]
        return typeof a === 'number' ? a - b : arithmetic(lua, R, site, '-', a, b)
      }
    case '*':
      return (R) => {
        const a = R[slot]
        return typeof a === 'number' ? a * b : arithmetic(lua, R, site, '*', a, b)
      }
    case '/':
      return (R) => {
        const a = R[slot]
        return typeof a === 'number' ? a / b : arithmetic(lua, R, site, '/', a, b)
      }
    case '%':
      return (R) => {
        const a = R[slot]
        return typeof a === 'number' ? remainder(a, b) : arithmetic(lua, R, site, '%', a, b)
      }
    default:
      return (R) => {
        const a = R[slot]
        return typeof a === 'number' ? power(a, b) : arithmetic(lua, R, site, '^', a, b)
      }
  }
}

function slotSlot(lua: Lua, site: Site, op: Arithmetic, left: number, right: number): Evaluate {
  switch (op) {
    case '+':
      return (R) => {
        const a = R[left]
        const b = R[right]
        return typeof a === 'number' && typeof b === 'number'
          ? a + b
          : arithmetic(lua, R, site, '+', a, b)
      }
    case '-':
      return (R) => {
        const a = R[left]
        const b = R[right]
        return typeof a === 'number' && typeof b === 'number'
          ? a - b
          : arithmetic(lua, R, site, '-', a, b)
      }
    case '*':
      return (R) => {
        const a = R[left]
        const b = R[right]
        return typeof a === 'number' && typeof b === 'number'
          ? a * b
          : arithmetic(lua, R, site, '*', a, b)
      }
    case '/':
      return (R) => {
        const a = R[left]
        const b = R[right]
        return typeof a === 'number' && typeof b === 'number'
          ? a / b
          : arithmetic(lua, R, site, '/', a, b)
      }
    case '%':
      return (R) => {
        const a = R[left]
        const b = R[right]
        return typeof a === 'number' && typeof b === 'number'
          ? remainder(a, b)
          : arithmetic(lua, R, site, '%', a, b)
      }
    default:
      return (R) => {
        const a = R[left]
        const b = R[right]
        return typeof a === 'number' && typeof b === 'number'
          ? power(a, b)
          : arithmetic(lua, R, site, '^', a, b)
      }
  }
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
    const l = evaluator(operands[0] as Operand)
    const r = evaluator(operands[1] as Operand)
    return (R) => {
      const a = l(R)
      const b = r(R)
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
  if (right.kind === 'constant') {
    const b = right.value
    if (left.kind === 'slot') {
      const { slot } = left
      return wanted ? (R) => R[slot] === b : (R) => R[slot] !== b
    }
    const l = evaluator(left)
    return wanted ? (R) => l(R) === b : (R) => l(R) !== b
  }
  const l = evaluator(left)
  const r = evaluator(right)
  return (R) => {
    const a = l(R)
    const b = r(R)
    if (a === b) return wanted
    if (typeof a !== 'object' || typeof b !== 'object') return !wanted
    return equals(lua, R, site, a, b) === wanted
  }
}

export type Order = '<' | '<=' | '>' | '>='

/** `a > b` is `b < a` to metamethods and in messages, but `a` is evaluated first. */
export function ordering(lua: Lua, site: Site, op: Order, left: Operand, right: Operand): Test {
  if (left.kind === 'slot') {
    const l = left.slot
    if (right.kind === 'constant' && typeof right.value === 'number') {
      const b = right.value
      if (op === '<')
        return (R) => {
          const a = R[l]
          return typeof a === 'number' ? a < b : lessThan(lua, R, site, a, b)
        }
      if (op === '<=')
        return (R) => {
          const a = R[l]
          return typeof a === 'number' ? a <= b : lessEqual(lua, R, site, a, b)
        }
      if (op === '>')
        return (R) => {
          const a = R[l]
          return typeof a === 'number' ? a > b : lessThan(lua, R, site, b, a)
        }
      return (R) => {
        const a = R[l]
        return typeof a === 'number' ? a >= b : lessEqual(lua, R, site, b, a)
      }
    }
    if (right.kind === 'slot') {
      const r = right.slot
      if (op === '<')
        return (R) => {
          const a = R[l]
          const b = R[r]
          return typeof a === 'number' && typeof b === 'number'
            ? a < b
            : lessThan(lua, R, site, a, b)
        }
      if (op === '<=')
        return (R) => {
          const a = R[l]
          const b = R[r]
          return typeof a === 'number' && typeof b === 'number'
            ? a <= b
            : lessEqual(lua, R, site, a, b)
        }
    }
  }
  const l = evaluator(left)
  const r = evaluator(right)
  if (op === '<')
    return (R) => {
      const a = l(R)
      const b = r(R)
      return typeof a === 'number' && typeof b === 'number' ? a < b : lessThan(lua, R, site, a, b)
    }
  if (op === '<=')
    return (R) => {
      const a = l(R)
      const b = r(R)
      return typeof a === 'number' && typeof b === 'number' ? a <= b : lessEqual(lua, R, site, a, b)
    }
  if (op === '>')
    return (R) => {
      const a = l(R)
      const b = r(R)
      return typeof a === 'number' && typeof b === 'number' ? a > b : lessThan(lua, R, site, b, a)
    }
  return (R) => {
    const a = l(R)
    const b = r(R)
    return typeof a === 'number' && typeof b === 'number' ? a >= b : lessEqual(lua, R, site, b, a)
  }
}

// ---- and, or ----

export function both(left: Operand, right: Operand): Evaluate {
  const l = evaluator(left)
  const r = evaluator(right)
  return (R) => {
    const a = l(R)
    return a === undefined || a === false ? a : r(R)
  }
}

export function either(left: Operand, right: Operand): Evaluate {
  const l = evaluator(left)
  const r = evaluator(right)
  return (R) => {
    const a = l(R)
    return a === undefined || a === false ? r(R) : a
  }
}

// ---- lists ----

/** The values of operands as an array, with those of an open list behind. */
export function list(operands: readonly Operand[], open: Evaluate | undefined): Evaluate {
  const runs = operands.map(evaluator)
  const count = runs.length
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
