/**
 * When are two replies the same? Byte by byte; but the order of a set is nobody's business, what is
 * drawn at random has only a shape, and what is left of a time may differ by moments.
 */
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
  ['moments', 'xpending xinfo|consumers'],
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
  if (name === 'xinfo|stream' && argv.length > 3) return 'moments'
  // Without an order the members of a set come in any.
  if (/^sort/.test(name) && argv.includes('nosort')) return 'set'
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
  if (manner === 'moments') return near(ours, theirs, 0)
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
