/** Replies that have a shape worth a name. */

/** COMMAND INFO, one command. */
export type CommandInfo = [
  name: string,
  arity: number,
  flags: string[],
  firstKey: number,
  lastKey: number,
  step: number,
  categories: string[],
  tips: string[],
  keySpecs: Record<string, unknown>[],
  subcommands: CommandInfo[],
]

/** COMMAND DOCS, one command. */
export interface CommandDocs {
  summary: string
  since: string
  group: string
  complexity: string
  doc_flags?: string[]
  deprecated_since?: string
  replaced_by?: string
  history?: [version: string, change: string][]
  arguments?: CommandArgument[]
  subcommands?: Record<string, CommandDocs>
}

export interface CommandArgument {
  name: string
  type: string
  display_text?: string
  token?: string
  key_spec_index?: number
  since?: string
  deprecated_since?: string
  flags?: string[]
  arguments?: CommandArgument[]
}
