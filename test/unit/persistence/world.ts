/** An engine with a hand-wound clock, a store that fails on demand, and persistence between them. */

import type { Groups } from '../../../src/core/command.ts'
import type { Engine } from '../../../src/engine/engine.ts'
import type { PersistenceOptions } from '../../../src/persistence/options.ts'
import { Persistence } from '../../../src/persistence/persistence.ts'
import type { Recovered } from '../../../src/persistence/recovery.ts'
import type { PersistenceEvent } from '../../../src/persistence/status.ts'
import type { Store } from '../../../src/persistence/store.ts'
import { MemoryDisk, MemoryStore } from '../../../src/persistence/stores/memory.ts'
import { SetValue } from '../../../src/types/set.ts'
import { typeOf } from '../../../src/types/value.ts'
import { FaultyStore } from '../../helpers/faulty-store.ts'
import { type Run, run } from '../../helpers/run.ts'

const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export interface World {
  readonly r: Run
  readonly store: FaultyStore
  readonly persistence: Persistence
  readonly events: PersistenceEvent[]
  /** What `start` resolved to. */
  recovered: Recovered | null
  /** Let everything happen that can happen without time passing. */
  settle(): Promise<void>
  /** Let time pass, a little at a time. */
  pass(ms: number): Promise<void>
  /** Wait for a promise; time passes if it has to. */
  drive<T>(promise: Promise<T>): Promise<T>
}

export interface WorldOptions {
  disk?: MemoryDisk
  inner?: Store
  config?: Readonly<Record<string, string>>
  persistence?: PersistenceOptions
  clock?: number
  commands?: Groups
  /** Lets happen what can happen: what real files and databases have done as well, if not said otherwise. */
  turn?: () => Promise<void>
}

/** A world whose persistence has not been started. */
export function makeWorld(options: WorldOptions = {}): World {
  const r = run({
    config: { appendonly: 'yes', appendfsync: 'always', save: '', ...options.config },
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.commands === undefined ? {} : { commands: options.commands }),
  })
  const store = new FaultyStore(options.inner ?? new MemoryStore(options.disk ?? new MemoryDisk()))
  const events: PersistenceEvent[] = []
  const turn = options.turn ?? immediate
  const persistence = new Persistence(r.engine, store, {
    ...options.persistence,
    onEvent: (event) => events.push(event),
  })
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 6; i++) {
      r.platform.wind(r.platform.now())
      await turn()
    }
  }
  return {
    r,
    store,
    persistence,
    events,
    recovered: null,
    settle,
    pass: async (ms) => {
      await settle()
      for (let left = ms; left > 0; left -= 10) {
        r.clock += Math.min(10, left)
        await turn()
      }
      await settle()
    },
    drive: async (promise) => {
      let done = false
      const over = () => {
        done = true
      }
      promise.then(over, over)
      for (let i = 0; !done; i++) {
        if (i > 12_000) throw new Error('this promise waits for something that never happens')
        r.platform.wind(r.platform.now() + (i > 200 ? 1 : 0))
        // Real files take their own time.
        if (i < 4000) await turn()
        else await new Promise((resolve) => setTimeout(resolve, 1))
      }
      return promise
    },
  }
}

export async function world(options: WorldOptions = {}): Promise<World> {
  const made = makeWorld(options)
  made.recovered = await made.drive(made.persistence.start())
  return made
}

/** Everything in the keyspace, expired or not, in an order that does not depend on history. */
export function dump(engine: Engine): string[] {
  const lines: string[] = []
  for (const db of engine.keyspace.databases) {
    for (let i = 0; i < db.size; i++) {
      const value = db.valueAt(i)
      const text =
        value instanceof SetValue
          ? JSON.stringify([value.encoding, ...value.members().sort()])
          : typeof value === 'object' && typeOf(value) === 1
            ? JSON.stringify(
                (value as { items: { range(a: number, b: number): string[] } }).items.range(0, 1e9),
              )
            : JSON.stringify(String(value))
      const deadline = db.deadlineAt(i)
      lines.push(`${db.index} ${db.keyAt(i)} ${text}${deadline === 0 ? '' : ` until ${deadline}`}`)
    }
  }
  return lines.sort()
}

/** The journal's payloads on a memory disk, one string a record. */
export const journalOf = (disk: MemoryDisk): string[] =>
  disk.journal.map(({ bytes }) =>
    String.fromCharCode(...bytes.subarray(64))
      .replace(/\r\n/g, ' ')
      .trim(),
  )
