import { describe, expect, it } from 'vitest'
import {
  hashNotAFloat,
  hashNotAnInteger,
  incrementNotFinite,
  nanOrInfinity,
  outOfRange,
  overflow,
  syntaxError,
  wrongType,
} from '../../src/core/errors.ts'
import { MapReply, OK, PairsReply } from '../../src/core/reply.ts'
import { listen } from '../helpers/events.ts'
import { type Run, run } from '../helpers/run.ts'

/** A hash of so many fields, f0 and on. */
function large(r: Run, fields: number): void {
  for (let i = 0; i < fields; i++) r(['HSET', 'h', `f${i}`, String(i)])
}

describe('HSET, HMSET, HSETNX', () => {
  it('set fields, and HSET counts the new ones', () => {
    const r = run()
    expect(r('HSET h a 1 b 2')).toBe(2)
    expect(r('HSET h b 3 c 4 c 5')).toBe(1)
    expect(r('HMSET h d 6')).toBe(OK)
    expect(r('HSETNX h a 7')).toBe(0)
    expect(r('HSETNX h e 8')).toBe(1)
    expect(r('HGETALL h')).toEqual(new MapReply(['a', '1', 'b', '3', 'c', '5', 'd', '6', 'e', '8']))
  })

  it('count each pair as a change, fire one event and are propagated as they came', () => {
    const r = run()
    const events = listen(r)
    r('HSET h a 1 b 2 b 3')
    r('HSETNX h a 1')
    r('HMSET h a 1')
    expect(events()).toEqual(['hset h', 'hset h'])
    expect(r.engine.dirty).toBe(4)
    expect(r.effects).toEqual([
      ['HSET', 'h', 'a', '1', 'b', '2', 'b', '3'],
      ['HMSET', 'h', 'a', '1'],
    ])
  })

  it('leave nothing behind where they are refused', () => {
    const r = run()
    r('SET s x')
    expect(r('HSET s a 1')).toBe(wrongType)
    expect(r('HSETNX s a 1')).toBe(wrongType)
    r('HSET h a 1 b')
    r('HINCRBY h a x')
    r('HINCRBYFLOAT h a x')
    expect(r('EXISTS h')).toBe(0)
  })

  it('keep thousands of fields apart', () => {
    const r = run()
    large(r, 5000)
    expect(r('HLEN h')).toBe(5000)
    expect(r('HGET h f4321')).toBe('4321')
    expect(r('HSTRLEN h f4321')).toBe(4)
    for (let i = 0; i < 5000; i += 2) expect(r(['HDEL', 'h', `f${i}`])).toBe(1)
    expect(r('HLEN h')).toBe(2500)
    expect(r('HMGET h f1 f2 f4999')).toEqual(['1', null, '4999'])
  })
})

describe('HINCRBY and HINCRBYFLOAT', () => {
  it('count exactly in 64 bits', () => {
    const r = run()
    expect(r('HINCRBY h n 9007199254740991')).toBe(9007199254740991)
    expect(r('HINCRBY h n 9')).toBe(9007199254741000n)
    expect(r('HINCRBY h n 9214364837600034807')).toBe(9223372036854775807n)
    expect(r('HINCRBY h n 1')).toBe(overflow)
    expect(r('HGET h n')).toBe('9223372036854775807')
  })

  it('refuse what is no number', () => {
    const r = run()
    r('HSET h w x inf inf')
    expect(r('HINCRBY h w 1')).toBe(hashNotAnInteger)
    expect(r('HINCRBYFLOAT h w 1')).toBe(hashNotAFloat)
    expect(r('HINCRBYFLOAT h n inf')).toBe(incrementNotFinite)
    expect(r('HINCRBYFLOAT h inf 1')).toBe(nanOrInfinity)
  })

  it('a sum of floats is propagated as the outcome', () => {
    const r = run()
    const events = listen(r)
    expect(r('HINCRBYFLOAT h f 0.1')).toBe('0.1')
    expect(r('HINCRBYFLOAT h f 0.2')).toBe('0.3')
    expect(r.effects.at(-1)?.at(-1)).toBe('0.3')
    expect(events()).toEqual(['hincrbyfloat h', 'hincrbyfloat h'])
  })
})

describe('HDEL', () => {
  it('of the last field takes the key, and the event of that comes last', () => {
    const r = run()
    const events = listen(r)
    r('HSET h a 1 b 2')
    expect(r('HDEL h a b c')).toBe(2)
    expect(events()).toEqual(['hset h', 'hdel h', 'del h'])
    expect(r.engine.dirty).toBe(4)
    expect(r('HDEL h a')).toBe(0)
    expect(r.effects).toHaveLength(2)
  })
})

describe('HSCAN', () => {
  it('answers a listpack at once and a hashtable in steps, with nothing missed', () => {
    const r = run({ config: { 'hash-max-listpack-entries': '100' } })
    large(r, 100)
    expect((r('HSCAN h 0 COUNT 1') as [string, string[]])[1]).toHaveLength(200)
    large(r, 101)
    const met = new Map<string, string>()
    let cursor = '0'
    let calls = 0
    do {
      const [next, items] = r(`HSCAN h ${cursor} COUNT 7`) as [string, string[]]
      for (let i = 0; i < items.length; i += 2) met.set(items[i] as string, items[i + 1] as string)
      cursor = next
      calls++
      // Deleting what was met moves entries.
      r(['HDEL', 'h', items[0] as string])
    } while (cursor !== '0')
    expect(met.size).toBe(101)
    expect(met.get('f77')).toBe('77')
    expect(calls).toBeGreaterThan(10)
  })

  it('reads its options after the key', () => {
    const r = run()
    expect(r('HSCAN none 0 FOO')).toEqual(['0', []])
    r('HSET h a 1')
    expect(r('HSCAN h 0 FOO')).toBe(syntaxError)
    expect(r('HSCAN h 0 NOVALUES')).toEqual(['0', ['a']])
  })
})

describe('HRANDFIELD', () => {
  it('draws different fields, or as many as asked for', () => {
    const r = run()
    large(r, 50)
    for (const count of [1, 7, 49, 50, 60]) {
      const fields = r(`HRANDFIELD h ${count}`) as string[]
      expect(new Set(fields).size).toBe(Math.min(count, 50))
      expect(fields).toHaveLength(Math.min(count, 50))
    }
    expect(r('HRANDFIELD h -200')).toHaveLength(200)
    const flat = (r('HRANDFIELD h 5 WITHVALUES') as PairsReply).items
    expect(flat).toHaveLength(10)
    for (let i = 0; i < 10; i += 2) expect(flat[i]).toBe(`f${flat[i + 1]}`)
  })

  it('every field has the same chance', () => {
    const r = run()
    large(r, 10)
    const drawn = new Map<string, number>()
    for (let i = 0; i < 3000; i++) {
      for (const field of r('HRANDFIELD h 3') as string[]) {
        drawn.set(field, (drawn.get(field) ?? 0) + 1)
      }
    }
    // 900 each on the average, with a deviation of 25.
    expect(drawn.size).toBe(10)
    for (const n of drawn.values()) expect(Math.abs(n - 900)).toBeLessThan(150)
  })

  it('answers pairs, which RESP3 nests', () => {
    const r = run({ resp: 3 })
    r('HSET h a 1')
    expect(r('HRANDFIELD h 2 WITHVALUES')).toEqual(new PairsReply(['a', '1']))
    expect(r('HRANDFIELD h -2 WITHVALUES')).toEqual(new PairsReply(['a', '1', 'a', '1']))
  })

  it('refuses more than memory could hold', () => {
    const r = run()
    r('HSET h a 1')
    expect(r('HRANDFIELD h -9223372036854775807')).toBe(outOfRange)
    expect(r('HLEN h')).toBe(1)
  })
})

describe('a hash as a value', () => {
  it('is copied, not shared', () => {
    const r = run()
    large(r, 40)
    r('COPY h g')
    r('HSET g f0 changed')
    r('HDEL g f1')
    expect(r('HMGET h f0 f1')).toEqual(['0', '1'])
    expect(r('HMGET g f0 f1')).toEqual(['changed', null])
    expect(r('OBJECT ENCODING g')).toBe('listpack')
  })

  it('takes memory for what it holds', () => {
    const r = run()
    r('HSET h a 1')
    const small = r('MEMORY USAGE h') as number
    large(r, 1000)
    expect(r('MEMORY USAGE h')).toBeGreaterThan(1000 * 40)
    expect(small).toBeLessThan(500)
  })

  it('counts as data for whoever watches it', () => {
    const r = run()
    const other = r.client()
    r('WATCH h')
    other('HSET h a 1')
    r('MULTI')
    r('PING')
    expect(r('EXEC')).toEqual(expect.objectContaining({ name: 'nil array' }))
  })
})
