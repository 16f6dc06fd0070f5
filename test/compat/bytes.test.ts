/**
 * Strings whose bytes mean something, beside a real server: HyperLogLogs and bit fields, driven by a
 * seeded generator. Every reply must be the same, and now and then the whole string is compared.
 *
 *     RESPITE_SEED=7 npx vitest run test/compat/bytes.test.ts
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Random } from '../../src/util/random.ts'
import { encodeRequest, show } from '../helpers/link.ts'
import { Ours } from '../helpers/ours.ts'
import { type Real, startReal } from '../helpers/real.ts'

const random = new Random(Number(process.env.RESPITE_SEED ?? 20260301))
let real: Real

beforeAll(async () => {
  real = await startReal()
})

afterAll(async () => {
  await real?.stop()
})

/** Send the same to both sides; the first reply that differs fails the test. */
async function same(requests: readonly (readonly string[])[]): Promise<void> {
  const ours = new Ours(Date.now()).link(1)
  await real.control.call(['FLUSHALL'])
  for (const request of requests) {
    const bytes = encodeRequest(request)
    real.control.write(bytes)
    ours.write(bytes)
    const expected = await real.control.next()
    const reply = ours.inbox.take()
    if (expected === null || !reply?.equals(expected)) {
      const shown = request.join(' ').slice(0, 200)
      expect(`${shown}\n${reply && show(reply)}`).toBe(`${shown}\n${expected && show(expected)}`)
    }
  }
}

function pick<T>(...choices: readonly T[]): T {
  return choices[random.below(choices.length)] as T
}

function element(): string {
  let text = ''
  for (let n = random.below(20); n > 0; n--) text += String.fromCharCode(random.below(256))
  return text
}

test.each(['0', '100', '1000', '3000', '20000'])(
  'HyperLogLogs have the bytes of Redis while they grow, sparse up to %s bytes',
  async (limit) => {
    const requests: string[][] = [['CONFIG', 'SET', 'hll-sparse-max-bytes', limit]]
    const key = () => pick('a', 'b', 'c', 'd')
    for (let i = 0; i < 400; i++) {
      const elements = Array.from({ length: random.below(i) }, element)
      requests.push(['PFADD', key(), ...elements], ['PFCOUNT', key()])
      if (i % 3 === 0) requests.push(['GET', key()], ['PFCOUNT', key(), key(), key()])
      if (i % 10 === 0) {
        requests.push(['PFDEBUG', 'ENCODING', key()], ['PFDEBUG', 'DECODE', key()])
      }
      if (i % 60 === 0) requests.push(['DEL', key()], ['PFMERGE', key(), key(), key()])
      if (i % 150 === 0) requests.push(['PFDEBUG', 'GETREG', key()], ['PFDEBUG', 'TODENSE', key()])
    }
    for (const name of ['a', 'b', 'c', 'd']) requests.push(['GET', name], ['PFCOUNT', name])
    requests.push(['CONFIG', 'SET', 'hll-sparse-max-bytes', '3000'])
    await same(requests)
  },
)

test('HyperLogLogs that were damaged are refused as Redis refuses them', async () => {
  const requests: string[][] = []
  for (let i = 0; i < 300; i++) {
    requests.push(['DEL', 'a'], ['PFADD', 'a', ...Array.from({ length: 40 }, element)])
    // Only the encoding and the runs: what is in front of them is looked at by itself.
    const at = pick(0, 3, 4, 14, 15, 16, 16 + random.below(100))
    requests.push(['SETRANGE', 'a', String(at), String.fromCharCode(random.below(256))])
    requests.push(['PFCOUNT', 'a'], ['PFCOUNT', 'a', 'b'], ['PFMERGE', 'b', 'a'], ['GET', 'b'])
    requests.push(['PFADD', 'a', ...Array.from({ length: 20 }, element)], ['GET', 'a'])
  }
  await same(requests)
})

/** Near the borders of a type, or anywhere. */
function integer(): string {
  const width = BigInt(random.below(65))
  const near = (pick(1n, -1n) << width) + BigInt(random.below(5)) - 2n
  return String(BigInt.asIntN(64, near))
}

test('bit fields have the bytes of Redis', async () => {
  const requests: string[][] = []
  for (let i = 0; i < 3000; i++) {
    const request = ['BITFIELD', pick('a', 'b')]
    for (let n = 1 + random.below(4); n > 0; n--) {
      const signed = random.below(2) === 0
      const type = `${signed ? 'i' : 'u'}${1 + random.below(signed ? 64 : 63)}`
      const offset = pick(String(random.below(200)), `#${random.below(6)}`)
      if (random.below(2) === 0) request.push('OVERFLOW', pick('WRAP', 'SAT', 'FAIL'))
      const kind = pick('GET', 'SET', 'INCRBY')
      request.push(kind, type, offset)
      if (kind !== 'GET') request.push(integer())
    }
    requests.push(request)
    if (i % 10 === 0) requests.push(['GET', 'a'])
  }
  await same(requests)
})

test('bits are counted and found as Redis does it', async () => {
  const requests: string[][] = []
  for (let i = 0; i < 1500; i++) {
    if (i % 50 === 0) {
      const length = pick(0, 1, 3, 40, 300)
      const fill = pick(0, 255, -1)
      const bytes = Array.from({ length }, () => (fill < 0 ? random.below(256) : fill))
      requests.push(['SET', 'a', String.fromCharCode(...bytes)])
    }
    const place = () => String((random.below(5000) - 2500) >> pick(0, 3, 6))
    const unit = pick([], ['BIT'], ['BYTE'])
    requests.push(['BITCOUNT', 'a', place(), place(), ...unit])
    requests.push(['BITPOS', 'a', pick('0', '1'), place(), place(), ...unit])
    requests.push(['BITPOS', 'a', pick('0', '1'), place()])
    requests.push(['SETBIT', 'a', String(random.below(2400)), pick('0', '1')])
    requests.push(['BITOP', pick('AND', 'OR', 'XOR'), 'b', 'a', 'c', 'b'], ['GET', 'b'])
    if (i % 20 === 0) requests.push(['BITOP', 'NOT', 'c', 'a'], ['GETBIT', 'c', place()])
  }
  await same(requests)
})
