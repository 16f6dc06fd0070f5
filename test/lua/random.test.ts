import { expect, it } from 'vitest'
import { compare } from './random.ts'

// `npm run test:lua` draws others, and more of them.
it.each([1, 2])('random programs print and fail as in PUC Lua 5.1, seed %i', (seed) => {
  expect(compare(seed, 0, 250).differences).toEqual([])
})
