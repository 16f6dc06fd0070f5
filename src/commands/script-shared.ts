/** What the families of scripts and of functions share. */
import type { Args } from '../core/args.ts'
import { countedKeys } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { flushSyntax } from '../core/errors.ts'
import type { Engine } from '../engine/engine.ts'
import { Scripting } from '../scripting/scripting.ts'

/** What every engine with scripts needs. */
export function attachScripting(engine: Engine): void {
  engine.scripting ??= new Scripting(engine)
}

/** Scripts of this engine: it has the commands, so it has those. */
export const scriptingOf = (c: Context): Scripting => c.engine.scripting as Scripting

/** Nobody can tell what a script does with its keys. */
export const WRITTEN_KEYS = {
  ...countedKeys(2, 1, 'RW', 'access', 'update'),
  notes: 'taken to be changed, as a script may change them',
}
export const READ_KEYS = {
  ...countedKeys(2, 1, 'RO', 'access'),
  notes: 'taken to be read, as a script may read them',
}

/** What may stand behind FLUSH: when memory is given back is the collector's matter in any case. */
export function takeFlush(args: Args, container: string): void {
  if (!args.more) return
  if (!args.take('SYNC') && !args.take('ASYNC')) throw flushSyntax(container)
  if (args.more) throw flushSyntax(container)
}
