/**
 * What is sent: segments of a few hundred steps, each a function of the seed and its number, each on
 * empty databases. So that any of them can be played again by itself.
 */
import { families } from '../../src/commands/index.ts'
import { BLOCKING, type Command } from '../../src/core/command.ts'
import { Random } from '../../src/util/random.ts'
import { compareVersions } from '../helpers/real.ts'
import { Grammar } from './grammar.ts'
import {
  ALL_KEYS,
  chance,
  key,
  keysOf,
  lexical,
  lexicalKey,
  member,
  pick,
  score,
  suit,
} from './pools.ts'
import { BUILDERS, type Builder, consumersFor, waiting } from './scenes.ts'
import type { Link, Segment, Step } from './steps.ts'

/** Commands of other groups that are worth it. */
const ALSO =
  'ping echo select swapdb dbsize flushdb flushall publish pubsub|numpat pubsub|channels object|encoding'.split(
    ' ',
  )

/** What waits, depends on the machine, or is about to be random beyond its reply. */
const NEVER =
  /^(?:wait|waitaof|migrate|dump|restore|restore-asking|pfselftest|vinfo|vlinks|object\|(?:help|freq|idletime)|x(?:info|group)\|help|himport.*)$/

const DATA = [
  'generic',
  'string',
  'list',
  'set',
  'sorted-set',
  'hash',
  'hyperloglog',
  'geo',
  'stream',
  'bitmap',
  'array',
  'module',
]

export const commands: ReadonlyMap<string, Command> = new Map(
  Object.values(families)
    .flatMap((family): Command[] => Object.values(family))
    .flatMap((command) => [command, ...(command.subcommands?.values() ?? [])])
    .map((command) => [command.fullName.toLowerCase(), command]),
)

/** The command of a request; undefined if there is none of that name. */
export function commandOf(argv: readonly string[]): Command | undefined {
  const command = commands.get((argv[0] ?? '').toLowerCase())
  if (command?.subcommands == null) return command
  return commands.get(`${command.name}|${(argv[1] ?? '').toLowerCase()}`) ?? command
}

export class Workload {
  private readonly list: readonly Command[]
  private readonly builders: readonly Builder[]
  private readonly seed: number
  private readonly there: ReadonlySet<string>
  private readonly version: string
  /** Whether it is from before 7.2. */
  private readonly old: boolean
  /** Whether the thresholds of this segment are low. */
  private small = false
  /** Whether events are compared. */
  private listening = false
  /** Events are compared in every segment, and with those of expiry. */
  private readonly events: boolean
  /** Keys expire often, and whoever comes upon them finds out. */
  private readonly lapsing: boolean
  /** Steps of a segment, roughly. */
  private readonly length: number

  /** `there`: the names of all commands that the oracle has. */
  constructor(
    seed: number,
    version: string,
    there: ReadonlySet<string>,
    {
      only = /^/,
      length = 300,
      events = false,
      lapsing = false,
    }: { only?: RegExp | undefined; length?: number; events?: boolean; lapsing?: boolean } = {},
  ) {
    this.seed = seed
    this.there = there
    this.version = version
    this.old = compareVersions(version, '7.2') < 0
    this.length = length
    this.events = events
    this.lapsing = lapsing
    suit(version)
    this.builders = BUILDERS.filter(([name]) => commands.has(name) && there.has(name)).map(
      ([, build]) => build,
    )
    this.list = [...commands.values()].filter(
      ({ fullName, group, subcommands }) =>
        there.has(fullName.toLowerCase()) &&
        subcommands === null &&
        !NEVER.test(fullName.toLowerCase()) &&
        (DATA.includes(group) || ALSO.includes(fullName)) &&
        only.test(fullName),
    )
  }

  get commands(): readonly Command[] {
    return this.list
  }

  segment(number: number): Segment {
    const random = new Random(this.seed * 1_000_003 + number)
    const config = configOf(random, this.has('hgetex') ? 'KEAmnoc' : 'KEAn')
    this.small = config.some(([, value]) => value === '4')
    // Nobody knows when exactly something expires.
    this.listening =
      !this.events &&
      config.some(([name, value]) => name === 'notify-keyspace-events' && value !== '')
    const grammar = new Grammar(random, this.version)
    const steps: Step[] = []
    let link: Link = 0
    let unchecked = 0
    while (steps.length < this.length) {
      if (random.below(40) === 0) link = link === 0 ? 1 : 0
      const before = steps.length
      if (!this.listening && chance(random, this.lapsing ? 0.05 : 0.002))
        this.expire(random, link, steps)
      else if (chance(random, 0.02)) this.transaction(random, grammar, link, steps)
      else this.one(random, grammar, link, steps)
      unchecked += steps.length - before
      if (unchecked > 100) {
        steps.push({ kind: 'check' })
        unchecked = 0
      }
    }
    steps.push({ kind: 'check' })
    return { config, steps }
  }

  private one(random: Random, grammar: Grammar, link: Link, steps: Step[]): void {
    const call = (argv: readonly string[], unsettles?: readonly string[]): void => {
      if (this.old) for (const first of consumersFor(argv)) call(first)
      steps.push({ kind: 'call', link, argv, ...(unsettles && { unsettles }) })
    }
    if (chance(random, 0.25)) {
      for (const argv of pick(random, this.builders)(random)) call(argv)
      return
    }
    // And who waited missed the same keys more often.
    if (!(this.old && this.events) && chance(random, 0.004))
      return void this.wait(random, grammar, link, steps)
    // Before 7.2 RESTORE did not tell that the key in its way had expired.
    if (!(this.old && this.lapsing) && this.has('restore') && chance(random, 0.01))
      return void steps.push(carry(random, link))
    const command = pick(random, this.list)
    // It may come upon keys whose time is over, and on other ones here than there.
    if (this.lapsing && command.name === 'randomkey') return
    // Rather not too often: everything else works on what there is.
    if (/^(?:flush|swapdb|select)/.test(command.name) && !chance(random, 0.1)) return
    const argv = this.draw(random, grammar, command)
    if (argv === null) return
    // Of a wrong number of keys to MSETEX 8.6 finds keys where there are none, and crashes.
    if (command.name !== 'msetex' && chance(random, 0.02)) {
      return void call(['COMMAND', pick(random, ['GETKEYS', 'GETKEYSANDFLAGS']), ...argv])
    }
    if (waits(command)) {
      call(['MULTI'])
      call(argv)
      return void call(['EXEC'])
    }
    const stores = command.name === 'sort' ? argv.findIndex((word) => /^store$/i.test(word)) : -1
    if (stores > 0) {
      const doubtful = argv.slice(stores + 1, stores + 2)
      return void steps.push({ kind: 'call', link, argv, doubtful })
    }
    if (unsettling(command, argv)) return void call(argv, argv.slice(1, 2))
    if (this.old && command.name === 'xsetid') {
      return void steps.push({ kind: 'call', link, argv, doubtful: argv.slice(1, 2) })
    }
    call(argv)
  }

  /** A request; null if the oracle must be spared it. */
  private draw(random: Random, grammar: Grammar, command: Command): string[] | null {
    const argv = settled(random, command, grammar.request(command))
    const { name } = command
    // Before 7.2 the number of words was fixed, which breaks a transaction.
    if (/^z(?:rev)?rank$/.test(name) && compareVersions(this.version, '7.2') < 0)
      return argv.slice(0, 3)
    // Nor in which order it looks for keys, which is heard of where they are missing.
    if (this.listening) {
      if (/^sort/.test(name) && argv.some((word) => /^(?:by|get)$/i.test(word))) return null
      // Before 7.2 it told of what it refused, and refused other things.
      if (this.old && name === 'xsetid') return null
      // What it stores depends on what came before: see known.ts.
      if (name === 'sort' && argv.some((word) => /^store$/i.test(word))) return null
    }
    // A time that is over when it is given: the key goes when somebody asks for it, or by itself.
    const exact = argv.findIndex((word) => /^p?xat$|^exat$/i.test(word))
    const at = Number(argv[exact + 1]) * (/^exat$/i.test(argv[exact] ?? '') ? 1000 : 1)
    if (/^(?:set|msetex)$/.test(name) && exact > 0 && at > 0 && at < 3e12) return null
    // Nothing says how elements come that are the same by their keys, or that are not sorted.
    if (/^sort/.test(name)) {
      const by = argv.findIndex((word) => /^by$/i.test(word))
      const unsorted = by > 0 && !argv[by + 1]?.includes('*')
      if (by > 0 && argv.some((word) => /^alpha$/i.test(word))) return null
      if (unsorted && argv.some((word) => /^(?:limit|store|get)$/i.test(word))) return null
    }
    // 8.6.3 crashes when fields with a time make a table of a listpack.
    const times = argv.some((word) => /^(?:[ep]x|[ep]xat)$/i.test(word))
    const large = this.small || argv.length > 60 || argv.some((word) => word.length > 64)
    // Or when such a field is named twice.
    const fields = argv.slice(argv.findIndex((word) => /^fields$/i.test(word)) + 2)
    const names = fields.filter((_, i) => i % 2 === 0)
    const twice = new Set(names).size < names.length
    return name === 'hsetex' && times && (large || twice) ? null : argv
  }

  private wait(random: Random, grammar: Grammar, link: Link, steps: Step[]): void {
    const step = waiting(random, link, this.list, grammar, () => {
      const command = pick(random, this.list)
      const argv = this.draw(random, grammar, command)
      const mayCome =
        !waits(command) &&
        !unsettling(command, argv ?? []) &&
        !(this.old && OTHERS.test(command.name))
      return mayCome ? argv : null
    })
    if (step !== null) steps.push(step)
  }

  private transaction(random: Random, grammar: Grammar, link: Link, steps: Step[]): void {
    if (chance(random, 0.3)) {
      steps.push({ kind: 'call', link, argv: ['WATCH', pick(random, ALL_KEYS)] })
      const other = link === 0 ? 1 : 0
      if (chance(random, 0.5)) this.one(random, grammar, other, steps)
    }
    steps.push({ kind: 'call', link, argv: ['MULTI'] })
    for (let left = 1 + random.below(4); left > 0; left--) {
      const command = pick(random, this.list)
      const argv = this.draw(random, grammar, command)
      if (argv !== null && !(this.old && OTHERS.test(command.name)) && !unsettling(command, argv))
        steps.push({ kind: 'call', link, argv })
    }
    const end = chance(random, 0.9) ? 'EXEC' : 'DISCARD'
    steps.push({ kind: 'call', link, argv: [end] })
  }

  /** Give some keys and fields a short time, and let it pass. */
  private expire(random: Random, link: Link, steps: Step[]): void {
    // Long enough that the next request does not come upon it.
    const short = (): string => String(8 + random.below(11))
    for (let left = 1 + random.below(3); left > 0; left--) {
      const argv = pick(random, [
        ['PEXPIRE', pick(random, ALL_KEYS), short()],
        ['SET', key(random, 'string'), 'x', 'PX', short()],
        // Redis gives a new time to a field whose time is over as long as nobody has found out.
        ...(!this.lapsing && this.has('hpexpire')
          ? [
              [
                'HPEXPIRE',
                key(random, 'hash'),
                short(),
                'FIELDS',
                '2',
                member(random),
                member(random),
              ],
              ['HPEXPIRE', key(random, 'hash'), short(), 'FIELDS', '1', member(random)],
            ]
          : []),
      ])
      steps.push({ kind: 'call', link, argv, hasty: true })
    }
    steps.push({ kind: 'pass' })
    if (this.lapsing) return
    // Whoever asks removes what has expired, so that both sides know it.
    for (const hash of keysOf('h')) steps.push({ kind: 'call', link, argv: ['HRANDFIELD', hash] })
    steps.push({ kind: 'call', link, argv: ['EXISTS', ...ALL_KEYS] })
  }

  private has(name: string): boolean {
    return this.there.has(name)
  }
}

/** What leaves other data behind, depending on the version. */
const OTHERS = /^x(?:setid|claim|autoclaim|readgroup)$/

function carry(random: Random, link: Link): Step {
  const from = pick(random, ALL_KEYS)
  const options = [['REPLACE'], ['ABSTTL'], ['IDLETIME', '5'], ['FREQ', '7'], ['replace']]
  return {
    kind: 'carry',
    link,
    from,
    to: pick(random, chance(random, 0.7) ? keysOf(from[0] ?? 's') : ALL_KEYS),
    options: options.filter((_, i) => chance(random, i === 0 ? 0.8 : 0.1)).flat(),
  }
}

/** Whether it might wait, where nobody would come. */
const waits = (command: Command): boolean => (command.flags & BLOCKING) !== 0

/** Whether the data depends on chance or on the clock after it. */
const unsettling = (command: Command, argv: readonly string[]): boolean =>
  command.name === 'spop' ||
  (command.name === 'sort' && argv.some((word) => /^store$/i.test(word))) ||
  (command.name === 'xadd' && argv.includes('*'))

/** A request with less chance in it. */
function settled(random: Random, { name }: Command, argv: string[]): string[] {
  // A walk is over at once when it may see so many.
  if (/^[hsz]?scan$/.test(name)) {
    const at = name === 'scan' ? 1 : 2
    if (/^\+?\d+$/.test(argv[at] ?? '')) argv[at] = '0'
    argv.push('COUNT', '100000')
  }
  if (/^zrange(?:store)?$/.test(name) && chance(random, 0.85)) suitRange(random, name, argv)
  if (/lex/.test(name) || argv.some((word) => /^bylex$/i.test(word))) {
    argv.forEach((word, i) => {
      if (/^[a-z]\d$/.test(word)) argv[i] = lexicalKey(random)
    })
  }
  // Before 7.4 so great a number turned over.
  const block = /^xread/.test(name) ? argv.findIndex((word) => /^block$/i.test(word)) : -1
  if (block > 0 && (argv[block + 1]?.length ?? 0) > 15) argv[block + 1] = '1'
  // Whether there is memory for so many is for the machine to say.
  if (name === 'xautoclaim') {
    argv.forEach((word, i) => {
      if (/^\d{6,}$/.test(word) && /^count$/i.test(argv[i - 1] ?? '')) argv[i] = '1000'
    })
  }
  // What is beyond 32 bits turns over there, and makes a matrix of what is left.
  if (name === 'vadd') {
    argv.forEach((word, i) => {
      if (/^\d{6,}$/.test(word) && /^reduce$/i.test(argv[i - 1] ?? '')) argv[i] = '2'
    })
  }
  // 8.6 answers twice when the digest cannot be read: with the value, and with the error.
  if (name === 'set' && argv.some((word) => /^get$/i.test(word))) {
    argv.forEach((word, i) => {
      if (/^ifd(?:eq|ne)$/i.test(word)) argv[i + 1] = '0123456789abcdef'
    })
  }
  // An ID by the clock makes two streams of one.
  const at = name === 'xadd' ? argv.indexOf('*') : -1
  if (at >= 0 && chance(random, 0.9)) argv[at] = `${1 + random.below(9)}-${1 + random.below(4)}`
  return argv
}

/** Bounds of the kind that is asked for. */
function suitRange(random: Random, name: string, argv: string[]): void {
  const has = (word: RegExp): boolean => argv.some((other) => word.test(other))
  const draw = has(/^byscore$/i)
    ? () => score(random)
    : has(/^bylex$/i)
      ? () => lexical(random)
      : () => pick(random, ['0', '1', '2', '5', '-1', '-2', '-3'])
  const at = name === 'zrange' ? 2 : 3
  argv[at] = draw()
  argv[at + 1] = draw()
  const limit = argv.findIndex((word) => /^limit$/i.test(word))
  if (limit > 0 && !has(/^by(?:score|lex)$/i)) argv.splice(limit, 3)
}

/** Thresholds as they are, or so low that every layout comes up. */
function configOf(random: Random, classes: string): [string, string][] {
  const small = chance(random, 0.5)
  return [
    ['proto-max-bulk-len', '1048576'],
    ['hash-max-listpack-entries', small ? '4' : '128'],
    ['zset-max-listpack-entries', small ? '4' : '128'],
    ['set-max-intset-entries', small ? '4' : '512'],
    // On one side of 7.2 there is no such option.
    ['set-max-listpack-entries', small ? '4' : '128'],
    ['list-max-listpack-size', small ? '3' : '-2'],
    ['stream-node-max-entries', small ? '3' : '100'],
    ['hll-sparse-max-bytes', small ? '40' : '3000'],
    ['notify-keyspace-events', chance(random, 0.3) ? classes : ''],
  ]
}
