/**
 * Lists: taking from the first of several, and moving elements from one list to another, at once or
 * after waiting for them.
 */
import type { Args } from '../core/args.ts'
import { command, countedKeys, key } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import { countNotPositive, numkeysNotPositive, syntaxError } from '../core/errors.ts'
import { EVENTS } from '../core/events.ts'
import { NIL_ARRAY, type Reply } from '../core/reply.ts'
import { List } from '../types/list.ts'
import { LIST } from '../types/value.ts'
import { type End, endOf, listLimit, popFrom, settle, take } from './list-ends.ts'

// ---- From one of several ----------------------------------------------------------------------

const fromSeveral = {
  group: 'list',
  since: '7.0.0',
  complexity: 'O(N+M), N being the number of keys, M the number of elements returned',
  categories: ['list'],
  propagates: 'rewritten',
  reply: '[key: string, elements: string[]] | null',
} as const

const severalKeys = 'numkeys:integer key... {where: LEFT | RIGHT} [COUNT count:integer]'

export const LMPOP = command('lmpop', {
  ...fromSeveral,
  summary: 'Take elements from the first list that has some.',
  syntax: severalKeys,
  arity: -4,
  flags: ['write'],
  keys: countedKeys(1, 1, 'RW', 'access', 'delete'),
  run(c, args) {
    const { names, end, count } = several(args)
    return popFirst(c, names, end, count) ?? NIL_ARRAY
  },
})

export const BLMPOP = command('blmpop', {
  ...fromSeveral,
  summary: 'Take elements from the first list that has some, waiting for them if need be.',
  syntax: `timeout:double ${severalKeys}`,
  arity: -5,
  flags: ['write', 'blocking'],
  keys: countedKeys(2, 1, 'RW', 'access', 'delete'),
  run(c, args) {
    args.skip(1)
    const { names, end, count } = several(args)
    // Redis reads the timeout last.
    const timeout = args.reset(args.argv, 1).timeout()
    return (
      popFirst(c, names, end, count) ??
      c.block({ on: names, type: LIST, timeout, otherwise: NIL_ARRAY })
    )
  },
})

interface Several {
  names: readonly string[]
  end: End
  count: number
}

/** `numkeys key [key …] LEFT|RIGHT [COUNT count]` */
function several(args: Args): Several {
  const numkeys = positiveCount(args, numkeysNotPositive)
  if (numkeys >= args.left) throw syntaxError
  const names = args.rest(args.left - numkeys)
  const end = endOf(args)
  let count = 0
  while (args.more) {
    if (count > 0 || args.left < 2 || !args.take('COUNT')) throw syntaxError
    count = positiveCount(args, countNotPositive)
  }
  return { names, end, count: Math.max(1, count) }
}

function positiveCount(args: Args, error: typeof countNotPositive): number {
  const n = args.integer(error)
  if (n < 1) throw error
  return Number(n)
}

function popFirst(
  c: Context,
  names: readonly string[],
  end: End,
  count: number,
): Reply | undefined {
  for (const name of names) {
    const list = c.write(name, LIST)
    if (list === undefined) continue
    const elements = popFrom(c, name, list, end, count)
    c.propagateAs(end === 'head' ? 'LPOP' : 'RPOP', name, String(elements.length))
    return [name, elements]
  }
  return undefined
}

// ---- From one to another ----------------------------------------------------------------------

const moving = {
  group: 'list',
  complexity: 'O(1)',
  categories: ['list'],
  keys: [key(1, 'RW', 'access', 'delete'), key(2, 'RW', 'insert')],
  reply: 'string | null',
} as const

const ends = 'source:key destination:key {wherefrom: LEFT | RIGHT} {whereto: LEFT | RIGHT}'

export const LMOVE = command('lmove', {
  ...moving,
  since: '6.2.0',
  summary: 'Take an element from an end of a list and put it at an end of another, or of the same.',
  syntax: ends,
  arity: 5,
  flags: ['write', 'denyoom'],
  run(c, args) {
    const [source, destination] = [args.next(), args.next()]
    return moveOne(c, source, destination, endOf(args), endOf(args)) ?? null
  },
})

export const RPOPLPUSH = command('rpoplpush', {
  ...moving,
  since: '1.2.0',
  summary: 'Move the last element of a list to the head of another, or of the same.',
  syntax: 'source:key destination:key',
  arity: 3,
  flags: ['write', 'denyoom'],
  deprecated: { since: '6.2.0', replacedBy: '`LMOVE` with the `RIGHT` and `LEFT` arguments' },
  run: (c, args) => moveOne(c, args.next(), args.next(), 'tail', 'head') ?? null,
})

export const BLMOVE = command('blmove', {
  ...moving,
  since: '6.2.0',
  summary: 'Move an element from an end of a list to an end of another, waiting for it if need be.',
  syntax: `${ends} timeout:double`,
  arity: 6,
  flags: ['write', 'denyoom', 'blocking'],
  propagates: 'rewritten',
  run(c, args) {
    const [source, destination] = [args.next(), args.next()]
    const [from, to] = [endOf(args), endOf(args)]
    const element = moveOrWait(c, source, destination, from, to, args.timeout())
    if (c.dirty > 0) c.propagateAs('LMOVE', ...args.argv.slice(1, 5))
    return element
  },
})

export const BRPOPLPUSH = command('brpoplpush', {
  ...moving,
  since: '2.2.0',
  summary: 'Move the last element of a list to the head of another, waiting for it if need be.',
  syntax: 'source:key destination:key timeout:double',
  arity: 4,
  flags: ['write', 'denyoom', 'blocking'],
  deprecated: { since: '6.2.0', replacedBy: '`BLMOVE` with the `RIGHT` and `LEFT` arguments' },
  history: [['6.0.0', 'The `timeout` may have a fraction.']],
  propagates: 'rewritten',
  run(c, args) {
    const [source, destination] = [args.next(), args.next()]
    const element = moveOrWait(c, source, destination, 'tail', 'head', args.timeout())
    if (c.dirty > 0) c.propagateAs('RPOPLPUSH', source, destination)
    return element
  },
})

function moveOne(
  c: Context,
  source: string,
  destination: string,
  from: End,
  to: End,
): string | undefined {
  const list = c.write(source, LIST)
  if (list === undefined) return undefined
  return move(c, source, list, destination, from, to, 1, false)[0]
}

function moveOrWait(
  c: Context,
  source: string,
  destination: string,
  from: End,
  to: End,
  timeout: number,
): Reply {
  const element = moveOne(c, source, destination, from, to)
  if (element !== undefined) return element
  // Where nothing may wait the reply is nil, not the null array of a time that is up.
  if (c.denyBlocking) return null
  return c.block({ on: [source], type: LIST, timeout, otherwise: NIL_ARRAY })
}

/**
 * Take elements from one list and put them into another, or into the same. One by one, what was
 * taken later ends up further out; in bulk they keep their order. Answers them as they now stand.
 */
function move(
  c: Context,
  source: string,
  list: List,
  destination: string,
  from: End,
  to: End,
  count: number,
  bulk: boolean,
): string[] {
  const target = c.write(destination, LIST)
  const elements = take(list, from, count)
  // As they stood in the source, or as pushing one after the other leaves them.
  if (bulk ? from === 'tail' : to === 'head') elements.reverse()
  const into = target ?? new List()
  if (target === undefined) c.insert(destination, into)
  into.grow(
    listLimit(c),
    elements.length,
    elements.reduce((sum, element) => sum + element.length, 0),
  )
  if (to === 'tail') for (const element of elements) into.pushTail(element)
  else for (let i = elements.length - 1; i >= 0; i--) into.pushHead(elements[i] as string)
  c.changed(EVENTS.list, to === 'head' ? 'lpush' : 'rpush', destination)
  c.engine.blocking.signalMore(c.db.index, destination)
  c.dirty += elements.length - 2
  c.changed(EVENTS.list, from === 'head' ? 'lpop' : 'rpop', source)
  settle(c, source, list)
  return elements
}

// ---- Several at once --------------------------------------------------------------------------

const movingMany = {
  ...moving,
  since: '8.10.0',
  complexity: 'O(N), N being the number of elements moved',
  reply: 'string[] | null',
} as const

const howMany =
  '[how-many: {selector: COUNT count:integer | EXACTLY exactly:integer} {ordering: OBO | BULK}]'

export const LMOVEM = command('lmovem', {
  ...movingMany,
  summary: 'Move up to, or exactly, so many elements from an end of a list to an end of another.',
  syntax: `${ends} ${howMany}`,
  arity: -5,
  flags: ['write', 'denyoom'],
  run(c, args) {
    const [source, destination] = [args.next(), args.next()]
    const [from, to] = [endOf(args), endOf(args)]
    return moveMany(c, source, destination, from, to, manyOf(args)) ?? NIL_ARRAY
  },
})

export const BLMOVEM = command('blmovem', {
  ...movingMany,
  summary: 'Move several elements from a list to another, waiting until there are enough.',
  syntax: `${ends} timeout:double ${howMany}`,
  arity: -6,
  flags: ['write', 'denyoom', 'blocking'],
  propagates: 'rewritten',
  run(c, args) {
    const [source, destination] = [args.next(), args.next()]
    const [from, to] = [endOf(args), endOf(args)]
    const timeout = args.timeout()
    const many = manyOf(args)
    const moved = moveMany(c, source, destination, from, to, many)
    if (moved === undefined) {
      const on = [source]
      return c.block({ on, type: LIST, timeout, otherwise: NIL_ARRAY, orMore: true })
    }
    c.propagateAs(
      'LMOVEM',
      ...args.argv.slice(1, 5),
      'EXACTLY',
      String(moved.length),
      many.bulk ? 'BULK' : 'OBO',
    )
    return moved
  },
})

interface Many {
  count: number
  exactly: boolean
  bulk: boolean
}

/** `[COUNT count | EXACTLY exactly OBO | BULK]`, to the end. */
function manyOf(args: Args): Many {
  if (!args.more) return { count: 1, exactly: false, bulk: false }
  const selector = args.keyword()
  if (selector !== 'COUNT' && selector !== 'EXACTLY') throw syntaxError
  if (args.left !== 2) throw syntaxError
  const count = positiveCount(args, countNotPositive)
  const ordering = args.keyword()
  if (ordering !== 'OBO' && ordering !== 'BULK') throw syntaxError
  return { count, exactly: selector === 'EXACTLY', bulk: ordering === 'BULK' }
}

/** Undefined if the source has none, or too few. */
function moveMany(
  c: Context,
  source: string,
  destination: string,
  from: End,
  to: End,
  { count, exactly, bulk }: Many,
): string[] | undefined {
  const list = c.write(source, LIST)
  if (list === undefined || (exactly && list.length < count)) return undefined
  return move(c, source, list, destination, from, to, count, bulk)
}
