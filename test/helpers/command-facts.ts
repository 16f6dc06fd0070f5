/** What a server says of its commands, by COMMAND and COMMAND DOCS, and where two servers differ. */
import { MapReply, type Reply, SetReply, Status } from '../../src/core/reply.ts'
import { compareVersions, type Real } from './real.ts'
import { run } from './run.ts'

type Plain = string | number | null | Plain[]

/** A reply as plain values, with maps flat, as in RESP2. */
function plain(reply: Reply): Plain {
  if (reply instanceof Status) return reply.text
  if (reply instanceof MapReply || reply instanceof SetReply) return reply.items.map(plain)
  if (Array.isArray(reply)) return reply.map(plain)
  return reply as Plain
}

/** One RESP2 reply as plain values. */
function parse(bytes: Buffer): Plain {
  let at = 0
  const line = (): string => {
    const end = bytes.indexOf('\r\n', at, 'latin1')
    const text = bytes.toString('latin1', at, end)
    at = end + 2
    return text
  }
  const one = (): Plain => {
    const head = line()
    const rest = head.slice(1)
    if (head[0] === '*') return Number(rest) < 0 ? null : Array.from({ length: Number(rest) }, one)
    if (head[0] === ':') return Number(rest)
    if (head[0] !== '$') return rest
    if (Number(rest) < 0) return null
    at += Number(rest) + 2
    return bytes.toString('latin1', at - Number(rest) - 2, at - 2)
  }
  return one()
}

function fields(flat: Plain): Map<string, Plain> {
  const list = flat as Plain[]
  const map = new Map<string, Plain>()
  for (let i = 0; i < list.length; i += 2) map.set(list[i] as string, list[i + 1] as Plain)
  return map
}

const sorted = (list: Plain): Plain[] => [...(list as string[])].sort()

/** A key specification as a line, without its notes, which are everybody's own words. */
function specs(list: Plain): string[] {
  const flat = (value: Plain): string =>
    Array.isArray(value) ? `(${value.map(flat).join(' ')})` : String(value)
  return (list as Plain[]).map((spec) => {
    const map = fields(spec)
    const flags = sorted(map.get('flags') as Plain).join(',')
    return `${flags} begin ${flat(map.get('begin_search') as Plain)} find ${flat(map.get('find_keys') as Plain)}`
  })
}

/** Arguments as a line each, those inside of others behind a slash. */
function tree(list: Plain, above = ''): string[] {
  return (list as Plain[]).flatMap((argument) => {
    const map = fields(argument)
    const words = ['type', 'token', 'display_text', 'key_spec_index', 'since', 'deprecated_since']
      .filter(
        (field) =>
          map.has(field) && map.get(field) !== (field === 'display_text' ? map.get('name') : ''),
      )
      .map((field) => `${field}=${map.get(field)}`)
    const flags = sorted(map.get('flags') ?? []).join(',')
    const inside = map.get('arguments')
    const name = `${above}${map.get('name')}`
    return [
      `${name} ${words.join(' ')}${flags === '' ? '' : ` flags=${flags}`}`,
      ...(inside === undefined ? [] : tree(inside, `${name}/`)),
    ]
  })
}

// ---- What a server says -----------------------------------------------------------------------

// ---- What a server says -----------------------------------------------------------------------

/** Each aspect as lines. */
export type Facts = ReadonlyMap<string, readonly string[]>

const lines = (list: Plain | undefined): string[] => sorted(list ?? []).map(String)
const line = (value: Plain | undefined): string[] => (value === undefined ? [] : [String(value)])

/** What changed, and when, is told in everybody's own words; that it did, is not. */
const versions = (history: Plain | undefined): string[] => [
  ...new Set((history as Plain[] | undefined)?.map((entry) => (entry as string[])[0] as string)),
]

/** The facts of each command and subcommand, from its replies to COMMAND and COMMAND DOCS. */
function factsOf(info: Plain, docs: Plain): Map<string, Facts> {
  const all = new Map<string, Map<string, readonly string[]>>()
  const addInfo = (entry: Plain): void => {
    const [name, arity, flags, first, last, step, categories, tips, keys, subs] = entry as Plain[]
    all.set(
      String(name).toLowerCase(),
      new Map([
        ['arity', [String(arity)]],
        ['flags', lines(flags)],
        ['range', [`${first} ${last} ${step}`]],
        ['categories', lines(categories)],
        ['tips', lines(tips)],
        ['keys', specs(keys as Plain)],
      ]),
    )
    for (const sub of subs as Plain[]) addInfo(sub)
  }
  const addDocs = (flat: Plain): void => {
    for (const [name, entry] of fields(flat)) {
      const docs = fields(entry)
      const facts = all.get(name.toLowerCase())
      facts?.set('since', line(docs.get('since')))
      facts?.set('group', line(docs.get('group')))
      facts?.set('module', line(docs.get('module')))
      facts?.set('doc_flags', lines(docs.get('doc_flags')))
      facts?.set('deprecated_since', line(docs.get('deprecated_since')))
      facts?.set('replaced_by', docs.has('replaced_by') ? ['told'] : [])
      facts?.set('history', versions(docs.get('history')))
      facts?.set('arguments', tree(docs.get('arguments') ?? []))
      if (docs.has('subcommands')) addDocs(docs.get('subcommands') as Plain)
    }
  }
  for (const entry of info as Plain[]) addInfo(entry)
  addDocs(docs)
  return all
}

export async function theirFacts({ control }: Real): Promise<Map<string, Facts>> {
  return factsOf(
    parse(await control.call(['COMMAND'])),
    parse(await control.call(['COMMAND', 'DOCS'])),
  )
}

export function ourFacts(): Map<string, Facts> {
  const r = run()
  return factsOf(plain(r('COMMAND')), plain(r('COMMAND DOCS')))
}

/** What COMMAND LIST names, subcommands too. */
export async function theirNames({ control }: Real): Promise<string[]> {
  return (parse(await control.call(['COMMAND', 'LIST'])) as string[]).map((name) =>
    name.toLowerCase(),
  )
}

export const ourNames = (): string[] =>
  (plain(run()('COMMAND LIST')) as string[]).map((name) => name.toLowerCase())

// ---- Where they differ ------------------------------------------------------------------------

export interface Deviation {
  readonly command: string
  readonly aspect: string
  /** Lines that only the one has (−, the real server) and only the other (+). */
  readonly text: string
}

/** A command that the real server has and we do not, or the other way round. */
const PRESENCE = 'presence'

/** All that differs, but for commands, and steps of a history, that are newer than the real server. */
export function deviations(
  theirs: ReadonlyMap<string, Facts>,
  ours: ReadonlyMap<string, Facts>,
  version: string,
): Deviation[] {
  const found: Deviation[] = []
  const newer = (since: string): boolean => compareVersions(version, since) < 0
  for (const [command, facts] of theirs) {
    const mine = ours.get(command)
    if (mine === undefined) {
      // The subcommands of what is not there are not told one by one.
      const container = command.split('|')[0] as string
      if (container === command || ours.has(container)) {
        found.push({ command, aspect: PRESENCE, text: '− there only' })
      }
      continue
    }
    for (const [aspect, lines] of facts) {
      const own = (mine.get(aspect) ?? []).filter((line) => aspect !== 'history' || !newer(line))
      const text = difference(
        lines,
        own.map((line) => suited(line, lines)),
      )
      if (text !== '') found.push({ command, aspect, text })
    }
  }
  for (const [command, facts] of ours) {
    if (theirs.has(command) || newer(facts.get('since')?.[0] ?? '')) continue
    found.push({ command, aspect: PRESENCE, text: '+ here only' })
  }
  return found.sort((a, b) => (`${a.command} ${a.aspect}` < `${b.command} ${b.aspect}` ? -1 : 1))
}

/** 7.0 has no texts to be shown for arguments. */
const suited = (line: string, theirs: readonly string[]): string =>
  theirs.some((other) => other.includes(' display_text='))
    ? line
    : line.replace(/ display_text=\S+/, '')

function difference(theirs: readonly string[], ours: readonly string[]): string {
  if (JSON.stringify(theirs) === JSON.stringify(ours)) return ''
  const gone = theirs.filter((line) => !ours.includes(line))
  const come = ours.filter((line) => !theirs.includes(line))
  if (gone.length + come.length === 0) return 'another order'
  return [...gone.map((line) => `− ${line}`), ...come.map((line) => `+ ${line}`)].join('; ')
}
