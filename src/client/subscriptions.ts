/**
 * Who listens to which channel, pattern or shard channel. Names are byte strings here, so that
 * binary channels work; listeners get text, or bytes when they ask for them.
 */
import type { Push, Reply } from '../core/reply.ts'
import { decodeUtf8 } from '../util/bytes.ts'
import type { ClientEvents } from './core.ts'
import { Decoder, TEXT } from './decode.ts'
import { type Emitter, report } from './emitter.ts'
import { ClosedError, OverflowError } from './errors.ts'

export type SubscriptionKind = 'subscribe' | 'psubscribe' | 'ssubscribe'

export interface Message<B = string> {
  readonly channel: string
  readonly message: B
  /** The pattern that matched; null for a channel that was named. */
  readonly pattern: string | null
}

/** Messages that may wait for one reader. */
const MOST_WAITING = 100_000

const BYTES = new Decoder({ replies: 'bytes' })

/** One call of `subscribe`: iterate over its messages, or give it a listener; `unsubscribe` ends it. */
export class Subscription<B = string> implements AsyncIterable<Message<B>> {
  readonly kind: SubscriptionKind
  /** Byte strings. */
  readonly names: readonly string[]
  /** Ends it; resolves when the engine has confirmed. May be handed around without its object. */
  readonly unsubscribe: () => Promise<void>
  private readonly listener: ((message: B, channel: string, pattern: string | null) => void) | null
  private readonly decoder: Decoder
  private waiting: Message<B>[] = []
  private wake: (() => void) | null = null
  private over = false
  private error: Error | null = null
  private iterated = false

  constructor(
    kind: SubscriptionKind,
    names: readonly string[],
    listener: ((message: B, channel: string, pattern: string | null) => void) | null,
    decoder: Decoder,
    leave: (subscription: Subscription<B>) => Promise<void>,
  ) {
    this.kind = kind
    this.names = names
    this.listener = listener
    this.decoder = decoder
    this.unsubscribe = () => {
      this.end(null)
      return leave(this)
    }
  }

  deliver(channel: string, message: Reply, pattern: string | null): void {
    if (this.over) return
    const text = decodeUtf8(channel)
    const shown = pattern === null ? null : decodeUtf8(pattern)
    const body = this.decoder.decode(message, '') as B
    if (this.listener !== null) {
      try {
        this.listener(body, text, shown)
      } catch (error) {
        report(error)
      }
      return
    }
    // Messages before anybody iterates are kept: `for await` may begin a little later.
    if (this.waiting.length >= MOST_WAITING) {
      this.waiting = []
      this.end(new OverflowError(`More than ${MOST_WAITING} messages wait to be read`))
      return
    }
    this.waiting.push({ channel: text, message: body, pattern: shown })
    this.wake?.()
  }

  end(error: Error | null): void {
    if (this.over) return
    this.over = true
    this.error = error
    this.wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message<B>, void, void> {
    if (this.listener !== null) throw new TypeError('This subscription has a listener')
    if (this.iterated) throw new TypeError('This subscription is being iterated already')
    this.iterated = true
    try {
      for (;;) {
        const batch = this.waiting
        this.waiting = []
        for (const message of batch) yield message
        if (this.waiting.length > 0) continue
        if (this.error !== null) throw this.error
        if (this.over) return
        await new Promise<void>((resolve) => {
          this.wake = resolve
        })
        this.wake = null
      }
    } finally {
      // Leaving the loop is leaving the channel.
      if (!this.over) await this.unsubscribe().catch(() => {})
    }
  }
}

export class Subscriptions {
  private readonly events: Emitter<ClientEvents>
  private readonly byName = {
    subscribe: new Map<string, Set<Subscription<unknown>>>(),
    psubscribe: new Map<string, Set<Subscription<unknown>>>(),
    ssubscribe: new Map<string, Set<Subscription<unknown>>>(),
  }

  constructor(events: Emitter<ClientEvents>) {
    this.events = events
  }

  add(subscription: Subscription<unknown>): void {
    const byName = this.byName[subscription.kind]
    for (const name of subscription.names) {
      const set = byName.get(name)
      if (set === undefined) byName.set(name, new Set([subscription]))
      else set.add(subscription)
    }
  }

  /** Forget one; returns the names that nobody else listens to. */
  remove(subscription: Subscription<unknown>): string[] {
    const byName = this.byName[subscription.kind]
    const free: string[] = []
    for (const name of subscription.names) {
      const set = byName.get(name)
      if (set === undefined || !set.delete(subscription) || set.size > 0) continue
      byName.delete(name)
      free.push(name)
    }
    return free
  }

  /** These names (all of them if none is given) are left, whoever listens. */
  drop(kind: SubscriptionKind, names: readonly string[]): void {
    const byName = this.byName[kind]
    for (const name of names.length > 0 ? names : [...byName.keys()]) {
      const set = byName.get(name)
      byName.delete(name)
      for (const subscription of set ?? []) {
        if (!subscription.names.some((other) => byName.get(other)?.has(subscription))) {
          subscription.end(null)
        }
      }
    }
  }

  hear(push: Push): void {
    const [kind, first, second, third] = push.items
    const { events } = this
    if (kind === 'message' || kind === 'smessage') {
      const channel = first as string
      const name = kind === 'message' ? 'subscribe' : 'ssubscribe'
      for (const one of [...(this.byName[name].get(channel) ?? [])]) {
        one.deliver(channel, second as Reply, null)
      }
      if (events.has(kind)) events.emit(kind, decodeUtf8(channel), text(second))
      const twin = `${kind}Buffer` as const
      if (events.has(twin)) events.emit(twin, decodeUtf8(channel), bytes(second))
    } else if (kind === 'pmessage') {
      const pattern = first as string
      const channel = second as string
      for (const one of [...(this.byName.psubscribe.get(pattern) ?? [])]) {
        one.deliver(channel, third as Reply, pattern)
      }
      const names = [decodeUtf8(pattern), decodeUtf8(channel)] as const
      if (events.has('pmessage')) events.emit('pmessage', ...names, text(third))
      if (events.has('pmessageBuffer')) events.emit('pmessageBuffer', ...names, bytes(third))
    } else if (kind === 'invalidate') {
      events.emit('invalidate', TEXT.decode(first as Reply, '') as string[] | null)
    }
  }

  /** The session is over. */
  end(reason: Error): void {
    for (const byName of Object.values(this.byName)) {
      for (const set of byName.values()) {
        for (const one of set) one.end(reason instanceof ClosedError ? null : reason)
      }
      byName.clear()
    }
  }
}

const text = (reply: Reply | undefined): string => TEXT.decode(reply as Reply, '') as string
const bytes = (reply: Reply | undefined): Uint8Array =>
  BYTES.decode(reply as Reply, '') as Uint8Array
