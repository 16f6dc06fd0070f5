import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CommandError } from '../../../src/core/errors.ts'
import {
  Attributed,
  BigNumber,
  BLOCKED,
  Bool,
  Double,
  Many,
  MapReply,
  NIL_ARRAY,
  NO_REPLY,
  OK,
  PairsReply,
  Payload,
  PONG,
  Push,
  QUEUED,
  type Reply,
  SetReply,
  Status,
  Verbatim,
} from '../../../src/core/reply.ts'
import { sizeOfReply } from '../../../src/core/reply-size.ts'
import { RespError, RespReader } from '../../../src/protocol/resp-reader.ts'
import { RespWriter } from '../../../src/protocol/resp-writer.ts'
import { fromBytes, toBytes } from '../../../src/util/bytes.ts'

function write(reply: Reply, resp: 2 | 3): string {
  const writer = new RespWriter()
  writer.write(reply, resp)
  return fromBytes(writer.take())
}

/** A reply, its bytes in RESP2, and in RESP3 where they are others. */
const GOLDEN: [Reply, string, string?][] = [
  ['', '$0\r\n\r\n'],
  ['a\r\n\0\xff', '$5\r\na\r\n\0\xff\r\n'],
  ['x'.repeat(12345), `$12345\r\n${'x'.repeat(12345)}\r\n`],
  [toBytes('abc'), '$3\r\nabc\r\n'],
  [new Uint8Array(100).fill(97), `$100\r\n${'a'.repeat(100)}\r\n`],
  [0, ':0\r\n'],
  [9, ':9\r\n'],
  [10, ':10\r\n'],
  [1023, ':1023\r\n'],
  [999_999_999, ':999999999\r\n'],
  [1_000_000_000, ':1000000000\r\n'],
  [Number.MAX_SAFE_INTEGER, ':9007199254740991\r\n'],
  [-1, ':-1\r\n'],
  [-9007199254740991, ':-9007199254740991\r\n'],
  [9223372036854775807n, ':9223372036854775807\r\n'],
  [-9223372036854775808n, ':-9223372036854775808\r\n'],
  [null, '$-1\r\n', '_\r\n'],
  [NIL_ARRAY, '*-1\r\n', '_\r\n'],
  [OK, '+OK\r\n'],
  [PONG, '+PONG\r\n'],
  [QUEUED, '+QUEUED\r\n'],
  [new Status('Background saving started'), '+Background saving started\r\n'],
  [new CommandError('syntax error'), '-ERR syntax error\r\n'],
  [new CommandError('bad\r\nthing\n', 'WRONG'), '-WRONG bad  thing \r\n'],
  [[], '*0\r\n'],
  [
    ['a', 1, null, ['b']],
    '*4\r\n$1\r\na\r\n:1\r\n$-1\r\n*1\r\n$1\r\nb\r\n',
    '*4\r\n$1\r\na\r\n:1\r\n_\r\n*1\r\n$1\r\nb\r\n',
  ],
  [new Double(1.5), '$3\r\n1.5\r\n', ',1.5\r\n'],
  [new Double(3), '$1\r\n3\r\n', ',3\r\n'],
  [new Double(Number.POSITIVE_INFINITY), '$3\r\ninf\r\n', ',inf\r\n'],
  [new Double(Number.NEGATIVE_INFINITY), '$4\r\n-inf\r\n', ',-inf\r\n'],
  [
    new BigNumber('12345678901234567890'),
    '$20\r\n12345678901234567890\r\n',
    '(12345678901234567890\r\n',
  ],
  [new Bool(true), ':1\r\n', '#t\r\n'],
  [new Bool(false), ':0\r\n', '#f\r\n'],
  [new Verbatim('a\nb'), '$3\r\na\nb\r\n', '=7\r\ntxt:a\nb\r\n'],
  [
    new MapReply(['a', 1, 'b', 2]),
    '*4\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:2\r\n',
    '%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n:2\r\n',
  ],
  [
    new PairsReply(['a', 1, 'b', new Double(2.5)]),
    '*4\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n$3\r\n2.5\r\n',
    '*2\r\n*2\r\n$1\r\na\r\n:1\r\n*2\r\n$1\r\nb\r\n,2.5\r\n',
  ],
  [new PairsReply([]), '*0\r\n', '*0\r\n'],
  [new SetReply(['a']), '*1\r\n$1\r\na\r\n', '~1\r\n$1\r\na\r\n'],
  [
    new Push(['message', 'c', 'm']),
    '*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n',
    '>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n',
  ],
  [new Many([new Push(['a']), 1]), '*1\r\n$1\r\na\r\n:1\r\n', '>1\r\n$1\r\na\r\n:1\r\n'],
  [NO_REPLY, ''],
]

describe('a reply is written', () => {
  for (const [reply, resp2, resp3 = resp2] of GOLDEN) {
    it(`as ${JSON.stringify(resp2.slice(0, 40))} or ${JSON.stringify(resp3.slice(0, 40))}`, () => {
      expect(write(reply, 2)).toBe(resp2)
      expect(write(reply, 3)).toBe(resp3)
    })
  }

  it('behind what was written before', () => {
    const writer = new RespWriter()
    for (const [reply] of GOLDEN) writer.write(reply, 3)
    const expected = GOLDEN.map(([, resp2, resp3 = resp2]) => resp3).join('')
    expect(writer.length).toBe(expected.length)
    expect(fromBytes(writer.take())).toBe(expected)
    expect(writer.length).toBe(0)
  })

  it('never over bytes that were taken', () => {
    const writer = new RespWriter()
    const taken: [Uint8Array, string][] = []
    for (let i = 0; i < 5000; i++) {
      writer.write('x'.repeat(i % 97), 2)
      writer.write(i, 2)
      const bytes = writer.take()
      taken.push([bytes, fromBytes(bytes)])
    }
    for (const [bytes, text] of taken) expect(fromBytes(bytes)).toBe(text)
  })

  it('unless it is none', () => {
    expect(() => write(BLOCKED, 2)).toThrow("'blocked' is not a reply")
  })
})

// ---- There and back -----------------------------------------------------------------------------

const byteString = fc
  .array(fc.nat(255), { maxLength: 30 })
  .map((codes) => String.fromCharCode(...codes))
const line = fc.stringMatching(/^[ -~]{0,20}$/)
const digits = fc.bigInt({ min: -(1n << 80n), max: 1n << 80n }).map(String)

const scalar: fc.Arbitrary<Reply> = fc.oneof(
  byteString,
  fc.maxSafeInteger(),
  fc.integer({ min: -1100, max: 1100 }),
  fc.bigInt({ min: 1n << 53n, max: (1n << 63n) - 1n }),
  fc.constantFrom<Reply>(null, OK, PONG, QUEUED),
  line.map((text) => (['OK', 'PONG', 'QUEUED'].includes(text) ? OK : new Status(text))),
  fc.double().map((n) => new Double(n)),
  digits.map((text) => new BigNumber(text)),
  fc.boolean().map((value) => new Bool(value)),
  byteString.map((text) => new Verbatim(text, 'mkd')),
  line.map((text) => new CommandError(text, 'CODE')),
)

const reply3: fc.Arbitrary<Reply> = fc.letrec<{ reply: Reply }>((tie) => {
  const items = fc.array(tie('reply'), { maxLength: 5 })
  const pairs = items.map((a) => (a.length % 2 === 0 ? a : a.slice(1)))
  return {
    reply: fc.oneof(
      { maxDepth: 4 },
      scalar,
      items,
      pairs.map((a) => new MapReply(a)),
      items.map((a) => new SetReply(a)),
      items.map((a) => new Push(a)),
    ),
  }
}).reply

/** What RESP2 can tell apart. */
const reply2: fc.Arbitrary<Reply> = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 4 },
    byteString,
    fc.maxSafeInteger(),
    fc.constantFrom<Reply>(null, NIL_ARRAY, OK),
    line.map((text) => new CommandError(text, 'ERR')),
    fc.array(tie('reply'), { maxLength: 5 }),
  ),
})).reply

/** Read in pieces of random sizes; the pieces are overwritten as soon as they were read. */
function read(bytes: Uint8Array, sizes: readonly number[]): Reply[] {
  const reader = new RespReader()
  const replies: Reply[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const next = Math.min(bytes.length, at + (sizes[i % sizes.length] as number))
    const chunk = bytes.slice(at, next)
    reader.feed(chunk, (reply) => replies.push(reply))
    chunk.fill(0x2a)
    at = next
  }
  expect(reader.pending).toBe(0)
  return replies
}

const sizes = fc.oneof(
  fc.constant([1]),
  fc.constant([1 << 20]),
  fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
)

describe('what was written is read', () => {
  for (const [resp, reply] of [
    [2, reply2],
    [3, reply3],
  ] as const) {
    it(`in RESP${resp}, however it is cut`, () => {
      fc.assert(
        fc.property(fc.array(reply, { maxLength: 5 }), sizes, (replies, sizes) => {
          const writer = new RespWriter()
          for (const one of replies) writer.write(one, resp)
          expect(read(writer.take(), sizes)).toStrictEqual(replies)
        }),
        { numRuns: 500 },
      )
    })
  }
})

describe('the size of a reply', () => {
  for (const resp of [2, 3] as const) {
    it(`is known without writing it, in RESP${resp}`, () => {
      fc.assert(
        fc.property(fc.oneof(reply2, reply3), (reply) => {
          expect(sizeOfReply(reply, resp)).toBe(write(reply, resp).length)
        }),
        { numRuns: 500 },
      )
      for (const reply of [
        new PairsReply(['a', new Double(1), 'b', new Double(2.5)]),
        new Attributed(['k', 1], [1, null]),
        new Many([OK, 'x']),
        new Payload(toBytes('12345')),
        toBytes('bytes'),
        NIL_ARRAY,
        NO_REPLY,
      ]) {
        expect(sizeOfReply(reply, resp)).toBe(write(reply, resp).length)
      }
    })
  }
})

describe('the reader', () => {
  const readText = (text: string): Reply[] => read(toBytes(text), [1])

  it('leaves attributes aside', () => {
    expect(readText('|1\r\n+ttl\r\n:1\r\n$1\r\na\r\n')).toEqual(['a'])
    expect(readText('*2\r\n|1\r\n+k\r\n*1\r\n:1\r\n:5\r\n|0\r\n:6\r\n')).toEqual([[5, 6]])
  })

  it('takes errors that are longer than a line, and null by its old names', () => {
    expect(readText('!10\r\nERR a\r\nbcd\r\n')).toEqual([new CommandError('a\r\nbcd')])
    expect(readText('$-1\r\n*-1\r\n_\r\n')).toEqual([null, NIL_ARRAY, null])
  })

  it('refuses what is not RESP', () => {
    for (const text of [
      'hello\r\n',
      ':x\r\n',
      '$x\r\n',
      '$-2\r\n',
      '*1a\r\n',
      '#x\r\n',
      '+a\rb\r\n',
      '$1\r\nabc',
    ]) {
      expect(() => new RespReader().read(toBytes(text))).toThrow(RespError)
    }
    expect(() => new RespReader().read(toBytes('*1\r\n'.repeat(200)))).toThrow('nested too deeply')
  })

  it('reads a large string in small pieces without searching it again and again', () => {
    const reader = new RespReader()
    const size = 4_000_000
    reader.feed(toBytes(`$${size}\r\n`), () => {})
    let read = 0
    const piece = new Uint8Array(1000).fill(97)
    for (let i = 0; i < size; i += 1000) reader.feed(piece, () => read++)
    expect(read).toBe(0)
    expect((reader.read(toBytes('\r\n'))[0] as string).length).toBe(size)
  })
})
