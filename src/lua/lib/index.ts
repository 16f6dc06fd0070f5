/** The libraries, as installers: each puts its table into the globals of a machine. */
import type { Lua } from '../vm.ts'
import { openBase } from './base.ts'
import { openBit } from './bit.ts'
import { openCjson } from './cjson.ts'
import { openCmsgpack } from './cmsgpack.ts'
import { openCoroutine } from './coroutine.ts'
import { openMath, Random48 } from './math.ts'
import { openOs } from './os.ts'
import { openString } from './string.ts'
import { openStruct } from './struct.ts'
import { openTable } from './table.ts'

export { openBase, openCoroutine, openMath, openOs, Random48 }

/** What PUC has beside the basic functions and coroutines, as far as it is here. */
export const standard: readonly ((lua: Lua) => void)[] = [
  openString,
  openTable,
  (lua) => openMath(lua),
]

/** What Redis adds. */
export const additional: readonly ((lua: Lua) => void)[] = [
  openBit,
  openCjson,
  openCmsgpack,
  openStruct,
]
