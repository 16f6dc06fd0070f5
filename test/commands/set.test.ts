import { describe, expect, it } from 'vitest'
import {
  invalidCursor,
  mustBePositive,
  notAnInteger,
  outOfRange,
  syntaxError,
  wrongType,
} from '../../src/core/errors.ts'
import { type Reply, SetReply } from '../../src/core/reply.ts'
import { listen } from '../helpers/events.ts'
import { type Run, run } from '../helpers/run.ts'

const members = (reply: Reply): string[] => [...(reply as SetReply).items] as string[]
const stored = (r: Run, key: string): string[] => members(r(`SMEMBERS ${key}`)).sort()

/** A set of so many words, which is a dictionary when there are more than 128. */
function fill(r: Run, key: string, count: number): string[] {
  const words = Array.from({ length: count }, (_, i) => `m${i}`)
  r(['SADD', key, ...words])
  return words.sort()
}

describe('SADD and SREM', () => {
  it('count what was added and what was removed', () => {
    const r = run()
    expect(r('SADD s a b a')).toBe(2)
    expect(r('SADD s b c')).toBe(1)
    expect(r('SADD s c')).toBe(0)
    expect(r('SREM s a x a')).toBe(1)
    expect(stored(r, 's')).toEqual(['b', 'c'])
    expect(r('SREM none a')).toBe(0)
    expect(r.engine.dirty).toBe(4)
  })

  it('remove the key with the last member and look no further', () => {
    const r = run()
    const events = listen(r)
    r('SADD s a b')
    expect(r('SREM s a b c')).toBe(2)
    expect(r('EXISTS s')).toBe(0)
    expect(events()).toEqual(['sadd s', 'srem s', 'del s'])
  })

  it('that change nothing fire nothing, propagate nothing and keep watchers content', () => {
    const r = run()
    r('SADD s a')
    const events = listen(r)
    r.effects.length = 0
    r('WATCH s')
    const other = r.client()
    other('SADD s a')
    other('SREM s x')
    r('MULTI')
    expect(r('EXEC')).toEqual([])
    expect(events()).toEqual([])
    expect(r.effects).toEqual([])
  })

  it('refuse another type', () => {
    const r = run()
    r('SET k x')
    for (const request of [
      'SADD k a',
      'SREM k a',
      'SMOVE k s a',
      'SCARD k',
      'SISMEMBER k a',
      'SMISMEMBER k a',
      'SMEMBERS k',
      'SPOP k',
      'SPOP k 0',
      'SRANDMEMBER k',
      'SRANDMEMBER k 0',
      'SSCAN k 0',
    ]) {
      expect(r(request), request).toBe(wrongType)
    }
    expect(r('GET k')).toBe('x')
  })
})

describe('SMOVE', () => {
  it('fires srem, del, sadd, and counts a change on either side', () => {
    const r = run()
    r('SADD a 1')
    r('SADD b 2')
    const events = listen(r)
    r.engine.dirty = 0
    expect(r('SMOVE a b 1')).toBe(1)
    expect(events()).toEqual(['srem a', 'del a', 'sadd b'])
    expect(r.engine.dirty).toBe(2)
    expect(stored(r, 'b')).toEqual(['1', '2'])
  })

  it('of a member that the destination has is one change', () => {
    const r = run()
    r('SADD a 1 2')
    r('SADD b 1')
    const events = listen(r)
    r.engine.dirty = 0
    expect(r('SMOVE a b 1')).toBe(1)
    expect(events()).toEqual(['srem a'])
    expect(r.engine.dirty).toBe(1)
  })

  it('from a set to itself only tells whether it is there', () => {
    const r = run()
    r('SADD a 1')
    r.effects.length = 0
    expect([r('SMOVE a a 1'), r('SMOVE a a 2')]).toEqual([1, 0])
    expect(r.effects).toEqual([])
  })

  it('looks at the destination only if there is a source', () => {
    const r = run()
    r('SET k x')
    expect(r('SMOVE none k 1')).toBe(0)
    r('SADD a 1')
    expect(r('SMOVE a k 9')).toBe(wrongType)
    expect(stored(r, 'a')).toEqual(['1'])
  })
})

describe('SPOP', () => {
  it('draws every member sooner or later, and tells replicas which', () => {
    const r = run()
    const words = fill(r, 's', 200)
    r.effects.length = 0
    const popped = Array.from({ length: 200 }, () => r('SPOP s') as string)
    expect(popped.slice().sort()).toEqual(words)
    expect(popped).not.toEqual(words)
    expect(r.effects).toEqual(popped.map((member) => ['SREM', 's', member]))
    expect(r('EXISTS s')).toBe(0)
  })

  it.each([
    [5000, 1],
    [5000, 1024],
    [5000, 2500],
    [5000, 4999],
    [100, 30],
    [100, 99],
  ])('of %i takes %i different ones, told in chunks of 1024', (size, count) => {
    const r = run()
    const words = fill(r, 's', size)
    r.effects.length = 0
    r.engine.dirty = 0
    const events = listen(r)
    const popped = members(r(`SPOP s ${count}`))
    expect(new Set(popped).size).toBe(count)
    expect([...popped, ...stored(r, 's')].sort()).toEqual(words)
    expect(events()).toEqual(['spop s'])
    expect(r.engine.dirty).toBe(count)
    expect(r.effects.every(([name, key]) => name === 'SREM' && key === 's')).toBe(true)
    expect(r.effects.flatMap((argv) => argv.slice(2))).toEqual(popped)
    const sizes = r.effects.map((argv) => argv.length - 2)
    expect(sizes.slice(0, -1).every((n) => n === 1024)).toBe(true)
    expect(r.units).toHaveLength(2)
  })

  it('of all is told as DEL', () => {
    const r = run()
    fill(r, 's', 3)
    r.effects.length = 0
    const events = listen(r)
    expect(members(r('SPOP s 3')).sort()).toEqual(['m0', 'm1', 'm2'])
    expect(events()).toEqual(['spop s', 'del s'])
    expect(r.effects).toEqual([['DEL', 's']])
  })

  it('that leaves few keeps the deadline and gives the rest a small layout', () => {
    const r = run()
    fill(r, 's', 200)
    r('EXPIRE s 100')
    expect(r('OBJECT ENCODING s')).toBe('hashtable')
    r('SPOP s 190')
    expect([r('OBJECT ENCODING s'), r('SCARD s'), r('TTL s')]).toEqual(['listpack', 10, 100])
    r(['SADD', 'i', ...Array.from({ length: 300 }, (_, i) => String(i))])
    r('SPOP i 290')
    expect(r('OBJECT ENCODING i')).toBe('intset')
  })

  const refused: [string, Reply][] = [
    ['SPOP s -1', mustBePositive],
    ['SPOP s x', mustBePositive],
    ['SPOP none -1', mustBePositive],
    ['SPOP k -1', mustBePositive],
    ['SPOP s 1 2', syntaxError],
  ]
  it.each(refused)('refuses %s', (request, error) => {
    const r = run()
    r('SADD s a')
    r('SET k x')
    expect(r(request)).toEqual(error)
    expect(r('SCARD s')).toBe(1)
  })

  it('answers a set if asked for a number, and else a string or nil', () => {
    const r = run()
    expect(r('SPOP s')).toBe(null)
    expect(r('SPOP s 1')).toEqual(new SetReply([]))
    r('SADD s a')
    expect(r('SPOP s 0')).toEqual(new SetReply([]))
    expect(r('SPOP s 1')).toEqual(new SetReply(['a']))
  })
})

describe('SRANDMEMBER', () => {
  it.each([
    [50, 7],
    [50, 40],
    [1000, 7],
    [1000, 400],
    [1000, 999],
  ])('of %i reads %i different ones and leaves them there', (size, count) => {
    const r = run()
    const words = new Set(fill(r, 's', size))
    const drawn = r(`SRANDMEMBER s ${count}`) as string[]
    expect(new Set(drawn).size).toBe(count)
    expect(drawn.every((member) => words.has(member))).toBe(true)
    expect(r('SCARD s')).toBe(size)
  })

  it('with a negative count reads just as many, which may come again', () => {
    const r = run()
    fill(r, 's', 3)
    const drawn = r('SRANDMEMBER s -100') as string[]
    expect(drawn).toHaveLength(100)
    expect(new Set(drawn)).toEqual(new Set(['m0', 'm1', 'm2']))
    expect(r('SRANDMEMBER none -5')).toEqual([])
  })

  it('with a count beyond the size reads all', () => {
    const r = run()
    const words = fill(r, 's', 300)
    expect((r('SRANDMEMBER s 9223372036854775807') as string[]).sort()).toEqual(words)
  })

  it('draws all members alike', () => {
    const r = run()
    r('SADD s a b c d')
    const counts = new Map<string, number>()
    for (let i = 0; i < 4000; i++) {
      const member = r('SRANDMEMBER s') as string
      counts.set(member, (counts.get(member) ?? 0) + 1)
      for (const other of r('SRANDMEMBER s 2') as string[]) {
        counts.set(other, (counts.get(other) ?? 0) + 1)
      }
    }
    // 12,000 draws; the deviation is about 47.
    for (const member of 'abcd')
      expect(Math.abs((counts.get(member) ?? 0) - 3000)).toBeLessThan(250)
  })

  it('refuses a number of draws that no memory could hold', () => {
    const r = run()
    r('SADD s a')
    expect(r('SRANDMEMBER s -9223372036854775807')).toBe(outOfRange)
    expect(r('SRANDMEMBER none -9223372036854775807')).toEqual([])
    expect(String(r('SRANDMEMBER s -9223372036854775808'))).toBe(
      'ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807',
    )
    expect(r('SRANDMEMBER s x')).toBe(notAnInteger)
  })
})

describe('SSCAN', () => {
  it('walks through a large set in steps and a small one at once', () => {
    const r = run()
    const words = fill(r, 's', 1000)
    const found: string[] = []
    let cursor = '0'
    let calls = 0
    do {
      const [next, page] = r(`SSCAN s ${cursor} COUNT 50`) as [string, string[]]
      expect(page).toHaveLength(50)
      found.push(...page)
      cursor = next
      calls++
    } while (cursor !== '0')
    expect(calls).toBe(20)
    expect(found.sort()).toEqual(words)
    r('SADD small a b c')
    expect(r('SSCAN small 0 COUNT 1')).toEqual(['0', ['a', 'b', 'c']])
  })

  it('shows what is there throughout, though others come and go', () => {
    const r = run()
    fill(r, 's', 500)
    const seen = new Set<string>()
    let cursor = '0'
    let i = 0
    do {
      const [next, page] = r(`SSCAN s ${cursor} COUNT 7`) as [string, string[]]
      for (const member of page) seen.add(member)
      cursor = next
      // The first hundred go while the walk is under way, others come.
      if (i < 100) r(['SREM', 's', `m${i}`])
      r(['SADD', 's', `new${i++}`])
    } while (cursor !== '0')
    const missed = Array.from({ length: 400 }, (_, k) => `m${k + 100}`).filter((m) => !seen.has(m))
    expect(missed).toEqual([])
  })

  it('matches members, also beyond the end', () => {
    const r = run()
    fill(r, 's', 200)
    const [, page] = r('SSCAN s 0 MATCH m1?9 COUNT 1000') as [string, string[]]
    expect(page.sort()).toEqual([
      'm109',
      'm119',
      'm129',
      'm139',
      'm149',
      'm159',
      'm169',
      'm179',
      'm189',
      'm199',
    ])
    expect(r('SSCAN s 0 MATCH x COUNT 1000')).toEqual(['0', []])
  })

  const refused: [string, Reply][] = [
    ['SSCAN s x', invalidCursor],
    ['SSCAN none x', invalidCursor],
    ['SSCAN s 0 COUNT 0', syntaxError],
    ['SSCAN s 0 COUNT x', notAnInteger],
    ['SSCAN s 0 COUNT', syntaxError],
    ['SSCAN s 0 TYPE set', syntaxError],
  ]
  it.each(refused)('refuses %s', (request, error) => {
    const r = run()
    r('SADD s a')
    expect(r(request)).toBe(error)
  })

  it('reads its options only for a set that is there', () => {
    const r = run()
    expect(r('SSCAN none 0 FOO')).toEqual(['0', []])
  })
})

describe('a set', () => {
  it('is copied, not shared', () => {
    const r = run()
    for (const count of [3, 300]) {
      fill(r, 's', count)
      r('COPY s t REPLACE')
      r('SADD t more')
      r('SREM t m0')
      expect([r('SISMEMBER s more'), r('SISMEMBER s m0'), r('SCARD t')]).toEqual([0, 1, count])
    }
  })

  it('takes memory for its members, more as a dictionary than as a list', () => {
    const r = run()
    const usage = (key: string) => r(`MEMORY USAGE ${key}`) as number
    fill(r, 'a', 100)
    fill(r, 'b', 1000)
    r(['SADD', 'i', ...Array.from({ length: 100 }, (_, i) => String(i))])
    expect(usage('i')).toBeLessThan(usage('a'))
    expect(usage('b') / 1000).toBeGreaterThan(usage('a') / 100)
    expect(usage('b')).toBeLessThan(100_000)
  })

  it('is known to DEBUG', () => {
    const r = run()
    fill(r, 's', 200)
    r('SADD small a')
    expect(String((r('DEBUG OBJECT s') as { text: string }).text)).toContain('encoding:hashtable')
    expect((r('DEBUG HTSTATS-KEY s') as { text: string }).text).toContain('number of elements: 200')
    expect(String(r('DEBUG HTSTATS-KEY small'))).toContain('not represented using an hash table')
    expect((r('DEBUG LISTPACK small') as { text: string }).text).toContain('Listpack')
  })

  it('heeds thresholds that change while it is there', () => {
    const r = run({ config: { 'set-max-listpack-entries': '2' } })
    r('SADD s a b')
    expect(r('OBJECT ENCODING s')).toBe('listpack')
    r('CONFIG SET set-max-listpack-entries 3')
    r('SADD s c')
    expect(r('OBJECT ENCODING s')).toBe('listpack')
    r('CONFIG SET set-max-listpack-value 1')
    r('SADD s dd')
    expect(r('OBJECT ENCODING s')).toBe('hashtable')
  })
})
