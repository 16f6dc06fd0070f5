/**
 * Which members are in an area. GEOSEARCH is the command for it; GEORADIUS and its relatives, which are
 * older, know circles only and say in one breath what GEOSEARCH says in options.
 *
 * As in Redis the key is looked up first, so a key of the wrong type is reported before bad syntax, and
 * what asks the set (FROMMEMBER) is asked where it stands among the options.
 */
import type { Args } from '../core/args.ts'
import { command, key, keysAfter } from '../core/command.ts'
import type { Context } from '../core/context.ts'
import {
  anyNeedsCount,
  boxNegative,
  countNotAbove,
  heightNotNumeric,
  memberNotDecoded,
  oneOfShapes,
  oneOfSources,
  radiusNegative,
  radiusNotNumeric,
  storeWithOptions,
  syntaxError,
  widthNotNumeric,
} from '../core/errors.ts'
import { Double, type Reply } from '../core/reply.ts'
import {
  type Area,
  box,
  candidates,
  circle,
  decode,
  distanceWithin,
  type Point,
} from '../types/geohash.ts'
import { ZSET } from '../types/value.ts'
import { Pairs, ZSet } from '../types/zset.ts'
import { sortPart } from '../util/partial-sort.ts'
import { metresOf, pointOf, UNITS, writeDistance } from './geo-argument.ts'
import { storeResult } from './zset-change.ts'

// ---- Arguments --------------------------------------------------------------------------------

/** What a command takes beyond the options that all take. */
type Dialect =
  | 'radius' //       GEORADIUS: a point and a circle first, STORE among the options
  | 'radius_ro'
  | 'member' //       GEORADIUSBYMEMBER: a member and a circle first
  | 'member_ro'
  | 'search' //       GEOSEARCH: everything is an option
  | 'searchstore' //  GEOSEARCHSTORE: the destination first

type Order = 'none' | 'ascending' | 'descending'

interface Shape {
  readonly size: readonly [radius: number] | readonly [width: number, height: number]
  /** Metres of the unit in which all is measured. */
  readonly unit: number
}

class Query {
  /** Undefined for a key that is not there; what else is said is checked all the same. */
  readonly zset: ZSet | undefined
  readonly dialect: Dialect
  center: Point | null = null
  /** There is a centre, or would be if there was a key. */
  hasCenter = false
  byMember = false
  shape: Shape | null = null
  order: Order = 'none'
  /** 0 for all. */
  count = 0
  any = false
  withDistance = false
  withHash = false
  withCoordinates = false
  destination: string | null = null
  storesDistance = false

  constructor(c: Context, args: Args, dialect: Dialect) {
    this.dialect = dialect
    if (dialect === 'searchstore') this.destination = args.next()
    this.zset = c.read(args.next(), ZSET)
    if (dialect === 'radius' || dialect === 'radius_ro') {
      this.center = pointOf(args)
      this.hasCenter = true
      this.shape = radiusOf(args)
    } else if (dialect === 'member' || dialect === 'member_ro') {
      this.from(args.next())
      // Of a key that is not there nothing is measured, and nothing checked.
      if (this.zset !== undefined) this.shape = radiusOf(args)
      else args.skip(2)
    }
  }

  /** Begin at a member. */
  private from(member: string): void {
    this.hasCenter = true
    this.byMember = true
    if (this.zset === undefined) return
    const score = this.zset.scoreOf(member)
    if (score === undefined) throw memberNotDecoded
    this.center = decode(score)
  }

  /** All options, in any order and as often as they come. */
  options(args: Args): void {
    const { dialect } = this
    while (args.more) {
      if (args.take('WITHDIST')) this.withDistance = true
      else if (args.take('WITHHASH')) this.withHash = true
      else if (args.take('WITHCOORD')) this.withCoordinates = true
      else if (args.take('ANY')) this.any = true
      else if (args.take('ASC')) this.order = 'ascending'
      else if (args.take('DESC')) this.order = 'descending'
      else if (args.left > 1 && args.take('COUNT')) {
        this.count = Number(args.integer())
        if (this.count <= 0) throw countNotAbove
      } else if (dialect === 'radius' || dialect === 'member') this.storeOption(args)
      else if (dialect === 'search' || dialect === 'searchstore') this.searchOption(args)
      else throw syntaxError
    }
    this.check(args)
  }

  private storeOption(args: Args): void {
    if (args.left < 2) throw syntaxError
    if (args.take('STORE')) this.storesDistance = false
    else if (args.take('STOREDIST')) this.storesDistance = true
    else throw syntaxError
    this.destination = args.next()
  }

  private searchOption(args: Args): void {
    const { left } = args
    const byBox = this.shape?.size.length === 2
    if (this.dialect === 'searchstore' && args.take('STOREDIST')) this.storesDistance = true
    else if (left > 1 && !(this.hasCenter && !this.byMember) && args.take('FROMMEMBER')) {
      this.from(args.next())
    } else if (left > 2 && !this.byMember && args.take('FROMLONLAT')) {
      this.center = pointOf(args)
      this.hasCenter = true
    } else if (left > 2 && !byBox && args.take('BYRADIUS')) this.shape = radiusOf(args)
    else if (left > 3 && (this.shape === null || byBox) && args.take('BYBOX')) {
      this.shape = boxOf(args)
    } else throw syntaxError
  }

  private check(args: Args): void {
    const searches = this.dialect === 'search' || this.dialect === 'searchstore'
    if (this.destination !== null) {
      if (this.withDistance || this.withHash || this.withCoordinates) {
        throw storeWithOptions(searches ? 'GEOSEARCHSTORE' : 'STORE option in GEORADIUS')
      }
    }
    if (searches) {
      const name = args.argv[0] as string
      if (!this.hasCenter) throw oneOfSources(name)
      if (this.shape === null) throw oneOfShapes(name)
    }
    if (this.any && this.count === 0) throw anyNeedsCount
    if (this.count > 0 && this.order === 'none' && !this.any) this.order = 'ascending'
  }

  get area(): Area {
    const { center, shape } = this as { center: Point; shape: Shape }
    const [width, height] = shape.size
    if (height === undefined) return circle(center, width, shape.unit)
    return box(center, width, height, shape.unit)
  }
}

function radiusOf(args: Args): Shape {
  const radius = args.float(radiusNotNumeric)
  if (radius < 0) throw radiusNegative
  return { size: [radius], unit: metresOf(args.next()) }
}

function boxOf(args: Args): Shape {
  const width = args.float(widthNotNumeric)
  const height = args.float(heightNotNumeric)
  if (width < 0 || height < 0) throw boxNegative
  return { size: [width, height], unit: metresOf(args.next()) }
}

// ---- Searching --------------------------------------------------------------------------------

interface Found {
  readonly member: string
  readonly score: number
  readonly point: Point
  /** From the centre, in metres. */
  readonly far: number
}

/** Members that are looked at before it is asked again whether there are enough. */
const STEP = 64

/** Members in the area, cell by cell; no more than `most`, 0 for all. */
function collect(zset: ZSet, area: Area, most: number): Found[] {
  const found: Found[] = []
  const visit = (member: string, score: number): void => {
    if (most > 0 && found.length >= most) return
    const point = decode(score)
    const far = distanceWithin(area, point)
    if (far !== OUTSIDE) found.push({ member, score, point, far })
  }
  for (const { from, to } of candidates(zset, area)) {
    if (most === 0) zset.walk(from, to, visit)
    else {
      for (let at = from; at < to && found.length < most; at += STEP) {
        zset.walk(at, Math.min(to, at + STEP), visit)
      }
    }
  }
  return found
}

const OUTSIDE = -1

const nearerFirst = (a: Found, b: Found): number => (a.far > b.far ? 1 : a.far === b.far ? 0 : -1)
const fartherFirst = (a: Found, b: Found): number => -nearerFirst(a, b)

function search(query: Query, zset: ZSet): Found[] {
  const { count, order } = query
  const found = collect(zset, query.area, query.any ? count : 0)
  const wanted = count === 0 ? found.length : Math.min(count, found.length)
  if (order !== 'none') {
    const compare = order === 'ascending' ? nearerFirst : fartherFirst
    if (wanted === found.length) found.sort(compare)
    else sortPart(found, 0, wanted - 1, compare)
  }
  if (wanted < found.length) found.length = wanted
  return found
}

// ---- Replies ----------------------------------------------------------------------------------

function run(c: Context, args: Args, dialect: Dialect): Reply {
  const query = new Query(c, args, dialect)
  query.options(args)
  const found = query.zset === undefined ? [] : search(query, query.zset)
  if (query.destination === null) return found.map((one) => show(query, one))
  return store(c, query, query.destination, found)
}

function show(query: Query, { member, score, point, far }: Found): Reply {
  if (!query.withDistance && !query.withHash && !query.withCoordinates) return member
  const reply: Reply[] = [member]
  if (query.withDistance) reply.push(writeDistance(far / (query.shape as Shape).unit))
  if (query.withHash) reply.push(wholeOf(score))
  if (query.withCoordinates) {
    reply.push([new Double(point.longitude), new Double(point.latitude)])
  }
  return reply
}

/** As C makes an integer of a double. */
function wholeOf(score: number): Reply {
  const whole = Math.trunc(score)
  if (Number.isSafeInteger(whole)) return whole
  return Math.abs(whole) < 2 ** 63 ? BigInt(whole) : -(2n ** 63n)
}

function store(c: Context, query: Query, destination: string, found: readonly Found[]): Reply {
  const { storesDistance, shape, dialect } = query
  const pairs = new Pairs()
  for (const { member, score, far } of found) {
    pairs.add(member, storesDistance ? far / (shape as Shape).unit : score)
  }
  const event = dialect === 'searchstore' ? 'geosearchstore' : 'georadiusstore'
  const stored = storeResult(c, destination, ZSet.of(pairs.sorted(), c.db.zsetLimits), event)
  if (stored > 1) c.dirty += stored - 1
  return stored
}

// ---- Commands ---------------------------------------------------------------------------------

const WITH = '[WITHCOORD] [WITHDIST] [WITHHASH]'
const ORDER = '[order: ASC | DESC]'
const COUNT = '[count-block: COUNT count:integer [ANY]]'
const STORE = '[store: STORE storekey:key#1 | STOREDIST storedistkey:key#2]'
const FROM = '{from: FROMMEMBER member | FROMLONLAT {fromlonlat: longitude:double latitude:double}}'
const CIRCLE = `{circle: BYRADIUS radius:double {unit: ${UNITS}}}`
const BOX = `{box: BYBOX width:double height:double {unit: ${UNITS}}}`
const BY = `{by: ${CIRCLE} | ${BOX}}`

const OF_CIRCLE =
  'O(N+log(M)), N being the members in the square around the circle and M all members'
const OF_AREA =
  'O(N+log(M)), N being the members in the cells that cover the area and M all members'

const FOUND = 'string[] | [member: string, ...found: (string | number | [number, number])[]][]'

const UPPERCASE = ['7.0.0', 'Units in capitals.'] as const
const radiusHistory = [['6.2.0', 'The option `ANY`.'], UPPERCASE] as const

const reading = {
  group: 'geo',
  flags: ['readonly'],
  categories: ['geo'],
  keys: key(1, 'RO', 'access'),
  reply: FOUND,
} as const

const writing = {
  group: 'geo',
  flags: ['write', 'denyoom'],
  categories: ['geo'],
} as const

export const GEOSEARCH = command('geosearch', {
  ...reading,
  since: '6.2.0',
  summary: 'Find the members in a circle or in a box.',
  complexity: OF_AREA,
  syntax: `key ${FROM} ${BY} ${ORDER} ${COUNT} ${WITH}`,
  arity: -7,
  history: [UPPERCASE],
  run: (c, args) => run(c, args, 'search'),
})

export const GEOSEARCHSTORE = command('geosearchstore', {
  ...writing,
  since: '6.2.0',
  summary: 'Find the members in a circle or in a box and store them under another key.',
  complexity: OF_AREA,
  syntax: `destination:key source:key ${FROM} ${BY} ${ORDER} ${COUNT} [STOREDIST]`,
  arity: -8,
  keys: [key(1, 'OW', 'update'), key(2, 'RO', 'access')],
  history: [UPPERCASE],
  reply: 'number',
  run: (c, args) => run(c, args, 'searchstore'),
})

export const GEORADIUS = command('georadius', {
  ...writing,
  since: '3.2.0',
  summary: 'Find the members in a circle around a point; show them or store them.',
  complexity: OF_CIRCLE,
  syntax:
    `key longitude:double latitude:double radius:double {unit: ${UNITS}} ${WITH} ` +
    `[count-block: COUNT count:integer [ANY]@6.2.0] ${ORDER} ${STORE}`,
  arity: -6,
  keys: [
    key(1, 'RO', 'access'),
    keysAfter('STORE', 6, 0, 1, 'OW', 'update'),
    keysAfter('STOREDIST', 6, 0, 1, 'OW', 'update'),
  ],
  history: radiusHistory,
  deprecated: {
    since: '6.2.0',
    replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument',
  },
  reply: `${FOUND} | number`,
  run: (c, args) => run(c, args, 'radius'),
})

export const GEORADIUS_RO = command('georadius_ro', {
  ...reading,
  since: '3.2.10',
  summary: 'Find the members in a circle around a point.',
  complexity: OF_CIRCLE,
  syntax:
    `key longitude:double latitude:double radius:double {unit: ${UNITS}} ${WITH} ` +
    `[count-block: COUNT count:integer [ANY]@6.2.0] ${ORDER}`,
  arity: -6,
  history: radiusHistory,
  deprecated: { since: '6.2.0', replacedBy: '`GEOSEARCH` with the `BYRADIUS` argument' },
  run: (c, args) => run(c, args, 'radius_ro'),
})

export const GEORADIUSBYMEMBER = command('georadiusbymember', {
  ...writing,
  since: '3.2.0',
  summary: 'Find the members in a circle around a member; show them or store them.',
  complexity: OF_CIRCLE,
  syntax: `key member radius:double {unit: ${UNITS}} ${WITH} ${COUNT} ${ORDER} ${STORE}`,
  arity: -5,
  keys: [
    key(1, 'RO', 'access'),
    keysAfter('STORE', 5, 0, 1, 'OW', 'update'),
    keysAfter('STOREDIST', 5, 0, 1, 'OW', 'update'),
  ],
  history: radiusHistory,
  deprecated: {
    since: '6.2.0',
    replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments',
  },
  reply: `${FOUND} | number`,
  run: (c, args) => run(c, args, 'member'),
})

export const GEORADIUSBYMEMBER_RO = command('georadiusbymember_ro', {
  ...reading,
  since: '3.2.10',
  summary: 'Find the members in a circle around a member.',
  complexity: OF_CIRCLE,
  syntax: `key member radius:double {unit: ${UNITS}} ${WITH} ${COUNT} ${ORDER}`,
  arity: -5,
  history: radiusHistory,
  deprecated: {
    since: '6.2.0',
    replacedBy: '`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments',
  },
  run: (c, args) => run(c, args, 'member_ro'),
})
