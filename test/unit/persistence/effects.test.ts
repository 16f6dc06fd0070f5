import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EffectReader, EffectWriter, MalformedPayload } from '../../../src/persistence/effects.ts'
import { HEADER_SIZE, readHeader } from '../../../src/persistence/record.ts'

const word = fc.uint8Array({ maxLength: 40 }).map((array) => String.fromCharCode(...array))
const commands = fc.array(fc.array(word, { minLength: 1, maxLength: 12 }), { maxLength: 20 })

function readAll(payload: Uint8Array): string[][] {
  const reader = new EffectReader(payload)
  const all: string[][] = []
  for (;;) {
    const argv = reader.next()
    if (argv === null) return all
    all.push(argv)
  }
}

describe('effects', () => {
  it('come back word for word, whatever the bytes', () => {
    fc.assert(
      fc.property(commands, (list) => {
        const writer = new EffectWriter(16)
        for (const argv of list) writer.command(argv)
        const record = writer.take('J', 1, 1)
        expect(readHeader(record)?.length).toBe(record.length - HEADER_SIZE)
        expect(readAll(record.subarray(HEADER_SIZE))).toEqual(list)
        expect(writer.size).toBe(0)
      }),
    )
  })

  it('are spelled as in an append-only file, and notes are passed over', () => {
    const writer = new EffectWriter()
    writer.note('TS:1')
    writer.command(['SET', 'k', 'twelve bytes'])
    const record = writer.take('J', 1, 1)
    expect(String.fromCharCode(...record.subarray(HEADER_SIZE))).toBe(
      '#TS:1\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$12\r\ntwelve bytes\r\n',
    )
    expect(readAll(record.subarray(HEADER_SIZE))).toEqual([['SET', 'k', 'twelve bytes']])
  })

  it('that are cut short or changed are malformed, and never loop or read beyond the end', () => {
    const writer = new EffectWriter()
    writer.command(['SET', 'key', 'value'])
    const whole = writer.take('J', 1, 1).slice(HEADER_SIZE)
    for (let cut = 1; cut < whole.length; cut++) {
      expect(() => readAll(whole.subarray(0, cut)), String(cut)).toThrow(MalformedPayload)
    }
    for (const text of [
      '*0\r\n',
      '*1\r\n',
      '+OK\r\n',
      '*-1\r\n',
      '*1\r\n$\r\n',
      '#no end',
      '*99999999999\r\n',
    ]) {
      const array = Uint8Array.from(text, (character) => character.charCodeAt(0))
      expect(() => readAll(array), text).toThrow(MalformedPayload)
    }
  })
})
