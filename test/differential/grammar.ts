/**
 * From the arguments that a block declares to a request: what is optional comes or not, one of the
 * alternatives is taken, numbers of keys are counted. Now and then something is wrong with it.
 */
import type { Command } from '../../src/core/command.ts'
import { type Argument, argumentsOf } from '../../src/core/syntax.ts'
import type { Random } from '../../src/util/random.ts'
import { compareVersions } from '../helpers/real.ts'
import { chance, nonsense, pick, word } from './pools.ts'

/** Words that are newer than their commands, where COMMAND DOCS does not say so. */
const NEWER: Readonly<Record<string, string>> = {
  'zrank WITHSCORE': '7.2',
  'zrevrank WITHSCORE': '7.2',
  'hscan NOVALUES': '7.4',
  'bitop DIFF': '8.2',
  'bitop DIFF1': '8.2',
  'bitop ANDOR': '8.2',
  'bitop ONE': '8.2',
  // Since then it is no more than there ever were.
  'create ENTRIESREAD': '7.2',
  'setid ENTRIESREAD': '7.2',
  'xadd KEEPREF': '8.2',
  'xadd DELREF': '8.2',
  'xadd ACKED': '8.2',
  'xtrim KEEPREF': '8.2',
  'xtrim DELREF': '8.2',
  'xtrim ACKED': '8.2',
  'xread MAXCOUNT': '8.10',
  'xread MAXSIZE': '8.10',
  'xreadgroup MAXCOUNT': '8.10',
  'xreadgroup MAXSIZE': '8.10',
  'zunion COUNT': '8.8',
  'zinter COUNT': '8.8',
  'zunionstore COUNT': '8.8',
  'zinterstore COUNT': '8.8',
}

const TIMED = /expire|setex|getex|increx|^set$|restore/i

export class Grammar {
  private readonly random: Random
  /** What this version does not have is left out. */
  private readonly version: string

  constructor(random: Random, version: string) {
    this.random = random
    this.version = version
  }

  /** As it should be. */
  wellFormed(command: Command): string[] {
    const chunks = this.sequence(command, this.known(argumentsOf(command), command))
    return [...command.fullName.toUpperCase().split('|'), ...chunks.flat()]
  }

  request(command: Command): string[] {
    const argv = this.wellFormed(command)
    return chance(this.random, 0.06) ? this.spoil(argv, command.firstArgument) : argv
  }

  /** The arguments that this version has. */
  known(list: readonly Argument[], command: Command): readonly Argument[] {
    return list.filter((argument) => {
      const { since, token } = argument
      // All that there is to choose from may be newer.
      if (argument.type === 'oneof' && this.known(argument.arguments, command).length === 0) {
        return false
      }
      const first = NEWER[`${command.name} ${token}`] ?? since
      return first === '' || compareVersions(this.version, first) >= 0
    })
  }

  /** The words of each argument of a list. */
  private sequence(command: Command, list: readonly Argument[]): string[][] {
    const { random } = this
    const chunks: string[][] = []
    // A number of keys or fields says how many come behind it.
    let counter = -1
    let before = 1
    list.forEach((argument, i) => {
      if (argument.optional && !chance(random, list.length > 4 ? 0.25 : 0.4)) {
        chunks.push([])
        return
      }
      const counts = /^num/.test(argument.name) && list[i + 1]?.multiple
      if (counts) {
        counter = chunks.length
        chunks.push([...(argument.token === '' ? [] : [this.cased(argument.token)]), ''])
        return
      }
      let times = argument.multiple ? 1 + random.below(chance(random, 0.2) ? 6 : 3) : 1
      // As many IDs as streams.
      if (argument.multiple && list[i - 1]?.multiple && chance(random, 0.95)) times = before
      before = times
      const words: string[] = []
      for (let n = 0; n < times; n++) {
        const leads = argument.type !== 'pure-token' && argument.token !== ''
        if (leads && (n === 0 || argument.multipleToken)) words.push(this.cased(argument.token))
        words.push(...this.one(command, argument))
      }
      chunks.push(words)
      if (counter < 0) return
      const count = chance(random, 0.95) ? times : times + random.below(5) - 2
      ;(chunks[counter] as string[]).splice(-1, 1, String(count))
      counter = -1
    })
    return this.shuffled(list, chunks)
  }

  private one(command: Command, argument: Argument): string[] {
    if (argument.type === 'pure-token') return [this.cased(argument.token)]
    if (argument.type === 'oneof') {
      const known = this.known(argument.arguments, command)
      if (known.length === 0) return []
      return this.sequence(command, [{ ...pick(this.random, known), optional: false }]).flat()
    }
    if (argument.type === 'block') {
      return this.sequence(command, this.known(argument.arguments, command)).flat()
    }
    return [word(this.random, command, argument)]
  }

  /** Options at the end of the line come in any order. */
  private shuffled(list: readonly Argument[], chunks: string[][]): string[][] {
    let from = list.length
    while (from > 0 && list[from - 1]?.optional) from--
    if (list.length - from < 2 || !chance(this.random, 0.3)) return chunks
    const tail = chunks.slice(from)
    for (let i = tail.length - 1; i > 0; i--) {
      const j = this.random.below(i + 1)
      const other = tail[j] as string[]
      tail[j] = tail[i] as string[]
      tail[i] = other
    }
    return [...chunks.slice(0, from), ...tail]
  }

  private cased(token: string): string {
    return chance(this.random, 0.1) ? token.toLowerCase() : token
  }

  /** Leave a word out, say it twice, add one, or put another one in its place. */
  private spoil(argv: readonly string[], first: number): string[] {
    const { random } = this
    const spoilt = [...argv]
    const at = first + random.below(Math.max(1, argv.length - first))
    // A small number in the place of a time would let something expire now or a moment later.
    const timed = TIMED.test(argv[0] as string)
    switch (random.below(timed ? 3 : 5)) {
      case 0:
        if (spoilt.length > first) spoilt.splice(at, 1)
        break
      case 1:
        if (at < spoilt.length) spoilt.splice(at, 0, spoilt[at] as string)
        break
      case 2:
        spoilt.push(nonsense(random))
        break
      case 3:
        if (at < spoilt.length) spoilt[at] = nonsense(random)
        break
      default:
        if (at + 1 < spoilt.length) {
          const next = spoilt[at + 1] as string
          spoilt[at + 1] = spoilt[at] as string
          spoilt[at] = next
        }
    }
    return spoilt
  }
}
