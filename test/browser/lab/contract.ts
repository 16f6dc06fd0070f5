/** The contract of stores over the browser's own IndexedDB, here, and over its OPFS, in a worker. */
import { deleteDB } from 'idb'
import { IndexedDBStore } from '../../../src/persistence/stores/indexeddb.ts'
import { storeContract } from '../../stores/contract.ts'
import { type Case, cases } from './vitest.ts'

let databases = 0

storeContract('indexeddb', async () => {
  const name = `contract-${++databases}`
  return { store: () => new IndexedDBStore(name), wipe: () => deleteDB(name) }
})

/** The cases of a worker, to be run one after the other. */
async function casesOf(worker: Worker): Promise<readonly Case[]> {
  const next = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data as T)
      worker.onerror = ({ message }) => reject(new Error(message))
    })
  const titles = await next<string[]>()
  return titles.map((title, index) => ({
    title,
    async run() {
      worker.postMessage(index)
      const problem = await next<string>()
      if (problem !== '') throw new Error(problem)
    },
  }))
}

declare global {
  var contracts: Readonly<Record<'indexeddb' | 'opfs', readonly Case[]>>
}

const opfs = casesOf(new Worker(new URL('./contract-opfs.ts', import.meta.url), { type: 'module' }))
globalThis.contracts = { indexeddb: cases, opfs: await opfs }
