/** The machine; this is its face, the inside follows. */
import { LuaArguments } from './arguments.ts'
import { LuaError } from './errors.ts'
import { LuaTable } from './table.ts'
import { builtin, type LuaFunction, type LuaValue, type Native } from './value.ts'

export interface LuaOptions {
  /** Bytes, roughly, that a run may hold. */
  memoryLimit?: number
}

export class Lua extends LuaArguments {
  readonly globals = new LuaTable()
  /** What strings have as a metatable. */
  stringMeta: LuaTable | undefined = undefined
  hook: (() => 'go' | 'pause') | undefined = undefined

  constructor(_options: LuaOptions = {}) {
    super()
  }

  error(text: string, _level = 1): never {
    throw new LuaError(text)
  }

  argumentError(n: number, text: string): never {
    throw new LuaError(`bad argument #${n} to '?' (${text})`)
  }

  /** A table of builtins as the global `name`. */
  library(name: string, functions: Readonly<Record<string, Native>>): LuaTable {
    const table = new LuaTable()
    for (const [key, native] of Object.entries(functions)) {
      table.setString(key, builtin(key, native))
    }
    this.globals.setString(name, table)
    return table
  }

  /** Compiles; throws LuaError with PUC's text. */
  load(_source: string, _chunkName: string): LuaFunction {
    throw new Error('not yet')
  }

  /** Calls to the end, not suspendable. */
  call(_fn: LuaValue, _args: LuaValue[]): LuaValue[] {
    throw new Error('not yet')
  }

  /** `v[k]` with metamethods. */
  index(_value: LuaValue, _key: LuaValue): LuaValue {
    throw new Error('not yet')
  }

  /** `v[k] = x` with metamethods. */
  setIndex(_value: LuaValue, _key: LuaValue, _x: LuaValue): void {}

  /** `a < b` with metamethods; errors as the operator has them (table.sort). */
  lessThan(_a: LuaValue, _b: LuaValue): boolean {
    throw new Error('not yet')
  }

  /** `tostring(v)`, with `__tostring`. */
  tostring(_value: LuaValue): string {
    throw new Error('not yet')
  }

  /** Throws for a table that scripts may not change; before a builtin writes into one. */
  checkWritable(table: LuaTable): void {
    if (table.readonly) this.error('Attempt to modify a readonly table')
  }

  /** Call before making something large: throws "not enough memory" beyond the limit. */
  allocate(_bytes: number): void {}
}

export function createLua(options?: LuaOptions): Lua {
  return new Lua(options)
}
