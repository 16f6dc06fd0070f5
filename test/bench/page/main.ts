/** What the browser section runs in the page; `browser.ts` calls it through `globalThis.bench`. */
import { clear, createStore, entries, set, setMany } from 'idb-keyval'
import { Redis } from '../../../src/runtimes/browser/index.ts'
import { callRates, type Rates } from '../calls.ts'

const makeWorker = (): Worker =>
  new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })

const keyOf = (n: number): string => `key:${String(n).padStart(12, '0')}`
const textOf = (n: number): string => `value:${n}`

/** Waves of writes, each of which is stored when the next begins. */
async function waves(count: number, size: number, write: (n: number) => Promise<unknown>) {
  const wave = (from: number) =>
    Promise.all(Array.from({ length: size }, (_, i) => write(from + i)))
  await wave(0)
  const from = performance.now()
  for (let i = 0; i < count; i++) await wave(i * size)
  return ((count * size) / (performance.now() - from)) * 1000
}

/** Writes a second that are acknowledged when they are stored. */
const durable = {
  async respite(): Promise<number> {
    const redis = await Redis.create('idb://durable', { config: { appendfsync: 'always' } })
    const rate = await waves(60, 1000, (n) => redis.set(keyOf(n), textOf(n)))
    await redis.close()
    return rate
  },
  async respiteInWorker(): Promise<number> {
    const redis = await Redis.create('idb://durable-worker', {
      config: { appendfsync: 'always' },
      worker: makeWorker,
    })
    const rate = await waves(60, 1000, (n) => redis.set(keyOf(n), textOf(n)))
    await redis.close()
    return rate
  },
  async idbKeyval(): Promise<number> {
    const store = createStore('keyval-durable', 'store')
    const rate = await waves(2, 1000, (n) => set(keyOf(n), textOf(n), store))
    await clear(store)
    return rate
  },
  async raw(): Promise<number> {
    const db = await openRaw('raw-durable')
    const rate = await waves(2, 1000, (n) => {
      const transaction = db.transaction('store', 'readwrite', { durability: 'strict' })
      transaction.objectStore('store').put(textOf(n), keyOf(n))
      return new Promise<void>((done, fail) => {
        transaction.oncomplete = () => done()
        transaction.onabort = () => fail(transaction.error)
      })
    })
    db.close()
    return rate
  },
}

function openRaw(name: string): Promise<IDBDatabase> {
  return new Promise((done, fail) => {
    const request = indexedDB.open(name, 1)
    request.onupgradeneeded = () => request.result.createObjectStore('store')
    request.onsuccess = () => done(request.result)
    request.onerror = () => fail(request.error)
  })
}

export type Writer = 'respite' | 'worker' | 'opfs' | 'raw' | 'rawRelaxed' | 'idbKeyval' | 'pglite'

/** How each of them writes a key, and how it is let go of. */
async function writerOf(
  kind: Writer,
  policy: string,
): Promise<{ write(n: number): Promise<unknown>; end(): Promise<unknown> }> {
  if (kind === 'respite' || kind === 'worker' || kind === 'opfs') {
    const redis = await Redis.create(`${kind === 'opfs' ? 'opfs' : 'idb'}://writers-${policy}`, {
      config: { appendfsync: policy },
      ...(kind === 'respite' ? {} : { worker: makeWorker }),
    })
    return { write: (n) => redis.set(keyOf(n), textOf(n)), end: () => redis.close() }
  }
  if (kind === 'idbKeyval') {
    const store = createStore('keyval-writers', 'store')
    return { write: (n) => set(keyOf(n), textOf(n), store), end: () => clear(store) }
  }
  if (kind === 'pglite') {
    // It is no part of this bundle: whoever measures puts it beside the page.
    const place = new URL('pglite/index.js', document.baseURI).href
    const { PGlite } = (await import(/* @vite-ignore */ place)) as {
      PGlite: { create(address: string): Promise<Postgres> }
    }
    const db = await PGlite.create('idb://pglite-writers')
    await db.query('CREATE TABLE IF NOT EXISTS kv (k text PRIMARY KEY, v text)')
    const put = 'INSERT INTO kv VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET v = $2'
    return { write: (n) => db.query(put, [keyOf(n), textOf(n)]), end: () => db.close() }
  }
  const durability = kind === 'raw' ? 'strict' : 'relaxed'
  const db = await openRaw('raw-writers')
  return {
    write: (n) => {
      const transaction = db.transaction('store', 'readwrite', { durability })
      transaction.objectStore('store').put(textOf(n), keyOf(n))
      return new Promise<void>((done, fail) => {
        transaction.oncomplete = () => done()
        transaction.onabort = () => fail(transaction.error)
      })
    },
    end: async () => db.close(),
  }
}

interface Postgres {
  query(text: string, values?: readonly unknown[]): Promise<unknown>
  close(): Promise<void>
}

/** Writes a second of so many callers, each of which waits until its write is acknowledged. */
async function writers(kind: Writer, policy: string, callers: number, ms: number): Promise<number> {
  const { write, end } = await writerOf(kind, policy)
  let n = 0
  let count = 0
  let until = Number.POSITIVE_INFINITY
  const run = async (): Promise<void> => {
    while (performance.now() < until) {
      await write(n++ % 100_000)
      count++
    }
  }
  const all = Array.from({ length: callers }, run)
  await new Promise((done) => setTimeout(done, ms / 4))
  count = 0
  const from = performance.now()
  until = from + ms
  await Promise.all(all)
  const rate = (count / (performance.now() - from)) * 1000
  await end()
  return rate
}

/**
 * How long each frame took while there were so many writes a second: first without anything else, then while
 * all keys are saved.
 */
async function frames(
  count: number,
  perSecond: number,
): Promise<{ before: number[]; during: number[] }> {
  const redis = await Redis.create(`idb://cold-${count}`)
  const lengths: number[] = []
  let running = true
  let last = 0
  const frame = (now: number): void => {
    if (last > 0) lengths.push(now - last)
    last = now
    if (running) requestAnimationFrame(frame)
  }
  const begun = performance.now()
  let written = 0
  const timer = setInterval(() => {
    const due = ((performance.now() - begun) / 1000) * perSecond
    const pipeline = redis.pipeline()
    for (; written < due; written++) {
      // Everywhere in the data: so that what was not saved yet is written to.
      pipeline.set(keyOf((written * 7919) % count), textOf(written))
    }
    void pipeline.exec()
  }, 10)
  await new Promise((done) => setTimeout(done, 1000))
  requestAnimationFrame(frame)
  await new Promise((done) => setTimeout(done, 4000))
  const before = lengths.splice(0)
  await save(redis)
  running = false
  clearInterval(timer)
  const during = lengths.splice(0)
  await redis.close()
  return { before, during }
}

async function worker(batches: number): Promise<Rates> {
  const redis = await Redis.create('worker:', { worker: makeWorker })
  const rates = await callRates(redis, batches)
  await redis.close()
  return rates
}

/** Store data to be opened again later, by another page. */
async function prepare(count: number): Promise<void> {
  const redis = await Redis.create(`idb://cold-${count}`)
  for (let n = 0; n < count; ) {
    const pipeline = redis.pipeline()
    for (let i = 0; i < 5000 && n < count; i++, n++) pipeline.set(keyOf(n), textOf(n))
    await pipeline.exec()
  }
  await save(redis)
  await redis.close()
}

async function save(redis: Redis): Promise<void> {
  await redis.call('BGREWRITEAOF')
  for (;;) {
    const info = String(await redis.call('INFO', 'persistence'))
    if (/aof_rewrite_in_progress:0/.test(info)) break
    await new Promise((done) => setTimeout(done, 20))
  }
  await redis.flush()
}

async function prepareKeyval(count: number): Promise<void> {
  const store = createStore(`keyval-cold-${count}`, 'store')
  for (let n = 0; n < count; n += 5000) {
    const some = Array.from({ length: Math.min(5000, count - n) }, (_, i) => n + i)
    await setMany(
      some.map((i) => [keyOf(i), textOf(i)]),
      store,
    )
  }
}

/** Milliseconds from nothing to the first answer. */
async function cold(count: number): Promise<number> {
  const from = performance.now()
  const redis = await Redis.create(`idb://cold-${count}`)
  const size = await redis.dbsize()
  const ms = performance.now() - from
  if (size !== count) throw new Error(`${size} keys of ${count}`)
  opened = redis
  return ms
}
let opened: Redis | null = null

async function coldKeyval(count: number): Promise<number> {
  const from = performance.now()
  const map = new Map(await entries(createStore(`keyval-cold-${count}`, 'store')))
  const ms = performance.now() - from
  if (map.size !== count) throw new Error(`${map.size} keys of ${count}`)
  return ms
}

/** How long it takes, and the longest that the page stands still meanwhile. */
async function watched(work: () => Promise<unknown>): Promise<{ ms: number; block: number }> {
  const { port1, port2 } = new MessageChannel()
  const from = performance.now()
  let last = from
  let block = 0
  let done = false
  port1.onmessage = () => {
    const now = performance.now()
    block = Math.max(block, now - last)
    last = now
    if (!done) port2.postMessage(null)
  }
  port2.postMessage(null)
  await work()
  done = true
  return { ms: performance.now() - from, block }
}

/** The data set opened by `cold` is saved. */
const saved = () => watched(() => save(opened as Redis))

/** The data set is opened, by a page that looks how long it stands still. */
const loaded = (count: number) => watched(() => cold(count))

const close = async (): Promise<void> => opened?.close()

const bench = {
  ...{ durable, worker, prepare, prepareKeyval, cold, coldKeyval, loaded, saved, close },
  ...{ writers, frames },
}
export type Bench = typeof bench
;(globalThis as unknown as { bench: Bench }).bench = bench
