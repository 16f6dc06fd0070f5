/**
 * DUMP and RESTORE between Respite and a real server, whichever RESPITE_ORACLE names: what one wrote the
 * other reads, and where RDB leaves no choice both write the same bytes.
 */
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dumpValue } from '../../src/rdb/payload.ts'
import { fromBytes } from '../../src/util/bytes.ts'
import { type Real, startReal } from '../helpers/real.ts'
import { type Run, run } from '../helpers/run.ts'
import { facts, requests, streamScripts } from '../helpers/values.ts'

let real: Real
/** The version of RDB that the oracle writes, and the newest that it reads. */
let version = 10

beforeAll(async () => {
  real = await startReal(['--rdbcompression', 'no'])
  await real.control.call(['SET', 'k', '1'])
  const payload = await theirDump()
  version = payload.charCodeAt(payload.length - 10)
})

afterAll(() => real?.stop())

/** The bytes of a bulk string; anything else fails. */
function bulk(reply: Buffer): string {
  const text = reply.toString('latin1')
  const found = /^\$(\d+)\r\n/.exec(text)
  if (found === null) throw new Error(text)
  return text.slice(found[0].length, -2)
}

const line = (reply: Buffer): string => reply.toString('latin1').replace(/\r\n/g, ' ').trim()
const theirDump = async () => bulk(await real.control.call(['DUMP', 'k']))
const theirDigest = async () =>
  line(await real.control.call(['DEBUG', 'DIGEST-VALUE', 'k'])).slice(4)
const theirEncoding = async () => bulk(await real.control.call(['OBJECT', 'ENCODING', 'k']))

function ourDump(r: Run, compress: boolean): string {
  const db = r.engine.keyspace.at(0)
  return fromBytes(dumpValue(db.valueAt(db.find('k')), { version, compress }))
}

const restoreHere = (r: Run, payload: string) => r(['RESTORE', 'k', '0', payload, 'REPLACE'])
const restoreThere = (payload: string) =>
  real.control.call(['RESTORE', 'k', '0', payload, 'REPLACE']).then(line)

describe('DUMP and RESTORE', () => {
  it('what we dump they restore, and what they dump we restore', { timeout: 60_000 }, async () => {
    const r = run()
    await fc.assert(
      fc.asyncProperty(requests, fc.boolean(), async (request, compress) => {
        r('FLUSHALL')
        r(request)
        // A value in the layout that its content asks for, as one that was loaded is.
        restoreHere(r, ourDump(r, false))
        const before = facts(r)
        expect(await restoreThere(ourDump(r, compress))).toBe('+OK')
        // Newer servers mix scores in fewer digits; ours come as 7.0 prints them.
        if (version === 10 || request[0] !== 'ZADD') expect(await theirDigest()).toBe(before.digest)
        restoreHere(r, await theirDump())
        expect(facts(r)).toEqual(before)
      }),
      { seed: 11, numRuns: 300 },
    )
  })

  it('both make the same of the same request, byte by byte', { timeout: 60_000 }, async () => {
    const r = run()
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        r('FLUSHALL')
        r(request)
        await real.control.call(['FLUSHALL'])
        await real.control.call(request)
        const encoding = await theirEncoding()
        // The order of a dictionary is nobody's business.
        if (encoding === 'hashtable') return
        const ours = ourDump(r, false)
        expect({ encoding, request, dump: ours }).toEqual({
          encoding,
          request,
          dump: await theirDump(),
        })
      }),
      { seed: 12, numRuns: 400 },
    )
  })

  it('they decompress what we compress', async () => {
    const r = run()
    for (const text of ['x'.repeat(100_000), 'some words, some more words. '.repeat(2000)]) {
      r(['SET', 'k', text])
      expect(await restoreThere(ourDump(r, true))).toBe('+OK')
      expect(bulk(await real.control.call(['GET', 'k'])) === text).toBe(true)
    }
  })

  it('we decompress what they compress', async () => {
    const r = run()
    await real.control.call(['CONFIG', 'SET', 'rdbcompression', 'yes'])
    for (const text of ['x'.repeat(100_000), 'some words, some more words. '.repeat(2000)]) {
      await real.control.call(['SET', 'k', text])
      restoreHere(r, await theirDump())
      expect(r('GET k') === text || String(r('GET k')) === text).toBe(true)
    }
    await real.control.call(['CONFIG', 'SET', 'rdbcompression', 'no'])
  })
})

describe('streams', () => {
  /** What XINFO tells. Redis 7.0 has no form for when a consumer last got something. */
  const info = (r: Run) => {
    const text = JSON.stringify(r('XINFO STREAM k FULL COUNT 0'), (_, value) =>
      typeof value === 'bigint' ? `${value}` : value,
    )
    return version === 10 ? text.replace(/"active-time",-?\d+/g, '') : text
  }

  it('what we dump they restore, and what they dump we restore', { timeout: 60_000 }, async () => {
    const r = run()
    await fc.assert(
      fc.asyncProperty(streamScripts, fc.boolean(), async (script, compress) => {
        r('FLUSHALL')
        for (const request of script) r(request)
        const before = { facts: facts(r), info: info(r) }
        expect(await restoreThere(ourDump(r, compress))).toBe('+OK')
        expect(await theirDigest()).toBe(before.facts.digest)
        const theirs = await theirDump()
        expect(theirs).toBe(ourDump(r, false))
        restoreHere(r, theirs)
        expect({ facts: facts(r), info: info(r) }).toEqual(before)
      }),
      { seed: 31, numRuns: 150 },
    )
  })

  it('both make the same of the same requests', { timeout: 60_000 }, async () => {
    const r = run()
    await fc.assert(
      fc.asyncProperty(streamScripts, async (script) => {
        r('FLUSHALL')
        await real.control.call(['FLUSHALL'])
        const quiet = script.filter(([name]) => !/^(XREADGROUP|XCLAIM)$/.test(name as string))
        for (const request of quiet) {
          if (request[1] === 'CREATECONSUMER') continue
          r(request)
          await real.control.call(request)
        }
        expect(ourDump(r, false)).toBe(await theirDump())
      }),
      { seed: 32, numRuns: 100 },
    )
  })
})
