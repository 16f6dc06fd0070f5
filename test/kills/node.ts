/** Processes of Node that keep their data in a folder, killed while they write. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Life, POLICIES, Tally } from './tally.ts'

interface Begun {
  readonly child: ChildProcess
  readonly found: number
  readonly problem: string
  readonly loadMs: number
  readonly acks: { n: number; at: number }[]
  /** Resolves with true when so many writes were acknowledged, false when it failed. */
  reached(count: number): Promise<boolean>
}

/** Start a process on a folder; null if it could not load. */
function begin(command: readonly string[], folder: string, policy: string): Promise<Begun | null> {
  const [program, ...args] = command as [string, ...string[]]
  const child = spawn(program, [...args, folder, policy], { stdio: ['ignore', 'pipe', 'inherit'] })
  const acks: { n: number; at: number }[] = []
  let waiting: { count: number; resolve: (fine: boolean) => void } | null = null
  let rest = ''
  return new Promise((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() as string
      for (const line of lines) {
        const [word = ''] = line.split(' ', 1)
        const text = line.slice(word.length + 1)
        if (word === 'ack') {
          acks.push({ n: Number(text), at: performance.now() })
          if (waiting !== null && acks.length >= waiting.count) waiting.resolve(true)
        } else if (word === 'found') {
          const { count, problem, loadMs } = JSON.parse(text) as {
            count: number
            problem: string
            loadMs: number
          }
          resolve({
            ...{ child, found: count, problem, loadMs, acks },
            reached: (count) =>
              new Promise((done) => {
                waiting = { count, resolve: done }
                if (acks.length >= count) done(true)
              }),
          })
        } else {
          console.error(line)
          waiting?.resolve(false)
          resolve(null)
        }
      }
    })
    child.on('exit', () => {
      waiting?.resolve(false)
      resolve(null)
    })
  })
}

async function kill({ child }: Begun): Promise<number> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  const at = performance.now()
  await gone
  return at
}

/** So many kills, the policies in turn. Each policy has a folder, which is made anew now and then. */
export async function killNode(
  command: readonly string[],
  kills: number,
  progress: (done: number) => void = () => {},
): Promise<Record<string, Tally>> {
  const tallies: Record<string, Tally> = {}
  let done = 0
  for (const [p, policy] of POLICIES.entries()) {
    const tally = new Tally()
    tallies[policy] = tally
    const share = Math.floor(kills / POLICIES.length) + (p < kills % POLICIES.length ? 1 : 0)
    let folder = ''
    let before: Life | null = null
    for (let i = 0; tally.kills + tally.errors < share; i++) {
      if (folder === '' || (before === null && i > 0)) {
        if (folder !== '') rmSync(folder, { recursive: true })
        folder = mkdtempSync(join(tmpdir(), 'respite-kill-'))
      }
      const life = await begin(command, folder, policy)
      if (life === null) {
        tally.errors++
        before = null
        continue
      }
      if (before !== null) {
        tally.add(before, life)
        progress(++done)
      }
      // Another moment each time, from the very beginning to the middle of rewrites.
      const wanted = 1 + ((i * 97) % 400)
      await life.reached(wanted)
      // Where nothing is waited for, time decides how much is there.
      if (policy !== 'always') await new Promise((done) => setTimeout(done, (i * 131) % 700))
      const killedAt = await kill(life)
      // What was said before it died has been heard by now.
      const { found, problem, loadMs, acks } = life
      const next = { found, problem, loadMs, acks, killedAt, acked: acks.at(-1)?.n ?? found }
      before = i % 40 === 39 ? null : next
      if (before === null) {
        // The last one of a folder is looked at as well.
        const last = await begin(command, folder, policy)
        if (last === null) tally.errors++
        else {
          tally.add(next, last)
          progress(++done)
          await kill(last)
        }
      }
    }
    if (folder !== '') rmSync(folder, { recursive: true })
  }
  return tallies
}
