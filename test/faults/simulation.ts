/**
 * One life after the other of an engine on a store that fails, and the question after each: is what comes
 * back a state that the engine once had, and is everything in it that was acknowledged?
 *
 * Every state is remembered by its number, the number of units committed so far. A reply under
 * `always` acknowledges the state after its request; under `everysec`, on a store that works, time
 * acknowledges all that is a second old. All randomness comes from the seed.
 */
import { families } from '../../src/commands/index.ts'
import type { Groups } from '../../src/core/command.ts'
import { CommandError } from '../../src/core/errors.ts'
import type { Reply } from '../../src/core/reply.ts'
import type { Client } from '../../src/engine/client.ts'
import { rdbFormat } from '../../src/persistence/snapshot-rdb.ts'
import { makeWorld, type World } from '../unit/persistence/world.ts'
import { Dice } from './dice.ts'
import { Files, type Medium, Records, Workers } from './media.ts'
import { EMPTY, Follower, stateOf } from './states.ts'

/** An engine is made for each life, so it is a small one. */
const COMMANDS: Groups = {
  ...{ connection: families.connection, expire: families.expire, generic: families.generic },
  ...{ hash: families.hash, list: families.list, server: families.server, set: families.set },
  ...{ stringCounter: families.stringCounter, stringSet: families.stringSet },
  ...{ string: families.string, transaction: families.transaction, zset: families.zset },
  ...{ stream: families.stream, zsetRange: families.zsetRange },
}

interface Session {
  readonly client: Client
  /** Requests without a reply: the state after each, whether it changed anything, and under `always`. */
  readonly waiting: { offset: number; wrote: boolean; strict: boolean }[]
}

/** The words of a random request. */
function request(dice: Dice, now: number): string[] {
  const key = `k${dice.below(8)}`
  const list = `l${dice.below(3)}`
  const value = String(dice.below(1000))
  switch (dice.below(32)) {
    case 0:
    case 1:
    case 2:
      return ['SET', key, value]
    case 3:
      return ['SET', key, value, 'PX', String(1 + dice.below(3000))]
    case 4:
    case 5:
    case 6:
      return ['INCR', `n${dice.below(3)}`]
    case 7:
    case 8:
      return ['APPEND', key, value]
    case 9:
    case 10:
      return ['RPUSH', list, value, 'x'.repeat(dice.below(60))]
    case 11:
      return ['LPOP', list]
    case 12:
      return ['DEL', key, list]
    case 13:
      return ['RENAME', key, `k${dice.below(8)}`]
    case 14:
      return ['PEXPIRE', dice.once(2) ? key : list, String(dice.below(3000))]
    case 15:
      return ['PERSIST', key]
    case 16:
      return ['MOVE', key, String(dice.below(3))]
    case 17:
      return ['COPY', key, `k${dice.below(8)}`, 'DB', String(dice.below(3)), 'REPLACE']
    case 18:
      return ['SELECT', String(dice.below(3))]
    case 19:
      return dice.once(3) ? ['SWAPDB', String(dice.below(3)), String(dice.below(3))] : ['GET', key]
    case 20:
      return dice.once(4) ? [dice.pick(['FLUSHDB', 'FLUSHALL'])] : ['GETDEL', key]
    case 21:
      return ['MULTI']
    case 22:
      return ['EXEC']
    case 23:
      return ['GETEX', key, 'PXAT', String(now + dice.below(3000))]
    case 24:
      return ['SETRANGE', key, String(dice.below(20)), value]
    case 25:
      return ['HSET', `h${dice.below(2)}`, `f${dice.below(20)}`, value]
    case 26:
      return ['HINCRBY', `h${dice.below(2)}`, `n${dice.below(3)}`, value]
    case 27:
      return ['ZINCRBY', 'z', '0.5', `m${dice.below(20)}`]
    case 28:
      return dice.once(2) ? ['SPOP', 's'] : ['SADD', 's', value, `m${dice.below(9)}`]
    case 29:
      return dice.once(3) ? ['XTRIM', 'x', 'MAXLEN', '3'] : ['XADD', 'x', '*', 'f', value]
    case 30:
      return ['RPUSH', 'long', ...Array.from({ length: 40 }, (_, i) => `${value}:${i}`)]
    default:
      return ['GET', key]
  }
}

/** The state that has most in common with what was found. */
function nearest(found: string, states: readonly string[]): number {
  let best = -1
  let least = Number.POSITIVE_INFINITY
  for (const [i, state] of states.entries()) {
    if (state === undefined) continue
    const size = difference(found, state).length
    if (size > least) continue
    best = i
    least = size
  }
  return best
}

/** Lines that only one of two states has. */
function difference(found: string, wanted: string): string {
  const [a, b] = [found.split('\n'), wanted.split('\n')]
  return [
    ...a.filter((line) => !b.includes(line)).map((line) => `\n+ ${line}`),
    ...b.filter((line) => !a.includes(line)).map((line) => `\n- ${line}`),
  ].join('')
}

export interface Outcome {
  lives: number
  units: number
  crashes: number
  latches: number
  rewrites: number
  /** Lives on a store that worked, of which a second at most may be missing. */
  calm: number
}

export const nothing = (): Outcome => ({
  ...{ lives: 0, units: 0, crashes: 0, latches: 0, rewrites: 0, calm: 0 },
})

/** Run one seed. Throws what went wrong. */
export async function simulate(seed: number, outcome: Outcome): Promise<void> {
  try {
    await live(seed, outcome, false)
  } catch (error) {
    // Once more, with states that can be read.
    await live(seed, nothing(), true)
    throw new Error(`not when it was repeated: ${String(error)}`, { cause: error })
  }
}

async function live(seed: number, outcome: Outcome, legible: boolean): Promise<void> {
  const dice = new Dice(seed)
  const medium: Medium = new (dice.pick([Records, Files, Workers]))()
  // Snapshots of files are RDBs, or commands.
  const rdb = medium.name === 'files' && dice.once(2)
  /** The last offset at which the last life was in each state; the states as texts, if wanted. */
  let offsets = new Map([[EMPTY, 0]])
  let texts = ['']
  let times: number[] = []
  let acknowledged = 0
  let latest = 0
  const lives = 2 + dice.below(3)
  for (let life = 0; life <= lives; life++) {
    // On some of them nothing fails, until the end.
    const calm = dice.once(4)
    const world: World = makeWorld({
      inner: medium.store(),
      commands: COMMANDS,
      turn: settled,
      clock: 1_720_000_000_000 + life * 1000,
      config: {
        appendfsync: calm ? 'everysec' : dice.pick(['always', 'always', 'everysec', 'no']),
        databases: '3',
        'stop-writes-on-bgsave-error': dice.pick(['yes', 'yes', 'no']),
        'auto-aof-rewrite-min-size': String(300 + dice.below(5000)),
      },
      persistence: {
        sliceMicros: 0,
        chunkBytes: 1 + dice.below(600),
        batchBytes: 16 + dice.below(2000),
        retainBytes: 200 + dice.below(5000),
        backlogBytes: calm ? 1e6 : 500 + dice.below(5000),
        gatherMs: dice.below(5),
        ...(rdb ? { format: () => rdbFormat(world.r.engine, true) } : {}),
      },
    })
    const { r, store, persistence } = world
    await world.drive(persistence.start())
    outcome.lives++

    // What came back is a state of the last life, and not an older one than was acknowledged.
    const follower = new Follower(r.engine)
    const number = offsets.get(follower.number) ?? -1
    if (number < acknowledged) {
      const found = stateOf(r.engine)
      const near = nearest(found, texts)
      throw new Error(
        `life ${life} on ${medium.name}: recovered state ${number} of ${latest}, acknowledged ` +
          `${acknowledged}; nearest to ${near}${difference(found, texts[near] ?? '')}`,
      )
    }
    if (life === lives) return

    offsets = new Map()
    texts = []
    times = []
    const remember = (offset: number) => {
      offsets.set(follower.number, offset)
      if (legible) texts[offset] = follower.text
    }
    remember(r.engine.offset)
    acknowledged = r.engine.offset
    latest = r.engine.offset
    r.engine.propagation.listen((unit) => {
      latest = r.engine.offset + 1
      follower.follow(unit)
      remember(latest)
      times[latest] = r.clock
      outcome.units++
    })
    const acknowledge = (offset: number) => {
      acknowledged = Math.max(acknowledged, offset)
    }
    const counts = (): boolean =>
      !store.dead &&
      r.engine.config.get('appendfsync') === 'always' &&
      r.engine.config.yes('appendonly') &&
      persistence.state !== 'failed' &&
      persistence.state !== 'fenced'
    const sessions = Array.from({ length: 1 + dice.below(3) }, () =>
      connect(world, counts, acknowledge),
    )
    const wasLatched = () => persistence.state === 'failed'

    let bad = false
    store.plan = (call) => {
      const fault = calm ? null : medium.fault(dice, call, bad)
      if (call.name === 'open' || call.name === 'read' || !dice.once(4)) return fault
      return { ...fault, wait: after(world, dice.below(calm ? 10 : 30)) }
    }
    if (!calm)
      medium.trouble(
        dice,
        () => bad,
        () => store.crash(),
      )
    // Most of what goes wrong goes wrong soon; some of it needs a past.
    const steps = Math.ceil(((calm ? 40 : 10) + dice.below(calm ? 200 : 70)) / 2 ** dice.below(5))
    let latched = false
    for (let step = 0; step < steps && !store.dead; step++) {
      if (dice.once(10)) bad = !bad
      for (let i = dice.below(6); i > 0; i--) submit(dice, r.engine.now(), dice.pick(sessions))
      r.engine.flush()
      switch (dice.below(16)) {
        case 0:
          r.clock += calm ? 0 : dice.below(1500)
          break
        case 1:
          void persistence.save().catch(() => {})
          break
        case 2: {
          const at = r.engine.offset
          const journalled = r.engine.config.yes('appendonly')
          void persistence.flush().then(
            () => {
              if (journalled && !store.dead) acknowledge(at)
            },
            () => {},
          )
          break
        }
        case 3:
          void persistence.retry().catch(() => {})
          break
        case 4:
          if (!calm && dice.once(4)) {
            r.engine.config.set('appendfsync', dice.pick(['always', 'everysec', 'no']))
          }
          break
        case 5:
          if (!calm && dice.once(6)) r.engine.config.set('appendonly', dice.pick(['yes', 'no']))
          break
        default:
          for (let i = dice.below(calm ? 30 : 4); i > 0; i--) await turn(world)
      }
      if (wasLatched() && !latched) outcome.latches++
      latched = wasLatched()
    }
    if (new Follower(r.engine).number !== follower.number)
      throw new Error('the effects do not say all that has changed')
    if (store.overlaps > 0) throw new Error('two calls of the store overlapped')
    outcome.rewrites += store.names.filter((name) => name === 'commit').length
    const orderly = dice.once(2)
    if (orderly) {
      store.plan = () => null
      medium.calm()
      // Calls that are under way fail, or crash, as was planned for them.
      for (let i = 0; i < 60; i++) await turn(world)
    }
    if (orderly && !store.dead) {
      // On a store that works again nothing may be missing, acknowledged or not.
      if (r.engine.config.yes('appendonly')) {
        await world.drive(persistence.retry())
        await world.drive(persistence.flush())
        // A snapshot may be under way.
        for (let i = 0; i < 500 && persistence.state === 'saving'; i++) await turn(world)
        if (persistence.state !== 'saved')
          throw new Error(`${persistence.state} on a store that works`)
        acknowledged = latest
      }
      await world.drive(persistence.close())
      medium.end(dice, false)
    } else {
      outcome.crashes++
      store.crash()
      if (calm) {
        outcome.calm++
        while (acknowledged < latest && (times[acknowledged + 1] as number) <= r.clock - 1000) {
          acknowledged++
        }
      }
      medium.end(dice, dice.once(2))
    }
  }
}

function connect(
  world: World,
  counts: () => boolean,
  acknowledge: (offset: number) => void,
): Session {
  const waiting: Session['waiting'] = []
  const client = world.r.engine.connect({
    reply(reply: Reply) {
      const done = waiting.shift()
      if (done === undefined) throw new Error('a reply to no request')
      if (!done.wrote || !done.strict || reply instanceof CommandError || !counts()) return
      acknowledge(done.offset)
    },
    push() {},
    flush() {},
    close() {},
  })
  return { client, waiting }
}

function submit(dice: Dice, now: number, session: Session): void {
  const { engine } = session.client
  const before = engine.offset
  // The reply may come inside of `submit`, so the request is filed before its outcome is known.
  const strict = engine.config.get('appendfsync') === 'always'
  const entry = { offset: before, wrote: false, strict }
  session.waiting.push(entry)
  const unit = engine.propagation.listen(() => {
    entry.wrote = true
    entry.offset = engine.offset + 1
  })
  session.client.submit(request(dice, now))
  unit()
}

const after = (world: World, ms: number): Promise<void> =>
  new Promise((resolve) => {
    world.r.platform.after(ms, resolve)
  })

async function turn(world: World): Promise<void> {
  world.r.platform.wind(world.r.platform.now() + 1)
  await settled()
}

/** All that promises can do is done. Nothing in here is real, so there is nothing else to wait for. */
const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))
