import { describe, expect, it } from 'vitest'
import {
  anyNeedsCount,
  CommandError,
  memberNotDecoded,
  syntaxError,
  unsupportedUnit,
  wrongType,
} from '../../src/core/errors.ts'
import { Double } from '../../src/core/reply.ts'
import { listen } from '../helpers/events.ts'
import { type Run, run } from '../helpers/run.ts'

function sicily(): Run {
  const r = run()
  r('GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania')
  return r
}

const double = (n: number): Double => new Double(n)

describe('GEOADD', () => {
  it('answers as ZADD does, and changes as much', () => {
    const r = sicily()
    expect(r.engine.dirty).toBe(2)
    expect(r('GEOADD g CH 1 1 Palermo 2 2 x')).toBe(2)
    expect(r('GEOADD g NX 5 5 x')).toBe(0)
    expect(r('GEOADD none XX 5 5 x')).toBe(0)
    expect(r('EXISTS none')).toBe(0)
    expect(r.engine.dirty).toBe(4)
    expect(r('ZSCORE g Palermo')).toEqual(double(3377822707026402))
  })

  it('leaves no trace of what was refused', () => {
    const r = run()
    expect(r('GEOADD g 1 1 a 181 1 b')).toEqual(
      new CommandError('invalid longitude,latitude pair 181.000000,1.000000'),
    )
    expect(r('GEOADD g NX XX 1 1 a')).toBe(syntaxError)
    expect(r('EXISTS g')).toBe(0)
    expect(r.engine.dirty).toBe(0)
  })
})

describe('GEOPOS, GEOHASH and GEODIST', () => {
  it('tell where members are', () => {
    const r = sicily()
    expect(r('GEOPOS g Palermo')).toEqual([[double(13.361389338970184), double(38.1155563954963)]])
    expect(r('GEOHASH g Palermo none')).toEqual(['sqc8b49rny0', null])
    expect(r('GEODIST g Palermo Catania')).toBe('166274.1516')
    expect(r('GEODIST g Palermo Catania mi')).toBe('103.3182')
    expect(r('GEODIST g Palermo none')).toBe(null)
    expect(r('GEODIST g Palermo Catania parsec')).toBe(unsupportedUnit)
  })

  it('write small distances with all their zeros', () => {
    const r = run()
    r('GEOADD g 1 1 a 1.00001 1 b')
    expect(r('GEODIST g a a')).toBe('0.0000')
    expect(r('GEODIST g a b mi')).toBe('0.0007')
  })
})

describe('GEOSEARCH and its relatives', () => {
  it('show what they were asked for, in one order', () => {
    const r = sicily()
    expect(
      r('GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km DESC WITHCOORD WITHDIST WITHHASH COUNT 1'),
    ).toEqual([
      [
        'Palermo',
        '190.4424',
        3479099956230698,
        [double(13.361389338970184), double(38.1155563954963)],
      ],
    ])
    expect(r('GEORADIUS g 15 37 100 km')).toEqual(['Catania'])
    expect(r('GEORADIUSBYMEMBER_RO g Palermo 200 km DESC')).toEqual(['Catania', 'Palermo'])
    expect(r('GEORADIUS_RO g 15 37 100 km STORE d')).toBe(syntaxError)
    expect(r('GEOSEARCH g FROMMEMBER x BYRADIUS 1 km')).toBe(memberNotDecoded)
    expect(r('GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 km ANY')).toBe(anyNeedsCount)
    r('SET s x')
    expect(r('GEOSEARCH s FROMMEMBER x BYRADIUS x km')).toBe(wrongType)
  })

  it('store as many changes as members, and fire one event', () => {
    const r = sicily()
    const events = listen(r)
    r.engine.dirty = 0
    expect(r('GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 200 km')).toBe(2)
    expect(r.engine.dirty).toBe(2)
    expect(r('GEORADIUS g 15 37 200 km STOREDIST d')).toBe(2)
    expect(r('GEORADIUSBYMEMBER g Palermo 200 km COUNT 1 STORE d')).toBe(1)
    expect(r.engine.dirty).toBe(5)
    expect(r('GEOSEARCHSTORE d g FROMLONLAT 0 0 BYRADIUS 1 m')).toBe(0)
    expect(r('GEOSEARCHSTORE d g FROMLONLAT 0 0 BYRADIUS 1 m')).toBe(0)
    expect(r.engine.dirty).toBe(6)
    expect(events()).toEqual(['geosearchstore d', 'georadiusstore d', 'georadiusstore d', 'del d'])
  })

  it('wake who waits for the sorted set', () => {
    const r = sicily()
    const other = r.client()
    other('BZPOPMIN d 0')
    r('GEOSEARCHSTORE d g FROMMEMBER Palermo BYRADIUS 1 m')
    expect(other.replies).toEqual([['d', 'Palermo', double(3479099956230698)]])
  })

  it('with ANY stop where they have enough', () => {
    const r = run()
    for (let i = 0; i < 300; i++) r(`GEOADD g ${i / 1000} 0 m${i}`)
    const some = r('GEOSEARCH g FROMLONLAT 0.15 0 BYRADIUS 5000 km COUNT 70 ANY')
    expect(new Set(some as string[]).size).toBe(70)
    expect(r('GEOSEARCH g FROMLONLAT 0.15 0 BYRADIUS 5000 km COUNT 1')).toEqual(['m150'])
  })
})
