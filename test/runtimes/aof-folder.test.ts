/** `appendonlydir`: what we write there a real server reads, and the other way round, in place. */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadingError } from '../../src/core/errors.ts'
import { BLOCKED } from '../../src/core/reply.ts'
import { EffectWriter } from '../../src/persistence/effects.ts'
import { makeRecord } from '../../src/persistence/record.ts'
import { FileStore } from '../../src/persistence/stores/file.ts'
import { importFile, Redis, startServer } from '../../src/runtimes/node/index.ts'
import { crc32 } from '../../src/util/crc.ts'
import { startReal } from '../helpers/real.ts'
import type { Run } from '../helpers/run.ts'
import { makeWorld, world } from '../unit/persistence/world.ts'

let root: string
let count = 0

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'respite-aof-'))
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

function folder(): string {
  const path = join(root, `${++count}`)
  mkdirSync(path)
  return path
}

async function serve(dir: string, flags: Record<string, string> = {}) {
  const given = { port: '0', save: '', appendonly: 'yes', 'enable-debug-command': 'yes' }
  const server = await startServer({
    settings: Object.entries({ ...given, ...flags, dir }).map(([name, value]) => [name, [value]]),
  })
  const redis = await Redis.of(server.engine)
  return { server, redis, close: () => server.close() }
}

/** Let a real server run on a folder. */
async function theirs(dir: string, ...commands: string[][]): Promise<string[]> {
  const real = await startReal(['--dir', dir, '--appendonly', 'yes', '--save', ''])
  const replies: string[] = []
  while ((await real.control.call(['PING'])).toString().startsWith('-LOADING'));
  for (const command of commands) replies.push((await real.control.call(command)).toString())
  await real.control.call(['SHUTDOWN', 'NOSAVE']).catch(() => '')
  await real.stop()
  return replies
}

const NAME = 'appendonly.aof'
const aof = (dir: string): string => join(dir, 'appendonlydir')
const manifestOf = (dir: string): string =>
  readFileSync(join(aof(dir), `${NAME}.manifest`), 'latin1')
/** Without our notes. */
const linesOf = (dir: string): string[] =>
  manifestOf(dir)
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ').slice(0, 6).join(' '))
const request = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`

/** Every look at the clock takes a millisecond: a slice ends after four. */
function tick(r: Run): void {
  let micros = 0
  r.platform.micros = () => {
    micros += 1000
    return micros
  }
}

/** Wait for a script that is longer than a slice. */
async function untilActive(r: Run): Promise<void> {
  for (let i = 0; !r.engine.slices.active; i++) {
    if (i > 1000) throw new Error('no script is in the middle of its run')
    r.platform.wind(r.platform.now())
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

describe('the folder of append-only files', () => {
  it('has the names and the manifest that a real server gives it', async () => {
    const dir = folder()
    const first = await serve(dir)
    expect(linesOf(dir)).toEqual([
      `file ${NAME}.1.base.rdb seq 1 type b`,
      `file ${NAME}.1.incr.aof seq 1 type i`,
    ])
    await first.redis.set('a', '1')
    await first.server.persistence.rewrite()
    expect(linesOf(dir)).toEqual([
      `file ${NAME}.2.base.rdb seq 2 type b`,
      `file ${NAME}.2.incr.aof seq 2 type i`,
    ])
    await first.redis.set('b', '2')
    await first.server.persistence.rewrite()
    await first.server.persistence.rewrite()
    await first.close()
    expect(linesOf(dir)).toEqual([
      `file ${NAME}.4.base.rdb seq 4 type b`,
      `file ${NAME}.4.incr.aof seq 4 type i`,
    ])
    expect(readdirSync(aof(dir)).sort()).toEqual([
      `${NAME}.4.base.rdb`,
      `${NAME}.4.incr.aof`,
      `${NAME}.manifest`,
    ])
  })

  it('has a base of commands where that is wanted', async () => {
    const dir = folder()
    const first = await serve(dir, { 'aof-use-rdb-preamble': 'no' })
    await first.redis.rpush('l', 'a', 'b')
    await first.server.persistence.rewrite()
    await first.redis.rpush('l', 'c')
    await first.close()
    expect(linesOf(dir)[0]).toBe(`file ${NAME}.2.base.aof seq 2 type b`)
    expect(await theirs(dir, ['LRANGE', 'l', '0', '-1'])).toEqual([
      '*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n',
    ])
    const second = await serve(dir)
    expect(await second.redis.lrange('l', 0, -1)).toEqual(['a', 'b', 'c'])
    await second.close()
  })

  it('goes back and forth between us and a real server, rewritten by either or by none', async () => {
    const dir = folder()
    let n = 0
    for (let round = 0; round < 8; round++) {
      const ours = await serve(dir)
      expect(await ours.redis.get('n')).toBe(n === 0 ? null : `${n}`)
      await ours.redis.incr('n')
      await ours.redis.multi().incr('n').incr('n').exec()
      if (round % 4 === 1) await ours.server.persistence.rewrite()
      await ours.redis.incr('n')
      n += 4
      await ours.close()
      expect(
        execFileSync('redis-check-aof', [join(aof(dir), `${NAME}.manifest`)]).toString(),
      ).toMatch(/are valid|is valid/)
      const more = round % 4 === 3 ? [['BGREWRITEAOF']] : []
      const replies = await theirs(
        dir,
        ['GET', 'n'],
        ...more,
        ['INCR', 'n'],
        ['MULTI'],
        ['INCR', 'n'],
        ['EXEC'],
      )
      expect(replies[0]).toBe(`$${`${n}`.length}\r\n${n}\r\n`)
      n += 2
    }
    const last = await serve(dir)
    expect(await last.redis.get('n')).toBe(`${n}`)
    await last.close()
  }, 120_000)

  it('may be torn by a crash and continued by a real server, whatever that made of the torn record', async () => {
    const dir = folder()
    const first = await serve(dir, { appendfsync: 'always' })
    await first.redis.set('kept', '1')
    const path = join(aof(dir), `${NAME}.1.incr.aof`)
    const before = readFileSync(path).length
    // One record: two commands, a transaction, a database.
    const pipeline = first.redis.pipeline().set('a', '1').rpush('l', 'x', 'y')
    pipeline.call('MULTI').incr('n').incr('n').call('EXEC').call('SELECT', '2').set('c', '1')
    await pipeline.exec()
    await first.close()
    const whole = readFileSync(path)
    expect(whole.subarray(before).toString().match(/#RSPT/g)).toHaveLength(1)
    // In its header, behind that, in a command, between two, in the transaction, behind it, at the end.
    const places = [
      '#RSPT01 J',
      '\r\n*',
      'RPUSH',
      '*1\r\n$5\r\nMULTI',
      'INCR',
      '*1\r\n$4\r\nEXEC',
      'c\r\n',
    ]
    for (const [i, place] of places.entries()) {
      const at = whole.indexOf(place, before) + (i < 2 ? place.length - 1 : 0)
      const torn = folder()
      cpSync(dir, torn, { recursive: true })
      writeFileSync(join(aof(torn), `${NAME}.1.incr.aof`), whole.subarray(0, at))
      const more = [['MULTI'], ['INCR', 'n'], ['SET', 'after', '1'], ['EXEC']]
      const replies = await theirs(torn, ...more, ['DEBUG', 'DIGEST'])
      for (const round of [1, 2]) {
        const ours = await serve(torn)
        expect(await ours.redis.mget('kept', 'after'), place).toEqual(['1', '1'])
        if (round === 1) {
          expect(`+${await ours.redis.call('DEBUG', 'DIGEST')}\r\n`, place).toBe(replies.at(-1))
          await ours.redis.set('ours', '1')
        } else expect(await ours.redis.get('ours')).toBe('1')
        await ours.close()
      }
    }
  }, 60_000)

  it('is refused, and not cut, where it is torn and a real server may have appended to it', async () => {
    const dir = folder()
    const first = await serve(dir)
    await first.redis.set('a', '1')
    await first.close()
    const path = join(aof(dir), `${NAME}.1.incr.aof`)
    const text = readFileSync(path, 'latin1').slice(0, -4)
    writeFileSync(path, `${text}!!${request('SELECT', '0')}${request('SET', 'b', '1')}`, 'latin1')
    await expect(serve(dir)).rejects.toMatchObject({ code: 'corrupt' })
  })

  it('that a real server has left is continued where it is, and has our notes only in what is new', async () => {
    const dir = folder()
    mkdirSync(aof(dir))
    writeFileSync(join(aof(dir), `${NAME}.1.base.aof`), request('SET', 'a', '1'))
    writeFileSync(
      join(aof(dir), `${NAME}.1.incr.aof`),
      `#TS:1700000000\r\n${request('multi')}${request('incr', 'a')}${request('exec')}${request('SET', 'b', '2')}`,
    )
    const text = `file ${NAME}.1.base.aof seq 1 type b\nfile ${NAME}.1.incr.aof seq 1 type i\n`
    writeFileSync(join(aof(dir), `${NAME}.manifest`), text)
    const first = await serve(dir)
    expect(await first.redis.mget('a', 'b')).toEqual(['2', '2'])
    await first.redis.set('c', '3')
    await first.close()
    expect(linesOf(dir)).toEqual(text.trimEnd().split('\n'))
    const second = await serve(dir)
    expect(await second.redis.mget('a', 'b', 'c')).toEqual(['2', '2', '3'])
    await second.close()
  })

  it('can be rewritten again as soon as a rewrite was given up', async () => {
    const { redis, close } = await serve(folder())
    await redis.set('a', '1')
    await redis.call('CONFIG', 'SET', 'rdb-key-save-delay', '10000000')
    const ask = (...words: [string, ...string[]]) => redis.call(...words).catch(String)
    expect(await ask('BGREWRITEAOF')).toBe('Background append only file rewriting started')
    expect(await ask('CONFIG', 'SET', 'appendonly', 'no', 'rdb-key-save-delay', '0')).toBe('OK')
    expect(await ask('BGREWRITEAOF')).toMatch(
      /^Background append only file rewriting (started|scheduled)$/,
    )
    await close()
  })

  it('is loaded in slices where a script in it takes long, and others hear LOADING meanwhile', async () => {
    const dir = folder()
    mkdirSync(aof(dir))
    const script = "for i = 1, 2000 do redis.call('incr', KEYS[1]) end"
    writeFileSync(
      join(aof(dir), `${NAME}.1.incr.aof`),
      `${request('EVAL', script, '1', 'a')}${request('INCR', 'a')}`,
    )
    writeFileSync(join(aof(dir), `${NAME}.manifest`), `file ${NAME}.1.incr.aof seq 1 type i\n`)
    const { r, drive, persistence } = makeWorld({
      inner: new FileStore(aof(dir)),
      config: { 'busy-reply-threshold': '1' },
    })
    tick(r)
    const other = r.client()
    const loaded = persistence.start()
    await untilActive(r)
    expect(other('GET a')).toBe(BLOCKED)
    await drive(loaded)
    expect(other.replies).toEqual([loadingError])
    expect(other('GET a')).toBe('2001')
    await drive(persistence.close())
  })

  it('that is closed in the middle of a script is not loaded', async () => {
    const dir = folder()
    mkdirSync(aof(dir))
    writeFileSync(
      join(aof(dir), `${NAME}.1.incr.aof`),
      request('EVAL', 'for i = 1, 5000000 do end', '0'),
    )
    writeFileSync(join(aof(dir), `${NAME}.manifest`), `file ${NAME}.1.incr.aof seq 1 type i\n`)
    const { r, drive, persistence } = makeWorld({ inner: new FileStore(aof(dir)) })
    tick(r)
    const loaded = persistence.start()
    const refused = expect(loaded).rejects.toMatchObject({ code: 'closed' })
    await untilActive(r)
    r.engine.stop()
    await drive(persistence.close())
    await drive(refused)
  })

  it('that ends in the middle of a request or a transaction is cut there', async () => {
    for (const tail of [
      request('SET', 'b', '2').slice(0, -3),
      `${request('MULTI')}${request('SET', 'b', '2')}`,
      '*3',
    ]) {
      const dir = folder()
      mkdirSync(aof(dir))
      const path = join(aof(dir), `${NAME}.1.incr.aof`)
      writeFileSync(path, request('SET', 'a', '1') + tail)
      writeFileSync(join(aof(dir), `${NAME}.manifest`), `file ${NAME}.1.incr.aof seq 1 type i\n`)
      await expect(serve(dir, { 'aof-load-truncated': 'no' })).rejects.toMatchObject({
        code: 'corrupt',
        record: { area: 'journal', name: `${NAME}.1.incr.aof`, offset: 27 },
      })
      const first = await serve(dir)
      expect(await first.redis.keys('*')).toEqual(['a'])
      await first.redis.set('c', '3')
      await first.close()
      const second = await serve(dir)
      expect((await second.redis.keys('*')).sort()).toEqual(['a', 'c'])
      await second.close()
    }
  })

  it('with damage in the middle of requests is refused by name', async () => {
    const dir = folder()
    mkdirSync(aof(dir))
    const path = join(aof(dir), `${NAME}.1.incr.aof`)
    writeFileSync(path, `${request('SET', 'a', '1')}!!!${request('SET', 'b', '1')}`)
    writeFileSync(join(aof(dir), `${NAME}.manifest`), `file ${NAME}.1.incr.aof seq 1 type i\n`)
    await expect(serve(dir)).rejects.toMatchObject({
      code: 'corrupt',
      message: `journal record 1 in ${NAME}.1.incr.aof at byte 27: this is no request`,
    })
    writeFileSync(path, `${request('SET', 'a', '1')}${request('NONSENSE')}`)
    await expect(serve(dir)).rejects.toMatchObject({
      message: expect.stringContaining("Unknown command 'NONSENSE' reading the append only file"),
    })
  })

  it('loses a damaged end of any of its files, and nothing else, where an option allows it', async () => {
    const dir = folder()
    mkdirSync(aof(dir))
    const file = (name: string, text: string) => writeFileSync(join(aof(dir), name), text)
    file(`${NAME}.1.incr.aof`, `${request('SET', 'a', '1')}CORRUPTION`)
    file(`${NAME}.2.incr.aof`, `${request('SET', 'b', '1')}!!${request('SET', 'c', '1')}`)
    const lines = [1, 2].map((n) => `file ${NAME}.${n}.incr.aof seq ${n} type i\n`)
    file(`${NAME}.manifest`, lines.join(''))
    await expect(serve(dir, { 'aof-load-corrupt-tail-max-size': '9' })).rejects.toMatchObject({
      code: 'corrupt',
    })
    const first = await serve(dir, { 'aof-load-corrupt-tail-max-size': '64' })
    expect((await first.redis.keys('*')).sort()).toEqual(['a', 'b'])
    await first.redis.set('d', '1')
    await first.close()
    const second = await serve(dir)
    expect((await second.redis.keys('*')).sort()).toEqual(['a', 'b', 'd'])
    await second.close()
  })

  it('takes in the single file of servers before 7.0, also if that was interrupted', async () => {
    for (const interrupted of [false, true]) {
      const dir = folder()
      writeFileSync(join(dir, NAME), `${request('SET', 'a', '1')}${request('SET', 'b', '2')}`)
      if (interrupted) {
        mkdirSync(aof(dir))
        writeFileSync(join(aof(dir), `${NAME}.manifest`), `file ${NAME} seq 1 type b\n`)
      }
      const first = await serve(dir)
      expect(await first.redis.mget('a', 'b')).toEqual(['1', '2'])
      expect(existsSync(join(dir, NAME))).toBe(false)
      expect(linesOf(dir)).toEqual([
        `file ${NAME} seq 1 type b`,
        `file ${NAME}.1.incr.aof seq 1 type i`,
      ])
      await first.redis.set('c', '3')
      await first.close()
      expect(await theirs(dir, ['DBSIZE'])).toEqual([':3\r\n'])
    }
  }, 30_000)

  it('whose file is missing is refused by the name of the file', async () => {
    const dir = folder()
    mkdirSync(aof(dir))
    writeFileSync(join(aof(dir), `${NAME}.manifest`), `file ${NAME}.1.incr.aof seq 1 type i\n`)
    await expect(serve(dir)).rejects.toMatchObject({
      code: 'corrupt',
      message: `the file ${NAME}.1.incr.aof is missing: No such file or directory`,
    })
  })

  it('that was there before there was a journal is replaced when there is one again', async () => {
    const dir = folder()
    const first = await serve(dir)
    await first.redis.set('old', '1')
    await first.close()
    writeFileSync(join(dir, 'dump.rdb'), first.server.engine.rdb.whole())
    const second = await serve(dir, { appendonly: 'no' })
    await second.redis.del('old')
    await second.redis.set('new', '1')
    await second.server.persistence.save()
    await second.redis.set('new', '2')
    await second.redis.call('CONFIG', 'SET', 'appendonly', 'yes')
    await second.redis.set('new', '3')
    await second.close()
    expect(linesOf(dir)).toEqual([
      `file ${NAME}.2.base.rdb seq 2 type b`,
      `file ${NAME}.2.incr.aof seq 2 type i`,
    ])
    const third = await serve(dir)
    expect(await third.redis.keys('*')).toEqual(['new'])
    expect(await third.redis.get('new')).toBe('3')
    await third.close()
    expect(await theirs(dir, ['GET', 'new'], ['DBSIZE'])).toEqual(['$1\r\n3\r\n', ':1\r\n'])
  }, 30_000)
})

describe('a point in time', () => {
  it('is found by the notes of aof-timestamp-enabled, by us and by redis-check-aof', async () => {
    const dir = folder()
    const inner = new FileStore(aof(dir))
    const config = { 'aof-timestamp-enabled': 'yes', appendfsync: 'everysec' }
    const { r, drive, persistence } = await world({ inner, config })
    const begun = Math.floor(r.clock / 1000)
    for (let i = 0; i < 30; i++) {
      r('INCR n')
      r.clock += 100
    }
    await drive(persistence.close())
    const text = readFileSync(join(aof(dir), `${NAME}.1.incr.aof`), 'latin1')
    const noted = [...text.matchAll(/^#TS:(\d+)\r$/gm)].map((match) => Number(match[1]))
    expect(noted.slice(0, 3)).toEqual([begun, begun + 1, begun + 2])
    const until = async (second: number): Promise<string | null> => {
      const { server, redis, close } = await serve(folder(), { appendonly: 'no' })
      await importFile(server.engine, aof(dir), { until: second * 1000 })
      const n = await redis.get('n')
      await close()
      return n
    }
    const countBefore = (second: number): number =>
      text.slice(0, text.indexOf(`#TS:${second}`)).split('INCR').length - 1
    expect(await until(begun)).toBe(`${countBefore(begun + 1)}`)
    expect(await until(begun + 1)).toBe(`${countBefore(begun + 2)}`)
    const tool = ['--truncate-to-timestamp', `${begun + 1}`, join(aof(dir), `${NAME}.manifest`)]
    execFileSync('redis-check-aof', tool)
    const second = await serve(dir)
    expect(await second.redis.get('n')).toBe(`${countBefore(begun + 2)}`)
    await second.close()
  })
})

describe('a folder of the earlier layout', () => {
  const bytes = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0))

  function old(dir: string, format = 1): void {
    const own = join(dir, 'respite')
    mkdirSync(own)
    const head = makeRecord('H', 0, 3, bytes('#format:resp\r\n#upto:7\r\n#time:1\r\n'))
    const body = new EffectWriter()
    for (const argv of [
      ['SELECT', '0'],
      ['SET', 'a', '1'],
    ])
      body.command(argv)
    const end = makeRecord('E', 2, 3, bytes('#chunks:1\r\n#keys:1\r\n'))
    writeFileSync(join(own, 'snapshot-3-1.aof'), Buffer.concat([head, body.take('S', 1, 3), end]))
    const journal = new EffectWriter()
    for (const argv of [
      ['SELECT', '0'],
      ['INCR', 'a'],
    ])
      journal.command(argv)
    writeFileSync(join(own, 'journal-3-2.aof'), journal.take('J', 8, 3))
    const manifest = `${JSON.stringify({
      ...{ format, epoch: 3, upTo: 7 },
      snapshot: { name: 'snapshot-3-1.aof', bytes: 1 },
      journals: [{ name: 'journal-3-2.aof', after: 7 }],
    })}\n`
    const sum = crc32(bytes(manifest)).toString(16).padStart(8, '0')
    writeFileSync(join(own, 'manifest'), `${sum} ${manifest}`)
  }

  it('becomes one of this layout, and the old one is gone', async () => {
    for (const appendonly of ['yes', 'no']) {
      const dir = folder()
      old(dir)
      const first = await serve(dir, { appendonly })
      expect(await first.redis.get('a')).toBe('2')
      await first.redis.incr('a')
      if (appendonly === 'no') await first.server.persistence.save()
      await first.close()
      expect(existsSync(join(dir, 'respite'))).toBe(false)
      const second = await serve(dir, { appendonly })
      expect(await second.redis.get('a')).toBe('3')
      await second.close()
    }
  })

  it('is taken again if that was interrupted before anything counted', async () => {
    const dir = folder()
    old(dir)
    mkdirSync(aof(dir))
    cpSync(join(dir, 'respite', 'snapshot-3-1.aof'), join(aof(dir), `${NAME}.1.base.aof`))
    const first = await serve(dir)
    expect(await first.redis.get('a')).toBe('2')
    await first.close()
  })

  it('is refused if it is newer', async () => {
    const dir = folder()
    old(dir, 2)
    await expect(serve(dir)).rejects.toMatchObject({ code: 'newer-format' })
  })

  it('of this layout is refused if it is newer', async () => {
    const dir = folder()
    const first = await serve(dir)
    await first.close()
    const path = join(aof(dir), `${NAME}.manifest`)
    const text = manifestOf(dir).replace('respite 2', 'respite 3')
    const bare = text.replace(/ check [0-9a-f]{8}/, '')
    const sum = crc32(bytes(bare)).toString(16).padStart(8, '0')
    writeFileSync(path, text.replace(/check [0-9a-f]{8}/, `check ${sum}`))
    await expect(serve(dir)).rejects.toMatchObject({ code: 'newer-format' })
  })
})
