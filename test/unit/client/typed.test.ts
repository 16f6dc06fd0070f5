import { readFileSync } from 'node:fs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { generate } from '../../../src/client/generate.ts'
import { kindOf, methods } from '../../../src/client/methods.ts'
import type { Outcome } from '../../../src/client/pipeline.ts'
import { RedisClient } from '../../../src/client/redis.ts'
import { families } from '../../../src/commands/index.ts'
import { type Message, Redis } from '../../../src/index.ts'

describe('typed.ts', () => {
  it('is what the generator makes of the command blocks (npx tsx src/client/generate.ts)', () => {
    expect(readFileSync('src/client/typed.ts', 'utf8') === generate(families)).toBe(true)
  })

  it('has a method for every command, unless the class has its own', () => {
    const own = ['multi', 'exec', 'discard', 'quit', 'hello', 'monitor']
    // What follows them is no RESP, or nothing at all.
    own.push('sync', 'psync', 'replconf')
    for (const family of Object.values(families)) {
      for (const { name } of Object.values(family)) {
        const method = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
        const has = method in RedisClient.prototype || own.includes(name)
        expect([name, has]).toEqual([name, true])
      }
    }
    expect(methods.find(({ name }) => name === 'clientNoEvict')?.words).toEqual([
      'CLIENT',
      'NO-EVICT',
    ])
    expect('getBuffer' in RedisClient.prototype).toBe(true)
  })

  it('no command has taken the place of a method of the class', () => {
    for (const name of ['call', 'pipeline', 'subscribe', 'on', 'close', 'flush', 'ready', 'sync']) {
      expect(methods.map((method) => method.name)).not.toContain(name)
    }
  })

  it('knows what blocks and what must not be sent', () => {
    expect(kindOf('BLPOP', 'k')).toBe('blocking')
    expect(kindOf('wait', 0)).toBe('plain')
    expect(kindOf('client', 'reply')).toBe('refused')
    expect(kindOf('Client', 'ID')).toBe('plain')
    expect(kindOf('Monitor', undefined)).toBe('refused')
  })
})

describe('the types of the client', () => {
  it('say what comes back, and accept what may be sent', () => {
    // For the compiler: it is never called.
    const claims = (redis: Redis): void => {
      expectTypeOf(redis.get('k')).resolves.toEqualTypeOf<string | null>()
      expectTypeOf(redis.getBuffer('k')).resolves.toEqualTypeOf<Uint8Array | null>()
      expectTypeOf(redis.bytes.get('k')).resolves.toEqualTypeOf<Uint8Array | null>()
      expectTypeOf(redis.sync.get('k')).toEqualTypeOf<string | null>()
      expectTypeOf(redis.mget('a', ['b'])).resolves.toEqualTypeOf<(string | null)[]>()
      expectTypeOf(redis.exists('a', new Uint8Array(1))).resolves.toEqualTypeOf<number>()
      expectTypeOf(redis.configGet('*')).resolves.toEqualTypeOf<Record<string, string>>()
      expectTypeOf(redis.bytes.configGet('*')).resolves.toEqualTypeOf<Record<string, Uint8Array>>()
      expectTypeOf(redis.blpop('q', 0.01)).resolves.toEqualTypeOf<
        [key: string, element: string] | null
      >()
      expectTypeOf(redis.call('anything')).resolves.toEqualTypeOf<unknown>()
      expectTypeOf(redis.set('k', 1n, { ex: 60, nx: true })).resolves.toEqualTypeOf<
        'OK' | string | null
      >()
      // @ts-expect-error a mistyped option
      void redis.set('k', 'v', { exx: 60 })
      // @ts-expect-error a value that is neither text, number nor bytes
      void redis.set('k', { a: 1 })
      // @ts-expect-error no value
      void redis.set('k')
    }
    expect(claims).toBeTypeOf('function')
  })

  it('follow a chain, and give in to one that is not', async () => {
    const redis = await Redis.create('memory:')
    const chained = await redis.pipeline().set('k', 1).get('k').incr('k').exec()
    expectTypeOf(chained[1]).toEqualTypeOf<Outcome<string | null>>()
    const [error, value] = chained[2]
    if (error === null) expectTypeOf(value).toEqualTypeOf<number | bigint>()
    expectTypeOf(await redis.pipeline().get('k').strlen('k').results()).toEqualTypeOf<
      [string | null, number]
    >()
    expectTypeOf(await redis.multi().get('k').exec()).toEqualTypeOf<
      [Outcome<string | null>] | null
    >()
    const loose = redis.pipeline()
    loose.get('k')
    expectTypeOf(await loose.exec()).toEqualTypeOf<Outcome<unknown>[]>()
    await redis.close()
  })

  it('follow the kind of messages', async () => {
    const redis = await Redis.create('memory:')
    const text = await redis.subscribe('a')
    const bytes = await redis.bytes.psubscribe('a*')
    expectTypeOf(text[Symbol.asyncIterator]().next).returns.resolves.toEqualTypeOf<
      IteratorResult<Message, void>
    >()
    expectTypeOf(bytes[Symbol.asyncIterator]().next).returns.resolves.toEqualTypeOf<
      IteratorResult<Message<Uint8Array>, void>
    >()
    redis.on('message', (channel, message) => {
      expectTypeOf(channel).toEqualTypeOf<string>()
      expectTypeOf(message).toEqualTypeOf<string>()
    })
    await redis.close()
  })
})
