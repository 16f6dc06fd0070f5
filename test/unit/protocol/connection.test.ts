import { describe, expect, it } from 'vitest'
import { families } from '../../../src/commands/index.ts'
import { Engine } from '../../../src/engine/engine.ts'
import { Connection } from '../../../src/protocol/connection.ts'
import { fromBytes, toBytes } from '../../../src/util/bytes.ts'
import { START, TestPlatform } from '../../helpers/run.ts'

function host() {
  const platform = new TestPlatform()
  const engine = new Engine({ platform, commands: families })
  const open = (takes: () => boolean | undefined = () => undefined) => {
    const writes: string[] = []
    const events: string[] = []
    const connection = new Connection(engine, {
      write(bytes) {
        writes.push(fromBytes(bytes))
        return takes()
      },
      end: () => events.push('end'),
    })
    connection.onRelief = () => events.push('relief')
    return {
      connection,
      client: connection.client,
      writes,
      events,
      send: (text: string) => connection.receive(toBytes(text)),
    }
  }
  return { engine, platform, open, ...open() }
}

describe('a connection', () => {
  it('writes once for every piece of input', () => {
    const { send, writes } = host()
    send('SET a 1\r\nGET a\r\nPING\r\n')
    expect(writes).toEqual(['+OK\r\n$1\r\n1\r\n+PONG\r\n'])
    send('PI')
    expect(writes).toHaveLength(1)
    send('NG\r\n')
    expect(writes.slice(1)).toEqual(['+PONG\r\n'])
  })

  it('does not keep the chunks that it is handed', () => {
    const { connection, writes } = host()
    const chunk = toBytes('SET key "a val')
    connection.receive(chunk)
    chunk.fill(0)
    connection.receive(toBytes('ue"\r\nGET key\r\n'))
    expect(writes).toEqual(['+OK\r\n$7\r\na value\r\n'])
  })

  it('answers in order when the engine is flushed in the middle of a request', () => {
    const { engine, send, writes } = host()
    engine.propagation.listen(() => engine.flush())
    send('PING\r\nSET a 1\r\nGET a\r\n')
    expect(writes.join('')).toBe('+PONG\r\n+OK\r\n$1\r\n1\r\n')
  })

  it('counts bytes in both directions, for the client and for all', () => {
    const { send, client, engine } = host()
    send('PING\r\n')
    expect([client.bytesIn, client.bytesOut]).toEqual([6, 7])
    expect([engine.stats.bytesIn, engine.stats.bytesOut]).toEqual([6, 7])
  })

  it('closes after the answer to QUIT and hears nothing more', () => {
    const { send, writes, events, engine } = host()
    send('PING\r\nQUIT\r\nSET a 1\r\n')
    expect(writes).toEqual(['+PONG\r\n+OK\r\n'])
    expect(events).toEqual(['end'])
    expect(engine.clients.size).toBe(0)
    send('SET a 1\r\n')
    expect(engine.keyspace.at(0).size).toBe(0)
  })

  it('closes after a protocol error, which is counted as an error', () => {
    const { send, writes, events, engine } = host()
    send('PING\r\n*x\r\nPING\r\n')
    expect(writes).toEqual(['+PONG\r\n-ERR Protocol error: invalid multibulk length\r\n'])
    expect(events).toEqual(['end'])
    expect(engine.stats.errors.get('ERR')).toBe(1)
  })

  it('that is gone leaves nothing behind', () => {
    const { send, connection, engine, events } = host()
    send('SUBSCRIBE a\r\n')
    connection.closed()
    expect(engine.clients.size).toBe(0)
    expect(engine.pubsub.publish('a', 'x')).toBe(0)
    expect(events).toEqual([])
  })
})

describe('a parked client', () => {
  it('leaves the rest of its input unread, and goes on with it in order', () => {
    const { open, send, writes } = host()
    send('BLPOP l 0\r\nGET a\r\nBLPOP l 0\r\nGET a\r\n')
    expect(writes).toEqual([])
    const other = open()
    other.send('RPUSH l x\r\n')
    expect(writes).toEqual(['*2\r\n$1\r\nl\r\n$1\r\nx\r\n$-1\r\n'])
    other.send('SET a 1\r\nRPUSH l y\r\n')
    expect(writes.slice(1)).toEqual(['*2\r\n$1\r\nl\r\n$1\r\ny\r\n$1\r\n1\r\n'])
  })

  it('is told of a protocol error after its reply', () => {
    const { open, send, writes, events } = host()
    send('BLPOP l 0\r\n*x\r\n')
    expect(events).toEqual([])
    open().send('RPUSH l x\r\n')
    expect(writes).toEqual([
      '*2\r\n$1\r\nl\r\n$1\r\nx\r\n-ERR Protocol error: invalid multibulk length\r\n',
    ])
    expect(events).toEqual(['end'])
  })

  it('goes on when its time is up', () => {
    const { platform, send, writes } = host()
    send('BLPOP l 0.05\r\nPING\r\n')
    platform.wind(platform.now() + 50)
    expect(writes).toEqual(['*-1\r\n+PONG\r\n'])
  })

  it('goes on although its replies are off', () => {
    const { open, send, writes } = host()
    send('CLIENT REPLY OFF\r\nBLPOP l 0\r\nCLIENT REPLY ON\r\n')
    open().send('RPUSH l x\r\n')
    expect(writes).toEqual(['+OK\r\n'])
  })

  it('with a megabyte of input waiting asks the host to stop reading, until it is woken', () => {
    const { open, send, connection, events } = host()
    send('BLPOP l 0\r\n')
    for (let i = 0; i < 16; i++) send('PING\r\n'.repeat(10_000))
    expect(connection.congested).toBe(false)
    for (let i = 0; i < 16; i++) send('PING\r\n'.repeat(10_000))
    expect(connection.congested).toBe(true)
    expect(events).toEqual([])
    open().send('RPUSH l x\r\n')
    expect(events).toEqual(['relief'])
    expect(connection.congested).toBe(false)
  })
})

describe('back-pressure', () => {
  it('is not a matter of one large request that is not complete', () => {
    const { send, connection } = host()
    send(`*2\r\n$4\r\nECHO\r\n$5000000\r\n${'x'.repeat(3_000_000)}`)
    expect(connection.congested).toBe(false)
  })

  it('stops requests as well as reading, once the pipe is full', () => {
    const { open } = host()
    let full = false
    const { send, writes, connection, events } = open(() => !full)
    send(`SET a ${'x'.repeat(60_000)}\r\n`)
    full = true
    send('GET a\r\n'.repeat(1000))
    const made = writes.join('').length
    expect(made).toBeLessThan(400_000)
    expect(connection.congested).toBe(true)
    connection.drained()
    expect(writes.join('').length).toBeLessThan(800_000)
    expect(events).toEqual([])
    full = false
    connection.drained()
    expect(writes.join('').length).toBe(5 + 1000 * 60_010)
    expect(connection.congested).toBe(false)
    expect(events).toEqual(['relief'])
  })

  it('leaves in parts what is too much for one write', () => {
    const { send, writes } = host()
    send(`SET a ${'x'.repeat(60_000)}\r\n`)
    send('GET a\r\n'.repeat(20))
    expect(Math.max(...writes.map((bytes) => bytes.length))).toBeLessThan(400_000)
    expect(writes.join('').length).toBe(5 + 20 * 60_010)
  })
})

describe('a peer that does not take its output', () => {
  /** What Redis does not count, and the bytes of one message. */
  const BUFFER = 16 * 1024
  const MESSAGE = '*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$1\r\nx\r\n'.length
  /** A subscriber whose pipe is full, with so much in it, and somebody who publishes. */
  function crowded(limits: string) {
    const h = host()
    h.engine.config.set('client-output-buffer-limit', limits)
    let pending = 0
    const events: string[] = []
    const slow = new Connection(h.engine, {
      write: () => pending === 0,
      end: () => events.push('end'),
      abort: () => events.push('abort'),
      pending: () => pending,
    })
    slow.receive(toBytes('SUBSCRIBE ch\r\n'))
    const publish = (full: number): void => {
      pending = full
      h.send('PUBLISH ch x\r\n')
    }
    return { ...h, slow, publish, events }
  }

  it('is cut off at the hard limit of its class, at once', () => {
    const { publish, events, engine } = crowded('normal 1 1 1 pubsub 1000 0 0')
    publish(BUFFER + 1000 - MESSAGE)
    expect(events).toEqual([])
    publish(BUFFER + 1001 - MESSAGE)
    expect(events).toEqual(['abort'])
    expect(engine.clients.size).toBe(1)
  })

  it('is cut off when it stays above the soft limit for too long, counted anew when it drains', () => {
    const { publish, events, platform, slow } = crowded('pubsub 0 500 2')
    publish(BUFFER + 501)
    platform.wind(START + 2000)
    publish(BUFFER + 501)
    expect(events).toEqual([])
    slow.drained()
    publish(BUFFER + 501)
    platform.wind(START + 4000)
    publish(BUFFER + 501)
    expect(events).toEqual([])
    platform.wind(START + 4001)
    expect(events).toEqual(['abort'])
  })

  it('has no limit where the limits are zero, and CLIENT LIST tells how far behind it is', () => {
    const { publish, events, send, writes } = crowded('pubsub 0 0 0')
    publish(1e9)
    expect(events).toEqual([])
    send('CLIENT LIST\r\n')
    expect(writes.join('').match(/omem=\d+/g)).toEqual(['omem=0', `omem=${1e9 - BUFFER}`])
  })
})

it('CLIENT KILL closes at once, QUIT when everything has left', () => {
  const h = host()
  const opened = (): string[] => {
    const events: string[] = []
    const connection = new Connection(h.engine, {
      write: () => undefined,
      end: () => events.push('end'),
      abort: () => events.push('abort'),
    })
    sends.push((text) => connection.receive(toBytes(text)))
    return events
  }
  const sends: ((text: string) => void)[] = []
  const killed = opened()
  const quits = opened()
  sends[1]?.(`CLIENT KILL ID ${h.client.id + 1}\r\nQUIT\r\n`)
  expect([killed, quits]).toEqual([['abort'], ['end']])
})

it('requests of a browser are not answered, nor is anything behind them', () => {
  for (const line of ['POST / HTTP/1.1\r\n', 'Host: localhost:6379\r\n', 'host:\r\n']) {
    const { send, writes, client } = host()
    send(`${line}SET k v\r\nGET k\r\n`)
    expect(writes.join('')).toBe('')
    expect(client.closing).toBe(true)
    expect(client.engine.keyspace.size).toBe(0)
  }
})
