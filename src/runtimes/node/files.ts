/**
 * Files for imports and exports, and those that redis-server keeps in its folder.
 *
 * A file is written beside its place, synced, and renamed, so that what is there is whole or what was
 * there before.
 */
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import type { Engine } from '../../engine/engine.ts'
import { exportAofFolder, exportData } from '../../transfer/export.ts'
import { importAofFolder, importData } from '../../transfer/import.ts'
import type {
  ExportOptions,
  ImportOptions,
  ImportReport,
  TransferFile,
  TransferFormat,
} from '../../transfer/types.ts'

/** Bytes that are read at a time. */
const READ_SIZE = 256 * 1024

const FORMATS: Readonly<Record<string, TransferFormat>> = {
  '.rdb': 'rdb',
  '.aof': 'aof',
  '.resp': 'resp',
  '.redis': 'resp',
  '.txt': 'resp',
  '.json': 'json',
}

/** What a file is by its name, if that says so. */
export const formatOfName = (path: string): TransferFormat | undefined =>
  FORMATS[extname(path).toLowerCase()]

async function fileAt(path: string): Promise<TransferFile> {
  const { size } = await stat(path)
  const source = () => createReadStream(path, { highWaterMark: READ_SIZE })
  return { name: basename(path), size, open: source }
}

/** Take the data of a file, or of a folder of append-only files. */
export async function importFile(
  engine: Engine,
  path: string,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const folder = (await stat(path)).isDirectory()
  if (folder || path.endsWith('.manifest')) {
    return importFolder(engine, folder ? path : dirname(path), options)
  }
  const { size, open: source } = await fileAt(path)
  const format = options.format ?? formatOfName(path)
  // The bytes say better what is one of Redis's own files, whatever its name.
  const known = format === 'rdb' || format === 'aof' || format === undefined ? {} : { format }
  const about = { total: size, file: basename(path) }
  return importData(engine, source(), { ...about, ...options, ...known })
}

async function importFolder(
  engine: Engine,
  dir: string,
  options: ImportOptions,
): Promise<ImportReport> {
  const names = (await readdir(dir, { withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
  const files = await Promise.all(names.map((name) => fileAt(join(dir, name))))
  return importAofFolder(engine, files, options)
}

/**
 * Write all data to a file; without a format its name says which. A path without an ending, for the format
 * `aof`, is a folder.
 */
export async function exportFile(
  engine: Engine,
  path: string,
  options: ExportOptions = {},
): Promise<void> {
  const format = options.format ?? formatOfName(path) ?? 'rdb'
  if (format === 'aof' && extname(path) === '') return exportFolder(engine, path, options)
  await writeWhole(path, exportData(engine, { ...options, format }))
}

async function exportFolder(engine: Engine, dir: string, options: ExportOptions): Promise<void> {
  await mkdir(dir, { recursive: true })
  for await (const { name, bytes } of exportAofFolder(engine, options)) {
    await writeWhole(join(dir, name), bytes)
  }
}

async function writeWhole(
  path: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const draft = join(dirname(path), `temp-${process.pid}-${randomUUID()}${extname(path)}`)
  const handle = await open(draft, 'wx')
  try {
    try {
      for await (const piece of pieces) {
        for (let at = 0; at < piece.length; ) {
          at += (await handle.write(piece, at, piece.length - at)).bytesWritten
        }
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, path)
  } catch (error) {
    await unlink(draft).catch(() => {})
    throw error
  }
  await syncFolder(dirname(path))
}

/** The new name is durable only once the folder is. */
async function syncFolder(dir: string): Promise<void> {
  try {
    const handle = await open(dir, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch {
    // Windows has no such thing.
  }
}
