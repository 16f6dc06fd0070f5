/** `snapshot VARIANT COUNT`: the longest the event loop stands still while all keys are saved. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEngine } from '../../../src/index.ts'
import { Persistence } from '../../../src/persistence/persistence.ts'
import { FileStore } from '../../../src/persistence/stores/file.ts'
import { nodePlatform } from '../../../src/runtimes/node/index.ts'
import { keyOf, say, turn } from './common.ts'

const [variant, words] = process.argv.slice(2) as [string, string]
const count = Number(words)
const textOf = (i: number): string => `value:${i}`

/** The longest pause between two turns until `work` is done. */
async function longestBlock(work: Promise<unknown>): Promise<{ block: number; total: number }> {
  let done = false
  const finish = () => {
    done = true
  }
  work.then(finish, finish)
  const begun = performance.now()
  let last = begun
  let block = 0
  while (!done) {
    await turn()
    const now = performance.now()
    block = Math.max(block, now - last)
    last = now
  }
  await work
  return { block, total: last - begun }
}

if (variant === 'json') {
  const map = new Map<string, string>()
  for (let i = 0; i < count; i++) map.set(keyOf(i), textOf(i))
  const from = performance.now()
  const text = JSON.stringify([...map])
  say({ block: performance.now() - from, total: performance.now() - from, bytes: text.length })
} else {
  const dir = mkdtempSync(join(tmpdir(), 'respite-bench-'))
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
  const engine = startEngine({ platform: nodePlatform() })
  const persistence = new Persistence(engine, new FileStore(join(dir, 'data')))
  await persistence.start()
  const client = engine.connect({ reply() {}, push() {}, flush() {}, close() {} })
  for (let i = 0; i < count; i++) engine.execute(client, ['SET', keyOf(i), textOf(i)])
  await turn()
  // Nothing may be left over from filling that would be blamed on saving.
  await new Promise((done) => setTimeout(done, 500))
  say({ ...(await longestBlock(persistence.save())) })
}
process.exit(0)
