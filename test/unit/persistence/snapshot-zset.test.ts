import { describe, expect, it } from 'vitest'
import { Keyspace } from '../../../src/keyspace/keyspace.ts'
import { EffectWriter } from '../../../src/persistence/effects.ts'
import { HEADER_SIZE } from '../../../src/persistence/record.ts'
import { respFormat } from '../../../src/persistence/snapshot-format.ts'
import { ZSet } from '../../../src/types/zset.ts'

const keyspaceOf = (): Keyspace => new Keyspace(1, () => 7)

function load(payload: Uint8Array): Keyspace {
  const keyspace = keyspaceOf()
  for (const _ of respFormat.reader(keyspace).load(payload)) {
    // Loading needs no pauses here.
  }
  return keyspace
}

/** The members with their scores, after a way through a snapshot. */
function reloaded(zset: ZSet, deadline = 0): { zset: ZSet; deadline: number; steps: number } {
  const writer = respFormat.writer()
  const walk = writer.entry(0, 'z', zset, deadline)
  let steps = 0
  while (walk !== null && walk.next().done !== true) steps++
  const db = load(writer.take(1, 1).subarray(HEADER_SIZE)).at(0)
  expect(db.size).toBe(1)
  return { zset: db.valueAt(0) as ZSet, deadline: db.deadlineAt(0), steps }
}

function pairsOf(zset: ZSet): [string, number][] {
  const pairs: [string, number][] = []
  zset.forEach((member, score) => {
    pairs.push([member, score])
  })
  return pairs
}

describe('a sorted set in a snapshot', () => {
  it('comes back with every score to the last bit', () => {
    const { zsetLimits } = keyspaceOf()
    const zset = new ZSet(zsetLimits, false)
    const scores = [
      0.1,
      1 / 3,
      5e-324,
      1.7976931348623157e308,
      -Infinity,
      Infinity,
      -0,
      2 ** 53 + 2,
    ]
    for (const score of scores) zset.add(`of ${score}`, score)
    zset.add('', 1e21)
    zset.add('\x00\xff', 1e21)
    const back = reloaded(zset, 1e12)
    expect(back.deadline).toBe(1e12)
    // The sign of zero is lost with a layout that is too small for it.
    expect(pairsOf(back.zset)).toEqual(
      pairsOf(zset).map(([member, score]) => [member, score === 0 ? 0 : score]),
    )
  })

  it('is written in steps when it is large, and keeps its order and its layout', () => {
    const { zsetLimits } = keyspaceOf()
    const zset = new ZSet(zsetLimits)
    for (let i = 0; i < 5000; i++) zset.add(`m${i}`, (i * 7919) % 997)
    const back = reloaded(zset)
    expect(back.steps).toBeGreaterThan(3)
    expect(pairsOf(back.zset)).toEqual(pairsOf(zset))
    expect(back.zset.encoding).toBe('skiplist')
    expect(back.zset.scoreOf('m4321')).toBe((4321 * 7919) % 997)
  })

  it.each([
    [['ZADD', 'z']],
    [['ZADD', 'z', '1']],
    [['ZADD', 'z', 'x', 'a']],
    [['ZADD', 'z', 'nan', 'a']],
    [['ZADD', 'z', '1', 'a', '2', 'a']],
    [['ZADD', 's', '1', 'a']],
  ])('is refused when it says %j', (argv) => {
    const to = new EffectWriter()
    for (const command of [['SELECT', '0'], ['SET', 's', 'x'], argv]) to.command(command)
    const payload = to.take('S', 1, 1).subarray(HEADER_SIZE)
    expect(() => load(payload)).toThrow(`a snapshot cannot contain this ${argv[0]}`)
  })
})
