import { describe, expect, it } from 'vitest'
import {
  CommandError,
  execAborted,
  execRefused,
  noReplicas,
  snapshotFailed,
  wrongArity,
} from '../../src/core/errors.ts'
import { NIL_ARRAY, OK, PONG, QUEUED } from '../../src/core/reply.ts'
import { run } from '../helpers/run.ts'

describe('MULTI and EXEC', () => {
  it('queue, and run as one unit', () => {
    const r = run()
    const other = r.client()
    expect(r('MULTI')).toBe(OK)
    expect(r('SET a 1')).toBe(QUEUED)
    expect(r('INCR a')).toBe(QUEUED)
    expect(other('GET a')).toBe(null)
    expect(r('EXEC')).toEqual([OK, 2])
    expect(r.units).toEqual([
      [
        { dbIndex: 0, argv: ['SET', 'a', '1'] },
        { dbIndex: 0, argv: ['INCR', 'a'] },
      ],
    ])
  })

  it('see one moment', () => {
    const r = run()
    r('SET a 1 PX 10')
    r('MULTI')
    r('EXISTS a')
    r('EXISTS a')
    r.platform.wind(r.clock + 9)
    const { now } = r.platform
    // A clock that goes on by itself.
    let time = now.call(r.platform)
    r.platform.now = () => time++
    expect(r('EXEC')).toEqual([1, 1])
  })

  it('tell each effect of its database', () => {
    const r = run()
    for (const request of ['MULTI', 'SET a 1', 'SELECT 9', 'SET a 2', 'MOVE a 3', 'EXEC'])
      r(request)
    expect(
      r.units.map((unit) => unit.map(({ dbIndex, argv }) => [dbIndex, argv.join(' ')])),
    ).toEqual([
      [
        [0, 'SET a 1'],
        [9, 'SET a 2'],
        [9, 'MOVE a 3'],
      ],
    ])
  })

  it('go on after an error while running', () => {
    const r = run()
    for (const request of ['SET a x', 'MULTI', 'INCR a', 'SET b 1']) r(request)
    expect(r('EXEC')).toEqual([new CommandError('value is not an integer or out of range'), OK])
    expect(r.effects).toEqual([
      ['SET', 'a', 'x'],
      ['SET', 'b', '1'],
    ])
  })

  it('are refused altogether after an error while queueing', () => {
    const r = run()
    for (const broken of ['SET a', 'NOSUCH', 'CONFIG NOSUCH', 'DISCARD x', 'MULTI x']) {
      r('MULTI')
      r('SET b 1')
      expect(r(broken), broken).toBeInstanceOf(CommandError)
      expect(r('EXEC'), broken).toBe(execAborted)
    }
    expect(r.effects).toEqual([])
  })

  it('cannot be nested, without harm', () => {
    const r = run()
    r('MULTI')
    expect(r('MULTI')).toEqual(new CommandError('MULTI calls can not be nested'))
    expect(r('WATCH a')).toEqual(new CommandError('WATCH inside MULTI is not allowed'))
    expect(r('EXEC')).toEqual([])
  })

  it('need each other', () => {
    const r = run()
    expect(r('EXEC')).toEqual(new CommandError('EXEC without MULTI'))
    expect(r('DISCARD')).toEqual(new CommandError('DISCARD without MULTI'))
  })

  it('end when EXEC itself is refused, and say why', () => {
    const r = run()
    r('MULTI')
    expect(r('EXEC x')).toEqual(
      new CommandError(
        `Transaction discarded because of: ${wrongArity('exec').message}`,
        'EXECABORT',
      ),
    )
    expect(r.session.transaction).toBe(null)
  })

  it('are refused as the commands in them would be by now', () => {
    const r = run()
    r('MULTI')
    r('SET a 1')
    r.engine.refusal = snapshotFailed
    expect(r('EXEC')).toEqual(execRefused(snapshotFailed))
    r('MULTI')
    r('GET a')
    expect(r('EXEC')).toEqual([null])
  })

  it('DISCARD forgets the queue and what is watched', () => {
    const r = run()
    r('WATCH a')
    r('MULTI')
    r('SET a 1')
    expect(r('DISCARD')).toBe(OK)
    expect(r.engine.watchers.size).toBe(0)
    expect(r.effects).toEqual([])
  })
})

/** Whether EXEC runs after the first client watched `a` and another did this. */
function survives(before: string[], ...changes: string[]): boolean {
  const r = run()
  const other = r.client()
  for (const request of before) r(request)
  r('WATCH a')
  for (const request of changes) other(request)
  r('MULTI')
  r('PING')
  return r('EXEC') !== NIL_ARRAY
}

/** What happens, what has been done before, and what the other client does. */
type Row = [title: string, before: string[], ...changes: string[]]

describe('WATCH', () => {
  const breaking: Row[] = [
    ['SET', [], 'SET a 1'],
    ['SET of the same value', ['SET a 1'], 'SET a 1'],
    ['DEL', ['SET a 1'], 'DEL a'],
    ['EXPIRE', ['SET a 1'], 'EXPIRE a 100'],
    ['PERSIST', ['SET a 1 EX 100'], 'PERSIST a'],
    ['RENAME from it', ['SET a 1'], 'RENAME a b'],
    ['RENAME to it', ['SET b 1'], 'RENAME b a'],
    ['COPY to it', ['SET b 1'], 'COPY b a'],
    ['MOVE of it', ['SET a 1'], 'MOVE a 9'],
    ['FLUSHDB', ['SET a 1'], 'FLUSHDB'],
    ['FLUSHALL', ['SET a 1'], 'FLUSHALL'],
    ['SWAPDB of a key that is here', ['SET a 1'], 'SWAPDB 0 9'],
    ['SWAPDB of a key that is there', ['SELECT 9', 'SET a 1', 'SELECT 0'], 'SWAPDB 9 0'],
    ['a key that comes and goes', [], 'SET a 1', 'DEL a'],
  ]
  it.each(breaking)('%s breaks it', (_, before, ...changes) => {
    expect(survives(before, ...changes)).toBe(false)
  })

  const harmless: Row[] = [
    ['nothing', []],
    ['a read', ['SET a 1'], 'GET a'],
    ['another key', [], 'SET b 1'],
    ['the same key of another database', [], 'SELECT 9', 'SET a 1'],
    ['DEL of what is not there', [], 'DEL a'],
    ['COPY from it', ['SET a 1'], 'COPY a b'],
    ['RENAME to itself', ['SET a 1'], 'RENAME a a'],
    ['FLUSHALL without it', ['SET b 1'], 'FLUSHALL'],
    ['SWAPDB of two databases without it', ['SET b 1'], 'SWAPDB 0 9'],
    ['SWAPDB of others', ['SET a 1'], 'SWAPDB 3 4'],
  ]
  it.each(harmless)('%s does not', (_, before, ...changes) => {
    expect(survives(before, ...changes)).toBe(true)
  })

  it('a change by the client itself breaks it', () => {
    const r = run()
    r('WATCH a')
    r('SET a 1')
    r('MULTI')
    expect(r('EXEC')).toBe(NIL_ARRAY)
  })

  it('UNWATCH, EXEC and DISCARD end it', () => {
    for (const end of ['UNWATCH', 'MULTI EXEC', 'MULTI DISCARD']) {
      const r = run()
      r('WATCH a')
      for (const request of end.split(' ')) r(request)
      r('SET a 1')
      r('MULTI')
      expect(r('EXEC'), end).toEqual([])
      expect(r.engine.watchers.size).toBe(0)
    }
  })

  it('ends with the connection', () => {
    const r = run()
    const other = r.client()
    other('WATCH a b')
    expect(r.engine.watchers.size).toBe(2)
    other.disconnect()
    expect(r.engine.watchers.size).toBe(0)
  })

  it('is of no use once it is broken', () => {
    const r = run()
    r('WATCH a')
    r('SET a 1')
    expect(r('WATCH b')).toBe(OK)
    expect(r.session.watched.map((watch) => watch.key)).toEqual(['a'])
  })

  describe('and expiry', () => {
    const expiring = () => {
      const r = run()
      r('SET a 1 PX 10')
      return r
    }
    const exec = (r: ReturnType<typeof run>) => {
      r('MULTI')
      return r('EXEC')
    }

    it('a key that expires meanwhile has changed, whether somebody has looked or not', () => {
      for (const look of ['PING', 'GET a']) {
        const r = expiring()
        r('WATCH a')
        r.platform.wind(r.clock + 10)
        r.client()(look)
        expect(exec(r), look).toBe(NIL_ARRAY)
      }
    })

    it('a key that the cron removes meanwhile has changed', () => {
      const r = expiring()
      r('WATCH a')
      r.clock += 1000
      expect(exec(r)).toBe(NIL_ARRAY)
    })

    it('a key that had expired before has not changed by its removal', () => {
      for (const removal of ['PING', 'GET a', 'DEL a', 'FLUSHALL', 'SWAPDB 0 9']) {
        const r = expiring()
        r.platform.wind(r.clock + 10)
        r('WATCH a')
        r.client()(removal)
        expect(exec(r), removal).toEqual([])
      }
    })

    it('a key that had expired before and is written again has changed', () => {
      const r = expiring()
      r.platform.wind(r.clock + 10)
      r('WATCH a')
      r.client()('SET a 1')
      expect(exec(r)).toBe(NIL_ARRAY)
    })

    it('SWAPDB that brings an expired key for none, or one for the other, changes nothing', () => {
      const r = expiring()
      r('SELECT 9')
      r('WATCH a')
      r.platform.wind(r.clock + 10)
      r.client()('SWAPDB 0 9')
      expect(exec(r)).toEqual([])
    })
  })
})

describe('min-replicas-to-write', () => {
  it('refuses writes where fewer replicas keep up, and nothing else', () => {
    const r = run()
    r('CONFIG SET min-replicas-to-write 1')
    expect([r('SET a 1'), r('GET a'), r('PING')]).toEqual([noReplicas, null, PONG])
    r('CONFIG SET min-replicas-max-lag 0')
    expect(r('SET a 1')).toBe(OK)
  })

  it('refuses a transaction that writes', () => {
    const r = run()
    r('MULTI')
    r('SET a 1')
    r.client()('CONFIG SET min-replicas-to-write 1')
    expect(r('EXEC')).toEqual(execRefused(noReplicas))
    r('MULTI')
    r('GET a')
    expect(r('EXEC')).toEqual([null])
  })
})
