/**
 * Random commands on stores that fail at random. A failure prints its seed; `SEEDS=50000` runs more,
 * `SEED=17` one alone.
 */
import { expect, it } from 'vitest'
import { nothing, simulate } from './simulation.ts'

const only = process.env.SEED === undefined ? null : Number(process.env.SEED)
const count = Number(process.env.SEEDS ?? 10_000)
const first = only ?? 1
const last = only ?? count

it(
  'after any crash the state is one that was, with everything in it that was acknowledged',
  async () => {
    const outcome = nothing()
    for (let seed = first; seed <= last; seed++) {
      try {
        await simulate(seed, outcome)
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        })
      }
    }
    // A simulation in which nothing ever happens would pass as well.
    if (only === null) {
      for (const [what, number] of Object.entries(outcome)) {
        expect(number, what).toBeGreaterThan(count / 5)
      }
    }
    if (process.env.SEEDS !== undefined) console.log(outcome)
  },
  Math.max(120_000, count * 200),
)
