/**
 * One property for all writes: what was propagated, run on an engine whose clock stands still, gives
 * the same data. It catches whatever depends on the clock, on chance, on waiting or on the order of
 * things without saying so in its effects.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Effect } from '../../src/engine/propagation.ts'
import { digest } from '../helpers/digest.ts'
import { type Run, run, START } from '../helpers/run.ts'

const KEYS = ['a', 'b', 'c', 'l', 'm', 'z']
const key = fc.constantFrom(...KEYS)
const set = fc.constantFrom('s', 't', 'u', 'a')
const text = fc.constantFrom('', '0', '7', '-3', '1.25', 'x', 'hello', '\u0000\u00ff')
const field = fc.constantFrom('f', 'g', 'i')
const seconds = fc.integer({ min: -1, max: 3 }).map(String)
const ms = fc.integer({ min: -5, max: 3000 }).map(String)
const count = fc.integer({ min: 0, max: 3000 }).map(String)
const small = fc.integer({ min: 0, max: 4 }).map(String)
const float = fc.constantFrom('0.5', '-1.25', '3')
const database = fc.constantFrom('0', '1')
const condition = fc.constantFrom('NX', 'XX', 'GT', 'LT')

/** What DUMP makes of a string, of a list and of a set of integers, without checksums. */
const payload = fc.constantFrom(
  ...['\0\x02hi', '\x01\x02\x01a\xc0\x05', '\x02\x02\x01x\xc0\x07'].map(
    (content) => `${content}\x0a${'\0'.repeat(9)}`,
  ),
)

/** Of arrays. */
const place = fc.constantFrom('0', '1', '2', '4', '4096', '18446744073709551614')

type Part = string | fc.Arbitrary<string>

/** A request from words and arbitraries. */
const request = (...parts: Part[]): fc.Arbitrary<string[]> =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))

const member = fc.constantFrom('', '0', '7', '-3', '01', 'x', 'hello', '9007199254740993')

const stream = fc.constantFrom('x', 'y')
const id = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(3)).map((parts) => parts.join('-')),
  fc.constantFrom('0', `${START}-0`, `${START}-1`),
)
const newId = fc.oneof(fc.constantFrom('*', '*', '1-*', '5-*'), id)
const group = fc.constantFrom('g', 'h')
const consumer = fc.constantFrom('c', 'd')
const references = fc.constantFrom('KEEPREF', 'DELREF', 'ACKED')
const threshold = fc.constantFrom('=', '~')

const STREAM_WRITES = fc.oneof(
  request('XADD', stream, newId, 'f', text),
  request('XADD', stream, newId, field, text, field, text),
  request('XADD', stream, references, 'MAXLEN', threshold, small, newId, 'f', text),
  request('XADD', stream, 'MINID', threshold, id, newId, 'f', text),
  request('XADD', stream, 'IDMP', 'p', field, '*', 'f', text),
  request('XADD', stream, 'IDMPAUTO', 'p', '*', 'f', text),
  request('XCFGSET', stream, 'IDMP-DURATION', fc.constantFrom('1', '2')),
  request('XTRIM', stream, 'MAXLEN', threshold, small, references),
  request('XTRIM', stream, 'MINID', '~', id, 'LIMIT', small),
  request('XDEL', stream, id, id),
  request('XDELEX', stream, references, 'IDS', '1', id),
  request('XSETID', stream, id),
  request('XSETID', stream, id, 'ENTRIESADDED', small),
  request('XGROUP', 'CREATE', stream, group, fc.constantFrom('$', '0', '3'), 'MKSTREAM'),
  request('XGROUP', 'CREATE', stream, group, id, 'ENTRIESREAD', small),
  request('XGROUP', 'SETID', stream, group, fc.constantFrom('$', '0', '3')),
  request('XGROUP', 'DESTROY', stream, group),
  request('XGROUP', 'CREATECONSUMER', stream, group, consumer),
  request('XGROUP', 'DELCONSUMER', stream, group, consumer),
  request('XREADGROUP', 'GROUP', group, consumer, 'COUNT', small, 'STREAMS', stream, '>'),
  request('XREADGROUP', 'GROUP', group, consumer, 'NOACK', 'STREAMS', stream, '>'),
  request('XREADGROUP', 'GROUP', group, consumer, 'CLAIM', small, 'STREAMS', stream, '>'),
  request('XREADGROUP', 'GROUP', group, consumer, 'BLOCK', '300', 'STREAMS', stream, '>'),
  request(
    'XREADGROUP',
    'GROUP',
    group,
    consumer,
    'BLOCK',
    '0',
    'CLAIM',
    ms,
    'STREAMS',
    stream,
    '>',
  ),
  request('XREADGROUP', 'GROUP', group, consumer, 'STREAMS', stream, stream, '>', '>'),
  request('XACK', stream, group, id, id),
  request('XACKDEL', stream, group, references, 'IDS', '1', id),
  request('XNACK', stream, group, fc.constantFrom('SILENT', 'FAIL', 'FATAL'), 'IDS', '1', id),
  request('XNACK', stream, group, 'FAIL', 'IDS', '1', id, 'FORCE'),
  request('XCLAIM', stream, group, consumer, count, id, id),
  request('XCLAIM', stream, group, consumer, '0', id, 'FORCE', 'IDLE', count, 'LASTID', id),
  request('XAUTOCLAIM', stream, group, consumer, count, '0', 'COUNT', '2'),
  request('DEL', stream),
  request('RENAME', stream, stream),
  request('COPY', stream, stream, 'REPLACE'),
  request('PEXPIRE', stream, ms),
)

const WRITES = fc.oneof(
  request('SADD', set, member, member),
  request('SADD', set, member, member, member, member),
  request('SREM', set, member, member),
  request('SMOVE', set, set, member),
  request('SPOP', set),
  request('SPOP', set, small),
  request('SINTERSTORE', set, set, set),
  request('SUNIONSTORE', set, set, set),
  request('SDIFFSTORE', set, set, set),
  request('RENAME', set, key),
  request('COPY', set, set, 'REPLACE'),
  request('PEXPIRE', set, ms),
  request('SET', key, text),
  request('SET', key, text, 'EX', seconds),
  request('SET', key, text, 'PX', ms, 'NX'),
  request('SET', key, text, 'KEEPTTL'),
  request('SET', key, text, 'XX', 'GET'),
  request('SETEX', key, seconds, text),
  request('PSETEX', key, ms, text),
  request('SETNX', key, text),
  request('GETSET', key, text),
  request('GETDEL', key),
  request('GETEX', key, 'PX', ms),
  request('GETEX', key, 'PERSIST'),
  request('MSET', key, text, key, text),
  request('MSETNX', key, text, key, text),
  request('MSETEX', '2', key, text, key, text, 'PX', ms),
  request('INCR', key),
  request('DECRBY', key, small),
  request('INCRBYFLOAT', key, float),
  request('INCREX', key, 'BYINT', small, 'PX', ms),
  request('DELEX', key, 'IFEQ', text),
  request('APPEND', key, text),
  request('SETRANGE', key, small, text),
  request('RPUSH', key, text, text),
  request('LPUSHX', key, text),
  request('LPOP', key),
  request('RPOP', key, small),
  request('BLPOP', key, key, '0.5'),
  request('BRPOP', key, '0'),
  request('HSET', key, field, text, field, text),
  request('HSETNX', key, field, text),
  request('HINCRBY', key, field, small),
  request('HINCRBYFLOAT', key, field, float),
  request('HDEL', key, field, field),
  request('HEXPIRE', key, count, 'FIELDS', '2', field, field),
  request('HPEXPIRE', key, count, condition, 'FIELDS', '1', field),
  request('HPERSIST', key, 'FIELDS', '1', field),
  request('HGETEX', key, 'PX', count, 'FIELDS', '2', field, field),
  request('HGETEX', key, 'PERSIST', 'FIELDS', '1', field),
  request('HSETEX', key, 'PX', count, 'FIELDS', '2', field, text, field, text),
  request('HSETEX', key, 'FNX', 'EX', small, 'FIELDS', '1', field, text),
  request('HSETEX', key, 'FXX', 'KEEPTTL', 'FIELDS', '1', field, text),
  request('HGETDEL', key, 'FIELDS', '2', field, field),
  request('HIMPORT', 'PREPARE', 'fs', 'i', 'f'),
  request('HIMPORT', 'SET', key, 'fs', text, text),
  request('HGET', key, field),
  request('HRANDFIELD', key),
  request('ZADD', key, float, text, small, text),
  request('ZADD', key, condition, 'INCR', float, text),
  request('ZINCRBY', key, float, text),
  request('ZREM', key, text),
  request('ZPOPMIN', key, small),
  request('ZMPOP', '2', key, key, 'MAX', 'COUNT', '2'),
  request('BZPOPMAX', key, key, '0.5'),
  request('BZMPOP', '0', '2', key, key, 'MIN'),
  request('ZREMRANGEBYRANK', key, '1', small),
  request('ZREMRANGEBYSCORE', key, '-1', float),
  request('ZRANGESTORE', key, key, '0', small),
  request('ZUNIONSTORE', key, '2', key, key, 'WEIGHTS', float, '2'),
  request('ZINTERSTORE', key, '2', key, key),
  request('ZDIFFSTORE', key, '2', key, key),
  request(
    'SORT',
    key,
    'BY',
    fc.constantFrom('nosort', '*', 'a'),
    'ALPHA',
    'LIMIT',
    small,
    '3',
    'STORE',
    key,
  ),
  request('SORT', fc.oneof(key, set), 'GET', '#', 'GET', '*', 'DESC', 'STORE', key),
  request('GEOADD', key, float, float, text, small, small, text),
  request('GEOADD', key, fc.constantFrom('NX', 'XX', 'CH'), small, float, text),
  request('GEOSEARCHSTORE', key, key, 'FROMLONLAT', '0', '0', 'BYRADIUS', small, 'km', 'STOREDIST'),
  request('GEORADIUS', key, '1', '1', count, 'km', 'COUNT', '2', 'ANY', 'STORE', key),
  request('VADD', key, 'VALUES', '2', float, small, text, 'SETATTR', text),
  request('VADD', key, 'VALUES', '2', small, float, text, 'CAS'),
  request('VADD', key, 'REDUCE', '2', 'VALUES', '3', small, float, small, text, 'BIN', 'M', '4'),
  request('VSETATTR', key, text, text),
  request('VREM', key, text),
  request('VSIM', key, 'ELE', text),
  request('VRANDMEMBER', key),
  request('LINSERT', key, 'AFTER', text, text),
  request('LSET', key, small, text),
  request('LREM', key, small, text),
  request('LTRIM', key, small, small),
  request('LMOVE', key, key, 'LEFT', 'RIGHT'),
  request('BRPOPLPUSH', key, key, '0.5'),
  request('LMPOP', '2', key, key, 'LEFT', 'COUNT', '2'),
  request('LMOVEM', key, key, 'LEFT', 'LEFT', 'COUNT', '2', 'OBO'),
  request('BLMOVEM', key, key, 'RIGHT', 'LEFT', '0.5', 'EXACTLY', '2', 'BULK'),
  request('ARSET', key, place, text, text),
  request('ARMSET', key, place, text, place, text),
  request('ARDEL', key, place, place),
  request('ARDELRANGE', key, place, place),
  request('ARINSERT', key, text, text),
  request('ARRING', key, fc.constantFrom('1', '2', '3', '5'), text, text),
  request('ARSEEK', key, place),
  request('SETBIT', key, small, fc.constantFrom('0', '1')),
  request('BITOP', fc.constantFrom('AND', 'XOR', 'ONE'), key, key, key),
  request('BITFIELD', key, 'OVERFLOW', 'FAIL', 'INCRBY', 'u2', small, small),
  request('PFADD', key, text),
  request('PFCOUNT', key),
  request('PFMERGE', key, key),
  request('DEL', key, key),
  request('UNLINK', key),
  request('RENAME', key, key),
  request('RENAMENX', key, key),
  request('COPY', key, key, 'REPLACE'),
  request('COPY', key, key, 'DB', database),
  request('MOVE', key, database),
  request('RESTORE', key, '0', payload, 'REPLACE'),
  request('RESTORE', key, ms, payload),
  request('RESTORE', key, ms, payload, 'REPLACE', 'IDLETIME', '5'),
  request('EXPIRE', key, seconds),
  request('PEXPIRE', key, ms),
  request('PEXPIRE', key, ms, condition),
  request('PERSIST', key),
  request('SELECT', database),
)

const OTHERS = fc.oneof(
  request('GET', key),
  request('EXISTS', key),
  request('SCAN', '0'),
  request('RANDOMKEY'),
  request('MULTI'),
  request('EXEC'),
  request('DISCARD'),
  request('WATCH', key),
)

/** Any of these, called by a script. */
const scripted = (requests: fc.Arbitrary<string[]>): fc.Arbitrary<string[]> =>
  fc
    .tuple(
      requests,
      fc.constantFrom(
        'return redis.pcall(unpack(ARGV))',
        "redis.call('incr', 'n') return redis.pcall(unpack(ARGV))",
        "redis.pcall(unpack(ARGV)) redis.call('rpush', 'l', 'x') error('halfway')",
      ),
    )
    .map(([argv, script]) => ['EVAL', script, '0', ...argv])

const library = fc
  .tuple(fc.constantFrom('p', 'q'), fc.constantFrom('f', 'g'), fc.nat(2))
  .map(
    ([name, fn, n]) =>
      `#!lua name=${name}\nredis.register_function('${fn}', function() return redis.call('incrby', 'n', ${n}) end)`,
  )

const RARE = fc.oneof(
  request('SWAPDB', '0', '1'),
  request('FLUSHDB'),
  request('FLUSHALL'),
  request('FUNCTION', 'LOAD', 'REPLACE', library),
  request('FUNCTION', 'DELETE', fc.constantFrom('p', 'q')),
  request('FUNCTION', 'FLUSH'),
)

const step = fc.record({
  request: fc.oneof(
    { arbitrary: WRITES, weight: 40 },
    { arbitrary: STREAM_WRITES, weight: 20 },
    { arbitrary: OTHERS, weight: 8 },
    { arbitrary: request('FCALL', fc.constantFrom('f', 'g'), '0'), weight: 3 },
    { arbitrary: scripted(fc.oneof(WRITES, STREAM_WRITES)), weight: 8 },
    { arbitrary: RARE, weight: 1 },
  ),
  client: fc.nat(2),
  wait: fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, { arbitrary: fc.nat(700), weight: 1 }),
  /** Whether the cron runs meanwhile, or only time passes. */
  cron: fc.boolean(),
})

/** Give effects to an engine as the journal does: it is loading, and nothing expires by the clock. */
function replay(units: readonly (readonly Effect[])[]): Run {
  const r = run({ clock: 1000, seed: 9 })
  r.engine.loading = true
  r.session.internal = true
  for (const { dbIndex, argv } of units.flat()) {
    r.session.dbIndex = dbIndex
    r(argv)
  }
  return r
}

/** What may wait for ever, or hold back what follows. */
const WAITING = new Set(['MULTI', 'BRPOP', 'BZMPOP', 'XREADGROUP'])

describe('effects', () => {
  it('replayed while the clock stands still give the same data', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const r = run()
        const clients = [r, r.client(), r.client()]
        for (const { request, client, wait, cron } of steps) {
          if (cron) r.clock += wait
          else r.platform.wind(r.clock + wait)
          clients[client]?.(request)
        }
        // What is past its deadline and has not been told of is still there on both sides.
        expect(digest(replay(r.units).engine)).toEqual(digest(r.engine))
      }),
      { numRuns: 400 },
    )
  })

  it('of a long run give the same data at any time in between', () => {
    const steps = fc.sample(step, { numRuns: 5000, seed: 7 })
    const r = run()
    const replica = replay([])
    for (const [i, { request, wait, cron }] of steps.entries()) {
      if (cron) r.clock += wait
      else r.platform.wind(r.clock + wait)
      // Left open, it would hold everything back.
      if (!WAITING.has(request[0] as string)) r(request)
      for (const { dbIndex, argv } of r.units.splice(0).flat()) {
        replica.session.dbIndex = dbIndex
        replica(argv)
      }
      if (i % 10 === 0) expect(digest(replica.engine), `step ${i}`).toEqual(digest(r.engine))
    }
  })
})
