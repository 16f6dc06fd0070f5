/**
 * `npm run test:kills node|idb|opfs [kills] [chromium|firefox]`: ends processes of Node, or a browser with its
 * data in one of its stores, in the middle of their writes, hundreds of times if wanted, and prints what was
 * acknowledged, what was lost and what could not be loaded. Only processes that were started here are ended.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import { killNode } from './node.ts'
import { report, type Tally } from './tally.ts'

const [what = 'node', count = '500', name = 'chromium'] = process.argv.slice(2)
const kills = Number(count)
const shown = (done: number): void => {
  if (done % 50 === 0) console.log(`${done} of ${kills}`)
}

async function node(): Promise<Record<string, Tally>> {
  const outDir = mkdtempSync(join(tmpdir(), 'respite-kills-'))
  try {
    await build({
      configFile: false,
      logLevel: 'warn',
      build: { ssr: 'test/kills/child.ts', outDir, target: 'node20', minify: false },
    })
    return await killNode([process.execPath, join(outDir, 'child.js')], kills, shown)
  } finally {
    rmSync(outDir, { recursive: true })
  }
}

async function browser(scheme: 'idb' | 'opfs'): Promise<Record<string, Tally>> {
  const { killBrowsers } = await import('./browser.ts')
  return killBrowsers(name === 'firefox' ? 'firefox' : 'chromium', scheme, kills, shown)
}

const tallies = what === 'node' ? await node() : await browser(what === 'opfs' ? 'opfs' : 'idb')
const fine = report(`${kills} SIGKILLs of ${what === 'node' ? what : `${name}, ${what}`}`, tallies)
console.log(fine ? 'as promised' : 'NOT as promised')
process.exit(fine ? 0 : 1)
