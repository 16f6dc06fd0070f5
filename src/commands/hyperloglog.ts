/** HyperLogLogs: counting different elements in 12 kilobytes. They are strings of a certain layout. */
import { command, key, keys } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  CommandError,
  corruptHyperLogLog,
  hyperLogLogNotSparse,
  mustBeOnOrOff,
  noSuchSpecifiedKey,
  notAHyperLogLog,
  unknownPfdebug,
} from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import { OK, type Reply, Status } from '../core/reply.ts'
import {
  addElement,
  CorruptHyperLogLog,
  countOf,
  countOfRegisters,
  emptyHyperLogLog,
  invalidate,
  isHyperLogLog,
  isSparse,
  makeDense,
  mergeInto,
  REGISTERS,
  raise,
  storeCount,
  storedCount,
  walk,
} from '../types/hyperloglog.ts'
import { Bytes, type StringValue } from '../types/string.ts'
import { STRING } from '../types/value.ts'

/** The bytes of a HyperLogLog: those that are stored, or a copy where they are not stored as such. */
function asHyperLogLog(value: StringValue): Bytes {
  // A number is no HyperLogLog, and the bytes of a short text need not be copied to see that.
  if (typeof value === 'number') throw notAHyperLogLog
  const bytes = Bytes.from(value)
  if (!isHyperLogLog(bytes)) throw notAHyperLogLog
  return bytes
}

function read(c: Context, key: string): Bytes | undefined {
  const value = c.read(key, STRING)
  return value === undefined ? undefined : asHyperLogLog(value)
}

/** For editing in place. */
function write(c: Context, key: string): Bytes | undefined {
  const value = c.write(key, STRING)
  if (value === undefined) return undefined
  const hll = asHyperLogLog(value)
  if (hll !== value) c.replace(key, hll)
  hll.edited = true
  return hll
}

/** Run something that follows the runs of registers. */
function careful<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof CorruptHyperLogLog) throw corruptHyperLogLog
    throw error
  }
}

const sparseLimit = (c: Context): number => c.engine.config.int('hll-sparse-max-bytes')

export const PFADD = command('pfadd', {
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Add elements to a HyperLogLog, which is made if there is none.',
  complexity: 'O(1) for each element',
  syntax: 'key [element...]',
  arity: -2,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['hyperloglog'],
  keys: key(1, 'RW', 'insert'),
  reply: 'number',
  run(c, args) {
    const key = args.next()
    let hll = write(c, key)
    let changes = 0
    if (hll === undefined) {
      hll = emptyHyperLogLog()
      c.insert(key, hll)
      changes++
    }
    const limit = sparseLimit(c)
    try {
      while (args.more) if (addElement(hll, args.next(), limit)) changes++
    } catch (error) {
      if (!(error instanceof CorruptHyperLogLog)) throw error
      // What was added before the damage was met is there, here and on whoever does the same.
      c.dirty += changes
      throw corruptHyperLogLog
    }
    if (changes === 0) return 0
    invalidate(hll)
    c.dirty += changes - 1
    c.changed(EVENTS.string, 'pfadd', key)
    return 1
  },
})

export const PFCOUNT = command('pfcount', {
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Estimate how many different elements HyperLogLogs have seen together.',
  complexity: 'O(1) for one key whose count is stored; O(N), N being the number of keys',
  syntax: 'key...',
  arity: -2,
  flags: ['readonly', 'may_replicate'],
  categories: ['hyperloglog'],
  keys: { ...keys(1, -1, 1, 'RW', 'access'), notes: 'Stores the count of a single key.' },
  reply: 'number',
  run(c, args) {
    if (args.left > 1) return countTogether(c, args.rest())
    const key = args.next()
    // Redis makes it a value to be edited first, and OBJECT ENCODING tells.
    if (read(c, key) === undefined) return 0
    const stored = write(c, key) as Bytes
    const known = storedCount(stored)
    if (known !== undefined) return known
    const count = careful(() => countOf(stored))
    storeCount(stored, count)
    c.touched(key)
    return count
  },
})

function countTogether(c: Context, names: readonly string[]): Reply {
  const registers = new Uint8Array(REGISTERS)
  for (const name of names) {
    const hll = read(c, name)
    if (hll !== undefined) careful(() => mergeInto(registers, hll))
  }
  return countOfRegisters(registers)
}

export const PFMERGE = command('pfmerge', {
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Merge HyperLogLogs into the first one named, which is made if there is none.',
  complexity: 'O(N), N being the number of HyperLogLogs',
  syntax: 'destkey:key [sourcekey:key...]',
  arity: -2,
  flags: ['write', 'denyoom'],
  categories: ['hyperloglog'],
  keys: [key(1, 'RW', 'access', 'insert'), keys(2, -1, 1, 'RO', 'access')],
  reply: "'OK'",
  run(c, args) {
    const names = args.rest()
    const target = names[0] as string
    const registers = new Uint8Array(REGISTERS)
    let dense = false
    for (const name of names) {
      const hll = read(c, name)
      if (hll === undefined) continue
      dense ||= !isSparse(hll)
      careful(() => mergeInto(registers, hll))
    }
    let into = write(c, target)
    if (into === undefined) {
      into = emptyHyperLogLog()
      c.insert(target, into)
    }
    if (dense) makeDense(into)
    const limit = sparseLimit(c)
    for (let i = 0; i < REGISTERS; i++) {
      if (registers[i] !== 0) raise(into, i, registers[i] as number, limit)
    }
    invalidate(into)
    c.changed(EVENTS.string, 'pfadd', target)
    return OK
  },
})

// ---- For those who test them ------------------------------------------------------------------

export const PFDEBUG = command('pfdebug', {
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Look into a HyperLogLog: GETREG, DECODE, ENCODING; or make it dense: TODENSE.',
  complexity: 'N/A',
  syntax: 'subcommand key',
  arity: 3,
  flags: ['write', 'denyoom', 'admin'],
  categories: ['hyperloglog'],
  keys: key(2, 'RW', 'access'),
  syscmd: true,
  reply: 'string | number | number[]',
  run(c, args) {
    const subcommand = args.next()
    if (subcommand.toLowerCase() === 'simd') return simd(args.keyword())
    const value = write(c, args.next())
    if (value === undefined) throw noSuchSpecifiedKey
    const look = DEBUG[subcommand.toLowerCase()]
    if (look === undefined) throw unknownPfdebug(subcommand)
    return careful(() => look(c, value))
  },
})

const DEBUG: Readonly<Record<string, (c: Context, hll: Bytes) => Reply>> = {
  getreg: (c, hll) => {
    densify(c, hll)
    const registers = new Uint8Array(REGISTERS)
    mergeInto(registers, hll)
    return [...registers]
  },
  decode: (_, hll) => {
    if (!isSparse(hll)) throw hyperLogLogNotSparse
    const runs: string[] = []
    walk(hll, (value, _, run, long) => {
      runs.push(value > 0 ? `v:${value},${run}` : `${long ? 'Z' : 'z'}:${run}`)
    })
    return runs.join(' ')
  },
  encoding: (_, hll) => new Status(isSparse(hll) ? 'sparse' : 'dense'),
  todense: (c, hll) => (densify(c, hll) ? 1 : 0),
}

/** Redis can be told to do without vector instructions; here there are none anyway. */
function simd(word: string): Reply {
  if (word !== 'ON' && word !== 'OFF') throw mustBeOnOrOff
  return new Status(word === 'ON' ? 'enabled' : 'disabled')
}

/** The change is propagated, but it is none to those who watch the key. */
function densify(c: Context, hll: Bytes): boolean {
  if (!isSparse(hll)) return false
  makeDense(hll)
  c.dirty++
  return true
}

export const PFSELFTEST = command('pfselftest', {
  group: 'hyperloglog',
  since: '2.8.9',
  summary: 'Check that registers keep what is put into them, and that counts come close.',
  complexity: 'N/A',
  syntax: '',
  arity: 1,
  flags: ['admin'],
  categories: ['hyperloglog'],
  syscmd: true,
  reply: "'OK'",
  run(c) {
    checkRegisters(c)
    checkCounts(c)
    return OK
  },
})

/** Random registers one beside the other, all of which must keep their values. */
function checkRegisters(c: Context): void {
  const hll = emptyHyperLogLog()
  makeDense(hll)
  const expected = Uint8Array.from({ length: REGISTERS }, () => c.random(64))
  for (let i = 0; i < REGISTERS; i++) raise(hll, i, expected[i] as number, 0)
  const found = new Uint8Array(REGISTERS)
  mergeInto(found, hll)
  for (let i = 0; i < REGISTERS; i++) {
    if (found[i] !== expected[i]) {
      throw new CommandError(`TESTFAILED Register ${i} should be ${expected[i]} but is ${found[i]}`)
    }
  }
}

/** Redis goes up to ten million elements, for which a browser would stand still too long. */
const MOST_ELEMENTS = 100_000

function checkCounts(c: Context): void {
  const sparse = emptyHyperLogLog()
  const dense = emptyHyperLogLog()
  makeDense(dense)
  const limit = sparseLimit(c)
  const seed = c.random(2 ** 31)
  const error = 1.04 / Math.sqrt(REGISTERS)
  for (let n = 1, checkpoint = 1; n <= MOST_ELEMENTS; n++) {
    const element = `${seed}:${n}`
    addElement(sparse, element, limit)
    addElement(dense, element, limit)
    if (n !== checkpoint) continue
    const count = countOf(dense)
    if (count !== countOf(sparse)) throw new CommandError('TESTFAILED dense/sparse disagree')
    const off = Math.abs(checkpoint - count)
    if (off > (n === 10 ? 1 : Math.ceil(error * 6 * checkpoint))) {
      throw new CommandError(`TESTFAILED Too big error. card:${checkpoint} abserr:${off}`)
    }
    checkpoint *= 10
  }
}
