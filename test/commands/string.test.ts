import { describe, expect, it } from 'vitest'
import {
  conditionNeedsString,
  invalidCondition,
  invalidDigest,
  notAnInteger,
  offsetOutOfRange,
  stringTooLong,
  wrongArity,
  wrongType,
} from '../../src/core/errors.ts'
import { EVENTS } from '../../src/core/events.ts'
import { OK, type Reply } from '../../src/core/reply.ts'
import { type StringValue, stringEncoding } from '../../src/types/string.ts'
import { fromBytes } from '../../src/util/bytes.ts'
import { listen } from '../helpers/events.ts'
import { type Run, run } from '../helpers/run.ts'

const encoding = (r: Run, key: string): string => {
  const db = r.engine.keyspace.at(0)
  return stringEncoding(db.valueAt(db.find(key)) as StringValue)
}

const DIGEST_OF_HELLO = '9555e8555c62dcfd'

describe('GET', () => {
  it('answers the bytes that SET stored', () => {
    const r = run()
    expect(r('SET a "\\x00\\xff"')).toBe(OK)
    expect(r('GET a')).toBe('\x00\xff')
  })

  it('answers nil for a missing key and WRONGTYPE for a list', () => {
    const r = run()
    r('RPUSH l x')
    expect(r('GET a')).toBe(null)
    expect(r('GET l')).toBe(wrongType)
    expect(r('GET a b')).toEqual(wrongArity('get'))
  })

  it('answers the digits of a counter as a string', () => {
    const r = run()
    r('INCRBY a 42')
    expect(r('GET a')).toBe('42')
  })

  it('counts hits and misses', () => {
    const r = run()
    r('SET a 1')
    r('GET a')
    r('GET b')
    expect(r.engine.stats.keyspaceHits).toBe(1)
    expect(r.engine.stats.keyspaceMisses).toBe(1)
  })

  it('answers bytes that do not change when the value is edited later', () => {
    const r = run()
    r(['SET', 'a', 'x'.repeat(20000)])
    r('APPEND a y')
    const before = r('GET a') as Uint8Array
    r('SETRANGE a 0 Z')
    expect(fromBytes(before)).toBe(`${'x'.repeat(20000)}y`)
    expect(fromBytes(r('GET a') as Uint8Array)).toBe(`Z${'x'.repeat(19999)}y`)
  })
})

describe('MGET', () => {
  it('answers nil for what is missing or not a string', () => {
    const r = run()
    r('SET a 1')
    r('RPUSH l x')
    r('APPEND b raw')
    r('APPEND b !')
    r('INCR c')
    expect(r('MGET a l missing b c a')).toEqual(['1', null, null, 'raw!', '1', '1'])
  })
})

describe('STRLEN', () => {
  it('counts bytes of every representation', () => {
    const r = run()
    r('SET a hello')
    r('INCRBY b -555')
    r('APPEND c "\\x00"')
    r('APPEND c "\\xff"')
    expect([r('STRLEN a'), r('STRLEN b'), r('STRLEN c'), r('STRLEN d')]).toEqual([5, 4, 2, 0])
  })
})

describe('GETRANGE', () => {
  const cases: [string, string][] = [
    ['0 3', 'Hell'],
    ['0 -1', 'Hello World'],
    ['-4 -1', 'orld'],
    ['5 3', ''],
    ['5 5000', ' World'],
    ['-5000 10000', 'Hello World'],
    ['0 -100', 'H'],
    ['1 -100', ''],
    ['-1 -100', ''],
    ['-100 -99', 'H'],
    ['-100 -101', ''],
    ['11 11', ''],
    ['-9223372036854775808 9223372036854775807', 'Hello World'],
    ['-9223372036854775807 -9223372036854775808', ''],
  ]
  for (const [range, part] of cases) {
    it(`answers ${JSON.stringify(part)} for ${range}`, () => {
      const r = run()
      r('SET a "Hello World"')
      expect(r(`GETRANGE a ${range}`)).toBe(part)
      expect(r(`SUBSTR a ${range}`)).toBe(part)
      r('SETRANGE a 0 H')
      expect(r(`GETRANGE a ${range}`)).toBe(part)
    })
  }

  it('checks both indexes before it looks at the key', () => {
    const r = run()
    r('RPUSH l x')
    expect(r('GETRANGE l x 1')).toBe(notAnInteger)
    expect(r('GETRANGE l 0 9223372036854775808')).toBe(notAnInteger)
    expect(r('GETRANGE l 0 1')).toBe(wrongType)
  })
})

describe('APPEND', () => {
  it('answers the new length and turns the value raw', () => {
    const r = run()
    expect(r('APPEND a foo')).toBe(3)
    expect(encoding(r, 'a')).toBe('embstr')
    expect(r('APPEND a bar')).toBe(6)
    expect(encoding(r, 'a')).toBe('raw')
    expect(r('GET a')).toBe('foobar')
  })

  it('creates an integer when it creates one', () => {
    const r = run()
    r('APPEND a 12')
    expect(encoding(r, 'a')).toBe('int')
    r('APPEND a ""')
    expect(encoding(r, 'a')).toBe('raw')
    expect(r('INCR a')).toBe(13)
    expect(encoding(r, 'a')).toBe('int')
  })

  it('is propagated as it came, keeps the deadline and fires append', () => {
    const r = run()
    const events = listen(r)
    r('SET a x PX 10')
    events()
    r('append a y')
    expect(events()).toEqual(['append a'])
    expect(r.effects.at(-1)).toEqual(['append', 'a', 'y'])
    r.clock += 10
    expect(r('GET a')).toBe(null)
  })

  it('stops at proto-max-bulk-len and leaves the value alone', () => {
    const r = run({ config: { 'proto-max-bulk-len': '1048576' } })
    r(['SET', 'a', 'x'.repeat(1048575)])
    expect(r('APPEND a y')).toBe(1048576)
    expect(r('APPEND a y')).toBe(stringTooLong)
    expect(r('STRLEN a')).toBe(1048576)
    expect(r.effects.length).toBe(2)
  })

  it('appends a hundred thousand times without copying each time', () => {
    const r = run()
    const argv = ['APPEND', 'a', '0123456789']
    for (let i = 0; i < 100_000; i++) r(argv)
    expect(r('STRLEN a')).toBe(1_000_000)
    expect(r('GETRANGE a -12 -1')).toBe('890123456789')
  })
})

describe('SETRANGE', () => {
  it('pads with zeros and answers the length', () => {
    const r = run()
    expect(r('SETRANGE a 2 xy')).toBe(4)
    expect(r('GET a')).toBe('\x00\x00xy')
    expect(r('SETRANGE a 1 Z')).toBe(4)
    expect(r('GET a')).toBe('\x00Zxy')
    expect(encoding(r, 'a')).toBe('raw')
  })

  it('changes nothing for an empty value', () => {
    const r = run()
    const events = listen(r)
    r('INCRBY a 1234')
    events()
    expect(r('SETRANGE a 10 ""')).toBe(4)
    expect(r('SETRANGE b 10 ""')).toBe(0)
    expect(encoding(r, 'a')).toBe('int')
    expect(events()).toEqual([])
    expect(r.effects.length).toBe(1)
  })

  it('refuses a negative offset before it looks at the key, and a bad one before that', () => {
    const r = run()
    r('RPUSH l x')
    expect(r('SETRANGE l x y')).toBe(notAnInteger)
    expect(r('SETRANGE l -1 y')).toBe(offsetOutOfRange)
    expect(r('SETRANGE l 0 y')).toBe(wrongType)
  })

  it('refuses enormous offsets without allocating', () => {
    const r = run()
    for (const offset of ['536870912', '9007199254740993', '9223372036854775807']) {
      expect(r(`SETRANGE a ${offset} x`)).toBe(stringTooLong)
    }
    expect(r('GET a')).toBe(null)
    expect(r.effects).toEqual([])
  })
})

describe('GETDEL', () => {
  it('is propagated as DEL and fires del', () => {
    const r = run()
    const events = listen(r)
    r('SET a x')
    events()
    expect(r('GETDEL a')).toBe('x')
    expect(r('GETDEL a')).toBe(null)
    expect(events()).toEqual(['del a'])
    expect(r.effects.slice(1)).toEqual([['DEL', 'a']])
  })

  it('leaves a list alone', () => {
    const r = run()
    r('RPUSH l x')
    expect(r('GETDEL l')).toBe(wrongType)
    expect(r('LLEN l')).toBe(1)
  })
})

describe('DIGEST', () => {
  it('answers sixteen digits, zeros in front included', () => {
    const r = run()
    r('SET a hello')
    r('SET b v8')
    r('SET c ""')
    r('INCRBY d 123')
    expect(['a', 'b', 'c', 'd', 'e'].map((key) => r(`DIGEST ${key}`))).toEqual([
      DIGEST_OF_HELLO,
      '0cc76dbb41381419',
      '2d06800538d394c2',
      '404a763b3f4c8c9a',
      null,
    ])
  })

  it('refuses a list', () => {
    const r = run()
    r('RPUSH l x')
    expect(r('DIGEST l')).toBe(wrongType)
  })
})

describe('DELEX', () => {
  const cases: [string, Reply][] = [
    ['DELEX a', 1],
    ['DELEX a IFEQ hello', 1],
    ['DELEX a ifeq hello', 1],
    ['DELEX a IFEQ other', 0],
    ['DELEX a IFNE hello', 0],
    ['DELEX a IFNE other', 1],
    [`DELEX a IFDEQ ${DIGEST_OF_HELLO}`, 1],
    [`DELEX a IFDEQ ${DIGEST_OF_HELLO.toUpperCase()}`, 1],
    ['DELEX a IFDEQ 0000000000000000', 0],
    ['DELEX a IFDEQ zzzzzzzzzzzzzzzz', 0],
    [`DELEX a IFDNE ${DIGEST_OF_HELLO}`, 0],
    ['DELEX a IFDNE 0000000000000000', 1],
    ['DELEX a IFDEQ 0123', invalidDigest],
    [`DELEX a IFDNE 0${DIGEST_OF_HELLO}`, invalidDigest],
    ['DELEX a FOO hello', invalidCondition],
    ['DELEX a IFEQ', wrongArity('delex')],
    ['DELEX a IFEQ hello extra', wrongArity('delex')],
    ['DELEX missing', 0],
    ['DELEX missing FOO hello', 0],
    ['DELEX missing IFNE hello', 0],
    ['DELEX missing IFEQ', wrongArity('delex')],
    ['DELEX l IFEQ hello', conditionNeedsString],
    ['DELEX l FOO hello', conditionNeedsString],
    ['DELEX l', 1],
  ]
  for (const [request, reply] of cases) {
    it(`${request} answers ${JSON.stringify(reply)}`, () => {
      const r = run()
      const events = listen(r)
      r('SET a hello')
      r('RPUSH l x')
      events()
      expect(r(request)).toEqual(reply)
      const key = request.split(' ')[1] as string
      expect(events()).toEqual(reply === 1 ? [`del ${key}`] : [])
      expect(r.effects.slice(2)).toEqual(reply === 1 ? [['DEL', key]] : [])
      expect(r('GET a')).toBe(reply === 1 && key === 'a' ? null : 'hello')
    })
  }

  it('compares bytes, not numbers', () => {
    const r = run()
    r('SET a 0123')
    expect(r('DELEX a IFEQ 123')).toBe(0)
    r('INCRBY b 123')
    expect(r('DELEX b IFEQ 123')).toBe(1)
  })

  it('breaks a watch', () => {
    const r = run()
    r('SET a hello')
    r.engine.watchers.watch(r.session, 0, 'a', false)
    r('DELEX a IFEQ hello')
    expect(r.session.watchBroken).toBe(true)
  })
})

describe('keyspace events of reading and creating', () => {
  it('fire keymiss for reads only', () => {
    const r = run()
    const events = listen(r, EVENTS.miss)
    r('GET a')
    r('MGET b c')
    r('STRLEN d')
    r('GETRANGE e 0 1')
    r('SET f 1')
    r('INCR g')
    expect(events()).toEqual(['keymiss a', 'keymiss b', 'keymiss c', 'keymiss d', 'keymiss e'])
  })

  it('fire new before the event of the command', () => {
    const r = run()
    const events = listen(r, EVENTS.fresh | EVENTS.string)
    r('SET a 1')
    r('SET a 2')
    r('APPEND b 1')
    r('INCR c')
    expect(events()).toEqual(['new a', 'set a', 'set a', 'new b', 'append b', 'new c', 'incrby c'])
  })

  it('fire overwritten and type_changed before set', () => {
    const r = run()
    const events = listen(r, EVENTS.overwritten | EVENTS.typeChanged | EVENTS.string)
    r('SET a 1')
    r('SET a 2')
    r('RPUSH l x')
    r('SET l 1')
    expect(events()).toEqual([
      'set a',
      'overwritten a',
      'set a',
      'overwritten l',
      'type_changed l',
      'set l',
    ])
  })
})
