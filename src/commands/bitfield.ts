/**
 * BITFIELD: integers of any width at any place of a string.
 *
 * All operations are read before the first is done. The string is then made as long as the farthest
 * write needs, so a GET in the same call sees what a SET before it wrote.
 */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  bitfieldReadOnly,
  invalidBitfieldType,
  invalidOverflowType,
  syntaxError,
} from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import type { Reply } from '../core/reply.ts'
import { Bytes } from '../types/string.ts'
import { STRING } from '../types/value.ts'
import { NUMBER_BITS, readBits, writeBits } from '../util/bits.ts'
import { type Integer, MAX_INT64, normalize, parseInteger } from '../util/integer.ts'
import { bitOffset, editable } from './bit-offset.ts'

type Overflow = 'WRAP' | 'SAT' | 'FAIL'

interface Operation {
  kind: 'GET' | 'SET' | 'INCRBY'
  signed: boolean
  width: number
  offset: number
  /** What is set or added. */
  operand: Integer
  overflow: Overflow
}

export const BITFIELD = command('bitfield', {
  group: 'bitmap',
  since: '3.2.0',
  summary: 'Read, set and count up integers of any width inside a string.',
  complexity: 'O(1) for each operation',
  syntax:
    'key [operation: GET {get-block: encoding offset:integer} | {write: ' +
    '[OVERFLOW {overflow-block: WRAP | SAT | FAIL}] ' +
    '{write-operation: SET {set-block: encoding offset:integer value:integer} | ' +
    'INCRBY {incrby-block: encoding offset:integer increment:integer}}}]...',
  arity: -2,
  flags: ['write', 'denyoom'],
  categories: ['bitmap'],
  keys: { ...key(1, 'RW', 'access', 'update', 'variable_flags'), notes: 'Only GET: reads.' },
  keyFlags: (argv) => (onlyReads(argv) ? ['RO', 'access'] : ['RW', 'access', 'update']),
  reply: '(number | bigint | null)[]',
  run(c, args) {
    const key = args.next()
    const operations = operationsOf(c, args)
    return perform(c, key, operations)
  },
})

export const BITFIELD_RO = command('bitfield_ro', {
  group: 'bitmap',
  since: '6.0.0',
  summary: 'Read integers of any width inside a string.',
  complexity: 'O(1) for each operation',
  syntax: 'key [GET {get-block: encoding offset:integer}...!]',
  arity: -2,
  flags: ['readonly', 'fast'],
  categories: ['bitmap'],
  keys: key(1, 'RO', 'access'),
  reply: '(number | bigint)[]',
  run(c, args) {
    const key = args.next()
    const operations = operationsOf(c, args)
    if (operations.some(writes)) throw bitfieldReadOnly
    return perform(c, key, operations)
  },
})

const writes = ({ kind }: Operation): boolean => kind !== 'GET'

/** As far as the words tell, whether there is no other operation than GET. */
function onlyReads(argv: readonly string[]): boolean {
  for (let i = 2; i < argv.length; i += 3) {
    if ((argv[i] as string).toUpperCase() !== 'GET') return false
  }
  return true
}

// ---- Reading the operations -------------------------------------------------------------------

function operationsOf(c: Context, args: Args): Operation[] {
  const operations: Operation[] = []
  let overflow: Overflow = 'WRAP'
  while (args.more) {
    const kind = args.keyword()
    if (kind === 'OVERFLOW' && args.more) {
      overflow = overflowOf(args)
      continue
    }
    if (kind !== 'GET' && kind !== 'SET' && kind !== 'INCRBY') throw syntaxError
    if (args.left < (kind === 'GET' ? 2 : 3)) throw syntaxError
    const { signed, width } = typeOf(args.next())
    const offset = bitOffset(c, args.next(), width)
    const operand = kind === 'GET' ? 0 : args.integer()
    operations.push({ kind, signed, width, offset, operand, overflow })
  }
  return operations
}

function overflowOf(args: Args): Overflow {
  const word = args.keyword()
  if (word !== 'WRAP' && word !== 'SAT' && word !== 'FAIL') throw invalidOverflowType
  return word
}

/** `i1` to `i64`, `u1` to `u63`. */
function typeOf(text: string): { signed: boolean; width: number } {
  const letter = text.charAt(0)
  const width = letter === 'i' || letter === 'u' ? parseInteger(text.slice(1)) : undefined
  const signed = letter === 'i'
  if (width === undefined || width < 1 || width > (signed ? 64 : 63)) throw invalidBitfieldType
  return { signed, width: Number(width) }
}

// ---- Performing them --------------------------------------------------------------------------

function perform(c: Context, key: string, operations: readonly Operation[]): Reply {
  let farthest = -1
  for (const op of operations) {
    if (writes(op)) farthest = Math.max(farthest, op.offset + op.width - 1)
  }
  if (farthest < 0) {
    const bytes = Bytes.from(c.read(key, STRING) ?? '')
    return operations.map((op) => valueAt(bytes, op))
  }
  const { bytes, grown } = editable(c, key, farthest)
  let changes = 0
  const replies = operations.map((op): Reply => {
    const before = valueAt(bytes, op)
    if (op.kind === 'GET') return before
    const after = outcome(op, before)
    if (after === null) return null
    writeBits(bytes.data, op.offset, op.width, after)
    if (grown || after !== before) changes++
    return op.kind === 'SET' ? before : after
  })
  if (changes > 0) {
    c.dirty += changes - 1
    c.changed(EVENTS.string, 'setbit', key)
  } else if (grown) {
    // Every operation failed, but the string has grown: Redis keeps that to itself, and its
    // replicas know nothing of it.
    c.touched(key)
  }
  return replies
}

function valueAt({ data, length }: Bytes, { offset, width, signed }: Operation): Integer {
  const raw = readBits(data, length, offset, width)
  if (!signed) return raw
  if (width <= NUMBER_BITS) {
    const n = Number(raw)
    return n >= 2 ** (width - 1) ? n - 2 ** width : n
  }
  return normalize(BigInt.asIntN(width, BigInt(raw)))
}

/** What is to be written, in the range of the type; null if that is refused. */
function outcome(operation: Operation, before: Integer): Integer | null {
  const { kind, signed, width, operand, overflow } = operation
  if (width <= NUMBER_BITS && typeof operand === 'number') {
    // Nearly every field is small, and an operation that stays inside needs no bigint.
    const wanted = kind === 'INCRBY' ? Number(before) + operand : operand
    const half = signed ? 2 ** (width - 1) : 0
    if (wanted >= -half && wanted < 2 ** width - half) return wanted
  }
  const most = (1n << BigInt(signed ? width - 1 : width)) - 1n
  const least = signed ? -most - 1n : 0n
  // An unsigned field is set to the 64 bits of a negative number, which is a large one.
  const given = BigInt(operand)
  const wanted =
    kind === 'INCRBY' ? BigInt(before) + given : signed ? given : BigInt.asUintN(64, given)
  if (wanted >= least && wanted <= most) return normalize(wanted)
  if (overflow === 'FAIL') return null
  if (overflow === 'SAT') {
    // Redis takes the room above a value that is set in 64 bits; of one far below it sees too much.
    const above = wanted > most || (signed && most - wanted > MAX_INT64)
    return normalize(above && (kind === 'SET' || wanted > most) ? most : least)
  }
  return normalize(signed ? BigInt.asIntN(width, wanted) : BigInt.asUintN(width, wanted))
}
