import { describe, expect, it } from 'vitest'
import { CommandError, unknownSubcommand, wrongArity } from '../../src/core/errors.ts'
import { Status } from '../../src/core/reply.ts'
import { run } from '../helpers/run.ts'

describe('OBJECT', () => {
  it('ENCODING names the layout', () => {
    const r = run()
    r('MSET i 12 e hello')
    r(['SET', 'r', 'x'.repeat(45)])
    r('APPEND a hello')
    r('APPEND a x')
    r('RPUSH l x')
    expect(['i', 'e', 'r', 'a', 'l', 'none'].map((key) => r(`OBJECT ENCODING ${key}`))).toEqual([
      'int',
      'embstr',
      'raw',
      'raw',
      'listpack',
      null,
    ])
  })

  it('ENCODING of a list follows list-max-listpack-size', () => {
    const r = run()
    r('RPUSH l a b')
    r('CONFIG SET list-max-listpack-size 2')
    expect(r('OBJECT ENCODING l')).toBe('listpack')
    r('RPUSH l c')
    expect(r('OBJECT ENCODING l')).toBe('quicklist')
  })

  it('REFCOUNT is one, also for small integers', () => {
    const r = run()
    r('MSET a 9999 b 10000 c x')
    const counts = ['a', 'b', 'c', 'none'].map((key) => r(`OBJECT REFCOUNT ${key}`))
    expect(counts).toEqual([1, 1, 1, null])
  })

  it('IDLETIME counts seconds since the last use', () => {
    const r = run()
    r('SET a 1')
    expect(r('OBJECT IDLETIME a')).toBe(0)
    r.clock += 3500
    expect(r('OBJECT IDLETIME a')).toBe(3)
    r('EXPIRE a 100')
    expect(r('OBJECT IDLETIME a')).toBe(0)
    expect(r('OBJECT IDLETIME none')).toBe(null)
  })

  it('FREQ counts uses under an LFU policy, IDLETIME under any other', () => {
    const r = run()
    r('SET a 1')
    const advice =
      'Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.'
    expect(r('OBJECT FREQ a')).toEqual(
      new CommandError(
        `An LFU maxmemory policy is not selected, access frequency not tracked. ${advice}`,
      ),
    )
    r('CONFIG SET maxmemory-policy allkeys-lfu')
    r('SET b 1')
    expect(r('OBJECT FREQ b')).toBe(5)
    expect(r('OBJECT FREQ none')).toBe(null)
    expect(r('OBJECT IDLETIME b')).toEqual(
      new CommandError(`An LFU maxmemory policy is selected, idle time not tracked. ${advice}`),
    )
  })

  it('HELP is a list of lines', () => {
    const lines = run()('OBJECT HELP') as Status[]
    expect(lines[0]).toBeInstanceOf(Status)
    expect(lines.map((line) => line.text)).toContain('REFCOUNT <key>')
  })

  it('wants a known subcommand and one key', () => {
    const r = run()
    expect(r('OBJECT')).toEqual(wrongArity('object'))
    expect(r('OBJECT FOO a')).toEqual(unknownSubcommand('object', 'FOO'))
    expect(r('OBJECT ENCODING')).toEqual(wrongArity('object|encoding'))
  })
})
