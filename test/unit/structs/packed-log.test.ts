import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isListpack } from '../../../src/structs/listpack.ts'
import { LogCursor, PackedLog, type Trim } from '../../../src/structs/packed-log.ts'
import type { Integer } from '../../../src/util/integer.ts'

const LAST = 18446744073709551615n

interface Entry {
  ms: Integer
  seq: Integer
  words: string[]
}

const compare = (a: Entry, b: Entry): number => {
  if (a.ms !== b.ms) return a.ms < b.ms ? -1 : 1
  return a.seq === b.seq ? 0 : a.seq < b.seq ? -1 : 1
}

function read(log: PackedLog, from: Entry, to: Entry, backwards = false): Entry[] {
  const cursor = new LogCursor(log, from.ms, from.seq, to.ms, to.seq, backwards)
  const entries: Entry[] = []
  while (cursor.next()) entries.push({ ms: cursor.ms, seq: cursor.seq, words: cursor.words() })
  return entries
}

const FIRST: Entry = { ms: 0, seq: 0, words: [] }
const END: Entry = { ms: LAST, seq: LAST, words: [] }

const part: fc.Arbitrary<Integer> = fc.oneof(
  { weight: 6, arbitrary: fc.nat(40) },
  { weight: 1, arbitrary: fc.constantFrom<Integer>(127, 128, 4096, 2 ** 31, 2 ** 53 - 1) },
  { weight: 1, arbitrary: fc.constantFrom<Integer>(9007199254740993n, 2n ** 63n, LAST) },
)
const word = fc.oneof(
  fc.constantFrom('', 'f', 'g', '0', '-1', '127', '128', '-4097', '9223372036854775807', '01'),
  fc.integer().map(String),
  fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 80 }),
)
const words = fc
  .array(fc.tuple(fc.constantFrom('f', 'g', 'name'), word), { minLength: 1, maxLength: 3 })
  .map((pairs) => pairs.flat())
const place = fc.record({ ms: part, seq: part, words: fc.constant<string[]>([]) })

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('add' as const), ms: part, seq: part, words }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), at: fc.nat(200) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('trim' as const), length: fc.nat(30), place }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('copy' as const) }) },
)

const EXACT: Omit<Trim, 'length' | 'ms' | 'seq'> = { wholeChunks: false, most: 0, mayGo: null }

describe('a packed log', () => {
  it('holds what a sorted array holds, from anywhere in both directions', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80 }),
        fc.constantFrom({ entries: 3, bytes: 0 }, { entries: 0, bytes: 200 }),
        place,
        place,
        (steps, limits, from, to) => {
          let log = new PackedLog()
          let model: Entry[] = []
          for (const s of steps) {
            if (s.kind === 'add') {
              const last = model[model.length - 1]
              // Behind the last one that is there, and behind any that was there.
              const behind = log.size === 0 ? last : lastOf(log)
              if (behind !== undefined && compare(s, behind) <= 0) continue
              log.append(s.ms, s.seq, ['x', ...s.words], 1, limits)
              model.push({ ms: s.ms, seq: s.seq, words: s.words })
            } else if (s.kind === 'delete') {
              const entry =
                (model[s.at] ?? s.at % 2 === 0) ? model[s.at % (model.length + 1)] : undefined
              if (entry === undefined) expect(log.delete(7, 10 ** 9)).toBe(false)
              else {
                expect(log.delete(entry.ms, entry.seq)).toBe(true)
                expect(log.delete(entry.ms, entry.seq)).toBe(false)
                model = model.filter((other) => other !== entry)
              }
            } else if (s.kind === 'trim' && s.length % 2 === 0) {
              const removed = log.trim({ ...EXACT, length: s.length, ms: 0, seq: 0 })
              expect(removed).toBe(Math.max(0, model.length - s.length))
              model = model.slice(removed)
            } else if (s.kind === 'trim') {
              const { ms, seq } = s.place
              const kept = model.filter((entry) => compare(entry, s.place) >= 0)
              expect(log.trim({ ...EXACT, length: -1, ms, seq })).toBe(model.length - kept.length)
              model = kept
            } else log = log.copy()
          }
          const within = model.filter((e) => compare(e, from) >= 0 && compare(e, to) <= 0)
          expect(log.length).toBe(model.length)
          expect(read(log, FIRST, END)).toEqual(model)
          expect(read(log, FIRST, END, true)).toEqual([...model].reverse())
          expect(read(log, from, to)).toEqual(within)
          expect(read(log, from, to, true)).toEqual(within.reverse())
          for (let i = 0; i < log.size; i++) {
            const chunk = log.chunkAt(i)
            const bytes = chunk.toListpack()
            expect(bytes.length).toBe(chunk.packedBytes)
            expect(isListpack(bytes, [])).toBe(true)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('begins a new chunk after so many entries, those that were removed included', () => {
    const log = new PackedLog()
    for (let seq = 0; seq < 3; seq++) log.append(1, seq, ['f', 'v'], 0, { entries: 3, bytes: 0 })
    log.delete(1, 1)
    expect(log.size).toBe(1)
    log.append(1, 3, ['f', 'v'], 0, { entries: 3, bytes: 0 })
    expect(log.size).toBe(2)
  })

  it('begins a new chunk before one would have so many bytes', () => {
    const log = new PackedLog()
    const limits = { entries: 0, bytes: 100 }
    log.append(1, 0, ['f', 'v'], 0, limits)
    const { packedBytes } = log.chunkAt(0)
    log.append(1, 1, ['f', 'v'.repeat(98 - packedBytes)], 0, limits)
    expect(log.size).toBe(1)
    log.append(1, 2, ['f', 'v'.repeat(90)], 0, limits)
    expect(log.size).toBe(2)
  })

  it('names fields once for entries that have the same', () => {
    const log = new PackedLog()
    const limits = { entries: 2, bytes: 0 }
    for (let seq = 0; seq < 4; seq++) log.append(1, seq, ['name', 'v', 'other', 'w'], 0, limits)
    expect(log.size).toBe(2)
    expect(log.chunkAt(1).fields).toBe(log.chunkAt(0).fields)
    // Flags, two distances, two values and the count, of two bytes or three each.
    expect(log.chunkAt(0).used).toBe(2 * (4 * 2 + 2 * 3))
  })

  it('asks for each entry whether it may go', () => {
    const log = new PackedLog()
    for (let seq = 0; seq < 6; seq++) log.append(1, seq, ['f', 'v'], 0, { entries: 2, bytes: 0 })
    const mayGo = (_: Integer, seq: Integer): boolean => seq !== 1 && seq !== 2
    expect(log.trim({ length: 2, ms: 0, seq: 0, wholeChunks: false, most: 0, mayGo })).toBe(4)
    expect(read(log, FIRST, END).map(({ seq }) => seq)).toEqual([1, 2])
    expect(log.size).toBe(2)
  })

  it('gives back the room of a chunk that is full', () => {
    const log = new PackedLog()
    const limits = { entries: 50, bytes: 0 }
    for (let seq = 0; seq < 51; seq++) log.append(1, seq, ['f', 'v'.repeat(20)], 0, limits)
    const { bytes, used } = log.chunkAt(0)
    expect(bytes.length - used).toBeLessThanOrEqual(16)
  })
})

function lastOf(log: PackedLog): Entry {
  const { lastMs, lastSeq } = log.chunkAt(log.size - 1)
  return { ms: lastMs, seq: lastSeq, words: [] }
}
