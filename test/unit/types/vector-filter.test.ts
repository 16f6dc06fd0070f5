import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FilterError, VectorFilter } from '../../../src/types/vector-filter.ts'
import { attributes, BAD_FILTERS, FILTERS, filters } from '../../helpers/filters.ts'

describe('a filter', () => {
  it.each(FILTERS)('%s of %s: %s', (filter, attribute, truth) => {
    expect(new VectorFilter(filter).matches(attribute)).toBe(truth)
  })

  it.each(BAD_FILTERS)('%j goes wrong near %j', (filter, near) => {
    let at = -1
    try {
      new VectorFilter(filter)
    } catch (error) {
      if (error instanceof FilterError) ({ at } = error)
    }
    const rest = filter.slice(at >= filter.length ? 0 : at)
    expect(at < 0 ? 'nowhere' : rest.trimEnd()).toBe(near)
  })

  /** Undefined if it is refused. */
  function compiled(text: string): VectorFilter | undefined {
    try {
      return new VectorFilter(text)
    } catch (error) {
      expect(error).toBeInstanceOf(FilterError)
      return undefined
    }
  }

  it('and its opposite are not true of the same attribute, and both say the same again', () => {
    fc.assert(
      fc.property(filters, fc.array(attributes, { maxLength: 5 }), (text, tried) => {
        const filter = compiled(text)
        const opposite = compiled(`not (${text} )`)
        // Either both can be read or none.
        expect(opposite === undefined).toBe(filter === undefined)
        if (filter === undefined || opposite === undefined) return
        const truths = tried.map((attribute) => filter.matches(attribute))
        tried.forEach((attribute, i) => {
          if (opposite.matches(attribute)) expect(truths[i]).toBe(false)
          expect(filter.matches(attribute)).toBe(truths[i])
        })
      }),
      { numRuns: 2000 },
    )
  })

  it('of any bytes is refused or matches any bytes or not', () => {
    fc.assert(
      fc.property(fc.string(), fc.oneof(attributes, fc.string()), (text, attribute) => {
        expect([undefined, true, false]).toContain(compiled(text)?.matches(attribute))
      }),
      { numRuns: 2000 },
    )
  })
})
