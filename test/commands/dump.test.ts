import { describe, expect, it } from 'vitest'
import { CommandError } from '../../src/core/errors.ts'
import { BLOCKED, OK } from '../../src/core/reply.ts'
import { RDB_VERSION } from '../../src/rdb/format.ts'
import { type Run, run } from '../helpers/run.ts'

const dump = (r: Run, key: string): string => r(['DUMP', key]) as string
const restore = (r: Run, key: string, ttl: number, payload: string, ...options: string[]) =>
  r(['RESTORE', key, String(ttl), payload, ...options])

describe('DUMP', () => {
  it('a missing key has no payload', () => {
    expect(run()('DUMP missing')).toBe(null)
  })

  it('a payload ends with the version of RDB and a checksum', () => {
    const r = run()
    r('SET k hello')
    const payload = dump(r, 'k')
    expect(payload.slice(0, 7)).toBe('\0\x05hello')
    expect(payload.charCodeAt(7)).toBe(RDB_VERSION)
    expect(payload.length).toBe(7 + 2 + 8)
  })

  it('long strings are compressed if rdbcompression says so', () => {
    const r = run()
    r(['SET', 'k', 'ab'.repeat(100)])
    expect(dump(r, 'k').length).toBeLessThan(40)
    r('CONFIG SET rdbcompression no')
    expect(dump(r, 'k').length).toBe(1 + 2 + 200 + 10)
  })

  it('a large payload comes as bytes, which are the same', () => {
    const r = run()
    r('CONFIG SET rdbcompression no')
    r(['SET', 'k', 'x'.repeat(20000)])
    const payload = r('DUMP k')
    expect(payload).toBeInstanceOf(Uint8Array)
    expect(restore(r, 'l', 0, Buffer.from(payload as Uint8Array).toString('latin1'))).toBe(OK)
    expect(r('STRLEN l')).toBe(20000)
  })

  it('DUMP counts as a use of the key', () => {
    const r = run()
    r('SET k 1')
    r.clock += 100_000
    expect(r('OBJECT IDLETIME k')).toBe(100)
    r('DUMP k')
    expect(r('OBJECT IDLETIME k')).toBe(0)
  })
})

describe('RESTORE', () => {
  it('a key that is there is busy, and with REPLACE it is replaced', () => {
    const r = run()
    r('SET a 1')
    r('RPUSH b x')
    const payload = dump(r, 'a')
    expect(restore(r, 'b', 0, payload)).toEqual(
      new CommandError('Target key name already exists.', 'BUSYKEY'),
    )
    expect(restore(r, 'b', 0, payload, 'replace')).toBe(OK)
    expect(r('GET b')).toBe('1')
    expect(r('TTL b')).toBe(-1)
  })

  it('a deadline is a while from now, or with ABSTTL a point in time', () => {
    const r = run()
    r('SET a 1')
    const payload = dump(r, 'a')
    restore(r, 'b', 5000, payload)
    restore(r, 'c', r.clock + 5000, payload, 'ABSTTL')
    restore(r, 'd', 0, payload, 'ABSTTL')
    expect(['b', 'c', 'd'].map((key) => r(['PTTL', key]))).toEqual([5000, 5000, -1])
  })

  it('a deadline that has passed makes no key, and takes away the one that was there', () => {
    const r = run()
    r('SET a 1')
    r('SET b 2')
    const payload = dump(r, 'a')
    r.effects.length = 0
    expect(restore(r, 'c', 1, payload, 'ABSTTL')).toBe(OK)
    expect(r.effects).toEqual([])
    expect(restore(r, 'b', r.clock, payload, 'ABSTTL', 'REPLACE')).toBe(OK)
    expect(r('EXISTS b c')).toBe(0)
    expect(r.effects).toEqual([['DEL', 'b']])
    expect(r('INFO stats')).toMatchObject({ text: expect.stringContaining('expired_keys:2') })
  })

  it('the last use and the number of uses are kept, whichever counts', () => {
    const r = run()
    r('SET a 1')
    const payload = dump(r, 'a')
    restore(r, 'b', 0, payload, 'IDLETIME', '1000')
    restore(r, 'c', 0, payload, 'FREQ', '100')
    expect(r('OBJECT IDLETIME b')).toBe(1000)
    expect(r('OBJECT IDLETIME c')).toBe(0)
    r('CONFIG SET maxmemory-policy allkeys-lfu')
    restore(r, 'd', 0, payload, 'FREQ', '100')
    expect(r('OBJECT FREQ d')).toBe(100)
  })

  it('nothing changes when the payload is wrong', () => {
    const r = run()
    r('RPUSH l a b c')
    r('SET k old')
    const payload = dump(r, 'l')
    r.effects.length = 0
    for (let end = 0; end < payload.length; end++) {
      const reply = restore(r, 'k', 0, payload.slice(0, end), 'REPLACE')
      expect(reply).toEqual(new CommandError('DUMP payload version or checksum are wrong'))
    }
    // A checksum of zero is none.
    const bad = `\x63${payload.slice(1, -8)}${'\0'.repeat(8)}`
    expect(restore(r, 'k', 0, bad, 'REPLACE')).toEqual(new CommandError('Bad data format'))
    expect(r('GET k')).toBe('old')
    expect(r.effects).toEqual([])
  })

  it('a client that waits for such a key is served', () => {
    const r = run()
    r('RPUSH l a')
    r('ZADD z 1 m')
    const [list, zset] = [dump(r, 'l'), dump(r, 'z')]
    const waiting = r.client()
    expect(waiting('BLPOP new 0')).toBe(BLOCKED)
    restore(r, 'new', 0, zset)
    expect(waiting.replies).toEqual([])
    restore(r, 'new', 0, list, 'REPLACE')
    expect(waiting.replies).toEqual([['new', 'a']])
    const other = r.client()
    expect(other('BZPOPMIN newer 0')).toBe(BLOCKED)
    restore(r, 'newer', 0, zset)
    expect(other.replies).toHaveLength(1)
    r('XADD x 5-0 f v')
    const third = r.client()
    expect(third('XREAD BLOCK 0 STREAMS newest 0')).toBe(BLOCKED)
    restore(r, 'newest', 0, dump(r, 'x'))
    expect(third.replies).toHaveLength(1)
  })

  it('fields whose time has passed meanwhile go as soon as somebody looks', () => {
    const r = run()
    r('HSETEX h PX 1000 FIELDS 1 f v')
    r('HSET h g w')
    const payload = dump(r, 'h')
    r.platform.wind(r.clock + 2000)
    restore(r, 'i', 0, payload)
    expect(r('HGET i f')).toBe(null)
    expect(r('HLEN i')).toBe(1)
  })
})
