import { describe, expect, it } from 'vitest'
import { EffectWriter } from '../../../src/persistence/effects.ts'
import { HEADER_SIZE } from '../../../src/persistence/record.ts'
import { respFormat } from '../../../src/persistence/snapshot-format.ts'
import { digest } from '../../helpers/digest.ts'
import { type Run, run } from '../../helpers/run.ts'

function load(payload: Uint8Array): Run {
  const r = run()
  for (const _ of respFormat.reader(r.engine.keyspace).load(payload)) {
    // Loading needs no pauses here.
  }
  return r
}

/** All that an engine holds, as a snapshot. */
function saved(r: Run): { payload: Uint8Array; steps: number } {
  const writer = respFormat.writer()
  const db = r.engine.keyspace.at(0)
  let steps = 0
  for (let i = 0; i < db.size; i++) {
    const walk = writer.entry(0, db.keyAt(i), db.valueAt(i), db.deadlineAt(i))
    while (walk !== null && walk.next().done !== true) steps++
  }
  return { payload: writer.take(1, 1).subarray(HEADER_SIZE), steps }
}

describe('a vector set in a snapshot', () => {
  it('is written in steps and comes back with its links and its deadline', () => {
    const r = run()
    for (let i = 0; i < 600; i++) r(`VADD v VALUES 3 ${Math.sin(i)} 1 ${Math.cos(5 * i)} e${i}`)
    r('VSETATTR v e7 {}')
    r(`PEXPIREAT v ${r.clock + 1000}`)
    r('VADD w REDUCE 2 VALUES 3 1 2 3 a BIN')
    const { payload, steps } = saved(r)
    expect(steps).toBeGreaterThan(1)
    const back = load(payload)
    expect(digest(back.engine)).toEqual(digest(r.engine))
    expect(back('VLINKS v e100')).toEqual(r('VLINKS v e100'))
    expect(back('VSIM v ELE e100')).toEqual(r('VSIM v ELE e100'))
  })

  it('is put together of parts', () => {
    const r = run()
    r('VADD v VALUES 2 1 2 a')
    r('VADD v VALUES 2 3 4 b')
    const dump = r('DUMP v') as string
    const to = new EffectWriter()
    to.command(['SELECT', '0'])
    to.command(['RESTORE-PART', 'v', dump.slice(0, 10)])
    to.command(['RESTORE-PART', 'v', dump.slice(10, 20)])
    to.command(['RESTORE', 'v', '0', dump.slice(20), 'ABSTTL'])
    const back = load(to.take('S', 1, 1).subarray(HEADER_SIZE))
    expect(digest(back.engine)).toEqual(digest(r.engine))
  })

  it.each([
    [['RESTORE', 'v']],
    [['RESTORE', 'v', '0', 'nonsense', 'ABSTTL']],
    [['RESTORE', 'v', '0', 'nonsense']],
    [['RESTORE-PART', 'v']],
    [['RESTORE', 's', '0', 'nonsense', 'ABSTTL']],
  ])('is refused when it says %j', (argv) => {
    const to = new EffectWriter()
    for (const command of [['SELECT', '0'], ['SET', 's', 'x'], argv]) to.command(command)
    const payload = to.take('S', 1, 1).subarray(HEADER_SIZE)
    expect(() => load(payload)).toThrow(`a snapshot cannot contain this ${argv[0]}`)
  })
})
