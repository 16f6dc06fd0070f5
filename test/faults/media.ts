/** What a simulated life has under it: the same questions to a disk of records and to one of files. */

import { StoreError } from '../../src/persistence/errors.ts'
import type { Store } from '../../src/persistence/store.ts'
import { FileStore } from '../../src/persistence/stores/file.ts'
import { OpfsStore } from '../../src/persistence/stores/opfs.ts'
import { type Call, type Fault, storeError } from '../helpers/faulty-store.ts'
import type { Dice } from './dice.ts'
import { Disk, type DiskFault } from './disk.ts'
import { Opfs, type OpfsCall, type OpfsFault, type OpfsWorker } from './opfs.ts'
import { PowerDisk, PowerStore } from './power.ts'

export interface Medium {
  readonly name: string
  /** A store on it, as a new process has one. */
  store(): Store
  /** A fault in a call of the store; null for none. `bad` says that it is a bad day. */
  fault(dice: Dice, call: Call, bad: boolean): Fault | null
  /** Faults inside of calls begin, or end. */
  trouble(dice: Dice, bad: () => boolean, crash: () => void): void
  calm(): void
  /** The process ends; with `power`, the machine. */
  end(dice: Dice, power: boolean): void
}

/** Records in memory, of which those that were not synced may go. */
export class Records implements Medium {
  readonly name = 'records'
  private readonly disk = new PowerDisk()

  store(): Store {
    return new PowerStore(this.disk)
  }

  fault(dice: Dice, call: Call, bad: boolean): Fault | null {
    const fault = chooseFault(dice, call, bad)
    if (fault === null) return null
    if (call.bytes !== null && dice.once(3)) {
      // A part of an append is torn off at its end; a failed one is replaced by the next try.
      if (call.name === 'write' || dice.once(2)) fault.bytes = dice.below(call.bytes.length)
    }
    if (fault.crash !== true && dice.once(5) && (call.name === 'append' || call.name === 'sync')) {
      fault.error = new StoreError('io', 'sync failed', { lost: true })
      fault.effect = 'whole'
      delete fault.bytes
      this.disk.dropUnsynced()
    }
    return fault
  }

  trouble(): void {}
  calm(): void {}

  end(dice: Dice, power: boolean): void {
    this.disk.fail(power, (n) => dice.below(n))
  }
}

/** The file store, on a disk that has caches. */
export class Files implements Medium {
  readonly name = 'files'
  private readonly disk = new Disk()
  private process: ReturnType<Disk['process']> | null = null

  store(): Store {
    this.process = this.disk.process()
    return new FileStore({ dir: Disk.folder, takeOver: true, fs: this.process.fs })
  }

  fault(dice: Dice, call: Call, bad: boolean): Fault | null {
    return chooseFault(dice, call, bad)
  }

  trouble(dice: Dice, bad: () => boolean, crash: () => void): void {
    if (this.process === null) return
    this.process.plan = (what) => {
      if (!dice.once(bad() ? 12 : 150)) return null
      const fault = chooseDiskFault(dice, what, bad())
      if (fault?.crash !== undefined) crash()
      return fault
    }
  }

  calm(): void {
    if (this.process !== null) this.process.plan = () => null
  }

  end(dice: Dice, power: boolean): void {
    this.process?.end()
    if (power) this.disk.fail((n) => dice.below(n))
    // Else it looks as if the earlier owner still lived, and was overtaken.
    if (power || dice.once(2)) this.disk.bury()
  }
}

/** The OPFS store, in workers that die. */
export class Workers implements Medium {
  readonly name = 'opfs'
  private readonly opfs = new Opfs()
  private worker: OpfsWorker = this.opfs.worker()

  store(): Store {
    const worker = this.opfs.worker()
    this.worker = worker
    return new OpfsStore({ name: 'simulated', root: worker.root, now: () => 0 })
  }

  fault(dice: Dice, call: Call, bad: boolean): Fault | null {
    return chooseFault(dice, call, bad)
  }

  trouble(dice: Dice, bad: () => boolean, crash: () => void): void {
    this.worker.onCrash = crash
    this.worker.plan = (what) => {
      // Now and then all handles are closed at once; the store takes them again.
      if (dice.once(400)) this.worker.close()
      return dice.once(bad() ? 12 : 150) ? chooseOpfsFault(dice, what, bad()) : null
    }
  }

  calm(): void {
    this.worker.plan = () => null
  }

  end(dice: Dice, power: boolean): void {
    this.worker.end()
    if (power) this.opfs.fail((n) => dice.below(n))
  }
}

function chooseFault(dice: Dice, call: Call, bad: boolean): Fault | null {
  if (call.name === 'open' || call.name === 'read' || call.name === 'cut') return null
  if (!dice.once(bad ? 2 : 25)) return null
  const fault: Fault = { effect: dice.once(3) ? 'whole' : 'none' }
  if (dice.once(bad ? 15 : 3)) fault.crash = true
  else fault.error = storeError(dice.pick(['io', 'closed', 'timeout', 'quota-exceeded']))
  return fault
}

function chooseDiskFault(dice: Dice, what: string, bad: boolean): DiskFault | null {
  if (dice.once(bad ? 10 : 3)) return { crash: dice.pick(['before', 'after']) }
  switch (what) {
    case 'write':
      // Short, as writes may be; or the disk is full in the middle.
      if (dice.once(2)) return { bytes: 1 + dice.below(60) }
      return {
        code: dice.pick(['ENOSPC', 'EIO']),
        ...(dice.once(2) ? { bytes: dice.below(60) } : {}),
      }
    case 'sync':
    case 'open':
    case 'truncate':
    case 'rename':
      return { code: dice.pick(['EIO', 'ENOSPC']) }
    default:
      return null
  }
}

function chooseOpfsFault(dice: Dice, what: OpfsCall, bad: boolean): OpfsFault {
  if (dice.once(bad ? 10 : 3)) return { crash: dice.pick(['before', 'after']) }
  // Short, as writes may be.
  if (what === 'write' && dice.once(2)) return { bytes: 1 + dice.below(60) }
  return {
    name: dice.pick(['QuotaExceededError', 'UnknownError']),
    ...(what === 'write' && dice.once(2) ? { bytes: dice.below(60) } : {}),
  }
}
