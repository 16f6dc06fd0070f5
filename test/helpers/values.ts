/** Random values of all types, as requests that make them; and what there is to compare of a key. */
import * as fc from 'fast-check'
import type { Status } from '../../src/core/reply.ts'
import type { Run } from './run.ts'

/** What Redis spells in some way of its own, at the borders of its ways. */
const texts: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...['', '0', '-1', '12', '127', '128', '-128', '-129', '255', '4095', '4096', '-4096', '-4097'],
    ...['32767', '32768', '-32769', '8388607', '8388608', '-8388609', '2147483647', '2147483648'],
    ...[
      '-2147483648',
      '-2147483649',
      '9007199254740993',
      '9223372036854775807',
      '-0',
      '007',
      '1e3',
    ],
    ...['-9223372036854775808', '9223372036854775808', '3.14', 'inf', 'nan'],
  ),
  fc.integer().map(String),
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replace(/[^\0-\xff]/g, '?')),
  fc
    .nat(255)
    .chain((n) =>
      fc
        .constantFrom(1, 20, 21, 44, 45, 63, 64, 65, 126, 127, 128)
        .map((length) => String.fromCharCode(n).repeat(length)),
    ),
)
/** Seldom: a long one, compressible or not. */
const long: fc.Arbitrary<string> = fc.oneof(
  fc
    .constantFrom(4095, 4096, 9000, 20000)
    .map((length) => 'long and longer. '.repeat(length).slice(0, length)),
  fc.uint8Array({ minLength: 300, maxLength: 5000 }).map((bytes) => String.fromCharCode(...bytes)),
)
const mixed = fc.oneof({ weight: 60, arbitrary: texts }, { weight: 1, arbitrary: long })

const few = <T>(item: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.array(item, { minLength: 1, maxLength: 12 }) },
    { weight: 1, arbitrary: fc.array(item, { minLength: 100, maxLength: 700 }) },
  )

const scores = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.integer({ min: -1000, max: 1000 }).map(String),
  fc.constantFrom('inf', '-inf', '0', '0.1', '1e300', '4.9e-320', '17179869184', '-0.5'),
)

/** Requests that make a value of each kind under the key `k`. */
export const REQUESTS: Readonly<Record<string, fc.Arbitrary<string[]>>> = {
  string: mixed.map((text) => ['SET', 'k', text]),
  list: few(mixed).map((items) => ['RPUSH', 'k', ...items]),
  integers: few(
    fc.oneof(fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })).map(String),
  ).map((members) => ['SADD', 'k', ...members]),
  set: few(mixed).map((members) => ['SADD', 'k', ...members]),
  zset: few(fc.tuple(scores, mixed)).map((pairs) => ['ZADD', 'k', ...pairs.flat()]),
  hash: few(fc.tuple(mixed, mixed)).map((pairs) => ['HSET', 'k', ...pairs.flat()]),
}

export const requests: fc.Arbitrary<string[]> = fc.oneof(...Object.values(REQUESTS))

/** Content and layout of a key. */
export function facts(r: Run, key = 'k'): { digest: string; encoding: unknown } {
  return {
    digest: ((r(['DEBUG', 'DIGEST-VALUE', key]) as unknown[])[0] as Status).text,
    encoding: r(['OBJECT', 'ENCODING', key]),
  }
}

const names = fc.constantFrom('g', 'h', 'group 3')
const consumers = fc.constantFrom('alice', 'bob', '')
const ids = fc.integer({ min: 1, max: 400 }).map((n) => `${1 + (n >> 3)}-${n & 7}`)
const request = (...parts: (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string[]> =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))

/** Requests that make a stream under the key `k`; some of them fail, on every server alike. */
export const streamScripts: fc.Arbitrary<string[][]> = fc
  .tuple(
    fc.array(
      fc.array(fc.tuple(fc.constantFrom('field', 'f', '7'), texts), { minLength: 1, maxLength: 3 }),
      {
        minLength: 1,
        maxLength: 150,
      },
    ),
    fc.boolean(),
    fc.array(
      fc.oneof(
        request('XDEL', 'k', ids),
        request('XDEL', 'k', ids, ids, ids),
        request('XTRIM', 'k', 'MAXLEN', fc.integer({ min: 0, max: 150 }).map(String)),
        request('XTRIM', 'k', 'MINID', '~', ids),
        request('XGROUP', 'CREATE', 'k', names, '0'),
        request('XGROUP', 'CREATE', 'k', names, ids, 'ENTRIESREAD', '1'),
        request('XGROUP', 'CREATECONSUMER', 'k', names, consumers),
        request('XREADGROUP', 'GROUP', names, consumers, 'COUNT', '5', 'STREAMS', 'k', '>'),
        request('XREADGROUP', 'GROUP', names, consumers, 'COUNT', '50', 'STREAMS', 'k', '>'),
        request('XACK', 'k', names, ids, ids),
        request('XCLAIM', 'k', names, consumers, '0', ids, 'TIME', '1700000000000', 'FORCE'),
        request(
          'XCLAIM',
          'k',
          names,
          consumers,
          '0',
          ids,
          'TIME',
          '1600000000000',
          'RETRYCOUNT',
          '9',
        ),
        request('XSETID', 'k', '900-5', 'ENTRIESADDED', '4000', 'MAXDELETEDID', '3-1'),
      ),
      { maxLength: 25 },
    ),
  )
  .map(([entries, uniform, more]) => [
    ...entries.map((pairs, i) => [
      ...['XADD', 'k', `${1 + (i >> 3)}-${i & 7 || (i === 0 ? 1 : 0)}`.replace(/^1-0$/, '1-1')],
      ...(uniform ? ['field', pairs[0]?.[1] as string] : pairs.flat()),
    ]),
    ...more,
  ])
