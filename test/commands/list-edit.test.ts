import { describe, expect, it } from 'vitest'
import {
  CommandError,
  indexOutOfRange,
  noSuchKey,
  notAnInteger,
  notNegative,
  rankIsZero,
  syntaxError,
  wrongType,
} from '../../src/core/errors.ts'
import { OK, type Reply } from '../../src/core/reply.ts'
import { listen } from '../helpers/events.ts'
import { run } from '../helpers/run.ts'

const leastRefused = new CommandError(
  'value is out of range, value must between -9223372036854775807 and 9223372036854775807',
)

describe('LINSERT, LSET, LREM, LTRIM', () => {
  it('change the list where they are told to', () => {
    const r = run()
    r('RPUSH l a b c a')
    expect(r('LINSERT l BEFORE b x')).toBe(5)
    expect(r('LINSERT l AFTER a y')).toBe(6)
    expect(r('LINSERT l AFTER none y')).toBe(-1)
    expect(r('LINSERT none AFTER none y')).toBe(0)
    expect(r('LSET l -1 z')).toBe(OK)
    expect(r('LRANGE l 0 -1')).toEqual(['a', 'y', 'x', 'b', 'c', 'z'])
    expect(r('LTRIM l 1 -2')).toBe(OK)
    expect(r('LRANGE l 0 -1')).toEqual(['y', 'x', 'b', 'c'])
    expect(r('LREM l 0 x')).toBe(1)
    expect(r('LTRIM l 9 10')).toBe(OK)
    expect(r('EXISTS l')).toBe(0)
  })

  it('LREM takes from the side that the sign names', () => {
    const r = run()
    r('RPUSH l a b a b a')
    expect(r('LREM l -2 a')).toBe(2)
    expect(r('LRANGE l 0 -1')).toEqual(['a', 'b', 'b'])
    expect(r('LREM l 1 b')).toBe(1)
    expect(r('LRANGE l 0 -1')).toEqual(['a', 'b'])
  })

  it('fire their events, and the key goes with its last element', () => {
    const r = run()
    const events = listen(r)
    r('RPUSH l a b c')
    r('LINSERT l BEFORE a x')
    r('LSET l 0 y')
    r('LREM l 0 y')
    r('LTRIM l 0 -1')
    r('LTRIM l 1 0')
    expect(events()).toEqual([
      'rpush l',
      'linsert l',
      'lset l',
      'lrem l',
      'ltrim l',
      'ltrim l',
      'del l',
    ])
    // Three pushed, one inserted, set and removed each, none and three trimmed.
    expect(r.engine.dirty).toBe(9)
  })
})

describe('LPOS', () => {
  it('answers indexes as LINDEX takes them, from either side', () => {
    const r = run()
    r('RPUSH l a b c b')
    expect(r('LPOS l b')).toBe(1)
    expect(r('LPOS l b RANK -1')).toBe(3)
    expect(r('LPOS l b RANK -2')).toBe(1)
    expect(r('LPOS l b RANK 3')).toBe(null)
    expect(r('LPOS l b COUNT 0 RANK -1')).toEqual([3, 1])
    expect(r('LPOS l b COUNT 1 RANK 2')).toEqual([3])
    expect(r('LPOS l b MAXLEN 1')).toBe(null)
    expect(r('LPOS l b MAXLEN 1 RANK -1')).toBe(3)
    expect(r('LPOS none b')).toBe(null)
    expect(r('LPOS none b COUNT 1')).toEqual([])
  })
})

describe('what is refused', () => {
  const refused: [string, Reply][] = [
    ['LINSERT l BESIDE a b', syntaxError],
    ['LINSERT s BEFORE a b', wrongType],
    ['LSET none x a', noSuchKey],
    ['LSET l x a', notAnInteger],
    ['LSET l 1 a', indexOutOfRange],
    ['LSET l -2 a', indexOutOfRange],
    ['LSET s 0 a', wrongType],
    ['LREM none x a', notAnInteger],
    ['LREM l -9223372036854775808 a', leastRefused],
    ['LREM s 0 a', wrongType],
    ['LTRIM none x 1', notAnInteger],
    ['LTRIM s 0 1', wrongType],
    ['LPOS l a RANK 0', rankIsZero],
    ['LPOS l a RANK -9223372036854775808', leastRefused],
    ['LPOS l a COUNT -1', notNegative('COUNT')],
    ['LPOS l a MAXLEN x', notNegative('MAXLEN')],
    ['LPOS l a MAXLEN', syntaxError],
    ['LPOS l a FOO 1', syntaxError],
    ['LPOS s a', wrongType],
  ]
  for (const [request, error] of refused) {
    it(`${request} changes nothing`, () => {
      const r = run()
      r('RPUSH l a')
      r('SET s x')
      r.effects.length = 0
      expect(r(request)).toEqual(error)
      expect(r('LRANGE l 0 -1')).toEqual(['a'])
      expect(r.effects).toEqual([])
    })
  }
})

describe('OBJECT ENCODING of a list', () => {
  const encoding = (limit: string) => {
    const r = run({ config: { 'list-max-listpack-size': limit } })
    return { r, now: () => r('OBJECT ENCODING l') }
  }

  it('turns beyond the limit, and back at half of it', () => {
    const { r, now } = encoding('4')
    r('RPUSH l a b c d')
    expect(now()).toBe('listpack')
    r('RPUSH l e')
    expect(now()).toBe('quicklist')
    r('RPOP l 2')
    expect(now()).toBe('quicklist')
    r('RPOP l')
    expect(now()).toBe('listpack')
  })

  it('counts bytes as a listpack would', () => {
    const { r, now } = encoding('-1')
    const push = (element: string, count: number) =>
      r(['RPUSH', 'l', ...new Array<string>(count).fill(element)])
    // 7 bytes, 404 times 10 for a large integer, 41 for a text, 4 times 2: that makes 4096.
    push('5000000000', 200)
    push('5000000000', 204)
    expect(now()).toBe('listpack')
    push('x'.repeat(39), 1)
    expect(now()).toBe('listpack')
    push('1', 4)
    expect(now()).toBe('listpack')
    push('1', 1)
    expect(now()).toBe('quicklist')
    r('LTRIM l 0 204')
    expect(now()).toBe('quicklist')
    r('LTRIM l 0 203')
    expect(now()).toBe('listpack')
  })

  it('is told of by a copy as by the list itself', () => {
    const { r } = encoding('4')
    r('RPUSH l a b c d e')
    r('LPOP l')
    r('COPY l m')
    expect(r('OBJECT ENCODING m')).toBe('quicklist')
  })
})
