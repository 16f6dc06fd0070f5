/** What every store on a file system does with it. */
import type * as promises from 'node:fs/promises'

/** `ENOENT` and the like; empty for what no system has thrown. */
export const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''

/** All bytes, however little a system takes at a time. */
export async function writeAll(
  handle: promises.FileHandle,
  bytes: Uint8Array,
  at: number,
): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const left = bytes.length - written
    const { bytesWritten } = await handle.write(bytes, written, left, at + written)
    written += bytesWritten
  }
}

/** New names in a folder are durable only once the folder is. */
export async function syncFolder(fs: Pick<typeof promises, 'open'>, dir: string): Promise<void> {
  let handle: promises.FileHandle
  try {
    handle = await fs.open(dir, 'r')
  } catch (error) {
    if (codeOf(error) === 'EISDIR' || codeOf(error) === 'EPERM') return // Windows has no such thing.
    throw error
  }
  try {
    await handle.sync()
  } catch (error) {
    if (codeOf(error) !== 'EPERM' && codeOf(error) !== 'EINVAL') throw error
  } finally {
    await handle.close()
  }
}
