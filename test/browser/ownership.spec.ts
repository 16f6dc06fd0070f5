/** One data set, several pages: one of them owns it, and everybody knows which. */
import { chromium, type Page } from '@playwright/test'
import type {} from './lab/main.ts'
import { CHROMIUM, ORIGIN } from './place.ts'
import { expect, freshName, openLab, Playground, test } from './playground.ts'

const READONLY =
  'READONLY This data set has been taken over by another page or process. Writes are refused here.'

/** Make a page asleep, as browsers do with tabs nobody looks at, or awake again. */
async function setLife(page: Page, state: 'frozen' | 'active'): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Page.setWebLifecycleState', { state })
  await session.detach()
}

test.describe('in the playground', () => {
  test('a second page is told, may take over, and the first one says that it lost the data', async ({
    page,
    context,
  }) => {
    const name = freshName()
    const first = await Playground.open(page, name)
    await first.run('SET from first')
    const second = await Playground.visit(await context.newPage(), name)
    await second.owns('elsewhere')
    await expect(second.banner).toBeVisible()
    await expect(second.banner).toContainText('This data is open in another tab.')
    await expect(second.line).toBeDisabled()
    // Nothing has happened to the first one.
    expect(await first.run('INCR n')).toBe('(integer) 1')
    await second.page.getByRole('button', { name: 'Use it here' }).click()
    await second.usable()
    await second.owns('ours')
    await expect(second.banner).toBeHidden()
    expect(await second.run('GET from')).toBe('"first"')
    expect(await second.run('INCR n')).toBe('(integer) 2')
    await first.owns('taken')
    await expect(first.banner).toContainText('Another tab has taken this data over.')
    await expect(first.line).toBeDisabled()
    // And back again, with what the second one has done.
    await first.page.getByRole('button', { name: 'Take it back' }).click()
    await first.usable()
    expect(await first.run('INCR n')).toBe('(integer) 3')
    await second.owns('taken')
    await expect(second.line).toBeDisabled()
  })

  test('a page that is closed leaves the data to the next', async ({ page, context }) => {
    const name = freshName()
    const first = await Playground.open(page, name)
    const second = await Playground.visit(await context.newPage(), name)
    await second.owns('elsewhere')
    await first.run('SET a 1')
    await page.close()
    await second.page.reload()
    await second.usable()
    await second.owns('ours')
    expect(await second.run('GET a')).toBe('"1"')
  })

  test('a page that crashes leaves the data to the next', { tag: '@chromium' }, async ({
    page,
    context,
    complaints,
  }) => {
    complaints.allow(/crash/)
    const name = freshName()
    const first = await Playground.open(page, name)
    await first.run('SET a 1')
    const crashed = page.waitForEvent('crash')
    void page.goto('chrome://crash').catch(() => {})
    await crashed
    const second = await Playground.open(await context.newPage(), name)
    await second.owns('ours')
    expect(await second.run('GET a')).toBe('"1"')
  })

  test('a frozen page keeps nobody out, and knows when it wakes up', { tag: '@chromium' }, async ({
    page,
    context,
  }) => {
    const name = freshName()
    const first = await Playground.open(page, name)
    await first.run('SET a 1')
    await setLife(page, 'frozen')
    const second = await Playground.visit(await context.newPage(), name)
    await expect(second.page.locator('body')).toHaveAttribute('data-ownership', /./)
    // It had time to let go before its worker was frozen as well, or it had not.
    const use = second.page.getByRole('button', { name: 'Use it here' })
    if (await use.isVisible()) await use.click()
    await second.usable()
    await second.owns('ours')
    expect(await second.run('INCR a')).toBe('(integer) 2')
    await setLife(page, 'active')
    await expect(page.locator('body')).toHaveAttribute('data-ownership', /elsewhere|taken/)
    await expect(first.banner).toBeVisible()
    await expect(first.line).toBeDisabled()
    await first.page.locator('#banner-action').click()
    await first.usable()
    expect(await first.run('INCR a')).toBe('(integer) 3')
    await second.owns('taken')
  })

  test('a frozen page goes on where it was if nobody took the data', { tag: '@chromium' }, async ({
    page,
  }) => {
    const first = await Playground.open(page, freshName())
    await first.run('SET a 1')
    await setLife(page, 'frozen')
    await setLife(page, 'active')
    await first.is('saved')
    await first.owns('ours')
    expect(await first.run('INCR a')).toBe('(integer) 2')
  })
})

test('a page that comes back out of the cache of pages works on', {
  tag: '@chromium',
}, async () => {
  // Playwright turns that cache off, and in incognito contexts there is none.
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  })
  try {
    const context = await browser.newContext({ baseURL: ORIGIN })
    const page = await context.newPage()
    const name = freshName()
    const first = await Playground.open(page, name)
    await first.run('SET a 1')
    await page.evaluate(() => {
      window.addEventListener('pageshow', (event) => {
        document.body.dataset['persisted'] = String(event.persisted)
      })
    })
    await page.goto('/lab/index.html')
    // While it is away it must not keep the data from others.
    const second = await Playground.open(await context.newPage(), name)
    expect(await second.run('INCR a')).toBe('(integer) 2')
    await second.page.close()
    // Not `goBack`: that waits for a load, and out of the cache there is none.
    const session = await context.newCDPSession(page)
    const { entries } = await session.send('Page.getNavigationHistory')
    await session.send('Page.navigateToHistoryEntry', { entryId: entries.at(-2)?.id ?? 0 })
    await expect(page.locator('body')).toHaveAttribute('data-persisted', 'true')
    await first.owns('ours')
    await first.is('saved')
    await first.usable()
    expect(await first.run('INCR a')).toBe('(integer) 3')
  } finally {
    await browser.close()
  }
})

test.describe('in the library', () => {
  test('a second client is refused with an error to switch on, or waits', async ({
    page,
    context,
  }) => {
    const address = `idb://${freshName()}`
    const other = await context.newPage()
    await openLab(page)
    await openLab(other)
    await page.evaluate(async (address) => {
      lab.redis = await lab.Redis.create(address, { worker: lab.worker })
      await lab.redis.set('a', 1)
    }, address)
    expect(
      await other.evaluate(
        (address) => lab.outcome(lab.Redis.create(address, { worker: lab.worker })),
        address,
      ),
    ).toEqual({
      name: 'OwnershipError',
      code: 'OWNED_ELSEWHERE',
      message: 'Another page or process owns this data set',
    })
    await other.evaluate((address) => {
      const options = { worker: lab.worker, ownership: 'wait' } as const
      lab.kept['waiting'] = lab.Redis.create(address, options).then((redis) => redis.get('a'))
    }, address)
    await page.evaluate(async () => {
      await lab.redis.set('a', 2)
      await lab.redis.close()
    })
    expect(await other.evaluate(() => lab.kept['waiting'])).toBe('2')
  })

  test('a fenced client answers reads, refuses writes, and says so', async ({ page, context }) => {
    const address = `idb://${freshName()}`
    const other = await context.newPage()
    await openLab(page)
    await openLab(other)
    await page.evaluate(async (address) => {
      lab.redis = await lab.Redis.create(address, { worker: lab.worker })
      lab.kept['fenced'] = new Promise((resolve) => {
        lab.redis.on('fenced', (error) => resolve(error.message))
      })
      await lab.redis.set('a', 1)
    }, address)
    await other.evaluate(async (address) => {
      const options = { worker: lab.worker, ownership: 'take' } as const
      lab.redis = await lab.Redis.create(address, options)
      await lab.redis.set('a', 2)
    }, address)
    const first = await page.evaluate(async () => ({
      told: await lab.kept['fenced'],
      state: lab.redis.status.state,
      error: lab.redis.status.error,
      read: await lab.redis.get('a'),
      write: await lab.outcome(lab.redis.set('a', 3)),
      transaction: await lab.outcome(lab.redis.multi().set('a', 3).exec()),
      flush: await lab.outcome(lab.redis.flush()),
    }))
    expect(first).toEqual({
      told: 'Another page or process has asked for the data set',
      state: 'fenced',
      error: { code: 'FENCED', message: 'Another page or process has asked for the data set' },
      read: '1',
      write: { name: 'ReplyError', code: 'READONLY', message: READONLY },
      transaction: {
        name: 'ReplyError',
        code: 'EXECABORT',
        message: 'EXECABORT Transaction discarded because of previous errors.',
      },
      flush: {
        name: 'OwnershipError',
        code: 'FENCED',
        message: 'Another page or process has asked for the data set',
      },
    })
    expect(await other.evaluate(() => lab.redis.get('a'))).toBe('2')
  })

  test('an owner that hangs is put out, and learns of it when it comes to', async ({
    page,
    context,
  }) => {
    const address = `idb://${freshName()}`
    const other = await context.newPage()
    await openLab(page)
    await openLab(other)
    await page.evaluate(async (address) => {
      // In the page's own thread, which then has no time for anybody.
      lab.redis = await lab.Redis.create(address, { config: { appendfsync: 'always' } })
      await lab.redis.set('a', 1)
    }, address)
    const hanging = page.evaluate(() => {
      const end = Date.now() + 4000
      while (Date.now() < end);
      return Date.now()
    })
    const taken = await other.evaluate(async (address) => {
      const options = { worker: lab.worker, ownership: 'take' } as const
      lab.redis = await lab.Redis.create(address, options)
      await lab.redis.incr('a')
      return Date.now()
    }, address)
    expect(taken).toBeLessThan(await hanging)
    const woken = await page.evaluate(async () => {
      await lab.reaches(lab.redis, 'fenced')
      return { error: lab.redis.status.error, write: await lab.outcome(lab.redis.incr('a')) }
    })
    expect(woken).toMatchObject({
      error: { code: 'FENCED' },
      write: { name: 'ReplyError', code: 'READONLY' },
    })
    expect(await other.evaluate(() => lab.redis.get('a'))).toBe('2')
  })

  for (const where of ['workers', 'pages', 'pages without Web Locks'] as const) {
    test(`two writers are impossible while the data goes to and fro between ${where}`, async ({
      page,
      context,
    }) => {
      const address = `idb://${freshName()}`
      if (where === 'pages without Web Locks') {
        // Nobody hears of the other then; the epoch in the store is all there is.
        await context.addInitScript(() => {
          Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })
        })
      }
      const pages = { a: page, b: await context.newPage() }
      for (const [who, each] of Object.entries(pages)) {
        await openLab(each)
        // Write without end; what was acknowledged is kept with the count it was acknowledged with.
        await each.evaluate(
          async ({ address, who, where }) => {
            const redis = await lab.Redis.create(address, {
              ...(where === 'workers' ? { worker: lab.worker } : {}),
              ownership: 'take',
              config: { appendfsync: 'always', 'auto-aof-rewrite-min-size': '32kb' },
            })
            lab.redis = redis
            const acks: [entry: string, count: unknown][] = []
            const refusals = new Set<string>()
            let going = true
            const write = async (writer: number) => {
              for (let i = 0; going; i++) {
                const entry = `${who}-${writer}-${i}`
                try {
                  const results = await redis.multi().rpush('log', entry).incr('count').exec()
                  if (results?.[0]?.[1] !== results?.[1]?.[1]) throw new Error(`torn: ${results}`)
                  acks.push([entry, results?.[1]?.[1]])
                } catch (error) {
                  refusals.add((error as Error).message)
                  await new Promise((resolve) => setTimeout(resolve, 2))
                }
              }
            }
            const writers = [1, 2, 3].map(write)
            lab.kept = {
              acks,
              async stop() {
                going = false
                await Promise.all(writers)
                return { acks, refusals: [...refusals] }
              },
            }
          },
          { address, who, where },
        )
      }
      const acks = (who: 'a' | 'b') =>
        pages[who].evaluate(() => (lab.kept['acks'] as unknown[]).length)
      for (let turn = 0; turn < 10; turn++) {
        const who = turn % 2 === 0 ? 'a' : 'b'
        await pages[who].evaluate(() => lab.redis.takeOver())
        const before = await acks(who)
        await expect.poll(() => acks(who)).toBeGreaterThan(before + 20)
      }
      const stop = (who: 'a' | 'b') =>
        pages[who].evaluate(() =>
          (lab.kept['stop'] as () => Promise<{ acks: [string, number][]; refusals: string[] }>)(),
        )
      const told = { a: await stop('a'), b: await stop('b') }
      await pages.a.close()
      await pages.b.close()
      const reader = await context.newPage()
      await openLab(reader)
      const { log, count } = await reader.evaluate(async (address) => {
        const redis = await lab.Redis.create(address, { worker: lab.worker, ownership: 'wait' })
        return { log: await redis.lrange('log', 0, -1), count: await redis.get('count') }
      }, address)

      expect(count).toBe(`${log.length}`)
      const all = [...told.a.acks, ...told.b.acks]
      expect(all.length).toBeGreaterThan(200)
      // Each acknowledged write is where it was said to be: none lost, none twice, no mixture.
      const misplaced = all.filter(([entry, count]) => log[count - 1] !== entry)
      expect(misplaced).toEqual([])
      expect(new Set(log).size).toBe(log.length)
      for (const who of ['a', 'b'] as const) {
        for (const writer of [1, 2, 3]) {
          const own = log
            .filter((entry) => entry.startsWith(`${who}-${writer}-`))
            .map((entry) => Number(entry.split('-')[2]))
          expect(own).toEqual([...own].sort((x, y) => x - y))
        }
      }
      // The other one was refused, in words it can act on, and with nothing else. MISCONF: it was
      // carried out in memory, and only the store knew of the other owner.
      const known =
        /^(READONLY|LOADING|EXECABORT) |^MISCONF .*another owner has taken the data set over/
      for (const { refusals } of Object.values(told)) {
        expect(refusals.length).toBeGreaterThan(0)
        expect(refusals.filter((text) => !known.test(text))).toEqual([])
      }
    })
  }
})
