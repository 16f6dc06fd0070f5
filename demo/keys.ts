/**
 * The list of keys: what there is, of which type, and how long it lives. It asks with SCAN, a
 * bounded number of keys, a moment after the data has changed.
 */
import { CommandError } from '../src/core/errors.ts'
import { type Reply, Status } from '../src/core/reply.ts'
import { decodeUtf8, encodeUtf8 } from '../src/util/bytes.ts'
import { quote } from '../src/util/quote.ts'
import type { Backend } from './backend.ts'
import { element, find } from './dom.ts'

const SHOWN = 200
const DELAY_MS = 80

/** Command that shows what a key of a type holds. */
const READERS: Readonly<Record<string, (key: string) => string>> = {
  string: (key) => `GET ${key}`,
  list: (key) => `LRANGE ${key} 0 -1`,
  set: (key) => `SMEMBERS ${key}`,
  hash: (key) => `HGETALL ${key}`,
  array: (key) => `ARSCAN ${key} 0 18446744073709551614 LIMIT 1000`,
  stream: (key) => `XRANGE ${key} - + COUNT 100`,
  zset: (key) => `ZRANGE ${key} 0 -1 WITHSCORES`,
  vectorset: (key) => `VRANGE ${key} - + 1000`,
}

interface Shown {
  key: string
  type: string
  ttl: number
}

export class Keys {
  private readonly list = find('keys')
  private readonly filter = find('filter') as HTMLInputElement
  private readonly backend: Backend
  private readonly pick: (line: string) => void
  private db = 0
  private timer: ReturnType<typeof setTimeout> | undefined

  /** `pick` runs a command when a key is chosen. */
  constructor(backend: Backend, pick: (line: string) => void) {
    this.backend = backend
    this.pick = pick
    this.filter.addEventListener('input', () => this.changed())
    // Remaining times go down by themselves.
    setInterval(() => {
      if (!document.hidden) this.changed()
    }, 5000)
  }

  /** The console uses another database now. */
  select(db: number): void {
    this.db = db
    this.changed()
  }

  /** Something may have changed: look again soon. */
  changed(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      void this.refresh()
    }, DELAY_MS)
  }

  private async refresh(): Promise<void> {
    const pattern = this.filter.value === '' ? '*' : this.filter.value
    await this.backend.ask(['SELECT', String(this.db)])
    const size = await this.backend.ask(['DBSIZE'])
    const keys = await this.scan(encodeUtf8(pattern))
    const shown = await Promise.all(keys.map((key) => this.describe(key)))
    const live = shown.filter((item): item is Shown => item !== null)
    live.sort((a, b) => (a.key < b.key ? -1 : 1))
    find('key-count').textContent = typeof size === 'number' ? `${size} in db${this.db}` : ''
    find('keys-empty').hidden = live.length > 0
    find('keys-empty').textContent =
      size === 0 ? 'No keys yet. Whatever you store shows up here.' : 'No key matches.'
    const focused = this.list.querySelector<HTMLElement>(':focus')?.title
    this.list.replaceChildren(...live.map((item) => this.row(item)))
    // Whoever is in the list with the keyboard stays there.
    const again = [...this.list.querySelectorAll('button')].find(({ title }) => title === focused)
    again?.focus({ preventScroll: true })
  }

  private async scan(pattern: string): Promise<string[]> {
    const keys: string[] = []
    let cursor = '0'
    do {
      const reply = await this.backend.ask(['SCAN', cursor, 'MATCH', pattern, 'COUNT', '1000'])
      if (!Array.isArray(reply)) break
      cursor = String(reply[0])
      keys.push(...(reply[1] as string[]))
    } while (cursor !== '0' && keys.length < SHOWN)
    return [...new Set(keys)].slice(0, SHOWN)
  }

  private async describe(key: string): Promise<Shown | null> {
    const [type, ttl] = await Promise.all([
      this.backend.ask(['TYPE', key]),
      this.backend.ask(['TTL', key]),
    ])
    if (typeof ttl !== 'number' || ttl === -2) return null
    return { key, type: textOf(type), ttl }
  }

  private row({ key, type, ttl }: Shown): HTMLElement {
    const item = element('li')
    const button = element('button', 'key')
    button.type = 'button'
    const plain = /^[\w:.@/-]+$/.test(key)
    const name = plain ? key : quote(key)
    button.title = name
    button.append(
      element('span', 'key-name', plain ? key : decodeUtf8(key)),
      element('span', 'key-type', ttl >= 0 ? `${type} · ${duration(ttl)}` : type),
    )
    button.addEventListener('click', () => {
      const reader = READERS[type]
      this.pick(reader === undefined ? `TYPE ${name}` : reader(name))
    })
    item.append(button)
    return item
  }
}

function textOf(reply: Reply): string {
  if (reply instanceof Status) return reply.text
  return reply instanceof CommandError ? '?' : String(reply)
}

/** Seconds as people say them. */
function duration(seconds: number): string {
  if (seconds < 100) return `${seconds} s`
  if (seconds < 6000) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} d`
}
