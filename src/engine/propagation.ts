/**
 * Effects: what journal and replicas are told.
 *
 * A unit is what is atomic: one command, one EXEC, one script. Its effects are collected while it
 * runs and handed over together when it ends, each with the database it applies to.
 */
export interface Effect {
  readonly dbIndex: number
  readonly argv: readonly string[]
  /** Changes nothing: a message that was published, for replicas only. */
  readonly message?: true
}

/** Called once a unit, with one effect or more, in the order in which they happened. */
export type EffectListener = (unit: readonly Effect[]) => void

export class Propagation {
  private readonly listeners: EffectListener[] = []
  private readonly replicas: EffectListener[] = []
  private messages = 0
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
    if (this.replicas.length === 0) return
    this.unit.push({ dbIndex, argv, message: true })
    this.messages++
  }

  add(dbIndex: number, argv: readonly string[]): void {
    this.unit.push({ dbIndex, argv })
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

  /** False if it was nothing but messages. */
  private hand(unit: readonly Effect[]): boolean {
    for (const listener of this.replicas) listener(unit)
    const changes = this.messages === 0 ? unit : unit.filter(({ message }) => message !== true)
    this.messages -= unit.length - changes.length
    if (changes.length === 0) return false
    for (const listener of this.listeners) listener(changes)
    return true
  }
}
