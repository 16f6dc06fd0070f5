import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  box,
  candidates,
  circle,
  decode,
  distance,
  distanceWithin,
  encode,
  geohash,
  type Point,
} from '../../../src/types/geohash.ts'
import { Pairs, ZSet, ZSetLimits } from '../../../src/types/zset.ts'

const limits = new ZSetLimits(1)
const PALERMO = { longitude: 13.361389, latitude: 38.115556 }
const CATANIA = { longitude: 15.087269, latitude: 37.502669 }

const degrees = (most: number): fc.Arbitrary<number> =>
  fc.double({ min: -most, max: most, noNaN: true })
const point: fc.Arbitrary<Point> = fc.record({ longitude: degrees(180), latitude: degrees(85) })

/** A sorted set of places with their numbers as names. */
function setOf(points: readonly Point[]): ZSet {
  const pairs = new Pairs()
  for (const [i, point] of points.entries()) pairs.add(String(i), encode(point))
  return ZSet.of(pairs.sorted(), limits)
}

function read(zset: ZSet, area: Parameters<typeof candidates>[1]): string[] {
  const found: string[] = []
  for (const { from, to } of candidates(zset, area)) {
    zset.walk(from, to, (member, score) => {
      if (distanceWithin(area, decode(score)) !== -1) found.push(member)
    })
  }
  return found
}

describe('scores of places', () => {
  it('are the bits of both coordinates in turn', () => {
    expect(encode(PALERMO)).toBe(3479099956230698)
    expect(encode(CATANIA)).toBe(3479447370796909)
    expect(encode({ longitude: -180, latitude: -85.05112878 })).toBe(0)
    expect(encode({ longitude: 0, latitude: 0 })).toBe(0b11 * 2 ** 50)
    // The very edge is one place behind the last, and rounded where a double ends.
    expect(encode({ longitude: 180, latitude: 85.05112878 })).toBe(2 ** 53 + 2 ** 52)
  })

  it('lead back to the middle of the smallest cell', () => {
    fc.assert(
      fc.property(point, (place) => {
        const { longitude, latitude } = decode(encode(place))
        expect(Math.abs(longitude - place.longitude)).toBeLessThanOrEqual(180 / 2 ** 26 + 1e-13)
        expect(Math.abs(latitude - place.latitude)).toBeLessThanOrEqual(85.06 / 2 ** 26 + 1e-13)
        expect(encode({ longitude, latitude })).toBe(encode(place))
      }),
    )
  })

  it('that are no places are still places', () => {
    expect(decode(-1)).toEqual({ longitude: 180, latitude: 85.05112878 })
    expect(decode(Number.POSITIVE_INFINITY)).toEqual(decode(0))
    expect(decode(Number.NEGATIVE_INFINITY)).toEqual({
      longitude: 180,
      latitude: -85.05112751263943,
    })
    expect(decode(2.75)).toEqual(decode(2))
  })

  it('are written as standard geohashes', () => {
    expect(geohash(encode(PALERMO))).toBe('sqc8b49rny0')
    expect(geohash(encode(CATANIA))).toBe('sqdtr74hyu0')
    expect(geohash(0)).toBe('00bh0hbj200')
  })
})

describe('distances', () => {
  it('are on a sphere', () => {
    expect(distance(decode(encode(PALERMO)), decode(encode(CATANIA)))).toBe(166274.15156960033)
    const pole = { longitude: 0, latitude: 90 }
    expect(distance(pole, { longitude: 0, latitude: -90 })).toBe(Math.PI * 6372797.560856)
    expect(distance(PALERMO, PALERMO)).toBe(0)
  })

  it('are the same both ways', () => {
    fc.assert(
      fc.property(point, point, (a, b) => {
        expect(distance(a, b)).toBe(distance(b, a))
      }),
    )
  })
})

describe('a search', () => {
  it('finds each place at most once, and those in the circle that are not around a corner', () => {
    const around = fc.record({
      center: fc.record({ longitude: degrees(170), latitude: degrees(70) }),
      radius: fc.double({ min: 0, max: 400_000, noNaN: true }),
      offsets: fc.array(fc.record({ x: degrees(4), y: degrees(4) }), { maxLength: 60 }),
    })
    fc.assert(
      fc.property(around, ({ center, radius, offsets }) => {
        const points = offsets.map(({ x, y }) => ({
          longitude: center.longitude + x,
          latitude: center.latitude + y,
        }))
        const area = circle(center, radius, 1)
        const zset = setOf(points)
        const naive = points.flatMap((place, i) =>
          distance(center, decode(encode(place))) <= radius ? [String(i)] : [],
        )
        expect(read(zset, area).sort()).toEqual(naive.sort())
      }),
      { numRuns: 300 },
    )
  })

  it('of a box measures height and width each by itself', () => {
    const points = [-2, -1, 0, 1, 2].map((x) => ({ longitude: x, latitude: x / 2 }))
    expect(read(setOf(points), box({ longitude: 0, latitude: 0 }, 223, 112, 1000)).sort()).toEqual([
      '1',
      '2',
      '3',
    ])
    expect(read(setOf(points), box({ longitude: 0, latitude: 0 }, 222, 112, 1000))).toEqual(['2'])
    expect(read(setOf(points), box({ longitude: 0, latitude: 0 }, 223, 111, 1000))).toEqual(['2'])
  })

  it('of the whole map reads every place once', () => {
    const corners = [-180, -90, 90, 179].flatMap((longitude) =>
      [-85, -40, 40, 85].map((latitude) => ({ longitude, latitude })),
    )
    for (const center of corners) {
      expect(read(setOf(corners), circle(center, 1e9, 1)).length).toBe(16)
    }
  })
})
