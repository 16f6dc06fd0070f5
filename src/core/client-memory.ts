/**
 * How much memory a client holds on to: what it sent and has not been run, what it was sent and has not
 * taken, and what the engine remembers of it. CLIENT LIST shows it and `maxmemory-clients` limits it.
 */
import type { Client } from '../engine/client.ts'

/** Client, connection, parser and writer without anything in them. */
const EMPTY_CLIENT = 2048
/** Redis gives every client so much room for replies before it counts them as a list. */
const REPLY_BUFFER = 16 * 1024
/** A word in a list, beside its bytes. */
const WORD = 24
/** A watched key or a subscription: an entry here and one in the engine's own tables. */
const INTEREST = 120

export interface ClientMemory {
  /** Bytes of requests that have not been run. */
  input: number
  /** Room that is kept for more of them. */
  inputRoom: number
  /** Bytes that are to come, and count as if they were here already: a client is cut off before they are. */
  announced: number
  /** Words of requests that are not all there, or that wait until the client is no longer parked. */
  words: number
  /** Requests that MULTI has queued. */
  queued: number
  /** Replies that fit into the buffer that Redis has for each client, and those beyond it. */
  output: number
  outputBeyond: number
  total: number
}

export function memoryOf(client: Client): ClientMemory {
  const { sink, transaction } = client
  const input = sink.unread ?? 0
  const announced = sink.announced ?? 0
  const inputRoom = sink.room ?? 0
  let words = sink.begun ?? 0
  for (const argv of client.inbox) words += bytesOfWords(argv)
  const queued = transaction?.bytes ?? 0
  const untaken = sink.untaken ?? 0
  const output = Math.min(untaken, REPLY_BUFFER)
  const total =
    EMPTY_CLIENT +
    input +
    inputRoom +
    announced +
    words +
    queued +
    untaken +
    interests(client) +
    named(client)
  return {
    input,
    inputRoom,
    announced,
    words,
    queued,
    output,
    outputBeyond: untaken - output,
    total,
  }
}

/** Words of a request on the heap. */
export function bytesOfWords(argv: readonly string[]): number {
  let bytes = 0
  for (const word of argv) bytes += WORD + word.length
  return bytes
}

/** Keys, channels, patterns and prefixes that the client wants to hear of. */
function interests(client: Client): number {
  const { watched, channels, patterns, shardChannels, tracking } = client
  const prefixes = tracking?.prefixes ?? []
  const count = watched.length + channels.size + patterns.size + shardChannels.size
  return (count + prefixes.length) * INTEREST + client.bytesOfInterests + bytesOfWords(prefixes)
}

/** What the lists of fields take that HIMPORT PREPARE has named, roughly. */
function named({ fieldsets }: Client): number {
  let bytes = 0
  for (const [name, fields] of fieldsets ?? []) bytes += 64 + name.length + bytesOfWords(fields)
  return bytes
}
