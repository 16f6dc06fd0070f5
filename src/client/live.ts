/**
 * Live queries: a view of some data that follows it.
 *
 * While somebody looks, a view has a session of its own on which CLIENT TRACKING is switched on. So the
 * engine itself knows which keys it has read, and says when one of them changes, expires or is evicted,
 * whoever did it and wherever the engine is. The view then reads again: once a tick, however much has
 * changed; what is equal to what was there before is not told.
 * https://redis.io/docs/latest/develop/reference/client-side-caching/
 */
import { matchGlob } from '../util/glob.ts'
import type { Core } from './core.ts'
import { TEXT } from './decode.ts'
import { report } from './emitter.ts'
import { ClosedError } from './errors.ts'
import type { RedisClient } from './redis.ts'
import { same } from './same.ts'

/** Hears what a view is to show. */
interface Ear<T> {
  value(value: T): void
  error(error: Error): void
  /** Nothing more comes: the client is closed. */
  end(): void
}

/** Begins to tell; returns what stops it. */
type Source<T> = (ear: Ear<T>) => () => void

/**
 * Data that is kept up to date as long as anybody subscribes or iterates.
 *
 * It is a store as React's `useSyncExternalStore` and Svelte take it (its two functions need no `this`), and
 * an async iterator of the values; a slow one skips those in between.
 */
export class LiveView<T> implements AsyncIterable<T> {
  /**
   * Be called with the value, now and whenever it changes; undefined as long as nothing has been read.
   * Returns what ends it.
   */
  readonly subscribe: (listener: (value: T | undefined) => void) => () => void
  /** The value that was read last: the same object until it changes. */
  readonly getSnapshot: () => T | undefined
  private readonly source: Source<T>
  private readonly after: (ms: number, run: () => void) => () => void
  private readonly listeners = new Set<() => void>()
  private value: T | undefined
  /** How many values there have been. */
  private version = 0
  /** Whether the value was read since somebody looks, and is not from before. */
  private fresh = false
  private failure: Error | null = null
  private stop: (() => void) | null = null
  private over = false

  /** `after`: calls back after some milliseconds. */
  constructor(source: Source<T>, after: (ms: number, run: () => void) => () => void) {
    this.source = source
    this.after = after
    this.getSnapshot = () => this.value
    this.subscribe = (listener) => {
      const leave = this.join(() => listener(this.value))
      listener(this.value)
      return leave
    }
  }

  /** Why the last reading failed, so that the value is an old one; null if it did not. */
  get error(): Error | null {
    return this.failure
  }

  /** The value, once it has been read. Rejects if that fails. */
  async ready(): Promise<T> {
    for await (const value of this) return value
    throw new ClosedError()
  }

  /** Let go of all who look: iterators end. The view cannot be used again. */
  close(): void {
    if (this.over) return
    this.over = true
    this.pause()
    this.tell()
    this.listeners.clear()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    let wake = (): void => {}
    let seen = 0
    const leave = this.join(() => wake())
    try {
      while (!this.over) {
        if (this.failure !== null) throw this.failure
        if (this.fresh && this.version !== seen) {
          seen = this.version
          yield this.value as T
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      }
    } finally {
      leave()
    }
  }

  private join(listener: () => void): () => void {
    if (this.over) return () => {}
    this.listeners.add(listener)
    this.stop ??= this.source({
      value: (value) => this.show(value),
      error: (error) => this.fail(error),
      end: () => this.close(),
    })
    return () => {
      if (!this.listeners.delete(listener) || this.listeners.size > 0) return
      // Frameworks leave and subscribe anew when they render.
      this.after(0, () => {
        if (this.listeners.size === 0) this.pause()
      })
    }
  }

  private pause(): void {
    this.stop?.()
    this.stop = null
    this.fresh = false
    this.failure = null
  }

  private show(value: T): void {
    const changed = this.version === 0 || !same(value, this.value)
    if (changed) {
      this.value = value
      this.version++
    } else if (this.fresh && this.failure === null) return
    this.fresh = true
    this.failure = null
    this.tell()
  }

  private fail(error: Error): void {
    this.failure = error
    this.tell()
  }

  private tell(): void {
    for (const listener of [...this.listeners]) {
      try {
        listener()
      } catch (error) {
        report(error)
      }
    }
  }
}

/** What a view reads: `stale` are the keys that have changed since; null if all may have. */
export interface Query<B, T> {
  /** Words behind CLIENT TRACKING ON. */
  readonly tracking: readonly string[]
  /** A view may be started several times; each time it reads with a reader of its own. */
  reader(redis: RedisClient<B>): (stale: ReadonlySet<string> | null) => Promise<T>
}

/** A query on a session beside those of a client. */
export function sourceOf<B, T>(
  parent: Core,
  query: Query<B, T>,
  clientOf: (core: Core) => RedisClient<B>,
): Source<T> {
  return (ear) => {
    const core = parent.aside()
    let over = false
    let stale: Set<string> | null = null
    /** Whether anything has changed that was not read yet. */
    let dirty = false
    let busy = true
    const end = (): void => {
      over = true
      core.abandon(new ClosedError())
    }
    const read = query.reader(clientOf(core))
    const run = async (): Promise<void> => {
      busy = true
      dirty = false
      const keys = stale
      stale = new Set()
      try {
        const value = await read(keys)
        if (!over) ear.value(value)
      } catch (error) {
        stale = null
        if (!over) ear.error(error as Error)
      }
      busy = false
      if (dirty) plan()
    }
    const plan = (): void => {
      if (busy || over) return
      busy = true
      core.link.after(0, () => {
        if (!over) void run()
      })
    }
    const mark = (keys: readonly string[] | null): void => {
      if (keys === null) stale = null
      else if (stale !== null) for (const key of keys) stale.add(key)
      dirty = true
      plan()
    }
    core.events.on('invalidate', mark)
    // When the data was loaded anew, others may have written to it meanwhile.
    core.events.on('state', (state) => {
      if (state === 'ready') mark(null)
    })
    core.events.on('close', () => {
      if (!over) ear.end()
    })
    core
      .start()
      .then(() => core.request(['CLIENT', 'TRACKING', 'ON', ...query.tracking], TEXT, 'plain'))
      .then(run)
      .catch((error) => {
        if (!over) ear.error(error)
      })
    return end
  }
}

/** What a key holds: text or bytes, an object for a hash … Null: nothing. */
export type LiveValue<B = string> =
  | B
  | readonly B[]
  | Readonly<Record<string, B>>
  | readonly (readonly [member: B, score: number])[]
  | readonly (readonly [id: string, fields: readonly B[]])[]
  | null

/** Entries at the end of a stream that are shown; a reading of one's own may ask for more. */
const TAIL = 100

/** Whatever a key holds. */
export const keyQuery = <B>(key: string | Uint8Array): Query<B, LiveValue<B>> => ({
  tracking: [],
  reader: (redis) => () => contentOf(redis, key),
})

/** Any reading: the keys of its commands are followed. */
export const readingQuery = <B, T>(
  reading: (redis: RedisClient<B>) => Promise<T>,
): Query<B, T> => ({
  tracking: [],
  reader: (redis) => () => reading(redis),
})

/** All keys that match a glob pattern, with what they hold, in the order of their names. */
export function patternQuery<B>(pattern: string): Query<B, ReadonlyMap<string, LiveValue<B>>> {
  const prefix = /^[^*?[\\]*/.exec(pattern)?.[0] ?? ''
  return {
    tracking: ['BCAST', 'PREFIX', prefix],
    reader(redis) {
      const all = new Map<string, LiveValue<B>>()
      return async (stale) => {
        let keys = stale === null ? [] : [...stale].filter((key) => matchGlob(pattern, key))
        if (stale === null) {
          all.clear()
          for await (const key of redis.withText().scanIterator({ match: pattern, count: 1000 })) {
            keys.push(key)
          }
          keys = [...new Set(keys)]
        }
        const values = await Promise.all(keys.map((key) => contentOf(redis, key)))
        for (const [i, key] of keys.entries()) {
          const value = values[i] as LiveValue<B>
          if (value === null) all.delete(key)
          else all.set(key, value)
        }
        return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)))
      }
    },
  }
}

async function contentOf<B>(
  redis: RedisClient<B>,
  key: string | Uint8Array,
): Promise<LiveValue<B>> {
  const type = await redis.withText().type(key)
  switch (type) {
    case 'none':
      return null
    case 'string':
      return redis.get(key)
    case 'hash':
      return redis.hgetall(key) as Promise<Record<string, B>>
    case 'list':
      return redis.lrange(key, 0, -1)
    case 'set':
      return inOrder(await redis.smembers(key))
    case 'zset':
      return (await redis.zrange(key, 0, -1, { withscores: true })) as unknown as [B, number][]
    case 'stream':
      return ((await redis.xrevrange(key, '+', '-', { count: TAIL })) as [string, B[]][]).reverse()
    default:
      throw new TypeError(`What a key of type ${type} holds must be read by a function`)
  }
}

/** A set has no order; without one it would seem to change. */
const inOrder = <B>(members: readonly B[]): B[] =>
  [...members].sort((a, b) => (String(a) < String(b) ? -1 : 1))
