/**
 * Recovery: the snapshot, then every journal record after its point.
 *
 * Nothing is skipped in silence. What an interrupted append left at the very end of the journal is
 * cut and reported; it was never acknowledged. Any other damage, a gap in the sequence, or an effect
 * that the engine refuses ends recovery with an error that names the record, unless the caller asks for
 * `repair: 'truncate'`, which keeps everything before the damage and reports what it gave up.
 *
 * While loading, keys do not expire by the clock: the journal has a DEL for each that did.
 */

import { CommandError } from '../core/errors.ts'
import { BLOCKED } from '../core/reply.ts'
import type { Client, Sink } from '../engine/client.ts'
import type { Engine } from '../engine/engine.ts'
import { Stats } from '../engine/stats.ts'
import { MalformedRdb } from '../rdb/errors.ts'
import type { RdbLoss } from '../rdb/file-reader.ts'
import { RdbReader } from '../rdb/reader.ts'
import { fromBytes } from '../util/bytes.ts'
import { EffectReader, MalformedPayload, readNotes } from './effects.ts'
import { asStoreError, corrupt, type RecordPlace, StoreError } from './errors.ts'
import { type Damage, type Header, RecordReader, type StoredRecord } from './record.ts'
import { OWN_SELECT } from './requests.ts'
import { pause } from './snapshot.ts'
import { UP_TO } from './snapshot-facts.ts'
import type { RecordFormat } from './snapshot-format.ts'
import type { Claim, Piece, Store } from './store.ts'

/** Records that are known again when they are met twice. */
const REMEMBERED = 16
/** Commands between two looks at the clock. */
const LOOK = 32

export interface Progress {
  readonly phase: 'snapshot' | 'journal' | 'done'
  readonly loadedBytes: number
  /** What is known of the total; it may grow. */
  readonly totalBytes: number
  readonly loadedKeys: number
}

/** What was cut off the end of the data. */
export interface Truncation {
  readonly place: RecordPlace
  readonly reason: string
  /** Bytes that were given up. */
  readonly bytes: number
  /** False for the torn tail that a crash leaves; true for a repair that was asked for. */
  readonly repaired: boolean
  /** The option that allowed it, if it was none of our records. */
  readonly allowed?: string
}

/** What was found in an RDB that is not there now. */
export interface LeftOut {
  /** Keys whose time was over. */
  expired: number
  /** Keys without a value, and the first of their names. */
  empty: number
  readonly emptyKeys: string[]
  /** Damaged keys, under `repair`. */
  readonly losses: RdbLoss[]
}

export interface Recovered {
  /** Number of the last record that was replayed, or the point of the snapshot. */
  readonly sequence: number
  readonly snapshotBytes: number
  readonly journalBytes: number
  /** Journal records that were replayed. */
  readonly records: number
  readonly truncated: Truncation | null
  /** What is in memory cannot be made from what is stored: it needs a fresh snapshot. */
  readonly mustRewrite: boolean
  readonly leftOut: LeftOut
}

export interface RecoveryOptions {
  engine: Engine
  store: Store
  claim: Claim
  formats: readonly RecordFormat[]
  /** Microseconds of work at a time. */
  sliceMicros: number
  repair: 'truncate' | null
  /** `aof-load-truncated`: whether a torn tail may be cut. */
  loadTruncated: boolean
  /** The data are a snapshot and nothing else: what has expired since then is left out. */
  alone?: boolean
  onProgress(progress: Progress): void
}

/**
 * Load everything, in place of what is in memory. The engine is `loading` meanwhile; after an error it
 * is empty.
 */
export async function recover(options: RecoveryOptions): Promise<Recovered> {
  const { engine } = options
  engine.loading = true
  for (const db of engine.keyspace.databases) if (db.size > 0) db.clear()
  engine.rdb.libraries.clear()
  try {
    return await new Recovery(options).run()
  } catch (error) {
    for (const db of engine.keyspace.databases) db.clear()
    engine.rdb.libraries.clear()
    throw asStoreError(error)
  } finally {
    engine.loading = false
    engine.dirty = 0
  }
}

/** What an RDB begins with. */
const MAGIC = 'REDIS'
const MOST_NAMED = 100
/** To look through everything. */
const ANY = { spares: () => true }

/** Some pieces, and the rest of others. */
async function* after(some: readonly Piece[], rest: AsyncIterator<Piece>): AsyncGenerator<Piece> {
  try {
    yield* some
    for (;;) {
      const { value, done } = await rest.next()
      if (done === true) return
      yield value
    }
  } finally {
    await rest.return?.()
  }
}

async function* both(
  first: AsyncIterable<Piece> | null,
  second: AsyncIterable<Piece>,
): AsyncGenerator<Piece> {
  if (first !== null) yield* first
  yield* second
}

const NOWHERE: Sink = { reply() {}, push() {}, flush() {}, close() {} }

class Recovery {
  private readonly o: RecoveryOptions
  private readonly client: Client
  private sliceEnd = 0
  /** Keys that were there at the last rest. */
  private rested = 0
  private commands = 0
  private done = 0
  private total: number
  private snapshotBytes = 0
  private journalBytes = 0
  private upTo = 0
  private sequence = 0
  private records = 0
  private truncated: Truncation | null = null
  private mustRewrite = false
  private readonly leftOut: LeftOut = { expired: 0, empty: 0, emptyKeys: [], losses: [] }
  /** What is left of the snapshot's file behind the RDB: requests. */
  private behind: AsyncIterable<Piece> | null = null
  /** Headers of the last records. */
  private readonly last: Header[] = []

  constructor(options: RecoveryOptions) {
    this.o = options
    this.total = options.claim.snapshotBytes + options.claim.journalBytes
    this.client = options.engine.connect(NOWHERE, { address: 'recovery', local: '' })
    this.client.internal = true
    this.client.patient = true
    this.client.authenticated = true
  }

  async run(): Promise<Recovered> {
    const { engine } = this.o
    const { connectionsReceived } = engine.stats
    try {
      this.newSlice()
      this.checkLoss()
      const whole = await this.loadSnapshot()
      if (whole) await this.loadJournal()
      this.report('done')
    } finally {
      engine.disconnect(this.client)
      // Nobody asked for these commands, so nobody wants to see them counted.
      engine.stats = new Stats()
      engine.stats.connectionsReceived = connectionsReceived - 1
    }
    return {
      sequence: this.sequence,
      snapshotBytes: this.snapshotBytes,
      journalBytes: this.journalBytes,
      records: this.records,
      truncated: this.truncated,
      mustRewrite: this.mustRewrite,
      leftOut: this.leftOut,
    }
  }

  /** Data that the platform has deleted is damage like any other: nobody begins afresh in silence. */
  private checkLoss(): void {
    const { claim, repair, store } = this.o
    if (claim.lost === undefined) return
    const place: RecordPlace = { area: 'snapshot', name: store.name, offset: 0, sequence: 0 }
    const reason = `the browser found its storage damaged and deleted all of it: ${claim.lost}`
    if (repair !== 'truncate') throw new StoreError('corrupt', reason, { record: place })
    this.truncated = { place, reason, bytes: 0, repaired: true }
    this.mustRewrite = true
  }

  // ---- Snapshot -----------------------------------------------------------------------------------

  /** False if only a part could be loaded, and what comes after it therefore makes no sense. */
  private async loadSnapshot(): Promise<boolean> {
    const { store, engine } = this.o
    const pieces = store.read('snapshot')[Symbol.asyncIterator]()
    const first = await pieces.next()
    const all = after(first.done === true ? [] : [first.value], pieces)
    // What does not begin as our records do was written as, or by, a real server.
    if (first.done !== true && store.promises.files === true) {
      const head = fromBytes(first.value.bytes, 0, Math.min(MAGIC.length, first.value.bytes.length))
      if (head === MAGIC) return this.loadRdb(first.value, pieces)
      if (!head.startsWith('#R')) {
        this.behind = all
        return true
      }
    }
    const records = new RecordReader('snapshot', all)
    try {
      const head = await records.next()
      if (head === null && records.damage === null) return true
      if (head === null || head.header.kind !== 'H' || head.header.sequence !== 0) {
        return await this.snapshotDamage(records, head, 'this is not the beginning of a snapshot')
      }
      const notes = readNotes(head.payload)
      const name = notes.get('format') ?? ''
      const format = this.o.formats.find((each) => each.name === name)
      if (format === undefined) {
        throw new StoreError('newer-format', `the snapshot has the unknown format '${name}'`, {
          record: head.place,
        })
      }
      this.upTo = Number(notes.get('upto'))
      this.sequence = this.upTo
      const reader = format.reader(engine.keyspace, (code) =>
        engine.rdb.libraries.load(code, false),
      )
      for (let due = 1; ; due++) {
        const record = await records.next()
        if (record === null || record.header.sequence !== due) {
          return await this.snapshotDamage(records, record, `record ${due} is missing`)
        }
        if (record.header.kind === 'E') {
          const end = readNotes(record.payload)
          if (Number(end.get('chunks')) !== due - 1 || Number(end.get('keys')) !== reader.keys) {
            return await this.snapshotDamage(records, record, 'it does not add up')
          }
          this.count(records)
          return true
        }
        try {
          for (const _ of reader.load(record.payload)) if (this.late) await this.breathe('snapshot')
        } catch (error) {
          if (!(error instanceof MalformedPayload)) throw error
          return await this.snapshotDamage(records, record, error.message)
        }
        this.count(records)
        this.report('snapshot')
      }
    } finally {
      await records.stop()
    }
  }

  /** An RDB; it may have requests behind it. */
  private async loadRdb(first: Piece, pieces: AsyncIterator<Piece>): Promise<true> {
    const { engine, claim, repair, alone = false } = this.o
    const { leftOut } = this
    const reader = new RdbReader(new Uint8Array(0))
    let received = 0
    let ended = false
    const left = (): number => {
      if (ended) return 0
      return claim.snapshotBytes > received
        ? claim.snapshotBytes - received
        : Number.POSITIVE_INFINITY
    }
    const feed = (given: readonly Piece[]): void => {
      for (const { bytes } of given) received += bytes.length
      reader.feed(
        given.map(({ bytes }) => bytes),
        left(),
      )
    }
    feed([first])
    const steps = engine.rdb.load(reader, {
      // What expired after the base was written is told by the journal.
      ...(alone ? {} : { now: Number.NEGATIVE_INFINITY }),
      repair: repair === 'truncate',
      fact: (name, value) => {
        if (name === UP_TO) this.upTo = Number(value)
      },
      lost: (loss) => leftOut.losses.push(loss),
      empty: (key) => {
        if (leftOut.emptyKeys.length < MOST_NAMED) leftOut.emptyKeys.push(key)
      },
    })
    try {
      for (;;) {
        const step = steps.next()
        if (step.done === true) {
          leftOut.expired = step.value.expired
          leftOut.empty = step.value.empty
          break
        }
        const given: Piece[] = []
        for (let missing = step.value; missing > 0 && !ended; ) {
          const { value, done } = await pieces.next()
          if (done === true) ended = true
          else {
            given.push(value)
            missing -= value.bytes.length
          }
        }
        if (step.value > 0) feed(given)
        this.snapshotBytes = reader.offset
        this.done = reader.offset
        if (this.late) await this.breathe('snapshot')
      }
    } catch (error) {
      await pieces.return?.()
      if (!(error instanceof MalformedRdb)) throw error
      const place = {
        area: 'snapshot',
        name: first.name,
        offset: error.offset,
        sequence: 0,
      } as const
      throw corrupt(place, error.reason, error)
    }
    if (leftOut.losses.length > 0) this.mustRewrite = true
    this.sequence = this.upTo
    this.snapshotBytes = reader.offset
    this.done = reader.offset
    this.report('snapshot')
    const rest = {
      name: first.name,
      offset: reader.offset,
      bytes: reader.bytes.subarray(reader.at, reader.end),
    }
    this.behind = after(rest.bytes.length === 0 ? [] : [rest], pieces)
    return true
  }

  private count(records: RecordReader): void {
    this.done += records.readBytes - this.snapshotBytes
    this.snapshotBytes = records.readBytes
  }

  /** A snapshot is exchanged whole, so no crash explains damage in it. */
  private async snapshotDamage(
    records: RecordReader,
    record: StoredRecord | null,
    reason: string,
  ): Promise<false> {
    if (record !== null) await records.reject(record.place, reason)
    const damage: Damage = records.damage ?? {
      place: { area: 'snapshot', name: 'end', offset: 0, sequence: 0 },
      reason,
      bytes: 0,
      atEnd: true,
    }
    if (this.o.repair !== 'truncate') throw corrupt(damage.place, damage.reason)
    this.truncated = { ...damage, repaired: true }
    this.mustRewrite = true
    // Sequences must go on rising: above whatever the journal holds.
    this.sequence = Math.max(this.sequence, await this.lastInJournal())
    return false
  }

  private async lastInJournal(): Promise<number> {
    const records = new RecordReader('journal', this.o.store.read('journal'), 0, ANY)
    let last = 0
    for (;;) {
      const record = await records.next()
      if (record === null) break
      last = Math.max(last, record.header.sequence)
    }
    await records.stop()
    return last
  }

  // ---- Journal ------------------------------------------------------------------------------------

  private async loadJournal(): Promise<void> {
    const { store } = this.o
    const pieces = both(this.behind, store.read('journal'))
    const rules =
      store.promises.files === true ? { spares: (bytes: number) => bytes <= this.tailMost } : null
    const records = new RecordReader('journal', pieces, this.upTo + 1, rules)
    try {
      for (;;) {
        const record = await records.next()
        if (record === null) break
        const { header, place } = record
        if (header.kind === 'R') {
          const problem = await this.replay(record, true)
          if (problem !== null) {
            await records.reject(place, problem)
            this.mustRewrite = true
            break
          }
          this.journalBytes = records.readBytes
          this.report('journal')
          continue
        }
        if (header.kind !== 'J') {
          await records.reject(place, `a record of kind ${header.kind} in the journal`)
          break
        }
        // The snapshot has it already: a crash came between the exchange and the tidying up.
        if (header.sequence <= this.upTo) continue
        // An append that was reported as failed, and made again.
        if (header.sequence <= this.sequence && this.isAgain(header)) continue
        if (header.sequence !== this.sequence + 1) {
          const due = this.sequence + 1
          await records.reject({ ...place, sequence: due }, `record ${due} is missing`)
          break
        }
        const problem = await this.replay(record)
        if (problem !== null) {
          await records.reject(place, problem)
          this.mustRewrite = true
          break
        }
        this.sequence = header.sequence
        this.last.push(header)
        if (this.last.length > REMEMBERED) this.last.shift()
        this.records++
        this.journalBytes = records.readBytes
        this.report('journal')
      }
    } finally {
      await records.stop()
    }
    for (const { place, reason, bytes } of records.spared) {
      await store.trim?.(place.name, place.offset)
      const allowed = 'aof-load-corrupt-tail-max-size'
      this.truncated = { place, reason, bytes, repaired: false, allowed }
    }
    if (records.damage !== null) await this.journalDamage(records.damage)
  }

  /** Whether this very record has been replayed lately. */
  private isAgain({ sequence, epoch, length, checksum }: Header): boolean {
    return this.last.some(
      (other) =>
        other.sequence === sequence &&
        other.epoch === epoch &&
        other.length === length &&
        other.checksum === checksum,
    )
  }

  /** Run the effects of one record; says what was wrong with them. */
  private async replay(record: StoredRecord, foreign = false): Promise<string | null> {
    const { engine } = this.o
    const { client } = this
    const reader = new EffectReader(record.payload)
    try {
      for (;;) {
        const argv = reader.next()
        if (argv === null) return null
        const name = foreign ? (argv[0] as string).toUpperCase() : (argv[0] as string)
        if (name === OWN_SELECT || name === 'SELECT') {
          const index = Number(argv[1])
          if (!engine.keyspace.has(index)) return `there is no database ${argv[1]}`
          client.dbIndex = index
        } else if (foreign && engine.dispatcher.find(name) === undefined) {
          // As in Redis: what follows may rest on what it would have done.
          return `Unknown command '${argv[0]}' reading the append only file`
        } else if (name !== 'MULTI' && name !== 'EXEC') {
          // A record is replayed whole or not at all, so the brackets of a unit say nothing new.
          const reply = engine.execute(client, argv)
          if (reply === BLOCKED) await this.untilDone()
          // What a real server has written it has done, and was not refused.
          if (!foreign && reply instanceof CommandError)
            return `${name} was refused: ${reply.toString()}`
        }
        if (++this.commands % LOOK === 0 && this.late) await this.breathe('journal')
      }
    } catch (error) {
      if (error instanceof MalformedPayload) return error.message
      throw error
    }
  }

  private async journalDamage(damage: Damage): Promise<void> {
    const { store, repair } = this.o
    const torn = damage.atEnd && store.promises.tears && this.o.loadTruncated
    if (!torn && repair !== 'truncate') throw corrupt(damage.place, damage.reason)
    await store.cut(damage.place.name, damage.place.offset)
    this.truncated = {
      place: damage.place,
      reason: damage.reason,
      bytes: damage.bytes,
      repaired: !torn,
      ...(damage.requests === true && torn ? { allowed: 'aof-load-truncated' } : {}),
    }
  }

  private get tailMost(): number {
    return this.o.engine.config.int('aof-load-corrupt-tail-max-size')
  }

  // ---- Time ---------------------------------------------------------------------------------------

  /** A script that takes its time goes on in slices of its own; `whenIdle` is silent when they are stopped. */
  private async untilDone(): Promise<void> {
    const { platform, slices } = this.o.engine
    while (this.client.parked !== null) {
      // The engine was stopped in the middle of it.
      if (!slices.active) throw new StoreError('closed', 'closed while it was loading')
      await pause(platform, 1)
    }
    this.newSlice()
  }

  private get late(): boolean {
    return this.o.engine.platform.micros() >= this.sliceEnd
  }

  private newSlice(): void {
    this.sliceEnd = this.o.engine.platform.micros() + this.o.sliceMicros
  }

  private async breathe(phase: Progress['phase']): Promise<void> {
    this.report(phase)
    const { config, keyspace, platform } = this.o.engine
    // Tests ask for a load that takes its time.
    const delay = Math.max(0, config.int('key-load-delay')) / 1000
    await pause(platform, Math.ceil(delay * (keyspace.size - this.rested)))
    this.rested = keyspace.size
    this.newSlice()
  }

  private report(phase: Progress['phase']): void {
    const loadedBytes = this.done + this.journalBytes
    this.total = Math.max(this.total, loadedBytes)
    this.o.onProgress({
      phase,
      loadedBytes,
      totalBytes: this.total,
      loadedKeys: this.o.engine.keyspace.size,
    })
  }
}
