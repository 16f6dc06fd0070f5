/**
 * One life after the other of an engine on a store that fails, and the question after each: is what comes
 * back a state that the engine once had, and is everything in it that was acknowledged?
 *
 * Every state is remembered by its number, the number of units committed so far. A reply under
 * `always` acknowledges the state after its request. All randomness comes from the seed.
 */
import { CommandError } from '../../src/core/errors.ts'
import type { Reply } from '../../src/core/reply.ts'
import type { Client } from '../../src/engine/client.ts'
import { StoreError } from '../../src/persistence/errors.ts'
import { type Call, type Fault, storeError } from '../helpers/faulty-store.ts'
import { dump, makeWorld, type World } from '../unit/persistence/world.ts'
import { PowerDisk, PowerStore } from './power.ts'

export class Dice {
  private state: number

  constructor(seed: number) {
    this.state = (seed * 2654435761 + 12345) >>> 0
  }

  below(n: number): number {
    // Mulberry32.
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let t = this.state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % n
  }

  /** True once in `n` times. */
  once(n: number): boolean {
    return this.below(n) === 0
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }
}

interface Session {
  readonly client: Client
  /** Requests without a reply: the state after each, whether it changed anything, and under `always`. */
  readonly waiting: { offset: number; wrote: boolean; strict: boolean }[]
}

/** The words of a random request. */
export function request(dice: Dice, now: number): string[] {
  const key = `k${dice.below(8)}`
  const list = `l${dice.below(3)}`
  const value = String(dice.below(1000))
  switch (dice.below(26)) {
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
    default:
      return ['GET', key]
  }
}

export interface Outcome {
  lives: number
  units: number
  crashes: number
  latches: number
  rewrites: number
}

/** Run one seed. Throws what went wrong. */
export async function simulate(seed: number, outcome: Outcome): Promise<void> {
  const dice = new Dice(seed)
  const disk = new PowerDisk()
  let states: string[] = ['']
  let acknowledged = 0
  let latest = 0
  const lives = 2 + dice.below(3)
  for (let life = 0; life <= lives; life++) {
    const world = makeWorld({
      inner: new PowerStore(disk),
      clock: 1_720_000_000_000 + life * 1000,
      config: {
        appendfsync: dice.pick(['always', 'always', 'everysec', 'no']),
        'stop-writes-on-bgsave-error': dice.pick(['yes', 'yes', 'no']),
        'auto-aof-rewrite-min-size': String(300 + dice.below(5000)),
      },
      persistence: {
        sliceMicros: 0,
        chunkBytes: 1 + dice.below(600),
        batchBytes: 16 + dice.below(2000),
        retainBytes: 200 + dice.below(5000),
        backlogBytes: 500 + dice.below(5000),
        gatherMs: dice.below(5),
      },
    })
    const { r, store, persistence } = world
    await world.drive(persistence.start())
    outcome.lives++

    // What came back is a state of the last life, and not an older one than was acknowledged.
    const found = dump(r.engine).join('\n')
    let number = -1
    for (let i = states.length - 1; i >= 0; i--) {
      if (states[i] === found) {
        number = i
        break
      }
    }
    if (number < acknowledged) {
      throw new Error(
        `life ${life}: recovered state ${number} of ${latest}, acknowledged ${acknowledged}` +
          `\n--- recovered\n${found}\n--- acknowledged\n${states[acknowledged]}\n--- latest\n${states[latest]}`,
      )
    }
    if (life === lives) return

    states = []
    states[r.engine.offset] = found
    acknowledged = r.engine.offset
    latest = r.engine.offset
    r.engine.propagation.listen(() => {
      latest = r.engine.offset + 1
      states[latest] = dump(r.engine).join('\n')
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
      const fault = chooseFault(dice, call, bad, (ms) => after(world, ms))
      if (fault?.error?.lost === true) disk.dropUnsynced()
      return fault
    }
    const steps = 10 + dice.below(70)
    let latched = false
    for (let step = 0; step < steps && !store.dead; step++) {
      if (dice.once(10)) bad = !bad
      for (let i = dice.below(6); i > 0; i--) submit(dice, r.engine.now(), dice.pick(sessions))
      r.engine.flush()
      switch (dice.below(16)) {
        case 0:
          r.clock += dice.below(1500)
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
          if (dice.once(4)) {
            r.engine.config.set('appendfsync', dice.pick(['always', 'everysec', 'no']))
          }
          break
        case 5:
          if (dice.once(6)) r.engine.config.set('appendonly', dice.pick(['yes', 'no']))
          break
        default:
          for (let i = dice.below(4); i > 0; i--) await turn(world)
      }
      if (wasLatched() && !latched) outcome.latches++
      latched = wasLatched()
    }
    if (store.overlaps > 0) throw new Error('two calls of the store overlapped')
    outcome.rewrites += store.names.filter((name) => name === 'commit').length
    const orderly = dice.once(2)
    if (orderly) {
      store.plan = () => null
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
      disk.fail(false, (n) => dice.below(n))
    } else {
      outcome.crashes++
      store.crash()
      disk.fail(dice.once(2), (n) => dice.below(n))
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

function chooseFault(
  dice: Dice,
  call: Call,
  bad: boolean,
  wait: (ms: number) => Promise<void>,
): Fault | null {
  if (call.name === 'open' || call.name === 'read' || call.name === 'cut') return null
  const fault: Fault = {}
  if (dice.once(4)) fault.wait = wait(dice.below(30))
  if (!dice.once(bad ? 2 : 25)) return fault.wait === undefined ? null : fault
  fault.effect = dice.once(3) ? 'whole' : 'none'
  if (call.bytes !== null && dice.once(3)) {
    // A part of an append is torn off at its end; a failed one is replaced by the next try.
    if (call.name === 'write' || dice.once(2)) fault.bytes = dice.below(call.bytes.length)
  }
  if (dice.once(bad ? 15 : 3)) fault.crash = true
  else if (dice.once(5) && (call.name === 'append' || call.name === 'sync')) {
    fault.error = new StoreError('io', 'sync failed', { lost: true })
    fault.effect = 'whole'
    delete fault.bytes
  } else fault.error = storeError(dice.pick(['io', 'closed', 'timeout', 'quota-exceeded']))
  return fault
}

const after = (world: World, ms: number): Promise<void> =>
  new Promise((resolve) => {
    world.r.platform.after(ms, resolve)
  })

async function turn(world: World): Promise<void> {
  world.r.platform.wind(world.r.platform.now() + 1)
  await new Promise<void>((resolve) => setImmediate(resolve))
}
