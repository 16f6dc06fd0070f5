/**
 * `npm test`: everything, and one line at the end that counts it.
 *
 * The numbers come from the runners' own reports. A step that fails without a report (types, lint,
 * build) counts as one failure, and nothing behind it is left out.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { provide } from './provide.ts'

const REPORTS = 'test-results'

interface Count {
  passed: number
  failed: number
  skipped: number
  /** Names of what was skipped. */
  skips: string[]
}

const total: Count = { passed: 0, failed: 0, skipped: 0, skips: [] }

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
  }
}

function add(count: Count): void {
  total.passed += count.passed
  total.failed += count.failed
  total.skipped += count.skipped
  total.skips.push(...count.skips)
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
    assertionResults: { status: string; fullName: string }[]
  }[]
}

function vitest(): void {
  const file = `${REPORTS}/vitest.json`
  const ok = run('unit, oracle, stores, runtimes', 'vitest', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ])
  if (!existsSync(file)) {
    add({ passed: 0, failed: 1, skipped: 0, skips: [] })
    return
  }
  const report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport
  const tests = report.testResults.flatMap((suite) => suite.assertionResults)
  const skips = tests
    .filter((test) => test.status !== 'passed' && test.status !== 'failed')
    .map((test) => test.fullName)
  // A file that could not be loaded has no tests to fail.
  const broken = report.testResults.filter(
    (suite) => suite.status === 'failed' && suite.assertionResults.length === 0,
  ).length
  const failed = report.numFailedTests + broken
  add({
    passed: report.numPassedTests,
    failed: !ok && failed === 0 ? 1 : failed,
    skipped: skips.length,
    skips,
  })
}

interface PlaywrightReport {
  stats: { expected: number; unexpected: number; skipped: number; flaky: number }
  errors: unknown[]
}

function playwright(): void {
  const file = `${REPORTS}/playwright.json`
  const ok = run(
    'browser',
    'playwright',
    ['test', '--config', 'test/browser/playwright.config.ts', '--reporter=list,json'],
    // A relative name would be read from the folder of the configuration.
    { PLAYWRIGHT_JSON_OUTPUT_FILE: resolve(file) },
  )
  if (!existsSync(file)) {
    add({ passed: 0, failed: 1, skipped: 0, skips: [] })
    return
  }
  const { stats, errors } = JSON.parse(readFileSync(file, 'utf8')) as PlaywrightReport
  // A test that passed only when it was tried again did not pass.
  const failed = stats.unexpected + stats.flaky + errors.length
  add({
    passed: stats.expected,
    failed: !ok && failed === 0 ? 1 : failed,
    skipped: stats.skipped,
    skips: stats.skipped > 0 ? [`${stats.skipped} in the browser`] : [],
  })
}

/** What passed of Redis's own suite must go on passing. A suite that cannot be had is a failure. */
function tcl(): void {
  const file = `${REPORTS}/tcl.json`
  const ok = run("Redis's own tests", 'tsx', ['test/tcl/all.ts', '--quick'])
  if (!existsSync(file)) {
    add({ passed: 0, failed: 1, skipped: 0, skips: [] })
    return
  }
  const count = JSON.parse(readFileSync(file, 'utf8')) as Count
  add({ ...count, failed: !ok && count.failed === 0 ? 1 : count.failed })
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
vitest()
playwright()
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
tcl()
for (const name of total.skips) console.log(`skipped: ${name}`)
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed === 0 ? 0 : 1)
