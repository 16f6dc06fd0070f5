/**
 * Import and export over a port. Whoever needs bytes asks for the next piece, so that no more than one
 * piece of a file is on its way.
 */
import { errorFrom } from '../client/errors.ts'
import {
  type ExportOptions,
  type ImportOptions,
  type ImportReport,
  TransferError,
  type TransferErrorCode,
  type TransferFile,
  type Transfers,
} from '../transfer/types.ts'
import type {
  Cancel,
  Export,
  FilePiece,
  Import,
  Imported,
  Message,
  Progressed,
  TransferFailure,
  Want,
} from './messages.ts'
import { failureOf } from './messages.ts'

export type TransferMessage = Import | Export | Want | FilePiece | Progressed | Cancel | Imported

const KINDS: ReadonlySet<string> = new Set([
  'import',
  'export',
  'want',
  'piece',
  'progress',
  'cancel',
  'imported',
])

export const isTransfer = (message: Message): message is TransferMessage => KINDS.has(message.kind)

type Post = (message: Message) => void

function failed(error: unknown): TransferFailure {
  if (!(error instanceof TransferError)) {
    return { ...failureOf(error), file: '', offset: -1, key: null }
  }
  const { code, reason, file, offset, key } = error
  return { code: `transfer:${code}`, message: reason, file, offset, key }
}

function errorOf(failure: TransferFailure): Error {
  const { code, message, file, offset, key } = failure
  if (!code.startsWith('transfer:')) return errorFrom(failure)
  return new TransferError(code.slice(9) as TransferErrorCode, message, { file, offset, key })
}

/** What crosses a port of options. */
function plain(options: ImportOptions & ExportOptions): Readonly<Record<string, unknown>> {
  const { signal: _, onProgress: __, ...rest } = options
  return rest
}

// ---- The caller ---------------------------------------------------------------------------------

interface Importing {
  readonly files: readonly TransferFile[]
  readonly options: ImportOptions
  readonly open: Map<number, AsyncIterator<Uint8Array> | Iterator<Uint8Array>>
  resolve(report: ImportReport): void
  reject(error: Error): void
}

interface Exporting {
  readonly options: ExportOptions
  resolve(piece: Uint8Array | null): void
  reject(error: Error): void
}

/** The caller's side. */
export class PortTransfers implements Transfers {
  private readonly post: Post
  private readonly imports = new Map<number, Importing>()
  private readonly exports = new Map<number, Exporting>()
  private next = 0

  constructor(post: Post) {
    this.post = post
  }

  /** Something is waited for. */
  get waiting(): boolean {
    return this.imports.size + this.exports.size > 0
  }

  import(files: readonly TransferFile[], options: ImportOptions): Promise<ImportReport> {
    const id = this.next++
    return new Promise((resolve, reject) => {
      this.imports.set(id, { files, options, open: new Map(), resolve, reject })
      this.post({
        kind: 'import',
        id,
        files: files.map(({ name, size }) => ({ name, size })),
        options: plain(options),
      })
    })
  }

  async *export(options: ExportOptions): AsyncGenerator<Uint8Array, void> {
    const id = this.next++
    this.post({ kind: 'export', id, options: plain(options) })
    let ended = false
    try {
      for (;;) {
        if (options.signal?.aborted === true) throw new TransferError('aborted', 'it was given up')
        const piece = await new Promise<Uint8Array | null>((resolve, reject) => {
          this.exports.set(id, { options, resolve, reject })
          this.post({ kind: 'want', id, file: 0 })
        })
        this.exports.delete(id)
        if (piece === null) break
        yield piece
      }
      ended = true
    } finally {
      this.exports.delete(id)
      if (!ended) this.post({ kind: 'cancel', id })
    }
  }

  message(message: TransferMessage): void {
    switch (message.kind) {
      case 'want':
        void this.give(message)
        break
      case 'piece': {
        const { error, bytes } = message
        const waiting = this.exports.get(message.id)
        if (error === null) waiting?.resolve(bytes)
        else waiting?.reject(errorOf(error))
        break
      }
      case 'progress': {
        const { id, bytes, total, items } = message
        const options = this.imports.get(id)?.options ?? this.exports.get(id)?.options
        options?.onProgress?.({ bytes, total, items })
        if (options?.signal?.aborted === true) this.post({ kind: 'cancel', id })
        break
      }
      case 'imported': {
        const waiting = this.imports.get(message.id)
        this.imports.delete(message.id)
        for (const source of waiting?.open.values() ?? []) void source.return?.()
        if (message.error === null) waiting?.resolve(message.report as ImportReport)
        else waiting?.reject(errorOf(message.error))
        break
      }
      default:
        break
    }
  }

  private async give({ id, file }: Want): Promise<void> {
    const importing = this.imports.get(id)
    if (importing === undefined) return
    try {
      if (importing.options.signal?.aborted === true) this.post({ kind: 'cancel', id })
      let source = importing.open.get(file)
      if (source === undefined) {
        const opened = (importing.files[file] as TransferFile).open()
        source =
          Symbol.asyncIterator in opened
            ? opened[Symbol.asyncIterator]()
            : opened[Symbol.iterator]()
        importing.open.set(file, source)
      }
      const { done, value } = await source.next()
      this.post({ kind: 'piece', id, bytes: done === true ? null : value, error: null })
    } catch (error) {
      this.post({ kind: 'piece', id, bytes: null, error: failed(error) })
    }
  }

  /** The port is gone. */
  end(reason: Error): void {
    for (const { reject } of [...this.imports.values(), ...this.exports.values()]) reject(reason)
    this.imports.clear()
    this.exports.clear()
  }
}

// ---- The host -----------------------------------------------------------------------------------

interface Running {
  readonly signal: { aborted: boolean }
  /** An import waits for this piece. */
  resolve: ((piece: Uint8Array | null) => void) | null
  reject: ((error: Error) => void) | null
  /** The bytes of an export. */
  source: AsyncIterator<Uint8Array> | null
}

/** The engine's side. */
export class HostTransfers {
  private readonly load: () => Promise<Transfers>
  private readonly post: Post
  private readonly running = new Map<number, Running>()

  constructor(load: () => Promise<Transfers>, post: Post) {
    this.load = load
    this.post = post
  }

  message(message: TransferMessage): void {
    const { id } = message
    switch (message.kind) {
      case 'import':
        void this.import(message)
        break
      case 'export':
        this.running.set(id, {
          signal: { aborted: false },
          resolve: null,
          reject: null,
          source: null,
        })
        this.options.set(id, message.options)
        break
      case 'want':
        void this.give(message)
        break
      case 'piece': {
        const running = this.running.get(id)
        const { resolve = null, reject = null } = running ?? {}
        if (running !== undefined) {
          running.resolve = null
          running.reject = null
        }
        if (message.error === null) resolve?.(message.bytes)
        else reject?.(errorOf(message.error))
        break
      }
      case 'cancel':
        this.cancel(id)
        break
      default:
        break
    }
  }

  private readonly options = new Map<number, Readonly<Record<string, unknown>>>()

  private async import({ id, files, options }: Import): Promise<void> {
    const signal = { aborted: false }
    this.running.set(id, { signal, resolve: null, reject: null, source: null })
    try {
      const transfers = await this.load()
      const report = await transfers.import(
        files.map((file, i) => ({ ...file, open: () => this.pieces(id, i) })),
        { ...options, signal, onProgress: (progress) => this.progress(id, progress) },
      )
      this.post({ kind: 'imported', id, report, error: null })
    } catch (error) {
      this.post({ kind: 'imported', id, report: null, error: failed(error) })
    } finally {
      this.running.delete(id)
    }
  }

  private async *pieces(id: number, file: number): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const piece = await new Promise<Uint8Array | null>((resolve, reject) => {
        const running = this.running.get(id) as Running
        running.resolve = resolve
        running.reject = reject
        this.post({ kind: 'want', id, file })
      })
      if (piece === null) return
      yield piece
    }
  }

  private progress(id: number, progress: { bytes: number; total: number; items: number }): void {
    this.post({ kind: 'progress', id, ...progress })
  }

  private async give({ id }: Want): Promise<void> {
    const running = this.running.get(id)
    if (running === undefined) return
    try {
      if (running.source === null) {
        const transfers = await this.load()
        const options = {
          ...this.options.get(id),
          signal: running.signal,
          onProgress: (progress: { bytes: number; total: number; items: number }) =>
            this.progress(id, progress),
        }
        running.source = transfers.export(options)[Symbol.asyncIterator]()
      }
      const { done, value } = await running.source.next()
      if (done === true) this.forget(id)
      this.post({ kind: 'piece', id, bytes: done === true ? null : value, error: null })
    } catch (error) {
      this.forget(id)
      this.post({ kind: 'piece', id, bytes: null, error: failed(error) })
    }
  }

  private forget(id: number): void {
    this.running.delete(id)
    this.options.delete(id)
  }

  private cancel(id: number): void {
    const running = this.running.get(id)
    if (running === undefined) return
    running.signal.aborted = true
    running.reject?.(new TransferError('aborted', 'it was given up'))
    if (running.source !== null) {
      void running.source.return?.().catch(() => {})
      this.forget(id)
    } else if (this.options.has(id)) this.forget(id)
  }

  /** The caller is gone. */
  end(): void {
    for (const id of [...this.running.keys()]) this.cancel(id)
  }
}
