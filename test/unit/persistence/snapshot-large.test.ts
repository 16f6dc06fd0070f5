/** Large values are saved in steps, as they were, while commands go on changing them. */
import { describe, expect, it } from 'vitest'
import { HEADER_SIZE } from '../../../src/persistence/record.ts'
import { SnapshotWalk } from '../../../src/persistence/snapshot.ts'
import { respFormat } from '../../../src/persistence/snapshot-format.ts'
import { Dice } from '../../faults/dice.ts'
import { digest } from '../../helpers/digest.ts'
import { type Run, run } from '../../helpers/run.ts'

/** Elements of each value: several chunks of every structure. */
const SIZE = 5000

/** For each type the words that make a value of so many elements, and a command that changes it. */
const TYPES: Readonly<
  Record<string, { fill(r: Run, size: number): void; change(dice: Dice): string[] }>
> = {
  list: {
    fill: (r, size) => {
      for (let i = 0; i < size; i++) r(['RPUSH', 'k', `element ${i}`])
    },
    change(dice) {
      const at = String(dice.below(SIZE))
      const value = `new ${dice.below(1000)}`
      return dice.pick([
        ['LPUSH', 'k', value, value],
        ['RPUSH', 'k', value],
        ['LPOP', 'k'],
        ['RPOP', 'k'],
        ['LPOP', 'k', String(1 + dice.below(20))],
        ['RPOP', 'k', String(1 + dice.below(20))],
        ['LSET', 'k', at, value],
        ['LSET', 'k', at, `ELEMENT ${at}`],
        ['LSET', 'k', dice.pick(['0', '1', '-1', '-2', '300']), value],
        ['LSET', 'k', at, 'x'.repeat(dice.below(300))],
        ['LINSERT', 'k', 'BEFORE', `element ${at}`, value],
        ['LREM', 'k', String(dice.below(3) - 1), `element ${at}`],
        ['LTRIM', 'k', String(dice.below(20)), '-10'],
      ])
    },
  },
  hash: {
    fill: (r, size) => {
      for (let i = 0; i < size; i++) r(['HSET', 'k', `field ${i}`, `value ${i}`])
      for (let i = 0; i < size; i += 7) {
        r(['HPEXPIREAT', 'k', String(2e12 + i), 'FIELDS', '1', `field ${i}`])
      }
    },
    change(dice) {
      const field = `field ${dice.below(SIZE + 100)}`
      return dice.pick([
        ['HSET', 'k', field, 'new'],
        ['HDEL', 'k', field],
        ['HINCRBY', 'k', `number ${dice.below(9)}`, '1'],
        ['HPEXPIREAT', 'k', String(2e12 + dice.below(1000)), 'FIELDS', '1', field],
        ['HPERSIST', 'k', 'FIELDS', '1', field],
        ['HGETDEL', 'k', 'FIELDS', '1', field],
      ])
    },
  },
  set: {
    fill: (r, size) => {
      for (let i = 0; i < size; i++) r(['SADD', 'k', `member ${i}`])
    },
    change(dice) {
      const member = `member ${dice.below(SIZE + 100)}`
      return dice.pick([
        ['SADD', 'k', member],
        ['SREM', 'k', member],
        ['SPOP', 'k', String(dice.below(30))],
        ['SMOVE', 'k', 'other', member],
      ])
    },
  },
  zset: {
    fill: (r, size) => {
      for (let i = 0; i < size; i++) r(['ZADD', 'k', String((i * 7919) % size), `member ${i}`])
    },
    change(dice) {
      const member = `member ${dice.below(SIZE + 100)}`
      const from = dice.below(SIZE)
      return dice.pick([
        ['ZADD', 'k', String(dice.below(SIZE)), member],
        ['ZREM', 'k', member],
        ['ZINCRBY', 'k', '0.1', member],
        ['ZPOPMIN', 'k', String(dice.below(20))],
        ['ZREMRANGEBYRANK', 'k', String(from), String(from + dice.below(20))],
      ])
    },
  },
  array: {
    fill: (r, size) => {
      for (let i = 0; i < size; i++) {
        r(['ARSET', 'k', String(i % 3 === 0 ? i * 100 : i), `value ${i}`])
      }
    },
    change(dice) {
      const at = String(dice.below(SIZE * 2) * dice.pick([1, 100]))
      return dice.pick([
        ['ARSET', 'k', at, `new ${dice.below(100)}`],
        ['ARDEL', 'k', at],
        ['ARINSERT', 'k', 'next'],
        ['ARDELRANGE', 'k', at, String(Number(at) + dice.below(500))],
      ])
    },
  },
  stream: {
    fill: (r, size) => {
      for (let i = 0; i < size; i++) r(['XADD', 'k', `${i + 1}-1`, 'f', `value ${i}`])
      r('XGROUP CREATE k g 0')
      r(['XREADGROUP', 'GROUP', 'g', 'one', 'COUNT', '300', 'STREAMS', 'k', '>'])
      r(['XREADGROUP', 'GROUP', 'g', 'two', 'COUNT', '300', 'STREAMS', 'k', '>'])
    },
    change(dice) {
      const id = `${1 + dice.below(SIZE)}-1`
      return dice.pick([
        ['XADD', 'k', '*', 'f', 'new'],
        ['XDEL', 'k', id, `${1 + dice.below(SIZE)}-1`],
        ['XTRIM', 'k', 'MAXLEN', dice.pick(['=', '~']), String(SIZE - dice.below(900))],
        ['XACK', 'k', 'g', `${1 + dice.below(600)}-1`],
        ['XCLAIM', 'k', 'g', 'two', '0', `${1 + dice.below(600)}-1`],
        ['XREADGROUP', 'GROUP', 'g', 'one', 'COUNT', '5', 'STREAMS', 'k', '>'],
      ])
    },
  },
  string: {
    fill: (r, size) => r(['SETRANGE', 'k', String(size * 160), 'the end']),
    change: (dice) =>
      dice.pick([
        ['SETRANGE', 'k', String(dice.below(SIZE * 160)), 'changed'],
        ['APPEND', 'k', 'more'],
        ['SETBIT', 'k', String(dice.below(SIZE * 160)), '1'],
      ]),
  },
}

/** Whatever else may happen to a key, of any type. */
const anything = (dice: Dice): string[] =>
  dice.pick([
    ['DEL', 'k'],
    ['RENAME', 'k', 'other'],
    ['RENAME', 'other', 'k'],
    ['COPY', 'k', 'twin', 'REPLACE'],
    ['MOVE', 'k', '3'],
    ['PEXPIREAT', 'k', '3000000000000'],
    ['PERSIST', 'k'],
    ['SET', 'k', 'something else'],
    ['SWAPDB', '0', '3'],
  ])

/** Save an engine in steps, with random commands between them; what the snapshot says. */
function saved(r: Run, dice: Dice, change: (dice: Dice) => string[], whole: number): string[] {
  const writer = respFormat.writer()
  const records: Uint8Array[] = []
  const cut = () => records.push(writer.take(records.length + 1, 1).subarray(HEADER_SIZE))
  const walk = new SnapshotWalk(r.engine.keyspace, writer, {
    large: 50,
    full: () => {
      if (writer.size > 5000) cut()
    },
  })
  for (let step = 0; step < 20_000; step++) {
    let left = dice.below(4)
    if (walk.advance(() => left-- <= 0)) {
      cut()
      const next = run()
      const reader = respFormat.reader(next.engine.keyspace)
      for (const record of records) {
        for (const _ of reader.load(record)) {
          // Loading needs no pauses here.
        }
      }
      expect(reader.keys).toBe(walk.keys)
      return digest(next.engine)
    }
    for (let i = dice.below(40); i > 0; i--) {
      r(whole > 0 && dice.once(whole) ? anything(dice) : change(dice))
    }
  }
  throw new Error('the walk does not end')
}

describe('large values in a snapshot', () => {
  for (const [name, { fill, change }] of Object.entries(TYPES)) {
    it(`are as they were when it began, whatever commands do to a ${name} meanwhile`, () => {
      for (let seed = 1; seed <= 6; seed++) {
        const dice = new Dice(seed)
        const r = run()
        fill(r, SIZE)
        for (let i = 0; i < 20; i++) r(['SET', `small:${i}`, 'x'])
        for (let i = 0; i < 100; i++) r(change(dice))
        const before = digest(r.engine)
        expect(saved(r, dice, change, seed % 2 === 0 ? 200 : 0), `seed ${seed}`).toEqual(before)
        // What was shared is nobody's but the keyspace's now.
        const after = digest(r.engine)
        expect(
          saved(r, dice, () => ['PING'], 0),
          `seed ${seed}, again`,
        ).toEqual(after)
      }
    }, 60_000)
  }
})
