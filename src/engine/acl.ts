/**
 * Who may come in: so far the one user `default` and the password that `requirepass` gives it.
 *
 * A password is kept as its SHA-256 only, and compared in constant time. (The option itself still
 * has it in clear, because CONFIG GET answers with it.)
 * https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
import { equalsConstantTime } from '../util/bytes.ts'
import { sha256 } from '../util/sha256.ts'
import type { Client } from './client.ts'
import type { Config } from './config.ts'

export class Acl {
  /** Whom AUTH without a user name means. */
  readonly defaultUser = 'default'
  /** Digest of the default user's password; empty: any password will do. */
  private digest = ''

  constructor(config: Config) {
    config.follow('requirepass', (password) => {
      this.digest = password === '' ? '' : sha256(password)
    })
  }

  /** New connections need not authenticate. */
  get passwordless(): boolean {
    return this.digest === ''
  }

  hasUser(name: string): boolean {
    return name === this.defaultUser
  }

  /** Let the client in as this user, if the password is right. */
  authenticate(client: Client, user: string, password: string): boolean {
    // The digest is made even for a user who does not exist, so that time does not tell.
    const matches = equalsConstantTime(sha256(password), this.digest) || this.digest === ''
    if (!matches || !this.hasUser(user)) return false
    client.user = user
    client.authenticated = true
    return true
  }

  /** What a connection is before it has said anything, and again after RESET. */
  welcome(client: Client): void {
    client.user = this.defaultUser
    client.authenticated = this.passwordless
  }
}
