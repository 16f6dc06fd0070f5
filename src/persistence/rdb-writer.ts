/**
 * RDB while the data change: the snapshot's walk hands over keys, early those that are about to change,
 * and a file has no room for a key in the middle of another one's value. So what comes while a large
 * value is half written is written aside, and follows it.
 */
import { type RdbFileOptions, RdbFileWriter, type Usage } from '../rdb/file.ts'
import type { Value } from '../types/value.ts'
import type { KeyWriter, Steps } from './snapshot-format.ts'

interface Aside {
  readonly file: RdbFileWriter
  done: boolean
}

export class RdbDataWriter implements KeyWriter {
  failure: { error: unknown; key: string } | null = null
  private readonly file: RdbFileWriter
  private readonly options: RdbFileOptions
  private readonly sizes: (dbIndex: number) => readonly [keys: number, volatile: number]
  private readonly usageOf: (dbIndex: number, key: string) => Usage | null
  private selected = -1
  /** A value is half written. */
  private inside = false
  private readonly asides: Aside[] = []

  constructor(
    file: RdbFileWriter,
    options: RdbFileOptions,
    sizes: (dbIndex: number) => readonly [keys: number, volatile: number],
    usageOf: (dbIndex: number, key: string) => Usage | null,
  ) {
    this.file = file
    this.options = options
    this.sizes = sizes
    this.usageOf = usageOf
  }

  get size(): number {
    return this.file.size
  }

  /** A library of functions: before the first key. */
  library(code: string): void {
    this.file.library(code)
  }

  /** What was written since the last time. */
  drain(): Uint8Array {
    return this.file.take()
  }

  end(): Uint8Array {
    return this.file.end()
  }

  take(): Uint8Array {
    return this.drain()
  }

  entry(dbIndex: number, key: string, value: Value, deadline: number): Steps | null {
    // Whoever is about to change a key must not hear that it cannot be written.
    if (this.failure !== null) return null
    try {
      const usage = this.usageOf(dbIndex, key)
      if (typeof value !== 'object') return this.write(dbIndex, key, value, deadline, usage)
      const steps = this.begin(dbIndex, key, value, deadline, usage)
      return { next: () => this.step(steps, key) }
    } catch (error) {
      this.failure = { error, key }
      return null
    }
  }

  /** A value that is written at once. */
  private write(
    dbIndex: number,
    key: string,
    value: Value,
    deadline: number,
    usage: Usage | null,
  ): null {
    if (!this.inside) {
      this.select(this.file, dbIndex)
      this.file.entry(key, value, deadline, usage)
      return null
    }
    const aside = this.aside(dbIndex)
    aside.file.entry(key, value, deadline, usage)
    aside.done = true
    return null
  }

  private step(steps: Generator<void, void>, key: string): IteratorResult<void> {
    if (this.failure !== null) return { done: true, value: undefined }
    try {
      return steps.next()
    } catch (error) {
      this.failure = { error, key }
      return { done: true, value: undefined }
    }
  }

  /** Where it is written is known when the first step is taken: another value may be done by then. */
  private *begin(
    dbIndex: number,
    key: string,
    value: Value,
    deadline: number,
    usage: Usage | null,
  ): Generator<void, void> {
    if (this.inside) {
      const aside = this.aside(dbIndex)
      const steps = aside.file.entry(key, value, deadline, usage)
      if (steps !== null) yield* steps
      aside.done = true
      this.follow()
      return
    }
    this.inside = true
    this.select(this.file, dbIndex)
    const steps = this.file.entry(key, value, deadline, usage)
    if (steps !== null) yield* steps
    this.inside = false
    this.follow()
  }

  private aside(dbIndex: number): Aside {
    const aside = { file: new RdbFileWriter(this.options, true), done: false }
    aside.file.database(dbIndex)
    this.asides.push(aside)
    return aside
  }

  /** What was written aside follows, as far as it is whole. */
  private follow(): void {
    if (this.inside) return
    for (let i = 0; i < this.asides.length; ) {
      const { file, done } = this.asides[i] as Aside
      if (!done) i++
      else {
        this.file.append(file.take())
        this.asides.splice(i, 1)
        this.selected = -1
      }
    }
  }

  private select(file: RdbFileWriter, dbIndex: number): void {
    if (dbIndex === this.selected) return
    const first = this.selected < 0
    this.selected = dbIndex
    const [keys, volatile] = this.sizes(dbIndex)
    if (first || keys > 0) file.select(dbIndex, keys, volatile)
    else file.database(dbIndex)
  }
}
