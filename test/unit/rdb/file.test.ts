import { describe, expect, it } from 'vitest'
import { MalformedRdb } from '../../../src/rdb/errors.ts'
import { RdbFileWriter } from '../../../src/rdb/file.ts'
import { RDB_VERSION } from '../../../src/rdb/format.ts'
import { RdbWriter } from '../../../src/rdb/writer.ts'
import { fromBytes, toBytes } from '../../../src/util/bytes.ts'
import { crc64 } from '../../../src/util/crc.ts'
import { digest } from '../../helpers/digest.ts'
import { type Run, run } from '../../helpers/run.ts'

function load(r: Run, bytes: Uint8Array, options = {}) {
  const steps = r.engine.rdb.load(bytes, options)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** A file of what `fill` writes behind the header. */
function file(fill: (to: RdbWriter) => void, version = RDB_VERSION): Uint8Array {
  const to = new RdbWriter()
  to.text(`REDIS${String(version).padStart(4, '0')}`)
  fill(to)
  to.byte(255)
  if (version >= 5) {
    const { low, high } = crc64(to.bytes, 0, to.size)
    to.uint32(low)
    to.uint32(high)
  }
  return to.take()
}

const entry = (to: RdbWriter, key: string, value: string): void => {
  to.byte(0)
  to.string(key)
  to.string(value)
}

function filled(): Run {
  const r = run()
  for (let i = 0; i < 3000; i++) r(['SET', `key:${i}`, `value ${i}`])
  r('SET soon 1 PX 5000')
  r('SELECT 7')
  for (let i = 0; i < 5000; i++) r(['SADD', 'members', `member ${i}`])
  for (let i = 0; i < 5000; i++) r(['ZADD', 'z', String(i / 7), `member ${i}`])
  for (let i = 0; i < 5000; i++) r(['RPUSH', 'l', `element ${i}`])
  for (let i = 0; i < 5000; i++) r(['HSET', 'h', `field ${i}`, `value ${i}`])
  r('HPEXPIRE h 5000 FIELDS 1 "field 7"')
  r('SELECT 0')
  return r
}

describe('writing and reading', () => {
  it('all data come back', () => {
    const r = filled()
    const copy = run()
    expect(load(copy, r.engine.rdb.whole())).toEqual({ keys: 3005, expired: 0, empty: 0 })
    expect(digest(copy.engine)).toEqual(digest(r.engine))
  })

  it('the pieces are the whole, and neither side does much at a time', () => {
    const r = filled()
    let steps = 0
    let text = ''
    for (const piece of r.engine.rdb.pieces()) {
      text += fromBytes(piece)
      steps++
    }
    expect(text === fromBytes(r.engine.rdb.whole())).toBe(true)
    expect(steps).toBeGreaterThan(60)
    const copy = run()
    steps = 0
    for (const _ of copy.engine.rdb.load(toBytes(text))) steps++
    expect(steps).toBeGreaterThan(40)
    expect(digest(copy.engine)).toEqual(digest(r.engine))
  })

  it('last uses are there under an LRU policy, and numbers of uses under an LFU policy', () => {
    for (const [policy, ask, value] of [
      ['allkeys-lru', 'OBJECT IDLETIME k', 100],
      ['volatile-lfu', 'OBJECT FREQ k', 5],
    ] as const) {
      const r = run()
      r(`CONFIG SET maxmemory-policy ${policy}`)
      r('SET k 1')
      r.clock += policy === 'allkeys-lru' ? 100_000 : 1
      const copy = run()
      copy(`CONFIG SET maxmemory-policy ${policy}`)
      load(copy, r.engine.rdb.whole())
      expect(copy(ask)).toBe(value)
    }
  })

  it('facts and libraries reach whoever wants them', () => {
    const r = run()
    const bytes = r.engine.rdb.whole({ facts: { 'repl-id': 'abc' }, libraries: ['#!lua name=x'] })
    const facts = new Map<string, string>()
    const libraries: string[] = []
    load(run(), bytes, {
      fact: (name: string, value: string) => facts.set(name, value),
      library: (code: string) => libraries.push(code),
    })
    expect(facts.get('redis-ver')).toMatch(/^8\./)
    expect(facts.get('repl-id')).toBe('abc')
    expect(libraries).toEqual(['#!lua name=x'])
  })

  it('without a checksum there are eight zeros', () => {
    const writer = new RdbFileWriter({ checksum: false })
    const bytes = writer.end()
    expect([...bytes.slice(-9)]).toEqual([255, 0, 0, 0, 0, 0, 0, 0, 0])
    expect(load(run(), bytes).keys).toBe(0)
  })
})

describe('reading what others wrote', () => {
  it('files of all versions, those before the fifth without a checksum', () => {
    for (let version = 1; version <= RDB_VERSION; version++) {
      const r = run()
      load(
        r,
        file((to) => entry(to, 'k', 'v'), version),
      )
      expect(r('GET k')).toBe('v')
    }
    expect(() =>
      load(
        run(),
        file(() => {}, RDB_VERSION + 1),
      ),
    ).toThrow(MalformedRdb)
    expect(() =>
      load(
        run(),
        file(() => {}, 0),
      ),
    ).toThrow(MalformedRdb)
    expect(() => load(run(), toBytes('REDIS00'))).toThrow(MalformedRdb)
    expect(() => load(run(), toBytes('VALKEY080'))).toThrow(MalformedRdb)
  })

  it('deadlines in seconds and in milliseconds; what has expired is left out', () => {
    const r = run()
    const seconds = Math.floor(r.clock / 1000) + 100
    const loaded = load(
      r,
      file((to) => {
        to.byte(253)
        to.uint32(seconds)
        entry(to, 'a', '1')
        to.byte(252)
        to.millis(r.clock + 5)
        entry(to, 'b', '1')
        to.byte(252)
        to.millis(r.clock - 5)
        entry(to, 'c', '1')
        entry(to, 'd', '1')
      }),
    )
    expect(loaded).toEqual({ keys: 3, expired: 1, empty: 0 })
    expect(['a', 'b', 'd'].map((key) => r(['PEXPIRETIME', key]))).toEqual([
      seconds * 1000,
      r.clock + 5,
      -1,
    ])
  })

  it('what is not for us is passed over: sizes, slots, facts, data of modules', () => {
    const r = run()
    load(
      r,
      file((to) => {
        to.byte(247)
        to.length(0x1234567890abcdefn)
        for (const n of [2, 1]) to.length(n)
        to.length(5)
        to.string('anything')
        to.length(4)
        to.double(1.5)
        to.length(0)
        to.byte(244)
        for (const n of [100, 1, 0]) to.length(n)
        to.byte(251)
        for (const n of [2 ** 33, 0]) to.length(n)
        entry(to, 'k', 'v')
      }),
    )
    expect(r('GET k')).toBe('v')
  })

  it('compact hashes find their templates, which stand in front', () => {
    const values = '\x0d\x0d\0\0\0\x03\0\x07\x01\x01\x01\x02\x01\xff'
    const r = run()
    const bytes = (id: number) =>
      file((to) => {
        to.byte(242)
        to.length(7)
        to.length(2)
        to.string('a')
        to.string('b')
        to.byte(30)
        to.string('k')
        to.text(values)
        to.byte(32)
        to.string('l')
        to.length(id)
        to.string('3')
        to.string('4')
      })
    load(r, bytes(7))
    expect(r('HMGET k a b')).toEqual(['1', '2'])
    expect(r('HMGET l a b')).toEqual(['3', '4'])
    expect(r('OBJECT ENCODING k')).toBe('template-listpack')
    expect(r('OBJECT ENCODING l')).toBe('template-array')
    expect(() => load(run(), bytes(8))).toThrow(MalformedRdb)
  })

  it('compact hashes that were written stay compact', () => {
    const r = run()
    r('HIMPORT PREPARE names b a')
    r('HIMPORT SET k names 2 1')
    const copy = run()
    load(copy, r.engine.rdb.whole())
    expect(copy('OBJECT ENCODING k')).toBe('template-listpack')
    expect(digest(copy.engine)).toEqual(digest(r.engine))
  })

  it('a key without a value is left out, and the next one is read', () => {
    const r = run()
    const loaded = load(
      r,
      file((to) => {
        to.byte(252)
        to.millis(r.clock + 5)
        to.byte(1)
        to.string('empty')
        to.length(0)
        entry(to, 'k', 'v')
      }),
    )
    expect(loaded).toEqual({ keys: 1, expired: 0, empty: 1 })
    expect(r('TTL k')).toBe(-1)
  })

  it('a key that comes twice is damage, unless it may replace', () => {
    const twice = file((to) => {
      entry(to, 'k', '1')
      entry(to, 'k', '2')
    })
    expect(() => load(run(), twice)).toThrow('a key comes twice')
    const r = run()
    load(r, twice, { replace: true })
    expect(r('GET k')).toBe('2')
  })

  it('a database that is not there is damage', () => {
    const bytes = file((to) => {
      to.byte(254)
      to.length(16)
      entry(to, 'k', '1')
    })
    expect(() => load(run(), bytes)).toThrow('there is no database 16')
  })

  it('a file that is cut off anywhere, or changed anywhere, is damage', () => {
    const r = run()
    for (const request of [
      'SET s hello EX 100',
      'RPUSH l a b',
      'HSET h f v',
      'ZADD z 1 a',
      'SADD i 1',
    ]) {
      r(request)
    }
    const bytes = r.engine.rdb.whole()
    for (let end = 0; end < bytes.length; end++) {
      expect(() => load(run(), bytes.slice(0, end))).toThrow(MalformedRdb)
    }
    for (let at = 0; at < bytes.length; at++) {
      const wrong = bytes.slice()
      wrong[at] = (wrong[at] as number) ^ 0x41
      expect(() => load(run(), wrong)).toThrow(MalformedRdb)
    }
  })
})
