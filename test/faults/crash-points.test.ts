/**
 * One fixed life, ended at each call of the store in turn, before it, after it and in its middle. Run over
 * every store there is, since each has its own steps to be interrupted in.
 */
import 'fake-indexeddb/auto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deleteDB } from 'idb'
import { describe, expect, it } from 'vitest'
import { CommandError } from '../../src/core/errors.ts'
import type { Store } from '../../src/persistence/store.ts'
import { FileStore } from '../../src/persistence/stores/file.ts'
import { IndexedDBStore } from '../../src/persistence/stores/indexeddb.ts'
import { MemoryDisk, MemoryStore } from '../../src/persistence/stores/memory.ts'
import { OpfsStore } from '../../src/persistence/stores/opfs.ts'
import type { Fault } from '../helpers/faulty-store.ts'
import { dump, makeWorld, world } from '../unit/persistence/world.ts'
import { Opfs, type OpfsWorker } from './opfs.ts'

interface Backend {
  readonly name: string
  /** Bytes of an interrupted append may be left behind. */
  readonly tears: boolean
  make(): Promise<{ store(): Store; wipe(): Promise<void> }>
}

let databases = 0

const backends: readonly Backend[] = [
  {
    name: 'memory',
    tears: false,
    make: async () => {
      const disk = new MemoryDisk()
      return { store: () => new MemoryStore(disk), wipe: async () => {} }
    },
  },
  {
    name: 'file',
    tears: true,
    make: async () => {
      const dir = await mkdtemp(join(tmpdir(), 'respite-'))
      const stores: FileStore[] = []
      return {
        store: () => {
          // The dead owner is this very process, so its lock looks alive.
          const store = new FileStore({ dir, takeOver: true })
          stores.push(store)
          return store
        },
        wipe: async () => {
          // What a process takes with it when it dies.
          for (const store of stores) await store.close()
          await rm(dir, { recursive: true })
        },
      }
    },
  },
  {
    name: 'opfs',
    tears: true,
    make: async () => {
      const opfs = new Opfs()
      let last: OpfsWorker | null = null
      return {
        store: () => {
          last?.end()
          last = opfs.worker()
          return new OpfsStore({ name: 'crash', root: last.root })
        },
        wipe: async () => {},
      }
    },
  },
  {
    name: 'indexeddb',
    tears: false,
    make: async () => {
      const name = `crash-${++databases}`
      return { store: () => new IndexedDBStore(name), wipe: () => deleteDB(name) }
    },
  },
]

/** The life; answers how many of its writes were acknowledged, and every state there was. */
async function live(
  store: Store,
  at: number,
  fault: Fault | null,
): Promise<{ states: string[]; acknowledged: number; calls: number; names: string[] }> {
  const made = makeWorld({ inner: store, persistence: { sliceMicros: 0, chunkBytes: 200 } })
  const { r, persistence } = made
  made.store.plan = (call) => (call.number === at ? fault : null)
  const states = ['']
  let acknowledged = 0
  const turns = async (count: number): Promise<void> => {
    for (let i = 0; i < count && !made.store.dead; i++) {
      r.platform.wind(r.platform.now())
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }
  const idle = async (): Promise<void> => {
    for (let i = 0; i < 100_000 && persistence.state !== 'saved' && !made.store.dead; i++)
      await turns(1)
  }
  const write = (line: string) => {
    r(line)
    states.push(dump(r.engine).join('\n'))
  }
  const starting = persistence.start()
  for (let i = 0; i < 100_000 && persistence.state === 'loading' && !made.store.dead; i++)
    await turns(1)
  if (!made.store.dead) {
    await starting
    for (let i = 0; i < 3; i++) {
      write(`SET key:${i} ${'x'.repeat(30)}`)
      write(`RPUSH list ${i}`)
      await idle()
    }
    void persistence.save().catch(() => {})
    write('SET during 1')
    await turns(3)
    write('INCR during')
    write('DEL key:0')
    await idle()
    write('INCR during')
    await idle()
    void persistence.save().catch(() => {})
    await idle()
    write('INCR during')
    await idle()
    for (const reply of r.replies) {
      if (reply instanceof CommandError) break
      acknowledged++
    }
  }
  if (!made.store.dead) {
    let closed = false
    void persistence.close().finally(() => {
      closed = true
    })
    while (!closed && !made.store.dead) await turns(1)
  }
  return { states, acknowledged, calls: made.store.calls.length, names: made.store.names }
}

describe.each(backends)('the end of the process at any call, on $name', ({ make, tears }) => {
  it('loses nothing that was acknowledged, and leaves a state that was', async () => {
    const clean = await make()
    const whole = await live(clean.store(), 0, null)
    await clean.wipe()
    expect(whole.acknowledged).toBe(whole.states.length - 1)
    expect(whole.names.filter((name) => name === 'commit')).toHaveLength(2)
    const faults: Fault[] = [
      { crash: true, effect: 'none' },
      { crash: true, effect: 'whole' },
    ]
    for (let at = 1; at <= whole.calls; at++) {
      const name = whole.names[at - 1]
      const torn: Fault[] =
        name === 'write' || (name === 'append' && tears)
          ? [1, 63, 64, 80].map((bytes) => ({ crash: true, bytes }))
          : []
      for (const fault of [...faults, ...torn]) {
        const backend = await make()
        const { states, acknowledged } = await live(backend.store(), at, fault)
        const after = await world({ inner: backend.store() })
        const found = states.lastIndexOf(dump(after.r.engine).join('\n'))
        const what = `${name} (call ${at}), ${JSON.stringify(fault)}`
        expect(found, what).toBeGreaterThanOrEqual(acknowledged)
        // And life goes on: what is written now is there next time.
        after.r('SET after 1')
        await after.drive(after.persistence.close())
        const later = await world({ inner: backend.store() })
        expect(dump(later.r.engine), what).toEqual(dump(after.r.engine))
        await later.drive(later.persistence.close())
        await backend.wipe()
      }
    }
  }, 180_000)
})
