/** The families. A namespace import is all that registers a command. */
import type { Groups } from '../core/command.ts'
import * as acl from './acl.ts'
import * as array from './array.ts'
import * as arrayRing from './array-ring.ts'
import * as arrayScan from './array-scan.ts'
import * as backup from './backup.ts'
import * as bitfield from './bitfield.ts'
import * as bitmap from './bitmap.ts'
import * as client from './client.ts'
import * as cluster from './cluster.ts'
import * as command from './command.ts'
import * as config from './config.ts'
import * as connection from './connection.ts'
import * as debug from './debug.ts'
import * as dump from './dump.ts'
import * as expire from './expire.ts'
import * as functions from './function.ts'
import * as generic from './generic.ts'
import * as geo from './geo.ts'
import * as geoSearch from './geo-search.ts'
import * as hash from './hash.ts'
import * as hashExpiry from './hash-expiry.ts'
import * as hashImport from './hash-import.ts'
import * as hashPick from './hash-pick.ts'
import * as hashTimed from './hash-timed.ts'
import * as hotkeys from './hotkeys.ts'
import * as hyperloglog from './hyperloglog.ts'
import * as info from './info.ts'
import * as latency from './latency.ts'
import * as lcs from './lcs.ts'
import * as list from './list.ts'
import * as listEdit from './list-edit.ts'
import * as listMove from './list-move.ts'
import * as lolwut from './lolwut.ts'
import * as memory from './memory.ts'
import * as migrate from './migrate.ts'
import * as module from './module.ts'
import * as object from './object.ts'
import * as pubsub from './pubsub.ts'
import * as replication from './replication.ts'
import * as scan from './scan.ts'
import * as scripting from './scripting.ts'
import * as server from './server.ts'
import * as set from './set.ts'
import * as setAlgebra from './set-algebra.ts'
import * as slowlog from './slowlog.ts'
import * as sort from './sort.ts'
import * as stream from './stream.ts'
import * as streamClaim from './stream-claim.ts'
import * as streamGroup from './stream-group.ts'
import * as streamInfo from './stream-info.ts'
import * as streamPending from './stream-pending.ts'
import * as streamProducer from './stream-producer.ts'
import * as streamRead from './stream-read.ts'
import * as string from './string.ts'
import * as stringCounter from './string-counter.ts'
import * as stringSet from './string-set.ts'
import * as transaction from './transaction.ts'
import * as vectorSearch from './vector-search.ts'
import * as vectorSet from './vector-set.ts'
import * as zset from './zset.ts'
import * as zsetPop from './zset-pop.ts'
import * as zsetRandom from './zset-random.ts'
import * as zsetRange from './zset-range.ts'
import * as zsetStore from './zset-store.ts'

export const families = {
  cluster,
  module,
  acl,
  array,
  arrayRing,
  arrayScan,
  backup,
  bitfield,
  bitmap,
  client,
  command,
  config,
  connection,
  debug,
  dump,
  expire,
  functions,
  generic,
  geo,
  geoSearch,
  hashExpiry,
  hashImport,
  hashPick,
  hashTimed,
  hotkeys,
  hash,
  hyperloglog,
  info,
  latency,
  lcs,
  list,
  listEdit,
  listMove,
  lolwut,
  memory,
  migrate,
  object,
  pubsub,
  replication,
  scan,
  scripting,
  server,
  set,
  setAlgebra,
  slowlog,
  sort,
  stream,
  streamClaim,
  streamGroup,
  streamInfo,
  streamPending,
  streamProducer,
  streamRead,
  stringCounter,
  stringSet,
  string,
  transaction,
  vectorSearch,
  vectorSet,
  zset,
  zsetPop,
  zsetRandom,
  zsetRange,
  zsetStore,
} satisfies Groups
