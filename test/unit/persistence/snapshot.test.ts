import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Status } from '../../../src/core/reply.ts'
import type { Database } from '../../../src/keyspace/database.ts'
import { Keyspace } from '../../../src/keyspace/keyspace.ts'
import { HEADER_SIZE, readHeader } from '../../../src/persistence/record.ts'
import { SnapshotWalk } from '../../../src/persistence/snapshot.ts'
import { respFormat } from '../../../src/persistence/snapshot-format.ts'
import { MemoryDisk } from '../../../src/persistence/stores/memory.ts'
import { List } from '../../../src/types/list.ts'
import { SetValue } from '../../../src/types/set.ts'
import { storeError } from '../../helpers/faulty-store.ts'
import { dump, makeWorld, world } from './world.ts'

const lines = (keyspace: Keyspace): string[] => dump({ keyspace } as Parameters<typeof dump>[0])
const keyspaceOf = (): Keyspace => new Keyspace(3, () => 7)

function setOf(keyspace: Keyspace, members: readonly string[]): SetValue {
  const set = SetValue.for(keyspace.setLimits, members[0] as string, members.length)
  for (const member of members) set.add(member)
  return set
}

/** Long lines make a failure unreadable. */
const short = (all: readonly string[]): string[] =>
  all.map((line) =>
    line.length < 200 ? line : `${line.slice(0, 60)} … ${line.length} … ${line.slice(-60)}`,
  )

/** Load what a walk has written into a new keyspace; every key must come once. */
function loaded(record: Uint8Array): string[] {
  const keyspace = keyspaceOf()
  const reader = respFormat.reader(keyspace)
  for (const _ of reader.load(record.subarray(HEADER_SIZE))) {
    // Loading needs no pauses here.
  }
  return lines(keyspace)
}

/** One change of any kind; the numbers choose which and where. */
function mutate(keyspace: Keyspace, kind: number, which: number, where: number): void {
  const db = keyspace.at(which % 3) as Database
  const index = db.size === 0 ? -1 : where % db.size
  const name = `key:${where % 40}`
  switch (kind % 10) {
    case 0:
    case 1: {
      const at = db.find(name)
      if (at < 0) db.insert(name, `new ${where}`)
      else db.replaceAt(at, `other ${where}`)
      return
    }
    case 2:
    case 3:
      if (index >= 0) db.removeAt(index)
      return
    case 4:
      // The last entry is the one whose place the next new key takes.
      if (db.size > 0) db.removeAt(db.size - 1)
      return
    case 5:
      if (index >= 0) db.setDeadlineAt(index, where % 3 === 0 ? 0 : 1e12 + where)
      return
    case 6: {
      const value = index < 0 ? undefined : db.valueAt(index)
      if (!(value instanceof List)) return
      db.beforeEdit(index)
      // A stored list is never empty.
      if (where % 2 === 0 && value.length > 1) value.items.popHead()
      else value.pushTail(`more ${where}`)
      return
    }
    case 7:
      if (db.find(name) < 0) db.insert(name, listOf(where % 7))
      return
    case 8:
      keyspace.swap(which % 3, where % 3)
      return
    default:
      // SCAN rests somewhere, and entries move in another way.
      db.entries.pause(where % (db.size + 1))
  }
}

function listOf(length: number): List {
  const list = new List()
  for (let i = 0; i < length + 1; i++) list.pushTail(`element ${i}`)
  return list
}

const operation = fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 2 }), fc.nat({ max: 1000 }))

describe('a snapshot walk', () => {
  it('writes the keyspace as it was at its beginning, whatever changes meanwhile', () => {
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 120 }),
        fc.array(fc.oneof(operation, fc.nat({ max: 5 })), { maxLength: 150 }),
        (before, during) => {
          const keyspace = keyspaceOf()
          for (const [kind, which, where] of before) {
            if (kind !== 8) mutate(keyspace, kind, which, where)
          }
          const expected = lines(keyspace)
          const writer = respFormat.writer()
          const walk = new SnapshotWalk(keyspace, writer)
          // The walk looks at its watch every sixteen entries; here it may stop at each.
          const advance = (entries: number) => {
            for (let i = 0; i < entries; i++) visitOne(walk)
          }
          for (const each of during) {
            if (typeof each === 'number') advance(each)
            else mutate(keyspace, each[0], each[1], each[2])
          }
          expect(walk.advance(() => false)).toBe(true)
          expect(loaded(writer.take(1, 1))).toEqual(expected)
          expect(walk.keys).toBe(expected.length)
          for (const db of keyspace.databases) expect(db.barrier).toBe(null)
        },
      ),
      { numRuns: 400 },
    )
  })

  it('does not save a key that took the place of a removed last one', () => {
    const keyspace = keyspaceOf()
    const db = keyspace.at(0)
    for (const key of ['a', 'b', 'c']) db.insert(key, '1')
    const writer = respFormat.writer()
    const walk = new SnapshotWalk(keyspace, writer)
    db.removeAt(2)
    db.insert('young', '2')
    walk.advance(() => false)
    expect(loaded(writer.take(1, 1))).toEqual(['0 a "1"', '0 b "1"', '0 c "1"'])
  })

  it('skips nothing where a key takes the place of a removed one before a resting SCAN', () => {
    const keyspace = keyspaceOf()
    const db = keyspace.at(0)
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) db.insert(key, '1')
    const writer = respFormat.writer()
    const walk = new SnapshotWalk(keyspace, writer)
    db.entries.pause(3)
    db.removeAt(0)
    expect([0, 1, 2, 3, 4].map((i) => db.keyAt(i))).toEqual(['c', 'b', 'f', 'd', 'e'])
    walk.advance(() => false)
    expect(loaded(writer.take(1, 1)).map((line) => line.charAt(2))).toEqual([...'abcdef'])
  })

  it('keeps the deadline of the only key that has one when that key is removed', () => {
    const keyspace = keyspaceOf()
    const db = keyspace.at(0)
    db.insert('a', '1')
    db.setDeadlineAt(db.insert('b', '1'), 1e12)
    const writer = respFormat.writer()
    const walk = new SnapshotWalk(keyspace, writer)
    db.removeAt(1)
    walk.advance(() => false)
    expect(loaded(writer.take(1, 1))).toEqual(['0 a "1"', '0 b "1" until 1000000000000'])
  })

  it('writes sets of each layout, and a large one in steps', () => {
    const keyspace = keyspaceOf()
    const db = keyspace.at(1)
    const many = Array.from({ length: 10_000 }, (_, i) => `member ${i}`)
    db.insert('integers', setOf(keyspace, ['3', '-1', '9223372036854775807']))
    db.setDeadlineAt(db.insert('words', setOf(keyspace, ['', 'b', '\u00ff', '7'])), 1e12)
    const large = setOf(keyspace, many)
    db.insert('large', large)
    const expected = lines(keyspace)
    const writer = respFormat.writer()
    const walk = new SnapshotWalk(keyspace, writer)
    visitOne(walk)
    visitOne(walk)
    expect(writer.size).toBeLessThan(150_000)
    db.beforeEdit(db.find('large'))
    large.delete('member 9999')
    expect(writer.size).toBeLessThan(150_000)
    walk.advance(() => false)
    expect(short(loaded(writer.take(1, 1)))).toEqual(short(expected))
  })

  it('writes a long list in steps, and goes on with it as it was when it has changed', () => {
    const keyspace = keyspaceOf()
    const list = listOf(10_000)
    keyspace.at(0).insert('x', '1')
    keyspace.at(1).insert('list', list)
    const expected = lines(keyspace)
    const writer = respFormat.writer()
    const walk = new SnapshotWalk(keyspace, writer)
    visitOne(walk)
    visitOne(walk)
    visitOne(walk)
    const part = writer.size
    expect(part).toBeLessThan(150_000)
    // Another key in between goes into its own database, and the list goes on in its own.
    keyspace.at(2).insert('young', '1')
    keyspace.at(1).beforeEdit(0)
    list.removeRange(0, 9000)
    list.set(5, 'changed')
    expect(writer.size).toBe(part)
    walk.advance(() => false)
    expect(short(loaded(writer.take(1, 1)))).toEqual(short(expected))
  })

  it('saves other keys between two steps of a list, each in its own database', () => {
    const keyspace = keyspaceOf()
    const db = keyspace.at(0)
    const other = keyspace.at(1)
    db.insert('list', listOf(5000))
    for (const key of ['a', 'b', 'c']) other.insert(key, '1')
    const expected = lines(keyspace)
    const writer = respFormat.writer()
    const walk = new SnapshotWalk(keyspace, writer)
    visitOne(walk)
    visitOne(walk)
    other.replaceAt(0, 'changed')
    walk.advance(() => false)
    expect(short(loaded(writer.take(1, 1)))).toEqual(short(expected))
  })

  it('is worth nothing once a database was cleared that it had not finished', () => {
    const keyspace = keyspaceOf()
    keyspace.at(1).insert('a', '1')
    const walk = new SnapshotWalk(keyspace, respFormat.writer())
    keyspace.at(0).clear()
    expect(walk.broken).toBe(false)
    keyspace.at(1).clear()
    expect(walk.broken).toBe(true)
    expect(walk.advance(() => false)).toBe(false)
    walk.stop()
    expect(keyspace.at(1).barrier).toBe(null)
  })
})

/** One entry, or one step of it. */
function visitOne(walk: SnapshotWalk): void {
  const inner = walk as unknown as {
    open: readonly object[]
    walked: Map<Database, { cursor: number }>
    step(): void
    visit(walked: object): void
  }
  if (inner.open.length > 0) {
    inner.step()
    return
  }
  for (const walked of inner.walked.values()) {
    if (walked.cursor > 0) {
      inner.visit(walked)
      return
    }
  }
}

describe('a snapshot', () => {
  it('is a head, chunks and an end, in order, and replaces the journal', async () => {
    const disk = new MemoryDisk()
    const { r, persistence, drive, pass } = await world({ disk, persistence: { chunkBytes: 1000 } })
    for (let i = 0; i < 100; i++) r(['SET', `key:${i}`, 'x'.repeat(50)])
    await pass(10)
    await drive(persistence.save())
    expect(disk.snapshot.map((chunk) => readHeader(chunk)?.kind).join('')).toMatch(/^HS{5,}E$/)
    expect(disk.snapshot.map((chunk) => readHeader(chunk)?.sequence)).toEqual(
      disk.snapshot.map((_, i) => i),
    )
    expect(disk.journal).toEqual([])
    expect(persistence.lastSave).toBe(Math.floor(r.clock / 1000))
    expect(r.engine.dirty).toBe(0)
    const again = await world({ disk })
    expect(dump(again.r.engine)).toEqual(dump(r.engine))
  })

  it('is consistent with the journal behind it while clients go on writing', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const disk = new MemoryDisk()
      const { r, persistence, settle, drive } = await world({
        disk,
        persistence: { sliceMicros: 0, chunkBytes: 500 },
      })
      let state = seed
      const random = (below: number): number => {
        state = (state * 1103515245 + 12345) % 2147483648
        return Math.floor((state / 2147483648) * below)
      }
      const write = () => {
        const key = `k${random(60)}`
        const before = r.engine.keyspace.at(0).find(key)
        if (random(3) === 0 && before >= 0)
          r.engine.keyspace.at(0).size > 0 && r(`SET ${key} ${random(99)}`)
        else if (random(2) === 0) r(`APPEND ${key} ${random(99)}`)
        else if (random(3) === 0) r(`HSET h${random(3)} f${random(99)} ${random(99)}`)
        else r(`RPUSH l${random(9)} ${random(99)}`)
      }
      for (let i = 0; i < 200; i++) write()
      await settle()
      const saving = persistence.save()
      for (let i = 0; i < 40; i++) {
        for (let j = 0; j < 5; j++) write()
        r.platform.wind(r.platform.now())
        await Promise.resolve()
      }
      await drive(saving)
      await settle()
      expect(dump((await world({ disk })).r.engine), `seed ${seed}`).toEqual(dump(r.engine))
    }
  })

  it('lets others have the thread after every slice', async () => {
    const { r, persistence, settle, drive } = await world({ persistence: { sliceMicros: 0 } })
    for (let i = 0; i < 1000; i++) r(`SET key:${i} ${i}`)
    await settle()
    let slices = 0
    const after = r.platform.after.bind(r.platform)
    r.platform.after = (ms, run) => {
      if (ms === 0) slices++
      return after(ms, run)
    }
    await drive(persistence.save())
    expect(slices).toBeGreaterThan(40)
  })

  it('begins anew after FLUSHALL', async () => {
    const disk = new MemoryDisk()
    const { r, persistence, store, settle, drive } = await world({
      disk,
      persistence: { sliceMicros: 0 },
    })
    for (let i = 0; i < 500; i++) r(`SET key:${i} ${i}`)
    await settle()
    const saving = persistence.save()
    for (let i = 0; i < 5; i++) {
      r.platform.wind(r.platform.now())
      await Promise.resolve()
    }
    r.engine.keyspace.at(0).clear()
    r.engine.propagation.add(0, ['FLUSHDB'])
    r.engine.commit()
    r('SET after 1')
    await drive(saving)
    expect(store.names.filter((name) => name === 'replace')).toHaveLength(2)
    expect(store.names).toContain('abort')
    expect(dump((await world({ disk })).r.engine)).toEqual(['0 after "1"'])
  })

  it('leaves the old one in place when it fails, and says so', async () => {
    const disk = new MemoryDisk()
    const { r, persistence, store, settle, drive } = await world({ disk })
    r('SET a 1')
    await settle()
    await drive(persistence.save())
    const before = disk.snapshot
    r('SET a 2')
    await settle()
    store.plan = (call) => (call.name === 'commit' ? { error: storeError('io', 'no') } : null)
    await expect(drive(persistence.save())).rejects.toMatchObject({ code: 'io', message: 'no' })
    expect(disk.snapshot).toBe(before)
    expect(persistence.lastStatus).toBe('err')
    // Under the journal a failed rewrite loses nothing, so writes go on.
    expect(r.engine.refusal).toBe(null)
    expect(dump((await world({ disk })).r.engine)).toEqual(['0 a "2"'])
  })

  it('asked for during another one is taken after it, once for all who ask', async () => {
    const { r, persistence, store, settle, drive } = await world()
    r('SET a 1')
    await settle()
    const first = persistence.save()
    r('SET a 2')
    const second = persistence.save()
    const third = persistence.rewrite()
    await drive(Promise.all([first, second, third]))
    expect(store.names.filter((name) => name === 'commit')).toHaveLength(2)
  })
})

describe('a journal that has outgrown the snapshot', () => {
  it('is rewritten by itself, by percentage and from a least size', async () => {
    const disk = new MemoryDisk()
    const { r, store, pass } = await world({
      disk,
      config: { 'auto-aof-rewrite-min-size': '5000', 'auto-aof-rewrite-percentage': '100' },
    })
    const rewrites = () => store.names.filter((name) => name === 'commit').length
    for (let i = 0; i < 30; i++) {
      r(`SET key ${i}`)
      await pass(10)
    }
    expect(rewrites()).toBe(0)
    for (let i = 0; i < 30; i++) {
      r(`SET key ${i}`)
      await pass(10)
    }
    expect(rewrites()).toBe(1)
    r.engine.config.set('auto-aof-rewrite-percentage', '0')
    for (let i = 0; i < 100; i++) {
      r(`SET key ${i}`)
      await pass(10)
    }
    expect(rewrites()).toBe(1)
    expect(dump((await world({ disk })).r.engine)).toEqual(['0 key "99"'])
  })
})

describe('appendonly no', () => {
  const config = { appendonly: 'no', save: '60 2' }

  it('stores nothing but snapshots: at save points, on request and at the end', async () => {
    const disk = new MemoryDisk()
    const { r, persistence, store, pass, drive } = await world({ disk, config })
    r('SET a 1')
    await pass(61_000)
    expect(store.names).not.toContain('commit')
    expect(persistence.state).toBe('saving')
    r('SET b 1')
    await pass(2000)
    expect(store.names.filter((name) => name === 'commit')).toHaveLength(1)
    expect(store.names).not.toContain('append')
    expect(persistence.state).toBe('saved')
    expect(r.engine.dirty).toBe(0)
    r('SET c 1')
    await drive(persistence.close())
    expect(dump((await world({ disk, config })).r.engine)).toEqual([
      '0 a "1"',
      '0 b "1"',
      '0 c "1"',
    ])
  })

  it('stores at once that FLUSHALL has left nothing, and counts changes from there', async () => {
    const disk = new MemoryDisk()
    const { r, persistence, settle, pass } = await world({ disk, config })
    r('MSET a 1 b 2')
    await pass(10)
    r('MULTI')
    r('SET c 1')
    r('FLUSHALL')
    r('SET d 1')
    r('EXEC')
    expect(r.engine.dirty).toBe(1)
    expect(persistence.state).toBe('saving')
    await settle()
    expect(r.engine.dirty).toBe(0)
    expect(persistence.state).toBe('saved')
    expect(dump((await world({ disk, config })).r.engine)).toEqual(['0 d "1"'])
  })

  it('BGSAVE does not mind what FLUSHALL stores', async () => {
    const { r, pass } = await world({ config: { ...config, save: '3600 1' } })
    r('SET a 1')
    r('FLUSHALL')
    await Promise.resolve()
    expect(r('BGSAVE')).toEqual(new Status('Background saving started'))
    await pass(100)
  })

  it('counts what FLUSHALL removed again when storing that fails', async () => {
    const disk = new MemoryDisk()
    const { r, persistence, store, settle, pass } = await world({ disk, config })
    r('MSET a 1 b 2')
    await pass(10)
    store.plan = (call) => (call.name === 'commit' ? { error: storeError('io', 'no') } : null)
    r('FLUSHALL')
    expect(r.engine.dirty).toBe(0)
    await settle()
    expect(r.engine.dirty).toBe(4)
    expect(persistence.state).toBe('failed')
  })

  it('without save points FLUSHALL stores nothing', async () => {
    const { r, store, pass } = await world({ config: { appendonly: 'no', save: '' } })
    r('MSET a 1 b 2')
    r('FLUSHALL')
    await pass(1000)
    expect(r.engine.dirty).toBe(4)
    expect(store.names).not.toContain('commit')
  })

  it('does not save at the end without save points, or when told not to', async () => {
    for (const [save, options] of [
      ['', {}],
      ['60 2', { save: false }],
    ] as const) {
      const disk = new MemoryDisk()
      const { r, persistence, drive } = await world({ disk, config: { ...config, save } })
      r('SET a 1')
      await drive(persistence.close(options))
      expect(disk.snapshot).toEqual([])
    }
  })

  it('refuses writes after a snapshot that failed, until one succeeds', async () => {
    const { r, store, pass, persistence } = await world({ config })
    store.plan = (call) => (call.name === 'commit' ? { error: storeError('io', 'no') } : null)
    r('SET a 1')
    r('SET b 1')
    await pass(62_000)
    expect(persistence.state).toBe('failed')
    expect(r('SET c 1')).toMatchObject({ code: 'MISCONF' })
    expect(String(r('SET c 1'))).toContain('Redis is configured to save RDB snapshots')
    r.engine.config.set('stop-writes-on-bgsave-error', 'no')
    expect(r.engine.refusal).toBe(null)
    r.engine.config.set('stop-writes-on-bgsave-error', 'yes')
    expect(r.engine.refusal).not.toBe(null)
    store.plan = () => null
    await pass(7000)
    expect(persistence.state).toBe('saved')
    expect(r.engine.refusal).toBe(null)
  })

  it('becomes yes with a snapshot first, so that nothing is missing between the two', async () => {
    const disk = new MemoryDisk()
    const { r, store, pass, persistence } = await world({ disk, config: { ...config, save: '' } })
    for (let i = 0; i < 5; i++) r('INCR n')
    r.engine.config.set('appendonly', 'yes')
    r('INCR n')
    await pass(100)
    const order = store.names.filter((name) => name === 'commit' || name === 'append')
    expect(order).toEqual(['commit', 'append'])
    expect(dump((await world({ disk })).r.engine)).toEqual(['0 n "6"'])
    r.engine.config.set('appendonly', 'no')
    await pass(100)
    r('INCR n')
    await pass(2000)
    expect(dump((await world({ disk })).r.engine)).toEqual(['0 n "6"'])
    expect(persistence.journalEnabled).toBe(false)
  })
})

it('a world that was never started has everything in memory', async () => {
  expect(makeWorld().persistence.state).toBe('loading')
})
