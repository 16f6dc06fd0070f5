/**
 * COMMAND: what the server can do, told from the commands' own blocks.
 * https://redis.io/docs/latest/commands/command/
 */
import {
  CATEGORIES,
  type Command,
  categoryWords,
  command,
  flagWords,
  type KeySpec,
  keyFlagWords,
} from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { CommandError, syntaxError } from '../core/errors.ts'
import { keysOf, takesKeys } from '../core/keys.ts'
import { MapReply, type Reply, SetReply, Status } from '../core/reply.ts'
import { type Argument, argumentsOf } from '../core/syntax.ts'
import { matchGlob } from '../util/glob.ts'
import { helpOf } from './help.ts'

const FLAGS = ['loading', 'stale'] as const
const UNORDERED = ['nondeterministic_output_order']

const all = (c: Context): Iterable<Command> => c.engine.dispatcher.names.values()

/** The command with this full name: `get`, `config|get`. */
function named(c: Context, name: string): Command | undefined {
  const [container, subcommand, ...more] = name.toLowerCase().split('|')
  const found = c.engine.dispatcher.names.get(container as string)
  if (subcommand === undefined || more.length > 0) return more.length > 0 ? undefined : found
  return found?.subcommands?.get(subcommand)
}

/** The command that these words call; undefined also where a container does not know the second. */
function called(c: Context, argv: readonly string[]): Command | undefined {
  const found = c.engine.dispatcher.names.get((argv[0] as string).toLowerCase())
  if (found === undefined || found.subcommands === null || argv.length === 1) return found
  return found.subcommands.get((argv[1] as string).toLowerCase())
}

// ---- INFO -------------------------------------------------------------------------------------

const statuses = (words: readonly string[]): SetReply =>
  new SetReply(words.map((word) => new Status(word)))

/** Flags that are the server's own business and that COMMAND INFO does not show. */
const HIDDEN_FLAGS: readonly string[] = ['may_replicate', 'protected']

function infoOf(command: Command): Reply {
  const { first, last, step } = command.range
  const subcommands = command.subcommands
  return [
    command.fullName,
    command.arity,
    statuses(flagWords(command.flags).filter((word) => !HIDDEN_FLAGS.includes(word))),
    first,
    last,
    step,
    statuses(categoryWords(command.categories).map((word) => `@${word}`)),
    new SetReply([...command.tips]),
    new SetReply(command.keys.map(specOf)),
    subcommands === null ? new SetReply([]) : [...subcommands.values()].map(infoOf),
  ]
}

function specOf({ begin, find, flags, notes }: KeySpec): Reply {
  const items: Reply[] = notes === '' ? [] : ['notes', notes]
  items.push('flags', statuses(keyFlagWords(flags)))
  items.push('begin_search', searchOf(begin.kind, beginOf(begin)))
  items.push('find_keys', searchOf(find.kind, findOf(find)))
  return new MapReply(items)
}

const searchOf = (type: string, spec: Reply[]): Reply =>
  new MapReply(['type', type, 'spec', new MapReply(spec)])

function beginOf(begin: KeySpec['begin']): Reply[] {
  if (begin.kind === 'index') return ['index', begin.index]
  if (begin.kind === 'keyword') return ['keyword', begin.keyword, 'startfrom', begin.from]
  return []
}

function findOf(find: KeySpec['find']): Reply[] {
  if (find.kind === 'range') {
    return ['lastkey', find.last, 'keystep', find.step, 'limit', find.limit]
  }
  if (find.kind === 'keynum') {
    return ['keynumidx', find.keynum, 'firstkey', find.first, 'keystep', find.step]
  }
  return []
}

// ---- DOCS -------------------------------------------------------------------------------------

function docsOf(command: Command): Reply {
  const { deprecated, history, subcommands } = command
  const items: Reply[] = ['summary', command.summary, 'since', command.since]
  items.push('group', command.group, 'complexity', command.complexity)
  if (command.module !== '') items.push('module', command.module)
  const marks = [
    ...(deprecated === null ? [] : ['deprecated']),
    ...(command.syscmd ? ['syscmd'] : []),
  ]
  if (marks.length > 0) items.push('doc_flags', statuses(marks))
  if (deprecated !== null) items.push('deprecated_since', deprecated.since)
  if (deprecated?.replacedBy !== undefined) items.push('replaced_by', deprecated.replacedBy)
  if (history.length > 0) {
    items.push('history', new SetReply(history.map(([version, change]) => [version, change])))
  }
  const list = argumentsOf(command)
  if (list.length > 0) items.push('arguments', list.map(argumentOf))
  if (subcommands !== null) items.push('subcommands', docsOfAll(subcommands.values()))
  return new MapReply(items)
}

function docsOfAll(commands: Iterable<Command>): Reply {
  const items: Reply[] = []
  for (const command of commands) items.push(command.fullName, docsOf(command))
  return new MapReply(items)
}

function argumentOf(argument: Argument): Reply {
  const { name, type, token, keySpecIndex } = argument
  const group = type === 'oneof' || type === 'block'
  const items: Reply[] = ['name', name, 'type', type]
  if (!group) items.push('display_text', name)
  if (keySpecIndex >= 0) items.push('key_spec_index', keySpecIndex)
  if (token !== '') items.push('token', token)
  if (argument.since !== '') items.push('since', argument.since)
  if (argument.deprecatedSince !== '') items.push('deprecated_since', argument.deprecatedSince)
  const flags: string[] = []
  if (argument.optional) flags.push('optional')
  if (argument.multiple) flags.push('multiple')
  if (argument.multipleToken) flags.push('multiple_token')
  if (flags.length > 0) items.push('flags', statuses(flags))
  if (group) items.push('arguments', argument.arguments.map(argumentOf))
  return new MapReply(items)
}

// ---- LIST -------------------------------------------------------------------------------------

function list(c: Context, wanted: (command: Command) => boolean): Reply {
  const names: string[] = []
  for (const command of all(c)) {
    for (const one of [command, ...(command.subcommands?.values() ?? [])]) {
      if (wanted(one)) names.push(one.fullName)
    }
  }
  return names
}

function filter(by: string, value: string): (command: Command) => boolean {
  if (by === 'MODULE') return (command) => command.module !== '' && command.module === value
  if (by === 'PATTERN') return (command) => matchGlob(value, command.fullName, true)
  if (by !== 'ACLCAT') throw syntaxError
  const category = (CATEGORIES as readonly string[]).indexOf(value.toLowerCase())
  return (command) => category >= 0 && (command.categories & (1 << category)) !== 0
}

// ---- GETKEYS ----------------------------------------------------------------------------------

function keysIn(c: Context, argv: readonly string[]): { key: string; flags: number }[] {
  const command = called(c, argv)
  if (command === undefined) throw new CommandError('Invalid command specified')
  if (!takesKeys(command)) throw new CommandError('The command has no key arguments')
  if (!command.accepts(argv.length)) {
    throw new CommandError('Invalid number of arguments specified for command')
  }
  const found = keysOf(command, argv)
  if (found === null || found.length === 0) {
    if (flagWords(command.flags).includes('no_mandatory_keys')) return []
    throw new CommandError('Invalid arguments specified for command')
  }
  return found.map(({ at, flags }) => ({ key: argv[at] as string, flags }))
}

// ---- The commands -----------------------------------------------------------------------------

const COUNT = command('count', {
  group: 'server',
  since: '2.8.13',
  summary: 'How many commands there are.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: FLAGS,
  categories: ['connection'],
  reply: 'number',
  run: (c) => c.engine.dispatcher.names.size,
})

const DOCS = command('docs', {
  group: 'server',
  since: '7.0.0',
  summary: 'Documentation of commands: what they do, since when, and their arguments.',
  complexity: 'O(N) where N is the number of commands asked for',
  syntax: '[command-name...]',
  arity: -2,
  flags: FLAGS,
  categories: ['connection'],
  tips: UNORDERED,
  reply: 'Record<string, CommandDocs>',
  run(c, args) {
    if (!args.more) return docsOfAll(all(c))
    return docsOfAll(
      args.rest().flatMap((name) => {
        const found = named(c, name)
        return found === undefined ? [] : [found]
      }),
    )
  },
})

const GETKEYS = command('getkeys', {
  group: 'server',
  since: '2.8.13',
  summary: 'The keys among the words of a command.',
  complexity: 'O(N) where N is the number of words',
  syntax: 'command [arg...]',
  arity: -3,
  flags: FLAGS,
  categories: ['connection'],
  reply: 'string[]',
  run: (c, args) => keysIn(c, args.rest()).map(({ key }) => key),
})

const GETKEYSANDFLAGS = command('getkeysandflags', {
  group: 'server',
  since: '7.0.0',
  summary: 'The keys among the words of a command, and what is done with each.',
  complexity: 'O(N) where N is the number of words',
  syntax: 'command [arg...]',
  arity: -3,
  flags: FLAGS,
  categories: ['connection'],
  reply: '[key: string, flags: string[]][]',
  run: (c, args) =>
    keysIn(c, args.rest()).map(({ key, flags }) => [key, statuses(keyFlagWords(flags))]),
})

const HELP = command('help', {
  group: 'server',
  since: '5.0.0',
  summary: 'What the subcommands of COMMAND do.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: FLAGS,
  categories: ['connection'],
  reply: 'string[]',
  run: () =>
    helpOf('COMMAND', [
      ['(no subcommand)', 'Tell everything about every command.'],
      ['COUNT', 'Tell how many commands there are.'],
      ['DOCS [<command-name> ...]', 'Document these commands, or all of them.'],
      ['GETKEYS <command> [<arg> ...]', 'Pick the keys out of the words of a command.'],
      [
        'GETKEYSANDFLAGS <command> [<arg> ...]',
        'Pick the keys out, and say what is done with each.',
      ],
      ['INFO [<command-name> ...]', 'Tell arity, flags, keys and categories of these commands.'],
      [
        'LIST [FILTERBY (MODULE <name> | ACLCAT <category> | PATTERN <pattern>)]',
        'Name the commands, or those that the filter lets through.',
      ],
    ]),
})

const INFO = command('info', {
  group: 'server',
  since: '2.8.13',
  summary: 'Arity, flags, keys and categories of commands.',
  complexity: 'O(N) where N is the number of commands asked for',
  syntax: '[command-name...]',
  arity: -2,
  flags: FLAGS,
  categories: ['connection'],
  tips: UNORDERED,
  history: [['7.0.0', 'Without a name it answers for every command.']],
  reply: '(CommandInfo | null)[]',
  run(c, args) {
    if (!args.more) return Array.from(all(c), infoOf)
    return args.rest().map((name) => {
      const found = named(c, name)
      return found === undefined ? null : infoOf(found)
    })
  },
})

const LIST = command('list', {
  group: 'server',
  since: '7.0.0',
  summary: 'The names of the commands.',
  complexity: 'O(N) where N is the number of commands',
  syntax: '[FILTERBY {filterby: MODULE module-name | ACLCAT category | PATTERN pattern}]',
  arity: -2,
  flags: FLAGS,
  categories: ['connection'],
  tips: UNORDERED,
  reply: 'string[]',
  run(c, args) {
    if (!args.more) return list(c, () => true)
    if (!args.take('FILTERBY') || args.left !== 2) throw syntaxError
    return list(c, filter(args.keyword(), args.next()))
  },
})

export const COMMAND = command('command', {
  group: 'server',
  since: '2.8.13',
  summary: 'Arity, flags, keys and categories of every command.',
  complexity: 'O(N) where N is the number of commands',
  syntax: '',
  arity: -1,
  flags: FLAGS,
  categories: ['connection'],
  tips: UNORDERED,
  subcommands: [COUNT, DOCS, GETKEYS, GETKEYSANDFLAGS, HELP, INFO, LIST],
  reply: 'CommandInfo[]',
  run: (c) => Array.from(all(c), infoOf),
})
