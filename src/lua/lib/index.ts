/** The libraries, as installers: each puts its table into the globals of a machine. */
import type { Lua } from '../vm.ts'
import { openBase } from './base.ts'
import { openCoroutine } from './coroutine.ts'

export { openBase, openCoroutine }

/** What PUC has beside the basic functions and coroutines, as far as it is here. */
export const standard: readonly ((lua: Lua) => void)[] = []
