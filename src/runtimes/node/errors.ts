/** Errors that `respite-server` explains to its user, without a stack. */

/** A line of a configuration, flags included. */
export interface Place {
  readonly line: number
  readonly text: string
}

/** The configuration file or a flag is wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  /** The line that is wrong, where it is one. */
  readonly place: Place | undefined

  constructor(message: string, place?: Place) {
    super(message)
    this.place = place
  }
}

/** The address cannot be listened on. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
  readonly code: string

  constructor(code: string, message: string, cause: unknown) {
    super(message, { cause })
    this.code = code
  }
}
