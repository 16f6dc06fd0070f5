/**
 * Functions: libraries that are kept with the data, and FCALL. `scripting/functions.ts` does the work.
 * https://redis.io/docs/latest/develop/programmability/functions-intro/
 */
import { command } from '../core/command.ts'
import {
  CommandError,
  libraryNotFound,
  noLibraryPattern,
  restoreFailed,
  restorePolicy,
  subcommandSyntax,
  unknownLoadOption,
  unknownWord,
  wrongPayload,
} from '../core/errors.ts'
import { MapReply, OK, type Reply, SetReply, Status } from '../core/reply.ts'
import { MalformedRdb, WrongFooter } from '../rdb/errors.ts'
import { dumpLibraries, NotALibrary, restoreLibraries } from '../rdb/libraries.ts'
import { scriptFlagWords } from '../scripting/flags.ts'
import type { FunctionCallee, Library } from '../scripting/functions.ts'
import { toBytes } from '../util/bytes.ts'
import { matchGlob } from '../util/glob.ts'
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
  since: '7.0.0',
  complexity: 'Depends on the function that is executed.',
  syntax: 'function numkeys:integer [key...] [arg...]',
  arity: -3,
  categories: ['scripting'],
  propagates: 'never',
  attach: attachScripting,
  reply: 'unknown',
} as const

export const FCALL = command('fcall', {
  ...CALLS,
  summary: 'Call a function.',
  flags: ['noscript', 'stale', 'skip_monitor', 'may_replicate', 'no_mandatory_keys'],
  keys: WRITTEN_KEYS,
  flagsOf: (engine, argv, flags) => engine.scripting?.fcallFlags(argv, flags) ?? flags,
  isBrief: (engine, argv) => engine.scripting?.fcallIsBrief(argv) ?? false,
  run: (c, args) => scriptingOf(c).fcall(c, args.argv, false),
})

export const FCALL_RO = command('fcall_ro', {
  ...CALLS,
  summary: 'Call a function that only reads.',
  flags: ['noscript', 'stale', 'skip_monitor', 'no_mandatory_keys', 'readonly'],
  keys: READ_KEYS,
  flagsOf: (engine, argv, flags) => engine.scripting?.fcallFlags(argv, flags) ?? flags,
  isBrief: (engine, argv) => engine.scripting?.fcallIsBrief(argv) ?? false,
  run: (c, args) => scriptingOf(c).fcall(c, args.argv, true),
})

// ---- Libraries --------------------------------------------------------------------------------

const SHARED = {
  group: 'scripting',
  since: '7.0.0',
  categories: ['scripting'],
} as const

const CHANGES = {
  ...SHARED,
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
} as const

const LOAD = command('load', {
  ...CHANGES,
  summary: 'Load a library.',
  complexity: 'O(1) (considering compilation time is redundant)',
  syntax: '[REPLACE] function-code',
  arity: -3,
  flags: ['noscript', 'write', 'denyoom'],
  reply: 'string',
  run(c, args) {
    let replace = false
    while (args.left > 1) {
      if (!args.take('REPLACE')) throw unknownLoadOption(args.next())
      replace = true
    }
    const name = scriptingOf(c).functions.load(args.next(), replace, c.client.internal)
    c.dirty++
    return name
  },
})

const DELETE = command('delete', {
  ...CHANGES,
  summary: 'Remove a library and its functions.',
  complexity: 'O(1)',
  syntax: 'library-name',
  arity: 3,
  flags: ['noscript', 'write'],
  reply: "'OK'",
  run(c, args) {
    if (!scriptingOf(c).functions.delete(args.next())) throw libraryNotFound
    c.dirty++
    return OK
  },
})

const FLUSH = command('flush', {
  ...CHANGES,
  summary: 'Remove all libraries.',
  complexity: 'O(N) where N is the number of functions deleted',
  syntax: '[flush-type: ASYNC | SYNC]',
  arity: -2,
  flags: ['noscript', 'write'],
  reply: "'OK'",
  run(c, args) {
    if (args.left > 1) throw subcommandSyntax('function', args.argv[1] as string)
    takeFlush(args, 'FUNCTION')
    scriptingOf(c).functions.flush()
    c.dirty++
    return OK
  },
})

const DUMP = command('dump', {
  ...SHARED,
  summary: 'All libraries as a payload for FUNCTION RESTORE.',
  complexity: 'O(N) where N is the number of functions',
  syntax: '',
  arity: 2,
  flags: ['noscript'],
  reply: 'string',
  run: (c) =>
    dumpLibraries(scriptingOf(c).functions.codes(), {
      compress: c.engine.config.yes('rdbcompression'),
    }),
})

const RESTORE = command('restore', {
  ...CHANGES,
  summary: 'Load the libraries of a payload of FUNCTION DUMP, all or none.',
  complexity: 'O(N) where N is the number of functions on the payload',
  syntax: 'serialized-value [policy: FLUSH | APPEND | REPLACE]',
  arity: -3,
  flags: ['noscript', 'write', 'denyoom'],
  reply: "'OK'",
  run(c, args) {
    if (args.left > 2) throw subcommandSyntax('function', args.argv[1] as string)
    const payload = args.next()
    let policy: 'flush' | 'append' | 'replace' = 'append'
    if (args.take('FLUSH')) policy = 'flush'
    else if (args.take('REPLACE')) policy = 'replace'
    else if (args.more && !args.take('APPEND')) throw restorePolicy
    scriptingOf(c).functions.restore(codesOf(payload, c.engine.rdb.unsealed), policy)
    c.dirty++
    return OK
  },
})

function codesOf(payload: string, unsealed: boolean): string[] {
  try {
    return restoreLibraries(toBytes(payload), unsealed)
  } catch (error) {
    if (error instanceof WrongFooter) throw wrongPayload
    if (error instanceof NotALibrary) throw new CommandError(error.message)
    if (error instanceof MalformedRdb) throw restoreFailed
    throw error
  }
}

const LIST = command('list', {
  ...SHARED,
  summary: 'The libraries and their functions.',
  complexity: 'O(N) where N is the number of functions',
  syntax: '[LIBRARYNAME library-name-pattern] [WITHCODE]',
  arity: -2,
  flags: ['noscript'],
  tips: ['nondeterministic_output_order'],
  reply: 'Record<string, unknown>[]',
  run(c, args) {
    let withCode = false
    let pattern: string | null = null
    while (args.more) {
      if (!withCode && args.take('WITHCODE')) withCode = true
      else if (pattern === null && args.take('LIBRARYNAME')) {
        if (!args.more) throw noLibraryPattern
        pattern = args.next()
      } else throw unknownWord(args.next())
    }
    const { libraries, own } = scriptingOf(c).functions
    const all = own === null ? [...libraries.values()] : [...libraries.values(), own]
    return all
      .filter(({ name }) => pattern === null || matchGlob(pattern, name, true))
      .map((library) => describe(library, withCode))
  },
})

function describe({ name, engine, functions, code }: Library, withCode: boolean): Reply {
  const items: Reply[] = ['library_name', name, 'engine', engine]
  items.push('functions', Array.from(functions.values(), describeFunction))
  if (withCode) items.push('library_code', code)
  return new MapReply(items)
}

const describeFunction = ({ name, description, flags }: FunctionCallee): Reply =>
  new MapReply([
    'name',
    name,
    'description',
    description,
    'flags',
    new SetReply(scriptFlagWords(flags).map((flag) => new Status(flag))),
  ])

const STATS = command('stats', {
  ...SHARED,
  summary: 'The function that runs, and how many there are.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  reply: 'Record<string, unknown>',
  run(c) {
    const { functions, running } = scriptingOf(c)
    if (running !== null && !running.run.callee.isFunction) throw c.engine.slices.refusal
    const script =
      running === null
        ? null
        : new MapReply([
            'name',
            running.run.callee.name,
            'command',
            [...running.run.argv],
            'duration_ms',
            running.milliseconds,
          ])
    const { libraries, count, own } = functions
    const engines: Reply[] = ['LUA', counted(libraries.size, count)]
    if (own !== null) engines.push('JS', counted(1, own.functions.size))
    return new MapReply(['running_script', script, 'engines', new MapReply(engines)])
  },
})

const counted = (libraries: number, functions: number): Reply =>
  new MapReply(['libraries_count', libraries, 'functions_count', functions])

const KILL = command('kill', {
  ...SHARED,
  summary: 'End the function that runs, if it has changed nothing.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['noscript', 'allow_busy'],
  tips: ['request_policy:all_shards', 'response_policy:one_succeeded'],
  reply: "'OK'",
  run(c) {
    scriptingOf(c).kill(true)
    return OK
  },
})

const HELP = command('help', {
  ...SHARED,
  summary: 'What the subcommands of FUNCTION do.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['loading', 'stale'],
  reply: 'string[]',
  run: () =>
    helpOf('FUNCTION', [
      ['DELETE <library name>', 'Remove a library and its functions.'],
      ['DUMP', 'Answer all libraries as a payload for RESTORE.'],
      ['FLUSH [ASYNC|SYNC]', 'Remove all libraries.'],
      ['KILL', 'End the function that runs, if it has changed nothing.'],
      [
        'LIST [LIBRARYNAME <pattern>] [WITHCODE]',
        'Show libraries, their engine and their functions, and their text if asked for.',
      ],
      ['LOAD [REPLACE] <code>', 'Load a library, in place of one with its name if asked to.'],
      [
        'RESTORE <payload> [FLUSH|APPEND|REPLACE]',
        'Load the libraries of a payload, all or none: in place of all others (FLUSH), beside\n' +
          'them (APPEND, if nothing is said), or in place of those with the same names (REPLACE).',
      ],
      ['STATS', 'Show the function that runs, and how many there are.'],
    ]),
})

export const FUNCTION = command('function', {
  group: 'scripting',
  since: '7.0.0',
  summary: 'Container of the commands about libraries of functions.',
  complexity: 'Depends on subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  attach: attachScripting,
  reply: 'unknown',
  subcommands: [DELETE, DUMP, FLUSH, HELP, KILL, LIST, LOAD, RESTORE, STATS],
})
