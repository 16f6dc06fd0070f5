import { describe, expect, it } from 'vitest'
import { families } from '../../src/commands/index.ts'
import { CommandError, noSuchKey } from '../../src/core/errors.ts'
import { BLOCKED, OK, PONG, Status, type Verbatim } from '../../src/core/reply.ts'
import { Engine } from '../../src/engine/engine.ts'
import { digest } from '../helpers/digest.ts'
import { run, TestPlatform } from '../helpers/run.ts'

describe('DEBUG', () => {
  const ask = (config: Record<string, string>, address: string) => {
    const engine = new Engine({ platform: new TestPlatform(), commands: families, config })
    const client = engine.connect(
      { reply() {}, push() {}, flush() {}, close() {} },
      { address, local: '' },
    )
    return engine.execute(client, ['DEBUG', 'SLEEP', '0'])
  }

  it('is there only where a configuration says so', () => {
    const refusal = new CommandError(
      'DEBUG command not allowed. If the enable-debug-command option is set to "local", you can ' +
        'run it from a local connection, otherwise you need to set this option in the ' +
        'configuration file, and then restart the server.',
    )
    expect(ask({}, '127.0.0.1:5')).toEqual(refusal)
    expect(ask({ 'enable-debug-command': 'local' }, '10.0.0.1:5')).toEqual(refusal)
    expect(ask({ 'enable-debug-command': 'local' }, '127.0.0.1:5')).toBe(OK)
    expect(ask({ 'enable-debug-command': 'local' }, '[::1]:5')).toBe(OK)
    expect(ask({ 'enable-debug-command': 'yes' }, '10.0.0.1:5')).toBe(OK)
  })

  it('refuses what would crash a process', () => {
    const r = run()
    for (const name of ['SEGFAULT', 'PANIC', 'OOM', 'ASSERT', 'RESTART', 'CRASH-AND-RECOVER']) {
      expect(r(`DEBUG ${name}`)).toBeInstanceOf(CommandError)
    }
    expect(r('PING')).toBe(PONG)
  })
})

describe('DEBUG SLEEP', () => {
  it('serves nobody for a while, without holding the thread', () => {
    const r = run()
    const other = r.client()
    expect(r('DEBUG SLEEP 0.5')).toBe(BLOCKED)
    expect(other('PING')).toBe(BLOCKED)
    r.clock += 499
    expect([r.replies, other.replies]).toEqual([[], []])
    r.clock += 1
    expect([r.replies, other.replies]).toEqual([[OK], [PONG]])
  })

  it('is counted with all of its time', () => {
    const r = run()
    r('DEBUG SLEEP 0.5')
    r.clock += 500
    const text = (r('INFO commandstats') as Verbatim).text
    expect(text).toMatch(/cmdstat_debug:calls=1,usec=500\d{3},/)
  })

  it('is over at once in a transaction whose clock stands still', () => {
    const r = run()
    r('MULTI')
    r('DEBUG SLEEP 0.01')
    expect(r('EXEC')).toEqual([OK])
  })
})

describe('DEBUG SET-ACTIVE-EXPIRE', () => {
  it('stops the expiry of keys that nobody asks for', () => {
    const r = run()
    r('DEBUG SET-ACTIVE-EXPIRE 0')
    r('SET a 1 PX 10')
    r.clock += 1000
    expect(r('DBSIZE')).toBe(1)
    r('DEBUG SET-ACTIVE-EXPIRE 1')
    r.clock += 1000
    expect(r('DBSIZE')).toBe(0)
  })
})

describe('DEBUG SET-ALLOW-ACCESS-EXPIRED', () => {
  it('lets keys and fields be read whose time is up', () => {
    const r = run()
    r('DEBUG SET-ACTIVE-EXPIRE 0')
    r('DEBUG SET-ALLOW-ACCESS-EXPIRED 1')
    r('SET a 1 PX 10')
    r('HSET h f 1')
    r('HPEXPIRE h 10 FIELDS 1 f')
    r.clock += 1000
    const all = () => [r('GET a'), r('KEYS a'), r('HGET h f'), r('HLEN h'), r('HRANDFIELD h')]
    expect(all()).toEqual(['1', ['a'], '1', 1, 'f'])
    expect(r('HINCRBY h f 1')).toBe(2)
    r('DEBUG SET-ALLOW-ACCESS-EXPIRED 0')
    expect(all()).toEqual([null, [], null, 0, null])
  })
})

describe('DEBUG OBJECT', () => {
  it('tells encoding and age', () => {
    const r = run()
    r('SET a hello')
    r.clock += 3000
    expect((r('DEBUG OBJECT a') as Status).text).toMatch(
      /^Value at:0x[0-9a-f]{12} refcount:1 encoding:embstr serializedlength:6 lru:\d+ lru_seconds_idle:3$/,
    )
    r('RPUSH l a b')
    expect((r('DEBUG OBJECT l') as Status).text).toContain('encoding:listpack')
    expect(r('DEBUG OBJECT nosuch')).toBe(noSuchKey)
  })

  it('tells of the nodes of a quicklist', () => {
    const r = run()
    r('CONFIG SET list-max-listpack-size 2 list-compress-depth 1')
    r('RPUSH l a b c d e')
    expect((r('DEBUG OBJECT l') as Status).text).toMatch(
      / ql_nodes:3 ql_avg_node:1\.67 ql_listpack_max:2 ql_compressed:1 ql_uncompressed_size:\d+$/,
    )
  })

  it('SDSLEN, LISTPACK and QUICKLIST know their own encodings only', () => {
    const r = run()
    r('SET n 12')
    r('SET s abc')
    r('RPUSH l a')
    expect(r('DEBUG SDSLEN s')).toEqual(
      new Status(
        'key_sds_len:1, key_sds_avail:0, key_zmalloc: 4, val_sds_len:3, val_sds_avail:0, ' +
          'val_zmalloc: 6',
      ),
    )
    expect(r('DEBUG SDSLEN n')).toEqual(new CommandError('Not an sds encoded string.'))
    expect(r('DEBUG LISTPACK l')).toEqual(new Status('Listpack structure printed on stdout'))
    r('HSET h f v')
    r('HEXPIRE h 10 FIELDS 1 f')
    expect(r('DEBUG LISTPACK h')).toEqual(new Status('Listpack structure printed on stdout'))
    expect(r('DEBUG QUICKLIST l')).toEqual(new CommandError('Not a quicklist encoded object.'))
  })
})

describe('DEBUG DIGEST', () => {
  it('does not depend on the order of keys, only on what they hold', () => {
    const fill = (...lines: string[]) => {
      const r = run()
      for (const line of lines) r(line)
      return r('DEBUG DIGEST')
    }
    expect(fill('SET a 1', 'RPUSH l x y')).toEqual(fill('RPUSH l x y', 'SET a 1'))
    expect(fill('SET a 1')).toEqual(fill('INCR a'))
    expect(fill('RPUSH l x y')).not.toEqual(fill('RPUSH l y x'))
    expect(fill('SET a 1')).not.toEqual(fill('SET a 1 EX 10'))
    expect(fill('SET a 1')).not.toEqual(fill('SELECT 1', 'SET a 1'))
  })
})

describe('DEBUG ERROR', () => {
  it('takes the first word for the code', () => {
    expect(run()(['DEBUG', 'ERROR', 'FOO bar baz'])).toEqual(new CommandError('bar baz', 'FOO'))
  })
})

describe('DEBUG RELOAD', () => {
  it('saves and reads back, and answers then', async () => {
    const r = run()
    const calls: string[] = []
    const note = (name: string) => {
      calls.push(name)
      return Promise.resolve()
    }
    r.engine.persistence = {
      save: () => note('save'),
      rewrite: () => note('rewrite'),
      reload: () => note('reload'),
      saving: false,
      lastSave: 0,
      lastStatus: 'ok',
      journalEnabled: true,
      info: {},
    }
    expect(r('DEBUG RELOAD')).toBe(BLOCKED)
    await new Promise((resolve) => setImmediate(resolve))
    expect(r('DEBUG RELOAD NOSAVE')).toBe(BLOCKED)
    await new Promise((resolve) => setImmediate(resolve))
    expect([calls, r.replies]).toEqual([
      ['save', 'reload', 'reload'],
      [OK, OK],
    ])
  })

  it('without a store, all data go through an RDB file, with deadlines, layouts and usage', () => {
    const r = run()
    for (const request of [
      'SET s hello PX 5000',
      'APPEND s !',
      'RPUSH l a 1',
      'SADD i 1 2',
      'ZADD z 1.5 m',
      'HSET h f v',
      'HSETEX g EX 5 FIELDS 1 f v',
      'XADD x 1-1 f v',
      'XGROUP CREATE x readers 0',
      'XREADGROUP GROUP readers me STREAMS x >',
      'CONFIG SET maxmemory-policy allkeys-lru',
    ]) {
      r(request)
    }
    r.clock += 1000
    r('SELECT 3')
    r('SET s other')
    r('SELECT 0')
    const before = digest(r.engine)
    expect(r('DEBUG RELOAD')).toBe(OK)
    expect(digest(r.engine)).toEqual(before)
    expect(r('OBJECT ENCODING g')).toBe('listpackex')
    expect(r('OBJECT IDLETIME l')).toBe(1)
    r.clock += 5000
    expect(r('EXISTS s g')).toBe(0)
  })

  it('what has expired does not come back', () => {
    const r = run()
    r('SET a 1 PX 10')
    r('SET b 1')
    r.platform.wind(r.clock + 11)
    expect(r('DEBUG RELOAD')).toBe(OK)
    expect(r('DBSIZE')).toBe(1)
  })

  it('NOFLUSH keeps what is there, which only MERGE lets be replaced', () => {
    const r = run()
    r('SET a 1')
    expect(r('DEBUG RELOAD NOFLUSH')).toEqual(
      new CommandError('Error trying to load the RDB dump, check server logs'),
    )
    expect(r.platform.logged).toEqual(['warning: DEBUG RELOAD: a key comes twice'])
    expect(r('DEBUG RELOAD NOFLUSH MERGE')).toBe(OK)
    expect(r('GET a')).toBe('1')
  })

  it('NOSAVE and LOADAOF need a store, and other options are unknown', () => {
    const r = run()
    const none = new CommandError('no store is attached that could be read back')
    expect(r('DEBUG RELOAD NOSAVE')).toEqual(none)
    expect(r('DEBUG LOADAOF')).toEqual(none)
    expect(r('DEBUG RELOAD SOON')).toEqual(
      new CommandError('DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.'),
    )
  })
})

describe('DEBUG POPULATE', () => {
  it('tells nobody of its keys, but what is saved at the end has them', () => {
    const r = run()
    r('DEBUG POPULATE 3')
    expect(r.effects).toEqual([])
    expect(r.engine.dirty).toBe(3)
  })
})

describe('DEBUG’s small helpers', () => {
  it('SET-SKIP-CHECKSUM-VALIDATION lets RESTORE take a wrong checksum', () => {
    const r = run()
    r('SET a 1')
    const wrong = `${(r('DUMP a') as string).slice(0, -1)}x`
    const refusal = new CommandError('DUMP payload version or checksum are wrong')
    expect(r(['RESTORE', 'b', '0', wrong])).toEqual(refusal)
    expect(r('DEBUG SET-SKIP-CHECKSUM-VALIDATION 1')).toBe(OK)
    expect(r(['RESTORE', 'b', '0', wrong])).toBe(OK)
    expect(r('DEBUG SET-SKIP-CHECKSUM-VALIDATION 0')).toBe(OK)
    expect(r(['RESTORE', 'c', '0', wrong])).toEqual(refusal)
  })

  it('LOG writes to the log', () => {
    const r = run()
    expect(r('DEBUG LOG hello')).toBe(OK)
    expect(r.platform.logged).toEqual(['warning: DEBUG LOG: hello'])
  })

  it('CHANGE-REPL-ID takes a new name for the history', () => {
    const r = run()
    const before = r.engine.replicationId
    r('DEBUG CHANGE-REPL-ID')
    expect(r.engine.replicationId).toMatch(/^[0-9a-f]{40}$/)
    expect(r.engine.replicationId).not.toBe(before)
  })

  it('HELP names every helper', () => {
    const lines = (run()('DEBUG HELP') as Status[]).map((line) => line.text)
    expect(lines).toEqual(expect.arrayContaining(['DIGEST', 'SLEEP <seconds>', 'HELP']))
  })
})
