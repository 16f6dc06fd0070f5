import { describe, expect, it } from 'vitest'
import { CommandError } from '../../src/core/errors.ts'
import { MapReply, type Status, type Verbatim } from '../../src/core/reply.ts'
import { run } from '../helpers/run.ts'

/** An engine in which every call takes as long as `took` says, in microseconds. */
function slow(config: Record<string, string> = {}) {
  const r = run({ config })
  let micros = 0
  const took = { micros: 0 }
  r.engine.platform.micros = () => {
    const now = micros
    micros += took.micros
    return now
  }
  return { r, took }
}

describe('DEBUG SLEEP', () => {
  it('is a command that took so long, to the slow log and to the spikes', () => {
    const r = run({ config: { 'latency-monitor-threshold': '100' } })
    r('DEBUG SLEEP 0.2')
    r('PING')
    r.clock += 200
    expect(r('SLOWLOG GET')).toEqual([
      [0, 1_720_000_000, 200_000, ['DEBUG', 'SLEEP', '0.2'], r.session.address, ''],
    ])
    expect(r('LATENCY LATEST')).toEqual([['command', 1_720_000_000, 200, 200]])
  })
})

describe('the slow log', () => {
  it('has what took as long as slowlog-log-slower-than, the newest first', () => {
    const { r, took } = slow({ 'slowlog-log-slower-than': '2000' })
    r('CLIENT SETNAME me')
    took.micros = 1999
    r('KEYS a')
    took.micros = 2000
    r('KEYS b')
    r.clock += 1000
    took.micros = 3000
    r('KEYS c')
    expect(r('SLOWLOG GET')).toEqual([
      [1, 1_720_000_001, 3000, ['KEYS', 'c'], r.session.address, 'me'],
      [0, 1_720_000_000, 2000, ['KEYS', 'b'], r.session.address, 'me'],
    ])
    took.micros = 0
    r('SLOWLOG RESET')
    expect(r('SLOWLOG LEN')).toBe(0)
  })

  it('has what always does the same little only if it asks for less than a millisecond', () => {
    const { r, took } = slow({ 'slowlog-log-slower-than': '1000' })
    r('SET a b')
    took.micros = 5000
    for (let i = 0; i < 14; i++) r('SET a b')
    expect(r('SLOWLOG LEN')).toBe(0)
    r('CONFIG SET slowlog-log-slower-than 999')
    r('SLOWLOG RESET')
    r('SET a b')
    // SLOWLOG RESET itself took as long.
    expect(r('SLOWLOG LEN')).toBe(2)
  })

  it('has a script that was short so far and takes long now, and each call of it from then on', () => {
    const { r, took } = slow({ 'slowlog-log-slower-than': '2000' })
    const loop = (turns: number) => r(['EVAL', 'for i = 1, ARGV[1] do end', '0', `${turns}`])
    took.micros = 1
    loop(1)
    took.micros = 1000
    loop(40_000)
    expect(r('SLOWLOG LEN')).toBe(1)
    took.micros = 2500
    loop(1)
    expect(r('SLOWLOG LEN')).toBe(2)
  })

  it('has a short script only if it asks for less than a millisecond, or at every sixty-fourth call', () => {
    const { r, took } = slow({ 'slowlog-log-slower-than': '1000' })
    const sha = r(['SCRIPT', 'LOAD', 'return 1']) as string
    /** How many calls of a script are in the log, of which one more takes so long. */
    const logged = (script: readonly string[]) => {
      took.micros = 5000
      r(script)
      took.micros = 0
      return r('SLOWLOG LEN')
    }
    r(['EVALSHA', sha, '0'])
    for (let i = 0; i < 63; i++) expect(logged(['EVALSHA', sha, '0'])).toBe(0)
    expect(logged(['EVALSHA', sha, '0'])).toBe(1)
    // It is not short any more.
    expect(logged(['EVALSHA', sha, '0'])).toBe(2)
    expect(logged(['EVAL', 'return 2', '0'])).toBe(3)
  })

  it('never has a password', () => {
    const { r } = slow({ 'slowlog-log-slower-than': '0' })
    r('AUTH user secret')
    r('AUTH secret')
    r('HELLO 3 SETNAME x AUTH user secret')
    r('ACL SETUSER u >secret')
    r('CONFIG SET timeout 0 requirepass secret')
    r('CONFIG SET REQUIREPASS secret')
    const log = JSON.stringify(r.engine.latency.slow)
    expect(log).toContain('(redacted)')
    expect(log).not.toContain('secret')
  })

  it('SLOWLOG HELP names its subcommands', () => {
    expect(JSON.stringify(run()('SLOWLOG HELP'))).toMatch(/GET.*LEN.*RESET/)
  })
})

describe('spikes', () => {
  it('are the calls that took longer than the threshold, the worst of each second', () => {
    const { r, took } = slow({ 'latency-monitor-threshold': '2' })
    took.micros = 1999
    r('KEYS *')
    expect(r('LATENCY LATEST')).toEqual([])
    for (const micros of [3000, 5500, 2000]) {
      took.micros = micros
      r('KEYS *')
    }
    r.clock += 2000
    r('KEYS *')
    took.micros = 0
    expect(r('LATENCY LATEST')).toEqual([['command', 1_720_000_002, 2, 5]])
    expect(r('LATENCY HISTORY command')).toEqual([
      [1_720_000_000, 5],
      [1_720_000_002, 2],
    ])
    r.clock += 60_000
    expect((r('LATENCY GRAPH command') as Verbatim).text).toBe(
      'command - high 5 ms, low 2 ms (all time high 5 ms)\n' +
        `${'-'.repeat(80)}\n# \n| \n| \n|_\n\n11\nmm\n`,
    )
    expect(r('LATENCY RESET nosuch command')).toBe(1)
    expect(r('LATENCY GRAPH command')).toEqual(
      new CommandError("No samples available for event 'command'"),
    )
  })

  it('of fast commands are an event of their own', () => {
    const { r, took } = slow({ 'latency-monitor-threshold': '2', 'slowlog-log-slower-than': '0' })
    took.micros = 3000
    r('GET a')
    took.micros = 0
    expect(r('LATENCY LATEST')).toEqual([['fast-command', 1_720_000_000, 3, 3]])
  })

  it('LATENCY DOCTOR says what is watched and what was seen', () => {
    const { r, took } = slow()
    const report = () => (r('LATENCY DOCTOR') as Verbatim).text
    expect(report()).toContain('CONFIG SET latency-monitor-threshold')
    r('CONFIG SET latency-monitor-threshold 2')
    expect(report()).toContain('Nothing has taken 2 ms')
    took.micros = 4000
    r('KEYS *')
    took.micros = 0
    expect(report()).toContain('1. command: 1 spikes, 4 ms on average, mean deviation 0 ms')
    expect(report()).toContain('CONFIG SET slowlog-log-slower-than 2000')
    r('CONFIG SET slowlog-log-slower-than -1')
    expect(report()).toContain('The slow log is off')
  })

  it('LATENCY HELP names its subcommands', () => {
    expect(JSON.stringify(run()('LATENCY HELP'))).toMatch(/DOCTOR.*GRAPH.*HISTORY.*LATEST.*RESET/)
  })
})

describe('LATENCY HISTOGRAM', () => {
  it('counts every call, those that were not timed as if they were like their neighbours', () => {
    const { r, took } = slow()
    took.micros = 3
    for (let i = 0; i < 40; i++) r('SET a b')
    took.micros = 0
    expect(r('LATENCY HISTOGRAM set nosuch')).toEqual(
      new MapReply(['set', new MapReply(['calls', 40, 'histogram_usec', new MapReply([4, 40])])]),
    )
  })

  it('of a container is that of its subcommands', () => {
    const { r } = slow()
    r('CONFIG GET a')
    r('CONFIG SET timeout 0')
    const reply = r('LATENCY HISTOGRAM config') as MapReply
    expect(reply.items.filter((item) => typeof item === 'string')).toEqual([
      'config|get',
      'config|set',
    ])
  })

  it('INFO latencystats has the percentiles that are asked for', () => {
    const { r, took } = slow({ 'latency-tracking-info-percentiles': '50 99.9' })
    took.micros = 100
    r('KEYS *')
    const info = (): string => (r('INFO latencystats') as Verbatim).text
    expect(info()).toContain('latency_percentiles_usec_keys:p50=128.000,p99.9=128.000')
    r('CONFIG SET latency-tracking no')
    expect(info()).toBe('# Latencystats\r\n')
  })
})

describe('MONITOR', () => {
  it('shows time, database, address and words, and no password', () => {
    const r = run()
    const seen: string[] = []
    const monitor = r.engine.connect({
      reply() {},
      push: (reply) => seen.push((reply as Status).text),
      flush() {},
      close() {},
    })
    monitor.submit(['MONITOR'])
    r('SELECT 2')
    r(['SET', 'a', 'x\r\n"\\\x01\xe9'])
    r('AUTH user secret')
    r('CONFIG GET x')
    const from = `1720000000.000000 [2 ${r.session.address}]`
    expect(seen).toEqual([
      `${from} "SELECT" "2"`,
      `${from} "SET" "a" "x\\r\\n\\"\\\\\\x01\\xe9"`,
      `${from} "AUTH" "(redacted)" "(redacted)"`,
    ])
    r.engine.disconnect(monitor)
    r('PING')
    expect(seen).toHaveLength(3)
  })
})
