/**
 * A client in one line, as CLIENT LIST and CLIENT INFO print it.
 *
 * Fields and their order are Redis 8.10's. What exists only around a socket (descriptor, sizes of
 * buffers) is reported as Redis reports it of a client without one: -1 or 0.
 * https://redis.io/docs/latest/commands/client-list/
 */
import type { Client } from '../engine/client.ts'
import { memoryOf } from './client-memory.ts'

export type ClientType = 'normal' | 'pubsub' | 'replica' | 'master'

export const typeOfClient = (client: Client): ClientType =>
  client.replica !== null ? 'replica' : client.subscribed ? 'pubsub' : 'normal'

/** The type that a word names, in any case; undefined if none. */
export function clientTypeNamed(word: string): ClientType | undefined {
  const name = word.toLowerCase()
  if (name === 'slave' || name === 'replica') return 'replica'
  return name === 'normal' || name === 'pubsub' || name === 'master' ? name : undefined
}

/** Clients in the order in which they came, without those that are the engine's own. */
export function* clientsOf(all: Iterable<Client>): Iterable<Client> {
  for (const client of all) if (!client.internal) yield client
}

/** How long ago that was, in whole seconds as a clock of seconds sees it. */
export const secondsSince = (then: number, now: number): number =>
  Math.max(0, Math.floor(now / 1000) - Math.floor(then / 1000))

/** Whether a client comes from this machine, by its address. */
export const isLocal = (address: string): boolean =>
  /^$|^(127\.|\[?::1\]?:|localhost|\/)/.test(address)

/** What a request takes as RESP. */
export function requestBytes(argv: readonly string[]): number {
  let bytes = head(argv.length)
  for (const word of argv) bytes += head(word.length) + word.length + 2
  return bytes
}

/** `*2` or `$5`, and the end of the line. */
const head = (n: number): number => String(n).length + 3

/** One line, without the line break; `running`: bytes of its request that runs now. */
export function describeClient(client: Client, now: number, running = 0): string {
  const memory = memoryOf(client)
  const fields: readonly (readonly [name: string, value: string | number])[] = [
    ['id', client.id],
    ['addr', client.address],
    ['laddr', client.local],
    ['fd', -1],
    ['name', client.name],
    ['age', secondsSince(client.createdAt, now)],
    ['idle', secondsSince(client.lastActiveAt, now)],
    ['flags', flagsOf(client)],
    ['db', client.dbIndex],
    ['sub', client.channels.size],
    ['psub', client.patterns.size],
    ['ssub', client.shardChannels.size],
    ['multi', client.transaction === null ? -1 : client.transaction.queue.length],
    ['watch', client.watched.length],
    ['qbuf', memory.input + running],
    ['qbuf-free', memory.inputRoom],
    ['argv-mem', memory.words],
    ['multi-mem', memory.queued],
    ['rbs', 0],
    ['rbp', 0],
    ['obl', memory.output],
    ['oll', client.unsent],
    ['omem', memory.outputBeyond],
    ['tot-mem', memory.total],
    ['events', 'r'],
    ['cmd', client.lastCommand?.fullName ?? 'NULL'],
    ['user', client.user.name],
    ['redir', client.tracking === null ? -1 : client.tracking.redirect],
    ['resp', client.resp],
    ['lib-name', client.libraryName],
    ['lib-ver', client.libraryVersion],
    ['io-thread', 0],
    ['tot-net-in', client.bytesIn],
    ['tot-net-out', client.bytesOut],
    ['tot-cmds', client.commandsProcessed],
    ['read-events', 0],
    ['parse-batch-cmd-sum', 0],
    ['parse-batch-cnt', 0],
  ]
  return fields.map(([name, value]) => `${name}=${value}`).join(' ')
}

function flagsOf(client: Client): string {
  const { tracking } = client
  let flags = client.replica === null ? '' : 'S'
  if (client.monitoring) flags += 'O'
  if (client.subscribed) flags += 'P'
  if (client.transaction !== null) flags += 'x'
  if (client.parked !== null) flags += 'b'
  if (tracking !== null) flags += 't'
  if (tracking?.broken) flags += 'R'
  if (tracking?.broadcast) flags += 'B'
  if (client.watchBroken) flags += 'd'
  if (client.closing) flags += 'c'
  if (client.unix) flags += 'U'
  if (client.noEvict) flags += 'e'
  if (client.noTouch) flags += 'T'
  return flags === '' ? 'N' : flags
}
