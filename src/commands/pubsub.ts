/**
 * Publish and subscribe: channels by name, by pattern, and shard channels, which are a world of their
 * own (in a cluster each lives on one node).
 *
 * Each channel named in a SUBSCRIBE or UNSUBSCRIBE is confirmed by a message of its own, which carries
 * the number of subscriptions that the client has then. `engine/pubsub.ts` knows who listens.
 */
import type { Args } from '../core/args.ts'
import { command, key, keys } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { CommandError } from '../core/errors.ts'
import { Many, Push, type Reply } from '../core/reply.ts'
import type { Client } from '../engine/client.ts'
import { matchGlob } from '../util/glob.ts'
import { helpOf } from './help.ts'

// ---- Subscribing ------------------------------------------------------------------------------

const subscribing = {
  group: 'pubsub',
  arity: -2,
  flags: ['denyoom', 'pubsub', 'noscript', 'loading', 'stale'],
  reply: 'void',
} as const

const unsubscribing = {
  ...subscribing,
  arity: -1,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
} as const

export const SUBSCRIBE = command('subscribe', {
  ...subscribing,
  since: '2.0.0',
  summary: 'Receive what is published to these channels.',
  complexity: 'O(N) in the number of channels given.',
  channels: 'subscribes',
  syntax: 'channel...',
  run: (c, args) =>
    confirm(c, 'subscribe', args.rest(), (channel) => {
      c.engine.pubsub.subscribe(c.client, channel)
    }),
})

export const UNSUBSCRIBE = command('unsubscribe', {
  ...unsubscribing,
  since: '2.0.0',
  summary: 'No longer receive what is published to these channels, or to any channel.',
  complexity: 'O(N) in the number of channels that are left.',
  syntax: '[channel...]',
  run: (c, args) =>
    confirm(c, 'unsubscribe', namedOr(args, c.client.channels), (channel) => {
      c.engine.pubsub.unsubscribe(c.client, channel)
    }),
})

export const PSUBSCRIBE = command('psubscribe', {
  ...subscribing,
  since: '2.0.0',
  summary: 'Receive what is published to channels that match these patterns.',
  complexity: 'O(N) in the number of patterns given.',
  channels: 'patterns',
  syntax: 'pattern...',
  run: (c, args) =>
    confirm(c, 'psubscribe', args.rest(), (pattern) => {
      c.engine.pubsub.subscribePattern(c.client, pattern)
    }),
})

export const PUNSUBSCRIBE = command('punsubscribe', {
  ...unsubscribing,
  since: '2.0.0',
  summary: 'No longer receive by these patterns, or by any pattern.',
  complexity: 'O(N) in the number of patterns that are left.',
  syntax: '[pattern...]',
  run: (c, args) =>
    confirm(c, 'punsubscribe', namedOr(args, c.client.patterns), (pattern) => {
      c.engine.pubsub.unsubscribePattern(c.client, pattern)
    }),
})

const noShardsHere = new CommandError("SSUBSCRIBE isn't allowed for a DENY BLOCKING client")

export const SSUBSCRIBE = command('ssubscribe', {
  ...subscribing,
  since: '7.0.0',
  summary: 'Receive what is published to these shard channels.',
  complexity: 'O(N) in the number of shard channels given.',
  channels: 'subscribes',
  syntax: 'shardchannel...',
  keys: keys(1, -1, 1, 'not_key'),
  run(c, args) {
    // Redis lets SUBSCRIBE pass in a transaction for the sake of old clients only.
    if (c.denyBlocking) throw noShardsHere
    return confirm(c, 'ssubscribe', args.rest(), (channel) => {
      c.engine.pubsub.subscribeShard(c.client, channel)
    })
  },
})

export const SUNSUBSCRIBE = command('sunsubscribe', {
  ...unsubscribing,
  since: '7.0.0',
  summary: 'No longer receive what is published to these shard channels, or to any.',
  complexity: 'O(N) in the number of shard channels that are left.',
  syntax: '[shardchannel...]',
  keys: keys(1, -1, 1, 'not_key'),
  run: (c, args) =>
    confirm(c, 'sunsubscribe', namedOr(args, c.client.shardChannels), (channel) => {
      c.engine.pubsub.unsubscribeShard(c.client, channel)
    }),
})

/** The names given, or else all the client has; `null` stands for "there are none". */
function namedOr(args: Args, all: ReadonlySet<string>): readonly (string | null)[] {
  if (args.more) return args.rest()
  return all.size === 0 ? [null] : [...all]
}

/** Do it for each name, and answer a message for each. */
function confirm(
  c: Context,
  kind: string,
  names: readonly (string | null)[],
  change: (name: string) => void,
): Reply {
  const { client } = c
  const sharded = kind === 'ssubscribe' || kind === 'sunsubscribe'
  return new Many(
    names.map((name) => {
      if (name !== null) change(name)
      return new Push([kind, name, sharded ? client.shardChannels.size : client.subscriptions])
    }),
  )
}

// ---- Publishing -------------------------------------------------------------------------------

const publishing = {
  group: 'pubsub',
  arity: 3,
  flags: ['pubsub', 'loading', 'stale', 'fast', 'may_replicate'],
  // Nothing changes that a journal would have to keep.
  propagates: 'never',
  reply: 'number',
} as const

export const PUBLISH = command('publish', {
  ...publishing,
  since: '2.0.0',
  summary: 'Send a message to a channel, and count who gets it.',
  complexity: 'O(N+M) in the subscribers of the channel and the patterns of all clients.',
  channels: 'publishes',
  syntax: 'channel message',
  run(c, args) {
    const channel = args.next()
    const { propagation, pubsub } = c.engine
    propagation.addMessage(c.client.dbIndex, args.argv)
    return pubsub.publish(channel, args.next())
  },
})

export const SPUBLISH = command('spublish', {
  ...publishing,
  since: '7.0.0',
  summary: 'Send a message to a shard channel, and count who gets it.',
  complexity: 'O(N) in the subscribers of the shard channel.',
  channels: 'publishes',
  syntax: 'shardchannel message',
  keys: key(1, 'not_key'),
  run(c, args) {
    const channel = args.next()
    const { propagation, pubsub } = c.engine
    propagation.addMessage(c.client.dbIndex, args.argv)
    return pubsub.publishShard(channel, args.next())
  },
})

// ---- Asking -----------------------------------------------------------------------------------

const asking = {
  group: 'pubsub',
  flags: ['pubsub', 'loading', 'stale'],
} as const

const wrongUse = (subcommand: string): CommandError =>
  new CommandError(
    `unknown subcommand or wrong number of arguments for '${subcommand}'. Try PUBSUB HELP.`,
  )

const channels = command('channels', {
  ...asking,
  since: '2.8.0',
  summary: 'List the channels that have subscribers.',
  complexity: 'O(N) in the number of such channels.',
  syntax: '[pattern]',
  arity: -2,
  reply: 'string[]',
  run: (c, args) => active(args, c.engine.pubsub.channels),
})

const shardChannels = command('shardchannels', {
  ...asking,
  since: '7.0.0',
  summary: 'List the shard channels that have subscribers.',
  complexity: 'O(N) in the number of such channels.',
  syntax: '[pattern]',
  arity: -2,
  reply: 'string[]',
  run: (c, args) => active(args, c.engine.pubsub.shardChannels),
})

function active(args: Args, all: ReadonlyMap<string, unknown>): Reply {
  if (args.left > 1) throw wrongUse(args.argv[1] as string)
  if (!args.more) return [...all.keys()]
  const pattern = args.next()
  return [...all.keys()].filter((channel) => matchGlob(pattern, channel))
}

const numsub = command('numsub', {
  ...asking,
  since: '2.8.0',
  summary: 'Count the subscribers of channels, not counting patterns.',
  complexity: 'O(N) in the number of channels given.',
  syntax: '[channel...]',
  arity: -2,
  reply: '(string | number)[]',
  run: (c, args) => counted(args, c.engine.pubsub.channels),
})

const shardNumsub = command('shardnumsub', {
  ...asking,
  since: '7.0.0',
  summary: 'Count the subscribers of shard channels.',
  complexity: 'O(N) in the number of shard channels given.',
  syntax: '[shardchannel...]',
  arity: -2,
  reply: '(string | number)[]',
  run: (c, args) => counted(args, c.engine.pubsub.shardChannels),
})

const counted = (args: Args, all: ReadonlyMap<string, ReadonlySet<Client>>): Reply =>
  args.rest().flatMap((channel) => [channel, all.get(channel)?.size ?? 0])

const numpat = command('numpat', {
  ...asking,
  since: '2.8.0',
  summary: 'Count the different patterns that anybody is subscribed to.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  reply: 'number',
  run: (c) => c.engine.pubsub.patterns.size,
})

const help = command('help', {
  group: 'pubsub',
  since: '6.2.0',
  summary: 'Explain the subcommands of PUBSUB.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['loading', 'stale'],
  reply: 'string[]',
  run: () =>
    helpOf('PUBSUB', [
      [
        'CHANNELS [<pattern>]',
        'Channels with subscribers; those that match, if a pattern is given.',
      ],
      ['NUMPAT', 'The number of different patterns in use.'],
      ['NUMSUB [<channel> ...]', 'How many subscribers each of these channels has.'],
      ['SHARDCHANNELS [<pattern>]', 'As CHANNELS, for shard channels.'],
      ['SHARDNUMSUB [<shardchannel> ...]', 'As NUMSUB, for shard channels.'],
    ]),
})

export const PUBSUB = command('pubsub', {
  group: 'pubsub',
  since: '2.8.0',
  summary: 'Ask who listens to what.',
  complexity: 'See the subcommands.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [channels, help, numpat, numsub, shardChannels, shardNumsub],
  reply: 'unknown',
})
