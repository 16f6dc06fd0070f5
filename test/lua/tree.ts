/** A program as a tree of statements, so that it can be made shorter without becoming nonsense. */

/** Text, with blocks of statements between. */
export interface Statement {
  readonly parts: readonly (string | readonly Statement[])[]
}

export type Block = readonly Statement[]

/** The program as text; each statement begins a line. */
export function textOf(block: Block): string {
  return block
    .map(({ parts }) =>
      parts.map((part) => (typeof part === 'string' ? part : `\n${textOf(part)}`)).join(''),
    )
    .join('\n')
}

/** How many statements there are, inner ones counted. */
export function sizeOf(block: Block): number {
  let size = 0
  for (const { parts } of block) {
    size++
    for (const part of parts) if (typeof part !== 'string') size += sizeOf(part)
  }
  return size
}

/** Every way to leave statements out, or to put what is in a block in the place of what is around it. */
export function* smaller(block: Block): Generator<Block> {
  for (let size = block.length; size >= 1; size = size >> 1) {
    for (let at = 0; at + size <= block.length; at += size) {
      yield [...block.slice(0, at), ...block.slice(at + size)]
    }
  }
  for (const [at, statement] of block.entries()) {
    const replace = (by: Block): Block => [...block.slice(0, at), ...by, ...block.slice(at + 1)]
    for (const [n, part] of statement.parts.entries()) {
      if (typeof part === 'string') continue
      yield replace(part)
      for (const inner of smaller(part)) {
        const parts = statement.parts.map((other, i) => (i === n ? inner : other))
        yield replace([{ parts }])
      }
    }
  }
}

/** Tokens of Lua, with the white space before them. */
const TOKEN = /\s*(?:"(?:\\.|[^"\\])*"|\w+|\.{1,3}|[=~<>]=|\S)/g

/** Every way to leave a few tokens out of a text. */
export function* shorter(text: string): Generator<string> {
  const tokens = text.match(TOKEN) ?? []
  for (const size of [32, 16, 8, 5, 4, 3, 2, 1]) {
    for (let at = 0; at + size <= tokens.length; at++) {
      yield [...tokens.slice(0, at), ...tokens.slice(at + size)].join('')
    }
  }
}
