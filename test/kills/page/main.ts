/** Opens the data, tells what is there, and writes until the browser is killed. */
import { Redis } from '../../../src/runtimes/browser/index.ts'
import { type Found, look, type Writable, write } from '../writer.ts'

async function open(scheme: string, policy: string): Promise<Found & { loadMs: number }> {
  const begun = performance.now()
  try {
    const redis = (await Redis.create(`${scheme}://kill`, {
      worker: () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }),
      // Rewritten all the time, so that kills hit that as well.
      config: { appendfsync: policy, 'auto-aof-rewrite-min-size': '64kb' },
    })) as unknown as Writable
    const loadMs = Math.round(performance.now() - begun)
    const found = await look(redis)
    write(
      redis,
      found.count + 1,
      (n) => console.log(`ack ${n}`),
      (error) => console.log(`failed ${error}`),
    )
    return { ...found, loadMs }
  } catch (error) {
    return { count: 0, problem: `failed ${error}`, loadMs: 0 }
  }
}

declare global {
  var begin: (scheme: string, policy: string) => Promise<Found & { loadMs: number }>
}

globalThis.begin = open
