/** What is said of commands, against a real server: `commands.md` must be true, and complete. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rowsOf } from '../compat/commands-page.ts'
import {
  type Deviation,
  deviations,
  type Facts,
  ourFacts,
  ourNames,
  theirFacts,
  theirNames,
} from '../helpers/command-facts.ts'
import { oracleVersion, type Real, startReal } from '../helpers/real.ts'

const version = oracleVersion()
/** The page is about some versions only. */
const listed = rowsOf(version)

let real: Real
let theirs: Map<string, Facts>
let ours: Map<string, Facts>
let found: Deviation[]

beforeAll(async () => {
  real = await startReal()
  theirs = await theirFacts(real)
  ours = ourFacts()
  found = deviations(theirs, ours, version)
})

afterAll(() => real?.stop())

const line = ({ command, aspect, text }: Deviation): string => `${command} ${aspect}: ${text}`

describe.skipIf(listed === undefined)(
  `COMMAND, COMMAND DOCS and COMMAND LIST of Redis ${version}`,
  () => {
    it('differ as commands.md lists it, and not otherwise', () => {
      const rows = (listed ?? []).map(line)
      const real = found.map(line)
      expect(
        real.filter((text) => !rows.includes(text)),
        'not listed',
      ).toEqual([])
      expect(
        rows.filter((text) => !real.includes(text)),
        'gone',
      ).toEqual([])
      expect(rows.length).toBe(new Set(rows).size)
    })

    it('have a reason for each difference', () => {
      for (const row of listed ?? []) expect(row.reason, line(row)).toMatch(/\w{2}/)
    })

    it('name the same commands in COMMAND and in COMMAND LIST', async () => {
      expect((await theirNames(real)).filter((name) => !theirs.has(name))).toEqual([])
      expect(ourNames().sort()).toEqual([...ours.keys()].sort())
    })
  },
)
