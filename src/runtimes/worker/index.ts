/**
 * `respite/worker`: the script of a dedicated worker. It does nothing but serve an engine; a worker
 * of one's own imports `serveWorker` from here in a script that is not loaded as a worker's entry.
 */
import { serveWorker } from './serve.ts'

export { type ServeOptions, serveWorker } from './serve.ts'

interface Scope {
  WorkerGlobalScope?: abstract new () => object
  importScripts?: unknown
}

const scope = globalThis as unknown as Scope
if (scope.WorkerGlobalScope !== undefined && globalThis instanceof scope.WorkerGlobalScope) {
  serveWorker()
}
