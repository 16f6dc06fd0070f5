/**
 * Scripts in Lua: EVAL and its relatives, and SCRIPT. `scripting/` does the work.
 * https://redis.io/docs/latest/develop/programmability/eval-intro/
 */
import { command, countedKeys } from '../core/command.ts'
import { debugMode, noDebugger } from '../core/errors.ts'
import { OK } from '../core/reply.ts'
import { helpOf } from './help.ts'
import {
  attachScripting,
  READ_KEYS,
  scriptingOf,
  takeFlush,
  WRITTEN_KEYS,
} from './script-shared.ts'

const CALLS = {
  group: 'scripting',
  complexity: 'Depends on the script that is executed.',
  arity: -3,
  categories: ['scripting'],
  propagates: 'never',
  attach: attachScripting,
  reply: 'unknown',
} as const

export const EVAL = command('eval', {
  ...CALLS,
  since: '2.6.0',
  summary: 'Run a script in Lua.',
  syntax: 'script numkeys:integer [key...] [arg...]',
  flags: ['noscript', 'stale', 'skip_monitor', 'may_replicate', 'no_mandatory_keys'],
  keys: WRITTEN_KEYS,
  flagsOf: (engine, argv, flags) => engine.scripting?.evalFlags(argv, flags) ?? flags,
  isBrief: (engine, argv) => engine.scripting?.evalIsBrief(argv) ?? false,
  run: (c, args) => scriptingOf(c).evaluate(c, args.argv, false),
})

export const EVAL_RO = command('eval_ro', {
  ...CALLS,
  since: '7.0.0',
  summary: 'Run a script in Lua that may only read.',
  syntax: 'script numkeys:integer [key...] [arg...]',
  flags: ['noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'readonly'],
  keys: READ_KEYS,
  flagsOf: (engine, argv, flags) => engine.scripting?.evalFlags(argv, flags) ?? flags,
  isBrief: (engine, argv) => engine.scripting?.evalIsBrief(argv) ?? false,
  run: (c, args) => scriptingOf(c).evaluate(c, args.argv, true),
})

export const EVALSHA = command('evalsha', {
  ...CALLS,
  since: '2.6.0',
  summary: 'Run a script in Lua that is in the cache, by the SHA-1 of its text.',
  syntax: 'sha1 numkeys:integer [key...] [arg...]',
  flags: ['noscript', 'stale', 'skip_monitor', 'may_replicate', 'no_mandatory_keys'],
  keys: countedKeys(2, 1, 'RW', 'access', 'update'),
  flagsOf: (engine, argv, flags) => engine.scripting?.evalShaFlags(argv, flags) ?? flags,
  isBrief: (engine, argv) => engine.scripting?.evalShaIsBrief(argv) ?? false,
  run: (c, args) => scriptingOf(c).evaluateSha(c, args.argv, false),
})

export const EVALSHA_RO = command('evalsha_ro', {
  ...CALLS,
  since: '7.0.0',
  summary: 'Run a script in Lua that is in the cache and may only read, by the SHA-1 of its text.',
  syntax: 'sha1 numkeys:integer [key...] [arg...]',
  flags: ['noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'readonly'],
  keys: countedKeys(2, 1, 'RO', 'access'),
  flagsOf: (engine, argv, flags) => engine.scripting?.evalShaFlags(argv, flags) ?? flags,
  isBrief: (engine, argv) => engine.scripting?.evalShaIsBrief(argv) ?? false,
  run: (c, args) => scriptingOf(c).evaluateSha(c, args.argv, true),
})

// ---- The cache --------------------------------------------------------------------------------

const SHARED = {
  group: 'scripting',
  since: '2.6.0',
  categories: ['scripting'],
  propagates: 'never',
} as const

const LOAD = command('load', {
  ...SHARED,
  summary: 'Put a script into the cache without running it.',
  complexity: 'O(N) with N being the length in bytes of the script body.',
  syntax: 'script',
  arity: 3,
  flags: ['noscript', 'stale'],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  reply: 'string',
  run: (c, args) => scriptingOf(c).scripts.define(args.next(), true).name,
})

const EXISTS = command('exists', {
  ...SHARED,
  summary: 'Which of these scripts are in the cache.',
  complexity:
    'O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).',
  syntax: 'sha1...',
  arity: -3,
  flags: ['noscript'],
  tips: ['request_policy:all_shards', 'response_policy:agg_logical_and'],
  reply: 'number[]',
  run(c, args) {
    const { scripts } = scriptingOf(c)
    return args.rest().map((sha) => (scripts.has(sha) ? 1 : 0))
  },
})

const FLUSH = command('flush', {
  ...SHARED,
  summary: 'Forget all scripts in the cache.',
  complexity: 'O(N) with N being the number of scripts in cache',
  syntax: '[flush-type: ASYNC | SYNC]@6.2.0',
  arity: -2,
  flags: ['noscript'],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  history: [['6.2.0', 'Has the options ASYNC and SYNC.']],
  reply: "'OK'",
  run(c, args) {
    takeFlush(args, 'SCRIPT')
    scriptingOf(c).scripts.flush()
    return OK
  },
})

const KILL = command('kill', {
  ...SHARED,
  summary: 'End the script that runs, if it has changed nothing.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  tips: ['request_policy:all_shards', 'response_policy:one_succeeded'],
  reply: "'OK'",
  run(c) {
    scriptingOf(c).kill(false)
    return OK
  },
})

const DEBUG = command('debug', {
  ...SHARED,
  since: '3.2.0',
  summary: 'Switch the debugger of scripts on or off: there is none here.',
  complexity: 'O(1)',
  syntax: '{mode: YES | SYNC | NO}',
  arity: 3,
  flags: ['noscript'],
  reply: "'OK'",
  run(_, args) {
    if (args.take('NO')) return OK
    if (args.take('YES') || args.take('SYNC')) throw noDebugger
    throw debugMode
  },
})

const HELP = command('help', {
  ...SHARED,
  since: '5.0.0',
  summary: 'What the subcommands of SCRIPT do.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['loading', 'stale'],
  reply: 'string[]',
  run: () =>
    helpOf('SCRIPT', [
      ['DEBUG (YES|SYNC|NO)', 'NO is accepted: there is no debugger.'],
      ['EXISTS <sha1> [<sha1> ...]', 'Tell which of these scripts are in the cache.'],
      ['FLUSH [ASYNC|SYNC]', 'Forget all scripts.'],
      ['KILL', 'End the script that runs, if it has changed nothing.'],
      ['LOAD <script>', 'Put a script into the cache, and answer its SHA-1.'],
    ]),
})

export const SCRIPT = command('script', {
  group: 'scripting',
  since: '2.6.0',
  summary: 'Container of the commands about the cache of scripts.',
  complexity: 'Depends on subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  attach: attachScripting,
  reply: 'unknown',
  subcommands: [DEBUG, EXISTS, FLUSH, HELP, KILL, LOAD],
})
