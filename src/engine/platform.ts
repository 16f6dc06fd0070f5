import type { Reply } from '../core/reply.ts'

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
  /**
   * Connect to another server, send these requests, and hand over one reply for each, or the name
   * of what went wrong. A runtime that cannot open connections leaves it out.
   */
  ask?(
    server: Server,
    requests: readonly (readonly string[])[],
    done: (answer: readonly Reply[] | NoAnswer) => void,
  ): void
  /** What INFO and MEMORY may tell of the machine; a runtime gives what it knows. */
  describe?(): PlatformFacts
}

export interface Server {
  readonly host: string
  readonly port: number
  /** Milliseconds of silence after which there is no answer. */
  readonly timeout: number
}

/** What could not be done. */
export type NoAnswer = 'connecting' | 'writing' | 'reading'

export interface PlatformFacts {
  /** `Linux 6.1 x86_64`, or the name and version of a browser. */
  os?: string
  archBits?: number
  /** What runs the engine: `node 20.19`, `workerd`. */
  runtime?: string
  processId?: number
  executable?: string
  configFile?: string
  /** Bytes in use: the heap with what hangs on it, the whole process, and what the machine has. */
  heapBytes?: number
  residentBytes?: number
  systemBytes?: number
  /** Connections that `ask` keeps for the next time. */
  keptConnections?: number
  /** Seconds of processor time, and how much of them the system took. */
  cpuUser?: number
  cpuSystem?: number
}

export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning'
