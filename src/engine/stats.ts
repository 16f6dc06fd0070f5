/** What INFO stats counts. CONFIG RESETSTAT makes a new one. */
export class Stats {
  connectionsReceived = 0
  commandsProcessed = 0
  connectionsRejected = 0
  keyspaceHits = 0
  keyspaceMisses = 0
  expiredKeys = 0
  evictedKeys = 0
  bytesIn = 0
  bytesOut = 0
  unexpectedErrors = 0
  /** Error replies by their first word, for INFO errorstats. */
  readonly errors: Map<string, number> = new Map()
  /** The most memory that anybody saw in use. */
  peakMemory = 0
  /** Of the last second or so. */
  readonly commands: Rate = new Rate()
  readonly input: Rate = new Rate()
  readonly output: Rate = new Rate()

  /** Called by the cron. */
  sample(now: number): void {
    this.commands.sample(now, this.commandsProcessed)
    this.input.sample(now, this.bytesIn)
    this.output.sample(now, this.bytesOut)
  }
}

/** How fast a counter runs: the mean of the last sixteen samples. */
export class Rate {
  private readonly samples: number[] = []
  private time = 0
  private count = 0

  sample(now: number, count: number): void {
    const elapsed = now - this.time
    if (elapsed <= 0) return
    if (this.time !== 0) {
      this.samples.push(((count - this.count) * 1000) / elapsed)
      if (this.samples.length > 16) this.samples.shift()
    }
    this.time = now
    this.count = count
  }

  get perSecond(): number {
    const { samples } = this
    return samples.length === 0 ? 0 : samples.reduce((sum, n) => sum + n, 0) / samples.length
  }
}
