/**
 * Which messages producers have sent already: XADD with IDMP adds each of them once.
 *
 * A Map keeps its keys in the order in which they were added, which is that of time; so the oldest
 * one, which has to go first, is the first key.
 */
import type { StreamId } from './stream-id.ts'

export class Producers {
  /** By producer: IDs of its messages, and the entries they became. */
  readonly all: Map<string, Map<string, StreamId>> = new Map()

  /** The entry that a message of a producer has become. */
  find(producer: string, message: string): StreamId | undefined {
    return this.all.get(producer)?.get(message)
  }

  /** Remember a message as the latest one, and forget the oldest if there are more than `most`. */
  record(producer: string, message: string, id: StreamId, most: number): void {
    let messages = this.all.get(producer)
    if (messages === undefined) {
      messages = new Map()
      this.all.set(producer, messages)
    } else messages.delete(message)
    messages.set(message, id)
    if (messages.size > most) messages.delete(messages.keys().next().value as string)
  }

  /** Forget what became an entry at this time (ms since the epoch) or before. */
  forget(upTo: number): void {
    for (const [producer, messages] of this.all) {
      for (const [message, id] of messages) {
        if (id.ms > upTo) break
        messages.delete(message)
      }
      if (messages.size === 0) this.all.delete(producer)
    }
  }

  /** Producers, and messages of all of them, without those up to this time. */
  count(upTo: number): { producers: number; messages: number } {
    let producers = 0
    let messages = 0
    for (const ids of this.all.values()) {
      let left = ids.size
      for (const id of ids.values()) {
        if (id.ms > upTo) break
        left--
      }
      if (left > 0) producers++
      messages += left
    }
    return { producers, messages }
  }

  copy(): Producers {
    const copy = new Producers()
    for (const [producer, messages] of this.all) copy.all.set(producer, new Map(messages))
    return copy
  }
}
