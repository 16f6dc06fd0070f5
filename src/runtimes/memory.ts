/** `Redis.create('memory:')`: an engine in this thread that keeps nothing. Runs everywhere. */
import { LocalLink } from '../client/local.ts'
import { type ClientOptions, openCore, RedisClient } from '../client/redis.ts'
import type { Engine } from '../engine/engine.ts'
import { openAddress } from './address.ts'
import { type EngineChoices, startEngine } from './engine.ts'
import { transfers } from './transfers.ts'

export interface MemoryOptions extends ClientOptions, EngineChoices {}

/** The client of this entry point. */
export class Redis extends RedisClient {
  /** Open an address; `memory:` is the only kind here. Each call makes an engine of its own. */
  static async create(address = 'memory:', options: MemoryOptions = {}): Promise<Redis> {
    const open = () => new LocalLink(startEngine(options), { transfers })
    const link = await openAddress(address, options, { memory: open })
    return new Redis(await openCore(link, options))
  }

  /** A client of an engine that the program runs itself. Closing it leaves the engine as it is. */
  static async of(engine: Engine, options: ClientOptions = {}): Promise<Redis> {
    return new Redis(await openCore(new LocalLink(engine, { owns: false, transfers }), options))
  }
}
