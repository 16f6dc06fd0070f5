/**
 * What can go wrong with a store, as types an application can act on.
 *
 * A store throws nothing but `StoreError`. Its `code` says what happened, `retryable` whether the
 * same call may succeed later, and for damaged data `record` names the very place. Errors of a
 * platform (DOMException, errno) stand behind as `cause`.
 */
import { CommandError } from '../core/errors.ts'

export type StoreErrorCode =
  /** No room, on the disk or in the origin's quota. */
  | 'quota-exceeded'
  /** The connection was closed under us, or the store was closed. */
  | 'closed'
  /** Somebody else holds the data: another process, or a connection that does not let go. */
  | 'blocked'
  /** No answer in time. */
  | 'timeout'
  /** This platform, or this mode of it, has no such store. */
  | 'unavailable'
  /** Stored bytes are not what was written. */
  | 'corrupt'
  /** Another owner has taken the data over. */
  | 'fenced'
  /** Written by a newer version of this library. */
  | 'newer-format'
  /** Anything else that the platform reports. */
  | 'io'

/** Where a record lies, for people and for repair. */
export interface RecordPlace {
  readonly area: 'snapshot' | 'journal'
  /** A file's name, or the key of a database record. */
  readonly name: string
  /** Bytes from the beginning of what `name` names. */
  readonly offset: number
  /** The record's own number, or the one that was due here. */
  readonly sequence: number
}

export interface StoreErrorOptions {
  cause?: unknown
  retryable?: boolean
  record?: RecordPlace
  lost?: boolean
}

export class StoreError extends Error {
  override readonly name: string = 'StoreError'
  readonly code: StoreErrorCode
  /** Whether the same call may succeed later without anybody repairing anything. */
  readonly retryable: boolean
  /** The damaged record; null unless the code is `corrupt`. */
  readonly record: RecordPlace | null
  /**
   * What was appended before and not synced may be gone although it was accepted (a failed fsync):
   * appending once more is not enough, only a fresh snapshot is.
   */
  readonly lost: boolean

  constructor(code: StoreErrorCode, message: string, options: StoreErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? RETRYABLE.has(code)
    this.record = options.record ?? null
    this.lost = options.lost ?? false
  }
}

const RETRYABLE: ReadonlySet<StoreErrorCode> = new Set([
  'quota-exceeded',
  'closed',
  'blocked',
  'timeout',
  'io',
])

/** An older owner's call: the data belongs to somebody else now, and nothing was written. */
export class FencedError extends StoreError {
  override readonly name: string = 'FencedError'
  /** The epoch of the caller and the one that is stored; 0 if the data set was deleted. */
  readonly epoch: number
  readonly current: number

  constructor(epoch: number, current: number) {
    super(
      'fenced',
      current === 0
        ? `the data set was deleted under its owner (epoch ${epoch})`
        : `another owner has taken the data set over (epoch ${current}, ours is ${epoch})`,
      { retryable: false },
    )
    this.epoch = epoch
    this.current = current
  }
}

/** Stored bytes that are not what was written. */
export const corrupt = (record: RecordPlace, reason: string, cause?: unknown): StoreError =>
  new StoreError(
    'corrupt',
    `${record.area} record ${record.sequence} in ${record.name} at byte ${record.offset}: ${reason}`,
    { record, cause, retryable: false },
  )

/** Anything thrown, as a StoreError. */
export function asStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new StoreError('io', message, { cause: error })
}

/** The reply to a write once another owner has the data. */
export const ownedElsewhere: CommandError = new CommandError(
  'This data set has been taken over by another page or process. Writes are refused here.',
  'READONLY',
)
