import { describe, expect, it } from 'vitest'
import { scoreNotConvertible, syntaxError, wrongType } from '../../src/core/errors.ts'
import { listen } from '../helpers/events.ts'
import { run } from '../helpers/run.ts'

describe('SORT', () => {
  it('sorts numbers, equal ones by their bytes', () => {
    const r = run()
    r('RPUSH l 3 10 1.0 -2 1 inf')
    expect(r('SORT l')).toEqual(['-2', '1', '1.0', '3', '10', 'inf'])
    expect(r('SORT l DESC LIMIT 1 2')).toEqual(['10', '3'])
    expect(r('SORT l LIMIT -5 2')).toEqual(['-2', '1'])
    r('RPUSH l x')
    expect(r('SORT l LIMIT 0 1')).toBe(scoreNotConvertible)
    expect(r('SORT l ALPHA LIMIT 0 2')).toEqual(['-2', '1'])
  })

  it('sorts by keys and by fields, and gets them', () => {
    const r = run()
    r('RPUSH l 1 2 3')
    r('MSET w_1 3 w_2 2')
    r('HSET o_1 n one')
    expect(r('SORT l BY w_* GET # GET o_*->n GET w_*')).toEqual([
      '3',
      null,
      null,
      '2',
      null,
      '2',
      '1',
      'one',
      '3',
    ])
    expect(r('SORT_RO l BY w_* DESC')).toEqual(['1', '2', '3'])
  })

  it('finds large values and numbers that counters left', () => {
    const r = run()
    const long = 'x'.repeat(20_000)
    r('RPUSH l 1 2')
    r(['SET', 'v1', long])
    r('APPEND v1 y')
    r('INCRBY v2 5')
    expect(r('SORT l BY v* ALPHA GET v*')).toEqual(['5', `${long}y`])
  })

  it('leaves lists and sorted sets in their order if nothing is to be sorted by', () => {
    const r = run()
    r('RPUSH l 3 x 1')
    r('ZADD z 1 c 2 b 3 a')
    expect(r('SORT l BY nosort')).toEqual(['3', 'x', '1'])
    expect(r('SORT l BY nosort DESC LIMIT 1 5')).toEqual(['x', '3'])
    expect(r('SORT z BY nosort DESC LIMIT 0 2')).toEqual(['a', 'b'])
    expect(r('SORT z BY nosort LIMIT 1 1')).toEqual(['b'])
  })

  it('looks for keys as any reader does', () => {
    const r = run()
    r('RPUSH l 1 2 3')
    r('SET w1 5')
    r('SET w2 5 PX 10')
    r.platform.wind(r.clock + 20)
    const { stats } = r.engine
    const [hits, misses] = [stats.keyspaceHits, stats.keyspaceMisses]
    r.effects.length = 0
    r('SORT l BY w* GET w*')
    expect([stats.keyspaceHits - hits, stats.keyspaceMisses - misses]).toEqual([3, 4])
    expect(r.effects).toEqual([['DEL', 'w2']])
  })

  it('refuses', () => {
    const r = run()
    r('SET s x')
    expect(r('SORT s x')).toBe(syntaxError)
    expect(r('SORT s')).toBe(wrongType)
    expect(r('SORT_RO l STORE d')).toBe(syntaxError)
  })
})

describe('SORT with STORE', () => {
  it('counts each element as a change, and fires one event', () => {
    const r = run()
    r('RPUSH l 2 1 3')
    const events = listen(r)
    r.engine.dirty = 0
    expect(r('SORT l STORE d')).toBe(3)
    expect(r('SORT l GET none STORE d')).toBe(3)
    expect(r('LRANGE d 0 -1')).toEqual(['', '', ''])
    expect(r.engine.dirty).toBe(6)
    expect(r('SORT none STORE d')).toBe(0)
    expect(r('SORT none STORE d')).toBe(0)
    expect(r.engine.dirty).toBe(7)
    expect(events()).toEqual(['sortstore d', 'sortstore d', 'del d'])
  })

  it('stores a set in one order, whatever it was filled with first', () => {
    const r = run()
    r('SADD s c a b')
    expect(r('SORT s BY nosort STORE d')).toBe(3)
    expect(r('LRANGE d 0 -1')).toEqual(['a', 'b', 'c'])
  })

  it('wakes who waits for the list', () => {
    const r = run()
    const other = r.client()
    other('BLPOP d 0')
    r('RPUSH l 2 1')
    r('SORT l STORE d')
    expect(other.replies).toEqual([['d', '1']])
    expect(r('LRANGE d 0 -1')).toEqual(['2'])
  })
})
