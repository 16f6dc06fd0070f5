/**
 * SLOWLOG and MONITOR: looking at requests. `engine/latency.ts` keeps what was slow.
 * https://redis.io/docs/latest/commands/slowlog-get/
 */
import { command, type Definition } from '../core/command.ts'
import { CommandError, subcommandSyntax } from '../core/errors.ts'
import { NO_REPLY, OK } from '../core/reply.ts'
import { helpOf } from './help.ts'

const SHARED = {
  group: 'server',
  since: '2.2.12',
  flags: ['admin', 'loading', 'stale'],
} satisfies Partial<Definition>

const countTooLow = new CommandError('count should be greater than or equal to -1')
const monitorMayWait = new CommandError("MONITOR isn't allowed for DENY BLOCKING client")

const GET = command('get', {
  ...SHARED,
  summary: 'The requests that were slow, the newest first.',
  complexity: 'O(N) where N is the number of entries returned',
  syntax: '[count:integer]',
  arity: -2,
  tips: ['request_policy:all_nodes', 'nondeterministic_output'],
  history: [['4.0.0', 'Address and name of the client.']],
  reply: 'unknown[]',
  run(c, args) {
    let count = 10
    if (args.more) {
      if (args.left > 1) throw subcommandSyntax('slowlog', args.argv[1] as string)
      count = args.int(countTooLow)
      if (count < -1) throw countTooLow
    }
    const { slow } = c.engine.latency
    return slow
      .slice(0, count < 0 ? slow.length : count)
      .map(({ id, at, micros, argv, address, name }) => [id, at, micros, [...argv], address, name])
  },
})

const LEN = command('len', {
  ...SHARED,
  summary: 'How many requests the slow log holds.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  tips: ['request_policy:all_nodes', 'response_policy:agg_sum', 'nondeterministic_output'],
  reply: 'number',
  run: (c) => c.engine.latency.slow.length,
})

const RESET = command('reset', {
  ...SHARED,
  summary: 'Forget the slow log.',
  complexity: 'O(N) where N is the number of entries',
  syntax: '',
  arity: 2,
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  reply: "'OK'",
  run(c) {
    c.engine.latency.slow = []
    return OK
  },
})

const HELP = command('help', {
  ...SHARED,
  since: '6.2.0',
  summary: 'What the subcommands of SLOWLOG do.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['loading', 'stale'],
  reply: 'string[]',
  run: () =>
    helpOf('SLOWLOG', [
      [
        'GET [<count>]',
        'Show the newest entries (10 of them; -1 for all). An entry is: number, time,\n' +
          'microseconds, words of the request, address and name of the client.',
      ],
      ['LEN', 'Count the entries.'],
      ['RESET', 'Forget them.'],
    ]),
})

export const SLOWLOG = command('slowlog', {
  group: 'server',
  since: '2.2.12',
  summary: 'Requests that were slow.',
  complexity: 'Depends on the subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [GET, HELP, LEN, RESET],
  reply: 'unknown',
})

export const MONITOR = command('monitor', {
  group: 'server',
  since: '1.0.0',
  summary: 'Be shown every request as it is run.',
  complexity: 'O(1)',
  syntax: '',
  arity: 1,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  reply: "'OK'",
  run(c) {
    if (c.denyBlocking) throw monitorMayWait
    if (c.client.monitoring) return NO_REPLY
    c.engine.monitors.add(c.client)
    return OK
  },
})
