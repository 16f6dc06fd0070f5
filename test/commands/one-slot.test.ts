import { describe, expect, it } from 'vitest'
import { OK, type Verbatim } from '../../src/core/reply.ts'
import { type Run, run } from '../helpers/run.ts'

/** Looks at so many per cent of the requests. */
function looking(percent = 100): Run {
  const r = run()
  expect(r(`CONFIG SET cluster-compatibility-sample-ratio ${percent}`)).toBe(OK)
  return r
}

const FIELD = /cluster_incompatible_ops:(\d+)/
const stats = (r: Run): string => (r('INFO stats') as Verbatim).text
const counted = (r: Run): number => Number(FIELD.exec(stats(r))?.[1])

/** How much the count grows. */
function by(r: Run, ...requests: (string | string[])[]): number {
  const before = counted(r)
  for (const request of requests) r(request)
  return counted(r) - before
}

describe('what a cluster would refuse', () => {
  it('is shown only where requests are looked at', () => {
    const r = run()
    r('MSET a 1 b 2')
    expect(stats(r)).not.toMatch(FIELD)
    r('CONFIG SET cluster-compatibility-sample-ratio 100')
    expect(counted(r)).toBe(0)
    r('SELECT 1')
    r('CONFIG RESETSTAT')
    expect(counted(r)).toBe(0)
  })

  it('are requests whose keys are of several slots', () => {
    const r = looking()
    expect(by(r, 'MSET a 1 b 2')).toBe(1)
    expect(by(r, 'DEL a b')).toBe(1)
    expect(by(r, 'MSET {x}a 1 {x}b 2')).toBe(0)
    expect(by(r, 'GET a', 'PING', 'DBSIZE', 'NOSUCH a b', 'SET a')).toBe(0)
    r('HELLO 3')
    expect(by(r, 'SUBSCRIBE a b')).toBe(0)
    expect(by(r, 'SSUBSCRIBE a b')).toBe(1)
  })

  it('are transactions of several slots, once each', () => {
    const r = looking()
    expect(by(r, 'MULTI', 'EXEC', 'EXEC')).toBe(0)
    expect(by(r, 'MULTI', 'SET a 1', 'SET b 1', 'SET c 1', 'EXEC')).toBe(1)
    expect(by(r, 'MULTI', 'SET {a}1 1', 'SET {a}2 1', 'EXEC')).toBe(0)
  })

  it('are other databases than the first', () => {
    const r = looking()
    expect(by(r, 'SELECT 0', 'SELECT 99')).toBe(0)
    expect(by(r, 'SELECT 1')).toBe(1)
    expect(by(r, 'SWAPDB 0 1')).toBe(1)
    r('SELECT 0')
    r('SET {a}1 1')
    expect(by(r, 'COPY {a}1 {a}2')).toBe(0)
    expect(by(r, 'COPY {a}1 {a}2 DB 1')).toBe(1)
    expect(by(r, 'MOVE {a}1 1')).toBe(1)
  })

  it('are patterns of SORT that may name keys of other slots', () => {
    const r = looking()
    r('RPUSH list 1 2')
    expect(by(r, 'SORT list BY w_*')).toBe(1)
    expect(by(r, 'SORT list BY w_* GET # GET o_*')).toBe(2)
    expect(by(r, 'SORT list BY w{list}_* GET # GET o{list}_*')).toBe(0)
    expect(by(r, 'SORT list BY nosort')).toBe(0)
  })

  it('are scripts that say so, and scripts that leave their slot', () => {
    const r = looking()
    const eval_ = (code: string, ...keys: string[]): string[] => [
      'EVAL',
      code,
      `${keys.length}`,
      ...keys,
    ]
    expect(by(r, eval_('#!lua flags=no-cluster\nreturn 1'))).toBe(1)
    expect(by(r, eval_('#!lua\nreturn 1'))).toBe(0)
    const both = "redis.call('MSET', 'a', 1, 'b', 2) redis.call('MSET', 'a', 1, 'b', 2)"
    expect(by(r, eval_(both))).toBe(1)
    expect(by(r, eval_(`#!lua\n${both}`, 'a', 'b'))).toBe(1)
    const apart = "redis.call('SET', 'a', 1) redis.call('SET', 'b', 1)"
    expect(by(r, eval_(apart))).toBe(0)
    expect(by(r, eval_(`#!lua\n${apart}`))).toBe(1)
    expect(by(r, eval_(`#!lua flags=allow-cross-slot-keys\n${apart}`, 'c'))).toBe(0)
    expect(by(r, eval_("#!lua\nredis.call('SET', 'a', 1)", 'b'))).toBe(1)
  })

  it('are counted of a share of the requests', () => {
    const r = looking(30)
    const some = by(r, ...Array.from({ length: 1000 }, () => 'MSET a 1 b 2'))
    expect(some).toBeGreaterThan(200)
    expect(some).toBeLessThan(400)
    r('CONFIG SET cluster-compatibility-sample-ratio 0')
    for (let i = 0; i < 100; i++) r('MSET a 1 b 2')
    r('CONFIG SET cluster-compatibility-sample-ratio 1')
    expect(counted(r)).toBe(some)
  })
})
