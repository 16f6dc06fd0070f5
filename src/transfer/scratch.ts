/**
 * Where imported data are put together, and how they come among those that are there.
 *
 * Everything is read into an engine of its own that nobody else sees, while the real one goes on
 * answering. Only when all of it has been read and found good does anything change: the real engine
 * answers LOADING for the moment that it takes to hand the keys over, and until its store has them. So an
 * import that fails or is given up has changed nothing, and one that a crash interrupts neither.
 */
import type { Sink } from '../engine/client.ts'
import { Engine } from '../engine/engine.ts'
import type { Database } from '../keyspace/database.ts'
import { NO_EXPIRY } from '../keyspace/database.ts'
import { MalformedRdb } from '../rdb/errors.ts'
import type { Pace } from './intake.ts'
import { type ImportOptions, type ImportReport, TransferError } from './types.ts'

/** Keys between two looks at the clock. */
const LOOK = 64

export const NOWHERE: Sink = { reply() {}, push() {}, flush() {}, close() {} }

/** An engine with the options of another one, and with nothing in it. */
export function scratchOf(engine: Engine): Engine {
  const { platform, commands } = engine
  const scratch = new Engine({ platform: { ...quiet(platform) }, commands, beside: engine })
  scratch.loading = true
  return scratch
}

/** What the scratch engine has to say is said by the import. */
const quiet = (platform: Engine['platform']): Engine['platform'] => ({
  now: () => platform.now(),
  micros: () => platform.micros(),
  entropy: (bytes) => platform.entropy(bytes),
  after: (ms, run) => platform.after(ms, run),
  log() {},
})

/** Hand the data of a scratch engine over, and have them stored. */
export async function handOver(
  scratch: Engine,
  engine: Engine,
  options: ImportOptions,
  report: ImportReport,
  pace: Pace,
): Promise<void> {
  const { mode = 'replace' } = options
  if (engine.slices.active) await new Promise<void>((idle) => engine.slices.whenIdle(idle))
  if (engine.loading && options.starting !== true)
    throw new TransferError('busy', 'the data are being loaded')
  if (engine.refusal !== null) throw new TransferError('busy', engine.refusal.message)
  engine.loading = true
  try {
    await engine.persistence?.flush?.().catch(() => {})
    if (mode === 'replace') engine.rdb.libraries.clear()
    for (const code of scratch.rdb.libraries.sources()) takeLibrary(engine, code, mode)
    if (mode !== 'replace' || !exchange(scratch, engine)) {
      for (const [index, db] of scratch.keyspace.databases.entries()) {
        if (mode === 'replace') engine.emptyDatabase(engine.keyspace.at(index))
        if (db.size > 0) await moveKeys(db, engine.keyspace.at(index), engine, mode, report, pace)
      }
    }
    engine.tracking.invalidateAll()
    for (const [client] of [...engine.replicas]) client.kill()
    await store(engine)
  } finally {
    engine.loading = false
  }
  for (const db of engine.keyspace.databases) engine.blocking.signalAll(db.index)
  engine.blocking.serve()
  engine.flush()
}

/** Put whole databases in the place of those that are there, unless their bytes are being counted. */
function exchange(scratch: Engine, engine: Engine): boolean {
  const { databases } = engine.keyspace
  if (databases.some(({ account }) => account !== null)) return false
  const now = engine.now()
  for (const [index, db] of scratch.keyspace.databases.entries()) {
    const old = engine.keyspace.at(index)
    if (engine.watchers.size > 0) engine.watchers.replaced(old, db, now)
    // A snapshot of them that is under way begins anew.
    old.clear()
    databases[index] = db
    scratch.keyspace.databases[index] = old
  }
  return true
}

function takeLibrary(engine: Engine, code: string, mode: string): void {
  try {
    engine.rdb.libraries.load(code, mode !== 'keep')
  } catch (error) {
    // One that is there already stays.
    if (mode !== 'keep' || !(error instanceof MalformedRdb)) throw error
  }
}

async function moveKeys(
  from: Database,
  to: Database,
  engine: Engine,
  mode: string,
  report: ImportReport,
  pace: Pace,
): Promise<void> {
  for (let i = 0; i < from.size; i++) {
    if (i % LOOK === 0 && pace.late) await pace.rest()
    const key = from.keyAt(i)
    const place = to.find(key)
    if (place >= 0) {
      if (mode === 'keep') {
        report.kept++
        report.keys--
        continue
      }
      report.replaced++
      to.removeAt(place)
    }
    const index = to.insert(key, from.valueAt(i))
    const deadline = from.deadlineAt(i)
    if (deadline !== NO_EXPIRY) to.setDeadlineAt(index, deadline)
    to.entries.setClockAt(index, from.entries.clockAt(i))
    if (engine.watchers.size > 0) engine.watchers.touch(to, key)
  }
}

/** The store has nothing of this in its journal: only a snapshot makes both agree. */
async function store(engine: Engine): Promise<void> {
  const { persistence } = engine
  engine.dirty++
  if (persistence === null) return
  try {
    await (persistence.keep?.() ?? persistence.save(false))
  } catch (error) {
    const reason = `it could not be stored: ${(error as Error).message}`
    // Better what was than what is not stored.
    await persistence.reload?.().catch(() => {})
    throw new TransferError('failed', reason, { cause: error })
  }
}
