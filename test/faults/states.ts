/**
 * States of a keyspace, cheap to tell apart: of each key a line, of each line a hash, and of the state the
 * sum of these. A unit of effects changes the lines of the keys that it names, so that no state has to be
 * written out whole; `stateOf` does that where people want to read it.
 */
import type { Engine } from '../../src/engine/engine.ts'
import type { Effect } from '../../src/engine/propagation.ts'
import type { Database } from '../../src/keyspace/database.ts'
import { Hash } from '../../src/types/hash.ts'
import { Stream } from '../../src/types/stream.ts'
import type { Value } from '../../src/types/value.ts'

/** Everything in the keyspace, expired or not, in an order that does not depend on history. */
export function stateOf(engine: Engine): string {
  return [...linesOf(engine).values()].sort().join('\n')
}

function linesOf(engine: Engine): Map<string, string> {
  const lines = new Map<string, string>()
  for (const db of engine.keyspace.databases) {
    for (let i = 0; i < db.size; i++) {
      const place = `${db.index} ${db.keyAt(i)} `
      lines.set(place, lineOf(db, i, place))
    }
  }
  return lines
}

const lineOf = (db: Database, i: number, place: string): string =>
  `${place}${textOf(db.valueAt(i))} ${db.deadlineAt(i)}`

function textOf(value: Value): string {
  if (typeof value !== 'object' || value.type === 0) return String(value)
  let text = ''
  if (value.type === 1) {
    value.items.forEach((item) => {
      text += `${item},`
    })
  } else if (value.type === 2) return value.members().sort().join()
  else if (value instanceof Hash) {
    const pairs: string[] = []
    for (let i = 0; i < value.size; i++) pairs.push(`${value.keyAt(i)}=${value.valueAt(i)}`)
    return pairs.sort().join()
  } else if (value instanceof Stream) {
    const cursor = value.range()
    while (cursor.next()) text += `${cursor.ms}-${cursor.seq} ${cursor.words().join()},`
    text += `${value.lastId} ${value.entriesAdded}`
  } else if (value.type === 3) {
    value.forEach((member, score) => {
      text += `${member}=${score},`
    })
  }
  return text
}

/** The number of the state without a key. */
export const EMPTY = 0

/** Commands of effects that change more than the key behind their name, or another one. */
const WIDE: Readonly<Record<string, true>> = { SWAPDB: true, FLUSHDB: true, FLUSHALL: true }

/** The state after each unit, as a number. */
export class Follower {
  private readonly engine: Engine
  private lines: Map<string, string>
  private high = 0
  private low = 0

  constructor(engine: Engine) {
    this.engine = engine
    this.lines = linesOf(engine)
    for (const line of this.lines.values()) this.toggle(line)
  }

  /** Equal for equal states, and only by an accident of 2^-53 for others. */
  get number(): number {
    return (this.high >>> 11) * 2 ** 32 + (this.low >>> 0)
  }

  /** What `stateOf` says of an engine in this state. */
  get text(): string {
    return [...this.lines.values()].sort().join('\n')
  }

  /**
   * Goes on by a unit. Keys that expire go together, and each of them is a unit: the state after it lacks
   * that key, whatever the keyspace has there by now, and no other.
   */
  follow(unit: readonly Effect[]): void {
    const [{ dbIndex, argv } = { dbIndex: 0, argv: [] }] = unit
    if (unit.length === 1 && argv.length === 2 && (argv[0] === 'DEL' || argv[0] === 'UNLINK')) {
      this.note(`${dbIndex} ${argv[1]} `, undefined)
      return
    }
    for (const { dbIndex, argv } of unit) {
      const [name = '', key = ''] = argv
      if (name in WIDE) {
        this.restart()
        return
      }
      if (name === 'DEL' || name === 'UNLINK' || name === 'RENAME')
        for (const each of argv.slice(1)) this.look(dbIndex, each)
      else if (name === 'MOVE') {
        this.look(dbIndex, key)
        this.look(Number(argv[2]), key)
      } else if (name === 'COPY') {
        for (let db = 0; db < this.engine.keyspace.databases.length; db++)
          this.look(db, argv[2] as string)
      } else this.look(dbIndex, key)
    }
  }

  private restart(): void {
    const now = new Follower(this.engine)
    this.lines = now.lines
    this.high = now.high
    this.low = now.low
  }

  private look(dbIndex: number, key: string): void {
    const place = `${dbIndex} ${key} `
    const db = this.engine.keyspace.databases[dbIndex] as Database
    const i = db.find(key)
    this.note(place, i < 0 ? undefined : lineOf(db, i, place))
  }

  private note(place: string, line: string | undefined): void {
    const before = this.lines.get(place)
    if (line === before) return
    if (before !== undefined) this.toggle(before)
    if (line === undefined) this.lines.delete(place)
    else {
      this.lines.set(place, line)
      this.toggle(line)
    }
  }

  /** Adds a line to the sum, or takes it away. */
  private toggle(line: string): void {
    let a = 0x9e3779b9
    let b = 0x85ebca6b
    for (let i = 0; i < line.length; i++) {
      const unit = line.charCodeAt(i)
      a = Math.imul(a ^ unit, 0x27d4eb2f)
      b = Math.imul(b ^ unit, 0x165667b1)
      a ^= a >>> 15
      b ^= b >>> 13
    }
    this.high ^= Math.imul(a ^ (b >>> 16), 0x2c1b3c6d)
    this.low ^= Math.imul(b ^ (a >>> 16), 0x297a2d39)
  }
}
