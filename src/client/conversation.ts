/**
 * One session and the calls on it that have no reply yet, oldest first.
 *
 * Replies carry no numbers: the protocol answers in order, so a reply belongs to the oldest call.
 * Only subscriptions are different. In RESP3 their answer is a push for each channel, and the call is
 * over when the last of them has come.
 */
import { CommandError } from '../core/errors.ts'
import type { Push, Reply } from '../core/reply.ts'
import { ClosedError } from './errors.ts'
import type { Link, Receiver, Session } from './link.ts'

/** A call that waits for its reply. */
export interface Call {
  settle(reply: Reply): void
  fail(error: Error): void
  /**
   * What kind of confirmation ends it (`subscribe`, `punsubscribe` …); null for an ordinary call.
   * Then `left` counts what is still to come, or is -1 for "until nothing is left".
   */
  readonly confirmed: string | null
  left: number
}

/** The words with which a confirmation begins. */
const CONFIRMATIONS: ReadonlySet<string> = new Set([
  'subscribe',
  'psubscribe',
  'ssubscribe',
  'unsubscribe',
  'punsubscribe',
  'sunsubscribe',
])

/** Calls are taken from the front; the array is cut when half of it is behind. */
const SLACK = 1024

export class Conversation implements Receiver {
  private readonly session: Session
  private readonly onPush: (push: Push) => void
  private readonly onClosed: (reason: Error) => void
  private calls: (Call | undefined)[] = []
  private front = 0
  /** Names subscribed to as the other side confirmed them, by kind. */
  private readonly names = {
    subscribe: new Set<string>(),
    psubscribe: new Set<string>(),
    ssubscribe: new Set<string>(),
  }
  /** Why it ended, or null. */
  ended: Error | null = null
  dbIndex = 0
  /** The id that CLIENT commands know it by; -1 until known. */
  id = -1

  constructor(link: Link, onPush: (push: Push) => void, onClosed: (reason: Error) => void) {
    this.onPush = onPush
    this.onClosed = onClosed
    this.session = link.open(this)
  }

  /** Calls without a reply. */
  get pending(): number {
    return this.calls.length - this.front
  }

  /** Send a request; `flush` makes it leave. */
  send(argv: readonly string[], call: Call): void {
    if (this.ended !== null) {
      call.fail(this.ended)
      return
    }
    this.calls.push(call)
    try {
      this.session.send(argv)
    } catch (error) {
      // The request never got there. Nothing can have been queued behind it.
      const at = this.calls.lastIndexOf(call)
      if (at >= this.front) {
        this.calls.splice(at, 1)
        call.fail(error as Error)
      }
    }
  }

  flush(): void {
    if (this.ended === null) this.session.flush()
  }

  /** The session itself, for what only one kind of link can do. */
  get raw(): Session {
    return this.session
  }

  close(): void {
    this.session.close()
  }

  reply(reply: Reply): void {
    const call = this.shift()
    if (call === undefined) this.session.close()
    else call.settle(reply)
  }

  push(push: Push): void {
    const kind = push.items[0]
    if (typeof kind !== 'string' || !CONFIRMATIONS.has(kind)) {
      this.onPush(push)
      return
    }
    this.confirm(kind, push.items[1] as string | null)
  }

  closed(reason: Error): void {
    if (this.ended !== null) return
    this.ended = reason
    const calls = this.calls.slice(this.front)
    this.calls = []
    this.front = 0
    for (const call of calls) call?.fail(reason)
    this.onClosed(reason)
  }

  private confirm(kind: string, name: string | null): void {
    const off = kind.indexOf('un')
    const names = this.names[
      (off < 0 ? kind : kind.replace('un', '')) as keyof typeof this.names
    ] as Set<string>
    if (name !== null) {
      if (off < 0) names.add(name)
      else names.delete(name)
    }
    const call = this.calls[this.front]
    // The engine may also end a subscription by itself; then nobody waits for the word.
    if (call === undefined || call.confirmed !== kind) return
    const done = call.left < 0 ? names.size === 0 : --call.left === 0
    if (done) this.shift()?.settle(names.size)
  }

  private shift(): Call | undefined {
    if (this.front === this.calls.length) return undefined
    const call = this.calls[this.front]
    this.calls[this.front++] = undefined
    if (this.front === this.calls.length) {
      // Assigning to `length` is slow, and one call at a time is the commonest case of all.
      if (this.front > SLACK) this.calls = []
      else this.calls.pop()
      if (this.front > SLACK) this.front = 0
      else this.front--
    } else if (this.front > SLACK && this.front * 2 > this.calls.length) {
      this.calls = this.calls.slice(this.front)
      this.front = 0
    }
    return call
  }
}

/** A call whose reply nobody reads, unless it is an error. */
export class Chore implements Call {
  readonly confirmed = null
  left = 0
  private readonly done: (reply: Reply) => void
  private readonly failed: (error: Error) => void

  constructor(done: (reply: Reply) => void, failed: (error: Error) => void) {
    this.done = done
    this.failed = failed
  }

  settle(reply: Reply): void {
    if (reply instanceof CommandError) this.failed(new Error(`${reply}`))
    else this.done(reply)
  }

  fail(error: Error): void {
    this.failed(error)
  }
}

export const closedError = (reason: Error): Error =>
  reason instanceof ClosedError ? reason : new ClosedError(reason.message, { cause: reason })
