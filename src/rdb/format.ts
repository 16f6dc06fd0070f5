/**
 * Names of what an RDB file is made of. The numbers are Redis's and never change their meaning.
 *
 * An object has a form: which type it is of, and how it is spelled. A type has gained many forms over
 * the years, of which only some are written today, and all are read.
 */

/** Strings. */
export const STRING_PLAIN = 0

/** Lists: as a row of strings, of one ziplist, of ziplists, of listpacks. */
export const LIST_PLAIN = 1
export const LIST_ZIPLIST = 10
export const LIST_QUICKLIST = 14
export const LIST_QUICKLIST_2 = 18

/** Sets. */
export const SET_PLAIN = 2
export const SET_INTSET = 11
export const SET_LISTPACK = 20

/** Sorted sets: the first has its scores in decimal, the second in binary. */
export const ZSET_PLAIN = 3
export const ZSET_2 = 5
export const ZSET_ZIPLIST = 12
export const ZSET_LISTPACK = 17

/** Hashes. Those that came before a release of Redis 7.4 lack the earliest deadline. */
export const HASH_PLAIN = 4
export const HASH_ZIPMAP = 9
export const HASH_ZIPLIST = 13
export const HASH_LISTPACK = 16
export const HASH_TIMED_EARLY = 22
export const HASH_LISTPACK_EX_EARLY = 23
export const HASH_TIMED = 24
export const HASH_LISTPACK_EX = 25
/** Compact ones, with their names, or (only in a file) with the number of their template. */
export const HASH_TEMPLATE = 29
export const HASH_TEMPLATE_REF = 30
export const HASH_TEMPLATE_ARRAY = 31
export const HASH_TEMPLATE_ARRAY_REF = 32

/** Values of modules: the first, of a time before modules had numbers, nobody can read. */
export const MODULE_EARLY = 6
export const MODULE = 7

/** Streams: each release had more to say about consumers and groups. */
export const STREAM_LISTPACKS = 15
export const STREAM_LISTPACKS_2 = 19
export const STREAM_LISTPACKS_3 = 21
export const STREAM_LISTPACKS_4 = 26
export const STREAM_LISTPACKS_5 = 27

export const ARRAY = 28

/** What stands between the objects of a file. */
export const OP_TEMPLATE = 242
export const OP_KEY_META = 243
export const OP_SLOT_INFO = 244
export const OP_FUNCTION = 245
export const OP_FUNCTION_EARLY = 246
export const OP_MODULE_AUX = 247
export const OP_IDLE = 248
export const OP_FREQUENCY = 249
export const OP_AUX = 250
export const OP_RESIZE_DB = 251
export const OP_EXPIRE_MS = 252
export const OP_EXPIRE_SECONDS = 253
export const OP_SELECT_DB = 254
export const OP_END = 255

/** How a file begins. */
export const MAGIC = 'REDIS'

/** The version that Redis 8.10 writes. What claims to be newer is refused. */
export const RDB_VERSION = 15
/** The oldest version that is written: Redis 7.0's. */
export const LEAST_VERSION = 10

/** Versions from which on something may be written. */
export const SINCE_SET_LISTPACK = 11
export const SINCE_LONE_ELEMENTS = 11
export const SINCE_SHORT_SCORES = 11
export const SINCE_TEMPLATES = 15
export const SINCE_ACTIVE_TIMES = 11
export const SINCE_PRODUCERS = 13
export const SINCE_RETURNED = 14
export const SINCE_FIELD_TIMES = 12
export const SINCE_ARRAYS = 14
