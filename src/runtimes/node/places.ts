/**
 * Where an engine's data lie in Node: in the files that redis-server has, under `dir`, and in its layout:
 * `appendonlydir` for the journal, `dump.rdb` for snapshots.
 */
import { join, resolve } from 'node:path'
import type { Engine } from '../../engine/engine.ts'
import type { PersistenceOptions } from '../../persistence/options.ts'
import { respFormat } from '../../persistence/snapshot-format.ts'
import { emptyBase, rdbFormat } from '../../persistence/snapshot-rdb.ts'
import { DumpFile } from '../../persistence/stores/dump-file.ts'
import { FileStore } from '../../persistence/stores/file.ts'

/** Earlier versions had a folder of their own. */
const OLD_FOLDER = 'respite'

/** As Redis resolves it: under `dir`. */
const backupFolder = ({ config }: Engine): string =>
  resolve(config.get('dir'), config.get('backupdirname'))

/** The journal's folder. `takeOver`: another process that has it is put out. */
export function journalOf(engine: Engine, takeOver = false): FileStore {
  const { config } = engine
  const dir = config.get('dir')
  const name = config.get('appendfilename')
  return new FileStore({
    dir: join(dir, config.get('appenddirname')),
    name,
    takeOver,
    backupDir: backupFolder(engine),
    single: join(dir, name),
    old: join(dir, OLD_FOLDER),
    nothing: () => (config.yes('aof-use-rdb-preamble') ? emptyBase(engine) : new Uint8Array(0)),
  })
}

/** How snapshots are written, and where those go that are no part of the journal. */
export function snapshotsOf(
  engine: Engine,
  saved: () => void = () => {},
): Required<Pick<PersistenceOptions, 'format' | 'dump'>> {
  const { config } = engine
  const rdb = rdbFormat(engine, true)
  const dump = rdbFormat(engine, false)
  return {
    format: () => (config.yes('aof-use-rdb-preamble') ? rdb : respFormat),
    dump: {
      store: new DumpFile(() => join(config.get('dir'), config.get('dbfilename')), { saved }),
      format: () => dump,
    },
  }
}
