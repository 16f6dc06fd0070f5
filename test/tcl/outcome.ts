/** What a run of one unit printed, read into names. */

export interface Outcome {
  /** Names of tests, in order; one that ran several times is there several times. */
  passed: string[]
  failed: Failure[]
  /** Tests and blocks that the mode leaves out. */
  ignored: number
  /** What ended a block, or all of it, outside of a test: the rest of the block never ran. */
  aborted: Failure[]
  /** The test that was in progress when nothing happened any more. */
  hung: string | null
  /** The suite came to its own end. */
  finished: boolean
}

export interface Failure {
  name: string
  /** What the suite says about it. */
  text: string
}

const COLOURS = /\x1b\[[0-9;]*m/g
const MARK = /^\[(ok|err|skip|ignore|exception|ready|testing|TIMEOUT)\]: ?(.*)$/
const DONE = /^\[\d+\/\d+ done\]: /
const FAILED_TEST = /^(.*) in tests\/\S+\.tcl$/
const HUNG = /^\S+ => \(IN PROGRESS\) (.*)$/

/** Read the output of the suite for one unit. */
export function readOutcome(output: string): Outcome {
  const outcome: Outcome = {
    passed: [],
    failed: [],
    ignored: 0,
    aborted: [],
    hung: null,
    finished: false,
  }
  let last = 'the beginning'
  let open: Failure | null = null
  let timedOut = false
  for (const line of output.replace(COLOURS, '').split('\n')) {
    if (line.trim() === 'The End') {
      outcome.finished = !timedOut
      break
    }
    const hung = timedOut ? HUNG.exec(line) : null
    if (hung !== null) outcome.hung = (hung[1] as string).trim()
    const match = MARK.exec(line)
    if (match === null) {
      if (DONE.test(line) || line.startsWith('Testing ')) open = null
      else if (open !== null) open.text += `\n${line}`
      continue
    }
    open = null
    const text = (match[2] as string).trim()
    switch (match[1]) {
      case 'ok':
        last = text.replace(/ \(\d+ ms\)$/, '')
        outcome.passed.push(last)
        break
      case 'ignore':
        outcome.ignored++
        break
      case 'err': {
        const test = FAILED_TEST.exec(text)
        open = { name: test === null ? `after ${last}` : (test[1] as string), text }
        if (test === null) outcome.aborted.push(open)
        else {
          last = open.name
          outcome.failed.push(open)
        }
        break
      }
      case 'exception':
        open = { name: `after ${last}`, text }
        outcome.aborted.push(open)
        break
      case 'TIMEOUT':
        timedOut = true
        break
      default:
        break
    }
  }
  return outcome
}

/** How often each name is there. */
export function countNames(names: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

/** Names that `wanted` has more often than `got`, once for every time. */
export function lacking(wanted: ReadonlyMap<string, number>, got: Iterable<string>): string[] {
  const counts = countNames(got)
  const names: string[] = []
  for (const [name, count] of wanted) {
    for (let i = counts.get(name) ?? 0; i < count; i++) names.push(name)
  }
  return names
}
