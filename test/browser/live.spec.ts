/** Live queries as pages use them: one engine in a worker, four ways to show what it holds. */
import type { Page } from '@playwright/test'
import type {} from './lab/live/main.ts'
import { expect, test } from './playground.ts'

const FRAMEWORKS = ['dom', 'react', 'vue', 'svelte'] as const

async function open(page: Page): Promise<void> {
  await page.goto('/lab/live/index.html')
  await page.waitForFunction(() => 'live' in globalThis)
}

/** How many sessions the engine has. */
const sessions = (page: Page): Promise<number> =>
  page.evaluate(
    async () =>
      String(await live.redis.call('CLIENT', 'LIST'))
        .trim()
        .split('\n').length,
  )

for (const framework of FRAMEWORKS) {
  test(`${framework} shows data and follows it, until it is taken down`, async ({ page }) => {
    await open(page)
    const before = await sessions(page)
    await page.evaluate(async () => {
      await live.redis.zadd('board', 1, 'ann', 2, 'bob')
    })
    await page.evaluate((name) => {
      live.shown[name] = live.show(name)
    }, framework)
    const items = page.locator(`#${framework} li`)
    await expect(items).toHaveText(['bob', 'ann'])
    await expect(page.locator(`#${framework} p`)).toHaveText('0')
    await page.evaluate(async () => {
      await live.redis.zadd('board', 5, 'ann', 3, 'cem', 4, 'dia')
      await live.redis.incrby('visits', 41)
      await live.redis.incr('visits')
    })
    await expect(items).toHaveText(['ann', 'dia', 'cem'])
    await expect(page.locator(`#${framework} p`)).toHaveText('42')
    await page.evaluate(() => live.redis.del('board', 'visits'))
    await expect(items).toHaveCount(0)
    await expect(page.locator(`#${framework} p`)).toHaveText('0')
    await page.evaluate((name) => live.shown[name]?.(), framework)
    // An iterator notices at the next value.
    await page.evaluate(() => live.redis.zadd('board', 1, 'end'))
    await expect.poll(() => sessions(page)).toBe(before)
    await expect(items).toHaveCount(0)
  })
}

test('all of them side by side show the same, from one session for each view', async ({ page }) => {
  await open(page)
  const before = await sessions(page)
  await page.evaluate((names) => {
    for (const name of names) live.shown[name] = live.show(name)
  }, FRAMEWORKS)
  await page.evaluate(async () => {
    for (let i = 1; i <= 50; i++) await live.redis.zincrby('board', i, `player ${i % 5}`)
    await live.redis.set('visits', 7)
  })
  for (const framework of FRAMEWORKS) {
    await expect(page.locator(`#${framework} li`)).toHaveText(['player 0', 'player 4', 'player 3'])
    await expect(page.locator(`#${framework} p`)).toHaveText('7')
  }
  expect(await sessions(page)).toBe(before + 2)
})
