import { describe, expect, it } from 'vitest'
import {
  CommandError,
  outOfRange,
  scoreNotANumber,
  syntaxError,
  wrongType,
} from '../../src/core/errors.ts'
import { BLOCKED, Double, NIL_ARRAY, PairsReply, type Reply } from '../../src/core/reply.ts'
import { RespWriter } from '../../src/protocol/resp-writer.ts'
import { fromBytes } from '../../src/util/bytes.ts'
import { listen } from '../helpers/events.ts'
import { type Run, run, type TestClient } from '../helpers/run.ts'

const double = (n: number): Double => new Double(n)
const pairs = (...items: Reply[]): PairsReply => new PairsReply(items)

/** A sorted set of `size` members m0, m1 … with their numbers as scores. */
function fill(r: Run, size: number, key = 'z'): void {
  for (let start = 0; start < size; start += 500) {
    const pairs = Array.from({ length: Math.min(500, size - start) }, (_, i) => start + i)
    r(['ZADD', key, ...pairs.flatMap((n) => [String(n), `m${n}`])])
  }
}

describe('ZADD and ZINCRBY', () => {
  it('answer how many were added, how many changed, or the score', () => {
    const r = run()
    expect(r('ZADD z 1 a 2 b')).toBe(2)
    expect(r('ZADD z 3 a 4 c')).toBe(1)
    expect(r('ZADD z CH 3 a 5 b 6 d')).toBe(2)
    expect(r('ZADD z INCR 2 a')).toEqual(double(5))
    expect(r('ZADD z NX INCR 2 a')).toBe(null)
    expect(r('ZINCRBY z -1 a')).toEqual(double(4))
    expect(r('ZSCORE z a')).toEqual(double(4))
    expect(r('ZMSCORE z a x')).toEqual([double(4), null])
  })

  it('count each member that changes as a change, and nothing else', () => {
    const r = run()
    r('ZADD z 1 a 2 b 3 c')
    expect(r.engine.dirty).toBe(3)
    r('ZADD z 1 a 9 b')
    expect(r.engine.dirty).toBe(4)
    r('ZADD z NX 5 a')
    r('ZINCRBY z 0 a')
    r('ZREM z x')
    expect(r.engine.dirty).toBe(4)
    r('ZREM z a b x')
    expect(r.engine.dirty).toBe(6)
  })

  it('leave no trace of what was refused', () => {
    const r = run()
    r('ZADD z inf a')
    const { dirty } = r.engine
    expect(r('ZINCRBY z -inf a')).toBe(scoreNotANumber)
    expect(r('ZADD z 1 b x c')).toEqual(new CommandError('value is not a valid float'))
    expect(r('ZADD z 1 b 2')).toBe(syntaxError)
    expect(r('ZADD y XX 1 b')).toBe(0)
    expect(r('ZRANGE z 0 -1 WITHSCORES')).toEqual(pairs('a', double(Infinity)))
    expect(r('EXISTS y')).toBe(0)
    expect(r.engine.dirty).toBe(dirty)
  })

  it('fire one event, with the key when it is gone', () => {
    const r = run()
    const events = listen(r)
    r('ZADD z 1 a 2 b')
    r('ZADD z INCR 1 a')
    r('ZADD z 2 a')
    r('ZREM z a b')
    expect(events()).toEqual(['zadd z', 'zincr z', 'zrem z', 'del z'])
  })

  it('give every member of a large set a new place when all scores change', () => {
    const r = run()
    fill(r, 200)
    for (let n = 0; n < 200; n++) r(['ZADD', 'z', String(200 - n), `m${n}`])
    expect(r('ZRANGE z 0 1')).toEqual(['m199', 'm198'])
    expect(r('ZCARD z')).toBe(200)
  })
})

describe('a large sorted set', () => {
  it.each([30, 100, 129, 5000])('of %i members answers like a small one', (size) => {
    const r = run()
    fill(r, size)
    expect(r('ZCARD z')).toBe(size)
    for (const n of [0, 1, 17, size - 2, size - 1]) {
      expect(r(`ZSCORE z m${n}`)).toEqual(double(n))
      expect(r(`ZRANK z m${n}`)).toBe(n)
      expect(r(`ZREVRANK z m${n} WITHSCORE`)).toEqual([size - 1 - n, double(n)])
      expect(r(`ZRANGE z ${n} ${n}`)).toEqual([`m${n}`])
      expect(r(`ZRANGEBYSCORE z ${n} ${n}`)).toEqual([`m${n}`])
      expect(r(`ZCOUNT z -inf (${n}`)).toBe(n)
    }
    expect(r(`ZREMRANGEBYRANK z 5 ${size - 6}`)).toBe(size - 10)
    expect(r('ZCARD z')).toBe(10)
    expect(r('ZSCORE z m7')).toBe(null)
    expect(r('ZRANGE z 0 -1')).toEqual(
      [0, 1, 2, 3, 4, size - 5, size - 4, size - 3, size - 2, size - 1].map((n) => `m${n}`),
    )
    expect(r('ZREMRANGEBYSCORE z -inf +inf')).toBe(10)
    expect(r('EXISTS z')).toBe(0)
  })

  it('is copied, not shared', () => {
    const r = run()
    for (const size of [3, 300]) {
      fill(r, size, `z${size}`)
      r(`COPY z${size} copy${size}`)
      r(`ZADD copy${size} -1 first`)
      r(`ZREM copy${size} m1`)
      expect(r(`ZCARD z${size}`)).toBe(size)
      expect(r(`ZRANGE z${size} 0 1`)).toEqual(['m0', 'm1'])
      expect(r(`ZRANGE copy${size} 0 2`)).toEqual(['first', 'm0', 'm2'])
    }
  })

  it('is reported as Redis lays it out', () => {
    const r = run()
    fill(r, 128)
    expect(r('OBJECT ENCODING z')).toBe('listpack')
    r('ZADD z 1 another')
    expect(r('OBJECT ENCODING z')).toBe('skiplist')
    r('ZREM z another')
    expect(r('OBJECT ENCODING z')).toBe('skiplist')
    r(['ZADD', 'y', '1', 'x'.repeat(64)])
    expect(r('OBJECT ENCODING y')).toBe('listpack')
    r(['ZADD', 'y', '1', 'x'.repeat(65)])
    expect(r('OBJECT ENCODING y')).toBe('skiplist')
    r('CONFIG SET zset-max-ziplist-entries 2')
    r('ZADD x 1 a 2 b 3 c')
    expect(r('OBJECT ENCODING x')).toBe('skiplist')
  })

  it('weighs more with every member', () => {
    const r = run()
    const usage = (): number => r('MEMORY USAGE z') as number
    fill(r, 10)
    const ten = usage()
    fill(r, 1000)
    const thousand = usage()
    expect(ten).toBeGreaterThan(10 * 24)
    expect(thousand).toBeGreaterThan(60 * ten)
    expect(thousand).toBeLessThan(1000 * 110)
  })
})

/** A reply as it is sent to this client. */
function written(client: TestClient, request: string): string {
  const writer = new RespWriter()
  writer.write(client(request), client.session.resp)
  return fromBytes(writer.take())
}

describe('replies with scores', () => {
  const requests = [
    'ZRANGE z 0 -1 WITHSCORES',
    'ZRANGEBYSCORE z 0 9 WITHSCORES',
    'ZUNION 1 z WITHSCORES',
    'ZINTER 1 z WITHSCORES',
    'ZDIFF 1 z WITHSCORES',
  ]

  it.each(requests)('%s is flat in RESP2 and made of pairs in RESP3', (request) => {
    const r = run()
    r('ZADD z 1 a 2.5 b')
    expect(r(request)).toEqual(pairs('a', double(1), 'b', double(2.5)))
    expect(written(r, request)).toBe('*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$3\r\n2.5\r\n')
    expect(written(r.client(3), request)).toBe(
      '*2\r\n*2\r\n$1\r\na\r\n,1\r\n*2\r\n$1\r\nb\r\n,2.5\r\n',
    )
  })

  it('of a pop are pairs in RESP3 only if a number was asked for', () => {
    const r = run()
    const r3 = r.client(3)
    r('ZADD z 1 a 2 b 3 c 4 d')
    expect(r('ZPOPMIN z 1')).toEqual(pairs('a', double(1)))
    expect(r3('ZPOPMIN z')).toEqual(['b', double(2)])
    expect(r3('ZPOPMAX z 1')).toEqual(pairs('d', double(4)))
    expect(r('ZMPOP 1 z MIN')).toEqual(['z', [['c', double(3)]]])
  })
})

describe('AGGREGATE COUNT', () => {
  it('counts the sources of each member, whatever the scores', () => {
    const r = run()
    r('ZADD a 10 x 20 y')
    r('ZADD b inf y -5 z')
    expect(r('ZUNION 2 a b AGGREGATE COUNT WITHSCORES')).toEqual(
      pairs('x', double(1), 'z', double(1), 'y', double(2)),
    )
    expect(r('ZINTER 2 a b AGGREGATE count WITHSCORES')).toEqual(pairs('y', double(2)))
    expect(r('ZINTER 3 a a a AGGREGATE count WITHSCORES')).toEqual(
      pairs('x', double(3), 'y', double(3)),
    )
  })

  it('adds up weights where there are any', () => {
    const r = run()
    r('ZADD a 10 x 20 y')
    r('ZADD b 30 y 40 z')
    expect(r('ZUNIONSTORE c 2 a b WEIGHTS 2 5 AGGREGATE COUNT')).toBe(3)
    expect(r('ZRANGE c 0 -1 WITHSCORES')).toEqual(
      pairs('x', double(2), 'z', double(5), 'y', double(7)),
    )
    expect(r('ZINTERSTORE c 2 a b AGGREGATE COUNT WEIGHTS 2 5')).toBe(1)
    expect(r('ZRANGE c 0 -1 WITHSCORES')).toEqual(pairs('y', double(7)))
  })
})

describe('ZDIFF', () => {
  it('answers the same whether the other sets are few or many', () => {
    const r = run()
    fill(r, 400)
    r('ZADD few 1 m3')
    for (let i = 0; i < 40; i++) r(`ZADD s${i} 1 m${10 * i} 1 none`)
    const sources = Array.from({ length: 40 }, (_, i) => `s${i}`)
    const left = Array.from({ length: 400 }, (_, n) => n).filter((n) => n % 10 !== 0)
    expect(r(['ZDIFF', '41', 'z', ...sources])).toEqual(left.map((n) => `m${n}`))
    expect(r('ZDIFF 2 z few')).toHaveLength(399)
  })
})

describe('BZPOPMIN, BZPOPMAX, BZMPOP', () => {
  it('wait, and answer nil when time is up', () => {
    const r = run()
    const [a, b, c] = [r.client(), r.client(), r.client()]
    expect(a('BZPOPMIN z 1')).toBe(BLOCKED)
    expect(b('BZPOPMAX z 1.5')).toBe(BLOCKED)
    expect(c('BZMPOP 2 1 z MIN')).toBe(BLOCKED)
    r.clock += 1000
    expect(a.replies).toEqual([NIL_ARRAY])
    expect(b.replies).toEqual([])
    r.clock += 1000
    expect([...b.replies, ...c.replies]).toEqual([NIL_ARRAY, NIL_ARRAY])
  })

  it('are served in the order of their arrival, and propagated as what they took', () => {
    const r = run()
    const [a, b, c] = [r.client(), r.client(), r.client(3)]
    a('BZPOPMIN x z 0')
    b('BZMPOP 0 1 z MAX COUNT 2')
    c('BZPOPMAX z 0')
    r('ZADD z 1 a 2 b 3 c 4 d')
    expect(a.replies).toEqual([['z', 'a', double(1)]])
    expect(b.replies).toEqual([
      [
        'z',
        [
          ['d', double(4)],
          ['c', double(3)],
        ],
      ],
    ])
    expect(c.replies).toEqual([['z', 'b', double(2)]])
    expect(r.effects.slice(1)).toEqual([
      ['ZPOPMIN', 'z'],
      ['ZPOPMAX', 'z', '2'],
      ['ZPOPMAX', 'z'],
    ])
    expect(r('EXISTS z')).toBe(0)
  })

  it('are not woken by another type', () => {
    const r = run()
    const waiting = r.client()
    waiting('BZPOPMIN z 0')
    r('RPUSH z a')
    expect(waiting.replies).toEqual([])
    expect(waiting('PING')).toBe(BLOCKED)
    r('DEL z')
    r('ZADD z 1 a')
    expect(waiting.replies[0]).toEqual(['z', 'a', double(1)])
  })
})

describe('ZRANDMEMBER', () => {
  it.each([10, 100, 1000])('draws different members of %i, or any', (size) => {
    const r = run()
    fill(r, size)
    const all = new Set(Array.from({ length: size }, (_, n) => `m${n}`))
    expect(all.has(r('ZRANDMEMBER z') as string)).toBe(true)
    for (const count of [1, 3, size >> 1, size - 1, size, size + 1]) {
      const drawn = r(`ZRANDMEMBER z ${count}`) as string[]
      expect(drawn).toHaveLength(Math.min(count, size))
      expect(new Set(drawn).size).toBe(drawn.length)
      expect(drawn.every((member) => all.has(member))).toBe(true)
    }
    const any = r(`ZRANDMEMBER z -${5 * size}`) as string[]
    expect(any).toHaveLength(5 * size)
    expect(new Set(any).size).toBeGreaterThan(size * 0.9)
  })

  it('gives each member its own score', () => {
    const r = run()
    fill(r, 50)
    const drawn = (r('ZRANDMEMBER z 20 WITHSCORES') as PairsReply).items
    for (let i = 0; i < drawn.length; i += 2) {
      expect(drawn[i]).toBe(`m${(drawn[i + 1] as Double).value}`)
    }
  })

  it('does not try to answer more than memory holds', () => {
    const r = run()
    fill(r, 3)
    expect(r('ZRANDMEMBER z -9223372036854775807')).toBe(outOfRange)
    expect(r('ZRANDMEMBER z 9223372036854775807')).toHaveLength(3)
  })
})

describe('ZSCAN', () => {
  /** All that a walk with steps of `count` meets; `between` runs after each step. */
  function walk(r: Run, count: number, between: () => void = () => {}): string[] {
    const members: string[] = []
    let cursor = '0'
    do {
      const [next, pairs] = r(`ZSCAN z ${cursor} COUNT ${count}`) as [string, string[]]
      for (let i = 0; i < pairs.length; i += 2) members.push(pairs[i] as string)
      cursor = next
      between()
    } while (cursor !== '0')
    return members
  }

  it('meets every member of a set that stands still once', () => {
    const r = run()
    fill(r, 1000)
    const members = walk(r, 7)
    expect(members).toHaveLength(1000)
    expect(new Set(members).size).toBe(1000)
  })

  it('meets every member that is there all the time while others come and go', () => {
    const r = run()
    fill(r, 1000)
    let n = 0
    const members = walk(r, 10, () => {
      // Every third is left alone.
      for (let i = 0; i < 5; i++, n++) if (n % 3 !== 0) r(`ZREM z m${n}`)
      r(`ZADD z ${n} new${n}`)
      r(`ZADD z ${-n} m${n - (n % 3)}`)
    })
    const met = new Set(members)
    for (let i = 0; i < 1000; i += 3) expect(met.has(`m${i}`)).toBe(true)
  })

  it('of a small set answers everything at once, with scores as they are printed', () => {
    const r = run()
    r('ZADD z 0.1 a 3 b inf c')
    expect(r('ZSCAN z 0 COUNT 1')).toEqual(['0', ['a', '0.1', 'b', '3', 'c', 'inf']])
    expect(r('ZSCAN z 0 MATCH [bc]')).toEqual(['0', ['b', '3', 'c', 'inf']])
    r('CONFIG SET zset-max-listpack-entries 0')
    r('ZADD z 4 d')
    expect(r('ZSCAN z 0 MATCH a')).toEqual(['0', ['a', '0.10000000000000001']])
  })
})

it('commands for sorted sets refuse another type, and others refuse sorted sets', () => {
  const r = run()
  r('SET s x')
  r('ZADD z 1 a')
  for (const request of [
    'ZADD s 1 a',
    'ZINCRBY s 1 a',
    'ZRANGE s 0 -1',
    'ZRANGESTORE d s 0 -1',
    'ZUNION 2 z s',
    'ZINTERCARD 1 s',
    'ZDIFFSTORE d 2 z s',
    'ZPOPMIN s',
    'ZMPOP 1 s MIN',
    'BZPOPMAX s 1',
    'ZRANDMEMBER s 1',
    'ZSCAN s 0',
    'GET z',
    'RPUSH z a',
  ]) {
    expect(r(request), request).toBe(wrongType)
  }
  expect(r('DBSIZE')).toBe(2)
})
