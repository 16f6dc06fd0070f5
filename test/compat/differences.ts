/**
 * Where Respite is known to answer otherwise than the oracle, and why. Few, and honest: each of these
 * cases is run, and it fails when the difference has gone.
 *
 * `file › title`, or `file › title › RESP3` where only one protocol differs. What is said of one version is
 * said of those that are older (`until`) or newer (`since`) as well, and of no others.
 */
export interface Bounded {
  readonly since?: string
  readonly until?: string
  readonly why: string
}

const before = (until: string, why: string): Bounded => ({ until, why })
const from = (since: string, why: string): Bounded => ({ since, why })

const PUSHED =
  'since 7.2 a push that a command causes follows its reply; before, it came in front of it'
const EMBEDDED =
  'since 8.2 a string is embedded where it has room beside its key; ours is where it is short itself'

export const differences: Readonly<Record<string, string | Bounded>> = {
  'blocking › of several keys that a transaction fills, the first named is taken': before(
    '7.0',
    'since 7.2 the command runs again from its first key; before, the key filled first was taken',
  ),
  'config › the list of policies has grown': before(
    '8.4',
    '8.6 has volatile-lrm and allkeys-lrm as well',
  ),
  'config › the classes of events have grown': '8.2 has the classes o and c as well',
  'config › the class of new keys is printed beside A':
    'Redis leaves the letter n out although the class is on, and would lose it in CONFIG REWRITE',
  'expire › deadlines beyond 2^53 - 1 are kept to the millisecond':
    'deadlines are whole numbers up to 2^53 - 1 (the year 287396); a later one is kept as that',
  'object › OBJECT ENCODING of a small list': before('7.0', 'small lists are listpacks since 7.2'),
  'object › OBJECT HELP is a list of lines': 'our own words',
  'pubsub › PUBSUB HELP is a list of lines': 'our own words',
  'pubsub › a subscriber that publishes to itself gets the reply before the message › RESP3':
    before('7.0', 'since 7.2 the message follows the reply; before, it came in front of it'),
  'set › OBJECT ENCODING of a set of words': 'small sets of words are listpacks since 7.2',
  'scan › a negative cursor is an error': before('7.9', 'it is one since 8.0'),
  'hyperloglog › PFDEBUG SIMD turns what is not there on and off': from(
    '8.0',
    'says two times whether it is on, which no client can read',
  ),
  'protocol › a push comes beside the reply, in RESP3 only › RESP3': before('7.0', PUSHED),
  'server › DEBUG PROTOCOL push sends a push beside its reply › RESP3': before('7.0', PUSHED),
  'object › OBJECT ENCODING names the layout of strings': from('8.0', EMBEDDED),
  'string › An edited value is raw': from('8.0', EMBEDDED),
  'string-set › Encodings of what is set': from('8.0', EMBEDDED),
  'string-set › SET takes no comparison together with NX or XX': from(
    '8.4',
    'the documentation says that they exclude each other; it takes them in one order, and not in the other',
  ),
  'server › MEMORY USAGE of nothing is nil › RESP3': from(
    '8.0',
    'this one was built without jemalloc, which has statistics',
  ),
  'server › ROLE of a server without replicas': from('8.0', 'the offset has grown by itself'),
  'server › INFO takes sections': from('8.0', 'vector sets are a module there'),
  'server › DEBUG refuses what it does not know': from(
    '8.0',
    'no dictionaries are shown of a database that was never used',
  ),
}
