import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EffectReader, EffectWriter } from '../../../src/persistence/effects.ts'
import { HEADER_SIZE } from '../../../src/persistence/record.ts'
import { respFormat } from '../../../src/persistence/snapshot-format.ts'
import type { Stream } from '../../../src/types/stream.ts'
import { digest } from '../../helpers/digest.ts'
import { encodeRequest, shape } from '../../helpers/link.ts'
import { Ours } from '../../helpers/ours.ts'
import { type Real, startReal } from '../../helpers/real.ts'
import { type Run, run, START } from '../../helpers/run.ts'

/** What a snapshot of the first database says, and in how many steps. */
function snapshot(r: Run): { payload: Uint8Array; steps: number } {
  const writer = respFormat.writer()
  const db = r.engine.keyspace.at(0)
  let steps = 0
  for (let i = 0; i < db.size; i++) {
    const walk = writer.entry(0, db.keyAt(i), db.valueAt(i), db.deadlineAt(i))
    while (walk !== null && walk.next().done !== true) steps++
  }
  return { payload: writer.take(1, 1).subarray(HEADER_SIZE), steps }
}

/** An engine that has loaded it. */
function loaded(payload: Uint8Array): Run {
  const r = run()
  for (const _ of respFormat.reader(r.engine.keyspace).load(payload)) {
    // Loading needs no pauses here.
  }
  return r
}

function commandsOf(payload: Uint8Array): (readonly string[])[] {
  const reader = new EffectReader(payload)
  const commands: (readonly string[])[] = []
  for (let argv = reader.next(); argv !== null; argv = reader.next()) commands.push(argv)
  return commands
}

/** Entries, groups, consumers with and without pending entries, some of them of entries that are gone. */
const BUSY = [
  ...Array.from(
    { length: 20 },
    (_, i) => `XADD s 1-${i + 1} f ${i} ${i % 3 === 0 ? 'g x' : 'h y'}`,
  ),
  'XADD s 9007199254740993-1 "" "\\x00\\xff"',
  'XGROUP CREATE s g 0',
  'XGROUP CREATE s h 1-5',
  'XGROUP CREATE s new $',
  'XREADGROUP GROUP g c COUNT 5 STREAMS s >',
  'XREADGROUP GROUP g d COUNT 3 STREAMS s >',
  'XREADGROUP GROUP h c COUNT 2 STREAMS s >',
  'XGROUP CREATECONSUMER s h idle',
  'XACK s g 1-1',
  'XCLAIM s g d 0 1-4 RETRYCOUNT 7 JUSTID',
  'XDEL s 1-2 9007199254740993-1',
  'XTRIM s MAXLEN 18',
  'XGROUP CREATE empty g $ MKSTREAM',
  'XADD was 5-5 f v',
  'XADD was MAXLEN 0 6-6 f v',
  'PEXPIREAT was 33000000000000',
]

describe('a stream in a snapshot', () => {
  it('comes back with its groups and all that is pending', () => {
    const r = run()
    for (const line of BUSY) r(line)
    const back = loaded(snapshot(r).payload)
    expect(digest(back.engine)).toEqual(digest(r.engine))
    for (const asked of ['XINFO GROUPS s', 'XPENDING s g - + 99', 'XPENDING s h', 'XRANGE s - +']) {
      expect(back(asked), asked).toEqual(r(asked))
    }
    expect(back('XADD was * f v')).toBe(r('XADD was * f v'))
  })

  it('comes back with what was given back, in its order', () => {
    const r = run()
    for (const line of BUSY) r(line)
    r('XNACK s g FAIL IDS 1 1-6')
    r('XNACK s g FATAL IDS 2 1-3 1-5')
    const back = loaded(snapshot(r).payload)
    expect(digest(back.engine)).toEqual(digest(r.engine))
    const claim = 'XREADGROUP GROUP g e COUNT 3 CLAIM 1000 STREAMS s >'
    expect(back(claim)).toEqual(r(claim))
  })

  it('comes back with what its producers have sent', () => {
    const r = run()
    r('XADD s IDMP p one * f v')
    r('XADD s IDMP p two * f v')
    r('XADD s IDMPAUTO q * f v')
    r('XCFGSET other IDMP-DURATION 7')
    const back = loaded(snapshot(r).payload)
    expect(digest(back.engine)).toEqual(digest(r.engine))
    expect(back('XADD s IDMP p one * f w')).toBe(`${START}-0`)
    expect(back('XADD s IDMPAUTO q * f v')).toBe(`${START}-2`)
    // And forgets it when it is time.
    back.clock += 100_000
    expect(back.engine.keyspace.at(0).producing.size).toBe(0)
  })

  it('keeps its own settings, whatever the configuration is by then', () => {
    const r = run()
    r('XADD s 1-1 f v')
    r('XADD t 1-1 f v')
    r('XCFGSET t IDMP-DURATION 7 IDMP-MAXSIZE 9')
    const commands = commandsOf(snapshot(r).payload)
    expect(commands.filter(([name]) => name === 'XCFGSET')).toEqual([
      ['XCFGSET', 't', 'IDMP-DURATION', '7', 'IDMP-MAXSIZE', '9'],
    ])
    const back = run({ config: { 'stream-idmp-duration': '50' } })
    for (const _ of respFormat.reader(back.engine.keyspace).load(snapshot(r).payload)) {
      // Loading needs no pauses here.
    }
    const stream = (key: string): Stream => {
      const db = back.engine.keyspace.at(0)
      return db.valueAt(db.find(key)) as Stream
    }
    expect(stream('s').idmpSeconds).toBe(100)
    expect(stream('t').idmpSeconds).toBe(7)
  })

  it('knows nothing of consumers but that they are there, and what they have got', () => {
    const r = run()
    for (const line of BUSY) r(line)
    const back = loaded(snapshot(r).payload)
    back.clock += 5000
    const consumers = back('XINFO CONSUMERS s h') as { items: unknown[] }[]
    expect(consumers.map(({ items }) => items)).toEqual([
      ['name', 'c', 'pending', 2, 'idle', 0, 'inactive', 5000],
      ['name', 'idle', 'pending', 0, 'idle', 0, 'inactive', -1],
    ])
    back('XREADGROUP GROUP h idle STREAMS s 0')
    back.clock += 10
    const again = back('XINFO CONSUMERS s h') as { items: unknown[] }[]
    expect(again[1]?.items[5]).toBe(10)
  })

  it('is written in steps when it is large', () => {
    const r = run()
    for (let i = 1; i <= 3000; i++) r(`XADD s 1-${i} f v`)
    r('XGROUP CREATE s g 0')
    r('XREADGROUP GROUP g c STREAMS s >')
    const { payload, steps } = snapshot(r)
    expect(steps).toBeGreaterThan(8)
    expect(digest(loaded(payload).engine)).toEqual(digest(r.engine))
  })

  it.each([
    [['XADD', 's']],
    [['XADD', 's', '1-1', 'f']],
    [['XADD', 's', '5-5', 'f', 'v']],
    [['XADD', 's', 'x', 'f', 'v']],
    [['XADD', 's', 'MAXLEN', '0', '0-1', 'x', 'y']],
    [['XADD', 'str', '1-1', 'f', 'v']],
    [['XSETID', 's', '9-9']],
    [['XSETID', 'none', '9-9', 'ENTRIESADDED', '1', 'MAXDELETEDID', '0-0']],
    [['XGROUP', 'CREATE', 's']],
    [['XGROUP', 'DESTROY', 's', 'g']],
    [['XGROUP', 'CREATECONSUMER', 's', 'none', 'c']],
    [['XCLAIM', 's', 'g', 'c', '0', '5-5', 'TIME', 'x', 'RETRYCOUNT', '1', 'JUSTID', 'FORCE']],
    [['XCLAIM', 's', 'g', 'c', '0', '1-1', 'TIME', '1', 'RETRYCOUNT', '1', 'JUSTID', 'FORCE']],
    [['XCLAIM', 's', 'none', 'c', '0', '5-5', 'TIME', '1', 'RETRYCOUNT', '1', 'JUSTID', 'FORCE']],
    [['XNACK', 's', 'g', 'FAIL', 'IDS', '1', '1-1', 'RETRYCOUNT', '1', 'FORCE']],
    [['XCFGSET', 's', 'IDMP-DURATION']],
    [['XIDMPRECORD', 's', 'p', 'm']],
  ])('is refused when it says %j', (argv) => {
    const to = new EffectWriter()
    const before = [
      ['SELECT', '0'],
      ['SET', 'str', 'x'],
      ['XADD', 's', '5-5', 'f', 'v'],
      ['XGROUP', 'CREATE', 's', 'g', '0-0', 'ENTRIESREAD', '-1'],
      ['XCLAIM', 's', 'g', 'c', '0', '1-1', 'TIME', '1', 'RETRYCOUNT', '1', 'JUSTID', 'FORCE'],
    ]
    for (const command of [...before, argv]) to.command(command)
    const payload = to.take('S', 1, 1).subarray(HEADER_SIZE)
    expect(() => loaded(payload)).toThrow(`a snapshot cannot contain this ${argv[0]}`)
  })
})

describe('a snapshot with streams, given to a real server', () => {
  let real: Real

  beforeAll(async () => {
    real = await startReal()
  })

  afterAll(() => real?.stop())

  it('makes the same streams there', async () => {
    const ours = new Ours(Date.now())
    const r = run({ clock: Date.now() })
    // A real server drops what is pending of entries that are gone.
    for (const line of BUSY) if (!line.startsWith('XDEL') && !line.startsWith('XTRIM')) r(line)
    const { payload } = snapshot(r)
    for (const argv of commandsOf(payload)) {
      const reply = (await real.control.call(argv)).toString('latin1')
      expect(reply.startsWith('-'), `${argv.join(' ')}: ${reply}`).toBe(false)
    }
    for (const _ of respFormat.reader(ours.engine.keyspace).load(payload)) {
      // Loading needs no pauses here.
    }
    const link = ours.link(1)
    const ask = (request: string): Buffer => {
      link.write(encodeRequest(request.split(' ')))
      ours.engine.flush()
      return link.inbox.take() as Buffer
    }
    for (const request of [
      ...['XRANGE s - +', 'XRANGE was - +', 'XLEN empty', 'XINFO GROUPS s', 'XINFO GROUPS empty'],
      ...['XPENDING s g', 'XPENDING s h', 'XPENDING s new', 'DEBUG DIGEST', 'TTL empty'],
    ]) {
      const theirs = await real.control.call(request.split(' '))
      expect(ask(request).toString('latin1'), request).toBe(theirs.toString('latin1'))
    }
    const detail = 'XPENDING s g - + 99'.split(' ')
    expect(shape(ask('XPENDING s g - + 99'))).toBe(shape(await real.control.call(detail)))
  })
})
