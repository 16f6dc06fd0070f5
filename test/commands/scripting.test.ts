import { describe, expect, it } from 'vitest'
import { busyFunction, busyScript, CommandError } from '../../src/core/errors.ts'
import { BLOCKED, type MapReply, OK } from '../../src/core/reply.ts'
import { sha1 } from '../../src/util/sha1.ts'
import { type Run, run } from '../helpers/run.ts'

const BUSY = busyScript
const LOOP = 'while true do end'

/** What is to run as soon as possible, by engine. */
const soon = new WeakMap<Run, (() => void)[]>()

/** An engine where every look at the clock takes a millisecond (or `step`): a slice ends after four. */
function ticking(config: Record<string, string> = {}, step = 1000): Run {
  const r = run({ config })
  const queue: (() => void)[] = []
  soon.set(r, queue)
  let micros = 0
  r.platform.micros = () => {
    micros += step
    return micros
  }
  const after = r.platform.after.bind(r.platform)
  r.platform.after = (ms, callback) => {
    if (ms > 0) return after(ms, callback)
    queue.push(callback)
    return () => {
      if (queue.includes(callback)) queue.splice(queue.indexOf(callback), 1)
    }
  }
  return r
}

/** Let so many slices run, if there are as many. */
function slices(r: Run, count: number): void {
  for (let i = 0; i < count; i++) soon.get(r)?.shift()?.()
}

describe('a script that takes long', () => {
  it('gives control back and goes on later', () => {
    const r = ticking()
    expect(r('EVAL "local n = 0 for i = 1, 1000000 do n = n + i end return n" 0')).toBe(BLOCKED)
    expect(r.engine.slices.active).toBe(true)
    slices(r, 1000)
    expect(r.replies).toEqual([500000500000])
    expect(r.engine.slices.active).toBe(false)
  })

  it('gives control back soon when it does nothing but call commands', () => {
    const r = ticking()
    expect(r('EVAL "for i = 1, 2000 do redis.call(\'ping\') end return 1" 0')).toBe(BLOCKED)
    slices(r, 1000)
    expect(r.replies).toEqual([1])
  })

  it('lets other requests wait, and then runs them, those of its own client first', () => {
    const r = ticking()
    const other = r.client()
    r("EVAL \"for i = 1, 1000000 do end return redis.call('set', 'a', 1)\" 0")
    expect(other('GET a')).toBe(BLOCKED)
    expect(r('APPEND a 2')).toBe(BLOCKED)
    slices(r, 1000)
    expect(other.replies).toEqual(['12'])
    expect(r.replies).toEqual([OK, 2])
  })

  it('refuses other requests after busy-reply-threshold', () => {
    const r = ticking({ 'busy-reply-threshold': '50' })
    const other = r.client()
    r(`EVAL "${LOOP}" 0`)
    expect(other('GET a')).toBe(BLOCKED)
    r.platform.wind(r.clock + 50)
    expect(other.replies).toEqual([BUSY])
    expect(other('SET a 1')).toEqual(BUSY)
    expect(other('NOPE')).toMatchObject({ code: 'ERR' })
    expect(other('MULTI')).toEqual(OK)
    expect(other('GET a')).toEqual(BUSY)
    expect(other('EXEC')).toMatchObject({ code: 'EXECABORT' })
    expect(other('SCRIPT KILL')).toEqual(OK)
    slices(r, 2)
    expect(r.replies).toEqual([
      new CommandError(
        'Script killed by user with SCRIPT KILL... ' + `script: ${sha1(LOOP)}, on @user_script:1.`,
      ),
    ])
    expect(other('GET a')).toBe(null)
  })

  it('serves those who are blocked when it is over, whatever others may do before', () => {
    const r = ticking()
    const [blocked, other] = [r.client(), r.client()]
    expect(blocked('BLPOP x 0')).toBe(BLOCKED)
    r(
      `EVAL "redis.call('lpush', 'x', 'y') for i = 1, 1000000 do end redis.call('lpush', 'x', 'z')" 0`,
    )
    expect(other('SCRIPT NOPE')).toMatchObject({ code: 'ERR' })
    expect(other('HELLO')).not.toBe(BLOCKED)
    expect(blocked.replies).toEqual([])
    slices(r, 1000)
    expect(blocked.replies).toEqual([['x', 'z']])
  })

  it('is told of in the log when it takes long, also where it cannot give control back', () => {
    const logged = ['warning: Slow script detected: it still runs after 50 milliseconds']
    const r = ticking({ 'busy-reply-threshold': '50' })
    r.engine.synchronous = true
    r('EVAL "for i = 1, 2000000 do end" 0')
    expect(r.platform.logged).toEqual(logged)
  })

  it('cannot be killed when it has written', () => {
    const r = ticking()
    const other = r.client()
    r(`EVAL "redis.call('set', 'a', 1) for i = 1, 1000000 do end return 7" 0`)
    expect(other('SCRIPT KILL')).toMatchObject({ code: 'UNKILLABLE' })
    slices(r, 1000)
    expect(r.replies).toEqual([7])
    expect(other('SCRIPT KILL')).toMatchObject({ code: 'NOTBUSY' })
  })

  it('is not saved by pcall from being killed', () => {
    const r = ticking()
    const other = r.client()
    r('EVAL "while true do pcall(function() while true do end end) end" 0')
    other('SCRIPT KILL')
    slices(r, 2)
    expect(r.replies[0]).toMatchObject({ code: 'ERR' })
    expect(r.engine.slices.active).toBe(false)
  })

  it('is killed by the command of its kind', () => {
    const r = ticking()
    const other = r.client()
    r(['FUNCTION', 'LOAD', `#!lua name=x\nredis.register_function('f', function() ${LOOP} end)`])
    r('FCALL f 1 a b')
    expect(other('SCRIPT KILL')).toEqual(busyFunction)
    const [, running] = (other('FUNCTION STATS') as MapReply).items
    expect((running as MapReply).items.slice(0, 5)).toEqual([
      ...['name', 'f', 'command', ['FCALL', 'f', '1', 'a', 'b']],
      'duration_ms',
    ])
    expect(other('FUNCTION KILL')).toEqual(OK)
    slices(r, 2)
    expect(r.replies[0]).toMatchObject({ code: 'ERR' })
    r(`EVAL "${LOOP}" 0`)
    expect(other('FUNCTION KILL')).toEqual(BUSY)
    expect(other('FUNCTION STATS')).toEqual(BUSY)
    expect(other('SCRIPT KILL')).toEqual(OK)
    slices(r, 2)
    expect(r.engine.slices.active).toBe(false)
  })

  it('is one unit, told when it is over', () => {
    const r = ticking()
    r.client()
    r(`EVAL "redis.call('set', 'a', 1) for i = 1, 1000000 do end redis.call('set', 'b', 1)" 0`)
    slices(r, 3)
    expect(r.units).toEqual([])
    slices(r, 1000)
    expect(r.units.map((unit) => unit.map(({ argv }) => argv.join(' ')))).toEqual([
      ['set a 1', 'set b 1'],
    ])
  })

  it('sees one time, and no key expires meanwhile', () => {
    const r = ticking()
    r('SET a 1 PX 10')
    r(`EVAL "for i = 1, 1000000 do end return redis.call('get', 'a')" 0`)
    r.clock += 20
    slices(r, 1000)
    expect(r.replies).toEqual(['1'])
    expect(r('GET a')).toBe(null)
  })

  it('holds back who waits for a key or for a time', () => {
    const r = ticking()
    const waiting = r.client()
    const impatient = r.client()
    waiting('BLPOP l 0')
    impatient('BLPOP m 0.01')
    r(`EVAL "redis.call('rpush', 'l', 'x') for i = 1, 1000000 do end return 1" 0`)
    r.clock += 20
    expect(waiting.replies).toEqual([])
    expect(impatient.replies).toEqual([])
    slices(r, 1000)
    expect(waiting.replies).toEqual([['l', 'x']])
    expect(impatient.replies).toHaveLength(1)
  })

  it('in a transaction holds the transaction', () => {
    const r = ticking()
    r('MULTI')
    r('INCR a')
    r("EVAL \"for i = 1, 1000000 do end return redis.call('incr', 'a')\" 0")
    r("EVAL \"for i = 1, 1000000 do end return redis.call('incr', 'a')\" 0")
    r('INCR a')
    expect(r('EXEC')).toBe(BLOCKED)
    slices(r, 3000)
    expect(r.replies).toEqual([[1, 2, 3, 4]])
    expect(r.units.map((unit) => unit.length)).toEqual([4])
    expect(r('INFO commandstats')).toMatchObject({
      text: expect.stringMatching(/cmdstat_eval:calls=2,.*\r\n/),
    })
  })

  it('goes on when its client has gone', () => {
    const r = ticking()
    const other = r.client()
    other("EVAL \"for i = 1, 1000000 do end return redis.call('set', 'a', 1)\" 0")
    other.disconnect()
    slices(r, 1000)
    expect(other.replies).toEqual([])
    expect(r('GET a')).toBe('1')
  })

  it('runs to its end at once for a synchronous call', () => {
    const r = ticking()
    r.engine.synchronous = true
    expect(r('EVAL "for i = 1, 1000000 do end return 1" 0')).toBe(1)
    ;(r.engine.scripting as NonNullable<typeof r.engine.scripting>).limit = 50_000
    expect(r(`EVAL "${LOOP}" 0`)).toMatchObject({
      message: expect.stringMatching(/^Script ended: it has taken too long script: /),
    })
  })

  it('does not change the database of its client', () => {
    const r = ticking()
    r(`EVAL "redis.call('select', 9) for i = 1, 1000000 do end redis.call('set', 'a', 1)" 0`)
    slices(r, 1000)
    expect(r('GET a')).toBe(null)
    r('SELECT 9')
    expect(r('GET a')).toBe('1')
  })

  it('that never comes to a place where it can stop is ended', () => {
    const r = ticking({}, 1_000_000)
    expect(r('EVAL "table.sort({1,2,3}, function() while true do end end)" 0')).toMatchObject({
      message: expect.stringMatching(/^Script ended: it could not be interrupted where it was/),
    })
  })
})

describe('the cache of scripts', () => {
  it('keeps 500 scripts of EVAL, the ones used last, and all of SCRIPT LOAD', () => {
    const r = run()
    const sha = r('SCRIPT LOAD "return \'kept\'"') as string
    for (let i = 0; i < 499; i++) r(`EVAL "return ${i}" 0`)
    const first = r.engine.scripting?.scripts.known('return 0')?.name as string
    const second = r.engine.scripting?.scripts.known('return 1')?.name as string
    r('EVAL "return 0" 0')
    r('EVAL "return 499" 0')
    r('EVAL "return 500" 0')
    expect(r(`SCRIPT EXISTS ${sha} ${first} ${second}`)).toEqual([1, 1, 0])
    expect(r('INFO memory')).toMatchObject({
      text: expect.stringContaining('number_of_cached_scripts:501\r\n'),
    })
    expect(r('INFO stats')).toMatchObject({
      text: expect.stringContaining('evicted_scripts:1\r\n'),
    })
  })

  it('gives every run keys and arguments of its own', () => {
    const r = run()
    expect(r('EVAL "KEYS[3] = \'z\' ARGV.x = 1 return KEYS" 2 a b c')).toEqual(['a', 'b', 'z'])
    expect(r('EVAL "return {#KEYS, ARGV.x, ARGV[1]}" 1 a c')).toEqual([1])
    expect(r('EVAL "return {#KEYS, #ARGV, ARGV[1]}" 1 a c')).toEqual([1, 1, 'c'])
  })
})

describe('help', () => {
  it('counts evicted scripts from zero after CONFIG RESETSTAT', () => {
    const r = run()
    for (let i = 0; i < 503; i++) r(['EVAL', `return ${i}`, '0'])
    const evicted = () =>
      /evicted_scripts:(\d+)/.exec(String((r('INFO stats') as { text: string }).text))?.[1]
    expect(evicted()).toBe('3')
    r('CONFIG RESETSTAT')
    expect(evicted()).toBe('0')
    r(['EVAL', 'return 1000', '0'])
    expect(evicted()).toBe('1')
  })

  it('has the environments of functions only with lua-enable-deprecated-api', () => {
    const script = 'setfenv(function() end, {}) return type(getfenv(1)) .. type(newproxy(true))'
    expect(run({ config: { 'lua-enable-deprecated-api': 'yes' } })(['EVAL', script, '0'])).toBe(
      'tableuserdata',
    )
    expect(run()(['EVAL', script, '0'])).toMatchObject({
      message: expect.stringContaining(
        "Script attempted to access nonexistent global variable 'setfenv'",
      ),
    })
  })

  it.each(['SCRIPT HELP', 'FUNCTION HELP'])('%s is a list of lines', (request) => {
    const lines = run()(request) as unknown as { text: string }[]
    expect(lines[0]?.text).toMatch(/^(SCRIPT|FUNCTION) <subcommand> /)
    expect(lines.length).toBeGreaterThan(8)
  })
})

it('SCRIPT DEBUG has no debugger to switch on', () => {
  const r = run()
  expect(r('SCRIPT DEBUG NO')).toBe(OK)
  expect(r('SCRIPT DEBUG YES')).toEqual(new CommandError('There is no debugger of scripts here'))
  expect(r('SCRIPT DEBUG SYNC')).toEqual(new CommandError('There is no debugger of scripts here'))
})

describe('errors in scripts', () => {
  it('are counted once, where they happen', () => {
    const r = run()
    r(`EVAL "return redis.pcall('xgroup', 'createconsumer', 'none', 'g', 'c')" 0`)
    expect(r('INFO errorstats')).toMatchObject({
      text: '# Errorstats\r\nerrorstat_ERR:count=1\r\n',
    })
    const stats = r('INFO commandstats') as unknown as { text: string }
    expect(stats.text).toMatch(
      /cmdstat_xgroup\|createconsumer:calls=1,.*rejected_calls=0,failed_calls=1/,
    )
    expect(stats.text).toMatch(/cmdstat_eval:calls=1,.*rejected_calls=0,failed_calls=1/)
  })

  it('that a script makes itself count as its own', () => {
    const r = run()
    r('EVAL "return redis.error_reply(\'MY error\')" 0')
    expect(r('INFO errorstats')).toMatchObject({ text: '# Errorstats\r\nerrorstat_MY:count=1\r\n' })
  })
})

describe('what others see of a script', () => {
  it('MONITOR shows it before its commands, which come from lua', () => {
    const r = run()
    const monitor = r.client()
    monitor('MONITOR')
    r(`EVAL "return redis.call('set', 'a', 1)" 0`)
    r([
      'FUNCTION',
      'LOAD',
      "#!lua name=x\nredis.register_function('f', function() return redis.call('get', 'a') end)",
    ])
    r('FCALL f 0')
    const lines = monitor.pushes.map((line) =>
      (line as unknown as { text: string }).text.replace(/^[\d.]+ /, ''),
    )
    expect(lines.filter((line) => !line.includes('function'))).toEqual([
      `[0 127.0.0.1:50000] "EVAL" "return redis.call('set', 'a', 1)" "0"`,
      '[0 lua] "set" "a" "1"',
      '[0 127.0.0.1:50000] "FCALL" "f" "0"',
      '[0 lua] "get" "a"',
    ])
  })

  it('SLOWLOG shows it and what it calls', () => {
    const r = run({ config: { 'slowlog-log-slower-than': '0' } })
    r(`EVAL "return redis.call('set', 'a', 1)" 0`)
    const entries = r('SLOWLOG GET') as unknown[][]
    expect(entries.map((entry) => entry[3])).toEqual([
      ['EVAL', "return redis.call('set', 'a', 1)", '0'],
      ['set', 'a', '1'],
    ])
  })

  it('tracking remembers what it has read for its caller', () => {
    const r = run({ resp: 3 })
    r('CLIENT TRACKING ON')
    r(`EVAL "return redis.call('get', 'a')" 1 b`)
    r.client()('SET b 1')
    expect(r.pushes).toEqual([])
    r.client()('SET a 1')
    expect(r.pushes).toMatchObject([{ items: ['invalidate', ['a']] }])
  })
})

describe('maxmemory and scripts', () => {
  const full = (): Run => {
    const r = run({ config: { 'maxmemory-policy': 'noeviction' } })
    r('SET a 1')
    r('CONFIG SET maxmemory 1')
    return r
  }

  it('a script without flags fails where it needs more', () => {
    const r = full()
    expect(r(`EVAL "return redis.call('get', 'a')" 0`)).toBe('1')
    expect(r(`EVAL "return redis.call('set', 'a', 2)" 0`)).toMatchObject({ code: 'OOM' })
    expect(r(`EVAL "redis.call('del', 'b') return redis.call('set', 'a', 2)" 0`)).toEqual(OK)
  })

  it('a script with flags is refused before it runs, or runs', () => {
    const r = full()
    expect(r('EVAL "#!lua\nreturn 1" 0')).toMatchObject({ code: 'OOM' })
    expect(r(`EVAL "#!lua flags=allow-oom\nreturn redis.call('set', 'a', 3)" 0`)).toEqual(OK)
    expect(r(`EVAL "#!lua flags=no-writes\nreturn redis.call('get', 'a')" 0`)).toBe('3')
  })
})

describe('CLIENT PAUSE and scripts', () => {
  it('stops scripts that may write, and lets those run that only read', () => {
    const r = run()
    const other = r.client()
    r('CLIENT PAUSE 1000 WRITE')
    expect(other('EVAL "#!lua flags=no-writes\nreturn 1" 0')).toBe(1)
    expect(other('EVAL_RO "return 2" 0')).toBe(2)
    expect(other('EVAL "#!lua\nreturn 3" 0')).toBe(BLOCKED)
    r('CLIENT UNPAUSE')
    expect(other.replies).toEqual([3])
  })
})

describe('commands as scripts spell them', () => {
  const commands = ['get', 'GET', 'Get', 'gEt', 'del', 'set', 'Set', '', 'getx', 'GETX', 'g\0t']

  it('are found again, each for itself, however they alternate', () => {
    const r = run()
    r('SET k v')
    const ask = (name: string) => {
      const reply = r(['EVAL', 'return redis.pcall(ARGV[1], KEYS[1])', '1', 'k', name])
      return reply instanceof CommandError ? reply.code + reply.message.slice(0, 9) : reply
    }
    const known = (name: string) => {
      if (name.toLowerCase() === 'get') return 'v'
      if (name.toLowerCase() === 'set') return 'ERRWrong num'
      return name === 'del' ? 1 : 'ERRUnknown R'
    }
    for (let round = 0; round < 3; round++) {
      for (const name of commands) {
        r('SET k v')
        expect([name, ask(name)]).toEqual([name, known(name)])
      }
    }
  })

  it('are not found by a name that was taken from them', () => {
    const r = run()
    const ask = (name: string) => r(['EVAL', 'return redis.pcall(ARGV[1], "k")', '0', name])
    r('SET k v')
    expect([ask('GET'), ask('fetch')]).toMatchObject(['v', { code: 'ERR' }])
    r.engine.dispatcher.rename('get', 'fetch')
    expect([ask('GET'), ask('fetch')]).toMatchObject([{ code: 'ERR' }, 'v'])
  })
})
