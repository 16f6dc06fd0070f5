import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OK } from '../../../src/core/reply.ts'
import { EmptyValue, MalformedRdb } from '../../../src/rdb/errors.ts'
import { MODULE } from '../../../src/rdb/format.ts'
import { ModuleWriter } from '../../../src/rdb/module.ts'
import { dumpValue, restoreValue } from '../../../src/rdb/payload.ts'
import { RdbWriter } from '../../../src/rdb/writer.ts'
import type { VectorSet } from '../../../src/types/vector-set.ts'
import { fromBytes } from '../../../src/util/bytes.ts'
import { crc64 } from '../../../src/util/crc.ts'
import { digest } from '../../helpers/digest.ts'
import { type Run, run } from '../../helpers/run.ts'

const dump = (r: Run, compress = true): Uint8Array => {
  const db = r.engine.keyspace.at(0)
  return dumpValue(db.valueAt(db.find('k')), { compress })
}

const restore = (r: Run, payload: Uint8Array): unknown =>
  r(['RESTORE', 'k', '0', fromBytes(payload), 'REPLACE'])

function setOf(r: Run): VectorSet {
  const db = r.engine.keyspace.at(0)
  return db.valueAt(db.find('k')) as VectorSet
}

/** The right checksum for bytes whose footer may be wrong. */
function sealed(bytes: Uint8Array): Uint8Array {
  const end = bytes.length - 8
  const { high, low } = crc64(bytes, 0, end)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  view.setUint32(end, low, true)
  view.setUint32(end + 4, high, true)
  return bytes
}

const KINDS = ['', 'NOQUANT', 'BIN', 'M 4', 'REDUCE 3', 'REDUCE 5 NOQUANT']

/** A set of this many elements. */
function filled(kind: string, count: number): Run {
  const r = run()
  const [, reduction = '', options = ''] = /^(REDUCE \d+|)(.*)$/.exec(kind) as string[]
  for (let i = 0; i < count; i++) {
    const vector = Array.from({ length: 9 }, (_, k) => Math.sin(i * (k + 1)))
    const attribute = i % 3 === 0 ? `SETATTR '{"i":${i}}'` : ''
    r(`VADD k ${reduction} VALUES 9 ${vector.join(' ')} e${i} ${options} ${attribute}`)
  }
  return r
}

describe('a vector set in an RDB', () => {
  it.each(KINDS)('comes back with vectors, attributes and links: %s', (kind) => {
    for (const count of [1, 2, 40, 300]) {
      const r = filled(kind, count)
      for (let i = 0; i < count / 3; i++) r(`VREM k e${2 * i + 1}`)
      const before = digest(r.engine)
      const links = (set: VectorSet) =>
        Array.from({ length: set.size }, (_, i) => set.elementAt(i))
          .sort()
          .map((name) => set.graph.neighbours(set.find(name), 0))
          .map((list) => [...list].map((slot) => setOf(r).nameOf(slot)))
      const old = links(setOf(r))
      expect(restore(r, dump(r, count % 2 === 0))).toBe(OK)
      expect(digest(r.engine)).toEqual(before)
      expect(links(setOf(r))).toEqual(old)
      expect(setOf(r).graph.check()).toBe(true)
      // And again: the order of elements is kept, so the bytes are the same.
      const bytes = dump(r)
      restore(r, bytes)
      expect(dump(r)).toEqual(bytes)
      r(`VADD k VALUES 9 1 2 3 4 5 6 7 8 9 new`)
      expect(setOf(r).graph.check()).toBe(true)
    }
  })

  it('is refused wherever it is cut off', () => {
    const r = filled('', 12)
    const payload = dump(r)
    for (let length = 12; length < payload.length; length++) {
      const cut = new Uint8Array(length)
      cut.set(payload.subarray(0, length - 10))
      cut.set(payload.subarray(-10), length - 10)
      expect(String(restore(r, sealed(cut)))).toBe('ERR Bad data format')
    }
  })

  it.each(KINDS)('with any bytes changed is refused or is whole: %s', (kind) => {
    const payload = dump(filled(kind, 20), false)
    const r = run()
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(payload.length - 11), fc.nat(255)), {
          minLength: 1,
          maxLength: 3,
        }),
        (changes) => {
          const bytes = payload.slice()
          for (const [at, byte] of changes) bytes[Math.max(10, at)] = byte
          if (restore(r, sealed(bytes)) !== OK) return
          const set = setOf(r)
          expect(set.graph.check()).toBe(true)
          r('VSIM k ELE e3 WITHSCORES COUNT 30')
          for (let i = 0; i < 20; i += 2) r(`VREM k e${i}`)
          r('VADD k VALUES 9 1 2 3 4 5 6 7 8 9 new')
          if (r('EXISTS k') === 1) expect(setOf(r).graph.check()).toBe(true)
        },
      ),
      { seed: 5, numRuns: 2000 },
    )
  })

  /** A payload of one or more elements, as bytes that may be wrong. */
  function written(fill: (to: ModuleWriter) => void): Uint8Array {
    const to = new RdbWriter({ compress: false })
    to.byte(MODULE)
    const module = new ModuleWriter(to, 'vectorset', 0)
    fill(module)
    module.end()
    to.byte(10)
    to.byte(0)
    for (let i = 0; i < 8; i++) to.byte(0)
    return to.take()
  }

  const head = (to: ModuleWriter, dimension: number, count: number, links = 16): void => {
    for (const n of [dimension, count, 1 | (links << 8), 0]) to.unsigned(n)
  }
  const element = (to: ModuleWriter, name: string, numbers: (number | bigint)[]): void => {
    to.string(name)
    to.blob(new Uint8Array(4).fill(5))
    to.unsigned(numbers.length)
    for (const n of numbers) to.unsigned(n)
  }
  const LEVEL_0 = 1 << 24
  const read = (fill: (to: ModuleWriter) => void): VectorSet =>
    restoreValue(written(fill), run().engine.keyspace.at(0)) as VectorSet

  it('of the first version, which does not name the longest links, is read', () => {
    const set = read((to) => {
      head(to, 4, 2)
      element(to, 'a', [1, 0, 1, 32, 2, 0x3f80000000000000n])
      element(to, 'b', [2, 0, 1, 32, 1, 0x3f80000000000000n])
    })
    expect(set.size).toBe(2)
    expect([...set.graph.neighbours(set.find('a'), 0)].map((slot) => set.nameOf(slot))).toEqual([
      'b',
    ])
  })

  it('whose links do not fit together is refused', () => {
    const pair = (first: (number | bigint)[], second: (number | bigint)[]) => () =>
      read((to) => {
        head(to, 4, 2)
        element(to, 'a', first)
        element(to, 'b', second)
      })
    const good = [2, LEVEL_0, 1, 32, 1, 0, 0]
    expect(pair([1, LEVEL_0, 1, 32, 2, 0, 0], good)).not.toThrow()
    for (const bad of [
      [1, LEVEL_0, 1, 32, 3, 0, 0], // to nowhere
      [1, LEVEL_0, 1, 32, 1, 0, 0], // to itself
      [1, LEVEL_0, 2, 32, 2, 2, 0, 0], // twice
      [1, LEVEL_0, 0, 32, 0, 0], // one way
      [2, LEVEL_0, 1, 32, 1, 0, 0], // the same number
      [1, LEVEL_0, 1, 0, 2, 0, 0], // without room
      [1, LEVEL_0, 1, 32, 2, 1, 0], // a longest link that is not there
      [1, LEVEL_0, 1, 32, 2, 0], // too few numbers
      [1, LEVEL_0 | 17, 1, 32, 2, 0, 0], // too high
      [1, 2 << 24, 1, 32, 2, 0, 0], // an unknown version
      [1, LEVEL_0 | 1, 1, 32, 2, 0, 1, 16, 2, 0, 0], // a link to one that stands lower
      [1n << 60n, LEVEL_0, 1, 32, 2, 0, 0], // a number that is none
    ]) {
      expect(pair(bad, good)).toThrow(MalformedRdb)
    }
  })

  it('without elements is none, and of an absurd size is refused before it takes memory', () => {
    expect(() => read((to) => head(to, 4, 0))).toThrow(EmptyValue)
    for (const [dimension, count, config] of [
      [0, 1, 1],
      [65537, 1, 1],
      [4, 1e9, 1],
      [4, 1, 3],
      [4, 1, 1 << 24],
    ] as const) {
      expect(() =>
        read((to) => {
          for (const n of [dimension, count, config, 0]) to.unsigned(n)
          element(to, 'a', [1, LEVEL_0, 0, 32, 0, 0])
        }),
      ).toThrow(MalformedRdb)
    }
    // The most links, announced for each element, take no room before they are there.
    const set = read((to) => {
      head(to, 4, 5000, 4096)
      for (let i = 1; i <= 5000; i++) element(to, `e${i}`, [i, LEVEL_0, 0, 16384, 0, 0])
    })
    expect(set.graph.bytes).toBeLessThan(5000 * 200)
  })

  it('with a matrix of its own multiplies with that one', () => {
    const set = read((to) => {
      for (const n of [4, 1, 1 | (16 << 8), 1]) to.unsigned(n)
      to.unsigned(4)
      const matrix = new Float32Array(16)
      for (let i = 0; i < 4; i++) matrix[5 * i] = 2
      to.blob(new Uint8Array(matrix.buffer))
      element(to, 'a', [1, LEVEL_0, 0, 32, 0, 0])
    })
    expect([...set.reduce(Float32Array.of(1, 2, 3, 4))]).toEqual([2, 4, 6, 8])
  })
})
