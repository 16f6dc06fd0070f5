import { describe, expect, it } from 'vitest'
import { Push, type Reply } from '../../src/core/reply.ts'
import { run, type TestClient } from '../helpers/run.ts'

const invalid = (...keys: string[]) => new Push(['invalidate', keys])
const ALL = new Push(['invalidate', null])

/** Pushes since the last time. */
const told = (client: TestClient): Reply[] => client.pushes.splice(0)

describe('tracking', () => {
  it('tells once, and again after another read', () => {
    const r = run({ resp: 3 })
    const other = r.client()
    r('CLIENT TRACKING ON')
    r('GET a')
    other('SET a 1')
    other('SET a 2')
    expect(told(r)).toEqual([invalid('a')])
    r('GET a')
    other('SET a 3')
    expect(told(r)).toEqual([invalid('a')])
  })

  it('tells of active expiry, and of lazy expiry', () => {
    const r = run({ resp: 3 })
    r('CLIENT TRACKING ON')
    r('SET a 1 PX 10')
    r('GET a')
    r.clock += 200
    expect(told(r)).toEqual([invalid('a')])
    r('SET a 1 PX 10')
    r('GET a')
    r.platform.wind(r.clock + 20)
    expect(r('GET a')).toBe(null)
    expect(told(r)).toEqual([invalid('a')])
  })

  it('empties the table as its clients are told', () => {
    const r = run({ resp: 3 })
    const { tracking } = r.engine
    const other = r.client(3)
    r('CLIENT TRACKING ON')
    other('CLIENT TRACKING ON')
    r('MGET a b')
    other('GET a')
    expect([tracking.keys, tracking.items, tracking.clients]).toEqual([2, 3, 2])
    r('SET a 1')
    expect([tracking.keys, tracking.items]).toEqual([1, 1])
    r('FLUSHALL')
    expect([tracking.keys, tracking.items]).toEqual([0, 0])
  })

  it('is told to forget everything by FLUSHALL, whatever the mode', () => {
    const r = run({ resp: 3 })
    const broad = r.client(3)
    r('CLIENT TRACKING ON OPTIN')
    broad('CLIENT TRACKING ON BCAST PREFIX x')
    r.client()('FLUSHALL')
    expect([told(r), told(broad)]).toEqual([[ALL], [ALL]])
  })

  it('costs writers nothing once nobody tracks and nothing is remembered', () => {
    const r = run({ resp: 3 })
    r('CLIENT TRACKING ON')
    r('GET a')
    r('CLIENT TRACKING OFF')
    expect(r.engine.tracking.alive).toBe(true)
    r('SET a 1')
    expect(r.engine.tracking.alive).toBe(false)
    r('CLIENT TRACKING ON')
    r('CLIENT TRACKING OFF')
    expect(r.engine.tracking.alive).toBe(false)
  })

  it('forgets a client that is gone when its keys change', () => {
    const r = run()
    const other = r.client(3)
    other('CLIENT TRACKING ON')
    other('GET a')
    other.disconnect()
    expect(r.engine.tracking.clients).toBe(0)
    expect(r.engine.tracking.keys).toBe(1)
    r('SET a 1')
    expect(r.engine.tracking.keys).toBe(0)
    expect(other.pushes).toEqual([])
  })

  it('keeps its table within the limit, and tells whom it has forgotten', () => {
    const r = run({ resp: 3, config: { 'tracking-table-max-keys': '2' } })
    r('CLIENT TRACKING ON')
    r('MGET a b c d')
    expect(told(r)).toEqual([])
    r('PING')
    expect(told(r)).toEqual([invalid('a'), invalid('b')])
    expect(r.engine.tracking.keys).toBe(2)
    r('GET e')
    r.clock += 100
    expect(told(r)).toEqual([invalid('c')])
  })

  it('has no limit when that is zero', () => {
    const r = run({ resp: 3, config: { 'tracking-table-max-keys': '0' } })
    r('CLIENT TRACKING ON')
    r('MGET a b c d')
    r('PING')
    expect(r.engine.tracking.keys).toBe(4)
  })

  it('works harder as long as the table is too large', () => {
    const r = run({ resp: 3, config: { 'tracking-table-max-keys': '1' } })
    r('CLIENT TRACKING ON')
    r(['MGET', ...Array.from({ length: 500 }, (_, i) => `k${i}`)])
    const sizes = [1, 2, 3].map(() => {
      r('PING')
      return r.engine.tracking.keys
    })
    expect(sizes).toEqual([400, 200, 1])
  })

  it('finds keys that only the command itself can find', () => {
    const r = run({ resp: 3 })
    r('CLIENT TRACKING ON')
    r('LCS a b')
    r('OBJECT ENCODING c')
    r.client()('MSET a 1 b 2 c 3')
    expect(told(r)).toEqual([invalid('a'), invalid('b'), invalid('c')])
  })
})

describe('broadcasting', () => {
  it('makes one message of a pipeline', () => {
    const r = run({ resp: 3 })
    const other = r.client()
    r('CLIENT TRACKING ON BCAST PREFIX k')
    for (const key of ['kb', 'ka', 'x', 'kb']) other.session.submit(['SET', key, '1'])
    expect(told(r)).toEqual([])
    r.engine.flush()
    expect(told(r)).toEqual([invalid('ka', 'kb')])
    r.engine.flush()
    expect(told(r)).toEqual([])
  })

  it('with NOLOOP leaves out what the client itself changed last', () => {
    const r = run({ resp: 3 })
    const other = r.client()
    r('CLIENT TRACKING ON BCAST NOLOOP')
    for (const [client, key] of [
      [other, 'a'],
      [r, 'a'],
      [r, 'b'],
      [other, 'b'],
    ] as const) {
      client.session.submit(['SET', key, '1'])
    }
    r.engine.flush()
    expect(told(r)).toEqual([invalid('b')])
  })

  it('tells of expired keys', () => {
    const r = run({ resp: 3 })
    r('CLIENT TRACKING ON BCAST NOLOOP')
    r('SET a 1 PX 10')
    expect(told(r)).toEqual([])
    r.clock += 200
    expect(told(r)).toEqual([invalid('a')])
  })

  it('shares a prefix, and forgets it with the last client', () => {
    const r = run({ resp: 3 })
    const other = r.client(3)
    r('CLIENT TRACKING ON BCAST PREFIX a PREFIX b')
    other('CLIENT TRACKING ON BCAST PREFIX a')
    expect(r.engine.tracking.prefixCount).toBe(2)
    r('CLIENT TRACKING OFF')
    expect(r.engine.tracking.prefixCount).toBe(1)
    r('SET ab 1')
    expect([told(r), told(other)]).toEqual([[], [invalid('ab')]])
    other.disconnect()
    expect(r.engine.tracking.prefixCount).toBe(0)
  })
})

describe('prefixes that overlap', () => {
  it('are refused once, wherever they stand, and nothing is switched on', () => {
    // Redis answers twice, with an error and OK, if the first prefix is not among the culprits.
    const r = run()
    expect(String(r('CLIENT TRACKING ON BCAST PREFIX x PREFIX a PREFIX ab'))).toBe(
      "ERR Prefix 'a' overlaps with another provided prefix 'ab'. " +
        'Prefixes for a single client must not overlap.',
    )
    expect(r.replies).toEqual([])
    expect(r.session.tracking).toBe(null)
  })
})

describe('redirection', () => {
  it('sends to a RESP2 subscriber what looks like a message', () => {
    const r = run()
    const ear = r.client()
    ear('SUBSCRIBE __redis__:invalidate')
    r('CLIENT TRACKING ON REDIRECT 2')
    r('GET a')
    r.client()('SET a 1')
    r.client()('FLUSHDB')
    expect(told(ear)).toEqual([
      new Push(['message', '__redis__:invalidate', ['a']]),
      new Push(['message', '__redis__:invalidate', null]),
    ])
  })

  it('says that it is broken each time a message gets lost', () => {
    const r = run({ resp: 3 })
    const ear = r.client(3)
    r('CLIENT TRACKING ON BCAST REDIRECT 2')
    ear.disconnect()
    r('SET a 1')
    expect(told(r)).toEqual([new Push(['tracking-redir-broken', 2])])
    expect(r('CLIENT GETREDIR')).toBe(2)
    expect((r('CLIENT INFO') as { text: string }).text).toContain(' flags=tRB ')
    r('CLIENT TRACKING ON BCAST')
    r('SET a 2')
    expect(told(r)).toEqual([invalid('a')])
  })
})
