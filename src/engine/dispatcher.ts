/**
 * Find, check, run, commit: what happens to a request.
 *
 * Requests of clients enter at `execute`, queued commands of a transaction and calls of scripts at
 * `nested`, woken clients at `rerun`. All end in `call`, which runs the function and files its
 * effects. The unit ends when the outermost call ends.
 */
import { Args } from '../core/args.ts'
import { isLocal } from '../core/client-info.ts'
import {
  type Command,
  DENYOOM,
  type Groups,
  LOADING,
  MAY_REPLICATE,
  NO_AUTH,
  NO_MULTI,
  PROTECTED,
  READONLY,
  WRITE,
} from '../core/command.ts'
import { Context } from '../core/context.ts'
import {
  authenticationRequired,
  CommandError,
  CountedError,
  commandNotAllowed,
  execRefused,
  loadingError,
  noKeyspace,
  noReplicas,
  notInSubscribedMode,
  notInTransaction,
  outOfMemory,
  unknownCommand,
  unknownSubcommand,
  wrongArity,
} from '../core/errors.ts'
import { BLOCKED, PAUSED, type Reply } from '../core/reply.ts'
import type { Parked } from './blocking.ts'
import type { Client } from './client.ts'
import type { Config } from './config.ts'
import type { Engine } from './engine.ts'
import type { Audience } from './propagation.ts'

/** What a client in a transaction does not queue but does at once. */
const UNQUEUED = new Set(['exec', 'discard', 'multi', 'watch', 'quit', 'reset'])
/** What a subscriber may say in RESP2. */
const SUBSCRIBER = new Set([
  'subscribe',
  'unsubscribe',
  'psubscribe',
  'punsubscribe',
  'ssubscribe',
  'sunsubscribe',
  'ping',
  'quit',
  'reset',
])

/** Commands that look at keys that nobody has named. */
const ANY_KEYS: ReadonlySet<string> = new Set(['randomkey', 'scan'])

/** So many words always are little work for a command whose work grows with them. */
const FEW_WORDS = 10
/** Of calls that are little work one in sixty-four is timed, which costs the others 3 ns instead of 14. */
const SAMPLED = 63
const SPELLED = 32
/** A script that was thought to be short, and has taken so many microseconds, is timed after all. */
const LONG = 500

export class Dispatcher {
  private readonly engine: Engine
  /** Top-level commands by name, lower case, whatever clients are to call them. */
  readonly commands: ReadonlyMap<string, Command>
  /** The same by the names that clients know. */
  readonly names: Map<string, Command>
  /** Whether some commands have other names than their own. */
  private renamed = false
  /** The same, in capitals as well: clients send either, and both are found without converting. */
  private readonly byName = new Map<string, Command>()
  /** What was looked up last: requests of one kind come in rows. */
  private lastName = ''
  private lastFound: Command | undefined = undefined
  /** Names as scripts spell them, which are the same strings again and again, and what they mean. */
  private spelled: string[] = new Array(SPELLED).fill('')
  private meant: (Command | undefined)[] = new Array(SPELLED).fill(undefined)
  private readonly contexts: Context[] = []
  private readonly cursors: Args[] = []
  /** How many calls are on the stack. */
  depth = 0
  /** What runs now, or ran last: inside of a transaction or a script the command in there. */
  command: Command | null = null
  /** Whether calls come from a script, and whom it lets hear of what they change. */
  script = false
  audience: Audience = 'all'

  constructor(engine: Engine, groups: Groups) {
    this.engine = engine
    const commands = new Map<string, Command>()
    for (const family of Object.values(groups)) {
      for (const command of Object.values(family)) {
        commands.set(command.name, command)
        this.byName.set(command.name, command)
        this.byName.set(command.name.toUpperCase(), command)
        command.attach?.(engine)
      }
    }
    this.commands = commands
    this.names = new Map(commands)
  }

  /**
   * Give a command another name, or (an empty one) take it away from clients. What is journaled has its
   * own name still. Throws a CommandError.
   */
  rename(from: string, to: string): void {
    const [old, name] = [from.toLowerCase(), to.toLowerCase()]
    const command = this.names.get(old)
    if (command === undefined) throw new CommandError('No such command in rename-command')
    if (name !== '' && name !== old && this.names.has(name)) {
      throw new CommandError('Target command name already exists')
    }
    this.names.delete(old)
    for (const spelled of [old, old.toUpperCase()]) this.byName.delete(spelled)
    this.renamed = true
    this.lastName = ''
    this.lastFound = undefined
    this.spelled.fill('')
    this.meant.fill(undefined)
    if (name === '') return
    this.names.set(name, command)
    for (const spelled of [name, name.toUpperCase()]) this.byName.set(spelled, command)
  }

  /** The command or subcommand that argv names; a container if the subcommand is not known. */
  lookup(argv: readonly string[]): Command | undefined {
    const command = this.find(argv[0] as string)
    if (command === undefined || command.subcommands === null || argv.length < 2) return command
    return command.subcommands.get((argv[1] as string).toLowerCase()) ?? command
  }

  /**
   * As `lookup`, but a subcommand that is not known is nothing. A script calls this and that: what was
   * looked up last for a client is left alone.
   */
  resolve(argv: readonly string[]): Command | undefined {
    const name = argv[0] as string
    const slot = (name.length + 7 * name.charCodeAt(0)) & (SPELLED - 1)
    let command: Command | undefined
    if (this.spelled[slot] === name) command = this.meant[slot]
    else {
      command = this.byName.get(name) ?? this.byName.get(name.toLowerCase())
      this.spelled[slot] = name
      this.meant[slot] = command
    }
    if (command === undefined || command.subcommands === null || argv.length < 2) return command
    return command.subcommands.get((argv[1] as string).toLowerCase())
  }

  /** The command of this name, in any case. */
  find(name: string): Command | undefined {
    const command = this.byName.get(name) ?? this.byName.get(name.toLowerCase())
    this.lastName = name
    this.lastFound = command
    return command
  }

  execute(client: Client, argv: readonly string[]): Reply {
    const { engine } = this
    const name = argv[0] as string
    let command = name === this.lastName ? this.lastFound : this.find(name)
    if (this.renamed && client.internal) command = this.commands.get(name.toLowerCase())
    client.lastCommand = null
    if (command === undefined) return this.refuse(client, null, argv, unknownCommand(argv))
    if (command.subcommands !== null && argv.length > 1) {
      const sub = command.subcommands.get((argv[1] as string).toLowerCase())
      if (sub === undefined) {
        return this.refuse(client, null, argv, unknownSubcommand(command.name, argv[1] as string))
      }
      command = sub
    }
    client.lastCommand = command
    if (!command.accepts(argv.length) || (command.subcommands !== null && !command.runsAlone)) {
      return this.refuse(client, command, argv, wrongArity(command.fullName))
    }
    if (command.flags & PROTECTED && !client.internal) {
      const error = forbidden(engine.config, command, client)
      if (error !== null) return this.refuse(client, command, argv, error)
    }
    const { slices } = engine
    const stopped = slices.active && slices.stops(client, command)
    if (stopped && !slices.refuses) return slices.hold(client, command, argv)
    let { flags } = command
    if (command.flagsOf !== null) flags = command.flagsOf(engine, argv, flags)
    // EXEC does what was queued.
    else if (client.transaction !== null && command.name === 'exec') {
      flags |= client.transaction.flags
    }
    const refusal = this.check(client, command, argv, flags)
    if (refusal !== null) return this.refuse(client, command, argv, refusal)
    if (stopped) return this.refuse(client, command, argv, slices.refusal)
    if (engine.pause.active && engine.pause.stops(client, flags)) {
      return engine.pause.park(client, command, argv)
    }
    if (engine.oneSlot.active) engine.oneSlot.look(client, command, argv)
    if (client.transaction !== null && !UNQUEUED.has(command.name)) {
      if (command.flags & NO_MULTI) return this.refuse(client, command, argv, notInTransaction)
      const lost = client.watchBroken || client.transaction.failed
      return client.transaction.add(command, argv, flags, lost)
    }
    const reply = this.call(client, command, argv)
    if (reply === PAUSED) {
      const { now } = this.contexts[0] as Context
      return slices.begin(client, command, argv, now, this.startedAt)
    }
    this.leave(command)
    return reply
  }

  /** A command whose script has a slice behind it, once more: what it has begun goes on. */
  again(client: Client, command: Command, argv: readonly string[]): Reply {
    return this.call(client, command, argv, true)
  }

  /** Whether a command runs that may change data. */
  get writing(): boolean {
    return this.depth > 0 && ((this.command as Command).flags & WRITE) !== 0
  }

  /** A command inside of a unit that runs already. */
  nested(client: Client, command: Command, argv: readonly string[]): Reply {
    return this.call(client, command, argv)
  }

  /** The command of a parked client once more; null if it blocks again. */
  rerun(parked: Parked): { reply: Reply; wrote: boolean } | null {
    const { client, command, argv } = parked
    const before = this.engine.offset
    // What was allowed when it was parked may not be any more.
    const refusal = this.check(client, command, argv, command.flags)
    if (refusal !== null)
      return { reply: this.refuse(client, command, argv, refusal), wrote: false }
    const reply = this.call(client, command, argv, true)
    this.leave(command)
    if (reply === BLOCKED) {
      this.engine.blocking.reschedule(parked, (this.contexts[0] as Context).blocked)
      return null
    }
    return { reply, wrote: this.engine.offset !== before }
  }

  /** Everything that may refuse a request before it runs, in Redis's order. */
  private check(
    client: Client,
    command: Command,
    argv: readonly string[],
    flags: number,
  ): CommandError | null {
    const { engine } = this
    if (!client.authenticated && !engine.acl.passwordless && (flags & NO_AUTH) === 0) {
      return authenticationRequired
    }
    if (client.internal) return null
    if (!client.user.unrestricted) {
      const refusal = engine.acl.refusal(client, command, argv)
      if (refusal !== null) return refusal
    }
    // Room is made before any command; only those that need more are refused where there is none.
    if (engine.eviction.active && !engine.loading && !engine.slices.active) {
      const room = engine.eviction.makeRoom()
      engine.eviction.exhausted = !room
      // The client hears of its own copies that were evicted before it hears the reply.
      client.letGo()
      if (!room && flags & DENYOOM) return outOfMemory
    }
    if (engine.tracking.clients !== 0) engine.tracking.limit(client)
    if (engine.refusal !== null && (flags & (WRITE | MAY_REPLICATE) || command.name === 'ping')) {
      return engine.refusal
    }
    if (flags & WRITE && engine.replicas.tooFew) return noReplicas
    if (client.resp === 2 && client.subscribed && !SUBSCRIBER.has(command.name)) {
      return notInSubscribedMode(command.fullName)
    }
    if (client.monitoring && flags & (READONLY | WRITE | MAY_REPLICATE)) return noKeyspace
    if ((engine.loading || engine.importing) && (flags & LOADING) === 0) return loadingError
    return null
  }

  private refuse(
    client: Client,
    command: Command | null,
    argv: readonly string[],
    error: CommandError,
  ): CommandError {
    if (command !== null) this.engine.stats.of(command).rejected++
    this.engine.countError(error)
    if (command?.name === 'exec') {
      this.engine.transactions.discard(client)
      // An EXEC that runs is not shown, its commands are; one that is refused is.
      if (this.engine.monitors.size > 0) {
        this.engine.monitors.tell(client, argv, this.engine.platform.now())
      }
      return execRefused(error)
    }
    if (client.transaction !== null) client.transaction.failed = true
    return error
  }

  /**
   * Whether what has expired stays: where a proxy passes on the stream by slots, commands that look at
   * any key are not to delete keys out of a transaction or a script.
   */
  get leavesExpired(): boolean {
    if (this.depth < 2 || !ANY_KEYS.has(this.command?.name ?? '')) return false
    return !this.engine.config.yes('lazyexpire-nested-arbitrary-keys')
  }

  private call(client: Client, command: Command, argv: readonly string[], woken = false): Reply {
    const { engine } = this
    const { hotKeys, latency } = engine
    const depth = this.depth++
    this.command = command
    const c = this.contexts[depth] ?? this.open(depth)
    const args = (this.cursors[depth] as Args).reset(argv, command.firstArgument)
    // Inside a transaction or a script time stands still.
    const resumed = woken && engine.slices.active
    const outer = depth > 0 ? (this.contexts[0] as Context) : null
    const time = resumed && depth === 0 ? engine.slices.time : 0
    // SWAPDB gives databases other numbers.
    const { dbIndex } = client
    c.begin(client, engine.keyspace.at(dbIndex), time, outer)
    c.propagating = engine.propagation.active
    c.denyBlocking = depth > 0 || client.internal
    const { stats } = engine
    let counts = stats.of(command)
    const { isBrief } = command
    const little =
      isBrief === null
        ? command.constant || (command.byWords && argv.length <= FEW_WORDS)
        : isBrief(engine, argv)
    let timed =
      resumed || !little || latency.timesAll || hotKeys.active || (counts.calls & SAMPLED) === 0
    let started = resumed ? engine.slices.started : timed ? engine.platform.micros() : 0
    if (isBrief !== null && !resumed) this.firstLook = this.lastLook = 0
    else if (timed) this.looked(started)
    let reply: Reply
    try {
      reply = command.run(c, args)
    } catch (error) {
      if (!(error instanceof CommandError)) {
        this.depth = 0
        throw error
      }
      reply = error
    }
    if (isBrief !== null && !timed && (reply === PAUSED || this.lastLook - this.firstLook > LONG)) {
      // This time it is long: since when, somebody has seen who looked at the clock for other reasons.
      timed = true
      started = this.firstLook
    }
    if (reply === PAUSED) this.startedAt = started
    // Counted when it is over: INFO does not show itself, and RESETSTAT stands in what it begins.
    if (engine.stats !== stats) counts = engine.stats.of(command)
    // What blocks is counted when it has its reply.
    if (reply !== BLOCKED && reply !== PAUSED) {
      counts.calls++
      engine.stats.commandsProcessed++
      client.commandsProcessed++
    }
    if (reply instanceof CommandError) {
      counts.failed++
      if (!(reply instanceof CountedError)) engine.countError(reply)
    }
    if (timed && reply !== PAUSED) {
      const ended = engine.platform.micros()
      const micros = ended - started
      this.lastLook = ended
      if (isBrief !== null) engine.scripting?.took(micros)
      if (reply !== BLOCKED) counts.record(micros)
      if (micros > engine.stats.longestMicros) engine.stats.longestMicros = micros
      if (!client.internal && reply !== BLOCKED) {
        latency.record(client, command, argv, micros, c)
        if (hotKeys.active) {
          hotKeys.record(command, argv, reply, client.resp, micros)
        }
      }
    }
    if (engine.monitors.size > 0 && !woken) engine.monitors.show(client, command, argv, c.now)
    if (engine.tracking.clients !== 0 && command.flags & READONLY) {
      engine.tracking.remember(client, command, argv)
    }
    if (c.dirty > 0) {
      engine.dirty += c.dirty
      if (c.propagating) this.propagate(c, dbIndex, command, argv)
    } else if (c.effects.length > 0) this.propagate(c, dbIndex, command, argv)
    this.depth = depth
    if (reply === BLOCKED && c.awaited !== null) {
      c.awaited.parked = engine.blocking.parkUntilTold(client, command, argv)
    } else if (reply === BLOCKED && !woken) {
      engine.blocking.park(client, command, argv, c.blocked as NonNullable<typeof c.blocked>, c.now)
    }
    return reply
  }

  /** A command that was parked has its reply without running again: its time was up, or somebody's word. */
  answered(client: Client, command: Command, reply: Reply, micros = 0): void {
    const { stats } = this.engine
    const counts = stats.of(command)
    counts.calls++
    stats.commandsProcessed++
    client.commandsProcessed++
    counts.record(micros)
    if (!(reply instanceof CommandError)) return
    counts.failed++
    this.engine.countError(reply)
  }

  /** The clock was looked at, now, in the middle of a call perhaps. */
  looked(now: number): void {
    if (this.firstLook === 0) this.firstLook = now
    this.lastLook = now
  }

  /** First and last look at the clock since a script began; 0: none. */
  private firstLook = 0
  private lastLook = 0

  /** When the call began that was paused last, by `Platform.micros`. */
  private startedAt = 0

  private open(depth: number): Context {
    const context = new Context(this.engine)
    this.contexts[depth] = context
    this.cursors[depth] = new Args()
    return context
  }

  /** File the effects of one call with the unit. */
  private propagate(c: Context, dbIndex: number, command: Command, argv: readonly string[]): void {
    const { propagation } = this.engine
    if (command.propagates === 'never') return
    // PFCOUNT stores what it has counted.
    if (command.flags & READONLY && (command.flags & MAY_REPLICATE) === 0)
      throw new Error(`${command.fullName} is read-only but made a change`)
    const { audience } = this
    if (c.effects.length > 0) {
      for (const words of c.effects) propagation.add(dbIndex, words, audience)
    } else if (command.propagates === 'verbatim') {
      const own = this.renamed ? [command.fullName.split('|')[0] as string, ...argv.slice(1)] : argv
      propagation.add(dbIndex, own, audience)
    } else throw new Error(`${command.fullName} made a change but did not say how to propagate it`)
  }

  /** The end of a unit. */
  leave(command: Command): void {
    const { engine } = this
    if (engine.propagation.pending > 0) {
      // All that such a command can have found is that keys have expired.
      if (command.anyKeys) engine.commitEach()
      else engine.commit()
    }
    engine.blocking.serve()
  }
}

/** DEBUG can do harm: it is there only where a configuration says so. */
function forbidden(config: Config, command: Command, client: Client): CommandError | null {
  const option = `enable-${command.firstArgument === 1 ? command.name : 'module'}-command`
  const allowed = config.get(option)
  if (allowed === 'yes') return null
  if (allowed === 'local' && isLocal(client.address)) return null
  return commandNotAllowed(command.firstArgument === 1 ? command.name : 'module', option)
}
