import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  HEADER_SIZE,
  makeRecord,
  RecordReader,
  readHeader,
  seal,
} from '../../../src/persistence/record.ts'
import type { Piece } from '../../../src/persistence/store.ts'

const bytes = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0))
const text = (array: Uint8Array): string => String.fromCharCode(...array)

async function* inPieces(array: Uint8Array, size = array.length): AsyncGenerator<Piece> {
  for (let at = 0; at < array.length; at += size) {
    yield { name: 'file', offset: at, bytes: array.subarray(at, at + size) }
  }
}

async function readAll(
  array: Uint8Array,
  size?: number,
): Promise<{ payloads: string[]; sequences: number[]; reader: RecordReader }> {
  const reader = new RecordReader('journal', inPieces(array, size), 1)
  const payloads: string[] = []
  const sequences: number[] = []
  for (;;) {
    const record = await reader.next()
    if (record === null) return { payloads, sequences, reader }
    payloads.push(text(record.payload))
    sequences.push(record.header.sequence)
  }
}

function join(records: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(records.reduce((sum, record) => sum + record.length, 0))
  let at = 0
  for (const record of records) {
    all.set(record, at)
    at += record.length
  }
  return all
}

const journal = (payloads: readonly string[]): Uint8Array[] =>
  payloads.map((payload, i) => makeRecord('J', i + 1, 3, bytes(payload)))

const payloads = fc.array(
  fc.uint8Array({ maxLength: 90 }).map((array) => text(array)),
  { minLength: 1, maxLength: 6 },
)

describe('a record', () => {
  it('has a header line of 64 bytes, with everything in it', () => {
    const record = makeRecord('J', 42, 3, bytes('*1\r\n$4\r\nPING\r\n'))
    expect(text(record)).toBe(
      '#RSPT01 J 000000000000002a 00000003 0000000e 6011df78 50a622ed\r\n*1\r\n$4\r\nPING\r\n',
    )
    expect(readHeader(record)).toEqual({
      version: 1,
      kind: 'J',
      sequence: 42,
      epoch: 3,
      length: 14,
      checksum: 0x6011df78,
    })
  })

  it('keeps sequences beyond 32 bits', () => {
    const sequence = 2 ** 40 + 12345
    expect(readHeader(makeRecord('S', sequence, 2 ** 31 + 5, bytes('')))).toMatchObject({
      sequence,
      epoch: 2 ** 31 + 5,
      length: 0,
    })
  })

  it('is sealed in place', () => {
    const array = new Uint8Array(HEADER_SIZE + 3)
    array.set(bytes('abc'), HEADER_SIZE)
    seal(array, 'J', 7, 1)
    expect(array).toEqual(makeRecord('J', 7, 1, bytes('abc')))
  })
})

describe('reading records', () => {
  it('gives back every payload, however the bytes are cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(payloads, fc.integer({ min: 1, max: 300 }), async (list, size) => {
        const { payloads: read, sequences, reader } = await readAll(join(journal(list)), size)
        expect(read).toEqual(list)
        expect(sequences).toEqual(list.map((_, i) => i + 1))
        expect(reader.damage).toBe(null)
      }),
    )
  })

  it('finds any changed byte, and gives the records before it', async () => {
    await fc.assert(
      fc.asyncProperty(
        payloads,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (list, at, flip) => {
          const records = journal(list)
          const all = join(records)
          const place = at % all.length
          all[place] = (all[place] as number) ^ flip
          let intact = 0
          let start = 0
          while (start + (records[intact] as Uint8Array).length <= place) {
            start += (records[intact++] as Uint8Array).length
          }
          const { payloads: read, reader } = await readAll(all, 100)
          expect(read).toEqual(list.slice(0, intact))
          expect(reader.damage).toMatchObject({
            place: { area: 'journal', name: 'file', offset: start },
            bytes: all.length - start,
            atEnd: intact === list.length - 1,
          })
        },
      ),
      { numRuns: 300 },
    )
  })

  it('gives exactly the whole records before a cut at any byte, and calls the rest torn', async () => {
    const list = ['first', '', 'a longer third record '.repeat(4), 'last']
    const records = journal(list)
    const all = join(records)
    const ends = records.map((_, i) => join(records.slice(0, i + 1)).length)
    for (let cut = 0; cut <= all.length; cut++) {
      const whole = ends.filter((end) => end <= cut).length
      const start = ends[whole - 1] ?? 0
      const { payloads: read, reader } = await readAll(all.slice(0, cut), 37)
      expect([cut, read]).toEqual([cut, list.slice(0, whole)])
      if (cut === start) expect(reader.damage).toBe(null)
      else {
        expect(reader.damage).toMatchObject({
          place: { offset: start, sequence: whole + 1 },
          bytes: cut - start,
          atEnd: true,
        })
      }
    }
  })

  it('calls zeros after the last record torn, as a crashed file system leaves them', async () => {
    const records = journal(['a', 'b'])
    const { payloads: read, reader } = await readAll(join([...records, new Uint8Array(5000)]), 1000)
    expect(read).toEqual(['a', 'b'])
    expect(reader.damage).toMatchObject({ bytes: 5000, atEnd: true })
  })

  it('is not deceived by a payload that contains a record', async () => {
    const inner = text(makeRecord('J', 9, 3, bytes('inner')))
    const all = join(journal(['a', `before ${inner} after`]))
    all[all.length - 1] = (all[all.length - 1] as number) ^ 1
    const { payloads: read, reader } = await readAll(all, 50)
    expect(read).toEqual(['a'])
    expect(reader.damage).toMatchObject({ reason: 'the checksum does not match', atEnd: true })
  })

  it('refuses a newer format by name', async () => {
    const record = makeRecord('J', 1, 1, bytes('x'))
    record.set(bytes('02'), 5)
    // The header's own checksum, as a newer version would have made it.
    const { crc32 } = await import('../../../src/util/crc.ts')
    record.set(bytes(crc32(record, 0, 54).toString(16).padStart(8, '0')), 54)
    await expect(readAll(record)).rejects.toMatchObject({
      code: 'newer-format',
      message: 'journal record in file at byte 0 has format 2; this version reads up to 1',
    })
  })
})
