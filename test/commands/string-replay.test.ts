/** What is propagated says all: played back on an engine whose clock stands still, it gives the same data. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { List } from '../../src/types/list.ts'
import { type StringValue, textOf } from '../../src/types/string.ts'
import { type Run, run } from '../helpers/run.ts'

function contents(r: Run): Record<string, unknown> {
  const db = r.engine.keyspace.at(0)
  const all: Record<string, unknown> = {}
  for (let i = 0; i < db.size; i++) {
    const value = db.valueAt(i)
    const shown =
      typeof value === 'object' && value.type === 1 ? elements(value) : textOf(value as StringValue)
    all[db.keyAt(i)] = [shown, db.deadlineAt(i)]
  }
  return all
}

const elements = (list: List): string[] => list.items.range(0, list.length)

const key = fc.constantFrom('a', 'b', 'c')
const value = fc.constantFrom('', '1', '12', '-7', '1.5', 'text', '9007199254740993', '\xff\x00')
const number = fc.constantFrom('1', '-1', '0', '9007199254740991', '0.25')
const condition = fc.constantFrom(
  [],
  ['NX'],
  ['XX'],
  ['IFEQ', '1'],
  ['IFNE', '1'],
  ['IFDNE', '0'.repeat(16)],
)
const time = fc.constantFrom(
  [],
  ['EX', '1'],
  ['PX', '300'],
  ['EXAT', '1720000002'],
  ['PXAT', '1720000000400'],
  ['PXAT', '1'],
)
const kept = fc.oneof(time, fc.constant(['KEEPTTL']))
const persisted = fc.oneof(time, fc.constant(['PERSIST']))
const flag = (word: string) => fc.constantFrom([], [word])
const request = fc.oneof(
  fc
    .tuple(key, value, condition, flag('GET'), kept)
    .map(([k, v, c, g, t]) => ['SET', k, v, ...c, ...g, ...t]),
  fc.tuple(fc.constantFrom('SETNX', 'GETSET', 'APPEND', 'LPUSH', 'RPUSHX'), key, value),
  fc.tuple(fc.constantFrom('SETEX', 'PSETEX'), key, fc.constantFrom('1', '500'), value),
  fc.tuple(key, persisted).map(([k, t]) => ['GETEX', k, ...t]),
  fc.tuple(fc.constantFrom('GETDEL', 'DELEX', 'INCR', 'DECR', 'GET', 'LPOP', 'RPOP'), key),
  fc.tuple(fc.constant('DELEX'), key, fc.constantFrom('IFEQ', 'IFNE'), value),
  fc.tuple(fc.constantFrom('INCRBY', 'DECRBY', 'INCRBYFLOAT'), key, number),
  fc.tuple(key, fc.constantFrom('0', '3'), value).map(([k, n, v]) => ['SETRANGE', k, n, v]),
  fc.tuple(fc.constantFrom('MSET', 'MSETNX'), key, value, key, value),
  fc
    .tuple(key, value, key, value, fc.constantFrom([], ['NX'], ['XX']), kept)
    .map(([a, v, b, w, c, t]) => ['MSETEX', '2', a, v, b, w, ...c, ...t]),
  fc
    .tuple(
      key,
      fc.constantFrom('BYINT', 'BYFLOAT'),
      number,
      fc.constantFrom([], ['UBOUND', '5']),
      flag('SATURATE'),
      persisted,
      flag('ENX'),
    )
    .map(([k, by, n, b, s, t, e]) => ['INCREX', k, by, n, ...b, ...s, ...t, ...e]),
  fc.tuple(fc.constantFrom('BLPOP', 'BRPOP'), key, fc.constant('0.1')),
)

it('random writes, played back, give the same data', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.constantFrom(0, 0, 0, 100, 700), fc.integer({ min: 0, max: 2 }), request),
        {
          maxLength: 60,
        },
      ),
      (steps) => {
        const primary = run()
        const clients = [primary, primary.client(), primary.client()]
        for (const [wait, who, argv] of steps) {
          if (wait > 0) primary.clock += wait
          clients[who]?.(argv)
        }
        primary.clock += 150
        const replica = run()
        for (const argv of primary.effects) replica(argv)
        expect(contents(replica)).toEqual(contents(primary))
      },
    ),
    { numRuns: 500 },
  )
})
