/**
 * Who has a folder: a file that names its holder, and is taken over only from the dead, unless the
 * caller insists.
 */

import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type * as promises from 'node:fs/promises'
import { StoreError } from '../errors.ts'
import { codeOf } from './disk.ts'

type FileSystem = Pick<typeof promises, 'open' | 'readFile' | 'rename' | 'unlink' | 'link'>

interface Holder {
  readonly pid: number
  /** When that process began, where the system tells: numbers of processes are used again. */
  readonly began: string
  readonly token: string
}

/** Locks that stores of this very process hold. */
const held = new Set<string>()

export class FolderLock {
  private readonly fs: FileSystem
  private readonly path: string
  /** What it is that is locked, for people. */
  private readonly what: string
  private readonly token = randomUUID()

  constructor(fs: FileSystem, path: string, what: string) {
    this.fs = fs
    this.path = path
    this.what = what
  }

  /** Take the lock; true if its holder may be alive. */
  async take(takeOver: boolean): Promise<boolean> {
    const { fs, path, token } = this
    const mine = `${path}-${token}`
    const holder: Holder = { pid: process.pid, began: beginOf(process.pid), token }
    const handle = await fs.open(mine, 'w')
    try {
      await handle.writeFile(`${JSON.stringify(holder)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    let overtook = false
    try {
      for (let attempt = 0; attempt < 5; attempt++) {
        try {
          // A link either makes the lock or finds one there, in one step.
          await fs.link(mine, path)
          held.add(token)
          return overtook
        } catch (error) {
          if (codeOf(error) !== 'EEXIST') throw error
        }
        const found = await this.text(path)
        if (found === null) continue
        const other = parseHolder(found)
        const alive = other !== null && isAlive(other)
        if (alive && !takeOver) {
          throw new StoreError('blocked', `${this.what} is in use by process ${other.pid}`)
        }
        overtook ||= alive
        // Two may find the same dead holder: only the one that moves it away unchanged goes on.
        const aside = `${mine}-old`
        try {
          await fs.rename(path, aside)
        } catch (error) {
          if (codeOf(error) === 'ENOENT') continue
          throw error
        }
        if ((await this.text(aside)) !== found) await fs.link(aside, path).catch(() => {})
        await fs.unlink(aside)
      }
      throw new StoreError('blocked', `${this.what} is being taken by several processes`)
    } finally {
      await fs.unlink(mine).catch(() => {})
    }
  }

  async release(): Promise<void> {
    held.delete(this.token)
    const found = await this.text(this.path).catch(() => null)
    if (found !== null && parseHolder(found)?.token === this.token) {
      await this.fs.unlink(this.path).catch(() => {})
    }
  }

  /** The process that has it, if it is alive. */
  async holder(): Promise<number | null> {
    const found = await this.text(this.path)
    const other = found === null ? null : parseHolder(found)
    return other !== null && isAlive(other) ? other.pid : null
  }

  private async text(path: string): Promise<string | null> {
    try {
      return await this.fs.readFile(path, 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    }
  }
}

function parseHolder(text: string): Holder | null {
  try {
    const holder = JSON.parse(text) as Holder
    return typeof holder.pid === 'number' ? holder : null
  } catch {
    // Cut short: whoever wrote it died in the middle, or before the days of links.
    return null
  }
}

/**
 * The kernel's own note of when a process began. Empty if there is none, or if the process has ended and only
 * its parent has not asked how: in a container that may never happen.
 */
function beginOf(pid: number): string {
  try {
    // The name, in parentheses, may contain anything; the 3rd and 22nd fields are counted from behind it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? '' : (fields[19] ?? '')
  } catch {
    return ''
  }
}

function isAlive(holder: Holder): boolean {
  // A container's server has the same number after every restart.
  if (holder.pid === process.pid && holder.began === '') return held.has(holder.token)
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
  return holder.began === '' || beginOf(holder.pid) === holder.began
}
