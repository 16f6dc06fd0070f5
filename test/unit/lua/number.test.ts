import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatFloat,
  formatGeneral,
  formatInteger,
  formatNumber,
  type Layout,
  parseNumber,
  toInt,
  toInteger,
} from '../../../src/lua/number.ts'
import { power } from '../../../src/lua/power.ts'

const plain: Layout = {
  left: false,
  plus: false,
  blank: false,
  alternate: false,
  zero: false,
  width: 0,
  precision: -1,
}

describe('formatNumber', () => {
  it.each([
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [-17, '-17'],
    [0.1, '0.1'],
    [0.5, '0.5'],
    [-1.25, '-1.25'],
    [100.0625, '100.0625'],
    [3.0001, '3.0001'],
    [3.00001, '3.00001'],
    [1 / 3, '0.33333333333333'],
    [2 / 3, '0.66666666666667'],
    [0.1 + 0.2, '0.3'],
    [1e14, '1e+14'],
    [99999999999999, '99999999999999'],
    [123456789012345, '1.2345678901234e+14'],
    [2 ** 53, '9.007199254741e+15'],
    [2 ** 63, '9.2233720368548e+18'],
    [1e100, '1e+100'],
    [1e-5, '1e-05'],
    [0.0001, '0.0001'],
    [5e-324, '4.9406564584125e-324'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    [NaN, '-nan'],
  ])('%d is %s', (n, text) => {
    expect(formatNumber(n)).toBe(text)
  })

  it('rounds exact halves to the even digit, as C does', () => {
    expect(formatNumber(100000000000000.5)).toBe('1e+14')
    expect(formatGeneral(0.125, 2)).toBe('0.12')
    expect(formatGeneral(0.375, 2)).toBe('0.38')
    expect(formatGeneral(25, 1)).toBe('2e+01')
    expect(formatGeneral(35, 1)).toBe('4e+01')
    expect(formatGeneral(9.5, 1)).toBe('1e+01')
  })

  it('says no more and no less than fourteen digits do', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (n) => {
        const text = formatNumber(n)
        expect(Number(text)).toBe(n === 0 ? n : Number(n.toPrecision(14)))
        expect(text).not.toMatch(/\.\d*0(e|$)/)
      }),
    )
  })
})

describe('formatFloat', () => {
  it.each([
    [3.14249, 'f', { precision: 2 }, '3.14'],
    [0.5, 'f', { precision: 0 }, '0'],
    [1.5, 'f', { precision: 0 }, '2'],
    [2.5, 'f', { precision: 0, alternate: true }, '2.'],
    [1e22, 'f', { precision: 1 }, '10000000000000000000000.0'],
    [1e22, 'f', { precision: 0 }, '10000000000000000000000'],
    [12345.678, 'e', { precision: 3 }, '1.235e+04'],
    [0, 'e', {}, '0.000000e+00'],
    [12345.678, 'G', { precision: 3 }, '1.23E+04'],
    [100, 'g', { alternate: true }, '100.000'],
    [-1, 'f', { width: 12, zero: true }, '-0001.000000'],
    [1, 'f', { width: 12, left: true }, '1.000000    '],
    [1, 'g', { plus: true }, '+1'],
    [1, 'g', { blank: true }, ' 1'],
    [Infinity, 'f', { width: 6, zero: true }, '   inf'],
    [-Infinity, 'F', {}, '-INF'],
  ] as const)('%d by %s with %o is %s', (n, letter, layout, text) => {
    expect(formatFloat(n, letter, { ...plain, ...layout })).toBe(text)
  })
})

describe('formatInteger', () => {
  it.each([
    [3.99, 'd', {}, '3'],
    [-3.99, 'd', {}, '-3'],
    [2 ** 63, 'd', {}, '-9223372036854775808'],
    [2 ** 62, 'd', {}, '4611686018427387904'],
    [NaN, 'd', {}, '-9223372036854775808'],
    [-1, 'u', {}, '18446744073709551615'],
    [-1, 'x', {}, 'ffffffffffffffff'],
    [255, 'X', { alternate: true }, '0XFF'],
    [8, 'o', { alternate: true }, '010'],
    [0, 'x', { alternate: true }, '0'],
    [5, 'd', { precision: 3 }, '005'],
    [0, 'd', { precision: 0 }, ''],
    [5, 'd', { width: 4, zero: true }, '0005'],
    [5, 'd', { width: 4, zero: true, precision: 2 }, '  05'],
    [-5, 'd', { width: 4, left: true }, '-5  '],
  ] as const)('%d by %s with %o is %s', (n, letter, layout, text) => {
    expect(formatInteger(n, letter, { ...plain, ...layout })).toBe(text)
  })
})

describe('parseNumber', () => {
  it.each([
    ['10', 10],
    [' 10 ', 10],
    ['\t\n\v\f\r7\r', 7],
    ['-0', -0],
    ['+5.', 5],
    ['.5e1', 5],
    ['1e400', Infinity],
    ['1e-400', 0],
    ['0x10', 16],
    ['-0XfF', -255],
    ['0x1.8p1', 3],
    ['0x.8', 0.5],
    ['0x1p-1080', 0],
    ['0x1p2000', Infinity],
    ['0x1fffffffffffff8', 2 ** 57],
    ['inf', Infinity],
    ['-Infinity', -Infinity],
    ['nan', NaN],
    ['NAN(x_1)', NaN],
    ['12\0 whatever', 12],
  ])('%j is %d', (text, n) => {
    expect(parseNumber(text)).toBe(n)
  })

  it.each([
    '',
    ' ',
    'x',
    '1x',
    '1 2',
    '0x',
    '0xg',
    '1e',
    '1e+',
    '.',
    '+',
    '- 1',
    '1..2',
    'infx',
    'nan(',
    '0x1p',
  ])('%j is none', (text) => {
    expect(parseNumber(text)).toBe(undefined)
  })
})

describe('casts', () => {
  it('cut to 64 and 32 bits as C on x86-64 does', () => {
    expect([1.9, -1.9, 2 ** 63, NaN, -Infinity].map(toInteger)).toEqual([
      1,
      -1,
      -(2 ** 63),
      -(2 ** 63),
      -(2 ** 63),
    ])
    expect([2 ** 31, 2 ** 32 + 5, -1.5, 1e300, NaN].map(toInt)).toEqual([-(2 ** 31), 5, -1, 0, 0])
  })

  it('one is one to any power', () => {
    expect(power(1, NaN)).toBe(1)
    expect(power(-1, Infinity)).toBe(1)
    expect(power(1, -Infinity)).toBe(1)
    expect(power(NaN, 0)).toBe(1)
    expect(power(-8, 1 / 3)).toBe(NaN)
    expect(power(0, -1)).toBe(Infinity)
    expect(power(-0, 3)).toBe(-0)
  })

  it('whole powers are the nearest doubles', () => {
    fc.assert(
      fc.property(fc.integer({ min: -999, max: 999 }), fc.integer({ min: 0, max: 80 }), (x, y) => {
        expect(power(x, y)).toBe(Number(BigInt(x) ** BigInt(y)))
      }),
    )
    expect(power(10, -5)).toBe(1e-5)
    expect(power(10, -23)).toBe(1e-23)
    expect(power(10, 240)).toBe(1e240)
    expect(power(1.5, 2)).toBe(2.25)
  })
})
