/**
 * CONFIG: reading and changing options while the server runs. `engine/options.ts` has the table.
 * https://redis.io/docs/latest/commands/config-set/
 */
import { isLocal } from '../core/client-info.ts'
import { command } from '../core/command.ts'
import { configSetFailed, loadingError, notInTransaction, syntaxError } from '../core/errors.ts'
import { MapReply, OK } from '../core/reply.ts'
import type { Config } from '../engine/config.ts'
import { helpOf } from './help.ts'

const SECRET = new Set([
  'requirepass',
  'masterauth',
  'masteruser',
  'tls-key-file-pass',
  'tls-client-key-file-pass',
])
const FLAGS = ['admin', 'noscript', 'loading', 'stale'] as const

/** What cannot be set as long as data is loaded. */
const NOT_YET: ReadonlySet<string> = new Set(['dir', 'repl-diskless-load'])

/** Where the server listens. */
const placeOf = (config: Config): string => `${config.get('port')} ${config.get('bind')}`

const NO_PLACE = {
  port: 'Unable to listen on this port. Check server logs.',
  bind: 'Failed to bind to specified addresses.',
} as const

const GET = command('get', {
  group: 'server',
  since: '2.0.0',
  summary: 'The values of the options that match.',
  complexity: 'O(N) where N is the number of options',
  syntax: 'parameter...',
  arity: -3,
  flags: FLAGS,
  history: [['7.0.0', 'Takes several patterns.']],
  reply: 'Record<string, string>',
  run(c, args) {
    const items: string[] = []
    for (const [name, value] of c.engine.config.matching(args.rest())) items.push(name, value)
    return new MapReply(items)
  },
})

const SET = command('set', {
  group: 'server',
  since: '2.0.0',
  summary: 'Change options, all of those given or none.',
  complexity: 'O(N) where N is the number of options given',
  syntax: '{data: parameter value}...',
  arity: -4,
  flags: FLAGS,
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  history: [['7.0.0', 'Takes several options.']],
  reply: "'OK'",
  // The value behind each name that says it is secret.
  secrets: (argv) =>
    argv.flatMap((word, i) =>
      i >= 2 && i % 2 === 0 && SECRET.has(word.toLowerCase()) ? [i + 1] : [],
    ),
  run(c, args) {
    const pairs = args.rest()
    if (pairs.length % 2 !== 0) throw syntaxError
    const { config, onListen } = c.engine
    if (
      c.engine.loading &&
      pairs.some((word, i) => i % 2 === 0 && NOT_YET.has(word.toLowerCase()))
    ) {
      throw loadingError
    }
    const place = placeOf(config)
    const undo = config.apply(pairs, isLocal(c.client.address))
    if (onListen === null || placeOf(config) === place) return OK
    if (c.denyBlocking) {
      undo()
      throw notInTransaction
    }
    return c.later((done) =>
      onListen((failed) => {
        if (failed === null) return done(OK)
        undo()
        done(configSetFailed(failed, NO_PLACE[failed]))
      }),
    )
  },
})

const RESETSTAT = command('resetstat', {
  group: 'server',
  since: '2.0.0',
  summary: 'Begin to count from zero what INFO reports.',
  complexity: 'O(N) where N is the number of commands',
  syntax: '',
  arity: 2,
  flags: FLAGS,
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  reply: "'OK'",
  run(c) {
    c.engine.resetStats()
    return OK
  },
})

const REWRITE = command('rewrite', {
  group: 'server',
  since: '2.8.0',
  summary: 'Write the options as they are now into the configuration file.',
  complexity: 'O(N) where N is the number of options',
  syntax: '',
  arity: 2,
  flags: FLAGS,
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  reply: "'OK'",
  run(c) {
    c.engine.rewriteConfig(false)
    return OK
  },
})

const HELP = command('help', {
  group: 'server',
  since: '5.0.0',
  summary: 'What the subcommands of CONFIG do.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['loading', 'stale'],
  reply: 'string[]',
  run: () =>
    helpOf('CONFIG', [
      ['GET <pattern> [<pattern> ...]', 'Show the options whose names match, with their values.'],
      ['SET <directive> <value> [<directive> <value> ...]', 'Change options, all of them or none.'],
      ['RESETSTAT', 'Set the counters of INFO back to zero.'],
      ['REWRITE', 'Write the options into the configuration file.'],
    ]),
})

export const CONFIG = command('config', {
  group: 'server',
  since: '2.0.0',
  summary: 'Options of the server.',
  complexity: 'Depends on the subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [GET, HELP, RESETSTAT, REWRITE, SET],
  reply: 'unknown',
})
