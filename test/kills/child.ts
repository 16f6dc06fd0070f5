/** `child FOLDER POLICY`: tell what is found in a folder, then write until the end, and tell each acknowledgement. */
import { writeSync } from 'node:fs'
import { Redis } from '../../src/runtimes/node/index.ts'
import { look, type Writable, write } from './writer.ts'

const [folder, policy] = process.argv.slice(2) as [string, string]
const NOTHING = new Int32Array(new SharedArrayBuffer(4))

/** All of a line, at once: what was acknowledged has been told when the process is killed. */
function say(line: string): void {
  for (let rest = Buffer.from(`${line}\n`); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      // Whoever reads is slow, and the pipe is full.
      Atomics.wait(NOTHING, 0, 0, 1)
    }
  }
}

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
