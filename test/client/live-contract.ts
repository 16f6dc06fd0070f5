import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LiveView, RedisClient } from '../../src/index.ts'
import type { Open } from './contract.ts'

const pause = (ms = 20): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** What a view shows, from now on. */
function seen<T>(view: LiveView<T>): { values: (T | undefined)[]; leave: () => void } {
  const values: (T | undefined)[] = []
  const leave = view.subscribe((value) => values.push(value))
  return { values, leave }
}

/** Wait until this holds. */
async function until(holds: () => unknown): Promise<void> {
  for (let i = 0; i < 500 && !holds(); i++) await pause(5)
  expect(holds()).toBeTruthy()
}

/** What live queries promise, wherever the engine is. */
export function liveContract(where: string, open: Open): void {
  describe(`live queries, ${where}`, () => {
    let redis: RedisClient
    let other: RedisClient
    beforeEach(async () => {
      redis = await open()
      other = await redis.duplicate()
      await redis.flushall()
    })
    afterEach(async () => {
      await other.close()
      await redis.close()
    })

    it('show a key of any type, and follow it', async () => {
      const steps: [change: () => Promise<unknown>, shown: unknown][] = [
        [async () => {}, null],
        [() => other.set('k', 'ü'), 'ü'],
        [() => redis.append('k', '!'), 'ü!'],
        [() => other.del('k'), null],
        [() => other.hset('k', { __proto__x: '1', b: '2' }), { __proto__x: '1', b: '2' }],
        [() => other.rename('k', 'gone'), null],
        [() => other.rpush('k', 'a', 'b'), ['a', 'b']],
        [() => other.set('k', 'x').then(() => other.del('k')), null],
        [() => other.sadd('k', 'z', 'a', '10'), ['10', 'a', 'z']],
        [() => other.del('k'), null],
        [
          () => other.zadd('k', 2, 'b', 1, 'a'),
          [
            ['a', 1],
            ['b', 2],
          ],
        ],
        [() => other.flushall(), null],
        [() => other.xadd('k', '1-1', 'f', 'v'), [['1-1', ['f', 'v']]]],
        [() => other.unlink('k'), null],
      ]
      const view = redis.live('k')
      const { leave } = seen(view)
      for (const [change, shown] of steps) {
        await change()
        await until(() => JSON.stringify(view.getSnapshot()) === JSON.stringify(shown))
        expect(view.getSnapshot()).toEqual(shown)
      }
      leave()
    })

    it('show whatever a function reads, from any number of keys', async () => {
      const view = redis.live(async (redis) => {
        const best = (await redis.zrange('board', 0, 1, { rev: true })) as string[]
        return Promise.all(best.map(async (id) => `${id}:${await redis.get(`name:${id}`)}`))
      })
      const { values, leave } = seen(view)
      await other.zadd('board', 1, 'a', 2, 'b', 3, 'c')
      await until(() => String(view.getSnapshot()) === 'c:null,b:null')
      await other.set('name:b', 'Bea')
      await until(() => String(view.getSnapshot()) === 'c:null,b:Bea')
      await other.zadd('board', 4, 'a')
      await until(() => String(view.getSnapshot()) === 'a:null,c:null')
      const before = values.length
      // No part of what is shown.
      await other.set('name:b', 'Bo')
      await other.zadd('board', 0.5, 'd')
      await pause()
      expect(values.length).toBe(before)
      leave()
    })

    it('show all keys that match, each with what it holds', async () => {
      await other.mset({ 'user:2': 'b', 'user:1': 'a', 'order:1': 'x' })
      const view = redis.live({ match: 'user:*' })
      const { leave } = seen(view)
      await until(() => view.getSnapshot()?.size === 2)
      expect([...(view.getSnapshot() ?? [])]).toEqual([
        ['user:1', 'a'],
        ['user:2', 'b'],
      ])
      await other.set('user:10', 'c')
      await other.del('user:1')
      await other.hset('user:3', 'f', 'v')
      await other.set('user', 'not')
      await until(() => view.getSnapshot()?.has('user:3'))
      expect([...(view.getSnapshot() ?? [])]).toEqual([
        ['user:10', 'c'],
        ['user:2', 'b'],
        ['user:3', { f: 'v' }],
      ])
      await other.flushdb()
      await until(() => view.getSnapshot()?.size === 0)
      leave()
    })

    it('follow what expires', async () => {
      const view = redis.live('k')
      const { leave } = seen(view)
      await other.set('k', 'v', { px: 400 })
      await until(() => view.getSnapshot() === 'v')
      await until(() => view.getSnapshot() === null)
      leave()
    })

    it('tell of many changes in a tick once, and nothing when nothing is different', async () => {
      await other.set('n', '0')
      const view = redis.live('n')
      await view.ready()
      const { values, leave } = seen(view)
      await until(() => values.length > 0)
      const changes = Array.from({ length: 100 }, () => other.incr('n'))
      await Promise.all(changes)
      await until(() => view.getSnapshot() === '100')
      expect(values.length).toBeLessThan(20)
      const { length } = values
      await other.set('n', '100')
      await other.set('n', '7')
      await other.set('n', '100')
      await pause()
      expect(values.slice(length).every((value) => value === '100' || value === '7')).toBe(true)
      for (let i = 1; i < values.length; i++) expect(values[i]).not.toBe(values[i - 1])
      leave()
    })

    it('hand out the same object until it changes', async () => {
      await other.hset('h', { a: '1' })
      const view = redis.live('h')
      const { values, leave } = seen(view)
      await until(() => view.getSnapshot())
      const first = view.getSnapshot()
      await other.hset('h', 'a', '1')
      await other.expire('h', 100)
      await pause()
      expect(view.getSnapshot()).toBe(first)
      expect(values).toEqual([undefined, { a: '1' }])
      await other.hset('h', 'a', '2')
      await until(() => view.getSnapshot() !== first)
      expect(first).toEqual({ a: '1' })
      leave()
    })

    it('can be iterated; a slow reader gets the newest', async () => {
      await other.set('n', '1')
      const shown: unknown[] = []
      for await (const value of redis.live('n')) {
        shown.push(value)
        if (value === '1') for (let i = 2; i <= 5; i++) await other.set('n', i)
        if (value === '5') break
      }
      expect(shown[0]).toBe('1')
      expect(shown.at(-1)).toBe('5')
      expect(shown.length).toBeLessThan(6)
    })

    it('take a session only as long as somebody looks, and begin afresh then', async () => {
      const count = async (): Promise<number> =>
        String(await other.call('CLIENT', 'LIST'))
          .trim()
          .split('\n').length
      const before = await count()
      const view = redis.live('k')
      expect(await count()).toBe(before)
      const [one, two] = [seen(view), seen(view)]
      await view.ready()
      expect(await count()).toBe(before + 1)
      one.leave()
      await pause()
      expect(await count()).toBe(before + 1)
      two.leave()
      await pause()
      expect(await count()).toBe(before)
      await other.set('k', 'v')
      expect(view.getSnapshot()).toBe(null)
      const values: unknown[] = []
      for await (const value of view) {
        values.push(value)
        break
      }
      expect(values).toEqual(['v'])
    })

    it('say why nothing can be shown, and go on when it can', async () => {
      await other.set('k', 'text')
      const view = redis.live((redis) => redis.hgetall('k'))
      const { leave } = seen(view)
      await until(() => view.error)
      expect(view.error?.message).toContain('WRONGTYPE')
      await expect(view.ready()).rejects.toThrow('WRONGTYPE')
      await other.del('k')
      await other.hset('k', 'a', 1)
      await until(() => view.getSnapshot())
      expect(view.error).toBe(null)
      expect(view.getSnapshot()).toEqual({ a: '1' })
      leave()
    })

    it('use the database that the client has, and its kind of replies', async () => {
      await redis.select(3)
      await redis.set('k', 'three')
      expect(await redis.live('k').ready()).toBe('three')
      expect(await other.live('k').ready()).toBe(null)
      expect(await redis.bytes.live('k').ready()).toEqual(new TextEncoder().encode('three'))
    })

    it('end with their client, which they do not keep open', async () => {
      const third = await redis.duplicate()
      const view = third.live('k')
      const shown: unknown[] = []
      const reading = (async () => {
        for await (const value of view) shown.push(value)
      })()
      await until(() => shown.length === 1)
      await third.close()
      await reading
      const again: unknown[] = []
      view.subscribe((value) => again.push(value))
      expect(again).toEqual([null])
      const fourth = redis.live('k')
      fourth.subscribe(() => {})
      fourth.close()
      await expect(fourth.ready()).rejects.toThrow('closed')
    })
  })
}
