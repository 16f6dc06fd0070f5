import { describe, expect, it } from 'vitest'
import { CommandError } from '../../src/core/errors.ts'
import { Double, MapReply, OK } from '../../src/core/reply.ts'
import type { AclFile } from '../../src/engine/acl.ts'
import { run } from '../helpers/run.ts'

const wrongPassword = new CommandError(
  'invalid username-password pair or user is disabled.',
  'WRONGPASS',
)

describe('acl-pubsub-default', () => {
  it('is what reset, a new user and a new selector begin with', () => {
    const r = run()
    r('CONFIG SET acl-pubsub-default allchannels')
    r('ACL SETUSER eve reset (+get)')
    expect(r('ACL LIST')).toContain('user eve off sanitize-payload &* -@all (&* -@all +get)')
    r('CONFIG SET acl-pubsub-default resetchannels')
    r('ACL SETUSER eve reset (+get)')
    expect(r('ACL LIST')).toContain(
      'user eve off sanitize-payload resetchannels -@all (resetchannels -@all +get)',
    )
  })
})

describe('ACL LOG', () => {
  it('counts refusals that are alike as one, for a minute', () => {
    const r = run()
    r('ACL SETUSER a on nopass +get ~k')
    r('AUTH a x')
    r('SET k v')
    r.clock += 60_000
    r('SET k v')
    r.clock += 60_001
    r('SET k v')
    const { entries } = r.engine.acl.log
    expect(entries.map(({ id, count, object }) => [id, count, object])).toEqual([
      [1, 1, 'set'],
      [0, 2, 'set'],
    ])
    expect(r.engine.stats.denials).toEqual({ auth: 0, command: 3, key: 0, channel: 0 })
  })

  it('keeps no more than acllog-max-len', () => {
    const r = run({ config: { 'acllog-max-len': '2' } })
    for (const name of ['a', 'b', 'c']) r(`AUTH ${name} x`)
    expect(r.engine.acl.log.entries.map(({ user }) => user)).toEqual(['c', 'b'])
  })

  it('tells the age of an entry in seconds', () => {
    const r = run()
    r('AUTH a x')
    r.clock += 1500
    const [entry] = r('ACL LOG') as MapReply[]
    const at = entry?.items.indexOf('age-seconds') as number
    expect(entry?.items[at + 1]).toEqual(new Double(1.5))
  })
})

describe('ACL HELP', () => {
  it('names every subcommand', () => {
    const r = run()
    const text = JSON.stringify(r('ACL HELP'))
    for (const name of r.engine.dispatcher.commands.get('acl')?.subcommands?.keys() ?? []) {
      expect(text).toContain(name.toUpperCase())
    }
  })
})

describe('the ACL file', () => {
  const fileOf = (text: string): AclFile & { text: string } => ({
    path: 'users.acl',
    text,
    read() {
      return this.text
    },
    write(lines) {
      this.text = lines
    },
  })

  it('is read whole or not at all', () => {
    const r = run()
    r('ACL SETUSER old on')
    r.engine.acl.file = fileOf(
      'user alice on >x ~* +@all\n\nuser bob foo\ncarol on\nuser alice on\nuser eve (+get\nuser f +nosuch',
    )
    expect(r('ACL LOAD')).toEqual(
      new CommandError(
        'users.acl:3: Syntax error. ' +
          'users.acl:4 should start with user keyword followed by the username. ' +
          "WARNING: Duplicate user 'alice' found on line 5. " +
          'users.acl:6: Unmatched parenthesis in selector definition.' +
          "users.acl:7: Error in applying operation '+nosuch': Unknown command or category name in ACL. " +
          'WARNING: ACL errors detected, no change to the previously active ACL rules was performed',
      ),
    )
    expect(r('ACL USERS')).toEqual(['default', 'old'])
  })

  it('takes the place of all users, and what is saved can be loaded', () => {
    const r = run()
    const file = fileOf('user alice on nopass ~a* (+get ~b) &c +@all -set\nuser default on >x +get')
    r.engine.acl.file = file
    r('ACL SETUSER old on')
    expect(r('ACL LOAD')).toBe(OK)
    expect(r.engine.acl.all().map(({ name }) => name)).toEqual(['alice', 'default'])
    expect(r('AUTH alice x')).toBe(OK)
    expect(r('ACL SAVE')).toBe(OK)
    const lines = r.engine.acl.lines()
    expect(file.text).toBe(`${lines.join('\n')}\n`)
    expect(r('ACL LOAD')).toBe(OK)
    expect(r.engine.acl.lines()).toEqual(lines)
  })

  it('ends the connections of users who are gone or changed, not those of the others', () => {
    const r = run()
    r.engine.acl.file = fileOf('user stays on nopass +@all\nuser changes on nopass +@all')
    r('ACL LOAD')
    const clients = ['stays', 'changes'].map((name) => {
      const client = r.engine.connect({ reply() {}, push() {}, flush() {}, close() {} })
      client.submit(['AUTH', name, 'x'])
      return client
    })
    r.engine.acl.file = fileOf('user stays on nopass +@all\nuser changes on nopass +get')
    r('ACL LOAD')
    expect(clients.map(({ closing }) => closing)).toEqual([false, true])
  })
})

describe("a host's authenticator", () => {
  it('is asked where ACL says no, and names a user', () => {
    const r = run()
    r('ACL SETUSER reader on >secret +get ~*')
    const asked: string[] = []
    r.engine.acl.authenticator = ({ user, password }, settle) => {
      asked.push(`${user}:${password}`)
      settle(password === 'token' ? 'reader' : null)
    }
    expect(r('AUTH anyone token')).toBe(OK)
    expect(r.session.user.name).toBe('reader')
    expect(r('AUTH reader secret')).toBe(OK)
    expect(r('AUTH reader wrong')).toEqual(wrongPassword)
    expect(asked).toEqual(['anyone:token', 'reader:wrong'])
    expect(r('HELLO 3 AUTH anyone token')).toBeInstanceOf(MapReply)
  })

  it('may take its time, and cannot name a user who is not there or may not come in', () => {
    const r = run()
    r('ACL SETUSER off off nopass')
    const settles: ((user: string | null) => void)[] = []
    r.engine.acl.authenticator = (_, settle) => settles.push(settle)
    const client = r.engine.connect({
      reply: (reply) => replies.push(reply),
      push() {},
      flush() {},
      close() {},
    })
    const replies: unknown[] = []
    for (const name of ['nobody', 'off', 'default']) {
      client.submit(['AUTH', 'x', 'y'])
      client.submit(['ECHO', name])
      expect(replies).toHaveLength(0)
      settles.shift()?.(name)
      expect(replies.splice(0)).toEqual([name === 'default' ? OK : wrongPassword, name])
    }
  })
})

describe('names from outside', () => {
  it('are data like any other', () => {
    const r = run()
    for (const name of ['__proto__', 'constructor', 'hasOwnProperty']) {
      expect(r(['ACL', 'GETUSER', name])).toBe(null)
      expect(r(['AUTH', name, 'x'])).toEqual(wrongPassword)
      expect(r(['ACL', 'SETUSER', name, 'on', 'nopass', '+get', '~k'])).toBe(OK)
      expect(r(['ACL', 'DRYRUN', name, 'get', 'k'])).toBe(OK)
      expect(r(['ACL', 'DELUSER', name])).toBe(1)
    }
  })
})
