/** `Redis.create('memory:')`: an engine in this thread that keeps nothing. Runs everywhere. */

import { LocalLink } from '../client/local.ts'
import { type ClientOptions, openCore, RedisClient } from '../client/redis.ts'
import type { Groups } from '../core/command.ts'
import { CommandError } from '../core/errors.ts'
import { Engine } from '../engine/engine.ts'
import type { Platform } from '../engine/platform.ts'
import { full } from '../presets/full.ts'
import { openAddress } from './address.ts'
import { webPlatform } from './web.ts'

export interface EngineChoices {
  /** Options as in `redis.conf`: `{ 'notify-keyspace-events': 'KEA' }`. */
  config?: Readonly<Record<string, string>>
  /** The commands it has. Default: all of them. */
  commands?: Groups
  /** Clock, timers and entropy. Default: the platform's own. */
  platform?: Platform
}

export interface MemoryOptions extends ClientOptions, EngineChoices {}

/** An engine in this thread, started. */
export function startEngine(options: EngineChoices = {}): Engine {
  const { platform = webPlatform(), commands = full, config = {} } = options
  let engine: Engine
  try {
    engine = new Engine({ platform, commands, config })
  } catch (error) {
    // A mistake in the options, in the words of CONFIG SET.
    if (error instanceof CommandError) throw new TypeError(error.message)
    throw error
  }
  engine.start()
  return engine
}

export const openMemory = (_name: string, options: EngineChoices): LocalLink =>
  new LocalLink(startEngine(options))

/** The client of this entry point. */
export class Redis extends RedisClient {
  /** Open an address; `memory:` is the only kind here. Each call makes an engine of its own. */
  static async create(address = 'memory:', options: MemoryOptions = {}): Promise<Redis> {
    const link = await openAddress(address, options, { memory: openMemory })
    return new Redis(await openCore(link, options))
  }

  /** A client of an engine that the program runs itself. Closing it leaves the engine as it is. */
  static async of(engine: Engine, options: ClientOptions = {}): Promise<Redis> {
    return new Redis(await openCore(new LocalLink(engine, { owns: false }), options))
  }
}
