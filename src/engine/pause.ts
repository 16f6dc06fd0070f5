/**
 * CLIENT PAUSE: for a while the requests of clients wait, all of them or those that write.
 *
 * A client whose request waits is parked, and what it sends after that waits in its inbox. When the
 * pause is over, requests are submitted again, in the order in which they were held, on the way out
 * of the engine: never in the middle of the request that ended the pause. While it lasts no key is
 * removed for being past its deadline; it only looks as if it were.
 * https://redis.io/docs/latest/commands/client-pause/
 */
import { type Command, MAY_REPLICATE, WRITE } from '../core/command.ts'
import { BLOCKED, type Reply } from '../core/reply.ts'
import type { Parked } from './blocking.ts'
import type { Client } from './client.ts'
import type { Engine } from './engine.ts'

export class Pause {
  private readonly engine: Engine
  /** Milliseconds since the epoch; 0 when nothing is paused. */
  until = 0
  writesOnly = true
  /** How many hold the data still besides: MIGRATE, while it waits for the other server. */
  private holds = 0
  private held: Parked[] = []
  private released: Parked[] = []

  constructor(engine: Engine) {
    this.engine = engine
  }

  get active(): boolean {
    return this.until !== 0 || this.holds > 0
  }

  /** Clients whose requests wait. */
  get count(): number {
    return this.held.length
  }

  begin(until: number, writesOnly: boolean): void {
    // Nothing is paused up to a time that has come already.
    if (until <= this.engine.now() && this.until === 0) return
    // The stricter and the longer of two pauses wins, as in Redis.
    this.writesOnly = writesOnly && (this.writesOnly || this.until === 0)
    this.until = Math.max(this.until, until)
    this.engine.wakeAt(this.until)
  }

  end(): void {
    this.until = 0
    this.writesOnly = true
    if (this.holds === 0) this.release()
  }

  /** No writes until what is returned is called. */
  hold(): () => void {
    this.holds++
    return () => {
      this.holds--
      if (!this.active) this.release()
    }
  }

  private release(): void {
    this.released.push(...this.held)
    this.held = []
  }

  /** Run what was held, if the pause is over. A request may be held again by a new pause. */
  resume(): void {
    while (this.released.length > 0) {
      const parked = this.released.shift() as Parked
      if (parked.client.parked !== parked) continue
      parked.client.restart()
      // Before the next one's request comes what this one has sent behind it.
      parked.client.sink.resume?.()
    }
  }

  /** `flags`: what the request is checked for. */
  stops(client: Client, flags: number): boolean {
    if (client.internal) return false
    if (!this.writesOnly) return true
    return (flags & (WRITE | MAY_REPLICATE)) !== 0
  }

  /** Park a client whose request has to wait. */
  park(client: Client, command: Command, argv: readonly string[]): Reply {
    const { dbIndex } = client
    const deadline = Number.POSITIVE_INFINITY
    client.parked = { client, command, argv, block: null, dbIndex, deadline }
    this.held.push(client.parked)
    return BLOCKED
  }

  /** The client is gone. */
  drop(client: Client): void {
    if (client.parked === null) return
    this.held = this.held.filter((parked) => parked.client !== client)
    this.released = this.released.filter((parked) => parked.client !== client)
  }
}
