/**
 * Statements that hold others: sequences, conditions, loops. Each knows how to go on after it was
 * suspended: `place` is a slot of the frame where it notes which of its parts was at work.
 */
import {
  BREAK,
  type Evaluate,
  NORMAL,
  type Run,
  type Site,
  type Status,
  type Step,
  SUSPEND,
  type Test,
} from './code.ts'
import { errorAt, toNumber } from './operators.ts'
import { Cell, type Frame, type LuaValue } from './value.ts'
import type { Lua } from './vm.ts'

export const NOTHING: Step = { run: () => NORMAL, resume: undefined }
export const LEAVE: Step = { run: () => BREAK, resume: undefined }

const never: Run = () => {
  throw new Error('a statement went on that cannot stop')
}
export const resumeOf = (step: Step): Run => step.resume ?? never

/** One statement after the other. */
export function sequence(steps: readonly Step[], place: number): Step {
  const count = steps.length
  if (count === 0) return NOTHING
  const first = steps[0] as Step
  if (count === 1) return first
  const runs = steps.map((step) => step.run)
  if (steps.every((step) => step.resume === undefined))
    return { run: plain(runs), resume: undefined }
  const resumes = steps.map(resumeOf)
  const resume: Run = (R) => {
    let i = R[place] as number
    let status = (resumes[i] as Run)(R)
    while (status === NORMAL && ++i < count) status = (runs[i] as Run)(R)
    if (status === SUSPEND) R[place] = i
    return status
  }
  return { run: guarded(runs, place), resume }
}

function plain(runs: readonly Run[]): Run {
  const count = runs.length
  const [a, b, c, d] = runs as [Run, Run, Run, Run]
  if (count === 2)
    return (R) => {
      const status = a(R)
      return status === NORMAL ? b(R) : status
    }
  if (count === 3)
    return (R) => {
      let status = a(R)
      if (status !== NORMAL) return status
      status = b(R)
      return status === NORMAL ? c(R) : status
    }
  if (count === 4)
    return (R) => {
      let status = a(R)
      if (status !== NORMAL) return status
      status = b(R)
      if (status !== NORMAL) return status
      status = c(R)
      return status === NORMAL ? d(R) : status
    }
  return (R) => {
    for (let i = 0; i < count; i++) {
      const status = (runs[i] as Run)(R)
      if (status !== NORMAL) return status
    }
    return NORMAL
  }
}

function guarded(runs: readonly Run[], place: number): Run {
  const count = runs.length
  const [a, b, c, d, e, f] = runs as [Run, Run, Run, Run, Run, Run]
  const stop = (R: Frame, status: Status, i: number): Status => {
    if (status === SUSPEND) R[place] = i
    return status
  }
  if (count === 2)
    return (R) => {
      let status = a(R)
      if (status !== NORMAL) return stop(R, status, 0)
      status = b(R)
      return status === NORMAL ? NORMAL : stop(R, status, 1)
    }
  if (count === 3)
    return (R) => {
      let status = a(R)
      if (status !== NORMAL) return stop(R, status, 0)
      status = b(R)
      if (status !== NORMAL) return stop(R, status, 1)
      status = c(R)
      return status === NORMAL ? NORMAL : stop(R, status, 2)
    }
  if (count === 4)
    return (R) => {
      let status = a(R)
      if (status !== NORMAL) return stop(R, status, 0)
      status = b(R)
      if (status !== NORMAL) return stop(R, status, 1)
      status = c(R)
      if (status !== NORMAL) return stop(R, status, 2)
      status = d(R)
      return status === NORMAL ? NORMAL : stop(R, status, 3)
    }
  if (count === 5)
    return (R) => {
      let status = a(R)
      if (status !== NORMAL) return stop(R, status, 0)
      status = b(R)
      if (status !== NORMAL) return stop(R, status, 1)
      status = c(R)
      if (status !== NORMAL) return stop(R, status, 2)
      status = d(R)
      if (status !== NORMAL) return stop(R, status, 3)
      status = e(R)
      return status === NORMAL ? NORMAL : stop(R, status, 4)
    }
  if (count === 6)
    return (R) => {
      let status = a(R)
      if (status !== NORMAL) return stop(R, status, 0)
      status = b(R)
      if (status !== NORMAL) return stop(R, status, 1)
      status = c(R)
      if (status !== NORMAL) return stop(R, status, 2)
      status = d(R)
      if (status !== NORMAL) return stop(R, status, 3)
      status = e(R)
      if (status !== NORMAL) return stop(R, status, 4)
      status = f(R)
      return status === NORMAL ? NORMAL : stop(R, status, 5)
    }
  return (R) => {
    for (let i = 0; i < count; i++) {
      const status = (runs[i] as Run)(R)
      if (status !== NORMAL) return stop(R, status, i)
    }
    return NORMAL
  }
}

export interface Clause {
  /** What must be done before the test; calls in it. */
  readonly before: Step | undefined
  readonly test: Test
  readonly body: Step
}

export function condition(
  clauses: readonly Clause[],
  otherwise: Step | undefined,
  place: number,
): Step {
  const first = clauses[0] as Clause
  const suspendable =
    otherwise?.resume !== undefined ||
    clauses.some(({ before, body }) => before?.resume !== undefined || body.resume !== undefined)
  if (clauses.length === 1 && first.before === undefined) {
    const { test, body } = first
    const then = body.run
    if (otherwise === undefined)
      return { run: (R) => (test(R) ? then(R) : NORMAL), resume: body.resume }
    const other = otherwise.run
    if (!suspendable) return { run: (R) => (test(R) ? then(R) : other(R)), resume: undefined }
    const resumeThen = resumeOf(body)
    const resumeOther = resumeOf(otherwise)
    return {
      run: (R) => {
        if (test(R)) {
          const status = then(R)
          if (status === SUSPEND) R[place] = 0
          return status
        }
        const status = other(R)
        if (status === SUSPEND) R[place] = 1
        return status
      },
      resume: (R) => (R[place] === 0 ? resumeThen(R) : resumeOther(R)),
    }
  }
  const count = clauses.length
  const second = clauses[1]
  if (count === 2 && first.before === undefined && second?.before === undefined && !suspendable) {
    const test = first.test
    const then = first.body.run
    const testTwo = (second as Clause).test
    const thenTwo = (second as Clause).body.run
    const other = (otherwise ?? NOTHING).run
    return {
      run: (R) => (test(R) ? then(R) : testTwo(R) ? thenTwo(R) : other(R)),
      resume: undefined,
    }
  }
  // Places: 2i before clause i, 2i + 1 in its body, 2n in what is otherwise.
  const from = (R: Frame, start: number): Status => {
    for (let i = start; i < count; i++) {
      const { before, test, body } = clauses[i] as Clause
      if (before !== undefined && before.run(R) === SUSPEND) {
        R[place] = 2 * i
        return SUSPEND
      }
      if (test(R)) {
        const status = body.run(R)
        if (status === SUSPEND) R[place] = 2 * i + 1
        return status
      }
    }
    if (otherwise === undefined) return NORMAL
    const status = otherwise.run(R)
    if (status === SUSPEND) R[place] = 2 * count
    return status
  }
  return {
    run: (R) => from(R, 0),
    resume: suspendable
      ? (R) => {
          const at = R[place] as number
          const i = at >> 1
          if (i === count) return resumeOf(otherwise as Step)(R)
          const { before, test, body } = clauses[i] as Clause
          if ((at & 1) === 1) return resumeOf(body)(R)
          if (resumeOf(before as Step)(R) === SUSPEND) return SUSPEND
          if (!test(R)) return from(R, i + 1)
          const status = body.run(R)
          if (status === SUSPEND) R[place] = at + 1
          return status
        }
      : undefined,
  }
}

// Where a loop was suspended.
const BEFORE = 0
const BODY = 1
const TURN = 2

/** `while`. A loop can always be suspended, at the end of a turn. */
export function whileLoop(
  lua: Lua,
  before: Step | undefined,
  test: Test,
  body: Step,
  place: number,
): Step {
  const inner = body.run
  const resumeBody = resumeOf(body)
  if (before === undefined) {
    const run: Run = (R) => {
      while (test(R)) {
        const status = inner(R)
        if (status !== NORMAL) {
          if (status === BREAK) return NORMAL
          if (status === SUSPEND) R[place] = BODY
          return status
        }
        if (--lua.ticks < 0 && lua.tick(R)) {
          R[place] = TURN
          return SUSPEND
        }
      }
      return NORMAL
    }
    const resume: Run = (R) => {
      if (R[place] === BODY) {
        const status = resumeBody(R)
        if (status !== NORMAL) return status === BREAK ? NORMAL : status
      }
      return run(R)
    }
    return { run, resume }
  }
  // `before` has been done.
  const go = (R: Frame): Status => {
    for (;;) {
      if (!test(R)) return NORMAL
      const status = inner(R)
      if (status !== NORMAL) {
        if (status === BREAK) return NORMAL
        if (status === SUSPEND) R[place] = BODY
        return status
      }
      if (--lua.ticks < 0 && lua.tick(R)) {
        R[place] = TURN
        return SUSPEND
      }
      if (before.run(R) === SUSPEND) {
        R[place] = BEFORE
        return SUSPEND
      }
    }
  }
  const run: Run = (R) => {
    if (before.run(R) === SUSPEND) {
      R[place] = BEFORE
      return SUSPEND
    }
    return go(R)
  }
  const resume: Run = (R) => {
    const at = R[place]
    if (at === BEFORE) return resumeOf(before)(R) === SUSPEND ? SUSPEND : go(R)
    if (at === BODY) {
      const status = resumeBody(R)
      if (status !== NORMAL) return status === BREAK ? NORMAL : status
    }
    return run(R)
  }
  return { run, resume }
}

/** `repeat`; what the test must do before it is the end of the body. */
export function repeatLoop(lua: Lua, body: Step, test: Test, place: number): Step {
  const inner = body.run
  const resumeBody = resumeOf(body)
  const after = (R: Frame): Status => {
    for (;;) {
      if (test(R)) return NORMAL
      if (--lua.ticks < 0 && lua.tick(R)) {
        R[place] = TURN
        return SUSPEND
      }
      const status = inner(R)
      if (status !== NORMAL) {
        if (status === BREAK) return NORMAL
        if (status === SUSPEND) R[place] = BODY
        return status
      }
    }
  }
  const finish = (R: Frame, status: Status): Status => {
    if (status === NORMAL) return after(R)
    if (status === BREAK) return NORMAL
    if (status === SUSPEND) R[place] = BODY
    return status
  }
  return {
    run: (R) => finish(R, inner(R)),
    resume: (R) => finish(R, R[place] === BODY ? resumeBody(R) : inner(R)),
  }
}

/** `for v = start, limit, step`. Three slots from `place` on hold the state while it is suspended. */
export function numericFor(
  lua: Lua,
  site: Site,
  slot: number,
  boxed: boolean,
  start: Evaluate,
  limit: Evaluate,
  step: Evaluate | undefined,
  body: Step,
  place: number,
): Step {
  const inner = body.run
  const resumeBody = resumeOf(body)
  const stop = (R: Frame, i: number, last: number, by: number, status: Status): Status => {
    if (status === BREAK) return NORMAL
    if (status === SUSPEND) save(R, i, last, by, BODY)
    return status
  }
  const save = (R: Frame, i: number, last: number, by: number, at: number): void => {
    R[place] = i
    R[place + 1] = last
    R[place + 2] = by
    R[place + 3] = at
  }
  const up = boxed
    ? (R: Frame, first: number, last: number, by: number): Status => {
        for (let i = first; i <= last; i += by) {
          R[slot] = new Cell(i) as unknown as LuaValue
          const status = inner(R)
          if (status !== NORMAL) return stop(R, i, last, by, status)
          if (--lua.ticks < 0 && lua.tick(R)) {
            save(R, i, last, by, TURN)
            return SUSPEND
          }
        }
        return NORMAL
      }
    : (R: Frame, first: number, last: number, by: number): Status => {
        for (let i = first; i <= last; i += by) {
          R[slot] = i
          const status = inner(R)
          if (status !== NORMAL) return stop(R, i, last, by, status)
          if (--lua.ticks < 0 && lua.tick(R)) {
            save(R, i, last, by, TURN)
            return SUSPEND
          }
        }
        return NORMAL
      }
  const down = (R: Frame, first: number, last: number, by: number): Status => {
    for (let i = first; i >= last; i += by) {
      R[slot] = boxed ? (new Cell(i) as unknown as LuaValue) : i
      const status = inner(R)
      if (status !== NORMAL) return stop(R, i, last, by, status)
      if (--lua.ticks < 0 && lua.tick(R)) {
        save(R, i, last, by, TURN)
        return SUSPEND
      }
    }
    return NORMAL
  }
  const run: Run = (R) => {
    const a = start(R)
    const b = limit(R)
    const c = step === undefined ? 1 : step(R)
    const first = typeof a === 'number' ? a : number(site, a, 'initial value')
    const last = typeof b === 'number' ? b : number(site, b, 'limit')
    const by = typeof c === 'number' ? c : number(site, c, 'step')
    // PUC steps back and then into the loop, which tells with fractions and with -0.
    const from = first - by + by
    return by > 0 ? up(R, from, last, by) : down(R, from, last, by)
  }
  const resume: Run = (R) => {
    const i = R[place] as number
    const last = R[place + 1] as number
    const by = R[place + 2] as number
    if (R[place + 3] === BODY) {
      const status = resumeBody(R)
      if (status !== NORMAL) {
        if (status === BREAK) return NORMAL
        return status
      }
    }
    return by > 0 ? up(R, i + by, last, by) : down(R, i + by, last, by)
  }
  return { run, resume }
}

function number(site: Site, value: LuaValue, what: string): number {
  const converted = toNumber(value)
  if (converted === undefined) throw errorAt(site, `'for' ${what} must be a number`)
  return converted
}
