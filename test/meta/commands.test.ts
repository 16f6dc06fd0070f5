/**
 * What every command's block must have, and must have right. Its facts (arity, flags, keys, categories,
 * arguments …) are compared with those of a real server by `test/meta/command-facts.test.ts`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { families } from '../../src/commands/index.ts'
import { CATEGORIES, type Command } from '../../src/core/command.ts'
import { argumentsOf, usageOf } from '../../src/core/syntax.ts'

const commands = new Map<string, Command>()
for (const family of Object.values(families)) {
  for (const command of Object.values(family) as Command[]) {
    commands.set(command.fullName, command)
    for (const sub of command.subcommands?.values() ?? []) commands.set(sub.fullName, sub)
  }
}

/** Everything that the issues so far have asked for; `commands.tsv` of the team has all of Redis. */
const EXPECTED = `
  append decr decrby delex digest get getdel getex getrange getset incr incrby incrbyfloat lcs mget
  mset msetex msetnx psetex set setex setnx setrange strlen substr
  sort sort_ro copy del dump exists expire expireat expiretime keys move object|encoding object|freq object|help
  object|idletime object|refcount persist pexpire pexpireat pexpiretime pttl randomkey rename
  renamenx restore restore-asking scan touch ttl type unlink wait waitaof
  auth client|caching client|getname client|getredir client|help client|id client|info client|kill
  client|list client|no-evict client|no-touch client|pause client|reply client|setinfo
  client|setname client|tracking client|trackinginfo client|unblock client|unpause echo hello ping
  quit reset select
  command command|count command|docs command|getkeys command|getkeysandflags command|help
  command|info command|list config|get config|help config|resetstat config|rewrite config|set dbsize
  debug flushall flushdb info lastsave lolwut memory|doctor memory|help memory|malloc-stats
  memory|purge memory|stats memory|usage role save bgsave bgrewriteaof shutdown swapdb time
  discard exec multi unwatch watch
  psubscribe publish pubsub|channels pubsub|help pubsub|numpat pubsub|numsub pubsub|shardchannels
  pubsub|shardnumsub punsubscribe spublish ssubscribe subscribe sunsubscribe unsubscribe
  blpop brpop lpush rpush lpop rpop llen lrange lindex
  sadd scard sdiff sdiffcard sdiffstore sinter sintercard sinterstore sismember smembers smismember
  smove spop srandmember srem sscan sunion sunioncard sunionstore
  hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset hrandfield hscan hset hsetnx
  hstrlen hvals hexpire hexpireat hexpiretime hgetdel hgetex hpersist hpexpire hpexpireat
  hpexpiretime hpttl hsetex httl himport|discard himport|discardall himport|prepare himport|set
  bzmpop bzpopmax bzpopmin zadd zcard zcount zdiff zdiffstore zincrby zinter zintercard zinterstore
  zlexcount zmpop zmscore zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore zrangestore
  zrank zrem zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex
  zrevrangebyscore zrevrank zscan zscore zunion zunionstore
  blmove blmovem blmpop brpoplpush linsert lmove lmovem lmpop lpos lpushx lrem lset ltrim rpoplpush
  rpushx
  bitcount bitfield bitfield_ro bitop bitpos getbit setbit
  geoadd geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch
  geosearchstore
  pfadd pfcount pfdebug pfmerge pfselftest
  xack xackdel xadd xautoclaim xcfgset xclaim xdel xdelex xgroup|create xgroup|createconsumer
  xgroup|delconsumer xgroup|destroy xgroup|help xgroup|setid xidmprecord xinfo|consumers
  xinfo|groups xinfo|help xinfo|stream xlen xnack xpending xrange xread xreadgroup xrevrange xsetid
  xtrim
  eval eval_ro evalsha evalsha_ro fcall fcall_ro function|delete function|dump function|flush
  function|help function|kill function|list function|load function|restore function|stats
  script|debug script|exists script|flush script|help script|kill script|load
  VADD VCARD VDIM VEMB VGETATTR VINFO VISMEMBER VLINKS VRANDMEMBER VRANGE VREM VSETATTR VSIM
`
  .trim()
  .split(/\s+/)

// ---- What every block has ---------------------------------------------------------------------

/** All test sources and scripts but this one, in capitals. */
function tests(folder: URL): string {
  let text = ''
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !/\.(ts|redis)$/.test(entry.name)) continue
    const path = join(entry.parentPath, entry.name)
    if (!path.endsWith(join('meta', 'commands.test.ts'))) text += readFileSync(path, 'utf8')
  }
  return text.toUpperCase()
}

describe('every command', () => {
  const source = tests(new URL('..', import.meta.url))

  it('is there', () => {
    expect(EXPECTED.filter((name) => !commands.has(name))).toEqual([])
  })

  it.each([...commands.keys()])('%s has what a block needs', (name) => {
    const command = commands.get(name) as Command
    expect(() => argumentsOf(command)).not.toThrow()
    // Alternatives without a name would show a name that we made up.
    expect(usageOf(argumentsOf(command))).not.toContain('undefined')
    expect(command.summary).toMatch(/^[A-Z].*\.$/)
    expect(command.complexity).not.toBe('')
    expect(command.reply).not.toBe('')
    expect(command.since).toMatch(/^\d+\.\d+\.\d+$/)
    for (const [version, change] of command.history) {
      expect(version).toMatch(/^\d+\.\d+\.\d+$/)
      expect(change).toMatch(/\.$/)
    }
  })

  it.each([...commands.keys()])('%s has a test that mentions it', (name) => {
    const words = name.toUpperCase().split('|')
    const pattern = words.map((word) => word.replace(/[^A-Z]/g, '\\$&')).join('(?:[\'", ]+)')
    expect(new RegExp(`\\b${pattern}\\b`).test(source)).toBe(true)
  })

  it('has categories that there are', () => {
    for (const command of commands.values()) {
      expect(command.categories).toBeLessThan(2 ** CATEGORIES.length)
    }
  })
})
