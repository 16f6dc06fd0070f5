/**
 * The origin private file system, as far as the OPFS store uses it. The library's types of the DOM
 * leave synchronous handles out, since only dedicated workers have them.
 */
import { StoreError, type StoreErrorOptions } from '../errors.ts'

export interface SyncHandle {
  read(into: Uint8Array, options: { at: number }): number
  write(bytes: Uint8Array, options: { at: number }): number
  truncate(size: number): void
  flush(): void
  getSize(): number
  close(): void
}

export interface FileEntry {
  createSyncAccessHandle(): Promise<SyncHandle>
}

export interface Folder {
  getDirectoryHandle(name: string, options?: { create?: boolean }): Promise<Folder>
  getFileHandle(name: string, options?: { create?: boolean }): Promise<FileEntry>
  removeEntry(name: string, options?: { recursive?: boolean }): Promise<void>
  keys(): AsyncIterable<string>
}

/** What to tell those who are elsewhere. */
export const WORKERS_ONLY =
  'OPFS can only be used in a dedicated worker: run the engine in one, with the option `worker` of ' +
  'Redis.create, or keep the data in "idb:"'

/** The origin's root. Rejects where there are no synchronous handles, which is everywhere but in dedicated workers. */
export async function originRoot(): Promise<Folder> {
  const file = typeof FileSystemFileHandle === 'undefined' ? null : FileSystemFileHandle.prototype
  if (file === null || !('createSyncAccessHandle' in file)) {
    throw new StoreError(
      'unavailable',
      inDedicatedWorker() ? 'this browser has no synchronous handles of OPFS here' : WORKERS_ONLY,
    )
  }
  return (await navigator.storage.getDirectory()) as unknown as Folder
}

export const inDedicatedWorker = (): boolean =>
  typeof (globalThis as { DedicatedWorkerGlobalScope?: unknown }).DedicatedWorkerGlobalScope ===
  'function'

/** A name of any characters, as that of an entry. */
export const entryOf = (name: string): string => `respite-${encodeURIComponent(name)}`

/** All bytes, however little is taken at a time. */
export function writeAll(handle: SyncHandle, bytes: Uint8Array, at: number): void {
  for (let written = 0; written < bytes.length; ) {
    const count = handle.write(bytes.subarray(written), { at: at + written })
    if (count === 0) throw new StoreError('io', 'the file takes no more bytes')
    written += count
  }
}

/** As many bytes as there are. */
export function readAt(handle: SyncHandle, at: number, most: number): Uint8Array {
  const buffer = new Uint8Array(most)
  return buffer.subarray(0, handle.read(buffer, { at }))
}

export const nameOfError = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : ''

/** What browsers throw, as our own codes. */
export function storeErrorOf(error: unknown, options: StoreErrorOptions = {}): StoreError {
  if (error instanceof StoreError) return error
  const name = nameOfError(error)
  const message = (error instanceof Error && error.message) || name || 'OPFS gave no reason'
  const as = (code: StoreError['code'], more: StoreErrorOptions = {}): StoreError =>
    new StoreError(code, message, { cause: error, ...more, ...options })
  switch (name) {
    case 'QuotaExceededError':
      return as('quota-exceeded')
    case 'NoModificationAllowedError':
      return as('blocked')
    case 'InvalidStateError':
      return as('closed')
    case 'SecurityError':
    case 'NotAllowedError':
      return as('unavailable')
    case 'TypeError':
    case 'TypeMismatchError':
      return as('io', { retryable: false })
    default:
      return as('io')
  }
}
