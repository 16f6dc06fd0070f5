/**
 * Long scripts: one that has run for a slice gives control back to the host and goes on in the next.
 *
 * Between two slices a script is in the middle of its run, and nothing else touches the data: no
 * request runs but those that say of themselves that they may (SCRIPT KILL), no key expires or is
 * evicted, nobody who is blocked is served, no snapshot begins, and what the script has changed so far
 * is kept back from journal and replicas until the unit is over. Requests wait; after
 * `busy-reply-threshold` they are refused with BUSY, as Redis does, which until then looks at none.
 *
 * The request of the script, or the EXEC around it, runs again for every slice, as that of a blocked
 * client does when it is woken. What it finds half done it goes on with (`Transactions`, `Scripting`).
 */
import { ALLOW_BUSY, type Command } from '../core/command.ts'
import { busyScript, type CommandError } from '../core/errors.ts'
import { BLOCKED, PAUSED, type Reply } from '../core/reply.ts'
import type { Parked } from './blocking.ts'
import type { Client } from './client.ts'
import type { Engine } from './engine.ts'
import type { Effect } from './propagation.ts'

/** How long a script runs before the host has its turn, in microseconds: a quarter of a frame. */
const SLICE_MICROS = 4000

export class Slices {
  private readonly engine: Engine
  /** A script is in the middle of its run, between two slices or in one. */
  active = false
  /** It has taken longer than others wait in silence. */
  late = false
  /** What others are told then. */
  refusal: CommandError = busyScript
  /** The time of the unit, and when it began by the other clock. */
  time = 0
  started = 0
  /** Microseconds; a slice ends at the next chance after this. */
  length: number = SLICE_MICROS
  private parked: Parked | null = null
  private unit: Effect[] = []
  private held: Parked[] = []
  private waiting: (() => void)[] = []
  private cancelNext: (() => void) | null = null
  private cancelLate: (() => void) | null = null

  constructor(engine: Engine) {
    this.engine = engine
  }

  /** The client whose request it is, while it runs. */
  get client(): Client | null {
    return this.parked?.client ?? null
  }

  /** A request has come to the end of its first slice. `started` by `Platform.micros`. */
  begin(
    client: Client,
    command: Command,
    argv: readonly string[],
    time: number,
    started: number,
  ): Reply {
    const { engine } = this
    this.active = true
    this.late = false
    this.time = time
    this.started = started
    this.parked = engine.blocking.parkUntilTold(client, command, argv)
    const threshold = engine.config.int('busy-reply-threshold')
    if (threshold > 0) {
      const elapsed = (engine.platform.micros() - started) / 1000
      this.cancelLate = engine.platform.after(Math.max(0, threshold - elapsed), () => {
        this.beLate()
        engine.flush()
      })
    }
    this.putAside()
    return BLOCKED
  }

  /** Up to the next slice. */
  private putAside(): void {
    const { propagation, platform } = this.engine
    this.unit = propagation.take()
    this.cancelNext = platform.after(0, () => this.next())
  }

  private next(): void {
    const { engine, parked } = this
    if (parked === null) return
    const { client, command, argv } = parked
    engine.propagation.restore(this.unit)
    this.unit = []
    client.running = true
    const before = engine.offset
    let reply: Reply
    try {
      reply = engine.dispatcher.again(client, command, argv)
    } catch (defect) {
      this.stop()
      throw defect
    }
    if (reply === PAUSED) {
      client.settle()
      this.putAside()
    } else this.end(parked, reply, before)
    engine.flush()
  }

  private end(parked: Parked, reply: Reply, before: number): void {
    const { engine } = this
    const { client } = parked
    this.stop()
    engine.dispatcher.leave(parked.command)
    // The client may be gone.
    if (client.parked === parked) client.resume(reply, engine.offset !== before)
    else client.settle()
    this.release()
    for (const run of this.waiting.splice(0)) run()
    engine.wake(engine.now())
  }

  /** No more slices: the script is over, or the engine is. */
  stop(): void {
    this.active = false
    this.parked = null
    this.cancelNext?.()
    this.cancelLate?.()
    this.cancelNext = null
    this.cancelLate = null
  }

  private beLate(): void {
    if (!this.active || this.late) return
    this.late = true
    this.tellLate(this.engine.platform.micros() - this.started)
    this.release()
  }

  /** Into the log; tools look for the first words. */
  tellLate(micros: number): void {
    const elapsed = Math.round(micros / 1000)
    const text = `Slow script detected: it still runs after ${elapsed} milliseconds`
    this.engine.platform.log('warning', text)
  }

  /** Whether a request cannot run now. */
  stops(client: Client, command: Command): boolean {
    return (command.flags & ALLOW_BUSY) === 0 && !client.internal
  }

  /** Whether it is refused then; else it waits. */
  get refuses(): boolean {
    return this.late || this.engine.synchronous
  }

  /** Let a request wait until the script is over or late. */
  hold(client: Client, command: Command, argv: readonly string[]): Reply {
    this.held.push(this.engine.blocking.parkUntilTold(client, command, argv))
    return BLOCKED
  }

  private release(): void {
    for (const parked of this.held.splice(0)) {
      if (parked.client.parked === parked) parked.client.restart()
    }
  }

  /** Call back when no script is in the middle of its run: at once, if none is. */
  whenIdle(run: () => void): void {
    if (this.active) this.waiting.push(run)
    else run()
  }

  /** The client is gone. Its script goes on. */
  drop(client: Client): void {
    if (this.held.length > 0) this.held = this.held.filter((parked) => parked.client !== client)
  }
}
