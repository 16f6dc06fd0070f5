/**
 * Backups: what stands in a store at one moment, made without stopping anybody, to be copied elsewhere.
 *
 * As in Redis there are two moments. At START a snapshot begins, whose records go into a file beside
 * the data as well (BASE); from that moment on every unit of effects goes into a second one (INCR). SEAL
 * ends the second one and adds a manifest, so that what is restored is the state of that moment. All three
 * are files that a real server loads. A backup belongs to the process that began it: what a crash
 * leaves behind is no backup, and stands in the way of the next one until it is removed.
 */
import { CommandError } from '../core/errors.ts'
import type { Engine } from '../engine/engine.ts'
import type { BackupHooks, BackupState } from '../engine/persistence-hooks.ts'
import type { Effect } from '../engine/propagation.ts'
import { EffectWriter } from './effects.ts'
import { asStoreError } from './errors.ts'
import { OWN_SELECT } from './requests.ts'
import type { SnapshotTee } from './snapshot.ts'
import type { BackupPlace } from './store.ts'

/** Bytes of effects that collect before they are written. */
const BATCH = 256 * 1024

const refusal = (text: string): CommandError => new CommandError(text)
const inProgress = refusal('A backup is already in progress')
const notEmpty = refusal('The backup directory is not empty')
const sealedAlready = refusal('The backup is sealed, use BACKUP CLEANUP')
const notSealable = refusal('No backup is ready to be sealed')
const nothingToAbort = refusal('No backup is in progress')
const nothingToClean = refusal('No sealed or failed backup to clean up')

export interface BackupNeeds {
  /** Take a snapshot that begins as soon as can be, and not before this call; `tee` gets its records too. */
  snapshot(tee: SnapshotTee): Promise<void>
  /** Whether another one is under way. */
  readonly busy: boolean
  readonly epoch: number
}

export class Backup implements BackupHooks {
  state: BackupState = 'idle'
  error = ''
  startedAt = 0
  endedAt = 0
  private readonly engine: Engine
  private readonly place: BackupPlace
  private readonly needs: BackupNeeds
  private pinned: string[] = []
  private number = 0
  /** Name of the file of the snapshot. */
  private base = ''
  /** Changes with each backup and when one ends: late news of an earlier one is not heard. */
  private life = {}
  private increment: EffectWriter | null = null
  private unlisten: (() => void) | null = null
  private selected = -1
  private records = 0
  /** Writes, one after the other. */
  private last: Promise<unknown> = Promise.resolve()
  private cancelCleanup: (() => void) | null = null

  constructor(engine: Engine, place: BackupPlace, needs: BackupNeeds) {
    this.engine = engine
    this.place = place
    this.needs = needs
  }

  get inProgress(): boolean {
    return ['pending', 'snapshotting', 'incrementing'].includes(this.state)
  }

  get list(): readonly string[] {
    return this.pinned
  }

  private get name(): string {
    return `${this.engine.config.get('appendfilename')}.${this.number}`
  }

  // ---- START --------------------------------------------------------------------------------------

  async start(): Promise<void> {
    if (this.inProgress) throw inProgress
    if (this.state === 'sealed') throw sealedAlready
    const before = this.state
    const life = this.begin('pending')
    try {
      if ((await this.place.list()).length > 0) throw notEmpty
    } catch (error) {
      if (this.life === life) this.state = before
      throw error instanceof CommandError ? error : refusal(asStoreError(error).message)
    }
    if (this.life !== life) return
    this.number++
    this.startedAt = this.engine.now()
    if (!this.needs.busy) this.state = 'snapshotting'
    void this.run(life)
  }

  private begin(state: BackupState): object {
    this.life = {}
    this.state = state
    this.error = ''
    this.startedAt = 0
    this.endedAt = 0
    this.pinned = []
    this.cancelCleanup?.()
    this.cancelCleanup = null
    return this.life
  }

  private async run(life: object): Promise<void> {
    try {
      await this.needs.snapshot({
        begin: (suffix) => {
          if (this.life !== life) return
          this.base = `${this.name}.base.${suffix}`
          const { base } = this
          this.state = 'snapshotting'
          this.listen(life)
          // A snapshot that had to begin anew makes a new file.
          void this.write(life, () => this.place.remove(base))
        },
        write: (record) => this.write(life, () => this.place.append(this.base, record)),
      })
      await this.write(life, async () => {
        const path = await this.place.finish(this.base)
        if (this.life !== life) return
        this.pinned.push(path)
        this.state = 'incrementing'
      })
    } catch (error) {
      this.fail(life, asStoreError(error).message).catch(() => {})
    }
  }

  /** Everything from this moment on. */
  private listen(life: object): void {
    this.unlisten?.()
    const writer = new EffectWriter(BATCH >> 4)
    this.increment = writer
    this.selected = -1
    this.records = 0
    this.unlisten = this.engine.propagation.listen((unit) => {
      if (this.engine.loading) return
      this.add(writer, unit)
      if (writer.size >= BATCH) void this.flush(life)
    })
  }

  private add(writer: EffectWriter, unit: readonly Effect[]): void {
    const several = unit.length > 1
    for (const [i, { dbIndex, argv }] of unit.entries()) {
      if (dbIndex !== this.selected) {
        writer.command([OWN_SELECT, String(dbIndex)])
        this.selected = dbIndex
      }
      if (several && i === 0) writer.command(['MULTI'])
      writer.command(argv)
    }
    if (several) writer.command(['EXEC'])
  }

  private flush(life: object): Promise<void> {
    const { increment } = this
    if (increment === null) return Promise.resolve()
    const record = increment.take('J', ++this.records, this.needs.epoch)
    this.selected = -1
    const name = `${this.name}.incr.aof`
    return this.write(life, () => this.place.append(name, record))
  }

  /** In its turn; what goes wrong ends the backup, and only that. */
  private write(life: object, call: () => Promise<unknown>): Promise<void> {
    const mine = this.last.then(async () => {
      if (this.life !== life || this.state === 'failed') return
      try {
        await call()
      } catch (error) {
        // Not awaited: it waits for this very write.
        this.fail(life, asStoreError(error).message).catch(() => {})
      }
    })
    this.last = mine
    return mine
  }

  // ---- The end ------------------------------------------------------------------------------------

  async seal(): Promise<void> {
    if (this.state !== 'incrementing') throw notSealable
    const { life, name } = this
    // The moment is now, however long it takes to write.
    this.stop()
    await this.flush(life)
    this.increment = null
    await this.write(life, async () => {
      const { number, place } = this
      const lines = [`${this.base} seq ${number} type b`, `${name}.incr.aof seq ${number} type i`]
      const manifest = `${this.engine.config.get('appendfilename')}.manifest`
      const text = lines.map((line) => `file ${line}\n`).join('')
      const increment = await place.finish(`${name}.incr.aof`)
      await place.append(
        manifest,
        Uint8Array.from(text, (letter) => letter.charCodeAt(0)),
      )
      const path = await place.finish(manifest)
      if (this.life !== life) return
      this.pinned.push(increment, path)
      this.state = 'sealed'
      this.endedAt = this.engine.now()
      this.cleanupLater(life)
    })
    if (this.endedAt === 0) throw refusal(this.error)
  }

  async abort(): Promise<void> {
    if (!this.inProgress) throw nothingToAbort
    await this.fail(this.life, 'The backup was aborted')
  }

  async cleanup(): Promise<void> {
    if (this.state !== 'sealed' && this.state !== 'failed') throw nothingToClean
    this.begin('idle')
    await this.clear()
  }

  /** `backup-sealed-ttl`: a sealed backup goes by itself, if that is wanted. */
  private cleanupLater(life: object): void {
    const seconds = this.engine.config.int('backup-sealed-ttl')
    if (seconds === 0) return
    this.cancelCleanup = this.engine.platform.after(seconds * 1000, () => {
      if (this.life === life && this.state === 'sealed') void this.cleanup().catch(() => {})
    })
  }

  /** Resolves when what there was is gone. */
  private fail(life: object, reason: string): Promise<void> {
    if (this.life !== life || this.state === 'failed') return Promise.resolve()
    this.stop()
    this.increment = null
    this.state = 'failed'
    this.error = reason
    this.pinned = []
    return this.clear()
  }

  /** After whatever is being written now. */
  private clear(): Promise<void> {
    const cleared = this.last.then(() => this.place.clear())
    this.last = cleared.catch(() => {})
    return cleared
  }

  private stop(): void {
    this.unlisten?.()
    this.unlisten = null
  }

  /** The store is let go of. */
  close(): void {
    this.stop()
    this.life = {}
    this.cancelCleanup?.()
    if (this.inProgress) this.state = 'failed'
  }
}
