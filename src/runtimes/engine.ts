/** An engine in this thread, whatever becomes of its data. */
import type { Groups } from '../core/command.ts'
import { CommandError } from '../core/errors.ts'
import { Engine } from '../engine/engine.ts'
import type { Platform } from '../engine/platform.ts'
import { full } from '../presets/full.ts'
import { webPlatform } from './web.ts'

export interface EngineChoices {
  /** Options as in `redis.conf`: `{ 'notify-keyspace-events': 'KEA' }`. */
  config?: Readonly<Record<string, string>>
  /** The commands it has. Default: all of them. */
  commands?: Groups
  /** Clock, timers and entropy. Default: the platform's own. */
  platform?: Platform
}

/** An engine, started. */
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
