/** What browsers, users and power failures do to files of OPFS, and what comes of it here. */
import { beforeEach, describe, expect, it } from 'vitest'
import { makeRecord, RecordReader } from '../../src/persistence/record.ts'
import { OpfsStore, type OpfsStoreOptions } from '../../src/persistence/stores/opfs.ts'
import { Dice } from '../faults/dice.ts'
import { Opfs, type OpfsCall, type OpfsFault, type OpfsWorker } from '../faults/opfs.ts'
import { world } from '../unit/persistence/world.ts'
import { bytes, contents, failure, record, textOf } from './contract.ts'

const PLACE = 4096
let opfs: Opfs
let worker: OpfsWorker

beforeEach(() => {
  opfs = new Opfs()
})

/** A store in a worker of its own; the one before has ended. */
function make(options: Partial<OpfsStoreOptions> = {}): OpfsStore {
  worker?.end()
  worker = opfs.worker()
  return new OpfsStore({ name: 'app', root: worker.root, patience: 20, ...options })
}

async function open(options: Partial<OpfsStoreOptions> = {}): Promise<OpfsStore> {
  const store = make(options)
  await store.open()
  return store
}

const fileOf = (name: string) => opfs.at('respite-app', name)

/** What the next one finds. */
async function found(): Promise<{ snapshot: string; journal: string }> {
  const store = await open()
  return { snapshot: await contents(store, 'snapshot'), journal: await contents(store, 'journal') }
}

async function snapshot(store: OpfsStore, upTo: number, text: string): Promise<void> {
  const replacement = await store.replace(upTo)
  await replacement.write(bytes(text))
  await replacement.commit()
}

/** Do something until it is done, or the worker ends in it. */
async function untilDeath(what: () => Promise<unknown>): Promise<void> {
  const death = new Promise<void>((resolve) => {
    worker.onCrash = resolve
  })
  await Promise.race([death, what()])
}

/** One fault, at the next call of a kind. */
function once(what: OpfsCall, name: string, fault: OpfsFault): void {
  worker.plan = (call, file) => {
    if (call !== what || file !== name) return null
    worker.plan = () => null
    return fault
  }
}

describe('where it can be used', () => {
  it('is unavailable outside of dedicated workers, and says what to do', async () => {
    const error = await failure(new OpfsStore('app').open())
    expect([error.code, error.retryable]).toEqual(['unavailable', false])
    expect(error.message).toBe(
      'OPFS can only be used in a dedicated worker: run the engine in one, with the option `worker` of ' +
        'Redis.create, or keep the data in "idb:"',
    )
  })

  it('takes data sets of any name, each for itself', async () => {
    for (const name of ['a', 'a/b', '..', '%', 'ä\n']) {
      const store = await open({ name })
      await store.append(record(1, name === 'a' ? 'plain' : 'other'), 1, 'strict')
      await store.close()
    }
    expect([...opfs.tree.folders.keys()]).toEqual(
      ['a', 'a%2Fb', '..', '%25', '%C3%A4%0A'].map((name) => `respite-${name}`),
    )
    expect(await contents(await open({ name: 'a' }), 'journal')).toBe(textOf(record(1, 'plain')))
  })
})

describe('files', () => {
  it('are the same five for ever, and as large as what is in them', async () => {
    const store = await open()
    const names = ['journal-0', 'journal-1', 'manifest', 'snapshot-0', 'snapshot-1']
    const sizes = () => names.map((name) => fileOf(name).data.length)
    const inodes = () => names.map((name) => fileOf(name).number)
    const first = inodes()
    const size = record(1).length
    for (let round = 0; round < 5; round++) {
      const from = round * 2
      await store.append(record(from + 1), from + 1, 'strict')
      const replacement = await store.replace(from + 1)
      await replacement.write(bytes('snapshot'))
      await store.append(record(from + 2), from + 2, 'strict')
      await replacement.commit()
      // Two records of which one is covered, and only one of the files of each kind has anything in it.
      expect(sizes()).toEqual(
        round % 2 === 0 ? [0, size, 2 * PLACE, 8, 0] : [size, 0, 2 * PLACE, 0, 8],
      )
    }
    expect(inodes()).toEqual(first)
    expect([...(opfs.tree.folders.get('respite-app')?.files.keys() ?? [])].sort()).toEqual(names)
  })

  it('hold the journal however many snapshots are given up', async () => {
    const store = await open()
    for (let i = 1; i <= 12; i++) {
      const replacement = await store.replace(i - 1)
      await replacement.write(bytes('given up'))
      await store.append(record(i), i, 'strict')
      await replacement.abort()
    }
    const all = Array.from({ length: 12 }, (_, i) => record(i + 1))
    expect(await contents(store, 'journal')).toBe(textOf(...all))
    const replacement = await store.replace(10)
    await store.append(record(13), 13, 'relaxed')
    await replacement.write(bytes('covers ten'))
    await replacement.commit()
    // What was appended before the snapshot began is older than it, whatever it covers.
    expect(await found()).toEqual({ snapshot: 'covers ten', journal: textOf(record(13)) })
  })
})

describe('a call that fails', () => {
  it('has a code for a full disk, and is made good by the next try', async () => {
    const store = await open()
    await store.append(record(1), 1, 'strict')
    for (const part of [undefined, 0, 70]) {
      once('write', 'journal-0', {
        name: 'QuotaExceededError',
        ...(part === undefined ? {} : { bytes: part }),
      })
      const error = await failure(store.append(record(2, 'long enough'), 2, 'strict'))
      expect([error.code, error.retryable, error.lost]).toEqual(['quota-exceeded', true, false])
    }
    await store.append(record(2), 2, 'strict')
    expect(await found()).toEqual({ snapshot: '', journal: textOf(record(1), record(2)) })
  })

  it('leaves nothing that the next, shorter record would not cover', async () => {
    const store = await open()
    once('write', 'journal-0', { name: 'UnknownError', bytes: 150 })
    expect((await failure(store.append(record(1, 'x'.repeat(200)), 1, 'relaxed'))).code).toBe('io')
    await store.append(record(1, 'short'), 1, 'strict')
    opfs.fail(() => 0)
    expect(await found()).toEqual({ snapshot: '', journal: textOf(record(1, 'short')) })
  })

  it('is lost data if it was a flush', async () => {
    const store = await open()
    once('flush', 'journal-0', { name: 'UnknownError' })
    expect((await failure(store.append(record(1), 1, 'strict'))).lost).toBe(true)
    await store.append(record(1), 1, 'relaxed')
    once('flush', 'journal-0', { name: 'UnknownError' })
    expect((await failure(store.sync())).lost).toBe(true)
  })

  it('writes on where a write was short', async () => {
    const store = await open()
    worker.plan = (call) => (call === 'write' ? { bytes: 7 } : null)
    await store.append(record(1, 'in pieces'), 1, 'strict')
    worker.plan = () => null
    expect(await contents(store, 'journal')).toBe(textOf(record(1, 'in pieces')))
  })

  it('leaves in no doubt which manifest counts before anything rests on it', async () => {
    const store = await open()
    await store.append(record(1), 1, 'strict')
    const replacement = await store.replace(1)
    await replacement.write(bytes('half stored'))
    await store.append(record(2), 2, 'strict')
    // Written, but the flush fails: it may come back with the power, or not.
    once('flush', 'manifest', { name: 'UnknownError' })
    expect((await failure(replacement.commit())).code).toBe('io')
    const doubtful = [0, PLACE].map((at) => fileOf('manifest').data.slice(at, at + PLACE))
    expect(doubtful[0]).not.toEqual(doubtful[1])
    await replacement.abort()
    expect(await found()).toEqual({ snapshot: '', journal: textOf(record(1), record(2)) })
  })

  it('that cannot take its handles again is tried again by the next one', async () => {
    const store = await open({ patience: 0 })
    await store.append(record(1), 1, 'relaxed')
    worker.close()
    once('flush', 'manifest', { name: 'UnknownError' })
    expect((await failure(store.append(record(2), 2, 'strict'))).code).toBe('io')
    await store.append(record(2), 2, 'strict')
    expect(await contents(store, 'journal')).toBe(textOf(record(1), record(2)))
  })
})

describe('the power', () => {
  it('takes nothing that was appended before a strict record, in whichever file', async () => {
    const store = await open()
    await store.append(record(1), 1, 'relaxed')
    await store.replace(1)
    await store.append(record(2), 2, 'strict')
    opfs.fail(() => 0)
    expect(await found()).toEqual({ snapshot: '', journal: textOf(record(1), record(2)) })
  })

  it('does not bring back what was in a file before it was used again', async () => {
    const store = await open()
    for (let i = 1; i <= 3; i++) await store.append(record(i), i, 'strict')
    await snapshot(store, 3, 'three')
    await store.append(record(4), 4, 'strict')
    await store.replace(4)
    await store.append(record(5), 5, 'relaxed')
    // The append arrives, and nothing else.
    const { dirty } = fileOf('journal-0')
    dirty.splice(0, dirty.length - 1)
    opfs.fail((n) => n - 1)
    expect(await found()).toEqual({ snapshot: 'three', journal: textOf(record(4), record(5)) })
  })

  it('finds a manifest that is whole, though one place could not be written the last time', async () => {
    const store = await open()
    let writes = 0
    worker.plan = (call, name) =>
      call === 'write' && name === 'manifest' && ++writes === 2
        ? { name: 'UnknownError', bytes: 50 }
        : null
    await snapshot(store, 0, 'stored')
    expect(writes).toBe(2)
    const next = await store.replace(0)
    await next.write(bytes('never'))
    once('write', 'manifest', { bytes: 50, crash: 'after' })
    await untilDeath(() => next.commit()).catch(() => {})
    expect(await found()).toEqual({ snapshot: 'stored', journal: '' })
  })
})

describe('damage', () => {
  it('of either place of the manifest does no harm, wherever it is', async () => {
    const store = await open()
    await store.append(record(1), 1, 'strict')
    await snapshot(store, 1, 'good')
    await store.append(record(2), 2, 'strict')
    const good = fileOf('manifest').data
    for (const place of [0, PLACE]) {
      for (let at = 0; at < 140; at++) {
        const harmed = good.slice()
        harmed[place + at] = (harmed[place + at] as number) ^ 1
        fileOf('manifest').data = harmed
        expect(await found(), `byte ${at}`).toEqual({
          snapshot: 'good',
          journal: textOf(record(2)),
        })
      }
    }
  })

  it('of both is corruption, if there are data', async () => {
    await open()
    fileOf('manifest').data = new Uint8Array(2 * PLACE)
    expect(await make().open()).toMatchObject({ epoch: 1, fresh: true })
    const next = await open()
    await next.append(record(1), 1, 'strict')
    fileOf('manifest').data = new Uint8Array(2 * PLACE)
    expect(await failure(make().open())).toMatchObject({
      code: 'corrupt',
      message: 'the file manifest is damaged: it cannot be read, and there are data',
      record: { name: 'manifest', offset: 0 },
    })
  })

  it('to what the manifest says of the files is told', async () => {
    const store = await open()
    await snapshot(store, 0, 'snapshot')
    fileOf('snapshot-0').data = bytes('snap')
    const error = await failure(make().open())
    expect(error.message).toBe('the file snapshot-0 is damaged: it should have 8 bytes')
    expect(error.record).toMatchObject({ area: 'snapshot', name: 'snapshot-0' })
    opfs.tree.folders.get('respite-app')?.files.delete('journal-1')
    const missing = await failure(make().open())
    expect([missing.code, missing.message]).toEqual([
      'corrupt',
      'the file journal-1 is damaged: it is missing',
    ])
  })

  it('is told from a newer format', async () => {
    await open()
    const payload = bytes('#format:2\r\n#upto:0\r\n#journal:0 0\r\n')
    const newer = new Uint8Array(2 * PLACE)
    newer.set(makeRecord('M', 9, 3, payload))
    fileOf('manifest').data = newer
    expect(await failure(make().open())).toMatchObject({
      code: 'newer-format',
      message: 'the manifest has format 2; this version reads up to 1',
    })
    // Nothing was changed, and the version that can read it may come back.
    expect(fileOf('manifest').data).toEqual(newer)
  })

  it('at the end of the journal is what a crash leaves, and is cut and reported', async () => {
    const first = await world({ inner: make() })
    first.r('SET a 1')
    await first.settle()
    first.r('SET b 2')
    await first.settle()
    const journal = fileOf('journal-0')
    journal.data = journal.data.slice(0, -3)
    const second = await world({ inner: make() })
    expect([second.r('GET a'), second.r('GET b')]).toEqual(['1', null])
    expect(second.recovered?.truncated).toMatchObject({
      place: { area: 'journal', name: 'journal-0', sequence: 2 },
      repaired: false,
    })
    second.r('SET b 3')
    await second.drive(second.persistence.close())
    const third = await world({ inner: make() })
    expect([third.r('GET a'), third.r('GET b')]).toEqual(['1', '3'])
  })
})

describe('data that the user clears', () => {
  const gone = { code: 'fenced', current: 0 }

  it('do not come back, and the owner learns it from what it does next', async () => {
    for (const call of [
      (store: OpfsStore) => store.sync(),
      (store: OpfsStore) => store.replace(1),
      (store: OpfsStore) => snapshot(store, 1, 'x'),
    ]) {
      const store = await open()
      await store.append(record(1), 1, 'strict')
      opfs.clear()
      expect(await failure(call(store))).toMatchObject(gone)
      expect(await failure(store.append(record(2), 2, 'strict'))).toMatchObject(gone)
      await store.close()
      const next = await open()
      expect(await contents(next, 'journal')).toBe('')
    }
  })

  it('are missed within a second by one that only appends, and asks no more often', async () => {
    let now = 5000
    const store = await open({ now: () => now })
    const turns = () => new Promise((resolve) => setImmediate(resolve))
    await store.append(record(1), 1, 'strict')
    await turns()
    const { asked } = worker
    for (let i = 2; i <= 50; i++) await store.append(record(i), i, 'strict')
    await turns()
    expect(worker.asked).toBe(asked)
    opfs.clear()
    now += 1000
    await store.append(record(51), 51, 'strict')
    await turns()
    expect(await failure(store.append(record(52), 52, 'strict'))).toMatchObject(gone)
  })

  it('leave their handles open, for to close them ends Chromium', async () => {
    const store = await open()
    opfs.clear()
    await store.close()
    expect(opfs.locked.size).toBe(5)
  })
})

/**
 * A life with everything in it, ended before and after each call of a handle; then the power fails too, or
 * does not. What is acknowledged is there, and nothing that was never written.
 */
describe('the end of a worker', () => {
  /** What may be found, as of the last call that was acknowledged and of the one that was under way. */
  interface Truth {
    snapshot: string
    upTo: number
    last: number
  }

  async function live(
    store: OpfsStore,
    tell: (before: Truth, after: Truth) => void,
  ): Promise<void> {
    let truth: Truth = { snapshot: '', upTo: 0, last: 0 }
    const step = async (change: Partial<Truth>, call: Promise<unknown>) => {
      const next = { ...truth, ...change }
      tell(truth, next)
      await call
      truth = next
      tell(truth, truth)
    }
    const append = () => {
      const last = truth.last + 1
      return step({ last }, store.append(record(last, `record ${last}`), last, 'strict'))
    }
    const exchange = async (text: string, during: number, keep: boolean) => {
      const upTo = truth.last
      const replacement = await store.replace(upTo)
      await replacement.write(bytes(text))
      for (let i = 0; i < during; i++) await append()
      if (keep) await step({ snapshot: text, upTo }, replacement.commit())
      else await replacement.abort()
    }
    await step({}, store.open())
    await append()
    await exchange('first', 2, true)
    await exchange('given up', 1, false)
    await exchange('given up again', 1, false)
    await exchange('second', 0, true)
    await append()
    await exchange('third', 0, true)
    await step({}, store.close())
  }

  /** The numbers of all whole records in the journal, up to the first that is not. */
  async function numbersIn(store: OpfsStore): Promise<number[]> {
    const reader = new RecordReader('journal', store.read('journal'))
    const numbers: number[] = []
    for (;;) {
      const next = await reader.next()
      if (next === null) return numbers
      numbers.push(next.header.sequence)
    }
  }

  it('at any call of a handle leaves what was acknowledged, with and without power', async () => {
    let calls = 0
    const count = make()
    worker.plan = () => {
      calls++
      return null
    }
    await live(count, () => {})
    expect(calls).toBeGreaterThan(60)
    for (let at = 1; at <= calls; at++) {
      for (const crash of ['before', 'after'] as const) {
        for (let seed = 0; seed < 12; seed++) {
          opfs = new Opfs()
          const store = make()
          let number = 0
          worker.plan = () => (++number === at ? { crash } : null)
          let before: Truth = { snapshot: '', upTo: 0, last: 0 }
          let after = before
          const telling = (...truths: [Truth, Truth]) => {
            ;[before, after] = truths
          }
          await untilDeath(() => live(store, telling)).catch(() => {})
          const dice = new Dice(at * 100 + seed)
          if (seed > 0) opfs.fail((n) => dice.below(n))
          const what = `call ${at}, ${crash}, seed ${seed}`
          const heir = await open()
          const text = await contents(heir, 'snapshot')
          const truth = [before, after].find(({ snapshot }) => snapshot === text)
          expect(truth, what).toBeDefined()
          const { upTo, last } = truth as Truth
          const kept = await numbersIn(heir)
          const beyond = kept.filter((n) => n > upTo)
          // In order, without a gap, all that was acknowledged, and at most the one under way.
          expect(beyond, what).toEqual(beyond.map((_, i) => upTo + 1 + i))
          expect([before.last, after.last], what).toContain(upTo + beyond.length)
          expect(last, what).toBeGreaterThanOrEqual(before.last)
        }
      }
    }
  })

  it('while everything is removed leaves either all or nothing', async () => {
    for (let at = 1, more = true; more; at++) {
      for (const crash of ['before', 'after'] as const) {
        opfs = new Opfs()
        const store = await open()
        await store.append(record(1), 1, 'strict')
        await snapshot(store, 1, 'snapshot')
        await store.append(record(2), 2, 'strict')
        let number = 0
        worker.plan = () => (++number === at ? { crash } : null)
        await untilDeath(() => store.destroy()).catch(() => {})
        more = number >= at
        const dice = new Dice(at)
        opfs.fail((n) => dice.below(n))
        const next = make()
        const { fresh } = await next.open()
        const state = [await contents(next, 'snapshot'), await contents(next, 'journal')]
        expect(state, `call ${at}, ${crash}`).toEqual(
          fresh ? ['', ''] : ['snapshot', textOf(record(2))],
        )
      }
    }
  })
})
