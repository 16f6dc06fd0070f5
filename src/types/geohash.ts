/**
 * Places on Earth as scores of a sorted set.
 *
 * Longitude and latitude are numbers of 26 bits, parts of their ranges; with their bits in turn they
 * are one number of 52 bits, which a score holds exactly. What is close together on the map then
 * mostly has scores close together: all members of a cell, which is the map halved `step` times in both
 * directions, are one range of scores. A search reads the cell around its centre and its neighbours,
 * of a size that makes them cover the area, and measures what it finds there.
 *
 * Which cells are read, and in which order, can be seen in the order of unsorted results and in what
 * is missed near the poles, so both are Redis's. All distances are on a sphere (haversine).
 */
import { arcsine, cosine, sine } from '../util/trigonometry.ts'
import { type Ranks, ranksOfScores, type ZSet } from './zset.ts'

export interface Point {
  readonly longitude: number
  readonly latitude: number
}

/** The square that web maps have: nearer to the poles there is nothing. */
export const MAX_LATITUDE = 85.05112878
export const MAX_LONGITUDE = 180

/** Halvings of the map in a score. */
const DEPTH = 26
/** Places along one side of the map. */
const PLACES = 2 ** DEPTH

const RADIANS = Math.PI / 180
/** In metres. */
const EARTH_RADIUS = 6372797.560856
/** About half of the equator: a radius for which a cell must be a whole side of the map. */
const WHOLE_SIDE = 20037726.37

export const isOnMap = ({ longitude, latitude }: Point): boolean =>
  Math.abs(longitude) <= MAX_LONGITUDE && Math.abs(latitude) <= MAX_LATITUDE

// ---- Bits in turn -----------------------------------------------------------------------------

/** The lowest 14 bits with a zero in front of each. */
function spread(bits: number): number {
  let n = bits & 0x3fff
  n = (n | (n << 8)) & 0x00ff00ff
  n = (n | (n << 4)) & 0x0f0f0f0f
  n = (n | (n << 2)) & 0x33333333
  return (n | (n << 1)) & 0x55555555
}

/** Every other bit of 32, close together. */
function gather(bits: number): number {
  let n = bits & 0x55555555
  n = (n | (n >>> 1)) & 0x33333333
  n = (n | (n >>> 2)) & 0x0f0f0f0f
  n = (n | (n >>> 4)) & 0x00ff00ff
  return (n | (n >>> 8)) & 0x0000ffff
}

/** x and y with their bits in turn, plus `more`; rounded once, where x is at the very edge. */
function interleave(x: number, y: number, more = 0): number {
  const low = spread(y & 0x1fff) + 2 * spread(x & 0x1fff)
  const high = spread(y >>> 13) + 2 * spread(x >>> 13)
  return high * 0x4000000 + (low + more)
}

/** Which of `places` equal parts of a range a number is in; one behind the last at its very end. */
const placeIn = (n: number, least: number, most: number, places: number): number =>
  Math.floor(((n - least) / (most - least)) * places)

export function encode({ longitude, latitude }: Point, maxLatitude = MAX_LATITUDE): number {
  return interleave(
    placeIn(longitude, -MAX_LONGITUDE, MAX_LONGITUDE, PLACES),
    placeIn(latitude, -maxLatitude, maxLatitude, PLACES),
  )
}

const clamp = (n: number, most: number): number => Math.max(-most, Math.min(most, n))

/** The middle of the smallest cell. Any score is a place: what does not fit is cut off as C does it. */
export function decode(score: number): Point {
  let low: number
  let high: number
  if (score >= 0 && score < 2 ** 53) {
    low = (score % 2 ** 32) | 0
    high = (score / 2 ** 32) | 0
  } else {
    const bits = toUint64(score)
    low = Number(bits & 0xffffffffn) | 0
    high = Number(bits >> 32n) | 0
  }
  const x = ((gather(high >>> 1) << 16) | gather(low >>> 1)) >>> 0
  const y = ((gather(high) << 16) | gather(low)) >>> 0
  return {
    longitude: clamp(
      (edge(x, PLACES, MAX_LONGITUDE) + edge((x + 1) >>> 0, PLACES, MAX_LONGITUDE)) / 2,
      MAX_LONGITUDE,
    ),
    latitude: clamp(
      (edge(y, PLACES, MAX_LATITUDE) + edge((y + 1) >>> 0, PLACES, MAX_LATITUDE)) / 2,
      MAX_LATITUDE,
    ),
  }
}

/** A double as x86 makes a 64-bit integer of it. */
function toUint64(n: number): bigint {
  const least = -(2n ** 63n)
  const truncated = (m: number): bigint =>
    m >= -(2 ** 63) && m < 2 ** 63 ? BigInt(Math.trunc(m)) : least
  const bits = n < 2 ** 63 ? truncated(n) : truncated(n - 2 ** 63) ^ least
  return BigInt.asUintN(64, bits)
}

/** Where the part `n` of `places` begins. */
const edge = (n: number, places: number, most: number): number =>
  -most + (n / places) * (most + most)

const ALPHABET = '0123456789bcdefghjkmnpqrstuvwxyz'

/** As everybody else writes it: 11 characters, of which 50 bits are known, for a map up to the poles. */
export function geohash(score: number): string {
  const hash = encode(decode(score), 90)
  let text = ''
  for (let shift = 47; shift >= 2; shift -= 5) {
    text += ALPHABET[Math.floor(hash / 2 ** shift) % 32]
  }
  return `${text}0`
}

// ---- Distances --------------------------------------------------------------------------------

/** In metres. */
export function distance(a: Point, b: Point): number {
  const v = sine((b.longitude * RADIANS - a.longitude * RADIANS) / 2)
  if (v === 0) return distanceOfLatitudes(a.latitude, b.latitude)
  const from = a.latitude * RADIANS
  const to = b.latitude * RADIANS
  const u = sine((to - from) / 2)
  const square = u * u + cosine(from) * cosine(to) * v * v
  return 2 * EARTH_RADIUS * arcsine(Math.sqrt(square))
}

const distanceOfLatitudes = (a: number, b: number): number =>
  EARTH_RADIUS * Math.abs(b * RADIANS - a * RADIANS)

// ---- Areas ------------------------------------------------------------------------------------

/** What is searched; all lengths in metres. */
export interface Area {
  readonly center: Point
  /** Of a circle; null for a box. */
  readonly radius: number | null
  readonly width: number
  readonly height: number
  /** How far it reaches at most. */
  readonly reach: number
}

/** Lengths are in units of so many metres. */
export function circle(center: Point, radius: number, unit: number): Area {
  const metres = radius * unit
  return { center, radius: metres, width: metres * 2, height: metres * 2, reach: metres }
}

export function box(center: Point, width: number, height: number, unit: number): Area {
  const corner = Math.sqrt((width / 2) * (width / 2) + (height / 2) * (height / 2))
  return { center, radius: null, width: width * unit, height: height * unit, reach: corner * unit }
}

/** How far a point in the area is from its centre; -1 for one outside of it. */
export function distanceWithin({ center, radius, width, height }: Area, point: Point): number {
  if (radius !== null) {
    const far = distance(center, point)
    return far > radius ? -1 : far
  }
  if (distanceOfLatitudes(point.latitude, center.latitude) > height / 2) return -1
  const level = { longitude: center.longitude, latitude: point.latitude }
  if (distance(point, level) > width / 2) return -1
  return distance(center, point)
}

/** Degrees between which the area lies, more or less. */
interface Bounds {
  readonly west: number
  readonly east: number
  readonly south: number
  readonly north: number
}

function boundsOf({ center, width, height }: Area): Bounds {
  const { longitude, latitude } = center
  const up = height / 2 / EARTH_RADIUS / RADIANS
  // The side nearer to a pole spans more degrees.
  const widest = latitude < 0 ? latitude - up : latitude + up
  const aside = width / 2 / EARTH_RADIUS / cosine(widest * RADIANS) / RADIANS
  return {
    west: longitude - aside,
    east: longitude + aside,
    south: latitude - up,
    north: latitude + up,
  }
}

/** How often the map is halved until a cell is hardly larger than the area. */
function stepOf({ reach, center }: Area): number {
  if (reach === 0) return DEPTH
  let step = 1
  for (let size = reach; size < WHOLE_SIDE; size *= 2) step++
  step -= 2
  // Cells are narrower on the ground towards the poles.
  const north = Math.abs(center.latitude)
  if (north > 66) step--
  if (north > 80) step--
  return Math.max(1, Math.min(DEPTH, step))
}

/** Cells of one size, by the places of their west and south sides. */
class Grid {
  readonly step: number
  /** Cells along one side of the map. */
  readonly places: number
  readonly x: number
  readonly y: number

  constructor({ longitude, latitude }: Point, step: number) {
    this.step = step
    this.places = 2 ** step
    this.x = placeIn(longitude, -MAX_LONGITUDE, MAX_LONGITUDE, this.places)
    this.y = placeIn(latitude, -MAX_LATITUDE, MAX_LATITUDE, this.places)
  }

  /** The place so many cells on; behind the last comes the first again. */
  private on(place: number, by: number): number {
    return by === 0 ? place : (place + by) & (this.places - 1)
  }

  /** The sides of the cell so many cells from the one in the middle. */
  sides(right: number, up: number): Bounds {
    const x = this.on(this.x, right)
    const y = this.on(this.y, up)
    return {
      west: edge(x, this.places, MAX_LONGITUDE),
      east: edge(x + 1, this.places, MAX_LONGITUDE),
      south: edge(y, this.places, MAX_LATITUDE),
      north: edge(y + 1, this.places, MAX_LATITUDE),
    }
  }

  /** Whether the middle cell and those around it reach as far as the bounds. */
  covers({ west, east, south, north }: Bounds): boolean {
    return !(
      this.sides(0, 1).north < north ||
      this.sides(0, -1).south > south ||
      this.sides(1, 0).east < east ||
      this.sides(-1, 0).west > west
    )
  }

  /** The members in a cell, as a range of ranks. */
  ranks(zset: ZSet, right: number, up: number): Ranks {
    const x = this.on(this.x, right)
    const y = this.on(this.y, up)
    const size = 4 ** (DEPTH - this.step)
    const min = interleave(x, y) * size
    const max = interleave(x, y, 1) * size
    return ranksOfScores(zset, { min, max, minOpen: false, maxOpen: true })
  }
}

/** The middle, and what is around it in Redis's order: right and up. */
const AROUND: readonly (readonly [right: number, up: number])[] = [
  [0, 0],
  [0, 1],
  [0, -1],
  [1, 0],
  [-1, 0],
  [1, 1],
  [-1, 1],
  [1, -1],
  [-1, -1],
]

/** The ranks among which all members in the area are, cell by cell, each once. */
export function candidates(zset: ZSet, area: Area): Ranks[] {
  const bounds = boundsOf(area)
  let grid = new Grid(area.center, stepOf(area))
  if (grid.step > 1 && !grid.covers(bounds)) grid = new Grid(area.center, grid.step - 1)
  // With the map halved once there are only four cells, and a neighbour is one on both sides.
  const around = grid.step === 1 ? AROUND.filter(([right, up]) => right >= 0 && up >= 0) : AROUND
  const middle = grid.sides(0, 0)
  const found: Ranks[] = []
  for (const [right, up] of around) {
    // Where the middle cell already reaches beyond the area, nothing is searched on that side.
    if (grid.step > 1) {
      if (up < 0 && middle.south < bounds.south) continue
      if (up > 0 && middle.north > bounds.north) continue
      if (right < 0 && middle.west < bounds.west) continue
      if (right > 0 && middle.east > bounds.east) continue
    }
    const ranks = grid.ranks(zset, right, up)
    if (ranks.to > ranks.from) found.push(ranks)
  }
  return found
}
