/** The families. A namespace import is all that registers a command. */
import type { Groups } from '../core/command.ts'
import * as lcs from './lcs.ts'
import * as list from './list.ts'
import * as string from './string.ts'
import * as stringCounter from './string-counter.ts'
import * as stringSet from './string-set.ts'

export const families = { lcs, list, string, stringCounter, stringSet } satisfies Groups
