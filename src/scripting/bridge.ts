/**
 * The `redis` object: what a script can ask of the engine.
 *
 * Errors of this object are tables with a field `err`, as those of commands, and not texts with a
 * position in front. `redis.call` throws them, `redis.pcall` hands them over; a few functions hand over
 * what others throw, as they do in Redis.
 * https://redis.io/docs/latest/develop/programmability/lua-api/
 */
import { CommandError } from '../core/errors.ts'
import type { Engine } from '../engine/engine.ts'
import type { LogLevel } from '../engine/platform.ts'
import type { Audience } from '../engine/propagation.ts'
import { LuaError } from '../lua/errors.ts'
import type { Random48 } from '../lua/lib/math.ts'
import { formatNumber, parseNumber } from '../lua/number.ts'
import { LuaTable } from '../lua/table.ts'
import { builtin, builtinOfList, type LuaResult, type LuaValue, type Native } from '../lua/value.ts'
import type { Lua } from '../lua/vm.ts'
import { decodeUtf8 } from '../util/bytes.ts'
import { formatDouble } from '../util/float.ts'
import { sha1 } from '../util/sha1.ts'
import { REDIS_VERSION } from '../version.ts'
import { cString, errorToLua, replyToLua, type ScriptResp } from './convert.ts'
import type { ScriptRun } from './run.ts'

const LEVELS: readonly LogLevel[] = ['debug', 'verbose', 'notice', 'warning']
/** Bits of `redis.set_repl`. */
const AUDIENCES: readonly Audience[] = ['none', 'journal', 'replicas', 'all']
/** Whole numbers up to here are written without an exponent. */
const MOST_WHOLE = 2 ** 62

/** What the object needs of its owner. */
export interface Host {
  readonly engine: Engine
  /** The script that runs. Only while libraries are loaded there is none. */
  readonly current: ScriptRun | null
  /** Where `math.random` draws from, in scripts and functions alike. */
  readonly dice: Random48
  /** Whether commands that scripts may not call are refused. */
  readonly denies: boolean
}

/** The text of an error as a table: with a code of its own behind a hyphen, else ERR. */
export function errorTable(text: string): LuaTable {
  let code = 'ERR'
  let message = text
  if (text.startsWith('-')) {
    const space = text.indexOf(' ')
    message = text.slice(space < 0 ? 1 : space + 1)
    if (space >= 0) code = text.slice(1, space)
  }
  return LuaTable.record('err', `${code} ${message.replace(/^[\r\n]+|[\r\n]+$/g, '')}`)
}

export function throwTable(text: string): never {
  throw new LuaError(errorTable(text))
}

/** As `lua_tonumber`: texts that are numbers count, what is none is zero. */
function toNumber(value: LuaValue): number {
  if (typeof value === 'number') return value
  return typeof value === 'string' ? (parseNumber(value) ?? 0) : 0
}

/** As `lua_tolstring`; undefined for what is neither text nor number. */
function toText(value: LuaValue): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' ? formatNumber(value) : undefined
}

/** A number as a word of a request: with all of its digits. */
function wordOf(n: number): string {
  if ((n | 0) === n) return `${n | 0}`
  if (Number.isSafeInteger(n)) return `${n}`
  if (Number.isNaN(n)) return '-nan'
  return Number.isInteger(n) && Math.abs(n) <= MOST_WHOLE ? `${BigInt(n)}` : formatDouble(n)
}

const NO_ARGUMENTS = 'Please specify at least one argument for this redis lib call'
const WRONG_ARGUMENTS = 'Lua redis lib command arguments must be strings or integers'

/** The words of a request; the text of an error if there are none. */
function requestOf(args: LuaValue[]): readonly string[] | string {
  const { length } = args
  if (length === 0) return NO_ARGUMENTS
  let at = 0
  while (at < length && typeof args[at] === 'string') at++
  // Nobody else has these arguments: they may be kept as they are.
  if (at === length) return args as string[]
  const argv = args.slice() as string[]
  for (; at < length; at++) {
    const arg = args[at]
    if (typeof arg === 'number') argv[at] = wordOf(arg)
    else if (typeof arg !== 'string') return WRONG_ARGUMENTS
  }
  return argv
}

/** Replies from here on are counted as the script's memory. */
const COUNTED = 1024

/** A command counts as so many loops of a script: the clock is looked at early enough where it is a slow one. */
const TICKS = 100

function call(host: Host, lua: Lua, args: LuaValue[], raises: boolean): LuaResult {
  lua.ticks -= TICKS
  const argv = requestOf(args)
  if (typeof argv === 'string') {
    if (raises) throwTable(argv)
    return errorTable(argv)
  }
  const run = host.current as ScriptRun
  const reply = run.call(host.engine, argv, host.denies)
  if (typeof reply === 'number') return reply
  if (typeof reply === 'string') {
    if (reply.length >= COUNTED) lua.allocate(reply.length)
    return reply
  }
  if (!(reply instanceof CommandError)) return replyToLua(reply, run.resp)
  const error = errorToLua(reply)
  if (raises) throw new LuaError(error)
  return error
}

/** An object with one field; hands over an error, and does not throw it. */
const single =
  (make: (text: string) => LuaTable): Native =>
  (...args) => {
    const [text] = args
    if (args.length !== 1 || typeof text !== 'string') {
      return errorTable('wrong number or type of arguments')
    }
    return make(text)
  }

function log(host: Host, args: LuaValue[]): LuaResult {
  if (args.length < 2) throwTable('redis.log() requires two arguments or more.')
  const [first] = args
  if (
    typeof first !== 'number' &&
    !(typeof first === 'string' && parseNumber(first) !== undefined)
  ) {
    throwTable('First argument must be a number (log level).')
  }
  const level = Math.trunc(toNumber(first))
  const name = LEVELS[level] ?? throwTable('Invalid log level.')
  const least = LEVELS.indexOf(host.engine.config.get('loglevel') as LogLevel)
  if (level < least || least < 0) return []
  const words = args.slice(1).map(toText)
  const text = words.filter((word) => word !== undefined).join(' ')
  host.engine.platform.log(name, decodeUtf8(text))
  return []
}

function setResp(host: Host, args: LuaValue[]): LuaResult {
  if (args.length !== 1) throwTable('redis.setresp() requires one argument.')
  const resp = Math.trunc(toNumber(args[0]))
  if (resp !== 2 && resp !== 3) throwTable('RESP version must be 2 or 3.')
  ;(host.current as ScriptRun).resp = resp as ScriptResp
  return []
}

function setRepl(host: Host, args: LuaValue[]): LuaResult {
  if (args.length !== 1) throwTable('redis.set_repl() requires one argument.')
  const audience = AUDIENCES[Math.trunc(toNumber(args[0]))]
  if (audience === undefined) {
    throwTable('Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.')
  }
  host.engine.dispatcher.audience = audience as Audience
  return []
}

function aclCheck(host: Host, args: LuaValue[]): LuaResult {
  const argv = requestOf(args)
  if (typeof argv === 'string') return throwTable(argv)
  const command = host.engine.dispatcher.resolve(argv)
  if (command === undefined) return throwTable('Invalid command passed to redis.acl_check_cmd()')
  if (!command.accepts(argv.length) || (command.subcommands !== null && !command.runsAlone)) {
    return throwTable('Wrong number of args for redis.acl_check_cmd()')
  }
  const { user } = (host.current as ScriptRun).client
  return user.unrestricted || user.check(command, argv) === null
}

function digest(args: LuaValue[]): LuaResult {
  if (args.length !== 1) throwTable('wrong number of arguments')
  return sha1(toText(args[0]) ?? '')
}

/** REDIS_VERSION_NUM: one byte for each part. */
function versionNumber(): number {
  const [major = 0, minor = 0, patch = 0] = REDIS_VERSION.split('.').map(Number)
  return (major << 16) | (minor << 8) | patch
}

/** What libraries have of the object while they are loaded; `register` adds a function. */
export function libraryObject(host: Host, register: Native): LuaTable {
  const redis = new LuaTable()
  add(redis, { register_function: register, log: (...args) => log(host, args) })
  addConstants(redis)
  return redis
}

/** The object as scripts have it; `debugging`: with what only scripts that are no functions have. */
export function redisObject(host: Host, lua: Lua, debugging: boolean): LuaTable {
  const redis = new LuaTable()
  redis.setString(
    'call',
    builtinOfList('call', (args) => call(host, lua, args, true)),
  )
  redis.setString(
    'pcall',
    builtinOfList('pcall', (args) => call(host, lua, args, false)),
  )
  add(redis, {
    log: (...args) => log(host, args),
    setresp: (...args) => setResp(host, args),
    sha1hex: (...args) => digest(args),
    error_reply: single((given) => {
      const text = cString(given)
      return errorTable(text.startsWith('-') ? text : `-${text}`)
    }),
    status_reply: single((text) => LuaTable.record('ok', text)),
    set_repl: (...args) => setRepl(host, args),
    acl_check_cmd: (...args) => aclCheck(host, args),
  })
  addConstants(redis)
  const replication = { REPL_NONE: 0, REPL_AOF: 1, REPL_SLAVE: 2, REPL_REPLICA: 2, REPL_ALL: 3 }
  for (const [name, bits] of Object.entries(replication)) redis.setString(name, bits)
  if (debugging) {
    // There is no debugger, so there is never one to stop in.
    add(redis, { breakpoint: () => false, debug: () => [], replicate_commands: () => true })
  }
  return redis
}

function add(table: LuaTable, functions: Readonly<Record<string, Native>>): void {
  for (const [name, native] of Object.entries(functions)) {
    table.setString(name, builtin(name, native))
  }
}

function addConstants(redis: LuaTable): void {
  redis.setString('REDIS_VERSION_NUM', versionNumber())
  redis.setString('REDIS_VERSION', REDIS_VERSION)
  LEVELS.forEach((level, i) => {
    redis.setString(`LOG_${level.toUpperCase()}`, i)
  })
}
