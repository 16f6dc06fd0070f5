/** Whole RDB files between Respite and a real server, whichever RESPITE_ORACLE names. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareVersions, oracleVersion, type Real, startReal } from '../helpers/real.ts'
import { type Run, run } from '../helpers/run.ts'
import { requests } from '../helpers/values.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'respite-rdb-'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const path = () => join(folder, 'dump.rdb')
const start = (...flags: string[]) => startReal(['--dir', folder, ...flags])
const line = async (real: Real, ...words: string[]) =>
  (await real.control.call(words)).toString('latin1').trim()
const theirDigest = async (real: Real) => (await line(real, 'DEBUG', 'DIGEST')).slice(1)
const ourDigest = (r: Run) => (r('DEBUG DIGEST') as { text: string }).text

/** Random keys in two databases, some of them with deadlines far away; scores that all print alike. */
const data = fc
  .sample(requests, { seed: 21, numRuns: 300 })
  .map((request, i) => [request[0] as string, `key:${i}`, ...request.slice(2)])
  .filter(
    ([name, , ...rest]) =>
      name !== 'ZADD' || rest.every((_, i) => i % 2 === 1 || /^-?\d{1,9}$/.test(rest[i] as string)),
  )
const deadlines = data
  .filter((_, i) => i % 5 === 0)
  .map(([, key]) => ['PEXPIREAT', key as string, '33000000000000'])
const script: string[][] = [
  ...data,
  ...deadlines,
  ['SELECT', '5'],
  ['SET', 'other', 'database'],
  ...Array.from({ length: 250 }, (_, i) => ['XADD', 'stream', `${i + 1}-7`, 'f', `value ${i}`]),
  ['XDEL', 'stream', '5-7', '100-7'],
  ['XGROUP', 'CREATE', 'stream', 'g', '20-0'],
  ['XCLAIM', 'stream', 'g', 'me', '0', '3-7', 'TIME', '1600000000000', 'FORCE'],
]

/** Vector sets of all kinds, for servers that have them. */
const vectorSets: string[][] = [[], ['NOQUANT', 'M', '5'], ['BIN'], ['REDUCE', '3']].flatMap(
  (words, kind) => {
    const [reduction, options] = words[0] === 'REDUCE' ? [words, []] : [[], words]
    return Array.from({ length: 100 }, (_, i) => {
      const vector = Array.from({ length: 6 }, (_, k) => String(Math.sin(i * (k + 1) + kind)))
      const attribute = i % 3 === 0 ? ['SETATTR', `{"i":${i}}`] : []
      const set = ['VADD', `vectors:${kind}`, ...reduction, 'VALUES', '6', ...vector]
      return [...set, `element ${i}`, ...options, ...attribute]
    })
  },
)
const hasVectorSets = compareVersions(oracleVersion(), '8.6') >= 0

function load(r: Run, bytes: Uint8Array): void {
  for (const _ of r.engine.rdb.load(bytes));
}

describe('RDB files', () => {
  it('what they save we load, and they load what we save', { timeout: 60_000 }, async () => {
    const shared = hasVectorSets ? [...vectorSets, ...script] : script
    const sets = hasVectorSets ? 4 : 0
    const first = await start()
    let version: number
    let digest: string
    try {
      for (const request of shared) await first.control.call(request)
      digest = await theirDigest(first)
      expect(await line(first, 'SAVE')).toBe('+OK')
      version = Number(readFileSync(path(), 'latin1').slice(5, 9))
    } finally {
      await first.stop()
    }
    const r = run()
    load(r, readFileSync(path()))
    expect(ourDigest(r)).toBe(digest)
    expect(r('DBSIZE')).toBe(data.length + sets)

    for (const compress of [true, false]) {
      writeFileSync(path(), r.engine.rdb.whole({ version, compress }))
      const second = await start()
      try {
        expect(await theirDigest(second)).toBe(digest)
        expect(await line(second, 'SELECT', '5')).toBe('+OK')
        expect(await line(second, 'GET', 'other')).toContain('database')
      } finally {
        await second.stop()
      }
    }
  })

  it('their checker finds nothing wrong with what we save', () => {
    const r = run()
    for (const request of script) r(request)
    writeFileSync(path(), r.engine.rdb.whole({ version: 10 }))
    // 7.0 installs the checker under a name of its own; it comes with redis-server.
    const report = execFileSync('redis-check-rdb', [path()], { encoding: 'utf8' })
    expect(report).toContain('Checksum OK')
    expect(report).toContain('RDB looks OK')
  })
})
