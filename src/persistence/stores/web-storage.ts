/** What browsers say of the storage of an origin, whichever kind of it is used. */
import type { Estimate } from '../store.ts'

export async function estimateStorage(): Promise<Estimate> {
  try {
    const { usage, quota } = await navigator.storage.estimate()
    return { usage: usage ?? null, quota: quota ?? null }
  } catch {
    return { usage: null, quota: null }
  }
}

/** Only pages have this, not workers: there the answer is false, and the page must ask itself. */
export async function persistStorage(): Promise<boolean> {
  try {
    return await navigator.storage.persist()
  } catch {
    return false
  }
}
