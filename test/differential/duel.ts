/** The same steps on both sides: our engine in process, a real server over a socket. */
import { encodeRequest, TcpLink } from '../helpers/link.ts'
import { Ours } from '../helpers/ours.ts'
import { compareVersions, type Real } from '../helpers/real.ts'
import { excuse, excuseEvents } from './known.ts'
import { mannerOf, parse, sameTrees, type Tree, withoutLater, withShortNumbers } from './replies.ts'
import { type Call, commandOf, type Segment, type Step } from './workload.ts'

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
const DATABASES = 3
const PATIENCE = 10_000

/** The oracle does not answer any more; the message is what it was asked. */
export class Gone extends Error {}

/** The connection that hears all that is published. */
const LISTENER = 3
const HEARD = Buffer.from('*2\r\n$4\r\npong\r\n$5\r\nheard\r\n')

const RESET = Buffer.from('+RESET\r\n')
const QUEUED = Buffer.from('+QUEUED\r\n')
const NOTHING = Buffer.from('-NO REPLY\r\n')

export class Duel {
  compared = 0
  private readonly real: Real
  private links: readonly TcpLink[]
  /** Whether a difference in the last batch has a reason. */
  private excused = false
  private ours: Ours = new Ours(Date.now())
  /** What MULTI has collected, or null. */
  private queues: ((readonly string[])[] | null)[] = [null, null, null]
  /** Whether what is published is compared as well, with all keyspace events. */
  private readonly events: boolean

  private constructor(real: Real, links: readonly TcpLink[], events: boolean) {
    this.real = real
    this.links = links
    this.events = events
  }

  static async open(real: Real, { events = false } = {}): Promise<Duel> {
    return new Duel(real, await openAll(real), events)
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
      } else if (step.kind === 'check') {
        const difference = await this.check(i)
        if (difference !== null) return difference
        i++
      } else {
        const batch = batchAt(steps, i, this.events ? 1 : BATCH)
        const difference = await this.compare(i, batch)
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
    this.queues = [null, null, null]
    try {
      const listener = this.links[LISTENER] as TcpLink
      for (const link of this.links) {
        if (link !== listener) await link.call(['RESET'])
      }
      // What it was told after it was asked last comes first.
      listener.write(encodeRequest(['RESET']))
      while (!(await listener.next(PATIENCE))?.equals(RESET)) {
        if (listener.inbox.ended) throw new Gone()
      }
      await (this.links[CONTROL] as TcpLink).call(['FLUSHALL'])
    } catch {
      throw new Gone()
    }
    await this.exchange(1, [['HELLO', '3']])
    const settings = config.map(([name, value]) => ['CONFIG', 'SET', name, value])
    await this.exchange(CONTROL, settings)
    if (!this.events) return
    const classes = compareVersions(this.real.version, '8.2') < 0 ? 'KEAmn' : 'KEAmnoc'
    // Who finds what has expired is then the same on both sides.
    await this.exchange(CONTROL, [
      ['CONFIG', 'SET', 'notify-keyspace-events', classes],
      ['DEBUG', 'SET-ACTIVE-EXPIRE', '0'],
    ])
    await this.exchange(LISTENER, [['PSUBSCRIBE', '*']])
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
      if (!this.agree(link, argv, mine, other)) {
        return { index: index + i, argv, ours: mine, theirs: other }
      }
    }
    return this.events ? this.compareHeard(index + batch.length - 1, batch.at(-1) as Call) : null
  }

  /** What the listener has heard since it was asked last. */
  private async compareHeard(index: number, { argv }: Call): Promise<Difference | null> {
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
    const ordered = !/^(?:sort|sort_ro|scan|exec)$/i.test(argv[0] ?? '')
    const [a, b] = [told(ours, ordered), told(theirs, ordered)]
    return a.equals(b) || excuseEvents(this.real.version, argv) !== undefined
      ? null
      : { index, argv, ours: a, theirs: b }
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
    const manner = command === undefined ? 'exact' : mannerOf(command.fullName, argv)
    if (sameTrees(withoutLater(ours, version), theirs, manner)) return true
    if (compareVersions(version, '7.2') < 0) {
      if (sameTrees(withShortNumbers(ours), withShortNumbers(theirs), manner)) return true
    }
    if (excuse(version, command?.fullName ?? '', argv, ours, theirs) === undefined) return false
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
  ): Promise<{ ours: Buffer[]; theirs: Buffer[] }> {
    const bytes = Buffer.concat(requests.map(encodeRequest))
    const link = this.links[number] as TcpLink
    link.write(bytes)
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
    for (let i = 0; i < requests.length; i++) theirs.push((await link.next(PATIENCE)) ?? NOTHING)
    return { ours, theirs }
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
]

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
  Promise.all([0, 1, 2, 3].map(() => TcpLink.open(real.port)))

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
