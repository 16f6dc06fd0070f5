/**
 * From the tree to closures. Each function gets a frame with a place for every variable and temporary;
 * each statement becomes a Step, and whatever calls inside an expression becomes a step of its own
 * before the statement, with its result in a temporary. What stands to the left of a call is put in a
 * temporary first, unless PUC would read it late as well: a local as an operand.
 */

import { assignStep, cellStep, storeStep } from './assign.ts'
import type { Call, Exp, FunctionBody, Statement, Target, UpvalueName, Variable } from './ast.ts'
import { callListStep, callStep, selectStep } from './calls.ts'
import {
  Code,
  type Evaluate,
  FUNCTION,
  HEADER,
  listOf,
  listValue,
  NORMAL,
  RESULT,
  RETURN,
  RETURN_LIST,
  type Site,
  type Step,
  type Test,
} from './code.ts'
import { displayName } from './errors.ts'
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
import { genericFor } from './generic.ts'
import { methodOf, methodStep, tailStep } from './methods.ts'
import type { Arithmetic } from './operators.ts'
import { truthy } from './operators.ts'
import { LIST, type Want } from './results.ts'
import {
  type Clause,
  condition,
  LEAVE,
  numericFor,
  repeatLoop,
  sequence,
  whileLoop,
} from './steps.ts'
import { tableExp } from './tables.ts'
import { Cell, type Frame, LuaFunction, type LuaValue } from './value.ts'
import type { Lua } from './vm.ts'

/** Closures nest no deeper than this; what is deeper goes through a temporary. */
const DEEPEST = 30

export function compile(lua: Lua, body: FunctionBody, chunkName: string): Code {
  return new FunctionCompiler(lua, displayName(chunkName), body).compile()
}

const boxed = ({ captured, assigned }: Variable): boolean => captured && assigned

/** What PUC calls an operand in messages. */
function describe(exp: Exp): string {
  switch (exp.type) {
    case 'local':
      return `local '${exp.variable.name}'`
    case 'upvalue':
      return `upvalue '${exp.variable.name}'`
    case 'global':
      return `global '${exp.name}'`
    case 'index':
      return `field '${exp.key.type === 'string' ? exp.key.value : '?'}'`
    case 'paren':
      return describe(exp.exp)
    default:
      return ''
  }
}

const isOpen = (exp: Exp | undefined): exp is Call | (Exp & { type: 'vararg' }) =>
  exp !== undefined && (exp.type === 'call' || exp.type === 'vararg')

class FunctionCompiler {
  private readonly lua: Lua
  private readonly chunk: string
  private readonly body: FunctionBody
  /** The next free place of the frame. */
  private free = HEADER
  /** Places in use at most since the innermost region began, and over all. */
  private peak = HEADER
  private steps: Step[] = []
  private readonly dots: number
  private zero: number | undefined = undefined

  constructor(lua: Lua, chunk: string, body: FunctionBody) {
    this.lua = lua
    this.chunk = chunk
    this.body = body
    for (const parameter of body.parameters) parameter.slot = this.slot()
    this.dots = body.variadic ? this.slot() : -1
  }

  compile(): Code {
    const { body } = this
    const code = new Code(this.chunk, body.line, body.parameters.length, body.variadic)
    for (const parameter of body.parameters)
      if (boxed(parameter)) this.emit(boxStep(parameter.slot))
    if (body.arg !== undefined) this.oldArg(body.arg)
    this.statements(body.block)
    const step = sequence(this.steps, this.beyond())
    code.finish(this.peak, step)
    return code
  }

  /** The table `arg`, which functions with `...` had in Lua 5.0. */
  private oldArg(variable: Variable): void {
    variable.slot = this.slot()
    const { dots } = this
    const used = this.body.usesDots
    this.emit(
      storeStep(
        variable.slot,
        boxed(variable),
        expOf((R) => (used ? undefined : tableOfArgs(listOf(R[dots])))),
      ),
    )
  }

  // ---- places ----

  private slot(): number {
    const slot = this.free++
    if (this.free > this.peak) this.peak = this.free
    return slot
  }

  /** A place beyond all that were used so far: temporaries too are in use where a step is suspended. */
  private beyond(): number {
    return this.peak++
  }

  /**
   * Compiles a part of a statement; the places it used are free again afterwards. The result has
   * places from `place` on, beyond all that the part uses, for what the statement must remember.
   */
  private region<T>(part: () => T, places: number): { result: T; place: number } {
    const { free, peak } = this
    this.peak = free
    const result = part()
    const place = this.peak
    this.free = free
    this.peak = Math.max(peak, place + places)
    return { result, place }
  }

  private emit(step: Step): void {
    this.steps.push(step)
  }

  private run(run: (frame: Frame) => void): void {
    this.emit({
      run: (R) => {
        run(R)
        return NORMAL
      },
      resume: undefined,
    })
  }

  private site(line: number, what = '', other = ''): Site {
    return { chunk: this.chunk, line, what, other, name: undefined, method: false }
  }

  // ---- blocks ----

  /** The steps that `part` emits, as one. */
  private block(part: () => void): Step {
    const outer = this.steps
    this.steps = []
    const { place } = this.region(part, 1)
    const step = sequence(this.steps, place)
    this.steps = outer
    return step
  }

  private scope(statements: readonly Statement[]): Step {
    return this.block(() => this.statements(statements))
  }

  /** Variables keep their places to the end of the block; temporaries end with the statement. */
  private statements(statements: readonly Statement[]): void {
    for (const statement of statements) this.statement(statement)
  }

  private statement(statement: Statement): void {
    const { free } = this
    switch (statement.type) {
      case 'local':
        this.localStatement(statement.variables, statement.values)
        return
      case 'localfunction':
        this.localFunction(statement.variable, statement.body)
        return
      case 'assign':
        this.assign(statement.targets, statement.values, statement.line)
        break
      case 'call':
        this.call(statement.call, 0, -1)
        break
      case 'do':
        this.emit(this.scope(statement.block))
        break
      case 'while': {
        let test: Test = truth({ kind: 'constant', value: true })
        const { result, place } = this.region(() => {
          const before = this.before(() => {
            test = this.test(statement.test)
          })
          return { before, body: this.scope(statement.block) }
        }, 1)
        this.emit(whileLoop(this.lua, result.before, test, result.body, place))
        break
      }
      case 'repeat': {
        let test: Test = truth({ kind: 'constant', value: true })
        const { result, place } = this.region(
          () =>
            this.block(() => {
              this.statements(statement.block)
              test = this.test(statement.test)
            }),
          1,
        )
        this.emit(repeatLoop(this.lua, result, test, place))
        break
      }
      case 'if':
        this.ifStatement(statement.clauses, statement.otherwise)
        break
      case 'for':
        this.numeric(statement)
        break
      case 'forin':
        this.generic(statement)
        break
      case 'return':
        this.returnStatement(statement.values)
        break
      case 'break':
        this.emit(LEAVE)
        break
    }
    this.free = free
  }

  /** The steps that `part` emits, as one; nothing if there are none. */
  private before(part: () => void): Step | undefined {
    const outer = this.steps
    this.steps = []
    // The places stay in use: what follows reads them.
    part()
    const step = this.steps.length === 0 ? undefined : sequence(this.steps, this.beyond())
    this.steps = outer
    return step
  }

  private ifStatement(
    clauses: readonly { readonly test: Exp; readonly block: Statement[] }[],
    otherwise: Statement[] | undefined,
  ): void {
    const { result, place } = this.region(() => {
      const compiled = clauses.map(({ test, block }, i): Clause => {
        const { free } = this
        let tested: Test = truth({ kind: 'constant', value: true })
        let before: Step | undefined
        // What the first test needs can stand before the statement.
        if (i === 0) tested = this.test(test)
        else
          before = this.before(() => {
            tested = this.test(test)
          })
        const body = this.scope(block)
        this.free = free
        return { before, test: tested, body }
      })
      return { compiled, other: otherwise === undefined ? undefined : this.scope(otherwise) }
    }, 1)
    this.emit(condition(result.compiled, result.other, place))
  }

  private numeric(statement: Statement & { type: 'for' }): void {
    const { variable } = statement
    const [start, limit, step] = this.operands(
      statement.step === undefined
        ? [statement.start, statement.limit]
        : [statement.start, statement.limit, statement.step],
      true,
    ) as [Operand, Operand, Operand | undefined]
    variable.slot = this.slot()
    const { result, place } = this.region(() => this.scope(statement.block), 4)
    this.emit(
      numericFor(
        this.lua,
        this.site(statement.doLine),
        variable.slot,
        boxed(variable),
        evaluator(start),
        evaluator(limit),
        step === undefined ? undefined : evaluator(step),
        result,
        place,
      ),
    )
  }

  private generic(statement: Statement & { type: 'forin' }): void {
    const { variables, values } = statement
    // Iterator, state and control variable are hidden locals.
    const base = this.slot()
    this.slot()
    this.slot()
    this.into(values, [base, base + 1, base + 2])
    for (const variable of variables) variable.slot = this.slot()
    const site = { ...this.site(statement.line), name: '(for generator)' }
    const { result, place } = this.region(() => this.scope(statement.block), 3)
    this.emit(
      genericFor(
        this.lua,
        site,
        base,
        variables.map((variable) => variable.slot),
        variables.map(boxed),
        result,
        place,
      ),
    )
  }

  private returnStatement(values: readonly Exp[]): void {
    const [only] = values
    if (only === undefined) {
      this.emit(returnStep(list([], undefined), true))
      return
    }
    if (values.length === 1) {
      if (only.type === 'call') this.tailCall(only)
      else if (only.type === 'vararg') this.emit(returnStep(this.dotsList(), true))
      else this.emit(returnOne(this.operand(only)))
      return
    }
    this.emit(returnStep(this.list(values), true))
  }

  private localFunction(variable: Variable, body: FunctionBody): void {
    const { slot, inBox } = this.place(variable)
    if (inBox) this.emit(cellStep(slot))
    const make = this.closure(body)
    // A variable that nobody changes is captured by value, so the function must be told of itself.
    const self = body.upvalues.findIndex((upvalue) => upvalue.variable === variable)
    this.run((R) => {
      const fn = make(R) as LuaFunction
      if (inBox) (R[slot] as unknown as Cell).v = fn
      else {
        R[slot] = fn
        if (self >= 0) fn.up[self] = fn
      }
    })
  }

  private place(variable: Variable): { slot: number; inBox: boolean } {
    const slot = this.slot()
    variable.slot = slot
    return { slot, inBox: boxed(variable) }
  }

  private localStatement(variables: readonly Variable[], values: readonly Exp[]): void {
    const slots = variables.map(() => this.slot())
    const { free } = this
    this.into(values, slots)
    this.free = free
    variables.forEach((variable, i) => {
      const slot = slots[i] as number
      variable.slot = slot
      if (boxed(variable)) this.emit(boxStep(slot))
    })
  }

  /** Evaluates expressions into as many places: nil for what is missing, nothing for what is over. */
  private into(values: readonly Exp[], slots: readonly number[]): void {
    const last = values.length - 1
    values.forEach((exp, i) => {
      const slot = slots[i]
      const { free } = this
      if (i === last && isOpen(exp) && slots.length > values.length) {
        const rest = slots.slice(i)
        const inRow = rest.every((place, j) => place === (rest[0] as number) + j)
        if (inRow && exp.type === 'call') {
          this.call(exp, rest.length, rest[0] as number)
          this.free = free
          return
        }
        const source = this.slot()
        if (exp.type === 'call') this.call(exp, LIST, source)
        else {
          const dots = this.dotsList()
          this.run((R) => {
            R[source] = dots(R)
          })
        }
        this.run((R) => {
          const results = listOf(R[source])
          for (let j = 0; j < rest.length; j++) R[rest[j] as number] = results[j]
        })
      } else if (exp.type === 'call') this.call(exp, slot === undefined ? 0 : 1, slot ?? -1)
      else {
        const operand = this.operand(exp)
        if (slot !== undefined) this.emit(storeStep(slot, false, operand))
        else if (operand.kind === 'exp') {
          const { run } = operand
          this.run((R) => void run(R))
        }
      }
      this.free = free
    })
    if (isOpen(values[last]) && slots.length > values.length) return
    for (const slot of slots.slice(values.length))
      this.emit(storeStep(slot, false, { kind: 'constant', value: undefined }))
  }

  // ---- assignment ----

  private assign(targets: readonly Target[], values: readonly Exp[], line: number): void {
    const [target] = targets
    const [value] = values
    if (
      targets.length === 1 &&
      values.length === 1 &&
      target !== undefined &&
      value !== undefined
    ) {
      this.assignOne(target, value, line)
      return
    }
    const calls = values.some((exp) => exp.calls)
    // The parts of all targets first, then all values, then the stores from the right.
    const prepared = targets.map((each, i) => {
      if (each.type !== 'index') return undefined
      const later = targets.slice(i + 1)
      const hasCalls = calls || later.some((exp) => exp.calls)
      const settle = (exp: Exp, operand: Operand): Operand => {
        const clash = later.some(
          (other) =>
            (other.type === 'local' || other.type === 'upvalue') &&
            (exp.type === 'local' || exp.type === 'upvalue') &&
            other.variable === exp.variable,
        )
        if (clash || (hasCalls && !(operand.kind === 'exp' && operand.local)))
          return clash ? this.copied(operand) : this.frozen(operand, false)
        return operand
      }
      let object = this.operand(each.object)
      if (each.key.calls) object = this.frozen(object, false)
      object = settle(each.object, object)
      const key = settle(each.key, this.operand(each.key))
      return { object, key }
    })
    // The results of one call can go straight to locals, since nothing is left to evaluate.
    if (
      values.length === 1 &&
      value?.type === 'call' &&
      targets.every((each) => each.type === 'local' && !boxed(each.variable)) &&
      new Set(targets.map((each) => (each as { variable: Variable }).variable)).size ===
        targets.length
    ) {
      this.into(
        values,
        targets.map((each) => (each as { variable: Variable }).variable.slot),
      )
      return
    }
    const slots = targets.map(() => this.slot())
    this.into(values, slots)
    for (let i = targets.length - 1; i >= 0; i--)
      this.store(
        targets[i] as Target,
        prepared[i],
        { kind: 'slot', slot: slots[i] as number },
        line,
      )
  }

  private assignOne(target: Target, value: Exp, line: number): void {
    if (target.type === 'local' && !boxed(target.variable)) {
      const { slot } = target.variable
      if (value.type === 'call') this.call(value, 1, slot)
      else this.emit(storeStep(slot, false, this.operand(value)))
      return
    }
    let parts: { object: Operand; key: Operand } | undefined
    if (target.type === 'index') {
      let object = this.operand(target.object)
      if (target.key.calls || value.calls) object = this.frozen(object, false)
      let key = this.operand(target.key)
      if (value.calls) key = this.frozen(key, false)
      parts = { object, key }
    }
    this.store(target, parts, this.operand(value), line)
  }

  private store(
    target: Target,
    parts: { object: Operand; key: Operand } | undefined,
    value: Operand,
    line: number,
  ): void {
    if (target.type === 'local') {
      const { slot } = target.variable
      const run = evaluator(value)
      if (boxed(target.variable))
        this.run((R) => {
          const v = run(R)
          ;(R[slot] as unknown as Cell).v = v
        })
      else this.emit(storeStep(slot, false, value))
      return
    }
    if (target.type === 'upvalue') {
      const run = evaluator(value)
      const { index } = target
      this.run((R) => {
        const v = run(R)
        ;((R[FUNCTION] as LuaFunction).up[index] as Cell).v = v
      })
      return
    }
    const what = target.type === 'index' ? describe(target.object) : ''
    this.emit(assignStep(this.lua, this.site(line, what), target, parts, value))
  }

  // ---- operands ----

  /** Operands that are used together. Those before a call are kept: `early` the locals as well. */
  private operands(exps: readonly Exp[], early: boolean): Operand[] {
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
  private frozen(operand: Operand, early: boolean): Operand {
    return operand.kind !== 'exp' || (operand.local && !early) ? operand : this.copied(operand)
  }

  private copied(operand: Operand): Operand {
    if (operand.kind === 'constant') return operand
    const slot = this.slot()
    this.emit(storeStep(slot, false, operand))
    return { kind: 'slot', slot }
  }

  /** A closure that nests too deep goes through a temporary. */
  private made(made: Evaluate | Operand, ...parts: (Operand | undefined)[]): Operand {
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
  private operand(exp: Exp): Operand {
    const spine: Exp[] = []
    let at = exp
    for (;;) {
      const left = leftOf(at)
      if (left === undefined) break
      spine.push(at)
      at = left
    }
    let operand = this.leaf(at)
    for (let i = spine.length - 1; i >= 0; i--) operand = this.extend(spine[i] as Exp, operand)
    return operand
  }

  private leaf(exp: Exp): Operand {
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

  private upvalue(exp: UpvalueName): Operand {
    return upvalueAt(exp.index, boxed(exp.variable))
  }

  private unary(exp: Exp & { type: 'unary' }): Operand {
    if (exp.op === 'not') return this.fromTest(this.test(exp))
    const operand = this.operand(exp.operand)
    const site = this.site(exp.line, describe(exp.operand))
    const run = exp.op === '-' ? minus(this.lua, site, operand) : length(this.lua, site, operand)
    return this.made(run, operand)
  }

  private fromTest(test: Test): Operand {
    return expOf(test as Evaluate, DEEPEST / 2)
  }

  /** An expression, given the operand of its left part. */
  private extend(exp: Exp, left: Operand): Operand {
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

  private logic(exp: Exp & { type: 'logic' }, left: Operand): Operand {
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

  private binary(exp: Exp & { type: 'binary' }, left: Operand): Operand {
    const { op } = exp
    if (op === '..') return this.concat(exp, left)
    const { lua } = this
    const first = exp.right.calls ? this.frozen(left, false) : left
    const second = this.operand(exp.right)
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

  private concat(exp: Exp & { type: 'binary' }, left: Operand): Operand {
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

  private table(exp: Exp & { type: 'table' }): Operand {
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

  private test(exp: Exp): Test {
    if (exp.type === 'paren') return this.test(exp.exp)
    if (exp.type === 'unary' && exp.op === 'not') {
      return negated(this.test(exp.operand))
    }
    if (exp.type === 'logic' && !exp.right.calls) {
      // The left spine may be long here too; only short ones are worth nodes of their own.
      if (spineOf(exp) < DEEPEST) {
        const height = this.steps.length
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

  private quietTest(exp: Exp): Test | undefined {
    const outer = this.steps
    this.steps = []
    const test = this.test(exp)
    const silent = this.steps.length === 0
    this.steps = outer
    return silent ? test : undefined
  }

  // ---- lists and calls ----

  /** All values of expressions, the last one open, as an array. */
  private list(exps: readonly Exp[]): Evaluate {
    const last = exps[exps.length - 1]
    if (!isOpen(last)) return list(this.operands(exps, true), undefined)
    const fixed = exps.slice(0, -1)
    let operands = this.operands(fixed, true)
    if (last.calls) operands = operands.map((operand) => this.frozen(operand, true))
    return list(operands, this.open(last))
  }

  /** The results of a call or `...`, as an array. */
  private open(exp: Call | (Exp & { type: 'vararg' })): Evaluate {
    if (exp.type === 'vararg') return this.dotsList()
    const slot = this.slot()
    this.call(exp, LIST, slot)
    return (R) => R[slot]
  }

  private dotsList(): Evaluate {
    const { dots } = this
    return (R) => R[dots]
  }

  private call(call: Call, want: Want, slot: number): void {
    this.callOf(call, this.operand(call.fn), want, slot)
  }

  private callSite(call: Call): Site {
    const what = call.method === undefined ? describe(call.fn) : `method '${call.method}'`
    const name = /'(.*)'$/s.exec(what)?.[1]
    const method = call.method !== undefined
    return { chunk: this.chunk, line: call.line, what, other: '', name, method }
  }

  private callOf(call: Call, fn: Operand, want: Want, slot: number): void {
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
  private findMethod(name: string, lookup: Site, object: Operand): { self: number; found: number } {
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

  private tailCall(call: Call): void {
    const { lua } = this
    const { args, method } = call
    const site = this.callSite(call)
    let fn = this.operand(call.fn)
    if (method === undefined) {
      if (args.some((arg) => arg.calls)) fn = this.frozen(fn, true)
      const values = this.list(args)
      this.emit(tailStep(lua, site, evaluator(fn), values))
      return
    }
    const lookup = this.site(call.methodLine, describe(call.fn))
    const { self, found } = this.findMethod(method, lookup, fn)
    const values = this.list(args)
    this.emit(tailStep(lua, site, (R) => R[found], withSelf(self, values)))
  }

  // ---- functions ----

  /** Makes the function at run time. */
  private closure(body: FunctionBody): Evaluate {
    // Its variables have their places already, because it is compiled where it stands.
    const code = new FunctionCompiler(this.lua, this.chunk, body).compile()
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

function boxStep(slot: number): Step {
  return {
    run: (R) => {
      R[slot] = new Cell(R[slot]) as unknown as LuaValue
      return NORMAL
    },
    resume: undefined,
  }
}

function returnOne(value: Operand): Step {
  if (value.kind === 'exp' && value.into !== undefined)
    return { run: value.into(RESULT, RETURN), resume: undefined }
  if (value.kind === 'slot') {
    const { slot } = value
    return {
      run: (R) => {
        R[RESULT] = R[slot]
        return RETURN
      },
      resume: undefined,
    }
  }
  return returnStep(evaluator(value), false)
}

function returnStep(run: Evaluate, many: boolean): Step {
  if (many)
    return {
      run: (R) => {
        R[RESULT] = run(R)
        return RETURN_LIST
      },
      resume: undefined,
    }
  return {
    run: (R) => {
      R[RESULT] = run(R)
      return RETURN
    },
    resume: undefined,
  }
}

const tableOfArgs = (args: LuaValue[]): LuaValue => tableExp.ofArgs(args)
