import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Real, startReal } from '../helpers/real.ts'
import { compareScripts } from './scripts.ts'

let real: Real

beforeAll(async () => {
  real = await startReal()
})

afterAll(() => real?.stop())

describe('random scripts', () => {
  it('answer as on a real server, in RESP2 and RESP3, and leave the same data', async () => {
    expect(await compareScripts(real, 20260101, 0, 600)).toEqual([])
  })
})
