/**
 * Effects: what journal and replicas are told.
 *
 * A unit is what is atomic: one command, one EXEC, one script. Its effects are collected while it
 * runs and handed over together when it ends, each with the database it applies to.
 */
export interface Effect {
  readonly dbIndex: number
  readonly argv: readonly string[]
  /** Who hears of it, where not all do: replicas of a message that was published. */
  readonly only?: Hearer
}

export type Hearer = 'journal' | 'replicas'

/** Whom a script lets hear of what it changes (`redis.set_repl`). */
export type Audience = 'all' | 'none' | Hearer

/** Called once a unit, with one effect or more, in the order in which they happened. */
export type EffectListener = (unit: readonly Effect[]) => void

export class Propagation {
  private readonly listeners: EffectListener[] = []
  private readonly replicas: EffectListener[] = []
  /** Effects that are waiting and that not all hear of. */
  private partial = 0
  private unit: Effect[] = []

  /** Whether anybody listens; commands need not make words for nobody. */
  get active(): boolean {
    return this.listeners.length + this.replicas.length > 0
  }

  /** Effects of the unit so far. */
  get pending(): number {
    return this.unit.length
  }

  /** Hear every unit from now on; call what is returned to stop. */
  listen(listener: EffectListener): () => void {
    this.listeners.push(listener)
    return () => {
      const at = this.listeners.indexOf(listener)
      if (at >= 0) this.listeners.splice(at, 1)
    }
  }

  /** As `listen`, and hear what is published as well. */
  listenAsReplica(listener: EffectListener): () => void {
    this.replicas.push(listener)
    return () => {
      this.replicas.splice(this.replicas.indexOf(listener), 1)
    }
  }

  /** A message was published. */
  addMessage(dbIndex: number, argv: readonly string[]): void {
    if (this.replicas.length > 0) this.add(dbIndex, argv, 'replicas')
  }

  add(dbIndex: number, argv: readonly string[], audience: Audience = 'all'): void {
    if (audience === 'all') this.unit.push({ dbIndex, argv })
    else if (audience !== 'none') {
      this.unit.push({ dbIndex, argv, only: audience })
      this.partial++
    }
  }

  /** Put aside what the unit has so far: it goes on later. */
  take(): Effect[] {
    const { unit } = this
    this.unit = []
    return unit
  }

  /** The unit goes on from here. */
  restore(unit: Effect[]): void {
    this.unit = unit
  }

  /** The unit is over; false if it had no effect. */
  commit(): boolean {
    const { unit } = this
    if (unit.length === 0) return false
    this.unit = []
    return this.hand(unit)
  }

  /** Each effect is a unit by itself; `after` is called when it has been heard. */
  commitEach(after: () => void): void {
    const { unit } = this
    this.unit = []
    for (const effect of unit) if (this.hand([effect])) after()
  }

  /** False if there was nothing for the journal. */
  private hand(unit: readonly Effect[]): boolean {
    const [journal, replicas] = this.partial === 0 ? [unit, unit] : this.divide(unit)
    if (replicas.length > 0) for (const listener of this.replicas) listener(replicas)
    if (journal.length === 0) return false
    for (const listener of this.listeners) listener(journal)
    return true
  }

  private divide(unit: readonly Effect[]): [readonly Effect[], readonly Effect[]] {
    this.partial -= unit.filter(({ only }) => only !== undefined).length
    return [
      unit.filter(({ only }) => only !== 'replicas'),
      unit.filter(({ only }) => only !== 'journal'),
    ]
  }
}
