/**
 * `npm run test:tcl`: Redis's own test suite against `respite-server`, beside a real server.
 *
 * Two modes: against a server that runs already (`external`), and with `--launch` against servers
 * that the suite starts and ends by itself. What passed once must go on passing (`passed/`).
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { find, provide } from '../provide.ts'
import { compare, DIFFERENCES, explains, named, skips } from './differences.ts'
import { countNames, lacking } from './outcome.ts'
import {
  type Mode,
  readLater,
  readPassed,
  readReal,
  writeLater,
  writePassed,
  writeReal,
} from './record.ts'
import { type Row, report } from './report.ts'
import { cacheFolder, source, VERSION } from './source.ts'
import { type Subject, TREE_PORTS, Tree, type UnitOptions, type UnitResult } from './unit.ts'

const HELP = `Usage: npm run test:tcl -- [options] [unit …]

A unit is named as in the suite, 'unit/type/list'; 'type/list' and 'list' do as well.

  --launch        let the suite start servers by itself
  --both          one mode after the other
  --suite DIR     another copy of the suite (default: Debian's source package of ${VERSION})
  --real PATH     the real server to compare with (default: DIR/src/redis-server, redis-server)
  --measure       run the real server too, and keep its numbers
  --measure-only  the real server alone
  --later         the server named by --real is of a later version: keep in later.json what it fails of
                  what is named with the reason 'newer', and end
  --only NAME     only this test, or /pattern; may be given several times
  --slow          also tests that the suite calls slow
  --jobs N        units at the same time (2)
  --patience S    seconds that a test may go without progress (150)
  --limit S       seconds for a unit (600)
  --quick         the selection that CI runs
  --update        keep what passes now as what must pass
  --list          print the units and end
`

/** Left out unless named: clusters, modules, TLS, and what only concerns Redis's own build. */
const NOT_OURS =
  /^(?!unit\/)|^unit\/(cluster|moduleapi|tls|oom-score-adj|printver|violations|memefficiency|hotkeys)/

/** Before 7.2 every list was a quicklist, and no set a listpack: what we say there is what Redis says now. */
const LISTS = /^unit\/(type\/list.*|sort)$/
const EARLIER_CONFIG: readonly string[] = ['set-max-listpack-entries', '0']

/**
 * What CI runs: many tests in little time, and none that looks at the clock. Types and keys against a
 * server that runs; what needs servers with other options where the suite starts them.
 */
const QUICK: Readonly<Record<Mode, readonly string[]>> = {
  external: [
    ...['type/incr', 'type/string', 'type/hash', 'type/set', 'type/list', 'type/zset'],
    ...['type/stream-cgroups', 'keyspace', 'sort', 'bitops', 'bitfield', 'info-command'],
    ...['multi', 'protocol', 'quit', 'introspection-2'],
  ].map((name) => `unit/${name}`),
  launch: ['acl', 'acl-v2', 'auth', 'bitfield', 'info', 'limits', 'pubsubshard', 'quit'].map(
    (name) => `unit/${name}`,
  ),
}
const QUICK_LIMIT_SECONDS = 150

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    launch: { type: 'boolean', default: false },
    both: { type: 'boolean', default: false },
    suite: { type: 'string' },
    real: { type: 'string' },
    measure: { type: 'boolean', default: false },
    'measure-only': { type: 'boolean', default: false },
    later: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    slow: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '2' },
    patience: { type: 'string', default: '150' },
    limit: { type: 'string', default: '600' },
    quick: { type: 'boolean', default: false },
    update: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

function options(mode: Mode, version: string, subject: Subject): UnitOptions {
  const older = version.startsWith('7.') && subject.name === 'respite'
  return {
    mode,
    config: older ? EARLIER_CONFIG : [],
    extra: (unit) => (version.startsWith('7.') && LISTS.test(unit) ? ['--ignore-encoding'] : []),
    patience: Number(flags.patience),
    limit: flags.quick ? QUICK_LIMIT_SECONDS : Number(flags.limit),
    // Servers in cluster mode do not start, which the suite notices only after minutes.
    tags: [
      ...(flags.slow ? [] : ['-slow']),
      ...(subject.name === 'respite' ? ['-cluster'] : []),
    ].join(' '),
    only: flags.only,
    // The real server's numbers are of all tests.
    without: (unit) =>
      subject.name === 'respite' ? skips(named(DIFFERENCES, version, mode, unit)) : [],
  }
}

const fileOf = (unit: string): string => unit.replaceAll('/', '_')

/** Run units, some at a time, and say so as they end. */
async function runAll(
  subject: Subject,
  mode: Mode,
  suite: string,
  version: string,
  units: readonly string[],
): Promise<UnitResult[]> {
  const logs = join('test-results/tcl', `${subject.name}-${mode}`)
  mkdirSync(logs, { recursive: true })
  const results: UnitResult[] = []
  const waiting = [...units]
  const worker = async (base: number): Promise<void> => {
    const tree = new Tree(suite, subject, base)
    for (let unit = waiting.shift(); unit !== undefined; unit = waiting.shift()) {
      const result = await tree.run(unit, options(mode, version, subject))
      writeFileSync(join(logs, `${fileOf(unit)}.log`), result.log)
      results.push(result)
      const { passed, failed, aborted, seconds } = result
      console.log(
        `${subject.name} ${mode} ${unit}: ${passed.length} passed, ${failed.length} failed, ` +
          `${aborted.length} aborted, ${seconds.toFixed(1)} s`,
      )
    }
    rmSync(tree.folder, { recursive: true, force: true, maxRetries: 5 })
  }
  // Far from the ports that other tests are given by the system (above 32768).
  const base = 20000 + (process.pid % 16) * 2 * TREE_PORTS
  const jobs = Math.max(1, Math.min(Number(flags.jobs), units.length))
  await Promise.all(Array.from({ length: jobs }, (_, i) => worker(base + i * TREE_PORTS)))
  return units.flatMap((unit) => results.filter((result) => result.unit === unit))
}

/** The program, built as it is published, in a folder of its own. */
function build(): Subject {
  const folder = join(cacheFolder(), `build-${process.pid}`)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const { status, stderr } = spawnSync(
    'node_modules/.bin/vite',
    ['build', '--outDir', folder, '--logLevel', 'error'],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(`respite-server cannot be built: ${stderr}`)
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  // By the name that the suite looks for, and with room for the title that it sets.
  const program = join(folder, 'redis-server')
  symlinkSync('respite-server.js', program)
  return { name: 'respite', command: [process.execPath, `--title=${'-'.repeat(300)}`, program] }
}

function realServer(suite: string): Subject {
  const own = join(suite, 'src/redis-server')
  const program = flags.real ?? (existsSync(own) ? own : find('redis-server'))
  if (program === undefined || !existsSync(program)) throw new Error(`no real server: ${program}`)
  return { name: 'real', command: [resolve(program)] }
}

function versionOf(suite: string): string {
  const header = readFileSync(join(suite, 'src/version.h'), 'utf8')
  return /REDIS_VERSION "([^"]+)"/.exec(header)?.[1] ?? 'unknown'
}

function choose(all: readonly string[], mode: Mode, version: string): string[] {
  if (flags.quick) return QUICK[mode].filter((unit) => all.includes(unit))
  if (positionals.length === 0) return all.filter((unit) => !NOT_OURS.test(unit))
  return positionals.flatMap((name) => {
    const pattern = new RegExp(`^(unit/|integration/)?(type/)?${name.replaceAll('*', '.*')}$`)
    const units = all.filter((unit) => pattern.test(unit))
    if (units.length === 0) throw new Error(`the suite of ${version} has no unit '${name}'`)
    return units
  })
}

/** Names that the real server passed when it was measured last. */
const namesFile = (version: string, mode: Mode, unit: string): string =>
  join(cacheFolder(), `real-${version}-${mode}-${fileOf(unit)}.json`)

function realNames(version: string, mode: Mode, unit: string): string[] | null {
  const file = namesFile(version, mode, unit)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as string[]) : null
}

async function measure(
  suite: string,
  version: string,
  mode: Mode,
  units: readonly string[],
): Promise<void> {
  const results = await runAll(realServer(suite), mode, suite, version, units)
  const numbers = readReal()
  const key = `${version} ${mode}`
  numbers[key] ??= {}
  for (const { unit, passed } of results) {
    numbers[key][unit] = passed.length
    writeFileSync(namesFile(version, mode, unit), JSON.stringify(passed))
  }
  writeReal(numbers)
}

/**
 * Show that what is named with the reason 'newer' is: a real server of a later version fails it too. Tests
 * that it does not reach show nothing.
 */
async function measureLater(suite: string, version: string, mode: Mode): Promise<void> {
  const newer = DIFFERENCES.filter(({ reason }) => reason === 'newer')
  const all = new Tree(suite, { name: 'none', command: ['false'] }, 0).list()
  const units = (positionals.length === 0 ? all : choose(all, mode, version)).filter(
    (unit) => named(newer, version, mode, unit).length > 0,
  )
  const later = readLater()
  const key = `${version} ${mode}`
  later[key] ??= {}
  for (const { unit, failed } of await runAll(realServer(suite), mode, suite, version, units)) {
    const entries = named(newer, version, mode, unit)
    const names = new Set(failed.map(({ name }) => name))
    later[key][unit] = [...names].filter((name) => explains(entries, name)).sort()
  }
  writeLater(later)
}

async function judge(suite: string, version: string, mode: Mode, subject: Subject): Promise<Row[]> {
  const units = choose(new Tree(suite, subject, 0).list(), mode, version)
  if (flags.measure || flags['measure-only']) await measure(suite, version, mode, units)
  if (flags['measure-only']) return []
  const numbers = readReal()[`${version} ${mode}`] ?? {}
  const before = version === VERSION ? readPassed(mode) : new Map()
  const results = await runAll(subject, mode, suite, version, units)
  const partial = flags.only.length > 0
  const judgementOf = (ours: UnitResult) =>
    compare(
      partial ? [] : named(DIFFERENCES, version, mode, ours.unit),
      partial ? null : realNames(version, mode, ours.unit),
      ours,
    )
  const rows: Row[] = results.map((ours) => ({
    ours,
    real: partial ? null : (numbers[ours.unit] ?? null),
    judgement: judgementOf(ours),
    lost: partial ? [] : lacking(before.get(ours.unit) ?? new Map(), ours.passed),
  }))
  // Much in this suite depends on the clock: only what fails twice has failed.
  const doubtful = rows.filter(({ lost }) => lost.length > 0)
  if (doubtful.length > 0 && !flags.update) {
    console.log(`Again, because tests that passed once did not: ${doubtful.length} units`)
    const again = await runAll(
      subject,
      mode,
      suite,
      version,
      doubtful.map(({ ours }) => ours.unit),
    )
    for (const row of doubtful) {
      const second = again.find(({ unit }) => unit === row.ours.unit) as UnitResult
      const lost = lacking(countNames(row.lost), second.passed)
      for (const name of lacking(countNames(row.lost), lost)) {
        console.log(`only at the second attempt: ${mode} ${row.ours.unit}: ${name}`)
      }
      row.lost = lost
      if (second.passed.length > row.ours.passed.length) {
        row.ours = second
        row.judgement = judgementOf(second)
      }
    }
  }
  if (flags.update && !partial && version === VERSION) {
    const kept = readPassed(mode)
    for (const { ours } of rows) kept.set(ours.unit, countNames(ours.passed))
    writePassed(mode, kept)
  }
  return rows
}

async function main(): Promise<void> {
  if (flags.help) {
    process.stdout.write(HELP)
    return
  }
  provide(['tclsh', 'redis-server', 'redis-cli'])
  const suite = flags.suite === undefined ? source() : resolve(flags.suite)
  const version = versionOf(suite)
  if (flags.list) {
    const tree = new Tree(suite, { name: 'none', command: ['false'] }, 0)
    for (const unit of tree.list()) console.log(unit)
    return
  }
  const modes: Mode[] = flags.both || flags.quick ? ['external', 'launch'] : []
  if (modes.length === 0) modes.push(flags.launch ? 'launch' : 'external')
  if (flags.later) {
    for (const mode of modes) await measureLater(suite, version, mode)
    return
  }
  const subject = build()
  let passed = 0
  const lost: string[] = []
  const wrong: string[] = []
  const open: string[] = []
  for (const mode of modes) {
    const rows = await judge(suite, version, mode, subject)
    report(version, mode, rows)
    for (const { ours, judgement, lost: gone } of rows) {
      const at = (name: string): string => `${mode} ${ours.unit}: ${name}`
      passed += ours.passed.length
      lost.push(...gone.map(at))
      wrong.push(...judgement.wrong.map(at))
      // Without the names of what the real server passes, it is what failed.
      const failed = judgement.open ?? ours.failed.map(({ name }) => name)
      open.push(...lacking(countNames(failed), gone).map(at))
    }
  }
  for (const name of lost) console.log(`FAILED, although it passed once: ${name}`)
  for (const name of wrong) console.log(`FAILED: passes, but is in differences.ts: ${name}`)
  mkdirSync('test-results', { recursive: true })
  const failed = lost.length + wrong.length
  writeFileSync(
    'test-results/tcl.json',
    JSON.stringify({
      passed,
      failed,
      skipped: open.length,
      skips: open,
      failures: [...lost, ...wrong],
    }),
  )
  console.log(`\n${passed} passed, ${failed} lost, ${open.length} open`)
  process.exitCode = failed === 0 ? 0 : 1
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
