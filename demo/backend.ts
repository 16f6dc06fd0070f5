/**
 * What the page needs of an engine: one session, its pushes, and the state of the data. `engine.ts`
 * opens one in a worker; nothing else in the page knows where the engine is.
 */
import type { Push, Reply } from '../src/core/reply.ts'
import type { Transfers } from '../src/transfer/types.ts'

export type DataState = 'opening' | 'loading' | 'saving' | 'saved' | 'memory' | 'failed'

export interface DataStatus {
  readonly state: DataState
  /** Bytes loaded and to be loaded, while loading. */
  readonly loaded: number
  readonly total: number
  /** Why it failed. */
  readonly problem: string
}

/** Another page has the data set, or took it from us, or it was deleted under us; or nobody can read it. */
export type Ownership = 'ours' | 'elsewhere' | 'taken' | 'deleted' | 'damaged'

export interface BackendEvents {
  push(push: Push): void
  status(status: DataStatus): void
  ownership(ownership: Ownership): void
  /** The session is over for good. */
  closed(reason: string): void
}

export interface Backend {
  /** Resolves when the data is loaded and ours; it may take somebody's `takeOver` first. */
  readonly ready: Promise<void>
  /** Send a request (byte strings) as the console's session; its reply comes in order. */
  send(argv: readonly string[]): Promise<Reply>
  /** The same on a session of the page's own, which the console's MULTI or BLPOP does not disturb. */
  ask(argv: readonly string[]): Promise<Reply>
  /** Import and export; null as long as there is no engine. */
  transfers(): Promise<Transfers | null>
  /** Take the data set from the page that has it, or what can be read of a damaged one. */
  takeOver(): Promise<void>
}
