import 'fake-indexeddb/auto'
import { deleteDB } from 'idb'
import { IndexedDBStore } from '../../src/persistence/stores/indexeddb.ts'
import { storeContract } from './contract.ts'

let databases = 0

storeContract('indexeddb', async () => {
  const name = `contract-${++databases}`
  return { store: () => new IndexedDBStore(name), wipe: () => deleteDB(name) }
})
