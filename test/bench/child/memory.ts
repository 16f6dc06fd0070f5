/**
 * `memory keys COUNT VALUE_BYTES` or `memory STRUCTURE COUNT`: what a key or an element costs, with
 * everything that came over a connection. What redis-server was given is exactly the same.
 */
import { startEngine } from '../../../src/index.ts'
import { Connection } from '../../../src/protocol/connection.ts'
import { elements } from '../elements.ts'
import { say } from './common.ts'

const [what, countWord, size] = process.argv.slice(2) as [string, string, string | undefined]
const count = Number(countWord)
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
send('PING\r\n')
const before = used()
for (const chunk of elements(what, count, Number(size))) send(chunk)
say({ bytes: (used() - before) / count, keys: engine.keyspace.size })
process.exit(0)
