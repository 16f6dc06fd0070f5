/** `transfer VARIANT COUNT`: so many keys as an RDB, out and in, beside `redis-server`. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEngine } from '../../../src/index.ts'
import { exportFile, importFile, nodePlatform } from '../../../src/runtimes/node/index.ts'
import { TcpLink } from '../../helpers/link.ts'
import { keyOf, say, turn } from './common.ts'

const [variant, words] = process.argv.slice(2) as [string, string]
const count = Number(words)
const dir = mkdtempSync(join(tmpdir(), 'respite-bench-'))
process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
const path = join(dir, 'dump.rdb')

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  await turn()
  const from = performance.now()
  await work()
  return performance.now() - from
}

/** The data: strings, and a tenth of it in hashes of ten fields. */
function* requests(): Generator<string[]> {
  for (let i = 0; i < count; i++) {
    if (i % 10 !== 0) yield ['SET', keyOf(i), `the value of the key ${i}`]
    else {
      const fields = Array.from({ length: 10 }, (_, k) => [`field:${k}`, `value ${i * k}`])
      yield ['HSET', keyOf(i), ...fields.flat()]
    }
  }
}

if (variant === 'ours') {
  const engine = startEngine({ platform: nodePlatform() })
  const client = engine.connect({ reply() {}, push() {}, flush() {}, close() {} })
  for (const request of requests()) engine.execute(client, request)
  const save = await timed(() => exportFile(engine, path))
  const other = startEngine({ platform: nodePlatform() })
  const load = await timed(() => importFile(other, path))
  if (other.keyspace.size !== count) throw new Error('keys are missing')
  const { size } = statSync(path)
  say({ save: size / save / 1000, load: size / load / 1000, bytes: size })
} else {
  const port = 21000 + (process.pid % 20000)
  const flags = ['--port', `${port}`, '--dir', dir, '--save', '', '--logfile', join(dir, 'log')]
  const open = async (): Promise<{ link: TcpLink; stop(): Promise<void> }> => {
    const child = spawn('redis-server', flags, { stdio: 'ignore' })
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    for (;;) {
      try {
        const link = await TcpLink.open(port)
        while ((await link.call(['DBSIZE'])).toString().startsWith('-')) await turn()
        return {
          link,
          async stop() {
            link.close()
            child.kill('SIGKILL')
            await exited
          },
        }
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    }
  }
  const first = await open()
  let text = ''
  const fill = join(dir, 'fill')
  for (const request of requests()) {
    text += `*${request.length}\r\n${request.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`
  }
  writeFileSync(fill, text)
  execFileSync('redis-cli', ['-p', `${port}`, '--pipe'], { input: readFileSync(fill) })
  const save = await timed(() => first.link.call(['SAVE']))
  await first.stop()
  const { size } = statSync(path)
  const second = await open()
  await second.stop()
  // It says itself how long it took; starting a process is not loading.
  const log = readFileSync(join(dir, 'log'), 'utf8')
  const seconds = Number(/DB loaded from disk: ([\d.]+) seconds/.exec(log)?.[1] ?? Number.NaN)
  say({ save: size / save / 1000, load: size / (seconds * 1000) / 1000, bytes: size })
}
process.exit(0)
