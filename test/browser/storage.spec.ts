/**
 * The browser's storage as it is, and as it is on bad days: the contract of stores over the real
 * IndexedDB and OPFS, and the list of pitfalls in `src/persistence/README.md` as far as it takes a browser.
 */
import { randomBytes } from 'node:crypto'
import type { BrowserContext, Page } from '@playwright/test'
import type {} from './lab/contract.ts'
import type {} from './lab/main.ts'
import { ORIGIN } from './place.ts'
import { expect, freshName, openLab, Playground, test } from './playground.ts'

for (const store of ['indexeddb', 'opfs'] as const) {
  test(`the store over the browser's ${store} keeps the contract of stores`, async ({ page }) => {
    test.setTimeout(120_000)
    await page.goto('/lab/contract.html')
    await page.waitForFunction(() => 'contracts' in globalThis)
    const titles = await page.evaluate((store) => contracts[store].map(({ title }) => title), store)
    expect(titles.length).toBeGreaterThan(15)
    for (const [index, title] of titles.entries()) {
      await test.step(title, async () => {
        const problem = await page.evaluate(
          ([store, index]) =>
            contracts[store][index]?.run().then(
              () => '',
              (error: Error) => error.stack ?? `${error}`,
            ),
          [store, index] as const,
        )
        expect.soft(problem, title).toBe('')
      })
    }
  })
}

/** A client that stores before it answers, as `lab.redis`. */
async function create(page: Page, address: string, where: 'worker' | 'page'): Promise<void> {
  await openLab(page)
  await page.evaluate(
    async ({ address, where }) => {
      lab.redis = await lab.Redis.create(address, {
        ...(where === 'worker' ? { worker: lab.worker } : {}),
        config: { appendfsync: 'always' },
      })
    },
    { address, where },
  )
}

test.describe('no room', () => {
  /** Allow the origin so many bytes; it lasts as long as the session does. */
  async function limit(page: Page, bytes: number): Promise<{ lift(): Promise<void> }> {
    const session = await page.context().newCDPSession(page)
    await session.send('Storage.overrideQuotaForOrigin', { origin: ORIGIN, quotaSize: bytes })
    return {
      async lift() {
        await session.send('Storage.overrideQuotaForOrigin', { origin: ORIGIN })
      },
    }
  }

  /**
   * Write until it fails: each unit is a value that cannot be compressed, and its number. Chromium
   * looks at the quota only once in a while, so the quota is set before anything is written.
   */
  const fill = (page: Page) =>
    page.evaluate(async () => {
      const { redis } = lab
      for (let i = 1; i <= 200; i++) {
        const noise = crypto.getRandomValues(new Uint8Array(60_000))
        const outcome = await lab.outcome(
          redis.multi().set(`big:${i}`, noise).set('last', i).exec(),
        )
        if (outcome.name !== undefined) return { acked: i - 1, outcome }
      }
      return { acked: 200, outcome: {} as { name?: string; message?: string } }
    })

  /** What a new page finds: everything up to `last`, and nothing else. */
  async function look(page: Page, address: string): Promise<number> {
    await create(page, address, 'worker')
    const { last, keys } = await page.evaluate(async () => ({
      last: Number(await lab.redis.get('last')),
      keys: await lab.redis.keys('big:*'),
    }))
    expect(keys.sort()).toEqual(Array.from({ length: last }, (_, i) => `big:${i + 1}`).sort())
    return last
  }

  test('refuses writes, answers reads, loses nothing, and recovers when there is room', {
    tag: '@chromium',
  }, async ({ page, context }) => {
    const address = `idb://${freshName()}`
    const quota = await limit(page, 2 * 1024 * 1024)
    await create(page, address, 'worker')
    const { acked, outcome } = await fill(page)
    expect(acked).toBeGreaterThan(3)
    expect(acked).toBeLessThan(100)
    expect(outcome.message).toMatch(/^MISCONF Errors writing to the AOF file: /)
    const state = await page.evaluate(async () => ({
      state: lab.redis.status.state,
      code: lab.redis.status.error?.code,
      saved: lab.redis.status.saved,
      write: await lab.outcome(lab.redis.set('a', 1)),
      read: (await lab.redis.getBuffer('big:1'))?.length,
      flush: await lab.outcome(lab.redis.flush()),
    }))
    expect(state).toMatchObject({
      state: 'failed',
      code: 'quota-exceeded',
      saved: false,
      write: { name: 'ReplyError', code: 'MISCONF' },
      read: 60_000,
      flush: { name: 'StorageError', code: 'quota-exceeded' },
    })
    await quota.lift()
    const after = await page.evaluate(async () => {
      await lab.redis.retry()
      const { state } = lab.redis.status
      return { state, a: await lab.redis.set('a', 2), last: Number(await lab.redis.get('last')) }
    })
    expect(after).toMatchObject({ state: 'ready', a: 'OK' })
    expect(after.last).toBeGreaterThanOrEqual(acked)
    await page.close()
    const next = await context.newPage()
    expect(await look(next, address)).toBe(after.last)
    expect(await next.evaluate(() => lab.redis.get('a'))).toBe('2')
  })

  test('loses nothing acknowledged if the page ends while there is none', {
    tag: '@chromium',
  }, async ({ page, context }) => {
    const address = `idb://${freshName()}`
    const next = await context.newPage()
    const quota = await limit(next, 2 * 1024 * 1024)
    await create(page, address, 'worker')
    const { acked } = await fill(page)
    expect(acked).toBeLessThan(100)
    await page.close()
    await quota.lift()
    expect(await look(next, address)).toBeGreaterThanOrEqual(acked)
  })

  test('is seen in the playground, and so is its end', { tag: '@chromium' }, async ({ page }) => {
    const quota = await limit(page, 1024 * 1024)
    const playground = await Playground.open(page, freshName())
    const refusal = /^\(error\) MISCONF Errors writing to the AOF file: /
    let reply = 'OK'
    for (let i = 0; i < 40 && reply === 'OK'; i++) {
      reply = await playground.run(`SET a ${randomBytes(60_000).toString('base64')}`)
    }
    expect(reply).toMatch(refusal)
    await playground.is('failed')
    await expect(page.locator('#store-text')).toContainText('Not saved')
    expect(await playground.run('SET b 1')).toMatch(refusal)
    expect(await playground.run('STRLEN a')).toBe('(integer) 80000')
    await quota.lift()
    // It tries again by itself.
    await expect(page.locator('body')).toHaveAttribute('data-state', 'saved', { timeout: 15_000 })
    expect(await playground.run('SET b 2')).toBe('OK')
    await page.reload()
    await playground.usable()
    expect(await playground.run('GET b')).toBe('"2"')
  })
})

test.describe('a connection that is lost', () => {
  for (const where of ['worker', 'page'] as const) {
    test(`with the data set, because "${where === 'worker' ? 'clear site data' : 'deleteDatabase'}", fences the engine in a ${where}`, {
      tag: where === 'worker' ? '@chromium' : [],
    }, async ({ page, context }) => {
      const name = freshName()
      await create(page, `idb://${name}`, where)
      await page.evaluate(() => lab.redis.set('a', 1))
      await (where === 'worker' ? clearSite(context) : deleteIn(await context.newPage(), name))
      const outcome = await page.evaluate(async () => {
        const write = await lab.outcome(lab.redis.set('a', 2))
        await lab.reaches(lab.redis, 'fenced')
        const { error } = lab.redis.status
        return {
          write,
          error,
          read: await lab.redis.get('a'),
          next: await lab.outcome(lab.redis.set('a', 3)),
        }
      })
      expect(outcome).toMatchObject({
        write: { name: 'ReplyError' },
        error: { code: 'FENCED', message: 'the data set was deleted under its owner (epoch 1)' },
        next: { name: 'ReplyError', code: 'READONLY' },
      })
      // Whoever wants to go on says so, and begins anew.
      const again = await page.evaluate(async () => {
        await lab.redis.takeOver()
        return [lab.redis.status.state, await lab.redis.get('a'), await lab.redis.set('b', 1)]
      })
      expect(again).toEqual(['ready', null, 'OK'])
    })
  }

  test('with the data set is seen in the playground, with a way on', { tag: '@chromium' }, async ({
    page,
    context,
  }) => {
    const playground = await Playground.open(page, freshName())
    await playground.run('SET a 1')
    await playground.is('saved')
    await clearSite(context)
    await playground.run('SET a 2')
    await playground.is('failed')
    await expect(page.locator('#store-text')).toContainText('Not saved')
    await expect(playground.banner).toBeVisible()
    await expect(playground.banner).toContainText('deleted')
    await expect(playground.banner).not.toContainText('another tab has taken')
    await page.locator('#banner-action').click()
    await playground.usable()
    expect(await playground.run('GET a')).toBe('(nil)')
    expect(await playground.run('SET a 3')).toBe('OK')
    await playground.is('saved')
  })

  test('alone is made again without anybody noticing', async ({ page }) => {
    // The handle is closed under the store, as browsers do with tabs in the background.
    await page.addInitScript(() => {
      const handles: IDBDatabase[] = []
      const open = IDBFactory.prototype.open
      IDBFactory.prototype.open = function (this: IDBFactory, ...args) {
        const request = open.apply(this, args)
        request.addEventListener('success', () => handles.push(request.result))
        return request
      }
      Object.assign(globalThis, { handles })
    })
    await create(page, `idb://${freshName()}`, 'page')
    const outcome = await page.evaluate(async () => {
      const { handles } = globalThis as unknown as { handles: IDBDatabase[] }
      const replies: unknown[] = []
      for (let i = 0; i < 5; i++) {
        for (const handle of handles) handle.close()
        replies.push(await lab.redis.incr('n'))
      }
      await lab.redis.flush()
      return { replies, state: lab.redis.status.state, opened: handles.length }
    })
    expect(outcome).toMatchObject({ replies: [1, 2, 3, 4, 5], state: 'ready' })
    expect(outcome.opened).toBeGreaterThanOrEqual(6)
    await page.evaluate(() => lab.redis.close())
  })
})

test('the playground offers what is left of damaged data, once', async ({ page }) => {
  const name = freshName()
  await create(page, `idb://${name}`, 'page')
  await page.evaluate(async (name) => {
    await lab.redis.set('before', 1)
    await lab.redis.set('behind', 1)
    await lab.redis.close()
    await new Promise((resolve, reject) => {
      const request = indexedDB.open(`respite:${name}`)
      request.onerror = () => reject(request.error)
      request.onsuccess = () => {
        const tx = request.result.transaction('journal', 'readwrite')
        // The second record: something else has written over it.
        tx.objectStore('journal').put(new Uint8Array(100), [2, 0])
        tx.oncomplete = () => resolve(request.result.close())
      }
    })
  }, name)
  const playground = await Playground.visit(page, name)
  await expect(playground.banner).toContainText('is damaged, so it was not loaded')
  await page.locator('#banner-action').click()
  await playground.usable()
  await expect(playground.banner).toBeHidden()
  await expect(playground.keys).toHaveText(['before'])
  expect(new URL(page.url()).searchParams.has('repair')).toBe(false)
  await page.reload()
  await playground.usable()
  await expect(playground.keys).toHaveText(['before'])
})

test.describe('a database that is not ours to open', () => {
  test('of a newer format is refused, and left as it is', async ({ page }) => {
    const name = freshName()
    await create(page, `idb://${name}`, 'page')
    await page.evaluate(async () => {
      await lab.redis.set('a', 1)
      await lab.redis.close()
    })
    const outcome = await page.evaluate(async (name) => {
      const schema = (value?: number) =>
        new Promise((resolve, reject) => {
          const request = indexedDB.open(`respite:${name}`)
          request.onerror = () => reject(request.error)
          request.onsuccess = () => {
            const db = request.result
            const meta = db.transaction('meta', 'readwrite').objectStore('meta')
            const done = value === undefined ? meta.get('schema') : meta.put(value, 'schema')
            done.onsuccess = () => {
              db.close()
              resolve(done.result)
            }
          }
        })
      await schema(99)
      const refused = await lab.outcome(lab.Redis.create(`idb://${name}`))
      // It is no reason to forget everything in memory either.
      const insisted = await lab.outcome(lab.Redis.create(`idb://${name}`, { fallback: 'memory' }))
      const after = await schema()
      await schema(1)
      const redis = await lab.Redis.create(`idb://${name}`)
      return { refused, insisted, after, a: await redis.get('a') }
    }, name)
    expect(outcome).toEqual({
      refused: {
        name: 'StorageError',
        code: 'newer-format',
        message: 'the database has schema 99; this version reads up to 1',
      },
      insisted: expect.objectContaining({ name: 'StorageError', code: 'newer-format' }),
      after: 99,
      a: '1',
    })
  })

  test('of a newer version is refused, also to those who have it open', async ({
    page,
    context,
  }) => {
    const name = freshName()
    await create(page, `idb://${name}`, 'worker')
    await page.evaluate(() => lab.redis.set('a', 1))
    const other = await context.newPage()
    await openLab(other)
    const upgraded = await other.evaluate(
      (name) =>
        new Promise((resolve, reject) => {
          const request = indexedDB.open(`respite:${name}`, 7)
          request.onerror = () => reject(request.error)
          request.onblocked = () => resolve('blocked')
          request.onsuccess = () => {
            request.result.close()
            resolve('upgraded')
          }
        }),
      name,
    )
    // We let go when another wants to upgrade.
    expect(upgraded).toBe('upgraded')
    const outcome = await page.evaluate(async (name) => {
      const write = await lab.outcome(lab.redis.set('a', 2))
      const { state, error } = lab.redis.status
      await lab.outcome(lab.redis.close())
      const options = { worker: lab.worker }
      return {
        write,
        state,
        error,
        next: await lab.outcome(lab.Redis.create(`idb://${name}`, options)),
      }
    }, name)
    expect(outcome).toMatchObject({
      write: { name: 'ReplyError', code: 'MISCONF' },
      state: 'failed',
      error: { code: 'newer-format' },
      next: { name: 'StorageError', code: 'newer-format' },
    })
  })

  test('because another connection blocks its deletion, is waited for, but not for ever', async ({
    page,
    context,
  }) => {
    const name = freshName()
    const other = await context.newPage()
    await openLab(other)
    // A page that does not listen: an old release, or somebody's extension.
    await other.evaluate(
      (name) =>
        new Promise<void>((resolve) => {
          indexedDB.open(`respite:${name}`, 1).onsuccess = () => {
            indexedDB.deleteDatabase(`respite:${name}`).onblocked = () => resolve()
          }
        }),
      name,
    )
    await openLab(page)
    const outcome = await page.evaluate(async (name) => {
      const store = new lab.IndexedDBStore({ name: `respite:${name}`, openTimeout: 100 })
      return lab.outcome(store.open())
    }, name)
    expect(outcome).toMatchObject({ name: 'StoreError' })
    expect(outcome.code).toMatch(/^(blocked|timeout)$/)
    await other.close()
    await create(page, `idb://${name}`, 'worker')
    expect(await page.evaluate(() => lab.redis.set('a', 1))).toBe('OK')
  })
})

test.describe('no IndexedDB', () => {
  test('that answers: opening is given up after a while, with a typed error', async ({ page }) => {
    await page.clock.install()
    await page.addInitScript(() => {
      const { open } = IDBFactory.prototype
      IDBFactory.prototype.open = function (this: IDBFactory, ...args) {
        const request = open.apply(this, args)
        for (const event of ['success', 'error', 'upgradeneeded', 'blocked']) {
          request.addEventListener(event, (event) => event.stopImmediatePropagation())
        }
        return request
      }
    })
    await openLab(page)
    await page.evaluate((address) => {
      lab.kept['refused'] = lab.outcome(lab.Redis.create(address))
      const fallback = lab.Redis.create(`${address}-2`, { fallback: 'memory' })
      lab.kept['fallback'] = fallback.then(async (redis) => ({
        status: redis.status,
        set: await redis.set('a', 1),
        get: await redis.get('a'),
      }))
      const both = Promise.all([lab.kept['refused'], lab.kept['fallback']])
      void both.finally(() => Object.assign(lab.kept, { over: true }))
    }, `idb://${freshName()}`)
    // There are two attempts of five seconds each, and everything else goes on between them.
    await expect
      .poll(
        async () => {
          await page.clock.runFor(1000)
          return page.evaluate(() => lab.kept['over'])
        },
        { intervals: [20] },
      )
      .toBe(true)
    expect(await page.evaluate(() => lab.kept['refused'])).toEqual({
      name: 'StorageError',
      code: 'timeout',
      message: 'opening the database took longer than 5000 ms',
    })
    expect(await page.evaluate(() => lab.kept['fallback'])).toMatchObject({
      status: { state: 'ready', store: 'memory', durable: false, fallback: true },
      set: 'OK',
      get: '1',
    })
  })

  for (const [how, script] of [
    ['at all', "Object.defineProperty(globalThis, 'indexedDB', { value: undefined })"],
    [
      'that may be touched',
      "Object.defineProperty(globalThis, 'indexedDB', { get() { throw new DOMException('no', 'SecurityError') } })",
    ],
    [
      'that may be opened',
      "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }",
    ],
  ] as const) {
    test(`${how}: a typed error, or memory if the application allows it`, async ({ page }) => {
      await page.addInitScript(script)
      await openLab(page)
      const outcome = await page.evaluate(async (address) => {
        const refused = await lab.outcome(lab.Redis.create(address))
        const redis = await lab.Redis.create(address, { fallback: 'memory' })
        return { refused, status: redis.status, set: await redis.set('a', 1) }
      }, `idb://${freshName()}`)
      expect(outcome).toMatchObject({
        refused: { name: 'StorageError', code: 'unavailable' },
        status: { state: 'ready', store: 'memory', durable: false, fallback: true },
        set: 'OK',
      })
      expect(outcome.status.error).toMatchObject({ code: 'unavailable' })
    })
  }

  test('in the worker: the playground says that nothing is kept', async ({ page, context }) => {
    // What is injected into pages does not reach workers: their script is served with a line more.
    await context.route(/\/assets\/worker-.*\.js$/, async (route) => {
      const response = await route.fetch()
      const body = `Object.defineProperty(self, 'indexedDB', { value: undefined });${await response.text()}`
      await route.fulfill({ response, body })
    })
    const playground = await Playground.open(page, freshName())
    await playground.is('memory')
    await expect(page.locator('#store-text')).toContainText('In memory only')
    await expect(page.locator('#store-text')).toContainText('there is no IndexedDB here')
    expect(await playground.run('SET a 1')).toBe('OK')
    expect(await playground.run('GET a')).toBe('"1"')
    await playground.is('memory')
  })
})

/** As "clear site data" in the browser's settings. */
async function clearSite(context: BrowserContext): Promise<void> {
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Storage.clearDataForOrigin', { origin: ORIGIN, storageTypes: 'indexeddb' })
  await page.close()
}

/** As a script of the same origin may. */
async function deleteIn(page: Page, name: string): Promise<void> {
  await openLab(page)
  await page.evaluate(
    (name) =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.deleteDatabase(`respite:${name}`)
        request.onsuccess = () => resolve()
        request.onerror = () => reject(request.error)
      }),
    name,
  )
}
