import { describe, expect, it } from 'vitest'
import { encode } from '../../../src/client/arguments.ts'
import { Decoder } from '../../../src/client/decode.ts'
import { Emitter } from '../../../src/client/emitter.ts'
import { ReplyError } from '../../../src/client/errors.ts'
import { CommandError } from '../../../src/core/errors.ts'
import {
  BigNumber,
  Bool,
  Double,
  MapReply,
  NIL_ARRAY,
  PairsReply,
  type Reply,
  SetReply,
  Status,
  Verbatim,
} from '../../../src/core/reply.ts'

const text = (reply: Reply) => new Decoder({}).decode(reply, 'X')
const bytes = (reply: Reply) => new Decoder({ replies: 'bytes' }).decode(reply, 'X')
const map = new MapReply(['__proto__', 1, 'caf\xc3\xa9', 'b'])

describe('a reply as a value', () => {
  it('is text, or bytes where it is a bulk string', () => {
    expect(text('caf\xc3\xa9')).toBe('café')
    expect(text('\xff')).toBe('\ufffd')
    expect(bytes('\xff')).toEqual(Uint8Array.of(255))
    expect(text(Uint8Array.of(0x63, 0xc3, 0xa9))).toBe('cé')
    expect(bytes(new Status('OK'))).toBe('OK')
    expect(text(new Verbatim('lines'))).toBe('lines')
    expect(bytes(['a', [null, 1]])).toEqual([Uint8Array.of(97), [null, 1]])
  })

  it('is a copy of bytes that the engine keeps', () => {
    const kept = Uint8Array.of(1, 2)
    const given = bytes(kept) as Uint8Array
    given[0] = 9
    expect(kept).toEqual(Uint8Array.of(1, 2))
  })

  it('is a number, a bigint or text of one', () => {
    expect(text(new Double(0.5))).toBe(0.5)
    expect(text(new Double(Number.NEGATIVE_INFINITY))).toBe(Number.NEGATIVE_INFINITY)
    expect(text(2n ** 60n)).toBe(2n ** 60n)
    expect(text(new BigNumber('123456789012345678901234567890'))).toBe(
      123456789012345678901234567890n,
    )
    expect(new Decoder({ bigints: 'string' }).decode(2n ** 60n, '')).toBe('1152921504606846976')
    expect(text(new Bool(true))).toBe(true)
    expect(text(NIL_ARRAY)).toBe(null)
  })

  it('is an object, a map or pairs', () => {
    const object = text(map) as Record<string, unknown>
    expect(Object.getPrototypeOf(object)).toBe(null)
    expect(Object.entries(object)).toEqual([
      ['__proto__', 1],
      ['café', 'b'],
    ])
    expect(new Decoder({ maps: 'map' }).decode(map, '')).toEqual(
      new Map<string, unknown>([
        ['__proto__', 1],
        ['café', 'b'],
      ]),
    )
    expect(new Decoder({ maps: 'entries', replies: 'bytes' }).decode(map, '')).toEqual([
      [new TextEncoder().encode('__proto__'), 1],
      [new TextEncoder().encode('café'), Uint8Array.of(98)],
    ])
    expect(text(new SetReply(['a', 'b']))).toEqual(['a', 'b'])
    expect(text(new PairsReply(['a', new Double(1)]))).toEqual([['a', 1]])
  })

  it('has errors where they stand', () => {
    const [first, second] = text(['a', new CommandError('no', 'WRONGTYPE')]) as unknown[]
    expect(first).toBe('a')
    expect(second).toBeInstanceOf(ReplyError)
    expect(second).toMatchObject({ message: 'WRONGTYPE no', code: 'WRONGTYPE', command: 'X' })
  })
})

describe('values as arguments', () => {
  const argv = (pairs: boolean, ...args: unknown[]): string[] => {
    const words = ['X']
    encode(words, args, pairs)
    return words.slice(1)
  }

  it('are text, decimal numbers and bytes', () => {
    expect(argv(false, 'é', 1, -0.5, 10n ** 20n, Infinity, -Infinity)).toEqual([
      '\xc3\xa9',
      '1',
      '-0.5',
      '100000000000000000000',
      '+inf',
      '-inf',
    ])
    const buffer = Uint8Array.of(0, 255, 10).buffer
    expect(argv(false, buffer, new DataView(buffer, 1), new Uint8Array(buffer, 1, 1))).toEqual([
      '\x00\xff\x0a',
      '\xff\x0a',
      '\xff',
    ])
  })

  it('objects are options, or pairs where the command has pairs', () => {
    const options = { ex: 5, nx: true, xx: false, px: undefined, limit: [0, 10] }
    expect(argv(false, 'k', options)).toEqual(['k', 'EX', '5', 'NX', 'LIMIT', '0', '10'])
    expect(argv(true, 'k', { a: 1, é: 'x' })).toEqual(['k', 'a', '1', '\xc3\xa9', 'x'])
    expect(argv(true, new Map([['a', 1]]))).toEqual(['a', '1'])
    expect(() => argv(true, { a: undefined })).toThrow('is undefined')
    expect(() => argv(true, { a: true })).toThrow('is true')
  })
})

describe('an emitter', () => {
  it('calls listeners in order, also while they come and go', () => {
    const emitter = new Emitter<{ a: [n: number] }>()
    const heard: string[] = []
    const once = (n: number) => {
      heard.push(`once ${n}`)
      emitter.off('a', once)
      emitter.on('a', () => heard.push('late'))
    }
    emitter.on('a', once)
    emitter.on('a', (n) => heard.push(`always ${n}`))
    emitter.emit('a', 1)
    emitter.emit('a', 2)
    expect(heard).toEqual(['once 1', 'always 1', 'always 2', 'late'])
  })
})
