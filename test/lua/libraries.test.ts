/**
 * The libraries beside a real server: random calls, every result and error compared byte by byte.
 *
 *     RESPITE_SEED=7 RESPITE_RUNS=100000 npx vitest run test/lua/libraries.test.ts
 *
 * Where PUC's hash decides the order of keys, the bytes of both results are compared sorted.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { additional, standard } from '../../src/lua/lib/index.ts'
import { createLua } from '../../src/lua/vm.ts'
import { formatG17 } from '../../src/util/float.ts'
import { Random } from '../../src/util/random.ts'
import { type Real, startReal } from '../helpers/real.ts'
import { Cases, FAMILIES } from './library-cases.ts'
import { answer, SCRIPT, sorted, wireCall } from './library-wire.ts'

const SEED = Number(process.env.RESPITE_SEED ?? 20260101)
const RUNS = Number(process.env.RESPITE_RUNS ?? 600)
const BATCH = 200

let real: Real

beforeAll(async () => {
  real = await startReal()
})

afterAll(() => real?.stop())

function machine() {
  const lua = createLua()
  for (const open of [...standard, ...additional]) open(lua)
  return lua
}

/** The strings of a reply that is an array. */
function strings(reply: Buffer): string[] {
  const text = reply.toString('latin1')
  if (text[0] !== '*') throw new Error(text)
  const found: string[] = []
  let at = text.indexOf('\n') + 1
  while (at < text.length) {
    const line = text.indexOf('\r\n', at)
    const length = Number(text.slice(at + 1, line))
    found.push(text.slice(line + 2, line + 2 + length))
    at = line + 2 + length + 2
  }
  return found
}

describe('libraries beside a real server', () => {
  it.each(FAMILIES)('%s answers random calls as the server does', async (family) => {
    const cases = new Cases(new Random(SEED))
    const lua = machine()
    for (let done = 0; done < RUNS; done += BATCH) {
      const calls = Array.from({ length: Math.min(BATCH, RUNS - done) }, () => cases.of(family))
      const sent = calls.map(wireCall)
      const theirs = strings(await real.control.call(['EVAL', SCRIPT, '0', ...sent]))
      for (const [i, call] of calls.entries()) {
        let ours = answer(lua, call, formatG17)
        let wanted = theirs[i] as string
        if (call.loose === true) {
          // Which of several errors comes first is up to the order as well.
          if (ours.startsWith('false') && wanted.startsWith('false')) continue
          ours = sorted(ours)
          wanted = sorted(wanted)
        }
        expect({ call: sent[i], answer: ours }).toEqual({ call: sent[i], answer: wanted })
      }
    }
  })
})
