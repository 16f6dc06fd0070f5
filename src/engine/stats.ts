import type { Command } from '../core/command.ts'
import { Histogram } from '../structs/histogram.ts'
import type { Denials } from './acl.ts'

/** What INFO commandstats says of one command. */
export class CommandCounts {
  readonly command: Command
  calls = 0
  /** One short call in sixty-four is timed: two looks at the clock would cost as much as a GET. */
  timed = 0
  /** Microseconds of the calls that were timed. */
  micros = 0
  rejected = 0
  failed = 0

  /** Microseconds of a call, in buckets; null until one was timed. */
  private times: Histogram | null = null

  constructor(command: Command) {
    this.command = command
  }

  /** A call was timed. It stands for those before it that were not. */
  record(micros: number): void {
    this.timed++
    this.micros += micros
    this.times ??= new Histogram()
    this.times.add(micros, this.calls - this.times.total)
  }

  /** Null: no call was timed. Those since the last timed one are taken to be like it. */
  histogram(): Histogram | null {
    this.times?.add(this.micros / this.timed, this.calls - this.times.total)
    return this.times
  }

  /** Microseconds of all calls, as the timed ones let us believe. */
  get usec(): number {
    return this.timed === 0 ? 0 : Math.round((this.micros / this.timed) * this.calls)
  }
}

/** What INFO stats counts. CONFIG RESETSTAT makes a new one. */
export class Stats {
  connectionsReceived = 0
  commandsProcessed = 0
  connectionsRejected = 0
  keyspaceHits = 0
  keyspaceMisses = 0
  expiredKeys = 0
  /** Fields of hashes. */
  expiredSubkeys = 0
  /** Those of them that nobody asked for. */
  expiredSubkeysActive = 0
  /** Of `expiredKeys`: those that nobody had asked for. */
  expiredKeysActive = 0
  evictedKeys = 0
  evictedClients = 0
  /** Values that were left to the garbage collector where Redis would free them on another thread. */
  lazyFreed = 0
  /** Slices of active expiry that ended because their time was up, and microseconds of all. */
  expirySlicesCutOff = 0
  expiryMicros = 0
  inputLimitDisconnections = 0
  outputLimitDisconnections = 0
  bytesIn = 0
  bytesOut = 0
  unexpectedErrors = 0
  /** What a cluster would have refused (`one-slot.ts`). */
  clusterIncompatible = 0
  /** What ACL refused. */
  readonly denials: Denials = { auth: 0, command: 0, key: 0, channel: 0 }
  /** Error replies by their first word, for INFO errorstats. */
  readonly errors: Map<string, number> = new Map()
  /** All of them. */
  errorReplies = 0
  /** There were too many kinds of errors to go on counting them. */
  errorsUnnamed = false
  /** By the number of the command. */
  private readonly counts: CommandCounts[] = []
  /** The most memory that anybody saw in use, and when: milliseconds since the epoch. */
  peakMemory = 0
  peakAt = 0
  /** How often a host has entered the engine and left it again, and the most commands of one such visit. */
  cycles = 0
  mostCommandsOfCycle = 0
  private commandsBefore = 0
  /** Microseconds of the periodic work. */
  cronMicros = 0
  /** The longest that anything took that was timed. */
  longestMicros = 0
  /** Of the last second or so. */
  readonly commands: Rate = new Rate()
  readonly input: Rate = new Rate()
  readonly output: Rate = new Rate()
  readonly cyclesRate: Rate = new Rate()
  readonly micros: Rate = new Rate()

  /** The counts of a command, to be added to. */
  of(command: Command): CommandCounts {
    return this.counts[command.id] ?? this.begin(command)
  }

  private begin(command: Command): CommandCounts {
    const counts = new CommandCounts(command)
    this.counts[command.id] = counts
    return counts
  }

  /** Count errors by their codes no longer. */
  forgetErrors(): void {
    this.errorsUnnamed = true
    this.lazyFreed += this.errors.size
    this.errors.clear()
    this.errors.set('ERRORSTATS_DISABLED', 1)
  }

  /** Counts of the commands that were called or refused, in no order that means anything. */
  each(): CommandCounts[] {
    return this.counts.filter(
      (counts) => counts !== undefined && counts.calls + counts.rejected > 0,
    )
  }

  /** The host leaves the engine. */
  endCycle(): void {
    this.cycles++
    const commands = this.commandsProcessed - this.commandsBefore
    this.commandsBefore = this.commandsProcessed
    if (commands > this.mostCommandsOfCycle) this.mostCommandsOfCycle = commands
  }

  /** Microseconds of all commands, as the timed ones let us believe. */
  get commandMicros(): number {
    let sum = 0
    for (const counts of this.each()) sum += counts.usec
    return sum
  }

  /** Microseconds of all that was done. */
  get busyMicros(): number {
    return this.commandMicros + Math.round(this.cronMicros)
  }

  /** Called by the cron. */
  sample(now: number): void {
    this.commands.sample(now, this.commandsProcessed)
    this.input.sample(now, this.bytesIn)
    this.output.sample(now, this.bytesOut)
    this.cyclesRate.sample(now, this.cycles)
    this.micros.sample(now, this.busyMicros)
  }
}

/** How fast a counter runs: the mean of the last sixteen samples. */
export class Rate {
  private readonly samples: number[] = []
  private time = 0
  private count = 0

  sample(now: number, count: number): void {
    const elapsed = now - this.time
    if (elapsed <= 0) return
    if (this.time !== 0) {
      this.samples.push(((count - this.count) * 1000) / elapsed)
      if (this.samples.length > 16) this.samples.shift()
    }
    this.time = now
    this.count = count
  }

  get perSecond(): number {
    const { samples } = this
    return samples.length === 0 ? 0 : samples.reduce((sum, n) => sum + n, 0) / samples.length
  }
}
