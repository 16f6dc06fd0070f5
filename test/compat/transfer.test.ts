/**
 * Files between Respite and a real server, whichever RESPITE_ORACLE names: RDB in every layout that the
 * thresholds make, append-only folders, old single files, and the files of Redis's own suite.
 */
import { spawnSync } from 'node:child_process'
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import { startEngine } from '../../src/runtimes/engine.ts'
import { nodePlatform } from '../../src/runtimes/node/platform.ts'
import { exportAofFolder, exportData } from '../../src/transfer/export.ts'
import { importAofFolder, importData } from '../../src/transfer/import.ts'
import { NOWHERE } from '../../src/transfer/scratch.ts'
import type { ImportOptions, ImportReport } from '../../src/transfer/types.ts'
import { corpus, LAYOUTS } from '../helpers/corpus.ts'
import { compareVersions, oracleVersion, program, type Real, startReal } from '../helpers/real.ts'

const VERSION = oracleVersion()
/** The newest version of RDB that the oracle reads. */
const RDB =
  compareVersions(VERSION, '8.6') >= 0 ? 13 : compareVersions(VERSION, '7.2') >= 0 ? 11 : 10

let root: string
let count = 0

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'respite-transfer-'))
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

function folder(): string {
  const path = join(root, `${++count}`)
  mkdirSync(path)
  return path
}

const flagsOf = (options: Readonly<Record<string, string>>): string[] =>
  Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])

const line = async (real: Real, ...words: string[]): Promise<string> =>
  (await real.control.call(words)).toString('latin1').trim()

/** DEBUG is answered while the data are being loaded; DBSIZE is not. */
async function theirDigest(real: Real): Promise<string> {
  while ((await line(real, 'DBSIZE')).startsWith('-LOADING')) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return (await line(real, 'DEBUG', 'DIGEST')).slice(1)
}

function ours(config: Readonly<Record<string, string>> = {}): Engine {
  const engine = startEngine({
    platform: nodePlatform(),
    config: { 'enable-debug-command': 'yes', ...config },
  })
  engine.stop()
  return engine
}

function ask(engine: Engine, requests: readonly (readonly string[])[]): unknown {
  const client = engine.connect(NOWHERE)
  client.internal = true
  let reply: unknown
  for (const request of requests) reply = engine.execute(client, request)
  engine.disconnect(client)
  return reply
}

const ourDigest = (engine: Engine): string =>
  (ask(engine, [['DEBUG', 'DIGEST']]) as { text: string }).text

async function fill(real: Real, requests: readonly string[][]): Promise<void> {
  for (const request of requests) await real.control.call(request)
}

/** A file as the runtime would read it. */
const load = (engine: Engine, path: string, options: ImportOptions = {}): Promise<ImportReport> =>
  importData(engine, createReadStream(path), { total: statSync(path).size, ...options })

const loadFolder = (engine: Engine, dir: string, options: ImportOptions = {}) =>
  importAofFolder(
    engine,
    readdirSync(dir).map((name) => ({
      name,
      size: statSync(join(dir, name)).size,
      open: () => createReadStream(join(dir, name)),
    })),
    options,
  )

async function save(engine: Engine, path: string, version?: number): Promise<void> {
  writeFileSync(path, '')
  for await (const piece of exportData(engine, version === undefined ? {} : { version })) {
    writeFileSync(path, piece, { flag: 'a' })
  }
}

async function saveFolder(engine: Engine, dir: string, preamble: boolean): Promise<void> {
  mkdirSync(dir)
  for await (const { name, bytes } of exportAofFolder(engine, { preamble, version: RDB })) {
    writeFileSync(join(dir, name), '')
    for await (const piece of bytes) writeFileSync(join(dir, name), piece, { flag: 'a' })
  }
}

/** The checkers are the server under other names. */
function check(kind: 'rdb' | 'aof', path: string): string {
  const own = `redis-check-${kind}`
  const { stdout, status } = spawnSync(program, [path], { argv0: own, encoding: 'utf8' })
  expect([status, stdout.slice(status === 0 ? stdout.length : 0)]).toEqual([0, ''])
  return stdout
}

const LIBRARY = '#!lua name=mine\nredis.register_function("f", function() return 7 end)'

describe('RDB files of a real server', () => {
  it.each(Object.keys(LAYOUTS))(
    'load here, and ours there, with equal digests: %s',
    async (name) => {
      const layout = LAYOUTS[name] as Readonly<Record<string, string>>
      const dir = folder()
      const first = await startReal(['--dir', dir, ...flagsOf(layout)])
      let digest: string
      const encodings = new Map<string, string>()
      try {
        await fill(first, corpus(VERSION))
        await line(first, 'FUNCTION', 'LOAD', LIBRARY)
        digest = await theirDigest(first)
        for (const key of ['stream', 'timed'])
          encodings.set(key, await line(first, 'OBJECT', 'ENCODING', key))
        expect(await line(first, 'SAVE')).toBe('+OK')
      } finally {
        await first.stop()
      }
      const path = join(dir, 'dump.rdb')
      const engine = ours(layout)
      const report = await load(engine, path)
      expect(ourDigest(engine)).toBe(digest)
      expect(report.facts['redis-ver']).toBe(VERSION)
      expect(report.libraries).toBe(1)
      expect(report.bytes).toBe(statSync(path).size)

      // As it is written unless told otherwise, and as this server writes it.
      await save(engine, path, name === 'as usual' ? RDB : undefined)
      const said = check('rdb', path)
      expect(said).toContain('RDB looks OK')
      if (layout.rdbchecksum !== 'no') expect(said).toContain('Checksum OK')
      const second = await startReal(['--dir', dir, ...flagsOf(layout)])
      try {
        expect(await theirDigest(second)).toBe(digest)
        expect(await line(second, 'FCALL', 'f', '0')).toBe(':7')
      } finally {
        await second.stop()
      }
    },
    60_000,
  )

  it('that are damaged anywhere are refused with the place, or taken without what is damaged', async () => {
    const dir = folder()
    const real = await startReal(['--dir', dir])
    try {
      await fill(
        real,
        corpus(VERSION, 5, 40).filter(([name]) => name !== 'SET'),
      )
      await line(real, 'SAVE')
    } finally {
      await real.stop()
    }
    const bytes = readFileSync(join(dir, 'dump.rdb'))
    let kept = 0
    for (let i = 0; i < 60; i++) {
      const wrong = Uint8Array.from(bytes)
      const at = 9 + Math.floor((i / 60) * (bytes.length - 9))
      wrong[at] = (wrong[at] as number) ^ 0x42
      const engine = ours()
      await expect(importData(engine, [wrong])).rejects.toMatchObject({ code: 'malformed' })
      expect(engine.keyspace.size).toBe(0)
      const report = await importData(engine, [wrong], { repair: true })
      expect(report.losses.length).toBeGreaterThan(0)
      kept += report.keys
    }
    expect(kept).toBeGreaterThan(60 * 20)
  }, 60_000)
})

const word = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((each) => `$${each.length}\r\n${each}\r\n`).join('')}`

describe('append-only folders of a real server', () => {
  const flags = (dir: string, preamble: boolean): string[] => [
    ...['--dir', dir, '--appendonly', 'yes', '--aof-use-rdb-preamble', preamble ? 'yes' : 'no'],
    ...['--aof-timestamp-enabled', 'yes', '--appendfsync', 'no'],
  ]

  it.each([true, false])(
    'load here, and ours there (RDB in front: %s)',
    async (preamble) => {
      const dir = folder()
      const requests = corpus(VERSION)
      const first = await startReal(flags(dir, preamble))
      let digest: string
      try {
        await fill(first, requests.slice(0, 100))
        await line(first, 'BGREWRITEAOF')
        while (!/aof_rewrite_in_progress:0/.test(await line(first, 'INFO', 'persistence'))) {
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
        await fill(first, requests.slice(100))
        await fill(first, [
          ['MULTI'],
          ['INCR', 'n'],
          ['INCR', 'n'],
          ['EXEC'],
          ['SPOP', 'words', '3'],
        ])
        digest = await theirDigest(first)
        await line(first, 'SHUTDOWN', 'NOSAVE').catch(() => '')
      } finally {
        await first.stop()
      }
      const files = join(dir, 'appendonlydir')
      const engine = ours()
      const report = await loadFolder(engine, files)
      expect(report.refusals).toEqual([])
      expect(ourDigest(engine)).toBe(digest)

      rmSync(files, { recursive: true })
      await saveFolder(engine, files, preamble)
      expect(check('aof', join(files, 'appendonly.aof.manifest'))).toContain(
        'All AOF files and manifest are valid',
      )
      const second = await startReal(flags(dir, preamble))
      try {
        expect(await theirDigest(second)).toBe(digest)
        // It goes on where we have ended.
        await fill(second, [
          ['SELECT', '0'],
          ['SET', 'after', 'it'],
        ])
        await line(second, 'SHUTDOWN', 'NOSAVE').catch(() => '')
      } finally {
        await second.stop()
      }
      const again = ours()
      await loadFolder(again, files)
      expect(ask(again, [['GET', 'after']])).toBe('it')
    },
    60_000,
  )

  it('are cut off as their own checker cuts them, wherever they end', async () => {
    const files = folder()
    const name = 'appendonly.aof.1.incr.aof'
    const path = join(files, name)
    writeFileSync(join(files, 'appendonly.aof.manifest'), `file ${name} seq 1 type i\n`)
    const note = (second: number): string => `#TS:170000000${second}\r\n`
    const text =
      note(0) +
      word('SELECT', '0') +
      word('SET', 'a', '1') +
      note(1) +
      word('MULTI') +
      word('SET', 'b', '2') +
      note(2) +
      word('SET', 'c', '3') +
      word('EXEC') +
      note(3) +
      word('SET', 'd', '4')
    for (let end = text.length; end > 0; end--) {
      writeFileSync(path, text.slice(0, end))
      const { truncated } = await loadFolder(ours(), files)
      const { status } = spawnSync(program, ['--fix', join(files, 'appendonly.aof.manifest')], {
        argv0: 'redis-check-aof',
        input: 'y\n',
      })
      // It gives up where not even one request is left.
      if (status !== 0) {
        expect(truncated?.offset, `${end}`).toBeLessThan(30)
        continue
      }
      // It leaves a torn note, which makes the next request a part of that line.
      const left = text.slice(0, statSync(path).size)
      const whole = left.replace(/#[^\n]*$/, '')
      expect(truncated?.offset ?? end, `${end}`).toBe(whole.length)
    }
  }, 60_000)

  it('can be taken up to a point in time, where their own checker cuts them', async () => {
    const dir = folder()
    mkdirSync(join(dir, 'appendonlydir'))
    const path = join(dir, 'appendonlydir', 'appendonly.aof.1.incr.aof')
    const text =
      `#TS:1628217470\r\n${word('SELECT', '0')}${word('SET', 'a', '1')}` +
      `#TS:1628217473\r\n${word('SET', 'a', '2')}#TS:1628217476\r\n${word('SET', 'a', '3')}`
    const manifest = join(dir, 'appendonlydir', 'appendonly.aof.manifest')
    writeFileSync(manifest, 'file appendonly.aof.1.incr.aof seq 1 type i\n')
    for (const [until, value] of [
      [1628217473, '2'],
      [1628217472, '1'],
    ] as const) {
      writeFileSync(path, text)
      const engine = ours()
      await loadFolder(engine, join(dir, 'appendonlydir'), { until: until * 1000 })
      expect(ask(engine, [['GET', 'a']])).toBe(value)
      spawnSync(program, ['--truncate-to-timestamp', `${until}`, manifest], {
        argv0: 'redis-check-aof',
      })
      const cut = ours()
      await loadFolder(cut, join(dir, 'appendonlydir'))
      expect(ask(cut, [['GET', 'a']])).toBe(value)
    }
  })
})

describe('old files', () => {
  it('one single append-only file loads there, with RDB in front and without', async () => {
    const engine = ours()
    ask(engine, corpus(VERSION))
    for (const preamble of [true, false]) {
      const dir = folder()
      const path = join(dir, 'appendonly.aof')
      writeFileSync(path, '')
      for await (const piece of exportData(engine, { format: 'aof', preamble, version: RDB })) {
        writeFileSync(path, piece, { flag: 'a' })
      }
      check('aof', path)
      const real = await startReal(['--dir', dir, '--appendonly', 'yes'])
      try {
        expect(await theirDigest(real)).toBe(ourDigest(engine))
      } finally {
        await real.stop()
      }
    }
  }, 30_000)

  // Not ours to commit: they are there where the suite has been fetched.
  const suite =
    process.env.RESPITE_SUITE ??
    join(
      process.env.RESPITE_CACHE ?? join(process.env.HOME ?? '', '.cache/respite/tcl'),
      'redis-7.0.15',
    )
  const assets = join(suite, 'tests/assets')
  const files = existsSync(assets)
    ? readdirSync(assets).filter((name) => name.endsWith('.rdb'))
    : []

  it.each(files)('%s of the suite loads as it loads there', async (name) => {
    const dir = folder()
    writeFileSync(join(dir, 'dump.rdb'), readFileSync(join(assets, name)))
    const real = await startReal(['--dir', dir, '--sanitize-dump-payload', 'no']).catch(() => null)
    const engine = ours()
    if (real === null) {
      await expect(load(engine, join(dir, 'dump.rdb'))).rejects.toMatchObject({ code: 'malformed' })
      return
    }
    try {
      const report = await load(engine, join(dir, 'dump.rdb'), {
        repair: name.startsWith('corrupt'),
      })
      const size = Number((await line(real, 'DBSIZE')).slice(1))
      if (name.startsWith('corrupt_ziplist')) expect(report.losses.length).toBeGreaterThan(0)
      else {
        expect(report.keys).toBe(size)
        // Its digest knows scores of ten digits by how they are printed, which has changed.
        if (name === 'encodings.rdb') {
          await line(real, 'DEL', 'zset')
          ask(engine, [['DEL', 'zset']])
        }
        expect(ourDigest(engine)).toBe(await theirDigest(real))
      }
    } finally {
      await real.stop()
    }
  })
})
