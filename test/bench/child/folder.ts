/** `folder VARIANT COUNT`: so many keys written, rewritten and loaded again, in a folder of append-only files. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from '../../../src/runtimes/node/index.ts'
import { TcpLink } from '../../helpers/link.ts'
import { keyOf, request, say, turn } from './common.ts'

const [variant, words] = process.argv.slice(2) as [string, string]
const count = Number(words)
const dir = mkdtempSync(join(tmpdir(), 'respite-bench-'))
process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
const aof = join(dir, 'appendonlydir')
const textOf = (i: number): string =>
  `the value of the key ${i}, which is as long as a line of text`

/** Megabytes of the files whose names say so. */
const sizeOf = (part: string): number =>
  readdirSync(aof)
    .filter((name) => name.includes(part))
    .reduce((sum, name) => sum + statSync(join(aof, name)).size, 0) / 1e6

/** How long it took, and the longest that the event loop stood still meanwhile. */
async function watched(work: () => Promise<unknown>): Promise<{ ms: number; block: number }> {
  await turn()
  const from = performance.now()
  let last = from
  let block = 0
  let done = false
  const running = work().finally(() => {
    done = true
  })
  while (!done) {
    await turn()
    const now = performance.now()
    block = Math.max(block, now - last)
    last = now
  }
  await running
  return { ms: performance.now() - from, block }
}

const figures = (
  journal: number,
  journalMs: number,
  base: number,
  saveMs: number,
  baseMs: number,
) => ({
  journalLoad: (journal / journalMs) * 1000,
  journalLoadMs: journalMs,
  save: (base / saveMs) * 1000,
  saveMs,
  baseLoad: (base / baseMs) * 1000,
  baseLoadMs: baseMs,
})

async function ours(): Promise<Record<string, number>> {
  const config = { 'auto-aof-rewrite-percentage': '0' }
  const open = () => Redis.create(`file:${dir}`, { config })
  const first = await open()
  for (let i = 0; i < count; ) {
    const pipeline = first.pipeline()
    for (const end = Math.min(count, i + 1000); i < end; i++) pipeline.set(keyOf(i), textOf(i))
    await pipeline.exec()
  }
  await first.close()
  const journal = sizeOf('incr')
  let second = first
  const loaded = await watched(async () => {
    second = await open()
  })
  if ((await second.dbsize()) !== count) throw new Error('keys are missing')
  const saved = await watched(async () => {
    await second.call('BGREWRITEAOF')
    while (/aof_rewrite_in_progress:1/.test(String(await second.call('INFO', 'persistence')))) {
      await new Promise((done) => setTimeout(done, 1))
    }
  })
  await second.close()
  const base = sizeOf('base')
  let third = first
  const reloaded = await watched(async () => {
    third = await open()
  })
  if ((await third.dbsize()) !== count) throw new Error('keys are missing')
  await third.close()
  return {
    ...figures(journal, loaded.ms, base, saved.ms, reloaded.ms),
    saveBlock: saved.block,
    loadBlock: Math.max(loaded.block, reloaded.block),
  }
}

async function real(): Promise<Record<string, number>> {
  const port = 21000 + (process.pid % 20000)
  const log = join(dir, 'log')
  const flags = [
    '--port',
    port,
    '--dir',
    dir,
    '--save',
    '',
    '--logfile',
    log,
    '--appendonly',
    'yes',
  ]
  const more = ['--auto-aof-rewrite-percentage', 0]
  const open = async (): Promise<{ link: TcpLink; stop(): Promise<void> }> => {
    const child = spawn('redis-server', [...flags, ...more].map(String), { stdio: 'ignore' })
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    for (;;) {
      try {
        const link = await TcpLink.open(port)
        while ((await link.call(['DBSIZE'])).toString().startsWith('-')) await turn()
        return {
          link,
          async stop() {
            await link.call(['SHUTDOWN', 'NOSAVE']).catch(() => '')
            link.close()
            await exited
          },
        }
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
  }
  // It says itself how long it took; starting a process is not loading.
  const loadMs = (): number => {
    const lines = [
      ...readFileSync(log, 'utf8').matchAll(/DB loaded from append only file: ([\d.]+)/g),
    ]
    return Math.max(1, Number(lines.at(-1)?.[1] ?? Number.NaN) * 1000)
  }
  const first = await open()
  const fill = join(dir, 'fill')
  let text = ''
  for (let i = 0; i < count; i++) text += request('SET', keyOf(i), textOf(i))
  writeFileSync(fill, text)
  spawnSync('redis-cli', ['-p', `${port}`, '--pipe'], { input: readFileSync(fill) })
  await first.stop()
  const journal = sizeOf('incr')
  const second = await open()
  const journalMs = loadMs()
  const from = performance.now()
  await second.link.call(['BGREWRITEAOF'])
  const info = async () => (await second.link.call(['INFO', 'persistence'])).toString()
  while (/aof_rewrite_in_progress:1/.test(await info())) {
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  const saveMs = performance.now() - from
  await second.stop()
  const base = sizeOf('base')
  const third = await open()
  const baseMs = loadMs()
  await third.stop()
  return figures(journal, journalMs, base, saveMs, baseMs)
}

say(variant === 'ours' ? await ours() : await real())
process.exit(0)
