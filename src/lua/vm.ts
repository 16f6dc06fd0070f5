/**
 * The machine: who runs what, and how a run stops and goes on.
 *
 * Code runs as nested JavaScript calls, one `code.run(frame)` an activation. When it must stop (a time
 * slice is over, a coroutine yields, the JavaScript stack is deep enough), a statement answers SUSPEND;
 * every activation on the way out is pushed on `suspended`, innermost first, and the next driver
 * (`execute`) gets the list. It resumes frames from the innermost outwards, handing the results of each
 * to the next. Deep recursion therefore lives in the heap, and an error in a frame that was resumed
 * finds the pcall it belongs to in the same list.
 *
 * Builtins that call back and can be suspended (pcall, xpcall, coroutine.resume) leave a frame of their
 * own, a mark; everything else that calls back goes through `call` or `callMeta`, has a driver of its
 * own, and cannot yield or pause.
 */
import { LuaArguments } from './arguments.ts'
import {
  DEPTH,
  DEPTH_MASK,
  frame0,
  frame1,
  frame2,
  frameList,
  functionOf,
  HEADER,
  listOf,
  listValue,
  NORMAL,
  parentOf,
  RESULT,
  RETURN,
  RETURN_LIST,
  type Site,
  type Status,
  SUSPEND,
  SUSPENDED,
  siteOf,
  TAIL,
  TAILS,
} from './code.ts'
import { compile } from './compiler.ts'
import { LuaError, NOT_ENOUGH_MEMORY } from './errors.ts'
import { survey } from './memory.ts'
import { meter } from './meter.ts'
import { formatNumber } from './number.ts'
import {
  callError,
  event,
  index,
  lessThan,
  metamethod,
  metaOf,
  READONLY,
  setIndex,
} from './operators.ts'
import { parse } from './parser.ts'
import { LuaTable } from './table.ts'
import {
  addressOf,
  builtin,
  type Frame,
  LuaFunction,
  type LuaResult,
  type LuaThread,
  LuaUserdata,
  type LuaValue,
  type Native,
  typeName,
} from './value.ts'

export interface LuaOptions {
  /** Bytes, roughly, that the values of a run may take; 1 GB if it is left out. */
  memoryLimit?: number
  /** Loops and calls from one look at `hook` to the next; 10,000 if it is left out. */
  interval?: number
}

export type Reason = 'spill' | 'yield' | 'pause'

/** C levels: calls from builtins and metamethods, pcall, coroutines, nesting of the parser. */
const C_LEVELS = 200
/** Nested calls of Lua; PUC's list of calls doubles up to the first and is cut to the second. */
const FIRST_DEPTH = 16383
const DEPTH_LIMIT = 19999
/** Activations that may stand on the JavaScript stack above the driver that runs them. */
const SPILL = [120, 120, 40, 40, 20, 20, 20, 20]
const SPILL_DEEP = 4

/** What a mark stands for; it is in the place after the header. */
const KIND = HEADER
const LEVELS = HEADER + 1
const HANDLER = HEADER + 2
export type MarkKind = 'call' | 'pcall' | 'xpcall' | 'resume' | 'wrap'

/** Frames that wait, outermost first. */
export interface Stack {
  frames: Frame[]
  /** The innermost frame has not begun. */
  fresh: boolean
}

const NO_SITE: Site = { chunk: '?', line: 0, what: '', other: '', name: undefined, method: false }

export class Lua extends LuaArguments {
  readonly globals = new LuaTable()
  /** What strings have as a metatable. */
  stringMeta: LuaTable | undefined = undefined
  /** Asked every `interval` loops and calls; may throw a LuaError, also a fatal one. */
  hook: (() => 'go' | 'pause') | undefined = undefined
  interval: number
  memoryLimit: number
  /** What `pcall` answers in place of an error; `xpcall` hands it to its handler as it is. */
  softened: ((error: LuaValue) => LuaValue) | undefined = undefined
  /** The environment of new chunks; `setfenv(0, …)` changes it. */
  environment: LuaTable

  // What the nodes of the compiler use.
  /** Loops and calls until the next look around. */
  ticks: number
  /** The nesting at which frames go to the heap, or the limit. */
  spill = 0
  /** The caller of the running builtin. */
  frame: Frame | undefined = undefined
  /** Frames of a run that is being suspended, innermost first. */
  suspended: Frame[] = []
  /** What the frame that is resumed was waiting for. */
  delivered: LuaValue[] = []

  /** `next`, and what `ipairs` returns: loops follow them without a call. */
  nextFunction: LuaFunction | undefined = undefined
  ipairsIterator: LuaFunction | undefined = undefined
  selectFunction: LuaFunction | undefined = undefined

  /** The innermost of `suspended` has not begun. */
  private fresh = false
  reason: Reason = 'spill'
  /** The running coroutine, undefined in the main one. */
  thread: LuaThread | undefined = undefined
  /** C levels in use. */
  levels = 0
  /** Calls that cannot be suspended. */
  private pinned = 0
  private drivers = 0
  private depthLimit = FIRST_DEPTH
  /** Bytes on the meter at which to look what is still in use. */
  private surveyAt: number

  constructor(options: LuaOptions = {}) {
    super()
    this.interval = options.interval ?? 10_000
    this.memoryLimit = options.memoryLimit ?? 2 ** 30
    this.ticks = this.interval - 1
    this.environment = this.globals
    this.surveyAt = meter.bytes + this.memoryLimit
  }

  // ---- for hosts ----

  /** Compiles a chunk; throws LuaError with PUC's text. */
  load(source: string, chunkName: string): LuaFunction {
    const code = compile(this, parse(source, chunkName, this.levels), chunkName)
    return new LuaFunction(code, undefined, [], this.environment, '')
  }

  /** A table of builtins, as the global `name`. */
  library(name: string, functions: Readonly<Record<string, Native>>): LuaTable {
    const table = new LuaTable()
    for (const [key, native] of Object.entries(functions))
      table.setString(key, builtin(key, native))
    this.globals.setString(name, table)
    return table
  }

  /** A builtin as a global. */
  global(name: string, native: Native): LuaFunction {
    const fn = builtin(name, native)
    this.globals.setString(name, fn)
    return fn
  }

  /** Begins a run that can pause. */
  start(fn: LuaFunction, args: LuaValue[]): LuaRun {
    return new LuaRun(this, fn, args)
  }

  /** Calls to the end; what it calls cannot yield or pause. */
  call(fn: LuaValue, args: LuaValue[]): LuaValue[] {
    const caller = this.frame
    const { levels: level, spill } = this
    this.enterC(false)
    this.pinned++
    this.drivers++
    try {
      const mark = this.mark('call', caller)
      const [callee, list] = this.callable(fn, args)
      return this.runPinned(callee, list, mark)
    } finally {
      this.drivers--
      this.pinned--
      this.levels = level
      this.frame = caller
      this.spill = spill
    }
  }

  /**
   * For a builtin that calls a function again and again (a comparator): what `call` does around each
   * call is done once around `work`, which calls by `callFirst` and hands on what it is given.
   */
  repeatedly(work: (parent: Frame) => void): void {
    const caller = this.frame
    const { levels: level, spill } = this
    this.enterC(false)
    this.pinned++
    this.drivers++
    try {
      work(this.mark('call', caller))
    } finally {
      this.drivers--
      this.pinned--
      this.levels = level
      this.frame = caller
      this.spill = spill
    }
  }

  /** The first result of a call with one or two arguments, inside of `repeatedly`. */
  callFirst(
    parent: Frame,
    fn: LuaFunction,
    count: 1 | 2,
    a: LuaValue,
    b: LuaValue = undefined,
  ): LuaValue {
    const { code } = fn
    const depth = ((parent[DEPTH] as number) & DEPTH_MASK) + 1
    let result: LuaValue
    if (code === undefined || depth > this.depthLimit) {
      result = this.runPinned(fn, count === 1 ? [a] : [a, b], parent)[0]
    } else {
      const most = depth + (SPILL[this.drivers] ?? SPILL_DEEP)
      this.spill = most < this.depthLimit ? most : this.depthLimit
      const frame =
        count === 1 ? frame1(code, fn, parent, depth, a) : frame2(code, fn, parent, depth, a, b)
      if (--this.ticks < 0) this.tick(frame)
      const status = code.run(frame)
      if (status === RETURN) result = frame[RESULT]
      else result = this.settlePinned(status, frame)[0]
    }
    this.frame = parentOf(parent)
    return result
  }

  /** `value[key]`. */
  index(value: LuaValue, key: LuaValue): LuaValue {
    return index(this, this.frame, NO_SITE, value, key)
  }

  /** `value[key] = x`. */
  setIndex(value: LuaValue, key: LuaValue, x: LuaValue): void {
    setIndex(this, this.frame, NO_SITE, value, key, x)
  }

  /** `a < b`, for table.sort; the error has no position. */
  lessThan(a: LuaValue, b: LuaValue): boolean {
    if (typeof a === 'number' && typeof b === 'number') return a < b
    const mark = this.mark('call', this.frame)
    return lessThan(this, mark, NO_SITE, a, b)
  }

  /** What `tostring` answers. */
  tostring(value: LuaValue): string {
    switch (typeof value) {
      case 'string':
        return value
      case 'number':
        return formatNumber(value)
      case 'undefined':
        return 'nil'
      case 'boolean':
        return value ? 'true' : 'false'
    }
    const handler = metamethod(this, value, '__tostring')
    if (handler !== undefined) {
      const text = this.call(handler, [value])[0]
      if (typeof text === 'number') return formatNumber(text)
      if (typeof text !== 'string') this.error("'tostring' must return a string to 'print'")
      return text
    }
    // A light userdata without an address, as C prints it.
    if (value instanceof LuaUserdata && value.value === null) return 'userdata: (nil)'
    return `${typeName(value)}: ${addressOf(value)}`
  }

  /** Before a builtin writes into a table. */
  checkWritable(table: LuaTable): void {
    if (table.readonly) throw new LuaError(READONLY)
  }

  /** Counts memory that a builtin or a concatenation is about to take. */
  allocate(bytes: number): void {
    meter.bytes += bytes
    if (bytes > 2 ** 29 - 32 || bytes > this.memoryLimit) throw new LuaError(NOT_ENOUGH_MEMORY)
    // The next look at what is in use shall not come too late.
    if (meter.bytes > this.surveyAt && this.ticks > 0) this.ticks = 0
  }

  override error(text: string, level = 1): never {
    const error = new LuaError(this.where(level) + text)
    error.traceback = this.where(1).slice(0, -2)
    throw error
  }

  override argumentError(n: number, text: string): never {
    const site = this.callSite()
    let number = n
    if (site.method) {
      number--
      if (number === 0) this.error(`calling '${site.name}' on bad self (${text})`)
    }
    this.error(`bad argument #${number} to '${site.name ?? '?'}' (${text})`)
  }

  private callSite(): Site {
    const frame = this.frame
    return frame !== undefined && functionOf(frame).code !== undefined ? siteOf(frame) : NO_SITE
  }

  // ---- levels ----

  /**
   * The frame at a level: 1 called the running builtin. 'tail' for a call that was replaced, undefined
   * beyond the outermost.
   */
  level(level: number): Frame | 'tail' | undefined {
    let frame = this.frame
    let n = level
    while (frame !== undefined) {
      if (n <= 1) return frame
      n--
      const tails = Math.floor((frame[DEPTH] as number) / TAILS)
      if (n <= tails) return 'tail'
      n -= tails
      frame = parentOf(frame)
    }
    return undefined
  }

  /** "chunk:line: " of a level, if that is Lua. */
  where(level: number): string {
    const frame = this.level(level)
    if (frame === undefined || frame === 'tail') return ''
    const { code } = functionOf(frame)
    if (code === undefined) return ''
    // A loop that calls nothing has no site yet.
    const site = siteOf(frame) as Site | undefined
    return `${code.chunk}:${site?.line ?? Math.max(1, code.line)}: `
  }

  // ---- calls ----

  /** One more C level; the error has a position if code of Lua is at work, not a builtin. */
  private enterC(positioned: boolean): void {
    if (++this.levels < C_LEVELS) return
    if (this.levels === C_LEVELS)
      throw new LuaError(`${positioned ? this.where(1) : ''}C stack overflow`)
    if (this.levels >= C_LEVELS + C_LEVELS / 8) throw new LuaError('error in error handling')
  }

  /** An iterator is about to be called: PUC does that from C. Back is `levels--`. */
  enterIterator(frame: Frame): void {
    this.frame = frame
    this.enterC(true)
  }

  /** A frame that stands for a builtin. */
  mark(kind: MarkKind, parent: Frame | undefined): Frame {
    const depth = parent === undefined ? 0 : ((parent[DEPTH] as number) & DEPTH_MASK) + 1
    const self = MARKS[kind]
    const levels = this.levels
    return [undefined, self, parent as unknown as LuaValue, depth, kind, levels, undefined]
  }

  /** The function to call for a value, and the arguments with the value before them if it has __call. */
  callable(fn: LuaValue, args: LuaValue[], site = NO_SITE): [LuaFunction, LuaValue[]] {
    if (fn instanceof LuaFunction) return [fn, args]
    const meta = metaOf(this, fn)
    const handler = meta === undefined ? undefined : event(meta, '__call')
    if (!(handler instanceof LuaFunction)) {
      throw callError(site, fn)
    }
    return [handler, [fn, ...args]]
  }

  /** Calls a metamethod above `frame`; its first result. */
  callMeta(frame: Frame | undefined, handler: LuaValue, args: LuaValue[]): LuaValue {
    const caller = this.frame
    const { levels, spill } = this
    this.frame = frame
    this.enterC(true)
    this.pinned++
    this.drivers++
    try {
      if (
        !(handler instanceof LuaFunction) &&
        !(metamethod(this, handler, '__call') instanceof LuaFunction)
      )
        this.error(`attempt to call a ${typeName(handler)} value`)
      const [callee, list] = this.callable(handler, args)
      return this.runPinned(callee, list, frame)[0]
    } finally {
      this.drivers--
      this.pinned--
      this.levels = levels
      this.frame = caller
      this.spill = spill
    }
  }

  /** Runs a function to its end above `parent`. */
  private runPinned(fn: LuaFunction, args: LuaValue[], parent: Frame | undefined): LuaValue[] {
    const { code } = fn
    if (code === undefined) {
      this.frame = parent
      const result = (fn.native as Native)(...args)
      return Array.isArray(result) ? result : [result]
    }
    const depth = parent === undefined ? 1 : ((parent[DEPTH] as number) & DEPTH_MASK) + 1
    if (depth > this.depthLimit) this.overflow(parent)
    const most = depth + (SPILL[this.drivers] ?? SPILL_DEEP)
    this.spill = most < this.depthLimit ? most : this.depthLimit
    const frame = frameList(code, fn, parent, depth, args)
    return this.settlePinned(code.run(frame), frame)
  }

  /** The results of a function that cannot be suspended, whatever it has come to. */
  private settlePinned(status: Status, frame: Frame): LuaValue[] {
    const last = this.followTo(status, frame)
    if (last !== undefined) return this.resultsOf(this.lastStatus, last)
    // Only depth suspends what is pinned.
    const stack: Stack = { frames: this.suspended.reverse(), fresh: this.fresh }
    this.suspended = []
    this.fresh = false
    this.execute(stack)
    return this.delivered
  }

  /**
   * Before a call goes on: the frame is at the limit of the stack, or it is time to look around. True
   * if the run is suspended; the frame will begin later.
   */
  enter(frame: Frame): boolean {
    const depth = (frame[DEPTH] as number) & DEPTH_MASK
    if (depth > this.depthLimit) this.overflow(parentOf(frame))
    if (this.ticks < 0 && this.tick(frame)) {
      this.fresh = true
      this.suspended.push(frame)
      return true
    }
    if (depth <= this.spill) return false
    this.reason = 'spill'
    this.fresh = true
    this.suspended.push(frame)
    return true
  }

  private overflow(frame: Frame | undefined): never {
    this.depthLimit = DEPTH_LIMIT
    this.frame = frame
    this.error('stack overflow')
  }

  /** Looks around, every `interval` ticks. True if the run shall pause, with `reason` set. */
  tick(frame: Frame): boolean {
    this.ticks = this.interval - 1
    if (meter.bytes > this.surveyAt) this.checkMemory(frame)
    const { hook } = this
    if (hook === undefined) return false
    this.frame = frame
    if (hook() !== 'pause' || this.pinned > 0) return false
    this.reason = 'pause'
    return true
  }

  private checkMemory(frame: Frame): void {
    const limit = this.memoryLimit
    const used = survey([this.globals, frame as unknown as LuaValue, ...this.roots()], limit)
    this.surveyAt = meter.bytes + Math.max((limit - used) / 2, limit / 8)
    if (used > limit) throw new LuaError(NOT_ENOUGH_MEMORY)
  }

  private roots(): LuaValue[] {
    const found: LuaValue[] = [this.environment, this.stringMeta]
    for (let thread = this.thread; thread !== undefined; thread = thread.resumer) found.push(thread)
    for (const stack of this.stacks)
      for (const frame of stack.frames) found.push(frame as unknown as LuaValue)
    return found
  }

  /** The stacks of the drivers that are at work. */
  private stacks: Stack[] = []

  // ---- what a call leaves ----

  /** How the frame that `followTo` found has ended. */
  lastStatus: Status = NORMAL

  /** Through tail calls to the frame that ended (its status is `lastStatus`); undefined: suspended. */
  followTo(status: Status, frame: Frame): Frame | undefined {
    let s = status
    let f = frame
    while (s === TAIL) {
      const next = f[RESULT] as unknown as Frame
      // The first of them is still at hand here and there, and would keep all others.
      f[RESULT] = undefined
      f = next
      if (--this.ticks < 0 && this.enter(f)) return undefined
      s = (functionOf(f).code as { run(frame: Frame): Status }).run(f)
    }
    if (s === SUSPEND) {
      this.suspended.push(f)
      return undefined
    }
    this.lastStatus = s
    return f
  }

  private resultsOf(status: Status, frame: Frame): LuaValue[] {
    if (status === RETURN) return [frame[RESULT]]
    return status === RETURN_LIST ? listOf(frame[RESULT]) : []
  }

  // ---- the driver ----

  /**
   * Runs a stack until it is empty (true; the results are `delivered`) or suspended for a reason
   * beyond this driver (false).
   */
  execute(stack: Stack): boolean {
    const { spill, frame: caller } = this
    const room = SPILL[this.drivers] ?? SPILL_DEEP
    this.drivers++
    this.stacks.push(stack)
    try {
      for (;;) {
        const frame = stack.frames.pop()
        if (frame === undefined) return true
        // A frame that goes on is as much work as a call.
        this.ticks--
        const begins = stack.fresh
        stack.fresh = false
        const most = ((frame[DEPTH] as number) & DEPTH_MASK) + room
        this.spill = most < this.depthLimit ? most : this.depthLimit
        let last: Frame | undefined
        try {
          last = this.followTo(begins ? begin(frame) : this.goOn(frame), frame)
        } catch (thrown) {
          this.suspended.length = 0
          this.fresh = false
          if (thrown instanceof LuaError && thrown.traceback === '') {
            thrown.traceback = this.where(1).slice(0, -2)
          }
          this.unwind(stack, thrown)
          continue
        }
        if (last !== undefined) this.delivered = this.resultsOf(this.lastStatus, last)
        else {
          const { suspended } = this
          for (let i = suspended.length - 1; i >= 0; i--) stack.frames.push(suspended[i] as Frame)
          suspended.length = 0
          stack.fresh = this.fresh
          this.fresh = false
          if (this.reason !== 'spill') return false
        }
      }
    } finally {
      this.drivers--
      this.stacks.pop()
      this.spill = spill
      this.frame = caller
    }
  }

  /** Resumes a frame with what was delivered to it. */
  private goOn(frame: Frame): Status {
    const { code } = functionOf(frame)
    if (code !== undefined) return code.resume(frame)
    const kind = frame[KIND] as MarkKind
    if (kind === 'resume' || kind === 'wrap') {
      const result = this.coroutine(frame[HANDLER] as LuaThread, frame, kind === 'wrap')
      if (result === SUSPENDED) {
        // The mark pushed itself; the driver would do so again.
        this.suspended.pop()
        return SUSPEND
      }
      frame[RESULT] = listValue(result)
      return RETURN_LIST
    }
    const results = this.delivered
    if (kind !== 'call') {
      this.levels = frame[LEVELS] as number
      frame[RESULT] = listValue([true, ...results])
    } else frame[RESULT] = listValue(results)
    return RETURN_LIST
  }

  /** An error that left the frames of a stack: to the innermost pcall, or on to the host. */
  private unwind(stack: Stack, thrown: unknown): void {
    const error = asLuaError(thrown)
    for (;;) {
      const frame = stack.frames.pop()
      if (frame === undefined) throw error
      const kind = functionOf(frame).code === undefined ? (frame[KIND] as MarkKind) : 'call'
      if (error.fatal || (kind !== 'pcall' && kind !== 'xpcall')) continue
      this.delivered = this.caught(error, frame)
      return
    }
  }

  // ---- pcall ----

  /** pcall and xpcall: `mark` is their frame. */
  protect(fn: LuaValue, args: LuaValue[], handler: LuaValue, kind: 'pcall' | 'xpcall'): LuaResult {
    const caller = this.frame
    const { spill, thread } = this
    const mark = this.mark(kind, caller)
    mark[HANDLER] = handler
    try {
      this.enterC(false)
      const [callee, list] = this.callable(fn, args)
      const { code } = callee
      let results: LuaValue[]
      if (code === undefined) {
        this.frame = mark
        const result = (callee.native as Native)(...list)
        if (result === SUSPENDED) {
          this.suspended.push(mark)
          return SUSPENDED
        }
        results = Array.isArray(result) ? result : [result]
      } else {
        const depth = (mark[DEPTH] as number) + 1
        const frame = frameList(code, callee, mark, depth, list)
        if ((depth > this.spill || --this.ticks < 0) && this.enter(frame)) {
          this.suspended.push(mark)
          return SUSPENDED
        }
        const last = this.followTo(code.run(frame), frame)
        if (last === undefined) {
          this.suspended.push(mark)
          return SUSPENDED
        }
        if (this.lastStatus === RETURN) {
          this.levels = mark[LEVELS] as number
          this.frame = caller
          return [true, last[RESULT]]
        }
        results = this.resultsOf(this.lastStatus, last)
      }
      this.levels = mark[LEVELS] as number
      this.frame = caller
      return [true, ...results]
    } catch (thrown) {
      const error = asLuaError(thrown)
      if (error.fatal) throw error
      this.suspended.length = 0
      this.fresh = false
      this.spill = spill
      this.thread = thread
      return this.caught(error, mark)
    }
  }

  /** The results of a pcall that caught an error. */
  private caught(error: LuaError, mark: Frame): LuaValue[] {
    const handler = mark[HANDLER]
    this.frame = mark
    let { value } = error
    if (mark[KIND] === 'pcall') {
      if (this.softened !== undefined) value = this.softened(value)
    } else if (mark[KIND] === 'xpcall') {
      // In PUC the handler runs where the error was; here the frames are gone already. Its own errors
      // go to itself, until the C stack ends.
      for (let levels = (mark[LEVELS] as number) + 1; ; levels++) {
        this.levels = levels
        if (!(handler instanceof LuaFunction) || levels >= C_LEVELS + C_LEVELS / 8) {
          value = 'error in error handling'
          break
        }
        try {
          value = this.call(handler, [value])[0]
          break
        } catch (thrown) {
          const next = asLuaError(thrown)
          if (next.fatal) throw next
          value = next.value
        }
      }
    }
    this.levels = mark[LEVELS] as number
    this.frame = parentOf(mark)
    return [false, value]
  }

  // ---- coroutines ----

  /** coroutine.resume, and what coroutine.wrap makes. */
  resume(thread: LuaThread, args: LuaValue[], wrapped: boolean): LuaResult {
    if (thread.status !== 'suspended') {
      const text = `cannot resume ${thread.status} coroutine`
      if (wrapped) this.error(text)
      return [false, text]
    }
    if (this.levels >= C_LEVELS) {
      if (wrapped) this.error('C stack overflow')
      return [false, 'C stack overflow']
    }
    const mark = this.mark(wrapped ? 'wrap' : 'resume', this.frame)
    mark[HANDLER] = thread
    const { body } = thread
    if (body?.code !== undefined) {
      thread.body = undefined
      thread.frames.push(frameList(body.code, body, undefined, 1, args))
      thread.fresh = true
    } else this.delivered = args
    thread.resumer = this.thread
    if (this.thread !== undefined) this.thread.status = 'normal'
    thread.status = 'running'
    thread.base = ++this.levels
    return this.coroutine(thread, mark, wrapped)
  }

  /** Runs a coroutine, for the first time or again, until it yields, ends or pauses. */
  private coroutine(thread: LuaThread, mark: Frame, wrapped: boolean): LuaValue[] {
    const caller = parentOf(mark)
    this.thread = thread
    let done: boolean
    try {
      done = this.execute(thread)
    } catch (thrown) {
      const error = asLuaError(thrown)
      this.leave(thread, 'dead')
      thread.frames.length = 0
      if (error.fatal) throw error
      this.levels = mark[LEVELS] as number
      this.frame = caller
      if (!wrapped) return [false, error.value]
      const { value } = error
      if (typeof value !== 'string' && typeof value !== 'number') throw error
      return this.error(this.tostring(value))
    }
    if (!done && this.reason === 'pause') {
      this.thread = thread.resumer
      this.suspended.push(mark)
      return SUSPENDED
    }
    this.leave(thread, done ? 'dead' : 'suspended')
    this.levels = mark[LEVELS] as number
    this.frame = caller
    const results = this.delivered
    return wrapped ? results : [true, ...results]
  }

  private leave(thread: LuaThread, status: 'dead' | 'suspended'): void {
    thread.status = status
    const { resumer } = thread
    this.thread = resumer
    if (resumer !== undefined) resumer.status = 'running'
    thread.resumer = undefined
  }

  /** coroutine.yield. */
  yield(args: LuaValue[]): LuaResult {
    const { thread } = this
    if (thread === undefined || this.levels > thread.base)
      throw new LuaError('attempt to yield across metamethod/C-call boundary')
    this.delivered = args
    this.reason = 'yield'
    this.fresh = false
    return SUSPENDED
  }

  /** Runs a slice. */
  slice(run: LuaRun): boolean {
    const { levels, thread, pinned, frame } = this
    this.levels = run.levels
    this.thread = run.thread
    this.pinned = 0
    this.frame = undefined
    try {
      return this.execute(run)
    } finally {
      run.levels = this.levels
      run.thread = this.thread
      this.levels = levels
      this.thread = thread
      this.pinned = pinned
      this.frame = frame
    }
  }
}

const NO_RESULTS: LuaValue[] = []

/** A call that can pause and go on. */
export class LuaRun implements Stack {
  results: LuaValue[] = NO_RESULTS
  readonly frames: Frame[]
  fresh = true
  /** C levels in use and the running coroutine, between two slices. */
  levels: number
  thread: LuaThread | undefined = undefined
  private readonly lua: Lua
  private error: LuaError | undefined = undefined
  private done = false

  constructor(lua: Lua, fn: LuaFunction, args: LuaValue[]) {
    this.lua = lua
    this.frames = [outermost(fn, args)]
    this.levels = lua.levels + 1
  }

  /** Goes on until the end or the next pause; throws the LuaError that ended the run. */
  step(): 'done' | 'paused' {
    if (this.error !== undefined) {
      const { error } = this
      this.error = undefined
      this.done = true
      this.frames.length = 0
      throw error
    }
    if (this.done) return 'done'
    try {
      if (!this.lua.slice(this)) return 'paused'
    } catch (thrown) {
      this.done = true
      throw thrown
    }
    this.done = true
    this.results = this.lua.delivered
    return 'done'
  }

  /** Ends the run: the next step throws. */
  kill(error: LuaError): void {
    this.error = error
  }
}

function outermost(fn: LuaFunction, args: LuaValue[]): Frame {
  const { code } = fn
  if (code === undefined) return nativeFrame(fn, args)
  return args.length === 0
    ? frame0(code, fn, undefined, 1)
    : frameList(code, fn, undefined, 1, args)
}

function nativeFrame(fn: LuaFunction, args: LuaValue[]): Frame {
  return [undefined, fn, undefined, 0, 'call', listValue(args), undefined]
}

function begin(frame: Frame): Status {
  const fn = functionOf(frame)
  if (fn.code !== undefined) return fn.code.run(frame)
  const result = (fn.native as Native)(...listOf(frame[HEADER + 1]))
  if (result === SUSPENDED) return SUSPEND
  frame[RESULT] = listValue(Array.isArray(result) ? result : [result])
  return RETURN_LIST
}

/** What JavaScript itself throws when a limit of its own is met becomes Lua's error. */
export function asLuaError(thrown: unknown): LuaError {
  if (thrown instanceof LuaError) return thrown
  if (thrown instanceof RangeError) {
    const stack = thrown.message.includes('call stack')
    return new LuaError(stack ? 'stack overflow' : NOT_ENOUGH_MEMORY)
  }
  throw thrown
}

const stand = (name: string): LuaFunction => builtin(name, () => undefined)
const MARKS: Readonly<Record<MarkKind, LuaFunction>> = {
  call: stand('?'),
  pcall: stand('pcall'),
  xpcall: stand('xpcall'),
  resume: stand('resume'),
  wrap: stand('wrap'),
}

export function createLua(options?: LuaOptions): Lua {
  return new Lua(options)
}
