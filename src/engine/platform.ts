/**
 * The world, as the engine sees it. A runtime supplies one; tests supply one whose clock is wound by
 * hand. The engine never reads time or entropy by itself, so the same calls under the same
 * platform give the same bytes.
 */
export interface Platform {
  /** Wall clock: whole milliseconds since the epoch. */
  now(): number
  /** A clock that never goes back, in microseconds with any fraction; its zero means nothing. */
  micros(): number
  /** Seed of the engine's random numbers. */
  entropy(bytes: number): Uint8Array
  /** Call back once after some milliseconds, or as soon as possible; returns what cancels it. */
  after(ms: number, run: () => void): () => void
  log(level: LogLevel, message: string): void
}

export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning'
