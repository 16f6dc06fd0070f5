/** A browser with a profile on the disk, and its sudden death. */
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, firefox, type Page } from '@playwright/test'
import { type BrowserName, LAUNCH, ORIGIN } from './place.ts'

const TYPES = { chromium, firefox } as const
/** The link in the profile whose target ends with the number of the process, behind this sign. */
const LOCKS = { chromium: ['SingletonLock', '-'], firefox: ['lock', '+'] } as const

export interface Profile {
  readonly folder: string
  readonly browser: BrowserName
  /** Start a browser on it; whatever the last one stored is there. */
  launch(): Promise<{ context: BrowserContext; page: Page }>
  remove(): void
}

export function makeProfile(browser: BrowserName = 'chromium'): Profile {
  const folder = mkdtempSync(join(tmpdir(), 'respite-profile-'))
  return {
    folder,
    browser,
    async launch() {
      const options = { ...LAUNCH[browser], baseURL: ORIGIN }
      const context = await TYPES[browser].launchPersistentContext(folder, options)
      return { context, page: context.pages()[0] ?? (await context.newPage()) }
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}

/** Every process that descends from this one, children last. */
function descendants(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      // The name stands in brackets and may hold spaces; the parent is the second word behind it.
      const stat = readFileSync(`/proc/${entry}/stat`, 'latin1')
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)])
    } catch {
      // It ended this moment.
    }
  }
  const found: number[] = []
  const walk = (pid: number): void => {
    for (const child of children.get(pid) ?? []) {
      found.push(child)
      walk(child)
    }
  }
  walk(root)
  return found
}

/** SIGKILL for the browser of a profile and all of its processes. Resolves to when that was, once it is gone. */
export async function killBrowser(profile: Profile, context: BrowserContext): Promise<number> {
  // Playwright does not tell the process of a persistent context; the profile's own lock does.
  const [lock, sign] = LOCKS[profile.browser]
  const pid = Number(readlinkSync(join(profile.folder, lock)).split(sign).pop())
  const closed = new Promise<void>((resolve) => context.once('close', () => resolve()))
  for (const each of [pid, ...descendants(pid)]) {
    try {
      process.kill(each, 'SIGKILL')
    } catch {
      // The browser takes its children with it.
    }
  }
  const killedAt = Date.now()
  await closed
  return killedAt
}
