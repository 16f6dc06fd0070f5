/**
 * `npm run test:faults [count] [first]`: the simulator by hand, as many seeds as wanted. A seed that
 * fails is printed with what was found, and the run goes on.
 */
import { nothing, simulate } from './simulation.ts'

const count = Number(process.argv[2] ?? 10_000)
const first = Number(process.argv[3] ?? 1)
const outcome = nothing()
let failed = 0
const begun = Date.now()
let shown = begun
for (let seed = first; seed < first + count; seed++) {
  try {
    await simulate(seed, outcome)
  } catch (error) {
    failed++
    console.error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (Date.now() - shown < 60_000) continue
  shown = Date.now()
  console.log(`${seed - first + 1} seeds, ${failed} failed`)
}
const seconds = ((Date.now() - begun) / 1000).toFixed(0)
console.log(`${count} seeds in ${seconds} s, ${failed} failed:`, outcome)
process.exitCode = failed === 0 ? 0 : 1
