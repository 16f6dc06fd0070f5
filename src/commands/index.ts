/** The families. A namespace import is all that registers a command. */
import type { Groups } from '../core/command.ts'
import * as list from './list.ts'
import * as string from './string.ts'

export const families = { list, string } satisfies Groups
