/**
 * DEBUG RELOAD: write everything as an RDB file and read it back, to see whether all of it returns.
 *
 * The file is made in memory. Where a store is attached it saves and is read back as well, before that:
 * so both ways are walked. NOSAVE reads back what the store has, and only that.
 */
import type { Args } from '../core/args.ts'
import type { Context } from '../core/context.ts'
import { CommandError } from '../core/errors.ts'
import { OK, type Reply } from '../core/reply.ts'
import type { Engine } from '../engine/engine.ts'
import { MalformedRdb } from '../rdb/errors.ts'

const unknownOption = new CommandError(
  'DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.',
)
const failed = new CommandError('Error trying to load the RDB dump, check server logs')
const noStore = new CommandError('no store is attached that could be read back')

interface Options {
  save: boolean
  flush: boolean
  merge: boolean
}

export function reload(c: Context, args: Args): Reply {
  const options: Options = { save: true, flush: true, merge: false }
  while (args.more) {
    if (args.take('NOSAVE')) options.save = false
    else if (args.take('NOFLUSH')) options.flush = false
    else if (args.take('MERGE')) options.merge = true
    else throw unknownOption
  }
  const { engine } = c
  const { persistence } = engine
  if (persistence?.reload === undefined) {
    if (!options.save) throw noStore
    return throughRdb(engine, options)
  }
  // What is to stay cannot be read back from a store, which knows one state of the data only.
  if (!options.flush) return throughRdb(engine, options)
  return c.later((done) => {
    const saved = options.save ? persistence.save(false) : Promise.resolve()
    saved
      .then(() => persistence.reload?.())
      .then(() => (options.save ? throughRdb(engine, options) : OK))
      .then(done, () => done(failed))
  })
}

/** Read everything back from the store. */
export function reloadStore(c: Context): Reply {
  const { persistence } = c.engine
  if (persistence?.reload === undefined) throw noStore
  return c.later((done) => {
    persistence.reload?.(true).then(
      () => done(OK),
      () => done(failed),
    )
  })
}

function throughRdb(engine: Engine, { flush, merge }: Options): Reply {
  const file = engine.rdb.whole()
  if (flush) {
    for (const db of engine.keyspace.databases) db.clear()
    engine.rdb.libraries.clear()
  }
  try {
    for (const _ of engine.rdb.load(file, { replace: merge }));
  } catch (error) {
    if (!(error instanceof MalformedRdb)) throw error
    engine.platform.log('warning', `DEBUG RELOAD: ${error.message}`)
    return failed
  }
  return OK
}
