import { describe, expect, it } from 'vitest'
import {
  invalidDigest,
  invalidExpire,
  invalidNumkeys,
  notAnInteger,
  syntaxError,
  wrongArity,
  wrongNumberOfPairs,
  wrongType,
} from '../../src/core/errors.ts'
import { OK, type Reply } from '../../src/core/reply.ts'
import { listen } from '../helpers/events.ts'
import { type Run, run, START } from '../helpers/run.ts'

const DIGEST_OF_HELLO = '9555e8555c62dcfd'

/** The deadline of a key, or 0. */
const deadline = (r: Run, key: string): number => {
  const db = r.engine.keyspace.at(0)
  return db.deadlineAt(db.find(key))
}

describe('SET', () => {
  it('stores, overwrites any type and clears the deadline', () => {
    const r = run()
    r('RPUSH a x')
    expect(r('SET a 1 PX 100')).toBe(OK)
    expect(r('SET a 2')).toBe(OK)
    expect(r('GET a')).toBe('2')
    expect(deadline(r, 'a')).toBe(0)
  })

  it('NX wants no key and XX wants one', () => {
    const r = run()
    expect(r('SET a 1 XX')).toBe(null)
    expect(r('SET a 1 NX')).toBe(OK)
    expect(r('SET a 2 nx')).toBe(null)
    expect(r('SET a 3 xx')).toBe(OK)
    expect(r('GET a')).toBe('3')
    expect(r.effects).toEqual([
      ['SET', 'a', '1', 'NX'],
      ['SET', 'a', '3', 'xx'],
    ])
  })

  it('GET answers the old value whether or not something is stored', () => {
    const r = run()
    expect(r('SET a 1 GET')).toBe(null)
    expect(r('SET a 2 GET')).toBe('1')
    expect(r('SET a 3 NX GET')).toBe('2')
    expect(r('SET b 3 XX GET')).toBe(null)
    expect(r('GET a')).toBe('2')
    r('RPUSH l x')
    expect(r('SET l 1 GET')).toBe(wrongType)
    expect(r('LLEN l')).toBe(1)
  })

  it('GET answers an edited value as it was', () => {
    const r = run()
    r('APPEND a x')
    r('APPEND a y')
    expect(r('SET a z GET')).toBe('xy')
  })

  it('expires at the time that EX, PX, EXAT or PXAT says', () => {
    const r = run()
    r('SET a 1 EX 100')
    expect(deadline(r, 'a')).toBe(START + 100_000)
    r('SET a 1 PX 100')
    expect(deadline(r, 'a')).toBe(START + 100)
    r('SET a 1 EXAT 1720000001')
    expect(deadline(r, 'a')).toBe(1720000001000)
    r('SET a 1 PXAT 1720000000500')
    r.clock = 1720000000499
    expect(r('GET a')).toBe('1')
    r.clock++
    expect(r('GET a')).toBe(null)
  })

  it('KEEPTTL keeps the deadline', () => {
    const r = run()
    r('SET a 1 PX 100')
    r('SET a 2 KEEPTTL')
    expect(deadline(r, 'a')).toBe(START + 100)
    r('SET b 1 KEEPTTL')
    expect(deadline(r, 'b')).toBe(0)
  })

  const refused: [string, Reply][] = [
    ['NX XX', syntaxError],
    ['XX NX', syntaxError],
    ['NX IFEQ x', syntaxError],
    ['IFEQ x XX', syntaxError],
    ['IFEQ x IFNE x', syntaxError],
    ['IFDEQ x IFDNE x', syntaxError],
    ['IFEQ', syntaxError],
    ['EX 10 PX 10', syntaxError],
    ['EX 10 KEEPTTL', syntaxError],
    ['KEEPTTL PXAT 10', syntaxError],
    ['EXAT 10 PXAT 10', syntaxError],
    ['PERSIST', syntaxError],
    ['FOO', syntaxError],
    ['""', syntaxError],
    ['constructor', syntaxError],
    ['__proto__', syntaxError],
    ['EX', syntaxError],
    ['EX x FOO', syntaxError],
    ['EX x', notAnInteger],
    ['EX 1.5', notAnInteger],
    ['EX 9223372036854775808', notAnInteger],
    ['EX 0', invalidExpire('set')],
    ['PX -1', invalidExpire('set')],
    ['EXAT 0', invalidExpire('set')],
    ['EX 9223372036854776', invalidExpire('set')],
    ['EX 9223372036854775', invalidExpire('set')],
    ['PX 9223372036854775807', invalidExpire('set')],
    ['EXAT 9223372036854776', invalidExpire('set')],
    ['EX 0 GET', invalidExpire('set')],
  ]
  for (const [options, error] of refused) {
    it(`refuses ${options}, and nothing is stored`, () => {
      const r = run()
      r('RPUSH l x')
      expect(r(`SET l 1 ${options}`)).toEqual(error)
      expect(r(`SET a 1 ${options}`)).toEqual(error)
      expect(r('GET a')).toBe(null)
      expect(r('LLEN l')).toBe(1)
      expect(r.effects.length).toBe(1)
    })
  }

  it('accepts an option twice, and the last one counts', () => {
    const r = run()
    expect(r('SET a 1 EX bad EX 100')).toBe(OK)
    expect(deadline(r, 'a')).toBe(START + 100_000)
    expect(r('SET a 1 EX 100 EX bad')).toBe(notAnInteger)
    expect(r('SET a 1 XX XX GET GET KEEPTTL KEEPTTL')).toBe('1')
  })

  it('cuts a deadline beyond 2^53 to that', () => {
    const r = run()
    expect(r('SET a 1 PXAT 9223372036854775807')).toBe(OK)
    expect(deadline(r, 'a')).toBe(Number.MAX_SAFE_INTEGER)
    expect(r('SET a 1 EXAT 9223372036854775')).toBe(OK)
    expect(deadline(r, 'a')).toBe(Number.MAX_SAFE_INTEGER)
  })

  it('stores the key also if the deadline has passed, for the next look to find it expired', () => {
    const r = run()
    const events = listen(r)
    r('SET a 1')
    events()
    expect(r('SET a 2 PXAT 1')).toBe(OK)
    expect(r('SET b 2 EXAT 1')).toBe(OK)
    expect(r('DBSIZE')).toBe(2)
    expect(events()).toEqual(['set a', 'expire a', 'set b', 'expire b'])
    expect(r('MGET a b')).toEqual([null, null])
    expect(events()).toEqual(['expired a', 'expired b'])
    expect(r.effects.slice(1)).toEqual([
      ['SET', 'a', '2', 'PXAT', '1'],
      ['SET', 'b', '2', 'PXAT', '1000'],
      ['DEL', 'a'],
      ['DEL', 'b'],
    ])
    expect(r.engine.stats.expiredKeys).toBe(2)
    r('SET a 1')
    expect(r('SET a 2 PXAT 1 GET')).toBe('1')
    r('SET a 1')
    expect(r('SET a 2 PXAT 1 NX')).toBe(null)
    expect(r('GET a')).toBe('1')
  })

  it('stores what has expired while the journal is read', () => {
    const r = run()
    r.engine.loading = true
    r.engine.execute(Object.assign(r.client().session, { internal: true }), [
      'SET',
      'a',
      '2',
      'PXAT',
      '1',
    ])
    expect(r.engine.keyspace.at(0).size).toBe(1)
  })

  it('fires set, and expire when there is a deadline', () => {
    const r = run()
    const events = listen(r)
    r('SET a 1')
    r('SET a 1 KEEPTTL')
    r('SET a 1 NX')
    r('SET a 1 EX 10')
    expect(events()).toEqual(['set a', 'set a', 'set a', 'expire a'])
  })

  const rewritten: [string, string[]][] = [
    ['SET a 1', ['SET', 'a', '1']],
    ['SET a 1 KEEPTTL', ['SET', 'a', '1', 'KEEPTTL']],
    ['SET a 1 GET', ['SET', 'a', '1']],
    ['SET a 1 XX GET', ['SET', 'a', '1', 'XX']],
    ['SET a 1 GET KEEPTTL', ['SET', 'a', '1', 'KEEPTTL']],
    ['SET a 1 EX 10', ['SET', 'a', '1', 'PXAT', String(START + 10_000)]],
    ['SET a 1 PX 10 XX GET', ['SET', 'a', '1', 'PXAT', String(START + 10)]],
    ['SET a 1 EXAT 1720000001', ['SET', 'a', '1', 'PXAT', '1720000001000']],
    ['SET a 1 IFEQ 0', ['SET', 'a', '1']],
    ['SET a 1 IFNE 1 KEEPTTL', ['SET', 'a', '1', 'KEEPTTL']],
    ['SET a 1 IFEQ 0 EX 10', ['SET', 'a', '1', 'PXAT', String(START + 10_000)]],
    ['SET a 1 IFEQ 0 GET', ['SET', 'a', '1']],
  ]
  for (const [request, effect] of rewritten) {
    it(`propagates ${request} as ${effect.join(' ')}`, () => {
      const r = run()
      r('SET a 0')
      r(request)
      expect(r.effects.slice(1)).toEqual([effect])
    })
  }

  it('propagates NX with GET as Redis does, without the GET', () => {
    const r = run()
    r('SET a 1 NX GET')
    expect(r.effects).toEqual([['SET', 'a', '1', 'NX']])
  })

  const compared: [string, Reply, string | null][] = [
    ['SET a new IFEQ hello', OK, 'new'],
    ['SET a new ifeq hello', OK, 'new'],
    ['SET a new IFEQ other', null, 'hello'],
    ['SET a new IFNE other', OK, 'new'],
    ['SET a new IFNE hello', null, 'hello'],
    [`SET a new IFDEQ ${DIGEST_OF_HELLO}`, OK, 'new'],
    [`SET a new IFDEQ ${DIGEST_OF_HELLO.toUpperCase()}`, OK, 'new'],
    ['SET a new IFDEQ 0000000000000000', null, 'hello'],
    [`SET a new IFDNE ${DIGEST_OF_HELLO}`, null, 'hello'],
    ['SET a new IFDNE 0000000000000000', OK, 'new'],
    ['SET a new IFDEQ 0123', invalidDigest, 'hello'],
    ['SET a new IFDNE 0123', invalidDigest, 'hello'],
    ['SET a new IFEQ hello GET', 'hello', 'new'],
    ['SET a new IFEQ other GET', 'hello', 'hello'],
    ['SET a new GET IFNE hello', 'hello', 'hello'],
  ]
  for (const [request, reply, value] of compared) {
    it(`${request} answers ${JSON.stringify(reply)}`, () => {
      const r = run()
      r('SET a hello')
      expect(r(request)).toEqual(reply)
      expect(r('GET a')).toBe(value)
    })
  }

  it('IFEQ and IFDEQ create nothing, IFNE and IFDNE do', () => {
    const r = run()
    expect(r('SET a 1 IFEQ x')).toBe(null)
    expect(r(`SET a 1 IFDEQ ${DIGEST_OF_HELLO}`)).toBe(null)
    expect(r('GET a')).toBe(null)
    expect(r('SET a 1 IFNE x')).toBe(OK)
    expect(r(`SET b 1 IFDNE ${DIGEST_OF_HELLO}`)).toBe(OK)
    expect(r('SET c 1 IFNE x GET')).toBe(null)
    expect(r('MGET a b c')).toEqual(['1', '1', '1'])
  })

  it('comparisons refuse another type', () => {
    const r = run()
    r('RPUSH l x')
    for (const condition of ['IFEQ', 'IFNE', 'IFDEQ', 'IFDNE']) {
      expect(r(`SET l 1 ${condition} x`)).toBe(wrongType)
    }
  })
})

describe('SETNX, SETEX, PSETEX, GETSET', () => {
  it('SETNX answers 1 or 0', () => {
    const r = run()
    expect(r('SETNX a 1')).toBe(1)
    expect(r('SETNX a 2')).toBe(0)
    expect(r('GET a')).toBe('1')
    expect(r.effects).toEqual([['SETNX', 'a', '1']])
  })

  it('SETEX and PSETEX are propagated as SET with a deadline', () => {
    const r = run()
    const events = listen(r)
    expect(r('SETEX a 10 v')).toBe(OK)
    expect(r('PSETEX a 10 v')).toBe(OK)
    expect(r.effects).toEqual([
      ['SET', 'a', 'v', 'PXAT', String(START + 10_000)],
      ['SET', 'a', 'v', 'PXAT', String(START + 10)],
    ])
    expect(events()).toEqual(['set a', 'expire a', 'set a', 'expire a'])
    expect(r('SETEX a 0 v')).toEqual(invalidExpire('setex'))
    expect(r('PSETEX a -1 v')).toEqual(invalidExpire('psetex'))
    expect(r('SETEX a x v')).toBe(notAnInteger)
  })

  it('GETSET is propagated as SET', () => {
    const r = run()
    expect(r('GETSET a 1')).toBe(null)
    expect(r('GETSET a 2')).toBe('1')
    expect(r.effects.at(-1)).toEqual(['SET', 'a', '2'])
    r('RPUSH l x')
    expect(r('GETSET l 1')).toBe(wrongType)
  })
})

describe('GETEX', () => {
  it('changes nothing without options', () => {
    const r = run()
    r('SET a 1 PX 100')
    expect(r('GETEX a')).toBe('1')
    expect(deadline(r, 'a')).toBe(START + 100)
    expect(r.effects.length).toBe(1)
  })

  it('is propagated as PEXPIREAT, PERSIST or DEL', () => {
    const r = run()
    const events = listen(r)
    r('SET a 1')
    events()
    expect(r('GETEX a EX 10')).toBe('1')
    expect(r('GETEX a PXAT 1720000000500')).toBe('1')
    expect(r('GETEX a PERSIST')).toBe('1')
    expect(r('GETEX a PERSIST')).toBe('1')
    expect(r('GETEX a EXAT 1')).toBe('1')
    expect(r('GETEX a EXAT 1')).toBe(null)
    expect(r.effects.slice(1)).toEqual([
      ['PEXPIREAT', 'a', String(START + 10_000)],
      ['PEXPIREAT', 'a', '1720000000500'],
      ['PERSIST', 'a'],
      ['DEL', 'a'],
    ])
    expect(events()).toEqual(['expire a', 'expire a', 'persist a', 'del a'])
  })

  it('checks the syntax, then the key, then the time', () => {
    const r = run()
    r('RPUSH l x')
    expect(r('GETEX missing FOO')).toBe(syntaxError)
    expect(r('GETEX missing EX 10 PERSIST')).toBe(syntaxError)
    expect(r('GETEX missing KEEPTTL')).toBe(syntaxError)
    expect(r('GETEX missing EX 0')).toBe(null)
    expect(r('GETEX l EX 0')).toBe(wrongType)
    r('SET a 1')
    expect(r('GETEX a EX 0')).toEqual(invalidExpire('getex'))
    expect(r('GETEX a EX x')).toBe(notAnInteger)
  })
})

describe('MSET and MSETNX', () => {
  it('MSET fires an event for each pair and is propagated as it came', () => {
    const r = run()
    const events = listen(r)
    expect(r('MSET a 1 b 2')).toBe(OK)
    expect(r('MSET a 1 b')).toEqual(wrongArity('mset'))
    expect(events()).toEqual(['set a', 'set b'])
    expect(r.effects).toEqual([['MSET', 'a', '1', 'b', '2']])
    expect(r.engine.dirty).toBe(2)
  })

  it('MSETNX stores all or nothing', () => {
    const r = run()
    expect(r('MSETNX a 1 b 2 a 3')).toBe(1)
    expect(r('MSETNX c 1 a 2')).toBe(0)
    expect(r('MSETNX c 1 a')).toEqual(wrongArity('msetnx'))
    expect(r('MGET a b c')).toEqual(['3', '2', null])
    expect(r.effects.length).toBe(1)
  })
})

describe('MSETEX', () => {
  it('stores all with one deadline, and says when', () => {
    const r = run()
    const events = listen(r)
    expect(r('MSETEX 2 a 1 b 2 EX 10')).toBe(1)
    expect([deadline(r, 'a'), deadline(r, 'b')]).toEqual([START + 10_000, START + 10_000])
    expect(events()).toEqual(['expire a', 'set a', 'expire b', 'set b'])
    expect(r.effects).toEqual([['MSETEX', '2', 'a', '1', 'b', '2', 'PXAT', String(START + 10_000)]])
  })

  it('clears deadlines, or keeps them with KEEPTTL', () => {
    const r = run()
    r('SET a 0 PX 100')
    expect(r('MSETEX 2 a 1 b 1 keepttl')).toBe(1)
    expect([deadline(r, 'a'), deadline(r, 'b')]).toEqual([START + 100, 0])
    expect(r.effects.at(-1)).toEqual(['MSETEX', '2', 'a', '1', 'b', '1', 'keepttl'])
    expect(r('MSETEX 1 a 2')).toBe(1)
    expect(deadline(r, 'a')).toBe(0)
  })

  it('NX wants no key at all, XX wants them all', () => {
    const r = run()
    r('SET a 1')
    expect(r('MSETEX 2 b 1 a 1 NX')).toBe(0)
    expect(r('MSETEX 2 a 2 b 2 XX EX 10')).toBe(0)
    expect(r('MSETEX 2 b 3 c 3 EX 10 NX')).toBe(1)
    expect(r('MSETEX 2 a 4 b 4 XX')).toBe(1)
    expect(r('MGET a b c')).toEqual(['4', '4', '3'])
  })

  const refused: [string, Reply][] = [
    ['MSETEX x a 1', invalidNumkeys],
    ['MSETEX 0 a 1', invalidNumkeys],
    ['MSETEX -1 a 1', invalidNumkeys],
    ['MSETEX 2147483648 a 1', invalidNumkeys],
    ['MSETEX 2147483647 a 1', wrongNumberOfPairs],
    ['MSETEX 2 a 1 b', wrongNumberOfPairs],
    ['MSETEX 1 a', wrongArity('msetex')],
    ['MSETEX 1 a 1 b', syntaxError],
    ['MSETEX 1 a 1 NX XX', syntaxError],
    ['MSETEX 1 a 1 EX 1 PX 1', syntaxError],
    ['MSETEX 1 a 1 KEEPTTL EX 1', syntaxError],
    ['MSETEX 1 a 1 GET', syntaxError],
    ['MSETEX 1 a 1 IFEQ 1', syntaxError],
    ['MSETEX 1 a 1 PERSIST', syntaxError],
    ['MSETEX 1 a 1 EX 0', invalidExpire('msetex')],
    ['MSETEX 1 a 1 EX x', notAnInteger],
  ]
  for (const [request, error] of refused) {
    it(`refuses ${request}`, () => {
      const r = run()
      expect(r(request)).toEqual(error)
      expect(r('GET a')).toBe(null)
      expect(r.effects).toEqual([])
    })
  }
})
