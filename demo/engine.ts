/**
 * The engine of the page: in a worker, its data in IndexedDB, every write stored before it is
 * answered. `?data=NAME` picks another data set, `?memory` keeps nothing, `?repair` gives up what is damaged.
 */
import type { Link, LinkStatus, Receiver, Session } from '../src/client/link.ts'
import { Many, type Push, type Reply } from '../src/core/reply.ts'
import { openLink } from '../src/runtimes/browser/index.ts'
import type { Backend, BackendEvents, DataStatus } from './backend.ts'

/** Commands that are answered by pushes: one for each name. */
const CONFIRMED = new Set([
  'subscribe',
  'unsubscribe',
  'psubscribe',
  'punsubscribe',
  'ssubscribe',
  'sunsubscribe',
])

interface Waiting {
  readonly resolve: (reply: Reply) => void
  readonly reject: (reason: Error) => void
  /** The command, if pushes answer it. */
  readonly confirmed: string | null
  /** Pushes still to come, and those that came. */
  left: number
  readonly pushes: Push[]
}

/** One session, as promises. */
class Conversation implements Receiver {
  private readonly session: Session
  private readonly waiting: Waiting[] = []
  private readonly onPush: (push: Push) => void
  private readonly onClosed: (reason: Error) => void

  constructor(
    link: Link,
    onPush: (push: Push) => void = () => {},
    onClosed: (reason: Error) => void = () => {},
  ) {
    this.onPush = onPush
    this.onClosed = onClosed
    this.session = link.open(this)
    if (!link.local) void this.ask(['HELLO', '3']).catch(() => {})
  }

  ask(argv: readonly string[]): Promise<Reply> {
    const name = (argv[0] as string).toLowerCase()
    const confirmed = CONFIRMED.has(name) ? name : null
    return new Promise((resolve, reject) => {
      const left = Math.max(1, argv.length - 1)
      this.waiting.push({ resolve, reject, confirmed, left, pushes: [] })
      this.session.send(argv)
      this.session.flush()
    })
  }

  reply(reply: Reply): void {
    this.waiting.shift()?.resolve(reply)
  }

  push(push: Push): void {
    const [first] = this.waiting
    if (first === undefined || first.confirmed !== push.items[0]) {
      this.onPush(push)
      return
    }
    first.pushes.push(push)
    if (--first.left > 0) return
    this.waiting.shift()
    first.resolve(first.pushes.length === 1 ? push : new Many(first.pushes))
  }

  closed(reason: Error): void {
    for (const { reject } of this.waiting.splice(0)) reject(reason)
    this.onClosed(reason)
  }
}

export async function openBackend(events: BackendEvents): Promise<Backend> {
  const query = new URLSearchParams(location.search)
  const address = query.has('memory') ? 'memory:' : `idb://${query.get('data') ?? 'playground'}`
  const link = await openLink(address, {
    worker: () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }),
    // It is the user's own server: DEBUG is theirs as well.
    config: { appendfsync: 'always', 'enable-debug-command': 'yes' },
    fallback: 'memory',
    ...(query.has('repair') ? { repair: 'truncate' } : {}),
  })
  let conversation: Conversation | null = null
  let own: Conversation | null = null
  let begin = (): void => {}
  const ready = new Promise<void>((resolve) => {
    begin = resolve
  })

  const follow = (status: LinkStatus): void => {
    events.status(describe(status))
    if (conversation === null && isDamaged(status)) events.ownership('damaged')
    else if (status.state === 'elsewhere') events.ownership('elsewhere')
    else if (status.state === 'fenced') {
      events.ownership(/deleted/.test(status.error?.message ?? '') ? 'deleted' : 'taken')
    } else if (status.state === 'ready' || status.state === 'failed') {
      events.ownership('ours')
      if (conversation !== null) return
      own = new Conversation(link)
      conversation = new Conversation(link, events.push, (reason) => events.closed(reason.message))
      // Asked for once, and not again with the next visit.
      if (query.has('repair')) history.replaceState(null, '', addressWithout(query, 'repair'))
      begin()
    }
  }
  link.listen((event) => {
    if (event.type === 'status') follow(event.status)
  })
  follow(link.status)

  return {
    ready,
    async send(argv) {
      if (conversation === null) throw new Error('The engine is not ready yet.')
      return conversation.ask(argv)
    },
    async ask(argv) {
      if (own === null) throw new Error('The engine is not ready yet.')
      return own.ask(argv)
    },
    transfers: () => link.transfers(),
    async takeOver() {
      if (!isDamaged(link.status)) return link.takeOver()
      query.set('repair', '')
      location.search = query.toString()
    },
  }
}

const isDamaged = ({ state, error }: LinkStatus): boolean =>
  state === 'failed' && error !== null && 'code' in error && error.code === 'corrupt'

function addressWithout(query: URLSearchParams, name: string): string {
  query.delete(name)
  return query.size === 0 ? location.pathname : `?${query}`
}

function describe(status: LinkStatus): DataStatus {
  return {
    state: stateOf(status),
    loaded: status.loaded,
    total: status.total,
    problem: status.error?.message ?? '',
  }
}

function stateOf(status: LinkStatus): DataStatus['state'] {
  if (status.state === 'opening' || status.state === 'loading') return status.state
  if (status.state !== 'ready') return 'failed'
  if (!status.durable) return 'memory'
  return status.saved ? 'saved' : 'saving'
}
