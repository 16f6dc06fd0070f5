import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryKeeper } from '../../../src/client/local.ts'
import { RedisClient } from '../../../src/client/redis.ts'
import { families } from '../../../src/commands/index.ts'
import { Engine } from '../../../src/engine/engine.ts'
import { PortLink } from '../../../src/worker/client.ts'
import { Host } from '../../../src/worker/host.ts'
import { channels, turn } from '../../helpers/channels.ts'
import { TestPlatform } from '../../helpers/run.ts'

/** What a caller does next: a session echoes so many bytes, or messages are delivered. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ session: fc.nat(4), size: fc.nat(3000) }) },
  { weight: 3, arbitrary: fc.record({ up: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ down: fc.nat(3) }) },
)
type Step = { session: number; size: number } | { up: number } | { down: number }

/** The end of the world, for some runs: after so many steps one side dies, breaks or talks rubbish. */
const fault = fc.option(
  fc.record({
    at: fc.nat(40),
    how: fc.constantFrom('host dies', 'garbage', 'breaks', 'caller dies'),
  }),
  { freq: 2 },
)

async function simulate(
  steps: readonly Step[],
  window: number,
  end: { at: number; how: string } | null,
) {
  const [caller, host] = channels()
  const platform = new TestPlatform()
  const engine = new Engine({ platform, commands: families })
  const served = new Host(host, () => ({ engine, keeper: new MemoryKeeper() }), { window })
  const after = platform.after.bind(platform)
  const drain = async () => {
    for (let quiet = 0; quiet < 3; ) {
      await turn()
      quiet = [caller.deliver(), host.deliver()].includes(true) ? 0 : quiet + 1
    }
  }
  const connecting = PortLink.connect(caller, { after, window, deadline: 1000 })
  await drain()
  const link = await connecting
  const opening = Promise.all(Array.from({ length: 5 }, () => RedisClient.over(link)))
  await drain()
  const clients = await opening

  const expected: string[][] = clients.map(() => [])
  const got: string[][] = clients.map(() => [])
  const failures: Error[] = []
  let open = 0
  for (const [i, one] of steps.entries()) {
    if (end?.at === i) {
      if (end.how === 'host dies') host.dead = true
      else if (end.how === 'caller dies') caller.dead = true
      else if (end.how === 'garbage') host.queue.push({ kind: 'garbage' })
      else caller.ears?.broken('broken')
    }
    if ('session' in one) {
      const payload = `${i}:`.padEnd(one.size, 'x')
      expected[one.session]?.push(payload)
      open++
      void (clients[one.session] as RedisClient)
        .echo(payload)
        .then(
          (reply) => got[one.session]?.push(reply),
          (error) => failures.push(error),
        )
        .finally(() => open--)
    } else {
      await turn()
      const [side, count] = 'up' in one ? [caller, one.up] : [host, one.down]
      for (let n = 0; n < count; n++) side.deliver()
    }
  }
  for (let i = 0; i < 6; i++) {
    await drain()
    platform.wind(platform.now() + 500)
  }
  await drain()
  return { expected, got, failures, open, served, engine }
}

describe('many sessions over a slow port', () => {
  it('each has its replies, whole and in order, whatever comes between', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 120 }),
        fc.integer({ min: 64, max: 4000 }),
        async (steps, window) => {
          const { expected, got, failures, open } = await simulate(steps, window, null)
          expect(failures).toEqual([])
          expect(got).toEqual(expected)
          expect(open).toBe(0)
        },
      ),
      { numRuns: 60, seed: 20261121 },
    )
  })

  it('when a side fails, every call ends: with its own reply or a typed error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 64, max: 4000 }),
        fault,
        async (steps, window, end) => {
          const { expected, got, failures, open } = await simulate(steps, window, end)
          expect(open).toBe(0)
          for (const error of failures) {
            expect(error.name).toBe('ProtocolError')
            expect(['dead', 'unknown-message']).toContain((error as { code?: string }).code)
          }
          // What was answered is the beginning of what was asked, session by session.
          for (const [i, replies] of got.entries()) {
            expect(replies).toEqual(expected[i]?.slice(0, replies.length))
          }
        },
      ),
      { numRuns: 80, seed: 7 },
    )
  })
})
