import { describe, expect, it } from 'vitest'
import {
  mustBePositive,
  negativeTimeout,
  notAnInteger,
  timeoutNotAFloat,
  timeoutOutOfRange,
  wrongArity,
  wrongType,
} from '../../src/core/errors.ts'
import { BLOCKED, NIL_ARRAY, type Reply } from '../../src/core/reply.ts'
import { listen } from '../helpers/events.ts'
import { run } from '../helpers/run.ts'

describe('LPUSH, RPUSH, LPUSHX, RPUSHX', () => {
  it('push one element after the other and answer the length', () => {
    const r = run()
    expect(r('RPUSH l a b')).toBe(2)
    expect(r('LPUSH l y x')).toBe(4)
    expect(r('LPUSHX l w')).toBe(5)
    expect(r('RPUSHX l c')).toBe(6)
    expect(r('LRANGE l 0 -1')).toEqual(['w', 'x', 'y', 'a', 'b', 'c'])
  })

  it('with X create nothing', () => {
    const r = run()
    expect(r('LPUSHX l a')).toBe(0)
    expect(r('RPUSHX l a')).toBe(0)
    expect(r.engine.keyspace.at(0).size).toBe(0)
    expect(r.effects).toEqual([])
  })

  it('refuse another type', () => {
    const r = run()
    r('SET s x')
    for (const name of ['LPUSH', 'RPUSH', 'LPUSHX', 'RPUSHX']) {
      expect(r(`${name} s a`)).toBe(wrongType)
    }
  })

  it('fire one event, are propagated as they came and count each element as a change', () => {
    const r = run()
    const events = listen(r)
    r('RPUSH l a b c')
    r('LPUSHX l d')
    expect(events()).toEqual(['rpush l', 'lpush l'])
    expect(r.effects).toEqual([
      ['RPUSH', 'l', 'a', 'b', 'c'],
      ['LPUSHX', 'l', 'd'],
    ])
    expect(r.engine.dirty).toBe(4)
  })
})

describe('LPOP and RPOP', () => {
  it('take one element, and the key with the last', () => {
    const r = run()
    const events = listen(r)
    r('RPUSH l a b')
    events()
    expect(r('LPOP l')).toBe('a')
    expect(r('RPOP l')).toBe('b')
    expect(r('LPOP l')).toBe(null)
    expect(events()).toEqual(['lpop l', 'rpop l', 'del l'])
    expect(r.engine.keyspace.at(0).size).toBe(0)
  })

  it('take several, up to all', () => {
    const r = run()
    r('RPUSH l a b c d e')
    expect(r('LPOP l 2')).toEqual(['a', 'b'])
    expect(r('RPOP l 2')).toEqual(['e', 'd'])
    expect(r('LPOP l 0')).toEqual([])
    expect(r('RPOP l 9223372036854775807')).toEqual(['c'])
    expect(r('LPOP l 1')).toBe(NIL_ARRAY)
    expect(r('LPOP l 0')).toBe(NIL_ARRAY)
    expect(r.effects.slice(1)).toEqual([
      ['LPOP', 'l', '2'],
      ['RPOP', 'l', '2'],
      ['RPOP', 'l', '9223372036854775807'],
    ])
    expect(r.engine.dirty).toBe(10)
  })

  const refused: [string, Reply][] = [
    ['LPOP l -1', mustBePositive],
    ['LPOP l x', mustBePositive],
    ['LPOP l 9223372036854775808', mustBePositive],
    ['LPOP s -1', mustBePositive],
    ['LPOP s 0', wrongType],
    ['RPOP s', wrongType],
    ['LPOP l 1 2', wrongArity('lpop')],
    ['RPOP l 1 2', wrongArity('rpop')],
  ]
  for (const [request, error] of refused) {
    it(`refuse ${request}`, () => {
      const r = run()
      r('RPUSH l a')
      r('SET s x')
      expect(r(request)).toEqual(error)
      expect(r('LLEN l')).toBe(1)
    })
  }
})

describe('LLEN, LINDEX, LRANGE', () => {
  it('read', () => {
    const r = run()
    r('RPUSH l a b c d e')
    expect(r('LLEN l')).toBe(5)
    expect([r('LINDEX l 0'), r('LINDEX l -1'), r('LINDEX l 5'), r('LINDEX l -6')]).toEqual([
      'a',
      'e',
      null,
      null,
    ])
    expect(r('LRANGE l 1 -2')).toEqual(['b', 'c', 'd'])
    expect(r('LRANGE l -100 1')).toEqual(['a', 'b'])
    expect(r('LRANGE l 3 1')).toEqual([])
    expect(r('LRANGE l 0 -6')).toEqual([])
    expect(r('LRANGE l -9223372036854775808 9223372036854775807')).toHaveLength(5)
    expect(r('LLEN missing')).toBe(0)
    expect(r('LRANGE missing 0 -1')).toEqual([])
  })

  it('LINDEX looks at the key before the index, LRANGE after', () => {
    const r = run()
    r('SET s x')
    expect(r('LINDEX missing x')).toBe(null)
    expect(r('LINDEX s x')).toBe(wrongType)
    expect(r('LRANGE missing x 1')).toBe(notAnInteger)
    expect(r('LRANGE s x 1')).toBe(notAnInteger)
    expect(r('LRANGE s 0 1')).toBe(wrongType)
  })
})

describe('BLPOP and BRPOP', () => {
  it('take at once what is there, from the first key that has it', () => {
    const r = run()
    const events = listen(r)
    r('RPUSH l a b')
    events()
    expect(r('BLPOP none l 0')).toEqual(['l', 'a'])
    expect(r('BRPOP l 0')).toEqual(['l', 'b'])
    expect(r.effects.slice(1)).toEqual([
      ['LPOP', 'l'],
      ['RPOP', 'l'],
    ])
    expect(events()).toEqual(['lpop l', 'rpop l', 'del l'])
  })

  it('answer a null array when the time is up', () => {
    const r = run()
    expect(r('BLPOP l 0.5')).toBe(BLOCKED)
    r.clock += 499
    expect(r.replies).toEqual([])
    r.clock += 1
    expect(r.replies.splice(0)).toEqual([NIL_ARRAY])
    expect(r('RPUSH l a')).toBe(1)
    expect(r.effects).toEqual([['RPUSH', 'l', 'a']])
  })

  it('are woken by a push, which is propagated first', () => {
    const r = run()
    const waiter = r.client()
    expect(waiter('BLPOP x l 0')).toBe(BLOCKED)
    expect(r('RPUSH l a b')).toBe(2)
    expect(waiter.replies).toEqual([['l', 'a']])
    expect(r.units).toEqual([
      [{ dbIndex: 0, argv: ['RPUSH', 'l', 'a', 'b'] }],
      [{ dbIndex: 0, argv: ['LPOP', 'l'] }],
    ])
  })

  it('keep the first deadline when they are woken in vain', () => {
    const r = run()
    const first = r.client()
    const second = r.client()
    first('BLPOP l 1')
    second('BLPOP l 1')
    r.clock += 600
    r('RPUSH l a')
    expect(first.replies).toEqual([['l', 'a']])
    expect(second.replies).toEqual([])
    r.clock += 400
    expect(second.replies).toEqual([NIL_ARRAY])
  })

  it('are served in the order in which they came', () => {
    const r = run()
    const clients = [r.client(), r.client(), r.client()]
    for (const client of clients) client('BLPOP l 0')
    r('RPUSH l a b')
    expect(clients.map((client) => client.replies)).toEqual([[['l', 'a']], [['l', 'b']], []])
    r('RPUSH l c')
    expect(clients[2]?.replies).toEqual([['l', 'c']])
  })

  it('are not woken by a key of another type', () => {
    const r = run()
    const waiter = r.client()
    waiter('BLPOP l 0')
    r('SET l x')
    expect(waiter.replies).toEqual([])
    r('GETDEL l')
    r('LPUSH l a')
    expect(waiter.replies).toEqual([['l', 'a']])
  })

  it('are forgotten when the client goes', () => {
    const r = run()
    const waiter = r.client()
    waiter('BLPOP l 0')
    waiter.disconnect()
    r('RPUSH l a')
    expect(r('LLEN l')).toBe(1)
    expect(r.engine.blocking.keys).toBe(0)
  })

  const refused: [string, Reply][] = [
    ['BLPOP l -1', negativeTimeout],
    ['BLPOP l -inf', negativeTimeout],
    ['BLPOP l x', timeoutNotAFloat],
    ['BLPOP l nan', timeoutNotAFloat],
    ['BLPOP l inf', timeoutOutOfRange],
    ['BLPOP l 1e18', timeoutOutOfRange],
    ['BLPOP l 1e400', timeoutOutOfRange],
    ['BLPOP l -1e400', negativeTimeout],
    ['BLPOP l 1e5000', timeoutNotAFloat],
    ['BLPOP s x', timeoutNotAFloat],
    ['BLPOP s 0', wrongType],
    ['BLPOP none s 0', wrongType],
    ['BRPOP s 0', wrongType],
  ]
  for (const [request, error] of refused) {
    it(`refuse ${request}`, () => {
      const r = run()
      r('SET s x')
      expect(r(request)).toBe(error)
    })
  }
})
