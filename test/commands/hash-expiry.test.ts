import { describe, expect, it } from 'vitest'
import { MapReply } from '../../src/core/reply.ts'
import { listen } from '../helpers/events.ts'
import { type Run, run, START } from '../helpers/run.ts'

/** So many fields, f0 and on, of which each expires a second after the one before it. */
function staggered(r: Run, fields: number): void {
  for (let i = 0; i < fields; i++) {
    r(['HSETEX', 'h', 'PX', String((i + 1) * 1000), 'FIELDS', '1', `f${i}`, String(i)])
  }
}

describe('HEXPIRE and its family', () => {
  it('HEXPIRE, HPEXPIRE, HEXPIREAT and HPEXPIREAT answer field by field', () => {
    const r = run()
    r('HSET h a 1 b 2')
    expect(r('HEXPIRE h 10 FIELDS 3 a b x')).toEqual([1, 1, -2])
    expect(r('HPEXPIRE h 20000 LT FIELDS 1 a')).toEqual([0])
    expect(r('HEXPIREAT h 33000000000 GT FIELDS 1 a')).toEqual([1])
    expect(r('HPEXPIREAT h 1 FIELDS 1 b')).toEqual([2])
    expect(r('HTTL h FIELDS 2 a b')).toEqual([Math.ceil((33e12 - r.clock) / 1000), -2])
    expect(r('HPTTL h FIELDS 1 a')).toEqual([33e12 - r.clock])
    expect(r('HEXPIRETIME h FIELDS 1 a')).toEqual([33e9])
    expect(r('HPEXPIRETIME h FIELDS 1 a')).toEqual([33e12])
    expect(r('HPERSIST h FIELDS 2 a b')).toEqual([1, -2])
    expect(r('HPERSIST h FIELDS 1 a')).toEqual([-1])
  })

  it('a field is there up to its deadline, and not at it', () => {
    const r = run()
    r('HSETEX h PX 10 FIELDS 1 a 1')
    r('HSET h b 2')
    r.platform.wind(r.clock + 9)
    expect(r('HGET h a')).toBe('1')
    r.platform.wind(r.clock + 1)
    expect(r('HGETALL h')).toEqual(new MapReply(['b', '2']))
    expect(r('HLEN h')).toBe(2)
    expect(r('HGET h a')).toBe(null)
    expect(r('HLEN h')).toBe(1)
  })

  it('a field that has expired cannot be given a new deadline', () => {
    const r = run()
    r('HSETEX h PX 10 FIELDS 1 a 1')
    r.platform.wind(r.clock + 10)
    expect(r('HEXPIRE h 100 FIELDS 1 a')).toEqual([-2])
    expect(r('EXISTS h')).toBe(0)
  })

  it('nothing expires while the journal is read', () => {
    const r = run()
    r('HSETEX h PX 10 FIELDS 1 a 1')
    r.platform.wind(r.clock + 1000)
    r.engine.loading = true
    r.session.internal = true
    expect(r('HINCRBY h a 1')).toBe(2)
    expect(r('HPEXPIREAT h 5 FIELDS 1 a')).toEqual([1])
    expect(r('HLEN h')).toBe(1)
  })

  it('HGETEX, HSETEX and HGETDEL do two things in one', () => {
    const r = run()
    expect(r('HSETEX h EX 10 FIELDS 2 a 1 b 2')).toBe(1)
    expect(r('HSETEX h FNX FIELDS 1 a 2')).toBe(0)
    expect(r('HGETEX h PERSIST FIELDS 2 a x')).toEqual(['1', null])
    expect(r('HTTL h FIELDS 2 a b')).toEqual([-1, 10])
    expect(r('HGETDEL h FIELDS 2 a b')).toEqual(['1', '2'])
    expect(r('EXISTS h')).toBe(0)
  })
})

describe('the cron', () => {
  it.each([10, 100])('removes fields of a hash of %i at their time', (fields) => {
    const r = run()
    staggered(r, fields)
    const events = listen(r)
    for (let i = 1; i < fields; i++) {
      r.clock += 1000
      r.clock += 100
      r.clock -= 100
      expect(r('HLEN h')).toBe(fields - i)
      expect(events()).toEqual(['hexpired h'])
    }
    r.clock += 1100
    expect(events()).toEqual(['hexpired h', 'del h'])
    expect(r('DBSIZE')).toBe(0)
    expect(r.engine.stats.expiredSubkeys).toBe(fields)
    expect(r.engine.keyspace.at(0).fieldDeadlines.size).toBe(0)
  })

  it('finds a hash under the name, in the database and in the copy where it is now', () => {
    const r = run()
    for (const key of ['a', 'b', 'c']) r(`HSETEX ${key} PX 500 FIELDS 1 f 1`)
    r('RENAME a x')
    r('MOVE b 1')
    r('COPY c d')
    r('HPERSIST c FIELDS 1 f')
    r('SWAPDB 1 2')
    r.clock += 1000
    expect(r('KEYS *')).toEqual(['c'])
    expect(r.engine.keyspace.size).toBe(1)
  })

  it('does not touch what got another deadline, or none', () => {
    const r = run()
    r('HSETEX h PX 500 FIELDS 3 a 1 b 2 c 3')
    r('HPERSIST h FIELDS 1 a')
    r('HPEXPIRE h 5000 FIELDS 1 b')
    r('HSET h c 4')
    r.clock += 1000
    expect(r('HLEN h')).toBe(3)
    r.clock += 5000
    expect(r('HKEYS h')).toEqual(['a', 'c'])
  })

  it('takes a great many fields in turns', () => {
    const r = run()
    for (let i = 0; i < 5000; i++) r(['HSETEX', 'h', 'PX', '10', 'FIELDS', '1', `f${i}`, ''])
    r('HSET h stays 1')
    // Time passes while it is at work.
    let micros = 0
    r.platform.micros = () => {
      micros += 100
      return micros
    }
    r.clock += 1000
    expect(r('HLEN h')).toBe(4501)
    for (let i = 0; i < 5; i++) r.clock += 100
    expect(r('HGETALL h')).toEqual(new MapReply(['stays', '1']))
    expect(r('HLEN h')).toBe(1)
  })

  it('keeps few notes of a field whose deadline is renewed again and again', () => {
    const r = run()
    for (let i = 0; i < 20_000; i++) r(`HSETEX h PX ${10_000 + (i % 100) * 50} FIELDS 1 a 1`)
    expect(r.engine.keyspace.at(0).fieldDeadlines.size).toBeLessThan(1100)
    r('HSET g b 1')
    for (let i = 0; i < 5000; i++) {
      r('HEXPIRE g 10 FIELDS 1 b')
      r('HPERSIST g FIELDS 1 b')
    }
    expect(r.engine.keyspace.at(0).fieldDeadlines.size).toBeLessThan(1100)
  })
})

describe('HRANDFIELD', () => {
  it.each([5, 50])('draws nothing that has expired from %i fields', (fields) => {
    const r = run()
    staggered(r, fields)
    r.platform.wind(r.clock + 2000)
    const drawn = new Set(r('HRANDFIELD h -500') as string[])
    expect(drawn.has('f0') || drawn.has('f1')).toBe(false)
    expect(drawn.size).toBe(fields - 2)
    expect(r(`HRANDFIELD h ${fields}`)).toHaveLength(fields - 2)
    r.platform.wind(r.clock + 3_600_000)
    expect(r('HRANDFIELD h')).toBe(null)
    expect(r('HRANDFIELD h -5')).toEqual([])
  })
})

describe('INFO', () => {
  it('counts hashes with deadlines and fields that have expired', () => {
    const r = run()
    r('HSETEX h PX 10 FIELDS 1 a 1')
    r('HSETEX g EX 100 FIELDS 1 a 1')
    r('HSET i a 1')
    expect(String((r('INFO keyspace') as { text: string }).text)).toContain('subexpiry=2')
    r.clock += 1000
    expect(String((r('INFO keyspace') as { text: string }).text)).toContain('subexpiry=1')
    expect(String((r('INFO stats') as { text: string }).text)).toContain('expired_subkeys:1')
  })

  it('of a large hash go within a tenth of a second, as those of a small one', () => {
    const r = run()
    r('CONFIG SET hash-max-listpack-entries 0')
    const names = Array.from({ length: 300 }, (_, i) => `f${i}`)
    r(['HSET', 'h', ...names.flatMap((name) => [name, 'v'])])
    r(['HPEXPIRE', 'h', '100', 'FIELDS', '300', ...names])
    while (r('EXISTS h') === 1) r.clock += 10
    expect(r.clock - START).toBe(200)
  })
})
