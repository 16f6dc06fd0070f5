/**
 * Bytes to requests to replies to bytes, without a socket: `npx tsx test/bench/protocol.ts`,
 * with `web` or `plain` behind it for byte strings as browsers have them, or without native help.
 *
 * Chunks of 64 KB, as a socket delivers them under load: SET and GET of 16-byte keys and 3-byte values,
 * and the same with 1 KB values. Prints the best and the median of several rounds in million requests
 * a second, for the parser alone, the writer alone, and the whole way through a connection.
 */
import { families } from '../../src/commands/index.ts'
import { OK, type Reply } from '../../src/core/reply.ts'
import { Engine } from '../../src/engine/engine.ts'
import { Connection } from '../../src/protocol/connection.ts'
import { RespParser } from '../../src/protocol/resp-parser.ts'
import { RespReader } from '../../src/protocol/resp-reader.ts'
import { RespWriter } from '../../src/protocol/resp-writer.ts'
import { nodeBytes } from '../../src/runtimes/node/bytes.ts'
import { webBytes } from '../../src/runtimes/web-bytes.ts'
import { useNativeBytes } from '../../src/util/bytes.ts'
import { TestPlatform } from '../helpers/run.ts'

const KEYS = 10_000
const ROUNDS = 9
const CHUNK = 64 * 1024

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const key = (n: number): string => `key:${String((n * 7919) % KEYS).padStart(12, '0')}`

/** Requests cut into chunks, and how many they are. */
function traffic(
  make: (n: number) => string[],
  count: number,
): { chunks: Uint8Array[]; count: number } {
  let text = ''
  for (let n = 0; n < count; n++) {
    const argv = make(n)
    text += `*${argv.length}\r\n${argv.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`
  }
  const all = bytes(text)
  const chunks: Uint8Array[] = []
  for (let at = 0; at < all.length; at += CHUNK) chunks.push(all.slice(at, at + CHUNK))
  return { chunks, count }
}

function measure(name: string, count: number, round: () => void): void {
  const rates: number[] = []
  for (let i = 0; i < ROUNDS + 2; i++) {
    const from = performance.now()
    round()
    const rate = count / (performance.now() - from) / 1000
    if (i >= 2) rates.push(rate)
  }
  rates.sort((a, b) => a - b)
  const best = (rates.at(-1) as number).toFixed(2)
  const median = (rates[rates.length >> 1] as number).toFixed(2)
  console.log(`${name.padEnd(36)} median ${median.padStart(6)}  best ${best.padStart(6)} M/s`)
}

const native = process.argv[2] ?? 'node'
useNativeBytes(native === 'node' ? nodeBytes : native === 'web' ? webBytes : null)
console.log(`byte strings: ${native}`)

const platform = new TestPlatform()
const small = 'abc'
const large = 'v'.repeat(1000)
const set = traffic((n) => ['SET', key(n), small], 200_000)
const get = traffic((n) => ['GET', key(n)], 200_000)
const mixed = traffic((n) => (n % 2 ? ['SET', key(n), small] : ['GET', key(n)]), 200_000)
const ping = traffic(() => ['PING'], 400_000)
const setLarge = traffic((n) => ['SET', key(n), large], 20_000)
const getLarge = traffic((n) => ['GET', key(n)], 20_000)
const mset = traffic(
  (n) => ['MSET', ...Array.from({ length: 20 }, (_, i) => key(n + (i >> 1)))],
  20_000,
)

function parse(name: string, { chunks, count }: { chunks: Uint8Array[]; count: number }): void {
  measure(`parse ${name}`, count, () => {
    const parser = new RespParser()
    let parsed = 0
    for (const chunk of chunks) {
      parser.feed(chunk)
      while (parser.next() !== null) parsed++
    }
    if (parsed !== count) throw new Error(`${parsed} of ${count}`)
  })
}

parse('SET 16 B key, 3 B value', set)
parse('GET 16 B key', get)
parse('PING', ping)
parse('SET 1 KB', setLarge)
parse('MSET of 10 keys', mset)

function write(name: string, reply: Reply, count: number): void {
  measure(`write ${name}`, count, () => {
    const writer = new RespWriter()
    for (let i = 0; i < count; i++) {
      writer.write(reply, 2)
      if (writer.length > CHUNK) writer.take()
    }
  })
}

write('+OK', OK, 1_000_000)
write(':12345', 12345, 1_000_000)
write('3 B string', small, 1_000_000)
write('16 B string', key(1), 1_000_000)
write('1 KB string', large, 50_000)
write(
  'array of 10 strings',
  Array.from({ length: 10 }, () => small),
  100_000,
)

{
  const writer = new RespWriter()
  for (let i = 0; i < 100_000; i++) writer.write(small, 2)
  const all = writer.take()
  measure('read 3 B string', 100_000, () => {
    const reader = new RespReader()
    for (let at = 0; at < all.length; at += CHUNK)
      reader.feed(all.subarray(at, at + CHUNK), () => {})
  })
}

const engine = new Engine({ platform, commands: families })
function serve(name: string, { chunks, count }: { chunks: Uint8Array[]; count: number }): void {
  const connection = new Connection(engine, { write() {}, end() {} })
  measure(`serve ${name}`, count, () => {
    for (const chunk of chunks) connection.receive(chunk)
  })
}

serve('SET 16 B key, 3 B value', set)
serve('GET 16 B key', get)
serve('SET and GET in turn', mixed)
serve('PING', ping)
serve('MSET of 10 keys', mset)
serve('SET 1 KB', setLarge)
serve('GET 1 KB', getLarge)
serve('SET 16 B key again', set)
serve('GET 16 B key, chunk by request', {
  chunks: Array.from({ length: 100_000 }, (_, n) =>
    bytes(`*2\r\n$3\r\nGET\r\n$16\r\n${key(n)}\r\n`),
  ),
  count: 100_000,
})
