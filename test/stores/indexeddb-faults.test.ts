/**
 * What browsers do to IndexedDB, and what comes of it here. The rows are those of the list of
 * pitfalls in `src/persistence/README.md`.
 */
import 'fake-indexeddb/auto'
import { forceCloseDatabase } from 'fake-indexeddb'
import { type IDBPDatabase, unwrap } from 'idb'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OK } from '../../src/core/reply.ts'
import { StoreError } from '../../src/persistence/errors.ts'
import { IndexedDBStore } from '../../src/persistence/stores/indexeddb.ts'
import { dump, makeWorld, world } from '../unit/persistence/world.ts'
import { bytes, contents, failure, record } from './contract.ts'

/** Timers that fire when the test says so. */
function hands(): {
  after(ms: number, run: () => void): () => void
  fire(): void
  waiting: number[]
} {
  let timers: { ms: number; run: () => void }[] = []
  return {
    after(ms, run) {
      const timer = { ms, run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    fire() {
      const due = timers
      timers = []
      for (const timer of due) timer.run()
    },
    get waiting() {
      return timers.map((timer) => timer.ms)
    },
  }
}

const turns = async (count = 20): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

let number = 0
let name = ''
let opened: IndexedDBStore[] = []
const make = (options: object = {}): IndexedDBStore => {
  const store = new IndexedDBStore({ name, reopenDelay: 0, ...options })
  opened.push(store)
  return store
}

beforeEach(() => {
  name = `faults-${++number}`
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  for (const store of opened) await store.close()
  opened = []
})

/** The raw connection inside, as the browser has it. */
const connectionOf = (store: IndexedDBStore): IDBDatabase =>
  (store as unknown as { handle: IDBDatabase }).handle

/** Let the next transactions fail as `sabotage` says. */
function breakTransactions(times: number, sabotage: (tx: IDBTransaction) => void): () => number {
  const original = IDBDatabase.prototype.transaction
  let left = times
  vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
    this: IDBDatabase,
    ...args: Parameters<typeof original>
  ) {
    const tx = original.apply(this, args)
    if (left > 0) {
      left--
      sabotage(tx)
    }
    return tx
  })
  return () => times - left
}

/** Abort as browsers do when something below fails. */
const abortWith = (error: DOMException | null) => (tx: IDBTransaction) => {
  Object.defineProperty(tx, 'error', { get: () => error })
  // When the requests have been issued, and before any of them is answered.
  queueMicrotask(() => tx.abort())
}

/** A request whose events come when the test says so. */
function requestLike(prototype: object = IDBOpenDBRequest.prototype): IDBOpenDBRequest {
  const target = new EventTarget()
  return Object.create(prototype, {
    addEventListener: { value: target.addEventListener.bind(target) },
    removeEventListener: { value: target.removeEventListener.bind(target) },
    dispatchEvent: { value: target.dispatchEvent.bind(target) },
    error: { writable: true, value: null },
  }) as IDBOpenDBRequest
}

const journalled = async (): Promise<string> => {
  const store = make()
  await store.open()
  return contents(store, 'journal')
}

describe('a connection that is lost', () => {
  it('is opened again at once, and the append repeated: "Connection to Indexed Database server lost"', async () => {
    const lost: string[] = []
    const store = make({ onConnectionLost: (why: string) => lost.push(why) })
    await store.open()
    breakTransactions(
      1,
      abortWith(new DOMException('Connection to Indexed Database server lost', 'UnknownError')),
    )
    await store.append(record(1), 1, 'strict')
    expect(lost).toEqual(['error'])
    expect((await journalled()).length).toBe(record(1).length)
  })

  it('is opened again when the handle is dead: "The database connection is closing"', async () => {
    const store = make()
    await store.open()
    const dead = connectionOf(store)
    dead.close()
    await store.append(record(1), 1, 'strict')
    expect(connectionOf(store)).not.toBe(dead)
    expect((await journalled()).length).toBe(record(1).length)
  })

  it('is dropped on the close event, so that the next call does not use it', async () => {
    const lost: string[] = []
    const store = make({ onConnectionLost: (why: string) => lost.push(why) })
    await store.open()
    // As DevTools' "clear site data" does it, or a killed process.
    // Its types ask for the class where an instance is meant.
    forceCloseDatabase(unwrap(connectionOf(store) as never) as never)
    await turns()
    expect(connectionOf(store)).toBe(null)
    expect(lost).toEqual(['closed'])
    await store.append(record(1), 1, 'strict')
    expect((await journalled()).length).toBe(record(1).length)
  })

  it('is reported as retryable when the second connection is no better', async () => {
    const store = make()
    await store.open()
    const tried = breakTransactions(9, abortWith(new DOMException('lost', 'UnknownError')))
    const error = await failure(store.append(record(1), 1, 'strict'))
    expect(error).toMatchObject({ code: 'io', retryable: true })
    expect(tried()).toBe(2)
  })

  it('loses nothing that is in memory: the journal stores it once the browser is back', async () => {
    const { r, persistence, drive, pass } = await world({ inner: make() })
    r('SET a 1')
    await drive(persistence.flush())
    breakTransactions(1000, abortWith(new DOMException('server lost', 'UnknownError')))
    r('SET b 2')
    for (let i = 0; i < 40 && persistence.state !== 'failed'; i++) await pass(100)
    expect(persistence.state).toBe('failed')
    vi.restoreAllMocks()
    // What a runtime does on visibilitychange, pageshow and resume.
    await drive(persistence.retry())
    expect(persistence.state).toBe('saved')
    await drive(persistence.close())
    expect(dump((await world({ inner: make() })).r.engine)).toEqual(['0 a "1"', '0 b "2"'])
  })

  it('fails with a reason even when the browser gives none: error is null', async () => {
    const store = make()
    await store.open()
    breakTransactions(9, abortWith(null))
    const error = await failure(store.append(record(1), 1, 'strict'))
    expect(error).toMatchObject({ code: 'io', retryable: true })
    expect(error.message).not.toBe('')
  })
})

describe('quota', () => {
  it('that is exceeded is its own code, and is not tried again by the store', async () => {
    const store = make()
    await store.open()
    const tried = breakTransactions(9, abortWith(new DOMException('no room', 'QuotaExceededError')))
    expect(await failure(store.append(record(1), 1, 'strict'))).toMatchObject({
      code: 'quota-exceeded',
      retryable: true,
    })
    expect(tried()).toBe(1)
  })

  it('is also what a full disk means when the database is opened', async () => {
    const error = new DOMException(
      'Internal error opening backing store: full disk',
      'UnknownError',
    )
    vi.spyOn(indexedDB, 'open').mockImplementation(() => failingRequest(error))
    expect(await failure(make().open())).toMatchObject({ code: 'quota-exceeded' })
  })

  it('as estimate tells it is a hint: no promise depends on it', async () => {
    vi.stubGlobal('navigator', { storage: { estimate: async () => ({ usage: 5, quota: 1e10 }) } })
    expect(await make().estimate()).toEqual({ usage: 5, quota: 1e10 })
    vi.stubGlobal('navigator', {})
    expect(await make().estimate()).toEqual({ usage: null, quota: null })
    expect(await make().persist()).toBe(false)
  })
})

function failingRequest(error: DOMException): IDBOpenDBRequest {
  const target = requestLike()
  Object.defineProperty(target, 'error', { value: error })
  setImmediate(() => target.dispatchEvent(new Event('error')))
  return target
}

describe('opening', () => {
  it('without IndexedDB is unavailable, not a crash', async () => {
    vi.stubGlobal('indexedDB', undefined)
    expect(await failure(make().open())).toMatchObject({ code: 'unavailable', retryable: false })
  })

  it('where the global throws when it is read is unavailable too', async () => {
    const original = Object.getOwnPropertyDescriptor(globalThis, 'indexedDB') as PropertyDescriptor
    Object.defineProperty(globalThis, 'indexedDB', {
      configurable: true,
      get() {
        throw new DOMException('The operation is insecure.', 'SecurityError')
      },
    })
    try {
      expect(await failure(make().open())).toMatchObject({ code: 'unavailable' })
    } finally {
      Object.defineProperty(globalThis, 'indexedDB', original)
    }
  })

  it('probes with a real write: a private mode that refuses mutations is found out at once', async () => {
    const error = new DOMException(
      'A mutation operation was attempted on a database that did not allow mutations.',
      'InvalidStateError',
    )
    vi.spyOn(indexedDB, 'open').mockImplementation(() => failingRequest(error))
    expect(await failure(make().open())).toMatchObject({ code: 'unavailable' })
    const made = makeWorld({ inner: make(), persistence: { fallback: 'memory' } })
    expect(await made.drive(made.persistence.start())).toBe(null)
    expect(made.persistence.state).toBe('memory-only')
    expect(made.r('SET a 1')).toBe(OK)
  })

  it('that hangs is given up and tried a second time', async () => {
    const clock = hands()
    const open = indexedDB.open.bind(indexedDB)
    const spy = vi
      .spyOn(indexedDB, 'open')
      .mockImplementationOnce(() => requestLike())
      .mockImplementation(open)
    const opening = make({ after: clock.after, openTimeout: 1234 }).open()
    await turns()
    expect(clock.waiting).toEqual([1234])
    clock.fire()
    expect(await opening).toMatchObject({ epoch: 1, fresh: true })
    expect(spy).toHaveBeenCalledTimes(2)
  })

  it('that hangs twice is a timeout, and an answer that comes too late is closed again', async () => {
    const clock = hands()
    const open = indexedDB.open.bind(indexedDB)
    const late: (() => void)[] = []
    vi.spyOn(indexedDB, 'open').mockImplementation((...args) => {
      const target = requestLike()
      late.push(() => {
        const request = open(...args)
        Object.defineProperty(target, 'result', { get: () => request.result })
        Object.defineProperty(target, 'transaction', { get: () => request.transaction })
        for (const type of ['upgradeneeded', 'success'] as const) {
          request.addEventListener(type, (event) => {
            const copy = new Event(type)
            Object.assign(copy, { oldVersion: (event as IDBVersionChangeEvent).oldVersion })
            target.dispatchEvent(copy)
          })
        }
      })
      return target
    })
    const store = make({ after: clock.after })
    const opening = failure(store.open())
    await turns()
    clock.fire()
    await turns()
    clock.fire()
    expect(await opening).toMatchObject({ code: 'timeout', retryable: true })
    const close = vi.spyOn(IDBDatabase.prototype, 'close')
    for (const arrive of late) arrive()
    await turns()
    expect(close).toHaveBeenCalledTimes(2)
  })

  it('that another connection blocks says so', async () => {
    const clock = hands()
    vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      const target = requestLike()
      setImmediate(() => target.dispatchEvent(new Event('blocked')))
      return target
    })
    const opening = failure(make({ after: clock.after }).open())
    for (let i = 0; i < 4; i++) {
      await turns()
      clock.fire()
    }
    expect(await opening).toMatchObject({ code: 'blocked' })
  })

  it('that fails with "Internal error opening backing store" is tried again from above', async () => {
    const open = indexedDB.open.bind(indexedDB)
    let failures = 3
    const spy = vi
      .spyOn(indexedDB, 'open')
      .mockImplementation((...args) =>
        failures-- > 0
          ? failingRequest(new DOMException('Internal error opening backing store', 'UnknownError'))
          : open(...args),
      )
    const { persistence } = await world({ inner: make() })
    expect(persistence.state).toBe('saved')
    expect(spy.mock.calls.length).toBe(4)
  })

  it('that fails so for ever ends in a typed error, or in memory with a state that says so', async () => {
    vi.spyOn(indexedDB, 'open').mockImplementation(() =>
      failingRequest(new DOMException('Internal error opening backing store', 'UnknownError')),
    )
    await expect(world({ inner: make() })).rejects.toMatchObject({ code: 'io' })
    const { persistence } = await world({ inner: make(), persistence: { fallback: 'memory' } })
    expect(persistence.status).toMatchObject({ state: 'memory-only', lastError: { code: 'io' } })
  })

  it('writes nothing but the claim, however often', async () => {
    const puts = vi.spyOn(IDBObjectStore.prototype, 'put')
    for (let i = 0; i < 3; i++) {
      const { persistence, drive } = await world({ inner: make() })
      await drive(persistence.close())
    }
    expect(puts.mock.calls.map(([, key]) => key)).toEqual(['owner', 'schema', 'owner', 'owner'])
  })
})

describe('versions', () => {
  it('stay at 1 for the browser; a database that is newer is refused by code', async () => {
    const store = make()
    await store.open()
    expect(connectionOf(store).version).toBe(1)
    await store.close()
    const upgrade = indexedDB.open(name, 2)
    await new Promise((resolve) => {
      upgrade.onsuccess = resolve
    })
    upgrade.result.close()
    expect(await failure(make().open())).toMatchObject({ code: 'newer-format', retryable: false })
  })

  it('of the schema are a record: a newer one is refused, and the data left alone', async () => {
    const store = make()
    await store.open()
    const tx = connectionOf(store).transaction(['meta'], 'readwrite')
    tx.objectStore('meta').put(2, 'schema')
    await (tx as unknown as { done: Promise<void> }).done
    await store.close()
    expect(await failure(make().open())).toMatchObject({
      code: 'newer-format',
      message: 'the database has schema 2; this version reads up to 1',
    })
  })

  it('that somebody else wants to change make us let go at once', async () => {
    const lost: string[] = []
    const store = make({ onConnectionLost: (why: string) => lost.push(why) })
    await store.open()
    const deleting = indexedDB.deleteDatabase(name)
    await new Promise((resolve, reject) => {
      deleting.onsuccess = resolve
      deleting.onblocked = reject
    })
    expect(lost).toEqual(['versionchange'])
  })

  it('do not come back from the dead: data that was deleted under its owner stays deleted', async () => {
    const store = make()
    await store.open()
    await store.append(record(1), 1, 'strict')
    await new Promise((resolve) => {
      indexedDB.deleteDatabase(name).onsuccess = resolve
    })
    expect(await failure(store.append(record(2), 2, 'strict'))).toMatchObject({
      code: 'fenced',
      current: 0,
    })
    expect((await indexedDB.databases()).map((each) => each.name)).not.toContain(name)
  })
})

describe('transactions', () => {
  it('are strict where strictness is asked for, and relaxed elsewhere', async () => {
    const store = make()
    await store.open()
    const spy = vi.spyOn(IDBDatabase.prototype, 'transaction')
    await store.append(record(1), 1, 'relaxed')
    await store.append(record(2), 2, 'strict')
    await store.sync()
    await store.append(record(3), 3, 'relaxed')
    await store.sync()
    expect(spy.mock.calls.map(([, , options]) => options?.durability)).toEqual([
      'relaxed',
      'strict',
      'relaxed',
      'strict',
    ])
  })

  it('issue all their requests before anything is awaited, and are committed by hand', async () => {
    const store = make()
    await store.open()
    const events: string[] = []
    const put = IDBObjectStore.prototype.put
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
      this: IDBObjectStore,
      ...args: Parameters<typeof put>
    ) {
      events.push('put')
      return put.apply(this, args)
    })
    const commit = IDBTransaction.prototype.commit
    vi.spyOn(IDBTransaction.prototype, 'commit').mockImplementation(function (
      this: IDBTransaction,
    ) {
      events.push('commit')
      commit.call(this)
    })
    const appending = store.append(record(1, 'y'.repeat(300_000)), 1, 'strict')
    // Still in the same turn, without a microtask in between: only then the transaction surely lives.
    await Promise.resolve()
    expect(events).toEqual(['put', 'put', 'put'])
    await appending
    expect(events).toEqual(['put', 'put', 'put', 'commit'])
  })

  it('that hang are given up, with their connection', async () => {
    const clock = hands()
    const store = make({ after: clock.after, transactionTimeout: 777 })
    const opening = store.open()
    await turns()
    await opening
    const before = connectionOf(store)
    vi.spyOn(IDBObjectStore.prototype, 'get').mockImplementation(() =>
      requestLike(IDBRequest.prototype),
    )
    const put = vi
      .spyOn(IDBObjectStore.prototype, 'put')
      .mockImplementation(() => requestLike(IDBRequest.prototype) as IDBRequest as never)
    const original = IDBDatabase.prototype.transaction
    vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
      this: IDBDatabase,
      ...args: Parameters<typeof original>
    ) {
      const tx = original.apply(this, args)
      // Its events never come.
      tx.addEventListener = () => {}
      return tx
    })
    const failing = failure(store.append(record(1), 1, 'strict'))
    await turns()
    expect(clock.waiting).toEqual([777])
    clock.fire()
    expect(await failing).toMatchObject({ code: 'timeout', retryable: true })
    expect(put).toHaveBeenCalled()
    expect(connectionOf(store)).not.toBe(before)
  })

  it('keep records small: large ones are divided below 128 KB, and read whole', async () => {
    const store = make()
    await store.open()
    const big = record(1, 'z'.repeat(500_000))
    await store.append(big, 1, 'strict')
    const raw = connectionOf(store).transaction(['journal']).objectStore('journal').getAll()
    const parts = (await raw) as unknown as Uint8Array[]
    expect(parts.map((part) => part.length)).toEqual([131072, 131072, 131072, 106848])
    expect((await contents(store, 'journal')).length).toBe(big.length)
  })

  it('delete whole journal segments when a snapshot covers them', async () => {
    const store = make()
    await store.open()
    for (let i = 1; i <= 10; i++) await store.append(record(i), i, 'relaxed')
    const spy = vi.spyOn(IDBObjectStore.prototype, 'delete')
    const replacement = await store.replace(8)
    await replacement.commit()
    // One range for each of old snapshots, journal, and what an earlier attempt left.
    expect(spy).toHaveBeenCalledTimes(3)
    const keys = connectionOf(store).transaction(['journal']).objectStore('journal').getAllKeys()
    expect(await (keys as unknown as Promise<unknown>)).toEqual([
      [9, 0],
      [10, 0],
    ])
  })
})

describe('large values', () => {
  it('that vanished are named: NotReadableError is damage for good, not a hiccup', async () => {
    const store = make()
    await store.open()
    breakTransactions(9, abortWith(new DOMException('file missing', 'NotReadableError')))
    expect(await failure(contents(store, 'journal'))).toMatchObject({
      code: 'corrupt',
      retryable: false,
    })
  })

  it('that are missing from a snapshot are found by its count of chunks', async () => {
    const store = make()
    await store.open()
    const replacement = await store.replace(0)
    for (const text of ['a', 'b', 'c']) await replacement.write(bytes(text))
    await replacement.commit()
    const tx = connectionOf(store).transaction(['snapshot'], 'readwrite')
    tx.objectStore('snapshot').delete([1, 1])
    await (tx as unknown as { done: Promise<void> }).done
    expect(await failure(contents(store, 'snapshot'))).toMatchObject({
      code: 'corrupt',
      record: { area: 'snapshot', name: 'snapshot [1, 1]', sequence: 1 },
    })
  })
})

describe('two tabs', () => {
  it('never write both: the later claim fences the earlier one inside of its own transaction', async () => {
    const first = make()
    await first.open()
    await first.append(record(1), 1, 'strict')
    const second = make()
    await second.open()
    expect(await failure(first.append(record(2), 2, 'strict'))).toMatchObject({
      code: 'fenced',
      epoch: 1,
      current: 2,
    })
    await second.append(record(2), 2, 'strict')
    expect((await contents(second, 'journal')).length).toBe(2 * record(1).length)
  })

  it('of which one compacts do not lose what the other has appended before', async () => {
    const first = await world({ inner: make() })
    first.r('SET a 1')
    await first.drive(first.persistence.flush())
    const second = await world({ inner: make() })
    second.r('SET b 2')
    await second.drive(second.persistence.flush())
    await expect(first.drive(first.persistence.rewrite())).rejects.toBeInstanceOf(StoreError)
    expect(first.persistence.state).toBe('fenced')
    await second.drive(second.persistence.rewrite())
    await second.drive(second.persistence.close())
    expect(dump((await world({ inner: make() })).r.engine)).toEqual(['0 a "1"', '0 b "2"'])
  })
})

describe('a browser that was killed in the middle of a write', () => {
  beforeEach(() => {
    // Only a browser that has this is one whose log needs care.
    Object.defineProperty(IDBVersionChangeEvent.prototype, 'dataLoss', {
      configurable: true,
      value: 'none',
    })
  })
  afterEach(() => {
    Reflect.deleteProperty(IDBVersionChangeEvent.prototype, 'dataLoss')
  })

  const metaOf = async (store: IndexedDBStore, key: string): Promise<unknown> => {
    const db = connectionOf(store) as unknown as IDBPDatabase
    return db.get('meta', key)
  }
  /** Values that were written to fill the log, and are there no more. */
  const filled = (puts: { mock: { calls: unknown[][] } }): number =>
    puts.mock.calls.filter(([, key]) => String(key).startsWith('filling')).length

  it('is known by a mark that goes with the first write, and goes away after a second of calm', async () => {
    const clock = hands()
    const store = make({ after: clock.after })
    await store.open()
    expect(await metaOf(store, 'writing')).toBe(undefined)
    await store.append(record(1), 1, 'strict')
    await store.append(record(2), 2, 'strict')
    expect(await metaOf(store, 'writing')).toBe(true)
    expect(clock.waiting).toEqual([1000])
    // There was a write since the clock was set.
    clock.fire()
    await turns()
    expect(await metaOf(store, 'writing')).toBe(true)
    clock.fire()
    await turns()
    expect(await metaOf(store, 'writing')).toBe(false)
    expect(clock.waiting).toEqual([])
    await store.append(record(3), 3, 'strict')
    expect(await metaOf(store, 'writing')).toBe(true)
  })

  it('costs the next one that opens a new log, and nobody else', async () => {
    const puts = vi.spyOn(IDBObjectStore.prototype, 'put')
    const first = make()
    await first.open()
    await first.append(record(1), 1, 'strict')
    // Gone without a word.
    connectionOf(first).close()
    expect(filled(puts)).toBe(0)
    const second = make()
    await second.open()
    const count = filled(puts)
    expect(count).toBeGreaterThan(100)
    expect(
      puts.mock.calls.flat().filter((value) => (value as Uint8Array)?.length === 64_000),
    ).toHaveLength(count)
    expect(await contents(second, 'journal')).toBe(String.fromCharCode(...record(1)))
    const db = connectionOf(second) as unknown as IDBPDatabase
    expect(await db.getAllKeys('meta')).toEqual(['owner', 'schema', 'writing'])
    // Closed in peace.
    await second.close()
    const third = make()
    await third.open()
    expect(filled(puts)).toBe(count)
    expect(await metaOf(third, 'writing')).toBe(false)
  })

  it('does not keep the data from being opened when there is no room for a new log', async () => {
    const first = make()
    await first.open()
    await first.append(record(1), 1, 'strict')
    connectionOf(first).close()
    const put = IDBObjectStore.prototype.put
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
      this: IDBObjectStore,
      ...args: Parameters<typeof put>
    ) {
      if (String(args[1]).startsWith('filling')) {
        Object.defineProperty(this.transaction, 'error', {
          get: () => new DOMException('full', 'QuotaExceededError'),
        })
        queueMicrotask(() => {
          try {
            this.transaction.abort()
          } catch {
            // Another of these requests has done it.
          }
        })
      }
      return put.apply(this, args)
    })
    const second = make()
    await second.open()
    expect(await contents(second, 'journal')).toBe(String.fromCharCode(...record(1)))
  })
})
