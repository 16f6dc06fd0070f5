/**
 * Bytes on their way in: whoever reads asks for so many, and others get their turn in between.
 *
 * A source may be slow, or faster than we are: it is asked for its next piece only when the last one was
 * read, so no more than a piece and one value are in memory.
 */
import type { Platform } from '../engine/platform.ts'
import type { Reading } from '../rdb/codec.ts'
import { MalformedRdb } from '../rdb/errors.ts'
import { RdbReader } from '../rdb/reader.ts'
import { type ByteSource, TransferError, type TransferOptions } from './types.ts'

/** Bytes that are asked for at a time, at least: a value in small pieces costs a copy for each. */
const GATHER = 1 << 16
const SLICE_MICROS = 3000

/** Turns between us and everybody else. */
export class Pace {
  private readonly platform: Platform
  private readonly options: TransferOptions
  private readonly slice: number
  private end: number

  constructor(platform: Platform, options: TransferOptions) {
    this.platform = platform
    this.options = options
    this.slice = options.sliceMicros ?? SLICE_MICROS
    this.end = platform.micros() + this.slice
  }

  get late(): boolean {
    return this.platform.micros() >= this.end
  }

  /** Throws if it is to end. */
  check(): void {
    const { signal } = this.options
    if (signal?.aborted === true) {
      throw new TransferError('aborted', 'it was given up', { cause: signal.reason })
    }
  }

  async rest(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.platform.after(0, resolve)
    })
    this.check()
    this.end = this.platform.micros() + this.slice
  }
}

export class Intake {
  readonly reader: RdbReader = new RdbReader(new Uint8Array(0))
  /** Which of several files it is. */
  readonly file: string
  private readonly source: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  private readonly pace: Pace
  private readonly total: number
  private readonly progress: (bytes: number) => void
  private received = 0
  private ended = false

  constructor(
    source: ByteSource,
    about: { file: string; total: number; pace: Pace; progress: (bytes: number) => void },
  ) {
    this.source =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
    this.file = about.file
    this.total = about.total
    this.pace = about.pace
    this.progress = about.progress
    this.reader.beyond = this.left
  }

  /** Bytes that are still to come. A total that turns out to be too small says nothing. */
  private get left(): number {
    if (this.ended) return 0
    return this.total > this.received ? this.total - this.received : Number.POSITIVE_INFINITY
  }

  /** Run a reading to its end, and hand it what it asks for. */
  async run<T>(steps: Reading<T>): Promise<T> {
    const { reader, pace } = this
    try {
      for (;;) {
        const step = steps.next()
        if (step.done === true) {
          this.progress(reader.offset)
          return step.value
        }
        if (step.value > 0) await this.feed(step.value)
        if (pace.late) {
          this.progress(reader.offset)
          await pace.rest()
        }
      }
    } catch (error) {
      throw this.translate(error)
    }
  }

  /** Have so many more bytes come, if there are as many. */
  async feed(missing: number): Promise<void> {
    const pieces: Uint8Array[] = []
    let count = 0
    while (count < missing && !this.ended) {
      const { value, done } = await this.source.next()
      this.pace.check()
      if (done === true) this.ended = true
      else if (value.length > 0) {
        pieces.push(value)
        count += value.length
        this.received += value.length
      }
    }
    this.reader.feed(pieces, this.left)
  }

  /** The first bytes, or all of them if there are fewer. They are still to be read. */
  async begin(count: number): Promise<Uint8Array> {
    const { reader } = this
    while (reader.left < count && !this.ended) await this.feed(Math.max(1, count - reader.left))
    return reader.bytes.subarray(reader.at, reader.at + Math.min(count, reader.left))
  }

  /** Count what is left without looking at it. */
  async rest(): Promise<number> {
    const { reader } = this
    const from = reader.offset
    for (;;) {
      reader.at = reader.end
      if (this.ended) return reader.offset - from
      await this.feed(GATHER)
    }
  }

  /** The source may hold something open. */
  async stop(): Promise<void> {
    await this.source.return?.()
  }

  private translate(error: unknown): unknown {
    if (!(error instanceof MalformedRdb)) return error
    const { reason, offset, key } = error
    return new TransferError('malformed', reason, { file: this.file, offset, key, cause: error })
  }
}
