/** The data of an engine as an RDB file: what the configuration has to say about it. */
import {
  type Loaded,
  type LoadOptions,
  loadKeyspace,
  type SaveOptions,
  saveKeyspace,
  saveWhole,
} from '../keyspace/rdb.ts'
import type { Reading } from '../rdb/codec.ts'
import type { RdbReader } from '../rdb/reader.ts'
import { REDIS_VERSION } from '../version.ts'
import type { Engine } from './engine.ts'

/**
 * Libraries of functions, as files have them. Scripting puts itself here; without it they are kept as
 * they came, so that whoever can run them still finds them.
 */
export interface Libraries {
  /** Their sources, in the order in which they are to be loaded. */
  sources(): Iterable<string>
  /** Take one in. Throws `MalformedRdb` if it is none, or is there already and may not be replaced. */
  load(code: string, replace: boolean): void
  clear(): void
}

class KeptLibraries implements Libraries {
  private readonly codes = new Set<string>()

  sources(): Iterable<string> {
    return this.codes
  }

  load(code: string): void {
    this.codes.add(code)
  }

  clear(): void {
    this.codes.clear()
  }
}

export class RdbFile {
  libraries: Libraries = new KeptLibraries()
  /** Whether payloads are taken whatever their checksums; DEBUG SET-SKIP-CHECKSUM-VALIDATION. */
  unsealed = false
  private readonly engine: Engine

  constructor(engine: Engine) {
    this.engine = engine
  }

  /**
   * The file in pieces, as `saveKeyspace`: nothing may change until the last. What is given goes before
   * the configuration; a `version` for whoever reads it, who may be older.
   */
  pieces(options: SaveOptions = {}): Generator<Uint8Array, void> {
    return saveKeyspace(this.engine.keyspace, this.options(options))
  }

  /** The file. */
  whole(options: SaveOptions = {}): Uint8Array {
    return saveWhole(this.engine.keyspace, this.options(options))
  }

  /**
   * Put the keys of a file among those that are there, in steps, as `loadKeyspace`; what has expired is left
   * out. Throws `MalformedRdb`.
   */
  load(from: RdbReader | Uint8Array, options: Partial<LoadOptions> = {}): Reading<Loaded> {
    const { engine } = this
    return loadKeyspace(engine.keyspace, from, {
      now: engine.now(),
      marks: engine.access,
      unsealed: this.unsealed,
      library: (code) => this.libraries.load(code, options.replace === true),
      ...options,
    })
  }

  /** What the configuration says about files, behind what is given. */
  options(options: SaveOptions): SaveOptions {
    const { engine } = this
    const { config } = engine
    return {
      compress: config.yes('rdbcompression'),
      checksum: config.yes('rdbchecksum'),
      listLimit: config.int('list-max-listpack-size'),
      marks: engine.access,
      libraries: this.libraries.sources(),
      ...options,
      facts: {
        'redis-ver': REDIS_VERSION,
        'redis-bits': 64,
        ctime: Math.floor(engine.now() / 1000),
        'used-mem': engine.platform.describe?.().heapBytes ?? 0,
        'aof-base': 0,
        ...options.facts,
      },
    }
  }
}
