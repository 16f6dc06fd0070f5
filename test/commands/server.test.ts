import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CommandError, dbIndexOutOfRange, syntaxError } from '../../src/core/errors.ts'
import { BLOCKED, NIL_ARRAY, OK, type Reply, Status, Verbatim } from '../../src/core/reply.ts'
import type { PersistenceHooks } from '../../src/engine/persistence-hooks.ts'
import { REDIS_VERSION, VERSION } from '../../src/version.ts'
import { run, START } from '../helpers/run.ts'

/** A store whose work is done when the test says so. */
class Hooks implements PersistenceHooks {
  readonly journalEnabled = true
  readonly info = { aof_base_size: 7 }
  lastSave = 1
  lastStatus: 'ok' | 'err' = 'ok'
  saving = false
  rewriting = false
  readonly calls: string[] = []
  private settle: ((error?: Error) => void) | null = null

  save(background: boolean): Promise<void> {
    this.calls.push(background ? 'save behind' : 'save')
    this.saving = true
    return this.wait()
  }

  rewrite(): Promise<void> {
    this.calls.push('rewrite')
    this.rewriting = true
    return this.wait()
  }

  reload(): Promise<void> {
    this.calls.push('reload')
    return Promise.resolve()
  }

  private wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.settle = (error) => (error === undefined ? resolve() : reject(error))
    })
  }

  /** What is under way is over now. */
  async finish(error?: Error): Promise<void> {
    this.saving = false
    this.rewriting = false
    this.settle?.(error)
    await settled()
  }
}

/** All promises that could settle have. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function withHooks() {
  const r = run()
  const hooks = new Hooks()
  r.engine.persistence = hooks
  return { r, hooks }
}

describe('FLUSHALL and FLUSHDB', () => {
  it('are propagated, even when nothing was there', () => {
    const r = run()
    r('FLUSHALL')
    r('SELECT 3')
    r('FLUSHDB ASYNC')
    expect(r.units.map((unit) => unit.map(({ dbIndex, argv }) => [dbIndex, ...argv]))).toEqual([
      [[0, 'FLUSHALL']],
      [[3, 'FLUSHDB', 'ASYNC']],
    ])
  })

  it('fire no events', () => {
    const r = run({ config: { 'notify-keyspace-events': 'KEA' } })
    const other = r.client(3)
    r('SET a 1')
    other('PSUBSCRIBE *')
    other.pushes.length = 0
    r('FLUSHALL')
    expect(other.pushes).toEqual([])
  })

  it('tell clients that track keys to forget all of them', () => {
    const r = run({ resp: 3 })
    r('CLIENT TRACKING ON')
    r('FLUSHDB')
    expect(r.pushes).toEqual([expect.objectContaining({ items: ['invalidate', null] })])
  })

  it('count their keys as changes', () => {
    const r = run()
    r('MSET a 1 b 2')
    const { dirty } = r.engine
    r('FLUSHALL')
    expect(r.engine.dirty).toBe(dirty + 2)
    r('FLUSHALL')
    r('FLUSHDB')
    expect(r.engine.dirty).toBe(dirty + 2)
  })

  it('change nothing when an option is wrong', () => {
    const r = run()
    r('SET a 1')
    expect(r('FLUSHALL NOW')).toBe(syntaxError)
    expect(r('FLUSHDB SYNC ASYNC')).toBe(syntaxError)
    expect(r('DBSIZE')).toBe(1)
  })
})

describe('SWAPDB', () => {
  it('is propagated as it was sent', () => {
    const r = run()
    r('SWAPDB 0 1')
    expect(r.effects).toEqual([['SWAPDB', '0', '1']])
  })

  it('does not break a transaction whose key is in neither database', () => {
    const r = run()
    r('WATCH nosuch')
    r.client()('SWAPDB 0 1')
    r('MULTI')
    expect(r('EXEC')).toEqual([])
  })

  it('breaks a transaction whose key comes with the other database', () => {
    const r = run()
    r('SELECT 1')
    r('SET a 1')
    r('SELECT 0')
    r('WATCH a')
    r.client()('SWAPDB 0 1')
    r('MULTI')
    expect(r('EXEC')).toBe(NIL_ARRAY)
  })

  it('refuses databases that are not there', () => {
    const r = run({ config: { databases: '2' } })
    expect(r('SWAPDB 0 2')).toBe(dbIndexOutOfRange)
    expect(r('SWAPDB 9223372036854775807 0')).toEqual(new CommandError('invalid first DB index'))
  })
})

describe('TIME', () => {
  it('is the clock of the platform', () => {
    const r = run()
    r.clock = START + 1234
    expect(r('TIME')).toEqual([`${START / 1000 + 1}`, '234000'])
  })
})

describe('SAVE', () => {
  it('answers when the snapshot is there, and what comes behind it waits', async () => {
    const { r, hooks } = withHooks()
    expect(r('SAVE')).toBe(BLOCKED)
    expect(r('PING')).toBe(BLOCKED)
    expect(r.client()('PING')).toEqual(new Status('PONG'))
    await hooks.finish()
    expect(hooks.calls).toEqual(['save'])
    expect(r.replies).toEqual([OK, new Status('PONG')])
  })

  it('answers with the reason of a failure', async () => {
    const { r, hooks } = withHooks()
    r('SAVE')
    await hooks.finish(new Error('quota exceeded'))
    expect(r.replies).toEqual([new CommandError('quota exceeded')])
  })

  it('answers nobody when the client has gone', async () => {
    const { r, hooks } = withHooks()
    r('SAVE')
    r.disconnect()
    await hooks.finish()
    expect(r.replies).toEqual([])
  })

  it('cannot be unblocked by hand', async () => {
    const { r, hooks } = withHooks()
    const id = r('CLIENT ID')
    r('SAVE')
    expect(r.client()(`CLIENT UNBLOCK ${id}`)).toBe(0)
    await hooks.finish()
    expect(r.replies).toEqual([OK])
  })

  it('is refused while another snapshot is written, and without a store', () => {
    const { r, hooks } = withHooks()
    hooks.saving = true
    const refusal = new CommandError('Background save already in progress')
    expect(r('SAVE')).toEqual(refusal)
    expect(r('BGSAVE')).toEqual(refusal)
    expect(run()('SAVE')).toEqual(
      new CommandError('no store is attached: the data is kept in memory only'),
    )
  })
})

describe('BGSAVE and BGREWRITEAOF', () => {
  it('answer at once', () => {
    const { r, hooks } = withHooks()
    expect(r('BGSAVE')).toEqual(new Status('Background saving started'))
    expect(hooks.calls).toEqual(['save behind'])
    const other = withHooks()
    expect(other.r('BGREWRITEAOF')).toEqual(
      new Status('Background append only file rewriting started'),
    )
    expect(other.hooks.calls).toEqual(['rewrite'])
  })

  it('survive a failure', async () => {
    const { r, hooks } = withHooks()
    r('BGSAVE')
    await hooks.finish(new Error('quota exceeded'))
    expect(r('PING')).toEqual(new Status('PONG'))
  })

  it('wait for each other', async () => {
    const { r, hooks } = withHooks()
    r('BGSAVE')
    expect(r('BGREWRITEAOF')).toEqual(new Status('Background append only file rewriting scheduled'))
    r.clock += 1000
    expect(hooks.calls).toEqual(['save behind'])
    await hooks.finish()
    r.clock += 100
    expect(hooks.calls).toEqual(['save behind', 'rewrite'])
    expect(r('BGREWRITEAOF')).toEqual(
      new CommandError('Background append only file rewriting already in progress'),
    )
    expect(r('BGSAVE')).toEqual(
      new CommandError(
        "Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in " +
          'order to schedule a BGSAVE whenever possible.',
      ),
    )
    expect(r('BGSAVE SCHEDULE')).toEqual(new Status('Background saving scheduled'))
    await hooks.finish()
    r.clock += 100
    expect(hooks.calls).toEqual(['save behind', 'rewrite', 'save behind'])
  })

  it('wait for the end of the transaction that they are in', () => {
    const { r, hooks } = withHooks()
    for (const line of ['MULTI', 'BGSAVE', 'BGREWRITEAOF']) r(line)
    expect(r('EXEC')).toEqual([
      new Status('Background saving scheduled'),
      new Status('Background append only file rewriting scheduled'),
    ])
    expect(hooks.calls).toEqual([])
    r.clock += 100
    expect(hooks.calls[0]).toBe('save behind')
  })

  it('LASTSAVE is the time of the last snapshot, or of the start', () => {
    const { r, hooks } = withHooks()
    hooks.lastSave = 77
    expect(r('LASTSAVE')).toBe(77)
    expect(run()('LASTSAVE')).toBe(START / 1000)
  })
})

describe('SHUTDOWN', () => {
  const shutdown = (line: string, save = '60 1', hooks = true) => {
    const { r } = withHooks()
    if (!hooks) r.engine.persistence = null
    const asked: boolean[] = []
    r.engine.onShutdown = (given) => asked.push(given)
    r(['CONFIG', 'SET', 'save', save])
    const reply: Reply = r(line)
    return reply instanceof CommandError ? reply : asked
  }

  it('saves where snapshots are usual, unless told', () => {
    expect(shutdown('SHUTDOWN')).toEqual([true])
    expect(shutdown('SHUTDOWN', '')).toEqual([false])
    expect(shutdown('SHUTDOWN SAVE', '')).toEqual([true])
    expect(shutdown('SHUTDOWN NOSAVE')).toEqual([false])
    expect(shutdown('shutdown now force')).toEqual([true])
    expect(shutdown('SHUTDOWN', '60 1', false)).toEqual([false])
  })

  it('refuses what does not go together', () => {
    expect(shutdown('SHUTDOWN SAVE NOSAVE')).toBe(syntaxError)
    expect(shutdown('SHUTDOWN ABORT NOW')).toBe(syntaxError)
    expect(shutdown('SHUTDOWN ABORT')).toEqual(new CommandError('No shutdown in progress.'))
  })

  it('fails where the host cannot be stopped from inside', () => {
    expect(run()('SHUTDOWN')).toEqual(new CommandError('Errors trying to SHUTDOWN. Check logs.'))
  })
})

describe('LOLWUT', () => {
  const text = (reply: Reply) => (reply as Verbatim).text

  it('is another picture each time, and the same under the same seed', () => {
    const r = run()
    const first = text(r('LOLWUT'))
    expect(text(r('LOLWUT'))).not.toBe(first)
    expect(text(run()('LOLWUT'))).toBe(first)
    expect(text(run({ seed: 9 })('LOLWUT'))).not.toBe(first)
  })

  it('ends with the version, and is as large as asked for', () => {
    const lines = Buffer.from(text(run()('LOLWUT VERSION 5 10 4')), 'latin1')
      .toString('utf8')
      .split('\n')
    expect(lines.slice(-3)).toEqual(['', `Redis ver. ${REDIS_VERSION}`, ''])
    expect(lines.slice(0, 4).map((line) => line.length)).toEqual([10, 10, 10, 10])
    expect(lines.length).toBe(7)
  })

  it('bounds what it draws', () => {
    expect(text(run()('LOLWUT VERSION 5 1000000 1000000')).length).toBeLessThan(60_000)
    expect(run()('LOLWUT VERSION 5 0 -3')).toBeInstanceOf(Verbatim)
  })
})

describe('versions', () => {
  it('our own is that of the package', () => {
    const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
    expect(JSON.parse(text).version).toBe(VERSION)
  })
})
