/**
 * What is measured of every structure: how it is filled with so many elements, and commands that leave
 * it as large as it is. A command that adds is measured together with the one that takes away.
 *
 * `naive` is the same in plain JavaScript, as one would write it without a library: arrays, `Map`, `Set`,
 * objects, arrays that are kept sorted. A command without it has no obvious counterpart.
 */

export type Words = readonly string[]
/** How the documentation says that the cost grows with the number of elements. */
export type Complexity = 'O(1)' | 'O(log N)' | 'O(N)'

export interface Workload {
  readonly name: string
  readonly complexity: Complexity
  /** The requests of turn `i`: one, or several that together leave everything as large as it was. */
  calls(i: number, pick: Pick): readonly Words[]
}

/** A number below the number of elements, another one each time. */
export type Pick = () => number

export interface Structure {
  readonly name: string
  /** What INFO calls the command without which this structure cannot be measured. */
  readonly needs: string
  /** Requests that make it, some hundred elements in each. */
  fill(count: number): Generator<Words>
  readonly workloads: readonly Workload[]
}

export const padded = (n: number): string => String(n).padStart(10, '0')
export const memberFor = (n: number): string => `member${padded(n)}`
export const valueFor = (n: number): string => `value:${n % 1000}`
/** Scattered, and nearly all different. */
export const scoreFor = (n: number): string => String((Math.imul(n + 1, 0x9e3779b1) >>> 0) / 8)

const PER_REQUEST = 100

/** Requests of `head` and, for each number from 0 to below `count`, a few words. */
function* many(head: Words, count: number, words: (n: number) => Words): Generator<Words> {
  for (let n = 0; n < count; ) {
    const request = [...head]
    for (let i = 0; i < PER_REQUEST && n < count; i++, n++) request.push(...words(n))
    yield request
  }
}

const one = (...words: string[]): readonly Words[] => [words]

/** A workload of one request. */
const call = (
  complexity: Complexity,
  words: (pick: Pick, i: number) => string[],
  name?: string,
): Workload => ({
  name: name ?? (words(() => 0, 0)[0] as string),
  complexity,
  calls: (i, pick) => one(...words(pick, i)),
})

/** A workload of two requests; the cost is the mean of them. */
const pair = (
  complexity: Complexity,
  first: (i: number) => string[],
  second: (i: number) => string[],
): Workload => ({
  name: `${first(0)[0]}+${second(0)[0]}`,
  complexity,
  calls: (i) => [first(i), second(i)],
})

/** Ten elements picked, for commands that take several. */
const ten = (pick: Pick, of: (n: number) => string): string[] =>
  Array.from({ length: 10 }, () => of(pick()))

const extra = (i: number): string => `extra${padded(i)}`

const KEYS: Structure = {
  name: 'keys',
  needs: 'set',
  fill: (count) => many(['MSET'], count, (n) => [memberFor(n), valueFor(n)]),
  workloads: [
    call('O(1)', (pick) => ['GET', memberFor(pick())]),
    call('O(1)', (pick, i) => ['SET', memberFor(pick()), valueFor(i)]),
    pair(
      'O(1)',
      (i) => ['SET', extra(i), 'value'],
      (i) => ['DEL', extra(i)],
    ),
    call('O(1)', (pick) => ['MGET', ...ten(pick, memberFor)], 'MGET, 10'),
    call('O(1)', (pick) => ['EXISTS', memberFor(pick())]),
    call('O(1)', (pick) => ['STRLEN', memberFor(pick())]),
    call('O(1)', (pick) => ['TYPE', memberFor(pick())]),
    call('O(1)', (pick) => ['TTL', memberFor(pick())]),
    call('O(1)', (pick, i) => ['EXPIRE', memberFor(pick()), String(10_000 + (i % 1000))]),
    call('O(1)', () => ['INCR', 'counter']),
    call('O(1)', () => ['RANDOMKEY']),
    call('O(1)', () => ['SCAN', '0', 'COUNT', '10']),
  ],
}

const STRING: Structure = {
  name: 'string',
  needs: 'setbit',
  *fill(count) {
    yield ['SETRANGE', 'key', String(count - 1), 'x']
  },
  workloads: [
    call('O(1)', (pick) => ['SETBIT', 'key', String(pick()), '1']),
    call('O(1)', (pick) => ['GETBIT', 'key', String(pick())]),
    call('O(1)', (pick) => {
      const at = pick()
      return ['GETRANGE', 'key', String(at), String(at + 9)]
    }),
    call('O(1)', (pick) => ['SETRANGE', 'key', String(pick() >> 1), 'abcde']),
    call('O(1)', (pick) => ['BITFIELD', 'key', 'INCRBY', 'u8', `#${pick() >> 1}`, '1']),
    call('O(1)', () => ['STRLEN', 'key']),
    call('O(N)', () => ['BITCOUNT', 'key']),
    call('O(N)', () => ['BITPOS', 'key', '1', '-2']),
  ],
}

const LIST: Structure = {
  name: 'list',
  needs: 'rpush',
  fill: (count) => many(['RPUSH', 'key'], count, (n) => [memberFor(n)]),
  workloads: [
    pair(
      'O(1)',
      (i) => ['LPUSH', 'key', extra(i)],
      () => ['RPOP', 'key'],
    ),
    pair(
      'O(1)',
      (i) => ['RPUSH', 'key', extra(i)],
      () => ['LPOP', 'key'],
    ),
    call('O(1)', () => ['LMOVE', 'key', 'key', 'LEFT', 'RIGHT']),
    call('O(1)', () => ['LINDEX', 'key', '0'], 'LINDEX, first'),
    call('O(N)', (pick) => ['LINDEX', 'key', String(pick())], 'LINDEX, any'),
    call('O(N)', (pick, i) => ['LSET', 'key', String(pick()), extra(i)], 'LSET, any'),
    call('O(1)', () => ['LRANGE', 'key', '0', '9'], 'LRANGE, first 10'),
    call(
      'O(N)',
      (pick) => {
        const at = pick()
        return ['LRANGE', 'key', String(at), String(at + 9)]
      },
      'LRANGE, any 10',
    ),
    call('O(1)', () => ['LLEN', 'key']),
    {
      name: 'LINSERT+LREM, middle',
      complexity: 'O(N)',
      calls: (i) => [
        ['RPUSH', 'key', extra(i)],
        ['LINSERT', 'key', 'BEFORE', extra(i), 'inserted'],
        ['LREM', 'key', '-1', 'inserted'],
        ['RPOP', 'key'],
      ],
    },
  ],
}

const SET: Structure = {
  name: 'set',
  needs: 'sadd',
  fill: (count) => many(['SADD', 'key'], count, (n) => [memberFor(n)]),
  workloads: [
    call('O(1)', (pick) => ['SADD', 'key', memberFor(pick())], 'SADD, there'),
    pair(
      'O(1)',
      (i) => ['SADD', 'key', extra(i)],
      (i) => ['SREM', 'key', extra(i)],
    ),
    call('O(1)', (pick) => ['SISMEMBER', 'key', memberFor(pick())]),
    call('O(1)', (pick) => ['SMISMEMBER', 'key', ...ten(pick, memberFor)], 'SMISMEMBER, 10'),
    call('O(1)', () => ['SRANDMEMBER', 'key']),
    call('O(1)', () => ['SRANDMEMBER', 'key', '5'], 'SRANDMEMBER, 5'),
    pair(
      'O(1)',
      () => ['SPOP', 'key'],
      (i) => ['SADD', 'key', extra(i)],
    ),
    call('O(1)', () => ['SSCAN', 'key', '0', 'COUNT', '10']),
    call('O(1)', () => ['SCARD', 'key']),
  ],
}

const HASH: Structure = {
  name: 'hash',
  needs: 'hset',
  fill: (count) => many(['HSET', 'key'], count, (n) => [memberFor(n), valueFor(n)]),
  workloads: [
    call('O(1)', (pick, i) => ['HSET', 'key', memberFor(pick()), valueFor(i)]),
    pair(
      'O(1)',
      (i) => ['HSET', 'key', extra(i), 'value'],
      (i) => ['HDEL', 'key', extra(i)],
    ),
    call('O(1)', (pick) => ['HGET', 'key', memberFor(pick())]),
    call('O(1)', (pick) => ['HMGET', 'key', ...ten(pick, memberFor)], 'HMGET, 10'),
    call('O(1)', (pick) => ['HEXISTS', 'key', memberFor(pick())]),
    call('O(1)', (pick) => ['HSTRLEN', 'key', memberFor(pick())]),
    call('O(1)', () => ['HINCRBY', 'key', 'counter', '1']),
    call('O(1)', () => ['HRANDFIELD', 'key']),
    call('O(1)', () => ['HSCAN', 'key', '0', 'COUNT', '10']),
    call('O(1)', () => ['HLEN', 'key']),
  ],
}

const ZSET: Structure = {
  name: 'zset',
  needs: 'zadd',
  fill: (count) => many(['ZADD', 'key'], count, (n) => [scoreFor(n), memberFor(n)]),
  workloads: [
    call('O(log N)', (pick, i) => ['ZADD', 'key', scoreFor(i), memberFor(pick())], 'ZADD, there'),
    pair(
      'O(log N)',
      (i) => ['ZADD', 'key', scoreFor(i), extra(i)],
      (i) => ['ZREM', 'key', extra(i)],
    ),
    call('O(log N)', (pick) => ['ZINCRBY', 'key', '10', memberFor(pick())]),
    call('O(1)', (pick) => ['ZSCORE', 'key', memberFor(pick())]),
    call('O(log N)', (pick) => ['ZRANK', 'key', memberFor(pick())]),
    call(
      'O(log N)',
      (pick) => {
        const at = pick()
        return ['ZRANGE', 'key', String(at), String(at + 9)]
      },
      'ZRANGE, 10',
    ),
    call(
      'O(log N)',
      (pick) => ['ZRANGEBYSCORE', 'key', scoreFor(pick()), '+inf', 'LIMIT', '0', '10'],
      'ZRANGEBYSCORE, 10',
    ),
    call('O(log N)', (pick) => ['ZCOUNT', 'key', scoreFor(pick()), '+inf']),
    {
      name: 'ZPOPMIN+ZADD',
      complexity: 'O(log N)',
      calls: (i) => [
        ['ZPOPMIN', 'key'],
        ['ZADD', 'key', scoreFor(i), extra(i)],
      ],
    },
    call('O(1)', () => ['ZRANDMEMBER', 'key']),
    call('O(1)', () => ['ZSCAN', 'key', '0', 'COUNT', '10']),
    call('O(1)', () => ['ZCARD', 'key']),
  ],
}

/** IDs are 1-1, 2-1 …, so that any of them can be named. */
const STREAM: Structure = {
  name: 'stream',
  needs: 'xadd',
  *fill(count) {
    for (let n = 1; n <= count; n++)
      yield ['XADD', 'key', `${n}-1`, 'field', valueFor(n), 'other', valueFor(n + 7)]
    yield ['XGROUP', 'CREATE', 'key', 'group', '$']
  },
  workloads: [
    call(
      'O(log N)',
      (pick) => ['XRANGE', 'key', `${pick() + 1}`, '+', 'COUNT', '10'],
      'XRANGE, 10',
    ),
    call(
      'O(log N)',
      (pick) => ['XREVRANGE', 'key', `${pick() + 1}`, '-', 'COUNT', '10'],
      'XREVRANGE, 10',
    ),
    call(
      'O(log N)',
      (pick) => ['XREAD', 'COUNT', '10', 'STREAMS', 'key', `${pick()}-1`],
      'XREAD, 10',
    ),
    call('O(1)', () => ['XLEN', 'key']),
    {
      name: 'XADD+XDEL',
      complexity: 'O(1)',
      calls: (i) => [
        ['XADD', 'key', `${100_000_000 + i}-1`, 'field', 'value', 'other', 'value'],
        ['XDEL', 'key', `${100_000_000 + i}-1`],
      ],
    },
    {
      name: 'XADD+XREADGROUP+XACK+XDEL',
      complexity: 'O(1)',
      calls: (i) => [
        ['XADD', 'key', `${200_000_000 + i}-1`, 'field', 'value', 'other', 'value'],
        ['XREADGROUP', 'GROUP', 'group', 'me', 'COUNT', '1', 'STREAMS', 'key', '>'],
        ['XACK', 'key', 'group', `${200_000_000 + i}-1`],
        ['XDEL', 'key', `${200_000_000 + i}-1`],
      ],
    },
  ],
}

const HYPERLOGLOG: Structure = {
  name: 'hyperloglog',
  needs: 'pfadd',
  fill: (count) => many(['PFADD', 'key'], count, (n) => [memberFor(n)]),
  workloads: [
    call('O(1)', (pick) => ['PFADD', 'key', memberFor(pick())]),
    call('O(1)', () => ['PFCOUNT', 'key']),
  ],
}

const GEO: Structure = {
  name: 'geo',
  needs: 'geoadd',
  fill: (count) => many(['GEOADD', 'key'], count, (n) => [...placeFor(n), memberFor(n)]),
  workloads: [
    pair(
      'O(log N)',
      (i) => ['GEOADD', 'key', ...placeFor(i), extra(i)],
      (i) => ['ZREM', 'key', extra(i)],
    ),
    call('O(1)', (pick) => ['GEOPOS', 'key', memberFor(pick())]),
    call('O(1)', (pick) => ['GEODIST', 'key', memberFor(pick()), memberFor(pick())]),
    call(
      'O(log N)',
      (_pick, i) => ['GEOSEARCH', 'key', 'FROMLONLAT', ...placeFor(i), 'BYRADIUS', '1', 'km'],
      'GEOSEARCH, 1 km',
    ),
  ],
}

function placeFor(n: number): string[] {
  const scattered = Math.imul(n + 1, 0x9e3779b1) >>> 0
  return [String((scattered % 36_000) / 100 - 180), String(((scattered >>> 8) % 160) - 80)]
}

export const STRUCTURES: readonly Structure[] = [
  KEYS,
  STRING,
  LIST,
  SET,
  HASH,
  ZSET,
  STREAM,
  HYPERLOGLOG,
  GEO,
]

export function structureOf(name: string): Structure {
  const found = STRUCTURES.find((structure) => structure.name === name)
  if (found === undefined) throw new Error(`no structure "${name}"`)
  return found
}
