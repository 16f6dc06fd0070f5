/**
 * What clients may cost: how far behind they may be with reading (`client-output-buffer-limit`), how much
 * all of them may hold (`maxmemory-clients`), and how long they may say nothing (`timeout`).
 *
 * Who goes beyond a limit is cut off. https://redis.io/docs/latest/develop/reference/clients/
 */

import { typeOfClient } from '../core/client-info.ts'
import { memoryOf } from '../core/client-memory.ts'
import type { Client } from './client.ts'
import type { Engine } from './engine.ts'

/** Of a class of clients: bytes at once, bytes for so many seconds; 0: no limit. */
interface OutputLimit {
  hard: number
  soft: number
  seconds: number
}

/** Who has not authenticated needs no more than a few errors. */
const STRANGER: OutputLimit = { hard: 1024, soft: 0, seconds: 0 }
/** Clients looked at by one run of the cron, at least; and all of them in so many runs. */
const SLICE = 50
const RUNS = 10
/** How long a large input or output is remembered. */
const RECENT_SECONDS = 8
/** Milliseconds without a word after which a client's buffers shrink. */
const IDLE_MS = 2000

/** Clients that hold more are looked at again before keys have to go for them. */
const LARGE_CLIENT = 32 * 1024

export class ClientLimits {
  /** Whether there is a limit to what all clients hold. */
  evicting = false
  /** Whether it matters what they hold: to them, or to `maxmemory`. */
  counting = false
  /** What all clients but replicas held when they were looked at last. */
  private total = 0
  private readonly large = new Set<Client>()
  private readonly engine: Engine
  private readonly output: Record<string, OutputLimit> = {}
  private most = 0
  private share = '0'
  /** The same of those that may be evicted. */
  private held = 0
  private idleMs = 0
  private readonly seconds: { readonly second: number; input: number; output: number }[] = []
  private round: Iterator<Client> | null = null

  constructor(engine: Engine) {
    this.engine = engine
    const { config } = engine
    config.follow('client-output-buffer-limit', (limits) => {
      const words = limits.split(' ')
      for (let i = 0; i + 3 < words.length; i += 4) {
        const [hard = 0, soft = 0, seconds = 0] = words.slice(i + 1, i + 4).map(Number)
        this.output[words[i] as string] = { hard, soft, seconds }
      }
    })
    config.follow('timeout', (seconds) => {
      this.idleMs = Number(seconds) * 1000
    })
    config.follow('maxmemory-clients', (share) => {
      this.share = share
      this.setMost()
    })
    config.follow('maxmemory', () => this.setMost())
  }

  /**
   * Whether a client has to go because it does not take what it is sent. A host asks when it has sent
   * something; if the answer may change by time alone the client is looked at again by itself.
   */
  tooFarBehind(client: Client): boolean {
    const { engine } = this
    const { output, outputBeyond } = memoryOf(client)
    if (outputBeyond === 0) {
      client.crowdedAt = 0
      return false
    }
    const limit = this.limitOf(client)
    const { hard, soft, seconds } = limit
    // Long replies are listed as a whole; of messages the first ones lie in the buffer.
    const behind = limit === this.output.normal ? output + outputBeyond : outputBeyond
    const now = engine.now()
    if (soft === 0 || behind <= soft) client.crowdedAt = 0
    else if (client.crowdedAt === 0) {
      client.crowdedAt = now
      // Also when nothing more is sent.
      engine.platform.after(seconds * 1000 + 1, () => {
        if (client.crowdedAt === now && !client.closing && this.tooFarBehind(client)) {
          this.cutOff(client)
          engine.flush()
        }
      })
    }
    const tooLong = client.crowdedAt !== 0 && now - client.crowdedAt > seconds * 1000
    return tooLong || (hard !== 0 && behind > hard)
  }

  /** Whether there is a size of replies beyond which this client would be cut off. */
  hasHardLimit(client: Client): boolean {
    return !client.internal && this.limitOf(client).hard !== 0
  }

  /** End a client that is too far behind. */
  cutOff(client: Client): void {
    const { engine } = this
    engine.stats.outputLimitDisconnections++
    engine.platform.log?.(
      'warning',
      `Client ${client.address} closed for overcoming of output buffer limits.`,
    )
    client.kill()
  }

  private limitOf(client: Client): OutputLimit {
    if (!client.authenticated && !this.engine.acl.passwordless) return STRANGER
    const type = typeOfClient(client)
    return this.output[type === 'replica' ? 'slave' : type] as OutputLimit
  }

  // ---- All clients together ---------------------------------------------------------------------

  private setMost(): void {
    const { share } = this
    const all = this.engine.config.int('maxmemory')
    this.most = share.endsWith('%') ? (all * Number.parseInt(share, 10)) / 100 : Number(share)
    this.evicting = this.most > 0
    this.counting = this.evicting || all > 0
    this.held = 0
    this.total = 0
    this.large.clear()
    for (const client of this.engine.clients.values()) {
      client.bytesHeld = 0
      client.bytesCounted = 0
      if (this.counting) this.note(client)
    }
  }

  /** What all clients hold, as `maxmemory` sees it. */
  get used(): number {
    if (this.counting) return this.total
    let sum = 0
    for (const client of this.engine.clients.values()) {
      if (!client.internal && client.replica === null) {
        const { total, announced } = memoryOf(client)
        sum += total - announced
      }
    }
    return sum
  }

  /** Something of this client has grown or shrunk. */
  note(client: Client): void {
    if (client.internal || client.replica !== null || client.closing) {
      this.forget(client)
      return
    }
    const { total, announced } = memoryOf(client)
    // Keys go for what is there, not for what somebody says.
    const there = total - announced
    this.total += there - client.bytesCounted
    client.bytesCounted = there
    if (total > LARGE_CLIENT) this.large.add(client)
    const held = client.noEvict ? 0 : total
    this.held += held - client.bytesHeld
    client.bytesHeld = held
  }

  /** What they hold now: output that was taken over there is not held any more. */
  refresh(): void {
    for (const client of this.large) {
      this.note(client)
      if (client.bytesCounted <= LARGE_CLIENT) this.large.delete(client)
    }
  }

  /** The client is gone, or no longer counts. */
  forget(client: Client): void {
    this.held -= client.bytesHeld
    client.bytesHeld = 0
    this.total -= client.bytesCounted
    client.bytesCounted = 0
    this.large.delete(client)
  }

  /** If all clients hold too much, those that hold most have to go. */
  evict(): void {
    const { engine } = this
    while (this.held > this.most) {
      let largest: Client | null = null
      for (const client of engine.clients.values()) {
        if (client.bytesHeld > (largest?.bytesHeld ?? 0)) largest = client
      }
      if (largest === null) return
      engine.stats.evictedClients++
      engine.platform.log?.('notice', `Evicting client: ${largest.address}`)
      largest.kill()
    }
  }

  // ---- Now and then -----------------------------------------------------------------------------

  /** Look at some of the clients: who is idle for too long goes, who is idle gives room back. */
  cron(now: number): void {
    const { clients } = this.engine
    const count = Math.min(clients.size, Math.max(SLICE, Math.ceil(clients.size / RUNS)))
    for (let i = 0; i < count; i++) {
      this.round ??= clients.values()
      const next = this.round.next()
      if (next.done === true) {
        this.round = null
        break
      }
      this.look(next.value, now)
    }
    if (this.evicting) this.evict()
  }

  /** The largest input and output of a client that was seen in the last seconds. */
  get recent(): { input: number; output: number } {
    const most = { input: 0, output: 0 }
    for (const { input, output } of this.seconds) {
      most.input = Math.max(most.input, input)
      most.output = Math.max(most.output, output)
    }
    return most
  }

  private see({ sink }: Client, now: number): void {
    const second = Math.floor(now / 1000)
    let latest = this.seconds.at(-1)
    if (latest?.second !== second) {
      latest = { second, input: 0, output: 0 }
      this.seconds.push(latest)
      if (this.seconds.length > RECENT_SECONDS) this.seconds.shift()
    }
    latest.input = Math.max(latest.input, (sink.unread ?? 0) + (sink.room ?? 0))
    latest.output = Math.max(latest.output, sink.untaken ?? 0)
  }

  private look(client: Client, now: number): void {
    if (client.internal) return
    this.see(client, now)
    const idle = now - client.lastActiveAt
    const excused = client.replica !== null || client.parked !== null || client.subscribed
    if (this.idleMs > 0 && idle > this.idleMs && !excused) {
      this.engine.platform.log?.('debug', 'Closing idle client')
      client.kill()
      return
    }
    if (idle > IDLE_MS) client.sink.shrink?.()
    if (this.counting) this.note(client)
  }
}
