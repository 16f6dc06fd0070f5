/** What stores of browsers have in common, whichever storage of the origin they use. */
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

/** The platform's own clock, for those who bring none. */
export function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}
