import { describe, expect, it } from 'vitest'
import {
  countNotPositive,
  negativeTimeout,
  numkeysNotPositive,
  syntaxError,
  timeoutNotAFloat,
  wrongType,
} from '../../src/core/errors.ts'
import { BLOCKED, NIL_ARRAY, type Reply } from '../../src/core/reply.ts'
import { listen } from '../helpers/events.ts'
import { run } from '../helpers/run.ts'

describe('LMPOP and BLMPOP', () => {
  it('take from the first list that has some', () => {
    const r = run()
    r('RPUSH b 1 2 3 4')
    expect(r('LMPOP 2 a b LEFT')).toEqual(['b', ['1']])
    expect(r('BLMPOP 0 2 a b RIGHT COUNT 2')).toEqual(['b', ['4', '3']])
    expect(r('LMPOP 1 b LEFT COUNT 5')).toEqual(['b', ['2']])
    expect(r('LMPOP 1 b LEFT')).toBe(NIL_ARRAY)
  })

  it('BLMPOP waits, and is served with up to as many as there are', () => {
    const r = run()
    const waiter = r.client()
    expect(waiter('BLMPOP 1 2 a b LEFT COUNT 2')).toBe(BLOCKED)
    r('RPUSH b 1 2 3')
    expect(waiter.replies.splice(0)).toEqual([['b', ['1', '2']]])
    expect(r.effects.at(-1)).toEqual(['LPOP', 'b', '2'])
    waiter('BLMPOP 1 1 none LEFT')
    r.clock += 1000
    expect(waiter.replies).toEqual([NIL_ARRAY])
  })
})

describe('LMOVE, RPOPLPUSH, BLMOVE, BRPOPLPUSH', () => {
  it('move one element between ends', () => {
    const r = run()
    const events = listen(r)
    r('RPUSH a 1 2 3')
    expect(r('LMOVE a b LEFT RIGHT')).toBe('1')
    expect(r('RPOPLPUSH a b')).toBe('3')
    expect(r('BLMOVE a b RIGHT LEFT 0')).toBe('2')
    expect(r('LRANGE b 0 -1')).toEqual(['2', '3', '1'])
    expect(r('BRPOPLPUSH b b 0')).toBe('1')
    expect(r('LMOVE a b LEFT LEFT')).toBe(null)
    expect(events()).toEqual([
      'rpush a',
      'rpush b',
      'lpop a',
      'lpush b',
      'rpop a',
      'lpush b',
      'rpop a',
      'del a',
      'lpush b',
      'rpop b',
    ])
    expect(r.engine.dirty).toBe(7)
  })

  it('answer nil where nothing may wait, and a null array when the time is up', () => {
    const r = run()
    r('MULTI')
    r('BLMOVE none b LEFT LEFT 0')
    r('BRPOPLPUSH none b 0')
    expect(r('EXEC')).toEqual([null, null])
    expect(r('BLMOVE none b LEFT LEFT 1')).toBe(BLOCKED)
    r.clock += 1000
    expect(r.replies).toEqual([NIL_ARRAY])
  })

  it('serve one another in a chain', () => {
    const r = run()
    const [pop, move] = [r.client(), r.client()]
    pop('BLPOP b 0')
    move('BLMOVE a b LEFT LEFT 0')
    r('RPUSH a x')
    expect(move.replies).toEqual(['x'])
    expect(pop.replies).toEqual([['b', 'x']])
    expect(r.effects).toEqual([
      ['RPUSH', 'a', 'x'],
      ['LMOVE', 'a', 'b', 'LEFT', 'LEFT'],
      ['LPOP', 'b'],
    ])
  })
})

describe('LMOVEM', () => {
  const moved = (request: string) => {
    const r = run()
    r('RPUSH a 1 2 3 4')
    r('RPUSH b x y')
    return [r(request), r('LRANGE a 0 -1'), r('LRANGE b 0 -1')]
  }

  it.each([
    ['LEFT LEFT COUNT 2 OBO', ['2', '1'], ['3', '4'], ['2', '1', 'x', 'y']],
    ['LEFT RIGHT COUNT 2 OBO', ['1', '2'], ['3', '4'], ['x', 'y', '1', '2']],
    ['RIGHT LEFT COUNT 2 OBO', ['3', '4'], ['1', '2'], ['3', '4', 'x', 'y']],
    ['RIGHT RIGHT COUNT 2 OBO', ['4', '3'], ['1', '2'], ['x', 'y', '4', '3']],
    ['LEFT LEFT COUNT 2 BULK', ['1', '2'], ['3', '4'], ['1', '2', 'x', 'y']],
    ['LEFT RIGHT COUNT 2 BULK', ['1', '2'], ['3', '4'], ['x', 'y', '1', '2']],
    ['RIGHT LEFT COUNT 2 BULK', ['3', '4'], ['1', '2'], ['3', '4', 'x', 'y']],
    ['RIGHT RIGHT EXACTLY 2 BULK', ['3', '4'], ['1', '2'], ['x', 'y', '3', '4']],
    ['LEFT RIGHT', ['1'], ['2', '3', '4'], ['x', 'y', '1']],
    ['LEFT RIGHT COUNT 9 BULK', ['1', '2', '3', '4'], [], ['x', 'y', '1', '2', '3', '4']],
    ['LEFT RIGHT EXACTLY 5 BULK', NIL_ARRAY, ['1', '2', '3', '4'], ['x', 'y']],
  ])('%s', (how, reply, source, destination) => {
    expect(moved(`LMOVEM a b ${how}`)).toEqual([reply, source, destination])
  })

  it('within one list turns the elements around one by one, and leaves them in bulk', () => {
    const r = run()
    r('RPUSH a 1 2 3')
    expect(r('LMOVEM a a LEFT LEFT EXACTLY 2 OBO')).toEqual(['2', '1'])
    expect(r('LRANGE a 0 -1')).toEqual(['2', '1', '3'])
    expect(r('LMOVEM a a LEFT LEFT COUNT 9 BULK')).toEqual(['2', '1', '3'])
    expect(r('LRANGE a 0 -1')).toEqual(['2', '1', '3'])
  })

  it('of a missing list is nil', () => {
    const r = run()
    expect(r('LMOVEM a b LEFT LEFT')).toBe(NIL_ARRAY)
    expect(r('LMOVEM a b LEFT LEFT COUNT 2 OBO')).toBe(NIL_ARRAY)
    expect(r('LMOVEM a b LEFT LEFT EXACTLY 1 OBO')).toBe(NIL_ARRAY)
    expect(r.engine.keyspace.at(0).size).toBe(0)
  })

  it('fires one event a list and counts elements as changes', () => {
    const r = run()
    r('RPUSH a 1 2')
    const events = listen(r)
    r('LMOVEM a b LEFT RIGHT COUNT 5 BULK')
    expect(events()).toEqual(['rpush b', 'lpop a', 'del a'])
    expect(r.engine.dirty).toBe(4)
  })
})

describe('BLMOVEM', () => {
  it('waits for one element, or for exactly so many', () => {
    const r = run()
    const [some, all] = [r.client(), r.client()]
    expect(all('BLMOVEM a b LEFT RIGHT 0 EXACTLY 3 BULK')).toBe(BLOCKED)
    expect(some('BLMOVEM c d LEFT RIGHT 0 COUNT 3 BULK')).toBe(BLOCKED)
    r('RPUSH a 1')
    r('RPUSH c 1')
    r('RPUSH a 2')
    expect([all.replies, some.replies]).toEqual([[], [['1']]])
    r('RPUSH a 3 4')
    expect(all.replies).toEqual([['1', '2', '3']])
    expect(r('LRANGE a 0 -1')).toEqual(['4'])
    expect(r.effects.at(-1)).toEqual(words('LMOVEM a b LEFT RIGHT EXACTLY 3 BULK'))
  })

  it('answers a null array when the time is up or nothing may wait', () => {
    const r = run()
    r('BLMOVEM a b LEFT RIGHT 1 EXACTLY 3 BULK')
    r('RPUSH a 1')
    r.clock += 1000
    expect(r.replies.splice(0)).toEqual([NIL_ARRAY, 1])
    r('MULTI')
    r('BLMOVEM a b LEFT RIGHT 0 EXACTLY 3 BULK')
    r('BLMOVEM none b LEFT RIGHT 0')
    expect(r('EXEC')).toEqual([NIL_ARRAY, NIL_ARRAY])
  })

  const words = (line: string) => line.split(' ')
})

describe('what is refused', () => {
  const refused: [string, Reply][] = [
    ['LMPOP 0 l LEFT', numkeysNotPositive],
    ['LMPOP x l LEFT', numkeysNotPositive],
    ['LMPOP 2 l LEFT', syntaxError],
    ['LMPOP 1 l MIDDLE', syntaxError],
    ['LMPOP 1 l LEFT COUNT 0', countNotPositive],
    ['LMPOP 1 l LEFT COUNT 1 COUNT 1', syntaxError],
    ['LMPOP 1 s LEFT', wrongType],
    ['BLMPOP x 0 l LEFT', numkeysNotPositive],
    ['BLMPOP x 1 l LEFT', timeoutNotAFloat],
    ['BLMPOP -1 1 l LEFT', negativeTimeout],
    ['LMOVE l m UP LEFT', syntaxError],
    ['LMOVE l s LEFT LEFT', wrongType],
    ['LMOVE s l LEFT LEFT', wrongType],
    ['BLMOVE l m LEFT LEFT x', timeoutNotAFloat],
    ['BLMOVE l s LEFT LEFT 0', wrongType],
    ['BRPOPLPUSH l m -1', negativeTimeout],
    ['LMOVEM l m LEFT LEFT COUNT 1', syntaxError],
    ['LMOVEM l m LEFT LEFT COUNT 1 FOO', syntaxError],
    ['LMOVEM l m LEFT LEFT COUNT 1 OBO BULK', syntaxError],
    ['LMOVEM l m LEFT LEFT MANY 1 OBO', syntaxError],
    ['LMOVEM l m LEFT LEFT COUNT 0 OBO', countNotPositive],
    ['LMOVEM l m LEFT LEFT EXACTLY x OBO', countNotPositive],
    ['LMOVEM l s LEFT LEFT', wrongType],
    ['BLMOVEM l m LEFT LEFT x COUNT 1 OBO', timeoutNotAFloat],
    ['BLMOVEM s m LEFT LEFT 0', wrongType],
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
