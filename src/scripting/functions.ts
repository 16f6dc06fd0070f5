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

/** Libraries by name, and their functions by name in lower case. */
class Catalogue {
  readonly libraries: Map<string, Library>
  readonly functions: Map<string, FunctionCallee>

  constructor(libraries: Iterable<Library> = []) {
    this.libraries = new Map()
    this.functions = new Map()
    for (const library of libraries) this.add(library)
  }

  add(library: Library): void {
    this.libraries.set(library.name, library)
    for (const [name, callee] of library.functions) this.functions.set(name.toLowerCase(), callee)
  }

  delete(name: string): boolean {
    const library = this.libraries.get(name)
    if (library === undefined) return false
    this.libraries.delete(name)
    for (const each of library.functions.keys()) this.functions.delete(each.toLowerCase())
    return true
  }

  /** Throws if a function of a library has the name of one that will be beside it. */
  refuseTwice(library: Library, replaced?: Library): void {
    for (const name of library.functions.keys()) {
      const other = this.functions.get(name.toLowerCase())
      const stays = other !== undefined && replaced?.functions.get(other.name) !== other
      if (stays) throw alreadyThere('Function', name)
    }
  }
}

export class Functions {
  private readonly host: Host
  private machine: FunctionMachine | null = null
  private loaded = new Catalogue()
  /** What the host has registered. */
  own: Library | null = null
  private readonly ownByName = new Map<string, FunctionCallee>()
  /** The library whose text is being run. */
  private loading: Library | null = null
  /** When it must be done by `Platform.micros`. */
  private deadline = 0

  constructor(host: Host) {
    this.host = host
  }

  /** By its name in any case. */
  find(name: string): FunctionCallee | undefined {
    const { functions } = this.loaded
    const lower = name.toLowerCase()
    return functions.get(name) ?? functions.get(lower) ?? this.ownByName.get(lower)
  }

  get libraries(): ReadonlyMap<string, Library> {
    return this.loaded.libraries
  }

  /** Functions of loaded libraries. */
  get count(): number {
    return this.loaded.functions.size
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
    const library = this.read(code, patient, replace ? undefined : this.loaded)
    const { loaded } = this
    this.refuseTwice(loaded, library, loaded.libraries.get(library.name))
    loaded.delete(library.name)
    loaded.add(library)
    return library.name
  }

  /**
   * FUNCTION RESTORE: all of these or none. `replace`: a library takes the place of one with its name.
   */
  restore(codes: readonly string[], policy: 'flush' | 'append' | 'replace'): void {
    const fresh = new Catalogue()
    for (const code of codes) {
      const library = this.read(code, true, fresh)
      this.refuseTwice(fresh, library)
      fresh.add(library)
    }
    const joined = new Catalogue(policy === 'flush' ? [] : this.libraries.values())
    for (const [name, library] of fresh.libraries) {
      if (joined.libraries.has(name) && policy !== 'replace') throw alreadyThere('Library', name)
      joined.delete(name)
      this.refuseTwice(joined, library)
      joined.add(library)
    }
    this.loaded = joined
  }

  /** The library of a text; one that is in `taken` by its name is refused before the text runs. */
  private read(code: string, patient: boolean, taken: Catalogue | undefined): Library {
    const { engine, name, length } = parseFirstLine(code)
    if (!isName(name)) throw badName
    // Redis has one engine; that of the host is for the host.
    if (engine.toUpperCase() !== 'LUA') throw new CommandError(`Engine '${engine}' not found`)
    if (taken?.libraries.has(name)) throw alreadyThere('Library', name, "'")
    const library: Library = { name, engine: 'LUA', functions: new Map(), code }
    this.run(library, code.slice(length), patient)
    if (library.functions.size === 0) throw new CommandError('No functions registered')
    return library
  }

  private refuseTwice(catalogue: Catalogue, library: Library, replaced?: Library): void {
    catalogue.refuseTwice(library, replaced)
    for (const name of library.functions.keys()) {
      if (this.ownByName.has(name.toLowerCase())) throw alreadyThere('Function', name)
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
    if (this.find(name) !== undefined) throw alreadyThere('Function', callee.name)
    this.own ??= { name: 'host', engine: 'JS', functions: new Map(), code: '' }
    this.own.functions.set(callee.name, callee)
    this.ownByName.set(name, callee)
  }

  // ---- Removing ---------------------------------------------------------------------------------

  delete(name: string): boolean {
    return this.loaded.delete(name)
  }

  /** All libraries go, and the machine with them. */
  flush(): void {
    this.machine = null
    this.loaded = new Catalogue()
  }

  // ---- Files ------------------------------------------------------------------------------------

  /** Texts of all libraries. */
  codes(): string[] {
    return [...this.libraries.values()].map(({ code }) => code)
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
