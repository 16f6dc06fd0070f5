import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  appliedInfinity,
  appliedOverflow,
  argumentNotAFloat,
  argumentNotAnInteger,
  boundsCrossed,
  decrementOverflow,
  enxNeedsExpiration,
  infiniteIncrement,
  infiniteValue,
  invalidExpire,
  nanOrInfinity,
  notAFloat,
  notAnInteger,
  overflow,
  syntaxError,
  wrongType,
} from '../../src/core/errors.ts'
import { Double, type Reply } from '../../src/core/reply.ts'
import { type StringValue, stringEncoding } from '../../src/types/string.ts'
import { listen } from '../helpers/events.ts'
import { type Run, run, START } from '../helpers/run.ts'

const MAX = 2n ** 63n - 1n
const MIN = -(2n ** 63n)

const stored = (r: Run, key: string): StringValue => {
  const db = r.engine.keyspace.at(0)
  return db.valueAt(db.find(key)) as StringValue
}
const encoding = (r: Run, key: string): string => stringEncoding(stored(r, key))
const deadline = (r: Run, key: string): number => {
  const db = r.engine.keyspace.at(0)
  return db.deadlineAt(db.find(key))
}

describe('INCR, DECR, INCRBY, DECRBY', () => {
  it('count from zero and keep a number', () => {
    const r = run()
    expect([r('INCR a'), r('INCRBY a 5'), r('DECR a'), r('DECRBY a 7')]).toEqual([1, 6, 5, -2])
    expect(stored(r, 'a')).toBe(-2)
  })

  it('are exact on both sides of 2^53', () => {
    const r = run()
    r('SET a 9007199254740991')
    expect(r('INCR a')).toBe(9007199254740992n)
    expect(r('INCR a')).toBe(9007199254740993n)
    expect(r('GET a')).toBe('9007199254740993')
    expect(r('DECRBY a 2')).toBe(9007199254740991)
  })

  it('stop at both ends of int64 and leave the value alone', () => {
    const r = run()
    r(`SET a ${MAX}`)
    expect(r('INCR a')).toBe(overflow)
    expect(r('GET a')).toBe(String(MAX))
    r(`SET a ${MIN}`)
    expect(r('DECR a')).toBe(overflow)
    expect(r('DECRBY a 1')).toBe(overflow)
    expect(r('GET a')).toBe(String(MIN))
    expect(r.effects.length).toBe(2)
  })

  it('DECRBY has no opposite for the least integer, whatever the key holds', () => {
    const r = run()
    r('RPUSH l x')
    expect(r(`DECRBY l ${MIN}`)).toBe(decrementOverflow)
    expect(r(`INCRBY a ${MIN}`)).toBe(MIN)
  })

  it('add as bigints do, for any two integers', () => {
    const int64 = fc.oneof(
      fc.bigInt({ min: MIN, max: MAX }),
      fc.integer().map(BigInt),
      fc
        .bigInt({ min: -3n, max: 3n })
        .chain((d) => fc.constantFrom(2n ** 53n + d, -(2n ** 53n) + d)),
    )
    fc.assert(
      fc.property(int64, int64, (a, b) => {
        const r = run()
        r(`SET a ${a}`)
        const reply = r(`INCRBY a ${b}`)
        const sum = a + b
        if (sum > MAX || sum < MIN) expect(reply).toBe(overflow)
        else {
          expect(BigInt(reply as number)).toBe(sum)
          expect(typeof reply).toBe(Number.isSafeInteger(Number(sum)) ? 'number' : 'bigint')
          expect(r('GET a')).toBe(String(sum))
        }
      }),
    )
  })

  for (const value of ['', 'x', '1.5', ' 1', '1 ', '+1', '01', '-0', '-', '9223372036854775808']) {
    it(`refuse ${JSON.stringify(value)}`, () => {
      const r = run()
      r(['SET', 'a', value])
      expect(r('INCR a')).toBe(notAnInteger)
      expect(r('GET a')).toBe(value)
      expect(r(['INCRBY', 'b', value])).toBe(notAnInteger)
      expect(r('GET b')).toBe(null)
    })
  }

  it('look at the amount before the type', () => {
    const r = run()
    r('RPUSH l x')
    expect(r('INCRBY l x')).toBe(notAnInteger)
    expect(r('INCRBY l 1')).toBe(wrongType)
    expect(r('INCR l')).toBe(wrongType)
  })

  it('keep the deadline, fire incrby and are propagated as they came', () => {
    const r = run()
    const events = listen(r)
    r('SET a 1 PX 100')
    events()
    r('DECR a')
    r('INCRBY a 5')
    expect(deadline(r, 'a')).toBe(START + 100)
    expect(events()).toEqual(['incrby a', 'incrby a'])
    expect(r.effects.slice(1)).toEqual([
      ['DECR', 'a'],
      ['INCRBY', 'a', '5'],
    ])
  })
})

describe('INCRBYFLOAT', () => {
  it('adds long doubles', () => {
    const r = run()
    expect(r('INCRBYFLOAT a 0.1')).toBe('0.1')
    expect(r('INCRBYFLOAT a 0.2')).toBe('0.3')
    r('SET a 5.0e3')
    expect(r('INCRBYFLOAT a 2.0e2')).toBe('5200')
  })

  it('is propagated as SET with KEEPTTL', () => {
    const r = run()
    const events = listen(r)
    r('SET a 1 PX 100')
    events()
    r('INCRBYFLOAT a 0.5')
    expect(r.effects.slice(1)).toEqual([['SET', 'a', '1.5', 'KEEPTTL']])
    expect(deadline(r, 'a')).toBe(START + 100)
    expect(events()).toEqual(['incrbyfloat a'])
  })

  it('leaves a whole number that is no integer to OBJECT ENCODING', () => {
    const r = run()
    r('INCRBYFLOAT a 3')
    expect(encoding(r, 'a')).toBe('embstr')
    expect(r('GET a')).toBe('3')
    expect(r('INCR a')).toBe(4)
    expect(encoding(r, 'a')).toBe('int')
    r('INCRBYFLOAT a 1')
    expect(r('APPEND a 0')).toBe(2)
    expect(encoding(r, 'a')).toBe('raw')
    expect(r('GET a')).toBe('50')
  })

  it('refuses what is no number, and infinity', () => {
    const r = run()
    r('SET a x')
    r('RPUSH l x')
    r('SET b inf')
    expect(r('INCRBYFLOAT a 1')).toBe(notAFloat)
    expect(r('INCRBYFLOAT c nan')).toBe(notAFloat)
    expect(r('INCRBYFLOAT c inf')).toBe(nanOrInfinity)
    expect(r('INCRBYFLOAT b -inf')).toBe(nanOrInfinity)
    expect(r('INCRBYFLOAT l x')).toBe(wrongType)
    expect(r('GET c')).toBe(null)
  })
})

describe('INCREX', () => {
  /** Replies with doubles as their text. */
  const plain = (reply: Reply): unknown =>
    Array.isArray(reply) ? reply.map((item) => (item instanceof Double ? item.text : item)) : reply

  const counted: [before: string | null, options: string, reply: unknown, after: string | null][] =
    [
      [null, '', [1, 1], '1'],
      ['10', '', [11, 1], '11'],
      ['100', 'BYINT -10', [90, -10], '90'],
      ['100', 'byint 0', [100, 0], '100'],
      ['50', 'BYINT 100 UBOUND 80', [50, 0], '50'],
      ['50', 'BYINT 100 UBOUND 80 SATURATE', [80, 30], '80'],
      ['10', 'BYINT -100 LBOUND 0 SATURATE', [0, -10], '0'],
      ['5', 'LBOUND 0 BYINT 100 UBOUND 10 SATURATE', [10, 5], '10'],
      ['5', 'BYINT 5 UBOUND 10', [10, 5], '10'],
      ['50', 'BYINT 5 UBOUND 30 SATURATE', [30, -20], '30'],
      ['50', 'BYINT -25 UBOUND 30', [25, -25], '25'],
      ['-50', 'BYINT -5 LBOUND -30 SATURATE', [-30, 20], '-30'],
      [null, 'BYINT 15 UBOUND 10', [0, 0], null],
      [null, 'BYINT 5 LBOUND 10', [0, 0], null],
      [null, 'LBOUND 5 SATURATE', [5, 5], '5'],
      [null, 'UBOUND 0 SATURATE', [0, 0], '0'],
      [
        '9223372036854775800',
        'BYINT 9223372036854775800',
        [9223372036854775800n, 0],
        '9223372036854775800',
      ],
      ['9223372036854775800', 'BYINT 9223372036854775800 SATURATE', [MAX, 7], String(MAX)],
      ['-9223372036854775800', 'BYINT -9223372036854775800 SATURATE', [MIN, -8], String(MIN)],
      [
        '9223372036854775807',
        `BYINT -5 UBOUND ${MIN} SATURATE`,
        appliedOverflow,
        '9223372036854775807',
      ],
      ['1.5', 'BYFLOAT 0.25', ['1.75', '0.25'], '1.75'],
      ['10', 'BYFLOAT 100 UBOUND 42.5 SATURATE', ['42.5', '32.5'], '42.5'],
      ['0', 'BYFLOAT -100 LBOUND -5.5 SATURATE', ['-5.5', '-5.5'], '-5.5'],
      ['10', 'BYFLOAT 5.5 UBOUND 12.5', ['10', '0'], '10'],
      ['50.5', 'BYFLOAT 5.5 UBOUND 30 SATURATE', ['30', '-20.5'], '30'],
      [null, 'BYFLOAT 15.5 UBOUND 10', ['0', '0'], null],
      ['10', 'BYFLOAT 1 UBOUND inf', ['11', '1'], '11'],
      ['10', 'BYFLOAT 1 LBOUND -inf', ['11', '1'], '11'],
      ['10', 'BYFLOAT 1 LBOUND inf UBOUND inf', ['10', '0'], '10'],
      ['10', 'BYFLOAT 1 LBOUND inf UBOUND inf SATURATE', appliedInfinity, '10'],
      ['10', 'BYFLOAT 1 LBOUND -inf UBOUND -inf SATURATE', appliedInfinity, '10'],
      ['10', 'BYFLOAT 1 UBOUND -inf', boundsCrossed, '10'],
      ['1e4932', 'BYFLOAT 1e4932', null, '1e4932'],
      ['inf', 'BYFLOAT 1', infiniteValue, 'inf'],
      ['1.5', '', notAnInteger, '1.5'],
      ['x', 'BYFLOAT 1', notAFloat, 'x'],
      ['10', 'BYFLOAT inf', infiniteIncrement, '10'],
      ['10', 'BYFLOAT x', argumentNotAFloat('Increment'), '10'],
      ['10', 'BYINT 1.5', argumentNotAnInteger('Increment'), '10'],
      ['10', 'LBOUND x', argumentNotAnInteger('LBOUND'), '10'],
      ['10', 'UBOUND 12.5', argumentNotAnInteger('UBOUND'), '10'],
      ['10', 'BYFLOAT 1 LBOUND x', argumentNotAFloat('LBOUND'), '10'],
      ['10', 'BYFLOAT 1 UBOUND x', argumentNotAFloat('UBOUND'), '10'],
      ['10', 'LBOUND 10 UBOUND 5', boundsCrossed, '10'],
      ['10', 'BYFLOAT 1 LBOUND 1.5 UBOUND 1.25', boundsCrossed, '10'],
      ['10', 'EX 0', invalidExpire('increx'), '10'],
      ['10', 'EX x', notAnInteger, '10'],
      ['10', 'ENX', enxNeedsExpiration, '10'],
      ['10', 'PERSIST ENX', syntaxError, '10'],
      ['10', 'ENX PERSIST', syntaxError, '10'],
      ['10', 'EX 10 PERSIST', syntaxError, '10'],
      ['10', 'PERSIST EX 10', syntaxError, '10'],
      ['10', 'EX 10 PX 10', syntaxError, '10'],
      ['10', 'EX 10 EX 10', syntaxError, '10'],
      ['10', 'BYINT 1 BYINT 1', syntaxError, '10'],
      ['10', 'BYINT 1 BYFLOAT 1', syntaxError, '10'],
      ['10', 'LBOUND 1 LBOUND 1', syntaxError, '10'],
      ['10', 'UBOUND 1 UBOUND 1', syntaxError, '10'],
      ['10', 'SATURATE SATURATE', syntaxError, '10'],
      ['10', 'PERSIST PERSIST', syntaxError, '10'],
      ['10', 'ENX ENX EX 10', syntaxError, '10'],
      ['10', 'KEEPTTL', syntaxError, '10'],
      ['10', 'FOO', syntaxError, '10'],
      ['10', 'LBOUND', syntaxError, '10'],
      ['10', 'BYINT', syntaxError, '10'],
    ]
  for (const [before, options, reply, after] of counted) {
    it(`with ${options || 'no options'} on ${before} leaves ${after}`, () => {
      const r = run()
      if (before !== null) r(`SET a ${before}`)
      const done = r.effects.length
      const answer = plain(r(`INCREX a ${options}`))
      if (reply !== null) expect(answer).toEqual(reply)
      expect(r('GET a')).toBe(after)
      if (after === before && !Array.isArray(answer)) expect(r.effects.length).toBe(done)
    })
  }

  it('saturates a float at LDBL_MAX', () => {
    const r = run()
    r('SET a 1e4932')
    const reply = r('INCREX a BYFLOAT 1e4932 SATURATE') as Double[]
    expect(reply[0]?.text?.slice(0, 20)).toBe('11897314953572317650')
    expect(r('GET a')).toBe(reply[0]?.text)
  })

  it('refuses another type after the line', () => {
    const r = run()
    r('RPUSH l x')
    expect(r('INCREX l')).toBe(wrongType)
    expect(r('INCREX l BYINT x')).toEqual(argumentNotAnInteger('Increment'))
  })

  it('leaves an integer to OBJECT ENCODING, or text if it counted in floats', () => {
    const r = run()
    r('INCREX a')
    expect(encoding(r, 'a')).toBe('int')
    r('INCREX a BYFLOAT 1')
    expect(encoding(r, 'a')).toBe('embstr')
  })

  const at = String(START + 100_000)
  const propagated: [string, string, string[][], string[], number][] = [
    ['SET a 10', 'BYINT 5', [['SET', 'a', '15', 'KEEPTTL']], ['incrby a'], 0],
    ['SET a 10', 'BYFLOAT 0.5', [['SET', 'a', '10.5', 'KEEPTTL']], ['incrbyfloat a'], 0],
    ['SET a 10 EX 500', 'PERSIST', [['SET', 'a', '11']], ['incrby a', 'persist a'], 0],
    ['SET a 10', 'PERSIST', [['SET', 'a', '11', 'KEEPTTL']], ['incrby a'], 0],
    [
      'SET a 10',
      'EX 100',
      [['SET', 'a', '11', 'PXAT', at]],
      ['incrby a', 'expire a'],
      START + 100_000,
    ],
    [
      'SET a 10 EX 500',
      'PX 100000',
      [['SET', 'a', '11', 'PXAT', at]],
      ['incrby a', 'expire a'],
      START + 100_000,
    ],
    [
      'SET a 10',
      'EX 100 ENX',
      [['SET', 'a', '11', 'PXAT', at]],
      ['incrby a', 'expire a'],
      START + 100_000,
    ],
    [
      'SET a 10 EX 500',
      'EX 100 ENX',
      [['SET', 'a', '11', 'KEEPTTL']],
      ['incrby a'],
      START + 500_000,
    ],
    [
      'SET a 10 EX 500',
      'EXAT 1 ENX',
      [['SET', 'a', '11', 'KEEPTTL']],
      ['incrby a'],
      START + 500_000,
    ],
    ['SET a 10 EX 500', 'UBOUND 10 EX 100', [], [], START + 500_000],
    ['SET a 10 EX 500', 'UBOUND 10 PERSIST', [], [], START + 500_000],
    [
      'SET a 10',
      'UBOUND 10 SATURATE EX 100',
      [['SET', 'a', '10', 'PXAT', at]],
      ['incrby a', 'expire a'],
      START + 100_000,
    ],
  ]
  for (const [before, options, effects, fired, expireAt] of propagated) {
    it(`after ${before}, ${options} is propagated as ${effects.join(' ') || 'nothing'}`, () => {
      const r = run()
      const events = listen(r)
      r(before)
      events()
      r(`INCREX a ${options}`)
      expect(r.effects.slice(1)).toEqual(effects)
      expect(events()).toEqual(fired)
      expect(deadline(r, 'a')).toBe(expireAt)
    })
  }

  it('removes the key if the deadline has passed', () => {
    const r = run()
    const events = listen(r)
    r('SET a 10')
    events()
    expect(r('INCREX a EXAT 1')).toEqual([11, 1])
    expect(r('INCREX b PXAT 1')).toEqual([1, 1])
    expect(r('MGET a b')).toEqual([null, null])
    expect(events()).toEqual(['del a'])
    expect(r.effects.slice(1)).toEqual([['DEL', 'a']])
  })
})
