import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { History } from '../../../demo/history.ts'

/** As much of localStorage as is needed. */
class Stand {
  readonly items = new Map<string, string>()
  full = false
  getItem(key: string): string | null {
    return this.items.get(key) ?? null
  }
  setItem(key: string, value: string): void {
    if (this.full) throw new Error('QuotaExceededError')
    this.items.set(key, value)
  }
}

let stand: Stand
beforeEach(() => {
  stand = new Stand()
  vi.stubGlobal('localStorage', stand)
})
afterEach(() => {
  vi.unstubAllGlobals()
})

const all = (history: History): string[] => {
  const lines: string[] = []
  for (let line = history.older(''); line !== undefined; line = history.older('')) lines.push(line)
  return lines
}

describe('the history of lines', () => {
  it('goes back to the first line and forth to what was being typed', () => {
    const history = new History('h')
    for (const line of ['a', 'b', 'c']) history.add(line)
    expect(history.newer()).toBe(undefined)
    expect(history.older('draft')).toBe('c')
    expect(history.older('c')).toBe('b')
    expect(history.older('b')).toBe('a')
    expect(history.older('a')).toBe(undefined)
    expect(history.newer()).toBe('b')
    expect(history.newer()).toBe('c')
    expect(history.newer()).toBe('draft')
    expect(history.newer()).toBe(undefined)
  })

  it('begins at the end again once a line was entered', () => {
    const history = new History('h')
    for (const line of ['a', 'b']) history.add(line)
    history.older('')
    history.older('')
    history.add('c')
    expect(all(history)).toEqual(['c', 'b', 'a'])
  })

  it('keeps a line that is repeated once', () => {
    const history = new History('h')
    for (const line of ['a', 'a', 'b', 'a']) history.add(line)
    expect(all(history)).toEqual(['a', 'b', 'a'])
  })

  it('is there in the next visit, the newest 200 lines of it', () => {
    const history = new History('h')
    for (let i = 0; i < 250; i++) history.add(`line ${i}`)
    const next = all(new History('h'))
    expect(next).toHaveLength(200)
    expect([next[0], next[199]]).toEqual(['line 249', 'line 50'])
    expect(all(new History('other'))).toEqual([])
  })

  it('never writes a password down, but recalls it while the page lives', () => {
    const history = new History('h')
    const secrets = [
      'AUTH hunter2',
      ' auth user hunter2',
      'HELLO 3 AUTH u hunter2',
      'ACL SETUSER u >hunter2',
      'CONFIG  SET requirepass hunter2',
      'config set maxmemory 1 requirepass hunter2',
      'config set masterauth hunter2',
      'MIGRATE h 1 k 0 1 AUTH hunter2',
    ]
    for (const line of ['GET a', ...secrets, 'GET b']) history.add(line)
    expect(stand.items.get('h')).toBe('["GET a","GET b"]')
    expect(all(history)).toHaveLength(secrets.length + 2)
    expect(all(new History('h'))).toEqual(['GET b', 'GET a'])
  })

  it('does without storage that is full, forbidden or holds something else', () => {
    stand.full = true
    const history = new History('h')
    history.add('a')
    expect(all(history)).toEqual(['a'])
    for (const rubbish of ['{', '{}', 'null', '[1, "kept", null]']) {
      stand.items.set('h', rubbish)
      expect(all(new History('h'))).toEqual(rubbish.includes('kept') ? ['kept'] : [])
    }
    vi.stubGlobal('localStorage', undefined)
    const bare = new History('h')
    bare.add('b')
    expect(all(bare)).toEqual(['b'])
  })
})
