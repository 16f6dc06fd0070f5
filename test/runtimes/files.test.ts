/** What `respite-server` and the Node client do with files. */
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Setting } from '../../src/runtimes/node/conf.ts'
import { exportFile, importFile, Redis, startServer } from '../../src/runtimes/node/index.ts'
import type { ServerOptions } from '../../src/runtimes/node/server.ts'
import { startReal } from '../helpers/real.ts'

let root: string
let count = 0

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'respite-files-'))
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

function folder(): string {
  const path = join(root, `${++count}`)
  mkdirSync(path)
  return path
}

async function serve(
  dir: string,
  flags: Record<string, string> = {},
  options: Omit<ServerOptions, 'settings'> = {},
) {
  const lines: string[] = []
  const settings: Setting[] = Object.entries({ port: '0', save: '3600 1', ...flags, dir }).map(
    ([name, value]) => [name, [value]],
  )
  const server = await startServer({
    settings,
    log: (level, line) => lines.push(`${level}: ${line}`),
    ...options,
  })
  const redis = await Redis.of(server.engine)
  return { server, redis, lines, close: () => server.close() }
}

describe('files of a real server', () => {
  it('are loaded at the start, and written where a real server writes them', async () => {
    const dir = folder()
    const real = await startReal(['--dir', dir])
    await real.control.call(['SET', 'theirs', '1'])
    await real.control.call(['SAVE'])
    await real.stop()

    const first = await serve(dir)
    expect(first.lines.join('\n')).toMatch(/DB loaded from disk: .* \(1 keys\)/)
    expect(await first.redis.get('theirs')).toBe('1')
    await first.redis.set('ours', '2')
    await first.redis.save()
    await first.close()

    const again = await startReal(['--dir', dir])
    try {
      expect((await again.control.call(['GET', 'ours'])).toString()).toContain('2')
    } catch (error) {
      throw new Error(`they cannot read it: ${String(error)}`)
    } finally {
      await again.stop()
    }
  }, 30_000)

  it('are what is loaded, whoever has put them there', async () => {
    const dir = folder()
    const backup = join(dir, 'backup.rdb')
    const first = await serve(dir)
    await first.redis.set('a', '1')
    await first.redis.save()
    copyFileSync(join(dir, 'dump.rdb'), backup)
    await first.redis.set('a', '2')
    await first.close()

    const second = await serve(dir)
    expect(await second.redis.get('a')).toBe('2')
    await second.close()

    copyFileSync(backup, join(dir, 'dump.rdb'))
    const third = await serve(dir)
    expect(await third.redis.get('a')).toBe('1')
    await third.close()
  })

  it('are not written where nobody asked for it', async () => {
    const dir = folder()
    const first = await serve(dir)
    await first.redis.set('a', '1')
    await first.redis.save()
    await first.close()
    const other = folder()
    copyFileSync(join(dir, 'dump.rdb'), join(other, 'dump.rdb'))
    const second = await serve(other, { save: '' })
    expect(await second.redis.get('a')).toBe('1')
    await second.close()
    expect(readdirSync(other)).toEqual(['dump.rdb'])
  })

  it('append-only folders are loaded under appendonly yes', async () => {
    const dir = folder()
    const real = await startReal(['--dir', dir, '--appendonly', 'yes'])
    await real.control.call(['RPUSH', 'l', 'a', 'b'])
    await real.control.call(['SHUTDOWN', 'NOSAVE']).catch(() => '')
    await real.stop()
    const first = await serve(dir, { appendonly: 'yes' })
    expect(await first.redis.lrange('l', 0, -1)).toEqual(['a', 'b'])
    await first.redis.rpush('l', 'c')
    await first.close()
    const second = await serve(dir, { appendonly: 'yes' })
    expect(await second.redis.lrange('l', 0, -1)).toEqual(['a', 'b', 'c'])
    await second.close()
  }, 30_000)

  it('that are damaged end the start, unless they are to be repaired', async () => {
    const dir = folder()
    const first = await serve(dir)
    await first.redis.set('a', 'x'.repeat(10))
    await first.redis.rpush('l', 'y', 'z')
    await first.redis.save()
    await first.close()
    const bytes = readFileSync(join(dir, 'dump.rdb'))
    const at = bytes.indexOf('y', bytes.length - 40)
    bytes[at - 1] = 0xf1
    writeFileSync(join(dir, 'dump.rdb'), bytes)
    const lines: string[] = []
    const log = (_: string, line: string) => lines.push(line)
    await expect(serve(dir, {}, { log })).rejects.toMatchObject({ code: 'corrupt' })
    expect(lines.join('\n')).toContain('Fatal error loading the DB, check server logs. Exiting.')
    lines.length = 0
    const second = await serve(dir, {}, { repair: true, log })
    expect(await second.redis.keys('*')).toEqual(['a'])
    expect(lines.join('\n')).toContain('Lost: the key "l" (dump.rdb at byte')
    await second.close()
  })
})

describe('files that are asked for', () => {
  it('are written by the ending of their names, and taken at the start', async () => {
    const dir = folder()
    const first = await serve(dir)
    await first.redis.mset({ a: '1', b: '2' })
    for (const name of ['x.rdb', 'x.aof', 'x.json', 'x.resp', 'folder']) {
      const path = join(dir, name)
      await exportFile(first.server.engine, path, name === 'folder' ? { format: 'aof' } : {})
      const other = await serve(folder(), {}, { import: { path } })
      expect(await other.redis.mget('a', 'b')).toEqual(['1', '2'])
      await other.close()
      const stored = await serve(join(root, `${count}`))
      expect(await stored.redis.mget('a', 'b')).toEqual(['1', '2'])
      await stored.close()
    }
    expect(readdirSync(join(dir, 'folder')).sort()).toEqual([
      'appendonly.aof.1.base.rdb',
      'appendonly.aof.1.incr.aof',
      'appendonly.aof.manifest',
    ])
    const redis = await Redis.create('memory:')
    await redis.close()
    await first.close()
    expect(readdirSync(dir).filter((name) => name.startsWith('temp-'))).toEqual([])
  })

  it('that are not there or not good are errors that name them', async () => {
    const { server, close } = await serve(folder())
    await expect(importFile(server.engine, join(root, 'nowhere'))).rejects.toThrow('ENOENT')
    const path = join(root, 'bad.rdb')
    writeFileSync(path, 'REDIS0010x')
    await expect(importFile(server.engine, path)).rejects.toMatchObject({
      file: 'bad.rdb',
      offset: expect.any(Number),
    })
    await close()
  })
})

describe('the command line', () => {
  const cliIn = (cwd: string, ...flags: string[]) =>
    spawnSync(resolve('node_modules/.bin/tsx'), [resolve('src/runtimes/node/cli.ts'), ...flags], {
      encoding: 'utf8',
      cwd,
    })
  const cli = (...flags: string[]) => cliIn('.', ...flags)

  it('imports, exports and repairs, says so, and ends', () => {
    const dir = folder()
    writeFileSync(join(dir, 'in.txt'), 'SET a 1\nRPUSH l x y\nnonsense\n')
    const out = join(dir, 'out.json')
    const data = join(dir, 'data')
    const done = cli('--dir', data, '--import', join(dir, 'in.txt'), '--export', out)
    expect(done.stderr).toBe('')
    expect(done.status).toBe(0)
    expect(done.stdout).toContain('Refused at byte 20: nonsense')
    expect(done.stdout).toContain(`Exported 2 keys to ${out}`)
    const lines = readFileSync(out, 'utf8').split('\n')
    expect(
      lines
        .slice(1, 3)
        .map((line) => line.replace(/,$/, ''))
        .sort(),
    ).toEqual([
      '{"db":0,"key":"a","type":"string","value":"1"}',
      '{"db":0,"key":"l","type":"list","value":["x","y"]}',
    ])
    const fixed = cli('--dir', data, '--fix')
    expect([fixed.status, fixed.stderr]).toEqual([0, ''])
    const bad = cli('--dir', data, '--import', join(dir, 'no.rdb'))
    expect([bad.status, bad.stderr]).toEqual([1, expect.stringContaining('no.rdb')])
    expect(cli('--import-mode', 'x', '--import', out).stderr).toContain('--import-mode must be')
    expect(existsSync(out)).toBe(true)
  }, 60_000)

  it('makes one file of another, and leaves the data of the folder alone', async () => {
    const dir = folder()
    const { server, redis, close } = await serve(dir)
    await redis.set('mine', '1')
    await exportFile(server.engine, join(dir, 'dump.rdb'))
    await close()
    const before = readFileSync(join(dir, 'dump.rdb'))
    writeFileSync(
      join(dir, 'in.json'),
      '{"format":"respite","version":1,"entries":[{"db":1,"key":"a","type":"string","value":"1"}]}',
    )
    const done = cliIn(dir, '--import', 'in.json', '--export', 'out.resp', '--port', '1')
    expect([done.status, done.stderr]).toEqual([0, ''])
    expect(done.stdout).toMatch(/Imported \d+ bytes of json: 1 keys/)
    expect(done.stdout).toContain('Exported 1 keys to out.resp')
    expect(readFileSync(join(dir, 'out.resp'), 'latin1')).toContain('SET')
    expect(readFileSync(join(dir, 'out.resp'), 'latin1')).not.toContain('mine')
    expect(readFileSync(join(dir, 'dump.rdb')).equals(before)).toBe(true)
  }, 60_000)

  it('runs nothing of a file that is of no format that it knows', () => {
    const dir = folder()
    const files = {
      'of-valkey': 'VALKEY080\xfa\x0avalkey-ver\x059.0.1\xfe\x00\r\nSET a 1\r\n',
      gzip: '\x1f\x8b\x08\x00\r\nSET a 1\r\n',
    }
    for (const [name, bytes] of Object.entries(files)) {
      writeFileSync(join(dir, name), bytes, 'latin1')
      const done = cliIn(dir, '--import', name, '--export', 'out.json')
      expect([done.status, done.stderr]).toEqual([
        1,
        `respite-server: it is no RDB, append-only file, JSON or file of requests in ${name} at byte 0\n`,
      ])
    }
    expect(existsSync(join(dir, 'out.json'))).toBe(false)
  }, 60_000)
})
