/** The contract of stores over the browser's own OPFS: a dedicated worker, told by number what to run. */
import { OpfsStore } from '../../../src/persistence/stores/opfs.ts'
import {
  entryOf,
  type Folder,
  originRoot,
  type SyncHandle,
} from '../../../src/persistence/stores/opfs-files.ts'
import { storeContract } from '../../stores/contract.ts'
import { cases } from './vitest.ts'

/** A folder that keeps the handles that were opened in it. */
const watched = (folder: Folder, opened: SyncHandle[]): Folder => ({
  getDirectoryHandle: async (name, options) =>
    watched(await folder.getDirectoryHandle(name, options), opened),
  getFileHandle: async (name, options) => {
    const file = await folder.getFileHandle(name, options)
    return {
      async createSyncAccessHandle() {
        const handle = await file.createSyncAccessHandle()
        opened.push(handle)
        return handle
      },
    }
  },
  removeEntry: (name, options) => folder.removeEntry(name, options),
  keys: () => folder.keys(),
})

let folders = 0

storeContract(
  'opfs',
  async () => {
    const name = `contract/${++folders}`
    const opened: SyncHandle[] = []
    const expel = () => {
      for (const handle of opened.splice(0)) handle.close()
    }
    const root = async () => watched(await originRoot(), opened)
    return {
      store: () => new OpfsStore({ name, root, patience: 300 }),
      expel,
      async wipe() {
        expel()
        // What was destroyed is not there any more.
        await (await originRoot()).removeEntry(entryOf(name), { recursive: true }).catch(() => {})
      },
    }
  },
  { exclusive: true },
)

const scope = globalThis as unknown as {
  postMessage(message: unknown): void
  onmessage: (event: { data: number }) => void
}

scope.onmessage = async ({ data }) => {
  let problem = ''
  try {
    await cases[data]?.run()
  } catch (error) {
    problem = (error as Error).stack ?? `${error}`
  }
  scope.postMessage(problem)
}
scope.postMessage(cases.map(({ title }) => title))
