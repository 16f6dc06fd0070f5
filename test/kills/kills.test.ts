/** A handful of kills; `npm run test:kills node 500` and `idb 500` are done by hand. */
import { expect, it } from 'vitest'
import { killNode } from './node.ts'
import { POLICIES } from './tally.ts'

it('a killed process loses nothing that was acknowledged under always, and nothing old under any policy', async () => {
  const command = [process.execPath, '--import', 'tsx', 'test/kills/child.ts']
  const tallies = await killNode(command, 6)
  for (const policy of POLICIES) {
    const tally = tallies[policy]
    expect(tally?.row(), policy).toMatchObject({
      kills: 2,
      'torn or out of order': 0,
      'load errors': 0,
    })
  }
  expect(tallies['always']?.losses).toBe(0)
  expect(Number(tallies['always']?.row()['acknowledged'])).toBeGreaterThan(3)
}, 120_000)
