/** How the commands for places read coordinates and units, and write distances. */
import type { Args } from '../core/args.ts'
import { invalidCoordinates, unsupportedUnit } from '../core/errors.ts'
import { isOnMap, type Point } from '../types/geohash.ts'

/** In the grammar of `syntax`. */
export const UNITS = 'M | KM | FT | MI'

const METRES: Readonly<Record<string, number>> = { M: 1, KM: 1000, FT: 0.3048, MI: 1609.34 }

/** The metres of a unit. */
export function metresOf(unit: string): number {
  const name = unit.toUpperCase()
  if (!Object.hasOwn(METRES, name)) throw unsupportedUnit
  return METRES[name] as number
}

/** Longitude and latitude. */
export function pointOf(args: Args): Point {
  const longitude = args.float()
  const latitude = args.float()
  const point = { longitude, latitude }
  if (!isOnMap(point)) throw invalidCoordinates(longitude, latitude)
  return point
}

/** With four decimals. C makes the smallest 64-bit integer of what is no number, and so of this text. */
export function writeDistance(length: number): string {
  const scaled = length * 10_000
  if (!(scaled < 2 ** 63)) return '-922337203685477.5808'
  let whole = Math.round(scaled)
  // Halves go to the even neighbour.
  if (whole - scaled === 0.5 && whole % 2 !== 0) whole--
  const digits = (Number.isSafeInteger(whole) ? String(whole) : String(BigInt(whole))).padStart(
    5,
    '0',
  )
  return `${digits.slice(0, -4)}.${digits.slice(-4)}`
}
