/**
 * CLIENT PAUSE: for a while the requests of clients wait, all of them or those that write.
 * https://redis.io/docs/latest/commands/client-pause/
 */
import { type Command, MAY_REPLICATE, WRITE } from '../core/command.ts'
import { BLOCKED, type Reply } from '../core/reply.ts'
import type { Client } from './client.ts'
import type { Engine } from './engine.ts'

export class Pause {
  private readonly engine: Engine
  /** Milliseconds since the epoch; 0 when nothing is paused. */
  until = 0
  writesOnly = true
  private readonly held: Client[] = []

  constructor(engine: Engine) {
    this.engine = engine
  }

  get active(): boolean {
    return this.until !== 0
  }

  /** Clients whose requests wait. */
  get count(): number {
    return this.held.length
  }

  begin(until: number, writesOnly: boolean): void {
    // The stricter and the longer of two pauses wins, as in Redis.
    if (!this.active) this.writesOnly = writesOnly
    else if (!writesOnly) this.writesOnly = false
    this.until = Math.max(this.until, until)
    this.engine.wakeAt(this.until)
  }

  end(): void {
    this.until = 0
    for (const client of this.held.splice(0)) {
      const parked = client.parked
      if (parked === null || client.closing) continue
      client.parked = null
      client.submit(parked.argv)
      client.drain()
    }
  }

  stops(client: Client, command: Command): boolean {
    if (client.internal) return false
    if (command.name === 'exec' && client.transaction !== null && this.writesOnly) {
      return client.transaction.queue.some((q) => q.command.flags & (WRITE | MAY_REPLICATE))
    }
    return !this.writesOnly || (command.flags & (WRITE | MAY_REPLICATE)) !== 0
  }

  hold(client: Client, command: Command, argv: readonly string[]): Reply {
    client.parked = {
      client,
      command,
      argv,
      block: null,
      dbIndex: client.dbIndex,
      deadline: Number.POSITIVE_INFINITY,
    }
    this.held.push(client)
    return BLOCKED
  }
}
