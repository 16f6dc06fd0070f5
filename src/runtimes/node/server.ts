/**
 * A whole server in one call: engine, data in a folder, TCP.
 *
 * What it logs are the lines that Redis's own tools and test suite wait for at start-up.
 */
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Engine } from '../../engine/engine.ts'
import { attachPersistence, type Persistence } from '../../persistence/persistence.ts'
import { fileStore } from '../../persistence/stores/file.ts'
import { memoryStore } from '../../persistence/stores/memory.ts'
import { full } from '../../presets/full.ts'
import { VERSION } from '../../version.ts'
import type { Setting } from './conf.ts'
import { ConfigError } from './errors.ts'
import { type Log, nodePlatform, silent } from './platform.ts'
import { listen, type TcpServer } from './tcp.ts'

export interface ServerOptions {
  /** Options as in `redis.conf`; later ones win. */
  settings?: readonly Setting[]
  log?: Log
  /** Called when SHUTDOWN has done its part: end the process. */
  onShutdown?: () => void
}

export interface RespiteServer {
  readonly engine: Engine
  readonly persistence: Persistence
  readonly port: number
  /** Save as SIGTERM does in Redis (if there are save points or a journal), and stop. */
  close(): Promise<void>
}
