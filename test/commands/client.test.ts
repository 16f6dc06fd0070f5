import { describe, expect, it } from 'vitest'
import {
  clientIdNotPositive,
  maxAgeNotAnInteger,
  maxAgeNotPositive,
  negativeTimeout,
  timeoutOutOfRange,
} from '../../src/core/errors.ts'
import {
  BLOCKED,
  NIL_ARRAY,
  NO_REPLY,
  OK,
  PONG,
  type Reply,
  Verbatim,
} from '../../src/core/reply.ts'
import { argumentsOf, usageOf } from '../../src/core/syntax.ts'
import { run, type TestClient } from '../helpers/run.ts'

const said = (reply: Reply): string => String(reply)

/** The fields of a line of CLIENT LIST. */
const fieldsOf = (line: string): Record<string, string> =>
  Object.fromEntries(
    line
      .trim()
      .split(' ')
      .map((field) => field.split('=', 2)),
  )

const text = (reply: Reply): string => (reply as Verbatim).text
const info = (client: TestClient): Record<string, string> => fieldsOf(text(client('CLIENT INFO')))
const flags = (r: TestClient, id: number): string | undefined =>
  fieldsOf(text(r(`CLIENT LIST ID ${id}`))).flags

describe('CLIENT INFO', () => {
  it('has the fields of Redis 8.10 in their order', () => {
    const r = run()
    expect(r('CLIENT INFO')).toEqual(
      new Verbatim(
        'id=1 addr=127.0.0.1:50000 laddr=127.0.0.1:6379 fd=-1 name= age=0 idle=0 flags=N db=0 ' +
          'sub=0 psub=0 ssub=0 multi=-1 watch=0 qbuf=26 qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 ' +
          'rbp=0 obl=0 oll=0 omem=0 tot-mem=2048 events=r cmd=client|info user=default redir=-1 ' +
          'resp=2 lib-name= lib-ver= io-thread=0 tot-net-in=0 tot-net-out=0 tot-cmds=0 ' +
          'read-events=0 parse-batch-cmd-sum=0 parse-batch-cnt=0\n',
      ),
    )
  })

  it('tells name, database, subscriptions, protocol and library', () => {
    const r = run({ resp: 3 })
    for (const request of [
      'CLIENT SETNAME me',
      'SELECT 3',
      'SUBSCRIBE a b',
      'PSUBSCRIBE p*',
      'SSUBSCRIBE s',
      'WATCH k l',
      'CLIENT SETINFO lib-name lib',
      'CLIENT SETINFO LIB-VER 1.0',
    ]) {
      r(request)
    }
    r.clock += 7000
    expect(info(r)).toMatchObject({
      name: 'me',
      age: '7',
      flags: 'P',
      db: '3',
      sub: '2',
      psub: '1',
      ssub: '1',
      watch: '2',
      resp: '3',
      'lib-name': 'lib',
      'lib-ver': '1.0',
      'tot-cmds': '8',
    })
  })

  it('tells what a transaction has collected', () => {
    const r = run()
    const other = r.client()
    other('MULTI')
    other('SET key value')
    const line = fieldsOf(text(r('CLIENT LIST ID 2')))
    expect(line).toMatchObject({ multi: '1', 'multi-mem': '83', flags: 'x', cmd: 'set' })
  })

  it('tells the last command as it was found, and NULL for an unknown one', () => {
    const r = run()
    const other = r.client()
    const last = () => fieldsOf(text(r('CLIENT LIST ID 2'))).cmd
    expect(last()).toBe('NULL')
    other('config GET x')
    expect(last()).toBe('config|get')
    other('GET')
    expect(last()).toBe('get')
    other('NOSUCH')
    expect(last()).toBe('NULL')
  })
})

describe('flags of CLIENT LIST', () => {
  it.each<[string, readonly string[]]>([
    ['N', []],
    ['P', ['SUBSCRIBE a']],
    ['P', ['SSUBSCRIBE a']],
    ['x', ['MULTI']],
    ['b', ['BLPOP l 0']],
    ['t', ['CLIENT TRACKING ON']],
    ['tB', ['CLIENT TRACKING ON BCAST']],
    ['e', ['CLIENT NO-EVICT ON']],
    ['T', ['CLIENT NO-TOUCH ON']],
    ['N', ['CLIENT NO-TOUCH ON', 'CLIENT NO-TOUCH OFF']],
    ['PteT', ['CLIENT NO-TOUCH ON', 'CLIENT NO-EVICT ON', 'CLIENT TRACKING ON', 'SUBSCRIBE a']],
  ])('are %s after %j', (expected, requests) => {
    const r = run()
    const other = r.client(3)
    for (const request of requests) other(request)
    expect(flags(r, 2)).toBe(expected)
  })

  it('tell a transaction that will fail, and a held request', () => {
    const r = run()
    const other = r.client()
    other('WATCH a')
    other('MULTI')
    r('SET a 1')
    expect(flags(r, 2)).toBe('xd')
    r('CLIENT PAUSE 1000 WRITE')
    other('SET b 1')
    expect(flags(r, 2)).toBe('xbd')
  })
})

describe('CLIENT LIST', () => {
  it('lists everybody in the order in which they came, but not the engine itself', () => {
    const r = run()
    r.client()
    r.engine.connect({ reply() {}, push() {}, flush() {}, close() {} }).internal = true
    const lines = text(r('CLIENT LIST')).trimEnd().split('\n')
    expect(lines.map((line) => fieldsOf(line).id)).toEqual(['1', '2'])
  })

  it('filters by type and by id', () => {
    const r = run()
    const other = r.client()
    other('SUBSCRIBE ch')
    const ids = (request: string) =>
      [...text(r(request)).matchAll(/^id=(\d+)/gm)].map((match) => match[1])
    expect(ids('CLIENT LIST TYPE normal')).toEqual(['1'])
    expect(ids('CLIENT LIST TYPE PUBSUB')).toEqual(['2'])
    expect(ids('CLIENT LIST TYPE replica')).toEqual([])
    expect(ids('CLIENT LIST ID 2 7 1 2')).toEqual(['2', '1', '2'])
  })
})

describe('CLIENT SETINFO', () => {
  it('takes what fits into a line', () => {
    const r = run()
    expect(r('CLIENT SETINFO LIB-NAME redis-js(x_v1)')).toBe(OK)
    expect(r('CLIENT SETINFO LIB-NAME ""')).toBe(OK)
    expect(said(r('CLIENT SETINFO lib-name "a b"'))).toBe(
      'ERR lib-name cannot contain spaces, newlines or special characters.',
    )
    expect(said(r('CLIENT SETINFO LIB-VER "1\\n"'))).toBe(
      'ERR LIB-VER cannot contain spaces, newlines or special characters.',
    )
    expect(said(r('CLIENT SETINFO nosuch x'))).toBe("ERR Unrecognized option 'nosuch'")
    expect(info(r)).toMatchObject({ 'lib-name': '', 'lib-ver': '' })
  })
})

describe('CLIENT KILL', () => {
  it('by age spares the young', () => {
    const r = run()
    const old = r.client()
    r.clock += 10_000
    const young = r.client()
    expect(r('CLIENT KILL MAXAGE 10')).toBe(1)
    expect([old.closed, young.closed]).toEqual([true, false])
    expect(r('CLIENT KILL MAXAGE 10 SKIPME no')).toBe(1)
    expect(r.closed).toBe(true)
  })

  it('refuses ages and ids that are none', () => {
    const r = run()
    expect(r('CLIENT KILL MAXAGE x')).toBe(maxAgeNotAnInteger)
    expect(r('CLIENT KILL MAXAGE 0')).toBe(maxAgeNotPositive)
    expect(r('CLIENT KILL MAXAGE -1')).toBe(maxAgeNotPositive)
    expect(r('CLIENT KILL ID 0')).toBe(clientIdNotPositive)
  })

  it('takes a client out of the list at once, and out of everything it waited for', () => {
    const r = run()
    const other = r.client(3)
    other('SUBSCRIBE ch')
    other('CLIENT TRACKING ON BCAST PREFIX a')
    other('BLPOP l 0')
    expect(r('CLIENT KILL ID 2')).toBe(1)
    expect(other.closed).toBe(true)
    expect(r.engine.clients.size).toBe(1)
    expect(r.engine.blocking.count).toBe(0)
    expect(r.engine.tracking.prefixCount).toBe(0)
    expect(r('PUBLISH ch x')).toBe(0)
    expect(r('CLIENT KILL ID 2')).toBe(0)
  })

  it('drops replies that still waited for the journal', () => {
    const r = run()
    const other = r.client()
    r.engine.durableOffset = 0
    expect(other('SET a 1')).toBe(BLOCKED)
    expect(other.session.unsent).toBe(1)
    other.session.kill()
    r.engine.flush()
    expect(other.closed).toBe(true)
    r.engine.durableUpTo(r.engine.offset)
    expect(other.replies).toEqual([])
  })
})

describe('a client that ends itself', () => {
  it('still gets the replies that wait for the journal', () => {
    const r = run()
    r.engine.durableOffset = 0
    r('SET a 1')
    expect(r('CLIENT KILL ID 1 SKIPME no')).toBe(BLOCKED)
    expect([r.closed, r.replies]).toEqual([false, []])
    r.engine.durableUpTo(r.engine.offset)
    expect([r.closed, r.replies]).toEqual([true, [OK, 1]])
  })
})

describe('CLIENT REPLY', () => {
  it('hands the host a reply that is nothing for every request', () => {
    const r = run()
    expect(r('CLIENT REPLY OFF')).toBe(NO_REPLY)
    expect(r('PING')).toBe(NO_REPLY)
    expect(r('NOSUCH')).toBe(NO_REPLY)
    expect(r('CLIENT REPLY SKIP')).toBe(NO_REPLY)
    expect(r('CLIENT REPLY ON')).toBe(OK)
    expect(r('CLIENT REPLY SKIP')).toBe(NO_REPLY)
    expect(r('PING')).toBe(NO_REPLY)
    expect(r('PING')).toBe(PONG)
  })
})

describe('CLIENT NO-TOUCH', () => {
  it('leaves the idle time of keys alone, but for TOUCH', () => {
    const r = run()
    r('SET a 1')
    r('CLIENT NO-TOUCH ON')
    r.clock += 30_000
    r('GET a')
    r('APPEND a x')
    expect(r('OBJECT IDLETIME a')).toBe(30)
    r('TOUCH a')
    expect(r('OBJECT IDLETIME a')).toBe(0)
    r.clock += 5000
    r('MULTI')
    r('GET a')
    r('TOUCH b')
    r('EXEC')
    expect(r('OBJECT IDLETIME a')).toBe(5)
    r('CLIENT NO-TOUCH OFF')
    r('GET a')
    expect(r('OBJECT IDLETIME a')).toBe(0)
  })

  it('lets TOUCH in a transaction touch', () => {
    const r = run()
    r('SET a 1')
    r('CLIENT NO-TOUCH ON')
    r.clock += 30_000
    r('MULTI')
    r('TOUCH a')
    r('EXEC')
    expect(r('OBJECT IDLETIME a')).toBe(0)
  })
})

describe('CLIENT PAUSE', () => {
  it('refuses times beyond the end of time', () => {
    const r = run()
    expect(r('CLIENT PAUSE 9223372036854775807')).toBe(timeoutOutOfRange)
    expect(r('CLIENT PAUSE -9223372036854775808')).toBe(negativeTimeout)
    expect(r('PING')).toBe(PONG)
  })

  it('survives timers of more than 31 bits', () => {
    const r = run()
    const other = r.client()
    const delays: number[] = []
    const { platform } = r
    const after = platform.after.bind(platform)
    platform.after = (ms, then) => {
      delays.push(ms)
      return after(ms, then)
    }
    const day = 24 * 3600 * 1000
    r(`CLIENT PAUSE ${40 * day} WRITE`)
    expect(other('SET a 1')).toBe(BLOCKED)
    expect(delays).toEqual([2 ** 31 - 1])
    r.clock += 30 * day
    expect(other.replies).toEqual([])
    r.clock += 10 * day
    expect(other.replies).toEqual([OK])
  })

  it('stays as strict as it was when a milder pause is added', () => {
    const r = run()
    const [a, b] = [r.client(), r.client()]
    r('MULTI')
    r('CLIENT PAUSE 100 ALL')
    r('CLIENT PAUSE 50 WRITE')
    r('EXEC')
    expect(a('GET x')).toBe(BLOCKED)
    r.clock += 100
    expect(a.replies).toEqual([null])
    r('CLIENT PAUSE 100 WRITE')
    expect(b('GET x')).toBe(null)
    r('CLIENT PAUSE 50 ALL')
    expect(b('GET x')).toBe(BLOCKED)
    r.clock += 99
    expect(b.replies).toEqual([])
    r.clock += 1
    expect(b.replies).toEqual([null])
  })

  it('ends by itself, and requests go on in their order', () => {
    const r = run()
    const [a, b] = [r.client(), r.client()]
    r('CLIENT PAUSE 100')
    expect([a('RPUSH l 1'), b('RPUSH l 2'), a('RPUSH l 3')]).toEqual([BLOCKED, BLOCKED, BLOCKED])
    expect(r('CLIENT UNPAUSE')).toBe(BLOCKED)
    r.clock += 99
    expect(a.replies).toEqual([])
    r.clock += 1
    expect([a.replies, b.replies, r.replies]).toEqual([[1, 2], [3], [OK]])
    expect(r('LRANGE l 0 -1')).toEqual(['1', '3', '2'])
  })

  it('does not keep a blocked client from its timeout', () => {
    const r = run()
    const other = r.client()
    other('BLPOP l 0.05')
    r('CLIENT PAUSE 1000 WRITE')
    r.clock += 50
    expect(other.replies).toEqual([NIL_ARRAY])
  })

  it('cannot be ended for one client by CLIENT UNBLOCK', () => {
    const r = run()
    const other = r.client()
    r('CLIENT PAUSE 1000 WRITE')
    other('SET a 1')
    expect(r('CLIENT UNBLOCK 2')).toBe(0)
    expect(r('CLIENT UNBLOCK 2 ERROR')).toBe(0)
    expect(other.replies).toEqual([])
    r('CLIENT UNPAUSE')
    expect(other.replies).toEqual([OK])
  })

  it('keeps keys that are past their deadline until it is over', () => {
    const r = run()
    r('SET a 1 PX 10')
    r('CLIENT PAUSE 1000 WRITE')
    r.clock += 20
    expect(r('GET a')).toBe(null)
    r('MULTI')
    r('GET a')
    expect(r('EXEC')).toEqual([null])
    expect(r.engine.keyspace.size).toBe(1)
    expect(r.effects).toHaveLength(1)
    r('CLIENT UNPAUSE')
    expect(r('GET a')).toBe(null)
    expect(r.engine.keyspace.size).toBe(0)
    expect(r.effects.at(-1)).toEqual(['DEL', 'a'])
  })

  it('lets the transaction that began it overwrite an expired key', () => {
    const r = run()
    r('SET a 1 PX 10')
    r('MULTI')
    r('CLIENT PAUSE 1000 WRITE')
    r('SET a 2')
    r.platform.wind(r.clock + 20)
    expect(r('EXEC')).toEqual([OK, OK])
    expect(r.engine.keyspace.size).toBe(1)
    expect(r('GET a')).toBe('2')
  })

  it('drops the request of a client that is gone', () => {
    const r = run()
    const other = r.client()
    r('CLIENT PAUSE 1000 WRITE')
    other('SET a 1')
    expect(r.engine.pause.count).toBe(1)
    other.disconnect()
    expect(r.engine.pause.count).toBe(0)
    r('CLIENT UNPAUSE')
    expect(r('GET a')).toBe(null)
  })

  it('can hold a released request again', () => {
    const r = run()
    const [a, b] = [r.client(), r.client()]
    r('CLIENT PAUSE 1000 WRITE')
    a('SET a 1')
    b('SET b 1')
    r('MULTI')
    r('CLIENT UNPAUSE')
    r('CLIENT PAUSE 1000 WRITE')
    r('EXEC')
    expect([a.replies.length, b.replies.length]).toEqual([0, 0])
    r('CLIENT UNPAUSE')
    expect([a.replies, b.replies]).toEqual([[OK], [OK]])
  })
})

describe('hints', () => {
  it.each([
    ['caching', 'YES|NO'],
    ['kill', expect.stringContaining('[ID client-id]|[TYPE NORMAL|MASTER|SLAVE|REPLICA|PUBSUB]')],
    ['list', '[TYPE NORMAL|MASTER|REPLICA|PUBSUB] [ID client-id [client-id ...]]'],
    ['no-touch', 'ON|OFF'],
    ['pause', 'timeout [WRITE|ALL]'],
    ['reply', 'ON|OFF|SKIP'],
    ['setinfo', 'LIB-NAME libname|LIB-VER libver'],
    [
      'tracking',
      'ON|OFF [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] ' +
        '[NOLOOP]',
    ],
    ['unblock', 'client-id [TIMEOUT|ERROR]'],
  ])('of CLIENT %s', (name, usage) => {
    const client = run().engine.dispatcher.commands.get('client')
    const command = client?.subcommands?.get(name)
    expect(command && usageOf(argumentsOf(command))).toEqual(usage)
  })
})

describe('CLIENT HELP', () => {
  it('has a line for every subcommand', () => {
    const r = run()
    const lines = (r('CLIENT HELP') as { text: string }[]).map((line) => line.text)
    for (const name of r.engine.dispatcher.commands.get('client')?.subcommands?.keys() ?? []) {
      expect(lines.some((line) => line.startsWith(name.toUpperCase()))).toBe(true)
    }
    expect(lines.every((line) => !/[\r\n]/.test(line))).toBe(true)
  })
})
