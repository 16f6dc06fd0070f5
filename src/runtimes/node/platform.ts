/** The world as Node has it. Timers do not keep the process alive: a server or a socket does. */
import { randomBytes } from 'node:crypto'
import { arch, platform, release } from 'node:os'
import type { LogLevel, Platform } from '../../engine/platform.ts'

/** Where log lines go; the level is one of Redis's. */
export type Log = (level: LogLevel, message: string) => void

export const silent: Log = () => {}

export function nodePlatform(log: Log = silent): Platform {
  return {
    now: () => Date.now(),
    micros: () => performance.now() * 1000,
    entropy: (bytes) => randomBytes(bytes),
    after(ms, run) {
      if (ms <= 0) {
        const immediate = setImmediate(run)
        return () => clearImmediate(immediate)
      }
      // A longer delay would overflow and fire at once.
      const timer = setTimeout(run, Math.min(ms, 0x7fffffff))
      timer.unref()
      return () => clearTimeout(timer)
    },
    log,
  }
}

/** What INFO says about this process. */
export function describeProcess(): Record<string, string | number> {
  const memory = process.memoryUsage()
  return {
    os: `${platform()} ${release()} ${arch()}`,
    process_id: process.pid,
    used_memory: memory.heapUsed,
    used_memory_rss: memory.rss,
  }
}
