/** What can be called: a cached script or a function, with what is known of it before it runs. */
import type { LuaFunction } from '../lua/value.ts'
import type { HostFunction } from './host.ts'

export class Callee {
  /** The SHA-1 of a script, the name of a function: errors say it. */
  readonly name: string
  /** Bits of `flags.ts`. */
  readonly flags: number
  /** FCALL calls it, not EVAL. */
  readonly isFunction: boolean
  readonly lua: LuaFunction | null
  readonly host: HostFunction | null
  /** It was short whenever it was timed, so that not each call of it must be. */
  brief = false

  constructor(
    name: string,
    flags: number,
    isFunction: boolean,
    lua: LuaFunction | null,
    host: HostFunction | null,
  ) {
    this.name = name
    this.flags = flags
    this.isFunction = isFunction
    this.lua = lua
    this.host = host
  }
}
