/**
 * LATENCY: what took long, and how long calls take. `engine/latency.ts` keeps the spikes.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency-monitor/
 */
import { command, type Definition } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { CommandError } from '../core/errors.ts'
import { MapReply, type Reply, Verbatim } from '../core/reply.ts'
import type { Spikes } from '../engine/latency.ts'
import type { CommandCounts } from '../engine/stats.ts'
import { sparkline } from '../util/sparkline.ts'
import { helpOf } from './help.ts'

const SHARED = {
  group: 'server',
  since: '2.8.13',
  flags: ['admin', 'noscript', 'loading', 'stale'],
} satisfies Partial<Definition>
const TIPS = ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special']

const LATEST = command('latest', {
  ...SHARED,
  summary: 'The last spike of each event.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  tips: TIPS,
  reply: 'unknown[]',
  run: (c) =>
    Array.from(c.engine.latency.spikes, ([event, { samples, max }]) => {
      const last = samples.at(-1)
      return [event, last?.at ?? 0, last?.ms ?? 0, max]
    }),
})

const HISTORY = command('history', {
  ...SHARED,
  summary: 'The spikes of an event, with their times.',
  complexity: 'O(1)',
  syntax: 'event',
  arity: 3,
  tips: TIPS,
  reply: '[time: number, ms: number][]',
  run(c, args) {
    const { samples } = c.engine.latency.spikes.get(args.next()) ?? { samples: [] }
    return samples.map(({ at, ms }) => [at, ms])
  },
})

const RESET = command('reset', {
  ...SHARED,
  summary: 'Forget the spikes of all events or of these.',
  complexity: 'O(1)',
  syntax: '[event...]',
  arity: -2,
  tips: ['request_policy:all_nodes', 'response_policy:agg_sum'],
  reply: 'number',
  run(c, args) {
    const { spikes } = c.engine.latency
    const events = args.more ? args.rest() : [...spikes.keys()]
    return events.filter((event) => spikes.delete(event)).length
  },
})

const GRAPH = command('graph', {
  ...SHARED,
  summary: 'A picture of the spikes of an event.',
  complexity: 'O(1)',
  syntax: 'event',
  arity: 3,
  tips: TIPS,
  reply: 'string',
  run(c, args) {
    const event = args.next()
    const spikes = c.engine.latency.spikes.get(event)
    if (spikes === undefined) throw new CommandError(`No samples available for event '${event}'`)
    const values = spikes.samples.map(({ ms }) => ms)
    const head =
      `${event} - high ${Math.max(...values)} ms, low ${Math.min(...values)} ms ` +
      `(all time high ${spikes.max} ms)\n${'-'.repeat(80)}\n`
    const now = Math.floor(c.now / 1000)
    return new Verbatim(
      head + sparkline(spikes.samples.map(({ at, ms }) => ({ value: ms, label: age(now - at) }))),
    )
  },
})

function age(seconds: number): string {
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`
  return `${Math.floor(seconds / 86400)}d`
}

const DOCTOR = command('doctor', {
  ...SHARED,
  summary: 'What the spikes mean, in words.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  tips: TIPS,
  reply: 'string',
  run: (c) => new Verbatim(report(c)),
})

function report(c: Context): string {
  const { spikes, threshold } = c.engine.latency
  if (threshold === 0) {
    return (
      "I'm sorry, I cannot tell: nothing is watched. " +
      'CONFIG SET latency-monitor-threshold <milliseconds> says from when on a delay counts.\n'
    )
  }
  if (spikes.size === 0) {
    return `Nothing has taken ${threshold} ms or longer so far. All is well.\n`
  }
  const lines = ['These took longer than they should:', '']
  let number = 1
  for (const [event, entry] of spikes) lines.push(`${number++}. ${event}: ${describe(entry)}`)
  lines.push('', 'What may help:', '')
  for (const advice of adviceFor(c)) lines.push(`- ${advice}`)
  return `${lines.join('\n')}\n`
}

function describe({ samples, max }: Spikes): string {
  const sum = samples.reduce((total, { ms }) => total + ms, 0)
  const mean = sum / samples.length
  const deviation = samples.reduce((total, { ms }) => total + Math.abs(ms - mean), 0)
  return (
    `${samples.length} spikes, ${Math.round(mean)} ms on average, ` +
    `mean deviation ${Math.round(deviation / samples.length)} ms, worst of all time ${max} ms.`
  )
}

function* adviceFor(c: Context): Iterable<string> {
  const { spikes, threshold } = c.engine.latency
  const slowerThan = c.engine.config.int('slowlog-log-slower-than')
  if (slowerThan < 0) {
    yield 'The slow log is off. CONFIG SET slowlog-log-slower-than 1000 names the commands.'
  } else if (slowerThan > threshold * 1000) {
    yield `The slow log begins later than this does. CONFIG SET slowlog-log-slower-than ${threshold * 1000} names the commands.`
  } else yield 'SLOWLOG GET names the commands.'
  if (spikes.has('fast-command')) {
    yield 'Commands that do little were slow as well: something else holds the thread (a large collection of garbage, other work of the page or the process).'
  }
  if (spikes.has('expire-cycle')) {
    yield 'Many keys expire at the same time: spread their deadlines.'
  }
  yield 'A large value is removed in one piece: keep several smaller ones.'
}

const HISTOGRAM = command('histogram', {
  ...SHARED,
  since: '7.0.0',
  summary: 'How long the calls of commands took, in buckets that double.',
  complexity: 'O(N) where N is the number of commands',
  syntax: '[command...]',
  arity: -2,
  tips: TIPS,
  reply: 'Record<string, unknown>',
  run(c, args) {
    const all = c.engine.stats.each()
    const names = args.rest()
    const chosen = names.length === 0 ? all : names.flatMap((name) => named(c, all, name))
    return new MapReply(
      chosen.flatMap((counts) => {
        const histogram = counts.histogram()
        if (histogram === null) return []
        const buckets: Reply[] = []
        for (const [bucket, count] of histogram.cumulative()) {
          buckets.push(boundOf(bucket), count)
        }
        const entry = ['calls', counts.calls, 'histogram_usec', new MapReply(buckets)]
        return [counts.command.fullName, new MapReply(entry)]
      }),
    )
  },
})

/** The counts of a command, of a container those of its subcommands. */
function named(c: Context, all: readonly CommandCounts[], name: string): CommandCounts[] {
  const wanted = c.engine.dispatcher.resolve(name.split('|'))
  if (wanted === undefined) return []
  const commands = [wanted, ...(wanted.subcommands?.values() ?? [])]
  return all.filter(({ command }) => commands.includes(command))
}

/**
 * The upper end of a bucket in microseconds, as Redis prints it: powers of two of nanoseconds, each
 * as far as the next value that its histogram can tell apart.
 */
const boundOf = (bucket: number): number =>
  Math.min(Math.floor((1024 * 2 ** bucket * (1 + 1 / 128)) / 1000), 1_073_741)

const HELP = command('help', {
  ...SHARED,
  summary: 'What the subcommands of LATENCY do.',
  complexity: 'O(1)',
  syntax: '',
  arity: 2,
  flags: ['loading', 'stale'],
  reply: 'string[]',
  run: () =>
    helpOf('LATENCY', [
      ['DOCTOR', 'Say what the spikes mean.'],
      ['GRAPH <event>', 'Draw the spikes of an event.'],
      ['HISTORY <event>', 'Show the spikes of an event with their times.'],
      ['LATEST', 'Show the last spike of each event.'],
      ['RESET [<event> ...]', 'Forget the spikes of all events or of these.'],
      ['HISTOGRAM [COMMAND ...]', 'Show how long the calls of all commands or of these took.'],
    ]),
})

export const LATENCY = command('latency', {
  group: 'server',
  since: '2.8.13',
  summary: 'What took long.',
  complexity: 'Depends on the subcommand.',
  syntax: '',
  arity: -2,
  flags: [],
  subcommands: [DOCTOR, GRAPH, HELP, HISTOGRAM, HISTORY, LATEST, RESET],
  reply: 'unknown',
})
