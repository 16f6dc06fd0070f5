/**
 * `growth VARIANT COUNT`: the longest that one SET kept everybody waiting while keys were added. Time
 * runs from one call to the next, so that collections count wherever they fall. Where Linux tells it,
 * also the time that the main thread was on a processor in `BLOCK` calls: what others took is not in it.
 */
import { startEngine } from '../../../src/index.ts'
import { KeyBytes, latin1, onProcessor, say } from './common.ts'

const BLOCK = 500

const [variant, words] = process.argv.slice(2) as [string, string]
const count = Number(words)

function* upTo(end: number): Generator<number> {
  for (let i = 0; i < end; i++) yield i
}
const cuts = new KeyBytes(upTo(count), count)

let set: (key: string, value: string) => unknown
if (variant === 'map') {
  const map = new Map<string, string>()
  set = (key, value) => map.set(key, value)
} else {
  const engine = startEngine()
  const client = engine.connect({ reply() {}, push() {}, flush() {}, close() {} })
  set = (key, value) => engine.execute(client, ['SET', key, value])
}

const value = latin1(Buffer.from('abc'))
let worst = 0
let long = 0
let worstBlock = 0
let blockBegan = onProcessor()
const begun = performance.now()
let last = begun
for (let i = 0; i < count; i++) {
  set(cuts.at(i), value.latin1Slice(0, 3))
  const now = performance.now()
  if (now - last > worst) worst = now - last
  if (now - last > 10) long++
  last = now
  if (i % BLOCK !== 0) continue
  const ran = onProcessor()
  worstBlock = Math.max(worstBlock, ran - blockBegan)
  blockBegan = ran
  last = performance.now()
}
say({ worst, worstBlock, long, seconds: (last - begun) / 1000 })
process.exit(0)
