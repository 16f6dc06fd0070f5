import { describe, expect, it } from 'vitest'
import {
  corruptHyperLogLog,
  hyperLogLogNotSparse,
  mustBeOnOrOff,
  noSuchSpecifiedKey,
  notAHyperLogLog,
  unknownPfdebug,
  wrongType,
} from '../../src/core/errors.ts'
import { OK, type Reply, Status } from '../../src/core/reply.ts'
import { listen } from '../helpers/events.ts'
import { run } from '../helpers/run.ts'

describe('PFADD, PFCOUNT, PFMERGE', () => {
  it('count different elements', () => {
    const r = run()
    expect(r('PFADD a x y z')).toBe(1)
    expect(r('PFADD a x y z')).toBe(0)
    expect(r('PFADD b z w')).toBe(1)
    expect(r('PFCOUNT a')).toBe(3)
    expect(r('PFCOUNT a b none')).toBe(4)
    expect(r('PFMERGE c a b')).toBe(OK)
    expect(r('PFCOUNT c')).toBe(4)
    expect(r('PFCOUNT none')).toBe(0)
  })

  it('come within two percent of a hundred thousand', () => {
    const r = run()
    for (let i = 0; i < 100_000; i += 1000) {
      r(['PFADD', 'a', ...Array.from({ length: 1000 }, (_, n) => `element ${i + n}`)])
    }
    expect(Math.abs((r('PFCOUNT a') as number) - 100_000)).toBeLessThan(2000)
    expect(r('STRLEN a')).toBe(12304)
  })

  it('fire pfadd, and PFCOUNT nothing', () => {
    const r = run()
    const events = listen(r)
    r('PFADD a')
    r('PFADD a x')
    r('PFADD a x')
    r('PFCOUNT a')
    r('PFMERGE b a')
    expect(events()).toEqual(['pfadd a', 'pfadd a', 'pfadd b'])
    expect(r.engine.dirty).toBe(4)
  })

  it('leave the copy of one as it was', () => {
    const r = run()
    r('PFADD a x')
    const before = r('GET a')
    r('COPY a b')
    r('PFADD b y')
    expect(r('GET a')).toBe(before)
  })

  it('take one that was set as a string', () => {
    const r = run()
    r('PFADD a x y')
    r(['SET', 'b', String(r('GET a'))])
    expect(r('PFADD b x')).toBe(0)
    expect(r('PFCOUNT b')).toBe(2)
  })
})

describe('PFDEBUG and PFSELFTEST', () => {
  it('look inside', () => {
    const r = run()
    r('PFADD a')
    expect(r('PFDEBUG DECODE a')).toBe('Z:16384')
    expect(r('PFDEBUG ENCODING a')).toEqual(new Status('sparse'))
    expect(r('PFDEBUG TODENSE a')).toBe(1)
    expect(r('PFDEBUG TODENSE a')).toBe(0)
    expect(r('PFDEBUG GETREG a')).toEqual(new Array(16384).fill(0))
    expect(r('PFDEBUG SIMD ON')).toEqual(new Status('enabled'))
    expect(r('PFSELFTEST')).toBe(OK)
  })
})

describe('what is refused', () => {
  const refused: [string, Reply][] = [
    ['PFADD s x', notAHyperLogLog],
    ['PFADD n x', notAHyperLogLog],
    ['PFADD l x', wrongType],
    ['PFCOUNT s', notAHyperLogLog],
    ['PFCOUNT h s', notAHyperLogLog],
    ['PFMERGE d s', notAHyperLogLog],
    ['PFMERGE s h', notAHyperLogLog],
    ['PFCOUNT damaged', corruptHyperLogLog],
    ['PFMERGE d damaged', corruptHyperLogLog],
    ['PFDEBUG ENCODING none', noSuchSpecifiedKey],
    ['PFDEBUG FOO h', unknownPfdebug('FOO')],
    ['PFDEBUG DECODE dense', hyperLogLogNotSparse],
    ['PFDEBUG SIMD h', mustBeOnOrOff],
  ]
  for (const [request, error] of refused) {
    it(`${request} changes nothing`, () => {
      const r = run()
      r('RPUSH l a')
      r('SET s "some text that is long enough"')
      r('SET n 5')
      for (const name of ['h', 'dense', 'damaged']) r(`PFADD ${name} x`)
      r('PFDEBUG TODENSE dense')
      r('APPEND damaged x')
      r.effects.length = 0
      expect(r(request)).toEqual(error)
      expect(r('EXISTS d')).toBe(0)
      expect(r.effects).toEqual([])
    })
  }
})
