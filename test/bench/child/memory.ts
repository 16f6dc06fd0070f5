/** `memory COUNT VALUE_BYTES`: what a key costs, with everything that came over a connection. */
import { startEngine } from '../../../src/index.ts'
import { Connection } from '../../../src/protocol/connection.ts'
import { request, say } from './common.ts'

const [count, size] = process.argv.slice(2).map(Number) as [number, number]
const collect = globalThis.gc as () => void

function used(): number {
  collect()
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const engine = startEngine()
const connection = new Connection(engine, { write() {}, end() {} })
const send = (text: string): void => connection.receive(Buffer.from(text, 'latin1'))
send(request('SET', 'first', 'value'))
const before = used()
for (let i = 0; i < count; ) {
  let chunk = ''
  for (let j = 0; j < 500 && i < count; j++, i++) {
    // Not a number, and not the same for all, as redis-server's DEBUG POPULATE makes them.
    const value = `value:${i}`.padEnd(size, '.').slice(0, size)
    chunk += request('SET', `keykeykey:${i}`, value)
  }
  send(chunk)
}
say({ bytes: (used() - before) / count, keys: engine.keyspace.size })
process.exit(0)
