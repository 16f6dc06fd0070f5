import { describe, expect, it } from 'vitest'
import { CommandError, invalidExpire, notAnInteger } from '../../src/core/errors.ts'
import { digest } from '../helpers/digest.ts'
import { listen } from '../helpers/events.ts'
import { run, START } from '../helpers/run.ts'

describe('EXPIRE and its relatives', () => {
  it.each([
    ['EXPIRE a 100', START + 100_000],
    ['PEXPIRE a 100', START + 100],
    ['EXPIREAT a 33000000000', 33_000_000_000_000],
    ['PEXPIREAT a 33000000000000', 33_000_000_000_000],
  ])('%s sets a point in time, which is what is propagated', (request, deadline) => {
    const r = run()
    r('SET a 1')
    const events = listen(r)
    expect(r(request)).toBe(1)
    expect(r('PEXPIRETIME a')).toBe(deadline)
    expect(r.effects.slice(1)).toEqual([['PEXPIREAT', 'a', String(deadline)]])
    expect(events()).toEqual(['expire a'])
  })

  it.each(['EXPIRE a 0', 'EXPIRE a -1', 'PEXPIRE a -1', 'EXPIREAT a 1', 'PEXPIREAT a -9'])(
    '%s removes the key',
    (request) => {
      const r = run()
      r('SET a 1')
      const events = listen(r)
      expect(r(request)).toBe(1)
      expect(r.effects.slice(1)).toEqual([['DEL', 'a']])
      expect(events()).toEqual(['del a'])
      expect(r.engine.keyspace.at(0).size).toBe(0)
    },
  )

  it('keep the key in sight of the journal, which says itself what expired', () => {
    const r = run()
    r('SET a 1')
    r.engine.loading = true
    r.session.internal = true
    expect(r('PEXPIREAT a 1000')).toBe(1)
    expect(digest(r.engine)).toEqual(['0 "a" string "1" 1000'])
    expect(r('TTL a')).toBe(0)
  })

  it('are propagated with their conditions', () => {
    const r = run()
    r('SET a 1')
    r('EXPIRE a 100 NX')
    r('EXPIRE a 200 gt')
    expect(r.effects.slice(1)).toEqual([
      ['PEXPIREAT', 'a', String(START + 100_000), 'NX'],
      ['PEXPIREAT', 'a', String(START + 200_000), 'gt'],
    ])
  })

  const DEADLINES = [0, 100, 200, 300]
  it.each([
    ['NX', (old: number, _: number) => old === 0],
    ['XX', (old: number, _: number) => old !== 0],
    ['GT', (old: number, at: number) => old !== 0 && at > old],
    ['LT', (old: number, at: number) => old === 0 || at < old],
    ['XX GT', (old: number, at: number) => old !== 0 && at > old],
    ['XX LT', (old: number, at: number) => old !== 0 && at < old],
  ])('%s sets a deadline under its condition only', (condition, holds) => {
    for (const old of DEADLINES) {
      for (const at of DEADLINES.slice(1)) {
        const r = run()
        r('SET a 1')
        if (old > 0) r(`EXPIRE a ${old}`)
        expect(r(`EXPIRE a ${at} ${condition}`), `${old} ${at}`).toBe(holds(old, at) ? 1 : 0)
      }
    }
  })

  it.each([
    ['EXPIRE a x', notAnInteger],
    ['EXPIRE a 1.5', notAnInteger],
    ['EXPIRE a 9223372036854775808', notAnInteger],
    ['EXPIRE a 9223372036854775807', invalidExpire('expire')],
    ['EXPIRE a 9223372036854775', invalidExpire('expire')],
    ['EXPIRE a -9223372036854775808', invalidExpire('expire')],
    ['PEXPIRE a 9223372036854775807', invalidExpire('pexpire')],
    ['EXPIREAT a 9223372036854776', invalidExpire('expireat')],
    ['EXPIRE a 1 FOO', new CommandError('Unsupported option FOO')],
    [
      'EXPIRE a 1 NX GT',
      new CommandError('NX and XX, GT or LT options at the same time are not compatible'),
    ],
    ['EXPIRE a x GT LT', new CommandError('GT and LT options at the same time are not compatible')],
  ])('refuse %s, whether there is a key or not', (request, error) => {
    const r = run()
    expect(r(request)).toEqual(error)
    r('SET a 1')
    expect(r(request)).toEqual(error)
    expect(r('TTL a')).toBe(-1)
  })

  it('keep what is beyond 2^53 - 1 as that', () => {
    const r = run()
    r('SET a 1')
    expect(r('PEXPIREAT a 9223372036854775807')).toBe(1)
    expect(r('PEXPIRETIME a')).toBe(Number.MAX_SAFE_INTEGER)
    expect(r.effects.at(-1)).toEqual(['PEXPIREAT', 'a', '9007199254740991'])
  })

  it('remove a key whose time overflows backwards', () => {
    const r = run()
    r('SET a 1')
    expect(r('EXPIRE a -9223372036854775')).toBe(1)
    expect(r('EXISTS a')).toBe(0)
  })

  it('do nothing without the key', () => {
    const r = run()
    expect(r('EXPIRE a 100')).toBe(0)
    expect(r('EXPIRE a -1')).toBe(0)
    expect(r.effects).toEqual([])
  })
})

describe('TTL and its relatives', () => {
  it('tell no key from no deadline', () => {
    const r = run()
    r('SET a 1')
    for (const name of ['TTL', 'PTTL', 'EXPIRETIME', 'PEXPIRETIME']) {
      expect([r(`${name} none`), r(`${name} a`)], name).toEqual([-2, -1])
    }
  })

  it.each([
    [1, 0],
    [499, 0],
    [500, 1],
    [1499, 1],
    [1500, 2],
    [100_000, 100],
  ])('%i ms are %i s', (ms, seconds) => {
    const r = run()
    r(`SET a 1 PX ${ms}`)
    expect([r('PTTL a'), r('TTL a')]).toEqual([ms, seconds])
    expect(r('EXPIRETIME a')).toBe(START / 1000 + seconds)
  })

  it('count down', () => {
    const r = run()
    r('SET a 1 PX 100')
    r.clock += 99
    expect(r('PTTL a')).toBe(1)
    r.clock += 1
    expect(r('PTTL a')).toBe(-2)
  })
})

describe('PERSIST', () => {
  it('clears the deadline once', () => {
    const r = run()
    r('SET a 1 PX 100')
    const events = listen(r)
    expect([r('PERSIST a'), r('PERSIST a'), r('PERSIST none')]).toEqual([1, 0, 0])
    expect(events()).toEqual(['persist a'])
    expect(r.effects.slice(1)).toEqual([['PERSIST', 'a']])
    r.clock += 1000
    expect(r('GET a')).toBe('1')
  })
})

describe('keys that are due', () => {
  it('go with the cron, each with its event and its DEL', () => {
    const r = run()
    r('SET a 1 PX 100')
    r('RPUSH b x')
    r('PEXPIRE b 200')
    r.effects.length = 0
    const events = listen(r)
    r.clock += 1000
    expect(events().sort()).toEqual(['expired a', 'expired b'])
    expect([...r.effects].sort()).toEqual([
      ['DEL', 'a'],
      ['DEL', 'b'],
    ])
    expect(r.engine.stats.expiredKeys).toBe(2)
  })

  it('stay if their deadline has moved or is gone', () => {
    const r = run()
    for (const key of ['a', 'b', 'c']) r(`SET ${key} 1 PX 100`)
    r('PERSIST a')
    r('PEXPIRE b 5000')
    r('RENAME c d')
    r.clock += 2000
    expect(r('KEYS *')).toEqual(['a', 'b'])
    r.clock += 4000
    expect(r('KEYS *')).toEqual(['a'])
  })
})
