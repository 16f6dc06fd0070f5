/**
 * HOTKEYS: which keys take most of the processor's time, and of the bytes that come and go, while a session
 * runs. https://redis.io/docs/latest/commands/hotkeys-start/
 */
import type { Command } from '../core/command.ts'
import { keysOf } from '../core/keys.ts'
import type { Reply } from '../core/reply.ts'
import { sizeOfReply, sizeOfRequest } from '../core/reply-size.ts'
import { HeavyKeys } from '../structs/heavy-keys.ts'
import type { Resp } from './client.ts'
import type { Platform } from './platform.ts'

export interface HotKeysOptions {
  cpu: boolean
  net: boolean
  /** Keys to show. */
  count: number
  /** Seconds; 0: until it is stopped. */
  duration: number
  /** One use of a key in so many counts. */
  sample: number
}

/** Counters for each key that is to be shown: the more, the smaller the error. */
const SPARE = 50

/** What a session has found. */
export class HotKeysSession {
  readonly options: HotKeysOptions
  readonly startedAt: number
  /** When it was stopped, or is to stop by itself. */
  endsAt: number
  readonly byCpu: HeavyKeys
  readonly byNet: HeavyKeys
  /** Microseconds and bytes of all commands that have keys. */
  micros = 0
  bytes = 0
  /** Bytes of the uses that counted. */
  keyBytes = 0
  /** Seconds of the process when it began, and since then when it ended. */
  cpuUser: number
  cpuSystem: number

  constructor(options: HotKeysOptions, now: number, platform: Platform) {
    this.options = options
    this.startedAt = now
    this.endsAt = options.duration > 0 ? now + options.duration * 1000 : Number.POSITIVE_INFINITY
    this.byCpu = new HeavyKeys(options.count * SPARE)
    this.byNet = new HeavyKeys(options.count * SPARE)
    const facts = platform.describe?.()
    this.cpuUser = facts?.cpuUser ?? 0
    this.cpuSystem = facts?.cpuSystem ?? 0
  }
}

export class HotKeys {
  /** Whether a session runs. */
  active = false
  /** The one that runs, or the last one until RESET. */
  session: HotKeysSession | null = null
  private readonly platform: Platform
  private turn = 0

  constructor(platform: Platform) {
    this.platform = platform
  }

  start(options: HotKeysOptions): void {
    this.session = new HotKeysSession(options, this.platform.now(), this.platform)
    this.active = true
  }

  /** Whether a session runs still: one whose time is up ends here. */
  check(): boolean {
    const { session } = this
    if (this.active && session !== null && this.platform.now() >= session.endsAt) {
      this.end(session, session.endsAt)
    }
    return this.active
  }

  /** False: none runs. */
  stop(): boolean {
    if (!this.check() || this.session === null) return false
    this.end(this.session, this.platform.now())
    return true
  }

  private end(session: HotKeysSession, at: number): void {
    const { user, system } = this.processorTime(session)
    session.endsAt = at
    session.cpuUser = user
    session.cpuSystem = system
    this.active = false
  }

  /** Seconds that the process has had in this session. */
  processorTime(session: HotKeysSession): { user: number; system: number } {
    if (!this.active) return { user: session.cpuUser, system: session.cpuSystem }
    const facts = this.platform.describe?.()
    return {
      user: (facts?.cpuUser ?? 0) - session.cpuUser,
      system: (facts?.cpuSystem ?? 0) - session.cpuSystem,
    }
  }

  /** A command was run, by itself or as a part of EXEC or a script. Those without keys do not count. */
  record(
    command: Command,
    argv: readonly string[],
    reply: Reply,
    resp: Resp,
    micros: number,
  ): void {
    const { session } = this
    if (session === null || !this.check()) return
    const keys = keysOf(command, argv)
    if (keys === null || keys.length === 0) return
    const bytes = sizeOfRequest(argv) + sizeOfReply(reply, resp)
    session.micros += micros
    session.bytes += bytes
    const { cpu, net, sample } = session.options
    const time = Math.floor(micros / keys.length)
    const share = Math.floor(bytes / keys.length)
    for (const { at } of keys) {
      this.turn++
      if (sample > 1 && this.turn % sample !== 0) continue
      const key = argv[at] as string
      if (cpu && time > 0) session.byCpu.add(key, time)
      if (!net) continue
      session.byNet.add(key, share)
      session.keyBytes += share
    }
  }
}
