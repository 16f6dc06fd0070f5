import { describe, expect, it } from 'vitest'
import { Keyspace } from '../../../src/keyspace/keyspace.ts'
import { EffectWriter } from '../../../src/persistence/effects.ts'
import { HEADER_SIZE } from '../../../src/persistence/record.ts'
import { respFormat } from '../../../src/persistence/snapshot-format.ts'
import { ARRAY_LIMITS, ArrayValue, MAX_INDEX } from '../../../src/types/array.ts'

function load(payload: Uint8Array): Keyspace {
  const keyspace = new Keyspace(1, () => 7)
  for (const _ of respFormat.reader(keyspace).load(payload)) {
    // Loading needs no pauses here.
  }
  return keyspace
}

/** The array after a way through a snapshot. */
function reloaded(array: ArrayValue, deadline = 0) {
  const writer = respFormat.writer()
  const walk = writer.entry(0, 'a', array, deadline)
  let steps = 0
  while (walk !== null && walk.next().done !== true) steps++
  const db = load(writer.take(1, 1).subarray(HEADER_SIZE)).at(0)
  expect(db.size).toBe(1)
  return { array: db.valueAt(0) as ArrayValue, deadline: db.deadlineAt(0), steps }
}

function contentOf(array: ArrayValue): unknown[] {
  const content: unknown[] = [array.next, array.length]
  array.scan(0, MAX_INDEX, (text, index) => content.push([index, text]) > 0)
  return content
}

describe('an array in a snapshot', () => {
  it('comes back with every value at its place', () => {
    const array = new ArrayValue(ARRAY_LIMITS)
    for (const [index, text] of [
      [0, ''],
      [7, '7'],
      [4096, '\u0000\u00ff'],
      [2 ** 53 - 1, '007'],
      [2n ** 60n, '1.50'],
      [MAX_INDEX, 'last'],
    ] as const) {
      array.set(index, text)
    }
    const back = reloaded(array, 1e12)
    expect(back.deadline).toBe(1e12)
    expect(contentOf(back.array)).toEqual(contentOf(array))
  })

  it.each([0, 1, 5, 4096, MAX_INDEX, MAX_INDEX + 1n])('goes on inserting at %s', (next) => {
    const array = new ArrayValue(ARRAY_LIMITS)
    array.set(3, 'x')
    array.seek(next)
    expect(reloaded(array).array.next).toBe(next > MAX_INDEX ? null : next)
  })

  it('is written in steps when it is large', () => {
    const array = new ArrayValue(ARRAY_LIMITS)
    array.insert(Array.from({ length: 5000 }, (_, i) => `value ${i}`))
    const back = reloaded(array)
    expect(back.steps).toBeGreaterThan(3)
    expect(contentOf(back.array)).toEqual(contentOf(array))
  })

  it.each([
    [['ARMSET', 'a']],
    [['ARMSET', 'a', '0']],
    [['ARMSET', 'a', '0', 'x', '1']],
    [['ARMSET', 'a', '-1', 'x']],
    [['ARMSET', 'a', 'x', 'x']],
    [['ARMSET', 'a', '18446744073709551615', 'x']],
    [['ARMSET', 'a', '5', 'x', '5', 'y']],
    [['ARMSET', 's', '0', 'x']],
    [['ARSEEK', 'a', '5']],
    [['ARSEEK', 's', '5']],
    [['ARSEEK', 'b', 'x']],
  ])('is refused when it says %j', (argv) => {
    const to = new EffectWriter()
    const before = [
      ['SELECT', '0'],
      ['SET', 's', 'x'],
      ['ARMSET', 'b', '0', 'x'],
    ]
    for (const command of [...before, argv]) to.command(command)
    const payload = to.take('S', 1, 1).subarray(HEADER_SIZE)
    expect(() => load(payload)).toThrow(`a snapshot cannot contain this ${argv[0]}`)
  })
})
