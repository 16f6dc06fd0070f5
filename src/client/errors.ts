/** What calls of the client reject with. Every class has a `code` to switch on. */
import type { CommandError } from '../core/errors.ts'

/** An error reply. `code` is its first word: `WRONGTYPE`, `ERR`, `NOAUTH` … */
export class ReplyError extends Error {
  override readonly name: string = 'ReplyError'
  readonly code: string
  /** The command that was refused, as sent but without its arguments: they may be secret. */
  readonly command: string

  constructor(error: CommandError, command: string) {
    super(String(error))
    this.code = error.code
    this.command = command
  }
}

/** The client, its session or its engine is closed. The call may or may not have been carried out. */
export class ClosedError extends Error {
  override readonly name: string = 'ClosedError'
  readonly code: string = 'CLOSED'

  constructor(message = 'The connection is closed', options?: ErrorOptions) {
    super(message, options)
  }
}

/** The call was aborted through its signal; nothing was carried out. */
export class AbortError extends Error {
  override readonly name: string = 'AbortError'
  readonly code: string = 'ABORT_ERR'

  constructor(message = 'The call was aborted', options?: ErrorOptions) {
    super(message, options)
  }
}

/** No answer within the time that was allowed. The call may or may not have been carried out. */
export class TimeoutError extends Error {
  override readonly name: string = 'TimeoutError'
  readonly code: string = 'TIMEOUT'
}

/** Another page or process owns the data set, or has taken it over. */
export class OwnershipError extends Error {
  override readonly name: string = 'OwnershipError'
  /** `OWNED_ELSEWHERE`: it was not opened; `takeOver` may. `FENCED`: it was ours and is no more. */
  readonly code: 'OWNED_ELSEWHERE' | 'FENCED'

  constructor(code: 'OWNED_ELSEWHERE' | 'FENCED', message: string) {
    super(message)
    this.code = code
  }
}

/** The store failed: `code` says how (`quota`, `closed`, `corrupt` …, see `src/persistence`). */
export class StorageError extends Error {
  override readonly name: string = 'StorageError'
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A subscriber did not read and more messages waited for it than it allowed. */
export class OverflowError extends Error {
  override readonly name: string = 'OverflowError'
  readonly code: string = 'OVERFLOW'
}

/** An error that has crossed a port, as its own class again. */
export function errorFrom({ code, message }: { code: string; message: string }): Error {
  switch (code) {
    case 'FENCED':
    case 'OWNED_ELSEWHERE':
      return new OwnershipError(code, message)
    case 'fenced':
      return new OwnershipError('FENCED', message)
    case 'CLOSED':
      return new ClosedError(message)
    case 'OVERFLOW':
      return new OverflowError(message)
    default:
      return new StorageError(code, message)
  }
}
