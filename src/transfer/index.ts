/** Import and export of one engine, as links offer them. */
import type { Engine } from '../engine/engine.ts'
import { exportData } from './export.ts'
import { importAofFolder, importData } from './import.ts'
import { TransferError, type Transfers } from './types.ts'

export { type ExportedFile, exportAofFolder, exportData } from './export.ts'
export { formatOf, importAofFolder, importData } from './import.ts'
export * from './types.ts'

export const transfersOf = (engine: Engine): Transfers => ({
  import(files, options) {
    const [first] = files
    if (first === undefined) {
      return Promise.reject(new TransferError('malformed', 'there is no file'))
    }
    if (files.length > 1 || first.name.endsWith('.manifest')) {
      return importAofFolder(engine, files, options)
    }
    return importData(engine, first.open(), { total: first.size, ...options })
  },
  export: (options) => exportData(engine, options),
})
