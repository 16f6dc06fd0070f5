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
  /** How many elements, where the usual numbers would take too long to make. */
  readonly sizes?: readonly [number, number, number]
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

/** Ten keys that are there from the beginning, and a value for each. */
const tenAt = (i: number, value: string): string[] =>
  Array.from({ length: 10 }, (_, n) => [memberFor(n), `${value}:${(i + n) % 1000}`]).flat()

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
    pair(
      'O(1)',
      (i) => ['SETEX', extra(i), '1000', 'value'],
      (i) => ['UNLINK', extra(i)],
    ),
    pair(
      'O(1)',
      (i) => ['EXPIRE', memberFor(i % 10), '1000'],
      (i) => ['PERSIST', memberFor(i % 10)],
    ),
    call('O(1)', (pick) => ['GETEX', memberFor(pick()), 'PERSIST']),
    call('O(1)', (pick, i) => ['GETSET', memberFor(pick()), valueFor(i)]),
    call('O(1)', (pick, i) => ['SETNX', memberFor(pick()), valueFor(i)], 'SETNX, there'),
    pair(
      'O(1)',
      (i) => ['SET', extra(i), 'value'],
      (i) => ['GETDEL', extra(i)],
    ),
    {
      name: 'SET+RENAME+DEL',
      complexity: 'O(1)',
      calls: (i) => [
        ['SET', extra(i), 'value'],
        ['RENAME', extra(i), 'renamed'],
        ['DEL', 'renamed'],
      ],
    },
    pair(
      'O(1)',
      (i) => ['COPY', memberFor(i % 10), 'copy'],
      () => ['DEL', 'copy'],
    ),
    call('O(1)', (_pick, i) => ['MSET', ...tenAt(i, 'value')], 'MSET, 10'),
    call('O(1)', () => ['INCR', 'counter']),
    call('O(1)', () => ['INCRBYFLOAT', 'float', '0.5']),
    call('O(1)', (pick) => ['DUMP', memberFor(pick())]),
    call('O(1)', (pick) => ['OBJECT', 'ENCODING', memberFor(pick())]),
    call('O(1)', (pick) => ['TOUCH', memberFor(pick())]),
    call('O(1)', () => ['RANDOMKEY']),
    call('O(1)', () => ['SCAN', '0', 'COUNT', '10']),
    call('O(1)', () => ['DBSIZE']),
    call('O(N)', () => ['KEYS', 'nothing*']),
  ],
}

/** One string of so many bytes. */
function* bytes(count: number): Generator<Words> {
  yield ['SETRANGE', 'key', String(count - 1), 'x']
}

const STRING: Structure = {
  name: 'string',
  needs: 'setrange',
  fill: bytes,
  workloads: [
    call('O(1)', (pick) => {
      const at = pick()
      return ['GETRANGE', 'key', String(at), String(at + 9)]
    }),
    call('O(1)', (pick) => ['SETRANGE', 'key', String(pick() >> 1), 'abcde']),
    call('O(1)', () => ['STRLEN', 'key']),
    call('O(1)', () => ['APPEND', 'other', 'x']),
    call('O(N)', () => ['GET', 'key']),
  ],
}

const BITMAP: Structure = {
  name: 'bitmap',
  needs: 'setbit',
  fill: bytes,
  workloads: [
    call('O(1)', (pick) => ['SETBIT', 'key', String(pick()), '1']),
    call('O(1)', (pick) => ['GETBIT', 'key', String(pick())]),
    call('O(1)', (pick) => ['BITFIELD', 'key', 'INCRBY', 'u8', `#${pick() >> 1}`, '1']),
    call('O(1)', (pick) => ['BITFIELD_RO', 'key', 'GET', 'u8', `#${pick() >> 1}`]),
    call(
      'O(1)',
      (pick) => {
        const at = pick() >> 1
        return ['BITCOUNT', 'key', String(at), String(at + 9)]
      },
      'BITCOUNT, 10 bytes',
    ),
    call('O(N)', () => ['BITCOUNT', 'key']),
    call('O(N)', () => ['BITPOS', 'key', '1', '-2']),
    call('O(N)', () => ['BITOP', 'NOT', 'other', 'key'], 'BITOP, NOT'),
    call('O(N)', () => ['BITOP', 'AND', 'third', 'key', 'other'], 'BITOP, AND'),
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
    pair(
      'O(1)',
      (i) => ['RPUSH', 'key', extra(i)],
      () => ['LTRIM', 'key', '1', '-1'],
    ),
    {
      name: 'LPUSH+LMPOP',
      complexity: 'O(1)',
      calls: (i) => [
        ['LPUSH', 'key', extra(i)],
        ['LMPOP', '1', 'key', 'LEFT'],
      ],
    },
    call('O(N)', () => ['LPOS', 'key', 'nothing'], 'LPOS, not there'),
    call('O(N)', () => ['LRANGE', 'key', '0', '-1'], 'LRANGE, all'),
    {
      name: 'LINSERT+LREM, last',
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
  *fill(count) {
    yield* many(['SADD', 'key'], count, (n) => [memberFor(n)])
    yield ['SADD', 'ten', ...Array.from({ length: 10 }, (_, n) => memberFor(n))]
  },
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
    {
      name: 'SADD+SMOVE+SREM',
      complexity: 'O(1)',
      calls: (i) => [
        ['SADD', 'key', extra(i)],
        ['SMOVE', 'key', 'other', extra(i)],
        ['SREM', 'other', extra(i)],
      ],
    },
    call('O(1)', () => ['SINTER', 'key', 'ten'], 'SINTER, with 10'),
    call('O(1)', () => ['SINTERCARD', '2', 'key', 'ten'], 'SINTERCARD, with 10'),
    call('O(1)', () => ['SDIFF', 'ten', 'key'], 'SDIFF, of 10'),
    call('O(N)', () => ['SUNION', 'key', 'ten'], 'SUNION, with 10'),
    call('O(N)', () => ['SUNIONSTORE', 'copy', 'key', 'ten'], 'SUNIONSTORE, with 10'),
    call('O(N)', () => ['SMEMBERS', 'key']),
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
    call('O(1)', () => ['HRANDFIELD', 'key', '5', 'WITHVALUES'], 'HRANDFIELD, 5'),
    call('O(1)', () => ['HSCAN', 'key', '0', 'COUNT', '10']),
    call('O(1)', () => ['HLEN', 'key']),
    call('O(1)', (pick) => ['HSETNX', 'key', memberFor(pick()), 'value'], 'HSETNX, there'),
    call('O(1)', (_pick, i) => ['HSET', 'key', ...tenAt(i, 'value')], 'HSET, 10'),
    call('O(1)', () => ['HINCRBYFLOAT', 'key', 'float', '0.5']),
    call('O(N)', () => ['HGETALL', 'key']),
    call('O(N)', () => ['HKEYS', 'key']),
    call('O(N)', () => ['HVALS', 'key']),
    // Last: they make another hash of it, and an older server does not know them.
    {
      name: 'HSET+HGETDEL',
      complexity: 'O(1)',
      calls: (i) => [
        ['HSET', 'key', extra(i), 'value'],
        ['HGETDEL', 'key', 'FIELDS', '1', extra(i)],
      ],
    },
    call('O(1)', (pick) => ['HEXPIRE', 'key', '1000', 'FIELDS', '1', memberFor(pick())]),
    call('O(1)', (pick) => ['HTTL', 'key', 'FIELDS', '1', memberFor(pick())]),
    call('O(1)', (pick) => ['HPERSIST', 'key', 'FIELDS', '1', memberFor(pick())]),
  ],
}

const ZSET: Structure = {
  name: 'zset',
  needs: 'zadd',
  *fill(count) {
    yield* many(['ZADD', 'key'], count, (n) => [scoreFor(n), memberFor(n)])
    yield* many(['ZADD', 'ten'], 10, (n) => [scoreFor(n), memberFor(n)])
  },
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
    {
      name: 'ZPOPMAX+ZADD',
      complexity: 'O(log N)',
      calls: (i) => [
        ['ZPOPMAX', 'key'],
        ['ZADD', 'key', scoreFor(i), extra(i)],
      ],
    },
    call('O(1)', (pick) => ['ZMSCORE', 'key', ...ten(pick, memberFor)], 'ZMSCORE, 10'),
    call('O(log N)', (pick) => ['ZREVRANK', 'key', memberFor(pick())]),
    call(
      'O(log N)',
      (pick) => {
        const at = pick()
        return ['ZRANGE', 'key', String(at), String(at + 9), 'REV', 'WITHSCORES']
      },
      'ZRANGE, 10, REV',
    ),
    call(
      'O(log N)',
      (pick) => {
        const at = pick()
        return ['ZRANGESTORE', 'other', 'key', String(at), String(at + 9)]
      },
      'ZRANGESTORE, 10',
    ),
    call('O(log N)', () => ['ZLEXCOUNT', 'key', '-', '+']),
    {
      name: 'ZADD+ZREMRANGEBYRANK',
      complexity: 'O(log N)',
      calls: (i) => [
        ['ZADD', 'key', '-1', extra(i)],
        ['ZREMRANGEBYRANK', 'key', '0', '0'],
      ],
    },
    {
      name: 'ZADD+ZREMRANGEBYSCORE',
      complexity: 'O(log N)',
      calls: (i) => [
        ['ZADD', 'key', '-1', extra(i)],
        ['ZREMRANGEBYSCORE', 'key', '-1', '-1'],
      ],
    },
    call('O(1)', () => ['ZINTER', '2', 'key', 'ten'], 'ZINTER, with 10'),
    call('O(1)', () => ['ZRANDMEMBER', 'key']),
    call('O(1)', () => ['ZSCAN', 'key', '0', 'COUNT', '10']),
    call('O(1)', () => ['ZCARD', 'key']),
    call('O(N)', () => ['ZRANGE', 'key', '0', '-1', 'WITHSCORES'], 'ZRANGE, all'),
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
    call('O(1)', () => ['XINFO', 'STREAM', 'key']),
    {
      name: 'XADD+XTRIM+XDEL',
      complexity: 'O(1)',
      calls: (i) => [
        ['XADD', 'key', `${50_000_000 + i}-1`, 'field', 'value', 'other', 'value'],
        ['XTRIM', 'key', 'MAXLEN', '~', '2000000'],
        ['XDEL', 'key', `${50_000_000 + i}-1`],
      ],
    },
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
    call('O(1)', () => ['XPENDING', 'key', 'group']),
    call('O(1)', () => ['XAUTOCLAIM', 'key', 'group', 'me', '0', '0', 'COUNT', '10']),
  ],
}

const HYPERLOGLOG: Structure = {
  name: 'hyperloglog',
  needs: 'pfadd',
  fill: (count) => many(['PFADD', 'key'], count, (n) => [memberFor(n)]),
  workloads: [
    call('O(1)', (pick) => ['PFADD', 'key', memberFor(pick())]),
    call('O(1)', () => ['PFCOUNT', 'key']),
    call('O(1)', () => ['PFMERGE', 'other', 'key']),
    call('O(1)', () => ['PFCOUNT', 'key', 'other'], 'PFCOUNT, of two'),
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
    call('O(1)', (pick) => ['GEOHASH', 'key', memberFor(pick())]),
    call(
      'O(log N)',
      (_pick, i) => ['GEOSEARCH', 'key', 'FROMLONLAT', ...placeFor(i), 'BYBOX', '2', '2', 'km'],
      'GEOSEARCH, box of 2 km',
    ),
  ],
}

function placeFor(n: number): string[] {
  const scattered = Math.imul(n + 1, 0x9e3779b1) >>> 0
  return [String((scattered % 36_000) / 100 - 180), String(((scattered >>> 8) % 160) - 80)]
}

const ARRAY: Structure = {
  name: 'array',
  needs: 'arset',
  fill: (count) => many(['ARINSERT', 'key'], count, (n) => [valueFor(n)]),
  workloads: [
    call('O(1)', (pick) => ['ARGET', 'key', String(pick())]),
    call('O(1)', (pick) => ['ARMGET', 'key', ...ten(pick, String)], 'ARMGET, 10'),
    call(
      'O(1)',
      (pick) => {
        const at = pick()
        return ['ARGETRANGE', 'key', String(at), String(at + 9)]
      },
      'ARGETRANGE, 10',
    ),
    call('O(1)', (pick, i) => ['ARSET', 'key', String(pick()), valueFor(i)]),
    pair(
      'O(1)',
      (i) => ['ARSET', 'key', String(2_000_000 + (i % 1000)), 'value'],
      (i) => ['ARDEL', 'key', String(2_000_000 + (i % 1000))],
    ),
    call('O(1)', (_pick, i) => ['ARRING', 'ring', '1000', valueFor(i)]),
    call('O(1)', () => ['ARLASTITEMS', 'key', '10'], 'ARLASTITEMS, 10'),
    call('O(1)', () => ['ARLEN', 'key']),
    call('O(1)', () => ['ARCOUNT', 'key']),
    call('O(1)', () => ['ARNEXT', 'key']),
    call(
      'O(1)',
      (pick) => ['ARSCAN', 'key', String(pick()), '3000000', 'LIMIT', '10'],
      'ARSCAN, 10',
    ),
    call('O(N)', () => ['ARGREP', 'key', '0', '3000000', 'EXACT', 'nothing'], 'ARGREP, exact'),
    call('O(N)', () => ['AROP', 'key', '0', '3000000', 'USED'], 'AROP, USED'),
  ],
}

const DIMENSIONS = 32
const vectorFor = (n: number): string[] =>
  Array.from({ length: DIMENSIONS }, (_, i) => {
    const scattered = Math.imul(n * DIMENSIONS + i + 1, 0x9e3779b1) >>> 0
    return String((scattered % 2000) / 1000 - 1)
  })
const values = (n: number): string[] => ['VALUES', String(DIMENSIONS), ...vectorFor(n)]

const VECTORS: Structure = {
  name: 'vectors',
  needs: 'vadd',
  sizes: [10, 1000, 20_000],
  *fill(count) {
    for (let n = 0; n < count; n++) yield ['VADD', 'key', ...values(n), memberFor(n)]
  },
  workloads: [
    call('O(log N)', (_pick, i) => ['VSIM', 'key', ...values(i), 'COUNT', '10'], 'VSIM, 10'),
    call('O(log N)', (pick) => ['VSIM', 'key', 'ELE', memberFor(pick()), 'COUNT', '10']),
    pair(
      'O(log N)',
      (i) => ['VADD', 'key', ...values(i), extra(i)],
      (i) => ['VREM', 'key', extra(i)],
    ),
    call('O(1)', (pick) => ['VEMB', 'key', memberFor(pick())]),
    call('O(1)', () => ['VRANDMEMBER', 'key']),
    call('O(1)', () => ['VCARD', 'key']),
  ],
}

export const STRUCTURES: readonly Structure[] = [
  KEYS,
  STRING,
  BITMAP,
  LIST,
  SET,
  HASH,
  ZSET,
  STREAM,
  HYPERLOGLOG,
  GEO,
  ARRAY,
  VECTORS,
]

export function structureOf(name: string): Structure {
  const found = STRUCTURES.find((structure) => structure.name === name)
  if (found === undefined) throw new Error(`no structure "${name}"`)
  return found
}
