/**
 * The library, laid open for tests: what they evaluate in this page finds it as `lab`. It is built
 * and served as the playground is, under the same policy, but never deployed.
 */
import * as errors from '../../../src/client/errors.ts'
import { IndexedDBStore } from '../../../src/persistence/stores/indexeddb.ts'
import * as browser from '../../../src/runtimes/browser/index.ts'

type Redis = InstanceType<typeof browser.Redis>

const exposed = {
  ...browser,
  ...errors,
  IndexedDBStore,
  /** Workers made here, so that tests can kill them. */
  workers: [] as Worker[],
  worker(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    exposed.workers.push(worker)
    return worker
  },
  /** Whatever a test wants to find again in its next step. */
  redis: null as unknown as Redis,
  kept: {} as Record<string, unknown>,
  /** How a promise ends, as something that can leave the page. */
  async outcome(promise: Promise<unknown>): Promise<{
    value?: unknown
    name?: string
    code?: unknown
    message?: string
  }> {
    try {
      return { value: await promise }
    } catch (error) {
      const { name, code, message } = error as Error & { code?: unknown }
      return { name, code, message }
    }
  },
  /** Resolves when the client is in a state. */
  reaches(redis: Redis, state: Redis['status']['state']): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (redis.status.state !== state) return
        redis.off('status', look)
        resolve()
      }
      redis.on('status', look)
      look()
    })
  },
}

declare global {
  var lab: typeof exposed
}

globalThis.lab = exposed
