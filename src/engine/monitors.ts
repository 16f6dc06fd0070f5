/**
 * MONITOR: clients that are shown every request that is run, as it is run.
 * https://redis.io/docs/latest/commands/monitor/
 */
import { ADMIN, type Command, SKIP_MONITOR } from '../core/command.ts'
import { Status } from '../core/reply.ts'
import { quote } from '../util/quote.ts'
import type { Client } from './client.ts'

export class Monitors {
  private readonly clients = new Set<Client>()

  get size(): number {
    return this.clients.size
  }

  add(client: Client): void {
    this.clients.add(client)
    client.monitoring = true
  }

  drop(client: Client): void {
    this.clients.delete(client)
    client.monitoring = false
  }

  /** Show a request. `now` is in milliseconds since the epoch, with a fraction where it is known. */
  show(from: Client, command: Command, argv: readonly string[], now: number): void {
    if (command.flags & (SKIP_MONITOR | ADMIN)) return
    this.tell(from, command.redact(argv), now)
  }

  /** Show words as they are: those that carry no secret. */
  tell(from: Client, words: readonly string[], now: number): void {
    const text = words.map(quote).join(' ')
    const place = from.engine.dispatcher.script ? 'lua' : from.address
    const line = new Status(`${(now / 1000).toFixed(6)} [${from.dbIndex} ${place}] ${text}`)
    for (const client of this.clients) if (!client.muted) client.push(line)
  }
}
