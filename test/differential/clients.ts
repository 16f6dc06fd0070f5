/**
 * The random run of several clients: the same requests of five connections to our engine and to a
 * real server, and after each of them whatever any connection got, replies and pushes in their
 * order, compared byte by byte.
 *
 *     npm run test:clients -- --requests 100000 --seed 7 --oracle /path/to/redis-server
 *     npm run test:clients -- --seed 7 --at 12      one round again
 *     npm run test:clients -- --all                 do not stop at the first difference
 */
import { parseArgs } from 'node:util'
import { encodeRequest, replyEnd, show, TcpLink } from '../helpers/link.ts'
import { Ours } from '../helpers/ours.ts'
import { CROWD, crowd, type Said } from './crowd.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    at: { type: 'string' },
    length: { type: 'string', default: '100' },
    oracle: { type: 'string' },
    all: { type: 'boolean', default: false },
  },
})
if (values.oracle !== undefined) process.env.RESPITE_ORACLE = values.oracle
// The oracle is looked up when its module is loaded.
const { compareVersions, startReal } = await import('../helpers/real.ts')

const seed = Number(values.seed)
const wanted = Number(values.requests)
let real = await startReal()
const old = compareVersions(real.version, '7.2') < 0
let compared = 0
let requests = 0

interface Difference {
  readonly index: number
  readonly link: number
  readonly ours: Buffer
  readonly theirs: Buffer
}

/** The id of the connection, which no script can know. */
const idOf = async (link: TcpLink): Promise<string> =>
  /:(\d+)/.exec(String(await link.call(['CLIENT', 'ID'])))?.[1] as string

const MONITORED = /^\+\d+\.\d+ \[(\d+) [^\]]+\]/

/** Replies and pushes, without what differs by nature: clocks, addresses and what HELLO tells. */
function masked(bytes: Buffer, unordered: boolean): string {
  const parts: string[] = []
  for (let from = 0; from < bytes.length; ) {
    const end = replyEnd(bytes, from)
    const to = end < 0 ? bytes.length : end
    const text = withoutServer(bytes.subarray(from, to))
    if (text.includes('invalidate\r\n')) {
      // Redis sends the null of the one who tracks, whatever the one who hears it speaks.
      parts.push(text.replace(/_\r\n$/, '$-1\r\n'))
    } else if (text.includes('tracking-redir-broken\r\n')) {
      parts.push(text.replace(/:\d+\r\n$/, ':(id)\r\n'))
    } else if (!MONITORED.test(text)) parts.push(text)
    else if (!text.endsWith(`"${SETTLED}"\r\n`)) {
      const line = text.replace(MONITORED, '+(time) [$1 (address)]')
      parts.push(line.replace(/("(?:ID|REDIRECT|UNBLOCK)" )"\d+"/g, '$1(id)'))
    }
    from = to
  }
  const told = inOrder(parts).join('')
  // Before 7.2 a publisher in RESP3 heard its own message before the reply, or in the middle of EXEC's.
  return unordered ? told.split('\r\n').sort().join('\r\n') : told
}

/** What HELLO tells, alone or in what EXEC returns: an id, a version and modules. */
function withoutServer(reply: Buffer): string {
  const text = reply.toString('latin1')
  const at = text.search(/(?:%7|\*14)\r\n\$6\r\nserver\r\n/)
  if (at < 0) return text
  return `${text.slice(0, at)}(server)${withoutServer(reply.subarray(replyEnd(reply, at)))}`
}

/**
 * Sort what comes in the order of a hash table: the names of a client that unsubscribes from all,
 * and the patterns that one message matches.
 */
function inOrder(parts: string[]): string[] {
  const kinds = [
    /^([*>]3\r\n\$1\d\r\n[ps]?unsubscribe\r\n)(.*)(:\d+\r\n)$/s,
    /^([*>]4\r\n\$8\r\npmessage\r\n)(\$\d+\r\n[^\r]*\r\n)(.*)$/s,
  ]
  for (const kind of kinds) {
    for (let from = 0; from < parts.length; from++) {
      const run: RegExpExecArray[] = []
      for (let at = from; at < parts.length; at++) {
        const match = kind.exec(parts[at] as string)
        if (match === null || match[1] !== (run[0] ?? match)[1]) break
        run.push(match)
      }
      const names = run.map((match) => match[2]).sort()
      run.forEach((match, i) => {
        parts[from + i] = `${match[1]}${names[i]}${match[3]}`
      })
      from += Math.max(0, run.length - 1)
    }
  }
  return parts
}

/** What the harness itself says, which monitors are told of as well. */
const SETTLED = '(settled)'

async function settled(): Promise<void> {
  // The first round ends when the request has been served, the second when all of it was sent.
  await real.control.call(['PING', SETTLED])
  await real.control.call(['PING', SETTLED])
  await new Promise((resolve) => setImmediate(resolve))
}

/** Play a round on fresh connections and no data. */
async function play(said: readonly Said[]): Promise<Difference | null> {
  for (const argv of [
    ['CLIENT', 'UNPAUSE'],
    ['CLIENT', 'KILL', 'SKIPME', 'yes'],
    ['ACL', 'SETUSER', 'default', 'reset', 'on', 'nopass', '~*', '&*', '+@all'],
    ['CONFIG', 'SET', 'notify-keyspace-events', ''],
    ['DEBUG', 'SET-ACTIVE-EXPIRE', '0'],
    ['FLUSHALL'],
  ]) {
    await real.control.call(argv)
  }
  const ours = new Ours(Date.now())
  const links: TcpLink[] = []
  const theirIds = new Map<string, string>()
  const ourIds = new Map<string, string>()
  for (let n = 1; n <= CROWD; n++) {
    const link = await TcpLink.open(real.port)
    links.push(link)
    theirIds.set(`{id:${n}}`, await idOf(link))
    ourIds.set(`{id:${n}}`, String(ours.link(n).connection.client.id))
  }
  const named = (argv: readonly string[], ids: Map<string, string>): string[] =>
    argv.map((word) => ids.get(word) ?? word)
  const queueing = new Set<number>()
  const silent = new Set<number>()
  const before = new Map<number, readonly string[]>()
  try {
    for (const [index, { link: number, argv }] of said.entries()) {
      const mine = ours.link(number)
      if (mine.inbox.ended) continue
      if (argv[0] === 'MULTI') queueing.add(number)
      else if (/^(?:EXEC|DISCARD|RESET)$/.test(argv[0] as string)) queueing.delete(number)
      // EXEC has sent its head when these change how the rest is sent: no client can read that.
      else if (queueing.has(number) && /^(?:HELLO|CLIENT (?:REPLY|KILL))/.test(argv.join(' '))) {
        continue
      }
      // Nobody can hear that these are done, and Redis keeps the connection.
      if (argv[1] === 'REPLY' && argv[2] !== 'SKIP')
        silent[argv[2] === 'OFF' ? 'add' : 'delete'](number)
      if (argv[0] === 'RESET') silent.delete(number)
      const last = before.get(number)
      before.set(number, argv)
      if (argv[0] === 'QUIT' || argv[1] === 'KILL') {
        if (silent.has(number) || last?.[2] === 'SKIP') continue
      }
      // What is told in the order of a hash table cannot be sorted inside of EXEC's reply.
      if (queueing.has(number) && argv.length === 1 && argv[0]?.endsWith('UNSUBSCRIBE')) continue
      // Redis sends one part of what EXEC returns to a client that wants no replies.
      if (queueing.has(number) && silent.has(number) && argv[0]?.endsWith('SUBSCRIBE')) continue
      // Before 8.0 a pause did not hold who was waiting for a key, and messages got into EXEC's reply.
      if (old && queueing.has(number) && /SUBSCRIBE|PUBLISH|PAUSE/.test(argv.join(' '))) continue
      requests++
      links[number - 1]?.write(encodeRequest(named(argv, theirIds)))
      mine.write(encodeRequest(named(argv, ourIds)))
      await settled()
      for (let n = 1; n <= CROWD; n++) {
        const link = links[n - 1] as TcpLink
        const { inbox } = ours.link(n)
        const a = inbox.takeAll()
        let b = link.inbox.takeAll()
        compared++
        // What a thread of the server does behind the scenes (FLUSHALL since 8.0) comes later, and so
        // does the end of a connection.
        const lacks = () => b.length < a.length || (inbox.ended && !link.inbox.ended)
        for (let tries = 0; lacks() && tries < 20; tries++) {
          await new Promise((resolve) => setTimeout(resolve, 2))
          b = Buffer.concat([b, link.inbox.takeAll()])
        }
        // What was sent behind a request that blocked runs later, in the round of another client.
        const unordered = old && (n === number || /\+1|>|invalidate/.test(a.toString('latin1')))
        if (masked(a, unordered) !== masked(b, unordered) || inbox.ended !== link.inbox.ended) {
          const told = (bytes: Buffer, ended: boolean): Buffer =>
            ended ? Buffer.concat([bytes, Buffer.from('(closed)')]) : bytes
          return {
            index,
            link: n,
            ours: told(a, inbox.ended),
            theirs: told(b, link.inbox.ended),
          }
        }
      }
    }
    return null
  } finally {
    for (const link of links) link.close()
  }
}

/** The fewest requests that still end in a difference. */
async function shrink(said: readonly Said[], found: Difference): Promise<[Said[], Difference]> {
  let best = said.slice(0, found.index + 1)
  let difference = found
  for (let size = best.length >> 1; size >= 1; size >>= 1) {
    for (let from = best.length - 1 - size; from >= 0; from -= size) {
      const shorter = [...best.slice(0, from), ...best.slice(from + size)]
      const other = await play(shorter)
      if (other === null) continue
      best = shorter.slice(0, other.index + 1)
      difference = other
      from = Math.min(from, best.length - 1)
    }
  }
  return [best, difference]
}

const quoted = (word: string): string =>
  /^[\w.*:$>{}-]+$/.test(word) ? word : JSON.stringify(word)
let number = values.at === undefined ? 0 : Number(values.at)
let differences = 0
let crashes = 0
const started = Date.now()
console.log(`seed ${seed}, Redis ${real.version}, ${CROWD} clients`)
do {
  const said = crowd(seed, number, Number(values.length), old)
  let difference: Difference | null
  try {
    difference = await play(said)
  } catch (error) {
    // It happens: a real server with a defect of its own. The rest is still worth while.
    console.log(`\n── the oracle went away: --seed ${seed} --at ${number}: ${error}`)
    await real.stop()
    real = await startReal()
    crashes++
    number++
    continue
  }
  if (difference !== null) {
    differences++
    const [steps, least] = await shrink(said, difference)
    console.log(
      [
        `\n── replay: --seed ${seed} --at ${number} --length ${values.length}`,
        ...steps.map(({ link, argv }) => `@${link} ${argv.map(quoted).join(' ')}`),
        `    client ${least.link} got from Redis ${real.version}:`,
        show(least.theirs),
        '    and from Respite:',
        show(least.ours),
      ].join('\n'),
    )
  }
  number++
} while (values.at === undefined && requests < wanted && (values.all || differences === 0))
console.log(
  `\n${requests} requests, ${compared} outputs compared in ${((Date.now() - started) / 1000).toFixed(1)} s, ${differences} differences, ${crashes} crashes of the oracle, seed ${seed}`,
)
await real.stop()
if (differences > 0) process.exitCode = 1
