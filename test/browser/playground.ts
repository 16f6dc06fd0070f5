/** The playground as a person uses it, and what must be true of every page of these tests. */
import {
  test as base,
  type ConsoleMessage,
  expect,
  type Locator,
  type Page,
} from '@playwright/test'
import { ORIGIN } from './place.ts'

/** Things that happened in the browser and should not have. */
export interface Complaints {
  readonly list: string[]
  /** What a test provokes on purpose. */
  allow(pattern: RegExp): void
}

export const test = base.extend<{ complaints: Complaints }>({
  complaints: [
    async ({ context }, use) => {
      const list: string[] = []
      const allowed: RegExp[] = []
      const complain = (text: string) => {
        if (!allowed.some((pattern) => pattern.test(text))) list.push(text)
      }
      context.on('console', (message: ConsoleMessage) => {
        const type = message.type()
        if (type === 'error' || type === 'warning') complain(`${type}: ${message.text()}`)
      })
      context.on('weberror', (error) => complain(`thrown: ${error.error().message}`))
      context.on('request', (request) => {
        const url = request.url()
        if (!url.startsWith(`${ORIGIN}/`) && !url.startsWith('data:')) complain(`request: ${url}`)
      })
      await use({ list, allow: (pattern) => void allowed.push(pattern) })
      expect(list, 'errors, warnings and requests to elsewhere').toEqual([])
    },
    { auto: true },
  ],
})

let names = 0

/** A data set that no other test uses. */
export const freshName = (): string => `test-${process.pid}-${Date.now()}-${++names}`

export class Playground {
  readonly page: Page
  readonly line: Locator
  readonly log: Locator
  readonly choices: Locator
  readonly banner: Locator
  readonly keys: Locator

  private constructor(page: Page) {
    this.page = page
    this.line = page.locator('#line')
    this.log = page.locator('#log')
    this.choices = page.getByRole('listbox', { name: 'Completions' })
    this.banner = page.locator('#banner')
    this.keys = page.locator('#keys .key-name')
  }

  /** Open it on a data set and wait until it answers. */
  static async open(page: Page, data: string): Promise<Playground> {
    const playground = await Playground.visit(page, data)
    await playground.usable()
    return playground
  }

  /** Open it, whatever comes of that. */
  static async visit(page: Page, data: string): Promise<Playground> {
    await page.goto(`/?data=${data}`)
    return new Playground(page)
  }

  async usable(): Promise<void> {
    await expect(this.line).toBeEnabled()
  }

  /** What the body says of the data: `saved`, `failed` … */
  async is(state: string): Promise<void> {
    await expect(this.page.locator('body')).toHaveAttribute('data-state', state)
  }

  async owns(ownership: 'ours' | 'elsewhere' | 'taken'): Promise<void> {
    await expect(this.page.locator('body')).toHaveAttribute('data-ownership', ownership)
  }

  /** Type a line and send it; the entry in the log. */
  async enter(line: string): Promise<Locator> {
    const entries = this.page.locator('.entry:has(.asked)')
    const count = await entries.count()
    await this.line.fill(line)
    await this.line.press('Enter')
    return entries.nth(count)
  }

  /** Type a line, and what is printed below it. */
  async run(line: string): Promise<string> {
    const entry = await this.enter(line)
    const reply = entry.locator('.reply')
    await expect(reply).toHaveCount(1)
    return (await reply.textContent()) ?? ''
  }

  /** Messages that answer nothing. */
  messages(): Promise<string[]> {
    return this.page.locator('.entry.message .reply').allTextContents()
  }
}

/** The page in which the library itself can be used, as `lab`. */
export async function openLab(page: Page): Promise<void> {
  await page.goto('/lab/index.html')
  await page.waitForFunction(() => 'lab' in globalThis)
}

export { expect }
