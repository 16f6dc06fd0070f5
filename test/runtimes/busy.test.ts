/** A script that goes on for longer than effects may wait, while the journal is being begun. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { startServer } from '../../src/runtimes/node/server.ts'

const UNTIL_NAMED = `#!lua name=until
redis.register_function('until', function(keys)
  redis.call('LPUSH', keys[1], 'y')
  while not string.find(redis.call('CLIENT', 'LIST'), 'enough') do end
  return redis.call('LPUSH', keys[1], 'z')
end)`

it('lets everybody have their replies when a snapshot has stored what they wait for', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'respite-busy-'))
  const server = await startServer({
    settings: [
      ['port', ['0']],
      ['save', ['']],
      ['dir', [dir]],
      ['enable-debug-command', ['yes']],
      ['busy-reply-threshold', ['10']],
    ],
  })
  const clients = Array.from({ length: 3 }, () => new Redis(server.port, { lazyConnect: true }))
  const [first, second, third] = clients as [Redis, Redis, Redis]
  try {
    await Promise.all(clients.map((client) => client.connect()))
    await first.call('DEBUG', 'SET-DISABLE-DENY-SCRIPTS', '1')
    await first.flushall()
    // The first snapshot of the journal has to wait for the script, and covers what the script does.
    await first.config('SET', 'appendonly', 'yes')
    const popped = second.blpop('x', 0)
    await first.call('FUNCTION', 'LOAD', UNTIL_NAMED)
    const pushed = first.fcall('until', 1, 'x')
    await expect
      .poll(() => third.ping().catch((error: Error) => error.message.slice(0, 4)))
      .toBe('BUSY')
    // Longer than an effect may wait.
    await new Promise((resolve) => setTimeout(resolve, 700))
    await third.call('HELLO', '2', 'SETNAME', 'enough')
    expect(await pushed).toBe(2)
    expect(await popped).toEqual(['x', 'z'])
    expect(await third.llen('x')).toBe(1)
  } finally {
    for (const client of clients) client.disconnect()
    await server.close()
    rmSync(dir, { recursive: true })
  }
}, 15_000)
