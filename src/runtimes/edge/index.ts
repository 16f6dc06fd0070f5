/**
 * Respite in an edge isolate: one engine a script, commands over HTTP.
 *
 *     import { createEngine, createFetchHandler } from 'respite/edge'
 *     export default { fetch: createFetchHandler(() => createEngine(), { token: '…' }) }
 */
import { Engine } from '../../engine/engine.ts'
import { full } from '../../presets/full.ts'
import { edgePlatform } from './platform.ts'

export type { Engine } from '../../engine/engine.ts'
export { createFetchHandler, type FetchHandler, type HandlerOptions } from './handler.ts'

/**
 * An engine in memory. Isolates freeze between requests, so nothing runs periodically: expired keys
 * go when somebody asks for them, or with `engine.cron()`. Call it inside of a request (as above):
 * isolates have no entropy before, and it throws without.
 */
export function createEngine(config: Readonly<Record<string, string>> = {}): Engine {
  return new Engine({ platform: edgePlatform(), commands: full, config })
}
