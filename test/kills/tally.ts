/** What became of all those lives, policy by policy. */
export interface Life {
  readonly found: number
  readonly problem: string
  readonly loadMs: number
  /** The last write that was acknowledged before the end, and when each was, in milliseconds. */
  readonly acked: number
  readonly acks: readonly { readonly n: number; readonly at: number }[]
  readonly killedAt: number
}

export class Tally {
  kills = 0
  private acknowledged = 0
  private found = 0
  private lost = 0
  private livesWithLoss = 0
  private oldestLossMs = 0
  private beyond = 0
  private torn = 0
  errors = 0
  private readonly loads: number[] = []

  /** A life has ended in a kill, and this is what the next one found. */
  add(life: Life, next: { found: number; problem: string; loadMs: number }): void {
    this.kills++
    this.acknowledged += life.acked - life.found
    this.found += next.found - life.found
    this.loads.push(next.loadMs)
    if (next.problem !== '') this.torn++
    const lost = Math.max(0, life.acked - next.found)
    this.lost += lost
    this.beyond += Math.max(0, next.found - life.acked)
    if (lost === 0) return
    this.livesWithLoss++
    const first = life.acks.find(({ n }) => n > next.found)
    if (first !== undefined) {
      this.oldestLossMs = Math.max(this.oldestLossMs, life.killedAt - first.at)
    }
  }

  row(): Record<string, number> {
    const loads = this.loads.sort((a, b) => a - b)
    return {
      kills: this.kills,
      acknowledged: this.acknowledged,
      found: this.found,
      lost: this.lost,
      'kills with a loss': this.livesWithLoss,
      'age of the oldest loss, ms': Math.round(this.oldestLossMs),
      'stored, not acknowledged': this.beyond,
      'torn or out of order': this.torn,
      'load errors': this.errors,
      'load ms, median': loads[loads.length >> 1] ?? 0,
      'load ms, worst': loads.at(-1) ?? 0,
    }
  }

  /** Whether this may happen under the policy. */
  get fine(): boolean {
    return this.torn === 0 && this.errors === 0
  }

  get losses(): number {
    return this.lost
  }

  get oldestLoss(): number {
    return this.oldestLossMs
  }
}

export const POLICIES = ['always', 'everysec', 'no'] as const

export function report(title: string, tallies: Readonly<Record<string, Tally>>): boolean {
  console.log(title)
  console.table(Object.fromEntries(Object.entries(tallies).map(([name, t]) => [name, t.row()])))
  return Object.entries(tallies).every(
    // What left under the other policies was in no doubt for longer than a moment.
    ([name, t]) => t.fine && (name === 'always' ? t.losses === 0 : t.oldestLoss < 1000),
  )
}
