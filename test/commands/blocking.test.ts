/** Blocked clients: `src/engine/blocking.ts`, by way of BLPOP and BRPOP. */
import { describe, expect, it } from 'vitest'
import { unblocked, wrongType } from '../../src/core/errors.ts'
import { BLOCKED, NIL_ARRAY, OK, type Push, type Verbatim } from '../../src/core/reply.ts'
import { digest } from '../helpers/digest.ts'
import { run, type TestClient } from '../helpers/run.ts'

/** So many clients that wait for these keys. */
function waiters(r: ReturnType<typeof run>, ...requests: string[]): TestClient[] {
  return requests.map((request) => {
    const client = r.client()
    expect(client(request)).toBe(BLOCKED)
    return client
  })
}

const replies = (clients: TestClient[]) => clients.map((client) => client.replies)

describe('order of service', () => {
  it('who waits longest is served first, until nothing is left', () => {
    const r = run()
    const clients = waiters(r, 'BLPOP l 0', 'BRPOP l 0', 'BLPOP l 0')
    r('RPUSH l 1 2 3 4')
    expect(replies(clients)).toEqual([[['l', '1']], [['l', '4']], [['l', '2']]])
    expect(r('LRANGE l 0 -1')).toEqual(['3'])
  })

  it('keys are served in the order in which they became ready', () => {
    const r = run()
    const clients = waiters(r, 'BLPOP a 0', 'BLPOP b 0')
    r('MULTI')
    r('RPUSH b 1')
    r('RPUSH a 2')
    r('EXEC')
    expect(r.effects.slice(2)).toEqual([
      ['LPOP', 'b'],
      ['LPOP', 'a'],
    ])
    expect(replies(clients)).toEqual([[['a', '2']], [['b', '1']]])
  })

  it('a database that was emptied before has no say in that', () => {
    const r = run()
    const clients = waiters(r, 'BLPOP a 0', 'BLPOP b 0')
    r('MULTI')
    r('FLUSHDB')
    r('RPUSH b 1')
    r('RPUSH a 2')
    r('EXEC')
    expect(r.effects.slice(3)).toEqual([
      ['LPOP', 'b'],
      ['LPOP', 'a'],
    ])
    expect(replies(clients)).toEqual([[['a', '2']], [['b', '1']]])
  })

  it('a client with several keys gets the first of them that has something', () => {
    const r = run()
    const [client] = waiters(r, 'BLPOP a b c 0')
    r('MULTI')
    r('RPUSH c 1')
    r('RPUSH b 2')
    r('EXEC')
    expect(client?.replies).toEqual([['b', '2']])
    expect(r('LRANGE c 0 -1')).toEqual(['1'])
  })

  it('a client that was served by one key does not wait for the others any more', () => {
    const r = run()
    const [first, second] = waiters(r, 'BLPOP a b 0', 'BLPOP b 0')
    r('RPUSH a 1')
    r('RPUSH b 2')
    expect(first?.replies).toEqual([['a', '1']])
    expect(second?.replies).toEqual([['b', '2']])
    expect(r.engine.blocking.keys).toBe(0)
    expect(r.engine.blocking.count).toBe(0)
  })

  it('a key that is named twice is waited for once', () => {
    const r = run()
    const [first, second] = waiters(r, 'BLPOP a a 0', 'BLPOP a 0')
    r('RPUSH a 1')
    expect([first?.replies, second?.replies]).toEqual([[['a', '1']], []])
    r('RPUSH a 2')
    expect(second?.replies).toEqual([['a', '2']])
  })

  it('databases do not mix', () => {
    const r = run()
    const other = r.client()
    other('SELECT 9')
    other('BLPOP l 0')
    r('RPUSH l 1')
    expect(other.replies).toEqual([])
    r('MOVE l 9')
    expect(other.replies).toEqual([['l', '1']])
  })

  it('what a client has sent meanwhile runs when all who wait have been served', () => {
    const r = run()
    const [first, second] = waiters(r, 'BLPOP l 0', 'BLPOP l 0')
    first?.session.submit(['LPOP', 'l'])
    first?.session.submit(['BLPOP', 'l', '0'])
    first?.session.submit(['PING'])
    r('RPUSH l 1 2 3')
    expect(second?.replies).toEqual([['l', '2']])
    // Only now the LPOP; then it blocks again, and PING has to wait.
    expect(first?.replies).toEqual([['l', '1'], '3'])
    r('RPUSH l 4')
    expect(first?.replies.slice(2, 3)).toEqual([['l', '4']])
    expect(first?.replies).toHaveLength(4)
  })

  it('a request that comes before the rest of the inbox has run keeps its place', () => {
    const r = run()
    const [client] = waiters(r, 'BLPOP l 0')
    client?.session.submit(['ECHO', '1'])
    // Without the flush that would run the inbox.
    r.session.submit(['RPUSH', 'l', 'x'])
    client?.session.submit(['ECHO', '2'])
    r.engine.flush()
    expect(client?.replies).toEqual([['l', 'x'], '1', '2'])
  })
})

describe('who wakes', () => {
  it.each([
    ['RPUSH', ['RPUSH l 1']],
    ['LPUSH', ['LPUSH l 1']],
    ['RENAME', ['RPUSH m 1', 'RENAME m l']],
    ['RENAMENX', ['RPUSH m 1', 'RENAMENX m l']],
    ['COPY', ['RPUSH m 1', 'COPY m l']],
    ['COPY from another database', ['SELECT 9', 'RPUSH l 1', 'COPY l l DB 0']],
    ['MOVE', ['SELECT 9', 'RPUSH l 1', 'MOVE l 0']],
    ['SWAPDB', ['SELECT 9', 'RPUSH l 1', 'SWAPDB 0 9']],
    ['a transaction', ['MULTI', 'RPUSH l 1', 'EXEC']],
    ['RENAME over a key of another type', ['SET l x', 'RPUSH m 1', 'RENAME m l']],
  ])('%s does', (_, requests) => {
    const r = run()
    const [client] = waiters(r, 'BLPOP l 0')
    for (const request of requests) r(request)
    expect(client?.replies).toEqual([['l', '1']])
    expect(digest(r.engine).filter((line) => line.includes('"l"'))).toEqual(
      requests[0] === 'SELECT 9' && requests[2] === 'COPY l l DB 0' ? ['9 "l" list ["1"] 0'] : [],
    )
  })

  it('a key of another type does not, and the client goes on waiting', () => {
    const r = run()
    const [client] = waiters(r, 'BLPOP l 0')
    r('SET l x')
    expect(client?.replies).toEqual([])
    expect(r('RPUSH l 1')).toBe(wrongType)
    r('DEL l')
    r('RPUSH l 1')
    expect(client?.replies).toEqual([['l', '1']])
  })

  it('a key that is gone again at the end of the unit does not', () => {
    const r = run()
    const [client] = waiters(r, 'BLPOP l 0')
    for (const request of ['MULTI', 'RPUSH l 1', 'DEL l', 'EXEC']) r(request)
    for (const request of ['MULTI', 'RPUSH l 1', 'LPOP l', 'SET l x', 'EXEC']) r(request)
    expect(client?.replies).toEqual([])
    r('DEL l')
    r('RPUSH l 2')
    expect(client?.replies).toEqual([['l', '2']])
  })

  it('one that has expired meanwhile does not, and stays until somebody asks for it', () => {
    const r = run()
    r('DEBUG SET-ACTIVE-EXPIRE 0')
    r('SELECT 1')
    r('RPUSH k v')
    r('PEXPIRE k 100')
    r('SELECT 0')
    const clients = waiters(r, 'BLPOP k 0')
    r.clock += 101
    r.effects.length = 0
    r('SWAPDB 0 1')
    expect([replies(clients), r.effects]).toEqual([[[]], [['SWAPDB', '0', '1']]])
    r('EXISTS k')
    expect(r.effects.slice(1)).toEqual([['DEL', 'k']])
  })

  it('a key that expires does not', () => {
    const r = run()
    const [client] = waiters(r, 'BLPOP l 0')
    for (const request of ['MULTI', 'RPUSH l 1', 'PEXPIRE l -1', 'EXEC']) r(request)
    expect(client?.replies).toEqual([])
    expect(r.engine.blocking.count).toBe(1)
  })

  it('a key of another type in front of the ready one is an error', () => {
    const r = run()
    const [client] = waiters(r, 'BLPOP a b 0')
    r('SET a x')
    r('RPUSH b 1')
    expect(client?.replies).toEqual([wrongType])
    expect(r('LRANGE b 0 -1')).toEqual(['1'])
  })
})

describe('time', () => {
  it('the first deadline comes first, whoever waits longer', () => {
    const r = run()
    const [slow, quick] = waiters(r, 'BLPOP a 2', 'BLPOP b 1')
    r.clock += 1000
    expect([slow?.replies, quick?.replies]).toEqual([[], [NIL_ARRAY]])
    r.clock += 1000
    expect(slow?.replies).toEqual([NIL_ARRAY])
    expect(r.engine.blocking.nextDeadline).toBe(Number.POSITIVE_INFINITY)
  })

  it('a client that is served does not time out as well', () => {
    const r = run()
    const [client] = waiters(r, 'BLPOP l 1')
    r('RPUSH l 1')
    r.clock += 5000
    expect(client?.replies).toEqual([['l', '1']])
  })

  it('a client that times out runs what it has sent meanwhile', () => {
    const r = run()
    const [client] = waiters(r, 'BLPOP l 1')
    client?.session.submit(['ECHO', 'x'])
    expect(client?.replies).toEqual([])
    r.clock += 1000
    expect(client?.replies).toEqual([NIL_ARRAY, 'x'])
  })

  it('zero is for ever', () => {
    const r = run()
    const [client] = waiters(r, 'BLPOP l 0')
    r.clock += 1e12
    expect(client?.replies).toEqual([])
  })

  it('a fraction of a millisecond is rounded up', () => {
    const r = run()
    const [client] = waiters(r, 'BLPOP l 0.0001')
    expect(client?.replies).toEqual([])
    r.clock += 1
    expect(client?.replies).toEqual([NIL_ARRAY])
  })

  it('WAIT counts no replicas when its time is up', () => {
    const r = run()
    const [client] = waiters(r, 'WAIT 1 500')
    r.clock += 499
    expect(client?.replies).toEqual([])
    r.clock += 1
    expect(client?.replies).toEqual([0])
  })
})

describe('an end from outside', () => {
  it('CLIENT UNBLOCK ends it as if the time were up, or with an error', () => {
    const r = run()
    const [first, second, third] = waiters(r, 'BLPOP l 0', 'BLPOP l 0', 'WAIT 2 0')
    expect(r(`CLIENT UNBLOCK ${first?.session.id}`)).toBe(1)
    expect(r(`CLIENT UNBLOCK ${second?.session.id} ERROR`)).toBe(1)
    expect(r(`CLIENT UNBLOCK ${third?.session.id}`)).toBe(1)
    expect(first?.replies).toEqual([NIL_ARRAY])
    expect(second?.replies).toEqual([unblocked])
    expect(third?.replies).toEqual([0])
    expect(r.engine.stats.errors).toEqual(new Map([['UNBLOCKED', 1]]))
    expect(r(`CLIENT UNBLOCK ${first?.session.id}`)).toBe(0)
    r('RPUSH l 1')
    expect(r('LLEN l')).toBe(1)
  })

  it('a client that is unblocked runs what it has sent meanwhile', () => {
    const r = run()
    const [client] = waiters(r, 'BLPOP l 0')
    client?.session.submit(['ECHO', 'x'])
    r(`CLIENT UNBLOCK ${client?.session.id}`)
    expect(client?.replies).toEqual([NIL_ARRAY, 'x'])
  })

  it('a client that is gone is not served, and nothing of it stays', () => {
    const r = run()
    const [first, second] = waiters(r, 'BLPOP l 1', 'BLPOP l 0')
    first?.disconnect()
    r('RPUSH l 1')
    expect([first?.replies, second?.replies]).toEqual([[], [['l', '1']]])
    expect(r.engine.blocking.nextDeadline).toBe(Number.POSITIVE_INFINITY)
    r.clock += 2000
    expect(first?.replies).toEqual([])
    expect([r.engine.blocking.keys, r.engine.blocking.count]).toEqual([0, 0])
  })
})

describe('where nothing may wait', () => {
  it('in a transaction the answer is that of a timeout', () => {
    const r = run()
    r('MULTI')
    r('BLPOP l 0')
    r('WAIT 1 0')
    r('RPUSH l 1')
    r('BLPOP l 0')
    expect(r('EXEC')).toEqual([NIL_ARRAY, 0, 1, ['l', '1']])
    expect(r.engine.blocking.count).toBe(0)
  })
})

describe('effects', () => {
  it('a pop that was waited for is a unit of its own, after the push', () => {
    const r = run()
    waiters(r, 'BLPOP l 0', 'BRPOP l 0')
    for (const request of ['MULTI', 'RPUSH l 1', 'RPUSH l 2', 'EXEC']) r(request)
    expect(r.units.map((unit) => unit.map((effect) => effect.argv.join(' ')))).toEqual([
      ['RPUSH l 1', 'RPUSH l 2'],
      ['LPOP l'],
      ['RPOP l'],
    ])
  })

  it('a command counts once, however often it runs', () => {
    const r = run()
    waiters(r, 'BLPOP l 0')
    const calls = () =>
      r.engine.stats.each().find(({ command }) => command.name === 'blpop')?.calls ?? 0
    // It is counted when it has its reply.
    expect(calls()).toBe(0)
    r('SET l x')
    r('DEL l')
    r('RPUSH l 1')
    expect(calls()).toBe(1)
  })

  it('a command whose time is up, or that CLIENT UNBLOCK ends, counts as well', () => {
    const r = run()
    const [timed, told] = waiters(r, 'BLPOP l 1', 'BLPOP l 0') as [TestClient, TestClient]
    const line = () => /cmdstat_blpop:(\S+)/.exec((r('INFO commandstats') as Verbatim).text)?.[1]
    expect(line()).toBe(undefined)
    r.clock += 1001
    expect(timed.replies).toEqual([NIL_ARRAY])
    expect(line()).toMatch(/^calls=1,.*rejected_calls=0,failed_calls=0$/)
    r(`CLIENT UNBLOCK ${told.session.id} ERROR`)
    expect(line()).toMatch(/^calls=2,.*rejected_calls=0,failed_calls=1$/)
    expect(told.session.commandsProcessed).toBe(1)
  })

  it('a command is in the slow log when it is done, not when it begins to wait', () => {
    const r = run({ config: { 'slowlog-log-slower-than': '0' } })
    waiters(r, 'BLPOP l 0')
    const logged = () => r.engine.latency.slow.map(({ argv }) => argv.join(' '))
    expect(logged()).not.toContain('BLPOP l 0')
    r('RPUSH l 1')
    expect(logged()).toContain('BLPOP l 0')
  })

  it('a command that is no longer allowed when its turn comes is refused then', () => {
    const r = run()
    r('ACL SETUSER eve on nopass +@all ~*')
    const eve = r.client()
    eve('AUTH eve x')
    eve('BLPOP l 0')
    r('ACL SETUSER eve resetkeys')
    r('RPUSH l 1')
    expect(eve.replies.map(String)).toEqual(['NOPERM No permissions to access a key'])
    expect(r('LLEN l')).toBe(1)
    expect((r('INFO commandstats') as Verbatim).text).toMatch(
      /cmdstat_blpop:calls=0,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0/,
    )
    expect(eve('PING')).toMatchObject({ text: 'PONG' })
  })

  it('a watched list that is popped for a blocked client has changed', () => {
    const r = run()
    const watcher = r.client()
    r('RPUSH x 0')
    waiters(r, 'BLPOP l 0')
    watcher('WATCH l')
    r('RPUSH l 1')
    watcher('MULTI')
    expect(watcher('EXEC')).toBe(NIL_ARRAY)
  })

  it('messages that serving a client causes follow its reply', () => {
    const r = run()
    const client = r.client(3)
    r('CONFIG SET notify-keyspace-events El')
    client('SUBSCRIBE __keyevent@0__:lpop')
    const order: unknown[] = []
    client.session.sink.reply = (reply) => order.push(reply)
    client.session.sink.push = (reply) => order.push((reply as Push).items[0])
    client('BLPOP l 0')
    expect(r('RPUSH l 1')).toBe(1)
    expect(order).toEqual([['l', '1'], 'message'])
  })
})

it('a blocked client can be ended by FLUSHALL no more than by DEL', () => {
  const r = run()
  const [client] = waiters(r, 'BLPOP l 0')
  expect(r('FLUSHALL')).toBe(OK)
  expect(client?.replies).toEqual([])
  r('RPUSH l 1')
  expect(client?.replies).toEqual([['l', '1']])
})
