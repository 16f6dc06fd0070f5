import { describe, expect, it } from 'vitest'
import { LocalLink } from '../../../src/client/local.ts'
import { RedisClient } from '../../../src/client/redis.ts'
import { families } from '../../../src/commands/index.ts'
import { Engine } from '../../../src/engine/engine.ts'
import { StoreError } from '../../../src/persistence/errors.ts'
import { MemoryDisk, MemoryStore } from '../../../src/persistence/stores/memory.ts'
import { type Lock, StoreKeeper, type StoreKeeperOptions } from '../../../src/runtimes/keeper.ts'
import { webPlatform } from '../../../src/runtimes/web.ts'

/** Web Locks and their politeness, for one data set, in one thread. */
class Locks {
  private holder: { lost(): void; asked(): void } | null = null
  private readonly queue: (() => void)[] = []

  /** `deaf`: whoever holds it does not hear that others ask. */
  lock(deaf = false): Lock {
    return {
      take: async (how, ears) => {
        const mine = { lost: ears.lost, asked: deaf ? () => {} : ears.asked }
        const release = () => {
          if (this.holder !== mine) return
          this.holder = null
          this.queue.shift()?.()
        }
        if (this.holder !== null) {
          if (how === 'try') return null
          if (how === 'steal') {
            this.holder.asked()
            for (let i = 0; i < 50 && this.holder !== null; i++) await Promise.resolve()
            const robbed = this.holder
            this.holder = null
            robbed?.lost()
          } else await new Promise<void>((resolve) => this.queue.push(resolve))
        }
        this.holder = mine
        return release
      },
    }
  }
}

function page(disk: MemoryDisk, options: Partial<StoreKeeperOptions> = {}) {
  const config = { appendonly: 'yes', appendfsync: 'always' }
  const engine = new Engine({ platform: webPlatform(), commands: families, config })
  const keeper = new StoreKeeper(engine, { store: () => new MemoryStore(disk), ...options })
  const states: string[] = []
  keeper.listen((event) => {
    if (event.type === 'status' && states.at(-1) !== event.status.state) {
      states.push(event.status.state)
    }
  })
  return { engine, keeper, states, link: new LocalLink(engine, { keeper }) }
}

describe('a data set', () => {
  it('is there again for the next page', async () => {
    const disk = new MemoryDisk()
    const first = page(disk)
    const redis = await RedisClient.over(first.link)
    await redis.set('k', 'v')
    expect(first.keeper.status).toMatchObject({ state: 'ready', store: 'memory', epoch: 1 })
    await redis.close()
    expect(first.states).toEqual(['opening', 'loading', 'ready', 'closed'])
    const again = await RedisClient.over(page(disk).link)
    expect(await again.get('k')).toBe('v')
    expect(again.status.epoch).toBe(2)
    await again.close()
  })

  it('answers nothing before it is loaded', async () => {
    const { link, keeper } = page(new MemoryDisk())
    const redis = await RedisClient.over(link, { lazy: true })
    await expect(redis.get('k')).rejects.toMatchObject({ code: 'LOADING' })
    await redis.ready()
    expect(await redis.get('k')).toBe(null)
    expect(keeper.status.state).toBe('ready')
    await redis.close()
  })

  it('has one owner: a second page is told, and nothing is lost when it takes over', async () => {
    const disk = new MemoryDisk()
    const locks = new Locks()
    const first = page(disk, { lock: locks.lock() })
    const one = await RedisClient.over(first.link)
    await one.set('k', 'from the first')
    const second = page(disk, { lock: locks.lock() })
    await expect(RedisClient.over(second.link)).rejects.toMatchObject({
      name: 'OwnershipError',
      code: 'OWNED_ELSEWHERE',
    })
    const third = page(disk, { lock: locks.lock() })
    const two = await RedisClient.over(third.link, { lazy: true })
    await expect(two.ready()).rejects.toMatchObject({ code: 'OWNED_ELSEWHERE' })
    expect(two.status).toMatchObject({
      state: 'elsewhere',
      error: { code: 'OWNED_ELSEWHERE', message: 'Another page or process owns this data set' },
    })
    await expect(two.set('k', 'x')).rejects.toMatchObject({ code: 'READONLY' })
    await expect(two.get('k')).rejects.toMatchObject({ code: 'LOADING' })
    expect(await one.set('k', 'still the first')).toBe('OK')

    const fenced: Error[] = []
    one.on('fenced', (error) => fenced.push(error))
    await two.takeOver()
    expect(await two.get('k')).toBe('still the first')
    expect(await two.set('k', 'from the second')).toBe('OK')
    expect(fenced).toHaveLength(1)
    expect(one.status).toMatchObject({ state: 'fenced', error: { code: 'FENCED' } })
    await expect(one.set('k', 'x')).rejects.toMatchObject({ code: 'READONLY' })
    expect(await one.get('k')).toBe('still the first')
    await expect(one.flush()).rejects.toMatchObject({ code: 'FENCED' })

    // And back again.
    await one.takeOver()
    expect(await one.get('k')).toBe('from the second')
    expect(await one.set('k', 'again the first')).toBe('OK')
    await expect(two.set('k', 'x')).rejects.toMatchObject({ code: 'READONLY' })
    expect(third.states).toEqual(['opening', 'elsewhere', 'opening', 'loading', 'ready', 'fenced'])
    await one.close()
    await two.close()
  })

  it('is taken by force from an owner that does not listen', async () => {
    const disk = new MemoryDisk()
    const locks = new Locks()
    const one = await RedisClient.over(page(disk, { lock: locks.lock(true) }).link)
    await one.set('k', 1)
    const two = await RedisClient.over(page(disk, { lock: locks.lock(), ownership: 'take' }).link)
    expect(await two.incr('k')).toBe(2)
    await expect(one.incr('k')).rejects.toMatchObject({ code: 'READONLY' })
    await two.close()
    await one.close()
    const three = await RedisClient.over(page(disk).link)
    expect(await three.get('k')).toBe('2')
    await three.close()
  })

  it('the store alone makes two writers impossible, without any lock', async () => {
    const disk = new MemoryDisk()
    const one = await RedisClient.over(page(disk).link)
    await one.set('k', 1)
    const two = await RedisClient.over(page(disk).link)
    expect(await two.incr('k')).toBe(2)
    // The first does not know yet. Its write is not acknowledged, and it learns.
    await expect(one.incr('k')).rejects.toMatchObject({ name: 'ReplyError' })
    expect(one.status.state).toBe('fenced')
    await expect(one.incr('k')).rejects.toMatchObject({ code: 'READONLY' })
    expect(await two.incr('k')).toBe(3)
    await one.close()
    await two.close()
    const three = await RedisClient.over(page(disk).link)
    expect(await three.get('k')).toBe('3')
    await three.close()
  })

  it('may be waited for', async () => {
    const disk = new MemoryDisk()
    const locks = new Locks()
    const one = await RedisClient.over(page(disk, { lock: locks.lock() }).link)
    let ready = false
    const waiting = RedisClient.over(page(disk, { lock: locks.lock(), ownership: 'wait' }).link)
    void waiting.then(() => {
      ready = true
    })
    await one.set('k', 'v')
    expect(ready).toBe(false)
    await one.close()
    const two = await waiting
    expect(await two.get('k')).toBe('v')
    await two.close()
  })

  it('is let go of while the page sleeps, and claimed again', async () => {
    const disk = new MemoryDisk()
    const locks = new Locks()
    const first = page(disk, { lock: locks.lock() })
    const one = await RedisClient.over(first.link)
    await one.set('k', 1)
    await first.link.suspend()
    await expect(one.incr('k')).rejects.toMatchObject({ code: 'LOADING' })
    await first.link.resume()
    expect(await one.incr('k')).toBe(2)

    await first.link.suspend()
    const two = await RedisClient.over(page(disk, { lock: locks.lock() }).link)
    expect(await two.incr('k')).toBe(3)
    await expect(first.link.resume()).rejects.toMatchObject({ code: 'OWNED_ELSEWHERE' })
    expect(one.status.state).toBe('elsewhere')
    await two.close()
    await first.link.resume()
    expect(await one.incr('k')).toBe(4)
    await one.close()
  })

  it('a watch does not survive what may have happened meanwhile', async () => {
    const first = page(new MemoryDisk())
    const one = await RedisClient.over(first.link)
    await one.set('k', 1)
    await one.watch('k')
    await first.link.suspend()
    await first.link.resume()
    expect(await one.multi().incr('k').exec()).toBe(null)
    await one.close()
  })
})

describe('a store that cannot be used', () => {
  const broken = (code: 'unavailable' | 'corrupt' | 'blocked') => () => {
    const store = new MemoryStore(new MemoryDisk())
    store.open = () => Promise.reject(new StoreError(code, `it is ${code}`))
    return store
  }

  it('is an error, and no memory takes its place unasked', async () => {
    const { link, engine } = page(new MemoryDisk(), { store: broken('unavailable') })
    const redis = await RedisClient.over(link, { lazy: true })
    await expect(redis.ready()).rejects.toMatchObject({
      name: 'StorageError',
      code: 'unavailable',
      message: 'it is unavailable',
    })
    expect(redis.status).toMatchObject({
      state: 'failed',
      durable: false,
      fallback: false,
      error: { code: 'unavailable' },
    })
    await expect(redis.set('k', 'v')).rejects.toMatchObject({ code: 'MISCONF' })
    await expect(redis.get('k')).rejects.toMatchObject({ code: 'LOADING' })
    expect(engine.keyspace.size).toBe(0)
    await redis.close()
  })

  it('gives way to memory if the application says so, and that is visible', async () => {
    const options = { store: broken('unavailable'), fallback: 'memory' } as const
    const errors: unknown[] = []
    const { link } = page(new MemoryDisk(), options)
    link.listen((event) => event.type === 'error' && errors.push(event.error))
    const redis = await RedisClient.over(link)
    expect(await redis.set('k', 'v')).toBe('OK')
    expect(redis.status).toMatchObject({
      state: 'ready',
      store: 'memory',
      durable: false,
      fallback: true,
      error: { code: 'unavailable' },
    })
    expect(errors).toMatchObject([{ name: 'StorageError', code: 'unavailable' }])
    await redis.flush()
    await redis.close()
  })

  it('no memory takes the place of damaged data', async () => {
    const { link } = page(new MemoryDisk(), { store: broken('corrupt'), fallback: 'memory' })
    await expect(RedisClient.over(link)).rejects.toMatchObject({ code: 'corrupt' })
  })

  it('one that another process holds is owned elsewhere', async () => {
    const { link } = page(new MemoryDisk(), { store: broken('blocked') })
    await expect(RedisClient.over(link)).rejects.toMatchObject({ code: 'OWNED_ELSEWHERE' })
  })

  it('may be tried again', async () => {
    const disk = new MemoryDisk()
    let works = false
    const store = () => (works ? new MemoryStore(disk) : broken('unavailable')())
    const redis = await RedisClient.over(page(disk, { store }).link, { lazy: true })
    await expect(redis.ready()).rejects.toMatchObject({ code: 'unavailable' })
    works = true
    await redis.retry()
    expect(await redis.set('k', 'v')).toBe('OK')
    await redis.close()
  })
})
