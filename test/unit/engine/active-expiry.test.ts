import { describe, expect, it } from 'vitest'
import { type Run, run } from '../../helpers/run.ts'

/** An engine on a machine that takes so many microseconds between two looks at the clock. */
function slow(micros: number, config: Record<string, string> = {}): Run {
  const r = run({ config })
  let now = 0
  r.platform.micros = () => {
    now += micros
    return now
  }
  return r
}

const size = (r: Run): number => r('DBSIZE') as number

function fill(r: Run, count: number): void {
  for (let i = 0; i < count; i++) r(`SET k${i} v PX 500`)
}

describe('active expiry', () => {
  it('goes on in short slices, with pauses, until nothing is due', () => {
    const r = slow(100)
    fill(r, 3000)
    r.platform.wind(r.clock + 700)
    r.engine.cron()
    // A millisecond is ten looks, each after fifty keys.
    expect(size(r)).toBe(2500)
    expect(r.engine.stats.expirySlicesCutOff).toBe(1)
    r.platform.wind(r.platform.now() + 2)
    expect(size(r)).toBe(2500)
    r.platform.wind(r.platform.now() + 1)
    expect(size(r)).toBe(2000)
    r.engine.cron()
    expect(size(r)).toBe(2000)
    r.platform.wind(r.platform.now() + 12)
    expect(size(r)).toBe(0)
    expect(r.engine.stats.expiredKeysActive).toBe(3000)
    expect(r.effects.filter(([word]) => word === 'DEL').length).toBe(3000)
  })

  it('works longer at a time with more effort', () => {
    const r = slow(100, { 'active-expire-effort': '5' })
    fill(r, 3000)
    r.platform.wind(r.clock + 700)
    r.engine.cron()
    expect(size(r)).toBe(2000)
  })

  it('is not stopped by what only seemed to be due', () => {
    const r = slow(1000)
    fill(r, 2000)
    for (let i = 0; i < 2000; i++) if (i !== 1000) r(`PEXPIRE k${i} 100000`)
    r.clock += 700
    for (let i = 0; i < 60; i++) r.clock += 4
    expect(size(r)).toBe(1999)
    expect(r.engine.stats.expiredKeysActive).toBe(1)
  })

  it('does nothing while the data stands still, or when it is switched off', () => {
    const r = run()
    fill(r, 10)
    r('DEBUG SET-ACTIVE-EXPIRE 0')
    r.clock += 1000
    expect(size(r)).toBe(10)
    r('DEBUG SET-ACTIVE-EXPIRE 1')
    r('CLIENT PAUSE 300 WRITE')
    r.clock += 200
    expect(size(r)).toBe(10)
    r.clock += 200
    expect(size(r)).toBe(0)
  })

  it('takes the fields of a large hash in the same way', () => {
    const r = slow(100)
    for (let i = 0; i < 3000; i++) r(`HSET h f${i} v`)
    r('HSET h stays v')
    r([
      'HPEXPIRE',
      'h',
      '500',
      'FIELDS',
      '3000',
      ...Array.from({ length: 3000 }, (_, i) => `f${i}`),
    ])
    r.platform.wind(r.clock + 700)
    r.engine.cron()
    expect(r('HLEN h')).toBe(2501)
    r.platform.wind(r.platform.now() + 15)
    expect(r('HLEN h')).toBe(1)
  })
})
