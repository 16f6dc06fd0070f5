/**
 * What a cluster would refuse, counted where there is none: requests whose keys are of several slots,
 * scripts that say that they are not for clusters, databases other than the first. INFO shows the sum while
 * `cluster-compatibility-sample-ratio` has a share of the requests looked at.
 * https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
 */
import type { Command } from '../core/command.ts'
import { keysOf, takesSlots } from '../core/keys.ts'
import { keySlot } from '../util/crc.ts'
import type { Client } from './client.ts'
import type { Engine } from './engine.ts'

/** In place of a slot: the request is not looked at, or not any more; and nothing has named a key yet. */
const UNWATCHED = -2
const NO_SLOT = -1

export class OneSlot {
  /** Whether any requests are looked at. */
  active = false
  /** The slot of the request that was let in last. */
  current: number = UNWATCHED
  private readonly engine: Engine
  private percent = 0

  constructor(engine: Engine) {
    this.engine = engine
    engine.config.follow('cluster-compatibility-sample-ratio', (percent) => {
      this.percent = Number(percent)
      this.active = this.percent > 0
      this.current = UNWATCHED
    })
  }

  /** Whether this one is to be looked at. */
  get draws(): boolean {
    return this.active && (this.percent === 100 || this.engine.random.below(100) < this.percent)
  }

  count(): void {
    this.engine.stats.clusterIncompatible++
  }

  /** A request was let in. */
  look(client: Client, command: Command, argv: readonly string[]): void {
    this.current = UNWATCHED
    const queue = command.name === 'exec' ? (client.transaction?.queue ?? []) : null
    if ((queue === null && !takesSlots(command)) || !this.draws) return
    this.current = NO_SLOT
    for (const queued of queue ?? [{ command, argv }]) {
      this.current = this.follow(this.current, queued.command, queued.argv)
    }
  }

  /** The slot of a request that comes after others of this slot. It counts if there are two of them. */
  private follow(slot: number, command: Command, argv: readonly string[]): number {
    if (slot === UNWATCHED || !takesSlots(command)) return slot
    let common = slot
    for (const { at } of keysOf(command, argv, true) ?? []) {
      const own = keySlot(argv[at] as string)
      if (common !== NO_SLOT && own !== common) {
        this.count()
        return UNWATCHED
      }
      common = own
    }
    return common
  }

  /**
   * A script that stands at this slot calls a command; where it stands then. `apart`: its calls need not
   * be of one slot, each only by itself.
   */
  inScript(slot: number, apart: boolean, command: Command, argv: readonly string[]): number {
    if (!apart) return this.follow(slot, command, argv)
    if (slot === UNWATCHED) return slot
    return this.follow(NO_SLOT, command, argv) === UNWATCHED ? UNWATCHED : slot
  }

  /** SORT reads keys of this pattern: they should be in the slot of what it sorts. */
  lookAtPattern(key: string, pattern: string): void {
    if (this.draws && patternSlot(pattern) !== keySlot(key)) this.count()
  }
}

/** The slot of all keys of a pattern; negative if they are of several. */
function patternSlot(pattern: string): number {
  const open = pattern.indexOf('{')
  const close = open < 0 ? -1 : pattern.indexOf('}', open + 1)
  const hashed = close > open + 1 ? pattern.slice(open + 1, close) : pattern
  return /[*?[\\]/.test(hashed) ? NO_SLOT : keySlot(pattern)
}
