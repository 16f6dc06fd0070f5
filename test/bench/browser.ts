/** In Chromium, on a profile on disk: durable writes, a worker, cold starts, snapshots in the page. */
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright'
import { build } from 'vite'
import { serveFolder } from '../../demo/serve.ts'
import { CHROMIUM } from '../browser/place.ts'
import { freePort } from '../helpers/server.ts'
import { GOALS } from './goals.ts'
import type { Bench } from './page/main.ts'
import type { Promised, Row, Spread } from './report.ts'
import { spread } from './report.ts'
import { type Effort, type Figures, interleave, of, ROOT, scratchFolder } from './run.ts'

export type Global = { bench: Bench }

/** A page of its own for each measurement, so that none inherits a heap. */
async function inPage<T>(
  context: BrowserContext,
  url: string,
  use: (page: Page) => Promise<T>,
): Promise<T> {
  const page = await context.newPage()
  try {
    await page.goto(url)
    await page.waitForFunction(() => 'bench' in globalThis)
    return await use(page)
  } finally {
    await page.close()
  }
}

export async function measureBrowser(effort: Effort): Promise<Row[]> {
  return withPages(async (open) => [
    ...(await durableWrites(open, effort)),
    ...(await workerCalls(open, effort)),
    ...(await coldStarts(open, effort)),
  ])
}

/** Serve the page from a folder, in a Chromium that keeps what it stores on disk. `files`: served beside it. */
export async function withPages<T>(
  use: (open: Open) => Promise<T>,
  files: Readonly<Record<string, string>> = {},
): Promise<T> {
  const folder = scratchFolder()
  await build({
    configFile: false,
    root: join(ROOT, 'test/bench/page'),
    base: './',
    logLevel: 'error',
    worker: { format: 'es' },
    build: { outDir: join(folder, 'page'), target: 'es2022', modulePreload: { polyfill: false } },
  })
  for (const [name, from] of Object.entries(files)) {
    cpSync(from, join(folder, 'page', name), { recursive: true })
  }
  const port = await freePort()
  const server = await serveFolder(join(folder, 'page'), port, 'localhost')
  // The default context keeps IndexedDB in memory.
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: CHROMIUM,
    // What is beside the page may need WebAssembly, which the policy of our pages forbids.
    bypassCSP: Object.keys(files).length > 0,
  })
  const url = `http://localhost:${port}/`
  const open = <T>(use: (page: Page) => Promise<T>) => inPage(context, url, use)
  try {
    return await use(open)
  } finally {
    await context.close()
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

export type Open = <T>(use: (page: Page) => Promise<T>) => Promise<T>

async function durableWrites(open: Open, effort: Effort): Promise<Row[]> {
  const run = (name: keyof Bench['durable']) => async (): Promise<Figures> => ({
    rate: await open((page) =>
      page.evaluate((name) => (globalThis as unknown as Global).bench.durable[name](), name),
    ),
  })
  const seen = await interleave(
    {
      respite: run('respite'),
      worker: run('respiteInWorker'),
      idbKeyval: run('idbKeyval'),
      raw: run('raw'),
    },
    effort.repetitions,
  )
  const peers = {
    keyval: { name: 'idb-keyval', figure: of(seen, 'idbKeyval', 'rate') },
    raw: { name: 'raw, strict', figure: of(seen, 'raw', 'rate') },
  }
  const shared = { section: 'IndexedDB, Chromium: 1000 sets at a time', unit: 'writes/s' }
  const ours = of(seen, 'respite', 'rate')
  const inWorker = of(seen, 'worker', 'rate')
  return [
    {
      ...shared,
      what: 'durable set, appendfsync always',
      ours,
      peer: peers.keyval,
      promised: GOALS.durable,
      note: 'ours is strict, idb-keyval what the browser does by itself, which is relaxed',
    },
    { ...shared, what: 'the same', ours, peer: peers.raw, promised: null },
    { ...shared, what: 'through a worker', ours: inWorker, peer: peers.keyval, promised: null },
  ]
}

async function workerCalls(open: Open, effort: Effort): Promise<Row[]> {
  const seen = await interleave(
    {
      worker: () =>
        open((page) =>
          page.evaluate(
            (n) => (globalThis as unknown as Global).bench.worker(n),
            effort.pick(300, 100),
          ),
        ),
    },
    effort.repetitions,
  )
  return (
    [
      ['pipelined', 'pipelines of 1000'],
      ['promises', '1000 promises at a time'],
      ['awaited', 'one after the other'],
    ] as const
  ).map(([figure, what]) => ({
    section: 'GET through a dedicated worker, Chromium',
    what,
    unit: 'calls/s',
    ours: of(seen, 'worker', figure),
    promised: figure === 'pipelined' ? GOALS.workerCalls : null,
  }))
}

async function coldStarts(open: Open, effort: Effort): Promise<Row[]> {
  const rows: Row[] = []
  const section = 'Cold start from IndexedDB, Chromium'
  for (const count of effort.pick([100_000, 1_000_000], [100_000])) {
    const withPeer = count <= 100_000
    await open((page) =>
      page.evaluate((n) => (globalThis as unknown as Global).bench.prepare(n), count),
    )
    if (withPeer) {
      await open((page) =>
        page.evaluate((n) => (globalThis as unknown as Global).bench.prepareKeyval(n), count),
      )
    }
    const times: number[] = []
    const saves: { ms: number; block: number }[] = []
    const loadBlocks: number[] = []
    const keyval: number[] = []
    for (let i = 0; i < effort.repetitions; i++) {
      await open(async (page) => {
        times.push(
          await page.evaluate((n) => (globalThis as unknown as Global).bench.cold(n), count),
        )
        saves.push(await page.evaluate(() => (globalThis as unknown as Global).bench.saved()))
        await page.evaluate(() => (globalThis as unknown as Global).bench.close())
      })
      await open(async (page) => {
        const { block } = await page.evaluate(
          (n) => (globalThis as unknown as Global).bench.loaded(n),
          count,
        )
        loadBlocks.push(block)
        await page.evaluate(() => (globalThis as unknown as Global).bench.close())
      })
      if (!withPeer) continue
      await open(async (page) => {
        keyval.push(
          await page.evaluate((n) => (globalThis as unknown as Global).bench.coldKeyval(n), count),
        )
      })
    }
    const peer: { name: string; figure: Spread } | null = withPeer
      ? { name: 'idb-keyval entries', figure: spread(keyval) }
      : null
    rows.push({
      section,
      what: `${count / 1000} k keys until they answer`,
      unit: 'ms',
      ours: spread(times),
      ...(peer === null ? {} : { peer }),
      promised: withPeer ? GOALS.coldHundredThousandMs : GOALS.coldMillionMs,
    })
    const row = (what: string, figures: readonly number[], promised: Promised | null): Row => ({
      ...{ section, what: `${what} ${count / 1000} k keys`, unit: 'ms' },
      ...{ ours: spread([...figures]), promised },
    })
    rows.push(row('longest block of the page, load of', loadBlocks, null))
    rows.push(
      row(
        'snapshot of',
        saves.map(({ ms }) => ms),
        null,
      ),
    )
    rows.push(
      row(
        'longest block of the page, snapshot of',
        saves.map(({ block }) => block),
        withPeer ? null : GOALS.snapshotBlockMs,
      ),
    )
  }
  return rows
}
