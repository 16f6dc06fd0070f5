/**
 * As much of Vitest as suites need that run in a page: `lab/` is built with this in its place. The
 * cases are collected here, and a test of Playwright runs them one by one.
 */

export interface Case {
  readonly title: string
  run(): Promise<void>
}

interface Suite {
  readonly title: string
  readonly before: (() => unknown)[]
  readonly after: (() => unknown)[]
}

export const cases: Case[] = []
const open: Suite[] = []

export function describe(title: string, body: () => void): void {
  open.push({ title, before: [], after: [] })
  body()
  open.pop()
}

export function beforeEach(hook: () => unknown): void {
  open.at(-1)?.before.push(hook)
}

export function afterEach(hook: () => unknown): void {
  open.at(-1)?.after.unshift(hook)
}

export function it(title: string, body: () => unknown): void {
  const suites = [...open]
  cases.push({
    title: [...suites.map((suite) => suite.title), title].join(' › '),
    async run() {
      for (const suite of suites) for (const hook of suite.before) await hook()
      try {
        await body()
      } finally {
        for (const suite of suites.reverse()) for (const hook of suite.after) await hook()
      }
    },
  })
}

const show = (value: unknown): string => {
  const text = JSON.stringify(value, (_, part) => (part instanceof Error ? String(part) : part))
  return text === undefined ? String(value) : text.slice(0, 500)
}

type Fields = Record<string, unknown>

/** Whether two values are alike; `partly`: what is expected may lack fields. */
function alike(actual: unknown, expected: unknown, partly: boolean): boolean {
  if (Object.is(actual, expected)) return true
  if (typeof actual !== 'object' || typeof expected !== 'object') return false
  if (actual === null || expected === null) return false
  if (Array.isArray(actual) !== Array.isArray(expected)) return false
  const keys = Object.keys(expected)
  if (!partly && Object.keys(actual).length !== keys.length) return false
  return keys.every(
    (key) => key in actual && alike((actual as Fields)[key], (expected as Fields)[key], partly),
  )
}

export function expect(actual: unknown, negated = false) {
  const claim = (holds: boolean, what: string, expected: unknown): void => {
    if (holds === negated) {
      const not = negated ? 'not ' : ''
      throw new Error(`expected ${show(actual)} ${not}${what} ${show(expected)}`)
    }
  }
  return {
    toBe: (expected: unknown) => claim(Object.is(actual, expected), 'to be', expected),
    toEqual: (expected: unknown) => claim(alike(actual, expected, false), 'to equal', expected),
    toMatchObject: (expected: unknown) =>
      claim(alike(actual, expected, true), 'to match', expected),
    toBeInstanceOf: (expected: abstract new (...args: never) => unknown) =>
      claim(actual instanceof expected, 'to be an instance of', expected.name),
    get not() {
      return expect(actual, !negated) as Expectation
    },
  }
}

interface Expectation {
  toBe(expected: unknown): void
  toEqual(expected: unknown): void
  toMatchObject(expected: unknown): void
  toBeInstanceOf(expected: abstract new (...args: never) => unknown): void
}
