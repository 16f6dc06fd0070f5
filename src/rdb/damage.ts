/** Damage in the words of a log: tools look for them there. */
import type { MalformedRdb } from './errors.ts'
import * as forms from './format.ts'

/** What a value of a form is made of. */
const PARTS: Readonly<Record<number, string>> = {
  [forms.LIST_ZIPLIST]: 'List ziplist',
  [forms.LIST_QUICKLIST]: 'Ziplist',
  [forms.LIST_QUICKLIST_2]: 'Listpack',
  [forms.SET_INTSET]: 'Intset',
  [forms.SET_LISTPACK]: 'Set listpack',
  [forms.ZSET_ZIPLIST]: 'Zset ziplist',
  [forms.ZSET_LISTPACK]: 'Zset listpack',
  [forms.HASH_ZIPMAP]: 'Zipmap',
  [forms.HASH_ZIPLIST]: 'Hash ziplist',
  [forms.HASH_LISTPACK]: 'Hash listpack',
  [forms.HASH_LISTPACK_EX]: 'Hash listpack',
  [forms.STREAM_LISTPACKS]: 'Stream listpack',
  [forms.STREAM_LISTPACKS_2]: 'Stream listpack',
  [forms.STREAM_LISTPACKS_3]: 'Stream listpack',
  [forms.STREAM_LISTPACKS_4]: 'Stream listpack',
  [forms.STREAM_LISTPACKS_5]: 'Stream listpack',
}

/** A line for the log about bytes that are no value. */
export function describeDamage(error: MalformedRdb): string {
  if (error.reason === 'a consumer comes twice') {
    return `Duplicate stream consumer detected: ${error.message}`
  }
  if (error.reason === 'a consumer with an entry that is not its own') {
    return `Duplicated consumer PEL entry detected, or one that is nobody's: ${error.message}`
  }
  return `${PARTS[error.form] ?? 'RDB'} integrity check failed: ${error.message}`
}
