/** Stores: into a place of the frame, a global, a field, an element. */
import type { Target } from './ast.ts'
import { FUNCTION, NORMAL, type Site, type Step } from './code.ts'
import { evaluator, type Operand, slotOf } from './expressions.ts'
import { setIndex } from './operators.ts'
import { LuaTable } from './table.ts'
import { Cell, type LuaFunction, type LuaValue } from './value.ts'
import type { Lua } from './vm.ts'

/** A fresh cell that holds nil. */
export function cellStep(slot: number): Step {
  return {
    run: (R) => {
      R[slot] = new Cell(undefined) as unknown as LuaValue
      return NORMAL
    },
    resume: undefined,
  }
}

/** A value into a place; into a fresh cell there if it is `boxed`. */
export function storeStep(slot: number, boxed: boolean, value: Operand): Step {
  if (boxed) {
    const run = evaluator(value)
    return {
      run: (R) => {
        R[slot] = new Cell(run(R)) as unknown as LuaValue
        return NORMAL
      },
      resume: undefined,
    }
  }
  if (value.kind === 'slot') {
    const from = value.slot
    return {
      run: (R) => {
        R[slot] = R[from]
        return NORMAL
      },
      resume: undefined,
    }
  }
  if (value.kind === 'constant') {
    const constant = value.value
    return {
      run: (R) => {
        R[slot] = constant
        return NORMAL
      },
      resume: undefined,
    }
  }
  const { run, into } = value
  if (into !== undefined) return { run: into(slot, NORMAL), resume: undefined }
  return {
    run: (R) => {
      R[slot] = run(R)
      return NORMAL
    },
    resume: undefined,
  }
}

/** A value into a global or a table. */
export function assignStep(
  lua: Lua,
  site: Site,
  target: Target,
  parts: { readonly object: Operand; readonly key: Operand } | undefined,
  value: Operand,
): Step {
  if (parts === undefined) return globalStep(lua, site, (target as { name: string }).name, value)
  const { object, key } = parts
  if (key.kind === 'constant' && typeof key.value === 'string')
    return fieldStep(lua, site, object, key.value, value)
  const os = slotOf(object)
  const o = evaluator(object)
  const ks = slotOf(key)
  const k = evaluator(key)
  const vs = slotOf(value)
  const run = evaluator(value)
  return {
    run: (R) => {
      const t = os < 0 ? o(R) : R[os]
      const i = ks < 0 ? k(R) : R[ks]
      const v = vs < 0 ? run(R) : R[vs]
      if (t instanceof LuaTable && typeof i === 'number' && v !== undefined && !t.readonly) {
        const at = i - 1
        const arr = t.arr
        if (at >>> 0 === at) {
          if (at < arr.length) {
            if (arr[at] !== undefined) {
              arr[at] = v
              return NORMAL
            }
          } else if (at === arr.length && t.meta === undefined) {
            if (at < t.cap) arr.push(v)
            else t.append(v)
            return NORMAL
          }
        }
      }
      setIndex(lua, R, site, t, i, v)
      return NORMAL
    },
    resume: undefined,
  }
}

function globalStep(lua: Lua, site: Site, name: string, value: Operand): Step {
  const run = evaluator(value)
  let hint = 0
  return {
    run: (R) => {
      const v = run(R)
      const t = (R[FUNCTION] as LuaFunction).env
      const hash = t.hash
      if (v !== undefined && hint < hash.length && hash[hint] === name && !t.readonly) {
        if (hash[hint + 1] !== undefined) {
          hash[hint + 1] = v
          return NORMAL
        }
      }
      setIndex(lua, R, site, t, name, v)
      const at = t.find(name)
      if (at >= 0) hint = at
      return NORMAL
    },
    resume: undefined,
  }
}

function fieldStep(lua: Lua, site: Site, object: Operand, name: string, value: Operand): Step {
  const os = slotOf(object)
  const o = evaluator(object)
  const vs = slotOf(value)
  const run = evaluator(value)
  let hint = 0
  return {
    run: (R) => {
      const t = os < 0 ? o(R) : R[os]
      const v = vs < 0 ? run(R) : R[vs]
      if (t instanceof LuaTable && v !== undefined && !t.readonly) {
        const hash = t.hash
        if (hint < hash.length && hash[hint] === name) {
          if (hash[hint + 1] !== undefined) {
            hash[hint + 1] = v
            return NORMAL
          }
        } else {
          const at = t.find(name)
          if (at >= 0) {
            hint = at
            if (hash[at + 1] !== undefined) {
              hash[at + 1] = v
              return NORMAL
            }
          }
        }
        if (t.meta === undefined) {
          t.setString(name, v)
          return NORMAL
        }
      }
      setIndex(lua, R, site, t, name, v)
      return NORMAL
    },
    resume: undefined,
  }
}
