/**
 * The data set of an engine over its whole life: opened, lost to somebody else, taken back, let go of
 * while the page sleeps, closed.
 *
 * Two things make an owner. A lock keeps a second page from opening what a first one has open, and tells
 * it so. The store's epoch, checked inside of every append, makes two writers impossible whatever
 * became of the lock. Each opening is a `Persistence` of its own, and the engine reads everything
 * afresh: what happened to the data meanwhile is not known.
 */
import { errorFrom, OwnershipError } from '../client/errors.ts'
import type { LinkEvent, LinkState, LinkStatus } from '../client/link.ts'
import type { Keeper } from '../client/local.ts'
import { CommandError, journalFailed } from '../core/errors.ts'
import type { Engine } from '../engine/engine.ts'
import { asStoreError, ownedElsewhere, type StoreError } from '../persistence/errors.ts'
import type { PersistenceOptions } from '../persistence/options.ts'
import { Persistence } from '../persistence/persistence.ts'
import type { PersistenceEvent } from '../persistence/status.ts'
import type { Store } from '../persistence/store.ts'

/** Keeps others out, among those who ask. */
export interface Lock {
  /**
   * `try`: null at once if another has it. `wait`: until it is free. `steal`: ask whoever has it to
   * let go, and take it by force if that does not help. Resolves to what gives it back. `lost` is called
   * when it was taken by force, `asked` when somebody would like to have it.
   */
  take(
    how: 'try' | 'wait' | 'steal',
    ears: { lost(): void; asked(): void },
  ): Promise<(() => void) | null>
}

/** For stores that keep others out by themselves, or have none. */
export const NO_LOCK: Lock = { take: async () => () => {} }

export interface StoreKeeperOptions {
  /** A fresh store; called for each opening. `takeOver`: another owner is to be put out. */
  store: (takeOver: boolean) => Store
  lock?: Lock
  /** When another owner has the data. `reject` (the default): say so, `takeOver` may follow. */
  ownership?: 'reject' | 'wait' | 'take'
  /** Go on without a store if it cannot be used. Without this, that is an error. */
  fallback?: 'memory'
  persistence?: Omit<PersistenceOptions, 'onEvent' | 'fallback'>
}

/** One of our own: persistence takes back what it refuses by itself when it closes. */
const TAKEN: CommandError = new CommandError(ownedElsewhere.message, ownedElsewhere.code)
const ELSEWHERE = 'Another page or process owns this data set'

export class StoreKeeper implements Keeper {
  private readonly engine: Engine
  private readonly options: StoreKeeperOptions
  private readonly listeners = new Set<(event: LinkEvent) => void>()
  private state: LinkState = 'opening'
  private error: { code: string; message: string } | null = null
  private persistence: Persistence | null = null
  private release: (() => void) | null = null
  private progress = { loaded: 0, total: 0 }
  private inMemory = false
  private refusal: CommandError | null = null
  /** The opening under way or done. Rejected: there is no data set here, for the reason given. */
  private opening: Promise<void> = Promise.resolve()
  /** Openings and closings, one after the other. */
  private turn: Promise<unknown> = Promise.resolve()

  constructor(engine: Engine, options: StoreKeeperOptions) {
    this.engine = engine
    this.options = options
    // Nothing is answered from an empty keyspace while it is not known what belongs into it.
    engine.loading = true
    const how = { reject: 'try', wait: 'wait', take: 'steal' } as const
    this.open(how[options.ownership ?? 'reject'])
  }

  // ---- State ------------------------------------------------------------------------------------

  get status(): LinkStatus {
    const { persistence } = this
    const status = persistence?.status
    return {
      state: this.state,
      store: this.inMemory ? 'memory' : (status?.backend ?? ''),
      durable: !this.inMemory && (persistence?.store.promises.durable ?? false),
      fallback: this.inMemory,
      ...this.progress,
      saved: status === undefined || status.state === 'saved' || this.inMemory,
      pendingBytes: status?.pendingBytes ?? 0,
      epoch: status?.epoch ?? 0,
      error: this.error,
    }
  }

  listen(listener: (event: LinkEvent) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private tell(event: LinkEvent): void {
    for (const listener of [...this.listeners]) listener(event)
  }

  private become(state: LinkState, error: { code: string; message: string } | null = null): void {
    this.state = state
    this.error = error
    this.tell({ type: 'status', status: this.status })
  }

  /** Whether the engine answers at all, and what it says to writes. Only what we set is taken back. */
  private shut(refusal: CommandError | null): void {
    const { engine } = this
    if (refusal === null) {
      if (engine.refusal === this.refusal) engine.refusal = null
      engine.loading = false
    } else {
      engine.refusal = refusal
      engine.loading = true
    }
    this.refusal = refusal
  }

  // ---- Opening ----------------------------------------------------------------------------------

  private open(how: 'try' | 'wait' | 'steal'): Promise<void> {
    const opening = this.turn.then(() => this.acquire(how))
    this.turn = opening.catch(() => {})
    this.opening = opening
    opening.catch(() => {})
    return opening
  }

  private async acquire(how: 'try' | 'wait' | 'steal'): Promise<void> {
    if (this.state === 'closed') throw new OwnershipError('FENCED', 'The data set was closed')
    if (this.state === 'ready') return
    this.become('opening')
    // The lock reports late at times: then it speaks of an ownership that is over already.
    let over = false
    const release = await (this.options.lock ?? NO_LOCK).take(how, {
      lost: () => !over && this.lost('Another page or process has taken the data set over'),
      asked: () => !over && this.lost('Another page or process has asked for the data set'),
    })
    if (release === null) this.elsewhere()
    else {
      this.release = () => {
        over = true
        release()
      }
      await this.load(how === 'steal')
    }
  }

  private elsewhere(): never {
    const error = new OwnershipError('OWNED_ELSEWHERE', ELSEWHERE)
    this.shut(TAKEN)
    this.become('elsewhere', { code: error.code, message: error.message })
    throw error
  }

  private async load(takeOver: boolean): Promise<void> {
    const { engine, options } = this
    this.shut(null)
    this.clear()
    this.become('loading')
    const { fallback } = options
    const persistence = new Persistence(engine, options.store(takeOver), {
      ...options.persistence,
      onEvent: (event) => this.heard(persistence, event),
      ...(fallback === undefined ? {} : { fallback }),
    })
    this.persistence = persistence
    try {
      this.inMemory = (await persistence.start()) === null
    } catch (thrown) {
      this.letGo()
      const error = asStoreError(thrown)
      if (error.code === 'blocked') this.elsewhere()
      const failure = { code: error.code, message: error.message }
      this.shut(journalFailed(error.message))
      this.become('failed', failure)
      throw errorFrom(failure)
    }
    if ((this.state as LinkState) !== 'loading') throw new OwnershipError('FENCED', ELSEWHERE)
    // A fallback is visible for good: it is the one way in which data can be lost on purpose.
    this.become('ready', this.inMemory ? failureOf(persistence.status.lastError) : null)
  }

  /** What is in memory is not what is stored any more. Nobody is told: it is not a change. */
  private clear(): void {
    const { engine } = this
    engine.loading = true
    for (const db of engine.keyspace.databases) engine.emptyDatabase(db)
    engine.tracking.invalidateAll()
  }

  private heard(from: Persistence, event: PersistenceEvent): void {
    if (from !== this.persistence) return
    switch (event.type) {
      case 'progress':
        this.progress = { loaded: event.progress.loadedBytes, total: event.progress.totalBytes }
        this.become(this.state, this.error)
        break
      case 'error':
        this.tell({ type: 'error', error: errorFrom(event.error) })
        break
      case 'fenced':
        this.lost(event.error.message)
        break
      case 'state':
        if (this.state !== 'ready' && this.state !== 'failed') break
        if (event.status.state === 'failed')
          this.become('failed', failureOf(event.status.lastError))
        else this.become('ready', this.inMemory ? this.error : null)
        break
      default:
        break
    }
  }

  // ---- Losing it --------------------------------------------------------------------------------

  /** Somebody else has the data set, or will have it at once. Writes are refused from now on. */
  private lost(why: string): void {
    if (this.state !== 'ready' && this.state !== 'failed' && this.state !== 'loading') return
    const error = new OwnershipError('FENCED', why)
    const failure = { code: error.code, message: error.message }
    this.become('fenced', failure)
    this.opening = Promise.reject(error)
    this.opening.catch(() => {})
    // What is not stored yet may still get there, if the other one is slow; the epoch decides.
    this.turn = this.turn.then(() => this.end()).catch(() => {})
    this.refusal = TAKEN
    this.engine.refusal = TAKEN
  }

  /** Save, and give the data set back. From here on nothing new is taken that could not be kept. */
  private async end(): Promise<void> {
    const { persistence, engine } = this
    if (this.state !== 'fenced') engine.loading = true
    try {
      await persistence?.close()
    } finally {
      this.persistence = null
      this.letGo()
    }
  }

  private letGo(): void {
    this.release?.()
    this.release = null
  }

  // ---- Questions --------------------------------------------------------------------------------

  ready(): Promise<void> {
    return this.opening
  }

  async flush(): Promise<void> {
    await this.opening
    if (this.inMemory) return
    try {
      await this.persistence?.flush()
    } catch (error) {
      throw errorFrom(asStoreError(error))
    }
  }

  takeOver(): Promise<void> {
    return this.state === 'ready' ? Promise.resolve() : this.open('steal')
  }

  async retry(): Promise<void> {
    if (this.persistence === null || this.persistence.state === 'memory-only')
      return this.open('try')
    try {
      await this.persistence.retry()
    } catch (error) {
      throw errorFrom(asStoreError(error))
    }
  }

  suspend(): Promise<void> {
    const suspended = this.turn.then(async () => {
      if (this.state !== 'ready' && this.state !== 'failed') return
      await this.end()
      this.become('opening')
    })
    this.turn = suspended.catch(() => {})
    return suspended
  }

  resume(): Promise<void> {
    // Ours again if nobody took it; else the application hears that it is elsewhere now.
    return this.state === 'ready' ? Promise.resolve() : this.open('try')
  }

  close(): Promise<void> {
    const closed = this.turn.then(async () => {
      try {
        await this.end()
      } catch (error) {
        throw errorFrom(asStoreError(error))
      } finally {
        this.become('closed')
      }
    })
    this.turn = closed.catch(() => {})
    return closed
  }
}

const failureOf = (error: StoreError | null): { code: string; message: string } | null =>
  error === null ? null : { code: error.code, message: error.message }
