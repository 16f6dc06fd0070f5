import { OpfsStore } from '../../src/persistence/stores/opfs.ts'
import { Opfs, type OpfsWorker } from '../faults/opfs.ts'
import { storeContract } from './contract.ts'

storeContract(
  'opfs',
  async () => {
    const opfs = new Opfs()
    let last: OpfsWorker | null = null
    return {
      store: () => {
        const worker = opfs.worker()
        last = worker
        const store = new OpfsStore({ name: 'contract', root: worker.root, patience: 50 })
        return store
      },
      expel: () => last?.close(),
      wipe: async () => {},
    }
  },
  { exclusive: true },
)
