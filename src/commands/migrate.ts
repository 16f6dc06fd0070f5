/**
 * MIGRATE: keys that move to another server, or are copied there.
 *
 * Redis stands still until the other server has answered. Here only writes wait, so that nothing
 * changes that has been sent: the keys are then removed here, or still as they were.
 * https://redis.io/docs/latest/commands/migrate/
 */
import type { Args } from '../core/args.ts'
import { command, key, keysAfter } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  CommandError,
  migrateKeyNotEmpty,
  noAnswer,
  noConnections,
  notAnInteger,
  syntaxError,
  targetError,
} from '../core/errors.ts'
import { OK, type Reply, Status } from '../core/reply.ts'
import { NO_EXPIRY } from '../keyspace/database.ts'
import { NotRepresentable } from '../rdb/errors.ts'
import { LEAST_VERSION, RDB_VERSION } from '../rdb/format.ts'
import { dumpValue } from '../rdb/payload.ts'
import type { Value } from '../types/value.ts'
import { fromBytes } from '../util/bytes.ts'
import { type Integer, parseInteger } from '../util/integer.ts'

const DEFAULT_TIMEOUT = 1000
const NOKEY = new Status('NOKEY')

interface Plan {
  copy: boolean
  replace: boolean
  /** The request that lets us in there, if one is needed. */
  auth: readonly (readonly string[])[]
  keys: readonly string[]
  database: number
  /** Milliseconds. */
  timeout: number
}

export const MIGRATE = command('migrate', {
  group: 'generic',
  since: '2.6.0',
  summary: 'Move keys to another server.',
  complexity: 'O(N) in the size of the values: they are serialized here, sent, and restored there.',
  syntax:
    'host port:integer {key-selector: key | empty-string=""} destination-db:integer timeout:integer ' +
    '[COPY@3.0.0] [REPLACE@3.0.0] ' +
    '[authentication: AUTH@4.0.7 auth | AUTH2@6.0.0 {auth2: username password}] ' +
    '[KEYS@3.0.6 keys:key...]',
  arity: -6,
  flags: ['write'],
  categories: ['keyspace', 'dangerous'],
  keys: [
    key(3, 'RW', 'access', 'delete'),
    keysAfter('KEYS', -2, -1, 1, 'RW', 'access', 'delete', 'incomplete'),
  ],
  findKeys: keysOfMigrate,
  secrets: secretsOf,
  tips: ['nondeterministic_output'],
  history: [
    ['3.0.0', 'The options `COPY` and `REPLACE`.'],
    ['3.0.6', 'The option `KEYS`.'],
    ['4.0.7', 'The option `AUTH`.'],
    ['6.0.0', 'The option `AUTH2`.'],
  ],
  propagates: 'rewritten',
  reply: "'OK' | 'NOKEY'",

  // MIGRATE host port key | "" destination-db timeout [COPY] [REPLACE] [AUTH …] [KEYS key …]
  run(c, args) {
    const [host, port] = [args.next(), args.next()]
    const plan = parse(args)
    const { database, timeout } = plan
    const keys = plan.keys.filter((key) => c.exists(key))
    if (keys.length === 0) return NOKEY
    const requests = [...plan.auth, ['SELECT', String(database)]]
    const extra = requests.length
    for (const key of keys) requests.push(restoreOf(c, key, plan.replace))
    const { engine, client } = c
    const ask = engine.platform.ask?.bind(engine.platform)
    if (ask === undefined) throw noConnections
    return c.later((done) => {
      const release = engine.pause.hold()
      ask({ host, port: Number(port), timeout }, requests, (answer) => {
        release()
        if (typeof answer === 'string') return done(noAnswer(answer))
        const refused = answer.find((reply) => reply instanceof CommandError)
        const moved = accepted(answer, extra).map((at) => keys[at] as string)
        if (!plan.copy && moved.length > 0) engine.remove(client, moved)
        done(refused === undefined ? OK : targetError(String(refused)))
      })
    })
  },
})

/** Which keys the other server has taken: none unless it let us in. */
function accepted(answer: readonly Reply[], extra: number): number[] {
  if (answer.slice(0, extra).some((reply) => reply instanceof CommandError)) return []
  return answer.slice(extra).flatMap((reply, at) => (reply instanceof CommandError ? [] : [at]))
}

function restoreOf(c: Context, key: string, replace: boolean): string[] {
  const index = c.at(key)
  const deadline = c.db.deadlineAt(index)
  const payload = payloadOf(c, c.db.valueAt(index))
  // Zero says for ever: what has less than a millisecond left has one.
  const ttl = deadline === NO_EXPIRY ? 0 : Math.max(1, deadline - c.now)
  const words = ['RESTORE', key, String(ttl), fromBytes(payload)]
  return replace ? [...words, 'REPLACE'] : words
}

/** In the oldest version that can hold the value, so that the other server need not be as new. */
function payloadOf(c: Context, value: Value): Uint8Array {
  const { config } = c.engine
  for (let version = LEAST_VERSION; ; version++) {
    try {
      return dumpValue(value, {
        version,
        compress: config.yes('rdbcompression'),
        listLimit: config.int('list-max-listpack-size'),
      })
    } catch (error) {
      if (!(error instanceof NotRepresentable) || version === RDB_VERSION) throw error
    }
  }
}

function parse(args: Args): Plan {
  const first = args.next()
  const [databaseText, timeoutText] = [args.next(), args.next()]
  const plan: Plan = {
    copy: false,
    replace: false,
    auth: [],
    keys: [first],
    database: 0,
    timeout: 0,
  }
  while (args.more) {
    if (args.take('COPY')) plan.copy = true
    else if (args.take('REPLACE')) plan.replace = true
    else if (args.take('AUTH')) plan.auth = [['AUTH', args.next()]]
    else if (args.take('AUTH2')) plan.auth = [['AUTH', args.next(), args.next()]]
    else if (args.take('KEYS')) {
      if (first !== '') throw migrateKeyNotEmpty
      plan.keys = args.rest()
    } else throw syntaxError
  }
  plan.timeout = Number(integer(timeoutText))
  plan.database = Number(integer(databaseText))
  if (plan.timeout <= 0) plan.timeout = DEFAULT_TIMEOUT
  return plan
}

function integer(text: string): Integer {
  const n = parseInteger(text)
  if (n === undefined) throw notAnInteger
  return n
}

/** The one key, or those behind KEYS if it is empty. */
function keysOfMigrate(argv: readonly string[]): number[] {
  if (argv[3] !== '') return [3]
  for (let at = 6; at < argv.length; at++) {
    const option = (argv[at] as string).toUpperCase()
    if (option === 'KEYS') return argv.slice(at + 1).map((_, i) => at + 1 + i)
    at += secretsBehind(option)
  }
  return [3]
}

function secretsOf(argv: readonly string[]): number[] {
  return argv.flatMap((word, i) => {
    if (i < 6) return []
    return [i + 1, i + 2].slice(0, secretsBehind(word.toUpperCase()))
  })
}

/** How many words belong to this option. */
const secretsBehind = (option: string): number =>
  option === 'AUTH' ? 1 : option === 'AUTH2' ? 2 : 0
