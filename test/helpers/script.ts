/**
 * Scripts that are run against two servers. The format, line by line:
 *
 *     # a comment
 *     == title                 begins a case; a claim
 *     since 8.0                right below a title: only where the oracle is at least this version
 *     until 7.2                … at most this version (7.2 includes 7.2.5)
 *     SET a "b\x00c"           a command of client 1, with redis-cli's quoting; its reply is compared
 *     @2 GET a                 the same by client 2
 *     @2~ BLPOP l 0            sent without waiting for a reply
 *     @2<                      read one reply or push of client 2 and compare it
 *     ? TIME                   compare only the shape: types, and lengths of arrays
 *     sleep 10                 let ten milliseconds pass on both sides
 *     CLIENT KILL ID {id:2}    the id of client 2, which has been opened before; {addr:2}: its address
 */
import { words } from './run.ts'

export interface Step {
  kind: 'call' | 'send' | 'read' | 'sleep'
  /** Which client; milliseconds for `sleep`. */
  number: number
  argv: readonly string[]
  shapeOnly: boolean
  /** As it stands in the script, and where. */
  text: string
  line: number
}

export interface Case {
  file: string
  title: string
  since: string | null
  until: string | null
  steps: Step[]
}

/** Take a script apart. Throws on what it does not understand. */
export function parseScript(file: string, text: string): Case[] {
  const cases: Case[] = []
  let current: Case | null = null
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const title = /^==\s+(.+)$/.exec(line)?.[1]
    if (title !== undefined) {
      if (cases.some((c) => c.title === title))
        throw new Error(`${file}: '${title}' is there twice`)
      current = { file, title, since: null, until: null, steps: [] }
      cases.push(current)
      continue
    }
    if (current === null) throw new Error(`${file}:${index + 1}: a line before the first title`)
    const limit = /^(since|until) (\d+(?:\.\d+)*)$/.exec(line)
    if (limit !== null && current.steps.length === 0) {
      current[limit[1] as 'since' | 'until'] = limit[2] as string
      continue
    }
    try {
      current.steps.push(parseStep(line, index + 1))
    } catch (error) {
      throw new Error(`${file}:${index + 1}: ${(error as Error).message}`)
    }
  }
  return cases
}

function parseStep(line: string, at: number): Step {
  const sleep = /^sleep (\d+)$/.exec(line)
  if (sleep !== null) {
    return {
      kind: 'sleep',
      number: Number(sleep[1]),
      argv: [],
      shapeOnly: false,
      text: line,
      line: at,
    }
  }
  const parts = /^(\?\s*)?(?:@(\d+)([~<]?)\s*)?(\?\s*)?(.*)$/.exec(line) as RegExpExecArray
  const kind = parts[3] === '~' ? 'send' : parts[3] === '<' ? 'read' : 'call'
  const argv = words(parts[5] as string)
  if ((argv.length === 0) !== (kind === 'read')) throw new Error(`cannot read '${line}'`)
  return {
    kind,
    number: Number(parts[2] ?? 1),
    argv,
    shapeOnly: parts[1] !== undefined || parts[4] !== undefined,
    text: line,
    line: at,
  }
}
