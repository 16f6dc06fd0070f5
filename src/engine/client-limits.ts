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
/** Milliseconds without a word after which a client's buffers shrink. */
const IDLE_MS = 2000

export class ClientLimits {
  /** Whether there is a limit to what all clients hold. */
  evicting = false
  private readonly engine: Engine
  private readonly output: Record<string, OutputLimit> = {}
  private most = 0
  private share = '0'
  /** What all clients held when they were looked at last. */
  private held = 0
  private idleMs = 0
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
    const { outputBeyond } = memoryOf(client)
    if (outputBeyond === 0) {
      client.crowdedAt = 0
      return false
    }
    const { hard, soft, seconds } = this.limitOf(client)
    const now = engine.now()
    if (soft === 0 || outputBeyond <= soft) client.crowdedAt = 0
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
    return tooLong || (hard !== 0 && outputBeyond > hard)
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
    this.held = 0
    for (const client of this.engine.clients.values()) {
      client.bytesHeld = 0
      if (this.evicting) this.note(client)
    }
  }

  /** Something of this client has grown or shrunk. */
  note(client: Client): void {
    if (client.noEvict || client.internal || client.replica !== null || client.closing) {
      this.forget(client)
      return
    }
    const { total } = memoryOf(client)
    this.held += total - client.bytesHeld
    client.bytesHeld = total
  }

  /** The client is gone, or no longer counts. */
  forget(client: Client): void {
    this.held -= client.bytesHeld
    client.bytesHeld = 0
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

  private look(client: Client, now: number): void {
    if (client.internal) return
    const idle = now - client.lastActiveAt
    const excused = client.replica !== null || client.parked !== null || client.subscribed
    if (this.idleMs > 0 && idle > this.idleMs && !excused) {
      this.engine.platform.log?.('debug', 'Closing idle client')
      client.kill()
      return
    }
    if (idle > IDLE_MS) client.sink.shrink?.()
    if (this.evicting) this.note(client)
  }
}
