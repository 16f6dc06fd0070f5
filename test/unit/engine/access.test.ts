import { describe, expect, it } from 'vitest'
import { run } from '../../helpers/run.ts'

const MINUTE = 60_000

describe('the time of the last use', () => {
  it('begins when the key is made', () => {
    const r = run()
    r.clock += 100_000
    r('SET a 1')
    r('RPUSH l x')
    r.clock += 3000
    expect([r('OBJECT IDLETIME a'), r('OBJECT IDLETIME l')]).toEqual([3, 3])
  })

  it('is set by reading, by editing and by overwriting', () => {
    const r = run()
    r('MSET a 1 b 1 c 1')
    r.clock += 10_000
    r('GET a')
    r('APPEND b x')
    r('SET c 2')
    for (const key of ['a', 'b', 'c']) expect(r(`OBJECT IDLETIME ${key}`)).toBe(0)
  })

  it('is left alone by questions about the key', () => {
    const r = run()
    r('SET a 1')
    r.clock += 10_000
    for (const request of [
      'TYPE a',
      'TTL a',
      'OBJECT ENCODING a',
      'EXISTS a',
      'KEYS *',
      'SCAN 0',
    ]) {
      r(request)
    }
    expect(r('OBJECT IDLETIME a')).toBe(10)
  })

  it('stays with the key when another one takes its place in the dictionary', () => {
    const r = run()
    r('SET a 1')
    r.clock += 5000
    r('SET b 1')
    r.clock += 5000
    r('SET c 1')
    r('DEL a')
    expect([r('OBJECT IDLETIME b'), r('OBJECT IDLETIME c')]).toEqual([5, 0])
  })
})

describe('the counter of uses', () => {
  const lfu = { 'maxmemory-policy': 'allkeys-lfu' }

  it('begins at five and decays by one a minute', () => {
    const r = run({ config: lfu })
    r('SET a 1')
    expect(r('OBJECT FREQ a')).toBe(5)
    r.clock += 2 * MINUTE
    expect(r('OBJECT FREQ a')).toBe(3)
    r.clock += 10 * MINUTE
    expect(r('OBJECT FREQ a')).toBe(0)
  })

  it('grows with the logarithm of the uses and stops at 255', () => {
    const r = run({ config: lfu })
    r('SET a 1')
    const hit = (uses: number) => {
      for (let i = 0; i < uses; i++) r('GET a')
      return r('OBJECT FREQ a') as number
    }
    // The page about eviction has 10 for a hundred and 18 for a thousand hits.
    const counts = [hit(100), hit(900), hit(9000)]
    expect(counts[0]).toBeGreaterThan(7)
    expect(counts[0]).toBeLessThan(14)
    expect(counts[1]).toBeGreaterThan(14)
    expect(counts[1]).toBeLessThan(24)
    expect(counts[2]).toBeLessThan(80)
    const fast = run({ config: { ...lfu, 'lfu-log-factor': '0' } })
    fast('SET a 1')
    for (let i = 0; i < 400; i++) fast('GET a')
    expect(fast('OBJECT FREQ a')).toBe(255)
  })

  it('does not decay if that takes no time', () => {
    const r = run({ config: { ...lfu, 'lfu-decay-time': '0' } })
    r('SET a 1')
    r.clock += 1000 * MINUTE
    expect(r('OBJECT FREQ a')).toBe(5)
  })

  it('decays across the end of its sixteen bits of minutes', () => {
    const minutes = 65536 * 500 - 1
    const r = run({ config: lfu, clock: minutes * MINUTE })
    r('SET a 1')
    r.clock += 3 * MINUTE
    expect(r('OBJECT FREQ a')).toBe(2)
  })
})
