/**
 * Random programs that come to an end and mean the same everywhere.
 *
 * Every function and every loop burns fuel (`T`; not so much that the C stack of PUC could end), strings that grow are cut (`L`), nobody depends on
 * the order of `pairs`, on addresses, or on the length of arrays with holes. Most expressions are of
 * the kind that their place wants, and one in some is not, so that errors and their texts are compared.
 */
import { Random } from '../../src/util/random.ts'
import type { Block, Statement } from './tree.ts'

const PRELUDE = `local fuel = 60
local function T() fuel = fuel - 1 if fuel < 0 then error("fuel", 0) end return true end
local function L(v) if type(v) == "string" and #v > 40 then return v:sub(1, 40) end return v end
local function K(v) local k = type(v) if k == "string" or k == "number" or k == "boolean" then return v end return k end
g1, g2, g3 = 5, { a = 1, 10, 20 }, function(...) return ... end
local function C(t, s) local r = {} for i, v in ipairs(t) do r[i] = tostring(K(v)) end return table.concat(r, s) end
`

type Kind = 'n' | 's' | 't' | 'f' | 'o' | 'c' | 'x'
const KINDS: readonly Kind[] = ['n', 's', 't', 'f', 'o', 'c', 'x']

interface Variable {
  readonly name: string
  readonly kind: Kind
}

interface Scope {
  /** Innermost last. */
  readonly variables: Variable[]
  readonly variadic: boolean
  readonly loop: boolean
  readonly coroutine: boolean
  readonly nesting: number
}

const NUMBERS = [
  '0',
  '-0',
  '1',
  '2',
  '3',
  '-1',
  '10',
  '0.5',
  '-2.5',
  '7',
  '100',
  '1e3',
  '2^53',
  '0xff',
  '1e15',
  '1e300',
  '(1/0)',
]
const STRINGS = [
  '""',
  '"a"',
  '"abc"',
  '"10"',
  '"0x10"',
  '" 7 "',
  '"x y z"',
  '"1e2"',
  '"key"',
  '"a.b"',
  '"%d"',
  "'q'",
  '[[long]]',
  '"\\n"',
  '"\\0z"',
  '"hello world"',
]
const PATTERNS = [
  '"a"',
  '"."',
  '"%a+"',
  '"(%w)(%w)"',
  '"%d*"',
  '"^%s*"',
  '"l+"',
  '"[a-m]"',
  '"()"',
  '"(.)%1"',
  '"%b()"',
  '"x*"',
  '"[^b]+"',
  '"%"',
  '"("',
  '"[a"',
  '"o.-$"',
  '"%f[%w]%w+"',
]
const FIELDS = ['a', 'b', 'key', 'n', 'x', 'len', 'name', 'missing', 'm']
const GLOBALS = ['g1', 'g2', 'g3', 'undefined']
const EVENTS = [
  '__index',
  '__newindex',
  '__call',
  '__add',
  '__sub',
  '__mul',
  '__div',
  '__mod',
  '__pow',
  '__unm',
  '__concat',
  '__eq',
  '__lt',
  '__le',
  '__tostring',
  '__metatable',
  '__len',
]
const LIBRARY_N = [
  'math.floor',
  'math.abs',
  'math.max',
  'math.min',
  'math.ceil',
  'math.sqrt',
  'tonumber',
  'string.len',
  'string.byte',
  'math.fmod',
  'table.maxn',
  '#',
]
const LIBRARY_S = [
  'string.upper',
  'string.lower',
  'string.reverse',
  'type',
  'tostring',
  'string.sub',
  'string.rep',
  'string.format',
  'table.concat',
]

export class ProgramGenerator {
  private readonly random: Random
  private names = 0

  constructor(seed: number) {
    this.random = new Random(seed)
  }

  /** The statements that come before those of `program`. */
  static readonly prelude: string = PRELUDE

  program(): Block {
    this.names = 0
    const scope: Scope = {
      variables: [],
      variadic: true,
      loop: false,
      coroutine: false,
      nesting: 0,
    }
    const block: Statement[] = []
    // One of each kind, so that there is something to work with; the rest is mostly guarded.
    for (const kind of KINDS) block.push(this.first(scope, kind))
    for (let i = this.below(7) + 3; i > 0; i--) {
      if (this.chance(0.12)) block.push(this.declare(scope))
      else block.push(this.chance(0.92) ? this.guarded(scope) : this.statement(scope))
    }
    block.push(line(`print(${this.list(scope, 1, 3)})`))
    return block
  }

  // ---- chance

  private below(n: number): number {
    return this.random.below(n)
  }

  private chance(p: number): boolean {
    return this.random.below(1000) < p * 1000
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  // ---- statements

  /** A variable that surely has its kind. */
  private first(scope: Scope, kind: Kind): Statement {
    const name = `${kind}${++this.names}`
    const self: Variable = { name, kind }
    let statement: Statement
    if (kind === 'f') statement = this.functionStatement(scope, `local function ${name}`, self)
    else if (kind === 'n') statement = line(`local ${name} = ${this.pick(NUMBERS)}`)
    else if (kind === 's') statement = line(`local ${name} = ${this.pick(STRINGS)}`)
    else if (kind === 't')
      statement = line(
        `local ${name} = { ${this.pick(['1, 2, 3', '"b", "a"', 'a = 1, key = "v", m = function(...) T() return ... end', '5, x = {}', '3, 1, 2, n = 0', ''])} }`,
      )
    else if (kind === 'o') statement = line(`local ${name} = ${this.object(scope)}`)
    else if (kind === 'c')
      statement = line(`local ${name} = coroutine.wrap(${this.functionText(scope, true)})`)
    else statement = line(`local ${name} = ${this.pick(['nil', 'true', '5', '"x"', '{}'])}`)
    scope.variables.push(self)
    return statement
  }

  private declare(scope: Scope, kind = this.pick(KINDS)): Statement {
    const value = this.expression(scope, kind, 2)
    // A name is used again now and then: it hides the older one.
    const again = this.chance(0.1)
      ? this.pick(scope.variables.filter((v) => v.kind === kind))
      : undefined
    const name = again?.name ?? `${kind}${++this.names}`
    if (this.chance(0.12)) {
      const other = `x${++this.names}`
      const more = this.chance(0.5) ? `, ${this.expression(scope, 'x', 1)}` : ''
      scope.variables.push({ name, kind }, { name: other, kind: 'x' })
      return line(`local ${name}, ${other} = ${value}${more}`)
    }
    if (kind === 'f' && this.chance(0.5)) {
      const statement = this.functionStatement(scope, `local function ${name}`, { name, kind })
      scope.variables.push({ name, kind })
      return statement
    }
    scope.variables.push({ name, kind })
    return line(`local ${name} = ${value}`)
  }

  private functionStatement(
    scope: Scope,
    head: string,
    self?: Variable,
    method = false,
  ): Statement {
    const { parameters, inner } = this.parameters(scope, self, method)
    return { parts: [`${head}(${parameters}) T()`, this.body(inner), '\nend'] }
  }

  private parameters(
    scope: Scope,
    self?: Variable,
    method = false,
    coroutine = this.chance(0.15),
  ): { parameters: string; inner: Scope } {
    const names: Variable[] = []
    for (let i = this.below(4); i > 0; i--) {
      const kind = this.pick(KINDS)
      names.push({ name: `${kind}${++this.names}`, kind })
    }
    const variadic = this.chance(0.3)
    const inner: Scope = {
      variables: [
        ...scope.variables,
        ...(self === undefined ? [] : [self]),
        ...(method ? [{ name: 'self', kind: 'o' as const }] : []),
        ...names,
      ],
      variadic,
      loop: false,
      coroutine,
      nesting: scope.nesting + 1,
    }
    return {
      parameters: [...names.map(({ name }) => name), ...(variadic ? ['...'] : [])].join(', '),
      inner,
    }
  }

  /** What a function does; most return something. */
  private body(scope: Scope): Block {
    const block = this.block(scope, 3)
    return this.chance(0.75) ? [...block, this.returning(scope)] : block
  }

  private returning(scope: Scope): Statement {
    // A tail call, or some values.
    if (this.chance(0.25)) return line(`return ${this.call(scope, 2)}`)
    return line(`return ${this.list(scope, 2, 2)}`)
  }

  private block(scope: Scope, most: number): Statement[] {
    const inner = { ...scope, variables: [...scope.variables], nesting: scope.nesting + 1 }
    const statements: Statement[] = []
    for (let i = this.below(most) + 1; i > 0; i--) statements.push(this.statement(inner))
    if (scope.loop && this.chance(0.15)) {
      statements.push(
        line(this.chance(0.5) ? 'break' : `if ${this.condition(inner)} then break end`),
      )
    }
    // What was declared inside is used inside: the last statement sees it all.
    scope.variables.length = Math.min(scope.variables.length, 40)
    return statements
  }

  private guarded(scope: Scope): Statement {
    const inner: Scope = {
      ...scope,
      variables: [...scope.variables],
      variadic: false,
      loop: false,
      nesting: scope.nesting + 1,
    }
    return { parts: ['print(pcall(function()', this.body(inner), '\nend))'] }
  }

  private statement(scope: Scope): Statement {
    const deep = scope.nesting > 3
    const choice = this.below(deep ? 62 : 100)
    if (choice < 14) return this.declare(scope)
    if (choice < 26) return line(this.assignment(scope))
    if (choice < 38) return line(`print(${this.list(scope, 2, 3)})`)
    if (choice < 48) return line(this.callStatement(scope))
    if (choice < 54) return line(this.tableStatement(scope))
    if (choice < 57)
      return line(
        `${this.target(scope)}, ${this.target(scope)} = ${this.expression(scope, 'x', 2)}, ${this.chance(0.5) ? this.call(scope, 1) : this.expression(scope, 'x', 1)}`,
      )
    if (choice < 60) return line(`g${this.below(3) + 1} = ${this.expression(scope, 'x', 2)}`)
    if (choice < 62) return line(this.raise(scope))
    if (choice < 72) return this.branch(scope)
    if (choice < 82) return this.loop(scope)
    if (choice < 86) return { parts: ['do', this.block(scope, 3), '\nend'] }
    if (choice < 93) return this.guarded(scope)
    if (choice < 97) {
      const holder = this.variable(scope, this.chance(0.5) ? 'o' : 't')
      const field = this.pick(FIELDS)
      return this.chance(0.5)
        ? this.functionStatement(scope, `function ${holder}:${field}`, undefined, true)
        : this.functionStatement(scope, `function ${holder}.${field}`)
    }
    return this.functionStatement(scope, `function g${this.below(3) + 1}`)
  }

  private branch(scope: Scope): Statement {
    const parts: (string | Block)[] = [`if ${this.condition(scope)} then`, this.block(scope, 2)]
    if (this.chance(0.25))
      parts.push(`\nelseif ${this.condition(scope)} then`, this.block(scope, 2))
    if (this.chance(0.5)) parts.push('\nelse', this.block(scope, 2))
    return { parts: [...parts, '\nend'] }
  }

  private loop(scope: Scope): Statement {
    const body = (...variables: Variable[]) =>
      this.block({ ...scope, loop: true, variables: [...scope.variables, ...variables] }, 3)
    const i: Variable = { name: `n${++this.names}`, kind: 'n' }
    const v: Variable = { name: `x${++this.names}`, kind: 'x' }
    switch (this.below(6)) {
      case 0:
        return { parts: [`while T() and ${this.condition(scope)} do`, body(), '\nend'] }
      case 1: {
        const inner = body(i)
        return {
          parts: [
            `repeat local ${i.name} = ${this.number(scope, 1)}`,
            inner,
            `\nuntil T() and ${this.condition({ ...scope, variables: [...scope.variables, i] })}`,
          ],
        }
      }
      case 2:
        return {
          parts: [
            `for ${i.name}, ${v.name} in ipairs(${this.expression(scope, 't', 1)}) do T()`,
            body(i, v),
            '\nend',
          ],
        }
      case 3:
        return { parts: [`for ${v.name} in ${this.iterator(scope)} do T()`, body(v), '\nend'] }
      default: {
        const step = this.chance(0.3) ? `, ${this.pick(['1', '2', '-1', '0.5', '-0.25', '3'])}` : ''
        const limit = this.chance(0.1) ? this.expression(scope, 'x', 1) : `${this.below(6) - 1}`
        const start = this.chance(0.1) ? this.expression(scope, 'x', 1) : `${this.below(4)}`
        return { parts: [`for ${i.name} = ${start}, ${limit}${step} do T()`, body(i), '\nend'] }
      }
    }
  }

  // Not what leaves constants in registers: PUC would take their names for that of the iterator.
  private iterator(scope: Scope): string {
    switch (this.below(4)) {
      case 0:
        return `string.gmatch(${this.string(scope, 1)}, ${this.pick(PATTERNS)})`
      case 1:
        return this.simple(scope, 'c')
      case 2:
        return `coroutine.wrap(${this.functionText(scope, true)})`
      default:
        return this.simple(scope, 'f')
    }
  }

  private assignment(scope: Scope): string {
    const variable = this.chance(0.6) ? this.pick(scope.variables) : undefined
    if (variable === undefined) return `${this.target(scope)} = ${this.expression(scope, 'x', 2)}`
    const kind = this.chance(0.85) ? variable.kind : 'x'
    return `${variable.name} = ${this.expression(scope, kind, 2)}`
  }

  private target(scope: Scope): string {
    switch (this.below(4)) {
      case 0:
        return `${this.variable(scope, 't')}.${this.pick(FIELDS)}`
      case 1:
        return `${this.variable(scope, 'o')}.${this.pick(FIELDS)}`
      case 2:
        return `${this.variable(scope, 't')}[ ${this.key(scope)} ]`
      default:
        return this.variable(scope, this.pick(KINDS))
    }
  }

  /** Keys that leave no holes in arrays. */
  private key(scope: Scope): string {
    return this.chance(0.75)
      ? this.pick(['"a"', '"key"', 'true', '0.5', '-1', '1000', 'print', '"x" .. 1'])
      : `K(${this.string(scope, 1)})`
  }

  private tableStatement(scope: Scope): string {
    const table = this.expression(scope, 't', 1)
    const value = `${this.expression(scope, 'x', 1)} or 0`
    switch (this.below(6)) {
      case 0:
        return `table.insert(${table}, ${value})`
      case 1:
        return `table.insert(${table}, 1, ${value})`
      case 2:
        return `print(table.remove(${table}))`
      case 3:
        return `print(table.remove(${table}, 1))`
      case 4:
        return `table.sort(${table}${this.chance(0.5) ? ', function(a, b) T() return a > b end' : ''})`
      default: {
        const v = this.variable(scope, 't')
        return `${v}[#${v} + 1] = ${value}`
      }
    }
  }

  private callStatement(scope: Scope): string {
    switch (this.below(5)) {
      case 0:
        return `${this.variable(scope, 'o')}:${this.pick(FIELDS)}(${this.list(scope, 1, 2)})`
      case 1:
        return `${this.variable(scope, 't')}.${this.pick(FIELDS)}(${this.list(scope, 1, 2)})`
      case 2:
        return `local r${++this.names} = ${this.call(scope, 2)}`
      default:
        return `${this.variable(scope, 'f')}(${this.list(scope, 1, 3)})`
    }
  }

  private raise(scope: Scope): string {
    switch (this.below(4)) {
      case 0:
        return `error(${this.expression(scope, 'x', 1)})`
      case 1:
        return `error(${this.string(scope, 1)}, ${this.below(3)})`
      case 2:
        return `assert(${this.list(scope, 1, 2)})`
      default:
        return `if ${this.condition(scope)} then error({}) end`
    }
  }

  // ---- expressions

  /** Some expressions; the last may be many values. */
  private list(scope: Scope, depth: number, most: number): string {
    const items: string[] = []
    for (let i = this.below(most + 1); i > 0; i--) items.push(this.expression(scope, 'x', depth))
    if (this.chance(0.2))
      items.push(scope.variadic && this.chance(0.5) ? '...' : this.call(scope, depth))
    return items.join(', ')
  }

  private condition(scope: Scope): string {
    const depth = 1
    switch (this.below(7)) {
      case 0:
        return `${this.number(scope, depth)} ${this.pick(['<', '<=', '>', '>='])} ${this.number(scope, depth)}`
      case 1:
        return `${this.expression(scope, 'x', depth)} ${this.pick(['==', '~='])} ${this.expression(scope, 'x', depth)}`
      case 2:
        return `not ${this.simple(scope, 'x')}`
      case 3:
        return `${this.string(scope, depth)} ${this.pick(['<', '<=', '>', '>=', '=='])} ${this.string(scope, depth)}`
      case 4:
        return `(${this.expression(scope, 'x', depth)} and ${this.expression(scope, 'x', depth)})`
      case 5:
        return this.pick(['true', 'false'])
      default:
        return this.expression(scope, 'x', depth)
    }
  }

  private expression(scope: Scope, kind: Kind, depth: number): string {
    const wanted = kind === 'x' || this.chance(0.05) ? this.pick(KINDS) : kind
    if (depth <= 0) return this.simple(scope, wanted)
    switch (wanted) {
      case 'n':
        return this.number(scope, depth)
      case 's':
        return this.string(scope, depth)
      case 't':
        return this.table(scope, depth)
      case 'f':
        return this.chance(0.5) ? this.simple(scope, 'f') : `(${this.functionText(scope)})`
      case 'o':
        return this.chance(0.5) ? this.simple(scope, 'o') : this.object(scope)
      case 'c':
        return this.chance(0.4)
          ? this.simple(scope, 'c')
          : `coroutine.wrap(${this.functionText(scope, true)})`
      default:
        return this.mixed(scope, depth)
    }
  }

  private mixed(scope: Scope, depth: number): string {
    const d = depth - 1
    switch (this.below(16)) {
      case 0:
        return `(${this.condition(scope)})`
      case 1:
        return `(${this.expression(scope, 'x', d)} and ${this.expression(scope, 'x', d)})`
      case 2:
        return `(${this.expression(scope, 'x', d)} or ${this.expression(scope, 'x', d)})`
      case 3:
        return `(${this.call(scope, d)})`
      case 4:
      case 5:
        return this.call(scope, d)
      case 6:
        return `${this.variable(scope, this.pick(['t', 'o', 'x']))}.${this.pick(FIELDS)}`
      case 7:
        return `${this.variable(scope, this.pick(['t', 'o', 's']))}[ ${this.expression(scope, this.pick(['n', 's']), d)} ]`
      case 8:
        return scope.variadic ? '(...)' : this.simple(scope, 'x')
      case 9:
        return scope.variadic ? 'select("#", ...)' : 'nil'
      case 10:
        return `pcall(${this.simple(scope, 'f')}, ${this.expression(scope, 'x', d)})`
      case 11:
        return `(${this.expression(scope, 'x', d)} ${this.pick(['+', '-', '*', '/', '%', '..', '<', '<=', '==', '~=', '>'])} ${this.expression(scope, 'x', d)})`
      case 12:
        return this.strange(scope, d)
      case 13:
        return scope.coroutine || this.chance(0.1)
          ? `coroutine.yield(${this.list(scope, d, 2)})`
          : this.simple(scope, 'x')
      case 14:
        return `xpcall(${this.simple(scope, 'f')}, ${this.pick(['K', 'type', 'nil', 'function(e) print(K(e)) return e, 1 end'])})`
      default:
        return this.simple(scope, 'x')
    }
  }

  /** What is rarely done. */
  private strange(scope: Scope, depth: number): string {
    switch (this.below(12)) {
      case 0:
        return `loadstring(${this.pick(['"return 1 + 2"', '"return g1"', '"return ..."', '"x ="', '"g1 = 5"', '"return {}"', '"error(1)"', '"("'])})`
      case 1:
        return `setfenv(${this.functionText(scope)}, setmetatable({ g1 = 5 }, { __index = _G }))`
      case 2:
        return `rawget(${this.expression(scope, 't', depth)}, ${this.expression(scope, 's', depth)})`
      case 3:
        return `rawequal(${this.expression(scope, 'x', depth)}, ${this.expression(scope, 'x', depth)})`
      case 4:
        return `select(${this.expression(scope, 'n', depth)}, ${this.expression(scope, 'x', depth)}, 2, 3)`
      case 5:
        return `unpack(${this.expression(scope, 't', depth)})`
      case 6:
        return `getmetatable(${this.expression(scope, this.pick(['o', 'x']), depth)})`
      case 7:
        return `coroutine.status(${this.chance(0.7) ? `coroutine.create(${this.functionText(scope, true)})` : this.simple(scope, 'x')})`
      case 8:
        return `coroutine.resume(coroutine.create(${this.functionText(scope, true)}), ${this.expression(scope, 'x', depth)})`
      case 9:
        return `type(${this.expression(scope, 'x', depth)})`
      case 10:
        return `setmetatable(${this.expression(scope, this.pick(['t', 'o']), depth)}, ${this.pick(['nil', '{}', this.simple(scope, 'x')])})`
      default:
        return `next(${this.pick(['{}', '{ 5 }', this.simple(scope, 'x') === 'nil' ? 'nil' : '{ 1 }, 1'])})`
    }
  }

  private call(scope: Scope, depth: number): string {
    const args = (most: number) => this.list(scope, Math.min(depth, 1), most)
    switch (this.below(10)) {
      case 0:
        return `${this.variable(scope, 'c')}(${args(1)})`
      case 1:
        return `${this.variable(scope, 'o')}(${args(2)})`
      case 2:
        return `${this.variable(scope, 'o')}:${this.pick(FIELDS)}(${args(2)})`
      case 3:
        return `${this.variable(scope, 't')}.${this.pick(FIELDS)}(${args(2)})`
      case 4:
        return `pcall(${this.simple(scope, this.pick(['f', 'c', 'x']))}${this.chance(0.5) ? `, ${this.expression(scope, 'x', 1)}` : ''})`
      case 5:
        return `(${this.functionText(scope)})(${args(2)})`
      default:
        return `${this.variable(scope, 'f')}(${args(3)})`
    }
  }

  private simple(scope: Scope, kind: Kind): string {
    if (this.chance(0.75)) return this.variable(scope, kind)
    switch (kind) {
      case 'n':
        return this.pick(NUMBERS)
      case 's':
        return this.pick(STRINGS)
      case 't':
        return '{}'
      case 'f':
        return this.pick([
          'print',
          'tostring',
          'type',
          'K',
          'pcall',
          'error',
          'select',
          'T',
          'string.rep',
          'math.floor',
          'unpack',
          'coroutine.yield',
        ])
      default:
        return this.pick(['nil', 'true', 'false', '1', '"s"', ...GLOBALS])
    }
  }

  /** A variable of the kind if there is one, or another. */
  private variable(scope: Scope, kind: Kind): string {
    if (this.chance(0.04)) return this.pick(GLOBALS)
    const own = kind === 'x' ? scope.variables : scope.variables.filter((v) => v.kind === kind)
    const from = own.length > 0 && !this.chance(0.03) ? own : scope.variables
    // The newest are the most interesting.
    const back = Math.min(from.length - 1, this.below(this.chance(0.5) ? 3 : from.length))
    return (from[from.length - 1 - back] as Variable).name
  }

  private number(scope: Scope, depth: number): string {
    if (depth <= 0) return this.simple(scope, 'n')
    const d = depth - 1
    const operand = () => this.expression(scope, 'n', d)
    switch (this.below(9)) {
      case 0:
      case 1:
      case 2:
        // C and JavaScript do not agree on the last bit of powers that are not whole: one in ten differs in
        // it (of square roots one in a thousand), and one in two thousand in the digits that are shown.
        if (this.chance(0.15))
          return `(${operand()} ^ ${this.pick(['2', '3', '0', '-1', '"2"', 'nil', '{}'])})`
        return `(${operand()} ${this.pick(['+', '-', '*', '/', '%'])} ${operand()})`
      case 3:
        return `-${this.simple(scope, 'n').replace(/^-/, '')}`
      case 4:
        return `#${this.simple(scope, this.pick(['s', 't']))}`
      case 5: {
        const name = this.pick(LIBRARY_N)
        return name === '#'
          ? `#C(${this.expression(scope, 't', d)})`
          : `${name}(${this.expression(scope, name.startsWith('string') ? 's' : 'n', d)}${this.chance(0.4) ? `, ${operand()}` : ''})`
      }
      case 6:
        return `(${operand()} ${this.pick(['+', '-', '*', '/'])} ${this.pick(NUMBERS)})`
      default:
        return this.simple(scope, 'n')
    }
  }

  private string(scope: Scope, depth: number): string {
    if (depth <= 0) return this.simple(scope, 's')
    const d = depth - 1
    const operand = () => this.expression(scope, this.chance(0.8) ? 's' : 'n', d)
    switch (this.below(10)) {
      case 0:
      case 1:
        return `L(${operand()} .. ${operand()}${this.chance(0.3) ? ` .. ${operand()}` : ''})`
      case 2: {
        const name = this.pick(LIBRARY_S)
        if (name === 'string.rep') return `L(string.rep(${operand()}, ${this.below(4)}))`
        if (name === 'string.format')
          return `L(string.format("${this.pick(['%d', '%s', '%5.1f', '%q', '%x', '%g', '%c', '%-4s|', '%%'])}", ${this.expression(scope, this.pick(['n', 's']), d)}))`
        if (name === 'table.concat')
          return `L(table.concat(${this.expression(scope, 't', d)}, ","))`
        if (name === 'string.sub')
          return `string.sub(${operand()}, ${this.expression(scope, 'n', d)})`
        if (name === 'tostring') return `tostring(K(${this.expression(scope, 'x', d)}))`
        return `${name}(${operand()})`
      }
      case 3:
        return `${this.variable(scope, 's')}:${this.pick(['upper()', 'lower()', 'reverse()', `sub(${this.below(5) - 2}, ${this.below(4)})`, 'missing()', `rep(${this.below(3)})`, `byte(1)`])}`
      case 4:
        return `(string.gsub(${operand()}, ${this.pick(PATTERNS)}, ${this.pick(['"-"', '"%1"', '"%0"', 'K', '{ a = "A" }', 'function(a, b) T() return b or a end', '"%2"'])}))`
      case 5:
        return `string.match(${operand()}, ${this.pick(PATTERNS)})`
      case 6:
        return `C(${this.expression(scope, 't', d)}, ${this.pick(STRINGS)})`
      default:
        return this.simple(scope, 's')
    }
  }

  private table(scope: Scope, depth: number): string {
    if (depth <= 0 || this.chance(0.4)) return this.simple(scope, 't')
    const items: string[] = []
    for (let i = this.below(5); i > 0; i--) {
      const value = this.expression(scope, 'x', depth - 1)
      switch (this.below(4)) {
        case 0:
          items.push(`${this.pick(FIELDS)} = ${value}`)
          break
        case 1:
          items.push(`[ ${this.key(scope)} ] = ${value}`)
          break
        default:
          items.push(`${value} or 0`)
      }
    }
    return items.length === 0 ? '{}' : `{ ${items.join(', ')} }`
  }

  private object(scope: Scope): string {
    const events = new Set<string>()
    for (let i = this.below(4) + 1; i > 0; i--) events.add(this.pick(EVENTS))
    const handlers = [...events].map((event) => `${event} = ${this.handler(scope, event)}`)
    const self = this.chance(0.6)
      ? `{ ${this.pick(FIELDS)} = ${this.expression(scope, 'x', 1)} }`
      : '{}'
    return `setmetatable(${self}, { ${handlers.join(', ')} })`
  }

  private handler(scope: Scope, event: string): string {
    if (event === '__metatable') return this.pick(['"locked"', 'false', '{}'])
    if (this.chance(0.15)) return this.simple(scope, this.pick(['t', 'o', 'x']))
    if (this.chance(0.3)) {
      return this.pick([
        'function(a, b) T() return K(a) end',
        'function(a, b) T() return b end',
        'function(...) T() return select("#", ...) end',
        'function() T() return true end',
        'function(a, b) T() print(K(a), K(b)) return 1, 2 end',
        'function() T() error("event") end',
        'function() T() error("event", 2) end',
      ])
    }
    if (event === '__tostring') return `function() T() return ${this.expression(scope, 's', 1)} end`
    return this.functionText(scope)
  }

  /** A function on one line. */
  private functionText(scope: Scope, coroutine = false): string {
    const { parameters, inner } = this.parameters(
      scope,
      undefined,
      false,
      coroutine || this.chance(0.1),
    )
    if (inner.nesting > 4)
      return `function(${parameters}) T() return ${this.simple(inner, 'x')} end`
    const statements: string[] = []
    for (let i = this.below(3); i > 0; i--) {
      if (coroutine && this.chance(0.5)) {
        statements.push(
          this.pick([
            `local y${++this.names} = coroutine.yield(${this.list(inner, 1, 2)})`,
            `print("resumed", coroutine.yield(${this.simple(inner, 'x')}))`,
            `for i = 1, ${this.below(4)} do T() coroutine.yield(i, ${this.simple(inner, 'x')}) end`,
            `while T() and coroutine.yield(${this.simple(inner, 'n')}) do end`,
            `if coroutine.yield() then print("yes") else print("no") end`,
            `coroutine.yield(coroutine.yield(1))`,
          ]),
        )
      } else statements.push(this.flat(inner))
    }
    const result = this.chance(0.8) ? ` return ${this.list(inner, 1, 2)}` : ''
    return `function(${parameters}) T() ${statements.join(' ')}${result} end`
  }

  private flat(scope: Scope): string {
    switch (this.below(7)) {
      case 0:
        return this.assignment(scope)
      case 1:
        return `print(${this.list(scope, 1, 2)})`
      case 2:
        return this.callStatement(scope)
      case 3:
        return `if ${this.condition(scope)} then ${this.assignment(scope)} end`
      case 4:
        return this.tableStatement(scope)
      case 5:
        return `if ${this.condition(scope)} then ${this.raise(scope)} end`
      default: {
        const variable: Variable = { name: `n${++this.names}`, kind: 'n' }
        const value = this.number(scope, 1)
        scope.variables.push(variable)
        return `local ${variable.name} = ${value}`
      }
    }
  }
}

const line = (text: string): Statement => ({ parts: [text] })
