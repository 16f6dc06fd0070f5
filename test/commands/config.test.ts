import { describe, expect, it } from 'vitest'
import { CommandError } from '../../src/core/errors.ts'
import { EVENTS } from '../../src/core/events.ts'
import { MapReply, OK } from '../../src/core/reply.ts'
import { Config } from '../../src/engine/config.ts'
import { formatEvents, parseEvents, parseMemory } from '../../src/engine/option-kinds.ts'
import { OPTIONS, WITHOUT_EFFECT } from '../../src/engine/options.ts'
import { run } from '../helpers/run.ts'

describe('the table of options', () => {
  it('has every name once, aliases included', () => {
    const names = OPTIONS.flatMap(({ name, alias }) => (alias === '' ? [name] : [name, alias]))
    expect(new Set(names).size).toBe(names.length)
  })

  it('has defaults that their own kind accepts and prints the same', () => {
    for (const { name, value, parse } of OPTIONS) {
      if (value !== '') expect(parse(value, value), name).toBe(value)
    }
  })

  it('gives a reason for each option that has no effect', () => {
    expect(WITHOUT_EFFECT.every(({ reason, options }) => reason !== '' && options.length > 0)).toBe(
      true,
    )
  })

  it('accepts back everything it answers with, as test suites do', () => {
    const r = run({ config: { 'enable-protected-configs': 'yes' } })
    const { items } = r('CONFIG GET *') as MapReply
    expect(items.length).toBeGreaterThan(380)
    for (let i = 0; i < items.length; i += 2) {
      const reply = r(['CONFIG', 'SET', items[i] as string, items[i + 1] as string])
      if (reply instanceof CommandError) {
        expect(reply.message).toMatch(/can't set immutable config$/)
      } else expect(reply).toBe(OK)
    }
  })
})

describe('CONFIG SET', () => {
  it('tells those who follow, once for each change', () => {
    const r = run()
    const seen: string[] = []
    r.engine.config.follow('timeout', (value) => seen.push(value))
    r('CONFIG SET timeout 5')
    expect(seen).toEqual(['0', '5'])
  })

  it('takes everything back when a follower refuses', () => {
    const r = run()
    r.engine.config.follow('port', (value) => {
      if (value === '80')
        throw new CommandError('Unable to listen on this port. Check server logs.')
    })
    expect(r('CONFIG SET timeout 5 port 80')).toEqual(
      new CommandError(
        "CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. " +
          'Check server logs.',
      ),
    )
    expect(r('CONFIG GET timeout port')).toEqual(new MapReply(['timeout', '0', 'port', '6379']))
  })

  it('lets an alias and its name follow each other in one call', () => {
    const r = run()
    expect(r(['CONFIG', 'SET', 'client-output-buffer-limit', 'normal 1 1 1', 'timeout', '3'])).toBe(
      OK,
    )
    expect(r('CONFIG SET slave-priority 3 replica-priority 4')).toBe(OK)
    expect(r('CONFIG GET slave-priority')).toEqual(new MapReply(['slave-priority', '4']))
  })

  it('sets protected options only where a configuration allows it', () => {
    expect(run()('CONFIG SET dir /tmp')).toEqual(
      new CommandError(
        "CONFIG SET failed (possibly related to argument 'dir') - can't set protected config",
      ),
    )
    const r = run({ config: { 'enable-protected-configs': 'yes' } })
    expect(r('CONFIG SET dir /tmp dbfilename x.rdb')).toBe(OK)
    expect(r('CONFIG SET dbfilename a/b')).toEqual(
      new CommandError(
        "CONFIG SET failed (possibly related to argument 'dbfilename') - " +
          "dbfilename can't be a path, just a filename",
      ),
    )
  })

  it('knows the policies of 8.6', () => {
    expect(run()('CONFIG SET maxmemory-policy allkeys-lrm')).toBe(OK)
  })

  it('hides debugging options from patterns only', () => {
    const r = run()
    expect(r('CONFIG GET key-load-dela?')).toEqual(new MapReply([]))
    expect(r('CONFIG GET key-load-delay')).toEqual(new MapReply(['key-load-delay', '0']))
  })
})

describe('CONFIG REWRITE', () => {
  it('is done by the host, who gets names and lines of what is not as at first', () => {
    const r = run()
    const asked: boolean[] = []
    r.engine.onRewriteConfig = (all) => asked.push(all)
    r('CONFIG SET timeout 5')
    r(['CONFIG', 'SET', 'save', '10 20', 'requirepass', 'a "b"'])
    expect(r('CONFIG REWRITE')).toBe(OK)
    expect(r('DEBUG CONFIG-REWRITE-FORCE-ALL')).toBe(OK)
    expect(asked).toEqual([false, true])
    const { config } = r.engine
    expect(config.changed().map((name) => config.line(name))).toEqual(
      expect.arrayContaining(['timeout "5"', 'save 10 20', 'requirepass "a \\"b\\""']),
    )
    expect(config.changed()).not.toContain('maxmemory')
    expect(config.changed(true)).toContain('maxmemory')
  })

  it('needs a file', () => {
    expect(run()('CONFIG REWRITE')).toEqual(
      new CommandError('The server is running without a config file'),
    )
  })
})

describe('CONFIG RESETSTAT', () => {
  it('begins to count from zero', () => {
    const r = run()
    r('GET a')
    r('NOSUCH')
    const counted = () => {
      const { stats } = r.engine
      const get = stats.each().find(({ command }) => command.name === 'get')
      return [stats.keyspaceMisses, stats.errors.size, get?.calls ?? 0]
    }
    expect(counted()).toEqual([1, 1, 1])
    expect(r('CONFIG RESETSTAT')).toBe(OK)
    expect(counted()).toEqual([0, 0, 0])
  })
})

describe('classes of events', () => {
  it('are parsed to bits, and the engine heeds them', () => {
    const r = run({ config: { 'notify-keyspace-events': 'K$' } })
    expect(r.engine.events).toBe(EVENTS.keyspace | EVENTS.string)
    r('CONFIG SET notify-keyspace-events Ex')
    expect(r.engine.events).toBe(EVENTS.keyevent | EVENTS.expired)
  })

  it('come back as the same bits after printing, every single one', () => {
    for (let bits = 0; bits < 1 << 16; bits++) expect(parseEvents(formatEvents(bits))).toBe(bits)
  })

  it('do not have other letters', () => {
    expect(parseEvents('q')).toBeUndefined()
  })
})

describe('memory', () => {
  it.each([
    ['', 0n],
    ['0', 0n],
    ['100', 100n],
    ['1b', 1n],
    ['1k', 1000n],
    ['1kb', 1024n],
    ['1M', 1000000n],
    ['1Mb', 1048576n],
    ['2GB', 2147483648n],
    ['99999999999999999999999', 18446744073709551615n],
  ])('%s', (text, bytes) => {
    expect(parseMemory(text)).toBe(bytes)
  })

  it.each(['-1', '1.5', '1 mb', 'mb1', '1tb', 'x', ' 1'])('refuses %s', (text) => {
    expect(parseMemory(text)).toBeUndefined()
  })
})

describe('a Config', () => {
  it('checks what start-up sets, the immutable options as well', () => {
    const config = new Config(OPTIONS)
    config.set('databases', '4')
    expect(config.int('databases')).toBe(4)
    expect(() => config.set('databases', 'x')).toThrow(CommandError)
    expect(() => config.set('nosuch', 'x')).toThrow(CommandError)
    expect(config.has('SLAVEOF')).toBe(true)
  })
})
