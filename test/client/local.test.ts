import { describe, expect, it } from 'vitest'
import { Redis } from '../../src/index.ts'
import { clientContract } from './contract.ts'
import { liveContract } from './live-contract.ts'

clientContract('in the thread of its engine', (options) => Redis.create('memory:', options))
liveContract('in the thread of its engine', (options) => Redis.create('memory:', options))

describe('the synchronous face', () => {
  it('answers at once what the other face answers', async () => {
    const redis = await Redis.create('memory:')
    expect(redis.sync.set('k', 'ü', { get: true })).toBe(null)
    expect(redis.sync.get('k')).toBe('ü')
    expect(await redis.get('k')).toBe('ü')
    expect(redis.bytes.sync.get('k')).toEqual(Uint8Array.of(0xc3, 0xbc))
    expect(() => redis.sync.incr('k')).toThrow('ERR value is not an integer or out of range')
    expect(redis.sync.call('config', 'get', 'maxmemory')).toEqual({ maxmemory: '0' })
    await redis.close()
    expect(() => redis.sync.get('k')).toThrow('The connection is closed')
  })

  it('does not block: the time is up at once', async () => {
    const redis = await Redis.create('memory:')
    expect(redis.sync.blpop('q', 0)).toBe(null)
    expect(await redis.rpush('q', 'a')).toBe(1)
    expect(redis.sync.blpop('q', 0)).toEqual(['q', 'a'])
    await redis.close()
  })

  it('shares the session with the other face', async () => {
    const redis = await Redis.create('memory:')
    redis.sync.select(1)
    await redis.set('k', 'v')
    redis.sync.select(0)
    expect(await redis.get('k')).toBe(null)
    await redis.close()
  })

  it('throws when the engine is paused, and replies do not get out of order', async () => {
    const redis = await Redis.create('memory:')
    const admin = await redis.duplicate()
    await admin.clientPause(20, 'WRITE')
    expect(() => redis.sync.set('a', 1)).toThrow('SET has to wait')
    expect(() => redis.sync.get('a')).toThrow('waiting')
    expect(await redis.get('a')).toBe('1')
    await redis.close()
    await admin.close()
  })
})

describe('addresses', () => {
  it('an address that this entry point does not know is refused by name', async () => {
    await expect(Redis.create('idb://app')).rejects.toThrow(
      'This entry point does not know "idb:", only "memory:"',
    )
    await expect(Redis.create('app')).rejects.toThrow('"app" is no address')
  })

  it('engines of two clients know nothing of each other', async () => {
    const [a, b] = [await Redis.create('memory:'), await Redis.create('memory://app')]
    await a.set('k', 'v')
    expect(await b.get('k')).toBe(null)
    await a.close()
    await b.close()
  })

  it('an engine option that does not exist is refused', async () => {
    await expect(Redis.create('memory:', { config: { nonsense: '1' } })).rejects.toThrow(TypeError)
  })
})
