/**
 * HIMPORT: many hashes with the same fields, whose names are sent once.
 *
 * PREPARE gives a list of fields a name, which belongs to the connection; SET sends values alone. To
 * Redis this is a hint that the hashes may share their names (`types/hash.ts` says what of that can be
 * seen here).
 */
import { command, key } from '../core/command.ts'
import { fieldsetMismatch, fieldsetTwice, noFieldset } from '../core/errors.ts'
import { OK } from '../core/reply.ts'
import { Hash } from '../types/hash.ts'
import { HASH } from '../types/value.ts'
import { flatten } from '../util/bytes.ts'

const importing = {
  group: 'hash',
  since: '8.10.0',
  categories: ['hash'],
} as const

const connection = { ...importing, tips: ['request_policy:all_shards'] } as const

const prepare = command('prepare', {
  ...connection,
  summary: 'Name a list of fields, for this connection.',
  complexity: 'O(N*log(N)), N being the number of fields',
  syntax: 'fieldset-name field...',
  arity: -4,
  flags: ['denyoom'],
  reply: "'OK'",
  run(c, args) {
    const name = args.next()
    const fields = args.rest().map(flatten)
    if (new Set(fields).size < fields.length) throw fieldsetTwice
    c.client.fieldsets ??= new Map()
    c.client.fieldsets.set(name, fields)
    return OK
  },
})

const set = command('set', {
  ...importing,
  summary:
    'Store a hash, whatever its key held before, of a named list of fields and these values.',
  complexity: 'O(N), N being the number of fields',
  syntax: 'key fieldset-name value...',
  arity: -5,
  flags: ['write', 'denyoom'],
  keys: key(2, 'OW', 'update'),
  propagates: 'rewritten',
  reply: "'OK'",
  run(c, args) {
    const key = args.next()
    const old = c.place(key, HASH) >= 0
    const fields = c.client.fieldsets?.get(args.next())
    if (fields === undefined) throw noFieldset
    if (args.left !== fields.length) throw fieldsetMismatch
    const hash = new Hash(c.db.seed)
    for (const field of fields) hash.insert(field, args.next())
    hash.makeCompact(c.db.hashLimits)
    c.put(key, hash)
    const told = c.fieldsToTell()
    if (told !== null) for (let i = 0; i < hash.size; i++) told.push(hash.keyAt(i))
    c.changedFields('hset', key, told)
    // Nobody else knows the list of fields.
    if (c.propagating) {
      if (old) c.propagateAs('DEL', key)
      const words = ['HSET', key]
      for (let i = 0; i < hash.size; i++) words.push(hash.keyAt(i), hash.valueAt(i))
      c.propagateAs(...words)
    }
    return OK
  },
})

const discard = command('discard', {
  ...connection,
  summary: 'Forget a named list of fields.',
  complexity: 'O(1)',
  syntax: 'fieldset-name',
  arity: 3,
  flags: [],
  reply: 'number',
  run: (c, args) => (c.client.fieldsets?.delete(args.next()) ? 1 : 0),
})

const discardAll = command('discardall', {
  ...connection,
  summary: 'Forget all named lists of fields of this connection.',
  complexity: 'O(N), N being the number of lists',
  syntax: '',
  arity: 2,
  flags: [],
  reply: 'number',
  run(c) {
    const count = c.client.fieldsets?.size ?? 0
    c.client.fieldsets = null
    return count
  },
})

export const HIMPORT = command('himport', {
  ...importing,
  summary: 'Store many hashes that have the same fields.',
  complexity: 'See the subcommands.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [discard, discardAll, prepare, set],
  reply: 'unknown',
})
