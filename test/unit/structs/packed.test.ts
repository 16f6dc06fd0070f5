import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MOST_PACKED, Packed } from '../../../src/structs/packed.ts'

const values = fc.array(fc.constantFrom('', 'a', 'b', 'ab', '\x00\xff', 'x'.repeat(70)), {
  minLength: 1,
  maxLength: 40,
})
const change = fc.record({
  kind: fc.constantFrom('set', 'insert', 'remove', 'cut', 'first equal', 'last equal'),
  n: fc.nat(),
  value: fc.constantFrom('', 'a', 'ab', 'long enough for a native encoder, which takes forty'),
})

const read = (packed: Packed): string[] =>
  Array.from({ length: packed.count }, (_, i) => packed.at(i))

describe('Packed', () => {
  test('does what an array does', () => {
    fc.assert(
      fc.property(values, fc.array(change, { maxLength: 20 }), (model, changes) => {
        const packed = new Packed(model)
        for (const { kind, n, value } of changes) {
          const i = model.length === 0 ? 0 : n % model.length
          if (kind === 'insert') {
            packed.insert(i, value)
            model.splice(i, 0, value)
          } else if (model.length === 0) continue
          else if (kind === 'set') {
            packed.set(i, value)
            model[i] = value
          } else if (kind === 'remove') {
            expect(packed.remove(i)).toBe(model.splice(i, 1)[0])
          } else if (kind === 'cut') {
            const count = Math.min(n % 5, model.length - i)
            packed.cut(i, count)
            model.splice(i, count)
          } else {
            const direction = kind === 'first equal' ? 1 : -1
            const wanted = model[i] as string
            const at = direction === 1 ? model.indexOf(wanted) : model.lastIndexOf(wanted)
            expect(packed.removeEqual(wanted, 1, direction)).toBe(1)
            model.splice(at, 1)
          }
          expect(read(packed)).toEqual(model)
        }
        expect(model.every((value, i) => packed.is(i, value) && !packed.is(i, `${value}?`))).toBe(
          true,
        )
      }),
    )
  })

  test('removeEqual takes as many as it is told, and says how many there were', () => {
    const packed = new Packed(['a', 'b', 'a', 'a'])
    expect(packed.removeEqual('c', 9, 1)).toBe(0)
    expect(packed.removeEqual('a', 2, -1)).toBe(2)
    expect(read(packed)).toEqual(['a', 'b'])
    expect(packed.removeEqual('a', Number.POSITIVE_INFINITY, 1)).toBe(1)
    expect(read(packed)).toEqual(['b'])
  })

  test('takes what sixteen bits can tell the end of', () => {
    const packed = new Packed(['x'.repeat(MOST_PACKED - 1)])
    expect([packed.fits(1), packed.fits(2)]).toEqual([true, false])
    packed.insert(1, 'y')
    expect([packed.at(0).length, packed.at(1), packed.fits(0)]).toEqual([
      MOST_PACKED - 1,
      'y',
      true,
    ])
  })
})
