/**
 * What a run has tried: how many replies of each command were errors, and which of the words that its
 * arguments name (options, units, directions …) never came.
 */
import type { Command } from '../../src/core/command.ts'
import { type Argument, argumentsOf } from '../../src/core/syntax.ts'
import { commandOf } from './workload.ts'

interface Count {
  ok: number
  errors: number
  /** In capitals, in requests that did not fail. */
  readonly words: Set<string>
}

export class Coverage {
  private readonly counts = new Map<string, Count>()

  note(argv: readonly string[], reply: Buffer): void {
    const name = commandOf(argv)?.fullName
    if (name === undefined) return
    let count = this.counts.get(name)
    if (count === undefined) {
      count = { ok: 0, errors: 0, words: new Set() }
      this.counts.set(name, count)
    }
    if (reply[0] === MINUS) {
      count.errors++
      return
    }
    count.ok++
    for (let i = 1; i < argv.length; i++) count.words.add((argv[i] as string).toUpperCase())
  }

  /** Words of the grammar, less those that a filter takes out, that never came where all was well. */
  missing(command: Command, known: Known): string[] {
    const count = this.counts.get(command.fullName)
    if (count === undefined || count.ok === 0) return ['(no success)']
    return tokens(argumentsOf(command), command, known).filter((word) => !count.words.has(word))
  }

  report(commands: readonly Command[], known: Known): string {
    let ok = 0
    let errors = 0
    const lines: string[] = []
    for (const command of commands) {
      const count = this.counts.get(command.fullName)
      ok += count?.ok ?? 0
      errors += count?.errors ?? 0
      const share = count === undefined ? 0 : count.ok / (count.ok + count.errors)
      const missing = this.missing(command, known)
      if (share >= 0.4 && missing.length === 0) continue
      lines.push(
        `  ${command.fullName}: ${count?.ok ?? 0} well, ${count?.errors ?? 0} errors` +
          (missing.length === 0 ? '' : `; never: ${missing.join(' ')}`),
      )
    }
    const share = ((100 * ok) / (ok + errors)).toFixed(1)
    return [
      `${commands.length} commands, ${ok} replies and ${errors} errors (${share} % went well)`,
      ...lines,
    ].join('\n')
  }
}

/** Whether an argument is one of this version. */
export type Known = (list: readonly Argument[], command: Command) => readonly Argument[]

const MINUS = 0x2d

const tokens = (list: readonly Argument[], command: Command, known: Known): string[] =>
  known(list, command).flatMap((argument) => [
    ...(argument.token === '' ? [] : [argument.token.toUpperCase()]),
    ...tokens(argument.arguments, command, known),
  ])
