/** MIGRATE between a server of ours and a real one, in both directions. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type RespiteServer, startServer } from '../../src/runtimes/node/server.ts'
import { TcpLink } from '../helpers/link.ts'
import { type Real, startReal } from '../helpers/real.ts'
import { scratch } from '../helpers/server.ts'

let real: Real
let server: RespiteServer
let ours: TcpLink

beforeAll(async () => {
  real = await startReal()
  server = await startServer({
    settings: [
      ['port', ['0']],
      ['save', ['']],
      ['dir', [scratch()]],
    ],
  })
  ours = await TcpLink.open(server.port)
})

afterAll(async () => {
  ours.close()
  await server.close()
  await real.stop()
})

const say = async (link: TcpLink, line: string): Promise<string> =>
  (await link.call(line.split(' ').map((word) => (word === '""' ? '' : word)))).toString('latin1')

beforeEach(async () => {
  for (const link of [ours, real.control]) {
    expect(await say(link, 'FLUSHALL')).toBe('+OK\r\n')
    await say(link, 'SELECT 0')
  }
})

const MAKE = [
  'SET string value',
  'SET volatile value PX 100000',
  'RPUSH list a b 3',
  'SADD numbers 1 2 3',
  'SADD words a b c',
  'ZADD scores 1.5 a 2 b',
  'HSET hash f v g 7',
]
const KEYS = MAKE.map((line) => line.split(' ')[1] as string)

const digests = (link: TcpLink): Promise<string> =>
  say(link, `DEBUG DIGEST-VALUE ${KEYS.join(' ')}`)

describe.each(['from ours to a real server', 'from a real server to ours'])('%s', (direction) => {
  const out = direction.startsWith('from ours')
  const source = () => (out ? ours : real.control)
  const target = () => (out ? real.control : ours)
  const port = () => (out ? real.port : server.port)

  it('moves keys of every type with their deadlines', async () => {
    server.engine.config.set('enable-debug-command', 'yes')
    for (const line of MAKE) await say(source(), line)
    const before = await digests(source())
    expect(
      await say(source(), `MIGRATE 127.0.0.1 ${port()} "" 0 1000 KEYS ${KEYS.join(' ')}`),
    ).toBe('+OK\r\n')
    expect(await digests(target())).toBe(before)
    expect(await say(source(), 'DBSIZE')).toBe(':0\r\n')
    const ttl = Number((await say(target(), 'PTTL volatile')).slice(1))
    expect(ttl).toBeGreaterThan(50_000)
    expect(ttl).toBeLessThanOrEqual(100_000)
  })

  it('copies, into another database, and overwrites only if told to', async () => {
    await say(source(), 'SET k new')
    await say(target(), 'SELECT 3')
    await say(target(), 'SET k old')
    const migrate = `MIGRATE 127.0.0.1 ${port()} k 3 1000`
    expect(await say(source(), migrate)).toBe(
      '-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n',
    )
    expect(await say(source(), `${migrate} COPY REPLACE`)).toBe('+OK\r\n')
    expect(await say(target(), 'GET k')).toBe('$3\r\nnew\r\n')
    expect(await say(source(), 'GET k')).toBe('$3\r\nnew\r\n')
  })

  it('keeps what the other server has refused, and only that', async () => {
    await say(source(), 'MSET a 1 b 2')
    await say(target(), 'SET a 0')
    expect(await say(source(), `MIGRATE 127.0.0.1 ${port()} "" 0 1000 KEYS a b`)).toBe(
      '-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n',
    )
    expect(await say(source(), 'MGET a b')).toBe('*2\r\n$1\r\n1\r\n$-1\r\n')
    expect(await say(target(), 'MGET a b')).toBe('*2\r\n$1\r\n0\r\n$1\r\n2\r\n')
  })

  it('keeps everything when it is not let in, or when there is no such database', async () => {
    await say(source(), 'SET k v')
    const migrate = `MIGRATE 127.0.0.1 ${port()} k`
    expect(await say(source(), `${migrate} 99 1000`)).toBe(
      '-ERR Target instance replied with error: ERR DB index is out of range\r\n',
    )
    expect(await say(source(), `${migrate} 0 1000 AUTH2 nobody x`)).toBe(
      '-ERR Target instance replied with error: ' +
        'WRONGPASS invalid username-password pair or user is disabled.\r\n',
    )
    expect(await say(source(), 'EXISTS k')).toBe(':1\r\n')
  })
})

describe('while the other server is silent', () => {
  it('reads go on, writes wait, and the keys stay', async () => {
    const other = await TcpLink.open(server.port)
    await say(ours, 'SET k v')
    await say(real.control, 'CLIENT PAUSE 300 ALL')
    const moved = say(ours, `MIGRATE 127.0.0.1 ${real.port} k 0 100`)
    // The request above has arrived when the server counts a second client that waits.
    while (!server.engine.pause.active) await new Promise((done) => setImmediate(done))
    expect(await say(other, 'GET k')).toBe('$1\r\nv\r\n')
    const written = say(other, 'SET k w')
    expect(await moved).toBe('-IOERR error or timeout reading to target instance\r\n')
    expect(await written).toBe('+OK\r\n')
    expect(await say(other, 'GET k')).toBe('$1\r\nw\r\n')
    expect(server.engine.pause.active).toBe(false)
    other.close()
  })
})

describe('a server that is not there', () => {
  it('is told as a real server tells it, and the key stays', async () => {
    await say(ours, 'SET k v')
    await say(real.control, 'SET k v')
    const migrate = 'MIGRATE 127.0.0.1 1 k 0 100'
    expect(await say(ours, migrate)).toBe(await say(real.control, migrate))
    expect(await say(ours, 'GET k')).toBe('$1\r\nv\r\n')
  })
})

describe('the connection', () => {
  const kept = async (): Promise<string | undefined> =>
    /migrate_cached_sockets:(\d+)/.exec(await say(ours, 'INFO stats'))?.[1]
  const connections = async (): Promise<string | undefined> =>
    /total_connections_received:(\d+)/.exec(await say(real.control, 'INFO stats'))?.[1]
  const migrate = (more = ''): Promise<string> =>
    say(ours, `MIGRATE 127.0.0.1 ${real.port} k 0 1000 COPY REPLACE${more}`)

  it('is kept for the next key, but not one that has logged in', async () => {
    await say(ours, 'SET k v')
    expect(await migrate()).toBe('+OK\r\n')
    const before = await connections()
    expect(await kept()).toBe('1')
    expect(await migrate()).toBe('+OK\r\n')
    expect([await kept(), await connections()]).toEqual(['1', before])
    await say(real.control, 'ACL SETUSER mover on nopass +@all ~*')
    expect(await migrate(' AUTH2 mover x')).toBe('+OK\r\n')
    expect([await kept(), await connections()]).toEqual(['1', String(Number(before) + 1)])
  })

  it('is opened again when the other server has closed it', async () => {
    await say(ours, 'SET k v')
    expect(await migrate()).toBe('+OK\r\n')
    await say(real.control, 'CLIENT KILL TYPE normal SKIPME yes')
    await say(real.control, 'DEL k')
    expect(await migrate()).toBe('+OK\r\n')
    expect(await say(real.control, 'GET k')).toBe('$1\r\nv\r\n')
  })
})

describe('the journal', () => {
  it('sees the removal of what was moved', async () => {
    const effects: string[] = []
    const { propagation } = server.engine
    const forget = propagation.listen((unit) => {
      for (const { argv } of unit) effects.push(argv.join(' '))
    })
    await say(ours, 'MSET a 1 b 2')
    await say(ours, `MIGRATE 127.0.0.1 ${real.port} "" 0 1000 KEYS a b none`)
    await say(ours, 'SET a 1')
    await say(ours, `MIGRATE 127.0.0.1 ${real.port} a 0 1000 COPY REPLACE`)
    forget()
    expect(effects).toEqual(['MSET a 1 b 2', 'DEL a b', 'SET a 1'])
  })
})
