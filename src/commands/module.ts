/**
 * MODULE: there are none, and none can be loaded. The vector sets that Redis brings as a module are at home here.
 * https://redis.io/docs/latest/commands/module-list/
 */
import { command, type Definition } from '../core/command.ts'
import { CommandError } from '../core/errors.ts'
import { helpOf } from './help.ts'

const cannotLoad = new CommandError('Error loading the extension. Please check the server logs.')
const cannotUnload = (name: string): CommandError =>
  new CommandError(`Error unloading module: no such module with that name ${name}`)

const CHANGES = {
  group: 'server',
  complexity: 'O(1)',
  flags: ['admin', 'noscript', 'no_async_loading', 'protected'],
  reply: 'unknown',
} satisfies Partial<Definition>

const HELP = command('help', {
  group: 'server',
  since: '5.0.0',
  summary: 'What MODULE can do.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['loading', 'stale'],
  reply: 'string[]',
  run: () =>
    helpOf('MODULE', [
      ['LIST', 'Modules that are loaded: none.'],
      ['LOAD <path> [<arg> ...]', 'Refused.'],
      ['LOADEX <path> [CONFIG <name> <value>] [ARGS ...]', 'Refused.'],
      ['UNLOAD <name>', 'Refused.'],
    ]),
})

const LIST = command('list', {
  group: 'server',
  since: '4.0.0',
  summary: 'Modules that are loaded.',
  complexity: 'O(N) where N is the number of loaded modules.',
  syntax: '',
  arity: 2,
  flags: ['admin', 'noscript'],
  tips: ['nondeterministic_output_order'],
  reply: 'unknown[]',
  run: () => [],
})

const LOAD = command('load', {
  ...CHANGES,
  since: '4.0.0',
  summary: 'Load a module.',
  syntax: 'path [arg...]',
  arity: -3,
  run() {
    throw cannotLoad
  },
})

const LOADEX = command('loadex', {
  ...CHANGES,
  since: '7.0.0',
  summary: 'Load a module with its configuration.',
  syntax: 'path [CONFIG {configs: name value}...!] [ARGS args...]',
  arity: -3,
  run() {
    throw cannotLoad
  },
})

const UNLOAD = command('unload', {
  ...CHANGES,
  since: '4.0.0',
  summary: 'Unload a module.',
  syntax: 'name',
  arity: 3,
  run(_, args) {
    throw cannotUnload(args.next())
  },
})

export const MODULE = command('module', {
  group: 'server',
  since: '4.0.0',
  summary: 'Modules.',
  complexity: 'Depends on the subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [HELP, LIST, LOAD, LOADEX, UNLOAD],
  reply: 'unknown',
})
