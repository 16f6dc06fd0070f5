/** Lines that were entered, newest last, kept across visits where the browser lets us. */
const LIMIT = 200
/** Words that are not written down. */
const SECRET = /^\s*(auth|hello|acl|migrate|config\s+set\b.*(auth|pass))/i

export class History {
  private readonly lines: string[]
  private readonly storageKey: string
  /** Where the reader is; `lines.length` is below the newest. */
  private at: number
  /** What was typed before the reader went back. */
  private draft = ''

  constructor(storageKey: string) {
    this.storageKey = storageKey
    this.lines = load(storageKey)
    this.at = this.lines.length
  }

  add(line: string): void {
    if (this.lines[this.lines.length - 1] !== line) this.lines.push(line)
    if (this.lines.length > LIMIT) this.lines.shift()
    this.at = this.lines.length
    this.draft = ''
    try {
      const kept = this.lines.filter((kept) => !SECRET.test(kept))
      localStorage.setItem(this.storageKey, JSON.stringify(kept))
    } catch {
      // A private window, or no room: the history then ends with the page.
    }
  }

  /** The line above, if there is one. `current` is what stands in the input. */
  older(current: string): string | undefined {
    if (this.at === 0) return undefined
    if (this.at === this.lines.length) this.draft = current
    return this.lines[--this.at]
  }

  /** The line below; the last one is what was being typed. */
  newer(): string | undefined {
    if (this.at >= this.lines.length) return undefined
    this.at++
    return this.at === this.lines.length ? this.draft : this.lines[this.at]
  }
}

function load(key: string): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(value) ? value.filter((line) => typeof line === 'string') : []
  } catch {
    return []
  }
}
