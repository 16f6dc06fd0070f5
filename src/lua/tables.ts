/** Table constructors: at once where nothing in them calls, else step by step. */
import type { Evaluate, Site } from './code.ts'
import { listOf, listValue } from './code.ts'
import { evaluator, type Operand } from './expressions.ts'
import { setIndex } from './operators.ts'
import { LuaTable, tagged } from './table.ts'
import type { Frame, LuaValue } from './value.ts'
import type { Lua } from './vm.ts'

export interface Item {
  readonly key: Operand | undefined
  readonly value: Operand | undefined
  /** The last item may stand for any number of values. */
  readonly open: Evaluate | undefined
  readonly site: Site
}

/** The elements of the list go in last, as in PUC, and win. */
function adopt(table: LuaTable, list: LuaValue[]): void {
  if (table.arr.length === 0 && table.numbers === 0) table.fill(list)
  else for (let i = 0; i < list.length; i++) table.set(i + 1, list[i])
}

/** A constructor without calls. */
function whole(lua: Lua, items: readonly Item[]): Evaluate {
  if (items.length === 0) return () => new LuaTable()
  const values = items.map(({ value }) => (value === undefined ? undefined : evaluator(value)))
  const count = items.length
  if (items.every(({ key }) => key === undefined)) {
    const { open } = items[count - 1] as Item
    const fixed = open === undefined ? count : count - 1
    return (R) => {
      const list = tagged()
      for (let i = 0; i < fixed; i++) list.push((values[i] as Evaluate)(R))
      if (open !== undefined) for (const value of listOf(open(R))) list.push(value)
      return LuaTable.of(list)
    }
  }
  const names = namesOf(items)
  if (names !== undefined) {
    const runs = values as Evaluate[]
    const room = 2 ** Math.ceil(Math.log2(count))
    return (R) => {
      const hash: LuaValue[] = []
      for (let i = 0; i < count; i++) {
        const value = (runs[i] as Evaluate)(R)
        // A key without a value has no place before it gets one.
        if (value !== undefined) hash.push(names[i], value)
      }
      const table = new LuaTable(tagged(), hash)
      table.room = room
      return table
    }
  }
  const keys = items.map(({ key }) => (key === undefined ? undefined : evaluator(key)))
  return (R) => {
    const table = new LuaTable()
    const list = tagged()
    for (let i = 0; i < count; i++) {
      const key = keys[i]
      const value = values[i]
      if (value === undefined) {
        for (const each of listOf(((items[i] as Item).open as Evaluate)(R))) list.push(each)
      } else if (key === undefined) list.push(value(R))
      else {
        const k = key(R)
        setIndex(lua, R, (items[i] as Item).site, table, k, value(R))
      }
    }
    adopt(table, list)
    return table
  }
}

/** The keys of a small record: constant strings, each once. */
function namesOf(items: readonly Item[]): string[] | undefined {
  const names: string[] = []
  for (const { key } of items) {
    if (key?.kind !== 'constant' || typeof key.value !== 'string') return undefined
    if (names.includes(key.value)) return undefined
    names.push(key.value)
  }
  return names.length <= 8 ? names : undefined
}

/** A constructor with calls: the table is in one place, the list of its elements in another. */
function builder(lua: Lua, slot: number, values: number) {
  return {
    begin: (R: Frame): void => {
      R[slot] = new LuaTable()
      R[values] = listValue(tagged())
    },
    push:
      (value: Evaluate) =>
      (R: Frame): void => {
        listOf(R[values]).push(value(R))
      },
    spread:
      (open: Evaluate) =>
      (R: Frame): void => {
        const list = listOf(R[values])
        for (const value of listOf(open(R))) list.push(value)
      },
    put:
      (site: Site, key: Evaluate, value: Evaluate) =>
      (R: Frame): void => {
        const k = key(R)
        setIndex(lua, R, site, R[slot], k, value(R))
      },
    finish: (R: Frame): void => {
      adopt(R[slot] as LuaTable, listOf(R[values]))
    },
  }
}

/** The table `arg` of 5.0. */
function ofArgs(args: LuaValue[]): LuaTable {
  const table = LuaTable.of(args.slice())
  table.setString('n', args.length)
  return table
}

export const tableExp = { whole, builder, ofArgs }
