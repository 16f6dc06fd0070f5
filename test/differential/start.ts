/**
 * The random differential run: the same commands to our engine and to a real server, every reply
 * compared.
 *
 *     npm run test:random -- --commands 1000000 --seed 7 --oracle /path/to/redis-server
 *     npm run test:random -- --seed 7 --at 123        one segment again
 *     npm run test:random -- --all                    do not stop at the first difference
 *     npm run test:random -- --events                 compare events of each request in every segment
 *     npm run test:random -- --events --lapsing       the same while keys expire (needs a quiet machine)
 *     npm run test:random -- --coverage               what was tried, and what never
 *     npm run test:random -- --only '^z'              commands whose names match
 */
import { parseArgs } from 'node:util'
import { Random } from '../../src/util/random.ts'
import { show } from '../helpers/link.ts'

const { values } = parseArgs({
  options: {
    commands: { type: 'string', default: '50000' },
    seed: { type: 'string' },
    at: { type: 'string' },
    oracle: { type: 'string' },
    only: { type: 'string' },
    length: { type: 'string', default: '300' },
    all: { type: 'boolean', default: false },
    events: { type: 'boolean', default: false },
    lapsing: { type: 'boolean', default: false },
    coverage: { type: 'boolean', default: false },
  },
})
if (values.oracle !== undefined) process.env.RESPITE_ORACLE = values.oracle

// The oracle is looked up when its module is loaded.
const { startReal } = await import('../helpers/real.ts')
const { Coverage } = await import('./coverage.ts')
const { Duel, Gone } = await import('./duel.ts')
const { Grammar } = await import('./grammar.ts')
const { kindOf, shrink } = await import('./shrink.ts')
const { Workload } = await import('./workload.ts')
const { parse, parting, withoutLater } = await import('./replies.ts')
type Failure = import('./shrink.ts').Failure
type Step = import('./steps.ts').Step

const seed = Number(values.seed ?? Date.now() % 1_000_000)
const wanted = Number(values.commands)

/** A script in the format of `test/compat`. */
function script({ segment, difference }: Failure): string {
  const line = (step: Step): string => {
    if (step.kind === 'pass') return 'sleep 20'
    if (step.kind === 'check' && difference.argv[0] === '(events)') return '# check'
    if (step.kind === 'check') return difference.argv.map(quoted).join(' ')
    if (step.kind === 'carry') {
      return `# DUMP ${step.from} and RESTORE ${[step.to, ...step.options].join(' ')}, both ways`
    }
    if (step.kind === 'wait') {
      return [
        ...step.before.map((argv) => argv.map(quoted).join(' ')),
        ...step.waiters.map((argv, i) => `@${3 + i}~ ${argv.map(quoted).join(' ')}`),
        ...step.feeds.map((argv) => argv.map(quoted).join(' ')),
        ...step.waiters.map((_, i) => `@${3 + i}<`),
      ].join('\n')
    }
    const line = step.argv.map(quoted).join(' ')
    return step.link === 0 ? line : `@2 ${line}`
  }
  const small = segment.config.some(([, value]) => value === '4') ? ' (small thresholds)' : ''
  return [`== found by chance${small}`, ...segment.steps.map(line)].join('\n')
}

const quoted = (word: string): string =>
  /^[\w.*(:+[-]+$/.test(word)
    ? word
    : `"${word.replace(/[\\"]|[^ -~]/g, (c) => (c === '\\' || c === '"' ? `\\${c}` : `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`))}"`

let real = await startReal()
const there = new Set(
  (parse(await real.control.call(['COMMAND', 'LIST'])) as string[])
    .slice(1)
    .map((name) => name.slice(1).toLowerCase()),
)
const only = values.only === undefined ? undefined : new RegExp(values.only)
const workload = new Workload(seed, real.version, there, {
  only,
  length: Number(values.length),
  events: values.events,
  lapsing: values.lapsing,
})
const { events } = values
const coverage = new Coverage()
let duel = await Duel.open(real, coverage, { events })
let compared = 0
let commands = 0
const kinds = new Map<string, { count: number; text: string }>()
const started = Date.now()

console.log(
  `seed ${seed}, Redis ${real.version}, ${workload.commands.length} commands of its ${there.size}`,
)
let number = values.at === undefined ? 0 : Number(values.at)

/** Play a segment, and make what differs as short as it gets. */
async function examine(): Promise<void> {
  const segment = workload.segment(number)
  const difference = await duel.play(segment)
  if (difference === null) return
  const known = kinds.get(kindOf(difference))
  if (known !== undefined) {
    known.count++
    return
  }
  if (difference.theirs.equals(Buffer.from('-NO REPLY\r\n')))
    console.log('no reply to', difference.argv)
  const { commands, compared } = duel
  const found = await shrink(duel, { segment, difference })
  Object.assign(duel, { commands, compared })
  const text = [
    `replay: --seed ${seed} --at ${number} --length ${values.length} (step ${difference.index})`,
    script(found),
    `    Redis ${real.version}:`,
    show(found.difference.theirs),
    '    Respite:',
    show(found.difference.ours),
    `    they part at ${parting(
      withoutLater(parse(found.difference.ours), real.version),
      withoutLater(parse(found.difference.theirs), real.version),
    )}`,
  ].join('\n')
  kinds.set(kindOf(difference), { count: 1, text })
  console.log(`\n── ${kindOf(difference)}\n${text}`)
}

let crashes = 0
do {
  const began = Date.now()
  try {
    await examine()
  } catch (error) {
    if (!(error instanceof Gone)) throw error
    // It happens: a real server with a defect of its own. The rest is still worth while.
    console.log(`\n── the oracle went away: --seed ${seed} --at ${number}: ${error.message}`)
    crashes++
    compared += duel.compared
    commands += duel.commands
    duel.close()
    await real.stop()
    real = await startReal()
    duel = await Duel.open(real, coverage, { events })
  }
  if (Date.now() - began > 30_000) console.log(`\n── slow: --seed ${seed} --at ${number}`)
  number++
} while (
  values.at === undefined &&
  commands + duel.commands < wanted &&
  (values.all || kinds.size === 0)
)
compared += duel.compared
commands += duel.commands

const seconds = (Date.now() - started) / 1000
console.log(
  `\n${commands} commands, ${compared} replies compared in ${seconds.toFixed(1)} s, ${kinds.size} kinds of differences, ${crashes} crashes of the oracle, seed ${seed}`,
)
if (kinds.size > 1) {
  for (const [kind, { count }] of [...kinds].sort((a, b) => b[1].count - a[1].count)) {
    console.log(`${String(count).padStart(6)} ${kind}`)
  }
}
if (values.coverage) {
  const grammar = new Grammar(new Random(0), real.version)
  console.log(coverage.report(workload.commands, grammar.known.bind(grammar)))
}
duel.close()
await real.stop()
if (kinds.size > 0) process.exitCode = 1
