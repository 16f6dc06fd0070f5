/**
 * Users at start-up: from the ACL file, or from the `user` lines of a `redis.conf`, never from both.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CommandError } from '../../core/errors.ts'
import type { Acl, AclFile } from '../../engine/acl.ts'
import type { Config } from '../../engine/config.ts'
import { ConfigError } from './errors.ts'

/** Give the users to the engine. Throws a ConfigError that says what is wrong with them. */
export function loadUsers(acl: Acl, config: Config, lines: readonly string[]): void {
  const path = config.get('aclfile')
  try {
    if (path === '') {
      if (lines.length > 0) acl.load(lines.join('\n'), 'redis.conf')
      return
    }
    if (lines.length > 0) {
      throw new ConfigError(
        "users stand in the configuration file and in 'aclfile': use one of the two",
      )
    }
    acl.file = aclFile(resolve(config.get('dir'), path))
    acl.load(acl.file.read(), acl.file.path)
  } catch (error) {
    if (error instanceof CommandError) throw new ConfigError(error.message)
    throw error
  }
}

function aclFile(path: string): AclFile {
  return {
    path,
    read() {
      try {
        return readFileSync(path, 'latin1')
      } catch {
        throw new CommandError(
          `Error loading ACLs, opening file '${path}': No such file or directory`,
        )
      }
    },
    write(text) {
      const draft = `${path}.tmp-${process.pid}`
      try {
        writeFileSync(draft, text, 'latin1')
        // All of the new file or all of the old one.
        renameSync(draft, path)
      } catch {
        throw new CommandError(
          'There was an error trying to save the ACLs. Please check the server logs for more information',
        )
      }
    },
  }
}
