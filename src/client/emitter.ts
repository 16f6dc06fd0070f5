/** Events by name. A listener that throws hurts neither the others nor whoever emitted. */

/** Throw an error where nobody can catch it, so that it is reported and not swallowed. */
export function report(error: unknown): void {
  void Promise.reject(error)
}

/** A listener whose arguments only its event knows. */
type Listener = (...args: unknown[]) => void

export class Emitter<Events extends { [name in keyof Events]: unknown[] }> {
  private readonly listeners = new Map<keyof Events, Set<Listener>>()

  /** Whether anybody listens. */
  has(name: keyof Events): boolean {
    return this.listeners.has(name)
  }

  on<Name extends keyof Events>(name: Name, listener: (...args: Events[Name]) => void): void {
    const set = this.listeners.get(name)
    if (set === undefined) this.listeners.set(name, new Set([listener as unknown as Listener]))
    else set.add(listener as unknown as Listener)
  }

  off<Name extends keyof Events>(name: Name, listener: (...args: Events[Name]) => void): void {
    const set = this.listeners.get(name)
    set?.delete(listener as unknown as Listener)
    if (set?.size === 0) this.listeners.delete(name)
  }

  emit<Name extends keyof Events>(name: Name, ...args: Events[Name]): void {
    const set = this.listeners.get(name)
    if (set === undefined) return
    for (const listener of [...set]) {
      try {
        listener(...args)
      } catch (error) {
        report(error)
      }
    }
  }
}
