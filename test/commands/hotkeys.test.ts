import { expect, it } from 'vitest'
import { MapReply, OK, type Reply } from '../../src/core/reply.ts'
import { type Run, run } from '../helpers/run.ts'

/** What HOTKEYS GET tells, by name. */
function found(r: Run): Record<string, Reply> {
  const [report] = r('HOTKEYS GET') as [MapReply]
  expect(report).toBeInstanceOf(MapReply)
  const { items } = report
  return Object.fromEntries(
    items.flatMap((name, i) => (i % 2 === 0 ? [[name as string, items[i + 1] as Reply]] : [])),
  )
}

/** An engine where every command takes so many microseconds. */
function timed(micros: number): Run {
  const r = run()
  let now = 0
  r.platform.micros = () => {
    now += micros
    return now
  }
  return r
}

it('divides what a request takes among its keys, as 8.6.3 does', () => {
  const r = timed(12)
  expect(r('HOTKEYS START METRICS 2 CPU NET')).toBe(OK)
  r('MSET a 1 b 2 c 3')
  r('SET d xxxxxxxxxx')
  r('GET d')
  r('GET nokey')
  r('PING')
  expect(found(r)).toMatchObject({
    'tracking-active': 1,
    'sample-ratio': 1,
    'selected-slots': [[0, 16383]],
    'net-bytes-all-commands-all-slots': 169,
    'total-net-bytes': 168,
    'by-net-bytes': ['d', 79, 'nokey', 29, 'a', 20, 'b', 20, 'c', 20],
    'by-cpu-time-us': ['d', 24, 'nokey', 12, 'a', 4, 'b', 4, 'c', 4],
  })
})

it('looks into transactions, without counting them twice', () => {
  const r = timed(10)
  r('HOTKEYS START METRICS 2 NET CPU COUNT 1')
  r('MULTI')
  for (let i = 0; i < 3; i++) r('SET much v')
  r('SET little v')
  r('EXEC')
  const report = found(r)
  expect(report['by-net-bytes']).toEqual(['much', 3 * 35])
  expect(report['by-cpu-time-us']).toEqual(['much', 30])
})

it('tells only what was asked for, and stops by itself', () => {
  const r = run()
  r('HOTKEYS START METRICS 1 NET DURATION 10 SAMPLE 3')
  const started = r.clock
  for (let i = 0; i < 9; i++) r('GET k')
  expect(found(r)).toMatchObject({ 'sample-ratio': 3, 'by-net-bytes': ['k', 3 * 25] })
  r.clock += 15_000
  r('GET k')
  const report = found(r)
  expect(report).toMatchObject({
    'tracking-active': 0,
    'collection-start-time-unix-ms': started,
    'collection-duration-ms': 10_000,
    'by-net-bytes': ['k', 3 * 25],
  })
  expect(Object.keys(report)).not.toContain('by-cpu-time-us')
  expect(Object.keys(report)).not.toContain('total-cpu-time-user-ms')
  expect(r('HOTKEYS STOP')).toBe(null)
  expect(r('HOTKEYS RESET')).toBe(OK)
  expect(r('HOTKEYS GET')).toBe(null)
})

it('tells how much processor time the process had meanwhile', () => {
  const r = run()
  let cpuUser = 1
  r.platform.describe = () => ({ cpuUser, cpuSystem: cpuUser / 2 })
  r('HOTKEYS START METRICS 1 CPU')
  cpuUser = 3
  expect(found(r)).toMatchObject({ 'total-cpu-time-user-ms': 2000, 'total-cpu-time-sys-ms': 1000 })
  r('HOTKEYS STOP')
  cpuUser = 9
  expect(found(r)['total-cpu-time-user-ms']).toBe(2000)
})

it('has no trouble with requests whose keys cannot be told', () => {
  const r = run()
  r('HOTKEYS START METRICS 1 NET')
  r('ZUNION nonsense a b')
  r('ZUNION 9 a b')
  r.client()('BLPOP nokey 0')
  expect(found(r)['by-net-bytes']).toEqual([])
})
