/**
 * The browser is killed while it writes: SIGKILL for all of its processes, as when the machine runs
 * out of memory. The next browser on the same profile must find a prefix of what was written, with
 * all that had been acknowledged.
 *
 * Write number n is one transaction: `n` at the end of a list, a counter raised to n, n and some
 * bytes in a key. If one of them is there without the others, a unit has been torn.
 */
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import type {} from './lab/main.ts'
import type { BrowserName } from './place.ts'
import { killBrowser, makeProfile, type Profile } from './processes.ts'

/** Requests under way at the same time: each batch in the store holds several. */
const DEPTH = 8

type Scheme = 'idb' | 'opfs'

interface Found {
  count: number
  list: string[]
  last: string | null
}

interface Life {
  /** What the browser found when it started. */
  readonly found: Found
  /** Acknowledged before it was killed, and when. */
  readonly acked: number
  readonly acks: readonly { n: number; at: number }[]
  readonly killedAt: number
  readonly loadMs: number
}

/** Open the data set; what is in it. */
async function open(page: Page, scheme: Scheme, appendfsync: string): Promise<Found> {
  await page.goto('/lab/index.html')
  await page.waitForFunction(() => 'lab' in globalThis)
  return page.evaluate(
    async ([scheme, appendfsync]) => {
      const config = {
        appendfsync,
        // The journal is rewritten all the time, so that kills hit that as well.
        'auto-aof-rewrite-min-size': '64kb',
      }
      lab.redis = await lab.Redis.create(`${scheme}://kill`, { worker: lab.worker, config })
      const { redis } = lab
      const [list, count, last] = await Promise.all([
        redis.lrange('list', 0, -1),
        redis.get('count'),
        redis.get('last'),
      ])
      return { list, count: Number(count), last: last === null ? null : last.slice(0, 8).trim() }
    },
    [scheme, appendfsync] as const,
  )
}

/** Write without end, from `from` on, and say so on the console. */
function write(page: Page, from: number, every: number): Promise<void> {
  return page.evaluate(
    ({ from, every, depth }) => {
      const { redis } = lab
      const filler = 'x'.repeat(500)
      let next = from
      let acked = from - 1
      const writer = async () => {
        for (;;) {
          const n = next++
          const size = n % 40 === 0 ? 100 : 1
          await redis
            .multi()
            .rpush('list', n)
            .incr('count')
            .set('last', String(n).padEnd(8) + filler.repeat(size))
            .exec()
          // Replies come in order: with n, all before it have come.
          acked = Math.max(acked, n)
          if (n % every === 0) console.log(`ack ${acked}`)
        }
      }
      for (let i = 0; i < depth; i++) writer().catch((error) => console.log(`failed ${error}`))
    },
    { from, every, depth: DEPTH },
  )
}

/** Start a browser, look, write until `enough`, kill it. */
async function live(
  profile: Profile,
  scheme: Scheme,
  appendfsync: string,
  every: number,
  enough: (acked: number, ms: number) => boolean,
): Promise<Life> {
  const { context, page } = await profile.launch()
  const started = Date.now()
  const found = await open(page, scheme, appendfsync)
  const loadMs = Date.now() - started
  const acks: { n: number; at: number }[] = []
  const failures: string[] = []
  const begun = Date.now()
  const reached = new Promise<void>((resolve) => {
    page.on('console', (message) => {
      const [word, n] = message.text().split(' ')
      if (word === 'ack') acks.push({ n: Number(n), at: Date.now() })
      else failures.push(message.text())
      if (word !== 'ack' || enough(Number(n) - found.count, Date.now() - begun)) resolve()
    })
  })
  await write(page, found.count + 1, every)
  await reached
  const killedAt = await killBrowser(profile, context)
  expect(failures).toEqual([])
  return { found, acked: acks.at(-1)?.n ?? found.count, acks, killedAt, loadMs }
}

/** All units up to the last one, each whole, in order, and nothing else. */
function expectPrefix(found: Found): void {
  expect(found.list).toEqual(Array.from({ length: found.count }, (_, i) => `${i + 1}`))
  expect(found.last).toBe(found.count === 0 ? null : `${found.count}`)
}

for (const [scheme, often] of [
  ['idb', 20],
  ['opfs', 10],
] as const) {
  test(`loses nothing that was acknowledged under appendfsync always in ${scheme}:, killed again and again`, async ({
    browserName,
  }) => {
    test.setTimeout(180_000)
    // Firefox takes ten times as long to start.
    const kills = browserName === 'firefox' ? 3 : often
    const profile = makeProfile(browserName as BrowserName)
    const rows: Record<string, number>[] = []
    let lost = 0
    try {
      let before = 0
      for (let kill = 0; kill <= kills; kill++) {
        // Another moment each time, from the very beginning to the middle of rewrites.
        const target = kill === kills ? 1 : 5 + ((kill * 97) % 240)
        const life = await live(profile, scheme, 'always', 1, (acked) => acked >= target)
        const { found } = life
        expectPrefix(found)
        if (kill > 0) {
          lost += Math.max(0, before - found.count)
          rows.push({
            kill,
            acknowledged: before,
            'found again': found.count,
            lost: Math.max(0, before - found.count),
            'stored beyond that': found.count - before,
            'ms to load': life.loadMs,
          })
          expect(found.count).toBeGreaterThanOrEqual(before)
        }
        before = life.acked
      }
    } finally {
      console.table(rows)
      profile.remove()
    }
    expect(lost).toBe(0)
  })

  // Not in Firefox, for the time that it takes: `npm run test:kills idb 50 firefox`.
  test(`loses at most the last two seconds under everysec in ${scheme}:, and nothing before them`, {
    tag: '@chromium',
  }, async () => {
    test.setTimeout(120_000)
    const profile = makeProfile()
    const rows: Record<string, number>[] = []
    try {
      let life = await live(profile, scheme, 'everysec', 25, (_, ms) => ms > 2300)
      expectPrefix(life.found)
      for (let kill = 1; kill <= 3; kill++) {
        const { acks, acked, killedAt } = life
        life = await live(profile, scheme, 'everysec', 25, (_, ms) => ms > 2300 + 170 * kill)
        const { found } = life
        expectPrefix(found)
        const firstLost = acks.find(({ n }) => n > found.count)
        rows.push({
          kill,
          acknowledged: acked,
          'found again': found.count,
          lost: Math.max(0, acked - found.count),
          'ms before the kill of the oldest loss':
            firstLost === undefined ? 0 : killedAt - firstLost.at,
          'ms to load': life.loadMs,
        })
        const sure = acks.filter(({ at }) => at < killedAt - 2000).at(-1)?.n ?? 0
        expect(sure).toBeGreaterThan(0)
        expect(found.count).toBeGreaterThanOrEqual(sure)
      }
    } finally {
      console.table(rows)
      profile.remove()
    }
  })
}

/** The log of the LevelDB in which Chromium keeps the databases of the origin. */
function logOf(profile: Profile): string {
  const folder = join(profile.folder, 'Default', 'IndexedDB')
  const origin = readdirSync(folder).find((name) => name.endsWith('.leveldb')) ?? ''
  const logs = readdirSync(join(folder, origin)).filter((name) => name.endsWith('.log'))
  return join(folder, origin, logs.sort().at(-1) ?? '')
}

test('outlives a browser that was killed in the middle of a write, and the next one', {
  tag: '@chromium',
}, async () => {
  test.setTimeout(120_000)
  const profile = makeProfile()
  try {
    const { acked } = await live(profile, 'idb', 'always', 1, (acked) => acked >= 40)
    const log = logOf(profile)
    // As if the last record of the log had been written in part: the rest of it never comes.
    truncateSync(log, readFileSync(log).length - 5)
    const torn = await live(profile, 'idb', 'always', 1, (acked) => acked >= 20)
    expectPrefix(torn.found)
    // The record that was torn here may have been acknowledged, for nobody dies so late in fact.
    expect(torn.found.count).toBeGreaterThanOrEqual(acked - 2 * DEPTH)
    const after = await live(profile, 'idb', 'always', 1, (acked) => acked >= 1)
    expectPrefix(after.found)
    expect(after.found.count).toBeGreaterThanOrEqual(torn.acked)
  } finally {
    profile.remove()
  }
})

test('says so when the browser has deleted its data, until a repair is asked for', {
  tag: '@chromium',
}, async () => {
  test.setTimeout(120_000)
  const profile = makeProfile()
  try {
    await live(profile, 'idb', 'always', 1, (acked) => acked >= 40)
    const log = logOf(profile)
    const bytes = readFileSync(log)
    bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 64)
    writeFileSync(log, bytes)
    const { context, page } = await profile.launch()
    await page.goto('/lab/index.html')
    await page.waitForFunction(() => 'lab' in globalThis)
    const create = (repair: boolean) =>
      page.evaluate(
        (repair) =>
          lab.outcome(
            lab.Redis.create('idb://kill', {
              worker: lab.worker,
              ...(repair ? { repair: 'truncate' } : {}),
            }).then(async (redis) => {
              const size = await redis.dbsize()
              await redis.quit()
              return size
            }),
          ),
        repair,
      )
    const gone = {
      name: 'StorageError',
      code: 'corrupt',
      message: expect.stringContaining('the browser found its storage damaged and deleted all'),
    }
    expect(await create(false)).toMatchObject(gone)
    expect(await create(false)).toMatchObject(gone)
    expect(await create(true)).toMatchObject({ value: 0 })
    expect(await create(false)).toMatchObject({ value: 0 })
    await context.close()
  } finally {
    profile.remove()
  }
})
