/** An engine in a browser's thread, the page's or a worker's: in memory, or kept in IndexedDB or OPFS. */
import type { Keeper } from '../../client/local.ts'
import { MemoryKeeper } from '../../client/local.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Store } from '../../persistence/store.ts'
import { IndexedDBStore } from '../../persistence/stores/indexeddb.ts'
import { OpfsStore } from '../../persistence/stores/opfs.ts'
import { inDedicatedWorker, WORKERS_ONLY } from '../../persistence/stores/opfs-files.ts'
import { parseAddress } from '../address.ts'
import { type EngineChoices, startEngine } from '../engine.ts'
import { StoreKeeper, type StoreKeeperOptions } from '../keeper.ts'
import { webLock } from './lock.ts'

export interface DataOptions {
  /**
   * When another page owns the data set: `reject` (the default) makes `create` reject with an
   * `OwnershipError`, `wait` waits until the data set is free, `take` takes it over.
   */
  ownership?: 'reject' | 'wait' | 'take'
  /** Go on in memory where the storage cannot be used. `status.fallback` says so. Default: reject. */
  fallback?: 'memory'
  /** Keep what comes before damaged data instead of refusing to open it. It is a loss. */
  repair?: 'truncate'
}

/** Unless the application says otherwise, everything is kept, and soon. */
const KEPT = { appendonly: 'yes', appendfsync: 'everysec' } as const

/** An owner that was put out still saves what it has before it lets go of its files. */
const TAKE_OVER_MS = 5000

/** Start the engine that an address names. It is not loaded yet: the keeper knows when it is. */
export function startBrowserEngine(
  address: string,
  options: EngineChoices & DataOptions,
): { engine: Engine; keeper: Keeper } {
  const { scheme, name } = parseAddress(address)
  if (scheme === 'memory') return { engine: startEngine(options), keeper: new MemoryKeeper() }
  if (scheme !== 'idb' && scheme !== 'opfs') {
    throw new TypeError(`An engine cannot keep its data in "${scheme}:"`)
  }
  if (name === '') {
    throw new TypeError(`"${scheme}:" needs the name of a data set: "${scheme}://app"`)
  }
  if (scheme === 'opfs' && !inDedicatedWorker()) throw new TypeError(WORKERS_ONLY)
  const engine = startEngine({ ...options, config: { ...KEPT, ...options.config } })
  const { ownership, fallback, repair } = options
  const keeper = new StoreKeeper(engine, {
    ...(scheme === 'opfs' ? inFiles(name, engine) : inDatabase(name, engine)),
    ...(ownership === undefined ? {} : { ownership }),
    ...(fallback === undefined ? {} : { fallback }),
    ...(repair === undefined ? {} : { persistence: { repair } }),
  })
  return { engine, keeper }
}

const inDatabase = (name: string, { platform: { after } }: Engine): StoreKeeperOptions => ({
  store: (): Store => new IndexedDBStore({ name: `respite:${name}`, after }),
  lock: webLock(name),
})

const inFiles = (name: string, { platform: { after, now } }: Engine): StoreKeeperOptions => ({
  store: (takeOver): Store =>
    new OpfsStore({ name, after, now, ...(takeOver ? { patience: TAKE_OVER_MS } : {}) }),
  lock: webLock(`opfs:${name}`),
})
