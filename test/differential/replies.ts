/**
 * When are two replies the same? Byte by byte; but the order of a set is nobody's business, what is
 * drawn at random has only a shape, and what is left of a time may differ by moments.
 */
import { compareVersions } from '../helpers/real.ts'

export type Manner =
  | 'exact'
  | 'set'
  | 'pairs'
  | 'scan'
  | 'scan-pairs'
  | 'shape'
  | 'near'
  | 'moments'

const MANNERS: readonly (readonly [Manner, string])[] = [
  ['set', 'smembers keys sinter sunion sdiff hkeys hvals pubsub|channels vlinks'],
  ['pairs', 'hgetall'],
  ['scan', 'scan sscan'],
  ['scan-pairs', 'hscan zscan'],
  ['shape', 'spop srandmember hrandfield zrandmember randomkey vrandmember'],
  ['moments', 'xpending xinfo|consumers xinfo|stream'],
  ['shape', 'object|idletime object|freq'],
  [
    'near',
    'ttl pttl expiretime pexpiretime httl hpttl hexpiretime hpexpiretime getex hgetex hexpire',
  ],
]
const BY_NAME = new Map(
  MANNERS.flatMap(([manner, names]) => names.split(' ').map((name) => [name, manner] as const)),
)

export const mannerOf = (name: string, argv: readonly string[]): Manner => {
  if (name === 'hscan' && argv.some((arg) => /^novalues$/i.test(arg))) return 'scan'
  if (name === 'xadd' && argv.includes('*')) return 'shape'
  if (name === 'vsim' && argv[1] === 'bits') return 'shape'
  // Without an order the members of a set come in any.
  const by = /^sort/.test(name) ? argv.findIndex((word) => /^by$/i.test(word)) : -1
  if (by > 0 && !argv[by + 1]?.includes('*')) return 'set'
  return BY_NAME.get(name) ?? 'exact'
}

export type Tree = string | Tree[]

/** Not to be taken for the string `-1`. */
const NIL = 'nil'
const NIL_ARRAY = 'nil array'

/** A reply as a tree: leaves with their sign, branches with theirs in front. */
export function parse(reply: Buffer): Tree {
  let at = 0
  const line = (): string => {
    const end = reply.indexOf(0x0a, at)
    const text = reply.toString('latin1', at, end - 1)
    at = end + 1
    return text
  }
  const one = (): Tree => {
    const head = line()
    const sign = head[0] as string
    const count = Number(head.slice(1))
    if (sign === '$' || sign === '=' || sign === '!') {
      if (count < 0) return NIL
      at += count + 2
      return sign + reply.toString('latin1', at - count - 2, at - 2)
    }
    if ('*~>%'.includes(sign) && count >= 0) {
      const items: Tree[] = [sign]
      for (let n = sign === '%' ? 2 * count : count; n > 0; n--) items.push(one())
      return items
    }
    return count < 0 && sign === '*' ? NIL_ARRAY : head
  }
  return one()
}

const byText = (list: readonly Tree[]): string[] => list.map((item) => JSON.stringify(item)).sort()

function inPairs(items: readonly Tree[]): Tree[] {
  const pairs: Tree[] = []
  for (let i = 0; i < items.length; i += 2) pairs.push(items.slice(i, i + 2) as Tree[])
  return pairs
}

/** What is compared in place of the tree. */
function canonical(tree: Tree, manner: Manner): unknown {
  if (!Array.isArray(tree)) return tree
  const [sign, ...items] = tree
  switch (manner) {
    case 'set':
      return [sign, byText(items)]
    case 'pairs':
      return [sign, byText(inPairs(items))]
    case 'scan':
    case 'scan-pairs':
      return items.length === 2
        ? [sign, items[0], canonical(items[1] as Tree, manner === 'scan' ? 'set' : 'pairs')]
        : tree
    default:
      return tree
  }
}

/** Milliseconds, or seconds, that do not matter. */
const MOMENTS = 10_000

/** What later versions tell besides. */
const LATER_FIELDS: readonly (readonly [since: string, names: RegExp])[] = [
  ['7.2', /^\$(?:active-time|inactive)$/],
  ['8.6', /^\$(?:idmp-(?:duration|maxsize)|[pi]ids-(?:tracked|added|duplicates))$/],
  ['8.8', /^\$nacked-count$/],
]

/** What was reckoned otherwise before 7.2: how far a group has come, where that is not known for sure. */
const RECKONED = /^\$(?:lag|entries-read)$/

/** Redis forgets messages of the past when it comes to it, some moments later. */
const FORGOTTEN = /^\$[pi]ids-tracked$/

/** A reply with names in it as a version before them would give it. */
export function withoutLater(tree: Tree, version: string): Tree {
  if (!Array.isArray(tree)) return tree
  const old = compareVersions(version, '7.2') < 0
  const out = (name: string): boolean =>
    (old && RECKONED.test(name)) ||
    FORGOTTEN.test(name) ||
    LATER_FIELDS.some(([since, names]) => compareVersions(version, since) < 0 && names.test(name))
  const items: Tree[] = []
  for (let i = 0; i < tree.length; i++) {
    const item = tree[i] as Tree
    if (typeof item === 'string' && out(item)) i++
    else items.push(withoutLater(item, version))
  }
  return items
}

/** In milliseconds; nothing but a point in time is as large. */
const YEAR_2001 = 1e12

/** What a moment is called. In XPENDING it is the third of four. */
const MOMENT = /^\$(?:idle|inactive|seen-time|active-time)$/

/** The same, but for how long ago something was, or when. Never (-1) is no moment. */
function momentsApart(a: Tree, b: Tree): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b || near(a, b, YEAR_2001)
  const isEntry = a.length === 5 && /^[*$]/.test(a[0] as string) && /^\$\d+-\d+$/.test(String(a[1]))
  return (
    a.length === b.length &&
    a.every((item, i) => {
      const moment = (isEntry && i === 3) || MOMENT.test(String(a[i - 1]))
      return moment ? near(item, b[i] as Tree, 0) : momentsApart(item, b[i] as Tree)
    })
  )
}

function near(a: Tree, b: Tree, least: number): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => near(item, b[i] as Tree, least))
  }
  if (a === b) return true
  if (typeof a !== 'string' || typeof b !== 'string' || a[0] !== ':' || b[0] !== ':') return false
  const [x, y] = [Number(a.slice(1)), Number(b.slice(1))]
  return x >= least && y >= least && Math.abs(x - y) < MOMENTS
}

export function sameTrees(ours: Tree, theirs: Tree, manner: Manner): boolean {
  // What is left of a time is long; how long ago something was is short, or never (-1).
  if (manner === 'near') return near(ours, theirs, MOMENTS)
  if (manner === 'moments') return momentsApart(ours, theirs)
  if (manner === 'shape') return form(ours) === form(theirs)
  return JSON.stringify(canonical(ours, manner)) === JSON.stringify(canonical(theirs, manner))
}

/** A tree in which numbers have few digits: 7.0 wrote 17 of each, before or behind the point. */
export function withShortNumbers(tree: Tree): Tree {
  if (Array.isArray(tree)) return tree.map(withShortNumbers)
  const sign = tree[0] as string
  if (sign !== ',' && sign !== '$') return tree
  return /^-?\d+(?:\.\d+(?:e[+-]\d+)?|e[+-]\d+|\d{16,})$/.test(tree.slice(1))
    ? `${sign}${Number(tree.slice(1)).toPrecision(11)}`
    : tree
}

const form = (tree: Tree): string =>
  Array.isArray(tree)
    ? `${tree[0]}[${tree.slice(1).map(form).join(' ')}]`
    : /^(?:-|nil)/.test(tree)
      ? tree
      : (tree[0] as string)

/** Where two trees part: the way down, and what is there. */
export function parting(ours: Tree, theirs: Tree): string {
  if (Array.isArray(ours) && Array.isArray(theirs)) {
    const at = ours.findIndex((item, i) => JSON.stringify(item) !== JSON.stringify(theirs[i]))
    if (at >= 0 && at < theirs.length) {
      const name = typeof ours[at - 1] === 'string' && at > 1 ? ` ${ours[at - 1]}` : ''
      return `${at}${name} › ${parting(ours[at] as Tree, theirs[at] as Tree)}`
    }
  }
  return `${JSON.stringify(theirs)?.slice(0, 120)} there, ${JSON.stringify(ours)?.slice(0, 120)} here`
}
