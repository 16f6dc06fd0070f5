/**
 * Where a reply is known to differ from that of another version, and why. Few: what the newest Redis
 * does otherwise than the oracle of this run. Nothing here may leave other data behind.
 */
import { compareVersions } from '../helpers/real.ts'
import type { Tree } from './replies.ts'

interface Known {
  /** The first version that answers as we do. */
  readonly since?: string
  /** The first version that does not. */
  readonly until?: string
  /** Full names. */
  readonly commands: RegExp
  /** Of the words, one space between them. */
  readonly words?: RegExp
  /** Of the reply as JSON. */
  readonly ours?: RegExp
  readonly theirs?: RegExp
  readonly why: string
}

const KNOWN: readonly Known[] = [
  {
    commands: /^h?p?(?:expiretime|ttl)$/,
    ours: /":900\d{10,13}"/,
    why: 'deadlines are whole numbers up to 2^53 - 1; a later one is kept as that',
  },
  {
    since: '7.2',
    commands: /^z(?:rev)?rank$/,
    theirs: /wrong number of arguments/,
    why: '7.2 added WITHSCORE',
  },
  {
    since: '7.2',
    commands: /^command\|getkeys/,
    theirs: /nvalid number of arguments|wrong number of arguments/,
    why: '7.2 takes commands of one word, and with WITHSCORE',
  },
  {
    since: '7.2',
    commands: /^command\|getkeysandflags$/,
    theirs: /\+RW/,
    ours: /\+OW/,
    why: '7.2 knows that the destination of SINTERSTORE is not read',
  },
  {
    since: '7.2',
    commands: /^object\|encoding$/,
    ours: /listpack|hashtable|skiplist|intset/,
    theirs: /quicklist|hashtable|listpack|intset|skiplist/,
    why: 'small lists, and small sets of words, are listpacks since 7.2; HSET counts its words',
  },
  {
    since: '8.10',
    commands: /^command\|getkeysandflags$/,
    ours: /\+incomplete/,
    theirs: /\+access/,
    why: '8.10 knows that a key or a group may be called STREAMS',
  },
  {
    since: '8.10',
    commands: /^command\|getkeys/,
    words: /^command \w+ xread/i,
    ours: /Invalid arguments/,
    why: '8.10 looks for STREAMS behind options, where others look anywhere',
  },
  {
    since: '7.4',
    commands: /^xread(?:group)?$/,
    words: / \+(?: |$)/,
    theirs: /Invalid stream ID/,
    why: '7.4 has + for the last entry',
  },
  {
    since: '7.2',
    commands: /^xsetid$/,
    ours: /current max_deleted_entry_id/,
    why: 'no ID may be reset to one below what was deleted since 7.2',
  },
  {
    since: '7.4',
    commands: /^xread(?:group)?$/,
    ours: /Unbalanced/,
    theirs: /Unbalanced/,
    why: 'the words have changed',
  },
  {
    commands: /^sort/,
    theirs: /scores can't be converted/,
    why: 'it takes an error of range for its own that some earlier command has left behind',
  },
  {
    since: '8.0',
    commands: /^bit(?:count|pos)$/,
    ours: /syntax error|not an integer/,
    theirs: /^":|WRONGTYPE/,
    why: 'arguments are looked at before the key since 8.0',
  },
  {
    since: '7.4',
    commands: /^(?:b|xread)/,
    ours: /timeout is out of range/,
    theirs: /timeout is negative|^"(?:nil|_|-)/,
    why: 'so great a timeout was taken for a negative one, or turned over',
  },
  {
    since: '8.0',
    commands: /^[hsz]?scan$/,
    ours: /invalid cursor/,
    why: 'a negative cursor and an empty one are errors since 8.0',
  },
  {
    commands: /^object\|refcount$/,
    ours: /^":1"$/,
    theirs: /^":\d+"$/,
    why: 'one reference is counted to every value, as Redis 8 does but for what it shares by chance',
  },
  {
    until: '8.0',
    commands: /^object\|encoding$/,
    ours: /embstr/,
    theirs: /raw/,
    why: 'Redis 8 counts the name of the key as well',
  },
]

/** The reason, if there is one. */
export function excuse(
  version: string,
  name: string,
  argv: readonly string[],
  ours: Tree,
  theirs: Tree,
): string | undefined {
  const words = argv.join(' ')
  const [a, b] = [JSON.stringify(ours), JSON.stringify(theirs)]
  return KNOWN.find(
    (known) =>
      (known.since === undefined || compareVersions(version, known.since) < 0) &&
      (known.until === undefined || compareVersions(version, known.until) >= 0) &&
      known.commands.test(name) &&
      (known.words?.test(words) ?? true) &&
      (known.ours?.test(a) ?? true) &&
      (known.theirs?.test(b) ?? true),
  )?.why
}

/** The same for what is told of a request. */
const UNTOLD: readonly (readonly [commands: RegExp, since: string, why: string])[] = [
  [/^(?:bit(?:count|pos)|[hsz]?scan)$/, '8.0', 'arguments are looked at before the key since 8.0'],
  [/^(?:xread|exec)$/, '7.4', 'the ID + came with 7.4'],
  [/^xsetid$/, '7.2', '7.0 told of it before it refused'],
  [/^p?expire$/, '', 'a time so short may be over at once'],
]

export const excuseEvents = (version: string, argv: readonly string[]): string | undefined =>
  UNTOLD.find(
    ([commands, since]) =>
      commands.test((argv[0] ?? '').toLowerCase()) &&
      (since === '' || compareVersions(version, since) < 0),
  )?.[2]
