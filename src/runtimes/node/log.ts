/** Log lines as redis-server prints them: pid, role, time, mark of the level, message. */
import type { LogLevel } from '../../engine/platform.ts'
import type { Log } from './platform.ts'

const LEVELS: readonly LogLevel[] = ['debug', 'verbose', 'notice', 'warning']
const MARKS: Readonly<Record<LogLevel, string>> = {
  debug: '.',
  verbose: '-',
  notice: '*',
  warning: '#',
}
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

const two = (n: number): string => String(n).padStart(2, '0')

function stamp(at: Date): string {
  const day = `${two(at.getDate())} ${MONTHS[at.getMonth()]} ${at.getFullYear()}`
  const ms = String(at.getMilliseconds()).padStart(3, '0')
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`
}

/** A log that writes lines of this level and above; of `nothing`, none. */
export function lineLog(
  level: LogLevel | (() => LogLevel | 'nothing'),
  write: (line: string) => void,
): Log {
  const least = typeof level === 'function' ? level : () => level
  return (at, message) => {
    const from = LEVELS.indexOf(least() as LogLevel)
    if (from < 0 || LEVELS.indexOf(at) < from) return
    write(`${process.pid}:M ${stamp(new Date())} ${MARKS[at]} ${message}\n`)
  }
}
