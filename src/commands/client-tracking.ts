/** CLIENT TRACKING and its relatives: what is declared here is adopted by CLIENT. */
import type { Args } from '../core/args.ts'
import { type Command, command, type Flag } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  cachingNeedsTracking,
  cachingNoNeedsOptOut,
  cachingYesNeedsOptIn,
  cannotSwitchBroadcast,
  cannotSwitchOptIn,
  optInAgainstBroadcast,
  optInAndOut,
  prefixesOverlap,
  prefixNeedsBroadcast,
  redirectNowhere,
  redirectTwice,
  syntaxError,
} from '../core/errors.ts'
import { MapReply, OK, type Reply, SetReply } from '../core/reply.ts'
import type { Client } from '../engine/client.ts'
import type { ClientTracking, TrackingOptions } from '../engine/tracking.ts'

const common = {
  group: 'connection',
  flags: ['noscript', 'loading', 'stale'] as readonly Flag[],
  categories: ['connection'],
} as const

const TRACKING = command('tracking', {
  ...common,
  since: '6.0.0',
  summary: 'Be told when keys change that the client may hold copies of.',
  complexity: 'O(1); with prefixes O(N²) where N is their number',
  syntax:
    '{status: ON | OFF} [REDIRECT client-id:integer] [PREFIX prefix]...! [BCAST] [OPTIN] ' +
    '[OPTOUT] [NOLOOP]',
  arity: -3,
  reply: "'OK'",

  // CLIENT TRACKING ON|OFF [REDIRECT id] [PREFIX prefix …] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]
  run(c, args) {
    const { tracking } = c.engine
    const status = args.keyword()
    const options = trackingOptions(c, args)
    if (status === 'ON') {
      checkTracking(c.client, options)
      tracking.enable(c.client, options)
    } else if (status === 'OFF') tracking.disable(c.client)
    else throw syntaxError
    return OK
  },
})

function trackingOptions(c: Context, args: Args): TrackingOptions {
  const prefixes: string[] = []
  let redirect = 0
  let broadcast = false
  let optIn = false
  let optOut = false
  let noLoop = false
  while (args.more) {
    switch (args.keyword()) {
      case 'REDIRECT': {
        if (!args.more) throw syntaxError
        if (redirect !== 0) throw redirectTwice
        const id = Number(args.integer())
        if (!c.engine.clients.has(id)) throw redirectNowhere
        redirect = id
        break
      }
      case 'PREFIX':
        prefixes.push(args.next())
        break
      case 'BCAST':
        broadcast = true
        break
      case 'OPTIN':
        optIn = true
        break
      case 'OPTOUT':
        optOut = true
        break
      case 'NOLOOP':
        noLoop = true
        break
      default:
        throw syntaxError
    }
  }
  return { redirect, broadcast, optIn, optOut, noLoop, prefixes }
}

/** Whether options go together, and with what the client has asked for before. */
function checkTracking(client: Client, options: TrackingOptions): void {
  const { broadcast, optIn, optOut, prefixes } = options
  const before = client.tracking
  if (!broadcast && prefixes.length > 0) throw prefixNeedsBroadcast
  if (before !== null && before.broadcast !== broadcast) throw cannotSwitchBroadcast
  if (broadcast && (optIn || optOut)) throw optInAgainstBroadcast
  if (optIn && optOut) throw optInAndOut
  if ((optIn && before?.optOut) || (optOut && before?.optIn)) throw cannotSwitchOptIn
  if (broadcast) checkPrefixes(prefixes, before?.prefixes ?? [])
}

function checkPrefixes(given: readonly string[], existing: readonly string[]): void {
  for (const [i, prefix] of given.entries()) {
    for (const other of existing) {
      if (overlap(prefix, other)) throw prefixesOverlap(prefix, other, true)
    }
    for (const other of given.slice(i + 1)) {
      if (overlap(prefix, other)) throw prefixesOverlap(prefix, other, false)
    }
  }
}

const overlap = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a)

const CACHING = command('caching', {
  ...common,
  since: '6.0.0',
  summary: 'Make the next request the exception from OPTIN or OPTOUT.',
  complexity: 'O(1)',
  syntax: '{mode: YES | NO}',
  arity: 3,
  reply: "'OK'",
  run(c, args) {
    const { tracking } = c.client
    if (tracking === null) throw cachingNeedsTracking
    const mode = args.keyword()
    if (mode === 'YES') {
      if (!tracking.optIn) throw cachingYesNeedsOptIn
    } else if (mode === 'NO') {
      if (!tracking.optOut) throw cachingNoNeedsOptOut
    } else throw syntaxError
    tracking.caching = true
    return OK
  },
})

const GETREDIR = command('getredir', {
  ...common,
  since: '6.0.0',
  summary: 'The client that gets the messages of this one.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  reply: 'number',
  run: (c) => c.client.tracking?.redirect ?? -1,
})

const TRACKINGINFO = command('trackinginfo', {
  ...common,
  since: '6.2.0',
  summary: 'What this client has asked to be told.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  reply: '{ flags: string[]; redirect: number; prefixes: string[] }',
  run(c): Reply {
    const { tracking } = c.client
    return new MapReply([
      'flags',
      new SetReply(flagsOf(tracking)),
      'redirect',
      tracking?.redirect ?? -1,
      'prefixes',
      [...(tracking?.prefixes ?? [])],
    ])
  },
})

function flagsOf(tracking: ClientTracking | null): string[] {
  if (tracking === null) return ['off']
  const flags = ['on']
  if (tracking.broadcast) flags.push('bcast')
  if (tracking.optIn) flags.push('optin')
  if (tracking.optIn && tracking.caching) flags.push('caching-yes')
  if (tracking.optOut) flags.push('optout')
  if (tracking.optOut && tracking.caching) flags.push('caching-no')
  if (tracking.noLoop) flags.push('noloop')
  if (tracking.broken) flags.push('broken_redirect')
  return flags
}

/** The subcommands of CLIENT about client-side caching. */
export const trackingSubcommands: readonly Command[] = [CACHING, GETREDIR, TRACKING, TRACKINGINFO]
