import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { VERSION } from '../../src/version.ts'
import { scratch } from '../helpers/server.ts'
import type { EntrySize } from '../helpers/sizes.ts'

/** The package as others get it: packed, installed somewhere else, imported by its names. */
const run = promisify(execFile)
const ENTRIES = ['respite', 'respite/browser', 'respite/worker', 'respite/edge', 'respite/node']
const tool = (name: string): string => resolve('node_modules/.bin', name)

/** Everything that a build wrote as a script. */
const scripts = (folder: string): string =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n')

interface Packed {
  filename: string
  files: { path: string }[]
}

let packed: Packed
let project: string

beforeAll(async () => {
  if (!existsSync('dist/index.js')) throw new Error('build the library first: npm run build')
  project = scratch()
  const { stdout } = await run('npm', [
    ...['pack', '--json', '--ignore-scripts', '--loglevel', 'error'],
    ...['--pack-destination', project],
  ])
  packed = (JSON.parse(stdout) as Packed[])[0] as Packed
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }')
  await run('npm', ['install', '--loglevel', 'error', `./${packed.filename}`], { cwd: project })
}, 120_000)

describe('what is in the package', () => {
  it('the build, and the papers', () => {
    const tops = [...new Set(packed.files.map(({ path }) => path.split('/')[0]))].sort()
    expect(tops).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json'])
  })

  it('no sources, tests or reports', () => {
    const strange = packed.files.filter(({ path }) => /\.ts$/.test(path) && !/\.d\.ts$/.test(path))
    expect(strange).toEqual([])
    expect(packed.files.filter(({ path }) => /(^|\/)(test|demo)\//.test(path))).toEqual([])
  })

  it('every file that exports and bin name', () => {
    const { exports, bin } = JSON.parse(readFileSync('package.json', 'utf8'))
    const named = [
      ...Object.values(exports).flatMap((entry) =>
        typeof entry === 'string' ? [entry] : Object.values(entry as Record<string, string>),
      ),
      ...Object.values(bin as Record<string, string>),
    ]
    const paths = new Set(packed.files.map(({ path }) => `./${path}`))
    expect(named.filter((name) => !paths.has(name as string))).toEqual([])
  })

  it('the version that the engine says it has', () => {
    expect(JSON.parse(readFileSync('package.json', 'utf8')).version).toBe(VERSION)
  })
})

describe('a project that installed it', () => {
  it('runs the engine in Node', async () => {
    writeFileSync(
      join(project, 'run.js'),
      `import { Redis } from 'respite'
       const redis = await Redis.create()
       await redis.set('a', 1)
       console.log(await redis.incr('a'))
       await redis.close()`,
    )
    const { stdout } = await run('node', ['run.js'], { cwd: project })
    expect(stdout).toBe('2\n')
  })

  it('starts respite-server by its name', async () => {
    const { stdout } = await run(join(project, 'node_modules/.bin/respite-server'), ['--version'])
    expect(stdout).toContain(VERSION)
  })

  it.each([
    ['bundler', 'ESNext'],
    ['nodenext', 'NodeNext'],
  ])('sees types under moduleResolution %s', async (moduleResolution, module) => {
    writeFileSync(
      join(project, 'use.ts'),
      `import { Redis, ReplyError } from 'respite'
       import { Redis as BrowserRedis } from 'respite/browser'
       import { createEngine, createFetchHandler } from 'respite/edge'
       import { startServer } from 'respite/node'
       import type {} from 'respite/worker'
       export async function use(): Promise<void> {
         const redis = await Redis.create('memory:')
         const value: string | null = await redis.get('a')
         const count: number | bigint = await redis.incr('a')
         // @ts-expect-error a number is not text
         const wrong: number = await redis.get('a')
         void [value, count, wrong, ReplyError, BrowserRedis, createEngine, createFetchHandler, startServer]
       }`,
    )
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          ...{ module, moduleResolution, target: 'ES2022', strict: true, noEmit: true },
          ...{ lib: ['ES2022', 'DOM'], types: [], skipLibCheck: false },
          exactOptionalPropertyTypes: true,
        },
        files: ['use.ts'],
      }),
    )
    const result = await run(tool('tsc'), ['-p', project]).catch(
      (error) => error as { stdout: string },
    )
    expect(result.stdout).toBe('')
  })

  it.each(ENTRIES)('bundles %s with Vite', async (entry) => {
    const folder = join(project, entry.replace('/', '-'))
    mkdirSync(folder, { recursive: true })
    writeFileSync(
      join(folder, 'main.js'),
      entry === 'respite/worker'
        ? `import 'respite/worker'`
        : `import * as all from '${entry}'\nglobalThis.all = all`,
    )
    // Built for a server, where Node's own modules may stay what they are, but nothing else may.
    writeFileSync(
      join(folder, 'vite.config.js'),
      `export default { build: { ssr: 'main.js', target: 'es2022' }, ssr: { noExternal: true } }`,
    )
    await run(tool('vite'), ['build', '--logLevel', 'error'], { cwd: folder })
    const code = scripts(join(folder, 'dist'))
    expect(code.length).toBeGreaterThan(100_000)
    expect(code).not.toMatch(/from ?"(respite|idb)/)
  })

  it('bundles an application with a worker with Vite', async () => {
    const folder = join(project, 'app')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'index.html'), '<script type="module" src="./main.js"></script>')
    writeFileSync(join(folder, 'worker.js'), `import 'respite/worker'`)
    writeFileSync(
      join(folder, 'main.js'),
      `import { Redis } from 'respite/browser'
       const worker = () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
       globalThis.redis = await Redis.create('idb://app', { worker })`,
    )
    writeFileSync(
      join(folder, 'vite.config.js'),
      `export default { build: { target: 'es2022' }, worker: { format: 'es' } }`,
    )
    await run(tool('vite'), ['build', '--logLevel', 'error'], { cwd: folder })
    const assets = join(folder, 'dist/assets')
    const worker = readdirSync(assets).find((file) => file.startsWith('worker'))
    // A worker that was shaken away as having no effect would be empty.
    expect(statSync(join(assets, worker ?? '')).size).toBeGreaterThan(100_000)
  })
})

/**
 * Kilobytes with gzip, everything included. A number here may only go up together with the reason
 * for it.
 */
const BUDGET: Readonly<Record<string, number>> = {
  index: 304,
  browser: 339,
  worker: 328,
  edge: 275,
  node: 348,
  'respite-server': 326,
}

describe('what an entry weighs', () => {
  const sizes = (): EntrySize[] => JSON.parse(readFileSync('dist/sizes.json', 'utf8'))

  it.each(Object.entries(BUDGET))('%s stays under %i KB', (entry, kilobytes) => {
    const size = sizes().find((size) => size.entry === entry)
    expect(size?.gzip).toBeLessThan(kilobytes * 1024)
  })
})
