/** Type check: one program a platform, so that the core cannot see the DOM or Node. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const PROGRAMS = [
  '.',
  'src/persistence/stores',
  'src/worker',
  'src/runtimes/browser',
  'src/runtimes/worker',
  'src/runtimes/edge',
  'src/runtimes/node',
  'demo',
  'test',
]

let failed = false
for (const program of PROGRAMS) {
  if (!existsSync(`${program}/tsconfig.json`)) throw new Error(`${program} has no tsconfig.json`)
  const { status } = spawnSync('node_modules/.bin/tsc', ['-p', program], { stdio: 'inherit' })
  if (status !== 0) {
    console.error(`types: ${program} failed`)
    failed = true
  }
}
process.exit(failed ? 1 : 0)
