/**
 * Which words of a request are keys.
 *
 * COMMAND GETKEYS, client-side caching, ACL rules and cluster slots all ask the same question, and
 * all of them are answered from what the command declares: its key specifications, or a function of
 * its own where no specification can tell.
 * https://redis.io/docs/latest/develop/reference/key-specs/
 */
import { parseInteger } from '../util/integer.ts'
import { type Command, KEY_FLAGS, type KeyFlag, type KeySpec, keyFlagBits } from './command.ts'

const bit = (flag: KeyFlag): number => 1 << KEY_FLAGS.indexOf(flag)
const NOT_KEY = bit('not_key')
const INCOMPLETE = bit('incomplete')
const VARIABLE_FLAGS = bit('variable_flags')
/** What is assumed of a key that only the command's own function can find. */
const ANYTHING = bit('RW') | bit('access') | bit('update')

/** The place of a key in argv, and bits of KEY_FLAGS: what is done with it. */
export interface FoundKey {
  readonly at: number
  readonly flags: number
}

/** Whether the command can have keys at all. */
export function takesKeys(command: Command): boolean {
  return command.findKeys !== null || command.keys.some((spec) => (spec.flags & NOT_KEY) === 0)
}

/** Whether the command can have keys, or channels that belong to a slot as keys do. */
export function takesSlots(command: Command): boolean {
  return command.findKeys !== null || command.keys.length > 0
}

/**
 * The keys of a request (with `channels`: and what belongs to a slot without being a key), in the order of the command's specifications; null if the words cannot be
 * read that way: a number of keys that is none, or more keys than words.
 *
 * As in Redis, the specifications come first where they say all there is to say, and the command's
 * own function is asked where they do not or where what is done with a key depends on options.
 */
export function keysOf(
  command: Command,
  argv: readonly string[],
  channels = false,
): FoundKey[] | null {
  const { keys, findKeys } = command
  const varies = keys.some((spec) => (spec.flags & VARIABLE_FLAGS) !== 0)
  if (findKeys === null || (keys.length > 0 && !varies)) {
    const found = bySpecs(keys, argv, channels)
    if (found !== null && varies && command.keyFlags !== null) {
      const flags = command.keyFlags(argv)
      return found.map(({ at }) => ({ at, flags }))
    }
    if (found !== null || findKeys === null) return found
  }
  const flags = keys[0]?.flags ?? ANYTHING
  return findKeys(argv).map((place) => {
    if (typeof place === 'number') return { at: place, flags }
    const [at, ...words] = place
    return { at, flags: keyFlagBits(words) }
  })
}

function bySpecs(
  specs: readonly KeySpec[],
  argv: readonly string[],
  channels: boolean,
): FoundKey[] | null {
  const found: FoundKey[] = []
  for (const spec of specs) {
    if (spec.flags & NOT_KEY && !channels) continue
    const first = beginning(spec, argv)
    if (first === 0) continue
    if (first < 0 || !collect(spec, argv, first, found)) return null
    if (spec.flags & INCOMPLETE) return null
  }
  return found
}

/** Where the search begins; 0 if the keyword is not there, negative if nobody can tell. */
function beginning({ begin }: KeySpec, argv: readonly string[]): number {
  if (begin.kind === 'index') return begin.index
  if (begin.kind === 'unknown') return -1
  const { from } = begin
  const step = from > 0 ? 1 : -1
  const keyword = begin.keyword.toLowerCase()
  // The last word cannot be the keyword of anything, nor the first one.
  const end = from > 0 ? argv.length - 1 : 1
  for (let i = from > 0 ? from : argv.length + from; i !== end; i += step) {
    const word = argv[i]
    if (i < 1 || word === undefined) break
    if (word.toLowerCase() === keyword) return i + 1
  }
  return 0
}

function collect(
  { find, flags }: KeySpec,
  argv: readonly string[],
  from: number,
  found: FoundKey[],
): boolean {
  const argc = argv.length
  let first = from
  let last: number
  if (find.kind === 'range') {
    if (find.last >= 0) last = first + find.last
    else if (find.limit === 0) last = argc + find.last
    else last = first + Math.trunc((argc - first) / find.limit) + find.last
  } else if (find.kind === 'keynum') {
    const count = parseInteger(argv[first + find.keynum] ?? '')
    if (typeof count !== 'number' || count < 0) return false
    first += find.first
    last = first + (count - 1) * find.step
  } else return false
  if (last >= argc || last < first || first >= argc) return false
  for (let at = first; at <= last; at += find.step) found.push({ at, flags })
  return true
}
