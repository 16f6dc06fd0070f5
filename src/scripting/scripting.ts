/**
 * Scripts and functions of one engine: who runs, how long, and what becomes of it.
 *
 * A script runs in slices (`engine/slices.ts`) unless its caller cannot wait: then it runs to its end in
 * one go. The machine looks up now and then (`look`); only there time matters, so that a short script
 * never asks for it.
 */
import type { Context } from '../core/context.ts'
import {
  badNumberOfKeys,
  busyFunction,
  busyScript,
  CommandError,
  functionNotFound,
  keysBeyondArguments,
  keysNegative,
  noScript,
  notAnInteger,
  nothingToKill,
  unkillable,
  writesInReadOnly,
} from '../core/errors.ts'
import { PAUSED, type Reply } from '../core/reply.ts'
import type { Client } from '../engine/client.ts'
import type { Engine } from '../engine/engine.ts'
import { LuaError } from '../lua/errors.ts'
import { Random48 } from '../lua/lib/math.ts'
import { LuaTable } from '../lua/table.ts'
import type { LuaFunction, LuaValue } from '../lua/value.ts'
import type { Lua } from '../lua/vm.ts'
import { parseInteger } from '../util/integer.ts'
import { errorTable, type Host } from './bridge.ts'
import type { Callee } from './callee.ts'
import { errorOf, luaToReply } from './convert.ts'
import { commandFlags, flagBit, NO_WRITES, UNDECLARED } from './flags.ts'
import { FunctionCallee, Functions } from './functions.ts'
import { callHost, type HostFunction, type HostFunctionOptions } from './host.ts'
import { ScriptRun } from './run.ts'
import { Scripts } from './scripts.ts'

/** Where number of keys and keys stand in the words of EVAL and FCALL. */
const NUMKEYS = 2
const KEYS = 3
/** A script that nothing could interrupt for so long (a comparison in `table.sort`) is ended. */
const STUCK_MICROS = 5_000_000
/** What has taken less is brief. */
const BRIEF_MICROS = 250
/** What a machine takes without any script in it, roughly. */
const MACHINE_BYTES = 96 * 1024
/** A script beside its text: its closures, its entry in two tables. */
const SCRIPT_BYTES = 600

export class Scripting implements Host {
  readonly engine: Engine
  readonly scripts: Scripts = new Scripts(this)
  readonly functions: Functions = new Functions(this)
  readonly dice: Random48 = new Random48()
  current: ScriptRun | null = null
  /** Whether commands that scripts may not call are refused (DEBUG SET-DISABLE-DENY-SCRIPTS). */
  denies = true
  /** Microseconds after which a script is ended whose caller waits in the same thread. */
  limit: number = Number.POSITIVE_INFINITY
  /** What runs is between two slices. */
  private paused = false
  private sliceEnd = 0
  /** What ran last, until somebody says how long it took. */
  private ended: Callee | null = null
  private readonly look = (): 'go' | 'pause' => this.lookUp()

  constructor(engine: Engine) {
    this.engine = engine
    engine.rdb.libraries = this.functions.kept
  }

  // ---- Commands ---------------------------------------------------------------------------------

  /** EVAL and EVAL_RO. */
  evaluate(c: Context, argv: readonly string[], readOnly: boolean): Reply {
    if (this.paused) return this.resume()
    this.show(c, argv)
    const keys = keyCount(argv)
    const script = this.scripts.define(argv[1] as string, false)
    return this.runScript(c, script, argv, keys, readOnly)
  }

  /** EVALSHA and EVALSHA_RO. */
  evaluateSha(c: Context, argv: readonly string[], readOnly: boolean): Reply {
    if (this.paused) return this.resume()
    this.show(c, argv)
    const sha = argv[1] as string
    if (sha.length !== 40) throw noScript
    const keys = keyCount(argv)
    const script = this.scripts.find(sha)
    if (script === undefined) throw noScript
    return this.runScript(c, script, argv, keys, readOnly)
  }

  private runScript(
    c: Context,
    script: ReturnType<Scripts['define']>,
    argv: readonly string[],
    keys: number,
    readOnly: boolean,
  ): Reply {
    refuseWriter(script, readOnly)
    const { lua } = this.scripts
    lua.hook = this.look
    this.scripts.prepare(script, argv, KEYS, keys)
    return this.start(c.client, script, argv, readOnly, lua, NO_VALUES)
  }

  /** FCALL and FCALL_RO. */
  fcall(c: Context, argv: readonly string[], readOnly: boolean): Reply {
    if (this.paused) return this.resume()
    this.show(c, argv)
    const callee = this.functions.find(argv[1] as string)
    if (callee === undefined) throw functionNotFound
    const keys = keyCount(argv, badNumberOfKeys)
    refuseWriter(callee, readOnly)
    const words = argv.slice(KEYS, KEYS + keys)
    const rest = argv.slice(KEYS + keys)
    if (callee.lua === null) return this.runOwn(c.client, callee, argv, words, rest, readOnly)
    const { lua } = this.functions
    lua.hook = this.look
    const args = [LuaTable.grown(words), LuaTable.grown(rest)]
    return this.start(c.client, callee, argv, readOnly, lua, args)
  }

  /** What a call of EVAL is checked for. */
  evalFlags(argv: readonly string[], flags: number): number {
    return commandFlags(flags, this.scripts.flagsOf(argv[1] as string))
  }

  evalShaFlags(argv: readonly string[], flags: number): number {
    const script = this.scripts.find(argv[1] as string)
    return script === undefined ? flags : commandFlags(flags, script.flags)
  }

  fcallFlags(argv: readonly string[], flags: number): number {
    const callee = this.functions.find(argv[1] as string)
    return callee === undefined ? flags : commandFlags(flags, callee.flags)
  }

  evalIsBrief(argv: readonly string[]): boolean {
    return this.scripts.known(argv[1] as string)?.brief ?? false
  }

  evalShaIsBrief(argv: readonly string[]): boolean {
    return this.scripts.find(argv[1] as string)?.brief ?? false
  }

  /** In a function of the host nobody looks at the clock: each call is timed. */
  fcallIsBrief(argv: readonly string[]): boolean {
    const callee = this.functions.find(argv[1] as string)
    return callee !== undefined && callee.lua !== null && callee.brief
  }

  /** A call was timed: what ran last took so long. */
  took(micros: number): void {
    const { ended } = this
    if (ended !== null) ended.brief = micros < BRIEF_MICROS
    this.ended = null
  }

  /** MONITOR shows a script before the commands that it calls. */
  private show(c: Context, argv: readonly string[]): void {
    const { monitors } = this.engine
    if (monitors.size > 0) monitors.tell(c.client, argv, c.now)
  }

  // ---- Running ----------------------------------------------------------------------------------

  private start(
    client: Client,
    callee: Callee,
    argv: readonly string[],
    readOnly: boolean,
    lua: Lua,
    args: LuaValue[],
  ): Reply {
    const pausable = !this.engine.synchronous && (!client.internal || client.patient)
    const run = new ScriptRun(this.engine, callee, client, argv, readOnly, pausable)
    this.current = run
    run.lua = lua.start(callee.lua as LuaFunction, args)
    return this.go(run, lua)
  }

  private resume(): Reply {
    this.paused = false
    const run = this.current as ScriptRun
    return this.go(run, run.callee.isFunction ? this.functions.lua : this.scripts.lua)
  }

  /** One slice, or all of it. */
  private go(run: ScriptRun, lua: Lua): Reply {
    const { dispatcher, slices } = this.engine
    const luaRun = run.lua as NonNullable<typeof run.lua>
    this.sliceEnd = 0
    run.enter(dispatcher)
    let reply: Reply
    try {
      if (luaRun.step() === 'paused') {
        this.paused = true
        slices.refusal = run.callee.isFunction ? busyFunction : busyScript
        return PAUSED
      }
      reply = luaToReply(luaRun.results[0], run.resp)
    } catch (error) {
      if (!(error instanceof LuaError)) throw error
      reply = failure(run, lua, error)
    } finally {
      run.leave(dispatcher)
      this.ended = run.callee
      if (!this.paused) this.current = null
    }
    return reply
  }

  /** The machine asks now and then whether it may go on. */
  private lookUp(): 'go' | 'pause' {
    const run = this.current
    if (run === null) return 'go'
    const { platform, slices } = this.engine
    const now = platform.micros()
    this.engine.dispatcher.looked(now)
    if (run.started === 0) run.started = now
    if (this.sliceEnd === 0) this.sliceEnd = now + slices.length
    if (run.killed) throw killed('Script killed by user with SCRIPT KILL...')
    if (!run.pausable) {
      if (!run.late) this.notice(run, now - run.started)
      if (now - run.started > this.limit) throw killed('Script ended: it has taken too long')
      return 'go'
    }
    if (now < this.sliceEnd) return 'go'
    if (now - this.sliceEnd > STUCK_MICROS) {
      throw killed('Script ended: it could not be interrupted where it was')
    }
    return 'pause'
  }

  /** Nobody is told BUSY by a script that cannot pause, but the log tells. */
  private notice(run: ScriptRun, micros: number): void {
    const { config, slices } = this.engine
    const threshold = config.int('busy-reply-threshold')
    if (threshold === 0 || micros < threshold * 1000) return
    run.late = true
    slices.tellLate(micros)
  }

  /** SCRIPT KILL or FUNCTION KILL. Throws a CommandError if it may not be. */
  kill(isFunction: boolean): void {
    const run = this.current
    if (run === null || !this.paused) throw nothingToKill
    if (run.wrote) throw unkillable
    if (run.callee.isFunction !== isFunction) throw isFunction ? busyScript : busyFunction
    run.killed = true
  }

  /** What runs, between two slices. */
  get running(): { readonly run: ScriptRun; readonly milliseconds: number } | null {
    const run = this.paused ? this.current : null
    if (run === null) return null
    const milliseconds = Math.floor((this.engine.platform.micros() - run.started) / 1000)
    return { run, milliseconds }
  }

  // ---- Functions of the host --------------------------------------------------------------------

  /** As `Engine.registerFunction`. */
  register(name: string, options: HostFunctionOptions, fn: HostFunction): void {
    const { flags = [], keys = -1, description = null } = options
    let bits = 0
    for (const flag of flags) {
      const bit = flagBit(flag)
      if (bit === 0) throw new TypeError(`there is no flag '${flag}'`)
      bits |= bit
    }
    try {
      this.functions.registerOwn(new FunctionCallee(name, bits, description, null, fn, keys))
    } catch (error) {
      if (error instanceof CommandError) throw new TypeError(error.message)
      throw error
    }
  }

  private runOwn(
    client: Client,
    callee: FunctionCallee,
    argv: readonly string[],
    keys: readonly string[],
    args: readonly string[],
    readOnly: boolean,
  ): Reply {
    if (callee.keys >= 0 && keys.length !== callee.keys) {
      throw new CommandError(`Function '${callee.name}' takes ${callee.keys} keys`)
    }
    const run = new ScriptRun(this.engine, callee, client, argv, readOnly, false)
    const { dispatcher } = this.engine
    this.current = run
    run.enter(dispatcher)
    try {
      return callHost(this, run, callee.host as HostFunction, keys, args)
    } finally {
      run.leave(dispatcher)
      this.current = null
    }
  }

  // ---- Figures ----------------------------------------------------------------------------------

  /** Bytes, roughly, of all scripts of EVAL, of all libraries, and of the machines they run in. */
  get memory(): {
    scripts: number
    functions: number
    scriptMachine: number
    functionMachine: number
  } {
    const { scripts, functions } = this
    return {
      scripts: scripts.bytes + scripts.size * SCRIPT_BYTES,
      functions: functions.bytes + functions.count * SCRIPT_BYTES,
      scriptMachine: scripts.awake ? MACHINE_BYTES + scripts.size * SCRIPT_BYTES : 0,
      functionMachine: functions.awake ? MACHINE_BYTES + functions.count * SCRIPT_BYTES : 0,
    }
  }
}

const NO_VALUES: LuaValue[] = []

const killed = (text: string): LuaError => new LuaError(errorTable(text), true)

function keyCount(argv: readonly string[], notANumber?: CommandError): number {
  const keys = parseInteger(argv[NUMKEYS] as string)
  if (keys === undefined) throw notANumber ?? notAnInteger
  if (keys > argv.length - KEYS) throw keysBeyondArguments
  if (keys < 0) throw keysNegative
  return Number(keys)
}

/** A script that says that it writes is not for the commands that only read. */
function refuseWriter({ flags }: Callee, readOnly: boolean): void {
  if (readOnly && !(flags & (UNDECLARED | NO_WRITES))) throw writesInReadOnly
}

/** A place as Lua's debugger names it: what `loadstring` was given goes by its text. */
function sourceOf(place: string): string {
  const text = /^\[string "(.*)"\](:\d+)$/s.exec(place)
  return text === null ? `@${place}` : `${text[1]}${text[2]}`
}

/** What a script has thrown, as the reply: with its name, and where that was. */
function failure(run: ScriptRun, lua: Lua, error: LuaError): Reply {
  const { value, traceback } = error
  const place = traceback === '' ? '' : ` script: ${run.callee.name}, on ${sourceOf(traceback)}.`
  if (!(value instanceof LuaTable)) return errorOf(`ERR ${lua.tostring(value)}`, place, false)
  const text = value.getString('err')
  const known = typeof text === 'string' || typeof text === 'number'
  const counted = value.getString('ignore_error_stats_update') === true
  return errorOf(known ? `${text}` : 'ERR unknown error', place, counted)
}
