/**
 * Walking through a database: KEYS at once, SCAN in steps, RANDOMKEY by chance.
 *
 * The dictionary keeps its entries in dense order, and SCAN walks through them downwards: its cursor is
 * the number of places still to visit. What a deletion moves never leaves the part that was not
 * visited, so a key that is there throughout is never missed (structs/dict.ts). A cursor beyond the end
 * is the end.
 */
import { command } from '../core/command.ts'
import { notAnInteger, noValuesOutsideHscan, syntaxError } from '../core/errors.ts'
import { NO_EXPIRY } from '../keyspace/database.ts'
import { typeName } from '../types/value.ts'
import { cursorOf, matches } from './cursor.ts'

export const KEYS = command('keys', {
  group: 'generic',
  since: '1.0.0',
  summary: 'List all keys whose names match a pattern.',
  complexity: 'O(N) in the number of keys in the database.',
  syntax: 'pattern',
  arity: 2,
  flags: ['readonly'],
  categories: ['keyspace', 'dangerous'],
  tips: ['request_policy:all_shards', 'nondeterministic_output_order'],
  reply: 'string[]',
  run(c, args) {
    const pattern = args.next()
    const { db, now, engine } = c
    const keys: string[] = []
    for (let i = 0; i < db.size; i++) {
      const deadline = db.deadlineAt(i)
      // What is past its deadline is not removed here: that would move entries under the walk.
      if (deadline !== NO_EXPIRY && deadline <= now && !engine.showsExpired) continue
      const key = db.keyAt(i)
      if (matches(pattern, key)) keys.push(key)
    }
    return keys
  },
})

export const SCAN = command('scan', {
  group: 'generic',
  since: '2.8.0',
  summary: 'Walk through the keys of a database, some at each call.',
  complexity: 'O(1) a call; a whole walk is O(N) in the number of keys.',
  syntax: 'cursor:integer [MATCH pattern] [COUNT count:integer] [TYPE type]@6.0.0',
  arity: -2,
  flags: ['readonly'],
  categories: ['keyspace'],
  tips: ['nondeterministic_output', 'request_policy:special', 'response_policy:special'],
  history: [['6.0.0', 'The option `TYPE`.']],
  anyKeys: true,
  reply: '[cursor: string, keys: string[]]',
  run(c, args) {
    const cursor = cursorOf(args.next())
    let pattern = '*'
    let count = 10
    let type = ''
    let typed = false
    while (args.more) {
      if (args.take('NOVALUES')) throw noValuesOutsideHscan
      // An option without its value is a syntax error before anything is said about other values.
      if (args.left < 2) throw syntaxError
      if (args.take('MATCH')) pattern = args.next()
      else if (args.take('COUNT')) {
        const n = args.integer(notAnInteger)
        if (n < 1) throw syntaxError
        count = Number(n)
      } else if (args.take('TYPE')) {
        // One that there is not is no error: nothing is of that type.
        type = args.next().toLowerCase()
        typed = true
      } else throw syntaxError
    }

    const { db, now } = c
    const from = db.entries.resume(cursor)
    const to = Math.max(0, from - count)
    const found: string[] = []
    const expired: string[] = []
    for (let i = from - 1; i >= to; i--) {
      const key = db.keyAt(i)
      if (!matches(pattern, key)) continue
      if (!typed || typeName(db.valueAt(i)) === type) found.push(key)
      else if (db.deadlineAt(i) <= now && db.deadlineAt(i) !== NO_EXPIRY) expired.push(key)
    }
    const next = db.entries.pause(to)
    // Expired keys are removed only now, because that moves entries; also those of another type.
    for (const key of expired) c.exists(key)
    return [String(next), db.volatile === 0 ? found : found.filter((key) => c.exists(key))]
  },
})

/** So many expired keys in a row, and chance is given up. */
const DRAWS = 100

export const RANDOMKEY = command('randomkey', {
  group: 'generic',
  since: '1.0.0',
  summary: 'Name a key, drawn at random.',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  flags: ['readonly'],
  categories: ['keyspace'],
  tips: ['request_policy:all_shards', 'response_policy:special', 'nondeterministic_output'],
  anyKeys: true,
  reply: 'string | null',
  run(c) {
    const { db } = c
    for (let draws = 0; draws < DRAWS && db.size > 0; draws++) {
      const key = db.keyAt(c.random(db.size))
      if (c.exists(key)) return key
    }
    // Expired keys are still there: CLIENT PAUSE holds them, or the draw was unlucky all the time. As
    // long as it does, one of them will do where there is no other.
    for (let i = 0; i < db.size; i++) {
      const deadline = db.deadlineAt(i)
      if (deadline === NO_EXPIRY || deadline > c.now) return db.keyAt(i)
    }
    return db.size === 0 || !c.engine.pause.active ? null : db.keyAt(c.random(db.size))
  },
})
