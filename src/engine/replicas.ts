/**
 * Replicas: clients that were handed all the data and from then on hear of every change to it.
 *
 * What they are sent is the stream of effects, as commands. It counts its bytes: the offset says how far
 * a replica is, and replicas say so themselves now and then. Each change is told once, for all of them.
 */
import type { Client } from './client.ts'
import type { Engine } from './engine.ts'
import type { Effect } from './propagation.ts'

export interface Replica {
  /** What the replica says of itself: REPLCONF. */
  port: number
  address: string
  /** How much of the stream it has, and when it said so. */
  acknowledged: number
  heardAt: number
}

const MULTI = ['MULTI']
const EXEC = ['EXEC']
const PING = ['PING']

export class Replicas {
  private readonly engine: Engine
  private readonly replicas = new Map<Client, Replica>()
  /** Bytes of the stream so far. */
  offset = 0
  /** How often all data were handed over, and the bytes of that and of the stream to each. */
  handedOver = 0
  bytesOut = 0
  /** The database that the stream has selected. */
  private selected = -1
  private unlisten: (() => void) | null = null
  private pingedAt = 0

  /** `min-replicas-to-write` and `min-replicas-max-lag`, in milliseconds. */
  private least = 0
  private mostLag = 0

  constructor(engine: Engine) {
    this.engine = engine
    engine.config.follow('min-replicas-to-write', (count) => {
      this.least = Number(count)
    })
    engine.config.follow('min-replicas-max-lag', (seconds) => {
      this.mostLag = Number(seconds) * 1000
    })
  }

  /** Whether there are fewer that keep up than must be there for writes to be taken. */
  get tooFew(): boolean {
    if (this.least === 0 || this.mostLag === 0) return false
    const since = this.engine.now() - this.mostLag
    let good = 0
    for (const { heardAt } of this.replicas.values()) if (heardAt >= since) good++
    return good < this.least
  }

  get size(): number {
    return this.replicas.size
  }

  /** In the order in which they came. */
  [Symbol.iterator](): Iterator<[Client, Replica]> {
    return this.replicas.entries()
  }

  /** The client hears of every change from now on; what was before it is in so many bytes. */
  attach(client: Client, about: Pick<Replica, 'port' | 'address'>, bytes: number): void {
    const { engine, offset } = this
    this.handedOver++
    this.bytesOut += bytes
    const replica = { ...about, acknowledged: offset, heardAt: engine.now() }
    client.replica = replica
    this.replicas.set(client, replica)
    // The newcomer does not know which database is selected.
    this.selected = -1
    if (this.unlisten !== null) return
    this.unlisten = engine.propagation.listenAsReplica((unit) => this.hear(unit))
    this.pingedAt = replica.heardAt
  }

  drop(client: Client): void {
    if (!this.replicas.delete(client)) return
    client.replica = null
    if (this.replicas.size > 0) return
    this.unlisten?.()
    this.unlisten = null
  }

  /** The replica has so much of the stream. */
  acknowledge(client: Client, offset: number): void {
    const { replica } = client
    if (replica === null) return
    replica.acknowledged = Math.max(replica.acknowledged, offset)
    replica.heardAt = this.engine.now()
  }

  /** A sign of life for replicas, who would otherwise think that we are gone. */
  cron(now: number): void {
    const period = this.engine.config.int('repl-ping-replica-period') * 1000
    if (now - this.pingedAt < period) return
    this.pingedAt = now
    this.send(PING)
  }

  private hear(unit: readonly Effect[]): void {
    if (this.engine.loading) return
    const several = unit.length > 1
    if (several) this.send(MULTI)
    for (const { dbIndex, argv } of unit) {
      this.select(dbIndex)
      this.send(argv)
    }
    if (several) this.send(EXEC)
  }

  private select(dbIndex: number): void {
    if (dbIndex === this.selected) return
    this.selected = dbIndex
    this.send(['SELECT', String(dbIndex)])
  }

  private send(argv: readonly string[]): void {
    const size = sizeOf(argv)
    this.offset += size
    this.bytesOut += size * this.replicas.size
    for (const client of this.replicas.keys()) client.push(argv as string[])
  }
}

/** Bytes of a command on the wire. */
function sizeOf(argv: readonly string[]): number {
  let size = headOf(argv.length)
  for (const word of argv) size += headOf(word.length) + word.length + 2
  return size
}

/** Mark, decimal number, end of the line. */
const headOf = (n: number): number => 3 + String(n).length
