/** What a file system throws, as what a store throws. */
import { StoreError, type StoreErrorOptions } from '../errors.ts'
import { codeOf } from './disk.ts'

/** Run a call and translate what it throws. */
export async function guard<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw storeErrorOf(error)
  }
}

export function storeErrorOf(error: unknown, options: StoreErrorOptions = {}): StoreError {
  if (error instanceof StoreError) return error
  const message = error instanceof Error ? error.message : String(error)
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new StoreError('quota-exceeded', message, { cause: error, ...options })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
      return new StoreError('unavailable', message, { cause: error, ...options })
    case 'EBADF':
      return new StoreError('closed', message, { cause: error, ...options })
    default:
      return new StoreError('io', message, { cause: error, ...options })
  }
}
