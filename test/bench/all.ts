/**
 * `npm run bench`: how fast, how small and how smooth, beside real Redis, `Map` and the JavaScript
 * peers, in one run. Trust the ratios: they come from the same minutes of the same machine.
 *
 *   tcp memory              some sections (see `SECTIONS`); `structures` for every structure by command
 *   structures --of list    of those one, or some
 *   durable                 writes a second by policy and callers, folders of append-only files
 *   writers                 the same writes in Chromium, in OPFS and IndexedDB, beside what else keeps data there
 *   frames                  how even frames are there while a million keys are saved
 *   limits                  `maxmemory`, eviction and expiry; only when it is named, a quarter of an hour
 *   --quick                 fewer repetitions and smaller data, some three minutes
 *
 * The tables are also in `test-results/bench.md`, and every figure in `test-results/bench.json`.
 */
import { execFileSync } from 'node:child_process'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CHROMIUM } from '../browser/place.ts'
import { program } from '../helpers/real.ts'
import { measureBrowser } from './browser.ts'
import { measureCollector } from './collector.ts'
import { measureDurable } from './durable.ts'
import { measureFrames, measureWriters } from './frames.ts'
import { measureGrowth } from './growth.ts'
import { measureLimits } from './limits.ts'
import { measureLookup } from './lookup.ts'
import { measureLua } from './lua.ts'
import { measureMemory } from './memory.ts'
import { measureMock } from './mock.ts'
import { markdown, notesOf, type Row, tablesOf, text, verdictOf, write } from './report.ts'
import { type Effort, effort, ROOT } from './run.ts'
import { measureSnapshot } from './snapshot.ts'
import { measureStart } from './start.ts'
import { measureStructures, STRUCTURES_NOTE, type StructureReport } from './structures.ts'
import { measureTcp } from './tcp.ts'
import { measureThreads } from './threads.ts'
import { measureTransfer } from './transfer.ts'

const SECTIONS: Readonly<Record<string, (effort: Effort) => Promise<Row[]>>> = {
  lookup: measureLookup,
  lua: measureLua,
  mock: measureMock,
  tcp: measureTcp,
  memory: measureMemory,
  growth: measureGrowth,
  collector: measureCollector,
  snapshot: measureSnapshot,
  durable: measureDurable,
  transfer: measureTransfer,
  threads: measureThreads,
  browser: measureBrowser,
  writers: measureWriters,
  frames: measureFrames,
  start: measureStart,
  limits: measureLimits,
}
/** Sections that are run only when they are named. */
const ON_DEMAND: readonly string[] = ['limits', 'durable', 'writers', 'frames']

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    of: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
})
const NAMES = [...Object.keys(SECTIONS), 'structures']
const named = [...positionals, ...(options.only?.split(',') ?? [])]
const wanted = named.length === 0 ? NAMES.filter((name) => !ON_DEMAND.includes(name)) : named
for (const name of wanted) {
  if (!NAMES.includes(name)) {
    console.error(`No section "${name}". There are: ${NAMES.join(', ')}`)
    process.exit(1)
  }
}

function version(name: string): string {
  try {
    return execFileSync(name, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'missing'
  }
}

const load = (): string =>
  loadavg()
    .map((one) => one.toFixed(2))
    .join(' ')
const started = Date.now()
const loadBefore = load()
const rows: Row[] = []
let structures: StructureReport | null = null
let failed = false
for (const name of wanted) {
  const from = Date.now()
  process.stderr.write(`${name} … `)
  try {
    if (name === 'structures') {
      structures = await measureStructures(effort(options.quick), options.of?.split(',') ?? [])
    } else {
      rows.push(...(await (SECTIONS[name] as (e: Effort) => Promise<Row[]>)(effort(options.quick))))
    }
    process.stderr.write(`${((Date.now() - from) / 1000).toFixed(0)} s\n`)
  } catch (error) {
    failed = true
    process.stderr.write(`failed: ${error instanceof Error ? error.message : String(error)}\n`)
  }
}

const machine = {
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  chromium: version(CHROMIUM),
  redis: /v=([\d.]+)/.exec(version(program))?.[1] ?? 'missing',
  loadBefore,
  loadAfter: load(),
  date: new Date(started).toISOString(),
  seconds: Math.round((Date.now() - started) / 1000),
  effort: options.quick ? 'quick' : 'whole',
}
const facts = Object.entries(machine).map(([key, value]) => `${key}: ${value}`)
const tables = [...tablesOf(rows), ...(structures?.tables ?? [])]
const notes = [
  'Figures: median [min..max]. A ratio is ours to the peer, by medians.',
  ...notesOf(rows),
  ...(structures === null ? [] : [STRUCTURES_NOTE]),
]
if (rows.length > 0) {
  const count = (...verdicts: string[]) =>
    rows.filter((row) => verdicts.includes(verdictOf(row))).length
  notes.push(
    `${count('goal')} at the goal, ${count('pass')} at the floor, ${count('below')} below it, ` +
      `${count('not built yet')} not built yet.`,
  )
}
if (structures !== null) {
  notes.push(`Steeper than documented: ${structures.steep.join('; ') || 'none'}.`)
  notes.push(...structures.failures.map((failure) => `Failed: ${failure}`))
  if (structures.failures.length > 0) failed = true
}
const folder = join(ROOT, 'test-results')
const report = { machine, rows, structures: structures?.figures ?? {} }
write(folder, report, `${[markdown(tables), ...notes, facts.join('; ')].join('\n\n')}\n`)
console.log([facts.join('\n'), text(tables), notes.join('\n')].join('\n\n'))
process.exit(failed ? 1 : 0)
