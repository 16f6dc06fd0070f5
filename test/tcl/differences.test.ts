import { describe, expect, it } from 'vitest'
import {
  compare,
  DIFFERENCES,
  type Difference,
  explains,
  named,
  REASONS,
  skips,
} from './differences.ts'
import { type Mode, readLater } from './record.ts'

const TABLE: Difference[] = [
  { reason: 'process', unit: 'unit/a', tests: ['One', '/^Lua '], skip: true },
  { reason: 'newer', unit: 'unit/a', tests: ['Two'], suite: '7.0.15' },
  { reason: 'replica', unit: 'unit/a', tests: ['Three'], mode: 'launch' },
  { reason: 'replica', unit: 'unit/b', tests: ['Four'] },
]

describe('differences', () => {
  it('are those of the suite, the mode and the unit', () => {
    expect(named(TABLE, '7.0.15', 'external', 'unit/a')).toEqual(TABLE.slice(0, 2))
    expect(named(TABLE, '8.6.3', 'launch', 'unit/a')).toEqual([TABLE[0], TABLE[2]])
    expect(skips(TABLE)).toEqual(['One', '/^Lua '])
  })

  it('explain what only the real server passes', () => {
    const ours = { passed: ['Five', 'Five'], failed: [{ name: 'Two', text: '' }] }
    const real = ['One', 'Lua 1', 'Two', 'Three', 'Five', 'Five', 'Five']
    const judgement = compare(named(TABLE, '7.0.15', 'external', 'unit/a'), real, ours)
    expect(judgement).toMatchObject({
      named: ['One', 'Lua 1', 'Two'],
      skipped: ['One', 'Lua 1'],
      open: ['Three', 'Five'],
      wrong: [],
    })
    expect(judgement.why('Lua 1')).toBe(TABLE[0])
  })

  it('that are none any more are wrong', () => {
    const ours = { passed: ['Two', 'Lua 1', 'Lua 1'], failed: [] }
    expect(compare(TABLE, ['Two', 'Lua 1', 'Lua 1'], ours).wrong).toEqual(['Two', 'Lua 1'])
    // A name may stand for several tests, of which some still fail.
    expect(compare(TABLE, ['Two', 'Two', 'Lua 1', 'Lua 1', 'Lua 1'], ours).wrong).toEqual([])
    expect(compare(TABLE, null, ours)).toMatchObject({ open: null, wrong: ['Two', 'Lua 1'] })
    const failed = [{ name: 'Two', text: '' }]
    expect(compare(TABLE, null, { ...ours, failed }).wrong).toEqual(['Lua 1'])
  })

  it('are named once, each with a reason', () => {
    const seen = new Set<string>()
    for (const { reason, unit, tests, suite = '', mode = '' } of DIFFERENCES) {
      expect(Object.keys(REASONS)).toContain(reason)
      for (const test of tests) {
        const id = [suite, mode, unit, test].join(' ')
        expect(seen.has(id), id).toBe(false)
        seen.add(id)
      }
    }
  })

  it('of later versions are those that a later real server has as well', () => {
    // `npm run test:tcl -- --later --both --real PATH` has asked 8.6.3 with the suite of 7.0.15.
    const suite = '7.0.15'
    const later = readLater()
    const modes: readonly Mode[] = ['external', 'launch']
    const shown = (entry: Difference): string[] =>
      modes.flatMap((mode) => {
        if (named([entry], suite, mode, entry.unit).length === 0) return []
        return later[`${suite} ${mode}`]?.[entry.unit] ?? []
      })
    for (const entry of DIFFERENCES) {
      if (entry.reason !== 'newer' || (entry.suite ?? suite) !== suite) continue
      for (const test of entry.tests) {
        const one = { ...entry, tests: [test] }
        expect(
          shown(entry).some((name) => explains([one], name)),
          `${entry.unit}: ${test}`,
        ).toBe(true)
      }
    }
  })
})
