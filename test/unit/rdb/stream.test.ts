import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OK } from '../../../src/core/reply.ts'
import { MalformedRdb, NotRepresentable } from '../../../src/rdb/errors.ts'
import { dumpValue, restoreValue } from '../../../src/rdb/payload.ts'
import type { Stream } from '../../../src/types/stream.ts'
import { fromBytes } from '../../../src/util/bytes.ts'
import { type Run, run } from '../../helpers/run.ts'
import { facts, streamScripts } from '../../helpers/values.ts'

function dump(r: Run, options = {}): Uint8Array {
  const db = r.engine.keyspace.at(0)
  return dumpValue(db.valueAt(db.find('k')), options)
}

const text = (reply: unknown): string =>
  JSON.stringify(reply, (_, value) => (typeof value === 'bigint' ? `${value}` : value))

/** All that can be asked of a stream. */
const told = (r: Run) => [
  facts(r),
  text(r('XINFO STREAM k FULL COUNT 0')),
  ...['g', 'h', '"group 3"'].map((name) => text(r(`XPENDING k ${name} - + 1000`))),
]

/** As `told`, of what comes back. */
function again(r: Run, payload: Uint8Array): ReturnType<typeof told> {
  expect(r(['RESTORE', 'k', '0', fromBytes(payload), 'REPLACE'])).toBe(OK)
  return told(r)
}

function unsealed(content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(content.length + 10)
  bytes.set(content)
  bytes[content.length] = 15
  return bytes
}

describe('streams', () => {
  it('a stream comes back as it was, and goes on as it would', () => {
    fc.assert(
      fc.property(streamScripts, fc.boolean(), (script, compress) => {
        const r = run()
        for (const request of script) r(request)
        const before = told(r)
        const payload = dump(r, { compress })
        expect(again(r, payload)).toEqual(before)
        expect(fromBytes(dump(r, { compress }))).toBe(fromBytes(payload))
        expect(r('XADD k 1000-* a b')).toBe('1000-0')
        expect(r('XADD k 900-0 a b')).not.toBe('900-0')
      }),
      { seed: 41, numRuns: 150 },
    )
  })

  it('what was given back and what producers have sent comes back', () => {
    const r = run()
    for (let i = 1; i <= 9; i++) r(['XADD', 'k', `${i}-0`, 'f', `${i}`])
    r('XGROUP CREATE k g 0')
    r('XREADGROUP GROUP g alice COUNT 6 STREAMS k >')
    r('XNACK k g FAIL IDS 2 5-0 2-0')
    r('XNACK k g FAIL IDS 1 3-0')
    r('XCFGSET k IDMP-DURATION 200 IDMP-MAXSIZE 50')
    r('XADD k IDMP web m1 * f v')
    r('XADD k IDMP web m2 * f v')
    r('XADD k IDMP api m1 * f v')
    const before = told(r)
    const order = text(r('XPENDING k g'))
    expect(again(r, dump(r))).toEqual(before)
    expect(text(r('XPENDING k g'))).toBe(order)
    const length = r('XLEN k')
    r('XADD k IDMP web m1 * f v')
    expect(r('XLEN k')).toBe(length)
    // Given back first, delivered first.
    const claimed = text(r('XREADGROUP GROUP g bob COUNT 3 CLAIM 0 STREAMS k >'))
    expect(claimed.indexOf('5-0')).toBeLessThan(claimed.indexOf('2-0'))
    expect(claimed.indexOf('2-0')).toBeLessThan(claimed.indexOf('3-0'))
  })

  it('a reader who has no form for what was given back is not handed it', () => {
    const r = run()
    r('XADD k 1-0 f v')
    r('XGROUP CREATE k g 0')
    r('XREADGROUP GROUP g alice STREAMS k >')
    expect([10, 11, 13, 14].map((version) => dump(r, { version })[0])).toEqual([19, 21, 26, 27])
    r('XNACK k g FAIL IDS 1 1-0')
    expect(() => dump(r, { version: 13 })).toThrow(NotRepresentable)
  })

  it('parts of IDs beyond 2^53 and entries far apart come back', () => {
    const r = run()
    r('XADD k 5-18446744073709551614 f v')
    r('XADD k 9007199254740993-1 f v')
    r('XADD k 18446744073709551615-18446744073709551615 f v')
    r('XDEL k 9007199254740993-1')
    const before = told(r)
    expect(again(r, dump(r))).toEqual(before)
  })

  it('a stream without entries is one', () => {
    const r = run()
    r('XGROUP CREATE k g 5-5 MKSTREAM')
    const before = told(r)
    expect(again(r, dump(r))).toEqual(before)
  })

  it('a length that is wrong, as trimming left it once, is counted anew', () => {
    const r = run()
    for (let i = 1; i <= 3; i++) r(['XADD', 'k', `${i}-0`, 'f', `${i}`])
    const { limits } = { limits: r.engine.keyspace.at(0) }
    const wrong = (payload: Uint8Array, at: number): Stream => {
      payload[at] = 5
      return restoreValue(unsealed(payload.slice(0, -10)), limits) as Stream
    }
    const three = dump(r)
    // The length, the last ID, the first one.
    expect(wrong(three, fromBytes(three).indexOf('\x03\x03\x00\x01\x00')).length).toBe(3)
    r('XDEL k 1-0 2-0 3-0')
    // Its form, no chunks, the length.
    expect(() => wrong(dump(r), 2)).toThrow(MalformedRdb)
  })

  it('a payload that is cut off or changed anywhere is refused or a whole stream', () => {
    const r = run()
    const { limits } = { limits: r.engine.keyspace.at(0) }
    fc.assert(
      fc.property(streamScripts, fc.nat(254), fc.boolean(), (script, change, compress) => {
        r('FLUSHALL')
        for (const request of script) r(request)
        r('XNACK k g FAIL IDS 1 1-1')
        const content = dump(r, { compress }).slice(0, -10)
        const step = Math.ceil(content.length / 100)
        for (let at = 0; at < content.length; at += step) {
          expect(() => restoreValue(unsealed(content.slice(0, at)), limits)).toThrow(MalformedRdb)
          const wrong = content.slice()
          wrong[at] = (wrong[at] as number) ^ (change + 1)
          try {
            const value = restoreValue(unsealed(wrong), limits)
            const once = dumpValue(value, { compress: false })
            const twice = dumpValue(restoreValue(once, limits), { compress: false })
            expect(fromBytes(twice) === fromBytes(once)).toBe(true)
          } catch (error) {
            if (!(error instanceof MalformedRdb)) throw error
          }
        }
      }),
      { seed: 42, numRuns: 80 },
    )
  })
})
