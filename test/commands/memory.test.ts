import { describe, expect, it } from 'vitest'
import { syntaxError } from '../../src/core/errors.ts'
import { MapReply, OK, type Reply, type Status, Verbatim } from '../../src/core/reply.ts'
import { run } from '../helpers/run.ts'

const usage = (...lines: string[]): Reply => {
  const r = run()
  for (const line of lines) r(line)
  return r('MEMORY USAGE a')
}

describe('MEMORY USAGE', () => {
  it('grows with the value, whatever holds it', () => {
    const small = usage('SET a x') as number
    expect(small).toBe(40 + 24 + 24)
    expect(usage('SET a xxxxxxxxxxxxxxxxx')).toBe(small + 16)
    expect(usage('SETRANGE a 100000 x')).toBeGreaterThan(100_000)
    const list = usage('RPUSH a 1 2 3') as number
    expect(usage('RPUSH a 1 2 3 4444')).toBe(list + 8 + 16 + 4 + 4)
  })

  it('finds that a small counter costs its entry and no more', () => {
    expect(usage('INCR a')).toBe(40 + 24)
  })

  it('is nil for a key that is not there, or no longer', () => {
    const r = run()
    expect(r('MEMORY USAGE a')).toBe(null)
    r('SET a 1 PX 10')
    r.clock += 10
    expect(r('MEMORY USAGE a SAMPLES 0')).toBe(null)
  })

  it('does not count as a use of the key', () => {
    const r = run()
    r('SET a 1')
    r('MEMORY USAGE a')
    expect([r.engine.stats.keyspaceHits, r.engine.stats.keyspaceMisses]).toEqual([0, 0])
  })

  it('refuses other options', () => {
    const r = run()
    expect(r('MEMORY USAGE a SAMPLES')).toBe(syntaxError)
    expect(r('MEMORY USAGE a FOO 1')).toBe(syntaxError)
  })
})

describe('MEMORY', () => {
  it('STATS adds up what keys take', () => {
    const r = run()
    r('MSET a 1 b 2')
    r('SELECT 2')
    r('SET c 1 PX 100')
    const { items } = r('MEMORY STATS') as MapReply
    const stats = new Map<unknown, Reply>()
    for (let i = 0; i < items.length; i += 2) stats.set(items[i], items[i + 1] as Reply)
    expect(stats.get('keys.count')).toBe(3)
    expect(stats.get('db.0')).toEqual(
      new MapReply(['overhead.hashtable.main', 80, 'overhead.hashtable.expires', 0]),
    )
    expect(stats.get('db.2')).toEqual(
      new MapReply(['overhead.hashtable.main', 40, 'overhead.hashtable.expires', 16]),
    )
    expect(stats.get('keys.bytes-per-key')).toBe(88)
  })

  it('DOCTOR minds maxmemory', () => {
    const r = run({ config: { maxmemory: '10mb' } })
    const doctor = () => (r('MEMORY DOCTOR') as Verbatim).text
    expect(doctor()).toContain('next to nothing')
    r(`SET a ${'x'.repeat(6 << 20)}`)
    expect(doctor()).toContain('No problem')
    r(`SET b ${'x'.repeat(3 << 20)}`)
    expect(doctor()).toContain('maxmemory')
  })

  it('PURGE, MALLOC-STATS and HELP answer', () => {
    const r = run()
    expect(r('MEMORY PURGE')).toBe(OK)
    expect(r('MEMORY MALLOC-STATS')).toBeInstanceOf(Verbatim)
    expect((r('MEMORY HELP') as Status[])[0]?.text).toMatch(/^MEMORY <subcommand>/)
  })
})
