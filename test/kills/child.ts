/** `child FOLDER POLICY`: tell what is found in a folder, then write until the end, and tell each acknowledgement. */
import { writeSync } from 'node:fs'
import { Redis } from '../../src/runtimes/node/index.ts'
import { look, type Writable, write } from './writer.ts'

const [folder, policy] = process.argv.slice(2) as [string, string]
const say = (line: string): void => void writeSync(1, `${line}\n`)
const begun = performance.now()
try {
  const redis = (await Redis.create(`file:${folder}`, {
    // Rewritten all the time, so that kills hit that as well.
    config: { appendfsync: policy, 'auto-aof-rewrite-min-size': '64kb' },
  })) as unknown as Writable
  const loadMs = Math.round(performance.now() - begun)
  say(`found ${JSON.stringify({ ...(await look(redis)), loadMs })}`)
  const { count } = await look(redis)
  write(
    redis,
    count + 1,
    (n) => say(`ack ${n}`),
    (error) => say(`failed ${error}`),
  )
} catch (error) {
  say(`failed ${error}`)
}
