/**
 * What is known from before: which tests passed here, and what a real server gets.
 *
 * `passed/MODE.txt` has the names of the tests that passed, below the name of their unit; a test
 * that runs several times under one name ends in ` ×3`. `real.json` has numbers only. `later.json` has
 * what a later real server fails of an earlier suite, in the units of which we say that later versions
 * answer otherwise.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export type Mode = 'external' | 'launch'

export type Passed = Map<string, Map<string, number>>

const HERE = import.meta.dirname
const REAL = join(HERE, 'real.json')
const LATER = join(HERE, 'later.json')
const passedFile = (mode: Mode): string => join(HERE, 'passed', `${mode}.txt`)

export function readPassed(mode: Mode): Passed {
  const units: Passed = new Map()
  const file = passedFile(mode)
  if (!existsSync(file)) return units
  let unit = new Map<string, number>()
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue
    if (!line.startsWith('  ')) {
      unit = new Map()
      units.set(line, unit)
      continue
    }
    const [, name, times] = /^ {2}(.*?)(?: ×(\d+))?$/.exec(line) as RegExpExecArray
    unit.set(name as string, Number(times ?? 1))
  }
  return units
}

export function writePassed(mode: Mode, units: Passed): void {
  const lines: string[] = []
  for (const unit of [...units.keys()].sort()) {
    const names = units.get(unit) as Map<string, number>
    if (names.size === 0) continue
    lines.push(unit)
    for (const [name, count] of names) lines.push(`  ${name}${count > 1 ? ` ×${count}` : ''}`)
  }
  mkdirSync(dirname(passedFile(mode)), { recursive: true })
  writeFileSync(passedFile(mode), `${lines.join('\n')}\n`)
}

/** How many tests of each unit a real server passes, by version and mode. */
export type RealNumbers = Record<string, Record<string, number>>

export const readReal = (): RealNumbers =>
  existsSync(REAL) ? (JSON.parse(readFileSync(REAL, 'utf8')) as RealNumbers) : {}

export function writeReal(numbers: RealNumbers): void {
  const sorted = Object.fromEntries(
    Object.keys(numbers)
      .sort()
      .map((key) => [key, Object.fromEntries(Object.entries(numbers[key] ?? {}).sort(byName))]),
  )
  writeFileSync(REAL, `${JSON.stringify(sorted, null, 2)}\n`)
}

/** Names of tests, by version and mode, and by unit. */
export type Later = Record<string, Record<string, string[]>>

export const readLater = (): Later =>
  existsSync(LATER) ? (JSON.parse(readFileSync(LATER, 'utf8')) as Later) : {}

export function writeLater(later: Later): void {
  const sorted = Object.entries(later)
    .sort(byName)
    .map(([key, units]) => [key, Object.fromEntries(Object.entries(units).sort(byName))])
  writeFileSync(LATER, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`)
}

const byName = (a: readonly [string, unknown], b: readonly [string, unknown]): number =>
  a[0] < b[0] ? -1 : 1
