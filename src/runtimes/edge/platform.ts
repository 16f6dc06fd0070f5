/** The world as an edge isolate has it: timers only inside of a request, clocks that stand still. */
import type { Platform } from '../../engine/platform.ts'
import { useNativeBytes } from '../../util/bytes.ts'
import { webBytes } from '../web-bytes.ts'

export function edgePlatform(): Platform {
  useNativeBytes(webBytes)
  return {
    now: () => Date.now(),
    // `performance.now` equals `Date.now` in workerd, and may be absent elsewhere.
    micros: () => Date.now() * 1000,
    entropy: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    after(ms, run) {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
    log: (level, message) => {
      if (level === 'warning') console.warn(message)
    },
  }
}
