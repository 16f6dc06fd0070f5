/**
 * Writes `typed.ts`: one typed method for each command, from the command blocks.
 *
 * Run it after a block was added or changed: `npx tsx src/client/generate.ts`. A test fails when the
 * file is not what this makes of the blocks.
 *
 * A method has the arguments of the command in their order. Options may be given as words, as on the
 * wire, or as one object at the end; where the grammar is too free for that (options in front of what
 * is required, counts in front of lists) the rest is typed loosely.
 */
import { families } from '../commands/index.ts'
import { BLOCKING, type Command, type Groups } from '../core/command.ts'
import { type Argument, argumentsOf, usageOf } from '../core/syntax.ts'

/** The class has its own, or they make no sense on a session that is shared. */
const OWN: ReadonlySet<string> = new Set([
  'subscribe',
  'psubscribe',
  'ssubscribe',
  'unsubscribe',
  'punsubscribe',
  'sunsubscribe',
  'quit',
  'multi',
  'exec',
  'discard',
  'monitor',
  'hello',
  'sync',
  'psync',
  'client|reply',
])

/** They wait for replicas or the journal on behalf of their own session: nothing to lend. */
const WAITS_IN_PLACE: ReadonlySet<string> = new Set(['wait', 'waitaof'])

const camel = (name: string): string =>
  name.replace(/[^A-Za-z0-9]+(.)?/g, (_, letter: string | undefined) =>
    (letter ?? '').toUpperCase(),
  )

/** TypeScript's own words that an argument may be called. */
const RESERVED: ReadonlySet<string> = new Set([
  'function',
  'default',
  'with',
  'in',
  'delete',
  'new',
])

const identifier = (name: string): string => {
  const id = camel(name)
  return RESERVED.has(id) || /^[0-9]/.test(id) ? `${id}_` : id
}

// ---- Arguments --------------------------------------------------------------------------------

const SIMPLE: Readonly<Record<string, string>> = {
  string: 'Arg',
  key: 'Arg',
  pattern: 'Arg',
  integer: 'Int',
  'unix-time': 'Int',
  double: 'Num',
}

const isToken = (argument: Argument): boolean => argument.type === 'pure-token'

/** The type of one required argument, or null if it takes more than one word. */
function single(argument: Argument): string | null {
  if (argument.multiple || (argument.token !== '' && !isToken(argument))) return null
  if (isToken(argument)) return quote(argument.token)
  const simple = SIMPLE[argument.type]
  if (simple !== undefined) return simple
  if (argument.type === 'oneof') {
    const types = argument.arguments.map(single)
    return types.includes(null) ? null : [...new Set(types)].join(' | ')
  }
  return null
}

const quote = (word: string): string => `'${word}'`

/** What an option is called and takes, for each option; null if one has no word of its own. */
function options(list: readonly Argument[]): [name: string, type: string][] | null {
  const found: [string, string][] = []
  for (const argument of list) {
    const { token, type } = argument
    let inner: [string, string][] | null = null
    if (isToken(argument)) inner = [[token, 'boolean']]
    else if (token !== '') {
      const words = type === 'block' ? tuple(argument.arguments) : (single(bare(argument)) ?? 'Arg')
      inner = [[token, argument.multiple ? `${words} | readonly (${words})[]` : words]]
    } else if (type === 'oneof') inner = options(argument.arguments)
    else if (type === 'block') inner = led(argument.arguments) ?? options(argument.arguments)
    if (inner === null) return null
    found.push(...inner)
  }
  const names = new Set(found.map(([name]) => name))
  return names.size === found.length ? found : null
}

/** A token with required words behind it: `LIMIT offset count`. */
function led(list: readonly Argument[]): [string, string][] | null {
  const [head, ...rest] = list
  if (head === undefined || rest.length === 0 || !isToken(head) || head.optional) return null
  if (rest.some((argument) => argument.optional || single(argument) === null)) return null
  return [[head.token, rest.length === 1 ? (single(rest[0] as Argument) as string) : tuple(rest)]]
}

const bare = (argument: Argument): Argument => ({ ...argument, token: '', multiple: false })

const tuple = (list: readonly Argument[]): string =>
  list.some((argument) => argument.optional || single(argument) === null)
    ? 'readonly Arg[]'
    : `readonly [${list.map((argument) => `${identifier(argument.name)}: ${single(argument)}`).join(', ')}]`

const optionKey = (token: string): string => {
  const name = token.toLowerCase()
  return /^[a-z_]\w*$/.test(name) ? name : quote(name)
}

/** The parameter lists of a method's overloads, the most exact first. */
function signatures(command: Command): { lists: string[]; pairs: boolean } {
  const params: string[] = []
  const used = new Set<string>()
  const name = (wanted: string): string => {
    let id = identifier(wanted)
    while (used.has(id)) id += '_'
    used.add(id)
    return id
  }
  const add = (list: readonly Argument[]): { lists: string[]; pairs: boolean } | null => {
    for (const [i, argument] of list.entries()) {
      const after = list.slice(i + 1)
      const loose = { lists: [[...params, '...args: Args'].join(', ')], pairs: false }
      if (argument.optional) return optional(list.slice(i)) ?? loose
      const type = single(argument)
      if (type !== null) {
        params.push(`${name(argument.name)}: ${type}`)
        continue
      }
      if (argument.multiple) {
        if (after.length > 0 || argument.token !== '') return loose
        const inner = argument.type === 'block' ? argument.arguments : null
        const rest = `...${name(argument.name)}: Several`
        if (inner?.length !== 2) return { lists: [[...params, rest].join(', ')], pairs: false }
        // A number in front belongs to what comes behind: a score, not a field.
        const pairs = inner[0]?.type !== 'double'
        const lists = pairs ? [[...params, 'pairs: Pairs'].join(', ')] : []
        return { lists: [...lists, [...params, rest].join(', ')], pairs }
      }
      if (argument.type !== 'block' || argument.token !== '') return loose
      const ended = add(argument.arguments)
      if (ended !== null) return after.length > 0 ? loose : ended
    }
    return null
  }
  const optional = (list: readonly Argument[]): { lists: string[]; pairs: boolean } | null => {
    if (list.some((argument) => !argument.optional)) return null
    const [first] = list as [Argument, ...Argument[]]
    if (list.length === 1 && first.token === '') {
      const type = single(first)
      if (type !== null && SIMPLE[first.type] !== undefined) {
        return { lists: [[...params, `${name(first.name)}?: ${type}`].join(', ')], pairs: false }
      }
      if (first.multiple && SIMPLE[first.type] !== undefined) {
        return { lists: [[...params, `...${name(first.name)}: Several`].join(', ')], pairs: false }
      }
    }
    const named = options(list)
    const words = [...params, '...options: Several'].join(', ')
    if (named === null) return { lists: [[...params, '...args: Args'].join(', ')], pairs: false }
    const object = named
      .map(([token, type]) => `${optionKey(token)}?: ${type} | undefined`)
      .join('; ')
    return {
      lists: [[...params, `options: { ${object} } & CallOptions`].join(', '), words],
      pairs: false,
    }
  }
  const list = argumentsOf(command)
  // DEBUG and its like take what nobody documents.
  if (list.length === 0 && command.arity < 0) return { lists: ['...args: Args'], pairs: false }
  const ended = add(list)
  const whole = ended ?? { lists: [params.join(', ')], pairs: false }
  if (command.flags & BLOCKING && !WAITS_IN_PLACE.has(command.fullName)) {
    // Everything that blocks can be aborted, so it takes options of the call at the end.
    const lists = whole.lists.map((list) =>
      list.includes('Args') || list.includes('CallOptions')
        ? list
        : list.includes('...')
          ? list.replace('Several', 'Args')
          : `${list}, options?: CallOptions`,
    )
    return { ...whole, lists }
  }
  return whole
}

// ---- Replies ----------------------------------------------------------------------------------

/** The type of a reply, with B for bulk strings. Keys of records stay text. */
const replyType = (reply: string): string =>
  reply.replace(/'[^']*'|Record<string|\bstring\b/g, (word) => (word === 'string' ? 'B' : word))

// ---- The file ---------------------------------------------------------------------------------

function doc(command: Command): string {
  const words = command.fullName.replace('|', ' ').toUpperCase()
  const lines = [command.summary, '']
  const usage = [words, usageOf(argumentsOf(command))].filter((part) => part !== '').join(' ')
  lines.push(`\`${usage}\``, '', `Since ${command.since}. ${command.complexity}`.trim())
  if (command.deprecated !== null) {
    const { since, replacedBy } = command.deprecated
    const instead = replacedBy === undefined ? '' : `; use ${replacedBy.replaceAll('`', '')}`
    lines.push('', `@deprecated since ${since}${instead}`)
  }
  const text = lines.map((line) => `   *${line === '' ? '' : ` ${line.replaceAll('*/', '* /')}`}`)
  return `  /**\n${text.join('\n')}\n   */\n`
}

/** In small letters, also where Redis lists it in capitals. */
const nameOf = (command: Command): string => command.fullName.toLowerCase()

const methodName = (command: Command): string =>
  nameOf(command).replace(/[|-](.)/g, (_, letter: string) => letter.toUpperCase())

function method(command: Command): string {
  const name = methodName(command)
  const reply = `Faces<${replyType(command.reply)}, B, T>[F]`
  const alone =
    command.subcommands === null
      ? signatures(command).lists
      : [command.runsAlone ? '...args: Args' : 'subcommand: string, ...args: Args']
  const type = command.subcommands === null ? reply : 'Faces<unknown, B, T>[F]'
  return doc(command) + alone.map((list) => `  ${name}(${list}): ${type}\n`).join('')
}

/** The text of `typed.ts`. */
export function generate(groups: Groups): string {
  const all: Command[] = []
  for (const family of Object.values(groups)) {
    for (const command of Object.values(family)) {
      all.push(command, ...(command.subcommands?.values() ?? []))
    }
  }
  const commands = all
    .filter((command) => !OWN.has(command.fullName))
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
  const names = (wanted: (command: Command) => boolean): string =>
    commands.filter(wanted).map(nameOf).join(' ')
  const blocks = (command: Command) =>
    (command.flags & BLOCKING) !== 0 && !WAITS_IN_PLACE.has(command.fullName)
  const pairs = (command: Command) => command.subcommands === null && signatures(command).pairs
  return `/** Generated by \`generate.ts\` from the command blocks: edit those. */
// biome-ignore-all format: generated
import type { Arg, CallOptions } from './arguments.ts'
import type { Args, Face, Faces, Int, Num, Pairs, Several } from './faces.ts'
import type { CommandDocs, CommandInfo } from './shapes.ts'

/** Every command that has a method, as ACL spells it. */
export const METHODS: string =
  '${names(() => true)}'
/** Those to which an object means pairs and not options. */
export const PAIRS: string = '${names(pairs)}'
/** Those that may block. */
export const BLOCKING: string = '${names(blocks)}'

/** One method for each command. F is how replies are handed over, B what bulk strings become. */
export interface Commands<F extends Face, B, T extends readonly unknown[]> {
${commands.map(method).join('\n')}}
`
}

// ---- Running it -------------------------------------------------------------------------------

/** What this file needs of Node when it is run, spelled out: no Node types in this folder. */
interface Host {
  process?: {
    argv: string[]
    getBuiltinModule(name: string): { writeFileSync(path: string, text: string): void }
  }
}

const { process } = globalThis as unknown as Host
const script = process?.argv[1] ?? ''
if (process !== undefined && script.endsWith('client/generate.ts')) {
  const path = script.replace(/generate\.ts$/, 'typed.ts')
  process.getBuiltinModule('node:fs').writeFileSync(path, generate(families))
}
