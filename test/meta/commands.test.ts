/**
 * What every command's block must have, and must have right.
 *
 * The facts of a block (arity, flags, keys, categories, arguments …) are compared with what a real
 * server says of the same command; what has changed since that server's version stands in the list
 * below with the reason, and is taken off the list when it is the same again.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { families } from '../../src/commands/index.ts'
import { CATEGORIES, type Command } from '../../src/core/command.ts'
import { MapReply, type Reply, SetReply, Status } from '../../src/core/reply.ts'
import { argumentsOf, usageOf } from '../../src/core/syntax.ts'
import { compareVersions, oracleVersion, type Real, startReal } from '../helpers/real.ts'
import { run } from '../helpers/run.ts'

/** `command aspect`: why it is not as in 7.0. */
// biome-ignore format: a line each
const explained: Readonly<Record<string, string>> = {
  'acl|cat arguments': '8.6 calls the category a category',
  'acl|deluser tips': '7.2 added them',
  'acl|save tips': '7.2 added them',
  'acl|setuser tips': '7.2 added them',
  'migrate arguments': '8.0 names them otherwise',
  'latency|reset tips': '7.2 counts what was reset',
  'sinterstore keys': 'later versions know that the destination is overwritten, not read',
  'command|getkeys arity': '7.2 takes commands of one word',
  'command|getkeysandflags arity': '7.2 takes commands of one word',
  'command|getkeys arguments': '7.2 documents them',
  'command|getkeysandflags arguments': '7.2 documents them',
  'wait flags': '7.2 has it block like any other, and lets scripts call it',
  'wait categories': '7.2 has it block like any other',
  'blpop flags': '7.2 lets scripts call it: it does not block there',
  'brpop flags': '7.2 lets scripts call it: it does not block there',
  'blmove flags': '7.2 lets scripts call it: it does not block there',
  'brpoplpush flags': '7.2 lets scripts call it: it does not block there',
  'subscribe flags': '8.0 refuses it when memory is short',
  'psubscribe flags': '8.0 refuses it when memory is short',
  'ssubscribe flags': '8.0 refuses it when memory is short',
  'client|setname tips': '7.2 added them',
  'config|resetstat tips': '7.2 added them',
  'config|rewrite tips': '7.2 added them',
  'scan tips': '7.2 added a response policy',
  'randomkey tips': '7.2 added a response policy',
  'msetnx tips': '8.0 took them away: the keys of one call belong together',
  'client|pause since': '7.2 names the release in place of the preview of it',
  'quit doc_flags': 'deprecated in 7.2',
  'quit deprecated_since': 'deprecated in 7.2',
  'setnx doc_flags': '7.2 documents that SET has long replaced it',
  'setnx deprecated_since': '7.2 documents that SET has long replaced it',
  'setex doc_flags': '7.2 documents that SET has long replaced it',
  'setex deprecated_since': '7.2 documents that SET has long replaced it',
  'psetex doc_flags': '7.2 documents that SET has long replaced it',
  'psetex deprecated_since': '7.2 documents that SET has long replaced it',
  'set arguments': '8.4 added IFEQ, IFNE, IFDEQ and IFDNE',
  'client|kill arguments': '7.2 gave names of their own, 7.4 added MAXAGE',
  'client|list arguments': '7.2 gave names of their own',
  'client|reply arguments': '7.2 gave names of their own',
  'client|unblock arguments': '7.2 gave names of their own',
  'hello arguments': '7.2 gave names of their own',
  'flushall arguments': '7.2 gave names of their own',
  'flushdb arguments': '7.2 gave names of their own',
  'shutdown arguments': '7.2 gave names of their own',
  'mset arguments': '7.2 gave names of their own',
  'msetnx arguments': '7.2 gave names of their own',
  'lcs arguments': '7.2 gave names of their own',
  'bitcount arguments': '7.2 gave names of their own',
  'bitpos arguments': '7.2 gave names of their own',
  'bitfield arguments': '7.2 gave names of their own',
  'bitfield_ro arguments': '7.2 gave names of their own',
  'pfmerge arguments': '7.2 documents that it can do without sources',
  'bitop arguments': '7.2 lists the operations, 8.2 added four',
  'config|get arguments': '7.2 has no block around one argument',
  'config|set arguments': '7.2 gave names of their own',
  'hset arguments': '7.2 gave names of their own',
  'hmset arguments': '7.2 gave names of their own',
  'hscan arguments': '7.4 added NOVALUES',
  'psubscribe arguments': '7.2 has no block around one argument',
  'zrank arity': '7.2 added WITHSCORE',
  'zrevrank arity': '7.2 added WITHSCORE',
  'zrank arguments': '7.2 added WITHSCORE',
  'zrevrank arguments': '7.2 added WITHSCORE',
  'bzpopmin flags': '7.2 lets scripts call it: it does not block there',
  'bzpopmax flags': '7.2 lets scripts call it: it does not block there',
  'zadd arguments': '7.2 gave names of their own',
  'zrange arguments': '7.2 gave names of their own',
  'zrangebyscore arguments': '7.2 gave names of their own',
  'zrevrangebyscore arguments': '7.2 gave names of their own',
  'zrangebylex arguments': '7.2 gave names of their own',
  'zrevrangebylex arguments': '7.2 gave names of their own',
  'zrangestore arguments': '7.2 gave names of their own',
  'zunion arguments': '8.8 added COUNT',
  'zinter arguments': '8.8 added COUNT',
  'geoadd arguments': '7.2 gave names of their own',
  'geopos arguments': '7.2 documents that it can do without members',
  'geohash arguments': '7.2 documents that it can do without members',
  'geosearch arguments': '7.2 gave names of their own',
  'geosearchstore arguments': '7.2 gave names of their own',
  'georadius arguments': '7.2 gave names of their own',
  'georadius_ro arguments': '7.2 gave names of their own',
  'georadiusbymember arguments': '7.2 gave names of their own',
  'georadiusbymember_ro arguments': '7.2 gave names of their own',
  'sort arguments': '7.2 gave names of their own',
  'sort_ro arguments': '7.2 gave names of their own',
  'zunionstore arguments': '8.8 added COUNT',
  'zinterstore arguments': '8.8 added COUNT',
  'xadd arguments': '8.2 added KEEPREF, DELREF and ACKED, 8.6 IDMP and IDMPAUTO',
  'xtrim arguments': '8.2 added KEEPREF, DELREF and ACKED',
  'xsetid arguments': '7.2 gave names of their own',
  'xclaim arguments': '7.2 gave names of their own',
  'xgroup|create arguments': '7.2 gave names of their own',
  'xgroup|createconsumer arguments': '7.2 gave names of their own',
  'xgroup|delconsumer arguments': '7.2 gave names of their own',
  'xgroup|destroy arguments': '7.2 gave names of their own',
  'xgroup|setid arguments': '7.2 gave names of their own',
  'xinfo|consumers arguments': '7.2 gave names of their own',
  'xinfo|stream arguments': '7.2 gave names of their own',
  'xread arguments': '8.10 added MAXCOUNT and MAXSIZE',
  'xreadgroup arguments': '8.4 added CLAIM, 8.10 MAXCOUNT and MAXSIZE',
  'xread keys': '8.10 knows that a key may be called STREAMS',
  'xreadgroup keys': '8.10 knows that a group may be called STREAMS',
}

/** The same of commands that 7.0 does not have: why they are not as in 8.6. */
const explainedLater: Readonly<Record<string, string>> = {
  'delex arguments': '8.8 calls digests strings',
}

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
  VADD VCARD VDIM VEMB VGETATTR VINFO VISMEMBER VLINKS VRANDMEMBER VRANGE VREM VSETATTR VSIM
`
  .trim()
  .split(/\s+/)

// ---- Plain values -----------------------------------------------------------------------------

type Plain = string | number | null | Plain[]

/** A reply as plain values, with maps flat, as in RESP2. */
function plain(reply: Reply): Plain {
  if (reply instanceof Status) return reply.text
  if (reply instanceof MapReply || reply instanceof SetReply) return reply.items.map(plain)
  if (Array.isArray(reply)) return reply.map(plain)
  return reply as Plain
}

/** One RESP2 reply as plain values. */
function parse(bytes: Buffer): Plain {
  let at = 0
  const line = (): string => {
    const end = bytes.indexOf('\r\n', at, 'latin1')
    const text = bytes.toString('latin1', at, end)
    at = end + 2
    return text
  }
  const one = (): Plain => {
    const head = line()
    const rest = head.slice(1)
    if (head[0] === '*') return Number(rest) < 0 ? null : Array.from({ length: Number(rest) }, one)
    if (head[0] === ':') return Number(rest)
    if (head[0] !== '$') return rest
    if (Number(rest) < 0) return null
    at += Number(rest) + 2
    return bytes.toString('latin1', at - Number(rest) - 2, at - 2)
  }
  return one()
}

function fields(flat: Plain): Map<string, Plain> {
  const list = flat as Plain[]
  const map = new Map<string, Plain>()
  for (let i = 0; i < list.length; i += 2) map.set(list[i] as string, list[i + 1] as Plain)
  return map
}

const sorted = (list: Plain): Plain[] => [...(list as string[])].sort()

/** A key specification without its notes, which are everybody's own words. */
function specs(list: Plain): unknown {
  return (list as Plain[]).map((spec) => {
    const map = fields(spec)
    map.delete('notes')
    map.set('flags', sorted(map.get('flags') as Plain))
    return Object.fromEntries(map)
  })
}

/** Arguments as a line each: 7.0 has no `display_text`. */
function tree(list: Plain, indent = ''): string[] {
  return (list as Plain[]).flatMap((argument) => {
    const map = fields(argument)
    const words = ['type', 'token', 'key_spec_index', 'since', 'deprecated_since']
      .filter((field) => map.has(field))
      .map((field) => `${field}=${map.get(field)}`)
    const flags = sorted(map.get('flags') ?? []).join(',')
    const inside = map.get('arguments')
    return [
      `${indent}${map.get('name')} ${words.join(' ')}${flags === '' ? '' : ` flags=${flags}`}`,
      ...(inside === undefined ? [] : tree(inside, `${indent}  `)),
    ]
  })
}

// ---- What a server says -----------------------------------------------------------------------

type Facts = Map<string, unknown>

const docsFields = (docs: Map<string, Plain>): [string, unknown][] => [
  ['since', docs.get('since')],
  ['group', docs.get('group')],
  ['doc_flags', sorted(docs.get('doc_flags') ?? [])],
  ['deprecated_since', docs.get('deprecated_since')],
  ['arguments', tree(docs.get('arguments') ?? [])],
]

/** The facts of each command and subcommand, from its replies to COMMAND INFO and COMMAND DOCS. */
function factsOf(info: Plain, docs: Plain): Map<string, Facts> {
  const all = new Map<string, Facts>()
  const addInfo = (entry: Plain): void => {
    const [name, arity, flags, first, last, step, categories, tips, keys, subs] = entry as Plain[]
    all.set(
      name as string,
      new Map<string, unknown>([
        ['arity', arity],
        ['flags', sorted(flags as Plain)],
        ['range', [first, last, step]],
        ['categories', sorted(categories as Plain)],
        ['tips', sorted(tips as Plain)],
        ['keys', specs(keys as Plain)],
      ]),
    )
    for (const sub of subs as Plain[]) addInfo(sub)
  }
  const addDocs = (flat: Plain): void => {
    for (const [name, entry] of fields(flat)) {
      const docs = fields(entry)
      for (const [field, value] of docsFields(docs)) all.get(name)?.set(field, value)
      if (docs.has('subcommands')) addDocs(docs.get('subcommands') as Plain)
    }
  }
  for (const entry of info as Plain[]) addInfo(entry)
  addDocs(docs)
  return all
}

let real: Real
let theirs: Map<string, Facts>
let ours: Map<string, Facts>

beforeAll(async () => {
  real = await startReal()
  theirs = factsOf(
    parse(await real.control.call(['COMMAND'])),
    parse(await real.control.call(['COMMAND', 'DOCS'])),
  )
  const r = run()
  ours = factsOf(plain(r('COMMAND')), plain(r('COMMAND DOCS')))
})

afterAll(() => real?.stop())

const ASPECTS = [
  'arity',
  'flags',
  'range',
  'categories',
  'tips',
  'keys',
  'since',
  'group',
  'doc_flags',
  'deprecated_since',
  'arguments',
]

// The list above is of differences from 7.0. A newer server judges what 7.0 does not have.
const NEWER = compareVersions(oracleVersion(), '7.2') >= 0
const isNew = (name: string): boolean =>
  compareVersions((commands.get(name) as Command).since, '7.2') >= 0

describe('the facts of a command are those of a real server', () => {
  it.runIf(NEWER).each(ASPECTS)('%s of commands that 7.0 does not have', (aspect) => {
    const differing: string[] = []
    for (const [name, facts] of ours) {
      const fact = theirs.get(name)?.get(aspect)
      if (!theirs.has(name) || !isNew(name)) continue
      if (Object.hasOwn(explainedLater, `${name} ${aspect}`)) continue
      if (JSON.stringify(facts.get(aspect)) === JSON.stringify(fact)) continue
      differing.push(`${name}\n  Redis:   ${show(fact)}\n  Respite: ${show(facts.get(aspect))}`)
    }
    expect(differing).toEqual([])
  })

  it.skipIf(NEWER).each(ASPECTS)('%s', (aspect) => {
    const differing: string[] = []
    for (const [name, facts] of ours) {
      const fact = theirs.get(name)?.get(aspect)
      if (!theirs.has(name)) continue
      const same = JSON.stringify(facts.get(aspect)) === JSON.stringify(fact)
      const excused = Object.hasOwn(explained, `${name} ${aspect}`)
      if (!same && !excused) {
        differing.push(`${name}\n  Redis:   ${show(fact)}\n  Respite: ${show(facts.get(aspect))}`)
      }
      if (same && excused) differing.push(`${name} ${aspect}: the same now, take it off the list`)
    }
    if (differing.length > 0)
      throw new Error(`${differing.length} differ:\n${differing.join('\n')}`)
  })

  it.skipIf(NEWER)('every explained difference names a command and an aspect', () => {
    for (const entry of Object.keys(explained)) {
      const [name, aspect] = entry.split(' ')
      expect(commands.has(name as string) && theirs.has(name as string), entry).toBe(true)
      expect(ASPECTS, entry).toContain(aspect)
    }
  })
})

const show = (fact: unknown): string =>
  Array.isArray(fact) && fact.length > 0 && typeof fact[0] === 'string' && fact[0].includes('=')
    ? `\n    ${fact.join('\n    ')}`
    : JSON.stringify(fact)

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
