/**
 * How much memory the values that can still be reached take, roughly. A run counts what it allocates;
 * when that passes a bound, this walk tells garbage from growth.
 *
 * Nobody can tell whether two strings of JavaScript are one in memory. Of long ones with the same
 * content, the walk puts one in the place of all others: then they are one, as in PUC, and are counted
 * once.
 */
import { LuaTable } from './table.ts'
import { Cell, LuaFunction, LuaThread, LuaUserdata, type LuaValue } from './value.ts'

const LONG = 64
/** V8 hashes strings beyond 16383 by their length alone. */
const HUGE = 16_000
/** Characters that are looked at to find a huge string again, and strings that may look the same. */
const SAMPLES = 24
const ALIKE = 8

/** Bytes of what hangs on `roots`; stops early beyond `enough`. */
export function survey(roots: LuaValue[], enough: number): number {
  const seen = new Set<unknown>()
  const open: unknown[] = [roots]
  const texts = new Texts()
  while (open.length > 0 && texts.bytes <= enough) {
    const value = open.pop()
    if (typeof value === 'string') {
      texts.one(value)
      continue
    }
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    seen.add(value)
    if (value instanceof LuaTable) {
      texts.bytes += 160
      if (value.map !== undefined) texts.bytes += 64 * value.map.size
      open.push(value.meta)
      elements(value.arr, texts, open)
      elements(value.hash, texts, open)
    } else if (value instanceof LuaFunction) {
      texts.bytes += 160
      open.push(value.env)
      elements(value.up as LuaValue[], texts, open)
    } else if (value instanceof Cell) {
      texts.bytes += 40
      if (typeof value.v === 'string') value.v = texts.one(value.v)
      else open.push(value.v)
    } else if (value instanceof LuaThread) {
      texts.bytes += 800
      open.push(value.body, ...value.frames)
    } else if (value instanceof LuaUserdata) {
      open.push(value.meta)
    } else if (Array.isArray(value)) {
      texts.bytes += 32
      elements(value, texts, open)
    }
  }
  return texts.bytes
}

function elements(list: LuaValue[], texts: Texts, open: unknown[]): void {
  texts.bytes += 8 * list.length
  for (let i = 0; i < list.length; i++) {
    const element = list[i]
    if (typeof element === 'string') {
      if (element.length < LONG) texts.bytes += 32
      else list[i] = texts.one(element)
    } else if (typeof element === 'object') open.push(element)
  }
}

/** The strings of a walk, and the bytes of all that it has met. */
class Texts {
  bytes = 0
  private readonly long = new Map<string, string>()
  private readonly huge = new Map<string, string[]>()

  /** Counts a string if it is new; the one that stands for all that are equal. */
  one(text: string): string {
    const { length } = text
    if (length < LONG) {
      this.bytes += 32
      return text
    }
    if (length >= HUGE) return this.oneHuge(text)
    const known = this.long.get(text)
    if (known !== undefined) return known
    this.long.set(text, text)
    this.bytes += length
    return text
  }

  private oneHuge(text: string): string {
    const { length } = text
    const half = SAMPLES / 2
    let sample = `${length}`
    for (let i = 0; i < half; i++) sample += text[Math.floor((length * i) / half)]
    sample += text.slice(-half)
    let alike = this.huge.get(sample)
    if (alike === undefined) {
      alike = []
      this.huge.set(sample, alike)
    }
    for (const other of alike) if (other === text) return other
    if (alike.length < ALIKE) alike.push(text)
    this.bytes += length
    return text
  }
}
