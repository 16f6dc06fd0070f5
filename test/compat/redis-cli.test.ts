/**
 * The playground prints what redis-cli prints. Both read the same bytes: redis-cli from a server of
 * this file that says whatever it is told to, the playground through its own reader.
 */
import { spawn } from 'node:child_process'
import { createServer, type Server } from 'node:net'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatText } from '../../demo/format.ts'
import type { Reply } from '../../src/core/reply.ts'
import { RespReader } from '../../src/protocol/resp-reader.ts'
import { formatDouble } from '../../src/util/float.ts'
import { encodeRequest, replyEnd, TcpLink } from '../helpers/link.ts'
import { type Real, startReal } from '../helpers/real.ts'

const CLI = process.env.RESPITE_REDIS_CLI ?? 'redis-cli'

// ---- redis-cli ----------------------------------------------------------------------------------

let replies: readonly Buffer[] = []
let server: Server
let port = 0
let real: Real

beforeAll(async () => {
  server = createServer((socket) => {
    let bytes: Buffer = Buffer.alloc(0)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk as Buffer])
      for (let end = replyEnd(bytes, 0); end > 0; ) {
        const words = bytes.toString('latin1', 0, end).split('\r\n')
        bytes = bytes.subarray(end)
        end = bytes.length > 0 ? replyEnd(bytes, 0) : -1
        if (words[2] === 'HELLO') socket.write('%0\r\n')
        else if (words[2] === 'REPLY') socket.write(replies[Number(words[4])] as Buffer)
        else socket.write('-ERR not here\r\n')
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
  real = await startReal()
})

afterAll(async () => {
  server.close()
  await real.stop()
})

/** What redis-cli writes when the server says these bytes, one after the other. */
async function printed(resp: 2 | 3, bytes: readonly Buffer[]): Promise<string[]> {
  replies = bytes
  // An answer that nothing else looks like, so that the output can be taken apart.
  const mark = `mark-${Math.random()}`
  replies = [...bytes, Buffer.from(`+${mark}\r\n`)]
  const flags = ['-p', `${port}`, '--no-raw', ...(resp === 3 ? ['-3'] : [])]
  const cli = spawn(CLI, flags, { stdio: ['pipe', 'pipe', 'inherit'] })
  const failed = new Promise<never>((_, reject) => cli.once('error', reject))
  let output = ''
  cli.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('latin1')
  })
  cli.stdin.end(bytes.map((_, i) => `REPLY ${i}\nREPLY ${bytes.length}\n`).join(''))
  await Promise.race([failed, new Promise((resolve) => cli.once('close', resolve))])
  const parts = output.split(`${mark}\n`)
  expect(parts.pop()).toBe('')
  expect(parts.length).toBe(bytes.length)
  return parts.map((part) => Buffer.from(part, 'latin1').toString('utf8'))
}

function ours(bytes: Buffer): string {
  const [reply, ...more] = new RespReader().read(bytes)
  expect(more).toEqual([])
  return `${formatText(reply as Reply)}\n`
}

async function compare(resp: 2 | 3, bytes: readonly Buffer[]): Promise<void> {
  const theirs = await printed(resp, bytes)
  const pairs = (texts: readonly string[]) =>
    texts.map((text, i) => `${JSON.stringify((bytes[i] as Buffer).toString('latin1'))}\n${text}`)
  expect(pairs(bytes.map(ours))).toEqual(pairs(theirs))
}

// ---- Replies ------------------------------------------------------------------------------------

const EVERY_BYTE = Buffer.concat([
  Buffer.from('$256\r\n'),
  Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
  Buffer.from('\r\n'),
])

const RESP2 = [
  '+OK',
  '+',
  '+ключ',
  '-ERR no such thing',
  '-LOADING',
  '-WRONGTYPE Operation against a key',
  ':0',
  ':-1',
  ':9223372036854775807',
  ':-9223372036854775808',
  '$-1',
  '$0\r\n',
  '$3\r\na"b',
  '$4\r\n\r\n\t\\',
  '*-1',
  '*0',
  '*1\r\n*0',
  '*2\r\n*-1\r\n$-1',
  '*3\r\n+OK\r\n-ERR inside\r\n:7',
  '*2\r\n*2\r\n:1\r\n*1\r\n$1\r\na\r\n$1\r\nb',
  `*12\r\n${Array.from({ length: 12 }, (_, i) => `:${i}`).join('\r\n')}`,
  `*101\r\n${Array.from({ length: 101 }, (_, i) => `*2\r\n:${i}\r\n$1\r\nx`).join('\r\n')}`,
]

/** Without NaN and big numbers, which redis-cli 7.0 cannot read. */
const RESP3 = [
  '_',
  '#t',
  '#f',
  ',3.141',
  ',10',
  ',-0',
  ',1e+20',
  ',0.1',
  ',inf',
  ',-inf',
  '=8\r\ntxt:text',
  '=4\r\ntxt:',
  '=8\r\nmkd:*é*',
  '=9\r\ntxt:a\r\nb\n',
  '%0',
  '~0',
  '%1\r\n$1\r\nk\r\n:1',
  '%2\r\n$1\r\nk\r\n%1\r\n+a\r\n,1.5\r\n$1\r\nl\r\n*2\r\n:1\r\n_',
  '%1\r\n*2\r\n:1\r\n:2\r\n~2\r\n#t\r\n#f',
  '~3\r\n$1\r\na\r\n~1\r\n$1\r\nb\r\n=7\r\ntxt:ccc',
  `%11\r\n${Array.from({ length: 11 }, (_, i) => `:${i}\r\n*2\r\n:1\r\n:2`).join('\r\n')}`,
  '*3\r\n%0\r\n~0\r\n*0',
]

const asBytes = (texts: readonly string[]): Buffer[] =>
  texts.map((text) => Buffer.from(`${text}\r\n`))

const bulk = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'ab"\\\n\r\t\x07\b\0\x7fé') }),
  )
  .map((text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`)
const line = fc.string({ unit: fc.constantFrom(...'abc XY-3é') })
const scalar = [
  bulk,
  line.map((text) => `+${text}\r\n`),
  line.map((text) => `-ERR a${text}z\r\n`),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => `:${n}\r\n`),
  fc.constant('$-1\r\n'),
]
const scalar3 = [
  fc.constantFrom('_\r\n', '#t\r\n', '#f\r\n'),
  fc.integer().map((n) => `,${formatDouble(n / 1024)}\r\n`),
  line.map((text) => `=${Buffer.byteLength(text) + 4}\r\ntxt:${text}\r\n`),
]

const tree = (resp: 2 | 3): fc.Arbitrary<string> =>
  fc.letrec<{ reply: string; list: string }>((tie) => ({
    reply: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      ...scalar,
      ...(resp === 3 ? scalar3 : []),
      tie('list'),
    ),
    list: fc
      .tuple(
        fc.constantFrom(...(resp === 3 ? ['*', '~', '%'] : ['*'])),
        fc.array(fc.tuple(tie('reply'), tie('reply')), { maxLength: 11 }),
      )
      .map(([kind, pairs]) =>
        kind === '%'
          ? `%${pairs.length}\r\n${pairs.flat().join('')}`
          : `${kind}${pairs.length}\r\n${pairs.map(([first]) => first).join('')}`,
      ),
  })).reply

/** Commands whose replies a real server says the same every time. */
const COMMANDS: readonly (readonly string[])[] = [
  ...[
    'string',
    'integer',
    'double',
    'null',
    'array',
    'set',
    'map',
    'verbatim',
    'true',
    'false',
  ].map((type) => ['DEBUG', 'PROTOCOL', type]),
  ['COMMAND', 'DOCS', 'GETEX', 'CONFIG'],
  ['COMMAND', 'INFO', 'GET', 'NOSUCH', 'XGROUP'],
  ['CONFIG', 'GET', '*max*'],
  ['LCS', 'one', 'two', 'IDX', 'WITHMATCHLEN'],
  ['MGET', 'one', 'none'],
  ['GET', 'list'],
  ['LRANGE', 'list', '0', '-1'],
  ['LRANGE', 'none', '0', '-1'],
  ['FROB', 'a', 'b c'],
  ['LOLWUT', 'VERSION', '5', '10', '2', '2'],
  ['INFO', 'keyspace'],
  ['CLIENT', 'TRACKINGINFO'],
  ['PING'],
]

describe('the playground prints as redis-cli does', () => {
  it('every type of RESP2, with every byte escaped alike', async () => {
    await compare(2, [...asBytes(RESP2), EVERY_BYTE])
  })

  it('every type of RESP3, nested and empty', async () => {
    await compare(3, [...asBytes([...RESP2, ...RESP3]), EVERY_BYTE])
  })

  for (const resp of [2, 3] as const) {
    it(`random replies of RESP${resp}`, async () => {
      for (let round = 0; round < 6; round++) {
        const seed = fc.sample(fc.integer(), 1)[0] as number
        const replies = fc.sample(tree(resp), { numRuns: 250, seed })
        await compare(
          resp,
          replies.map((text) => Buffer.from(text)),
        ).catch((error: unknown) => {
          throw new Error(`seed ${seed}`, { cause: error })
        })
      }
    })

    it(`what a real server says in RESP${resp}`, async () => {
      const link = await TcpLink.open(real.port)
      const ask = async (...argv: string[]): Promise<Buffer> => {
        link.write(encodeRequest(argv))
        return (await link.next()) as Buffer
      }
      await ask('HELLO', `${resp}`)
      await ask('FLUSHALL')
      await ask('MSET', 'one', 'ohmytext', 'two', 'mynewtext')
      await ask('RPUSH', 'list', '', 'a\nb', '\xff\x00')
      const said: Buffer[] = []
      for (const argv of COMMANDS) said.push(await ask(...argv))
      link.close()
      await compare(resp, said)
    })
  }
})
