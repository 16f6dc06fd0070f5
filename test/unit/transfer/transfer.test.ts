import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Reply } from '../../../src/core/reply.ts'
import type { Engine } from '../../../src/engine/engine.ts'
import { startEngine } from '../../../src/runtimes/engine.ts'
import { nodePlatform } from '../../../src/runtimes/node/platform.ts'
import { exportAofFolder, exportData } from '../../../src/transfer/export.ts'
import { importAofFolder, importData } from '../../../src/transfer/import.ts'
import { NOWHERE } from '../../../src/transfer/scratch.ts'
import {
  type ExportOptions,
  type ImportOptions,
  type ImportReport,
  TransferError,
  type TransferFormat,
} from '../../../src/transfer/types.ts'
import { fromBytes, toBytes } from '../../../src/util/bytes.ts'
import { digest as lines } from '../../helpers/digest.ts'
import { requests } from '../../helpers/values.ts'

/** Lines that are short enough to be read when they differ. */
const digest = (engine: Engine): string[] =>
  lines(engine).map((line) =>
    line.length < 200
      ? line
      : `${line.slice(0, 40)}… ${createHash('md5').update(line, 'latin1').digest('hex')}`,
  )

type Ask = (...words: (string | number)[]) => Reply

function world(config: Record<string, string> = {}): { engine: Engine; ask: Ask } {
  const engine = startEngine({
    platform: nodePlatform(),
    config: { 'enable-debug-command': 'yes', ...config },
  })
  engine.stop()
  const client = engine.connect(NOWHERE)
  client.authenticated = true
  return { engine, ask: (...words) => engine.execute(client, words.map(String)) }
}

async function written(engine: Engine, options: ExportOptions): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of exportData(engine, options)) pieces.push(piece.slice())
  return joined(pieces)
}

const joined = (pieces: Iterable<Uint8Array>): Uint8Array =>
  new Uint8Array(Buffer.concat([...pieces]))

/** In pieces of so many bytes. */
function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const failure = async (promise: Promise<unknown>): Promise<TransferError> => {
  try {
    await promise
  } catch (error) {
    if (error instanceof TransferError) return error
    throw error
  }
  throw new Error('it did not fail')
}

/** Every type, small and large, with bytes that are no text. */
function filled(): { engine: Engine; ask: Ask } {
  const made = world()
  const { ask } = made
  for (const [i, request] of fc.sample(requests, { seed: 7, numRuns: 200 }).entries()) {
    ask(request[0] as string, `key:${i}`, ...request.slice(2))
  }
  ask('SET', 'bytes', '\xff\0\xfe')
  ask('SET', 'text', '\xc3\xa9t\xc3\xa9')
  ask('SET', '\xff\xfe key', 'v')
  ask('SET', 'soon', 'v', 'PXAT', 33000000000000)
  ask('SET', 'edited', 'x'.repeat(50))
  ask('SETRANGE', 'edited', 10, '\xf0\x9f')
  for (let i = 0; i < 3000; i++) {
    ask('RPUSH', 'list', `element ${i}`)
    ask('HSET', 'hash', `field ${i}`, `\xff${i}`)
    ask('ZADD', 'zset', i / 7, `member ${i}`)
    ask('SADD', 'set', `member ${i}`)
    ask('XADD', 'stream', `${i + 1}-1`, 'f', `value ${i}`)
    ask('ARSET', 'array', i * 5, `text ${i}`)
    if (i < 200) ask('VADD', 'vectors', 'VALUES', 3, Math.sin(i), Math.cos(i), 1, `e${i}`)
  }
  ask('ZADD', 'zset', 'inf', 'most', '-inf', 'least')
  ask('HPEXPIREAT', 'hash', 33000000000000, 'FIELDS', 2, 'field 7', 'field 9')
  ask('HSET', 'short', 'f', 'v', 'g', 'w')
  ask('HPEXPIREAT', 'short', 33000000000000, 'FIELDS', 1, 'f')
  ask('XDEL', 'stream', '5-1', '77-1')
  ask('XGROUP', 'CREATE', 'stream', 'g', 0)
  ask('XREADGROUP', 'GROUP', 'g', 'me', 'COUNT', 50, 'STREAMS', 'stream', '>')
  ask('XACK', 'stream', 'g', '3-1')
  ask('ARINSERT', 'ring', 'a', 'b')
  ask('SELECT', 9)
  ask('SADD', 'numbers', 1, 2, 3)
  ask('SELECT', 0)
  return made
}

const FORMATS: readonly TransferFormat[] = ['rdb', 'aof', 'resp', 'json']

describe('what is exported can be imported', () => {
  const { engine } = filled()

  it.each(FORMATS)('%s brings all data back, in pieces of any size', async (format) => {
    const bytes = await written(engine, { format })
    for (const size of [bytes.length, 65536, 777]) {
      const copy = world().engine
      const report = await importData(copy, cut(bytes, size), format === 'resp' ? { format } : {})
      expect(digest(copy)).toEqual(digest(engine))
      expect(report.refusals).toEqual([])
      expect(report.losses).toEqual([])
      if (format !== 'resp') expect(report.keys).toBe(engine.keyspace.size)
    }
  })

  it('an append-only file may be requests from its beginning', async () => {
    const bytes = await written(engine, { format: 'aof', preamble: false })
    expect(fromBytes(bytes.subarray(0, 1))).toBe('*')
    const copy = world().engine
    const report = await importData(copy, cut(bytes, 4096))
    expect(report.format).toBe('aof')
    expect(digest(copy)).toEqual(digest(engine))
  })

  it('a folder of append-only files comes back by its manifest', async () => {
    for (const preamble of [true, false]) {
      const files = []
      for await (const { name, bytes } of exportAofFolder(engine, { preamble, name: 'my file' })) {
        const pieces: Uint8Array[] = []
        for await (const piece of bytes) pieces.push(piece.slice())
        files.push({ name, size: 0, open: () => pieces })
      }
      expect(files.at(-1)?.name).toBe('my file.manifest')
      const copy = world().engine
      await importAofFolder(copy, files)
      expect(digest(copy)).toEqual(digest(engine))
    }
  })

  it('a byte at a time, of every format', async () => {
    const small = world()
    for (const [i, request] of fc.sample(requests, { seed: 3, numRuns: 25 }).entries()) {
      small.ask(request[0] as string, `key:${i}`, ...request.slice(2).slice(0, 20))
    }
    for (const format of FORMATS) {
      const bytes = await written(small.engine, { format })
      const copy = world().engine
      await importData(copy, cut(bytes, 1), format === 'resp' ? { format } : {})
      expect(digest(copy)).toEqual(digest(small.engine))
    }
  })

  it('libraries of functions come along', async () => {
    const from = world()
    const library = `#!lua name=mine\nredis.register_function('one', function() return 1 end)`
    from.engine.rdb.libraries.load(library, false)
    for (const format of ['rdb', 'json'] as const) {
      const copy = world().engine
      const report = await importData(copy, [await written(from.engine, { format })])
      expect(report.libraries).toBe(1)
      expect([...copy.rdb.libraries.sources()]).toEqual([library])
    }
  })
})

describe('an export', () => {
  it.each(FORMATS)(
    'as %s has the data of its beginning, whatever is written meanwhile',
    async (format) => {
      const { engine, ask } = filled()
      for (let i = 0; i < 20000; i++) ask('SET', `more:${i}`, `value ${i}`)
      const before = digest(engine)
      const pieces: Uint8Array[] = []
      let turn = 0
      for await (const piece of exportData(engine, { format, sliceMicros: 200 })) {
        pieces.push(piece.slice())
        turn++
        for (let i = 0; i < 200; i++) {
          const n = (turn * 7919 + i * 31) % 20000
          ask('SET', `more:${n}`, 'changed')
          ask('DEL', `more:${(n * 3) % 20000}`)
          ask('SET', `new:${turn}:${i}`, 'x')
        }
        ask('LPUSH', 'list', 'first')
        ask('HSET', 'hash', 'field 1', 'changed')
        ask('ZADD', 'zset', turn, 'member 1')
        ask('SREM', 'set', `member ${turn}`)
        ask('XADD', 'stream', `${100000 + turn}-0`, 'f', 'v')
        ask('SETRANGE', 'edited', 1, 'changed')
        ask('VREM', 'vectors', `e${turn}`)
      }
      expect(turn).toBeGreaterThan(3)
      const copy = world().engine
      await importData(copy, pieces, format === 'resp' ? { format } : {})
      expect(digest(copy)).toEqual(before)
    },
  )

  it('ends with an error when the data are removed, and when it is told to', async () => {
    const { engine, ask } = filled()
    for (let i = 0; i < 20000; i++) ask('SET', `more:${i}`, `value ${i}`)
    const run = async (act: () => void, options: ExportOptions = {}) => {
      for await (const _ of exportData(engine, { sliceMicros: 100, ...options })) act()
    }
    const signal = { aborted: false }
    const end = () => {
      signal.aborted = true
    }
    expect((await failure(run(end, { signal }))).code).toBe('aborted')
    expect((await failure(run(() => ask('FLUSHALL')))).code).toBe('failed')
    // Nobody is left listening.
    expect(engine.keyspace.databases.every(({ reader }) => reader === null)).toBe(true)
  })

  it('has how often and when keys were used, where that counts', async () => {
    for (const [policy, ask, value] of [
      ['allkeys-lru', 'IDLETIME', 1000],
      ['volatile-lfu', 'FREQ', 200],
    ] as const) {
      const config = { 'maxmemory-policy': policy }
      const from = world(config)
      from.ask('SET', 'k', 'v')
      const payload = from.ask('DUMP', 'k') as string
      from.ask('RESTORE', 'k', 0, payload, 'REPLACE', ask, value)
      const copy = world(config)
      await importData(copy.engine, [await written(from.engine, {})])
      expect(copy.ask('OBJECT', ask, 'k')).toBe(value)
    }
  })

  it('refuses what an old version has no form for, and names the key', async () => {
    const { engine, ask } = world()
    ask('HSET', 'timed', 'f', 'v')
    ask('HPEXPIREAT', 'timed', 33000000000000, 'FIELDS', 1, 'f')
    const error = await failure(written(engine, { version: 10 }))
    expect([error.code, error.key]).toEqual(['unsupported', 'timed'])
  })
})

describe('an import', () => {
  const source = async (format: TransferFormat = 'rdb'): Promise<Uint8Array> => {
    const { engine, ask } = world()
    ask('SET', 'a', 'new')
    ask('SET', 'b', 'new')
    return written(engine, { format })
  }

  const target = () => {
    const made = world()
    made.ask('SET', 'a', 'old')
    made.ask('SET', 'c', 'old')
    return made
  }

  it('replaces all data, or adds to them, as it is told', async () => {
    const bytes = await source()
    const outcome = async (mode: NonNullable<ImportOptions['mode']>) => {
      const { engine, ask } = target()
      const { keys, replaced, kept } = await importData(engine, [bytes], { mode })
      return [...['a', 'b', 'c'].map((key) => ask('GET', key)), keys, replaced, kept]
    }
    expect(await outcome('replace')).toEqual(['new', 'new', null, 2, 0, 0])
    expect(await outcome('overwrite')).toEqual(['new', 'new', 'old', 2, 1, 0])
    expect(await outcome('keep')).toEqual(['old', 'new', 'old', 1, 0, 1])
  })

  it('that fails or is given up has changed nothing', async () => {
    const bytes = await source()
    for (const format of ['rdb', 'json'] as const) {
      const whole = format === 'rdb' ? bytes : await source('json')
      for (let end = 0; end < whole.length - 1; end++) {
        const { engine } = target()
        const before = digest(engine)
        const error = await failure(importData(engine, [whole.slice(0, end)], { format }))
        expect(error.code).toBe('malformed')
        expect(error.offset).toBeLessThanOrEqual(end)
        expect(digest(engine)).toEqual(before)
        expect(engine.loading).toBe(false)
      }
    }
    const { engine } = target()
    const before = digest(engine)
    const error = await failure(importData(engine, [bytes], { signal: { aborted: true } }))
    expect(error.code).toBe('aborted')
    expect(digest(engine)).toEqual(before)
  })

  it('is one at a time', async () => {
    const { engine } = target()
    const bytes = await source()
    const first = importData(engine, [bytes])
    expect((await failure(importData(engine, [bytes]))).code).toBe('busy')
    await first
    await importData(engine, [bytes])
  })

  it('breaks what is watched, and wakes those who wait', async () => {
    const from = world()
    from.ask('RPUSH', 'list', 'a')
    const bytes = await written(from.engine, {})
    const { engine, ask } = target()
    const replies: Reply[] = []
    const waiting = engine.connect({ ...NOWHERE, reply: (reply) => replies.push(reply) })
    waiting.submit(['BLPOP', 'list', '0'])
    ask('WATCH', 'a')
    await importData(engine, [bytes])
    engine.flush()
    expect(replies).toEqual([['list', 'a']])
    ask('MULTI')
    expect(ask('EXEC')).not.toEqual([])
  })

  it('tells how far it is', async () => {
    const { engine } = filled()
    const bytes = await written(engine, {})
    const told: number[] = []
    await importData(world().engine, cut(bytes, 4096), {
      total: bytes.length,
      sliceMicros: 100,
      onProgress: ({ bytes: read, total }) => {
        expect(total).toBe(bytes.length)
        told.push(read)
      },
    })
    expect(told.length).toBeGreaterThan(3)
    expect(told).toEqual([...told].sort((a, b) => a - b))
    expect(told.at(-1)).toBe(bytes.length)
  })

  it('of more databases than there are is refused', async () => {
    const from = world({ databases: '20' })
    from.ask('SELECT', 19)
    from.ask('SET', 'k', 'v')
    for (const format of ['rdb', 'aof', 'json'] as const) {
      const bytes = await written(from.engine, { format, preamble: false })
      const error = await failure(importData(world().engine, [bytes]))
      expect(error.reason).toBe('there is no database 19')
    }
  })
})

describe('append-only files', () => {
  const load = async (
    text: string,
    options: ImportOptions = {},
    config: Record<string, string> = {},
  ): Promise<{ ask: Ask; report: ImportReport }> => {
    const { engine, ask } = world(config)
    return { ask, report: await importData(engine, [toBytes(text)], { format: 'aof', ...options }) }
  }
  const line = (...words: string[]): string =>
    `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`

  it('that are cut off are taken up to there, if that is allowed', async () => {
    const good = line('SELECT', '0') + line('SET', 'a', '1') + line('SET', 'b', '2')
    const start = line('SELECT', '0').length + line('SET', 'a', '1').length
    for (let end = start + 1; end < good.length; end++) {
      const { ask, report } = await load(good.slice(0, end))
      expect([ask('GET', 'a'), ask('GET', 'b')]).toEqual(['1', null])
      const allowed = 'aof-load-truncated'
      expect(report.truncated).toEqual({ file: '', offset: start, bytes: end - start, allowed })
    }
    const error = await failure(load(good.slice(0, -1), {}, { 'aof-load-truncated': 'no' }))
    expect(error.reason).toBe('the data ends too early')
  })

  it('with a transaction that has no end are taken up to its beginning', async () => {
    const start = line('SET', 'a', '1')
    const { ask, report } = await load(start + line('MULTI') + line('SET', 'b', '2'))
    expect([ask('GET', 'a'), ask('GET', 'b')]).toEqual(['1', null])
    expect(report.truncated?.offset).toBe(start.length)
    const whole = await load(start + line('MULTI') + line('SET', 'b', '2') + line('EXEC'))
    expect(whole.ask('GET', 'b')).toBe('2')
  })

  it('that are damaged in the middle are refused, and taken up to there by a repair', async () => {
    const good = line('SET', 'a', '1')
    const bad = `${good}!3\r\n${line('SET', 'b', '2')}`
    const error = await failure(load(bad))
    expect([error.code, error.offset, error.reason]).toEqual([
      'malformed',
      good.length,
      'this is no request',
    ])
    const { ask, report } = await load(bad, { repair: true })
    expect([ask('GET', 'a'), ask('GET', 'b')]).toEqual(['1', null])
    expect(report.losses).toEqual([
      { file: '', offset: good.length, key: null, reason: 'this is no request' },
    ])
  })

  it('may have a damaged end, if it is no longer than is allowed', async () => {
    const good = line('SET', 'a', '1')
    const bad = `${good}!!!`
    const load3 = await load(bad, {}, { 'aof-load-corrupt-tail-max-size': '3' })
    expect(load3.ask('GET', 'a')).toBe('1')
    expect(load3.report.truncated?.allowed).toBe('aof-load-corrupt-tail-max-size')
    const error = await failure(load(bad, {}, { 'aof-load-corrupt-tail-max-size': '2' }))
    expect(error.offset).toBe(good.length)
  })

  it('can be taken up to a point in time', async () => {
    const text =
      `#TS:100\r\n${line('SET', 'a', '1')}#TS:200\r\n${line('SET', 'a', '2')}` +
      `#TS:300\r\n${line('SET', 'a', '3')}`
    const at = async (until: number) => {
      const { ask, report } = await load(text, { until })
      return [ask('GET', 'a'), report.stoppedAt]
    }
    expect(await at(99_999)).toEqual([null, 100_000])
    expect(await at(100_000)).toEqual(['1', 200_000])
    expect(await at(299_999)).toEqual(['2', 300_000])
    expect(await at(300_000)).toEqual(['3', null])
  })

  it('with requests that are refused are taken, and say which', async () => {
    const text = line('SET', 'a', '1') + line('LPUSH', 'a', 'x') + line('SET', 'b', '2')
    const { ask, report } = await load(text)
    expect(ask('GET', 'b')).toBe('2')
    expect(report.refused).toBe(1)
    expect(report.refusals[0]?.offset).toBe(line('SET', 'a', '1').length)
    expect(report.refusals[0]?.request).toBe('LPUSH a x')
    expect(report.refusals[0]?.error).toContain('WRONGTYPE')
  })

  it('with a command that nobody knows are refused, and taken up to there by a repair', async () => {
    const text = line('SET', 'a', '1') + line('bla', 'x') + line('SET', 'b', '2')
    const error = await failure(load(text))
    expect(error.reason).toBe("Unknown command 'bla' reading the append only file")
    expect(error.offset).toBe(line('SET', 'a', '1').length)
    const { ask, report } = await load(text, { repair: true })
    expect([ask('GET', 'a'), ask('GET', 'b')]).toEqual(['1', null])
    expect(report.losses.length).toBe(1)
  })

  it('of a folder are loaded in order, and only the last may be cut off', async () => {
    const file = (name: string, text: string) => ({
      name,
      size: text.length,
      open: () => [toBytes(text)],
    })
    const folder = (base: string, ...increments: string[]) => [
      file(
        'x.manifest',
        `file b seq 1 type b\n${increments.map((_, i) => `file i${i} seq ${i + 1} type i\n`).join('')}file old seq 1 type h\n`,
      ),
      file('b', base),
      ...increments.map((text, i) => file(`i${i}`, text)),
    ]
    const { engine, ask } = world()
    const set = line('SELECT', '3') + line('SET', 'a', '1')
    // Each file begins in database 0.
    const report = await importAofFolder(
      engine,
      folder(set, line('INCR', 'a'), `${line('INCR', 'a')}*1\r\n`),
    )
    expect(ask('GET', 'a')).toBe('2')
    expect(report.truncated?.file).toBe('i1')
    const error = await failure(importAofFolder(engine, folder(`${set}*`, line('INCR', 'a'))))
    expect([error.code, error.file]).toEqual(['malformed', 'b'])
    const gone = await failure(importAofFolder(engine, folder(set, '').slice(0, 2)))
    expect(gone.reason).toBe('the file i0 is missing: No such file or directory')
    expect(ask('GET', 'a')).toBe('2')
  })

  it.each([
    ['file a seq 1 type b\nfile b seq 2 type b\n', 'Found duplicate base file information'],
    ['file a seq 2 type i\nfile b seq 2 type i\n', 'Found a non-monotonic sequence number'],
    ['file ../a seq 1 type b\n', "File can't be a path, just a filename"],
    ['file a seq 1 type x\n', 'Unknown AOF file type'],
    ['file a seq x type b\n', 'Invalid AOF manifest file format'],
    ['seq 1 type b\n', 'Invalid AOF manifest file format'],
    ['file a seq 1 type\n', 'Invalid AOF manifest file format'],
    ['file "a seq 1 type b\n', 'Invalid AOF manifest file format'],
    ['file a seq 1 type b\n\nfile c seq 1 type i\n', 'Invalid AOF manifest file format'],
    ['', 'Found an empty AOF manifest'],
    [`file a seq 1 type b ${'x'.repeat(1024)}\n`, 'The AOF manifest file contains too long line'],
  ])('with the manifest %j are refused', async (text, reason) => {
    const files = [{ name: 'm.manifest', size: 0, open: () => [toBytes(text)] }]
    expect((await failure(importAofFolder(world().engine, files))).reason).toBe(reason)
  })
})

describe('requests', () => {
  it('run on the data as they are, as lines or as RESP, and errors are reported', async () => {
    const { engine, ask } = world()
    ask('SET', 'n', '1')
    const text =
      'INCR n\n# a note\n\nset "a b" \'x y\'\r\n*2\r\n$4\r\nINCR\r\n$1\r\nn\r\nnonsense\nINCR n'
    const report = await importData(engine, cut(toBytes(text), 3), { format: 'resp' })
    expect([ask('GET', 'n'), ask('GET', 'a b')]).toEqual(['4', 'x y'])
    expect([report.requests, report.refused]).toEqual([5, 1])
    expect(report.refusals[0]?.request).toBe('nonsense')
  })

  it('that would wait are answered as if their time were up', async () => {
    const { engine, ask } = world()
    await importData(engine, [toBytes('BLPOP l 0\nSET a 1\n')], { format: 'resp' })
    expect(ask('GET', 'a')).toBe('1')
    expect(engine.clients.size).toBe(1)
  })
})

describe('JSON', () => {
  const load = async (text: string, options: ImportOptions = {}) => {
    const made = world()
    const report = await importData(made.engine, [toBytes(text)], { format: 'json', ...options })
    return { ...made, report }
  }
  const head = '{"format":"respite","version":1,"entries":['

  it('may be laid out in any way', async () => {
    const text = `\n{ "version" : 1 ,\t"format":"respite", "note": "hi", "deep":{"a":[1,"]"]},
      "entries" : [ { "key" : "k\\u00e9", "type":"string" , "value" : "\\ud83d\\ude00" } ,
      {"value":[["f","v"],["g",{"base64":"/w=="},33000000000000]],"type":"hash","key":"h","db":2} ] }\n`
    const { ask, report } = await load(text)
    expect(ask('GET', 'k\xc3\xa9')).toBe('\xf0\x9f\x98\x80')
    ask('SELECT', 2)
    expect(ask('HGET', 'h', 'g')).toBe('\xff')
    expect(ask('HPEXPIRETIME', 'h', 'FIELDS', 2, 'f', 'g')).toEqual([-1, 33000000000000])
    expect(report.facts).toEqual({ note: 'hi' })
  })

  it.each([
    ['{}', 'JSON of another kind'],
    ['{"a":1}', 'JSON of another kind'],
    ['{"format":"other","version":1,"entries":[]}', 'JSON of another kind'],
    ['{"format":"respite","version":2,"entries":[]}', 'JSON of the version 2, which is not known'],
    [
      '{"format":"respite","entries":[],"version":1}',
      'what this is has to stand before the entries',
    ],
    [`${head}1]}`, 'an entry that is no object'],
    [`${head}{"type":"string","value":"v"}]}`, 'a string that is none'],
    [`${head}{"key":"k","type":"string","value":1}]}`, 'a string that is none'],
    [`${head}{"key":"k","type":"string","value":{"base64":"*"}}]}`, 'a string that is none'],
    [`${head}{"key":"k","type":"string","value":"\\ud800"}]}`, 'half a character'],
    [`${head}{"key":"k","type":"zset","value":[["m","1"]]}]}`, 'a score is no number'],
    [`${head}{"key":"k","type":"hash","value":[["f"]]}]}`, 'an element of another shape'],
    [`${head}{"key":"k","type":"hash","value":[["f","v",-1]]}]}`, 'a deadline that is none'],
    [`${head}{"key":"k","type":"what","value":1}]}`, 'a value of an unknown type'],
    [`${head}{"key":"k","type":"list","value":[]}]}`, 'a key without a value'],
    [`${head}{"key":"k","type":"list","value":{}}]}`, 'a value that is no array'],
    [`${head}{"key":"k","db":99,"type":"string","value":"v"}]}`, 'there is no database 99'],
    [
      `${head}{"key":"k","type":"stream","dump":"AAAA"}]}`,
      'RESTORE: ERR DUMP payload version or checksum are wrong',
    ],
    [
      `${head}{"key":"k","type":"string","value":"v"},{"key":"k","type":"string","value":"v"}]}`,
      'a key comes twice',
    ],
    [
      `${head}{"key":"k","more":true,"type":"list","value":["v"]}]}`,
      'more of a key that is not there',
    ],
    [`${head}{"key":"k" "type"}]}`, 'this is no JSON'],
    [`${head}{"key":"\xff"}]}`, 'this is not UTF-8'],
    [`${head}] "a":1}`, 'a comma is missing'],
    [`${head}]} x`, 'something follows the end'],
  ])('of the form %j is refused', async (text, reason) => {
    expect((await failure(load(text))).reason).toBe(reason)
  })

  it('with a bad entry is taken without it by a repair, which says so', async () => {
    const text = `${head}{"key":"a","type":"string","value":"1"},{"key":"b","type":"what"},{"key":"c","type":"string","value":"3"}]}`
    const { ask, report } = await load(text, { repair: true })
    expect(['a', 'b', 'c'].map((key) => ask('GET', key))).toEqual(['1', null, '3'])
    const [loss] = report.losses
    expect([loss?.key, loss?.reason]).toEqual(['b', 'a value of an unknown type'])
  })
})

describe('a repair of an RDB', () => {
  it('leaves out the keys whose values are damaged, and says which', async () => {
    const { engine, ask } = world()
    for (const request of [
      ['SET', 'a', '1'],
      ['RPUSH', 'list', 'element one', 'element two'],
      ['SET', 'b', '2'],
      ['HSET', 'hash', 'field', 'value'],
      ['ZADD', 'zset', '1.5', 'member'],
      ['SET', 'c', '3'],
    ]) {
      ask(...request)
    }
    const bytes = await written(engine, {})
    let partly = 0
    for (let at = 9; at < bytes.length - 9; at++) {
      const wrong = bytes.slice()
      wrong[at] = (wrong[at] as number) ^ 0x55
      const copy = world().engine
      const report = await importData(copy, cut(wrong, 64), { repair: true })
      expect(report.losses.length).toBeGreaterThan(0)
      if (report.losses.some(({ key }) => key !== null)) partly++
    }
    expect(partly).toBeGreaterThan(10)
  })
})
