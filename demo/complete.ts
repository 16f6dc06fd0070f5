/**
 * Completion and hints, out of what COMMAND DOCS says. Nothing here knows a command by name.
 */
import { CommandError } from '../src/core/errors.ts'
import { MapReply, type Reply, SetReply, Status } from '../src/core/reply.ts'
import { type Argument, type ArgumentType, usageOf } from '../src/core/syntax.ts'

/** What the console knows of a command or subcommand. */
export interface Doc {
  /** As it is typed: `GET`, `CONFIG SET`. */
  readonly name: string
  readonly summary: string
  readonly since: string
  readonly complexity: string
  readonly group: string
  readonly arguments: readonly Argument[]
}

// ---- Reading COMMAND DOCS ---------------------------------------------------------------------

/** The documents in the reply of COMMAND DOCS, containers replaced by their subcommands. */
export function readDocs(reply: Reply): Doc[] {
  if (reply instanceof CommandError) throw new Error(reply.toString())
  const docs: Doc[] = []
  for (const [name, value] of entries(reply)) collect(docs, name, value)
  return docs.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function collect(docs: Doc[], name: string, value: Reply): void {
  const fields = new Map(entries(value))
  const subcommands = fields.get('subcommands')
  if (subcommands !== undefined) {
    for (const [sub, doc] of entries(subcommands)) collect(docs, sub.replace('|', ' '), doc)
  }
  const args = readArguments(fields.get('arguments'))
  if (subcommands !== undefined && args.length === 0) return
  docs.push({
    name: name.toUpperCase(),
    summary: text(fields.get('summary')),
    since: text(fields.get('since')),
    complexity: text(fields.get('complexity')),
    group: text(fields.get('group')),
    arguments: args,
  })
}

function readArguments(reply: Reply | undefined): Argument[] {
  return items(reply).map((item) => {
    const fields = new Map(entries(item))
    const flags = items(fields.get('flags')).map(text)
    return {
      name: text(fields.get('name')),
      type: text(fields.get('type')) as ArgumentType,
      token: text(fields.get('token')),
      optional: flags.includes('optional'),
      multiple: flags.includes('multiple'),
      multipleToken: flags.includes('multiple_token'),
      keySpecIndex: -1,
      since: '',
      deprecatedSince: '',
      arguments: readArguments(fields.get('arguments')),
    } as Argument
  })
}

/** Pairs of a map, whichever protocol it came over. */
function entries(reply: Reply | undefined): [string, Reply][] {
  const flat = items(reply)
  const pairs: [string, Reply][] = []
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([text(flat[i]), flat[i + 1] as Reply])
  return pairs
}

function items(reply: Reply | undefined): readonly Reply[] {
  if (Array.isArray(reply)) return reply
  return reply instanceof MapReply || reply instanceof SetReply ? reply.items : []
}

function text(reply: Reply | undefined): string {
  if (reply instanceof Status) return reply.text
  return typeof reply === 'string' ? reply : ''
}

// ---- Completing -------------------------------------------------------------------------------

export interface Completion {
  /** What the word, or the words, under the cursor become. */
  readonly insert: string
  readonly label: string
  readonly detail: string
}

const words = (line: string): string[] => line.trimStart().split(/\s+/)

/** The command that a line is about: the longest name that its first words spell. */
export function docOf(docs: readonly Doc[], line: string): Doc | undefined {
  const [first = '', second = ''] = words(line.toUpperCase())
  return (
    docs.find((doc) => doc.name === `${first} ${second}`) ?? docs.find((doc) => doc.name === first)
  )
}

/** What may be meant by the beginning of a command, or of an option behind one. */
export function complete(docs: readonly Doc[], line: string, limit = 8): Completion[] {
  const typed = line.trimStart()
  if (typed === '') return []
  const doc = docOf(docs, typed)
  const named = doc !== undefined && typed.length > doc.name.length
  if (!named) {
    const start = typed.toUpperCase().replace(/\s+/g, ' ')
    return docs
      .filter((doc) => doc.name.startsWith(start) && doc.name !== start)
      .slice(0, limit)
      .map((doc) => ({
        insert: doc.arguments.length > 0 ? `${doc.name} ` : doc.name,
        label: doc.name,
        detail: doc.summary,
      }))
  }
  return options(doc, typed, limit)
}

/** Tokens of the arguments that begin with the last word and were not given yet. */
function options(doc: Doc, typed: string, limit: number): Completion[] {
  const given = words(typed)
  const last = (given.pop() ?? '').toUpperCase()
  if (last === '') return []
  const before = new Set(given.map((word) => word.toUpperCase()))
  const head = typed.slice(0, typed.length - last.length)
  return tokens(doc.arguments)
    .filter(({ token }) => token.startsWith(last) && token !== last && !before.has(token))
    .slice(0, limit)
    .map(({ token, argument }) => ({
      insert: `${head}${token}${argument.type === 'pure-token' ? '' : ' '}`,
      label: token,
      detail: argument.type === 'pure-token' ? 'option' : usageOf([argument]),
    }))
}

function tokens(list: readonly Argument[]): { token: string; argument: Argument }[] {
  return list.flatMap((argument) => [
    ...(argument.token === '' ? [] : [{ token: argument.token.toUpperCase(), argument }]),
    ...tokens(argument.arguments),
  ])
}

// ---- Hints ------------------------------------------------------------------------------------

/** What is still to come behind a line: redis-cli's grey text. Empty if the line names no command. */
export function hint(docs: readonly Doc[], line: string): string {
  const doc = docOf(docs, line)
  if (doc === undefined) return ''
  const given = words(line)
  // The last word is complete when white space stands behind it.
  const complete = /\s$/.test(line) ? given.slice(0, -1) : given
  const args = complete.slice(doc.name.split(' ').length)
  return remaining(doc.arguments, args)
}

/** Usage of the arguments without those that the words have filled, from the front. */
function remaining(list: readonly Argument[], given: readonly string[]): string {
  const left: Argument[] = []
  let at = 0
  for (const argument of list) {
    if (argument.optional) continue
    const width = widthOf(argument)
    if (at + width <= given.length) at += width
    else left.push(argument)
  }
  const rest = new Set(given.slice(at).map((word) => word.toUpperCase()))
  const optional = list.filter(
    (argument) =>
      argument.optional &&
      (argument.multiple || !tokens([argument]).some(({ token }) => rest.has(token))),
  )
  const usages = list.flatMap((argument) => {
    if (left.includes(argument) || optional.includes(argument)) return [usageOf([argument])]
    // An argument that repeats can always go on.
    const again = !argument.optional && argument.multiple
    return again ? [`[${usageOf([{ ...argument, multiple: false }])} ...]`] : []
  })
  return usages.join(' ')
}

/** How many words a required argument takes. */
function widthOf(argument: Argument): number {
  const token = argument.token !== '' && argument.type !== 'pure-token' ? 1 : 0
  if (argument.type === 'block') {
    return token + argument.arguments.reduce((sum, part) => sum + widthOf(part), 0)
  }
  if (argument.type === 'oneof') {
    return token + Math.min(...argument.arguments.map(widthOf))
  }
  return token + 1
}
