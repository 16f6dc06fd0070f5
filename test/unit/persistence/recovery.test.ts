import { describe, expect, it } from 'vitest'
import { loadingError } from '../../../src/core/errors.ts'
import { BLOCKED, OK } from '../../../src/core/reply.ts'
import { EffectWriter } from '../../../src/persistence/effects.ts'
import { makeRecord, strictNote } from '../../../src/persistence/record.ts'
import type { Progress } from '../../../src/persistence/recovery.ts'
import type { Store } from '../../../src/persistence/store.ts'
import { MemoryDisk, MemoryStore } from '../../../src/persistence/stores/memory.ts'
import { crc32 } from '../../../src/util/crc.ts'
import { dump, makeWorld, type World, world } from './world.ts'

const bytes = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0))

/** A disk with one record for each of these commands; the last ones with notes of what was strict. */
function diskWith(
  commands: readonly (readonly string[])[],
  notes: readonly (number | undefined)[] = [],
): MemoryDisk {
  const disk = new MemoryDisk()
  disk.epoch = 1
  for (const [i, argv] of commands.entries()) {
    const writer = new EffectWriter()
    writer.command(['SELECT', '0'])
    writer.command(argv)
    const strict = notes[i - commands.length + notes.length]
    if (strict !== undefined) writer.note(strictNote(strict))
    disk.journal.push({ sequence: i + 1, bytes: writer.take('J', i + 1, 1) })
  }
  return disk
}

const counting = (notes: readonly (number | undefined)[] = []): MemoryDisk =>
  diskWith(
    ['a', 'b', 'c', 'd', 'e'].map((key, i) => ['SET', key, String(i)]),
    notes,
  )

const bytesOf = (disk: MemoryDisk, record: number): Uint8Array =>
  (disk.journal[record] as { bytes: Uint8Array }).bytes

const damage = (array: Uint8Array, at: number): void => {
  array[at] = (array[at] as number) ^ 0x10
}

/** The same data as one file that tears, as a store of files has it. */
function tearing(disk: MemoryDisk): Store {
  const inner = new MemoryStore(disk)
  const all = new Uint8Array(disk.journal.reduce((sum, { bytes }) => sum + bytes.length, 0))
  let at = 0
  for (const record of disk.journal) {
    all.set(record.bytes, at)
    at += record.bytes.length
  }
  let file = all
  Object.assign(inner, {
    promises: { ...inner.promises, tears: true },
    read: async function* (area: string) {
      if (area === 'journal') yield { name: 'journal', offset: 0, bytes: file }
    },
    cut: async (_name: string, offset: number) => {
      file = file.slice(0, offset)
    },
  })
  return inner
}

async function rejection(made: World): Promise<unknown> {
  return made.drive(
    made.persistence.start().then(
      () => 'resolved',
      (error: unknown) => error,
    ),
  )
}

describe('recovery', () => {
  it('of nothing is an empty engine', async () => {
    const { r, recovered, persistence } = await world()
    expect(recovered).toEqual({
      sequence: 0,
      snapshotBytes: 0,
      journalBytes: 0,
      records: 0,
      truncated: null,
      mustRewrite: false,
      leftOut: { expired: 0, empty: 0, emptyKeys: [], losses: [] },
    })
    expect(persistence.status).toMatchObject({ fresh: true, epoch: 1, state: 'saved' })
    expect(dump(r.engine)).toEqual([])
  })

  it('refuses commands with LOADING until it is over, and stays responsive', async () => {
    const disk = diskWith(Array.from({ length: 500 }, (_, i) => ['SET', `key:${i}`, 'x']))
    const made = makeWorld({ disk, persistence: { sliceMicros: 0 } })
    const starting = made.persistence.start()
    expect(made.r('GET key:1')).toBe(loadingError)
    expect(made.persistence.state).toBe('loading')
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(made.r('GET key:1')).toBe(loadingError)
    await made.drive(starting)
    expect(made.r('GET key:1')).toBe('x')
  })

  it('pauses inside of a large record too, and tells how far it is', async () => {
    const disk = new MemoryDisk()
    const first = await world({ disk, persistence: { chunkBytes: 2000 } })
    for (let i = 0; i < 300; i++) first.r(`SET key:${i} ${i}`)
    await first.settle()
    await first.drive(first.persistence.save())
    for (let i = 0; i < 300; i++) first.r(`SET other:${i} ${i}`)
    await first.drive(first.persistence.close())
    const progress: Progress[] = []
    const made = makeWorld({ disk, persistence: { sliceMicros: 0 } })
    made.persistence.on((event) => {
      if (event.type === 'progress') progress.push(event.progress)
    })
    await made.drive(made.persistence.start())
    const { snapshotBytes, journalBytes } = made.persistence.status
    expect(progress.map((each) => each.phase)).toEqual(
      progress
        .map((each) => each.phase)
        .sort((a, b) => 'sjd'.indexOf(a.charAt(0)) - 'sjd'.indexOf(b.charAt(0))),
    )
    expect(progress.filter((each) => each.phase === 'journal').length).toBeGreaterThan(8)
    expect(progress.at(-1)).toEqual({
      phase: 'done',
      loadedBytes: snapshotBytes + journalBytes,
      totalBytes: snapshotBytes + journalBytes,
      loadedKeys: 600,
    })
    for (const [i, each] of progress.entries()) {
      expect(each.loadedBytes).toBeGreaterThanOrEqual(progress[i - 1]?.loadedBytes ?? 0)
      expect(each.loadedBytes).toBeLessThanOrEqual(each.totalBytes)
    }
  })

  it('replays only what comes after the point of the snapshot', async () => {
    const disk = new MemoryDisk()
    const { r, persistence, drive, settle } = await world({ disk })
    r('INCR n')
    await settle()
    const old = [...disk.journal]
    await drive(persistence.save())
    r('INCR n')
    await settle()
    // As after a crash between the exchange and the tidying up.
    disk.journal = [...old, ...disk.journal]
    expect(dump((await world({ disk })).r.engine)).toEqual(['0 n "2"'])
  })

  it('expires nothing by the clock, and afterwards everything that is due', async () => {
    const disk = new MemoryDisk()
    const first = await world({ disk })
    first.r('SET n 1 PX 1000')
    first.r('INCR n')
    first.r('SET gone 1 PX 1000')
    await first.settle()
    first.r.engine.stop()
    // Read long after: SET with a deadline in the past, and INCR of a key that is overdue.
    const later = await world({ disk, clock: first.r.clock + 60_000 })
    expect(dump(later.r.engine)).toEqual([
      `0 gone "1" until ${first.r.clock + 1000}`,
      `0 n "2" until ${first.r.clock + 1000}`,
    ])
    expect(later.r('GET n')).toBe(BLOCKED)
    await later.settle()
    expect(later.r.replies).toEqual([null])
    expect(dump((await world({ disk })).r.engine)).toHaveLength(1)
  })

  it('continues the sequence, with a higher epoch', async () => {
    const disk = counting()
    const { r, settle } = await world({ disk })
    r('SET f 5')
    await settle()
    expect(String.fromCharCode(...(disk.journal[5]?.bytes.subarray(0, 36) ?? []))).toBe(
      '#RSPT01 J 0000000000000006 00000002 ',
    )
  })
})

describe('a torn tail', () => {
  it('is cut and reported, at whatever byte it was torn', async () => {
    const whole = counting()
    const last = whole.journal[4]?.bytes as Uint8Array
    for (let size = 1; size < last.length; size += 7) {
      const disk = counting()
      disk.journal[4] = { sequence: 5, bytes: last.slice(0, size) }
      const offset = disk.journal.slice(0, 4).reduce((sum, { bytes }) => sum + bytes.length, 0)
      const made = makeWorld({ inner: tearing(disk) })
      const recovered = await made.drive(made.persistence.start())
      expect(dump(made.r.engine)).toHaveLength(4)
      expect(recovered).toMatchObject({ sequence: 4, records: 4 })
      expect(recovered?.truncated).toMatchObject({
        place: { area: 'journal', name: 'journal', offset, sequence: 5 },
        bytes: size,
        repaired: false,
      })
      expect(made.events.filter((event) => event.type === 'truncated')).toHaveLength(1)
      expect(made.persistence.status.truncated).toEqual(recovered?.truncated)
    }
  })

  it('may have a hole: what nobody says to have been stored may be missing, whatever comes after it', async () => {
    // The third was stored strictly; the fourth and the fifth were on their way together.
    const disk = counting([2, 3, 3])
    bytesOf(disk, 3).fill(0)
    const made = makeWorld({ inner: tearing(disk) })
    const recovered = await made.drive(made.persistence.start())
    expect(dump(made.r.engine)).toEqual(['0 a "0"', '0 b "1"', '0 c "2"'])
    expect(recovered?.truncated).toMatchObject({
      place: { area: 'journal', sequence: 4 },
      bytes: bytesOf(disk, 3).length + bytesOf(disk, 4).length,
      repaired: false,
    })
  })

  it('has no hole that a later record knows to be none', async () => {
    for (const notes of [
      [2, 3, 4],
      [2, 3, undefined],
    ]) {
      const disk = counting(notes)
      bytesOf(disk, 3).fill(0)
      const made = makeWorld({ inner: tearing(disk) })
      expect(await rejection(made)).toMatchObject({ code: 'corrupt', record: { sequence: 4 } })
    }
    // A record that is damaged itself is no witness.
    const disk = counting([2, 3, 4])
    bytesOf(disk, 3).fill(0)
    damage(bytesOf(disk, 4), 80)
    const made = makeWorld({ inner: tearing(disk) })
    expect(await made.drive(made.persistence.start())).toMatchObject({ records: 3 })
  })

  it('is an error under aof-load-truncated no', async () => {
    const disk = counting()
    disk.journal[4] = { sequence: 5, bytes: bytesOf(disk, 4).slice(0, 70) }
    const made = makeWorld({ inner: tearing(disk), config: { 'aof-load-truncated': 'no' } })
    expect(await rejection(made)).toMatchObject({ code: 'corrupt' })
  })

  it('cannot be, where appends are atomic: there it is damage', async () => {
    const disk = counting()
    disk.journal[4] = { sequence: 5, bytes: bytesOf(disk, 4).slice(0, 70) }
    expect(await rejection(makeWorld({ disk }))).toMatchObject({
      code: 'corrupt',
      record: { area: 'journal', name: 'record 5', offset: 0, sequence: 5 },
    })
  })
})

describe('damage', () => {
  it('in the middle names the record, loads nothing, and leaves the store as it is', async () => {
    for (const at of [3, 20, 61, 70]) {
      const disk = counting()
      damage(disk.journal[2]?.bytes as Uint8Array, at)
      const before = disk.journal.map((record) => record.bytes.slice())
      for (const inner of [new MemoryStore(disk), tearing(disk)]) {
        const made = makeWorld({ inner })
        const error = await rejection(made)
        expect(error).toMatchObject({ code: 'corrupt', retryable: false, record: { sequence: 3 } })
        expect(String(error)).toMatch(/journal record 3 in .* at byte \d+: /)
        expect(made.persistence.status).toMatchObject({ state: 'memory-only', lastError: error })
        expect(dump(made.r.engine)).toEqual([])
        expect(made.r.engine.loading).toBe(false)
        expect(disk.journal.map((record) => record.bytes)).toEqual(before)
      }
    }
  })

  it('is never followed by memory in its place, even if that was allowed', async () => {
    const disk = counting()
    damage(disk.journal[2]?.bytes as Uint8Array, 70)
    const made = makeWorld({ disk, persistence: { fallback: 'memory' } })
    expect(await rejection(made)).toMatchObject({ code: 'corrupt' })
  })

  it('can be repaired: what comes before is kept, and what is given up is reported', async () => {
    const disk = counting()
    damage(disk.journal[2]?.bytes as Uint8Array, 70)
    const lost = disk.journal.slice(2).reduce((sum, { bytes }) => sum + bytes.length, 0)
    const { r, recovered, settle } = await world({ disk, persistence: { repair: 'truncate' } })
    expect(dump(r.engine)).toEqual(['0 a "0"', '0 b "1"'])
    expect(recovered?.truncated).toMatchObject({
      bytes: lost,
      repaired: true,
      place: { sequence: 3 },
    })
    r('SET z 1')
    await settle()
    expect(dump((await world({ disk })).r.engine)).toEqual(['0 a "0"', '0 b "1"', '0 z "1"'])
  })

  it('is a record that is there twice, unless it is the same', async () => {
    const disk = diskWith([
      ['INCR', 'n'],
      ['INCR', 'm'],
    ])
    disk.journal.splice(1, 0, { sequence: 1, bytes: bytesOf(disk, 0).slice() })
    expect(dump((await world({ disk })).r.engine)).toEqual(['0 m "1"', '0 n "1"'])
    const other = diskWith([['INCR', 'n']])
    other.journal.push({ sequence: 1, bytes: bytesOf(diskWith([['INCR', 'x']]), 0) })
    expect(await rejection(makeWorld({ disk: other }))).toMatchObject({
      code: 'corrupt',
      record: { sequence: 2 },
    })
  })

  it('is a record that has vanished', async () => {
    const disk = counting()
    disk.journal.splice(2, 1)
    expect(await rejection(makeWorld({ disk }))).toMatchObject({
      code: 'corrupt',
      record: { sequence: 3 },
      message: 'journal record 3 in record 4 at byte 0: record 3 is missing',
    })
    const { r } = await world({ disk, persistence: { repair: 'truncate' } })
    expect(dump(r.engine)).toEqual(['0 a "0"', '0 b "1"'])
  })

  it('is an effect that the engine refuses', async () => {
    const disk = diskWith([
      ['SET', 'a', '1'],
      ['RPUSH', 'a', 'x'],
      ['SET', 'b', '1'],
    ])
    expect(await rejection(makeWorld({ disk }))).toMatchObject({
      code: 'corrupt',
      record: { sequence: 2 },
      message: expect.stringContaining('RPUSH was refused: WRONGTYPE'),
    })
    const { r, recovered } = await world({ disk, persistence: { repair: 'truncate' } })
    expect(dump(r.engine)).toEqual(['0 a "1"'])
    expect(recovered?.mustRewrite).toBe(true)
    expect(disk.snapshot.length).toBeGreaterThan(0)
    expect(dump((await world({ disk })).r.engine)).toEqual(['0 a "1"'])
  })

  it('is a payload that is no command though its checksum is right', async () => {
    const disk = counting()
    disk.journal[1] = { sequence: 2, bytes: makeRecord('J', 2, 1, bytes('*1\r\n$x')) }
    expect(await rejection(makeWorld({ disk }))).toMatchObject({
      code: 'corrupt',
      record: { sequence: 2 },
    })
  })

  it('of a snapshot is found, whichever byte, whichever chunk', async () => {
    const whole = new MemoryDisk()
    const first = await world({ disk: whole, persistence: { chunkBytes: 200 } })
    for (let i = 0; i < 30; i++) first.r(`SET key:${i} ${i}`)
    await first.settle()
    await first.drive(first.persistence.save())
    const chunks = whole.snapshot
    const disk = new MemoryDisk()
    disk.epoch = 1
    disk.upTo = whole.upTo
    const broken: (readonly Uint8Array[])[] = chunks.flatMap((chunk, i) => [
      chunks.filter((_, j) => j !== i),
      chunks.map((each, j) => {
        const copy = each.slice()
        if (j === i) damage(copy, (i * 13) % chunk.length)
        return copy
      }),
    ])
    broken.push([...chunks, chunks[1] as Uint8Array].slice(0, -2), [...chunks].reverse())
    for (const [i, snapshot] of broken.entries()) {
      disk.snapshot = snapshot
      expect(await rejection(makeWorld({ disk })), `case ${i}`).toMatchObject({
        code: 'corrupt',
        record: { area: 'snapshot' },
      })
    }
    // Repaired: the keys of the chunks before the damage, and a fresh snapshot of them.
    disk.snapshot = chunks.filter((_, i) => i !== 2)
    const { r, recovered } = await world({ disk, persistence: { repair: 'truncate' } })
    expect(recovered).toMatchObject({ mustRewrite: true, truncated: { repaired: true } })
    expect(dump(r.engine).length).toBeGreaterThan(0)
    expect(dump((await world({ disk })).r.engine)).toEqual(dump(r.engine))
  })
})

describe('a newer format', () => {
  it('is refused politely, and not repaired away', async () => {
    const disk = counting()
    const record = disk.journal[2]?.bytes as Uint8Array
    record.set(bytes('07'), 5)
    record.set(bytes(crc32(record, 0, 54).toString(16).padStart(8, '0')), 54)
    for (const persistence of [{}, { repair: 'truncate' as const }]) {
      expect(await rejection(makeWorld({ disk, persistence }))).toMatchObject({
        code: 'newer-format',
        message: 'journal record in record 3 at byte 0 has format 7; this version reads up to 1',
      })
    }
    expect(disk.journal).toHaveLength(5)
  })

  it('of a snapshot is known by its name', async () => {
    const disk = new MemoryDisk()
    disk.epoch = 1
    disk.snapshot = [makeRecord('H', 0, 1, bytes('#format:rdb\r\n#upto:0\r\n'))]
    expect(await rejection(makeWorld({ disk }))).toMatchObject({
      code: 'newer-format',
      message: "the snapshot has the unknown format 'rdb'",
    })
  })
})

it('close drains what is pending, and what comes after it is in memory only', async () => {
  const disk = new MemoryDisk()
  const { r, persistence, drive } = await world({ disk, config: { appendfsync: 'no' } })
  r('SET a 1')
  await drive(persistence.close())
  expect(persistence.state).toBe('memory-only')
  expect(r.engine.persistence).toBe(null)
  expect(r('SET b 1')).toBe(OK)
  expect(dump((await world({ disk })).r.engine)).toEqual(['0 a "1"'])
})

it('reload flushes the journal, reads everything again, and journals nothing of it', async () => {
  const disk = new MemoryDisk()
  const { r, persistence, store, drive, pass } = await world({ disk })
  r('SET a 1')
  r('RPUSH l x')
  await pass(10)
  const appends = store.names.filter((name) => name === 'append').length
  r('INCR a')
  await drive(persistence.reload())
  expect(dump(r.engine)).toEqual(['0 a "2"', '0 l ["x"]'])
  expect(store.names.filter((name) => name === 'append').length).toBeLessThanOrEqual(appends + 1)
  expect(persistence.state).toBe('saved')
  r('INCR a')
  await pass(10)
  expect(r.replies.at(-1)).toBe(3)
  expect(dump((await world({ disk })).r.engine)).toEqual(['0 a "3"', '0 l ["x"]'])
})

it('recovery takes the place of what was in memory', async () => {
  const disk = counting()
  const made = makeWorld({ disk })
  made.r('SET old 1')
  made.r('SET a old')
  await made.drive(made.persistence.start())
  expect(
    dump(made.r.engine)
      .map((line) => line.charAt(2))
      .join(''),
  ).toBe('abcde')
})
