/** A small picture of a series in plain text: columns of bars, each with a label written downwards. */

export interface Column {
  readonly value: number
  readonly label: string
}

const ROWS = 4
/** A row is divided in three: what the top of a bar looks like, from low to high. */
const TOPS = '_o#'
const WIDTH = 80

/** Lines, joined by line breaks; more columns than fit go on below. */
export function sparkline(columns: readonly Column[]): string {
  const values = columns.map(({ value }) => value)
  const low = Math.min(...values)
  const range = Math.max(...values) - low || 1
  const parts: string[] = []
  for (let from = 0; from < columns.length; from += WIDTH) {
    parts.push(...picture(columns.slice(from, from + WIDTH), low, range))
  }
  return `${parts.join('\n')}\n`
}

function picture(columns: readonly Column[], low: number, range: number): string[] {
  const steps = TOPS.length * ROWS
  const tops = columns.map(({ value }) =>
    Math.min(steps - 1, Math.trunc(((value - low) * steps) / range)),
  )
  const lines: string[] = []
  for (let row = ROWS - 1; row >= 0; row--) {
    const start = row * TOPS.length
    lines.push(
      tops
        .map((top) => (top < start ? ' ' : top < start + TOPS.length ? TOPS[top - start] : '|'))
        .join(''),
    )
  }
  lines.push('')
  const longest = Math.max(...columns.map(({ label }) => label.length))
  for (let i = 0; i < longest; i++) lines.push(columns.map(({ label }) => label[i] ?? ' ').join(''))
  return lines
}
