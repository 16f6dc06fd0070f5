/**
 * Channels, patterns and shard channels: who listens to what. The messages themselves are pushes.
 * https://redis.io/docs/latest/develop/pubsub/
 */
import { Push, type Reply } from '../core/reply.ts'
import { matchGlob } from '../util/glob.ts'
import type { Client } from './client.ts'

type Listeners = Map<string, Set<Client>>

export class PubSub {
  readonly channels: Listeners = new Map()
  readonly patterns: Listeners = new Map()
  readonly shardChannels: Listeners = new Map()

  subscribe(client: Client, channel: string): boolean {
    return join(this.channels, client.channels, client, channel)
  }

  unsubscribe(client: Client, channel: string): boolean {
    return leave(this.channels, client.channels, client, channel)
  }

  subscribePattern(client: Client, pattern: string): boolean {
    return join(this.patterns, client.patterns, client, pattern)
  }

  unsubscribePattern(client: Client, pattern: string): boolean {
    return leave(this.patterns, client.patterns, client, pattern)
  }

  subscribeShard(client: Client, channel: string): boolean {
    return join(this.shardChannels, client.shardChannels, client, channel)
  }

  unsubscribeShard(client: Client, channel: string): boolean {
    return leave(this.shardChannels, client.shardChannels, client, channel)
  }

  /** Forget a client altogether. */
  drop(client: Client): void {
    for (const channel of [...client.channels]) this.unsubscribe(client, channel)
    for (const pattern of [...client.patterns]) this.unsubscribePattern(client, pattern)
    for (const channel of [...client.shardChannels]) this.unsubscribeShard(client, channel)
  }

  /** How many clients got the message. */
  publish(channel: string, message: string): number {
    if (this.channels.size === 0 && this.patterns.size === 0) return 0
    let receivers = deliver(this.channels.get(channel), ['message', channel, message])
    for (const [pattern, clients] of this.patterns) {
      if (!matchGlob(pattern, channel)) continue
      receivers += deliver(clients, ['pmessage', pattern, channel, message])
    }
    return receivers
  }

  publishShard(channel: string, message: string): number {
    return deliver(this.shardChannels.get(channel), ['smessage', channel, message])
  }
}

function join(all: Listeners, own: Set<string>, client: Client, name: string): boolean {
  if (own.has(name)) return false
  own.add(name)
  client.listening++
  client.bytesOfInterests += name.length
  const clients = all.get(name)
  if (clients === undefined) all.set(name, new Set([client]))
  else clients.add(client)
  return true
}

function leave(all: Listeners, own: Set<string>, client: Client, name: string): boolean {
  if (!own.delete(name)) return false
  client.listening--
  client.bytesOfInterests -= name.length
  const clients = all.get(name)
  clients?.delete(client)
  if (clients?.size === 0) all.delete(name)
  return true
}

function deliver(clients: Set<Client> | undefined, items: readonly Reply[]): number {
  if (clients === undefined) return 0
  const push = new Push(items)
  for (const client of clients) client.push(push)
  return clients.size
}
