/**
 * Trimming: the options that XADD and XTRIM share.
 *
 * With `~` only whole chunks go, so what is left depends on where the chunks end; journal and replicas
 * are therefore told what it came to, as an exact length or first ID.
 */
import type { Args } from '../core/args.ts'
import type { Context } from '../core/context.ts'
import {
  limitArgumentNegative,
  limitNeedsApproximation,
  limitNeedsStrategy,
  maxlenNegative,
  strategyMissing,
  trimmedTwice,
} from '../core/errors.ts'
import { KEEP_REFERENCES, type References, type Stream } from '../types/stream.ts'
import { formatId, MAX_ID, MIN_ID, type StreamId } from '../types/stream-id.ts'
import { idOf, takeReferences } from './stream-args.ts'

/** No call trims more than this many entries unless it is told to. */
const MOST_BY_DEFAULT = 1_000_000

/** The options of trimming, as they are read one by one. */
export class TrimOptions {
  strategy: 'MAXLEN' | 'MINID' | null = null
  approximate = false
  length = -1
  minId: StreamId = MIN_ID
  /** LIMIT; -1: not given. */
  private limit = -1
  references: References | undefined = undefined
  /** Where the threshold stands in argv. */
  private at = 0

  /** Read one option, if it stands next. An option name without its argument is none. */
  take(args: Args): boolean {
    if (args.left > 1) {
      if (args.take('MAXLEN')) {
        this.begin(args, 'MAXLEN')
        const length = args.integer()
        if (length < 0) throw maxlenNegative
        this.length = Number(length)
        return true
      }
      if (args.take('MINID')) {
        this.begin(args, 'MINID')
        this.minId = idOf(args.next())
        return true
      }
      if (args.take('LIMIT')) {
        const limit = args.integer()
        if (limit < 0) throw limitArgumentNegative
        this.limit = Number(limit)
        return true
      }
    }
    if (this.references !== undefined) return false
    this.references = takeReferences(args)
    return this.references !== undefined
  }

  private begin(args: Args, strategy: 'MAXLEN' | 'MINID'): void {
    if (this.strategy !== null) throw trimmedTwice
    this.strategy = strategy
    this.approximate = args.left > 1 && args.take('~')
    if (!this.approximate && args.left > 1) args.take('=')
    this.at = args.argv.length - args.left
  }

  /** After the last option: whether they go together. `internal`: they come from the journal. */
  check(internal: boolean, required: boolean): void {
    if (this.strategy === null) {
      if (this.limit > 0) throw limitNeedsStrategy
      if (required) throw strategyMissing
    }
    // What comes from the journal is exact already, and its LIMIT was heeded.
    if (internal) this.limit = 0
    else if (this.limit >= 0 && !this.approximate) throw limitNeedsApproximation
  }

  /** Trim; how many entries went. */
  apply(c: Context, stream: Stream): number {
    if (this.strategy === null) return 0
    return stream.trim({
      length: this.strategy === 'MAXLEN' ? this.length : -1,
      minId: this.minId,
      wholeChunks: this.approximate,
      most: this.most(c),
      references: this.references ?? KEEP_REFERENCES,
    })
  }

  private most(c: Context): number {
    if (this.limit >= 0) return this.limit
    if (!this.approximate) return 0
    const chunks = 100 * c.engine.keyspace.streamLimits.entries
    return chunks <= 0 ? 10_000 : Math.min(chunks, MOST_BY_DEFAULT)
  }

  /** Say in the words of a call what an approximate threshold came to. */
  settle(words: string[], stream: Stream): void {
    if (!this.approximate) return
    words[this.at - 1] = '='
    words[this.at] = this.strategy === 'MAXLEN' ? String(stream.length) : firstPlace(stream)
  }
}

/** The ID of the first entry, be it one that was removed. */
function firstPlace({ log }: Stream): string {
  if (log.size === 0) return MAX_ID.toString()
  const { ms, seq } = log.chunkAt(0)
  return formatId(ms, seq)
}
