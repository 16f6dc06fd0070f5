/**
 * One owner for each data set among the pages and workers of an origin: Web Locks.
 *
 * Whoever wants a lock that is taken asks for it first, over a BroadcastChannel, so that the owner can
 * save what is left and let go. One that is frozen or hangs does not answer; then the lock is stolen,
 * once. Where there are no Web Locks the store's epoch alone protects the data.
 */
import { type Lock, NO_LOCK } from '../keeper.ts'

/** How long an owner has to answer before the lock is taken by force. */
const PATIENCE_MS = 1500

export function webLock(dataSet: string): Lock {
  const locks = typeof navigator === 'undefined' ? undefined : navigator.locks
  if (locks === undefined) return NO_LOCK
  const name = `respite:${dataSet}`
  return {
    async take(how, ears) {
      const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(name)
      const request = (options: LockOptions) => hold(locks, name, options, ears.lost)
      let release: (() => void) | null
      if (how === 'try') release = await request({ ifAvailable: true })
      else if (how === 'wait') release = await request({})
      else {
        channel?.postMessage('please')
        release =
          (await request({ signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null)) ??
          (await request({ steal: true }))
      }
      if (release === null) {
        channel?.close()
        return null
      }
      channel?.addEventListener('message', () => ears.asked())
      return () => {
        channel?.close()
        release()
      }
    },
  }
}

/** Request a lock; resolves when it is ours, to what lets go of it, or to null if it is not free. */
function hold(
  locks: LockManager,
  name: string,
  options: LockOptions,
  lost: () => void,
): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    let held = false
    locks
      .request(name, options, (lock) => {
        if (lock === null) {
          resolve(null)
          return undefined
        }
        held = true
        return new Promise<void>((release) => resolve(release))
      })
      .catch((error) => {
        // The promise of a lock that is held rejects when somebody steals it.
        if (held) lost()
        else reject(error)
      })
  })
}
