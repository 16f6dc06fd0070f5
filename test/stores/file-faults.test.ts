/** What file systems and other processes do to a folder, and what comes of it here. */
import { execFileSync, spawn } from 'node:child_process'
import * as promises from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileStore, type FileSystem } from '../../src/persistence/stores/file.ts'
import { dump, makeWorld, world } from '../unit/persistence/world.ts'
import { bytes, contents, failure, record, textOf } from './contract.ts'

let dir = ''
let opened: FileStore[] = []
const make = (options: { fs?: FileSystem; takeOver?: boolean } = {}): FileStore => {
  const store = new FileStore({ dir, ...options })
  opened.push(store)
  return store
}

beforeEach(async () => {
  dir = join(await promises.mkdtemp(join(tmpdir(), 'respite-')), 'data')
})
afterEach(async () => {
  for (const store of opened) await store.close()
  opened = []
  await promises.rm(join(dir, '..'), { recursive: true })
})

const errno = (code: string): Error => Object.assign(new Error(`${code}: from the test`), { code })

/** The real file system, with every call noted, and what `plan` wants to go wrong. */
function faulty(plan: (call: string, name: string) => string | null): {
  fs: FileSystem
  calls: string[]
} {
  const calls: string[] = []
  const note = (call: string, path: unknown): void => {
    const name = String(path).split('/').at(-1) ?? ''
    calls.push(`${call} ${name}`)
    const code = plan(call, name)
    if (code !== null) throw errno(code)
  }
  const fs: FileSystem = {
    ...promises,
    open: (async (path: string, flags: string) => {
      note('open', path)
      const handle = await promises.open(path, flags)
      for (const call of ['write', 'datasync', 'sync', 'truncate', 'read'] as const) {
        const original = handle[call].bind(handle) as (...args: unknown[]) => Promise<unknown>
        Object.defineProperty(handle, call, {
          value: async (...args: unknown[]) => {
            if (call === 'write' && plan('short write', path) !== null) {
              await original(args[0], args[1], 200, args[3])
              throw errno('ENOSPC')
            }
            note(call, path)
            return original(...args)
          },
        })
      }
      return handle
    }) as FileSystem['open'],
    rename: async (from, to) => {
      note('rename', to)
      await promises.rename(from, to)
    },
    link: async (from, to) => {
      note('link', to)
      await promises.link(from, to)
    },
    unlink: async (path) => {
      note('unlink', path)
      await promises.unlink(path)
    },
  }
  return { fs, calls }
}

describe('a folder', () => {
  it('belongs to one process: a second store is told who has it', async () => {
    await make().open()
    expect(await failure(make().open())).toMatchObject({
      code: 'blocked',
      message: `${dir} is in use by process ${process.pid}`,
    })
  })

  it('is free again after close', async () => {
    const first = make()
    await first.open()
    await first.close()
    expect(await make().open()).toMatchObject({ epoch: 2 })
    expect(await promises.readdir(dir)).toEqual([
      'appendonly.aof.1.incr.aof',
      'appendonly.aof.lock',
      'appendonly.aof.manifest',
    ])
  })

  it('is taken from a process that is dead, and not from one that lives', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    const pid = child.pid as number
    try {
      await promises.mkdir(dir)
      await promises.writeFile(
        join(dir, 'appendonly.aof.lock'),
        `{"pid":${pid},"began":"","token":"x"}`,
      )
      expect(await failure(make().open())).toMatchObject({
        code: 'blocked',
        message: `${dir} is in use by process ${pid}`,
      })
    } finally {
      const gone = new Promise((resolve) => child.on('exit', resolve))
      child.kill('SIGKILL')
      await gone
    }
    expect(await make().open()).toMatchObject({ epoch: 1, fresh: true })
  })

  it('is taken from a process that has ended without its parent taking note', async () => {
    // The shell becomes a program that never asks after its children.
    const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 60'])
    try {
      const pid = await new Promise<string>((resolve) =>
        parent.stdout.once('data', (text) => resolve(String(text).trim())),
      )
      const fields = async () =>
        (await promises.readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
      const began = (await fields())[19]
      while ((await fields())[0] !== 'Z') await new Promise((resolve) => setTimeout(resolve, 10))
      await promises.mkdir(dir)
      await promises.writeFile(
        join(dir, 'appendonly.aof.lock'),
        `{"pid":${pid},"began":"${began}","token":"x"}`,
      )
      expect(await make().open()).toMatchObject({ epoch: 1 })
    } finally {
      parent.kill('SIGKILL')
    }
  })

  it('is taken from a process whose number is in use again', async () => {
    // As in a container, whose server has the same number after every restart.
    await promises.mkdir(dir)
    await promises.writeFile(
      join(dir, 'appendonly.aof.lock'),
      `{"pid":${process.pid},"began":"1","token":"x"}`,
    )
    expect(await make().open()).toMatchObject({ epoch: 1 })
  })

  it('with a lock that was cut short is free', async () => {
    await promises.mkdir(dir)
    await promises.writeFile(join(dir, 'appendonly.aof.lock'), '{"pi')
    expect(await make().open()).toMatchObject({ epoch: 1 })
  })

  it('that may not be written is unavailable', async () => {
    const { fs } = faulty((call) => (call === 'open' ? 'EROFS' : null))
    expect(await failure(make({ fs }).open())).toMatchObject({
      code: 'unavailable',
      retryable: false,
    })
    await promises.writeFile(dir.replace(/data$/, 'file'), '')
    dir = join(dir.replace(/data$/, 'file'), 'data')
    expect(await failure(make().open())).toMatchObject({ code: 'unavailable' })
    dir = dir.replace(/file.data$/, 'data')
  })
})

describe('an append', () => {
  it('is synced before it resolves when it is strict, and not at all when it is relaxed', async () => {
    const { fs, calls } = faulty(() => null)
    const store = make({ fs })
    await store.open()
    await store.append(record(1), 1, 'relaxed')
    calls.length = 0
    await store.append(record(2), 2, 'relaxed')
    await store.append(record(3), 3, 'strict')
    await store.sync()
    await store.append(record(4), 4, 'relaxed')
    await store.sync()
    const journal = 'appendonly.aof.1.incr.aof'
    expect(calls).toEqual([
      `write ${journal}`,
      `write ${journal}`,
      `datasync ${journal}`,
      `write ${journal}`,
      `datasync ${journal}`,
    ])
  })

  it('that was cut short by a full disk leaves nothing behind once it is repeated', async () => {
    let full = false
    const { fs } = faulty((call) => (full && call === 'short write' ? 'yes' : null))
    const store = make({ fs })
    await store.open()
    await store.append(record(1), 1, 'strict')
    full = true
    expect(await failure(store.append(record(2, 'long '.repeat(50)), 2, 'strict'))).toMatchObject({
      code: 'quota-exceeded',
      retryable: true,
    })
    full = false
    await store.append(record(2, 'short'), 2, 'strict')
    expect(await contents(store, 'journal')).toBe(textOf(record(1), record(2, 'short')))
  })

  it('whose sync failed is reported as lost: the kernel may have dropped the pages', async () => {
    let broken = false
    const { fs } = faulty((call) => (broken && call === 'datasync' ? 'EIO' : null))
    const store = make({ fs })
    await store.open()
    await store.append(record(1), 1, 'strict')
    broken = true
    const error = await failure(store.append(record(2), 2, 'strict'))
    expect(error).toMatchObject({ code: 'io', lost: true })
    // What the failed one left has to go first, for good, and nothing goes while the disk does not work.
    const again = await failure(store.append(record(2), 2, 'relaxed'))
    expect(again).toMatchObject({ code: 'io', lost: true })
    expect(await failure(store.sync())).toMatchObject({ code: 'io', lost: true })
  })
})

describe('the exchange of a snapshot', () => {
  it('syncs the file, then the folder, then the manifest, then the folder, and removes what is old last', async () => {
    const { fs, calls } = faulty(() => null)
    const store = make({ fs })
    await store.open()
    await store.append(record(1), 1, 'strict')
    const replacement = await store.replace(1)
    await replacement.write(bytes('snapshot'))
    calls.length = 0
    await replacement.commit()
    expect(calls).toEqual([
      'sync appendonly.aof.1-1.part',
      'link appendonly.aof.1.base.aof',
      'open appendonly.aof.2.incr.aof',
      'open data',
      'sync data',
      'open appendonly.aof.1-0.part',
      'sync appendonly.aof.1-0.part',
      'rename appendonly.aof.manifest',
      'open data',
      'sync data',
      'unlink appendonly.aof.1-1.part',
      'unlink appendonly.aof.1.incr.aof',
    ])
  })

  it('leaves the old one when any step fails, and works the next time', async () => {
    const clean = faulty(() => null)
    for (let step = 0; step < 8; step++) {
      let count = -1
      const { fs } = faulty(() => (count >= 0 && count++ === step ? 'EIO' : null))
      const store = make({ fs })
      await store.open()
      await store.append(record(1), 1, 'strict')
      const replacement = await store.replace(1)
      await replacement.write(bytes('snapshot'))
      count = 0
      expect((await failure(replacement.commit())).code, `step ${step}`).toBe('io')
      count = -1
      expect(await contents(store, 'snapshot'), `step ${step}`).toBe('')
      expect(await contents(store, 'journal')).toBe(textOf(record(1)))
      await store.append(record(2), 2, 'strict')
      const second = await store.replace(2)
      await second.write(bytes('second'))
      await second.commit()
      await store.close()
      const heir = make({ fs: clean.fs })
      await heir.open()
      expect(await contents(heir, 'snapshot')).toBe('second')
      expect(await contents(heir, 'journal')).toBe('')
      await heir.destroy()
    }
  })

  it('that happened though the folder could not be synced is not undone, and is synced before the next word', async () => {
    for (const step of [8, 9]) {
      let count = -1
      const { fs, calls } = faulty(() => (count >= 0 && count++ === step ? 'EIO' : null))
      const store = make({ fs })
      await store.open()
      await store.append(record(1), 1, 'strict')
      const replacement = await store.replace(1)
      await replacement.write(bytes('snapshot'))
      count = 0
      expect((await failure(replacement.commit())).code, `step ${step}`).toBe('io')
      count = -1
      // Whoever gets an error gives up; but the manifest names that file.
      await replacement.abort()
      expect(await contents(store, 'snapshot'), `step ${step}`).toBe('snapshot')
      calls.length = 0
      // The snapshot has it; only then it is stored.
      await store.append(record(1), 1, 'strict')
      expect(calls).toEqual(['open data', 'sync data'])
      await store.close()
      const heir = make()
      await heir.open()
      expect(await contents(heir, 'snapshot'), `step ${step}`).toBe('snapshot')
      expect(await contents(heir, 'journal')).toBe('')
      await heir.destroy()
    }
  })

  it('that ended the process in the middle leaves files that the next owner removes', async () => {
    const store = make()
    await store.open()
    await store.append(record(1), 1, 'strict')
    const replacement = await store.replace(1)
    await replacement.write(bytes('half'))
    const heir = make({ takeOver: true })
    await heir.open()
    const names = (await promises.readdir(dir)).filter((name) => /base|part/.test(name))
    expect(names).toEqual([])
    expect(await contents(heir, 'journal')).toBe(textOf(record(1)))
  })
})

describe('a journal file that takes no more', () => {
  it('because it was taken from a living owner, takes none when a snapshot begins at once either', async () => {
    const store = make()
    await store.open()
    await store.append(record(1), 1, 'strict')
    const heir = make({ takeOver: true })
    await heir.open()
    const replacement = await heir.replace(2)
    await heir.append(record(2), 2, 'strict')
    await heir.append(record(3), 3, 'strict')
    expect(await contents(heir, 'journal')).toBe(textOf(record(1), record(2), record(3)))
    await replacement.write(bytes('snapshot'))
    await replacement.commit()
    expect(await contents(heir, 'journal')).toBe(textOf(record(3)))
  })

  it('is followed by one that begins at its beginning, though the folder could not be synced', async () => {
    let count = -1
    const { fs } = faulty((call, name) =>
      count >= 0 && call === 'sync' && name === 'data' && count++ === 1 ? 'EIO' : null,
    )
    const store = make({ fs })
    await store.open()
    await store.append(record(1), 1, 'strict')
    await store.replace(1)
    count = 0
    expect((await failure(store.append(record(2), 2, 'strict'))).code).toBe('io')
    count = -1
    await store.append(record(2), 2, 'strict')
    expect(await contents(store, 'journal')).toBe(textOf(record(1), record(2)))
  })

  it('is synced by whoever opens it, as its writer may have died before', async () => {
    const store = make()
    await store.open()
    await store.append(record(1), 1, 'relaxed')
    const { fs, calls } = faulty(() => null)
    await make({ fs, takeOver: true }).open()
    expect(calls).toContain('sync appendonly.aof.1.incr.aof')
  })
})

describe('the manifest', () => {
  it('with any byte changed is damage, by name', async () => {
    const store = make()
    await store.open()
    await store.append(record(1), 1, 'strict')
    await store.close()
    const path = join(dir, 'appendonly.aof.manifest')
    const whole = await promises.readFile(path)
    for (let at = 0; at < whole.length; at += 5) {
      const broken = Buffer.from(whole)
      broken[at] = (broken[at] as number) ^ 1
      await promises.writeFile(path, broken)
      const code = (await failure(make().open())).code
      expect([at, code]).toEqual([at, 'corrupt'])
    }
    await promises.rm(path)
    expect(await failure(make().open())).toMatchObject({ code: 'corrupt' })
  })
})

describe('the journal file', () => {
  it('with a torn tail is cut where the last whole record ends, and continued there', async () => {
    const first = await world({ inner: make() })
    first.r('SET a 1')
    await first.drive(first.persistence.flush())
    first.r('SET b 2')
    await first.drive(first.persistence.close())
    const path = join(dir, 'appendonly.aof.1.incr.aof')
    const size = (await promises.stat(path)).size
    await promises.truncate(path, size - 3)
    const second = await world({ inner: make() })
    expect(dump(second.r.engine)).toEqual(['0 a "1"'])
    expect(second.recovered?.truncated).toMatchObject({
      place: { name: 'appendonly.aof.1.incr.aof', sequence: 2 },
      reason: 'the record is cut short',
      repaired: false,
    })
    second.r('SET c 3')
    await second.drive(second.persistence.close())
    const third = await world({ inner: make() })
    expect(dump(third.r.engine)).toEqual(['0 a "1"', '0 c "3"'])
    expect(third.recovered?.truncated).toBe(null)
  })

  it('with damage in the middle is refused, and can be repaired', async () => {
    const first = await world({ inner: make() })
    for (const line of ['SET a 1', 'SET b 2', 'SET c 3']) {
      first.r(line)
      await first.drive(first.persistence.flush())
    }
    await first.drive(first.persistence.close())
    const path = join(dir, 'appendonly.aof.1.incr.aof')
    const file = await promises.readFile(path)
    const at = file.indexOf('$1\r\nb')
    file[at + 4] = 'x'.charCodeAt(0)
    await promises.writeFile(path, file)
    const made = makeWorld({ inner: make() })
    await expect(made.drive(made.persistence.start())).rejects.toMatchObject({
      code: 'corrupt',
      record: { area: 'journal', name: 'appendonly.aof.1.incr.aof', sequence: 2 },
    })
    const repaired = await world({ inner: make(), persistence: { repair: 'truncate' } })
    expect(dump(repaired.r.engine)).toEqual(['0 a "1"'])
  })

  it('and the snapshot are append-only files that a real server accepts', async () => {
    const first = await world({ inner: make() })
    for (const line of ['SET a 1', 'RPUSH l 1 2 3', 'SET t 1 PXAT 4102444800000', 'SELECT 5']) {
      first.r(line)
    }
    first.r(['SET', 'bin', '\x00\xff\r\n#'])
    await first.drive(first.persistence.save())
    first.r('INCR n')
    first.r('MULTI')
    first.r('SET m 1')
    first.r('SET m2 1')
    first.r('EXEC')
    await first.drive(first.persistence.close())
    let tool = ''
    try {
      tool = execFileSync('which', ['redis-check-aof'], { encoding: 'utf8' }).trim()
    } catch {
      return expect.unreachable('redis-check-aof is part of the Debian package redis-tools')
    }
    const names = (await promises.readdir(dir)).filter((name) => name.endsWith('.aof'))
    expect(names).toHaveLength(2)
    for (const name of [...names, 'appendonly.aof.manifest']) {
      expect(execFileSync(tool, [join(dir, name)], { encoding: 'utf8' })).toContain('is valid')
    }
  })
})
