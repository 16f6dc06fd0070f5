import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Kind, runJobs, type Tally } from '../helpers/bullmq.ts'
import { type ServerProcess, startProcess } from '../helpers/server.ts'

/** More by hand: `RESPITE_JOBS=10500 npx vitest run test/runtimes/bullmq.test.ts`. */
const JOBS = Number(process.env.RESPITE_JOBS ?? '700')

let server: ServerProcess
let tallies: Record<Kind, Tally>

beforeAll(async () => {
  server = await startProcess()
  tallies = await runJobs(server.port, JOBS)
}, 300_000)

afterAll(() => server.end())

describe('BullMQ with ioredis on respite-server', () => {
  const kinds: Kind[] = ['plain', 'delayed', 'priority', 'retried', 'limited', 'flow', 'repeated']
  it.each(kinds)('every %s job is done, and done once', (kind) => {
    const { added, ...ended } = tallies[kind]
    expect(added).toBeGreaterThanOrEqual(20)
    const failedAttempts = kind === 'retried' ? added + (added >> 1) : 0
    const all = { done: added, completed: added, completedEvents: added }
    expect(ended).toEqual({ ...all, twice: 0, failedAttempts, left: {} })
  })
})
