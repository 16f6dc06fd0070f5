/** All that an owner of a data set in OPFS holds, and that keeps others out. */
import { StoreError } from '../errors.ts'
import { type Folder, nameOfError, type SyncHandle } from './opfs-files.ts'
import { MANIFEST, ManifestFile } from './opfs-manifest.ts'

export type Pair = readonly [SyncHandle, SyncHandle]

export interface Handles {
  readonly manifest: ManifestFile
  readonly snapshots: Pair
  readonly journals: Pair
}

const DATA = ['snapshot-0', 'snapshot-1', 'journal-0', 'journal-1'] as const
const FIRST_PAUSE_MS = 5
const LONGEST_PAUSE_MS = 100

/** All of them, or none. `patiently` gets each. */
export async function takeHandles(
  folder: Folder,
  patiently: (call: () => Promise<SyncHandle>) => Promise<SyncHandle>,
): Promise<Handles> {
  const taken: SyncHandle[] = []
  const take = async (name: string, create: boolean): Promise<SyncHandle> => {
    const file = await folder.getFileHandle(name, { create })
    const handle = await patiently(() => file.createSyncAccessHandle())
    taken.push(handle)
    // Browsers of before 2023 answer with promises, which nobody here waits for.
    if (typeof handle.getSize() === 'number') return handle
    throw new StoreError('unavailable', 'the synchronous handles of this browser are not')
  }
  try {
    // The manifest is made last, so that its being there says the same of the others.
    if (!(await has(folder, MANIFEST))) {
      for (const name of DATA) await folder.getFileHandle(name, { create: true })
    }
    const manifest = new ManifestFile(await take(MANIFEST, true))
    const data: SyncHandle[] = []
    for (const name of DATA) {
      const handle = take(name, manifest.found === null).catch((error: unknown) => {
        throw nameOfError(error) === 'NotFoundError' ? damaged(name, 'it is missing') : error
      })
      data.push(await handle)
    }
    const [s0, s1, j0, j1] = data as [SyncHandle, SyncHandle, SyncHandle, SyncHandle]
    return { manifest, snapshots: [s0, s1], journals: [j0, j1] }
  } catch (error) {
    for (const handle of taken) handle.close()
    throw error
  }
}

export function closeHandles({ manifest, snapshots, journals }: Handles): void {
  for (const handle of [...snapshots, ...journals, manifest.handle]) handle.close()
}

/** Call, and call again, more and more rarely, as long as another has the file, and so many milliseconds at most. */
export async function untilFree<T>(
  call: () => Promise<T>,
  patience: number,
  after: (ms: number, run: () => void) => void,
): Promise<T> {
  for (let waited = 0, pause = FIRST_PAUSE_MS; ; waited += pause) {
    try {
      return await call()
    } catch (error) {
      if (nameOfError(error) !== 'NoModificationAllowedError' || waited >= patience) throw error
    }
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    await new Promise<void>((resolve) => after(pause, resolve))
  }
}

/** Remove the files, and the folder if there is nothing else in it. */
export async function removeFiles(parent: Folder, entry: string, folder: Folder): Promise<void> {
  for (const name of [MANIFEST, ...DATA, 'backup']) await remove(folder, name)
  await remove(parent, entry)
}

async function remove(folder: Folder, name: string): Promise<void> {
  try {
    await folder.removeEntry(name)
  } catch {
    // Somebody else has it by now, or there are backups in it; nothing in it counts.
  }
}

export async function has(folder: Folder, name: string): Promise<boolean> {
  try {
    await folder.getFileHandle(name)
    return true
  } catch (error) {
    if (nameOfError(error) === 'NotFoundError') return false
    throw error
  }
}

export const damaged = (name: string, reason: string): StoreError =>
  new StoreError('corrupt', `the file ${name} is damaged: ${reason}`, {
    record: {
      area: name.startsWith('snapshot') ? 'snapshot' : 'journal',
      ...{ name, offset: 0, sequence: 0 },
    },
  })
