/**
 * What the client needs of an engine, wherever that engine is.
 *
 * A link leads to one engine; a session on it is one connection there, with a database, a MULTI and
 * subscriptions of its own. Requests go out as argv of byte strings, replies come back as `Reply`
 * values, in order. In this thread that is a function call (`local.ts`), elsewhere RESP over a port
 * (`src/worker/client.ts`). The client does not know the difference.
 */
import type { Push, Reply } from '../core/reply.ts'
import type { Transfers } from '../transfer/types.ts'

/** The client's ear on one session. */
export interface Receiver {
  /** The reply to the oldest request that has none. Runs no code of the user. */
  reply(reply: Reply): void
  /** A message that answers no request, or the confirmation of a subscription. */
  push(push: Push): void
  /** The session is over and nothing more comes. */
  closed(reason: Error): void
}

/** One connection. Everything sent between two flushes travels together. */
export interface Session {
  send(argv: readonly string[]): void
  flush(): void
  /** End it, orderly: what was sent is still answered. */
  close(): void
}

/**
 * `opening`: the data set is not ours yet. `loading`: the engine reads its data; most commands are refused.
 * `ready`. `failed`: the store failed and writes are refused. `elsewhere`: another page or process
 * owns the data set. `fenced`: another one took it over. `closed`.
 */
export type LinkState =
  | 'opening'
  | 'loading'
  | 'ready'
  | 'failed'
  | 'elsewhere'
  | 'fenced'
  | 'closed'

export interface LinkStatus {
  readonly state: LinkState
  /** Where data is kept: `memory`, `indexeddb`, `file`. */
  readonly store: string
  /** Whether data outlives the process. False for memory, and after a fallback to it. */
  readonly durable: boolean
  /** Data was to be kept but the store is unusable, and the application allowed memory instead. */
  readonly fallback: boolean
  /** Bytes read and to be read while loading. */
  readonly loaded: number
  readonly total: number
  /** Whether everything that was acknowledged is stored. */
  readonly saved: boolean
  /** Bytes that are on their way into the store. */
  readonly pendingBytes: number
  /** Which ownership of the data set this is; 0 without a store. */
  readonly epoch: number
  /** What failed last, if the state says that something failed. */
  readonly error: LinkFailure | null
}

/** An error as it crosses a port: no more than names and text. */
export interface LinkFailure {
  readonly code: string
  readonly message: string
}

export type LinkEvent =
  | { readonly type: 'status'; readonly status: LinkStatus }
  | { readonly type: 'error'; readonly error: Error }

export interface Link {
  /** Open a connection. */
  open(receiver: Receiver): Session
  /** Whether sessions begin in RESP3 and need no HELLO: the engine is in this thread. */
  readonly local: boolean
  readonly status: LinkStatus
  listen(listener: (event: LinkEvent) => void): () => void
  /** Resolves when commands are answered; rejects when that will not happen. */
  ready(): Promise<void>
  /** A barrier: resolves when everything acknowledged so far is durable. */
  flush(): Promise<void>
  /** Import and export; null where the link has none. */
  transfers(): Promise<Transfers | null>
  /** Become the owner of the data set, away from whoever has it. */
  takeOver(): Promise<void>
  /** Try the store again after a failure. */
  retry(): Promise<void>
  /** Save and let go of the data set for a while: the page is going to be frozen. */
  suspend(): Promise<void>
  /** Take it again, if nobody else has. */
  resume(): Promise<void>
  /** Call back after some milliseconds; returns what cancels it. */
  after(ms: number, run: () => void): () => void
  /** Save, let go of the data set, end every session. Resolves when that is done. */
  close(): Promise<void>
  /** End every session at once. */
  abandon(reason: Error): void
}

export const MEMORY_STATUS: LinkStatus = {
  state: 'ready',
  store: 'memory',
  durable: false,
  fallback: false,
  loaded: 0,
  total: 0,
  saved: true,
  pendingBytes: 0,
  epoch: 0,
  error: null,
}
