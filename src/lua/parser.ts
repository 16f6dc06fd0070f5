/**
 * Tokens into statements, by recursive descent, with PUC's messages and limits. Names are resolved on
 * the way: a scope is the list of the active variables of a function, innermost last.
 */
import type {
  BinaryOp,
  Call,
  Exp,
  FunctionBody,
  Statement,
  Target,
  UnaryOp,
  Variable,
} from './ast.ts'
import { END, Lexer, NAME, NUMBER, STRING } from './lexer.ts'
import { power } from './power.ts'

/** Nesting of blocks and expressions, calls of the host included. */
const LEVELS = 200
const LOCALS = 200
const UPVALUES = 60
const UNARY_PRIORITY = 8

/** How tightly each operator binds to the left and to the right. */
const PRIORITY: Readonly<Record<string, readonly [number, number]>> = {
  '+': [6, 6],
  '-': [6, 6],
  '*': [7, 7],
  '/': [7, 7],
  '%': [7, 7],
  '^': [10, 9],
  '..': [5, 4],
  '==': [3, 3],
  '~=': [3, 3],
  '<': [3, 3],
  '<=': [3, 3],
  '>': [3, 3],
  '>=': [3, 3],
  and: [2, 2],
  or: [1, 1],
}

interface Scope {
  readonly parent: Scope | undefined
  readonly body: FunctionBody
  readonly active: Variable[]
  /** Loops around, in this function. */
  loops: number
}

const NIL: Exp = { type: 'constant', value: undefined, calls: false }
const TRUE: Exp = { type: 'constant', value: true, calls: false }
const FALSE: Exp = { type: 'constant', value: false, calls: false }
const DOTS: Exp = { type: 'vararg', calls: false }

/** Parses a chunk; `levels` is the nesting that the host's own calls take of the limit. */
export function parse(source: string, chunkName: string, levels = 0): FunctionBody {
  return new Parser(new Lexer(source, chunkName), levels).chunk()
}

class Parser {
  private readonly lexer: Lexer
  private levels: number
  private scope: Scope

  constructor(lexer: Lexer, levels: number) {
    this.lexer = lexer
    this.levels = levels
    this.scope = scopeOf(undefined, 0)
    this.scope.body.variadic = true
  }

  chunk(): FunctionBody {
    this.lexer.next()
    this.scope.body.block = this.block()
    this.check(END)
    // A chunk takes any arguments; a list of them is only made where somebody asks.
    this.scope.body.variadic = this.scope.body.usesDots
    return this.scope.body
  }

  // ---- tokens ----

  private syntaxError(text: string): never {
    return this.lexer.fail(text, this.lexer.kind)
  }

  private expected(kind: string): never {
    return this.syntaxError(`'${kind === END ? '<eof>' : kind}' expected`)
  }

  private is(kind: string): boolean {
    return this.lexer.kind === kind
  }

  private check(kind: string): void {
    if (this.lexer.kind !== kind) this.expected(kind)
  }

  private accept(kind: string): boolean {
    if (this.lexer.kind !== kind) return false
    this.lexer.next()
    return true
  }

  private take(kind: string): void {
    this.check(kind)
    this.lexer.next()
  }

  /** The end of what `opener` began. */
  private close(kind: string, opener: string, line: number): void {
    if (this.accept(kind)) return
    if (line === this.lexer.line) this.expected(kind)
    this.syntaxError(`'${kind}' expected (to close '${opener}' at line ${line})`)
  }

  private name(): string {
    if (this.lexer.kind !== NAME) this.syntaxError("'<name>' expected")
    const name = this.lexer.text
    this.lexer.next()
    return name
  }

  private enter(): void {
    if (++this.levels > LEVELS) this.lexer.fail('chunk has too many syntax levels', undefined)
  }

  private limit(count: number, most: number, what: string): void {
    if (count <= most) return
    const { line } = this.scope.body
    const where = this.scope.parent === undefined ? 'main function' : `function at line ${line}`
    this.lexer.fail(`${where} has more than ${most} ${what}`, undefined)
  }

  // ---- names ----

  /** A variable that becomes visible with `activate`; `pending` of them are declared already. */
  private declare(name: string, pending: number): Variable {
    this.limit(this.scope.active.length + pending + 1, LOCALS, 'local variables')
    return { name, captured: false, assigned: false, slot: -1 }
  }

  private activate(...variables: Variable[]): void {
    this.scope.active.push(...variables)
  }

  private resolve(name: string): Target {
    const variable = findIn(this.scope, name)
    if (variable !== undefined) return { type: 'local', variable, calls: false }
    const index = this.upvalue(this.scope, name)
    if (index >= 0) {
      const upvalue = this.scope.body.upvalues[index]
      if (upvalue !== undefined)
        return { type: 'upvalue', variable: upvalue.variable, index, calls: false }
    }
    return { type: 'global', name, line: this.lexer.lastLine, calls: false }
  }

  /** The place of a name among the upvalues of a function, or -1 for a global. */
  private upvalue(scope: Scope, name: string): number {
    const { parent, body } = scope
    if (parent === undefined) return -1
    let outer = -1
    let variable = findIn(parent, name)
    if (variable === undefined) {
      outer = this.upvalue(parent, name)
      if (outer < 0) return -1
      variable = parent.body.upvalues[outer]?.variable as Variable
    }
    const known = body.upvalues.findIndex((upvalue) => upvalue.variable === variable)
    if (known >= 0) return known
    variable.captured = true
    const current = this.scope
    this.scope = scope
    this.limit(body.upvalues.length + 1, UPVALUES, 'upvalues')
    this.scope = current
    body.upvalues.push({ variable, outer })
    return body.upvalues.length - 1
  }

  // ---- statements ----

  private atEndOfBlock(): boolean {
    const { kind } = this.lexer
    return (
      kind === 'else' || kind === 'elseif' || kind === 'end' || kind === END || kind === 'until'
    )
  }

  /** Statements up to the end of a block; its variables end with it. */
  private block(): Statement[] {
    const height = this.scope.active.length
    const statements = this.statements()
    this.scope.active.length = height
    return statements
  }

  private statements(): Statement[] {
    this.enter()
    const statements: Statement[] = []
    while (!this.atEndOfBlock()) {
      const statement = this.statement()
      statements.push(statement)
      this.accept(';')
      if (statement.type === 'return' || statement.type === 'break') break
    }
    this.levels--
    return statements
  }

  private loop(): Statement[] {
    this.scope.loops++
    const block = this.block()
    this.scope.loops--
    return block
  }

  private statement(): Statement {
    const { line, kind } = this.lexer
    switch (kind) {
      case 'if':
        return this.ifStatement(line)
      case 'while': {
        this.lexer.next()
        const test = this.exp()
        this.take('do')
        const block = this.loop()
        this.close('end', 'while', line)
        return { type: 'while', test, block }
      }
      case 'do': {
        this.lexer.next()
        const block = this.block()
        this.close('end', 'do', line)
        return { type: 'do', block }
      }
      case 'for':
        return this.forStatement(line)
      case 'repeat': {
        this.lexer.next()
        const height = this.scope.active.length
        this.scope.loops++
        const block = this.statements()
        this.scope.loops--
        this.close('until', 'repeat', line)
        const test = this.exp()
        this.scope.active.length = height
        return { type: 'repeat', block, test }
      }
      case 'function':
        return this.functionStatement(line)
      case 'local':
        this.lexer.next()
        return this.accept('function') ? this.localFunction() : this.localStatement()
      case 'return': {
        this.lexer.next()
        const values = this.atEndOfBlock() || this.lexer.kind === ';' ? [] : this.exps()
        return { type: 'return', values, line: this.lexer.lastLine }
      }
      case 'break':
        this.lexer.next()
        if (this.scope.loops === 0) this.syntaxError('no loop to break')
        return { type: 'break' }
      default:
        return this.expStatement()
    }
  }

  private ifStatement(line: number): Statement {
    const clauses: { test: Exp; block: Statement[] }[] = []
    let otherwise: Statement[] | undefined
    do {
      this.lexer.next()
      const test = this.exp()
      this.take('then')
      clauses.push({ test, block: this.block() })
    } while (this.lexer.kind === 'elseif')
    if (this.accept('else')) otherwise = this.block()
    this.close('end', 'if', line)
    return { type: 'if', clauses, otherwise }
  }

  private forStatement(line: number): Statement {
    this.lexer.next()
    const height = this.scope.active.length
    const first = this.name()
    let statement: Statement
    if (this.lexer.kind === '=') statement = this.numericFor(first, line)
    else if (this.lexer.kind === ',' || this.lexer.kind === 'in') statement = this.genericFor(first)
    else this.syntaxError("'=' or 'in' expected")
    this.close('end', 'for', line)
    this.scope.active.length = height
    return statement
  }

  /** The three variables that PUC hides in a loop count against the limit. */
  private hidden(): void {
    for (let i = 0; i < 3; i++) this.declare('(for)', i)
    for (let i = 0; i < 3; i++)
      this.activate({ name: '(for)', captured: false, assigned: false, slot: -1 })
  }

  private numericFor(name: string, line: number): Statement {
    for (let i = 0; i < 3; i++) this.declare('(for)', i)
    const variable = this.declare(name, 3)
    this.lexer.next()
    const start = this.exp()
    this.take(',')
    const limit = this.exp()
    const step = this.accept(',') ? this.exp() : undefined
    this.hidden()
    this.take('do')
    const doLine = this.lexer.lastLine
    this.activate(variable)
    const block = this.loop()
    return { type: 'for', variable, start, limit, step, block, line, doLine }
  }

  private genericFor(first: string): Statement {
    for (let i = 0; i < 3; i++) this.declare('(for)', i)
    const variables = [this.declare(first, 3)]
    while (this.accept(',')) variables.push(this.declare(this.name(), variables.length + 3))
    this.take('in')
    const { line } = this.lexer
    const values = this.exps()
    this.hidden()
    this.take('do')
    this.activate(...variables)
    const block = this.loop()
    return { type: 'forin', variables, values, block, line }
  }

  private functionStatement(line: number): Statement {
    this.lexer.next()
    let target = this.resolve(this.name())
    let method = false
    while (this.lexer.kind === '.' || this.lexer.kind === ':') {
      method = this.lexer.kind === ':'
      this.lexer.next()
      const key: Exp = { type: 'string', value: this.name(), calls: false }
      target = { type: 'index', object: target, key, line: this.lexer.lastLine, calls: false }
      if (method) break
    }
    const value = this.functionBody(method, line)
    if (target.type === 'local' || target.type === 'upvalue') target.variable.assigned = true
    return { type: 'assign', targets: [target], values: [value], line }
  }

  private localFunction(): Statement {
    const variable = this.declare(this.name(), 0)
    this.activate(variable)
    const exp = this.functionBody(false, this.lexer.line)
    return { type: 'localfunction', variable, body: (exp as { body: FunctionBody }).body }
  }

  private localStatement(): Statement {
    const variables: Variable[] = []
    do variables.push(this.declare(this.name(), variables.length))
    while (this.accept(','))
    const values = this.accept('=') ? this.exps() : []
    this.activate(...variables)
    return { type: 'local', variables, values }
  }

  private expStatement(): Statement {
    const first = this.suffixed()
    if (first.type === 'call') return { type: 'call', call: first }
    const targets: Target[] = [this.target(first)]
    while (this.accept(',')) {
      const another = this.suffixed()
      this.limit(targets.length, LEVELS - this.levels, 'variables in assignment')
      targets.push(this.target(another))
    }
    this.take('=')
    const values = this.exps()
    for (const target of targets)
      if (target.type === 'local' || target.type === 'upvalue') target.variable.assigned = true
    return { type: 'assign', targets, values, line: this.lexer.lastLine }
  }

  private target(exp: Exp): Target {
    const { type } = exp
    if (type === 'local' || type === 'upvalue' || type === 'global' || type === 'index') return exp
    return this.syntaxError('syntax error')
  }

  // ---- expressions ----

  private exps(): Exp[] {
    const exps = [this.exp()]
    while (this.accept(',')) exps.push(this.exp())
    return exps
  }

  private exp(): Exp {
    return this.operators(0)
  }

  private operators(limit: number): Exp {
    this.enter()
    let left: Exp
    const unary = this.lexer.kind
    if (unary === 'not' || unary === '-' || unary === '#') {
      this.lexer.next()
      const operand = this.operators(UNARY_PRIORITY)
      left = this.unary(unary, operand)
    } else left = this.simple()
    for (;;) {
      const op = this.lexer.kind
      const priority = PRIORITY[op]
      if (priority === undefined || priority[0] <= limit) break
      this.lexer.next()
      // PUC reads the left operand only now that it has seen the operator.
      if (left.type === 'index' || left.type === 'global') left.line = this.lexer.lastLine
      const right = this.operators(priority[1])
      const calls = left.calls || right.calls
      left =
        op === 'and' || op === 'or'
          ? { type: 'logic', op, left, right, calls }
          : binary(op as BinaryOp, left, right, this.lexer.lastLine)
    }
    this.levels--
    return left
  }

  private unary(op: UnaryOp, operand: Exp): Exp {
    if (op === '-' && operand.type === 'number')
      return { type: 'number', value: -operand.value, calls: false }
    return { type: 'unary', op, operand, line: this.lexer.lastLine, calls: operand.calls }
  }

  private simple(): Exp {
    const { lexer } = this
    let exp: Exp
    switch (lexer.kind) {
      case NUMBER:
        exp = { type: 'number', value: lexer.number, calls: false }
        break
      case STRING:
        exp = { type: 'string', value: lexer.text, calls: false }
        break
      case 'nil':
        exp = NIL
        break
      case 'true':
        exp = TRUE
        break
      case 'false':
        exp = FALSE
        break
      case '...':
        if (!this.scope.body.variadic)
          this.syntaxError("cannot use '...' outside a vararg function")
        this.scope.body.usesDots = true
        exp = DOTS
        break
      case '{':
        return this.table()
      case 'function':
        lexer.next()
        return this.functionBody(false, lexer.line)
      default:
        return this.suffixed()
    }
    lexer.next()
    return exp
  }

  private primary(): Exp {
    const { line, kind } = this.lexer
    if (kind === NAME) return this.resolve(this.name())
    if (kind === '(') {
      this.lexer.next()
      const exp = this.exp()
      this.close(')', '(', line)
      // Constants are folded through parentheses.
      return exp.type === 'number' ? exp : { type: 'paren', exp, calls: exp.calls }
    }
    return this.syntaxError('unexpected symbol')
  }

  /** A name or an expression in parentheses, with what follows: fields, keys, methods, calls. */
  private suffixed(): Exp {
    const { lexer } = this
    let exp = this.primary()
    for (;;) {
      switch (lexer.kind) {
        case '.': {
          lexer.next()
          const key: Exp = { type: 'string', value: this.name(), calls: false }
          exp = { type: 'index', object: exp, key, line: lexer.lastLine, calls: exp.calls }
          break
        }
        case '[': {
          const key = this.bracketed()
          const calls = exp.calls || key.calls
          exp = { type: 'index', object: exp, key, line: lexer.lastLine, calls }
          break
        }
        case ':': {
          lexer.next()
          const method = this.name()
          exp = this.call(exp, method, lexer.lastLine)
          break
        }
        case '(':
        case '{':
        case STRING:
          exp = this.call(exp, undefined, 0)
          break
        default:
          return exp
      }
    }
  }

  private bracketed(): Exp {
    this.lexer.next()
    const key = this.exp()
    this.take(']')
    return key
  }

  private call(fn: Exp, method: string | undefined, methodLine: number): Call {
    const { lexer } = this
    const { line } = lexer
    let args: Exp[] = []
    switch (lexer.kind) {
      case '(':
        if (line !== lexer.lastLine)
          this.syntaxError('ambiguous syntax (function call x new statement)')
        lexer.next()
        if (!this.is(')')) args = this.exps()
        this.close(')', '(', line)
        break
      case '{':
        args = [this.table()]
        break
      case STRING:
        args = [{ type: 'string', value: lexer.text, calls: false }]
        lexer.next()
        break
      default:
        this.syntaxError('function arguments expected')
    }
    return { type: 'call', fn, method, methodLine, args, line, calls: true }
  }

  private table(): Exp {
    const { lexer } = this
    const { line } = lexer
    const items: { key: Exp | undefined; value: Exp; line: number }[] = []
    let calls = false
    this.take('{')
    while (lexer.kind !== '}') {
      let key: Exp | undefined
      if (lexer.kind === '[') {
        key = this.bracketed()
        this.take('=')
      } else if (lexer.kind === NAME && lexer.peek() === '=') {
        key = { type: 'string', value: this.name(), calls: false }
        this.take('=')
      }
      const value = this.exp()
      calls ||= value.calls || (key?.calls ?? false)
      items.push({ key, value, line: lexer.lastLine })
      if (!this.accept(',') && !this.accept(';')) break
    }
    this.close('}', '{', line)
    return { type: 'table', items, calls }
  }

  /** From the parameters to `end`. */
  private functionBody(method: boolean, line: number): Exp {
    const scope = scopeOf(this.scope, line)
    this.scope = scope
    const { body } = scope
    this.take('(')
    if (method) this.parameter('self')
    while (this.lexer.kind !== ')') {
      if (this.lexer.kind === NAME) this.parameter(this.name())
      else if (this.accept('...')) {
        body.variadic = true
        body.arg = this.declare('arg', 0)
        this.activate(body.arg)
        break
      } else this.syntaxError("<name> or '...' expected")
      if (!this.accept(',')) break
      if (this.is(')')) this.syntaxError("<name> or '...' expected")
    }
    this.take(')')
    body.block = this.statements()
    this.close('end', 'function', line)
    this.scope = scope.parent as Scope
    return { type: 'function', body, calls: false }
  }

  private parameter(name: string): void {
    const variable = this.declare(name, 0)
    this.scope.body.parameters.push(variable)
    this.activate(variable)
  }
}

function scopeOf(parent: Scope | undefined, line: number): Scope {
  const body: FunctionBody = {
    parameters: [],
    variadic: false,
    arg: undefined,
    usesDots: false,
    upvalues: [],
    block: [],
    line,
  }
  return { parent, body, active: [], loops: 0 }
}

function findIn(scope: Scope, name: string): Variable | undefined {
  for (let i = scope.active.length - 1; i >= 0; i--) {
    const variable = scope.active[i] as Variable
    if (variable.name === name) return variable
  }
  return undefined
}

function binary(op: BinaryOp, left: Exp, right: Exp, line: number): Exp {
  if (left.type === 'number' && right.type === 'number') {
    const value = fold(op, left.value, right.value)
    if (value !== undefined) return { type: 'number', value, calls: false }
  }
  return { type: 'binary', op, left, right, line, calls: left.calls || right.calls }
}

/** Constant arithmetic; not what would be NaN. */
function fold(op: BinaryOp, a: number, b: number): number | undefined {
  let value: number
  if (op === '+') value = a + b
  else if (op === '-') value = a - b
  else if (op === '*') value = a * b
  else if (op === '/' && b !== 0) value = a / b
  else if (op === '%' && b !== 0) value = a - Math.floor(a / b) * b
  else if (op === '^') value = power(a, b)
  else return undefined
  return Number.isNaN(value) ? undefined : value
}
