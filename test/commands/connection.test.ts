import { describe, expect, it } from 'vitest'
import {
  authenticationRequired,
  helloNeedsAuth,
  unsupportedProtocol,
  wrongPassword,
} from '../../src/core/errors.ts'
import { MapReply, OK, PONG, type Reply } from '../../src/core/reply.ts'
import { argumentsOf, usageOf } from '../../src/core/syntax.ts'
import { REDIS_VERSION } from '../../src/version.ts'
import { run } from '../helpers/run.ts'

/** An error as it is written. */
const said = (reply: Reply): string => String(reply)

const hello = (proto: 2 | 3, id: number) =>
  new MapReply([
    ...['server', 'redis', 'version', REDIS_VERSION, 'proto', proto, 'id', id],
    ...['mode', 'standalone', 'role', 'master', 'modules', []],
  ] as Reply[])

describe('HELLO', () => {
  it('describes the connection in the protocol that it has chosen', () => {
    const r = run()
    expect(r('HELLO')).toEqual(hello(2, 1))
    expect(r('HELLO 3')).toEqual(hello(3, 1))
    expect(r.resp).toBe(3)
    expect(r('HELLO 2')).toEqual(hello(2, 1))
    expect(r.resp).toBe(2)
    expect(r('HELLO 4')).toBe(unsupportedProtocol)
    expect(r.resp).toBe(2)
  })

  it('numbers connections', () => {
    const r = run()
    const second = r.client()
    expect(second('HELLO')).toEqual(hello(2, 2))
  })

  it('wants the password, in the words of Redis since 7.2', () => {
    const r = run({ config: { requirepass: 'secret' } })
    expect(r('HELLO')).toBe(helloNeedsAuth)
    expect(said(r('HELLO 3 SETNAME me'))).toBe(
      'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO ' +
        '<proto> AUTH <user> <pass> option can be used to authenticate the client and select the ' +
        'RESP protocol version at the same time',
    )
    expect(r.resp).toBe(2)
    expect(r('HELLO 3 AUTH default secret SETNAME me')).toEqual(hello(3, 1))
    expect(r('CLIENT GETNAME')).toBe('me')
  })

  it('changes neither name nor protocol when anything in it is wrong', () => {
    const r = run()
    expect(r('HELLO 3 SETNAME me AUTH nobody x')).toBe(wrongPassword)
    expect(said(r('HELLO 3 SETNAME me bogus'))).toBe("ERR Syntax error in HELLO option 'bogus'")
    expect(r('CLIENT GETNAME')).toBe(null)
    expect(r.resp).toBe(2)
  })
})

describe('AUTH', () => {
  it('lets in whoever knows the password, and no one else', () => {
    const r = run({ config: { requirepass: 'secret' } })
    expect(r('GET a')).toBe(authenticationRequired)
    for (const attempt of ['Secret', 'secre', 'secrets', '""', 'default secre', 'nobody secret']) {
      expect(r(`AUTH ${attempt}`)).toBe(wrongPassword)
    }
    expect(r('GET a')).toBe(authenticationRequired)
    expect(r('AUTH secret')).toBe(OK)
    expect(r('GET a')).toBe(null)
  })

  it('is not asked of those who came before there was a password', () => {
    const r = run()
    const late = r.client()
    expect(late('PING')).toBe(PONG)
    r.engine.config.set('requirepass', 'secret')
    expect(late('PING')).toBe(PONG)
    expect(r.client()('PING')).toBe(authenticationRequired)
    expect(late('RESET')).toMatchObject({ text: 'RESET' })
    expect(late('PING')).toBe(authenticationRequired)
    r.engine.config.set('requirepass', '')
    expect(late('PING')).toBe(PONG)
  })

  it('keeps the digest of the password and not the password', () => {
    const r = run({ config: { requirepass: 'a secret password' } })
    expect(JSON.stringify(r.engine.acl.all())).not.toContain('secret')
  })
})

describe('RESET', () => {
  it('leaves the library and takes everything else', () => {
    const r = run({ resp: 3 })
    r('CLIENT SETINFO LIB-NAME lib')
    r('CLIENT SETINFO LIB-VER 1.2')
    r('CLIENT SETNAME me')
    r('CLIENT NO-EVICT ON')
    r('CLIENT NO-TOUCH ON')
    r('CLIENT TRACKING ON')
    r('SELECT 3')
    r('SUBSCRIBE ch')
    r('WATCH a')
    r('MULTI')
    expect(r('RESET')).toMatchObject({ text: 'RESET' })
    expect(r.resp).toBe(2)
    const info = (r('CLIENT INFO') as { text: string }).text
    expect(info).toContain(' name= ')
    expect(info).toContain(' flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 watch=0 ')
    expect(info).toContain(' redir=-1 resp=2 lib-name=lib lib-ver=1.2 ')
    expect(r.engine.tracking.clients).toBe(0)
  })
})

describe('QUIT', () => {
  it('answers and ends the connection', () => {
    const r = run()
    const other = r.client()
    expect(other('QUIT')).toBe(OK)
    expect(other.closed).toBe(true)
    expect((r('CLIENT LIST') as { text: string }).text).not.toContain('id=2 ')
  })
})

describe('hints', () => {
  it.each([
    ['auth', '[username] password'],
    ['hello', '[protover [AUTH username password] [SETNAME clientname]]'],
    ['ping', '[message]'],
    ['select', 'index'],
    ['quit', ''],
  ])('of %s', (name, usage) => {
    const command = run().engine.dispatcher.commands.get(name)
    expect(command && usageOf(argumentsOf(command))).toBe(usage)
  })
})
