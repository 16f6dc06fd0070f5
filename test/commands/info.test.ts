import { describe, expect, it } from 'vitest'
import type { Reply, Verbatim } from '../../src/core/reply.ts'
import { EMPTY_BYTES } from '../../src/types/size.ts'
import { run } from '../helpers/run.ts'

/** Sections by title, each with its fields. */
function sections(reply: Reply): Record<string, Record<string, string>> {
  const { text } = reply as Verbatim
  const found: Record<string, Record<string, string>> = {}
  for (const part of text.split('\r\n\r\n')) {
    const [title, ...lines] = part.split('\r\n').filter((line) => line !== '')
    if (title === undefined) continue
    found[title.slice(2)] = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
    )
  }
  return found
}

describe('INFO', () => {
  it('shows the usual sections, in Redis’s order', () => {
    expect(Object.keys(sections(run()('INFO')))).toEqual([
      'Server',
      'Clients',
      'Memory',
      'Persistence',
      'Threads',
      'Stats',
      'Replication',
      'CPU',
      'Modules',
      'Errorstats',
      'Cluster',
      'Keyspace',
    ])
    const usual = run()('INFO') as Verbatim
    expect((run()('INFO default') as Verbatim).text).toBe(usual.text)
  })

  it('shows what is asked for, once, in its own order', () => {
    const titles = (line: string) => Object.keys(sections(run()(line)))
    expect(titles('INFO keyspace SERVER server nosuch')).toEqual(['Server', 'Keyspace'])
    expect(titles('INFO nosuch')).toEqual([])
    expect(titles('INFO all')).toContain('Commandstats')
    expect(titles('INFO all')).not.toContain('Modules')
    expect(titles('INFO everything')).toContain('Modules')
  })

  it('names both versions', () => {
    const { Server } = sections(run()('INFO server'))
    expect(Server?.redis_version).toBe('8.10.0')
    expect(Server?.respite_version).toBe('0.1.0')
    expect(Server?.redis_mode).toBe('standalone')
  })

  it('tells the uptime by the clock', () => {
    const r = run()
    r.clock += 90_061_000
    const { Server } = sections(r('INFO server'))
    expect([Server?.uptime_in_seconds, Server?.uptime_in_days]).toEqual(['90061', '1'])
  })

  it('takes facts about the machine from the platform', () => {
    const r = run()
    r.platform.describe = () => ({
      os: 'Linux',
      processId: 7,
      heapBytes: 2048,
      residentBytes: 4096,
    })
    const { Server, Memory } = sections(r('INFO server memory'))
    expect([Server?.os, Server?.process_id]).toEqual(['Linux', '7'])
    expect(Memory?.allocator_allocated).toBe('2048')
    expect(Memory?.used_memory_rss).toBe('4096')
  })

  it('tells when the most memory was in use', () => {
    const r = run()
    const peak = () => sections(r('INFO memory')).Memory?.used_memory_peak_time
    r(`SET a ${'x'.repeat(5000)}`)
    const first = Math.floor(r.clock / 1000)
    expect(peak()).toBe(String(first))
    r.clock += 5000
    expect(peak()).toBe(String(first))
    r(`SET b ${'x'.repeat(5000)}`)
    expect(peak()).toBe(String(first + 5))
  })

  it('counts visits of the host, and what they cost', () => {
    const r = run()
    const stats = () => sections(r('INFO stats')).Stats
    for (let i = 0; i < 20; i++) r.clock += 100
    const before = stats()
    expect(Number(before?.eventloop_cycles)).toBeGreaterThan(19)
    expect(before?.instantaneous_eventloop_cycles_per_sec).toBe('10')
    expect(stats()?.eventloop_cycles).toBe(String(Number(before?.eventloop_cycles) + 1))
    const busy = stats()
    expect(Number(busy?.eventloop_duration_cmd_sum)).toBeLessThanOrEqual(
      Number(busy?.eventloop_duration_sum),
    )
  })

  it('shows what helps with debugging only to who asks for it', () => {
    const r = run()
    for (const words of ['', 'all', 'everything', 'default']) {
      expect(sections(r(`INFO ${words}`)).Debug).toBe(undefined)
    }
    r('PING')
    expect(Object.keys(sections(r('INFO debug')).Debug ?? {})).toEqual([
      'eventloop_duration_aof_sum',
      'eventloop_duration_cron_sum',
      'eventloop_duration_max',
      'eventloop_cmd_per_cycle_max',
    ])
  })

  it('counts values that the garbage collector frees where Redis would do so on the side', () => {
    const r = run()
    const freed = () => Number(sections(r('INFO memory')).Memory?.lazyfreed_objects)
    const many = Array.from({ length: 65 }, (_, i) => i).join(' ')
    r(`SADD s ${many}`)
    r(`RPUSH l ${many}`)
    r('SADD small 1')
    r(`SET text ${'x'.repeat(5000)}`)
    r('UNLINK s small text nothing')
    expect(freed()).toBe(1)
    r('DEL l')
    expect(freed()).toBe(1)
    r('CONFIG SET lazyfree-lazy-user-del yes')
    r(`RPUSH l ${many}`)
    r('DEL l')
    expect(freed()).toBe(2)
    r('MSET a 1 b 2 c 3')
    r('FLUSHALL')
    expect(freed()).toBe(5)
    r('SET a 1')
    for (const line of ['MULTI', 'FLUSHALL', 'EXEC', 'SET a 1', 'MULTI', 'FLUSHDB ASYNC', 'EXEC']) {
      r(line)
    }
    expect(freed()).toBe(6)
  })

  it('counts no more kinds of errors than there is room for', () => {
    const r = run()
    const invent = (n: number) => r(`DEBUG ERROR "E${n} is new"`)
    for (let i = 0; i < 128; i++) invent(i)
    invent(5)
    expect(sections(r('INFO errorstats')).Errorstats?.errorstat_E5).toBe('count=2')
    r.platform.logged.length = 0
    for (let i = 128; i < 200; i++) invent(i)
    expect(r.platform.logged).toHaveLength(2)
    expect(r.platform.logged[0]).toMatch(/^warning: Errorstats stopped adding new errors/)
    expect(r.platform.logged[1]).toMatch(/^warning: Current errors code list: E0, E1, /)
    expect(sections(r('INFO errorstats')).Errorstats).toEqual({
      errorstat_ERRORSTATS_DISABLED: 'count=1',
    })
    expect(sections(r('INFO stats')).Stats?.total_error_replies).toBe('201')
    r('CONFIG RESETSTAT')
    invent(1)
    expect(sections(r('INFO errorstats')).Errorstats).toEqual({ errorstat_E1: 'count=1' })
  })

  it('remembers the most memory that was in use', () => {
    const r = run()
    r(`SET a ${'x'.repeat(5000)}`)
    const { Memory: before } = sections(r('INFO memory'))
    expect(Number(before?.used_memory)).toBeGreaterThan(EMPTY_BYTES + 5000)
    r('DEL a')
    const { Memory: after } = sections(r('INFO memory'))
    // What is left is the engine, and this client.
    expect(Number(after?.used_memory)).toBe(EMPTY_BYTES + r.engine.clientLimits.used)
    expect(after?.used_memory_peak).toBe(before?.used_memory)
  })

  it('counts keys, deadlines and the mean of their TTLs', () => {
    const r = run()
    expect(sections(r('INFO keyspace')).Keyspace).toEqual({})
    r('MSET a 1 b 2')
    r('PEXPIRE a 1000')
    r('SELECT 3')
    r('SET c 1 PX 100')
    r('SET d 1 PX 301')
    r.clock += 1
    expect(sections(r('INFO keyspace')).Keyspace).toEqual({
      db0: 'keys=2,expires=1,avg_ttl=999,subexpiry=0',
      db3: 'keys=2,expires=2,avg_ttl=199,subexpiry=0',
    })
  })

  it('counts clients by what they do', () => {
    const r = run()
    r.client()('BLPOP l 0')
    r.client()('SUBSCRIBE c')
    r.client()('WATCH a')
    r.client(3)('CLIENT TRACKING ON')
    const { Clients } = sections(r('INFO clients'))
    expect(Clients).toMatchObject({
      connected_clients: '5',
      blocked_clients: '1',
      tracking_clients: '1',
      pubsub_clients: '1',
      watching_clients: '1',
      total_watched_keys: '1',
      total_blocking_keys: '1',
    })
  })

  it('counts keys for which clients wait, and those that they also wait for to go', () => {
    const r = run()
    const blocked = (): unknown[] => {
      const { Clients } = sections(r('INFO clients'))
      return [Clients?.total_blocking_keys, Clients?.total_blocking_keys_on_nokey]
    }
    r.client()('BLPOP s l 0')
    r('XGROUP CREATE s g $ MKSTREAM')
    r('XGROUP CREATE t g $ MKSTREAM')
    expect(blocked()).toEqual(['2', '0'])
    for (const name of ['a', 'b']) {
      r.client()(`XREADGROUP GROUP g ${name} BLOCK 0 STREAMS s t > >`)
    }
    expect(blocked()).toEqual(['3', '2'])
    r('DEL s')
    expect(blocked()).toEqual(['2', '0'])
  })

  it('counts apart what has expired without being asked for', () => {
    const r = run()
    r('SET a 1 PX 10')
    r('SET b 1 PX 10')
    r.platform.wind(r.clock + 10)
    r('GET a')
    const counts = () => {
      const { Stats } = sections(r('INFO stats'))
      return [Stats?.expired_keys, Stats?.expired_keys_active]
    }
    expect(counts()).toEqual(['1', '0'])
    r.clock += 1000
    expect(counts()).toEqual(['2', '1'])
  })

  it('counts hits, misses, expired keys and errors', () => {
    const r = run()
    r('SET a 1 PX 10')
    r('GET a')
    r('GET b')
    r.clock += 10
    r('GET a')
    r('LPUSH l x')
    r('GET l')
    r('NOSUCH')
    const info = sections(r('INFO stats errorstats commandstats'))
    expect(info.Stats).toMatchObject({
      keyspace_hits: '2',
      keyspace_misses: '2',
      expired_keys: '1',
      total_error_replies: '2',
      total_commands_processed: expect.stringMatching(/^[678]$/),
    })
    expect(info.Errorstats).toEqual({
      errorstat_WRONGTYPE: 'count=1',
      errorstat_ERR: 'count=1',
    })
    expect(info.Commandstats?.cmdstat_get).toBe(
      'calls=4,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=1',
    )
  })

  it('counts clients that a pause holds as blocked', () => {
    const r = run()
    r('CLIENT PAUSE 1000 WRITE')
    r.client()('SET a 1')
    expect(sections(r('INFO clients')).Clients?.blocked_clients).toBe('1')
    r('CLIENT UNPAUSE')
    expect(sections(r('INFO clients')).Clients?.blocked_clients).toBe('0')
  })

  it('tells how many commands a second were run lately', () => {
    const r = run()
    r.engine.cron()
    for (let second = 0; second < 20; second++) {
      for (let i = 0; i < 5; i++) r('PING')
      r.clock += 100
    }
    const rate = Number(sections(r('INFO stats')).Stats?.instantaneous_ops_per_sec)
    expect(rate).toBe(50)
  })

  it('lets persistence fill in its fields', () => {
    const r = run()
    expect(sections(r('INFO persistence')).Persistence).toMatchObject({
      aof_enabled: '0',
      rdb_last_bgsave_status: 'ok',
    })
    r.engine.persistence = {
      save: () => Promise.resolve(),
      rewrite: () => Promise.resolve(),
      saving: true,
      lastSave: 5,
      lastStatus: 'err',
      journalEnabled: true,
      info: { aof_base_size: 7, rdb_saves: 3 },
    }
    expect(sections(r('INFO persistence')).Persistence).toMatchObject({
      aof_enabled: '1',
      rdb_bgsave_in_progress: '1',
      rdb_last_save_time: '5',
      rdb_last_bgsave_status: 'err',
      aof_base_size: '7',
      rdb_saves: '3',
    })
  })
})

describe('commandstats', () => {
  it('counts the commands of one engine, not those of its neighbour', () => {
    const r = run()
    const other = run()
    r('SET a 1')
    r('INCR a')
    other('INCR a')
    other('INCR a')
    const { Commandstats } = sections(r('INFO commandstats'))
    expect(Object.keys(Commandstats ?? {}).sort()).toEqual(['cmdstat_incr', 'cmdstat_set'])
    expect(Commandstats?.cmdstat_incr).toMatch(/^calls=1,usec=\d+,usec_per_call=\d+\.\d\d,rejected/)
  })

  it('has RESETSTAT as the first of what it begins, and not the INFO that asks', () => {
    const r = run()
    r('SET a 1')
    r('CONFIG RESETSTAT')
    const commands = () => Object.keys(sections(r('INFO commandstats')).Commandstats ?? {})
    expect(commands()).toEqual(['cmdstat_config|resetstat'])
    expect(commands().sort()).toEqual(['cmdstat_config|resetstat', 'cmdstat_info'])
  })
})
