/** The table of one mode, and below it what each difference is. */
import { type Judgement, REASONS } from './differences.ts'
import type { Mode } from './record.ts'
import type { UnitResult } from './unit.ts'

export interface Row {
  ours: UnitResult
  /** How many tests a real server passes, if that is known. */
  real: number | null
  judgement: Judgement
  /** Tests that passed once and do not now. */
  lost: string[]
}

const COLUMNS = ['passed', 'failed', 'aborted', 'real', 'named', 'skipped', 'open', 'seconds']

/** One line of what the suite says about a failure. */
function brief(text: string): string {
  const line = text.split('\n').find((part, i) => i > 0 && part.trim() !== '') ?? text
  return line.trim().slice(0, 160)
}

function line(first: string, cells: readonly (string | number)[]): void {
  console.log(`${first.padEnd(30)}${cells.map((cell) => String(cell).padStart(9)).join('')}`)
}

/** Print all of it. */
export function report(version: string, mode: Mode, rows: readonly Row[]): void {
  console.log(`\nRedis's test suite of ${version}, ${mode}\n`)
  line('unit', COLUMNS)
  const sums = COLUMNS.slice(0, -1).map(() => 0)
  for (const { ours, real, judgement } of rows) {
    const { passed, failed, aborted, seconds } = ours
    const { named, skipped, open } = judgement
    if (passed.length + failed.length + aborted.length + (real ?? 0) === 0) continue
    const numbers = [passed, failed, aborted].map((names) => names.length)
    const beside = [real, named?.length, skipped?.length, open?.length]
    for (const [i, count] of [...numbers, ...beside].entries())
      sums[i] = (sums[i] ?? 0) + (count ?? 0)
    line(ours.unit, [...numbers, ...beside.map((count) => count ?? '?'), seconds.toFixed(1)])
  }
  line('all', sums)
  console.log('')
  for (const row of rows) explain(row)
}

function explain({ ours, judgement }: Row): void {
  const { why, open } = judgement
  const of = (name: string): string => {
    const entry = why(name)
    return entry === undefined ? '' : `\n        ${entry.because ?? REASONS[entry.reason]}`
  }
  const missing = new Set([...(judgement.named ?? []), ...(open ?? [])])
  for (const { name, text } of ours.failed) {
    const kind =
      why(name) !== undefined ? 'named' : open?.includes(name) === false ? 'both' : 'failed'
    console.log(`${kind}: ${ours.unit}: ${name}\n        ${brief(text)}${of(name)}`)
    missing.delete(name)
  }
  for (const { name, text } of ours.aborted) {
    console.log(`aborted: ${ours.unit}: ${name}\n        ${brief(text)}`)
  }
  for (const name of missing) console.log(`not reached: ${ours.unit}: ${name}${of(name)}`)
}
