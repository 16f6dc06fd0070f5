/** The families. A namespace import is all that registers a command. */
import type { Groups } from '../core/command.ts'
import * as client from './client.ts'
import * as connection from './connection.ts'
import * as expire from './expire.ts'
import * as generic from './generic.ts'
import * as lcs from './lcs.ts'
import * as list from './list.ts'
import * as object from './object.ts'
import * as pubsub from './pubsub.ts'
import * as scan from './scan.ts'
import * as string from './string.ts'
import * as stringCounter from './string-counter.ts'
import * as stringSet from './string-set.ts'
import * as transaction from './transaction.ts'

export const families = {
  client,
  connection,
  expire,
  generic,
  lcs,
  list,
  object,
  pubsub,
  scan,
  stringCounter,
  stringSet,
  string,
  transaction,
} satisfies Groups
