/**
 * Commands that make sure that there is something to work on, some of them in stretches: a stream
 * needs entries, a group and readers before most of its commands have anything to say.
 */
import { BLOCKING, type Command } from '../../src/core/command.ts'
import type { Random } from '../../src/util/random.ts'
import type { Grammar } from './grammar.ts'
import {
  chance,
  DOUBLES,
  IDS,
  key,
  LATITUDES,
  LONGITUDES,
  lexicalKey,
  member,
  old,
  pick,
  value,
} from './pools.ts'
import type { Link, Wait } from './steps.ts'

type Request = string[]
/** Requests that come one after the other. */
export type Builder = (random: Random) => readonly Request[]

const many = (random: Random, most: number, draw: () => readonly string[]): string[] =>
  Array.from({ length: 1 + random.below(most) }, draw).flat()

const pairs = (random: Random): string[] => many(random, 2, () => [member(random), value(random)])
const groupName = (random: Random): string => pick(random, ['g1', 'g2'])
const consumerName = (random: Random): string => pick(random, ['alice', 'bob'])

/** A stream with some entries, a group, and readers of it. */
function stream(random: Random): Request[] {
  const name = key(random, 'stream')
  const requests: Request[] = []
  if (chance(random, 0.5)) requests.push(['DEL', name])
  let left = random.below(8)
  for (const id of ['1-1', '1-2', '2-1', '3-1', '3-2', '5-0', '7-7', '10-0']) {
    if (left-- > 0) requests.push(['XADD', name, id, ...pairs(random)])
  }
  const group = groupName(random)
  requests.push(['XGROUP', 'CREATE', name, group, pick(random, ['0', '0', '1-1', '$']), 'MKSTREAM'])
  for (let n = random.below(3); n > 0; n--) {
    const reader = ['XREADGROUP', 'GROUP', group, consumerName(random)]
    const count = String(1 + random.below(4))
    requests.push([...reader, 'COUNT', count, 'STREAMS', name, '>'])
  }
  return requests
}

const ATTRIBUTES = ['{"a":1}', '{"a":2,"b":"x"}', '{"b":["x","y"]}', '', '{}', 'no json']
const DIMENSIONS = 3
/** Of one bit for each component: many elements are equally near, and come in any order. */
export const BITS = 'bits'
const vectorName = (random: Random): string => pick(random, ['v0', 'v1', 'v2', 'v3', 'v3', BITS])

function vector(random: Random): string[] {
  // So many that no two elements are equally near.
  const components = Array.from({ length: DIMENSIONS }, () =>
    String((random.below(20_000_001) - 10_000_000) / 1e6),
  )
  if (chance(random, 0.7)) return ['VALUES', String(DIMENSIONS), ...components]
  const bytes = Buffer.from(Float32Array.from(components, Number).buffer)
  return ['FP32', bytes.toString('latin1')]
}

const QUANTISED: Readonly<Record<string, readonly string[]>> = {
  v0: ['NOQUANT'],
  v1: ['Q8', 'M', '8'],
  v2: ['Q8', 'EF', '300'],
  [BITS]: ['BIN'],
}

function addVector(random: Random): Request {
  // By a matrix that is drawn.
  if (chance(random, 0.03)) {
    return ['VADD', 'reduced', 'REDUCE', '2', ...vector(random), member(random)]
  }
  const name = vectorName(random)
  const options = [
    ...(QUANTISED[name] ?? []),
    ...(chance(random, 0.2) ? ['CAS'] : []),
    ...(chance(random, 0.3) ? ['SETATTR', pick(random, ATTRIBUTES)] : []),
  ]
  return ['VADD', name, ...vector(random), member(random), ...options]
}

function findVectors(random: Random): Request {
  const options = [
    ['WITHSCORES'],
    ['WITHATTRIBS'],
    ['COUNT', String(1 + random.below(12))],
    ['TRUTH'],
    ['FILTER', pick(random, ['.a > 1', '.b == "x"', '"x" in .b', '.a', 'not .a', '.a >'])],
    ['FILTER-EF', '500'],
    ['EPSILON', pick(random, ['0.1', '0.5', '1'])],
    ['EF', '500'],
    ['NOTHREAD'],
  ]
  const query = chance(random, 0.5) ? ['ELE', member(random)] : vector(random)
  const name = vectorName(random)
  const taken = options.filter(() => chance(random, 0.3)).flat()
  // In which order they come there shows by the attributes that are missing.
  return [
    'VSIM',
    name,
    ...query,
    ...taken.filter((word) => name !== BITS || word !== 'WITHATTRIBS'),
  ]
}

const one =
  (draw: (random: Random) => Request): Builder =>
  (random) => [draw(random)]

export const BUILDERS: readonly (readonly [command: string, Builder])[] = [
  ['set', one((r) => ['SET', key(r, 'string'), value(r)])],
  ['rpush', one((r) => ['RPUSH', key(r, 'list'), ...many(r, 12, () => [member(r)])])],
  ['sadd', one((r) => ['SADD', key(r, 'set'), ...many(r, 12, () => [member(r)])])],
  ['sadd', one((r) => ['SADD', key(r, 'set'), ...many(r, 9, () => [String(r.below(20))])])],
  [
    'zadd',
    one((r) => ['ZADD', key(r, 'sorted-set'), ...many(r, 12, () => [pick(r, DOUBLES), member(r)])]),
  ],
  ['zadd', one((r) => ['ZADD', key(r, 'sorted-set'), ...many(r, 8, () => ['0', member(r)])])],
  ['zadd', one((r) => ['ZADD', lexicalKey(r), ...many(r, 8, () => ['0', member(r)])])],
  ['hset', one((r) => ['HSET', key(r, 'hash'), ...many(r, 9, () => [member(r), value(r)])])],
  [
    'pfadd',
    one((r) => ['PFADD', key(r, 'hyperloglog'), ...many(r, 9, () => [`${r.below(1000)}`])]),
  ],
  ['xadd', one((r) => ['XADD', key(r, 'stream'), pick(r, IDS), ...pairs(r)])],
  ['xgroup|create', stream],
  ['xgroup|create', stream],
  [
    'geoadd',
    one((r) => [
      'GEOADD',
      key(r, 'geo'),
      ...many(r, 4, () => [pick(r, LONGITUDES), pick(r, LATITUDES), member(r)]),
    ]),
  ],
  ['vadd', (r) => Array.from({ length: 1 + r.below(6) }, () => addVector(r))],
  ['vsim', one(findVectors)],
  [
    'vrange',
    one((r) => {
      const bound = () => pick(r, ['-', '+', `[${member(r)}`, `(${member(r)}`])
      return ['VRANGE', vectorName(r), bound(), bound(), ...(chance(r, 0.5) ? ['3'] : [])]
    }),
  ],
]

// ---- Those who wait -----------------------------------------------------------------------------

/** A command that waits, without an end to it. */
function forever(argv: readonly string[]): string[] {
  const name = (argv[0] as string).toLowerCase()
  if (/^xread/.test(name)) {
    return argv.map((word, i) => (/^block$/i.test(argv[i - 1] ?? '') ? '0' : word))
  }
  if (/^b[lz]mpop$/.test(name)) return argv.map((word, i) => (i === 1 ? '0' : word))
  return [...argv.slice(0, -1), '0']
}

/** Since 7.2 a consumer that asks is there, whether there is something for it or not. */
export function consumersFor(argv: readonly string[]): Request[] {
  const [name = '', ...words] = argv
  const consumer = (key: string | undefined, group: string | undefined, who: string | undefined) =>
    key === undefined || group === undefined || who === undefined
      ? []
      : [['XGROUP', 'CREATECONSUMER', key, group, who]]
  if (/^x(?:auto)?claim$/i.test(name)) return consumer(words[0], words[1], words[2])
  const at = words.findIndex((word) => /^group$/i.test(word))
  const streams = words.findIndex((word) => /^streams$/i.test(word))
  if (!/^xreadgroup$/i.test(name) || at < 0 || streams < 0) return []
  const rest = words.slice(streams + 1)
  return rest
    .slice(0, Math.ceil(rest.length / 2))
    .flatMap((key) => consumer(key, words[at + 1], words[at + 2]))
}

/** Something that a waiter may be waiting for. */
function feed(random: Random, keys: readonly string[]): Request {
  const name = pick(random, keys)
  const members = many(random, 3, () => [member(random)])
  switch (name[0]) {
    case 'l':
      return [pick(random, ['RPUSH', 'LPUSH']), name, ...members]
    case 'x':
      return ['XADD', name, `${20 + random.below(50)}-${random.below(3)}`, ...pairs(random)]
    default:
      return ['ZADD', name, ...members.flatMap((word) => [pick(random, DOUBLES), word])]
  }
}

/** Whether a word is a key that is not meant to hold what this command waits for. */
function isOther(name: string): (word: string) => boolean {
  const own = /^bz/i.test(name) ? /^[zy]\d$/ : /^x/i.test(name) ? /^x\d$/ : /^l\d$/
  return (word) => /^[a-z]\d$/.test(word) && !/^g\d$/.test(word) && !own.test(word)
}

const hasTwice = (words: readonly string[]): boolean => new Set(words).size < words.length

export function waiting(
  random: Random,
  link: Link,
  list: readonly Command[],
  grammar: Grammar,
  other: () => Request | null,
): Wait | null {
  const blocking = list.filter(({ flags }) => (flags & BLOCKING) !== 0)
  if (blocking.length === 0) return null
  const waiters: string[][] = []
  const first = pick(random, blocking)
  waiters.push(forever(grammar.wellFormed(first)))
  if (chance(random, 0.5)) {
    waiters.push(forever(grammar.wellFormed(chance(random, 0.5) ? first : pick(random, blocking))))
  }
  const keys = waiters.flat().filter((word) => /^[lzxy]\d$/.test(word))
  // And a key that was named twice was served once, and there was no + to read the last entry.
  if (old && waiters.some((argv) => argv.includes('+'))) return null
  // What one waiter moved another did not take as the first key that it had named.
  if (old && waiters.length > 1 && waiters.some(([name]) => /move$|push$/i.test(name ?? ''))) {
    return null
  }
  // Nor did a key of another type end the waiting.
  if (old && waiters.some((argv) => argv.some(isOther(argv[0] as string)))) return null
  if (old && waiters.some((argv) => hasTwice(argv.filter((word) => keys.includes(word)))))
    return null
  const feeds: Request[] = []
  // What is there already would not be waited for.
  if (keys.length > 0 && chance(random, 0.8)) feeds.push(['DEL', ...keys])
  const before = feeds.splice(0)
  if (old) before.push(...waiters.flatMap(consumersFor))
  // Before 7.2 the key that was filled first was taken, and not the one that was named first.
  const multi = !old && chance(random, 0.2)
  if (multi) feeds.push(['MULTI'])
  for (let left = random.below(4); left > 0; left--) {
    const request = keys.length > 0 && (old || chance(random, 0.8)) ? feed(random, keys) : other()
    if (request !== null) feeds.push(request)
  }
  if (multi) feeds.push(['EXEC'])
  return { kind: 'wait', link, before, waiters, feeds, error: chance(random, 0.5) }
}
