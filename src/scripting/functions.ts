/**
 * Libraries of functions: loaded once, kept with the data, called by name.
 *
 * A library is the text of a program that registers functions when it runs. It is compiled and run when
 * it is loaded, by FUNCTION LOAD as well as from a snapshot or a payload of FUNCTION DUMP. Beside these
 * there may be functions of the host, which nobody can load, delete or save.
 * https://redis.io/docs/latest/develop/programmability/functions-intro/
 */
import { CommandError } from '../core/errors.ts'
import type { Libraries } from '../engine/rdb.ts'
import { LuaError } from '../lua/errors.ts'
import { LuaTable } from '../lua/table.ts'
import { LuaFunction, type LuaValue } from '../lua/value.ts'
import { MalformedRdb } from '../rdb/errors.ts'
import { splitInline } from '../util/words.ts'
import { type Host, throwTable } from './bridge.ts'
import { Callee } from './callee.ts'
import { cString } from './convert.ts'
import { flagBit } from './flags.ts'
import { FunctionMachine } from './sandbox.ts'

/** A library that takes longer to register its functions, in milliseconds, is not loaded. */
const LOAD_TIMEOUT = 500

export class FunctionCallee extends Callee {
  readonly description: string | null
  /** With how many keys it must be called, or -1. */
  readonly keys: number

  constructor(
    name: string,
    flags: number,
    description: string | null,
    lua: Callee['lua'],
    host: Callee['host'] = null,
    keys = -1,
  ) {
    super(name, flags, true, lua, host)
    this.description = description
    this.keys = keys
  }
}

export interface Library {
  readonly name: string
  readonly engine: 'LUA' | 'JS'
  readonly functions: Map<string, FunctionCallee>
  /** All of the text, the first line included. */
  readonly code: string
}

const badName = new CommandError(
  'Library names can only contain letters, numbers, or underscores(_) and must be at least one ' +
    'character long',
)
const alreadyThere = (what: 'Library' | 'Function', name: string, quote = ''): CommandError =>
  new CommandError(`${what} ${quote}${name}${quote} already exists`)

export class Functions {
  private readonly host: Host
  private machine: FunctionMachine | null = null
  libraries: Map<string, Library> = new Map()
  /** By name in lower case, those of the host included. */
  private byName = new Map<string, FunctionCallee>()
  /** What the host has registered. */
  own: Library | null = null
  /** The library whose text is being run. */
  private loading: Library | null = null
  /** When it must be done by `Platform.micros`. */
  private deadline = 0

  constructor(host: Host) {
    this.host = host
  }

  /** By its name in any case. */
  find(name: string): FunctionCallee | undefined {
    return this.byName.get(name) ?? this.byName.get(name.toLowerCase())
  }

  /** Functions of loaded libraries. */
  get count(): number {
    return this.byName.size - (this.own?.functions.size ?? 0)
  }

  /** Characters of all libraries. */
  get bytes(): number {
    let bytes = 0
    for (const { code } of this.libraries.values()) bytes += code.length
    return bytes
  }

  private get machinery(): FunctionMachine {
    this.machine ??= new FunctionMachine(this.host, (args) => this.register(args))
    return this.machine
  }

  /** Whether there is a machine. */
  get awake(): boolean {
    return this.machine !== null
  }

  get lua(): FunctionMachine['lua'] {
    return this.machinery.lua
  }

  // ---- Loading ----------------------------------------------------------------------------------

  /** FUNCTION LOAD: the name of the library. Throws a CommandError; nothing has changed then. */
  load(code: string, replace: boolean, patient: boolean): string {
    const libraries = new Map(this.libraries)
    const name = this.loadInto(libraries, code, replace, patient)
    this.take(libraries)
    return name
  }

  /**
   * FUNCTION RESTORE: all of these or none. `replace`: a library takes the place of one with its name.
   */
  restore(codes: readonly string[], policy: 'flush' | 'append' | 'replace'): void {
    const fresh = new Map<string, Library>()
    for (const code of codes) this.loadInto(fresh, code, false, true)
    const joined = new Map(policy === 'flush' ? [] : this.libraries)
    for (const [name, library] of fresh) {
      if (joined.has(name) && policy !== 'replace') throw alreadyThere('Library', name)
      joined.delete(name)
      this.refuseTwice(joined, library)
      joined.set(name, library)
    }
    this.take(joined)
  }

  private loadInto(
    libraries: Map<string, Library>,
    code: string,
    replace: boolean,
    patient: boolean,
  ): string {
    const { engine, name, length } = parseFirstLine(code)
    if (!isName(name)) throw badName
    // Redis has one engine; that of the host is for the host.
    if (engine.toUpperCase() !== 'LUA') throw new CommandError(`Engine '${engine}' not found`)
    if (libraries.has(name) && !replace) throw alreadyThere('Library', name, "'")
    const library: Library = { name, engine: 'LUA', functions: new Map(), code }
    this.run(library, code.slice(length), patient)
    if (library.functions.size === 0) throw new CommandError('No functions registered')
    libraries.delete(name)
    this.refuseTwice(libraries, library)
    libraries.set(name, library)
    return name
  }

  private refuseTwice(libraries: ReadonlyMap<string, Library>, library: Library): void {
    const others = new Set<string>()
    for (const { functions } of [...libraries.values(), ...(this.own === null ? [] : [this.own])]) {
      for (const name of functions.keys()) others.add(name.toLowerCase())
    }
    for (const name of library.functions.keys()) {
      if (others.has(name.toLowerCase())) throw alreadyThere('Function', name)
    }
  }

  private take(libraries: Map<string, Library>): void {
    this.libraries = libraries
    this.byName = new Map()
    for (const { functions } of [...libraries.values(), ...(this.own === null ? [] : [this.own])]) {
      for (const [name, callee] of functions) this.byName.set(name.toLowerCase(), callee)
    }
  }

  /** Compile the text of a library and run it, so that it registers its functions. */
  private run(library: Library, text: string, patient: boolean): void {
    const { machinery, host } = this
    const { lua } = machinery
    const { platform } = host.engine
    this.loading = library
    this.deadline = patient ? Number.POSITIVE_INFINITY : platform.micros() + LOAD_TIMEOUT * 1000
    machinery.isLoading = true
    const { hook } = lua
    lua.hook = () => {
      if (platform.micros() > this.deadline) {
        throw new LuaError(errorOfLoading('FUNCTION LOAD timeout'), true)
      }
      return 'go'
    }
    try {
      const main = compile(lua, text)
      lua.call(main, [])
    } catch (error) {
      if (!(error instanceof LuaError)) throw error
      throw new CommandError(`Error registering functions: ${textOf(error.value)}`)
    } finally {
      lua.hook = hook
      machinery.isLoading = false
      this.loading = null
    }
  }

  // ---- Registering ------------------------------------------------------------------------------

  private register(args: LuaValue[]): void {
    const library = this.loading
    if (library === null) {
      throwTable('redis.register_function can only be called on FUNCTION LOAD command')
    }
    if (args.length < 1 || args.length > 2) {
      throwTable('wrong number of arguments to redis.register_function')
    }
    const callee = args.length === 1 ? named(args[0]) : positional(args[0], args[1])
    const { functions } = library as Library
    if (!isName(callee.name)) throwTable(badName.message)
    if (functions.has(callee.name)) throwTable('Function already exists in the library')
    functions.set(callee.name, callee)
  }

  /** A function of the host. Throws a CommandError if the name is taken or none. */
  registerOwn(callee: FunctionCallee): void {
    if (!isName(callee.name)) throw badName
    const name = callee.name.toLowerCase()
    if (this.byName.has(name)) throw alreadyThere('Function', callee.name)
    this.own ??= { name: 'host', engine: 'JS', functions: new Map(), code: '' }
    this.own.functions.set(callee.name, callee)
    this.byName.set(name, callee)
  }

  // ---- Removing ---------------------------------------------------------------------------------

  delete(name: string): boolean {
    const libraries = new Map(this.libraries)
    if (!libraries.delete(name)) return false
    this.take(libraries)
    return true
  }

  /** All libraries go, and the machine with them. */
  flush(): void {
    this.machine = null
    this.take(new Map())
  }

  // ---- Files ------------------------------------------------------------------------------------

  /** Texts of all libraries. */
  *codes(): Iterable<string> {
    for (const { code } of this.libraries.values()) yield code
  }

  /** As files and snapshots see them. */
  get kept(): Libraries {
    return {
      sources: () => this.codes(),
      load: (code, replace) => {
        try {
          this.load(code, replace, true)
        } catch (error) {
          if (!(error instanceof CommandError)) throw error
          throw new MalformedRdb(`a library that cannot be loaded: ${error.message}`)
        }
      },
      clear: () => this.flush(),
    }
  }
}

function compile(lua: FunctionMachine['lua'], text: string): LuaFunction {
  try {
    return lua.load(text, '@user_function')
  } catch (error) {
    if (!(error instanceof LuaError)) throw error
    throw new CommandError(`Error compiling function: ${error.value}`)
  }
}

const errorOfLoading = (text: string): LuaTable => {
  const table = new LuaTable()
  table.setString('err', `ERR ${text}`)
  return table
}

/** What a library has thrown while it was loaded. */
function textOf(value: LuaValue): string {
  if (typeof value === 'string' || typeof value === 'number') return cString(`ERR ${value}`)
  const error = value instanceof LuaTable ? value.getString('err') : undefined
  return typeof error === 'string' || typeof error === 'number'
    ? cString(`${error}`)
    : 'ERR unknown error'
}

/** As `lua_isstring`: numbers count. */
const stringOf = (value: LuaValue): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? `${value}` : undefined

function positional(first: LuaValue, second: LuaValue): FunctionCallee {
  const name = stringOf(first)
  if (name === undefined) {
    return throwTable('first argument to redis.register_function must be a string')
  }
  if (!(second instanceof LuaFunction)) {
    return throwTable('second argument to redis.register_function must be a function')
  }
  return new FunctionCallee(name, 0, null, second)
}

function named(table: LuaValue): FunctionCallee {
  if (!(table instanceof LuaTable)) {
    return throwTable(
      'calling redis.register_function with a single argument is only applicable to Lua table ' +
        '(representing named arguments).',
    )
  }
  let name: string | undefined
  let description: string | null = null
  let callback: LuaFunction | undefined
  let flags = 0
  for (let entry = table.next(undefined); entry !== undefined; entry = table.next(entry[0])) {
    const [key, value] = entry
    switch (stringOf(key)?.toLowerCase()) {
      case undefined:
        return throwTable('named argument key given to redis.register_function is not a string')
      case 'function_name':
        name = stringOf(value) ?? mustBeString('function_name')
        break
      case 'description':
        description = stringOf(value) ?? mustBeString('description')
        break
      case 'callback':
        if (!(value instanceof LuaFunction)) {
          return throwTable('callback argument given to redis.register_function must be a function')
        }
        callback = value
        break
      case 'flags':
        flags = flagsOf(value)
        break
      default:
        return throwTable('unknown argument given to redis.register_function')
    }
  }
  if (name === undefined) {
    return throwTable('redis.register_function must get a function name argument')
  }
  if (callback === undefined) {
    return throwTable('redis.register_function must get a callback argument')
  }
  return new FunctionCallee(name, flags, description, callback)
}

const mustBeString = (what: string): never =>
  throwTable(`${what} argument given to redis.register_function must be a string`)

function flagsOf(value: LuaValue): number {
  if (!(value instanceof LuaTable)) {
    return throwTable(
      'flags argument to redis.register_function must be a table representing function flags',
    )
  }
  let flags = 0
  for (let i = 1; ; i++) {
    const flag = value.getInt(i)
    if (flag === undefined) return flags
    const bit = flagBit((stringOf(flag) ?? '').toLowerCase())
    if (bit === 0) throwTable('unknown flag given')
    flags |= bit
  }
}

const isName = (name: string): boolean => /^[A-Za-z0-9_]+$/.test(name)

/** `#!lua name=mylib`; `length` is that of the line without its end. */
function parseFirstLine(code: string): { engine: string; name: string; length: number } {
  if (!code.startsWith('#!')) throw new CommandError('Missing library metadata')
  const length = code.indexOf('\n')
  const [engine, ...options] = length < 0 ? [] : (splitInline(code.slice(0, length)) ?? [])
  if (engine === undefined) throw new CommandError('Invalid library metadata')
  let name: string | undefined
  for (const option of options) {
    if (!option.toLowerCase().startsWith('name=')) {
      throw new CommandError(`Invalid metadata value given: ${cString(option)}`)
    }
    if (name !== undefined) {
      throw new CommandError('Invalid metadata value, name argument was given multiple times')
    }
    name = option.slice('name='.length)
  }
  if (name === undefined) throw new CommandError('Library name was not given')
  return { engine: engine.slice(2), name, length }
}
