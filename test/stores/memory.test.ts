import { MemoryDisk, MemoryStore } from '../../src/persistence/stores/memory.ts'
import { storeContract } from './contract.ts'

storeContract('memory', async () => {
  const disk = new MemoryDisk()
  return { store: () => new MemoryStore(disk), wipe: async () => {} }
})
