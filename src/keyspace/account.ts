/**
 * How many bytes the data takes, kept up to date while it changes.
 *
 * The size of a key is an estimate that depends on nothing but its value (`types/size.ts`), so what was
 * added for it can be taken away again: before a value changes its old size goes, and when somebody
 * asks its new size comes. Between the two the key is `open`. Nobody asks unless there is a limit, so
 * the account is opened with the first and closed with the last.
 */
import { DEADLINE_BYTES, entryBytes, STALE_KEY_BYTES } from '../types/size.ts'
import type { Database } from './database.ts'

const FEW = 1024

/** The part of one database. */
interface Page {
  bytes: number
  /** Keys whose size is not in `bytes` right now. */
  readonly open: Set<string>
}

export class Account {
  private readonly pages = new Map<Database, Page>()
  private total = 0
  /** Whether any key of any database is open. */
  private anyOpen = false

  constructor(databases: readonly Database[]) {
    for (const db of databases) {
      const page: Page = { bytes: 0, open: new Set() }
      for (let i = 0; i < db.size; i++) page.bytes += entryBytes(db.keyAt(i), db.valueAt(i))
      this.pages.set(db, page)
      this.total += page.bytes
    }
  }

  /** Bytes of all keys and values, as they are now. */
  get bytes(): number {
    if (this.anyOpen) this.settle()
    let bytes = this.total
    for (const db of this.pages.keys()) bytes += deadlineBytes(db)
    return bytes
  }

  /** The value at this place is about to change, or to go. */
  before(db: Database, index: number): void {
    const page = this.pages.get(db) as Page
    const key = db.keyAt(index)
    if (page.open.has(key)) return
    page.open.add(key)
    this.anyOpen = true
    this.add(page, -entryBytes(key, db.valueAt(index)))
  }

  /** A key has come. */
  inserted(db: Database, key: string): void {
    this.pages.get(db)?.open.add(key)
    this.anyOpen = true
  }

  /** All keys of a database are about to go. */
  cleared(db: Database): void {
    const page = this.pages.get(db) as Page
    this.add(page, -page.bytes)
    page.open.clear()
  }

  private add(page: Page, bytes: number): void {
    page.bytes += bytes
    this.total += bytes
  }

  private settle(): void {
    for (const [db, page] of this.pages) {
      for (const key of page.open) {
        const index = db.find(key)
        if (index >= 0) this.add(page, entryBytes(key, db.valueAt(index)))
      }
      page.open.clear()
    }
    this.anyOpen = false
  }
}

/** Entries outlive what they are about; the few that always may do so are a part of an empty engine. */
function deadlineBytes({ deadlines, volatile }: Database): number {
  const stale = Math.max(0, deadlines.size - volatile - FEW)
  return volatile * DEADLINE_BYTES + stale * (DEADLINE_BYTES + STALE_KEY_BYTES)
}
