/**
 * Expressions: operands, tests, lists, calls, and the places of the frame that they need. Whatever
 * calls becomes a step of its own before the statement, with its result in a temporary; what stands to
 * the left of a call is put in a temporary first, unless PUC would read it late as well (a local that
 * is an operand).
 */
import { storeStep } from './assign.ts'
import type { Call, Exp, FunctionBody, UpvalueName, Variable } from './ast.ts'
import { callListStep, callStep, selectStep } from './calls.ts'
import {
  type Code,
  type Evaluate,
  FUNCTION,
  HEADER,
  listOf,
  listValue,
  NORMAL,
  type Site,
  type Step,
  type Test,
} from './code.ts'
import {
  arith,
  both,
  cellAt,
  concatenation,
  either,
  element,
  equality,
  evaluator,
  expOf,
  global,
  length,
  list,
  minus,
  negated,
  type Operand,
  type Order,
  ordering,
  truth,
  upvalueAt,
} from './expressions.ts'
import { methodOf, methodStep, tailListStep, tailStep } from './methods.ts'
import type { Arithmetic } from './operators.ts'
import { truthy } from './operators.ts'
import { LIST, type Want } from './results.ts'
import { condition, sequence } from './steps.ts'
import { tableExp } from './tables.ts'
import { type Cell, type Frame, LuaFunction, type LuaValue } from './value.ts'
import type { Lua } from './vm.ts'

/** Closures nest no deeper than this; what is deeper goes through a temporary. */
const DEEPEST = 30

export const boxed = ({ captured, assigned }: Variable): boolean => captured && assigned

/** What PUC calls an operand in messages. */
export function describe(exp: Exp): string {
  switch (exp.type) {
    case 'local':
      return `local '${exp.variable.name}'`
    case 'upvalue':
      return `upvalue '${exp.variable.name}'`
    case 'global':
      return `global '${exp.name}'`
    case 'index':
      // To C a name ends with its first zero.
      return `field '${exp.key.type === 'string' ? exp.key.value.replace(/\0.*/s, '') : '?'}'`
    case 'paren':
      return describe(exp.exp)
    case 'logic':
      return skips(exp) ? describe(exp.right) : ''
    default:
      return ''
  }
}

/** A constant on the left decides, and only the right side is evaluated. */
const skips = (exp: Exp & { type: 'logic' }): boolean => decided(exp.left) === (exp.op === 'and')

/** Whether a constant is true; undefined for what is none. */
function decided(exp: Exp): boolean | undefined {
  switch (exp.type) {
    case 'number':
    case 'string':
      return true
    case 'constant':
      return truthy(exp.value)
    case 'paren':
      return decided(exp.exp)
    case 'logic':
      return skips(exp) ? decided(exp.right) : undefined
    default:
      return undefined
  }
}

export const isOpen = (exp: Exp | undefined): exp is Call | (Exp & { type: 'vararg' }) =>
  exp !== undefined && (exp.type === 'call' || exp.type === 'vararg')

/** What compiles the expressions of one function. */
export abstract class ExpressionCompiler {
  protected readonly lua: Lua
  protected readonly chunk: string
  protected readonly body: FunctionBody
  /** The next free place of the frame. */
  protected free = HEADER
  /** Places in use at most since the innermost region began, and over all. */
  protected peak = HEADER
  protected steps: Step[] = []
  protected readonly dots: number
  protected zero: number | undefined = undefined

  constructor(lua: Lua, chunk: string, body: FunctionBody) {
    this.lua = lua
    this.chunk = chunk
    this.body = body
    for (const parameter of body.parameters) parameter.slot = this.slot()
    this.dots = body.variadic ? this.slot() : -1
  }

  /** Compiles a function that stands inside this one. */
  protected abstract compileFunction(body: FunctionBody): Code

  // ---- places ----

  protected slot(): number {
    const slot = this.free++
    if (this.free > this.peak) this.peak = this.free
    return slot
  }

  /** A place beyond all that were used so far: temporaries too are in use where a step is suspended. */
  protected beyond(): number {
    return this.peak++
  }

  /**
   * Compiles a part of a statement; the places it used are free again afterwards. The result has
   * places from `place` on, beyond all that the part uses, for what the statement must remember.
   */
  protected region<T>(part: () => T, places: number): { result: T; place: number } {
    const { free, peak } = this
    this.peak = free
    const result = part()
    const place = this.peak
    this.free = free
    this.peak = Math.max(peak, place + places)
    return { result, place }
  }

  protected emit(step: Step): void {
    this.steps.push(step)
  }

  protected run(run: (frame: Frame) => void): void {
    this.emit({
      run: (R) => {
        run(R)
        return NORMAL
      },
      resume: undefined,
    })
  }

  protected site(line: number, what = '', other = ''): Site {
    return { chunk: this.chunk, line, what, other, name: undefined, method: false }
  }

  // ---- blocks ----

  /** The steps that `part` emits, as one. */
  protected block(part: () => void): Step {
    const outer = this.steps
    this.steps = []
    const { place } = this.region(part, 1)
    const step = sequence(this.steps, place)
    this.steps = outer
    return step
  }

  // ---- operands ----

  /** Operands that are used together. Those before a call are kept: `early` the locals as well. */
  protected operands(exps: readonly Exp[], early: boolean): Operand[] {
    const found: Operand[] = []
    let calls = 0
    for (const exp of exps) if (exp.calls) calls++
    for (const exp of exps) {
      if (exp.calls) calls--
      const operand = this.operand(exp)
      found.push(calls > 0 ? this.frozen(operand, early) : operand)
    }
    return found
  }

  /** An operand whose value is settled now. A local read late stays, unless `early`. */
  protected frozen(operand: Operand, early: boolean): Operand {
    return operand.kind !== 'exp' || (operand.local && !early) ? operand : this.copied(operand)
  }

  protected copied(operand: Operand): Operand {
    if (operand.kind === 'constant') return operand
    const slot = this.slot()
    this.emit(storeStep(slot, false, operand))
    return { kind: 'slot', slot }
  }

  /** A closure that nests too deep goes through a temporary. */
  protected made(made: Evaluate | Operand, ...parts: (Operand | undefined)[]): Operand {
    let depth = 1
    for (const part of parts)
      if (part?.kind === 'exp' && part.depth >= depth) depth = part.depth + 1
    const operand =
      typeof made === 'function' || made.kind !== 'exp'
        ? expOf(made as Evaluate, depth)
        : expOf(made.run, depth, false, made.into)
    return depth > DEEPEST ? this.copied(operand) : operand
  }

  /**
   * The operand of an expression. The left spine of a chain (`a.b.c`, `a + b + c`, `f()()`) may be as
   * long as the source, so it is walked in a loop.
   */
  protected operand(exp: Exp): Operand {
    const spine: Exp[] = []
    let at = exp
    for (;;) {
      const left = leftOf(at)
      if (left === undefined) break
      spine.push(at)
      at = left
    }
    const delayed = isDelayed(at, spine.at(-1))
    let operand: Operand = delayed ? { kind: 'constant', value: 0 } : this.leaf(at)
    for (let i = spine.length - 1; i >= 0; i--) operand = this.extend(spine[i] as Exp, operand)
    return operand
  }

  protected leaf(exp: Exp): Operand {
    switch (exp.type) {
      case 'number':
        // In PUC the constants 0 and -0 of a function are the one that came first.
        this.zero = exp.value === 0 ? (this.zero ?? exp.value) : this.zero
        return { kind: 'constant', value: exp.value === 0 ? this.zero : exp.value }
      case 'constant':
      case 'string':
        return { kind: 'constant', value: exp.value }
      case 'local': {
        const { variable } = exp
        if (boxed(variable)) return expOf(cellAt(variable.slot), 1, true)
        return { kind: 'slot', slot: variable.slot }
      }
      case 'upvalue':
        return this.upvalue(exp)
      case 'global':
        return expOf(global(this.lua, this.site(exp.line), exp.name))
      case 'vararg': {
        const { dots } = this
        return expOf((R) => listOf(R[dots])[0])
      }
      case 'function':
        return expOf(this.closure(exp.body))
      case 'paren':
        return this.operand(exp.exp)
      case 'unary':
        return this.unary(exp)
      case 'table':
        return this.table(exp)
      default:
        throw new Error(`no leaf: ${exp.type}`)
    }
  }

  protected upvalue(exp: UpvalueName): Operand {
    return upvalueAt(exp.index, boxed(exp.variable))
  }

  protected unary(exp: Exp & { type: 'unary' }): Operand {
    if (exp.op === 'not') return this.fromTest(this.test(exp))
    const operand = this.operand(exp.operand)
    const site = this.site(exp.line, describe(exp.operand))
    const run = exp.op === '-' ? minus(this.lua, site, operand) : length(this.lua, site, operand)
    return this.made(run, operand)
  }

  protected fromTest(test: Test): Operand {
    return expOf(test as Evaluate, DEEPEST / 2)
  }

  /** An expression, given the operand of its left part. */
  protected extend(exp: Exp, left: Operand): Operand {
    switch (exp.type) {
      case 'index': {
        const object = exp.key.calls ? this.frozen(left, false) : left
        const key = this.operand(exp.key)
        const site = this.site(exp.line, describe(exp.object))
        return this.made(element(this.lua, site, object, key), object, key)
      }
      case 'call': {
        const slot = this.slot()
        this.callOf(exp, left, 1, slot)
        return { kind: 'slot', slot }
      }
      case 'logic':
        return this.logic(exp, left)
      case 'binary':
        return this.binary(exp, left)
      default:
        throw new Error(`nothing extends ${exp.type}`)
    }
  }

  protected logic(exp: Exp & { type: 'logic' }, left: Operand): Operand {
    const and = exp.op === 'and'
    const slot = this.slot()
    const outer = this.steps
    this.steps = []
    const { result: right, place } = this.region(() => {
      if (exp.right.type !== 'call') return this.operand(exp.right)
      this.call(exp.right, 1, slot)
      return undefined
    }, 1)
    const steps = this.steps
    this.steps = outer
    if (right !== undefined) {
      if (steps.length === 0) {
        const run = and ? both(left, right) : either(left, right)
        return this.made(run, left, right)
      }
      steps.push(storeStep(slot, false, right))
    }
    this.emit(storeStep(slot, false, left))
    const value = truth({ kind: 'slot', slot })
    const test = and ? value : negated(value)
    const body = sequence(steps, place)
    this.emit(condition([{ before: undefined, test, body }], undefined, place))
    return { kind: 'slot', slot }
  }

  protected binary(exp: Exp & { type: 'binary' }, left: Operand): Operand {
    const { op } = exp
    if (op === '..') return this.concat(exp, left)
    const { lua } = this
    const frozen = exp.right.calls ? this.frozen(left, false) : left
    const second = this.operand(exp.right)
    const first = isDelayed(exp.left, exp) ? this.leaf(exp.left) : frozen
    const site = this.site(exp.line, describe(exp.left), describe(exp.right))
    switch (op) {
      case '==':
      case '~=':
        return this.made(equality(lua, site, first, second, op === '==') as Evaluate, first, second)
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.made(ordering(lua, site, op, first, second) as Evaluate, first, second)
      default:
        return this.made(arith(lua, site, op as Arithmetic, first, second), first, second)
    }
  }

  protected concat(exp: Exp & { type: 'binary' }, left: Operand): Operand {
    const parts: Exp[] = []
    const sites: Site[] = []
    let at: Exp = exp
    while (at.type === 'binary' && at.op === '..') {
      parts.push(at.left)
      const next: Exp =
        at.right.type === 'binary' && at.right.op === '..' ? at.right.left : at.right
      sites.push(this.site(at.line, describe(at.left), describe(next)))
      at = at.right
    }
    parts.push(at)
    const rest = parts.slice(1)
    let first = left
    if (rest.some((part) => part.calls)) first = this.frozen(left, true)
    const operands = [first, ...this.operands(rest, true)]
    return this.made(concatenation(this.lua, sites, operands), ...operands)
  }

  protected table(exp: Exp & { type: 'table' }): Operand {
    const last = exp.items.length - 1
    if (exp.calls && exp.items.length > 0) {
      const slot = this.slot()
      const values = this.slot()
      const builder = tableExp.builder(this.lua, slot, values)
      this.run(builder.begin)
      exp.items.forEach(({ key, value, line }, i) => {
        const { free } = this
        if (key === undefined) {
          if (i === last && isOpen(value)) {
            const open = this.open(value)
            this.run(builder.spread(open))
          } else this.run(builder.push(evaluator(this.operand(value))))
        } else {
          let name = this.operand(key)
          if (value.calls) name = this.frozen(name, true)
          const element = evaluator(this.operand(value))
          this.run(builder.put(this.site(line), evaluator(name), element))
        }
        this.free = free
      })
      this.run(builder.finish)
      return { kind: 'slot', slot }
    }
    const items = exp.items.map(({ key, value, line }, i) => {
      const open = key === undefined && i === last && isOpen(value)
      return {
        key: key === undefined ? undefined : this.operand(key),
        value: open ? undefined : this.operand(value),
        open: open ? this.open(value as Exp & { type: 'vararg' }) : undefined,
        site: this.site(line),
      }
    })
    return expOf(tableExp.whole(this.lua, items), DEEPEST / 2)
  }

  // ---- tests ----

  protected test(exp: Exp): Test {
    if (exp.type === 'paren') return this.test(exp.exp)
    // Of a number that is only a condition PUC makes no constant.
    if (exp.type === 'number') return always
    if (exp.type === 'unary' && exp.op === 'not') {
      return negated(this.test(exp.operand))
    }
    if (exp.type === 'logic' && !exp.right.calls) {
      // The left spine may be long here too; only short ones are worth nodes of their own.
      if (spineOf(exp) < DEEPEST) {
        const height = this.steps.length
        if (exp.op === 'or' && exp.left.type === 'number') this.leaf(exp.left)
        const left = this.test(exp.left)
        const right = this.quietTest(exp.right)
        if (right !== undefined)
          return exp.op === 'and' ? (R) => left(R) && right(R) : (R) => left(R) || right(R)
        this.steps.length = height
      }
    }
    if (exp.type === 'binary' && exp.left.type !== 'binary') {
      const { op } = exp
      if (op === '==' || op === '~=' || op === '<' || op === '<=' || op === '>' || op === '>=') {
        const [left, right] = this.operands([exp.left, exp.right], false) as [Operand, Operand]
        const site = this.site(exp.line, describe(exp.left), describe(exp.right))
        if (op === '==' || op === '~=') return equality(this.lua, site, left, right, op === '==')
        return ordering(this.lua, site, op as Order, left, right)
      }
    }
    const operand = this.operand(exp)
    if (operand.kind === 'constant') {
      const always = truthy(operand.value)
      return () => always
    }
    return truth(operand)
  }

  protected quietTest(exp: Exp): Test | undefined {
    const outer = this.steps
    this.steps = []
    const test = this.test(exp)
    const silent = this.steps.length === 0
    this.steps = outer
    return silent ? test : undefined
  }

  // ---- lists and calls ----

  /** All values of expressions, the last one open, as an array. */
  protected list(exps: readonly Exp[]): Evaluate {
    const last = exps[exps.length - 1]
    if (!isOpen(last)) return list(this.operands(exps, true), undefined)
    const fixed = exps.slice(0, -1)
    let operands = this.operands(fixed, true)
    if (last.calls) operands = operands.map((operand) => this.frozen(operand, true))
    return list(operands, this.open(last))
  }

  /** The results of a call or `...`, as an array. */
  protected open(exp: Call | (Exp & { type: 'vararg' })): Evaluate {
    if (exp.type === 'vararg') return this.dotsList()
    const slot = this.slot()
    this.call(exp, LIST, slot)
    return (R) => R[slot]
  }

  protected dotsList(): Evaluate {
    const { dots } = this
    return (R) => R[dots]
  }

  protected call(call: Call, want: Want, slot: number): void {
    this.callOf(call, this.operand(call.fn), want, slot)
  }

  protected callSite(call: Call): Site {
    const what = call.method === undefined ? describe(call.fn) : `method '${call.method}'`
    const name = /'(.*)'$/s.exec(what)?.[1]
    const method = call.method !== undefined
    return { chunk: this.chunk, line: call.line, what, other: '', name, method }
  }

  protected callOf(call: Call, fn: Operand, want: Want, slot: number): void {
    const { lua } = this
    const { args, method } = call
    const site = this.callSite(call)
    const calls = args.some((arg) => arg.calls)
    const open = isOpen(args[args.length - 1])
    if (method === undefined) {
      const [which, rest] = args
      if (
        want === 1 &&
        args.length === 2 &&
        rest?.type === 'vararg' &&
        call.fn.type === 'global' &&
        call.fn.name === 'select' &&
        which !== undefined &&
        !which.calls
      ) {
        const n = evaluator(this.operand(which))
        this.emit(selectStep(lua, site, evaluator(fn), n, this.dots, slot))
        return
      }
      const callee = calls ? this.frozen(fn, true) : fn
      if (open) this.emit(callListStep(lua, site, evaluator(callee), this.list(args), want, slot))
      else {
        this.emit(callStep(lua, site, callee, this.operands(args, true), want, slot))
      }
      return
    }
    const lookup = this.site(call.methodLine, describe(call.fn))
    if (!calls && !open) {
      const values = this.operands(args, true)
      this.emit(methodStep(lua, site, method, lookup, fn, values, want, slot))
      return
    }
    const { self, found } = this.findMethod(method, lookup, fn)
    const rest = this.list(args)
    this.emit(callListStep(lua, site, (R) => R[found], withSelf(self, rest), want, slot))
  }

  /** Looks a method up before its arguments are evaluated. */
  protected findMethod(
    name: string,
    lookup: Site,
    object: Operand,
  ): { self: number; found: number } {
    const self = this.slot()
    const found = this.slot()
    const find = methodOf(this.lua, lookup, name)
    const run = evaluator(object)
    this.run((R) => {
      const value = run(R)
      R[self] = value
      R[found] = find(R, value)
    })
    return { self, found }
  }

  protected tailCall(call: Call): void {
    const { lua } = this
    const { args, method } = call
    const site = this.callSite(call)
    let fn = this.operand(call.fn)
    if (method === undefined) {
      if (args.some((arg) => arg.calls)) fn = this.frozen(fn, true)
      if (isOpen(args[args.length - 1])) {
        this.emit(tailListStep(lua, site, evaluator(fn), this.list(args)))
      } else this.emit(tailStep(lua, site, fn, this.operands(args, true)))
      return
    }
    const lookup = this.site(call.methodLine, describe(call.fn))
    const { self, found } = this.findMethod(method, lookup, fn)
    const values = this.list(args)
    this.emit(tailListStep(lua, site, (R) => R[found], withSelf(self, values)))
  }

  // ---- functions ----

  /** Makes the function at run time. */
  protected closure(body: FunctionBody): Evaluate {
    // Its variables have their places already, because it is compiled where it stands.
    const code = this.compileFunction(body)
    const sources = body.upvalues.map(({ variable, outer }) => ({ outer, slot: variable.slot }))
    const count = sources.length
    return (R) => {
      const self = R[FUNCTION] as LuaFunction
      const up: (Cell | LuaValue)[] = []
      for (let i = 0; i < count; i++) {
        const { outer, slot } = sources[i] as { outer: number; slot: number }
        up.push(outer < 0 ? R[slot] : self.up[outer])
      }
      return new LuaFunction(code, undefined, up, self.env, '')
    }
  }
}

/** The part of an expression that a chain can go on through. */
const ARITHMETIC = '+-*/%^'

const always: Test = () => true

/**
 * Whether PUC makes a constant of this zero only after the right side of what it is the left side of, or
 * not at all: on the left of `and` its value does not matter.
 */
function isDelayed(exp: Exp, parent: Exp | undefined): boolean {
  if (exp.type !== 'number' || exp.value !== 0) return false
  if (parent?.type === 'logic') return parent.op === 'and'
  return parent?.type === 'binary' && ARITHMETIC.includes(parent.op)
}

function leftOf(exp: Exp): Exp | undefined {
  switch (exp.type) {
    case 'index':
      return exp.object
    case 'call':
      return exp.fn
    case 'logic':
    case 'binary':
      return exp.left
    default:
      return undefined
  }
}

function spineOf(exp: Exp): number {
  let count = 0
  for (let at: Exp | undefined = exp; at !== undefined && count < DEEPEST; at = leftOf(at)) count++
  return count
}

function withSelf(self: number, rest: Evaluate): Evaluate {
  return (R) => {
    const values = listOf(rest(R))
    values.unshift(R[self])
    return listValue(values)
  }
}
