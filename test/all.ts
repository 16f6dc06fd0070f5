/**
 * `npm test`: everything, and one line at the end that counts it.
 *
 * The numbers come from the runners' own reports. A step that fails without a report (types, lint,
 * build) counts as one failure, and nothing behind it is left out.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { provide } from './provide.ts'

const REPORTS = 'test-results'

interface Count {
  passed: number
  failed: number
  skipped: number
  /** Names of what was skipped. */
  skips: string[]
  /** Names of what failed, each with the beginning of its reason. */
  failures: string[]
}

const total: Count = { passed: 0, failed: 0, skipped: 0, skips: [], failures: [] }

/** Of a runner that has left no report. */
const unreported = (what: string): Count => ({
  passed: 0,
  failed: 1,
  skipped: 0,
  skips: [],
  failures: [`${what}: no report`],
})

const WIDTH = 300

/** A failure in a line: its name and where its reason begins, without colours. */
function lineOf(name: string, reason = ''): string {
  const plain = stripVTControlCharacters(reason).replace(/\s+/g, ' ').trim()
  return plain === '' ? name : `${name}: ${plain.slice(0, WIDTH)}`
}

function run(title: string, command: string, args: readonly string[], env = {}): boolean {
  console.log(`\n── ${title}`)
  const started = Date.now()
  const result = spawnSync(`node_modules/.bin/${command}`, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  })
  console.log(`── ${title}: ${((Date.now() - started) / 1000).toFixed(1)} s`)
  return result.status === 0
}

/** A step that either works or does not. */
function step(title: string, command: string, args: readonly string[]): void {
  if (run(title, command, args)) total.passed++
  else {
    console.error(`FAILED: ${title}`)
    total.failed++
    total.failures.push(title)
  }
}

function add(count: Count): void {
  total.passed += count.passed
  total.failed += count.failed
  total.skipped += count.skipped
  total.skips.push(...count.skips)
  total.failures.push(...count.failures)
}

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: {
    status: string
    name: string
    message: string
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[]
  }[]
}

function vitest(): Count {
  const file = `${REPORTS}/vitest.json`
  const ok = run('unit, oracle, stores, runtimes', 'vitest', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ])
  if (!existsSync(file)) return unreported('vitest')
  const report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport
  const tests = report.testResults.flatMap((suite) => suite.assertionResults)
  const skips = tests
    .filter((test) => test.status !== 'passed' && test.status !== 'failed')
    .map((test) => test.fullName)
  // A file that could not be loaded has no tests to fail.
  const broken = report.testResults.filter(
    (suite) => suite.status === 'failed' && suite.assertionResults.length === 0,
  )
  const failed = report.numFailedTests + broken.length
  const failures = [
    ...tests
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => lineOf(fullName, failureMessages[0])),
    ...broken.map(({ name, message }) => lineOf(name, message)),
  ]
  return {
    passed: report.numPassedTests,
    failed: !ok && failed === 0 ? 1 : failed,
    skipped: skips.length,
    skips,
    failures,
  }
}

interface PlaywrightSuite {
  title: string
  suites?: PlaywrightSuite[]
  specs?: {
    title: string
    tests: { status: string; results: { error?: { message?: string } }[] }[]
  }[]
}

interface PlaywrightReport {
  stats: { expected: number; unexpected: number; skipped: number; flaky: number }
  errors: { message?: string }[]
  suites: PlaywrightSuite[]
}

function* failuresIn({ title, suites = [], specs = [] }: PlaywrightSuite): Generator<string> {
  for (const spec of specs) {
    const bad = spec.tests.find(({ status }) => status === 'unexpected' || status === 'flaky')
    if (bad === undefined) continue
    const reason = bad.results.find(({ error }) => error !== undefined)?.error?.message
    yield lineOf(`${title} › ${spec.title}`, reason)
  }
  for (const inner of suites) yield* failuresIn(inner)
}

function playwright(): Count {
  const file = `${REPORTS}/playwright.json`
  const ok = run(
    'browser',
    'playwright',
    ['test', '--config', 'test/browser/playwright.config.ts', '--reporter=list,json'],
    // A relative name would be read from the folder of the configuration.
    { PLAYWRIGHT_JSON_OUTPUT_FILE: resolve(file) },
  )
  if (!existsSync(file)) return unreported('playwright')
  const { stats, errors, suites } = JSON.parse(readFileSync(file, 'utf8')) as PlaywrightReport
  // A test that passed only when it was tried again did not pass.
  const failed = stats.unexpected + stats.flaky + errors.length
  return {
    passed: stats.expected,
    failed: !ok && failed === 0 ? 1 : failed,
    skipped: stats.skipped,
    skips: stats.skipped > 0 ? [`${stats.skipped} in the browser`] : [],
    failures: [
      ...suites.flatMap((suite) => [...failuresIn(suite)]),
      ...errors.map(({ message }) => lineOf('playwright', message)),
    ],
  }
}

/** What passed of Redis's own suite must go on passing. A suite that cannot be had is a failure. */
function tcl(): Count {
  const file = `${REPORTS}/tcl.json`
  const ok = run("Redis's own tests", 'tsx', ['test/tcl/all.ts', '--quick'])
  if (!existsSync(file)) return unreported("Redis's own tests")
  const count = JSON.parse(readFileSync(file, 'utf8')) as Count
  return { ...count, failed: !ok && count.failed === 0 ? 1 : count.failed }
}

try {
  provide()
} catch (error) {
  console.error((error as Error).message)
  console.log('0 passed, 1 failed, 0 skipped')
  process.exit(1)
}
rmSync(REPORTS, { recursive: true, force: true })
mkdirSync(REPORTS, { recursive: true })
step('lint', 'biome', ['ci', '.'])
step('types', 'tsx', ['test/types.ts'])
step('library', 'tsx', ['test/build.ts'])
step('playground', 'vite', ['build', '--mode', 'demo', '--logLevel', 'warn'])
add(vitest())
add(playwright())
// The same commands each time: what fails here fails for everybody. `npm run test:random` draws others.
for (const seed of ['1', '2', '3']) {
  const args = ['test/differential/start.ts', '--commands', '25000', '--seed', seed]
  step(`random commands, seed ${seed}`, 'tsx', args)
}
const told = ['test/differential/start.ts', '--commands', '20000', '--seed', '4', '--events']
step('random commands and their events, seed 4', 'tsx', told)
for (const seed of ['1', '2']) {
  const args = ['test/differential/clients.ts', '--requests', '20000', '--seed', seed]
  step(`random requests of several clients, seed ${seed}`, 'tsx', args)
}
add(tcl())
for (const name of total.skips) console.log(`skipped: ${name}`)
// Last: whoever sees only the end of a log sees what failed.
for (const name of total.failures) console.log(`FAILED: ${name}`)
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed === 0 ? 0 : 1)
