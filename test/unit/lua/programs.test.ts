import { describe, expect, it } from 'vitest'
import { runHere, runThere } from '../../lua/oracle.ts'
import { programs } from '../../lua/programs.ts'

describe.each([...programs()])('as PUC Lua 5.1 does: %s', (_file, list) => {
  const there = runThere(list.map(({ source }) => source))

  it.each(list.map((program, i) => ({ ...program, i })))('$title', ({ source, i }) => {
    expect(runHere(source)).toEqual(there[i])
  })

  it('every one the same with a pause after every step', () => {
    const here = list.map(({ source }) => runHere(source, { slice: 1 }))
    expect(here).toEqual(there)
  })
})
