/**
 * What replicas and the journal are told: for each write, the words. Time is absolute in them, chance
 * is drawn, waiting is over; what changes nothing is not in them.
 */
import { describe, expect, it } from 'vitest'
import { type Run, run, START, words } from '../helpers/run.ts'

/** Requests before, the request, and the effects of the last one, each in one line. */
type Row = [before: string, request: string, ...effects: string[]]

const IN_10 = START + 10_000
const LATER = 33_000_000_000_000
/** Of a string, without a checksum. */
const PAYLOAD = String.raw`"\x00\x01x\x0a\x00\x00\x00\x00\x00\x00\x00\x00\x00"`

const STRINGS: Row[] = [
  ['', 'SET a 1', 'SET a 1'],
  ['SET a 1', 'SET a 2 NX'],
  ['', 'SET a 2 XX'],
  ['SET a 1', 'SET a 2 XX GET', 'SET a 2 XX'],
  ['', 'SET a 1 EX 10', `SET a 1 PXAT ${IN_10}`],
  ['', 'SET a 1 PX 10000', `SET a 1 PXAT ${IN_10}`],
  ['', `SET a 1 EXAT ${LATER / 1000}`, `SET a 1 PXAT ${LATER}`],
  ['', `SET a 1 PXAT ${LATER}`, `SET a 1 PXAT ${LATER}`],
  ['SET a 1 EX 10', 'SET a 2 KEEPTTL', 'SET a 2 KEEPTTL'],
  ['', 'SETNX a 1', 'SETNX a 1'],
  ['SET a 1', 'SETNX a 2'],
  ['', 'SETEX a 10 1', `SET a 1 PXAT ${IN_10}`],
  ['', 'PSETEX a 10000 1', `SET a 1 PXAT ${IN_10}`],
  ['', 'MSET a 1 b 2', 'MSET a 1 b 2'],
  ['', 'MSETNX a 1 b 2', 'MSETNX a 1 b 2'],
  ['SET b 1', 'MSETNX a 1 b 2'],
  ['SET a 1', 'GETSET a 2', 'SET a 2'],
  ['SET a 1', 'GETDEL a', 'DEL a'],
  ['', 'GETDEL a'],
  ['SET a 1', 'GETEX a'],
  ['SET a 1', 'GETEX a EX 10', `PEXPIREAT a ${IN_10}`],
  ['SET a 1', `GETEX a PXAT ${LATER}`, `PEXPIREAT a ${LATER}`],
  ['SET a 1', 'GETEX a PXAT 1', 'DEL a'],
  ['SET a 1 EX 10', 'GETEX a PERSIST', 'PERSIST a'],
  ['SET a 1', 'GETEX a PERSIST'],
  ['', 'INCR a', 'INCR a'],
  ['', 'INCRBY a 5', 'INCRBY a 5'],
  ['', 'DECR a', 'DECR a'],
  ['', 'DECRBY a 5', 'DECRBY a 5'],
  ['SET a x', 'INCR a'],
  ['SET a 1', 'INCRBYFLOAT a 0.5', 'SET a 1.5 KEEPTTL'],
  ['', 'APPEND a x', 'APPEND a x'],
  ['', 'SETRANGE a 1 x', 'SETRANGE a 1 x'],
  ['', 'SETRANGE a 1 ""'],
  ['SET a 1', 'GET a'],
]

const LISTS: Row[] = [
  ['', 'RPUSH l 1 2', 'RPUSH l 1 2'],
  ['', 'LPUSH l 1 2', 'LPUSH l 1 2'],
  ['', 'RPUSHX l 1'],
  ['RPUSH l 1', 'LPUSHX l 1', 'LPUSHX l 1'],
  ['RPUSH l 1 2', 'LPOP l', 'LPOP l'],
  ['RPUSH l 1 2', 'RPOP l 5', 'RPOP l 5'],
  ['', 'LPOP l'],
  ['RPUSH l 1', 'LPOP l 0'],
  ['RPUSH l 1', 'BLPOP x l 0', 'LPOP l'],
  ['RPUSH l 1', 'BRPOP x l 0', 'RPOP l'],
  ['', 'BLPOP l 1'],
  ['SET l 1', 'RPUSH l 1'],
  ['RPUSH l 1 2', 'LINSERT l BEFORE 2 x', 'LINSERT l BEFORE 2 x'],
  ['RPUSH l 1 2', 'LINSERT l BEFORE 3 x'],
  ['RPUSH l 1', 'LSET l 0 x', 'LSET l 0 x'],
  ['RPUSH l 1', 'LSET l 5 x'],
  ['RPUSH l 1 2 1', 'LREM l 0 1', 'LREM l 0 1'],
  ['RPUSH l 1', 'LREM l 0 2'],
  ['RPUSH l 1 2 3', 'LTRIM l 1 1', 'LTRIM l 1 1'],
  ['RPUSH l 1 2 3', 'LTRIM l 0 -1'],
  ['', 'LTRIM l 0 0'],
  ['RPUSH l 1', 'LPOS l 1'],
  ['RPUSH l 1', 'LMOVE l m LEFT RIGHT', 'LMOVE l m LEFT RIGHT'],
  ['RPUSH l 1', 'RPOPLPUSH l l', 'RPOPLPUSH l l'],
  ['', 'LMOVE l m LEFT RIGHT'],
  ['RPUSH l 1', 'BLMOVE l m left RIGHT 0', 'LMOVE l m left RIGHT'],
  ['RPUSH l 1', 'BRPOPLPUSH l m 0', 'RPOPLPUSH l m'],
  ['', 'BLMOVE l m LEFT RIGHT 0'],
  ['RPUSH l 1 2', 'LMPOP 2 k l LEFT COUNT 5', 'LPOP l 2'],
  ['RPUSH l 1 2', 'LMPOP 1 l RIGHT', 'RPOP l 1'],
  ['', 'LMPOP 1 l RIGHT'],
  ['RPUSH l 1 2', 'BLMPOP 0 2 k l RIGHT COUNT 5', 'RPOP l 2'],
  ['', 'BLMPOP 0 1 l RIGHT'],
  ['RPUSH l 1 2', 'LMOVEM l m LEFT RIGHT COUNT 5 BULK', 'LMOVEM l m LEFT RIGHT COUNT 5 BULK'],
  ['RPUSH l 1 2', 'LMOVEM l m LEFT RIGHT EXACTLY 3 OBO'],
  ['', 'LMOVEM l m LEFT RIGHT'],
  ['RPUSH l 1 2', 'BLMOVEM l m LEFT RIGHT 0 COUNT 5 OBO', 'LMOVEM l m LEFT RIGHT EXACTLY 2 OBO'],
  ['RPUSH l 1 2', 'BLMOVEM l m LEFT RIGHT 0', 'LMOVEM l m LEFT RIGHT EXACTLY 1 OBO'],
  ['RPUSH l 1 2', 'BLMOVEM l m LEFT RIGHT 0 EXACTLY 3 OBO'],
]

const SETS: Row[] = [
  ['', 'SADD s 1 2', 'SADD s 1 2'],
  ['SADD s 1', 'SADD s 1'],
  ['SADD s 1 2', 'SREM s 1 9', 'SREM s 1 9'],
  ['SADD s 1', 'SREM s 2'],
  ['', 'SREM s 1'],
  ['SADD s 1', 'SMOVE s t 1', 'SMOVE s t 1'],
  ['SADD s 1', 'SMOVE s t 2'],
  ['SADD s 1', 'SMOVE s s 1'],
  ['SADD s 1', 'SPOP s', 'SREM s 1'],
  ['SADD s 1', 'SPOP s 1', 'DEL s'],
  ['SADD s 1', 'SPOP s 5', 'DEL s'],
  ['SADD s 1', 'SPOP s 0'],
  ['', 'SPOP s'],
  ['', 'SPOP s 2'],
  ['SADD s 1', 'SINTERSTORE r s', 'SINTERSTORE r s'],
  ['SADD s 1', 'SUNIONSTORE r s none', 'SUNIONSTORE r s none'],
  ['SADD s 1', 'SDIFFSTORE r s none', 'SDIFFSTORE r s none'],
  ['SADD s 1', 'SDIFFSTORE r s s'],
  ['SADD s 1;SET r x', 'SDIFFSTORE r s s', 'SDIFFSTORE r s s'],
  ['SET r x', 'SINTERSTORE r none', 'SINTERSTORE r none'],
  ['', 'SUNIONSTORE r none'],
  ['SADD s 1', 'SRANDMEMBER s 1'],
  ['SADD s 1', 'SMEMBERS s'],
]

const HASHES: Row[] = [
  ['', 'HSET h a 1 b 2', 'HSET h a 1 b 2'],
  ['', 'HMSET h a 1 b 2', 'HMSET h a 1 b 2'],
  ['', 'HSETNX h a 1', 'HSETNX h a 1'],
  ['HSET h a 1', 'HSETNX h a 2'],
  ['', 'HINCRBY h a 5', 'HINCRBY h a 5'],
  ['HSET h a x', 'HINCRBY h a 5'],
  ['HSET h a 1', 'HINCRBYFLOAT h a 0.5', 'HSETEX h KEEPTTL FIELDS 1 a 1.5'],
  ['HSET h a 1 b 2', 'HDEL h a x', 'HDEL h a x'],
  ['HSET h a 1', 'HDEL h x'],
  ['HSET h a 1', 'HGET h a'],
  ['HSET h a 1', 'HGETALL h'],
  ['HSET h a 1', 'HRANDFIELD h'],
  ['HSET h a 1', 'HEXPIRE h 10 FIELDS 2 a x', `HPEXPIREAT h ${IN_10} FIELDS 1 a`],
  ['HSET h a 1', 'HPEXPIRE h 10000 NX FIELDS 1 a', `HPEXPIREAT h ${IN_10} NX FIELDS 1 a`],
  ['HSET h a 1', `HEXPIREAT h ${LATER / 1000} FIELDS 1 a`, `HPEXPIREAT h ${LATER} FIELDS 1 a`],
  ['HSET h a 1', `HPEXPIREAT h ${LATER} FIELDS 1 a`, `HPEXPIREAT h ${LATER} FIELDS 1 a`],
  ['HSET h a 1', 'HEXPIRE h 10 XX FIELDS 1 a'],
  ['HSET h a 1 b 2', 'HEXPIRE h 0 FIELDS 3 a x b', 'HDEL h a', 'HDEL h b'],
  ['HSETEX h EX 10 FIELDS 1 a 1', 'HPERSIST h FIELDS 2 a x', 'HPERSIST h FIELDS 2 a x'],
  ['HSET h a 1', 'HPERSIST h FIELDS 1 a'],
  ['HSET h a 1', 'HGETEX h FIELDS 1 a'],
  ['HSET h a 1', 'HGETEX h EX 10 FIELDS 1 a', `HPEXPIREAT h ${IN_10} FIELDS 1 a`],
  ['HSET h a 1', 'HGETEX h PX 0 FIELDS 1 a', 'HDEL h a'],
  ['HSETEX h EX 10 FIELDS 1 a 1', 'HGETEX h PERSIST FIELDS 1 a', 'HPERSIST h FIELDS 1 a'],
  ['HSET h a 1', 'HGETEX h PERSIST FIELDS 1 a'],
  ['HSET h a 1 b 2', 'HGETDEL h FIELDS 2 a x', 'HDEL h a x'],
  ['HSET h a 1', 'HGETDEL h FIELDS 1 x'],
  ['', 'HSETEX h EX 10 FIELDS 1 a 1', `HSETEX h PXAT ${IN_10} FIELDS 1 a 1`],
  ['', 'HSETEX h FNX FIELDS 1 a 1', 'HSETEX h FNX FIELDS 1 a 1'],
  ['', 'HSETEX h FIELDS 1 a 1 KEEPTTL', 'HSETEX h KEEPTTL FIELDS 1 a 1'],
  ['', 'HSETEX h FXX FIELDS 1 a 1'],
  ['HSET h b 1', 'HSETEX h PX 0 FIELDS 1 a 1', 'HDEL h a'],
  ['HIMPORT PREPARE f b a', 'HIMPORT SET h f 1 2', 'HSET h a 2 b 1'],
  ['HIMPORT PREPARE f a;HSET h b 1', 'HIMPORT SET h f 1', 'DEL h', 'HSET h a 1'],
  ['HIMPORT PREPARE f a', 'HIMPORT SET h f 1 2'],
  ['', 'HIMPORT PREPARE f a'],
  ['HIMPORT PREPARE f a', 'HIMPORT DISCARD f'],
  ['HIMPORT PREPARE f a', 'HIMPORT DISCARDALL'],
]

const SORTED_SETS: Row[] = [
  ['', 'ZADD z 1 a 2 b', 'ZADD z 1 a 2 b'],
  ['ZADD z 1 a', 'ZADD z 1 a'],
  ['ZADD z 1 a', 'ZADD z NX 2 a 3 b', 'ZADD z NX 2 a 3 b'],
  ['', 'ZADD z XX 1 a'],
  ['ZADD z 1 a', 'ZADD z GT 0 a'],
  ['', 'ZADD z INCR 1 a', 'ZADD z INCR 1 a'],
  ['', 'ZINCRBY z 1 a', 'ZINCRBY z 1 a'],
  ['ZADD z 1 a', 'ZINCRBY z 0 a'],
  ['ZADD z 1 a', 'ZREM z a b', 'ZREM z a b'],
  ['ZADD z 1 a', 'ZREM z b'],
  ['ZADD z 1 a', 'ZREMRANGEBYRANK z 0 -1', 'ZREMRANGEBYRANK z 0 -1'],
  ['ZADD z 1 a', 'ZREMRANGEBYSCORE z 1 1', 'ZREMRANGEBYSCORE z 1 1'],
  ['ZADD z 1 a', 'ZREMRANGEBYSCORE z 2 3'],
  ['ZADD z 1 a', 'ZREMRANGEBYLEX z - +', 'ZREMRANGEBYLEX z - +'],
  ['ZADD z 1 a', 'ZPOPMIN z', 'ZPOPMIN z'],
  ['ZADD z 1 a', 'ZPOPMAX z 5', 'ZPOPMAX z 5'],
  ['ZADD z 1 a', 'ZPOPMIN z 0'],
  ['', 'ZPOPMAX z'],
  ['ZADD z 1 a 2 b', 'ZMPOP 2 x z MAX', 'ZPOPMAX z 1'],
  ['ZADD z 1 a 2 b', 'ZMPOP 1 z MIN COUNT 9', 'ZPOPMIN z 2'],
  ['', 'ZMPOP 1 z MIN'],
  ['ZADD z 1 a 2 b', 'BZPOPMIN x z 0', 'ZPOPMIN z'],
  ['ZADD z 1 a 2 b', 'BZPOPMAX x z 0', 'ZPOPMAX z'],
  ['ZADD z 1 a 2 b', 'BZMPOP 0 2 x z MAX COUNT 9', 'ZPOPMAX z 2'],
  ['', 'BZPOPMIN z 1'],
  ['ZADD z 1 a', 'ZRANGESTORE y z 0 -1', 'ZRANGESTORE y z 0 -1'],
  ['ZADD z 1 a', 'ZUNIONSTORE y 1 z', 'ZUNIONSTORE y 1 z'],
  ['ZADD z 1 a', 'ZINTERSTORE y 1 z', 'ZINTERSTORE y 1 z'],
  ['ZADD z 1 a', 'ZDIFFSTORE y 1 z', 'ZDIFFSTORE y 1 z'],
  ['SET y x', 'ZDIFFSTORE y 1 z', 'ZDIFFSTORE y 1 z'],
  ['', 'ZDIFFSTORE y 1 z'],
]

const SORTED: Row[] = [
  ['RPUSH l 2 1', 'SORT l STORE d', 'SORT l STORE d'],
  ['SADD s b a', 'SORT s BY nosort GET w_* STORE d', 'SORT s BY nosort GET w_* STORE d'],
  ['RPUSH l 2 1', 'SORT l DESC'],
  ['RPUSH l 2 1', 'SORT_RO l'],
  ['RPUSH l x', 'SORT l STORE d'],
  ['SET d 1', 'SORT l STORE d', 'SORT l STORE d'],
  ['', 'SORT l STORE d'],
]

const VECTOR_SETS: Row[] = [
  ['', 'VADD v VALUES 2 1 2 a', 'VADD v VALUES 2 1 2 a'],
  ['VADD v VALUES 2 1 2 a', 'VADD v VALUES 2 3 4 a', 'VADD v VALUES 2 3 4 a'],
  ['', 'VADD v REDUCE 1 VALUES 2 1 2 a CAS EF 5', 'VADD v REDUCE 1 VALUES 2 1 2 a CAS EF 5'],
  ['VADD v VALUES 2 1 2 a', 'VADD v VALUES 3 1 2 3 a'],
  ['VADD v VALUES 2 1 2 a', 'VSETATTR v a {}', 'VSETATTR v a {}'],
  ['VADD v VALUES 2 1 2 a', 'VSETATTR v b {}'],
  ['VADD v VALUES 2 1 2 a', 'VREM v a', 'VREM v a'],
  ['VADD v VALUES 2 1 2 a', 'VREM v b'],
  ['', 'VREM v a'],
  ['VADD v VALUES 2 1 2 a', 'VSIM v ELE a'],
  ['VADD v VALUES 2 1 2 a', 'VRANGE v - +'],
  ['VADD v VALUES 2 1 2 a', 'COPY v w'],
]

const PLACES: Row[] = [
  ['', 'GEOADD g 1 1 a', 'ZADD g 3377822707026402 a'],
  ['', 'GEOADD g nx CH 1 1 a 1 1 b', 'ZADD g nx CH 3377822707026402 a 3377822707026402 b'],
  ['GEOADD g 1 1 a', 'GEOADD g 1 1 a'],
  ['GEOADD g 1 1 a', 'GEOADD g NX 2 2 a'],
  ['', 'GEOADD g XX 2 2 a'],
  [
    'GEOADD g 1 1 a',
    'GEOSEARCHSTORE d g FROMMEMBER a BYRADIUS 1 km',
    'GEOSEARCHSTORE d g FROMMEMBER a BYRADIUS 1 km',
  ],
  ['', 'GEOSEARCHSTORE d g FROMMEMBER a BYRADIUS 1 km'],
  ['GEOADD g 1 1 a', 'GEORADIUS g 1 1 1 m STORE d', 'GEORADIUS g 1 1 1 m STORE d'],
  ['GEOADD g 1 1 a', 'GEORADIUS g 1 1 1 m'],
  ['GEOADD g 1 1 a', 'GEORADIUSBYMEMBER g a 1 m STORE d', 'GEORADIUSBYMEMBER g a 1 m STORE d'],
]

const BITS: Row[] = [
  ['', 'SETBIT a 7 1', 'SETBIT a 7 1'],
  ['', 'SETBIT a 7 0', 'SETBIT a 7 0'],
  ['SETBIT a 7 1', 'SETBIT a 7 1'],
  ['SETBIT a 7 1', 'SETBIT a 8 0', 'SETBIT a 8 0'],
  ['SETBIT a 7 1', 'GETBIT a 7'],
  ['SETBIT a 7 1', 'BITCOUNT a'],
  ['SETBIT a 7 1', 'BITPOS a 1'],
  ['SETBIT a 7 1', 'BITOP NOT b a', 'BITOP NOT b a'],
  ['SETBIT b 7 1', 'BITOP AND b a', 'BITOP AND b a'],
  ['', 'BITOP AND b a'],
  ['', 'BITFIELD a SET u8 0 1 GET u8 0', 'BITFIELD a SET u8 0 1 GET u8 0'],
  ['', 'BITFIELD a GET u8 0'],
  ['BITFIELD a SET u8 0 9', 'BITFIELD a SET u8 0 9'],
  ['', 'BITFIELD a OVERFLOW FAIL SET u8 0 999', 'BITFIELD a OVERFLOW FAIL SET u8 0 999'],
  ['', 'BITFIELD_RO a GET u8 0'],
]

const ARRAYS: Row[] = [
  ['', 'ARSET a 5 x y', 'ARSET a 5 x y'],
  ['ARSET a 5 x', 'ARSET a 5 x', 'ARSET a 5 x'],
  ['', 'ARMSET a 5 x 9 y', 'ARMSET a 5 x 9 y'],
  ['', 'ARMSET a 5 x bad y'],
  ['', 'ARINSERT a x y', 'ARINSERT a x y'],
  ['', 'ARRING a 3 x y', 'ARRING a 3 x y'],
  ['', 'ARSEEK a 5'],
  ['ARSET a 0 x', 'ARSEEK a 5', 'ARSEEK a 5'],
  ['ARSET a 0 x', 'ARDEL a 0 1', 'ARDEL a 0 1'],
  ['ARSET a 0 x', 'ARDEL a 1'],
  ['', 'ARDEL a 1'],
  ['ARSET a 0 x y', 'ARDELRANGE a 1 9', 'ARDELRANGE a 1 9'],
  ['ARSET a 0 x', 'ARDELRANGE a 1 9'],
  ['ARSET a 0 x', 'ARLASTITEMS a 1'],
  ['SET a 1', 'ARSET a 0 x'],
]

const HYPERLOGLOGS: Row[] = [
  ['', 'PFADD a', 'PFADD a'],
  ['PFADD a', 'PFADD a'],
  ['PFADD a', 'PFADD a x y', 'PFADD a x y'],
  ['PFADD a x y', 'PFADD a x y'],
  ['PFADD a x', 'PFCOUNT a', 'PFCOUNT a'],
  ['PFADD a x;PFCOUNT a', 'PFCOUNT a'],
  ['PFADD a x', 'PFCOUNT a b'],
  ['PFADD a x', 'PFMERGE b a', 'PFMERGE b a'],
  ['', 'PFMERGE b', 'PFMERGE b'],
  ['PFADD a x', 'PFDEBUG TODENSE a', 'PFDEBUG TODENSE a'],
  ['PFADD a x', 'PFDEBUG GETREG a', 'PFDEBUG GETREG a'],
  ['PFADD a x', 'PFDEBUG ENCODING a'],
  ['', 'PFSELFTEST'],
]

const KEYS: Row[] = [
  ['SET a 1', 'DEL a b', 'DEL a b'],
  ['', 'DEL a b'],
  ['SET a 1', 'UNLINK a b', 'UNLINK a b'],
  ['SET a 1', 'RENAME a b', 'RENAME a b'],
  ['SET a 1', 'RENAME a a'],
  ['', 'RENAME a b'],
  ['SET a 1', 'RENAMENX a b', 'RENAMENX a b'],
  ['MSET a 1 b 2', 'RENAMENX a b'],
  ['SET a 1', 'MOVE a 9', 'MOVE a 9'],
  ['', 'MOVE a 9'],
  ['SET a 1', 'COPY a b', 'COPY a b'],
  ['SET a 1', 'COPY a b DB 9 REPLACE', 'COPY a b DB 9 REPLACE'],
  ['MSET a 1 b 2', 'COPY a b'],
  ['SET a 1', 'DUMP a'],
  ['', `RESTORE a 0 ${PAYLOAD}`, `RESTORE a 0 ${PAYLOAD}`],
  ['', `RESTORE a 10000 ${PAYLOAD} FREQ 9`, `RESTORE a ${IN_10} ${PAYLOAD} FREQ 9 ABSTTL`],
  ['', `RESTORE a ${LATER} ${PAYLOAD} ABSTTL`, `RESTORE a ${LATER} ${PAYLOAD} ABSTTL`],
  ['', `RESTORE a 1 ${PAYLOAD} ABSTTL`],
  ['SET a 1', `RESTORE a 0 ${PAYLOAD} REPLACE`, `RESTORE a 0 ${PAYLOAD} REPLACE`],
  ['SET a 1', `RESTORE a 1 ${PAYLOAD} ABSTTL REPLACE`, 'DEL a'],
  ['SET a 1', `RESTORE a 0 ${PAYLOAD}`],
  ['', 'RESTORE a 0 bad'],
  ['', `RESTORE-ASKING a 0 ${PAYLOAD}`, `RESTORE-ASKING a 0 ${PAYLOAD}`],
  ['SET a 1', 'TOUCH a'],
  ['SET a 1', 'EXISTS a'],
  ['SET a 1', 'FLUSHALL', 'FLUSHALL'],
  ['', 'FLUSHDB', 'FLUSHDB'],
  ['SET a 1', 'SWAPDB 0 9', 'SWAPDB 0 9'],
  ['', 'WAIT 0 0'],
  ['', 'PUBLISH a x'],
]

const DEADLINES: Row[] = [
  ['SET a 1', 'EXPIRE a 10', `PEXPIREAT a ${IN_10}`],
  ['SET a 1', 'PEXPIRE a 10000', `PEXPIREAT a ${IN_10}`],
  ['SET a 1', `EXPIREAT a ${LATER / 1000}`, `PEXPIREAT a ${LATER}`],
  ['SET a 1', `PEXPIREAT a ${LATER}`, `PEXPIREAT a ${LATER}`],
  ['SET a 1', 'EXPIRE a 10 NX', `PEXPIREAT a ${IN_10} NX`],
  ['SET a 1', 'EXPIRE a 10 XX'],
  ['SET a 1', 'EXPIRE a -1', 'DEL a'],
  ['SET a 1', 'PEXPIREAT a 1', 'DEL a'],
  ['', 'EXPIRE a 10'],
  ['SET a 1 EX 10', 'PERSIST a', 'PERSIST a'],
  ['SET a 1', 'PERSIST a'],
]

/** A library with one function. */
const library = (name: string): string =>
  `"#!lua name=${name}\\nredis.register_function('${name}', function() return redis.call('incr', 'a') end)"`

const SCRIPTS: Row[] = [
  ['', `EVAL "return redis.call('set', KEYS[1], ARGV[1])" 1 a 1`, 'set a 1'],
  ['', `EVAL "return redis.call('set', 'a', 1, 'ex', 10)" 0`, `SET a 1 PXAT ${IN_10}`],
  ['', `EVAL "redis.call('incr', 'a') return redis.call('incr', 'b')" 0`, 'incr a', 'incr b'],
  ['SADD s m', `EVAL "return redis.call('spop', 's')" 0`, 'SREM s m'],
  ['', `EVAL "redis.call('incr', 'a') error('x')" 0`, 'incr a'],
  ['SET a 1', `EVAL "return redis.call('get', 'a')" 0`],
  ['', `EVAL "redis.call('select', 9) redis.call('set', 'a', 1)" 0`, 'set a 1'],
  ['', `EVAL "redis.set_repl(redis.REPL_NONE) redis.call('set', 'a', 1)" 0`],
  [
    '',
    `EVAL "redis.set_repl(0) redis.call('incr', 'a') redis.set_repl(3) redis.call('incr', 'b')" 0`,
    'incr b',
  ],
  ["SCRIPT LOAD \"return redis.call('incr', 'a')\"", 'SCRIPT FLUSH'],
  ['', 'SCRIPT LOAD "return 1"'],
  ['', `FUNCTION LOAD ${library('f')}`, `FUNCTION LOAD ${library('f')}`],
  [`FUNCTION LOAD ${library('f')}`, `FUNCTION LOAD ${library('f')}`],
  [`FUNCTION LOAD ${library('f')}`, 'FCALL f 0', 'incr a'],
  [`FUNCTION LOAD ${library('f')}`, 'FUNCTION DELETE f', 'FUNCTION DELETE f'],
  ['', 'FUNCTION DELETE f'],
  ['', 'FUNCTION FLUSH', 'FUNCTION FLUSH'],
  ['', 'FUNCTION RESTORE bad'],
]

const ADDED = 'XADD s 1-1 f v;XADD s 1-2 f v;XADD s 1-3 f v'
const GROUPED = `${ADDED};XGROUP CREATE s g 0`
const READ = `${GROUPED};XREADGROUP GROUP g c STREAMS s >`
const LAST = '18446744073709551615-18446744073709551615'

const STREAMS: Row[] = [
  ['', 'XADD s 1-1 f v', 'XADD s 1-1 f v'],
  ['', 'XADD s * f v', `XADD s ${START}-0 f v`],
  ['', 'XADD s 5-* f v', 'XADD s 5-0 f v'],
  ['', 'XADD s NOMKSTREAM * f v'],
  [ADDED, 'XADD s 1-1 f v'],
  [ADDED, 'XADD s MAXLEN 1 2-1 f v', 'XADD s MAXLEN 1 2-1 f v'],
  [ADDED, 'XADD s MAXLEN ~ 1 2-1 f v', 'XADD s MAXLEN = 4 2-1 f v'],
  [ADDED, 'XADD s MINID ~ 1-3 LIMIT 5 2-* f v', 'XADD s MINID = 1-1 LIMIT 5 2-0 f v'],
  ['', 'XADD s IDMP p m * f v', `XADD s IDMP p m ${START}-0 f v`],
  ['XADD s IDMP p m * f v', 'XADD s IDMP p m * f w', `XADD s IDMP p m ${START}-0 f w`],
  [ADDED, 'XTRIM s MAXLEN 1', 'XTRIM s MAXLEN 1'],
  [ADDED, 'XTRIM s MAXLEN 5'],
  [ADDED, 'XTRIM s MAXLEN ~ 1'],
  [`CONFIG SET stream-node-max-entries 2;${ADDED}`, 'XTRIM s MAXLEN ~ 1', 'XTRIM s MAXLEN = 1'],
  [`CONFIG SET stream-node-max-entries 2;${ADDED}`, 'XTRIM s MINID ~ 9', `XTRIM s MINID = ${LAST}`],
  [ADDED, 'XDEL s 1-1 9-9', 'XDEL s 1-1 9-9'],
  [ADDED, 'XDEL s 9-9'],
  [ADDED, 'XDELEX s IDS 2 1-1 9-9', 'XDELEX s IDS 2 1-1 9-9'],
  [ADDED, 'XSETID s 5-5', 'XSETID s 5-5'],
  [ADDED, 'XCFGSET s IDMP-DURATION 5', 'XCFGSET s IDMP-DURATION 5'],
  [ADDED, 'XCFGSET s IDMP-DURATION 100'],
  [ADDED, 'XIDMPRECORD s p m 1-1', 'XIDMPRECORD s p m 1-1'],
  [ADDED, 'XGROUP CREATE s g $', 'XGROUP CREATE s g $'],
  [GROUPED, 'XGROUP CREATE s g $'],
  [GROUPED, 'XGROUP SETID s g 1-1', 'XGROUP SETID s g 1-1'],
  [GROUPED, 'XGROUP CREATECONSUMER s g c', 'XGROUP CREATECONSUMER s g c'],
  [READ, 'XGROUP CREATECONSUMER s g c'],
  [READ, 'XGROUP DELCONSUMER s g c', 'XGROUP DELCONSUMER s g c'],
  [READ, 'XGROUP DESTROY s g', 'XGROUP DESTROY s g'],
  [
    GROUPED,
    'XREADGROUP GROUP g c COUNT 2 STREAMS s >',
    `XCLAIM s g c 0 1-1 TIME ${START} RETRYCOUNT 1 FORCE JUSTID LASTID 0-0`,
    `XCLAIM s g c 0 1-2 TIME ${START} RETRYCOUNT 1 FORCE JUSTID LASTID 0-0`,
    'XGROUP SETID s g 1-2 ENTRIESREAD 2',
  ],
  [
    GROUPED,
    'XREADGROUP GROUP g c NOACK COUNT 1 STREAMS s >',
    'XGROUP CREATECONSUMER s g c',
    'XGROUP SETID s g 1-1 ENTRIESREAD 1',
  ],
  [READ, 'XREADGROUP GROUP g c STREAMS s >'],
  [READ, 'XREADGROUP GROUP g c STREAMS s 0'],
  [READ, 'XREADGROUP GROUP g d STREAMS s >', 'XGROUP CREATECONSUMER s g d'],
  [READ, 'XREADGROUP GROUP g d BLOCK 5 STREAMS s >', 'XGROUP CREATECONSUMER s g d'],
  [READ, 'XACK s g 1-1', 'XACK s g 1-1'],
  [READ, 'XACK s g 9-9'],
  [READ, 'XACKDEL s g IDS 1 1-1', 'XACKDEL s g IDS 1 1-1'],
  [READ, 'XNACK s g FAIL IDS 1 1-1', 'XNACK s g FAIL IDS 1 1-1'],
  [READ, 'XNACK s g FAIL IDS 1 9-9'],
  [
    READ,
    'XCLAIM s g d 0 1-1',
    `XCLAIM s g d 0 1-1 TIME ${START} RETRYCOUNT 2 FORCE JUSTID LASTID 1-3`,
  ],
  [READ, 'XCLAIM s g d 1000 1-1', 'XGROUP CREATECONSUMER s g d'],
  [READ, 'XCLAIM s g c 0 9-9 LASTID 2-2', 'XGROUP SETID s g 2-2 ENTRIESREAD 3'],
  [
    `${READ};XDEL s 1-2`,
    'XAUTOCLAIM s g d 0 0 JUSTID',
    `XCLAIM s g d 0 1-1 TIME ${START} RETRYCOUNT 1 FORCE JUSTID LASTID 1-3`,
    `XCLAIM s g c 0 1-2 TIME ${START} RETRYCOUNT 1 FORCE JUSTID LASTID 1-3`,
    `XCLAIM s g d 0 1-3 TIME ${START} RETRYCOUNT 1 FORCE JUSTID LASTID 1-3`,
  ],
  [`${READ};XNACK s g FAIL IDS 1 1-2;XDEL s 1-2`, 'XCLAIM s g c 0 1-2', 'XACK s g 1-2'],
  [
    READ,
    'XREADGROUP GROUP g d COUNT 1 CLAIM 0 STREAMS s >',
    `XCLAIM s g d 0 1-1 TIME ${START} RETRYCOUNT 2 FORCE JUSTID LASTID 1-3`,
  ],
  [ADDED, 'XREAD STREAMS s 0'],
  [ADDED, 'XRANGE s - +'],
]

const perform = (r: Run, requests: string) => {
  for (const request of requests.split(';')) if (request !== '') r(request)
}

describe.each([
  ['strings', STRINGS],
  ['lists', LISTS],
  ['scripts', SCRIPTS],
  ['sets', SETS],
  ['hashes', HASHES],
  ['sorted sets', SORTED_SETS],
  ['streams', STREAMS],
  ['vector sets', VECTOR_SETS],
  ['places', PLACES],
  ['sorting', SORTED],
  ['bitmaps', BITS],
  ['arrays', ARRAYS],
  ['hyperloglogs', HYPERLOGLOGS],
  ['keys', KEYS],
  ['deadlines', DEADLINES],
])('effects of %s', (_, rows) => {
  it.each(
    rows.map((row) => [`${row[0] === '' ? 'nothing' : row[0]}, then ${row[1]}`, row] as const),
  )('after %s', (_, [before, request, ...effects]) => {
    const r = run()
    perform(r, before)
    r.effects.length = 0
    r(request)
    expect(r.effects).toEqual(effects.map(words))
  })
})

describe('effects of time', () => {
  it.each([
    ['GET a', []],
    ['TTL a', []],
    ['SCAN 0', []],
    ['DEL a', []],
    ['APPEND a x', ['APPEND a x']],
    ['SET a 2', ['SET a 2']],
    ['SET a 2 XX', []],
    ['RENAME b a', ['RENAME b a']],
    ['COPY b a', ['COPY b a']],
    ['INCR a', ['INCR a']],
  ])('%s on a key that has expired tells of that first', (request, effects) => {
    const r = run()
    r('SET a 1 PX 10')
    r('SET b 1')
    r.platform.wind(r.clock + 10)
    r.effects.length = 0
    r(request)
    expect(r.effects).toEqual([['DEL', 'a'], ...effects.map(words)])
    expect(r.units).toHaveLength(3)
  })

  it.each([
    ['SCAN 0', 2],
    ['MGET a b', 1],
    ['EXISTS a b', 1],
  ])('%s tells of several keys in so many units', (request, units) => {
    const r = run()
    r('SET a 1 PX 10')
    r('SET b 1 PX 10')
    r.platform.wind(r.clock + 10)
    const { offset } = r.engine
    r.units.length = 0
    r(request)
    expect(r.units).toHaveLength(units)
    expect(
      r.units
        .flat()
        .map(({ argv }) => argv.join(' '))
        .sort(),
    ).toEqual(['DEL a', 'DEL b'])
    expect(r.engine.offset).toBe(offset + units)
  })

  it('counts each of several units before the next is heard', () => {
    const r = run()
    const heard: number[] = []
    r('SET a 1 PX 10')
    r('SET b 1 PX 10')
    const { offset } = r.engine
    r.engine.propagation.listen(() => {
      heard.push(r.engine.offset)
    })
    r.clock += 1000
    expect(heard).toEqual([offset, offset + 1])
  })

  it('the cron tells of each key that it removes', () => {
    const r = run()
    r('SET a 1 PX 10')
    r.clock += 1000
    expect(r.effects.slice(1)).toEqual([['DEL', 'a']])
  })

  it.each([
    ['lazyfree-lazy-expire', 'GET a', ['UNLINK', 'a']],
    ['lazyfree-lazy-expire', 'PEXPIRE b 0', ['UNLINK', 'b']],
    ['lazyfree-lazy-expire', 'GETEX b PXAT 1', ['UNLINK', 'b']],
    ['lazyfree-lazy-server-del', 'SPOP s 3', ['UNLINK', 's']],
    ['lazyfree-lazy-server-del', 'PEXPIRE b 0', ['DEL', 'b']],
    ['lazyfree-lazy-expire', 'SPOP s 3', ['DEL', 's']],
  ])('with %s, %s tells %s', (option, request, effect) => {
    const r = run()
    r(`CONFIG SET ${option} yes`)
    r('SET a 1 PX 10')
    r('SET b 1')
    r('SADD s 1 2')
    r.platform.wind(r.clock + 10)
    r.effects.length = 0
    r(request)
    expect(r.effects).toEqual([effect])
  })

  it.each([
    ['HGET h a', []],
    ['HMGET h a b', []],
    ['HEXISTS h a', []],
    ['HRANDFIELD h', []],
    ['HINCRBY h a 1', ['HINCRBY h a 1']],
    ['HSETNX h a 2', ['HSETNX h a 2']],
    ['HSETEX h FNX FIELDS 1 a 2', ['HSETEX h FNX FIELDS 1 a 2']],
    ['HEXPIRE h 10 FIELDS 1 a', []],
  ])('%s on a field that has expired tells of that first', (request, effects) => {
    const r = run()
    r('HSETEX h PX 10 FIELDS 1 a 1')
    r('HSET h b 1')
    r.platform.wind(r.clock + 10)
    r.effects.length = 0
    r(request)
    expect(r.effects).toEqual([['HDEL', 'h', 'a'], ...effects.map(words)])
  })

  it('SCAN and RANDOMKEY in a transaction tell of no expired key, where an option says so', () => {
    for (const [option, request, effects] of [
      ['no', 'MULTI;SCAN 0;RANDOMKEY;EXEC', []],
      ['no', 'MULTI;GET a;EXEC', [['DEL', 'a']]],
      ['no', 'SCAN 0', [['DEL', 'a']]],
      ['yes', 'MULTI;SCAN 0;EXEC', [['DEL', 'a']]],
      ['yes', 'MULTI;RANDOMKEY;EXEC', [['DEL', 'a']]],
    ] as const) {
      const r = run()
      r(`CONFIG SET lazyexpire-nested-arbitrary-keys ${option}`)
      r('SET a 1 PX 10')
      r.platform.wind(r.clock + 10)
      r.effects.length = 0
      perform(r, request)
      expect([option, request, r.effects]).toEqual([option, request, effects])
    }
  })

  it('the cron tells of each field that it removes', () => {
    const r = run()
    r('HSETEX h PX 10 FIELDS 2 a 1 b 2')
    r.clock += 1000
    expect(r.effects.slice(1).sort()).toEqual([
      ['HDEL', 'h', 'a'],
      ['HDEL', 'h', 'b'],
    ])
    expect(r('EXISTS h')).toBe(0)
  })

  it('of fields that are due together the earliest is told of first', () => {
    const r = run()
    r('HSET h a 1 b 1 c 1 d 1')
    for (const [field, ms] of Object.entries({ a: 30, b: 10, c: 20 })) {
      r(`HPEXPIRE h ${ms} FIELDS 1 ${field}`)
    }
    r.effects.length = 0
    r.clock += 1000
    expect(r.effects.map(([, , field]) => field)).toEqual(['b', 'c', 'a'])
  })

  it('a field that is only past its deadline is not told of', () => {
    const r = run()
    r('HSETEX h PX 10 FIELDS 1 a 1')
    r.platform.wind(r.clock + 10)
    for (const request of ['HGETALL h', 'HKEYS h', 'HLEN h', 'HSCAN h 0', 'HTTL h FIELDS 1 a']) {
      r(request)
    }
    expect(r.effects).toHaveLength(1)
  })

  it('a key that is only past its deadline is not told of', () => {
    const r = run()
    r('SET a 1 PX 10')
    r.platform.wind(r.clock + 10)
    for (const request of ['KEYS *', 'DBSIZE', 'WATCH a', 'PING']) r(request)
    expect(r.effects).toHaveLength(1)
  })
})

describe('units', () => {
  it('a transaction is one, with what expired in it, and tells databases apart', () => {
    const r = run()
    r('SET a 1 PX 10')
    perform(r, 'MULTI;GET a;SET b 1 EX 10;SELECT 9;RPUSH l 1;BLPOP l 0')
    r.platform.wind(r.clock + 10)
    r('EXEC')
    expect(r.units.slice(1)).toEqual([
      [
        { dbIndex: 0, argv: ['DEL', 'a'] },
        { dbIndex: 0, argv: ['SET', 'b', '1', 'PXAT', String(r.clock + 10_000)] },
        { dbIndex: 9, argv: ['RPUSH', 'l', '1'] },
        { dbIndex: 9, argv: ['LPOP', 'l'] },
      ],
    ])
  })

  it('a transaction that changes nothing is none', () => {
    const r = run()
    perform(r, 'MULTI;GET a;DEL a;EXEC;MULTI;SET a 1;DISCARD')
    expect(r.units).toEqual([])
    expect(r.engine.offset).toBe(0)
  })
})
