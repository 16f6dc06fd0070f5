/** Data of every type and layout, as requests that any server since 7.0 understands, or a newer one. */
import * as fc from 'fast-check'
import { compareVersions } from './real.ts'
import { requests } from './values.ts'

/** Thresholds of layouts, by what they make. Each is a set of flags and options alike. */
export const LAYOUTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'as usual': {},
  'nothing compact': {
    'hash-max-listpack-entries': '0',
    'set-max-intset-entries': '0',
    'zset-max-listpack-entries': '0',
    'list-max-listpack-size': '1',
    'stream-node-max-entries': '1',
  },
  'everything compact': {
    'hash-max-listpack-entries': '100000',
    'hash-max-listpack-value': '100000',
    'set-max-intset-entries': '100000',
    'zset-max-listpack-entries': '100000',
    'zset-max-listpack-value': '100000',
    'list-max-listpack-size': '10000',
    'stream-node-max-entries': '0',
    'stream-node-max-bytes': '0',
  },
  'nodes of four kilobytes, nothing compressed': {
    'list-max-listpack-size': '-1',
    rdbcompression: 'no',
    rdbchecksum: 'no',
    'stream-node-max-bytes': '100',
  },
  'numbers of uses': { 'maxmemory-policy': 'allkeys-lfu' },
  'times of uses': { 'maxmemory-policy': 'allkeys-lru' },
}

const DEADLINE = '33000000000000'

/** Redis 7.0 prints scores in another way, which its digest sees: only those that print alike. */
const plain = (request: readonly string[]): boolean =>
  request[0] !== 'ZADD' ||
  request.slice(2).every((word, i) => i % 2 === 1 || /^-?\d{1,9}$/.test(word))

/** Requests that make the data, in three databases. */
export function corpus(version: string, seed = 21, count = 250): string[][] {
  const random = fc
    .sample(requests, { seed, numRuns: count })
    .map((request, i) => [request[0] as string, `key:${i}`, ...request.slice(2)])
    .filter(plain)
  const many = (n: number, words: (i: number) => string[]): string[] =>
    Array.from({ length: n }, (_, i) => words(i)).flat()
  const requestsOfAll = [
    ...random,
    ...random
      .filter((_, i) => i % 5 === 0)
      .map(([, key]) => ['PEXPIREAT', key as string, DEADLINE]),
    ['SELECT', '5'],
    ['SET', 'other', 'database'],
    ['SET', '', 'the empty key'],
    ['SET', 'long', 'a text that repeats itself, '.repeat(20_000)],
    [
      'SET',
      'random',
      fc
        .sample(fc.uint8Array({ minLength: 70_000, maxLength: 70_000 }), { seed, numRuns: 1 })
        .map(
          (bytes) =>
            String.fromCharCode(...bytes.slice(0, 30_000)) +
            String.fromCharCode(...bytes.slice(30_000)),
        )
        .join(''),
    ],
    ['RPUSH', 'list', ...many(2000, (i) => [`element ${i}`])],
    ['RPUSH', 'list', 'x'.repeat(20_000), 'y'.repeat(9000), 'last'],
    ['SADD', 'integers', ...many(700, (i) => [`${i * i}`])],
    ['SADD', 'wide', '-1', '40000', '5000000000'],
    ['SADD', 'words', ...many(700, (i) => [`member ${i}`])],
    ['ZADD', 'zset', ...many(700, (i) => [`${i}`, `member ${i}`])],
    ['ZADD', 'ends', '-inf', 'least', 'inf', 'most'],
    ['HSET', 'hash', ...many(700, (i) => [`field ${i}`, `${i}`])],
    ['SELECT', '9'],
    ...Array.from({ length: 250 }, (_, i) => ['XADD', 'stream', `${i + 1}-7`, 'f', `value ${i}`]),
    ['XADD', 'stream', '300-1', 'other', 'fields', 'than', 'before'],
    ['XDEL', 'stream', '5-7', '100-7'],
    ['XGROUP', 'CREATE', 'stream', 'g', '20-0', 'ENTRIESREAD', '19'],
    ['XGROUP', 'CREATE', 'stream', 'empty', '$'],
    ['XCLAIM', 'stream', 'g', 'me', '0', '3-7', 'TIME', '1600000000000', 'FORCE'],
    [
      'XCLAIM',
      'stream',
      'g',
      'you',
      '0',
      '4-7',
      'TIME',
      '1600000000000',
      'RETRYCOUNT',
      '9',
      'FORCE',
    ],
    ['XADD', 'gone', '1-1', 'a', 'b'],
    ['XDEL', 'gone', '1-1'],
  ]
  if (compareVersions(version, '8.6') >= 0) requestsOfAll.push(...newer())
  return requestsOfAll
}

/** What 8.6 has and 7.0 has not. */
function newer(): string[][] {
  return [
    ['HSET', 'timed', 'f', '1', 'g', '2', 'h', '3'],
    ['HPEXPIREAT', 'timed', DEADLINE, 'FIELDS', '1', 'g'],
    ['HPEXPIREAT', 'timed', `${Number(DEADLINE) + 5}`, 'FIELDS', '1', 'f'],
    ['HSET', 'large', ...Array.from({ length: 700 }, (_, i) => [`field ${i}`, 'v']).flat()],
    ['HPEXPIREAT', 'large', DEADLINE, 'FIELDS', '2', 'field 7', 'field 9'],
    ...[[], ['NOQUANT', 'M', '5'], ['BIN'], ['REDUCE', '3']].flatMap((words, kind) => {
      const [reduction, options] = words[0] === 'REDUCE' ? [words, []] : [[], words]
      return Array.from({ length: 60 }, (_, i) => {
        const vector = Array.from({ length: 6 }, (_, k) => String(Math.sin(i * (k + 1) + kind)))
        const attribute = i % 3 === 0 ? ['SETATTR', `{"i":${i}}`] : []
        const set = ['VADD', `vectors:${kind}`, ...reduction, 'VALUES', '6', ...vector]
        return [...set, `element ${i}`, ...options, ...attribute]
      })
    }),
  ]
}
