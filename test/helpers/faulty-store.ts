/**
 * A store that fails on demand, around any other store. Free of Node, so that browsers can use it.
 *
 * Before each call `plan` is asked what is to go wrong. A crash is the end of the process as the store
 * sees it: nothing that was under way is ever heard of again, and what is opened next is another store
 * on the same data.
 */
import { StoreError, type StoreErrorCode } from '../../src/persistence/errors.ts'
import type {
  Area,
  BackupPlace,
  Claim,
  Durability,
  Estimate,
  Piece,
  Replacement,
  Store,
  StorePromises,
} from '../../src/persistence/store.ts'

export type CallName =
  | 'open'
  | 'read'
  | 'cut'
  | 'append'
  | 'sync'
  | 'replace'
  | 'write'
  | 'commit'
  | 'abort'
  | 'close'
  | 'destroy'

export interface Call {
  readonly name: CallName
  /** Counts all calls of this store, from 1. */
  readonly number: number
  readonly sequence: number
  readonly bytes: Uint8Array | null
  readonly durability: Durability | null
}

export interface Fault {
  /** Reject with this error … */
  error?: StoreError
  /** … or end the process. */
  crash?: boolean
  /** Whether the call takes effect all the same. */
  effect?: 'none' | 'whole'
  /** Only so many bytes of an append or a chunk arrive. */
  bytes?: number
  /** What to wait for before anything happens. */
  wait?: Promise<unknown>
}

export const storeError = (code: StoreErrorCode, message: string = code): StoreError =>
  new StoreError(code, message)

const never = <T>(): Promise<T> => new Promise<T>(() => {})

export class FaultyStore implements Store {
  readonly name: string
  readonly promises: StorePromises
  readonly backups: BackupPlace | null
  readonly inner: Store
  plan: (call: Call) => Fault | null = () => null
  /** Called when a crash was planned. */
  onCrash: () => void = () => {}
  dead = false
  readonly calls: Call[] = []
  /** How many calls are under way; more than one is against the rules. */
  private running = 0
  overlaps = 0

  constructor(inner: Store) {
    this.inner = inner
    this.name = inner.name
    this.promises = inner.promises
    this.backups = inner.backups ?? null
  }

  /** Names of the calls so far. */
  get names(): CallName[] {
    return this.calls.map((call) => call.name)
  }

  private async call<T>(
    name: CallName,
    run: (bytes?: Uint8Array) => Promise<T>,
    details: { sequence?: number; bytes?: Uint8Array; durability?: Durability } = {},
  ): Promise<T> {
    if (this.dead) return never()
    const call: Call = {
      name,
      number: this.calls.length + 1,
      sequence: details.sequence ?? 0,
      bytes: details.bytes ?? null,
      durability: details.durability ?? null,
    }
    this.calls.push(call)
    if (this.running > 0) this.overlaps++
    this.running++
    try {
      const fault = this.plan(call)
      if (fault?.wait !== undefined) await fault.wait
      if (this.dead) return await never()
      if (fault === null || (fault.error === undefined && fault.crash !== true)) {
        const running = run()
        await running.catch(() => {})
        // What was under way when the process ended, nobody hears how it went.
        return await (this.dead ? never<T>() : running)
      }
      if (fault.bytes !== undefined && call.bytes !== null)
        await run(call.bytes.slice(0, fault.bytes))
      else if (fault.effect === 'whole') await run()
      if (fault.crash === true) {
        this.dead = true
        this.onCrash()
        return await never()
      }
      throw fault.error
    } finally {
      this.running--
    }
  }

  /** As if the process ended now. */
  crash(): void {
    this.dead = true
  }

  open(): Promise<Claim> {
    return this.call('open', () => this.inner.open())
  }

  async *read(area: Area): AsyncGenerator<Piece> {
    await this.call('read', async () => {})
    for await (const piece of this.inner.read(area)) {
      if (this.dead) await never()
      yield piece
    }
  }

  async trim(name: string, offset: number): Promise<void> {
    await this.inner.trim?.(name, offset)
  }

  cut(name: string, offset: number): Promise<void> {
    return this.call('cut', () => this.inner.cut(name, offset))
  }

  append(record: Uint8Array, sequence: number, durability: Durability): Promise<void> {
    return this.call('append', (bytes = record) => this.inner.append(bytes, sequence, durability), {
      sequence,
      bytes: record,
      durability,
    })
  }

  sync(): Promise<void> {
    return this.call('sync', () => this.inner.sync())
  }

  async replace(upTo: number): Promise<Replacement> {
    const inner = await this.call('replace', () => this.inner.replace(upTo), { sequence: upTo })
    return {
      write: (chunk) => this.call('write', (bytes = chunk) => inner.write(bytes), { bytes: chunk }),
      commit: () => this.call('commit', () => inner.commit()),
      abort: () => this.call('abort', () => inner.abort()),
    }
  }

  estimate(): Promise<Estimate> {
    return this.inner.estimate()
  }

  persist(): Promise<boolean> {
    return this.inner.persist()
  }

  close(): Promise<void> {
    return this.call('close', () => this.inner.close())
  }

  destroy(): Promise<void> {
    return this.call('destroy', () => this.inner.destroy())
  }
}
