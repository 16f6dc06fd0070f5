/** What INFO persistence, LASTSAVE and the replies of SAVE and its kin tell while a snapshot is under way. */
import { expect, it } from 'vitest'
import { Status, type Verbatim } from '../../../src/core/reply.ts'
import { MemoryDisk } from '../../../src/persistence/stores/memory.ts'
import { storeError } from '../../helpers/faulty-store.ts'
import { type Run, START } from '../../helpers/run.ts'
import { makeWorld, world } from './world.ts'

function info(r: Run, ...names: string[]): Record<string, string> {
  const fields = Object.fromEntries(
    (r('INFO persistence') as Verbatim).text
      .split('\r\n')
      .map((line) => line.split(':') as [string, string]),
  )
  return Object.fromEntries(names.map((name) => [name, fields[name] ?? 'missing']))
}

it('tells how far a save is, that its old values were saved early, and how long it took', async () => {
  const { r, persistence, settle, pass, drive } = await world({
    config: { appendonly: 'no' },
    persistence: { sliceMicros: 0 },
  })
  for (let i = 0; i < 100; i++) r(['SET', `key:${i}`, 'x'.repeat(50)])
  const saving = persistence.save(true)
  // One look at the watch, which is as many entries.
  while (info(r, 'current_save_keys_processed')['current_save_keys_processed'] === '0') {
    r.platform.wind(r.platform.now())
    await Promise.resolve()
  }
  r('SET key:0 changed')
  expect(
    info(
      r,
      'rdb_bgsave_in_progress',
      'current_save_keys_processed',
      'current_save_keys_total',
      'current_fork_perc',
      'rdb_current_bgsave_time_sec',
      'aof_rewrite_in_progress',
    ),
  ).toEqual({
    rdb_bgsave_in_progress: '1',
    current_save_keys_processed: '17',
    current_save_keys_total: '100',
    current_fork_perc: '17.00',
    rdb_current_bgsave_time_sec: '0',
    aof_rewrite_in_progress: '0',
  })
  expect(Number(info(r, 'current_cow_size')['current_cow_size'])).toBeGreaterThan(50)
  await drive(saving)
  await settle()
  await pass(20)
  expect(
    info(
      r,
      'rdb_bgsave_in_progress',
      'current_save_keys_total',
      'rdb_last_bgsave_status',
      'rdb_last_bgsave_time_sec',
      'rdb_current_bgsave_time_sec',
      'rdb_saves',
      'aof_rewrites',
      'rdb_changes_since_last_save',
    ),
  ).toEqual({
    rdb_bgsave_in_progress: '0',
    current_save_keys_total: '0',
    rdb_last_bgsave_status: 'ok',
    rdb_last_bgsave_time_sec: '0',
    rdb_current_bgsave_time_sec: '-1',
    rdb_saves: '1',
    aof_rewrites: '0',
    rdb_changes_since_last_save: '1',
  })
})

it('tells saves and rewrites apart, and LASTSAVE knows only of saves', async () => {
  const { r, persistence, store, drive } = await world()
  r('SET a 1')
  r.clock += 5000
  await drive(persistence.rewrite())
  expect(info(r, 'aof_rewrites', 'rdb_saves', 'aof_last_rewrite_time_sec')).toEqual({
    aof_rewrites: '1',
    rdb_saves: '0',
    aof_last_rewrite_time_sec: '0',
  })
  expect(r('LASTSAVE')).toBe(START / 1000)
  store.plan = (call) => (call.name === 'commit' ? { error: storeError('io') } : null)
  await expect(drive(persistence.rewrite())).rejects.toThrow('io')
  expect(
    info(
      r,
      'aof_last_bgrewrite_status',
      'aof_rewrites_consecutive_failures',
      'rdb_last_bgsave_status',
    ),
  ).toEqual({
    aof_last_bgrewrite_status: 'err',
    aof_rewrites_consecutive_failures: '1',
    rdb_last_bgsave_status: 'ok',
  })
  store.plan = () => null
  await drive(persistence.save())
  expect(r('LASTSAVE')).toBe(START / 1000 + 5)
  expect(info(r, 'aof_last_bgrewrite_status', 'rdb_saves')).toEqual({
    aof_last_bgrewrite_status: 'err',
    rdb_saves: '1',
  })
})

it('says that a rewrite is scheduled while a save is under way, and runs it afterwards', async () => {
  const { r, persistence, drive, pass } = await world({ config: { appendfsync: 'everysec' } })
  r('SET a 1')
  const saving = persistence.save(true)
  expect(r('BGREWRITEAOF')).toEqual(new Status('Background append only file rewriting scheduled'))
  expect(info(r, 'aof_rewrite_scheduled')).toEqual({ aof_rewrite_scheduled: '1' })
  await drive(saving)
  await pass(300)
  expect(info(r, 'aof_rewrite_scheduled', 'aof_rewrites')).toEqual({
    aof_rewrite_scheduled: '0',
    aof_rewrites: '1',
  })
})

it('tells how loading goes while it does', async () => {
  const disk = new MemoryDisk()
  const first = await world({ disk })
  for (let i = 0; i < 500; i++) first.r(['SET', `key:${i}`, 'x'.repeat(50)])
  await first.pass(10)
  await first.drive(first.persistence.close())
  const made = makeWorld({ disk, persistence: { sliceMicros: 0 } })
  const seen: string[] = []
  made.persistence.on(({ type }) => {
    if (type !== 'progress' || seen.length > 0) return
    const { loading_loaded_bytes: loaded = '' } = info(made.r, 'loading_loaded_bytes')
    if (loaded !== '0') seen.push(loaded)
  })
  await made.drive(made.persistence.start())
  expect(Number(seen[0])).toBeGreaterThan(0)
  expect(info(made.r, 'loading', 'loading_loaded_bytes', 'rdb_last_load_keys_loaded')).toEqual({
    loading: '0',
    loading_loaded_bytes: 'missing',
    rdb_last_load_keys_loaded: '500',
  })
})
