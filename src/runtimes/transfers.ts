/** Import and export, in a chunk of their own: most programs never need them. */
import type { LoadTransfers } from '../client/local.ts'

export const transfers: LoadTransfers = async (engine) =>
  (await import('../transfer/index.ts')).transfersOf(engine)
