/** One run of a script or function, from its start to its end, however many slices it takes. */
import { type Command, DENYOOM, MAY_REPLICATE, NOSCRIPT, WRITE } from '../core/command.ts'
import { CommandError, noReplicas, outOfMemory } from '../core/errors.ts'
import type { Reply } from '../core/reply.ts'
import type { Client } from '../engine/client.ts'
import type { Dispatcher } from '../engine/dispatcher.ts'
import type { Engine } from '../engine/engine.ts'
import type { Audience } from '../engine/propagation.ts'
import type { LuaRun } from '../lua/vm.ts'
import type { Callee } from './callee.ts'
import type { ScriptResp } from './convert.ts'
import { ALLOW_CROSS_SLOT_KEYS, ALLOW_OOM, NO_CLUSTER, NO_WRITES, UNDECLARED } from './flags.ts'

const unknown = new CommandError('Unknown Redis command called from script')
const wrongArity = new CommandError('Wrong number of args calling Redis command from script')
const notAllowed = new CommandError('This Redis command is not allowed from script')
const readOnlyScript = new CommandError('Write commands are not allowed from read-only scripts.')

export class ScriptRun {
  readonly callee: Callee
  readonly client: Client
  /** The request, for FUNCTION STATS. */
  readonly argv: readonly string[]
  /** The database of the caller, which stays as it is whatever the script selects. */
  private readonly callerDb: number
  private scriptDb: number
  /** When the machine looked at the clock for the first time, by `Platform.micros`; 0 before that. */
  started = 0
  /** Whether it may give control back before its end. */
  readonly pausable: boolean
  /** Whom it lets hear of its changes. */
  private audience: Audience = 'all'
  private readonly readOnly: boolean
  private readonly allowOom: boolean
  /** What the script speaks. */
  resp: ScriptResp = 2
  /** A command was called that writes: the script cannot be killed any more. */
  wrote = false
  killed = false
  /** The log was told that it takes long. */
  late = false
  /** The slot of the keys that it has named, while that is looked at. */
  private slot: number
  /** Null: a function of the host. */
  lua: LuaRun | null = null

  constructor(
    engine: Engine,
    callee: Callee,
    client: Client,
    argv: readonly string[],
    readOnly: boolean,
    pausable: boolean,
  ) {
    this.callee = callee
    this.client = client
    this.argv = argv
    this.callerDb = client.dbIndex
    this.scriptDb = client.dbIndex
    this.pausable = pausable
    const { flags } = callee
    this.readOnly = readOnly || (flags & (NO_WRITES | UNDECLARED)) === NO_WRITES
    this.allowOom = (flags & ALLOW_OOM) !== 0
    this.slot = engine.oneSlot.current
    if ((flags & (NO_CLUSTER | UNDECLARED)) === NO_CLUSTER) engine.oneSlot.count()
  }

  /** The script has control: its calls are made in the name of the caller. */
  enter(dispatcher: Dispatcher): void {
    this.client.dbIndex = this.scriptDb
    dispatcher.script = true
    dispatcher.audience = this.audience
  }

  leave(dispatcher: Dispatcher): void {
    this.scriptDb = this.client.dbIndex
    this.client.dbIndex = this.callerDb
    dispatcher.script = false
    this.audience = dispatcher.audience
    dispatcher.audience = 'all'
  }

  /** Run a command; an error that is returned has been counted. */
  call(engine: Engine, argv: readonly string[], denies: boolean): Reply {
    const { dispatcher } = engine
    const command = dispatcher.resolve(argv)
    const refusal = command === undefined ? unknown : this.refusal(engine, command, argv, denies)
    if (refusal !== null) {
      engine.countError(refusal)
      if (command !== undefined) engine.stats.of(command).rejected++
      return refusal
    }
    // Without a command there was a refusal.
    const { flags } = command as Command
    if (flags & WRITE) this.wrote = true
    const { oneSlot } = engine
    if (oneSlot.active) {
      const apart = (this.callee.flags & (ALLOW_CROSS_SLOT_KEYS | UNDECLARED)) !== 0
      this.slot = oneSlot.inScript(this.slot, apart, command as Command, argv)
    }
    return dispatcher.nested(this.client, command as Command, argv)
  }

  private refusal(
    engine: Engine,
    command: Command,
    argv: readonly string[],
    denies: boolean,
  ): CommandError | null {
    const { flags } = command
    if (!command.accepts(argv.length) || (command.subcommands !== null && !command.runsAlone)) {
      return wrongArity
    }
    if (flags & NOSCRIPT && denies) return notAllowed
    if (!this.client.user.unrestricted) {
      const denial = engine.acl.refusalInScript(this.client, command, argv)
      if (denial !== null) return denial
    }
    if (flags & (WRITE | MAY_REPLICATE) && this.readOnly) return readOnlyScript
    // Once it has changed something it is not stopped for what may happen to anybody.
    if (this.wrote) return null
    if (flags & WRITE) {
      if (engine.refusal !== null) return engine.refusal
      if (engine.replicas.tooFew) return noReplicas
    }
    const { eviction } = engine
    if (flags & DENYOOM && !this.allowOom && eviction.active && eviction.exhausted) {
      return outOfMemory
    }
    return null
  }
}
