/** Vector sets: the search for what is near. */
import type { Args } from '../core/args.ts'
import { command, key } from '../core/command.ts'
import { elementNotFound, filterSyntax, invalidArgumentOf, vsimSyntax } from '../core/errors.ts'
import { Double, MapReply, type Reply } from '../core/reply.ts'
import { VECTOR_SET } from '../types/value.ts'
import { FilterError, VectorFilter } from '../types/vector-filter.ts'
import type { VectorSet } from '../types/vector-set.ts'
import { parseDouble } from '../util/float.ts'
import { integerFrom, parseVector, projectQuery } from './vector-argument.ts'

const DEFAULT_EFFORT = 100
const MOST_EFFORT = 1_000_000
const DEFAULT_COUNT = 10
/** Nodes that a filtered search looks at, for each element that is wanted. */
const FILTER_EFFORT = 100

export const VSIM = command('vsim', {
  group: 'module',
  module: 'vectorset',
  since: '8.0.0',
  summary:
    'Find the elements whose vectors are most similar to a vector, or to that of an element.',
  complexity: 'O(log(N)), N being the number of elements',
  syntax:
    'key {format: ELE | FP32 | VALUES} vector_or_element [WITHSCORES] [WITHATTRIBS] ' +
    '[COUNT count:integer] [EPSILON max_distance:double] [EF search-exploration-factor:integer] ' +
    '[FILTER expression] [FILTER-EF max-filtering-effort:integer] [TRUTH] [NOTHREAD]',
  arity: -4,
  flags: ['readonly', 'module'],
  keys: key(1, 'RW', 'access', 'update'),
  reply: 'unknown[] | Record<string, unknown>',
  run(c, args) {
    const set = c.read(args.next(), VECTOR_SET)
    if (set === undefined) return []
    const query = parseQuery(args, set)
    return search(set, query, new Options(args), c.resp)
  },
})

function parseQuery(args: Args, set: VectorSet): Float32Array {
  if (!args.take('ELE')) return projectQuery(set, parseVector(args))
  const slot = set.find(args.next())
  if (slot === 0) throw elementNotFound
  return set.vectorOf(slot)
}

class Options {
  scores = false
  attributes = false
  count = DEFAULT_COUNT
  /** Distances go up to 2, and half of that is compared. */
  epsilon = 2
  effort = 0
  filter: VectorFilter | null = null
  filterEffort = 0
  exact = false

  constructor(args: Args) {
    while (args.more) this.next(args)
  }

  private next(args: Args): void {
    if (args.take('WITHSCORES')) this.scores = true
    else if (args.take('WITHATTRIBS')) this.attributes = true
    else if (args.take('TRUTH')) this.exact = true
    // All searches run where the command runs.
    else if (args.take('NOTHREAD')) return
    else if (args.left < 2) throw vsimSyntax
    else if (args.take('COUNT')) {
      this.count = integerFrom(args, 1, Infinity, invalidArgumentOf('COUNT'))
    } else if (args.take('EPSILON')) {
      const epsilon = parseDouble(args.next())
      if (epsilon === undefined || epsilon <= 0) throw invalidArgumentOf('EPSILON')
      this.epsilon = Math.fround(epsilon)
    } else if (args.take('EF')) {
      this.effort = integerFrom(args, 1, MOST_EFFORT, invalidArgumentOf('EF'))
    } else if (args.take('FILTER-EF')) {
      this.filterEffort = integerFrom(args, 1, Infinity, invalidArgumentOf('FILTER-EF'))
    } else if (args.take('FILTER')) this.filter = compile(args.next())
    else throw vsimSyntax
  }
}

function compile(expression: string): VectorFilter {
  try {
    return new VectorFilter(expression)
  } catch (error) {
    if (error instanceof FilterError) throw filterSyntax(restOf(expression, error.at))
    throw error
  }
}

/** From where it could not be read; all of it, if that is the end. */
const restOf = (expression: string, at: number): string =>
  expression.slice(at >= expression.length ? 0 : at)

function search(set: VectorSet, query: Float32Array, options: Options, resp: 2 | 3): Reply {
  const { scores, attributes, count, epsilon, filter } = options
  const effort = Math.max(options.effort === 0 ? DEFAULT_EFFORT : options.effort, count)
  const most = options.filterEffort === 0 ? count * FILTER_EFFORT : options.filterEffort
  const accepts = filter === null ? null : (slot: number) => isMatch(set, filter, slot)
  set.aim(query)
  const { size, keys, values } = set.nearest(effort, accepts, most, options.exact)
  const items: Reply[] = []
  const paired = resp === 3 && scores && attributes
  for (let i = 0; i < size && i < count; i++) {
    const distance = keys[i] as number
    if (distance / 2 > epsilon) break
    const slot = values[i] as number
    items.push(set.nameOf(slot))
    const score = new Double(1 - (distance === -Infinity ? Number.NaN : distance) / 2)
    const attribute = set.attributeOf(slot)
    if (paired) items.push([score, attribute])
    else {
      if (scores) items.push(score)
      if (attributes) items.push(attribute)
    }
  }
  return resp === 3 && (scores || attributes) ? new MapReply(items) : items
}

function isMatch(set: VectorSet, filter: VectorFilter, slot: number): boolean {
  const attribute = set.attributeOf(slot)
  return attribute !== null && filter.matches(attribute)
}
