/**
 * An engine whose clock is wound by hand.
 *
 *     const r = run()
 *     r('SET a 1 PX 10')
 *     r.clock += 10
 *     expect(r('GET a')).toBe(null)
 *
 * A line is split as redis-cli splits it; an array is taken as it stands (byte strings). The answer is the
 * Reply itself: `OK` for a status, a `CommandError` for an error, `BLOCKED` when it comes later.
 */
import { families } from '../../src/commands/index.ts'
import type { Groups } from '../../src/core/command.ts'
import { BLOCKED, type Reply } from '../../src/core/reply.ts'
import type { Client, Resp } from '../../src/engine/client.ts'
import { Engine } from '../../src/engine/engine.ts'
import type { LogLevel, Platform, PlatformFacts } from '../../src/engine/platform.ts'
import type { Effect } from '../../src/engine/propagation.ts'
import { encodeUtf8 } from '../../src/util/bytes.ts'
import { splitInline } from '../../src/util/words.ts'

/** Where the clock of a test starts: a whole second, some time in 2024. */
export const START = 1_720_000_000_000

interface Timer {
  at: number
  run: () => void
}

/** A platform without a world: time moves when `wind` says so, and entropy is a function of the seed. */
export class TestPlatform implements Platform {
  readonly logged: string[] = []
  /** Facts of the machine, where a test has some. */
  declare describe?: () => PlatformFacts
  private time: number
  private readonly seed: number
  private timers: Timer[] = []

  constructor(time: number = START, seed = 1) {
    this.time = time
    this.seed = seed
  }

  now(): number {
    return this.time
  }

  micros(): number {
    return this.time * 1000
  }

  entropy(bytes: number): Uint8Array {
    return Uint8Array.from({ length: bytes }, (_, i) => this.seed + 7 * i)
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.time + ms, run }
    this.timers.push(timer)
    this.timers.sort((a, b) => a.at - b.at)
    return () => {
      this.timers = this.timers.filter((other) => other !== timer)
    }
  }

  log(level: LogLevel, message: string): void {
    this.logged.push(`${level}: ${message}`)
  }

  /** Move the clock and fire, each at its time, what is due. Time may also be set back. */
  wind(to: number): void {
    for (;;) {
      const next = this.timers[0]
      if (next === undefined || next.at > to) break
      this.timers.shift()
      if (next.at > this.time) this.time = next.at
      next.run()
    }
    this.time = to
  }
}

/** Call it with a request and get the reply. */
export interface TestClient {
  (request: string | readonly string[]): Reply
  readonly session: Client
  /** Replies that nobody has been handed yet: those to requests that blocked. */
  readonly replies: Reply[]
  readonly pushes: Reply[]
  /** The protocol in which the last reply was to be written. */
  readonly resp: Resp
  /** Whether the engine has asked to end the connection. */
  readonly closed: boolean
  /** As if the other side had gone. */
  disconnect(): void
}

export interface Run extends TestClient {
  /** Milliseconds since the epoch. Setting it fires what is due and runs the cron. */
  clock: number
  readonly engine: Engine
  readonly platform: TestPlatform
  /** What was propagated so far, argv by argv. */
  readonly effects: (readonly string[])[]
  /** The same by unit, with the number of the database. */
  readonly units: (readonly Effect[])[]
  /** Another connection to the same engine. */
  client(resp?: Resp): TestClient
}

export interface RunOptions {
  commands?: Groups
  config?: Readonly<Record<string, string>>
  clock?: number
  seed?: number
  /** Protocol of the first client. */
  resp?: Resp
}

/** The words of a line with redis-cli's quoting, as byte strings. */
export function words(line: string): string[] {
  const argv = splitInline(encodeUtf8(line))
  if (argv === undefined) throw new Error(`quotes do not balance: ${line}`)
  return argv
}

function connect(engine: Engine, resp: Resp): TestClient {
  const replies: Reply[] = []
  const pushes: Reply[] = []
  let closed = false
  let last: Resp = resp
  const client = engine.connect(
    {
      reply(reply, resp) {
        last = resp
        replies.push(reply)
      },
      push(reply) {
        pushes.push(reply)
      },
      flush() {},
      close() {
        closed = true
        engine.disconnect(client)
      },
    },
    { address: '127.0.0.1:50000', local: '127.0.0.1:6379' },
  )
  client.resp = resp
  const call = (request: string | readonly string[]): Reply => {
    const before = replies.length
    client.submit(typeof request === 'string' ? words(request) : request)
    engine.flush()
    return replies.length === before ? BLOCKED : (replies.pop() as Reply)
  }
  return Object.defineProperties(call as TestClient, {
    session: { value: client },
    replies: { value: replies },
    pushes: { value: pushes },
    resp: { get: () => last },
    closed: { get: () => closed },
    disconnect: { value: () => engine.disconnect(client) },
  })
}

/** A fresh engine and a client on it. */
export function run(options: RunOptions = {}): Run {
  const platform = new TestPlatform(options.clock, options.seed)
  const engine = new Engine({
    platform,
    commands: options.commands ?? families,
    config: { 'enable-debug-command': 'yes', ...options.config },
  })
  const effects: (readonly string[])[] = []
  const units: (readonly Effect[])[] = []
  engine.propagation.listen((unit) => {
    units.push(unit)
    for (const effect of unit) effects.push(effect.argv)
  })
  const first = connect(engine, options.resp ?? 2)
  return Object.defineProperties(first as Run, {
    client: { value: (resp: Resp = 2) => connect(engine, resp) },
    engine: { value: engine },
    platform: { value: platform },
    effects: { value: effects },
    units: { value: units },
    clock: {
      get: () => platform.now(),
      set(to: number) {
        platform.wind(to)
        engine.cron()
        engine.flush()
      },
    },
  })
}
