import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CommandError } from '../../src/core/errors.ts'
import { OK, type Verbatim } from '../../src/core/reply.ts'
import { Account } from '../../src/keyspace/account.ts'
import { EMPTY_BYTES } from '../../src/types/size.ts'
import { type Run, run } from '../helpers/run.ts'

const outOfMemory = new CommandError("command not allowed when used memory > 'maxmemory'.", 'OOM')

/** An engine that may hold so many bytes more than it does. */
function limited(policy: string, room: number, fill: (r: Run) => void = () => {}): Run {
  const r = run({ config: { 'maxmemory-policy': policy, 'maxmemory-samples': '10' } })
  fill(r)
  r(['CONFIG', 'SET', 'maxmemory', String(r.engine.eviction.used + room)])
  return r
}

const size = (r: Run): number => r('DBSIZE') as number

describe('CONFIG SET maxmemory', () => {
  it('evicts at once, without a command that asks for it', () => {
    const r = run({ config: { 'maxmemory-policy': 'allkeys-lru' } })
    r('SET foo bar')
    r('CONFIG SET maxmemory 1')
    r.clock += 1
    expect(r.effects.at(-1)).toEqual(['DEL', 'foo'])
  })
})

describe('the account', () => {
  it('is what an engine adds up from the start, whatever commands have done', () => {
    const names = fc.constantFrom('a', 'b', 'c')
    const words = fc.constantFrom('x', 'y'.repeat(100), '7')
    const commands = fc.oneof(
      fc.tuple(fc.constantFrom('SET', 'APPEND', 'RPUSH', 'SADD', 'GETSET'), names, words),
      fc.tuple(fc.constantFrom('DEL', 'LPOP', 'SPOP', 'PERSIST'), names),
      fc.tuple(fc.constant('HSET'), names, words, words),
      fc.tuple(fc.constant('ZADD'), names, fc.constant('1'), words),
      fc.tuple(fc.constant('XADD'), names, fc.constant('*'), words, words),
      fc.tuple(fc.constantFrom('RENAME', 'COPY'), names, names),
      fc.tuple(fc.constant('MOVE'), names, fc.constant('1')),
      fc.tuple(fc.constant('PEXPIRE'), names, fc.constant('5')),
      fc.constantFrom(['FLUSHDB'], ['SWAPDB', '0', '1'], ['SELECT', '1'], ['SELECT', '0']),
    )
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 60 }), (list) => {
        const r = run({ config: { maxmemory: '1gb' } })
        for (const argv of list) {
          r([...argv])
          r.clock += 1
        }
        const { clientLimits, eviction } = r.engine
        const counted = eviction.used - clientLimits.used - EMPTY_BYTES
        expect(counted).toBe(new Account(r.engine.keyspace.databases).bytes)
      }),
    )
  })
})

describe('without a policy that evicts', () => {
  it('what needs more memory is refused, reads and removals are not', () => {
    const r = limited('noeviction', 0, (r) => r('SET a 1'))
    expect(r('SET b 1')).toBe(OK)
    expect(r('SET c 1')).toEqual(outOfMemory)
    expect(r('GET a')).toBe('1')
    expect(r('DEL b')).toBe(1)
    expect(r('SET b 1')).toBe(OK)
    expect(r('MULTI')).toBe(OK)
    expect(r('SET d 1')).toEqual(outOfMemory)
    expect(r('EXEC')).toEqual(
      new CommandError('Transaction discarded because of previous errors.', 'EXECABORT'),
    )
    r('CONFIG SET maxmemory 0')
    expect(r('SET c 1')).toBe(OK)
  })
})

describe.each([
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-lrm',
  'allkeys-random',
  'volatile-lru',
  'volatile-lfu',
  'volatile-lrm',
  'volatile-random',
  'volatile-ttl',
])('%s', (policy) => {
  it('keeps what is used under the limit', () => {
    const r = limited(policy, 20_000)
    for (let i = 0; i < 1000; i++) {
      expect(r(`SET key:${i} ${'x'.repeat(1 + (i % 50))} EX 1000`)).toBe(OK)
      r('PING')
      expect(r.engine.eviction.used).toBeLessThanOrEqual(r.engine.config.int('maxmemory'))
    }
    expect(size(r)).toBeGreaterThan(100)
    expect(r.engine.stats.evictedKeys).toBe(1000 - size(r))
  })

  it(`${policy.startsWith('volatile') ? 'spares' : 'takes'} keys without a deadline`, () => {
    const r = limited(policy, 4000)
    let refused = 0
    for (let i = 0; i < 200; i++) if (r(`SET key:${i} v`) !== OK) refused++
    if (policy.startsWith('volatile')) expect(refused).toBeGreaterThan(100)
    else expect(refused).toBe(0)
  })

  it('finds the few that have a deadline among many that have none', () => {
    if (!policy.startsWith('volatile')) return
    const r = limited(policy, 1000, (r) => {
      for (let i = 0; i < 3000; i++) r(`SET key:${i} v`)
      for (let i = 0; i < 10; i++) r(`SET volatile:${i} v EX ${100 + i}`)
    })
    for (let i = 0; i < 15; i++) expect(r(`SET more:${i} v`)).toBe(OK)
    expect(size(r)).toBe(3025 - r.engine.stats.evictedKeys)
    expect(r('EXISTS key:0 key:2999 more:0')).toBe(3)
  })
})

describe('who goes first', () => {
  const survivors = (policy: string, use: (r: Run, key: string) => void): [number, number] => {
    const r = limited(policy, 42_000)
    for (let i = 0; i < 200; i++) r(`SET old:${i} ${'x'.repeat(50)} EX ${1000 + i}`)
    r.clock += 100_000
    for (let i = 0; i < 100; i++) use(r, `old:${i}`)
    r.clock += 10_000
    for (let i = 0; i < 150; i++) r(`SET new:${i} ${'x'.repeat(50)} EX 5000`)
    const count = (from: number): number => {
      let found = 0
      for (let i = from; i < from + 100; i++)
        found += r.engine.keyspace.at(0).find(`old:${i}`) >= 0 ? 1 : 0
      return found
    }
    return [count(0), count(100)]
  }

  it('by LRU those that were not read for longest', () => {
    const [used, unused] = survivors('allkeys-lru', (r, key) => r(`GET ${key}`))
    expect(used).toBeGreaterThan(90)
    expect(unused).toBeLessThan(60)
  })

  it('by LFU those that were read least', () => {
    const [used, unused] = survivors('allkeys-lfu', (r, key) => {
      for (let i = 0; i < 20; i++) r(`GET ${key}`)
    })
    expect(used).toBeGreaterThan(90)
    expect(unused).toBeLessThan(60)
  })

  it('by LRM those that were not changed for longest, however often they were read', () => {
    const read = survivors('allkeys-lrm', (r, key) => r(`GET ${key}`))
    expect(Math.abs(read[0] - read[1])).toBeLessThan(40)
    const changed = survivors('allkeys-lrm', (r, key) => r(`EXPIRE ${key} 3000`))
    expect(changed[0]).toBeGreaterThan(90)
  })

  it('by TTL those that would go soonest anyway', () => {
    const [soon, late] = survivors('volatile-ttl', () => {})
    expect(soon).toBeLessThan(60)
    expect(late).toBeGreaterThan(80)
  })
})

describe('an eviction', () => {
  it('is told to journal, watchers, caches and subscribers, apart from the command that caused it', () => {
    let watcher = run().client()
    const r = limited('allkeys-lru', 0, (r) => {
      r(`SET old ${'x'.repeat(100)}`)
      watcher = r.client()
      watcher('WATCH old')
    })
    r('CONFIG SET notify-keyspace-events KEA')
    const units: string[][] = []
    r.engine.propagation.listen((unit) => units.push(unit.map(({ argv }) => argv.join(' '))))
    r.clock += 5000
    r('SET new 1')
    r('GET new')
    expect(units).toEqual([['SET new 1'], ['DEL old']])
    expect(r('EXISTS old')).toBe(0)
    watcher('MULTI')
    watcher('PING')
    expect(watcher('EXEC')).not.toEqual(['PONG'])
  })

  it('takes no longer than maxmemory-eviction-tenacity allows, and goes on when the host is idle', () => {
    const r = run({ config: { 'maxmemory-policy': 'allkeys-random' } })
    for (let i = 0; i < 5000; i++) r(`SET key:${i} v`)
    let micros = 0
    r.engine.platform.micros = () => {
      micros += 400
      return micros
    }
    const half = EMPTY_BYTES + (r.engine.eviction.used - EMPTY_BYTES) / 2
    r(['CONFIG', 'SET', 'maxmemory', String(Math.round(half))])
    r('PING')
    const after = size(r)
    expect(after).toBeGreaterThan(4900)
    for (let i = 0; i < 400; i++) r.clock += 1
    expect(r.engine.eviction.used).toBeLessThanOrEqual(r.engine.config.int('maxmemory'))
  })
})

it('looks at all keys where there are no more of them than samples', () => {
  const r = run()
  r('CONFIG SET maxmemory-policy allkeys-lru')
  r('CONFIG SET maxmemory-samples 64')
  for (let i = 0; i < 40; i++) {
    r(['SET', `key:${i}`, 'x'.repeat(10_000)])
    r.clock += 1000
  }
  const used = Number(/used_memory:(\d+)/.exec((r('INFO memory') as Verbatim).text)?.[1])
  r(['CONFIG', 'SET', 'maxmemory', `${used - 95_000}`])
  r('SET another 1')
  const left = Array.from({ length: 40 }, (_, i) => r(`EXISTS key:${i}`) as number)
  const gone = left.lastIndexOf(0) + 1
  expect(gone).toBeGreaterThan(5)
  expect(left.slice(0, gone).every((there) => there === 0)).toBe(true)
})

it('does not hold against a key that it was looked at later than another', () => {
  const r = run()
  r('CONFIG SET maxmemory-policy allkeys-lrm')
  r('CONFIG SET maxmemory-samples 64')
  const all = (name: string) => Array.from({ length: 20 }, (_, i) => `${name}:${i}`)
  for (const key of [...all('read'), ...all('written')]) r(['SET', key, 'x'.repeat(10_000)])
  r.clock += 1000
  for (const key of all('written')) r(['SET', key, 'y'.repeat(10_000)])
  const used = Number(/used_memory:(\d+)/.exec((r('INFO memory') as Verbatim).text)?.[1])
  const room = (bytes: number) => r(['CONFIG', 'SET', 'maxmemory', `${bytes}`])
  const left = (name: string) => r(['EXISTS', ...all(name)])
  room(used - 35_000)
  r('SET first 1')
  expect([left('read'), left('written')]).toEqual([16, 20])
  // Candidates that were kept were looked at a second ago.
  r.clock += 1000
  room(used - 185_000)
  r('SET second 1')
  expect([left('read'), left('written')]).toEqual([1, 20])
})
