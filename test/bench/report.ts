/** What a measurement is, what was promised about it, and both as a table and as JSON. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** One figure, measured several times. */
export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
  readonly runs: number
}

/** What is promised: of the ratio to the peer, or of our own figure where there is no peer. */
export interface Promised {
  readonly of: 'ratio' | 'figure'
  readonly better: 'higher' | 'lower'
  readonly floor: number
  readonly goal: number
}

export interface Row {
  readonly section: string
  readonly what: string
  readonly unit: string
  readonly ours: Spread | null
  readonly peer?: { readonly name: string; readonly figure: Spread | null }
  /** Null: measured because it is good to know. */
  readonly promised: Promised | null
  /** The feature is not there; nothing was measured. */
  readonly notBuilt?: true
  readonly note?: string
}

export type Verdict = 'goal' | 'pass' | 'below' | 'not built yet' | ''

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const median =
    sorted.length % 2 === 1
      ? (sorted[middle] as number)
      : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
  return { min: sorted[0] as number, median, max: sorted.at(-1) as number, runs: sorted.length }
}

/** Ours to the peer's, by medians. */
export function ratioOf({ ours, peer }: Row): number | null {
  const other = peer?.figure ?? null
  return ours === null || other === null || other.median === 0 ? null : ours.median / other.median
}

export function verdictOf(row: Row): Verdict {
  if (row.notBuilt) return 'not built yet'
  const { promised } = row
  const value = promised?.of === 'figure' ? (row.ours?.median ?? null) : ratioOf(row)
  if (promised === null || value === null) return ''
  const reaches = (limit: number) =>
    promised.better === 'higher' ? value >= limit : value <= limit
  return reaches(promised.goal) ? 'goal' : reaches(promised.floor) ? 'pass' : 'below'
}

/** Four digits at most; thousands and millions by letter. */
export function short(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e6) return `${(value / 1e6).toPrecision(3)} M`
  if (size >= 10_000) return `${(value / 1000).toPrecision(3)} k`
  if (size >= 100) return value.toFixed(0)
  return size >= 10 ? value.toFixed(1) : value.toPrecision(3)
}

const figure = (one: Spread | null | undefined): string =>
  one === null || one === undefined
    ? '-'
    : one.runs === 1
      ? short(one.median)
      : `${short(one.median)} [${short(one.min)}..${short(one.max)}]`

/** A heading, the names of the columns, and lines; the first cell says what a line is about. */
export interface Table {
  readonly title: string
  readonly head: readonly string[]
  readonly lines: readonly (readonly string[])[]
}

const HEAD = ['', 'ours', 'peer', 'ratio', 'floor', 'goal', 'verdict']

/** A table for each section. */
export function tablesOf(rows: readonly Row[]): Table[] {
  const sections = [...new Set(rows.map((row) => row.section))]
  return sections.map((title) => ({
    title,
    head: HEAD,
    lines: rows.filter((row) => row.section === title).map(line),
  }))
}

function line(row: Row): string[] {
  const { promised, peer } = row
  const ratio = ratioOf(row)
  const limit = (value: number | undefined) =>
    value === undefined ? '' : `${short(value)}${promised?.of === 'ratio' ? 'x' : ''}`
  return [
    `${row.what}${row.unit === '' ? '' : `, ${row.unit}`}`,
    figure(row.ours),
    peer === undefined ? '' : `${figure(peer.figure)} ${peer.name}`,
    ratio === null ? '' : `${ratio < 100 ? ratio.toPrecision(3) : short(ratio)}x`,
    limit(promised?.floor),
    limit(promised?.goal),
    verdictOf(row),
  ]
}

/** What is to be said of some rows. */
export const notesOf = (rows: readonly Row[]): string[] =>
  rows.filter((row) => row.note).map((row) => `${row.what}: ${row.note}`)

/** Tables for a terminal; those that have the same columns stand below each other. */
export function text(tables: readonly Table[]): string {
  const lines: (readonly string[])[] = []
  tables.forEach(({ title, head, lines: own }, i) => {
    if (i === 0 || head.join() !== tables[i - 1]?.head.join()) lines.push(head)
    lines.push([title], ...own.map(([first, ...rest]) => [`  ${first}`, ...rest]))
  })
  return columns(lines)
}

/** Tables in Markdown. */
export function markdown(tables: readonly Table[]): string {
  const row = (cells: readonly string[]) => `|${cells.join('|')}|`
  return tables
    .map(({ title, head, lines }) =>
      [row([title, ...head.slice(1)]), row(head.map(() => '---')), ...lines.map(row)].join('\n'),
    )
    .join('\n\n')
}

/** Cells in columns. A line of one cell is a heading and makes no column wider. */
export function columns(lines: readonly (readonly string[])[]): string {
  const wide = lines.filter((line) => line.length > 1)
  const widths = (wide[0] ?? []).map((_, i) => Math.max(...wide.map((l) => l[i]?.length ?? 0)))
  const draw = (cells: readonly string[]) =>
    cells.length === 1
      ? (cells[0] as string)
      : cells
          .map((cell, i) => cell.padEnd(widths[i] as number))
          .join('  ')
          .trimEnd()
  return lines.map(draw).join('\n')
}

export interface Report {
  readonly machine: Readonly<Record<string, string | number>>
  readonly rows: readonly Row[]
  /** Nanoseconds by workload, then by `variant@count`. */
  readonly structures?: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** Write everything: with ratio and verdict, for whoever compares two runs, and the tables for a reader. */
export function write(folder: string, report: Report, tables: string): void {
  const { machine, rows, structures = {} } = report
  mkdirSync(folder, { recursive: true })
  const full = rows.map((row) => ({ ...row, ratio: ratioOf(row), verdict: verdictOf(row) }))
  const json = JSON.stringify({ machine, rows: full, structures }, null, 2)
  writeFileSync(join(folder, 'bench.json'), `${json}\n`)
  writeFileSync(join(folder, 'bench.md'), tables)
}
