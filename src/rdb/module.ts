/**
 * Values of modules in an RDB.
 *
 * A value begins with a number that names its type: nine letters of six bits, and ten bits for the
 * version of its encoding. What follows says of each piece what it is, and ends with a mark, so that one
 * who does not know the type can pass over it.
 */
import type { Value } from '../types/value.ts'
import type { Integer } from '../util/integer.ts'
import type { Limits, Reading } from './codec.ts'
import type { RdbReader } from './reader.ts'
import type { RdbWriter } from './writer.ts'

const END = 0
const SIGNED = 1
const UNSIGNED = 2
const FLOAT = 3
const DOUBLE = 4
const STRING = 5

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const NAME_LENGTH = 9
const VERSION_BITS = 10n

/** How to read the values of one type of a module. The end mark is not its business. */
export interface ModuleType {
  /** The newest version of the encoding that it can read. */
  readonly version: number
  steps(from: ModuleReader, version: number, limits: Limits): Reading<Value>
}

/** The number that stands for a type and a version of its encoding. */
export function moduleId(name: string, version: number): bigint {
  let id = 0n
  for (const letter of name) id = (id << 6n) | BigInt(LETTERS.indexOf(letter))
  return (id << VERSION_BITS) | BigInt(version)
}

export function moduleName(id: Integer): { name: string; version: number } {
  let letters = BigInt(id) >> VERSION_BITS
  let name = ''
  for (let i = 0; i < NAME_LENGTH; i++) {
    name = LETTERS.charAt(Number(letters & 63n)) + name
    letters >>= 6n
  }
  return { name, version: Number(BigInt(id) & 1023n) }
}

/** Reads the pieces, each of which must be what is asked for. */
export class ModuleReader {
  readonly from: RdbReader

  constructor(from: RdbReader) {
    this.from = from
  }

  fail(reason: string): never {
    return this.from.fail(reason)
  }

  private expect(kind: number): void {
    if (this.from.integer() !== kind) this.from.fail('a module value has another piece here')
  }

  unsigned(): Integer {
    this.expect(UNSIGNED)
    return this.from.integer()
  }

  /** The same, for a number of things that follow, each of which takes at least so many bytes. */
  length(least = 1): number {
    this.expect(UNSIGNED)
    return this.from.length(least)
  }

  signed(): Integer {
    this.expect(SIGNED)
    const n = this.from.integer()
    return typeof n === 'bigint' ? BigInt.asIntN(64, n) : n
  }

  float(): number {
    this.expect(FLOAT)
    return this.from.float()
  }

  double(): number {
    this.expect(DOUBLE)
    return this.from.double()
  }

  string(): string {
    this.expect(STRING)
    return this.from.string()
  }

  /** A string as bytes, which may be a part of the input. */
  blob(): Uint8Array {
    this.expect(STRING)
    return this.from.blob()
  }

  end(): void {
    this.expect(END)
  }
}

/** Writes the pieces. */
export class ModuleWriter {
  private readonly to: RdbWriter

  /** Begins a value of this type; `end` must follow. */
  constructor(to: RdbWriter, name: string, version: number) {
    this.to = to
    to.length(moduleId(name, version))
  }

  unsigned(n: Integer): void {
    this.to.length(UNSIGNED)
    this.to.length(n)
  }

  signed(n: Integer): void {
    this.to.length(SIGNED)
    this.to.length(n < 0 ? BigInt.asUintN(64, BigInt(n)) : n)
  }

  float(n: number): void {
    this.to.length(FLOAT)
    this.to.float(n)
  }

  double(n: number): void {
    this.to.length(DOUBLE)
    this.to.double(n)
  }

  string(text: string): void {
    this.to.length(STRING)
    this.to.string(text)
  }

  blob(bytes: Uint8Array): void {
    this.to.length(STRING)
    this.to.blob(bytes)
  }

  end(): void {
    this.to.length(END)
  }
}

/**
 * Pass over what modules have noted beside a key: for each class a word, whose lowest bit says whether
 * one who does not know it may do without it, and a value.
 */
export function skipKeyMeta(from: RdbReader): void {
  for (let left = from.length(5); left > 0; left--) {
    const word = from.int32()
    if ((word & 1) === 0) from.fail('a note of a module that must not be passed over')
    skipModuleValue(from)
  }
}

/** Pass over the pieces of a value up to and with its end. */
export function skipModuleValue(from: RdbReader): void {
  for (;;) {
    switch (from.integer()) {
      case END:
        return
      case SIGNED:
      case UNSIGNED:
        from.integer()
        break
      case FLOAT:
        from.skip(4)
        break
      case DOUBLE:
        from.skip(8)
        break
      case STRING:
        from.blob()
        break
      default:
        from.fail('a module value has a piece of an unknown kind')
    }
  }
}
