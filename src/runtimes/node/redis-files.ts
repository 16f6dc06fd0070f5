/**
 * The files of a real server in our folder: `dump.rdb` and `appendonlydir`.
 *
 * Our own data lie beside them, in a folder of their own. What a real server has left there, or somebody
 * has put there since we have looked last, is taken at the start, as a real server would take it; a note
 * says what we have seen. And where a real server writes `dump.rdb` so do we: after SAVE, BGSAVE and a
 * shutdown that saves.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from '../../engine/engine.ts'
import { Persistence } from '../../persistence/persistence.ts'
import { describeDamage } from '../../rdb/damage.ts'
import { MalformedRdb } from '../../rdb/errors.ts'
import { type ImportOptions, type ImportReport, TransferError } from '../../transfer/types.ts'
import { quote } from '../../util/quote.ts'
import { exportFile, importFile } from './files.ts'
import type { Log } from './platform.ts'

/** What we have seen last. */
const NOTE = 'seen'

/** Persistence that leaves an RDB file behind where a real server does. */
export class ServerPersistence extends Persistence {
  /** Where that is; null: nowhere. */
  rdb: RedisFiles | null = null
  /** What is loaded from a file need not be stored: it is there, and nobody asked for more. */
  idle = false
  private writing: Promise<void> | null = null
  private rdbFailed = false

  override async save(background = false): Promise<void> {
    if (this.idle) return
    await super.save(background)
    if (this.rdb === null) return
    const { rdb } = this
    this.writing ??= rdb
      .write(this.engine)
      .then(
        () => {
          this.rdbFailed = false
        },
        (error: unknown) => {
          this.rdbFailed = true
          throw error
        },
      )
      .finally(() => {
        this.writing = null
      })
    await this.writing
  }

  override get saving(): boolean {
    return super.saving || this.writing !== null
  }

  override get lastStatus(): 'ok' | 'err' {
    return this.rdbFailed ? 'err' : super.lastStatus
  }
}

export class RedisFiles {
  private readonly engine: Engine
  private readonly dir: string
  private readonly own: string
  private readonly log: Log

  constructor(engine: Engine, own: string, log: Log) {
    this.engine = engine
    this.dir = engine.config.get('dir')
    this.own = own
    this.log = log
  }

  private get rdb(): string {
    return join(this.dir, this.engine.config.get('dbfilename'))
  }

  /** The file or folder that a real server would load, or null. */
  private get place(): string | null {
    const { config } = this.engine
    if (!config.yes('appendonly')) return isFile(this.rdb) ? this.rdb : null
    const folder = join(this.dir, config.get('appenddirname'))
    if (isFile(join(folder, `${config.get('appendfilename')}.manifest`))) return folder
    const single = join(this.dir, config.get('appendfilename'))
    return isFile(single) ? single : null
  }

  /** Whether there is something that we have not seen. */
  get changed(): boolean {
    const { place } = this
    return place !== null && this.sign(place) !== this.seen
  }

  private get seen(): string {
    try {
      return readFileSync(join(this.own, NOTE), 'utf8')
    } catch {
      return ''
    }
  }

  /** Name, size and time of what is there. */
  private sign(place: string): string {
    const one = (path: string): string => {
      const { size, mtimeMs } = statSync(path)
      return `${path} ${size} ${mtimeMs}\n`
    }
    if (!statSync(place).isDirectory()) return one(place)
    return readdirSync(place)
      .sort()
      .map((name) => one(join(place, name)))
      .join('')
  }

  private note(place: string): void {
    // Without a folder of ours the file is the only place, and is read again the next time.
    if (!existsSync(this.own)) return
    try {
      writeFileSync(join(this.own, NOTE), this.sign(place))
    } catch (error) {
      this.log('warning', `It could not be noted that ${place} was seen: ${String(error)}`)
    }
  }

  /** Take what a real server has left. */
  async take(options: ImportOptions): Promise<ImportReport | null> {
    const { place, log } = this
    if (place === null) return null
    const started = this.engine.platform.micros()
    const aof = this.engine.config.yes('appendonly')
    try {
      const report = await importFile(this.engine, place, options)
      const seconds = (this.engine.platform.micros() - started) / 1e6
      const from = aof ? 'append only file' : 'disk'
      log('notice', `DB loaded from ${from}: ${seconds.toFixed(3)} seconds (${report.keys} keys)`)
      if (report.truncated !== null) {
        const { file, allowed } = report.truncated
        log('warning', `AOF ${file} loaded anyway because ${allowed} is enabled`)
      }
      for (const key of report.emptyKeys) {
        log('notice', `rdbLoadObject: skipping empty key: ${printable(key)}`)
      }
      if (report.empty > 0) log('notice', `Done loading RDB, empty keys skipped: ${report.empty}.`)
      this.note(place)
      return report
    } catch (error) {
      if (error instanceof TransferError) this.explain(place, aof, error)
      throw error
    }
  }

  /** In the words that tools look for. */
  private explain(place: string, aof: boolean, error: TransferError): void {
    const { log } = this
    if (aof && error.reason === 'the data ends too early') {
      log(
        'warning',
        `Unexpected end of file reading the append only file ${place}: ${error.message}`,
      )
    } else if (aof && error.reason.startsWith('Unknown command')) log('warning', error.message)
    else if (aof) {
      // How large a damaged end may be says an option.
      const hint = '(see --fix and aof-load-corrupt-tail-max-size)'
      const what = `Bad file format reading the append only file ${place}`
      log('warning', `${what}: ${error.message} ${hint}`)
    } else {
      const sum = error.reason === 'the checksum does not match'
      log(
        'warning',
        `${sum ? 'Wrong RDB checksum: RDB CRC error' : 'RDB file integrity check failed'} ${place}: ${error.message}`,
      )
      // Once for the value, once for the file.
      const { cause } = error
      if (cause instanceof MalformedRdb && cause.form >= 0) log('warning', describeDamage(cause))
      if (!sum) log('warning', 'Terminating server after rdb file reading failure.')
      log('warning', 'Fatal error loading the DB, check server logs. Exiting.')
    }
  }

  /** Write `dump.rdb`. */
  async write(engine: Engine): Promise<void> {
    await exportFile(engine, this.rdb, { format: 'rdb' })
    this.note(this.rdb)
    this.log('notice', 'DB saved on disk')
  }
}

const printable = (key: string): string => (/^[\x20-\x7e]*$/.test(key) ? key : quote(key))

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}
