import { describe, expect, it } from 'vitest'
import { CommandError, journalFailed } from '../../../src/core/errors.ts'
import { BLOCKED, OK } from '../../../src/core/reply.ts'
import { ownedElsewhere, StoreError } from '../../../src/persistence/errors.ts'
import { MemoryDisk, MemoryStore } from '../../../src/persistence/stores/memory.ts'
import { PowerDisk, PowerStore } from '../../faults/power.ts'
import { type Call, storeError } from '../../helpers/faulty-store.ts'
import { dump, journalOf, world } from './world.ts'

/** A promise and its resolution. */
function gate(): { wait: Promise<void>; open(): void } {
  let open = () => {}
  const wait = new Promise<void>((resolve) => {
    open = resolve
  })
  return { wait, open: () => open() }
}

const failing =
  (error: StoreError, calls: readonly string[] = ['append']) =>
  (call: Call) =>
    calls.includes(call.name) ? { error } : null

describe('the journal', () => {
  it('has effects as Redis writes them: SELECT, MULTI around what is one unit', async () => {
    const disk = new MemoryDisk()
    const { r, settle } = await world({ disk })
    r('SET a 1')
    await settle()
    r('INCR a')
    r('RPUSH l x y')
    await settle()
    r.engine.propagation.add(3, ['SET', 'b', '1'])
    r.engine.propagation.add(3, ['SET', 'c', '2'])
    r.engine.commit()
    await settle()
    expect(journalOf(disk)).toEqual([
      '*2 $6 select $1 0 *3 $3 SET $1 a $1 1',
      '*2 $6 select $1 0 *2 $4 INCR $1 a *4 $5 RPUSH $1 l $1 x $1 y',
      '*2 $6 select $1 3 *1 $5 MULTI *3 $3 SET $1 b $1 1 *3 $3 SET $1 c $1 2 *1 $4 EXEC',
    ])
  })

  it('collects the next batch while one is being stored', async () => {
    const disk = new MemoryDisk()
    const { r, store, settle } = await world({ disk })
    const first = gate()
    store.plan = (call) => (call.name === 'append' && call.sequence === 1 ? first : null)
    r('SET a 1')
    await settle()
    for (let i = 0; i < 50; i++) r(`INCR n`)
    await settle()
    expect(journalOf(disk)).toEqual([])
    first.open()
    await settle()
    expect(disk.journal.map((record) => record.sequence)).toEqual([1, 2])
    expect(journalOf(disk)[1]).toBe(`*2 $6 select $1 0${' *2 $4 INCR $1 n'.repeat(50)}`)
  })

  it('closes a batch at its size, and never divides a unit', async () => {
    const disk = new MemoryDisk()
    const { r, settle } = await world({ disk, persistence: { batchBytes: 100 } })
    r(['SET', 'big', 'x'.repeat(300)])
    for (let i = 0; i < 10; i++) r('INCR counter')
    await settle()
    const sizes = disk.journal.map((record) => record.bytes.length - 64)
    expect(sizes.length).toBeGreaterThan(2)
    expect(sizes[0]).toBeGreaterThan(300)
    for (const size of sizes.slice(1)) expect(size).toBeLessThan(150)
  })

  it('survives a restart, with databases, lists and deadlines', async () => {
    const disk = new MemoryDisk()
    const { r, persistence, drive } = await world({ disk })
    r('SET a 1 PX 5000')
    r('RPUSH l 1 2 3')
    r('LPOP l')
    r(['SET', 'bin', '\x00\xff\r\n*3\r\n'])
    await drive(persistence.close())
    const again = await world({ disk })
    expect(dump(again.r.engine)).toEqual(dump(r.engine))
    expect(again.recovered).toMatchObject({ records: 1, truncated: null, mustRewrite: false })
    expect(again.r.engine.stats).toMatchObject({ commandsProcessed: 0, connectionsReceived: 1 })
  })
})

describe('appendfsync always', () => {
  it('answers a write only when its batch is stored, strictly, and reads behind it after it', async () => {
    const { r, store, settle } = await world()
    const first = gate()
    store.plan = (call) => (call.name === 'append' ? first : null)
    expect(r('SET a 1')).toBe(BLOCKED)
    expect(r('GET a')).toBe(BLOCKED)
    const other = r.client()
    expect(other('GET a')).toBe(BLOCKED)
    await settle()
    expect([...r.replies, ...other.replies]).toEqual([])
    first.open()
    await settle()
    expect(r.replies).toEqual([OK, '1'])
    expect(other.replies).toEqual(['1'])
    expect(store.calls.at(-1)).toMatchObject({ name: 'append', durability: 'strict' })
  })

  it('tries again before it gives up, and nobody notices', async () => {
    const { r, store, pass, persistence, events } = await world()
    let failures = 2
    store.plan = (call) =>
      call.name === 'append' && failures-- > 0 ? { error: storeError('io', 'hiccup') } : null
    r('SET a 1')
    await pass(1000)
    expect(r.replies).toEqual([OK])
    expect(persistence.state).toBe('saved')
    expect(events.filter((event) => event.type === 'error')).toEqual([])
  })

  it('answers waiting writes with MISCONF when the store fails for good, and waiting reads as they are', async () => {
    const { r, store, pass, persistence, events } = await world()
    store.plan = failing(storeError('io', 'disk on fire'), ['append', 'replace'])
    r('SET a 1')
    const other = r.client()
    other('GET a')
    await pass(1000)
    expect(r.replies).toEqual([journalFailed('disk on fire')])
    expect(other.replies).toEqual(['1'])
    expect(persistence.status).toMatchObject({ state: 'failed', lastError: { code: 'io' } })
    expect(persistence.status.pendingBytes).toBeGreaterThan(0)
    expect(events.filter((event) => event.type === 'error')).toHaveLength(1)
    // Latched: writes are refused at once, reads are answered at once, and nothing changes.
    expect(r('SET a 2')).toEqual(journalFailed('disk on fire'))
    expect(r('GET a')).toBe('1')
  })

  it('stores what it kept when the store works again, and only then takes writes', async () => {
    const disk = new MemoryDisk()
    const { r, store, pass, persistence } = await world({ disk })
    store.plan = failing(storeError('io'), ['append', 'replace'])
    r('SET a 1')
    await pass(1000)
    expect(persistence.state).toBe('failed')
    store.plan = () => null
    await pass(30_000)
    expect(persistence.state).toBe('saved')
    expect(r.engine.refusal).toBe(null)
    r('SET b 2')
    await pass(10)
    expect(r.replies.at(-1)).toBe(OK)
    const again = await world({ disk })
    expect(dump(again.r.engine)).toEqual(['0 a "1"', '0 b "2"'])
  })

  it('tries at once when it is told to', async () => {
    const { r, store, pass, persistence, drive } = await world()
    store.plan = failing(storeError('io', 'still'), ['append', 'replace'])
    r('SET a 1')
    await pass(1000)
    await expect(drive(persistence.retry())).rejects.toMatchObject({ code: 'io', message: 'still' })
    store.plan = () => null
    await drive(persistence.retry())
    expect(persistence.state).toBe('saved')
  })

  it('never answers a slipped write with success while it is latched', async () => {
    const { r, store, pass, persistence, drive } = await world()
    store.plan = failing(storeError('io'), ['append', 'replace'])
    r('SET a 1')
    await pass(1000)
    expect(persistence.state).toBe('failed')
    const before = r.replies.length
    // As a command would that passed the check before the failure.
    r.engine.refusal = null
    expect(r('SET slipped 1')).toBe(BLOCKED)
    await pass(10)
    expect(r.replies.slice(before)).toEqual([journalFailed('io')])
    store.plan = () => null
    await drive(persistence.retry())
    expect(persistence.state).toBe('saved')
  })

  it('goes on in memory under stop-writes-on-bgsave-error no', async () => {
    const disk = new MemoryDisk()
    const { r, store, pass, persistence, drive } = await world({
      disk,
      config: { 'stop-writes-on-bgsave-error': 'no' },
    })
    store.plan = failing(storeError('io', 'gone'), ['append', 'replace'])
    r('SET a 1')
    await pass(1000)
    expect(r.replies).toEqual([journalFailed('gone')])
    expect(r('SET b 2')).toBe(OK)
    expect(persistence.state).toBe('failed')
    store.plan = () => null
    await drive(persistence.retry())
    expect(dump((await world({ disk })).r.engine)).toEqual(['0 a "1"', '0 b "2"'])
  })

  it('takes a snapshot in place of kept bytes that have become too many', async () => {
    const disk = new MemoryDisk()
    const { r, store, pass, persistence, drive } = await world({
      disk,
      config: { 'stop-writes-on-bgsave-error': 'no' },
      persistence: { retainBytes: 500 },
    })
    store.plan = failing(storeError('io', 'gone'), ['append', 'replace'])
    r('SET a 1')
    await pass(1000)
    for (let i = 0; i < 100; i++) r(`SET key:${i} ${i}`)
    expect(persistence.status.pendingBytes).toBeLessThan(2000)
    store.plan = () => null
    r('SET last 1')
    await drive(persistence.retry())
    expect(persistence.state).toBe('saved')
    expect(disk.snapshot.length).toBeGreaterThan(0)
    expect(dump((await world({ disk })).r.engine)).toEqual(dump(r.engine))
  })

  it('compacts a full store once, and then latches', async () => {
    const { r, store, pass, persistence } = await world()
    store.plan = failing(storeError('quota-exceeded'), ['append', 'write'])
    r('SET a 1')
    await pass(100)
    expect(store.names.filter((name) => name === 'replace')).toHaveLength(1)
    expect(persistence.status).toMatchObject({
      state: 'failed',
      lastError: { code: 'quota-exceeded' },
    })
    expect(r.replies).toEqual([journalFailed('quota-exceeded')])
    await pass(20_000)
    expect(store.names.filter((name) => name === 'replace')).toHaveLength(1)
  })

  it('does not even latch when compacting gives the room', async () => {
    const disk = new MemoryDisk()
    const { r, store, pass, persistence } = await world({ disk })
    r('SET a 1')
    await pass(10)
    let full = true
    store.plan = (call) => {
      if (call.name === 'commit') full = false
      return full && call.name === 'append' ? { error: storeError('quota-exceeded') } : null
    }
    r('SET b 2')
    r('SET c 3')
    await pass(10)
    expect(r.replies).toEqual([OK, OK, OK])
    expect(persistence.state).toBe('saved')
    expect(disk.journal).toEqual([])
    expect(dump((await world({ disk })).r.engine)).toEqual(['0 a "1"', '0 b "2"', '0 c "3"'])
  })

  it('believes nothing after a sync that failed: a fresh snapshot takes the place of the journal', async () => {
    const disk = new MemoryDisk()
    const { r, store, pass, persistence } = await world({ disk })
    r('SET a 1')
    await pass(10)
    let once = true
    store.plan = (call) => {
      if (call.name !== 'append' || !once) return null
      once = false
      return { error: new StoreError('io', 'fsync failed', { lost: true }) }
    }
    r('SET b 2')
    await pass(10)
    expect(r.replies).toEqual([OK, OK])
    expect(persistence.state).toBe('saved')
    expect(disk.journal).toEqual([])
    expect(disk.snapshot.length).toBe(3)
    r('SET c 3')
    await pass(10)
    expect(dump((await world({ disk })).r.engine)).toEqual(['0 a "1"', '0 b "2"', '0 c "3"'])
  })

  it('takes a second snapshot if what came after the moment of the first is in doubt', async () => {
    const disk = new PowerDisk()
    const { r, store, pass, persistence } = await world({
      inner: new PowerStore(disk),
      config: { appendfsync: 'no' },
      persistence: { sliceMicros: 0 },
    })
    for (let i = 0; i < 300; i++) r(`SET key:${i} ${i}`)
    await pass(10)
    const turn = async () => {
      r.platform.wind(r.platform.now() + 5)
      for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
    }
    void persistence.save()
    await turn()
    r('SET stored 1')
    await turn()
    expect(store.names.slice(-2)).toContain('append')
    expect(store.names).not.toContain('commit')
    let once = true
    store.plan = (call) => {
      if (call.name !== 'append' || !once) return null
      once = false
      disk.dropUnsynced()
      return { error: new StoreError('io', 'fsync failed', { lost: true }) }
    }
    r('SET failed 1')
    await turn()
    expect(once).toBe(false)
    expect(store.names).not.toContain('commit')
    await pass(1000)
    expect(persistence.state).toBe('saved')
    expect(store.names.filter((name) => name === 'commit')).toHaveLength(2)
    disk.fail(true, () => 0)
    expect(dump((await world({ inner: new PowerStore(disk) })).r.engine)).toEqual(dump(r.engine))
  })

  it('takes a record twice if the first time was stored and said otherwise', async () => {
    const disk = new MemoryDisk()
    const { r, store, pass } = await world({ disk })
    let once = true
    store.plan = (call) => {
      if (call.name !== 'append' || !once) return null
      once = false
      return { error: storeError('closed', 'connection lost'), effect: 'whole' }
    }
    r('INCR n')
    r('INCR n')
    await pass(1000)
    expect(r.replies).toEqual([1, 2])
    expect(dump((await world({ disk })).r.engine)).toEqual(['0 n "2"'])
  })

  it('refuses every write for ever once another owner has the data, and writes nothing more', async () => {
    const disk = new MemoryDisk()
    const { r, store, pass, persistence, events, drive } = await world({ disk })
    r('SET a 1')
    await pass(10)
    const other = await world({ disk })
    r('SET a 2')
    r('GET a')
    await pass(10)
    expect(r.replies.slice(1)).toEqual([
      journalFailed('another owner has taken the data set over (epoch 2, ours is 1)'),
      '2',
    ])
    expect(persistence.status.state).toBe('fenced')
    expect(events.filter((event) => event.type === 'fenced')).toHaveLength(1)
    expect(r('SET a 3')).toEqual(ownedElsewhere)
    expect(r('GET a')).toBe('2')
    const calls = store.calls.length
    await pass(60_000)
    await expect(drive(persistence.flush())).rejects.toMatchObject({ code: 'fenced' })
    await expect(drive(persistence.save())).rejects.toMatchObject({ code: 'fenced' })
    expect(store.calls.length).toBe(calls)
    expect(dump(other.r.engine)).toEqual(['0 a "1"'])
    await drive(persistence.close())
    await pass(10)
  })
})

describe('appendfsync everysec and no', () => {
  it('answer at once, store within milliseconds, and sync once a second or never', async () => {
    for (const policy of ['everysec', 'no']) {
      const { r, store, pass, persistence } = await world({ config: { appendfsync: policy } })
      expect(r('SET a 1')).toBe(OK)
      expect(persistence.state).toBe('saving')
      await pass(10)
      expect(persistence.state).toBe('saved')
      r('SET b 1')
      await pass(10)
      expect(store.calls.filter((call) => call.name === 'append').map((c) => c.durability)).toEqual(
        ['relaxed', 'relaxed'],
      )
      await pass(2000)
      const syncs = policy === 'everysec' ? 1 : 0
      expect(store.names.filter((name) => name === 'sync')).toHaveLength(syncs)
      await pass(5000)
      expect(store.names.filter((name) => name === 'sync')).toHaveLength(syncs)
    }
  })

  it('sync once a second under a load that never ends, too', async () => {
    const { r, store, platform } = await world({ config: { appendfsync: 'everysec' } }).then(
      (made) => ({ ...made, platform: made.r.platform }),
    )
    // Whenever a batch is stored, the next one is there already.
    store.plan = (call) =>
      call.name === 'append'
        ? { wait: new Promise<void>((resolve) => void platform.after(20, resolve)) }
        : null
    const synced: number[] = []
    const begun = r.clock
    for (let ms = 0; ms < 4000; ms += 5) {
      r(`SET a ${ms}`)
      r.clock += 5
      await new Promise<void>((resolve) => setImmediate(resolve))
      const syncs = store.names.filter((name) => name === 'sync').length
      if (syncs > synced.length) synced.push(r.clock - begun)
    }
    expect(synced.length).toBeGreaterThanOrEqual(4)
    for (const [i, at] of synced.entries()) expect(at - (synced[i - 1] ?? 0)).toBeLessThan(1000)
  })

  it('flush makes strict what was relaxed', async () => {
    const { r, store, persistence, drive } = await world({ config: { appendfsync: 'no' } })
    r('SET a 1')
    await drive(persistence.flush())
    expect(store.calls.at(-1)).toMatchObject({ name: 'append', durability: 'strict' })
  })

  it('refuse writes after a failure, and answer the earlier ones as they were', async () => {
    const { r, store, pass, persistence, drive } = await world({
      config: { appendfsync: 'everysec' },
    })
    store.plan = failing(storeError('io', 'bad'), ['append', 'replace'])
    expect(r('SET a 1')).toBe(OK)
    await pass(1000)
    expect(r('SET a 2')).toEqual(journalFailed('bad'))
    expect(r('GET a')).toBe('1')
    store.plan = () => null
    await drive(persistence.retry())
    expect(r('SET a 2')).toBe(OK)
  })

  it('latch when the sync fails, and open when it works', async () => {
    const { r, store, pass, persistence } = await world({ config: { appendfsync: 'everysec' } })
    store.plan = failing(storeError('io', 'sync'), ['sync'])
    r('SET a 1')
    await pass(1100)
    expect(persistence.state).toBe('failed')
    expect(r('SET a 2')).toEqual(journalFailed('sync'))
    store.plan = () => null
    await pass(2000)
    expect(persistence.state).toBe('saved')
    expect(r('SET a 2')).toBe(OK)
  })

  it('let replies wait when the store falls far behind', async () => {
    const { r, store, pass } = await world({
      config: { appendfsync: 'no' },
      persistence: { backlogBytes: 1000, batchBytes: 400 },
    })
    const slow = gate()
    store.plan = (call) => (call.name === 'append' ? slow : null)
    let answered = 0
    for (let i = 0; i < 100; i++) if (r(['SET', `key:${i}`, 'x'.repeat(50)]) === OK) answered++
    expect(answered).toBeGreaterThan(5)
    expect(answered).toBeLessThan(20)
    slow.open()
    await pass(100)
    expect(r.replies).toHaveLength(100 - answered)
    expect(r('SET after 1')).toBe(OK)
  })
})

describe('a store that is slower than what it is to take', () => {
  it('lets replies wait as soon as an effect is older than lagMs, until it has caught up', async () => {
    for (const policy of ['everysec', 'no']) {
      const { r, store, pass, persistence } = await world({
        config: { appendfsync: policy },
        persistence: { lagMs: 500 },
      })
      const slow = gate()
      store.plan = (call) => (call.name === 'append' ? slow : null)
      let answered = 0
      for (let ms = 0; ms < 1000; ms += 50) {
        if (r('INCR n') !== BLOCKED) answered++
        await pass(50)
      }
      // At 0, 50 … 450 ms nothing was old enough; the one at 500 ms is the first to wait.
      expect([policy, answered]).toEqual([policy, 10])
      expect(persistence.status.lag).toBe(1000)
      slow.open()
      await pass(100)
      expect(r.replies).toHaveLength(10)
      expect(r('INCR n')).toBe(21)
    }
  })

  it('does not, however long it lasts, if each effect is stored in time', async () => {
    const { r, store, pass, persistence } = await world({ config: { appendfsync: 'everysec' } })
    store.plan = (call) =>
      call.name === 'append'
        ? { wait: new Promise((done) => void r.platform.after(30, () => done(null))) }
        : null
    let answered = 0
    for (let ms = 0; ms < 3000; ms += 10) {
      if (r('INCR n') !== BLOCKED) answered++
      await pass(10)
    }
    expect(answered).toBe(300)
    expect(persistence.status.lag).toBeLessThan(100)
  })
})

describe('a change of appendfsync', () => {
  it('takes effect at once, in both directions', async () => {
    const { r, store, pass } = await world({ config: { appendfsync: 'everysec' } })
    const slow = gate()
    store.plan = (call) => (call.name === 'append' ? slow : null)
    expect(r('SET a 1')).toBe(OK)
    r.engine.config.set('appendfsync', 'always')
    expect(r('SET a 2')).toBe(BLOCKED)
    r.engine.config.set('appendfsync', 'no')
    expect(r.replies).toEqual([OK])
    expect(r('SET a 3')).toBe(OK)
    slow.open()
    await pass(100)
    r.engine.config.set('appendfsync', 'always')
    expect(r('SET a 4')).toBe(BLOCKED)
    await pass(100)
    expect(r.replies).toEqual([OK, OK])
  })
})

describe('a store that is not there', () => {
  it('is reported, and memory takes its place if that was wanted', async () => {
    const inner = new MemoryStore()
    inner.open = () => Promise.reject(new StoreError('unavailable', 'there is no IndexedDB here'))
    const { r, persistence, recovered, drive, events } = await world({
      inner,
      persistence: { fallback: 'memory' },
    })
    expect(recovered).toBe(null)
    expect(persistence.status).toMatchObject({
      state: 'memory-only',
      lastError: { code: 'unavailable' },
    })
    expect(events.map((event) => event.type)).toEqual(['error', 'state'])
    expect(r('SET a 1')).toBe(OK)
    await expect(drive(persistence.save())).rejects.toMatchObject({ code: 'unavailable' })
    await expect(world({ inner })).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('is tried again when the failure may pass', async () => {
    const inner = new MemoryStore()
    const open = inner.open.bind(inner)
    let failures = 2
    inner.open = () => (failures-- > 0 ? Promise.reject(storeError('io', 'hiccup')) : open())
    const { persistence } = await world({ inner })
    expect(persistence.state).toBe('saved')
  })
})

describe('errors', () => {
  it('of the journal are of the kinds that clients know', () => {
    expect(journalFailed('x')).toEqual(
      new CommandError('Errors writing to the AOF file: x', 'MISCONF'),
    )
    expect(ownedElsewhere.code).toBe('READONLY')
  })
})
