import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OK } from '../../../src/core/reply.ts'
import { EmptyValue, MalformedRdb, NotRepresentable, WrongFooter } from '../../../src/rdb/errors.ts'
import { RDB_VERSION } from '../../../src/rdb/format.ts'
import { ListpackWriter, readListpack } from '../../../src/rdb/listpack.ts'
import { dumpValue, restoreValue } from '../../../src/rdb/payload.ts'
import { RdbWriter } from '../../../src/rdb/writer.ts'
import { readZiplist, readZipmap } from '../../../src/rdb/ziplist.ts'
import { textOf } from '../../../src/types/string.ts'
import type { Value } from '../../../src/types/value.ts'
import { fromBytes, toBytes } from '../../../src/util/bytes.ts'
import { crc64 } from '../../../src/util/crc.ts'
import { type Run, run } from '../../helpers/run.ts'
import { facts, REQUESTS, requests } from '../../helpers/values.ts'

/** A payload of what `fill` writes, with a footer that is right. */
function payload(fill: (to: RdbWriter) => void, version = RDB_VERSION): Uint8Array {
  const to = new RdbWriter({ compress: false })
  fill(to)
  return sealed(to.take(), version)
}

function sealed(content: Uint8Array, version = RDB_VERSION): Uint8Array {
  const bytes = new Uint8Array(content.length + 10)
  bytes.set(content)
  const view = new DataView(bytes.buffer)
  view.setUint16(content.length, version, true)
  const { high, low } = crc64(bytes, 0, content.length + 2)
  view.setUint32(content.length + 2, low, true)
  view.setUint32(content.length + 6, high, true)
  return bytes
}

const read = (r: Run, bytes: Uint8Array): Value => restoreValue(bytes, r.engine.keyspace.at(0))

/** Put a value under the key `k`. */
function restore(r: Run, bytes: Uint8Array): void {
  expect(r(['RESTORE', 'k', '0', fromBytes(bytes), 'REPLACE'])).toBe(OK)
}

const dump = (r: Run, options = {}): Uint8Array => {
  const db = r.engine.keyspace.at(0)
  return dumpValue(db.valueAt(db.find('k')), options)
}

describe('values', () => {
  it.each(Object.keys(REQUESTS))('a %s comes back as it was, compressed or not', (kind) => {
    const r = run()
    fc.assert(
      fc.property(REQUESTS[kind] as fc.Arbitrary<string[]>, fc.boolean(), (request, compress) => {
        r('FLUSHALL')
        r(request)
        const before = facts(r)
        restore(r, dump(r, { compress }))
        expect(facts(r)).toEqual(before)
      }),
      { seed: 7, numRuns: 150 },
    )
  })

  it('a value that was edited, counted or shrunk comes back as well', () => {
    const r = run()
    for (const requests of [
      ['SET k 10', 'APPEND k 5'],
      ['SET k 3.5', 'INCRBYFLOAT k 1.5'],
      ['SET k 100000', 'INCR k'],
      ['SETBIT k 7999 1'],
    ]) {
      r('DEL k')
      for (const request of requests) r(request)
      const content = r('GET k')
      restore(r, dump(r))
      expect(String(r('GET k'))).toBe(String(content))
    }
  })

  it('fields keep their deadlines, in a listpack and in a row', () => {
    for (const size of [3, 600]) {
      const r = run()
      for (let i = 0; i < size; i++) r(['HSET', 'k', `f${i}`, `v${i}`])
      for (const i of [2, 0])
        r(['HPEXPIREAT', 'k', String(r.clock + 1000 * (i + 1)), 'FIELDS', '1', `f${i}`])
      const before = facts(r)
      const times = r('HPEXPIRETIME k FIELDS 3 f0 f1 f2')
      restore(r, dump(r))
      expect(facts(r)).toEqual(before)
      expect(r('HPEXPIRETIME k FIELDS 3 f0 f1 f2')).toEqual(times)
      r.clock += 1500
      expect(r('HEXISTS k f0')).toBe(0)
      r.clock += 3000
      expect(r('HLEN k')).toBe(size - 2)
    }
  })

  it('a version that has no form for a value says so', () => {
    const r = run()
    r('HSETEX k EX 100 FIELDS 1 f v')
    expect(() => dump(r, { version: 11 })).toThrow(NotRepresentable)
    r('HPERSIST k FIELDS 1 f')
    expect(dump(r, { version: 10 })[0]).toBe(16)
  })
})

describe('compact hashes', () => {
  const names = '\x00\x17\x17\x00\x00\x00\x02\x00\x86field1\x07\x86field2\x07\xff'
  const packed = `\x1d${names}\x0d\x0d\x00\x00\x00\x03\x00\x00\x01\x01\x01\x02\x01\xff`
  const row = '\x1f\x01\x02\x06field1\x06field2\xc0\x01\xc0\x02'
  const compact = (entries: number): Run => {
    const r = run()
    r(`CONFIG SET hash-max-listpack-entries ${entries}`)
    r('HIMPORT PREPARE names field2 field1')
    r('HIMPORT SET k names 2 1')
    return r
  }

  it.each([
    [128, packed, 'template-listpack'],
    [0, row, 'template-array'],
  ])(
    'they carry the names of their template, with %i packed fields',
    (entries, content, encoding) => {
      const r = compact(entries)
      expect(r('OBJECT ENCODING k')).toBe(encoding)
      expect(fromBytes(dump(r, { compress: false }).slice(0, -10))).toBe(content)
      restore(r, sealed(toBytes(content)))
      expect(r('OBJECT ENCODING k')).toBe(encoding)
      expect(r('HKEYS k')).toEqual(['field1', 'field2'])
      expect(r('HMGET k field1 field2')).toEqual(['1', '2'])
    },
  )

  it('for an older reader they are plain ones', () => {
    expect(dump(compact(128), { version: 14 })[0]).toBe(16)
    expect(dump(compact(0), { version: 14 })[0]).toBe(4)
  })

  it.each([
    ['names out of order', packed.replace('field1', 'field3')],
    ['a name twice', packed.replace('field1', 'field2')],
    ['a value too few', packed.replace('\x0d\x0d\x00\x00\x00\x03', '\x0d\x0d\x00\x00\x00\x02')],
    ['values without a number', `\x1d${names}\x0e\x0e\0\0\0\x03\0\x81x\x02\x01\x01\x02\x01\xff`],
    ['no values at all', `\x1d${names}\x07\x07\0\0\0\0\0\xff`],
    ['no names', '\x1d\0\x07\x07\0\0\0\0\0\xff\x09\x09\0\0\0\x01\0\0\x01\xff'],
    ['no names in a row', '\x1f\x01\x00'],
    ['names of an unknown kind', row.replace('\x1f\x01', '\x1f\x02')],
    ['a template of a file', '\x1e\x0d\x0d\0\0\0\x03\0\x05\x01\x01\x01\x02\x01\xff'],
    ['a template of a file, in a row', '\x20\x05\xc0\x01\xc0\x02'],
  ])('%s: refused', (_, content) => {
    expect(() => read(run(), sealed(toBytes(content)))).toThrow(MalformedRdb)
  })
})

describe('footer', () => {
  const good = payload((to) => {
    to.byte(0)
    to.string('hello')
  })

  it('a payload of a newer version is refused, an older one is not', () => {
    const r = run()
    for (const version of [0, 1, 6, 9, RDB_VERSION]) {
      expect(read(r, sealed(good.slice(0, -10), version))).toBe('hello')
    }
    expect(() => read(r, sealed(good.slice(0, -10), RDB_VERSION + 1))).toThrow(WrongFooter)
  })

  it('a checksum of zero is none', () => {
    const r = run()
    const bytes = good.slice()
    bytes.fill(0, bytes.length - 8)
    expect(read(r, bytes)).toBe('hello')
  })

  it('each wrong bit is noticed, and so is a payload that is too short for one', () => {
    const r = run()
    for (let bit = 0; bit < 8 * good.length; bit++) {
      const bytes = good.slice()
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(() => read(r, bytes)).toThrow(WrongFooter)
    }
    for (let length = 0; length < 10; length++) {
      expect(() => read(r, good.slice(0, length))).toThrow(WrongFooter)
    }
  })
})

describe('damage', () => {
  /** Whatever it is, it is a value or it is refused; it is never anything else. */
  function judge(r: Run, bytes: Uint8Array): Value | undefined {
    try {
      return read(r, bytes)
    } catch (error) {
      if (!(error instanceof MalformedRdb)) throw error
      return undefined
    }
  }

  it('a payload cut off at any byte, with the checksum made right, is refused', () => {
    const r = run()
    fc.assert(
      fc.property(requests, fc.boolean(), (request, compress) => {
        r('FLUSHALL')
        r(request)
        const content = dump(r, { compress }).slice(0, -10)
        const step = Math.ceil(content.length / 200)
        for (let end = 0; end < content.length; end += step) {
          expect(judge(r, sealed(content.slice(0, end)))).toBe(undefined)
        }
      }),
      { seed: 3, numRuns: 100 },
    )
  })

  it('a payload with any byte changed, with the checksum made right, is refused or a whole value', () => {
    const r = run()
    fc.assert(
      fc.property(requests, fc.boolean(), fc.nat(255), (request, compress, change) => {
        r('FLUSHALL')
        r(request)
        const content = dump(r, { compress }).slice(0, -10)
        const step = Math.ceil(content.length / 100)
        for (let at = 0; at < content.length; at += step) {
          const bytes = content.slice()
          bytes[at] = (bytes[at] as number) ^ (change || 1)
          const value = judge(r, sealed(bytes))
          if (value === undefined) continue
          // What came out of it can be used and stored again.
          const options = { compress: false }
          const again = dumpValue(value, options)
          expect(fromBytes(dumpValue(read(r, again), options)) === fromBytes(again)).toBe(true)
        }
      }),
      { seed: 4, numRuns: 120 },
    )
  })

  it('random bytes of each form are refused or a whole value', () => {
    const r = run()
    fc.assert(
      fc.property(fc.nat(30), fc.uint8Array({ maxLength: 60 }), (form, bytes) => {
        const value = judge(r, sealed(Uint8Array.from([form, ...bytes])))
        if (value !== undefined) dumpValue(value)
      }),
      { seed: 5, numRuns: 5000 },
    )
  })

  it('lengths that announce more than follows take no memory', () => {
    const r = run()
    for (let form = 0; form <= 30; form++) {
      for (const length of [65, 70000, 2 ** 32 - 1, 2 ** 40, 2n ** 64n - 1n]) {
        const count = payload((to) => {
          to.byte(form)
          to.length(length)
        })
        expect(judge(r, count)).toBe(undefined)
        const compressed = payload((to) => {
          to.byte(form)
          to.byte(0xc3)
          to.length(5)
          to.length(length)
          to.raw(Uint8Array.from([0, 97, 0xe0, 255, 0]))
        })
        if (length !== 65) expect(judge(r, compressed)).toBe(undefined)
      }
    }
  })

  const blob = (form: number, bytes: Uint8Array) =>
    payload((to) => {
      to.byte(form)
      to.blob(bytes)
    })
  const listpack = (...items: string[]) => {
    const to = new ListpackWriter()
    for (const item of items) to.add(item)
    return to.bytes.slice(0, to.finish())
  }
  const intset = (...integers: number[]) => {
    const bytes = new Uint8Array(8 + 2 * integers.length)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, 2, true)
    view.setUint32(4, integers.length, true)
    for (const [i, n] of integers.entries()) view.setInt16(8 + 2 * i, n, true)
    return bytes
  }

  it.each([
    ['a set with a member twice', blob(20, listpack('a', 'b', 'a'))],
    [
      'a set with a number twice',
      payload((to) => {
        to.raw(Uint8Array.from([2, 2]))
        to.string('5')
        to.string('5')
      }),
    ],
    ['a hash with a field twice', blob(16, listpack('f', '1', 'f', '2'))],
    ['a sorted set with a member twice', blob(17, listpack('m', '1', 'm', '2'))],
    ['a field without a value', blob(16, listpack('f', '1', 'g'))],
    ['a member without a score', blob(17, listpack('m'))],
    ['a score that is no number', blob(17, listpack('m', 'x'))],
    ['a score that is not a number', blob(17, listpack('m', 'nan'))],
    ['an intset out of order', blob(11, intset(1, 3, 2))],
    ['an intset with a number twice', blob(11, intset(1, 1))],
    [
      'a node of an unknown kind',
      payload((to) => {
        to.raw(Uint8Array.from([18, 1, 3]))
        to.blob(listpack('a'))
      }),
    ],
    [
      'an empty element that stands alone',
      payload((to) => {
        to.raw(Uint8Array.from([18, 1, 1]))
        to.string('')
      }),
    ],
    [
      'deadlines out of order',
      payload((to) => {
        to.byte(25)
        to.int64(5)
        to.blob(listpack('f', '1', '9', 'g', '1', '5'))
      }),
    ],
    [
      'a deadline behind none',
      payload((to) => {
        to.byte(25)
        to.int64(5)
        to.blob(listpack('f', '1', '0', 'g', '1', '5'))
      }),
    ],
    [
      'a deadline below zero',
      payload((to) => {
        to.byte(25)
        to.int64(5)
        to.blob(listpack('f', '1', '-5'))
      }),
    ],
    [
      'a module that nobody knows',
      payload((to) => {
        to.byte(7)
        to.length(12345678901234567890n)
      }),
    ],
    ['an object of no form', payload((to) => to.byte(8))],
    ['the first values of modules', payload((to) => to.raw(Uint8Array.from([6, 0])))],
  ])('%s is refused', (_, bytes) => {
    expect(() => read(run(), bytes)).toThrow(MalformedRdb)
  })

  it.each([
    ['list', payload((to) => to.raw(Uint8Array.from([1, 0])))],
    ['set', payload((to) => to.raw(Uint8Array.from([2, 0])))],
    ['sorted set', payload((to) => to.raw(Uint8Array.from([5, 0])))],
    ['hash', payload((to) => to.raw(Uint8Array.from([4, 0])))],
    [
      'quicklist',
      payload((to) => {
        to.raw(Uint8Array.from([18, 1, 2]))
        to.blob(listpack())
      }),
    ],
    ['set of a listpack', blob(20, listpack())],
    ['hash of a listpack', blob(16, listpack())],
    ['sorted set of a listpack', blob(17, listpack())],
  ])('an empty %s is no value', (_, bytes) => {
    expect(() => read(run(), bytes)).toThrow(EmptyValue)
  })
})

describe('listpacks', () => {
  it('integers take as many bytes as they need', () => {
    const sizes = (text: string): number => {
      const to = new ListpackWriter()
      to.add(text)
      return to.finish() - 7
    }
    expect(['0', '127', '128', '-1', '4095', '-4096', '4096'].map(sizes)).toEqual([
      2, 2, 3, 3, 3, 3, 4,
    ])
    expect(['32767', '32768', '-8388608', '8388608', '2147483648'].map(sizes)).toEqual([
      4, 5, 5, 6, 10,
    ])
    expect(['01', '-0', '+1', '9223372036854775808'].map(sizes)).toEqual([4, 4, 4, 21])
  })

  it('the length behind an element takes one byte more from the same lengths on as in Redis', () => {
    const behind = (length: number): number => {
      const to = new ListpackWriter()
      to.add('x'.repeat(length))
      const head = length < 64 ? 1 : length < 4096 ? 2 : 5
      const bytes = to.bytes.slice(0, to.finish())
      expect(readListpack(bytes)[0]?.length).toBe(length)
      return bytes.length - 7 - head - length
    }
    expect([125, 126, 16377, 16378, 2097145, 2097146].map(behind)).toEqual([1, 2, 2, 3, 3, 4])
  })

  it('a count that is not known is not compared', () => {
    const to = new ListpackWriter()
    to.add('a')
    const bytes = to.bytes.slice(0, to.finish())
    bytes[4] = bytes[5] = 255
    expect(readListpack(bytes)).toEqual(['a'])
    bytes[4] = 2
    bytes[5] = 0
    expect(() => readListpack(bytes)).toThrow(MalformedRdb)
  })

  it('more elements than a count can tell are read all the same', () => {
    const to = new ListpackWriter()
    for (let i = 0; i < 70000; i++) to.add(String(i))
    const items = readListpack(to.bytes.slice(0, to.finish()))
    expect(items.length).toBe(70000)
    expect(items[69999]).toBe('69999')
  })
})

describe('old layouts', () => {
  it('a ziplist with each kind of element is read', () => {
    const elements = [
      [2, 97, 98],
      [0xf1],
      [0xfd],
      [0xfe, 0x80],
      [0xc0, 0x00, 0x80],
      [0xf0, 0xff, 0xff, 0xff],
      [0xd0, 1, 0, 0, 0x80],
      [0xe0, 255, 255, 255, 255, 255, 255, 255, 127],
      [0x41, 0x00, ...new Array(256).fill(120)],
      [0x80, 0, 0, 0, 1, 121],
    ]
    const bytes = ziplist(elements)
    expect(readZiplist(bytes)).toEqual([
      ...['ab', '0', '12', '-128', '-32768', '-1', '-2147483647', '9223372036854775807'],
      ...['x'.repeat(256), 'y'],
    ])
    for (let at = 0; at < bytes.length; at++) {
      const wrong = bytes.slice()
      wrong[at] = (wrong[at] as number) ^ 0x80
      try {
        readZiplist(wrong)
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedRdb)
      }
      expect(() => readZiplist(bytes.slice(0, at))).toThrow(MalformedRdb)
    }
  })

  function ziplist(elements: readonly number[][]): Uint8Array {
    const body: number[] = []
    let before = 0
    let last = 10
    for (const element of elements) {
      last = 10 + body.length
      const size = before < 254 ? [before] : [254, before & 255, before >> 8, 0, 0]
      body.push(...size, ...element)
      before = size.length + element.length
    }
    const bytes = Uint8Array.from([...new Array(10).fill(0), ...body, 255])
    const view = new DataView(bytes.buffer)
    view.setUint32(0, bytes.length, true)
    view.setUint32(4, last, true)
    view.setUint16(8, elements.length, true)
    return bytes
  }

  it('a ziplist is a list, a hash, a sorted set', () => {
    const r = run()
    const pair = ziplist([[1, 97], [0xf2]])
    const of = (form: number) =>
      payload((to) => {
        to.byte(form)
        to.blob(pair)
      })
    restore(r, of(10))
    expect(r('LRANGE k 0 -1')).toEqual(['a', '1'])
    expect(r('OBJECT ENCODING k')).toBe('quicklist')
    restore(r, of(13))
    expect(r('HGET k a')).toBe('1')
    restore(r, of(12))
    expect(r('ZRANGEBYSCORE k 1 1')).toEqual(['a'])
    restore(
      r,
      payload((to) => {
        to.raw(Uint8Array.from([14, 1]))
        to.blob(pair)
      }),
    )
    expect(r('LRANGE k 0 -1')).toEqual(['a', '1'])
    expect(r('OBJECT ENCODING k')).toBe('listpack')
  })

  it('a zipmap is a hash, and unused bytes behind a value are passed over', () => {
    const bytes = Uint8Array.from([2, 1, 97, 1, 2, 98, 0, 0, 1, 99, 1, 0, 100, 255])
    expect(readZipmap(bytes)).toEqual(['a', 'b', 'c', 'd'])
    const long = new Array(254).fill(120)
    expect(readZipmap(Uint8Array.from([1, 254, 254, 0, 0, 0, ...long, 0, 0, 255]))).toEqual([
      'x'.repeat(254),
      '',
    ])
    const padded = Uint8Array.from([1, 254, 1, 0, 0, 0, 99, 1, 0, 100, 255])
    expect(() => readZipmap(padded)).toThrow(MalformedRdb)
    for (let end = 0; end < bytes.length; end++) {
      expect(() => readZipmap(bytes.slice(0, end))).toThrow(MalformedRdb)
    }
    const r = run()
    restore(
      r,
      payload((to) => {
        to.byte(9)
        to.blob(bytes)
      }),
    )
    expect(r('HMGET k a c')).toEqual(['b', 'd'])
  })

  it('scores in decimal are read, and what is infinite', () => {
    const r = run()
    restore(
      r,
      payload((to) => {
        to.raw(Uint8Array.from([3, 4]))
        for (const [member, score] of [
          ['a', 255],
          ['b', 254],
        ] as const) {
          to.string(member)
          to.byte(score)
        }
        to.string('c')
        to.byte(4)
        to.raw(toBytes('-1.5'))
        to.string('d')
        to.byte(22)
        to.raw(toBytes('9.99999999999999950e+22'))
      }),
    )
    expect(r('ZRANGE k 0 -1')).toEqual(['a', 'c', 'd', 'b'])
  })

  it('fields with deadlines as early releases wrote them', () => {
    const r = run()
    const at = r.clock + 5000
    restore(
      r,
      payload((to) => {
        to.raw(Uint8Array.from([22, 2]))
        to.length(at)
        to.string('f')
        to.string('1')
        to.length(0)
        to.string('g')
        to.string('2')
      }),
    )
    expect(r('HPEXPIRETIME k FIELDS 2 f g')).toEqual([at, -1])
    const to = new ListpackWriter()
    for (const item of ['f', '1', String(at), 'g', '2', '0']) to.add(item)
    restore(
      r,
      payload((writer) => {
        writer.byte(23)
        writer.blob(to.bytes, 0, to.finish())
      }),
    )
    expect(r('HPEXPIRETIME k FIELDS 2 f g')).toEqual([at, -1])
    expect(r('OBJECT ENCODING k')).toBe('listpackex')
  })

  it('integers in strings stay numbers', () => {
    const r = run()
    expect(
      read(
        r,
        payload((to) => {
          to.byte(0)
          to.string('-12345')
        }),
      ),
    ).toBe(-12345)
    expect(
      textOf(
        read(
          r,
          payload((to) => {
            to.byte(0)
            to.string('9007199254740993')
          }),
        ) as string,
      ),
    ).toBe('9007199254740993')
  })
})
