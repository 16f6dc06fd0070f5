/**
 * What a command declares.
 *
 * One block of data and one function is the whole truth about a command. COMMAND and its
 * subcommands, ACL categories, key extraction, the typed client, the console's completion and the
 * reference are all derived from it, and nothing else registers it. A block lists words, as
 * COMMAND INFO prints them; at run time there are only bits.
 */
import type { Engine } from '../engine/engine.ts'
import type { Args } from './args.ts'
import type { Context } from './context.ts'
import type { Reply } from './reply.ts'

// ---- Flags ------------------------------------------------------------------------------------

/** In the order in which COMMAND INFO lists them. */
export const FLAGS = [
  'write',
  'readonly',
  'denyoom',
  'module',
  'admin',
  'pubsub',
  'noscript',
  'blocking',
  'loading',
  'stale',
  'skip_monitor',
  'skip_slowlog',
  'asking',
  'fast',
  'no_auth',
  'may_replicate',
  'no_mandatory_keys',
  'protected',
  'no_async_loading',
  'no_multi',
  'movablekeys',
  'allow_busy',
] as const
export type Flag = (typeof FLAGS)[number]

export const KEY_FLAGS = [
  'RO',
  'RW',
  'OW',
  'RM',
  'access',
  'update',
  'insert',
  'delete',
  'not_key',
  'incomplete',
  'variable_flags',
] as const
export type KeyFlag = (typeof KEY_FLAGS)[number]

export const GROUPS = [
  'generic',
  'string',
  'list',
  'set',
  'sorted-set',
  'hash',
  'pubsub',
  'transactions',
  'connection',
  'server',
  'scripting',
  'hyperloglog',
  'cluster',
  'sentinel',
  'geo',
  'stream',
  'bitmap',
  'array',
  'module',
] as const
export type Group = (typeof GROUPS)[number]

/** Without the at sign, in the order in which ACL CAT lists them. */
export const CATEGORIES = [
  'keyspace',
  'read',
  'write',
  'set',
  'sortedset',
  'list',
  'hash',
  'string',
  'bitmap',
  'hyperloglog',
  'geo',
  'stream',
  'pubsub',
  'admin',
  'fast',
  'slow',
  'blocking',
  'dangerous',
  'connection',
  'transaction',
  'scripting',
  'array',
] as const
export type Category = (typeof CATEGORIES)[number]

const bit = <T>(words: readonly T[], word: T): number => 1 << words.indexOf(word)
const mask = <T>(words: readonly T[], given: readonly T[]): number =>
  given.reduce((bits, word) => bits | bit(words, word), 0)

export const WRITE: number = bit(FLAGS, 'write')
export const READONLY: number = bit(FLAGS, 'readonly')
export const DENYOOM: number = bit(FLAGS, 'denyoom')
export const ADMIN: number = bit(FLAGS, 'admin')
export const PUBSUB: number = bit(FLAGS, 'pubsub')
export const NOSCRIPT: number = bit(FLAGS, 'noscript')
export const BLOCKING: number = bit(FLAGS, 'blocking')
export const LOADING: number = bit(FLAGS, 'loading')
export const STALE: number = bit(FLAGS, 'stale')
export const FAST: number = bit(FLAGS, 'fast')
export const NO_AUTH: number = bit(FLAGS, 'no_auth')
export const MAY_REPLICATE: number = bit(FLAGS, 'may_replicate')
export const NO_MULTI: number = bit(FLAGS, 'no_multi')
export const MODULE: number = bit(FLAGS, 'module')
export const PROTECTED: number = bit(FLAGS, 'protected')
export const SKIP_MONITOR: number = bit(FLAGS, 'skip_monitor')
export const SKIP_SLOWLOG: number = bit(FLAGS, 'skip_slowlog')
export const ALLOW_BUSY: number = bit(FLAGS, 'allow_busy')

/** The words of a mask, in table order. */
export const flagWords = (flags: number): Flag[] => FLAGS.filter((_, i) => flags & (1 << i))
export const keyFlagWords = (flags: number): KeyFlag[] =>
  KEY_FLAGS.filter((_, i) => flags & (1 << i))

// ---- Keys -------------------------------------------------------------------------------------

/**
 * Where keys stand in argv: where the search begins, and how to go on from there.
 * https://redis.io/docs/latest/develop/reference/key-specs/
 */
export interface KeySpec {
  readonly begin:
    | { readonly kind: 'index'; readonly index: number }
    | { readonly kind: 'keyword'; readonly keyword: string; readonly from: number }
    | { readonly kind: 'unknown' }
  readonly find:
    | {
        readonly kind: 'range'
        readonly last: number
        readonly step: number
        readonly limit: number
      }
    | {
        readonly kind: 'keynum'
        readonly keynum: number
        readonly first: number
        readonly step: number
      }
    | { readonly kind: 'unknown' }
  readonly flags: number
  readonly notes: string
}

/** Keys from `first` to `last` (negative: from the end of argv), every `step` words. */
export const keys = (first: number, last: number, step: number, ...flags: KeyFlag[]): KeySpec => ({
  begin: { kind: 'index', index: first },
  // COMMAND INFO counts a last key that is not negative from the first.
  find: { kind: 'range', last: last < 0 ? last : last - first, step, limit: 0 },
  flags: mask(KEY_FLAGS, flags),
  notes: '',
})

/** One key at a fixed place. */
export const key = (at: number, ...flags: KeyFlag[]): KeySpec => keys(at, at, 1, ...flags)

/** Keys behind their number, which stands at `at`; `step` words apart. */
export const countedKeys = (at: number, step: number, ...flags: KeyFlag[]): KeySpec => ({
  begin: { kind: 'index', index: at },
  find: { kind: 'keynum', keynum: 0, first: 1, step },
  flags: mask(KEY_FLAGS, flags),
  notes: '',
})

/** Keys behind a keyword; the search for it begins at `from` (negative: from the end, backwards). */
export const keysAfter = (
  keyword: string,
  from: number,
  last: number,
  step: number,
  ...flags: KeyFlag[]
): KeySpec => ({
  begin: { kind: 'keyword', keyword, from },
  find: { kind: 'range', last, step, limit: 0 },
  flags: mask(KEY_FLAGS, flags),
  notes: '',
})

/** Keys of which nobody can tell where they stand, or what they are called. */
export const unknownKeys = (...flags: KeyFlag[]): KeySpec => ({
  begin: { kind: 'unknown' },
  find: { kind: 'unknown' },
  flags: mask(KEY_FLAGS, flags),
  notes: '',
})

/** A key in argv; with flags of its own where they are not those of the command's first key. */
export type KeyPlace = number | readonly [at: number, ...flags: KeyFlag[]]

/** The bits of flags. */
export const keyFlagBits = (flags: readonly KeyFlag[]): number => mask(KEY_FLAGS, flags)

/** Where keys stand if a range is all there is to say; zeros if it is not. COMMAND INFO prints it. */
export interface KeyRange {
  readonly first: number
  /** Negative: from the end of argv. */
  readonly last: number
  readonly step: number
  /** Whether this is not the whole truth, and clients must ask with COMMAND GETKEYS. */
  readonly moves: boolean
}

const INCOMPLETE = bit(KEY_FLAGS, 'incomplete')

/** The range that all specifications make together, as clients from before them expect it. */
export function rangeOf(specs: readonly KeySpec[]): KeyRange {
  let first = 0
  let last = 0
  let moves = false
  for (const { begin, find, flags } of specs) {
    const plain = begin.kind === 'index' && find.kind === 'range'
    if (flags & INCOMPLETE || !plain) moves = true
    if (!plain) continue
    const end = find.last < 0 ? find.last : begin.index + find.last
    if (specs.length === 1) return { first: begin.index, last: end, step: find.step, moves }
    if (find.step !== 1 || (last !== 0 && last !== begin.index - 1)) {
      moves = true
      continue
    }
    if (first === 0 || begin.index < first) first = begin.index
    // From the end of argv is behind everything that is counted from its beginning.
    if (last >= 0) last = end < 0 ? end : Math.max(last, end)
  }
  return first === 0 ? { first: 0, last: 0, step: 0, moves } : { first, last, step: 1, moves }
}

// ---- Commands ---------------------------------------------------------------------------------

/**
 * How a change made by this command reaches the replicas and the journal: `verbatim` as the client
 * sent it, unless the call put it in other words; `rewritten` always in other words, because what
 * was sent is random, relative or blocking; `never` not at all.
 */
export type Propagation = 'verbatim' | 'rewritten' | 'never'

export type Channels = 'none' | 'publishes' | 'subscribes' | 'patterns'

export interface Definition {
  group: Group
  since: string
  summary: string
  complexity: string
  /**
   * The arguments behind the name, as COMMAND DOCS has them; `src/commands/README.md` has the
   * grammar. Example: `key value [condition: NX | XX] [GET] [expiration: EX seconds:integer | …]`.
   */
  syntax: string
  /** Words in argv, the name included (of a subcommand: both names); negative for "at least". */
  arity: number
  flags: readonly Flag[]
  /** ACL categories beyond those that follow from flags (`write`, `fast`, `admin` …). */
  categories?: readonly Category[]
  keys?: KeySpec | readonly KeySpec[]
  /** Keys that no specification can tell, for COMMAND GETKEYS and ACL: their places in argv. */
  findKeys?(argv: readonly string[]): KeyPlace[]
  /** Channels among the arguments, for ACL: the first is published to, or all are subscribed to. */
  channels?: Channels
  /** Places in argv that nobody is shown: passwords. MONITOR and the slow log ask. */
  secrets?(argv: readonly string[]): number[]
  /** What this call does with its keys, where the specification says `variable_flags`. */
  keyFlags?(argv: readonly string[]): readonly KeyFlag[]
  tips?: readonly string[]
  history?: readonly (readonly [version: string, change: string])[]
  deprecated?: { since: string; replacedBy?: string }
  /** What this call is checked for, where its words say more than the block: the flags of a script. */
  flagsOf?(engine: Engine, argv: readonly string[], flags: number): number
  /** Whether calls like this one have been short so far, where that depends on a script: see `call`. */
  isBrief?(engine: Engine, argv: readonly string[]): boolean
  /** Called once for every engine that has the command, to add what the command cannot do without. */
  attach?(engine: Engine): void
  /** The module that has it in Redis. Such commands are listed in capitals. */
  module?: string
  /** Not for users: COMMAND DOCS marks it. */
  syscmd?: boolean
  propagates?: Propagation
  /** Comes upon keys that it was not asked for; what has expired there is told key by key. */
  anyKeys?: boolean
  /** Makes this a container: `run` is then never called with a known subcommand. */
  subcommands?: readonly Command[]
  /** What the typed client resolves to, as a TypeScript type. */
  reply: string
  run?(c: Context, args: Args): Reply
}

const notRunnable = (): never => {
  throw new Error('a container has no function of its own')
}

let commandCount = 0

/** A definition with every field filled in, in one order, so that all commands share one shape. */
export class Command {
  /** Lower case; of a subcommand its own name only. */
  readonly name: string
  /** As errors and ACL spell it: `get`, `config|get`. Set when the container adopts it. */
  fullName: string
  /** Where the arguments begin in argv: 1, or 2 for a subcommand. */
  firstArgument = 1
  readonly run: (c: Context, args: Args) => Reply
  readonly arity: number
  readonly flags: number
  readonly categories: number
  readonly propagates: Propagation
  readonly anyKeys: boolean
  readonly keys: readonly KeySpec[]
  readonly range: KeyRange
  readonly findKeys: ((argv: readonly string[]) => KeyPlace[]) | null
  readonly keyFlags: ((argv: readonly string[]) => number) | null
  readonly flagsOf: ((engine: Engine, argv: readonly string[], flags: number) => number) | null
  readonly isBrief: ((engine: Engine, argv: readonly string[]) => boolean) | null
  readonly attach: ((engine: Engine) => void) | null
  readonly channels: Channels
  private readonly secrets: ((argv: readonly string[]) => number[]) | null
  /** The work hardly grows with the data: one call takes as long as another. */
  readonly constant: boolean
  /** The work grows with the words of a call only: a fast command that takes a row of things. */
  readonly byWords: boolean
  readonly subcommands: ReadonlyMap<string, Command> | null
  readonly group: Group
  readonly since: string
  readonly summary: string
  readonly complexity: string
  readonly syntax: string
  readonly tips: readonly string[]
  readonly history: readonly (readonly [string, string])[]
  readonly deprecated: { since: string; replacedBy?: string } | null
  readonly module: string
  readonly syscmd: boolean
  readonly reply: string
  /** A container that also runs without a subcommand: COMMAND. */
  readonly runsAlone: boolean
  /** A small number, different for each command of this program: what engines file counts under. */
  readonly id: number = commandCount++

  constructor(name: string, definition: Definition) {
    this.name = name
    this.module = definition.module ?? ''
    this.fullName = this.module === '' ? name : name.toUpperCase()
    this.run = definition.run ?? notRunnable
    this.runsAlone = definition.run !== undefined
    this.arity = definition.arity
    const keys = definition.keys ?? []
    this.keys = 'begin' in keys ? [keys] : keys
    this.range = rangeOf(this.keys)
    this.flags = mask(FLAGS, definition.flags) | (this.range.moves ? bit(FLAGS, 'movablekeys') : 0)
    this.categories = categoriesOf(this.flags, definition)
    this.propagates = definition.propagates ?? 'verbatim'
    this.anyKeys = definition.anyKeys ?? false
    this.findKeys = definition.findKeys ?? null
    const { keyFlags } = definition
    this.keyFlags = keyFlags ? (argv) => mask(KEY_FLAGS, keyFlags(argv)) : null
    this.flagsOf = definition.flagsOf ?? null
    this.isBrief = definition.isBrief ?? null
    this.attach = definition.attach ?? null
    this.channels = definition.channels ?? 'none'
    this.secrets = definition.secrets ?? null
    this.constant = /^O\((1|log\(N\))\)/.test(definition.complexity)
    this.byWords = (this.flags & FAST) !== 0 && definition.syntax.includes('...')
    this.group = definition.group
    this.since = definition.since
    this.summary = definition.summary
    this.complexity = definition.complexity
    this.syntax = definition.syntax
    this.tips = definition.tips ?? []
    this.history = definition.history ?? []
    this.deprecated = definition.deprecated ?? null
    this.syscmd = definition.syscmd ?? false
    this.reply = definition.reply
    if (definition.subcommands === undefined) this.subcommands = null
    else {
      this.subcommands = new Map(definition.subcommands.map((sub) => [sub.name, sub]))
      for (const sub of definition.subcommands) {
        sub.fullName = `${name}|${sub.name}`
        sub.firstArgument = 2
      }
    }
  }

  /** The request as it may be shown. */
  redact(argv: readonly string[]): readonly string[] {
    if (this.secrets === null) return argv
    const places = this.secrets(argv)
    return argv.map((word, i) => (places.includes(i) ? '(redacted)' : word))
  }

  accepts(argc: number): boolean {
    return this.arity < 0 ? argc >= -this.arity : argc === this.arity
  }
}

/** ACL categories as Redis derives them from flags, beside the ones that are named. */
function categoriesOf(flags: number, definition: Definition): number {
  let bits = mask(CATEGORIES, definition.categories ?? [])
  // Those of modules are in no category that they do not name.
  if (flags & MODULE) return bits
  if (flags & WRITE) bits |= bit(CATEGORIES, 'write')
  if (flags & READONLY && !(bits & bit(CATEGORIES, 'scripting'))) bits |= bit(CATEGORIES, 'read')
  if (flags & ADMIN) bits |= bit(CATEGORIES, 'admin') | bit(CATEGORIES, 'dangerous')
  if (flags & PUBSUB) bits |= bit(CATEGORIES, 'pubsub')
  if (flags & BLOCKING) bits |= bit(CATEGORIES, 'blocking')
  bits |= flags & FAST ? bit(CATEGORIES, 'fast') : bit(CATEGORIES, 'slow')
  return bits
}

export const categoryWords = (bits: number): Category[] =>
  CATEGORIES.filter((_, i) => bits & (1 << i))

export const command = (name: string, definition: Definition): Command =>
  new Command(name, definition)

/** Families of commands, as their modules export them. */
export type Groups = Readonly<Record<string, Readonly<Record<string, Command>>>>
