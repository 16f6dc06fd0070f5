import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { invalidCursor, notAnInteger, syntaxError } from '../../src/core/errors.ts'
import { type Run, run } from '../helpers/run.ts'

/** A whole walk: the keys as they come, repetitions included, and the number of calls. */
function walk(r: Run, options = '', between: (step: number) => void = () => {}): string[] {
  const found: string[] = []
  let cursor = '0'
  for (let step = 0; ; step++) {
    const [next, keys] = r(`SCAN ${cursor} ${options}`) as [string, string[]]
    found.push(...keys)
    if (next === '0') return found
    if (step > 10_000) throw new Error('the walk does not end')
    cursor = next
    between(step)
  }
}

const fill = (r: Run, count: number) => {
  for (let i = 0; i < count; i++) r(['SET', `k${i}`, 'x'])
}

describe('SCAN', () => {
  it('of an empty database is over at once', () => {
    expect(run()('SCAN 0')).toEqual(['0', []])
  })

  it('meets every key once while nothing changes, whatever the count', () => {
    const r = run()
    fill(r, 100)
    for (const count of [1, 3, 10, 99, 100, 101, 100_000]) {
      const found = walk(r, `COUNT ${count}`)
      expect(found).toHaveLength(100)
      expect(new Set(found).size).toBe(100)
    }
  })

  it('looks at ten keys a call, or at COUNT', () => {
    const r = run()
    fill(r, 25)
    expect(r('SCAN 0')).toEqual(['15', expect.any(Array)])
    expect((r('SCAN 0 COUNT 7') as [string, string[]])[1]).toHaveLength(7)
    expect(r('SCAN 0 COUNT 9223372036854775807')).toEqual(['0', expect.any(Array)])
  })

  it('filters what it has looked at, by pattern and by type', () => {
    const r = run()
    fill(r, 20)
    r('RPUSH k100 x')
    expect(walk(r, 'MATCH k1').sort()).toEqual(['k1'])
    expect(walk(r, 'MATCH k1* TYPE list')).toEqual(['k100'])
    expect(walk(r, 'MATCH k1* TYPE STRING COUNT 3').length).toBe(11)
    expect(walk(r, 'TYPE hash')).toEqual([])
    expect(walk(r, 'TYPE stream')).toEqual([])
  })

  it('removes what has expired and matches the pattern, of whatever type', () => {
    const r = run()
    r('DEBUG SET-ACTIVE-EXPIRE 0')
    for (const key of ['ka', 'kb', 'other']) r(`SET ${key} 1 PX 10`)
    r.clock += 100
    expect(r('SCAN 0 MATCH k* TYPE hash')).toEqual(['0', []])
    expect(r('DBSIZE')).toBe(1)
  })

  it('removes what has expired if it would have been named', () => {
    const r = run()
    r('SET a 1 PX 10')
    r('SET b 1 PX 10')
    r('SET c 1')
    r.platform.wind(r.clock + 10)
    r.effects.length = 0
    expect(r('SCAN 0 MATCH a')).toEqual(['0', []])
    expect(r.effects).toEqual([['DEL', 'a']])
    expect(r('SCAN 0')).toEqual(['0', ['c']])
    expect(r('DBSIZE')).toBe(1)
  })

  it('takes a cursor beyond the end for the end', () => {
    const r = run()
    fill(r, 3)
    expect(r('SCAN 18446744073709551615 COUNT 2')).toEqual(['1', ['k2', 'k1']])
    expect(r('SCAN 1')).toEqual(['0', ['k0']])
  })

  it.each([
    ['SCAN x', invalidCursor],
    ['SCAN -1', invalidCursor],
    ['SCAN 1.5', invalidCursor],
    ['SCAN 18446744073709551616', invalidCursor],
    ['SCAN x COUNT 0', invalidCursor],
    ['SCAN 0 COUNT 0', syntaxError],
    ['SCAN 0 COUNT -1', syntaxError],
    ['SCAN 0 COUNT x', notAnInteger],
    ['SCAN 0 COUNT', syntaxError],
    ['SCAN 0 MATCH', syntaxError],
    ['SCAN 0 FOO bar', syntaxError],
    ['SCAN ""', invalidCursor],
  ])('refuses %s', (request, error) => {
    expect(run()(request)).toEqual(error)
  })

  it('meets every key that is there throughout, whatever else comes and goes', () => {
    const operation = fc.record({
      kind: fc.constantFrom('add', 'add', 'remove', 'rename', 'expire'),
      which: fc.nat(60),
    })
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.array(operation, { maxLength: 6 }), { maxLength: 40 }),
        (size, count, batches) => {
          const r = run()
          fill(r, size)
          // Even keys stay; odd ones and new ones come and go.
          const constant = Array.from({ length: size }, (_, i) => `k${i}`).filter(
            (_, i) => i % 2 === 0,
          )
          const fickle = (which: number) => (which % 2 === 0 ? `new${which}` : `k${which}`)
          const found = walk(r, `COUNT ${count}`, (step) => {
            for (const { kind, which } of batches[step] ?? []) {
              const key = fickle(which)
              if (kind === 'add') r(['SET', `new${which}`, 'x'])
              else if (kind === 'remove') r(['DEL', key])
              else if (kind === 'rename') r(['RENAME', key, fickle(which + 7)])
              else r(['PEXPIRE', key, '-1'])
            }
          })
          expect(constant.filter((key) => !found.includes(key))).toEqual([])
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('KEYS', () => {
  it('lists what matches', () => {
    const r = run()
    for (const key of ['foo', 'bar', 'baz', '']) r(['SET', key, '1'])
    expect((r('KEYS ba?') as string[]).sort()).toEqual(['bar', 'baz'])
    expect((r('KEYS *') as string[]).sort()).toEqual(['', 'bar', 'baz', 'foo'])
    expect(r('KEYS x*')).toEqual([])
    expect(r(['KEYS', ''])).toEqual([''])
  })

  it('leaves out what has expired, and leaves it where it is', () => {
    const r = run()
    r('SET a 1 PX 10')
    r('SET b 1')
    r.platform.wind(r.clock + 10)
    expect(r('KEYS *')).toEqual(['b'])
    expect(r('DBSIZE')).toBe(2)
  })
})

describe('RANDOMKEY', () => {
  it('names every key sooner or later, and nothing else', () => {
    const r = run()
    expect(r('RANDOMKEY')).toBe(null)
    fill(r, 5)
    const seen = new Set(Array.from({ length: 200 }, () => r('RANDOMKEY')))
    expect([...seen].sort()).toEqual(['k0', 'k1', 'k2', 'k3', 'k4'])
  })

  it('passes over expired keys, and removes them', () => {
    const r = run()
    for (let i = 0; i < 500; i++) r(`SET old${i} x PX 10`)
    r('SET live 1')
    r.platform.wind(r.clock + 10)
    expect(r('RANDOMKEY')).toBe('live')
    r('DEL live')
    while (r('DBSIZE') !== 0) expect(r('RANDOMKEY')).toBe(null)
  })

  it('ends although expired keys are held by CLIENT PAUSE', () => {
    const r = run()
    r('SET old x PX 10')
    r('CLIENT PAUSE 1000 WRITE')
    r.platform.wind(r.clock + 10)
    // As Redis has it since 8: what has expired is named where nothing else is there.
    expect(r('RANDOMKEY')).toBe('old')
    r('CLIENT UNPAUSE')
    expect(r('RANDOMKEY')).toBe(null)
  })
})

describe('what is deleted during a walk', () => {
  it.each([
    ['SCAN', (m: string) => `SET ${m} 1`, (m: string) => `DEL ${m}`, 1],
    ['HSCAN x', (m: string) => `HSET x ${m} 1`, (m: string) => `HDEL x ${m}`, 2],
    ['SSCAN x', (m: string) => `SADD x ${m}`, (m: string) => `SREM x ${m}`, 1],
    ['ZSCAN x', (m: string) => `ZADD x 1 ${m}`, (m: string) => `ZREM x ${m}`, 2],
  ])('%s does not meet, nor anything else twice', (scan, add, remove, step) => {
    const r = run()
    const all = Array.from({ length: 600 }, (_, i) => `m${i}`)
    for (const member of all) r(add(member))
    const met: string[] = []
    let cursor = '0'
    do {
      const [next, found] = r(`${scan} ${cursor}`) as [string, string[]]
      met.push(...found.filter((_, i) => i % step === 0))
      cursor = next
      const gone = all.findIndex((member) => !met.includes(member))
      if (gone >= 0) r(remove(all.splice(gone, 1)[0] as string))
    } while (cursor !== '0')
    expect(met.sort()).toEqual(all.sort())
  })
})
