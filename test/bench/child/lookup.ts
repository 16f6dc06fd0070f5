/** GET by key: `lookup VARIANT same|fresh COUNT`. Millions a second, the median of many batches. */
import { Redis, startEngine } from '../../../src/index.ts'
import { KeyBytes, latin1, median, say, scattered } from './common.ts'

/** Short, so that most of them are not interrupted by other processes. */
const BATCH = 1024
const BATCHES = 1200

const [variant, mode, words] = process.argv.slice(2) as [string, string, string]
const count = Number(words)
const cuts = new KeyBytes(scattered(count), count)
// Values as they come from a parser, fresh and of three bytes.
const values = latin1(Buffer.from('100200300400500600700800900'))
const kept: string[] = []

const variants: Readonly<Record<string, () => Promise<(keys: string[]) => number>>> = {
  async map() {
    const map = new Map<string, string>()
    for (let i = 0; i < count; i++) map.set(keep(i), textOf(i))
    return (keys) => {
      let found = 0
      for (let i = 0; i < keys.length; i++) found += (map.get(keys[i] as string) as string).length
      return found
    }
  },
  async sync() {
    const redis = await Redis.create()
    const { sync } = redis
    for (let i = 0; i < count; i++) sync.set(keep(i), textOf(i))
    return (keys) => {
      let found = 0
      for (let i = 0; i < keys.length; i++) found += (sync.get(keys[i] as string) as string).length
      return found
    }
  },
  async execute() {
    const engine = startEngine()
    const client = engine.connect({ reply() {}, push() {}, flush() {}, close() {} })
    for (let i = 0; i < count; i++) engine.execute(client, ['SET', keep(i), textOf(i)])
    return (keys) => {
      let found = 0
      for (let i = 0; i < keys.length; i++) {
        found += (engine.execute(client, ['GET', keys[i] as string]) as string).length
      }
      return found
    }
  },
}

function keep(i: number): string {
  const key = cuts.at(i)
  if (mode === 'same') kept.push(key)
  return key
}

function textOf(i: number): string {
  const at = (i % 9) * 3
  return values.latin1Slice(at, at + 3)
}

const get = await (variants[variant] as () => Promise<(keys: string[]) => number>)()
const times: number[] = []
const keys = new Array<string>(BATCH)
let n = 1
let sum = 0
for (let batch = 0; batch < BATCHES; batch++) {
  for (let i = 0; i < BATCH; i++) {
    n = (Math.imul(n, 1103515245) + 12345) & 0x7fffffff
    const at = n % count
    keys[i] = mode === 'same' ? (kept[at] as string) : cuts.at(at)
  }
  const from = performance.now()
  sum += get(keys)
  times.push(performance.now() - from)
}
if (sum !== 3 * BATCH * BATCHES) throw new Error('a key was not found')
say({ mops: BATCH / median(times) / 1000 })
process.exit(0)
