import { describe, expect, it } from 'vitest'
import { countNames, lacking, readOutcome } from './outcome.ts'

const ESC = '\x1b'

describe('what the suite prints', () => {
  it('is read into tests that passed, failed and were left out', () => {
    const outcome = readOutcome(
      [
        'Testing unit/x',
        `[${ESC}[0;32mok${ESC}[0m]: First (12 ms) (3 ms)`,
        '[ignore]: Second: Tag: slow denied',
        '[ok]: First (12 ms) (0 ms)',
        '[err]: Third in many words in tests/unit/x.tcl',
        "Expected '1' to be equal to '0'",
        '    while executing',
        '[1/1 done]: unit/x (1 seconds)',
        '',
        '                   The End',
        '',
        '*** [err]: Third in many words in tests/unit/x.tcl',
      ].join('\n'),
    )
    expect(outcome).toEqual({
      passed: ['First (12 ms)', 'First (12 ms)'],
      failed: [
        {
          name: 'Third in many words',
          text:
            'Third in many words in tests/unit/x.tcl\n' +
            "Expected '1' to be equal to '0'\n    while executing",
        },
      ],
      ignored: 1,
      aborted: [],
      hung: null,
      finished: true,
    })
  })

  it('names the test after which a block was given up', () => {
    const outcome = readOutcome(
      '[ok]: One (1 ms)\n[err]: known command\nERR unknown command\n[exception]: Executing test client: x.\n',
    )
    expect(outcome.aborted.map(({ name }) => name)).toEqual(['after One', 'after One'])
    expect(outcome.finished).toBe(false)
  })

  it('names the test that was in progress when time was up', () => {
    const outcome = readOutcome(
      '[ok]: One (1 ms)\n[TIMEOUT]: clients state report follows.\nsock55 => (IN PROGRESS) Two\n\n  The End\n',
    )
    expect(outcome).toMatchObject({ hung: 'Two', finished: false, passed: ['One'] })
  })
})

describe('names', () => {
  it('are lacking as often as they were there more often', () => {
    const wanted = countNames(['a', 'b', 'a', 'a'])
    expect(lacking(wanted, ['a'])).toEqual(['a', 'a', 'b'])
    expect(lacking(wanted, ['b', 'a', 'a', 'a', 'c'])).toEqual([])
  })
})
