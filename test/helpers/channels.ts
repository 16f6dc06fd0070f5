/**
 * Two ends of a port whose messages travel when the test says so: any number at a time, from either
 * side, later than anybody would like, or not any more. Transferred buffers are detached, as real
 * ports do it.
 */
import type { Message } from '../../src/worker/messages.ts'
import type { Channel } from '../../src/worker/port.ts'

interface Ears {
  message(data: unknown): void
  broken(reason: string): void
}

export class End implements Channel {
  /** What this end has posted and the other has not been given yet. */
  readonly queue: unknown[] = []
  /** Everything this end has posted. */
  readonly posted: Message[] = []
  other!: End
  closed = false
  /** What is posted is lost: the process behind this end is dead. */
  dead = false
  ears: Ears | null = null

  post(message: Message, transfer: readonly ArrayBuffer[]): void {
    if (this.closed) return
    const copy = structuredClone(message, { transfer: [...transfer] })
    this.posted.push(copy as Message)
    if (!this.dead) this.queue.push(copy)
  }

  listen(ears: Ears): void {
    this.ears = ears
  }

  close(): void {
    this.closed = true
  }

  /** Hand over the oldest message; false if there is none. */
  deliver(): boolean {
    if (this.queue.length === 0) return false
    const message = this.queue.shift()
    if (!this.other.closed && !this.other.dead) this.other.ears?.message(message)
    return true
  }
}

export function channels(): [caller: End, host: End] {
  const [caller, host] = [new End(), new End()]
  caller.other = host
  host.other = caller
  return [caller, host]
}

/** Let promises go on. */
export async function turn(times = 8): Promise<void> {
  for (let i = 0; i < times; i++) await Promise.resolve()
}

/** Deliver everything, in both directions, until nothing happens any more. */
export async function settleChannels(a: End, b: End): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    await turn()
    const moved = [a.deliver(), b.deliver()]
    quiet = moved.includes(true) ? 0 : quiet + 1
  }
}
