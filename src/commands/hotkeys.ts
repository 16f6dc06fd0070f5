/**
 * HOTKEYS: which keys are used most. `engine/hot-keys.ts` counts.
 * https://redis.io/docs/latest/commands/hotkeys/
 */
import type { Args } from '../core/args.ts'
import { command, type Definition } from '../core/command.ts'
import { CommandError, syntaxError } from '../core/errors.ts'
import { MapReply, OK, type Reply } from '../core/reply.ts'
import { helpOf } from './help.ts'

const SHARED = {
  group: 'server',
  since: '8.6.0',
  flags: ['admin', 'noscript'],
} satisfies Partial<Definition>

const fail = (message: string): CommandError => new CommandError(message)

const noMetrics = fail('METRICS parameter is required')
const badCount = fail('METRICS count must be > 0 and <= 2')
const otherCount = fail('METRICS count does not match number of metric types provided')
const cpuTwice = fail('METRICS CPU defined more than once!')
const netTwice = fail('METRICS NET defined more than once!')
const noValidMetrics = fail('METRICS no valid metrics passed. Supported: CPU|NET')
const badK = fail('COUNT must be between 1 and 64')
const badDuration = fail('DURATION must be between 1 and 1000000')
const badSample = fail('SAMPLE ratio must be positive')
const noSlots = fail('SLOTS parameter cannot be used in non-cluster mode')
const alreadyRuns = fail('hotkey tracking session already in progress')
const stillRuns = fail('hotkey tracking session in progress, stop tracking first')

/** Names beyond CPU and NET are let through, for they may mean something to later versions. */
function readMetrics(args: Args): { cpu: boolean; net: boolean } {
  if (args.left < 2 || args.keyword() !== 'METRICS') throw noMetrics
  const count = args.int(badCount)
  if (count < 1 || count > 2) throw badCount
  if (args.left < count) throw otherCount
  const metrics = { cpu: false, net: false }
  for (let i = 0; i < count; i++) {
    const name = args.keyword()
    if (name === 'CPU') {
      if (metrics.cpu) throw cpuTwice
      metrics.cpu = true
    } else if (name === 'NET') {
      if (metrics.net) throw netTwice
      metrics.net = true
    }
  }
  if (!metrics.cpu && !metrics.net) throw noValidMetrics
  return metrics
}

/** An integer within bounds; no other text. */
function within(args: Args, least: number, most: number, error: CommandError): number {
  if (!args.more) throw syntaxError
  const n = args.int(error)
  if (n < least || n > most) throw error
  return n
}

const START = command('start', {
  ...SHARED,
  summary: 'Begin to count how much each key is used.',
  complexity: 'O(1)',
  syntax:
    'METRICS {metrics: count:integer [CPU] [NET]} [COUNT k:integer] [DURATION seconds:integer] ' +
    '[SAMPLE ratio:integer] [SLOTS {slots: count:integer slot:integer...}]',
  arity: -2,
  tips: ['request_policy:special'],
  reply: "'OK'",
  run(c, args) {
    const { hotKeys } = c.engine
    if (hotKeys.check()) throw alreadyRuns
    const options = { ...readMetrics(args), count: 10, duration: 0, sample: 1 }
    while (args.more) {
      const option = args.keyword()
      if (option === 'COUNT') options.count = within(args, 1, 64, badK)
      else if (option === 'DURATION') options.duration = within(args, 1, 1_000_000, badDuration)
      else if (option === 'SAMPLE') options.sample = within(args, 1, 0x7fffffff, badSample)
      else if (option === 'SLOTS' && args.more) throw noSlots
      else throw syntaxError
    }
    hotKeys.start(options)
    return OK
  },
})

const STOP = command('stop', {
  ...SHARED,
  summary: 'Stop to count; what was found stays.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  tips: ['request_policy:special'],
  reply: "'OK' | null",
  run: (c) => (c.engine.hotKeys.stop() ? OK : null),
})

const RESET = command('reset', {
  ...SHARED,
  summary: 'Forget what was found.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  tips: ['request_policy:special'],
  reply: "'OK'",
  run(c) {
    const { hotKeys } = c.engine
    if (hotKeys.check()) throw stillRuns
    hotKeys.session = null
    return OK
  },
})

const GET = command('get', {
  ...SHARED,
  summary: 'The keys that are used most, with what they take.',
  complexity: 'O(K) where K is the number of keys returned',
  syntax: '',
  arity: 2,
  tips: ['nondeterministic_output', 'request_policy:special', 'response_policy:special'],
  reply: '[Record<string, unknown>] | null',
  run(c) {
    const { hotKeys } = c.engine
    const active = hotKeys.check()
    const { session } = hotKeys
    if (session === null) return null
    const { options, startedAt } = session
    const until = active ? c.engine.platform.now() : session.endsAt
    const items: Reply[] = ['tracking-active', active ? 1 : 0, 'sample-ratio', options.sample]
    items.push('selected-slots', [[0, 16383]])
    items.push('all-commands-all-slots-us', Math.round(session.micros))
    items.push('net-bytes-all-commands-all-slots', session.bytes)
    items.push('collection-start-time-unix-ms', startedAt)
    items.push('collection-duration-ms', until - startedAt)
    if (options.cpu) {
      const { user, system } = hotKeys.processorTime(session)
      items.push('total-cpu-time-user-ms', Math.round(user * 1000))
      items.push('total-cpu-time-sys-ms', Math.round(system * 1000))
    }
    if (options.net) items.push('total-net-bytes', session.keyBytes)
    if (options.cpu) items.push('by-cpu-time-us', session.byCpu.top(options.count).flat())
    if (options.net) items.push('by-net-bytes', session.byNet.top(options.count).flat())
    return [new MapReply(items)]
  },
})

const HELP = command('help', {
  ...SHARED,
  since: '8.6.1',
  summary: 'What HOTKEYS can do.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['loading', 'stale'],
  reply: 'string[]',
  run: () =>
    helpOf('HOTKEYS', [
      [
        'START METRICS <count> [CPU] [NET] [COUNT <k>] [DURATION <seconds>] [SAMPLE <ratio>]',
        'Begin to count how much each key is used:\nCPU: the time of the commands; NET: the bytes of requests and replies.\nShow k keys (10), end by itself (no), count one use in so many (1).',
      ],
      ['STOP', 'Stop to count. GET still tells what was found.'],
      ['GET', 'What was found.'],
      ['RESET', 'Forget what was found, once it is stopped.'],
    ]),
})

export const HOTKEYS = command('hotkeys', {
  group: 'server',
  since: '8.6.0',
  summary: 'Which keys are used most.',
  complexity: 'Depends on the subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [GET, HELP, RESET, START, STOP],
  reply: 'unknown',
})
