/**
 * Programs beside PUC's Lua 5.1: what they print, and how they fail, to the letter. Each runs twice
 * here: in one go, and suspended after every loop and call.
 */
import { describe, expect, it } from 'vitest'
import { families } from './families.ts'
import { askOurs } from './ours.ts'
import { askReal } from './puc.ts'
import { type Program, programsOf, topics } from './sections.ts'

const SLICE = 1

function beside(name: string, programs: readonly Program[]): void {
  describe(name, () => {
    const real = askReal(programs.map(({ source }) => source))
    it.each(programs.map((program, i) => [program.title, program.source, real[i]] as const))(
      '%s',
      (_, source, expected) => {
        expect(askOurs(source)).toBe(expected)
        expect(askOurs(source, SLICE)).toBe(expected)
      },
    )
  })
}

for (const topic of topics) beside(topic, programsOf(topic))
for (const [name, programs] of Object.entries(families)) beside(name, programs)
