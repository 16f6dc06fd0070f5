/**
 * What a client promises, wherever its engine is. Each file beside this one opens clients in its own
 * way and runs all of it.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { AbortError, ClosedError, ReplyError, TimeoutError } from '../../src/client/errors.ts'
import type { ClientOptions, RedisClient } from '../../src/client/redis.ts'

/** A client of an engine of its own. */
export type Open = (
  options?: ClientOptions & { config?: Record<string, string> },
) => Promise<RedisClient>

/** Let everything that is under way arrive, a few times over. */
const settle = async (redis: RedisClient): Promise<void> => {
  for (let i = 0; i < 3; i++) await redis.ping()
}

export function clientContract(where: string, open: Open): void {
  describe(`a client ${where}`, () => {
    const clients: RedisClient[] = []
    const create: Open = async (options) => {
      const redis = await open(options)
      clients.push(redis)
      return redis
    }
    afterEach(async () => {
      for (const redis of clients.splice(0)) await redis.close().catch(() => {})
    })

    // ---- Files ------------------------------------------------------------------------------------

    it('takes the data of files, and gives its own', async () => {
      const redis = await create()
      for (let i = 0; i < 3000; i++) void redis.set(`key:${i}`, `value ${i}`)
      await redis.hset('h', { f: 'v' })
      for (const format of ['rdb', 'aof', 'json'] as const) {
        const pieces: Uint8Array[] = []
        for await (const piece of redis.export({ format })) pieces.push(piece)
        await redis.flushall()
        const told: number[] = []
        const report = await redis.import(new Blob(pieces as never), {
          onProgress: ({ bytes }) => told.push(bytes),
        })
        expect(report.keys).toBe(3001)
        expect(told.at(-1)).toBe(report.bytes)
        expect(await redis.get('key:2999')).toBe('value 2999')
        expect(await redis.dbsize()).toBe(3001)
      }
    })

    it('says what is wrong with a file, and ends an import when it is told to', async () => {
      const redis = await create()
      await redis.set('a', '1')
      const wrong = redis.import(new TextEncoder().encode('REDIS0011\xfa'))
      await expect(wrong).rejects.toMatchObject({ name: 'TransferError', code: 'malformed' })
      const signal = { aborted: false }
      const slow = async function* () {
        yield new TextEncoder().encode('REDIS0011')
        signal.aborted = true
        yield Uint8Array.of(255)
      }
      await expect(redis.import(slow(), { signal })).rejects.toMatchObject({ code: 'aborted' })
      const failing = async function* () {
        yield new TextEncoder().encode('REDIS0011')
        throw new Error('no more')
      }
      await expect(redis.import(failing())).rejects.toThrow('no more')
      await expect(redis.import([])).rejects.toThrow('there is no file')
      expect(await redis.get('a')).toBe('1')
    })

    it('takes a folder of append-only files, and leaves an export before its end', async () => {
      const redis = await create()
      const file = (name: string, data: string) => ({ name, data: new TextEncoder().encode(data) })
      const report = await redis.import([
        file('x.manifest', 'file x.1.incr.aof seq 1 type i\n'),
        file('x.1.incr.aof', '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n2\r\n'),
      ])
      expect(report.requests).toBe(1)
      expect(await redis.get('a')).toBe('2')
      for await (const _ of redis.export()) break
      expect(await redis.ping()).toBe('PONG')
      for await (const _ of redis.export()) expect(await redis.get('a')).toBe('2')
    })

    // ---- Values -----------------------------------------------------------------------------------

    it('sends text as UTF-8 and reads it back', async () => {
      const redis = await create()
      expect(await redis.set('ключ', 'žluťoučký 🐎')).toBe('OK')
      expect(await redis.get('ключ')).toBe('žluťoučký 🐎')
      expect(await redis.keys('*')).toEqual(['ключ'])
      expect(await redis.strlen('ключ')).toBe(new TextEncoder().encode('žluťoučký 🐎').length)
    })

    it('keeps every byte', async () => {
      const redis = await create()
      const all = Uint8Array.from({ length: 256 }, (_, i) => i)
      await redis.set(all, all)
      expect(await redis.getBuffer(all)).toEqual(all)
      expect(await redis.bytes.get(all)).toEqual(all)
      expect(await redis.withBytes().keys('*')).toEqual([all])
      expect(await redis.get(all.buffer)).toBe(new TextDecoder().decode(all))
    })

    it('never takes a value for JSON', async () => {
      const redis = await create()
      await redis.mset({ a: '{"x":1}', b: '12345678901234567890', c: 'true', d: 'null' })
      expect(await redis.mget('a', 'b', 'c', 'd')).toEqual([
        '{"x":1}',
        '12345678901234567890',
        'true',
        'null',
      ])
    })

    it('answers an integer beyond 2^53 as a bigint', async () => {
      const redis = await create()
      await redis.set('n', 9007199254740991)
      expect(await redis.incr('n')).toBe(9007199254740992n)
      expect(await redis.incrby('n', 9223372036854775807n - 9007199254740992n)).toBe(
        9223372036854775807n,
      )
      expect(await redis.decrby('n', 9223372036854775806n)).toBe(1)
    })

    it('refuses what is neither text, number nor bytes, and sends nothing', async () => {
      const redis = await create()
      const bad = (value: unknown) => redis.set('k', value as string)
      await expect(bad(undefined)).rejects.toThrow('Argument 2 of SET is undefined')
      await expect(bad(null)).rejects.toThrow('Argument 2 of SET is null')
      await expect(bad(true)).rejects.toThrow('Argument 2 of SET is true')
      await expect(bad(Number.NaN)).rejects.toThrow('Argument 2 of SET is NaN')
      await expect(bad(new Date(0))).rejects.toThrow('Argument 2 of SET is Date')
      await expect(bad(new Map())).rejects.toThrow(TypeError)
      expect(await redis.exists('k')).toBe(0)
    })

    it('answers maps as objects that no field name can harm', async () => {
      const redis = await create()
      await redis.configSet({ 'notify-keyspace-events': 'KEA' })
      const found = await redis.configGet('notify-keyspace-events')
      expect(found).toEqual({ 'notify-keyspace-events': 'AKE' })
      expect(Object.getPrototypeOf(found)).toBe(null)
    })

    // ---- Calling ----------------------------------------------------------------------------------

    it('takes options as words and as an object', async () => {
      const redis = await create()
      expect(await redis.set('k', 'a', 'EX', 60, 'NX')).toBe('OK')
      expect(await redis.set('k', 'b', { ex: 120, xx: true, get: true, nx: false })).toBe('a')
      expect(await redis.get('k')).toBe('b')
      expect(await redis.ttl('k')).toBe(120)
      expect(await redis.set('k', 'c', { nx: true })).toBe(null)
      expect(await redis.set('k', 'c', { keepttl: true, ex: undefined })).toBe('OK')
      expect(await redis.ttl('k')).toBe(120)
    })

    it('spreads arrays where they stand', async () => {
      const redis = await create()
      expect(await redis.mset(['a', 1], ['b', 2])).toBe('OK')
      expect(await redis.mget(['a', 'b'])).toEqual(['1', '2'])
      expect(await redis.mget('a', ['b', 'c'])).toEqual(['1', '2', null])
      expect(await redis.mset(new Map([['c', 3]]))).toBe('OK')
      expect(await redis.del(['a', 'b'], 'c')).toBe(3)
    })

    it('calls anything by name', async () => {
      const redis = await create()
      expect(await redis.call('set', 'k', 'v')).toBe('OK')
      expect(await redis.call('OBJECT', 'ENCODING', 'k')).toBe('embstr')
      expect(await redis.callBytes('GET', 'k')).toEqual(Uint8Array.of(0x76))
      expect(await redis.call('CONFIG', 'GET', 'maxmemory')).toEqual({ maxmemory: '0' })
      expect(await redis.config('GET', 'maxmemory')).toEqual({ maxmemory: '0' })
    })

    it('rejects with the code and the words of the reply', async () => {
      const redis = await create()
      await redis.rpush('list', 'a')
      const error = await redis.incr('list').catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(ReplyError)
      expect(error).toMatchObject({
        name: 'ReplyError',
        code: 'WRONGTYPE',
        command: 'INCR',
        message: 'WRONGTYPE Operation against a key holding the wrong kind of value',
      })
      await expect(redis.call('nonsense', 1)).rejects.toMatchObject({ code: 'ERR' })
    })

    it('answers calls of one turn in their order', async () => {
      const redis = await create()
      const replies = await Promise.all(
        Array.from({ length: 500 }, (_, i) => (i % 2 === 0 ? redis.incr('n') : redis.get('n'))),
      )
      expect(replies).toEqual(
        Array.from({ length: 500 }, (_, i) => (i % 2 === 0 ? i / 2 + 1 : String((i + 1) / 2))),
      )
    })

    it('carries a value larger than any window', async () => {
      const redis = await create()
      const large = 'x'.repeat(5 * 1024 * 1024)
      const writes = Array.from({ length: 3 }, (_, i) => redis.set(`k${i}`, large))
      expect(await Promise.all(writes)).toEqual(['OK', 'OK', 'OK'])
      const read = await redis.mget('k0', 'k1', 'k2')
      expect(read.map((value) => value?.length)).toEqual([large.length, large.length, large.length])
      expect(read[2] === large).toBe(true)
    })

    // ---- Pipelines and transactions ---------------------------------------------------------------

    it('keeps an error of a pipeline in its place', async () => {
      const redis = await create()
      const results = await redis.pipeline().set('a', 'x').incr('a').call('STRLEN', 'a').exec()
      expect(results[0]).toEqual([null, 'OK'])
      expect(results[1][0]).toMatchObject({ code: 'ERR', command: 'INCR' })
      expect(results[1][1]).toBe(undefined)
      expect(results[2]).toEqual([null, 1])
      expect(await redis.pipeline().exec()).toEqual([])
      await expect(redis.pipeline().incr('a').results()).rejects.toThrow('not an integer')
      expect(await redis.pipeline().get('a').strlen('a').results()).toEqual(['x', 1])
    })

    it('sends a pipeline without anything in between', async () => {
      const redis = await create()
      const pipeline = redis.pipeline()
      for (let i = 0; i < 100; i++) pipeline.incr('n')
      const [results, other] = await Promise.all([pipeline.exec(), redis.incr('n')])
      expect(results).toEqual(Array.from({ length: 100 }, (_, i) => [null, i + 1]))
      expect(other).toBe(101)
    })

    it('runs a transaction, errors inside of it included', async () => {
      const redis = await create()
      const results = await redis.multi().set('a', 'x').incr('a').get('a').exec()
      expect(results?.map(([, value]) => value)).toEqual(['OK', undefined, 'x'])
      expect(results?.[1][0]).toMatchObject({ code: 'ERR', command: 'INCR' })
      expect(await redis.multi().exec()).toEqual([])
    })

    it('answers null when a watched key has changed', async () => {
      const redis = await create()
      const other = await redis.duplicate()
      await redis.watch('k')
      await other.set('k', 'theirs')
      expect(await redis.multi().set('k', 'ours').exec()).toBe(null)
      expect(await redis.get('k')).toBe('theirs')
      await redis.watch('k')
      expect(await redis.multi().set('k', 'ours').exec()).toEqual([[null, 'OK']])
      await other.close()
      expect(await redis.get('k')).toBe('ours')
    })

    it('rejects a transaction that could not be queued, and says why', async () => {
      const redis = await create()
      const refused = redis.multi().set('a', 1).call('nonsense').exec()
      await expect(refused).rejects.toMatchObject({
        code: 'EXECABORT',
        cause: { code: 'ERR', command: 'nonsense' },
      })
      expect(await redis.exists('a')).toBe(0)
      expect(await redis.set('a', 2)).toBe('OK')
    })

    // ---- Blocking ---------------------------------------------------------------------------------

    it('lets nothing wait behind a command that blocks', async () => {
      const redis = await create()
      const popped = redis.blpop('q', 0)
      const also = redis.blpop('q', 0)
      expect(await redis.set('k', 'v')).toBe('OK')
      expect(await redis.rpush('q', 'a', 'b')).toBe(2)
      expect(await popped).toEqual(['q', 'a'])
      expect(await also).toEqual(['q', 'b'])
      expect(await redis.rpush('q', 'c')).toBe(1)
      expect(await redis.blpop('q', 0)).toEqual(['q', 'c'])
    })

    it('blocks in the database that is selected', async () => {
      const redis = await create()
      await redis.rpush('q', 'zero')
      await redis.select(3)
      const popped = redis.blpop('q', 0)
      await redis.rpush('q', 'three')
      expect(await popped).toEqual(['q', 'three'])
      await redis.select(0)
      expect(await redis.blpop('q', 0)).toEqual(['q', 'zero'])
    })

    it('unblocks a call that is aborted, and loses nothing', async () => {
      const redis = await create()
      const stop = new AbortController()
      const popped = redis.blpop('q', 0, { signal: stop.signal })
      await settle(redis)
      stop.abort(new Error('enough'))
      await expect(popped).rejects.toBeInstanceOf(AbortError)
      await expect(popped).rejects.toMatchObject({ cause: new Error('enough') })
      expect(await redis.rpush('q', 'a')).toBe(1)
      expect(await redis.lrange('q', 0, -1)).toEqual(['a'])
      const never = redis.set('k', 'v', { signal: AbortSignal.abort() })
      await expect(never).rejects.toBeInstanceOf(AbortError)
      expect(await redis.exists('k')).toBe(0)
    })

    it('aborts also in the turn of the call', async () => {
      const redis = await create()
      const stop = new AbortController()
      const popped = redis.blpop('q', 0, { signal: stop.signal })
      stop.abort()
      await expect(popped).rejects.toBeInstanceOf(AbortError)
      expect(await redis.rpush('q', 'a')).toBe(1)
      expect(await redis.lpop('q')).toBe('a')
    })

    it('gives a call up after the time that the client allows', async () => {
      const redis = await create({ commandTimeout: 50 })
      const admin = await redis.duplicate()
      await admin.clientPause(10_000, 'ALL')
      await expect(redis.set('k', 'v')).rejects.toBeInstanceOf(TimeoutError)
      await admin.call('CLIENT', 'UNPAUSE').catch(() => {})
      admin.disconnect()
    })

    // ---- Publish and subscribe --------------------------------------------------------------------

    it('delivers messages to an iterator, and leaves the channel with the loop', async () => {
      const redis = await create()
      const subscription = await redis.subscribe('news', 'sport')
      expect(await redis.publish('news', 'one')).toBe(1)
      expect(await redis.publish('sport', 'two')).toBe(1)
      const got: unknown[] = []
      for await (const message of subscription) {
        got.push(message)
        if (got.length === 2) break
      }
      expect(got).toEqual([
        { channel: 'news', message: 'one', pattern: null },
        { channel: 'sport', message: 'two', pattern: null },
      ])
      expect(await redis.publish('news', 'three')).toBe(0)
    })

    it('iterates without waiting for the confirmation', async () => {
      const redis = await create()
      const first = (async () => {
        for await (const { message } of redis.subscribe('c')) return message
        return null
      })()
      await settle(redis)
      await redis.publish('c', 'hello')
      expect(await first).toBe('hello')
    })

    it('calls listeners, in the way of ioredis as well', async () => {
      const redis = await create()
      const heard: unknown[] = []
      redis.on('message', (channel, message) => heard.push(['message', channel, message]))
      redis.on('pmessage', (pattern, channel, message) =>
        heard.push(['pmessage', pattern, channel, message]),
      )
      redis.on('messageBuffer', (_, message) => heard.push(message))
      await redis.subscribe('a', (message, channel) => heard.push([message, channel]))
      const { unsubscribe } = await redis.psubscribe('*', () => {})
      await redis.publish('a', 'x')
      await settle(redis)
      expect(heard).toEqual([
        ['x', 'a'],
        ['message', 'a', 'x'],
        Uint8Array.of(0x78),
        ['pmessage', '*', 'a', 'x'],
      ])
      await unsubscribe()
      expect(await redis.publish('b', 'y')).toBe(0)
      expect(await redis.get('normal commands still work')).toBe(null)
    })

    it('keeps a channel for as long as somebody listens', async () => {
      const redis = await create()
      const heard: string[] = []
      const one = await redis.subscribe('c', (message) => heard.push(`one ${message}`))
      const two = await redis.subscribe('c', (message) => heard.push(`two ${message}`))
      await one.unsubscribe()
      expect(await redis.publish('c', 'x')).toBe(1)
      await two.unsubscribe()
      expect(await redis.publish('c', 'y')).toBe(0)
      await settle(redis)
      expect(heard).toEqual(['two x'])
      await redis.subscribe('c', 'd', () => {})
      expect(await redis.unsubscribe('c')).toBe(1)
      await redis.subscribe('e', 'f', () => {})
      expect(await Promise.all([redis.unsubscribe(), redis.unsubscribe('e')])).toEqual([0, 0])
      const both = [redis.subscribe('g', 'h', () => {}), redis.subscribe('i', () => {})]
      expect((await Promise.all(both)).map(({ names }) => names)).toEqual([['g', 'h'], ['i']])
      expect(await redis.unsubscribe('g', 'h')).toBe(1)
      expect(await redis.unsubscribe()).toBe(0)
      expect(await redis.unsubscribe()).toBe(0)
    })

    it('has bytes for channels and messages', async () => {
      const redis = await create()
      const channel = Uint8Array.of(0xff, 0x00)
      const got: Uint8Array[] = []
      await redis.bytes.subscribe(channel, (message) => got.push(message))
      expect(await redis.publish(channel, channel)).toBe(1)
      await settle(redis)
      expect(got).toEqual([channel])
    })

    it('a listener may use the client, and one that throws harms nobody', async () => {
      const redis = await create()
      const heard: string[] = []
      await redis.subscribe('c', (message) => {
        heard.push(message)
        void redis.rpush('log', message)
      })
      await redis.publish('c', '1')
      await redis.publish('c', '2')
      await settle(redis)
      expect(heard).toEqual(['1', '2'])
      expect(await redis.lrange('log', 0, -1)).toEqual(['1', '2'])
    })

    // ---- Iterating --------------------------------------------------------------------------------

    it('walks over all keys, and over those that match', async () => {
      const redis = await create()
      const keys = Array.from({ length: 300 }, (_, i) => `user:${i}`)
      await redis.mset(keys.flatMap((key) => [key, 1]))
      await redis.rpush('list', 1)
      const all: string[] = []
      for await (const key of redis.scanIterator({ count: 17 })) all.push(key)
      expect(all.sort()).toEqual([...keys, 'list'].sort())
      const matching: string[] = []
      for await (const page of redis.scanStream({ match: 'user:1?', type: 'string' })) {
        matching.push(...page)
      }
      expect(matching.sort()).toEqual(keys.filter((key) => /^user:1.$/.test(key)).sort())
    })

    it('walks through the members of a set', async () => {
      const redis = await create()
      const all = Array.from({ length: 300 }, (_, i) => `m${i}`)
      await redis.sadd('set', all)
      const found: string[] = []
      for await (const member of redis.sscanIterator('set', { match: 'm1*', count: 9 })) {
        found.push(member)
      }
      expect(found.sort()).toEqual(all.filter((member) => member.startsWith('m1')).sort())
      expect(await redis.smembers('set')).toHaveLength(300)
    })

    // ---- State and end ----------------------------------------------------------------------------

    it('starts with a database, a name and a user', async () => {
      const redis = await create({ db: 2, name: 'worker 1'.replace(' ', '-') })
      await redis.set('k', 'v')
      expect(await redis.clientGetname()).toBe('worker-1')
      await redis.select(0)
      expect(await redis.get('k')).toBe(null)
    })

    it('authenticates, in all its sessions', async () => {
      const config = { requirepass: 'secret' }
      await expect(create({ config, password: 'wrong' })).rejects.toMatchObject({
        code: 'WRONGPASS',
      })
      const redis = await create({ config, password: 'secret' })
      await redis.rpush('q', 'a')
      expect(await redis.blpop('q', 0)).toEqual(['q', 'a'])
    })

    it('refuses what would break the order of replies', async () => {
      const redis = await create()
      await expect(redis.call('CLIENT', 'REPLY', 'OFF')).rejects.toThrow(TypeError)
      await expect(redis.call('MONITOR')).rejects.toThrow(TypeError)
      await expect(redis.call('HELLO', 2)).rejects.toThrow(TypeError)
      expect(await redis.ping()).toBe('PONG')
    })

    it('goes on in RESP3 after RESET', async () => {
      const redis = await create({ db: 1 })
      expect(await redis.reset()).toBe('RESET')
      expect(await redis.configGet('maxmemory')).toEqual({ maxmemory: '0' })
      await redis.rpush('q', 'in database 0')
      expect(await redis.blpop('q', 0)).toEqual(['q', 'in database 0'])
    })

    it('rejects what waits when it is disconnected, and everything after', async () => {
      const redis = await create()
      const popped = redis.blpop('q', 0)
      redis.disconnect()
      await expect(popped).rejects.toBeInstanceOf(ClosedError)
      await expect(redis.get('k')).rejects.toBeInstanceOf(ClosedError)
      await expect(redis.blpop('q', 0)).rejects.toBeInstanceOf(ClosedError)
      expect(redis.status.state).toBe('closed')
    })

    it('answers what was sent before it closes', async () => {
      const redis = await create()
      const closed: Error[] = []
      redis.on('close', (reason) => closed.push(reason))
      const writes = Array.from({ length: 100 }, () => redis.incr('n'))
      const ended = redis.close()
      expect(await Promise.all(writes)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
      await ended
      expect(closed).toHaveLength(1)
      await redis.close()
      await expect(redis.quit()).rejects.toBeInstanceOf(ClosedError)
    })

    it('closes the engine with its last client, not before', async () => {
      const redis = await create()
      const other = await redis.duplicate()
      await redis.set('k', 'v')
      expect(await redis.quit()).toBe('OK')
      expect(await other.get('k')).toBe('v')
      await other.close()
      await expect(other.get('k')).rejects.toBeInstanceOf(ClosedError)
    })

    it('is told when the engine ends its session', async () => {
      const redis = await create()
      const other = await redis.duplicate()
      const id = await other.clientId()
      const closed = new Promise((resolve) => other.on('close', resolve))
      expect(await redis.clientKill('ID', id)).toBe(1)
      expect(await closed).toBeInstanceOf(ClosedError)
      await expect(other.get('k')).rejects.toBeInstanceOf(ClosedError)
      expect(await redis.ping()).toBe('PONG')
    })

    it('disposes of itself', async () => {
      const redis = await create()
      const dispose = Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')
      await redis[dispose as typeof Symbol.asyncDispose]()
      await expect(redis.ping()).rejects.toBeInstanceOf(ClosedError)
    })

    it('has a status and a barrier', async () => {
      const redis = await create()
      expect(redis.status).toMatchObject({ state: 'ready', store: 'memory', durable: false })
      await redis.set('k', 'v')
      await redis.flush()
      await redis.ready()
    })
  })
}
