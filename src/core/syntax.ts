/**
 * The grammar in which a command declares its arguments, and what is made of it.
 *
 * A block writes `key value [condition: NX | XX] [EX seconds:integer]`; COMMAND DOCS, the hints of a
 * console and the typed client want a tree. One line of text is what an author can keep right at a
 * glance, where the tree takes thirty, so the text is the truth and the tree is made from it when
 * somebody asks. `src/commands/README.md` explains the notation to authors.
 *
 * It is read in two steps: words and signs, then a descent with one function for each construct.
 */
import type { Command } from './command.ts'

export const ARGUMENT_TYPES = [
  'string',
  'integer',
  'double',
  'key',
  'pattern',
  'unix-time',
  'pure-token',
  'oneof',
  'block',
] as const
export type ArgumentType = (typeof ARGUMENT_TYPES)[number]

/** One argument, or a group of them, as COMMAND DOCS describes it. */
export interface Argument {
  readonly name: string
  readonly type: ArgumentType
  /** The word in front of it, or the argument itself when the type is `pure-token`; else empty. */
  readonly token: string
  readonly optional: boolean
  readonly multiple: boolean
  /** The token comes again each time. */
  readonly multipleToken: boolean
  /** Which of the command's key specifications finds this key; -1 for what is not a key. */
  readonly keySpecIndex: number
  /** Redis version, or empty when it is as old as the command. */
  readonly since: string
  readonly deprecatedSince: string
  /** The alternatives of a `oneof`, the parts of a `block`. */
  readonly arguments: readonly Argument[]
}

/** While it is made, everything may still change. */
type Draft = { -readonly [K in keyof Argument]: Argument[K] }

const draft = (name: string, type: ArgumentType): Draft => ({
  name,
  type,
  token: '',
  optional: false,
  multiple: false,
  multipleToken: false,
  keySpecIndex: -1,
  since: '',
  deprecatedSince: '',
  arguments: [],
})

// ---- Words and signs --------------------------------------------------------------------------

// `...!` and `...` before all else, so that a word cannot swallow them.
const LEXEMES = /\s*(\.\.\.!?|[[\]{}|]|[^\s[\]{}|]+?(?=\.\.\.|[[\]{}|\s]|$))/y
const LABEL = /^([a-z0-9][\w/-]*):$/
const NAMED_TOKEN = /^([a-z0-9][\w-]*)=(.+)$/
const TOKEN = /^[A-Z][A-Z0-9_-]*$/
const ARGUMENT = /^([a-z0-9][\w/-]*)(?::([a-z-]+))?(?:#(\d+))?$/
const VERSIONS = /^(.*?)(?:@(\d[\d.]*))?(?:@-(\d[\d.]*))?$/

class Lexemes {
  readonly text: string
  private readonly words: string[] = []
  private at = 0

  constructor(text: string) {
    this.text = text
    LEXEMES.lastIndex = 0
    const { length } = text.trimEnd()
    while (LEXEMES.lastIndex < length) {
      const match = LEXEMES.exec(text)
      if (match === null) throw new Error(`syntax "${text}" cannot be read`)
      this.words.push(match[1] as string)
    }
  }

  peek(): string | undefined {
    return this.words[this.at]
  }

  next(): string | undefined {
    return this.words[this.at++]
  }

  take(word: string): boolean {
    if (this.words[this.at] !== word) return false
    this.at++
    return true
  }

  fail(why: string): never {
    const place = this.words.slice(0, this.at).join(' ')
    throw new Error(`syntax "${this.text}": ${why}${place === '' ? '' : ` after "${place}"`}`)
  }
}

// ---- The descent ------------------------------------------------------------------------------

/**
 * The arguments that a `syntax` describes. Throws when the text does not follow the grammar.
 * `specs` is how many key specifications the command has: the keys are given to them in turn.
 */
export function parseSyntax(text: string, specs = 1): readonly Argument[] {
  const words = new Lexemes(text)
  const list = sequence(words)
  const word = words.peek()
  if (word !== undefined) words.fail(`unexpected "${word}"`)
  numberKeys(list, { next: 0, last: Math.max(0, specs - 1) })
  return list
}

function sequence(words: Lexemes): Draft[] {
  const list: Draft[] = []
  for (;;) {
    const word = words.peek()
    if (word === undefined || word === '|' || word === ']' || word === '}') return list
    list.push(repeated(words, item(words)))
  }
}

function item(words: Lexemes): Draft {
  const word = words.next() as string
  if (word === '[') {
    const inside = group(words, ']')
    inside.optional = true
    return inside
  }
  if (word === '{') return group(words, '}')
  const [, bare, since, deprecatedSince] = VERSIONS.exec(word) as unknown as [
    string,
    string,
    ...string[],
  ]
  const argument = tokenOrArgument(words, bare)
  if (since) argument.since = since
  if (deprecatedSince) argument.deprecatedSince = deprecatedSince
  return argument
}

function tokenOrArgument(words: Lexemes, word: string): Draft {
  const named = NAMED_TOKEN.exec(word)
  if (named !== null) return token(named[1] as string, named[2] as string)
  if (TOKEN.test(word)) {
    const following = words.peek()
    if (following === '{' || (following !== undefined && isArgument(following))) {
      const owner = item(words)
      if (owner.token !== '') words.fail(`"${word}" and "${owner.token}" cannot both lead`)
      owner.token = word
      return owner
    }
    return token(word.toLowerCase(), word)
  }
  const match = ARGUMENT.exec(word)
  if (match === null) words.fail(`"${word}" is neither a token nor an argument`)
  const name = match[1] as string
  const type = match[2] ?? (name === 'key' || name === 'pattern' ? name : 'string')
  if (!(ARGUMENT_TYPES as readonly string[]).includes(type)) words.fail(`no such type: "${type}"`)
  const argument = draft(name, type as ArgumentType)
  if (match[3] !== undefined) argument.keySpecIndex = Number(match[3])
  return argument
}

function token(name: string, word: string): Draft {
  const argument = draft(name, 'pure-token')
  // What stands for nothing at all has to be written somehow.
  argument.token = word === '""' ? '' : word
  return argument
}

const isArgument = (word: string): boolean => {
  const bare = (VERSIONS.exec(word) as RegExpExecArray)[1] as string
  return ARGUMENT.test(bare) && !NAMED_TOKEN.test(bare)
}

/** Behind an opening bracket or brace: an optional label, alternatives, the closing sign. */
function group(words: Lexemes, close: string): Draft {
  const label = LABEL.exec(words.peek() ?? '')
  if (label !== null) words.next()
  const alternatives = [sequence(words)]
  while (words.take('|')) alternatives.push(sequence(words))
  if (!words.take(close)) words.fail(`"${close}" is missing`)
  for (const list of alternatives)
    if (list.length === 0) words.fail('nothing to choose or to repeat')
  const name = label?.[1] ?? ''
  if (alternatives.length > 1) {
    const choice = draft(name, 'oneof')
    choice.arguments = alternatives.map((list) =>
      list.length === 1 ? (list[0] as Draft) : block('', list),
    )
    if (name === '') choice.name = choice.arguments.map((one) => one.name).join('-or-')
    return choice
  }
  const list = alternatives[0] as Draft[]
  // Brackets around one argument only say that it is optional.
  if (list.length === 1 && name === '' && !(list[0] as Draft).optional) return list[0] as Draft
  return block(name, list)
}

function block(name: string, list: readonly Draft[]): Draft {
  const all = draft(name === '' ? list.map((one) => one.name).join('_') : name, 'block')
  all.arguments = list
  return all
}

/** What may stand behind an item: `...`, `...!`, and versions behind a bracket. */
function repeated(words: Lexemes, argument: Draft): Draft {
  const again = words.peek()
  if (again === '...' || again === '...!') {
    words.next()
    argument.multiple = true
    argument.multipleToken = again === '...!'
  }
  const word = words.peek()
  if (word?.startsWith('@')) {
    const match = /^(?:@(\d[\d.]*))?(?:@-(\d[\d.]*))?$/.exec(word)
    if (match === null) words.fail(`"${word}" is not a version`)
    words.next()
    if (match[1] !== undefined) argument.since = match[1]
    if (match[2] !== undefined) argument.deprecatedSince = match[2]
  }
  return argument
}

/** The first key belongs to the first specification, and so on; the last one takes what is left. */
function numberKeys(list: readonly Argument[], count: { next: number; last: number }): void {
  for (const argument of list as Draft[]) {
    if (argument.type === 'key') {
      if (argument.keySpecIndex < 0) argument.keySpecIndex = Math.min(count.next, count.last)
      count.next = argument.keySpecIndex + 1
    }
    numberKeys(argument.arguments, count)
  }
}

// ---- Of commands ------------------------------------------------------------------------------

const trees = new WeakMap<Command, readonly Argument[]>()

/** The arguments of a command, made at the first call. */
export function argumentsOf(command: Command): readonly Argument[] {
  let tree = trees.get(command)
  if (tree === undefined) {
    tree = parseSyntax(command.syntax, command.keys.length)
    trees.set(command, tree)
  }
  return tree
}

/** Everything behind the name as redis-cli hints at it: `key value [NX|XX] [EX seconds]`. */
export function usageOf(list: readonly Argument[]): string {
  return list.map(usage).join(' ')
}

function usage(argument: Argument): string {
  let text = bare(argument)
  if (argument.multiple) {
    const again = argument.multipleToken && argument.token !== '' ? withToken(argument, text) : text
    text = `${withToken(argument, text)} [${again} ...]`
  } else text = withToken(argument, text)
  return argument.optional ? `[${text}]` : text
}

function bare(argument: Argument): string {
  if (argument.type === 'pure-token') return argument.token || '""'
  if (argument.type === 'oneof') return argument.arguments.map(usage).join('|')
  if (argument.type === 'block') return usageOf(argument.arguments)
  return argument.name
}

const withToken = (argument: Argument, text: string): string =>
  argument.token === '' || argument.type === 'pure-token' ? text : `${argument.token} ${text}`
