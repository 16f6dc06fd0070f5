import { Redis as IORedis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { families } from '../../src/commands/index.ts'
import { type ServerProcess, startProcess } from '../helpers/server.ts'

/**
 * A call of every command that we have, by real clients over TCP. It shows that their parsers read
 * every shape of reply; what the replies must be is the oracle suite's business.
 */
/** Of a string, with a checksum of zero, which is none: all of it is ASCII. */
const PAYLOAD = `\0\x01x\x0a${'\0'.repeat(9)}`

const CALLS: Readonly<Record<string, string>> = {
  append: 'APPEND s x',
  arcount: 'ARCOUNT arr',
  ardel: 'ARDEL arr 0',
  ardelrange: 'ARDELRANGE arr 0 5',
  arget: 'ARGET arr 0',
  argetrange: 'ARGETRANGE arr 0 2',
  argrep: 'ARGREP arr - + RE x? LIMIT 2 WITHVALUES',
  arinfo: 'ARINFO arr FULL',
  arinsert: 'ARINSERT arr a b',
  arlastitems: 'ARLASTITEMS arr 2 REV',
  arlen: 'ARLEN arr',
  armget: 'ARMGET arr 0 9',
  armset: 'ARMSET arr 0 a 9 b',
  arnext: 'ARNEXT arr',
  arop: 'AROP arr 0 9 USED',
  arring: 'ARRING arr 3 a',
  arscan: 'ARSCAN arr 0 9 LIMIT 5',
  arseek: 'ARSEEK arr 4',
  arset: 'ARSET arr 0 a b',
  auth: 'AUTH default word',
  bgrewriteaof: 'BGREWRITEAOF',
  bgsave: 'BGSAVE SCHEDULE',
  bitcount: 'BITCOUNT s 0 -1 BIT',
  bitfield: 'BITFIELD s GET u8 0',
  bitfield_ro: 'BITFIELD_RO s GET u8 0',
  bitop: 'BITOP NOT s3 s',
  bitpos: 'BITPOS s 1',
  blmove: 'BLMOVE l l LEFT RIGHT 0',
  blmovem: 'BLMOVEM l l LEFT RIGHT 0 COUNT 2 OBO',
  blmpop: 'BLMPOP 0 1 l LEFT',
  blpop: 'BLPOP l 1',
  brpop: 'BRPOP l 1',
  bzmpop: 'BZMPOP 1 1 z MIN',
  bzpopmax: 'BZPOPMAX z 1',
  bzpopmin: 'BZPOPMIN z 1',
  brpoplpush: 'BRPOPLPUSH l l 0',
  'client|caching': 'CLIENT CACHING YES',
  'client|getname': 'CLIENT GETNAME',
  'client|getredir': 'CLIENT GETREDIR',
  'client|help': 'CLIENT HELP',
  'client|id': 'CLIENT ID',
  'client|info': 'CLIENT INFO',
  'client|kill': 'CLIENT KILL ID 999999',
  'client|list': 'CLIENT LIST',
  'client|no-evict': 'CLIENT NO-EVICT ON',
  'client|no-touch': 'CLIENT NO-TOUCH ON',
  'client|pause': 'CLIENT PAUSE 1 WRITE',
  'client|reply': 'CLIENT REPLY ON',
  'client|setinfo': 'CLIENT SETINFO LIB-NAME smoke',
  'client|setname': 'CLIENT SETNAME smoke',
  'client|tracking': 'CLIENT TRACKING OFF',
  'client|trackinginfo': 'CLIENT TRACKINGINFO',
  'client|unblock': 'CLIENT UNBLOCK 999999',
  'client|unpause': 'CLIENT UNPAUSE',
  command: 'COMMAND',
  'command|count': 'COMMAND COUNT',
  'command|docs': 'COMMAND DOCS get set',
  'command|getkeys': 'COMMAND GETKEYS MSET a 1 b 2',
  'command|getkeysandflags': 'COMMAND GETKEYSANDFLAGS SET a 1',
  'command|help': 'COMMAND HELP',
  'command|info': 'COMMAND INFO get',
  'command|list': 'COMMAND LIST FILTERBY ACLCAT string',
  'acl|cat': 'ACL CAT string',
  'acl|deluser': 'ACL DELUSER nobody',
  'acl|dryrun': 'ACL DRYRUN default GET s',
  'acl|genpass': 'ACL GENPASS',
  'acl|getuser': 'ACL GETUSER default',
  'acl|help': 'ACL HELP',
  'acl|list': 'ACL LIST',
  'acl|load': 'ACL LOAD',
  'acl|log': 'ACL LOG RESET',
  'acl|save': 'ACL SAVE',
  'acl|setuser': 'ACL SETUSER someone on nopass ~* +@read',
  'acl|users': 'ACL USERS',
  'acl|whoami': 'ACL WHOAMI',
  'config|get': 'CONFIG GET maxmemory*',
  'config|help': 'CONFIG HELP',
  'config|resetstat': 'CONFIG RESETSTAT',
  'config|rewrite': 'CONFIG REWRITE',
  'config|set': 'CONFIG SET maxmemory-samples 5',
  copy: 'COPY s s2',
  dbsize: 'DBSIZE',
  debug: 'DEBUG JMAP',
  decr: 'DECR n',
  decrby: 'DECRBY n 2',
  del: 'DEL s',
  delex: 'DELEX s IFEQ value',
  digest: 'DIGEST s',
  discard: 'DISCARD',
  dump: 'DUMP s',
  echo: 'ECHO hello',
  eval: 'EVAL return(KEYS[1]) 1 s a',
  eval_ro: "EVAL_RO return(redis.call('get',KEYS[1])) 1 s",
  evalsha: `EVALSHA ${'0'.repeat(40)} 0`,
  evalsha_ro: `EVALSHA_RO ${'0'.repeat(40)} 1 s`,
  exec: 'EXEC',
  exists: 'EXISTS s n',
  expire: 'EXPIRE s 100 NX',
  expireat: 'EXPIREAT s 9999999999',
  expiretime: 'EXPIRETIME s',
  flushall: 'FLUSHALL ASYNC',
  flushdb: 'FLUSHDB SYNC',
  'function|delete': 'FUNCTION DELETE none',
  'function|dump': 'FUNCTION DUMP',
  'function|flush': 'FUNCTION FLUSH SYNC',
  'function|help': 'FUNCTION HELP',
  'function|kill': 'FUNCTION KILL',
  'function|list': 'FUNCTION LIST LIBRARYNAME * WITHCODE',
  'function|load': 'FUNCTION LOAD REPLACE none',
  'function|restore': 'FUNCTION RESTORE none APPEND',
  'function|stats': 'FUNCTION STATS',
  geoadd: 'GEOADD g CH 13.361389 38.115556 Palermo 15.087269 37.502669 Catania',
  geodist: 'GEODIST g Palermo Catania km',
  geohash: 'GEOHASH g Palermo none',
  geopos: 'GEOPOS g Palermo none',
  georadius: 'GEORADIUS g 15 37 200 km WITHDIST',
  georadius_ro: 'GEORADIUS_RO g 15 37 200 km WITHHASH',
  georadiusbymember: 'GEORADIUSBYMEMBER g Palermo 200 km STORE g2',
  georadiusbymember_ro: 'GEORADIUSBYMEMBER_RO g Palermo 200 km',
  geosearch: 'GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHCOORD WITHDIST',
  geosearchstore: 'GEOSEARCHSTORE g2 g FROMMEMBER Palermo BYRADIUS 200 km STOREDIST',
  get: 'GET s',
  getbit: 'GETBIT s 0',
  getdel: 'GETDEL s',
  getex: 'GETEX s EX 10',
  getrange: 'GETRANGE s 0 1',
  getset: 'GETSET s new',
  hdel: 'HDEL h f',
  hello: 'HELLO',
  hexists: 'HEXISTS h f',
  hexpire: 'HEXPIRE h 100 FIELDS 1 f',
  hexpireat: 'HEXPIREAT h 9999999999 NX FIELDS 1 f',
  hexpiretime: 'HEXPIRETIME h FIELDS 1 f',
  hget: 'HGET h f',
  hgetall: 'HGETALL h',
  hgetdel: 'HGETDEL h FIELDS 1 f',
  hgetex: 'HGETEX h EX 100 FIELDS 2 f none',
  'himport|prepare': 'HIMPORT PREPARE fs f g',
  'himport|set': 'HIMPORT SET h fs v w',
  'himport|discard': 'HIMPORT DISCARD fs',
  'himport|discardall': 'HIMPORT DISCARDALL',
  hincrby: 'HINCRBY h n 2',
  hincrbyfloat: 'HINCRBYFLOAT h n 0.5',
  hkeys: 'HKEYS h',
  hlen: 'HLEN h',
  hmget: 'HMGET h f none',
  hmset: 'HMSET h f v g w',
  hpersist: 'HPERSIST h FIELDS 1 f',
  hpexpire: 'HPEXPIRE h 100000 FIELDS 1 f',
  hpexpireat: 'HPEXPIREAT h 9999999999999 FIELDS 1 f',
  hpexpiretime: 'HPEXPIRETIME h FIELDS 1 f',
  hpttl: 'HPTTL h FIELDS 2 f none',
  hrandfield: 'HRANDFIELD h 2 WITHVALUES',
  hscan: 'HSCAN h 0',
  hset: 'HSET h f v g w',
  hsetex: 'HSETEX h FXX EX 100 FIELDS 1 f v',
  hsetnx: 'HSETNX h fresh v',
  hstrlen: 'HSTRLEN h f',
  httl: 'HTTL h FIELDS 1 f',
  hvals: 'HVALS h',
  incr: 'INCR n',
  incrby: 'INCRBY n 2',
  incrbyfloat: 'INCRBYFLOAT n 0.5',
  increx: 'INCREX n',
  info: 'INFO server',
  keys: 'KEYS *',
  'cluster|addslots': 'CLUSTER ADDSLOTS 1',
  'cluster|addslotsrange': 'CLUSTER ADDSLOTSRANGE 1 2',
  'cluster|bumpepoch': 'CLUSTER BUMPEPOCH',
  'cluster|count-failure-reports': 'CLUSTER COUNT-FAILURE-REPORTS x',
  'cluster|countkeysinslot': 'CLUSTER COUNTKEYSINSLOT 1',
  'cluster|delslots': 'CLUSTER DELSLOTS 1',
  'cluster|delslotsrange': 'CLUSTER DELSLOTSRANGE 1 2',
  'cluster|failover': 'CLUSTER FAILOVER',
  'cluster|flushslots': 'CLUSTER FLUSHSLOTS',
  'cluster|forget': 'CLUSTER FORGET x',
  'cluster|getkeysinslot': 'CLUSTER GETKEYSINSLOT 1 2',
  'cluster|help': 'CLUSTER HELP',
  'cluster|info': 'CLUSTER INFO',
  'cluster|keyslot': 'CLUSTER KEYSLOT k',
  'cluster|links': 'CLUSTER LINKS',
  'cluster|meet': 'CLUSTER MEET 127.0.0.1 1',
  'cluster|migration': 'CLUSTER MIGRATION IMPORT 0 1',
  'cluster|myid': 'CLUSTER MYID',
  'cluster|myshardid': 'CLUSTER MYSHARDID',
  'cluster|nodes': 'CLUSTER NODES',
  'cluster|replicas': 'CLUSTER REPLICAS x',
  'cluster|replicate': 'CLUSTER REPLICATE x',
  'cluster|reset': 'CLUSTER RESET',
  'cluster|saveconfig': 'CLUSTER SAVECONFIG',
  'cluster|set-config-epoch': 'CLUSTER SET-CONFIG-EPOCH 1',
  'cluster|setslot': 'CLUSTER SETSLOT 1 STABLE',
  'cluster|shards': 'CLUSTER SHARDS',
  'cluster|slaves': 'CLUSTER SLAVES x',
  'cluster|slot-stats': 'CLUSTER SLOT-STATS SLOTSRANGE 0 1',
  'cluster|slots': 'CLUSTER SLOTS',
  'cluster|syncslots': 'CLUSTER SYNCSLOTS SNAPSHOT-EOF',
  asking: 'ASKING',
  failover: 'FAILOVER',
  fcall: 'FCALL none 1 s',
  fcall_ro: 'FCALL_RO none 1 s',
  'module|help': 'MODULE HELP',
  'module|list': 'MODULE LIST',
  'module|load': 'MODULE LOAD none',
  'module|loadex': 'MODULE LOADEX none',
  'module|unload': 'MODULE UNLOAD none',
  readonly: 'READONLY',
  readwrite: 'READWRITE',
  replicaof: 'REPLICAOF NO ONE',
  slaveof: 'SLAVEOF NO ONE',
  'backup|help': 'BACKUP HELP',
  'backup|list': 'BACKUP LIST',
  'backup|status': 'BACKUP STATUS',
  'hotkeys|get': 'HOTKEYS GET',
  'hotkeys|help': 'HOTKEYS HELP',
  'hotkeys|reset': 'HOTKEYS RESET',
  'hotkeys|start': 'HOTKEYS START METRICS 2 CPU NET COUNT 3 SAMPLE 2',
  'hotkeys|stop': 'HOTKEYS STOP',
  'latency|doctor': 'LATENCY DOCTOR',
  'latency|help': 'LATENCY HELP',
  'latency|histogram': 'LATENCY HISTOGRAM get',
  'latency|history': 'LATENCY HISTORY command',
  'latency|latest': 'LATENCY LATEST',
  'latency|reset': 'LATENCY RESET',
  'latency|graph': 'LATENCY GRAPH command',
  lastsave: 'LASTSAVE',
  lcs: 'LCS s s2 IDX',
  lindex: 'LINDEX l 0',
  linsert: 'LINSERT l BEFORE a x',
  llen: 'LLEN l',
  lmove: 'LMOVE l l LEFT RIGHT',
  lmovem: 'LMOVEM l l LEFT RIGHT COUNT 2 BULK',
  lmpop: 'LMPOP 1 l LEFT COUNT 1',
  lolwut: 'LOLWUT',
  lpop: 'LPOP l',
  lpos: 'LPOS l a COUNT 0',
  lpush: 'LPUSH l z',
  lpushx: 'LPUSHX l z',
  lrange: 'LRANGE l 0 -1',
  lrem: 'LREM l 0 z',
  lset: 'LSET l 0 x',
  ltrim: 'LTRIM l 0 1',
  'memory|doctor': 'MEMORY DOCTOR',
  'memory|help': 'MEMORY HELP',
  'memory|malloc-stats': 'MEMORY MALLOC-STATS',
  'memory|purge': 'MEMORY PURGE',
  'memory|stats': 'MEMORY STATS',
  'memory|usage': 'MEMORY USAGE s',
  mget: 'MGET s n',
  move: 'MOVE s 3',
  mset: 'MSET a 1 b 2',
  msetex: 'MSETEX 2 a 1 b 2 EX 10',
  msetnx: 'MSETNX a 1 b 2',
  multi: 'MULTI',
  'object|encoding': 'OBJECT ENCODING s',
  'object|freq': 'OBJECT FREQ s',
  'object|help': 'OBJECT HELP',
  'object|idletime': 'OBJECT IDLETIME s',
  'object|refcount': 'OBJECT REFCOUNT s',
  persist: 'PERSIST s',
  pexpire: 'PEXPIRE s 10000',
  pexpireat: 'PEXPIREAT s 9999999999999',
  pexpiretime: 'PEXPIRETIME s',
  pfadd: 'PFADD hll a b',
  pfcount: 'PFCOUNT hll',
  pfdebug: 'PFDEBUG SIMD OFF',
  pfmerge: 'PFMERGE hll',
  pfselftest: 'PFSELFTEST',
  ping: 'PING',
  psetex: 'PSETEX s 10000 v',
  pttl: 'PTTL s',
  publish: 'PUBLISH ch m',
  'pubsub|channels': 'PUBSUB CHANNELS',
  'pubsub|help': 'PUBSUB HELP',
  'pubsub|numpat': 'PUBSUB NUMPAT',
  'pubsub|numsub': 'PUBSUB NUMSUB ch',
  'pubsub|shardchannels': 'PUBSUB SHARDCHANNELS',
  'pubsub|shardnumsub': 'PUBSUB SHARDNUMSUB ch',
  randomkey: 'RANDOMKEY',
  rename: 'RENAME s s3',
  renamenx: 'RENAMENX s s3',
  restore: `RESTORE r 0 ${PAYLOAD}`,
  'restore-asking': `RESTORE-ASKING r 0 ${PAYLOAD} REPLACE`,
  role: 'ROLE',
  rpop: 'RPOP l 1',
  rpoplpush: 'RPOPLPUSH l l',
  rpush: 'RPUSH l z',
  rpushx: 'RPUSHX l z',
  sadd: 'SADD set c',
  save: 'SAVE',
  scan: 'SCAN 0 MATCH * COUNT 100',
  scard: 'SCARD set',
  'script|debug': 'SCRIPT DEBUG NO',
  'script|exists': 'SCRIPT EXISTS none',
  'script|flush': 'SCRIPT FLUSH ASYNC',
  'script|help': 'SCRIPT HELP',
  'script|kill': 'SCRIPT KILL',
  'script|load': 'SCRIPT LOAD return(1)',
  sdiff: 'SDIFF set none',
  sdiffcard: 'SDIFFCARD 2 set none LIMIT 1',
  sdiffstore: 'SDIFFSTORE set2 set none',
  select: 'SELECT 0',
  set: 'SET s v GET',
  setbit: 'SETBIT s 1 1',
  setex: 'SETEX s 10 v',
  setnx: 'SETNX fresh v',
  setrange: 'SETRANGE s 1 X',
  sinter: 'SINTER set set',
  sintercard: 'SINTERCARD 1 set LIMIT 1',
  sinterstore: 'SINTERSTORE set2 set',
  sismember: 'SISMEMBER set a',
  'slowlog|get': 'SLOWLOG GET 2',
  'slowlog|help': 'SLOWLOG HELP',
  'slowlog|len': 'SLOWLOG LEN',
  'slowlog|reset': 'SLOWLOG RESET',
  smembers: 'SMEMBERS set',
  smismember: 'SMISMEMBER set a b c',
  smove: 'SMOVE set set2 a',
  sort: 'SORT set BY nosort GET # ALPHA STORE l2',
  sort_ro: 'SORT_RO set ALPHA DESC LIMIT 0 5',
  spop: 'SPOP set 1',
  spublish: 'SPUBLISH ch m',
  srandmember: 'SRANDMEMBER set -5',
  srem: 'SREM set a',
  sscan: 'SSCAN set 0 MATCH * COUNT 5',
  strlen: 'STRLEN s',
  substr: 'SUBSTR s 0 1',
  sunion: 'SUNION set none',
  sunioncard: 'SUNIONCARD 2 set none APPROX LIMIT 5',
  sunionstore: 'SUNIONSTORE set2 set',
  swapdb: 'SWAPDB 4 5',
  migrate: 'MIGRATE 127.0.0.1 1 nokey 0 1000',
  time: 'TIME',
  touch: 'TOUCH s',
  trimslots: 'TRIMSLOTS RANGES 1 0 1',
  ttl: 'TTL s',
  type: 'TYPE s',
  unlink: 'UNLINK s',
  unwatch: 'UNWATCH',
  vadd: 'VADD v VALUES 2 1 2 a SETATTR {}',
  vcard: 'VCARD v',
  vdim: 'VDIM v',
  vemb: 'VEMB v b RAW',
  vgetattr: 'VGETATTR v b',
  vinfo: 'VINFO v',
  vismember: 'VISMEMBER v b',
  vlinks: 'VLINKS v b WITHSCORES',
  vrandmember: 'VRANDMEMBER v',
  vrange: 'VRANGE v - + 5',
  vrem: 'VREM v c',
  vsetattr: 'VSETATTR v b {}',
  vsim: 'VSIM v ELE b WITHSCORES WITHATTRIBS COUNT 5',
  wait: 'WAIT 0 1',
  waitaof: 'WAITAOF 0 0 1',
  watch: 'WATCH s',
  xack: 'XACK x g 1-1',
  xackdel: 'XACKDEL x g KEEPREF IDS 1 1-1',
  xadd: 'XADD x MAXLEN ~ 100 * f v',
  xautoclaim: 'XAUTOCLAIM x g d 0 0 COUNT 5',
  xcfgset: 'XCFGSET x IDMP-DURATION 50',
  xclaim: 'XCLAIM x g d 0 1-1 JUSTID',
  xdel: 'XDEL x 1-1',
  xdelex: 'XDELEX x ACKED IDS 1 1-1',
  'xgroup|create': 'XGROUP CREATE x g2 $',
  'xgroup|createconsumer': 'XGROUP CREATECONSUMER x g c',
  'xgroup|delconsumer': 'XGROUP DELCONSUMER x g c',
  'xgroup|destroy': 'XGROUP DESTROY x g',
  'xgroup|help': 'XGROUP HELP',
  'xgroup|setid': 'XGROUP SETID x g 0',
  xidmprecord: 'XIDMPRECORD x p m 1-1',
  'xinfo|consumers': 'XINFO CONSUMERS x g',
  'xinfo|groups': 'XINFO GROUPS x',
  'xinfo|help': 'XINFO HELP',
  'xinfo|stream': 'XINFO STREAM x FULL COUNT 5',
  xlen: 'XLEN x',
  xnack: 'XNACK x g FAIL IDS 1 1-1',
  xpending: 'XPENDING x g - + 10',
  xrange: 'XRANGE x - + COUNT 5',
  xread: 'XREAD COUNT 5 STREAMS x 0',
  xreadgroup: 'XREADGROUP GROUP g c COUNT 5 STREAMS x >',
  xrevrange: 'XREVRANGE x + -',
  xsetid: 'XSETID x 5-5',
  xtrim: 'XTRIM x MAXLEN 1',
  zadd: 'ZADD z 3 c',
  zcard: 'ZCARD z',
  zcount: 'ZCOUNT z 0 9',
  zdiff: 'ZDIFF 2 z y WITHSCORES',
  zdiffstore: 'ZDIFFSTORE y 2 z none',
  zincrby: 'ZINCRBY z 1.5 a',
  zinter: 'ZINTER 2 z z',
  zintercard: 'ZINTERCARD 2 z z',
  zinterstore: 'ZINTERSTORE y 2 z z',
  zlexcount: 'ZLEXCOUNT z - +',
  zmpop: 'ZMPOP 1 z MAX',
  zmscore: 'ZMSCORE z a x',
  zpopmax: 'ZPOPMAX z',
  zpopmin: 'ZPOPMIN z 2',
  zrandmember: 'ZRANDMEMBER z 1 WITHSCORES',
  zrange: 'ZRANGE z 0 -1 WITHSCORES',
  zrangebylex: 'ZRANGEBYLEX z - +',
  zrangebyscore: 'ZRANGEBYSCORE z -inf +inf WITHSCORES',
  zrangestore: 'ZRANGESTORE y z 0 -1',
  zrank: 'ZRANK z a WITHSCORE',
  zrem: 'ZREM z a',
  zremrangebylex: 'ZREMRANGEBYLEX z - +',
  zremrangebyrank: 'ZREMRANGEBYRANK z 0 0',
  zremrangebyscore: 'ZREMRANGEBYSCORE z 0 1',
  zrevrange: 'ZREVRANGE z 0 -1',
  zrevrangebylex: 'ZREVRANGEBYLEX z + -',
  zrevrangebyscore: 'ZREVRANGEBYSCORE z +inf -inf',
  zrevrank: 'ZREVRANK z a',
  zscan: 'ZSCAN z 0',
  zscore: 'ZSCORE z a',
  zunion: 'ZUNION 2 z y WEIGHTS 1 2 WITHSCORES',
  zunionstore: 'ZUNIONSTORE y 1 z',
}

/** Commands that change what a connection or the server is, each with a test of its own below or elsewhere. */
const ELSEWHERE = new Set(
  (
    'monitor psubscribe punsubscribe ssubscribe subscribe sunsubscribe unsubscribe ' +
    'psync replconf sync reset quit shutdown ' +
    'backup|abort backup|cleanup backup|seal backup|start'
  ).split(' '),
)

/** Answers of a server that still works on what was asked before: the same call later is answered. */
const BUSY = /^ERR (Background save|Background append only file rewriting) already in progress/

/** Ask again while the server is busy. */
async function settled(ask: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!BUSY.test((error as Error).message)) throw error
    }
  }
}

/** Errors that are the right answer of the call above. */
const REFUSALS: Readonly<Record<string, RegExp>> = {
  'client|caching': /^ERR CLIENT CACHING can be called only/,
  'acl|load': /^ERR This Redis instance is not configured to use an ACL file/,
  'acl|save': /^ERR This Redis instance is not configured to use an ACL file/,
  'latency|graph': /^ERR No samples available for event 'command'/,
  'config|rewrite': /^ERR The server is running without a config file/,
  debug: /^ERR /,
  failover: /^ERR FAILOVER requires connected replicas/,
  discard: /^ERR DISCARD without MULTI/,
  evalsha: /^NOSCRIPT /,
  evalsha_ro: /^NOSCRIPT /,
  exec: /^ERR EXEC without MULTI/,
  fcall: /^ERR Function not found/,
  fcall_ro: /^ERR Function not found/,
  'function|delete': /^ERR Library not found/,
  'function|kill': /^NOTBUSY /,
  'function|load': /^ERR Missing library metadata/,
  'function|restore': /^ERR DUMP payload version or checksum are wrong/,
  'script|kill': /^NOTBUSY /,
  'object|freq': /^ERR An LFU maxmemory policy is not selected/,
}

const NO_CLUSTER = /^ERR This instance has cluster support disabled/
const NO_MODULES = /^ERR MODULE command not allowed/

function refusalOf(name: string): RegExp | undefined {
  if (/^(cluster\||asking|readonly|readwrite|trimslots)/.test(name)) return NO_CLUSTER
  return /^module\|(load|unload)/.test(name) ? NO_MODULES : REFUSALS[name]
}

const names = Object.values(families)
  .flatMap((family) => Object.values(family))
  .flatMap((command) => [
    ...(command.subcommands === null || command.runsAlone ? [command.fullName.toLowerCase()] : []),
    ...[...(command.subcommands?.values() ?? [])].map((sub) => sub.fullName),
  ])
  .sort()

let server: ServerProcess

beforeAll(async () => {
  server = await startProcess(['--appendonly', 'yes', '--save', ''])
})

afterAll(async () => {
  await server.end()
})

it('every command that we have is called here', () => {
  const missing = names.filter((name) => CALLS[name] === undefined && !ELSEWHERE.has(name))
  expect(missing).toEqual([])
})

const calls = names
  .filter((name) => CALLS[name] !== undefined)
  .map((name): [string, string[]] => [name, (CALLS[name] as string).split(' ')])

describe('ioredis', () => {
  let redis: IORedis

  beforeAll(() => {
    redis = new IORedis({ port: server.port, lazyConnect: false })
  })

  afterAll(async () => {
    await redis.quit()
  })

  beforeEach(async () => {
    if (redis.status === 'end') return
    await redis.multi().flushall().set('s', 'value').set('n', '1').rpush('l', 'a', 'b').exec()
    await redis.sadd('set', 'a', 'b')
    await redis.hset('h', 'f', 'v')
    await redis.zadd('z', 1, 'a', 2.5, 'b')
    await redis.xadd('x', '1-1', 'f', 'v')
    await redis.xgroup('CREATE', 'x', 'g', '0')
    await redis.call('VADD', 'v', 'VALUES', '2', '1', '2', 'b')
    await redis.geoadd('g', 13.361389, 38.115556, 'Palermo')
    await redis.call('ARSET', 'arr', '0', 'x')
  })

  it.each(calls)('%s', async (name, [command = '', ...args]) => {
    const answer = settled(() => redis.call(command, ...args))
    const refusal = refusalOf(name)
    if (refusal !== undefined) await expect(answer).rejects.toThrow(refusal)
    else await answer
    // EXEC's twin: leave no transaction behind.
    if (name === 'multi') await redis.call('DISCARD')
  })

  it('typed methods, pipelines and transactions answer as on a real server', async () => {
    expect(await redis.set('k', 'v', 'EX', 10, 'NX')).toBe('OK')
    expect(await redis.getBuffer('k')).toEqual(Buffer.from('v'))
    expect(await redis.mget('k', 'none')).toEqual(['v', null])
    const results = await redis.pipeline().incr('n').get('n').incr('s').exec()
    expect(results?.slice(0, 2)).toEqual([
      [null, 2],
      [null, '2'],
    ])
    expect(results?.[2]?.[0]?.message).toBe('ERR value is not an integer or out of range')
    expect(await redis.multi().incr('n').exec()).toEqual([[null, 3]])
    const keys: string[] = []
    for await (const batch of redis.scanStream({ count: 2 })) keys.push(...(batch as string[]))
    expect(keys.sort()).toEqual(['arr', 'g', 'h', 'k', 'l', 'n', 's', 'set', 'v', 'x', 'z'])
    expect(await redis.zrange('z', 0, -1, 'WITHSCORES')).toEqual(['a', '1', 'b', '2.5'])
  })

  it('bytes come back as they went', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    await redis.set('bytes', bytes)
    expect(await redis.getBuffer('bytes')).toEqual(bytes)
  })

  it('messages reach subscribers', async () => {
    const subscriber = redis.duplicate()
    const got = new Promise((done) => {
      subscriber.on('pmessage', (...message) => done(message))
    })
    await subscriber.psubscribe('ne*')
    expect(await redis.publish('news', 'hello')).toBe(1)
    expect(await got).toEqual(['ne*', 'news', 'hello'])
    await subscriber.quit()
  })

  it('a blocking call is served by another client', async () => {
    const other = redis.duplicate()
    const waiting = other.blpop('queue', 5)
    await redis.rpush('queue', 'job')
    expect(await waiting).toEqual(['queue', 'job'])
    await other.quit()
  })
})

describe.each([2, 3] as const)('node-redis over RESP%i', (RESP) => {
  const client = () => createClient({ socket: { port: server.port }, RESP })
  let redis: ReturnType<typeof client>

  beforeAll(async () => {
    redis = client()
    redis.on('error', (error) => {
      throw error
    })
    await redis.connect()
  })

  afterAll(async () => {
    await redis.close()
  })

  beforeEach(async () => {
    await redis.multi().flushAll().set('s', 'value').set('n', '1').rPush('l', ['a', 'b']).exec()
    await redis.sAdd('set', ['a', 'b'])
    await redis.hSet('h', 'f', 'v')
    await redis.zAdd('z', { value: 'a', score: 1 })
    await redis.xAdd('x', '1-1', { f: 'v' })
    await redis.xGroupCreate('x', 'g', '0')
    await redis.geoAdd('g', { longitude: 13.361389, latitude: 38.115556, member: 'Palermo' })
    await redis.sendCommand(['ARSET', 'arr', '0', 'x'])
    await redis.sendCommand(['VADD', 'v', 'VALUES', '2', '1', '2', 'b'])
  })

  it.each(calls)('%s', async (name, words) => {
    const answer = settled(() => redis.sendCommand(words))
    const refusal = refusalOf(name)
    if (refusal !== undefined) await expect(answer).rejects.toThrow(refusal)
    else await answer
    if (name === 'multi') await redis.sendCommand(['DISCARD'])
  })

  it('typed methods, transactions and subscriptions answer as on a real server', async () => {
    expect(await redis.set('k', 'v', { expiration: { type: 'EX', value: 10 } })).toBe('OK')
    expect(await redis.get('k')).toBe('v')
    expect(await redis.multi().incr('n').get('n').exec()).toEqual([2, '2'])
    expect(await redis.configGet('databases')).toEqual({ databases: '16' })
    expect(await redis.sPopCount('set', 2)).toEqual(['a', 'b'])
    expect(await redis.zRangeWithScores('z', 0, -1)).toEqual([{ value: 'a', score: 1 }])
    const subscriber = redis.duplicate()
    await subscriber.connect()
    const got = new Promise((done) => {
      void subscriber.subscribe('news', (message, channel) => done([channel, message]))
    })
    await expect.poll(() => redis.publish('news', 'hello')).toBe(1)
    expect(await got).toEqual(['news', 'hello'])
    await subscriber.close()
  })
})
