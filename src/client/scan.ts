/** Walking with a cursor. */

export interface PairScanOptions {
  /** Glob pattern. */
  readonly match?: string | Uint8Array
  /** How much work one step may be; not how many come back. */
  readonly count?: number
}

export interface ScanOptions extends PairScanOptions {
  /** Only keys of this type: `string`, `list` … */
  readonly type?: string
}

/** The pages of a scan until its cursor is back at 0. Empty pages are left out. */
export async function* pages<B>(
  step: (cursor: string) => Promise<unknown>,
): AsyncGenerator<B[], void, void> {
  let cursor = '0'
  do {
    const [next, page] = (await step(cursor)) as [string | Uint8Array, B[]]
    cursor = typeof next === 'string' ? next : String.fromCharCode(...next)
    if (page.length > 0) yield page
  } while (cursor !== '0')
}
