import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Redis } from '../../src/runtimes/node/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'respite-node-'))
const data = (name: string) => `file:${join(folder, name)}`
const thread = () => new Worker(join(folder, 'build', 'thread.mjs'))

// A thread knows nothing of the test runner's way with TypeScript: it gets a built script.
beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: 'test/runtimes/thread.ts',
      outDir: join(folder, 'build'),
      rollupOptions: { output: { entryFileNames: 'thread.mjs' } },
    },
  })
})
afterAll(() => rmSync(folder, { recursive: true }))

for (const [where, worker] of [
  ['in this thread', undefined],
  ['in a worker thread', thread],
] as const) {
  const options = worker === undefined ? {} : { worker }

  describe(`data in a folder, ${where}`, () => {
    it('is there again after a close', async () => {
      const address = data(`again ${where}`)
      const first = await Redis.create(address, options)
      await first.mset({ a: 1, b: 'ü' })
      expect(first.status).toMatchObject({ state: 'ready', store: 'file', durable: true, epoch: 1 })
      await first.close()
      const second = await Redis.create(address, options)
      expect(await second.mget('a', 'b')).toEqual(['1', 'ü'])
      await second.close()
    })

    it('has one owner; another one is told, and may take it', async () => {
      const address = data(`owner ${where}`)
      const first = await Redis.create(address, { ...options, config: { appendfsync: 'always' } })
      await first.set('k', 'v')
      await expect(Redis.create(address, options)).rejects.toMatchObject({
        name: 'OwnershipError',
        code: 'OWNED_ELSEWHERE',
      })
      const second = await Redis.create(address, { ...options, ownership: 'take' })
      expect(await second.get('k')).toBe('v')
      await expect(first.set('k', 'x')).rejects.toMatchObject({ name: 'ReplyError' })
      await second.close()
      await first.close().catch(() => {})
    })

    it('an address that cannot be is refused', async () => {
      await expect(Redis.create('file:', options)).rejects.toThrow('needs a folder')
      await expect(Redis.create('idb://app', options)).rejects.toThrow('does not know "idb:"')
    })
  })
}

describe('a worker address', () => {
  it('names what the worker has', async () => {
    const memory = await Redis.create('worker:', { worker: thread })
    await memory.set('k', 'v')
    expect(memory.status.store).toBe('memory')
    await memory.close()
    const kept = await Redis.create(`worker:${data('inner')}`, { worker: thread })
    expect(kept.status.store).toBe('file')
    await kept.close()
    await expect(Redis.create('worker:')).rejects.toThrow('needs the option `worker`')
  })

  it('an option that the engine does not have is refused in the handshake', async () => {
    await expect(
      Redis.create('worker:', { worker: thread, config: { nonsense: '1' } }),
    ).rejects.toMatchObject({ name: 'ProtocolError', code: 'refused' })
  })
})
