/**
 * Random scripts that mean the same on every server: calls of commands over a handful of keys, what
 * comes back turned over, and values of all kinds returned. Where PUC's hash would decide on an order,
 * the request says so (`loose`).
 */
import type { Random } from '../../src/util/random.ts'
import { chance, pick } from './pools.ts'

export interface ScriptRequest {
  readonly argv: readonly string[]
  /** The parts of the reply may come in any order. */
  readonly loose: boolean
}

const KEYS = ["'s'", "'n'", "'l'", "'h'", "'z'", "'set'", "'x'", "'none'", 'KEYS[1]', 'KEYS[2]']
// biome-ignore format: a pool
const WORDS = [
  "'a'", "'b'", "'10'", "'-3'", "'1.5'", "''", "'x y'", "'a\\0b'", "'\\r\\n'", "'abc'", "'\\255\\254'",
  'ARGV[1]', 'ARGV[2]', '1', '-7', '-0.5', '1e15', '2^53', '0/0', '1/0',
  'v', 'n', 't', 'nil', 'true', '{}', "text(v)", '#r', "r[1]", "('ab'):rep(20)",
]
// biome-ignore format: a pool
const NUMBERS = ['0', '1', '2', '-1', '5', '10', "'3'", 'n', '#r', '1.5', '-2', 'ARGV[3]', "'x'"]

/** Commands with K for a key, W for a word, N for a number. */
// biome-ignore format: a pool
const COMMANDS = [
  'SET K W', 'SET K W NX', 'SET K W GET', 'SET K W EX 9000', 'GET K', 'GETDEL K', 'GETSET K W', 'APPEND K W', 'STRLEN K',
  'GETRANGE K N N', 'SETRANGE K N W', 'INCR K', 'DECR K', 'INCRBY K N', 'INCRBYFLOAT K N', 'MGET K K K', 'MSET K W K W',
  'SETBIT K N N', 'BITCOUNT K', 'LPUSH K W W', 'RPUSH K W W', 'LPOP K', 'RPOP K N', 'LRANGE K N N', 'LLEN K', 'LINDEX K N',
  'LSET K N W', 'LREM K N W', 'LINSERT K BEFORE W W', 'LMOVE K K LEFT RIGHT', 'LPOS K W', 'HSET K W W',
  'HGET K W', 'HGETALL K', 'HDEL K W', 'HINCRBY K W N', 'HINCRBYFLOAT K W N', 'HMGET K W W', 'HLEN K', 'HEXISTS K W',
  'HSETNX K W W', 'HSTRLEN K W', 'SADD K W W', 'SREM K W', 'SISMEMBER K W', 'SMISMEMBER K W W', 'SCARD K', 'SMEMBERS K',
  'ZADD K N W', 'ZADD K NX CH N W', 'ZADD K INCR N W', 'ZSCORE K W', 'ZMSCORE K W W', 'ZINCRBY K N W', 'ZRANK K W',
  'ZRANGE K N N', 'ZRANGE K N N WITHSCORES', 'ZRANGEBYSCORE K N N', 'ZPOPMIN K', 'ZCARD K', 'ZCOUNT K N N', 'XADD K N-1 W W',
  'XLEN K', 'XRANGE K - +', 'XDEL K N-1', 'EXISTS K K', 'DEL K', 'UNLINK K K', 'TYPE K', 'EXPIRE K 9000', 'EXPIRE K -1', 'PERSIST K', 'RENAME K K',
  'COPY K K', 'SORT K', 'SORT K ALPHA', 'TOUCH K', 'PING', 'PING W', 'ECHO W', 'SELECT 0', 'DBSIZE', 'GEOADD K N N W',
  'PFADD K W', 'PFCOUNT K', 'LOLWUT2', 'GET', 'SET K', 'SUBSCRIBE W', 'MULTI', 'NOPE K', 'OBJECT FREQ K', 'PUBLISH W W',
  'ZADD K W W', 'HSET K W', 'LMPOP 1 K LEFT', 'ZDIFF 1 K', 'SINTERCARD 1 K', 'BITPOS K N', 'CLIENT ID2', 'COMMAND COUNT2',
]

/** What earlier versions than 7.2 do otherwise: numbers with all digits, and nobody blocks in scripts. */
const NEWER_WORDS = ['3.7', "'0x10'", '1e300', '0.1', '1e17', '-2^63', '-0']
const NEWER_COMMANDS = ['BLPOP K N', 'BLMOVE K K LEFT RIGHT N', 'XREAD BLOCK 1 STREAMS K N-1']

const PATTERNS = ["'a'", "'%d+'", "'(.)(.)'", "'^%s*(.-)%s*$'", "'[^%w]'", "'.'"]

/** `text` shows no addresses. */
const PRELUDE = `local r, v, n, t = {}, nil, 1, {1, 2}
local function text(x) return type(x) == 'table' and 'table' or tostring(x) end`

export class ScriptGenerator {
  private random!: Random
  private loose = false
  private readonly words: readonly string[]
  private readonly commands: readonly string[]

  /** `old`: for a server before 7.2. */
  constructor(old: boolean) {
    this.words = old ? WORDS : [...WORDS, ...NEWER_WORDS]
    this.commands = old ? COMMANDS : [...COMMANDS, ...NEWER_COMMANDS]
  }

  request(random: Random): ScriptRequest {
    this.random = random
    this.loose = false
    const lines = [PRELUDE]
    if (this.chance(0.1))
      lines[0] = `#!lua${this.pick(['', ' flags=no-writes', ' flags=allow-oom'])}\n${lines[0]}`
    if (this.chance(0.3)) lines.push(`redis.setresp(${this.chance(0.9) ? '3' : this.word()})`)
    for (let i = this.below(5) + 1; i > 0; i--) lines.push(this.statement())
    lines.push(`return ${this.result(2)}`)
    const command = this.chance(0.05) ? 'EVAL_RO' : 'EVAL'
    const keys = [this.pick(['s', 'l', 'h', 'z']), this.pick(['n', 'set', 'none'])]
    const args = [
      this.pick(['arg', '12', '']),
      this.pick(['\x00\xff', 'b']),
      this.pick(['4', '0', 'x']),
    ]
    const script = lines.join('\n')
    return { argv: [command, script, '2', ...keys, ...args], loose: this.loose }
  }

  private below = (n: number): number => this.random.below(n)
  private chance = (probability: number): boolean => chance(this.random, probability)
  private pick = <T>(list: readonly T[]): T => pick(this.random, list)
  private word = (): string => this.pick(this.words)

  /** A call; most find what they want. */
  private call(safe = this.chance(0.75)): string {
    const words = this.pick(this.commands).split(' ')
    const [name] = words
    const args = words.slice(1).map((word) => {
      switch (word) {
        case 'K':
          return this.chance(0.6) ? this.keyFor(name as string) : this.pick(KEYS)
        case 'W':
          return this.word()
        case 'N':
          return this.pick(NUMBERS)
        case 'N-1':
          return `${this.pick(NUMBERS)} .. '-1'`
        default:
          return `'${word}'`
      }
    })
    // Maps and sets of RESP3, and what PUC makes of a table with such fields, have no order.
    if (/^(HGETALL|SMEMBERS|ZDIFF|SPOP|XRANGE|SORT)$/.test(name as string)) this.loose = true
    return `redis.${safe ? 'pcall' : 'call'}('${name}'${args.map((arg) => `, ${arg}`).join('')})`
  }

  private keyFor(name: string): string {
    if (/^[LR]|^BL/.test(name)) return "'l'"
    if (/^H/.test(name)) return "'h'"
    if (/^Z/.test(name)) return "'z'"
    if (/^S(ADD|REM|IS|MI|CARD|MEM)/.test(name)) return "'set'"
    if (/^X/.test(name)) return "'x'"
    if (/^(IN|DE)CR/.test(name)) return "'n'"
    return "'s'"
  }

  private statement(): string {
    switch (this.below(12)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return `r[#r + 1] = ${this.call()}`
      case 4:
        return `v = ${this.call()}`
      case 5:
        return `v = ${this.call(true)} n = (type(v) ~= 'table' and tonumber(v) or n) + 0`
      case 6:
        return `local ok, e = pcall(redis.call, 'GET', ${this.pick(KEYS)}) r[#r + 1] = type(e) == 'table' and e.err or e`
      case 7:
        return `for i = 1, 3 do r[#r + 1] = ${this.call(true)} end`
      case 8:
        return `if ${this.call(true)} then v = ${this.value(1)} else v = ${this.value(1)} end`
      case 9:
        return `r[#r + 1] = ${this.value(1)}`
      case 10:
        return `t = ${this.value(1)}`
      default:
        return this.pick([
          `redis.setresp(${this.pick(['2', '3'])})`,
          `redis.log(redis.LOG_DEBUG, 'x')`,
          `redis.set_repl(redis.REPL_ALL)`,
          `r.err = nil`,
          `local a, b = string.find(text(v), ${this.pick(PATTERNS)}) r[#r + 1] = a or b`,
          `table.sort(r, function(a, b) return type(a) < type(b) end)`,
        ])
    }
  }

  /** A value of any kind. */
  private value(depth: number): string {
    const inner = () => (depth > 0 ? this.value(depth - 1) : this.word())
    switch (this.below(26)) {
      case 0:
        return `cjson.encode(${this.array(inner)})`
      case 1:
        return `cjson.decode(${this.pick(['\'[1,2.5,null,"a"]\'', '\'{"a":[1,{}]}\'', "'[1e300,-0,0.1]'", "'x'", '\'["\\\\u00e9\\\\ud83d\\\\ude00"]\''])})`
      case 2:
        return `cmsgpack.pack(${inner()}, ${inner()})`
      case 3:
        return `cmsgpack.unpack(cmsgpack.pack(${inner()}))`
      case 4:
        return `struct.pack(${this.pick(["'>I4'", "'<i2'", "'d'", "'s'", "'bB'"])}, ${this.pick(NUMBERS)}, ${this.pick(NUMBERS)})`
      case 5:
        return `bit.${this.pick(['band', 'bor', 'bxor', 'lshift', 'rshift', 'arshift', 'rol', 'ror'])}(${this.pick(NUMBERS)}, ${this.pick(NUMBERS)})`
      case 6:
        return `bit.${this.pick(['tohex', 'tobit', 'bnot', 'bswap'])}(${this.pick(NUMBERS)})`
      case 7:
        return `redis.sha1hex(${this.word()})`
      case 8:
        return `redis.error_reply(${this.pick(["'MY error'", "'-WITH dash'", "''", "'one'", 'v', "'a\\r\\nb'"])})`
      case 9:
        return `redis.status_reply(${this.pick(["'FINE'", "''", 'n', "'a\\r\\nb'"])})`
      case 10:
        return `{ err = ${this.pick(["'MY own'", "'x'", '5', 'true'])} }`
      case 11:
        return `{ ok = ${this.pick(["'fine'", '5', '{}', 'v'])} }`
      case 12:
        return `{ double = ${this.pick(['1.5', '0 * -n', '1/0', "'x'", 'n'])} }`
      case 13:
        return `{ map = { ${this.pick(['a', 'b'])} = ${inner()} } }`
      case 14:
        return `{ set = { ${this.pick(['a', 'b'])} = true } }`
      case 15:
        return `{ big_number = ${this.pick(["'123456789012345678901234567890'", "'x\\r\\ny'", '5'])} }`
      case 16:
        this.loose = true
        return `{ verbatim_string = { format = ${this.pick(["'txt'", "'mkd'", "'x'", '5'])}, string = ${this.word()} } }`
      case 17:
        return this.pick([
          'true',
          'false',
          'nil',
          'n',
          '3.75',
          '-3.75',
          '1e15',
          '-2^53',
          '0/0',
          '1/0',
        ])
      case 18:
        return `text(${inner()})`
      case 19:
        return `string.format('%s|%5.2f|%d|%q', text(${this.pick(['v', 'n'])}), n, n, text(n))`
      case 20:
        return `(text(v):gsub(${this.pick(PATTERNS)}, ${this.pick(["'-'", "'%0%0'", '{ a = 1 }', 'string.upper'])}))`
      case 21:
      case 22:
        return this.array(inner)
      default:
        return this.word()
    }
  }

  private array(inner: () => string): string {
    return `{ ${Array.from({ length: this.below(4) }, inner).join(', ')} }`
  }

  private result(depth: number): string {
    switch (this.below(8)) {
      case 0:
      case 1:
        return 'r'
      case 2:
        return 'v'
      case 3:
        return `{ r, v, ${this.value(depth)} }`
      case 4:
        return this.call(false)
      case 5:
        return `{ ${this.call(true)}, ${this.call(true)} }`
      case 6:
        return this.chance(0.4)
          ? `error(${this.pick(["'text'", "'WITH code'", "{ err = 'MY table' }", 'text(n)', 'redis.error_reply("MY reply")'])})`
          : this.value(depth)
      default:
        return this.value(depth)
    }
  }
}
