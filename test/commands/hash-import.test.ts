import { describe, expect, it } from 'vitest'
import { MapReply, OK, type Verbatim } from '../../src/core/reply.ts'
import { listen } from '../helpers/events.ts'
import { run } from '../helpers/run.ts'

describe('HIMPORT', () => {
  it('pairs values with the fields of a prepared list by their place', () => {
    const r = run()
    expect(r('HIMPORT PREPARE u name email age')).toBe(OK)
    expect(r('HIMPORT SET k u alice a@example.com 30')).toBe(OK)
    expect(r('HMGET k name email age')).toEqual(['alice', 'a@example.com', '30'])
    expect(r('HIMPORT DISCARD u')).toBe(1)
    expect(r('HIMPORT DISCARD u')).toBe(0)
    expect(r('HLEN k')).toBe(3)
    expect(r('HIMPORT SET k u 1 2 3')).toMatchObject({ message: 'no such fieldset' })
  })

  it('PREPARE replaces a list of the same name, and refuses a field that comes twice', () => {
    const r = run()
    r('HIMPORT PREPARE f a b')
    expect(r('HIMPORT PREPARE f a b a')).toMatchObject({
      message: 'duplicate field name in fieldset',
    })
    expect(r('HIMPORT SET k f 1 2')).toBe(OK)
    r('HIMPORT PREPARE f x')
    expect(r('HIMPORT SET k f 1 2')).toMatchObject({
      message: 'value count does not match fieldset field count',
    })
    expect(r('HGETALL k')).toEqual(new MapReply(['a', '1', 'b', '2']))
    expect(r('HIMPORT SET k f 1')).toBe(OK)
    expect(r('HGETALL k')).toEqual(new MapReply(['x', '1']))
  })

  it('names may be empty', () => {
    const r = run()
    r('HIMPORT PREPARE "" "" b')
    expect(r('HIMPORT SET k "" 1 2')).toBe(OK)
    expect(r('HMGET k "" b')).toEqual(['1', '2'])
  })

  it('a list belongs to the connection until RESET or DISCARDALL', () => {
    const r = run()
    const other = r.client()
    r('HIMPORT PREPARE f a')
    r('HIMPORT PREPARE g a')
    expect(other('HIMPORT SET k f 1')).toMatchObject({ message: 'no such fieldset' })
    expect(other('HIMPORT DISCARDALL')).toBe(0)
    expect(r('HIMPORT DISCARDALL')).toBe(2)
    expect(r('HIMPORT DISCARDALL')).toBe(0)
    r('HIMPORT PREPARE f a')
    r('RESET')
    expect(r('HIMPORT SET k f 1')).toMatchObject({ message: 'no such fieldset' })
  })

  it('counts the lists in the memory of the client', () => {
    const r = run()
    const memory = (): number =>
      Number(/tot-mem=(\d+)/.exec((r('CLIENT INFO') as Verbatim).text)?.[1])
    const before = memory()
    r(['HIMPORT', 'PREPARE', 'f', 'x'.repeat(1000)])
    expect(memory()).toBeGreaterThan(before + 1000)
    r('HIMPORT DISCARDALL')
    expect(memory()).toBe(before)
  })

  it('the type of the key comes before the list, the list before the number of values', () => {
    const r = run()
    r('SET s x')
    expect(r('HIMPORT SET s none 1')).toMatchObject({ code: 'WRONGTYPE' })
    expect(r('HIMPORT SET k none 1')).toMatchObject({ message: 'no such fieldset' })
    expect(r('GET s')).toBe('x')
  })

  it('SET clears the deadline of a key and fires what a new or overwritten key fires', () => {
    const r = run()
    r('HIMPORT PREPARE f a b')
    const events = listen(r, -1)
    r('HIMPORT SET k f 1 2')
    r('EXPIRE k 10')
    r('HIMPORT SET k f 1 2')
    expect(events()).toEqual(['new k', 'hset k', 'expire k', 'overwritten k', 'hset k'])
    expect(r('TTL k')).toBe(-1)
  })

  it('works in a transaction', () => {
    const r = run()
    r('MULTI')
    r('HIMPORT PREPARE f a')
    r('HIMPORT SET k f 1')
    expect(r('EXEC')).toEqual([OK, OK])
    expect(r('HGET k a')).toBe('1')
  })

  it('COMMAND GETKEYS finds the key', () => {
    expect(run()('COMMAND GETKEYS HIMPORT SET k f 1 2')).toEqual(['k'])
  })
})

describe('a compact hash', () => {
  const make = (fields: number) => {
    const r = run()
    const names = Array.from({ length: fields }, (_, i) => `f${fields - i}`)
    r(['HIMPORT', 'PREPARE', 'f', ...names])
    r(['HIMPORT', 'SET', 'k', 'f', ...names.map((name) => name.toUpperCase())])
    return r
  }
  const order = (names: string[]): string[] =>
    [...names].sort((a, b) => a.length - b.length || (a < b ? -1 : 1))

  it.each([3, 40])('of %i fields keeps them by length and bytes, whatever is done to it', (n) => {
    const r = make(n)
    const keys = (): string[] => r('HKEYS k') as string[]
    expect(keys()).toEqual(order(keys()))
    r('HSET k aaa 1 z 2 f1 x f1a 3')
    expect(keys()).toEqual(order(keys()))
    expect(keys()).toHaveLength(n + 3)
    r('HDEL k f2 z')
    expect(keys()).toEqual(order(keys()))
    expect(r('HGET k f1')).toBe('x')
    expect(r('HGET k f3')).toBe('F3')
    expect(r('HGET k f2')).toBe(null)
    expect((r('HSCAN k 0 COUNT 1') as string[])[0]).toBe('0')
    r('COPY k c')
    expect(r('HKEYS c')).toEqual(keys())
    expect(r('OBJECT ENCODING c')).toBe('template-listpack')
  })

  it('is an array when there are too many fields, or a value is too long', () => {
    const r = make(3)
    expect(r('OBJECT ENCODING k')).toBe('template-listpack')
    r(['HSET', 'k', 'y'.repeat(65), 'short'])
    expect(r('OBJECT ENCODING k')).toBe('template-listpack')
    r(['HSET', 'k', 'f1', 'x'.repeat(65)])
    expect(r('OBJECT ENCODING k')).toBe('template-array')
    expect(make(513)('OBJECT ENCODING k')).toBe('template-array')
  })

  it('is a plain one as soon as a field has a deadline', () => {
    const r = make(3)
    r('HEXPIRE k 10 FIELDS 1 f1')
    expect(r('OBJECT ENCODING k')).toBe('listpackex')
    r('HSET k a 1')
    expect(r('HKEYS k')).toEqual(['f1', 'f2', 'f3', 'a'])
    const big = make(513)
    big('HGETEX k EX 10 FIELDS 1 f1')
    expect(big('OBJECT ENCODING k')).toBe('hashtable')
  })

  it('is made of any hash that was written to, if the configuration says so', () => {
    const r = run()
    r('HSET old a 1 b 2 c 3')
    r('CONFIG SET hash-min-template-entries 3 hash-max-template-entries 4')
    expect(r('OBJECT ENCODING old')).toBe('listpack')
    r('HSET old a 2')
    expect(r('OBJECT ENCODING old')).toBe('template-listpack')
    r('HSET two b 1 a 2')
    expect(r('OBJECT ENCODING two')).toBe('listpack')
    r('HINCRBY two c 1')
    expect(r('HKEYS two')).toEqual(['a', 'b', 'c'])
    r('HSET five a 1 b 2 c 3 d 4 e 5')
    expect(r('OBJECT ENCODING five')).toBe('listpack')
    r('HSETEX timed EX 10 FIELDS 3 a 1 b 2 c 3')
    expect(r('OBJECT ENCODING timed')).toBe('listpackex')
    r('HSETEX plain FIELDS 3 a 1 b 2 c 3')
    expect(r('OBJECT ENCODING plain')).toBe('template-listpack')
  })
})
