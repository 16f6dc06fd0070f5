/** The same steps on both sides: our engine in process, a real server over a socket. */
import { dumpValue } from '../../src/rdb/payload.ts'
import { fromBytes } from '../../src/util/bytes.ts'
import { encodeRequest, TcpLink } from '../helpers/link.ts'
import { Ours } from '../helpers/ours.ts'
import { compareVersions, type Real } from '../helpers/real.ts'
import type { Coverage } from './coverage.ts'
import { excuse, excuseEvents } from './known.ts'
import { mannerOf, parse, sameTrees, type Tree, withoutLater, withShortNumbers } from './replies.ts'
import type { Call, Carry, Segment, Step, Wait } from './steps.ts'
import { commandOf } from './workload.ts'

export interface Difference {
  /** The step at which it was seen. */
  readonly index: number
  readonly argv: readonly string[]
  readonly ours: Buffer
  readonly theirs: Buffer
}

/** Requests that are on their way together. */
const BATCH = Number(process.env.BATCH ?? 100)
/** The connection for questions of our own. */
const CONTROL = 2
/** Two connections for those who wait, one of RESP2 and one of RESP3, and one that hears of events. */
const WAITERS = [3, 4] as const
const LISTENER = 5
const LINKS = 6
const DATABASES = 3
const PATIENCE = 10_000

/** The oracle does not answer any more; the message is what it was asked. */
export class Gone extends Error {}

const QUEUED = Buffer.from('+QUEUED\r\n')
const RESET = Buffer.from('+RESET\r\n')
const HEARD = Buffer.from('*2\r\n$4\r\npong\r\n$5\r\nheard\r\n')
const NOTHING = Buffer.from('-NO REPLY\r\n')

export class Duel {
  /** Replies to commands of the workload. */
  commands = 0
  /** All replies, those to questions about the data as well. */
  compared = 0
  readonly coverage: Coverage
  private readonly real: Real
  private links: readonly TcpLink[]
  /** Whether a difference in the last batch has a reason. */
  private excused = false
  private ours: Ours = new Ours(Date.now())
  /** What MULTI has collected, or null. */
  private queues: ((readonly string[])[] | null)[] = []
  /** Of the links of the real server. */
  private ids: readonly string[] = []
  /** Whether this segment compares events. */
  private listening = false

  /** Whether what is published is compared request by request, in every segment. */
  private readonly closely: boolean

  private constructor(real: Real, links: readonly TcpLink[], coverage: Coverage, closely: boolean) {
    this.real = real
    this.links = links
    this.coverage = coverage
    this.closely = closely
  }

  static async open(real: Real, coverage: Coverage, { events = false } = {}): Promise<Duel> {
    return new Duel(real, await openAll(real), coverage, events)
  }

  close(): void {
    for (const link of this.links) link.close()
  }

  /** The first difference; null if there is none. */
  async play(segment: Segment): Promise<Difference | null> {
    const difference = await this.run(segment)
    // Nobody knows what is still to come on the old connections.
    if (difference !== null) {
      this.close()
      try {
        this.links = await openAll(this.real)
      } catch {
        throw new Gone(difference.argv.join(' '))
      }
    }
    return difference
  }

  private async run({ config, steps }: Segment): Promise<Difference | null> {
    await this.reset(config)
    for (let i = 0; i < steps.length; ) {
      const step = steps[i] as Step
      if (step.kind === 'pass') {
        await new Promise((resolve) => setTimeout(resolve, 20))
        i++
      } else if (step.kind !== 'call') {
        const difference =
          step.kind === 'check'
            ? await this.check(i)
            : step.kind === 'wait'
              ? await this.wait(i, step)
              : await this.carry(i, step)
        if (difference !== null) return difference
        i++
      } else {
        const batch = batchAt(steps, i, this.closely ? 1 : BATCH)
        const difference = (await this.compare(i, batch)) ?? (await this.events(i, batch))
        if (difference !== null) return difference
        const last = batch.at(-1)
        const unsettled = last?.unsettles ?? (this.excused ? last?.doubtful : undefined)
        if (unsettled !== undefined) await this.exchange(step.link, [['DEL', ...unsettled]])
        i += batch.length
      }
    }
    return null
  }

  private async reset(config: Segment['config']): Promise<void> {
    this.ours = new Ours(Date.now())
    this.queues = []
    try {
      // There may be events that nobody has asked for.
      for (const link of this.links) {
        link.write(encodeRequest(['RESET']))
        for (;;) {
          const reply = await link.next(PATIENCE)
          if (reply === null) throw new Gone()
          if (reply.equals(RESET)) break
        }
      }
      const ids = await Promise.all(this.links.map((link) => link.call(['CLIENT', 'ID'])))
      this.ids = ids.map((id) => /\d+/.exec(id.toString())?.[0] ?? '')
      await (this.links[CONTROL] as TcpLink).call(['FLUSHALL'])
    } catch {
      throw new Gone()
    }
    for (const link of [1, WAITERS[1]]) await this.exchange(link, [['HELLO', '3']])
    this.listening = this.closely || config.some(([name, value]) => name === EVENTS && value !== '')
    if (this.listening) await this.exchange(LISTENER, [['PSUBSCRIBE', '*']])
    const settings = config.map(([name, value]) => ['CONFIG', 'SET', name, value])
    if (this.closely) {
      const classes = compareVersions(this.real.version, '8.2') < 0 ? 'KEAmn' : 'KEAmnoc'
      // Who finds what has expired is then the same on both sides.
      settings.push(['CONFIG', 'SET', EVENTS, classes], ['DEBUG', 'SET-ACTIVE-EXPIRE', '0'])
    }
    await this.exchange(CONTROL, settings)
  }

  private async compare(index: number, batch: readonly Call[]): Promise<Difference | null> {
    const { link } = batch[0] as Call
    const { ours, theirs } = await this.exchange(
      link,
      batch.map(({ argv }) => argv),
    )
    this.excused = false
    for (let i = 0; i < batch.length; i++) {
      const { argv, hasty } = batch[i] as Call
      const mine = ours[i] as Buffer
      const other = theirs[i] as Buffer
      if (hasty) continue
      this.compared++
      this.commands++
      this.note(link, argv, other)
      if (!this.agree(link, argv, mine, other)) {
        return { index: index + i, argv, ours: mine, theirs: other }
      }
    }
    return null
  }

  private note(link: number, argv: readonly string[], reply: Buffer): void {
    const queue = this.queues[link] ?? null
    if (reply.equals(QUEUED)) return
    if (queue !== null && /^exec$/i.test(argv[0] ?? '')) {
      const replies = parse(reply)
      if (!Array.isArray(replies)) return
      queue.forEach((request, i) => {
        this.coverage.note(request, Buffer.from(String(replies[i + 1] ?? '-')))
      })
      return
    }
    this.coverage.note(argv, reply)
  }

  private agree(link: number, argv: readonly string[], ours: Buffer, theirs: Buffer): boolean {
    const name = commandOf(argv)?.name ?? ''
    const queue = this.queues[link] ?? null
    if (name === 'multi' && queue === null) this.queues[link] = []
    else if (name === 'exec' || name === 'discard') this.queues[link] = null
    else if (queue !== null && ours.equals(QUEUED)) queue.push(argv)
    if (ours.equals(theirs)) return true
    if (name !== 'exec' || queue === null) return this.alike(argv, parse(ours), parse(theirs))
    return this.alikeLists(queue, parse(ours), parse(theirs))
  }

  private alike(argv: readonly string[], ours: Tree, theirs: Tree): boolean {
    const { version } = this.real
    const command = commandOf(argv)
    const manner = command === undefined ? 'exact' : mannerOf(command.fullName.toLowerCase(), argv)
    if (sameTrees(ours, theirs, manner)) return true
    if (command?.fullName.startsWith('xinfo|')) {
      const [mine, other] = [withoutLater(ours, version), withoutLater(theirs, version)]
      if (sameTrees(mine, other, manner)) return true
    }
    if (compareVersions(version, '7.2') < 0) {
      if (sameTrees(withShortNumbers(ours), withShortNumbers(theirs), manner)) return true
    }
    if (excuse(version, command?.fullName.toLowerCase() ?? '', argv, ours, theirs) === undefined)
      return false
    this.excused = true
    return true
  }

  /** What EXEC answers, each reply in the manner of its command. */
  private alikeLists(queue: readonly (readonly string[])[], ours: Tree, theirs: Tree): boolean {
    if (!Array.isArray(ours) || !Array.isArray(theirs)) return false
    // A request that was refused was not queued, but then there is no list either.
    if (ours.length !== theirs.length || ours.length !== queue.length + 1) return false
    return queue.every((argv, i) => this.alike(argv, ours[i + 1] as Tree, theirs[i + 1] as Tree))
  }

  /** Send to both, and take as many replies. */
  private async exchange(
    number: number,
    requests: readonly (readonly string[])[],
    elsewhere: readonly (readonly string[])[] = requests,
  ): Promise<{ ours: Buffer[]; theirs: Buffer[] }> {
    const bytes = Buffer.concat(requests.map(encodeRequest))
    const link = this.links[number] as TcpLink
    link.write(Buffer.concat(elsewhere.map(encodeRequest)))
    this.ours.clock = Math.max(Date.now(), this.ours.clock)
    const mine = this.ours.link(number)
    let crash: Buffer | null = null
    try {
      mine.write(bytes)
    } catch (error) {
      crash = Buffer.from(`-CRASH ${(error as Error).stack}\r\n`.replaceAll('\n', ' | '))
    }
    const ours: Buffer[] = []
    const theirs: Buffer[] = []
    for (let i = 0; i < requests.length; i++) ours.push(mine.inbox.take() ?? crash ?? NOTHING)
    for (let i = 0; i < elsewhere.length; i++) theirs.push((await link.next(PATIENCE)) ?? NOTHING)
    return { ours, theirs }
  }

  // ---- Who waits -------------------------------------------------------------------------------

  /** Some wait for what others do then; who got nothing is sent away. */
  private async wait(index: number, step: Wait): Promise<Difference | null> {
    const { link, before, waiters, feeds, error } = step
    const call = (argv: readonly string[]): Call => ({ kind: 'call', link, argv })
    let difference = before.length === 0 ? null : await this.compare(index, before.map(call))
    if (difference !== null) return difference
    for (const [i, argv] of waiters.entries()) {
      const request = encodeRequest(argv)
      const waiter = WAITERS[i] as number
      ;(this.links[waiter] as TcpLink).write(request)
      this.ours.link(waiter).write(request)
      // One round trip: the server has read what was sent before it.
      await this.exchange(CONTROL, [['PING']])
    }
    const calls = feeds.map(call)
    if (calls.length > 0) difference = await this.compare(index, calls)
    for (let i = 0; i < waiters.length && difference === null; i++) {
      const argv = waiters[i] as readonly string[]
      const waiter = WAITERS[i] as number
      const mine = this.ours.link(waiter)
      const end = error ? 'ERROR' : 'TIMEOUT'
      const own = ['CLIENT', 'UNBLOCK', String(mine.connection.client.id), end]
      const release = ['CLIENT', 'UNBLOCK', this.ids[waiter] as string, end]
      const { ours } = await this.exchange(CONTROL, [own], [])
      const { theirs } = await this.exchange(CONTROL, [], [release])
      const [a, b] = [ours[0] as Buffer, theirs[0] as Buffer]
      if (!a.equals(b)) return { index, argv, ours: a, theirs: b }
      const reply = mine.inbox.take() ?? NOTHING
      const other = (await (this.links[waiter] as TcpLink).next(PATIENCE)) ?? NOTHING
      this.compared++
      this.commands++
      this.coverage.note(argv, other)
      if (!this.agree(waiter, argv, reply, other)) {
        difference = { index, argv, ours: reply, theirs: other }
      }
    }
    return difference ?? this.events(index, calls)
  }

  // ---- Values as bytes --------------------------------------------------------------------------

  /** What the one dumps the other restores. */
  private async carry(index: number, step: Carry): Promise<Difference | null> {
    const { link, from, to, options } = step
    const { ours, theirs } = await this.exchange(link, [['DUMP', from]])
    const [mine, other] = [parse(ours[0] as Buffer), parse(theirs[0] as Buffer)]
    if (String(mine)[0] !== String(other)[0]) {
      return { index, argv: ['DUMP', from], ours: ours[0] as Buffer, theirs: theirs[0] as Buffer }
    }
    if (!String(other).startsWith('$')) return null
    const { connection } = this.ours.link(link)
    const db = this.ours.engine.keyspace.databases[connection.client.dbIndex]
    const at = db?.find(from) ?? -1
    if (db === undefined || at < 0) return null
    const own = fromBytes(dumpValue(db.valueAt(at), { version: rdbOf(this.real.version) }))
    for (const payload of [String(other).slice(1), own]) {
      const argv = ['RESTORE', to, '0', payload, ...options]
      const difference = await this.compare(index, [{ kind: 'call', link, argv }])
      if (difference !== null) return difference
    }
    return this.events(index, [])
  }

  // ---- Events -----------------------------------------------------------------------------------

  /** What the listener has heard since it was asked last. */
  private async events(index: number, batch: readonly Call[]): Promise<Difference | null> {
    if (!this.listening) return null
    const ping = encodeRequest(['PING', 'heard'])
    const listener = this.links[LISTENER] as TcpLink
    listener.write(ping)
    const { inbox, ...mine } = this.ours.link(LISTENER)
    mine.write(ping)
    const ours: Buffer[] = []
    for (let push = inbox.take(); push !== null; push = inbox.take()) ours.push(push)
    const theirs: Buffer[] = []
    do theirs.push((await listener.next(PATIENCE)) ?? HEARD)
    while (!theirs.at(-1)?.equals(HEARD))
    this.compared += theirs.length - 1
    const last = batch.at(-1)?.argv ?? []
    const ordered = !this.closely || !/^(?:sort|sort_ro|scan|exec)$/i.test(last[0] ?? '')
    const [a, b] = [told(ours, ordered), told(theirs, ordered)]
    if (a.equals(b)) return null
    if (this.closely && excuseEvents(this.real.version, last) !== undefined) return null
    const at = index + Math.max(0, batch.length - 1)
    return { index: at, argv: ['(events)', ...last], ours: a, theirs: b }
  }

  // ---- All keys ---------------------------------------------------------------------------------

  private async check(index: number): Promise<Difference | null> {
    const differing = (argv: readonly string[], ours: Buffer, theirs: Buffer): Difference => ({
      index,
      argv,
      ours,
      theirs,
    })
    for (let db = 0; db < DATABASES; db++) {
      const list = ['KEYS', '*']
      const { ours, theirs } = await this.exchange(CONTROL, [['SELECT', String(db)], list])
      const [mine, other] = [ours[1] as Buffer, theirs[1] as Buffer]
      if (!this.alike(list, parse(mine), parse(other))) return differing(list, mine, other)
      const keys = (parse(mine) as string[]).slice(1).map((key) => key.slice(1))
      const types = await this.exchange(
        CONTROL,
        keys.map((key) => ['TYPE', key]),
      )
      const questions = keys.flatMap((key, i) =>
        questionsAbout(key, parse(types.ours[i] as Buffer) as string),
      )
      const answers = await this.exchange(CONTROL, questions)
      for (let i = 0; i < questions.length; i++) {
        const argv = questions[i] as string[]
        const [a, b] = [answers.ours[i] as Buffer, answers.theirs[i] as Buffer]
        this.compared++
        if (a.equals(b) || this.alike(argv, parse(a), parse(b))) continue
        return differing(argv, a, b)
      }
    }
    return null
  }
}

/** The scores of a sorted set are part of its digest, and are written otherwise since 7.2. */
const questionsAbout = (key: string, type: string): string[][] => [
  ['TYPE', key],
  ['OBJECT', 'ENCODING', key],
  type === '+zset' ? ['ZRANGE', key, '0', '-1', 'WITHSCORES'] : ['DEBUG', 'DIGEST-VALUE', key],
  ['PEXPIRETIME', key],
  ...(type === '+stream' ? [['XINFO', 'STREAM', key, 'FULL', 'COUNT', '0']] : []),
]

const EVENTS = 'notify-keyspace-events'

/** The version of RDB that this Redis reads. */
const rdbOf = (version: string): number =>
  compareVersions(version, '7.2') < 0 ? 10 : compareVersions(version, '8.0') < 0 ? 11 : 12

/** Messages as lines of a reply: where, and what. What was looked up without an order comes in any. */
function told(pushes: readonly Buffer[], ordered: boolean): Buffer {
  const lines = pushes.slice(0, -1).map((push) => {
    const tree = parse(push)
    return Array.isArray(tree)
      ? tree
          .slice(3)
          .map((word) => String(word).slice(1))
          .join(' ')
      : tree
  })
  if (!ordered) lines.sort()
  return Buffer.from([`+${lines.length} messages`, ...lines, ''].join('\r\n'), 'latin1')
}

const openAll = (real: Real): Promise<TcpLink[]> =>
  Promise.all(Array.from({ length: LINKS }, () => TcpLink.open(real.port)))

/** The calls from a step on that may go together. */
function batchAt(steps: readonly Step[], from: number, most: number): Call[] {
  const batch: Call[] = []
  const first = steps[from] as Call
  for (let i = from; i < steps.length && batch.length < most; i++) {
    const step = steps[i] as Step
    if (step.kind !== 'call' || step.link !== first.link) break
    batch.push(step)
    if (step.unsettles !== undefined || step.doubtful !== undefined) break
  }
  return batch
}
