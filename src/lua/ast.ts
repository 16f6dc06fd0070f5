/**
 * What the parser hands to the compiler: names are resolved already, and each expression knows whether
 * a call is in it (`calls`), because a run can only be suspended at a call. Lines are those that PUC
 * would put on the instruction.
 */

/** A local variable. */
export interface Variable {
  readonly name: string
  /** A closure uses it. */
  captured: boolean
  /** It is assigned after its declaration. */
  assigned: boolean
  /** Its place in the frame; set by the compiler. */
  slot: number
}

/** One variable that a function takes from around it: a local of the parent, or one of its upvalues. */
export interface Upvalue {
  readonly variable: Variable
  /** Place among the upvalues of the parent, or -1 for a local of the parent. */
  readonly outer: number
}

export interface FunctionBody {
  readonly parameters: Variable[]
  variadic: boolean
  /** The table `arg` of 5.0, in functions with `...` in the head that do not use it. */
  arg: Variable | undefined
  usesDots: boolean
  readonly upvalues: Upvalue[]
  block: Statement[]
  readonly line: number
}

export type Exp =
  | { readonly type: 'constant'; readonly value: undefined | boolean; calls: false }
  | { readonly type: 'number'; readonly value: number; calls: false }
  | { readonly type: 'string'; readonly value: string; calls: false }
  | { readonly type: 'vararg'; calls: false }
  | { readonly type: 'function'; readonly body: FunctionBody; calls: false }
  | Local
  | UpvalueName
  | Global
  | Index
  | Call
  | { readonly type: 'logic'; readonly op: 'and' | 'or'; left: Exp; right: Exp; calls: boolean }
  | Binary
  | { readonly type: 'unary'; readonly op: UnaryOp; operand: Exp; line: number; calls: boolean }
  | { readonly type: 'paren'; readonly exp: Exp; calls: boolean }
  | TableExp

export interface Local {
  readonly type: 'local'
  readonly variable: Variable
  calls: false
}

export interface UpvalueName {
  readonly type: 'upvalue'
  readonly variable: Variable
  readonly index: number
  calls: false
}

export interface Global {
  readonly type: 'global'
  readonly name: string
  line: number
  calls: false
}

export interface Index {
  readonly type: 'index'
  readonly object: Exp
  readonly key: Exp
  line: number
  calls: boolean
}

/** `fn(args)`, or `fn:method(args)`. */
export interface Call {
  readonly type: 'call'
  readonly fn: Exp
  readonly method: string | undefined
  readonly methodLine: number
  readonly args: readonly Exp[]
  readonly line: number
  calls: true
}

export type UnaryOp = '-' | 'not' | '#'
export type BinaryOp =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '^'
  | '..'
  | '=='
  | '~='
  | '<'
  | '<='
  | '>'
  | '>='

export interface Binary {
  readonly type: 'binary'
  readonly op: BinaryOp
  readonly left: Exp
  readonly right: Exp
  line: number
  calls: boolean
}

export interface TableExp {
  readonly type: 'table'
  /** Without a key: the next of the list. */
  readonly items: readonly { readonly key: Exp | undefined; readonly value: Exp; line: number }[]
  calls: boolean
}

export type Target = Local | UpvalueName | Global | Index

export type Statement =
  | { readonly type: 'local'; readonly variables: Variable[]; readonly values: Exp[] }
  | {
      readonly type: 'assign'
      readonly targets: readonly Target[]
      readonly values: readonly Exp[]
      readonly line: number
    }
  | { readonly type: 'call'; readonly call: Call }
  | { readonly type: 'do'; readonly block: Statement[] }
  | { readonly type: 'while'; readonly test: Exp; readonly block: Statement[] }
  | { readonly type: 'repeat'; readonly block: Statement[]; readonly test: Exp }
  | {
      readonly type: 'if'
      readonly clauses: readonly { readonly test: Exp; readonly block: Statement[] }[]
      readonly otherwise: Statement[] | undefined
    }
  | {
      readonly type: 'for'
      readonly variable: Variable
      readonly start: Exp
      readonly limit: Exp
      readonly step: Exp | undefined
      readonly block: Statement[]
      /** Of the keyword, and of `do`, where wrong numbers are reported. */
      readonly line: number
      readonly doLine: number
    }
  | {
      readonly type: 'forin'
      readonly variables: readonly Variable[]
      readonly values: readonly Exp[]
      readonly block: Statement[]
      readonly line: number
    }
  | { readonly type: 'localfunction'; readonly variable: Variable; readonly body: FunctionBody }
  | { readonly type: 'return'; readonly values: readonly Exp[]; readonly line: number }
  | { readonly type: 'break' }
