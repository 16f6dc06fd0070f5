import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ParserLimits, RespParser } from '../../../src/protocol/resp-parser.ts'
import { toBytes } from '../../../src/util/bytes.ts'
import { splitInline } from '../../../src/util/words.ts'

/** Everything a parser makes of these pieces; the pieces are overwritten as soon as they were read. */
function parse(pieces: readonly string[], limits?: ParserLimits) {
  const parser = new RespParser(limits)
  const requests: string[][] = []
  for (const piece of pieces) {
    const chunk = toBytes(piece)
    parser.feed(chunk)
    for (let argv = parser.next(); argv !== null; argv = parser.next()) requests.push(argv)
    chunk.fill(0x2a)
  }
  return { requests, error: parser.error }
}

const encode = (argv: readonly string[]): string =>
  `*${argv.length}\r\n${argv.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`

/** Byte strings: any byte, with a liking for those that mean something to the parser. */
const byteString = (maxLength: number) =>
  fc
    .array(fc.oneof(fc.constantFrom(0, 10, 13, 32, 34, 36, 42, 48, 255), fc.nat(255)), {
      maxLength,
    })
    .map((codes) => String.fromCharCode(...codes))

const request = fc.array(byteString(40), { minLength: 1, maxLength: 12 })

/** Cuts a text at places given as fractions. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((p) => Math.floor(p * text.length)))].sort((a, b) => a - b)
  return [0, ...at].map((start, i) => text.slice(start, at[i] ?? text.length))
}

const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), {
  maxLength: 30,
})

describe('requests', () => {
  it('are the same however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 8 }), places, (requests, places) => {
        const text = requests.map(encode).join('')
        expect(parse(cut(text, places))).toEqual({ requests, error: null })
        expect(parse([...text])).toEqual({ requests, error: null })
      }),
    )
  })

  it('that are broken end in the same error after the same requests however they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(request, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.nat(255),
        places,
        (requests, at, byte, places) => {
          const whole = requests.map(encode).join('')
          const i = at % whole.length
          const text = whole.slice(0, i) + String.fromCharCode(byte) + whole.slice(i + 1)
          const outcome = parse([text])
          expect(parse(cut(text, places))).toEqual(outcome)
          expect(parse([...text])).toEqual(outcome)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('have words of any length', () => {
    const argv = [0, 1, 2, 3, 9, 10, 99, 100, 999, 4096, 16384, 100_000].map((n) => 'x'.repeat(n))
    expect(parse([encode(['ECHO', ...argv])]).requests).toEqual([['ECHO', ...argv]])
  })

  it('are taken out one by one, and the rest waits', () => {
    const parser = new RespParser()
    parser.feed(toBytes(encode(['GET', 'a']) + encode(['GET', 'b']) + encode(['GET', 'c'])))
    expect(parser.next()).toEqual(['GET', 'a'])
    parser.keep()
    expect(parser.pending).toBe(40)
    parser.feed(toBytes(encode(['GET', 'd'])))
    expect([parser.next(), parser.next(), parser.next(), parser.next()]).toEqual([
      ['GET', 'b'],
      ['GET', 'c'],
      ['GET', 'd'],
      null,
    ])
    expect(parser.pending).toBe(0)
  })

  it('tell apart names that share their length and outer letters', () => {
    const names = ['GET', 'GxT', 'GET', 'get', 'GEX', 'GET', 'SET', 'SUBSCRIBE', 'SUBSCRIBE']
    expect(parse([names.map((name) => encode([name])).join('')]).requests).toEqual(
      names.map((name) => [name]),
    )
  })

  it('say whether they came inline', () => {
    const parser = new RespParser()
    parser.feed(toBytes(`PING\r\n${encode(['PING'])}PING\r\n`))
    for (const inline of [true, false, true]) {
      parser.next()
      expect(parser.inline).toBe(inline)
    }
  })
})

describe('limits', () => {
  const strict = { trusted: false, maxBulk: 1 << 29 }

  it('hold for clients that are not trusted, and only for them', () => {
    expect(parse(['*11\r\n'], strict).error).toBe('unauthenticated multibulk length')
    expect(parse(['*11\r\n']).error).toBe(null)
    expect(parse(['*1\r\n$16385\r\n'], strict).error).toBe('unauthenticated bulk length')
    expect(parse(['*1\r\n$16385\r\n']).error).toBe(null)
  })

  it('hold for words that no string of JavaScript could have', () => {
    const limits = { trusted: true, maxBulk: 1 << 30 }
    expect(parse(['*1\r\n$536870888\r\n'], limits).error).toBe(null)
    expect(parse(['*1\r\n$536870889\r\n'], limits).error).toBe('invalid bulk length')
  })

  it('are asked for again with every request', () => {
    const limits = { trusted: false, maxBulk: 1 << 29 }
    const parser = new RespParser(limits)
    parser.feed(toBytes('AUTH x\r\n*11\r\n'))
    expect(parser.next()).toEqual(['AUTH', 'x'])
    limits.trusted = true
    expect(parser.next()).toBe(null)
    expect(parser.error).toBe(null)
  })

  it('end the parsing for good', () => {
    const parser = new RespParser()
    parser.feed(toBytes('*x\r\nPING\r\n'))
    expect(parser.next()).toBe(null)
    expect(parser.error).toBe('invalid multibulk length')
    parser.feed(toBytes('PING\r\n'))
    expect(parser.next()).toBe(null)
    expect(parser.pending).toBe(0)
  })
})

describe('memory', () => {
  it('is not reserved for what was only announced', () => {
    const parser = new RespParser()
    parser.feed(toBytes('*1000000\r\n$536870888\r\nabc'))
    expect(parser.next()).toBe(null)
    expect(parser.pending).toBe(3)
    expect(storeOf(parser).length).toBe(16 * 1024)
  })

  it('for a large word in small pieces is copied a number of times that does not grow with it', () => {
    // Counts what is copied within the parser, which is what would make it quadratic.
    let copied = 0
    const parser = new RespParser()
    const { set, copyWithin } = Uint8Array.prototype
    Uint8Array.prototype.set = function (source, at) {
      copied += source.length
      return set.call(this, source, at)
    }
    Uint8Array.prototype.copyWithin = function (target, start, end) {
      copied += (end ?? this.length) - start
      return copyWithin.call(this, target, start, end)
    }
    const size = 4 * 1024 * 1024
    let word: string | undefined
    try {
      parser.feed(toBytes(`*2\r\n$4\r\nECHO\r\n$${size}\r\n`))
      const piece = new Uint8Array(1400).fill(0x61)
      for (let sent = 0; sent < size + 2; sent += piece.length) {
        parser.feed(piece)
        const argv = parser.next()
        if (argv !== null) word = argv[1]
      }
    } finally {
      Object.assign(Uint8Array.prototype, { set, copyWithin })
    }
    expect(word?.length).toBe(size)
    expect(copied).toBeGreaterThan(size)
    expect(copied).toBeLessThan(4 * size)
  })

  it('that a large request took is given back', () => {
    const parser = new RespParser()
    const text = encode(['ECHO', 'x'.repeat(1_000_000)])
    parser.feed(toBytes(text.slice(0, 500_000)))
    expect(parser.next()).toBe(null)
    parser.feed(toBytes(text.slice(500_000)))
    expect(parser.next()?.[1]?.length).toBe(1_000_000)
    expect(parser.next()).toBe(null)
    expect(storeOf(parser).length).toBe(0)
  })
})

const storeOf = (parser: RespParser): Uint8Array =>
  (parser as unknown as { store: Uint8Array }).store

describe('quoting', () => {
  it('makes the words that were quoted', () => {
    const quote = (word: string): string =>
      `"${[...word].map((c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')}"`
    fc.assert(
      fc.property(fc.array(byteString(10), { minLength: 1 }), (argv) => {
        expect(splitInline(argv.map(quote).join(' '))).toEqual(argv)
        expect(parse([`${argv.map(quote).join(' ')}\r\n`]).requests).toEqual([argv])
      }),
    )
  })

  it('that does not balance makes no words', () => {
    for (const line of ['"', "'", 'a "b', "a 'b", '"a"b', "'a'b", '"a\\"', "'a\\'"]) {
      expect(splitInline(line)).toBe(undefined)
    }
  })
})
