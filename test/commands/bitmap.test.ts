import { describe, expect, it } from 'vitest'
import {
  bitfieldReadOnly,
  bitMustBeOneOrZero,
  bitNotABit,
  bitOffsetOutOfRange,
  invalidBitfieldType,
  invalidOverflowType,
  notAnInteger,
  notNeedsOneKey,
  operationNeedsTwoKeys,
  syntaxError,
  wrongType,
} from '../../src/core/errors.ts'
import type { Reply } from '../../src/core/reply.ts'
import { listen } from '../helpers/events.ts'
import { run } from '../helpers/run.ts'

describe('SETBIT and GETBIT', () => {
  it('answer the bit as it was', () => {
    const r = run()
    expect(r('SETBIT k 7 1')).toBe(0)
    expect(r('SETBIT k 7 0')).toBe(1)
    expect(r('SETBIT k 9 1')).toBe(0)
    expect(r('GET k')).toBe('\x00\x40')
    expect([r('GETBIT k 9'), r('GETBIT k 8'), r('GETBIT k 999')]).toEqual([1, 0, 0])
  })

  it('tell nobody of what changes nothing', () => {
    const r = run()
    const events = listen(r)
    r('SETBIT k 7 0')
    r('SETBIT k 7 0')
    r('SETBIT k 3 1')
    r('SETBIT k 3 1')
    expect(events()).toEqual(['setbit k', 'setbit k'])
    expect(r.engine.dirty).toBe(2)
  })

  it('do not change a copy', () => {
    const r = run()
    r('SETBIT a 7 1')
    r('COPY a b')
    r('SETBIT b 7 0')
    expect(r('GETBIT a 7')).toBe(1)
  })
})

describe('BITCOUNT and BITPOS', () => {
  it('take ranges in bytes and in bits', () => {
    const r = run()
    r('SET k "\\xff\\xf0\\x00"')
    expect(r('BITCOUNT k')).toBe(12)
    expect(r('BITCOUNT k 1 1')).toBe(4)
    expect(r('BITCOUNT k 6 9 BIT')).toBe(4)
    expect(r('BITCOUNT k -3 -4')).toBe(0)
    expect(r('BITPOS k 0')).toBe(12)
    expect(r('BITPOS k 1 2')).toBe(-1)
    expect(r('BITPOS k 0 0 11 BIT')).toBe(-1)
    expect(r('BITPOS none 0')).toBe(0)
    expect(r('BITPOS none 1')).toBe(-1)
  })

  it('BITPOS finds a zero behind the end, unless the end was named', () => {
    const r = run()
    r('SET k "\\xff\\xff"')
    expect(r('BITPOS k 0')).toBe(16)
    expect(r('BITPOS k 0 1')).toBe(16)
    expect(r('BITPOS k 0 0 -1')).toBe(-1)
  })
})

describe('BITOP', () => {
  it.each([
    ['AND', '\x03\x00\x00'],
    ['OR', '\x3f\xff\x01'],
    ['XOR', '\x3c\xff\x01'],
    ['DIFF', '\x0c\xff\x01'],
    ['DIFF1', '\x30\x00\x00'],
    ['ANDOR', '\x03\x00\x00'],
    ['ONE', '\x3c\xff\x01'],
  ])('%s', (operation, result) => {
    const r = run()
    r('SET a "\\x0f\\xff\\x01"')
    r('SET b "\\x33"')
    expect(r(`BITOP ${operation} d a b`)).toBe(3)
    expect(r('GET d')).toBe(result)
  })

  it.each([
    ['AND', (a: number, b: number) => a & b],
    ['OR', (a: number, b: number) => a | b],
    ['XOR', (a: number, b: number) => a ^ b],
    ['NOT', (a: number) => ~a],
  ] as const)('%s of strings of any two lengths', (operation, step) => {
    const r = run()
    const texts = Array.from({ length: 11 }, (_, length) =>
      String.fromCharCode(...Array.from({ length }, (_, i) => (i * 89 + length * 53) % 256)),
    )
    for (const a of texts) {
      for (const b of operation === 'NOT' ? [''] : texts) {
        r(['SET', 'a', a])
        r(['SET', 'b', b])
        r(['BITOP', operation, 'd', 'a', ...(operation === 'NOT' ? [] : ['b'])])
        const bytes = Array.from(
          { length: Math.max(a.length, b.length) },
          (_, i) => step(a.charCodeAt(i) || 0, b.charCodeAt(i) || 0) & 255,
        )
        expect(r('GET d') ?? '').toBe(String.fromCharCode(...bytes))
      }
    }
  })

  it('ONE wants a bit in exactly one of many', () => {
    const r = run()
    r('MSET a "\\x0f" b "\\x33" c "\\x01"')
    r('BITOP ONE d a b c')
    expect(r('GET d')).toBe('\x3c')
  })

  it('of nothing deletes the target', () => {
    const r = run()
    const events = listen(r)
    r('SET d x EX 10')
    r('BITOP OR d d')
    expect(r('TTL d')).toBe(-1)
    expect(r('BITOP OR d none')).toBe(0)
    expect(events()).toEqual(['set d', 'expire d', 'set d', 'del d'])
  })
})

describe('BITFIELD', () => {
  it('reads and writes integers of any width', () => {
    const r = run()
    expect(r('BITFIELD k SET i64 1 -9223372036854775808 GET i64 1 GET u63 2')).toEqual([
      0,
      -9223372036854775808n,
      0,
    ])
    expect(r('BITFIELD k SET u8 #1 255 GET i8 8 GET u4 #2')).toEqual([0, -1, 15])
    expect(r('BITFIELD_RO k GET u8 8')).toEqual([255])
  })

  it('overflows as it is told', () => {
    const r = run()
    expect(r('BITFIELD k INCRBY u2 0 3 INCRBY u2 0 2')).toEqual([3, 1])
    expect(r('BITFIELD k OVERFLOW SAT INCRBY u2 0 9 INCRBY u2 0 -9')).toEqual([3, 0])
    expect(r('BITFIELD k OVERFLOW FAIL INCRBY u2 0 9 INCRBY u2 0 1')).toEqual([null, 1])
  })

  it('makes room even where all fails, and says so to the journal', () => {
    const r = run()
    expect(r('BITFIELD k OVERFLOW FAIL SET u8 8 999')).toEqual([null])
    expect(r('STRLEN k')).toBe(2)
    expect(r.effects).toEqual([['BITFIELD', 'k', 'OVERFLOW', 'FAIL', 'SET', 'u8', '8', '999']])
  })
})

describe('what is refused', () => {
  const refused: [string, Reply][] = [
    ['SETBIT k -1 1', bitOffsetOutOfRange],
    ['SETBIT k 4294967296 1', bitOffsetOutOfRange],
    ['SETBIT k 0 2', bitNotABit],
    ['SETBIT l 0 1', wrongType],
    ['GETBIT k x', bitOffsetOutOfRange],
    ['BITCOUNT k 0', syntaxError],
    ['BITCOUNT k x 0', notAnInteger],
    ['BITCOUNT k 0 x FOO', notAnInteger],
    ['BITCOUNT k 0 0 FOO', syntaxError],
    ['BITCOUNT l', wrongType],
    ['BITPOS k 2', bitMustBeOneOrZero],
    ['BITPOS k 0 0 x FOO', syntaxError],
    ['BITPOS l 0', wrongType],
    ['BITOP FOO d k', syntaxError],
    ['BITOP NOT d k k', notNeedsOneKey],
    ['BITOP DIFF d k', operationNeedsTwoKeys('DIFF')],
    ['BITOP andor d k', operationNeedsTwoKeys('ANDOR')],
    ['BITOP AND d l', wrongType],
    ['BITFIELD k GET u64 0', invalidBitfieldType],
    ['BITFIELD k GET u8 #536870912', bitOffsetOutOfRange],
    ['BITFIELD k GET u8 #9223372036854775807', bitOffsetOutOfRange],
    ['BITFIELD k SET u8 0', syntaxError],
    ['BITFIELD k OVERFLOW FOO', invalidOverflowType],
    ['BITFIELD k SET u8 0 1 SET u8 0 x', notAnInteger],
    ['BITFIELD l GET u8 0', wrongType],
    ['BITFIELD_RO k SET u8 0 1', bitfieldReadOnly],
  ]
  for (const [request, error] of refused) {
    it(`${request} changes nothing`, () => {
      const r = run()
      r('RPUSH l a')
      r('SET k x')
      r.effects.length = 0
      expect(r(request)).toEqual(error)
      expect(r('GET k')).toBe('x')
      expect(r('EXISTS d')).toBe(0)
      expect(r.effects).toEqual([])
    })
  }
})
