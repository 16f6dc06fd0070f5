/** The threat model is as true as its tests: each row of `SECURITY.md` names one that exists. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { textOf } from '../helpers/titles.ts'

const page = readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8')
const rows = [...page.matchAll(/^\| (?!---|What)(.+?) \| (.+?) \| `(.+?)` › (.+?) \|$/gm)].map(
  ([, threat = '', answer = '', file = '', title = '']) => ({ threat, answer, file, title }),
)

describe('the threat model', () => {
  it('has as many rows as lines', () => {
    const lines = page.split('\n').filter((line) => /^\| (?!---|What)/.test(line))
    expect(rows.length).toBe(lines.length)
    expect(rows.length).toBeGreaterThan(20)
  })

  it.each(['A page', 'A worker', 'A service worker', 'The edge', 'TCP'])(
    'speaks of %s',
    (where) => {
      const section = page.split(`\n## ${where}\n`)[1]?.split('\n## ')[0] ?? ''
      expect(section.match(/^\| (?!---|What)/gm)?.length ?? 0).toBeGreaterThan(0)
    },
  )

  it.each(rows)('is tested: $threat', ({ file, title }) => {
    expect(textOf(file, title), `there is no such test: ${file} › ${title}`).not.toBe('')
  })
})
