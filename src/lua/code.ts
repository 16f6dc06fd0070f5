/**
 * What the compiler makes of a function, how statements answer, and what a frame looks like.
 *
 * A statement is two closures over a frame: `run` begins it, `resume` goes on where it was suspended.
 * Both return a status. SUSPEND travels outwards through every statement around; each notes in the
 * frame where it stood, so that `resume` finds the way back in. Nobody pays for that before it happens.
 */
import type { Frame, LuaFunction, LuaValue } from './value.ts'

export type Status = number
/** Go on with the next statement; at the end of a function: it returned nothing. */
export const NORMAL = 0
/** Leave the innermost loop. */
export const BREAK = 1
/** The function returned one value; it is in frame[RESULT]. */
export const RETURN = 2
/** The function returned a list; it is in frame[RESULT]. */
export const RETURN_LIST = 3
/** The function ends in a call; the frame to run instead is in frame[RESULT]. */
export const TAIL = 4
/** The run stops here for now. */
export const SUSPEND = 5

/** What a builtin answers that has stopped the run; it is compared by identity. */
export const SUSPENDED: LuaValue[] = []

export type Run = (frame: Frame) => Status
export type Evaluate = (frame: Frame) => LuaValue
export type Test = (frame: Frame) => boolean

/** A compiled statement; without `resume` it cannot be suspended. */
export interface Step {
  readonly run: Run
  readonly resume: Run | undefined
}

// The header of a frame. SITE while it runs is the call that it is at; RESULT is for afterwards.
export const SITE = 0
export const RESULT = 0
export const FUNCTION = 1
export const PARENT = 2
/** Nesting of calls, plus TAILS for each frame that a tail call replaced. */
export const DEPTH = 3
export const HEADER = 4
export const TAILS = 2 ** 16
export const DEPTH_MASK = TAILS - 1
const MOST_TAILS = TAILS * 8000

/** A place in the source that may fail or call. */
export interface Site {
  readonly chunk: string
  readonly line: number
  /** What PUC calls the operand: "local 'x'", "global 'f'", "field '?'", "method 'm'", or ''. */
  readonly what: string
  /** The same of a second operand. */
  readonly other: string
  /** The name of what is called, for "bad argument #1 to 'name'"; undefined if it has none. */
  readonly name: string | undefined
  readonly method: boolean
}

/** A compiled function, shared by its closures. */
export class Code {
  readonly chunk: string
  readonly line: number
  readonly parameters: number
  /** Extra arguments are a list in the place after the parameters. */
  readonly variadic: boolean
  /** Which literal its frame is; see `frame0`. */
  size = LARGE
  /** An empty frame, copied where no literal is large enough. */
  template: LuaValue[] = []
  run: Run = unfinished
  resume: Run = unfinished
  constructor(chunk: string, line: number, parameters: number, variadic: boolean) {
    this.chunk = chunk
    this.line = line
    this.parameters = parameters
    this.variadic = variadic
  }

  /** Fixes the number of places that a frame needs, header included. */
  finish(places: number, step: Step): void {
    const fits = SIZES.findIndex((size) => places <= size)
    this.size = this.variadic || fits < 0 ? LARGE : fits
    const room = Math.max(places, this.parameters + HEADER + 1)
    for (let i = 0; i < room; i++) this.template.push(undefined)
    this.run = step.run
    this.resume = step.resume ?? unfinished
  }
}

function unfinished(): Status {
  throw new Error('a function was entered where it cannot be')
}

const SIZES = [8, 12, 16, 24]
const LARGE = 4

const asValue = (frame: Frame | undefined): LuaValue => frame as unknown as LuaValue

export const parentOf = (frame: Frame): Frame | undefined =>
  frame[PARENT] as unknown as Frame | undefined
export const functionOf = (frame: Frame): LuaFunction => frame[FUNCTION] as LuaFunction
export const siteOf = (frame: Frame): Site => frame[SITE] as unknown as Site
export const listOf = (value: LuaValue): LuaValue[] => value as unknown as LuaValue[]
export const listValue = (list: LuaValue[]): LuaValue => list as unknown as LuaValue

/** The depth of a frame that replaces `frame` in a tail call. */
export function tailDepth(frame: Frame): number {
  const depth = frame[DEPTH] as number
  return depth < MOST_TAILS ? depth + TAILS : depth
}

// A frame is an array literal of the next size up: that is inlined and costs one bump of a pointer,
// while a copy or `new Array(n)` is a call. Arguments beyond the parameters land in places that are
// written before they are read.

export function frame0(
  code: Code,
  fn: LuaFunction,
  parent: Frame | undefined,
  depth: number,
): Frame {
  const p = asValue(parent)
  const u = undefined
  switch (code.size) {
    case 0:
      return [u, fn, p, depth, u, u, u, u]
    case 1:
      return [u, fn, p, depth, u, u, u, u, u, u, u, u]
    case 2:
      return [u, fn, p, depth, u, u, u, u, u, u, u, u, u, u, u, u]
    case 3:
      return [u, fn, p, depth, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u]
    default:
      return frameList(code, fn, parent, depth, [])
  }
}

export function frame1(
  code: Code,
  fn: LuaFunction,
  parent: Frame,
  depth: number,
  a: LuaValue,
): Frame {
  const p = asValue(parent)
  const u = undefined
  switch (code.size) {
    case 0:
      return [u, fn, p, depth, a, u, u, u]
    case 1:
      return [u, fn, p, depth, a, u, u, u, u, u, u, u]
    case 2:
      return [u, fn, p, depth, a, u, u, u, u, u, u, u, u, u, u, u]
    case 3:
      return [u, fn, p, depth, a, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u]
    default:
      return frameList(code, fn, parent, depth, [a])
  }
}

export function frame2(
  code: Code,
  fn: LuaFunction,
  parent: Frame,
  depth: number,
  a: LuaValue,
  b: LuaValue,
): Frame {
  const p = asValue(parent)
  const u = undefined
  switch (code.size) {
    case 0:
      return [u, fn, p, depth, a, b, u, u]
    case 1:
      return [u, fn, p, depth, a, b, u, u, u, u, u, u]
    case 2:
      return [u, fn, p, depth, a, b, u, u, u, u, u, u, u, u, u, u]
    case 3:
      return [u, fn, p, depth, a, b, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u]
    default:
      return frameList(code, fn, parent, depth, [a, b])
  }
}

export function frame3(
  code: Code,
  fn: LuaFunction,
  parent: Frame,
  depth: number,
  a: LuaValue,
  b: LuaValue,
  c: LuaValue,
): Frame {
  const p = asValue(parent)
  const u = undefined
  switch (code.size) {
    case 0:
      return [u, fn, p, depth, a, b, c, u]
    case 1:
      return [u, fn, p, depth, a, b, c, u, u, u, u, u]
    case 2:
      return [u, fn, p, depth, a, b, c, u, u, u, u, u, u, u, u, u]
    case 3:
      return [u, fn, p, depth, a, b, c, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u, u]
    default:
      return frameList(code, fn, parent, depth, [a, b, c])
  }
}

/** A frame for any number of arguments. */
export function frameList(
  code: Code,
  fn: LuaFunction,
  parent: Frame | undefined,
  depth: number,
  args: readonly LuaValue[],
): Frame {
  const frame = code.template.slice()
  frame[FUNCTION] = fn
  frame[PARENT] = asValue(parent)
  frame[DEPTH] = depth
  const parameters = code.parameters
  const count = args.length < parameters ? args.length : parameters
  for (let i = 0; i < count; i++) frame[HEADER + i] = args[i]
  if (code.variadic) frame[HEADER + parameters] = listValue(args.slice(parameters))
  return frame
}
