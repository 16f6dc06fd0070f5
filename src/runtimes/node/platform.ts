/** The world as Node has it. Timers do not keep the process alive: a server or a socket does. */
import { randomBytes } from 'node:crypto'
import { arch, type as osType, release, totalmem } from 'node:os'
import type { LogLevel, Platform, PlatformFacts } from '../../engine/platform.ts'
import { useNativeBytes } from '../../util/bytes.ts'
import { ask, keptConnections } from './ask.ts'
import { nodeBytes } from './bytes.ts'

/** Where log lines go; the level is one of Redis's. */
export type Log = (level: LogLevel, message: string) => void

export const silent: Log = () => {}

// The global of this name is a getter, which takes as long as the look at the clock.
const clock = performance

/** A longer delay would overflow and fire at once. */
const LONGEST_DELAY = 0x7fffffff

/** `file`: the configuration file, for INFO. */
export function nodePlatform(log: Log = silent, file?: string): Platform {
  useNativeBytes(nodeBytes)
  return {
    now: () => Date.now(),
    micros: () => clock.now() * 1000,
    entropy: (bytes) => randomBytes(bytes),
    after(ms, run) {
      if (ms <= 0) {
        const immediate = setImmediate(run)
        return () => clearImmediate(immediate)
      }
      const timer = setTimeout(run, Math.min(ms, LONGEST_DELAY))
      timer.unref()
      return () => clearTimeout(timer)
    },
    log,
    ask,
    describe: () => ({ ...describe(), ...(file === undefined ? {} : { configFile: file }) }),
  }
}

function describe(): PlatformFacts {
  const memory = process.memoryUsage()
  const cpu = process.cpuUsage()
  return {
    os: `${osType()} ${release()} ${arch()}`,
    archBits: 64,
    runtime: `node ${process.versions.node}`,
    processId: process.pid,
    executable: process.argv[1] ?? process.execPath,
    heapBytes: memory.heapUsed + memory.external,
    residentBytes: memory.rss,
    systemBytes: totalmem(),
    keptConnections: keptConnections(),
    cpuUser: cpu.user / 1e6,
    cpuSystem: cpu.system / 1e6,
  }
}
