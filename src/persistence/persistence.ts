/**
 * Persistence of one engine: what runtimes attach.
 *
 * It opens the store and becomes its owner, recovers, and from then on keeps what the engine changes:
 * under `appendonly yes` by the journal, which is rewritten when it has outgrown the snapshot; under
 * `appendonly no` by snapshots at the save points and at the end. Options of the engine are
 * followed, so CONFIG SET works.
 *
 * `README.md` beside this file says what is promised, and what an error means.
 */
import { type CommandError, journalFailed, snapshotFailed } from '../core/errors.ts'
import type { Engine } from '../engine/engine.ts'
import type { PersistenceHooks } from '../engine/persistence-hooks.ts'
import { Backup } from './backup.ts'
import { asStoreError, ownedElsewhere, StoreError } from './errors.ts'
import { Figures } from './figures.ts'
import { type FsyncPolicy, Journal, type Point } from './journal.ts'
import { DEFAULTS, type DumpPlace, type LateStore, type PersistenceOptions } from './options.ts'
import { type LeftOut, type Recovered, recover, type Truncation } from './recovery.ts'
import { pause, type SnapshotTee, takeSnapshot } from './snapshot.ts'
import { respFormat } from './snapshot-format.ts'
import type { PersistenceEvent, PersistenceState, PersistenceStatus } from './status.ts'
import type { Claim, Store } from './store.ts'
import { Turns } from './turns.ts'

/** Redis waits as long before a failed background save is tried again. */
const SAVE_RETRY_MS = 5000
const REWRITE_RETRY_MS = 60_000

/** A snapshot that is under way. */
interface Running {
  promise: Promise<void>
  point: Point
  readonly forJournal: boolean
  /** Nobody wants it any more. */
  cancelled: boolean
}

interface SavePoint {
  readonly seconds: number
  readonly changes: number
}

export class Persistence implements PersistenceHooks {
  readonly engine: Engine
  readonly store: LateStore
  /** It has been opened. */
  private owned = false
  private readonly options: PersistenceOptions & typeof DEFAULTS
  private readonly turns = new Turns()
  private readonly dumpTurns = new Turns()
  private readonly journal: Journal
  private readonly listeners = new Set<(event: PersistenceEvent) => void>()
  private claim: Claim | null = null
  private phase: 'new' | 'loading' | 'open' | 'memory' | 'closing' | 'closed' = 'new'
  private lastError: StoreError | null = null
  private truncated: Truncation | null = null
  private shown: PersistenceState = 'loading'
  private snapshot: Running | null = null
  private nextSave: Promise<void> | null = null
  /** Somebody has asked for that one: it is not only what FLUSHALL saves. */
  private asked = false
  private nextRewrite: Promise<void> | null = null
  private snapshotError: StoreError | null = null
  private snapshotBytes = 0
  private journalBytes = 0
  private lastSnapshotAt = 0
  /** Of those that were no rewrite. */
  private lastSaveAt = 0
  private readonly figures = new Figures()
  backup: Backup | null = null
  /** What loading has not taken. */
  leftOut: LeftOut | null = null
  private lastTryAt = 0
  private cancelCheck: (() => void) | null = null
  private appendonly = false
  private savePoints: SavePoint[] = []
  /** Changes that `emptied` took for saved before they are. */
  private advanced = 0
  /** Snapshots that FLUSHALL has asked for and that are not there yet. */
  private emptying = 0
  private refusal: CommandError | null = null

  constructor(engine: Engine, store: LateStore, options: PersistenceOptions = {}) {
    this.engine = engine
    this.store = store
    this.options = { ...DEFAULTS, ...options } as PersistenceOptions & typeof DEFAULTS
    if (options.onEvent !== undefined) this.listeners.add(options.onEvent)
    const self = this
    this.journal = new Journal(
      engine,
      store,
      this.turns,
      {
        rewrite: () => this.joinSnapshot(),
        stored: (bytes) => {
          this.journalBytes += bytes
          this.rewriteIfGrown()
        },
        changed: () => this.changed(),
        get stopsWrites() {
          return self.stopsWrites
        },
      },
      this.options,
    )
  }

  // ---- Start and end ------------------------------------------------------------------------------

  /**
   * Open, claim, recover, and begin to store. The engine answers LOADING from this call on until
   * the promise resolves. Rejects with a `StoreError`; the engine is empty then, and on its own.
   */
  async start(): Promise<Recovered | null> {
    if (this.phase !== 'new') throw new StoreError('closed', 'persistence was started before')
    const { engine } = this
    this.phase = 'loading'
    engine.loading = true
    engine.persistence = this
    let recovered: Recovered
    try {
      const dumped = await this.startsFromDump()
      const claim = dumped ? await this.dumpStore.open() : await this.openStore()
      this.claim = claim
      this.owned = !dumped
      recovered = await this.read(claim, dumped)
    } catch (thrown) {
      const error = asStoreError(thrown)
      engine.loading = false
      await this.store.close().catch(() => {})
      this.lastError = error
      // Somebody may have closed us in the middle of it.
      if ((this.phase as string) !== 'loading') throw error
      this.phase = 'memory'
      this.emit({ type: 'error', error })
      this.changed()
      if (this.options.fallback === 'memory' && OPEN_CODES.has(error.code)) return null
      engine.persistence = null
      throw error
    }
    this.phase = 'open'
    this.snapshotBytes = recovered.snapshotBytes
    this.journalBytes = recovered.journalBytes
    this.journal.own(this.claim.epoch, recovered.sequence)
    if (recovered.truncated !== null) {
      this.truncated = recovered.truncated
      this.emit({ type: 'truncated', truncation: recovered.truncated })
    }
    this.leftOut = recovered.leftOut
    this.openBackups()
    this.follow()
    if (recovered.mustRewrite) await this.keep()
    // What was read from elsewhere is to be found there the next time.
    else if (this.claim.migrated === true && !this.appendonly) await this.save()
    this.check()
    this.changed()
    return recovered
  }

  /** Without a journal the dump is the data. If there is none, those of a journal that there was are. */
  private async startsFromDump(): Promise<boolean> {
    const { dump } = this.options
    if (dump === undefined || this.engine.config.yes('appendonly')) return false
    return (await dump.store.exists()) || (await this.store.exists?.()) === false
  }

  private get dumpStore(): Store {
    return (this.options.dump as DumpPlace).store
  }

  /** A journal is wanted, and there has been none: whatever the store has is to be replaced. */
  private async openLate(): Promise<void> {
    this.store.supersede?.()
    this.claim = await this.turns.take(() => this.openStore())
    this.owned = true
    this.journal.claimed(this.claim.epoch)
  }

  private async read(claim: Claim, dumped: boolean): Promise<Recovered> {
    const since = this.engine.platform.now()
    const recovered = await recover({
      engine: this.engine,
      store: dumped ? this.dumpStore : this.store,
      alone: dumped,
      claim,
      formats: [respFormat],
      sliceMicros: this.options.sliceMicros,
      repair: this.options.repair ?? null,
      loadTruncated: this.engine.config.yes('aof-load-truncated'),
      onProgress: (progress) => {
        this.figures.loading = { ...progress, since }
        this.emit({ type: 'progress', progress })
      },
    }).finally(() => {
      this.figures.loading = null
    })
    this.figures.loadedKeys = this.engine.keyspace.size
    this.figures.expiredKeys = recovered.leftOut.expired
    return recovered
  }

  /**
   * Read everything back, in place of what is in memory: DEBUG RELOAD. What is not stored is gone; the
   * journal is flushed before, so that under `appendonly yes` nothing is. `journal`: from the store, though it
   * is not where the data are now.
   */
  async reload(journal = false): Promise<void> {
    if (this.phase !== 'open') throw this.notOpen()
    do {
      if (this.appendonly) await this.journal.flush()
      await this.snapshot?.promise
      await new Promise<void>((idle) => this.engine.slices.whenIdle(idle))
    } while (this.snapshot !== null || (this.appendonly && this.journal.pending))
    try {
      // Where the data are may have changed, and how large they are has.
      const dumped = !this.owned || !(journal || this.journals)
      await this.read({ ...(this.claim as Claim), snapshotBytes: 0, journalBytes: 0 }, dumped)
    } catch (thrown) {
      const error = asStoreError(thrown)
      this.lastError = error
      this.emit({ type: 'error', error })
      throw error
    } finally {
      this.journal.skip()
      this.changed()
    }
  }

  private openBackups(): void {
    const { backups } = this.store
    if (backups === undefined || backups === null) return
    const self = this
    this.backup = new Backup(this.engine, backups, {
      get epoch() {
        return self.claim?.epoch ?? 0
      },
      get busy() {
        return self.snapshot !== null
      },
      snapshot: async (tee) => {
        while (this.snapshot !== null) await this.snapshot.promise.catch(() => {})
        await this.begin(this.journals, tee)
      },
    })
  }

  private async openStore(): Promise<Claim> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.store.open()
      } catch (thrown) {
        const error = asStoreError(thrown)
        const delay = this.options.openRetries[attempt]
        if (delay === undefined || (error.code !== 'io' && error.code !== 'closed')) throw error
        await pause(this.engine.platform, delay)
      }
    }
  }

  /** What the options say, now and whenever they change. */
  private follow(): void {
    const { config } = this.engine
    const live = (apply: (value: string) => void) => (value: string) => {
      if (this.phase === 'open') apply(value)
    }
    const follow = (name: string, apply: (value: string) => void) =>
      config.follow(name, live(apply))
    follow('appendfsync', (value) => this.journal.setPolicy(value as FsyncPolicy))
    follow('aof-timestamp-enabled', (value) => {
      this.journal.stamps = value === 'yes'
    })
    follow('save', (value) => {
      const numbers = value
        .split(/\s+/)
        .filter((word) => word !== '')
        .map(Number)
      this.savePoints = []
      for (let i = 0; i + 1 < numbers.length; i += 2) {
        this.savePoints.push({ seconds: numbers[i] as number, changes: numbers[i + 1] as number })
      }
      this.changed()
    })
    follow('stop-writes-on-bgsave-error', () => {
      this.changed()
      this.journal.reconsider()
    })
    let first = true
    follow('appendonly', (value) => {
      this.setAppendonly(value === 'yes', first)
      first = false
    })
  }

  private setAppendonly(on: boolean, first: boolean): void {
    if (on === this.appendonly) return
    this.appendonly = on
    if (on) {
      // Changes since the last snapshot are in no journal: only a snapshot makes both agree.
      this.journal.begin(!first)
      // Words that tests wait for.
      if (!first) this.engine.platform.log('notice', 'appendonly yes: AOF background was scheduled')
    } else {
      this.giveUpRewrite()
      void this.journal
        .flush()
        .catch(() => {})
        .then(() => {
          if (!this.appendonly) this.journal.end()
        })
    }
    this.changed()
  }

  /** There is no journal any more that it could be for. */
  private giveUpRewrite(): void {
    const { snapshot, options } = this
    if (snapshot === null || !snapshot.forJournal || options.dump === undefined) return
    snapshot.cancelled = true
    this.engine.platform.log('notice', 'Killing AOF child: the rewrite is given up')
  }

  /**
   * Store what is left, let go of the store, and leave the engine to itself. Rejects if something
   * could not be stored, but closes all the same. `save`: whether a snapshot is taken under
   * `appendonly no`; without a word from the caller, if there are save points, as Redis does.
   */
  async close(options: { save?: boolean } = {}): Promise<void> {
    if (this.phase === 'closed' || this.phase === 'closing') return
    const was = this.phase
    let problem: StoreError | null = null
    if (was === 'open' && this.journal.fenced === null) {
      try {
        if (this.appendonly) await this.journal.flush()
        else if (options.save ?? this.savePoints.length > 0) await this.saveIfChanged()
      } catch (error) {
        problem = asStoreError(error)
      }
    }
    this.phase = 'closing'
    this.cancelCheck?.()
    await this.snapshot?.promise.catch(() => {})
    this.journal.end()
    this.backup?.close()
    await this.turns.take(() => this.store.close()).catch(() => {})
    await this.options.dump?.store.close().catch(() => {})
    this.phase = 'closed'
    if (this.engine.persistence === this) this.engine.persistence = null
    this.refuse(null)
    this.changed()
    if (problem !== null) throw problem
  }

  /** Give the data up: close, and remove everything that is stored. */
  async destroy(): Promise<void> {
    this.phase = 'closing'
    this.cancelCheck?.()
    await this.snapshot?.promise.catch(() => {})
    this.journal.end()
    this.backup?.close()
    if (this.owned) await this.turns.take(() => this.store.destroy())
    await this.options.dump?.store.destroy()
    this.phase = 'closed'
    if (this.engine.persistence === this) this.engine.persistence = null
    this.refuse(null)
    this.changed()
  }

  // ---- Snapshots ----------------------------------------------------------------------------------

  /** Resolves when a snapshot of this moment or a later one is stored. */
  save(_background = false): Promise<void> {
    if (this.snapshot !== null) this.asked = true
    return this.saveNext()
  }

  private saveNext(): Promise<void> {
    if (this.snapshot === null) return this.begin(false)
    this.nextSave ??= this.afterThis(() => {
      this.nextSave = null
      this.asked = false
      return this.saveNext()
    })
    return this.nextSave
  }

  /** The one under way began before; those who ask meanwhile share the one after it. */
  private afterThis(begin: () => Promise<void>): Promise<void> {
    const running = this.snapshot?.promise ?? Promise.resolve()
    return running.catch(() => {}).then(begin)
  }

  /** Store everything as it is, where it will be read the next time. */
  keep(): Promise<void> {
    return this.journals ? this.rewrite() : this.save()
  }

  /** Snapshots are a part of the journal: there is one, or there is no other place. */
  private get journals(): boolean {
    return this.appendonly || this.options.dump === undefined
  }

  emptied(changes: number): boolean {
    if (this.savePoints.length === 0 || this.phase !== 'open') return false
    const { engine } = this
    const count = engine.dirty + changes
    engine.dirty = 0
    // The journal has it already.
    if (this.appendonly) return true
    this.advanced += count
    this.emptying++
    // Not now: the unit that this belongs to may go on.
    void Promise.resolve()
      .then(() => this.saveNext())
      .catch(() => {
        engine.dirty += count
      })
      .then(() => {
        this.advanced -= count
        this.emptying--
        this.changed()
      })
    return true
  }

  /** Whether something has changed since the last snapshot. */
  private get unsaved(): boolean {
    return this.engine.dirty + this.advanced > 0
  }

  /** A snapshot that empties the journal. */
  rewrite(): Promise<void> {
    this.rewriteScheduled = false
    if (this.snapshot === null) return this.begin(true)
    if (this.options.dump === undefined) return this.save()
    this.nextRewrite ??= this.afterThis(() => {
      this.nextRewrite = null
      return this.rewrite()
    })
    return this.nextRewrite
  }

  /** A snapshot for the journal, whoever asked for it: the one under way will do. */
  private joinSnapshot(): Promise<void> {
    const { snapshot } = this
    const does = snapshot !== null && !snapshot.cancelled && this.covers(snapshot.forJournal)
    return does ? snapshot.promise : this.rewrite()
  }

  /** Whether such a snapshot takes the place of the journal. */
  private covers(forJournal: boolean): boolean {
    return forJournal || this.options.dump === undefined
  }

  private begin(forJournal: boolean, tee?: SnapshotTee): Promise<void> {
    const { slices } = this.engine
    if (slices.active) {
      // A script is in the middle of its run: half of what it does must not be in a snapshot.
      return new Promise((resolve, reject) => {
        slices.whenIdle(() => {
          const running = this.snapshot?.promise
          const begun =
            running === undefined || tee === undefined
              ? (running ?? this.begin(forJournal, tee))
              : running.catch(() => {}).then(() => this.begin(forJournal, tee))
          begun.then(resolve, reject)
        })
      })
    }
    if (this.phase !== 'open') {
      return Promise.reject(this.notOpen())
    }
    if (this.journal.fenced !== null) return Promise.reject(this.journal.fenced)
    this.lastTryAt = this.engine.now()
    // Assigned before anything runs: `point` is called at once.
    const running: Running = {
      ...{ promise: Promise.resolve(), point: { sequence: 0, offset: 0 } },
      ...{ forJournal, cancelled: false },
    }
    this.snapshot = running
    running.promise = this.run(running, tee)
    this.changed()
    return running.promise
  }

  private async run(running: Running, tee?: SnapshotTee): Promise<void> {
    const { engine, journal, options, figures } = this
    const { forJournal } = running
    const { platform } = engine
    const covers = this.covers(forJournal)
    const { dump } = options
    let dirty = 0
    let journalBefore = 0
    figures.begin(forJournal, engine.now())
    try {
      // The moment is this one, if it can be.
      if (covers && !this.owned) await this.openLate()
      const format =
        covers || dump === undefined ? (options.format?.() ?? respFormat) : dump.format()
      const { bytes } = await takeSnapshot({
        keyspace: engine.keyspace,
        platform,
        store: covers ? this.store : this.dumpStore,
        turns: covers ? this.turns : this.dumpTurns,
        format,
        epoch: this.claim?.epoch ?? 0,
        point: () => {
          running.point = covers ? journal.seal() : journal.point
          dirty = engine.dirty
          journalBefore = this.journalBytes + journal.pendingBytes
          return running.point.sequence
        },
        libraries: () => engine.rdb.libraries.sources(),
        sliceMicros: options.sliceMicros,
        chunkBytes: options.chunkBytes,
        keyDelay: () => Math.max(0, engine.config.int('rdb-key-save-delay')) / 1000,
        cancelled: () => running.cancelled || this.phase === 'closing' || journal.fenced !== null,
        begun: (walk) => {
          figures.walk = walk
        },
        ...(tee === undefined ? {} : { tee }),
      })
      figures.end(forJournal, platform.now(), false)
      this.snapshot = null
      this.snapshotError = null
      if (covers || !this.appendonly) this.snapshotBytes = bytes
      if (covers) this.journalBytes = Math.max(0, this.journalBytes - journalBefore)
      this.lastSnapshotAt = platform.now()
      if (!forJournal) this.lastSaveAt = this.lastSnapshotAt
      // A rewrite is no save where the two are different things.
      if (!forJournal || dump === undefined) engine.dirty = Math.max(0, engine.dirty - dirty)
      if (covers) journal.covered(running.point)
      this.changed()
    } catch (thrown) {
      const error = asStoreError(thrown)
      figures.end(forJournal, platform.now(), true)
      this.snapshot = null
      if (covers) journal.uncovered()
      if (error.code === 'fenced') journal.fence(error)
      else if (this.phase === 'open' && !running.cancelled) {
        this.snapshotError = error
        this.failedWith(error)
      }
      this.changed()
      throw error
    }
  }

  private saveIfChanged(): Promise<void> {
    return this.unsaved || this.snapshotError !== null ? this.save() : Promise.resolve()
  }

  /** `auto-aof-rewrite-percentage` and `-min-size`: both sizes count the snapshot in. */
  private rewriteIfGrown(): void {
    if (this.snapshot !== null || this.phase !== 'open') return
    const { config, platform } = this.engine
    const percentage = config.int('auto-aof-rewrite-percentage')
    if (percentage === 0) return
    const size = this.snapshotBytes + this.journalBytes
    if (size < config.int('auto-aof-rewrite-min-size')) return
    if (this.snapshotError !== null && platform.now() - this.lastTryAt < REWRITE_RETRY_MS) return
    const base = Math.max(1, this.snapshotBytes)
    if ((this.journalBytes * 100) / base >= percentage) void this.begin(true).catch(() => {})
  }

  /** Once a second: is a save point reached? */
  private check(): void {
    this.cancelCheck = this.engine.platform.after(1000, () => {
      if (this.phase !== 'open') return
      this.check()
      if (this.appendonly || this.snapshot !== null || this.journal.fenced !== null) return
      const now = this.engine.now()
      if (this.snapshotError !== null && now - this.lastTryAt < SAVE_RETRY_MS) return
      const since = Math.max(this.lastSnapshotAt, this.engine.startedAt)
      const due = this.savePoints.some(
        ({ seconds, changes }) => this.engine.dirty >= changes && now - since > seconds * 1000,
      )
      if (due) void this.begin(false).catch(() => {})
    })
  }

  // ---- Barriers -----------------------------------------------------------------------------------

  /** Resolves when everything until now is stored as safely as the store can; rejects if it cannot. */
  async flush(): Promise<void> {
    if (this.phase !== 'open') throw this.notOpen()
    if (this.appendonly) await this.journal.flush()
    else await this.saveIfChanged()
  }

  /**
   * The store may work again (the page came back, there is room): try now. Resolves when everything
   * kept in memory is stored, rejects with what still prevents it.
   */
  async retry(): Promise<void> {
    if (this.phase !== 'open') throw this.notOpen()
    if (this.appendonly) await this.journal.retry()
    else if (this.snapshotError !== null) await this.save()
  }

  private notOpen(): StoreError {
    return this.phase === 'memory' && this.lastError !== null
      ? new StoreError('unavailable', 'nothing is stored here', { cause: this.lastError })
      : new StoreError('closed', 'persistence is not open', { retryable: false })
  }

  // ---- State --------------------------------------------------------------------------------------

  /** Hear events; call what is returned to stop. */
  on(listener: (event: PersistenceEvent) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private emit(event: PersistenceEvent): void {
    for (const listener of [...this.listeners]) listener(event)
  }

  get state(): PersistenceState {
    if (this.phase === 'new' || this.phase === 'loading') return 'loading'
    if (this.journal.fenced !== null) return 'fenced'
    if (this.phase === 'memory' || this.phase === 'closed') return 'memory-only'
    if (this.journal.latched !== null) return 'failed'
    if (!this.appendonly && this.snapshotError !== null) return 'failed'
    if (this.journal.pending || this.snapshot !== null) return 'saving'
    return !this.appendonly && this.unsaved ? 'saving' : 'saved'
  }

  get status(): PersistenceStatus {
    return {
      state: this.state,
      backend: this.store.name,
      epoch: this.claim?.epoch ?? 0,
      fresh: this.claim?.fresh ?? false,
      lastError: this.lastError,
      pendingBytes: this.journal.pendingBytes,
      lag: this.journal.lag,
      snapshotBytes: this.snapshotBytes,
      journalBytes: this.journalBytes,
      lastSnapshotAt: this.lastSnapshotAt,
      truncated: this.truncated,
    }
  }

  private get stopsWrites(): boolean {
    return this.engine.config.yes('stop-writes-on-bgsave-error')
  }

  /** Say so if the state has changed, and refuse writes or allow them. */
  private changed(): void {
    const { latched, fenced } = this.journal
    if (this.phase === 'open') {
      if (fenced !== null) this.refuse(ownedElsewhere)
      else if (!this.stopsWrites) this.refuse(null)
      else if (latched !== null) this.refuse(journalFailed(latched.message))
      else if (!this.appendonly && this.snapshotError !== null && this.savePoints.length > 0) {
        this.refuse(snapshotFailed)
      } else this.refuse(null)
      if (fenced !== null && this.shown !== 'fenced') {
        this.shown = 'fenced'
        this.lastError = fenced
        this.emit({ type: 'fenced', error: fenced })
        this.emit({ type: 'state', status: this.status })
        return
      }
      if (latched !== null) this.failedWith(latched)
    }
    const { state } = this
    if (state === this.shown) return
    this.shown = state
    this.emit({ type: 'state', status: this.status })
  }

  /** The same failure again is no news. */
  private failedWith(error: StoreError): void {
    const before = this.lastError
    this.lastError = error
    if (before === error) return
    if (this.shown === 'failed' && before?.code === error.code) return
    this.engine.platform.log('warning', `persistence: ${error.code}: ${error.message}`)
    this.emit({ type: 'error', error })
  }

  /** Only what we have set is ours to replace or to take away. */
  private refuse(error: CommandError | null): void {
    const { engine } = this
    if (engine.refusal === null || engine.refusal === this.refusal) engine.refusal = error
    this.refusal = error
  }

  // ---- Hooks of the engine ------------------------------------------------------------------------

  get saving(): boolean {
    // The one that FLUSHALL began refuses nobody.
    if (this.asked) return true
    return this.snapshot !== null && !this.snapshot.forJournal && this.emptying === 0
  }

  /** BGREWRITEAOF waits for a save to end. */
  rewriteScheduled = false

  get rewriting(): boolean {
    const { snapshot } = this
    return (snapshot?.forJournal === true && !snapshot.cancelled) || this.nextRewrite !== null
  }

  /** Seconds since the epoch. */
  get lastSave(): number {
    return Math.floor((this.lastSaveAt || this.engine.startedAt) / 1000)
  }

  get lastStatus(): 'ok' | 'err' {
    return this.figures.saves.failures === 0 ? 'ok' : 'err'
  }

  get journalEnabled(): boolean {
    return this.appendonly
  }

  get begun(): number {
    return this.figures.begun
  }

  get info(): Readonly<Record<string, string | number>> {
    const { latched } = this.journal
    const now = this.engine.now()
    return {
      backup_in_progress: this.backup?.inProgress === true ? 1 : 0,
      ...this.figures.info(now),
      ...(this.appendonly
        ? {
            aof_last_write_status: latched === null ? 'ok' : 'err',
            aof_current_size: this.snapshotBytes + this.journalBytes,
            aof_base_size: this.snapshotBytes,
            aof_pending_rewrite: 0,
            aof_buffer_length: this.journal.pendingBytes,
            aof_pending_bio_fsync: 0,
            aof_delayed_fsync: 0,
          }
        : {}),
      ...this.figures.loadingInfo(now),
      respite_store: this.store.name,
      respite_store_epoch: this.claim?.epoch ?? 0,
      respite_store_state: this.state,
      respite_store_lag_ms: this.journal.lag,
    }
  }
}

/** Errors of a store that cannot be used at all, as against one with damaged or foreign data. */
const OPEN_CODES: ReadonlySet<string> = new Set([
  'unavailable',
  'timeout',
  'io',
  'closed',
  'quota-exceeded',
])

/** Attach a store to an engine: open, claim, recover, begin. */
export async function attachPersistence(
  engine: Engine,
  store: Store,
  options: PersistenceOptions = {},
): Promise<Persistence> {
  const persistence = new Persistence(engine, store, options)
  await persistence.start()
  return persistence
}
