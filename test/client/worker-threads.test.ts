import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClientOptions, RedisClient } from '../../src/client/redis.ts'
import { after } from '../../src/runtimes/web.ts'
import { PortLink } from '../../src/worker/client.ts'
import { channelOf } from '../../src/worker/port.ts'
import { clientContract } from './contract.ts'
import { liveContract } from './live-contract.ts'

type Options = ClientOptions & { config?: Record<string, string>; deadline?: number }

const folder = mkdtempSync(join(tmpdir(), 'respite-worker-'))

// A thread knows nothing of the test runner's way with TypeScript: it gets a built script.
beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: 'test/client/engine-worker.ts',
      outDir: folder,
      emptyOutDir: true,
      rollupOptions: { output: { entryFileNames: 'engine-worker.mjs' } },
    },
  })
})
afterAll(() => rmSync(folder, { recursive: true }))

async function open({ config = {}, deadline, ...options }: Options = {}) {
  const worker = new Worker(join(folder, 'engine-worker.mjs'))
  const link = await PortLink.connect(channelOf(worker as never), {
    after,
    options: { config },
    ...(deadline === undefined ? {} : { deadline }),
    onClose: () => void worker.terminate(),
  })
  return { worker, redis: await RedisClient.over(link, options) }
}

clientContract('of a worker thread', async (options) => (await open(options)).redis)
liveContract('of a worker thread', async (options) => (await open(options)).redis)

describe('a worker thread', () => {
  it('that is terminated rejects what waits, with a reason', async () => {
    const { worker, redis } = await open()
    const errors: Error[] = []
    redis.on('error', (error) => errors.push(error))
    const popped = redis.blpop('q', 0)
    await redis.ping()
    await worker.terminate()
    await expect(popped).rejects.toMatchObject({ name: 'ProtocolError', code: 'dead' })
    await expect(redis.get('k')).rejects.toMatchObject({ code: 'dead' })
    expect(errors).toMatchObject([{ code: 'dead' }])
    expect(redis.status.state).toBe('closed')
    await redis.close().catch(() => {})
  })
})
