/**
 * Who was refused what: ACL LOG. Refusals that are alike count as one, for a minute.
 * https://redis.io/docs/latest/commands/acl-log/
 */

/** One refusal: what makes it the same as another. */
export interface Refusal {
  readonly reason: 'auth' | 'command' | 'key' | 'channel'
  readonly context: 'toplevel' | 'multi' | 'lua' | 'module'
  /** The command, the key or the channel. */
  readonly object: string
  readonly user: string
}

export interface LogEntry extends Refusal {
  readonly id: number
  count: number
  /** Who was refused last, as CLIENT LIST shows it. */
  client: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  updatedAt: number
}

/** How long a refusal counts as the same, in milliseconds. */
const SAME_MS = 60_000

export class AclLog {
  /** The newest first. */
  entries: LogEntry[] = []
  private nextId = 0

  add(refusal: Refusal, client: string, now: number, most: number): void {
    const at = this.entries.findIndex(
      (entry) =>
        entry.reason === refusal.reason &&
        entry.context === refusal.context &&
        entry.object === refusal.object &&
        entry.user === refusal.user &&
        now - entry.updatedAt <= SAME_MS,
    )
    const [same] = at < 0 ? [] : this.entries.splice(at, 1)
    if (same !== undefined) {
      same.count++
      same.client = client
      same.updatedAt = now
    }
    const entry = same ?? {
      ...refusal,
      id: this.nextId++,
      count: 1,
      client,
      createdAt: now,
      updatedAt: now,
    }
    this.entries.unshift(entry)
    if (this.entries.length > most) this.entries.length = most
  }
}
