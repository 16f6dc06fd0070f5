/** A browser with its data in IndexedDB or OPFS, all of its processes killed while a page writes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { serveFolder } from '../../demo/serve.ts'
import type { BrowserName } from '../browser/place.ts'
import { killBrowser, makeProfile, type Profile } from '../browser/processes.ts'
import type {} from './page/main.ts'
import { type Life, POLICIES, Tally } from './tally.ts'

const PORT = Number(process.env.RESPITE_KILLS_PORT ?? 4199)
const ADDRESS = `http://localhost:${PORT}/index.html`

interface Lived extends Life {
  readonly failed: boolean
}

export type Scheme = 'idb' | 'opfs'

async function live(
  profile: Profile,
  scheme: Scheme,
  policy: string,
  enough: (acks: number, ms: number) => boolean,
): Promise<Lived> {
  const { context, page } = await profile.launch()
  const acks: { n: number; at: number }[] = []
  let failure = ''
  const begun = performance.now()
  const reached = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 20_000)
    page.on('console', (message) => {
      const [word, n] = message.text().split(' ')
      if (word === 'ack') acks.push({ n: Number(n), at: performance.now() })
      else if (word === 'failed') failure = message.text()
      // Browsers say other things as well.
      else return
      if (word === 'ack' && !enough(acks.length, performance.now() - begun)) return
      clearTimeout(timer)
      resolve()
    })
  })
  await page.goto(ADDRESS)
  await page.waitForFunction(() => 'begin' in globalThis)
  const found = await page.evaluate((asked) => begin(...asked), [scheme, policy] as const)
  if (found.problem.startsWith('failed')) failure = found.problem
  else await reached
  await killBrowser(profile, context)
  const killedAt = performance.now()
  if (failure !== '') console.error(failure)
  return {
    found: found.count,
    problem: found.problem,
    loadMs: found.loadMs,
    acks,
    acked: acks.at(-1)?.n ?? found.count,
    killedAt,
    failed: failure !== '',
  }
}

/** So many kills, the policies in turn. Each policy has a profile, which is made anew now and then. */
export async function killBrowsers(
  browser: BrowserName,
  scheme: Scheme,
  kills: number,
  progress: (done: number) => void = () => {},
): Promise<Record<string, Tally>> {
  const outDir = mkdtempSync(join(tmpdir(), 'respite-kills-'))
  await build({
    configFile: false,
    root: 'test/kills/page',
    base: './',
    logLevel: 'error',
    build: { outDir, emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false } },
    worker: { format: 'es' },
  })
  const server = await serveFolder(outDir, PORT, 'localhost')
  const tallies: Record<string, Tally> = {}
  let done = 0
  try {
    for (const [p, policy] of POLICIES.entries()) {
      const tally = new Tally()
      tallies[policy] = tally
      const share = Math.floor(kills / POLICIES.length) + (p < kills % POLICIES.length ? 1 : 0)
      let profile = makeProfile(browser)
      let before: Lived | null = null
      for (let i = 0; tally.kills + tally.errors < share; i++) {
        if (i % 40 === 39) {
          profile.remove()
          profile = makeProfile(browser)
          before = null
        }
        const wanted = 1 + ((i * 97) % 240)
        const wait = policy === 'always' ? 0 : (i * 131) % 900
        const life = await live(profile, scheme, policy, (acks, ms) => acks >= wanted && ms >= wait)
        if (life.failed) tally.errors++
        if (before !== null) {
          tally.add(before, life)
          progress(++done)
        }
        before = life.failed ? null : life
      }
      profile.remove()
    }
  } finally {
    server.close()
    rmSync(outDir, { recursive: true, force: true })
  }
  return tallies
}
