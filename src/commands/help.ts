/** HELP of a container: one shape for all of them. */
import { type Reply, Status } from '../core/reply.ts'

/** Lines in pairs: how to write it, and what it does (further lines of that after a line break). */
export function helpOf(
  container: string,
  entries: readonly (readonly [usage: string, text: string])[],
): Reply {
  const lines = [`${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`]
  for (const [usage, text] of [...entries, ['HELP', 'Show this text.'] as const]) {
    lines.push(usage, ...text.split('\n').map((line) => `    ${line}`))
  }
  return lines.map((line) => new Status(line))
}
