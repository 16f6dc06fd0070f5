import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CommandError } from '../../../src/core/errors.ts'
import { EmptyValue, MalformedRdb, NotRepresentable } from '../../../src/rdb/errors.ts'
import { dumpValue, restoreValue } from '../../../src/rdb/payload.ts'
import { RdbWriter } from '../../../src/rdb/writer.ts'
import { ARRAY_LIMITS, ArrayValue, MAX_INDEX } from '../../../src/types/array.ts'
import { fromBytes } from '../../../src/util/bytes.ts'
import { crc64 } from '../../../src/util/crc.ts'
import { type Integer, normalize } from '../../../src/util/integer.ts'
import { digest } from '../../helpers/digest.ts'
import { run } from '../../helpers/run.ts'

function sealed(content: Uint8Array, version = 15): Uint8Array {
  const bytes = new Uint8Array(content.length + 10)
  bytes.set(content)
  const view = new DataView(bytes.buffer)
  view.setUint16(content.length, version, true)
  const { high, low } = crc64(bytes, 0, content.length + 2)
  view.setUint32(content.length + 2, low, true)
  view.setUint32(content.length + 6, high, true)
  return bytes
}

/** An array of what `fill` writes behind the form. */
function read(fill: (to: RdbWriter) => void): ArrayValue {
  const to = new RdbWriter()
  to.byte(28)
  fill(to)
  return restoreValue(sealed(to.take()), run().engine.keyspace.at(0)) as ArrayValue
}

function made(pairs: Iterable<readonly [Integer, string]>): ArrayValue {
  const array = new ArrayValue(ARRAY_LIMITS)
  for (const [index, text] of pairs) array.set(index, text)
  return array
}

function contentOf(array: ArrayValue): unknown[] {
  const content: unknown[] = [array.lastInserted]
  array.scan(0, MAX_INDEX, (text, index) => content.push([index, text]) > 0)
  return content
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.slice(0, -10)).toString('hex')

describe('an array in an RDB', () => {
  it.each([
    ['a short string', 'abc', '03' + '03616263'],
    ['an empty one', '', '03' + '00'],
    ['a long one', 'abcdefgh', '00' + '086162636465666768'],
    ['an integer', '5', '01' + '0500000000000000'],
    ['a negative one', '-1', '01' + 'ffffffffffffffff'],
    ['the greatest of 62 bits', '2305843009213693951', '01' + 'ffffffffffffff1f'],
    [
      'one of 63 bits, as a string',
      '2305843009213693952',
      '00' + '1332333035383433303039323133363933393532',
    ],
    ['a decimal', '0.5', '02' + '000000000000e03f'],
    ['a whole decimal', '-1.0', '02' + '000000000000f0bf'],
    ['a decimal of more bits, as a string', '3.14', '03' + '04332e3134'],
    ['digits with a zero, as a string', '007', '03' + '03303037'],
  ])('has %s as Redis has it', (_, text, bytes) => {
    const array = made([[7, text]])
    expect(hex(dumpValue(array, { compress: false }))).toBe(`1c010007${bytes}`)
    array.lastInserted = 300
    expect(hex(dumpValue(array, { compress: false }))).toBe(`1c0101412c07${bytes}`)
  })

  it('has indexes of eight bytes where they need them', () => {
    const array = made([[MAX_INDEX, 'x']])
    array.lastInserted = MAX_INDEX
    const last = '81fffffffffffffffe'
    expect(hex(dumpValue(array))).toBe(`1c0101${last}${last}030178`)
  })

  it('comes back as it was', () => {
    const index = fc
      .tuple(
        fc.constantFrom(0n, 4096n, 2n ** 53n, MAX_INDEX - 30n),
        fc.bigInt({ min: 0n, max: 30n }),
      )
      .map(([base, offset]) => normalize(base + offset))
    const text = fc.oneof(
      fc.constantFrom('', '0', '-1', '1.0', '0.14', '0.15', '-0', '-0.0', '.5', '5.', '1e3', 'inf'),
      fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
      fc.double({ noNaN: true }).map(String),
      fc.integer({ min: -99999, max: 99999 }).map((n) => (n / 100).toFixed(2)),
      fc.string({ unit: 'binary-ascii', maxLength: 12 }),
    )
    const pairs = fc.uniqueArray(fc.tuple(index, text), {
      minLength: 1,
      maxLength: 60,
      selector: ([at]) => `${at}`,
    })
    fc.assert(
      fc.property(pairs, fc.option(index), (given, inserted) => {
        const array = made(given)
        if (inserted !== null) array.lastInserted = inserted
        const back = restoreValue(dumpValue(array), run().engine.keyspace.at(0)) as ArrayValue
        expect(contentOf(back)).toEqual(contentOf(array))
      }),
      { numRuns: 300 },
    )
  })

  it('goes through DUMP and RESTORE and through a whole file', () => {
    const r = run()
    r('ARMSET a 0 x 5 7 4096 1.50 18446744073709551614 last')
    r('ARINSERT a y')
    const before = digest(r.engine).map((line) => line.replace('"a"', '"b"'))
    r(['RESTORE', 'b', '0', r('DUMP a') as string])
    r('DEL a')
    expect(digest(r.engine)).toEqual(before)
  })

  it('of many values is written and read in steps', () => {
    const array = made(Array.from({ length: 5000 }, (_, i) => [i * 3, `value ${i}`] as const))
    const back = restoreValue(dumpValue(array), run().engine.keyspace.at(0)) as ArrayValue
    expect(contentOf(back)).toEqual(contentOf(array))
  })

  it('has no form before version 14', () => {
    const array = made([[0, 'x']])
    expect(() => dumpValue(array, { version: 13 })).toThrow(NotRepresentable)
    expect(hex(dumpValue(array, { version: 14 }))).toBe('1c010000030178')
  })

  it('that says what cannot be is refused', () => {
    const item = (to: RdbWriter, index: number | bigint, kind: number, text = 'x') => {
      to.length(index)
      to.length(kind)
      to.string(text)
    }
    expect(() => read((to) => to.raw(Uint8Array.of(0, 0)))).toThrow(EmptyValue)
    const wrong: ((to: RdbWriter) => void)[] = [
      // A flag that is none, an index too great, twice the same one, an unknown kind.
      (to) => {
        to.raw(Uint8Array.of(1, 2))
        item(to, 0, 3)
      },
      (to) => {
        to.raw(Uint8Array.of(1, 0))
        item(to, MAX_INDEX + 1n, 3)
      },
      (to) => {
        to.raw(Uint8Array.of(1, 1))
        to.length(MAX_INDEX + 1n)
        item(to, 0, 3)
      },
      (to) => {
        to.raw(Uint8Array.of(2, 0))
        item(to, 5, 3)
        item(to, 5, 3)
      },
      (to) => {
        to.raw(Uint8Array.of(1, 0))
        item(to, 0, 4)
      },
      // A decimal that is infinite, values that do not follow.
      (to) => {
        to.raw(Uint8Array.of(1, 0, 0, 2))
        to.double(Infinity)
      },
      (to) => {
        to.length(1 << 20)
        to.length(0)
      },
    ]
    for (const fill of wrong) expect(() => read(fill)).toThrow(MalformedRdb)
  })

  it('that is cut off or changed anywhere is refused or a whole value', () => {
    const array = made([
      [0, 'text'],
      [1, '5'],
      [2, '0.5'],
      [3, 'a longer text'],
      [2 ** 40, 'far'],
    ])
    array.lastInserted = 9
    const content = dumpValue(array).slice(0, -10)
    const r = run()
    const restore = (bytes: Uint8Array) =>
      r(['RESTORE', 'k', '0', fromBytes(sealed(bytes)), 'REPLACE'])
    for (let i = 1; i < content.length; i++) {
      expect(restore(content.slice(0, i))).toBeInstanceOf(CommandError)
    }
    for (let i = 1; i < content.length; i++) {
      for (const bits of [1, 4, 64, 128, 255]) {
        const changed = content.slice()
        changed[i] = (changed[i] as number) ^ bits
        if (restore(changed) instanceof CommandError) continue
        expect(r('ARCOUNT k')).toBe((r('ARSCAN k 0 18446744073709551614') as unknown[]).length)
      }
    }
  })
})
