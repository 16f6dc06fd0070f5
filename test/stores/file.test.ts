import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileStore } from '../../src/persistence/stores/file.ts'
import { storeContract } from './contract.ts'

storeContract('file', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'respite-'))
  return {
    store: () =>
      new FileStore({
        dir: join(dir, 'data'),
        backupDir: join(dir, 'backupdir'),
        takeOver: true,
      }),
    wipe: () => rm(dir, { recursive: true }),
  }
})
