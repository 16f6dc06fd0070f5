/** The data of an engine as an RDB file: what the configuration has to say about it. */
import {
  type Loaded,
  type LoadOptions,
  loadKeyspace,
  type SaveOptions,
  saveKeyspace,
  saveWhole,
} from '../keyspace/rdb.ts'
import { REDIS_VERSION } from '../version.ts'
import type { Engine } from './engine.ts'

export class RdbFile {
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
   * Put the keys of a file among those that are there, in steps; what has expired is left out. Throws
   * `MalformedRdb`.
   */
  load(bytes: Uint8Array, options: Partial<LoadOptions> = {}): Generator<void, Loaded> {
    const { engine } = this
    return loadKeyspace(engine.keyspace, bytes, {
      now: engine.now(),
      marks: engine.access,
      unsealed: this.unsealed,
      ...options,
    })
  }

  private options(options: SaveOptions): SaveOptions {
    const { engine } = this
    const { config } = engine
    return {
      compress: config.yes('rdbcompression'),
      checksum: config.yes('rdbchecksum'),
      listLimit: config.int('list-max-listpack-size'),
      marks: engine.access,
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
