import { describe, expect, it } from 'vitest'
import {
  CommandError,
  dbIndexOutOfRange,
  negativeTimeout,
  noSuchKey,
  notAnInteger,
  sameObject,
  syntaxError,
  timeoutNotAnInteger,
  timeoutOutOfRange,
} from '../../src/core/errors.ts'
import { EVENTS } from '../../src/core/events.ts'
import { BLOCKED, OK, Status } from '../../src/core/reply.ts'
import type { PersistenceHooks } from '../../src/engine/persistence-hooks.ts'
import { digest } from '../helpers/digest.ts'
import { listen } from '../helpers/events.ts'
import { run } from '../helpers/run.ts'

describe('EXISTS, TYPE and TOUCH', () => {
  it('count keys as often as they are named', () => {
    const r = run()
    r('MSET a 1 b 2')
    expect(r('EXISTS a a b c')).toBe(3)
    expect(r('TOUCH a a b c')).toBe(3)
  })

  it('count as hits and misses', () => {
    const r = run()
    r('SET a 1')
    const { stats } = r.engine
    const before = [stats.keyspaceHits, stats.keyspaceMisses]
    r('EXISTS a b')
    r('TYPE a')
    r('TTL b')
    r('TOUCH a b')
    expect([stats.keyspaceHits, stats.keyspaceMisses]).toEqual([
      (before[0] as number) + 3,
      (before[1] as number) + 3,
    ])
  })

  it('leave a mark of access only if it is TOUCH', () => {
    const r = run()
    r('SET a 1')
    r.clock += 5000
    for (const request of ['EXISTS a', 'TYPE a', 'TTL a', 'PEXPIRETIME a', 'OBJECT ENCODING a']) {
      r(request)
      expect(r('OBJECT IDLETIME a'), request).toBe(5)
    }
    r('TOUCH a')
    expect(r('OBJECT IDLETIME a')).toBe(0)
  })

  it('TYPE names types', () => {
    const r = run()
    r('SET s x')
    r('RPUSH l x')
    expect([r('TYPE s'), r('TYPE l'), r('TYPE none')]).toEqual([
      new Status('string'),
      new Status('list'),
      new Status('none'),
    ])
  })

  it('remove what has expired, and propagate that', () => {
    const r = run()
    r('SET a 1 PX 10')
    r.effects.length = 0
    r.platform.wind(r.clock + 10)
    expect(r('EXISTS a')).toBe(0)
    expect(r.effects).toEqual([['DEL', 'a']])
    expect(r.engine.keyspace.at(0).size).toBe(0)
  })
})

describe('DEL and UNLINK', () => {
  it.each(['DEL', 'UNLINK'])('%s counts what was there', (name) => {
    const r = run()
    r('MSET a 1 b 2')
    const events = listen(r)
    expect(r(`${name} a missing a b`)).toBe(2)
    expect(events()).toEqual(['del a', 'del b'])
    expect(r.effects.slice(1)).toEqual([[name, 'a', 'missing', 'a', 'b']])
    expect(r(`${name} a`)).toBe(0)
    expect(r.effects).toHaveLength(2)
  })

  it('count one change a key', () => {
    const r = run()
    r('MSET a 1 b 2')
    const before = r.engine.dirty
    r('DEL a b c')
    expect(r.engine.dirty - before).toBe(2)
  })

  it('do not count a key that has expired', () => {
    const r = run()
    r('SET a 1 PX 1')
    r.effects.length = 0
    r.platform.wind(r.clock + 1)
    expect(r('DEL a')).toBe(0)
    expect(r.effects).toEqual([['DEL', 'a']])
  })
})

describe('RENAME and RENAMENX', () => {
  it('take value and deadline along', () => {
    const r = run()
    r('RPUSH a x y')
    r('PEXPIREAT a 33000000000000')
    r('SET b other PX 100')
    expect(r('RENAME a b')).toBe(OK)
    expect(digest(r.engine)).toEqual(['0 "b" list ["x","y"] 33000000000000'])
  })

  it('leave no deadline where there was none', () => {
    const r = run()
    r('SET a 1')
    r('SET b 2 PX 100')
    r('RENAME a b')
    expect(r('PTTL b')).toBe(-1)
    expect(r.engine.keyspace.at(0).volatile).toBe(0)
  })

  it('fire both events, and the one of a new key before', () => {
    const r = run()
    r('MSET a 1 b 2')
    const events = listen(r, EVENTS.generic | EVENTS.fresh)
    r('RENAME a b')
    r('RENAMENX b c')
    expect(events()).toEqual([
      'new b',
      'rename_from a',
      'rename_to b',
      'new c',
      'rename_from b',
      'rename_to c',
    ])
  })

  it('tell of a key that was overwritten, after the rest', () => {
    const r = run()
    r('MSET a 1 b 2')
    r('RPUSH l x')
    const events = listen(r, EVENTS.generic | EVENTS.overwritten | EVENTS.typeChanged)
    r('RENAME a b')
    r('RENAME b l')
    r('RENAME l new')
    expect(events()).toEqual([
      'rename_from a',
      'rename_to b',
      'overwritten b',
      'rename_from b',
      'rename_to l',
      'overwritten l',
      'type_changed l',
      'rename_from l',
      'rename_to new',
    ])
  })

  it('to the same name change nothing', () => {
    const r = run()
    r('SET a 1')
    const { dirty } = r.engine
    expect(r('RENAME a a')).toBe(OK)
    expect(r('RENAMENX a a')).toBe(0)
    expect(r.engine.dirty).toBe(dirty)
    expect(r.effects).toHaveLength(1)
  })

  it('need the key', () => {
    const r = run()
    expect(r('RENAME a b')).toBe(noSuchKey)
    expect(r('RENAME a a')).toBe(noSuchKey)
    expect(r('RENAMENX a b')).toBe(noSuchKey)
  })

  it('RENAMENX refuses a name that is taken, unless its key has expired', () => {
    const r = run()
    r('MSET a 1 b 2')
    expect(r('RENAMENX a b')).toBe(0)
    r('PEXPIRE b 10')
    r.platform.wind(r.clock + 10)
    r.effects.length = 0
    expect(r('RENAMENX a b')).toBe(1)
    expect(r.effects).toEqual([
      ['DEL', 'b'],
      ['RENAMENX', 'a', 'b'],
    ])
  })
})

describe('MOVE', () => {
  it('takes value and deadline along, and fires an event in each database', () => {
    const r = run()
    r('SET a 1 PXAT 33000000000000')
    r('CONFIG SET notify-keyspace-events Kg')
    const listener = r.client(3)
    listener('PSUBSCRIBE *')
    expect(r('MOVE a 9')).toBe(1)
    expect(digest(r.engine)).toEqual(['9 "a" string "1" 33000000000000'])
    expect(listener.pushes.map((push) => (push as { items: string[] }).items.slice(2))).toEqual([
      ['__keyspace@0__:a', 'move_from'],
      ['__keyspace@9__:a', 'move_to'],
    ])
    expect(r.units[1]).toEqual([{ dbIndex: 0, argv: ['MOVE', 'a', '9'] }])
  })

  it('refuses databases before it looks for the key', () => {
    const r = run()
    expect(r('MOVE a 16')).toBe(dbIndexOutOfRange)
    expect(r('MOVE a -1')).toBe(dbIndexOutOfRange)
    expect(r('MOVE a x')).toBe(notAnInteger)
    expect(r('MOVE a 0')).toBe(sameObject)
    expect(r('MOVE a 2147483648')).toEqual(
      new CommandError('value is out of range, value must between -2147483648 and 2147483647'),
    )
  })

  it('removes an expired key that is in the way, in the other database', () => {
    const r = run()
    r('SELECT 9')
    r('SET a old PX 10')
    r('SELECT 0')
    r('SET a new')
    r.platform.wind(r.clock + 10)
    r('MOVE a 9')
    expect(r.units.at(-1)).toEqual([
      { dbIndex: 9, argv: ['DEL', 'a'] },
      { dbIndex: 0, argv: ['MOVE', 'a', '9'] },
    ])
    expect(digest(r.engine)).toEqual(['9 "a" string "new" 0'])
  })
})

describe('COPY', () => {
  it('shares nothing that can be edited', () => {
    const r = run()
    r('APPEND s hello')
    r('RPUSH l a b')
    r('COPY s t')
    r('COPY l m')
    r('SETRANGE t 0 J')
    r('RPUSH m c')
    r('LPOP l')
    expect(digest(r.engine)).toEqual([
      '0 "l" list ["b"] 0',
      '0 "m" list ["a","b","c"] 0',
      '0 "s" string "hello" 0',
      '0 "t" string "Jello" 0',
    ])
  })

  it('takes the deadline along, or the lack of one', () => {
    const r = run()
    r('SET a 1 PXAT 33000000000000')
    r('SET b 2')
    r('COPY a c')
    r('COPY b a REPLACE')
    expect([r('PEXPIRETIME c'), r('PEXPIRETIME a')]).toEqual([33000000000000, -1])
  })

  it('fires one event, at the destination', () => {
    const r = run()
    r('SET a 1')
    const events = listen(r)
    r('COPY a b')
    r('COPY a b')
    r('COPY a b REPLACE')
    expect(events()).toEqual(['copy_to b', 'copy_to b'])
    expect(r.effects.slice(1)).toEqual([
      ['COPY', 'a', 'b'],
      ['COPY', 'a', 'b', 'REPLACE'],
    ])
  })

  it('tells of a key that was overwritten', () => {
    const r = run()
    r('SET a 1')
    r('RPUSH l x')
    const events = listen(r, EVENTS.generic | EVENTS.overwritten | EVENTS.typeChanged)
    r('COPY a l REPLACE')
    r('COPY a l REPLACE')
    expect(events()).toEqual([
      'copy_to l',
      'overwritten l',
      'type_changed l',
      'copy_to l',
      'overwritten l',
    ])
  })

  it.each([
    ['COPY a a', sameObject],
    ['COPY a a DB 0 REPLACE', sameObject],
    ['COPY a b DB', syntaxError],
    ['COPY a b FOO', syntaxError],
    ['COPY a b DB 16 FOO', dbIndexOutOfRange],
    ['COPY a b DB x', notAnInteger],
  ])('refuses %s', (request, error) => {
    expect(run()(request)).toBe(error)
  })
})

describe('WAIT and WAITAOF', () => {
  it('do not wait for nobody', () => {
    const r = run()
    expect(r('WAIT 0 0')).toBe(0)
    expect(r('WAIT -5 100')).toBe(0)
    expect(r('WAITAOF 0 0 0')).toEqual([0, 0])
  })

  it('wait for replicas until their time is up', () => {
    const r = run({ config: { appendonly: 'yes' } })
    expect(r('WAIT 1 100')).toBe(BLOCKED)
    r.clock += 100
    expect(r.replies.splice(0)).toEqual([0])
    expect(r('WAITAOF 0 1 100')).toBe(BLOCKED)
    r.clock += 100
    expect(r.replies.splice(0)).toEqual([[0, 0]])
  })

  it('WAITAOF waits for the journal, by itself or along with replicas', async () => {
    const r = run({ config: { appendonly: 'yes' } })
    let stored = () => {}
    const flush = () => new Promise<void>((resolve) => (stored = resolve))
    r.engine.persistence = { flush } as unknown as PersistenceHooks
    expect(r('WAITAOF 1 0 0')).toBe(BLOCKED)
    stored()
    await Promise.resolve()
    expect(r.replies.splice(0)).toEqual([[1, 0]])

    expect(r('WAITAOF 1 1 100')).toBe(BLOCKED)
    stored()
    await Promise.resolve()
    expect(r.replies).toEqual([])
    r.clock += 100
    expect(r.replies.splice(0)).toEqual([[1, 0]])

    expect(r('WAITAOF 1 0 100')).toBe(BLOCKED)
    r.clock += 100
    expect(r.replies.splice(0)).toEqual([[0, 0]])
    stored()
    await Promise.resolve()
    expect(r('PING')).toEqual(new Status('PONG'))

    // Every reply is held back anyway.
    r.engine.durableOffset = r.engine.offset
    expect(r('WAITAOF 1 0 0')).toEqual([1, 0])
  })

  it('WAITAOF needs a journal for the local part', () => {
    expect(run()('WAITAOF 1 0 0')).toEqual(
      new CommandError('WAITAOF cannot be used when numlocal is set but appendonly is disabled.'),
    )
  })

  it.each([
    ['WAIT x 0', notAnInteger],
    ['WAIT 1 x', timeoutNotAnInteger],
    ['WAIT 1 -1', negativeTimeout],
    ['WAIT 1 9223372036854775807', timeoutOutOfRange],
    ['WAITAOF 2 0 0', new CommandError('value is out of range, value must between 0 and 1')],
    ['WAITAOF 0 -1 0', new CommandError('value is out of range, must be positive')],
    ['WAITAOF 0 0 -1', negativeTimeout],
  ])('refuse %s', (request, error) => {
    expect(run()(request)).toEqual(error)
  })
})
