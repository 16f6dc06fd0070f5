/**
 * `for … in`. The iterator is called in the loop; `next` and the one of `ipairs` are followed without
 * a call, by position.
 */
import { callStep } from './calls.ts'
import {
  BREAK,
  listOf,
  NORMAL,
  type Run,
  SITE,
  type Site,
  type Status,
  type Step,
  SUSPEND,
} from './code.ts'
import { LIST } from './results.ts'
import { resumeOf } from './steps.ts'
import { LuaTable } from './table.ts'
import { Cell, type Frame, type LuaValue } from './value.ts'
import type { Lua } from './vm.ts'

const CALL = 0
const BODY = 1
const TURN = 2

/**
 * `base` and the two places after it hold iterator, state and control variable. From `place` on: where
 * the loop was suspended, the position of a traversal (nil if the iterator is called), results.
 */
export function genericFor(
  lua: Lua,
  site: Site,
  base: number,
  slots: readonly number[],
  boxes: readonly boolean[],
  body: Step,
  place: number,
): Step {
  const inner = body.run
  const resumeBody = resumeOf(body)
  const count = slots.length
  const results = place + 2
  const at = place + 1
  const control = base + 2
  const call = callStep(
    lua,
    site,
    { kind: 'slot', slot: base },
    [
      { kind: 'slot', slot: base + 1 },
      { kind: 'slot', slot: control },
    ],
    LIST,
    results,
  )
  const box = boxes.some((boxed) => boxed)
  const first = slots[0] as number
  const second = slots[1] ?? -1

  const set = (R: Frame, i: number, value: LuaValue): void => {
    R[slots[i] as number] = boxes[i] ? (new Cell(value) as unknown as LuaValue) : value
  }

  const setTwo = (R: Frame, key: LuaValue, value: LuaValue): void => {
    if (!box) {
      R[first] = key
      if (second >= 0) R[second] = value
    } else {
      set(R, 0, key)
      if (second >= 0) set(R, 1, value)
    }
    for (let i = 2; i < count; i++) set(R, i, undefined)
  }

  const overPairs = (R: Frame, table: LuaTable, start: number): Status => {
    for (let p = table.after(start); p !== 0; p = table.after(p)) {
      setTwo(R, table.keyAt(p), table.valueAt(p))
      const status = inner(R)
      if (status !== NORMAL) {
        if (status === BREAK) return NORMAL
        if (status === SUSPEND) {
          R[place] = BODY
          R[at] = p
        }
        return status
      }
      if (--lua.ticks < 0 && lua.tick(R)) {
        R[place] = TURN
        R[at] = p
        return SUSPEND
      }
    }
    return NORMAL
  }

  const overList = (R: Frame, table: LuaTable, start: number): Status => {
    for (let i = start + 1; ; i++) {
      const value = table.getInt(i)
      if (value === undefined) return NORMAL
      setTwo(R, i, value)
      const status = inner(R)
      if (status !== NORMAL) {
        if (status === BREAK) return NORMAL
        if (status === SUSPEND) {
          R[place] = BODY
          R[at] = i
        }
        return status
      }
      if (--lua.ticks < 0 && lua.tick(R)) {
        R[place] = TURN
        R[at] = i
        return SUSPEND
      }
    }
  }

  /** The results of the iterator are there: one turn. False: the loop is over. */
  const turn = (R: Frame): boolean => {
    const values = listOf(R[results])
    const key = values[0]
    if (key === undefined) return false
    R[control] = key
    for (let i = 0; i < count; i++) set(R, i, values[i])
    return true
  }

  const go = (R: Frame): Status => {
    for (;;) {
      R[SITE] = site as unknown as LuaValue
      lua.enterIterator(R)
      if (call.run(R) === SUSPEND) {
        R[place] = CALL
        return SUSPEND
      }
      lua.levels--
      if (!turn(R)) return NORMAL
      const status = inner(R)
      if (status !== NORMAL) {
        if (status === BREAK) return NORMAL
        if (status === SUSPEND) R[place] = BODY
        return status
      }
      if (--lua.ticks < 0 && lua.tick(R)) {
        R[place] = TURN
        return SUSPEND
      }
    }
  }

  const proceed = (R: Frame, position: number): Status => {
    const table = R[base + 1] as LuaTable
    return R[base] === lua.nextFunction
      ? overPairs(R, table, position)
      : overList(R, table, position)
  }

  const run: Run = (R) => {
    const iterator = R[base]
    const table = R[base + 1]
    R[at] = undefined
    // Not called, but there must be room for it.
    R[SITE] = site as unknown as LuaValue
    lua.enterIterator(R)
    lua.levels--
    if (table instanceof LuaTable) {
      if (iterator === lua.nextFunction && iterator !== undefined && R[control] === undefined) {
        R[at] = 0
        return overPairs(R, table, 0)
      }
      if (iterator === lua.ipairsIterator && iterator !== undefined && R[control] === 0) {
        R[at] = 0
        return overList(R, table, 0)
      }
    }
    return go(R)
  }

  const resume: Run = (R) => {
    const stage = R[place]
    const position = R[at] as number | undefined
    if (stage === CALL) {
      ;(call.resume as Run)(R)
      lua.levels--
      if (!turn(R)) return NORMAL
      const status = inner(R)
      if (status !== NORMAL) {
        if (status === BREAK) return NORMAL
        if (status === SUSPEND) R[place] = BODY
        return status
      }
      return go(R)
    }
    if (stage === BODY) {
      const status = resumeBody(R)
      if (status !== NORMAL) return status === BREAK ? NORMAL : status
    }
    return position === undefined ? go(R) : proceed(R, position)
  }
  return { run, resume }
}
