/**
 * Good words for arguments: few keys and few members, so that commands meet; numbers at the bounds of
 * what is allowed; now and then nonsense.
 */
import type { Command } from '../../src/core/command.ts'
import type { Argument } from '../../src/core/syntax.ts'
import type { Random } from '../../src/util/random.ts'
import { compareVersions } from '../helpers/real.ts'

export const chance = (random: Random, probability: number): boolean =>
  random.below(1_000_000) < probability * 1_000_000

export const pick = <T>(random: Random, list: readonly T[]): T =>
  list[random.below(list.length)] as T

// ---- Keys -------------------------------------------------------------------------------------

/** The first letter of a key says what it is meant to hold; other types get there by COPY and RENAME. */
const LETTERS: Readonly<Record<string, string>> = {
  string: 's',
  bitmap: 's',
  list: 'l',
  set: 't',
  'sorted-set': 'z',
  geo: 'g',
  hash: 'h',
  hyperloglog: 'p',
  stream: 'x',
  array: 'a',
  module: 'v',
}
const KEYS_PER_TYPE = 4
const ALL_LETTERS = [...new Set(Object.values(LETTERS))]
/** Sorted sets of one score, because ranges of members have no meaning in others. */
const LEXICAL = 'y'

export const keysOf = (letter: string): string[] =>
  Array.from({ length: KEYS_PER_TYPE }, (_, i) => `${letter}${i}`)

export const ALL_KEYS: readonly string[] = [...ALL_LETTERS.flatMap(keysOf), 'none', '']
export const lexicalKey = (random: Random): string => pick(random, keysOf(LEXICAL))

export function key(random: Random, group: string): string {
  const letter = LETTERS[group] ?? pick(random, ALL_LETTERS)
  const draw = random.below(100)
  if (draw < 3) return pick(random, ALL_KEYS)
  // Sets take part in operations on sorted sets, positions are in sorted sets.
  if (draw < 8 && letter === 'z') return pick(random, keysOf(pick(random, ['t', 'g'])))
  if (draw < 8 && letter === 'g') return pick(random, keysOf('z'))
  if (draw < 6) return 'none'
  return pick(random, keysOf(letter))
}

// ---- Words ------------------------------------------------------------------------------------

const LONG = 'x'.repeat(70)
const MEMBERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', '1', '2', '3', '10', '-1', '0']
const ODD_MEMBERS = ['', 'A', 'aa', 'ab', '01', '1.5', '9223372036854775807', '\xff\x00\r\n', LONG]

export const member = (random: Random): string =>
  pick(random, chance(random, 0.85) ? MEMBERS : ODD_MEMBERS)

const VALUES = ['1', '5', '-3', '10', 'hello', 'abc', 'abcdef', '3.25', '\x00\x01\xfe', 'ohmytext']
const ODD_VALUES = ['', '0', '9223372036854775807', '-9223372036854775808', '1e3', ' 1', LONG]
export const value = (random: Random): string =>
  pick(random, chance(random, 0.8) ? VALUES : ODD_VALUES)

const WORDS = ['', 'x', '1', '-1', '0', 'abc', 'KEYS', '*', '9223372036854775808', '\xe9']
export const nonsense = (random: Random): string => pick(random, WORDS)

// ---- Numbers ----------------------------------------------------------------------------------

const SMALL = ['0', '1', '2', '3', '4', '5', '7', '10', '-1', '-2', '-3', '-10']
const BOUNDS = [
  '100',
  '-100',
  '2147483647',
  '-2147483648',
  '4294967296',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
]
const NO_INTEGERS = ['9223372036854775808', 'abc', '', '1.0', ' 1', '+1', '01', '1e2', '-0', '1 ']

function integer(random: Random): string {
  const draw = random.below(100)
  return pick(random, draw < 88 ? SMALL : draw < 95 ? BOUNDS : NO_INTEGERS)
}

/** How many to draw at random: a great negative number would ask for a reply without end. */
const DRAWS = ['1', '2', '3', '5', '20', '0', '-1', '-2', '-5', '-20', '9223372036854775807', 'abc']

export const DOUBLES = ['0', '1', '2', '-1', '1.5', '2.5', '-3.25', '10', '100', '3', '0.1', '1e2']
const ODD_DOUBLES = [
  'inf',
  '-inf',
  '+inf',
  'Infinity',
  'nan',
  '-0',
  '1e300',
  '-1e300',
  '5e-324',
  '0.30000000000000004',
  '9007199254740993',
  '1e20',
  '123456789.123456789',
  'abc',
  '',
  ' 1',
  '1 ',
  '+5',
  '.5',
  '5.',
  '1e400',
]
/** What older versions read otherwise, or make too much of. */
const LATER: readonly (readonly [since: string, list: string[], words: readonly string[]])[] = [
  ['8.0', ODD_DOUBLES, ['0x10', ' 1', '1e400', '-0']],
  ['8.0', BOUNDS, ['-9223372036854775808']],
  ['8.0', NO_INTEGERS, [' 1']],
  ['8.0', ODD_VALUES, [' 1']],
]

/** Whether the oracle is one of before 8.0. */
export let old = false

/** Leave out what this version of the oracle does otherwise, with other data behind it. */
export function suit(version: string): void {
  old = compareVersions(version, '8.0') < 0
  for (const [since, list, words] of LATER) {
    const suits = compareVersions(version, since) >= 0
    for (const word of words) {
      const at = list.indexOf(word)
      if (suits && at < 0) list.push(word)
      else if (!suits && at >= 0) list.splice(at, 1)
    }
  }
}

const double = (random: Random): string =>
  pick(random, chance(random, 0.85) ? DOUBLES : ODD_DOUBLES)

/** A bound of a range of scores. */
export function score(random: Random): string {
  const text = chance(random, 0.25) ? pick(random, ['-inf', '+inf', 'inf']) : double(random)
  return chance(random, 0.25) ? `(${text}` : text
}

/** A bound of a range of members. */
export function lexical(random: Random): string {
  if (chance(random, 0.3)) return pick(random, ['-', '+'])
  if (chance(random, 0.05)) return member(random)
  return pick(random, ['[', '(']) + member(random)
}

/** A relative time so long that nothing expires during the run; GT and LT never meet the same twice. */
function timeToLive(random: Random, unit: number): string {
  const draw = random.below(100)
  if (draw < 85) return String((20_000 + random.below(1_000_000)) * unit)
  return pick(random, draw < 93 ? ['0', '-1', '-100'] : [...NO_INTEGERS, ...BOUNDS.slice(6)])
}

function pointInTime(random: Random, unit: number): string {
  const draw = random.below(100)
  if (draw < 85) return String(4_000_000_000 * unit + random.below(1_000_000) * unit)
  return pick(
    random,
    draw < 93 ? ['0', '1', '-1', '1700000000'] : [...NO_INTEGERS, ...BOUNDS.slice(6)],
  )
}

const PATTERNS = ['*', '*', 'a*', '?', '?0', '[a-c]*', '[^a]', '\\*', '', 's*', '*1', 'h?', '[']

export const IDS = ['1-1', '1-2', '2-1', '3-1', '3-2', '5-0', '7-7', '10', '2', '0', '0-0', '0-1']
const ODD_IDS = [
  '18446744073709551615-18446744073709551615',
  '18446744073709551615',
  '18446744073709551616',
  '5-*',
  '7-*',
  '-',
  '+',
  '$',
  '>',
  '(1-1',
  '(3',
  '1-',
  '-1',
  'abc',
  '1-1-1',
  '',
]
const id = (random: Random): string => pick(random, chance(random, 0.82) ? IDS : ODD_IDS)

export const LONGITUDES = [
  '13.361389',
  '15.087269',
  '2.349014',
  '-122.4',
  '0',
  '180',
  '-180',
  '10.5',
]
export const LATITUDES = [
  '38.115556',
  '37.502669',
  '48.864716',
  '37.77',
  '0',
  '85.05112878',
  '-85',
  '20.25',
]
const ODD_ANGLES = ['200', '-181', '90', '86', 'nan', 'inf', 'abc', '', '1e2']

const INTEGER_ENCODINGS = ['u8', 'i8', 'u4', 'i5', 'u63', 'i64', 'u1', 'i1', 'u16']
const ODD_ENCODINGS = ['u64', 'i65', 'u0', 'x8', 'i', '', '8']

// ---- By name ----------------------------------------------------------------------------------

type Pool = (random: Random, command: Command) => string

const fromLists =
  (usual: readonly string[], odd: readonly string[], rate = 0.9): Pool =>
  (random) =>
    pick(random, chance(random, rate) ? usual : odd)

const database = fromLists(['0', '1', '2'], ['-1', '15', '16', '99999', 'abc', ''], 0.92)
const drawsAtRandom = /^(?:[shz]rand|vrand|sort)/
const group: Pool = fromLists(['g1', 'g2'], ['g3', ''])
const digest: Pool = fromLists(
  ['0000000000000000', 'b6acb9d84a38ff74'],
  ['xyz', '', 'ABCDEF0123456789'],
)

/** By the name of the argument, before its type is looked at. */
const BY_NAME: Readonly<Record<string, Pool>> = {
  member,
  field: member,
  element: member,
  pivot: member,
  value: (random, { group, name }) =>
    name === 'setbit'
      ? fromLists(['0', '1'], ['2', '-1', 'abc', ''])(random, undefined as never)
      : (group === 'list' ? member : value)(random),
  count: (random, { name }) => (drawsAtRandom.test(name) ? pick(random, DRAWS) : integer(random)),
  db: database,
  'destination-db': database,
  'by-pattern': (random) =>
    pick(random, ['s*', 'h*->a', '*', 's?', 'nosort', 'h*->', 'none*', 'h0->*']),
  subcommand: fromLists(['getreg', 'encoding', 'todense', 'decode'], ['nope', ''], 0.97),
  vector: fromLists(['1', '2', '3'], ['abc', '']),
  'get-pattern': (random) => pick(random, ['#', 's*', 'h*->b', '*', 'none*', 'h1->*', 'x']),
  index: (random, { name }) => (name === 'lset' && old ? pick(random, SMALL) : integer(random)),
  index1: database,
  index2: database,
  offset: (random, { name }) =>
    name.startsWith('bitfield')
      ? pick(random, ['0', '#0', '1', '#1', '8', '#3', '100', '-1', '#-1', 'abc', '9000000'])
      : name === 'setrange' || /bit$/.test(name)
        ? fromLists(
            ['0', '1', '3', '7', '8', '9', '20', '100', '1000'],
            ['-1', '1048575', '1048576', '1048577', '8388607', '8388608', '4294967296', 'abc', ''],
            0.93,
          )(random, undefined as never)
        : integer(random),
  encoding: fromLists(INTEGER_ENCODINGS, ODD_ENCODINGS),
  bit: fromLists(['0', '1'], ['2', '-1', 'abc', '']),
  min: (random, { name }) => (/lex/.test(name) ? lexical : score)(random),
  max: (random, { name }) => (/lex/.test(name) ? lexical : score)(random),
  start: (random, { name, group }) =>
    group === 'stream'
      ? id(random)
      : /^zrange(?:store)?$/.test(name)
        ? bound(random)
        : integer(random),
  end: (random, { group }) => (group === 'stream' ? id(random) : integer(random)),
  stop: (random, { name }) => (/^zrange(?:store)?$/.test(name) ? bound(random) : integer(random)),
  cursor: fromLists(['0'], ['abc', '', '-1', '18446744073709551616'], 0.96),
  type: fromLists(['string', 'list', 'set', 'zset', 'hash', 'stream'], ['LIST', 'nope', '']),
  seconds: (random) => timeToLive(random, 1),
  milliseconds: (random) => timeToLive(random, 1000),
  ttl: (random) => pick(random, ['0', '0', timeToLive(random, 1000)]),
  timeout: fromLists(['0.01', '1', '0'], ['-1', 'abc', 'inf', '1e300', ''], 0.85),
  id,
  'last-id': id,
  lastid: id,
  'max-deleted-id': id,
  threshold: (random, { group }) =>
    group === 'stream' && chance(random, 0.4) ? id(random) : integer(random),
  group,
  groupname: group,
  consumer: fromLists(['alice', 'bob'], ['', 'carol']),
  consumername: fromLists(['alice', 'bob'], ['', 'carol']),
  'min-idle-time': fromLists(['0', '100000000'], ['-1', 'abc', '']),
  longitude: fromLists(LONGITUDES, ODD_ANGLES),
  latitude: fromLists(LATITUDES, ODD_ANGLES),
  radius: fromLists(['0', '1', '100', '500', '1000', '20000'], ['-1', 'abc', 'inf', '1e300', '']),
  width: fromLists(['0', '1', '100', '1000', '20000'], ['-1', 'abc', '']),
  height: fromLists(['0', '1', '100', '1000', '20000'], ['-1', 'abc', '']),
  digest,
  'ifdeq-digest': digest,
  'ifdne-digest': digest,
  'ifeq-value': value,
  'ifne-value': value,
  weight: double,
  increment: (random, { name }) =>
    /float$|^zincr/.test(name)
      ? double(random)
      : fromLists(['1', '5', '-7', '100', '0'], [...BOUNDS, ...NO_INTEGERS])(
          random,
          undefined as never,
        ),
  'serialized-value': fromLists(['\x00\xc0\x01\x0a\x00'], ['', 'abc']),
}

function bound(random: Random): string {
  return pick(random, [integer, score, lexical])(random)
}

export function word(random: Random, command: Command, argument: Argument): string {
  const { name, type } = argument
  if (type === 'key') return key(random, command.group)
  const pool = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined
  if (pool !== undefined) return pool(random, command)
  if (name.startsWith('unix-time') || type === 'unix-time') {
    return pointInTime(random, name.includes('milli') ? 1000 : 1)
  }
  if (type === 'integer') return integer(random)
  if (type === 'double') return double(random)
  if (type === 'pattern') return pick(random, PATTERNS)
  return value(random)
}
