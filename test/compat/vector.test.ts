/**
 * Vectors of all lengths on Respite and on a real server: what is stored, what comes back and every score,
 * digit by digit; what filters find; and vector sets that go from one to the other as payloads.
 *
 * Needs a server that has vector sets (RESPITE_ORACLE); an older one has nothing to compare with.
 */
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Reply } from '../../src/core/reply.ts'
import { RespWriter } from '../../src/protocol/resp-writer.ts'
import { dumpValue } from '../../src/rdb/payload.ts'
import type { VectorSet } from '../../src/types/vector-set.ts'
import { encodeUtf8, fromBytes } from '../../src/util/bytes.ts'
import { Random } from '../../src/util/random.ts'
import { attributes, BAD_FILTERS, FILTERS, filters } from '../helpers/filters.ts'
import { compareVersions, oracleVersion, type Real, startReal } from '../helpers/real.ts'
import { type Run, run } from '../helpers/run.ts'

const able = compareVersions(oracleVersion(), '8.6') >= 0
/** With and without vector instructions: of 8, 16, 32, 64 components, and what is left over. */
const DIMENSIONS = [1, 5, 7, 8, 12, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 100, 128, 257, 768]

let real: Real
let version = 10

beforeAll(async () => {
  if (!able) return
  real = await startReal()
  await real.control.call(['SET', 's', '1'])
  const payload = (await real.control.call(['DUMP', 's'])).toString('latin1')
  version = payload.charCodeAt(payload.length - 12)
})

afterAll(() => real?.stop())

const text = (reply: Buffer): string => reply.toString('latin1')

function bytes(reply: Reply): string {
  const writer = new RespWriter()
  writer.write(reply, 2)
  return fromBytes(writer.take())
}

/** The same request to both; their replies must be the same. */
async function both(r: Run, argv: string[]): Promise<string> {
  const theirs = text(await real.control.call(argv))
  expect(bytes(r(argv)), argv.join(' ').slice(0, 300)).toBe(theirs)
  return theirs
}

function blob(random: Random, dimension: number): string {
  const vector = Float32Array.from({ length: dimension }, () => random.float() * 2 - 1)
  return fromBytes(new Uint8Array(vector.buffer))
}

describe.runIf(able)('vectors', () => {
  it.each(DIMENSIONS)('of %i components have the same bytes and scores', async (dimension) => {
    const random = new Random(dimension)
    const r = run()
    await both(r, ['FLUSHALL'])
    for (const precision of ['Q8', 'NOQUANT', 'BIN']) {
      for (let i = 0; i < 12; i++) {
        const vector = blob(random, dimension)
        await both(r, ['VADD', precision, 'FP32', vector, `e${i}`, precision])
      }
      for (let i = 0; i < 12; i++) {
        await both(r, ['VEMB', precision, `e${i}`])
        await both(r, ['VEMB', precision, `e${i}`, 'RAW'])
      }
      for (let i = 0; i < 12; i++) {
        const query = i < 6 ? ['ELE', `e${i}`] : ['FP32', blob(random, dimension)]
        const argv = ['VSIM', precision, ...query, 'WITHSCORES', 'COUNT', '12', 'TRUTH']
        const truth = await both(r, argv)
        // Signs give the same score to many, and then the graph decides.
        if (precision !== 'BIN' && dimension > 1) {
          argv.pop()
          expect(await both(r, argv)).toBe(truth)
        }
      }
    }
  })

  it.each([
    [9, 4],
    [64, 17],
    [300, 100],
  ])('of %i components reduced to %i are the same', async (dimension, reduced) => {
    const random = new Random(reduced)
    const r = run()
    await both(r, ['FLUSHALL'])
    for (const precision of ['Q8', 'NOQUANT']) {
      for (let i = 0; i < 6; i++) {
        const vector = ['REDUCE', `${reduced}`, 'FP32', blob(random, dimension)]
        await both(r, ['VADD', precision, ...vector, `e${i}`, precision])
        await both(r, ['VEMB', precision, `e${i}`])
      }
      const argv = ['VSIM', precision, 'FP32', blob(random, dimension), 'WITHSCORES']
      await both(r, argv)
    }
  })
})

describe.runIf(able)('filters', () => {
  /** A set with these attributes, and what comes of the filters. */
  async function compare(given: readonly string[], asked: readonly string[]): Promise<void> {
    const r = run()
    await both(r, ['FLUSHALL'])
    for (const [i, attribute] of given.entries()) {
      const vector = ['VALUES', '2', '1', String(i)]
      await both(r, ['VADD', 'v', ...vector, `e${i}`, 'SETATTR', encodeUtf8(attribute)])
    }
    const all = ['COUNT', String(given.length), 'TRUTH', 'WITHATTRIBS']
    for (const filter of asked) {
      await both(r, ['VSIM', 'v', 'VALUES', '2', '1', '0', ...all, 'FILTER', encodeUtf8(filter)])
    }
  }

  it('that are known find what is known', async () => {
    for (const [filter, attribute] of FILTERS) await compare([attribute], [filter])
    await compare(
      ['{"n":5}'],
      BAD_FILTERS.map(([filter]) => filter),
    )
  })

  it('at random find the same, or are refused near the same place', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      await compare(
        fc.sample(attributes, { seed, numRuns: 30 }),
        fc.sample(filters, { seed, numRuns: 200 }),
      )
    }
  })
})

describe.runIf(able)('payloads', () => {
  const setOf = (r: Run): VectorSet => {
    const db = r.engine.keyspace.at(0)
    return db.valueAt(db.find('k')) as VectorSet
  }
  const dumpHere = (r: Run): string => fromBytes(dumpValue(setOf(r), { version }))
  const dumpThere = async (): Promise<string> =>
    text(await real.control.call(['DUMP', 'k']))
      .replace(/^\$\d+\r\n/, '')
      .slice(0, -2)
  const QUERY = ['VSIM', 'k', 'ELE', 'e10', 'WITHSCORES', 'COUNT', '50']

  it.each([
    [[], ['Q8']],
    [[], ['NOQUANT', 'M', '5']],
    [[], ['BIN', 'M', '40']],
    [
      ['REDUCE', '11'],
      ['Q8', 'SETATTR', '{"year":1980}'],
    ],
    [['REDUCE', '7'], ['NOQUANT']],
  ])('of one are read by the other, with their links: %j %j', async (reduction, options) => {
    const random = new Random(1)
    const r = run()
    await real.control.call(['FLUSHALL'])
    const add = (i: number): string[] => {
      const vector = ['FP32', blob(random, 20)]
      return ['VADD', 'k', ...reduction, ...vector, `e${i}`, ...options]
    }
    // Theirs, with some that were removed again.
    for (let i = 0; i < 400; i++) await real.control.call(add(i))
    for (let i = 0; i < 400; i += 3) await real.control.call(['VREM', 'k', `e${i}`])
    const payload = await dumpThere()
    expect(bytes(r(['RESTORE', 'k', '0', payload]))).toBe('+OK\r\n')
    await both(r, ['VCARD', 'k'])
    await both(r, ['DEBUG', 'DIGEST-VALUE', 'k'])
    for (let i = 1; i < 400; i += 3) await both(r, ['VLINKS', 'k', `e${i}`])
    // What is read comes in another order, and that decides between the equals that signs make.
    const exact = !options.includes('BIN')
    if (exact) await both(r, [...QUERY, 'TRUTH'])
    // Ours, changed.
    for (let i = 1; i < 200; i += 3) r(['VREM', 'k', `e${i}`])
    for (let i = 400; i < 500; i++) r(add(i))
    expect(setOf(r).graph.check()).toBe(true)
    const ours = dumpHere(r)
    expect(text(await real.control.call(['RESTORE', 'k', '0', ours, 'REPLACE']))).toBe('+OK\r\n')
    await both(r, ['VCARD', 'k'])
    await both(r, ['DEBUG', 'DIGEST-VALUE', 'k'])
    // They put links in the order of memory when they read them.
    const links = (reply: string) => reply.split('\r\n').sort()
    for (let i = 400; i < 500; i++) {
      const theirs = text(await real.control.call(['VLINKS', 'k', `e${i}`]))
      expect(links(bytes(r(['VLINKS', 'k', `e${i}`])))).toEqual(links(theirs))
    }
    if (exact) await both(r, [...QUERY.with(3, 'e410'), 'TRUTH'])
    // They can go on with it.
    for (let i = 2; i < 100; i += 3) await real.control.call(['VREM', 'k', `e${i}`])
    for (let i = 500; i < 600; i++) await real.control.call(add(i))
    expect(bytes(r(['RESTORE', 'k', '0', await dumpThere(), 'REPLACE']))).toBe('+OK\r\n')
    await both(r, ['DEBUG', 'DIGEST-VALUE', 'k'])
  })
})
