/**
 * Transactions: MULTI queues, EXEC runs what was queued as one unit, WATCH makes it depend on keys
 * that nobody changes meanwhile. `engine/multi.ts` does the work.
 */
import { command, keys } from '../core/command.ts'
import { CommandError } from '../core/errors.ts'
import { OK } from '../core/reply.ts'

const nested = new CommandError('MULTI calls can not be nested')
const execWithoutMulti = new CommandError('EXEC without MULTI')
const discardWithoutMulti = new CommandError('DISCARD without MULTI')
const watchInMulti = new CommandError('WATCH inside MULTI is not allowed')

const quick = {
  group: 'transactions',
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  categories: ['transaction'],
  reply: "'OK'",
} as const

export const MULTI = command('multi', {
  ...quick,
  since: '1.2.0',
  summary: 'Queue the commands that follow, up to EXEC or DISCARD.',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  run(c) {
    if (c.client.transaction !== null) throw nested
    c.engine.transactions.begin(c.client)
    return OK
  },
})

export const EXEC = command('exec', {
  group: 'transactions',
  since: '1.2.0',
  summary: 'Run all queued commands, with nothing in between.',
  complexity: 'That of the queued commands.',
  syntax: '',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
  categories: ['transaction'],
  reply: 'unknown[] | null',
  run(c) {
    if (c.client.transaction === null) {
      if (c.engine.transactions.paused !== null) return c.engine.transactions.resume(c.client)
      throw execWithoutMulti
    }
    return c.engine.transactions.exec(c.client)
  },
})

export const DISCARD = command('discard', {
  ...quick,
  since: '2.0.0',
  summary: 'Forget all queued commands, and the watched keys.',
  complexity: 'O(N) in the number of queued commands.',
  syntax: '',
  arity: 1,
  run(c) {
    if (c.client.transaction === null) throw discardWithoutMulti
    c.engine.transactions.discard(c.client)
    return OK
  },
})

export const WATCH = command('watch', {
  ...quick,
  since: '2.2.0',
  summary: 'Let the next EXEC run only if nobody changes these keys until then.',
  complexity: 'O(1) for each key.',
  syntax: 'key...',
  arity: -2,
  keys: keys(1, -1, 1, 'RO'),
  run(c, args) {
    const { client, engine } = c
    if (client.transaction !== null) throw watchInMulti
    // The transaction has failed already: there is nothing more to watch for.
    if (client.watchBroken) return OK
    while (args.more) {
      const key = args.next()
      const expired = engine.transactions.isExpired(client.dbIndex, key)
      engine.watchers.watch(client, client.dbIndex, key, expired)
    }
    return OK
  },
})

export const UNWATCH = command('unwatch', {
  ...quick,
  since: '2.2.0',
  summary: 'Forget all watched keys.',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  run(c) {
    c.engine.watchers.unwatch(c.client)
    return OK
  },
})
