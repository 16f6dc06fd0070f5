/**
 * From the tree to closures. Each function gets a frame with a place for every variable and temporary;
 * each statement becomes a Step (code.ts). Expressions are in expression-compiler.ts.
 */
import { assignStep, cellStep, storeStep } from './assign.ts'
import type { Exp, FunctionBody, Statement, Target, Variable } from './ast.ts'
import {
  Code,
  type Evaluate,
  FUNCTION,
  listOf,
  NORMAL,
  RESULT,
  RETURN,
  RETURN_LIST,
  type Step,
  type Test,
} from './code.ts'
import { displayName } from './errors.ts'
import { boxed, describe, ExpressionCompiler, isOpen } from './expression-compiler.ts'
import { evaluator, expOf, list, type Operand, truth } from './expressions.ts'
import { genericFor } from './generic.ts'
import { LIST } from './results.ts'
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
import { Cell, type LuaFunction, type LuaValue } from './value.ts'
import type { Lua } from './vm.ts'

export function compile(lua: Lua, body: FunctionBody, chunkName: string): Code {
  return new FunctionCompiler(lua, displayName(chunkName), body).compile()
}

class FunctionCompiler extends ExpressionCompiler {
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

  protected override compileFunction(body: FunctionBody): Code {
    return new FunctionCompiler(this.lua, this.chunk, body).compile()
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
    // The parts of all targets first, then all values, then the stores from the right.
    const prepared = targets.map((each, i) => {
      if (each.type !== 'index') return undefined
      const later = targets.slice(i + 1)
      const settle = (exp: Exp, operand: Operand): Operand => {
        const clash = later.some(
          (other) =>
            (other.type === 'local' || other.type === 'upvalue') &&
            (exp.type === 'local' || exp.type === 'upvalue') &&
            other.variable === exp.variable,
        )
        // What is no local is read now: a later target may be the same global.
        return clash ? this.copied(operand) : this.frozen(operand, false)
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
