/** Errors that `respite-server` explains to its user in a line, without a stack. */

/** The configuration file or a flag is wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
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
