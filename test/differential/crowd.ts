/**
 * What several clients at once may say to a server: random requests that subscribe, publish, wait,
 * feed, queue, watch, track, pause and kill. Half of a few keys and channels, so that they meet.
 *
 * `{id:2}` stands for the id of client 2, as in the scripts of `test/compat`.
 */
import { Random } from '../../src/util/random.ts'

/** A request of one client. */
export interface Said {
  readonly link: number
  readonly argv: readonly string[]
}

/** How many clients there are. */
export const CROWD = 5

const STRINGS = ['s:1', 's:2', 't:1', '']
const LISTS = ['l:1', 'l:2', 'l:3']
const ZSETS = ['z:1', 'z:2']
const STREAMS = ['x:1', 'x:2']
const KEYS = [...STRINGS, ...LISTS, ...ZSETS, ...STREAMS, 'h:1']
const CHANNELS = ['news', 'n', 'h:llo', '__keyspace@0__:s:1', '__keyevent@0__:lpush']
const PATTERNS = ['*', 'n*', '?', 'h[:x]llo', '__key*__:*', '__keyspace@*__:l*']

type Kind = (random: Random) => readonly string[]

const one = <T>(random: Random, from: readonly T[]): T => from[random.below(from.length)] as T
const some = <T>(random: Random, from: readonly T[], most = 3): T[] =>
  Array.from({ length: 1 + random.below(most) }, () => one(random, from))
const other = (random: Random): string => `{id:${1 + random.below(CROWD)}}`
const end = (random: Random): string => one(random, ['LEFT', 'RIGHT'])
const lines = (random: Random, ...texts: readonly string[]): readonly string[] =>
  one(random, texts).split(' ')

/** Kinds of requests and how often each is drawn. */
const KINDS: ReadonlyArray<readonly [number, Kind]> = [
  // Messages.
  [6, (r) => ['SUBSCRIBE', ...some(r, CHANNELS)]],
  [3, (r) => ['UNSUBSCRIBE', ...(r.below(3) === 0 ? [] : some(r, CHANNELS))]],
  [5, (r) => ['PSUBSCRIBE', ...some(r, PATTERNS)]],
  [3, (r) => ['PUNSUBSCRIBE', ...(r.below(3) === 0 ? [] : some(r, PATTERNS))]],
  [4, (r) => ['SSUBSCRIBE', one(r, CHANNELS)]],
  [2, (r) => ['SUNSUBSCRIBE', ...(r.below(3) === 0 ? [] : [one(r, CHANNELS)])]],
  [14, (r) => ['PUBLISH', one(r, CHANNELS), one(r, ['', 'x', '\x00\xff\r\n'])]],
  [6, (r) => ['SPUBLISH', one(r, CHANNELS), 'y']],
  [3, () => ['PUBSUB', 'NUMSUB', ...CHANNELS]],
  [2, (r) => lines(r, 'PUBSUB NUMPAT', 'PUBSUB SHARDNUMSUB news n', 'PUBSUB NUMSUB')],
  // Waiting and feeding.
  [9, (r) => [one(r, ['BLPOP', 'BRPOP']), ...some(r, LISTS), '0']],
  [4, (r) => ['BLMOVE', one(r, LISTS), one(r, LISTS), end(r), end(r), '0']],
  [3, (r) => ['BRPOPLPUSH', one(r, LISTS), one(r, LISTS), '0']],
  [3, (r) => ['BLMPOP', '0', '2', ...[one(r, LISTS), one(r, LISTS)], end(r), 'COUNT', '2']],
  [4, (r) => [one(r, ['BZPOPMIN', 'BZPOPMAX']), ...some(r, ZSETS), '0']],
  [2, (r) => ['BZMPOP', '0', '1', one(r, ZSETS), one(r, ['MIN', 'MAX']), 'COUNT', '2']],
  [4, (r) => ['XREAD', 'COUNT', '2', 'BLOCK', '0', 'STREAMS', one(r, STREAMS), '$']],
  [2, (r) => ['XGROUP', 'CREATE', one(r, STREAMS), 'g', '$', 'MKSTREAM']],
  [1, (r) => ['XGROUP', 'DESTROY', one(r, STREAMS), 'g']],
  [3, (r) => ['XREADGROUP', 'GROUP', 'g', 'c', 'BLOCK', '0', 'STREAMS', one(r, STREAMS), '>']],
  [12, (r) => [one(r, ['LPUSH', 'RPUSH']), one(r, LISTS), ...some(r, ['a', 'b', 'c'])]],
  [3, (r) => ['LMOVE', one(r, LISTS), one(r, LISTS), end(r), end(r)]],
  [3, (r) => ['RPOP', one(r, LISTS)]],
  [6, (r) => ['ZADD', one(r, ZSETS), '1', 'a', '2', one(r, ['b', 'c'])]],
  [6, (r) => ['XADD', one(r, STREAMS), `${1 + r.below(9)}-*`, 'f', 'v']],
  [2, (r) => ['CLIENT', 'UNBLOCK', other(r), one(r, ['TIMEOUT', 'ERROR'])]],
  // Values, and what changes many at once.
  [10, (r) => ['SET', one(r, STRINGS), one(r, ['1', 'v'])]],
  [10, (r) => ['GET', one(r, STRINGS)]],
  [4, (r) => ['MGET', ...some(r, STRINGS)]],
  [4, (r) => ['INCR', one(r, STRINGS)]],
  [3, (r) => ['HSET', 'h:1', one(r, ['f', 'g']), '1']],
  [2, (r) => ['HGETALL', one(r, KEYS)]],
  [7, (r) => [one(r, ['DEL', 'UNLINK']), ...some(r, KEYS)]],
  [3, (r) => ['RENAME', one(r, KEYS), one(r, KEYS)]],
  [3, (r) => ['COPY', one(r, KEYS), one(r, KEYS), 'REPLACE']],
  [2, (r) => ['MOVE', one(r, KEYS), '1']],
  [2, () => ['SWAPDB', '0', '1']],
  [3, (r) => ['SELECT', one(r, ['0', '0', '0', '1'])]],
  [2, (r) => [one(r, ['FLUSHALL', 'FLUSHDB'])]],
  [3, (r) => ['PEXPIREAT', one(r, KEYS), one(r, ['1', '32503680000000'])]],
  [2, (r) => ['SORT', one(r, LISTS), 'ALPHA', 'STORE', one(r, LISTS)]],
  [2, (r) => ['CONFIG', 'SET', 'notify-keyspace-events', one(r, ['KEA', 'Kl', 'Eg', 'KEAnm', ''])]],
  // Transactions.
  [9, () => ['MULTI']],
  [9, () => ['EXEC']],
  [2, () => ['DISCARD']],
  [6, (r) => ['WATCH', ...some(r, KEYS)]],
  [2, () => ['UNWATCH']],
  [1, () => ['NOSUCH', 'command']],
  [1, () => ['GET']],
  // Tracking.
  [4, () => ['CLIENT', 'TRACKING', 'ON']],
  [2, () => ['CLIENT', 'TRACKING', 'ON', 'NOLOOP']],
  [3, (r) => ['CLIENT', 'TRACKING', 'ON', 'BCAST', 'PREFIX', one(r, ['s', 't:', 'l:'])]],
  [1, () => ['CLIENT', 'TRACKING', 'ON', 'BCAST', 'NOLOOP']],
  [2, (r) => ['CLIENT', 'TRACKING', 'ON', one(r, ['OPTIN', 'OPTOUT'])]],
  [3, (r) => ['CLIENT', 'TRACKING', 'ON', 'REDIRECT', other(r)]],
  [3, () => ['CLIENT', 'TRACKING', 'OFF']],
  [3, (r) => ['CLIENT', 'CACHING', one(r, ['YES', 'NO'])]],
  // The connections themselves.
  [4, (r) => ['HELLO', one(r, ['2', '3', '3'])]],
  [2, () => ['RESET']],
  [1, () => ['MONITOR']],
  [3, (r) => ['CLIENT', 'KILL', 'ID', other(r)]],
  [1, (r) => ['CLIENT', 'KILL', 'ID', other(r), 'SKIPME', 'no']],
  [1, () => ['CLIENT', 'KILL', 'TYPE', 'pubsub']],
  [2, () => ['CLIENT', 'PAUSE', '100000', 'WRITE']],
  [4, () => ['CLIENT', 'UNPAUSE']],
  [3, (r) => ['CLIENT', 'REPLY', one(r, ['SKIP', 'SKIP', 'OFF', 'ON', 'ON'])]],
  [2, (r) => ['CLIENT', 'NO-TOUCH', one(r, ['on', 'off'])]],
  [2, () => ['PING']],
  [1, () => ['PING', 'x']],
  [1, () => ['QUIT']],
  [1, (r) => ['ACL', 'SETUSER', 'default', one(r, ['&*', 'resetchannels', '-get', '+@all', '~*'])]],
]
const TOTAL = KINDS.reduce((sum, [weight]) => sum + weight, 0)

function request(random: Random): readonly string[] {
  let at = random.below(TOTAL)
  for (const [weight, kind] of KINDS) {
    if (at < weight) return kind(random)
    at -= weight
  }
  throw new Error('the weights are wrong')
}

/** Before 7.2 some texts were others, and who waits for several keys was served in another order. */
function plain(argv: readonly string[]): readonly string[] | null {
  if (/^(?:BLMOVE|BRPOPLPUSH|BLMPOP|XREADGROUP|ACL)$/.test(argv[0] ?? '')) return null
  if (argv.some((word) => /^(?:NO-TOUCH|NOLOOP|UNBLOCK|KEAnm)$/.test(word))) return null
  if (/^B[LRZ]+POP/.test(argv[0] ?? '')) return [argv[0] as string, argv[1] as string, '0']
  return argv
}

/** The requests of round `number` of a seed, for a server that may be older than 7.2. */
export function crowd(seed: number, number: number, length: number, old: boolean): Said[] {
  const random = new Random(seed * 0x100000 + number)
  const said: Said[] = []
  while (said.length < length) {
    const link = 1 + random.below(CROWD)
    const drawn = request(random)
    const argv = old ? plain(drawn) : drawn
    if (argv !== null) said.push({ link, argv })
  }
  return said
}
