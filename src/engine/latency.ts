/**
 * What takes long: the slow log, the spikes of LATENCY, and how long calls take in general.
 *
 * Two looks at the clock cost as much as a GET. So every call is timed only of commands whose work
 * grows with their data; of those that always do the same little, and of those that were given only a
 * few things to do, one call in sixty-four stands for the others, unless the slow log asks for what
 * takes less than a millisecond.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency-monitor/
 */
import { type Command, FAST, SKIP_SLOWLOG } from '../core/command.ts'
import type { Client } from './client.ts'
import type { Config } from './config.ts'

/** One entry of the slow log. */
export interface SlowEntry {
  readonly id: number
  /** Seconds since the epoch. */
  readonly at: number
  readonly micros: number
  readonly argv: readonly string[]
  readonly address: string
  readonly name: string
}

/** Spikes of one event: how long it took, at most once a second. */
export interface Spikes {
  readonly samples: { at: number; ms: number }[]
  /** The worst of all time, in milliseconds. */
  max: number
}

const MOST_SAMPLES = 160
const MOST_ARGUMENTS = 32
const MOST_BYTES = 128
/** Below this many microseconds what always does the same little is timed as well. */
const LITTLE = 1000

export class Latency {
  /** Whether every call of every command is timed. */
  timesAll = false
  /** Commands that were slow, the newest first. */
  slow: SlowEntry[] = []
  /** By the name of the event: `command`, `fast-command`, `expire-cycle`. */
  readonly spikes: Map<string, Spikes> = new Map()
  /** Microseconds; negative: nothing is logged. */
  private slowerThan = -1
  private mostSlow = 0
  /** Milliseconds; 0: nothing is watched. */
  threshold = 0
  private nextId = 0

  constructor(config: Config) {
    config.follow('slowlog-log-slower-than', (micros) => {
      this.slowerThan = Number(micros)
      this.timesAll = this.slowerThan >= 0 && this.slowerThan < LITTLE
    })
    config.follow('slowlog-max-len', (length) => {
      this.mostSlow = Number(length)
    })
    config.follow('latency-monitor-threshold', (ms) => {
      this.threshold = Number(ms)
    })
  }

  /** A call took so long. `now` of what is given is in milliseconds since the epoch. */
  record(
    client: Client,
    command: Command,
    argv: readonly string[],
    micros: number,
    time: { readonly now: number },
  ): void {
    const slow = this.mostSlow > 0 && this.slowerThan >= 0 && micros >= this.slowerThan
    if (slow && !(command.flags & SKIP_SLOWLOG)) {
      this.slow.unshift({
        id: this.nextId++,
        at: Math.floor(time.now / 1000),
        micros: Math.trunc(micros),
        argv: shorten(command.redact(argv)),
        address: client.address,
        name: client.name,
      })
      if (this.slow.length > this.mostSlow) this.slow.length = this.mostSlow
    }
    if (this.threshold > 0 && micros >= this.threshold * 1000) {
      this.spike(command.flags & FAST ? 'fast-command' : 'command', micros / 1000, time.now)
    }
  }

  /** Something took so many milliseconds; it counts if that is more than the threshold. */
  spike(event: string, ms: number, now: number): void {
    if (this.threshold === 0 || ms < this.threshold) return
    let spikes = this.spikes.get(event)
    if (spikes === undefined) {
      spikes = { samples: [], max: 0 }
      this.spikes.set(event, spikes)
    }
    const whole = Math.trunc(ms)
    spikes.max = Math.max(spikes.max, whole)
    const at = Math.floor(now / 1000)
    const last = spikes.samples.at(-1)
    if (last?.at === at) last.ms = Math.max(last.ms, whole)
    else spikes.samples.push({ at, ms: whole })
    if (spikes.samples.length > MOST_SAMPLES) spikes.samples.shift()
  }
}

/** As the slow log keeps a request: no more words than so many, and no longer ones. */
function shorten(argv: readonly string[]): string[] {
  const cut = argv.length > MOST_ARGUMENTS
  const shown = cut ? argv.slice(0, MOST_ARGUMENTS - 1) : argv
  const words = shown.map((word) =>
    word.length > MOST_BYTES
      ? `${word.slice(0, MOST_BYTES)}... (${word.length - MOST_BYTES} more bytes)`
      : word,
  )
  if (cut) words.push(`... (${argv.length - shown.length} more arguments)`)
  return words
}
