/**
 * What a replica is told: the same commands to Respite and to a real server, each with a client that
 * has said SYNC. Both streams must be the same, but for times.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CommandError } from '../../src/core/errors.ts'
import { RespParser } from '../../src/protocol/resp-parser.ts'
import { splitInline } from '../../src/util/words.ts'
import { encodeRequest, TcpLink } from '../helpers/link.ts'
import { Ours } from '../helpers/ours.ts'
import { compareVersions, oracleVersion, type Real, startReal } from '../helpers/real.ts'
import { run } from '../helpers/run.ts'

let real: Real

beforeAll(async () => {
  real = await startReal(['--repl-diskless-sync-delay', '0'])
})

afterAll(() => real?.stop())

const isOld = compareVersions(oracleVersion(), '7.2') < 0

/** Before 7.2 a database was selected in front of a transaction, since then it is inside of it. */
function selectedInside(commands: readonly string[][]): string[][] {
  const inside = [...commands]
  for (let i = 0; i + 1 < inside.length; i++) {
    const [first, second] = [inside[i], inside[i + 1]] as [string[], string[]]
    if (first[0] !== 'SELECT' || second[0] !== 'MULTI') continue
    inside[i] = second
    inside[i + 1] = first
  }
  return inside
}

const SENTINEL = ['SET', 'the end', '1']

/** Takes a stream apart: lines and data in front, then commands. */
class Stream {
  private bytes: Buffer
  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  /** A line, or null if it is not all there. */
  line(): string | null {
    const end = this.bytes.indexOf('\r\n')
    if (end < 0) return null
    const text = this.bytes.toString('latin1', 0, end)
    this.bytes = this.bytes.subarray(end + 2)
    return text
  }

  /** The data behind its length; newlines in front of it are signs of life. */
  payload(): Buffer | null {
    while (this.bytes[0] === 0x0a) this.bytes = this.bytes.subarray(1)
    const length = Number(this.line()?.slice(1) ?? Number.NaN)
    if (!(this.bytes.length >= length)) return null
    const payload = this.bytes.subarray(0, length)
    this.bytes = this.bytes.subarray(length)
    return payload
  }

  commands(): string[][] {
    const parser = new RespParser({ trusted: true, maxBulk: 1 << 29 })
    parser.feed(this.bytes)
    const commands: string[][] = []
    for (let argv = parser.next(); argv !== null; argv = parser.next()) commands.push([...argv])
    return commands.map((argv) => argv.map((word) => word.replace(/^1\d{12}$/, '<time>')))
  }
}

/** Commands up to the sentinel; null while that has not come. */
function told(bytes: Buffer): string[][] | null {
  const stream = new Stream(bytes)
  if (stream.payload() === null) return null
  const commands = stream.commands().filter(([name]) => name !== 'ping')
  const end = commands.findIndex(([, key]) => key === SENTINEL[1])
  return end < 0 ? null : commands.slice(0, end)
}

async function theirs(script: readonly string[][]): Promise<string[][]> {
  await real.control.call(['FLUSHALL'])
  const replica = await TcpLink.open(real.port)
  const client = await TcpLink.open(real.port)
  replica.write(Buffer.from('SYNC\r\n'))
  while (new Stream(replica.inbox.rest).payload() === null) await replica.inbox.more(100)
  for (const request of [...script, SENTINEL]) {
    if (request[0] === 'sleep') await new Promise((done) => setTimeout(done, Number(request[1])))
    else await client.call(request)
  }
  for (let i = 0; i < 50; i++) {
    const commands = told(replica.inbox.rest)
    if (commands !== null) {
      replica.close()
      client.close()
      return commands
    }
    await replica.inbox.more(100)
  }
  throw new Error('the real server did not tell all')
}

function mine(script: readonly string[][]): string[][] {
  const ours = new Ours(Date.now())
  const replica = ours.link(1)
  replica.write(Buffer.from('SYNC\r\n'))
  const client = ours.link(2)
  for (const request of [...script, SENTINEL]) {
    if (request[0] === 'sleep') ours.platform.wind(ours.clock + Number(request[1]))
    else client.write(encodeRequest(request))
  }
  return told(replica.inbox.rest) as string[][]
}

const SCRIPTS: readonly [title: string, ...lines: string[]][] = [
  ['plain writes, and the database first', 'SET a 1', 'INCR a', 'APPEND a x', 'DEL a nothing'],
  ['writes to several databases', 'SET a 1', 'SELECT 3', 'SET a 2', 'SET b 2', 'SELECT 0', 'DEL a'],
  ['nothing of reads and of writes that change nothing', 'SET a 1', 'GET a', 'DEL b', 'SETNX a 2'],
  [
    'relative times as times',
    ...['SET a 1 EX 100', 'SETEX b 100 1', 'PSETEX c 100000 1', 'EXPIRE a 50', 'PEXPIRE a 5000000'],
    ...['GETEX a EX 70', 'GETEX a PERSIST', 'GETEX b', 'EXPIRE b -1', 'GETDEL c'],
  ],
  [
    'what was drawn in place of the drawing',
    ...['SADD s a', 'SPOP s', 'SADD t a', 'SPOP t 1', 'SADD u a b', 'SPOP u 5'],
  ],
  [
    'what was taken in place of the choice',
    ...['RPUSH l a b c d', 'LMPOP 2 k l LEFT', 'LMPOP 1 l RIGHT COUNT 2', 'BLPOP k l 1'],
    ...['ZADD z 1 a 2 b 3 c', 'ZMPOP 1 z MIN', 'BZPOPMAX z 1', 'BZMPOP 1 1 z MAX COUNT 5'],
    ...['RPUSH l a b', 'BRPOPLPUSH l m 1', 'BLMOVE l m LEFT LEFT 1', 'LMOVE m m LEFT RIGHT'],
  ],
  [
    'a transaction in brackets, if it changed more than one thing',
    ...['MULTI', 'SET a 1', 'SET b 2', 'GET a', 'EXEC', 'MULTI', 'SET a 2', 'GET b', 'EXEC'],
    ...['MULTI', 'SELECT 2', 'SET c 3', 'SELECT 0', 'INCR a', 'EXEC', 'MULTI', 'GET a', 'EXEC'],
  ],
  [
    'what was published, inside of a transaction as well',
    ...['PUBLISH ch x', 'SPUBLISH ch y', 'MULTI', 'PUBLISH ch z', 'EXEC'],
    ...['MULTI', 'PUBLISH ch 1', 'SET a 1', 'PUBLISH ch 2', 'EXEC'],
  ],
  ['floats as their results', ...['SET f 1', 'INCRBYFLOAT f 0.5', 'ZINCRBY z 1.5 m']],
  [
    'commands about everything',
    ...['SET a 1', 'SWAPDB 0 1', 'MOVE a 2', 'SELECT 1', 'COPY a b', 'RENAME b c', 'FLUSHDB'],
    ...['FLUSHALL ASYNC', 'FLUSHALL'],
  ],
]

describe('the stream of a replica', () => {
  it.each(SCRIPTS)('has %s', async (_, ...lines) => {
    const script = lines.map((line) => splitInline(line) as string[])
    const expected = await theirs(script)
    expect(expected.length).toBeGreaterThan(0)
    expect(mine(script)).toEqual(isOld ? selectedInside(expected) : expected)
  })
})

describe('keys that have expired', () => {
  const script = (request: string): string[][] =>
    [
      'DEBUG SET-ACTIVE-EXPIRE 0',
      ...['MSET a 1 b 2 c 3', 'PEXPIRE a 10', 'PEXPIRE b 10', 'sleep 15', request],
      'DEBUG SET-ACTIVE-EXPIRE 1',
    ].map((line) => splitInline(line) as string[])

  // In which order they are found is everybody's own.
  it.each(['SCAN 0 COUNT 100', 'MGET a b', 'EXISTS a b c', 'GET b', 'INCR a', 'DEL a b c'])(
    'are told of by %s in brackets or one by one, as by a real server',
    async (request) => {
      const expected = await theirs(script(request))
      expect(expected.length).toBeGreaterThan(4)
      const inside = isOld ? selectedInside(expected) : expected
      expect(mine(script(request)).sort()).toEqual(inside.sort())
    },
  )
})

describe('PSYNC', () => {
  it('answers where in which history the data is, then the data, then the stream', () => {
    const ours = new Ours(Date.now())
    const replica = ours.link(1)
    replica.write(encodeRequest(['REPLCONF', 'listening-port', '6380', 'ip-address', 'replica']))
    replica.write(encodeRequest(['REPLCONF', 'capa', 'eof', 'capa', 'psync2']))
    replica.write(encodeRequest(['PSYNC', '?', '-1']))
    const stream = new Stream(replica.inbox.rest)
    expect([stream.line(), stream.line()]).toEqual(['+OK', '+OK'])
    expect(stream.line()).toBe(`+FULLRESYNC ${ours.engine.replicationId} 0`)
    expect(stream.payload()?.toString('latin1')).toMatch(/^REDIS\d{4}/)
    expect(stream.commands()).toEqual([])

    const client = ours.link(2)
    client.write(encodeRequest(['SET', 'a', '1']))
    const text = '*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n'
    expect(replica.inbox.rest.toString('latin1').endsWith(text)).toBe(true)
    expect(ours.engine.replicas.offset).toBe(text.length)

    replica.write(encodeRequest(['REPLCONF', 'ACK', `${text.length}`]))
    client.inbox.takeAll()
    client.write(encodeRequest(['ROLE']))
    const role = `*3\r\n$6\r\nmaster\r\n:${text.length}\r\n*1\r\n*3\r\n$7\r\nreplica\r\n$4\r\n6380\r\n`
    expect(client.inbox.takeAll().toString('latin1')).toBe(`${role}$2\r\n${text.length}\r\n`)
    client.write(encodeRequest(['INFO', 'replication']))
    const info = client.inbox.takeAll().toString('latin1')
    expect(info).toContain('connected_slaves:1\r\n')
    expect(info).toContain(
      `slave0:ip=replica,port=6380,state=online,offset=${text.length},lag=0\r\n`,
    )
    client.write(encodeRequest(['CLIENT', 'LIST', 'TYPE', 'REPLICA']))
    expect(client.inbox.takeAll().toString('latin1')).toContain(' flags=S ')

    replica.connection.closed()
    expect(ours.engine.replicas.size).toBe(0)
    expect(ours.engine.propagation.active).toBe(false)
  })

  it('hands over the data as it was at that moment', () => {
    const ours = new Ours(Date.now())
    const client = ours.link(2)
    client.write(encodeRequest(['RPUSH', 'l', 'a', 'b']))
    client.write(encodeRequest(['SET', 's', 'v', 'PX', '100000']))
    const replica = ours.link(1)
    replica.write(Buffer.from('SYNC\r\n'))
    client.write(encodeRequest(['RPUSH', 'l', 'c']))
    const stream = new Stream(replica.inbox.rest)
    const r = run()
    for (const _ of r.engine.rdb.load(stream.payload() as Buffer));
    expect(r('LRANGE l 0 -1')).toEqual(['a', 'b'])
    expect(stream.commands()).toEqual([
      ['SELECT', '0'],
      ['RPUSH', 'l', 'c'],
    ])
  })

  it('is refused when the offset is none, and asked for once only', () => {
    const ours = new Ours(Date.now())
    const replica = ours.link(1)
    replica.write(encodeRequest(['PSYNC', '?', 'x']))
    expect(replica.inbox.takeAll().toString()).toBe(
      '-ERR value is not an integer or out of range\r\n',
    )
    replica.write(Buffer.from('SYNC\r\n'))
    replica.inbox.takeAll()
    replica.write(Buffer.from('SYNC\r\n'))
    expect(replica.inbox.takeAll().toString()).toBe('')
  })

  it('hears a PING when nothing has happened for a while', () => {
    const ours = new Ours(Date.now())
    const replica = ours.link(1)
    replica.write(Buffer.from('SYNC\r\n'))
    replica.inbox.takeAll()
    ours.clock += 9999
    expect(replica.inbox.takeAll().toString()).toBe('')
    ours.clock += 1
    expect(replica.inbox.takeAll().toString()).toBe('*1\r\n$4\r\nPING\r\n')
  })

  it('hears of keys that have expired one by one', () => {
    const ours = new Ours(Date.now())
    const client = ours.link(2)
    client.write(encodeRequest(['MSET', 'a', '1', 'b', '2']))
    for (const key of ['a', 'b']) client.write(encodeRequest(['PEXPIRE', key, '10']))
    const replica = ours.link(1)
    replica.write(Buffer.from('SYNC\r\n'))
    expect(new Stream(replica.inbox.takeAll()).payload()).not.toBe(null)
    ours.clock += 1000
    const [first, ...others] = new Stream(replica.inbox.rest).commands()
    expect(first).toEqual(['SELECT', '0'])
    expect(others.map((argv) => argv.join(' ')).sort()).toEqual(['DEL a', 'DEL b'])
  })
})

describe('REPLCONF', () => {
  it('refuses what is not in pairs and what it does not know', () => {
    const r = run()
    expect(r('REPLCONF capa')).toEqual(new CommandError('syntax error'))
    expect(r('REPLCONF nonsense 1')).toEqual(
      new CommandError('Unrecognized REPLCONF option: nonsense'),
    )
    expect(r('REPLCONF listening-port x')).toEqual(
      new CommandError('value is not an integer or out of range'),
    )
  })
})
