/**
 * Our side of a comparison: an engine behind `Connection`, bytes in and bytes out, in process and
 * under a clock that is wound by hand.
 */
import { families } from '../../src/commands/index.ts'
import { Engine } from '../../src/engine/engine.ts'
import { Connection } from '../../src/protocol/connection.ts'
import { Inbox } from './link.ts'
import { TestPlatform } from './run.ts'

export interface OurLink {
  readonly inbox: Inbox
  readonly connection: Connection
  write(bytes: Uint8Array): void
}

export class Ours {
  readonly engine: Engine
  readonly platform: TestPlatform
  private readonly links = new Map<number, OurLink>()

  constructor(now: number, config: Readonly<Record<string, string>> = {}) {
    this.platform = new TestPlatform(now)
    this.engine = new Engine({
      platform: this.platform,
      commands: families,
      config: { 'enable-debug-command': 'yes', ...config },
    })
  }

  get clock(): number {
    return this.platform.now()
  }

  set clock(to: number) {
    this.platform.wind(to)
    this.engine.cron()
    this.engine.flush()
  }

  /** The connection with this number, opened on first use. */
  link(number: number): OurLink {
    const existing = this.links.get(number)
    if (existing !== undefined) return existing
    const inbox = new Inbox()
    const connection = new Connection(
      this.engine,
      { write: (bytes) => inbox.add(bytes), end: () => inbox.end() },
      { address: `127.0.0.1:${50000 + number}`, local: '127.0.0.1:6379' },
    )
    const link = { inbox, connection, write: (bytes: Uint8Array) => connection.receive(bytes) }
    this.links.set(number, link)
    return link
  }
}
