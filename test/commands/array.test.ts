import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CommandError,
  noSuchKey,
  notAnInteger,
  syntaxError,
  wrongType,
} from '../../src/core/errors.ts'
import { Double, MapReply, type Reply, Status } from '../../src/core/reply.ts'
import { type Integer, normalize } from '../../src/util/integer.ts'
import { listen } from '../helpers/events.ts'
import { run } from '../helpers/run.ts'

const error = (message: string): CommandError => new CommandError(message)
const badIndex = error('invalid array index')
const arity = (name: string): CommandError =>
  error(`wrong number of arguments for '${name}' command`)

const LAST = 18446744073709551614n

/** An array under `a` with these values, from 0 on; a hole where one is null. */
function having(...values: (string | null)[]) {
  const r = run()
  values.forEach((value, i) => {
    if (value !== null) r(['ARSET', 'a', `${i}`, value])
  })
  return r
}

const infoOf = (reply: Reply): Record<string, unknown> => {
  const { items } = reply as MapReply
  return Object.fromEntries(items.flatMap((name, i) => (i % 2 === 0 ? [[name, items[i + 1]]] : [])))
}

describe('an array', () => {
  it('has the values that ARSET puts at an index and behind it', () => {
    const r = run()
    expect(r('ARSET a 0 login click purchase')).toBe(3)
    expect(r('ARGET a 0')).toBe('login')
    expect(r('ARGET a 2')).toBe('purchase')
    expect(r('ARGET a 999')).toBe(null)
    expect(r('ARGET missing 0')).toBe(null)
    expect(r('ARSET a 2 x y')).toBe(1)
    expect(r('ARMGET a 0 2 3 9')).toEqual(['login', 'x', 'y', null])
    expect(r('ARMGET missing 0 1')).toEqual([null, null])
    expect(r('TYPE a')).toEqual(new Status('array'))
    expect(r('OBJECT ENCODING a')).toBe('sliced-array')
    expect(r('SCAN 0 TYPE array')).toEqual(['0', ['a']])
  })

  it.each([
    '0',
    '7',
    '-3',
    '007',
    '+1',
    '1.50',
    '0.5',
    '',
    '-0',
    '9007199254740993',
    '1e3',
    '\u0000\u00ff',
  ])('gives back %j as it came', (value) => {
    const r = run()
    r(['ARSET', 'a', '0', value])
    expect(r('ARGET a 0')).toBe(value)
    expect(r(['AROP', 'a', '0', '0', 'MATCH', value])).toBe(1)
    expect(r(['ARGREP', 'a', '-', '+', 'EXACT', value])).toEqual([0])
  })

  it('counts its values and is as long as its greatest index is far', () => {
    const r = run()
    expect([r('ARLEN a'), r('ARCOUNT a')]).toEqual([0, 0])
    r('ARSET a 0 x')
    r('ARSET a 1000000 y')
    expect([r('ARLEN a'), r('ARCOUNT a')]).toEqual([1_000_001, 2])
  })

  it('has indexes up to 2^64 - 2', () => {
    const r = run()
    expect(r(`ARSET a ${LAST} x`)).toBe(1)
    expect(r('ARLEN a')).toBe(LAST + 1n)
    expect(r(`ARGET a ${LAST}`)).toBe('x')
    expect(r(`ARGETRANGE a ${LAST - 1n} ${LAST}`)).toEqual([null, 'x'])
    expect(r(`ARSCAN a ${LAST} 0`)).toEqual([[LAST, 'x']])
    expect(r('ARGREP a - + EXACT x')).toEqual([LAST])
    expect(r(`ARGET a ${LAST + 1n}`)).toEqual(badIndex)
    expect(r(`ARSET a ${LAST} x y`)).toEqual(error('array index overflow'))
    expect(r(`ARSET a ${LAST - 2n} x y z`)).toBe(2)
    expect(r(`ARDELRANGE a 0 ${LAST}`)).toBe(3)
    expect(r('EXISTS a')).toBe(0)
  })

  it.each(['-1', 'x', '', '1.5', '18446744073709551615', '99999999999999999999', ' ', '1 '])(
    'has no index %j, whether there is such a key or not',
    (index) => {
      const r = run()
      r('ARSET there 0 x')
      const requests = [
        ['ARGET', 'k', index],
        ['ARMGET', 'k', '0', index],
        ['ARGETRANGE', 'k', '0', index],
        ['ARSET', 'k', index, 'v'],
        ['ARMSET', 'k', '5', 'v', index, 'v'],
        ['ARDEL', 'k', '0', index],
        ['ARDELRANGE', 'k', index, '0'],
        ['ARSCAN', 'k', '0', index],
        ['ARGREP', 'k', index, '+', 'EXACT', 'x'],
        ['AROP', 'k', '0', index, 'SUM'],
      ]
      for (const key of ['there', 'missing']) {
        for (const [name, , ...rest] of requests) {
          expect(r([name as string, key, ...rest])).toEqual(badIndex)
        }
      }
      expect([r('ARCOUNT there'), r('EXISTS missing')]).toEqual([1, 0])
    },
  )

  it('reads an index as C does: zeros and a plus are nothing, a minus counts down', () => {
    const r = run()
    r('ARSET a 5 five')
    expect(r('ARMGET a 005 +5 " 5"')).toEqual(['five', 'five', 'five'])
    r(`ARSET a ${LAST - 1n} far`)
    expect(r('ARGET a -03')).toBe('far')
  })

  it('is not what another type is', () => {
    const r = run()
    r('SET s x')
    for (const request of [
      'ARGET s 0',
      'ARMGET s 0',
      'ARGETRANGE s 0 1',
      'ARSET s 0 x',
      'ARMSET s 0 x',
      'ARDEL s 0',
      'ARDELRANGE s 0 1',
      'ARLEN s',
      'ARCOUNT s',
      'ARINFO s',
      'ARINSERT s x',
      'ARRING s 3 x',
      'ARNEXT s',
      'ARSEEK s 0',
      'ARLASTITEMS s 1',
      'ARSCAN s 0 1',
      'ARGREP s - + EXACT x',
      'AROP s 0 1 SUM',
    ]) {
      expect([request, r(request)]).toEqual([request, wrongType])
    }
    // Where the type is looked at before the index is.
    expect(r('ARGET s x')).toEqual(wrongType)
    expect(r('ARDEL s x')).toEqual(badIndex)
  })

  it('is refused too few and too many arguments', () => {
    const r = run()
    for (const request of [
      'ARGET a',
      'ARGET a 0 1',
      'ARMGET a',
      'ARGETRANGE a 0',
      'ARSET a 0',
      'ARMSET a 0',
      'ARMSET a 0 x 1',
      'ARDEL a',
      'ARDELRANGE a 0',
      'ARDELRANGE a 0 1 2',
      'ARLEN a b',
      'ARCOUNT a b',
      'ARINFO',
      'ARINSERT a',
      'ARRING a 3',
      'ARNEXT a b',
      'ARSEEK a',
      'ARLASTITEMS a',
      'ARLASTITEMS a 1 REV REV',
      'ARSCAN a 0',
      'ARSCAN a 0 1 LIMIT',
      'ARSCAN a 0 1 LIMIT 1 2',
      'ARGREP a - + EXACT',
      'AROP a 0 1',
      'AROP a 0 1 SUM 2',
    ]) {
      const name = (request.split(' ')[0] as string).toLowerCase()
      expect([request, r(request)]).toEqual([request, arity(name)])
    }
  })
})

describe('ARMSET', () => {
  it('sets values anywhere, the last of two at one index, and counts the new ones', () => {
    const r = run()
    expect(r('ARMSET a 0 alpha 5 beta 100 gamma 5 delta')).toBe(3)
    expect(r('ARMGET a 0 5 100')).toEqual(['alpha', 'delta', 'gamma'])
    expect(r('ARMSET a 0 x 1 y')).toBe(1)
  })
})

describe('ARGETRANGE', () => {
  it('has a nil for each hole, in the direction of its bounds', () => {
    const r = having('a', 'b', null, 'd')
    expect(r('ARGETRANGE a 0 3')).toEqual(['a', 'b', null, 'd'])
    expect(r('ARGETRANGE a 3 0')).toEqual(['d', null, 'b', 'a'])
    expect(r('ARGETRANGE a 7 8')).toEqual([null, null])
    expect(r('ARGETRANGE missing 1 2')).toEqual([null, null])
    expect(r('ARGETRANGE a 1 1')).toEqual(['b'])
  })

  it('reads a million places at most', () => {
    const r = having('a')
    const tooMany = error('range exceeds maximum of 1000000 items')
    expect((r('ARGETRANGE a 0 999999') as Reply[]).length).toBe(1_000_000)
    expect(r('ARGETRANGE a 0 1000000')).toEqual(tooMany)
    expect(r(`ARGETRANGE missing ${LAST} 0`)).toEqual(tooMany)
  })
})

describe('ARDEL and ARDELRANGE', () => {
  it('count what was there', () => {
    const r = having('a', 'b', 'c', 'd', 'e')
    expect(r('ARDEL a 1 1 9')).toBe(1)
    expect(r('ARDEL a 1')).toBe(0)
    expect(r('ARGET a 1')).toBe(null)
    expect(r('ARDELRANGE a 3 2')).toBe(2)
    expect(r('ARDELRANGE a 0 4 0 4')).toBe(2)
    expect([r('ARDEL missing 0'), r('ARDELRANGE missing 0 1')]).toEqual([0, 0])
  })

  it('remove the key with its last value', () => {
    const r = having('a', 'b')
    r('ARDEL a 0 1')
    expect(r('EXISTS a')).toBe(0)
    r('ARSET a 3 x')
    r('ARDELRANGE a 0 10')
    expect(r('EXISTS a')).toBe(0)
  })
})

describe('ARINSERT', () => {
  it('goes on behind the last insertion, wherever ARSEEK has put that', () => {
    const r = run()
    expect(r('ARNEXT a')).toBe(0)
    expect(r('ARSEEK a 5')).toBe(0)
    expect(r('ARINSERT a x')).toBe(0)
    expect(r('ARINSERT a y z')).toBe(2)
    expect(r('ARNEXT a')).toBe(3)
    expect(r('ARSEEK a 10')).toBe(1)
    expect(r('ARINSERT a far')).toBe(10)
    expect(r('ARSEEK a 0')).toBe(1)
    expect(r('ARNEXT a')).toBe(0)
    expect(r('ARINSERT a again')).toBe(0)
    expect(r('ARGETRANGE a 0 3')).toEqual(['again', 'y', 'z', null])
  })

  it('is not moved by ARSET, and goes over what that has put there', () => {
    const r = having('a', 'b')
    expect(r('ARINSERT a x')).toBe(0)
    expect(r('ARMGET a 0 1')).toEqual(['x', 'b'])
  })

  it('ends where the indexes end', () => {
    const r = run()
    const full = error('insert index overflow')
    r('ARINSERT a x')
    expect(r(`ARSEEK a ${LAST - 1n}`)).toBe(1)
    expect(r('ARINSERT a x y z')).toEqual(full)
    expect(r('ARINSERT a x y')).toBe(LAST)
    expect(r('ARNEXT a')).toBe(null)
    expect(infoOf(r('ARINFO a'))['next-insert-index']).toBe(0)
    expect(r('ARINSERT a x')).toEqual(full)
    expect(r('ARCOUNT a')).toBe(3)
    r('ARSEEK a 0')
    expect(r(`ARSEEK a ${LAST + 1n}`)).toBe(1)
    expect(r('ARNEXT a')).toBe(null)
    expect(r(`ARSEEK a ${LAST + 2n}`)).toEqual(badIndex)
    expect(r('ARSEEK a -1')).toEqual(badIndex)
    expect(r('ARSEEK missing x')).toEqual(badIndex)
  })
})

describe('ARRING', () => {
  it('goes round', () => {
    const r = run()
    const places = Array.from({ length: 7 }, (_, i) => r(`ARRING a 3 v${i}`))
    expect(places).toEqual([0, 1, 2, 0, 1, 2, 0])
    expect(r('ARGETRANGE a 0 3')).toEqual(['v6', 'v4', 'v5', null])
    expect(r('ARNEXT a')).toBe(1)
    expect(r('ARRING a 3 x y z u')).toBe(1)
    expect(r('ARGETRANGE a 0 2')).toEqual(['z', 'u', 'y'])
  })

  it('keeps the latest values in their order when it becomes smaller', () => {
    const r = run()
    for (let i = 0; i < 15; i++) r(`ARRING a 10 v${i}`)
    expect(r('ARRING a 5 new')).toBe(0)
    expect(r('ARGETRANGE a 0 5')).toEqual(['new', 'v11', 'v12', 'v13', 'v14', null])
  })

  it('uses the new room when it becomes larger after it went round', () => {
    const r = run()
    for (let i = 0; i < 8; i++) r(`ARRING a 5 v${i}`)
    expect(r('ARRING a 8 new')).toBe(5)
    expect(r('ARGETRANGE a 0 6')).toEqual(['v3', 'v4', 'v5', 'v6', 'v7', 'new', null])
  })

  it('stays as it is when it becomes larger and never went round', () => {
    const r = run()
    r('ARRING a 5 a b c')
    expect(r('ARRING a 8 d')).toBe(3)
    expect(r('ARGETRANGE a 0 3')).toEqual(['a', 'b', 'c', 'd'])
  })

  it('goes where ARSEEK 0 says when it becomes larger', () => {
    const r = run()
    for (let i = 0; i < 5; i++) r(`ARRING a 3 v${i}`)
    r('ARSEEK a 0')
    expect(r('ARRING a 8 new')).toBe(0)
    expect(r('ARGETRANGE a 0 3')).toEqual(['new', 'v4', 'v2', null])
    expect(r('ARNEXT a')).toBe(1)
  })

  it('keeps values up to the first hole only when its size changes', () => {
    const r = run()
    for (let i = 0; i < 5; i++) r(`ARRING a 5 v${i}`)
    r('ARDEL a 3')
    r('ARRING a 3 new')
    expect(r('ARGETRANGE a 0 2')).toEqual(['v4', 'new', null])
    const s = run()
    for (let i = 0; i < 8; i++) s(`ARRING a 5 v${i}`)
    s('ARDEL a 1')
    s('ARRING a 8 grown')
    expect(s('ARGETRANGE a 0 2')).toEqual(['v7', 'grown', null])
  })

  it('throws away what was set outside of it, and folds back a cursor outside of it', () => {
    const r = run()
    for (let i = 0; i < 5; i++) r(`ARRING a 3 v${i}`)
    r('ARSET a 100 outside')
    r('ARRING a 3 v5')
    expect(r('ARGETRANGE a 0 2')).toEqual(['v5', 'v3', 'v4'])
    expect(r('ARGET a 100')).toBe(null)
    const s = having('a', 'b', 'c')
    s('ARSEEK a 10')
    expect(s('ARRING a 5 x')).toBe(0)
    expect(s('ARGET a 0')).toBe('x')
  })

  it('has a size from 1 to 2^63 - 1', () => {
    const r = run()
    expect(r('ARRING a 0 x')).toEqual(error('size must be positive'))
    expect(r('ARRING a -1 x')).toEqual(error('size must be positive'))
    expect(r('ARRING a x x')).toEqual(error('invalid size'))
    expect(r('ARRING a 9223372036854775808 x')).toEqual(error('invalid size'))
    expect(r('EXISTS a')).toBe(0)
    expect(r('ARRING a 9223372036854775807 x')).toBe(0)
    r(`ARSEEK a ${LAST + 1n}`)
    expect(r('ARRING a 9223372036854775807 y')).toBe(1)
    expect(r('ARRING a 1 z z')).toBe(0)
    expect([r('ARGET a 0'), r('ARCOUNT a')]).toEqual(['z', 1])
  })
})

describe('ARLASTITEMS', () => {
  it('has the latest values, the oldest or the newest first', () => {
    const r = run()
    for (let i = 0; i < 8; i++) r(`ARRING a 5 ${i}`)
    expect(r('ARLASTITEMS a 3')).toEqual(['5', '6', '7'])
    expect(r('ARLASTITEMS a 3 rev')).toEqual(['7', '6', '5'])
    expect(r('ARLASTITEMS a 100')).toEqual(['3', '4', '5', '6', '7'])
    expect(r('ARLASTITEMS missing 3')).toEqual([])
  })

  it('counts from the end where nothing was inserted, or what was inserted is gone', () => {
    const r = having('a', 'b', 'c', 'd')
    expect(r('ARLASTITEMS a 2')).toEqual(['c', 'd'])
    const s = run()
    s('ARINSERT a a b c d e')
    s('ARDEL a 4')
    expect(s('ARLASTITEMS a 10')).toEqual(['a', 'b', 'c', 'd'])
  })

  it('counts places, so a hole is a nil and drops nothing', () => {
    const r = run()
    r('ARINSERT a a b c d e')
    r('ARDEL a 1')
    expect(r('ARLASTITEMS a 10')).toEqual(['a', null, 'c', 'd', 'e'])
    expect(r('ARLASTITEMS a 10 REV')).toEqual(['e', 'd', 'c', null, 'a'])
  })

  it('tells of a million places at most, unless they are taken', () => {
    const r = run()
    r('ARMSET a 0 a 2000000 b')
    expect(r('ARLASTITEMS a 1000001')).toEqual(error('count exceeds maximum of 1000000 items'))
    expect(r('ARLASTITEMS a 2')).toEqual([null, 'b'])
    const full = run()
    full(['ARINSERT', 'a', ...new Array<string>(1_000_001).fill('1')])
    expect(full('ARLASTITEMS a 2000000')).toHaveLength(1_000_001)
  })

  it('has nothing to tell of no place, and says what it does not understand', () => {
    const r = having('a')
    expect(r('ARLASTITEMS a 0')).toEqual([])
    expect(r('ARLASTITEMS a -1 what ever')).toEqual([])
    expect(r('ARLASTITEMS a x')).toEqual(error('invalid COUNT'))
    expect(r('ARLASTITEMS a 1 BACK')).toEqual(syntaxError)
  })
})

describe('ARSCAN', () => {
  it('has what is there in a range, with indexes', () => {
    const r = run()
    r('ARMSET a 0 a 5 b 9 c')
    expect(r('ARSCAN a 0 10')).toEqual([
      [0, 'a'],
      [5, 'b'],
      [9, 'c'],
    ])
    expect(r(`ARSCAN a ${LAST} 5`)).toEqual([
      [9, 'c'],
      [5, 'b'],
    ])
    expect(r('ARSCAN a 0 10 LIMIT 2')).toEqual([
      [0, 'a'],
      [5, 'b'],
    ])
    expect(r('ARSCAN a 10 0 limit 1')).toEqual([[9, 'c']])
    expect(r('ARSCAN a 1 4')).toEqual([])
    expect(r('ARSCAN missing 0 10')).toEqual([])
  })

  it('says what it does not understand', () => {
    const r = having('a')
    expect(r('ARSCAN a 0 1 COUNT 1')).toEqual(syntaxError)
    expect(r('ARSCAN a 0 1 LIMIT x')).toEqual(notAnInteger)
    for (const limit of ['0', '-1']) {
      expect(r(`ARSCAN a 0 1 LIMIT ${limit}`)).toEqual(error('LIMIT must be positive'))
    }
  })
})

describe('ARGREP', () => {
  const logged = () => having('boot: ok', 'warn: disk', 'ERROR: cpu', 'info: ready', 'error: net')

  it('finds values by text, by pattern and by regular expression', () => {
    const r = logged()
    expect(r('ARGREP a 0 4 EXACT "info: ready"')).toEqual([3])
    expect(r('ARGREP a - + MATCH error')).toEqual([4])
    expect(r('ARGREP a 0 4 GLOB "warn:*" OR GLOB "error:*"')).toEqual([1, 4])
    expect(r('ARGREP a - + RE "^[a-z]+: .{2}$"')).toEqual([0])
    expect(r('ARGREP a - + RE "disk|ready"')).toEqual([1, 3])
  })

  it('has no regard to the case of letters with NOCASE', () => {
    const r = logged()
    expect(r('ARGREP a - + MATCH error NOCASE')).toEqual([2, 4])
    expect(r('ARGREP a - + EXACT "error: CPU" nocase')).toEqual([2])
    expect(r('ARGREP a - + GLOB "ERR*" NOCASE')).toEqual([2, 4])
    expect(r('ARGREP a 0 4 RE "^[A-Za-z]+: (cpu|net)$" NOCASE WITHVALUES')).toEqual([
      [2, 'ERROR: cpu'],
      [4, 'error: net'],
    ])
    r(['ARSET', 'b', '0', '\u00c9'])
    expect(r(['ARGREP', 'b', '-', '+', 'EXACT', '\u00e9', 'NOCASE'])).toEqual([])
  })

  it('asks for one of its predicates, with AND for all; the last word counts', () => {
    const r = having('RedisArray', 'redis-match', 'array-only', 'plain')
    expect(r('ARGREP a - + MATCH edis GLOB *rray*')).toEqual([0, 1, 2])
    expect(r('ARGREP a - + MATCH redis GLOB *array* AND NOCASE')).toEqual([0])
    expect(r('ARGREP a - + OR MATCH redis LIMIT 3 GLOB *array* AND LIMIT 1 NOCASE')).toEqual([0])
    expect(r('ARGREP a - + AND MATCH redis MATCH array OR')).toEqual([1, 2])
  })

  it('goes from bound to bound, of which minus is the first and plus the last', () => {
    const r = having('x', 'x', null, 'x')
    expect(r('ARGREP a + - EXACT x')).toEqual([3, 1, 0])
    expect(r('ARGREP a + + EXACT x')).toEqual([3])
    expect(r('ARGREP a - - EXACT x')).toEqual([0])
    expect(r('ARGREP a 1 + EXACT x WITHVALUES LIMIT 1')).toEqual([[1, 'x']])
    expect(r(`ARGREP a ${LAST} 1 EXACT x`)).toEqual([3, 1])
    expect(r('ARGREP missing - + EXACT x')).toEqual([])
    expect(r('ARGREP a - + MATCH ""')).toEqual([0, 1, 3])
  })

  it('says what it does not understand', () => {
    const r = having('x')
    expect(r('ARGREP a - + LIMIT 1')).toEqual(syntaxError)
    expect(r('ARGREP a - + EXACT x WHAT')).toEqual(syntaxError)
    expect(r('ARGREP a - + EXACT x EXACT')).toEqual(syntaxError)
    expect(r('ARGREP a - + EXACT x LIMIT')).toEqual(syntaxError)
    expect(r('ARGREP a - + EXACT x LIMIT 0')).toEqual(error('LIMIT must be positive'))
    expect(r('ARGREP a - + EXACT x LIMIT y')).toEqual(notAnInteger)
    expect(r('ARGREP a - + RE ""')).toEqual(error('regular expression is empty'))
    expect(r('ARGREP a - + RE (')).toEqual(error("invalid regular expression: Missing ')'"))
    expect(r(['ARGREP', 'a', '-', '+', 'RE', '(a)\\1'])).toEqual(
      error('regular expression backreferences are not supported'),
    )
    expect(r('ARGREP missing - + RE [')).toEqual(error("invalid regular expression: Missing ']'"))
  })

  it('takes 250 predicates, and expressions of 2,048 bytes', () => {
    const r = having('a'.repeat(2048))
    const predicates = Array.from({ length: 250 }, () => ['MATCH', 'a']).flat()
    expect(r(['ARGREP', 'a', '-', '+', ...predicates])).toEqual([0])
    expect(r(['ARGREP', 'a', '-', '+', ...predicates, 'MATCH', 'a'])).toEqual(
      error('too many predicates, maximum is 250'),
    )
    expect(r(['ARGREP', 'a', '-', '+', 'RE', 'a'.repeat(2048)])).toEqual([0])
    expect(r(['ARGREP', 'a', '-', '+', 'RE', 'a'.repeat(2049)])).toEqual(
      error('regular expression is too long, maximum is 2048 bytes'),
    )
  })

  it('is done with expressions that take others for ever', () => {
    const r = having('a'.repeat(5000))
    expect(r('ARGREP a - + RE (a*)*(a|aa)+$b')).toEqual([])
  })
})

describe('AROP', () => {
  it('adds numbers and takes the least and the greatest, leaving out what is none', () => {
    const r = having('10', 'x', '20.5', null, '-3')
    expect(r('AROP a 0 9 SUM')).toBe('27.5')
    expect(r('AROP a 9 0 min')).toBe('-3')
    expect(r('AROP a 0 9 MAX')).toBe('20.5')
    expect(r('AROP a 0 0 SUM')).toBe('10')
    expect([r('AROP a 1 1 SUM'), r('AROP a 3 3 MIN'), r('AROP missing 0 1 MAX')]).toEqual([
      null,
      null,
      null,
    ])
  })

  it('adds as a long double does, of 64 bits', () => {
    const r = having('0.1', '0.2')
    expect(r('AROP a 0 1 SUM')).toBe('0.3')
    expect(having('9223372036854775807', '1')('AROP a 0 1 SUM')).toBe('9.2233720368547758e+18')
    expect(having('9007199254740993', '0')('AROP a 0 1 MAX')).toBe('9007199254740993')
    expect(having('inf', '1')('AROP a 0 1 SUM')).toBe('inf')
    expect(having('inf', '-inf')('AROP a 0 1 SUM')).toBe('-nan')
    expect(having('-0.0')('AROP a 0 0 SUM')).toBe('-0')
    expect(having('1e400', '0x10', ' 1', 'nan')('AROP a 0 3 SUM')).toBe('1e+400')
  })

  it('takes a decimal that Redis stores as a double for that double', () => {
    // The last two bits of the first are zero, those of the second are not.
    expect(having('0.14')('AROP a 0 0 MAX')).toBe('0.14000000000000001')
    expect(having('0.15')('AROP a 0 0 MAX')).toBe('0.15')
  })

  it('combines bits of whole numbers, and of others without their fraction', () => {
    const r = having('255', '15', '240')
    expect([r('AROP a 0 2 AND'), r('AROP a 0 2 OR'), r('AROP a 0 2 XOR')]).toEqual([0, 255, 0])
    const s = having('7.9', '3.2', '1.8', 'x', '1e30', 'inf')
    expect([s('AROP a 0 9 AND'), s('AROP a 0 9 OR'), s('AROP a 0 9 XOR')]).toEqual([1, 7, 5])
    const big = having('-1', '9223372036854775807', '4294967296')
    expect(big('AROP a 0 2 AND')).toBe(4294967296)
    expect(big('AROP a 0 1 XOR')).toBe(-9223372036854775808n)
    expect(having('4294967297', '4294967299')('AROP a 0 1 AND')).toBe(4294967297)
    expect(having('-2.7')('AROP a 0 0 OR')).toBe(-2)
    expect([r('AROP missing 0 1 AND'), having('x')('AROP a 0 0 OR')]).toEqual([null, null])
  })

  it('counts values, all of them or those that equal one', () => {
    const r = having('a', 'b', 'a', null, '1')
    expect([r('AROP a 0 9 USED'), r('AROP a 1 2 USED'), r('AROP missing 0 9 USED')]).toEqual([
      4, 2, 0,
    ])
    expect([r('AROP a 0 9 MATCH a'), r('AROP a 0 9 MATCH 1')]).toEqual([2, 1])
    expect([r('AROP a 0 9 MATCH 1.0'), r('AROP missing 0 1 MATCH a')]).toEqual([0, 0])
  })

  it('says what it does not understand', () => {
    const r = having('a')
    expect(r('AROP a 0 1 AVG')).toEqual(error('unknown operation'))
    expect(r('AROP a 0 1 toString')).toEqual(error('unknown operation'))
    expect(r('AROP a 0 1 MATCH')).toEqual(error('MATCH requires a value argument'))
    expect(r('AROP a 0 1 MATCH a b')).toEqual(error('MATCH requires a value argument'))
  })
})

describe('ARINFO', () => {
  it('tells of the layout', () => {
    const r = run()
    r('ARMSET a 0 a 1 b 100 c')
    r('ARINSERT a d')
    expect(r('ARINFO a')).toEqual(
      new MapReply([
        'count',
        3,
        'len',
        101,
        'next-insert-index',
        1,
        'slices',
        1,
        'directory-size',
        1,
        'super-dir-entries',
        0,
        'slice-size',
        4096,
      ]),
    )
    expect((r('ARINFO a FULL') as MapReply).items.slice(14)).toEqual([
      'dense-slices',
      0,
      'sparse-slices',
      1,
      'avg-dense-size',
      new Double(0),
      'avg-dense-fill',
      new Double(0),
      'avg-sparse-size',
      new Double(4),
    ])
    for (let i = 0; i < 12; i++) r(`ARSET a ${4096 + 2 * i} x`)
    expect(infoOf(r('ARINFO a full'))).toMatchObject({
      'dense-slices': 1,
      'sparse-slices': 1,
      'avg-dense-size': new Double(32),
      'avg-dense-fill': new Double(0.375),
    })
    r('ARSET a 8388608 x')
    expect(infoOf(r('ARINFO a'))).toMatchObject({ 'super-dir-entries': 2, 'directory-size': 4 })
  })

  it('needs an array', () => {
    const r = run()
    expect(r('ARINFO missing')).toEqual(noSuchKey)
    expect(r('ARINFO missing ALL')).toEqual(syntaxError)
    expect(r('ARINFO missing FULL FULL')).toEqual(syntaxError)
  })

  it('heeds the options: new arrays their slices, all arrays the limits', () => {
    const r = run()
    r('ARSET old 0 x')
    expect(r('CONFIG SET array-slice-size 256 array-sparse-kmin 1 array-sparse-kmax 2')).toEqual(
      new Status('OK'),
    )
    r('ARMSET old 5 x 9 x')
    r('ARMSET new 0 x 256 x')
    expect(infoOf(r('ARINFO old FULL'))).toMatchObject({ 'slice-size': 4096, 'dense-slices': 1 })
    expect(infoOf(r('ARINFO new FULL'))).toMatchObject({ 'slice-size': 256, slices: 2 })
    r('COPY new twin')
    r('CONFIG SET array-slice-size 512')
    expect(infoOf(r('ARINFO twin'))).toMatchObject({ 'slice-size': 256 })
  })

  it.each([
    ['array-slice-size 5000', 'array-slice-size must be a power of two'],
    ['array-slice-size 128', 'argument must be between 256 and 65536 inclusive'],
    [
      'array-sparse-kmax 5',
      'array-sparse-kmax must be greater than array-sparse-kmin when non-zero',
    ],
    ['array-sparse-kmin 10', 'array-sparse-kmin must be less than array-sparse-kmax'],
    ['array-sparse-kmin -1', 'argument must be between 0 and 65535 inclusive'],
  ])('has no %s', (setting, why) => {
    const r = run()
    const name = setting.split(' ')[0] as string
    const before = r(`CONFIG GET ${name}`)
    expect(r(`CONFIG SET ${setting}`)).toEqual(
      error(`CONFIG SET failed (possibly related to argument '${name}') - ${why}`),
    )
    expect(r(`CONFIG GET ${name}`)).toEqual(before)
    expect(r('CONFIG SET array-sparse-kmax 0')).toEqual(new Status('OK'))
    expect(r('CONFIG SET array-sparse-kmin 100')).toEqual(new Status('OK'))
  })
})

describe('arrays and the rest', () => {
  it('tell of each change, and of the key when it goes', () => {
    const r = run()
    const events = listen(r)
    const told = (...requests: string[]) => {
      for (const request of requests) r(request)
      return events()
    }
    expect(told('ARSET a 0 x y', 'ARMSET a 5 x 6 y')).toEqual(['arset a', 'armset a'])
    expect(told('ARINSERT a x', 'ARRING a 9 y', 'ARSEEK a 3')).toEqual([
      'arinsert a',
      'arring a',
      'arseek a',
    ])
    expect(told('ARDEL a 99', 'ARDEL a 0', 'ARDELRANGE a 50 60')).toEqual(['ardel a'])
    expect(told('ARDELRANGE a 0 100')).toEqual(['ardelrange a', 'del a'])
    expect(told('ARSEEK a 3', 'ARGET a 0')).toEqual([])
    r('ARSET a 0 x')
    events()
    expect(told('ARDEL a 0')).toEqual(['ardel a', 'del a'])
    r('CONFIG SET notify-keyspace-events Ea')
    expect(r('CONFIG GET notify-keyspace-events')).toEqual(
      new MapReply(['notify-keyspace-events', 'aE']),
    )
  })

  it('are copied with their cursor, and each goes its own way', () => {
    const r = run()
    r('ARINSERT a x y')
    r('COPY a b')
    r('ARINSERT b z')
    expect([r('ARNEXT a'), r('ARNEXT b'), r('ARCOUNT a')]).toEqual([2, 3, 2])
  })

  it('weigh more the more they hold, and differ in their digests', () => {
    const r = run()
    r('ARSET a 0 x')
    const small = r('MEMORY USAGE a') as number
    const before = r('DEBUG DIGEST-VALUE a')
    for (let i = 0; i < 1000; i++) r(`ARSET a ${i} value:${i}`)
    expect(r('MEMORY USAGE a')).toBeGreaterThan(small + 1000 * 8)
    expect(r('DEBUG DIGEST-VALUE a')).not.toEqual(before)
    r('ARSET one 0 x')
    r('ARSET two 1 x')
    expect(r('DEBUG DIGEST-VALUE one')).not.toEqual(r('DEBUG DIGEST-VALUE two'))
    expect(String((r('DEBUG OBJECT a') as Status).text)).toContain('encoding:sliced-array')
  })
})

// ---- Against a model --------------------------------------------------------------------------

const near = fc
  .tuple(fc.constantFrom(0n, 0n, 4096n, 8_388_600n, LAST - 20n), fc.bigInt({ min: 0n, max: 20n }))
  .map(([base, offset]) => normalize(base + offset))
const value = fc.constantFrom('1', '-2', '2.5', 'x', 'hello', '')

describe('the commands of arrays', () => {
  it('answer as a plain map would', () => {
    const step = fc.tuple(
      fc.constantFrom('ARSET', 'ARMSET', 'ARDEL', 'ARDELRANGE', 'ARINSERT', 'ARSEEK'),
      near,
      near,
      value,
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), near, near, (steps, from, to) => {
        const r = run({
          config: { 'array-slice-size': '256', 'array-sparse-kmin': '1', 'array-sparse-kmax': '3' },
        })
        const model = new Map<Integer, string>()
        let next = 0n
        for (const [name, a, b, text] of steps) {
          if (name === 'ARSET') {
            r([name, 'a', `${a}`, text])
            model.set(a, text)
          } else if (name === 'ARMSET') {
            r([name, 'a', `${a}`, text, `${b}`, 'm'])
            model.set(a, text)
            model.set(b, 'm')
          } else if (name === 'ARDEL') {
            r([name, 'a', `${a}`])
            model.delete(a)
          } else if (name === 'ARDELRANGE') {
            r([name, 'a', `${a}`, `${b}`])
            const [low, high] = a <= b ? [a, b] : [b, a]
            for (const index of [...model.keys()])
              if (index >= low && index <= high) model.delete(index)
          } else if (name === 'ARSEEK') {
            if (r([name, 'a', `${a}`]) === 1) next = BigInt(a)
          } else if (next <= LAST) {
            expect(r([name, 'a', text])).toBe(normalize(next))
            model.set(normalize(next++), text)
          }
          if (model.size === 0) next = 0n
        }
        const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1))
        const [low, high] = from <= to ? [from, to] : [to, from]
        const inside = sorted.filter(([index]) => index >= low && index <= high)
        expect(r('ARCOUNT a')).toBe(model.size)
        expect(r(`ARSCAN a 0 ${LAST}`)).toEqual(sorted)
        expect(r(`ARSCAN a ${from} ${to}`)).toEqual(from <= to ? inside : [...inside].reverse())
        expect(r(`AROP a ${from} ${to} USED`)).toBe(inside.length)
        const ones = inside.filter(([, text]) => text === '1')
        expect(r(`AROP a ${to} ${from} MATCH 1`)).toBe(ones.length)
        const found = ones.map(([index]) => index)
        expect(r(`ARGREP a ${low} ${high} EXACT 1`)).toEqual(found)
        expect(r('ARNEXT a')).toBe(next > LAST ? null : normalize(next))
      }),
      { numRuns: 150 },
    )
  })
})
