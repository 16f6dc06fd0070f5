/** What an import may be given, as files. */
import type { ByteSource, TransferFile } from '../transfer/types.ts'

/** A `ReadableStream`, such as the body of a response. */
export interface StreamLike {
  getReader(): {
    read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>
    cancel(reason?: unknown): Promise<void>
  }
}

/** A `Blob` or a `File`. */
export interface BlobLike {
  readonly size: number
  readonly name?: string
  stream(): StreamLike
}

export type ImportSource = Uint8Array | ArrayBuffer | BlobLike | StreamLike | ByteSource

/** One of several files. */
export interface ImportFile {
  readonly name: string
  readonly data: ImportSource
}

export function filesOf(
  source: ImportSource | readonly (ImportFile | BlobLike)[],
): readonly TransferFile[] {
  if (!Array.isArray(source)) return [fileOf('', source as ImportSource)]
  const files = source as readonly (ImportFile | BlobLike | Uint8Array)[]
  // An array of bytes is a source of pieces, not of files.
  if (files[0] instanceof Uint8Array) return [fileOf('', files as readonly Uint8Array[])]
  return files.map((file) =>
    'data' in file ? fileOf(file.name, file.data) : fileOf((file as BlobLike).name ?? '', file),
  )
}

function fileOf(name: string, source: ImportSource): TransferFile {
  if (source instanceof Uint8Array) return { name, size: source.length, open: () => [source] }
  if (source instanceof ArrayBuffer) return fileOf(name, new Uint8Array(source))
  if ('stream' in source) {
    const own = name === '' ? (source.name ?? '') : name
    return { name: own, size: source.size, open: () => pieces(source.stream()) }
  }
  if ('getReader' in source) return { name, size: 0, open: () => pieces(source) }
  return { name, size: 0, open: () => source }
}

/** Not every browser lets one walk over a stream. */
async function* pieces(stream: StreamLike): AsyncGenerator<Uint8Array, void> {
  const reader = stream.getReader()
  let ended = false
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      if (value !== undefined) yield value
    }
    ended = true
  } finally {
    if (!ended) await reader.cancel().catch(() => {})
  }
}
