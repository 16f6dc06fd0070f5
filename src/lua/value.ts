/**
 * What a Lua value is in JavaScript: nil is undefined, booleans, numbers and strings are themselves
 * (a string has one byte a character), and the rest are the classes below. Results of a builtin are
 * one value, or an array that is the exact list.
 */
import type { Code } from './code.ts'
import { meter } from './meter.ts'
import type { LuaTable } from './table.ts'

export type LuaValue =
  | undefined
  | boolean
  | number
  | string
  | LuaTable
  | LuaFunction
  | LuaThread
  | LuaUserdata

/** An array is the exact list of results, so `[]` is none; anything else is one result. */
export type LuaResult = LuaValue | LuaValue[]

/** A function of the host. */
export type Native = (...args: LuaValue[]) => LuaResult

/** The same for one that wants its arguments as a list, which becomes its own. */
export type NativeOfList = (args: LuaValue[]) => LuaResult

/**
 * One activation of a function: a plain array, because nothing is faster to make and to index. The
 * first places are the header (frame.ts), the others hold parameters, locals and temporaries.
 */
export type Frame = LuaValue[]

/** A local variable that a closure shares and somebody changes after it was set. */
export class Cell {
  v: LuaValue
  constructor(v: LuaValue) {
    this.v = v
  }
}

/** A closure of Lua (`code` and `up`) or a builtin (`native`). */
export class LuaFunction {
  readonly code: Code | undefined
  readonly native: Native | undefined
  /** Where there is a list of arguments already, this spares taking it apart and making another one. */
  readonly ofList: NativeOfList | undefined
  /** Captured variables: a Cell, or the value itself when nobody changes it. */
  up: (Cell | LuaValue)[]
  /** Where globals are found; undefined for a builtin, which has the machine's. */
  env: LuaTable
  readonly name: string

  constructor(
    code: Code | undefined,
    native: Native | undefined,
    up: (Cell | LuaValue)[],
    env: LuaTable,
    name: string,
    ofList: NativeOfList | undefined = undefined,
  ) {
    this.code = code
    this.native = native
    this.ofList = ofList
    this.up = up
    this.env = env
    this.name = name
    meter.bytes += 160
  }
}

const NOTHING: never[] = []

/** A function of the host as a Lua value. */
export function builtin(name: string, native: Native): LuaFunction {
  // A builtin has no environment of its own; getfenv answers with the machine's globals.
  return new LuaFunction(undefined, native, NOTHING, undefined as unknown as LuaTable, name)
}

/** A function of the host that is called often and with many arguments. */
export function builtinOfList(name: string, native: NativeOfList): LuaFunction {
  const spread: Native = (...args) => native(args)
  return new LuaFunction(undefined, spread, NOTHING, undefined as unknown as LuaTable, name, native)
}

/** Calls a builtin with a list that nobody else has. */
export function callNative(fn: LuaFunction, args: LuaValue[]): LuaResult {
  return fn.ofList === undefined ? (fn.native as Native)(...args) : fn.ofList(args)
}

export type ThreadStatus = 'suspended' | 'running' | 'normal' | 'dead'

/** A coroutine: the frames that wait, outermost first. */
export class LuaThread {
  status: ThreadStatus = 'suspended'
  frames: Frame[] = []
  /** The innermost frame has not begun. */
  fresh = false
  /** What it was made of, until it begins. */
  body: LuaFunction | undefined
  /** C levels at its base; a yield must find as many. */
  base = 0
  /** Who resumed it. */
  resumer: LuaThread | undefined
  constructor(body: LuaFunction | undefined) {
    this.body = body
    meter.bytes += 800
  }
}

/** A value of the host that scripts can only hand on. */
export class LuaUserdata {
  meta: LuaTable | undefined = undefined
  readonly value: unknown
  constructor(value: unknown) {
    this.value = value
  }
}

export type TypeName =
  | 'nil'
  | 'boolean'
  | 'number'
  | 'string'
  | 'table'
  | 'function'
  | 'thread'
  | 'userdata'

/** What `type` says. */
export function typeName(value: LuaValue): TypeName {
  switch (typeof value) {
    case 'undefined':
      return 'nil'
    case 'boolean':
      return 'boolean'
    case 'number':
      return 'number'
    case 'string':
      return 'string'
    default:
      if (value instanceof LuaFunction) return 'function'
      if (value instanceof LuaThread) return 'thread'
      return value instanceof LuaUserdata ? 'userdata' : 'table'
  }
}

const addresses = new WeakMap<object, string>()
let nextAddress = 0x55d0c8e00000

/** An address as C prints one: made up, but an object keeps its own. */
export function addressOf(value: object): string {
  let address = addresses.get(value)
  if (address === undefined) {
    nextAddress += 0x40
    address = `0x${nextAddress.toString(16)}`
    addresses.set(value, address)
  }
  return address
}
