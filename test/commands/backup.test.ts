import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CommandError } from '../../src/core/errors.ts'
import { type MapReply, OK, type Reply, type Verbatim } from '../../src/core/reply.ts'
import { EffectReader } from '../../src/persistence/effects.ts'
import { FileStore } from '../../src/persistence/stores/file.ts'
import { MemoryDisk } from '../../src/persistence/stores/memory.ts'
import { digest } from '../helpers/digest.ts'
import { run } from '../helpers/run.ts'
import { type World, type WorldOptions, world } from '../unit/persistence/world.ts'

interface Made extends World {
  readonly disk: MemoryDisk
  /** A command whose answer comes later. */
  later(line: string): Promise<Reply>
  state(): string
}

async function made(options: WorldOptions = {}): Promise<Made> {
  const disk = options.disk ?? new MemoryDisk()
  const all = await world({ config: { appendfsync: 'everysec' }, disk, ...options })
  const { r, settle } = all
  return {
    ...all,
    disk,
    async later(line) {
      r(line)
      for (let i = 0; i < 3000 && r.replies.length === 0; i++) {
        await settle()
        // Real files take their own time.
        if (i > 100) await new Promise((resolve) => setTimeout(resolve, 2))
      }
      return r.replies.shift() as Reply
    },
    state: () => (r('BACKUP STATUS') as MapReply).items[1] as string,
  }
}

const error = (text: string): CommandError => new CommandError(text)
const text = (bytes: Uint8Array | undefined): string => String.fromCharCode(...(bytes ?? []))

/** An engine that has run these files, which are commands. */
function restored(...files: readonly (Uint8Array | undefined)[]): string[] {
  const r = run()
  for (const file of files) {
    const reader = new EffectReader(file ?? new Uint8Array(0))
    for (let argv = reader.next(); argv !== null; argv = reader.next()) r(argv)
  }
  return digest(r.engine)
}

const BASE = 'appendonly.aof.1.base.aof'
const INCREMENT = 'appendonly.aof.1.incr.aof'
const MANIFEST = 'appendonly.aof.manifest'

describe('BACKUP', () => {
  for (const appendonly of ['yes', 'no']) {
    it(`BACKUP goes from idle to sealed, and what it holds is the state at its end (appendonly ${appendonly})`, async () => {
      const { r, later, state, disk, settle } = await made({
        config: { appendonly, appendfsync: 'everysec' },
        persistence: { sliceMicros: 0, chunkBytes: 300 },
      })
      for (let i = 0; i < 100; i++) r(['SET', `key:${i}`, `value ${i}`])
      r('SELECT 3')
      r('RPUSH list a b c')
      expect(state()).toBe('idle')
      expect(await later('BACKUP START')).toBe(OK)
      // Between two slices, and afterwards.
      for (let i = 0; i < 40; i++) {
        r(['SET', `key:${i * 3}`, 'changed'])
        r('RPUSH list more')
        r('INCR n')
        await settle()
      }
      expect(state()).toBe('incrementing')
      r('MULTI')
      r('DEL key:1')
      r('INCR n')
      r('EXEC')
      const end = digest(r.engine)
      const sealing = later('BACKUP SEAL')
      r('SET late 1')
      expect(await sealing).toBe(OK)
      expect(state()).toBe('sealed')
      expect(restored(disk.backups.get(BASE), disk.backups.get(INCREMENT))).toEqual(end)
      expect(text(disk.backups.get(MANIFEST))).toBe(
        `file ${BASE} seq 1 type b\nfile ${INCREMENT} seq 1 type i\n`,
      )
    })
  }

  it('LIST names the snapshot while changes go on, and SEAL adds the rest', async () => {
    const { r, later, settle } = await made()
    r('SET a 1')
    expect(r('BACKUP LIST')).toEqual([])
    await later('BACKUP START')
    for (let i = 0; i < 20; i++) await settle()
    expect(r('BACKUP LIST')).toEqual([BASE])
    expect(await later('BACKUP SEAL')).toBe(OK)
    expect(r('BACKUP LIST')).toEqual([BASE, INCREMENT, MANIFEST])
    expect(await later('BACKUP SEAL')).toEqual(error('No backup is ready to be sealed'))
  })

  it('START wants an empty place, and one backup at a time', async () => {
    const { r, later, disk, state, settle } = await made()
    disk.backups.set('left behind', new Uint8Array(1))
    expect(await later('BACKUP START')).toEqual(error('The backup directory is not empty'))
    expect(state()).toBe('idle')
    disk.backups.clear()
    expect(await later('BACKUP START')).toBe(OK)
    expect(await later('BACKUP START')).toEqual(error('A backup is already in progress'))
    for (let i = 0; i < 20; i++) await settle()
    await later('BACKUP SEAL')
    expect(await later('BACKUP START')).toEqual(error('The backup is sealed, use BACKUP CLEANUP'))
    expect(r('BACKUP LIST')).toHaveLength(3)
  })

  it('START waits while another snapshot is under way', async () => {
    const { r, later, state, persistence, settle } = await made({
      persistence: { sliceMicros: 0 },
    })
    for (let i = 0; i < 50; i++) r(['SET', `key:${i}`, 'x'])
    void persistence.save().catch(() => {})
    expect(await later('BACKUP START')).toBe(OK)
    expect(['pending', 'snapshotting', 'incrementing']).toContain(state())
    for (let i = 0; i < 60; i++) await settle()
    expect(state()).toBe('incrementing')
  })

  it('ABORT gives up what is not sealed, and removes its files', async () => {
    const { r, later, disk, state, settle } = await made()
    expect(await later('BACKUP ABORT')).toEqual(error('No backup is in progress'))
    r('SET a 1')
    await later('BACKUP START')
    for (let i = 0; i < 20; i++) await settle()
    expect(await later('BACKUP ABORT')).toBe(OK)
    expect([state(), [...disk.backups.keys()], r('BACKUP LIST')]).toEqual(['failed', [], []])
    expect((r('BACKUP STATUS') as MapReply).items[3]).toBe('The backup was aborted')
    expect(await later('BACKUP START')).toBe(OK)
  })

  it('CLEANUP removes what is sealed or has failed, and nothing else', async () => {
    const { later, disk, state, settle } = await made()
    const nothing = error('No sealed or failed backup to clean up')
    expect(await later('BACKUP CLEANUP')).toEqual(nothing)
    await later('BACKUP START')
    expect(await later('BACKUP CLEANUP')).toEqual(nothing)
    for (let i = 0; i < 20; i++) await settle()
    await later('BACKUP SEAL')
    expect(await later('BACKUP CLEANUP')).toBe(OK)
    expect([state(), [...disk.backups.keys()]]).toEqual(['idle', []])
  })

  it('STATUS tells the state, when it began and when it ended', async () => {
    const { r, later, settle } = await made()
    const status = () => (r('BACKUP STATUS') as MapReply).items
    expect(status()).toEqual(['state', 'idle', 'error', '', 'start_time', 0, 'end_time', 0])
    const began = r.clock / 1000
    await later('BACKUP START')
    for (let i = 0; i < 20; i++) await settle()
    expect((r('INFO persistence') as Verbatim).text).toContain('\r\nbackup_in_progress:1\r\n')
    r.clock += 5000
    await later('BACKUP SEAL')
    expect(status()).toEqual([
      ...['state', 'sealed', 'error', '', 'start_time', began, 'end_time', began + 5],
    ])
    expect((r('INFO persistence') as Verbatim).text).toContain('\r\nbackup_in_progress:0\r\n')
  })

  it('goes by itself after backup-sealed-ttl seconds, if that is set', async () => {
    const { r, later, state, settle, pass } = await made()
    r('CONFIG SET backup-sealed-ttl 10')
    await later('BACKUP START')
    for (let i = 0; i < 20; i++) await settle()
    await later('BACKUP SEAL')
    await pass(9000)
    expect(state()).toBe('sealed')
    await pass(1100)
    expect(state()).toBe('idle')
  })

  it('fails alone when its place does not work: data is stored as before', async () => {
    const { r, later, store, state, settle, persistence, drive } = await made()
    r('SET a 1')
    const place = store.backups
    if (place === null) return expect.unreachable('a memory store has a place')
    place.append = () => Promise.reject(new Error('no room'))
    expect(await later('BACKUP START')).toBe(OK)
    for (let i = 0; i < 20; i++) await settle()
    expect(state()).toBe('failed')
    expect((r('BACKUP STATUS') as MapReply).items[3]).toBe('no room')
    await drive(persistence.flush())
    expect(persistence.state).toBe('saved')
  })

  it('HELP and STATUS answer where there is no place for backups', () => {
    const r = run()
    expect(r('BACKUP HELP')).toHaveLength(15)
    expect((r('BACKUP STATUS') as MapReply).items[1]).toBe('idle')
    expect(r('BACKUP LIST')).toEqual([])
    expect(r('BACKUP START')).toEqual(error('This server has no place for backups'))
  })

  it('in a folder is files that a real server accepts', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'respite-'))
    try {
      const { r, later, settle, persistence, drive } = await made({
        inner: new FileStore({ dir: join(dir, 'data'), backupDir: join(dir, 'backupdir') }),
      })
      for (let i = 0; i < 50; i++) r(['HSET', `hash:${i}`, 'f', `${i}`])
      expect(await later('BACKUP START')).toBe(OK)
      for (let i = 0; i < 3000 && (r('BACKUP LIST') as string[]).length === 0; i++) {
        await settle()
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      r('SET later 1')
      expect(await drive(later('BACKUP SEAL'))).toBe(OK)
      const paths = r('BACKUP LIST') as string[]
      expect(paths.map((path) => basename(path))).toEqual([BASE, INCREMENT, MANIFEST])
      for (const path of paths) expect(path.startsWith(join(dir, 'backupdir'))).toBe(true)
      expect(execFileSync('redis-check-aof', [paths[2] as string], { encoding: 'utf8' })).toContain(
        'All AOF files and manifest are valid',
      )
      const [base, increment] = await Promise.all(paths.slice(0, 2).map((path) => readFile(path)))
      expect(restored(base, increment)).toEqual(digest(r.engine))
      await drive(persistence.close())
    } finally {
      await rm(dir, { recursive: true, maxRetries: 5 })
    }
  })
})
