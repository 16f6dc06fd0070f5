/**
 * What the compiler makes of a function, and how statements answer.
 *
 * A statement is two closures over a frame: `run` begins it, `resume` goes on where it was suspended.
 * Both return a status. SUSPEND travels outwards through every statement around; each notes in the
 * frame where it stood, so that `resume` finds the way back in. Nobody pays for that before it happens.
 */
import type { Frame, LuaValue } from './value.ts'

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

export type Run = (frame: Frame) => Status
export type Evaluate = (frame: Frame) => LuaValue
export type Test = (frame: Frame) => boolean

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

/** A place in the source that may fail or call: its line, and what PUC would call the operand. */
export interface Site {
  readonly line: number
  readonly chunk: string
  /** "local 'x'", "global 'f'", "field '?'", "method 'm'", or nothing. */
  readonly what: string
}

/** A compiled function, shared by its closures. */
export class Code {
  readonly chunk: string
  readonly line: number
  readonly parameters: number
  readonly variadic: boolean
  /** Size class of its frame (frame.ts). */
  size = 0
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
}

function unfinished(): Status {
  throw new Error('a function runs before it is compiled')
}
