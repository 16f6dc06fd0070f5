/** FILTER expressions of vector sets: what is true of which attribute, and random ones. */
import * as fc from 'fast-check'

/** Expression, attribute, whether it is true of it. The real server is asked as well. */
export const FILTERS: readonly (readonly [filter: string, attribute: string, truth: boolean])[] = [
  // Comparisons.
  ['.n > 5', '{"n":6}', true],
  ['.n > 5', '{"n":5}', false],
  ['.n >= 5 and .n <= 5', '{"n":5.0}', true],
  ['.n == "5"', '{"n":5}', true],
  ['.s == "5"', '{"s":"5.0"}', false],
  ['.s == 5', '{"s":"5.0"}', true],
  ['.s < 1', '{"s":"abc"}', true],
  ['.s != "a"', '{"s":"b"}', true],
  ['.x == null', '{"x":null}', true],
  ['.x == 0', '{"x":null}', false],
  ['.x == 1', '{"x":true}', true],
  ['.x', '{"x":false}', false],
  ['.x', '{"x":""}', false],
  ['.x', '{"x":[]}', true],
  // What is not there does not match, whatever is asked of it.
  ['.y == null', '{"x":1}', false],
  ['not .y', '{"x":1}', false],
  ['1 or .y', '{"x":1}', false],
  ['.x', '{"x":{"y":1}}', false],
  // Arithmetic.
  ['1 + 2 * 3 == 7', '{}', true],
  ['(1 + 2) * 3 == 9', '{}', true],
  ['2 ** 3 ** 2 == 512', '{}', true],
  ['10 - 2 - 3 == 5', '{}', true],
  ['-5 % 3 == -2', '{}', true],
  ['.n -1 == 4', '{"n":5}', true],
  ['3 - -1 == 4', '{}', true],
  ['1 / 0 > 1e300', '{}', true],
  ['0 / 0 == 0 / 0', '{}', false],
  // Logic.
  ['1 or 0 and 0', '{}', true],
  ['(1 or 0) and 0', '{}', false],
  ['not 0 and 1', '{}', true],
  ['not .n == 5', '{"n":5}', false],
  ['!(.n == 5) || .n', '{"n":5}', true],
  ['1and1', '{}', true],
  // Membership.
  ['.n in [1, 5]', '{"n":5}', true],
  ['.n in ["5"]', '{"n":5}', true],
  ['.n in []', '{"n":5}', false],
  ['"b" in .t', '{"t":["a","b"]}', true],
  ['2 in .t', '{"t":["a","b"]}', false],
  ['0 in .t', '{"t":["a","b"]}', true],
  ['"ell" in .s', '{"s":"hello"}', true],
  ['1 in 1', '{}', false],
  // Names and values as they are written.
  [".s == 'x y'", '{"s":"x y"}', true],
  ['.a-b_1 == 1', '{"a-b_1":1}', true],
  ['.s == "A"', '{"s":"\\u0041"}', false],
  ['.s == "u0041"', '{"s":"\\u0041"}', true],
  ['.last == 1', '{"o":{"last":5,"t":["}"]},"last":1}', true],
  ['.n == 1', '{"n":1', true],
  ['.n == 1', '{"o":}', false],
  ['.n == 1', '[{"n":1}]', false],
  ['.n == 1', 'n', false],
]

/** Expressions that are none, and what the error says they go wrong near. */
export const BAD_FILTERS: readonly (readonly [filter: string, near: string])[] = [
  ['', ''],
  ['.n > 5 @ 3', '@ 3'],
  ['.n > (5', '.n > (5'],
  ['.n > 5)', '.n > 5)'],
  ['1 2', '1 2'],
  ['.n +', '.n +'],
  ['.n = 5', ' 5'],
  ['"abc', '"abc'],
  ['.n in [1', '.n in [1'],
  ['.n in [1 2]', '2]'],
  ['foo', 'foo'],
  ['1.2.3', '1.2.3'],
  ['@\r\n', '@'],
]

const NAMES = ['a', 'b', 'c-d', 'e_1', '9']
const number = fc.constantFrom(
  ...['0', '1', '-1', '2', '10', '0.5', '-2.5', '1e2', '1E-2', '007', '1.', '1e308', '-0'],
)
const text = fc
  .tuple(
    fc.constantFrom('"', "'"),
    fc.constantFrom('', 'a', 'ab', '1', ' 1', '1 ', '0x10', 'inf', 'nan', '\\n', '\\"', 'é', '-1'),
  )
  .map(([quote, inner]) => quote + inner + quote)
const list = fc
  .array(fc.oneof(number, text), { maxLength: 3 })
  .map((items) => `[${items.join(', ')}]`)
const field = fc.constantFrom(...NAMES).map((name) => `.${name}`)
const operator = fc.constantFrom(
  ...['+', '-', '*', '/', '%', '**', '>', '>=', '<', '<=', '==', '!='],
  ...['in', 'in', 'and', 'or', '&&', '||'],
)
const prefix = fc.constantFrom('', '', '', '', 'not ', '! ', '-')
const gap = fc.constantFrom(' ', ' ', ' ', '')

/** Expressions, most of them right. */
export const filters: fc.Arbitrary<string> = fc.letrec<{ operand: string; chain: string }>(
  (tie) => ({
    operand: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      field,
      number,
      text,
      list,
      fc.constant('null '),
      tie('chain').map((chain) => `(${chain})`),
    ),
    chain: fc
      .tuple(
        prefix,
        tie('operand'),
        fc.array(fc.tuple(gap, operator, gap, prefix, tie('operand')), { maxLength: 3 }),
      )
      .map(([sign, first, rest]) => sign + first + rest.map((parts) => parts.join('')).join('')),
  }),
).chain

const scalar = fc.constantFrom(
  ...['0', '1', '-1', '2.5', '1e2', '.5', '5.', '+5', '1.2.3', '--1', 'inf', '1980abc'],
  ...['true', 'false', 'null', 'tru', 'nullx'],
  ...['""', '"a"', '"ab"', '"1"', '" 1"', '"0x10"', '"\\n"', '"\\u0041"', '"\\q"', '"}"', '"é"'],
)
const space = fc.constantFrom('', '', '', ' ', '\n')

/** Attributes, most of them JSON. */
export const attributes: fc.Arbitrary<string> = fc.letrec<{ value: string; object: string }>(
  (tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      scalar,
      scalar,
      fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
      tie('object'),
    ),
    object: fc
      .array(fc.tuple(space, fc.constantFrom(...NAMES, 'A', ''), space, tie('value'), space), {
        maxLength: 5,
      })
      .map((fields) =>
        fields.map(([a, name, b, value, c]) => `${a}"${name}"${b}:${c}${value}${b}`).join(','),
      )
      .map((fields) => `{${fields}}`),
  }),
).object
