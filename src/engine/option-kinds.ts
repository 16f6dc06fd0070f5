/**
 * Kinds of options: how a value is read, checked and printed back.
 *
 * Every kind is a function from the text that somebody wrote to the text that CONFIG GET prints. A
 * value that will not do throws the reason, in Redis's words; CONFIG SET puts the option's name before it.
 */
import { CommandError } from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import { parseDouble } from '../util/float.ts'
import { parseInteger } from '../util/integer.ts'

export interface Option {
  readonly name: string
  /** An older name, which reads and sets the same value. */
  readonly alias: string
  /** The default, as CONFIG GET prints it. */
  readonly value: string
  /** Set at start-up only. */
  readonly immutable: boolean
  /** As `immutable`, unless `enable-protected-configs` allows it. */
  readonly protected: boolean
  /** Answered by its name only, not to a pattern. */
  readonly hidden: boolean
  /** Whether several words in a configuration file make one value. */
  readonly words: boolean
  /** The value as CONFIG GET prints it; throws a CommandError that says why it will not do. */
  readonly parse: (text: string, current: string) => string
}

interface Traits {
  alias?: string
  immutable?: boolean
  protected?: boolean
  hidden?: boolean
  words?: boolean
}

export const INT_MAX = 2147483647
export const INT_MIN = -2147483648
export const UINT_MAX = 4294967295
export const LONG_MAX = 9223372036854775807n
export const ULONG_MAX = 18446744073709551615n

const refuse = (why: string): never => {
  throw new CommandError(why)
}

/** An option with a reading of its own. */
export function special(
  name: string,
  value: string,
  parse: Option['parse'],
  traits: Traits = {},
): Option {
  return {
    name,
    alias: traits.alias ?? '',
    value,
    immutable: traits.immutable ?? false,
    protected: traits.protected ?? false,
    hidden: traits.hidden ?? false,
    words: traits.words ?? false,
    parse,
  }
}

// ---- Plain kinds ------------------------------------------------------------------------------

export const text = (name: string, value: string, traits?: Traits): Option =>
  special(name, value, (given) => given, traits)

export const bool = (name: string, value: 'yes' | 'no', traits?: Traits): Option =>
  special(name, value, parseBool, traits)

function parseBool(given: string): string {
  const word = given.toLowerCase()
  return word === 'yes' || word === 'no' ? word : refuse("argument must be 'yes' or 'no'")
}

export const choice = (
  name: string,
  value: string,
  words: readonly string[],
  traits?: Traits,
): Option => special(name, value, (given) => oneOf(words, given), traits)

function oneOf(words: readonly string[], given: string): string {
  const word = given.toLowerCase()
  if (words.includes(word)) return word
  return refuse(`argument(s) must be one of the following: ${words.join(', ')}`)
}

type Bound = number | bigint

function between(n: Bound, low: Bound, high: Bound): string {
  if (n >= low && n <= high) return `${n}`
  return refuse(`argument must be between ${low} and ${high} inclusive`)
}

export const integer = (
  name: string,
  value: string,
  low: Bound,
  high: Bound,
  traits?: Traits,
): Option => special(name, value, (given) => parseBetween(given, low, high), traits)

function parseBetween(given: string, low: Bound, high: Bound): string {
  const n = parseInteger(given)
  return n === undefined
    ? refuse("argument couldn't be parsed into an integer")
    : between(n, low, high)
}

/** Bytes, with a unit: `100mb`, `1g`, `4096`. */
export const memory = (
  name: string,
  value: string,
  low: Bound,
  high: Bound,
  traits?: Traits,
): Option =>
  special(
    name,
    value,
    (given) => between(parseMemory(given) ?? refuse('argument must be a memory value'), low, high),
    traits,
  )

const UNITS: Readonly<Record<string, bigint>> = {
  '': 1n,
  b: 1n,
  k: 1000n,
  kb: 1n << 10n,
  m: 1000n ** 2n,
  mb: 1n << 20n,
  g: 1000n ** 3n,
  gb: 1n << 30n,
}

/** A number of bytes that may have a unit; undefined if it is none. What is too much is the most. */
export function parseMemory(given: string): bigint | undefined {
  const match = /^(\d*)([a-z]*)$/i.exec(given)
  const unit = UNITS[match?.[2]?.toLowerCase() ?? '?']
  if (match === null || unit === undefined) return undefined
  const bytes = BigInt(match[1] as string) * unit
  return bytes > ULONG_MAX ? ULONG_MAX : bytes
}

// ---- Kinds of one option ----------------------------------------------------------------------

export const words = (given: string): string[] => given.split(' ').filter((word) => word !== '')

export function parseMemoryOrPercent(given: string): string {
  if (given.endsWith('%')) {
    const percent = parseInteger(given.slice(0, -1))
    if (typeof percent === 'number' && percent >= 0) {
      return percent <= 100 ? given : refuse('percentage argument must be less or equal to 100')
    }
  }
  return `${parseMemory(given) ?? refuse('argument must be a memory or percent value')}`
}

/** `save 3600 1 300 100`: after so many seconds, if there were so many changes. */
export function parseSave(given: string): string {
  const numbers = words(given).map((word) => parseInteger(word))
  const bad = numbers.some((n, i) => typeof n !== 'number' || n < (i % 2 === 0 ? 1 : 0))
  if (bad || numbers.length % 2 !== 0) refuse('Invalid save parameters')
  return numbers.join(' ')
}

const CLASSES = ['normal', 'slave', 'pubsub']
export const BUFFER_LIMITS = 'normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60'

/** Four words a class of clients; the classes that are not named stay as they are. */
export function parseBufferLimits(given: string, current: string): string {
  const list = words(given)
  if (list.length % 4 !== 0) {
    refuse('Wrong number of arguments in buffer limit configuration.')
  }
  const limits = words(current)
  for (let i = 0; i < list.length; i += 4) {
    const [name, hard, soft, seconds] = list.slice(i, i + 4) as [string, string, string, string]
    const kind = CLASSES.indexOf(name.toLowerCase() === 'replica' ? 'slave' : name.toLowerCase())
    if (kind < 0) refuse('Invalid client class specified in buffer limit configuration.')
    const bytes = [parseMemory(hard), parseMemory(soft)]
    const time = parseInteger(seconds)
    if (bytes.includes(undefined) || typeof time !== 'number' || time < 0) {
      refuse('Error in hard, soft or soft_seconds setting in buffer limit configuration.')
    }
    limits.splice(kind * 4 + 1, 3, `${bytes[0]}`, `${bytes[1]}`, `${time}`)
  }
  return limits.join(' ')
}

export function parseOomScores(given: string): string {
  const scores = words(given)
  if (scores.length !== 3) refuse('wrong number of arguments')
  for (const score of scores) {
    const n = parseInteger(score)
    if (n === undefined || n < -2000 || n > 2000) {
      refuse('Invalid oom-score-adj-values, elements must be between -2000 and 2000.')
    }
  }
  return scores.join(' ')
}

export function parseAddresses(given: string): string {
  return words(given).join(' ')
}

export function parsePercentiles(given: string): string {
  return words(given)
    .map((word) => {
      const percentile = parseDouble(word)
      if (percentile === undefined) {
        return refuse('Invalid latency-tracking-info-percentiles parameters')
      }
      if (percentile >= 0 && percentile <= 100) return `${percentile}`
      return refuse('latency-tracking-info-percentiles parameters should sit between [0.0,100.0]')
    })
    .join(' ')
}

const SHUTDOWN_FLAGS = ['default', 'save', 'nosave', 'now', 'force']

export function parseShutdownFlags(given: string): string {
  const list = words(given)
  const chosen = (list.length === 0 ? [''] : list).map((word) => oneOf(SHUTDOWN_FLAGS, word))
  if (chosen.includes('save') && chosen.includes('nosave')) {
    refuse("shutdown options SAVE and NOSAVE can't be used simultaneously")
  }
  const flags = SHUTDOWN_FLAGS.filter((flag) => flag !== 'default' && chosen.includes(flag))
  return flags.length === 0 ? 'default' : flags.join(' ')
}

export function parsePermissions(given: string): string {
  if (!/^[0-7]+$/.test(given)) refuse("argument couldn't be parsed as an octal number")
  const mode = Number.parseInt(given, 8)
  return mode <= 0o777 ? mode.toString(8) : refuse('argument must be between 0 and 777 inclusive')
}

/** Too slow and too fast are brought into bounds in silence. */
export function parseHz(given: string): string {
  return `${Math.min(500, Math.max(1, Number(parseBetween(given, 0, INT_MAX))))}`
}

export function parseSliceSize(given: string): string {
  const size = Number(parseBetween(given, 256, 65536))
  return (size & (size - 1)) === 0 ? `${size}` : refuse('array-slice-size must be a power of two')
}

export function parseFileName(given: string): string {
  return /[/\\]/.test(given) ? refuse("dbfilename can't be a path, just a filename") : given
}

export function parseDefrag(given: string): string {
  const answer = parseBool(given)
  if (answer === 'no') return answer
  return refuse(
    'Active defragmentation cannot be enabled: it requires a Redis server compiled with a ' +
      'modified Jemalloc like the one shipped by default with the Redis source distribution',
  )
}

const TITLE_WORDS = [
  'title',
  'listen-addr',
  'server-mode',
  'port',
  'tls-port',
  'unixsocket',
  'config-file',
]

export function parseTitleTemplate(given: string): string {
  const rest = given.replace(/\{([^{}]*)\}/g, (all, word) =>
    TITLE_WORDS.includes(word) ? '' : all,
  )
  if (!/[{}]/.test(rest)) return given
  return refuse('template format is invalid or contains unknown variables')
}

// ---- Classes of events ------------------------------------------------------------------------

/** What `A` stands for, in the order in which Redis prints it. */
const ALL_CLASSES: readonly (readonly [letter: string, bit: number])[] = [
  ['g', EVENTS.generic],
  ['$', EVENTS.string],
  ['l', EVENTS.list],
  ['s', EVENTS.set],
  ['h', EVENTS.hash],
  ['z', EVENTS.zset],
  ['x', EVENTS.expired],
  ['e', EVENTS.evicted],
  ['t', EVENTS.stream],
  ['d', EVENTS.module],
  ['a', EVENTS.array],
]
const NEW_CLASS: readonly [string, number] = ['n', EVENTS.fresh]
const OTHER_CLASSES: readonly (readonly [string, number])[] = [
  ['K', EVENTS.keyspace],
  ['E', EVENTS.keyevent],
  ['m', EVENTS.miss],
  ['o', EVENTS.overwritten],
  ['c', EVENTS.typeChanged],
  ['S', EVENTS.subkeyspace],
  ['T', EVENTS.subkeyevent],
  ['I', EVENTS.subkeyspaceitem],
  ['V', EVENTS.subkeyspaceevent],
]
const LETTERS = new Map([...ALL_CLASSES, NEW_CLASS, ...OTHER_CLASSES])
const ALL = ALL_CLASSES.reduce((bits, [, bit]) => bits | bit, 0)

/** The bits that the letters of `notify-keyspace-events` stand for; undefined if one stands for none. */
export function parseEvents(letters: string): number | undefined {
  let bits = 0
  for (const letter of letters) {
    const bit = letter === 'A' ? ALL : LETTERS.get(letter)
    if (bit === undefined) return undefined
    bits |= bit
  }
  return bits
}

export function parseEventLetters(given: string): string {
  const bits = parseEvents(given)
  if (bits !== undefined) return formatEvents(bits)
  return refuse("Invalid event class character. Use 'Ag$lshzxeKEtmdnocaSTIV'.")
}

/** The letters of these bits, as CONFIG GET prints them. */
export function formatEvents(bits: number): string {
  const pick = (classes: readonly (readonly [string, number])[]): string =>
    classes.map(([letter, bit]) => (bits & bit ? letter : '')).join('')
  // Redis 7 does not print the letter n beside A, and forgets the class when it rewrites its file.
  return ((bits & ALL) === ALL ? 'A' : pick(ALL_CLASSES)) + pick([NEW_CLASS, ...OTHER_CLASSES])
}
