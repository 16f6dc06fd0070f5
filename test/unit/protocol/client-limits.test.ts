import { describe, expect, it } from 'vitest'
import { families } from '../../../src/commands/index.ts'
import { Engine } from '../../../src/engine/engine.ts'
import { Connection } from '../../../src/protocol/connection.ts'
import { fromBytes, toBytes } from '../../../src/util/bytes.ts'
import { TestPlatform } from '../../helpers/run.ts'

interface Guest {
  connection: Connection
  say(text: string): string
  /** How the connection ended. */
  ended: string
  /** Bytes that are stuck in the pipe. */
  stuck: number
}

function host(config: Record<string, string> = {}) {
  const platform = new TestPlatform()
  const engine = new Engine({ platform, commands: families, config })
  const open = (): Guest => {
    let heard = ''
    const guest: Guest = {
      connection: new Connection(engine, {
        write: (bytes) => {
          heard += fromBytes(bytes)
        },
        end: () => {
          guest.ended = 'end'
        },
        abort: () => {
          guest.ended = 'abort'
        },
        pending: () => guest.stuck,
      }),
      say(text) {
        heard = ''
        guest.connection.receive(toBytes(text))
        return heard
      },
      ended: '',
      stuck: 0,
    }
    return guest
  }
  const wait = (ms: number): void => {
    for (let left = ms; left > 0; left -= 100) {
      platform.wind(platform.now() + Math.min(100, left))
      engine.cron()
      engine.flush()
    }
  }
  const fields = (guest: Guest): Record<string, string> =>
    Object.fromEntries(
      guest
        .say('CLIENT INFO\r\n')
        .split('\n')
        .slice(1)
        .join('')
        .trim()
        .split(' ')
        .map((field) => field.split('=') as [string, string]),
    )
  return { platform, engine, open, wait, fields }
}

describe('timeout', () => {
  it('closes who has said nothing for so long, but not who listens or waits', () => {
    const { open, wait } = host({ timeout: '10' })
    const [idle, busy, listener, waiting] = [open(), open(), open(), open()]
    listener?.say('SUBSCRIBE ch\r\n')
    waiting?.say('BLPOP l 0\r\n')
    wait(9000)
    busy?.say('PING\r\n')
    wait(2000)
    expect([idle, busy, listener, waiting].map((guest) => guest?.ended)).toEqual([
      'abort',
      '',
      '',
      '',
    ])
  })

  it('of zero closes nobody', () => {
    const { open, wait } = host()
    const guest = open()
    wait(100_000)
    expect(guest.ended).toBe('')
  })
})

describe('client-output-buffer-limit', () => {
  it('cuts off a reply that is too large, and none of it is sent', () => {
    const { open, engine } = host({ 'client-output-buffer-limit': 'normal 100000 0 0' })
    const guest = open()
    guest.say(`SET k ${'x'.repeat(20_000)}\r\n`)
    expect(guest.say('GET k\r\n'.repeat(4)).length).toBe(4 * 20_010)
    expect(guest.say('GET k\r\n'.repeat(6))).toBe('')
    expect(guest.ended).toBe('abort')
    expect(engine.stats.outputLimitDisconnections).toBe(1)
  })

  it('leaves a transaction whole', () => {
    const { open } = host({ 'client-output-buffer-limit': 'normal 100000 0 0' })
    const guest = open()
    guest.say(`SET k ${'x'.repeat(60_000)}\r\n`)
    guest.say('MULTI\r\nSET a 1\r\nGET k\r\nGET k\r\nSET b 2\r\n')
    expect(guest.say('EXEC\r\n')).toBe('')
    expect(guest.ended).toBe('abort')
    expect(open().say('MGET a b\r\n')).toBe('*2\r\n$1\r\n1\r\n$1\r\n2\r\n')
  })

  it('grants little to who has not authenticated', () => {
    const { open } = host({ requirepass: 'secret' })
    const [stranger, friend] = [open(), open()]
    friend?.say('AUTH secret\r\n')
    for (const guest of [stranger, friend]) if (guest) guest.stuck = 16 * 1024 + 1025
    stranger?.say('PING\r\n')
    friend?.say('PING\r\n')
    expect([stranger?.ended, friend?.ended]).toEqual(['abort', ''])
  })
})

describe('client-query-buffer-limit', () => {
  it('also holds for what waits behind a blocking command', () => {
    const { open, engine } = host({ 'client-query-buffer-limit': '1048576' })
    const guest = open()
    guest.say('BLPOP l 0\r\n')
    guest.say('PING\r\n'.repeat(170_000))
    expect(guest.ended).toBe('')
    guest.say('PING\r\n'.repeat(10_000))
    expect(guest.ended).toBe('end')
    expect(engine.stats.inputLimitDisconnections).toBe(1)
  })
})

describe('CLIENT LIST', () => {
  it('tells what waits to be read and how much room there is, which shrinks when nothing comes', () => {
    const { open, wait, engine } = host()
    const [guest, other] = [open(), open()]
    if (guest === undefined || other === undefined) return
    const line = (): string[] =>
      /qbuf=(\d+) qbuf-free=(\d+)/
        .exec(other.say(`CLIENT LIST ID ${guest.connection.client.id}\r\n`))
        ?.slice(1) ?? []
    guest.say('PING\r\n')
    expect(line()).toEqual(['0', '0'])
    guest.say('*2\r\n$4\r\nECHO\r\n$3\r\nab')
    expect(line()).toEqual(['2', String(16 * 1024 - 2)])
    wait(5000)
    expect(line()).toEqual(['2', '0'])
    expect(guest.say('c\r\nPING\r\n')).toBe('$3\r\nabc\r\n+PONG\r\n')
    guest.say(`*2\r\n$4\r\nECHO\r\n$50000\r\n${'x'.repeat(49_000)}`)
    expect(guest.say(`${'x'.repeat(1000)}\r\n`).length).toBe(50_010)
    wait(5000)
    expect(line()).toEqual(['0', '0'])
    expect(engine.clients.size).toBe(2)
  })

  it('counts what a client has the engine remember', () => {
    const { open, fields } = host()
    const guest = open()
    const total = (): number => Number(fields(guest)['tot-mem'])
    let before = total()
    for (const request of [
      `WATCH ${'k'.repeat(1000)}`,
      `SUBSCRIBE ${'c'.repeat(1000)}`,
      `PSUBSCRIBE ${'p'.repeat(1000)}`,
      `SSUBSCRIBE ${'s'.repeat(1000)}`,
    ]) {
      guest.say(`HELLO 3\r\n${request}\r\n`)
      const after = total()
      expect(after - before).toBeGreaterThan(1000)
      expect(after - before).toBeLessThan(1300)
      before = after
    }
    guest.say('UNWATCH\r\nUNSUBSCRIBE\r\nPUNSUBSCRIBE\r\nSUNSUBSCRIBE\r\n')
    expect(total()).toBeLessThan(3000)
    guest.say(`MULTI\r\nSET a ${'x'.repeat(5000)}\r\n`)
    expect(guest.connection.client.transaction?.bytes).toBeGreaterThan(5000)
  })
})

describe('maxmemory-clients', () => {
  const large = (bytes: number): string =>
    `*2\r\n$4\r\nECHO\r\n$${2 * bytes}\r\n${'x'.repeat(bytes)}`

  it('has those go first that hold most, until the others fit', () => {
    const { open, engine } = host({ 'maxmemory-clients': '1mb' })
    const guests = [300_000, 100_000, 400_000, 200_000].map((bytes) => {
      const guest = open()
      // Room for twice as much comes with the second piece.
      guest.say(large(bytes / 2))
      return guest
    })
    expect(guests.map(({ ended }) => ended)).toEqual(['', '', '', ''])
    engine.config.set('maxmemory-clients', '700000')
    engine.flush()
    expect(guests.map(({ ended }) => ended)).toEqual(['', '', 'abort', ''])
    engine.config.set('maxmemory-clients', '200000')
    engine.flush()
    expect(guests.map(({ ended }) => ended)).toEqual(['abort', '', 'abort', 'abort'])
    expect(engine.stats.evictedClients).toBe(3)
  })

  it('is a share of maxmemory if it is a percentage, and no limit without that', () => {
    const { open, engine } = host({ 'maxmemory-clients': '5%' })
    const guest = open()
    guest.say(large(100_000))
    expect(guest.ended).toBe('')
    engine.config.set('maxmemory', '10mb')
    engine.flush()
    expect(guest.ended).toBe('')
    engine.config.set('maxmemory', '2mb')
    engine.flush()
    expect(guest.ended).toBe('abort')
  })

  it('spares who asked for that, until they take it back', () => {
    const { open, engine } = host({ 'maxmemory-clients': '100000' })
    const guest = open()
    expect(guest.say('CLIENT NO-EVICT ON\r\n')).toBe('+OK\r\n')
    guest.say(large(200_000))
    expect(guest.ended).toBe('')
    guest.say('x'.repeat(200_000))
    guest.say('\r\n')
    guest.say('CLIENT NO-EVICT OFF\r\n')
    expect(guest.ended).toBe('')
    guest.say(large(200_000))
    expect(guest.ended).toBe('abort')
    expect(engine.clients.size).toBe(0)
  })

  it.each([
    [
      'a transaction',
      (i: number) => `${i === 0 ? 'MULTI\r\n' : ''}SET k${i} ${'v'.repeat(1000)}\r\n`,
    ],
    ['keys that are watched', (i: number) => `WATCH key:${i}\r\n`],
    ['channels', (i: number) => `SUBSCRIBE channel:${i}\r\n`],
    ['patterns', (i: number) => `PSUBSCRIBE pattern:${i}*\r\n`],
    ['prefixes', (i: number) => `HELLO 3\r\nCLIENT TRACKING ON BCAST PREFIX prefix:${i}:\r\n`],
    ['replies that are not taken', (i: number) => `ECHO ${i}\r\n`],
  ])('counts %s', (what, request) => {
    const { open, wait } = host({ 'maxmemory-clients': '100000' })
    const [guest, other] = [open(), open()]
    if (guest === undefined || other === undefined) return
    for (let i = 0; i < 2000 && guest.ended === ''; i++) {
      if (what.startsWith('replies')) guest.stuck += 1000
      guest.say(request(i))
    }
    expect(guest.ended).toBe('abort')
    wait(1000)
    expect(other.say('PING\r\n')).toBe('+PONG\r\n')
  })
})

describe('INFO', () => {
  it('has the largest input and output of a client of the last seconds', () => {
    const { open, wait, engine } = host()
    const [first, second] = [open(), open()] as [Guest, Guest]
    const recent = () => engine.clientLimits.recent
    first.say(`*2\r\n$4\r\nECHO\r\n$60000\r\n${'x'.repeat(50_000)}`)
    second.stuck = 70_000
    wait(1000)
    expect(recent().input).toBeGreaterThan(50_000)
    expect(recent().output).toBe(70_000)
    expect(second.say('INFO clients\r\n')).toContain('client_recent_max_output_buffer:70000\r\n')
    first.connection.closed()
    second.stuck = 0
    wait(3000)
    expect(recent().output).toBe(70_000)
    wait(8000)
    expect(recent().output).toBe(0)
    expect(recent().input).toBeLessThan(50_000)
  })
})

describe('a word that was announced', () => {
  const word = (length: number, sent: number): string =>
    `*2\r\n$4\r\nECHO\r\n$${length}\r\n${'x'.repeat(sent)}`

  it('counts for the client that has announced it, before it is there', () => {
    const { open, fields } = host()
    const [first, second] = [open(), open()] as [Guest, Guest]
    second.say('CLIENT SETNAME me\r\n')
    second.say(word(100_000, 10))
    const line = /name=me .*/.exec(first.say('CLIENT LIST\r\n'))?.[0] ?? ''
    expect(Number(/tot-mem=(\d+)/.exec(line)?.[1])).toBeGreaterThan(100_000)
    expect(line).toContain(' qbuf=10 ')
    expect(Number(fields(first)['tot-mem'])).toBeLessThan(30_000)
  })

  it('ends it where that is too much, but drives no keys out', () => {
    const { open, engine } = host({ 'maxmemory-clients': '200000' })
    const [first, second] = [open(), open()] as [Guest, Guest]
    first.say(word(100_000, 10))
    expect(first.ended).toBe('')
    second.say(word(300_000, 10))
    expect([first.ended, second.ended]).toEqual(['', 'abort'])
    engine.config.set('maxmemory-clients', '0')
    engine.config.set('maxmemory', String(engine.eviction.used + 50_000))
    const used = engine.eviction.used
    open().say(word(100_000_000, 10))
    expect(engine.eviction.used - used).toBeLessThan(30_000)
  })

  it('that is over the limit of input ends it when it is there, line end included', () => {
    const { open, engine } = host({ 'client-query-buffer-limit': '1048576' })
    const [first, second] = [open(), open()] as [Guest, Guest]
    first.say(word(1_048_574, 1_000_000))
    expect(first.say(`${'x'.repeat(48_574)}\r\n`)).toMatch(/^\$1048574/)
    second.say(word(1_048_576, 1_000_000))
    expect(second.say(`${'x'.repeat(48_576)}\r\n`)).toBe('')
    expect(second.ended).not.toBe('')
    expect(engine.stats.inputLimitDisconnections).toBe(1)
  })
})

describe('output buffer limits', () => {
  it.each(['HRANDFIELD h', 'SRANDMEMBER s', 'ZRANDMEMBER z'])(
    'end who asks %s for more than anybody could be sent',
    (command) => {
      const { open, engine } = host()
      const [first, second] = [open(), open()] as [Guest, Guest]
      first.say('HSET h a 1\r\nSADD s a\r\nZADD z 1 a\r\n')
      expect(first.say(`${command} -999999999\r\n`)).toBe('-ERR value is out of range\r\n')
      engine.config.set('client-output-buffer-limit', 'normal 100000 0 0')
      expect(first.say(`${command} -999999999\r\nPING\r\n`)).toBe('')
      expect(first.ended).toBe('abort')
      expect(engine.stats.outputLimitDisconnections).toBe(1)
      expect(second.say('PING\r\n')).toBe('+PONG\r\n')
    },
  )

  it('are held against a long reply as a whole', () => {
    const { open, engine } = host({ 'client-output-buffer-limit': 'normal 100000 0 0' })
    const guest = open()
    guest.say(`SET a ${'x'.repeat(99_000)}\r\nSET b ${'x'.repeat(100_000)}\r\n`)
    expect(guest.say('GET a\r\n')).toHaveLength(99_010)
    expect(guest.say('GET b\r\n')).toBe('')
    expect(guest.ended).toBe('abort')
    expect(engine.stats.outputLimitDisconnections).toBe(1)
  })
})

describe('maxmemory counts what clients hold', () => {
  /** A server with keys, and no room for more than this. */
  function full(room: number, policy = 'allkeys-random') {
    const { open, engine, ...rest } = host({ 'maxmemory-policy': policy })
    const [first, second] = [open(), open()] as [Guest, Guest]
    for (let i = 0; i < 50; i++) first.say(`SET k${i} ${'v'.repeat(1000)}\r\n`)
    engine.config.set('maxmemory', String(engine.eviction.used + room))
    const keys = (): number => engine.keyspace.size
    return { first, second, open, engine, keys, ...rest }
  }

  it('and keys go for replies that are not taken, until they are', () => {
    const { first, second, keys, engine } = full(20_000)
    second.stuck = 40_000
    second.say('PING\r\n')
    first.say('PING\r\n')
    const left = keys()
    expect(left).toBeLessThan(40)
    expect(engine.stats.evictedKeys).toBe(50 - left)
    second.stuck = 0
    first.say('SET more 1\r\n')
    first.say('PING\r\n')
    expect(keys()).toBe(left + 1)
  })

  it('and for the beginning of a request', () => {
    const { first, second, keys } = full(20_000)
    second.say(`*2\r\n$4\r\nECHO\r\n$60000\r\n${'x'.repeat(50_000)}`)
    first.say('PING\r\n')
    expect(keys()).toBeLessThan(40)
    second.connection.closed()
    first.say('SET more 1\r\n')
    expect(keys()).toBeGreaterThan(0)
  })

  it.each(['SUBSCRIBE', 'PSUBSCRIBE', 'SSUBSCRIBE', 'WATCH'])('and for names: %s', (command) => {
    const { first, second, engine } = full(20_000, 'noeviction')
    for (let i = 0; i < 30; i++) second.say(`${command} name:${i}:${'x'.repeat(1000)}\r\n`)
    expect(first.say('SET more 1\r\n')).toMatch(/^-OOM command not allowed/)
    if (command !== 'WATCH') {
      expect(second.say(`${command} more\r\n`)).toMatch(/^-OOM command not allowed/)
    }
    second.connection.closed()
    expect(first.say('SET more 1\r\n')).toBe('+OK\r\n')
    expect(engine.keyspace.size).toBe(51)
  })

  it('and for what a transaction queues', () => {
    const { first, second } = full(20_000, 'noeviction')
    second.say('MULTI\r\n')
    for (let i = 0; i < 30; i++) second.say(`SET a ${'x'.repeat(1000)}\r\n`)
    expect(first.say('SET more 1\r\n')).toMatch(/^-OOM command not allowed/)
    expect(second.say('EXEC\r\n')).toMatch(/^-EXECABORT/)
    expect(first.say('SET more 1\r\n')).toBe('+OK\r\n')
  })
})

describe('eviction', () => {
  it('tells a client of its copies that went before it gives the reply', () => {
    const { open, engine } = host({ 'maxmemory-policy': 'volatile-random' })
    const guest = open()
    guest.say('HELLO 3\r\nCLIENT TRACKING ON\r\nSET v x EX 100\r\nGET v\r\n')
    engine.config.set('maxmemory', String(engine.eviction.used + 1000))
    expect(guest.say('SETBIT big 80000 0\r\n')).toBe(':0\r\n')
    expect(guest.say('GETBIT big 0\r\n')).toBe('>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nv\r\n:0\r\n')
  })
})
