/** The contract of stores over the browser's own IndexedDB. */
import { deleteDB } from 'idb'
import { IndexedDBStore } from '../../../src/persistence/stores/indexeddb.ts'
import { storeContract } from '../../stores/contract.ts'
import { type Case, cases } from './vitest.ts'

let databases = 0

storeContract('indexeddb', async () => {
  const name = `contract-${++databases}`
  return { store: () => new IndexedDBStore(name), wipe: () => deleteDB(name) }
})

declare global {
  var contract: readonly Case[]
}

globalThis.contract = cases
