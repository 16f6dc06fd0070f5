/** An engine in a browser's thread, the page's or a worker's: in memory, or kept in IndexedDB. */
import type { Keeper } from '../../client/local.ts'
import { MemoryKeeper } from '../../client/local.ts'
import type { Engine } from '../../engine/engine.ts'
import { IndexedDBStore } from '../../persistence/stores/indexeddb.ts'
import { parseAddress } from '../address.ts'
import { type EngineChoices, startEngine } from '../engine.ts'
import { StoreKeeper } from '../keeper.ts'
import { webLock } from './lock.ts'

export interface DataOptions {
  /**
   * When another page owns the data set: `reject` (the default) makes `create` reject with an
   * `OwnershipError`, `wait` waits until the data set is free, `take` takes it over.
   */
  ownership?: 'reject' | 'wait' | 'take'
  /** Go on in memory where IndexedDB cannot be used. `status.fallback` says so. Default: reject. */
  fallback?: 'memory'
  /** Keep what comes before damaged data instead of refusing to open it. It is a loss. */
  repair?: 'truncate'
}

/** Unless the application says otherwise, everything is kept, and soon. */
const KEPT = { appendonly: 'yes', appendfsync: 'everysec' } as const

/** Start the engine that an address names. It is not loaded yet: the keeper knows when it is. */
export function startBrowserEngine(
  address: string,
  options: EngineChoices & DataOptions,
): { engine: Engine; keeper: Keeper } {
  const { scheme, name } = parseAddress(address)
  if (scheme === 'memory') return { engine: startEngine(options), keeper: new MemoryKeeper() }
  if (scheme !== 'idb') throw new TypeError(`An engine cannot keep its data in "${scheme}:"`)
  if (name === '') throw new TypeError('"idb:" needs the name of a data set: "idb://app"')
  const engine = startEngine({ ...options, config: { ...KEPT, ...options.config } })
  const { ownership, fallback, repair } = options
  const keeper = new StoreKeeper(engine, {
    store: () => new IndexedDBStore({ name: `respite:${name}`, after: engine.platform.after }),
    lock: webLock(name),
    ...(ownership === undefined ? {} : { ownership }),
    ...(fallback === undefined ? {} : { fallback }),
    ...(repair === undefined ? {} : { persistence: { repair } }),
  })
  return { engine, keeper }
}
